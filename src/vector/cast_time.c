// SPDX-License-Identifier: MIT
//
// cast_time.c: DATE, TIME and the TIMESTAMPs among each other; instants (TIMESTAMP WITH TIME ZONE) are what the clock of
// the session's zone shows. Infinite values stay infinite where the target has them.
#include "vector/cast.h"

#define SECONDS_PER_DAY INT64_C(86400)

static bool is_infinite(int64_t timestamp) {
  return timestamp == MICROS_INFINITY || timestamp == MICROS_NEGATIVE_INFINITY;
}

// Units of a second that a type counts in.
static int64_t units_per_second(TypeId id) {
  switch (id) {
    case TYPE_TIMESTAMP_S:
      return 1;
    case TYPE_TIMESTAMP_MS:
      return 1000;
    case TYPE_TIMESTAMP_NS:
      return INT64_C(1000000000);
    default:
      return MICROS_PER_SECOND;
  }
}

static const char *unit_name(TypeId id) {
  switch (id) {
    case TYPE_TIMESTAMP_S:
      return "S";
    case TYPE_TIMESTAMP_MS:
      return "MS";
    case TYPE_TIMESTAMP_NS:
      return "NS";
    default:
      return "US";
  }
}

static int64_t floor_divide(int64_t value, int64_t divisor) {
  int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0);
}

static int64_t divide_half_away(int64_t value, int64_t divisor) {
  int64_t rest = value % divisor;
  return value / divisor + (rest >= divisor / 2) - (rest <= -(divisor / 2));
}

// DuckDB raises these as invalid input.
static Status row_invalid(const Cast *cast, uint32_t row, const char *physical, Str text) {
  if (cast->context->try_cast) return vector_set_null(cast->result, row, cast->context->error);
  return error_set(cast->context->error, ERROR_INVALID_INPUT, cast->context->position,
                   "Type %s with value %.*s can't be cast to the destination type INT64", physical, STR_ARG(text));
}

// What the clock of the session's zone shows at an instant; values of other types are that already.
static int64_t clock_of(const Cast *cast, int64_t value) {
  if (cast->source->type.id == TYPE_TIMESTAMP_TZ) zone_to_local(cast->context->zone, value, &value);
  return value;
}

// The value of the target, when an instant, at what the clock shows.
static int64_t instant_of(const Cast *cast, int64_t micros) {
  if (cast->result->type.id == TYPE_TIMESTAMP_TZ) zone_to_utc(cast->context->zone, micros, &micros);
  return micros;
}

static Status date_to_timestamp(const Cast *cast) {
  int64_t per_day = SECONDS_PER_DAY * units_per_second(cast->result->type.id);
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, int32_t, int64_t, {
    int64_t micros = 0;
    if (in == DAY_INFINITY) {
      out = MICROS_INFINITY;
    } else if (in == DAY_NEGATIVE_INFINITY) {
      out = MICROS_NEGATIVE_INFINITY;
    } else if (__builtin_mul_overflow((int64_t)in, per_day, &out) ||
               __builtin_mul_overflow((int64_t)in, MICROS_PER_DAY, &micros) || is_infinite(out)) {
      char text[SCALAR_TEXT_CAPACITY];
      size_t length = date_write(text, in);
      if (cast->result->type.id == TYPE_TIMESTAMP_TZ) {
        TRY(row_invalid(cast, row, "INT32", (Str){text, length}));
        continue;
      }
      TRY(cast_row_failed(cast, row, "Type INT32 with value %.*s can't be cast to the destination type INT64",
                          (int)length, text));
      continue;
    }
    out = instant_of(cast, out);
  });
  return OK;
}

// Finer units round half away from zero; nanoseconds are cut. Coarser ones may overflow.
static Status timestamp_to_timestamp(const Cast *cast) {
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  int64_t from_units = units_per_second(from), to_units = units_per_second(to);
  bool zoned = (from == TYPE_TIMESTAMP_TZ) != (to == TYPE_TIMESTAMP_TZ) && cast->context->zone.name.length;
  if (from_units == to_units && !zoned) {
    return vector_copy(cast->result, 0, cast->source, NULL, 0, cast->row_count, cast->context->error);
  }
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, int64_t, int64_t, {
    int64_t clock = clock_of(cast, in);
    if (is_infinite(in)) {
      out = in;
    } else if (from_units > to_units) {
      out =
          from == TYPE_TIMESTAMP_NS ? clock / (from_units / to_units) : divide_half_away(clock, from_units / to_units);
    } else if (__builtin_mul_overflow(clock, to_units / from_units, &out)) {
      const char *shown = to == TYPE_TIMESTAMP_NS ? "US" : unit_name(from);
      TRY(cast_row_failed(cast, row, "Could not convert Timestamp(%s) to Timestamp(%s)", shown, unit_name(to)));
      continue;
    }
    out = instant_of(cast, out);
  });
  return OK;
}

static Status timestamp_to_date(const Cast *cast) {
  bool nanos = cast->source->type.id == TYPE_TIMESTAMP_NS;
  int64_t per_day = SECONDS_PER_DAY * (nanos ? MICROS_PER_SECOND : units_per_second(cast->source->type.id));
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, int64_t, int32_t, {
    if (is_infinite(in)) {
      out = in == MICROS_INFINITY ? DAY_INFINITY : DAY_NEGATIVE_INFINITY;
    } else {
      out = (int32_t)floor_divide(nanos ? in / 1000 : clock_of(cast, in), per_day);
    }
  });
  return OK;
}

// The time of day in the units of the target: micros, or nanos for TIME_NS.
static Status timestamp_to_time(const Cast *cast) {
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  int64_t from_units = units_per_second(from);
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, int64_t, int64_t, {
    if (is_infinite(in)) {
      TRY(row_invalid(cast, row, "INT64", in > 0 ? STR("infinity") : STR("-infinity")));
      continue;
    }
    int64_t clock = clock_of(cast, in);
    int64_t value = from == TYPE_TIMESTAMP_NS && to != TYPE_TIME_NS ? in / 1000 : clock;
    int64_t units = from == TYPE_TIMESTAMP_NS && to != TYPE_TIME_NS ? MICROS_PER_SECOND : from_units;
    int64_t time = value - floor_divide(value, SECONDS_PER_DAY * units) * SECONDS_PER_DAY * units;
    if (to == TYPE_TIME_NS) {
      out = time;
    } else {
      out = time * (MICROS_PER_SECOND / units);
      if (to == TYPE_TIME_TZ) out = time_tz_make(out, (int32_t)((clock - in) / MICROS_PER_SECOND));
    }
  });
  return OK;
}

static Status time_to_time(const Cast *cast) {
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, int64_t, int64_t, {
    if (from == TYPE_TIME_NS) {
      out = divide_half_away(in, 1000);
    } else if (from == TYPE_TIME_TZ) {
      out = time_tz_micros(in);
    } else {
      out = to == TYPE_TIME_NS ? in * 1000 : time_tz_make(in, 0);
    }
  });
  return OK;
}

Status cast_times(const Cast *cast) {
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  if (from == TYPE_DATE) return date_to_timestamp(cast);
  if (from == TYPE_TIME || from == TYPE_TIME_NS || from == TYPE_TIME_TZ) return time_to_time(cast);
  if (to == TYPE_DATE) return timestamp_to_date(cast);
  if (to == TYPE_TIME || to == TYPE_TIME_NS || to == TYPE_TIME_TZ) return timestamp_to_time(cast);
  return timestamp_to_timestamp(cast);
}
