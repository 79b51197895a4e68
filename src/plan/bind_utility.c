// SPDX-License-Identifier: MIT
//
// bind_utility.c: statements that are neither queries nor changes of rows or catalog: SET, PRAGMA, transactions, PREPARE and EXECUTE, ATTACH, USE,
// CHECKPOINT, CALL, VACUUM.
#include "plan/binder.h"
#include "plan/listings.h"

static Status make_node(Binder *binder, LogicalKind kind, StatementKind statement, PlannedStatement *out) {
  TRY(plan_make(&binder->planner, kind, NULL, NULL, &out->root));
  out->kind = (uint8_t)statement;
  out->returns = RETURN_NOTHING;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// SET, RESET, PRAGMA
// ---------------------------------------------------------------------------------------------------------------------

// The value of a setting: a bare word is text, several values are joined by commas (SET search_path = a, b).
static Status setting_value(Binder *binder, const SqlExpr *sql, Expr **out) {
  Value value;
  if (sql->kind == SQL_EXPR_COLUMN && sql->end != BOUND_COLUMN_END) {
    TextBuilder text;
    text_init(&text, binder->arena->memory);
    for (uint32_t i = 0; i < sql->column.count; i++)
      text_format(&text, i ? ".%.*s" : "%.*s", STR_ARG(sql->column.items[i]));
    Str copy;
    Status status =
        text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), &copy);
    text_free(&text);
    TRY(status);
    value = value_text(copy);
  } else if (sql->kind == SQL_EXPR_FUNCTION && str_equal_nocase(sql->function.name.name, STR("row"))) {
    TextBuilder text;
    text_init(&text, binder->arena->memory);
    Status status = OK;
    for (uint32_t i = 0; status == OK && i < sql->function.arguments.count; i++) {
      Expr *item;
      status = setting_value(binder, sql->function.arguments.items[i], &item);
      if (status != OK) break;
      if (i) text_append_char(&text, ',');
      value_print(&text, &item->constant);
    }
    Str copy = {"", 0};
    if (status == OK)
      status =
          text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), &copy);
    text_free(&text);
    TRY(status);
    value = value_text(copy);
  } else {
    TRY(bind_literal_value(binder, sql, "SET", &value));
  }
  TRY_NEW(binder, *out, expr_constant(binder->arena, value));
  return OK;
}

// A setting's value: what the engine below knows nothing of is checked here.
static Status bind_setting_value(Binder *binder, Str name, const SqlExpr *sql, Expr **out) {
  TRY(setting_value(binder, sql, out));
  const Value *value = &(*out)->constant;
  if (str_equal(name, STR("default_collation")) && !value->is_null && value->type.id == TYPE_VARCHAR) {
    return collation_check(binder, value->text, -1);
  }
  return OK;
}

static Status bind_set(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  static const uint8_t scopes[] = {
      [SQL_SCOPE_AUTOMATIC] = SET_AUTOMATIC, [SQL_SCOPE_LOCAL] = SET_LOCAL,       [SQL_SCOPE_SESSION] = SET_SESSION,
      [SQL_SCOPE_GLOBAL] = SET_GLOBAL,       [SQL_SCOPE_VARIABLE] = SET_VARIABLE,
  };
  TRY(make_node(binder, LOGICAL_SET, STATEMENT_SET, out));
  LogicalPlan *plan = out->root;
  plan->set.scope = scopes[statement->set.scope];
  plan->set.reset = statement->set.reset;
  plan->set.name = statement->set.name;
  bool variable = statement->set.scope == SQL_SCOPE_VARIABLE;
  if (!variable) TRY(str_lower(binder->arena, binder->error, statement->set.name, &plan->set.name));
  if (!statement->set.value || statement->set.reset) {
    plan->set.reset = plan->set.reset || !statement->set.value;
    return OK;
  }
  if (statement->set.value->kind == SQL_EXPR_DEFAULT) {
    plan->set.reset = true;
    return OK;
  }
  if (!variable) return bind_setting_value(binder, plan->set.name, statement->set.value, &plan->set.value);
  Scope scope = {0};
  ExprBinder names = expr_binder(binder, &scope, "SET");
  Expr *value;
  TRY(bind_expr(&names, statement->set.value, &value));
  TRY(bind_literal_types(binder, &value));
  LogicalPlan *source;
  TRY(plan_make_dummy(&binder->planner, &source));
  TRY(lift_subqueries(&binder->planner, &source, &value));
  if (source->kind == LOGICAL_DUMMY) {
    plan->set.value = value;
    return OK;
  }
  TRY(plan_make_project(&binder->planner, source, &value, NULL, 1, &source));
  ARENA_NEW_ARRAY(binder->arena, binder->error, plan->children, 1);
  plan->children[0] = source;
  plan->child_count = 1;
  return OK;
}

// PRAGMA table_info('t'), PRAGMA show_tables …: a table function of that name, or of pragma_ and that name; else a setting.
static Status bind_pragma(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  Str name;
  TRY(str_lower(binder->arena, binder->error, statement->pragma.name, &name));
  const SqlExprList *arguments = &statement->pragma.arguments;
  if (statement->pragma.kind == SQL_PRAGMA_ASSIGN) {
    TRY(make_node(binder, LOGICAL_SET, STATEMENT_PRAGMA, out));
    out->root->set.name = name;
    out->root->set.pragma = true;
    return arguments->count ? bind_setting_value(binder, name, arguments->items[0], &out->root->set.value) : OK;
  }
  static const char *const queries[][2] = {
      {"show_tables", "SHOW TABLES"},
      {"show_tables_expanded", "SHOW ALL TABLES"},
      {"show_databases", "SHOW DATABASES"},
      {"database_list", "SELECT * FROM pragma_database_list()"},
      {"functions",
       "SELECT function_name AS name, upper(function_type) AS type, parameter_types AS parameters, varargs, "
       "return_type, has_side_effects AS side_effects FROM duckdb_functions() WHERE function_type IN ('scalar', "
       "'aggregate') ORDER BY 1"},
  };
  for (uint32_t i = 0; i < COUNT_OF(queries); i++) {
    if (!str_equal(name, str_from(queries[i][0]))) continue;
    BoundQuery query;
    TRY(bind_query_text(binder, str_from(queries[i][1]), NULL, &query));
    out->kind = STATEMENT_PRAGMA;
    return set_result(binder, out, query.plan, query.names);
  }
  Str with_prefix;
  TRY(str_format(binder->arena, binder->error, &with_prefix, "pragma_%.*s", STR_ARG(name)));
  Str candidates[2] = {with_prefix, name};
  for (uint32_t c = 0; c < 2; c++) {
    uint32_t first, count;
    if (!library_find_table(binder->context->library, candidates[c], &first, &count) &&
        !catalog_table_function(candidates[c]) && !is_listing(candidates[c])) {
      continue;
    }
    // The same as SELECT * FROM function(arguments); bare words are text.
    SqlExpr call = {.kind = SQL_EXPR_FUNCTION, .height = 2, .position = statement->position, .end = -1};
    call.function.name.name = candidates[c];
    for (uint32_t i = 0; i < arguments->count; i++) {
      SqlExpr *argument = arguments->items[i];
      if (argument->kind == SQL_EXPR_COLUMN) {
        SqlExpr *literal;
        Expr *text;
        TRY(setting_value(binder, argument, &text));
        ARENA_NEW(binder->arena, binder->error, literal);
        *literal =
            (SqlExpr){.kind = SQL_EXPR_LITERAL, .height = 1, .position = argument->position, .end = argument->end};
        literal->literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = text->constant.text};
        argument = literal;
      }
      ARENA_PUSH(binder->arena, binder->error, &call.function.arguments, argument);
    }
    SqlFrom from = {.kind = SQL_FROM_FUNCTION, .height = 3, .position = statement->position, .end = -1};
    from.function.call = &call;
    Scope scope = {0};
    LogicalPlan *plan;
    TRY(bind_table_function(binder, &from, &scope, &plan));
    out->kind = STATEMENT_PRAGMA;
    return set_result(binder, out, plan, scope.tables.items[0]->names);
  }
  TRY(make_node(binder, LOGICAL_SET, STATEMENT_PRAGMA, out));
  out->root->set.name = name;
  out->root->set.pragma = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The others
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_transaction(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  TRY(make_node(binder, LOGICAL_TRANSACTION, STATEMENT_TRANSACTION, out));
  static const uint8_t actions[] = {[SQL_TRANSACTION_BEGIN] = TRANSACTION_BEGIN,
                                    [SQL_TRANSACTION_COMMIT] = TRANSACTION_COMMIT,
                                    [SQL_TRANSACTION_ROLLBACK] = TRANSACTION_ROLLBACK};
  out->root->transaction.action = actions[statement->transaction.kind];
  out->root->transaction.read_only = statement->transaction.mode == SQL_TRANSACTION_READ_ONLY;
  return OK;
}

static Status bind_execute(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  TRY(make_node(binder, LOGICAL_EXECUTE, STATEMENT_EXECUTE, out));
  const SqlExprList *list = &statement->execute.arguments;
  NamedValue *arguments;
  ARENA_NEW_ARRAY(binder->arena, binder->error, arguments, list->count);
  for (uint32_t i = 0; i < list->count; i++) {
    arguments[i].name = list->items[i]->alias;
    if (!arguments[i].name.length != !arguments[0].name.length) {
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1,
                       "Mixing named parameters and positional parameters is not supported yet");
    }
    arguments[i].position = list->items[i]->position;
    if (list->items[i]->kind == SQL_EXPR_COLUMN || list->items[i]->kind == SQL_EXPR_SUBQUERY) {
      return error_set(binder->error, ERROR_INVALID_INPUT, -1,
                       "Only scalar parameters, named parameters or NULL supported for EXECUTE");
    }
    TRY(bind_literal_value(binder, list->items[i], "EXECUTE", &arguments[i].value));
    if (arguments[i].value.type.id == TYPE_NULL) arguments[i].value.is_null = true;
  }
  out->root->prepared.name = statement->execute.name;
  out->root->prepared.arguments = arguments;
  out->root->prepared.argument_count = list->count;
  binder->changes = true; // what it does, the session finds out
  return OK;
}

static Status bind_prepare(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  TRY(make_node(binder, LOGICAL_PREPARE, STATEMENT_PREPARE, out));
  PreparedNode *node = &out->root->prepared;
  node->name = statement->prepare.name;
  node->statement = statement->prepare.statement;
  node->text = statement->prepare.statement->text;
  return check_statement(binder, statement->prepare.statement);
}

static Status bind_attach(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  TRY(make_node(binder, LOGICAL_ATTACH, STATEMENT_ATTACH, out));
  AttachNode *node = &out->root->attach;
  Value path;
  NamedValue *options;
  TRY(bind_literal_value(binder, statement->attach.path, "ATTACH", &path));
  if (path.is_null || path.type.id != TYPE_VARCHAR)
    return error_set(binder->error, ERROR_BINDER, -1, "ATTACH needs the name of a file");
  node->path = path.text;
  node->name = statement->attach.alias;
  node->if_exists = statement->attach.if_not_exists;
  TRY(bind_options(binder, &statement->attach.options, &options, &node->option_count));
  node->options = options;
  return OK;
}

static Status bind_use(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  // USE a, USE a.b: SET schema.
  TRY(make_node(binder, LOGICAL_SET, STATEMENT_USE, out));
  const SqlName *name = &statement->use.name;
  Str path = name->name;
  if (name->schema.data)
    TRY(str_format(binder->arena, binder->error, &path, "%.*s.%.*s", STR_ARG(name->schema), STR_ARG(name->name)));
  out->root->set.name = STR("schema");
  TRY_NEW(binder, out->root->set.value, expr_constant(binder->arena, value_text(path)));
  return OK;
}

static Status bind_call_statement(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  SqlFrom from = {.kind = SQL_FROM_FUNCTION, .height = 2, .position = statement->position, .end = -1};
  from.function.call = statement->call.call;
  Scope scope = {0};
  LogicalPlan *plan;
  TRY(bind_table_function(binder, &from, &scope, &plan));
  out->kind = STATEMENT_SELECT;
  return set_result(binder, out, plan, scope.tables.items[0]->names);
}

Status bind_utility(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  switch (statement->kind) {
    case SQL_STATEMENT_SET:
      return bind_set(binder, statement, out);
    case SQL_STATEMENT_PRAGMA:
      return bind_pragma(binder, statement, out);
    case SQL_STATEMENT_TRANSACTION:
      return bind_transaction(binder, statement, out);
    case SQL_STATEMENT_PREPARE:
      return bind_prepare(binder, statement, out);
    case SQL_STATEMENT_EXECUTE:
      return bind_execute(binder, statement, out);
    case SQL_STATEMENT_DEALLOCATE:
      TRY(make_node(binder, LOGICAL_DEALLOCATE, STATEMENT_DEALLOCATE, out));
      out->root->prepared.name = statement->deallocate.name;
      return OK;
    case SQL_STATEMENT_ATTACH:
      return bind_attach(binder, statement, out);
    case SQL_STATEMENT_DETACH:
      TRY(make_node(binder, LOGICAL_DETACH, STATEMENT_DETACH, out));
      out->root->attach.name = statement->detach.name;
      out->root->attach.if_exists = statement->detach.if_exists;
      return OK;
    case SQL_STATEMENT_USE:
      return bind_use(binder, statement, out);
    case SQL_STATEMENT_CALL:
      return bind_call_statement(binder, statement, out);
    case SQL_STATEMENT_CHECKPOINT:
      TRY(make_node(binder, LOGICAL_CHECKPOINT, STATEMENT_CHECKPOINT, out));
      out->root->attach.name = statement->checkpoint.database;
      return OK;
    case SQL_STATEMENT_VACUUM: {
      // Space and statistics are kept by the store itself: nothing is left to do, but the table must be there.
      if (statement->vacuum.table && statement->vacuum.table->kind == SQL_FROM_TABLE) {
        const CatalogEntry *entry;
        TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE,
                         catalog_name(&statement->vacuum.table->table.name), false, &entry, binder->error));
      }
      LogicalPlan *dummy;
      TRY(plan_make_dummy(&binder->planner, &dummy));
      TRY(plan_make_empty(&binder->planner, dummy, &out->root));
      out->kind = STATEMENT_CHECKPOINT;
      out->returns = RETURN_NOTHING;
      return OK;
    }
    case SQL_STATEMENT_COPY_DATABASE:
      return bind_copy_database(binder, statement, out);
    case SQL_STATEMENT_EXPORT:
      return bind_export(binder, statement, out);
    case SQL_STATEMENT_IMPORT:
      return bind_import(binder, statement, out);
    case SQL_STATEMENT_LOAD:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, statement->position,
                       "Extensions: everything there is is built in");
    case SQL_STATEMENT_SNAPSHOT:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, statement->position, "Snapshots");
    default:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, statement->position, "This kind of statement");
  }
}
