// SPDX-License-Identifier: MIT
//
// bits.c: aggregates that give BITs: bit_and, bit_or and bit_xor of BITs of one length; bitstring_agg(x, min, max), which has a bit for each
// number of a range. A BIT is bytes: the number of padding bits, then the bits with the padding in front, as ones.
#include "func/aggregate/aggregate.h"

typedef struct BitsState {
  char *bytes; // in the arena of the state; NULL: no value yet
  uint32_t length;
} BitsState;

INIT(bits_init) {
  (void)call;
  *(BitsState *)state = (BitsState){0};
}

static Status bits_copy(BitsState *state, Str bits, Arena *arena, Error *error) {
  state->bytes = arena_allocate(arena, bits.length);
  if (!state->bytes) return error_no_memory(error);
  memcpy(state->bytes, bits.data, bits.length);
  state->length = (uint32_t)bits.length;
  return OK;
}

FINALIZE(bits_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    const BitsState *state = states[row];
    if (!state->bytes) {
      TRY(vector_set_null(result, row, context->error));
    } else {
      TRY(vector_set_string(result, row, (Str){state->bytes, state->length}, context->error));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// bit_and, bit_or, bit_xor
// ---------------------------------------------------------------------------------------------------------------------

#define FOLD_BITS(name, NAME, operation)                                                                           \
  static Status name##_fold(BitsState *state, Str bits, Arena *arena, Error *error) {                              \
    if (!state->bytes) return bits_copy(state, bits, arena, error);                                                \
    if (state->length != bits.length || state->bytes[0] != bits.data[0]) {                                         \
      return error_set(error, ERROR_INVALID_INPUT, -1, "Cannot " NAME " bit strings of different sizes");          \
    }                                                                                                              \
    for (uint32_t i = 1; i < state->length; i++) state->bytes[i] = (char)(state->bytes[i] operation bits.data[i]); \
    uint32_t padding = (uint8_t)bits.data[0];                                                                      \
    if (padding) state->bytes[1] = (char)((uint8_t)state->bytes[1] | (uint8_t)(0xFF << (8 - padding)));            \
    return OK;                                                                                                     \
  }                                                                                                                \
  UPDATE(name##_update) {                                                                                          \
    (void)call;                                                                                                    \
    FOR_VALUES(StringView, { TRY(name##_fold(states[row], string_str(&in), arena, context->error)); });            \
    return OK;                                                                                                     \
  }                                                                                                                \
  UPDATE_ONE(name##_update_one) {                                                                                  \
    (void)call;                                                                                                    \
    FOR_VALUES(StringView, { TRY(name##_fold(state_, string_str(&in), arena, context->error)); });                 \
    return OK;                                                                                                     \
  }                                                                                                                \
  COMBINE(name##_combine) {                                                                                        \
    (void)call;                                                                                                    \
    const BitsState *source = source_;                                                                             \
    if (!source->bytes) return OK;                                                                                 \
    return name##_fold(target_, (Str){source->bytes, source->length}, arena, context->error);                      \
  }

FOLD_BITS(bits_and, "AND", &)
FOLD_BITS(bits_or, "OR", |)
FOLD_BITS(bits_xor, "XOR", ^)

// ---------------------------------------------------------------------------------------------------------------------
// bitstring_agg(x, min, max). Without bounds those of the column, where plan/bounds.c knows them; else there may be no values.
// ---------------------------------------------------------------------------------------------------------------------

#define RANGE_LIMIT 1000000000 // bits

typedef struct BitRange {
  int128 least;
  uint64_t count; // of bits
} BitRange;

static Status range_set(BitsState *state, const BitRange *range, int128 value, Arena *arena, Error *error) {
  if (!range) {
    return error_set(error, ERROR_BINDER, -1,
                     "Could not retrieve required statistics. Alternatively, try by providing the statistics "
                     "explicitly: BITSTRING_AGG(col, min, max) ");
  }
  uint128 offset = (uint128)value - (uint128)range->least; // huge when the value is less; the same for UHUGEINT
  if (offset >= range->count) {
    char text[3][NUMBER_TEXT_CAPACITY];
    return error_set(error, ERROR_OUT_OF_RANGE, -1, "Value %s is outside of provided min and max range (%s <-> %s)",
                     text_i128(text[0], value), text_i128(text[1], range->least),
                     text_i128(text[2], range->least + (int128)range->count - 1));
  }
  uint64_t bytes = (range->count + 7) / 8;
  uint32_t padding = (uint32_t)(bytes * 8 - range->count);
  if (!state->bytes) {
    state->bytes = arena_allocate_zeroed(arena, bytes + 1);
    if (!state->bytes) return error_no_memory(error);
    state->length = (uint32_t)bytes + 1;
    state->bytes[0] = (char)padding;
    if (padding) state->bytes[1] = (char)(uint8_t)(0xFF << (8 - padding));
  }
  uint64_t at = (uint64_t)offset + padding;
  state->bytes[1 + at / 8] = (char)((uint8_t)state->bytes[1 + at / 8] | 0x80 >> at % 8);
  return OK;
}

UPDATE(bit_range_update) {
  const BitRange *range = call->bind_data;
  FOR_VALUES(int128, { TRY(range_set(states[row], range, in, arena, context->error)); });
  return OK;
}
UPDATE_ONE(bit_range_update_one) {
  const BitRange *range = call->bind_data;
  FOR_VALUES(int128, { TRY(range_set(state_, range, in, arena, context->error)); });
  return OK;
}
#define bit_range_init bits_init
#define bit_range_combine bits_or_combine
#define bit_range_finalize bits_finalize

static Status bind_bit_range(AggregateBind *bind) {
  if (bind->argument_count == 1) return OK; // plan/bounds.c may know them
  Value bounds[2];
  bool constant = true;
  for (uint32_t i = 0; i < 2 && constant; i++) {
    TRY(aggregate_constant(bind, i + 1, &bounds[i], &constant));
    constant = constant && !bounds[i].is_null;
    if (constant) TRY(value_cast(bind->arena, &bounds[i], bind->argument_types[0], &bounds[i], bind->error));
  }
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "bitstring_agg requires a constant min and max argument");
  }
  BitRange *range;
  ARENA_NEW(bind->arena, bind->error, range);
  range->least = bounds[0].i128;
  uint128 span = (uint128)bounds[1].i128 - (uint128)bounds[0].i128;
  if (span >= RANGE_LIMIT) {
    return error_set(bind->error, ERROR_OUT_OF_RANGE, bind->position,
                     "The range between min and max value of bitstring_agg is too large");
  }
  range->count = (uint64_t)span + 1;
  bind->bind_data = range;
  return OK;
}

#define bits_and_init bits_init
#define bits_or_init bits_init
#define bits_xor_init bits_init
#define bits_and_finalize bits_finalize
#define bits_or_finalize bits_finalize
#define bits_xor_finalize bits_finalize

#define BIT_RANGE(type)                                                                              \
  AGGREGATE("bitstring_agg", OF(BIT), TYPES(OF(type)), BitsState, bit_range, .bind = bind_bit_range, \
            .skips_nulls = true),                                                                    \
      AGGREGATE("bitstring_agg", OF(BIT), TYPES(OF(type), OF(type), OF(type)), BitsState, bit_range, \
                .bind = bind_bit_range, .skips_nulls = true)

AGGREGATE_TABLE(bits) = {
    AGGREGATE("bit_and", OF(BIT), TYPES(OF(BIT)), BitsState, bits_and, .skips_nulls = true),
    AGGREGATE("bit_or", OF(BIT), TYPES(OF(BIT)), BitsState, bits_or, .skips_nulls = true),
    AGGREGATE("bit_xor", OF(BIT), TYPES(OF(BIT)), BitsState, bits_xor, .skips_nulls = true, .distinct_matters = true),
    BIT_RANGE(HUGEINT),
    BIT_RANGE(UHUGEINT),
};
AGGREGATE_TABLE_END(bits);
