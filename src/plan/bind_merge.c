// SPDX-License-Identifier: MIT
//
// bind_merge.c: MERGE INTO: the target joined with the source, as widely as the actions need:
//
//   target [LEFT | RIGHT | FULL] JOIN (SELECT *, TRUE FROM source) ON …
//
// and the actions bound over what they may see: WHEN NOT MATCHED the source alone, BY SOURCE the target alone.
#include "plan/binder.h"

typedef struct MergeBinder {
  Binder *binder;
  const SqlMerge *sql;
  const CatalogTable *table;
  Scope joined;
  ScopeTable *target;
  ScopeTable *source;
  Expr *present;   // TRUE where there is a source row
  Scope scopes[3]; // by MergeMatch
  LogicalPlan *plan;
  uint32_t *stored; // [stored_count] positions of the stored columns
  uint32_t stored_count;
  bool *changed; // [table->column_count] set by some UPDATE
  bool deletes;
} MergeBinder;

// (SELECT *, TRUE FROM source) AS source
static Status wrap_source(MergeBinder *merge, SqlFrom **out) {
  Binder *binder = merge->binder;
  SqlFrom *source = merge->sql->source, *from;
  SqlQuery *query;
  SqlExpr *star, *present;
  ARENA_NEW(binder->arena, binder->error, from);
  ARENA_NEW(binder->arena, binder->error, query);
  ARENA_NEW(binder->arena, binder->error, star);
  ARENA_NEW(binder->arena, binder->error, present);
  star->kind = SQL_EXPR_STAR;
  present->kind = SQL_EXPR_LITERAL;
  present->literal.kind = SQL_LITERAL_BOOLEAN;
  present->literal.boolean = true;
  present->alias = STR("source row");
  star->height = present->height = 1;
  star->position = present->position = source->position;
  query->kind = SQL_QUERY_SELECT;
  query->position = source->position;
  query->height = (uint16_t)(source->height + 1);
  query->select.from = source;
  ARENA_PUSH(binder->arena, binder->error, &query->select.items, star);
  ARENA_PUSH(binder->arena, binder->error, &query->select.items, present);
  from->kind = SQL_FROM_SUBQUERY;
  from->position = source->position;
  from->height = (uint16_t)(query->height + 1);
  from->alias = source->alias;
  if (!from->alias.data && source->kind == SQL_FROM_TABLE) from->alias = source->table.name.name;
  from->subquery.query = query;
  *out = from;
  return OK;
}

static bool has_action(const SqlMerge *sql, SqlMergeMatch match) {
  for (uint32_t i = 0; i < sql->actions.count; i++) {
    if (sql->actions.items[i].match == match) return true;
  }
  return false;
}

static Status bind_joined(MergeBinder *merge, CteBinding *ctes) {
  Binder *binder = merge->binder;
  const SqlMerge *sql = merge->sql;
  SqlFrom *join;
  bool by_source = has_action(sql, SQL_MERGE_NOT_MATCHED_BY_SOURCE);
  bool by_target = has_action(sql, SQL_MERGE_NOT_MATCHED);
  ARENA_NEW(binder->arena, binder->error, join);
  join->kind = SQL_FROM_JOIN;
  join->position = sql->table->position;
  join->join.kind = by_source && by_target ? SQL_JOIN_FULL
                    : by_source            ? SQL_JOIN_LEFT
                    : by_target            ? SQL_JOIN_RIGHT
                                           : SQL_JOIN_INNER;
  join->join.form = SQL_JOIN_REGULAR;
  join->join.left = sql->table;
  join->join.condition = sql->condition;
  join->join.using_columns = sql->using_columns;
  TRY(wrap_source(merge, &join->join.right));
  join->height = (uint16_t)(MAX_OF(join->join.right->height, sql->table->height) + 1);
  merge->joined.ctes = ctes;
  TRY(bind_from(binder, join, &merge->joined, &merge->plan));
  merge->target = merge->joined.tables.items[0];
  merge->source = merge->joined.tables.items[1];
  TRY(scope_table_column(binder, merge->source, merge->source->count - 1, -1, &merge->present));
  merge->source->count--; // nobody can name it
  merge->scopes[MERGE_MATCHED] = (Scope){.ctes = ctes};
  memcpy(&merge->scopes[MERGE_MATCHED].usings, &merge->joined.usings, sizeof merge->joined.usings);
  TRY(scope_add_table(binder, &merge->scopes[MERGE_MATCHED], merge->source));
  TRY(scope_add_table(binder, &merge->scopes[MERGE_MATCHED], merge->target));
  merge->scopes[MERGE_NOT_MATCHED_BY_SOURCE].ctes = merge->scopes[MERGE_NOT_MATCHED].ctes = ctes;
  TRY(scope_add_table(binder, &merge->scopes[MERGE_NOT_MATCHED_BY_SOURCE], merge->target));
  return scope_add_table(binder, &merge->scopes[MERGE_NOT_MATCHED], merge->source);
}

// ---------------------------------------------------------------------------------------------------------------------
// Actions
// ---------------------------------------------------------------------------------------------------------------------

// Column i of the source for stored column i, or, BY NAME, for the column of its name. values[position], NULL: not given.
static Status take_source(MergeBinder *merge, const SqlMergeAction *sql, const uint32_t *columns, uint32_t count,
                          Expr **values) {
  Binder *binder = merge->binder;
  const ScopeTable *source = merge->source;
  bool by_name = sql->order == SQL_COLUMNS_BY_NAME;
  if (!by_name && source->count != count) {
    if (sql->kind == SQL_MERGE_UPDATE) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Data provided for UPDATE did not match column count in table - expected %u columns but got %u",
                       count, source->count);
    }
    return error_set(binder->error, ERROR_BINDER, -1, "table %.*s has %u columns but %u values were supplied",
                     STR_ARG(merge->table->entry.name), count, source->count);
  }
  for (uint32_t i = 0; i < source->count; i++) {
    uint32_t position = by_name ? 0 : columns[i];
    if (by_name && !catalog_find_column(merge->table, source->names[i], &position)) {
      return column_name_missing(binder, merge->table, source->names[i]);
    }
    if (merge->table->columns[position].generated_sql.data)
      return error_set(binder->error, ERROR_BINDER, -1, "Cannot insert into a generated column");
    TRY(scope_table_column(binder, source, i, -1, &values[position]));
    TRY(bind_cast(binder, values[position], merge->table->columns[position].type, false, &values[position]));
  }
  return OK;
}

static Status bind_value(MergeBinder *merge, Scope *scope, const SqlExpr *sql, uint32_t position, Expr **out) {
  Binder *binder = merge->binder;
  const CatalogColumn *column = &merge->table->columns[position];
  if (sql->kind == SQL_EXPR_DEFAULT) return bind_default(binder, merge->table, column, out);
  ExprBinder names = expr_binder(binder, scope, "MERGE clause");
  TRY(bind_expr_as(&names, sql, column->type, out));
  TRY(bind_literal_types(binder, out));
  return lift_subqueries(&binder->planner, &merge->plan, out);
}

static Status bind_update_action(MergeBinder *merge, const SqlMergeAction *sql, Scope *scope, MergeAction *out) {
  Binder *binder = merge->binder;
  Expr **values;
  uint32_t *columns;
  bool *seen;
  ARENA_NEW_ARRAY(binder->arena, binder->error, values, merge->table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, seen, merge->table->column_count);
  if (!sql->assignments.count) TRY(take_source(merge, sql, merge->stored, merge->stored_count, values));
  for (uint32_t i = 0; i < sql->assignments.count; i++) {
    uint32_t position;
    TRY(find_set_column(binder, &sql->assignments.items[i], merge->table, seen, &position));
    TRY(bind_value(merge, scope, sql->assignments.items[i].value, position, &values[position]));
  }
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, merge->stored_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->values, merge->stored_count);
  for (uint32_t i = 0; i < merge->stored_count; i++) {
    if (!values[merge->stored[i]]) continue;
    merge->changed[merge->stored[i]] = true;
    out->values[out->set_count] = values[merge->stored[i]];
    columns[out->set_count++] = merge->stored[i];
  }
  out->set_columns = columns;
  out->value_count = out->set_count;
  return OK;
}

// INSERT (a, b): positions; without names all stored columns.
static Status insert_positions(MergeBinder *merge, const SqlMergeAction *sql, uint32_t *columns, uint32_t *count) {
  Binder *binder = merge->binder;
  *count = sql->columns.count ? sql->columns.count : merge->stored_count;
  for (uint32_t i = 0; i < *count; i++) {
    columns[i] = i < merge->stored_count ? merge->stored[i] : 0;
    if (!sql->columns.count) continue;
    Str name = sql->columns.items[i];
    if (!catalog_find_column(merge->table, name, &columns[i])) {
      return column_name_missing(binder, merge->table, name);
    }
    if (merge->table->columns[columns[i]].generated_sql.data)
      return error_set(binder->error, ERROR_BINDER, -1, "Cannot insert into a generated column");
    for (uint32_t k = 0; k < i; k++) {
      if (columns[k] == columns[i])
        return error_set(binder->error, ERROR_BINDER, -1, "Duplicate column name \"%.*s\" in INSERT", STR_ARG(name));
    }
  }
  return OK;
}

static Status bind_insert_action(MergeBinder *merge, const SqlMergeAction *sql, Scope *scope, MergeAction *out) {
  Binder *binder = merge->binder;
  Expr **values;
  uint32_t *columns, count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, values, merge->table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, merge->stored_count + sql->columns.count);
  TRY(insert_positions(merge, sql, columns, &count));
  if (!sql->values.count && !sql->default_values) TRY(take_source(merge, sql, columns, count, values));
  if (sql->values.count && sql->values.count != count) {
    if (sql->columns.count) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Column name/value mismatch for insert on %.*s: expected %u columns but %u values were supplied",
                       STR_ARG(merge->table->entry.name), count, sql->values.count);
    }
    return error_set(binder->error, ERROR_BINDER, -1, "table %.*s has %u columns but %u values were supplied",
                     STR_ARG(merge->table->entry.name), count, sql->values.count);
  }
  for (uint32_t i = 0; i < sql->values.count; i++)
    TRY(bind_value(merge, scope, sql->values.items[i], columns[i], &values[columns[i]]));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->values, merge->stored_count);
  for (uint32_t i = 0; i < merge->stored_count; i++) {
    uint32_t position = merge->stored[i];
    out->values[i] = values[position];
    if (!out->values[i]) TRY(bind_default(binder, merge->table, &merge->table->columns[position], &out->values[i]));
  }
  out->value_count = merge->stored_count;
  return OK;
}

static Status bind_error_action(MergeBinder *merge, const SqlMergeAction *sql, Scope *scope, MergeAction *out) {
  Binder *binder = merge->binder;
  if (!sql->values.count) return OK;
  ExprBinder names = expr_binder(binder, scope, "MERGE clause");
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->values, 1);
  TRY(bind_expr_as(&names, sql->values.items[0], TYPE(VARCHAR), &out->values[0]));
  TRY(bind_literal_types(binder, &out->values[0]));
  TRY(lift_subqueries(&binder->planner, &merge->plan, &out->values[0]));
  out->value_count = 1;
  return OK;
}

static Status bind_action(MergeBinder *merge, const SqlMergeAction *sql, MergeAction *out) {
  static const uint8_t matches[] = {[SQL_MERGE_MATCHED] = MERGE_MATCHED,
                                    [SQL_MERGE_NOT_MATCHED_BY_SOURCE] = MERGE_NOT_MATCHED_BY_SOURCE,
                                    [SQL_MERGE_NOT_MATCHED] = MERGE_NOT_MATCHED};
  static const uint8_t kinds[] = {[SQL_MERGE_UPDATE] = MERGE_UPDATE,
                                  [SQL_MERGE_DELETE] = MERGE_DELETE,
                                  [SQL_MERGE_INSERT] = MERGE_INSERT,
                                  [SQL_MERGE_NOTHING] = MERGE_NOTHING,
                                  [SQL_MERGE_ERROR] = MERGE_ERROR};
  Binder *binder = merge->binder;
  out->match = matches[sql->match];
  out->kind = kinds[sql->kind];
  Scope *scope = &merge->scopes[out->match];
  if (sql->condition) {
    ExprBinder names = expr_binder(binder, scope, "MERGE clause");
    TRY(bind_condition(&names, sql->condition, &out->condition));
    TRY(bind_literal_types(binder, &out->condition));
    TRY(lift_subqueries(&binder->planner, &merge->plan, &out->condition));
  }
  merge->deletes |= out->kind == MERGE_DELETE;
  switch ((MergeKind)out->kind) {
    case MERGE_UPDATE:
      return bind_update_action(merge, sql, scope, out);
    case MERGE_INSERT:
      return bind_insert_action(merge, sql, scope, out);
    case MERGE_ERROR:
      return bind_error_action(merge, sql, scope, out);
    default:
      return OK;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The input
// ---------------------------------------------------------------------------------------------------------------------

// The stored columns, the row id, whether there is a source row, the marks; then all that the joined plan has, for the actions, which
// then name those.
static Status make_input(MergeBinder *merge, Expr **marks, MergeNode *node, LogicalPlan **out) {
  Binder *binder = merge->binder;
  Planner *planner = &binder->planner;
  Expr **expressions;
  Str *names;
  uint32_t count = 0;
  ColumnMap map = {0};
  Expr *row_id;
  TRY(scope_table_row_id(binder, merge->target, &row_id));
  TRY(plan_update_all_columns(planner, merge->plan));
  uint32_t first = merge->stored_count + 2 + node->reference_count;
  uint32_t capacity = first + merge->plan->column_count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, capacity);
  for (uint32_t i = 0; i < merge->stored_count; i++) {
    names[count] = merge->table->columns[merge->stored[i]].name;
    TRY(scope_table_column(binder, merge->target, merge->stored[i], -1, &expressions[count++]));
  }
  names[count] = STR("rowid");
  expressions[count++] = row_id;
  names[count] = STR("source row");
  expressions[count++] = merge->present;
  for (uint32_t i = 0; i < node->reference_count; i++) {
    names[count] = STR("referenced");
    expressions[count++] = marks[i];
  }
  for (uint32_t i = 0; i < merge->plan->column_count; i++) {
    names[count] = merge->plan->columns[i].name;
    TRY_NEW(binder, expressions[count], plan_column_ref(planner, &merge->plan->columns[i]));
    count++;
  }
  TRY(plan_make_project(planner, merge->plan, expressions, names, count, out));
  for (uint32_t i = 0; i < merge->plan->column_count; i++) {
    Expr *column;
    TRY_NEW(binder, column, plan_column_ref(planner, &(*out)->columns[first + i]));
    TRY(column_map_add(planner, &map, merge->plan->columns[i].table, merge->plan->columns[i].column, column));
  }
  for (uint32_t i = 0; i < node->action_count; i++) {
    MergeAction *action = &node->actions[i];
    if (action->condition) TRY(expr_replace_columns(planner, &action->condition, &map));
    for (uint32_t k = 0; k < action->value_count; k++) TRY(expr_replace_columns(planner, &action->values[k], &map));
  }
  return OK;
}

static Status bind_marks(MergeBinder *merge, MergeNode *node, Expr ***marks) {
  Binder *binder = merge->binder;
  PlanReference *references;
  Expr **changed;
  ARENA_NEW_ARRAY(binder->arena, binder->error, changed, merge->table->column_count);
  for (uint32_t i = 0; i < merge->table->column_count; i++) {
    if (merge->changed[i]) changed[i] = merge->present; // any expression: it is changed
  }
  TRY(bind_references(binder, merge->table, merge->target, merge->deletes ? NULL : changed, &merge->plan, &references,
                      marks, &node->reference_count));
  node->references = references;
  return OK;
}

Status bind_merge(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlMerge *sql = &statement->merge;
  MergeBinder merge = {.binder = binder, .sql = sql};
  LogicalPlan *source, *plan;
  CteBinding *ctes = NULL;
  Expr **marks;
  out->kind = STATEMENT_UPDATE;
  binder->changes = true;
  TRY(bind_with(binder, &sql->ctes, sql->recursive, NULL, &ctes));
  binder->statement_ctes = ctes;
  if (sql->table->kind != SQL_FROM_TABLE)
    return error_set(binder->error, ERROR_BINDER, sql->table->position, "Can only merge into base tables!");
  TRY(find_table(binder, &sql->table->table.name, NULL, &merge.table));
  ARENA_NEW_ARRAY(binder->arena, binder->error, merge.stored, merge.table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, merge.changed, merge.table->column_count);
  for (uint32_t i = 0; i < merge.table->column_count; i++) {
    if (!merge.table->columns[i].generated_sql.data) merge.stored[merge.stored_count++] = i;
  }
  TRY(bind_joined(&merge, ctes));
  TRY(plan_make(&binder->planner, LOGICAL_MERGE, NULL, NULL, &plan));
  MergeNode *node = &plan->merge;
  node->table = merge.table;
  node->returning = sql->returning.count > 0;
  TRY(bind_constraints(binder, merge.table, &node->constraints));
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->actions, sql->actions.count);
  for (uint32_t i = 0; i < sql->actions.count; i++)
    TRY(bind_action(&merge, &sql->actions.items[i], &node->actions[node->action_count++]));
  TRY(bind_marks(&merge, node, &marks));
  TRY(make_input(&merge, marks, node, &source));
  TRY(finish_with(binder, sql->ctes.count, ctes, &source));
  ARENA_NEW_ARRAY(binder->arena, binder->error, plan->children, 1);
  plan->children[0] = source;
  plan->child_count = 1;
  if (!node->returning) {
    TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
    return set_count_result(binder, out, plan);
  }
  for (uint32_t i = 0; i < merge.stored_count; i++) {
    const CatalogColumn *column = &merge.table->columns[merge.stored[i]];
    TRY(plan_add_column(&binder->planner, plan, plan->table, merge.stored[i], column->type, column->name));
  }
  TRY(plan_add_column(&binder->planner, plan, plan->table, merge.table->column_count, TYPE(VARCHAR),
                      STR("merge_action")));
  BoundQuery query;
  TRY(bind_returning(binder, merge.table, sql->table->alias, &sql->returning, plan, &query));
  return set_result(binder, out, query.plan, query.names);
}
