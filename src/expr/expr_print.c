// SPDX-License-Identifier: MIT
//
// expr_print.c: bound expressions as text, for EXPLAIN and for error texts, in the forms that DuckDB prints.
#include "expr/expr.h"

static void print_at(TextBuilder *out, const Expr *expr, uint32_t depth);

static void print_list(TextBuilder *out, Expr *const *items, uint32_t count, const char *separator, uint32_t depth) {
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, str_from(separator));
    print_at(out, items[i], depth);
  }
}

static const char *compare_text(CompareOp op) {
  static const char *const texts[] = {"=", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
  return texts[op];
}

// Names made of signs alone are operators and print between their arguments.
static bool is_operator(const char *name) {
  if (!*name) return false;
  for (; *name; name++) {
    bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || (*name >= '0' && *name <= '9');
    if (letter || *name == '_') return false;
  }
  return true;
}

static void print_call(TextBuilder *out, const Expr *expr, uint32_t depth) {
  const char *name = expr->call.function->name;
  if (is_operator(name) && expr->child_count >= 2) { // more than two: ((a || b) || c)
    text_append_repeated(out, '(', expr->child_count - 1);
    print_at(out, expr->children[0], depth);
    for (uint32_t i = 1; i < expr->child_count; i++) {
      text_format(out, " %s ", name);
      print_at(out, expr->children[i], depth);
      text_append_char(out, ')');
    }
    return;
  }
  text_format(out, "%s(", name);
  print_list(out, expr->children, expr->child_count, ", ", depth);
  text_append_char(out, ')');
}

static void print_case(TextBuilder *out, const Expr *expr, uint32_t depth) {
  text_append(out, STR("CASE "));
  for (uint32_t i = 0; i + 1 < expr->child_count; i += 2) {
    text_append(out, STR(" WHEN ("));
    print_at(out, expr->children[i], depth);
    text_append(out, STR(") THEN ("));
    print_at(out, expr->children[i + 1], depth);
    text_append_char(out, ')');
  }
  text_append(out, STR(" ELSE "));
  print_at(out, expr->children[expr->child_count - 1], depth);
  text_append(out, STR(" END"));
}

static void print_aggregate(TextBuilder *out, const Expr *expr, uint32_t depth) {
  bool star = expr->child_count == 0 && str_equal(str_from(expr->aggregate.function->name), STR("count_star"));
  text_format(out, "%s(%s", expr->aggregate.function->name, expr->aggregate.distinct ? "DISTINCT " : "");
  if (!star) print_list(out, expr->children, expr->child_count, ", ", depth);
  for (uint32_t i = 0; i < expr->aggregate.order_count; i++) {
    const SortKey *key = &expr->aggregate.order[i];
    text_append(out, i ? STR(", ") : STR(" ORDER BY "));
    print_at(out, key->expr, depth);
    text_append(out, key->spec.descending ? STR(" DESC") : STR(" ASC"));
    text_append(out, key->spec.nulls_first ? STR(" NULLS FIRST") : STR(" NULLS LAST"));
  }
  text_append_char(out, ')');
  if (!expr->aggregate.filter) return;
  text_append(out, STR(" FILTER ("));
  print_at(out, expr->aggregate.filter, depth);
  text_append_char(out, ')');
}

static void print_subquery(TextBuilder *out, const Expr *expr, uint32_t depth) {
  switch ((SubqueryKind)expr->subquery.kind) {
    case SUBQUERY_SCALAR:
      text_append(out, STR("SUBQUERY"));
      return;
    case SUBQUERY_EXISTS:
      text_append(out, STR("EXISTS(SUBQUERY)"));
      return;
    case SUBQUERY_NOT_EXISTS:
      text_append(out, STR("NOT EXISTS(SUBQUERY)"));
      return;
    default:
      text_append_char(out, '(');
      if (expr->child_count) print_at(out, expr->children[0], depth);
      text_format(out, " %s ANY(SUBQUERY))", compare_text((CompareOp)expr->subquery.compare));
  }
}

static void print_at(TextBuilder *out, const Expr *expr, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) {
    text_append(out, STR("…"));
    return;
  }
  depth++;
  switch ((ExprKind)expr->kind) {
    case EXPR_CONSTANT:
      value_print_sql(out, &expr->constant);
      return;
    case EXPR_COLUMN:
      if (expr->name.length) {
        text_append(out, expr->name);
      } else {
        text_format(out, "#[%u.%u]", expr->column.table, expr->column.column);
      }
      return;
    case EXPR_INPUT:
      if (expr->name.length) {
        text_append(out, expr->name);
      } else {
        text_format(out, "#%u", expr->input);
      }
      return;
    case EXPR_PARAMETER:
      text_format(out, "$%u", expr->parameter + 1);
      return;
    case EXPR_CALL:
      print_call(out, expr, depth);
      return;
    case EXPR_CAST:
      text_append(out, expr->cast.try_cast ? STR("TRY_CAST(") : STR("CAST("));
      print_at(out, expr->children[0], depth);
      text_append(out, STR(" AS "));
      type_print(out, expr->type);
      text_append_char(out, ')');
      return;
    case EXPR_COMPARE:
      text_append_char(out, '(');
      print_at(out, expr->children[0], depth);
      text_format(out, " %s ", compare_text(expr->compare));
      print_at(out, expr->children[1], depth);
      text_append_char(out, ')');
      return;
    case EXPR_AND:
    case EXPR_OR:
      text_append_char(out, '(');
      print_list(out, expr->children, expr->child_count, expr->kind == EXPR_AND ? " AND " : " OR ", depth);
      text_append_char(out, ')');
      return;
    case EXPR_NOT:
      text_append(out, STR("(NOT "));
      print_at(out, expr->children[0], depth);
      text_append_char(out, ')');
      return;
    case EXPR_IS_NULL:
    case EXPR_IS_NOT_NULL:
      text_append_char(out, '(');
      print_at(out, expr->children[0], depth);
      text_append(out, expr->kind == EXPR_IS_NULL ? STR(" IS NULL)") : STR(" IS NOT NULL)"));
      return;
    case EXPR_CASE:
      print_case(out, expr, depth);
      return;
    case EXPR_COALESCE:
      text_append(out, STR("COALESCE("));
      print_list(out, expr->children, expr->child_count, ", ", depth);
      text_append_char(out, ')');
      return;
    case EXPR_TRY:
      text_append(out, STR("TRY("));
      print_at(out, expr->children[0], depth);
      text_append_char(out, ')');
      return;
    case EXPR_IN:
      text_append_char(out, '(');
      print_at(out, expr->children[0], depth);
      text_append(out, expr->negated ? STR(" NOT IN (") : STR(" IN ("));
      print_list(out, expr->children + 1, expr->child_count - 1, ", ", depth);
      text_append(out, STR("))"));
      return;
    case EXPR_BETWEEN:
      text_append_char(out, '(');
      print_at(out, expr->children[0], depth);
      text_append(out, STR(" BETWEEN "));
      print_at(out, expr->children[1], depth);
      text_append(out, STR(" AND "));
      print_at(out, expr->children[2], depth);
      text_append_char(out, ')');
      return;
    case EXPR_AGGREGATE:
      print_aggregate(out, expr, depth);
      return;
    case EXPR_WINDOW:
      if (expr->name.length) {
        text_append(out, expr->name);
        return;
      }
      text_append(out, STR("window("));
      print_list(out, expr->children, expr->child_count, ", ", depth);
      text_append_char(out, ')');
      return;
    case EXPR_SUBQUERY:
      print_subquery(out, expr, depth);
      return;
    case EXPR_LAMBDA:
      text_append(out, STR("(lambda: "));
      print_at(out, expr->children[0], depth);
      text_append_char(out, ')');
      return;
    case EXPR_LAMBDA_PARAMETER:
      if (expr->name.length) {
        text_append(out, expr->name);
      } else {
        text_format(out, "#lambda[%u.%u]", expr->lambda_parameter.depth, expr->lambda_parameter.index);
      }
      return;
    case EXPR_DEFAULT:
      text_append(out, STR("DEFAULT"));
      return;
    case EXPR_UNNEST:
      text_append(out, STR("UNNEST("));
      print_list(out, expr->children, expr->child_count, ", ", depth);
      text_append_char(out, ')');
      return;
  }
}

void expr_print(TextBuilder *out, const Expr *expr) { print_at(out, expr, 0); }
