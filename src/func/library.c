// SPDX-License-Identifier: MIT
//
// library.c: all functions, by name: pointers into the tables, sorted when a database opens (in far less than a millisecond), for a
// sorted index in the module would be larger than what it says.
#include "func/library.h"

typedef struct FunctionTable {
  const void *functions;
  const uint32_t *count;
} FunctionTable;

// Functions of all kinds begin with their name.
typedef const void *__attribute__((may_alias)) AnyFunction;
static const char *name_of(AnyFunction function) { return *(const char *const *)function; }

// *out, a pointer to an array of pointers, is set. Those of one name stay in the order of the tables.
static Status sort_tables(const FunctionTable *tables, size_t table_count, size_t function_bytes, Arena *arena,
                          void *out, uint32_t *out_count, Error *error) {
  uint32_t total = 0, count = 0;
  for (size_t i = 0; i < table_count; i++) total += *tables[i].count;
  AnyFunction *sorted;
  ARENA_NEW_ARRAY(arena, error, sorted, total);
  for (size_t i = 0; i < table_count; i++) {
    for (uint32_t k = 0; k < *tables[i].count; k++, count++) {
      AnyFunction function = (const char *)tables[i].functions + k * function_bytes;
      uint32_t low = 0, high = count;
      while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (strcmp(name_of(sorted[middle]), name_of(function)) <= 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      memmove(&sorted[low + 1], &sorted[low], sizeof *sorted * (count - low));
      sorted[low] = function;
    }
  }
  memcpy(out, &sorted, sizeof sorted);
  *out_count = total;
  return OK;
}

#define SCALARS(table) {scalar_##table, &scalar_##table##_count},
#define AGGREGATES(table) {aggregate_##table, &aggregate_##table##_count},
#define TABLES(table) {table_##table, &table_##table##_count},

Status function_library(Arena *arena, FunctionLibrary *out, Error *error) {
  static const FunctionTable scalars[] = {SCALAR_TABLES(SCALARS)};
  static const FunctionTable aggregates[] = {AGGREGATE_TABLES(AGGREGATES)};
  static const FunctionTable tables[] = {TABLE_TABLES(TABLES)};
  TRY(sort_tables(scalars, COUNT_OF(scalars), sizeof(ScalarFunction), arena, &out->scalars, &out->scalar_count, error));
  TRY(sort_tables(aggregates, COUNT_OF(aggregates), sizeof(AggregateFunction), arena, &out->aggregates,
                  &out->aggregate_count, error));
  return sort_tables(tables, COUNT_OF(tables), sizeof(TableFunction), arena, &out->tables, &out->table_count, error);
}
