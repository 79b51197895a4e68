// SPDX-License-Identifier: MIT
//
// bind_update.c: UPDATE and DELETE: a query over the table that gives row ids, and new values.
#include "plan/binder.h"

typedef struct TargetQuery {
  const CatalogTable *table;
  ScopeTable *names; // of the target
  Scope scope;
  LogicalPlan *plan; // rows to change
  Str alias;
} TargetQuery;

// target [, others] WHERE …
static Status bind_target(Binder *binder, const char *doing, const SqlFrom *target, const SqlFrom *others,
                          const SqlExpr *where, CteBinding *ctes, TargetQuery *out) {
  *out = (TargetQuery){.scope.ctes = ctes};
  if (target->kind != SQL_FROM_TABLE) {
    return error_set(binder->error, ERROR_BINDER, target->position, "Can only update base table!");
  }
  TRY(find_table(binder, &target->table.name, doing, &out->table));
  TRY(make_table_scan(binder, out->table, &out->plan));
  LogicalPlan *scan = out->plan;
  while (scan->kind != LOGICAL_SCAN) scan = scan->children[0];
  out->alias = target->alias;
  TRY(make_scope_table(binder, out->table, scan->table, scan, target->alias, &out->names));
  TRY(scope_add_table(binder, &out->scope, out->names));
  Expr *row_id;
  TRY(scope_table_row_id(binder, out->names, &row_id));
  TRY(plan_update_all_columns(&binder->planner, out->plan));
  if (others) {
    Scope left = out->scope;
    Scope right = {.outer = &left, .ctes = ctes};
    LogicalPlan *other;
    TRY(bind_from(binder, others, &right, &other));
    ExprList used = {0};
    TRY(plan_free_columns(&binder->planner, other, out->plan, &used));
    if (used.count) {
      TRY(make_dependent_join(&binder->planner, JOIN_INNER, out->plan, other, NULL, &out->plan));
    } else {
      TRY(plan_make_cross(&binder->planner, out->plan, other, &out->plan));
    }
    for (uint32_t i = 0; i < right.tables.count; i++) TRY(scope_add_table(binder, &out->scope, right.tables.items[i]));
    for (uint32_t i = 0; i < right.usings.count; i++) {
      ARENA_PUSH(binder->arena, binder->error, &out->scope.usings, right.usings.items[i]);
    }
  }
  if (!where) return OK;
  Expr *condition;
  ExprBinder names = expr_binder(binder, &out->scope, "WHERE clause");
  TRY(bind_condition(&names, where, &condition));
  TRY(bind_literal_types(binder, &condition));
  TRY(plan_update_all_columns(&binder->planner, out->plan));
  return add_filter(binder, &out->plan, condition);
}

// A row that several rows of FROM match is changed once.
static Status one_change_per_row(Binder *binder, const TargetQuery *target, const SqlFrom *others, LogicalPlan **plan) {
  if (!others) return OK;
  Expr *row_id;
  TRY(scope_table_row_id(binder, target->names, &row_id));
  TRY(plan_make(&binder->planner, LOGICAL_DISTINCT, *plan, NULL, plan));
  ARENA_NEW_ARRAY(binder->arena, binder->error, (*plan)->distinct.keys, 1);
  (*plan)->distinct.keys[0] = row_id;
  (*plan)->distinct.key_count = 1;
  return plan_update_columns(&binder->planner, *plan);
}

// The last columns of what UPDATE and DELETE read.
static Status add_marks_and_row_id(Binder *binder, const TargetQuery *target, Expr **marks, uint32_t mark_count,
                                   Expr **expressions, Str *names, uint32_t *count) {
  for (uint32_t i = 0; i < mark_count; i++) {
    names[*count] = STR("referenced");
    expressions[(*count)++] = marks[i];
  }
  names[*count] = STR("rowid");
  return scope_table_row_id(binder, target->names, &expressions[(*count)++]);
}

static Status add_table_columns(Binder *binder, const CatalogTable *table, LogicalPlan *plan) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    TRY(plan_add_column(&binder->planner, plan, plan->table, i, table->columns[i].type, table->columns[i].name));
  }
  return OK;
}

static Status finish_change(Binder *binder, const TargetQuery *target, const SqlExprList *returning, LogicalPlan *plan,
                            PlannedStatement *out) {
  binder->changes = true;
  if (!returning->count) {
    TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
    return set_count_result(binder, out, plan);
  }
  TRY(add_table_columns(binder, target->table, plan));
  BoundQuery query;
  TRY(bind_returning(binder, target->table, target->alias, returning, plan, &query));
  return set_result(binder, out, query.plan, query.names);
}

// ---------------------------------------------------------------------------------------------------------------------
// UPDATE
// ---------------------------------------------------------------------------------------------------------------------

typedef struct NewValues {
  Expr **values; // [table->column_count] NULL: unchanged
} NewValues;

Status find_set_column(Binder *binder, const SqlAssignment *assignment, const CatalogTable *table, bool *seen,
                       uint32_t *position) {
  Str name = assignment->column.items[assignment->column.count - 1];
  if (assignment->column.count > 1) {
    return error_set(binder->error, ERROR_PARSER, -1, "Qualified column names in UPDATE .. SET not supported");
  }
  if (!catalog_find_column(table, name, position)) {
    Str near = {0};
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < table->column_count; i++) {
      uint32_t distance = str_edit_distance(table->columns[i].name, name);
      if (distance >= best) continue;
      best = distance;
      near = table->columns[i].name;
    }
    return error_set(binder->error, ERROR_BINDER, assignment->position,
                     "Referenced update column %.*s not found in table!\n\nDid you mean: \"%.*s\"", STR_ARG(name),
                     STR_ARG(near));
  }
  if (table->columns[*position].generated_sql.data) {
    return error_set(binder->error, ERROR_BINDER, assignment->position,
                     "Cant update column \"%.*s\" because it is a generated column!",
                     STR_ARG(table->columns[*position].name));
  }
  if (!seen) return OK;
  if (seen[*position]) {
    return error_set(binder->error, ERROR_BINDER, assignment->position, "Multiple assignments to same column \"%.*s\"",
                     STR_ARG(name));
  }
  seen[*position] = true;
  return OK;
}

static Status bind_assignments(Binder *binder, const SqlUpdate *update, TargetQuery *target, NewValues *out) {
  const CatalogTable *table = target->table;
  bool *seen;
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->values, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, seen, table->column_count);
  for (uint32_t i = 0; i < update->assignments.count; i++) {
    const SqlAssignment *assignment = &update->assignments.items[i];
    uint32_t position;
    TRY(find_set_column(binder, assignment, table, seen, &position));
    Expr **value = &out->values[position];
    if (assignment->value->kind == SQL_EXPR_DEFAULT) {
      TRY(bind_default(binder, table, &table->columns[position], value));
      continue;
    }
    ExprBinder names = expr_binder(binder, &target->scope, "UPDATE clause");
    TRY(bind_expr_as(&names, assignment->value, table->columns[position].type, value));
    TRY(bind_literal_types(binder, value));
  }
  return OK;
}

Status bind_update(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlUpdate *update = &statement->update;
  Planner *planner = &binder->planner;
  out->kind = STATEMENT_UPDATE;
  CteBinding *ctes = NULL;
  TRY(bind_with(binder, &update->ctes, update->recursive, NULL, &ctes));
  binder->statement_ctes = ctes;
  TargetQuery target;
  TRY(bind_target(binder, "update", update->table, update->from, update->where, ctes, &target));
  const CatalogTable *table = target.table;
  NewValues new_values;
  TRY(bind_assignments(binder, update, &target, &new_values));
  LogicalPlan *plan;
  TRY(plan_update_all_columns(planner, target.plan));
  TRY(one_change_per_row(binder, &target, update->from, &target.plan));
  TRY(plan_make(planner, LOGICAL_UPDATE, NULL, NULL, &plan));
  UpdateNode *node = &plan->update;
  node->table = table;
  node->returning = update->returning.count > 0;
  TRY(bind_constraints(binder, table, &node->constraints));
  node->whole = node->returning || node->constraints.check_count > 0 || node->constraints.foreign_key_count > 0;
  PlanReference *references;
  Expr **marks;
  TRY(bind_references(binder, table, target.names, new_values.values, &target.plan, &references, &marks,
                      &node->reference_count));
  node->references = references;
  Expr **expressions;
  Str *names;
  uint32_t *set_columns;
  bool *changed;
  uint32_t capacity = table->column_count + node->reference_count + 1;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, set_columns, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, changed, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data || (!new_values.values[i] && !node->whole)) continue;
    uint32_t at = node->set_count++;
    set_columns[at] = i;
    changed[at] = new_values.values[i] != NULL;
    names[at] = table->columns[i].name;
    expressions[at] = new_values.values[i];
    if (!expressions[at]) TRY(scope_table_column(binder, target.names, i, -1, &expressions[at]));
    TRY(lift_subqueries(planner, &target.plan, &expressions[at]));
  }
  node->set_columns = set_columns;
  node->changed = changed;
  uint32_t *moving, moving_count = 0;
  ARENA_NEW_ARRAY(binder->arena, binder->error, moving, node->set_count);
  for (uint32_t i = 0; i < node->set_count; i++) {
    if (changed[i] || node->returning) moving[moving_count++] = set_columns[i];
  }
  TRY(update_moves_rows(binder, table, moving, moving_count, &node->moves));
  uint32_t count = node->set_count;
  TRY(add_marks_and_row_id(binder, &target, marks, node->reference_count, expressions, names, &count));
  LogicalPlan *source;
  TRY(plan_make_project(planner, target.plan, expressions, names, count, &source));
  TRY(finish_with(binder, update->ctes.count, ctes, &source));
  ARENA_NEW_ARRAY(binder->arena, binder->error, plan->children, 1);
  plan->children[0] = source;
  plan->child_count = 1;
  return finish_change(binder, &target, &update->returning, plan, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// DELETE
// ---------------------------------------------------------------------------------------------------------------------

Status bind_delete(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlDelete *sql = &statement->delete_;
  Planner *planner = &binder->planner;
  out->kind = STATEMENT_DELETE;
  CteBinding *ctes = NULL;
  TRY(bind_with(binder, &sql->ctes, sql->recursive, NULL, &ctes));
  binder->statement_ctes = ctes;
  TargetQuery target;
  TRY(bind_target(binder, NULL, sql->table, sql->using_from, sql->where, ctes, &target));
  const CatalogTable *table = target.table;
  TRY(plan_update_all_columns(planner, target.plan));
  TRY(one_change_per_row(binder, &target, sql->using_from, &target.plan));
  bool returning = sql->returning.count > 0;
  Expr **expressions;
  Str *names;
  uint32_t count = 0;
  PlanReference *references;
  uint32_t reference_count;
  Expr **marks;
  TRY(bind_references(binder, table, target.names, NULL, &target.plan, &references, &marks, &reference_count));
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, table->column_count + reference_count + 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, table->column_count + reference_count + 1);
  for (uint32_t i = 0; returning && i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    names[count] = table->columns[i].name;
    TRY(scope_table_column(binder, target.names, i, -1, &expressions[count++]));
  }
  TRY(add_marks_and_row_id(binder, &target, marks, reference_count, expressions, names, &count));
  LogicalPlan *source, *plan;
  TRY(plan_make_project(planner, target.plan, expressions, names, count, &source));
  TRY(finish_with(binder, sql->ctes.count, ctes, &source));
  TRY(plan_make(planner, LOGICAL_DELETE, source, NULL, &plan));
  plan->delete_rows = (DeleteNode){.table = table,
                                   .references = references,
                                   .reference_count = reference_count,
                                   .returning = returning,
                                   .truncate = sql->truncate || (!sql->where && !sql->using_from && !returning)};
  return finish_change(binder, &target, &sql->returning, plan, out);
}
