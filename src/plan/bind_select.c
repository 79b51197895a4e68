// SPDX-License-Identifier: MIT
//
// bind_select.c: one SELECT. First all clauses are bound over the columns of FROM, with aggregates, windows and unnests left inside the expressions;
// then the nodes are made from the bottom up, and after each the expressions that are still to come are rewritten to its columns:
//
//   FROM, sample > WHERE > AGGREGATE > HAVING > WINDOW > QUALIFY > UNNEST > PROJECT (the select list and what else ORDER BY needs)
//        > DISTINCT > ORDER > LIMIT > PROJECT (the select list)
#include "plan/binder.h"

typedef struct SelectPlan {
  Binder *binder;
  SelectBinder select;
  Scope scope;
  LogicalPlan *plan;
  ExprList items; // of the select list, bound; then those that only ORDER BY and DISTINCT ON need
  uint32_t width; // of the select list
  Str *names;
  Expr *having;
  Expr *qualify;
  ARENA_LIST(SortKey) order; // expr NULL: item order_items[i]
  ARENA_LIST(uint32_t) order_items;
  ARENA_LIST(Str) order_collations;    // ORDER BY x COLLATE c
  ARENA_LIST(uint32_t) distinct_items; // DISTINCT ON
  ExprList groups;
  ExprList
      texts; // [groups.count] of a group under a collation the text itself, of which above it the first is seen; NULL: none
  GroupingSet *sets;
  uint32_t set_count;
  bool grouped;
  bool group_by_all;
} SelectPlan;

// ---------------------------------------------------------------------------------------------------------------------
// Binding the clauses
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_where(SelectPlan *select, const SqlSelect *sql, Expr **out) {
  Binder *binder = select->binder;
  *out = NULL;
  if (!sql->where) return OK;
  const SqlExpr *condition = sql->where;
  ExprBinder names = expr_binder(binder, &select->scope, "WHERE clause");
  names.allow_aliases = true;
  if (contains_star(condition)) {
    // WHERE COLUMNS(*) > 0: for all of them
    SqlExprList one = {0}, all = {0};
    ARENA_PUSH(binder->arena, binder->error, &one, (SqlExpr *)(uintptr_t)condition);
    TRY(expand_items(binder, &select->scope, &one, &all));
    for (uint32_t i = 0; i < all.count; i++) {
      Expr *part;
      TRY(bind_condition(&names, all.items[i], &part));
      TRY_NEW(binder, *out, expr_and(binder->arena, *out, part));
    }
    return bind_literal_types(binder, out);
  }
  TRY(bind_condition(&names, condition, out));
  return bind_literal_types(binder, out);
}

static Status bind_item(SelectPlan *select, uint32_t index, Expr **out) {
  SelectBinder *binding = &select->select;
  ExprBinder names = expr_binder(select->binder, &select->scope, "SELECT list");
  names.allow_aliases = true;
  names.allow_aggregates = true;
  names.allow_windows = true;
  names.allow_unnest = true;
  binding->visible_items = index;
  TRY(bind_expr(&names, binding->items.items[index], out));
  return bind_literal_types(select->binder, out);
}

// UNNEST of a STRUCT in the select list: its fields are columns.
typedef ARENA_LIST(Str) NameList;

static Status struct_field(SelectPlan *select, Expr *value, uint32_t i, int32_t position, Expr **field) {
  Binder *binder = select->binder;
  const TypeInfo *info = value->type.info;
  ExprBinder fields = expr_binder(binder, &select->scope, "SELECT list");
  Expr *copy;
  TRY_NEW(binder, copy, expr_copy(binder->arena, value));
  if (info->names) {
    TRY(bind_field(&fields, copy, info->names[i], position, field));
  } else {
    Expr *arguments[2] = {copy, NULL};
    TRY_NEW(binder, arguments[1], expr_constant(binder->arena, value_i64(TYPE(BIGINT), i + 1)));
    TRY(bind_function(&fields, "struct_extract", arguments, 2, position, field));
  }
  return bind_literal_types(binder, field);
}

// The fields of a STRUCT as columns, `depth` levels of them.
static Status push_fields(SelectPlan *select, const Expr *unnest, Expr *value, uint32_t depth, Str parent,
                          NameList *names) {
  Binder *binder = select->binder;
  const TypeInfo *info = value->type.info;
  for (uint32_t i = 0; i < info->count; i++) {
    Expr *field;
    Str name = info->names ? info->names[i] : (Str){NULL, 0};
    TRY(struct_field(select, value, i, unnest->position, &field));
    if (!name.data) TRY(str_format(binder->arena, binder->error, &name, "element%u", i + 1));
    if (parent.data && info->names)
      TRY(str_format(binder->arena, binder->error, &name, "%.*s.%.*s", STR_ARG(parent), STR_ARG(name)));
    if (field->type.id == TYPE_STRUCT && depth > 1) {
      Str inner = unnest->unnest.keep_parent_names ? name : (Str){NULL, 0};
      TRY(push_fields(select, unnest, field, depth - 1, inner, names));
      continue;
    }
    ARENA_PUSH(binder->arena, binder->error, &select->items, field);
    ARENA_PUSH(binder->arena, binder->error, names, name);
  }
  return OK;
}

static Status push_item(SelectPlan *select, Expr *item, Str name, NameList *names) {
  Binder *binder = select->binder;
  if (item->kind == EXPR_UNNEST && item->children[0]->type.id == TYPE_STRUCT)
    return push_fields(select, item, item->children[0], item->unnest.depth, (Str){NULL, 0}, names);
  ARENA_PUSH(binder->arena, binder->error, &select->items, item);
  ARENA_PUSH(binder->arena, binder->error, names, name);
  return OK;
}

static Status bind_items(SelectPlan *select) {
  Binder *binder = select->binder;
  SelectBinder *binding = &select->select;
  NameList names = {0};
  for (uint32_t i = 0; i < binding->items.count; i++) {
    // An item that is grouped by (ordinal, alias, the same text) is the group itself: bound once, so that it is the same subquery, too.
    Expr *item = binding->bound[i];
    if (!item) TRY(bind_item(select, i, &item));
    binding->bound[i] = item;
    Str name;
    TRY(sql_column_name(binder->arena, binding->items.items[i], &name, binder->error));
    // A column goes by its own name, in the case of its definition.
    if (binding->items.items[i]->kind == SQL_EXPR_COLUMN && !binding->items.items[i]->alias.data &&
        str_equal_nocase(item->name, name)) {
      name = item->name;
    }
    TRY(push_item(select, item, name, &names));
  }
  select->width = select->items.count;
  select->names = names.items;
  binding->visible_items = binding->items.count;
  return OK;
}

// --- GROUP BY

static Status add_group(SelectPlan *select, Expr *group, uint32_t *index) {
  Binder *binder = select->binder;
  Expr *text = NULL;
  if (collation_matters(binder, group->type)) {
    text = group;
    TRY(collation_push_own(binder, &group));
  }
  for (uint32_t i = 0; i < select->groups.count; i++) {
    if (!expr_equal(select->groups.items[i], group)) continue;
    *index = i;
    return OK;
  }
  *index = select->groups.count;
  ARENA_PUSH(binder->arena, binder->error, &select->groups, group);
  ARENA_PUSH(binder->arena, binder->error, &select->texts, text);
  return OK;
}

// The item that an expression of GROUP BY is; UINT32_MAX: none.
static uint32_t grouped_item(const SelectBinder *binding, const SqlExpr *sql) {
  if (sql->kind == SQL_EXPR_LITERAL) return (uint32_t)sql->literal.integer - 1; // checked before
  for (uint32_t i = 0; i < binding->items.count; i++) {
    const SqlExpr *item = binding->items.items[i];
    if (item->kind == SQL_EXPR_COLUMN || item->end == BOUND_COLUMN_END) continue;
    if (sql->kind == SQL_EXPR_COLUMN && sql->column.count == 1 && item->alias.data &&
        str_equal_nocase(item->alias, sql->column.items[0])) {
      return i;
    }
    if (sql_expr_equal(item, sql)) return i;
  }
  return UINT32_MAX;
}

static Status bind_group(SelectPlan *select, const SqlExpr *sql, uint32_t *index) {
  Binder *binder = select->binder;
  SelectBinder *binding = &select->select;
  ExprBinder names = expr_binder(binder, &select->scope, "GROUP BY clause");
  names.allow_aliases = true;
  names.whole_aliases = true;
  names.whole_alias = sql;
  Expr *group;
  if (sql->kind == SQL_EXPR_DEFAULT) {
    return error_set(binder->error, ERROR_BINDER, sql->position, "GROUP BY clause cannot contain DEFAULT clause");
  }
  if (sql->kind == SQL_EXPR_LITERAL && sql->literal.kind == SQL_LITERAL_INTEGER) {
    if (sql->literal.integer < 1 || sql->literal.integer > binding->items.count) {
      return error_set(binder->error, ERROR_BINDER, -1, "GROUP BY term out of range - should be between 1 and %u",
                       binding->items.count);
    }
    uint32_t at = (uint32_t)sql->literal.integer - 1;
    binding->visible_items = at;
    Status status = bind_expr(&names, binding->items.items[at], &group);
    binding->visible_items = binding->items.count;
    TRY(status);
  } else {
    TRY(bind_expr(&names, sql, &group));
  }
  TRY(bind_literal_types(binder, &group));
  if (expr_has_kind(group, EXPR_SUBQUERY) &&
      !(sql->kind == SQL_EXPR_LITERAL && sql->literal.kind != SQL_LITERAL_INTEGER)) {
    uint32_t item = grouped_item(binding, sql);
    if (item != UINT32_MAX) binding->bound[item] = group;
  }
  return add_group(select, group, index);
}

static Status bind_groups(SelectPlan *select, const SqlGroupBy *sql) {
  Binder *binder = select->binder;
  if (!sql->present || sql->all) return OK;
  uint32_t *index;
  ARENA_NEW_ARRAY(binder->arena, binder->error, index, sql->exprs.count);
  for (uint32_t i = 0; i < sql->exprs.count; i++) TRY(bind_group(select, sql->exprs.items[i], &index[i]));
  select->set_count = sql->sets.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, select->sets, sql->sets.count);
  for (uint32_t s = 0; s < sql->sets.count; s++) {
    const SqlGroupingSet *from = &sql->sets.items[s];
    uint32_t *members;
    uint32_t count = 0;
    ARENA_NEW_ARRAY(binder->arena, binder->error, members, from->count);
    for (uint32_t i = 0; i < from->count; i++) {
      uint32_t group = index[from->items[i]];
      uint32_t at = 0;
      while (at < count && members[at] < group) at++;
      if (at < count && members[at] == group) continue;
      memmove(&members[at + 1], &members[at], sizeof *members * (count - at));
      members[at] = group;
      count++;
    }
    select->sets[s] = (GroupingSet){members, count};
  }
  // One set of all groups is what there is without sets.
  if (select->set_count == 1 && select->sets[0].count == select->groups.count) select->set_count = 0;
  return OK;
}

typedef struct AggregateSearch {
  const SelectBinder *select;
  bool found;
  bool varies; // from row to row: it refers to a column
} AggregateSearch;
static bool search_aggregate(void *context, Expr *expr) {
  AggregateSearch *search = context;
  if (expr->kind == EXPR_COLUMN || (expr->kind == EXPR_SUBQUERY && expr->subquery.correlated)) search->varies = true;
  if (expr->kind == EXPR_AGGREGATE || expr->kind == EXPR_WINDOW) search->found = true;
  if (expr->kind == EXPR_COLUMN &&
      (expr->column.table == search->select->outer_table || expr->column.table == search->select->grouping_table)) {
    search->found = true;
  }
  return !search->found;
}

static Status group_by_all(SelectPlan *select) {
  for (uint32_t i = 0; i < select->width; i++) {
    AggregateSearch search = {&select->select, false, false};
    expr_visit(select->items.items[i], search_aggregate, &search);
    if (search.found || (select->select.has_aggregates && !search.varies)) continue;
    Expr *group;
    uint32_t index;
    TRY_NEW(select->binder, group, expr_copy(select->binder->arena, select->items.items[i]));
    TRY(add_group(select, group, &index));
  }
  return OK;
}

// --- ORDER BY, DISTINCT ON

// The item of the select list that an expression of ORDER BY means; UINT32_MAX: none.
static uint32_t find_item(const SelectPlan *select, const SqlExpr *sql) {
  const SelectBinder *binding = &select->select;
  if (binding->items.count != select->width) return UINT32_MAX; // an UNNEST of a STRUCT changed the positions
  for (uint32_t i = 0; i < binding->items.count; i++) {
    const SqlExpr *item = binding->items.items[i];
    if (sql->kind == SQL_EXPR_COLUMN && sql->column.count == 1 && item->alias.data &&
        str_equal_nocase(item->alias, sql->column.items[0])) {
      return i;
    }
  }
  // ORDER BY a: the item t.a, unless there is a u.a too.
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; i < binding->items.count; i++) {
    const SqlExpr *item = binding->items.items[i];
    if (sql->kind == SQL_EXPR_COLUMN && sql->column.count == 1 && item->kind == SQL_EXPR_COLUMN && !item->alias.data &&
        str_equal_nocase(item->column.items[item->column.count - 1], sql->column.items[0])) {
      if (found != UINT32_MAX && !sql_expr_equal(binding->items.items[found], item)) return UINT32_MAX;
      if (found == UINT32_MAX) found = i;
    }
  }
  if (found != UINT32_MAX) return found;
  for (uint32_t i = 0; i < binding->items.count; i++) {
    if (binding->items.items[i]->end != BOUND_COLUMN_END && sql_expr_equal(binding->items.items[i], sql)) return i;
  }
  return UINT32_MAX;
}

static Status output_item(SelectPlan *select, const SqlExpr *sql, const char *clause, bool *is_constant,
                          uint32_t *out) {
  Binder *binder = select->binder;
  *is_constant = false;
  if (sql->kind == SQL_EXPR_LITERAL && sql->literal.kind == SQL_LITERAL_INTEGER) {
    if (sql->literal.integer < 1 || sql->literal.integer > select->width) {
      return error_set(binder->error, ERROR_BINDER, sql->position,
                       "ORDER term out of range - should be between 1 and %u", select->width);
    }
    *out = (uint32_t)sql->literal.integer - 1;
    return OK;
  }
  if (sql->kind == SQL_EXPR_ORDINAL && sql->ordinal.index >= 1 && sql->ordinal.index <= select->width) {
    *out = sql->ordinal.index - 1;
    return OK;
  }
  *out = find_item(select, sql);
  if (*out != UINT32_MAX) return OK;
  ExprBinder names = expr_binder(binder, &select->scope, clause);
  names.allow_aliases = true;
  names.aliases_first = true;
  names.allow_aggregates = true;
  names.allow_windows = true;
  names.allow_unnest = true;
  Expr *expr;
  TRY(bind_expr(&names, sql, &expr));
  TRY(bind_literal_types(binder, &expr));
  if (expr->kind == EXPR_CONSTANT) {
    *is_constant = true;
    return OK;
  }
  for (uint32_t i = 0; i < select->items.count; i++) {
    if (!expr_equal(select->items.items[i], expr)) continue;
    *out = i;
    return OK;
  }
  *out = select->items.count;
  ARENA_PUSH(binder->arena, binder->error, &select->items, expr);
  return OK;
}

static Status push_order(SelectPlan *select, uint32_t item, SortSpec spec, Str collation) {
  Binder *binder = select->binder;
  SortKey key = {.spec = spec};
  ARENA_PUSH(binder->arena, binder->error, &select->order, key);
  ARENA_PUSH(binder->arena, binder->error, &select->order_items, item);
  ARENA_PUSH(binder->arena, binder->error, &select->order_collations, collation);
  return OK;
}

// A literal that is no position: it would do nothing.
Status refuse_literal_key(Binder *binder, const SqlExpr *key, const char *clause) {
  Value allowed;
  StatementFacts *facts = binder->context->facts;
  if (facts->setting && facts->setting(facts->session, STR("order_by_non_integer_literal"), &allowed) &&
      allowed.type.id == TYPE_BOOLEAN && !allowed.is_null && allowed.boolean) {
    return OK;
  }
  return error_set(binder->error, ERROR_BINDER, key->position,
                   "%s non-integer literal has no effect.\n* SET order_by_non_integer_literal=true to allow this "
                   "behavior.",
                   clause);
}

static Status bind_order(SelectPlan *select, const SqlOrderList *orders) {
  Binder *binder = select->binder;
  for (uint32_t i = 0; i < orders->count; i++) {
    const SqlOrder *order = &orders->items[i];
    SortSpec spec;
    TRY(make_sort_spec(binder, order, &spec));
    if (order->expr->kind == SQL_EXPR_STAR && !order->expr->star.columns && !order->expr->star.relation.count) {
      for (uint32_t item = 0; item < select->width; item++) TRY(push_order(select, item, spec, (Str){NULL, 0}));
      continue;
    }
    SqlExprList exprs = {0};
    if (contains_star(order->expr)) {
      SqlExprList one = {0};
      ARENA_PUSH(binder->arena, binder->error, &one, order->expr);
      TRY(expand_items(binder, &select->scope, &one, &exprs));
      for (uint32_t k = 0; k < exprs.count; k++) exprs.items[k]->alias = (Str){NULL, 0};
    } else {
      ARENA_PUSH(binder->arena, binder->error, &exprs, order->expr);
    }
    for (uint32_t k = 0; k < exprs.count; k++) {
      uint32_t item;
      bool is_constant;
      const SqlExpr *sql = exprs.items[k];
      Str collation = {NULL, 0};
      if (sql->kind == SQL_EXPR_COLLATE) { // COLLATE is of the key: `1 COLLATE c` is the first item
        collation = sql->collate.collation;
        TRY(collation_check(binder, collation, sql->position));
        sql = sql->collate.child;
      }
      TRY(output_item(select, sql, "ORDER BY clause", &is_constant, &item));
      if (!is_constant) TRY(push_order(select, item, spec, collation));
      if (is_constant && exprs.items[k]->kind == SQL_EXPR_LITERAL && exprs.items[k]->literal.kind != SQL_LITERAL_NULL) {
        TRY(refuse_literal_key(binder, exprs.items[k], "ORDER BY"));
      }
    }
  }
  return OK;
}

static Status bind_clauses(SelectPlan *select, const SqlQuery *query) {
  Binder *binder = select->binder;
  SelectBinder *binding = &select->select;
  const SqlSelect *sql = &query->select;
  binding->visible_items = binding->items.count;
  TRY(bind_groups(select, &sql->group_by));
  TRY(bind_items(select));
  select->grouped = sql->group_by.present || sql->having;
  if (sql->having) {
    ExprBinder names = expr_binder(binder, &select->scope, "HAVING clause");
    names.allow_aliases = true;
    names.allow_aggregates = true;
    names.having_groups = &select->groups;
    TRY(bind_condition(&names, sql->having, &select->having));
    TRY(bind_literal_types(binder, &select->having));
  }
  if (sql->qualify) {
    ExprBinder names = expr_binder(binder, &select->scope, "QUALIFY clause");
    names.allow_aliases = true;
    names.allow_aggregates = true;
    names.allow_windows = true;
    TRY(bind_condition(&names, sql->qualify, &select->qualify));
    TRY(bind_literal_types(binder, &select->qualify));
    bool windows = expr_has_kind(select->qualify, EXPR_WINDOW);
    for (uint32_t i = 0; !windows && i < select->width; i++)
      windows = expr_has_kind(select->items.items[i], EXPR_WINDOW);
    if (!windows) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "at least one window function must appear in the SELECT column or QUALIFY clause");
    }
  }
  SqlExprList distinct_on = sql->distinct_on;
  bool stars = false;
  for (uint32_t i = 0; i < sql->distinct_on.count; i++) stars |= contains_star(sql->distinct_on.items[i]);
  if (stars) {
    distinct_on = (SqlExprList){0};
    TRY(expand_items(binder, &select->scope, &sql->distinct_on, &distinct_on));
  }
  for (uint32_t i = 0; i < distinct_on.count; i++) {
    uint32_t item;
    bool is_constant;
    const SqlExpr *key = distinct_on.items[i];
    if (key->kind == SQL_EXPR_PARAMETER) {
      return error_set(binder->error, ERROR_PARAMETER, -1, "Parameter not supported in DISTINCT ON clause");
    }
    TRY(output_item(select, key, "DISTINCT ON clause", &is_constant, &item));
    if (is_constant && key->kind == SQL_EXPR_LITERAL && key->literal.kind != SQL_LITERAL_NULL) {
      TRY(refuse_literal_key(binder, key, "DISTINCT ON"));
    }
    if (!is_constant) ARENA_PUSH(binder->arena, binder->error, &select->distinct_items, item);
  }
  TRY(bind_order(select, &query->orders));
  select->group_by_all = sql->group_by.all;
  if (sql->group_by.all) TRY(group_by_all(select));
  select->grouped = select->grouped || binding->has_aggregates;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// AGGREGATE: expressions above it may only use groups and aggregates
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Regrouping {
  SelectPlan *select;
  const LogicalPlan *from;
  ExprIndex aggregates;
  uint32_t group_table;
  uint32_t aggregate_table;
  bool having;
  bool in_subquery;
} Regrouping;

static Status regroup(Regrouping *regrouping, Expr **slot);

static Status regroup_slot(void *context, Expr **slot) { return regroup(context, slot); }

static Status regroup_plan(Regrouping *regrouping, LogicalPlan *plan) {
  TRY(plan_visit_expressions(plan, regroup_slot, regrouping));
  for (uint32_t i = 0; i < plan->child_count; i++) TRY(regroup_plan(regrouping, plan->children[i]));
  return OK;
}

static Status not_grouped(Regrouping *regrouping, const Expr *column) {
  Binder *binder = regrouping->select->binder;
  if (regrouping->select->group_by_all) {
    return error_set(
        binder->error, ERROR_BINDER, column->position,
        "column \"%.*s\" must appear in the GROUP BY clause or must be part of an aggregate function.\nGROUP BY ALL "
        "will "
        "only group entries in the SELECT list. Add it to the SELECT list or GROUP BY this entry explicitly.",
        STR_ARG(column->name));
  }
  if (regrouping->having) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "column %.*s must appear in the GROUP BY clause or be used in an aggregate function",
                     STR_ARG(column->name));
  }
  return error_set(
      binder->error, ERROR_BINDER, column->position,
      "column \"%.*s\" must appear in the GROUP BY clause or must be part of an aggregate function.\nEither add it "
      "to the GROUP BY list, or use \"ANY_VALUE(%.*s)\" if the exact value of \"%.*s\" is not important.",
      STR_ARG(column->name), STR_ARG(column->name), STR_ARG(column->name));
}

// The column of the AGGREGATE that an aggregate becomes, in the place of *slot.
static Status regroup_aggregate(Regrouping *regrouping, Expr **slot, Expr *aggregate) {
  Binder *binder = regrouping->select->binder;
  const Expr *expr = *slot;
  uint32_t index;
  TRY(expr_index_put(&binder->planner, &regrouping->aggregates, aggregate, &index));
  Expr *column;
  TRY_NEW(binder, column, expr_column(binder->arena, regrouping->aggregate_table, index, aggregate->type, expr->name));
  column->position = expr->position;
  *slot = column;
  return OK;
}

static Status regroup(Regrouping *regrouping, Expr **slot) {
  SelectPlan *select = regrouping->select;
  Binder *binder = select->binder;
  Expr *expr = *slot;
  for (uint32_t i = 0; i < select->texts.count && !regrouping->in_subquery; i++) {
    if (!select->texts.items[i] || !expr_equal(select->texts.items[i], expr)) continue;
    Expr *argument, *first;
    TRY_NEW(binder, argument, expr_copy(binder->arena, expr));
    TRY(make_aggregate(&binder->planner, "first", &argument, 1, false, &first));
    first->type = expr->type; // keeps the collation
    return regroup_aggregate(regrouping, slot, first);
  }
  for (uint32_t i = 0; i < select->groups.count; i++) {
    if (!expr_equal(select->groups.items[i], expr)) continue;
    TRY_NEW(binder, *slot, expr_column(binder->arena, regrouping->group_table, i, expr->type, expr->name));
    (*slot)->position = expr->position;
    return OK;
  }
  if (expr->kind == EXPR_AGGREGATE && !regrouping->in_subquery) {
    return regroup_aggregate(regrouping, slot, expr);
  }
  if (expr->kind == EXPR_COLUMN) {
    if (plan_find_column(regrouping->from, expr->column.table, expr->column.column, NULL))
      return not_grouped(regrouping, expr);
    return OK;
  }
  for (uint32_t i = 0; i < expr->child_count; i++) TRY(regroup(regrouping, &expr->children[i]));
  if (expr->kind == EXPR_AGGREGATE) {
    if (expr->aggregate.filter) TRY(regroup(regrouping, &expr->aggregate.filter));
    for (uint32_t i = 0; i < expr->aggregate.order_count; i++) TRY(regroup(regrouping, &expr->aggregate.order[i].expr));
  }
  if (expr->kind == EXPR_SUBQUERY) {
    bool outer = regrouping->in_subquery;
    regrouping->in_subquery = true;
    Status status = regroup_plan(regrouping, expr->subquery.plan);
    regrouping->in_subquery = outer;
    return status;
  }
  return OK;
}

// A rewrite of everything that is still to be put on a node.
typedef Status (*SelectRewrite)(void *context, Expr **slot);
static Status rewrite_rest(SelectPlan *select, SelectRewrite rewrite, void *context) {
  for (uint32_t i = 0; i < select->items.count; i++) TRY(rewrite(context, &select->items.items[i]));
  if (select->qualify) TRY(rewrite(context, &select->qualify));
  return OK;
}

typedef struct MapRewrite {
  Planner *planner;
  const ColumnMap *map;
} MapRewrite;
static Status apply_map(void *context, Expr **slot) {
  MapRewrite *rewrite = context;
  return expr_replace_columns(rewrite->planner, slot, rewrite->map);
}

static Status make_groupings(SelectPlan *select, LogicalPlan *node) {
  Binder *binder = select->binder;
  const SelectBinder *binding = &select->select;
  GroupingSet *groupings;
  ARENA_NEW_ARRAY(binder->arena, binder->error, groupings, binding->groupings.count);
  for (uint32_t k = 0; k < binding->groupings.count; k++) {
    const ExprList *arguments = &binding->groupings.items[k];
    uint32_t count = arguments->count ? arguments->count : select->groups.count;
    uint32_t *members;
    ARENA_NEW_ARRAY(binder->arena, binder->error, members, count);
    for (uint32_t i = 0; i < count; i++) {
      members[i] = i;
      if (!arguments->count) continue;
      uint32_t group = 0;
      while (group < select->groups.count && !expr_equal(select->groups.items[group], arguments->items[i])) group++;
      if (group == select->groups.count) {
        return error_set(binder->error, ERROR_BINDER, arguments->items[i]->position,
                         "GROUPING child \"%.*s\" must be a grouping column", STR_ARG(arguments->items[i]->name));
      }
      members[i] = group;
    }
    groupings[k] = (GroupingSet){members, count};
    TRY(plan_add_column(&binder->planner, node, binding->grouping_table, k, TYPE(BIGINT), STR("grouping")));
  }
  node->aggregate.groupings = groupings;
  node->aggregate.grouping_count = binding->groupings.count;
  node->aggregate.grouping_table = binding->grouping_table;
  return OK;
}

static Status make_aggregation(SelectPlan *select) {
  Binder *binder = select->binder;
  Planner *planner = &binder->planner;
  SelectBinder *binding = &select->select;
  Regrouping regrouping = {.select = select,
                           .from = select->plan,
                           .group_table = planner->next_table++,
                           .aggregate_table = planner->next_table++};
  if (binding->groupings.count && !select->groups.count) {
    return error_set(binder->error, ERROR_BINDER, -1, "GROUPING statement cannot be used without groups");
  }
  regrouping.having = true;
  if (select->having) TRY(regroup(&regrouping, &select->having));
  regrouping.having = false;
  TRY(rewrite_rest(select, regroup_slot, &regrouping));
  // Aggregates that inner queries asked for.
  ColumnMap map = {0};
  for (uint32_t i = 0; i < binding->outer_aggregates.count; i++) {
    Expr *aggregate = binding->outer_aggregates.items[i], *column;
    uint32_t index;
    TRY(expr_index_put(planner, &regrouping.aggregates, aggregate, &index));
    TRY_NEW(binder, column,
            expr_column(binder->arena, regrouping.aggregate_table, index, aggregate->type, aggregate->name));
    TRY(column_map_add(planner, &map, binding->outer_table, i, column));
  }
  MapRewrite rewrite = {planner, &map};
  TRY(rewrite_rest(select, apply_map, &rewrite));
  if (select->having) TRY(apply_map(&rewrite, &select->having));
  for (uint32_t i = 0; i < select->groups.count; i++)
    TRY(lift_subqueries(planner, &select->plan, &select->groups.items[i]));
  for (uint32_t i = 0; i < regrouping.aggregates.list.count; i++) {
    TRY(lift_subqueries(planner, &select->plan, &regrouping.aggregates.list.items[i]));
  }
  LogicalPlan *node;
  TRY(plan_make(planner, LOGICAL_AGGREGATE, select->plan, NULL, &node));
  node->aggregate = (AggregateNode){.groups = select->groups.items,
                                    .group_count = select->groups.count,
                                    .aggregates = regrouping.aggregates.list.items,
                                    .aggregate_count = regrouping.aggregates.list.count,
                                    .sets = select->sets,
                                    .set_count = select->set_count,
                                    .group_table = regrouping.group_table,
                                    .aggregate_table = regrouping.aggregate_table,
                                    .grouping_table = binding->grouping_table};
  for (uint32_t i = 0; i < select->groups.count; i++) {
    const Expr *group = select->groups.items[i];
    TRY(plan_add_column(planner, node, regrouping.group_table, i, group->type, group->name));
  }
  for (uint32_t i = 0; i < regrouping.aggregates.list.count; i++) {
    const Expr *aggregate = regrouping.aggregates.list.items[i];
    TRY(plan_add_column(planner, node, regrouping.aggregate_table, i, aggregate->type, aggregate->name));
  }
  TRY(make_groupings(select, node));
  select->plan = node;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// WINDOW and UNNEST
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Extraction {
  SelectPlan *select;
  ExprKind kind;
  ExprList found;
  uint32_t table;
  uint32_t above; // only UNNESTs with as many others around them
} Extraction;

// Nothing of its kind is inside, and nothing was that this round has taken out already (children are rewritten first).
static bool is_innermost(const Extraction *extraction, const Expr *expr) {
  for (uint32_t i = 0; i < expr->child_count; i++) {
    const Expr *child = expr->children[i];
    bool taken = child->kind == EXPR_COLUMN && child->column.table == extraction->table;
    if (taken || child->kind == extraction->kind || !is_innermost(extraction, child)) return false;
  }
  return true;
}

static Status extract_one(void *context, Expr **slot) {
  Extraction *extraction = context;
  Binder *binder = extraction->select->binder;
  Expr *expr = *slot;
  if (expr->kind != extraction->kind || !is_innermost(extraction, expr)) return OK;
  if (expr->kind == EXPR_UNNEST && expr->unnest.above != extraction->above) return OK;
  uint32_t index = extraction->found.count;
  for (uint32_t i = 0; i < extraction->found.count && extraction->kind == EXPR_UNNEST; i++) {
    if (expr_equal(extraction->found.items[i], expr)) index = i;
  }
  if (index == extraction->found.count) ARENA_PUSH(binder->arena, binder->error, &extraction->found, expr);
  TRY_NEW(binder, *slot, expr_column(binder->arena, extraction->table, index, expr->type, expr->name));
  (*slot)->position = expr->position;
  return OK;
}
static Status extract_slot(void *context, Expr **slot) { return expr_rewrite(slot, extract_one, context); }

static Status make_windows(SelectPlan *select) {
  Binder *binder = select->binder;
  Planner *planner = &binder->planner;
  Extraction extraction = {.select = select, .kind = EXPR_WINDOW, .table = planner->next_table++};
  TRY(rewrite_rest(select, extract_slot, &extraction));
  if (!extraction.found.count) return OK;
  for (uint32_t i = 0; i < extraction.found.count; i++) {
    TRY(lift_subqueries(planner, &select->plan, &extraction.found.items[i]));
  }
  LogicalPlan *node;
  TRY(plan_make(planner, LOGICAL_WINDOW, select->plan, NULL, &node));
  node->window = (WindowNode){
      .windows = extraction.found.items, .window_count = extraction.found.count, .table = extraction.table};
  for (uint32_t i = 0; i < extraction.found.count; i++) {
    TRY(plan_add_column(planner, node, extraction.table, i, extraction.found.items[i]->type, STR("window")));
  }
  select->plan = node;
  return plan_update_columns(planner, node);
}

static bool find_deepest(void *context, Expr *expr) {
  Extraction *extraction = context;
  if (expr->kind == EXPR_UNNEST) extraction->above = MAX_OF(extraction->above, expr->unnest.above);
  return true;
}
static Status find_deepest_slot(void *context, Expr **slot) {
  expr_visit(*slot, find_deepest, context);
  return OK;
}

static Status make_unnests(SelectPlan *select) {
  Binder *binder = select->binder;
  Planner *planner = &binder->planner;
  // Innermost first; each round takes those with the most others around them, so that all end with the last round.
  for (uint32_t round = 0; round < EXPR_DEPTH_LIMIT; round++) {
    Extraction extraction = {.select = select, .kind = EXPR_UNNEST, .table = planner->next_table++};
    TRY(rewrite_rest(select, find_deepest_slot, &extraction));
    TRY(rewrite_rest(select, extract_slot, &extraction));
    if (!extraction.found.count) return OK;
    Expr **lists;
    ARENA_NEW_ARRAY(binder->arena, binder->error, lists, extraction.found.count);
    LogicalPlan *node;
    for (uint32_t i = 0; i < extraction.found.count; i++) {
      lists[i] = extraction.found.items[i]->children[0];
      if (lists[i]->type.id != TYPE_LIST && lists[i]->type.id != TYPE_NULL) {
        return error_set(binder->error, ERROR_BINDER, extraction.found.items[i]->position,
                         "UNNEST() on a struct column can only be applied as the root element of a SELECT expression");
      }
      TRY(lift_subqueries(planner, &select->plan, &lists[i]));
    }
    TRY(plan_make(planner, LOGICAL_UNNEST, select->plan, NULL, &node));
    node->unnest = (UnnestNode){.lists = lists, .list_count = extraction.found.count, .table = extraction.table};
    for (uint32_t i = 0; i < extraction.found.count; i++) {
      TRY(plan_add_column(planner, node, extraction.table, i, extraction.found.items[i]->type, STR("unnest")));
    }
    select->plan = node;
    TRY(plan_update_columns(planner, node));
  }
  return error_set(binder->error, ERROR_BINDER, -1, "UNNEST is nested too deeply");
}

// ---------------------------------------------------------------------------------------------------------------------
// The nodes
// ---------------------------------------------------------------------------------------------------------------------

// What has no subquery filters first, so that subqueries meet few rows; then each subquery filters at once.
Status add_filter(Binder *binder, LogicalPlan **plan, Expr *condition) {
  Planner *planner = &binder->planner;
  ExprList conjuncts = {0}, plain = {0};
  TRY(split_conjuncts(planner, condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (!expr_has_kind(conjuncts.items[i], EXPR_SUBQUERY))
      ARENA_PUSH(binder->arena, binder->error, &plain, conjuncts.items[i]);
  }
  if (plain.count) {
    Expr *together;
    TRY_NEW(binder, together, join_conjuncts(planner, plain.items, plain.count));
    TRY(plan_make_filter(planner, *plan, together, plan));
  }
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *conjunct = conjuncts.items[i];
    if (!expr_has_kind(conjunct, EXPR_SUBQUERY)) continue;
    TRY(lift_subqueries(planner, plan, &conjunct));
    TRY(plan_make_filter(planner, *plan, conjunct, plan));
  }
  return OK;
}

static Status make_distinct(SelectPlan *select, const SqlSelect *sql, const LogicalPlan *project) {
  Binder *binder = select->binder;
  Planner *planner = &binder->planner;
  if (!sql->distinct && !sql->distinct_on.count) return OK;
  LogicalPlan *node;
  TRY(plan_make(planner, LOGICAL_DISTINCT, select->plan, NULL, &node));
  select->plan = node;
  TRY(plan_update_columns(planner, node));
  bool on = sql->distinct_on.count > 0;
  bool collated = false;
  for (uint32_t i = 0; i < select->width; i++) collated |= collation_matters(binder, project->columns[i].type);
  if (!on && !collated && select->items.count == select->width) return OK;
  uint32_t count = on ? select->distinct_items.count : select->width;
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->distinct.keys, count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t item = on ? select->distinct_items.items[i] : i;
    TRY_NEW(binder, node->distinct.keys[i], plan_column_ref(planner, &project->columns[item]));
    TRY(collation_push_own(binder, &node->distinct.keys[i]));
  }
  node->distinct.key_count = count;
  if (!on) return OK;
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->distinct.order, select->order.count);
  for (uint32_t i = 0; i < select->order.count; i++) {
    node->distinct.order[i].spec = select->order.items[i].spec;
    TRY_NEW(binder, node->distinct.order[i].expr,
            plan_column_ref(planner, &project->columns[select->order_items.items[i]]));
    TRY(collated_type(binder, select->order_collations.items[i], &node->distinct.order[i].expr->type));
    TRY(collation_push_own(binder, &node->distinct.order[i].expr));
  }
  node->distinct.order_count = select->order.count;
  return OK;
}

static Status make_order(SelectPlan *select, const LogicalPlan *project) {
  Binder *binder = select->binder;
  if (!select->order.count) return OK;
  LogicalPlan *node;
  TRY(plan_make(&binder->planner, LOGICAL_ORDER, select->plan, NULL, &node));
  for (uint32_t i = 0; i < select->order.count; i++) {
    TRY_NEW(binder, select->order.items[i].expr,
            plan_column_ref(&binder->planner, &project->columns[select->order_items.items[i]]));
    TRY(collated_type(binder, select->order_collations.items[i], &select->order.items[i].expr->type));
    TRY(collation_push_own(binder, &select->order.items[i].expr));
  }
  node->order.keys = select->order.items;
  node->order.key_count = select->order.count;
  select->plan = node;
  return plan_update_columns(&binder->planner, node);
}

static Status make_plan(SelectPlan *select, const SqlQuery *query, Expr *where) {
  Binder *binder = select->binder;
  Planner *planner = &binder->planner;
  const SqlSelect *sql = &query->select;
  TRY(plan_update_all_columns(planner, select->plan)); // scans may have got row ids meanwhile
  TRY(add_filter(binder, &select->plan, where));
  if (select->grouped) {
    TRY(make_aggregation(select));
    TRY(add_filter(binder, &select->plan, select->having));
  }
  TRY(make_windows(select));
  TRY(add_filter(binder, &select->plan, select->qualify));
  TRY(make_unnests(select));
  for (uint32_t i = 0; i < select->items.count; i++)
    TRY(lift_subqueries(planner, &select->plan, &select->items.items[i]));
  Str *names;
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, select->items.count);
  for (uint32_t i = 0; i < select->items.count; i++)
    names[i] = i < select->width ? select->names[i] : select->items.items[i]->name;
  LogicalPlan *project;
  TRY(plan_make_project(planner, select->plan, select->items.items, names, select->items.count, &project));
  select->plan = project;
  TRY(make_distinct(select, sql, project));
  TRY(make_order(select, project));
  TRY(apply_limit(binder, query, &select->plan));
  if (select->items.count == select->width) return OK;
  Expr **visible;
  ARENA_NEW_ARRAY(binder->arena, binder->error, visible, select->width);
  for (uint32_t i = 0; i < select->width; i++)
    TRY_NEW(binder, visible[i], plan_column_ref(planner, &project->columns[i]));
  return plan_make_project(planner, select->plan, visible, select->names, select->width, &select->plan);
}

Status bind_select(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  const SqlSelect *sql = &query->select;
  SelectPlan *select;
  ARENA_NEW(binder->arena, binder->error, select);
  select->binder = binder;
  select->scope.outer = outer;
  select->scope.ctes = ctes;
  TRY(bind_from(binder, sql->from, &select->scope, &select->plan));
  TRY(apply_sample(binder, sql->sample, &select->plan));
  SelectBinder *binding = &select->select;
  binding->binder = binder;
  binding->scope = &select->scope;
  binding->select = sql;
  binding->outer_table = binder->planner.next_table++;
  binding->grouping_table = binder->planner.next_table++;
  TRY(expand_items(binder, &select->scope, &sql->items, &binding->items));
  ARENA_NEW_ARRAY(binder->arena, binder->error, binding->bound, binding->items.count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, binding->binding, binding->items.count);
  binding->visible_items = binding->items.count;
  select->scope.select = binding;
  Expr *where;
  TRY(bind_where(select, sql, &where));
  TRY(bind_clauses(select, query));
  TRY(make_plan(select, query, where));
  select->scope.select = NULL;
  out->plan = select->plan;
  out->names = select->names;
  return OK;
}
