// SPDX-License-Identifier: MIT
//
// copy.c: deep copies of trees, for macros, named windows and views that are bound more than once. A copy is made in two
// steps: the node and the lists in it are duplicated, then the visitor replaces each child by its own copy.
#include "sql/sql.h"

typedef struct Copier {
  SqlVisitor visitor; // the first member, so that a visitor is a copier
  Arena *arena;
} Copier;

// Gives a list in a copied node its own items.
#define COPY_ITEMS(copier, list)                                                                  \
  do {                                                                                            \
    if ((list)->count > 0) {                                                                      \
      void *copy_items_ = arena_allocate((copier)->arena, sizeof *(list)->items * (list)->count); \
      if (UNLIKELY(!copy_items_)) return error_no_memory((copier)->visitor.error);                \
      memcpy(copy_items_, (list)->items, sizeof *(list)->items *(list)->count);                   \
      (list)->items = copy_items_;                                                                \
      (list)->capacity = (list)->count;                                                           \
    }                                                                                             \
  } while (0)

static Status own_paths(Copier *copier, SqlPath *items, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) COPY_ITEMS(copier, &items[i]);
  return OK;
}

static Status own_window(Copier *copier, SqlWindow **window) {
  if (!*window) return OK;
  SqlWindow *copy;
  ARENA_NEW(copier->arena, copier->visitor.error, copy);
  *copy = **window;
  COPY_ITEMS(copier, &copy->partitions);
  COPY_ITEMS(copier, &copy->orders);
  *window = copy;
  return OK;
}

static Status own_sample(Copier *copier, SqlSample **sample) {
  if (!*sample) return OK;
  SqlSample *copy;
  ARENA_NEW(copier->arena, copier->visitor.error, copy);
  *copy = **sample;
  *sample = copy;
  return OK;
}

static Status own_star(Copier *copier, SqlStar *star) {
  COPY_ITEMS(copier, &star->relation);
  COPY_ITEMS(copier, &star->excludes);
  TRY(own_paths(copier, star->excludes.items, star->excludes.count));
  COPY_ITEMS(copier, &star->replaces);
  COPY_ITEMS(copier, &star->renames);
  for (uint32_t i = 0; i < star->renames.count; i++) COPY_ITEMS(copier, &star->renames.items[i].column);
  return OK;
}

static Status own_expr_lists(Copier *copier, SqlExpr *expr) {
  switch (expr->kind) {
    case SQL_EXPR_COLUMN:
      COPY_ITEMS(copier, &expr->column);
      return OK;
    case SQL_EXPR_STAR:
      return own_star(copier, &expr->star);
    case SQL_EXPR_FUNCTION:
      COPY_ITEMS(copier, &expr->function.arguments);
      COPY_ITEMS(copier, &expr->function.orders);
      return own_window(copier, &expr->function.window);
    case SQL_EXPR_OPERATOR:
      COPY_ITEMS(copier, &expr->operation.children);
      return OK;
    case SQL_EXPR_AND:
    case SQL_EXPR_OR:
      COPY_ITEMS(copier, &expr->conjunction.children);
      return OK;
    case SQL_EXPR_CASE:
      COPY_ITEMS(copier, &expr->conditional.whens);
      return OK;
    case SQL_EXPR_LAMBDA:
      COPY_ITEMS(copier, &expr->lambda.parameters);
      return OK;
    default:
      return OK;
  }
}

static Status own_type_lists(Copier *copier, SqlType *type) {
  switch (type->kind) {
    case SQL_TYPE_NAMED:
      COPY_ITEMS(copier, &type->named.modifiers);
      return OK;
    case SQL_TYPE_STRUCT:
    case SQL_TYPE_UNION:
      COPY_ITEMS(copier, &type->fields.fields);
      return OK;
    case SQL_TYPE_ENUM:
      COPY_ITEMS(copier, &type->enumeration.labels);
      return OK;
    default:
      return OK;
  }
}

static Status own_pivot_lists(Copier *copier, SqlFrom *from) {
  COPY_ITEMS(copier, &from->pivot.aggregates);
  COPY_ITEMS(copier, &from->pivot.columns);
  COPY_ITEMS(copier, &from->pivot.groups);
  COPY_ITEMS(copier, &from->pivot.value_names);
  for (uint32_t i = 0; i < from->pivot.columns.count; i++) {
    SqlPivotColumn *column = &from->pivot.columns.items[i];
    COPY_ITEMS(copier, &column->exprs);
    COPY_ITEMS(copier, &column->names);
    COPY_ITEMS(copier, &column->entries);
  }
  return OK;
}

static Status own_from_lists(Copier *copier, SqlFrom *from) {
  COPY_ITEMS(copier, &from->column_aliases);
  TRY(own_sample(copier, &from->sample));
  switch (from->kind) {
    case SQL_FROM_JOIN:
      COPY_ITEMS(copier, &from->join.using_columns);
      return OK;
    case SQL_FROM_PIVOT:
    case SQL_FROM_UNPIVOT:
      return own_pivot_lists(copier, from);
    default:
      return OK;
  }
}

static Status own_select_lists(Copier *copier, SqlSelect *select) {
  COPY_ITEMS(copier, &select->distinct_on);
  COPY_ITEMS(copier, &select->items);
  COPY_ITEMS(copier, &select->group_by.exprs);
  COPY_ITEMS(copier, &select->group_by.sets);
  for (uint32_t i = 0; i < select->group_by.sets.count; i++) COPY_ITEMS(copier, &select->group_by.sets.items[i]);
  COPY_ITEMS(copier, &select->windows);
  for (uint32_t i = 0; i < select->windows.count; i++) TRY(own_window(copier, &select->windows.items[i]));
  return own_sample(copier, &select->sample);
}

static Status own_query_lists(Copier *copier, SqlQuery *query) {
  COPY_ITEMS(copier, &query->ctes);
  for (uint32_t i = 0; i < query->ctes.count; i++) {
    COPY_ITEMS(copier, &query->ctes.items[i].column_aliases);
    COPY_ITEMS(copier, &query->ctes.items[i].key_columns);
  }
  COPY_ITEMS(copier, &query->orders);
  switch (query->kind) {
    case SQL_QUERY_SELECT:
      return own_select_lists(copier, &query->select);
    case SQL_QUERY_SET:
      COPY_ITEMS(copier, &query->set.children);
      return OK;
    case SQL_QUERY_VALUES:
      COPY_ITEMS(copier, &query->values.rows);
      for (uint32_t i = 0; i < query->values.rows.count; i++) COPY_ITEMS(copier, &query->values.rows.items[i]);
      return OK;
    case SQL_QUERY_SHOW:
      return OK;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The visitor: each slot gets its own node, whose children are visited in turn.
// ---------------------------------------------------------------------------------------------------------------------

static Status copy_expr(SqlVisitor *visitor, SqlExpr **slot) {
  Copier *copier = (Copier *)visitor;
  SqlExpr *copy;
  ARENA_NEW(copier->arena, visitor->error, copy);
  *copy = **slot;
  *slot = copy;
  TRY(own_expr_lists(copier, copy));
  return sql_visit_expr_children(visitor, copy);
}

static Status copy_type(SqlVisitor *visitor, SqlType **slot) {
  Copier *copier = (Copier *)visitor;
  SqlType *copy;
  ARENA_NEW(copier->arena, visitor->error, copy);
  *copy = **slot;
  *slot = copy;
  TRY(own_type_lists(copier, copy));
  return sql_visit_type_children(visitor, copy);
}

static Status copy_from(SqlVisitor *visitor, SqlFrom **slot) {
  Copier *copier = (Copier *)visitor;
  SqlFrom *copy;
  ARENA_NEW(copier->arena, visitor->error, copy);
  *copy = **slot;
  *slot = copy;
  TRY(own_from_lists(copier, copy));
  return sql_visit_from_children(visitor, copy);
}

static Status copy_query(SqlVisitor *visitor, SqlQuery **slot) {
  Copier *copier = (Copier *)visitor;
  SqlQuery *copy;
  ARENA_NEW(copier->arena, visitor->error, copy);
  *copy = **slot;
  *slot = copy;
  TRY(own_query_lists(copier, copy));
  return sql_visit_query_children(visitor, copy);
}

static Copier make_copier(Arena *arena, Error *error) {
  return (Copier){
      .visitor = {.expr = copy_expr, .query = copy_query, .from = copy_from, .type = copy_type, .error = error},
      .arena = arena};
}

Status sql_copy_expr(Arena *arena, const SqlExpr *expr, SqlExpr **copy, Error *error) {
  Copier copier = make_copier(arena, error);
  *copy = (SqlExpr *)expr; // read only: the visitor puts the copy in its place
  return sql_visit_expr(&copier.visitor, copy);
}

Status sql_copy_query(Arena *arena, const SqlQuery *query, SqlQuery **copy, Error *error) {
  Copier copier = make_copier(arena, error);
  *copy = (SqlQuery *)query;
  return sql_visit_query(&copier.visitor, copy);
}

Status sql_copy_from(Arena *arena, const SqlFrom *from, SqlFrom **copy, Error *error) {
  Copier copier = make_copier(arena, error);
  *copy = (SqlFrom *)from;
  return sql_visit_from(&copier.visitor, copy);
}

Status sql_copy_type(Arena *arena, const SqlType *type, SqlType **copy, Error *error) {
  Copier copier = make_copier(arena, error);
  *copy = (SqlType *)type;
  return sql_visit_type(&copier.visitor, copy);
}
