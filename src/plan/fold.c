// SPDX-License-Identifier: MIT
//
// fold.c: expressions whose value is known now become constants; conditions lose what does not matter.
//
//   1 + 2 -> 3;  x AND true -> x;  x AND false -> false;  NOT (a < b) -> a >= b;  NOT NOT x -> x;  x = NULL -> NULL
//   CAST(column AS wider) op constant -> column op narrower constant, where nothing is lost: so that zone maps can be used
//
// What fails to evaluate stays as it is: the error belongs to the run (and may never be reached).
#include "plan/optimize.h"

typedef struct Folding {
  Planner *planner;
  EvalContext eval;
  Error ignored;
  Arena scratch;
} Folding;

static bool is_constant(const Expr *expr) { return expr->kind == EXPR_CONSTANT; }
static bool is_true(const Expr *expr) { return is_constant(expr) && !expr->constant.is_null && expr->constant.boolean; }
static bool is_false(const Expr *expr) {
  return is_constant(expr) && !expr->constant.is_null && !expr->constant.boolean;
}

static Status to_constant(Folding *folding, Expr **slot, Value value) {
  Planner *planner = folding->planner;
  Expr *expr = *slot;
  Expr *constant;
  value.type = expr->type;
  NEW_OR_FAIL(planner, constant, expr_constant(planner->arena, value));
  constant->name = expr->name;
  constant->position = expr->position;
  *slot = constant;
  return OK;
}

static Status fold_value(Folding *folding, Expr **slot) {
  Value value;
  Status status = expr_evaluate_constant(&folding->eval, folding->planner->arena, *slot, NULL, &value);
  if (status == ERROR_NO_MEMORY) return error_no_memory(folding->planner->error);
  return status == OK ? to_constant(folding, slot, value) : OK;
}

// AND: drops true arms, is false when one is; OR likewise with the roles changed.
static Status fold_conjunction(Folding *folding, Expr **slot, bool conjunction) {
  Expr *expr = *slot;
  uint32_t left = 0;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    Expr *child = expr->children[i];
    if (conjunction ? is_false(child) : is_true(child)) return to_constant(folding, slot, value_boolean(!conjunction));
    if (conjunction ? is_true(child) : is_false(child)) continue;
    expr->children[left++] = child;
  }
  expr->child_count = left;
  if (left == 0) return to_constant(folding, slot, value_boolean(conjunction));
  if (left == 1) *slot = expr->children[0];
  return OK;
}

static Status fold_not(Folding *folding, Expr **slot) {
  Expr *child = (*slot)->children[0];
  (void)folding;
  if (child->kind == EXPR_NOT) {
    *slot = child->children[0];
  } else if (child->kind == EXPR_COMPARE) {
    child->compare = compare_op_negate(child->compare);
    *slot = child;
  } else if (child->kind == EXPR_IN) {
    child->negated = !child->negated;
    *slot = child;
  } else if (child->kind == EXPR_IS_NULL || child->kind == EXPR_IS_NOT_NULL) {
    child->kind = child->kind == EXPR_IS_NULL ? EXPR_IS_NOT_NULL : EXPR_IS_NULL;
    *slot = child;
  }
  return OK;
}

// Integers, and dates against timestamps' neighbours, keep their order under a widening cast.
static bool order_preserving_cast(Type from, Type to) {
  if (type_is_integral(from) && type_is_integral(to)) return true;
  return type_is_integral(from) && to.id == TYPE_DECIMAL;
}

// CAST(x AS wide) op constant -> x op CAST(constant AS narrow), when the constant survives the round trip.
static Status fold_compare(Folding *folding, Expr **slot) {
  Planner *planner = folding->planner;
  Expr *expr = *slot;
  for (uint32_t i = 0; i < 2; i++) {
    if (is_constant(expr->children[i]) && expr->children[i]->constant.is_null && expr->compare < COMPARE_DISTINCT) {
      return to_constant(folding, slot, value_null(expr->type));
    }
  }
  for (uint32_t i = 0; i < 2; i++) {
    Expr *cast = expr->children[i];
    Expr *constant = expr->children[1 - i];
    if (cast->kind != EXPR_CAST || cast->cast.try_cast || !is_constant(constant) || constant->constant.is_null)
      continue;
    Type narrow = cast->children[0]->type;
    if (!order_preserving_cast(narrow, cast->type)) continue;
    Value small, back;
    if (value_cast(planner->arena, &constant->constant, narrow, &small, &folding->ignored) != OK) continue;
    if (value_cast(planner->arena, &small, cast->type, &back, &folding->ignored) != OK) continue;
    if (!value_equal(&back, &constant->constant)) continue;
    NEW_OR_FAIL(planner, expr->children[1 - i], expr_constant(planner->arena, small));
    expr->children[i] = cast->children[0];
  }
  return OK;
}

static Status fold_one(void *context, Expr **slot) {
  Folding *folding = context;
  Expr *expr = *slot;
  if (expr->kind == EXPR_CONSTANT) return OK;
  if (expr->kind == EXPR_AND) TRY(fold_conjunction(folding, slot, true));
  if (expr->kind == EXPR_OR) TRY(fold_conjunction(folding, slot, false));
  if (expr->kind == EXPR_NOT) TRY(fold_not(folding, slot));
  if ((*slot)->kind == EXPR_COMPARE) TRY(fold_compare(folding, slot));
  expr = *slot;
  bool scalar = expr->kind != EXPR_AGGREGATE && expr->kind != EXPR_WINDOW && expr->kind != EXPR_SUBQUERY &&
                expr->kind != EXPR_UNNEST && expr->kind != EXPR_LAMBDA && expr->kind != EXPR_DEFAULT;
  if (expr->kind == EXPR_CONSTANT || !scalar || !expr_is_constant(expr)) return OK;
  return fold_value(folding, slot);
}

static Status fold_slot(void *context, Expr **slot) { return expr_rewrite(slot, fold_one, context); }

// The cells of VALUES are evaluated once anyway, when they are reached.
static Status fold_node(void *context, LogicalPlan **slot) {
  return (*slot)->kind == LOGICAL_VALUES ? OK : plan_visit_expressions(*slot, fold_slot, context);
}

Status fold_constants(Planner *planner, LogicalPlan *root) {
  Folding folding = {.planner = planner};
  arena_init(&folding.scratch, planner->arena->memory);
  folding.eval = (EvalContext){.error = &folding.ignored,
                               .memory = planner->arena->memory,
                               .facts = planner->context->facts,
                               .scratch = &folding.scratch};
  Status status = plan_visit(&root, fold_node, &folding);
  arena_free(&folding.scratch);
  return status;
}
