// SPDX-License-Identifier: MIT
//
// cast_number.c: BOOLEAN, integers and floats among each other.
//
// Ten integer types to ten others would be a hundred kernels. Instead blocks of rows pass through a hub: every type can
// be loaded into int64 (or int128, double) and stored from it, and one range check stands between. A cast whose target
// is the hub itself (INTEGER -> BIGINT, anything -> DOUBLE) loads straight into the result.
//
// Ranges are checked for all rows at once, NULL rows too; only a block with a hit looks which row it was.
#include "vector/cast.h"

// ---------------------------------------------------------------------------------------------------------------------
// Loaders and storers
// ---------------------------------------------------------------------------------------------------------------------

#define LOAD(T, CONVERT)                                                                     \
  do {                                                                                       \
    const T *data = view->data;                                                              \
    if (view_is_flat(view)) {                                                                \
      data += from;                                                                          \
      for (uint32_t i = 0; i < count; i++) out[i] = CONVERT(data[i]);                        \
    } else {                                                                                 \
      for (uint32_t i = 0; i < count; i++) out[i] = CONVERT(data[view_row(view, from + i)]); \
    }                                                                                        \
  } while (0)
#define TO_I64(value) ((int64_t)(value))
#define TO_I128(value) ((int128)(value))
#define TO_F64(value) ((double)(value))
#define U128_TO_I128(value) ((value) >> 127 ? (int128)(~(uint128)0 >> 1) : (int128)(value))

HOT void hub_load_i64(const VectorView *view, Physical physical, uint32_t from, uint32_t count, int64_t *restrict out) {
  switch (physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      LOAD(uint8_t, TO_I64);
      break;
    case PHYSICAL_I8:
      LOAD(int8_t, TO_I64);
      break;
    case PHYSICAL_I16:
      LOAD(int16_t, TO_I64);
      break;
    case PHYSICAL_I32:
      LOAD(int32_t, TO_I64);
      break;
    case PHYSICAL_U16:
      LOAD(uint16_t, TO_I64);
      break;
    case PHYSICAL_U32:
      LOAD(uint32_t, TO_I64);
      break;
    default:
      ASSERT(physical == PHYSICAL_I64);
      LOAD(int64_t, TO_I64);
  }
}

void hub_load_i128(const VectorView *view, Physical physical, uint32_t from, uint32_t count, int128 *restrict out) {
  switch (physical) {
    case PHYSICAL_I128:
      LOAD(int128, TO_I128);
      break;
    case PHYSICAL_U64:
      LOAD(uint64_t, TO_I128);
      break;
    case PHYSICAL_U128:
      LOAD(uint128, U128_TO_I128);
      break;
    default: {
      int64_t narrow[HUB_ROWS];
      ASSERT(count <= HUB_ROWS);
      hub_load_i64(view, physical, from, count, narrow);
      for (uint32_t i = 0; i < count; i++) out[i] = narrow[i];
    }
  }
}

HOT void hub_load_f64(const VectorView *view, Physical physical, uint32_t from, uint32_t count, double *restrict out) {
  switch (physical) {
    case PHYSICAL_F64:
      LOAD(double, TO_F64);
      break;
    case PHYSICAL_F32:
      LOAD(float, TO_F64);
      break;
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      LOAD(uint8_t, TO_F64);
      break;
    case PHYSICAL_I8:
      LOAD(int8_t, TO_F64);
      break;
    case PHYSICAL_I16:
      LOAD(int16_t, TO_F64);
      break;
    case PHYSICAL_I32:
      LOAD(int32_t, TO_F64);
      break;
    case PHYSICAL_I64:
      LOAD(int64_t, TO_F64);
      break;
    case PHYSICAL_I128:
      LOAD(int128, i128_to_f64);
      break;
    case PHYSICAL_U16:
      LOAD(uint16_t, TO_F64);
      break;
    case PHYSICAL_U32:
      LOAD(uint32_t, TO_F64);
      break;
    case PHYSICAL_U64:
      LOAD(uint64_t, TO_F64);
      break;
    default:
      ASSERT(physical == PHYSICAL_U128);
      LOAD(uint128, TO_F64);
  }
}

#define STORE(T)                                                   \
  do {                                                             \
    T *target = (T *)out + at;                                     \
    for (uint32_t i = 0; i < count; i++) target[i] = (T)values[i]; \
  } while (0)
#define STORE_FUNCTION(name, Hub)                                                                        \
  HOT void name(const Hub *restrict values, uint32_t count, Physical physical, uint32_t at, void *out) { \
    switch (physical) {                                                                                  \
      case PHYSICAL_BOOL: {                                                                              \
        uint8_t *target = (uint8_t *)out + at;                                                           \
        for (uint32_t i = 0; i < count; i++) target[i] = values[i] != 0;                                 \
        break;                                                                                           \
      }                                                                                                  \
      case PHYSICAL_I8:                                                                                  \
        STORE(int8_t);                                                                                   \
        break;                                                                                           \
      case PHYSICAL_I16:                                                                                 \
        STORE(int16_t);                                                                                  \
        break;                                                                                           \
      case PHYSICAL_I32:                                                                                 \
        STORE(int32_t);                                                                                  \
        break;                                                                                           \
      case PHYSICAL_I64:                                                                                 \
        STORE(int64_t);                                                                                  \
        break;                                                                                           \
      case PHYSICAL_I128:                                                                                \
        STORE(int128);                                                                                   \
        break;                                                                                           \
      case PHYSICAL_U8:                                                                                  \
        STORE(uint8_t);                                                                                  \
        break;                                                                                           \
      case PHYSICAL_U16:                                                                                 \
        STORE(uint16_t);                                                                                 \
        break;                                                                                           \
      case PHYSICAL_U32:                                                                                 \
        STORE(uint32_t);                                                                                 \
        break;                                                                                           \
      case PHYSICAL_U64:                                                                                 \
        STORE(uint64_t);                                                                                 \
        break;                                                                                           \
      default:                                                                                           \
        ASSERT(physical == PHYSICAL_U128);                                                               \
        STORE(uint128);                                                                                  \
    }                                                                                                    \
  }
STORE_FUNCTION(hub_store_i64, int64_t)
STORE_FUNCTION(hub_store_i128, int128)

bool physical_fits_i64(Physical physical) {
  switch (physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_I8:
    case PHYSICAL_I16:
    case PHYSICAL_I32:
    case PHYSICAL_I64:
    case PHYSICAL_U8:
    case PHYSICAL_U16:
    case PHYSICAL_U32:
      return true;
    default:
      return false;
  }
}

static bool physical_is_signed(Physical physical) { return physical >= PHYSICAL_I8 && physical <= PHYSICAL_I128; }

void integer_range_i128(Physical physical, int128 *low, int128 *high) {
  const int128 largest = (int128)(~(uint128)0 >> 1);
  switch (physical) {
    case PHYSICAL_I8:
      *low = INT8_MIN, *high = INT8_MAX;
      break;
    case PHYSICAL_I16:
      *low = INT16_MIN, *high = INT16_MAX;
      break;
    case PHYSICAL_I32:
      *low = INT32_MIN, *high = INT32_MAX;
      break;
    case PHYSICAL_I64:
      *low = INT64_MIN, *high = INT64_MAX;
      break;
    case PHYSICAL_U8:
      *low = 0, *high = UINT8_MAX;
      break;
    case PHYSICAL_U16:
      *low = 0, *high = UINT16_MAX;
      break;
    case PHYSICAL_U32:
      *low = 0, *high = UINT32_MAX;
      break;
    case PHYSICAL_U64:
      *low = 0, *high = UINT64_MAX;
      break;
    case PHYSICAL_U128:
      *low = 0, *high = largest;
      break;
    default:
      *low = -largest - 1, *high = largest; // I128, and BOOL, to which every number goes
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Integers to integers
// ---------------------------------------------------------------------------------------------------------------------

// What does not fit is lost by the store: the stored value read back differs.
#define CHECKED_STORE(T)                                  \
  case sizeof(T) * 2 + ((T)-1 < (T)1): {                  \
    T *target = (T *)cast->result->data + at;             \
    for (uint32_t i = 0; i < count; i++) {                \
      target[i] = (T)values[i];                           \
      lost |= (uint64_t)(values[i] ^ (int64_t)target[i]); \
    }                                                     \
    break;                                                \
  }

HOT static bool store_i64_loses(const Cast *cast, const int64_t *restrict values, uint32_t count, uint32_t at) {
  uint64_t lost = 0;
  switch (physical_size(cast->result->physical) * 2 + physical_is_signed(cast->result->physical)) {
    CHECKED_STORE(int8_t)
    CHECKED_STORE(int16_t)
    CHECKED_STORE(int32_t)
    CHECKED_STORE(uint8_t)
    CHECKED_STORE(uint16_t)
    CHECKED_STORE(uint32_t)
    default: {
      int128 low, high;
      integer_range_i128(cast->result->physical, &low, &high);
      for (uint32_t i = 0; i < count; i++) lost |= values[i] < low;
      hub_store_i64(values, count, cast->result->physical, at, cast->result->data);
    }
  }
  return lost != 0;
}

static bool store_i128_loses(const Cast *cast, const int128 *values, uint32_t count, uint32_t at) {
  int128 low, high;
  integer_range_i128(cast->result->physical, &low, &high);
  unsigned lost = 0;
  for (uint32_t i = 0; i < count; i++) lost |= (unsigned)(values[i] < low) | (unsigned)(values[i] > high);
  hub_store_i128(values, count, cast->result->physical, at, cast->result->data);
  return lost;
}

static const void *value_at(const VectorView *view, const Cast *cast, uint32_t row) {
  return (const uint8_t *)view->data + (size_t)view_row(view, row) * physical_size(cast->source->physical);
}

// Some rows of a block do not fit: each fails unless it is NULL.
static Status fail_rows(const Cast *cast, const VectorView *view, uint32_t from, uint32_t count) {
  int128 low, high;
  integer_range_i128(cast->result->physical, &low, &high);
  for (uint32_t row = from; row < from + count; row++) {
    int128 value;
    hub_load_i128(view, cast->source->physical, row, 1, &value);
    if ((value >= low && value <= high) || !result_row_valid(cast, row)) continue;
    TRY(cast_row_out_of_range(cast, row, value_at(view, cast, row)));
  }
  return OK;
}

static Status cast_integers_narrow(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  if (cast->result->physical == PHYSICAL_I64) {
    hub_load_i64(&view, cast->source->physical, 0, count, cast->result->data);
    return OK;
  }
  bool to_bool = cast->result->physical == PHYSICAL_BOOL;
  bool in_place = cast->source->physical == PHYSICAL_I64 && view_is_flat(&view); // the source is the hub already
  int64_t buffer[HUB_ROWS];
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    const int64_t *values = in_place ? (const int64_t *)view.data + from : buffer;
    if (!in_place) hub_load_i64(&view, cast->source->physical, from, rows, buffer);
    if (to_bool) {
      hub_store_i64(values, rows, PHYSICAL_BOOL, from, cast->result->data);
    } else if (UNLIKELY(store_i64_loses(cast, values, rows, from))) {
      TRY(fail_rows(cast, &view, from, rows));
    }
  }
  return OK;
}

static Status cast_integers_wide(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  // A UHUGEINT too large for int128 is loaded as the largest one: no other type can hold that either, HUGEINT apart.
  bool saturated = cast->source->physical == PHYSICAL_U128 && cast->result->physical == PHYSICAL_I128;
  int128 values[HUB_ROWS];
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    hub_load_i128(&view, cast->source->physical, from, rows, values);
    if (UNLIKELY(store_i128_loses(cast, values, rows, from))) TRY(fail_rows(cast, &view, from, rows));
    for (uint32_t i = 0; saturated && i < rows; i++) {
      const uint128 *value = value_at(&view, cast, from + i);
      if (*value >> 127 && result_row_valid(cast, from + i)) TRY(cast_row_out_of_range(cast, from + i, value));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Floats
// ---------------------------------------------------------------------------------------------------------------------

// Half to even. From 2^52 on doubles have no fraction; below, adding and taking away 2^52 leaves none.
static inline double round_half_even(double value) {
  const double magic = 4503599627370496.0;
  double magnitude = __builtin_fabs(value);
  double rounded = (magnitude + magic) - magic;
  rounded = __builtin_copysign(rounded, value);
  return magnitude < magic ? rounded : value;
}

static Status cast_floats_to_integers(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  Physical target = cast->result->physical;
  int128 low, high;
  integer_range_i128(target, &low, &high);
  const double smallest = target == PHYSICAL_U128 ? -0.5 : (double)low; // that one alone is rounded first
  const double beyond = target == PHYSICAL_U128 ? 340282366920938463463374607431768211456.0
                        : high >= INT64_MAX     ? (double)high // rounds up to the power of two
                                                : (double)high + 1;
  bool narrow = physical_fits_i64(target);
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    double values[HUB_ROWS];
    int64_t integers[HUB_ROWS];
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    hub_load_f64(&view, cast->source->physical, from, rows, values);
    unsigned outside = 0;
    for (uint32_t i = 0; i < rows; i++) {
      double rounded = round_half_even(values[i]);
      bool fits = (values[i] >= smallest) & (rounded < beyond);
      outside |= !fits;
      values[i] = fits ? rounded : 0;
      if (narrow) {
        integers[i] = (int64_t)values[i];
      } else if (target == PHYSICAL_U128) {
        ((uint128 *)cast->result->data)[from + i] = (uint128)values[i];
      } else {
        int128 wide = (int128)values[i];
        hub_store_i128(&wide, 1, target, from + i, cast->result->data);
      }
    }
    if (narrow) hub_store_i64(integers, rows, target, from, cast->result->data);
    if (LIKELY(!outside)) continue;
    hub_load_f64(&view, cast->source->physical, from, rows, values);
    for (uint32_t i = 0; i < rows; i++) {
      if (values[i] >= smallest && round_half_even(values[i]) < beyond) continue;
      if (result_row_valid(cast, from + i)) {
        TRY(cast_row_out_of_range(cast, from + i, value_at(&view, cast, from + i)));
      }
    }
  }
  return OK;
}

static Status cast_to_f32(const Cast *cast) {
  Error *error = cast->context->error;
  if (cast->source->physical == PHYSICAL_F64) {
    UNARY_CHECKED(error, cast->source, cast->row_count, cast->result, double, float, {
      out = (float)in;
      if (__builtin_isinf(out) && !__builtin_isinf(in)) {
        TRY(cast_row_out_of_range(cast, row, &in));
        continue;
      }
    });
    return OK;
  }
  switch (cast->source->physical) {
#define X(suffix, T)                                                                            \
  case PHYSICAL_##suffix:                                                                       \
    UNARY_TOTAL(error, cast->source, cast->row_count, cast->result, T, float, out = (float)in); \
    break;
    PHYSICAL_INTEGERS(X)
#undef X
    default:
      UNARY_TOTAL(error, cast->source, cast->row_count, cast->result, uint8_t, float, out = (float)in);
  }
  return OK;
}

static Status cast_to_f64(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  hub_load_f64(&view, cast->source->physical, 0, count, cast->result->data);
  return OK;
}

// NaN is true.
static Status cast_float_to_bool(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  uint8_t *out = cast->result->data;
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    double values[HUB_ROWS];
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    hub_load_f64(&view, cast->source->physical, from, rows, values);
    for (uint32_t i = 0; i < rows; i++) out[from + i] = values[i] != 0;
  }
  return OK;
}

Status cast_numbers(const Cast *cast) {
  Physical from = cast->source->physical, to = cast->result->physical;
  if (to == PHYSICAL_F32) return cast_to_f32(cast);
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  if (to == PHYSICAL_F64) return cast_to_f64(cast, count);
  if (from == PHYSICAL_F32 || from == PHYSICAL_F64) {
    return to == PHYSICAL_BOOL ? cast_float_to_bool(cast, count) : cast_floats_to_integers(cast, count);
  }
  if (physical_fits_i64(from)) return cast_integers_narrow(cast, count);
  return cast_integers_wide(cast, count);
}
