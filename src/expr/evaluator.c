// SPDX-License-Identifier: MIT
//
// evaluator.c: runs a program's steps over chunks: opening and closing, plain steps, lambdas, projections.
//
// A plain step looks at the forms of its operands first:
//   all constant         computed for one row, the result is constant
//   a constant NULL      the result is NULL without a call, where NULL in means NULL out
//   one small dictionary computed once for each entry that is referred to, where that is dear; the result is a dictionary
//   otherwise            computed for all rows; the kernels know the forms
#include "expr/evaluator.h"

// ---------------------------------------------------------------------------------------------------------------------
// Life
// ---------------------------------------------------------------------------------------------------------------------

Status evaluator_own_vector(Evaluator *evaluator, Type type, uint32_t capacity, Vector **out) {
  OwnedVector *owned;
  ARENA_NEW(&evaluator->arena, evaluator->context->error, owned);
  TRY(vector_init(&owned->vector, evaluator->memory, type, capacity, evaluator->context->error));
  owned->next = evaluator->owned;
  evaluator->owned = owned;
  *out = &owned->vector;
  return OK;
}

Status evaluator_rows(Evaluator *evaluator, uint32_t **out) {
  *out = arena_allocate(&evaluator->arena, sizeof **out * VECTOR_CAPACITY);
  return *out ? OK : error_no_memory(evaluator->context->error);
}

static Status fill_parameter(Evaluator *evaluator, const Register *info, Vector *vector) {
  Error *error = evaluator->context->error;
  ASSERT(evaluator->parameters);
  Value value = evaluator->parameters[info->parameter];
  bool open_type = info->type.id == TYPE_UNKNOWN || info->type.id == TYPE_NULL;
  if (!open_type && !type_equal(value.type, info->type)) {
    TRY(value_cast(&evaluator->arena, &value, info->type, &value, error));
  }
  return vector_fill_value(vector, &value, error);
}

static Status make_registers(Evaluator *evaluator) {
  const Program *program = evaluator->program;
  Error *error = evaluator->context->error;
  for (uint32_t i = 0; i < program->register_count; i++) {
    const Register *info = &program->registers[i];
    Vector *vector = &evaluator->registers[i];
    evaluator->values[i] = vector;
    switch ((RegisterKind)info->kind) {
      case REGISTER_CONSTANT:
        TRY(vector_init(vector, evaluator->memory, info->type, 1, error));
        evaluator->register_ready[i] = true;
        TRY(vector_fill_value(vector, info->constant, error));
        break;
      case REGISTER_PARAMETER: {
        Type type = info->type.id == TYPE_UNKNOWN ? evaluator->parameters[info->parameter].type : info->type;
        TRY(vector_init(vector, evaluator->memory, type, 1, error));
        evaluator->register_ready[i] = true;
        TRY(fill_parameter(evaluator, info, vector));
        break;
      }
      case REGISTER_IMPORT:
        TRY(vector_init(vector, evaluator->memory, info->type, 0, error));
        evaluator->register_ready[i] = true;
        break;
      case REGISTER_INPUT:
      case REGISTER_STEP:
        break;
    }
  }
  return OK;
}

static Status make_arrays(Evaluator *evaluator) {
  const Program *program = evaluator->program;
  Arena *arena = &evaluator->arena;
  Error *error = evaluator->context->error;
  ARENA_NEW_ARRAY(arena, error, evaluator->registers, program->register_count);
  ARENA_NEW_ARRAY(arena, error, evaluator->register_ready, program->register_count);
  ARENA_NEW_ARRAY(arena, error, evaluator->values, program->register_count);
  ARENA_NEW_ARRAY(arena, error, evaluator->arguments, program->argument_slot_count);
  ARENA_NEW_ARRAY(arena, error, evaluator->states, program->state_count);
  ARENA_NEW_ARRAY(arena, error, evaluator->lambdas, program->lambda_count);
  if (evaluator->context->disguise) {
    ARENA_NEW_ARRAY(arena, error, evaluator->disguises, program->register_count);
  }
  return make_registers(evaluator);
}

Status evaluator_open_sized(Evaluator **out, const Program *program, const Value *parameters, EvalContext *context,
                            uint32_t row_capacity) {
  Evaluator *evaluator = memory_allocate_zeroed(context->memory, sizeof *evaluator);
  *out = NULL;
  if (!evaluator) return error_no_memory(context->error);
  evaluator->program = program;
  evaluator->context = context;
  evaluator->parameters = parameters;
  evaluator->memory = context->memory;
  evaluator->row_capacity = row_capacity;
  arena_init(&evaluator->arena, context->memory);
  Status status = make_arrays(evaluator);
  if (status != OK) {
    evaluator_close(evaluator);
    return status;
  }
  *out = evaluator;
  return OK;
}

Status evaluator_open(Evaluator **out, const Program *program, const Value *parameters, EvalContext *context) {
  return evaluator_open_sized(out, program, parameters, context, VECTOR_CAPACITY);
}

void evaluator_close(Evaluator *evaluator) {
  if (!evaluator) return;
  for (uint32_t i = 0; evaluator->lambdas && i < evaluator->program->lambda_count; i++) {
    evaluator_close(evaluator->lambdas[i]);
  }
  for (uint32_t i = 0; i < evaluator->lambda_input_count; i++) vector_free(&evaluator->lambda_inputs[i]);
  for (uint32_t i = 0; evaluator->disguises && i < evaluator->program->register_count; i++) {
    disguise_free(evaluator->disguises[i]);
  }
  for (OwnedVector *owned = evaluator->owned; owned; owned = owned->next) vector_free(&owned->vector);
  for (uint32_t i = 0; evaluator->register_ready && i < evaluator->program->register_count; i++) {
    if (evaluator->register_ready[i]) vector_free(&evaluator->registers[i]);
  }
  arena_free(&evaluator->arena);
  memory_free(evaluator->memory, evaluator, sizeof *evaluator);
}

Status register_write(Evaluator *evaluator, uint32_t register_index, uint32_t row_count, Vector **out) {
  Vector *vector = &evaluator->registers[register_index];
  Error *error = evaluator->context->error;
  Type type = evaluator->program->registers[register_index].type;
  uint32_t capacity = row_count <= 1 ? 1 : evaluator->row_capacity;
  *out = vector;
  if (LIKELY(evaluator->register_ready[register_index])) {
    if (LIKELY(vector->capacity >= capacity)) {
      // The kernel before may have made it a view of an argument in another physical type.
      vector->type = type;
      vector->physical = (uint8_t)type_physical(type);
      return vector_reset(vector, error);
    }
    evaluator->register_ready[register_index] = false;
    vector_free(vector);
  }
  TRY(vector_init(vector, evaluator->memory, type, capacity, error));
  evaluator->register_ready[register_index] = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Kernels of plain steps
// ---------------------------------------------------------------------------------------------------------------------

static Status apply_not(Evaluator *evaluator, const Vector *value, uint32_t row_count, Vector *result) {
  VectorView view;
  vector_view(value, &view);
  const uint8_t *data = view.data;
  uint8_t *out = result->data;
  if (!view.selection && view.mask) {
    for (uint32_t row = 0; row < row_count; row++) out[row] = data[row] ^ 1;
  } else {
    for (uint32_t row = 0; row < row_count; row++) out[row] = data[view_row(&view, row)] ^ 1;
  }
  if (!view.validity) return OK;
  TRY(vector_need_validity(result, evaluator->context->error));
  for (uint32_t row = 0; row < row_count; row++) {
    if (!view_valid(&view, view_row(&view, row))) bit_clear(result->validity, row);
  }
  return OK;
}

static Status apply_is_null(const Vector *value, uint32_t row_count, bool null_is, Vector *result) {
  VectorView view;
  vector_view(value, &view);
  uint8_t *out = result->data;
  if (!view.validity) {
    if (row_count) memset(out, !null_is, row_count);
    return OK;
  }
  for (uint32_t row = 0; row < row_count; row++) out[row] = view_valid(&view, view_row(&view, row)) != null_is;
  return OK;
}

// A BOOLEAN vector that a step needs beside its result.
static Status step_side_vector(Evaluator *evaluator, const Step *step, Vector **out) {
  if (!evaluator->states[step->state]) {
    TRY(evaluator_own_vector(evaluator, TYPE(BOOLEAN), evaluator->row_capacity, out));
    evaluator->states[step->state] = *out;
    return OK;
  }
  *out = evaluator->states[step->state];
  return vector_reset(*out, evaluator->context->error);
}

// What SQL's three truths are as numbers while they are combined.
enum { TRUTH_FALSE = 0, TRUTH_TRUE = 1, TRUTH_NULL = 2 };

static inline uint8_t truth_at(const VectorView *view, uint32_t row) {
  uint32_t at = view_row(view, row);
  return view_valid(view, at) ? ((const uint8_t *)view->data)[at] : TRUTH_NULL;
}

static Status set_truth(Evaluator *evaluator, Vector *result, uint32_t row, uint8_t truth) {
  ((uint8_t *)result->data)[row] = truth & 1;
  return truth == TRUTH_NULL ? vector_set_null(result, row, evaluator->context->error) : OK;
}

static Status apply_between(Evaluator *evaluator, const Step *step, const Vector *const *arguments, uint32_t row_count,
                            Vector *result) {
  Error *error = evaluator->context->error;
  Vector *side;
  TRY(step_side_vector(evaluator, step, &side));
  TRY(vector_compare(COMPARE_GREATER_EQUAL, arguments[0], arguments[1], row_count, result, error));
  TRY(vector_compare(COMPARE_LESS_EQUAL, arguments[0], arguments[2], row_count, side, error));
  TRY(vector_flatten(result, row_count, error));
  TRY(vector_flatten(side, row_count, error));
  uint8_t *low = result->data;
  const uint8_t *high = side->data;
  if (!result->validity && !side->validity) {
    for (uint32_t row = 0; row < row_count; row++) low[row] &= high[row];
    return OK;
  }
  VectorView low_view, high_view;
  TRY(vector_need_validity(result, error));
  vector_view(result, &low_view);
  vector_view(side, &high_view);
  for (uint32_t row = 0; row < row_count; row++) {
    uint8_t a = truth_at(&low_view, row), b = truth_at(&high_view, row);
    uint8_t both = a == TRUTH_FALSE || b == TRUTH_FALSE ? TRUTH_FALSE : (a | b) > 1 ? TRUTH_NULL : TRUTH_TRUE;
    low[row] = both & 1;
    if (both == TRUTH_NULL) {
      bit_clear(result->validity, row);
    } else {
      bit_set(result->validity, row);
    }
  }
  return OK;
}

static Status apply_in_list(Evaluator *evaluator, const Step *step, const Vector *const *arguments, uint32_t row_count,
                            Vector *result) {
  Error *error = evaluator->context->error;
  Vector *side;
  uint8_t *found = result->data; // of each row: TRUTH_… of the candidates so far
  if (row_count) memset(found, TRUTH_FALSE, row_count);
  for (uint32_t i = 1; i < step->operand_count; i++) {
    TRY(step_side_vector(evaluator, step, &side));
    TRY(vector_compare(COMPARE_EQUAL, arguments[0], arguments[i], row_count, side, error));
    VectorView view;
    vector_view(side, &view);
    for (uint32_t row = 0; row < row_count; row++) {
      uint8_t equal = truth_at(&view, row);
      found[row] = found[row] == TRUTH_TRUE || equal == TRUTH_TRUE ? TRUTH_TRUE : found[row] | equal;
    }
  }
  for (uint32_t row = 0; row < row_count; row++) {
    uint8_t truth = found[row];
    if (step->negated && truth != TRUTH_NULL) truth ^= 1;
    TRY(set_truth(evaluator, result, row, truth));
  }
  return OK;
}

static Status apply_cast(Evaluator *evaluator, const Step *step, const Vector *source, uint32_t row_count,
                         Vector *result) {
  const EvalContext *context = evaluator->context;
  CastContext cast = {.memory = evaluator->memory,
                      .error = context->error,
                      .try_cast = step->try_cast,
                      .position = step->position,
                      .source_column = step->source_column,
                      .zone = session_zone(context->facts)};
  return vector_cast(&cast, source, row_count, result);
}

static Status apply_plain(Evaluator *evaluator, const Step *step, const Vector *const *arguments, uint32_t row_count,
                          Vector *result) {
  Error *error = evaluator->context->error;
  switch ((StepKind)step->kind) {
    case STEP_CALL:
      return step->call->function->kernel(evaluator->context, step->call, arguments, row_count, result);
    case STEP_CAST:
      return apply_cast(evaluator, step, arguments[0], row_count, result);
    case STEP_COMPARE:
      return vector_compare((CompareOp)step->compare, arguments[0], arguments[1], row_count, result, error);
    case STEP_BETWEEN:
      return apply_between(evaluator, step, arguments, row_count, result);
    case STEP_IN_SET:
      return in_set_evaluate(step->set, arguments[0], row_count, step->negated, result, error);
    case STEP_IN_LIST:
      return apply_in_list(evaluator, step, arguments, row_count, result);
    case STEP_NOT:
      return apply_not(evaluator, arguments[0], row_count, result);
    case STEP_IS_NULL:
      return apply_is_null(arguments[0], row_count, true, result);
    default:
      ASSERT(step->kind == STEP_IS_NOT_NULL);
      return apply_is_null(arguments[0], row_count, false, result);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Once for each dictionary entry
// ---------------------------------------------------------------------------------------------------------------------

bool dictionary_collect(Evaluator *evaluator, const Vector *vector, const uint32_t *rows, uint32_t count,
                        uint32_t *entry_count) {
  uint32_t size = vector->dictionary->capacity;
  if (size > DICTIONARY_ENTRY_LIMIT || size * 2 > count || evaluator->dictionary_busy) return false;
  if (!evaluator->entries) {
    uint32_t *entries = arena_allocate(&evaluator->arena, sizeof *entries * DICTIONARY_ENTRY_LIMIT);
    evaluator->entry_marks = arena_allocate_zeroed(&evaluator->arena, sizeof(uint16_t) * DICTIONARY_ENTRY_LIMIT);
    if (!entries || !evaluator->entry_marks) return false; // the plain way needs no memory
    evaluator->entries = entries;
  }
  evaluator->dictionary_busy = true;
  uint32_t found = 0;
  const uint32_t *selection = vector->selection;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t entry = selection[rows ? rows[i] : i];
    if (UNLIKELY(entry >= size)) { // a dictionary that borrows its rows: its capacity does not tell their number
      dictionary_release(evaluator, found);
      return false;
    }
    if (evaluator->entry_marks[entry]) continue;
    evaluator->entries[found++] = entry;
    evaluator->entry_marks[entry] = (uint16_t)found;
  }
  *entry_count = found;
  return true;
}

void dictionary_release(Evaluator *evaluator, uint32_t entry_count) {
  for (uint32_t i = 0; i < entry_count; i++) evaluator->entry_marks[evaluator->entries[i]] = 0;
  evaluator->dictionary_busy = false;
}

// The state of a plain step that ran per entry. IN_LIST and BETWEEN keep their side vector in the same slot and never
// run per entry.
typedef struct EntryState {
  Vector *operand;     // the entries referred to
  Vector *result;      // the function of them
  uint32_t *selection; // of each row: position in result
} EntryState;

static Status entry_state(Evaluator *evaluator, const Step *step, const Vector *operand, EntryState **out) {
  EntryState *state = evaluator->states[step->state];
  if (!state) {
    ARENA_NEW(&evaluator->arena, evaluator->context->error, state);
    TRY(evaluator_own_vector(evaluator, operand->type, 0, &state->operand));
    TRY(evaluator_own_vector(evaluator, evaluator->program->registers[step->target].type, DICTIONARY_ENTRY_LIMIT,
                             &state->result));
    TRY(evaluator_rows(evaluator, &state->selection));
    evaluator->states[step->state] = state;
  }
  Type type = evaluator->program->registers[step->target].type;
  state->result->type = type;
  state->result->physical = (uint8_t)type_physical(type);
  *out = state;
  return vector_reset(state->result, evaluator->context->error);
}

static Status run_entries(Evaluator *evaluator, const Step *step, const Vector **arguments, uint32_t at,
                          uint32_t entry_count, uint32_t row_count, Vector *result) {
  Error *error = evaluator->context->error;
  const Vector *operand = arguments[at];
  EntryState *state = NULL;
  TRY(entry_state(evaluator, step, operand, &state));
  TRY(vector_slice(state->operand, operand->dictionary, evaluator->entries, entry_count, error));
  arguments[at] = state->operand;
  TRY(apply_plain(evaluator, step, arguments, entry_count, state->result));
  for (uint32_t row = 0; row < row_count; row++) {
    state->selection[row] = evaluator->entry_marks[operand->selection[row]] - 1u;
  }
  return vector_slice(result, state->result, state->selection, row_count, error);
}

static bool runs_per_entry(const Step *step) {
  return step->per_entry && step->kind != STEP_BETWEEN && step->kind != STEP_IN_LIST;
}

// ---------------------------------------------------------------------------------------------------------------------
// Steps
// ---------------------------------------------------------------------------------------------------------------------

static Status make_constant(Evaluator *evaluator, Vector *result) {
  if (result->form == VECTOR_CONSTANT) return OK;
  if (result->form == VECTOR_DICTIONARY) TRY(vector_flatten(result, 1, evaluator->context->error));
  vector_set_constant(result);
  return OK;
}

static bool is_constant_null(const Vector *vector) {
  return vector->form == VECTOR_CONSTANT && vector->validity && !bit_get(vector->validity, 0);
}

HOT static Status run_plain(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  const Vector **arguments = evaluator->arguments + step->argument_slot;
  uint32_t varying_count = 0, varying = 0;
  bool null_operand = false;
  for (uint32_t i = 0; i < step->operand_count; i++) {
    const Vector *value = evaluator->values[step->operands[i]];
    arguments[i] = value;
    if (value->form != VECTOR_CONSTANT) {
      varying_count++;
      varying = i;
    } else {
      null_operand |= is_constant_null(value);
    }
  }
  bool is_null = null_operand && step->nulls_propagate;
  bool is_constant = varying_count == 0 && step->pure;
  Vector *result;
  TRY(register_write(evaluator, step->target, is_null || is_constant ? 1 : row_count, &result));
  if (UNLIKELY(is_null)) {
    vector_set_null_constant(result);
    return OK;
  }
  if (is_constant) {
    TRY(apply_plain(evaluator, step, arguments, 1, result));
    return make_constant(evaluator, result);
  }
  uint32_t entry_count;
  if (varying_count == 1 && arguments[varying]->form == VECTOR_DICTIONARY && runs_per_entry(step) &&
      dictionary_collect(evaluator, arguments[varying], NULL, row_count, &entry_count)) {
    Status status = run_entries(evaluator, step, arguments, varying, entry_count, row_count, result);
    dictionary_release(evaluator, entry_count);
    return status;
  }
  return apply_plain(evaluator, step, arguments, row_count, result);
}

static Status open_lambda(Evaluator *evaluator, const LambdaCall *lambda, Evaluator **out) {
  Evaluator **slot = &evaluator->lambdas[lambda->slot];
  if (!*slot) {
    TRY(evaluator_open(slot, lambda->program, evaluator->parameters, evaluator->context));
    (*slot)->is_lambda = true;
  }
  *out = *slot;
  if ((*slot)->lambda_inputs) return OK;
  ARENA_NEW_ARRAY(&(*slot)->arena, evaluator->context->error, (*slot)->lambda_inputs,
                  lambda->parameter_count + lambda->capture_count);
  return OK;
}

static Status run_lambda_call(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  EvalContext *context = evaluator->context;
  const LambdaCall *lambda = step->call->lambda;
  const Vector **arguments = evaluator->arguments + step->argument_slot;
  bool constant = step->pure;
  for (uint32_t i = 0; i < step->operand_count; i++) {
    arguments[i] = step->operands[i] == NO_REGISTER ? NULL : evaluator->values[step->operands[i]];
    constant &= !arguments[i] || arguments[i]->form == VECTOR_CONSTANT;
  }
  Evaluator *body = NULL;
  TRY(open_lambda(evaluator, lambda, &body));
  Vector *result;
  TRY(register_write(evaluator, step->target, constant ? 1 : row_count, &result));
  Evaluator *outer = context->lambda;
  context->lambda = body;
  Status status = step->call->function->kernel(context, step->call, arguments, constant ? 1 : row_count, result);
  context->lambda = outer;
  if (status != OK || !constant) return status;
  return make_constant(evaluator, result);
}

// The inputs of a body take the types of what is handed in: made at the first run.
static Status lambda_input(Evaluator *body, uint32_t index, const Vector *source, const uint32_t *rows,
                           uint32_t count) {
  Error *error = body->context->error;
  if (index == body->lambda_input_count) {
    TRY(vector_init(&body->lambda_inputs[index], body->memory, source->type, 0, error));
    body->lambda_input_count++;
  }
  if (!rows) {
    vector_borrow(&body->lambda_inputs[index], source);
    return OK;
  }
  return vector_slice(&body->lambda_inputs[index], source, rows, count, error);
}

Status lambda_run(EvalContext *context, const ScalarCall *call, const Vector *const *parameters,
                  const Vector *const *arguments, const uint32_t *rows, uint32_t count, Vector *result) {
  Evaluator *body = context->lambda;
  const LambdaCall *lambda = call->lambda;
  ASSERT(body && body->program == lambda->program && count <= VECTOR_CAPACITY);
  for (uint32_t i = 0; i < lambda->parameter_count; i++) TRY(lambda_input(body, i, parameters[i], NULL, count));
  for (uint32_t i = 0; i < lambda->capture_count; i++) {
    const Vector *capture = arguments[call->argument_count + i];
    TRY(lambda_input(body, lambda->parameter_count + i, capture, rows, count));
  }
  Chunk chunk = {.columns = body->lambda_inputs,
                 .column_count = body->lambda_input_count,
                 .row_count = count,
                 .memory = body->memory};
  return evaluator_run(body, &chunk, result);
}

// ---------------------------------------------------------------------------------------------------------------------
// Blocks and runs
// ---------------------------------------------------------------------------------------------------------------------

Status block_enter(Evaluator *evaluator, const Block *block, const uint32_t *rows, uint32_t count) {
  for (uint32_t i = 0; i < block->import_count; i++) {
    const Import *import = &block->imports[i];
    const Vector *source = evaluator->values[import->source];
    if (!rows || source->form == VECTOR_CONSTANT) {
      evaluator->values[import->target] = source;
      continue;
    }
    Vector *slice = &evaluator->registers[import->target];
    TRY(vector_slice(slice, source, rows, count, evaluator->context->error));
    evaluator->values[import->target] = slice;
  }
  return OK;
}

// For tests: what reads the result meets it in another form.
static Status disguise_result(Evaluator *evaluator, uint32_t target, uint32_t row_count) {
  const EvalContext *context = evaluator->context;
  return disguise_vector(&evaluator->disguises[target], evaluator->memory, context->disguise,
                         &evaluator->registers[target], row_count, &evaluator->values[target], context->error);
}

Status block_run(Evaluator *evaluator, const Block *block, uint32_t row_count) {
  for (uint32_t i = 0; i < block->step_count; i++) {
    const Step *step = &block->steps[i];
    if (step->kind <= STEP_LAST_PLAIN) {
      TRY(run_plain(evaluator, step, row_count));
    } else if (step->kind == STEP_LAMBDA_CALL) {
      TRY(run_lambda_call(evaluator, step, row_count));
    } else {
      TRY(step_run_conditional(evaluator, step, row_count));
    }
    if (UNLIKELY(evaluator->disguises)) TRY(disguise_result(evaluator, step->target, row_count));
  }
  return OK;
}

static void enter_root(Evaluator *evaluator, const Block *root, const Chunk *input) {
  for (uint32_t i = 0; i < root->import_count; i++) {
    ASSERT(root->imports[i].source < input->column_count);
    evaluator->values[root->imports[i].target] = &input->columns[root->imports[i].source];
  }
  if (evaluator->context->scratch && !evaluator->is_lambda) arena_reset(evaluator->context->scratch);
}

Status evaluator_run(Evaluator *evaluator, const Chunk *input, Vector *results) {
  const Program *program = evaluator->program;
  ASSERT(input->row_count <= evaluator->row_capacity);
  enter_root(evaluator, program->root, input);
  // No rows: no step runs, for a step over constants would compute, and might fail, for a row that is not there.
  if (input->row_count) TRY(block_run(evaluator, program->root, input->row_count));
  for (uint32_t i = 0; i < program->result_count; i++) {
    uint32_t result = program->results[i];
    if (!input->row_count && program->registers[result].kind == REGISTER_STEP) {
      Vector *empty;
      TRY(register_write(evaluator, result, 0, &empty));
    }
    results[i] = *evaluator->values[result];
  }
  return OK;
}

Status evaluator_select(Evaluator *evaluator, const Chunk *input, uint32_t *selection, uint32_t *count) {
  const Program *program = evaluator->program;
  ASSERT(program->condition && input->row_count <= evaluator->row_capacity);
  *count = 0;
  if (!input->row_count) return OK;
  enter_root(evaluator, program->root, input);
  TRY(block_run(evaluator, program->root, input->row_count));
  return condition_select(evaluator, program->condition, NULL, input->row_count, selection, count);
}
