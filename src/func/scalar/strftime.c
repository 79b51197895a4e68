// SPDX-License-Identifier: MIT
//
// strftime.c: strftime, strptime, try_strptime. The formats themselves are format/time_format.c's.
#include "format/format.h"
#include "func/support.h"

static Status check_format(Str format, int32_t position, Error *error) {
  char problem[TIME_PROBLEM_CAPACITY];
  if (!time_format_problem(format, problem)) return OK;
  return error_set(error, ERROR_INVALID_INPUT, position, "Failed to parse format specifier %.*s: %s", STR_ARG(format),
                   problem);
}

// ---------------------------------------------------------------------------------------------------------------------
// strftime(x, format) and strftime(format, x)
// ---------------------------------------------------------------------------------------------------------------------

static Status strftime_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                            uint32_t row_count, Vector *result, TextBuilder *out) {
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  uint32_t format_index = call->argument_types[0].id == TYPE_VARCHAR ? 0 : 1;
  const Vector *moments = arguments[1 - format_index];
  TimeZone zone = zone_named(context->facts, context->facts->time_zone);
  VectorView formats, values;
  vector_view(arguments[format_index], &formats);
  vector_view(moments, &values);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Str format = string_str(&((const StringView *)formats.data)[view_row(&formats, row)]);
    uint32_t at = view_row(&values, row);
    text_clear(out);
    TRY(check_format(format, call->position, context->error));
    if (moments->type.id == TYPE_DATE) {
      time_format_write_date(out, format, ((const int32_t *)values.data)[at]);
    } else {
      int64_t units = ((const int64_t *)values.data)[at], nanos = 0;
      if (moments->type.id == TYPE_TIMESTAMP_NS && timestamp_is_finite(units)) {
        nanos = units - floor_divide(units, 1000) * 1000;
        units = floor_divide(units, 1000);
      }
      time_format_write_timestamp(out, format, units, nanos, moments->type.id == TYPE_TIMESTAMP_TZ ? &zone : NULL);
    }
    TRY(result_builder(result, row, out, context->error));
  }
  return OK;
}

KERNEL(format_moment) {
  TextBuilder out;
  text_init(&out, context->memory);
  Status status = strftime_rows(context, call, arguments, row_count, result, &out);
  text_free(&out);
  return status;
}

// A constant format is checked while binding.
static Status bind_strftime(ScalarBind *bind) {
  uint32_t index = bind->argument_types[0].id == TYPE_VARCHAR ? 0 : 1;
  Value format;
  bool constant;
  TRY(bind_constant(bind, index, &format, &constant));
  if (!constant || format.is_null) return OK;
  return check_format(format.text, bind->arguments[index]->position, bind->error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Outcome { OUTCOME_OK, OUTCOME_NO_MATCH, OUTCOME_NO_DAY, OUTCOME_RANGE } Outcome;

static Outcome parse_moment(const StatementFacts *facts, Str text, Str format, bool nanos, int64_t *out,
                            TimeReading *reading) {
  if (!time_format_read(format, text, reading)) return OUTCOME_NO_MATCH;
  *out = reading->special_micros;
  if (reading->is_special) return OUTCOME_OK;
  int32_t days;
  if (!time_reading_days(reading, &days)) return OUTCOME_NO_DAY;
  int64_t micros, time = time_reading_time(reading);
  if (!timestamp_from_parts(days, time + (nanos ? 0 : (reading->nanos + 500) / 1000), &micros)) return OUTCOME_RANGE;
  if (reading->zone.length && !reading->offset_seconds &&
      !zone_to_utc(zone_named(facts, reading->zone), micros, &micros))
    return OUTCOME_NO_MATCH;
  if (nanos && (__builtin_mul_overflow(micros, INT64_C(1000), &micros) ||
                __builtin_add_overflow(micros, reading->nanos, &micros))) {
    return OUTCOME_RANGE;
  }
  *out = micros;
  return OUTCOME_OK;
}

// Constant formats, checked while binding; the first one that fits counts.
typedef struct FormatList {
  Str *formats;
  uint32_t count;
  bool nanos;
  bool try_only;
  bool is_null;
} FormatList;

static Status no_match(EvalContext *context, const ScalarCall *call, Str text, Str format, const TimeReading *reading) {
  TextBuilder lines;
  text_init(&lines, context->memory);
  time_reading_problem(reading, text, &lines);
  Status status = error_set(context->error, ERROR_INVALID_INPUT, call->position,
                            "Could not parse string \"%.*s\" according to format specifier \"%.*s\"%.*s", STR_ARG(text),
                            STR_ARG(format), STR_ARG(text_str(&lines)));
  text_free(&lines);
  return status;
}

static Status parse_row(EvalContext *context, const ScalarCall *call, Str text, Vector *result, uint32_t row) {
  const FormatList *list = call->bind_data;
  int64_t *out = &((int64_t *)result->data)[row];
  Outcome outcome = OUTCOME_NO_MATCH;
  TimeReading reading = {0};
  for (uint32_t i = 0; i < list->count; i++) {
    outcome = parse_moment(context->facts, text, list->formats[i], list->nanos, out, &reading);
    if (outcome == OUTCOME_OK) return OK;
  }
  if (list->try_only) return vector_set_null(result, row, context->error);
  switch (outcome) {
    case OUTCOME_NO_DAY:
      if (list->count == 1) {
        return error_set(context->error, ERROR_CONVERSION, call->position, "Date out of range: %lld-%lld-%lld",
                         (long long)reading.year, (long long)reading.month, (long long)reading.day);
      }
      break;
    case OUTCOME_RANGE:
      return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
    default:
      break;
  }
  return no_match(context, call, text, list->formats[0], &reading);
}

KERNEL(parse_text) {
  const FormatList *list = call->bind_data;
  if (list->is_null) {
    vector_set_null_constant(result);
    return OK;
  }
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(parse_row(context, call, string_str(&in), result, row)));
  return OK;
}

// Which specifiers a format has: decides the result's type.
static Status check_read_format(ScalarBind *bind, Str format, bool *nanos, bool *zone) {
  if (!format.length) {
    return error_set(bind->error, ERROR_INVALID_INPUT, -1, "Failed to parse format specifier : Empty format string");
  }
  TRY(check_format(format, -1, bind->error));
  for (size_t i = 0; i < format.length; i++) {
    if (format.data[i] != '%') continue;
    char specifier = format.data[++i];
    if (specifier == 'n') *nanos = true;
    if (specifier == 'z' || specifier == 'Z') *zone = true;
  }
  return OK;
}

static Status bind_strptime(ScalarBind *bind) {
  Value format;
  bool constant;
  TRY(bind_constant(bind, 1, &format, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "strptime format must be a constant");
  }
  FormatList *list;
  ARENA_NEW(bind->arena, bind->error, list);
  bind->bind_data = list;
  bind->result_type = TYPE(TIMESTAMP);
  list->try_only = bind->function->name[0] == 't';
  bool is_list = format.type.id == TYPE_LIST || format.type.id == TYPE_ARRAY;
  if (format.is_null) {
    list->is_null = true;
    return OK;
  }
  list->count = is_list ? format.nested.count : 1;
  if (!list->count)
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "strptime format list must not be empty");
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->formats, list->count);
  bool zone = false;
  for (uint32_t i = 0; i < list->count; i++) {
    const Value *item = is_list ? &format.nested.items[i] : &format;
    if (item->is_null) return error_set(bind->error, ERROR_BINDER, bind->position, "strptime format must not be NULL");
    TRY(str_copy(bind->arena, bind->error, item->text, &list->formats[i]));
    TRY(check_read_format(bind, list->formats[i], &list->nanos, &zone));
  }
  if (zone) {
    list->nanos = false;
    bind->result_type = TYPE(TIMESTAMP_TZ);
  } else if (list->nanos) {
    bind->result_type = TYPE(TIMESTAMP_NS);
  }
  return OK;
}

#define FORMAT_ENTRIES(type)                                                                              \
  SCALAR("strftime", OF(VARCHAR), TYPES(OF(type), OF(VARCHAR)), format_moment, .bind = bind_strftime,     \
         .can_fail = true),                                                                               \
      SCALAR("strftime", OF(VARCHAR), TYPES(OF(VARCHAR), OF(type)), format_moment, .bind = bind_strftime, \
             .can_fail = true)
#define PARSE_ENTRIES(name)                                                                                          \
  SCALAR(name, OF(TIMESTAMP), TYPES(OF(VARCHAR), OF(VARCHAR)), parse_text, .bind = bind_strptime, .can_fail = true), \
      SCALAR(name, OF(TIMESTAMP), TYPES(OF(VARCHAR), LIST_OF(VARCHAR)), parse_text, .bind = bind_strptime,           \
             .can_fail = true)

SCALAR_TABLE(strftime) = {
    FORMAT_ENTRIES(DATE),         FORMAT_ENTRIES(TIMESTAMP), FORMAT_ENTRIES(TIMESTAMP_NS),
    FORMAT_ENTRIES(TIMESTAMP_TZ), PARSE_ENTRIES("strptime"), PARSE_ENTRIES("try_strptime"),
};
SCALAR_TABLE_END(strftime);
