// SPDX-License-Identifier: MIT
//
// date_make.c: dates, times, timestamps and intervals made of numbers; the current moment; UTC as the one time zone.
#include "func/scalar/float_digits.h"
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// make_date, make_time, make_timestamp
// ---------------------------------------------------------------------------------------------------------------------

static Status make_days(EvalContext *context, const ScalarCall *call, int64_t year, int64_t month, int64_t day,
                        int32_t *days) {
  TRY(check_fits_i32(context, call, year));
  TRY(check_fits_i32(context, call, month));
  TRY(check_fits_i32(context, call, day));
  bool fits = month >= 1 && month <= 12 && day >= 1 && day <= 31;
  if (year < 0) fits = fits && year > INT32_MIN; // the year before 1 is -1 … 0
  if (fits && calendar_to_days((int32_t)year, (int32_t)month, (int32_t)day, days)) return OK;
  return error_set(context->error, ERROR_CONVERSION, call->position, "Date out of range: %lld-%lld-%lld",
                   (long long)year, (long long)month, (long long)day);
}

static Status make_micros(EvalContext *context, const ScalarCall *call, int64_t hour, int64_t minute, double seconds,
                          int64_t *micros) {
  double scaled = seconds * (double)MICROS_PER_SECOND;
  TRY(check_fits_i32(context, call, hour));
  TRY(check_fits_i32(context, call, minute));
  if (hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && seconds >= 0 && seconds <= 60) {
    int64_t value = (hour * 60 + minute) * 60 * MICROS_PER_SECOND + (int64_t)round(scaled);
    if (value <= MICROS_PER_DAY) {
      *micros = value;
      return OK;
    }
  }
  TextBuilder text;
  text_init(&text, context->memory);
  char digits[NUMBER_TEXT_CAPACITY];
  text_append(&text, (Str){digits, number_write_f64(digits, seconds)});
  Status status;
  if (fabs(seconds) > INT32_MAX) {
    status = error_set(context->error, ERROR_INVALID_INPUT, call->position,
                       "Type DOUBLE with value %.*s can't be cast because the value is out of range for the "
                       "destination type INT32",
                       (int)text.length, text.length ? text.data : "");
  } else {
    status = error_set(context->error, ERROR_CONVERSION, call->position, "Time out of range: %lld:%lld:%.*s",
                       (long long)hour, (long long)minute, (int)text.length, text.length ? text.data : "");
  }
  text_free(&text);
  return status;
}

KERNEL(make_date) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, int64_t, int64_t, int64_t, int32_t,
                  TRY(make_days(context, call, first, second, third, &out)));
  return OK;
}

KERNEL(make_date_from_days) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int32_t, int32_t, {
    if (!date_in_range(in)) return out_of_range(context, call, "Date out of range");
    out = in;
  });
  return OK;
}

KERNEL(make_date_from_struct) {
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView whole, fields[3];
  vector_view(arguments[0], &whole);
  for (uint32_t i = 0; i < 3; i++) vector_view(&whole.base->children[i], &fields[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    uint32_t at = view_row(&whole, row);
    int64_t numbers[3];
    bool known = true;
    for (uint32_t i = 0; i < 3; i++) {
      uint32_t field_at = view_row(&fields[i], at);
      known = known && view_valid(&fields[i], field_at);
      numbers[i] = ((const int64_t *)fields[i].data)[field_at];
    }
    if (!known) {
      KERNEL_NULL(result, row, context->error);
      continue;
    }
    TRY(make_days(context, call, numbers[0], numbers[1], numbers[2], &((int32_t *)result->data)[row]));
  }
  return OK;
}

KERNEL(make_time) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, int64_t, int64_t, double, int64_t,
                  TRY(make_micros(context, call, first, second, third, &out)));
  return OK;
}

static Status unknown_zone(EvalContext *context, const ScalarCall *call, Str zone) {
  return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "Unknown TimeZone '%.*s'!", STR_ARG(zone));
}

// In the clock of the session, for TIMESTAMPTZ of its zone or of the one in the seventh argument.
KERNEL(make_timestamp) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  VectorView views[6];
  for (uint32_t i = 0; i < 6; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    int64_t numbers[5], micros;
    for (uint32_t i = 0; i < 5; i++) numbers[i] = ((const int64_t *)views[i].data)[view_row(&views[i], row)];
    double seconds = ((const double *)views[5].data)[view_row(&views[5], row)];
    int32_t days;
    TRY(make_days(context, call, numbers[0], numbers[1], numbers[2], &days));
    TRY(make_micros(context, call, numbers[3], numbers[4], seconds, &micros));
    if (!timestamp_from_parts(days, micros, &((int64_t *)result->data)[row])) {
      return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
    }
    if (call->result_type.id != TYPE_TIMESTAMP_TZ) continue;
    VectorView names;
    Str zone = context->facts->time_zone;
    if (call->argument_count == 7) {
      vector_view(arguments[6], &names);
      zone = string_str(&((const StringView *)names.data)[view_row(&names, row)]);
    }
    int64_t *instant = &((int64_t *)result->data)[row];
    if (!zone_to_utc(zone_named(context->facts, zone), *instant, instant)) return unknown_zone(context, call, zone);
  }
  return OK;
}

KERNEL(timestamp_from_micros) {
  UNUSED_CALL;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int64_t, int64_t, {
    if (in == MICROS_INFINITY || in <= MICROS_NEGATIVE_INFINITY) {
      return error_set(context->error, ERROR_CONVERSION, -1, "Timestamp microseconds out of range: %lld",
                       (long long)in);
    }
    out = in;
  });
  return OK;
}
KERNEL(timestamp_from_millis) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int64_t, int64_t, {
    if (__builtin_mul_overflow(in, INT64_C(1000), &out)) {
      return error_set(context->error, ERROR_CONVERSION, call->position,
                       "Could not convert Timestamp(MS) to Timestamp(US)");
    }
  });
  return OK;
}

KERNEL(to_timestamp) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, double, int64_t, {
    if (isnan(in) || (!isinf(in) && fabs(in) >= 9223372036854.775)) {
      return error_set(context->error, ERROR_CONVERSION, call->position,
                       "Epoch seconds out of range for TIMESTAMP WITH TIME ZONE");
    }
    if (isinf(in)) {
      out = in > 0 ? MICROS_INFINITY : MICROS_NEGATIVE_INFINITY;
    } else {
      out = (int64_t)rint(in * (double)MICROS_PER_SECOND);
    }
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// to_years … to_microseconds
// ---------------------------------------------------------------------------------------------------------------------

static Status interval_out_of_range(EvalContext *context, const ScalarCall *call, int64_t value, const char *unit) {
  return out_of_range(context, call, "Interval value %lld %s out of range", (long long)value, unit);
}

#define INTERVAL_KERNEL(function, In, field, factor, unit)                         \
  KERNEL(function) {                                                               \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, In, Interval, { \
      if (__builtin_mul_overflow(in, (factor), &out.field)) {                      \
        return interval_out_of_range(context, call, in, unit);                     \
      }                                                                            \
    });                                                                            \
    return OK;                                                                     \
  }
INTERVAL_KERNEL(to_millennia, int32_t, months, 12000, "millennia")
INTERVAL_KERNEL(to_centuries, int32_t, months, 1200, "centuries")
INTERVAL_KERNEL(to_decades, int32_t, months, 120, "decades")
INTERVAL_KERNEL(to_years, int32_t, months, 12, "years")
INTERVAL_KERNEL(to_quarters, int32_t, months, 3, "quarters")
INTERVAL_KERNEL(to_months, int32_t, months, 1, "months")
INTERVAL_KERNEL(to_weeks, int32_t, days, 7, "weeks")
INTERVAL_KERNEL(to_days, int32_t, days, 1, "days")
// The same over BIGINT: the number must fit 32 bits first.
#define WIDE_INTERVAL_KERNEL(function, field, factor, unit)                             \
  KERNEL(function##_wide) {                                                             \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, int64_t, Interval, { \
      TRY(check_fits_i32(context, call, in));                                           \
      if (__builtin_mul_overflow((int32_t)in, (factor), &out.field)) {                  \
        return interval_out_of_range(context, call, in, unit);                          \
      }                                                                                 \
    });                                                                                 \
    return OK;                                                                          \
  }
WIDE_INTERVAL_KERNEL(to_millennia, months, 12000, "millennia")
WIDE_INTERVAL_KERNEL(to_centuries, months, 1200, "centuries")
WIDE_INTERVAL_KERNEL(to_decades, months, 120, "decades")
WIDE_INTERVAL_KERNEL(to_years, months, 12, "years")
WIDE_INTERVAL_KERNEL(to_quarters, months, 3, "quarters")
WIDE_INTERVAL_KERNEL(to_months, months, 1, "months")
WIDE_INTERVAL_KERNEL(to_weeks, days, 7, "weeks")
WIDE_INTERVAL_KERNEL(to_days, days, 1, "days")
INTERVAL_KERNEL(to_hours, int64_t, micros, INT64_C(3600000000), "hours")
INTERVAL_KERNEL(to_minutes, int64_t, micros, INT64_C(60000000), "minutes")
INTERVAL_KERNEL(to_microseconds, int64_t, micros, INT64_C(1), "microseconds")

static Status fraction_to_micros(EvalContext *context, const ScalarCall *call, double value, double factor,
                                 const char *unit, Interval *out) {
  double micros = value * factor;
  if (isfinite(micros) && fabs(micros) < 9223372036854775807.0) {
    out->micros = (int64_t)round(micros);
    return OK;
  }
  TextBuilder text;
  text_init(&text, context->memory);
  if (signbit(value)) text_append_char(&text, '-');
  if (isfinite(value)) {
    float_append_fixed(&text, fabs(value), 6);
  } else {
    text_append(&text, isnan(value) ? STR("nan") : STR("inf"));
  }
  Status status = out_of_range(context, call, "Interval value %.*s %s out of range", (int)text.length,
                               text.length ? text.data : "", unit);
  text_free(&text);
  return status;
}
KERNEL(to_seconds) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, double, Interval,
                TRY(fraction_to_micros(context, call, in, 1e6, "seconds", &out)));
  return OK;
}
KERNEL(to_milliseconds) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, double, Interval,
                TRY(fraction_to_micros(context, call, in, 1e3, "milliseconds", &out)));
  return OK;
}

KERNEL(normalized_interval) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, Interval, Interval, {
    int64_t months;
    int64_t days;
    int64_t micros;
    interval_normalize(in, &months, &days, &micros);
    if (months > INT32_MAX || months < INT32_MIN) return out_of_range(context, call, "Interval out of range");
    out = (Interval){(int32_t)months, (int32_t)days, micros};
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Now: the start of the transaction
// ---------------------------------------------------------------------------------------------------------------------

#define NOW_KERNEL(function, C, expression)           \
  KERNEL(function) {                                  \
    UNUSED_CALL, (void)arguments, (void)row_count;    \
    int64_t now = context->facts->transaction_micros; \
    ((C *)result->data)[0] = (C)(expression);         \
    vector_set_constant(result);                      \
    return OK;                                        \
  }
NOW_KERNEL(now_timestamp, int64_t, now)
NOW_KERNEL(now_date, int32_t, timestamp_date(now))
NOW_KERNEL(now_time, int64_t, timestamp_time(now))

// timezone(zone, x): the instant at which the zone's clock shows the TIMESTAMP x; what it shows at the TIMESTAMPTZ x.
KERNEL(zone_of_timestamp) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, int64_t, {
    Str zone = string_str(&left);
    if (!zone_to_utc(zone_named(context->facts, zone), right, &out)) return unknown_zone(context, call, zone);
  });
  return OK;
}

KERNEL(zone_of_instant) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, int64_t, {
    Str zone = string_str(&left);
    if (!zone_to_local(zone_named(context->facts, zone), right, &out)) return unknown_zone(context, call, zone);
  });
  return OK;
}

static int64_t time_in_zone(int64_t time, int32_t offset_seconds) {
  int64_t utc = time_tz_micros(time) - time_tz_offset(time) * MICROS_PER_SECOND;
  int64_t local = utc + offset_seconds * MICROS_PER_SECOND;
  return time_tz_make(local - floor_divide(local, MICROS_PER_DAY) * MICROS_PER_DAY, offset_seconds);
}

// timezone(zone, TIMETZ): by the zone's offset at the start of the transaction.
KERNEL(zone_of_time) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, int64_t, {
    Str zone = string_str(&left);
    int32_t seconds;
    if (!zone_offset(zone_named(context->facts, zone), context->facts->transaction_micros, &seconds)) {
      return unknown_zone(context, call, zone);
    }
    out = time_in_zone(right, seconds);
  });
  return OK;
}

KERNEL(offset_of_time) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, Interval, int64_t, int64_t, {
    int64_t seconds = left.micros / MICROS_PER_SECOND;
    if (left.months || left.days || seconds > TIME_TZ_MAX_OFFSET || seconds < -TIME_TZ_MAX_OFFSET) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Interval is out of the range of offsets");
    }
    out = time_in_zone(right, (int32_t)seconds);
  });
  return OK;
}

#define NOW_ENTRY(name, type, kernel) SCALAR(name, OF(type), NO_TYPES, kernel, .stability = STABILITY_STATEMENT)
#define UNIT_ENTRY(name, argument, kernel) SCALAR(name, OF(INTERVAL), TYPES(OF(argument)), kernel, .can_fail = true)
#define SIX OF(BIGINT), OF(BIGINT), OF(BIGINT), OF(BIGINT), OF(BIGINT), OF(DOUBLE)

SCALAR_TABLE(date_make) = {
    SCALAR("make_date", OF(DATE), TYPES(OF(BIGINT), OF(BIGINT), OF(BIGINT)), make_date, .can_fail = true),
    SCALAR("make_date", OF(DATE), TYPES(OF(INTEGER)), make_date_from_days, .can_fail = true),
    SCALAR("make_date", OF(DATE), TYPES(DECLARED_DATE_PARTS), make_date_from_struct, .can_fail = true),
    SCALAR("make_time", OF(TIME), TYPES(OF(BIGINT), OF(BIGINT), OF(DOUBLE)), make_time, .can_fail = true),
    SCALAR("make_timestamp", OF(TIMESTAMP), TYPES(SIX), make_timestamp, .can_fail = true),
    SCALAR("make_timestamp", OF(TIMESTAMP), TYPES(OF(BIGINT)), timestamp_from_micros, .can_fail = true),
    SCALAR("make_timestamptz", OF(TIMESTAMP_TZ), TYPES(SIX), make_timestamp, .can_fail = true),
    SCALAR("make_timestamptz", OF(TIMESTAMP_TZ), TYPES(SIX, OF(VARCHAR)), make_timestamp, .can_fail = true),
    SCALAR("make_timestamptz", OF(TIMESTAMP_TZ), TYPES(OF(BIGINT)), timestamp_from_micros, .can_fail = true),
    SCALAR("make_timestamp_ms", OF(TIMESTAMP), TYPES(OF(BIGINT)), timestamp_from_millis, .can_fail = true),
    SCALAR("make_timestamp_ns", OF(TIMESTAMP_NS), TYPES(OF(BIGINT)), timestamp_from_micros),
    SCALAR("epoch_ms", OF(TIMESTAMP), TYPES(OF(BIGINT)), timestamp_from_millis, .can_fail = true),
    SCALAR("to_timestamp", OF(TIMESTAMP_TZ), TYPES(OF(DOUBLE)), to_timestamp, .can_fail = true),
    UNIT_ENTRY("to_millennia", INTEGER, to_millennia),
    UNIT_ENTRY("to_millennia", BIGINT, to_millennia_wide),
    UNIT_ENTRY("to_centuries", INTEGER, to_centuries),
    UNIT_ENTRY("to_centuries", BIGINT, to_centuries_wide),
    UNIT_ENTRY("to_decades", INTEGER, to_decades),
    UNIT_ENTRY("to_decades", BIGINT, to_decades_wide),
    UNIT_ENTRY("to_years", INTEGER, to_years),
    UNIT_ENTRY("to_years", BIGINT, to_years_wide),
    UNIT_ENTRY("to_quarters", INTEGER, to_quarters),
    UNIT_ENTRY("to_quarters", BIGINT, to_quarters_wide),
    UNIT_ENTRY("to_months", INTEGER, to_months),
    UNIT_ENTRY("to_months", BIGINT, to_months_wide),
    UNIT_ENTRY("to_weeks", INTEGER, to_weeks),
    UNIT_ENTRY("to_weeks", BIGINT, to_weeks_wide),
    UNIT_ENTRY("to_days", INTEGER, to_days),
    UNIT_ENTRY("to_days", BIGINT, to_days_wide),
    UNIT_ENTRY("to_hours", BIGINT, to_hours),
    UNIT_ENTRY("to_minutes", BIGINT, to_minutes),
    UNIT_ENTRY("to_seconds", DOUBLE, to_seconds),
    UNIT_ENTRY("to_milliseconds", DOUBLE, to_milliseconds),
    UNIT_ENTRY("to_microseconds", BIGINT, to_microseconds),
    SCALAR("normalized_interval", OF(INTERVAL), TYPES(OF(INTERVAL)), normalized_interval, .can_fail = true),
    NOW_ENTRY("now", TIMESTAMP_TZ, now_timestamp),
    NOW_ENTRY("current_timestamp", TIMESTAMP_TZ, now_timestamp),
    NOW_ENTRY("get_current_timestamp", TIMESTAMP_TZ, now_timestamp),
    NOW_ENTRY("transaction_timestamp", TIMESTAMP_TZ, now_timestamp),
    NOW_ENTRY("current_localtimestamp", TIMESTAMP, now_timestamp),
    NOW_ENTRY("current_date", DATE, now_date),
    NOW_ENTRY("today", DATE, now_date),
    NOW_ENTRY("current_localtime", TIME, now_time),
    SCALAR("timezone", OF(TIMESTAMP_TZ), TYPES(OF(VARCHAR), OF(TIMESTAMP)), zone_of_timestamp, .can_fail = true),
    SCALAR("timezone", OF(TIMESTAMP), TYPES(OF(VARCHAR), OF(TIMESTAMP_TZ)), zone_of_instant, .can_fail = true),
    SCALAR("timezone", OF(TIME_TZ), TYPES(OF(VARCHAR), OF(TIME_TZ)), zone_of_time, .can_fail = true),
    SCALAR("timezone", OF(TIME_TZ), TYPES(OF(INTERVAL), OF(TIME_TZ)), offset_of_time, .can_fail = true),
};
SCALAR_TABLE_END(date_make);
