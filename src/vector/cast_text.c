// SPDX-License-Identifier: MIT
//
// cast_text.c: every type to VARCHAR, and VARCHAR to numbers, dates and times.
#include "vector/cast.h"

// ---------------------------------------------------------------------------------------------------------------------
// To VARCHAR
// ---------------------------------------------------------------------------------------------------------------------

// Types whose text is short and bounded go through a buffer on the stack.
static bool has_scalar_text(const Vector *vector) {
  return vector->physical != PHYSICAL_STRING && vector->physical != PHYSICAL_LIST &&
         vector->physical != PHYSICAL_NONE && vector->type.id != TYPE_ENUM;
}

static Status scalars_to_text(const Cast *cast, uint32_t count) {
  VectorView view;
  vector_view(cast->source, &view);
  Type type = cast->source->type;
  Physical physical = cast->source->physical;
  uint32_t size = physical_size(physical);
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    const uint8_t *value = (const uint8_t *)view.data + (size_t)view_row(&view, row) * size;
    char text[SCALAR_TEXT_CAPACITY];
    size_t length = physical_fits_i64(physical) && type_is_integral(type)
                        ? number_write_i64(text, (int64_t)integer_read(physical, value))
                    : type.id == TYPE_TIMESTAMP_TZ ? instant_write(text, *(const int64_t *)value, &cast->context->zone)
                                                   : scalar_write(text, type, physical, value);
    TRY(vector_set_string(cast->result, row, (Str){text, length}, cast->context->error));
  }
  return OK;
}

Status cast_to_text(const Cast *cast) {
  uint32_t count = 0;
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  if (has_scalar_text(cast->source)) return scalars_to_text(cast, count);
  TextBuilder text;
  text_init(&text, cast->context->memory);
  Status status = OK;
  for (uint32_t row = 0; row < count && status == OK; row++) {
    if (!result_row_valid(cast, row)) continue;
    text_clear(&text);
    vector_print_row(&text, cast->source, row, cast->context->zone);
    status = text.failed ? error_no_memory(cast->context->error)
                         : vector_set_string(cast->result, row, text_str(&text), cast->context->error);
  }
  text_free(&text);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// From VARCHAR
// ---------------------------------------------------------------------------------------------------------------------

static Status not_converted(const Cast *cast, uint32_t row, Str text) {
  return cast_row_failed(cast, row, "Could not convert string '%.*s' to %s", STR_ARG(text),
                         physical_name(cast->result->type));
}

// Digits with a sign at most: what nearly all texts of integers are.
static inline bool parse_plain_i64(Str text, int64_t *value) {
  const char *next = text.data, *end = text.data + text.length;
  bool negative = next < end && *next == '-';
  next += negative;
  if (next == end || end - next > 18) return false;
  int64_t number = 0;
  for (; next < end; next++) {
    uint32_t digit = (uint32_t)(*next - '0');
    if (digit > 9) return false;
    number = number * 10 + digit;
  }
  *value = negative ? -number : number;
  return true;
}

static Status text_to_integers(const Cast *cast) {
  Physical physical = cast->result->physical;
  int128 low, high;
  integer_range_i128(physical, &low, &high);
  bool is_unsigned = low == 0;
  uint128 largest = physical == PHYSICAL_U128 ? ~(uint128)0 : (uint128)high;
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str text = string_str(&in);
    int64_t plain;
    bool negative = false;
    uint128 magnitude = 0;
    if (parse_plain_i64(text, &plain) && plain >= low && plain <= high) {
      hub_store_i64(&plain, 1, physical, row, cast->result->data);
      continue;
    }
    bool valid = text_to_scaled(text, 0, true, &negative, &magnitude);
    // A fraction may round to zero, but not below it: '-0.4' is no unsigned number.
    if (negative && is_unsigned) valid &= magnitude == 0 && !memchr(text.data, '.', text.length);
    if (!valid || magnitude > largest + (negative && !is_unsigned)) {
      TRY(not_converted(cast, row, text));
      continue;
    }
    int128 value = (int128)(negative ? -magnitude : magnitude);
    hub_store_i128(&value, 1, physical, row, cast->result->data);
  });
  return OK;
}

static Status text_to_decimals(const Cast *cast) {
  Type type = cast->result->type;
  UNARY_VOID(cast->context->error, cast->source, cast->row_count, cast->result, StringView, {
    Str text = string_str(&in);
    int128 value;
    if (text_to_decimal(text, type.width, type.scale, &value)) {
      hub_store_i128(&value, 1, cast->result->physical, row, cast->result->data);
    } else {
      TRY(cast_row_failed(cast, row, "Could not convert string \"%.*s\" to DECIMAL(%u,%u)", STR_ARG(text), type.width,
                          type.scale));
    }
  });
  return OK;
}

static Status text_to_floats(const Cast *cast) {
  if (cast->result->physical == PHYSICAL_F32) {
    UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, float, {
      if (!text_to_f32(string_str(&in), &out)) {
        TRY(not_converted(cast, row, string_str(&in)));
        continue;
      }
    });
    return OK;
  }
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, double, {
    if (!text_to_f64(string_str(&in), &out)) {
      TRY(not_converted(cast, row, string_str(&in)));
      continue;
    }
  });
  return OK;
}

static Status text_to_bools(const Cast *cast) {
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, uint8_t, {
    bool value;
    if (!text_to_bool(string_str(&in), &value)) {
      TRY(not_converted(cast, row, string_str(&in)));
      continue;
    }
    out = value;
  });
  return OK;
}

static Status date_failed(const Cast *cast, uint32_t row, Str text, TextParse parse) {
  if (parse == TEXT_RANGE) return cast_row_failed(cast, row, "date field value out of range: \"%.*s\"", STR_ARG(text));
  return cast_row_failed(cast, row, "invalid date field format: \"%.*s\", expected format is (YYYY-MM-DD)",
                         STR_ARG(text));
}

static Status text_to_dates(const Cast *cast) {
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, int32_t, {
    TextParse parse = date_parse(string_str(&in), &out);
    if (parse != TEXT_OK) {
      TRY(date_failed(cast, row, string_str(&in), parse));
      continue;
    }
  });
  return OK;
}

static Status text_to_times(const Cast *cast) {
  TypeId to = cast->result->type.id;
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, int64_t, {
    int64_t nanos = 0;
    Str text = string_str(&in);
    TextParse parse = to == TYPE_TIME_TZ ? time_tz_parse(text, &cast->context->zone, &out) : time_parse(text, &nanos);
    if (parse != TEXT_OK) {
      TRY(cast_row_failed(cast, row,
                          "time field value out of range: \"%.*s\", expected format is ([YYYY-MM-DD ]HH:MM:SS[.MS])",
                          STR_ARG(text)));
      continue;
    }
    if (to != TYPE_TIME_TZ) out = to == TYPE_TIME_NS ? nanos : nanos / 1000;
  });
  return OK;
}

static Status timestamp_failed(const Cast *cast, uint32_t row, Str text, TextParse parse) {
  TypeId to = cast->result->type.id;
  if (to != TYPE_TIMESTAMP && to != TYPE_TIMESTAMP_TZ) return not_converted(cast, row, text);
  switch (parse) {
    case TEXT_RANGE:
      return cast_row_failed(cast, row, "timestamp field value out of range: \"%.*s\"", STR_ARG(text));
    case TEXT_UNKNOWN_ZONE: {
      size_t start = text.length;
      while (start && text.data[start - 1] != ' ') start--;
      return cast_row_failed(cast, row, "Unknown TimeZone '%.*s'!", (int)(text.length - start), text.data + start);
    }
    case TEXT_NOT_UTC:
      return cast_row_failed(
          cast, row,
          "timestamp field value \"%.*s\" has a timestamp that is not UTC.\nUse the TIMESTAMPTZ type "
          "with the ICU extension loaded to handle non-UTC timestamps.",
          STR_ARG(text));
    default:
      return cast_row_failed(cast, row,
                             "invalid timestamp field format: \"%.*s\", expected format is (YYYY-MM-DD "
                             "HH:MM:SS[.US][±HH[:MM[:SS]]| ZONE])",
                             STR_ARG(text));
  }
}

// Micros and nanos in the unit of the type. False: out of range.
static bool to_timestamp_unit(TypeId to, int64_t micros, int32_t nanos, int64_t *out) {
  bool infinite = micros == MICROS_INFINITY || micros == MICROS_NEGATIVE_INFINITY;
  int64_t unit = to == TYPE_TIMESTAMP_S ? MICROS_PER_SECOND : to == TYPE_TIMESTAMP_MS ? 1000 : 1;
  if (infinite || unit == 1) {
    *out = micros;
    if (infinite || to != TYPE_TIMESTAMP_NS) return true;
    return !__builtin_mul_overflow(micros, INT64_C(1000), out) && !__builtin_add_overflow(*out, nanos, out) &&
           *out != MICROS_INFINITY && *out > MICROS_NEGATIVE_INFINITY;
  }
  int64_t rest = micros % unit;
  *out = micros / unit + (rest >= unit / 2) - (rest <= -unit / 2);
  return true;
}

static Status text_to_timestamps(const Cast *cast) {
  TypeId to = cast->result->type.id;
  const TimeZone *zone = to == TYPE_TIMESTAMP_TZ ? &cast->context->zone : NULL;
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, int64_t, {
    int64_t micros;
    int32_t nanos;
    Str text = string_str(&in);
    TextParse parse = timestamp_parse(text, zone, &micros, &nanos);
    if (parse == TEXT_OK && !to_timestamp_unit(to, micros, nanos, &out)) parse = TEXT_RANGE;
    if (parse != TEXT_OK) {
      TRY(timestamp_failed(cast, row, text, parse));
      continue;
    }
  });
  return OK;
}

static Status interval_failed(const Cast *cast, uint32_t row, Str text, IntervalParse parse,
                              const IntervalFault *fault) {
  switch (parse) {
    case INTERVAL_UNKNOWN_UNIT:
      return cast_row_failed(cast, row, "extract specifier \"%.*s\" not recognized", STR_ARG(fault->unit));
    case INTERVAL_UNSUPPORTED_UNIT:
      return cast_row_failed(cast, row, "extract specifier \"%.*s\" not supported for interval", STR_ARG(fault->unit));
    case INTERVAL_OUT_OF_RANGE:
      if (cast->context->try_cast) return vector_set_null(cast->result, row, cast->context->error);
      if (fault->is_sum) {
        return error_set(cast->context->error, ERROR_OUT_OF_RANGE, -1, "interval value is out of range");
      }
      return error_set(cast->context->error, ERROR_INVALID_INPUT, cast->context->position,
                       "Type INT64 with value %lld can't be cast because the value is out of range for the destination "
                       "type INT32",
                       (long long)fault->number);
    case INTERVAL_AGO_OVERFLOW:
      if (cast->context->try_cast) return vector_set_null(cast->result, row, cast->context->error);
      return error_set(cast->context->error, ERROR_OUT_OF_RANGE, -1, "AGO interval value is out of range");
    default:
      return not_converted(cast, row, text);
  }
}

static Status text_to_intervals(const Cast *cast) {
  UNARY_CHECKED(cast->context->error, cast->source, cast->row_count, cast->result, StringView, Interval, {
    IntervalFault fault;
    Str text = string_str(&in);
    IntervalParse parse = interval_parse(text, &out, &fault);
    if (parse != INTERVAL_OK) {
      TRY(interval_failed(cast, row, text, parse, &fault));
      continue;
    }
  });
  return OK;
}

Status cast_from_text(const Cast *cast) {
  Type to = cast->result->type;
  if (type_is_integral(to) || to.id == TYPE_INTEGER_LITERAL) return text_to_integers(cast);
  switch (to.id) {
    case TYPE_BOOLEAN:
      return text_to_bools(cast);
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
      return text_to_floats(cast);
    case TYPE_DECIMAL:
      return text_to_decimals(cast);
    case TYPE_DATE:
      return text_to_dates(cast);
    case TYPE_TIME:
    case TYPE_TIME_NS:
    case TYPE_TIME_TZ:
      return text_to_times(cast);
    case TYPE_TIMESTAMP_S:
    case TYPE_TIMESTAMP_MS:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_NS:
    case TYPE_TIMESTAMP_TZ:
      return text_to_timestamps(cast);
    case TYPE_INTERVAL:
      return text_to_intervals(cast);
    case TYPE_ENUM:
      return cast_text_to_enum(cast);
    case TYPE_BLOB:
    case TYPE_BIT:
    case TYPE_UUID:
      return cast_text_to_bytes(cast);
    default:
      return cast_text_to_nested(cast);
  }
}
