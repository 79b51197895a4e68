// SPDX-License-Identifier: MIT
//
// bind_values.c: VALUES. Cells are bound row by row, the types of a column meet, then all cells take them.
//
// A long list is bound in several slices: when its time is over, binding ends with binder->wants_time and is begun again in the next slice. What was bound of
// the list is kept in PlanContext.lists, and the next binding goes on behind it. Only cells that depend on nothing but themselves can be
// kept; a list with others is bound at once.
#include "plan/binder.h"

#define SLICE_NANOS 3000000
#define CLOCK_ROWS 64 // the clock is read after so many

// What bindings that ended early have bound of a list.
typedef struct BoundRows {
  struct BoundRows *next;
  const SqlQuery *query;
  Expr **cells;
  Type *types;
  uint32_t bound;   // rows
  uint32_t settled; // rows whose cells have the types of the columns
  uint32_t binding; // the last one that had it: twice in one it would be part of two nodes
} BoundRows;

typedef struct ValuesBinder {
  Binder *binder;
  const SqlRowList *rows;
  uint32_t width;
  Expr **cells;    // [rows->count * width]
  Type *types;     // [width]
  BoundRows *kept; // NULL: bound at once
  int64_t end_nanos;
  bool subqueries;
} ValuesBinder;

// NULL: not to be kept. A list that another binding did not know, for it comes from a view or a macro that is parsed each time, would begin anew for ever: while the
// list that ended the last binding has not been met, no other is begun.
static Status find_kept(Binder *binder, const SqlQuery *query, BoundRows **out) {
  BoundLists *lists = binder->context->lists;
  *out = NULL;
  if (!lists || query->values.rows.count < CLOCK_ROWS) return OK;
  BoundRows *kept = lists->first;
  while (kept && kept->query != query) kept = kept->next;
  if (kept && kept == lists->awaited) lists->awaited = NULL;
  if (kept ? kept->binding == lists->bindings : lists->awaited != NULL) return OK;
  if (!kept) {
    ARENA_NEW(binder->arena, binder->error, kept);
    kept->query = query;
    kept->next = lists->first;
    lists->first = kept;
  }
  kept->binding = lists->bindings;
  *out = kept;
  return OK;
}

// Before row `row`: whether binding ends here, with what was done so far in *done.
static bool is_over(ValuesBinder *values, uint32_t row, uint32_t *done) {
  Binder *binder = values->binder;
  if (!values->kept || row % CLOCK_ROWS || row == *done) return false;
  if (host_monotonic_nanos(binder->context->facts->host) < values->end_nanos) return false;
  *done = row;
  binder->context->lists->awaited = values->kept;
  binder->wants_time = true;
  return true;
}

// Taken back by whoever sees wants_time (bind_statement.c).
static Status over(const Binder *binder) {
  return error_set(binder->error, ERROR_INTERNAL, -1, "binding goes on in the next slice");
}

static Status meet_type(Binder *binder, Type own, Type *type) {
  if (type->id == TYPE_INVALID) {
    if (own.id != TYPE_NULL) return type_normalize(binder->arena, binder->error, own, type);
    *type = own;
    return OK;
  }
  Type met;
  if (type_unify(binder->arena, *type, own, &met)) {
    *type = met;
    return OK;
  }
  if (type_is_nested(own)) TRY(type_normalize(binder->arena, binder->error, own, &own));
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  type_print(&text, *type);
  text_append(&text, STR(" and "));
  type_print(&text, own);
  Status status = error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1,
                            "Cannot combine types %.*s - an explicit cast is required", STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

// `typed`: the columns have their types already, those of an INSERT.
static Status bind_rows(ValuesBinder *values, ExprBinder *names, bool allow_default, bool typed) {
  uint32_t none = 0;
  uint32_t *bound = values->kept ? &values->kept->bound : &none;
  for (uint32_t r = *bound; r < values->rows->count; r++) {
    if (is_over(values, r, bound)) return over(values->binder);
    for (uint32_t c = 0; c < values->width; c++) {
      const SqlExpr *sql = values->rows->items[r].items[c];
      Expr **cell = &values->cells[(size_t)r * values->width + c];
      names->allow_default = allow_default && sql->kind == SQL_EXPR_DEFAULT;
      TRY(bind_expr(names, sql, cell));
      if (values->kept && !expr_is_constant(*cell)) values->kept = NULL;
      if (expr_has_kind(*cell, EXPR_SUBQUERY)) values->subqueries = true;
      if ((*cell)->kind != EXPR_DEFAULT && !typed) TRY(meet_type(values->binder, (*cell)->type, &values->types[c]));
    }
  }
  if (values->kept) *bound = values->rows->count;
  return OK;
}

static Status settle_rows(ValuesBinder *values) {
  Binder *binder = values->binder;
  uint32_t none = 0;
  uint32_t *settled = values->kept ? &values->kept->settled : &none;
  for (uint32_t r = *settled; r < values->rows->count; r++) {
    if (is_over(values, r, settled)) return over(binder);
    for (uint32_t c = 0; c < values->width; c++) {
      Expr **cell = &values->cells[(size_t)r * values->width + c];
      if ((*cell)->kind == EXPR_DEFAULT) continue;
      TRY(bind_as(binder, cell, values->types[c]));
      TRY(bind_literal_types(binder, cell));
    }
  }
  if (values->kept) *settled = values->rows->count;
  return OK;
}

// Each row is a query of its own.
static Status lift_rows(ValuesBinder *values, LogicalPlan *plan, BoundQuery *out) {
  Binder *binder = values->binder;
  uint32_t width = values->width, count = values->rows->count;
  LogicalPlan **children;
  ARENA_NEW_ARRAY(binder->arena, binder->error, children, count);
  for (uint32_t r = 0; r < count; r++) {
    LogicalPlan *row;
    Expr **cells = values->cells + (size_t)r * width;
    TRY(plan_make_dummy(&binder->planner, &row));
    for (uint32_t c = 0; c < width; c++) TRY(lift_subqueries(&binder->planner, &row, &cells[c]));
    TRY(plan_make_project(&binder->planner, row, cells, out->names, width, &children[r]));
  }
  if (count == 1) {
    out->plan = children[0];
    return OK;
  }
  plan->kind = LOGICAL_SET_OPERATION;
  plan->set_operation = (SetOperationNode){.operation = SET_UNION, .all = true};
  plan->children = children;
  plan->child_count = count;
  return OK;
}

static Status init_values(ValuesBinder *values, Binder *binder, const SqlQuery *query) {
  const SqlRowList *rows = &query->values.rows;
  *values = (ValuesBinder){.binder = binder, .rows = rows, .width = rows->count ? rows->items[0].count : 0};
  TRY(find_kept(binder, query, &values->kept));
  BoundRows *kept = values->kept;
  if (kept) values->end_nanos = host_monotonic_nanos(binder->context->facts->host) + SLICE_NANOS;
  if (kept && kept->cells) {
    values->cells = kept->cells;
    values->types = kept->types;
    return OK;
  }
  ARENA_NEW_ARRAY(binder->arena, binder->error, values->cells, (size_t)rows->count * values->width);
  ARENA_NEW_ARRAY(binder->arena, binder->error, values->types, values->width);
  if (!kept) return OK;
  kept->cells = values->cells;
  kept->types = values->types;
  return OK;
}

Status bind_values(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  ValuesBinder values;
  Scope scope = {.outer = outer, .ctes = ctes};
  ExprBinder names = expr_binder(binder, &scope, "VALUES list");
  LogicalPlan *plan;
  TRY(init_values(&values, binder, query));
  TRY(plan_make(&binder->planner, LOGICAL_VALUES, NULL, NULL, &plan));
  bool allow_default = binder->values_allow_default;
  binder->values_allow_default = false;
  // The VALUES of an INSERT take the types of its columns at once.
  bool typed = values.width && values.width == binder->values_type_count;
  if (typed) memcpy(values.types, binder->values_types, sizeof *values.types * values.width);
  binder->values_type_count = 0;
  TRY(bind_rows(&values, &names, allow_default, typed));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, values.width);
  for (uint32_t c = 0; c < values.width; c++) {
    Type *type = &values.types[c];
    if (type->id == TYPE_INVALID) *type = TYPE(NULL);
    TRY(type_normalize(binder->arena, binder->error, *type, type));
    TRY(str_format(binder->arena, binder->error, &out->names[c], "col%u", c));
    TRY(plan_add_column(&binder->planner, plan, plan->table, c, *type, out->names[c]));
  }
  TRY(settle_rows(&values));
  plan->values = (ValuesNode){.cells = values.cells, .row_count = values.rows->count};
  plan->row_estimate = values.rows->count;
  out->plan = plan;
  return values.subqueries ? lift_rows(&values, plan, out) : OK;
}
