// SPDX-License-Identifier: MIT
//
// pushdown.c: filters go down to where they cost least; on the way outer joins become inner ones, mark joins semi joins, and regions of inner joins
// are taken apart and given to join_order.c.
//
// push(slot, conjuncts) puts the conjuncts, which hold above *slot, as deep as they may go, and leaves the rest in a FILTER above. A conjunct that may raise an
// error is not moved below anything that drops rows before it.
#include "plan/optimize.h"

static Status push(Planner *planner, LogicalPlan **slot, ExprList *conjuncts);

static Status push_nothing(Planner *planner, LogicalPlan **slot) {
  ExprList none = {0};
  return push(planner, slot, &none);
}

static Status filter_above(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  if (!conjuncts->count) return OK;
  Expr *condition;
  NEW_OR_FAIL(planner, condition, join_conjuncts(planner, conjuncts->items, conjuncts->count));
  return plan_make_filter(planner, *slot, condition, slot);
}

static Status append(Planner *planner, ExprList *list, Expr *expr) {
  ARENA_PUSH(planner->arena, planner->error, list, expr);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// OR: what all arms have in common, and what each arm says of one input
// ---------------------------------------------------------------------------------------------------------------------

static bool list_has(const ExprList *list, const Expr *expr) {
  for (uint32_t i = 0; i < list->count; i++) {
    if (expr_equal(list->items[i], expr)) return true;
  }
  return false;
}

#define OR_ARM_LIMIT 32 // factoring compares arms pairwise

// (a AND b) OR (a AND c)  ->  a AND (b OR c)
static Status factor_or(Planner *planner, Expr *expr, ExprList *out) {
  uint32_t arm_count = expr->child_count;
  if (arm_count > OR_ARM_LIMIT || expr_is_volatile(expr)) return append(planner, out, expr);
  ExprList *arms;
  ExprList common = {0};
  ARENA_NEW_ARRAY(planner->arena, planner->error, arms, arm_count);
  for (uint32_t i = 0; i < arm_count; i++) TRY(split_conjuncts(planner, expr->children[i], &arms[i]));
  for (uint32_t k = 0; k < arms[0].count; k++) {
    bool everywhere = true;
    for (uint32_t i = 1; i < arm_count && everywhere; i++) everywhere = list_has(&arms[i], arms[0].items[k]);
    if (everywhere && !list_has(&common, arms[0].items[k])) TRY(append(planner, &common, arms[0].items[k]));
  }
  if (!common.count) return append(planner, out, expr);
  for (uint32_t k = 0; k < common.count; k++) TRY(append(planner, out, common.items[k]));
  Expr *rest;
  NEW_OR_FAIL(planner, rest, expr_node(planner->arena, EXPR_OR, TYPE(BOOLEAN), arm_count));
  for (uint32_t i = 0; i < arm_count; i++) {
    ExprList left = {0};
    for (uint32_t k = 0; k < arms[i].count; k++) {
      if (!list_has(&common, arms[i].items[k])) TRY(append(planner, &left, arms[i].items[k]));
    }
    if (!left.count) return OK; // this arm is the common part: the OR is true where that is
    NEW_OR_FAIL(planner, rest->children[i], join_conjuncts(planner, left.items, left.count));
  }
  return append(planner, out, rest);
}

static Status split_and_factor(Planner *planner, Expr *condition, ExprList *out) {
  ExprList conjuncts = {0};
  TRY(split_conjuncts(planner, condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    if (conjuncts.items[i]->kind == EXPR_OR) {
      TRY(factor_or(planner, conjuncts.items[i], out));
    } else {
      TRY(append(planner, out, conjuncts.items[i]));
    }
  }
  return OK;
}

// (x.a = 1 AND y.b = 2) OR (x.a = 3 AND y.b = 4)  implies, of x alone,  x.a = 1 OR x.a = 3.
Status derive_for_input(Planner *planner, const Expr *disjunction, const LogicalPlan *input, Expr **out) {
  *out = NULL;
  if (disjunction->kind != EXPR_OR || disjunction->child_count > OR_ARM_LIMIT) return OK;
  Expr *derived;
  NEW_OR_FAIL(planner, derived, expr_node(planner->arena, EXPR_OR, TYPE(BOOLEAN), disjunction->child_count));
  for (uint32_t i = 0; i < disjunction->child_count; i++) {
    ExprList parts = {0};
    ExprList own = {0};
    TRY(split_conjuncts(planner, disjunction->children[i], &parts));
    for (uint32_t k = 0; k < parts.count; k++) {
      bool usable = expr_within_plan(parts.items[k], input) && expr_has_columns(parts.items[k]) &&
                    !expr_is_volatile(parts.items[k]) && !expr_can_fail(parts.items[k]) &&
                    !expr_has_kind(parts.items[k], EXPR_SUBQUERY);
      if (usable) TRY(append(planner, &own, parts.items[k]));
    }
    if (!own.count) return OK;
    NEW_OR_FAIL(planner, derived->children[i], join_conjuncts(planner, own.items, own.count));
  }
  NEW_OR_FAIL(planner, *out, expr_copy(planner->arena, derived));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Does a conjunct fail to be true when all columns of a side are NULL?
// ---------------------------------------------------------------------------------------------------------------------

// The value is NULL when the side's columns are.
static bool null_from(Expr *expr, const LogicalPlan *side) {
  switch ((ExprKind)expr->kind) {
    case EXPR_COLUMN:
      return plan_find_column(side, expr->column.table, expr->column.column, NULL);
    case EXPR_CAST:
      return null_from(expr->children[0], side);
    case EXPR_CALL:
      if (expr->call.function->nulls != NULLS_PROPAGATE) return false;
      for (uint32_t i = 0; i < expr->child_count; i++) {
        if (null_from(expr->children[i], side)) return true;
      }
      return false;
    case EXPR_COMPARE:
      if (expr->compare >= COMPARE_DISTINCT) return false;
      return null_from(expr->children[0], side) || null_from(expr->children[1], side);
    case EXPR_BETWEEN:
    case EXPR_IN:
      return null_from(expr->children[0], side);
    case EXPR_NOT:
      return null_from(expr->children[0], side);
    default:
      return false;
  }
}

static bool rejects_nulls(Expr *expr, const LogicalPlan *side) {
  switch ((ExprKind)expr->kind) {
    case EXPR_AND:
      for (uint32_t i = 0; i < expr->child_count; i++) {
        if (rejects_nulls(expr->children[i], side)) return true;
      }
      return false;
    case EXPR_OR:
      for (uint32_t i = 0; i < expr->child_count; i++) {
        if (!rejects_nulls(expr->children[i], side)) return false;
      }
      return expr->child_count > 0;
    case EXPR_IS_NOT_NULL:
      return null_from(expr->children[0], side);
    default:
      return null_from(expr, side);
  }
}

static bool some_reject(const ExprList *conjuncts, const LogicalPlan *side) {
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    if (rejects_nulls(conjuncts->items[i], side)) return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Inner joins: a region of relations and conjuncts
// ---------------------------------------------------------------------------------------------------------------------

static bool is_inner(const LogicalPlan *node) {
  return node->kind == LOGICAL_CROSS || (node->kind == LOGICAL_JOIN && node->join.join == JOIN_INNER);
}

// Outer joins below a region turn into inner ones first, so that the region is as large as it can be.
static void strengthen(LogicalPlan *node, const ExprList *conjuncts) {
  if (node->kind != LOGICAL_JOIN) return;
  JoinNode *join = &node->join;
  bool left_rejected = some_reject(conjuncts, node->children[0]);
  bool right_rejected = some_reject(conjuncts, node->children[1]);
  if (join->join == JOIN_LEFT && right_rejected) join->join = JOIN_INNER;
  if (join->join == JOIN_RIGHT && left_rejected) join->join = JOIN_INNER;
  if (join->join == JOIN_FULL) {
    if (left_rejected && right_rejected) {
      join->join = JOIN_INNER;
    } else if (left_rejected) {
      join->join = JOIN_LEFT;
    } else if (right_rejected) {
      join->join = JOIN_RIGHT;
    }
  }
}

static Status collect_region(Planner *planner, LogicalPlan *node, PlanList *relations, ExprList *conjuncts) {
  strengthen(node, conjuncts);
  if (node->kind == LOGICAL_FILTER) {
    TRY(split_and_factor(planner, node->filter.condition, conjuncts));
    return collect_region(planner, node->children[0], relations, conjuncts);
  }
  if (!is_inner(node)) {
    ARENA_PUSH(planner->arena, planner->error, relations, node);
    return OK;
  }
  if (node->kind == LOGICAL_JOIN) {
    for (uint32_t i = 0; i < node->join.condition_count; i++) {
      const JoinCondition *condition = &node->join.conditions[i];
      Expr *compare;
      NEW_OR_FAIL(planner, compare,
                  expr_compare(planner->arena, condition->compare, condition->left, condition->right));
      TRY(append(planner, conjuncts, compare));
    }
    if (node->join.residual) TRY(split_and_factor(planner, node->join.residual, conjuncts));
  }
  TRY(collect_region(planner, node->children[0], relations, conjuncts));
  return collect_region(planner, node->children[1], relations, conjuncts);
}

static Status push_region(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  PlanList relations = {0};
  ExprList joining = {0};
  ExprList above = {0};
  TRY(collect_region(planner, *slot, &relations, conjuncts));
  ExprList *own;
  ARENA_NEW_ARRAY(planner->arena, planner->error, own, relations.count);
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    uint32_t home = relations.count;
    for (uint32_t r = 0; r < relations.count && home == relations.count; r++) {
      if (expr_has_columns(expr) && expr_within_plan(expr, relations.items[r])) home = r;
    }
    if (expr_is_volatile(expr)) {
      TRY(append(planner, &above, expr));
    } else if (home < relations.count) {
      TRY(append(planner, &own[home], expr));
    } else {
      TRY(append(planner, &joining, expr));
      for (uint32_t r = 0; r < relations.count; r++) {
        Expr *derived;
        TRY(derive_for_input(planner, expr, relations.items[r], &derived));
        if (derived) TRY(append(planner, &own[r], derived));
      }
    }
  }
  for (uint32_t r = 0; r < relations.count; r++) TRY(push(planner, &relations.items[r], &own[r]));
  TRY(order_joins(planner, &relations, &joining, slot));
  return filter_above(planner, slot, &above);
}

// ---------------------------------------------------------------------------------------------------------------------
// Other joins
// ---------------------------------------------------------------------------------------------------------------------

// Conditions of an outer or semi join that look at the right side alone filter that side.
static Status take_right_conditions(Planner *planner, LogicalPlan *node, ExprList *right) {
  ExprList conjuncts = {0};
  ExprList rest = {0};
  if (!node->join.residual) return OK;
  TRY(split_and_factor(planner, node->join.residual, &conjuncts));
  node->join.residual = NULL;
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *expr = conjuncts.items[i];
    bool right_only = expr_has_columns(expr) && expr_within_plan(expr, node->children[1]) && !expr_is_volatile(expr);
    TRY(append(planner, right_only ? right : &rest, expr));
  }
  for (uint32_t i = 0; i < rest.count; i++) TRY(plan_join_add_condition(planner, node, rest.items[i]));
  return OK;
}

static bool is_mark(const LogicalPlan *node, const Expr *expr) {
  return expr->kind == EXPR_COLUMN && expr->column.table == node->join.mark_table;
}

static Status count_mark(void *context, Expr *column) {
  const LogicalPlan *node = ((void **)context)[0];
  uint32_t *count = ((void **)context)[1];
  *count += is_mark(node, column);
  return OK;
}

// WHERE mark -> SEMI, WHERE NOT mark -> ANTI (where NULL may be taken for false). The conjunct is done with.
static Status mark_to_semi(LogicalPlan *node, ExprList *conjuncts) {
  uint32_t uses = 0;
  void *context[2] = {node, &uses};
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    TRY(expr_visit_columns(expr, count_mark, context));
    bool plain = is_mark(node, expr);
    bool negated = expr->kind == EXPR_NOT && is_mark(node, expr->children[0]) && !node->join.null_aware;
    if (plain || negated) found = i;
  }
  if (found == UINT32_MAX || uses != 1) return OK;
  node->join.join = conjuncts->items[found]->kind == EXPR_NOT ? JOIN_ANTI : JOIN_SEMI;
  memmove(&conjuncts->items[found], &conjuncts->items[found + 1], sizeof(Expr *) * (conjuncts->count - found - 1));
  conjuncts->count--;
  return OK;
}

// A semi join has no mark, but something above may still name it (what a CTE keeps): it is known to be true, or false for an anti join. Pruned where nobody
// asks. The columns keep their bindings.
static Status restore_mark(Planner *planner, LogicalPlan **slot, uint32_t mark_table, bool value) {
  LogicalPlan *join = *slot;
  LogicalPlan *project;
  TRY(plan_make(planner, LOGICAL_PROJECT, join, NULL, &project));
  ARENA_NEW_ARRAY(planner->arena, planner->error, project->project.expressions, join->column_count + 1);
  ARENA_NEW_ARRAY(planner->arena, planner->error, project->columns, join->column_count + 1);
  for (uint32_t i = 0; i < join->column_count; i++) {
    project->columns[i] = join->columns[i];
    NEW_OR_FAIL(planner, project->project.expressions[i], plan_column_ref(planner, &join->columns[i]));
  }
  project->columns[join->column_count] = (PlanColumn){.table = mark_table, .type = TYPE(BOOLEAN), .name = STR("mark")};
  NEW_OR_FAIL(planner, project->project.expressions[join->column_count], make_boolean(planner, value));
  project->column_count = join->column_count + 1;
  *slot = project;
  return OK;
}

// The smaller side should be built: a semi join whose left side is much smaller is turned round.
#define TURN_FACTOR 2.0
static void turn_round(LogicalPlan *node) {
  JoinNode *join = &node->join;
  JoinKind turned;
  switch ((JoinKind)join->join) {
    case JOIN_LEFT:
      turned = JOIN_RIGHT;
      break;
    case JOIN_RIGHT:
      turned = JOIN_LEFT;
      break;
    case JOIN_SEMI:
      turned = JOIN_RIGHT_SEMI;
      break;
    case JOIN_ANTI:
      turned = JOIN_RIGHT_ANTI;
      break;
    default:
      return;
  }
  if (!join->equal_count) return;
  estimate_tree(node->children[0]);
  estimate_tree(node->children[1]);
  if (node->children[0]->row_estimate * TURN_FACTOR >= node->children[1]->row_estimate) return;
  LogicalPlan *left = node->children[0];
  node->children[0] = node->children[1];
  node->children[1] = left;
  join->join = (uint8_t)turned;
  for (uint32_t i = 0; i < join->condition_count; i++) {
    Expr *expr = join->conditions[i].left;
    join->conditions[i].left = join->conditions[i].right;
    join->conditions[i].right = expr;
    join->conditions[i].compare = compare_op_swap(join->conditions[i].compare);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Semi joins within a region of inner joins: where there are the fewest rows to look up
// ---------------------------------------------------------------------------------------------------------------------

static Status within_visit(void *context, Expr *column) {
  void **pair = context;
  const LogicalPlan *whole = pair[0];
  const LogicalPlan *part = pair[1];
  bool *within = pair[2];
  uint32_t table = column->column.table;
  bool of_left = plan_find_column(whole, table, column->column.column, NULL);
  *within &= !of_left || plan_find_column(part, table, column->column.column, NULL);
  return OK;
}

// What the join asks of its left side can be answered by this part of it.
static Status asks_only(const LogicalPlan *join, const LogicalPlan *part, bool *within) {
  void *context[3] = {join->children[0], (void *)(uintptr_t)part, within};
  *within = true;
  for (uint32_t i = 0; i < join->join.condition_count; i++) {
    TRY(expr_visit_columns(join->join.conditions[i].left, within_visit, context));
  }
  return join->join.residual ? expr_visit_columns(join->join.residual, within_visit, context) : OK;
}

// Joins the relations below an inner join anew. They have all been pushed into already.
static Status reorder_region(Planner *planner, LogicalPlan **slot) {
  PlanList relations = {0};
  ExprList conjuncts = {0};
  TRY(collect_region(planner, *slot, &relations, &conjuncts));
  return order_joins(planner, &relations, &conjuncts, slot);
}

// A semi or anti join over inner joins goes down to the part of them that has what it asks for and the fewest rows; its own result is smaller still,
// which may make another order of the joins the best. *slot is then the inner joins.
static Status sink_semi_join(Planner *planner, LogicalPlan **slot) {
  LogicalPlan *node = *slot;
  if (node->join.join != JOIN_SEMI && node->join.join != JOIN_ANTI) return OK;
  if (!is_inner(node->children[0])) return OK;
  estimate_tree(node->children[0]);
  LogicalPlan **home = &node->children[0];
  LogicalPlan **part = home;
  while (is_inner(*part)) {
    bool within[2];
    for (uint32_t i = 0; i < 2; i++) TRY(asks_only(node, (*part)->children[i], &within[i]));
    if (within[0] == within[1]) break; // neither, or a condition that asks nothing of the left side
    part = &(*part)->children[within[1]];
    if ((*part)->row_estimate <= (*home)->row_estimate) home = part;
  }
  if (home == &node->children[0]) return OK;
  LogicalPlan *region = node->children[0];
  node->children[0] = *home;
  *home = node;
  *slot = region;
  TRY(plan_update_columns(planner, node));
  turn_round(node);
  TRY(plan_update_columns(planner, node));
  return reorder_region(planner, slot);
}

static Status push_join(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  strengthen(node, conjuncts);
  if (is_inner(node)) return push_region(planner, slot, conjuncts);
  ExprList left = {0};
  ExprList right = {0};
  ExprList above = {0};
  bool was_mark = node->join.join == JOIN_MARK;
  if (was_mark) TRY(mark_to_semi(node, conjuncts));
  bool semi = was_mark && node->join.join == JOIN_SEMI;
  bool anti = was_mark && node->join.join == JOIN_ANTI;
  bool keeps_left = node->join.join != JOIN_RIGHT && node->join.join != JOIN_FULL;
  bool keeps_right = node->join.join == JOIN_RIGHT;
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    bool movable = expr_has_columns(expr) && !expr_is_volatile(expr);
    if (movable && keeps_left && expr_within_plan(expr, node->children[0])) {
      TRY(append(planner, &left, expr));
    } else if (movable && keeps_right && expr_within_plan(expr, node->children[1])) {
      TRY(append(planner, &right, expr));
    } else {
      TRY(append(planner, &above, expr));
    }
  }
  bool filters_right = node->join.join == JOIN_LEFT || node->join.join == JOIN_SEMI || node->join.join == JOIN_ANTI ||
                       node->join.join == JOIN_SINGLE || (node->join.join == JOIN_MARK && !node->join.null_aware);
  if (filters_right) TRY(take_right_conditions(planner, node, &right));
  TRY(push(planner, &node->children[0], &left));
  TRY(push(planner, &node->children[1], &right));
  TRY(sink_semi_join(planner, slot));
  if (*slot == node) {
    turn_round(node);
    TRY(plan_update_columns(planner, node));
  }
  if (semi || anti) TRY(restore_mark(planner, slot, node->join.mark_table, semi));
  return filter_above(planner, slot, &above);
}

// ---------------------------------------------------------------------------------------------------------------------
// Single inputs
// ---------------------------------------------------------------------------------------------------------------------

static Status push_filter(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  ExprList all = {0};
  TRY(split_and_factor(planner, (*slot)->filter.condition, &all));
  for (uint32_t i = 0; i < conjuncts->count; i++) TRY(append(planner, &all, conjuncts->items[i]));
  *slot = (*slot)->children[0];
  return push(planner, slot, &all);
}

static Status push_project(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  ColumnMap map = {0};
  ExprList below = {0};
  ExprList above = {0};
  for (uint32_t i = 0; i < node->column_count; i++) {
    TRY(column_map_add(planner, &map, node->columns[i].table, node->columns[i].column, node->project.expressions[i]));
  }
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *moved;
    NEW_OR_FAIL(planner, moved, expr_copy(planner->arena, conjuncts->items[i]));
    TRY(expr_replace_columns(planner, &moved, &map));
    bool keep = expr_is_volatile(moved) || expr_has_kind(moved, EXPR_UNNEST) || expr_has_kind(moved, EXPR_SUBQUERY);
    TRY(append(planner, keep ? &above : &below, keep ? conjuncts->items[i] : moved));
  }
  TRY(push(planner, &node->children[0], &below));
  return filter_above(planner, slot, &above);
}

// Conditions on groups that every grouping set has hold for the rows of the group.
static Status push_aggregate(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  AggregateNode *aggregate = &node->aggregate;
  ColumnMap map = {0};
  ExprList below = {0};
  ExprList above = {0};
  LogicalPlan groups = {.kind = LOGICAL_AGGREGATE, .columns = node->columns, .column_count = aggregate->group_count};
  if (aggregate->set_count) groups.column_count = 0;
  for (uint32_t i = 0; i < groups.column_count; i++) {
    TRY(column_map_add(planner, &map, node->columns[i].table, node->columns[i].column, aggregate->groups[i]));
  }
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    if (!expr_has_columns(expr) || !expr_within_plan(expr, &groups) || expr_is_volatile(expr)) {
      TRY(append(planner, &above, expr));
      continue;
    }
    Expr *moved;
    NEW_OR_FAIL(planner, moved, expr_copy(planner->arena, expr));
    TRY(expr_replace_columns(planner, &moved, &map));
    TRY(append(planner, &below, moved));
  }
  TRY(push(planner, &node->children[0], &below));
  return filter_above(planner, slot, &above);
}

static Status push_set_operation(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  ExprList above = {0};
  ExprList *below;
  ARENA_NEW_ARRAY(planner->arena, planner->error, below, node->child_count);
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    if (!expr_has_columns(expr) || expr_is_volatile(expr)) {
      TRY(append(planner, &above, expr));
      continue;
    }
    for (uint32_t c = 0; c < node->child_count; c++) {
      ColumnMap map = {0};
      for (uint32_t k = 0; k < node->column_count; k++) {
        Expr *to;
        NEW_OR_FAIL(planner, to, plan_column_ref(planner, &node->children[c]->columns[k]));
        TRY(column_map_add(planner, &map, node->columns[k].table, node->columns[k].column, to));
      }
      Expr *moved;
      NEW_OR_FAIL(planner, moved, expr_copy(planner->arena, expr));
      TRY(expr_replace_columns(planner, &moved, &map));
      TRY(append(planner, &below[c], moved));
    }
  }
  for (uint32_t c = 0; c < node->child_count; c++) TRY(push(planner, &node->children[c], &below[c]));
  return filter_above(planner, slot, &above);
}

// Through nodes that neither change rows nor count them.
static Status push_through(Planner *planner, LogicalPlan **slot, ExprList *conjuncts, uint32_t child) {
  LogicalPlan *node = *slot;
  ExprList below = {0};
  ExprList above = {0};
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    bool movable = expr_has_columns(expr) && !expr_is_volatile(expr) && expr_within_plan(expr, node->children[child]);
    TRY(append(planner, movable ? &below : &above, expr));
  }
  for (uint32_t i = 0; i < node->child_count; i++) {
    if (i == child) {
      TRY(push(planner, &node->children[i], &below));
    } else {
      TRY(push_nothing(planner, &node->children[i]));
    }
  }
  TRY(plan_update_columns(planner, node));
  return filter_above(planner, slot, &above);
}

static Status push_source(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  ExprList above = {0}, own = {0};
  Expr **filter = node->kind == LOGICAL_SCAN ? &node->scan.filter : &node->function.filter;
  if (*filter) TRY(split_conjuncts(planner, *filter, &own));
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    if (!expr_within_plan(expr, node) || expr_is_volatile(expr)) {
      TRY(append(planner, &above, expr));
      continue;
    }
    TRY(split_conjuncts(planner, expr, &own));
  }
  if (own.count) NEW_OR_FAIL(planner, *filter, join_conjuncts(planner, own.items, own.count));
  return filter_above(planner, slot, &above);
}

static bool is_false(const Expr *expr) {
  return expr->kind == EXPR_CONSTANT && (expr->constant.is_null || !expr->constant.boolean);
}

static Status push(Planner *planner, LogicalPlan **slot, ExprList *conjuncts) {
  LogicalPlan *node = *slot;
  uint32_t left = 0;
  for (uint32_t i = 0; i < conjuncts->count; i++) {
    Expr *expr = conjuncts->items[i];
    if (expr->kind == EXPR_CONSTANT && is_false(expr)) return plan_make_empty(planner, node, slot);
    conjuncts->items[left] = expr;
    left += expr->kind != EXPR_CONSTANT;
  }
  conjuncts->count = left;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER:
      return push_filter(planner, slot, conjuncts);
    case LOGICAL_PROJECT:
      return push_project(planner, slot, conjuncts);
    case LOGICAL_AGGREGATE:
      return push_aggregate(planner, slot, conjuncts);
    case LOGICAL_SCAN:
    case LOGICAL_TABLE_FUNCTION:
      return push_source(planner, slot, conjuncts);
    case LOGICAL_CROSS:
      return push_region(planner, slot, conjuncts);
    case LOGICAL_JOIN:
      if (node->join.join == JOIN_ASOF) break;
      return push_join(planner, slot, conjuncts);
    case LOGICAL_SET_OPERATION:
      return push_set_operation(planner, slot, conjuncts);
    case LOGICAL_ORDER:
    case LOGICAL_UNNEST:
      return push_through(planner, slot, conjuncts, 0);
    case LOGICAL_DISTINCT:
      if (node->distinct.key_count) break;
      return push_through(planner, slot, conjuncts, 0);
    case LOGICAL_CTE:
      return push_through(planner, slot, conjuncts, 1);
    default:
      break;
  }
  for (uint32_t i = 0; i < node->child_count; i++) TRY(push_nothing(planner, &node->children[i]));
  TRY(plan_update_columns(planner, node));
  return filter_above(planner, slot, conjuncts);
}

Status push_filters(Planner *planner, LogicalPlan **root) { return push_nothing(planner, root); }
