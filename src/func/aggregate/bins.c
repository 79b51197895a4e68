// SPDX-License-Identifier: MIT
//
// bins.c: histogram(x, bins) counts the values up to each of the upper bounds in `bins`, histogram_exact(x, bins) those that are equal to them; the
// others are counted under the greatest value of the type (bin_other_value), and only when there are any.
#include "func/bins.h"
#include "func/aggregate/aggregate.h"

typedef struct BinState {
  Value *bounds;    // sorted, each once; NULL: no row was seen
  uint64_t *counts; // [count + 1]: the last one is of what is in no bin
  uint32_t count;
} BinState;

INIT(bin_init) {
  (void)call;
  *(BinState *)state = (BinState){0};
}

static Status read_bounds(BinState *state, const Vector *bins, uint32_t row, Arena *arena, Error *error) {
  Value list;
  TRY(vector_get_value(bins, row, arena, &list, error));
  if (list.is_null) return error_set(error, ERROR_BINDER, -1, "Histogram bin list cannot be NULL");
  uint32_t count = 0;
  ARENA_NEW_ARRAY(arena, error, state->bounds, list.nested.count);
  ARENA_NEW_ARRAY(arena, error, state->counts, list.nested.count + 1);
  for (uint32_t i = 0; i < list.nested.count; i++) {
    Value bound = list.nested.items[i];
    if (bound.is_null) return error_set(error, ERROR_BINDER, -1, "Histogram bin entry cannot be NULL");
    uint32_t at = count;
    while (at > 0 && value_compare(&state->bounds[at - 1], &bound) > 0) at--;
    if (at > 0 && value_compare(&state->bounds[at - 1], &bound) == 0) continue;
    memmove(&state->bounds[at + 1], &state->bounds[at], sizeof *state->bounds * (count - at));
    state->bounds[at] = bound;
    count++;
  }
  state->count = count;
  return OK;
}

// The first bin whose bound is not below the value.
static uint32_t find_bin(const BinState *state, const Value *value) {
  uint32_t low = 0, high = state->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (value_compare(&state->bounds[middle], value) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static Status bin_rows(EvalContext *context, const AggregateCall *call, Arena *arena, void *const *states, void *one,
                       const Vector *const *arguments, uint32_t row_count) {
  bool exact = call->bind_data != NULL;
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < row_count; row++) {
    // cppcheck-suppress nullPointer ; one of the two is given
    BinState *state = one ? one : states[row];
    if (!view_valid(&view, view_row(&view, row))) continue;
    if (!state->bounds) TRY(read_bounds(state, arguments[1], row, arena, context->error));
    ArenaMark mark = arena_mark(context->scratch);
    Value value;
    TRY(vector_get_value(arguments[0], row, context->scratch, &value, context->error));
    uint32_t bin = find_bin(state, &value);
    if (exact && bin < state->count && value_compare(&state->bounds[bin], &value) != 0) bin = state->count;
    state->counts[bin]++;
    arena_rewind(context->scratch, mark);
  }
  return OK;
}
UPDATE(bin_update) { return bin_rows(context, call, arena, states, NULL, arguments, row_count); }
UPDATE_ONE(bin_update_one) { return bin_rows(context, call, arena, NULL, state_, arguments, row_count); }

COMBINE(bin_combine) {
  (void)call;
  BinState *target = target_;
  const BinState *source = source_;
  if (!source->bounds) return OK;
  if (!target->bounds) {
    target->count = source->count;
    ARENA_NEW_ARRAY(arena, context->error, target->bounds, source->count);
    ARENA_NEW_ARRAY(arena, context->error, target->counts, source->count + 1);
    for (uint32_t i = 0; i < source->count; i++) {
      TRY(value_copy(arena, context->error, source->bounds[i], &target->bounds[i]));
    }
  }
  if (target->count != source->count) {
    return error_set(context->error, ERROR_NOT_IMPLEMENTED, -1,
                     "Histogram - cannot combine histograms with different bin boundaries. Bin boundaries must be the "
                     "same for all histograms within the same group");
  }
  for (uint32_t i = 0; i <= source->count; i++) target->counts[i] += source->counts[i];
  return OK;
}

FINALIZE(bin_finalize) {
  for (uint32_t row = 0; row < row_count; row++) {
    const BinState *state = states[row];
    if (!state->bounds) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ArenaMark mark = arena_mark(context->scratch);
    Value other;
    bool has_other;
    uint32_t at;
    TRY(bin_other_value(context->scratch, context->error, call->argument_types[0], &other, &has_other));
    has_other = has_other && state->counts[state->count];
    TRY(list_append_entry(result, row, state->count + has_other, &at, context->error));
    Vector *pairs = &result->children[0];
    for (uint32_t i = 0; i < state->count + has_other; i++) {
      const Value *key = i < state->count ? &state->bounds[i] : &other;
      TRY(vector_set_value(&pairs->children[0], at + i, key, context->error));
      ((uint64_t *)pairs->children[1].data)[at + i] = state->counts[i];
    }
    arena_rewind(context->scratch, mark);
  }
  return OK;
}

static Status bind_bins(AggregateBind *bind) {
  static const bool exact = true;
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  Type element;
  // Bounds of DECIMALs are made as DOUBLEs (equi_width_bins) and may need another digit.
  if (type.id == TYPE_DECIMAL && list_element_type(aggregate_argument_type(bind, 1), &element) &&
      element.id == TYPE_DOUBLE) {
    type = element;
  }
  bind->argument_types[0] = type;
  TRY(type_make_list(bind->arena, bind->error, type, &bind->argument_types[1]));
  if (str_equal(str_from(bind->function->name), STR("histogram_exact"))) bind->bind_data = &exact;
  return type_make_map(bind->arena, bind->error, type, TYPE(UBIGINT), &bind->result_type);
}

AGGREGATE_TABLE(bins) = {
    AGGREGATE("histogram", OF(ANY), TYPES(OF(ANY), OF(LIST)), BinState, bin, .bind = bind_bins, .skips_nulls = true,
              .distinct_matters = true),
    AGGREGATE("histogram_exact", OF(ANY), TYPES(OF(ANY), OF(LIST)), BinState, bin, .bind = bind_bins,
              .skips_nulls = true, .distinct_matters = true),
};
AGGREGATE_TABLE_END(bins);
