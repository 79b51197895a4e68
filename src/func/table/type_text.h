// SPDX-License-Identifier: MIT
//
// type_text.h: types given as text in arguments of table functions ("DECIMAL(18,3)", "STRUCT(a INTEGER)[]"). Private to func/.
#ifndef SMEW_FUNC_TYPE_TEXT_H
#define SMEW_FUNC_TYPE_TEXT_H

#include "catalog/catalog.h"

// Reads a type; `view` knows user types and may be NULL. Unknown: Catalog Error: Type with name x does not exist!
Status type_from_text(CatalogView *view, Arena *arena, Str text, Type *type, Error *error) MUST_USE;

#endif
