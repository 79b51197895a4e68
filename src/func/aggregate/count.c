// SPDX-License-Identifier: MIT
//
// count.c: count(*), count(x), and the tests that fold: bool_and, bool_or, bit_and, bit_or, bit_xor.
#include "func/aggregate/aggregate.h"

INIT(count_init) {
  (void)call;
  *(int64_t *)state = 0;
}

HOT UPDATE(count_star_update) {
  UNUSED_AGGREGATE;
  (void)arguments;
  for (uint32_t row = 0; row < row_count; row++) ++*(int64_t *)states[row];
  return OK;
}
UPDATE_ONE(count_star_update_one) {
  UNUSED_AGGREGATE;
  (void)arguments;
  *(int64_t *)state_ += row_count;
  return OK;
}

HOT UPDATE(count_update) {
  VectorView view;
  vector_view(arguments[0], &view);
  if (!view.validity) return count_star_update(context, call, arena, states, arguments, row_count);
  for (uint32_t row = 0; row < row_count; row++) {
    *(int64_t *)states[row] += bit_get(view.validity, view_row(&view, row));
  }
  return OK;
}
UPDATE_ONE(count_update_one) {
  UNUSED_AGGREGATE;
  VectorView view;
  vector_view(arguments[0], &view);
  int64_t *count = state_;
  if (!view.validity) {
    *count += row_count;
  } else if (view_is_flat(&view)) {
    *count += (int64_t)bits_count(view.validity, row_count);
  } else {
    for (uint32_t row = 0; row < row_count; row++) *count += bit_get(view.validity, view_row(&view, row));
  }
  return OK;
}
COMBINE(count_combine) {
  UNUSED_AGGREGATE;
  *(int64_t *)target_ += *(const int64_t *)source_;
  return OK;
}
FINALIZE(count_finalize) {
  (void)context, (void)call;
  for (uint32_t row = 0; row < row_count; row++) ((int64_t *)result->data)[row] = *(const int64_t *)states[row];
  return OK;
}
#define count_star_init count_init
#define count_star_combine count_combine
#define count_star_finalize count_finalize

static Status bind_count(AggregateBind *bind) {
  bind->argument_types[0] = aggregate_argument_type(bind, 0);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Folds: state is the value so far and whether there is one.
// ---------------------------------------------------------------------------------------------------------------------

#define FOLD(name, C, start, statement)                         \
  typedef struct name##State {                                  \
    C value;                                                    \
    bool any;                                                   \
  } name##State;                                                \
  INIT(name##_init) {                                           \
    (void)call;                                                 \
    *(name##State *)state = (name##State){.value = (C)(start)}; \
  }                                                             \
  UPDATES(name, name##State, C, {                               \
    state->any = true;                                          \
    statement;                                                  \
  })                                                            \
  COMBINE(name##_combine) {                                     \
    UNUSED_AGGREGATE;                                           \
    name##State *state = target_;                               \
    const name##State *source = source_;                        \
    if (!source->any) return OK;                                \
    const C in = source->value;                                 \
    state->any = true;                                          \
    statement;                                                  \
    return OK;                                                  \
  }                                                             \
  FINALIZE(name##_finalize) {                                   \
    (void)call;                                                 \
    for (uint32_t row = 0; row < row_count; row++) {            \
      const name##State *state = states[row];                   \
      if (state->any) {                                         \
        ((C *)result->data)[row] = state->value;                \
      } else {                                                  \
        TRY(vector_set_null(result, row, context->error));      \
      }                                                         \
    }                                                           \
    return OK;                                                  \
  }

FOLD(bool_and, uint8_t, 1, state->value &= in)
FOLD(bool_or, uint8_t, 0, state->value |= in)

#define BIT_FOLDS(T, C, s, name)                  \
  FOLD(bit_and_##s, C, ~(C)0, state->value &= in) \
  FOLD(bit_or_##s, C, 0, state->value |= in)      \
  FOLD(bit_xor_##s, C, 0, state->value ^= in)
INTEGER_TYPES(BIT_FOLDS)

#define BIT_FOLD_ENTRIES(T, C, s, name)                                                               \
  AGGREGATE("bit_and", OF(T), TYPES(OF(T)), bit_and_##s##State, bit_and_##s, .skips_nulls = true),    \
      AGGREGATE("bit_or", OF(T), TYPES(OF(T)), bit_or_##s##State, bit_or_##s, .skips_nulls = true),   \
      AGGREGATE("bit_xor", OF(T), TYPES(OF(T)), bit_xor_##s##State, bit_xor_##s, .skips_nulls = true, \
                .distinct_matters = true),

AGGREGATE_TABLE(count) = {
    AGGREGATE("count", OF(BIGINT), NO_TYPES, int64_t, count_star, .distinct_matters = true),
    AGGREGATE("count_star", OF(BIGINT), NO_TYPES, int64_t, count_star, .distinct_matters = true),
    AGGREGATE("count", OF(BIGINT), TYPES(OF(ANY)), int64_t, count, .bind = bind_count, .distinct_matters = true,
              .skips_nulls = true),
    AGGREGATE("bool_and", OF(BOOLEAN), TYPES(OF(BOOLEAN)), bool_andState, bool_and, .skips_nulls = true),
    AGGREGATE("bool_or", OF(BOOLEAN), TYPES(OF(BOOLEAN)), bool_orState, bool_or, .skips_nulls = true),
    INTEGER_TYPES(BIT_FOLD_ENTRIES)};
AGGREGATE_TABLE_END(count);
