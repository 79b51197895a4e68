// SPDX-License-Identifier: MIT
//
// bind_insert.c: INSERT, and what all statements that change rows share: the table, defaults, constraints, RETURNING.
#include "plan/binder.h"

Status find_table(Binder *binder, const SqlName *name, const CatalogTable **out) {
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, catalog_name(name), false, &entry,
                   binder->error));
  if (entry->kind != CATALOG_TABLE) {
    return error_set(binder->error, ERROR_CATALOG, name->position, "%.*s is not an table", STR_ARG(name->name));
  }
  const CatalogDatabase *database = catalog_database(binder->context->catalog, entry->database);
  if (database->read_only) {
    return error_set(
        binder->error, ERROR_READ_ONLY, -1,
        "Cannot execute statement of type \"%s\" on database \"%.*s\" which is attached in read-only mode!", "INSERT",
        STR_ARG(database->name));
  }
  *out = (const CatalogTable *)entry;
  return OK;
}

Status bind_default(Binder *binder, const CatalogColumn *column, Expr **out) {
  if (!column->default_sql.data) {
    TRY_NEW(binder, *out, expr_constant(binder->arena, value_null(column->type)));
    return OK;
  }
  SqlExpr *sql;
  TRY(sql_parse_expression(binder->arena, column->default_sql, SQL_OPTIONS_DEFAULT, &sql, binder->error));
  ExprBinder names = expr_binder(binder, NULL, "DEFAULT value");
  TRY(bind_expr_as(&names, sql, column->type, out));
  return bind_literal_types(binder, out);
}

// --- Constraints

typedef struct InputRewrite {
  Planner *planner;
  uint32_t table_index;      // columns of this table …
  const uint32_t *positions; // … become the input at positions[column]
} InputRewrite;

static Status column_to_input(void *context, Expr **slot) {
  InputRewrite *rewrite = context;
  Expr *expr = *slot;
  if (expr->kind != EXPR_COLUMN || expr->column.table != rewrite->table_index) return OK;
  Type type = expr->type;
  Str name = expr->name;
  NEW_OR_FAIL(rewrite->planner, *slot,
              expr_input(rewrite->planner->arena, rewrite->positions[expr->column.column], type));
  (*slot)->name = name;
  return OK;
}

// Where each column of the table lies in a chunk of its stored columns.
static Status stored_positions(Binder *binder, const CatalogTable *table, uint32_t first, uint32_t **out,
                               uint32_t *count) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, table->column_count);
  *count = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    (*out)[i] = table->columns[i].generated_sql.data ? UINT32_MAX : first + (*count)++;
  }
  return OK;
}

typedef struct GeneratedRewrite {
  Binder *binder;
  const CatalogTable *table;
  uint32_t table_index;
  uint32_t depth;
} GeneratedRewrite;

static Status bind_over_table(Binder *binder, const CatalogTable *table, uint32_t table_index, Str sql_text,
                              const char *clause, Type type, uint32_t depth, Expr **out);

// Generated columns are not in the chunk: their expression takes their place.
static Status generated_to_expr(void *context, Expr **slot) {
  GeneratedRewrite *rewrite = context;
  Expr *expr = *slot;
  if (expr->kind != EXPR_COLUMN || expr->column.table != rewrite->table_index) return OK;
  const CatalogColumn *column = &rewrite->table->columns[expr->column.column];
  if (!column->generated_sql.data) return OK;
  return bind_over_table(rewrite->binder, rewrite->table, rewrite->table_index, column->generated_sql,
                         "generated column", column->type, rewrite->depth + 1, slot);
}

static Status bind_over_table(Binder *binder, const CatalogTable *table, uint32_t table_index, Str sql_text,
                              const char *clause, Type type, uint32_t depth, Expr **out) {
  if (depth > 64) return error_set(binder->error, ERROR_BINDER, -1, "generated columns refer to each other");
  SqlExpr *sql;
  TRY(sql_parse_expression(binder->arena, sql_text, SQL_OPTIONS_DEFAULT, &sql, binder->error));
  Scope scope = {0};
  ScopeTable *names;
  TRY(make_scope_table(binder, table, table_index, NULL, (Str){NULL, 0}, &names));
  TRY(scope_add_table(binder, &scope, names));
  ExprBinder expression = expr_binder(binder, &scope, clause);
  expression.allow_subqueries = false;
  TRY(bind_expr_as(&expression, sql, type, out));
  TRY(bind_literal_types(binder, out));
  GeneratedRewrite rewrite = {binder, table, table_index, depth};
  return expr_rewrite(out, generated_to_expr, &rewrite);
}

Status bind_constraints(Binder *binder, const CatalogTable *table, PlanConstraints *out) {
  *out = (PlanConstraints){0};
  uint32_t *not_null, *positions, stored;
  ARENA_NEW_ARRAY(binder->arena, binder->error, not_null, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].not_null && !table->columns[i].generated_sql.data) not_null[out->not_null_count++] = i;
  }
  out->not_null = not_null;
  TRY(stored_positions(binder, table, 0, &positions, &stored));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->checks, table->constraint_count);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    if (constraint->kind != CONSTRAINT_CHECK) continue;
    PlanCheck *check = &out->checks[out->check_count++];
    uint32_t table_index = binder->planner.next_table++;
    TRY(bind_over_table(binder, table, table_index, constraint->check_sql, "check constraints", TYPE(BOOLEAN), 0,
                        &check->condition));
    InputRewrite rewrite = {&binder->planner, table_index, positions};
    TRY(expr_rewrite(&check->condition, column_to_input, &rewrite));
    check->text = constraint->check_sql;
  }
  return OK;
}

// --- RETURNING

Status bind_returning(Binder *binder, const CatalogTable *table, Str alias, const SqlExprList *items, LogicalPlan *plan,
                      BoundQuery *out) {
  uint32_t table_index = plan->table;
  TRY(add_generated_columns(binder, table, table_index, &plan));
  Scope scope = {0};
  ScopeTable *names;
  TRY(make_scope_table(binder, table, table_index, NULL, alias, &names));
  TRY(scope_add_table(binder, &scope, names));
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
      return error_set(binder->error, ERROR_BINDER, -1, "Table \"%.*s\" does not have a column with name \"%.*s\"",
                       STR_ARG(table->entry.name), STR_ARG(name));
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
      TRY(bind_default(binder, &table->columns[columns[c]], cell));
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
      return error_set(binder->error, ERROR_BINDER, -1, "Table \"%.*s\" does not have a column with name \"%.*s\"",
                       STR_ARG(table->entry.name), STR_ARG(query->names[i]));
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
      TRY(bind_cast(binder, expressions[width], column->type, false, &expressions[width]));
    } else {
      same = false;
      TRY(bind_default(binder, column, &expressions[width]));
    }
    names[width++] = column->name;
  }
  if (same && width == source->column_count) {
    *out = source;
    return OK;
  }
  return plan_make_project(&binder->planner, source, expressions, names, width, out);
}

// --- ON CONFLICT

static bool same_key(const CatalogConstraint *constraint, const uint32_t *columns, uint32_t count) {
  if (constraint->kind != CONSTRAINT_PRIMARY_KEY && constraint->kind != CONSTRAINT_UNIQUE) return false;
  if (constraint->column_count != count) return false;
  for (uint32_t i = 0; i < count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < count; k++) found |= constraint->columns[k] == columns[i];
    if (!found) return false;
  }
  return true;
}

static Status conflict_target(Binder *binder, const SqlInsert *insert, const CatalogTable *table, InsertNode *node) {
  uint32_t count = insert->conflict_columns.count;
  uint32_t *columns;
  const CatalogIndex **indexes;
  uint32_t index_count;
  TRY(catalog_table_indexes(binder->context->catalog, binder->arena, table, &indexes, &index_count, binder->error));
  uint32_t keys = 0;
  const CatalogConstraint *only = NULL;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    if (table->constraints[i].kind == CONSTRAINT_PRIMARY_KEY || table->constraints[i].kind == CONSTRAINT_UNIQUE) {
      keys++;
      only = &table->constraints[i];
    }
  }
  for (uint32_t i = 0; i < index_count; i++) keys += indexes[i]->unique;
  if (count == 0) {
    if (keys == 0) {
      return error_set(
          binder->error, ERROR_BINDER, -1,
          "There are no UNIQUE/PRIMARY KEY constraints that refer to this table, specify ON CONFLICT columns manually");
    }
    if (node->conflict == CONFLICT_UPDATE) {
      if (keys > 1) {
        return error_set(binder->error, ERROR_BINDER, -1,
                         "Conflict target has to be provided for a DO UPDATE operation when the table has multiple "
                         "UNIQUE/PRIMARY KEY constraints");
      }
      if (only) {
        node->conflict_columns = only->columns;
        node->conflict_column_count = only->column_count;
      }
    }
    return OK;
  }
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, count);
  uint32_t named = 0; // (a, b, a) is (a, b)
  for (uint32_t i = 0; i < count; i++) {
    uint32_t position;
    if (!catalog_find_column(table, insert->conflict_columns.items[i], &position)) {
      return error_set(binder->error, ERROR_BINDER, -1, "Table \"%.*s\" does not have a column with name \"%.*s\"",
                       STR_ARG(table->entry.name), STR_ARG(insert->conflict_columns.items[i]));
    }
    bool repeated = false;
    for (uint32_t k = 0; k < named && !repeated; k++) repeated = columns[k] == position;
    if (!repeated) columns[named++] = position;
  }
  count = named;
  bool found = false;
  for (uint32_t i = 0; i < table->constraint_count; i++) found |= same_key(&table->constraints[i], columns, count);
  for (uint32_t i = 0; i < index_count && !found; i++) {
    CatalogConstraint like = {
        .kind = CONSTRAINT_UNIQUE, .columns = indexes[i]->columns, .column_count = indexes[i]->column_count};
    found = indexes[i]->unique && same_key(&like, columns, count);
  }
  if (!found) {
    return error_set(
        binder->error, ERROR_BINDER, -1,
        "The specified columns as conflict target are not referenced by a UNIQUE/PRIMARY KEY CONSTRAINT or INDEX");
  }
  node->conflict_columns = columns;
  node->conflict_column_count = count;
  return OK;
}

static Status to_conflict_inputs(Binder *binder, const CatalogTable *table, uint32_t here, uint32_t excluded,
                                 Expr **slot) {
  uint32_t *first, *second, stored, ignored;
  TRY(stored_positions(binder, table, 0, &first, &stored));
  TRY(stored_positions(binder, table, stored, &second, &ignored));
  InputRewrite rewrite = {&binder->planner, here, first};
  TRY(expr_rewrite(slot, column_to_input, &rewrite));
  rewrite = (InputRewrite){&binder->planner, excluded, second};
  return expr_rewrite(slot, column_to_input, &rewrite);
}

static bool is_conflict_column(const InsertNode *node, uint32_t column) {
  for (uint32_t i = 0; i < node->conflict_column_count; i++) {
    if (node->conflict_columns[i] == column) return true;
  }
  return false;
}

static Status bind_conflict(Binder *binder, const SqlInsert *insert, const CatalogTable *table, const uint32_t *columns,
                            uint32_t column_count, InsertNode *node) {
  if (insert->conflict == SQL_CONFLICT_THROW) return OK;
  node->conflict = insert->conflict == SQL_CONFLICT_NOTHING ? CONFLICT_NOTHING : CONFLICT_UPDATE;
  TRY(conflict_target(binder, insert, table, node));
  if (node->conflict == CONFLICT_NOTHING) return OK;
  uint32_t here = binder->planner.next_table++, excluded = binder->planner.next_table++;
  Scope scope = {0};
  ScopeTable *here_names, *excluded_names;
  TRY(make_scope_table(binder, table, here, NULL, insert->alias, &here_names));
  TRY(make_scope_table(binder, table, excluded, NULL, STR("excluded"), &excluded_names));
  TRY(scope_add_table(binder, &scope, here_names));
  Scope with_excluded = {0};
  ARENA_PUSH(binder->arena, binder->error, &with_excluded.tables, here_names);
  ARENA_PUSH(binder->arena, binder->error, &with_excluded.tables, excluded_names);
  bool replace = insert->conflict == SQL_CONFLICT_REPLACE;
  uint32_t capacity = replace ? column_count : insert->assignments.count;
  uint32_t *set_columns;
  ARENA_NEW_ARRAY(binder->arena, binder->error, set_columns, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->set_expressions, capacity);
  for (uint32_t i = 0; i < capacity; i++) {
    uint32_t position;
    Expr **value = &node->set_expressions[node->set_count];
    if (replace) {
      position = columns[i];
      if (is_conflict_column(node, position)) continue;
      TRY(scope_table_column(binder, excluded_names, position, -1, value));
    } else {
      const SqlAssignment *assignment = &insert->assignments.items[i];
      Str name = assignment->column.items[assignment->column.count - 1];
      if (!catalog_find_column(table, name, &position)) {
        return error_set(binder->error, ERROR_BINDER, assignment->position,
                         "Referenced update column %.*s not found in table!", STR_ARG(name));
      }
      if (assignment->value->kind == SQL_EXPR_DEFAULT) {
        TRY(bind_default(binder, &table->columns[position], value));
      } else {
        // Unqualified names mean the row that is there.
        ExprBinder names = expr_binder(binder, &scope, "UPDATE clause");
        Scope *bound = &scope;
        scope.outer = &with_excluded;
        names.scope = bound;
        TRY(bind_expr_as(&names, assignment->value, table->columns[position].type, value));
        TRY(bind_literal_types(binder, value));
      }
    }
    TRY(to_conflict_inputs(binder, table, here, excluded, value));
    set_columns[node->set_count++] = position;
  }
  node->set_columns = set_columns;
  if (insert->update_where) {
    ExprBinder names = expr_binder(binder, &scope, "WHERE clause");
    scope.outer = &with_excluded;
    TRY(bind_condition(&names, insert->update_where, &node->set_condition));
    TRY(bind_literal_types(binder, &node->set_condition));
    TRY(to_conflict_inputs(binder, table, here, excluded, &node->set_condition));
  }
  // Nothing to set: as DO NOTHING.
  if (!node->set_count) node->conflict = CONFLICT_NOTHING;
  return OK;
}

static Status bind_insert_source(Binder *binder, const SqlInsert *insert, const CatalogTable *table, CteBinding *ctes,
                                 uint32_t **columns, uint32_t *count, LogicalPlan **out) {
  TRY(insert_columns(binder, insert, table, columns, count));
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
    if (insert->columns.count) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "INSERT INTO … BY NAME cannot be combined with an explicit column list");
    }
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
  TRY(find_table(binder, &insert->table, &table));
  uint32_t *columns, count = 0;
  LogicalPlan *source, *plan;
  TRY(bind_insert_source(binder, insert, table, ctes, &columns, &count, &source));
  TRY(project_to_table(binder, table, source, columns, count, &source));
  TRY(finish_with(binder, insert->ctes.count, ctes, &source));
  TRY(plan_make(&binder->planner, LOGICAL_INSERT, source, NULL, &plan));
  plan->insert.table = table;
  plan->insert.returning = insert->returning.count > 0;
  TRY(bind_constraints(binder, table, &plan->insert.constraints));
  TRY(bind_conflict(binder, insert, table, columns, count, &plan->insert));
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
