// SPDX-License-Identifier: MIT
//
// print.h: what print_expr.c and print_query.c share. Private to sql/.
#ifndef SMEW_SQL_PRINT_H
#define SMEW_SQL_PRINT_H

#include "sql/sql.h"

void print_list(TextBuilder *out, const SqlExprList *list);         // a, b
void print_aliased_list(TextBuilder *out, const SqlExprList *list); // a AS x, b
void print_orders(TextBuilder *out, const SqlOrderList *orders);    // a DESC NULLS LAST, b
void print_names(TextBuilder *out, const SqlNameList *names);
void print_path(TextBuilder *out, const SqlPath *path);

#endif
