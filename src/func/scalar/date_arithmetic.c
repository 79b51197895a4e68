// SPDX-License-Identifier: MIT
//
// date_arithmetic.c: + - * / over dates, times, timestamps and intervals.
#include "func/support.h"

static Status date_out_of_range(EvalContext *context, const ScalarCall *call) {
  return out_of_range(context, call, "Date out of range");
}

static Status timestamp_out_of_range(EvalContext *context, const ScalarCall *call) {
  return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates and days
// ---------------------------------------------------------------------------------------------------------------------

static Status add_days(EvalContext *context, const ScalarCall *call, int32_t date, int64_t days, int32_t *out) {
  if (!date_is_finite(date)) {
    *out = date;
    return OK;
  }
  int64_t moved = date + days;
  if (!date_in_range(moved)) return date_out_of_range(context, call);
  *out = (int32_t)moved;
  return OK;
}

KERNEL(date_plus_days) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int32_t,
                 TRY(add_days(context, call, left, right, &out)));
  return OK;
}
KERNEL(days_plus_date) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int32_t,
                 TRY(add_days(context, call, right, left, &out)));
  return OK;
}
KERNEL(date_minus_days) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int32_t,
                 TRY(add_days(context, call, left, -(int64_t)right, &out)));
  return OK;
}
KERNEL(date_minus_date) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, int32_t, int32_t, int64_t,
               out = (int64_t)left - right);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates, timestamps and intervals
// ---------------------------------------------------------------------------------------------------------------------

bool instant_add_interval(const StatementFacts *facts, int64_t micros, Interval interval, int64_t *out) {
  Interval hours = {.micros = interval.micros};
  if (interval.months || interval.days) {
    TimeZone zone = zone_named(facts, facts->time_zone);
    zone_to_local(zone, micros, &micros);
    interval.micros = 0;
    if (!timestamp_add_interval(micros, interval, &micros)) return false;
    zone_to_utc(zone, micros, &micros);
  }
  return timestamp_add_interval(micros, hours, out);
}

static Status add_interval(EvalContext *context, const ScalarCall *call, int64_t micros, Interval interval, bool negate,
                           int64_t *out) {
  if (negate && !interval_negate(interval, &interval)) {
    return out_of_range(context, call, "Overflow in negation of numeric value!");
  }
  bool added = call->result_type.id == TYPE_TIMESTAMP_TZ ? instant_add_interval(context->facts, micros, interval, out)
                                                         : timestamp_add_interval(micros, interval, out);
  return added ? OK : timestamp_out_of_range(context, call);
}

static Status date_add_interval(EvalContext *context, const ScalarCall *call, int32_t date, Interval interval,
                                bool negate, int64_t *out) {
  int64_t micros;
  if (!date_to_timestamp(date, &micros)) return timestamp_out_of_range(context, call);
  return add_interval(context, call, micros, interval, negate, out);
}

KERNEL(date_plus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, Interval, int64_t,
                 TRY(date_add_interval(context, call, left, right, false, &out)));
  return OK;
}
KERNEL(interval_plus_date) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int32_t, int64_t,
                 TRY(date_add_interval(context, call, right, left, false, &out)));
  return OK;
}
KERNEL(date_minus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, Interval, int64_t,
                 TRY(date_add_interval(context, call, left, right, true, &out)));
  return OK;
}
KERNEL(timestamp_plus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 TRY(add_interval(context, call, left, right, false, &out)));
  return OK;
}
KERNEL(interval_plus_timestamp) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int64_t, int64_t,
                 TRY(add_interval(context, call, right, left, false, &out)));
  return OK;
}
KERNEL(timestamp_minus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 TRY(add_interval(context, call, left, right, true, &out)));
  return OK;
}

static Status subtract_timestamps(EvalContext *context, const ScalarCall *call, int64_t left, int64_t right,
                                  Interval *out) {
  if (!timestamp_is_finite(left) || !timestamp_is_finite(right)) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Cannot subtract infinite timestamps");
  }
  if (!interval_difference(left, right, out)) {
    char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
    return out_of_range(context, call, "Overflow in subtraction of INT64 (%s - %s)!", text_i128(a, left),
                        text_i128(b, right));
  }
  return OK;
}
// Instants lie whole days of the session's clock apart, and the time that passes after those.
static Status subtract_instants(EvalContext *context, const ScalarCall *call, int64_t left, int64_t right,
                                Interval *out) {
  TimeZone zone = zone_named(context->facts, context->facts->time_zone);
  bool swapped = left < right;
  int64_t later = swapped ? right : left, earlier = swapped ? left : right, from, to, moved = earlier;
  TRY(subtract_timestamps(context, call, later, earlier, out));
  zone_to_local(zone, earlier, &from);
  zone_to_local(zone, later, &to);
  Interval days = {.days = (int32_t)floor_divide(to - from, MICROS_PER_DAY)};
  if (days.days < 0) days.days = 0;
  if (instant_add_interval(context->facts, earlier, days, &moved) && moved > later) {
    days.days--;
    if (!instant_add_interval(context->facts, earlier, days, &moved)) return timestamp_out_of_range(context, call);
  }
  *out = (Interval){.days = days.days, .micros = later - moved};
  if (swapped) *out = (Interval){.days = -out->days, .micros = -out->micros};
  return OK;
}
KERNEL(instant_minus_instant) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, int64_t, Interval,
                 TRY(subtract_instants(context, call, left, right, &out)));
  return OK;
}
KERNEL(timestamp_minus_timestamp) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, int64_t, Interval,
                 TRY(subtract_timestamps(context, call, left, right, &out)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Times
// ---------------------------------------------------------------------------------------------------------------------

// Days and months do nothing to a time of day; it wraps around midnight.
static int64_t time_add(int64_t time, int64_t micros) {
  int64_t moved = (time + micros % MICROS_PER_DAY) % MICROS_PER_DAY;
  return moved < 0 ? moved + MICROS_PER_DAY : moved;
}
KERNEL(time_plus_interval) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 out = time_add(left, right.micros));
  return OK;
}
KERNEL(interval_plus_time) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int64_t, int64_t,
                 out = time_add(right, left.micros));
  return OK;
}
KERNEL(time_minus_interval) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 out = time_add(left, -(right.micros % MICROS_PER_DAY)));
  return OK;
}

static Status join_date_time(EvalContext *context, const ScalarCall *call, int32_t date, int64_t time, int64_t *out) {
  if (!date_is_finite(date)) {
    *out = date == DAY_INFINITY ? MICROS_INFINITY : MICROS_NEGATIVE_INFINITY;
    return OK;
  }
  if (!timestamp_from_parts(date, time, out)) return out_of_range(context, call, "Timestamp out of range");
  return OK;
}
static Status join_date_time_tz(EvalContext *context, const ScalarCall *call, int32_t date, int64_t time,
                                int64_t *out) {
  TRY(join_date_time(context, call, date, time_tz_micros(time), out));
  if (timestamp_is_finite(*out)) *out -= time_tz_offset(time) * MICROS_PER_SECOND;
  return OK;
}
KERNEL(date_plus_time_tz) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int64_t, int64_t,
                 TRY(join_date_time_tz(context, call, left, right, &out)));
  return OK;
}
KERNEL(time_tz_plus_date) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, int32_t, int64_t,
                 TRY(join_date_time_tz(context, call, right, left, &out)));
  return OK;
}

// Only the time of the interval counts; the clock goes round.
static int64_t turn_clock(int64_t time, int64_t micros) {
  int64_t turned = (time_tz_micros(time) + micros % MICROS_PER_DAY) % MICROS_PER_DAY;
  return time_tz_make(turned < 0 ? turned + MICROS_PER_DAY : turned, time_tz_offset(time));
}
KERNEL(time_tz_plus_interval) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 out = turn_clock(left, right.micros));
  return OK;
}
KERNEL(interval_plus_time_tz) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int64_t, int64_t,
                 out = turn_clock(right, left.micros));
  return OK;
}
KERNEL(time_tz_minus_interval) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, int64_t,
                 out = turn_clock(left, -(right.micros % MICROS_PER_DAY)));
  return OK;
}
KERNEL(date_plus_time) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int32_t, int64_t, int64_t,
                 TRY(join_date_time(context, call, left, right, &out)));
  return OK;
}
KERNEL(time_plus_date) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, int32_t, int64_t,
                 TRY(join_date_time(context, call, right, left, &out)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Intervals
// ---------------------------------------------------------------------------------------------------------------------

static Status part_overflow(EvalContext *context, const ScalarCall *call, const char *what, const char *type, char sign,
                            int64_t left, int64_t right) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, call, "Overflow in %s of %s (%s %c %s)!", what, type, text_i128(a, left), sign,
                      text_i128(b, right));
}

#define INTERVAL_PARTS(builtin, what, sign)                                                \
  do {                                                                                     \
    if (builtin(left.months, right.months, &out.months)) {                                 \
      return part_overflow(context, call, what, "INT32", sign, left.months, right.months); \
    }                                                                                      \
    if (builtin(left.days, right.days, &out.days)) {                                       \
      return part_overflow(context, call, what, "INT32", sign, left.days, right.days);     \
    }                                                                                      \
    if (builtin(left.micros, right.micros, &out.micros)) {                                 \
      return part_overflow(context, call, what, "INT64", sign, left.micros, right.micros); \
    }                                                                                      \
  } while (0)

KERNEL(interval_plus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, Interval, Interval,
                 INTERVAL_PARTS(__builtin_add_overflow, "addition", '+'));
  return OK;
}
KERNEL(interval_minus_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, Interval, Interval,
                 INTERVAL_PARTS(__builtin_sub_overflow, "subtraction", '-'));
  return OK;
}
KERNEL(negate_interval) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, Interval, Interval, {
    if (!interval_negate(in, &out)) return out_of_range(context, call, "Overflow in negation of numeric value!");
  });
  return OK;
}

static Status multiply_interval(EvalContext *context, const ScalarCall *call, Interval interval, int64_t factor,
                                Interval *out) {
  TRY(check_fits_i32(context, call, factor));
  int32_t narrow = (int32_t)factor;
  if (__builtin_mul_overflow(interval.months, narrow, &out->months)) {
    return part_overflow(context, call, "multiplication", "INT32", '*', interval.months, factor);
  }
  if (__builtin_mul_overflow(interval.days, narrow, &out->days)) {
    return part_overflow(context, call, "multiplication", "INT32", '*', interval.days, factor);
  }
  if (__builtin_mul_overflow(interval.micros, factor, &out->micros)) {
    return part_overflow(context, call, "multiplication", "INT64", '*', interval.micros, factor);
  }
  return OK;
}
KERNEL(interval_times_integer) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int64_t, Interval,
                 TRY(multiply_interval(context, call, left, right, &out)));
  return OK;
}
KERNEL(integer_times_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, Interval, Interval,
                 TRY(multiply_interval(context, call, right, left, &out)));
  return OK;
}

// Fractions of months become days of 30, fractions of days become micros.
static bool scale_interval(Interval interval, double factor, bool divide, Interval *out) {
  double months = divide ? interval.months / factor : interval.months * factor;
  double days = divide ? interval.days / factor : interval.days * factor;
  double micros = divide ? (double)interval.micros / factor : (double)interval.micros * factor;
  if (!isfinite(months) || !isfinite(days) || !isfinite(micros)) return false;
  double whole_months = trunc(months);
  double rest_days = round((months - whole_months) * 30 * 1e6) / 1e6;
  double whole_rest_days = trunc(rest_days);
  double whole_days = trunc(days);
  // Seconds of what is left of months and days together; a whole day of them is a day.
  double seconds = round((days - whole_days + rest_days - whole_rest_days) * 86400 * 1e6) / 1e6;
  if (fabs(seconds) >= 86400) {
    double carried = trunc(seconds / 86400);
    whole_days += carried;
    seconds -= carried * 86400;
  }
  whole_days += whole_rest_days;
  micros += seconds * 1e6;
  if (fabs(whole_months) >= 2147483648.0 || fabs(whole_days) >= 2147483648.0 || fabs(micros) >= 9223372036854775807.0) {
    return false;
  }
  *out = (Interval){(int32_t)whole_months, (int32_t)whole_days, (int64_t)nearbyint(micros)};
  return true;
}
KERNEL(interval_times_double) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, double, Interval, {
    if (!scale_interval(left, right, false, &out)) {
      return out_of_range(context, call, "Overflow in multiplication of INTERVAL.");
    }
  });
  return OK;
}
KERNEL(double_times_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, double, Interval, Interval, {
    if (!scale_interval(right, left, false, &out)) {
      return out_of_range(context, call, "Overflow in multiplication of INTERVAL.");
    }
  });
  return OK;
}
KERNEL(interval_divided) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, double, Interval, {
    if (right == 0) {
      KERNEL_NULL(result, row, context->error);
    } else if (!scale_interval(left, right, true, &out)) {
      return out_of_range(context, call, "Overflow in division of INTERVAL.");
    }
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define PAIR(name, result, left, right, kernel) \
  SCALAR(name, OF(result), TYPES(OF(left), OF(right)), kernel, .can_fail = true)
#define PLUS(result, left, right, kernel) \
  PAIR("+", result, left, right, kernel), PAIR("add", result, left, right, kernel)
#define MINUS(result, left, right, kernel) \
  PAIR("-", result, left, right, kernel), PAIR("subtract", result, left, right, kernel)
#define TIMES(result, left, right, kernel) \
  PAIR("*", result, left, right, kernel), PAIR("multiply", result, left, right, kernel)

SCALAR_TABLE(date_arithmetic) = {
    PLUS(DATE, DATE, INTEGER, date_plus_days),
    PLUS(DATE, INTEGER, DATE, days_plus_date),
    PLUS(INTERVAL, INTERVAL, INTERVAL, interval_plus_interval),
    PLUS(TIMESTAMP, DATE, INTERVAL, date_plus_interval),
    PLUS(TIMESTAMP, INTERVAL, DATE, interval_plus_date),
    PLUS(TIME, TIME, INTERVAL, time_plus_interval),
    PLUS(TIME, INTERVAL, TIME, interval_plus_time),
    PLUS(TIMESTAMP, TIMESTAMP, INTERVAL, timestamp_plus_interval),
    PLUS(TIMESTAMP, INTERVAL, TIMESTAMP, interval_plus_timestamp),
    PLUS(TIMESTAMP_TZ, TIMESTAMP_TZ, INTERVAL, timestamp_plus_interval),
    PLUS(TIMESTAMP_TZ, INTERVAL, TIMESTAMP_TZ, interval_plus_timestamp),
    PLUS(TIMESTAMP_TZ, DATE, TIME_TZ, date_plus_time_tz),
    PLUS(TIMESTAMP_TZ, TIME_TZ, DATE, time_tz_plus_date),
    PLUS(TIME_TZ, TIME_TZ, INTERVAL, time_tz_plus_interval),
    PLUS(TIME_TZ, INTERVAL, TIME_TZ, interval_plus_time_tz),
    PLUS(TIMESTAMP, DATE, TIME, date_plus_time),
    PLUS(TIMESTAMP, TIME, DATE, time_plus_date),
    MINUS(BIGINT, DATE, DATE, date_minus_date),
    MINUS(DATE, DATE, INTEGER, date_minus_days),
    MINUS(INTERVAL, TIMESTAMP, TIMESTAMP, timestamp_minus_timestamp),
    MINUS(INTERVAL, TIMESTAMP_TZ, TIMESTAMP_TZ, instant_minus_instant),
    MINUS(INTERVAL, INTERVAL, INTERVAL, interval_minus_interval),
    MINUS(TIMESTAMP, DATE, INTERVAL, date_minus_interval),
    MINUS(TIME, TIME, INTERVAL, time_minus_interval),
    MINUS(TIME_TZ, TIME_TZ, INTERVAL, time_tz_minus_interval),
    MINUS(TIMESTAMP, TIMESTAMP, INTERVAL, timestamp_minus_interval),
    MINUS(TIMESTAMP_TZ, TIMESTAMP_TZ, INTERVAL, timestamp_minus_interval),
    SCALAR("-", OF(INTERVAL), TYPES(OF(INTERVAL)), negate_interval, .can_fail = true),
    SCALAR("subtract", OF(INTERVAL), TYPES(OF(INTERVAL)), negate_interval, .can_fail = true),
    TIMES(INTERVAL, INTERVAL, DOUBLE, interval_times_double),
    TIMES(INTERVAL, DOUBLE, INTERVAL, double_times_interval),
    TIMES(INTERVAL, INTERVAL, BIGINT, interval_times_integer),
    TIMES(INTERVAL, BIGINT, INTERVAL, integer_times_interval),
    PAIR("/", INTERVAL, INTERVAL, DOUBLE, interval_divided),
};
SCALAR_TABLE_END(date_arithmetic);
