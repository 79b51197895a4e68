// SPDX-License-Identifier: MIT
//
// string_format.c: format('{:>8.2f}', …) in the manner of Python and the C++ library fmt, and printf('%8.2f', …). Both
// read their own directive syntax into one FormatSpec. Errors and their texts are fmt's, as DuckDB shows them.
#include "func/scalar/float_digits.h"
#include "func/scalar/string_text.h"

typedef enum ArgumentKind { ARGUMENT_BOOLEAN, ARGUMENT_INTEGER, ARGUMENT_FLOAT, ARGUMENT_TEXT } ArgumentKind;

typedef struct FormatArgument {
  ArgumentKind kind;
  bool negative;
  uint32_t bits;     // integers: width of the type, for the two's complement of printf's %x
  uint128 magnitude; // integers and booleans
  double number;
  bool single; // FLOAT: the shortest form is that of a float
  Str text;
} FormatArgument;

typedef struct FormatSpec {
  uint32_t fill; // code point
  char align;    // '<' '>' '^' '=' or 0
  char sign;     // '+' ' ' or 0
  bool alternate;
  bool zero;
  uint32_t width;
  int64_t precision; // -1: none
  char separator;    // between groups of three digits, 0: none
  char type;         // 0: by the argument
} FormatSpec;

typedef struct FormatRun {
  EvalContext *context;
  const ScalarCall *call;
  TextBuilder *out;
  TextBuilder number; // one formatted number before padding
  Str format;
  size_t at;
  const Vector *const *arguments;
  uint32_t row;
  uint32_t next; // automatic argument index
  bool automatic, manual;
  bool printf_style;
} FormatRun;

#define FORMAT_WIDTH_LIMIT 100000000u

static Status format_error(FormatRun *run, const char *message) {
  return error_set(run->context->error, ERROR_INVALID_INPUT, run->call->position, "%s", message);
}

static Status type_error(FormatRun *run, char type, ArgumentKind kind) {
  static const char *const names[] = {"bool", "int", "float", "string"};
  return error_set(run->context->error, ERROR_INVALID_INPUT, run->call->position,
                   "Invalid type specifier \"%c\" for formatting a value of type %s", type, names[kind]);
}

static Status load_argument(FormatRun *run, uint64_t index, FormatArgument *argument) {
  if (index + 1 >= run->call->argument_count) {
    return error_set(run->context->error, ERROR_INVALID_INPUT, run->call->position,
                     "Argument index \"%llu\" out of range", (unsigned long long)index);
  }
  const Vector *vector = run->arguments[index + 1];
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, run->row);
  *argument = (FormatArgument){.kind = ARGUMENT_INTEGER};
  switch (vector->physical) {
#define SIGNED_CASE(P, C)                                                           \
  case PHYSICAL_##P: {                                                              \
    int128 value = ((const C *)view.data)[at];                                      \
    argument->negative = value < 0;                                                 \
    argument->magnitude = value < 0 ? (uint128)0 - (uint128)value : (uint128)value; \
    argument->bits = sizeof(C) < 4 ? 32 : sizeof(C) * 8;                            \
    break;                                                                          \
  }
#define UNSIGNED_CASE(P, C)                           \
  case PHYSICAL_##P:                                  \
    argument->magnitude = ((const C *)view.data)[at]; \
    argument->bits = sizeof(C) * 8;                   \
    break;
    SIGNED_CASE(I8, int8_t)
    SIGNED_CASE(I16, int16_t)
    SIGNED_CASE(I32, int32_t)
    SIGNED_CASE(I64, int64_t)
    SIGNED_CASE(I128, int128)
    UNSIGNED_CASE(U8, uint8_t)
    UNSIGNED_CASE(U16, uint16_t)
    UNSIGNED_CASE(U32, uint32_t)
    UNSIGNED_CASE(U64, uint64_t)
    UNSIGNED_CASE(U128, uint128)
    case PHYSICAL_BOOL:
      argument->kind = ARGUMENT_BOOLEAN;
      argument->magnitude = ((const uint8_t *)view.data)[at];
      break;
    case PHYSICAL_F32:
      argument->kind = ARGUMENT_FLOAT;
      argument->number = ((const float *)view.data)[at];
      argument->single = true;
      break;
    case PHYSICAL_F64:
      argument->kind = ARGUMENT_FLOAT;
      argument->number = ((const double *)view.data)[at];
      break;
    default:
      argument->kind = ARGUMENT_TEXT;
      argument->text = string_str(&((const StringView *)view.data)[at]);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One argument
// ---------------------------------------------------------------------------------------------------------------------

// prefix (sign, 0x) and body with padding: zeros and '=' go between them.
static Status append_padded(FormatRun *run, const FormatSpec *spec, Str prefix, Str body, char default_align) {
  size_t width = utf8_length(prefix) + utf8_length(body);
  size_t padding = spec->width > width ? spec->width - width : 0;
  char align = spec->align ? spec->align : spec->zero && default_align == '>' ? '=' : default_align;
  uint32_t fill = spec->fill;
  if (align == '=' && !spec->align) fill = '0';
  char bytes[4];
  Str fill_text = {bytes, utf8_encode(fill, bytes)};
  size_t before = align == '>' ? padding : align == '^' ? padding / 2 : 0;
  for (size_t i = 0; i < before; i++) text_append(run->out, fill_text);
  text_append(run->out, prefix);
  for (size_t i = 0; align == '=' && i < padding; i++) text_append(run->out, fill_text);
  text_append(run->out, body);
  size_t after = align == '<' ? padding : align == '^' ? padding - before : 0;
  for (size_t i = 0; i < after; i++) text_append(run->out, fill_text);
  return run->out->failed ? error_no_memory(run->context->error) : OK;
}

static size_t write_magnitude(char *out, uint128 value, unsigned base, bool upper) {
  char reversed[128];
  size_t count = 0;
  do {
    unsigned digit = (unsigned)(value % base);
    reversed[count++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[digit];
    value /= base;
  } while (value);
  for (size_t i = 0; i < count; i++) out[i] = reversed[count - 1 - i];
  return count;
}

// Digits up to the point or the end get a separator before each group of three.
static void append_grouped(TextBuilder *out, Str digits, char separator) {
  size_t whole = 0;
  while (whole < digits.length && digits.data[whole] >= '0' && digits.data[whole] <= '9') whole++;
  for (size_t i = 0; i < whole; i++) {
    if (i && (whole - i) % 3 == 0) text_append_char(out, separator);
    text_append_char(out, digits.data[i]);
  }
  text_append(out, (Str){digits.data + whole, digits.length - whole});
}

static Status append_integer(FormatRun *run, const FormatSpec *spec, FormatArgument argument) {
  char type = spec->type;
  if (run->printf_style && (type == 'i' || type == 'u')) type = 'd';
  unsigned base = 10;
  bool upper = false;
  char prefix[4];
  size_t prefix_length = 0;
  if (type == 'c' && run->printf_style) {
    char bytes[4];
    Str character = {bytes, utf8_encode((uint32_t)argument.magnitude, bytes)};
    return append_padded(run, spec, (Str){NULL, 0}, character, '>');
  }
  switch (type) {
    case 0:
    case 'd':
    case 'n':
    case 'L':
      break;
    case 'x':
    case 'X':
      base = 16;
      upper = type == 'X';
      break;
    case 'b':
    case 'B':
      base = 2;
      break;
    case 'o':
      base = 8;
      break;
    default:
      return type_error(run, type, argument.kind);
  }
  if (spec->precision >= 0 && !run->printf_style) {
    return format_error(run, "precision not allowed for this argument type");
  }
  if (run->printf_style && argument.negative && base != 10) {
    argument.negative = false;
    argument.magnitude = (uint128)0 - argument.magnitude;
    if (argument.bits < 128) argument.magnitude &= ((uint128)1 << argument.bits) - 1;
  }
  if (argument.negative) {
    prefix[prefix_length++] = '-';
  } else if (spec->sign) {
    prefix[prefix_length++] = spec->sign;
  }
  if (spec->alternate && base != 10) {
    prefix[prefix_length++] = '0';
    if (base != 8) prefix[prefix_length++] = type;
  }
  char digits[128];
  size_t count = write_magnitude(digits, argument.magnitude, base, upper);
  text_clear(&run->number);
  for (int64_t i = (int64_t)count; i < spec->precision; i++) text_append_char(&run->number, '0');
  if (spec->separator && base == 10) {
    append_grouped(&run->number, (Str){digits, count}, spec->separator);
  } else {
    text_append(&run->number, (Str){digits, count});
  }
  if (run->number.failed) return error_no_memory(run->context->error);
  return append_padded(run, spec, (Str){prefix, prefix_length}, text_str(&run->number), '>');
}

// 0x1.8p+1
static void append_hexadecimal(TextBuilder *out, double value, bool upper) {
  int exponent = 0;
  double mantissa = value == 0 ? 0 : frexp(value, &exponent) * 2;
  if (value != 0) exponent--;
  text_append(out, upper ? STR("0X") : STR("0x"));
  text_append_char(out, (char)('0' + (int)mantissa));
  mantissa -= (int)mantissa;
  if (mantissa != 0) text_append_char(out, '.');
  while (mantissa != 0) {
    mantissa *= 16;
    text_append_char(out, (upper ? "0123456789ABCDEF" : "0123456789abcdef")[(int)mantissa]);
    mantissa -= (int)mantissa;
  }
  text_append_char(out, upper ? 'P' : 'p');
  text_format(out, "%s%d", exponent < 0 ? "-" : "+", exponent < 0 ? -exponent : exponent);
}

static Status append_float(FormatRun *run, const FormatSpec *spec, const FormatArgument *argument) {
  bool negative = signbit(argument->number) != 0;
  double value = negative ? -argument->number : argument->number;
  TextBuilder *out = &run->number;
  text_clear(out);
  uint32_t precision = spec->precision < 0 ? 6 : (uint32_t)MIN_OF(spec->precision, FORMAT_WIDTH_LIMIT);
  bool upper = spec->type >= 'A' && spec->type <= 'Z' && spec->type != 'L';
  if (!strchr("eEfFgGaAnL", spec->type) && spec->type) return type_error(run, spec->type, ARGUMENT_FLOAT);
  FormatSpec padding = *spec;
  if (!isfinite(value)) {
    text_append(out, isnan(value) ? (upper ? STR("NAN") : STR("nan")) : (upper ? STR("INF") : STR("inf")));
    padding.zero = false;
  } else {
    switch (spec->type) {
      case 'e':
      case 'E':
        float_append_exponent(out, value, precision, upper);
        break;
      case 'f':
      case 'F':
        float_append_fixed(out, value, precision);
        break;
      case 'g':
      case 'G':
      case 'n':
      case 'L':
        float_append_general(out, value, precision, spec->alternate, upper);
        break;
      case 'a':
      case 'A':
        append_hexadecimal(out, value, upper);
        break;
      default:
        if (spec->precision >= 0) {
          float_append_general(out, value, precision, true, false);
        } else {
          char digits[NUMBER_TEXT_CAPACITY];
          size_t count = argument->single ? number_write_f32(digits, (float)value) : number_write_f64(digits, value);
          text_append(out, (Str){digits, count});
        }
    }
  }
  if (spec->separator && isfinite(value) && !out->failed) {
    TextBuilder grouped;
    text_init(&grouped, run->context->memory);
    append_grouped(&grouped, text_str(out), spec->separator);
    text_clear(out);
    text_append(out, text_str(&grouped));
    out->failed |= grouped.failed;
    text_free(&grouped);
  }
  if (out->failed) return error_no_memory(run->context->error);
  char sign = negative ? '-' : spec->sign;
  return append_padded(run, &padding, (Str){&sign, sign ? 1 : 0}, text_str(out), '>');
}

static Status append_text(FormatRun *run, const FormatSpec *spec, Str text) {
  if (spec->type && spec->type != 's') return type_error(run, spec->type, ARGUMENT_TEXT);
  if (spec->precision >= 0) text.length = utf8_offset(text, (size_t)spec->precision);
  FormatSpec padding = *spec;
  padding.zero = false;
  return append_padded(run, &padding, (Str){NULL, 0}, text, run->printf_style ? '>' : '<');
}

static Status append_argument(FormatRun *run, const FormatSpec *spec, const FormatArgument *argument) {
  switch (argument->kind) {
    case ARGUMENT_BOOLEAN:
      if (!spec->type || spec->type == 's') {
        FormatSpec text_spec = *spec;
        text_spec.type = 0;
        return append_text(run, &text_spec, argument->magnitude ? STR("true") : STR("false"));
      }
      return append_integer(run, spec, *argument);
    case ARGUMENT_INTEGER:
      return append_integer(run, spec, *argument);
    case ARGUMENT_FLOAT:
      return append_float(run, spec, argument);
    default:
      return append_text(run, spec, argument->text);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Directives
// ---------------------------------------------------------------------------------------------------------------------

static bool peek(const FormatRun *run, char *c) {
  if (run->at >= run->format.length) return false;
  *c = run->format.data[run->at];
  return true;
}

static bool take(FormatRun *run, char wanted) {
  char c;
  if (!peek(run, &c) || c != wanted) return false;
  run->at++;
  return true;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static Status take_number(FormatRun *run, uint32_t *number) {
  uint64_t value = 0;
  char c;
  while (peek(run, &c) && is_digit(c)) {
    value = value * 10 + (uint64_t)(c - '0');
    if (value > INT32_MAX) return format_error(run, "number is too big");
    run->at++;
  }
  *number = (uint32_t)value;
  return OK;
}

static Status check_width(FormatRun *run, uint64_t width) {
  return width > FORMAT_WIDTH_LIMIT ? format_error(run, "number is too big") : OK;
}

static Status automatic_index(FormatRun *run, uint64_t *index) {
  if (run->manual) return format_error(run, "cannot switch from manual to automatic argument indexing");
  run->automatic = true;
  *index = run->next++;
  return OK;
}

static Status manual_index(FormatRun *run, uint64_t *index) {
  uint32_t number;
  TRY(take_number(run, &number));
  if (run->automatic) return format_error(run, "cannot switch from automatic to manual argument indexing");
  run->manual = true;
  *index = number;
  return OK;
}

// {:fill align sign # 0 width , .precision type}
static Status parse_brace_spec(FormatRun *run, FormatSpec *spec) {
  char c;
  if (run->at < run->format.length) {
    uint32_t fill;
    size_t bytes = utf8_decode(run->format, run->at, &fill);
    size_t next = run->at + bytes;
    if (next < run->format.length && run->format.data[next] && strchr("<>^=", run->format.data[next]) && fill != '}') {
      if (fill == '{') return format_error(run, "invalid fill character '{'");
      spec->fill = fill;
      spec->align = run->format.data[next];
      run->at = next + 1;
    } else if (peek(run, &c) && c && strchr("<>^=", c)) {
      spec->align = c;
      run->at++;
    }
  }
  if (peek(run, &c) && (c == '+' || c == ' ' || c == '-')) {
    spec->sign = c == '-' ? 0 : c;
    run->at++;
  }
  spec->alternate = take(run, '#');
  spec->zero = take(run, '0');
  TRY(take_number(run, &spec->width));
  TRY(check_width(run, spec->width));
  if (peek(run, &c) && (c == ',' || c == '_' || c == '\'')) {
    spec->separator = c;
    run->at++;
  } else if (peek(run, &c) && c == 't') {
    run->at++;
    if (!peek(run, &c) || c == '}') return format_error(run, "missing '}' in format string");
    spec->separator = c;
    run->at++;
  }
  if (take(run, '.')) {
    if (!peek(run, &c) || !is_digit(c)) return format_error(run, "missing precision specifier");
    uint32_t precision;
    TRY(take_number(run, &precision));
    TRY(check_width(run, precision));
    spec->precision = precision;
  }
  if (peek(run, &c) && c != '}') {
    spec->type = c;
    run->at++;
  }
  return OK;
}

static Status format_directive(FormatRun *run) {
  char c;
  uint64_t index = 0;
  FormatSpec spec = {.fill = ' ', .precision = -1};
  if (!peek(run, &c)) return format_error(run, "invalid format string");
  if (c == '}' || c == ':') {
    TRY(automatic_index(run, &index));
  } else if (is_digit(c)) {
    TRY(manual_index(run, &index));
  } else {
    size_t start = run->at;
    while (peek(run, &c) && c != '}' && c != ':') run->at++;
    return error_set(
        run->context->error, ERROR_INVALID_INPUT, run->call->position,
        "Argument with name \"%.*s\" not found, did you mean to use it as a format specifier (e.g. {:%.*s}",
        (int)(run->at - start), run->format.data + start, (int)(run->at - start), run->format.data + start);
  }
  FormatArgument argument;
  TRY(load_argument(run, index, &argument));
  if (take(run, ':')) TRY(parse_brace_spec(run, &spec));
  if (!take(run, '}')) return format_error(run, "missing '}' in format string");
  return append_argument(run, &spec, &argument);
}

static Status format_run(FormatRun *run) {
  while (run->at < run->format.length) {
    char c = run->format.data[run->at++];
    if (c == '{' && !take(run, '{')) {
      TRY(format_directive(run));
    } else if (c == '}' && !take(run, '}')) {
      return format_error(run, "unmatched '}' in format string");
    } else {
      text_append_char(run->out, c);
    }
  }
  return OK;
}

static Status printf_flags(FormatRun *run, FormatSpec *spec) {
  char c;
  for (; peek(run, &c); run->at++) {
    switch (c) {
      case '-':
        spec->align = '<';
        break;
      case '+':
        spec->sign = '+';
        break;
      case ' ':
        if (!spec->sign) spec->sign = ' ';
        break;
      case '#':
        spec->alternate = true;
        break;
      case '0':
        spec->zero = true;
        break;
      case ',':
      case '_':
      case '\'':
        spec->separator = c;
        break;
      default:
        return OK;
    }
  }
  return OK;
}

// %[index$][flags][width][.precision][length]type
static Status printf_directive(FormatRun *run) {
  char c;
  uint64_t index = UINT64_MAX;
  FormatSpec spec = {.fill = ' ', .precision = -1};
  size_t start = run->at;
  if (peek(run, &c) && c >= '1' && c <= '9') {
    uint32_t number;
    TRY(take_number(run, &number));
    if (take(run, '$')) {
      index = (uint64_t)number - 1;
    } else {
      run->at = start;
    }
  }
  TRY(printf_flags(run, &spec));
  if (take(run, '*')) {
    FormatArgument width;
    TRY(load_argument(run, run->next++, &width));
    if (width.kind != ARGUMENT_INTEGER) return format_error(run, "width is not integer");
    if (width.negative) spec.align = '<';
    TRY(check_width(run, width.magnitude > FORMAT_WIDTH_LIMIT ? UINT64_MAX : (uint64_t)width.magnitude));
    spec.width = (uint32_t)width.magnitude;
  } else {
    TRY(take_number(run, &spec.width));
    TRY(check_width(run, spec.width));
  }
  if (take(run, '.')) {
    uint32_t precision = 0;
    if (peek(run, &c) && (c == 'd' || c == 'i')) {
      spec.separator = '.';
    } else {
      TRY(take_number(run, &precision));
      TRY(check_width(run, precision));
      spec.precision = precision;
    }
  }
  while (peek(run, &c) && c && strchr("hlLjzt", c)) run->at++;
  FormatArgument argument;
  TRY(load_argument(run, index == UINT64_MAX ? run->next++ : index, &argument));
  if (!peek(run, &c)) {
    run->at = start;
    if (start >= run->format.length) return type_error(run, '%', argument.kind);
    return type_error(run, run->format.data[run->format.length - 1], argument.kind);
  }
  run->at++;
  spec.type = c;
  if (spec.align == '<') spec.zero = spec.zero && argument.kind != ARGUMENT_TEXT;
  if (spec.align == '<' && spec.zero) spec.align = 0; // %-05d: zeros win, as in fmt
  return append_argument(run, &spec, &argument);
}

static Status printf_run(FormatRun *run) {
  while (run->at < run->format.length) {
    char c = run->format.data[run->at++];
    if (c == '%' && !take(run, '%')) {
      TRY(printf_directive(run));
    } else {
      text_append_char(run->out, c);
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------------------------------

static Status format_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                          uint32_t row_count, Vector *result, FormatRun *run) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  VectorView view;
  vector_view(arguments[0], &view);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    text_clear(run->out);
    run->format = string_str(&((const StringView *)view.data)[view_row(&view, row)]);
    run->at = 0;
    run->row = row;
    run->next = 0;
    run->automatic = run->manual = false;
    TRY(run->printf_style ? printf_run(run) : format_run(run));
    TRY(result_builder(result, row, run->out, context->error));
  }
  return OK;
}

static Status format_kernel(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                            uint32_t row_count, Vector *result, bool printf_style) {
  TextBuilder out;
  text_init(&out, context->memory);
  FormatRun run = {.context = context, .call = call, .out = &out, .arguments = arguments, .printf_style = printf_style};
  text_init(&run.number, context->memory);
  Status status = format_rows(context, call, arguments, row_count, result, &run);
  text_free(&run.number);
  text_free(&out);
  return status;
}
KERNEL(format) { return format_kernel(context, call, arguments, row_count, result, false); }
KERNEL(print) { return format_kernel(context, call, arguments, row_count, result, true); }

// Numbers and booleans stay, DECIMAL becomes DOUBLE, everything else its text.
static Status bind_format(ScalarBind *bind) {
  for (uint32_t i = 1; i < bind->argument_count; i++) {
    Type type = argument_type(bind->arguments[i]);
    bool kept = type.id == TYPE_BOOLEAN || type_is_integral(type) || type.id == TYPE_FLOAT || type.id == TYPE_DOUBLE;
    bind->argument_types[i] = kept ? type : type.id == TYPE_DECIMAL ? TYPE(DOUBLE) : TYPE(VARCHAR);
  }
  return OK;
}

#define FORMAT_ENTRY(name, kernel)                                                                      \
  SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(ANY)), kernel, .variadic = true, .bind = bind_format, \
         .can_fail = true)

SCALAR_TABLE(string_format) = {
    FORMAT_ENTRY("format", format),
    FORMAT_ENTRY("printf", print),
};
SCALAR_TABLE_END(string_format);
