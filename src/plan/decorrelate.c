// SPDX-License-Identifier: MIT
//
// decorrelate.c: subqueries and lateral joins become joins.
//
// A subquery in an expression is lifted: the plan that the expression is computed over is joined with the subquery, and the expression refers
// to a column of that join. One that uses columns of the plan around it (it is correlated) is unnested, by the first of these that fits:
//
//   1. It is an expression over no rows, (SELECT t.a + 1): the expression itself.
//   2. It works row by row, unnest(t.list): its operators are put on top of the outer plan.
//   3. Its correlated columns stand only in filters that can be lifted to its top: they become join conditions.
//   4. Otherwise, after Neumann & Kemper, "Unnesting Arbitrary Queries" (BTW 2015): let D be the distinct values of the outer columns used. D is
//      joined to the subquery and pushed down until nothing below uses outer columns; every operator on the way carries D along (groups by
//      it, partitions by it, compares it); at last the outer plan is joined to the result on D. The plan has a DELIM_JOIN with the outer plan
//      on the left, and DELIM_SCANs of D on the right.
//
// Bindings are unique in the statement, so an outer column is simply one that the subquery does not make; columns of still further queries
// stay as they are until that query's turn.
#include "plan/node.h"

typedef struct Unnesting {
  Planner *planner;
  const LogicalPlan *outer;
  ExprList columns; // D: columns of outer that the subquery uses
  uint32_t delim_id;
  bool missing_is_null; // who asks takes "no row" and "a row of NULLs" for the same
} Unnesting;

static bool note_nothing_free(Unnesting *unnesting, LogicalPlan *plan, Status *status) {
  ExprList found = {0};
  *status = plan_free_columns(unnesting->planner, plan, unnesting->outer, &found);
  return found.count == 0;
}

#define HAS_FREE(unnesting, plan, result)                              \
  do {                                                                 \
    Status free_status_ = OK;                                          \
    (result) = !note_nothing_free((unnesting), (plan), &free_status_); \
    TRY(free_status_);                                                 \
  } while (0)

static bool expr_is_free(const Unnesting *unnesting, Expr *expr) {
  return expr && expr_uses_plan(expr, unnesting->outer);
}

// ---------------------------------------------------------------------------------------------------------------------
// 2. Row by row
// ---------------------------------------------------------------------------------------------------------------------

static bool is_row_wise(const LogicalPlan *plan) {
  while (plan->kind == LOGICAL_PROJECT || plan->kind == LOGICAL_FILTER || plan->kind == LOGICAL_UNNEST) {
    if (plan->kind == LOGICAL_UNNEST && plan->unnest.outer) return false;
    plan = plan->children[0];
  }
  return plan->kind == LOGICAL_DUMMY;
}

// Columns pass through a PROJECT under their own binding.
static Status project_pass_through(Planner *planner, LogicalPlan *project, const LogicalPlan *below) {
  for (uint32_t i = 0; i < below->column_count; i++) {
    const PlanColumn *column = &below->columns[i];
    if (plan_find_column(project, column->table, column->column, NULL)) continue;
    Expr *ref, *ignored;
    NEW_OR_FAIL(planner, ref, plan_column_ref(planner, column));
    uint32_t at = project->column_count;
    TRY(plan_project_append(planner, project, NULL, column->name, &ignored));
    project->project.expressions[at] = ref;
    project->columns[at] = *column;
  }
  return OK;
}

static Status put_on_top(Planner *planner, LogicalPlan **slot, LogicalPlan *outer) {
  LogicalPlan *node = *slot;
  if (node->kind == LOGICAL_DUMMY) {
    *slot = outer;
    return OK;
  }
  TRY(put_on_top(planner, &node->children[0], outer));
  if (node->kind == LOGICAL_PROJECT) return project_pass_through(planner, node, outer);
  return plan_update_columns(planner, node);
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. Lifting filters
// ---------------------------------------------------------------------------------------------------------------------

static Status join_conditions_free(Unnesting *unnesting, LogicalPlan *join, bool *is_free) {
  *is_free = expr_is_free(unnesting, join->join.residual);
  for (uint32_t i = 0; i < join->join.condition_count; i++) {
    if (expr_is_free(unnesting, join->join.conditions[i].left) ||
        expr_is_free(unnesting, join->join.conditions[i].right)) {
      *is_free = true;
    }
  }
  return OK;
}

// Would lifting leave nothing correlated?
static Status can_lift(Unnesting *unnesting, LogicalPlan *node, bool *possible) {
  bool is_free;
  *possible = true;
  HAS_FREE(unnesting, node, is_free);
  if (!is_free) return OK;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER:
      return can_lift(unnesting, node->children[0], possible);
    case LOGICAL_PROJECT:
      for (uint32_t i = 0; i < node->column_count; i++) {
        if (expr_is_free(unnesting, node->project.expressions[i])) *possible = false;
      }
      if (!*possible) return OK;
      return can_lift(unnesting, node->children[0], possible);
    case LOGICAL_CROSS:
      TRY(can_lift(unnesting, node->children[0], possible));
      if (!*possible) return OK;
      return can_lift(unnesting, node->children[1], possible);
    case LOGICAL_JOIN:
      TRY(join_conditions_free(unnesting, node, &is_free));
      if (node->join.join == JOIN_INNER) {
        for (uint32_t i = 0; i < node->join.condition_count; i++) {
          if (expr_is_free(unnesting, node->join.conditions[i].left) ||
              expr_is_free(unnesting, node->join.conditions[i].right)) {
            *possible = false;
            return OK;
          }
        }
        TRY(can_lift(unnesting, node->children[0], possible));
        if (!*possible) return OK;
        return can_lift(unnesting, node->children[1], possible);
      }
      if (is_free || node->join.join == JOIN_RIGHT || node->join.join == JOIN_FULL ||
          node->join.join == JOIN_RIGHT_SEMI || node->join.join == JOIN_RIGHT_ANTI) {
        *possible = false;
        return OK;
      }
      HAS_FREE(unnesting, node->children[1], is_free);
      if (is_free) {
        *possible = false;
        return OK;
      }
      return can_lift(unnesting, node->children[0], possible);
    default:
      *possible = false;
      return OK;
  }
}

typedef struct Exposure {
  Planner *planner;
  LogicalPlan *project;
  LogicalPlan *child;
} Exposure;

// A lifted condition reads columns from below a PROJECT: they are handed up.
static Status expose_column(void *context, Expr **slot) {
  Exposure *exposure = context;
  Expr *expr = *slot;
  if (expr->kind != EXPR_COLUMN) return OK;
  if (!plan_find_column(exposure->child, expr->column.table, expr->column.column, NULL)) return OK;
  return plan_project_append(exposure->planner, exposure->project, expr, expr->name, slot);
}

static Status lift_filters(Unnesting *unnesting, LogicalPlan **slot, ExprList *lifted) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  bool is_free;
  HAS_FREE(unnesting, node, is_free);
  if (!is_free) return OK;
  uint32_t first = lifted->count;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER: {
      TRY(lift_filters(unnesting, &node->children[0], lifted));
      ExprList conjuncts = {0}, kept = {0};
      TRY(split_conjuncts(planner, node->filter.condition, &conjuncts));
      for (uint32_t i = 0; i < conjuncts.count; i++) {
        ExprList *to = expr_is_free(unnesting, conjuncts.items[i]) ? lifted : &kept;
        ARENA_PUSH(planner->arena, planner->error, to, conjuncts.items[i]);
      }
      if (kept.count == 0) {
        *slot = node->children[0];
        return OK;
      }
      NEW_OR_FAIL(planner, node->filter.condition, join_conjuncts(planner, kept.items, kept.count));
      return plan_update_columns(planner, node);
    }
    case LOGICAL_PROJECT: {
      TRY(lift_filters(unnesting, &node->children[0], lifted));
      Exposure exposure = {planner, node, node->children[0]};
      for (uint32_t i = first; i < lifted->count; i++) {
        TRY(expr_rewrite(&lifted->items[i], expose_column, &exposure));
      }
      return OK;
    }
    case LOGICAL_CROSS:
      TRY(lift_filters(unnesting, &node->children[0], lifted));
      TRY(lift_filters(unnesting, &node->children[1], lifted));
      return plan_update_columns(planner, node);
    default: {
      ASSERT(node->kind == LOGICAL_JOIN);
      TRY(lift_filters(unnesting, &node->children[0], lifted));
      if (node->join.join == JOIN_INNER) {
        TRY(lift_filters(unnesting, &node->children[1], lifted));
        ExprList conjuncts = {0}, kept = {0};
        TRY(split_conjuncts(planner, node->join.residual, &conjuncts));
        for (uint32_t i = 0; i < conjuncts.count; i++) {
          ExprList *to = expr_is_free(unnesting, conjuncts.items[i]) ? lifted : &kept;
          ARENA_PUSH(planner->arena, planner->error, to, conjuncts.items[i]);
        }
        node->join.residual = join_conjuncts(planner, kept.items, kept.count);
        if (kept.count && !node->join.residual) return error_no_memory(planner->error);
      }
      return plan_update_columns(planner, node);
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// 4. Pushing D down. `base` receives, for each column of D, the column of *slot that now carries it.
// ---------------------------------------------------------------------------------------------------------------------

static Status push_down(Unnesting *unnesting, LogicalPlan **slot, Expr ***base);

static Status make_delim_scan(Unnesting *unnesting, LogicalPlan **out, Expr ***base) {
  Planner *planner = unnesting->planner;
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

static Status append_exprs(Planner *planner, Expr ***items, uint32_t *count, Expr **more, uint32_t more_count) {
  Expr **all;
  ARENA_NEW_ARRAY(planner->arena, planner->error, all, *count + more_count);
  if (*count) memcpy(all, *items, sizeof *all * *count);
  for (uint32_t i = 0; i < more_count; i++) NEW_OR_FAIL(planner, all[*count + i], expr_copy(planner->arena, more[i]));
  *items = all;
  *count += more_count;
  return OK;
}

static Status add_equalities(Unnesting *unnesting, LogicalPlan *join, Expr **left, Expr **right) {
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
  HAS_FREE(unnesting, node->children[0], left_free);
  HAS_FREE(unnesting, node->children[1], right_free);
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

static Status push_set_operation(Unnesting *unnesting, LogicalPlan *node, Expr ***base) {
  Planner *planner = unnesting->planner;
  uint32_t width = node->column_count;
  uint32_t added = unnesting->columns.count;
  bool missing_is_null = unnesting->missing_is_null;
  unnesting->missing_is_null = false;
  for (uint32_t c = 0; c < node->child_count; c++) {
    LogicalPlan *child = node->children[c];
    Expr **expressions, **below;
    ARENA_NEW_ARRAY(planner->arena, planner->error, expressions, width + added);
    for (uint32_t i = 0; i < width; i++) {
      NEW_OR_FAIL(planner, expressions[i], plan_column_ref(planner, &child->columns[i]));
    }
    TRY(push_down(unnesting, &node->children[c], &below));
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

static Status push_down(Unnesting *unnesting, LogicalPlan **slot, Expr ***base) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  bool is_free;
  HAS_FREE(unnesting, node, is_free);
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
      return push_set_operation(unnesting, node, base);
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
      HAS_FREE(unnesting, node->children[0], is_free);
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

// ---------------------------------------------------------------------------------------------------------------------
// Dependent joins
// ---------------------------------------------------------------------------------------------------------------------

// A condition that came out of a WHERE: NULL means no. In a MARK join that tells NULL from false it must not give NULL.
static Status harden_condition(Planner *planner, LogicalPlan **right, Expr *condition, Expr **out) {
  if (condition->kind == EXPR_COMPARE && condition->compare == COMPARE_EQUAL) {
    for (uint32_t i = 0; i < 2; i++) {
      Expr *side = condition->children[i];
      if (!expr_has_columns(side) || !expr_within_plan(side, *right)) continue;
      Expr *copy, *present;
      NEW_OR_FAIL(planner, copy, expr_copy(planner->arena, side));
      NEW_OR_FAIL(planner, present, expr_is_null(planner->arena, copy, true));
      TRY(plan_make_filter(planner, *right, present, right));
      NEW_OR_FAIL(planner, *out,
                  expr_compare(planner->arena, COMPARE_NOT_DISTINCT, condition->children[0], condition->children[1]));
      return OK;
    }
  }
  Expr *otherwise;
  NEW_OR_FAIL(planner, *out, expr_node(planner->arena, EXPR_COALESCE, TYPE(BOOLEAN), 2));
  NEW_OR_FAIL(planner, otherwise, make_boolean(planner, false));
  (*out)->children[0] = condition;
  (*out)->children[1] = otherwise;
  return OK;
}

// left (kind) right, where right may use columns of left. `condition` compares both; NULL: none.
static Status dependent_join(Planner *planner, JoinKind kind, bool null_aware, LogicalPlan *left, LogicalPlan *right,
                             Expr *condition, LogicalPlan **out) {
  Unnesting unnesting = {.planner = planner, .outer = left};
  TRY(plan_free_columns(planner, right, left, &unnesting.columns));
  ExprList lifted = {0};
  Expr **base = NULL;
  if (unnesting.columns.count) {
    bool liftable;
    TRY(can_lift(&unnesting, right, &liftable));
    if (liftable) {
      TRY(lift_filters(&unnesting, &right, &lifted));
      unnesting.columns.count = 0;
    } else {
      unnesting.delim_id = planner->next_delim++;
      unnesting.missing_is_null = kind == JOIN_SINGLE;
      if (kind == JOIN_SINGLE && plan_at_most_one_row(right)) kind = JOIN_LEFT;
      TRY(push_down(&unnesting, &right, &base));
    }
  }
  if (null_aware) {
    for (uint32_t i = 0; i < lifted.count; i++) {
      TRY(harden_condition(planner, &right, lifted.items[i], &lifted.items[i]));
    }
  }
  LogicalPlan *join;
  TRY(plan_make_join(planner, kind, left, right, &join));
  join->join.null_aware = null_aware;
  for (uint32_t i = 0; i < lifted.count; i++) TRY(plan_join_add_condition(planner, join, lifted.items[i]));
  if (base) {
    join->kind = LOGICAL_DELIM_JOIN;
    join->join.delim_id = unnesting.delim_id;
    TRY(append_exprs(planner, &join->join.delim_columns, &join->join.delim_count, unnesting.columns.items,
                     unnesting.columns.count));
    TRY(add_equalities(&unnesting, join, join->join.delim_columns, base));
  }
  if (condition) TRY(plan_join_add_condition(planner, join, condition));
  *out = join;
  return OK;
}

Status make_dependent_join(Planner *planner, JoinKind kind, LogicalPlan *left, LogicalPlan *right, Expr *condition,
                           LogicalPlan **out) {
  if (kind == JOIN_INNER && is_row_wise(right)) {
    TRY(put_on_top(planner, &right, left));
    return plan_make_filter(planner, right, condition, out);
  }
  bool always =
      !condition || (condition->kind == EXPR_CONSTANT && !condition->constant.is_null && condition->constant.boolean);
  if (kind == JOIN_LEFT && always && right->kind == LOGICAL_UNNEST && right->children[0]->kind == LOGICAL_DUMMY) {
    right->unnest.outer = true;
    right->children[0] = left;
    *out = right;
    return plan_update_columns(planner, right);
  }
  return dependent_join(planner, kind, false, left, right, always ? NULL : condition, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Lifting subqueries out of expressions
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Lifting {
  Planner *planner;
  LogicalPlan **plan;
} Lifting;

static bool is_expression_only(const LogicalPlan *plan) {
  return plan->kind == LOGICAL_PROJECT && plan->children[0]->kind == LOGICAL_DUMMY;
}

static Status lift_scalar(Lifting *lifting, Expr **slot) {
  Planner *planner = lifting->planner;
  LogicalPlan *right = (*slot)->subquery.plan;
  if (is_expression_only(right) && !expr_is_volatile(right->project.expressions[0])) {
    *slot = right->project.expressions[0];
    return OK;
  }
  PlanColumn result = right->columns[0];
  ExprList used = {0};
  TRY(plan_free_columns(planner, right, *lifting->plan, &used));
  if (used.count) {
    TRY(dependent_join(planner, JOIN_SINGLE, false, *lifting->plan, right, NULL, lifting->plan));
  } else if (plan_single_row(right)) {
    if ((*lifting->plan)->kind == LOGICAL_DUMMY) {
      *lifting->plan = right;
    } else {
      TRY(plan_make_cross(planner, *lifting->plan, right, lifting->plan));
    }
  } else {
    TRY(plan_make_join(planner, JOIN_SINGLE, *lifting->plan, right, lifting->plan));
  }
  NEW_OR_FAIL(planner, *slot, plan_column_ref(planner, &result));
  return OK;
}

// Without correlation: is there one row of it? Asked once, not for each row.
static Status lift_plain_exists(Lifting *lifting, LogicalPlan *right, Expr **slot) {
  Planner *planner = lifting->planner;
  LogicalPlan *limit, *aggregate;
  TRY(plan_make(planner, LOGICAL_LIMIT, right, NULL, &limit));
  NEW_OR_FAIL(planner, limit->limit.limit, expr_constant(planner->arena, value_i64(TYPE(BIGINT), 1)));
  TRY(plan_update_columns(planner, limit));
  Expr **counts;
  ARENA_NEW_ARRAY(planner->arena, planner->error, counts, 1);
  TRY(make_aggregate(planner, "count_star", NULL, 0, false, &counts[0]));
  TRY(plan_make_aggregate(planner, limit, NULL, 0, counts, 1, &aggregate));
  Expr *count, *one;
  NEW_OR_FAIL(planner, count, plan_column_ref(planner, &aggregate->columns[0]));
  NEW_OR_FAIL(planner, one, expr_constant(planner->arena, value_i64(TYPE(BIGINT), 1)));
  if ((*lifting->plan)->kind == LOGICAL_DUMMY) {
    *lifting->plan = aggregate;
  } else {
    TRY(plan_make_cross(planner, *lifting->plan, aggregate, lifting->plan));
  }
  NEW_OR_FAIL(planner, *slot, expr_compare(planner->arena, COMPARE_EQUAL, count, one));
  return OK;
}

static Status lift_exists(Lifting *lifting, Expr **slot) {
  Planner *planner = lifting->planner;
  LogicalPlan *right = (*slot)->subquery.plan;
  bool negated = (*slot)->subquery.kind == SUBQUERY_NOT_EXISTS;
  // What rows look like and in which order they come says nothing about whether there are any.
  while (right->kind == LOGICAL_PROJECT || right->kind == LOGICAL_ORDER ||
         (right->kind == LOGICAL_DISTINCT && right->distinct.key_count == 0)) {
    right = right->children[0];
  }
  ExprList used = {0};
  TRY(plan_free_columns(planner, right, *lifting->plan, &used));
  if (plan_single_row(right)) {
    NEW_OR_FAIL(planner, *slot, make_boolean(planner, true));
  } else if (used.count == 0) {
    TRY(lift_plain_exists(lifting, right, slot));
  } else {
    TRY(dependent_join(planner, JOIN_MARK, false, *lifting->plan, right, NULL, lifting->plan));
    LogicalPlan *join = *lifting->plan;
    NEW_OR_FAIL(planner, *slot, plan_column_ref(planner, &join->columns[join->column_count - 1]));
  }
  if (negated) NEW_OR_FAIL(planner, *slot, expr_not(planner->arena, *slot));
  return OK;
}

// One condition for each child: a single one, or the columns of a row.
static Status lift_any(Lifting *lifting, Expr **slot) {
  Planner *planner = lifting->planner;
  Expr *expr = *slot;
  LogicalPlan *right = expr->subquery.plan;
  uint32_t count = expr->child_count;
  // The left sides must be columns of the outer plan for the join to hash them; constants will do as well.
  bool columns = true;
  for (uint32_t i = 0; i < count; i++) {
    columns = columns && expr_has_columns(expr->children[i]) && expr_within_plan(expr->children[i], *lifting->plan);
  }
  if (!columns) {
    LogicalPlan *project;
    TRY(plan_make_project(planner, *lifting->plan, expr->children, NULL, count, &project));
    TRY(project_pass_through(planner, project, *lifting->plan));
    Expr **refs;
    ARENA_NEW_ARRAY(planner->arena, planner->error, refs, count);
    for (uint32_t i = 0; i < count; i++) NEW_OR_FAIL(planner, refs[i], plan_column_ref(planner, &project->columns[i]));
    expr->children = refs;
    *lifting->plan = project;
  }
  Expr *condition = NULL;
  for (uint32_t i = 0; i < count; i++) {
    Expr *value, *compare;
    NEW_OR_FAIL(planner, value, plan_column_ref(planner, &right->columns[i]));
    TRY(make_compare(planner, (CompareOp)expr->subquery.compare, expr->children[i], value, &compare));
    NEW_OR_FAIL(planner, condition, expr_and(planner->arena, condition, compare));
  }
  TRY(dependent_join(planner, JOIN_MARK, true, *lifting->plan, right, condition, lifting->plan));
  LogicalPlan *join = *lifting->plan;
  NEW_OR_FAIL(planner, *slot, plan_column_ref(planner, &join->columns[join->column_count - 1]));
  return OK;
}

static Status lift_one(void *context, Expr **slot) {
  Lifting *lifting = context;
  if ((*slot)->kind != EXPR_SUBQUERY) return OK;
  Str name = (*slot)->name;
  int32_t position = (*slot)->position;
  Type type = (*slot)->type;
  switch ((SubqueryKind)(*slot)->subquery.kind) {
    case SUBQUERY_SCALAR:
      TRY(lift_scalar(lifting, slot));
      break;
    case SUBQUERY_EXISTS:
    case SUBQUERY_NOT_EXISTS:
      TRY(lift_exists(lifting, slot));
      break;
    default:
      TRY(lift_any(lifting, slot));
      break;
  }
  NEW_OR_FAIL(lifting->planner, *slot, expr_cast(lifting->planner->arena, *slot, type, false));
  (*slot)->name = name;
  (*slot)->position = position;
  return OK;
}

Status lift_subqueries(Planner *planner, LogicalPlan **plan, Expr **slot) {
  if (!*slot || !expr_has_kind(*slot, EXPR_SUBQUERY)) return OK;
  Lifting lifting = {planner, plan};
  return expr_rewrite(slot, lift_one, &lifting);
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing DELIM_JOINs in plain nodes
//
//   DELIM_JOIN(left, right)  ->  CTE x: left
//                                JOIN(CTE_SCAN x, right with DISTINCT(PROJECT D (CTE_SCAN x)) for each DELIM_SCAN)
// ---------------------------------------------------------------------------------------------------------------------

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
  return project_pass_through(planner, *out, &used);
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
