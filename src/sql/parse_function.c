// SPDX-License-Identifier: MIT
//
// parse_function.c: calls, the forms that look like calls (CAST, EXTRACT, TRIM …), and windows.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// ORDER BY
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_order(Parser *parser, SqlOrder *order) {
  if (parser_accept_keyword(parser, KEYWORD_ALL)) {
    TRY(build_star(parser, parser_position(parser), &order->expr));
    order->expr->star.is_columns = true;
  } else {
    TRY(parse_expression(parser, &order->expr));
  }
  if (parser_is_keyword(parser, KEYWORD_USING) &&
      (parser_peek_is(parser, 1, TOKEN_LESS) || parser_peek_is(parser, 1, TOKEN_GREATER))) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Unimplemented order by type");
  }
  if (parser_accept_keyword(parser, KEYWORD_ASC)) {
    order->direction = SQL_ASCENDING;
  } else if (parser_accept_keyword(parser, KEYWORD_DESC)) {
    order->direction = SQL_DESCENDING;
  }
  if (parser_accept_keywords(parser, KEYWORD_NULLS, KEYWORD_FIRST)) {
    order->nulls = SQL_NULLS_FIRST;
  } else if (parser_accept_keywords(parser, KEYWORD_NULLS, KEYWORD_LAST)) {
    order->nulls = SQL_NULLS_LAST;
  }
  return OK;
}

Status parse_order_list(Parser *parser, SqlOrderList *orders) {
  do {
    SqlOrder order = {0};
    TRY(parse_order(parser, &order));
    ARENA_PUSH(parser->arena, parser->error, orders, order);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

static bool accept_order_by(Parser *parser) { return parser_accept_keywords(parser, KEYWORD_ORDER, KEYWORD_BY); }

// ---------------------------------------------------------------------------------------------------------------------
// Windows
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_frame_bound(Parser *parser, SqlFrameBound *bound, SqlExpr **expr) {
  if (parser_accept_keywords(parser, KEYWORD_UNBOUNDED, KEYWORD_PRECEDING)) {
    *bound = SQL_BOUND_UNBOUNDED_PRECEDING;
    return OK;
  }
  if (parser_accept_keywords(parser, KEYWORD_UNBOUNDED, KEYWORD_FOLLOWING)) {
    *bound = SQL_BOUND_UNBOUNDED_FOLLOWING;
    return OK;
  }
  if (parser_accept_keywords(parser, KEYWORD_CURRENT, KEYWORD_ROW)) {
    *bound = SQL_BOUND_CURRENT_ROW;
    return OK;
  }
  TRY(parse_expression(parser, expr));
  if (parser_accept_keyword(parser, KEYWORD_PRECEDING)) {
    *bound = SQL_BOUND_PRECEDING;
    return OK;
  }
  *bound = SQL_BOUND_FOLLOWING;
  return parser_expect_keyword(parser, KEYWORD_FOLLOWING);
}

static Status frame_error(Parser *parser, int32_t position, const char *text) {
  return error_set(parser->error, ERROR_PARSER, position, "%s", text);
}

// Frames that can hold no row whatever the data.
static Status check_frame(Parser *parser, const SqlWindow *window, int32_t start_position, int32_t finish_position) {
  if (window->start == SQL_BOUND_UNBOUNDED_FOLLOWING) {
    return frame_error(parser, start_position, "frame start cannot be UNBOUNDED FOLLOWING");
  }
  if (window->finish == SQL_BOUND_UNBOUNDED_PRECEDING) {
    return frame_error(parser, finish_position, "frame end cannot be UNBOUNDED PRECEDING");
  }
  if (window->start == SQL_BOUND_CURRENT_ROW && window->finish == SQL_BOUND_PRECEDING) {
    return frame_error(parser, finish_position, "frame starting from current row cannot have preceding rows");
  }
  if (window->start == SQL_BOUND_FOLLOWING && window->finish == SQL_BOUND_PRECEDING) {
    return frame_error(parser, finish_position, "frame starting from following row cannot have preceding rows");
  }
  if (window->start == SQL_BOUND_FOLLOWING && window->finish == SQL_BOUND_CURRENT_ROW) {
    return frame_error(parser, finish_position, "frame starting from following row cannot end with current row");
  }
  return OK;
}

static Status parse_frame_exclusion(Parser *parser, SqlWindow *window) {
  if (!parser_accept_keyword(parser, KEYWORD_EXCLUDE)) return OK;
  if (parser_accept_keywords(parser, KEYWORD_CURRENT, KEYWORD_ROW)) {
    window->exclude = SQL_EXCLUDE_CURRENT_ROW;
  } else if (parser_accept_keyword(parser, KEYWORD_GROUP)) {
    window->exclude = SQL_EXCLUDE_GROUP;
  } else if (parser_accept_keyword(parser, KEYWORD_TIES)) {
    window->exclude = SQL_EXCLUDE_TIES;
  } else if (!parser_accept_keywords(parser, KEYWORD_NO, KEYWORD_OTHERS)) {
    return parser_syntax_error(parser);
  }
  return OK;
}

static SqlFrameUnit frame_unit(Keyword keyword) {
  switch (keyword) {
    case KEYWORD_ROWS:
      return SQL_FRAME_ROWS;
    case KEYWORD_RANGE:
      return SQL_FRAME_RANGE;
    case KEYWORD_GROUPS:
      return SQL_FRAME_GROUPS;
    default:
      return SQL_FRAME_NONE;
  }
}

static Status parse_frame(Parser *parser, SqlWindow *window) {
  window->unit = frame_unit(parser_keyword(parser));
  window->start = SQL_BOUND_UNBOUNDED_PRECEDING;
  window->finish = SQL_BOUND_CURRENT_ROW;
  if (window->unit == SQL_FRAME_NONE) return OK;
  parser_advance(parser);
  int32_t start_position, finish_position;
  bool between = parser_accept_keyword(parser, KEYWORD_BETWEEN);
  start_position = finish_position = parser_position(parser);
  TRY(parse_frame_bound(parser, &window->start, &window->start_expr));
  if (between) {
    TRY(parser_expect_keyword(parser, KEYWORD_AND));
    finish_position = parser_position(parser);
    TRY(parse_frame_bound(parser, &window->finish, &window->finish_expr));
  }
  TRY(check_frame(parser, window, start_position, finish_position));
  return parse_frame_exclusion(parser, window);
}

static const SqlWindow *find_window(const Parser *parser, Str name) {
  for (const WindowScope *scope = parser->windows; scope; scope = scope->outer) {
    for (uint32_t i = 0; i < scope->windows.count; i++) {
      if (str_equal_nocase(scope->windows.items[i]->name, name)) return scope->windows.items[i];
    }
  }
  return NULL;
}

static Status unknown_window(Parser *parser, Str name) {
  return error_set(parser->error, ERROR_PARSER, -1, "window \"%.*s\" does not exist", STR_ARG(name));
}

static Status copy_window_parts(Parser *parser, const SqlWindow *from, SqlWindow *into) {
  for (uint32_t i = 0; i < from->partitions.count; i++) {
    SqlExpr *copy;
    TRY(sql_copy_expr(parser->arena, from->partitions.items[i], &copy, parser->error));
    ARENA_PUSH(parser->arena, parser->error, &into->partitions, copy);
  }
  for (uint32_t i = 0; i < from->orders.count; i++) {
    SqlOrder order = from->orders.items[i];
    TRY(sql_copy_expr(parser->arena, order.expr, &order.expr, parser->error));
    ARENA_PUSH(parser->arena, parser->error, &into->orders, order);
  }
  return OK;
}

// OVER name
static Status copy_named_window(Parser *parser, Str name, SqlWindow *window) {
  const SqlWindow *named = find_window(parser, name);
  if (!named) return unknown_window(parser, name);
  window->name = name;
  window->unit = named->unit;
  window->start = named->start;
  window->finish = named->finish;
  window->exclude = named->exclude;
  TRY(copy_window_parts(parser, named, window));
  if (named->start_expr) TRY(sql_copy_expr(parser->arena, named->start_expr, &window->start_expr, parser->error));
  if (named->finish_expr) TRY(sql_copy_expr(parser->arena, named->finish_expr, &window->finish_expr, parser->error));
  return OK;
}

// OVER (base ORDER BY …): the base gives what is not said anew, and may not be overridden.
Status merge_base_window(Parser *parser, SqlWindow *window) {
  if (!window->base.data) return OK;
  const SqlWindow *base = find_window(parser, window->base);
  if (!base || base->base.data) return unknown_window(parser, window->base);
  if (window->partitions.count > 0 && base->partitions.count > 0) {
    return error_set(parser->error, ERROR_PARSER, -1, "Cannot override PARTITION BY clause of window \"%.*s\"",
                     STR_ARG(window->base));
  }
  if (window->orders.count > 0 && base->orders.count > 0) {
    return error_set(parser->error, ERROR_PARSER, -1, "Cannot override ORDER BY clause of window \"%.*s\"",
                     STR_ARG(window->base));
  }
  if (base->unit != SQL_FRAME_NONE) {
    return error_set(parser->error, ERROR_PARSER, -1, "cannot copy window \"%.*s\" because it has a frame clause",
                     STR_ARG(window->base));
  }
  window->base = NO_SCHEMA;
  return copy_window_parts(parser, base, window);
}

Status parse_window_specification(Parser *parser, SqlWindow **out) {
  SqlWindow *window;
  ARENA_NEW(parser->arena, parser->error, window);
  *out = window;
  window->position = parser_position(parser);
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) {
    Str name;
    TRY(parse_column_id(parser, &name));
    return copy_named_window(parser, name, window);
  }
  bool in_window = parser->in_window;
  parser->in_window = true;
  Keyword keyword = parser_keyword(parser);
  bool has_base = keyword != KEYWORD_PARTITION && frame_unit(keyword) == SQL_FRAME_NONE &&
                  parser_is_column_id(parser_token(parser));
  if (has_base) TRY(parse_column_id(parser, &window->base));
  if (parser_accept_keywords(parser, KEYWORD_PARTITION, KEYWORD_BY)) {
    TRY(parse_expression_list(parser, true, &window->partitions));
  }
  if (accept_order_by(parser)) {
    if (parser_is_keyword(parser, KEYWORD_ALL))
      return error_set(parser->error, ERROR_PARSER, -1, "Cannot ORDER BY ALL in a window expression");
    TRY(parse_order_list(parser, &window->orders));
  }
  TRY(parse_frame(parser, window));
  parser->in_window = in_window;
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------------

static Status wrong_count(Parser *parser, const char *text) {
  return error_set(parser->error, ERROR_PARSER, -1, "%s", text);
}

// Functions that the dialect itself knows become their own nodes.
static Status rewrite_known_call(Parser *parser, SqlExpr **expr) {
  SqlFunction *function = &(*expr)->function;
  const SqlExprList *arguments = &function->arguments;
  int32_t position = (*expr)->position;
  if (function->window || function->name.schema.data) return OK;
  Str name = function->name.name;
  if (str_equal(name, STR("if"))) {
    if (arguments->count != 3) return wrong_count(parser, "Wrong number of arguments to IF.");
    SqlExpr *whole;
    TRY(build_expr(parser, SQL_EXPR_CASE, position, &whole));
    ARENA_PUSH(parser->arena, parser->error, &whole->conditional.whens,
               ((SqlWhen){arguments->items[0], arguments->items[1]}));
    whole->conditional.otherwise = arguments->items[2];
    *expr = whole;
    return seal_expr(parser, whole);
  }
  if (str_equal(name, STR("ifnull"))) {
    if (arguments->count != 2) return wrong_count(parser, "Wrong number of arguments to IFNULL.");
    return build_operation(parser, position, SQL_OPERATOR_COALESCE, arguments->items[0], arguments->items[1], expr);
  }
  if (str_equal(name, STR("try"))) {
    if (arguments->count != 1) return wrong_count(parser, "Wrong number of arguments provided to TRY expression");
    return build_operation(parser, position, SQL_OPERATOR_TRY, arguments->items[0], NULL, expr);
  }
  if (str_equal(name, STR("date"))) {
    if (arguments->count != 1) return wrong_count(parser, "Wrong number of arguments provided to DATE function");
    return build_cast_to(parser, position, arguments->items[0], STR("DATE"), expr);
  }
  if (str_equal(name, STR("construct_array"))) {
    SqlExpr *array;
    TRY(build_operation(parser, position, SQL_OPERATOR_ARRAY, NULL, NULL, &array));
    array->operation.children = *arguments;
    *expr = array;
    return seal_expr(parser, array);
  }
  if (str_equal(name, STR("unpack"))) {
    if (arguments->count != 1) return wrong_count(parser, "Wrong number of arguments provided to the UNPACK operator");
    return build_operation(parser, position, SQL_OPERATOR_UNPACK, arguments->items[0], NULL, expr);
  }
  if (str_equal(name, STR("count")) && arguments->count == 0) function->name.name = STR("count_star");
  return OK;
}

// percentile_cont(0.5) WITHIN GROUP (ORDER BY x) and its like get DuckDB's names.
static Status rewrite_within_group(Parser *parser, SqlFunction *function) {
  static const struct {
    const char *name;
    const char *becomes;
    const char *wrong_count;
    uint32_t arguments;
  } known[] = {
      {"percentile_cont", "quantile_cont", "Wrong number of arguments for PERCENTILE_CONT", 1},
      {"percentile_disc", "quantile_disc", "Wrong number of arguments for PERCENTILE_DISC", 1},
      {"mode", "mode", "Wrong number of arguments for MODE", 0},
  };
  if (function->orders.count != 1) {
    return error_set(parser->error, ERROR_PARSER, -1, "Cannot use multiple ORDER BY clauses with WITHIN GROUP");
  }
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    if (!str_equal(function->name.name, str_from(known[i].name))) continue;
    if (function->arguments.count != known[i].arguments) return wrong_count(parser, known[i].wrong_count);
    function->name.name = str_from(known[i].becomes);
    return OK;
  }
  return error_set(parser->error, ERROR_PARSER, -1, "Unknown ordered aggregate \"%.*s\".",
                   STR_ARG(function->name.name));
}

// `x`, `name := x`, `name => x`
static Status parse_argument(Parser *parser, SqlExpr **argument) {
  TokenKind next = (TokenKind)parser_peek(parser, 1).kind;
  bool named = (next == TOKEN_COLON_EQUALS || next == TOKEN_EQUALS_GREATER) &&
               (parser_is_type_name(parser_token(parser)) || parser_is_column_id(parser_token(parser)));
  if (!named) return parse_expression(parser, argument);
  Str name;
  TRY(parse_label(parser, &name));
  parser_advance(parser);
  TRY(parse_expression(parser, argument));
  (*argument)->alias = name;
  return OK;
}

static bool at_nulls_treatment(const Parser *parser) {
  return (parser_is_keyword(parser, KEYWORD_IGNORE) || parser_is_keyword(parser, KEYWORD_RESPECT)) &&
         parser_peek_keyword(parser, 1, KEYWORD_NULLS);
}

// What stands between the parentheses of a call; takes the closing one.
static Status parse_arguments(Parser *parser, SqlFunction *function) {
  if (parser_accept(parser, TOKEN_RIGHT_PARENTHESIS)) return OK;
  if (parser_accept_keyword(parser, KEYWORD_DISTINCT)) {
    function->distinct = true;
  } else {
    parser_accept_keyword(parser, KEYWORD_ALL);
  }
  if (!parser_is_keyword(parser, KEYWORD_ORDER)) {
    do {
      SqlExpr *argument;
      parser_accept_keyword(parser, KEYWORD_VARIADIC);
      TRY(parse_argument(parser, &argument));
      ARENA_PUSH(parser->arena, parser->error, &function->arguments, argument);
    } while (parser_accept(parser, TOKEN_COMMA));
  }
  if (accept_order_by(parser)) TRY(parse_order_list(parser, &function->orders));
  if (at_nulls_treatment(parser)) {
    function->nulls = parser_is_keyword(parser, KEYWORD_IGNORE) ? SQL_IGNORE_NULLS : SQL_RESPECT_NULLS;
    parser_advance(parser);
    parser_advance(parser);
  }
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// Only one plain * as the argument: the same as no argument.
static void drop_lone_star(SqlFunction *function) {
  if (function->arguments.count != 1 || function->distinct || function->orders.count > 0) return;
  const SqlExpr *argument = function->arguments.items[0];
  if (argument->kind != SQL_EXPR_STAR || argument->alias.data) return;
  const SqlStar *star = &argument->star;
  if (star->is_columns || star->excludes.count || star->replaces.count || star->renames.count) return;
  function->arguments.count = 0;
}

static Status parse_within_group(Parser *parser, SqlFunction *function) {
  int32_t position = parser_position(parser);
  if (!parser_accept_keywords(parser, KEYWORD_WITHIN, KEYWORD_GROUP)) return OK;
  if (function->orders.count > 0) {
    return error_set(parser->error, ERROR_PARSER, position, "cannot use multiple ORDER BY clauses with WITHIN GROUP");
  }
  if (function->distinct) {
    return error_set(parser->error, ERROR_PARSER, position, "cannot use DISTINCT with WITHIN GROUP");
  }
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  if (!accept_order_by(parser)) return parser_syntax_error(parser);
  TRY(parse_order_list(parser, &function->orders));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  function->within_group = true;
  return rewrite_within_group(parser, function);
}

static Status parse_filter(Parser *parser, SqlFunction *function) {
  if (!parser_is_keyword(parser, KEYWORD_FILTER) || !parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) return OK;
  parser_advance(parser);
  parser_advance(parser);
  parser_accept_keyword(parser, KEYWORD_WHERE);
  TRY(parse_expression(parser, &function->filter));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status parse_over(Parser *parser, SqlFunction *function) {
  bool over = parser_is_keyword(parser, KEYWORD_OVER) &&
              (parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS) || parser_is_column_id(parser_peek(parser, 1)));
  if (!over) return OK;
  if (parser->in_window) {
    return error_set(parser->error, ERROR_PARSER, -1, "window functions are not allowed in window definitions");
  }
  parser_advance(parser);
  TRY(parse_window_specification(parser, &function->window));
  return merge_base_window(parser, function->window);
}

// name(5, 2) 'literal': a typed literal after all.
static Status parse_literal_of_type(Parser *parser, int32_t position, const SqlFunction *function, SqlExpr **expr) {
  SqlType *type;
  SqlExpr *value;
  Str text;
  int32_t text_position = parser_position(parser);
  if (function->orders.count > 0) {
    return error_set(parser->error, ERROR_PARSER, position, "type modifier cannot have ORDER BY");
  }
  for (uint32_t i = 0; i < function->arguments.count; i++) {
    if (function->arguments.items[i]->alias.data) {
      return error_set(parser->error, ERROR_PARSER, position, "type modifier cannot have parameter name");
    }
  }
  TRY(parse_string(parser, &text));
  TRY(build_string(parser, text_position, text, &value));
  TRY(build_named_type(parser, position, function->name.name, &type));
  type->named.name = function->name;
  type->named.modifiers = function->arguments;
  TRY(check_modifiers(parser, type));
  TRY(seal_type(parser, type));
  return build_cast(parser, position, value, type, false, expr);
}

Status parse_call(Parser *parser, SqlName name, SqlExpr *method_of, SqlExpr **expr) {
  SqlExpr *call;
  TRY(build_expr(parser, SQL_EXPR_FUNCTION, method_of ? method_of->position : name.position, &call));
  SqlFunction *function = &call->function;
  function->name = name;
  TRY(str_lower(parser->arena, parser->error, name.name, &function->name.name));
  if (method_of) {
    function->is_method = true;
    ARENA_PUSH(parser->arena, parser->error, &function->arguments, method_of);
  }
  parser_advance(parser);
  TRY(parse_arguments(parser, function));
  if (parser_is(parser, TOKEN_STRING) && !method_of)
    return parse_literal_of_type(parser, name.position, function, expr);
  drop_lone_star(function);
  TRY(parse_within_group(parser, function));
  TRY(parse_filter(parser, function));
  if (parser_accept_keyword(parser, KEYWORD_EXPORT_STATE)) function->export_state = true;
  TRY(parse_over(parser, function));
  if (function->nulls != SQL_TREAT_DEFAULT && !function->window) {
    return error_set(parser->error, ERROR_PARSER, -1, "RESPECT/IGNORE NULLS is not supported for non-window functions");
  }
  *expr = call;
  TRY(seal_expr(parser, call));
  return rewrite_known_call(parser, expr);
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls with a grammar of their own. Each stands behind the opening parenthesis and leaves the closing one.
// ---------------------------------------------------------------------------------------------------------------------

// CAST(x AS type), TRY_CAST
static Status parse_cast_call(Parser *parser, int32_t position, bool try_cast, SqlExpr **expr) {
  SqlExpr *child;
  SqlType *type;
  TRY(parse_expression(parser, &child));
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  TRY(parse_type(parser, &type));
  return build_cast(parser, position, child, type, try_cast, expr);
}

// The singular of the word, lower case: years is year.
static Status extract_field(Parser *parser, Str *field) {
  static const struct {
    Keyword plural;
    const char *field;
  } plurals[] = {{KEYWORD_YEARS, "year"},
                 {KEYWORD_MONTHS, "month"},
                 {KEYWORD_DAYS, "day"},
                 {KEYWORD_HOURS, "hour"},
                 {KEYWORD_MINUTES, "minute"},
                 {KEYWORD_SECONDS, "second"},
                 {KEYWORD_MILLISECONDS, "millisecond"},
                 {KEYWORD_MICROSECONDS, "microsecond"},
                 {KEYWORD_WEEKS, "week"},
                 {KEYWORD_QUARTERS, "quarter"},
                 {KEYWORD_DECADES, "decade"},
                 {KEYWORD_CENTURIES, "century"},
                 {KEYWORD_MILLENNIA, "millennium"}};
  Keyword keyword = parser_keyword(parser);
  TRY(parse_label_or_string(parser, field));
  for (size_t i = 0; i < COUNT_OF(plurals); i++) {
    if (plurals[i].plural == keyword) *field = str_from(plurals[i].field);
  }
  return keyword == NO_KEYWORD ? OK : str_lower(parser->arena, parser->error, *field, field);
}

// EXTRACT(field FROM x): date_part('field', x)
static Status parse_extract(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *field, *value;
  Str name;
  int32_t field_position = parser_position(parser);
  TRY(extract_field(parser, &name));
  TRY(build_string(parser, field_position, name, &field));
  TRY(parser_expect_keyword(parser, KEYWORD_FROM));
  TRY(parse_expression(parser, &value));
  return build_call(parser, position, MAIN_SCHEMA, STR("date_part"), field, value, NULL, expr);
}

// POSITION(needle IN text): position(text, needle)
static Status parse_position(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *needle, *text;
  TRY(parse_restricted_expression(parser, &needle));
  TRY(parser_expect_keyword(parser, KEYWORD_IN));
  TRY(parse_restricted_expression(parser, &text));
  return build_call(parser, position, MAIN_SCHEMA, STR("position"), text, needle, NULL, expr);
}

// SUBSTRING(text FROM a FOR b) in either order, or with commas
static Status parse_substring(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExprList list = {0};
  SqlExpr *from = NULL, *count = NULL, *whole;
  TRY(parse_expression_list(parser, false, &list));
  if (list.count == 1) {
    for (int turn = 0; turn < 2; turn++) {
      if (!from && parser_accept_keyword(parser, KEYWORD_FROM)) TRY(parse_expression(parser, &from));
      if (!count && parser_accept_keyword(parser, KEYWORD_FOR)) TRY(parse_expression(parser, &count));
    }
    if (count && !from) { // only a length: it must be a number
      TRY(build_integer(parser, position, 1, &from));
      TRY(build_cast_to(parser, position, count, STR("INTEGER"), &count));
    }
    return build_call(parser, position, MAIN_SCHEMA, STR("substring"), list.items[0], from, count, expr);
  }
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("substring"), NULL, NULL, NULL, &whole));
  whole->function.arguments = list;
  *expr = whole;
  return seal_expr(parser, whole);
}

// TRIM([BOTH | LEADING | TRAILING] [what] FROM text), TRIM(text, what)
static Status parse_trim(Parser *parser, int32_t position, SqlExpr **expr) {
  Str name = STR("trim");
  if (parser_accept_keyword(parser, KEYWORD_LEADING)) {
    name = STR("ltrim");
  } else if (parser_accept_keyword(parser, KEYWORD_TRAILING)) {
    name = STR("rtrim");
  } else {
    parser_accept_keyword(parser, KEYWORD_BOTH);
  }
  SqlExprList list = {0};
  SqlExpr *whole;
  if (!parser_is_keyword(parser, KEYWORD_FROM)) TRY(parse_expression_list(parser, true, &list));
  if (list.count <= 1 && parser_accept_keyword(parser, KEYWORD_FROM)) {
    SqlExprList rest = {0};
    TRY(parse_expression_list(parser, true, &rest));
    if (list.count == 1) ARENA_PUSH(parser->arena, parser->error, &rest, list.items[0]);
    list = rest;
  }
  TRY(build_call(parser, position, MAIN_SCHEMA, name, NULL, NULL, NULL, &whole));
  whole->function.arguments = list;
  *expr = whole;
  return seal_expr(parser, whole);
}

// OVERLAY(text PLACING other FROM a FOR b)
static Status parse_overlay(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *text, *other, *from, *count;
  TRY(parse_expression(parser, &text));
  TRY(parser_expect_keyword(parser, KEYWORD_PLACING));
  TRY(parse_expression(parser, &other));
  TRY(parser_expect_keyword(parser, KEYWORD_FROM));
  TRY(parse_expression(parser, &from));
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("overlay"), text, other, from, expr));
  if (!parser_accept_keyword(parser, KEYWORD_FOR)) return OK;
  TRY(parse_expression(parser, &count));
  ARENA_PUSH(parser->arena, parser->error, &(*expr)->function.arguments, count);
  return seal_expr(parser, *expr);
}

static Status parse_nullif(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *left, *right;
  TRY(parse_expression(parser, &left));
  TRY(parser_expect(parser, TOKEN_COMMA));
  TRY(parse_expression(parser, &right));
  return build_call(parser, position, NO_SCHEMA, STR("nullif"), left, right, NULL, expr);
}

static Status parse_operator_form(Parser *parser, int32_t position, SqlOperator op, SqlExpr **expr) {
  TRY(build_operation(parser, position, op, NULL, NULL, expr));
  TRY(parse_expression_list(parser, true, &(*expr)->operation.children));
  return seal_expr(parser, *expr);
}

// ROW(a, b), ROW()
static Status parse_row(Parser *parser, int32_t position, SqlExpr **expr) {
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("row"), NULL, NULL, NULL, expr));
  if (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS))
    TRY(parse_expression_list(parser, true, &(*expr)->function.arguments));
  return seal_expr(parser, *expr);
}

static Status parse_special_form(Parser *parser, Keyword keyword, int32_t position, SqlExpr **expr) {
  switch (keyword) {
    case KEYWORD_CAST:
      return parse_cast_call(parser, position, false, expr);
    case KEYWORD_TRY_CAST:
      return parse_cast_call(parser, position, true, expr);
    case KEYWORD_EXTRACT:
      return parse_extract(parser, position, expr);
    case KEYWORD_POSITION:
      return parse_position(parser, position, expr);
    case KEYWORD_SUBSTRING:
      return parse_substring(parser, position, expr);
    case KEYWORD_TRIM:
      return parse_trim(parser, position, expr);
    case KEYWORD_OVERLAY:
      return parse_overlay(parser, position, expr);
    case KEYWORD_NULLIF:
      return parse_nullif(parser, position, expr);
    case KEYWORD_COALESCE:
      return parse_operator_form(parser, position, SQL_OPERATOR_COALESCE, expr);
    case KEYWORD_GROUPING:
    case KEYWORD_GROUPING_ID:
      return parse_operator_form(parser, position, SQL_OPERATOR_GROUPING, expr);
    case KEYWORD_ROW:
      return parse_row(parser, position, expr);
    default:
      return parser_syntax_error(parser);
  }
}

Status parse_special_call(Parser *parser, bool *found, SqlExpr **expr) {
  Keyword keyword = parser_keyword(parser);
  int32_t position = parser_position(parser);
  *found = false;
  switch (keyword) {
    case KEYWORD_CAST:
    case KEYWORD_TRY_CAST:
    case KEYWORD_EXTRACT:
    case KEYWORD_POSITION:
    case KEYWORD_SUBSTRING:
    case KEYWORD_TRIM:
    case KEYWORD_OVERLAY:
    case KEYWORD_NULLIF:
    case KEYWORD_COALESCE:
    case KEYWORD_GROUPING:
    case KEYWORD_GROUPING_ID:
    case KEYWORD_ROW:
      break;
    default:
      return OK;
  }
  if (!parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) return OK;
  *found = true;
  parser_advance(parser);
  parser_advance(parser);
  TRY(parse_special_form(parser, keyword, position, expr));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  (*expr)->end = parser_end(parser);
  return OK;
}
