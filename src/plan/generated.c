// SPDX-License-Identifier: MIT
//
// generated.c: generated columns: what they use, in which order they are computed, and the nodes that compute them. They are not stored: a
// PROJECT over the scan has them. A generated column may use others, before or behind it, but no circle of them.
#include "plan/binder.h"

// ---------------------------------------------------------------------------------------------------------------------
// Columns in expressions over one table
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ColumnSearch {
  const CatalogTable *table;
  bool *used;       // [column_count]
  bool strict;      // the rules of generated columns: no tables' names, no subqueries
  Str name;         // of the generated column
  uint32_t lambdas; // around the place: their parameters are no columns
} ColumnSearch;

static Status search_columns(SqlVisitor *visitor, SqlExpr **slot) {
  ColumnSearch *search = visitor->context;
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_SUBQUERY && search->strict) {
    return error_set(visitor->error, ERROR_PARSER, -1,
                     "Expression of generated column \"%.*s\" contains a subquery, which isn't allowed",
                     STR_ARG(search->name));
  }
  if (expr->kind == SQL_EXPR_LAMBDA) {
    search->lambdas++;
    Status status = sql_visit_expr_children(visitor, expr);
    search->lambdas--;
    return status;
  }
  if (expr->kind != SQL_EXPR_COLUMN) return sql_visit_expr_children(visitor, expr);
  uint32_t position;
  for (uint32_t i = 0; i < expr->column.count && i < 2; i++) { // a, a.field, t.a
    if (!catalog_find_column(search->table, expr->column.items[i], &position)) continue;
    if (i > 0 && search->strict) break;
    search->used[position] = true;
    return OK;
  }
  if (!search->strict || search->lambdas) return OK;
  if (expr->column.count > 1) {
    return error_set(visitor->error, ERROR_PARSER, -1,
                     "Qualified (tbl.name) column references are not allowed inside of generated column expressions");
  }
  return error_set(visitor->error, ERROR_BINDER, -1, "Column \"%.*s\" referenced by generated column does not exist",
                   STR_ARG(expr->column.items[0]));
}

Status columns_used(Binder *binder, const CatalogTable *table, Str sql, bool *used) {
  SqlExpr *expr;
  ColumnSearch search = {.table = table, .used = used};
  SqlVisitor visitor = {.expr = search_columns, .context = &search, .error = binder->error};
  TRY(sql_parse_expression(binder->arena, sql, SQL_OPTIONS_DEFAULT, &expr, binder->error));
  return sql_visit_expr(&visitor, &expr);
}

typedef struct ColumnRename {
  Str from;
  Str to;
} ColumnRename;

static Status rename_columns(SqlVisitor *visitor, SqlExpr **slot) {
  const ColumnRename *rename = visitor->context;
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_COLUMN && expr->column.count == 1 &&
      str_equal_nocase(expr->column.items[0], rename->from)) {
    expr->column.items[0] = rename->to;
  }
  return sql_visit_expr_children(visitor, expr);
}

Status rename_column_in(Binder *binder, Str sql, Str from, Str to, Str *out) {
  SqlExpr *expr;
  ColumnRename rename = {from, to};
  SqlVisitor visitor = {.expr = rename_columns, .context = &rename, .error = binder->error};
  TRY(sql_parse_expression(binder->arena, sql, SQL_OPTIONS_DEFAULT, &expr, binder->error));
  TRY(sql_visit_expr(&visitor, &expr));
  return print_definition(binder, expr, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Definition
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Dependencies {
  const CatalogTable *table;
  bool **used; // [column_count] of a generated column: the columns that it uses; NULL: stored
  bool *ready; // [column_count]
} Dependencies;

static bool is_ready(const Dependencies *dependencies, uint32_t column) {
  for (uint32_t i = 0; i < dependencies->table->column_count; i++) {
    if (dependencies->used[column][i] && !dependencies->ready[i]) return false;
  }
  return true;
}

// A generated column that uses nothing but what is ready; UINT32_MAX: none.
static uint32_t next_ready(const Dependencies *dependencies) {
  for (uint32_t i = 0; i < dependencies->table->column_count; i++) {
    if (!dependencies->ready[i] && is_ready(dependencies, i)) return i;
  }
  return UINT32_MAX;
}

static Status open_dependencies(Binder *binder, const CatalogTable *table, Dependencies *out) {
  out->table = table;
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->used, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->ready, table->column_count);
  return OK;
}

Status bind_generated_columns(Binder *binder, const SqlCreateTable *sql, CatalogTable *table) {
  Dependencies dependencies;
  uint32_t left = 0;
  TRY(open_dependencies(binder, table, &dependencies));
  for (uint32_t i = 0; i < table->column_count; i++) {
    const SqlColumnDefinition *definition = &sql->columns.items[i];
    dependencies.ready[i] = !definition->generated;
    if (!definition->generated) continue;
    left++;
    if (definition->collation.length) {
      return error_set(binder->error, ERROR_PARSER, -1, "Collations are not supported on generated columns");
    }
    ARENA_NEW_ARRAY(binder->arena, binder->error, dependencies.used[i], table->column_count);
    ColumnSearch search = {
        .table = table, .used = dependencies.used[i], .strict = true, .name = table->columns[i].name};
    SqlVisitor visitor = {.expr = search_columns, .context = &search, .error = binder->error};
    SqlExpr *expr = definition->generated;
    TRY(sql_visit_expr(&visitor, &expr));
  }
  if (left == table->column_count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Creating a table without physical (non-generated) columns is not supported");
  }
  while (left--) {
    uint32_t at = next_ready(&dependencies);
    if (at == UINT32_MAX) {
      return error_set(binder->error, ERROR_INVALID_INPUT, -1,
                       "Circular dependency encountered when resolving generated column expressions");
    }
    CatalogColumn *column = &table->columns[at];
    const SqlExpr *definition = sql->columns.items[at].generated;
    Expr *expr;
    TRY(bind_definition_over(binder, table, definition, "generated column", &column->type, &expr));
    if (expr_has_kind(expr, EXPR_SUBQUERY)) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Failed to bind generated column '%.*s' because the expression contains a subquery",
                       STR_ARG(column->name));
    }
    if (column->type.id == TYPE_INVALID) column->type = expr->type;
    TRY(print_definition(binder, definition, &column->generated_sql));
    dependencies.ready[at] = true;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Use
// ---------------------------------------------------------------------------------------------------------------------

static Status add_generated_column(Binder *binder, const CatalogTable *table, uint32_t table_index, uint32_t i,
                                   LogicalPlan **plan) {
  const CatalogColumn *column = &table->columns[i];
  LogicalPlan *below = *plan, *project;
  Scope scope = {0};
  ScopeTable names = {.alias = table->entry.name, .count = 0};
  ARENA_NEW_ARRAY(binder->arena, binder->error, names.names, below->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names.types, below->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names.table_indexes, below->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names.column_numbers, below->column_count);
  for (uint32_t c = 0; c < below->column_count; c++) {
    if (below->columns[c].table != table_index || below->columns[c].column == PLAN_ROW_ID) continue;
    names.names[names.count] = below->columns[c].name;
    names.types[names.count] = below->columns[c].type;
    names.table_indexes[names.count] = below->columns[c].table;
    names.column_numbers[names.count++] = below->columns[c].column;
  }
  ARENA_PUSH(binder->arena, binder->error, &scope.tables, &names);
  SqlExpr *sql;
  Expr *expr, *ignored;
  TRY(sql_parse_expression(binder->arena, column->generated_sql, SQL_OPTIONS_DEFAULT, &sql, binder->error));
  ExprBinder expression = expr_binder(binder, &scope, "generated column");
  TRY(bind_expr_as(&expression, sql, column->type, &expr));
  TRY(bind_literal_types(binder, &expr));
  TRY(plan_make_project(&binder->planner, below, NULL, NULL, 0, &project));
  for (uint32_t c = 0; c < below->column_count; c++) {
    TRY(plan_project_append(&binder->planner, project, NULL, below->columns[c].name, &ignored));
    TRY_NEW(binder, project->project.expressions[c], plan_column_ref(&binder->planner, &below->columns[c]));
    project->columns[c] = below->columns[c];
  }
  uint32_t at = project->column_count;
  TRY(plan_project_append(&binder->planner, project, NULL, column->name, &ignored));
  project->project.expressions[at] = expr;
  project->columns[at] = (PlanColumn){.table = table_index, .column = i, .type = column->type, .name = column->name};
  *plan = project;
  return OK;
}

Status add_generated_columns(Binder *binder, const CatalogTable *table, uint32_t table_index, LogicalPlan **plan) {
  Dependencies dependencies;
  uint32_t left = 0;
  TRY(open_dependencies(binder, table, &dependencies));
  for (uint32_t i = 0; i < table->column_count; i++) {
    const CatalogColumn *column = &table->columns[i];
    dependencies.ready[i] = !column->generated_sql.data;
    if (dependencies.ready[i]) continue;
    left++;
    ARENA_NEW_ARRAY(binder->arena, binder->error, dependencies.used[i], table->column_count);
    TRY(columns_used(binder, table, column->generated_sql, dependencies.used[i]));
  }
  while (left--) {
    uint32_t at = next_ready(&dependencies);
    if (at == UINT32_MAX) {
      return error_set(binder->error, ERROR_INTERNAL, -1, "The generated columns of \"%.*s\" use each other",
                       STR_ARG(table->entry.name));
    }
    TRY(add_generated_column(binder, table, table_index, at, plan));
    dependencies.ready[at] = true;
  }
  return OK;
}
