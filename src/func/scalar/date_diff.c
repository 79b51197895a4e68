// SPDX-License-Identifier: MIT
//
// date_diff.c: date_diff counts the boundaries of a part between two moments, date_sub the whole parts that fit; age is the
// difference in years, months, days and time. NULL when a moment is infinite.
#include "func/support.h"

#define MICROS_PER_HOUR (INT64_C(3600) * MICROS_PER_SECOND)
#define MICROS_PER_MINUTE (INT64_C(60) * MICROS_PER_SECOND)

// Micros of one unit for parts from a day down; 0: a calendar part.
static int64_t part_micros(DatePart part) {
  switch (part) {
    case PART_DAY:
    case PART_DOW:
    case PART_ISODOW:
    case PART_DOY:
    case PART_JULIAN_DAY:
      return MICROS_PER_DAY;
    case PART_HOUR:
      return MICROS_PER_HOUR;
    case PART_MINUTE:
      return MICROS_PER_MINUTE;
    case PART_SECOND:
    case PART_EPOCH:
      return MICROS_PER_SECOND;
    case PART_MILLISECONDS:
      return 1000;
    case PART_MICROSECONDS:
      return 1;
    default:
      return 0;
  }
}

static Status not_for_part(EvalContext *context, const ScalarCall *call, const char *function) {
  return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "Specifier type not implemented for %s",
                   function);
}

// Boundaries since year 0.
static int64_t date_index(DatePart part, int32_t days) {
  int32_t year, month, day, week;
  calendar_from_days(days, &year, &month, &day);
  switch (part) {
    case PART_MONTH:
      return (int64_t)year * 12 + month - 1;
    case PART_QUARTER:
      return ((int64_t)year * 12 + month - 1) / 3;
    case PART_DECADE:
      return year / 10;
    case PART_CENTURY:
      return year / 100;
    case PART_MILLENNIUM:
      return year / 1000;
    case PART_ISOYEAR:
      calendar_iso_week(days, &year, &week);
      return year;
    default:
      return year;
  }
}

static Status difference(EvalContext *context, const ScalarCall *call, DatePart part, int64_t start, int64_t end,
                         int64_t *out) {
  switch (part) {
    case PART_YEAR:
    case PART_MONTH:
    case PART_QUARTER:
    case PART_DECADE:
    case PART_CENTURY:
    case PART_MILLENNIUM:
    case PART_ISOYEAR:
      *out = date_index(part, timestamp_date(end)) - date_index(part, timestamp_date(start));
      return OK;
    case PART_WEEK:
    case PART_YEARWEEK: // distance, not Mondays
      *out = ((int64_t)timestamp_date(end) - timestamp_date(start)) / 7;
      return OK;
    default: {
      int64_t unit = part_micros(part);
      if (!unit) return not_for_part(context, call, "DATEDIFF");
      if (unit == 1) {
        if (__builtin_sub_overflow(end, start, out)) return out_of_range(context, call, "Overflow in date_diff");
        return OK;
      }
      *out = floor_divide(end, unit) - floor_divide(start, unit);
      return OK;
    }
  }
}

// Whole months from start to end >= start. A start day that the end's month does not have counts as its last day.
static int64_t whole_months(int64_t start, int64_t end) {
  int32_t year, month, day, start_year, start_month, start_day;
  calendar_from_days(timestamp_date(end), &year, &month, &day);
  calendar_from_days(timestamp_date(start), &start_year, &start_month, &start_day);
  int64_t start_time = timestamp_time(start), end_time = timestamp_time(end);
  int64_t months = ((int64_t)year - start_year) * 12 + month - start_month;
  int32_t last = calendar_days_in_month(year, month);
  if (day == last && start_day > day) start_day = day;
  if (start_day > day || (start_day == day && start_time > end_time)) months--;
  return months;
}

static Status subtract_parts(EvalContext *context, const ScalarCall *call, DatePart part, int64_t start, int64_t end,
                             int64_t *out) {
  int64_t months = 0;
  switch (part) {
    case PART_YEAR:
    case PART_ISOYEAR:
      months = 12;
      break;
    case PART_MONTH:
      months = 1;
      break;
    case PART_QUARTER:
      months = 3;
      break;
    case PART_DECADE:
      months = 120;
      break;
    case PART_CENTURY:
      months = 1200;
      break;
    case PART_MILLENNIUM:
      months = 12000;
      break;
    default:
      break;
  }
  if (months) {
    int64_t whole = end >= start ? whole_months(start, end) : -whole_months(end, start);
    *out = whole / months;
    return OK;
  }
  int64_t unit = part == PART_WEEK || part == PART_YEARWEEK ? 7 * MICROS_PER_DAY : part_micros(part);
  if (!unit) return not_for_part(context, call, "DATESUB");
  int64_t micros;
  if (__builtin_sub_overflow(end, start, &micros)) return out_of_range(context, call, "Overflow in date_sub");
  *out = micros / unit;
  return OK;
}

static Status part_of_row(EvalContext *context, StringView name, DatePart *part) {
  Str text = string_str(&name);
  return date_part_from_name(text, part) ? OK : date_part_unknown(context->error, text);
}

typedef Status (*PartOperation)(EvalContext *context, const ScalarCall *call, DatePart part, int64_t start, int64_t end,
                                int64_t *out);

// Dates reach further than timestamps: their parts are compared as days where they can be.
static Status date_row(EvalContext *context, const ScalarCall *call, DatePart part, int32_t start, int32_t end,
                       PartOperation operation, int64_t *out) {
  int64_t from, to;
  if (date_to_timestamp(start, &from) && date_to_timestamp(end, &to)) {
    return operation(context, call, part, from, to, out);
  }
  int64_t days = (int64_t)end - start, unit = part_micros(part);
  if (unit) {
    if (__builtin_mul_overflow(days, MICROS_PER_DAY / unit, out)) {
      return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
    }
    return OK;
  }
  if (part == PART_WEEK || part == PART_YEARWEEK) {
    *out = days / 7;
    return OK;
  }
  *out = date_index(part, end) - date_index(part, start);
  if (operation != difference)
    return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
  return OK;
}

static Status date_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                        uint32_t row_count, Vector *result, PartOperation operation) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, StringView, int32_t, int32_t, int64_t, {
    DatePart part;
    TRY(part_of_row(context, first, &part));
    if (!date_is_finite(second) || !date_is_finite(third)) {
      KERNEL_NULL(result, row, context->error);
    } else {
      TRY(date_row(context, call, part, second, third, operation, &out));
    }
  });
  return OK;
}

// An instant as the session's clock shows it; other timestamps as they are.
static int64_t clock_time(const EvalContext *context, Type type, int64_t micros) {
  if (type.id == TYPE_TIMESTAMP_TZ)
    zone_to_local(zone_named(context->facts, context->facts->time_zone), micros, &micros);
  return micros;
}

// The instant at which the hour, minute … began that the session's clock shows.
static int64_t unit_start(const EvalContext *context, int64_t micros, int64_t unit) {
  TimeZone zone = zone_named(context->facts, context->facts->time_zone);
  zone_to_local(zone, micros, &micros);
  zone_to_utc(zone, floor_divide(micros, unit) * unit, &micros);
  return micros;
}

// Days and what is made of them are the clock's. Hours pass everywhere alike, but not everywhere do they begin at the same time.
static Status timestamp_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                             uint32_t row_count, Vector *result, PartOperation operation) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, StringView, int64_t, int64_t, int64_t, {
    DatePart part;
    TRY(part_of_row(context, first, &part));
    if (!timestamp_is_finite(second) || !timestamp_is_finite(third)) {
      KERNEL_NULL(result, row, context->error);
    } else {
      int64_t unit = part_micros(part);
      bool instants = call->argument_types[1].id == TYPE_TIMESTAMP_TZ, hours = unit && unit < MICROS_PER_DAY;
      if (instants && hours && operation == difference) {
        int64_t from = unit_start(context, second, unit), to = unit_start(context, third, unit);
        TRY(subtract_parts(context, call, part, from, to, &out));
      } else {
        Type type = hours ? TYPE(TIMESTAMP) : call->argument_types[1];
        TRY(operation(context, call, part, clock_time(context, type, second), clock_time(context, type, third), &out));
      }
    }
  });
  return OK;
}

static Status time_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                        uint32_t row_count, Vector *result, PartOperation operation) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, StringView, int64_t, int64_t, int64_t, {
    DatePart part;
    TRY(part_of_row(context, first, &part));
    int64_t unit = part_micros(part);
    if (!unit || unit == MICROS_PER_DAY) {
      Str name = string_str(&first);
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "\"time\" units \"%.*s\" not recognized",
                       STR_ARG(name));
    }
    TRY(operation(context, call, part, second, third, &out));
  });
  return OK;
}

KERNEL(diff_dates) { return date_rows(context, call, arguments, row_count, result, difference); }
KERNEL(diff_timestamps) { return timestamp_rows(context, call, arguments, row_count, result, difference); }
KERNEL(diff_times) { return time_rows(context, call, arguments, row_count, result, difference); }
KERNEL(sub_dates) { return date_rows(context, call, arguments, row_count, result, subtract_parts); }
KERNEL(sub_timestamps) { return timestamp_rows(context, call, arguments, row_count, result, subtract_parts); }
KERNEL(sub_times) { return time_rows(context, call, arguments, row_count, result, subtract_parts); }

// ---------------------------------------------------------------------------------------------------------------------
// age
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(age_between) {
  Type type = call->argument_types[0];
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, int64_t, int64_t, Interval, {
    if (!timestamp_is_finite(left) || !timestamp_is_finite(right)) {
      KERNEL_NULL(result, row, context->error);
    } else {
      out = interval_age(clock_time(context, type, left), clock_time(context, type, right));
    }
  });
  return OK;
}

// age(x): from x to midnight of today.
KERNEL(age_from_today) {
  Type type = call->argument_types[0];
  int64_t now = clock_time(context, type, context->facts->transaction_micros);
  int64_t today = floor_divide(now, MICROS_PER_DAY) * MICROS_PER_DAY;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int64_t, Interval, {
    if (!timestamp_is_finite(in)) {
      KERNEL_NULL(result, row, context->error);
    } else {
      out = interval_age(today, clock_time(context, type, in));
    }
  });
  return OK;
}

#define PART_ENTRIES(name, prefix)                                                                          \
  SCALAR(name, OF(BIGINT), TYPES(OF(VARCHAR), OF(DATE), OF(DATE)), prefix##_dates, .can_fail = true),       \
      SCALAR(name, OF(BIGINT), TYPES(OF(VARCHAR), OF(TIMESTAMP), OF(TIMESTAMP)), prefix##_timestamps,       \
             .can_fail = true),                                                                             \
      SCALAR(name, OF(BIGINT), TYPES(OF(VARCHAR), OF(TIMESTAMP_TZ), OF(TIMESTAMP_TZ)), prefix##_timestamps, \
             .can_fail = true),                                                                             \
      SCALAR(name, OF(BIGINT), TYPES(OF(VARCHAR), OF(TIME), OF(TIME)), prefix##_times, .can_fail = true)

SCALAR_TABLE(date_diff) = {
    PART_ENTRIES("date_diff", diff),
    PART_ENTRIES("datediff", diff),
    PART_ENTRIES("date_sub", sub),
    PART_ENTRIES("datesub", sub),
    SCALAR("age", OF(INTERVAL), TYPES(OF(TIMESTAMP), OF(TIMESTAMP)), age_between),
    SCALAR("age", OF(INTERVAL), TYPES(OF(TIMESTAMP_TZ), OF(TIMESTAMP_TZ)), age_between),
    SCALAR("age", OF(INTERVAL), TYPES(OF(TIMESTAMP)), age_from_today, .stability = STABILITY_STATEMENT),
    SCALAR("age", OF(INTERVAL), TYPES(OF(TIMESTAMP_TZ)), age_from_today, .stability = STABILITY_STATEMENT),
};
SCALAR_TABLE_END(date_diff);
