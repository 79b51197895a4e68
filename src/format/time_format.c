// SPDX-License-Identifier: MIT
//
// time_format.c: dates and timestamps as texts by a format such as "%d.%m.%Y %H:%M", both ways: strftime and strptime, and the formats of CSV.
// A format is walked directly; there is no compiled form. Specifiers are DuckDB's:
//
//   %a %A %w %u weekday   %d %-d day        %b %h %B %m %-m month   %y %-y %Y year      %G ISO year
//   %H %-H %I %-I hour    %p AM/PM          %M %-M minute           %S %-S second       %f micros  %g millis  %n nanos
//   %z offset  %Z zone    %j %-j day of year  %U %W %V week         %c %x %X composite  %%
#include "format/format.h"

#define SPECIFIERS "aAbBcdfgGhHIjmMnpSuUVwWxXyYzZ%"
#define UNPADDED_SPECIFIERS "dmyHIMSj"

static const char *const MONTHS[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};
static const char *const WEEKDAYS[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

static bool is_one_of(char byte, const char *set) { return byte && strchr(set, byte); }

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

bool time_format_problem(Str format, char problem[TIME_PROBLEM_CAPACITY]) {
  for (size_t at = 0; at < format.length; at++) {
    if (format.data[at] != '%') continue;
    size_t start = at++;
    if (at == format.length) {
      text_format_into(problem, TIME_PROBLEM_CAPACITY, "Trailing format character %%");
      return true;
    }
    bool padded = format.data[at] != '-';
    if (!padded) at++;
    if (at == format.length || !is_one_of(format.data[at], padded ? SPECIFIERS : UNPADDED_SPECIFIERS)) {
      text_format_into(problem, TIME_PROBLEM_CAPACITY, "Unrecognized format for strftime/strptime: %.*s",
                       (int)MIN_OF(at + 1 - start, format.length - start), format.data + start);
      return true;
    }
  }
  return false;
}

// Of a format that has no problem: the specifier at *at, which is left behind it; 0: there is a literal byte.
static char take_specifier(Str format, size_t *at, bool *padded) {
  if (format.data[*at] != '%') return 0;
  *padded = format.data[*at + 1] != '-';
  *at += *padded ? 2 : 3;
  return format.data[*at - 1];
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

#define NAMED(specifier) (UINT64_C(1) << ((specifier) - 'A'))
#define WEEKS_AND_DAYS (NAMED('U') | NAMED('W') | NAMED('j'))
#define ISO_WEEKS (NAMED('V') | NAMED('G'))

typedef struct NumberSpecifier {
  char specifier;
  uint8_t digits;
  uint16_t field; // where in a TimeReading
  int32_t low, high;
  const char *problem; // of another number
} NumberSpecifier;

#define FIELD(name) offsetof(TimeReading, name)

static const NumberSpecifier NUMBERS[] = {
    {'d', 2, FIELD(day), 1, 31, "Day out of range, expected a value between 1 and 31"},
    {'m', 2, FIELD(month), 1, 12, "Month out of range, expected a value between 1 and 12"},
    {'y', 2, FIELD(year), 0, 99, NULL},
    {'Y', 4, FIELD(year), 0, 9999, NULL},
    {'G', 4, FIELD(iso_year), 0, 9999, NULL},
    {'H', 2, FIELD(hour), 0, 23, "Hour out of range, expected a value between 0 and 23"},
    {'I', 2, FIELD(hour), 1, 12, "Hour12 out of range, expected a value between 1 and 12"},
    {'M', 2, FIELD(minute), 0, 59, "Minutes out of range, expected a value between 0 and 59"},
    {'S', 2, FIELD(second), 0, 59, "Seconds out of range, expected a value between 0 and 59"},
    {'f', 6, FIELD(nanos), 0, INT32_MAX, NULL},
    {'g', 3, FIELD(nanos), 0, INT32_MAX, NULL},
    {'n', 9, FIELD(nanos), 0, INT32_MAX, NULL},
    {'j', 3, FIELD(day_of_year), 1, 366, "Year day out of range, expected a value between 1 and 366"},
    {'w', 1, FIELD(weekday), 0, 6, "Weekday out of range, expected a value between 0 and 6"},
    {'u', 1, FIELD(weekday), 1, 7, "ISO weekday offset out of range, expected a value between 1 and 7"},
    {'U', 2, FIELD(week), 0, 53, "Week out of range, expected a value between 0 and 53"},
    {'W', 2, FIELD(week), 0, 53, "Week out of range, expected a value between 0 and 53"},
    {'V', 2, FIELD(week), 1, 53, "ISO week offset out of range, expected a value between 1 and 53"},
};

typedef struct Reader {
  Str text;
  size_t at;
  TimeReading *reading;
  bool strict; // %y has two digits, %Y four
} Reader;

static bool is_blank(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
static char peek(const Reader *reader) { return reader->at < reader->text.length ? reader->text.data[reader->at] : 0; }

static void skip_blanks(Reader *reader) {
  while (is_blank(peek(reader))) reader->at++;
}

static bool fail_at(Reader *reader, size_t at, const char *problem) {
  reader->reading->problem_at = at;
  reader->reading->problem = problem;
  return false;
}

static uint32_t read_digits(Reader *reader, uint32_t most, int64_t *number) {
  uint32_t count = 0;
  for (*number = 0; count < most && is_digit(peek(reader)); count++) {
    *number = *number * 10 + (reader->text.data[reader->at++] - '0');
  }
  return count;
}

// Two ways to name the day within a year, or a week with the year of another calendar. A month or day wins over all.
static const char *offset_conflict(uint64_t named, char specifier) {
  if (named & (NAMED('d') | NAMED('m'))) return NULL;
  switch (specifier) {
    case 'U':
    case 'W':
      return named & (WEEKS_AND_DAYS | ISO_WEEKS) ? "Multiple week offsets specified" : NULL;
    case 'j':
      return named & (WEEKS_AND_DAYS | ISO_WEEKS) ? "Multiple year offsets specified" : NULL;
    case 'G':
      return named & WEEKS_AND_DAYS ? "Incompatible ISO year offset specified" : NULL;
    case 'V':
      if (named & WEEKS_AND_DAYS) return "Incompatible ISO week offset specified";
      return named & (NAMED('y') | NAMED('Y'))
                 ? "ISO week offsets are incompatible with non-ISO year specifiers. Use '%G' instead"
                 : NULL;
    default:
      return NULL;
  }
}

static bool read_number(Reader *reader, const NumberSpecifier *specifier) {
  int64_t *number = (int64_t *)((char *)reader->reading + specifier->field);
  size_t start = reader->at;
  const char *conflict = offset_conflict(reader->reading->named, specifier->specifier);
  if (conflict) return fail_at(reader, start, conflict);
  uint32_t count = read_digits(reader, specifier->digits, number);
  if (!count) return fail_at(reader, start, "Expected a number");
  if (*number < specifier->low || *number > specifier->high) return fail_at(reader, start, specifier->problem);
  switch (specifier->specifier) {
    case 'y':
      *number += *number >= 69 ? 1900 : 2000;
      return !reader->strict || count == specifier->digits;
    case 'Y':
      return !reader->strict || count == specifier->digits;
    case 'f':
    case 'g':
    case 'n':
      for (; count < 9; count++) *number *= 10;
      return true;
    case 'u':
      *number %= 7;
      return true;
    default:
      return true;
  }
}

// One of the names, or of their first `prefix` letters, any case.
static bool read_name(Reader *reader, const char *const *names, uint32_t count, size_t prefix, int64_t *index,
                      const char *problem) {
  Str rest = {reader->text.data + reader->at, reader->text.length - reader->at};
  for (uint32_t i = 0; i < count; i++) {
    Str name = str_from(names[i]);
    if (prefix) name.length = prefix;
    if (rest.length < name.length || !str_equal_nocase((Str){rest.data, name.length}, name)) continue;
    *index = i;
    reader->at += name.length;
    return true;
  }
  return fail_at(reader, reader->at, problem);
}

static bool read_month(Reader *reader, size_t prefix, const char *problem) {
  int64_t *month = &reader->reading->month;
  if (!read_name(reader, MONTHS, COUNT_OF(MONTHS), prefix, month, problem)) return false;
  *month += 1;
  return true;
}

// +HH, +HHMM, +HH:MM, +HH:MM:SS
static bool read_offset(Reader *reader) {
  size_t start = reader->at;
  char sign = peek(reader);
  int64_t seconds = 0;
  bool colons = false;
  reader->at++;
  for (int64_t unit = 3600; unit; unit /= 60) {
    size_t mark = reader->at;
    bool colon = unit < 3600 && peek(reader) == ':';
    if (colon) reader->at++;
    int64_t number = 0;
    bool wanted = unit != 1 || colons; // seconds only behind colons
    if (!wanted || read_digits(reader, 2, &number) != 2) {
      reader->at = mark;
      if (unit == 3600) break;
      number = 0;
    }
    colons = colon;
    seconds += number * unit;
  }
  if ((sign != '+' && sign != '-') || reader->at == start + 1) {
    reader->at = start;
    return fail_at(reader, start, "Expected ±HH[MM] or -HH[:MM[:SS]]");
  }
  reader->reading->offset_seconds = sign == '-' ? -seconds : seconds;
  return true;
}

static bool read_zone(Reader *reader) {
  size_t start = reader->at;
  while (is_digit(peek(reader)) || ((peek(reader) | 32) >= 'a' && (peek(reader) | 32) <= 'z') ||
         is_one_of(peek(reader), "_/+-"))
    reader->at++;
  reader->reading->zone = (Str){reader->text.data + start, reader->at - start};
  return reader->at > start || fail_at(reader, start, "Empty Time Zone name");
}

static bool read_specifier(Reader *reader, char specifier) {
  static const char *const HALVES[] = {"AM", "PM"};
  int64_t ignored;
  for (uint32_t i = 0; i < COUNT_OF(NUMBERS); i++) {
    if (NUMBERS[i].specifier == specifier) return read_number(reader, &NUMBERS[i]);
  }
  switch (specifier) {
    case 'p':
      return read_name(reader, HALVES, 2, 0, &reader->reading->half, "Expected AM/PM");
    case 'a':
      return read_name(reader, WEEKDAYS, 7, 3, &ignored,
                       "Expected an abbreviated day name (Mon, Tue, Wed, Thu, Fri, Sat, Sun)");
    case 'A':
      return read_name(reader, WEEKDAYS, 7, 0, &ignored, "Expected a full day name (Monday, Tuesday, etc...)");
    case 'b':
    case 'h':
      return read_month(reader, 3, "Expected an abbreviated month name (Jan, Feb, Mar, etc..)");
    case 'B':
      return read_month(reader, 0, "Expected a full month name (January, February, etc...)");
    case 'z':
      return read_offset(reader);
    default:
      return read_zone(reader);
  }
}

// A blank of the format stands for any number of them, but not for none.
static bool read_literal(Reader *reader, char byte) {
  if (is_blank(byte)) {
    if (reader->at < reader->text.length && !is_blank(peek(reader)))
      return fail_at(reader, reader->at, "Space does not match, expected ");
    skip_blanks(reader);
    return true;
  }
  size_t at = reader->at++;
  if (at < reader->text.length && reader->text.data[at] == byte) return true;
  return fail_at(reader, reader->at, "Literal does not match, expected ");
}

static bool read_format(Reader *reader, Str format) {
  for (size_t at = 0; at < format.length;) {
    bool padded = true, read;
    size_t start = at;
    char specifier = take_specifier(format, &at, &padded);
    if (!specifier || specifier == '%') {
      read = read_literal(reader, specifier ? specifier : format.data[at++]);
      if (!read) reader->reading->expected = (Str){format.data + start, format.length - start};
    } else if (is_one_of(specifier, "cxX")) {
      read = read_format(reader, composite(specifier)); // composites hold none themselves
    } else {
      read = read_specifier(reader, specifier);
      reader->reading->named |= NAMED(specifier);
    }
    if (!read) return false;
  }
  return true;
}

static bool read_special(Reader *reader, Str name, int64_t micros) {
  Str rest = {reader->text.data + reader->at, reader->text.length - reader->at};
  if (rest.length < name.length || !str_equal_nocase((Str){rest.data, name.length}, name)) return false;
  reader->reading->is_special = true;
  reader->reading->special_micros = micros;
  reader->at += name.length;
  return true;
}

static bool read_text(Str format, Str text, bool strict, TimeReading *reading) {
  *reading = (TimeReading){.year = 1900, .month = 1, .day = 1, .iso_year = 1900, .week = 1, .weekday = -1};
  Reader reader = {.text = text, .reading = reading, .strict = strict};
  while (reader.text.length && is_blank(reader.text.data[reader.text.length - 1])) reader.text.length--;
  skip_blanks(&reader);
  bool special = read_special(&reader, STR("infinity"), MICROS_INFINITY) ||
                 read_special(&reader, STR("-infinity"), MICROS_NEGATIVE_INFINITY) ||
                 read_special(&reader, STR("epoch"), 0);
  if (special) skip_blanks(&reader);
  if (!special && !read_format(&reader, format)) return false;
  if (reader.at != reader.text.length) {
    return fail_at(&reader, reader.at,
                   special ? "Special timestamp did not match: trailing characters"
                           : "Full specifier did not match: trailing characters");
  }
  if (!(reading->named & NAMED('p'))) return true;
  if (reading->hour > 12)
    return fail_at(&reader, 0, "Invalid hour for AM/PM, expected an hour within the range [0..12]");
  reading->hour = reading->hour % 12 + 12 * reading->half;
  return true;
}

bool time_format_read(Str format, Str text, TimeReading *reading) { return read_text(format, text, false, reading); }

bool time_format_fits(Str format, Str text) {
  TimeReading reading;
  int32_t days;
  return read_text(format, text, true, &reading) && time_reading_days(&reading, &days);
}

// Weeks count from the first `start` (0: Sunday) of a year, those of ISO from the one with 4 January.
bool time_reading_days(const TimeReading *reading, int32_t *days) {
  uint64_t named = reading->named;
  bool iso = named & ISO_WEEKS;
  int32_t first;
  if (reading->is_special) {
    *days = (int32_t)(reading->special_micros / MICROS_PER_DAY);
    if (reading->special_micros == MICROS_INFINITY) *days = DAY_INFINITY;
    if (reading->special_micros == MICROS_NEGATIVE_INFINITY) *days = DAY_NEGATIVE_INFINITY;
    return true;
  }
  if ((named & (NAMED('d') | NAMED('m'))) || !(named & (WEEKS_AND_DAYS | ISO_WEEKS)))
    return calendar_to_days((int32_t)reading->year, (int32_t)reading->month, (int32_t)reading->day, days);
  if (!calendar_to_days((int32_t)(iso ? reading->iso_year : reading->year), 1, iso ? 4 : 1, &first)) return false;
  if (named & NAMED('j')) {
    *days = first + (int32_t)reading->day_of_year - 1;
    return true;
  }
  int32_t start = named & NAMED('U') ? 0 : 1;
  int32_t since_start = (calendar_iso_weekday(first) - start) % 7;
  int32_t first_week = iso || !since_start ? first - since_start : first - since_start + 7;
  int32_t weekday = reading->weekday < 0 ? 0 : (int32_t)(reading->weekday - start + 7) % 7;
  *days = first_week + (int32_t)(reading->week - 1) * 7 + weekday;
  return true;
}

int64_t time_reading_time(const TimeReading *reading) {
  int64_t minutes = reading->hour * 60 + reading->minute;
  return (minutes * 60 + reading->second - reading->offset_seconds) * MICROS_PER_SECOND;
}

void time_reading_problem(const TimeReading *reading, Str text, TextBuilder *out) {
  if (!reading->problem) return;
  text_append_char(out, '\n');
  text_append(out, text);
  text_append_char(out, '\n');
  text_append_repeated(out, ' ', reading->problem_at);
  text_append(out, STR("^\nError: "));
  text_append(out, str_from(reading->problem));
  for (size_t at = 0; at < reading->expected.length; at++) {
    char byte = reading->expected.data[at];
    if (byte == '%' && reading->expected.data[++at] != '%') break;
    text_append_char(out, byte);
  }
}

bool time_format_read_date(Str format, Str text, int32_t *days) {
  TimeReading reading;
  return time_format_read(format, text, &reading) && time_reading_days(&reading, days);
}

// Of zones only UTC is known here.
bool time_format_read_timestamp(Str format, Str text, int64_t *micros) {
  TimeReading reading;
  int32_t days;
  if (!time_format_read(format, text, &reading) || !time_reading_days(&reading, &days)) return false;
  *micros = reading.special_micros;
  if (reading.is_special) return true;
  bool utc = !reading.zone.length || str_equal_nocase(reading.zone, STR("UTC")) ||
             str_equal_nocase(reading.zone, STR("GMT")) || str_equal_nocase(reading.zone, STR("Z"));
  return utc && !__builtin_mul_overflow((int64_t)days, MICROS_PER_DAY, micros) &&
         !__builtin_add_overflow(*micros, time_reading_time(&reading) + (reading.nanos + 500) / 1000, micros);
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Moment {
  int32_t days, year, month, day;
  int64_t seconds, nanos; // of the day, of the second
  int32_t offset_seconds;
  Str zone; // its name
} Moment;

static void write_number(TextBuilder *out, int64_t number, uint32_t width) {
  char digits[NUMBER_TEXT_CAPACITY];
  size_t count = number_write_i64(digits, number);
  if (number >= 0 && count < width) text_append_repeated(out, '0', width - count);
  text_append(out, (Str){digits, count});
}

// Weeks that start on `first` (0: Sunday); days before the first such day are week 0.
static int64_t week_of_year(int32_t days, int32_t first) {
  int32_t since_first = (calendar_iso_weekday(days) - first + 7) % 7;
  return (calendar_day_of_year(days) + 6 - since_first) / 7;
}

static void write_name(TextBuilder *out, const char *name, bool whole) {
  text_append(out, whole ? str_from(name) : (Str){name, 3});
}

static void write_specifier(TextBuilder *out, char specifier, bool padded, const Moment *m) {
  int32_t iso_weekday = calendar_iso_weekday(m->days), iso_year = 0, iso_week = 0;
  uint32_t two = padded ? 2 : 0;
  int64_t hour = m->seconds / 3600;
  char offset[NUMBER_TEXT_CAPACITY];
  if (specifier == 'G' || specifier == 'V') calendar_iso_week(m->days, &iso_year, &iso_week);
  switch (specifier) {
    case 'a':
    case 'A':
      write_name(out, WEEKDAYS[iso_weekday % 7], specifier == 'A');
      break;
    case 'w':
      write_number(out, iso_weekday % 7, 0);
      break;
    case 'u':
      write_number(out, iso_weekday, 0);
      break;
    case 'd':
      write_number(out, m->day, two);
      break;
    case 'b':
    case 'h':
    case 'B':
      write_name(out, MONTHS[m->month - 1], specifier == 'B');
      break;
    case 'm':
      write_number(out, m->month, two);
      break;
    case 'y':
      write_number(out, (m->year % 100 + 100) % 100, two);
      break;
    case 'Y':
      write_number(out, m->year, 4);
      break;
    case 'G':
      write_number(out, iso_year, 4);
      break;
    case 'V':
      write_number(out, iso_week, 2);
      break;
    case 'H':
      write_number(out, hour, two);
      break;
    case 'I':
      write_number(out, hour % 12 == 0 ? 12 : hour % 12, two);
      break;
    case 'p':
      text_append(out, hour >= 12 ? STR("PM") : STR("AM"));
      break;
    case 'M':
      write_number(out, m->seconds / 60 % 60, two);
      break;
    case 'S':
      write_number(out, m->seconds % 60, two);
      break;
    case 'f':
      write_number(out, m->nanos / 1000, 6);
      break;
    case 'g':
      write_number(out, m->nanos / 1000000, 3);
      break;
    case 'n':
      write_number(out, m->nanos, 9);
      break;
    case 'j':
      write_number(out, calendar_day_of_year(m->days), padded ? 3 : 0);
      break;
    case 'U':
    case 'W':
      write_number(out, week_of_year(m->days, specifier == 'W'), 2);
      break;
    case 'z':
      text_append(out, (Str){offset, zone_offset_write(offset, m->offset_seconds)});
      break;
    case 'Z':
      text_append(out, m->zone);
      break;
    default:
      text_append_char(out, '%');
  }
}

static void write_format(TextBuilder *out, Str format, const Moment *moment) {
  for (size_t at = 0; at < format.length;) {
    bool padded;
    char specifier = take_specifier(format, &at, &padded);
    if (!specifier) {
      text_append_char(out, format.data[at++]);
    } else if (is_one_of(specifier, "cxX")) {
      write_format(out, composite(specifier), moment);
    } else {
      write_specifier(out, specifier, padded, moment);
    }
  }
}

static void write_day(TextBuilder *out, Str format, Moment *moment) {
  calendar_from_days(moment->days, &moment->year, &moment->month, &moment->day);
  write_format(out, format, moment);
}

static bool write_infinity(TextBuilder *out, bool infinite, bool negative) {
  if (infinite) text_append(out, negative ? STR("-infinity") : STR("infinity"));
  return infinite;
}

void time_format_write_date(TextBuilder *out, Str format, int32_t days) {
  if (write_infinity(out, days == DAY_INFINITY || days == DAY_NEGATIVE_INFINITY, days < 0)) return;
  write_day(out, format, &(Moment){.days = days});
}

void time_format_write_timestamp(TextBuilder *out, Str format, int64_t micros, int64_t nanos, const TimeZone *zone) {
  if (write_infinity(out, micros == MICROS_INFINITY || micros == MICROS_NEGATIVE_INFINITY, micros < 0)) return;
  Moment moment = {0};
  if (zone && zone_offset(*zone, micros, &moment.offset_seconds)) {
    micros += moment.offset_seconds * MICROS_PER_SECOND;
    moment.zone = zone->name;
  }
  int64_t days = micros / MICROS_PER_DAY, time = micros % MICROS_PER_DAY;
  if (time < 0) {
    days -= 1;
    time += MICROS_PER_DAY;
  }
  moment.days = (int32_t)days;
  moment.seconds = time / MICROS_PER_SECOND;
  moment.nanos = time % MICROS_PER_SECOND * 1000 + nanos;
  write_day(out, format, &moment);
}
