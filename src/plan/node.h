// SPDX-License-Identifier: MIT
//
// node.h: making and walking logical plans; private to plan/. What the binder and the optimizer both use.
#ifndef SMEW_PLAN_NODE_H
#define SMEW_PLAN_NODE_H

#include "plan/plan.h"

// What makes and rewrites plans: the arena and the numbers that are unique in the statement. One for each plan_bind.
typedef struct Planner {
  PlanContext *context;
  Arena *arena;
  Error *error;
  uint32_t next_table;
  uint32_t next_cte;
  uint32_t next_delim;
  uint8_t passes; // of finishing the plan that are over
} Planner;

typedef ARENA_LIST(Expr *) ExprList;
typedef ARENA_LIST(LogicalPlan *) PlanList;

// Different expressions, found again by what they are.
typedef struct ExprIndex {
  ExprList list;
  uint32_t *slots; // 1 + position in the list, by hash; 0: free
  uint32_t slot_count;
} ExprIndex;
// The position of one that is equal, or of this one, put at the end.
Status expr_index_put(Planner *planner, ExprIndex *index, Expr *expr, uint32_t *position) MUST_USE;

// A node without columns; children may be NULL. The table index is fresh.
Status plan_make(Planner *planner, LogicalKind kind, LogicalPlan *left, LogicalPlan *right, LogicalPlan **out) MUST_USE;
// Sets `columns` of kinds that pass columns on (FILTER, JOIN …) from the children; kinds with columns of their own keep them.
Status plan_update_columns(Planner *planner, LogicalPlan *node) MUST_USE;
Status plan_update_all_columns(Planner *planner, LogicalPlan *node) MUST_USE; // bottom-up
Status plan_add_column(Planner *planner, LogicalPlan *node, uint32_t table, uint32_t column, Type type,
                       Str name) MUST_USE;

Status plan_make_dummy(Planner *planner, LogicalPlan **out) MUST_USE;
Status plan_make_filter(Planner *planner, LogicalPlan *child, Expr *condition,
                        LogicalPlan **out) MUST_USE; // NULL condition: child
// names may be NULL. The column numbers are 0..count.
Status plan_make_project(Planner *planner, LogicalPlan *child, Expr **expressions, const Str *names, uint32_t count,
                         LogicalPlan **out) MUST_USE;
Status plan_make_cross(Planner *planner, LogicalPlan *left, LogicalPlan *right, LogicalPlan **out) MUST_USE;
Status plan_make_join(Planner *planner, JoinKind kind, LogicalPlan *left, LogicalPlan *right,
                      LogicalPlan **out) MUST_USE;
Status plan_make_empty(Planner *planner, const LogicalPlan *like, LogicalPlan **out) MUST_USE;
// Groups and aggregates become columns in this order; no grouping sets.
Status plan_make_aggregate(Planner *planner, LogicalPlan *child, Expr **groups, uint32_t group_count, Expr **aggregates,
                           uint32_t aggregate_count, LogicalPlan **out) MUST_USE;
// One more expression at the end of a PROJECT, or the one that is there already; *out refers to it.
Status plan_project_append(Planner *planner, LogicalPlan *project, Expr *expr, Str name, Expr **out) MUST_USE;
// The columns of the plan below that a PROJECT does not have yet pass through it under their own bindings.
Status plan_project_pass_through(Planner *planner, LogicalPlan *project, const LogicalPlan *below) MUST_USE;
// A condition of a join: becomes a JoinCondition where it compares both sides, is put into a side's filter where that is right, else the residual.
Status plan_join_add_condition(Planner *planner, LogicalPlan *join, Expr *condition) MUST_USE;
Status plan_join_order_conditions(LogicalPlan *join) MUST_USE; // equalities, ranges, others; counts them

Expr *plan_column_ref(Planner *planner, const PlanColumn *column);
bool plan_find_column(const LogicalPlan *node, uint32_t table, uint32_t column, uint32_t *position);

// Splits AND into its conjuncts (nested ANDs too), appending to the list.
Status split_conjuncts(Planner *planner, Expr *condition, ExprList *out) MUST_USE;
Expr *join_conjuncts(Planner *planner, Expr **items, uint32_t count); // NULL for none, and when there is no memory

// Expressions and the columns in them. `references` visitors see EXPR_COLUMN only; subquery plans are entered.
typedef Status (*ColumnVisitor)(void *context, Expr *column);
Status expr_visit_columns(Expr *expr, ColumnVisitor visit, void *context) MUST_USE;
Status plan_visit_columns(LogicalPlan *plan, ColumnVisitor visit, void *context) MUST_USE; // whole subtree
bool expr_uses_plan(Expr *expr, const LogicalPlan *plan);   // some column of plan's output
bool expr_within_plan(Expr *expr, const LogicalPlan *plan); // all columns are in plan's output
bool expr_has_columns(Expr *expr);
bool expr_has_kind(const Expr *expr, ExprKind kind);
bool expr_same_column(const Expr *a, const Expr *b);
// Replaces columns (table, column) of `from[i]` by copies of to[i], also in filters and orders of aggregates.
typedef struct ColumnMap {
  PlanColumn *from;
  Expr **to;
  uint32_t count;
  uint32_t capacity;
} ColumnMap;
Status column_map_add(Planner *planner, ColumnMap *map, uint32_t table, uint32_t column, Expr *to) MUST_USE;
Status expr_replace_columns(Planner *planner, Expr **slot, const ColumnMap *map) MUST_USE;
Status plan_replace_columns(Planner *planner, LogicalPlan *plan, const ColumnMap *map) MUST_USE; // whole subtree

// Bindings that are made anywhere below (also those a projection hides).
bool plan_makes_table(const LogicalPlan *plan, uint32_t table);
// Visits nodes, parents first.
typedef Status (*PlanVisitor)(void *context, LogicalPlan **slot);
Status plan_visit(LogicalPlan **slot, PlanVisitor visit, void *context) MUST_USE;
// Does the subtree use columns that it does not make (of an outer query)?
Status plan_free_columns(Planner *planner, LogicalPlan *plan, const LogicalPlan *outer, ExprList *out) MUST_USE;
// At most one row / exactly one row whatever the data.
bool plan_single_row(const LogicalPlan *plan);
bool plan_at_most_one_row(const LogicalPlan *plan);

// A comparison with casts to what both sides meet in; both sides are bound.
Status make_compare(Planner *planner, CompareOp op, Expr *left, Expr *right, Expr **out) MUST_USE;
Expr *make_boolean(Planner *planner, bool value);
Status make_call(Planner *planner, const char *name, Expr **arguments, uint32_t count, Expr **out) MUST_USE;
Status make_aggregate(Planner *planner, const char *name, Expr **arguments, uint32_t count, bool distinct,
                      Expr **out) MUST_USE;

#define NEW_OR_FAIL(planner, target, call)                             \
  do {                                                                 \
    (target) = (call);                                                 \
    if (UNLIKELY(!(target))) return error_no_memory((planner)->error); \
  } while (0)

// Lifting subqueries into joins (subquery.c). *plan grows; the expression is rewritten.
Status lift_subqueries(Planner *planner, LogicalPlan **plan, Expr **slot) MUST_USE;
// left LATERAL JOIN right, where right uses columns of left; kind INNER or LEFT; condition may be NULL.
Status make_dependent_join(Planner *planner, JoinKind kind, LogicalPlan *left, LogicalPlan *right, Expr *condition,
                           LogicalPlan **out) MUST_USE;

// DELIM_JOIN and DELIM_SCAN become CTE, CTE_SCAN, DISTINCT and JOIN (lower_delim.c).
Status lower_delim_joins(Planner *planner, LogicalPlan **root) MUST_USE;

// The last pass (resolve.c).
Status plan_resolve(Planner *planner, LogicalPlan *root) MUST_USE;

#endif
