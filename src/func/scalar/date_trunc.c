// SPDX-License-Identifier: MIT
//
// date_trunc.c: date_trunc('month', x): the start of the part that x lies in; time_bucket(width, x): the start of the
// bucket of any width. Infinite values stay as they are.
#include "func/support.h"

#define MICROS_PER_HOUR (INT64_C(3600) * MICROS_PER_SECOND)
#define MICROS_PER_MINUTE (INT64_C(60) * MICROS_PER_SECOND)

// ---------------------------------------------------------------------------------------------------------------------
// date_trunc
// ---------------------------------------------------------------------------------------------------------------------

static bool truncate_date(DatePart part, int32_t days, int32_t *out) {
  int32_t year, month, day, week;
  calendar_from_days(days, &year, &month, &day);
  switch (part) {
    case PART_MILLENNIUM:
      return calendar_to_days(year / 1000 * 1000, 1, 1, out);
    case PART_CENTURY:
      return calendar_to_days(year / 100 * 100, 1, 1, out);
    case PART_DECADE:
      return calendar_to_days(year / 10 * 10, 1, 1, out);
    case PART_YEAR:
      return calendar_to_days(year, 1, 1, out);
    case PART_QUARTER:
      return calendar_to_days(year, (month - 1) / 3 * 3 + 1, 1, out);
    case PART_MONTH:
      return calendar_to_days(year, month, 1, out);
    case PART_WEEK:
    case PART_YEARWEEK:
      *out = days - (calendar_iso_weekday(days) - 1);
      return true;
    case PART_ISOYEAR:
      calendar_iso_week(days, &year, &week);
      *out = days - (calendar_iso_weekday(days) - 1) - (week - 1) * 7;
      return true;
    default:
      *out = days;
      return true;
  }
}

static bool truncate_micros(DatePart part, int64_t micros, int64_t *out) {
  int64_t unit;
  switch (part) {
    case PART_HOUR:
      unit = MICROS_PER_HOUR;
      break;
    case PART_MINUTE:
      unit = MICROS_PER_MINUTE;
      break;
    case PART_SECOND:
    case PART_EPOCH:
      unit = MICROS_PER_SECOND;
      break;
    case PART_MILLISECONDS:
      unit = 1000;
      break;
    case PART_MICROSECONDS:
      unit = 1;
      break;
    default: {
      int32_t days;
      return truncate_date(part, timestamp_date(micros), &days) && timestamp_from_parts(days, 0, out);
    }
  }
  *out = floor_divide(micros, unit) * unit;
  return true;
}

static Interval truncate_interval(DatePart part, Interval interval) {
  int32_t months = interval.months;
  int64_t micros = interval.micros;
  switch (part) {
    case PART_MILLENNIUM:
      return (Interval){months / 12000 * 12000, 0, 0};
    case PART_CENTURY:
      return (Interval){months / 1200 * 1200, 0, 0};
    case PART_DECADE:
      return (Interval){months / 120 * 120, 0, 0};
    case PART_YEAR:
    case PART_ISOYEAR:
      return (Interval){months / 12 * 12, 0, 0};
    case PART_QUARTER:
      return (Interval){months / 3 * 3, 0, 0};
    case PART_MONTH:
      return (Interval){months, 0, 0};
    case PART_WEEK:
    case PART_YEARWEEK:
      return (Interval){months, interval.days / 7 * 7, 0};
    case PART_HOUR:
      return (Interval){months, interval.days, micros / MICROS_PER_HOUR * MICROS_PER_HOUR};
    case PART_MINUTE:
      return (Interval){months, interval.days, micros / MICROS_PER_MINUTE * MICROS_PER_MINUTE};
    case PART_SECOND:
    case PART_EPOCH:
      return (Interval){months, interval.days, micros / MICROS_PER_SECOND * MICROS_PER_SECOND};
    case PART_MILLISECONDS:
      return (Interval){months, interval.days, micros / 1000 * 1000};
    case PART_MICROSECONDS:
      return interval;
    default:
      return (Interval){months, interval.days, 0};
  }
}

static bool part_truncates(DatePart part) {
  switch (part) {
    case PART_ERA:
    case PART_TIMEZONE:
    case PART_TIMEZONE_HOUR:
    case PART_TIMEZONE_MINUTE:
    case PART_NANOSECONDS:
      return false;
    default:
      return true;
  }
}

static Status part_of_row(EvalContext *context, const ScalarCall *call, StringView name, DatePart *part) {
  if (call->bind_data) {
    *part = *(const DatePart *)call->bind_data;
    return OK;
  }
  if (!date_part_from_name(string_str(&name), part)) return date_part_unknown(context->error, string_str(&name));
  if (part_truncates(*part)) return OK;
  return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position,
                   "Specifier type not implemented for DATETRUNC");
}

static Status truncate_error(EvalContext *context, const ScalarCall *call) {
  return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
}

KERNEL(trunc_date) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int32_t, int64_t, {
    DatePart part;
    TRY(part_of_row(context, call, left, &part));
    int32_t days = right;
    bool fits = !date_is_finite(right) || truncate_date(part, right, &days);
    if (!fits || !date_to_timestamp(days, &out)) return truncate_error(context, call);
  });
  return OK;
}
KERNEL(trunc_timestamp) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, int64_t, {
    DatePart part;
    TRY(part_of_row(context, call, left, &part));
    out = right;
    if (timestamp_is_finite(right) && !truncate_micros(part, right, &out)) return truncate_error(context, call);
  });
  return OK;
}
// An instant is cut where the session's clock shows a whole year, day …
KERNEL(trunc_instant) {
  Str zone = context->facts->time_zone;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, int64_t, {
    DatePart part;
    int64_t local;
    TRY(part_of_row(context, call, left, &part));
    out = right;
    if (timestamp_is_finite(right)) {
      zone_to_local(zone_named(context->facts, zone), right, &local);
      if (!truncate_micros(part, local, &local)) return truncate_error(context, call);
      zone_to_utc(zone_named(context->facts, zone), local, &out);
    }
  });
  return OK;
}
KERNEL(trunc_interval) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, Interval, Interval, {
    DatePart part;
    TRY(part_of_row(context, call, left, &part));
    out = truncate_interval(part, right);
  });
  return OK;
}

static Status bind_trunc(ScalarBind *bind) {
  Value name;
  bool constant;
  TRY(bind_constant(bind, 0, &name, &constant));
  if (!constant || name.is_null) return OK;
  DatePart *part;
  ARENA_NEW(bind->arena, bind->error, part);
  if (!date_part_from_name(name.text, part)) return date_part_unknown(bind->error, name.text);
  if (!part_truncates(*part)) {
    return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position,
                     "Specifier type not implemented for DATETRUNC statistics");
  }
  bind->bind_data = part;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// time_bucket
// ---------------------------------------------------------------------------------------------------------------------

#define DEFAULT_ORIGIN_MICROS INT64_C(946857600000000) // 2000-01-03, a Monday
#define DEFAULT_ORIGIN_MONTHS 360                      // 2000-01, in months since 1970-01

typedef struct Bucket {
  int64_t months; // width; 0: micros count
  int64_t micros;
} Bucket;

static Status bucket_width(EvalContext *context, const ScalarCall *call, Interval width, Bucket *bucket) {
  *bucket = (Bucket){0, 0};
  if (width.months == 0) {
    if (width.days && width.micros && call->argument_types[1].id == TYPE_TIMESTAMP_TZ) {
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position,
                       "Day intervals cannot have time component");
    }
    int128 micros = (int128)width.days * MICROS_PER_DAY + width.micros;
    if (micros <= 0) {
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "Period must be greater than 0");
    }
    if (micros > INT64_MAX) return out_of_range(context, call, "Overflow in INT64 arithmetic of an interval");
    bucket->micros = (int64_t)micros;
    return OK;
  }
  if (width.days || width.micros) {
    return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position,
                     "Month intervals cannot have day or time component");
  }
  if (width.months < 0) {
    return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "Period must be greater than 0");
  }
  bucket->months = width.months;
  return OK;
}

static int64_t epoch_months(int64_t micros) {
  int32_t year, month, day;
  calendar_from_days(timestamp_date(micros), &year, &month, &day);
  return ((int64_t)year - 1970) * 12 + month - 1;
}

static Status bucket_start(EvalContext *context, const ScalarCall *call, Bucket bucket, int64_t micros,
                           const int64_t *origin, int64_t *out) {
  if (bucket.months) {
    int64_t first = (origin ? epoch_months(*origin) : DEFAULT_ORIGIN_MONTHS) % bucket.months;
    int64_t months = floor_divide(epoch_months(micros) - first, bucket.months) * bucket.months + first;
    int64_t year = floor_divide(months, 12);
    int32_t days;
    if (!calendar_to_days((int32_t)(1970 + year), (int32_t)(months - year * 12) + 1, 1, &days) ||
        !timestamp_from_parts(days, 0, out)) {
      return truncate_error(context, call);
    }
    return OK;
  }
  int128 first = (origin ? *origin : DEFAULT_ORIGIN_MICROS) % bucket.micros;
  int128 distance = (int128)micros - first;
  int128 quotient = distance / bucket.micros - (distance % bucket.micros < 0);
  int128 start = quotient * bucket.micros + first;
  if (start <= MICROS_NEGATIVE_INFINITY || start >= MICROS_INFINITY) return truncate_error(context, call);
  *out = (int64_t)start;
  return OK;
}

// One row; *known false: NULL.
static Status bucket_row(EvalContext *context, const ScalarCall *call, Interval width, int64_t micros,
                         const Interval *offset, const int64_t *origin, int64_t *out, bool *known) {
  Bucket bucket;
  TRY(bucket_width(context, call, width, &bucket));
  *known = true;
  if (origin && !timestamp_is_finite(*origin)) {
    *known = false;
    return OK;
  }
  *out = micros;
  if (!timestamp_is_finite(micros)) return OK;
  if (!offset) return bucket_start(context, call, bucket, micros, origin, out);
  Interval back;
  int64_t moved;
  if (!interval_negate(*offset, &back) || !timestamp_add_interval(micros, back, &moved)) {
    return truncate_error(context, call);
  }
  TRY(bucket_start(context, call, bucket, moved, NULL, out));
  return timestamp_add_interval(*out, *offset, out) ? OK : truncate_error(context, call);
}

static bool read_moment(const Vector *vector, const VectorView *view, uint32_t row, int64_t *micros) {
  uint32_t at = view_row(view, row);
  if (vector->type.id == TYPE_DATE) return date_to_timestamp(((const int32_t *)view->data)[at], micros);
  *micros = ((const int64_t *)view->data)[at];
  return true;
}

KERNEL(time_bucket) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  VectorView views[3];
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &views[i]);
  bool has_third = call->argument_count == 3;
  bool has_offset = has_third && arguments[2]->type.id == TYPE_INTERVAL;
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Interval width = ((const Interval *)views[0].data)[view_row(&views[0], row)], offset;
    int64_t micros, origin = 0, out;
    if (!read_moment(arguments[1], &views[1], row, &micros)) return truncate_error(context, call);
    if (has_offset) {
      offset = ((const Interval *)views[2].data)[view_row(&views[2], row)];
    } else if (has_third && !read_moment(arguments[2], &views[2], row, &origin)) {
      return truncate_error(context, call);
    }
    bool known;
    TRY(bucket_row(context, call, width, micros, has_offset ? &offset : NULL, has_third && !has_offset ? &origin : NULL,
                   &out, &known));
    if (!known) {
      KERNEL_NULL(result, row, context->error);
    } else if (result->physical == PHYSICAL_I32) {
      ((int32_t *)result->data)[row] = timestamp_is_finite(out) ? timestamp_date(out)
                                       : out > 0                ? DAY_INFINITY
                                                                : DAY_NEGATIVE_INFINITY;
    } else {
      ((int64_t *)result->data)[row] = out;
    }
  }
  return OK;
}

// Months and days are those that the clock of a zone shows; shorter buckets are counted from its default origin.
KERNEL(time_bucket_of_zone) {
  uint32_t count;
  TRY(kernel_begin(arguments, 3, row_count, result, &count, context->error));
  VectorView views[3];
  for (uint32_t i = 0; i < 3; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Interval width = ((const Interval *)views[0].data)[view_row(&views[0], row)];
    int64_t utc = ((const int64_t *)views[1].data)[view_row(&views[1], row)], micros, out;
    Str name = string_str(&((const StringView *)views[2].data)[view_row(&views[2], row)]);
    TimeZone zone = zone_named(context->facts, name);
    bool known, of_clock = width.micros == 0;
    if (!zone_to_local(zone, utc, &micros)) {
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position, "Unknown TimeZone '%.*s'!",
                       STR_ARG(name));
    }
    int64_t origin = DEFAULT_ORIGIN_MICROS;
    if (!of_clock) zone_to_utc(zone, origin, &origin);
    TRY(bucket_row(context, call, width, of_clock ? micros : utc, NULL, of_clock ? NULL : &origin, &out, &known));
    if (of_clock) zone_to_utc(zone, out, &out);
    ((int64_t *)result->data)[row] = out;
  }
  return OK;
}

#define TRUNC_ENTRIES(name)                                                                                        \
  SCALAR(name, OF(TIMESTAMP), TYPES(OF(VARCHAR), OF(TIMESTAMP)), trunc_timestamp, .bind = bind_trunc,              \
         .can_fail = true),                                                                                        \
      SCALAR(name, OF(TIMESTAMP), TYPES(OF(VARCHAR), OF(DATE)), trunc_date, .bind = bind_trunc, .can_fail = true), \
      SCALAR(name, OF(INTERVAL), TYPES(OF(VARCHAR), OF(INTERVAL)), trunc_interval, .bind = bind_trunc,             \
             .can_fail = true),                                                                                    \
      SCALAR(name, OF(TIMESTAMP_TZ), TYPES(OF(VARCHAR), OF(TIMESTAMP_TZ)), trunc_instant, .bind = bind_trunc,      \
             .can_fail = true)
#define BUCKET_ENTRIES(type)                                                                                       \
  SCALAR("time_bucket", OF(type), TYPES(OF(INTERVAL), OF(type)), time_bucket, .can_fail = true),                   \
      SCALAR("time_bucket", OF(type), TYPES(OF(INTERVAL), OF(type), OF(INTERVAL)), time_bucket, .can_fail = true), \
      SCALAR("time_bucket", OF(type), TYPES(OF(INTERVAL), OF(type), OF(type)), time_bucket, .can_fail = true)

SCALAR_TABLE(date_trunc) = {
    TRUNC_ENTRIES("date_trunc"),
    TRUNC_ENTRIES("datetrunc"),
    BUCKET_ENTRIES(DATE),
    BUCKET_ENTRIES(TIMESTAMP),
    BUCKET_ENTRIES(TIMESTAMP_TZ),
    SCALAR("time_bucket", OF(TIMESTAMP_TZ), TYPES(OF(INTERVAL), OF(TIMESTAMP_TZ), OF(VARCHAR)), time_bucket_of_zone,
           .can_fail = true),
};
SCALAR_TABLE_END(date_trunc);
