// SPDX-License-Identifier: MIT
//
// extreme.c: min and max over every type. Numbers, dates and times have loops of their own; text and nested types keep
// their best value in a cell.
#include "func/aggregate/aggregate.h"

#define LESS(a, b) ((a) < (b))
#define GREATER(a, b) ((a) > (b))
// NaN is the greatest number and equals itself.
#define LESS_FLOAT(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))
#define GREATER_FLOAT(a, b) LESS_FLOAT(b, a)
#define LESS_INTERVAL(a, b) (interval_compare((a), (b)) < 0)
#define GREATER_INTERVAL(a, b) (interval_compare((a), (b)) > 0)

#define EXTREME(name, C, better)                                                             \
  typedef struct name##State {                                                               \
    C value;                                                                                 \
    bool any;                                                                                \
  } name##State;                                                                             \
  INIT(name##_init) {                                                                        \
    (void)call;                                                                              \
    memset(state, 0, sizeof(name##State));                                                   \
  }                                                                                          \
  UPDATE(name##_update) {                                                                    \
    UNUSED_AGGREGATE;                                                                        \
    FOR_VALUES(C, {                                                                          \
      name##State *state = states[row];                                                      \
      if (!state->any || better(in, state->value)) state->value = in;                        \
      state->any = true;                                                                     \
    });                                                                                      \
    return OK;                                                                               \
  }                                                                                          \
  UPDATE_ONE(name##_update_one) {                                                            \
    UNUSED_AGGREGATE;                                                                        \
    name##State *state = state_;                                                             \
    C best = state->value;                                                                   \
    bool any = state->any;                                                                   \
    FOR_VALUES(C, {                                                                          \
      if (!any) best = in;                                                                   \
      any = true;                                                                            \
      best = better(in, best) ? in : best;                                                   \
    });                                                                                      \
    state->value = best;                                                                     \
    state->any = any;                                                                        \
    return OK;                                                                               \
  }                                                                                          \
  COMBINE(name##_combine) {                                                                  \
    UNUSED_AGGREGATE;                                                                        \
    name##State *target = target_;                                                           \
    const name##State *source = source_;                                                     \
    if (!source->any) return OK;                                                             \
    if (!target->any || better(source->value, target->value)) target->value = source->value; \
    target->any = true;                                                                      \
    return OK;                                                                               \
  }                                                                                          \
  FINALIZE(name##_finalize) {                                                                \
    (void)call;                                                                              \
    for (uint32_t row = 0; row < row_count; row++) {                                         \
      const name##State *state = states[row];                                                \
      if (state->any) {                                                                      \
        ((C *)result->data)[row] = state->value;                                             \
      } else {                                                                               \
        TRY(vector_set_null(result, row, context->error));                                   \
      }                                                                                      \
    }                                                                                        \
    return OK;                                                                               \
  }

#define EXTREME_PAIR(P, C) EXTREME(min_##P, C, LESS) EXTREME(max_##P, C, GREATER)
PHYSICAL_INTEGERS(EXTREME_PAIR)
EXTREME_PAIR(BOOL, uint8_t)
#define EXTREME_FLOAT_PAIR(P, C) EXTREME(min_##P, C, LESS_FLOAT) EXTREME(max_##P, C, GREATER_FLOAT)
PHYSICAL_FLOATS(EXTREME_FLOAT_PAIR)
EXTREME(min_INTERVAL, Interval, LESS_INTERVAL)
EXTREME(max_INTERVAL, Interval, GREATER_INTERVAL)

// ---------------------------------------------------------------------------------------------------------------------
// Text and nested types
// ---------------------------------------------------------------------------------------------------------------------

INIT(cell_init) {
  (void)call;
  memset(state, 0, sizeof(Cell));
}

static Status extreme_cell_row(EvalContext *context, Arena *arena, Cell *cell, const VectorView *view, uint32_t at,
                               int wanted) {
  if (cell->state == CELL_SET && cell_compare(cell, view, at, context->scratch) * wanted <= 0) return OK;
  return cell_store(cell, view, at, arena, context->error);
}

// wanted: 1 looks for smaller values (the cell compares greater), -1 for greater.
#define EXTREME_CELL(name, wanted)                                                                       \
  UPDATE(name##_update) {                                                                                \
    (void)call;                                                                                          \
    VectorView view;                                                                                     \
    vector_view(arguments[0], &view);                                                                    \
    for (uint32_t row = 0; row < row_count; row++) {                                                     \
      uint32_t at = view_row(&view, row);                                                                \
      if (view_valid(&view, at)) TRY(extreme_cell_row(context, arena, states[row], &view, at, wanted));  \
    }                                                                                                    \
    return OK;                                                                                           \
  }                                                                                                      \
  UPDATE_ONE(name##_update_one) {                                                                        \
    (void)call;                                                                                          \
    VectorView view;                                                                                     \
    vector_view(arguments[0], &view);                                                                    \
    for (uint32_t row = 0; row < row_count; row++) {                                                     \
      uint32_t at = view_row(&view, row);                                                                \
      if (view_valid(&view, at)) TRY(extreme_cell_row(context, arena, state_, &view, at, wanted));       \
    }                                                                                                    \
    return OK;                                                                                           \
  }                                                                                                      \
  COMBINE(name##_combine) {                                                                              \
    Cell *target = target_;                                                                              \
    const Cell *source = source_;                                                                        \
    if (source->state != CELL_SET) return OK;                                                            \
    if (target->state == CELL_SET && cells_compare(target, source, call->result_type) * (wanted) <= 0) { \
      return OK;                                                                                         \
    }                                                                                                    \
    return cell_copy(target, source, call->result_type, arena, context->error);                          \
  }
EXTREME_CELL(min_CELL, 1)
EXTREME_CELL(max_CELL, -1)

FINALIZE(cell_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) TRY(cell_emit(states[row], result, row, context->error));
  return OK;
}
#define min_CELL_init cell_init
#define max_CELL_init cell_init
#define min_CELL_finalize cell_finalize
#define max_CELL_finalize cell_finalize

// ---------------------------------------------------------------------------------------------------------------------
// Choosing by physical type
// ---------------------------------------------------------------------------------------------------------------------

#define MIN_KERNEL(P, C) \
  [PHYSICAL_##P] = AGGREGATE("min", OF(ANY), TYPES(OF(ANY)), min_##P##State, min_##P, .skips_nulls = true),
#define MAX_KERNEL(P, C) \
  [PHYSICAL_##P] = AGGREGATE("max", OF(ANY), TYPES(OF(ANY)), max_##P##State, max_##P, .skips_nulls = true),
#define CELL_KERNEL(P, name_text, prefix) \
  [PHYSICAL_##P] = AGGREGATE(name_text, OF(ANY), TYPES(OF(ANY)), Cell, prefix, .skips_nulls = true),
static const AggregateFunction min_kernels[PHYSICAL_COUNT] = {
    PHYSICAL_NUMBERS(MIN_KERNEL) MIN_KERNEL(BOOL, uint8_t) MIN_KERNEL(INTERVAL, Interval)
        CELL_KERNEL(NONE, "min", min_CELL) CELL_KERNEL(STRING, "min", min_CELL) CELL_KERNEL(LIST, "min", min_CELL)};
static const AggregateFunction max_kernels[PHYSICAL_COUNT] = {
    PHYSICAL_NUMBERS(MAX_KERNEL) MAX_KERNEL(BOOL, uint8_t) MAX_KERNEL(INTERVAL, Interval)
        CELL_KERNEL(NONE, "max", max_CELL) CELL_KERNEL(STRING, "max", max_CELL) CELL_KERNEL(LIST, "max", max_CELL)};

static Status bind_extreme(AggregateBind *bind, const AggregateFunction *kernels) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  bind->argument_types[0] = type;
  bind->result_type = type;
  bind->replacement = &kernels[type_physical(type)];
  return OK;
}
static Status bind_min(AggregateBind *bind) { return bind_extreme(bind, min_kernels); }
static Status bind_max(AggregateBind *bind) { return bind_extreme(bind, max_kernels); }

AGGREGATE_TABLE(extreme) = {
    AGGREGATE("min", OF(ANY), TYPES(OF(ANY)), Cell, min_CELL, .bind = bind_min, .skips_nulls = true),
    AGGREGATE("max", OF(ANY), TYPES(OF(ANY)), Cell, max_CELL, .bind = bind_max, .skips_nulls = true),
};
AGGREGATE_TABLE_END(extreme);
