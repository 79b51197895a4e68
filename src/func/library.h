// SPDX-License-Identifier: MIT
//
// library.h: private to func/. The tables of functions, one a file. The order here and within the tables is that of overloads in error
// texts.
#ifndef SMEW_FUNC_LIBRARY_H
#define SMEW_FUNC_LIBRARY_H

#include "func/func.h"

#define SCALAR_TABLES(X) \
  X(arithmetic)          \
  X(bins)                \
  X(bit_string)          \
  X(bitwise)             \
  X(concat)              \
  X(date_arithmetic)     \
  X(date_diff)           \
  X(date_make)           \
  X(date_part)           \
  X(date_trunc)          \
  X(decimal_arithmetic)  \
  X(digest)              \
  X(generic)             \
  X(like)                \
  X(list_access)         \
  X(list_aggregate)      \
  X(list_change)         \
  X(list_distance)       \
  X(list_lambda)         \
  X(list_search)         \
  X(list_sort)           \
  X(map)                 \
  X(math)                \
  X(math_round)          \
  X(number_theory)       \
  X(regexp)              \
  X(remap_struct)        \
  X(strftime)            \
  X(string_case)         \
  X(string_encode)       \
  X(string_format)       \
  X(string_search)       \
  X(string_show)         \
  X(string_similarity)   \
  X(string_split)        \
  X(string_substring)    \
  X(struct)              \
  X(union_enum)
#define AGGREGATE_TABLES(X) \
  X(bins)                   \
  X(bits)                   \
  X(count)                  \
  X(extreme)                \
  X(first_last)             \
  X(frequency)              \
  X(gather)                 \
  X(moments)                \
  X(quantile)               \
  X(regression)             \
  X(sum)
#define TABLE_TABLES(X) \
  X(glob)               \
  X(range)              \
  X(read_csv)           \
  X(sniff_csv)          \
  X(test_types)

#define X(table)                                \
  extern const ScalarFunction scalar_##table[]; \
  extern const uint32_t scalar_##table##_count;
SCALAR_TABLES(X)
#undef X
#define X(table)                                      \
  extern const AggregateFunction aggregate_##table[]; \
  extern const uint32_t aggregate_##table##_count;
AGGREGATE_TABLES(X)
#undef X
#define X(table)                              \
  extern const TableFunction table_##table[]; \
  extern const uint32_t table_##table##_count;
TABLE_TABLES(X)
#undef X

#endif
