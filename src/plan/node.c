// SPDX-License-Identifier: MIT
//
// node.c: making logical plan nodes and keeping their columns true. No SQL, no decisions.
#include "plan/node.h"

// ---------------------------------------------------------------------------------------------------------------------
// Making
// ---------------------------------------------------------------------------------------------------------------------

Status plan_make(Planner *planner, LogicalKind kind, LogicalPlan *left, LogicalPlan *right, LogicalPlan **out) {
  LogicalPlan *node;
  ARENA_NEW(planner->arena, planner->error, node);
  node->kind = (uint8_t)kind;
  node->table = planner->next_table++;
  node->child_count = (left ? 1 : 0) + (right ? 1 : 0);
  if (node->child_count) {
    ARENA_NEW_ARRAY(planner->arena, planner->error, node->children, 2);
    node->children[0] = left ? left : right;
    if (left && right) node->children[1] = right;
  }
  *out = node;
  return OK;
}

Status plan_add_column(Planner *planner, LogicalPlan *node, uint32_t table, uint32_t column, Type type, Str name) {
  // Capacity is the next power of two, so that no field is needed for it.
  uint32_t count = node->column_count;
  if ((count & (count - 1)) == 0) {
    PlanColumn *columns;
    ARENA_NEW_ARRAY(planner->arena, planner->error, columns, count ? count * 2 : 1);
    if (count) memcpy(columns, node->columns, sizeof *columns * count);
    node->columns = columns;
  }
  node->columns[node->column_count++] = (PlanColumn){.table = table, .column = column, .type = type, .name = name};
  return OK;
}

// Replaces the columns by those of the parts, in order. NULL parts are empty.
static Status set_columns(Planner *planner, LogicalPlan *node, const LogicalPlan *first, const LogicalPlan *second,
                          const PlanColumn *own, uint32_t own_count) {
  uint32_t first_count = first ? first->column_count : 0;
  uint32_t second_count = second ? second->column_count : 0;
  uint32_t count = first_count + second_count + own_count;
  // A power of two, as plan_add_column expects.
  uint32_t capacity = 1;
  while (capacity < count) capacity *= 2;
  PlanColumn *columns;
  ARENA_NEW_ARRAY(planner->arena, planner->error, columns, capacity);
  if (first_count) memcpy(columns, first->columns, sizeof *columns * first_count);
  if (second_count) memcpy(columns + first_count, second->columns, sizeof *columns * second_count);
  if (own_count) memcpy(columns + first_count + second_count, own, sizeof *columns * own_count);
  node->columns = columns;
  node->column_count = count;
  return OK;
}

static Status update_join_columns(Planner *planner, LogicalPlan *node) {
  const LogicalPlan *left = node->children[0];
  const LogicalPlan *right = node->children[1];
  switch ((JoinKind)node->join.join) {
    case JOIN_SEMI:
    case JOIN_ANTI:
      return set_columns(planner, node, left, NULL, NULL, 0);
    case JOIN_RIGHT_SEMI:
    case JOIN_RIGHT_ANTI:
      return set_columns(planner, node, right, NULL, NULL, 0);
    case JOIN_MARK: {
      PlanColumn mark = {.table = node->join.mark_table, .type = TYPE(BOOLEAN), .name = STR("mark")};
      return set_columns(planner, node, left, NULL, &mark, 1);
    }
    case JOIN_ASOF: {
      bool semi = node->join.nearest == JOIN_SEMI || node->join.nearest == JOIN_ANTI;
      return set_columns(planner, node, left, semi ? NULL : right, NULL, 0);
    }
    default:
      return set_columns(planner, node, left, right, NULL, 0);
  }
}

Status plan_update_columns(Planner *planner, LogicalPlan *node) {
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER:
    case LOGICAL_DISTINCT:
    case LOGICAL_ORDER:
    case LOGICAL_LIMIT:
    case LOGICAL_TOP_N:
    case LOGICAL_SAMPLE:
      return set_columns(planner, node, node->children[0], NULL, NULL, 0);
    case LOGICAL_WINDOW:
    case LOGICAL_UNNEST: {
      uint32_t own = node->kind == LOGICAL_WINDOW ? node->window.window_count
                                                  : node->unnest.list_count + (node->unnest.ordinality ? 1 : 0);
      ASSERT(node->column_count >= own);
      return set_columns(planner, node, node->children[0], NULL, node->columns + (node->column_count - own), own);
    }
    case LOGICAL_JOIN:
    case LOGICAL_DELIM_JOIN:
      return update_join_columns(planner, node);
    case LOGICAL_CROSS:
    case LOGICAL_POSITIONAL:
      return set_columns(planner, node, node->children[0], node->children[1], NULL, 0);
    case LOGICAL_CTE:
      return set_columns(planner, node, node->children[1], NULL, NULL, 0);
    default:
      return OK;
  }
}

Status plan_update_all_columns(Planner *planner, LogicalPlan *node) {
  for (uint32_t i = 0; i < node->child_count; i++) TRY(plan_update_all_columns(planner, node->children[i]));
  return plan_update_columns(planner, node);
}

Status plan_make_dummy(Planner *planner, LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_DUMMY, NULL, NULL, out));
  (*out)->row_estimate = 1;
  return OK;
}

Status plan_make_filter(Planner *planner, LogicalPlan *child, Expr *condition, LogicalPlan **out) {
  if (!condition) {
    *out = child;
    return OK;
  }
  TRY(plan_make(planner, LOGICAL_FILTER, child, NULL, out));
  (*out)->filter.condition = condition;
  return plan_update_columns(planner, *out);
}

Status plan_make_project(Planner *planner, LogicalPlan *child, Expr **expressions, const Str *names, uint32_t count,
                         LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_PROJECT, child, NULL, out));
  uint32_t capacity = 1; // as plan_project_append expects
  while (capacity < count) capacity *= 2;
  ARENA_NEW_ARRAY(planner->arena, planner->error, (*out)->project.expressions, capacity);
  for (uint32_t i = 0; i < count; i++) {
    (*out)->project.expressions[i] = expressions[i];
    Str name = names ? names[i] : expressions[i]->name;
    TRY(plan_add_column(planner, *out, (*out)->table, i, expressions[i]->type, name));
  }
  return OK;
}

Status plan_project_append(Planner *planner, LogicalPlan *project, Expr *expr, Str name, Expr **out) {
  uint32_t count = project->column_count;
  uint32_t number = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (expr && expr_equal(project->project.expressions[i], expr)) {
      NEW_OR_FAIL(planner, *out, plan_column_ref(planner, &project->columns[i]));
      return OK;
    }
    if (project->columns[i].column >= number) number = project->columns[i].column + 1;
  }
  if ((count & (count - 1)) == 0) {
    Expr **expressions;
    ARENA_NEW_ARRAY(planner->arena, planner->error, expressions, count ? count * 2 : 1);
    if (count) memcpy(expressions, project->project.expressions, sizeof *expressions * count);
    project->project.expressions = expressions;
  }
  project->project.expressions[count] = expr;
  TRY(plan_add_column(planner, project, project->table, number, expr ? expr->type : TYPE(NULL), name));
  NEW_OR_FAIL(planner, *out, plan_column_ref(planner, &project->columns[count]));
  return OK;
}

Status plan_project_pass_through(Planner *planner, LogicalPlan *project, const LogicalPlan *below) {
  for (uint32_t i = 0; i < below->column_count; i++) {
    const PlanColumn *column = &below->columns[i];
    if (plan_find_column(project, column->table, column->column, NULL)) continue;
    Expr *ref, *ignored;
    NEW_OR_FAIL(planner, ref, plan_column_ref(planner, column));
    uint32_t at = project->column_count;
    TRY(plan_project_append(planner, project, NULL, column->name, &ignored));
    project->project.expressions[at] = ref;
    project->columns[at] = *column;
  }
  return OK;
}

Status plan_make_cross(Planner *planner, LogicalPlan *left, LogicalPlan *right, LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_CROSS, left, right, out));
  return plan_update_columns(planner, *out);
}

Status plan_make_join(Planner *planner, JoinKind kind, LogicalPlan *left, LogicalPlan *right, LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_JOIN, left, right, out));
  (*out)->join.join = (uint8_t)kind;
  (*out)->join.mark_table = PLAN_NO_TABLE;
  if (kind == JOIN_MARK) (*out)->join.mark_table = planner->next_table++;
  return plan_update_columns(planner, *out);
}

Status plan_make_empty(Planner *planner, const LogicalPlan *like, LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_EMPTY, NULL, NULL, out));
  return set_columns(planner, *out, like, NULL, NULL, 0);
}

Status plan_make_aggregate(Planner *planner, LogicalPlan *child, Expr **groups, uint32_t group_count, Expr **aggregates,
                           uint32_t aggregate_count, LogicalPlan **out) {
  TRY(plan_make(planner, LOGICAL_AGGREGATE, child, NULL, out));
  LogicalPlan *node = *out;
  node->aggregate.groups = groups;
  node->aggregate.group_count = group_count;
  node->aggregate.aggregates = aggregates;
  node->aggregate.aggregate_count = aggregate_count;
  node->aggregate.group_table = node->table;
  node->aggregate.aggregate_table = planner->next_table++;
  node->aggregate.grouping_table = planner->next_table++;
  for (uint32_t i = 0; i < group_count; i++) {
    TRY(plan_add_column(planner, node, node->aggregate.group_table, i, groups[i]->type, groups[i]->name));
  }
  for (uint32_t i = 0; i < aggregate_count; i++) {
    TRY(plan_add_column(planner, node, node->aggregate.aggregate_table, i, aggregates[i]->type, aggregates[i]->name));
  }
  return OK;
}

Expr *plan_column_ref(Planner *planner, const PlanColumn *column) {
  return expr_column(planner->arena, column->table, column->column, column->type, column->name);
}

bool plan_find_column(const LogicalPlan *node, uint32_t table, uint32_t column, uint32_t *position) {
  for (uint32_t i = 0; i < node->column_count; i++) {
    if (node->columns[i].table == table && node->columns[i].column == column) {
      if (position) *position = i;
      return true;
    }
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Expressions by what they are
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t *expr_index_slot(const ExprIndex *index, const Expr *expr) {
  uint32_t mask = index->slot_count - 1;
  uint32_t at = (uint32_t)expr_hash(expr) & mask;
  while (index->slots[at] && !expr_equal(index->list.items[index->slots[at] - 1], expr)) at = (at + 1) & mask;
  return &index->slots[at];
}

Status expr_index_put(Planner *planner, ExprIndex *index, Expr *expr, uint32_t *position) {
  if (index->list.count * 2 >= index->slot_count) {
    index->slot_count = index->slot_count ? index->slot_count * 2 : 8;
    ARENA_NEW_ARRAY(planner->arena, planner->error, index->slots, index->slot_count);
    for (uint32_t i = 0; i < index->list.count; i++) *expr_index_slot(index, index->list.items[i]) = i + 1;
  }
  uint32_t *slot = expr_index_slot(index, expr);
  if (!*slot) {
    ARENA_PUSH(planner->arena, planner->error, &index->list, expr);
    *slot = index->list.count;
  }
  *position = *slot - 1;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Join conditions
// ---------------------------------------------------------------------------------------------------------------------

static Status add_join_condition(Planner *planner, LogicalPlan *join, JoinCondition condition) {
  JoinNode *node = &join->join;
  uint32_t count = node->condition_count;
  if ((count & (count - 1)) == 0) {
    JoinCondition *conditions;
    ARENA_NEW_ARRAY(planner->arena, planner->error, conditions, count ? count * 2 : 1);
    if (count) memcpy(conditions, node->conditions, sizeof *conditions * count);
    node->conditions = conditions;
  }
  node->conditions[node->condition_count++] = condition;
  return plan_join_order_conditions(join);
}

static bool is_equality(CompareOp op) { return op == COMPARE_EQUAL || op == COMPARE_NOT_DISTINCT; }

// Do its sides compare as words do?
static bool is_range_comparison(const JoinCondition *condition) {
  uint32_t bytes = sort_key_fixed_size(condition->right->type);
  if (!bytes || bytes > PLAN_RANGE_KEY_BYTES) return false;
  return condition->compare == COMPARE_LESS || condition->compare == COMPARE_LESS_EQUAL ||
         condition->compare == COMPARE_GREATER || condition->compare == COMPARE_GREATER_EQUAL;
}

// Equalities, comparisons of ranges, others.
static uint32_t condition_rank(const JoinCondition *condition) {
  return is_equality(condition->compare) ? 0 : is_range_comparison(condition) ? 1 : 2;
}

Status plan_join_order_conditions(LogicalPlan *join) {
  JoinNode *node = &join->join;
  node->equal_count = node->range_count = 0;
  for (uint32_t i = 0; i < node->condition_count; i++) { // a stable insertion sort
    JoinCondition condition = node->conditions[i];
    uint32_t at = i, rank = condition_rank(&condition);
    for (; at > 0 && condition_rank(&node->conditions[at - 1]) > rank; at--) {
      node->conditions[at] = node->conditions[at - 1];
    }
    node->conditions[at] = condition;
    node->equal_count += rank == 0;
    node->range_count += rank == 1;
  }
  return OK;
}

bool plan_is_range_join(const JoinNode *join) {
  if (join->equal_count || !join->range_count) return false;
  switch ((JoinKind)join->join) {
    case JOIN_INNER:
    case JOIN_LEFT:
    case JOIN_RIGHT:
    case JOIN_FULL:
    case JOIN_SEMI:
    case JOIN_ANTI:
      return true;
    default:
      return false;
  }
}

// Which inputs of a join an expression reads: bit 0 left, bit 1 right, bit 2 columns of neither (an outer query).
typedef struct SideFacts {
  const LogicalPlan *left;
  const LogicalPlan *right;
  uint32_t sides;
} SideFacts;

static Status note_side(void *context, Expr *column) {
  SideFacts *facts = context;
  if (plan_find_column(facts->left, column->column.table, column->column.column, NULL)) {
    facts->sides |= 1;
  } else if (plan_find_column(facts->right, column->column.table, column->column.column, NULL)) {
    facts->sides |= 2;
  } else {
    facts->sides |= 4;
  }
  return OK;
}

static Status expr_sides(Expr *expr, const LogicalPlan *left, const LogicalPlan *right, uint32_t *sides) {
  SideFacts facts = {.left = left, .right = right};
  TRY(expr_visit_columns(expr, note_side, &facts));
  *sides = facts.sides;
  return OK;
}

// BETWEEN is two comparisons where a bound is of the other side than the value.
static Status split_between(Planner *planner, const LogicalPlan *join, Expr *between, ExprList *conjuncts,
                            bool *split) {
  uint32_t sides[3];
  for (uint32_t i = 0; i < 3; i++) {
    TRY(expr_sides(between->children[i], join->children[0], join->children[1], &sides[i]));
  }
  *split = (sides[0] | sides[1]) == 3 || (sides[0] | sides[2]) == 3;
  for (uint32_t i = 1; i < 3 && *split; i++) {
    Expr *value, *comparison;
    NEW_OR_FAIL(planner, value, expr_copy(planner->arena, between->children[0]));
    NEW_OR_FAIL(
        planner, comparison,
        expr_compare(planner->arena, i == 1 ? COMPARE_GREATER_EQUAL : COMPARE_LESS_EQUAL, value, between->children[i]));
    ARENA_PUSH(planner->arena, planner->error, conjuncts, comparison);
  }
  return OK;
}

Status plan_join_add_condition(Planner *planner, LogicalPlan *join, Expr *condition) {
  ExprList conjuncts = {0};
  TRY(split_conjuncts(planner, condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *expr = conjuncts.items[i];
    if (expr->kind == EXPR_BETWEEN && !expr_is_volatile(expr)) {
      bool split;
      TRY(split_between(planner, join, expr, &conjuncts, &split));
      if (split) continue;
    }
    if (expr->kind == EXPR_COMPARE && !expr_is_volatile(expr)) {
      uint32_t left, right;
      TRY(expr_sides(expr->children[0], join->children[0], join->children[1], &left));
      TRY(expr_sides(expr->children[1], join->children[0], join->children[1], &right));
      // A side without columns stays in the residual (or was pushed down before): conditions have one column from each.
      if (left == 1 && right == 2) {
        TRY(add_join_condition(planner, join, (JoinCondition){expr->children[0], expr->children[1], expr->compare}));
        continue;
      }
      if (left == 2 && right == 1) {
        TRY(add_join_condition(planner, join,
                               (JoinCondition){expr->children[1], expr->children[0], compare_op_swap(expr->compare)}));
        continue;
      }
    }
    Expr *residual = expr_and(planner->arena, join->join.residual, expr);
    if (!residual) return error_no_memory(planner->error);
    join->join.residual = residual;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Conjunctions and small expressions
// ---------------------------------------------------------------------------------------------------------------------

Status split_conjuncts(Planner *planner, Expr *condition, ExprList *out) {
  if (!condition) return OK;
  if (condition->kind != EXPR_AND) {
    ARENA_PUSH(planner->arena, planner->error, out, condition);
    return OK;
  }
  for (uint32_t i = 0; i < condition->child_count; i++) TRY(split_conjuncts(planner, condition->children[i], out));
  return OK;
}

Expr *join_conjuncts(Planner *planner, Expr **items, uint32_t count) {
  if (count == 0) return NULL;
  if (count == 1) return items[0];
  Expr *expr = expr_node(planner->arena, EXPR_AND, TYPE(BOOLEAN), count);
  if (!expr) return NULL;
  memcpy(expr->children, items, sizeof *items * count);
  return expr;
}

Expr *make_boolean(Planner *planner, bool value) { return expr_constant(planner->arena, value_boolean(value)); }

Status make_compare(Planner *planner, CompareOp op, Expr *left, Expr *right, Expr **out) {
  Type type;
  bool equality =
      op != COMPARE_LESS && op != COMPARE_LESS_EQUAL && op != COMPARE_GREATER && op != COMPARE_GREATER_EQUAL;
  if (!type_unify_compare(planner->arena, left->type, right->type, equality, &type)) {
    TextBuilder left_name, right_name;
    text_init(&left_name, planner->arena->memory);
    text_init(&right_name, planner->arena->memory);
    type_print(&left_name, left->type);
    type_print(&right_name, right->type);
    Status status = error_set(planner->error, ERROR_BINDER, left->position,
                              "Cannot compare values of type %.*s and type %.*s - an explicit cast is required",
                              STR_ARG(text_str(&left_name)), STR_ARG(text_str(&right_name)));
    text_free(&left_name);
    text_free(&right_name);
    return status;
  }
  TRY(type_normalize(planner->arena, planner->error, type, &type));
  NEW_OR_FAIL(planner, left, expr_as(planner->arena, left, type));
  NEW_OR_FAIL(planner, right, expr_as(planner->arena, right, type));
  NEW_OR_FAIL(planner, *out, expr_compare(planner->arena, op, left, right));
  return OK;
}

Status make_call(Planner *planner, const char *name, Expr **arguments, uint32_t count, Expr **out) {
  PlanContext *context = planner->context;
  return bind_scalar_call(planner->arena, planner->error, context->facts, context->library, str_from(name), arguments,
                          count, NULL, -1, out);
}

Status make_aggregate(Planner *planner, const char *name, Expr **arguments, uint32_t count, bool distinct, Expr **out) {
  PlanContext *context = planner->context;
  return bind_aggregate_call(planner->arena, planner->error, context->facts, context->library, str_from(name),
                             arguments, count, distinct, -1, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns within expressions
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ColumnWalk {
  ColumnVisitor visit;
  void *context;
  Status status;
} ColumnWalk;

static bool walk_column(void *context, Expr *expr) {
  ColumnWalk *walk = context;
  if (walk->status != OK) return false;
  if (expr->kind == EXPR_COLUMN) walk->status = walk->visit(walk->context, expr);
  if (expr->kind == EXPR_SUBQUERY && walk->status == OK) {
    walk->status = plan_visit_columns(expr->subquery.plan, walk->visit, walk->context);
  }
  return walk->status == OK;
}

Status expr_visit_columns(Expr *expr, ColumnVisitor visit, void *context) {
  if (!expr) return OK;
  ColumnWalk walk = {visit, context, OK};
  expr_visit(expr, walk_column, &walk);
  return walk.status;
}

static Status walk_slot(void *context, Expr **slot) {
  ColumnWalk *walk = context;
  return expr_visit_columns(*slot, walk->visit, walk->context);
}

Status plan_visit_columns(LogicalPlan *plan, ColumnVisitor visit, void *context) {
  ColumnWalk walk = {visit, context, OK};
  TRY(plan_visit_expressions(plan, walk_slot, &walk));
  for (uint32_t i = 0; i < plan->child_count; i++) TRY(plan_visit_columns(plan->children[i], visit, context));
  return OK;
}

static Status stop_when_in(void *context, Expr *column) {
  return plan_find_column(context, column->column.table, column->column.column, NULL) ? ERROR_INTERNAL : OK;
}
static Status stop_when_out(void *context, Expr *column) {
  return plan_find_column(context, column->column.table, column->column.column, NULL) ? OK : ERROR_INTERNAL;
}
static Status stop_always(void *context, Expr *column) {
  (void)context;
  (void)column;
  return ERROR_INTERNAL;
}

bool expr_uses_plan(Expr *expr, const LogicalPlan *plan) {
  return expr_visit_columns(expr, stop_when_in, (void *)(uintptr_t)plan) != OK;
}
bool expr_within_plan(Expr *expr, const LogicalPlan *plan) {
  return expr_visit_columns(expr, stop_when_out, (void *)(uintptr_t)plan) == OK;
}
bool expr_has_columns(Expr *expr) { return expr_visit_columns(expr, stop_always, NULL) != OK; }

typedef struct KindSearch {
  ExprKind kind;
  bool found;
} KindSearch;
static bool search_kind(void *context, Expr *expr) {
  KindSearch *search = context;
  if (expr->kind == search->kind) search->found = true;
  return !search->found;
}
bool expr_has_kind(const Expr *expr, ExprKind kind) {
  KindSearch search = {kind, false};
  if (expr) expr_visit((Expr *)(uintptr_t)expr, search_kind, &search);
  return search.found;
}

bool expr_same_column(const Expr *a, const Expr *b) {
  return a->kind == EXPR_COLUMN && b->kind == EXPR_COLUMN && a->column.table == b->column.table &&
         a->column.column == b->column.column;
}

// ---------------------------------------------------------------------------------------------------------------------
// Replacing columns
// ---------------------------------------------------------------------------------------------------------------------

Status column_map_add(Planner *planner, ColumnMap *map, uint32_t table, uint32_t column, Expr *to) {
  if (map->count == map->capacity) {
    uint32_t capacity = map->capacity ? map->capacity * 2 : 8;
    PlanColumn *from;
    Expr **targets;
    ARENA_NEW_ARRAY(planner->arena, planner->error, from, capacity);
    ARENA_NEW_ARRAY(planner->arena, planner->error, targets, capacity);
    if (map->count) {
      memcpy(from, map->from, sizeof *from * map->count);
      memcpy(targets, map->to, sizeof *targets * map->count);
    }
    map->from = from;
    map->to = targets;
    map->capacity = capacity;
  }
  map->from[map->count] = (PlanColumn){.table = table, .column = column};
  map->to[map->count++] = to;
  return OK;
}

typedef struct Replacement {
  Planner *planner;
  const ColumnMap *map;
} Replacement;

static Status replace_column(void *context, Expr **slot) {
  Replacement *replacement = context;
  Expr *expr = *slot;
  if (expr->kind == EXPR_SUBQUERY) {
    return plan_replace_columns(replacement->planner, expr->subquery.plan, replacement->map);
  }
  if (expr->kind != EXPR_COLUMN) return OK;
  const ColumnMap *map = replacement->map;
  for (uint32_t i = 0; i < map->count; i++) {
    if (map->from[i].table != expr->column.table || map->from[i].column != expr->column.column) continue;
    Expr *copy;
    NEW_OR_FAIL(replacement->planner, copy, expr_copy(replacement->planner->arena, map->to[i]));
    if (!copy->name.data) copy->name = expr->name;
    *slot = copy;
    return OK;
  }
  return OK;
}

Status expr_replace_columns(Planner *planner, Expr **slot, const ColumnMap *map) {
  Replacement replacement = {planner, map};
  if (!*slot || map->count == 0) return OK;
  return expr_rewrite(slot, replace_column, &replacement);
}

static Status replace_in_slot(void *context, Expr **slot) {
  Replacement *replacement = context;
  return expr_replace_columns(replacement->planner, slot, replacement->map);
}

Status plan_replace_columns(Planner *planner, LogicalPlan *plan, const ColumnMap *map) {
  Replacement replacement = {planner, map};
  TRY(plan_visit_expressions(plan, replace_in_slot, &replacement));
  for (uint32_t i = 0; i < plan->child_count; i++) TRY(plan_replace_columns(planner, plan->children[i], map));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Walking
// ---------------------------------------------------------------------------------------------------------------------

static Status visit_list(Expr **items, uint32_t count, PlanExprVisitor visit, void *context) {
  for (uint32_t i = 0; i < count; i++) TRY(visit(context, &items[i]));
  return OK;
}

static Status visit_slot(Expr **slot, PlanExprVisitor visit, void *context) {
  return *slot ? visit(context, slot) : OK;
}

static Status visit_keys(SortKey *keys, uint32_t count, PlanExprVisitor visit, void *context) {
  for (uint32_t i = 0; i < count; i++) TRY(visit(context, &keys[i].expr));
  return OK;
}

static Status visit_join(JoinNode *join, PlanExprVisitor visit, void *context) {
  for (uint32_t i = 0; i < join->condition_count; i++) {
    TRY(visit(context, &join->conditions[i].left));
    TRY(visit(context, &join->conditions[i].right));
  }
  TRY(visit_slot(&join->residual, visit, context));
  return visit_list(join->delim_columns, join->delim_count, visit, context);
}

static Status visit_checks(PlanConstraints *constraints, PlanExprVisitor visit, void *context) {
  for (uint32_t i = 0; i < constraints->check_count; i++) TRY(visit(context, &constraints->checks[i].condition));
  for (uint32_t i = 0; i < constraints->generated_count; i++) TRY(visit(context, &constraints->generated[i].condition));
  return OK;
}

Status plan_visit_expressions(LogicalPlan *node, PlanExprVisitor visit, void *context) {
  switch ((LogicalKind)node->kind) {
    case LOGICAL_VALUES:
      return visit_list(node->values.cells, node->values.row_count * node->column_count, visit, context);
    case LOGICAL_SCAN:
      return visit_slot(&node->scan.filter, visit, context);
    case LOGICAL_TABLE_FUNCTION:
      return visit_slot(&node->function.filter, visit, context);
    case LOGICAL_PROJECT:
      return visit_list(node->project.expressions, node->column_count, visit, context);
    case LOGICAL_FILTER:
      return visit_slot(&node->filter.condition, visit, context);
    case LOGICAL_AGGREGATE:
      TRY(visit_list(node->aggregate.groups, node->aggregate.group_count, visit, context));
      return visit_list(node->aggregate.aggregates, node->aggregate.aggregate_count, visit, context);
    case LOGICAL_DISTINCT:
      TRY(visit_list(node->distinct.keys, node->distinct.key_count, visit, context));
      return visit_keys(node->distinct.order, node->distinct.order_count, visit, context);
    case LOGICAL_WINDOW:
      return visit_list(node->window.windows, node->window.window_count, visit, context);
    case LOGICAL_ORDER:
    case LOGICAL_TOP_N:
      return visit_keys(node->order.keys, node->order.key_count, visit, context);
    case LOGICAL_LIMIT:
      TRY(visit_slot(&node->limit.limit, visit, context));
      return visit_slot(&node->limit.offset, visit, context);
    case LOGICAL_JOIN:
    case LOGICAL_DELIM_JOIN:
      return visit_join(&node->join, visit, context);
    case LOGICAL_UNNEST:
      return visit_list(node->unnest.lists, node->unnest.list_count, visit, context);
    case LOGICAL_INSERT:
      TRY(visit_checks(&node->insert.constraints, visit, context));
      TRY(visit_list(node->insert.set_expressions, node->insert.set_count, visit, context));
      return visit_slot(&node->insert.set_condition, visit, context);
    case LOGICAL_UPDATE:
      return visit_checks(&node->update.constraints, visit, context);
    case LOGICAL_MERGE:
      for (uint32_t i = 0; i < node->merge.action_count; i++) {
        MergeAction *action = &node->merge.actions[i];
        TRY(visit_slot(&action->condition, visit, context));
        TRY(visit_list(action->values, action->value_count, visit, context));
      }
      return visit_checks(&node->merge.constraints, visit, context);
    case LOGICAL_ALTER:
      return visit_slot(&node->alter.conversion, visit, context);
    case LOGICAL_SET:
      return visit_slot(&node->set.value, visit, context);
    default:
      return OK;
  }
}

Status plan_visit(LogicalPlan **slot, PlanVisitor visit, void *context) {
  TRY(visit(context, slot));
  LogicalPlan *node = *slot;
  for (uint32_t i = 0; i < node->child_count; i++) TRY(plan_visit(&node->children[i], visit, context));
  return OK;
}

bool plan_makes_table(const LogicalPlan *plan, uint32_t table) {
  for (uint32_t i = 0; i < plan->column_count; i++) {
    if (plan->columns[i].table == table) return true;
  }
  for (uint32_t i = 0; i < plan->child_count; i++) {
    if (plan_makes_table(plan->children[i], table)) return true;
  }
  return false;
}

typedef struct FreeSearch {
  Planner *planner;
  const LogicalPlan *outer;
  ExprList *out;
} FreeSearch;

static Status note_free_column(void *context, Expr *column) {
  FreeSearch *search = context;
  if (!plan_find_column(search->outer, column->column.table, column->column.column, NULL)) return OK;
  for (uint32_t i = 0; i < search->out->count; i++) {
    if (expr_same_column(search->out->items[i], column)) return OK;
  }
  ARENA_PUSH(search->planner->arena, search->planner->error, search->out, column);
  return OK;
}

Status plan_free_columns(Planner *planner, LogicalPlan *plan, const LogicalPlan *outer, ExprList *out) {
  FreeSearch search = {planner, outer, out};
  return plan_visit_columns(plan, note_free_column, &search);
}

bool plan_single_row(const LogicalPlan *plan) {
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_DUMMY:
      return true;
    case LOGICAL_VALUES:
      return plan->values.row_count == 1;
    case LOGICAL_AGGREGATE:
      return plan->aggregate.group_count == 0 && plan->aggregate.set_count <= 1;
    case LOGICAL_PROJECT:
    case LOGICAL_ORDER:
    case LOGICAL_WINDOW:
    case LOGICAL_DISTINCT:
      return plan_single_row(plan->children[0]);
    case LOGICAL_CROSS:
      return plan_single_row(plan->children[0]) && plan_single_row(plan->children[1]);
    case LOGICAL_JOIN:
      return (plan->join.join == JOIN_SINGLE || plan->join.join == JOIN_MARK) && plan_single_row(plan->children[0]);
    case LOGICAL_CTE:
      return plan_single_row(plan->children[1]);
    default:
      return false;
  }
}

bool plan_at_most_one_row(const LogicalPlan *plan) {
  if (plan_single_row(plan)) return true;
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_EMPTY:
      return true;
    case LOGICAL_FILTER:
    case LOGICAL_PROJECT:
    case LOGICAL_ORDER:
    case LOGICAL_WINDOW:
    case LOGICAL_DISTINCT:
    case LOGICAL_SAMPLE:
      return plan_at_most_one_row(plan->children[0]);
    case LOGICAL_LIMIT:
      if (plan->limit.kind == LIMIT_ROWS && plan->limit.limit && plan->limit.limit->kind == EXPR_CONSTANT &&
          !plan->limit.limit->constant.is_null && plan->limit.limit->constant.i64 <= 1) {
        return true;
      }
      return plan_at_most_one_row(plan->children[0]);
    case LOGICAL_TOP_N:
      return plan->order.limit <= 1;
    case LOGICAL_CTE:
      return plan_at_most_one_row(plan->children[1]);
    default:
      return false;
  }
}
