// SPDX-License-Identifier: MIT
//
// bind_pivot.c: PIVOT and UNPIVOT, written as the queries that they stand for:
//
//   PIVOT s ON c IN (1, 2) USING sum(x) GROUP BY g   SELECT g, sum(x) FILTER (WHERE c::VARCHAR = '1') AS "1", … FROM s GROUP BY ALL
//   UNPIVOT s ON a, b INTO NAME n VALUE v            SELECT others, unnest(['a', 'b']) AS n, unnest([a, b]) AS v FROM s, then WHERE v IS NOT NULL
//
// Values are compared as text. Where PIVOT names none they are asked of the data first (bind_answer).
#include "plan/binder.h"

typedef struct PivotQuery {
  Binder *binder;
  const SqlFrom *from;
  Scope source;
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

static Status make_cast_to_text(PivotQuery *pivot, SqlExpr *child, SqlExpr **out) {
  Binder *binder = pivot->binder;
  SqlType *type;
  *out = child;
  if (child->kind == SQL_EXPR_LITERAL && child->literal.kind == SQL_LITERAL_STRING) return OK;
  ARENA_NEW(binder->arena, binder->error, type);
  type->kind = SQL_TYPE_NAMED;
  type->height = 1;
  type->position = type->end = -1;
  type->named.name.name = STR("VARCHAR");
  type->named.builtin = true;
  TRY(make_expr(pivot, SQL_EXPR_CAST, out));
  (*out)->height = (uint16_t)(child->height + 1);
  (*out)->cast.child = child;
  (*out)->cast.type = type;
  return OK;
}

static Status make_not_null(PivotQuery *pivot, SqlExpr *child, SqlExpr **out) {
  Binder *binder = pivot->binder;
  TRY(make_expr(pivot, SQL_EXPR_OPERATOR, out));
  (*out)->height = (uint16_t)(child->height + 1);
  (*out)->operation.op = SQL_OPERATOR_IS_NOT_NULL;
  ARENA_PUSH(binder->arena, binder->error, &(*out)->operation.children, child);
  return OK;
}

// *condition AND expr; *condition may be NULL.
static Status add_condition(PivotQuery *pivot, SqlExpr *expr, SqlExpr **condition) {
  Binder *binder = pivot->binder;
  if (!*condition) {
    *condition = expr;
    return OK;
  }
  SqlExpr *both;
  TRY(make_expr(pivot, SQL_EXPR_AND, &both));
  both->height = (uint16_t)(MAX_OF(expr->height, (*condition)->height) + 1);
  ARENA_PUSH(binder->arena, binder->error, &both->conjunction.children, *condition);
  ARENA_PUSH(binder->arena, binder->error, &both->conjunction.children, expr);
  *condition = both;
  return OK;
}

// The names of the source's columns: it is bound once for them, and again as part of the query.
static Status find_columns(PivotQuery *pivot, const SqlFrom *source, Scope *scope) {
  Binder *binder = pivot->binder;
  Scope *names = &pivot->source;
  *names = (Scope){.outer = scope->outer, .ctes = scope->ctes};
  LogicalPlan *ignored;
  TRY(bind_from(binder, source, names, &ignored));
  ScopeTable *all;
  ARENA_NEW(binder->arena, binder->error, all);
  uint32_t count = 0;
  for (uint32_t i = 0; i < names->tables.count; i++) count += names->tables.items[i]->count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, all->names, count);
  for (uint32_t i = 0; i < names->tables.count; i++) {
    const ScopeTable *table = names->tables.items[i];
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
static Status entry_condition(PivotQuery *pivot, const SqlPivotColumn *column, SqlExpr *entry, SqlExpr **condition) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; i < column->exprs.count; i++) {
    SqlExpr *compare, *value = entry;
    if (column->exprs.count > 1) {
      bool row = entry->kind == SQL_EXPR_FUNCTION && str_equal_nocase(entry->function.name.name, STR("row"));
      uint32_t count = row ? entry->function.arguments.count : 1;
      if (count != column->exprs.count) {
        return error_set(binder->error, ERROR_BINDER, -1,
                         "PIVOT IN list - inconsistent amount of rows - expected %u but got %u", column->exprs.count,
                         count);
      }
      value = entry->function.arguments.items[i];
    }
    TRY(make_expr(pivot, SQL_EXPR_COMPARE, &compare));
    compare->compare.op = SQL_COMPARE_NOT_DISTINCT_FROM;
    TRY(make_cast_to_text(pivot, column->exprs.items[i], &compare->compare.left));
    TRY(make_cast_to_text(pivot, value, &compare->compare.right));
    compare->height = (uint16_t)(MAX_OF(compare->compare.left->height, compare->compare.right->height) + 1);
    TRY(add_condition(pivot, compare, condition));
  }
  return OK;
}

// The different values of an answer, in its order.
static Status text_entries(PivotQuery *pivot, const PlanAnswer *answer, SqlExprList *out) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; i < answer->count; i++) {
    SqlExpr *label;
    Value text;
    bool repeated = false;
    if (answer->values[i].is_null) continue;
    TRY(value_cast(binder->arena, &answer->values[i], TYPE(VARCHAR), &text, binder->error));
    for (uint32_t k = 0; k < out->count && !repeated; k++) repeated = str_equal(out->items[k]->literal.text, text.text);
    if (repeated) continue;
    TRY(make_string(pivot, text.text, &label));
    ARENA_PUSH(binder->arena, binder->error, out, label);
  }
  return OK;
}

static Status has_parameter(SqlVisitor *visitor, SqlExpr **slot) {
  if ((*slot)->kind == SQL_EXPR_PARAMETER) *(bool *)visitor->context = true;
  return sql_visit_expr_children(visitor, *slot);
}

// The values of a PIVOT are asked for before those of parameters are known.
static Status refuse_parameters(PivotQuery *pivot, const SqlPivotColumn *column, SqlFrom *source) {
  Binder *binder = pivot->binder;
  bool parameters = false;
  SqlVisitor visitor = {.expr = has_parameter, .context = &parameters, .error = binder->error};
  if (column->entries.count || column->enum_name.data) return OK;
  TRY(sql_visit_from(&visitor, &source));
  if (!parameters) return OK;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_expr(&text, column->exprs.items[0]);
  Status status =
      error_set(binder->error, ERROR_PARSER, -1,
                "PIVOT statements with pivot elements extracted from the data cannot have parameters in their "
                "source.\nIn order to use parameters the PIVOT values must be manually specified, e.g.:\nPIVOT ... "
                "ON %.*s IN (val1, val2, ...)",
                STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

// SELECT DISTINCT expr::VARCHAR FROM source WHERE expr IS NOT NULL ORDER BY ALL
static Status ask_values(PivotQuery *pivot, SqlExpr *expr, SqlFrom *source, CteBinding *ctes, SqlExprList *out) {
  Binder *binder = pivot->binder;
  SqlQuery *query;
  SqlExpr *text, *star;
  const PlanAnswer *answer;
  ARENA_NEW(binder->arena, binder->error, query);
  query->kind = SQL_QUERY_SELECT;
  query->position = pivot->from->position;
  query->height = 4;
  TRY(make_cast_to_text(pivot, expr, &text));
  ARENA_PUSH(binder->arena, binder->error, &query->select.items, text);
  query->select.distinct = true;
  query->select.from = source;
  TRY(make_not_null(pivot, expr, &query->select.where));
  TRY(make_expr(pivot, SQL_EXPR_STAR, &star));
  SqlOrder order = {.expr = star};
  ARENA_PUSH(binder->arena, binder->error, &query->orders, order);
  TRY(bind_answer(binder, query, ctes, &answer));
  return text_entries(pivot, answer, out);
}

static Status pivot_entries(PivotQuery *pivot, const SqlPivotColumn *column, CteBinding *ctes, SqlExprList *out) {
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
  if (column->subquery) {
    const PlanAnswer *answer;
    TRY(bind_answer(binder, column->subquery, ctes, &answer));
    return text_entries(pivot, answer, out);
  }
  for (uint32_t i = 0; i < column->entries.count; i++) {
    const SqlExpr *entry = column->entries.items[i];
    if (entry->kind == SQL_EXPR_STAR)
      return error_set(binder->error, ERROR_BINDER, entry->position, "STAR expression is not supported here");
  }
  if (column->entries.count) {
    *out = column->entries;
    return OK;
  }
  SqlExpr *expr = column->exprs.items[0];
  if (expr->kind == SQL_EXPR_LITERAL || expr->kind == SQL_EXPR_SUBQUERY) {
    TextBuilder text;
    text_init(&text, binder->arena->memory);
    sql_print_expr(&text, expr);
    Status status = error_set(binder->error, ERROR_PARSER, expr->position, "Cannot pivot on %s \"%.*s\"",
                              expr->kind == SQL_EXPR_LITERAL ? "constant value" : "subquery", STR_ARG(text_str(&text)));
    text_free(&text);
    return status;
  }
  return ask_values(pivot, expr, pivot->from->pivot.source, ctes, out);
}

// The one aggregate of a pivot expression; what stands around it has no columns.
typedef struct AggregateSearch {
  const Binder *binder;
  SqlExpr *aggregate;
  uint32_t count;
  const SqlExpr *column;   // outside of aggregates
  const SqlExpr *subquery; // anywhere
  const SqlExpr *window;
  uint32_t depth; // in aggregates
} AggregateSearch;

static Status find_aggregate(SqlVisitor *visitor, SqlExpr **slot) {
  AggregateSearch *search = visitor->context;
  SqlExpr *expr = *slot;
  uint32_t first, count;
  if (expr->kind == SQL_EXPR_SUBQUERY) {
    search->subquery = expr;
    return OK;
  }
  if (expr->kind == SQL_EXPR_COLUMN && !search->depth) search->column = expr;
  bool call = expr->kind == SQL_EXPR_FUNCTION;
  if (call && expr->function.window) search->window = expr;
  bool aggregate =
      call && library_find_aggregate(search->binder->context->library, expr->function.name.name, &first, &count);
  if (aggregate && !search->depth) {
    search->aggregate = expr;
    search->count++;
  }
  search->depth += aggregate;
  Status status = sql_visit_expr_children(visitor, expr);
  search->depth -= aggregate;
  return status;
}

static Status single_aggregate(PivotQuery *pivot, SqlExpr *expr, SqlExpr **out) {
  Binder *binder = pivot->binder;
  AggregateSearch search = {.binder = binder};
  SqlVisitor visitor = {.expr = find_aggregate, .context = &search, .error = binder->error};
  TRY(sql_visit_expr(&visitor, &expr));
  *out = search.aggregate;
  if (search.subquery) {
    return error_set(binder->error, ERROR_BINDER, search.subquery->position,
                     "Pivot expression cannot contain subqueries");
  }
  if (search.window) {
    return error_set(binder->error, ERROR_BINDER, search.window->position,
                     "Pivot expression cannot contain window functions");
  }
  if (search.column) {
    return error_set(binder->error, ERROR_BINDER, search.column->position,
                     "Columns can only be referenced within the aggregate of a PIVOT expression");
  }
  if (search.count == 1) return OK;
  if (!search.count) {
    return error_set(binder->error, ERROR_BINDER, expr->position,
                     "Pivot expression must contain exactly one aggregate, but no aggregates were found");
  }
  return error_set(binder->error, ERROR_BINDER, expr->position,
                   "Pivot expression must contain exactly one aggregate, but %u were found", search.count);
}

// One column of the result for each USING expression: the aggregate where the condition holds. NULL condition: no ON.
static Status add_pivoted(PivotQuery *pivot, SqlExpr *condition, Str name) {
  Binder *binder = pivot->binder;
  const SqlExprList *aggregates = &pivot->from->pivot.aggregates;
  uint32_t count = condition ? MAX_OF(aggregates->count, 1) : aggregates->count;
  for (uint32_t i = 0; i < count; i++) {
    SqlExpr *expr, *aggregate;
    Str full = name;
    if (aggregates->count) {
      TRY(sql_copy_expr(binder->arena, aggregates->items[i], &expr, binder->error));
    } else {
      TRY(make_function(pivot, "count_star", NULL, &expr));
    }
    TRY(single_aggregate(pivot, expr, &aggregate));
    if (!condition) {
      TRY(sql_column_name(binder->arena, expr, &full, binder->error));
    } else if (count > 1 || expr->alias.data) {
      Str suffix;
      TRY(sql_column_name(binder->arena, expr, &suffix, binder->error));
      TRY(str_format(binder->arena, binder->error, &full, "%.*s_%.*s", STR_ARG(name), STR_ARG(suffix)));
    }
    if (condition) {
      SqlExpr *filter = aggregate->function.filter;
      TRY(add_condition(pivot, condition, &filter));
      aggregate->function.filter = filter;
      expr->height = (uint16_t)(expr->height + filter->height);
    }
    expr->alias = full.length ? full : (Str){NULL, 0};
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, expr);
  }
  return OK;
}

static Status check_pivot_limit(PivotQuery *pivot) {
  Binder *binder = pivot->binder;
  StatementFacts *facts = binder->context->facts;
  Value limit;
  int64_t most = 100000;
  if (facts->setting && facts->setting(facts->session, STR("pivot_limit"), &limit) && limit.type.id == TYPE_BIGINT)
    most = limit.i64;
  if ((int64_t)pivot->items.count < most) return OK;
  return error_set(binder->error, ERROR_BINDER, pivot->from->position,
                   "Pivot column limit of %lld exceeded. Use SET pivot_limit=X to increase the limit.",
                   (long long)most);
}

static Status specified_twice(PivotQuery *pivot, const SqlPivotColumn *column, const SqlExprList *entries) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; column->entries.count && i < entries->count; i++) {
    for (uint32_t k = 0; k < i; k++) {
      if (!sql_expr_equal(entries->items[i], entries->items[k])) continue;
      Str name;
      SqlExpr bare = *entries->items[i];
      bare.alias = (Str){NULL, 0};
      if (column->exprs.count == 1) {
        TRY(entry_name(pivot, &bare, &name));
      } else {
        name = STR("[");
        for (uint32_t a = 0; a < bare.function.arguments.count; a++) {
          Str part;
          TRY(entry_name(pivot, bare.function.arguments.items[a], &part));
          TRY(str_format(binder->arena, binder->error, &name, a ? "%.*s, %.*s" : "%.*s%.*s", STR_ARG(name),
                         STR_ARG(part)));
        }
        TRY(str_format(binder->arena, binder->error, &name, "%.*s]", STR_ARG(name)));
      }
      return error_set(binder->error, ERROR_BINDER, pivot->from->position,
                       "The value \"%.*s\" was specified multiple times in the IN clause", STR_ARG(name));
    }
  }
  return OK;
}

// All combinations of the entries of the ON columns from `at` on. entries[i] are those of column i.
static Status pivot_columns(PivotQuery *pivot, const SqlExprList *entries, uint32_t at, SqlExpr *condition, Str name) {
  Binder *binder = pivot->binder;
  const SqlPivotColumnList *columns = &pivot->from->pivot.columns;
  if (at == columns->count) {
    if (condition) TRY(check_pivot_limit(pivot));
    return add_pivoted(pivot, condition, name);
  }
  for (uint32_t i = 0; i < entries[at].count; i++) {
    SqlExpr *both = condition;
    Str part, full;
    TRY(entry_condition(pivot, &columns->items[at], entries[at].items[i], &both));
    TRY(entry_name(pivot, entries[at].items[i], &part));
    TRY(str_format(binder->arena, binder->error, &full, at ? "%.*s_%.*s" : "%.*s%.*s", STR_ARG(name), STR_ARG(part)));
    TRY(pivot_columns(pivot, entries, at + 1, both, full));
  }
  return OK;
}

static Status refuse_qualified(SqlVisitor *visitor, SqlExpr **slot) {
  if ((*slot)->kind == SQL_EXPR_COLUMN && (*slot)->column.count > 1) {
    return error_set(visitor->error, ERROR_BINDER, (*slot)->position,
                     "PIVOT expression cannot contain qualified columns");
  }
  return sql_visit_expr_children(visitor, *slot);
}

// What is grouped by: as written, or all columns that the clauses do not use.
static Status add_groups(PivotQuery *pivot) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  bool *used;
  for (uint32_t i = 0; i < from->pivot.groups.count; i++) {
    SqlExpr *column;
    TRY(make_column(pivot, from->pivot.groups.items[i], &column));
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, column);
  }
  if (from->pivot.groups.count) return OK;
  ARENA_NEW_ARRAY(binder->arena, binder->error, used, pivot->columns->count);
  TRY(note_names(pivot, &from->pivot.aggregates, used));
  for (uint32_t i = 0; i < from->pivot.columns.count; i++)
    TRY(note_names(pivot, &from->pivot.columns.items[i].exprs, used));
  for (uint32_t i = 0; from->pivot.columns.count && i < pivot->columns->count; i++) {
    SqlExpr *column;
    if (used[i]) continue;
    TRY(make_column(pivot, pivot->columns->names[i], &column));
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, column);
  }
  return OK;
}

static Status bind_pivot_from(PivotQuery *pivot, Scope *scope, LogicalPlan **out) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  uint32_t count = from->pivot.columns.count;
  SqlExprList *entries;
  if (count > 16) return error_set(binder->error, ERROR_BINDER, -1, "Too many columns in PIVOT ON");
  for (uint32_t i = 0; i < count; i++) TRY(refuse_parameters(pivot, &from->pivot.columns.items[i], from->pivot.source));
  TRY(find_columns(pivot, from->pivot.source, scope));
  SqlVisitor visitor = {.expr = refuse_qualified, .error = binder->error};
  ARENA_NEW_ARRAY(binder->arena, binder->error, entries, count);
  for (uint32_t i = 0; i < count; i++) {
    SqlPivotColumn *column = &from->pivot.columns.items[i];
    for (uint32_t k = 0; k < column->exprs.count; k++) TRY(sql_visit_expr(&visitor, &column->exprs.items[k]));
    TRY(pivot_entries(pivot, column, scope->ctes, &entries[i]));
    TRY(specified_twice(pivot, column, &entries[i]));
  }
  TRY(add_groups(pivot));
  TRY(pivot_columns(pivot, entries, 0, NULL, (Str){"", 0}));
  return bind_items_query(pivot, from->pivot.source, true, NULL, scope, out);
}

typedef struct RefusePivots {
  Binder *binder;
  const char *where; // "view"
} RefusePivots;

static Status refuse_data_pivot(SqlVisitor *visitor, SqlFrom **slot) {
  const RefusePivots *refuse = visitor->context;
  const SqlFrom *from = *slot;
  for (uint32_t i = 0; from->kind == SQL_FROM_PIVOT && i < from->pivot.columns.count; i++) {
    const SqlPivotColumn *column = &from->pivot.columns.items[i];
    if (column->entries.count || column->enum_name.data) continue;
    TextBuilder text;
    text_init(&text, refuse->binder->arena->memory);
    sql_print_expr(&text, column->exprs.items[0]);
    Status status = error_set(visitor->error, ERROR_PARSER, -1,
                              "PIVOT statements with pivot elements extracted from the data cannot be used in %ss.\n"
                              "In order to use PIVOT in a %s the PIVOT values must be manually specified, e.g.:\n"
                              "PIVOT ... ON %.*s IN (val1, val2, ...)",
                              refuse->where, refuse->where, STR_ARG(text_str(&text)));
    text_free(&text);
    return status;
  }
  return sql_visit_from_children(visitor, *slot);
}

Status refuse_data_pivots(Binder *binder, SqlQuery *query, SqlExpr *expr, const char *where) {
  RefusePivots refuse = {binder, where};
  SqlVisitor visitor = {.from = refuse_data_pivot, .context = &refuse, .error = binder->error};
  TRY(sql_visit_query(&visitor, &query));
  return sql_visit_expr(&visitor, &expr);
}

// ---------------------------------------------------------------------------------------------------------------------
// UNPIVOT
// ---------------------------------------------------------------------------------------------------------------------

// What is unpivoted into one row: an expression for each value column, and what the name column says.
typedef struct UnpivotEntry {
  SqlExprList values;
  Str name;
} UnpivotEntry;
typedef ARENA_LIST(UnpivotEntry) UnpivotEntryList;

typedef struct FirstColumn {
  const SqlExpr *column;
} FirstColumn;

static Status find_first_column(SqlVisitor *visitor, SqlExpr **slot) {
  FirstColumn *first = visitor->context;
  if ((*slot)->kind == SQL_EXPR_COLUMN && !first->column) first->column = *slot;
  return sql_visit_expr_children(visitor, *slot);
}

// A name in the list is that of a column, whatever else it might be.
static Status unpivot_value(PivotQuery *pivot, SqlExpr *expr, SqlExpr **value, Str *name) {
  Binder *binder = pivot->binder;
  uint32_t index;
  *value = expr;
  if (expr->kind == SQL_EXPR_LITERAL && expr->literal.kind == SQL_LITERAL_STRING) {
    if (!expr->literal.text.length)
      return error_set(binder->error, ERROR_BINDER, -1, "UNPIVOT - empty column name not supported");
    TRY(make_column(pivot, expr->literal.text, value));
    (*value)->alias = expr->alias;
    expr = *value;
  }
  if (expr->alias.data) {
    *name = expr->alias;
    TRY(sql_copy_expr(binder->arena, expr, value, binder->error));
    (*value)->alias = (Str){NULL, 0};
  } else if (expr->kind == SQL_EXPR_COLUMN) {
    Str column = expr->column.items[expr->column.count - 1];
    if (!table_find_column(pivot->columns, column, &index)) {
      return error_set(binder->error, ERROR_BINDER, pivot->from->position,
                       "Column \"%.*s\" referenced in UNPIVOT but no matching entry was found in the table",
                       STR_ARG(column));
    }
    *name = pivot->columns->names[index];
  } else { // the first column in it names it
    FirstColumn first = {0};
    SqlVisitor visitor = {.expr = find_first_column, .context = &first, .error = binder->error};
    TRY(sql_visit_expr(&visitor, &expr));
    if (!first.column || !table_find_column(pivot->columns, first.column->column.items[0], &index))
      return sql_column_name(binder->arena, expr, name, binder->error);
    *name = pivot->columns->names[index];
  }
  return OK;
}

static Status add_unpivot_entry(PivotQuery *pivot, SqlExpr *expr, UnpivotEntryList *out) {
  Binder *binder = pivot->binder;
  UnpivotEntry entry = {0};
  bool row = expr->kind == SQL_EXPR_FUNCTION && str_equal_nocase(expr->function.name.name, STR("row"));
  for (uint32_t i = 0; i < (row ? expr->function.arguments.count : 1); i++) {
    SqlExpr *value;
    Str name;
    TRY(unpivot_value(pivot, row ? expr->function.arguments.items[i] : expr, &value, &name));
    ARENA_PUSH(binder->arena, binder->error, &entry.values, value);
    TRY(str_format(binder->arena, binder->error, &entry.name, i ? "%.*s_%.*s" : "%.*s%.*s", STR_ARG(entry.name),
                   STR_ARG(name)));
  }
  if (row && expr->alias.data) entry.name = expr->alias;
  if (out->count && out->items[0].values.count != entry.values.count) {
    bool fewer = entry.values.count < out->items[0].values.count;
    return error_set(binder->error, ERROR_BINDER, pivot->from->position,
                     "UNPIVOT value count mismatch - entry has %u values, but expected all entries to have %u values",
                     fewer ? entry.values.count : out->items[0].values.count,
                     fewer ? out->items[0].values.count : entry.values.count);
  }
  ARENA_PUSH(binder->arena, binder->error, out, entry);
  return OK;
}

// Names, expressions, rows of them; stars and COLUMNS over the source's names.
static Status unpivot_entries(PivotQuery *pivot, const SqlPivotColumn *column, UnpivotEntryList *out) {
  Binder *binder = pivot->binder;
  for (uint32_t i = 0; i < column->entries.count; i++) {
    SqlExpr *entry = column->entries.items[i];
    SqlExprList expanded = {0};
    if (entry->kind != SQL_EXPR_STAR) {
      TRY(add_unpivot_entry(pivot, entry, out));
      continue;
    }
    TRY(expand_star(binder, &pivot->source, entry, &expanded));
    for (uint32_t c = 0; c < expanded.count; c++) {
      const SqlExpr *found = expanded.items[c];
      if (found->kind != SQL_EXPR_COLUMN) {
        TRY(add_unpivot_entry(pivot, expanded.items[c], out));
        continue;
      }
      SqlExpr *expr;
      TRY(make_column(pivot, found->column.items[found->column.count - 1], &expr));
      TRY(add_unpivot_entry(pivot, expr, out));
    }
  }
  if (out->count) return OK;
  return error_set(binder->error, ERROR_BINDER, pivot->from->position,
                   "UNPIVOT clause must unpivot on at least one column - zero were provided");
}

// The values of one column must have types that meet without a cast that someone would have to ask for.
static Status check_unpivot_types(PivotQuery *pivot, const UnpivotEntryList *entries, uint32_t at) {
  Binder *binder = pivot->binder;
  Type *types, met = {0};
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, entries->count);
  for (uint32_t i = 0; i < entries->count; i++) {
    Expr *value;
    ExprBinder names = expr_binder(binder, &pivot->source, "UNPIVOT clause");
    TRY(bind_expr(&names, entries->items[i].values.items[at], &value));
    TRY(bind_literal_types(binder, &value));
    types[i] = value->type;
    Type before = met;
    if (!i) {
      met = types[i];
      continue;
    }
    bool text = (before.id == TYPE_VARCHAR) != (types[i].id == TYPE_VARCHAR) && before.id != TYPE_NULL &&
                types[i].id != TYPE_NULL;
    if (!text && type_unify(binder->arena, before, types[i], &met)) continue;
    TextBuilder message;
    text_init(&message, binder->arena->memory);
    text_append(&message, STR("Cannot unpivot columns of types "));
    type_print(&message, before);
    text_append(&message, STR(" and "));
    type_print(&message, types[i]);
    text_append(&message, STR(" - an explicit cast is required"));
    Status status = error_set(binder->error, ERROR_BINDER, pivot->from->position, "%.*s", STR_ARG(text_str(&message)));
    text_free(&message);
    return status;
  }
  return OK;
}

// unnest([…]) AS name
static Status add_unnest(PivotQuery *pivot, SqlExpr *list, Str name) {
  Binder *binder = pivot->binder;
  SqlExpr *column;
  TRY(make_function(pivot, "unnest", list, &column));
  column->alias = name;
  ARENA_PUSH(binder->arena, binder->error, &pivot->items, column);
  return OK;
}

static Status add_other_columns(PivotQuery *pivot, const UnpivotEntryList *entries) {
  Binder *binder = pivot->binder;
  bool *used;
  ARENA_NEW_ARRAY(binder->arena, binder->error, used, pivot->columns->count);
  for (uint32_t i = 0; i < entries->count; i++) TRY(note_names(pivot, &entries->items[i].values, used));
  for (uint32_t i = 0; i < pivot->columns->count; i++) {
    SqlExpr *other;
    if (used[i]) continue;
    TRY(make_column(pivot, pivot->columns->names[i], &other));
    ARENA_PUSH(binder->arena, binder->error, &pivot->items, other);
  }
  return OK;
}

static Status bind_unpivot_from(PivotQuery *pivot, Scope *scope, LogicalPlan **out) {
  Binder *binder = pivot->binder;
  const SqlFrom *from = pivot->from;
  const SqlPivotColumn *column = &from->pivot.columns.items[0];
  const SqlNameList *value_names = &from->pivot.value_names;
  UnpivotEntryList entries = {0};
  SqlExpr *names, *where = NULL;
  if (from->pivot.columns.count != 1 || column->names.count != 1) {
    return error_set(binder->error, ERROR_PARSER, -1, "UNPIVOT requires a single column name for the PIVOT IN clause");
  }
  TRY(find_columns(pivot, from->pivot.source, scope));
  TRY(unpivot_entries(pivot, column, &entries));
  if (entries.items[0].values.count != value_names->count) {
    return error_set(binder->error, ERROR_BINDER, from->position,
                     "UNPIVOT name count mismatch - got %u names but %u expressions", value_names->count,
                     entries.items[0].values.count);
  }
  TRY(add_other_columns(pivot, &entries));
  TRY(make_function(pivot, "list_value", NULL, &names));
  for (uint32_t i = 0; i < entries.count; i++) {
    SqlExpr *text;
    TRY(make_string(pivot, entries.items[i].name, &text));
    ARENA_PUSH(binder->arena, binder->error, &names->function.arguments, text);
  }
  TRY(add_unnest(pivot, names, column->names.items[0]));
  for (uint32_t v = 0; v < value_names->count; v++) {
    SqlExpr *list, *value, *not_null;
    TRY(check_unpivot_types(pivot, &entries, v));
    TRY(make_function(pivot, "list_value", NULL, &list));
    for (uint32_t i = 0; i < entries.count; i++)
      ARENA_PUSH(binder->arena, binder->error, &list->function.arguments, entries.items[i].values.items[v]);
    TRY(add_unnest(pivot, list, value_names->items[v]));
    if (from->pivot.include_nulls) continue;
    TRY(make_column(pivot, value_names->items[v], &value));
    TRY(make_not_null(pivot, value, &not_null));
    TRY(add_condition(pivot, not_null, &where));
  }
  return bind_items_query(pivot, from->pivot.source, false, where, scope, out);
}

Status bind_pivot(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  PivotQuery pivot = {.binder = binder, .from = from};
  return from->kind == SQL_FROM_PIVOT ? bind_pivot_from(&pivot, scope, out) : bind_unpivot_from(&pivot, scope, out);
}
