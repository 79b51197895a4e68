// SPDX-License-Identifier: MIT
//
// parse_primary.c: what operators stand between, with the subscripts, fields and method calls behind it.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Stars: *, t.*, EXCLUDE, REPLACE, RENAME, COLUMNS
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_star_name(Parser *parser, SqlPath *path) {
  Str part;
  do {
    TRY(parse_column_id_or_string(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, path, part);
  } while (parser_accept(parser, TOKEN_DOT));
  return OK;
}

static Status parse_exclude(Parser *parser, SqlStar *star) {
  SqlPath path = {0};
  TRY(parse_star_name(parser, &path));
  ARENA_PUSH(parser->arena, parser->error, &star->excludes, path);
  return OK;
}

static Status parse_replace(Parser *parser, SqlStar *star) {
  SqlExpr *item;
  TRY(parse_expression(parser, &item));
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  TRY(parse_column_id(parser, &item->alias));
  if (parser_accept(parser, TOKEN_DOT)) TRY(parse_label(parser, &item->alias));
  ARENA_PUSH(parser->arena, parser->error, &star->replaces, item);
  return OK;
}

static Status parse_rename(Parser *parser, SqlStar *star) {
  SqlStarRename rename = {0};
  TRY(parse_star_name(parser, &rename.column));
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  TRY(parse_column_id(parser, &rename.name));
  ARENA_PUSH(parser->arena, parser->error, &star->renames, rename);
  return OK;
}

// One of the lists behind a star: `(a, b)` or a bare `a`.
static Status parse_star_list(Parser *parser, SqlStar *star, Status (*parse_item)(Parser *, SqlStar *)) {
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return parse_item(parser, star);
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) break; // a trailing comma
    TRY(parse_item(parser, star));
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status star_conflict(Parser *parser, Str name, const char *one, const char *other) {
  return error_set(parser->error, ERROR_PARSER, -1, "Column \"%.*s\" cannot occur in both %s and %s list",
                   STR_ARG(name), one, other);
}

static bool same_column(const SqlPath *a, const SqlPath *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (!str_equal_nocase(a->items[i], b->items[i])) return false;
  }
  return true;
}

static Status duplicate_entry(Parser *parser, Str name, const char *list) {
  return error_set(parser->error, ERROR_PARSER, -1, "Duplicate entry \"%.*s\" in %s list", STR_ARG(name), list);
}

// No column twice in one list, nor in two.
static Status check_star(Parser *parser, const SqlStar *star) {
  for (uint32_t i = 0; i < star->excludes.count; i++) {
    const SqlPath *path = &star->excludes.items[i];
    for (uint32_t k = 0; k < i; k++) {
      if (same_column(path, &star->excludes.items[k]))
        return duplicate_entry(parser, path->items[path->count - 1], "EXCLUDE");
    }
  }
  for (uint32_t i = 0; i < star->replaces.count; i++) {
    Str name = star->replaces.items[i]->alias;
    const SqlPath path = {.items = &name, .count = 1};
    for (uint32_t k = 0; k < i; k++) {
      if (str_equal_nocase(name, star->replaces.items[k]->alias)) return duplicate_entry(parser, name, "REPLACE");
    }
    for (uint32_t k = 0; k < star->excludes.count; k++) {
      if (same_column(&path, &star->excludes.items[k])) return star_conflict(parser, name, "EXCLUDE", "REPLACE");
    }
    for (uint32_t k = 0; k < star->renames.count; k++) {
      if (same_column(&path, &star->renames.items[k].column)) return star_conflict(parser, name, "REPLACE", "RENAME");
    }
  }
  for (uint32_t i = 0; i < star->renames.count; i++) {
    const SqlPath *path = &star->renames.items[i].column;
    Str name = path->items[path->count - 1];
    for (uint32_t k = 0; k < i; k++) {
      if (same_column(path, &star->renames.items[k].column))
        return duplicate_entry(parser, name, "EXCLUDE"); // DuckDB's words
    }
    for (uint32_t k = 0; k < star->excludes.count; k++) {
      if (same_column(path, &star->excludes.items[k])) return star_conflict(parser, name, "EXCLUDE", "RENAME");
    }
  }
  return OK;
}

Status parse_star(Parser *parser, int32_t position, SqlExpr *star) {
  star->position = position;
  if (parser_is_keyword(parser, KEYWORD_EXCLUDE)) {
    parser_advance(parser);
    TRY(parse_star_list(parser, &star->star, parse_exclude));
  }
  if (parser_accept_keyword(parser, KEYWORD_REPLACE)) TRY(parse_star_list(parser, &star->star, parse_replace));
  if (parser_accept_keyword(parser, KEYWORD_RENAME)) TRY(parse_star_list(parser, &star->star, parse_rename));
  TRY(check_star(parser, &star->star));
  return seal_expr(parser, star);
}

// Stands on the parenthesis of COLUMNS (…).
static Status parse_columns(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *argument;
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_expression(parser, &argument));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  if (argument->kind == SQL_EXPR_STAR && !argument->star.is_columns) {
    argument->star.is_columns = true;
    argument->position = position;
    *expr = argument;
    return seal_expr(parser, argument);
  }
  if (argument->kind == SQL_EXPR_LAMBDA) { // picks from all columns
    SqlExpr *all;
    TRY(build_star(parser, position, &all));
    TRY(build_call(parser, position, NO_SCHEMA, STR("list_filter"), all, argument, NULL, &argument));
  }
  TRY(build_star(parser, position, expr));
  (*expr)->star.is_columns = true;
  (*expr)->star.columns = argument;
  return seal_expr(parser, *expr);
}

// *, * EXCLUDE …, *COLUMNS(…)
static Status parse_leading_star(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  parser_advance(parser);
  if (parser_is_keyword(parser, KEYWORD_COLUMNS) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) {
    parser_advance(parser);
    TRY(parse_columns(parser, position, expr));
    return build_operation(parser, position, SQL_OPERATOR_UNPACK, *expr, NULL, expr);
  }
  TRY(build_star(parser, position, expr));
  return parse_star(parser, position, *expr);
}

// ---------------------------------------------------------------------------------------------------------------------
// Parentheses: (1), (1, 2), (SELECT 1), ((SELECT 1) UNION (SELECT 2))
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_query_in_parentheses(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlQuery *query;
  TRY(parse_query(parser, &query));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  TRY(build_subquery(parser, position, SQL_SUBQUERY_SCALAR, query, expr));
  (*expr)->parenthesized = true;
  return OK;
}

static bool is_scalar_subquery(const SqlExpr *expr) {
  return expr->kind == SQL_EXPR_SUBQUERY && expr->subquery.kind == SQL_SUBQUERY_SCALAR;
}

static Status parse_row_rest(Parser *parser, int32_t position, SqlExpr **expr) {
  SqlExpr *row;
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("row"), *expr, NULL, NULL, &row));
  while (parser_accept(parser, TOKEN_COMMA)) {
    SqlExpr *item;
    TRY(parse_expression(parser, &item));
    ARENA_PUSH(parser->arena, parser->error, &row->function.arguments, item);
  }
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  *expr = row;
  return seal_expr(parser, row);
}

Status parse_parenthesized(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  if (parser_starts_query(parser, 0)) return parse_query_in_parentheses(parser, position, expr);
  bool nested = parser_is(parser, TOKEN_LEFT_PARENTHESIS);
  TRY(parse_expression(parser, expr));
  if (nested && is_scalar_subquery(*expr) && parser_continues_query(parser)) {
    SqlQuery *query;
    TRY(parse_query_rest(parser, (*expr)->subquery.query, &query));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    return build_subquery(parser, position, SQL_SUBQUERY_SCALAR, query, expr);
  }
  if (parser_is(parser, TOKEN_COMMA)) return parse_row_rest(parser, position, expr);
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  (*expr)->parenthesized = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Lists, structs, maps
// ---------------------------------------------------------------------------------------------------------------------

// [result FOR names IN list IF filter], behind FOR. The filter runs over pairs: both are computed in one pass of list_apply,
// then filtered, then the result is taken out.
static Status parse_comprehension(Parser *parser, int32_t position, SqlExpr *result, SqlExpr **expr) {
  SqlNameList names = {0}, element_names = {0};
  SqlExpr *list, *lambda, *filter;
  TRY(parse_name_list(parser, &names));
  TRY(parser_expect_keyword(parser, KEYWORD_IN));
  TRY(parse_expression(parser, &list));
  if (!parser_accept_keyword(parser, KEYWORD_IF)) {
    TRY(build_lambda(parser, position, &names, result, &lambda));
    TRY(build_call(parser, position, MAIN_SCHEMA, STR("list_apply"), list, lambda, NULL, expr));
    return parser_expect(parser, TOKEN_RIGHT_BRACKET);
  }
  TRY(parse_expression(parser, &filter));
  filter->alias = STR("filter");
  result->alias = STR("result");
  SqlExpr *pair, *element, *field;
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("struct_pack"), filter, result, NULL, &pair));
  TRY(build_lambda(parser, position, &names, pair, &lambda));
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("list_apply"), list, lambda, NULL, &list));
  ARENA_PUSH(parser->arena, parser->error, &element_names, STR("elem"));
  static const Str steps[2][2] = {{{"list_filter", 11}, {"filter", 6}}, {{"list_apply", 10}, {"result", 6}}};
  for (size_t i = 0; i < COUNT_OF(steps); i++) {
    TRY(build_column(parser, position, STR("elem"), &element));
    TRY(build_string(parser, position, steps[i][1], &field));
    TRY(build_call(parser, position, MAIN_SCHEMA, STR("struct_extract"), element, field, NULL, &element));
    TRY(build_lambda(parser, position, &element_names, element, &lambda));
    TRY(build_call(parser, position, MAIN_SCHEMA, steps[i][0], list, lambda, NULL, &list));
  }
  *expr = list;
  return parser_expect(parser, TOKEN_RIGHT_BRACKET);
}

static Status parse_list(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *list, *item;
  parser_advance(parser);
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("list_value"), NULL, NULL, NULL, &list));
  *expr = list;
  while (!parser_accept(parser, TOKEN_RIGHT_BRACKET)) {
    TRY(parse_expression(parser, &item));
    if (list->function.arguments.count == 0 && parser_accept_keyword(parser, KEYWORD_FOR)) {
      return parse_comprehension(parser, position, item, expr);
    }
    ARENA_PUSH(parser->arena, parser->error, &list->function.arguments, item);
    if (!parser_is(parser, TOKEN_RIGHT_BRACKET)) TRY(parser_expect(parser, TOKEN_COMMA));
  }
  return seal_expr(parser, list);
}

static Status parse_struct(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *whole, *value;
  parser_advance(parser);
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("struct_pack"), NULL, NULL, NULL, &whole));
  do {
    if (parser_is(parser, TOKEN_RIGHT_BRACE) && whole->function.arguments.count > 0) break;
    Str name;
    TRY(parse_column_id_or_string(parser, &name));
    TRY(parser_expect(parser, TOKEN_COLON));
    TRY(parse_expression(parser, &value));
    value->alias = name;
    ARENA_PUSH(parser->arena, parser->error, &whole->function.arguments, value);
  } while (parser_accept(parser, TOKEN_COMMA));
  *expr = whole;
  TRY(parser_expect(parser, TOKEN_RIGHT_BRACE));
  return seal_expr(parser, whole);
}

// MAP {key: value, …}: map([keys], [values])
static Status parse_map_literal(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *keys, *values, *item;
  parser_advance(parser);
  parser_advance(parser);
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("list_value"), NULL, NULL, NULL, &keys));
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("list_value"), NULL, NULL, NULL, &values));
  while (!parser_accept(parser, TOKEN_RIGHT_BRACE)) {
    TRY(parse_expression(parser, &item));
    ARENA_PUSH(parser->arena, parser->error, &keys->function.arguments, item);
    TRY(parser_expect(parser, TOKEN_COLON));
    TRY(parse_expression(parser, &item));
    ARENA_PUSH(parser->arena, parser->error, &values->function.arguments, item);
    if (!parser_is(parser, TOKEN_RIGHT_BRACE)) TRY(parser_expect(parser, TOKEN_COMMA));
  }
  TRY(seal_expr(parser, keys));
  TRY(seal_expr(parser, values));
  return build_call(parser, position, MAIN_SCHEMA, STR("map"), keys, values, NULL, expr);
}

// ARRAY [1, 2]
static Status parse_array(Parser *parser, int32_t position, SqlExpr **expr) {
  parser_advance(parser);
  TRY(build_operation(parser, position, SQL_OPERATOR_ARRAY, NULL, NULL, expr));
  if (!parser_is(parser, TOKEN_RIGHT_BRACKET)) TRY(parse_expression_list(parser, true, &(*expr)->operation.children));
  TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
  return seal_expr(parser, *expr);
}

// ARRAY (query), as DuckDB writes it: SELECT CASE WHEN array_agg(#1) IS NULL THEN list_value() ELSE array_agg(#1) END FROM (query).
static Status build_array_of_query(Parser *parser, int32_t position, SqlQuery *query, SqlExpr **expr) {
  SqlExpr *column, *aggregate[2], *condition, *empty, *whole;
  for (size_t i = 0; i < COUNT_OF(aggregate); i++) {
    TRY(build_expr(parser, SQL_EXPR_ORDINAL, position, &column));
    column->ordinal.index = 1;
    TRY(build_call(parser, position, NO_SCHEMA, STR("array_agg"), column, NULL, NULL, &aggregate[i]));
  }
  TRY(build_operation(parser, position, SQL_OPERATOR_IS_NULL, aggregate[0], NULL, &condition));
  TRY(build_call(parser, position, NO_SCHEMA, STR("list_value"), NULL, NULL, NULL, &empty));
  TRY(build_expr(parser, SQL_EXPR_CASE, position, &whole));
  ARENA_PUSH(parser->arena, parser->error, &whole->conditional.whens, ((SqlWhen){condition, empty}));
  whole->conditional.otherwise = aggregate[1];
  TRY(seal_expr(parser, whole));
  SqlQuery *outer;
  TRY(build_query(parser, SQL_QUERY_SELECT, position, &outer));
  ARENA_PUSH(parser->arena, parser->error, &outer->select.items, whole);
  TRY(build_from(parser, SQL_FROM_SUBQUERY, position, &outer->select.from));
  outer->select.from->subquery.query = query;
  TRY(seal_from(parser, outer->select.from));
  TRY(seal_query(parser, outer));
  return build_subquery(parser, position, SQL_SUBQUERY_SCALAR, outer, expr);
}

// EXISTS (query), ARRAY (query): stands on the parenthesis.
static Status parse_parenthesized_query(Parser *parser, SqlQuery **query) {
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parser_syntax_error(parser);
  uint32_t start = parser->at;
  SqlExpr *operand;
  TRY(parse_parenthesized(parser, &operand));
  if (!is_scalar_subquery(operand)) return parser_syntax_error_at(parser, start + 1);
  *query = operand->subquery.query;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// CASE
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_case(Parser *parser, SqlExpr **expr) {
  SqlExpr *whole;
  TRY(build_expr(parser, SQL_EXPR_CASE, parser_position(parser), &whole));
  parser_advance(parser);
  if (!parser_is_keyword(parser, KEYWORD_WHEN)) TRY(parse_expression(parser, &whole->conditional.operand));
  do {
    SqlWhen when;
    TRY(parser_expect_keyword(parser, KEYWORD_WHEN));
    TRY(parse_expression(parser, &when.condition));
    TRY(parser_expect_keyword(parser, KEYWORD_THEN));
    TRY(parse_expression(parser, &when.result));
    ARENA_PUSH(parser->arena, parser->error, &whole->conditional.whens, when);
  } while (parser_is_keyword(parser, KEYWORD_WHEN));
  if (parser_accept_keyword(parser, KEYWORD_ELSE)) TRY(parse_expression(parser, &whole->conditional.otherwise));
  TRY(parser_expect_keyword(parser, KEYWORD_END));
  *expr = whole;
  return seal_expr(parser, whole);
}

// ---------------------------------------------------------------------------------------------------------------------
// Names: columns, calls, typed literals
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_typed_literal(Parser *parser, int32_t position, SqlType *type, SqlExpr **expr) {
  int32_t text_position = parser_position(parser);
  Str text;
  SqlExpr *value;
  TRY(parse_string(parser, &text));
  TRY(build_string(parser, text_position, text, &value));
  return build_cast(parser, position, value, type, false, expr);
}

// a, a.b, a.b.c(…), t.*, type 'literal'
static Status parse_name(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlPath path = {0};
  Str part;
  bool quoted = parser_is(parser, TOKEN_QUOTED_IDENTIFIER);
  TRY(parse_label(parser, &part));
  ARENA_PUSH(parser->arena, parser->error, &path, part);
  while (parser_is(parser, TOKEN_DOT)) {
    if (parser_peek_is(parser, 1, TOKEN_STAR) && path.count == 1) {
      parser_advance(parser);
      parser_advance(parser);
      TRY(build_star(parser, position, expr));
      (*expr)->star.relation = path;
      return parse_star(parser, position, *expr);
    }
    parser_advance(parser);
    quoted = parser_is(parser, TOKEN_QUOTED_IDENTIFIER);
    TRY(parse_label(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, &path, part);
  }
  SqlName name;
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(path_to_name(parser, &path, position, &name));
    return parse_call(parser, name, NULL, expr);
  }
  if (parser_is(parser, TOKEN_STRING)) {
    SqlType *type;
    TRY(path_to_name(parser, &path, position, &name));
    TRY(build_named_type(parser, position, name.name, &type));
    type->named.name = name;
    type->named.quoted = quoted;
    return parse_typed_literal(parser, position, type, expr);
  }
  TRY(build_expr(parser, SQL_EXPR_COLUMN, position, expr));
  (*expr)->column = path;
  return OK;
}

static Status parse_boolean(Parser *parser, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_LITERAL, parser_position(parser), expr));
  (*expr)->literal.kind = SQL_LITERAL_BOOLEAN;
  (*expr)->literal.boolean = parser_is_keyword(parser, KEYWORD_TRUE);
  (*expr)->literal.text = parser_token_text(parser, parser_token(parser));
  parser_advance(parser);
  return seal_expr(parser, *expr);
}

static Status parse_string_literal(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  Str text;
  TRY(parse_string(parser, &text));
  return build_string(parser, position, text, expr);
}

// #1
static Status parse_ordinal(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  int64_t index;
  parser_advance(parser);
  if (!parser_is(parser, TOKEN_INTEGER)) return parser_syntax_error(parser);
  TRY(parse_signed_integer(parser, &index));
  if (index < 1 || index > UINT32_MAX) {
    return error_set(parser->error, ERROR_PARSER, position, "Positional reference node needs to be >= 1");
  }
  TRY(build_expr(parser, SQL_EXPR_ORDINAL, position, expr));
  (*expr)->ordinal.index = (uint32_t)index;
  return OK;
}

static Status parse_keyword_primary(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  Token next = parser_peek(parser, 1);
  bool before_parenthesis = next.kind == TOKEN_LEFT_PARENTHESIS;
  SqlQuery *query;
  switch (parser_keyword(parser)) {
    case KEYWORD_NULL:
      parser_advance(parser);
      return build_null(parser, position, expr);
    case KEYWORD_TRUE:
    case KEYWORD_FALSE:
      return parse_boolean(parser, expr);
    case KEYWORD_DEFAULT:
      parser_advance(parser);
      return build_expr(parser, SQL_EXPR_DEFAULT, position, expr);
    case KEYWORD_CASE:
      return parse_case(parser, expr);
    case KEYWORD_EXISTS:
      if (!before_parenthesis) break;
      parser_advance(parser);
      TRY(parse_parenthesized_query(parser, &query));
      return build_subquery(parser, position, SQL_SUBQUERY_EXISTS, query, expr);
    case KEYWORD_ARRAY:
      parser_advance(parser);
      if (parser_is(parser, TOKEN_LEFT_BRACKET)) return parse_array(parser, position, expr);
      TRY(parse_parenthesized_query(parser, &query));
      return build_array_of_query(parser, position, query, expr);
    case KEYWORD_MAP:
      if (next.kind == TOKEN_LEFT_BRACE) return parse_map_literal(parser, expr);
      break;
    case KEYWORD_COLUMNS:
      if (!before_parenthesis) break;
      parser_advance(parser);
      return parse_columns(parser, position, expr);
    case KEYWORD_INTERVAL:
      if (before_parenthesis || next.kind == TOKEN_STRING || next.kind == TOKEN_INTEGER)
        return parse_interval(parser, expr);
      break;
    default:
      break;
  }
  if (parser_starts_typed_literal(parser)) {
    SqlType *type;
    TRY(parse_simple_type(parser, &type));
    return parse_typed_literal(parser, position, type, expr);
  }
  bool found;
  TRY(parse_special_call(parser, &found, expr));
  if (found) return OK;
  bool is_function = parser_is_type_name(parser_token(parser)) && (before_parenthesis || next.kind == TOKEN_STRING);
  if (!is_function && !parser_is_column_id(parser_token(parser))) {
    // What could have been the name of a function is wrong only by what follows.
    Keyword keyword = parser_keyword(parser);
    bool function_name = keyword_class(keyword) == SQL_KEYWORD_TYPE_FUNCTION && keyword != KEYWORD_ANTI &&
                         keyword != KEYWORD_SEMI && keyword != KEYWORD_BY;
    return parser_syntax_error_at(parser, parser->at + function_name);
  }
  // A word like INT or BETWEEN names a column but no function.
  bool column_only = keyword_class(parser_keyword(parser)) == SQL_KEYWORD_COLUMN_NAME;
  if (column_only && (before_parenthesis || next.kind == TOKEN_STRING)) {
    return parser_syntax_error_at(parser, parser->at + 1);
  }
  return parse_name(parser, expr);
}

// ---------------------------------------------------------------------------------------------------------------------
// Behind a primary: [1], [1:2], .field, .method(…)
// ---------------------------------------------------------------------------------------------------------------------

// One bound of a slice: empty before `:` or `]`; the end may be a bare `-` before `:`.
static Status parse_slice_bound(Parser *parser, bool begin, SqlExpr **bound) {
  *bound = NULL;
  if (parser_is(parser, TOKEN_COLON) || parser_is(parser, TOKEN_RIGHT_BRACKET)) return OK;
  if (!begin && parser_is(parser, TOKEN_MINUS) && parser_peek_is(parser, 1, TOKEN_COLON)) {
    parser_advance(parser);
    return OK;
  }
  return parse_expression(parser, bound);
}

static Status parse_subscript(Parser *parser, SqlExpr **expr) {
  SqlExpr *whole, *bound;
  int32_t position = (*expr)->position;
  parser_advance(parser);
  TRY(build_operation(parser, position, SQL_OPERATOR_SLICE, *expr, NULL, &whole));
  if (parser_is(parser, TOKEN_RIGHT_BRACKET)) return parser_syntax_error(parser);
  TRY(parse_slice_bound(parser, true, &bound));
  ARENA_PUSH(parser->arena, parser->error, &whole->operation.children, bound);
  if (!parser_is(parser, TOKEN_COLON)) whole->operation.op = SQL_OPERATOR_SUBSCRIPT;
  while (whole->operation.children.count < 4 && parser_accept(parser, TOKEN_COLON)) {
    TRY(parse_slice_bound(parser, false, &bound));
    ARENA_PUSH(parser->arena, parser->error, &whole->operation.children, bound);
  }
  TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
  *expr = whole;
  return seal_expr(parser, whole);
}

static Status parse_field(Parser *parser, SqlExpr **expr) {
  int32_t position = (*expr)->position;
  parser_advance(parser);
  SqlName name = {.position = parser_position(parser)};
  TRY(parse_label(parser, &name.name));
  name.end = parser_end(parser);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parse_call(parser, name, *expr, expr);
  SqlExpr *field;
  TRY(build_string(parser, name.position, name.name, &field));
  return build_operation(parser, position, SQL_OPERATOR_FIELD, *expr, field, expr);
}

Status parse_indirections(Parser *parser, SqlExpr **expr) {
  for (;;) {
    if (parser_is(parser, TOKEN_LEFT_BRACKET)) {
      TRY(parse_subscript(parser, expr));
    } else if (parser_is(parser, TOKEN_DOT) && parser_is_label(parser_peek(parser, 1))) {
      TRY(parse_field(parser, expr));
    } else {
      return OK;
    }
  }
}

static Status parse_bare_primary(Parser *parser, SqlExpr **expr) {
  switch (parser_kind(parser)) {
    case TOKEN_INTEGER:
    case TOKEN_DECIMAL:
      return parse_number(parser, expr);
    case TOKEN_STRING:
      return parse_string_literal(parser, expr);
    case TOKEN_PARAMETER:
      return parse_parameter(parser, expr);
    case TOKEN_HASH:
      return parse_ordinal(parser, expr);
    case TOKEN_LEFT_PARENTHESIS:
      return parse_parenthesized(parser, expr);
    case TOKEN_LEFT_BRACKET:
      return parse_list(parser, expr);
    case TOKEN_LEFT_BRACE:
      return parse_struct(parser, expr);
    case TOKEN_STAR:
      return parse_leading_star(parser, expr);
    case TOKEN_KEYWORD:
      return parse_keyword_primary(parser, expr);
    case TOKEN_IDENTIFIER:
    case TOKEN_QUOTED_IDENTIFIER:
      return parse_name(parser, expr);
    default:
      return parser_syntax_error(parser);
  }
}

Status parse_primary(Parser *parser, SqlExpr **expr) {
  TRY(parse_bare_primary(parser, expr));
  if (!parser_is(parser, TOKEN_LEFT_BRACKET) && !parser_is(parser, TOKEN_DOT)) return OK;
  if ((*expr)->kind == SQL_EXPR_STAR && !(*expr)->star.is_columns) return OK;
  return parse_indirections(parser, expr);
}
