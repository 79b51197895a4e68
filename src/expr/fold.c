// SPDX-License-Identifier: MIT
//
// fold.c: expressions without columns, evaluated to one value: constant folding, LIMIT, defaults, SET, bind arguments.
#include "expr/evaluator.h"

// Compiles and runs in a memory of its own, so that folding leaves nothing behind but the value.
static Status evaluate(EvalContext *context, Arena *temporary, Arena *arena, const Expr *expr, const Value *parameters,
                       Value *out) {
  Program *program;
  Evaluator *evaluator;
  Expr *expressions[1] = {(Expr *)expr}; // read only
  TRY(program_compile(temporary, context->error, expressions, 1, &program));
  TRY(evaluator_open_sized(&evaluator, program, parameters, context, 1));
  Chunk row = {.row_count = 1, .memory = context->memory};
  Vector result = {0};
  Status status = evaluator_run(evaluator, &row, &result);
  if (status == OK) status = vector_get_value(&result, 0, arena, out, context->error);
  evaluator_close(evaluator);
  return status;
}

// [1, 2, …]: long lists need no program.
static bool gathers_constants(const Expr *expr) {
  if (expr->kind != EXPR_CALL || !expr->call.function->gathers) return false;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    const Expr *child = expr->children[i];
    if (child->kind != EXPR_CONSTANT || !type_equal(child->constant.type, type_child(expr->type, 0))) return false;
  }
  return true;
}

static Status gather(EvalContext *context, Arena *arena, const Expr *expr, Value *out) {
  Value *items;
  ARENA_NEW_ARRAY(arena, context->error, items, expr->child_count);
  for (uint32_t i = 0; i < expr->child_count; i++) {
    TRY(value_copy(arena, context->error, expr->children[i]->constant, &items[i]));
  }
  *out = (Value){.type = expr->type, .nested = {.items = items, .count = expr->child_count}};
  return type_copy(arena, context->error, expr->type, &out->type);
}

Status expr_evaluate_constant(EvalContext *context, Arena *arena, const Expr *expr, const Value *parameters,
                              Value *out) {
  if (expr->kind == EXPR_CONSTANT) return value_copy(arena, context->error, expr->constant, out);
  const Expr *inner = expr->kind == EXPR_CAST ? expr->children[0] : expr;
  bool plain = inner->kind == EXPR_CONSTANT && type_is_integral(inner->type) && type_is_integral(expr->type);
  if (plain && !expr->cast.try_cast) return value_cast(arena, &inner->constant, expr->type, out, context->error);
  if (gathers_constants(expr)) return gather(context, arena, expr, out);
  // The caller's scratch may be an arena that it has use for: the run resets its own.
  Arena temporary, scratch;
  arena_init(&temporary, context->memory);
  arena_init(&scratch, context->memory);
  EvalContext own = {.error = context->error, .memory = context->memory, .facts = context->facts, .scratch = &scratch};
  Status status = evaluate(&own, &temporary, arena, expr, parameters, out);
  arena_free(&scratch);
  arena_free(&temporary);
  return status;
}

bool expr_constant_value(Arena *arena, StatementFacts *facts, const Expr *expr, Value *out) {
  if (expr->kind == EXPR_CONSTANT) {
    *out = expr->constant;
    return true;
  }
  if (!expr_is_constant(expr)) return false;
  EvalContext context = {.error = NULL, .memory = arena->memory, .facts = facts};
  return expr_evaluate_constant(&context, arena, expr, NULL, out) == OK;
}
