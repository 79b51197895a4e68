// SPDX-License-Identifier: MIT
//
// csv_rejects.h: the tables of rows that read_csv left out (store_rejects). Private to func/. See csv_rejects.c.
#ifndef SMEW_FUNC_CSV_REJECTS_H
#define SMEW_FUNC_CSV_REJECTS_H

#include "expr/expr.h"
#include "format/format.h"

typedef struct CsvRejects CsvRejects;

// The names are in the options. `arguments`: what the user gave, as text. *out NULL: there is no catalog to keep tables in.
Status csv_rejects_open(TableScan *scan, const CsvOptions *options, Str arguments, CsvRejects **out,
                        Error *error) MUST_USE;
void csv_rejects_close(CsvRejects *rejects); // NULL is fine
// A file begins: the rows that follow are its.
Status csv_rejects_file(CsvRejects *rejects, Str path, const CsvSchema *schema, Error *error) MUST_USE;
// A CsvRejectSink.
Status csv_rejects_row(void *rejects, const CsvReject *reject, Error *error) MUST_USE;
// The rows so far go into the tables.
Status csv_rejects_flush(CsvRejects *rejects, Error *error) MUST_USE;

#endif
