// SPDX-License-Identifier: MIT
//
// estimate.h: row estimates; private to plan/. See estimate.c.
#ifndef SMEW_PLAN_ESTIMATE_H
#define SMEW_PLAN_ESTIMATE_H

#include "plan/node.h"

double estimate_node(const LogicalPlan *node);                         // from its children's estimates
void estimate_tree(LogicalPlan *node);                                 // sets row_estimate everywhere below
double estimate_share(const Expr *condition, const LogicalPlan *plan); // 0..1 of plan's rows
double estimate_distinct(const LogicalPlan *plan, const Expr *expr);   // different values of the expression, at least 1

#endif
