// SPDX-License-Identifier: MIT
//
// optimize.c: the optimizer's passes in their order, and the small ones.
//
//   1. fold constants                    fold.c
//   2. filters down, joins in order      pushdown.c, join_order.c
//   3. LIMIT 0 becomes EMPTY, LIMIT over ORDER TOP_N
//   4. estimates for all nodes           estimate.c
//
// Unused columns are dropped by resolve.c afterwards. Every pass leaves a correct plan; with `optimize` off none runs.
#include "plan/optimize.h"

#define TOP_N_LIMIT 100000 // above, sorting all rows is as good

static bool constant_rows(const Expr *expr, uint64_t absent, uint64_t *rows) {
  *rows = absent;
  if (!expr) return true;
  if (expr->kind != EXPR_CONSTANT || expr->constant.is_null || expr->type.id != TYPE_BIGINT) return false;
  if (expr->constant.i64 < 0) return false;
  *rows = (uint64_t)expr->constant.i64;
  return true;
}

static Status simplify_limit(void *context, LogicalPlan **slot) {
  LogicalPlan *limit = *slot;
  if (limit->kind != LOGICAL_LIMIT || limit->child_count != 1 || limit->limit.kind != LIMIT_ROWS) return OK;
  uint64_t rows, offset;
  if (!limit->limit.limit || !constant_rows(limit->limit.limit, 0, &rows)) return OK;
  if (!rows) return plan_make_empty(context, limit, slot);
  // ORDER may stand below projections, which keep rows and their order.
  LogicalPlan **below = &limit->children[0];
  while ((*below)->kind == LOGICAL_PROJECT) below = &(*below)->children[0];
  LogicalPlan *order = *below;
  if (order->kind != LOGICAL_ORDER || !constant_rows(limit->limit.offset, 0, &offset)) return OK;
  if (rows > TOP_N_LIMIT || offset > TOP_N_LIMIT) return OK;
  order->kind = LOGICAL_TOP_N;
  order->order.limit = rows;
  order->order.offset = offset;
  *slot = limit->children[0];
  return OK;
}

Status optimize_plan(Planner *planner, LogicalPlan **root) {
  TRY(fold_constants(planner, *root));
  TRY(push_filters(planner, root));
  TRY(plan_visit(root, simplify_limit, planner));
  estimate_tree(*root);
  return OK;
}
