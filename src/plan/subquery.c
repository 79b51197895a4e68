// SPDX-License-Identifier: MIT
//
// subquery.c: subqueries and lateral joins become joins.
//
// A subquery in an expression is lifted: the plan that the expression is computed over is joined with the subquery, and the expression refers
// to a column of that join. One that uses columns of the plan around it (it is correlated) is unnested, by the first of these that fits:
//
//   1. It is an expression over no rows, (SELECT t.a + 1): the expression itself.
//   2. It works row by row, unnest(t.list): its operators are put on top of the outer plan.
//   3. Its correlated columns stand only in filters that can be lifted to its top: they become join conditions.
//   4. Otherwise the distinct outer values are pushed down into it (decorrelate.c).
//
// Bindings are unique in the statement, so an outer column is simply one that the subquery does not make; columns of still further queries
// stay as they are until that query's turn.
#include "plan/decorrelate.h"

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

static Status put_on_top(Planner *planner, LogicalPlan **slot, LogicalPlan *outer) {
  LogicalPlan *node = *slot;
  if (node->kind == LOGICAL_DUMMY) {
    *slot = outer;
    return OK;
  }
  TRY(put_on_top(planner, &node->children[0], outer));
  if (node->kind == LOGICAL_PROJECT) return plan_project_pass_through(planner, node, outer);
  return plan_update_columns(planner, node);
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. Lifting filters
// ---------------------------------------------------------------------------------------------------------------------

static bool conditions_are_free(const Unnesting *unnesting, const LogicalPlan *join) {
  for (uint32_t i = 0; i < join->join.condition_count; i++) {
    const JoinCondition *condition = &join->join.conditions[i];
    if (expr_is_free(unnesting, condition->left) || expr_is_free(unnesting, condition->right)) return true;
  }
  return false;
}

static Status can_lift(Unnesting *unnesting, LogicalPlan *node, bool *possible);

static Status can_lift_of_join(Unnesting *unnesting, LogicalPlan *join, bool *possible) {
  *possible = false;
  if (conditions_are_free(unnesting, join)) return OK;
  switch ((JoinKind)join->join.join) {
    case JOIN_INNER:
      TRY(can_lift(unnesting, join->children[0], possible));
      return *possible ? can_lift(unnesting, join->children[1], possible) : OK;
    case JOIN_RIGHT:
    case JOIN_FULL:
    case JOIN_RIGHT_SEMI:
    case JOIN_RIGHT_ANTI:
      return OK;
    default: {
      bool is_free;
      TRY(plan_is_free(unnesting, join->children[1], &is_free));
      if (is_free || expr_is_free(unnesting, join->join.residual)) return OK;
      return can_lift(unnesting, join->children[0], possible);
    }
  }
}

// Would lifting leave nothing correlated?
static Status can_lift(Unnesting *unnesting, LogicalPlan *node, bool *possible) {
  bool is_free;
  TRY(plan_is_free(unnesting, node, &is_free));
  *possible = !is_free;
  if (!is_free) return OK;
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER:
      return can_lift(unnesting, node->children[0], possible);
    case LOGICAL_PROJECT:
      for (uint32_t i = 0; i < node->column_count; i++) {
        if (expr_is_free(unnesting, node->project.expressions[i])) return OK;
      }
      return can_lift(unnesting, node->children[0], possible);
    case LOGICAL_CROSS:
      TRY(can_lift(unnesting, node->children[0], possible));
      return *possible ? can_lift(unnesting, node->children[1], possible) : OK;
    case LOGICAL_JOIN:
      return can_lift_of_join(unnesting, node, possible);
    default:
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

// Moves the correlated conjuncts of a condition to `lifted`; what stays is joined again, NULL: nothing.
static Status lift_conjuncts(Unnesting *unnesting, Expr **condition, ExprList *lifted) {
  Planner *planner = unnesting->planner;
  ExprList conjuncts = {0}, kept = {0};
  TRY(split_conjuncts(planner, *condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    ExprList *to = expr_is_free(unnesting, conjuncts.items[i]) ? lifted : &kept;
    ARENA_PUSH(planner->arena, planner->error, to, conjuncts.items[i]);
  }
  *condition = join_conjuncts(planner, kept.items, kept.count);
  return kept.count && !*condition ? error_no_memory(planner->error) : OK;
}

static Status lift_filters(Unnesting *unnesting, LogicalPlan **slot, ExprList *lifted) {
  Planner *planner = unnesting->planner;
  LogicalPlan *node = *slot;
  bool is_free;
  TRY(plan_is_free(unnesting, node, &is_free));
  if (!is_free) return OK;
  uint32_t first = lifted->count;
  TRY(lift_filters(unnesting, &node->children[0], lifted));
  switch ((LogicalKind)node->kind) {
    case LOGICAL_FILTER:
      TRY(lift_conjuncts(unnesting, &node->filter.condition, lifted));
      if (!node->filter.condition) {
        *slot = node->children[0];
        return OK;
      }
      break;
    case LOGICAL_PROJECT: {
      Exposure exposure = {planner, node, node->children[0]};
      for (uint32_t i = first; i < lifted->count; i++) {
        TRY(expr_rewrite(&lifted->items[i], expose_column, &exposure));
      }
      return OK;
    }
    case LOGICAL_CROSS:
      TRY(lift_filters(unnesting, &node->children[1], lifted));
      break;
    default:
      ASSERT(node->kind == LOGICAL_JOIN);
      if (node->join.join != JOIN_INNER) break;
      TRY(lift_filters(unnesting, &node->children[1], lifted));
      TRY(lift_conjuncts(unnesting, &node->join.residual, lifted));
  }
  return plan_update_columns(planner, node);
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
    TRY(plan_project_pass_through(planner, project, *lifting->plan));
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
