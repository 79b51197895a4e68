// SPDX-License-Identifier: MIT
//
// bind_expr.c: expressions: literals, names, comparisons, conditionals, casts, subscripts, subqueries. Calls are in bind_call.c.
//
// Literal constants keep their literal type (INTEGER_LITERAL, STRING_LITERAL) while what is around them decides; the constant itself already
// holds a value of its natural type. bind_literal_types ends that for a whole expression.
#include "plan/binder.h"

// ---------------------------------------------------------------------------------------------------------------------
// Literals
// ---------------------------------------------------------------------------------------------------------------------

static Type integer_type(int128 number) {
  if (number >= INT32_MIN && number <= INT32_MAX) return TYPE(INTEGER);
  if (number >= INT64_MIN && number <= INT64_MAX) return TYPE(BIGINT);
  return TYPE(HUGEINT);
}

bool value_from_literal(const SqlLiteral *literal, Value *value, Type *type) {
  *value = (Value){0};
  switch (literal->kind) {
    case SQL_LITERAL_NULL:
      *value = value_null(TYPE(NULL));
      break;
    case SQL_LITERAL_BOOLEAN:
      *value = value_boolean(literal->boolean);
      break;
    case SQL_LITERAL_INTEGER: {
      value->type = integer_type(literal->integer);
      if (value->type.id == TYPE_HUGEINT) {
        value->i128 = literal->integer;
      } else {
        value->i64 = (int64_t)literal->integer;
      }
      *type = type_integer_literal(literal->integer);
      return true;
    }
    case SQL_LITERAL_UNSIGNED:
      value->type = TYPE(UHUGEINT);
      value->u128 = literal->unsigned_integer;
      break;
    case SQL_LITERAL_DECIMAL:
      value->type = type_decimal(literal->width, literal->scale);
      value->i128 = literal->integer;
      break;
    case SQL_LITERAL_FLOAT:
      *value = value_f64(literal->floating);
      break;
    case SQL_LITERAL_STRING:
      *value = value_text(literal->text);
      *type = TYPE(STRING_LITERAL);
      return true;
    case SQL_LITERAL_BLOB:
      value->type = TYPE(BLOB);
      value->text = literal->text;
      break;
  }
  *type = value->type;
  return true;
}

static Status bind_literal(Binder *binder, const SqlExpr *expr, Expr **out) {
  Value value;
  Type type;
  value_from_literal(&expr->literal, &value, &type);
  TRY_NEW(binder, *out, expr_constant(binder->arena, value));
  (*out)->type = type;
  return OK;
}

static Status settle_literal(void *context, Expr **slot) {
  Binder *binder = context;
  Expr *expr = *slot;
  if (expr->kind == EXPR_CONSTANT) {
    if (expr->type.id == TYPE_INTEGER_LITERAL || expr->type.id == TYPE_STRING_LITERAL) expr->type = expr->constant.type;
    return OK;
  }
  if (expr->kind == EXPR_CAST && !expr->cast.stays && type_equal(expr->type, expr->children[0]->type)) {
    *slot = expr->children[0];
    return OK;
  }
  if (expr->type.id == TYPE_INTEGER_LITERAL || expr->type.id == TYPE_STRING_LITERAL || type_is_nested(expr->type)) {
    return type_normalize(binder->arena, binder->error, expr->type, &expr->type);
  }
  return OK;
}

Status bind_literal_types(Binder *binder, Expr **slot) { return expr_rewrite(slot, settle_literal, binder); }

Status bind_cast(Binder *binder, Expr *expr, Type type, bool try_cast, Expr **out) {
  TRY(type_normalize(binder->arena, binder->error, type, &type));
  TRY_NEW(binder, *out, expr_cast(binder->arena, expr, type, try_cast));
  return OK;
}

Status bind_as(Binder *binder, Expr **slot, Type type) {
  TRY(type_normalize(binder->arena, binder->error, type, &type));
  TRY_NEW(binder, *slot, expr_as(binder->arena, *slot, type));
  return OK;
}

Status evaluate_constant(Binder *binder, Expr *expr, Value *out) {
  TRY(bind_literal_types(binder, &expr));
  if (!binder->context->parameter_values && expr_has_kind(expr, EXPR_PARAMETER)) {
    return error_set(binder->error, ERROR_PARAMETER, expr->position, "the value of a parameter is not known yet");
  }
  EvalContext context = {
      .error = binder->error, .memory = binder->arena->memory, .facts = binder->context->facts, .scratch = NULL};
  return expr_evaluate_constant(&context, binder->arena, expr, binder->context->parameter_values, out);
}

Status bind_literal_value(Binder *binder, const SqlExpr *sql, const char *clause, Value *out) {
  ExprBinder names = expr_binder(binder, NULL, clause);
  names.allow_subqueries = false;
  Expr *expr;
  TRY(bind_expr(&names, sql, &expr));
  return evaluate_constant(binder, expr, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Names and parameters
// ---------------------------------------------------------------------------------------------------------------------

static const char *const value_functions[][2] = {
    {"current_catalog", "current_database"},
    {"current_database", "current_database"},
    {"current_date", "current_date"},
    {"current_schema", "current_schema"},
    {"current_role", "current_role"},
    {"current_time", "get_current_time"},
    {"current_timestamp", "get_current_timestamp"},
    {"current_user", "current_user"},
    {"localtime", "current_localtime"},
    {"localtimestamp", "current_localtimestamp"},
    {"session_user", "session_user"},
    {"user", "user"},
};

static Status bind_value_function(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  *out = NULL;
  for (uint32_t i = 0; i < COUNT_OF(value_functions); i++) {
    if (!str_equal_nocase(expr->column.items[0], str_from(value_functions[i][0]))) continue;
    return bind_function(expr_binder, value_functions[i][1], NULL, 0, expr->position, out);
  }
  return OK;
}

static Status bind_lambda_parameter(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  *out = NULL;
  uint32_t depth = 0;
  for (LambdaScope *scope = expr_binder->lambda; scope; scope = scope->outer, depth++) {
    for (uint32_t i = 0; i < scope->count; i++) {
      if (!str_equal_nocase(scope->names[i], expr->column.items[0])) continue;
      TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_LAMBDA_PARAMETER, scope->types[i], 0));
      (*out)->lambda_parameter.index = i;
      (*out)->lambda_parameter.depth = depth;
      (*out)->name = scope->names[i];
      for (uint32_t k = 1; k < expr->column.count; k++) {
        TRY(bind_field(expr_binder, *out, expr->column.items[k], expr->position, out));
      }
      return OK;
    }
  }
  return OK;
}

// read_csv(…, columns = {a: INTEGER}), query_table(main.t)
static Status bind_bare_word(Binder *binder, const SqlExpr *expr, Expr **out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  for (uint32_t i = 0; i < expr->column.count; i++) {
    text_format(&text, i ? ".%.*s" : "%.*s", STR_ARG(expr->column.items[i]));
  }
  Str word;
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), &word);
  text_free(&text);
  TRY(status);
  TRY_NEW(binder, *out, expr_constant(binder->arena, value_text(word)));
  return OK;
}

// While a macro is made its parameters stand for any value. A column of the same name is an error.
static Status bind_macro_parameter(Binder *binder, const SqlExpr *expr, Expr **out) {
  for (uint32_t i = 0; i < binder->macro->parameter_count; i++) {
    Str name = binder->macro->parameters[i].name;
    if (!str_equal_nocase(name, expr->column.items[0])) continue;
    if (*out && expr->column.count == 1) {
      binder->missing_name = true;
      return error_set(binder->error, ERROR_BINDER, expr->position, "Conflicting column names for column %.*s!",
                       STR_ARG(name));
    }
    TRY_NEW(binder, *out, expr_column(binder->arena, binder->planner.next_table++, i, TYPE(UNKNOWN), name));
    return OK;
  }
  return OK;
}

static Status bind_column(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  if (expr->end == BOUND_COLUMN_END) {
    TRY_NEW(binder, *out, expr_copy(binder->arena, ((const BoundColumn *)expr)->expr));
    expr_binder->own_columns++;
    return OK;
  }
  TRY(bind_lambda_parameter(expr_binder, expr, out));
  if (*out) return OK;
  TRY(scope_find_column(expr_binder, expr, out));
  if (binder->macro) TRY(bind_macro_parameter(binder, expr, out));
  if (*out) return OK;
  if (expr->column.count == 1) {
    TRY(bind_value_function(expr_binder, expr, out));
    if (*out) return OK;
  }
  if (expr_binder->bare_words) return bind_bare_word(binder, expr, out);
  binder->missing_name = true;
  if (!expr_binder->scope) {
    if (expr_binder->clause && strcmp(expr_binder->clause, "DEFAULT value") == 0) {
      return error_set(binder->error, ERROR_BINDER, expr->position, "DEFAULT value cannot contain column names");
    }
    if (expr->column.count == 1) {
      return error_set(binder->error, ERROR_BINDER, expr->position,
                       "Referenced column \"%.*s\" was not found because the FROM clause is missing",
                       STR_ARG(expr->column.items[0]));
    }
    return error_set(binder->error, ERROR_BINDER, expr->position, "Referenced table \"%.*s\" not found!",
                     STR_ARG(expr->column.items[0]));
  }
  return scope_missing_column(expr_binder, expr);
}

static Status bind_ordinal(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  uint32_t left = expr->ordinal.index;
  Scope *scope = expr_binder->scope;
  uint32_t total = 0;
  for (uint32_t i = 0; scope && i < scope->tables.count; i++) {
    const ScopeTable *table = scope->tables.items[i];
    total += table->count;
    if (left > table->count) {
      left -= table->count;
      continue;
    }
    expr_binder->own_columns++;
    return scope_table_column(binder, table, left - 1, expr->position, out);
  }
  return error_set(binder->error, ERROR_BINDER, expr->position,
                   "Positional reference %u out of range (total %u columns)", expr->ordinal.index, total);
}

static Status bind_parameter(Binder *binder, const SqlExpr *expr, Expr **out) {
  uint32_t index = expr->parameter.index;
  if (index >= binder->parameter_count) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "Unexpected prepared parameter");
  }
  PlanContext *context = binder->context;
  Type type = TYPE(UNKNOWN);
  for (uint32_t i = 0; i < context->parameter_value_count; i++) {
    bool same =
        context->parameter_names ? str_equal_nocase(context->parameter_names[i], expr->parameter.name) : i == index;
    if (!same) continue;
    type = context->parameter_values[i].type;
    binder->uses_types_of_values = true;
  }
  if (type.id == TYPE_UNKNOWN && binder->parameter_exprs[index]) type = binder->parameter_exprs[index]->type;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_PARAMETER, type, 0));
  (*out)->parameter = index;
  if (!binder->parameter_exprs[index]) {
    binder->parameter_exprs[index] = *out;
  } else {
    ARENA_PUSH(binder->arena, binder->error, &binder->repeated_parameters, *out);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Types that meet
// ---------------------------------------------------------------------------------------------------------------------

static Status no_common_type(Binder *binder, Type left, Type right, const char *where, int32_t position) {
  TextBuilder left_name, right_name;
  text_init(&left_name, binder->arena->memory);
  text_init(&right_name, binder->arena->memory);
  type_print(&left_name, left);
  type_print(&right_name, right);
  Status status = error_set(binder->error, ERROR_BINDER, position,
                            "Cannot %s values of type %.*s and %s%.*s%s - an explicit cast is required",
                            where ? "mix" : "compare", STR_ARG(text_str(&left_name)), where ? "" : "type ",
                            STR_ARG(text_str(&right_name)), where ? where : "");
  text_free(&left_name);
  text_free(&right_name);
  return status;
}

// All to the type they unify to.
static Status unify_children(Binder *binder, Expr **children, uint32_t count, uint32_t step, uint32_t first,
                             const char *where, Type *type) {
  *type = children[first]->type;
  for (uint32_t i = first + step; i < count; i += step) {
    Type met;
    if (!type_unify(binder->arena, *type, children[i]->type, &met)) {
      return no_common_type(binder, *type, children[i]->type, where, -1);
    }
    *type = met;
  }
  return type_normalize(binder->arena, binder->error, *type, type);
}

static Status bind_children(ExprBinder *expr_binder, const SqlExprList *list, Expr *node) {
  for (uint32_t i = 0; i < list->count; i++) TRY(bind_expr(expr_binder, list->items[i], &node->children[i]));
  return OK;
}

static CompareOp compare_op(SqlComparison op) {
  static const uint8_t ops[] = {
      [SQL_COMPARE_EQUAL] = COMPARE_EQUAL,
      [SQL_COMPARE_NOT_EQUAL] = COMPARE_NOT_EQUAL,
      [SQL_COMPARE_LESS] = COMPARE_LESS,
      [SQL_COMPARE_LESS_EQUAL] = COMPARE_LESS_EQUAL,
      [SQL_COMPARE_GREATER] = COMPARE_GREATER,
      [SQL_COMPARE_GREATER_EQUAL] = COMPARE_GREATER_EQUAL,
      [SQL_COMPARE_DISTINCT_FROM] = COMPARE_DISTINCT,
      [SQL_COMPARE_NOT_DISTINCT_FROM] = COMPARE_NOT_DISTINCT,
  };
  return (CompareOp)ops[op];
}

static Status bind_compare(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  Expr *operands[2];
  TRY(bind_expr(expr_binder, expr->compare.left, &operands[0]));
  TRY(bind_expr(expr_binder, expr->compare.right, &operands[1]));
  if (type_is_string(operands[0]->type) && type_is_string(operands[1]->type)) {
    TRY(collation_push_all(binder, operands, 2));
  }
  Expr *left = operands[0], *right = operands[1];
  if (left->position < 0) left->position = expr->position;
  int32_t position = left->position;
  left->position = expr->position;
  Status status = make_compare(&binder->planner, compare_op(expr->compare.op), left, right, out);
  left->position = position;
  TRY(status);
  (*out)->position = expr->position;
  return OK;
}

static Status bind_between(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_BETWEEN, TYPE(BOOLEAN), 3));
  Expr **children = (*out)->children;
  TRY(bind_expr(expr_binder, expr->between.value, &children[0]));
  TRY(bind_expr(expr_binder, expr->between.low, &children[1]));
  TRY(bind_expr(expr_binder, expr->between.high, &children[2]));
  Type type = children[0]->type;
  for (uint32_t i = 1; i < 3; i++) {
    Type met;
    if (!type_unify_compare(binder->arena, type, children[i]->type, false, &met)) {
      // Text that is compared with something else is read as that, as in =.
      if (!type_unify_compare(binder->arena, type, children[i]->type, true, &met) ||
          (!type_is_string(type) && !type_is_string(children[i]->type))) {
        return no_common_type(binder, type, children[i]->type, " in BETWEEN clause", expr->position);
      }
      return no_common_type(binder, type, children[i]->type, " in BETWEEN clause", expr->position);
    }
    type = met;
  }
  for (uint32_t i = 0; i < 3; i++) TRY(bind_cast(binder, children[i], type, false, &children[i]));
  return collation_push_all(binder, children, 3);
}

static Status bind_in(ExprBinder *expr_binder, const SqlExpr *expr, bool negated, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlExprList *list = &expr->operation.children;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_IN, TYPE(BOOLEAN), list->count));
  (*out)->negated = negated;
  Expr **children = (*out)->children;
  TRY(bind_children(expr_binder, list, *out));
  // x IN (list): one element that is a list is searched, as contains(list, x) does
  Type type = children[0]->type;
  if (list->count == 2 && !list->items[1]->parenthesized && type_is_nested(children[1]->type) &&
      (children[1]->type.id == TYPE_LIST || children[1]->type.id == TYPE_ARRAY || children[1]->type.id == TYPE_MAP)) {
    Type ignored;
    if (!type_is_nested(type) || !type_unify(binder->arena, type, children[1]->type, &ignored)) {
      Expr *arguments[2] = {children[1], children[0]};
      TRY(bind_function(expr_binder, "contains", arguments, 2, expr->position, out));
      if (negated) TRY_NEW(binder, *out, expr_not(binder->arena, *out));
      return OK;
    }
  }
  for (uint32_t i = 1; i < list->count; i++) {
    Type met;
    if (!type_unify_compare(binder->arena, type, children[i]->type, true, &met)) {
      TextBuilder left_name, right_name;
      text_init(&left_name, binder->arena->memory);
      text_init(&right_name, binder->arena->memory);
      type_print(&left_name, type);
      type_print(&right_name, children[i]->type);
      Status status =
          error_set(binder->error, ERROR_BINDER, expr->position,
                    "Cannot compare values of type %.*s and %.*s in IN/ANY/ALL clause - an explicit cast is required",
                    STR_ARG(text_str(&left_name)), STR_ARG(text_str(&right_name)));
      text_free(&left_name);
      text_free(&right_name);
      return status;
    }
    type = met;
  }
  for (uint32_t i = 0; i < list->count; i++) TRY(bind_as(binder, &children[i], type));
  return collation_push_all(binder, children, list->count);
}

// ---------------------------------------------------------------------------------------------------------------------
// Conditionals and operators
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_case(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  uint32_t count = expr->conditional.whens.count;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_CASE, TYPE(NULL), count * 2 + 1));
  Expr **children = (*out)->children;
  for (uint32_t i = 0; i < count; i++) {
    const SqlWhen *when = &expr->conditional.whens.items[i];
    if (expr->conditional.operand) {
      Expr *operands[2];
      TRY(bind_expr(expr_binder, expr->conditional.operand, &operands[0]));
      TRY(bind_expr(expr_binder, when->condition, &operands[1]));
      if (type_is_string(operands[0]->type) && type_is_string(operands[1]->type)) {
        TRY(collation_push_all(binder, operands, 2));
      }
      TRY(make_compare(&binder->planner, COMPARE_EQUAL, operands[0], operands[1], &children[2 * i]));
    } else {
      TRY(bind_condition(expr_binder, when->condition, &children[2 * i]));
    }
    TRY(bind_expr(expr_binder, when->result, &children[2 * i + 1]));
  }
  if (expr->conditional.otherwise) {
    TRY(bind_expr(expr_binder, expr->conditional.otherwise, &children[2 * count]));
  } else {
    TRY_NEW(binder, children[2 * count], expr_constant(binder->arena, value_null(TYPE(NULL))));
  }
  // DuckDB starts with the ELSE.
  Type type = children[2 * count]->type;
  for (uint32_t i = 0; i < count; i++) {
    Type met;
    if (!type_unify(binder->arena, type, children[2 * i + 1]->type, &met)) {
      return no_common_type(binder, type, children[2 * i + 1]->type, " in CASE expression", -1);
    }
    type = met;
  }
  TRY(type_normalize(binder->arena, binder->error, type, &type));
  for (uint32_t i = 0; i < count; i++) TRY(bind_cast(binder, children[2 * i + 1], type, false, &children[2 * i + 1]));
  TRY(bind_cast(binder, children[2 * count], type, false, &children[2 * count]));
  (*out)->type = type;
  return OK;
}

static Status bind_conjunction(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlExprList *list = &expr->conjunction.children;
  ExprKind kind = expr->kind == SQL_EXPR_AND ? EXPR_AND : EXPR_OR;
  TRY_NEW(binder, *out, expr_node(binder->arena, kind, TYPE(BOOLEAN), list->count));
  for (uint32_t i = 0; i < list->count; i++) TRY(bind_condition(expr_binder, list->items[i], &(*out)->children[i]));
  return OK;
}

static Status bind_grouping(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  SelectBinder *select = expr_binder->scope ? expr_binder->scope->select : NULL;
  if (select && !expr_binder->allow_aggregates && select->select->group_by.present) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "GROUPING is not supported here");
  }
  if (!select || !expr_binder->allow_aggregates) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "GROUPING statement cannot be used without groups");
  }
  ExprList arguments = {0};
  for (uint32_t i = 0; i < expr->operation.children.count; i++) {
    Expr *argument;
    TRY(bind_expr(expr_binder, expr->operation.children.items[i], &argument));
    TRY(bind_literal_types(binder, &argument)); // as in the groups
    ARENA_PUSH(binder->arena, binder->error, &arguments, argument);
  }
  if (arguments.count > 64) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "GROUPING statement cannot have more than 64 children");
  }
  uint32_t index = select->groupings.count;
  ARENA_PUSH(binder->arena, binder->error, &select->groupings, arguments);
  select->has_aggregates = true;
  TRY_NEW(binder, *out, expr_column(binder->arena, select->grouping_table, index, TYPE(BIGINT), STR("grouping")));
  return OK;
}

static bool find_subquery(void *found, Expr *expr) {
  *(bool *)found |= expr->kind == EXPR_SUBQUERY;
  return true;
}

static Status bind_try(ExprBinder *expr_binder, const SqlExpr *value, Expr **out) {
  Binder *binder = expr_binder->binder;
  SelectBinder *select = expr_binder->scope ? expr_binder->scope->select : NULL;
  bool subquery = false, had_aggregates = select && select->has_aggregates;
  Expr *child;
  if (select) select->has_aggregates = false;
  TRY(bind_expr(expr_binder, value, &child));
  if (select && select->has_aggregates)
    return error_set(binder->error, ERROR_BINDER, -1, "aggregates are not allowed inside the TRY expression");
  if (select) select->has_aggregates = had_aggregates;
  expr_visit(child, find_subquery, &subquery);
  if (subquery || expr_is_volatile(child)) {
    return error_set(binder->error, ERROR_BINDER, -1, "TRY can not be used in combination with a %s",
                     subquery ? "scalar subquery" : "volatile function");
  }
  *out = child;
  if (!expr_can_fail(child)) return OK;
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_TRY, child->type, 2));
  (*out)->children[0] = child;
  TRY_NEW(binder, (*out)->children[1], expr_constant(binder->arena, value_null(child->type)));
  return OK;
}

static Status bind_operator(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlExprList *list = &expr->operation.children;
  Expr *child;
  switch (expr->operation.op) {
    case SQL_OPERATOR_NOT:
      TRY(bind_condition(expr_binder, list->items[0], &child));
      TRY_NEW(binder, *out, expr_not(binder->arena, child));
      return OK;
    case SQL_OPERATOR_IS_NULL:
    case SQL_OPERATOR_IS_NOT_NULL:
      TRY(bind_expr(expr_binder, list->items[0], &child));
      TRY(type_normalize(binder->arena, binder->error, child->type, &child->type));
      TRY_NEW(binder, *out, expr_is_null(binder->arena, child, expr->operation.op == SQL_OPERATOR_IS_NOT_NULL));
      return OK;
    case SQL_OPERATOR_IN:
    case SQL_OPERATOR_NOT_IN:
      return bind_in(expr_binder, expr, expr->operation.op == SQL_OPERATOR_NOT_IN, out);
    case SQL_OPERATOR_COALESCE: {
      TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_COALESCE, TYPE(NULL), list->count));
      TRY(bind_children(expr_binder, list, *out));
      Type type;
      TRY(unify_children(binder, (*out)->children, list->count, 1, 0, " in COALESCE operator", &type));
      for (uint32_t i = 0; i < list->count; i++)
        TRY(bind_cast(binder, (*out)->children[i], type, false, &(*out)->children[i]));
      (*out)->type = type;
      return OK;
    }
    case SQL_OPERATOR_SUBSCRIPT: {
      Expr *arguments[2];
      TRY(bind_expr(expr_binder, list->items[0], &arguments[0]));
      TRY(bind_expr(expr_binder, list->items[1], &arguments[1]));
      const char *name = arguments[0]->type.id == TYPE_MAP ? "map_extract_value" : "array_extract";
      if (arguments[0]->type.id == TYPE_STRUCT) name = "struct_extract";
      return bind_function(expr_binder, name, arguments, 2, expr->position, out);
    }
    case SQL_OPERATOR_SLICE: {
      Expr *arguments[4];
      uint32_t count = MIN_OF(list->count, 4);
      for (uint32_t i = 0; i < count; i++) {
        if (list->items[i]) {
          TRY(bind_expr(expr_binder, list->items[i], &arguments[i]));
          if ((i == 1 || i == 2) && type_is_nested(arguments[i]->type)) {
            return error_set(binder->error, ERROR_BINDER, -1,
                             "The upper and lower bounds of the slice must be a BIGINT");
          }
        } else {
          // An open end: an empty list is what list_slice takes for "from the start" and "to the end".
          TRY(bind_function(expr_binder, "list_value", NULL, 0, expr->position, &arguments[i]));
        }
      }
      return bind_function(expr_binder, "array_slice", arguments, count, expr->position, out);
    }
    case SQL_OPERATOR_FIELD: {
      TRY(bind_expr(expr_binder, list->items[0], &child));
      const SqlExpr *field = list->items[1];
      return bind_field(expr_binder, child, field->literal.text, expr->position, out);
    }
    case SQL_OPERATOR_ARRAY: {
      ExprList children = {0};
      for (uint32_t i = 0; i < list->count; i++) {
        TRY(bind_expr(expr_binder, list->items[i], &child));
        ARENA_PUSH(binder->arena, binder->error, &children, child);
      }
      return bind_function(expr_binder, "list_value", children.items, children.count, expr->position, out);
    }
    case SQL_OPERATOR_TRY:
      return bind_try(expr_binder, list->items[0], out);
    case SQL_OPERATOR_GROUPING:
      return bind_grouping(expr_binder, expr, out);
    case SQL_OPERATOR_UNPACK:
      return error_set(binder->error, ERROR_BINDER, expr->position, "*COLUMNS() can not be used in this place");
  }
  return error_set(binder->error, ERROR_INTERNAL, expr->position, "unknown operator");
}

Status bind_field(ExprBinder *expr_binder, Expr *value, Str field, int32_t position, Expr **out) {
  Binder *binder = expr_binder->binder;
  const char *function = NULL;
  switch ((TypeId)value->type.id) {
    case TYPE_STRUCT:
      function = "struct_extract";
      break;
    case TYPE_UNION:
      function = "union_extract";
      break;
    case TYPE_MAP:
      function = "map_extract_value";
      break;
    default:
      if (value->type.id == TYPE_VARCHAR && value->type.info &&
          str_equal_nocase(value->type.info->alias, STR("JSON"))) {
        function = "json_extract";
        break;
      }
      return error_set(
          binder->error, ERROR_BINDER, -1,
          "Cannot extract field '%.*s' from expression \"%.*s\" because it is not a struct, union, map, or json",
          STR_ARG(field), STR_ARG(value->name));
  }
  Expr *arguments[2] = {value, NULL};
  TRY_NEW(binder, arguments[1], expr_constant(binder->arena, value_text(field)));
  arguments[1]->type = TYPE(STRING_LITERAL);
  TRY(bind_function(expr_binder, function, arguments, 2, position, out));
  (*out)->name = field;
  return OK;
}

static Status bind_cast_expr(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  Type type;
  TRY(bind_type(binder, expr->cast.type, &type));
  Expr *child;
  TRY(bind_expr(expr_binder, expr->cast.child, &child));
  if (child->kind == EXPR_PARAMETER && child->type.id == TYPE_UNKNOWN) child->type = type;
  TRY(bind_cast(binder, child, type, expr->cast.try_cast, out));
  const SelectBinder *select = expr_binder->scope ? expr_binder->scope->select : NULL;
  if (*out == child && select && select->select->group_by.sets.count > 1) {
    TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_CAST, child->type, 1));
    (*out)->children[0] = child;
    (*out)->cast.stays = true;
  }
  if ((*out)->kind == EXPR_CAST) (*out)->position = expr->position;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Subqueries
// ---------------------------------------------------------------------------------------------------------------------

// SET scalar_subquery_error_on_multiple_rows = false
static bool takes_first_row(Binder *binder) {
  StatementFacts *facts = binder->context->facts;
  Value value;
  return facts->setting && facts->setting(facts->session, STR("scalar_subquery_error_on_multiple_rows"), &value) &&
         value.type.id == TYPE_BOOLEAN && !value.is_null && !value.boolean;
}

static Status bind_row_subquery(Binder *binder, const SqlExpr *expr, Expr *row, LogicalPlan *plan, Expr **out) {
  uint32_t count = plan->column_count;
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, count);
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_SUBQUERY, TYPE(BOOLEAN), count));
  for (uint32_t i = 0; i < count; i++) {
    Type left = row->children[i]->type;
    if (!type_unify_compare(binder->arena, left, plan->columns[i].type, false, &types[i])) {
      return no_common_type(binder, left, plan->columns[i].type, NULL, expr->position);
    }
    TRY(type_normalize(binder->arena, binder->error, types[i], &types[i]));
    TRY(bind_cast(binder, row->children[i], types[i], false, &(*out)->children[i]));
  }
  TRY(cast_columns(binder, &plan, types, count));
  (*out)->position = expr->position;
  (*out)->subquery.plan = plan;
  (*out)->subquery.kind = SUBQUERY_ANY;
  (*out)->subquery.compare = COMPARE_EQUAL;
  return OK;
}

// Both sides of x = ANY (SELECT y …) under the collation that they share.
static Status collate_any(Binder *binder, Expr *any, const Expr *value) {
  LogicalPlan *plan = any->subquery.plan;
  Expr *column;
  TRY_NEW(binder, column, plan_column_ref(&binder->planner, &plan->columns[0]));
  if (column->type.id != TYPE_VARCHAR) return OK;
  column->type = value->type;
  Expr *operands[2] = {any->children[0], column};
  TRY(collation_push_all(binder, operands, 2));
  any->children[0] = operands[0];
  if (operands[1] == column) return OK;
  return plan_make_project(&binder->planner, plan, &operands[1], NULL, 1, &any->subquery.plan);
}

Status bind_subquery(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  if (is_alter_clause(expr_binder))
    return error_set(binder->error, ERROR_BINDER, expr->position, "cannot use subquery in alter statement");
  if (!expr_binder->allow_subqueries) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "%s cannot contain subqueries", expr_binder->clause);
  }
  if (expr_binder->lambda) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "subqueries in lambda expressions are not supported");
  }
  Scope lone = {0};
  Scope *outer = expr_binder->scope;
  if (!outer) {
    lone.ctes = binder->statement_ctes;
    outer = &lone;
  }
  BoundQuery query;
  const ExprBinder *asking = outer->asking;
  outer->asking = expr_binder;
  Status status = bind_query(binder, expr->subquery.query, outer, outer->ctes, &query);
  outer->asking = asking;
  TRY(status);
  uint32_t count = query.plan->column_count;
  bool exists = expr->subquery.kind == SQL_SUBQUERY_EXISTS;
  Type type = exists || expr->subquery.kind == SQL_SUBQUERY_ANY ? TYPE(BOOLEAN) : query.plan->columns[0].type;
  bool any = expr->subquery.kind == SQL_SUBQUERY_ANY;
  Expr *left = NULL;
  if (any) {
    TRY(bind_expr(expr_binder, expr->subquery.left, &left));
    TRY(type_normalize(binder->arena, binder->error, left->type, &left->type));
  }
  // (a, b) IN (SELECT x, y …): column by column, for NULLs count in each
  bool against_columns = count > 1 || query.plan->columns[0].type.id != TYPE_STRUCT;
  if (any && against_columns && left->type.id == TYPE_STRUCT && left->type.info->count == count &&
      left->kind == EXPR_CALL && left->child_count == count && expr->subquery.comparison == SQL_COMPARE_EQUAL) {
    return bind_row_subquery(binder, expr, left, query.plan, out);
  }
  // (a, b) < ANY (SELECT x, y …): the columns become one row
  if (any && count > 1 && left->type.id == TYPE_STRUCT && left->type.info->count == count) {
    Expr **fields, *row;
    ARENA_NEW_ARRAY(binder->arena, binder->error, fields, count);
    for (uint32_t i = 0; i < count; i++)
      TRY_NEW(binder, fields[i], plan_column_ref(&binder->planner, &query.plan->columns[i]));
    TRY(make_call(&binder->planner, "row", fields, count, &row));
    TRY(plan_make_project(&binder->planner, query.plan, &row, NULL, 1, &query.plan));
    count = 1;
  }
  if (!exists && count != 1) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "Subquery returns %u columns - expected 1", count);
  }
  TRY_NEW(binder, *out, expr_node(binder->arena, EXPR_SUBQUERY, type, any ? 1 : 0));
  (*out)->position = expr->position;
  (*out)->subquery.plan = query.plan;
  if (any) {
    CompareOp op = compare_op(expr->subquery.comparison);
    Expr *value, *compare;
    // Both sides meet in one type: a cast of the column is a PROJECT over the subquery.
    TRY_NEW(binder, value, plan_column_ref(&binder->planner, &query.plan->columns[0]));
    left->position = expr->position;
    Type meet;
    if (!type_unify_compare(binder->arena, left->type, value->type, false, &meet)) {
      if (!type_is_nested(left->type)) {
        return no_common_type(binder, left->type, value->type, NULL, expr->position);
      }
      TRY(make_compare(&binder->planner, op, left, value, &compare));
      meet = compare->children[0]->type;
    }
    TRY(type_normalize(binder->arena, binder->error, meet, &meet));
    TRY(bind_cast(binder, left, meet, false, &(*out)->children[0]));
    TRY(cast_columns(binder, &(*out)->subquery.plan, &meet, 1));
    TRY(collate_any(binder, *out, value));
    (*out)->subquery.kind = SUBQUERY_ANY;
    (*out)->subquery.compare = (uint8_t)op;
  } else {
    (*out)->subquery.kind = exists ? SUBQUERY_EXISTS : SUBQUERY_SCALAR;
    if (!exists && !plan_at_most_one_row(query.plan) && takes_first_row(binder)) {
      LogicalPlan *limit;
      TRY(plan_make(&binder->planner, LOGICAL_LIMIT, query.plan, NULL, &limit));
      TRY_NEW(binder, limit->limit.limit, expr_constant(binder->arena, value_i64(TYPE(BIGINT), 1)));
      TRY(plan_update_columns(&binder->planner, limit));
      (*out)->subquery.plan = limit;
    }
  }
  return OK;
}

static Status bind_collate(Binder *binder, const SqlExpr *expr, Expr **slot) {
  Str collation = expr->collate.collation;
  TRY(bind_literal_types(binder, slot));
  if (!type_is_string((*slot)->type)) {
    if ((*slot)->type.id != TYPE_NULL && (*slot)->type.id != TYPE_UNKNOWN) {
      return error_set(binder->error, ERROR_BINDER, expr->position, "collations are only supported for type varchar");
    }
    TRY(bind_cast(binder, *slot, TYPE(VARCHAR), false, slot));
  }
  TRY(collation_check(binder, collation, expr->position));
  TRY_NEW(binder, *slot, expr_copy(binder->arena, *slot)); // it may be shared
  return collated_type(binder, collation, &(*slot)->type);
}

// ---------------------------------------------------------------------------------------------------------------------
// All kinds
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_node(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  Expr *bound = NULL;
  switch (expr->kind) {
    case SQL_EXPR_LITERAL:
      TRY(bind_literal(binder, expr, &bound));
      break;
    case SQL_EXPR_COLUMN:
      TRY(bind_column(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_STAR:
      return error_set(binder->error, ERROR_BINDER, expr->position, "STAR expression is not supported here");
    case SQL_EXPR_ORDINAL:
      TRY(bind_ordinal(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_PARAMETER:
      TRY(bind_parameter(binder, expr, &bound));
      break;
    case SQL_EXPR_DEFAULT:
      if (!expr_binder->allow_default) {
        return error_set(binder->error, ERROR_BINDER, expr->position, "DEFAULT is not allowed here!");
      }
      TRY_NEW(binder, bound, expr_node(binder->arena, EXPR_DEFAULT, TYPE(NULL), 0));
      break;
    case SQL_EXPR_FUNCTION:
      if (expr->function.export_state) {
        return error_set(binder->error, ERROR_NOT_IMPLEMENTED, expr->position, "EXPORT_STATE is not supported");
      }
      if (expr->function.window) {
        TRY(bind_window_call(expr_binder, expr, &bound));
      } else {
        TRY(bind_call(expr_binder, expr, &bound));
      }
      break;
    case SQL_EXPR_OPERATOR:
      TRY(bind_operator(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_COMPARE:
      TRY(bind_compare(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_AND:
    case SQL_EXPR_OR:
      TRY(bind_conjunction(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_BETWEEN:
      TRY(bind_between(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_CASE:
      TRY(bind_case(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_CAST:
      TRY(bind_cast_expr(expr_binder, expr, &bound));
      break;
    case SQL_EXPR_COLLATE: {
      TRY(bind_expr(expr_binder, expr->collate.child, &bound));
      TRY(bind_collate(binder, expr, &bound));
      break;
    }
    case SQL_EXPR_LAMBDA: {
      if (!expr->lambda.left) {
        return error_set(binder->error, ERROR_BINDER, expr->position, "This scalar function does not support lambdas!");
      }
      Expr *arguments[2];
      TRY(bind_expr(expr_binder, expr->lambda.left, &arguments[0]));
      TRY(bind_expr(expr_binder, expr->lambda.body, &arguments[1]));
      TRY(bind_function(expr_binder, "->", arguments, 2, expr->position, &bound));
      break;
    }
    case SQL_EXPR_SUBQUERY:
      TRY(bind_subquery(expr_binder, expr, &bound));
      break;
  }
  if (bound->position < 0) bound->position = expr->position;
  *out = bound;
  return OK;
}

// The parser has counted the depth of what was written; macros and aliases add theirs, and may multiply what is there.
Status bind_expr(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  if (binder->expr_depth >= BIND_EXPR_DEPTH_LIMIT) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "Max expression depth limit of %d exceeded",
                     BIND_EXPR_DEPTH_LIMIT);
  }
  if ((binder->macro_depth || binder->alias_depth) && ++binder->expanded > BIND_EXPANSION_LIMIT) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "The macros and aliases of this statement stand for more than %d expressions",
                     BIND_EXPANSION_LIMIT);
  }
  binder->expr_depth++;
  Status status = bind_node(expr_binder, expr, out);
  binder->expr_depth--;
  return status;
}

Status bind_expr_as(ExprBinder *expr_binder, const SqlExpr *expr, Type type, Expr **out) {
  TRY(bind_expr(expr_binder, expr, out));
  return bind_cast(expr_binder->binder, *out, type, false, out);
}

Status bind_condition(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  return bind_expr_as(expr_binder, expr, TYPE(BOOLEAN), out);
}
