// SPDX-License-Identifier: MIT
//
// resolve.c: the last passes over a plan: columns nobody reads are dropped, then bindings become positions.
//
//   prune     top-down with the set of bindings that the parent reads: scans read fewer columns, projections and aggregates compute less, and
//             nodes that pass columns on hand out only what is read above them (`kept`)
//   resolve   bottom-up: EXPR_COLUMN becomes EXPR_INPUT, the position in the node's input chunk; conditions that a scan can check against zone maps become
//             ScanFilters
#include "plan/node.h"

// ---------------------------------------------------------------------------------------------------------------------
// Sets of bindings: open addressing over (table, column)
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ColumnSet {
  uint64_t *slots; // key + 1; 0 is free
  uint32_t slot_count;
  uint32_t count;
} ColumnSet;

static uint64_t key_of(uint32_t table, uint32_t column) { return ((uint64_t)table << 32 | column) + 1; }

static bool set_has(const ColumnSet *set, uint32_t table, uint32_t column) {
  if (!set->count) return false;
  uint64_t key = key_of(table, column);
  uint32_t mask = set->slot_count - 1;
  for (uint32_t at = (uint32_t)hash_u64(key) & mask; set->slots[at]; at = (at + 1) & mask) {
    if (set->slots[at] == key) return true;
  }
  return false;
}

static Status set_add(Planner *planner, ColumnSet *set, uint32_t table, uint32_t column) {
  if (set_has(set, table, column)) return OK;
  if (set->count * 2 >= set->slot_count) {
    ColumnSet grown = {.slot_count = set->slot_count ? set->slot_count * 2 : 16, .count = set->count};
    ARENA_NEW_ARRAY(planner->arena, planner->error, grown.slots, grown.slot_count);
    for (uint32_t i = 0; i < set->slot_count; i++) {
      if (!set->slots[i]) continue;
      uint32_t at = (uint32_t)hash_u64(set->slots[i]) & (grown.slot_count - 1);
      while (grown.slots[at]) at = (at + 1) & (grown.slot_count - 1);
      grown.slots[at] = set->slots[i];
    }
    *set = grown;
  }
  uint64_t key = key_of(table, column);
  uint32_t at = (uint32_t)hash_u64(key) & (set->slot_count - 1);
  while (set->slots[at]) at = (at + 1) & (set->slot_count - 1);
  set->slots[at] = key;
  set->count++;
  return OK;
}

typedef struct SetWalk {
  Planner *planner;
  ColumnSet *set;
} SetWalk;

static Status add_column(void *context, Expr *column) {
  SetWalk *walk = context;
  return set_add(walk->planner, walk->set, column->column.table, column->column.column);
}

static Status add_slot(void *context, Expr **slot) { return expr_visit_columns(*slot, add_column, context); }

static Status set_add_all(Planner *planner, ColumnSet *set, const LogicalPlan *node) {
  for (uint32_t i = 0; i < node->column_count; i++) {
    TRY(set_add(planner, set, node->columns[i].table, node->columns[i].column));
  }
  return OK;
}

static Status set_copy(Planner *planner, ColumnSet *to, const ColumnSet *from) {
  *to = (ColumnSet){0};
  for (uint32_t i = 0; i < from->slot_count; i++) {
    if (!from->slots[i]) continue;
    uint64_t key = from->slots[i] - 1;
    TRY(set_add(planner, to, (uint32_t)(key >> 32), (uint32_t)key));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Prune
// ---------------------------------------------------------------------------------------------------------------------

static Status prune(Planner *planner, LogicalPlan *node, const ColumnSet *required);

// Keeps the natural columns that are required, in order; `kept` says which.
static Status keep_required(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  uint32_t count = 0;
  uint32_t *kept;
  PlanColumn *columns;
  ARENA_NEW_ARRAY(planner->arena, planner->error, kept, node->column_count);
  ARENA_NEW_ARRAY(planner->arena, planner->error, columns, node->column_count);
  for (uint32_t i = 0; i < node->column_count; i++) {
    if (!set_has(required, node->columns[i].table, node->columns[i].column)) continue;
    kept[count] = i;
    columns[count++] = node->columns[i];
  }
  node->kept = count < node->column_count ? kept : NULL;
  node->columns = columns;
  node->column_count = count;
  return OK;
}

// The columns that a source reads: what is required and what its own filter needs.
static Status prune_source(Planner *planner, LogicalPlan *node, const ColumnSet *required, uint32_t **positions,
                           uint32_t *position_count) {
  ColumnSet read;
  SetWalk walk = {planner, &read};
  TRY(set_copy(planner, &read, required));
  TRY(plan_visit_expressions(node, add_slot, &walk));
  uint32_t count = 0;
  uint32_t *chosen;
  PlanColumn *columns;
  ARENA_NEW_ARRAY(planner->arena, planner->error, chosen, *position_count);
  ARENA_NEW_ARRAY(planner->arena, planner->error, columns, *position_count);
  for (uint32_t i = 0; i < *position_count; i++) {
    if (!set_has(&read, node->columns[i].table, node->columns[i].column)) continue;
    chosen[count] = (*positions)[i];
    columns[count++] = node->columns[i];
  }
  *positions = chosen;
  *position_count = count;
  node->columns = columns;
  node->column_count = count;
  return OK; // kept is set by resolve_source, once the filter was resolved against all that is read
}

static Status prune_project(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  uint32_t count = 0;
  ColumnSet below = {0};
  SetWalk walk = {planner, &below};
  for (uint32_t i = 0; i < node->column_count; i++) {
    if (!set_has(required, node->columns[i].table, node->columns[i].column)) continue;
    node->columns[count] = node->columns[i];
    node->project.expressions[count++] = node->project.expressions[i];
  }
  node->column_count = count;
  TRY(plan_visit_expressions(node, add_slot, &walk));
  return prune(planner, node->children[0], &below);
}

static Status prune_aggregate(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  AggregateNode *aggregate = &node->aggregate;
  uint32_t column = aggregate->group_count;
  uint32_t count = 0;
  uint32_t columns = column;
  for (uint32_t i = 0; i < aggregate->aggregate_count; i++, column++) {
    if (!set_has(required, node->columns[column].table, node->columns[column].column)) continue;
    node->columns[columns++] = node->columns[column];
    aggregate->aggregates[count++] = aggregate->aggregates[i];
  }
  for (; column < node->column_count; column++) node->columns[columns++] = node->columns[column];
  aggregate->aggregate_count = count;
  node->column_count = columns;
  ColumnSet below = {0};
  SetWalk walk = {planner, &below};
  TRY(plan_visit_expressions(node, add_slot, &walk));
  return prune(planner, node->children[0], &below);
}

// None of the node's own columns is read.
static bool window_unread(const LogicalPlan *node, const ColumnSet *required) {
  for (uint32_t i = node->column_count - node->window.window_count; i < node->column_count; i++) {
    if (set_has(required, node->columns[i].table, node->columns[i].column)) return false;
  }
  return true;
}

// Own columns at the end of the child's that nobody reads are not made.
static Status prune_window(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  WindowNode *window = &node->window;
  uint32_t first = node->column_count - window->window_count;
  uint32_t count = 0;
  for (uint32_t i = 0; i < window->window_count; i++) {
    if (!set_has(required, node->columns[first + i].table, node->columns[first + i].column)) continue;
    node->columns[first + count] = node->columns[first + i];
    window->windows[count++] = window->windows[i];
  }
  node->column_count = first + count;
  window->window_count = count;
  ColumnSet below;
  SetWalk walk = {planner, &below};
  TRY(set_copy(planner, &below, required));
  TRY(plan_visit_expressions(node, add_slot, &walk));
  return prune(planner, node->children[0], &below);
}

static Status prune_through(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  ColumnSet below;
  SetWalk walk = {planner, &below};
  TRY(set_copy(planner, &below, required));
  TRY(plan_visit_expressions(node, add_slot, &walk));
  for (uint32_t i = 0; i < node->child_count; i++) TRY(prune(planner, node->children[i], &below));
  return OK;
}

static Status prune_all_children(Planner *planner, LogicalPlan *node) {
  for (uint32_t i = 0; i < node->child_count; i++) {
    ColumnSet all = {0};
    TRY(set_add_all(planner, &all, node->children[i]));
    TRY(prune(planner, node->children[i], &all));
  }
  return OK;
}

static Status prune_cte_scan(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  CteNode *cte = &node->cte;
  if (!cte->columns) {
    ARENA_NEW_ARRAY(planner->arena, planner->error, cte->columns, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) cte->columns[i] = i;
    cte->column_count = node->column_count;
  }
  return prune_source(planner, node, required, &cte->columns, &cte->column_count);
}

static Status prune(Planner *planner, LogicalPlan *node, const ColumnSet *required) {
  switch ((LogicalKind)node->kind) {
    case LOGICAL_SCAN:
      node->kept = NULL;
      TRY(prune_source(planner, node, required, &node->scan.columns, &node->scan.column_count));
      return keep_required(planner, node, required);
    case LOGICAL_TABLE_FUNCTION:
      node->kept = NULL;
      TRY(prune_source(planner, node, required, &node->function.columns, &node->function.column_count));
      return keep_required(planner, node, required);
    case LOGICAL_CTE_SCAN:
      return prune_cte_scan(planner, node, required);
    case LOGICAL_PROJECT:
      return prune_project(planner, node, required);
    case LOGICAL_AGGREGATE:
      return prune_aggregate(planner, node, required);
    case LOGICAL_WINDOW:
      if (window_unread(node, required)) { // rows neither come nor go: its child takes its place
        *node = *node->children[0];
        return prune(planner, node, required);
      }
      TRY(prune_window(planner, node, required));
      return plan_update_columns(planner, node);
    case LOGICAL_FILTER:
    case LOGICAL_ORDER:
    case LOGICAL_TOP_N:
    case LOGICAL_JOIN:
    case LOGICAL_CROSS:
      TRY(prune_through(planner, node, required));
      TRY(plan_update_columns(planner, node));
      return keep_required(planner, node, required);
    case LOGICAL_UNNEST:
      TRY(prune_through(planner, node, required));
      TRY(plan_update_columns(planner, node));
      return keep_required(planner, node, required);
    case LOGICAL_LIMIT:
      if (node->child_count > 1) {
        ColumnSet all = {0};
        TRY(set_add_all(planner, &all, node->children[1]));
        TRY(prune(planner, node->children[1], &all));
      }
      TRY(prune(planner, node->children[0], required));
      return plan_update_columns(planner, node);
    case LOGICAL_SAMPLE:
    case LOGICAL_POSITIONAL:
      TRY(prune_through(planner, node, required));
      return plan_update_columns(planner, node);
    case LOGICAL_DISTINCT:
      if (!node->distinct.key_count) {
        TRY(prune_all_children(planner, node));
      } else {
        TRY(prune_through(planner, node, required));
      }
      return plan_update_columns(planner, node);
    case LOGICAL_CTE: {
      ColumnSet all = {0};
      TRY(set_add_all(planner, &all, node->children[0]));
      TRY(prune(planner, node->children[0], &all));
      TRY(prune(planner, node->children[1], required));
      return plan_update_columns(planner, node);
    }
    default:
      return prune_all_children(planner, node);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Resolve
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Input {
  Planner *planner;
  const PlanColumn *first;
  uint32_t first_count;
  const PlanColumn *second;
  uint32_t second_count;
} Input;

static bool find_in(const PlanColumn *columns, uint32_t count, const Expr *column, uint32_t *position) {
  for (uint32_t i = 0; i < count; i++) {
    if (columns[i].table == column->column.table && columns[i].column == column->column.column) {
      *position = i;
      return true;
    }
  }
  return false;
}

static Status resolve_one(void *context, Expr **slot) {
  const Input *input = context;
  Expr *expr = *slot;
  uint32_t position;
  if (expr->kind != EXPR_COLUMN) return OK;
  if (!find_in(input->first, input->first_count, expr, &position)) {
    if (!find_in(input->second, input->second_count, expr, &position)) {
      return error_set(input->planner->error, ERROR_INTERNAL, expr->position,
                       "column \"%.*s\" (#%u.%u) is not in its input", STR_ARG(expr->name), expr->column.table,
                       expr->column.column);
    }
    position += input->first_count;
  }
  Expr *resolved;
  NEW_OR_FAIL(input->planner, resolved, expr_input(input->planner->arena, position, expr->type));
  resolved->name = expr->name;
  resolved->position = expr->position;
  *slot = resolved;
  return OK;
}

static Status resolve_slot(void *context, Expr **slot) { return *slot ? expr_rewrite(slot, resolve_one, context) : OK; }

static Input input_of(Planner *planner, const LogicalPlan *first, const LogicalPlan *second) {
  return (Input){.planner = planner,
                 .first = first ? first->columns : NULL,
                 .first_count = first ? first->column_count : 0,
                 .second = second ? second->columns : NULL,
                 .second_count = second ? second->column_count : 0};
}

static Status resolve_join(Planner *planner, LogicalPlan *node) {
  Input left = input_of(planner, node->children[0], NULL);
  Input right = input_of(planner, node->children[1], NULL);
  Input both = input_of(planner, node->children[0], node->children[1]);
  for (uint32_t i = 0; i < node->join.condition_count; i++) {
    TRY(resolve_slot(&left, &node->join.conditions[i].left));
    TRY(resolve_slot(&right, &node->join.conditions[i].right));
  }
  return resolve_slot(&both, &node->join.residual);
}

// column <op> constant, either way round, over a column that is read as it is.
static bool as_scan_filter(const Expr *expr, ScanFilter *filter) {
  if (expr->kind == EXPR_IS_NULL || expr->kind == EXPR_IS_NOT_NULL) {
    if (expr->children[0]->kind != EXPR_INPUT) return false;
    *filter = (ScanFilter){.column = expr->children[0]->input,
                           .kind = expr->kind == EXPR_IS_NULL ? SCAN_IS_NULL : SCAN_IS_NOT_NULL};
    return true;
  }
  if (expr->kind != EXPR_COMPARE || expr->compare >= COMPARE_DISTINCT) return false;
  const Expr *left = expr->children[0];
  const Expr *right = expr->children[1];
  CompareOp op = expr->compare;
  if (left->kind == EXPR_CONSTANT) {
    const Expr *swap = left;
    left = right;
    right = swap;
    op = compare_op_swap(op);
  }
  if (left->kind != EXPR_INPUT || right->kind != EXPR_CONSTANT || right->constant.is_null) return false;
  if (type_is_nested(left->type) || !type_equal(left->type, right->type)) return false;
  *filter = (ScanFilter){.column = left->input, .kind = SCAN_COMPARE, .compare = (uint8_t)op, .value = right->constant};
  return true;
}

static Status add_scan_filters(Planner *planner, LogicalPlan *node, Expr *condition) {
  ExprList conjuncts = {0};
  ARENA_LIST(ScanFilter) filters = {0};
  ExprList rest = {0};
  TRY(split_conjuncts(planner, condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    ScanFilter filter;
    if (as_scan_filter(conjuncts.items[i], &filter)) {
      ARENA_PUSH(planner->arena, planner->error, &filters, filter);
    } else {
      ARENA_PUSH(planner->arena, planner->error, &rest, conjuncts.items[i]);
    }
  }
  node->scan.filters = filters.items;
  node->scan.filter_count = filters.count;
  node->scan.filter = join_conjuncts(planner, rest.items, rest.count);
  if (!node->scan.filter && rest.count) return error_no_memory(planner->error);
  return OK;
}

// The columns that a source reads before it hands out `kept` of them.
static Status read_columns(Planner *planner, const LogicalPlan *node, const uint32_t *positions, uint32_t count,
                           Input *input) {
  PlanColumn *columns;
  ARENA_NEW_ARRAY(planner->arena, planner->error, columns, count);
  for (uint32_t i = 0; i < count; i++) columns[i] = (PlanColumn){.table = node->table, .column = positions[i]};
  *input = (Input){.planner = planner, .first = columns, .first_count = count};
  return OK;
}

static Status resolve(Planner *planner, LogicalPlan *node) {
  for (uint32_t i = 0; i < node->child_count; i++) TRY(resolve(planner, node->children[i]));
  Input input = input_of(planner, node->child_count ? node->children[0] : NULL, NULL);
  switch ((LogicalKind)node->kind) {
    case LOGICAL_SCAN:
      if (!node->scan.filter) return OK;
      TRY(read_columns(planner, node, node->scan.columns, node->scan.column_count, &input));
      TRY(resolve_slot(&input, &node->scan.filter));
      return add_scan_filters(planner, node, node->scan.filter);
    case LOGICAL_TABLE_FUNCTION:
      TRY(read_columns(planner, node, node->function.columns, node->function.column_count, &input));
      return resolve_slot(&input, &node->function.filter);
    case LOGICAL_JOIN:
      return resolve_join(planner, node);
    case LOGICAL_INSERT: // checks and conflict actions are written over the table's columns already
    case LOGICAL_UPDATE:
    case LOGICAL_ALTER:
      return OK;
    default:
      return plan_visit_expressions(node, resolve_slot, &input);
  }
}

Status plan_resolve(Planner *planner, LogicalPlan *root) {
  ColumnSet all = {0};
  TRY(plan_update_all_columns(planner, root));
  TRY(set_add_all(planner, &all, root));
  TRY(prune(planner, root, &all));
  return resolve(planner, root);
}
