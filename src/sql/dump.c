// SPDX-License-Identifier: MIT
//
// dump.c: trees as indented text, one node a line with its place in the SQL text, for people who debug:
//
//     select 0..25
//       compare > 17..22
//         column a 15..16
//         literal 1 21..22
#include "sql/sql.h"

typedef struct Dumper {
  SqlVisitor visitor; // the first member, so that a visitor is a dumper
  TextBuilder *out;
  uint32_t indent;
} Dumper;

static void start_line(Dumper *dumper) { text_append_repeated(dumper->out, ' ', (size_t)dumper->indent * 2); }

static void end_line(Dumper *dumper, int32_t position, int32_t end, Str alias) {
  if (alias.data) text_format(dumper->out, " as \"%.*s\"", STR_ARG(alias));
  text_format(dumper->out, " %d..%d\n", position, end);
}

static const char *operator_name(SqlOperator op) {
  static const char *const names[] = {"not",   "is null", "is not null", "in",  "not in",   "coalesce", "subscript",
                                      "slice", "field",   "array",       "try", "grouping", "unpack"};
  return names[op];
}

static void dump_path(TextBuilder *out, const SqlPath *path) {
  for (uint32_t i = 0; i < path->count; i++) text_format(out, "%s%.*s", i ? "." : "", STR_ARG(path->items[i]));
}

static void dump_function(TextBuilder *out, const SqlFunction *function) {
  text_append(out, function->is_operator ? STR("operator ") : STR("call "));
  if (function->name.schema.length) text_format(out, "%.*s.", STR_ARG(function->name.schema));
  text_append(out, function->name.name);
  if (function->distinct) text_append(out, STR(" distinct"));
  if (function->within_group) text_append(out, STR(" within group"));
  if (function->filter) text_append(out, STR(" filter"));
  if (function->window) text_append(out, STR(" over"));
}

static void dump_head(TextBuilder *out, const SqlExpr *expr) {
  static const char *const subqueries[] = {"scalar", "exists", "any"};
  switch (expr->kind) {
    case SQL_EXPR_LITERAL:
      text_append(out, STR("literal "));
      sql_print_expr(out, expr);
      return;
    case SQL_EXPR_COLUMN:
      text_append(out, STR("column "));
      dump_path(out, &expr->column);
      return;
    case SQL_EXPR_STAR:
      text_append(out, expr->star.is_columns ? STR("columns") : STR("star"));
      return;
    case SQL_EXPR_ORDINAL:
      text_format(out, "ordinal #%u", expr->ordinal.index);
      return;
    case SQL_EXPR_PARAMETER:
      text_format(out, "parameter %.*s", STR_ARG(expr->parameter.name));
      return;
    case SQL_EXPR_DEFAULT:
      text_append(out, STR("default"));
      return;
    case SQL_EXPR_FUNCTION:
      dump_function(out, &expr->function);
      return;
    case SQL_EXPR_OPERATOR:
      text_append(out, str_from(operator_name(expr->operation.op)));
      return;
    case SQL_EXPR_COMPARE:
      text_format(out, "compare %s", sql_comparison_text(expr->compare.op));
      return;
    case SQL_EXPR_AND:
      text_append(out, STR("and"));
      return;
    case SQL_EXPR_OR:
      text_append(out, STR("or"));
      return;
    case SQL_EXPR_BETWEEN:
      text_append(out, STR("between"));
      return;
    case SQL_EXPR_CASE:
      text_append(out, STR("case"));
      return;
    case SQL_EXPR_CAST:
      text_append(out, expr->cast.try_cast ? STR("try_cast") : STR("cast"));
      return;
    case SQL_EXPR_COLLATE:
      text_format(out, "collate %.*s", STR_ARG(expr->collate.collation));
      return;
    case SQL_EXPR_LAMBDA:
      text_append(out, STR("lambda"));
      return;
    case SQL_EXPR_SUBQUERY:
      text_format(out, "subquery %s", subqueries[expr->subquery.kind]);
      return;
  }
}

static Status dump_expr(SqlVisitor *visitor, SqlExpr **slot) {
  Dumper *dumper = (Dumper *)visitor;
  start_line(dumper);
  dump_head(dumper->out, *slot);
  end_line(dumper, (*slot)->position, (*slot)->end, (*slot)->alias);
  dumper->indent++;
  TRY(sql_visit_expr_children(visitor, *slot));
  dumper->indent--;
  return OK;
}

static Status dump_query(SqlVisitor *visitor, SqlQuery **slot) {
  static const char *const kinds[] = {"select", "set", "values", "show"};
  static const char *const sets[] = {" union", " except", " intersect"};
  Dumper *dumper = (Dumper *)visitor;
  SqlQuery *query = *slot;
  start_line(dumper);
  text_append(dumper->out, str_from(kinds[query->kind]));
  if (query->kind == SQL_QUERY_SET) {
    text_format(dumper->out, "%s%s%s", sets[query->set.op], query->set.all ? " all" : "",
                query->set.by_name ? " by name" : "");
  }
  end_line(dumper, query->position, query->end, (Str){0});
  dumper->indent++;
  TRY(sql_visit_query_children(visitor, query));
  dumper->indent--;
  return OK;
}

static Status dump_from(SqlVisitor *visitor, SqlFrom **slot) {
  static const char *const kinds[] = {"table", "table function", "subquery", "join", "pivot", "unpivot"};
  static const char *const joins[] = {" inner", " left", " right", " full", " semi", " anti"};
  static const char *const forms[] = {"", " natural", " cross", " positional", " asof"};
  Dumper *dumper = (Dumper *)visitor;
  SqlFrom *from = *slot;
  start_line(dumper);
  text_format(dumper->out, "from %s", kinds[from->kind]);
  if (from->kind == SQL_FROM_TABLE) {
    text_append_char(dumper->out, ' ');
    sql_print_qualified_name(dumper->out, &from->table.name);
  }
  if (from->kind == SQL_FROM_JOIN) text_format(dumper->out, "%s%s", joins[from->join.kind], forms[from->join.form]);
  end_line(dumper, from->position, from->end, from->alias);
  dumper->indent++;
  TRY(sql_visit_from_children(visitor, from));
  dumper->indent--;
  return OK;
}

static Status dump_type(SqlVisitor *visitor, SqlType **slot) {
  Dumper *dumper = (Dumper *)visitor;
  start_line(dumper);
  text_append(dumper->out, STR("type "));
  sql_print_type(dumper->out, *slot);
  end_line(dumper, (*slot)->position, (*slot)->end, (Str){0});
  return OK;
}

static Dumper make_dumper(TextBuilder *out) {
  return (Dumper){.visitor = {.expr = dump_expr, .query = dump_query, .from = dump_from, .type = dump_type},
                  .out = out};
}

// A dump cannot fail but in its text builder, which remembers.
void sql_dump_expr(TextBuilder *out, const SqlExpr *expr) {
  Dumper dumper = make_dumper(out);
  SqlExpr *slot = (SqlExpr *)expr; // read only
  Status status = sql_visit_expr(&dumper.visitor, &slot);
  ASSERT(status == OK);
  (void)status;
}

void sql_dump_query(TextBuilder *out, const SqlQuery *query) {
  Dumper dumper = make_dumper(out);
  SqlQuery *slot = (SqlQuery *)query;
  Status status = sql_visit_query(&dumper.visitor, &slot);
  ASSERT(status == OK);
  (void)status;
}

void sql_dump_statement(TextBuilder *out, const SqlStatement *statement) {
  static const char *const kinds[] = {"query",      "insert", "update",  "delete",  "merge",         "create",
                                      "drop",       "alter",  "comment", "copy",    "copy database", "export",
                                      "import",     "attach", "detach",  "use",     "transaction",   "explain",
                                      "set",        "pragma", "prepare", "execute", "deallocate",    "call",
                                      "checkpoint", "vacuum", "load",    "snapshot"};
  Dumper dumper = make_dumper(out);
  text_format(out, "%s statement %d..%d\n", kinds[statement->kind], statement->position, statement->end);
  dumper.indent = 1;
  Status status = sql_visit_statement(&dumper.visitor, (SqlStatement *)statement);
  ASSERT(status == OK);
  (void)status;
}
