// SPDX-License-Identifier: MIT
//
// statistics.c: see statistics.h.
#include "store/statistics.h"

static bool ordered_by_bytes_or_number(Type type) {
  switch (type.id) {
    case TYPE_TIME_TZ:
    case TYPE_BIGNUM:
    case TYPE_BIT:
    case TYPE_INTERVAL:
      return false; // their order is not that of their representation
    default:
      return true;
  }
}

// NaN is the greatest, as in ORDER BY.
static int double_compare(double a, double b) {
  bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return (int)a_nan - (int)b_nan;
  return a < b ? -1 : a > b;
}

static int bytes_compare(const uint8_t *a, uint32_t a_length, const uint8_t *b, uint32_t b_length) {
  uint32_t common = MIN_OF(a_length, b_length);
  int order = common ? memcmp(a, b, common) : 0;
  return order ? order : (a_length > b_length) - (a_length < b_length);
}

// ---------------------------------------------------------------------------------------------------------------------
// Adding
// ---------------------------------------------------------------------------------------------------------------------

static void add_hash(ColumnSketch *sketch, uint64_t hash) {
  uint32_t index = (uint32_t)(hash >> 58);
  uint8_t rank = (uint8_t)(__builtin_clzll(hash << 6 | 1) + 1);
  if (rank > sketch->registers[index]) sketch->registers[index] = rank;
}

static void add_integer_bounds(ColumnSketch *sketch, int128 least, int128 most) {
  int128 minimum, maximum;
  memcpy(&minimum, sketch->minimum, sizeof minimum);
  memcpy(&maximum, sketch->maximum, sizeof maximum);
  if (sketch->kind == BOUND_NONE || least < minimum) memcpy(sketch->minimum, &least, sizeof least);
  if (sketch->kind == BOUND_NONE || most > maximum) memcpy(sketch->maximum, &most, sizeof most);
  sketch->kind = BOUND_INTEGER;
}

static void add_double_bounds(ColumnSketch *sketch, double least, double most) {
  double minimum, maximum;
  memcpy(&minimum, sketch->minimum, sizeof minimum);
  memcpy(&maximum, sketch->maximum, sizeof maximum);
  if (sketch->kind == BOUND_NONE || double_compare(least, minimum) < 0) memcpy(sketch->minimum, &least, sizeof least);
  if (sketch->kind == BOUND_NONE || double_compare(most, maximum) > 0) memcpy(sketch->maximum, &most, sizeof most);
  sketch->kind = BOUND_DOUBLE;
}

static void add_text_bounds(ColumnSketch *sketch, Str least, Str most) {
  const uint8_t *low = (const uint8_t *)least.data, *high = (const uint8_t *)most.data;
  uint32_t low_length = (uint32_t)MIN_OF(least.length, (size_t)BOUND_BYTES);
  uint32_t high_length = (uint32_t)MIN_OF(most.length, (size_t)BOUND_BYTES);
  if (sketch->kind == BOUND_NONE || bytes_compare(low, low_length, sketch->minimum, sketch->minimum_length) < 0) {
    memset(sketch->minimum, 0, BOUND_BYTES);
    memcpy(sketch->minimum, low, low_length);
    sketch->minimum_length = (uint8_t)low_length;
  }
  int order =
      sketch->kind == BOUND_NONE ? 1 : bytes_compare(high, high_length, sketch->maximum, sketch->maximum_length);
  if (order > 0) {
    memset(sketch->maximum, 0, BOUND_BYTES);
    memcpy(sketch->maximum, high, high_length);
    sketch->maximum_length = (uint8_t)high_length;
    sketch->maximum_cut = most.length > BOUND_BYTES;
  } else if (order == 0) {
    sketch->maximum_cut |= most.length > BOUND_BYTES;
  }
  sketch->kind = BOUND_TEXT;
}

#define ADD_INTEGERS(T)                                                           \
  do {                                                                            \
    const T *values = view.data;                                                  \
    T least = 0, most = 0, last = 0;                                              \
    bool any = false;                                                             \
    for (uint32_t i = 0; i < count; i++) {                                        \
      uint32_t at = view_row(&view, from + i);                                    \
      if (!view_valid(&view, at)) continue;                                       \
      T value = values[at];                                                       \
      if (any && value == last) continue;                                         \
      if (!any) least = most = value;                                             \
      any = true;                                                                 \
      last = value;                                                               \
      if (value < least) least = value;                                           \
      if (value > most) most = value;                                             \
      add_hash(sketch, hash_u64((uint64_t)value ^ UINT64_C(0x9e3779b97f4a7c15))); \
    }                                                                             \
    if (any) add_integer_bounds(sketch, (int128)least, (int128)most);             \
  } while (0)

#define ADD_DOUBLES(T)                                                 \
  do {                                                                 \
    const T *values = view.data;                                       \
    double least = 0, most = 0;                                        \
    bool any = false;                                                  \
    for (uint32_t i = 0; i < count; i++) {                             \
      uint32_t at = view_row(&view, from + i);                         \
      if (!view_valid(&view, at)) continue;                            \
      double value = (double)values[at];                               \
      if (!any) least = most = value;                                  \
      any = true;                                                      \
      if (double_compare(value, least) < 0) least = value;             \
      if (double_compare(value, most) > 0) most = value;               \
      uint64_t bits;                                                   \
      memcpy(&bits, &value, sizeof bits);                              \
      add_hash(sketch, hash_u64(bits ^ UINT64_C(0x9e3779b97f4a7c15))); \
    }                                                                  \
    if (any) add_double_bounds(sketch, least, most);                   \
  } while (0)

static void add_strings(ColumnSketch *sketch, const VectorView *view, uint32_t from, uint32_t count) {
  const StringView *values = view->data;
  const StringView *least = NULL, *most = NULL, *last = NULL;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = view_row(view, from + i);
    if (!view_valid(view, at)) continue;
    const StringView *value = &values[at];
    if (last && string_equal(last, value)) continue;
    last = value;
    if (!least || string_compare(value, least) < 0) least = value;
    if (!most || string_compare(value, most) > 0) most = value;
    add_hash(sketch, value->length <= STRING_INLINE_CAPACITY ? hash_u64(value->words[0] ^ hash_u64(value->words[1]))
                                                             : hash_bytes(value->pointer, value->length));
  }
  if (least) add_text_bounds(sketch, string_str(least), string_str(most));
}

void sketch_add(ColumnSketch *sketch, const Vector *vector, uint32_t from, uint32_t count) {
  VectorView view;
  vector_view(vector, &view);
  sketch->row_count += count;
  for (uint32_t i = 0; view.validity && i < count; i++)
    sketch->null_count += !view_valid(&view, view_row(&view, from + i));
  if (!ordered_by_bytes_or_number(vector->type)) return;
  if (view.validity && view.mask == 0 && !bit_get(view.validity, 0)) return;
  switch (vector->physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      ADD_INTEGERS(uint8_t);
      break;
    case PHYSICAL_I8:
      ADD_INTEGERS(int8_t);
      break;
    case PHYSICAL_I16:
      ADD_INTEGERS(int16_t);
      break;
    case PHYSICAL_I32:
      ADD_INTEGERS(int32_t);
      break;
    case PHYSICAL_I64:
      ADD_INTEGERS(int64_t);
      break;
    case PHYSICAL_I128:
      ADD_INTEGERS(int128);
      break;
    case PHYSICAL_U16:
      ADD_INTEGERS(uint16_t);
      break;
    case PHYSICAL_U32:
      ADD_INTEGERS(uint32_t);
      break;
    case PHYSICAL_U64:
      ADD_INTEGERS(uint64_t);
      break;
    case PHYSICAL_F32:
      ADD_DOUBLES(float);
      break;
    case PHYSICAL_F64:
      ADD_DOUBLES(double);
      break;
    case PHYSICAL_STRING:
      add_strings(sketch, &view, from, count);
      break;
    default:
      break; // UHUGEINT does not fit an int128; nested types have no bounds
  }
}

static bool bounds_missing(const ColumnSketch *sketch) {
  return sketch->kind == BOUND_NONE && sketch->null_count < sketch->row_count;
}

void sketch_merge(ColumnSketch *sketch, const ColumnSketch *other) {
  // Rows without known bounds make the whole unknown.
  bool unknown = bounds_missing(sketch) || bounds_missing(other);
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) {
    sketch->registers[i] = MAX_OF(sketch->registers[i], other->registers[i]);
  }
  if (other->kind == BOUND_INTEGER) {
    int128 least, most;
    memcpy(&least, other->minimum, sizeof least);
    memcpy(&most, other->maximum, sizeof most);
    add_integer_bounds(sketch, least, most);
  } else if (other->kind == BOUND_DOUBLE) {
    double least, most;
    memcpy(&least, other->minimum, sizeof least);
    memcpy(&most, other->maximum, sizeof most);
    add_double_bounds(sketch, least, most);
  } else if (other->kind == BOUND_TEXT) {
    bool was = sketch->kind == BOUND_TEXT;
    ColumnSketch before = *sketch;
    add_text_bounds(sketch, (Str){(const char *)other->minimum, other->minimum_length},
                    (Str){(const char *)other->maximum, other->maximum_length});
    int order = was ? bytes_compare(other->maximum, other->maximum_length, before.maximum, before.maximum_length) : 1;
    if (order > 0)
      sketch->maximum_cut = other->maximum_cut;
    else if (order == 0)
      sketch->maximum_cut = before.maximum_cut | other->maximum_cut;
    else
      sketch->maximum_cut = before.maximum_cut;
  }
  sketch->null_count += other->null_count;
  sketch->row_count += other->row_count;
  if (unknown) sketch->kind = BOUND_NONE;
}

double sketch_distinct(const ColumnSketch *sketch) {
  double sum = 0;
  uint32_t empty = 0;
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) {
    sum += 1.0 / (double)(UINT64_C(1) << MIN_OF(sketch->registers[i], 62));
    empty += sketch->registers[i] == 0;
  }
  double estimate = 0.709 * SKETCH_REGISTERS * SKETCH_REGISTERS / sum;
  if (estimate <= 2.5 * SKETCH_REGISTERS && empty) {
    // Linear counting: m ln(m / empty), the logarithm by bisection on its series for want of libm here.
    double ratio = (double)SKETCH_REGISTERS / empty, logarithm = 0, z = (ratio - 1) / (ratio + 1), power = z;
    for (int n = 1; n < 200; n += 2, power *= z * z) logarithm += 2 * power / n;
    estimate = SKETCH_REGISTERS * logarithm;
  }
  double valid = (double)(sketch->row_count - sketch->null_count);
  return MIN_OF(estimate, valid);
}

// ---------------------------------------------------------------------------------------------------------------------
// Asking
// ---------------------------------------------------------------------------------------------------------------------

static bool value_as_integer(const Value *value, int128 *out) {
  switch (type_physical(value->type)) {
    case PHYSICAL_BOOL:
      *out = value->boolean;
      return true;
    case PHYSICAL_I8:
    case PHYSICAL_I16:
    case PHYSICAL_I32:
    case PHYSICAL_I64:
      *out = value->type.id == TYPE_DECIMAL ? value->i128 : (int128)value->i64;
      return true;
    case PHYSICAL_U8:
    case PHYSICAL_U16:
    case PHYSICAL_U32:
    case PHYSICAL_U64:
      *out = (int128)value->u64;
      return true;
    case PHYSICAL_I128:
      *out = value->i128;
      return true;
    default:
      return false;
  }
}

// Orders of the bounds against the value: minimum ? value, maximum ? value. False: cannot be told.
static bool compare_bounds(const ColumnSketch *sketch, const Value *value, int *minimum_order, int *maximum_order) {
  if (sketch->kind == BOUND_INTEGER) {
    int128 number, minimum, maximum;
    if (!value_as_integer(value, &number)) return false;
    memcpy(&minimum, sketch->minimum, sizeof minimum);
    memcpy(&maximum, sketch->maximum, sizeof maximum);
    *minimum_order = (minimum > number) - (minimum < number);
    *maximum_order = (maximum > number) - (maximum < number);
    return true;
  }
  if (sketch->kind == BOUND_DOUBLE) {
    double number, minimum, maximum;
    if (value->type.id == TYPE_DOUBLE)
      number = value->f64;
    else if (value->type.id == TYPE_FLOAT)
      number = (double)value->f32;
    else
      return false;
    memcpy(&minimum, sketch->minimum, sizeof minimum);
    memcpy(&maximum, sketch->maximum, sizeof maximum);
    *minimum_order = double_compare(minimum, number);
    *maximum_order = double_compare(maximum, number);
    return true;
  }
  if (type_physical(value->type) != PHYSICAL_STRING) return false;
  const uint8_t *text = (const uint8_t *)value->text.data;
  uint32_t length = (uint32_t)MIN_OF(value->text.length, (size_t)UINT32_MAX);
  *minimum_order = bytes_compare(sketch->minimum, sketch->minimum_length, text, length);
  *maximum_order = bytes_compare(sketch->maximum, sketch->maximum_length, text, length);
  // A cut minimum is only a lower bound, so "equal" is not certain, which no test below relies on. A cut maximum that is a
  // prefix of the value may be greater than it.
  if (sketch->maximum_cut && length >= sketch->maximum_length &&
      memcmp(sketch->maximum, text, sketch->maximum_length) == 0) {
    *maximum_order = 1;
  }
  return true;
}

bool sketch_may_match(const ColumnSketch *sketch, const ZoneFilter *filter) {
  if (filter->kind == ZONE_IS_NULL) return sketch->null_count > 0;
  if (sketch->null_count == sketch->row_count) return false;
  if (filter->kind == ZONE_IS_NOT_NULL || sketch->kind == BOUND_NONE) return true;
  int minimum_order, maximum_order;
  if (!compare_bounds(sketch, &filter->value, &minimum_order, &maximum_order)) return true;
  switch (filter->compare) {
    case COMPARE_EQUAL:
      return minimum_order <= 0 && maximum_order >= 0;
    case COMPARE_LESS:
      return minimum_order < 0;
    case COMPARE_LESS_EQUAL:
      return minimum_order <= 0;
    case COMPARE_GREATER:
      return maximum_order > 0;
    case COMPARE_GREATER_EQUAL:
      return maximum_order >= 0;
    case COMPARE_NOT_EQUAL:
      return sketch->kind == BOUND_TEXT || minimum_order != 0 || maximum_order != 0; // cut texts prove nothing
    default:
      return true;
  }
}

static Value integer_value(Type type, int128 number) {
  Value value = {.type = type};
  switch (type_physical(type)) {
    case PHYSICAL_BOOL:
      value.boolean = number != 0;
      break;
    case PHYSICAL_I128:
      value.i128 = number;
      break;
    case PHYSICAL_U8:
    case PHYSICAL_U16:
    case PHYSICAL_U32:
    case PHYSICAL_U64:
      value.u64 = (uint64_t)number;
      break;
    default:
      if (type.id == TYPE_DECIMAL)
        value.i128 = number;
      else
        value.i64 = (int64_t)number;
  }
  return value;
}

static Value double_value(Type type, double number) {
  Value value = {.type = type};
  if (type.id == TYPE_FLOAT)
    value.f32 = (float)number;
  else
    value.f64 = number;
  return value;
}

// A short text that is not below anything that starts with `text`: its last byte that can grow is grown.
static bool round_up(char *text, size_t *length) {
  while (*length) {
    uint8_t last = (uint8_t)text[*length - 1];
    if (last < 0x7e) {
      text[*length - 1] = (char)(last + 1);
      return true;
    }
    --*length;
  }
  return false;
}

bool sketch_bounds(const ColumnSketch *sketch, Type type, Arena *arena, Value *minimum, Value *maximum) {
  if (sketch->kind == BOUND_INTEGER) {
    int128 least, most;
    memcpy(&least, sketch->minimum, sizeof least);
    memcpy(&most, sketch->maximum, sizeof most);
    *minimum = integer_value(type, least);
    *maximum = integer_value(type, most);
    return true;
  }
  if (sketch->kind == BOUND_DOUBLE) {
    double least, most;
    memcpy(&least, sketch->minimum, sizeof least);
    memcpy(&most, sketch->maximum, sizeof most);
    *minimum = double_value(type, least);
    *maximum = double_value(type, most);
    return true;
  }
  if (sketch->kind != BOUND_TEXT) return false;
  Str low = {(const char *)sketch->minimum, sketch->minimum_length};
  Str high = {(const char *)sketch->maximum, sketch->maximum_length};
  size_t bad;
  if (type.id == TYPE_VARCHAR && !utf8_valid(low, &bad)) low.length = bad;
  if (str_copy(arena, NULL, low, &low) != OK || str_copy(arena, NULL, high, &high) != OK) return false;
  if (sketch->maximum_cut && !round_up((char *)high.data, &high.length)) return false;
  if (type.id == TYPE_VARCHAR && !utf8_valid(high, &bad)) return false;
  *minimum = (Value){.type = type, .text = low};
  *maximum = (Value){.type = type, .text = high};
  return true;
}
