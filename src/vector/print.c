// SPDX-License-Identifier: MIT
//
// print.c: the printed form of values, DuckDB's to the byte: what CAST(x AS VARCHAR), shells and CSV writers show.
//
//   DATE 0044-03-15 (BC)   TIMESTAMP 2020-01-01 01:02:03.5   INTERVAL 1 year 2 months 3 days 04:05:06   BLOB a\x00
//   LIST [1, NULL, 'a,b']  STRUCT {'a': 1, 'b': x}           MAP {k=v}                                  ROW (1, x)
#include "vector/print.h"

int128 integer_read(Physical physical, const void *value) {
  switch (physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      return *(const uint8_t *)value;
    case PHYSICAL_I8:
      return *(const int8_t *)value;
    case PHYSICAL_I16:
      return *(const int16_t *)value;
    case PHYSICAL_I32:
      return *(const int32_t *)value;
    case PHYSICAL_I64:
      return *(const int64_t *)value;
    case PHYSICAL_U16:
      return *(const uint16_t *)value;
    case PHYSICAL_U32:
      return *(const uint32_t *)value;
    case PHYSICAL_U64:
      return *(const uint64_t *)value;
    case PHYSICAL_U128:
      return (int128) * (const uint128 *)value;
    default:
      ASSERT(physical == PHYSICAL_I128);
      return *(const int128 *)value;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates and times
// ---------------------------------------------------------------------------------------------------------------------

static size_t write_literal(char *out, const char *text) {
  size_t length = strlen(text);
  memcpy(out, text, length);
  return length;
}

static char *write_two_digits(char *out, uint64_t number) {
  *out++ = (char)('0' + number / 10);
  *out++ = (char)('0' + number % 10);
  return out;
}

// A point and the digits of a fraction of a second, without trailing zeros; nothing for zero.
static char *write_fraction(char *out, uint64_t fraction, uint32_t digits) {
  if (!fraction) return out;
  *out++ = '.';
  for (uint32_t i = digits; i-- > 0; fraction /= 10) out[i] = (char)('0' + fraction % 10);
  while (out[digits - 1] == '0') digits--;
  return out + digits;
}

size_t date_write(char *out, int32_t days) {
  if (days == DAY_INFINITY) return write_literal(out, "infinity");
  if (days == DAY_NEGATIVE_INFINITY) return write_literal(out, "-infinity");
  int32_t year, month, day;
  calendar_from_days(days, &year, &month, &day);
  bool before_christ = year <= 0;
  int64_t shown_year = before_christ ? 1 - (int64_t)year : year;
  char *next = out;
  for (int64_t limit = 1000; limit > 1 && shown_year < limit; limit /= 10) *next++ = '0';
  next += number_write_i64(next, shown_year);
  *next++ = '-';
  next = write_two_digits(next, (uint64_t)month);
  *next++ = '-';
  next = write_two_digits(next, (uint64_t)day);
  if (before_christ) next += write_literal(next, " (BC)");
  return (size_t)(next - out);
}

// Units of a second and the digits of its fraction: micros (6) or nanos (9).
static size_t write_clock(char *out, uint64_t time, uint64_t units, uint32_t digits) {
  uint64_t seconds = time / units;
  char *next = out;
  uint64_t hours = seconds / 3600;
  if (hours < 10) *next++ = '0';
  next += number_write_u64(next, hours);
  *next++ = ':';
  next = write_two_digits(next, seconds / 60 % 60);
  *next++ = ':';
  next = write_two_digits(next, seconds % 60);
  next = write_fraction(next, time % units, digits);
  return (size_t)(next - out);
}

size_t time_write(char *out, int64_t micros) { return write_clock(out, (uint64_t)micros, 1000000, 6); }

static size_t write_timestamp_units(char *out, int64_t value, int64_t units_per_second, uint32_t digits) {
  if (value == MICROS_INFINITY) return write_literal(out, "infinity");
  if (value == MICROS_NEGATIVE_INFINITY) return write_literal(out, "-infinity");
  int64_t per_day = units_per_second * 86400;
  int64_t days = value / per_day;
  int64_t rest = value % per_day;
  if (rest < 0) {
    rest += per_day;
    days--;
  }
  size_t length = date_write(out, (int32_t)days);
  out[length++] = ' ';
  return length + write_clock(out + length, (uint64_t)rest, (uint64_t)units_per_second, digits);
}

size_t timestamp_write(char *out, int64_t micros) { return write_timestamp_units(out, micros, MICROS_PER_SECOND, 6); }

size_t zone_offset_write(char *out, int32_t offset_seconds) {
  char *next = out;
  *next++ = offset_seconds < 0 ? '-' : '+';
  uint32_t seconds = (uint32_t)(offset_seconds < 0 ? -offset_seconds : offset_seconds);
  next = write_two_digits(next, seconds / 3600);
  if (seconds % 3600) {
    *next++ = ':';
    next = write_two_digits(next, seconds / 60 % 60);
    if (seconds % 60) {
      *next++ = ':';
      next = write_two_digits(next, seconds % 60);
    }
  }
  return (size_t)(next - out);
}

static char *write_interval_part(char *start, char *next, int64_t number, const char *unit) {
  if (!number) return next;
  if (next != start) *next++ = ' ';
  next += number_write_i64(next, number);
  next += write_literal(next, unit);
  if (number != 1 && number != -1) *next++ = 's';
  return next;
}

size_t interval_write(char *out, Interval interval) {
  char *next = write_interval_part(out, out, interval.months / 12, " year");
  next = write_interval_part(out, next, interval.months % 12, " month");
  next = write_interval_part(out, next, interval.days, " day");
  if (interval.micros) {
    if (next != out) *next++ = ' ';
    uint64_t micros = (uint64_t)interval.micros;
    if (interval.micros < 0) {
      *next++ = '-';
      micros = -micros;
    }
    next += write_clock(next, micros, 1000000, 6);
  } else if (next == out) {
    next += write_literal(next, "00:00:00");
  }
  return (size_t)(next - out);
}

size_t instant_write(char *out, int64_t micros, const TimeZone *zone) {
  int32_t offset = 0;
  if (micros == MICROS_INFINITY || micros == MICROS_NEGATIVE_INFINITY) return timestamp_write(out, micros);
  if (zone && !zone_offset(*zone, micros, &offset)) offset = 0;
  size_t length = timestamp_write(out, micros + offset * MICROS_PER_SECOND);
  return length + zone_offset_write(out + length, offset - offset % 60); // seconds (of local mean time) are not shown
}

// ---------------------------------------------------------------------------------------------------------------------
// Other scalars
// ---------------------------------------------------------------------------------------------------------------------

size_t uuid_write(char *out, int128 uuid) {
  static const char DIGITS[] = "0123456789abcdef";
  uint128 bits = (uint128)uuid ^ ((uint128)1 << 127);
  size_t length = 0;
  for (int shift = 124; shift >= 0; shift -= 4) {
    if (length == 8 || length == 13 || length == 18 || length == 23) out[length++] = '-';
    out[length++] = DIGITS[(uint32_t)(bits >> shift) & 15];
  }
  return length;
}

// A decimal that has all its digits behind the point shows none before it: DECIMAL(2,2) prints -.05.
size_t decimal_write(char *out, int128 value, uint32_t width, uint32_t scale) {
  size_t length = number_write_decimal(out, value, scale);
  size_t first = value < 0 ? 1 : 0;
  if (width == scale && length > first + 1 && out[first] == '0' && out[first + 1] == '.') {
    memmove(out + first, out + first + 1, length - first - 1);
    length--;
  }
  return length;
}

size_t scalar_write(char *out, Type type, Physical physical, const void *value) {
  switch (type.id) {
    case TYPE_BOOLEAN:
      return write_literal(out, *(const uint8_t *)value ? "true" : "false");
    case TYPE_UHUGEINT:
      return number_write_u128(out, *(const uint128 *)value);
    case TYPE_FLOAT:
      return number_write_f32(out, *(const float *)value);
    case TYPE_DOUBLE:
      return number_write_f64(out, *(const double *)value);
    case TYPE_DECIMAL:
      return decimal_write(out, integer_read(physical, value), type.width, type.scale);
    case TYPE_DATE:
      return date_write(out, *(const int32_t *)value);
    case TYPE_TIME:
      return time_write(out, *(const int64_t *)value);
    case TYPE_TIME_NS:
      return write_clock(out, (uint64_t) * (const int64_t *)value, 1000000000, 9);
    case TYPE_TIME_TZ: {
      int64_t time = *(const int64_t *)value;
      size_t length = time_write(out, time_tz_micros(time));
      return length + zone_offset_write(out + length, time_tz_offset(time));
    }
    case TYPE_TIMESTAMP_S:
      return write_timestamp_units(out, *(const int64_t *)value, 1, 0);
    case TYPE_TIMESTAMP_MS:
      return write_timestamp_units(out, *(const int64_t *)value, 1000, 3);
    case TYPE_TIMESTAMP:
      return timestamp_write(out, *(const int64_t *)value);
    case TYPE_TIMESTAMP_NS:
      return write_timestamp_units(out, *(const int64_t *)value, 1000000000, 9);
    case TYPE_TIMESTAMP_TZ:
      return instant_write(out, *(const int64_t *)value, NULL);
    case TYPE_INTERVAL:
      return interval_write(out, *(const Interval *)value);
    case TYPE_UUID:
      return uuid_write(out, *(const int128 *)value);
    case TYPE_NULL:
      return write_literal(out, "NULL");
    default:
      return number_write_i128(out, integer_read(physical, value));
  }
}

void blob_print(TextBuilder *out, Str bytes) {
  static const char DIGITS[] = "0123456789ABCDEF";
  for (size_t i = 0; i < bytes.length; i++) {
    uint8_t byte = (uint8_t)bytes.data[i];
    bool plain = byte >= 32 && byte <= 126 && byte != '\\' && byte != '\'' && byte != '"';
    if (plain) {
      text_append_char(out, (char)byte);
    } else {
      char escape[4] = {'\\', 'x', DIGITS[byte >> 4], DIGITS[byte & 15]};
      text_append(out, (Str){escape, sizeof escape});
    }
  }
}

void bit_print(TextBuilder *out, Str bits) {
  if (bits.length < 2) return;
  size_t bit_count = (bits.length - 1) * 8;
  for (size_t i = (uint8_t)bits.data[0]; i < bit_count; i++) {
    text_append_char(out, (uint8_t)bits.data[1 + i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
  }
}

void scalar_print(TextBuilder *out, Type type, Physical physical, const void *value) {
  switch (type.id) {
    case TYPE_VARCHAR:
    case TYPE_STRING_LITERAL:
      text_append(out, string_str(value));
      return;
    case TYPE_BLOB:
    case TYPE_BIGNUM:
      blob_print(out, string_str(value));
      return;
    case TYPE_BIT:
      bit_print(out, string_str(value));
      return;
    case TYPE_ENUM: {
      uint64_t index = (uint64_t)integer_read(physical, value);
      ASSERT(index < type.info->count);
      text_append(out, type.info->names[index]);
      return;
    }
    default: {
      char text[SCALAR_TEXT_CAPACITY];
      text_append(out, (Str){text, scalar_write(text, type, physical, value)});
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Texts inside nested values
// ---------------------------------------------------------------------------------------------------------------------

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static bool nested_text_needs_quotes(Str text) {
  if (!text.length || is_space(text.data[0]) || is_space(text.data[text.length - 1])) return true;
  if (str_equal_nocase(text, STR("NULL"))) return true;
  for (size_t i = 0; i < text.length; i++) {
    switch (text.data[i]) {
      case '"':
      case '\'':
      case '(':
      case ')':
      case ',':
      case ':':
      case '=':
      case '[':
      case ']':
      case '{':
      case '}':
        return true;
      default:
        break;
    }
  }
  return false;
}

static void print_escaped(TextBuilder *out, Str text) {
  text_append_char(out, '\'');
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if (byte == '\\' || byte == '\'') text_append_char(out, '\\');
    text_append_char(out, byte);
  }
  text_append_char(out, '\'');
}

void nested_text_print(TextBuilder *out, Str text) {
  if (nested_text_needs_quotes(text)) {
    print_escaped(out, text);
  } else {
    text_append(out, text);
  }
}

void struct_key_print(TextBuilder *out, Str name) { print_escaped(out, name); }

// ---------------------------------------------------------------------------------------------------------------------
// Rows of vectors
// ---------------------------------------------------------------------------------------------------------------------

static void print_row(TextBuilder *out, const Vector *vector, uint32_t row, bool nested, const TimeZone *zone);

// A scalar inside a nested value: its text, quoted where needed.
static void print_inner_scalar(TextBuilder *out, Type type, Physical physical, const void *value) {
  if (physical != PHYSICAL_STRING && type.id != TYPE_ENUM) {
    char text[SCALAR_TEXT_CAPACITY];
    nested_text_print(out, (Str){text, scalar_write(text, type, physical, value)});
    return;
  }
  if (type_is_string(type)) {
    nested_text_print(out, string_str(value));
    return;
  }
  TextBuilder text;
  text_init(&text, out->memory);
  scalar_print(&text, type, physical, value);
  out->failed |= text.failed;
  nested_text_print(out, text_str(&text));
  text_free(&text);
}

// As in DuckDB the elements of a LIST are quoted where needed, those of an ARRAY never.
static void print_elements(TextBuilder *out, const Vector *child, uint32_t from, uint32_t count, bool quoted,
                           const TimeZone *zone) {
  text_append_char(out, '[');
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, STR(", "));
    print_row(out, child, from + i, quoted, zone);
  }
  text_append_char(out, ']');
}

static void print_struct(TextBuilder *out, const Vector *base, uint32_t at, const TimeZone *zone) {
  const TypeInfo *info = base->type.info;
  text_append_char(out, info->names ? '{' : '(');
  for (uint32_t i = 0; i < info->count; i++) {
    if (i) text_append(out, STR(", "));
    if (info->names) {
      struct_key_print(out, info->names[i]);
      text_append(out, STR(": "));
    }
    print_row(out, &base->children[i], at, true, zone);
  }
  text_append_char(out, info->names ? '}' : ')');
}

static void print_map(TextBuilder *out, const Vector *base, ListEntry entry, const TimeZone *zone) {
  VectorView pairs;
  vector_view(&base->children[0], &pairs);
  text_append_char(out, '{');
  for (uint32_t i = 0; i < entry.length; i++) {
    uint32_t at = view_row(&pairs, entry.offset + i);
    if (i) text_append(out, STR(", "));
    print_row(out, &pairs.base->children[0], at, true, zone);
    text_append_char(out, '=');
    print_row(out, &pairs.base->children[1], at, true, zone);
  }
  text_append_char(out, '}');
}

static void print_row(TextBuilder *out, const Vector *vector, uint32_t row, bool nested, const TimeZone *zone) {
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  if (!view_valid(&view, at)) {
    text_append(out, STR("NULL"));
    return;
  }
  Type type = vector->type;
  switch (type.id) {
    case TYPE_LIST: {
      ListEntry entry = ((const ListEntry *)view.data)[at];
      print_elements(out, &view.base->children[0], entry.offset, entry.length, true, zone);
      return;
    }
    case TYPE_ARRAY:
      print_elements(out, &view.base->children[0], at * type.array_size, type.array_size, false, zone);
      return;
    case TYPE_MAP:
      print_map(out, view.base, ((const ListEntry *)view.data)[at], zone);
      return;
    case TYPE_STRUCT:
      print_struct(out, view.base, at, zone);
      return;
    case TYPE_UNION: {
      VectorView tags;
      vector_view(&view.base->children[0], &tags);
      uint8_t tag = ((const uint8_t *)tags.data)[view_row(&tags, at)];
      print_row(out, &view.base->children[1 + tag], at, false, zone);
      return;
    }
    default: {
      const void *value = (const uint8_t *)view.data + (size_t)at * physical_size(vector->physical);
      if (type.id == TYPE_TIMESTAMP_TZ) {
        char text[SCALAR_TEXT_CAPACITY];
        Str written = {text, instant_write(text, *(const int64_t *)value, zone)};
        nested ? nested_text_print(out, written) : text_append(out, written);
      } else if (nested) {
        print_inner_scalar(out, type, vector->physical, value);
      } else {
        scalar_print(out, type, vector->physical, value);
      }
    }
  }
}

void vector_print_row(TextBuilder *out, const Vector *vector, uint32_t row, TimeZone zone) {
  print_row(out, vector, row, false, &zone);
}
