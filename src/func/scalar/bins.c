// SPDX-License-Identifier: MIT
//
// bins.c: bounds for histograms: equi_width_bins(min, max, count, nice) and is_histogram_other_bin(x).
//
// "Nice" bounds are multiples of 2 or 5 times a power of ten, or whole units of time; there may be up to twice as many bins as were asked for. Bounds are made from the
// greatest downwards, as DuckDB does, so that they agree to the last bit.
#include "func/bins.h"

#define BIN_LIMIT 1000000

// ---------------------------------------------------------------------------------------------------------------------
// The bin of all others
// ---------------------------------------------------------------------------------------------------------------------

Status bin_other_value(Arena *arena, Error *error, Type type, Value *value, bool *has) {
  *value = (Value){.type = type};
  *has = true;
  switch ((TypeId)type.id) {
    case TYPE_TINYINT:
      value->i64 = INT8_MAX;
      return OK;
    case TYPE_SMALLINT:
      value->i64 = INT16_MAX;
      return OK;
    case TYPE_INTEGER:
      value->i64 = INT32_MAX;
      return OK;
    case TYPE_BIGINT:
      value->i64 = INT64_MAX;
      return OK;
    case TYPE_UTINYINT:
      value->u64 = UINT8_MAX;
      return OK;
    case TYPE_USMALLINT:
      value->u64 = UINT16_MAX;
      return OK;
    case TYPE_UINTEGER:
      value->u64 = UINT32_MAX;
      return OK;
    case TYPE_UBIGINT:
      value->u64 = UINT64_MAX;
      return OK;
    case TYPE_HUGEINT:
      value->i128 = (int128)(~(uint128)0 >> 1);
      return OK;
    case TYPE_UHUGEINT:
      value->u128 = ~(uint128)0;
      return OK;
    case TYPE_FLOAT:
      value->f32 = HUGE_VALF;
      return OK;
    case TYPE_DOUBLE:
      value->f64 = HUGE_VAL;
      return OK;
    case TYPE_DECIMAL:
      value->i128 = 1;
      for (uint32_t i = 0; i < type.width; i++) value->i128 *= 10;
      value->i128--;
      return OK;
    case TYPE_DATE:
      value->i64 = DAY_INFINITY;
      return OK;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_S:
    case TYPE_TIMESTAMP_MS:
    case TYPE_TIMESTAMP_NS:
    case TYPE_TIMESTAMP_TZ:
      value->i64 = MICROS_INFINITY;
      return OK;
    case TYPE_VARCHAR:
    case TYPE_BLOB:
      value->text = STR("");
      return OK;
    case TYPE_LIST:
      return OK;
    case TYPE_STRUCT:
      value->nested.count = type.info->count;
      ARENA_NEW_ARRAY(arena, error, value->nested.items, type.info->count);
      for (uint32_t i = 0; i < type.info->count && *has; i++) {
        TRY(bin_other_value(arena, error, type_child(type, i), &value->nested.items[i], has));
      }
      return OK;
    default:
      *has = false;
      return OK;
  }
}

// Inside of a struct NULL is the other value as well.
static bool is_other(const Value *value, const Value *other) {
  if (value->is_null) return true;
  if (value->type.id != TYPE_STRUCT) return value_equal(value, other);
  for (uint32_t i = 0; i < value->nested.count; i++) {
    if (!is_other(&value->nested.items[i], &other->nested.items[i])) return false;
  }
  return true;
}

KERNEL(is_histogram_other_bin) {
  uint32_t rows = kernel_rows(arguments, 1, row_count);
  Value other;
  bool has;
  TRY(bin_other_value(context->scratch, context->error, call->argument_types[0], &other, &has));
  for (uint32_t row = 0; row < rows; row++) {
    ArenaMark mark = arena_mark(context->scratch);
    Value value;
    TRY(vector_get_value(arguments[0], row, context->scratch, &value, context->error));
    if (value.is_null) {
      TRY(vector_set_null(result, row, context->error));
    } else {
      ((uint8_t *)result->data)[row] = has && is_other(&value, &other);
    }
    arena_rewind(context->scratch, mark);
  }
  kernel_finish(arguments, 1, result);
  return OK;
}

static Status bind_other_bin(ScalarBind *bind) {
  bind_own_types(bind);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Numbers
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Bounds {
  Value *items; // from the greatest
  uint32_t count;
  uint32_t capacity;
} Bounds;

static int128 nice_multiple_i128(int128 value, int128 unit, bool up) {
  return (value + (up ? unit - 1 : unit / 2)) / unit * unit;
}

static int128 distance_i128(int128 a, int128 b) { return a < b ? b - a : a - b; }

static int128 nice_step_i128(int128 step) {
  int128 power = 1;
  while (power < step) power *= 10;
  power /= 10;
  if (power < 1) power = 1;
  int128 two = power * 2, five = power;
  if (power * 3 <= step) two *= 5;
  if (power * 2 <= step) five *= 5;
  int128 by_two = nice_multiple_i128(step, two, false), by_five = nice_multiple_i128(step, five, false);
  return distance_i128(step, by_two) < distance_i128(step, by_five) ? by_two : by_five;
}

// Computed in thousandths, so that integer division does not pull the bounds down.
static void integer_bounds(Bounds *bounds, int64_t least, int64_t greatest, int64_t count, bool nice) {
  int128 low = (int128)least * 1000, high = (int128)greatest * 1000;
  int128 step = (high - low) / count;
  if (nice) {
    int128 nice_step = nice_step_i128(step);
    int128 nice_high = nice_step ? nice_multiple_i128(high, nice_step, true) : high;
    if (nice_high != low && nice_step) {
      high = nice_high;
      step = nice_step;
    }
    count *= 2;
  }
  for (int128 bound = high; bound > low && bounds->count < bounds->capacity; bound -= step) {
    int128 whole = bound / 1000;
    int64_t real = whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN : (int64_t)whole;
    if (bounds->count) {
      if (real < least || bounds->count >= count) break;
      if (real == bounds->items[bounds->count - 1].i64) {
        if (!step) break;
        continue;
      }
    }
    bounds->items[bounds->count++].i64 = real;
    if (!step) break;
  }
}

static double power_below(double value) {
  double power = 1;
  if (value < 1) {
    while (power > value && power > 0) power /= 10;
    return power;
  }
  while (power < value) power *= 10;
  return power / 10;
}

static double nice_multiple_f64(double value, double unit, bool up) {
  double rounded = (up ? ceil(value / unit) : round(value / unit)) * unit;
  return isfinite(rounded) ? rounded : value;
}

// The multiple of 2 or of 5 times the power of ten below the step that is nearest to it.
static double nice_step_f64(double step, double power) {
  double two = power * 2, five = power;
  if (power * 3 <= step) two *= 5;
  if (power * 2 <= step) five *= 5;
  double by_two = nice_multiple_f64(step, two, false), by_five = nice_multiple_f64(step, five, false);
  return fabs(step - by_two) < fabs(step - by_five) ? by_two : by_five;
}

static void double_bounds(Bounds *bounds, double least, double greatest, int64_t count, bool nice) {
  double span = greatest - least, high = greatest;
  double step = isfinite(span) ? span / (double)count : greatest / (double)count - least / (double)count;
  double scale = 10 / power_below(step); // what subtraction adds in errors is rounded away
  if (nice) {
    step = nice_step_f64(step, power_below(step));
    high = nice_multiple_f64(greatest, step, true);
    count *= 2;
  }
  if (step <= 0) {
    bounds->items[bounds->count++].f64 = greatest;
    return;
  }
  for (double bound = high; bound > least && bounds->count < bounds->capacity; bound -= step) {
    double real = nice ? round(bound * scale) / scale : bound;
    if (bounds->count && bounds->items[bounds->count - 1].f64 == real) continue;
    if (real <= least || bounds->count >= count) break;
    bounds->items[bounds->count++].f64 = real;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Timestamps with nice bounds: steps of whole units, the greatest bound at the end of one
// ---------------------------------------------------------------------------------------------------------------------

#define MICROS_PER_MINUTE (60 * MICROS_PER_SECOND)
#define MICROS_PER_HOUR (60 * MICROS_PER_MINUTE)

static int64_t rounded_to(int64_t value, int64_t unit) { return (value + unit / 2) / unit * unit; }

static Interval nice_interval(Interval step) {
  if (step.months >= 6) {
    step.days = 0;
    step.micros = 0;
  } else if (step.months > 0 || step.days >= 5) {
    step.micros = 0;
  } else if (step.days > 0 || step.micros >= 6 * MICROS_PER_HOUR) {
    step.micros = rounded_to(step.micros, MICROS_PER_HOUR);
  } else if (step.micros >= MICROS_PER_HOUR) {
    step.micros = rounded_to(step.micros, 15 * MICROS_PER_MINUTE);
  } else if (step.micros >= 10 * MICROS_PER_MINUTE) {
    step.micros = rounded_to(step.micros, MICROS_PER_MINUTE);
  } else if (step.micros >= MICROS_PER_MINUTE) {
    step.micros = rounded_to(step.micros, 15 * MICROS_PER_SECOND);
  } else if (step.micros >= 10 * MICROS_PER_SECOND) {
    step.micros = rounded_to(step.micros, MICROS_PER_SECOND);
  }
  return step;
}

// The next whole month, day, hour, minute or second: what fits the step.
static int64_t nice_end(int64_t micros, Interval step) {
  int64_t unit = MICROS_PER_DAY;
  if (step.months <= 0 && step.days <= 0) {
    unit = step.micros >= MICROS_PER_HOUR     ? MICROS_PER_HOUR
           : step.micros >= MICROS_PER_MINUTE ? MICROS_PER_MINUTE
           : step.micros >= MICROS_PER_SECOND ? MICROS_PER_SECOND
                                              : 1;
  }
  int64_t into = micros % unit;
  if (into < 0) into += unit;
  int64_t end, rest = into ? unit - into : 0;
  if (__builtin_add_overflow(micros, rest, &end)) return micros; // past the last moment there is
  if (step.months < 12) return end;
  int32_t year, month, day, days = timestamp_date(end);
  calendar_from_days(days, &year, &month, &day);
  rest = day == 1 ? 0 : (int64_t)(calendar_days_in_month(year, month) - day + 1) * MICROS_PER_DAY;
  return __builtin_add_overflow(end, rest, &end) ? micros : end;
}

static void moment_bounds(Bounds *bounds, int64_t least, int64_t greatest, int64_t count) {
  int32_t year[2], month[2], day[2];
  calendar_from_days(timestamp_date(least), &year[0], &month[0], &day[0]);
  calendar_from_days(timestamp_date(greatest), &year[1], &month[1], &day[1]);
  // Each field apart, and what is left of a unit goes on to the next.
  double months = (double)((year[1] - year[0]) * 12 + month[1] - month[0]) / (double)count;
  double days = (double)(day[1] - day[0]) / (double)count;
  double micros = (double)(timestamp_time(greatest) - timestamp_time(least)) / (double)count;
  if (months > 0) days += (months - floor(months)) * 30;
  if (days > 0) micros += (days - floor(days)) * (double)MICROS_PER_DAY;
  Interval step = nice_interval((Interval){(int32_t)months, (int32_t)days, (int64_t)micros});
  int64_t bound = nice_end(greatest, step);
  if (step.months <= 0 && step.days <= 0 && step.micros <= 0) step = (Interval){0, 0, 1};
  Interval back = {-step.months, -step.days, -step.micros};
  while (bound >= least && bounds->count < count) {
    bounds->items[bounds->count++].i64 = bound;
    if (!timestamp_add_interval(bound, back, &bound)) break;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// equi_width_bins
// ---------------------------------------------------------------------------------------------------------------------

static Status make_bounds(EvalContext *context, const ScalarCall *call, const Value *values, Value *list) {
  Error *error = context->error;
  Type type = call->argument_types[0];
  bool is_double = type.id == TYPE_DOUBLE;
  int64_t count = values[2].i64;
  if (count <= 0) {
    return error_set(error, ERROR_INVALID_INPUT, call->position,
                     "Invalid input for bin function: there must be > 0 bins");
  }
  if (count > BIN_LIMIT) {
    return error_set(error, ERROR_INVALID_INPUT, call->position,
                     "Invalid input for bin function: max bin count of %d exceeded", BIN_LIMIT);
  }
  bool unbounded = is_double
                       ? !isfinite(values[0].f64) || !isfinite(values[1].f64)
                       : type.id != TYPE_BIGINT &&
                             (values[0].i64 == MICROS_INFINITY || values[1].i64 == MICROS_INFINITY ||
                              values[0].i64 == MICROS_NEGATIVE_INFINITY || values[1].i64 == MICROS_NEGATIVE_INFINITY);
  if (unbounded) {
    return error_set(error, ERROR_INVALID_INPUT, call->position,
                     "equi_width_bins does not support infinite or nan as min/max value");
  }
  if (value_compare(&values[1], &values[0]) < 0) {
    return error_set(error, ERROR_INVALID_INPUT, call->position,
                     "Invalid input for bin function: max value is smaller than min value");
  }
  bool nice = values[3].boolean;
  Bounds bounds = {.capacity = (uint32_t)count * 2 + 1};
  ARENA_NEW_ARRAY(context->scratch, error, bounds.items, bounds.capacity);
  for (uint32_t i = 0; i < bounds.capacity; i++) bounds.items[i].type = type;
  if (value_equal(&values[0], &values[1])) {
    bounds.items[bounds.count++] = values[1];
  } else if (is_double) {
    double_bounds(&bounds, values[0].f64, values[1].f64, count, nice);
  } else if (nice && type.id == TYPE_TIMESTAMP) {
    moment_bounds(&bounds, values[0].i64, values[1].i64, count);
  } else {
    integer_bounds(&bounds, values[0].i64, values[1].i64, count, nice);
  }
  for (uint32_t i = 0; i < bounds.count / 2; i++) {
    Value swapped = bounds.items[i];
    bounds.items[i] = bounds.items[bounds.count - 1 - i];
    bounds.items[bounds.count - 1 - i] = swapped;
  }
  Type wanted = type_child(call->result_type, 0);
  for (uint32_t i = 0; i < bounds.count && wanted.id != type.id; i++) {
    TRY(value_cast(context->scratch, &bounds.items[i], wanted, &bounds.items[i], error));
  }
  *list = (Value){.type = call->result_type, .nested = {bounds.items, bounds.count}};
  return OK;
}

static Status unsupported_type(EvalContext *context, const ScalarCall *call) {
  TextBuilder name;
  text_init(&name, context->memory);
  type_print(&name, call->argument_types[0]);
  Status status = error_set(context->error, ERROR_BINDER, call->position,
                            "Unsupported type \"%.*s\" for equi_width_bins", STR_ARG(text_str(&name)));
  text_free(&name);
  return status;
}

KERNEL(equi_width_bins) {
  TypeId id = (TypeId)call->argument_types[0].id;
  if (id != TYPE_BIGINT && id != TYPE_DOUBLE && id != TYPE_TIMESTAMP) return unsupported_type(context, call);
  uint32_t rows = kernel_rows(arguments, 4, row_count);
  for (uint32_t row = 0; row < rows; row++) {
    ArenaMark mark = arena_mark(context->scratch);
    Value values[4], list = value_null(call->result_type);
    bool missing = false;
    for (uint32_t i = 0; i < 4; i++) {
      TRY(vector_get_value(arguments[i], row, context->scratch, &values[i], context->error));
      missing |= values[i].is_null;
    }
    if (!missing) TRY(make_bounds(context, call, values, &list));
    TRY(vector_set_value(result, row, &list, context->error));
    arena_rewind(context->scratch, mark);
  }
  kernel_finish(arguments, 4, result);
  return OK;
}

static bool fits_bigint(Type type) {
  return type_is_integral(type) && type.id != TYPE_UBIGINT && type.id != TYPE_HUGEINT && type.id != TYPE_UHUGEINT;
}

static Status bind_equi_width_bins(ScalarBind *bind) {
  Type a = argument_type(bind->arguments[0]), b = argument_type(bind->arguments[1]), type;
  if (fits_bigint(a) && fits_bigint(b)) {
    type = TYPE(BIGINT);
  } else if (type_is_numeric(a) && type_is_numeric(b)) {
    type = TYPE(DOUBLE);
  } else if (type_is_temporal(a) && a.id != TYPE_TIME && a.id != TYPE_TIME_TZ && a.id != TYPE_INTERVAL) {
    type = TYPE(TIMESTAMP);
  } else {
    bind_own_types(bind); // the kernel refuses them: the call may stand in a branch that is never taken
    return type_make_list(bind->arena, bind->error, a, &bind->result_type);
  }
  bind->argument_types[0] = bind->argument_types[1] = type;
  bool own = type_is_numeric(b) ? b.id != TYPE_DECIMAL : type_is_temporal(b);
  return type_make_list(bind->arena, bind->error, own ? b : type, &bind->result_type);
}

SCALAR_TABLE(bins) = {
    SCALAR("equi_width_bins", OF(ANY), TYPES(OF(ANY), OF(ANY), OF(BIGINT), OF(BOOLEAN)), equi_width_bins,
           .bind = bind_equi_width_bins, .nulls = NULLS_SPECIAL, .can_fail = true),
    SCALAR("is_histogram_other_bin", OF(BOOLEAN), TYPES(OF(ANY)), is_histogram_other_bin, .bind = bind_other_bin,
           .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(bins);
