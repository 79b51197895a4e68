// SPDX-License-Identifier: MIT
//
// type_names.h: what duckdb_types() and duckdb_columns() say of types; private to catalog/. See type_names.c.
#ifndef SMEW_CATALOG_TYPE_NAMES_H
#define SMEW_CATALOG_TYPE_NAMES_H

#include "vector/vector.h"

typedef struct TypeName {
  const char *name;
  TypeId id;
  bool first; // of the names of that type
} TypeName;

// The built-in names in order; false: no more.
bool type_name_at(uint32_t index, TypeName *out);
int64_t type_number(TypeId id);       // DuckDB's number of the type
int64_t type_size(Type type);         // bytes of a value in DuckDB's rows; -1: depends
const char *type_category(TypeId id); // NULL: none

typedef struct NumericPrecision {
  int32_t digits;
  int32_t radix;
  int32_t scale;
} NumericPrecision;
bool type_precision(Type type, NumericPrecision *out); // false: none is shown (unsigned integers too, as in DuckDB)

#endif
