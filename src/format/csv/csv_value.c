// SPDX-License-Identifier: MIT
//
// csv_value.c: the text of one field into one typed value, straight into a vector's array.
//
// Two measures of what a number, date … looks like: csv_store_value takes all that a CAST takes (" 7", "1.5" as INTEGER);
// csv_text_fits is detection's, and takes only what is plainly of the type: no leading zeros, no plus sign, no underscores,
// so that phone numbers and codes stay text. Common shapes (digits, 12.34, 2024-05-01, 2024-05-01 10:20:30) have a short
// way; the rest goes through the parsers of base/ and vector/.
#include "format/csv/csv.h"

static bool is_digit(char byte) { return (uint8_t)(byte - '0') <= 9; }
static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static Str trim(Str text) {
  while (text.length && is_space(text.data[0])) {
    text.data++;
    text.length--;
  }
  while (text.length && is_space(text.data[text.length - 1])) text.length--;
  return text;
}

// ---------------------------------------------------------------------------------------------------------------------
// Numbers
// ---------------------------------------------------------------------------------------------------------------------

// An optional minus and 1..18 digits, nothing else.
static inline bool plain_integer(Str text, int64_t *value) {
  const char *at = text.data, *end = text.data + text.length;
  bool negative = at < end && *at == '-';
  at += negative;
  size_t digits = (size_t)(end - at);
  if (digits == 0 || digits > 18) return false;
  int64_t number = 0;
  do {
    uint8_t digit = (uint8_t)(*at - '0');
    if (digit > 9) return false;
    number = number * 10 + digit;
  } while (++at < end);
  *value = negative ? -number : number;
  return true;
}

// The dot form of a number that is written with another decimal separator. False: it has a dot already, or is too long to be one.
#define NUMBER_CAPACITY 128
static bool with_dot(char separator, Str text, char *buffer, Str *out) {
  *out = text;
  if (separator == '.') return true;
  if (text.length > NUMBER_CAPACITY) return false;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '.') return false;
    buffer[i] = text.data[i] == separator ? '.' : text.data[i];
  }
  *out = (Str){buffer, text.length};
  return true;
}

// "1_000" without its underscores, which stand between digits only.
static bool without_underscores(Str text, char *buffer, Str *out) {
  if (text.length > NUMBER_CAPACITY) return false;
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '_') {
      if (i == 0 || i + 1 == text.length || !is_digit(text.data[i - 1]) || !is_digit(text.data[i + 1])) return false;
      continue;
    }
    buffer[length++] = text.data[i];
  }
  *out = (Str){buffer, length};
  return true;
}

static bool parse_radix(Str text, int128 *value) {
  if (text.length < 3 || text.data[0] != '0') return false;
  char kind = text.data[1] | 32;
  uint32_t bits = kind == 'x' ? 4 : kind == 'b' ? 1 : 0;
  if (bits == 0 || (text.length - 2) * bits > 64) return false;
  uint64_t number = 0;
  for (size_t i = 2; i < text.length; i++) {
    char byte = text.data[i];
    uint32_t digit = is_digit(byte) ? (uint32_t)(byte - '0') : (uint32_t)((byte | 32) - 'a' + 10);
    if (digit >= 1u << bits || (!is_digit(byte) && (byte | 32) < 'a')) return false;
    number = number << bits | digit;
  }
  *value = number;
  return true;
}

// Whatever a cast to an integer type takes: spaces, signs, decimals and exponents (rounded), hexadecimal.
static bool general_integer(const CsvValueFormat *format, Str text, int128 *value) {
  char dotted[NUMBER_CAPACITY], bare[NUMBER_CAPACITY];
  text = trim(text);
  if (text.length == 0 || !with_dot(format->decimal_separator, text, dotted, &text)) return false;
  if (parse_radix(text, value)) return true;
  if (number_parse_i128(text, value) == NUMBER_OK) return true;
  if (memchr(text.data, '_', text.length) && !without_underscores(text, bare, &text)) return false;
  return text_to_decimal(text, 38, 0, value);
}

#define STORE_INTEGER(type, low, high)                                               \
  do {                                                                               \
    int64_t number;                                                                  \
    if (LIKELY(plain_integer(text, &number))) {                                      \
      if (number < (low) || (number > 0 && (uint64_t)number > (high))) return false; \
      ((type *)data)[row] = (type)number;                                            \
      return true;                                                                   \
    }                                                                                \
    int128 wide;                                                                     \
    if (!general_integer(format, text, &wide)) return false;                         \
    if (wide < (int128)(low) || wide > (int128)(high)) return false;                 \
    ((type *)data)[row] = (type)wide;                                                \
    return true;                                                                     \
  } while (0)

static bool store_double(const CsvValueFormat *format, Str text, double *value) {
  char dotted[NUMBER_CAPACITY], bare[NUMBER_CAPACITY];
  if (format->decimal_separator == '.' && number_parse_f64(text, value) == NUMBER_OK) return true;
  text = trim(text);
  if (text.length == 0 || !with_dot(format->decimal_separator, text, dotted, &text)) return false;
  if (text.data[0] == '+' && text.length > 1 && text.data[1] != '-' && text.data[1] != '+') {
    text.data++;
    text.length--;
  }
  if (memchr(text.data, '_', text.length) && !without_underscores(text, bare, &text)) return false;
  return number_parse_f64(text, value) == NUMBER_OK;
}

static bool store_float(const CsvValueFormat *format, Str text, float *value) {
  if (format->decimal_separator == '.' && number_parse_f32(text, value) == NUMBER_OK) return true;
  double wide;
  if (!store_double(format, text, &wide)) return false;
  *value = (float)wide;
  return true;
}

// [-]digits[.digits] of at most 18 digits with no more decimals than the scale.
static bool plain_decimal(Str text, uint32_t width, uint32_t scale, int64_t *value) {
  const char *at = text.data, *end = text.data + text.length;
  bool negative = at < end && *at == '-';
  at += negative;
  if (end - at > 18 || width > 18) return false;
  int64_t number = 0;
  uint32_t digits = 0, decimals = 0;
  bool dot = false;
  for (; at < end; at++) {
    if (*at == '.') {
      if (dot) return false;
      dot = true;
      continue;
    }
    uint8_t digit = (uint8_t)(*at - '0');
    if (digit > 9) return false;
    number = number * 10 + digit;
    digits++;
    decimals += dot;
  }
  if (digits == 0 || decimals > scale || digits - decimals + scale > 18) return false;
  for (; decimals < scale; decimals++) number *= 10;
  int64_t limit = (int64_t)power_of_ten_i128(width);
  if (number >= limit) return false;
  *value = negative ? -number : number;
  return true;
}

static bool store_decimal(Type type, uint8_t physical, const CsvValueFormat *format, Str text, void *data,
                          uint32_t row) {
  char dotted[NUMBER_CAPACITY];
  if (!with_dot(format->decimal_separator, text, dotted, &text)) return false;
  int64_t narrow;
  int128 number;
  if (LIKELY(plain_decimal(text, type.width, type.scale, &narrow))) {
    number = narrow;
  } else if (!text_to_decimal(trim(text), type.width, type.scale, &number)) {
    return false;
  }
  switch (physical) {
    case PHYSICAL_I16:
      ((int16_t *)data)[row] = (int16_t)number;
      return true;
    case PHYSICAL_I32:
      ((int32_t *)data)[row] = (int32_t)number;
      return true;
    case PHYSICAL_I64:
      ((int64_t *)data)[row] = (int64_t)number;
      return true;
    default:
      ((int128 *)data)[row] = number;
      return true;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates and times
// ---------------------------------------------------------------------------------------------------------------------

static inline uint32_t two_digits(const char *at, bool *good) {
  uint8_t high = (uint8_t)(at[0] - '0'), low = (uint8_t)(at[1] - '0');
  *good &= high <= 9 && low <= 9;
  return (uint32_t)high * 10 + low;
}

// YYYY-MM-DD
static bool plain_date(const char *at, int32_t *days) {
  bool good = at[4] == '-' && at[7] == '-';
  uint32_t century = two_digits(at, &good), year = two_digits(at + 2, &good);
  uint32_t month = two_digits(at + 5, &good), day = two_digits(at + 8, &good);
  return good && calendar_to_days((int32_t)(century * 100 + year), (int32_t)month, (int32_t)day, days);
}

// HH:MM:SS
static bool plain_clock(const char *at, int64_t *seconds) {
  bool good = at[2] == ':' && at[5] == ':';
  uint32_t hour = two_digits(at, &good), minute = two_digits(at + 3, &good), second = two_digits(at + 6, &good);
  *seconds = (int64_t)hour * 3600 + minute * 60 + second;
  return good && hour < 24 && minute < 60 && second < 60;
}

static bool store_date(const CsvValueFormat *format, Str text, int32_t *days) {
  if (format->date_format.length) return time_format_read_date(format->date_format, text, days);
  if (text.length == 10 && plain_date(text.data, days)) return true;
  return text_to_date(text, days);
}

static bool store_timestamp(const CsvValueFormat *format, Str text, int64_t *micros) {
  if (format->timestamp_format.length) return time_format_read_timestamp(format->timestamp_format, text, micros);
  int32_t days;
  int64_t seconds;
  if (text.length == 19 && (text.data[10] == ' ' || text.data[10] == 'T') && plain_date(text.data, &days) &&
      plain_clock(text.data + 11, &seconds)) {
    *micros = days * MICROS_PER_DAY + seconds * MICROS_PER_SECOND;
    return true;
  }
  return text_to_timestamp(text, micros);
}

// ---------------------------------------------------------------------------------------------------------------------
// All types
// ---------------------------------------------------------------------------------------------------------------------

bool csv_type_is_direct(Type type) {
  switch (type.id) {
    case TYPE_BOOLEAN:
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_UTINYINT:
    case TYPE_USMALLINT:
    case TYPE_UINTEGER:
    case TYPE_UBIGINT:
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
    case TYPE_DECIMAL:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
      return true;
    default:
      return false;
  }
}

HOT bool csv_store_value(Type type, uint8_t physical, const CsvValueFormat *format, Str text, void *data,
                         uint32_t row) {
  switch (type.id) {
    case TYPE_BOOLEAN: {
      bool truth;
      if (!text_to_bool(text, &truth)) return false;
      ((uint8_t *)data)[row] = truth;
      return true;
    }
    case TYPE_TINYINT:
      STORE_INTEGER(int8_t, INT8_MIN, INT8_MAX);
    case TYPE_SMALLINT:
      STORE_INTEGER(int16_t, INT16_MIN, INT16_MAX);
    case TYPE_INTEGER:
      STORE_INTEGER(int32_t, INT32_MIN, INT32_MAX);
    case TYPE_BIGINT:
      STORE_INTEGER(int64_t, INT64_MIN, INT64_MAX);
    case TYPE_UTINYINT:
      STORE_INTEGER(uint8_t, 0, UINT8_MAX);
    case TYPE_USMALLINT:
      STORE_INTEGER(uint16_t, 0, UINT16_MAX);
    case TYPE_UINTEGER:
      STORE_INTEGER(uint32_t, 0, UINT32_MAX);
    case TYPE_UBIGINT:
      STORE_INTEGER(uint64_t, 0, UINT64_MAX);
    case TYPE_FLOAT:
      return store_float(format, text, (float *)data + row);
    case TYPE_DOUBLE:
      return store_double(format, text, (double *)data + row);
    case TYPE_DECIMAL:
      return store_decimal(type, physical, format, text, data, row);
    case TYPE_DATE:
      return store_date(format, text, (int32_t *)data + row);
    case TYPE_TIME:
      return text_to_time(text, (int64_t *)data + row);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ: // with a format only
      return store_timestamp(format, text, (int64_t *)data + row);
    default:
      return false;
  }
}

size_t csv_strip_thousands(char thousands, Str text, char *out) {
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != thousands) out[length++] = text.data[i];
  }
  return length;
}

// ---------------------------------------------------------------------------------------------------------------------
// Detection's measure
// ---------------------------------------------------------------------------------------------------------------------

static bool fits_boolean(Str text) {
  return str_equal_nocase(text, STR("t")) || str_equal_nocase(text, STR("f")) || str_equal_nocase(text, STR("true")) ||
         str_equal_nocase(text, STR("false")) || str_equal_nocase(text, STR("yes")) ||
         str_equal_nocase(text, STR("no"));
}

// A minus or nothing, then digits without leading zeros; what follows them is the caller's.
static bool plain_digits(Str text, char separator, size_t *at) {
  size_t i = text.length && text.data[0] == '-' ? 1 : 0, start = i;
  while (i < text.length && is_digit(text.data[i])) i++;
  *at = i;
  if (i - start > 1 && text.data[start] == '0') return false;
  return i > start || (i < text.length && text.data[i] == separator);
}

static bool fits_integer(const CsvValueFormat *format, Type type, Str text) {
  Str bare = trim(text);
  size_t at;
  if (!plain_digits(bare, 0, &at) || at != bare.length) return false;
  int128 room;
  return csv_store_value(type, (uint8_t)type_physical(type), format, bare, &room, 0);
}

static bool fits_double(const CsvValueFormat *format, Type type, Str text) {
  Str bare = trim(text);
  if (bare.length == 0 || memchr(bare.data, '_', bare.length)) return false;
  size_t at;
  bool digits = plain_digits(bare, format->decimal_separator, &at);
  bool word = at < bare.length && ((bare.data[at] | 32) == 'i' || (bare.data[at] | 32) == 'n');
  if (!digits && !(word && at <= 1)) return false;
  int128 room;
  return csv_store_value(type, (uint8_t)type_physical(type), format, bare, &room, 0);
}

// Year, month and day with one separator, and nothing behind; or a word.
static bool fits_date(const CsvValueFormat *format, Str text) {
  int32_t days;
  if (format->date_format.length) return time_format_read_date(format->date_format, text, &days);
  Str bare = trim(text);
  if (bare.length == 0) return false;
  char first = bare.data[0] | 32;
  bool word = (first >= 'a' && first <= 'z') || (bare.length > 1 && bare.data[0] == '-' && (bare.data[1] | 32) == 'i');
  if (!word) {
    size_t at = bare.data[0] == '-' || bare.data[0] == '+';
    for (uint32_t part = 0; part < 3; part++) {
      size_t start = at;
      while (at < bare.length && is_digit(bare.data[at])) at++;
      if (at == start) return false;
      if (part < 2 && (at == bare.length || !strchr("-/\\ ", bare.data[at++]))) return false;
    }
    Str rest = trim((Str){bare.data + at, bare.length - at});
    if (rest.length && !str_equal_nocase(rest, STR("(BC)"))) return false;
  }
  return text_to_date(bare, &days);
}

static bool fits_time(Str text) {
  Str bare = trim(text);
  size_t digits = 0;
  bool colon = false;
  for (size_t i = 0; i < bare.length; i++) { // an offset belongs to another type
    if (is_digit(bare.data[i])) {
      digits++;
    } else if (bare.data[i] == ':' || bare.data[i] == '.') {
      if (colon && digits != 2) return false; // minutes and seconds have two digits
      colon = bare.data[i] == ':';
      digits = 0;
    } else {
      return false;
    }
  }
  int64_t micros;
  return !(colon && digits != 2) && text_to_time(bare, &micros);
}

// Is there an offset from UTC behind the clock?
static bool has_offset(Str text) {
  size_t colon;
  if (!str_find(text, STR(":"), &colon)) return false;
  for (size_t i = colon; i < text.length; i++) {
    if (text.data[i] == '+' || text.data[i] == '-' || text.data[i] == 'Z' || text.data[i] == 'z') return true;
  }
  return false;
}

static bool fits_timestamp(const CsvValueFormat *format, Str text) {
  int64_t micros;
  if (format->timestamp_format.length) return time_format_read_timestamp(format->timestamp_format, text, &micros);
  return !has_offset(text) && text_to_timestamp(trim(text), &micros);
}

static bool fits_timestamp_tz(const CsvValueFormat *format, Str text) {
  int64_t micros;
  if (format->timestamp_format.length) return time_format_read_timestamp(format->timestamp_format, text, &micros);
  return text_to_timestamp(trim(text), &micros);
}

static bool fits_by_cast(Type type, Str text, Arena *scratch) {
  ArenaMark mark = arena_mark(scratch);
  Value from = value_text(text), to;
  bool fits = value_cast(scratch, &from, type, &to, NULL) == OK;
  arena_rewind(scratch, mark);
  return fits;
}

bool csv_text_fits(Type type, const CsvValueFormat *format, Str text, Arena *scratch) {
  char stripped[NUMBER_CAPACITY];
  if (format->thousands && type_is_numeric(type) && text.length <= NUMBER_CAPACITY) {
    text = (Str){stripped, csv_strip_thousands(format->thousands, text, stripped)};
  }
  switch (type.id) {
    case TYPE_VARCHAR:
      return true;
    case TYPE_NULL:
      return false;
    case TYPE_BOOLEAN:
      return fits_boolean(text);
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_UTINYINT:
    case TYPE_USMALLINT:
    case TYPE_UINTEGER:
    case TYPE_UBIGINT:
      return fits_integer(format, type, text);
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
    case TYPE_DECIMAL:
      return fits_double(format, type, text);
    case TYPE_DATE:
      return fits_date(format, text);
    case TYPE_TIME:
      return fits_time(text);
    case TYPE_TIMESTAMP:
      return fits_timestamp(format, text);
    case TYPE_TIMESTAMP_TZ:
      return fits_timestamp_tz(format, text);
    default:
      return fits_by_cast(type, text, scratch);
  }
}
