// SPDX-License-Identifier: MIT
//
// estimate.c: how many rows a node gives, roughly. Used for join orders and build sides; never for results.
//
// Base tables bring their row counts (set by the binder). Selectivities are the textbook's (Selinger et al., "Access Path Selection in a
// Relational Database Management System", 1979) where nothing better is known: a column's number of different values, when the
// storage tells it, decides equalities.
#include "plan/estimate.h"

#define UNKNOWN_TABLE_ROWS 1000.0
#define EQUAL_SHARE 0.1
#define RANGE_SHARE 0.3
#define LIKE_SHARE 0.1
#define OTHER_SHARE 0.3

// ---------------------------------------------------------------------------------------------------------------------
// Different values of a column
// ---------------------------------------------------------------------------------------------------------------------

static double distinct_in(const LogicalPlan *plan, uint32_t table, uint32_t column);

static double distinct_of_scan(const LogicalPlan *scan, uint32_t column) {
  if (column == PLAN_ROW_ID) return scan->scan.base_rows;
  if (scan->scan.distinct && column < scan->scan.table->column_count && scan->scan.distinct[column] > 0) {
    return MIN_OF(scan->scan.distinct[column], MAX_OF(scan->scan.base_rows, 1.0));
  }
  return MAX_OF(scan->scan.base_rows, 1.0);
}

static double distinct_of_expr(const LogicalPlan *child, const Expr *expr) {
  while (expr->kind == EXPR_CAST) expr = expr->children[0];
  if (expr->kind == EXPR_CONSTANT) return 1;
  if (expr->kind != EXPR_COLUMN) return MAX_OF(child->row_estimate, 1.0);
  return distinct_in(child, expr->column.table, expr->column.column);
}

static double distinct_in(const LogicalPlan *plan, uint32_t table, uint32_t column) {
  if (plan->kind == LOGICAL_SCAN && plan->table == table) return distinct_of_scan(plan, column);
  uint32_t position;
  if (!plan_find_column(plan, table, column, &position)) return 0;
  if (plan->kind == LOGICAL_PROJECT && plan->table == table) {
    return distinct_of_expr(plan->children[0], plan->project.expressions[position]);
  }
  if (plan->kind == LOGICAL_AGGREGATE && table == plan->aggregate.group_table) {
    double distinct = distinct_of_expr(plan->children[0], plan->aggregate.groups[position]);
    return MIN_OF(distinct, MAX_OF(plan->row_estimate, 1.0));
  }
  for (uint32_t i = 0; i < plan->child_count; i++) {
    double distinct = distinct_in(plan->children[i], table, column);
    if (distinct > 0) return distinct;
  }
  return MAX_OF(plan->row_estimate, 1.0);
}

double estimate_distinct(const LogicalPlan *plan, const Expr *expr) { return distinct_of_expr(plan, expr); }

// ---------------------------------------------------------------------------------------------------------------------
// Share of rows that a condition keeps
// ---------------------------------------------------------------------------------------------------------------------

static double compare_share(const Expr *expr, const LogicalPlan *plan) {
  const Expr *left = expr->children[0];
  const Expr *right = expr->children[1];
  bool constant = !expr_has_columns((Expr *)(uintptr_t)left) || !expr_has_columns((Expr *)(uintptr_t)right);
  const Expr *column = expr_has_columns((Expr *)(uintptr_t)left) ? left : right;
  switch ((CompareOp)expr->compare) {
    case COMPARE_EQUAL:
    case COMPARE_NOT_DISTINCT:
      if (constant) {
        double distinct = estimate_distinct(plan, column);
        bool known = distinct > 1 && distinct < plan->row_estimate;
        return known ? 1 / distinct : MIN_OF(EQUAL_SHARE, 1.0);
      }
      return 1 / MAX_OF(MAX_OF(estimate_distinct(plan, left), estimate_distinct(plan, right)), 1.0);
    case COMPARE_NOT_EQUAL:
    case COMPARE_DISTINCT:
      return 0.9;
    default:
      return RANGE_SHARE;
  }
}

double estimate_share(const Expr *expr, const LogicalPlan *plan) {
  double share;
  switch ((ExprKind)expr->kind) {
    case EXPR_CONSTANT:
      return !expr->constant.is_null && expr->constant.boolean ? 1 : 0;
    case EXPR_AND:
      share = 1;
      for (uint32_t i = 0; i < expr->child_count; i++) share *= estimate_share(expr->children[i], plan);
      return share;
    case EXPR_OR:
      share = 1;
      for (uint32_t i = 0; i < expr->child_count; i++) share *= 1 - estimate_share(expr->children[i], plan);
      return 1 - share;
    case EXPR_NOT:
      return 1 - estimate_share(expr->children[0], plan);
    case EXPR_COMPARE:
      return compare_share(expr, plan);
    case EXPR_BETWEEN:
      return RANGE_SHARE / 2;
    case EXPR_IN: {
      double distinct = estimate_distinct(plan, expr->children[0]);
      double one = distinct > 1 && distinct < plan->row_estimate ? 1 / distinct : EQUAL_SHARE / 2;
      share = MIN_OF(one * (expr->child_count - 1), 0.9);
      return expr->negated ? 1 - share : share;
    }
    case EXPR_IS_NULL:
      return 0.1;
    case EXPR_IS_NOT_NULL:
      return 0.9;
    case EXPR_CALL:
      return LIKE_SHARE;
    default:
      return OTHER_SHARE;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows
// ---------------------------------------------------------------------------------------------------------------------

static double join_rows(const LogicalPlan *node) {
  double left = node->children[0]->row_estimate;
  double right = node->children[1]->row_estimate;
  double share = 1;
  for (uint32_t i = 0; i < node->join.condition_count; i++) {
    const JoinCondition *condition = &node->join.conditions[i];
    double one = RANGE_SHARE;
    if (i < node->join.equal_count) {
      one = 1 / MAX_OF(MAX_OF(estimate_distinct(node->children[0], condition->left),
                              estimate_distinct(node->children[1], condition->right)),
                       1.0);
    }
    share =
        i < node->join.equal_count ? MIN_OF(share, one) : share * one; // keys of several columns are rarely independent
  }
  if (node->join.residual) share *= OTHER_SHARE;
  double rows = left * right * share;
  switch ((JoinKind)node->join.join) {
    case JOIN_LEFT:
      return MAX_OF(rows, left);
    case JOIN_RIGHT:
      return MAX_OF(rows, right);
    case JOIN_FULL:
      return MAX_OF(rows, left + right);
    case JOIN_SEMI:
      return MIN_OF(rows, left * 0.5);
    case JOIN_ANTI:
      return left * 0.5;
    case JOIN_RIGHT_SEMI:
      return MIN_OF(rows, right * 0.5);
    case JOIN_RIGHT_ANTI:
      return right * 0.5;
    case JOIN_MARK:
    case JOIN_SINGLE:
      return left;
    case JOIN_ASOF:
      return node->join.nearest == JOIN_FULL || node->join.nearest == JOIN_RIGHT ? left + right : left;
    default:
      return rows;
  }
}

static double group_rows(const LogicalPlan *node) {
  double input = node->children[0]->row_estimate;
  if (!node->aggregate.group_count) return 1;
  double groups = 1;
  for (uint32_t i = 0; i < node->aggregate.group_count; i++) {
    groups *= estimate_distinct(node->children[0], node->aggregate.groups[i]);
  }
  return MIN_OF(groups, input);
}

double estimate_node(const LogicalPlan *node) {
  double input = node->child_count ? node->children[0]->row_estimate : 0;
  double share = 1;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_DUMMY:
      return 1;
    case LOGICAL_EMPTY:
      return 0;
    case LOGICAL_VALUES:
      return node->values.row_count;
    case LOGICAL_SCAN: {
      LogicalPlan whole = *node;
      whole.row_estimate = node->scan.base_rows;
      if (node->scan.filter) share = estimate_share(node->scan.filter, &whole);
      return node->scan.base_rows * share;
    }
    case LOGICAL_TABLE_FUNCTION:
      if (node->function.filter) share = estimate_share(node->function.filter, node);
      return (node->function.row_count > 0 ? node->function.row_count : UNKNOWN_TABLE_ROWS) * share;
    case LOGICAL_FILTER:
      return input * estimate_share(node->filter.condition, node->children[0]);
    case LOGICAL_AGGREGATE:
      return group_rows(node);
    case LOGICAL_DISTINCT:
      return input * 0.5;
    case LOGICAL_LIMIT:
      if (node->limit.kind == LIMIT_ROWS && node->limit.limit && node->limit.limit->kind == EXPR_CONSTANT &&
          !node->limit.limit->constant.is_null) {
        return MIN_OF(input, (double)node->limit.limit->constant.i64);
      }
      return input;
    case LOGICAL_TOP_N:
      return MIN_OF(input, (double)node->order.limit);
    case LOGICAL_JOIN:
      return join_rows(node);
    case LOGICAL_CROSS:
      return input * node->children[1]->row_estimate;
    case LOGICAL_POSITIONAL:
      return MAX_OF(input, node->children[1]->row_estimate);
    case LOGICAL_SET_OPERATION: {
      double rows = 0;
      if (node->set_operation.operation != SET_UNION) return input;
      for (uint32_t i = 0; i < node->child_count; i++) rows += node->children[i]->row_estimate;
      return rows;
    }
    case LOGICAL_CTE:
      return node->children[1]->row_estimate;
    case LOGICAL_CTE_SCAN:
      return node->row_estimate > 0 ? node->row_estimate : UNKNOWN_TABLE_ROWS;
    case LOGICAL_RECURSIVE_CTE:
      return input * 10;
    case LOGICAL_UNNEST:
      return input * 4;
    default:
      return MAX_OF(input, 1.0);
  }
}

void estimate_tree(LogicalPlan *node) {
  for (uint32_t i = 0; i < node->child_count; i++) estimate_tree(node->children[i]);
  node->row_estimate = estimate_node(node);
}
