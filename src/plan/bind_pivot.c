// SPDX-License-Identifier: MIT
//
// bind_pivot.c: PIVOT and UNPIVOT, written as the queries that they stand for:
//
//   PIVOT s ON c IN (1, 2) USING sum(x) GROUP BY g   SELECT g, sum(x) FILTER (WHERE c = 1) AS "1", … FROM s GROUP BY ALL
//   UNPIVOT s ON a, b INTO NAME n VALUE v            SELECT others, unnest(['a', 'b']) AS n, unnest([a, b]) AS v FROM s, then WHERE v IS NOT NULL
//
// The values of PIVOT must be known when the statement is bound: an IN list or an ENUM.
#include "plan/binder.h"

typedef struct PivotQuery {
  Binder *binder;
  const SqlFrom *from;
  const ScopeTable *columns; // of the source, by name only
  SqlExprList items;
} PivotQuery;

static Status make_expr(PivotQuery *pivot, SqlExprKind kind, SqlExpr **out) {
  Binder *binder = pivot->binder;
  ARENA_NEW(binder->arena, binder->error, *out);
  (*out)->kind = kind;
  (*out)->height = 1;
  (*out)->position = pivot->from->position;
  (*out)->end = -1;
  return OK;
}

static Status make_column(PivotQuery *pivot, Str name, SqlExpr **out) {
  Binder *binder = pivot->binder;
  TRY(make_expr(pivot, SQL_EXPR_COLUMN, out));
  ARENA_NEW_ARRAY(binder->arena, binder->error, (*out)->column.items, 1);
  (*out)->column.items[0] = name;
  (*out)->column.count = (*out)->column.capacity = 1;
  return OK;
}

static Status make_string(PivotQuery *pivot, Str text, SqlExpr **out) {
  TRY(make_expr(pivot, SQL_EXPR_LITERAL, out));
  (*out)->literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = text};
  return OK;
}

static Status make_function(PivotQuery *pivot, const char *name, SqlExpr *argument, SqlExpr **out) {
  Binder *binder = pivot->binder;
  TRY(make_expr(pivot, SQL_EXPR_FUNCTION, out));
  (*out)->function.name.name = str_from(name);
  if (argument) ARENA_PUSH(binder->arena, binder->error, &(*out)->function.arguments, argument);
  return OK;
}

// The names of the source's columns: it is bound once for them, and again as part of the query.
static Status find_columns(PivotQuery *pivot, const SqlFrom *source, Scope *scope) {
  Binder *binder = pivot->binder;
  Scope names = {.outer = scope->outer, .ctes = scope->ctes};
  LogicalPlan *ignored;
  TRY(bind_from(binder, source, &names, &ignored));
  ScopeTable *all;
  ARENA_NEW(binder->arena, binder->error, all);
  uint32_t count = 0;
  for (uint32_t i = 0; i < names.tables.count; i++) count += names.tables.items[i]->count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, all->names, count);
  for (uint32_t i = 0; i < names.tables.count; i++) {
    const ScopeTable *table = names.tables.items[i];
    for (uint32_t c = 0; c < table->count; c++) {
      if (!table->hidden || !table->hidden[c]) all->names[all->count++] = table->names[c];
    }
  }
  pivot->columns = all;
  return OK;
}

typedef struct NameUse {
  const ScopeTable *columns;
  bool *used;
} NameUse;

static Status note_name(SqlVisitor *visitor, SqlExpr **slot) {
  NameUse *use = visitor->context;
  const SqlExpr *expr = *slot;
  uint32_t index;
  if (expr->kind == SQL_EXPR_COLUMN &&
      table_find_column(use->columns, expr->column.items[expr->column.count - 1], &index)) {
    use->used[index] = true;
  }
  return sql_visit_expr_children(visitor, *slot);
}

static Status note_names(PivotQuery *pivot, const SqlExprList *exprs, bool *used) {
  NameUse use = {pivot->columns, used};
  SqlVisitor visitor = {.expr = note_name, .context = &use, .error = pivot->binder->error};
  for (uint32_t i = 0; i < exprs->count; i++) {
    SqlExpr *slot = exprs->items[i];
    TRY(sql_visit_expr(&visitor, &slot));
  }
  return OK;
}

static Status bind_items_query(PivotQuery *pivot, SqlFrom *source, bool group, SqlExpr *where, Scope *scope,
                               LogicalPlan **out) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  SqlQuery *query;
  ARENA_NEW(binder->arena, binder->error, query);
  query->kind = SQL_QUERY_SELECT;
  query->position = from->position;
  query->height = 2;
  query->select.items = pivot->items;
  query->select.from = source;
  query->select.group_by.present = group;
  query->select.group_by.all = group;
  if (where) {
    // The condition is about the unnested values: it stands around.
    SqlFrom *inner;
    SqlExpr *star;
    ARENA_NEW(binder->arena, binder->error, inner);
    inner->kind = SQL_FROM_SUBQUERY;
    inner->position = from->position;
    inner->height = 3;
    inner->subquery.query = query;
    TRY(make_expr(pivot, SQL_EXPR_STAR, &star));
    ARENA_NEW(binder->arena, binder->error, query);
    query->kind = SQL_QUERY_SELECT;
    query->position = from->position;
    query->height = 4;
    ARENA_PUSH(binder->arena, binder->error, &query->select.items, star);
    query->select.from = inner;
    query->select.where = where;
  }
  BoundQuery bound;
  TRY(bind_query(binder, query, scope->outer, scope->ctes, &bound));
  *out = bound.plan;
  Str alias = from->alias.data ? from->alias : from->kind == SQL_FROM_PIVOT ? STR("__unnamed_pivot") : STR("unpivot");
  return scope_add_plan(binder, scope, bound.plan, bound.names, alias, &from->column_aliases, NULL);
}

// ---------------------------------------------------------------------------------------------------------------------
// PIVOT
// ---------------------------------------------------------------------------------------------------------------------

static Status entry_name(PivotQuery *pivot, const SqlExpr *entry, Str *name) {
  Binder *binder = pivot->binder;
  if (entry->alias.data) {
    *name = entry->alias;
    return OK;
  }
  if (entry->kind == SQL_EXPR_LITERAL && entry->literal.kind == SQL_LITERAL_STRING) {
    *name = entry->literal.text;
    return OK;
  }
  if (entry->kind == SQL_EXPR_FUNCTION && str_equal_nocase(entry->function.name.name, STR("row"))) {
    *name = (Str){"", 0};
    for (uint32_t i = 0; i < entry->function.arguments.count; i++) {
      Str part;
      TRY(entry_name(pivot, entry->function.arguments.items[i], &part));
      TRY(str_format(binder->arena, binder->error, name, i ? "%.*s_%.*s" : "%.*s%.*s", STR_ARG(*name), STR_ARG(part)));
    }
    return OK;
  }
  return sql_column_name(binder->arena, entry, name, binder->error);
}

// expr = entry; several expressions against a row.
static Status entry_condition(PivotQuery *pivot, const SqlPivotColumn *column, SqlExpr *entry,
                              SqlExprList *conditions) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; i < column->exprs.count; i++) {
    SqlExpr *compare, *value = entry;
    if (column->exprs.count > 1) {
      if (entry->kind != SQL_EXPR_FUNCTION || entry->function.arguments.count != column->exprs.count) {
        return error_set(binder->error, ERROR_PARSER, entry->position,
                         "PIVOT IN list - inconsistent amount of rows - expected %u but got 1", column->exprs.count);
      }
      value = entry->function.arguments.items[i];
    }
    TRY(make_expr(pivot, SQL_EXPR_COMPARE, &compare));
    compare->compare.op = SQL_COMPARE_NOT_DISTINCT_FROM;
    compare->compare.left = column->exprs.items[i];
    compare->compare.right = value;
    compare->height = 3;
    ARENA_PUSH(binder->arena, binder->error, conditions, compare);
  }
  return OK;
}

static Status pivot_entries(PivotQuery *pivot, const SqlPivotColumn *column, SqlExprList *out) {
  Binder *binder = pivot->binder;
  if (column->enum_name.data) {
    const CatalogEntry *entry;
    CatalogName name = {.name = column->enum_name, .position = pivot->from->position};
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TYPE, name, false, &entry, binder->error));
    const Type type = ((const CatalogType *)entry)->type;
    if (type.id != TYPE_ENUM) {
      return error_set(binder->error, ERROR_BINDER, -1, "Pivot must reference an ENUM type: \"%.*s\" is of type \"%s\"",
                       STR_ARG(column->enum_name), type_id_name((TypeId)type.id));
    }
    for (uint32_t i = 0; i < type.info->count; i++) {
      SqlExpr *label;
      TRY(make_string(pivot, type.info->names[i], &label));
      ARENA_PUSH(binder->arena, binder->error, out, label);
    }
    return OK;
  }
  if (!column->entries.count) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, pivot->from->position,
                     "PIVOT without an IN list: the values must be written, ON column IN (…)");
  }
  *out = column->entries;
  return OK;
}

// One column of the result: the aggregates where all conditions hold.
static Status add_pivoted(PivotQuery *pivot, const SqlExprList *conditions, Str name) {
  Binder *binder = pivot->binder;
  const SqlExprList *aggregates = &pivot->from->pivot.aggregates;
  uint32_t count = MAX_OF(aggregates->count, 1);
  for (uint32_t i = 0; i < count; i++) {
    SqlExpr *aggregate, *filter;
    if (aggregates->count) {
      TRY(sql_copy_expr(binder->arena, aggregates->items[i], &aggregate, binder->error));
    } else {
      TRY(make_function(pivot, "count_star", NULL, &aggregate));
    }
    if (aggregate->kind != SQL_EXPR_FUNCTION) {
      return error_set(binder->error, ERROR_BINDER, aggregate->position,
                       "Pivot expression must contain only an aggregate");
    }
    filter = conditions->count ? conditions->items[0] : NULL; // without ON: plain aggregates
    if (conditions->count > 1) {
      TRY(make_expr(pivot, SQL_EXPR_AND, &filter));
      filter->height = 4;
      filter->conjunction.children = *conditions;
    }
    Str full = name;
    if (!conditions->count) {
      TRY(sql_column_name(binder->arena, aggregate, &full, binder->error));
    } else if (count > 1) {
      Str suffix;
      TRY(sql_column_name(binder->arena, aggregate, &suffix, binder->error));
      TRY(str_format(binder->arena, binder->error, &full, "%.*s_%.*s", STR_ARG(name), STR_ARG(suffix)));
    }
    aggregate->function.filter = filter;
    aggregate->alias = full;
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, aggregate);
  }
  return OK;
}

// All combinations of the entries of the ON columns from `at` on.
static Status pivot_columns(PivotQuery *pivot, uint32_t at, const SqlExprList *conditions, Str name) {
  Binder *binder = pivot->binder;
  const SqlPivotColumnList *columns = &pivot->from->pivot.columns;
  if (at == columns->count) return add_pivoted(pivot, conditions, name);
  if (pivot->items.count > 10000) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Pivot column limit of 100000 exceeded. Use SET pivot_limit=X to increase the limit.");
  }
  SqlExprList entries = {0};
  TRY(pivot_entries(pivot, &columns->items[at], &entries));
  for (uint32_t i = 0; i < entries.count; i++) {
    SqlExprList all = {0};
    for (uint32_t k = 0; k < conditions->count; k++)
      ARENA_PUSH(binder->arena, binder->error, &all, conditions->items[k]);
    TRY(entry_condition(pivot, &columns->items[at], entries.items[i], &all));
    Str part, full;
    TRY(entry_name(pivot, entries.items[i], &part));
    TRY(str_format(binder->arena, binder->error, &full, at ? "%.*s_%.*s" : "%.*s%.*s", STR_ARG(name), STR_ARG(part)));
    TRY(pivot_columns(pivot, at + 1, &all, full));
  }
  return OK;
}

static Status bind_pivot_from(PivotQuery *pivot, Scope *scope, LogicalPlan **out) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  if (from->pivot.columns.count > 16) return error_set(binder->error, ERROR_BINDER, -1, "Too many columns in PIVOT ON");
  TRY(find_columns(pivot, from->pivot.source, scope));
  if (from->pivot.groups.count) {
    for (uint32_t i = 0; i < from->pivot.groups.count; i++) {
      SqlExpr *column;
      TRY(make_column(pivot, from->pivot.groups.items[i], &column));
      ARENA_PUSH(binder->arena, binder->error, &pivot->items, column);
    }
  } else {
    bool *used;
    ARENA_NEW_ARRAY(binder->arena, binder->error, used, pivot->columns->count);
    TRY(note_names(pivot, &from->pivot.aggregates, used));
    for (uint32_t i = 0; i < from->pivot.columns.count; i++)
      TRY(note_names(pivot, &from->pivot.columns.items[i].exprs, used));
    for (uint32_t i = 0; i < pivot->columns->count; i++) {
      SqlExpr *column;
      if (used[i]) continue;
      TRY(make_column(pivot, pivot->columns->names[i], &column));
      ARENA_PUSH(binder->arena, binder->error, &pivot->items, column);
    }
  }
  SqlExprList none = {0};
  TRY(pivot_columns(pivot, 0, &none, (Str){"", 0}));
  return bind_items_query(pivot, from->pivot.source, true, NULL, scope, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// UNPIVOT
// ---------------------------------------------------------------------------------------------------------------------

// The columns that are unpivoted: names, stars and COLUMNS over the source's names.
static Status unpivot_entries(PivotQuery *pivot, const SqlPivotColumn *column, SqlExprList *out) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; i < column->entries.count; i++) {
    SqlExpr *entry = column->entries.items[i];
    if (entry->kind != SQL_EXPR_STAR) {
      ARENA_PUSH(binder->arena, binder->error, out, entry);
      continue;
    }
    for (uint32_t c = 0; c < pivot->columns->count; c++) {
      bool excluded = false;
      for (uint32_t k = 0; k < entry->star.excludes.count; k++) {
        const SqlPath *path = &entry->star.excludes.items[k];
        excluded |= str_equal_nocase(path->items[path->count - 1], pivot->columns->names[c]);
      }
      if (excluded) continue;
      SqlExpr *expr;
      TRY(make_column(pivot, pivot->columns->names[c], &expr));
      ARENA_PUSH(binder->arena, binder->error, out, expr);
    }
  }
  return OK;
}

static Status bind_unpivot_from(PivotQuery *pivot, Scope *scope, LogicalPlan **out) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  if (from->pivot.columns.count != 1 || from->pivot.value_names.count != 1 ||
      from->pivot.columns.items[0].names.count != 1) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, from->position, "UNPIVOT into several columns");
  }
  const SqlPivotColumn *column = &from->pivot.columns.items[0];
  TRY(find_columns(pivot, from->pivot.source, scope));
  SqlExprList entries = {0};
  TRY(unpivot_entries(pivot, column, &entries));
  bool *used;
  ARENA_NEW_ARRAY(binder->arena, binder->error, used, pivot->columns->count);
  TRY(note_names(pivot, &entries, used));
  for (uint32_t i = 0; i < pivot->columns->count; i++) {
    SqlExpr *other;
    if (used[i]) continue;
    TRY(make_column(pivot, pivot->columns->names[i], &other));
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, other);
  }
  SqlExpr *names, *values, *name_column, *value_column;
  TRY(make_function(pivot, "list_value", NULL, &names));
  TRY(make_function(pivot, "list_value", NULL, &values));
  for (uint32_t i = 0; i < entries.count; i++) {
    Str name;
    SqlExpr *text;
    TRY(entry_name(pivot, entries.items[i], &name));
    TRY(make_string(pivot, name, &text));
    SqlExpr *value;
    TRY(sql_copy_expr(binder->arena, entries.items[i], &value, binder->error));
    value->alias = (Str){NULL, 0};
    ARENA_PUSH(binder->arena, binder->error, &names->function.arguments, text);
    ARENA_PUSH(binder->arena, binder->error, &values->function.arguments, value);
  }
  TRY(make_function(pivot, "unnest", names, &name_column));
  TRY(make_function(pivot, "unnest", values, &value_column));
  name_column->alias = column->names.items[0];
  value_column->alias = from->pivot.value_names.items[0];
  ARENA_PUSH(binder->arena, binder->error, &pivot->items, name_column);
  ARENA_PUSH(binder->arena, binder->error, &pivot->items, value_column);
  SqlExpr *where = NULL;
  if (!from->pivot.include_nulls) {
    SqlExpr *value;
    TRY(make_column(pivot, value_column->alias, &value));
    TRY(make_expr(pivot, SQL_EXPR_OPERATOR, &where));
    where->height = 2;
    where->operation.op = SQL_OPERATOR_IS_NOT_NULL;
    ARENA_PUSH(binder->arena, binder->error, &where->operation.children, value);
  }
  return bind_items_query(pivot, from->pivot.source, false, where, scope, out);
}

Status bind_pivot(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  PivotQuery pivot = {.binder = binder, .from = from};
  return from->kind == SQL_FROM_PIVOT ? bind_pivot_from(&pivot, scope, out) : bind_unpivot_from(&pivot, scope, out);
}
