// SPDX-License-Identifier: MIT
//
// bind_alter.c: ALTER TABLE and its kin as requests to the catalog, and as the expression that fills a new or changed column.
#include "plan/binder.h"

// ---------------------------------------------------------------------------------------------------------------------
// What depends on a column
// ---------------------------------------------------------------------------------------------------------------------

// Marks the generated columns that use the column, directly or through others. *first: one of them; NULL: none.
static Status generated_users(Binder *binder, const CatalogTable *table, uint32_t position, bool *users,
                              const CatalogColumn **first) {
  *first = NULL;
  users[position] = true;
  for (bool grown = true; grown;) {
    grown = false;
    for (uint32_t i = 0; i < table->column_count; i++) {
      bool *used;
      if (users[i] || !table->columns[i].generated_sql.data) continue;
      ARENA_NEW_ARRAY(binder->arena, binder->error, used, table->column_count);
      TRY(columns_used(binder, table, table->columns[i].generated_sql, used));
      for (uint32_t k = 0; k < table->column_count && !users[i]; k++) users[i] = used[k] && users[k];
      grown |= users[i];
    }
  }
  for (uint32_t i = table->column_count; i-- > 0;) {
    if (users[i] && i != position) *first = &table->columns[i];
  }
  return OK;
}

static Status index_uses(Binder *binder, const CatalogTable *table, uint32_t position, bool *used) {
  const CatalogIndex **indexes;
  uint32_t count;
  TRY(catalog_table_indexes(binder->context->catalog, binder->arena, table, &indexes, &count, binder->error));
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < indexes[i]->column_count; k++) *used |= indexes[i]->columns[k] == position;
  }
  return OK;
}

static Status check_drop(Binder *binder, const CatalogTable *table, uint32_t position, CatalogAlter *request) {
  const CatalogColumn *user;
  ARENA_NEW_ARRAY(binder->arena, binder->error, request->dropped, table->column_count);
  TRY(generated_users(binder, table, position, request->dropped, &user));
  if (user && !request->cascade) {
    return error_set(binder->error, ERROR_CATALOG, -1,
                     "Cannot drop column: column is a dependency of 1 or more generated column(s)");
  }
  return OK;
}

static Status check_retype(Binder *binder, const CatalogTable *table, uint32_t position) {
  const CatalogColumn *user;
  bool indexed = false;
  if (table->columns[position].generated_sql.data) {
    return error_set(binder->error, ERROR_BINDER, -1, "Using generated columns in alter statement not supported");
  }
  bool *users;
  ARENA_NEW_ARRAY(binder->arena, binder->error, users, table->column_count);
  TRY(generated_users(binder, table, position, users, &user));
  if (user) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "This column is referenced by the generated column \"%.*s\", so its type can not be changed",
                     STR_ARG(user->name));
  }
  TRY(index_uses(binder, table, position, &indexed));
  return indexed ? error_set(binder->error, ERROR_CATALOG, -1,
                             "Cannot change the type of this column: an index depends on it!")
                 : OK;
}

// Generated columns and checks name the column in their text.
static Status rename_uses(Binder *binder, const CatalogTable *table, uint32_t position, CatalogAlter *request) {
  Str from = table->columns[position].name, to = request->new_name;
  ARENA_NEW_ARRAY(binder->arena, binder->error, request->generated_sql, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, request->check_sql, table->constraint_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    Str sql = table->columns[i].generated_sql;
    if (sql.data) TRY(rename_column_in(binder, sql, from, to, &request->generated_sql[i]));
  }
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    Str sql = table->constraints[i].check_sql;
    if (sql.data) TRY(rename_column_in(binder, sql, from, to, &request->check_sql[i]));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Changing a type
// ---------------------------------------------------------------------------------------------------------------------

// Columns of (table_index, position) become inputs: the stored columns in order.
Status conversion_over_stored(Binder *binder, const CatalogTable *table, uint32_t table_index, Expr *value,
                              Expr **conversion) {
  ColumnMap map = {0};
  uint32_t stored = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    Expr *input;
    TRY_NEW(binder, input, expr_input(binder->arena, stored++, table->columns[i].type));
    TRY(column_map_add(&binder->planner, &map, table_index, i, input));
  }
  TRY(expr_replace_columns(&binder->planner, &value, &map));
  *conversion = value;
  return OK;
}

// The new value over the stored columns; without USING the column itself is cast.
static Status bind_retype(Binder *binder, const SqlAlter *sql, const CatalogTable *table, CatalogAlter *request,
                          Expr **conversion) {
  SqlExpr self = {.kind = SQL_EXPR_COLUMN, .height = 1, .position = -1, .end = -1};
  self.column = sql->column_path;
  Scope scope;
  Expr *value;
  TRY(table_scope(binder, table, &scope));
  uint32_t table_index = scope.tables.items[0]->table_indexes[0];
  ExprBinder names = expr_binder(binder, &scope, "ALTER TABLE");
  TRY(bind_expr(&names, sql->expr ? sql->expr : &self, &value));
  TRY(bind_literal_types(binder, &value));
  if (sql->type) {
    TRY(bind_type(binder, sql->type, &request->new_column.type));
  } else {
    request->new_column.type = value->type;
  }
  TRY(bind_cast(binder, value, request->new_column.type, false, &value));
  return conversion_over_stored(binder, table, table_index, value, conversion);
}

// ---------------------------------------------------------------------------------------------------------------------
// The statement
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_alter_table(Binder *binder, const SqlAlter *sql, CatalogAlter *request, LogicalPlan *plan) {
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, request->name, request->if_exists, &entry,
                   binder->error));
  if (!entry) return OK;
  const CatalogTable *table = (const CatalogTable *)entry;
  Str column = sql->column_path.count ? sql->column_path.items[0] : (Str){NULL, 0};
  uint32_t position = 0;
  request->column = column;
  bool found = column.data && catalog_find_column(table, column, &position);
  if (sql->column_path.count > 1) {
    if (!found && sql->action == SQL_ALTER_RENAME_COLUMN) {
      return error_set(binder->error, ERROR_CATALOG, -1, "Cannot rename field from column \"%.*s\" - it does not exist",
                       STR_ARG(column));
    }
    if (!found) return column_name_missing(binder, table, column);
    return bind_alter_field(binder, sql, table, position, request, &plan->alter.conversion);
  }
  switch (sql->action) {
    case SQL_ALTER_RENAME_COLUMN:
      if (!found) return column_name_missing(binder, table, column);
      request->new_name = sql->new_name;
      return rename_uses(binder, table, position, request);
    case SQL_ALTER_ADD_COLUMN: {
      if (sql->column.constraints.count) {
        for (uint32_t i = 0; i < sql->column.constraints.count; i++) {
          if (sql->column.constraints.items[i].kind != SQL_CONSTRAINT_NULL) {
            return error_set(binder->error, ERROR_PARSER, -1, "Adding columns with constraints not yet supported");
          }
        }
      }
      if (sql->column.generated)
        return error_set(binder->error, ERROR_PARSER, -1,
                         "Adding generated columns after table creation is not supported yet");
      CatalogPlace last; // types are looked for in the table's schema too
      catalog_enter_schema(binder->context->catalog, table->entry.database_name, table->entry.schema, &last);
      Status status = bind_column_definition(binder, &sql->column, "UPDATE", &request->new_column);
      catalog_leave_schema(binder->context->catalog, &last);
      TRY(status);
      request->column = sql->column.name;
      if (sql->column_if_not_exists && catalog_find_column(table, sql->column.name, &position)) return OK;
      if (request->new_column.default_sql.data)
        TRY(bind_default(binder, table, &request->new_column, &plan->alter.conversion));
      return OK;
    }
    case SQL_ALTER_DROP_COLUMN:
      if (!found && !sql->column_if_exists) return column_name_missing(binder, table, column);
      return found ? check_drop(binder, table, position, request) : OK;
    case SQL_ALTER_SET_TYPE: {
      if (!found) return column_name_missing(binder, table, column);
      TRY(check_retype(binder, table, position));
      return bind_retype(binder, sql, table, request, &plan->alter.conversion);
    }
    case SQL_ALTER_SET_DEFAULT: {
      if (!found) return column_name_missing(binder, table, column);
      if (table->columns[position].generated_sql.data) {
        return error_set(binder->error, ERROR_BINDER, -1, "Cannot SET DEFAULT for generated column \"%.*s\"",
                         STR_ARG(table->columns[position].name));
      }
      Expr *ignored;
      ExprBinder names = expr_binder(binder, NULL, "DEFAULT value");
      TRY(bind_expr_as(&names, sql->expr, table->columns[position].type, &ignored));
      return print_definition(binder, sql->expr, &request->new_column.default_sql);
    }
    case SQL_ALTER_DROP_DEFAULT:
    case SQL_ALTER_SET_NOT_NULL:
    case SQL_ALTER_DROP_NOT_NULL:
      if (!found) return column_name_missing(binder, table, column);
      if (sql->action == SQL_ALTER_SET_NOT_NULL && table->columns[position].generated_sql.data) {
        return error_set(binder->error, ERROR_BINDER, -1, "Unsupported constraint for generated column!");
      }
      return OK;
    case SQL_ALTER_ADD_CONSTRAINT: {
      if (sql->constraint.kind != SQL_CONSTRAINT_PRIMARY_KEY) {
        return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "No support for that ALTER TABLE option yet!");
      }
      CatalogTable copy = *table;
      ARENA_NEW_ARRAY(binder->arena, binder->error, copy.columns, table->column_count);
      memcpy(copy.columns, table->columns, sizeof *copy.columns * table->column_count);
      for (uint32_t i = 0; i < sql->constraint.columns.count; i++) {
        Str name = sql->constraint.columns.items[i];
        if (!catalog_find_column(table, name, &position) || !table->columns[position].generated_sql.data) continue;
        return error_set(binder->error, ERROR_BINDER, -1, "cannot create a PRIMARY KEY on a generated column: %.*s",
                         STR_ARG(name));
      }
      TRY(check_unaltered_for_index(binder, table));
      request->constraint.kind = CONSTRAINT_PRIMARY_KEY;
      request->constraint.name = sql->constraint.name;
      return key_columns(binder, &copy, &sql->constraint.columns, &request->constraint);
    }
    default:
      return OK;
  }
}

static Status check_kind(Binder *binder, const CatalogAlter *request) {
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, request->name, true, &entry, binder->error));
  if (!entry || entry->kind == request->kind) return OK;
  return error_set(binder->error, ERROR_CATALOG, -1,
                   entry->kind == CATALOG_VIEW ? "Can only modify view with ALTER VIEW statement"
                                               : "Can only modify table with ALTER TABLE statement");
}

// What DuckDB's own tables do not have.
static Status refuse_option(Binder *binder, const SqlAlter *sql) {
  switch (sql->action) {
    case SQL_ALTER_SET_OPTIONS:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "SET (<options>) is not supported for DuckDB tables");
    case SQL_ALTER_RESET_OPTIONS:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1,
                       "RESET (<options>) is not supported for DuckDB tables");
    case SQL_ALTER_SET_PARTITIONED:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1,
                       "SET PARTITIONED BY is not supported for DuckDB tables");
    case SQL_ALTER_SET_SORTED:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "SET SORTED BY is not supported for DuckDB tables");
    default:
      return OK;
  }
}

Status bind_alter(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlAlter *sql = &statement->alter;
  static const uint8_t actions[] = {
      [SQL_ALTER_RENAME] = ALTER_RENAME,
      [SQL_ALTER_RENAME_COLUMN] = ALTER_RENAME_COLUMN,
      [SQL_ALTER_ADD_COLUMN] = ALTER_ADD_COLUMN,
      [SQL_ALTER_DROP_COLUMN] = ALTER_DROP_COLUMN,
      [SQL_ALTER_SET_TYPE] = ALTER_SET_TYPE,
      [SQL_ALTER_SET_DEFAULT] = ALTER_SET_DEFAULT,
      [SQL_ALTER_DROP_DEFAULT] = ALTER_DROP_DEFAULT,
      [SQL_ALTER_SET_NOT_NULL] = ALTER_SET_NOT_NULL,
      [SQL_ALTER_DROP_NOT_NULL] = ALTER_DROP_NOT_NULL,
      [SQL_ALTER_ADD_CONSTRAINT] = ALTER_ADD_PRIMARY_KEY,
  };
  bool sets_owner = sql->action == SQL_ALTER_SEQUENCE && sql->sequence.has_owner;
  CatalogAlter *request;
  LogicalPlan *plan;
  ARENA_NEW(binder->arena, binder->error, request);
  TRY(plan_make(&binder->planner, LOGICAL_ALTER, NULL, NULL, &plan));
  if (sql->action == SQL_ALTER_SET_SCHEMA) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "T_AlterObjectSchemaStmt");
  }
  TRY(object_kind(binder, sql->kind, &request->kind));
  if ((uint32_t)sql->action >= COUNT_OF(actions) && !sets_owner) {
    if (request->kind == CATALOG_TABLE) TRY(refuse_option(binder, sql));
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "No support for that ALTER TABLE option yet!");
  }
  request->action = sets_owner ? ALTER_SEQUENCE_OWNER : actions[sql->action];
  if (sets_owner) request->owner = catalog_name(&sql->sequence.owner);
  request->if_exists = sql->if_exists;
  request->column_if_exists = sql->column_if_exists;
  request->column_if_not_exists = sql->column_if_not_exists;
  request->cascade = sql->cascade;
  request->name = catalog_name(&sql->name);
  request->new_name = sql->new_name;
  if (request->kind == CATALOG_TABLE || request->kind == CATALOG_VIEW) {
    TRY(check_kind(binder, request));
  }
  if (request->kind == CATALOG_TABLE) TRY(bind_alter_table(binder, sql, request, plan));
  plan->alter.request = request;
  binder->changes = true;
  out->kind = STATEMENT_ALTER;
  out->returns = RETURN_NOTHING;
  out->root = plan;
  return OK;
}
