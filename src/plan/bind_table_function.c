// SPDX-License-Identifier: MIT
//
// bind_table_function.c: calls in FROM: table functions with constant arguments, unnest and range over columns of other tables, table macros.
//
// A function that needs to look into files may not know enough yet. Its bind then says so, binding ends with binder->wants_files, and the
// statement is planned again from the start when the facts are there.
#include "plan/binder.h"
#include "plan/listings.h"

// ---------------------------------------------------------------------------------------------------------------------
// Choosing and binding a function
// ---------------------------------------------------------------------------------------------------------------------

static Status bad_named_parameter(Binder *binder, const TableFunction *function, Str name, int32_t position) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  for (uint32_t i = 0; i < function->named_count; i++) {
    text_format(&text, "\n    %s ", function->named[i].name);
    type_print(&text, declared_type(function->named[i].type));
  }
  Status status = error_set(binder->error, ERROR_BINDER, position,
                            "Invalid named parameter \"%.*s\" for function %s\nCandidates:%.*s", STR_ARG(name),
                            function->name, STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

static Status cast_named(Binder *binder, const TableFunction *function, const NamedValue *named, uint32_t count,
                         NamedValue *out) {
  for (uint32_t i = 0; i < count; i++) {
    const NamedParameter *declared = NULL;
    for (uint32_t k = 0; k < function->named_count; k++) {
      if (str_equal_nocase(str_from(function->named[k].name), named[i].name)) declared = &function->named[k];
    }
    if (!declared) return bad_named_parameter(binder, function, named[i].name, named[i].position);
    out[i] = named[i];
    out[i].name = str_from(declared->name);
    Type type = declared_type(declared->type);
    if (type.id == TYPE_ANY || type_equal(type, named[i].value.type)) continue;
    Value cast;
    Error ignored;
    Status status = value_cast(binder->arena, &named[i].value, type, &cast, &ignored);
    if (status == ERROR_NO_MEMORY) return error_no_memory(binder->error);
    if (status != OK) {
      return error_set(binder->error, ERROR_INVALID_INPUT, named[i].position,
                       "Failed to cast value of named parameter \"%.*s\": %s", STR_ARG(named[i].name), ignored.message);
    }
    out[i].value = cast;
  }
  return OK;
}

static Type parameter_type(const TableFunction *function, uint32_t index) {
  return function->argument_count ? declared_type(function->arguments[MIN_OF(index, function->argument_count - 1u)])
                                  : TYPE(ANY);
}

static bool type_is_open(Type type) { return type.id == TYPE_ANY || (type_is_nested(type) && !type.info); }

// The cost of calling the function with these values; negative: it cannot be.
static int64_t call_cost(const TableFunction *function, const Value *arguments, uint32_t count) {
  if (count < function->argument_count && !(function->variadic && count + 1 >= function->argument_count)) return -1;
  if (count > function->argument_count && !function->variadic) return -1;
  int64_t total = 0;
  for (uint32_t i = 0; i < count; i++) {
    Type wanted = parameter_type(function, i);
    Type given = arguments[i].type;
    if (wanted.id == TYPE_ANY) continue;
    if (type_is_open(wanted)) {
      if (given.id != wanted.id && !arguments[i].is_null) return -1;
      continue;
    }
    if (given.id == TYPE_VARCHAR && wanted.id != TYPE_VARCHAR) {
      total += 100; // a constant text is read as what is wanted
      continue;
    }
    int64_t cost = type_implicit_cost(given, wanted);
    if (cost < 0) return -1;
    total += cost;
  }
  return total;
}

static Status choose_overload(Binder *binder, Str name, const Value *arguments, uint32_t count, int32_t position,
                              const TableFunction **out) {
  const FunctionLibrary *library = binder->context->library;
  uint32_t first, overloads;
  int64_t best = INT64_MAX;
  *out = NULL;
  if (library_find_table(library, name, &first, &overloads)) {
    for (uint32_t i = first; i < first + overloads; i++) {
      int64_t cost = call_cost(library->tables[i], arguments, count);
      if (cost < 0 || cost >= best) continue;
      best = cost;
      *out = library->tables[i];
    }
  } else {
    const TableFunction *function = catalog_table_function(name);
    if (!function) return unknown_function(binder, "Table Function", name, position, true);
    if (call_cost(function, arguments, count) >= 0) *out = function;
    overloads = 1;
    first = 0;
  }
  if (*out) return OK;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(&text, "No function matches the given name and argument types '%.*s(", STR_ARG(name));
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(&text, STR(", "));
    type_print(&text, arguments[i].type);
  }
  text_append(&text, STR(")'. You might need to add explicit type casts.\n\tCandidate functions:"));
  for (uint32_t i = first; i < first + overloads; i++) {
    const TableFunction *function =
        library->table_count > i && overloads && str_equal_nocase(str_from(library->tables[i]->name), name)
            ? library->tables[i]
            : catalog_table_function(name);
    if (!function) continue;
    text_format(&text, "\n\t%s(", function->name);
    for (uint32_t k = 0; k < function->argument_count; k++) {
      if (k) text_append(&text, STR(", "));
      type_print(&text, declared_type(function->arguments[k]));
    }
    text_append_char(&text, ')');
  }
  text_append_char(&text, '\n');
  Status status = error_set(binder->error, ERROR_BINDER, position, "%.*s", STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

static Status make_label(Binder *binder, const TableFunction *function, const Value *arguments, uint32_t count,
                         Str *label) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(&text, "%s(", function->name);
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(&text, STR(", "));
    value_print_sql(&text, &arguments[i]);
  }
  text_append_char(&text, ')');
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), label);
  text_free(&text);
  return status;
}

Status make_table_function(Binder *binder, const TableFunction *function, const Value *arguments,
                           uint32_t argument_count, const NamedValue *named, uint32_t named_count, int32_t position,
                           const Type *expected_types, const Str *expected_names, uint32_t expected_count,
                           LogicalPlan **out, Str **names) {
  PlanContext *context = binder->context;
  Value *values;
  NamedValue *named_values;
  ARENA_NEW_ARRAY(binder->arena, binder->error, values, argument_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, named_values, named_count);
  for (uint32_t i = 0; i < argument_count; i++) {
    Type wanted = parameter_type(function, i);
    values[i] = arguments[i];
    if (type_is_open(wanted) || type_equal(wanted, arguments[i].type)) continue;
    TRY(value_cast(binder->arena, &arguments[i], wanted, &values[i], binder->error));
  }
  if (expected_types) { // COPY: the reader knows its options, and more names for them
    memcpy(named_values, named, sizeof *named * named_count);
  } else {
    TRY(cast_named(binder, function, named, named_count, named_values));
  }
  TableBind bind = {.arena = binder->arena,
                    .error = binder->error,
                    .facts = context->facts,
                    .files = context->files,
                    .function = function,
                    .arguments = values,
                    .argument_count = argument_count,
                    .named = named_values,
                    .named_count = named_count,
                    .position = position,
                    .catalog = context->catalog,
                    .expected_types = expected_types,
                    .expected_names = expected_names,
                    .expected_count = expected_count};
  TRY(function->bind(&bind));
  if (bind.wants) {
    binder->wants_files = true;
    return error_set(binder->error, ERROR_INTERNAL, position, "facts of files are missing");
  }
  binder->changes |= bind.changes;
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, LOGICAL_TABLE_FUNCTION, NULL, NULL, &plan));
  TableFunctionNode *node = &plan->function;
  node->function = function;
  node->bind_data = bind.bind_data;
  node->column_types = bind.column_types;
  node->row_count = (double)bind.row_estimate;
  plan->row_estimate = (double)bind.row_estimate;
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->columns, bind.column_count);
  node->column_count = bind.column_count;
  for (uint32_t i = 0; i < bind.column_count; i++) {
    node->columns[i] = i;
    TRY(plan_add_column(&binder->planner, plan, plan->table, i, bind.column_types[i], bind.column_names[i]));
  }
  TRY(make_label(binder, function, values, argument_count, &node->label));
  *names = bind.column_names;
  *out = plan;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Calls in FROM
// ---------------------------------------------------------------------------------------------------------------------

// name := value, name => value and, as DuckDB has it, name = value
static bool named_argument(const SqlExpr *argument, Str *name, const SqlExpr **value) {
  if (argument->alias.data) {
    *name = argument->alias;
    *value = argument;
    return true;
  }
  if (argument->kind == SQL_EXPR_COMPARE && argument->compare.op == SQL_COMPARE_EQUAL &&
      argument->compare.left->kind == SQL_EXPR_COLUMN && argument->compare.left->column.count == 1) {
    *name = argument->compare.left->column.items[0];
    *value = argument->compare.right;
    return true;
  }
  return false;
}

static Status with_ordinality(Binder *binder, const SqlFrom *from, LogicalPlan *plan, Str **names, uint32_t count) {
  if (!from->function.with_ordinality) return OK;
  Str *all;
  ARENA_NEW_ARRAY(binder->arena, binder->error, all, count + 1);
  memcpy(all, *names, sizeof *all * count);
  all[count] = STR("ordinality");
  *names = all;
  plan->unnest.ordinality = true;
  return plan_add_column(&binder->planner, plan, plan->unnest.table, plan->unnest.list_count, TYPE(BIGINT),
                         STR("ordinality"));
}

// Column aliases that there are no columns for mean nothing with a table function.
static Status add_function(Binder *binder, Scope *scope, const LogicalPlan *plan, const Str *names, const SqlFrom *from,
                           Str name) {
  SqlNameList aliases = from->column_aliases;
  aliases.count = MIN_OF(aliases.count, plan->column_count);
  return scope_add_plan(binder, scope, plan, names, from->alias.data ? from->alias : name, &aliases, NULL);
}

static Status make_unnest(Binder *binder, const SqlFrom *from, Scope *scope, Expr **lists, uint32_t count, Str name,
                          LogicalPlan **out) {
  LogicalPlan *dummy, *plan;
  Str *names;
  TRY(plan_make_dummy(&binder->planner, &dummy));
  for (uint32_t i = 0; i < count; i++) TRY(lift_subqueries(&binder->planner, &dummy, &lists[i]));
  uint32_t hidden = dummy->column_count;
  TRY(plan_make(&binder->planner, LOGICAL_UNNEST, dummy, NULL, &plan));
  plan->unnest = (UnnestNode){.lists = lists, .list_count = count, .table = plan->table};
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, count);
  for (uint32_t i = 0; i < count; i++) {
    Type element = lists[i]->type.id == TYPE_LIST ? type_child(lists[i]->type, 0) : TYPE(NULL);
    names[i] = name;
    TRY(plan_add_column(&binder->planner, plan, plan->unnest.table, i, element, name));
  }
  TRY(with_ordinality(binder, from, plan, &names, count));
  TRY(plan_update_columns(&binder->planner, plan));
  *out = plan;
  if (hidden) {
    // Columns of lifted subqueries stay below.
    uint32_t width = count + (from->function.with_ordinality ? 1 : 0);
    Expr **visible;
    ARENA_NEW_ARRAY(binder->arena, binder->error, visible, width);
    for (uint32_t i = 0; i < width; i++)
      TRY_NEW(binder, visible[i], plan_column_ref(&binder->planner, &plan->columns[hidden + i]));
    TRY(plan_make_project(&binder->planner, plan, visible, names, width, out));
  }
  return add_function(binder, scope, *out, names, from, name);
}

static Status bind_unnest_from(Binder *binder, const SqlFrom *from, Scope *scope, Scope *outer, LogicalPlan **out) {
  const SqlFunction *call = &from->function.call->function;
  ExprBinder names = expr_binder(binder, outer, "UNNEST");
  ExprList lists = {0};
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const SqlExpr *argument = call->arguments.items[i];
    if (i > 0 && argument->alias.data) continue; // recursive := …, max_depth := …: one level here
    Expr *list;
    TRY(bind_expr(&names, argument, &list));
    TRY(bind_literal_types(binder, &list));
    if (list->type.id == TYPE_ARRAY) {
      Type type;
      TRY(type_make_list(binder->arena, binder->error, type_child(list->type, 0), &type));
      TRY(bind_cast(binder, list, type, false, &list));
    }
    if (list->type.id == TYPE_MAP) TRY(bind_function(&names, "map_entries", &list, 1, argument->position, &list));
    if (list->type.id != TYPE_LIST && list->type.id != TYPE_NULL) {
      return error_set(binder->error, ERROR_BINDER, argument->position,
                       "UNNEST() can only be applied to lists, structs and NULL, not %s",
                       type_id_name((TypeId)list->type.id));
    }
    ARENA_PUSH(binder->arena, binder->error, &lists, list);
  }
  if (!lists.count) return error_set(binder->error, ERROR_BINDER, from->position, "unnest() requires a list");
  return make_unnest(binder, from, scope, lists.items, lists.count, STR("unnest"), out);
}

static bool is_series(Str name) {
  return str_equal_nocase(name, STR("range")) || str_equal_nocase(name, STR("generate_series"));
}

// Positional and named arguments. *lateral: one of them uses columns of other tables.
static Status bind_arguments(Binder *binder, const SqlFunction *call, Scope *outer, ExprList *arguments,
                             NamedValue *named, uint32_t *named_count, bool *lateral) {
  ExprBinder names = expr_binder(binder, outer, "Table function");
  ExprBinder named_values = expr_binder(binder, NULL, "named parameter");
  names.bare_words = named_values.bare_words = true;
  *lateral = false;
  *named_count = 0;
  for (uint32_t i = 0; i < call->arguments.count; i++) {
    const SqlExpr *argument = call->arguments.items[i], *value;
    Str name;
    if (named_argument(argument, &name, &value)) {
      NamedValue *entry = &named[(*named_count)++];
      entry->name = name;
      entry->position = argument->position;
      Expr *expr;
      TRY(bind_expr(&named_values, value, &expr));
      TRY(evaluate_constant(binder, expr, &entry->value));
      continue;
    }
    Expr *expr;
    TRY(bind_expr(&names, argument, &expr));
    TRY(bind_literal_types(binder, &expr));
    if (expr_has_columns(expr)) *lateral = true;
    if (expr_has_kind(expr, EXPR_SUBQUERY)) *lateral = true;
    ARENA_PUSH(binder->arena, binder->error, arguments, expr);
  }
  return OK;
}

Status bind_table_function(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  const SqlExpr *expr = from->function.call;
  const SqlFunction *call = &expr->function;
  Scope outer = {.outer = scope->outer, .ctes = scope->ctes};
  Str name;
  TRY(str_lower(binder->arena, binder->error, call->name.name, &name));
  const CatalogMacro *macro;
  TRY(find_macro(binder, &call->name, CATALOG_TABLE_MACRO, &macro));
  if (macro) {
    SqlQuery *query;
    BoundQuery bound;
    TRY(expand_macro(binder, macro, call, expr->position, NULL, &query));
    binder->macro_depth++;
    Status status = bind_query(binder, query, scope->outer, scope->ctes, &bound);
    binder->macro_depth--;
    TRY(status);
    *out = bound.plan;
    return scope_add_plan(binder, scope, bound.plan, bound.names, from->alias.data ? from->alias : name,
                          &from->column_aliases, NULL);
  }
  if (str_equal(name, STR("unnest")) || str_equal(name, STR("unlist")))
    return bind_unnest_from(binder, from, scope, &outer, out);
  ExprList arguments = {0};
  NamedValue *named;
  uint32_t named_count;
  bool lateral;
  ARENA_NEW_ARRAY(binder->arena, binder->error, named, call->arguments.count);
  TRY(bind_arguments(binder, call, &outer, &arguments, named, &named_count, &lateral));
  if (lateral || (from->function.with_ordinality && is_series(name))) {
    if (!is_series(name)) {
      return error_set(binder->error, ERROR_BINDER, expr->position,
                       "Table function \"%.*s\" does not support lateral join column parameters - cannot use column in "
                       "a table function",
                       STR_ARG(name));
    }
    ExprBinder functions = expr_binder(binder, &outer, "Table function");
    Expr **lists;
    ARENA_NEW_ARRAY(binder->arena, binder->error, lists, 1);
    const char *series = str_equal(name, STR("range")) ? "range" : "generate_series";
    TRY(bind_function(&functions, series, arguments.items, arguments.count, expr->position, &lists[0]));
    return make_unnest(binder, from, scope, lists, 1, name, out);
  }
  Value *values;
  ARENA_NEW_ARRAY(binder->arena, binder->error, values, arguments.count);
  for (uint32_t i = 0; i < arguments.count; i++) TRY(evaluate_constant(binder, arguments.items[i], &values[i]));
  TRY(bind_query_function(binder, from, name, values, arguments.count, scope, out));
  if (*out) return OK;
  const TableFunction *function;
  if (is_listing(name) && !arguments.count && !named_count) {
    Str *columns;
    TRY(bind_listing(binder, name, out, &columns));
    return add_function(binder, scope, *out, columns, from, name);
  }
  TRY(choose_overload(binder, name, values, arguments.count, expr->position, &function));
  Str *names;
  TRY(make_table_function(binder, function, values, arguments.count, named, named_count, expr->position, NULL, NULL, 0,
                          out, &names));
  if (from->function.with_ordinality) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, expr->position, "WITH ORDINALITY for %.*s", STR_ARG(name));
  }
  // A single column of an aliased function goes by the alias as well (FROM range(3) t: t is a row; range(3) AS r(i): i).
  return add_function(binder, scope, *out, names, from, name);
}
