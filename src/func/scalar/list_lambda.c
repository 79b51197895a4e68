// SPDX-License-Identifier: MIT
//
// list_lambda.c: list_transform, list_filter and list_reduce: a lambda over the elements of lists.
//
// Elements of many rows go through the lambda's body together, up to a chunk at a time. Reduction runs in steps: step k
// combines the accumulators of all rows that still have an element with their k-th.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// Batches of elements
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Batch {
  EvalContext *context;
  const ScalarCall *call;
  const Vector *const *arguments;
  Vector *result;
  const Vector *child;
  uint32_t *elements; // [VECTOR_CAPACITY] indices into the child
  uint32_t *rows;     // [VECTOR_CAPACITY] the row of each
  uint32_t count;
  Vector element; // the parameters
  Vector position;
  Vector output; // what the body gave: its registers', owns nothing
} Batch;

static Status batch_open(Batch *batch, EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                         Vector *result, const Vector *child) {
  *batch = (Batch){.context = context, .call = call, .arguments = arguments, .result = result, .child = child};
  batch->elements = arena_allocate(context->scratch, sizeof(uint32_t) * VECTOR_CAPACITY);
  batch->rows = arena_allocate(context->scratch, sizeof(uint32_t) * VECTOR_CAPACITY);
  if (!batch->elements || !batch->rows) return error_no_memory(context->error);
  TRY(vector_init(&batch->element, context->memory, child->type, 1, context->error));
  return vector_init(&batch->position, context->memory, TYPE(BIGINT), VECTOR_CAPACITY, context->error);
}

static void batch_close(Batch *batch) { // vectors that were not opened are zero
  vector_free(&batch->element);
  vector_free(&batch->position);
}

static Status batch_run(Batch *batch) {
  Error *error = batch->context->error;
  TRY(vector_slice(&batch->element, batch->child, batch->elements, batch->count, error));
  const Vector *parameters[2] = {&batch->element, &batch->position};
  return lambda_run(batch->context, batch->call, parameters, batch->arguments, batch->rows, batch->count,
                    &batch->output);
}

// ---------------------------------------------------------------------------------------------------------------------
// list_transform
// ---------------------------------------------------------------------------------------------------------------------

static Status flush_transform(Batch *batch, uint32_t *written) {
  if (!batch->count) return OK;
  TRY(batch_run(batch));
  TRY(vector_copy(&batch->result->children[0], *written, &batch->output, NULL, 0, batch->count, batch->context->error));
  *written += batch->count;
  batch->count = 0;
  return OK;
}

static Status transform_rows(Batch *batch, uint32_t row_count) {
  Error *error = batch->context->error;
  VectorView lists;
  vector_view(batch->arguments[0], &lists);
  uint32_t written = batch->result->child_rows;
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&lists, row), start;
    if (!view_valid(&lists, at)) {
      TRY(vector_set_null(batch->result, row, error));
      continue;
    }
    ListEntry entry = ((const ListEntry *)lists.data)[at];
    TRY(list_append_entry(batch->result, row, entry.length, &start, error));
    for (uint32_t i = 0; i < entry.length; i++) {
      batch->elements[batch->count] = entry.offset + i;
      batch->rows[batch->count] = row;
      ((int64_t *)batch->position.data)[batch->count] = (int64_t)i + 1;
      if (++batch->count == VECTOR_CAPACITY) TRY(flush_transform(batch, &written));
    }
  }
  return flush_transform(batch, &written);
}

// ---------------------------------------------------------------------------------------------------------------------
// list_filter: the entries are built while elements are kept, row after row
// ---------------------------------------------------------------------------------------------------------------------

static Status flush_filter(Batch *batch) {
  if (!batch->count) return OK;
  Error *error = batch->context->error;
  TRY(batch_run(batch));
  VectorView flags;
  vector_view(&batch->output, &flags);
  uint32_t kept = 0, at;
  ListEntry *entries = batch->result->data;
  for (uint32_t i = 0; i < batch->count; i++) {
    uint32_t flag = view_row(&flags, i);
    if (!view_valid(&flags, flag) || !((const uint8_t *)flags.data)[flag]) continue;
    batch->elements[kept++] = batch->elements[i];
    entries[batch->rows[i]].length++;
  }
  batch->count = 0;
  if (!kept) return OK;
  // Room for the kept ones; the entry that list_append_entry sets is put back.
  ListEntry first = entries[0];
  TRY(list_append_entry(batch->result, 0, kept, &at, error));
  ((ListEntry *)batch->result->data)[0] = first;
  return vector_copy(&batch->result->children[0], at, batch->child, batch->elements, 0, kept, error);
}

static Status filter_rows(Batch *batch, uint32_t row_count) {
  Error *error = batch->context->error;
  VectorView lists;
  vector_view(batch->arguments[0], &lists);
  ListEntry *entries = batch->result->data;
  for (uint32_t row = 0; row < row_count; row++) entries[row] = (ListEntry){0, 0};
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&lists, row);
    if (!view_valid(&lists, at)) {
      TRY(vector_set_null(batch->result, row, error));
      continue;
    }
    ListEntry entry = ((const ListEntry *)lists.data)[at];
    for (uint32_t i = 0; i < entry.length; i++) {
      batch->elements[batch->count] = entry.offset + i;
      batch->rows[batch->count] = row;
      ((int64_t *)batch->position.data)[batch->count] = (int64_t)i + 1;
      if (++batch->count == VECTOR_CAPACITY) TRY(flush_filter(batch));
    }
  }
  TRY(flush_filter(batch));
  uint32_t offset = 0;
  for (uint32_t row = 0; row < row_count; row++) {
    entries[row].offset = offset;
    offset += entries[row].length;
  }
  return OK;
}

typedef Status (*BatchRows)(Batch *batch, uint32_t row_count);

static Status run_batches(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                          uint32_t row_count, Vector *result, BatchRows rows) {
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  VectorView lists;
  vector_view(arguments[0], &lists);
  Batch batch;
  Status status = batch_open(&batch, context, call, arguments, result, &lists.base->children[0]);
  if (status == OK) status = rows(&batch, row_count);
  batch_close(&batch);
  return status;
}

KERNEL(list_transform) { return run_batches(context, call, arguments, row_count, result, transform_rows); }
KERNEL(list_filter) { return run_batches(context, call, arguments, row_count, result, filter_rows); }

// ---------------------------------------------------------------------------------------------------------------------
// list_reduce(list, (accumulator, element [, index]) -> … [, initial])
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Reduction {
  EvalContext *context;
  const ScalarCall *call;
  const Vector *const *arguments;
  const Vector *child;
  VectorView lists;
  uint32_t *active;   // rows that still have an element
  uint32_t *elements; // their element of this step
  uint32_t *earlier;  // where the accumulator of an active row lies in the accumulators of the last step
  uint32_t count;
  uint32_t first; // index of the first element that is combined: 0 with an initial value, else 1
  Vector accumulators[2];
  Vector element, position, taken;
  Vector output; // what the body gave: its registers', owns nothing
} Reduction;

static Status reduction_open(Reduction *run, uint32_t row_count) {
  EvalContext *context = run->context;
  Type type = run->call->result_type;
  run->active = arena_allocate(context->scratch, sizeof(uint32_t) * ((size_t)row_count + 1));
  run->elements = arena_allocate(context->scratch, sizeof(uint32_t) * ((size_t)row_count + 1));
  run->earlier = arena_allocate(context->scratch, sizeof(uint32_t) * ((size_t)row_count + 1));
  if (!run->active || !run->elements || !run->earlier) return error_no_memory(context->error);
  for (int i = 0; i < 2; i++) {
    TRY(vector_init(&run->accumulators[i], context->memory, type, VECTOR_CAPACITY, context->error));
  }
  TRY(vector_init(&run->element, context->memory, run->child->type, 1, context->error));
  TRY(vector_init(&run->taken, context->memory, type, 1, context->error));
  return vector_init(&run->position, context->memory, TYPE(BIGINT), 1, context->error);
}

static void reduction_close(Reduction *run) {
  for (int i = 0; i < 2; i++) vector_free(&run->accumulators[i]);
  vector_free(&run->element);
  vector_free(&run->taken);
  vector_free(&run->position);
}

// The accumulators before the first step; rows that are done already get their result.
static Status reduction_start(Reduction *run, uint32_t row_count, Vector *result) {
  Error *error = run->context->error;
  bool has_initial = run->first == 0;
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&run->lists, row);
    if (!view_valid(&run->lists, at)) {
      TRY(vector_set_null(result, row, error));
      continue;
    }
    ListEntry entry = ((const ListEntry *)run->lists.data)[at];
    if (!has_initial && !entry.length) {
      return error_set(error, ERROR_PARAMETER, run->call->position,
                       "Cannot perform list_reduce on an empty input list");
    }
    const Vector *source = has_initial ? run->arguments[2] : run->child;
    TRY(vector_copy(&run->accumulators[0], run->count, source, NULL, has_initial ? row : entry.offset, 1, error));
    run->earlier[run->count] = run->count;
    run->active[run->count++] = row;
  }
  return OK;
}

// Drops the rows that have no element `step`, giving them their accumulator as result.
static Status reduction_settle(Reduction *run, uint32_t step, const Vector *accumulators, Vector *result) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < run->count; i++) {
    uint32_t row = run->active[i];
    ListEntry entry = ((const ListEntry *)run->lists.data)[view_row(&run->lists, row)];
    if (step >= entry.length) {
      TRY(vector_copy(result, row, accumulators, NULL, i, 1, run->context->error));
      continue;
    }
    run->active[kept] = row;
    run->elements[kept] = entry.offset + step;
    run->earlier[kept++] = i;
  }
  run->count = kept;
  return OK;
}

static Status reduction_steps(Reduction *run, Vector *result) {
  Error *error = run->context->error;
  uint32_t present = 0;
  for (uint32_t step = run->first;; step++) {
    Vector *accumulators = &run->accumulators[present];
    TRY(reduction_settle(run, step, accumulators, result));
    if (!run->count) return OK;
    TRY(vector_slice(&run->taken, accumulators, run->earlier, run->count, error));
    TRY(vector_slice(&run->element, run->child, run->elements, run->count, error));
    TRY(vector_reset(&run->position, error));
    ((int64_t *)run->position.data)[0] = (int64_t)step + 1;
    vector_set_constant(&run->position);
    const Vector *parameters[3] = {&run->taken, &run->element, &run->position};
    TRY(lambda_run(run->context, run->call, parameters, run->arguments, run->active, run->count, &run->output));
    Vector *next = &run->accumulators[present = 1 - present];
    TRY(vector_reset(next, error));
    TRY(vector_copy(next, 0, &run->output, NULL, 0, run->count, error));
  }
}

KERNEL(list_reduce) {
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  Reduction run = {.context = context, .call = call, .arguments = arguments, .first = call->argument_count == 2};
  vector_view(arguments[0], &run.lists);
  run.child = &run.lists.base->children[0];
  Status status = reduction_open(&run, row_count);
  if (status == OK) status = reduction_start(&run, row_count, result);
  if (status == OK) status = reduction_steps(&run, result);
  reduction_close(&run);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

static Status element_of(ScalarBind *bind, Type *element) {
  Type type = argument_type(bind->arguments[0]);
  if (list_element_type(type, element)) return OK;
  if (type.id == TYPE_MAP) {
    *element = type_element(type);
    return OK;
  }
  return error_set(bind->error, ERROR_BINDER, bind->position, "Invalid LIST argument during lambda function binding!");
}

// x or (x, i)
static Status element_parameters(ScalarBind *bind, uint32_t parameter_count, Type *types) {
  if (parameter_count > 2) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "This lambda function only supports up to two lambda parameters!");
  }
  TRY(element_of(bind, &types[0]));
  if (parameter_count > 1) types[1] = TYPE(BIGINT);
  return OK;
}

// What accumulators are: elements, or what elements and the initial value have in common.
static Status accumulator_type(ScalarBind *bind, Type *type) {
  TRY(element_of(bind, type));
  if (bind->argument_count < 3 || bind->arguments[2]->kind == EXPR_LAMBDA) return OK;
  Type initial = argument_type(bind->arguments[2]);
  if (!type_unify(bind->arena, *type, initial, type)) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "The initial value type must be the same as the list child type or a common super type");
  }
  return type_normalize(bind->arena, bind->error, *type, type);
}

// (accumulator, x) or (accumulator, x, i)
static Status check_reduce_parameters(ScalarBind *bind, uint32_t parameter_count) {
  if (parameter_count >= 2 && parameter_count <= 3) return OK;
  return error_set(bind->error, ERROR_BINDER, bind->position, "list_reduce expects a function with 2 or 3 arguments");
}

static Status reduce_parameters(ScalarBind *bind, uint32_t parameter_count, Type *types) {
  TRY(accumulator_type(bind, &types[0]));
  if (parameter_count < 2) return OK; // bind_reduce refuses it, behind what is wrong with the body
  TRY(check_reduce_parameters(bind, parameter_count));
  if (bind->argument_count < 3) {
    types[1] = types[0];
  } else {
    TRY(element_of(bind, &types[1]));
  }
  if (parameter_count > 2) types[2] = TYPE(BIGINT);
  return OK;
}

static const ScalarFunction null_function;

static Status check_lambda(ScalarBind *bind) {
  const Expr *lambda = bind->arguments[1];
  if (lambda->kind == EXPR_LAMBDA && lambda->child_count) return OK;
  return error_set(bind->error, ERROR_BINDER, bind->position, "Invalid lambda expression!");
}

static Status cast_body(ScalarBind *bind, Type type) {
  Expr *lambda = expr_copy(bind->arena, bind->arguments[1]);
  if (!lambda) return error_no_memory(bind->error);
  lambda->children[0] = expr_cast(bind->arena, lambda->children[0], type, false);
  if (!lambda->children[0]) return error_no_memory(bind->error);
  bind->arguments[1] = lambda;
  return OK;
}

// A bare NULL instead of a list makes a NULL.
static bool bind_null_list(ScalarBind *bind) {
  Type type = argument_type(bind->arguments[0]);
  if (type.id != TYPE_NULL && type.id != TYPE_UNKNOWN) return false;
  bind->replacement = &null_function;
  bind->argument_types[0] = TYPE(NULL);
  bind->result_type = TYPE(NULL);
  bind->argument_count = 1;
  return true;
}

static Status bind_transform(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(check_lambda(bind));
  if (bind_null_list(bind)) return OK;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  return type_make_list(bind->arena, bind->error, bind->arguments[1]->children[0]->type, &bind->result_type);
}

static Status bind_filter(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(check_lambda(bind));
  if (bind_null_list(bind)) return OK;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  TRY(cast_body(bind, TYPE(BOOLEAN)));
  bind->result_type = bind->argument_types[0];
  return OK;
}

static Status bind_reduce(ScalarBind *bind) {
  Type element, accumulator;
  bool is_list;
  TRY(check_lambda(bind));
  if (bind_null_list(bind)) return OK;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  TRY(check_reduce_parameters(bind, bind->arguments[1]->lambda.parameter_count));
  TRY(accumulator_type(bind, &accumulator));
  TRY(cast_body(bind, accumulator));
  if (bind->argument_count > 2) bind->argument_types[2] = accumulator;
  bind->result_type = accumulator;
  return OK;
}

static const ScalarFunction null_function =
    SCALAR("list_transform", OF(ANY), TYPES(OF(ANY)), kernel_null, .nulls = NULLS_SPECIAL);

#define LAMBDA_ENTRY(name, kernel, bind_function, parameters)                                                  \
  SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(LAMBDA)), kernel, .bind = bind_function, .bind_lambda = parameters, \
         .nulls = NULLS_SPECIAL, .can_fail = true)
#define REDUCE_ENTRIES(name)                                                                        \
  LAMBDA_ENTRY(name, list_reduce, bind_reduce, reduce_parameters),                                  \
      SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(LAMBDA), OF(ANY)), list_reduce, .bind = bind_reduce, \
             .bind_lambda = reduce_parameters, .nulls = NULLS_SPECIAL, .can_fail = true)

SCALAR_TABLE(list_lambda) = {
    LAMBDA_ENTRY("list_transform", list_transform, bind_transform, element_parameters),
    LAMBDA_ENTRY("list_apply", list_transform, bind_transform, element_parameters),
    LAMBDA_ENTRY("array_transform", list_transform, bind_transform, element_parameters),
    LAMBDA_ENTRY("array_apply", list_transform, bind_transform, element_parameters),
    LAMBDA_ENTRY("apply", list_transform, bind_transform, element_parameters),
    LAMBDA_ENTRY("list_filter", list_filter, bind_filter, element_parameters),
    LAMBDA_ENTRY("array_filter", list_filter, bind_filter, element_parameters),
    LAMBDA_ENTRY("filter", list_filter, bind_filter, element_parameters),
    REDUCE_ENTRIES("list_reduce"),
    REDUCE_ENTRIES("array_reduce"),
    REDUCE_ENTRIES("reduce"),
};
SCALAR_TABLE_END(list_lambda);
