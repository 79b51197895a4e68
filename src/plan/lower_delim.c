// SPDX-License-Identifier: MIT
//
// lower_delim.c: DELIM_JOINs in plain nodes.
//
//   DELIM_JOIN(left, right)  ->  CTE x: left
//                                JOIN(CTE_SCAN x, right with DISTINCT(PROJECT D (CTE_SCAN x)) for each DELIM_SCAN)
#include "plan/node.h"

typedef struct Lowering {
  Planner *planner;
  const LogicalPlan *join; // whose DELIM_SCANs are replaced
  const LogicalPlan *left;
  uint32_t cte_id;
} Lowering;

// A scan of the kept left side. The first keeps the bindings of the left side, others get new ones.
static Status scan_left(Lowering *lowering, bool same_bindings, LogicalPlan **out, ColumnMap *map) {
  Planner *planner = lowering->planner;
  const LogicalPlan *left = lowering->left;
  LogicalPlan *scan;
  TRY(plan_make(planner, LOGICAL_CTE_SCAN, NULL, NULL, &scan));
  scan->cte = (CteNode){.id = lowering->cte_id, .name = STR("delim"), .column_count = left->column_count};
  ARENA_NEW_ARRAY(planner->arena, planner->error, scan->cte.columns, left->column_count);
  for (uint32_t i = 0; i < left->column_count; i++) {
    const PlanColumn *column = &left->columns[i];
    scan->cte.columns[i] = i;
    TRY(plan_add_column(planner, scan, same_bindings ? column->table : scan->table, same_bindings ? column->column : i,
                        column->type, column->name));
    if (!map) continue;
    Expr *ref;
    NEW_OR_FAIL(planner, ref, plan_column_ref(planner, &scan->columns[i]));
    TRY(column_map_add(planner, map, column->table, column->column, ref));
  }
  *out = scan;
  return OK;
}

static Status replace_delim_scan(void *context, LogicalPlan **slot) {
  Lowering *lowering = context;
  Planner *planner = lowering->planner;
  LogicalPlan *node = *slot;
  if (node->kind != LOGICAL_DELIM_SCAN || node->delim_scan.delim_id != lowering->join->join.delim_id) return OK;
  LogicalPlan *scan, *project;
  ColumnMap map = {0};
  TRY(scan_left(lowering, false, &scan, &map));
  uint32_t count = node->column_count;
  Expr **expressions;
  ARENA_NEW_ARRAY(planner->arena, planner->error, expressions, count);
  for (uint32_t i = 0; i < count; i++) {
    // DELIM_SCAN column i is delim_columns[i], also after others were pruned.
    NEW_OR_FAIL(planner, expressions[i],
                expr_copy(planner->arena, lowering->join->join.delim_columns[node->columns[i].column]));
    TRY(expr_replace_columns(planner, &expressions[i], &map));
  }
  TRY(plan_make_project(planner, scan, expressions, NULL, count, &project));
  for (uint32_t i = 0; i < count; i++) project->columns[i] = node->columns[i];
  project->table = node->table;
  TRY(plan_make(planner, LOGICAL_DISTINCT, project, NULL, slot));
  return plan_update_columns(planner, *slot);
}

typedef struct LoweringAll {
  Planner *planner;
  LogicalPlan *root;
} LoweringAll;

typedef struct UseSearch {
  const LogicalPlan *left;
  bool *used; // [left->column_count]
} UseSearch;

static Status note_use(void *context, Expr *column) {
  UseSearch *search = context;
  uint32_t position;
  if (plan_find_column(search->left, column->column.table, column->column.column, &position))
    search->used[position] = true;
  return OK;
}
static Status note_uses(void *context, Expr **slot) { return expr_visit_columns(*slot, note_use, context); }

// Which columns of the left side are read by anything but itself.
static Status find_uses(LogicalPlan *plan, UseSearch *search) {
  if (plan == search->left) return OK;
  TRY(plan_visit_expressions(plan, note_uses, search));
  for (uint32_t i = 0; i < plan->child_count; i++) TRY(find_uses(plan->children[i], search));
  return OK;
}

// CTE_SCANs go by position: a PROJECT keeps the order whatever becomes of the joins below, and only what is read (a mark that was
// filtered by may be gone once its join is a semi join).
static Status keep_used(LoweringAll *all, LogicalPlan *left, LogicalPlan **out) {
  Planner *planner = all->planner;
  UseSearch search = {.left = left};
  ARENA_NEW_ARRAY(planner->arena, planner->error, search.used, left->column_count);
  TRY(find_uses(all->root, &search));
  LogicalPlan used = {0};
  for (uint32_t i = 0; i < left->column_count; i++) {
    const PlanColumn *column = &left->columns[i];
    if (search.used[i]) TRY(plan_add_column(planner, &used, column->table, column->column, column->type, column->name));
  }
  TRY(plan_make_project(planner, left, NULL, NULL, 0, out));
  return plan_project_pass_through(planner, *out, &used);
}

static Status lower_one(void *context, LogicalPlan **slot) {
  LoweringAll *all = context;
  Planner *planner = all->planner;
  LogicalPlan *join = *slot;
  if (join->kind != LOGICAL_DELIM_JOIN) return OK;
  LogicalPlan *kept;
  TRY(keep_used(all, join->children[0], &kept));
  join->children[0] = kept;
  Lowering lowering = {planner, join, kept, planner->next_cte++};
  TRY(plan_visit(&join->children[1], replace_delim_scan, &lowering));
  LogicalPlan *scan;
  TRY(scan_left(&lowering, true, &scan, NULL));
  LogicalPlan *left = join->children[0];
  join->children[0] = scan;
  join->kind = LOGICAL_JOIN;
  join->join.delim_columns = NULL;
  join->join.delim_count = 0;
  TRY(plan_update_all_columns(planner, join->children[1]));
  TRY(plan_update_columns(planner, join));
  TRY(plan_make(planner, LOGICAL_CTE, left, join, slot));
  (*slot)->cte = (CteNode){.id = lowering.cte_id, .name = STR("delim")};
  return plan_update_columns(planner, *slot);
}

Status lower_delim_joins(Planner *planner, LogicalPlan **root) {
  LoweringAll all = {planner, *root};
  TRY(plan_visit(root, lower_one, &all));
  return plan_update_all_columns(planner, *root);
}
