// SPDX-License-Identifier: MIT
//
// decorrelate.c: a subquery that uses columns of the plan around it is made one that does not.
//
// After Neumann & Kemper, "Unnesting Arbitrary Queries" (BTW 2015): let D be the distinct values of the outer columns used. D is joined to the
// subquery and pushed down until nothing below uses outer columns; every operator on the way carries D along (groups by it, partitions by it,
// compares it); at last the outer plan is joined to the result on D (subquery.c). The plan has a DELIM_JOIN with the outer plan on the left,
// and DELIM_SCANs of D on the right, which lower_delim.c writes in plain nodes.
#include "plan/decorrelate.h"

static const Recursion *find_recursion(const Unnesting *unnesting, const LogicalPlan *scan) {
  if (scan->kind != LOGICAL_CTE_SCAN || !scan->cte.recursive) return NULL;
  const Recursion *recursion = unnesting->recursion;
  while (recursion && recursion->id != scan->cte.id) recursion = recursion->outer;
  return recursion;
}

static bool reads_recursion(const Unnesting *unnesting, const LogicalPlan *plan) {
  bool reads = find_recursion(unnesting, plan) != NULL;
  for (uint32_t i = 0; i < plan->child_count && !reads; i++) reads = reads_recursion(unnesting, plan->children[i]);
  return reads;
}

Status plan_is_free(Unnesting *unnesting, LogicalPlan *plan, bool *is_free) {
  ExprList found = {0};
  TRY(plan_free_columns(unnesting->planner, plan, unnesting->outer, &found));
  *is_free = found.count > 0 || (unnesting->recursion && reads_recursion(unnesting, plan));
  return OK;
}

bool expr_is_free(const Unnesting *unnesting, Expr *expr) { return expr && expr_uses_plan(expr, unnesting->outer); }

// The scan of a working table hands out D too.
static Status scan_recursion(Unnesting *unnesting, const Recursion *recursion, LogicalPlan *scan, Expr ***base) {
  Planner *planner = unnesting->planner;
  uint32_t count = scan->column_count, added = unnesting->columns.count;
  uint32_t *columns;
  ARENA_NEW_ARRAY(planner->arena, planner->error, columns, count + added);
  ARENA_NEW_ARRAY(planner->arena, planner->error, *base, added);
  if (count) memcpy(columns, scan->cte.columns, sizeof *columns * count);
  for (uint32_t i = 0; i < added; i++) {
    const Expr *column = unnesting->columns.items[i];
    columns[count + i] = recursion->width + i;
    TRY(plan_add_column(planner, scan, scan->table, count + i, column->type, column->name));
    NEW_OR_FAIL(planner, (*base)[i], plan_column_ref(planner, &scan->columns[count + i]));
  }
  scan->cte.columns = columns;
  scan->cte.column_count = count + added;
  return OK;
}

// D; within a recursive part those values for which the recursion has not ended.
static Status make_delim_scan(Unnesting *unnesting, LogicalPlan **out, Expr ***base) {
  Planner *planner = unnesting->planner;
  if (unnesting->recursion) {
    TRY(plan_make(planner, LOGICAL_CTE_SCAN, NULL, NULL, out));
    (*out)->cte = (CteNode){.id = unnesting->recursion->id, .recursive = true};
    TRY(scan_recursion(unnesting, unnesting->recursion, *out, base));
    TRY(plan_make(planner, LOGICAL_DISTINCT, *out, NULL, out));
    return plan_update_columns(planner, *out);
  }
  TRY(plan_make(planner, LOGICAL_DELIM_SCAN, NULL, NULL, out));
  (*out)->delim_scan.delim_id = unnesting->delim_id;
  ARENA_NEW_ARRAY(planner->arena, planner->error, *base, unnesting->columns.count);
  for (uint32_t i = 0; i < unnesting->columns.count; i++) {
    const Expr *column = unnesting->columns.items[i];
    TRY(plan_add_column(planner, *out, (*out)->table, i, column->type, column->name));
    NEW_OR_FAIL(planner, (*base)[i], plan_column_ref(planner, &(*out)->columns[i]));
  }
  return OK;
}

static Status make_base_map(Unnesting *unnesting, Expr **base, ColumnMap *map) {
  *map = (ColumnMap){0};
  for (uint32_t i = 0; i < unnesting->columns.count; i++) {
    const Expr *column = unnesting->columns.items[i];
    TRY(column_map_add(unnesting->planner, map, column->column.table, column->column.column, base[i]));
  }
  return OK;
}

typedef struct SlotReplacement {
  Planner *planner;
  const ColumnMap *map;
} SlotReplacement;
static Status replace_slot(void *context, Expr **slot) {
  SlotReplacement *replacement = context;
  return expr_replace_columns(replacement->planner, slot, replacement->map);
}
// The node's own expressions read D from `base`.
static Status use_base(Unnesting *unnesting, LogicalPlan *node, Expr **base) {
  ColumnMap map;
  TRY(make_base_map(unnesting, base, &map));
  SlotReplacement replacement = {unnesting->planner, &map};
  return plan_visit_expressions(node, replace_slot, &replacement);
}

Status append_exprs(Planner *planner, Expr ***items, uint32_t *count, Expr **more, uint32_t more_count) {
  Expr **all;
  ARENA_NEW_ARRAY(planner->arena, planner->error, all, *count + more_count);
  if (*count) memcpy(all, *items, sizeof *all * *count);
  for (uint32_t i = 0; i < more_count; i++) NEW_OR_FAIL(planner, all[*count + i], expr_copy(planner->arena, more[i]));
  *items = all;
  *count += more_count;
  return OK;
}

Status add_equalities(Unnesting *unnesting, LogicalPlan *join, Expr **left, Expr **right) {
  Planner *planner = unnesting->planner;
  for (uint32_t i = 0; i < unnesting->columns.count; i++) {
    Expr *a, *b, *condition;
    NEW_OR_FAIL(planner, a, expr_copy(planner->arena, left[i]));
    NEW_OR_FAIL(planner, b, expr_copy(planner->arena, right[i]));
    NEW_OR_FAIL(planner, condition, expr_compare(planner->arena, COMPARE_NOT_DISTINCT, a, b));
    TRY(plan_join_add_condition(planner, join, condition));
  }
  return OK;
}

static Status push_project(Unnesting *unnesting, LogicalPlan *node, Expr ***base) {
  Planner *planner = unnesting->planner;
  Expr **below;
  TRY(push_down(unnesting, &node->children[0], &below));
  TRY(use_base(unnesting, node, below));
  ARENA_NEW_ARRAY(planner->arena, planner->error, *base, unnesting->columns.count);
  for (uint32_t i = 0; i < unnesting->columns.count; i++) {
    Expr *copy;
    NEW_OR_FAIL(planner, copy, expr_copy(planner->arena, below[i]));
    TRY(plan_project_append(planner, node, copy, copy->name, &(*base)[i]));
  }
  return OK;
}

// What the aggregate gives for no rows: 0 for counts, NULL for most.
static Status aggregate_of_nothing(Planner *planner, const Expr *aggregate, Value *out) {
  Arena *arena = planner->arena;
  const AggregateFunction *function = aggregate->aggregate.function;
  Type *argument_types;
  ARENA_NEW_ARRAY(arena, planner->error, argument_types, aggregate->child_count);
  for (uint32_t i = 0; i < aggregate->child_count; i++) argument_types[i] = aggregate->children[i]->type;
  AggregateCall call = {.function = function,
                        .bind_data = aggregate->aggregate.bind_data,
                        .argument_types = argument_types,
                        .argument_count = aggregate->child_count,
                        .result_type = aggregate->type};
  void *state = arena_allocate_zeroed(arena, ((size_t)function->state_size + 31) / 16 * 16);
  if (!state) return error_no_memory(planner->error);
  function->init(&call, state);
  Vector result = {0};
  Status status = vector_init(&result, arena->memory, aggregate->type, 1, planner->error);
  EvalContext context = {
      .error = planner->error, .memory = arena->memory, .facts = planner->context->facts, .scratch = arena};
  if (status == OK) status = aggregate_finalize(&context, &call, &state, 1, &result);
  if (status == OK) status = vector_get_value(&result, 0, arena, out, planner->error);
  vector_free(&result);
  return status;
}

// What column `position` of the aggregate holds in the row that it gives for no rows. `position` counts its columns as they were before the
// groups of D came in.
static Status column_of_nothing(Planner *planner, const AggregateNode *aggregate, uint32_t position, Value *out) {
  *out = (Value){.is_null = true};
  if (position < aggregate->group_count) return OK;
  position -= aggregate->group_count;
  if (position < aggregate->aggregate_count) {
    return aggregate_of_nothing(planner, aggregate->aggregates[position], out);
  }
  uint32_t bits = aggregate->groupings[position - aggregate->aggregate_count].count;
  *out = value_i64(TYPE(BIGINT), (int64_t)((1ULL << bits) - 1));
  return OK;
}

// An aggregate without groups, or with an empty grouping set, has a row even for a value of D without rows: D is joined to it, and what is
// then missing is what the aggregate gives for nothing. The columns keep their bindings. `nothing`: of each column, those of D left out.
static Status complete_ungrouped(Unnesting *unnesting, LogicalPlan **slot, const Value *nothing, Expr **groups,
                                 Expr ***base) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  uint32_t added = unnesting->columns.count;
  uint32_t first = node->aggregate.group_count - added;
  bool all_null = true;
  for (uint32_t i = 0; i < node->column_count - added; i++) all_null = all_null && nothing[i].is_null;
  if (all_null && unnesting->missing_is_null) {
    *base = groups;
    return OK;
  }
  LogicalPlan *scan, *join, *project;
  TRY(make_delim_scan(unnesting, &scan, base));
  PlanColumn *shown;
  ARENA_NEW_ARRAY(planner->arena, planner->error, shown, node->column_count);
  memcpy(shown, node->columns, sizeof *shown * node->column_count);
  if (!all_null) {
    node->aggregate.aggregate_table = planner->next_table++;
    node->aggregate.grouping_table = planner->next_table++;
    for (uint32_t i = node->aggregate.group_count; i < node->column_count; i++) {
      bool is_aggregate = i < node->aggregate.group_count + node->aggregate.aggregate_count;
      node->columns[i].table = is_aggregate ? node->aggregate.aggregate_table : node->aggregate.grouping_table;
    }
  }
  TRY(plan_make_join(planner, JOIN_LEFT, scan, node, &join));
  TRY(add_equalities(unnesting, join, *base, groups));
  *slot = join;
  if (all_null) return OK;
  TRY(plan_make_project(planner, join, *base, NULL, added, &project));
  for (uint32_t i = 0; i < added; i++) {
    NEW_OR_FAIL(planner, (*base)[i], plan_column_ref(planner, &project->columns[i]));
  }
  for (uint32_t i = 0; i < node->column_count; i++) {
    if (i >= first && i < first + added) continue;
    Expr *value, *ignored;
    NEW_OR_FAIL(planner, value, plan_column_ref(planner, &node->columns[i]));
    const Value *otherwise_value = &nothing[i < first ? i : i - added];
    if (!otherwise_value->is_null) {
      Expr *otherwise, *coalesce;
      NEW_OR_FAIL(planner, otherwise, expr_constant(planner->arena, *otherwise_value));
      NEW_OR_FAIL(planner, coalesce, expr_node(planner->arena, EXPR_COALESCE, value->type, 2));
      otherwise->type = value->type;
      coalesce->children[0] = value;
      coalesce->children[1] = otherwise;
      value = coalesce;
    }
    uint32_t at = project->column_count;
    TRY(plan_project_append(planner, project, NULL, shown[i].name, &ignored));
    project->project.expressions[at] = value;
    project->columns[at] = shown[i];
  }
  *slot = project;
  return OK;
}

static Status push_aggregate(Unnesting *unnesting, LogicalPlan **slot, Expr ***base) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  AggregateNode *aggregate = &node->aggregate;
  bool always_a_row = plan_single_row(node);
  for (uint32_t i = 0; i < aggregate->set_count; i++) always_a_row = always_a_row || aggregate->sets[i].count == 0;
  Value *nothing = NULL;
  if (always_a_row) {
    ARENA_NEW_ARRAY(planner->arena, planner->error, nothing, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) TRY(column_of_nothing(planner, aggregate, i, &nothing[i]));
  }
  bool missing_is_null = unnesting->missing_is_null;
  unnesting->missing_is_null = false;
  Expr **below;
  TRY(push_down(unnesting, &node->children[0], &below));
  unnesting->missing_is_null = missing_is_null;
  TRY(use_base(unnesting, node, below));
  uint32_t first = aggregate->group_count;
  uint32_t added = unnesting->columns.count;
  uint32_t number = 0;
  for (uint32_t i = 0; i < node->column_count; i++) {
    if (node->columns[i].table == aggregate->group_table && node->columns[i].column >= number) {
      number = node->columns[i].column + 1;
    }
  }
  TRY(append_exprs(planner, &aggregate->groups, &aggregate->group_count, below, added));
  // Columns: the new groups come after the old ones.
  PlanColumn *old_columns = node->columns;
  uint32_t old_count = node->column_count;
  node->columns = NULL;
  node->column_count = 0;
  Expr **groups;
  ARENA_NEW_ARRAY(planner->arena, planner->error, groups, added);
  for (uint32_t i = 0; i < old_count + added; i++) {
    if (i >= first && i < first + added) {
      const Expr *group = below[i - first];
      TRY(plan_add_column(planner, node, aggregate->group_table, number + (i - first), group->type, group->name));
      NEW_OR_FAIL(planner, groups[i - first], plan_column_ref(planner, &node->columns[i]));
    } else {
      const PlanColumn *old = &old_columns[i < first ? i : i - added];
      TRY(plan_add_column(planner, node, old->table, old->column, old->type, old->name));
    }
  }
  if (aggregate->set_count) {
    GroupingSet *sets;
    ARENA_NEW_ARRAY(planner->arena, planner->error, sets, aggregate->set_count);
    for (uint32_t i = 0; i < aggregate->set_count; i++) {
      uint32_t count = aggregate->sets[i].count;
      uint32_t *members;
      ARENA_NEW_ARRAY(planner->arena, planner->error, members, count + added);
      if (count) memcpy(members, aggregate->sets[i].groups, sizeof *members * count);
      for (uint32_t k = 0; k < added; k++) members[count + k] = first + k;
      sets[i] = (GroupingSet){members, count + added};
    }
    aggregate->sets = sets;
  }
  if (always_a_row) return complete_ungrouped(unnesting, slot, nothing, groups, base);
  *base = groups;
  return OK;
}

static Status push_both(Unnesting *unnesting, LogicalPlan *node, Expr ***left, Expr ***right) {
  TRY(push_down(unnesting, &node->children[0], left));
  TRY(push_down(unnesting, &node->children[1], right));
  if (node->kind == LOGICAL_CROSS) {
    node->kind = LOGICAL_JOIN;
    node->join = (JoinNode){.join = JOIN_INNER, .mark_table = PLAN_NO_TABLE};
  }
  TRY(plan_update_columns(unnesting->planner, node));
  return add_equalities(unnesting, node, *left, *right);
}

static Status push_join(Unnesting *unnesting, LogicalPlan *node, Expr ***base) {
  Planner *planner = unnesting->planner;
  JoinKind kind = node->kind == LOGICAL_CROSS ? JOIN_INNER : (JoinKind)node->join.join;
  bool left_free, right_free;
  TRY(plan_is_free(unnesting, node->children[0], &left_free));
  TRY(plan_is_free(unnesting, node->children[1], &right_free));
  Expr **other;
  switch (kind) {
    case JOIN_INNER:
      if (!right_free) {
        TRY(push_down(unnesting, &node->children[0], base));
      } else if (!left_free) {
        TRY(push_down(unnesting, &node->children[1], base));
      } else {
        TRY(push_both(unnesting, node, base, &other));
      }
      break;
    case JOIN_RIGHT:
    case JOIN_RIGHT_SEMI:
    case JOIN_RIGHT_ANTI:
      if (!left_free) {
        TRY(push_down(unnesting, &node->children[1], base));
      } else {
        TRY(push_both(unnesting, node, &other, base));
      }
      break;
    case JOIN_FULL:
      return error_set(planner->error, ERROR_NOT_IMPLEMENTED, -1, "FULL OUTER JOIN inside a correlated subquery");
    default:
      if (!right_free) {
        TRY(push_down(unnesting, &node->children[0], base));
      } else {
        TRY(push_both(unnesting, node, base, &other));
      }
      break;
  }
  TRY(use_base(unnesting, node, *base));
  TRY(plan_update_columns(planner, node));
  // What was a residual because of outer columns may compare the two sides now.
  if (node->kind != LOGICAL_CROSS && node->join.residual) {
    Expr *residual = node->join.residual;
    node->join.residual = NULL;
    TRY(plan_join_add_condition(planner, node, residual));
  }
  return OK;
}

// SET_OPERATION and RECURSIVE_CTE: each child gives D behind its columns.
static Status push_set_operation(Unnesting *unnesting, LogicalPlan *node, Expr ***base) {
  Planner *planner = unnesting->planner;
  uint32_t width = node->column_count;
  uint32_t added = unnesting->columns.count;
  bool recursive = node->kind == LOGICAL_RECURSIVE_CTE;
  Recursion recursion = {unnesting->recursion, recursive ? node->cte.id : 0, width};
  bool missing_is_null = unnesting->missing_is_null;
  unnesting->missing_is_null = false;
  for (uint32_t c = 0; c < node->child_count; c++) {
    LogicalPlan *child = node->children[c];
    Expr **expressions, **below;
    ARENA_NEW_ARRAY(planner->arena, planner->error, expressions, width + added);
    for (uint32_t i = 0; i < width; i++) {
      NEW_OR_FAIL(planner, expressions[i], plan_column_ref(planner, &child->columns[i]));
    }
    if (recursive && c) unnesting->recursion = &recursion;
    Status status = push_down(unnesting, &node->children[c], &below);
    unnesting->recursion = recursion.outer;
    TRY(status);
    for (uint32_t i = 0; i < added; i++)
      NEW_OR_FAIL(planner, expressions[width + i], expr_copy(planner->arena, below[i]));
    TRY(plan_make_project(planner, node->children[c], expressions, NULL, width + added, &node->children[c]));
  }
  unnesting->missing_is_null = missing_is_null;
  ARENA_NEW_ARRAY(planner->arena, planner->error, *base, added);
  for (uint32_t i = 0; i < added; i++) {
    const Expr *column = unnesting->columns.items[i];
    TRY(plan_add_column(planner, node, node->table, width + i, column->type, column->name));
    NEW_OR_FAIL(planner, (*base)[i], plan_column_ref(planner, &node->columns[width + i]));
  }
  if (!recursive || !node->cte.column_count) return OK;
  uint32_t *keys;
  ARENA_NEW_ARRAY(planner->arena, planner->error, keys, node->cte.column_count + added);
  memcpy(keys, node->cte.columns, sizeof *keys * node->cte.column_count);
  for (uint32_t i = 0; i < added; i++) keys[node->cte.column_count++] = width + i;
  node->cte.columns = keys;
  return OK;
}

static Status partition_windows(Unnesting *unnesting, LogicalPlan *node, Expr **base) {
  Planner *planner = unnesting->planner;
  uint32_t added = unnesting->columns.count;
  for (uint32_t w = 0; w < node->window.window_count; w++) {
    Expr *window = node->window.windows[w];
    uint32_t at = window->window->argument_count + window->window->partition_count;
    Expr **children;
    ARENA_NEW_ARRAY(planner->arena, planner->error, children, window->child_count + added);
    if (at) memcpy(children, window->children, sizeof *children * at);
    for (uint32_t i = 0; i < added; i++) NEW_OR_FAIL(planner, children[at + i], expr_copy(planner->arena, base[i]));
    if (window->child_count > at) {
      memcpy(children + at + added, window->children + at, sizeof *children * (window->child_count - at));
    }
    WindowCall *call;
    ARENA_NEW(planner->arena, planner->error, call);
    *call = *window->window;
    call->partition_count += added;
    window->window = call;
    window->children = children;
    window->child_count += added;
  }
  return OK;
}

// LIMIT for each value of D: one row by DISTINCT ON, more by row_number().
static Status push_limit(Unnesting *unnesting, LogicalPlan **slot, Expr ***base) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  if (node->limit.kind != LIMIT_ROWS || node->limit.limit_from_child || node->limit.offset_from_child) {
    return error_set(planner->error, ERROR_NOT_IMPLEMENTED, -1,
                     "LIMIT with a percentage or subquery inside a correlated subquery");
  }
  TRY(push_down(unnesting, &node->children[0], base));
  LogicalPlan *child = node->children[0];
  SortKey *keys = NULL;
  uint32_t key_count = 0;
  if (child->kind == LOGICAL_ORDER) {
    keys = child->order.keys;
    key_count = child->order.key_count;
    child = child->children[0];
  }
  const Expr *limit = node->limit.limit;
  if (limit && limit->kind == EXPR_CONSTANT && !limit->constant.is_null && limit->constant.i64 == 1 &&
      !node->limit.offset) {
    TRY(plan_make(planner, LOGICAL_DISTINCT, child, NULL, slot));
    TRY(append_exprs(planner, &(*slot)->distinct.keys, &(*slot)->distinct.key_count, *base, unnesting->columns.count));
    (*slot)->distinct.order = keys;
    (*slot)->distinct.order_count = key_count;
    return plan_update_columns(planner, *slot);
  }
  LogicalPlan *window;
  TRY(plan_make(planner, LOGICAL_WINDOW, child, NULL, &window));
  window->window.table = window->table;
  Expr *number;
  NEW_OR_FAIL(planner, number, expr_node(planner->arena, EXPR_WINDOW, TYPE(BIGINT), key_count));
  WindowCall *call;
  SortSpec *specs;
  ARENA_NEW(planner->arena, planner->error, call);
  ARENA_NEW_ARRAY(planner->arena, planner->error, specs, key_count);
  *call = (WindowCall){.kind = WINDOW_ROW_NUMBER,
                       .frame_mode = FRAME_RANGE,
                       .frame_start = FRAME_UNBOUNDED_PRECEDING,
                       .frame_end = FRAME_CURRENT_ROW,
                       .order_count = key_count,
                       .order_specs = specs};
  for (uint32_t i = 0; i < key_count; i++) {
    number->children[i] = keys[i].expr;
    specs[i] = keys[i].spec;
  }
  number->window = call;
  ARENA_NEW_ARRAY(planner->arena, planner->error, window->window.windows, 1);
  window->window.windows[0] = number;
  window->window.window_count = 1;
  TRY(plan_add_column(planner, window, window->table, 0, TYPE(BIGINT), STR("row_number")));
  TRY(plan_update_columns(planner, window));
  TRY(partition_windows(unnesting, window, *base));
  const PlanColumn *column = &window->columns[window->column_count - 1];
  Expr *condition = NULL;
  Expr *last = node->limit.limit;
  if (last && node->limit.offset) {
    Expr *arguments[2] = {last, node->limit.offset};
    TRY(make_call(planner, "+", arguments, 2, &last));
    NEW_OR_FAIL(planner, last, expr_cast(planner->arena, last, TYPE(BIGINT), false));
  }
  if (last) {
    Expr *ref;
    NEW_OR_FAIL(planner, ref, plan_column_ref(planner, column));
    NEW_OR_FAIL(planner, condition, expr_compare(planner->arena, COMPARE_LESS_EQUAL, ref, last));
  }
  if (node->limit.offset) {
    Expr *ref, *offset;
    NEW_OR_FAIL(planner, ref, plan_column_ref(planner, column));
    NEW_OR_FAIL(planner, offset, expr_copy(planner->arena, node->limit.offset));
    NEW_OR_FAIL(planner, offset, expr_compare(planner->arena, COMPARE_GREATER, ref, offset));
    NEW_OR_FAIL(planner, condition, expr_and(planner->arena, condition, offset));
  }
  return plan_make_filter(planner, window, condition, slot);
}

// VALUES with outer columns is a UNION ALL of rows.
static Status expand_values(Planner *planner, LogicalPlan *node) {
  uint32_t width = node->column_count;
  uint32_t rows = node->values.row_count;
  Expr **cells = node->values.cells;
  LogicalPlan **children;
  ARENA_NEW_ARRAY(planner->arena, planner->error, children, rows);
  for (uint32_t r = 0; r < rows; r++) {
    LogicalPlan *dummy;
    TRY(plan_make_dummy(planner, &dummy));
    TRY(plan_make_project(planner, dummy, cells + (size_t)r * width, NULL, width, &children[r]));
  }
  node->kind = LOGICAL_SET_OPERATION;
  node->set_operation = (SetOperationNode){.operation = SET_UNION, .all = true};
  node->children = children;
  node->child_count = rows;
  return OK;
}

// f(NULL, …) is NULL, for every column in it.
static bool null_in_null_out(const Expr *expr) {
  switch ((ExprKind)expr->kind) {
    case EXPR_COLUMN:
      return true;
    case EXPR_CAST:
    case EXPR_NOT:
      return null_in_null_out(expr->children[0]);
    case EXPR_COMPARE:
      if (expr->compare == COMPARE_DISTINCT || expr->compare == COMPARE_NOT_DISTINCT) return false;
      break;
    case EXPR_CALL:
      if (expr->call.function->nulls != NULLS_PROPAGATE) return false;
      break;
    default:
      return false;
  }
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (null_in_null_out(expr->children[i])) return true;
  }
  return false;
}

Status push_down(Unnesting *unnesting, LogicalPlan **slot, Expr ***base) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  bool is_free;
  TRY(plan_is_free(unnesting, node, &is_free));
  if (!is_free) {
    LogicalPlan *scan;
    TRY(make_delim_scan(unnesting, &scan, base));
    return plan_make_cross(planner, scan, node, slot);
  }
  bool missing_is_null = unnesting->missing_is_null;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_PROJECT: {
      for (uint32_t i = 0; i < node->column_count; i++) {
        if (!null_in_null_out(node->project.expressions[i]) || expr_is_free(unnesting, node->project.expressions[i])) {
          unnesting->missing_is_null = false;
        }
      }
      Status status = push_project(unnesting, node, base);
      unnesting->missing_is_null = missing_is_null;
      return status;
    }
    case LOGICAL_AGGREGATE:
      return push_aggregate(unnesting, slot, base);
    case LOGICAL_CROSS:
    case LOGICAL_JOIN:
    case LOGICAL_DELIM_JOIN: {
      unnesting->missing_is_null = false;
      Status status = push_join(unnesting, node, base);
      unnesting->missing_is_null = missing_is_null;
      return status;
    }
    case LOGICAL_SET_OPERATION:
    case LOGICAL_RECURSIVE_CTE:
      return push_set_operation(unnesting, node, base);
    case LOGICAL_CTE_SCAN:
      return scan_recursion(unnesting, find_recursion(unnesting, node), node, base);
    case LOGICAL_VALUES:
      TRY(expand_values(planner, node));
      return push_set_operation(unnesting, node, base);
    case LOGICAL_LIMIT: {
      unnesting->missing_is_null = false;
      Status status = push_limit(unnesting, slot, base);
      unnesting->missing_is_null = missing_is_null;
      return status;
    }
    case LOGICAL_FILTER:
    case LOGICAL_ORDER:
    case LOGICAL_UNNEST:
    case LOGICAL_SAMPLE:
    case LOGICAL_DISTINCT:
    case LOGICAL_WINDOW:
      unnesting->missing_is_null = false;
      TRY(push_down(unnesting, &node->children[0], base));
      unnesting->missing_is_null = missing_is_null;
      TRY(use_base(unnesting, node, *base));
      if (node->kind == LOGICAL_WINDOW) TRY(partition_windows(unnesting, node, *base));
      if (node->kind == LOGICAL_DISTINCT && node->distinct.key_count) {
        TRY(append_exprs(planner, &node->distinct.keys, &node->distinct.key_count, *base, unnesting->columns.count));
      }
      return plan_update_columns(planner, node);
    case LOGICAL_CTE: {
      TRY(plan_is_free(unnesting, node->children[0], &is_free));
      if (is_free) break;
      TRY(push_down(unnesting, &node->children[1], base));
      return plan_update_columns(planner, node);
    }
    default:
      break;
  }
  if (node->kind == LOGICAL_POSITIONAL) {
    return error_set(planner->error, ERROR_BINDER, -1,
                     "Positional join in correlated subqueries is not (yet) supported");
  }
  return error_set(planner->error, ERROR_NOT_IMPLEMENTED, -1, "%s inside a correlated subquery",
                   logical_kind_name((LogicalKind)node->kind));
}
