// SPDX-License-Identifier: MIT
//
// program.c: compiles expressions to the flat steps of program.h.
//
// A Scope is a block in the making. It knows which expressions already have a register, in itself or in the blocks
// around it, so that a value is computed once: what an enclosing block has computed before is imported. What is computed
// inside a nested block exists for its rows only and is not seen from outside.
//
// What runs only for the rows that need it: THEN, ELSE and the later WHENs of CASE, the later arguments of COALESCE,
// AND and OR. A child that cannot fail and costs next to nothing is computed for all rows instead.
#include "expr/program.h"

#define CHEAP_COST 6 // what is computed for all rows rather than sliced for

// What a lambda body uses of the row around it, in the order of the captures.
typedef struct Capture {
  Expr *outer; // the expression as the enclosing program sees it
} Capture;

typedef struct Compiler {
  Arena *arena;
  Error *error;
  ARENA_LIST(Register) registers;
  uint32_t argument_slot_count;
  uint32_t state_count;
  uint32_t lambda_count;
  bool is_lambda;           // compiles a lambda body: inputs are parameters, then captures
  uint32_t parameter_count; // of the lambda
  ARENA_LIST(Capture) captures;
} Compiler;

typedef struct KnownValue {
  uint64_t hash;
  const Expr *expr; // NULL: free slot
  uint32_t register_index;
} KnownValue;

typedef struct Scope {
  struct Scope *parent;
  KnownValue *known; // open addressing, known_size a power of two
  uint32_t known_size;
  uint32_t known_count;
  ARENA_LIST(Import) imports;
  ARENA_LIST(Step) steps;
} Scope;

static Status compile_value(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out);
static Status compile_condition(Compiler *compiler, Scope *scope, Expr *expr, bool negated, bool unconditional,
                                uint32_t depth, Condition **out);

// ---------------------------------------------------------------------------------------------------------------------
// Cost
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t touch_cost(Type type) {
  if (type_is_nested(type)) return 30;
  Physical physical = type_physical(type);
  return physical == PHYSICAL_STRING ? 6 : physical == PHYSICAL_I128 || physical == PHYSICAL_INTERVAL ? 3 : 1;
}

static uint32_t cost_at(const Expr *expr, uint32_t depth) {
  if (depth > EXPR_DEPTH_LIMIT) return 1000;
  uint32_t cost = 0;
  switch ((ExprKind)expr->kind) {
    case EXPR_CONSTANT:
    case EXPR_INPUT:
    case EXPR_PARAMETER:
    case EXPR_LAMBDA_PARAMETER:
      return 0;
    case EXPR_CALL:
      cost = 2 + touch_cost(expr->type);
      for (uint32_t i = 0; i < expr->child_count; i++) cost += 3 * (touch_cost(expr->children[i]->type) - 1);
      break;
    case EXPR_CAST:
      cost = 1 + 3 * (touch_cost(expr->type) - 1) + 3 * (touch_cost(expr->children[0]->type) - 1);
      break;
    case EXPR_COMPARE:
      cost = touch_cost(expr->children[0]->type);
      break;
    case EXPR_BETWEEN:
      cost = 2 * touch_cost(expr->children[0]->type);
      break;
    case EXPR_IN:
      cost = 3 * touch_cost(expr->children[0]->type);
      break;
    case EXPR_LAMBDA:
      cost = 30;
      break;
    default:
      cost = 1;
  }
  for (uint32_t i = 0; i < expr->child_count && cost < 10000; i++) cost += cost_at(expr->children[i], depth + 1);
  return cost;
}

uint32_t expr_cost(const Expr *expr) { return cost_at(expr, 0); }

static bool is_leaf(const Expr *expr) {
  return expr->kind == EXPR_CONSTANT || expr->kind == EXPR_INPUT || expr->kind == EXPR_PARAMETER ||
         expr->kind == EXPR_LAMBDA_PARAMETER;
}

static bool is_cheap(const Expr *expr) {
  return is_leaf(expr) || (expr_cost(expr) <= CHEAP_COST && !expr_can_fail(expr) && !expr_is_volatile(expr));
}

// ---------------------------------------------------------------------------------------------------------------------
// Registers and known values
// ---------------------------------------------------------------------------------------------------------------------

static Status register_new(Compiler *compiler, RegisterKind kind, Type type, uint32_t *out) {
  *out = compiler->registers.count;
  Register made = {.kind = (uint8_t)kind, .type = type};
  ARENA_PUSH(compiler->arena, compiler->error, &compiler->registers, made);
  return OK;
}

static void known_put(Scope *scope, KnownValue value) {
  uint32_t mask = scope->known_size - 1;
  uint32_t slot = (uint32_t)value.hash & mask;
  while (scope->known[slot].expr) slot = (slot + 1) & mask;
  scope->known[slot] = value;
}

static Status known_add(Compiler *compiler, Scope *scope, const Expr *expr, uint64_t hash, uint32_t register_index) {
  if (scope->known_count * 2 >= scope->known_size) {
    KnownValue *old = scope->known;
    uint32_t old_size = scope->known_size;
    scope->known_size = old_size ? old_size * 2 : 16;
    ARENA_NEW_ARRAY(compiler->arena, compiler->error, scope->known, scope->known_size);
    for (uint32_t i = 0; i < old_size; i++) {
      if (old[i].expr) known_put(scope, old[i]);
    }
  }
  known_put(scope, (KnownValue){.hash = hash, .expr = expr, .register_index = register_index});
  scope->known_count++;
  return OK;
}

static bool known_here(const Scope *scope, const Expr *expr, uint64_t hash, uint32_t *out) {
  if (!scope->known_size) return false;
  uint32_t mask = scope->known_size - 1;
  for (uint32_t slot = (uint32_t)hash & mask; scope->known[slot].expr; slot = (slot + 1) & mask) {
    const KnownValue *value = &scope->known[slot];
    if (value->hash == hash && expr_equal(value->expr, expr)) {
      *out = value->register_index;
      return true;
    }
  }
  return false;
}

// Finds the value in this block or those around it, importing it block by block. NO_REGISTER: not computed yet.
static Status known_find(Compiler *compiler, Scope *scope, const Expr *expr, uint64_t hash, uint32_t *out) {
  *out = NO_REGISTER;
  uint32_t found = NO_REGISTER;
  Scope *holder = scope;
  while (holder && !known_here(holder, expr, hash, &found)) holder = holder->parent;
  if (!holder) return OK;
  uint8_t kind = compiler->registers.items[found].kind;
  if (kind == REGISTER_CONSTANT || kind == REGISTER_PARAMETER) {
    *out = found;
    return OK;
  }
  // Nesting is shallow: from the holder inwards, each block imports from the one around it.
  while (holder != scope) {
    Scope *inner = scope;
    while (inner->parent != holder) inner = inner->parent;
    uint32_t import;
    TRY(register_new(compiler, REGISTER_IMPORT, compiler->registers.items[found].type, &import));
    Import item = {.source = found, .target = import};
    ARENA_PUSH(compiler->arena, compiler->error, &inner->imports, item);
    TRY(known_add(compiler, inner, expr, hash, import));
    found = import;
    holder = inner;
  }
  *out = found;
  return OK;
}

static Scope *scope_root(Scope *scope) {
  while (scope->parent) scope = scope->parent;
  return scope;
}

// In a lambda body: the input column of a parameter, or of a capture, which is noted when it is new.
static Status lambda_column(Compiler *compiler, Expr *expr, uint32_t *column) {
  if (expr->kind == EXPR_LAMBDA_PARAMETER && expr->lambda_parameter.depth == 0) {
    ASSERT(expr->lambda_parameter.index < compiler->parameter_count);
    *column = expr->lambda_parameter.index;
    return OK;
  }
  Expr *outer = arena_allocate(compiler->arena, sizeof *outer);
  if (!outer) return error_no_memory(compiler->error);
  *outer = *expr;
  if (outer->kind == EXPR_LAMBDA_PARAMETER) outer->lambda_parameter.depth--;
  *column = compiler->parameter_count + compiler->captures.count;
  Capture capture = {.outer = outer};
  ARENA_PUSH(compiler->arena, compiler->error, &compiler->captures, capture);
  return OK;
}

// Constants, parameters and inputs belong to the root block; nested blocks see them from there.
static Status compile_leaf(Compiler *compiler, Scope *scope, Expr *expr, uint64_t hash, uint32_t *out) {
  Scope *root = scope_root(scope);
  uint32_t made;
  if (expr->kind == EXPR_CONSTANT) {
    TRY(register_new(compiler, REGISTER_CONSTANT, expr->type, &made));
    compiler->registers.items[made].constant = &expr->constant;
  } else if (expr->kind == EXPR_PARAMETER) {
    TRY(register_new(compiler, REGISTER_PARAMETER, expr->type, &made));
    compiler->registers.items[made].parameter = expr->parameter;
  } else {
    uint32_t column = expr->input;
    if (compiler->is_lambda) TRY(lambda_column(compiler, expr, &column));
    TRY(register_new(compiler, REGISTER_INPUT, expr->type, &made));
    Import import = {.source = column, .target = made};
    ARENA_PUSH(compiler->arena, compiler->error, &root->imports, import);
  }
  TRY(known_add(compiler, root, expr, hash, made));
  return known_find(compiler, scope, expr, hash, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Steps
// ---------------------------------------------------------------------------------------------------------------------

// Frames of the recursion stay small: a step is made in the arena and copied into its block when it is complete.
static Step *step_new(Compiler *compiler, StepKind kind, const Expr *expr) {
  Step *step = arena_allocate_zeroed(compiler->arena, sizeof *step);
  if (!step) return NULL;
  step->kind = (uint8_t)kind;
  step->position = expr->position;
  step->pure = true;
  return step;
}

static Status step_emit(Compiler *compiler, Scope *scope, Step *step, Type type, uint32_t *out) {
  TRY(register_new(compiler, REGISTER_STEP, type, out));
  step->target = *out;
  step->argument_slot = compiler->argument_slot_count;
  compiler->argument_slot_count += step->operand_count;
  step->state = compiler->state_count++;
  ARENA_PUSH(compiler->arena, compiler->error, &scope->steps, *step);
  return OK;
}

static Status finish_block(Compiler *compiler, const Scope *scope, const Block **out) {
  Block *block;
  ARENA_NEW(compiler->arena, compiler->error, block);
  block->imports = scope->imports.items;
  block->import_count = scope->imports.count;
  block->steps = scope->steps.items;
  block->step_count = scope->steps.count;
  *out = block;
  return OK;
}

static Status compile_operands(Compiler *compiler, Scope *scope, Expr *const *exprs, uint32_t count, uint32_t depth,
                               const uint32_t **out) {
  uint32_t *operands;
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, operands, count);
  for (uint32_t i = 0; i < count; i++) TRY(compile_value(compiler, scope, exprs[i], depth, &operands[i]));
  *out = operands;
  return OK;
}

static bool has_string_child(const Expr *expr) {
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (type_physical(expr->children[i]->type) == PHYSICAL_STRING) return true;
  }
  return false;
}

static Status compile_plain(Compiler *compiler, Scope *scope, Expr *expr, StepKind kind, uint32_t depth,
                            uint32_t *out) {
  Step *step = step_new(compiler, kind, expr);
  if (!step) return error_no_memory(compiler->error);
  TRY(compile_operands(compiler, scope, expr->children, expr->child_count, depth, &step->operands));
  step->operand_count = expr->child_count;
  step->per_entry = has_string_child(expr);
  step->negated = expr->negated;
  if (kind == STEP_COMPARE) {
    step->compare = (uint8_t)expr->compare;
    step->nulls_propagate = expr->compare != COMPARE_DISTINCT && expr->compare != COMPARE_NOT_DISTINCT;
  }
  if (kind == STEP_CAST) {
    step->try_cast = expr->cast.try_cast;
    if (expr->children[0]->kind == EXPR_INPUT && !type_is_nested(expr->children[0]->type))
      step->source_column = expr->children[0]->name;
    step->nulls_propagate = expr->type.id != TYPE_UNION; // where it is a NULL of a member
    step->per_entry |= type_physical(expr->type) == PHYSICAL_STRING;
  }
  return step_emit(compiler, scope, step, expr->type, out);
}

// *set NULL: the candidates are not constant, or of a type that has no sets.
static Status make_in_set(Compiler *compiler, const Expr *expr, const InSet **set) {
  *set = NULL;
  for (uint32_t i = 1; i < expr->child_count; i++) {
    if (expr->children[i]->kind != EXPR_CONSTANT) return OK;
  }
  return in_set_build(compiler->arena, compiler->error, expr->children[0]->type, expr->children + 1,
                      expr->child_count - 1, set);
}

static Status compile_in(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out) {
  const InSet *set;
  TRY(make_in_set(compiler, expr, &set));
  if (!set) return compile_plain(compiler, scope, expr, STEP_IN_LIST, depth, out);
  Step *step = step_new(compiler, STEP_IN_SET, expr);
  if (!step) return error_no_memory(compiler->error);
  TRY(compile_operands(compiler, scope, expr->children, 1, depth, &step->operands));
  step->operand_count = 1;
  step->set = set;
  step->negated = expr->negated;
  step->nulls_propagate = true;
  step->per_entry = type_physical(expr->children[0]->type) == PHYSICAL_STRING;
  return step_emit(compiler, scope, step, expr->type, out);
}

static Status make_call(Compiler *compiler, const Expr *expr, uint32_t argument_count, ScalarCall **out) {
  ScalarCall *call;
  Type *types;
  ARENA_NEW(compiler->arena, compiler->error, call);
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, types, argument_count);
  for (uint32_t i = 0; i < argument_count; i++) types[i] = expr->children[i]->type;
  *call = (ScalarCall){.function = expr->call.function,
                       .bind_data = expr->call.bind_data,
                       .argument_types = types,
                       .argument_count = argument_count,
                       .result_type = expr->type,
                       .position = expr->position};
  *out = call;
  return OK;
}

// The body becomes a program of its own. Its captures are compiled here, as operands behind the ordinary arguments.
static Status compile_lambda_body(Compiler *compiler, Expr *lambda, uint32_t depth, LambdaCall *call,
                                  const Capture **captures) {
  Compiler *body = arena_allocate_zeroed(compiler->arena, sizeof *body);
  Scope *scope = arena_allocate_zeroed(compiler->arena, sizeof *scope);
  Program *program = arena_allocate_zeroed(compiler->arena, sizeof *program);
  uint32_t *results = arena_allocate_zeroed(compiler->arena, sizeof *results);
  if (!body || !scope || !program || !results) return error_no_memory(compiler->error);
  body->arena = compiler->arena;
  body->error = compiler->error;
  body->is_lambda = true;
  body->parameter_count = lambda->lambda.parameter_count;
  TRY(compile_value(body, scope, lambda->children[0], depth, results));
  TRY(finish_block(body, scope, &program->root));
  program->registers = body->registers.items;
  program->register_count = body->registers.count;
  program->argument_slot_count = body->argument_slot_count;
  program->state_count = body->state_count;
  program->lambda_count = body->lambda_count;
  program->results = results;
  program->result_count = 1;
  call->parameter_count = body->parameter_count;
  call->capture_count = body->captures.count;
  call->result_type = lambda->children[0]->type;
  call->program = program;
  *captures = body->captures.items;
  return OK;
}

static Status compile_lambda_call(Compiler *compiler, Scope *scope, Expr *expr, uint32_t lambda_at, uint32_t depth,
                                  uint32_t *out) {
  Step *step = step_new(compiler, STEP_LAMBDA_CALL, expr);
  LambdaCall *lambda = arena_allocate_zeroed(compiler->arena, sizeof *lambda);
  if (!step || !lambda) return error_no_memory(compiler->error);
  const Capture *captures = NULL;
  lambda->argument = lambda_at;
  lambda->slot = compiler->lambda_count++;
  TRY(compile_lambda_body(compiler, expr->children[lambda_at], depth, lambda, &captures));
  uint32_t *operands;
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, operands, expr->child_count + lambda->capture_count);
  for (uint32_t i = 0; i < expr->child_count; i++) {
    operands[i] = NO_REGISTER;
    if (i != lambda_at) TRY(compile_value(compiler, scope, expr->children[i], depth, &operands[i]));
  }
  for (uint32_t i = 0; i < lambda->capture_count; i++) {
    TRY(compile_value(compiler, scope, captures[i].outer, depth, &operands[expr->child_count + i]));
  }
  ScalarCall *call;
  TRY(make_call(compiler, expr, expr->child_count, &call));
  call->lambda = lambda;
  step->call = call;
  step->operands = operands;
  step->operand_count = expr->child_count + lambda->capture_count;
  step->pure = !expr_is_volatile(expr);
  return step_emit(compiler, scope, step, expr->type, out);
}

static Status compile_call(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out) {
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (expr->children[i]->kind == EXPR_LAMBDA) return compile_lambda_call(compiler, scope, expr, i, depth, out);
  }
  Step *step = step_new(compiler, STEP_CALL, expr);
  if (!step) return error_no_memory(compiler->error);
  TRY(compile_operands(compiler, scope, expr->children, expr->child_count, depth, &step->operands));
  step->operand_count = expr->child_count;
  ScalarCall *call;
  TRY(make_call(compiler, expr, expr->child_count, &call));
  step->call = call;
  step->pure = call->function->stability != STABILITY_VOLATILE;
  step->nulls_propagate = call->function->nulls == NULLS_PROPAGATE;
  step->per_entry = step->pure && (has_string_child(expr) || type_physical(expr->type) == PHYSICAL_STRING);
  return step_emit(compiler, scope, step, expr->type, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Conditional steps
// ---------------------------------------------------------------------------------------------------------------------

static Status compile_branch(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, Branch *branch) {
  TRY(known_find(compiler, scope, expr, expr_hash(expr), &branch->result));
  if (branch->result != NO_REGISTER) return OK;
  if (is_cheap(expr)) return compile_value(compiler, scope, expr, depth, &branch->result);
  Scope *inner = arena_allocate_zeroed(compiler->arena, sizeof *inner);
  if (!inner) return error_no_memory(compiler->error);
  inner->parent = scope;
  TRY(compile_value(compiler, inner, expr, depth, &branch->result));
  return finish_block(compiler, inner, &branch->block);
}

// AND, OR, COALESCE: the first child is computed for all rows. TRY: in a block of its own, for it may be run again for some.
static Status compile_chain(Compiler *compiler, Scope *scope, Expr *expr, StepKind kind, uint32_t depth,
                            uint32_t *out) {
  Step *step = step_new(compiler, kind, expr);
  if (!step) return error_no_memory(compiler->error);
  Branch *branches;
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, branches, expr->child_count);
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (i == 0 && kind != STEP_TRY) {
      TRY(compile_value(compiler, scope, expr->children[0], depth, &branches[0].result));
    } else {
      TRY(compile_branch(compiler, scope, expr->children[i], depth, &branches[i]));
    }
  }
  step->branches = branches;
  step->branch_count = expr->child_count;
  return step_emit(compiler, scope, step, expr->type, out);
}

static Status compile_case(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out) {
  Step *step = step_new(compiler, STEP_CASE, expr);
  if (!step) return error_no_memory(compiler->error);
  uint32_t arms = expr->child_count / 2;
  ASSERT(expr->child_count == arms * 2 + 1);
  Branch *branches;
  Condition **conditions;
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, branches, arms + 1);
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, conditions, arms);
  for (uint32_t i = 0; i < arms; i++) {
    TRY(compile_condition(compiler, scope, expr->children[2 * i], false, i == 0, depth, &conditions[i]));
    TRY(compile_branch(compiler, scope, expr->children[2 * i + 1], depth, &branches[i]));
  }
  TRY(compile_branch(compiler, scope, expr->children[2 * arms], depth, &branches[arms]));
  step->conditions = conditions;
  step->branches = branches;
  step->branch_count = arms + 1;
  return step_emit(compiler, scope, step, expr->type, out);
}

static Status compile_step(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out) {
  switch ((ExprKind)expr->kind) {
    case EXPR_CALL:
      return compile_call(compiler, scope, expr, depth, out);
    case EXPR_CAST:
      return compile_plain(compiler, scope, expr, STEP_CAST, depth, out);
    case EXPR_COMPARE:
      ASSERT(type_equal(expr->children[0]->type, expr->children[1]->type));
      return compile_plain(compiler, scope, expr, STEP_COMPARE, depth, out);
    case EXPR_BETWEEN:
      return compile_plain(compiler, scope, expr, STEP_BETWEEN, depth, out);
    case EXPR_NOT:
      return compile_plain(compiler, scope, expr, STEP_NOT, depth, out);
    case EXPR_IS_NULL:
      return compile_plain(compiler, scope, expr, STEP_IS_NULL, depth, out);
    case EXPR_IS_NOT_NULL:
      return compile_plain(compiler, scope, expr, STEP_IS_NOT_NULL, depth, out);
    case EXPR_IN:
      return compile_in(compiler, scope, expr, depth, out);
    case EXPR_AND:
      return compile_chain(compiler, scope, expr, STEP_AND, depth, out);
    case EXPR_OR:
      return compile_chain(compiler, scope, expr, STEP_OR, depth, out);
    case EXPR_COALESCE:
      return compile_chain(compiler, scope, expr, STEP_COALESCE, depth, out);
    case EXPR_TRY:
      return compile_chain(compiler, scope, expr, STEP_TRY, depth, out);
    case EXPR_CASE:
      return compile_case(compiler, scope, expr, depth, out);
    default:
      // The planner left something that it should have lifted or resolved.
      ASSERT(false);
      return error_set(compiler->error, ERROR_INTERNAL, expr->position, "Expression cannot be evaluated in this place");
  }
}

static Status compile_value(Compiler *compiler, Scope *scope, Expr *expr, uint32_t depth, uint32_t *out) {
  if (depth > EXPR_DEPTH_LIMIT) {
    return error_set(compiler->error, ERROR_BINDER, expr->position,
                     "Max expression depth limit of 1000 exceeded. Use \"SET max_expression_depth TO x\" to increase "
                     "the maximum expression depth.");
  }
  uint64_t hash = expr_hash(expr);
  TRY(known_find(compiler, scope, expr, hash, out));
  if (*out != NO_REGISTER) return OK;
  if (is_leaf(expr)) return compile_leaf(compiler, scope, expr, hash, out);
  TRY(compile_step(compiler, scope, expr, depth + 1, out));
  return known_add(compiler, scope, expr, hash, *out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Conditions
// ---------------------------------------------------------------------------------------------------------------------

// Operands that all are known or leaves need no block; neither do those that are computed for all rows anyway.
static Status compile_leaf_operands(Compiler *compiler, Scope *scope, Expr *const *exprs, uint32_t count,
                                    bool unconditional, uint32_t depth, Condition *condition) {
  bool direct = true;
  for (uint32_t i = 0; i < count && direct && !unconditional; i++) {
    if (is_leaf(exprs[i])) continue;
    uint32_t found;
    TRY(known_find(compiler, scope, exprs[i], expr_hash(exprs[i]), &found));
    direct = found != NO_REGISTER;
  }
  condition->operand_count = count;
  Scope *inner = scope;
  if (!direct && !unconditional) {
    inner = arena_allocate_zeroed(compiler->arena, sizeof *inner);
    if (!inner) return error_no_memory(compiler->error);
    inner->parent = scope;
  }
  for (uint32_t i = 0; i < count; i++) {
    TRY(compile_value(compiler, inner, exprs[i], depth, &condition->operands[i]));
  }
  if (inner == scope) return OK;
  condition->per_entry = true;
  return finish_block(compiler, inner, &condition->block);
}

static Status compile_condition_leaf(Compiler *compiler, Scope *scope, Expr *expr, bool negated, bool unconditional,
                                     uint32_t depth, Condition *condition) {
  Expr *const *operands = expr->children;
  uint32_t count = expr->child_count;
  switch ((ExprKind)expr->kind) {
    case EXPR_CONSTANT:
      condition->kind = CONDITION_CONSTANT;
      condition->truth = !expr->constant.is_null && expr->constant.boolean != negated;
      return OK;
    case EXPR_COMPARE:
      condition->kind = CONDITION_COMPARE;
      condition->compare = (uint8_t)(negated ? compare_op_negate(expr->compare) : expr->compare);
      break;
    case EXPR_IS_NULL:
    case EXPR_IS_NOT_NULL:
      condition->kind = (expr->kind == EXPR_IS_NULL) != negated ? CONDITION_IS_NULL : CONDITION_IS_NOT_NULL;
      break;
    case EXPR_BETWEEN:
      if (negated) goto value;
      condition->kind = CONDITION_RANGE;
      condition->compare = COMPARE_GREATER_EQUAL;
      condition->compare_high = COMPARE_LESS_EQUAL;
      break;
    case EXPR_IN: {
      const InSet *set;
      TRY(make_in_set(compiler, expr, &set));
      if (!set) goto value;
      condition->kind = CONDITION_IN_SET;
      condition->set = set;
      condition->negated = expr->negated != negated;
      count = 1;
      break;
    }
    default:
    value:
      condition->kind = CONDITION_VALUE;
      condition->negated = negated;
      operands = &expr;
      count = 1;
  }
  condition->per_entry = type_physical(operands[0]->type) == PHYSICAL_STRING;
  TRY(compile_leaf_operands(compiler, scope, operands, count, unconditional, depth, condition));
  if (expr_is_volatile(expr)) condition->per_entry = false;
  return OK;
}

// x op constant, the constant on the right.
typedef struct Bound {
  Expr *value;
  Expr *limit;
  CompareOp op;
} Bound;

static bool find_bound(const Expr *expr, Bound *bound) {
  if (expr->kind != EXPR_COMPARE) return false;
  bool right = expr->children[1]->kind == EXPR_CONSTANT || expr->children[1]->kind == EXPR_PARAMETER;
  bool left = expr->children[0]->kind == EXPR_CONSTANT || expr->children[0]->kind == EXPR_PARAMETER;
  if (left == right) return false;
  *bound = (Bound){.value = expr->children[left], .limit = expr->children[right], .op = (CompareOp)expr->compare};
  if (left) bound->op = compare_op_swap(bound->op);
  return true;
}

static bool is_low(CompareOp op) { return op == COMPARE_GREATER || op == COMPARE_GREATER_EQUAL; }
static bool is_high(CompareOp op) { return op == COMPARE_LESS || op == COMPARE_LESS_EQUAL; }

#define PAIRING_LIMIT 64 // conjuncts among which partners are sought

// For conjunct `at`: the later one that bounds the same value from the other side; their number when there is none.
static uint32_t find_partner(const Expr *expr, uint32_t at, const bool *taken, Bound *low, Bound *high) {
  Bound first, second;
  if (expr->child_count > PAIRING_LIMIT || !find_bound(expr->children[at], &first)) return expr->child_count;
  if ((!is_low(first.op) && !is_high(first.op)) || expr_is_volatile(first.value)) return expr->child_count;
  for (uint32_t i = at + 1; i < expr->child_count; i++) {
    if (taken[i] || !find_bound(expr->children[i], &second)) continue;
    bool opposite = is_low(first.op) ? is_high(second.op) : is_low(second.op);
    if (!opposite || !expr_equal(first.value, second.value)) continue;
    *low = is_low(first.op) ? first : second;
    *high = is_low(first.op) ? second : first;
    return i;
  }
  return expr->child_count;
}

// a < x AND x <= b as one look at x.
static Status compile_range(Compiler *compiler, Scope *scope, const Bound *low, const Bound *high, uint32_t depth,
                            Condition **out) {
  Condition *condition = arena_allocate_zeroed(compiler->arena, sizeof *condition);
  if (!condition) return error_no_memory(compiler->error);
  *out = condition;
  condition->kind = CONDITION_RANGE;
  condition->compare = (uint8_t)low->op;
  condition->compare_high = (uint8_t)high->op;
  condition->movable = !expr_can_fail(low->value);
  condition->cost = 1 + expr_cost(low->value) + touch_cost(low->value->type);
  condition->per_entry = type_physical(low->value->type) == PHYSICAL_STRING;
  Expr *operands[] = {low->value, low->limit, high->limit};
  return compile_leaf_operands(compiler, scope, operands, 3, false, depth, condition);
}

// The children as conditions, ranges put together. Returns how many.
static Status compile_children(Compiler *compiler, Scope *scope, Expr *expr, bool negated, uint32_t depth,
                               Condition **written, uint32_t *count) {
  bool taken[PAIRING_LIMIT] = {0};
  *count = 0;
  for (uint32_t i = 0; i < expr->child_count; i++) {
    if (i < PAIRING_LIMIT && taken[i]) continue;
    Bound low = {0}, high = {0};
    bool conjunction = expr->kind == EXPR_AND && !negated;
    uint32_t partner = conjunction ? find_partner(expr, i, taken, &low, &high) : expr->child_count;
    Condition **child = &written[(*count)++];
    if (partner < expr->child_count) {
      taken[partner] = true;
      TRY(compile_range(compiler, scope, &low, &high, depth, child));
    } else {
      TRY(compile_condition(compiler, scope, expr->children[i], negated, false, depth, child));
    }
  }
  return OK;
}

// Movable children first, in the order written; the others keep their order behind them: they then see fewer rows than
// written, never more.
static Status compile_condition_list(Compiler *compiler, Scope *scope, Expr *expr, bool negated, uint32_t depth,
                                     Condition *condition) {
  condition->kind = (expr->kind == EXPR_AND) != negated ? CONDITION_AND : CONDITION_OR;
  condition->state = compiler->state_count++;
  Condition **written, **ordered;
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, written, expr->child_count);
  ARENA_NEW_ARRAY(compiler->arena, compiler->error, ordered, expr->child_count);
  uint32_t child_count = 0, count = 0;
  TRY(compile_children(compiler, scope, expr, negated, depth, written, &child_count));
  for (uint32_t i = 0; i < child_count; i++) {
    if (written[i]->movable) ordered[count++] = written[i];
  }
  condition->movable_count = count;
  for (uint32_t i = 0; i < child_count; i++) {
    if (!written[i]->movable) ordered[count++] = written[i];
  }
  condition->children = ordered;
  condition->child_count = child_count;
  return OK;
}

static Status compile_condition(Compiler *compiler, Scope *scope, Expr *expr, bool negated, bool unconditional,
                                uint32_t depth, Condition **out) {
  if (depth > EXPR_DEPTH_LIMIT) return compile_value(compiler, scope, expr, depth, &(uint32_t){0}); // its error
  while (expr->kind == EXPR_NOT) {
    expr = expr->children[0];
    negated = !negated;
  }
  Condition *condition = arena_allocate_zeroed(compiler->arena, sizeof *condition);
  if (!condition) return error_no_memory(compiler->error);
  *out = condition;
  condition->movable = !expr_can_fail(expr) && !expr_is_volatile(expr);
  condition->cost = 1 + expr_cost(expr);
  if (expr->kind == EXPR_AND || expr->kind == EXPR_OR) {
    return compile_condition_list(compiler, scope, expr, negated, depth + 1, condition);
  }
  return compile_condition_leaf(compiler, scope, expr, negated, unconditional, depth + 1, condition);
}

// ---------------------------------------------------------------------------------------------------------------------
// The whole
// ---------------------------------------------------------------------------------------------------------------------

// Of what the compiler has made, with the root block.
static Status make_program(const Compiler *compiler, const Block *root, Program **out) {
  Program *program;
  ARENA_NEW(compiler->arena, compiler->error, program);
  program->root = root;
  program->registers = compiler->registers.items;
  program->register_count = compiler->registers.count;
  program->argument_slot_count = compiler->argument_slot_count;
  program->state_count = compiler->state_count;
  program->lambda_count = compiler->lambda_count;
  *out = program;
  return OK;
}

Status program_compile(Arena *arena, Error *error, Expr *const *expressions, uint32_t count, Program **out) {
  Compiler compiler = {.arena = arena, .error = error};
  Scope scope = {0};
  const Block *root;
  uint32_t *results;
  ARENA_NEW_ARRAY(arena, error, results, count);
  for (uint32_t i = 0; i < count; i++) TRY(compile_value(&compiler, &scope, expressions[i], 0, &results[i]));
  TRY(finish_block(&compiler, &scope, &root));
  TRY(make_program(&compiler, root, out));
  (*out)->results = results;
  (*out)->result_count = count;
  return OK;
}

Status program_compile_filter(Arena *arena, Error *error, Expr *expression, Program **out) {
  Compiler compiler = {.arena = arena, .error = error};
  Scope scope = {0};
  const Block *root;
  Condition *condition;
  TRY(compile_condition(&compiler, &scope, expression, false, false, 0, &condition));
  TRY(finish_block(&compiler, &scope, &root));
  TRY(make_program(&compiler, root, out));
  (*out)->condition = condition;
  return OK;
}
