// SPDX-License-Identifier: MIT
//
// bind_insert.c: INSERT, and what all statements that change rows share: the table, defaults, constraints, RETURNING.
#include "plan/binder.h"
#include "store/store.h"

Status find_table(Binder *binder, const SqlName *name, const char *doing, const CatalogTable **out) {
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, catalog_name(name), false, &entry,
                   binder->error));
  if (entry->kind != CATALOG_TABLE) {
    return error_set(binder->error, ERROR_CATALOG, name->position, "%.*s is not an table", STR_ARG(name->name));
  }
  const CatalogDatabase *database = catalog_database(binder->context->catalog, entry->database);
  if (database->read_only) {
    const char *type = binder->kind == SQL_STATEMENT_UPDATE   ? "UPDATE"
                       : binder->kind == SQL_STATEMENT_DELETE ? "DELETE"
                       : binder->kind == SQL_STATEMENT_MERGE  ? "MERGE_INTO"
                       : binder->kind == SQL_STATEMENT_COPY   ? "COPY"
                                                              : "INSERT";
    return error_set(
        binder->error, ERROR_READ_ONLY, -1,
        "Cannot execute statement of type \"%s\" on database \"%.*s\" which is attached in read-only mode!", type,
        STR_ARG(database->name));
  }
  *out = (const CatalogTable *)entry;
  if (!table_altered_elsewhere(database->transaction, (*out)->store_table)) return OK;
  if (doing) {
    return error_set(binder->error, ERROR_CONFLICT, -1,
                     "Transaction conflict: attempting to %s table \"%.*s\" but it has been altered by a different "
                     "transaction",
                     doing, STR_ARG(entry->name));
  }
  return error_set(binder->error, ERROR_CONFLICT, -1,
                   "Failed to commit: Attempting to modify table %.*s but another transaction has altered this table",
                   STR_ARG(entry->name));
}

Status bind_default(Binder *binder, const CatalogTable *table, const CatalogColumn *column, Expr **out) {
  if (!column->default_sql.data) {
    TRY_NEW(binder, *out, expr_constant(binder->arena, value_null(column->type)));
    return OK;
  }
  SqlExpr *sql;
  TRY(sql_parse_expression(binder->arena, column->default_sql, SQL_OPTIONS_DEFAULT, &sql, binder->error));
  ExprBinder names = expr_binder(binder, NULL, "DEFAULT value");
  CatalogPlace last; // sequences are looked for in the table's schema first
  catalog_enter_schema(binder->context->catalog, table->entry.database_name, table->entry.schema, &last);
  Status status = bind_expr_as(&names, sql, column->type, out);
  catalog_leave_schema(binder->context->catalog, &last);
  TRY(status);
  return bind_literal_types(binder, out);
}

Status column_name_missing(Binder *binder, const CatalogTable *table, Str name) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  for (uint32_t i = 0; i < table->column_count && i < 5; i++) {
    text_format(&text, i ? ", \"%.*s\"" : "\"%.*s\"", STR_ARG(table->columns[i].name));
  }
  Status status = error_set(binder->error, ERROR_BINDER, -1,
                            "Table \"%.*s\" does not have a column with name \"%.*s\"\n\nDid you mean: %.*s",
                            STR_ARG(table->entry.name), STR_ARG(name), STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

// --- RETURNING

// A column that can be named and is not in `*`.
static Status add_hidden_column(Binder *binder, Scope *scope, const PlanColumn *column) {
  ScopeTable *names;
  ARENA_NEW(binder->arena, binder->error, names);
  names->count = 1;
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->names, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->types, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->table_indexes, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->column_numbers, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->hidden, 1);
  names->names[0] = column->name;
  names->types[0] = column->type;
  names->table_indexes[0] = column->table;
  names->column_numbers[0] = column->column;
  names->hidden[0] = true;
  ARENA_PUSH(binder->arena, binder->error, &scope->tables, names);
  return OK;
}

Status bind_returning(Binder *binder, const CatalogTable *table, Str alias, const SqlExprList *items, LogicalPlan *plan,
                      BoundQuery *out) {
  uint32_t table_index = plan->table;
  PlanColumn last = plan->columns[plan->column_count - 1];
  Scope scope = {0};
  ScopeTable *names;
  TRY(add_generated_columns(binder, table, table_index, &plan));
  TRY(make_scope_table(binder, table, table_index, NULL, alias, &names));
  TRY(scope_add_table(binder, &scope, names));
  if (last.column == table->column_count) TRY(add_hidden_column(binder, &scope, &last));
  SqlExprList expanded = {0};
  TRY(expand_items(binder, &scope, items, &expanded));
  Expr **expressions;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, expanded.count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, expanded.count);
  for (uint32_t i = 0; i < expanded.count; i++) {
    ExprBinder expression = expr_binder(binder, &scope, "RETURNING clause");
    TRY(bind_expr(&expression, expanded.items[i], &expressions[i]));
    TRY(bind_literal_types(binder, &expressions[i]));
    if (expr_has_kind(expressions[i], EXPR_SUBQUERY)) {
      return error_set(binder->error, ERROR_BINDER, expanded.items[i]->position,
                       "SUBQUERY is not supported in returning statements");
    }
    TRY(sql_column_name(binder->arena, expanded.items[i], &out->names[i], binder->error));
  }
  return plan_make_project(&binder->planner, plan, expressions, out->names, expanded.count, &out->plan);
}

// ---------------------------------------------------------------------------------------------------------------------
// INSERT
// ---------------------------------------------------------------------------------------------------------------------

// Which columns of the table the query's columns are for.
static Status insert_columns(Binder *binder, const SqlInsert *insert, const CatalogTable *table, uint32_t **out,
                             uint32_t *count) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, table->column_count + insert->columns.count);
  *count = 0;
  if (!insert->columns.count) {
    for (uint32_t i = 0; i < table->column_count; i++) {
      if (!table->columns[i].generated_sql.data) (*out)[(*count)++] = i;
    }
    return OK;
  }
  for (uint32_t i = 0; i < insert->columns.count; i++) {
    uint32_t position;
    Str name = insert->columns.items[i];
    if (!catalog_find_column(table, name, &position)) {
      if (str_equal_nocase(name, STR("rowid"))) {
        return error_set(binder->error, ERROR_BINDER, -1, "Cannot explicitly insert values into rowid column");
      }
      return column_name_missing(binder, table, name);
    }
    if (table->columns[position].generated_sql.data) {
      return error_set(binder->error, ERROR_BINDER, -1, "Cannot insert into a generated column");
    }
    for (uint32_t k = 0; k < *count; k++) {
      if ((*out)[k] == position) {
        return error_set(binder->error, ERROR_BINDER, -1, "Duplicate column name \"%.*s\" in INSERT", STR_ARG(name));
      }
    }
    (*out)[(*count)++] = position;
  }
  return OK;
}

static Status check_width(Binder *binder, const SqlInsert *insert, const CatalogTable *table, uint32_t expected,
                          uint32_t given) {
  if (expected == given) return OK;
  if (insert->columns.count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Column name/value mismatch for insert on %.*s: expected %u columns but %u values were supplied",
                     STR_ARG(table->entry.name), expected, given);
  }
  return error_set(binder->error, ERROR_BINDER, -1, "table %.*s has %u columns but %u values were supplied",
                   STR_ARG(table->entry.name), expected, given);
}

// Puts defaults where VALUES say DEFAULT.
static Status fill_defaults(Binder *binder, const CatalogTable *table, const uint32_t *columns, LogicalPlan *plan) {
  if (plan->kind != LOGICAL_VALUES) return OK;
  for (uint32_t r = 0; r < plan->values.row_count; r++) {
    for (uint32_t c = 0; c < plan->column_count; c++) {
      Expr **cell = &plan->values.cells[(size_t)r * plan->column_count + c];
      if ((*cell)->kind != EXPR_DEFAULT) continue;
      TRY(bind_default(binder, table, &table->columns[columns[c]], cell));
      TRY(bind_cast(binder, *cell, plan->columns[c].type, false, cell));
    }
  }
  return OK;
}

static Status match_names(Binder *binder, const CatalogTable *table, const BoundQuery *query, uint32_t **columns,
                          uint32_t *count) {
  *count = query->plan->column_count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, *columns, *count);
  for (uint32_t i = 0; i < *count; i++) {
    uint32_t position;
    if (!catalog_find_column(table, query->names[i], &position)) {
      return column_name_missing(binder, table, query->names[i]);
    }
    if (table->columns[position].generated_sql.data) {
      return error_set(binder->error, ERROR_BINDER, -1, "Cannot insert into a generated column");
    }
    for (uint32_t k = 0; k < i; k++) {
      if ((*columns)[k] == position) {
        return error_set(binder->error, ERROR_BINDER, -1, "Duplicate column name \"%.*s\" in INSERT",
                         STR_ARG(query->names[i]));
      }
    }
    (*columns)[i] = position;
  }
  return OK;
}

// All stored columns in order: what the query gives, cast; the default of what it does not.
static Status project_to_table(Binder *binder, const CatalogTable *table, LogicalPlan *source, const uint32_t *columns,
                               uint32_t count, LogicalPlan **out) {
  Expr **expressions;
  Str *names;
  uint32_t width = 0;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, table->column_count);
  bool same = source->column_count == count;
  for (uint32_t i = 0; i < table->column_count; i++) {
    const CatalogColumn *column = &table->columns[i];
    if (column->generated_sql.data) continue;
    uint32_t from = 0;
    while (from < count && columns[from] != i) from++;
    if (from < count) {
      TRY_NEW(binder, expressions[width], plan_column_ref(&binder->planner, &source->columns[from]));
      if (from != width || !type_equal(source->columns[from].type, column->type)) same = false;
      if (source->kind == LOGICAL_PROJECT) { // an error of the cast shows the expression, or the name of a column
        const Expr *given = source->project.expressions[from];
        expressions[width]->position = given->position;
        if (given->kind != EXPR_COLUMN) expressions[width]->name = (Str){0};
      }
      TRY(bind_cast(binder, expressions[width], column->type, false, &expressions[width]));
    } else {
      same = false;
      TRY(bind_default(binder, table, column, &expressions[width]));
    }
    names[width++] = column->name;
  }
  if (same && width == source->column_count) {
    *out = source;
    return OK;
  }
  return plan_make_project(&binder->planner, source, expressions, names, width, out);
}

static Status bind_insert_source(Binder *binder, const SqlInsert *insert, const CatalogTable *table, CteBinding *ctes,
                                 uint32_t **columns, uint32_t *count, LogicalPlan **out) {
  TRY(insert_columns(binder, insert, table, columns, count));
  if (insert->order == SQL_COLUMNS_BY_NAME && insert->columns.count)
    return error_set(binder->error, ERROR_BINDER, -1, "INSERT BY NAME cannot be combined with an explicit column list");
  if (insert->order == SQL_COLUMNS_BY_NAME && insert->query && insert->query->kind == SQL_QUERY_VALUES)
    return error_set(binder->error, ERROR_BINDER, -1,
                     "INSERT BY NAME can only be used when inserting from a SELECT statement");
  if (!insert->query) { // DEFAULT VALUES
    *count = 0;
    return plan_make_dummy(&binder->planner, out);
  }
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, *count);
  for (uint32_t i = 0; i < *count; i++) types[i] = table->columns[(*columns)[i]].type;
  bool values = insert->query->kind == SQL_QUERY_VALUES;
  if (values) {
    const SqlRowList *rows = &insert->query->values.rows;
    if (rows->count) TRY(check_width(binder, insert, table, *count, rows->items[0].count));
    binder->values_types = types;
    binder->values_type_count = *count;
  }
  binder->values_allow_default = values;
  BoundQuery query;
  TRY(bind_query(binder, insert->query, NULL, ctes, &query));
  if (insert->order == SQL_COLUMNS_BY_NAME) {
    TRY(match_names(binder, table, &query, columns, count));
  }
  TRY(check_width(binder, insert, table, *count, query.plan->column_count));
  TRY(fill_defaults(binder, table, *columns, query.plan));
  *out = query.plan;
  return OK;
}

Status bind_insert(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlInsert *insert = &statement->insert;
  out->kind = STATEMENT_INSERT;
  binder->changes = true;
  CteBinding *ctes = NULL;
  TRY(bind_with(binder, &insert->ctes, insert->recursive, NULL, &ctes));
  binder->statement_ctes = ctes;
  const CatalogTable *table;
  TRY(find_table(binder, &insert->table, "insert into", &table));
  uint32_t *columns, count = 0;
  LogicalPlan *source, *plan;
  TRY(bind_insert_source(binder, insert, table, ctes, &columns, &count, &source));
  TRY(project_to_table(binder, table, source, columns, count, &source));
  TRY(finish_with(binder, insert->ctes.count, ctes, &source));
  TRY(plan_make(&binder->planner, LOGICAL_INSERT, source, NULL, &plan));
  plan->insert.table = table;
  plan->insert.returning = insert->returning.count > 0;
  TRY(bind_constraints(binder, table, &plan->insert.constraints));
  TRY(bind_on_conflict(binder, insert, table, columns, count, &plan->insert));
  if (!plan->insert.returning) {
    TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
    return set_count_result(binder, out, plan);
  }
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    TRY(plan_add_column(&binder->planner, plan, plan->table, i, table->columns[i].type, table->columns[i].name));
  }
  BoundQuery query;
  TRY(bind_returning(binder, table, insert->alias, &insert->returning, plan, &query));
  return set_result(binder, out, query.plan, query.names);
}
