// SPDX-License-Identifier: MIT
//
// read_csv.h: what read_csv.c and sniff_csv.c share. Private to func/.
#ifndef SMEW_FUNC_READ_CSV_H
#define SMEW_FUNC_READ_CSV_H

#include "expr/expr.h"
#include "format/format.h"
#include "func/table/file_set.h"

// The named parameters of read_csv and, with force_match behind them, of sniff_csv.
#define CSV_PARAMETERS(X)         \
  X(all_varchar, BOOLEAN)         \
  X(allow_quoted_nulls, BOOLEAN)  \
  X(auto_detect, BOOLEAN)         \
  X(auto_type_candidates, ANY)    \
  X(buffer_size, UBIGINT)         \
  X(column_names, ANY)            \
  X(column_types, ANY)            \
  X(columns, ANY)                 \
  X(comment, VARCHAR)             \
  X(compression, VARCHAR)         \
  X(dateformat, VARCHAR)          \
  X(decimal_separator, VARCHAR)   \
  X(delim, VARCHAR)               \
  X(dtypes, ANY)                  \
  X(encoding, VARCHAR)            \
  X(escape, VARCHAR)              \
  X(filename, ANY)                \
  X(files_to_sniff, BIGINT)       \
  X(force_not_null, ANY)          \
  X(header, BOOLEAN)              \
  X(hive_partitioning, BOOLEAN)   \
  X(hive_types, ANY)              \
  X(hive_types_autocast, BOOLEAN) \
  X(ignore_errors, BOOLEAN)       \
  X(max_line_size, VARCHAR)       \
  X(maximum_line_size, VARCHAR)   \
  X(names, ANY)                   \
  X(new_line, VARCHAR)            \
  X(normalize_names, BOOLEAN)     \
  X(null_padding, BOOLEAN)        \
  X(nullstr, ANY)                 \
  X(parallel, BOOLEAN)            \
  X(quote, VARCHAR)               \
  X(rejects_limit, BIGINT)        \
  X(rejects_scan, VARCHAR)        \
  X(rejects_table, VARCHAR)       \
  X(sample_size, BIGINT)          \
  X(sep, VARCHAR)                 \
  X(skip, BIGINT)                 \
  X(store_rejects, BOOLEAN)       \
  X(strict_mode, BOOLEAN)         \
  X(thousands, VARCHAR)           \
  X(timestampformat, VARCHAR)     \
  X(types, ANY)                   \
  X(union_by_name, BOOLEAN)

// The options of a call; `force_match` is set by sniff_csv's parameter of that name.
Status csv_bind_options(TableBind *bind, CsvOptions *options, bool *force_match) MUST_USE;
// Files compressed with zstd are refused, by their names.
Status csv_check_endings(const CsvOptions *options, const FileSet *files, Error *error) MUST_USE;
// The first bytes of a file, unpacked, as many as detection wants; *whole: all there are. *known false: bind again.
Status csv_bind_sample(TableBind *bind, const CsvOptions *options, Str path, uint64_t size_bytes, Str *bytes,
                       bool *whole, bool *known) MUST_USE;
// What detection finds in a file, by work between bindings. *known false: bind again.
Status csv_bind_sniff(TableBind *bind, const CsvOptions *options, const ScanFile *file, bool force_match,
                      CsvSchema **schema, bool *known) MUST_USE;

#endif
