// SPDX-License-Identifier: MIT
//
// date_part.c: parts of dates, timestamps, times and intervals: date_part('year', x), year(x) and their kin; dayname,
// monthname, last_day. Infinite values have no parts (NULL).
#include "func/support.h"

#define MICROS_PER_HOUR (INT64_C(3600) * MICROS_PER_SECOND)
#define MICROS_PER_MINUTE (INT64_C(60) * MICROS_PER_SECOND)
#define JULIAN_EPOCH 2440588 // Julian day of 1970-01-01

// ---------------------------------------------------------------------------------------------------------------------
// One value
// ---------------------------------------------------------------------------------------------------------------------

static bool part_is_double(DatePart part) { return part == PART_EPOCH || part == PART_JULIAN_DAY; }

static bool part_of_interval_exists(DatePart part) {
  switch (part) {
    case PART_DOW:
    case PART_ISODOW:
    case PART_DOY:
    case PART_WEEK:
    case PART_ISOYEAR:
    case PART_YEARWEEK:
    case PART_ERA:
    case PART_JULIAN_DAY:
      return false;
    default:
      return true;
  }
}

static bool part_is_zone(DatePart part) {
  return part == PART_TIMEZONE || part == PART_TIMEZONE_HOUR || part == PART_TIMEZONE_MINUTE;
}

static const char *interval_part_name(DatePart part) {
  switch (part) {
    case PART_DOW:
      return "dow";
    case PART_ISODOW:
      return "isodow";
    case PART_DOY:
      return "doy";
    case PART_WEEK:
      return "week";
    case PART_ISOYEAR:
      return "isoyear";
    case PART_YEARWEEK:
      return "yearweek";
    default:
      return "era";
  }
}

static int64_t part_of_interval(DatePart part, Interval interval) {
  int64_t micros = interval.micros;
  switch (part) {
    case PART_YEAR:
      return interval.months / 12;
    case PART_MONTH:
      return interval.months % 12;
    case PART_DAY:
      return interval.days;
    case PART_QUARTER:
      return interval.months % 12 / 3 + 1;
    case PART_DECADE:
      return interval.months / 120;
    case PART_CENTURY:
      return interval.months / 1200;
    case PART_MILLENNIUM:
      return interval.months / 12000;
    case PART_HOUR:
      return micros / MICROS_PER_HOUR;
    case PART_MINUTE:
      return micros % MICROS_PER_HOUR / MICROS_PER_MINUTE;
    case PART_SECOND:
      return micros % MICROS_PER_MINUTE / MICROS_PER_SECOND;
    case PART_MILLISECONDS:
      return micros % MICROS_PER_MINUTE / 1000;
    case PART_MICROSECONDS:
      return micros % MICROS_PER_MINUTE;
    case PART_NANOSECONDS:
      return micros % MICROS_PER_MINUTE * 1000;
    case PART_EPOCH_MS:
      return interval_total_micros(interval) / 1000;
    case PART_EPOCH_US:
      return interval_total_micros(interval);
    case PART_EPOCH_NS:
      return (int64_t)((uint64_t)interval_total_micros(interval) * 1000);
    default:
      return 0; // time zone
  }
}

// A year has 365.25 days here, a month 30.
static double epoch_of_interval(Interval interval) {
  double days = interval.months / 12 * 365.25 + interval.months % 12 * 30.0 + interval.days;
  return days * 86400 + (double)interval.micros / (double)MICROS_PER_SECOND;
}

// The value of row `at` as micros since 1970 and the nanoseconds beyond; false: infinite.
static bool moment_at(Type type, const void *data, uint32_t at, int64_t *micros, int64_t *nanos) {
  *nanos = 0;
  if (type.id == TYPE_DATE) {
    int32_t days = ((const int32_t *)data)[at];
    if (!date_is_finite(days)) return false;
    *micros = (int64_t)((uint64_t)days * (uint64_t)MICROS_PER_DAY);
    return true;
  }
  int64_t value = ((const int64_t *)data)[at];
  switch (type.id) {
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
      *micros = value;
      return timestamp_is_finite(value);
    case TYPE_TIMESTAMP_NS:
      if (!timestamp_is_finite(value)) return false;
      *micros = floor_divide(value, 1000);
      *nanos = value - *micros * 1000;
      return true;
    case TYPE_TIME_NS:
      *micros = value / 1000;
      *nanos = value % 1000;
      return true;
    case TYPE_TIME_TZ:
      *micros = time_tz_micros(value);
      return true;
    default: // TIME
      *micros = value;
      return true;
  }
}

static int64_t part_of_offset(DatePart part, int64_t seconds) {
  if (part == PART_TIMEZONE) return seconds;
  return part == PART_TIMEZONE_HOUR ? seconds / 3600 : seconds % 3600 / 60;
}

// What counts the time since an epoch does not depend on clocks.
static bool part_is_local(DatePart part) {
  switch (part) {
    case PART_EPOCH:
    case PART_EPOCH_MS:
    case PART_EPOCH_US:
    case PART_EPOCH_NS:
      return false;
    default:
      return true;
  }
}

// Parts of an instant are those of the session's clock. Micros by which it is ahead of UTC.
static int64_t instant_offset(const StatementFacts *facts, int64_t utc) {
  int32_t seconds = 0;
  if (facts) zone_offset(zone_named(facts, facts->time_zone), utc, &seconds);
  return seconds * MICROS_PER_SECOND;
}

static int64_t part_of_instant(const StatementFacts *facts, DatePart part, int64_t utc, bool *known) {
  *known = timestamp_is_finite(utc);
  if (!*known) return 0;
  int64_t offset = part_is_local(part) ? instant_offset(facts, utc) : 0;
  if (part_is_zone(part)) return part_of_offset(part, (int32_t)(offset / MICROS_PER_SECOND));
  return date_part_of_timestamp(part, utc + offset);
}

static int64_t part_at(const StatementFacts *facts, DatePart part, Type type, const void *data, uint32_t at,
                       bool *known) {
  *known = true;
  if (type.id == TYPE_TIMESTAMP_TZ) return part_of_instant(facts, part, ((const int64_t *)data)[at], known);
  if (type.id == TYPE_TIME_TZ && part_is_zone(part)) {
    return part_of_offset(part, time_tz_offset(((const int64_t *)data)[at]));
  }
  if (type.id == TYPE_INTERVAL) return part_of_interval(part, ((const Interval *)data)[at]);
  if (type.id == TYPE_DATE) { // the range of DATE is wider than that of micros
    int32_t days = ((const int32_t *)data)[at];
    *known = date_is_finite(days);
    return *known ? date_part_of_date(part, days) : 0;
  }
  int64_t micros, nanos;
  *known = moment_at(type, data, at, &micros, &nanos);
  if (!*known) return 0;
  // 24:00:00 is a time of day: it is not tomorrow's 00:00.
  bool end_of_day =
      (type.id == TYPE_TIME || type.id == TYPE_TIME_NS || type.id == TYPE_TIME_TZ) && micros == MICROS_PER_DAY;
  int64_t value = end_of_day && part == PART_HOUR ? 24 : date_part_of_timestamp(part, micros);
  return part == PART_NANOSECONDS || part == PART_EPOCH_NS ? value + nanos : value;
}

static double double_part_at(const StatementFacts *facts, DatePart part, Type type, const void *data, uint32_t at,
                             bool *known) {
  *known = true;
  if (type.id == TYPE_INTERVAL) return epoch_of_interval(((const Interval *)data)[at]);
  if (type.id == TYPE_DATE) {
    int32_t days = ((const int32_t *)data)[at];
    *known = date_is_finite(days);
    return part == PART_EPOCH ? (double)days * 86400 : (double)days + JULIAN_EPOCH;
  }
  int64_t micros, nanos;
  *known = moment_at(type, data, at, &micros, &nanos);
  if (!*known) return 0;
  if (part == PART_EPOCH)
    return (double)micros / (double)MICROS_PER_SECOND + (type.id == TYPE_TIME_NS ? 0 : (double)nanos / 1e9);
  if (type.id == TYPE_TIMESTAMP_TZ) micros += instant_offset(facts, micros);
  return (double)timestamp_date(micros) + JULIAN_EPOCH + (double)timestamp_time(micros) / (double)MICROS_PER_DAY;
}

// Micros since 1970 as nanoseconds must fit 64 bits.
static Status check_nanos(EvalContext *context, const Vector *argument, const void *data, uint32_t at) {
  bool date = argument->type.id == TYPE_DATE;
  if (!date && argument->type.id != TYPE_TIMESTAMP && argument->type.id != TYPE_TIMESTAMP_TZ) return OK;
  int64_t micros, ignored;
  if (!moment_at(date ? argument->type : TYPE(TIMESTAMP), data, at, &micros, &ignored)) return OK;
  bool fits = !date || date_to_timestamp(((const int32_t *)data)[at], &micros);
  if (fits && micros <= INT64_MAX / 1000 && micros >= INT64_MIN / 1000) return OK;
  if (!date) return error_set(context->error, ERROR_CONVERSION, -1, "Could not convert Timestamp(US) to Timestamp(NS)");
  int32_t year, month, day;
  calendar_from_days(((const int32_t *)data)[at], &year, &month, &day);
  return error_set(context->error, ERROR_CONVERSION, -1, "Could not convert DATE (%04d-%02d-%02d) to nanoseconds", year,
                   month, day);
}

static Status part_rows(EvalContext *context, DatePart part, const Vector *argument, uint32_t row_count,
                        Vector *result) {
  uint32_t count;
  TRY(kernel_begin(&argument, 1, row_count, result, &count, context->error));
  VectorView view;
  vector_view(argument, &view);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    uint32_t at = view_row(&view, row);
    bool known;
    if (part == PART_EPOCH_NS) TRY(check_nanos(context, argument, view.data, at));
    if (part_is_double(part)) {
      ((double *)result->data)[row] = double_part_at(context->facts, part, argument->type, view.data, at, &known);
    } else {
      ((int64_t *)result->data)[row] = part_at(context->facts, part, argument->type, view.data, at, &known);
    }
    if (!known) KERNEL_NULL(result, row, context->error);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// year(x), month(x), …: bind data is the part, by the function's name
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(part_function) {
  return part_rows(context, *(const DatePart *)call->bind_data, arguments[0], row_count, result);
}

static Status julian_error(ScalarBind *bind) {
  return error_set(bind->error, ERROR_BINDER, bind->position, "julian can only take DATE or TIMESTAMP arguments");
}

static Status check_part(ScalarBind *bind, DatePart part, Type type) {
  bool list = bind->argument_types[0].id == TYPE_LIST;
  if (part_is_zone(part) && (type.id == TYPE_DATE || (type.id == TYPE_INTERVAL && list))) {
    return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position, "\"%s\" units \"%s\" not recognized",
                     type.id == TYPE_DATE ? "date" : "interval",
                     part == PART_TIMEZONE        ? "timezone"
                     : part == PART_TIMEZONE_HOUR ? "timezone_hour"
                                                  : "timezone_minute");
  }
  if (type.id == TYPE_INTERVAL && !part_of_interval_exists(part)) {
    if (part == PART_JULIAN_DAY) return julian_error(bind);
    return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position, "interval units \"%s\" not recognized",
                     interval_part_name(part));
  }
  return OK;
}

static Status bind_part_function(ScalarBind *bind) {
  DatePart *part;
  ARENA_NEW(bind->arena, bind->error, part);
  Str name = str_from(bind->function->name);
  if (str_equal(name, STR("epoch_ms"))) {
    *part = PART_EPOCH_MS;
  } else if (str_equal(name, STR("epoch_us"))) {
    *part = PART_EPOCH_US;
  } else if (str_equal(name, STR("epoch_ns"))) {
    *part = PART_EPOCH_NS;
  } else if (!date_part_from_name(name, part)) {
    return error_set(bind->error, ERROR_INTERNAL, bind->position, "No date part for function %s", bind->function->name);
  }
  bind->bind_data = part;
  return check_part(bind, *part, bind->argument_types[0]);
}

// ---------------------------------------------------------------------------------------------------------------------
// date_part('part', x)
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(part_constant) {
  return part_rows(context, *(const DatePart *)call->bind_data, arguments[1], row_count, result);
}

KERNEL(part_varying) {
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView names, values;
  vector_view(arguments[0], &names);
  vector_view(arguments[1], &values);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Str name = string_str(&((const StringView *)names.data)[view_row(&names, row)]);
    DatePart part = PART_MICROSECONDS;
    Type type = arguments[1]->type;
    bool named = date_part_from_name(name, &part);
    if (part_is_double(part) || (type.id == TYPE_INTERVAL && !part_of_interval_exists(part))) {
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position,
                       "Specifier type not implemented for DATEPART");
    }
    bool known;
    ((int64_t *)result->data)[row] = part_at(context->facts, part, type, values.data, view_row(&values, row), &known);
    if (known && !named)
      return date_part_unknown(context->error, name); // infinity has no parts, whatever they are called
    if (!known) KERNEL_NULL(result, row, context->error);
  }
  return OK;
}

static const ScalarFunction constant_function;

static bool part_fits_time(DatePart part) {
  switch (part) {
    case PART_HOUR:
    case PART_MINUTE:
    case PART_SECOND:
    case PART_MILLISECONDS:
    case PART_MICROSECONDS:
    case PART_NANOSECONDS:
    case PART_EPOCH:
    case PART_TIMEZONE:
    case PART_TIMEZONE_HOUR:
    case PART_TIMEZONE_MINUTE:
      return true;
    default:
      return false;
  }
}

static Status time_part_error(ScalarBind *bind, Str name, Type type) {
  return error_set(
      bind->error, ERROR_BINDER, bind->position,
      "No function matches the given name and argument types '%.*s(%s)'. You might need to add explicit type "
      "casts.",
      STR_ARG(name), type_id_name(type.id));
}

static Status bind_part(ScalarBind *bind) {
  Value name;
  bool constant;
  TRY(bind_constant(bind, 0, &name, &constant));
  if (!constant || name.is_null) return OK;
  DatePart *part;
  ARENA_NEW(bind->arena, bind->error, part);
  if (!date_part_from_name(name.text, part)) return date_part_unknown(bind->error, name.text);
  Type type = bind->argument_types[1];
  if (*part == PART_JULIAN_DAY && (type.id == TYPE_TIME || type.id == TYPE_TIME_NS || type.id == TYPE_TIME_TZ)) {
    return julian_error(bind);
  }
  TRY(check_part(bind, *part, type));
  if ((type.id == TYPE_TIME || type.id == TYPE_TIME_NS || type.id == TYPE_TIME_TZ) && !part_fits_time(*part)) {
    return time_part_error(bind, name.text, type);
  }
  bind->bind_data = part;
  bind->result_type = part_is_double(*part) ? TYPE(DOUBLE) : TYPE(BIGINT);
  bind->replacement = &constant_function;
  return OK;
}

// date_part(['year', 'month'], x): a struct
typedef struct PartList {
  DatePart *parts;
  uint32_t count;
} PartList;

KERNEL(part_struct) {
  const PartList *list = call->bind_data;
  const Vector *value = arguments[1];
  if (argument_is_null_constant(value) || argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  VectorView view;
  vector_view(value, &view);
  uint32_t count = kernel_rows(arguments, 2, row_count);
  for (uint32_t row = 0; row < count; row++) {
    uint32_t at = view_row(&view, row);
    if (!view_valid(&view, at)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    for (uint32_t i = 0; i < list->count; i++) {
      bool known;
      Vector *field = &result->children[i];
      if (part_is_double(list->parts[i])) {
        ((double *)field->data)[row] =
            double_part_at(context->facts, list->parts[i], value->type, view.data, at, &known);
      } else {
        ((int64_t *)field->data)[row] = part_at(context->facts, list->parts[i], value->type, view.data, at, &known);
      }
      if (!known) TRY(vector_set_null(field, row, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

static bool part_is_of_clock(DatePart part) { return part >= PART_HOUR && part <= PART_NANOSECONDS; }

static Status bind_part_struct(ScalarBind *bind) {
  Value names;
  bool constant;
  TRY(bind_constant(bind, 0, &names, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s can only take constant lists of part names",
                     bind->function->name);
  }
  PartList *list;
  ARENA_NEW(bind->arena, bind->error, list);
  list->count = names.is_null ? 0 : names.nested.count;
  if (!list->count) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s requires non-empty lists of part names",
                     bind->function->name);
  }
  Str *field_names;
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->parts, list->count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, field_names, list->count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, list->count);
  for (uint32_t i = 0; i < list->count; i++) {
    const Value *name = &names.nested.items[i];
    if (name->is_null) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "NULL struct entry name in %s", bind->function->name);
    }
    if (!date_part_from_name(name->text, &list->parts[i])) return date_part_unknown(bind->error, name->text);
    for (uint32_t k = 0; k < i; k++) {
      if (str_equal_nocase(field_names[k], name->text)) {
        return error_set(bind->error, ERROR_BINDER, bind->position, "Duplicate struct entry name \"%.*s\" in %s",
                         STR_ARG(name->text), bind->function->name);
      }
    }
    Type type = bind->argument_types[1];
    TRY(check_part(bind, list->parts[i], type));
    if (type.id == TYPE_DATE && part_is_of_clock(list->parts[i])) {
      return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position, "\"DATE\" units \"%.*s\" not recognized",
                       STR_ARG(name->text));
    }
    bool is_time = type.id == TYPE_TIME || type.id == TYPE_TIME_NS || type.id == TYPE_TIME_TZ;
    if (is_time && !part_fits_time(list->parts[i])) {
      return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position, "\"time\" units \"%.*s\" not recognized",
                       STR_ARG(name->text));
    }
    TRY(str_copy(bind->arena, bind->error, name->text, &field_names[i]));
    types[i] = part_is_double(list->parts[i]) ? TYPE(DOUBLE) : TYPE(BIGINT);
  }
  bind->bind_data = list;
  return type_make_struct(bind->arena, bind->error, types, field_names, list->count, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// Names and last days
// ---------------------------------------------------------------------------------------------------------------------

static const char *const day_names[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};

// The day of a timestamp; of an instant, as the session's clock shows it.
static int32_t day_of(const EvalContext *context, const ScalarCall *call, int64_t micros) {
  if (call->argument_types[0].id == TYPE_TIMESTAMP_TZ)
    zone_to_local(zone_named(context->facts, context->facts->time_zone), micros, &micros);
  return timestamp_date(micros);
}

#define NAME_KERNEL(function, In, finite, name)                                      \
  KERNEL(function) {                                                                 \
    UNUSED_CALL;                                                                     \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, In, StringView, { \
      if (finite) {                                                                  \
        Str text = str_from(name);                                                   \
        out = string_view(text.data, text.length);                                   \
      } else {                                                                       \
        KERNEL_NULL(result, row, context->error);                                    \
      }                                                                              \
    });                                                                              \
    return OK;                                                                       \
  }
NAME_KERNEL(day_name_date, int32_t, date_is_finite(in), day_names[date_part_of_date(PART_DOW, in)])
NAME_KERNEL(day_name_timestamp, int64_t, timestamp_is_finite(in),
            day_names[date_part_of_date(PART_DOW, day_of(context, call, in))])
NAME_KERNEL(month_name_date, int32_t, date_is_finite(in), month_names[date_part_of_date(PART_MONTH, in) - 1])
NAME_KERNEL(month_name_timestamp, int64_t, timestamp_is_finite(in),
            month_names[date_part_of_date(PART_MONTH, day_of(context, call, in)) - 1])

static int32_t last_day(int32_t days) {
  int32_t year, month, day;
  calendar_from_days(days, &year, &month, &day);
  return days - day + calendar_days_in_month(year, month);
}

#define LAST_DAY_KERNEL(function, In, finite, days, result_expression)                      \
  KERNEL(function) {                                                                        \
    UNUSED_CALL;                                                                            \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, In, result_expression, { \
      if (finite) {                                                                         \
        out = days;                                                                         \
      } else {                                                                              \
        KERNEL_NULL(result, row, context->error);                                           \
      }                                                                                     \
    });                                                                                     \
    return OK;                                                                              \
  }
LAST_DAY_KERNEL(last_day_date, int32_t, date_is_finite(in), last_day(in), int32_t)
LAST_DAY_KERNEL(last_day_timestamp, int64_t, timestamp_is_finite(in), last_day(day_of(context, call, in)), int32_t)

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define PART_ENTRY(name, result, type) \
  SCALAR(name, OF(result), TYPES(OF(type)), part_function, .bind = bind_part_function)
#define NANOS_ENTRY(type) \
  SCALAR("epoch_ns", OF(BIGINT), TYPES(OF(type)), part_function, .bind = bind_part_function, .can_fail = true)
#define CALENDAR_ENTRIES(name)                                                                             \
  PART_ENTRY(name, BIGINT, DATE), PART_ENTRY(name, BIGINT, INTERVAL), PART_ENTRY(name, BIGINT, TIMESTAMP), \
      PART_ENTRY(name, BIGINT, TIMESTAMP_TZ)
#define CLOCK_ENTRIES(name)                                                                  \
  CALENDAR_ENTRIES(name), PART_ENTRY(name, BIGINT, TIME), PART_ENTRY(name, BIGINT, TIME_NS), \
      PART_ENTRY(name, BIGINT, TIME_TZ)
#define NAMED_ENTRIES(type)                                                                                            \
  SCALAR("date_part", OF(BIGINT), TYPES(OF(VARCHAR), OF(type)), part_varying, .bind = bind_part, .can_fail = true),    \
      SCALAR("datepart", OF(BIGINT), TYPES(OF(VARCHAR), OF(type)), part_varying, .bind = bind_part, .can_fail = true), \
      SCALAR("date_part", OF(ANY), TYPES(LIST_OF(VARCHAR), OF(type)), part_struct, .bind = bind_part_struct,           \
             .nulls = NULLS_SPECIAL),                                                                                  \
      SCALAR("datepart", OF(ANY), TYPES(LIST_OF(VARCHAR), OF(type)), part_struct, .bind = bind_part_struct,            \
             .nulls = NULLS_SPECIAL)
#define DATE_ENTRIES(name, result, prefix)                                \
  SCALAR(name, OF(result), TYPES(OF(DATE)), prefix##_date),               \
      SCALAR(name, OF(result), TYPES(OF(TIMESTAMP)), prefix##_timestamp), \
      SCALAR(name, OF(result), TYPES(OF(TIMESTAMP_TZ)), prefix##_timestamp)

static const ScalarFunction constant_function =
    SCALAR("date_part", OF(BIGINT), TYPES(OF(VARCHAR), OF(ANY)), part_constant);

SCALAR_TABLE(date_part) = {
    CALENDAR_ENTRIES("year"),
    CALENDAR_ENTRIES("month"),
    CALENDAR_ENTRIES("day"),
    CALENDAR_ENTRIES("dayofmonth"),
    CALENDAR_ENTRIES("decade"),
    CALENDAR_ENTRIES("century"),
    CALENDAR_ENTRIES("millennium"),
    CALENDAR_ENTRIES("quarter"),
    CALENDAR_ENTRIES("dayofweek"),
    CALENDAR_ENTRIES("weekday"),
    CALENDAR_ENTRIES("isodow"),
    CALENDAR_ENTRIES("week"),
    CALENDAR_ENTRIES("weekofyear"),
    CALENDAR_ENTRIES("isoyear"),
    CALENDAR_ENTRIES("dayofyear"),
    CALENDAR_ENTRIES("yearweek"),
    CALENDAR_ENTRIES("era"),
    CALENDAR_ENTRIES("timezone"),
    CALENDAR_ENTRIES("timezone_hour"),
    CALENDAR_ENTRIES("timezone_minute"),
    CLOCK_ENTRIES("hour"),
    CLOCK_ENTRIES("minute"),
    CLOCK_ENTRIES("second"),
    CLOCK_ENTRIES("millisecond"),
    CLOCK_ENTRIES("microsecond"),
    CLOCK_ENTRIES("nanosecond"),
    PART_ENTRY("nanosecond", BIGINT, TIMESTAMP_NS),
    CLOCK_ENTRIES("epoch_ms"),
    CLOCK_ENTRIES("epoch_us"),
    NANOS_ENTRY(DATE),
    NANOS_ENTRY(TIMESTAMP),
    NANOS_ENTRY(TIMESTAMP_TZ),
    PART_ENTRY("epoch_ns", BIGINT, INTERVAL),
    PART_ENTRY("epoch_ns", BIGINT, TIME),
    PART_ENTRY("epoch_ns", BIGINT, TIME_NS),
    PART_ENTRY("epoch_ns", BIGINT, TIME_TZ),
    PART_ENTRY("epoch_ns", BIGINT, TIMESTAMP_NS),
    PART_ENTRY("epoch", DOUBLE, DATE),
    PART_ENTRY("epoch", DOUBLE, INTERVAL),
    PART_ENTRY("epoch", DOUBLE, TIMESTAMP),
    PART_ENTRY("epoch", DOUBLE, TIMESTAMP_TZ),
    PART_ENTRY("epoch", DOUBLE, TIME),
    PART_ENTRY("epoch", DOUBLE, TIME_NS),
    PART_ENTRY("epoch", DOUBLE, TIME_TZ),
    PART_ENTRY("timezone", BIGINT, TIME_TZ),
    PART_ENTRY("timezone_hour", BIGINT, TIME_TZ),
    PART_ENTRY("timezone_minute", BIGINT, TIME_TZ),
    PART_ENTRY("julian", DOUBLE, DATE),
    PART_ENTRY("julian", DOUBLE, TIMESTAMP),
    PART_ENTRY("julian", DOUBLE, TIMESTAMP_TZ),
    NAMED_ENTRIES(DATE),
    NAMED_ENTRIES(INTERVAL),
    NAMED_ENTRIES(TIMESTAMP),
    NAMED_ENTRIES(TIMESTAMP_TZ),
    NAMED_ENTRIES(TIME),
    NAMED_ENTRIES(TIME_NS),
    NAMED_ENTRIES(TIME_TZ),
    DATE_ENTRIES("dayname", VARCHAR, day_name),
    DATE_ENTRIES("monthname", VARCHAR, month_name),
    DATE_ENTRIES("last_day", DATE, last_day),
};
SCALAR_TABLE_END(date_part);
