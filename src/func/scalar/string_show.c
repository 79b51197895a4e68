// SPDX-License-Identifier: MIT
//
// string_show.c: numbers made for people's eyes: bar charts of block characters, sizes in bytes with units and back.
#include "func/scalar/float_digits.h"
#include "func/scalar/string_text.h"

// ---------------------------------------------------------------------------------------------------------------------
// bar(x, min, max [, width])
// ---------------------------------------------------------------------------------------------------------------------

#define BAR_DEFAULT_WIDTH 80.0
#define BAR_GRADES 8 // a character shows eighths

static Status bar_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, double x, double low,
                      double high, double width) {
  static const char *const blocks[BAR_GRADES + 1] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
  if (!isfinite(width)) return out_of_range(context, call, "Max bar width must not be NaN or infinity");
  if (width < 1) return out_of_range(context, call, "Max bar width must be >= 1");
  if (width > 1000) return out_of_range(context, call, "Max bar width must be <= 1000");
  double length;
  if (isnan(x) || isnan(low) || isnan(high) || x <= low) {
    length = 0;
  } else if (x >= high) {
    length = width;
  } else {
    length = width * (x - low) / (high - low);
  }
  if (!isfinite(length)) return out_of_range(context, call, "Bar width must not be NaN or infinity");
  uint32_t eighths = (uint32_t)(length * BAR_GRADES);
  uint32_t used = eighths / BAR_GRADES;
  TextBuilder text;
  text_init(&text, context->memory);
  for (uint32_t i = 0; i < used; i++) text_append(&text, str_from(blocks[BAR_GRADES]));
  if (eighths % BAR_GRADES) {
    text_append(&text, str_from(blocks[eighths % BAR_GRADES]));
    used++;
  }
  uint32_t whole = (uint32_t)width;
  if (used < whole) text_append_repeated(&text, ' ', whole - used);
  Status status = result_builder(result, row, &text, context->error);
  text_free(&text);
  return status;
}

static Status bar_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                       Vector *result) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  VectorView views[4];
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    double numbers[4] = {0, 0, 0, BAR_DEFAULT_WIDTH};
    for (uint32_t i = 0; i < call->argument_count; i++) {
      numbers[i] = ((const double *)views[i].data)[view_row(&views[i], row)];
    }
    TRY(bar_row(context, call, result, row, numbers[0], numbers[1], numbers[2], numbers[3]));
  }
  return OK;
}

KERNEL(bar) { return bar_rows(context, call, arguments, row_count, result); }

// ---------------------------------------------------------------------------------------------------------------------
// Sizes
// ---------------------------------------------------------------------------------------------------------------------

static Status size_row(Vector *result, uint32_t row, int64_t bytes, uint64_t unit, Memory *memory, Error *error) {
  static const char *const binary_units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  static const char *const decimal_units[] = {"kB", "MB", "GB", "TB", "PB"};
  const char *const *units = unit == 1024 ? binary_units : decimal_units;
  uint64_t size = bytes < 0 ? (uint64_t)0 - (uint64_t)bytes : (uint64_t)bytes;
  TextBuilder text;
  text_init(&text, memory);
  if (bytes < 0) text_append_char(&text, '-');
  if (size < unit) {
    text_format(&text, "%llu byte%s", (unsigned long long)size, size == 1 ? "" : "s");
  } else {
    uint64_t tenths = size, divisor = unit;
    int index = 0;
    while (index < 4 && size / divisor >= unit) divisor *= unit, index++;
    // One digit behind the point, cut not rounded.
    tenths = size / divisor * 10 + (uint64_t)((uint128)(size % divisor) * 10 / divisor);
    text_format(&text, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
                units[index]);
  }
  Status status = result_builder(result, row, &text, error);
  text_free(&text);
  return status;
}

#define SIZE_KERNEL(function, unit)                                                    \
  KERNEL(function) {                                                                   \
    UNUSED_CALL;                                                                       \
    UNARY_VOID(context->error, arguments[0], row_count, result, int64_t,               \
               TRY(size_row(result, row, in, unit, context->memory, context->error))); \
    return OK;                                                                         \
  }
SIZE_KERNEL(format_bytes, 1024)
SIZE_KERNEL(format_decimal_bytes, 1000)

// "1.5 KiB" to bytes.
static Status parse_size(EvalContext *context, const ScalarCall *call, Str text, uint64_t *bytes) {
  Str trimmed = str_trim(text);
  size_t digits = 0;
  while (digits < trimmed.length &&
         ((trimmed.data[digits] >= '0' && trimmed.data[digits] <= '9') || strchr(".eE-", trimmed.data[digits]))) {
    digits++;
  }
  double number;
  if (digits && number_parse_f64((Str){trimmed.data, digits}, &number) != NUMBER_OK) {
    return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid memory limit: '%.*s'", (int)digits,
                     trimmed.data);
  }
  if (!digits) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Memory must have a number (e.g. 1GB)");
  }
  if (number < 0) return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Memory cannot be negative");
  Str unit = str_trim((Str){trimmed.data + digits, trimmed.length - digits});
  static const struct {
    const char *name;
    double factor;
  } units[] = {{"byte", 1},
               {"bytes", 1},
               {"b", 1},
               {"kilobyte", 1e3},
               {"kilobytes", 1e3},
               {"kb", 1e3},
               {"k", 1e3},
               {"megabyte", 1e6},
               {"megabytes", 1e6},
               {"mb", 1e6},
               {"m", 1e6},
               {"gigabyte", 1e9},
               {"gigabytes", 1e9},
               {"gb", 1e9},
               {"g", 1e9},
               {"terabyte", 1e12},
               {"terabytes", 1e12},
               {"tb", 1e12},
               {"t", 1e12},
               {"kib", 1024.0},
               {"mib", 1048576.0},
               {"gib", 1073741824.0},
               {"tib", 1099511627776.0}};
  for (size_t i = 0; i < COUNT_OF(units); i++) {
    if (!str_equal_nocase(unit, str_from(units[i].name))) continue;
    double size = number * units[i].factor;
    if (size >= 18446744073709551616.0)
      return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                       "Memory value out of range: value is too large");
    *bytes = (uint64_t)size;
    return OK;
  }
  char lower[32];
  unit.length = MIN_OF(unit.length, sizeof lower);
  for (size_t i = 0; i < unit.length; i++) {
    char byte = unit.data[i];
    lower[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte | 32) : byte;
  }
  unit.data = lower;
  return error_set(
      context->error, ERROR_INVALID_INPUT, -1,
      "Unknown unit for memory: '%.*s' (expected: KB, MB, GB, TB for 1000^i units or KiB, MiB, GiB, TiB for "
      "1024^i units)",
      STR_ARG(unit));
}

KERNEL(parse_formatted_bytes) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, uint64_t,
                TRY(parse_size(context, call, string_str(&in), &out)));
  return OK;
}

SCALAR_TABLE(string_show) = {
    SCALAR("bar", OF(VARCHAR), TYPES(OF(DOUBLE), OF(DOUBLE), OF(DOUBLE)), bar, .can_fail = true),
    SCALAR("bar", OF(VARCHAR), TYPES(OF(DOUBLE), OF(DOUBLE), OF(DOUBLE), OF(DOUBLE)), bar, .can_fail = true),
    SCALAR("format_bytes", OF(VARCHAR), TYPES(OF(BIGINT)), format_bytes),
    SCALAR("formatreadablesize", OF(VARCHAR), TYPES(OF(BIGINT)), format_bytes),
    SCALAR("formatreadabledecimalsize", OF(VARCHAR), TYPES(OF(BIGINT)), format_decimal_bytes),
    SCALAR("parse_formatted_bytes", OF(UBIGINT), TYPES(OF(VARCHAR)), parse_formatted_bytes, .can_fail = true),
};
SCALAR_TABLE_END(string_show);
