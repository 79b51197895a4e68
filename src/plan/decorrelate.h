// SPDX-License-Identifier: MIT
//
// decorrelate.h: what subquery.c and decorrelate.c share. It belongs to these two.
#ifndef SMEW_PLAN_DECORRELATE_H
#define SMEW_PLAN_DECORRELATE_H

#include "plan/node.h"

// A recursive part that D is being pushed into: the working table carries D behind its own columns.
typedef struct Recursion {
  const struct Recursion *outer;
  uint32_t id;    // of the RECURSIVE_CTE
  uint32_t width; // columns of its own
} Recursion;

typedef struct Unnesting {
  Planner *planner;
  const LogicalPlan *outer;
  ExprList columns; // D: columns of outer that the subquery uses
  uint32_t delim_id;
  const Recursion *recursion; // innermost first; NULL: none
  bool missing_is_null;       // who asks takes "no row" and "a row of NULLs" for the same
} Unnesting;

// Does the plan, or the expression (NULL: no), use columns of the outer plan, or a working table that carries D?
Status plan_is_free(Unnesting *unnesting, LogicalPlan *plan, bool *is_free) MUST_USE;
bool expr_is_free(const Unnesting *unnesting, Expr *expr);

// Pushes D down into *slot until nothing uses outer columns; *base receives, for each column of D, the column of *slot that now carries it.
Status push_down(Unnesting *unnesting, LogicalPlan **slot, Expr ***base) MUST_USE;

// `join` compares each column of D as `left` and `right` have it; NULL equals NULL.
Status add_equalities(Unnesting *unnesting, LogicalPlan *join, Expr **left, Expr **right) MUST_USE;
// Appends copies.
Status append_exprs(Planner *planner, Expr ***items, uint32_t *count, Expr **more, uint32_t more_count) MUST_USE;

#endif
