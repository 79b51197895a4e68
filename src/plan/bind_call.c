// SPDX-License-Identifier: MIT
//
// bind_call.c: calls: scalar functions, aggregates, lambdas, macros, and the few functions that ask the catalog or the session.
#include "plan/binder.h"
#include "plan/session_functions.h"
#include "plan/system_macros.h"

// ---------------------------------------------------------------------------------------------------------------------
// Functions by name
// ---------------------------------------------------------------------------------------------------------------------

static void offer_name(Str wanted, const char *name, Str *best, uint32_t *best_distance) {
  Str candidate = str_from(name);
  if (!candidate.length || !((candidate.data[0] | 32) >= 'a' && (candidate.data[0] | 32) <= 'z')) return;
  uint32_t distance = str_edit_distance(wanted, candidate);
  if (distance < *best_distance) {
    *best = candidate;
    *best_distance = distance;
  }
}

Status unknown_function(Binder *binder, const char *what, Str name, int32_t position, bool tables) {
  const FunctionLibrary *library = binder->context->library;
  Str best = {NULL, 0};
  uint32_t distance = UINT32_MAX;
  for (uint32_t i = 0; !tables && i < library->scalar_count; i++) {
    offer_name(name, library->scalars[i]->name, &best, &distance);
  }
  for (uint32_t i = 0; !tables && i < library->aggregate_count; i++) {
    offer_name(name, library->aggregates[i]->name, &best, &distance);
  }
  for (uint32_t i = 0; tables && i < library->table_count; i++) {
    offer_name(name, library->tables[i]->name, &best, &distance);
  }
  if (!best.data) {
    return error_set(binder->error, ERROR_CATALOG, position, "%s with name %.*s does not exist!", what, STR_ARG(name));
  }
  return error_set(binder->error, ERROR_CATALOG, position, "%s with name %.*s does not exist!\nDid you mean \"%.*s\"?",
                   what, STR_ARG(name), STR_ARG(best));
}

static Status bind_named_function(ExprBinder *expr_binder, Str name, Expr **arguments, uint32_t count, const Str *names,
                                  int32_t position, Expr **out) {
  Binder *binder = expr_binder->binder;
  PlanContext *context = binder->context;
  uint32_t first, overloads;
  *out = NULL;
  TRY(bind_session_function(binder, name, arguments, count, position, out));
  if (*out) return OK;
  if (!library_find_scalar(context->library, name, &first, &overloads)) {
    if (library_find_table(context->library, name, &first, &overloads)) {
      return error_set(
          binder->error, ERROR_BINDER, position,
          "Function \"%.*s\" is a table function but it was used as a scalar function. This function has to be "
          "called in a FROM clause (similar to a table).",
          STR_ARG(name));
    }
    const CatalogMacro *macro;
    SqlName macro_name = {.name = name, .position = -1};
    TRY(find_macro(binder, &macro_name, CATALOG_TABLE_MACRO, &macro));
    if (macro) {
      return error_set(
          binder->error, ERROR_BINDER, position,
          "Function \"%.*s\" is a table function but it was used as a scalar function. This function has to be "
          "called in a FROM clause (similar to a table).",
          STR_ARG(name));
    }
    return unknown_function(binder, "Scalar Function", name, position, false);
  }
  // A list of its own: bind functions replace arguments, and the result may go to where an argument was.
  Expr **own;
  Str collation;
  ARENA_NEW_ARRAY(binder->arena, binder->error, own, count);
  if (count) memcpy(own, arguments, sizeof *own * count);
  TRY(collation_combine(binder, own, count, &collation));
  if (collation_searches(name)) {
    for (uint32_t i = 0; i < count; i++) TRY(collation_push(binder, collation, &own[i]));
  }
  TRY(bind_scalar_call(binder->arena, binder->error, context->facts, context->library, name, own, count, names,
                       position, out));
  return collated_type(binder, collation, &(*out)->type);
}

Status bind_function(ExprBinder *expr_binder, const char *name, Expr **arguments, uint32_t count, int32_t position,
                     Expr **out) {
  return bind_named_function(expr_binder, str_from(name), arguments, count, NULL, position, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Macros
// ---------------------------------------------------------------------------------------------------------------------

Status find_macro(Binder *binder, const SqlName *name, CatalogKind kind, const CatalogMacro **out) {
  const CatalogEntry *entry = NULL;
  *out = NULL;
  if (!binder->context->catalog) return OK;
  TRY(catalog_find(binder->context->catalog, binder->arena, kind, catalog_name(name), true, &entry, binder->error));
  *out = (const CatalogMacro *)entry;
  bool built_in = !name->schema.data || str_equal_nocase(name->schema, STR("main")) ||
                  str_equal_nocase(name->schema, STR("pg_catalog"));
  return entry || !built_in ? OK : find_system_macro(binder, name->name, kind, out);
}

typedef struct Substitution {
  Binder *binder;
  const CatalogMacroOverload *overload;
  SqlExpr **arguments;        // by parameter
  const SqlExpr *lambdas[16]; // around the place, whose parameters hide the macro's
  uint32_t lambda_count;
} Substitution;

static bool is_hidden(const Substitution *substitution, Str name) {
  for (uint32_t i = 0; i < substitution->lambda_count; i++) {
    const SqlNameList *parameters = &substitution->lambdas[i]->lambda.parameters;
    for (uint32_t k = 0; k < parameters->count; k++) {
      if (str_equal_nocase(parameters->items[k], name)) return true;
    }
  }
  return false;
}

// parameter.lower(): what looks like a schema is the first argument.
static Status substitute_method(const Substitution *substitution, SqlExpr *expr) {
  Binder *binder = substitution->binder;
  for (uint32_t i = 0; i < substitution->overload->parameter_count; i++) {
    if (!str_equal_nocase(substitution->overload->parameters[i].name, expr->function.name.schema)) continue;
    SqlExprList arguments = {0};
    SqlExpr *column;
    ARENA_NEW(binder->arena, binder->error, column);
    *column = (SqlExpr){.kind = SQL_EXPR_COLUMN, .height = 1, .position = expr->position, .end = -1};
    ARENA_PUSH(binder->arena, binder->error, &column->column, expr->function.name.schema);
    ARENA_PUSH(binder->arena, binder->error, &arguments, column);
    for (uint32_t k = 0; k < expr->function.arguments.count; k++) {
      ARENA_PUSH(binder->arena, binder->error, &arguments, expr->function.arguments.items[k]);
    }
    expr->function.arguments = arguments;
    expr->function.name.schema = (Str){NULL, 0};
    expr->function.is_method = true;
    return OK;
  }
  return OK;
}

static Status substitute(SqlVisitor *visitor, SqlExpr **slot) {
  Substitution *substitution = visitor->context;
  Binder *binder = substitution->binder;
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_FUNCTION && expr->function.name.schema.data) TRY(substitute_method(substitution, expr));
  if (expr->kind == SQL_EXPR_LAMBDA && expr->lambda.parameters.count &&
      substitution->lambda_count < COUNT_OF(substitution->lambdas)) {
    substitution->lambdas[substitution->lambda_count++] = expr;
    Status status = sql_visit_expr_children(visitor, expr);
    substitution->lambda_count--;
    return status;
  }
  if (expr->kind != SQL_EXPR_COLUMN || expr->end == BOUND_COLUMN_END) return sql_visit_expr_children(visitor, expr);
  for (uint32_t i = 0; i < substitution->overload->parameter_count; i++) {
    if (!str_equal_nocase(substitution->overload->parameters[i].name, expr->column.items[0])) continue;
    if (is_hidden(substitution, expr->column.items[0])) return OK;
    SqlExpr *value = substitution->arguments[i];
    for (uint32_t k = 1; k < expr->column.count; k++) {
      SqlExpr *field, *name;
      ARENA_NEW(binder->arena, binder->error, field);
      ARENA_NEW(binder->arena, binder->error, name);
      *name = (SqlExpr){.kind = SQL_EXPR_LITERAL, .height = 1, .position = expr->position, .end = expr->end};
      name->literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = expr->column.items[k]};
      *field = (SqlExpr){.kind = SQL_EXPR_OPERATOR,
                         .height = (uint16_t)(value->height + 1),
                         .position = expr->position,
                         .end = expr->end};
      field->operation.op = SQL_OPERATOR_FIELD;
      ARENA_PUSH(binder->arena, binder->error, &field->operation.children, value);
      ARENA_PUSH(binder->arena, binder->error, &field->operation.children, name);
      value = field;
    }
    if (expr->alias.data && value != *slot) {
      // The alias of the place wins over that of the argument (a named argument has its parameter's name there).
      SqlExpr *copy;
      ARENA_NEW(binder->arena, binder->error, copy);
      *copy = *value;
      copy->alias = expr->alias;
      if (value->end != BOUND_COLUMN_END) value = copy;
    }
    *slot = value;
    return OK;
  }
  return OK;
}

static const char no_macro_fits[] =
    "does not support the supplied arguments. You might need to add explicit type casts.";
static const char several_macros_fit[] =
    "has multiple overloads that match the supplied arguments.\nIn order to select one, please supply all arguments by "
    "name, and/or add explicit type casts.";

static Status macro_error(Binder *binder, const CatalogMacro *macro, int32_t position, const char *what) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    text_format(&text, "\n\t%.*s(", STR_ARG(macro->entry.name));
    for (uint32_t k = 0; k < macro->overloads[i].parameter_count; k++) {
      const CatalogMacroParameter *parameter = &macro->overloads[i].parameters[k];
      text_format(&text, k ? ", %.*s" : "%.*s", STR_ARG(parameter->name));
      if (parameter->default_sql.data) text_format(&text, " := %.*s", STR_ARG(parameter->default_sql));
    }
    text_append_char(&text, ')');
  }
  Status status = error_set(binder->error, ERROR_BINDER, position, "Macro %.*s() %s\nCandidate macros:%.*s",
                            STR_ARG(macro->entry.name), what, STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

// The arguments of a call by parameter; false: they do not fit this overload.
static Status match_arguments(Binder *binder, const CatalogMacro *macro, const CatalogMacroOverload *overload,
                              const SqlFunction *call, int32_t call_position, SqlExpr **arguments, bool *fits) {
  *fits = false;
  bool named = false;
  uint32_t position = 0;
  for (uint32_t i = 0; i < overload->parameter_count; i++) arguments[i] = NULL;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    SqlExpr *argument = call->arguments.items[i];
    uint32_t at = position;
    if (argument->alias.data && argument->end != BOUND_COLUMN_END) {
      for (at = 0; at < overload->parameter_count; at++) {
        if (str_equal_nocase(overload->parameters[at].name, argument->alias)) break;
      }
      named = true;
    } else {
      if (named) {
        return error_set(binder->error, ERROR_BINDER, call_position,
                         "Macro %.*s() has positional argument following named argument", STR_ARG(macro->entry.name));
      }
      position++;
    }
    if (at < overload->parameter_count && arguments[at] && arguments[at]->alias.data && argument->alias.data) {
      return error_set(binder->error, ERROR_BINDER, call_position, "Macro %.*s() has named argument repeated '%.*s'",
                       STR_ARG(macro->entry.name), STR_ARG(overload->parameters[at].name));
    }
    if (at >= overload->parameter_count || arguments[at]) return OK;
    arguments[at] = argument;
  }
  for (uint32_t i = 0; i < overload->parameter_count; i++) {
    if (arguments[i]) continue;
    if (!overload->parameters[i].default_sql.data) return OK;
    TRY(sql_parse_expression(binder->arena, overload->parameters[i].default_sql, SQL_OPTIONS_DEFAULT, &arguments[i],
                             binder->error));
  }
  *fits = true;
  return OK;
}

Status expand_macro(Binder *binder, const CatalogMacro *macro, const SqlFunction *call, int32_t position,
                    SqlExpr **expr, SqlQuery **query) {
  if (binder->macro_depth >= BIND_MACRO_DEPTH_LIMIT) {
    return error_set(binder->error, ERROR_BINDER, position,
                     "Max expression depth limit of %d exceeded in macro \"%.*s\"", BIND_MACRO_DEPTH_LIMIT,
                     STR_ARG(macro->entry.name));
  }
  Substitution chosen = {0};
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    const CatalogMacroOverload *overload = &macro->overloads[i];
    Substitution substitution = {.binder = binder, .overload = overload};
    ARENA_NEW_ARRAY(binder->arena, binder->error, substitution.arguments, overload->parameter_count);
    bool fits;
    TRY(match_arguments(binder, macro, overload, call, position, substitution.arguments, &fits));
    if (!fits) continue;
    if (chosen.overload) return macro_error(binder, macro, position, several_macros_fit);
    chosen = substitution;
  }
  if (!chosen.overload) return macro_error(binder, macro, position, no_macro_fits);
  SqlVisitor visitor = {.expr = substitute, .context = &chosen, .error = binder->error};
  if (query) {
    TRY(sql_parse_query(binder->arena, chosen.overload->body_sql, SQL_OPTIONS_DEFAULT, query, binder->error));
    return sql_visit_query(&visitor, query);
  }
  TRY(sql_parse_expression(binder->arena, chosen.overload->body_sql, SQL_OPTIONS_DEFAULT, expr, binder->error));
  return sql_visit_expr(&visitor, expr);
}

static Status bind_macro_call(ExprBinder *expr_binder, const CatalogMacro *macro, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  SqlExpr *body;
  TRY(expand_macro(binder, macro, &expr->function, expr->position, &body, NULL));
  binder->macro_depth++;
  Status status = bind_expr(expr_binder, body, out);
  binder->macro_depth--;
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Lambdas
// ---------------------------------------------------------------------------------------------------------------------

static const ScalarFunction *find_lambda_function(Binder *binder, Str name) {
  uint32_t first, count;
  const FunctionLibrary *library = binder->context->library;
  if (!library_find_scalar(library, name, &first, &count)) return NULL;
  for (uint32_t i = first; i < first + count; i++) {
    if (library->scalars[i]->bind_lambda) return library->scalars[i];
  }
  return NULL;
}

static Status bind_lambda_body(ExprBinder *expr_binder, const SqlExpr *expr, const ScalarFunction *function,
                               Expr **arguments, uint32_t count, uint32_t at) {
  Binder *binder = expr_binder->binder;
  uint32_t parameter_count = expr->lambda.parameters.count;
  if (parameter_count == 0) {
    return error_set(
        binder->error, ERROR_BINDER, expr->position,
        "Invalid lambda parameters! Parameters must be unqualified comma-separated names like x or (x, y).");
  }
  for (uint32_t i = 0; i < parameter_count; i++) {
    for (uint32_t k = 0; k < i; k++) {
      if (str_equal_nocase(expr->lambda.parameters.items[i], expr->lambda.parameters.items[k])) {
        return error_set(binder->error, ERROR_BINDER, expr->position,
                         "table \"lambda\" has duplicate column name \"%.*s\"",
                         STR_ARG(expr->lambda.parameters.items[i]));
      }
    }
  }
  Type *types, *argument_types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, parameter_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, argument_types, count);
  TRY_NEW(binder, arguments[at], expr_node(binder->arena, EXPR_LAMBDA, TYPE(LAMBDA), 1));
  arguments[at]->lambda.parameter_count = parameter_count;
  for (uint32_t i = 0; i < count; i++) {
    TRY(type_normalize(binder->arena, binder->error, arguments[i]->type, &argument_types[i]));
  }
  ScalarBind bind = {.arena = binder->arena,
                     .error = binder->error,
                     .facts = binder->context->facts,
                     .function = function,
                     .arguments = arguments,
                     .argument_count = count,
                     .argument_types = argument_types,
                     .result_type = declared_type(function->result),
                     .position = expr->position};
  TRY(function->bind_lambda(&bind, parameter_count, types));
  LambdaScope lambda = {expr_binder->lambda, expr->lambda.parameters.items, types, parameter_count};
  expr_binder->lambda = &lambda;
  Expr *body;
  Status status = bind_expr(expr_binder, expr->lambda.body, &body);
  expr_binder->lambda = lambda.outer;
  TRY(status);
  TRY(bind_literal_types(binder, &body));
  arguments[at]->children[0] = body;
  arguments[at]->position = expr->position;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Aggregates
// ---------------------------------------------------------------------------------------------------------------------

static Expr *find_aggregate_node(Expr *expr) {
  if (expr->kind == EXPR_AGGREGATE) return expr;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    Expr *found = find_aggregate_node(expr->children[i]);
    if (found) return found;
  }
  return NULL;
}

static void negate_value(Value *value) {
  if (value->is_null) return;
  switch ((TypeId)value->type.id) {
    case TYPE_LIST:
    case TYPE_ARRAY:
      for (uint32_t i = 0; i < value->nested.count; i++) negate_value(&value->nested.items[i]);
      return;
    case TYPE_DECIMAL:
    case TYPE_HUGEINT:
      value->i128 = -value->i128;
      return;
    case TYPE_FLOAT:
      value->f32 = -value->f32;
      return;
    case TYPE_DOUBLE:
      value->f64 = -value->f64;
      return;
    default:
      if (type_is_integral(value->type)) value->i64 = -value->i64;
      return;
  }
}

static bool has_negative(const Value *value) {
  if (value->is_null) return false;
  if (value->type.id == TYPE_LIST || value->type.id == TYPE_ARRAY) {
    for (uint32_t i = 0; i < value->nested.count; i++) {
      if (has_negative(&value->nested.items[i])) return true;
    }
    return false;
  }
  if (value->type.id == TYPE_DECIMAL || value->type.id == TYPE_HUGEINT) return value->i128 < 0;
  if (value->type.id == TYPE_FLOAT) return value->f32 < 0;
  if (value->type.id == TYPE_DOUBLE) return value->f64 < 0;
  return type_is_integral(value->type) && value->i64 < 0;
}

// To the library a fraction below zero counts from the other end; in SQL it is none.
static Status negate_fraction(Binder *binder, Expr **slot, bool negate) {
  Value value;
  TRY(bind_literal_types(binder, slot));
  if (expr_has_columns(*slot)) return OK; // the function says that it must be constant
  TRY(evaluate_constant(binder, *slot, &value));
  if (has_negative(&value)) {
    return error_set(binder->error, ERROR_BINDER, -1, "PERCENTILEs can only take parameters in the range [0, 1]");
  }
  if (!negate) return OK;
  negate_value(&value);
  TRY_NEW(binder, *slot, expr_constant(binder->arena, value));
  return OK;
}

static bool made_of(const Expr *expr, const ExprList *parts) {
  for (uint32_t i = 0; i < parts->count; i++) {
    if (expr_equal(expr, parts->items[i])) return true;
  }
  if (expr->kind == EXPR_CONSTANT) return true;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (!made_of(expr->children[i], parts)) return false;
  }
  return expr->child_count > 0;
}

// Of equal values one is taken: what the order is by must follow from the arguments.
static Status check_distinct_order(Binder *binder, ExprList *arguments, const SortKey *order, uint32_t count) {
  for (uint32_t i = 0; i < arguments->count; i++) TRY(bind_literal_types(binder, &arguments->items[i]));
  for (uint32_t i = 0; i < count; i++) {
    if (made_of(order[i].expr, arguments)) continue;
    return error_set(binder->error, ERROR_BINDER, -1,
                     "In a DISTINCT aggregate, ORDER BY expressions must appear in the argument list");
  }
  return OK;
}

static Status bind_aggregate_parts(ExprBinder *expr_binder, const SqlExpr *expr, Str name, Expr **out) {
  Binder *binder = expr_binder->binder;
  PlanContext *context = binder->context;
  const SqlFunction *call = &expr->function;
  ExprList arguments = {0};
  SortKey *order;
  ARENA_NEW_ARRAY(binder->arena, binder->error, order, call->orders.count);
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    Expr *argument;
    if (call->arguments.items[i]->kind == SQL_EXPR_STAR && !call->distinct) continue; // count(*)
    if (call->arguments.items[i]->kind == SQL_EXPR_STAR) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "STAR expression is only allowed as the root element of an expression. Use COLUMNS(*) instead.");
    }
    TRY(bind_expr(expr_binder, call->arguments.items[i], &argument));
    ARENA_PUSH(binder->arena, binder->error, &arguments, argument);
  }
  for (uint32_t i = 0; i < call->orders.count; i++) {
    TRY(bind_expr(expr_binder, call->orders.items[i].expr, &order[i].expr));
    TRY(bind_literal_types(binder, &order[i].expr));
    TRY(collation_push_own(binder, &order[i].expr));
    TRY(make_sort_spec(binder, &call->orders.items[i], &order[i].spec));
  }
  uint32_t order_count = call->orders.count;
  bool quantile = str_equal(name, STR("quantile_cont")) || str_equal(name, STR("quantile_disc"));
  if (order_count == 1 && (call->within_group || quantile)) {
    // quantile_cont(0.5) WITHIN GROUP (ORDER BY x [DESC]) is quantile_cont(x, 0.5 [or -0.5]), and so is quantile_cont(x, 0.5 ORDER BY x DESC)
    ExprList ordered = {0};
    uint32_t fraction = quantile && !call->within_group && arguments.count == 2;
    if (!fraction) ARENA_PUSH(binder->arena, binder->error, &ordered, order[0].expr);
    for (uint32_t i = 0; i < arguments.count; i++) {
      if (i == fraction) TRY(negate_fraction(binder, &arguments.items[i], order[0].spec.descending));
      ARENA_PUSH(binder->arena, binder->error, &ordered, arguments.items[i]);
    }
    arguments = ordered;
    if (!str_equal(name, STR("mode"))) order_count = 0; // of values that are there as often the first one is taken
  }
  if (call->distinct) TRY(check_distinct_order(binder, &arguments, order, order_count));
  Expr *filter = NULL;
  if (call->filter) {
    TRY(bind_condition(expr_binder, call->filter, &filter));
    TRY(bind_literal_types(binder, &filter));
  }
  bool extreme = str_equal(name, STR("min")) || str_equal(name, STR("max"));
  if (extreme && arguments.count == 1 && collation_matters(binder, arguments.items[0]->type)) {
    Expr *key = arguments.items[0];
    name = str_equal(name, STR("min")) ? STR("arg_min") : STR("arg_max");
    TRY(collation_push_own(binder, &key));
    ARENA_PUSH(binder->arena, binder->error, &arguments, key);
  } else if (call->distinct) {
    for (uint32_t i = 0; i < arguments.count; i++) TRY(collation_push_own(binder, &arguments.items[i]));
  }
  TRY(bind_aggregate_call(binder->arena, binder->error, context->facts, context->library, name, arguments.items,
                          arguments.count, call->distinct, expr->position, out));
  Expr *aggregate = find_aggregate_node(*out);
  if (!aggregate) return OK;
  aggregate->position = expr->position;
  aggregate->aggregate.filter = filter;
  aggregate->aggregate.distinct = call->distinct && aggregate->aggregate.function->distinct_matters;
  if (order_count && aggregate->aggregate.function->order_matters) {
    aggregate->aggregate.order = order;
    aggregate->aggregate.order_count = order_count;
  }
  return OK;
}

static Status bind_aggregate(ExprBinder *expr_binder, const SqlExpr *expr, Str name, Expr **out) {
  Binder *binder = expr_binder->binder;
  bool outer_in_aggregate = expr_binder->in_aggregate;
  bool allow_windows = expr_binder->allow_windows;
  bool allow_unnest = expr_binder->allow_unnest;
  uint32_t own = expr_binder->own_columns;
  uint32_t outer = expr_binder->outer_columns;
  expr_binder->in_aggregate = true;
  expr_binder->allow_windows = false;
  expr_binder->allow_unnest = false;
  expr_binder->own_columns = 0;
  expr_binder->outer_columns = 0;
  Status status = bind_aggregate_parts(expr_binder, expr, name, out);
  uint32_t own_used = expr_binder->own_columns;
  uint32_t outer_used = expr_binder->outer_columns;
  expr_binder->in_aggregate = outer_in_aggregate;
  expr_binder->allow_windows = allow_windows;
  expr_binder->allow_unnest = allow_unnest;
  expr_binder->own_columns = own + own_used;
  expr_binder->outer_columns = outer + outer_used;
  TRY(status);
  // An aggregate all of whose columns are an outer query's is that query's, in the expression that the subquery stands in.
  const ExprBinder *place = outer_used && !own_used ? expr_binder->outer_scope->asking : expr_binder;
  if (!place) return error_set(binder->error, ERROR_BINDER, expr->position, "LATERAL join cannot contain aggregates!");
  if (place->in_aggregate) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "aggregate function calls cannot be nested");
  }
  if (!place->allow_aggregates &&
      (strcmp(place->clause, "LIMIT clause") == 0 || strcmp(place->clause, "RETURNING clause") == 0)) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "Aggregate functions are not supported here");
  }
  if (!place->allow_aggregates && is_alter_clause(place)) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "aggregate functions are not allowed in alter statement");
  }
  if (!place->allow_aggregates) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "%s cannot contain aggregates!", place->clause);
  }
  SelectBinder *owner = place->scope ? place->scope->select : NULL;
  if (!owner) return OK;
  owner->has_aggregates = true;
  Expr *aggregate = place == expr_binder ? NULL : find_aggregate_node(*out), *moved;
  if (!aggregate) return OK;
  uint32_t index = owner->outer_aggregates.count;
  TRY_NEW(binder, moved, expr_copy(binder->arena, aggregate));
  ARENA_PUSH(binder->arena, binder->error, &owner->outer_aggregates, moved);
  TRY_NEW(binder, moved, expr_column(binder->arena, owner->outer_table, index, aggregate->type, aggregate->name));
  *aggregate = *moved;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_unnest(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlFunction *call = &expr->function;
  if (expr_binder->in_unnest) {
    return error_set(
        binder->error, ERROR_BINDER, expr->position,
        "Nested UNNEST calls are not supported - use UNNEST(x, recursive := true) to unnest multiple levels");
  }
  if (!expr_binder->allow_unnest || expr_binder->in_window) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "UNNEST not supported here");
  }
  if (expr_binder->lambda) {
    return error_set(binder->error, ERROR_BINDER, expr->position, "UNNEST in lambda expressions is not supported");
  }
  uint32_t depth = 1;
  bool keep_parent_names = false;
  const SqlExpr *argument = NULL;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const SqlExpr *item = call->arguments.items[i];
    if (item->alias.data && i > 0) {
      Value value;
      TRY(bind_literal_value(binder, item, "UNNEST", &value));
      bool is_depth = str_equal_nocase(item->alias, STR("max_depth"));
      if (is_depth || str_equal_nocase(item->alias, STR("recursive")) ||
          str_equal_nocase(item->alias, STR("keep_parent_names")))
        TRY(value_cast(binder->arena, &value, is_depth ? TYPE(BIGINT) : TYPE(TINYINT), &value, binder->error));
      if (str_equal_nocase(item->alias, STR("recursive"))) {
        if (!value.is_null && value.i64) depth = UINT32_MAX;
        continue;
      }
      if (str_equal_nocase(item->alias, STR("keep_parent_names"))) {
        keep_parent_names = !value.is_null && value.i64;
        continue;
      }
      if (is_depth) {
        if (value.is_null || value.i64 <= 0) {
          return error_set(binder->error, ERROR_BINDER, expr->position, "UNNEST cannot have a max depth of 0");
        }
        depth = (uint32_t)MIN_OF(value.i64, 1000);
        continue;
      }
      return error_set(binder->error, ERROR_BINDER, -1, "Unsupported parameter \"%.*s\" for unnest",
                       STR_ARG(item->alias));
    }
    if (argument) break;
    argument = item;
  }
  if (!argument)
    return error_set(binder->error, ERROR_BINDER, expr->position, "UNNEST() requires at lease one argument");
  if (call->arguments.count > 1 && depth == 1 && !call->arguments.items[1]->alias.data) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "UNNEST - unsupported extra argument, unnest only supports recursive := [true/false], max_depth "
                     ":= # or keep_parent_names := [true/false]");
  }
  Expr *child;
  expr_binder->in_unnest = true;
  Status status = bind_expr(expr_binder, argument, &child);
  expr_binder->in_unnest = false;
  TRY(status);
  TRY(bind_literal_types(binder, &child));
  const Expr *bound = child;
  for (uint32_t level = 0; level < depth; level++) {
    if (child->type.id == TYPE_ARRAY) {
      Type list;
      TRY(type_make_list(binder->arena, binder->error, type_child(child->type, 0), &list));
      TRY(bind_cast(binder, child, list, false, &child));
    }
    Type element = TYPE(NULL);
    if (child->type.id == TYPE_LIST) {
      element = type_child(child->type, 0);
    } else if (child->type.id == TYPE_MAP) {
      Type list;
      TRY(type_make_list(binder->arena, binder->error, type_element(child->type), &list));
      TRY(bind_function(expr_binder, "map_entries", &child, 1, expr->position, &child));
      element = type_child(list, 0);
    } else if (child->type.id == TYPE_STRUCT) {
      element = child->type; // its fields become columns of the select list
    } else if (level > 0) {
      break;
    } else if (child->type.id == TYPE_UNKNOWN) {
      return error_set(binder->error, ERROR_BINDER, expr->position, "UNNEST requires a single list as input");
    } else if (child->type.id != TYPE_NULL) {
      return error_set(binder->error, ERROR_BINDER, expr->position,
                       "UNNEST() can only be applied to lists, structs and NULL, not %s",
                       type_id_name((TypeId)child->type.id));
    }
    Expr *unnest;
    TRY_NEW(binder, unnest, expr_node(binder->arena, EXPR_UNNEST, element, 1));
    unnest->position = expr->position;
    unnest->children[0] = child;
    unnest->unnest.depth = depth - level;
    unnest->unnest.keep_parent_names = keep_parent_names;
    child = unnest;
    if (unnest->children[0]->type.id == TYPE_STRUCT) break;
  }
  uint32_t above = 0;
  for (Expr *inner = child; inner != bound; inner = inner->children[0]) {
    if (inner->kind != EXPR_UNNEST) continue;
    inner->unnest.above = above;
    above += inner->children[0]->type.id != TYPE_STRUCT; // which only gives its fields
  }
  *out = child;
  return OK;
}

static bool takes_lambda(const SqlFunction *call) {
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    if (call->arguments.items[i]->kind == SQL_EXPR_LAMBDA) return true;
  }
  return false;
}

// a || b || c is one node in the tree. Its types are found pair by pair, as they decide which function it is; as long as that is the
// same one, its operands are gathered in one call, so that a long chain is not a deep expression.
static Status bind_operator_chain(ExprBinder *expr_binder, Str name, Expr **operands, uint32_t count, int32_t position,
                                  Expr **out) {
  Binder *binder = expr_binder->binder;
  ExprList gathered = {0};
  Expr *chain = operands[0];
  for (uint32_t i = 1; i < count; i++) {
    Expr *pair[2] = {chain, operands[i]}, *call;
    TRY(bind_named_function(expr_binder, name, pair, 2, NULL, position, &call));
    bool same = gathered.count && call->kind == EXPR_CALL && call->call.function == chain->call.function &&
                call->children[0] == chain;
    if (!same) {
      gathered = (ExprList){0};
      chain = call;
      if (call->kind != EXPR_CALL) continue;
      ARENA_PUSH(binder->arena, binder->error, &gathered, call->children[0]);
    }
    ARENA_PUSH(binder->arena, binder->error, &gathered, call->children[1]);
    chain->children = gathered.items;
    chain->child_count = gathered.count;
  }
  *out = chain;
  return OK;
}

static Status bind_scalar(ExprBinder *expr_binder, const SqlExpr *expr, Str name, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlFunction *call = &expr->function;
  uint32_t count = call->arguments.count;
  Expr **arguments;
  Str *names = NULL;
  ARENA_NEW_ARRAY(binder->arena, binder->error, arguments, count);
  const ScalarFunction *lambda_function = takes_lambda(call) ? find_lambda_function(binder, name) : NULL;
  for (uint32_t i = 0; i < count; i++) {
    const SqlExpr *argument = call->arguments.items[i];
    if (argument->alias.data) {
      if (!names) ARENA_NEW_ARRAY(binder->arena, binder->error, names, count);
      names[i] = argument->alias;
    }
    if (argument->kind == SQL_EXPR_LAMBDA && lambda_function) {
      TRY_NEW(binder, arguments[i],
              expr_node(binder->arena, EXPR_LAMBDA, TYPE(LAMBDA), 0)); // until the others are bound
      continue;
    }
    TRY(bind_expr(expr_binder, argument, &arguments[i]));
    if (str_equal_nocase(name, STR("struct_pack")) || str_equal_nocase(name, STR("row"))) {
      TRY(bind_literal_types(binder, &arguments[i]));
    }
  }
  // struct_pack(a, t.b), union_value(a): unnamed arguments take the name of their column
  if (str_equal_nocase(name, STR("struct_pack")) || str_equal_nocase(name, STR("union_value"))) {
    if (!names) ARENA_NEW_ARRAY(binder->arena, binder->error, names, count);
    for (uint32_t i = 0; i < count; i++) {
      if (!names[i].data && call->arguments.items[i]->kind == SQL_EXPR_COLUMN) {
        names[i] = call->arguments.items[i]->column.items[call->arguments.items[i]->column.count - 1];
      }
    }
  }
  for (uint32_t i = 0; lambda_function && i < count; i++) {
    const SqlExpr *argument = call->arguments.items[i];
    if (argument->kind != SQL_EXPR_LAMBDA) continue;
    TRY(bind_lambda_body(expr_binder, argument, lambda_function, arguments, count, i));
  }
  if (call->is_operator && count > 2)
    return bind_operator_chain(expr_binder, name, arguments, count, expr->position, out);
  return bind_named_function(expr_binder, name, arguments, count, names, expr->position, out);
}

// `added.substr(5)` looks like a function of a schema: when there is no such schema, what stands before the dot is the first argument.
static Status method_call(ExprBinder *expr_binder, const SqlExpr *expr, SqlExpr **out) {
  Binder *binder = expr_binder->binder;
  const SqlFunction *call = &expr->function;
  *out = NULL;
  if (!call->name.schema.data || call->is_operator || !binder->context->catalog) return OK;
  uint32_t database;
  if (str_equal_nocase(call->name.schema, STR("main")) || str_equal_nocase(call->name.schema, STR("pg_catalog")) ||
      str_equal_nocase(call->name.schema, STR("system")) ||
      catalog_find_database(binder->context->catalog, call->name.schema, &database)) {
    return OK;
  }
  const CatalogEntry *schema;
  CatalogName name = {.database = call->name.catalog, .name = call->name.schema, .position = -1};
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_SCHEMA, name, true, &schema, binder->error));
  if (schema) return OK;
  SqlExpr *column, *method;
  ARENA_NEW(binder->arena, binder->error, column);
  ARENA_NEW(binder->arena, binder->error, method);
  *column = (SqlExpr){.kind = SQL_EXPR_COLUMN, .height = 1, .position = expr->position, .end = -1};
  ARENA_NEW_ARRAY(binder->arena, binder->error, column->column.items, 2);
  if (call->name.catalog.data) column->column.items[column->column.count++] = call->name.catalog;
  column->column.items[column->column.count++] = call->name.schema;
  column->column.capacity = 2;
  *method = *expr;
  method->function.name.schema = method->function.name.catalog = (Str){NULL, 0};
  method->function.is_method = true;
  method->function.arguments = (SqlExprList){0};
  ARENA_PUSH(binder->arena, binder->error, &method->function.arguments, column);
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    ARENA_PUSH(binder->arena, binder->error, &method->function.arguments, call->arguments.items[i]);
  }
  *out = method;
  return OK;
}

static bool is_aggregate_call(const SqlFunction *call) { return call->distinct || call->filter || call->orders.count; }

static Status not_an_aggregate(Binder *binder, const char *kind, Str name) {
  return error_set(binder->error, ERROR_INVALID_INPUT, -1,
                   "Function \"%.*s\" is a %s Function. \"DISTINCT\", \"FILTER\", and \"ORDER BY\" are only applicable "
                   "to aggregate functions.",
                   STR_ARG(name), kind);
}

Status bind_call(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) {
  Binder *binder = expr_binder->binder;
  SqlExpr *method;
  TRY(method_call(expr_binder, expr, &method));
  if (method) expr = method;
  const SqlFunction *call = &expr->function;
  const FunctionLibrary *library = binder->context->library;
  Str name;
  TRY(str_lower(binder->arena, binder->error, call->name.name, &name));
  if (!call->is_operator) {
    const CatalogMacro *macro;
    TRY(find_macro(binder, &call->name, CATALOG_MACRO, &macro));
    if (macro) {
      if (is_aggregate_call(call)) return not_an_aggregate(binder, "Macro", call->name.name);
      return bind_macro_call(expr_binder, macro, expr, out);
    }
  }
  if (str_equal(name, STR("unnest")) || str_equal(name, STR("unlist"))) return bind_unnest(expr_binder, expr, out);
  if (str_equal(name, STR("alias")) && call->arguments.count == 1) {
    Str text;
    Value value;
    Expr *named;
    TRY(sql_column_name(binder->arena, call->arguments.items[0], &text, binder->error));
    TRY(bind_expr(expr_binder, call->arguments.items[0], &named));
    if (str_equal_nocase(named->name, text)) text = named->name; // in the case of its definition
    value = value_text(text);
    TRY_NEW(binder, *out, expr_constant(binder->arena, value));
    return OK;
  }
  uint32_t first, count;
  bool scalar = library_find_scalar(library, name, &first, &count);
  if (!scalar && library_find_aggregate(library, name, &first, &count)) {
    bool star = str_equal(name, STR("count")) &&
                (call->arguments.count == 0 || call->arguments.items[0]->kind == SQL_EXPR_STAR);
    return bind_aggregate(expr_binder, expr, star && !call->distinct ? STR("count_star") : name, out);
  }
  if (is_aggregate_call(call)) {
    if (scalar) return not_an_aggregate(binder, "Scalar", call->name.name);
    return unknown_function(binder, "Aggregate Function", call->name.name, expr->position, false);
  }
  const CatalogMacro *like;
  TRY(find_macro_like(binder, name, &like));
  if (like && like->overloads[0].parameter_count != call->arguments.count &&
      !like->overloads[0].parameters[like->overloads[0].parameter_count - 1].default_sql.data) {
    return macro_error(binder, like, expr->position, no_macro_fits);
  }
  return bind_scalar(expr_binder, expr, name, out);
}
