// SPDX-License-Identifier: MIT
//
// bind_conflict.c: INSERT … ON CONFLICT: which keys are watched, and what becomes of the row that is there.
#include "plan/binder.h"

static bool same_columns(const PlanKey *key, const uint32_t *columns, uint32_t count) {
  if (key->column_count != count) return false;
  for (uint32_t i = 0; i < count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < count; k++) found |= key->columns[k] == columns[i];
    if (!found) return false;
  }
  return true;
}

// ON CONFLICT (a, b, a): the positions of a and b.
static Status target_columns(Binder *binder, const SqlInsert *insert, const CatalogTable *table, uint32_t *columns,
                             uint32_t *count) {
  *count = 0;
  for (uint32_t i = 0; i < insert->conflict_columns.count; i++) {
    uint32_t position;
    if (!catalog_find_column(table, insert->conflict_columns.items[i], &position)) {
      return column_name_missing(binder, table, insert->conflict_columns.items[i]);
    }
    bool repeated = false;
    for (uint32_t k = 0; k < *count && !repeated; k++) repeated = columns[k] == position;
    if (!repeated) columns[(*count)++] = position;
  }
  return OK;
}

static Status conflict_target(Binder *binder, const SqlInsert *insert, const CatalogTable *table, InsertNode *node) {
  uint32_t *columns, count, key_count;
  TRY(table_keys(binder, table, &node->keys, &key_count));
  if (!insert->conflict_columns.count) {
    if (!key_count) {
      return error_set(
          binder->error, ERROR_BINDER, -1,
          "There are no UNIQUE/PRIMARY KEY constraints that refer to this table, specify ON CONFLICT columns manually");
    }
    if (node->conflict == CONFLICT_UPDATE && key_count > 1) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Conflict target has to be provided for a DO UPDATE operation when the table has multiple "
                       "UNIQUE/PRIMARY KEY constraints");
    }
    node->key_count = key_count;
    node->all_keys = true;
    return OK;
  }
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, insert->conflict_columns.count);
  TRY(target_columns(binder, insert, table, columns, &count));
  for (uint32_t i = 0; i < key_count; i++) {
    if (same_columns(&node->keys[i], columns, count)) node->keys[node->key_count++] = node->keys[i];
  }
  node->all_keys = node->key_count == key_count;
  if (node->key_count) return OK;
  return error_set(
      binder->error, ERROR_BINDER, -1,
      "The specified columns as conflict target are not referenced by a UNIQUE/PRIMARY KEY CONSTRAINT or INDEX");
}

// What the clauses may name: the row that is there, unqualified, and the one that was to be inserted as `excluded`.
typedef struct ConflictScope {
  Scope here;
  Scope both;
  ScopeTable *here_names;
  ScopeTable *excluded_names;
  uint32_t here_index;
  uint32_t excluded_index;
  const uint32_t *here_positions;
  const uint32_t *excluded_positions;
} ConflictScope;

static Status open_scope(Binder *binder, const SqlInsert *insert, const CatalogTable *table, ConflictScope *out) {
  *out = (ConflictScope){0};
  uint32_t *here, *excluded, stored, ignored;
  out->here_index = binder->planner.next_table++;
  out->excluded_index = binder->planner.next_table++;
  if (str_equal_nocase(insert->alias.length ? insert->alias : table->entry.name, STR("excluded"))) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Ambiguous reference to table \"excluded\" (duplicate alias \"excluded\", explicitly alias one of "
                     "the tables using \"AS my_alias\")");
  }
  TRY(make_scope_table(binder, table, out->here_index, NULL, insert->alias, &out->here_names));
  TRY(make_scope_table(binder, table, out->excluded_index, NULL, STR("excluded"), &out->excluded_names));
  TRY(scope_add_table(binder, &out->here, out->here_names));
  TRY(scope_add_table(binder, &out->both, out->here_names));
  TRY(scope_add_table(binder, &out->both, out->excluded_names));
  out->here.outer = &out->both;
  TRY(stored_positions(binder, table, 0, &here, &stored));
  TRY(stored_positions(binder, table, stored, &excluded, &ignored));
  out->here_positions = here;
  out->excluded_positions = excluded;
  return OK;
}

static Status over_rows(Binder *binder, const CatalogTable *table, const ConflictScope *scope, Expr **slot) {
  if (expr_has_kind(*slot, EXPR_SUBQUERY)) {
    return error_set(binder->error, ERROR_BINDER, -1, "DO UPDATE SET clause cannot contain a subquery");
  }
  TRY(expr_over_row(binder, table, scope->here_index, scope->here_positions, slot));
  return expr_over_row(binder, table, scope->excluded_index, scope->excluded_positions, slot);
}

static Status bind_assignment(Binder *binder, const SqlAssignment *assignment, const CatalogTable *table,
                              ConflictScope *scope, uint32_t *position, Expr **value) {
  TRY(find_set_column(binder, assignment, table, NULL, position));
  if (assignment->value->kind == SQL_EXPR_DEFAULT)
    return bind_default(binder, table, &table->columns[*position], value);
  ExprBinder names = expr_binder(binder, &scope->here, "UPDATE clause");
  TRY(bind_expr_as(&names, assignment->value, table->columns[*position].type, value));
  TRY(bind_literal_types(binder, value));
  return over_rows(binder, table, scope, value);
}

static bool is_key_column(const InsertNode *node, uint32_t column) {
  for (uint32_t k = 0; k < node->key_count; k++) {
    for (uint32_t i = 0; i < node->keys[k].column_count; i++) {
      if (node->keys[k].columns[i] == column) return true;
    }
  }
  return false;
}

Status bind_on_conflict(Binder *binder, const SqlInsert *insert, const CatalogTable *table, const uint32_t *columns,
                        uint32_t column_count, InsertNode *node) {
  ConflictScope scope;
  uint32_t *set_columns;
  bool replace = insert->conflict == SQL_CONFLICT_REPLACE;
  if (insert->conflict == SQL_CONFLICT_THROW) return OK;
  node->conflict = insert->conflict == SQL_CONFLICT_NOTHING ? CONFLICT_NOTHING : CONFLICT_UPDATE;
  TRY(conflict_target(binder, insert, table, node));
  if (node->conflict == CONFLICT_NOTHING) return OK;
  TRY(open_scope(binder, insert, table, &scope));
  uint32_t capacity = replace ? column_count : insert->assignments.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, set_columns, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->set_expressions, capacity);
  for (uint32_t i = 0; i < capacity; i++) {
    Expr **value = &node->set_expressions[node->set_count];
    uint32_t position;
    if (!replace) {
      TRY(bind_assignment(binder, &insert->assignments.items[i], table, &scope, &position, value));
    } else {
      position = columns[i];
      if (is_key_column(node, position)) continue;
      TRY(scope_table_column(binder, scope.excluded_names, position, -1, value));
      TRY(over_rows(binder, table, &scope, value));
    }
    set_columns[node->set_count++] = position;
  }
  node->set_columns = set_columns;
  TRY(update_moves_rows(binder, table, set_columns, node->set_count, &node->moves));
  if (insert->update_where) {
    ExprBinder names = expr_binder(binder, &scope.here, "WHERE clause");
    TRY(bind_condition(&names, insert->update_where, &node->set_condition));
    TRY(bind_literal_types(binder, &node->set_condition));
    TRY(over_rows(binder, table, &scope, &node->set_condition));
  }
  if (!node->set_count) node->conflict = CONFLICT_NOTHING; // nothing to set
  return OK;
}
