// SPDX-License-Identifier: MIT
//
// parse_expression.c: operators, by precedence climbing.
//
// parse_operators(minimum) reads one operand and then every operator that binds at least as tightly as `minimum`; the right
// side of an operator of level L is read with minimum L + 1. So 1 - 2 - 3 groups from the left, and
//
//     a OR b AND NOT c = d + e * f     is     a OR (b AND (NOT (c = (d + (e * f)))))
//
// Some levels are not associative: a = b = c is a syntax error at the second `=`. Levels follow DuckDB's grammar, with its
// oddities: -> binds loosest of all, and ->> is looser than anything on its left, but tight on its right.
#include "sql/parser.h"

typedef struct Infix {
  Level level;
  bool not_associative;
} Infix;

#define NO_INFIX ((Infix){LEVEL_LOWEST, false})

// ---------------------------------------------------------------------------------------------------------------------
// Which operator stands here
// ---------------------------------------------------------------------------------------------------------------------

static bool starts_expression_keyword(Keyword keyword) {
  switch (keyword) {
    case KEYWORD_NULL:
    case KEYWORD_TRUE:
    case KEYWORD_FALSE:
    case KEYWORD_NOT:
    case KEYWORD_CASE:
    case KEYWORD_CAST:
    case KEYWORD_ARRAY:
    case KEYWORD_LAMBDA:
    case KEYWORD_DEFAULT:
      return true;
    default:
      return keyword_class(keyword) != SQL_KEYWORD_RESERVED;
  }
}

bool parser_starts_expression(const Parser *parser, uint32_t ahead) {
  Token token = parser_peek(parser, ahead);
  switch (token.kind) {
    case TOKEN_IDENTIFIER:
    case TOKEN_QUOTED_IDENTIFIER:
    case TOKEN_INTEGER:
    case TOKEN_DECIMAL:
    case TOKEN_STRING:
    case TOKEN_PARAMETER:
    case TOKEN_OPERATOR:
    case TOKEN_LEFT_PARENTHESIS:
    case TOKEN_LEFT_BRACKET:
    case TOKEN_LEFT_BRACE:
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_HASH:
      return true;
    case TOKEN_KEYWORD:
      return starts_expression_keyword((Keyword)token.keyword);
    default:
      return false;
  }
}

static bool is_match_keyword(Keyword keyword) {
  return keyword == KEYWORD_LIKE || keyword == KEYWORD_ILIKE || keyword == KEYWORD_SIMILAR;
}

static Infix peek_keyword_infix(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_OPERATOR:
      return parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS) ? (Infix){LEVEL_OTHER, false} : NO_INFIX;
    case KEYWORD_IS: {
      bool negated = parser_peek_keyword(parser, 1, KEYWORD_NOT);
      if (parser->restricted && !parser_peek_keyword(parser, 1 + negated, KEYWORD_DISTINCT)) return NO_INFIX;
      return (Infix){LEVEL_IS, false};
    }
    default:
      break;
  }
  if (parser->restricted) return NO_INFIX;
  switch (parser_keyword(parser)) {
    case KEYWORD_OR:
      return (Infix){LEVEL_OR, false};
    case KEYWORD_AND:
      return (Infix){LEVEL_AND, false};
    case KEYWORD_ISNULL:
    case KEYWORD_NOTNULL:
      return (Infix){LEVEL_IS, false};
    case KEYWORD_LIKE:
    case KEYWORD_ILIKE:
    case KEYWORD_GLOB:
    case KEYWORD_SIMILAR:
    case KEYWORD_BETWEEN:
    case KEYWORD_IN:
      return (Infix){LEVEL_IN, true};
    case KEYWORD_NOT: {
      Keyword next = (Keyword)parser_peek(parser, 1).keyword;
      if (is_match_keyword(next) || next == KEYWORD_BETWEEN || next == KEYWORD_IN) return (Infix){LEVEL_IN, true};
      return next == KEYWORD_NULL ? (Infix){LEVEL_NOT, false} : NO_INFIX;
    }
    case KEYWORD_COLLATE:
      return (Infix){LEVEL_COLLATE, false};
    case KEYWORD_AT:
      return parser_peek_keyword(parser, 1, KEYWORD_TIME) ? (Infix){LEVEL_TIME_ZONE, false} : NO_INFIX;
    default:
      return NO_INFIX;
  }
}

static Infix peek_infix(const Parser *parser) {
  switch (parser_kind(parser)) {
    case TOKEN_KEYWORD:
      return peek_keyword_infix(parser);
    case TOKEN_ARROW:
    case TOKEN_DOUBLE_ARROW:
      return parser->restricted ? NO_INFIX : (Infix){LEVEL_ARROW, false};
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL:
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL:
      return (Infix){LEVEL_COMPARE, true};
    case TOKEN_OPERATOR:
      return (Infix){LEVEL_OTHER, false};
    case TOKEN_PLUS:
    case TOKEN_MINUS:
      return (Infix){LEVEL_ADD, false};
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_SLASH_SLASH:
      return (Infix){LEVEL_MULTIPLY, false};
    // LIMIT 10 % is no modulo.
    case TOKEN_PERCENT:
      return parser_starts_expression(parser, 1) ? (Infix){LEVEL_MULTIPLY, false} : NO_INFIX;
    case TOKEN_CARET:
    case TOKEN_STAR_STAR:
      return (Infix){LEVEL_POWER, false};
    case TOKEN_COLON_COLON:
      return (Infix){LEVEL_CAST, false};
    default:
      return NO_INFIX;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Each kind of operator. All stand on the operator, with the left operand in *expr, which becomes the whole.
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_conjunction(Parser *parser, SqlExprKind kind, Level level, SqlExpr **expr) {
  SqlExpr *left = *expr, *right;
  int32_t position = parser_position(parser);
  parser_advance(parser);
  TRY(parse_operators(parser, level + 1, &right));
  if (left->kind != kind) {
    SqlExpr *whole;
    TRY(build_expr(parser, kind, position, &whole));
    ARENA_PUSH(parser->arena, parser->error, &whole->conjunction.children, left);
    whole->height = left->height + 1;
    left = whole;
  }
  ARENA_PUSH(parser->arena, parser->error, &left->conjunction.children, right);
  left->end = parser_end(parser);
  left->height = MAX_OF(left->height, (uint16_t)(right->height + 1));
  *expr = left;
  return left->height > parser->max_depth ? parser_depth_error(parser) : OK;
}

// a || b || c is one call with three arguments.
static Status parse_concatenation(Parser *parser, int32_t position, SqlExpr *left, SqlExpr *right, SqlExpr **expr) {
  bool extends = left->kind == SQL_EXPR_FUNCTION && left->function.is_operator &&
                 str_equal(left->function.name.name, STR("||")) && left->function.arguments.count >= 2;
  if (!extends) return build_operator_call(parser, position, STR("||"), left, right, expr);
  ARENA_PUSH(parser->arena, parser->error, &left->function.arguments, right);
  left->end = parser_end(parser);
  left->height = MAX_OF(left->height, (uint16_t)(right->height + 1));
  *expr = left;
  return left->height > parser->max_depth ? parser_depth_error(parser) : OK;
}

static bool comparison_of(Str op, SqlComparison *comparison) {
  static const struct {
    const char *text;
    SqlComparison comparison;
  } known[] = {{"=", SQL_COMPARE_EQUAL},      {"==", SQL_COMPARE_EQUAL},        {"<>", SQL_COMPARE_NOT_EQUAL},
               {"!=", SQL_COMPARE_NOT_EQUAL}, {"<", SQL_COMPARE_LESS},          {"<=", SQL_COMPARE_LESS_EQUAL},
               {">", SQL_COMPARE_GREATER},    {">=", SQL_COMPARE_GREATER_EQUAL}};
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    if (str_equal(op, str_from(known[i].text))) {
      *comparison = known[i].comparison;
      return true;
    }
  }
  return false;
}

// `op ANY (…)`, `op ALL (…)`: stands behind the operator. A list is read as SELECT unnest(list).
static Status parse_quantified(Parser *parser, int32_t position, Str op, SqlExpr **expr) {
  SqlExpr *left = *expr, *operand, *whole;
  bool all = parser_is_keyword(parser, KEYWORD_ALL);
  parser_advance(parser);
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parser_syntax_error(parser);
  TRY(parse_parenthesized(parser, &operand));
  SqlQuery *query;
  SqlComparison comparison;
  bool is_query = operand->kind == SQL_EXPR_SUBQUERY && operand->subquery.kind == SQL_SUBQUERY_SCALAR;
  if (!comparison_of(op, &comparison)) {
    if (is_query) {
      return error_set(parser->error, ERROR_PARSER, -1,
                       "ANY and ALL operators require one of =,<>,>,<,>=,<= comparisons!");
    }
    return error_set(parser->error, ERROR_PARSER, -1, "Unsupported comparison \"%.*s\" for ANY/ALL subquery",
                     STR_ARG(op));
  }
  if (is_query) {
    query = operand->subquery.query;
  } else {
    SqlExpr *unnest;
    TRY(build_call(parser, operand->position, NO_SCHEMA, STR("unnest"), operand, NULL, NULL, &unnest));
    TRY(build_query(parser, SQL_QUERY_SELECT, operand->position, &query));
    ARENA_PUSH(parser->arena, parser->error, &query->select.items, unnest);
    TRY(seal_query(parser, query));
  }
  TRY(build_subquery(parser, position, SQL_SUBQUERY_ANY, query, &whole));
  whole->subquery.left = left;
  whole->subquery.comparison = all ? comparison_negated(comparison) : comparison;
  TRY(seal_expr(parser, whole));
  *expr = whole;
  return all ? build_not(parser, position, whole, expr) : OK;
}

static bool at_quantifier(const Parser *parser) {
  Keyword keyword = parser_keyword(parser);
  return (keyword == KEYWORD_ANY || keyword == KEYWORD_SOME || keyword == KEYWORD_ALL) &&
         parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
}

// ~ and !~ are a function in DuckDB: regexp_full_match.
static Status build_named_operator(Parser *parser, int32_t position, Str op, SqlExpr *left, SqlExpr *right,
                                   SqlExpr **expr) {
  if (right && str_equal(op, STR("~"))) {
    return build_call(parser, position, NO_SCHEMA, STR("regexp_full_match"), left, right, NULL, expr);
  }
  if (right && str_equal(op, STR("!~"))) {
    TRY(build_call(parser, position, NO_SCHEMA, STR("regexp_full_match"), left, right, NULL, expr));
    return build_not(parser, position, *expr, expr);
  }
  if (right && str_equal(op, STR("||"))) return parse_concatenation(parser, position, left, right, expr);
  if (!right) {
    // Postfix: as in DuckDB, a function of another name.
    Str name;
    TRY(str_format(parser->arena, parser->error, &name, "%.*s__postfix", STR_ARG(op)));
    return build_operator_call(parser, position, name, left, NULL, expr);
  }
  return build_operator_call(parser, position, op, left, right, expr);
}

// OPERATOR(+), OPERATOR(schema.+)
static Status parse_operator_name(Parser *parser, Str *op) {
  TRY(parser_expect_keyword(parser, KEYWORD_OPERATOR));
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  while (parser_is_column_id(parser_token(parser)) && parser_peek_is(parser, 1, TOKEN_DOT)) {
    parser_advance(parser);
    parser_advance(parser);
  }
  TokenKind kind = parser_kind(parser);
  if (kind != TOKEN_OPERATOR && !(kind >= TOKEN_PLUS && kind <= TOKEN_NOT_EQUAL)) return parser_syntax_error(parser);
  *op = parser_token_text(parser, parser_token(parser));
  parser_advance(parser);
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status parse_binary(Parser *parser, Level level, SqlExpr **expr) {
  SqlExpr *left = *expr, *right;
  int32_t position = parser_position(parser);
  Str op = parser_token_text(parser, parser_token(parser));
  if (parser_is_keyword(parser, KEYWORD_OPERATOR)) {
    TRY(parse_operator_name(parser, &op));
  } else {
    parser_advance(parser);
  }
  if (at_quantifier(parser)) return parse_quantified(parser, position, op, expr);
  if (level == LEVEL_OTHER && !parser_starts_expression(parser, 0) && !parser_is(parser, TOKEN_STAR)) {
    return build_named_operator(parser, position, op, left, NULL, expr);
  }
  TRY(parse_operators(parser, level + 1, &right));
  SqlComparison comparison;
  if (comparison_of(op, &comparison)) return build_compare(parser, position, comparison, left, right, expr);
  if (level == LEVEL_MULTIPLY && parser->options.integer_division && str_equal(op, STR("/"))) op = STR("//");
  return build_named_operator(parser, position, op, left, right, expr);
}

// The names of an arrow lambda: x -> …, (x, y) -> …. Anything else has none: it is then the JSON operator.
static Status collect_lambda_parameters(Parser *parser, const SqlExpr *left, SqlNameList *names) {
  if (left->kind == SQL_EXPR_COLUMN && left->column.count == 1) {
    ARENA_PUSH(parser->arena, parser->error, names, left->column.items[0]);
    return OK;
  }
  bool is_row = left->kind == SQL_EXPR_FUNCTION && str_equal(left->function.name.name, STR("row"));
  if (!is_row) return OK;
  const SqlExprList *arguments = &left->function.arguments;
  for (uint32_t i = 0; i < arguments->count; i++) {
    if (arguments->items[i]->kind != SQL_EXPR_COLUMN || arguments->items[i]->column.count != 1) {
      names->count = 0;
      return OK;
    }
    ARENA_PUSH(parser->arena, parser->error, names, arguments->items[i]->column.items[0]);
  }
  return OK;
}

static Status parse_arrow(Parser *parser, SqlExpr **expr) {
  SqlExpr *left = *expr, *right;
  int32_t position = parser_position(parser);
  if (parser_accept(parser, TOKEN_DOUBLE_ARROW)) {
    TRY(parse_operators(parser, LEVEL_OTHER + 1, &right));
    return build_operator_call(parser, position, STR("->>"), left, right, expr);
  }
  TRY(parser_expect(parser, TOKEN_ARROW));
  TRY(parse_operators(parser, LEVEL_ARROW + 1, &right));
  SqlNameList names = {0};
  TRY(collect_lambda_parameters(parser, left, &names));
  TRY(build_lambda(parser, position, &names, right, expr));
  (*expr)->lambda.left = left;
  return seal_expr(parser, *expr);
}

// LIKE, ILIKE, GLOB, SIMILAR TO.
static Status parse_match(Parser *parser, int32_t position, bool negated, SqlExpr **expr) {
  SqlExpr *left = *expr, *pattern, *escape = NULL;
  Keyword keyword = parser_keyword(parser);
  parser_advance(parser);
  if (keyword == KEYWORD_SIMILAR) TRY(parser_expect_keyword(parser, KEYWORD_TO));
  if (keyword != KEYWORD_SIMILAR && at_quantifier(parser)) return parse_quantified(parser, position, STR("~~"), expr);
  TRY(parse_operators(parser, LEVEL_IN + 1, &pattern));
  if (keyword != KEYWORD_GLOB && parser_accept_keyword(parser, KEYWORD_ESCAPE)) {
    TRY(parse_operators(parser, LEVEL_IN + 1, &escape));
  }
  if (keyword == KEYWORD_SIMILAR) {
    if (escape) return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Custom escape in SIMILAR TO");
    return build_named_operator(parser, position, negated ? STR("!~") : STR("~"), left, pattern, expr);
  }
  if (escape) {
    static const char *const names[2][2] = {{"like_escape", "not_like_escape"}, {"ilike_escape", "not_ilike_escape"}};
    Str name = str_from(names[keyword == KEYWORD_ILIKE][negated]);
    return build_call(parser, position, MAIN_SCHEMA, name, left, pattern, escape, expr);
  }
  Str op = keyword == KEYWORD_GLOB ? STR("~~~") : keyword == KEYWORD_ILIKE ? STR("~~*") : STR("~~");
  if (negated) op = keyword == KEYWORD_ILIKE ? STR("!~~*") : STR("!~~");
  return build_operator_call(parser, position, op, left, pattern, expr);
}

static Status parse_between(Parser *parser, int32_t position, bool negated, SqlExpr **expr) {
  SqlExpr *left = *expr, *whole;
  parser_advance(parser);
  if (parser_is_keyword(parser, KEYWORD_SYMMETRIC)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, parser_position(parser),
                     "BETWEEN SYMMETRIC is not supported");
  }
  parser_accept_keyword(parser, KEYWORD_ASYMMETRIC);
  TRY(build_expr(parser, SQL_EXPR_BETWEEN, position, &whole));
  whole->between.value = left;
  TRY(parse_restricted_expression(parser, &whole->between.low));
  TRY(parser_expect_keyword(parser, KEYWORD_AND));
  TRY(parse_operators(parser, LEVEL_IN + 1, &whole->between.high));
  TRY(seal_expr(parser, whole));
  *expr = whole;
  return negated ? build_not(parser, position, whole, expr) : OK;
}

// IN (1, 2), IN (SELECT …), IN list
static Status parse_in(Parser *parser, int32_t position, bool negated, SqlExpr **expr) {
  SqlExpr *left = *expr, *operand, *whole;
  parser_advance(parser);
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_primary(parser, &operand));
    TRY(build_call(parser, position, NO_SCHEMA, STR("contains"), operand, left, NULL, expr));
    return negated ? build_not(parser, position, *expr, expr) : OK;
  }
  uint32_t ahead = 0;
  while (parser_peek_is(parser, ahead, TOKEN_LEFT_PARENTHESIS)) ahead++;
  if (parser_starts_query(parser, ahead)) {
    // Perhaps a query, perhaps a list that starts with one.
    uint32_t start = parser->at;
    TRY(parse_parenthesized(parser, &operand));
    if (operand->kind == SQL_EXPR_SUBQUERY && operand->subquery.kind == SQL_SUBQUERY_SCALAR) {
      TRY(build_subquery(parser, position, SQL_SUBQUERY_ANY, operand->subquery.query, &whole));
      whole->subquery.left = left;
      whole->subquery.comparison = SQL_COMPARE_EQUAL;
      TRY(seal_expr(parser, whole));
      *expr = whole;
      return negated ? build_not(parser, position, whole, expr) : OK;
    }
    TRY(build_operation(parser, position, negated ? SQL_OPERATOR_NOT_IN : SQL_OPERATOR_IN, left, NULL, &whole));
    bool is_row = parser->tokens[start + 1].kind != TOKEN_KEYWORD && operand->kind == SQL_EXPR_FUNCTION &&
                  str_equal(operand->function.name.name, STR("row")) &&
                  operand->position == parser->tokens[start].position;
    if (is_row) { // (…, …) was the list itself
      for (uint32_t i = 0; i < operand->function.arguments.count; i++) {
        ARENA_PUSH(parser->arena, parser->error, &whole->operation.children, operand->function.arguments.items[i]);
      }
    } else {
      ARENA_PUSH(parser->arena, parser->error, &whole->operation.children, operand);
    }
    *expr = whole;
    return seal_expr(parser, whole);
  }
  parser_advance(parser);
  TRY(build_operation(parser, position, negated ? SQL_OPERATOR_NOT_IN : SQL_OPERATOR_IN, left, NULL, &whole));
  TRY(parse_expression_list(parser, true, &whole->operation.children));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  *expr = whole;
  return seal_expr(parser, whole);
}

// NOT LIKE, NOT IN, NOT BETWEEN, NOT NULL behind an operand, and the same without NOT.
static Status parse_membership(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  bool negated = parser_accept_keyword(parser, KEYWORD_NOT);
  switch (parser_keyword(parser)) {
    case KEYWORD_NULL:
      parser_advance(parser);
      return build_operation(parser, position, SQL_OPERATOR_IS_NOT_NULL, *expr, NULL, expr);
    case KEYWORD_BETWEEN:
      return parse_between(parser, position, negated, expr);
    case KEYWORD_IN:
      return parse_in(parser, position, negated, expr);
    default:
      return parse_match(parser, position, negated, expr);
  }
}

// IS [NOT] NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM; ISNULL, NOTNULL. `*closed` says that it ended in an operand, so that
// another IS may not follow.
static Status parse_is(Parser *parser, bool *closed, SqlExpr **expr) {
  SqlExpr *left = *expr, *right;
  int32_t position = parser_position(parser);
  if (parser_accept_keyword(parser, KEYWORD_ISNULL)) {
    return build_operation(parser, position, SQL_OPERATOR_IS_NULL, left, NULL, expr);
  }
  if (parser_accept_keyword(parser, KEYWORD_NOTNULL)) {
    return build_operation(parser, position, SQL_OPERATOR_IS_NOT_NULL, left, NULL, expr);
  }
  parser_advance(parser);
  bool negated = parser_accept_keyword(parser, KEYWORD_NOT);
  Keyword keyword = parser_keyword(parser);
  switch (keyword) {
    case KEYWORD_NULL:
    case KEYWORD_UNKNOWN:
      parser_advance(parser);
      return build_operation(parser, position, negated ? SQL_OPERATOR_IS_NOT_NULL : SQL_OPERATOR_IS_NULL, left, NULL,
                             expr);
    case KEYWORD_TRUE:
    case KEYWORD_FALSE: {
      parser_advance(parser);
      TRY(build_cast_to(parser, position, left, STR("BOOLEAN"), &left));
      TRY(build_expr(parser, SQL_EXPR_LITERAL, position, &right));
      right->literal.kind = SQL_LITERAL_BOOLEAN;
      right->literal.boolean = keyword == KEYWORD_TRUE;
      SqlComparison op = negated ? SQL_COMPARE_DISTINCT_FROM : SQL_COMPARE_NOT_DISTINCT_FROM;
      return build_compare(parser, position, op, left, right, expr);
    }
    case KEYWORD_DISTINCT: {
      parser_advance(parser);
      TRY(parser_expect_keyword(parser, KEYWORD_FROM));
      TRY(parse_operators(parser, LEVEL_IS + 1, &right));
      *closed = true;
      SqlComparison op = negated ? SQL_COMPARE_NOT_DISTINCT_FROM : SQL_COMPARE_DISTINCT_FROM;
      return build_compare(parser, position, op, left, right, expr);
    }
    default:
      return parser_syntax_error(parser);
  }
}

static Status parse_time_zone(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *left = *expr, *zone;
  parser_advance(parser);
  TRY(parser_expect_keyword(parser, KEYWORD_TIME));
  TRY(parser_expect_keyword(parser, KEYWORD_ZONE));
  TRY(parse_operators(parser, LEVEL_TIME_ZONE + 1, &zone));
  return build_call(parser, position, MAIN_SCHEMA, STR("timezone"), zone, left, NULL, expr);
}

static Status parse_collate(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *left = *expr;
  parser_advance(parser);
  TRY(build_expr(parser, SQL_EXPR_COLLATE, position, expr));
  (*expr)->collate.child = left;
  TRY(parse_collation(parser, &(*expr)->collate.collation));
  return seal_expr(parser, *expr);
}

static Status parse_infix(Parser *parser, Infix infix, bool *closed, SqlExpr **expr) {
  switch (infix.level) {
    case LEVEL_ARROW:
      return parse_arrow(parser, expr);
    case LEVEL_OR:
      return parse_conjunction(parser, SQL_EXPR_OR, LEVEL_OR, expr);
    case LEVEL_AND:
      return parse_conjunction(parser, SQL_EXPR_AND, LEVEL_AND, expr);
    case LEVEL_IS:
      return parse_is(parser, closed, expr);
    case LEVEL_NOT:
    case LEVEL_IN:
      return parse_membership(parser, expr);
    case LEVEL_TIME_ZONE:
      return parse_time_zone(parser, expr);
    case LEVEL_COLLATE:
      return parse_collate(parser, expr);
    case LEVEL_CAST: {
      SqlExpr *left = *expr;
      SqlType *type;
      int32_t position = parser_position(parser);
      parser_advance(parser);
      TRY(parse_type(parser, &type));
      return build_cast(parser, position, left, type, false, expr);
    }
    default:
      return parse_binary(parser, infix.level, expr);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Prefix operators
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_sign(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  bool minus = parser_is(parser, TOKEN_MINUS);
  SqlExpr *operand;
  parser_advance(parser);
  TRY(parse_operators(parser, LEVEL_SIGN, &operand));
  if (minus && operand->kind == SQL_EXPR_LITERAL && literal_negate(&operand->literal)) {
    operand->position = position;
    *expr = operand;
    return OK;
  }
  return build_operator_call(parser, position, minus ? STR("-") : STR("+"), operand, NULL, expr);
}

static Status parse_keyword_lambda(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlNameList names = {0};
  SqlExpr *body;
  parser_advance(parser);
  TRY(parse_name_list(parser, &names));
  TRY(parser_expect(parser, TOKEN_COLON));
  TRY(parse_expression(parser, &body));
  return build_lambda(parser, position, &names, body, expr);
}

static Status parse_other_prefix(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  Str op = parser_token_text(parser, parser_token(parser));
  SqlExpr *operand;
  if (parser_is_keyword(parser, KEYWORD_OPERATOR)) {
    TRY(parse_operator_name(parser, &op));
  } else {
    parser_advance(parser);
  }
  TRY(parse_operators(parser, LEVEL_OTHER + 1, &operand));
  return build_operator_call(parser, position, op, operand, NULL, expr);
}

static Status parse_not(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *operand;
  parser_advance(parser);
  TRY(parse_operators(parser, LEVEL_NOT, &operand));
  return build_not(parser, position, operand, expr);
}

static Status parse_operand(Parser *parser, SqlExpr **expr) {
  switch (parser_kind(parser)) {
    case TOKEN_PLUS:
    case TOKEN_MINUS:
      return parse_sign(parser, expr);
    case TOKEN_OPERATOR:
      return parse_other_prefix(parser, expr);
    case TOKEN_KEYWORD:
      if (parser_is_keyword(parser, KEYWORD_NOT) && !parser->restricted) return parse_not(parser, expr);
      if (parser_is_keyword(parser, KEYWORD_LAMBDA)) return parse_keyword_lambda(parser, expr);
      if (parser_is_keyword(parser, KEYWORD_OPERATOR) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) {
        return parse_other_prefix(parser, expr);
      }
      return parse_primary(parser, expr);
    default:
      return parse_primary(parser, expr);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The climb
// ---------------------------------------------------------------------------------------------------------------------

Status parse_operators(Parser *parser, Level minimum, SqlExpr **expr) {
  TRY(parser_enter(parser));
  TRY(parse_operand(parser, expr));
  // The level that may not follow, for its operator was just used and does not associate.
  Level closed_level = LEVEL_LOWEST;
  for (;;) {
    Infix infix = peek_infix(parser);
    if (infix.level == LEVEL_LOWEST || infix.level < minimum) break;
    if (infix.level == closed_level) return parser_syntax_error(parser);
    bool closed = false;
    TRY(parse_infix(parser, infix, &closed, expr));
    // IN (…) ends in no operand, so that another may follow; the others of its level do.
    closed |= infix.not_associative && (*expr)->kind != SQL_EXPR_OPERATOR && (*expr)->kind != SQL_EXPR_SUBQUERY;
    closed_level = closed ? infix.level : LEVEL_LOWEST;
  }
  parser_leave(parser);
  return OK;
}

Status parse_expression(Parser *parser, SqlExpr **expr) {
  bool restricted = parser->restricted;
  parser->restricted = false;
  TRY(parse_operators(parser, LEVEL_LOWEST, expr));
  parser->restricted = restricted;
  return OK;
}

Status parse_restricted_expression(Parser *parser, SqlExpr **expr) {
  bool restricted = parser->restricted;
  parser->restricted = true;
  TRY(parse_operators(parser, LEVEL_LOWEST, expr));
  parser->restricted = restricted;
  return OK;
}

Status parse_expression_list(Parser *parser, bool trailing_comma, SqlExprList *list) {
  do {
    if (trailing_comma && list->count > 0 && !parser_starts_expression(parser, 0) && !parser_is(parser, TOKEN_STAR)) {
      return OK;
    }
    SqlExpr *item;
    TRY(parse_expression(parser, &item));
    ARENA_PUSH(parser->arena, parser->error, list, item);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}
