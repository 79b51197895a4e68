// SPDX-License-Identifier: MIT
//
// bind_constraint.c: what a changed row of a table must satisfy: NOT NULL, CHECK, foreign keys; which keys it has; and who refers to it.
//
// A foreign key is looked up in the unique index of the table that it refers to (exec/change.c). The other way, whether a row that goes is
// referred to, is a MARK join of the rows that change with the referring table.
#include "plan/binder.h"

// --- Expressions over rows

Status stored_positions(Binder *binder, const CatalogTable *table, uint32_t first, uint32_t **out, uint32_t *count) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, table->column_count);
  *count = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    (*out)[i] = table->columns[i].generated_sql.data ? UINT32_MAX : first + (*count)++;
  }
  return OK;
}

typedef struct RowRewrite {
  Binder *binder;
  const CatalogTable *table;
  uint32_t table_index;      // columns of this table …
  const uint32_t *positions; // … become the input at positions[column]
  uint32_t depth;            // of generated columns in generated columns
} RowRewrite;

// Generated columns are not in a row: their expression takes their place.
static Status column_to_input(void *context, Expr **slot) {
  RowRewrite *rewrite = context;
  Binder *binder = rewrite->binder;
  Expr *expr = *slot;
  if (expr->kind != EXPR_COLUMN || expr->column.table != rewrite->table_index) return OK;
  const CatalogColumn *column = &rewrite->table->columns[expr->column.column];
  if (!column->generated_sql.data) {
    Type type = expr->type;
    TRY_NEW(binder, *slot, expr_input(binder->arena, rewrite->positions[expr->column.column], type));
    (*slot)->name = column->name;
    return OK;
  }
  if (rewrite->depth > 64) return error_set(binder->error, ERROR_BINDER, -1, "generated columns refer to each other");
  RowRewrite inner = *rewrite;
  inner.depth++;
  TRY(bind_over_table(binder, rewrite->table, rewrite->table_index, column->generated_sql, "generated column",
                      column->type, slot));
  return expr_rewrite(slot, column_to_input, &inner);
}

Status expr_over_row(Binder *binder, const CatalogTable *table, uint32_t table_index, const uint32_t *positions,
                     Expr **slot) {
  RowRewrite rewrite = {binder, table, table_index, positions, 0};
  return expr_rewrite(slot, column_to_input, &rewrite);
}

Status bind_over_table(Binder *binder, const CatalogTable *table, uint32_t table_index, Str sql_text,
                       const char *clause, Type type, Expr **out) {
  SqlExpr *sql;
  Scope scope = {0};
  ScopeTable *names;
  TRY(sql_parse_expression(binder->arena, sql_text, SQL_OPTIONS_DEFAULT, &sql, binder->error));
  TRY(make_scope_table(binder, table, table_index, NULL, (Str){NULL, 0}, &names));
  TRY(scope_add_table(binder, &scope, names));
  ExprBinder expression = expr_binder(binder, &scope, clause);
  expression.allow_subqueries = false;
  TRY(bind_expr_as(&expression, sql, type, out));
  return bind_literal_types(binder, out);
}

// --- Constraints

static Status bind_checks(Binder *binder, const CatalogTable *table, PlanConstraints *out) {
  uint32_t *positions, stored;
  TRY(stored_positions(binder, table, 0, &positions, &stored));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->checks, table->constraint_count);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    if (constraint->kind != CONSTRAINT_CHECK) continue;
    PlanCheck *check = &out->checks[out->check_count++];
    uint32_t table_index = binder->planner.next_table++;
    TRY(bind_over_table(binder, table, table_index, constraint->check_sql, "check constraints", TYPE(BOOLEAN),
                        &check->condition));
    TRY(expr_over_row(binder, table, table_index, positions, &check->condition));
    check->text = constraint->check_sql;
  }
  return OK;
}

static Status describe_generated(Binder *binder, const CatalogColumn *column, Str *out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  catalog_quote(&text, column->name);
  text_append_char(&text, ' ');
  type_print(&text, column->type);
  text_format(&text, " AS (CAST(%.*s AS ", STR_ARG(column->generated_sql));
  type_print(&text, column->type);
  text_append(&text, STR("))"));
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static Status bind_generated(Binder *binder, const CatalogTable *table, PlanConstraints *out) {
  uint32_t *positions, stored;
  TRY(stored_positions(binder, table, 0, &positions, &stored));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->generated, table->column_count - stored);
  for (uint32_t i = 0; i < table->column_count; i++) {
    const CatalogColumn *column = &table->columns[i];
    if (!column->generated_sql.data) continue;
    PlanCheck *check = &out->generated[out->generated_count];
    uint32_t table_index = binder->planner.next_table++;
    TRY(bind_over_table(binder, table, table_index, column->generated_sql, "generated column", column->type,
                        &check->condition));
    TRY(expr_over_row(binder, table, table_index, positions, &check->condition));
    if (!expr_can_fail(check->condition)) continue;
    TRY(describe_generated(binder, column, &check->text));
    out->generated_count++;
  }
  return OK;
}

// Position of a name in the foreign key's list of referred columns.
static bool foreign_position(const CatalogConstraint *foreign, Str name, uint32_t *position) {
  for (uint32_t i = 0; i < foreign->column_count; i++) {
    *position = i;
    if (str_equal_nocase(foreign->foreign_columns[i], name)) return true;
  }
  return false;
}

// The key of `target` that has the columns of the foreign key, in any order.
static Status bind_foreign_key(Binder *binder, const CatalogTable *target, const CatalogConstraint *foreign,
                               PlanForeignKey *out) {
  uint32_t *columns;
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, foreign->column_count);
  for (uint32_t i = 0; i < target->constraint_count; i++) {
    const CatalogConstraint *key = &target->constraints[i];
    if (key->kind != CONSTRAINT_PRIMARY_KEY && key->kind != CONSTRAINT_UNIQUE) continue;
    bool same = key->column_count == foreign->column_count;
    for (uint32_t k = 0; same && k < key->column_count; k++) {
      uint32_t at;
      same = foreign_position(foreign, target->columns[key->columns[k]].name, &at);
      if (same) columns[k] = foreign->columns[at];
    }
    if (!same) continue;
    *out = (PlanForeignKey){
        .target = target, .columns = columns, .key = {key->index_number, key->columns, key->column_count}};
    return OK;
  }
  return error_set(binder->error, ERROR_INTERNAL, -1, "The key of table \"%.*s\" that a foreign key needs is not there",
                   STR_ARG(target->entry.name));
}

static Status bind_foreign_keys(Binder *binder, const CatalogTable *table, PlanConstraints *out) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->foreign_keys, table->constraint_count);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    const CatalogEntry *target;
    if (constraint->kind != CONSTRAINT_FOREIGN_KEY || !constraint->foreign_columns) continue;
    CatalogName name = {.database = table->entry.database_name,
                        .schema = constraint->foreign_schema,
                        .name = constraint->foreign_table,
                        .position = -1};
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, name, false, &target, binder->error));
    TRY(bind_foreign_key(binder, (const CatalogTable *)target, constraint,
                         &out->foreign_keys[out->foreign_key_count++]));
  }
  return OK;
}

Status bind_constraints(Binder *binder, const CatalogTable *table, PlanConstraints *out) {
  uint32_t *not_null;
  *out = (PlanConstraints){0};
  ARENA_NEW_ARRAY(binder->arena, binder->error, not_null, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].not_null && !table->columns[i].generated_sql.data) not_null[out->not_null_count++] = i;
  }
  out->not_null = not_null;
  TRY(bind_checks(binder, table, out));
  TRY(bind_generated(binder, table, out));
  return bind_foreign_keys(binder, table, out);
}

Status table_keys(Binder *binder, const CatalogTable *table, PlanKey **out, uint32_t *count) {
  const CatalogIndex **indexes;
  uint32_t index_count;
  TRY(catalog_table_indexes(binder->context->catalog, binder->arena, table, &indexes, &index_count, binder->error));
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, table->constraint_count + index_count);
  *count = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *key = &table->constraints[i];
    if (key->kind != CONSTRAINT_PRIMARY_KEY && key->kind != CONSTRAINT_UNIQUE) continue;
    (*out)[(*count)++] = (PlanKey){key->index_number, key->columns, key->column_count};
  }
  for (uint32_t i = 0; i < index_count; i++) {
    if (!indexes[i]->unique) continue;
    (*out)[(*count)++] = (PlanKey){indexes[i]->index_number, indexes[i]->columns, indexes[i]->column_count};
  }
  return OK;
}

static bool share_column(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count) {
  for (uint32_t i = 0; i < a_count; i++) {
    for (uint32_t k = 0; k < b_count; k++) {
      if (a[i] == b[k]) return true;
    }
  }
  return false;
}

static bool changes_in_place(Type type) {
  if (type.id != TYPE_STRUCT) return !type_is_nested(type);
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (!changes_in_place(type_child(type, i))) return false;
  }
  return true;
}

Status update_moves_rows(Binder *binder, const CatalogTable *table, const uint32_t *set_columns, uint32_t set_count,
                         bool *moves) {
  const CatalogIndex **indexes;
  uint32_t index_count;
  TRY(catalog_table_indexes(binder->context->catalog, binder->arena, table, &indexes, &index_count, binder->error));
  *moves = false;
  for (uint32_t i = 0; i < set_count; i++) *moves |= !changes_in_place(table->columns[set_columns[i]].type);
  for (uint32_t i = 0; i < index_count; i++)
    *moves |= share_column(indexes[i]->columns, indexes[i]->column_count, set_columns, set_count);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    if (constraint->kind != CONSTRAINT_CHECK)
      *moves |= share_column(constraint->columns, constraint->column_count, set_columns, set_count);
  }
  return OK;
}

// --- Who refers to a table

static bool reference_touched(const CatalogTable *table, const CatalogConstraint *foreign, Expr *const *new_values) {
  for (uint32_t i = 0; new_values && i < foreign->column_count; i++) {
    uint32_t position;
    if (catalog_find_column(table, foreign->foreign_columns[i], &position) && new_values[position]) return true;
  }
  return !new_values;
}

// left MARK JOIN other ON left.key = other.foreign_key; *mark is the mark's column.
static Status mark_referenced(Binder *binder, const ScopeTable *names, const CatalogReference *reference,
                              const uint32_t *columns, LogicalPlan **plan, Expr **mark) {
  LogicalPlan *other, *join;
  ScopeTable *other_names;
  Planner *planner = &binder->planner;
  TRY(make_table_scan(binder, reference->table, &other));
  LogicalPlan *scan = other;
  while (scan->kind != LOGICAL_SCAN) scan = scan->children[0];
  TRY(make_scope_table(binder, reference->table, scan->table, scan, (Str){NULL, 0}, &other_names));
  TRY(plan_update_all_columns(planner, *plan));
  TRY(plan_update_all_columns(planner, other));
  TRY(plan_make_join(planner, JOIN_MARK, *plan, other, &join));
  for (uint32_t i = 0; i < reference->constraint->column_count; i++) {
    Expr *key, *foreign, *condition;
    TRY(scope_table_column(binder, names, columns[i], -1, &key));
    TRY(scope_table_column(binder, other_names, reference->constraint->columns[i], -1, &foreign));
    TRY(make_compare(planner, COMPARE_EQUAL, key, foreign, &condition));
    TRY(plan_join_add_condition(planner, join, condition));
  }
  TRY(plan_join_order_conditions(join));
  TRY_NEW(binder, *mark, plan_column_ref(planner, &join->columns[join->column_count - 1]));
  *plan = join;
  return OK;
}

Status bind_references(Binder *binder, const CatalogTable *table, const ScopeTable *names, Expr *const *new_values,
                       LogicalPlan **plan, PlanReference **out, Expr ***marks, uint32_t *count) {
  CatalogReference *references;
  uint32_t reference_count;
  *count = 0;
  TRY(catalog_table_references(binder->context->catalog, binder->arena, table, &references, &reference_count,
                               binder->error));
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, reference_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, *marks, reference_count);
  for (uint32_t i = 0; i < reference_count; i++) {
    const CatalogConstraint *foreign = references[i].constraint;
    uint32_t *columns;
    Str *column_names;
    if (!reference_touched(table, foreign, new_values)) continue;
    ARENA_NEW_ARRAY(binder->arena, binder->error, columns, foreign->column_count);
    ARENA_NEW_ARRAY(binder->arena, binder->error, column_names, foreign->column_count);
    for (uint32_t k = 0; k < foreign->column_count; k++) {
      if (!catalog_find_column(table, foreign->foreign_columns[k], &columns[k])) columns[k] = 0;
      column_names[k] = references[i].table->columns[foreign->columns[k]].name;
    }
    TRY(mark_referenced(binder, names, &references[i], columns, plan, &(*marks)[*count]));
    (*out)[(*count)++] = (PlanReference){columns, column_names, foreign->column_count};
  }
  return OK;
}
