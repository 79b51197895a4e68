// SPDX-License-Identifier: MIT
//
// func.h: the function library. The one header of func/.
//
// The library is const data, tables of scalar, aggregate and table functions, one table a file, and a sorted index over
// all of them that each database makes (library.c). Names, overloads, result types and error texts are DuckDB's.
#ifndef SMEW_FUNC_H
#define SMEW_FUNC_H

#include "catalog/catalog.h"
#include "expr/expr.h"

// All functions, sorted by name.
Status function_library(Arena *arena, FunctionLibrary *out, Error *error) MUST_USE;

// A type given as text, in an argument of a function or by a caller: "DECIMAL(18,3)", "STRUCT(a INTEGER)[]" (table/type_text.c). `view` knows
// user types and may be NULL. Unknown: Catalog Error: Type with name x does not exist!
Status type_from_text(CatalogView *view, Arena *arena, Str text, Type *type, Error *error) MUST_USE;

// The next 64 random bits of a call in the statement; `call` NULL: of the session.
uint64_t random_next(StatementFacts *facts, const void *call);

#endif
