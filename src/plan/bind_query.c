// SPDX-License-Identifier: MIT
//
// bind_query.c: queries: WITH, set operations, VALUES, and what stands around them: ORDER BY, LIMIT.
//
// A CTE is bound when it is first used. Used once (or NOT MATERIALIZED, or when it uses columns of a query around it) it becomes part of the plan where it is used;
// otherwise a CTE node over the query keeps its rows, and CTE_SCANs read them.
#include "plan/binder.h"

// ---------------------------------------------------------------------------------------------------------------------
// WITH
// ---------------------------------------------------------------------------------------------------------------------

CteBinding *find_cte(CteBinding *ctes, Str name) {
  for (CteBinding *cte = ctes; cte; cte = cte->next) {
    if (str_equal_nocase(cte->cte->name, name)) return cte;
  }
  return NULL;
}

// recurring.name: within the recursive part of a CTE, what all its rounds have given.
bool is_recurring(const SqlName *name) {
  return !name->catalog.data && name->schema.data && str_equal_nocase(name->schema, STR("recurring"));
}

typedef struct NameSearch {
  Str name;
  bool found;
} NameSearch;

static Status search_from(SqlVisitor *visitor, SqlFrom **slot) {
  NameSearch *search = visitor->context;
  const SqlFrom *from = *slot;
  if (from->kind == SQL_FROM_TABLE && (!from->table.name.schema.data || is_recurring(&from->table.name)) &&
      str_equal_nocase(from->table.name.name, search->name)) {
    search->found = true;
  }
  return sql_visit_from_children(visitor, *slot);
}

static Status query_uses_name(Binder *binder, const SqlQuery *query, Str name, bool *uses) {
  NameSearch search = {name, false};
  SqlVisitor visitor = {.from = search_from, .context = &search, .error = binder->error};
  SqlQuery *slot = (SqlQuery *)(uintptr_t)query;
  TRY(sql_visit_query(&visitor, &slot));
  *uses = search.found;
  return OK;
}

static Status make_cte_scan(Binder *binder, uint32_t id, Str name, const Str *names, const Type *types, uint32_t count,
                            bool recursive, LogicalPlan **out) {
  TRY(plan_make(&binder->planner, LOGICAL_CTE_SCAN, NULL, NULL, out));
  LogicalPlan *scan = *out;
  scan->cte = (CteNode){.id = id, .name = name, .recursive = recursive, .column_count = count};
  ARENA_NEW_ARRAY(binder->arena, binder->error, scan->cte.columns, count);
  for (uint32_t i = 0; i < count; i++) {
    scan->cte.columns[i] = i;
    TRY(plan_add_column(&binder->planner, scan, scan->table, i, types[i], names[i]));
  }
  return OK;
}

static Status name_cte_columns(Binder *binder, CteBinding *cte, const BoundQuery *query) {
  uint32_t count = query->plan->column_count;
  const SqlNameList *aliases = &cte->cte->column_aliases;
  if (aliases->count > count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "table \"%.*s\" has %u columns available but %u columns specified", STR_ARG(cte->cte->name), count,
                     aliases->count);
  }
  ARENA_NEW_ARRAY(binder->arena, binder->error, cte->names, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, cte->types, count);
  cte->count = count;
  for (uint32_t i = 0; i < count; i++) {
    cte->names[i] = i < aliases->count ? aliases->items[i] : query->names[i];
    cte->types[i] = query->plan->columns[i].type;
  }
  return OK;
}

// USING KEY: columns of the CTE by name.
static Status bind_key_columns(Binder *binder, const CteBinding *cte, BoundQuery *out) {
  const SqlExprList *keys = &cte->cte->key_columns;
  CteNode *node = &out->plan->cte;
  Scope scope = {0};
  TRY(scope_add_plan(binder, &scope, out->plan, out->names, cte->cte->name, NULL, NULL));
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->columns, keys->count);
  for (uint32_t i = 0; i < keys->count; i++) {
    ExprBinder names = expr_binder(binder, &scope, "USING KEY clause");
    Expr *key;
    TRY(bind_expr(&names, keys->items[i], &key));
    if (key->kind != EXPR_COLUMN)
      return error_set(binder->error, ERROR_BINDER, keys->items[i]->position, "USING KEY takes names of columns");
    node->columns[node->column_count++] = key->column.column;
  }
  return OK;
}

// anchor UNION [ALL] part that reads what the last round gave
static Status bind_recursive_cte(Binder *binder, CteBinding *cte, BoundQuery *out) {
  const SqlQuery *query = cte->cte->query;
  uint32_t count = query->set.children.count;
  if (query->orders.count)
    return error_set(binder->error, ERROR_PARSER, -1, "ORDER BY in a recursive query is not allowed");
  if (query->limit || query->offset) {
    return error_set(binder->error, ERROR_PARSER, -1, "LIMIT or OFFSET in a recursive query is not allowed");
  }
  BoundQuery anchor;
  if (count == 2) {
    TRY(bind_query(binder, query->set.children.items[0], cte->scope, cte->visible, &anchor));
  } else {
    SqlQuery first = *query;
    first.ctes = (SqlCteList){0};
    first.set.children.count = count - 1;
    TRY(bind_query(binder, &first, cte->scope, cte->visible, &anchor));
  }
  TRY(name_cte_columns(binder, cte, &anchor));
  for (uint32_t i = 0; i < cte->count; i++) {
    TRY(settle_type(binder, cte->types[i], &cte->types[i])); // a bare NULL says nothing of what later rounds give
  }
  TRY(cast_columns(binder, &anchor.plan, cte->types, cte->count));
  CteBinding working = *cte;
  working.next = cte->visible;
  working.bound = true;
  working.in_recursive_part = true;
  working.id = binder->planner.next_cte++;
  BoundQuery part;
  TRY(bind_query(binder, query->set.children.items[count - 1], cte->scope, &working, &part));
  if (part.plan->column_count != cte->count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Set operations can only apply to expressions with the same number of result columns");
  }
  TRY(cast_columns(binder, &part.plan, cte->types, cte->count));
  TRY(plan_make(&binder->planner, LOGICAL_RECURSIVE_CTE, anchor.plan, part.plan, &out->plan));
  out->plan->cte =
      (CteNode){.id = working.id, .name = cte->cte->name, .all = query->set.all, .recurring = working.recurring};
  for (uint32_t i = 0; i < cte->count; i++) {
    TRY(plan_add_column(&binder->planner, out->plan, out->plan->table, i, cte->types[i], cte->names[i]));
  }
  out->names = cte->names;
  return bind_key_columns(binder, cte, out);
}

static Status bind_cte_query(Binder *binder, CteBinding *cte, BoundQuery *out) {
  if (!cte->cte->query) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, cte->cte->position, "A CTE needs a SELECT");
  }
  if (cte->recursive) {
    bool uses = false;
    const SqlQuery *query = cte->cte->query;
    TRY(query_uses_name(binder, query, cte->cte->name, &uses));
    if (uses && query->kind == SQL_QUERY_SET && query->set.op == SQL_SET_UNION)
      return bind_recursive_cte(binder, cte, out);
  }
  TRY(bind_query(binder, cte->cte->query, cte->scope, cte->visible, out));
  return name_cte_columns(binder, cte, out);
}

typedef struct ClosedSearch {
  const LogicalPlan *plan;
} ClosedSearch;
static Status stop_at_foreign(void *context, Expr *column) {
  const ClosedSearch *search = context;
  return plan_makes_table(search->plan, column->column.table) ? OK : ERROR_INTERNAL;
}
// Working tables of recursions around it are a use of the outside too.
static bool reads_working_table(const LogicalPlan *plan, const LogicalPlan *root);
static bool makes_working_table(const LogicalPlan *plan, uint32_t id) {
  if (plan->kind == LOGICAL_RECURSIVE_CTE && plan->cte.id == id) return true;
  for (uint32_t i = 0; i < plan->child_count; i++) {
    if (makes_working_table(plan->children[i], id)) return true;
  }
  return false;
}
static bool reads_working_table(const LogicalPlan *plan, const LogicalPlan *root) {
  if (plan->kind == LOGICAL_CTE_SCAN && plan->cte.recursive && !makes_working_table(root, plan->cte.id)) return true;
  for (uint32_t i = 0; i < plan->child_count; i++) {
    if (reads_working_table(plan->children[i], root)) return true;
  }
  return false;
}
static bool plan_is_closed(LogicalPlan *plan) {
  ClosedSearch search = {plan};
  return plan_visit_columns(plan, stop_at_foreign, &search) == OK && !reads_working_table(plan, plan);
}

Status bind_cte_reference(Binder *binder, CteBinding *cte, bool recurring, LogicalPlan **out, Str **names) {
  if (cte->in_recursive_part) {
    *names = cte->names;
    cte->recurring |= recurring;
    TRY(make_cte_scan(binder, cte->id, cte->cte->name, cte->names, cte->types, cte->count, true, out));
    (*out)->cte.recurring = recurring;
    return OK;
  }
  if (cte->binding) {
    return error_set(
        binder->error, ERROR_BINDER, cte->cte->position,
        "Circular reference to CTE \"%.*s\", There are two possible solutions: \n1. use WITH RECURSIVE to use "
        "recursive CTEs. \n2. If you want to use the TABLE name \"%.*s\" the same as the CTE name, please "
        "explicitly add \"SCHEMA\" before table name. You can try \"main.%.*s\" (main is the duckdb default schema)",
        STR_ARG(cte->cte->name), STR_ARG(cte->cte->name), STR_ARG(cte->cte->name));
  }
  if (!cte->bound || cte->inlined) {
    BoundQuery query;
    cte->binding = true;
    Status status = bind_cte_query(binder, cte, &query);
    cte->binding = false;
    TRY(status);
    cte->plan = query.plan;
    if (!cte->bound) {
      cte->bound = true;
      cte->inlined = cte->cte->materialize == SQL_MATERIALIZE_NEVER || !plan_is_closed(query.plan);
      cte->id = binder->planner.next_cte++;
    }
  }
  *names = cte->names;
  if (cte->inlined) {
    *out = cte->plan;
    return OK;
  }
  cte->references++;
  TRY(make_cte_scan(binder, cte->id, cte->cte->name, cte->names, cte->types, cte->count, false, out));
  ARENA_PUSH(binder->arena, binder->error, &cte->scans, *out);
  return OK;
}

// The only scan of a CTE turns into the query itself, behind a PROJECT that keeps the scan's bindings.
static Status inline_scan(Binder *binder, CteBinding *cte) {
  LogicalPlan *scan = cte->scans.items[0];
  Expr **expressions;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, scan->column_count);
  for (uint32_t i = 0; i < scan->column_count; i++) {
    TRY_NEW(binder, expressions[i], plan_column_ref(&binder->planner, &cte->plan->columns[scan->columns[i].column]));
  }
  scan->kind = LOGICAL_PROJECT;
  ARENA_NEW_ARRAY(binder->arena, binder->error, scan->children, 1);
  scan->children[0] = cte->plan;
  scan->child_count = 1;
  scan->project = (ProjectNode){.expressions = expressions};
  // plan_project_append grows by powers of two: the arrays must have such room.
  uint32_t count = scan->column_count, capacity = 1;
  while (capacity < count) capacity *= 2;
  Expr **room;
  ARENA_NEW_ARRAY(binder->arena, binder->error, room, capacity);
  memcpy(room, expressions, sizeof *room * count);
  scan->project.expressions = room;
  return OK;
}

Status bind_with(Binder *binder, const SqlCteList *list, bool recursive, Scope *outer, CteBinding **ctes) {
  for (uint32_t i = 0; i < list->count; i++) {
    CteBinding *cte;
    ARENA_NEW(binder->arena, binder->error, cte);
    cte->cte = &list->items[i];
    cte->scope = outer;
    cte->visible = *ctes;
    cte->next = *ctes;
    cte->recursive = recursive;
    *ctes = cte;
  }
  return OK;
}

// After the query: what was used several times gets its CTE node, the last one innermost (it may read the earlier ones).
Status finish_with(Binder *binder, uint32_t count, CteBinding *ctes, LogicalPlan **plan) {
  CteBinding *cte = ctes;
  for (uint32_t i = 0; i < count; i++, cte = cte->next) {
    if (!cte->references) continue;
    if (cte->references == 1 && cte->cte->materialize != SQL_MATERIALIZE_ALWAYS) {
      TRY(inline_scan(binder, cte));
      continue;
    }
    TRY(plan_make(&binder->planner, LOGICAL_CTE, cte->plan, *plan, plan));
    (*plan)->cte = (CteNode){.id = cte->id, .name = cte->cte->name};
    TRY(plan_update_columns(&binder->planner, *plan));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ORDER BY and LIMIT
// ---------------------------------------------------------------------------------------------------------------------

bool setting_is(Binder *binder, const char *name, const char *text) {
  StatementFacts *facts = binder->context->facts;
  Value value;
  return facts->setting && facts->setting(facts->session, str_from(name), &value) && !value.is_null &&
         value.type.id == TYPE_VARCHAR && str_equal_nocase(value.text, str_from(text));
}

Status make_sort_spec(Binder *binder, const SqlOrder *order, SortSpec *spec) {
  spec->descending = order->direction == SQL_DESCENDING;
  if (order->direction == SQL_DIRECTION_DEFAULT) {
    spec->descending = setting_is(binder, "default_order", "DESC");
  }
  if (order->nulls != SQL_NULLS_DEFAULT) {
    spec->nulls_first = order->nulls == SQL_NULLS_FIRST;
    return OK;
  }
  spec->nulls_first = setting_is(binder, "default_null_order", "NULLS_FIRST");
  if (setting_is(binder, "default_null_order", "NULLS_FIRST_ON_ASC_LAST_ON_DESC")) {
    spec->nulls_first = !spec->descending;
  } else if (setting_is(binder, "default_null_order", "NULLS_LAST_ON_ASC_FIRST_ON_DESC")) {
    spec->nulls_first = spec->descending;
  }
  return OK;
}

// A LIMIT or OFFSET: a constant is checked now, a parameter when the plan runs; the value of a subquery is computed over *child.
static Status bind_limit_value(Binder *binder, const SqlExpr *sql, bool percent, CteBinding *ctes, Expr **out,
                               LogicalPlan **child, bool *from_child) {
  if (!sql) return OK;
  Scope scope = {.ctes = ctes};
  ExprBinder names = expr_binder(binder, &scope, "LIMIT clause");
  Expr *expr;
  TRY(bind_expr(&names, sql, &expr));
  *from_child = expr_has_kind(expr, EXPR_SUBQUERY);
  if (!*from_child) TRY(bind_cast(binder, expr, percent ? TYPE(DOUBLE) : TYPE(BIGINT), false, &expr));
  TRY(bind_literal_types(binder, &expr));
  if (*from_child) {
    if (!*child) TRY(plan_make_dummy(&binder->planner, child));
    *out = expr;
    return lift_subqueries(&binder->planner, child, out);
  }
  if (expr_is_constant(expr)) {
    Value value;
    TRY(evaluate_constant(binder, expr, &value));
    if (value.is_null) return OK; // NULL is no limit
    if (percent && !(value.f64 >= 0 && value.f64 <= 100)) {
      return error_set(binder->error, ERROR_OUT_OF_RANGE, -1,
                       "Limit percent out of range, should be between 0%% and 100%%");
    }
    if (!percent && value.i64 < 0) {
      return error_set(binder->error, ERROR_BINDER, sql->position, "LIMIT/OFFSET cannot be negative");
    }
    TRY_NEW(binder, expr, expr_constant(binder->arena, value));
  }
  *out = expr;
  return OK;
}

Status apply_limit(Binder *binder, const SqlQuery *query, LogicalPlan **plan) {
  if (!query->limit && !query->offset) return OK;
  LimitNode limit = {.kind = query->limit_percent ? LIMIT_PERCENT : LIMIT_ROWS};
  LogicalPlan *child = NULL;
  TRY(bind_limit_value(binder, query->limit, query->limit_percent, binder->statement_ctes, &limit.limit, &child,
                       &limit.limit_from_child));
  TRY(bind_limit_value(binder, query->offset, false, binder->statement_ctes, &limit.offset, &child,
                       &limit.offset_from_child));
  if (!limit.limit && !limit.offset) return OK;
  if (child) {
    Expr **values;
    uint32_t count = 0;
    ARENA_NEW_ARRAY(binder->arena, binder->error, values, 2);
    if (limit.limit_from_child) values[count++] = limit.limit;
    if (limit.offset_from_child) values[count++] = limit.offset;
    TRY(plan_make_project(&binder->planner, child, values, NULL, count, &child));
    if (limit.limit_from_child) limit.limit = NULL;
    if (limit.offset_from_child) limit.offset = NULL;
  }
  TRY(plan_make(&binder->planner, LOGICAL_LIMIT, *plan, child, plan));
  (*plan)->limit = limit;
  return plan_update_columns(&binder->planner, *plan);
}

Status cast_columns(Binder *binder, LogicalPlan **plan, const Type *types, uint32_t count) {
  bool same = (*plan)->column_count == count;
  for (uint32_t i = 0; same && i < count; i++) same = type_equal((*plan)->columns[i].type, types[i]);
  if (same) return OK;
  Expr **expressions;
  Str *names;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, count);
  for (uint32_t i = 0; i < count; i++) {
    const PlanColumn *column = &(*plan)->columns[i];
    TRY_NEW(binder, expressions[i], plan_column_ref(&binder->planner, column));
    TRY(bind_cast(binder, expressions[i], types[i], false, &expressions[i]));
    names[i] = column->name;
  }
  return plan_make_project(&binder->planner, *plan, expressions, names, count, plan);
}

// ---------------------------------------------------------------------------------------------------------------------
// Set operations
// ---------------------------------------------------------------------------------------------------------------------

// UNION BY NAME: the columns of all children by name; what a child lacks is NULL.
static Status align_by_name(Binder *binder, BoundQuery *children, uint32_t count) {
  SqlNameList names = {0};
  ARENA_LIST(Type) types = {0};
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t c = 0; c < children[i].plan->column_count; c++) {
      uint32_t at = 0;
      while (at < names.count && !str_equal_nocase(names.items[at], children[i].names[c])) at++;
      for (uint32_t k = 0; k < c; k++) {
        if (str_equal_nocase(children[i].names[k], children[i].names[c])) {
          return error_set(binder->error, ERROR_BINDER, -1,
                           "UNION (ALL) BY NAME operation doesn't support duplicate names in the SELECT list - the "
                           "name \"%.*s\" occurs multiple times in the %s-hand side",
                           STR_ARG(children[i].names[c]), i == 0 ? "left" : "right");
        }
      }
      if (at < names.count) continue;
      ARENA_PUSH(binder->arena, binder->error, &names, children[i].names[c]);
      ARENA_PUSH(binder->arena, binder->error, &types, children[i].plan->columns[c].type);
    }
  }
  for (uint32_t i = 0; i < count; i++) {
    LogicalPlan *plan = children[i].plan;
    Expr **expressions;
    ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, names.count);
    Str **alias_sets;
    ARENA_NEW_ARRAY(binder->arena, binder->error, alias_sets, children[i].alias_set_count);
    for (uint32_t k = 0; k < children[i].alias_set_count; k++)
      ARENA_NEW_ARRAY(binder->arena, binder->error, alias_sets[k], names.count);
    for (uint32_t n = 0; n < names.count; n++) {
      uint32_t c = 0;
      while (c < plan->column_count && !str_equal_nocase(children[i].names[c], names.items[n])) c++;
      for (uint32_t k = 0; k < children[i].alias_set_count; k++)
        alias_sets[k][n] = c < plan->column_count ? children[i].alias_sets[k][c] : names.items[n];
      if (c < plan->column_count) {
        TRY_NEW(binder, expressions[n], plan_column_ref(&binder->planner, &plan->columns[c]));
      } else {
        TRY_NEW(binder, expressions[n], expr_constant(binder->arena, value_null(TYPE(NULL))));
      }
    }
    TRY(plan_make_project(&binder->planner, plan, expressions, names.items, names.count, &children[i].plan));
    children[i].names = names.items;
    children[i].alias_sets = alias_sets;
  }
  return OK;
}

static Status unify_columns(Binder *binder, BoundQuery *children, uint32_t count, Type *types) {
  uint32_t width = children[0].plan->column_count;
  for (uint32_t i = 1; i < count; i++) {
    if (children[i].plan->column_count != width) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Set operations can only apply to expressions with the same number of result columns");
    }
  }
  for (uint32_t c = 0; c < width; c++) {
    types[c] = children[0].plan->columns[c].type;
    for (uint32_t i = 1; i < count; i++) {
      Type met;
      if (!type_unify_force(binder->arena, types[c], children[i].plan->columns[c].type, &met)) {
        return error_set(binder->error, ERROR_BINDER, -1, "Cannot combine the types of column %u of the set operation",
                         c + 1);
      }
      types[c] = met;
    }
    TRY(type_normalize(binder->arena, binder->error, types[c], &types[c]));
  }
  for (uint32_t i = 0; i < count; i++) TRY(cast_columns(binder, &children[i].plan, types, width));
  return OK;
}

static Status make_set_operation(Binder *binder, const SqlQuery *query, LogicalPlan **plans, uint32_t count,
                                 const Str *names, LogicalPlan **out) {
  static const uint8_t operations[] = {
      [SQL_SET_UNION] = SET_UNION, [SQL_SET_EXCEPT] = SET_EXCEPT, [SQL_SET_INTERSECT] = SET_INTERSECT};
  const LogicalPlan *first = plans[0];
  LogicalPlan *node;
  TRY(plan_make(&binder->planner, LOGICAL_SET_OPERATION, NULL, NULL, &node));
  node->children = plans;
  node->child_count = count;
  node->set_operation = (SetOperationNode){.operation = operations[query->set.op], .all = query->set.all};
  for (uint32_t i = 0; i < first->column_count; i++) {
    TRY(plan_add_column(&binder->planner, node, node->table, i, first->columns[i].type, names[i]));
  }
  *out = node;
  return OK;
}

// Texts under a collation are told apart by what the collation makes of them: UNION is DISTINCT over UNION ALL, EXCEPT and INTERSECT are over joins.
static Status collate_set_operation(Binder *binder, LogicalPlan **plan) {
  Planner *planner = &binder->planner;
  LogicalPlan *node = *plan;
  const LogicalPlan *left = node->children[0], *right = node->children[1];
  bool matters = false;
  for (uint32_t i = 0; i < left->column_count; i++) matters |= collation_matters(binder, left->columns[i].type);
  if (!matters || node->set_operation.all) return OK;
  if (node->set_operation.operation == SET_UNION) {
    node->set_operation.all = true;
  } else {
    JoinKind kind = node->set_operation.operation == SET_EXCEPT ? JOIN_ANTI : JOIN_SEMI;
    TRY(plan_make_join(planner, kind, node->children[0], node->children[1], plan));
    for (uint32_t i = 0; i < left->column_count; i++) {
      Expr *sides[2], *equal;
      TRY_NEW(binder, sides[0], plan_column_ref(planner, &left->columns[i]));
      TRY_NEW(binder, sides[1], plan_column_ref(planner, &right->columns[i]));
      TRY(collation_push_all(binder, sides, 2));
      TRY(make_compare(planner, COMPARE_NOT_DISTINCT, sides[0], sides[1], &equal));
      TRY(plan_join_add_condition(planner, *plan, equal));
    }
    TRY(plan_update_columns(planner, *plan));
  }
  TRY(plan_make(planner, LOGICAL_DISTINCT, *plan, NULL, &node));
  *plan = node;
  TRY(plan_update_columns(planner, node));
  ARENA_NEW_ARRAY(binder->arena, binder->error, node->distinct.keys, node->column_count);
  node->distinct.key_count = node->column_count;
  for (uint32_t i = 0; i < node->column_count; i++) {
    TRY_NEW(binder, node->distinct.keys[i], plan_column_ref(planner, &node->columns[i]));
    TRY(collation_push_own(binder, &node->distinct.keys[i]));
  }
  return OK;
}

#define AMBIGUOUS_COLUMN (UINT32_MAX - 1) // the children have the expression in different columns

// The column in which a child selects just this expression.
static uint32_t find_selected(const SqlQuery *query, uint32_t width, const SqlExpr *sql) {
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; query->kind == SQL_QUERY_SET && i < query->set.children.count && found == UINT32_MAX; i++) {
    found = find_selected(query->set.children.items[i], width, sql);
  }
  if (query->kind != SQL_QUERY_SELECT || query->select.items.count != width) return found;
  for (uint32_t i = 0; i < width && found == UINT32_MAX; i++) {
    if (sql_expr_equal(query->select.items.items[i], sql)) found = i;
  }
  return found;
}

// The column of the result that an expression of ORDER BY means: by its name in the result or in a child, or because a child selects that expression.
static uint32_t find_result_column(const SqlQuery *query, const Str *names, uint32_t width, const SqlExpr *sql) {
  bool is_name = sql->kind == SQL_EXPR_COLUMN;
  Str name = is_name ? sql->column.items[sql->column.count - 1] : (Str){NULL, 0}; // t.a is the column a of the result
  if (is_name && names && sql->column.count > 1) {
    uint32_t selected = find_selected(query, width, sql);
    if (selected != UINT32_MAX) return selected;
  }
  for (uint32_t i = 0; is_name && names && i < width; i++) {
    if (str_equal_nocase(names[i], name)) return i;
  }
  uint32_t first = UINT32_MAX;
  for (uint32_t i = 0; query->kind == SQL_QUERY_SET && i < query->set.children.count; i++) {
    uint32_t found = find_result_column(query->set.children.items[i], NULL, width, sql);
    if (found == UINT32_MAX) continue;
    if (first != UINT32_MAX && found != first && !is_name) return AMBIGUOUS_COLUMN;
    if (first == UINT32_MAX) first = found;
  }
  if (first != UINT32_MAX) return first;
  if (query->kind != SQL_QUERY_SELECT || query->select.items.count != width) return UINT32_MAX;
  const SqlExprList *items = &query->select.items;
  for (uint32_t i = 0; i < width; i++) {
    const SqlExpr *item = items->items[i];
    if (item->kind == SQL_EXPR_STAR) return UINT32_MAX;
    if (is_name && item->alias.data && str_equal_nocase(item->alias, name)) return i;
    if (is_name && item->kind == SQL_EXPR_COLUMN &&
        str_equal_nocase(item->column.items[item->column.count - 1], name)) {
      return i;
    }
  }
  for (uint32_t i = 0; i < width; i++) {
    if (sql_expr_equal(items->items[i], sql)) return i;
  }
  return UINT32_MAX;
}

static Status no_result_column(Binder *binder, const SqlExpr *sql) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_expr(&text, sql);
  Status status =
      error_set(binder->error, ERROR_BINDER, sql->position,
                "Could not ORDER BY column \"%.*s\": add the expression/function to every SELECT, or move the UNION "
                "into a FROM clause.",
                STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

// ORDER BY over a set operation: by position, by name, or any expression over the result.
static Status order_set_operation(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes,
                                  BoundQuery *result) {
  if (!query->orders.count) return OK;
  LogicalPlan *plan = result->plan;
  uint32_t width = plan->column_count;
  (void)outer;
  (void)ctes;
  ARENA_LIST(SortKey) keys = {0};
  for (uint32_t i = 0; i < query->orders.count; i++) {
    const SqlOrder *order = &query->orders.items[i];
    const SqlExpr *sql = order->expr;
    SortKey key = {0};
    TRY(make_sort_spec(binder, order, &key.spec));
    if (sql->kind == SQL_EXPR_STAR) {
      for (uint32_t c = 0; c < width; c++) {
        TRY_NEW(binder, key.expr, plan_column_ref(&binder->planner, &plan->columns[c]));
        TRY(collation_push_own(binder, &key.expr));
        ARENA_PUSH(binder->arena, binder->error, &keys, key);
      }
      continue;
    }
    if (sql->kind == SQL_EXPR_LITERAL && sql->literal.kind == SQL_LITERAL_INTEGER) {
      if (sql->literal.integer < 1 || sql->literal.integer > width) {
        return error_set(binder->error, ERROR_BINDER, sql->position,
                         "ORDER term out of range - should be between 1 and %u", width);
      }
      TRY_NEW(binder, key.expr, plan_column_ref(&binder->planner, &plan->columns[(uint32_t)sql->literal.integer - 1]));
    } else if (sql->kind == SQL_EXPR_LITERAL) {
      TRY(refuse_literal_key(binder, sql, "ORDER BY"));
      continue;
    } else {
      const SqlExpr *bare = sql->kind == SQL_EXPR_COLLATE ? sql->collate.child : sql;
      uint32_t column = find_result_column(query, result->names, width, bare);
      for (uint32_t k = 0; column == UINT32_MAX && k < result->alias_set_count && bare->kind == SQL_EXPR_COLUMN; k++) {
        for (uint32_t c = 0; c < width && column == UINT32_MAX; c++) {
          if (str_equal_nocase(result->alias_sets[k][c], bare->column.items[bare->column.count - 1])) column = c;
        }
      }
      if (column == UINT32_MAX) return no_result_column(binder, sql);
      if (column == AMBIGUOUS_COLUMN)
        return error_set(binder->error, ERROR_BINDER, sql->position, "Ambiguous reference to column");
      TRY_NEW(binder, key.expr, plan_column_ref(&binder->planner, &plan->columns[column]));
    }
    if (key.expr->kind == EXPR_CONSTANT) continue;
    if (sql->kind == SQL_EXPR_COLLATE) TRY(collated_type(binder, sql->collate.collation, &key.expr->type));
    TRY(collation_push_own(binder, &key.expr));
    ARENA_PUSH(binder->arena, binder->error, &keys, key);
  }
  if (!keys.count) return OK;
  TRY(plan_make(&binder->planner, LOGICAL_ORDER, plan, NULL, &result->plan));
  result->plan->order.keys = keys.items;
  result->plan->order.key_count = keys.count;
  return plan_update_columns(&binder->planner, result->plan);
}

static Status bind_set_operation(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes,
                                 BoundQuery *out) {
  uint32_t count = query->set.children.count;
  BoundQuery *children;
  LogicalPlan **plans;
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, children, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, plans, count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(bind_query(binder, query->set.children.items[i], outer, ctes, &children[i]));
  }
  if (query->set.by_name) TRY(align_by_name(binder, children, count));
  ARENA_LIST(Str *) alias_sets = {0};
  for (uint32_t i = 0; i < count; i++) {
    ARENA_PUSH(binder->arena, binder->error, &alias_sets, children[i].names);
    for (uint32_t k = 0; k < children[i].alias_set_count; k++) {
      ARENA_PUSH(binder->arena, binder->error, &alias_sets, children[i].alias_sets[k]);
    }
  }
  out->alias_sets = alias_sets.items;
  out->alias_set_count = alias_sets.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, children[0].plan->column_count);
  TRY(unify_columns(binder, children, count, types));
  for (uint32_t i = 0; i < count; i++) plans[i] = children[i].plan;
  out->names = children[0].names;
  bool chain = query->set.op == SQL_SET_UNION; // n-ary; the others are left-deep pairs
  if (chain) {
    TRY(make_set_operation(binder, query, plans, count, out->names, &out->plan));
    TRY(collate_set_operation(binder, &out->plan));
  } else {
    out->plan = plans[0];
    for (uint32_t i = 1; i < count; i++) {
      LogicalPlan **pair;
      ARENA_NEW_ARRAY(binder->arena, binder->error, pair, 2);
      pair[0] = out->plan;
      pair[1] = plans[i];
      TRY(make_set_operation(binder, query, pair, 2, out->names, &out->plan));
      TRY(collate_set_operation(binder, &out->plan));
    }
  }
  TRY(order_set_operation(binder, query, outer, ctes, out));
  return apply_limit(binder, query, &out->plan);
}

// ---------------------------------------------------------------------------------------------------------------------
// All queries
// ---------------------------------------------------------------------------------------------------------------------

static Status order_values(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  TRY(order_set_operation(binder, query, outer, ctes, out));
  return apply_limit(binder, query, &out->plan);
}

static Status bind_any_query(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  CteBinding *all = ctes;
  TRY(bind_with(binder, &query->ctes, query->recursive, outer, &all));
  CteBinding *statement_ctes = binder->statement_ctes;
  binder->statement_ctes = all; // LIMIT (SELECT … FROM cte)
  Status status = OK;
  switch (query->kind) {
    case SQL_QUERY_SELECT:
      status = bind_select(binder, query, outer, all, out);
      break;
    case SQL_QUERY_SET:
      status = bind_set_operation(binder, query, outer, all, out);
      break;
    case SQL_QUERY_VALUES:
      status = bind_values(binder, query, outer, all, out);
      if (status == OK) status = order_values(binder, query, outer, all, out);
      break;
    case SQL_QUERY_SHOW:
      status = bind_show(binder, query, outer, all, out);
      if (status == OK) status = order_values(binder, query, outer, all, out);
      break;
  }
  binder->statement_ctes = statement_ctes;
  TRY(status);
  return finish_with(binder, query->ctes.count, all, &out->plan);
}

Status bind_query(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  TRY_DEPTH(binder);
  *out = (BoundQuery){0};
  binder->query_depth++;
  Status status = bind_any_query(binder, query, outer, ctes, out);
  binder->query_depth--;
  return status;
}

Status bind_answer(Binder *binder, const SqlQuery *query, CteBinding *ctes, const PlanAnswer **out) {
  BoundQuery bound;
  uint32_t cte_count = 0;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_query(&text, query);
  text_format(&text, " %d", query->position);
  Status status = str_copy(binder->arena, binder->error, text_str(&text), &binder->question);
  text_free(&text);
  TRY(status);
  for (uint32_t i = 0; i < binder->context->answer_count; i++) {
    *out = &binder->context->answers[i];
    if (str_equal((*out)->question, binder->question)) return OK;
  }
  *out = NULL;
  Str question = binder->question;
  TRY(bind_query(binder, query, NULL, ctes, &bound));
  if (bound.plan->column_count != 1)
    return error_set(binder->error, ERROR_BINDER, -1, "The query must return a single column");
  for (const CteBinding *cte = ctes; cte; cte = cte->next) cte_count++;
  TRY(finish_with(binder, cte_count, ctes, &bound.plan));
  binder->wanted = bound.plan;
  binder->question = question;
  return error_set(binder->error, ERROR_INTERNAL, -1, "the rows of a query are needed to go on");
}

Status bind_query_text(Binder *binder, Str sql, Scope *outer, BoundQuery *out) {
  SqlQuery *query;
  TRY(sql_parse_query(binder->arena, sql, SQL_OPTIONS_DEFAULT, &query, binder->error));
  return bind_query(binder, query, outer, NULL, out);
}
