// SPDX-License-Identifier: MIT
//
// frequency.c: aggregates over how often each value occurs: mode, entropy, histogram, approx_top_k. A group's values are
// in a hash table in the arena of the state: entries in the order of first sight, and slots that point to them.
#include "func/aggregate/aggregate.h"

typedef struct FrequencyEntry {
  Cell value;
  uint64_t hash;
  uint64_t count;
} FrequencyEntry;

typedef struct FrequencyState {
  FrequencyEntry *entries;
  uint32_t *slots; // index + 1; 0: free. A power of two of them
  uint32_t count, capacity;
  uint32_t slot_count;
  uint32_t wanted; // approx_top_k
  uint64_t total;
} FrequencyState;

INIT(frequency_init) {
  (void)call;
  *(FrequencyState *)state = (FrequencyState){0};
}

static Status frequency_grow(FrequencyState *state, Arena *arena, Error *error) {
  uint32_t capacity = state->capacity ? state->capacity * 2 : 4;
  FrequencyEntry *entries = arena_allocate(arena, sizeof *entries * capacity);
  uint32_t *slots = arena_allocate_zeroed(arena, sizeof *slots * capacity * 2);
  if (!entries || !slots) return error_no_memory(error);
  if (state->count) memcpy(entries, state->entries, sizeof *entries * state->count);
  uint32_t mask = capacity * 2 - 1;
  for (uint32_t i = 0; i < state->count; i++) {
    uint32_t slot = (uint32_t)entries[i].hash & mask;
    while (slots[slot]) slot = (slot + 1) & mask;
    slots[slot] = i + 1;
  }
  state->entries = entries;
  state->slots = slots;
  state->capacity = capacity;
  state->slot_count = capacity * 2;
  return OK;
}

// A new entry, its value unset.
static Status frequency_add(FrequencyState *state, uint64_t hash, Arena *arena, Error *error, FrequencyEntry **entry) {
  if (state->count == state->capacity) TRY(frequency_grow(state, arena, error));
  uint32_t mask = state->slot_count - 1, slot = (uint32_t)hash & mask;
  while (state->slots[slot]) slot = (slot + 1) & mask;
  *entry = &state->entries[state->count];
  **entry = (FrequencyEntry){.hash = hash};
  state->slots[slot] = ++state->count;
  return OK;
}

static Status frequency_row(EvalContext *context, Arena *arena, FrequencyState *state, const VectorView *view,
                            uint32_t at, uint64_t hash) {
  state->total++;
  if (state->slot_count) {
    uint32_t mask = state->slot_count - 1;
    for (uint32_t slot = (uint32_t)hash & mask; state->slots[slot]; slot = (slot + 1) & mask) {
      FrequencyEntry *entry = &state->entries[state->slots[slot] - 1];
      if (entry->hash == hash && cell_compare(&entry->value, view, at, context->scratch) == 0) {
        entry->count++;
        return OK;
      }
    }
  }
  FrequencyEntry *entry;
  TRY(frequency_add(state, hash, arena, context->error, &entry));
  entry->count = 1;
  return cell_store(&entry->value, view, at, arena, context->error);
}

static Status frequency_rows(EvalContext *context, Arena *arena, void *const *states, void *one, const Vector *argument,
                             uint32_t row_count) {
  VectorView view;
  vector_view(argument, &view);
  uint64_t hashes[VECTOR_CAPACITY];
  if (row_count > VECTOR_CAPACITY) return error_set(context->error, ERROR_INTERNAL, -1, "A chunk has too many rows");
  vector_hash(argument, row_count, hashes, false);
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&view, row);
    if (!view_valid(&view, at)) continue;
    TRY(frequency_row(context, arena, one ? one : states[row], &view, at, hashes[row]));
  }
  return OK;
}

UPDATE(frequency_update) {
  (void)call;
  return frequency_rows(context, arena, states, NULL, arguments[0], row_count);
}
UPDATE_ONE(frequency_update_one) {
  (void)call;
  return frequency_rows(context, arena, NULL, state_, arguments[0], row_count);
}

COMBINE(frequency_combine) {
  Type type = call->argument_types[0];
  FrequencyState *target = target_;
  const FrequencyState *source = source_;
  target->total += source->total;
  if (!target->wanted) target->wanted = source->wanted;
  for (uint32_t i = 0; i < source->count; i++) {
    const FrequencyEntry *from = &source->entries[i];
    FrequencyEntry *found = NULL;
    uint32_t mask = target->slot_count - 1;
    for (uint32_t slot = (uint32_t)from->hash & mask; target->slot_count && target->slots[slot];
         slot = (slot + 1) & mask) {
      FrequencyEntry *entry = &target->entries[target->slots[slot] - 1];
      if (entry->hash == from->hash && cells_compare(&entry->value, &from->value, type) == 0) {
        found = entry;
        break;
      }
    }
    if (!found) {
      TRY(frequency_add(target, from->hash, arena, context->error, &found));
      TRY(cell_copy(&found->value, &from->value, type, arena, context->error));
    }
    found->count += from->count;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Results
// ---------------------------------------------------------------------------------------------------------------------

// The most frequent; of several, the one seen first.
FINALIZE(mode_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const FrequencyState *state = states[row];
    const FrequencyEntry *best = NULL;
    for (uint32_t i = 0; i < state->count; i++) {
      if (!best || state->entries[i].count > best->count) best = &state->entries[i];
    }
    if (best) {
      TRY(cell_emit(&best->value, result, row, context->error));
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  return OK;
}

FINALIZE(entropy_finalize) {
  (void)context, (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const FrequencyState *state = states[row];
    double entropy = 0, total = (double)state->total;
    for (uint32_t i = 0; i < state->count; i++) {
      double count = (double)state->entries[i].count;
      entropy += count / total * log2(total / count);
    }
    ((double *)result->data)[row] = entropy;
  }
  return OK;
}

typedef int (*EntryOrder)(const FrequencyEntry *a, const FrequencyEntry *b, Type type);

static int by_value(const FrequencyEntry *a, const FrequencyEntry *b, Type type) {
  return cells_compare(&a->value, &b->value, type);
}
static int by_count(const FrequencyEntry *a, const FrequencyEntry *b, Type type) { // most first, then first seen
  (void)type;
  if (a->count != b->count) return a->count > b->count ? -1 : 1;
  return (a > b) - (a < b);
}

// Merge sort of pointers to entries: stable, and its depth is bounded.
static Status sort_entries(const FrequencyState *state, EntryOrder order, Type type, Arena *arena, Error *error,
                           const FrequencyEntry ***sorted) {
  uint32_t count = state->count;
  const FrequencyEntry **from, **to;
  ARENA_NEW_ARRAY(arena, error, from, count);
  ARENA_NEW_ARRAY(arena, error, to, count);
  for (uint32_t i = 0; i < count; i++) from[i] = &state->entries[i];
  for (uint32_t width = 1; width < count; width *= 2) {
    for (uint32_t start = 0; start < count; start += 2 * width) {
      uint32_t middle = MIN_OF(start + width, count), end = MIN_OF(start + 2 * width, count);
      uint32_t a = start, b = middle;
      for (uint32_t i = start; i < end; i++) {
        bool left = a < middle && (b >= end || order(from[a], from[b], type) <= 0);
        to[i] = left ? from[a++] : from[b++];
      }
    }
    const FrequencyEntry **swap = from;
    from = to;
    to = swap;
  }
  *sorted = from;
  return OK;
}

FINALIZE(histogram_finalize) {
  Type type = call->argument_types[0];
  for (uint32_t row = 0; row < row_count; row++) {
    const FrequencyState *state = states[row];
    if (!state->count) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ArenaMark mark = arena_mark(context->scratch);
    const FrequencyEntry **sorted;
    TRY(sort_entries(state, by_value, type, context->scratch, context->error, &sorted));
    uint32_t at;
    TRY(list_append_entry(result, row, state->count, &at, context->error));
    Vector *pairs = &result->children[0];
    for (uint32_t i = 0; i < state->count; i++) {
      TRY(cell_emit(&sorted[i]->value, &pairs->children[0], at + i, context->error));
      ((uint64_t *)pairs->children[1].data)[at + i] = sorted[i]->count;
    }
    arena_rewind(context->scratch, mark);
  }
  return OK;
}

static Status bind_value(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  bind->argument_types[0] = type;
  if (bind->function->result.id == TYPE_ANY) bind->result_type = type;
  return OK;
}

static Status bind_histogram(AggregateBind *bind) {
  TRY(bind_value(bind));
  return type_make_map(bind->arena, bind->error, bind->argument_types[0], TYPE(UBIGINT), &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// approx_top_k(x, k): exact here
// ---------------------------------------------------------------------------------------------------------------------

static Status top_rows(EvalContext *context, Arena *arena, void *const *states, void *one,
                       const Vector *const *arguments, uint32_t row_count) {
  VectorView counts;
  vector_view(arguments[1], &counts);
  for (uint32_t row = 0; row < row_count; row++) {
    // cppcheck-suppress nullPointer ; one of the two is given
    FrequencyState *state = one ? one : states[row];
    if (state->wanted) continue;
    uint32_t at = view_row(&counts, row);
    if (!view_valid(&counts, at)) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1,
                       "Invalid input for approx_top_k: k value cannot be NULL");
    }
    int64_t wanted = ((const int64_t *)counts.data)[at];
    if (wanted <= 0) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid input for approx_top_k: k value must be > 0");
    }
    if (wanted >= 1000000) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1,
                       "Invalid input for approx_top_k: k value must be < 1000000");
    }
    state->wanted = (uint32_t)wanted;
  }
  return frequency_rows(context, arena, states, one, arguments[0], row_count);
}
UPDATE(top_update) {
  (void)call;
  return top_rows(context, arena, states, NULL, arguments, row_count);
}
UPDATE_ONE(top_update_one) {
  (void)call;
  return top_rows(context, arena, NULL, state_, arguments, row_count);
}
FINALIZE(top_finalize) {
  Type type = call->argument_types[0];
  for (uint32_t row = 0; row < row_count; row++) {
    const FrequencyState *state = states[row];
    if (!state->count) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ArenaMark mark = arena_mark(context->scratch);
    const FrequencyEntry **sorted;
    TRY(sort_entries(state, by_count, type, context->scratch, context->error, &sorted));
    uint32_t at, count = MIN_OF(state->count, state->wanted);
    TRY(list_append_entry(result, row, count, &at, context->error));
    for (uint32_t i = 0; i < count; i++) {
      TRY(cell_emit(&sorted[i]->value, &result->children[0], at + i, context->error));
    }
    arena_rewind(context->scratch, mark);
  }
  return OK;
}
#define top_init frequency_init
#define top_combine frequency_combine

static Status bind_top(AggregateBind *bind) {
  TRY(bind_value(bind));
  return type_make_list(bind->arena, bind->error, bind->argument_types[0], &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// approx_count_distinct: HyperLogLog with 64 registers (Flajolet and others, 2007), estimated as by Ertl ("New cardinality
// estimation algorithms for HyperLogLog sketches", 2017). The size is DuckDB's: its tests know the numbers.
// ---------------------------------------------------------------------------------------------------------------------

#define SKETCH_BITS 6
#define SKETCH_REGISTERS (1u << SKETCH_BITS)
#define SKETCH_RANKS (64 - SKETCH_BITS) // a register holds 0 … SKETCH_RANKS + 1

typedef struct SketchState {
  uint8_t registers[SKETCH_REGISTERS];
} SketchState;

INIT(sketch_init) {
  (void)call;
  *(SketchState *)state = (SketchState){0};
}

static Status sketch_rows(EvalContext *context, void *const *states, void *one, const Vector *argument,
                          uint32_t row_count) {
  VectorView view;
  vector_view(argument, &view);
  uint64_t hashes[VECTOR_CAPACITY];
  if (row_count > VECTOR_CAPACITY) return error_set(context->error, ERROR_INTERNAL, -1, "A chunk has too many rows");
  vector_hash(argument, row_count, hashes, false);
  for (uint32_t row = 0; row < row_count; row++) {
    if (!view_valid(&view, view_row(&view, row))) continue;
    SketchState *state = one ? one : states[row];
    uint32_t index = (uint32_t)hashes[row] & (SKETCH_REGISTERS - 1);
    uint8_t rank = (uint8_t)(__builtin_ctzll(hashes[row] >> SKETCH_BITS | UINT64_C(1) << SKETCH_RANKS) + 1);
    if (rank > state->registers[index]) state->registers[index] = rank;
  }
  return OK;
}
UPDATE(sketch_update) {
  UNUSED_AGGREGATE;
  return sketch_rows(context, states, NULL, arguments[0], row_count);
}
UPDATE_ONE(sketch_update_one) {
  UNUSED_AGGREGATE;
  return sketch_rows(context, NULL, state_, arguments[0], row_count);
}
COMBINE(sketch_combine) {
  UNUSED_AGGREGATE;
  SketchState *target = target_;
  const SketchState *source = source_;
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) {
    target->registers[i] = MAX_OF(target->registers[i], source->registers[i]);
  }
  return OK;
}

// Ertl's sigma: what the registers that saw nothing say.
static double sketch_sigma(double x) {
  if (x == 1) return HUGE_VAL;
  double y = 1, z = x, before;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

// Ertl's tau: what the full registers say.
static double sketch_tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before;
  do {
    x = sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before != z);
  return z / 3;
}

static int64_t sketch_estimate(const SketchState *state) {
  uint32_t counts[SKETCH_RANKS + 2] = {0};
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) counts[state->registers[i]]++;
  double m = SKETCH_REGISTERS;
  double z = m * sketch_tau((m - counts[SKETCH_RANKS + 1]) / m);
  for (uint32_t rank = SKETCH_RANKS; rank >= 1; rank--) z = (z + counts[rank]) * 0.5;
  z += m * sketch_sigma(counts[0] / m);
  return (int64_t)llround(0.721347520444481703680 * m * m / z); // 1 / (2 ln 2)
}

FINALIZE(sketch_finalize) {
  (void)context, (void)call;
  for (uint32_t row = 0; row < row_count; row++) ((int64_t *)result->data)[row] = sketch_estimate(states[row]);
  return OK;
}

#define FREQUENCY_ENTRY(text, result_type, bind_function, finalize_function, ...)                                 \
  {                                                                                                               \
    .name = text, .result = OF(result_type), TYPES(OF(ANY)), .state_size = sizeof(FrequencyState),                \
    .init = frequency_init, .update = frequency_update, .update_one = frequency_update_one,                       \
    .combine = frequency_combine, .finalize = finalize_function, .bind = bind_function, .distinct_matters = true, \
    .skips_nulls = true, __VA_ARGS__                                                                              \
  }

AGGREGATE_TABLE(frequency) = {
    FREQUENCY_ENTRY("mode", ANY, bind_value, mode_finalize, .order_matters = true),
    FREQUENCY_ENTRY("entropy", DOUBLE, bind_value, entropy_finalize),
    FREQUENCY_ENTRY("histogram", ANY, bind_histogram, histogram_finalize),
    AGGREGATE("approx_top_k", OF(ANY), TYPES(OF(ANY), OF(BIGINT)), FrequencyState, top, .bind = bind_top,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("approx_count_distinct", OF(BIGINT), TYPES(OF(ANY)), SketchState, sketch, .bind = bind_value,
              .skips_nulls = true),
};
AGGREGATE_TABLE_END(frequency);
