// SPDX-License-Identifier: MIT
//
// build.c: makes the nodes of the tree. Knows how high a node stands over its leaves and refuses trees that are too high for
// the code that walks them.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Height: 1 + that of the highest child. The visitor of walk.c knows the children.
// ---------------------------------------------------------------------------------------------------------------------

static void raise_to(SqlVisitor *visitor, uint16_t height) {
  uint32_t *highest = visitor->context;
  if (height > *highest) *highest = height;
}
static Status height_of_expr(SqlVisitor *visitor, SqlExpr **slot) {
  raise_to(visitor, (*slot)->height);
  return OK;
}
static Status height_of_query(SqlVisitor *visitor, SqlQuery **slot) {
  raise_to(visitor, (*slot)->height);
  return OK;
}
static Status height_of_from(SqlVisitor *visitor, SqlFrom **slot) {
  raise_to(visitor, (*slot)->height);
  return OK;
}
static Status height_of_type(SqlVisitor *visitor, SqlType **slot) {
  raise_to(visitor, (*slot)->height);
  return OK;
}

static SqlVisitor height_visitor(Parser *parser, uint32_t *highest) {
  *highest = 0;
  return (SqlVisitor){.expr = height_of_expr,
                      .query = height_of_query,
                      .from = height_of_from,
                      .type = height_of_type,
                      .context = highest,
                      .error = parser->error};
}

static Status check_height(Parser *parser, uint32_t highest, uint16_t *height) {
  if (highest >= parser->max_depth) return parser_depth_error(parser);
  *height = (uint16_t)(highest + 1);
  return OK;
}

Status seal_expr(Parser *parser, SqlExpr *expr) {
  expr->end = parser_end(parser);
  if (expr->kind == SQL_EXPR_LITERAL || expr->kind == SQL_EXPR_COLUMN) {
    expr->height = 1;
    return OK;
  }
  uint32_t highest;
  SqlVisitor visitor = height_visitor(parser, &highest);
  TRY(sql_visit_expr_children(&visitor, expr));
  return check_height(parser, highest, &expr->height);
}

Status seal_query(Parser *parser, SqlQuery *query) {
  query->end = parser_end(parser);
  uint32_t highest;
  SqlVisitor visitor = height_visitor(parser, &highest);
  TRY(sql_visit_query_children(&visitor, query));
  return check_height(parser, highest, &query->height);
}

Status seal_from(Parser *parser, SqlFrom *from) {
  from->end = parser_end(parser);
  uint32_t highest;
  SqlVisitor visitor = height_visitor(parser, &highest);
  TRY(sql_visit_from_children(&visitor, from));
  return check_height(parser, highest, &from->height);
}

Status seal_type(Parser *parser, SqlType *type) {
  type->end = parser_end(parser);
  uint32_t highest;
  SqlVisitor visitor = height_visitor(parser, &highest);
  TRY(sql_visit_type_children(&visitor, type));
  return check_height(parser, highest, &type->height);
}

// ---------------------------------------------------------------------------------------------------------------------
// Nodes
// ---------------------------------------------------------------------------------------------------------------------

Status build_expr(Parser *parser, SqlExprKind kind, int32_t position, SqlExpr **expr) {
  SqlExpr *made;
  ARENA_NEW(parser->arena, parser->error, made);
  made->kind = kind;
  made->position = position;
  made->end = parser_end(parser);
  made->height = 1;
  *expr = made;
  return OK;
}

Status build_query(Parser *parser, SqlQueryKind kind, int32_t position, SqlQuery **query) {
  SqlQuery *made;
  ARENA_NEW(parser->arena, parser->error, made);
  made->kind = kind;
  made->position = position;
  made->end = parser_end(parser);
  made->height = 1;
  *query = made;
  return OK;
}

Status build_from(Parser *parser, SqlFromKind kind, int32_t position, SqlFrom **from) {
  SqlFrom *made;
  ARENA_NEW(parser->arena, parser->error, made);
  made->kind = kind;
  made->position = position;
  made->end = parser_end(parser);
  made->height = 1;
  *from = made;
  return OK;
}

Status build_null(Parser *parser, int32_t position, SqlExpr **expr) {
  return build_expr(parser, SQL_EXPR_LITERAL, position, expr); // SQL_LITERAL_NULL is zero
}

Status build_string(Parser *parser, int32_t position, Str text, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_LITERAL, position, expr));
  (*expr)->literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = text};
  return OK;
}

Status build_integer(Parser *parser, int32_t position, int128 value, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_LITERAL, position, expr));
  (*expr)->literal.kind = SQL_LITERAL_INTEGER;
  (*expr)->literal.integer = value;
  return OK;
}

Status build_column(Parser *parser, int32_t position, Str name, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_COLUMN, position, expr));
  ARENA_PUSH(parser->arena, parser->error, &(*expr)->column, name);
  return OK;
}

Status build_star(Parser *parser, int32_t position, SqlExpr **expr) {
  return build_expr(parser, SQL_EXPR_STAR, position, expr);
}

Status build_call(Parser *parser, int32_t position, Str schema, Str name, SqlExpr *first, SqlExpr *second,
                  SqlExpr *third, SqlExpr **expr) {
  SqlExpr *made;
  TRY(build_expr(parser, SQL_EXPR_FUNCTION, position, &made));
  made->function.name = (SqlName){.schema = schema, .name = name, .position = position, .end = position};
  SqlExpr *const arguments[] = {first, second, third};
  for (size_t i = 0; i < COUNT_OF(arguments); i++) {
    if (arguments[i]) ARENA_PUSH(parser->arena, parser->error, &made->function.arguments, arguments[i]);
  }
  *expr = made;
  return seal_expr(parser, made);
}

Status build_operator_call(Parser *parser, int32_t position, Str name, SqlExpr *left, SqlExpr *right, SqlExpr **expr) {
  TRY(build_call(parser, position, NO_SCHEMA, name, left, right, NULL, expr));
  (*expr)->function.is_operator = true;
  return OK;
}

Status build_operation(Parser *parser, int32_t position, SqlOperator op, SqlExpr *first, SqlExpr *second,
                       SqlExpr **expr) {
  SqlExpr *made;
  TRY(build_expr(parser, SQL_EXPR_OPERATOR, position, &made));
  made->operation.op = op;
  if (first) ARENA_PUSH(parser->arena, parser->error, &made->operation.children, first);
  if (second) ARENA_PUSH(parser->arena, parser->error, &made->operation.children, second);
  *expr = made;
  return seal_expr(parser, made);
}

Status build_compare(Parser *parser, int32_t position, SqlComparison op, SqlExpr *left, SqlExpr *right,
                     SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_COMPARE, position, expr));
  (*expr)->compare.op = op;
  (*expr)->compare.left = left;
  (*expr)->compare.right = right;
  return seal_expr(parser, *expr);
}

SqlComparison comparison_negated(SqlComparison op) {
  switch (op) {
    case SQL_COMPARE_EQUAL:
      return SQL_COMPARE_NOT_EQUAL;
    case SQL_COMPARE_NOT_EQUAL:
      return SQL_COMPARE_EQUAL;
    case SQL_COMPARE_LESS:
      return SQL_COMPARE_GREATER_EQUAL;
    case SQL_COMPARE_LESS_EQUAL:
      return SQL_COMPARE_GREATER;
    case SQL_COMPARE_GREATER:
      return SQL_COMPARE_LESS_EQUAL;
    case SQL_COMPARE_GREATER_EQUAL:
      return SQL_COMPARE_LESS;
    case SQL_COMPARE_DISTINCT_FROM:
      return SQL_COMPARE_NOT_DISTINCT_FROM;
    case SQL_COMPARE_NOT_DISTINCT_FROM:
      return SQL_COMPARE_DISTINCT_FROM;
  }
  return op;
}

Status build_not(Parser *parser, int32_t position, SqlExpr *child, SqlExpr **expr) {
  if (child->kind == SQL_EXPR_COMPARE) {
    child->compare.op = comparison_negated(child->compare.op);
    child->position = position;
    *expr = child;
    return OK;
  }
  if (child->kind == SQL_EXPR_OPERATOR && child->operation.op == SQL_OPERATOR_IN) {
    child->operation.op = SQL_OPERATOR_NOT_IN;
    child->position = position;
    *expr = child;
    return OK;
  }
  return build_operation(parser, position, SQL_OPERATOR_NOT, child, NULL, expr);
}

Status build_cast(Parser *parser, int32_t position, SqlExpr *child, SqlType *type, bool try_cast, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_CAST, position, expr));
  (*expr)->cast.child = child;
  (*expr)->cast.type = type;
  (*expr)->cast.try_cast = try_cast;
  return seal_expr(parser, *expr);
}

Status build_named_type(Parser *parser, int32_t position, Str name, SqlType **type) {
  SqlType *made;
  ARENA_NEW(parser->arena, parser->error, made);
  made->kind = SQL_TYPE_NAMED;
  made->position = position;
  made->named.name = (SqlName){.name = name, .position = position, .end = parser_end(parser)};
  *type = made;
  return seal_type(parser, made);
}

Status build_cast_to(Parser *parser, int32_t position, SqlExpr *child, Str type_name, SqlExpr **expr) {
  SqlType *type;
  TRY(build_named_type(parser, position, type_name, &type));
  type->named.builtin = true;
  return build_cast(parser, position, child, type, false, expr);
}

Status build_lambda(Parser *parser, int32_t position, const SqlNameList *parameters, SqlExpr *body, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_LAMBDA, position, expr));
  (*expr)->lambda.parameters = *parameters;
  (*expr)->lambda.body = body;
  return seal_expr(parser, *expr);
}

Status build_subquery(Parser *parser, int32_t position, SqlSubqueryKind kind, SqlQuery *query, SqlExpr **expr) {
  TRY(build_expr(parser, SQL_EXPR_SUBQUERY, position, expr));
  (*expr)->subquery.kind = kind;
  (*expr)->subquery.query = query;
  return seal_expr(parser, *expr);
}
