// SPDX-License-Identifier: MIT
//
// cast_decimal.c: DECIMAL from and to all numbers. A DECIMAL(w, s) is an integer of w digits, s of them behind the
// point: casts multiply or divide by powers of ten. In 64 bits where source and target are no wider, else in 128.
// What is divided away rounds half away from zero.
#include "vector/cast.h"

static Status decimal_too_large(const Cast *cast, uint32_t row, int128 value) {
  Type from = cast->source->type, to = cast->result->type;
  char text[SCALAR_TEXT_CAPACITY];
  if (from.id == TYPE_DECIMAL) {
    size_t length = decimal_write(text, value, from.width, from.scale);
    return cast_row_failed(cast, row, "Casting value \"%.*s\" to type DECIMAL(%u,%u) failed: value is out of range!",
                           (int)length, text, to.width, to.scale);
  }
  VectorView view;
  vector_view(cast->source, &view);
  const uint8_t *data = view.data;
  size_t at = (size_t)view_row(&view, row) * physical_size(cast->source->physical);
  size_t length = scalar_write(text, from, cast->source->physical, data + at);
  return cast_row_failed(cast, row, "Could not cast value %.*s to DECIMAL(%u,%u)", (int)length, text, to.width,
                         to.scale);
}

static Status integer_too_large(const Cast *cast, uint32_t row, int128 value) {
  char text[NUMBER_TEXT_CAPACITY];
  size_t length = number_write_i128(text, value);
  return cast_row_failed(cast, row, "Failed to cast decimal value %.*s to type %s", (int)length, text,
                         physical_name(cast->result->type));
}

// ---------------------------------------------------------------------------------------------------------------------
// Multiplying and dividing
// ---------------------------------------------------------------------------------------------------------------------

// Values in [low, high] are multiplied by `factor`. The multiplication is unsigned: NULL rows may hold anything.
#define MULTIPLY_ROWS(name, Hub, Unsigned, LOAD_HUB, STORE_HUB)                                  \
  static Status name(const Cast *cast, uint32_t count, Hub factor, Hub low, Hub high) {          \
    VectorView view;                                                                             \
    vector_view(cast->source, &view);                                                            \
    Hub values[HUB_ROWS], scaled[HUB_ROWS];                                                      \
    for (uint32_t from = 0; from < count; from += HUB_ROWS) {                                    \
      uint32_t rows = MIN_OF(count - from, HUB_ROWS);                                            \
      LOAD_HUB(&view, cast->source->physical, from, rows, values);                               \
      unsigned outside = 0;                                                                      \
      for (uint32_t i = 0; i < rows; i++) {                                                      \
        outside |= (unsigned)(values[i] < low) | (unsigned)(values[i] > high);                   \
        scaled[i] = (Hub)((Unsigned)values[i] * (Unsigned)factor);                               \
      }                                                                                          \
      STORE_HUB(scaled, rows, cast->result->physical, from, cast->result->data);                 \
      for (uint32_t i = 0; outside && i < rows; i++) {                                           \
        if (values[i] >= low && values[i] <= high) continue;                                     \
        if (result_row_valid(cast, from + i)) TRY(decimal_too_large(cast, from + i, values[i])); \
      }                                                                                          \
    }                                                                                            \
    return OK;                                                                                   \
  }

// Values are divided by `factor` (1 or an even power of ten), rounded half away from zero, and must then lie in
// [low, high].
#define DIVIDE_ROWS(name, Hub, LOAD_HUB, STORE_HUB)                                                   \
  static Status name(const Cast *cast, uint32_t count, Hub factor, Hub low, Hub high) {               \
    VectorView view;                                                                                  \
    vector_view(cast->source, &view);                                                                 \
    Hub values[HUB_ROWS], divided[HUB_ROWS];                                                          \
    bool to_decimal = cast->result->type.id == TYPE_DECIMAL;                                          \
    for (uint32_t from = 0; from < count; from += HUB_ROWS) {                                         \
      uint32_t rows = MIN_OF(count - from, HUB_ROWS);                                                 \
      LOAD_HUB(&view, cast->source->physical, from, rows, values);                                    \
      unsigned outside = 0;                                                                           \
      for (uint32_t i = 0; i < rows; i++) {                                                           \
        Hub quotient = values[i] / factor;                                                            \
        Hub rest = values[i] % factor;                                                                \
        Hub half = factor / 2;                                                                        \
        if (factor > 1) quotient += (rest >= half) - (rest <= -half);                                 \
        outside |= (unsigned)(quotient < low) | (unsigned)(quotient > high);                          \
        divided[i] = quotient;                                                                        \
      }                                                                                               \
      STORE_HUB(divided, rows, cast->result->physical, from, cast->result->data);                     \
      for (uint32_t i = 0; outside && i < rows; i++) {                                                \
        if ((divided[i] >= low && divided[i] <= high) || !result_row_valid(cast, from + i)) continue; \
        TRY(to_decimal ? decimal_too_large(cast, from + i, values[i])                                 \
                       : integer_too_large(cast, from + i, divided[i]));                              \
      }                                                                                               \
    }                                                                                                 \
    return OK;                                                                                        \
  }

MULTIPLY_ROWS(multiply_i64, int64_t, uint64_t, hub_load_i64, hub_store_i64)
MULTIPLY_ROWS(multiply_i128, int128, uint128, hub_load_i128, hub_store_i128)
DIVIDE_ROWS(divide_i64, int64_t, hub_load_i64, hub_store_i64)
DIVIDE_ROWS(divide_i128, int128, hub_load_i128, hub_store_i128)

static int64_t clamp_i64(int128 value) { return (int64_t)MAX_OF(MIN_OF(value, (int128)INT64_MAX), (int128)INT64_MIN); }

static Status multiply_rows(const Cast *cast, uint32_t count, int128 factor, int128 low, int128 high) {
  if (physical_fits_i64(cast->source->physical) && physical_fits_i64(cast->result->physical)) {
    return multiply_i64(cast, count, (int64_t)factor, clamp_i64(low), clamp_i64(high));
  }
  return multiply_i128(cast, count, factor, low, high);
}

static Status divide_rows(const Cast *cast, uint32_t count, int128 factor, int128 low, int128 high) {
  if (physical_fits_i64(cast->source->physical) && factor <= INT64_MAX) {
    return divide_i64(cast, count, (int64_t)factor, clamp_i64(low), clamp_i64(high));
  }
  return divide_i128(cast, count, factor, low, high);
}

// ---------------------------------------------------------------------------------------------------------------------
// Pairs of types
// ---------------------------------------------------------------------------------------------------------------------

static Status integer_to_decimal(const Cast *cast, uint32_t count) {
  Type to = cast->result->type;
  int128 limit = power_of_ten_i128(to.width - to.scale) - 1;
  // Where there is no digit before the point, true is the least that there is behind it.
  if (cast->source->type.id == TYPE_BOOLEAN && limit == 0) return multiply_rows(cast, count, 1, 0, 1);
  return multiply_rows(cast, count, power_of_ten_i128(to.scale), -limit, limit);
}

static Status decimal_to_decimal(const Cast *cast, uint32_t count) {
  Type from = cast->source->type, to = cast->result->type;
  int128 limit = power_of_ten_i128(to.width) - 1;
  if (from.scale > to.scale) return divide_rows(cast, count, power_of_ten_i128(from.scale - to.scale), -limit, limit);
  uint32_t shift = to.scale - from.scale;
  limit = shift > to.width ? 0 : power_of_ten_i128(to.width - shift) - 1;
  return multiply_rows(cast, count, power_of_ten_i128(shift), -limit, limit);
}

static Status decimal_to_integer(const Cast *cast, uint32_t count) {
  int128 low, high;
  integer_range_i128(cast->result->physical, &low, &high);
  return divide_rows(cast, count, power_of_ten_i128(cast->source->type.scale), low, high);
}

static Status decimal_to_bool(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  int128 values[HUB_ROWS];
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    hub_load_i128(&view, cast->source->physical, from, rows, values);
    hub_store_i128(values, rows, PHYSICAL_BOOL, from, cast->result->data);
  }
  return OK;
}

// A value that a double holds exactly is divided as such; others part into what is before and behind the point.
static inline double decimal_to_double(int128 value, int128 factor, double divisor) {
  const int128 exact = (int128)1 << 53;
  if (value <= exact && value >= -exact) return (double)(int64_t)value / divisor;
  return i128_to_f64(value / factor) + i128_to_f64(value % factor) / divisor;
}

static void store_float(const Cast *cast, uint32_t row, double value) {
  if (cast->result->physical == PHYSICAL_F32) {
    ((float *)cast->result->data)[row] = (float)value;
  } else {
    ((double *)cast->result->data)[row] = value;
  }
}

HOT static Status decimal_to_float(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  uint32_t scale = cast->source->type.scale;
  int128 factor = power_of_ten_i128(scale);
  double divisor = power_of_ten_f64((int)scale);
  bool exact = cast->source->type.width <= 15 && cast->result->physical == PHYSICAL_F64;
  double *out = cast->result->data;
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    if (exact) {
      hub_load_f64(&view, cast->source->physical, from, rows, out + from);
      for (uint32_t i = 0; i < rows; i++) out[from + i] /= divisor;
      continue;
    }
    int128 values[HUB_ROWS];
    hub_load_i128(&view, cast->source->physical, from, rows, values);
    for (uint32_t i = 0; i < rows; i++) store_float(cast, from + i, decimal_to_double(values[i], factor, divisor));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Floats to DECIMAL
// ---------------------------------------------------------------------------------------------------------------------

#define LIMB_BASE 1000000000u
#define LIMB_COUNT 36 // 324 digits: more than the largest double has before the point

// printf's %f: all digits before the point, six behind it. A double is mantissa * 2^exponent; from 2^64 on it is an
// integer and is written out from limbs of nine digits.
static size_t write_fixed_point(char *out, double value) {
  if (value != value || value - value != 0) return number_write_f64(out, value);
  size_t length = 0;
  if (value < 0) out[length++] = '-';
  double magnitude = __builtin_fabs(value);
  if (magnitude < 18446744073709551616.0) {
    uint64_t whole = (uint64_t)magnitude;
    // The fraction is a multiple of 2^-53 at least in this sum: exact in 128 bits.
    double fraction = magnitude - (double)whole;
    uint64_t millionths = (uint64_t)(fraction * 1000000.0 + 0.5);
    if (millionths >= 1000000) {
      millionths = 0;
      whole++;
    }
    length += number_write_u64(out + length, whole);
    out[length++] = '.';
    for (uint64_t unit = 100000; unit; unit /= 10) out[length++] = (char)('0' + millionths / unit % 10);
    return length;
  }
  uint64_t bits;
  memcpy(&bits, &magnitude, sizeof bits);
  uint64_t mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
  uint32_t limbs[LIMB_COUNT] = {0};
  uint32_t used = 0;
  for (; mantissa; mantissa /= LIMB_BASE) limbs[used++] = (uint32_t)(mantissa % LIMB_BASE);
  for (int shift = (int)(bits >> 52) - 1075; shift > 0; shift--) {
    uint32_t carry = 0;
    for (uint32_t i = 0; i < used; i++) {
      uint32_t doubled = limbs[i] * 2 + carry;
      carry = doubled >= LIMB_BASE;
      limbs[i] = carry ? doubled - LIMB_BASE : doubled;
    }
    if (carry) limbs[used++] = carry;
  }
  length += number_write_u64(out + length, limbs[used - 1]);
  for (uint32_t i = used - 1; i-- > 0;) {
    for (uint32_t unit = LIMB_BASE / 10; unit; unit /= 10) out[length++] = (char)('0' + limbs[i] / unit % 10);
  }
  memcpy(out + length, ".000000", 7);
  return length + 7;
}

static Status float_to_decimal(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  Type to = cast->result->type;
  double factor = power_of_ten_f64(to.scale);
  double limit = power_of_ten_f64(to.width);
  bool single = cast->source->physical == PHYSICAL_F32;
  for (uint32_t from = 0; from < count; from += HUB_ROWS) {
    double values[HUB_ROWS];
    uint32_t rows = MIN_OF(count - from, HUB_ROWS);
    hub_load_f64(&view, cast->source->physical, from, rows, values);
    for (uint32_t i = 0; i < rows; i++) {
      if (!result_row_valid(cast, from + i)) continue;
      double scaled = values[i] * factor;
      double whole = scaled < 0 ? -__builtin_floor(-scaled) : __builtin_floor(scaled);
      double rest = scaled - whole;
      double rounded = whole + (rest >= 0.5) - (rest <= -0.5);
      if (single) rounded = (float)rounded; // as DuckDB does
      int128 decimal;
      if (rounded > -limit && rounded < limit && f64_to_i128(rounded, &decimal)) {
        hub_store_i128(&decimal, 1, cast->result->physical, from + i, cast->result->data);
        continue;
      }
      char text[LIMB_COUNT * 9 + 16];
      size_t length = write_fixed_point(text, values[i]);
      TRY(cast_row_failed(cast, from + i, "Could not cast value %.*s to DECIMAL(%u,%u)", (int)length, text, to.width,
                          to.scale));
    }
  }
  return OK;
}

Status cast_decimals(const Cast *cast) {
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  Type from = cast->source->type, to = cast->result->type;
  if (to.id != TYPE_DECIMAL) {
    if (to.id == TYPE_BOOLEAN) return decimal_to_bool(cast, count);
    if (to.id == TYPE_FLOAT || to.id == TYPE_DOUBLE) return decimal_to_float(cast, count);
    return decimal_to_integer(cast, count);
  }
  if (from.id == TYPE_DECIMAL) return decimal_to_decimal(cast, count);
  if (from.id == TYPE_FLOAT || from.id == TYPE_DOUBLE) return float_to_decimal(cast, count);
  return integer_to_decimal(cast, count);
}
