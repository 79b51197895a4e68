// SPDX-License-Identifier: MIT
//
// list_aggregate.c: list_aggregate(list, 'sum', …) and list_sum(list) and its kin: the aggregate functions over the elements
// of each list. All elements of a chunk go through `update` together, each with the state of its row.
#include "func/support.h"

typedef struct AggregatePlan {
  AggregateCall call;
  Value *extra; // constant arguments after the element, cast
  uint32_t extras;
} AggregatePlan;

typedef struct AggregateRun {
  EvalContext *context;
  const AggregatePlan *plan;
  const Vector *child;
  Arena arena;     // what the states grow into
  uint8_t *memory; // states
  uint32_t stride;
  Vector *vectors; // element slice, then the extras
  const Vector **arguments;
  uint32_t *selection; // [VECTOR_CAPACITY]
  void **states;       // [VECTOR_CAPACITY]
  uint32_t pending;
} AggregateRun;

static Status run_flush(AggregateRun *run) {
  if (!run->pending) return OK;
  const AggregateFunction *function = run->plan->call.function;
  TRY(vector_slice(&run->vectors[0], run->child, run->selection, run->pending, run->context->error));
  TRY(function->update(run->context, &run->plan->call, &run->arena, run->states, run->arguments, run->pending));
  run->pending = 0;
  return OK;
}

static Status run_rows(AggregateRun *run, const VectorView *lists, uint32_t rows, Vector *result) {
  const AggregateFunction *function = run->plan->call.function;
  Error *error = run->context->error;
  void **row_states = arena_allocate(&run->arena, sizeof *row_states * ((size_t)rows + 1));
  run->memory = arena_allocate(&run->arena, (size_t)run->stride * rows + 1);
  run->selection = arena_allocate(&run->arena, sizeof *run->selection * VECTOR_CAPACITY);
  run->states = arena_allocate(&run->arena, sizeof *run->states * VECTOR_CAPACITY);
  if (!row_states || !run->memory || !run->selection || !run->states) return error_no_memory(error);
  for (uint32_t row = 0; row < rows; row++) {
    void *state = run->memory + (size_t)run->stride * row;
    row_states[row] = state;
    function->init(&run->plan->call, state);
    uint32_t at = view_row(lists, row);
    if (!view_valid(lists, at)) continue;
    ListEntry entry = ((const ListEntry *)lists->data)[at];
    for (uint32_t i = 0; i < entry.length; i++) {
      run->selection[run->pending] = entry.offset + i;
      run->states[run->pending] = state;
      if (++run->pending == VECTOR_CAPACITY) TRY(run_flush(run));
    }
  }
  TRY(run_flush(run));
  TRY(aggregate_finalize(run->context, &run->plan->call, row_states, rows, result));
  for (uint32_t row = 0; row < rows; row++) {
    if (!view_valid(lists, view_row(lists, row))) TRY(vector_set_null(result, row, error));
  }
  return OK;
}

static Status run_open(AggregateRun *run, uint32_t *opened) {
  const AggregatePlan *plan = run->plan;
  Error *error = run->context->error;
  uint32_t count = plan->extras + 1;
  run->stride = (plan->call.function->state_size + 15u) & ~15u;
  run->vectors = arena_allocate(&run->arena, sizeof *run->vectors * count);
  run->arguments = arena_allocate(&run->arena, sizeof *run->arguments * count);
  if (!run->vectors || !run->arguments) return error_no_memory(error);
  for (uint32_t i = 0; i < count; i++) {
    TRY(vector_init(&run->vectors[i], run->context->memory, plan->call.argument_types[i], 1, error));
    ++*opened;
    run->arguments[i] = &run->vectors[i];
    if (i) TRY(vector_fill_value(&run->vectors[i], &plan->extra[i - 1], error));
  }
  return OK;
}

KERNEL(list_aggregate) {
  const AggregatePlan *plan = call->bind_data;
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  uint32_t rows = kernel_rows(arguments, 1, row_count), opened = 0;
  VectorView lists;
  vector_view(arguments[0], &lists);
  AggregateRun run = {.context = context, .plan = plan, .child = &lists.base->children[0]};
  arena_init(&run.arena, context->memory);
  Status status = run_open(&run, &opened);
  if (status == OK) status = run_rows(&run, &lists, rows, result);
  for (uint32_t i = 0; i < opened; i++) vector_free(&run.vectors[i]);
  arena_free(&run.arena);
  if (status == OK && rows < row_count) vector_set_constant(result);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding: the aggregate is bound to a stand-in for the element, as if it were a column.
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_named(ScalarBind *bind, Str name, uint32_t first_extra) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  const FunctionLibrary *library = bind->facts->library;
  uint32_t found, overloads;
  if (!library_find_aggregate(library, name, &found, &overloads)) {
    return error_set(bind->error, ERROR_CATALOG, bind->position, "Aggregate Function with name %.*s does not exist!",
                     STR_ARG(name));
  }
  AggregatePlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  plan->extras = bind->argument_count - first_extra;
  Expr **arguments, *bound;
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, arguments, plan->extras + 1);
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, plan->extras + 1);
  ARENA_NEW_ARRAY(bind->arena, bind->error, plan->extra, plan->extras);
  arguments[0] = expr_input(bind->arena, 0, element);
  if (!arguments[0]) return error_no_memory(bind->error);
  for (uint32_t i = 0; i < plan->extras; i++) arguments[i + 1] = bind->arguments[first_extra + i];
  Status status = bind_aggregate_call(bind->arena, bind->error, bind->facts, library, name, arguments, plan->extras + 1,
                                      false, bind->position, &bound);
  if (status == ERROR_BINDER && bind->error &&
      str_starts_with((Str){bind->error->message, bind->error->length}, STR("No function"))) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "No matching aggregate function");
  }
  TRY(status);
  for (uint32_t i = 0; i < bound->child_count; i++) types[i] = bound->children[i]->type;
  for (uint32_t i = 0; i < plan->extras; i++) {
    Value value;
    bool constant;
    TRY(bind_constant(bind, first_extra + i, &value, &constant));
    if (!constant) {
      return error_set(bind->error, ERROR_BINDER, bind->position,
                       "Arguments of an aggregate over lists must be constant");
    }
    TRY(value_cast(bind->arena, &value, types[i + 1], &plan->extra[i], bind->error));
  }
  plan->call = (AggregateCall){.function = bound->aggregate.function,
                               .bind_data = bound->aggregate.bind_data,
                               .argument_types = types,
                               .argument_count = bound->child_count,
                               .result_type = bound->type};
  bind->bind_data = plan;
  bind->result_type = bound->type;
  TRY(type_make_list(bind->arena, bind->error, types[0], &bind->argument_types[0]));
  for (uint32_t i = 1; i < bind->argument_count; i++) bind->argument_types[i] = argument_type(bind->arguments[i]);
  return OK;
}

static Status bind_list_aggregate(ScalarBind *bind) {
  Value name;
  bool constant;
  TRY(bind_constant(bind, 1, &name, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Aggregate function name must be a constant");
  }
  if (name.is_null) {
    return error_set(bind->error, ERROR_CATALOG, bind->position, "Aggregate Function with name NULL does not exist!");
  }
  return bind_named(bind, name.text, 2);
}

// list_sum: the name without "list_".
static Status bind_list_prefix(ScalarBind *bind) { return bind_named(bind, str_from(bind->function->name + 5), 1); }

#define NAMED_ENTRY(name)                                                                        \
  SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(VARCHAR), OF(ANY)), list_aggregate, .variadic = true, \
         .bind = bind_list_aggregate, .nulls = NULLS_SPECIAL, .can_fail = true)
#define PREFIX_ENTRY(name)                                                                                 \
  SCALAR(name, OF(ANY), TYPES(OF(LIST)), list_aggregate, .bind = bind_list_prefix, .nulls = NULLS_SPECIAL, \
         .can_fail = true)

SCALAR_TABLE(list_aggregate) = {
    NAMED_ENTRY("list_aggregate"),
    NAMED_ENTRY("list_aggr"),
    NAMED_ENTRY("array_aggregate"),
    NAMED_ENTRY("array_aggr"),
    NAMED_ENTRY("aggregate"),
    PREFIX_ENTRY("list_any_value"),
    PREFIX_ENTRY("list_approx_count_distinct"),
    PREFIX_ENTRY("list_avg"),
    PREFIX_ENTRY("list_bit_and"),
    PREFIX_ENTRY("list_bit_or"),
    PREFIX_ENTRY("list_bit_xor"),
    PREFIX_ENTRY("list_bool_and"),
    PREFIX_ENTRY("list_bool_or"),
    PREFIX_ENTRY("list_count"),
    PREFIX_ENTRY("list_entropy"),
    PREFIX_ENTRY("list_first"),
    PREFIX_ENTRY("list_histogram"),
    PREFIX_ENTRY("list_kurtosis"),
    PREFIX_ENTRY("list_kurtosis_pop"),
    PREFIX_ENTRY("list_last"),
    PREFIX_ENTRY("list_mad"),
    PREFIX_ENTRY("list_max"),
    PREFIX_ENTRY("list_median"),
    PREFIX_ENTRY("list_min"),
    PREFIX_ENTRY("list_mode"),
    PREFIX_ENTRY("list_product"),
    PREFIX_ENTRY("list_sem"),
    PREFIX_ENTRY("list_skewness"),
    PREFIX_ENTRY("list_stddev_pop"),
    PREFIX_ENTRY("list_stddev_samp"),
    PREFIX_ENTRY("list_string_agg"),
    PREFIX_ENTRY("list_sum"),
    PREFIX_ENTRY("list_var_pop"),
    PREFIX_ENTRY("list_var_samp"),
};
SCALAR_TABLE_END(list_aggregate);
