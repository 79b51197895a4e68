// SPDX-License-Identifier: MIT
//
// function_index.c: writes src/func/library_index.h: every function of the tables of src/func/library.h, sorted by name and,
// within a name, in the order of the tables. Run by tools/function_index.sh after a function was added or moved.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "func/library.h"

typedef struct Entry {
  const char *name;
  const char *table;
  unsigned index;
  unsigned order;
} Entry;

static Entry entries[8192];
static unsigned entry_count;

static void add(const char *name, const char *table, unsigned index) {
  if (entry_count == sizeof entries / sizeof entries[0]) abort();
  entries[entry_count] = (Entry){name, table, index, entry_count};
  entry_count++;
}

static int by_name(const void *left, const void *right) {
  const Entry *a = left, *b = right;
  int order = strcmp(a->name, b->name);
  return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void write(const char *macro) {
  qsort(entries, entry_count, sizeof entries[0], by_name);
  for (unsigned i = 0; i < entry_count; i++) printf("%s(%s, %u)\n", macro, entries[i].table, entries[i].index);
  entry_count = 0;
}

int main(void) {
  puts("// SPDX-License-Identifier: MIT\n//\n// library_index.h: written by tools/function_index.c; do not edit.");
#define X(table) \
  for (uint32_t i = 0; i < scalar_##table##_count; i++) add(scalar_##table[i].name, #table, i);
  SCALAR_TABLES(X)
#undef X
  write("SCALAR_ENTRY");
#define X(table) \
  for (uint32_t i = 0; i < aggregate_##table##_count; i++) add(aggregate_##table[i].name, #table, i);
  AGGREGATE_TABLES(X)
#undef X
  write("AGGREGATE_ENTRY");
#define X(table) \
  for (uint32_t i = 0; i < table_##table##_count; i++) add(table_##table[i].name, #table, i);
  TABLE_TABLES(X)
#undef X
  write("TABLE_ENTRY");
  return 0;
}
