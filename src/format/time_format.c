// SPDX-License-Identifier: MIT
//
// time_format.c: texts such as "%d.%m.%Y %H:%M" as DuckDB's strptime and strftime understand them.
//
// A format is walked directly; there is no compiled form. Specifiers and their rules are DuckDB's: %a %A %b %B %c %d %-d %f
// %g %G %H %-H %I %-I %j %-j %m %-m %M %-M %n %p %S %-S %u %U %V %w %W %x %X %y %-y %Y %z %Z %%. Reading skips white space in
// front of numbers, takes any number of digits up to the specifier's own, and needs the whole text.
#include "format/format.h"

static const char *const MONTHS[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const WEEKDAYS[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

// The formats that %c, %x and %X stand for.
static Str composite(char specifier) {
  switch (specifier) {
    case 'c':
      return STR("%Y-%m-%d %H:%M:%S");
    case 'x':
      return STR("%Y-%m-%d");
    default:
      return STR("%H:%M:%S");
  }
}

const char *time_format_problem(Str format) {
  for (size_t at = 0; at < format.length; at++) {
    if (format.data[at] != '%') continue;
    if (++at == format.length) return "Trailing format character %";
    char specifier = format.data[at];
    if (specifier == '-') {
      if (++at == format.length) return "Trailing format character %-";
      if (!strchr("dmyHIMSj", format.data[at]) || !format.data[at]) {
        return "Unrecognized format for strftime/strptime: %-";
      }
      continue;
    }
    if (!specifier || !strchr("aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%", specifier)) {
      return "Unrecognized format for strftime/strptime: %";
    }
  }
  return NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Reading {
  Str text;
  size_t at;
  TimeParts *parts;
  bool strict; // %y has two digits, %Y four
  bool has_hour12, afternoon;
  int32_t hour12;
  int32_t day_of_year; // 0: none
  int32_t weekday;     // of %w, %u, %a: 0 = Sunday; -1: none
  int32_t week;        // of %U, %W, %V; -1: none
  char week_kind;      // 'U', 'W', 'V'
  int32_t iso_year;    // of %G; 0: none
} Reading;

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Up to `digits` digits; at least one.
static bool read_number(Reading *reading, uint32_t digits, int32_t *number) {
  int64_t value = 0;
  size_t start = reading->at;
  while (reading->at < reading->text.length && reading->at - start < digits &&
         is_digit(reading->text.data[reading->at])) {
    value = value * 10 + (reading->text.data[reading->at++] - '0');
  }
  *number = (int32_t)value;
  return reading->at > start;
}

// The longest of the names, or their first three letters, any case.
static bool read_name(Reading *reading, const char *const *names, uint32_t count, bool full, int32_t *index) {
  Str rest = {reading->text.data + reading->at, reading->text.length - reading->at};
  for (uint32_t i = 0; i < count; i++) {
    Str name = str_from(names[i]);
    size_t length = full ? name.length : 3;
    if (rest.length >= length && str_equal_nocase((Str){rest.data, length}, (Str){name.data, length})) {
      *index = (int32_t)i;
      reading->at += length;
      return true;
    }
  }
  return false;
}

static bool read_offset(Reading *reading) {
  // +HH[[:]MM[[:]SS]] or Z
  if (reading->at < reading->text.length && reading->text.data[reading->at] == 'Z') {
    reading->at++;
    reading->parts->has_offset = true;
    return true;
  }
  if (reading->at == reading->text.length) return false;
  char sign = reading->text.data[reading->at];
  if (sign != '+' && sign != '-') return false;
  reading->at++;
  int32_t fields[3] = {0, 0, 0};
  for (uint32_t i = 0; i < 3; i++) {
    size_t mark = reading->at;
    if (i > 0) {
      if (mark < reading->text.length && reading->text.data[mark] == ':') reading->at++;
    }
    size_t start = reading->at;
    if (!read_number(reading, 2, &fields[i]) || reading->at - start != 2) {
      reading->at = mark;
      fields[i] = 0;
      if (i == 0) return false;
      break;
    }
  }
  int32_t seconds = fields[0] * 3600 + fields[1] * 60 + fields[2];
  if (fields[1] > 59 || fields[2] > 59 || fields[0] > 15) return false;
  reading->parts->offset_seconds = sign == '-' ? -seconds : seconds;
  reading->parts->has_offset = true;
  return true;
}

// The name of a zone: letters, digits, _ / + - are taken; only UTC and GMT are known without a host.
static bool read_zone_name(Reading *reading) {
  size_t start = reading->at;
  while (reading->at < reading->text.length) {
    char byte = reading->text.data[reading->at];
    if (!(is_digit(byte) || ((byte | 32) >= 'a' && (byte | 32) <= 'z') || byte == '_' || byte == '/' || byte == '+' ||
          byte == '-'))
      break;
    reading->at++;
  }
  Str name = {reading->text.data + start, reading->at - start};
  if (name.length == 0) return true;
  reading->parts->has_offset = true;
  return str_equal_nocase(name, STR("UTC")) || str_equal_nocase(name, STR("GMT")) || str_equal_nocase(name, STR("Z"));
}

static bool read_fraction(Reading *reading, uint32_t digits, int32_t *nanos) {
  int64_t value = 0;
  uint32_t count = 0;
  while (reading->at < reading->text.length && count < digits && is_digit(reading->text.data[reading->at])) {
    value = value * 10 + (reading->text.data[reading->at++] - '0');
    count++;
  }
  if (count == 0) return false;
  for (; count < 9; count++) value *= 10;
  *nanos = (int32_t)value;
  return true;
}

static bool read_specifier(Reading *reading, char specifier) {
  TimeParts *parts = reading->parts;
  int32_t number = 0;
  size_t start;
  // Numbers may have white space in front.
  if (strchr("dmyYHIMSjuUwWVG", specifier)) {
    while (reading->at < reading->text.length && is_space(reading->text.data[reading->at])) reading->at++;
  }
  switch (specifier) {
    case 'd':
      return read_number(reading, 2, &parts->day) && parts->day >= 1 && parts->day <= 31;
    case 'm':
      return read_number(reading, 2, &parts->month) && parts->month >= 1 && parts->month <= 12;
    case 'y':
      start = reading->at;
      if (!read_number(reading, 2, &number) || (reading->strict && reading->at - start != 2)) return false;
      parts->year = number >= 69 ? 1900 + number : 2000 + number;
      return true;
    case 'Y':
      start = reading->at;
      return read_number(reading, 4, &parts->year) && !(reading->strict && reading->at - start != 4);
    case 'G':
      return read_number(reading, 4, &reading->iso_year);
    case 'H':
      return read_number(reading, 2, &parts->hour) && parts->hour <= 23;
    case 'I':
      reading->has_hour12 = true;
      return read_number(reading, 2, &reading->hour12) && reading->hour12 >= 1 && reading->hour12 <= 12;
    case 'M':
      return read_number(reading, 2, &parts->minute) && parts->minute <= 59;
    case 'S':
      return read_number(reading, 2, &parts->second) && parts->second <= 59;
    case 'f':
      return read_fraction(reading, 6, &parts->nanos);
    case 'g':
      return read_fraction(reading, 3, &parts->nanos);
    case 'n':
      return read_fraction(reading, 9, &parts->nanos);
    case 'j':
      return read_number(reading, 3, &reading->day_of_year) && reading->day_of_year >= 1 && reading->day_of_year <= 366;
    case 'w':
      return read_number(reading, 1, &reading->weekday) && reading->weekday <= 6;
    case 'u':
      if (!read_number(reading, 1, &number) || number < 1 || number > 7) return false;
      reading->weekday = number % 7;
      return true;
    case 'U':
    case 'W':
    case 'V':
      reading->week_kind = specifier;
      return read_number(reading, 2, &reading->week) && reading->week <= 53;
    case 'p': {
      if (reading->text.length - reading->at < 2) return false;
      char first = reading->text.data[reading->at] | 32, second = reading->text.data[reading->at + 1] | 32;
      if (second != 'm' || (first != 'a' && first != 'p')) return false;
      reading->afternoon = first == 'p';
      reading->has_hour12 = true;
      if (reading->hour12 == 0) reading->hour12 = -1; // no %I: %p says nothing
      reading->at += 2;
      return true;
    }
    case 'a':
      return read_name(reading, WEEKDAYS, 7, false, &reading->weekday);
    case 'A':
      return read_name(reading, WEEKDAYS, 7, true, &reading->weekday);
    case 'b':
      if (!read_name(reading, MONTHS, 12, false, &number)) return false;
      parts->month = number + 1;
      return true;
    case 'B':
      if (!read_name(reading, MONTHS, 12, true, &number)) return false;
      parts->month = number + 1;
      return true;
    case 'z':
      return read_offset(reading);
    case 'Z':
      return read_zone_name(reading);
    default:
      return false;
  }
}

static bool read_literal(Reading *reading, char byte) {
  if (is_space(byte)) { // white space of the format stands for any white space
    while (reading->at < reading->text.length && is_space(reading->text.data[reading->at])) reading->at++;
    return true;
  }
  if (reading->at == reading->text.length || reading->text.data[reading->at] != byte) return false;
  reading->at++;
  return true;
}

static bool read_format(Reading *reading, Str format) {
  for (size_t at = 0; at < format.length; at++) {
    char byte = format.data[at];
    if (byte != '%') {
      if (!read_literal(reading, byte)) return false;
      continue;
    }
    if (++at == format.length) return false;
    char specifier = format.data[at];
    if (specifier == '-' && at + 1 < format.length) specifier = format.data[++at];
    if (specifier == '%') {
      if (!read_literal(reading, '%')) return false;
    } else if (specifier == 'c' || specifier == 'x' || specifier == 'X') {
      if (!read_format(reading, composite(specifier))) return false; // composites hold none themselves
    } else if (!read_specifier(reading, specifier)) {
      return false;
    }
  }
  return true;
}

// Days from year, week and weekday for %U (weeks from Sunday), %W (from Monday) and %V (ISO).
static bool days_of_week(const Reading *reading, int32_t *days) {
  int32_t first;
  int32_t weekday = reading->weekday < 0 ? (reading->week_kind == 'U' ? 0 : 1) : reading->weekday;
  if (reading->week_kind == 'V') {
    int32_t year = reading->iso_year ? reading->iso_year : reading->parts->year;
    if (!calendar_to_days(year, 1, 4, &first)) return false;
    *days = first - (calendar_iso_weekday(first) - 1) + (reading->week - 1) * 7 + (weekday + 6) % 7;
    return true;
  }
  if (!calendar_to_days(reading->parts->year, 1, 1, &first)) return false;
  int32_t first_weekday = calendar_iso_weekday(first) % 7; // 0 = Sunday
  int32_t lead = reading->week_kind == 'U' ? (7 - first_weekday) % 7 : (8 - first_weekday) % 7;
  int32_t offset = reading->week_kind == 'U' ? weekday : (weekday + 6) % 7;
  *days = first + lead + (reading->week - 1) * 7 + offset;
  return true;
}

static bool read_text(Str format, Str text, bool strict, TimeParts *parts) {
  *parts = (TimeParts){.year = 1900, .month = 1, .day = 1};
  Reading reading = {.text = text, .parts = parts, .strict = strict, .weekday = -1, .week = -1};
  while (reading.at < text.length && is_space(text.data[reading.at])) reading.at++;
  Str rest = str_trim(text);
  if (str_equal_nocase(rest, STR("infinity"))) {
    parts->is_special = true;
    parts->special_micros = MICROS_INFINITY;
    return true;
  }
  if (str_equal_nocase(rest, STR("-infinity"))) {
    parts->is_special = true;
    parts->special_micros = MICROS_NEGATIVE_INFINITY;
    return true;
  }
  if (str_equal_nocase(rest, STR("epoch"))) {
    parts->is_special = true;
    return true;
  }
  if (!read_format(&reading, format)) return false;
  while (reading.at < text.length && is_space(text.data[reading.at])) reading.at++;
  if (reading.at != text.length) return false;
  if (reading.has_hour12 && reading.hour12 > 0) {
    parts->hour = reading.hour12 % 12 + (reading.afternoon ? 12 : 0);
  }
  int32_t days;
  if (reading.week >= 0) {
    if (!days_of_week(&reading, &days)) return false;
    calendar_from_days(days, &parts->year, &parts->month, &parts->day);
  } else if (reading.day_of_year) {
    if (!calendar_to_days(parts->year, 1, 1, &days)) return false;
    calendar_from_days(days + reading.day_of_year - 1, &parts->year, &parts->month, &parts->day);
  }
  return calendar_valid(parts->year, parts->month, parts->day);
}

bool time_format_read(Str format, Str text, TimeParts *parts) { return read_text(format, text, false, parts); }

bool time_format_fits(Str format, Str text) {
  TimeParts parts;
  return read_text(format, text, true, &parts);
}

bool time_format_read_date(Str format, Str text, int32_t *days) {
  TimeParts parts;
  if (!time_format_read(format, text, &parts)) return false;
  if (parts.is_special) {
    *days = parts.special_micros == MICROS_INFINITY            ? DAY_INFINITY
            : parts.special_micros == MICROS_NEGATIVE_INFINITY ? DAY_NEGATIVE_INFINITY
                                                               : 0;
    return true;
  }
  return calendar_to_days(parts.year, parts.month, parts.day, days);
}

bool time_format_read_timestamp(Str format, Str text, int64_t *micros) {
  TimeParts parts;
  if (!time_format_read(format, text, &parts)) return false;
  if (parts.is_special) {
    *micros = parts.special_micros;
    return true;
  }
  int32_t days;
  if (!calendar_to_days(parts.year, parts.month, parts.day, &days)) return false;
  int64_t in_day =
      ((int64_t)parts.hour * 3600 + parts.minute * 60 + parts.second - parts.offset_seconds) * MICROS_PER_SECOND +
      parts.nanos / 1000;
  int64_t whole;
  if (__builtin_mul_overflow((int64_t)days, MICROS_PER_DAY, &whole)) return false;
  return !__builtin_add_overflow(whole, in_day, micros);
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

static void write_padded(TextBuilder *out, int64_t number, uint32_t width) {
  char digits[NUMBER_TEXT_CAPACITY];
  if (number < 0) {
    text_append_char(out, '-');
    number = -number;
  }
  size_t length = number_write_i64(digits, number);
  if (length < width) text_append_repeated(out, '0', width - length);
  text_append(out, (Str){digits, length});
}

static void write_specifier(TextBuilder *out, char specifier, bool bare, const TimeParts *parts, int32_t days) {
  int32_t hour12 = parts->hour % 12 == 0 ? 12 : parts->hour % 12;
  int32_t weekday = calendar_iso_weekday(days); // 1 = Monday
  int32_t day_of_year = calendar_day_of_year(days);
  int32_t iso_year, iso_week;
  calendar_iso_week(days, &iso_year, &iso_week);
  uint32_t two = bare ? 1 : 2;
  switch (specifier) {
    case 'a':
      text_append(out, (Str){WEEKDAYS[weekday % 7], 3});
      break;
    case 'A':
      text_append(out, str_from(WEEKDAYS[weekday % 7]));
      break;
    case 'b':
      text_append(out, (Str){MONTHS[parts->month - 1], 3});
      break;
    case 'B':
      text_append(out, str_from(MONTHS[parts->month - 1]));
      break;
    case 'd':
      write_padded(out, parts->day, two);
      break;
    case 'm':
      write_padded(out, parts->month, two);
      break;
    case 'y':
      write_padded(out, ((parts->year % 100) + 100) % 100, two);
      break;
    case 'Y':
      write_padded(out, parts->year, 4);
      break;
    case 'G':
      write_padded(out, iso_year, 4);
      break;
    case 'V':
      write_padded(out, iso_week, 2);
      break;
    case 'H':
      write_padded(out, parts->hour, two);
      break;
    case 'I':
      write_padded(out, hour12, two);
      break;
    case 'M':
      write_padded(out, parts->minute, two);
      break;
    case 'S':
      write_padded(out, parts->second, two);
      break;
    case 'f':
      write_padded(out, parts->nanos / 1000, 6);
      break;
    case 'g':
      write_padded(out, parts->nanos / 1000000, 3);
      break;
    case 'n':
      write_padded(out, parts->nanos, 9);
      break;
    case 'p':
      text_append(out, parts->hour >= 12 ? STR("PM") : STR("AM"));
      break;
    case 'j':
      write_padded(out, day_of_year, bare ? 1 : 3);
      break;
    case 'u':
      write_padded(out, weekday, 1);
      break;
    case 'w':
      write_padded(out, weekday % 7, 1);
      break;
    case 'U':
      write_padded(out, (day_of_year + 6 - weekday % 7) / 7, 2);
      break;
    case 'W':
      write_padded(out, (day_of_year + 6 - (weekday + 6) % 7) / 7, 2);
      break;
    case 'z': {
      int32_t offset = parts->offset_seconds;
      text_append_char(out, offset < 0 ? '-' : '+');
      if (offset < 0) offset = -offset;
      write_padded(out, offset / 3600, 2);
      if (offset % 3600) {
        text_append_char(out, ':');
        write_padded(out, offset / 60 % 60, 2);
      }
      break;
    }
    case 'Z':
      if (parts->has_offset) text_append(out, STR("UTC"));
      break;
    default:
      text_append_char(out, specifier);
  }
}

static void write_format(TextBuilder *out, Str format, const TimeParts *parts, int32_t days) {
  for (size_t at = 0; at < format.length; at++) {
    if (format.data[at] != '%' || at + 1 == format.length) {
      text_append_char(out, format.data[at]);
      continue;
    }
    char specifier = format.data[++at];
    bool bare = specifier == '-' && at + 1 < format.length;
    if (bare) specifier = format.data[++at];
    if (specifier == 'c' || specifier == 'x' || specifier == 'X') {
      write_format(out, composite(specifier), parts, days);
    } else {
      write_specifier(out, specifier, bare, parts, days);
    }
  }
}

void time_format_write(TextBuilder *out, Str format, const TimeParts *parts) {
  int32_t days = 0;
  if (!calendar_to_days(parts->year, parts->month, parts->day, &days)) return;
  write_format(out, format, parts, days);
}

static bool write_special(TextBuilder *out, bool infinite, bool negative) {
  if (!infinite) return false;
  text_append(out, negative ? STR("-infinity") : STR("infinity"));
  return true;
}

void time_format_write_date(TextBuilder *out, Str format, int32_t days) {
  if (write_special(out, days == DAY_INFINITY || days == DAY_NEGATIVE_INFINITY, days < 0)) return;
  TimeParts parts = {0};
  calendar_from_days(days, &parts.year, &parts.month, &parts.day);
  write_format(out, format, &parts, days);
}

void time_format_write_timestamp(TextBuilder *out, Str format, int64_t micros) {
  if (write_special(out, micros == MICROS_INFINITY || micros == MICROS_NEGATIVE_INFINITY, micros < 0)) return;
  int64_t days = micros / MICROS_PER_DAY, in_day = micros % MICROS_PER_DAY;
  if (in_day < 0) {
    in_day += MICROS_PER_DAY;
    days--;
  }
  TimeParts parts = {0};
  calendar_from_days((int32_t)days, &parts.year, &parts.month, &parts.day);
  int64_t seconds = in_day / MICROS_PER_SECOND;
  parts.hour = (int32_t)(seconds / 3600);
  parts.minute = (int32_t)(seconds / 60 % 60);
  parts.second = (int32_t)(seconds % 60);
  parts.nanos = (int32_t)(in_day % MICROS_PER_SECOND) * 1000;
  write_format(out, format, &parts, (int32_t)days);
}
