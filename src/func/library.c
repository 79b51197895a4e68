// SPDX-License-Identifier: MIT
//
// library.c: all functions in one sorted index. The index is const data: pointers into the tables, sorted at build time by
// tools/function_index.c; test/unit/func_library.c checks that it is complete and in order.
#include "func/library.h"

static const ScalarFunction *const scalars[] = {
#define SCALAR_ENTRY(table, index) &scalar_##table[index],
#define AGGREGATE_ENTRY(table, index)
#define TABLE_ENTRY(table, index)
#include "func/library_index.h"
#undef SCALAR_ENTRY
#undef AGGREGATE_ENTRY
#undef TABLE_ENTRY
};

static const AggregateFunction *const aggregates[] = {
#define SCALAR_ENTRY(table, index)
#define AGGREGATE_ENTRY(table, index) &aggregate_##table[index],
#define TABLE_ENTRY(table, index)
#include "func/library_index.h"
#undef SCALAR_ENTRY
#undef AGGREGATE_ENTRY
#undef TABLE_ENTRY
};

static const TableFunction *const tables[] = {
#define SCALAR_ENTRY(table, index)
#define AGGREGATE_ENTRY(table, index)
#define TABLE_ENTRY(table, index) &table_##table[index],
#include "func/library_index.h"
#undef SCALAR_ENTRY
#undef AGGREGATE_ENTRY
#undef TABLE_ENTRY
};

const FunctionLibrary *function_library(void) {
  static const FunctionLibrary library = {
      .scalars = scalars,
      .scalar_count = COUNT_OF(scalars),
      .aggregates = aggregates,
      .aggregate_count = COUNT_OF(aggregates),
      .tables = tables,
      .table_count = COUNT_OF(tables),
  };
  return &library;
}
