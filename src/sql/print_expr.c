// SPDX-License-Identifier: MIT
//
// print_expr.c: names, literals, types and expressions as SQL text, byte for byte as DuckDB prints them: result columns are named
// by this text, and so are many errors. What is printed parses to the same tree.
#include "sql/print.h"
#include "vector/vector.h"

// ---------------------------------------------------------------------------------------------------------------------
// Names and strings
// ---------------------------------------------------------------------------------------------------------------------

void sql_print_name(TextBuilder *out, Str name) {
  if (name.length) {
    identifier_print(out, name);
  } else { // "" is no identifier; where a name may be empty, a string may stand for it
    text_append(out, STR("''"));
  }
}

void sql_print_string(TextBuilder *out, Str text) { text_append_quoted(out, text, '\''); }

void sql_print_qualified_name(TextBuilder *out, const SqlName *name) {
  if (name->catalog.length) {
    sql_print_name(out, name->catalog);
    text_append_char(out, '.');
  }
  if (name->schema.length) {
    sql_print_name(out, name->schema);
    text_append_char(out, '.');
  }
  sql_print_name(out, name->name);
}

void print_names(TextBuilder *out, const SqlNameList *names) {
  for (uint32_t i = 0; i < names->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    sql_print_name(out, names->items[i]);
  }
}

void print_path(TextBuilder *out, const SqlPath *path) {
  for (uint32_t i = 0; i < path->count; i++) {
    if (i > 0) text_append_char(out, '.');
    sql_print_name(out, path->items[i]);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Literals
// ---------------------------------------------------------------------------------------------------------------------

static void print_decimal(TextBuilder *out, const SqlLiteral *literal) {
  char buffer[NUMBER_TEXT_CAPACITY];
  size_t length = number_write_decimal(buffer, literal->integer, literal->scale);
  Str text = {buffer, length};
  bool negative = length > 0 && buffer[0] == '-';
  // A DECIMAL whose digits all stand behind the point has no zero before it.
  if (literal->width == literal->scale && length > negative + 1u && buffer[negative] == '0' &&
      buffer[negative + 1] == '.') {
    if (negative) text_append_char(out, '-');
    text = (Str){buffer + negative + 1, length - negative - 1};
  }
  text_append(out, text);
}

static void print_double(TextBuilder *out, double value) {
  char buffer[NUMBER_TEXT_CAPACITY];
  if (__builtin_isinf(value)) { // only a literal beyond the range of doubles
    text_append(out, value < 0 ? STR("-1e1000") : STR("1e1000"));
    return;
  }
  text_append(out, (Str){buffer, number_write_f64(buffer, value)});
}

static void print_literal(TextBuilder *out, const SqlLiteral *literal) {
  char buffer[NUMBER_TEXT_CAPACITY];
  switch (literal->kind) {
    case SQL_LITERAL_NULL:
      text_append(out, STR("NULL"));
      return;
    case SQL_LITERAL_BOOLEAN:
      if (literal->text.length) { // TRUE as it was written; DuckDB's parser makes it a cast
        text_append(out, literal->boolean ? STR("CAST('t' AS BOOLEAN)") : STR("CAST('f' AS BOOLEAN)"));
      } else {
        text_append(out, literal->boolean ? STR("true") : STR("false"));
      }
      return;
    case SQL_LITERAL_INTEGER:
      text_append(out, (Str){buffer, number_write_i128(buffer, literal->integer)});
      return;
    case SQL_LITERAL_UNSIGNED:
      text_append(out, (Str){buffer, number_write_u128(buffer, literal->unsigned_integer)});
      return;
    case SQL_LITERAL_DECIMAL:
      print_decimal(out, literal);
      return;
    case SQL_LITERAL_FLOAT:
      print_double(out, literal->floating);
      return;
    case SQL_LITERAL_STRING:
    case SQL_LITERAL_BLOB:
      sql_print_string(out, literal->text);
      return;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

// Type names that are keywords of the grammar are the only ones that go without quotes.
static bool is_keyword_type(const char *name) {
  static const char *const names[] = {"INTEGER",   "BIGINT", "SMALLINT", "FLOAT",   "BOOLEAN", "VARCHAR",
                                      "TIMESTAMP", "TIME",   "INTERVAL", "DECIMAL", "BIT"};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (strcmp(names[i], name) == 0) return true;
  }
  return false;
}

static void print_named_type(TextBuilder *out, const SqlType *type) {
  const SqlName *name = &type->named.name;
  const char *canonical = name->schema.length ? NULL : sql_type_canonical_name(name->name);
  if (name->catalog.length) {
    sql_print_name(out, name->catalog);
    text_append_char(out, '.');
  }
  if (name->schema.length) {
    sql_print_name(out, name->schema);
    text_append_char(out, '.');
  }
  if (canonical && (type->named.builtin || is_keyword_type(canonical))) {
    text_append(out, str_from(canonical));
  } else {
    text_append_quoted(out, canonical ? str_from(canonical) : name->name, '"');
  }
  if (type->named.modifiers.count > 0) {
    text_append_char(out, '(');
    print_list(out, &type->named.modifiers);
    text_append_char(out, ')');
  }
}

static void print_fields(TextBuilder *out, const SqlTypeFieldList *fields) {
  text_append_char(out, '(');
  for (uint32_t i = 0; i < fields->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    if (fields->items[i].name.data) {
      sql_print_name(out, fields->items[i].name);
      text_append_char(out, ' ');
    }
    sql_print_type(out, fields->items[i].type);
  }
  text_append_char(out, ')');
}

void sql_print_type(TextBuilder *out, const SqlType *type) {
  switch (type->kind) {
    case SQL_TYPE_NAMED:
      print_named_type(out, type);
      return;
    case SQL_TYPE_LIST:
      sql_print_type(out, type->list.child);
      text_append(out, STR("[]"));
      return;
    case SQL_TYPE_ARRAY:
      sql_print_type(out, type->list.child);
      text_format(out, "[%lld]", (long long)type->list.size);
      return;
    case SQL_TYPE_STRUCT:
    case SQL_TYPE_UNION:
      text_append(out, type->kind == SQL_TYPE_STRUCT ? STR("STRUCT") : STR("UNION"));
      print_fields(out, &type->fields.fields);
      return;
    case SQL_TYPE_MAP:
      text_append(out, STR("MAP("));
      sql_print_type(out, type->map.key);
      text_append(out, STR(", "));
      sql_print_type(out, type->map.value);
      text_append_char(out, ')');
      return;
    case SQL_TYPE_ENUM:
      text_append(out, STR("\"ENUM\"("));
      for (uint32_t i = 0; i < type->enumeration.labels.count; i++) {
        if (i > 0) text_append(out, STR(", "));
        sql_print_string(out, type->enumeration.labels.items[i]);
      }
      text_append_char(out, ')');
      return;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Lists and windows
// ---------------------------------------------------------------------------------------------------------------------

void print_list(TextBuilder *out, const SqlExprList *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    sql_print_expr(out, list->items[i]);
  }
}

void print_aliased_list(TextBuilder *out, const SqlExprList *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    sql_print_expr(out, list->items[i]);
    if (list->items[i]->alias.data) {
      text_append(out, STR(" AS "));
      sql_print_name(out, list->items[i]->alias);
    }
  }
}

void print_orders(TextBuilder *out, const SqlOrderList *orders) {
  static const char *const directions[] = {"", " ASC", " DESC"};
  static const char *const nulls[] = {"", " NULLS FIRST", " NULLS LAST"};
  for (uint32_t i = 0; i < orders->count; i++) {
    const SqlOrder *order = &orders->items[i];
    if (i > 0) text_append(out, STR(", "));
    sql_print_expr(out, order->expr);
    text_append(out, str_from(directions[order->direction]));
    text_append(out, str_from(nulls[order->nulls]));
  }
}

static void print_bound(TextBuilder *out, SqlFrameBound bound, const SqlExpr *expr) {
  switch (bound) {
    case SQL_BOUND_UNBOUNDED_PRECEDING:
      text_append(out, STR("UNBOUNDED PRECEDING"));
      return;
    case SQL_BOUND_UNBOUNDED_FOLLOWING:
      text_append(out, STR("UNBOUNDED FOLLOWING"));
      return;
    case SQL_BOUND_CURRENT_ROW:
      text_append(out, STR("CURRENT ROW"));
      return;
    case SQL_BOUND_PRECEDING:
    case SQL_BOUND_FOLLOWING:
      sql_print_expr(out, expr);
      text_append(out, bound == SQL_BOUND_PRECEDING ? STR(" PRECEDING") : STR(" FOLLOWING"));
      return;
  }
}

static bool is_unbounded(SqlFrameBound bound) {
  return bound == SQL_BOUND_UNBOUNDED_PRECEDING || bound == SQL_BOUND_UNBOUNDED_FOLLOWING;
}

static void print_frame(TextBuilder *out, const SqlWindow *window) {
  static const char *const units[] = {"", "ROWS", "RANGE", "GROUPS"};
  static const char *const exclusions[] = {"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"};
  // DuckDB keeps the unit in the bounds, and unbounded ones have none.
  bool unit_counts = !is_unbounded(window->start) || !is_unbounded(window->finish);
  text_append(out, unit_counts ? str_from(units[window->unit]) : STR("ROWS"));
  text_append(out, STR(" BETWEEN "));
  print_bound(out, window->start, window->start_expr);
  text_append(out, STR(" AND "));
  print_bound(out, window->finish, window->finish_expr);
  text_append(out, str_from(exclusions[window->exclude]));
}

static void print_window(TextBuilder *out, const SqlWindow *window) {
  const char *separator = "";
  text_append_char(out, '(');
  if (window->partitions.count > 0) {
    text_append(out, STR("PARTITION BY "));
    print_list(out, &window->partitions);
    separator = " ";
  }
  if (window->orders.count > 0) {
    text_format(out, "%sORDER BY ", separator);
    print_orders(out, &window->orders);
    separator = " ";
  }
  bool standard = window->unit == SQL_FRAME_RANGE && window->start == SQL_BOUND_UNBOUNDED_PRECEDING &&
                  window->finish == SQL_BOUND_CURRENT_ROW && window->exclude == SQL_EXCLUDE_NO_OTHERS;
  if (window->unit != SQL_FRAME_NONE && !standard) {
    text_append(out, str_from(separator));
    print_frame(out, window);
  }
  text_append_char(out, ')');
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------------

#define POSTFIX_MARK "__postfix"
#define LONGEST_GROUPED_CHAIN 500

static void print_operator_call(TextBuilder *out, const SqlFunction *function) {
  Str name = function->name.name;
  const SqlExprList *arguments = &function->arguments;
  if (arguments->count == 1) {
    if (str_ends_with(name, STR(POSTFIX_MARK))) {
      text_append(out, STR("(("));
      sql_print_expr(out, arguments->items[0]);
      text_append_char(out, ')');
      text_append(out, (Str){name.data, name.length - strlen(POSTFIX_MARK)});
      text_append_char(out, ')');
      return;
    }
    text_append(out, name);
    text_append_char(out, '(');
    sql_print_expr(out, arguments->items[0]);
    text_append_char(out, ')');
    return;
  }
  // Two arguments, or a chain of ||, which groups from the left. DuckDB has no chains beyond its depth limit; they go without
  // inner parentheses here, for those would be too deep to be read again.
  bool flat = arguments->count > LONGEST_GROUPED_CHAIN;
  text_append_repeated(out, '(', flat ? 1 : arguments->count - 1);
  sql_print_expr(out, arguments->items[0]);
  for (uint32_t i = 1; i < arguments->count; i++) {
    text_format(out, " %.*s ", STR_ARG(name));
    sql_print_expr(out, arguments->items[i]);
    if (!flat || i + 1 == arguments->count) text_append_char(out, ')');
  }
}

static void print_arguments(TextBuilder *out, const SqlExprList *arguments) {
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (i > 0) text_append(out, STR(", "));
    if (arguments->items[i]->alias.data) {
      sql_print_name(out, arguments->items[i]->alias);
      text_append(out, STR(" := "));
    }
    sql_print_expr(out, arguments->items[i]);
  }
}

// A struct with an empty key, which no named argument can have: {'': 1}.
static bool has_empty_key(const SqlFunction *function) {
  if (!str_equal(function->name.name, STR("struct_pack"))) return false;
  for (uint32_t i = 0; i < function->arguments.count; i++) {
    const SqlExpr *argument = function->arguments.items[i];
    if (argument->alias.data && argument->alias.length == 0) return true;
  }
  return false;
}

static void print_struct_literal(TextBuilder *out, const SqlExprList *entries) {
  for (uint32_t i = 0; i < entries->count; i++) {
    text_append(out, i > 0 ? STR(", ") : STR("{"));
    sql_print_string(out, entries->items[i]->alias);
    text_append(out, STR(": "));
    sql_print_expr(out, entries->items[i]);
  }
  text_append_char(out, '}');
}

static void print_function(TextBuilder *out, const SqlFunction *function) {
  if (has_empty_key(function)) {
    print_struct_literal(out, &function->arguments);
    return;
  }
  if (function->is_operator && function->arguments.count > 0) {
    print_operator_call(out, function);
    return;
  }
  sql_print_qualified_name(out, &function->name);
  text_append_char(out, '(');
  if (function->distinct) text_append(out, STR("DISTINCT "));
  print_arguments(out, &function->arguments);
  bool within_group = function->within_group && function->arguments.count == 0 && !function->window;
  if (function->orders.count > 0 && !within_group) {
    text_append(out, STR(" ORDER BY "));
    print_orders(out, &function->orders);
  }
  if (function->nulls == SQL_IGNORE_NULLS) text_append(out, STR(" IGNORE NULLS"));
  if (function->nulls == SQL_RESPECT_NULLS) text_append(out, STR(" RESPECT NULLS"));
  text_append_char(out, ')');
  if (within_group) {
    text_append(out, STR(" WITHIN GROUP ( ORDER BY "));
    print_orders(out, &function->orders);
    text_append_char(out, ')');
  }
  if (function->filter) {
    text_append(out, STR(" FILTER (WHERE "));
    sql_print_expr(out, function->filter);
    text_append_char(out, ')');
  }
  if (function->export_state) text_append(out, STR(" EXPORT_STATE"));
  if (function->window) {
    text_append(out, STR(" OVER "));
    print_window(out, function->window);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The other kinds
// ---------------------------------------------------------------------------------------------------------------------

static void print_star_body(TextBuilder *out, const SqlStar *star) {
  if (star->relation.count > 0) {
    print_path(out, &star->relation);
    text_append_char(out, '.');
  }
  text_append_char(out, '*');
  if (star->excludes.count > 0) {
    text_append(out, STR(" EXCLUDE ("));
    for (uint32_t i = 0; i < star->excludes.count; i++) {
      if (i > 0) text_append(out, STR(", "));
      print_path(out, &star->excludes.items[i]);
    }
    text_append_char(out, ')');
  }
  if (star->replaces.count > 0) {
    text_append(out, STR(" REPLACE ("));
    print_aliased_list(out, &star->replaces);
    text_append_char(out, ')');
  }
  if (star->renames.count > 0) {
    text_append(out, STR(" RENAME ("));
    for (uint32_t i = 0; i < star->renames.count; i++) {
      if (i > 0) text_append(out, STR(", "));
      print_path(out, &star->renames.items[i].column);
      text_append(out, STR(" AS "));
      sql_print_name(out, star->renames.items[i].name);
    }
    text_append_char(out, ')');
  }
}

static void print_star(TextBuilder *out, const SqlStar *star) {
  if (!star->is_columns) {
    print_star_body(out, star);
    return;
  }
  text_append(out, STR("COLUMNS("));
  if (star->columns) {
    sql_print_expr(out, star->columns);
  } else {
    print_star_body(out, star);
  }
  text_append_char(out, ')');
}

// What is printed without parentheses of its own, but would fall apart before a [ or within BETWEEN.
static void print_closed(TextBuilder *out, const SqlExpr *expr) {
  bool open = expr->kind == SQL_EXPR_COLLATE;
  if (open) text_append_char(out, '(');
  sql_print_expr(out, expr);
  if (open) text_append_char(out, ')');
}

static void print_slice(TextBuilder *out, const SqlExprList *children) {
  print_closed(out, children->items[0]);
  text_append_char(out, '[');
  for (uint32_t i = 1; i < children->count; i++) {
    if (i > 1) text_append_char(out, ':');
    if (children->items[i]) {
      sql_print_expr(out, children->items[i]);
    } else if (i == 2 && children->count > 3) {
      text_append_char(out, '-'); // no upper bound, but a step
    }
  }
  text_append_char(out, ']');
}

static void print_call_like(TextBuilder *out, const char *name, const SqlExprList *children) {
  text_append(out, str_from(name));
  text_append_char(out, '(');
  print_list(out, children);
  text_append_char(out, ')');
}

static void print_in(TextBuilder *out, const char *word, const SqlExprList *children) {
  text_append_char(out, '(');
  sql_print_expr(out, children->items[0]);
  text_format(out, " %s (", word);
  for (uint32_t i = 1; i < children->count; i++) {
    if (i > 1) text_append(out, STR(", "));
    sql_print_expr(out, children->items[i]);
  }
  text_append(out, STR("))"));
}

static void print_operation(TextBuilder *out, SqlOperator op, const SqlExprList *children) {
  switch (op) {
    case SQL_OPERATOR_NOT:
      text_append(out, STR("(NOT "));
      sql_print_expr(out, children->items[0]);
      text_append_char(out, ')');
      return;
    case SQL_OPERATOR_IS_NULL:
    case SQL_OPERATOR_IS_NOT_NULL:
      text_append_char(out, '(');
      sql_print_expr(out, children->items[0]);
      text_append(out, op == SQL_OPERATOR_IS_NULL ? STR(" IS NULL)") : STR(" IS NOT NULL)"));
      return;
    case SQL_OPERATOR_IN:
      print_in(out, "IN", children);
      return;
    case SQL_OPERATOR_NOT_IN:
      print_in(out, "NOT IN", children);
      return;
    case SQL_OPERATOR_COALESCE:
      print_call_like(out, "COALESCE", children);
      return;
    case SQL_OPERATOR_TRY:
      print_call_like(out, "TRY", children);
      return;
    case SQL_OPERATOR_GROUPING:
      print_call_like(out, "GROUPING", children);
      return;
    case SQL_OPERATOR_UNPACK:
      print_call_like(out, "UNPACK", children);
      return;
    case SQL_OPERATOR_SUBSCRIPT:
      print_closed(out, children->items[0]);
      text_append_char(out, '[');
      sql_print_expr(out, children->items[1]);
      text_append_char(out, ']');
      return;
    case SQL_OPERATOR_SLICE:
      print_slice(out, children);
      return;
    case SQL_OPERATOR_FIELD:
      text_append_char(out, '(');
      sql_print_expr(out, children->items[0]);
      text_append(out, STR(")."));
      sql_print_name(out, children->items[1]->literal.text);
      return;
    case SQL_OPERATOR_ARRAY:
      text_append(out, STR("(ARRAY["));
      print_list(out, children);
      text_append(out, STR("])"));
      return;
  }
}

const char *sql_comparison_text(SqlComparison op) {
  static const char *const texts[] = {"=", "!=", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
  return texts[op];
}

static void print_binary(TextBuilder *out, const SqlExpr *left, const char *op, const SqlExpr *right) {
  text_append_char(out, '(');
  sql_print_expr(out, left);
  text_format(out, " %s ", op);
  sql_print_expr(out, right);
  text_append_char(out, ')');
}

static void print_conjunction(TextBuilder *out, const char *word, const SqlExprList *children) {
  text_append_char(out, '(');
  for (uint32_t i = 0; i < children->count; i++) {
    if (i > 0) text_format(out, " %s ", word);
    sql_print_expr(out, children->items[i]);
  }
  text_append_char(out, ')');
}

#define SPREAD_CASE_BYTES (256 * 1024)

static void print_case(TextBuilder *out, const SqlExpr *expr) {
  // DuckDB prints the operand anew in each WHEN, which doubles with each nested CASE: long texts keep it in its place.
  bool spread = expr->conditional.operand && out->length < SPREAD_CASE_BYTES;
  text_append(out, STR("CASE "));
  if (expr->conditional.operand && !spread) sql_print_expr(out, expr->conditional.operand);
  for (uint32_t i = 0; i < expr->conditional.whens.count; i++) {
    const SqlWhen *when = &expr->conditional.whens.items[i];
    text_append(out, STR(" WHEN ("));
    if (spread) {
      print_binary(out, expr->conditional.operand, "=", when->condition);
    } else {
      sql_print_expr(out, when->condition);
    }
    text_append(out, STR(") THEN ("));
    sql_print_expr(out, when->result);
    text_append_char(out, ')');
  }
  text_append(out, STR(" ELSE "));
  if (expr->conditional.otherwise) {
    sql_print_expr(out, expr->conditional.otherwise);
  } else {
    text_append(out, STR("NULL"));
  }
  text_append(out, STR(" END"));
}

static void print_lambda(TextBuilder *out, const SqlExpr *expr) {
  if (expr->lambda.left) {
    print_binary(out, expr->lambda.left, "->", expr->lambda.body);
    return;
  }
  text_append(out, STR("(lambda "));
  print_names(out, &expr->lambda.parameters);
  text_append(out, STR(": "));
  sql_print_expr(out, expr->lambda.body);
  text_append_char(out, ')');
}

static void print_subquery(TextBuilder *out, const SqlExpr *expr) {
  switch (expr->subquery.kind) {
    case SQL_SUBQUERY_SCALAR:
      text_append_char(out, '(');
      break;
    case SQL_SUBQUERY_EXISTS:
      text_append(out, STR("EXISTS("));
      break;
    case SQL_SUBQUERY_ANY:
      text_append_char(out, '(');
      sql_print_expr(out, expr->subquery.left);
      text_format(out, " %s ANY(", sql_comparison_text(expr->subquery.comparison));
      break;
  }
  sql_print_query(out, expr->subquery.query);
  text_append(out, expr->subquery.kind == SQL_SUBQUERY_ANY ? STR("))") : STR(")"));
}

void sql_print_expr(TextBuilder *out, const SqlExpr *expr) {
  if (out->failed) return; // nothing more would come of it
  switch (expr->kind) {
    case SQL_EXPR_LITERAL:
      print_literal(out, &expr->literal);
      return;
    case SQL_EXPR_COLUMN:
      print_path(out, &expr->column);
      return;
    case SQL_EXPR_STAR:
      print_star(out, &expr->star);
      return;
    case SQL_EXPR_ORDINAL:
      text_format(out, "#%u", expr->ordinal.index);
      return;
    case SQL_EXPR_PARAMETER:
      text_format(out, "$%.*s", STR_ARG(expr->parameter.name));
      return;
    case SQL_EXPR_DEFAULT:
      text_append(out, STR("DEFAULT"));
      return;
    case SQL_EXPR_FUNCTION:
      print_function(out, &expr->function);
      return;
    case SQL_EXPR_OPERATOR:
      print_operation(out, expr->operation.op, &expr->operation.children);
      return;
    case SQL_EXPR_COMPARE:
      print_binary(out, expr->compare.left, sql_comparison_text(expr->compare.op), expr->compare.right);
      return;
    case SQL_EXPR_AND:
      print_conjunction(out, "AND", &expr->conjunction.children);
      return;
    case SQL_EXPR_OR:
      print_conjunction(out, "OR", &expr->conjunction.children);
      return;
    case SQL_EXPR_BETWEEN:
      text_append_char(out, '(');
      sql_print_expr(out, expr->between.value);
      text_append(out, STR(" BETWEEN "));
      print_closed(out, expr->between.low);
      text_append(out, STR(" AND "));
      sql_print_expr(out, expr->between.high);
      text_append_char(out, ')');
      return;
    case SQL_EXPR_CASE:
      print_case(out, expr);
      return;
    case SQL_EXPR_CAST:
      text_append(out, expr->cast.try_cast ? STR("TRY_CAST(") : STR("CAST("));
      sql_print_expr(out, expr->cast.child);
      text_append(out, STR(" AS "));
      sql_print_type(out, expr->cast.type);
      text_append_char(out, ')');
      return;
    case SQL_EXPR_COLLATE:
      sql_print_expr(out, expr->collate.child);
      text_append(out, STR(" COLLATE "));
      sql_print_name(out, expr->collate.collation);
      return;
    case SQL_EXPR_LAMBDA:
      print_lambda(out, expr);
      return;
    case SQL_EXPR_SUBQUERY:
      print_subquery(out, expr);
      return;
  }
}

Status sql_column_name(Arena *arena, const SqlExpr *expr, Str *name, Error *error) {
  if (expr->alias.data) {
    *name = expr->alias;
    return OK;
  }
  if (expr->kind == SQL_EXPR_COLUMN) {
    *name = expr->column.items[expr->column.count - 1];
    return OK;
  }
  TextBuilder text;
  text_init(&text, arena->memory);
  sql_print_expr(&text, expr);
  Status status = text.failed ? error_no_memory(error) : str_copy(arena, error, text_str(&text), name);
  text_free(&text);
  return status;
}
