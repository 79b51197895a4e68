// SPDX-License-Identifier: MIT
//
// optimize.c: the optimizer's passes in their order, and the small ones.
//
//   0. DELIM_JOINs in plain nodes        lower_delim.c
//   1. bounds of bitstring_agg, constants bounds.c, fold.c
//   2. filters down, joins in order      pushdown.c, join_order.c
//   3. LIMIT 0 becomes EMPTY, LIMIT over ORDER TOP_N; estimates for all nodes (estimate.c)
//   4. unused columns go, bindings become positions (resolve.c)
//
// Every pass leaves a correct plan; with `optimize` off only the first and the last run.
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

static Status pass(Planner *planner, LogicalPlan **root, uint8_t number, bool *done) {
  if (number > 0 && number < 4 && !planner->context->optimize) return OK;
  switch (number) {
    case 0:
      TRY(plan_update_all_columns(planner, *root));
      return lower_delim_joins(planner, root);
    case 1:
      TRY(plan_visit(root, give_bounds, planner));
      return fold_constants(planner, *root);
    case 2:
      return push_filters(planner, root);
    case 3:
      TRY(plan_visit(root, simplify_limit, planner));
      estimate_tree(*root);
      return OK;
    default:
      *done = true;
      return plan_resolve(planner, *root);
  }
}

Status plan_finish_step(PlannedStatement *planned, bool *done) {
  *done = !planned->root;
  if (*done) return OK;
  return pass(planned->planner, &planned->root, planned->planner->passes++, done);
}
