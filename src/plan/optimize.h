// SPDX-License-Identifier: MIT
//
// optimize.h: the passes of the optimizer; private to plan/. optimize.c runs them in order.
#ifndef SMEW_PLAN_OPTIMIZE_H
#define SMEW_PLAN_OPTIMIZE_H

#include "plan/estimate.h"
#include "plan/node.h"

Status fold_constants(Planner *planner, LogicalPlan *root) MUST_USE; // fold.c
Status push_filters(Planner *planner, LogicalPlan **root) MUST_USE;  // pushdown.c
// A visitor for plan_visit: bitstring_agg without bounds gets them (bounds.c).
Status give_bounds(void *context, LogicalPlan **slot) MUST_USE;
// Joins the relations, all of which are optimized themselves, under the conjuncts, each of which reads several of them (join_order.c).
Status order_joins(Planner *planner, PlanList *relations, ExprList *conjuncts, LogicalPlan **out) MUST_USE;
// What a disjunction implies of one input alone; *out NULL: nothing.
Status derive_for_input(Planner *planner, const Expr *disjunction, const LogicalPlan *input, Expr **out) MUST_USE;

#endif
