// SPDX-License-Identifier: MIT
//
// text_time.c: text to dates, times, timestamps and intervals, in the forms that DuckDB accepts.
//
//   date       2020-02-29   2020/2/29   0044-03-15 (BC)   infinity   epoch        what follows the day is not looked at
//   time       12:34   12:34:56.789   2020-02-29 12:34:56 (its time)
//   timestamp  a date, or a date, space or T, time, and Z, an offset (+02, -02:30, +02:30:15) or a zone name
//   interval   1 year 2 months -3.5 days 04:05:06 ago   1y2mon   @ 5 min   5 (seconds)
#include "io/io.h"
#include "vector/text_parse.h"

#define NANOS_PER_SECOND INT64_C(1000000000)
#define LARGEST_YEAR 100000000

typedef struct Cursor {
  Str text;
  size_t at;
} Cursor;

static inline bool at_end(const Cursor *cursor) { return cursor->at >= cursor->text.length; }
static inline char peek(const Cursor *cursor) { return at_end(cursor) ? '\0' : cursor->text.data[cursor->at]; }

static void skip_spaces(Cursor *cursor) {
  while (!at_end(cursor) && text_is_space(peek(cursor))) cursor->at++;
}

static bool take_char(Cursor *cursor, char wanted) {
  if (at_end(cursor) || peek(cursor) != wanted) return false;
  cursor->at++;
  return true;
}

static bool take_word(Cursor *cursor, Str word) {
  Str rest = {cursor->text.data + cursor->at, word.length};
  if (cursor->text.length - cursor->at < word.length || !str_equal_nocase(rest, word)) return false;
  cursor->at += word.length;
  return true;
}

// One or two digits.
static bool take_two_digits(Cursor *cursor, int32_t *number) {
  if (!text_is_digit(peek(cursor))) return false;
  *number = cursor->text.data[cursor->at++] - '0';
  if (text_is_digit(peek(cursor))) *number = *number * 10 + (cursor->text.data[cursor->at++] - '0');
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Dates
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ParsedDate {
  int32_t days;
  bool special; // infinity or epoch: nothing may follow
} ParsedDate;

static TextParse take_special_date(Cursor *cursor, bool negative, ParsedDate *date) {
  if (take_word(cursor, STR("infinity")) || take_word(cursor, STR("inf"))) {
    date->days = negative ? DAY_NEGATIVE_INFINITY : DAY_INFINITY;
  } else if (!negative && take_word(cursor, STR("epoch"))) {
    date->days = 0;
  } else {
    return TEXT_INVALID;
  }
  date->special = true;
  skip_spaces(cursor);
  return at_end(cursor) ? TEXT_OK : TEXT_INVALID;
}

static TextParse take_date(Cursor *cursor, ParsedDate *date) {
  date->special = false;
  skip_spaces(cursor);
  bool negative = take_char(cursor, '-');
  if (!text_is_digit(peek(cursor))) return take_special_date(cursor, negative, date);
  int32_t year = 0, month, day;
  for (; text_is_digit(peek(cursor)); cursor->at++) {
    if (year >= LARGEST_YEAR) return TEXT_RANGE;
    year = year * 10 + (peek(cursor) - '0');
  }
  char separator = peek(cursor);
  if (separator != '-' && separator != '/' && separator != ' ' && separator != '\\') return TEXT_INVALID;
  cursor->at++;
  if (!take_two_digits(cursor, &month) || !take_char(cursor, separator) || !take_two_digits(cursor, &day)) {
    return TEXT_INVALID;
  }
  if (negative) year = -year;
  size_t before = cursor->at;
  if (text_is_space(peek(cursor)) && (cursor->at++, take_word(cursor, STR("(bc)")))) {
    if (year <= 0) return TEXT_INVALID;
    year = 1 - year;
  } else {
    cursor->at = before;
  }
  if (text_is_digit(peek(cursor))) return TEXT_INVALID;
  return calendar_to_days(year, month, day, &date->days) ? TEXT_OK : TEXT_RANGE;
}

TextParse date_parse(Str text, int32_t *days) {
  Cursor cursor = {text, 0};
  ParsedDate date;
  TextParse parse = take_date(&cursor, &date);
  if (parse == TEXT_OK) *days = date.days;
  return parse;
}

bool text_to_date(Str text, int32_t *days) { return date_parse(text, days) == TEXT_OK; }

// ---------------------------------------------------------------------------------------------------------------------
// Times
// ---------------------------------------------------------------------------------------------------------------------

// HH:[MM[:[SS[.fraction]]]] with up to nine digits of hours; digits beyond nanoseconds are dropped.
static bool take_clock(Cursor *cursor, int64_t *micros, int32_t *nanos) {
  skip_spaces(cursor);
  int64_t hours = 0;
  int32_t minutes = 0, seconds = 0, digits = 0;
  for (; text_is_digit(peek(cursor)); cursor->at++) {
    if (++digits > 9) return false;
    hours = hours * 10 + (peek(cursor) - '0');
  }
  if (!digits || !take_char(cursor, ':')) return false;
  if (!at_end(cursor) && (!take_two_digits(cursor, &minutes) || minutes >= 60)) return false;
  int64_t fraction = 0;
  if (!at_end(cursor) && !take_char(cursor, ':')) return false;
  if (!at_end(cursor)) {
    if (!take_two_digits(cursor, &seconds) || seconds >= 60) return false;
    if (take_char(cursor, '.')) {
      int64_t unit = NANOS_PER_SECOND / 10;
      for (; text_is_digit(peek(cursor)); cursor->at++, unit /= 10) fraction += (peek(cursor) - '0') * unit;
    }
  }
  *micros = ((hours * 60 + minutes) * 60 + seconds) * MICROS_PER_SECOND + fraction / 1000;
  *nanos = (int32_t)(fraction % 1000);
  return true;
}

static bool take_pair(Cursor *cursor, int32_t *number) {
  const char *digits = cursor->text.data + cursor->at;
  if (cursor->text.length - cursor->at < 2 || !text_is_digit(digits[0]) || !text_is_digit(digits[1])) return false;
  return take_two_digits(cursor, number);
}

// [+-]HH[[:]MM[:SS]], two digits each; what is not of this form is left.
static bool take_offset(Cursor *cursor, int32_t *seconds) {
  char sign = peek(cursor);
  if (sign != '+' && sign != '-') return false;
  size_t before = cursor->at++;
  int32_t parts[3] = {0};
  if (!take_pair(cursor, &parts[0])) {
    cursor->at = before;
    return false;
  }
  for (uint32_t i = 1; i < 3; i++) {
    before = cursor->at;
    if ((!take_char(cursor, ':') && i == 2) || !take_pair(cursor, &parts[i])) {
      cursor->at = before;
      break;
    }
  }
  *seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (sign == '-') *seconds = -*seconds;
  return true;
}

static bool has_date(Str text) {
  Cursor cursor = {text, 0};
  ParsedDate date;
  return take_date(&cursor, &date) == TEXT_OK && !date.special;
}

TextParse time_parse(Str text, int64_t *nanos) {
  Cursor cursor = {text, 0};
  int64_t micros;
  int32_t rest;
  if (!take_clock(&cursor, &micros, &rest)) {
    if (!has_date(text) || timestamp_parse(text, NULL, &micros, &rest) != TEXT_OK) return TEXT_INVALID;
    micros %= MICROS_PER_DAY;
    if (micros < 0) micros += MICROS_PER_DAY;
  }
  if (micros > MICROS_PER_DAY) return TEXT_RANGE;
  *nanos = micros * 1000 + rest;
  return TEXT_OK;
}

bool text_to_time(Str text, int64_t *micros) {
  int64_t nanos;
  if (time_parse(text, &nanos) != TEXT_OK) return false;
  *micros = nanos / 1000;
  return true;
}

TextParse time_tz_parse(Str text, const TimeZone *zone, int64_t *time_tz) {
  Cursor cursor = {text, 0};
  int64_t micros;
  int32_t rest, offset = 0;
  if (take_clock(&cursor, &micros, &rest)) {
    if (micros > MICROS_PER_DAY) return TEXT_RANGE;
    skip_spaces(&cursor);
    if (at_end(&cursor)) {
      if (zone->host && !zone_offset(*zone, zone->host->functions->wall_micros(zone->host), &offset)) offset = 0;
    } else if (!take_offset(&cursor, &offset)) {
      return TEXT_INVALID;
    }
    if (offset > TIME_TZ_MAX_OFFSET || offset < -TIME_TZ_MAX_OFFSET) return TEXT_INVALID;
    *time_tz = time_tz_make(micros, offset);
    return TEXT_OK;
  }
  if (!has_date(text)) return TEXT_INVALID;
  TextParse parse = timestamp_parse(text, zone, &micros, &rest);
  if (parse != TEXT_OK) return parse;
  int64_t time = micros % MICROS_PER_DAY;
  *time_tz = time_tz_make(time < 0 ? time + MICROS_PER_DAY : time, 0);
  return TEXT_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Timestamps
// ---------------------------------------------------------------------------------------------------------------------

static bool is_zone_char(char byte) {
  char lower = text_lower_char(byte);
  return (lower >= 'a' && lower <= 'z') || text_is_digit(byte) || byte == '_' || byte == '/' || byte == '+' ||
         byte == '-';
}

// What follows the time: Z, an offset, or the name of a zone, which takes the place of `*zone`. With Z or an offset it is UTC.
static TextParse take_zone(Cursor *cursor, TimeZone *zone, int32_t *offset) {
  if (take_char(cursor, 'Z') || take_offset(cursor, offset)) {
    zone->name = (Str){0};
  } else {
    if (!take_char(cursor, ' ')) return TEXT_NOT_UTC;
    Str name = {cursor->text.data + cursor->at, 0};
    while (!at_end(cursor) && is_zone_char(peek(cursor))) {
      cursor->at++;
      name.length++;
    }
    if (name.length) zone->name = name;
  }
  skip_spaces(cursor);
  return at_end(cursor) ? TEXT_OK : TEXT_INVALID;
}

TextParse timestamp_parse(Str text, const TimeZone *zone, int64_t *micros, int32_t *nanos) {
  Cursor cursor = {text, 0};
  ParsedDate date;
  TimeZone clock = zone ? *zone : (TimeZone){0};
  *nanos = 0;
  TextParse parse = take_date(&cursor, &date);
  if (parse != TEXT_OK) return parse;
  if (date.special && date.days) {
    *micros = date.days > 0 ? MICROS_INFINITY : MICROS_NEGATIVE_INFINITY;
    return TEXT_OK;
  }
  int64_t time = 0;
  int32_t offset = 0;
  if (!at_end(&cursor)) {
    if (peek(&cursor) == ' ' || peek(&cursor) == 'T') cursor.at++;
    if (!take_clock(&cursor, &time, nanos)) return TEXT_INVALID;
    if (time > MICROS_PER_DAY) return TEXT_RANGE;
    if (!at_end(&cursor)) {
      parse = take_zone(&cursor, &clock, &offset);
      if (parse == TEXT_NOT_UTC && zone) return TEXT_INVALID;
      if (parse != TEXT_OK) return parse;
      if (!zone && clock.name.length && !str_equal_nocase(clock.name, STR("UTC"))) return TEXT_NOT_UTC;
    }
  }
  int128 total = (int128)date.days * MICROS_PER_DAY + time;
  if (zone) total -= (int128)offset * MICROS_PER_SECOND;
  if (total >= MICROS_INFINITY || total < INT64_C(-9223372022400000000)) return TEXT_RANGE; // 290309-12-22 (BC)
  *micros = (int64_t)total;
  return !zone || date.special || zone_to_utc(clock, *micros, micros) ? TEXT_OK : TEXT_UNKNOWN_ZONE;
}

bool text_to_timestamp(Str text, int64_t *micros) {
  int32_t nanos;
  return timestamp_parse(text, NULL, micros, &nanos) == TEXT_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Intervals
// ---------------------------------------------------------------------------------------------------------------------

typedef enum UnitField { UNIT_MONTHS, UNIT_DAYS, UNIT_MICROS, UNIT_UNSUPPORTED } UnitField;

typedef struct IntervalUnit {
  const char *names; // separated by spaces, with one at either end
  uint8_t field;
  int64_t size; // in units of the field
} IntervalUnit;

static const IntervalUnit UNITS[] = {
    {" day days d dayofmonth ", UNIT_DAYS, 1},
    {" month months mon mons ", UNIT_MONTHS, 1},
    {" year years y yr yrs ", UNIT_MONTHS, 12},
    {" hour hours h hr hrs ", UNIT_MICROS, INT64_C(3600000000)},
    {" minute minutes m min mins ", UNIT_MICROS, INT64_C(60000000)},
    {" second seconds s sec secs ", UNIT_MICROS, INT64_C(1000000)},
    {" week weeks w weekofyear ", UNIT_DAYS, 7},
    {" millisecond milliseconds ms msec msecs msecond mseconds ", UNIT_MICROS, 1000},
    {" microsecond microseconds us usec usecs usecond useconds ", UNIT_MICROS, 1},
    {" quarter quarters ", UNIT_MONTHS, 3},
    {" decade decades dec decs ", UNIT_MONTHS, 120},
    {" century centuries cent c ", UNIT_MONTHS, 1200},
    {" millennium millennia millenniums millenium mil mils ", UNIT_MONTHS, 12000},
    {" epoch dow dayofweek weekday isodow doy dayofyear yearweek isoyear era timezone timezone_hour timezone_minute"
     " julian ",
     UNIT_UNSUPPORTED, 0},
};

static bool names_contain(const char *names, Str word) {
  for (const char *at = names + 1; *at;) {
    size_t length = 0;
    while (at[length] != ' ') length++;
    if (str_equal_nocase((Str){at, length}, word)) return true;
    at += length + 1;
  }
  return false;
}

static const IntervalUnit *find_unit(Str word) {
  for (size_t i = 0; i < COUNT_OF(UNITS); i++) {
    if (names_contain(UNITS[i].names, word)) return &UNITS[i];
  }
  return NULL;
}

static bool add_to_field(int32_t *field, int64_t number, IntervalFault *fault) {
  fault->number = number;
  fault->is_sum = number >= INT32_MIN && number <= INT32_MAX;
  int64_t sum = *field + number;
  if (!fault->is_sum || sum < INT32_MIN || sum > INT32_MAX) return false;
  *field = (int32_t)sum;
  return true;
}

// number + millionths / 10^6 units. Fractions of months go on as days (30 to a month) for months and quarters only,
// fractions of days as micros.
static IntervalParse add_units(Interval *interval, const IntervalUnit *unit, int64_t number, int64_t millionths,
                               IntervalFault *fault) {
  int64_t whole;
  if (__builtin_mul_overflow(number, unit->size, &whole)) return INTERVAL_OVERFLOW;
  int64_t part = millionths * unit->size; // below 2^63: millionths < 10^6, size < 2^32
  switch (unit->field) {
    case UNIT_MONTHS: {
      if (__builtin_add_overflow(whole, part / 1000000, &whole)) return INTERVAL_OVERFLOW;
      if (!add_to_field(&interval->months, whole, fault)) return INTERVAL_OUT_OF_RANGE;
      int64_t days = unit->size <= 3 ? part % 1000000 * 30 / 1000000 : 0;
      return add_to_field(&interval->days, days, fault) ? INTERVAL_OK : INTERVAL_OUT_OF_RANGE;
    }
    case UNIT_DAYS:
      if (__builtin_add_overflow(whole, part / 1000000, &whole)) return INTERVAL_OVERFLOW;
      if (!add_to_field(&interval->days, whole, fault)) return INTERVAL_OUT_OF_RANGE;
      part = part % 1000000 * (MICROS_PER_DAY / 1000000);
      break;
    default:
      // Micros round, larger units have no smaller part to lose.
      part = unit->size == 1 ? (part + (part < 0 ? -500000 : 500000)) / 1000000 : part / 1000000;
      if (__builtin_add_overflow(interval->micros, whole, &interval->micros)) return INTERVAL_OVERFLOW;
  }
  if (__builtin_add_overflow(interval->micros, part, &interval->micros)) return INTERVAL_OVERFLOW;
  return INTERVAL_OK;
}

// Six digits of a fraction as millionths; the rest is dropped.
static int64_t take_millionths(Cursor *cursor) {
  int64_t millionths = 0, unit = 100000;
  for (; text_is_digit(peek(cursor)); cursor->at++, unit /= 10) millionths += (peek(cursor) - '0') * unit;
  return millionths;
}

// A number and its unit, or hours, minutes and seconds.
static IntervalParse take_interval_part(Cursor *cursor, Interval *interval, bool first, IntervalFault *fault) {
  bool negative = take_char(cursor, '-');
  size_t start = cursor->at;
  uint64_t number = 0;
  while (text_is_digit(peek(cursor))) {
    uint64_t digit = (uint64_t)(cursor->text.data[cursor->at++] - '0');
    if (number > (INT64_MAX - digit) / 10) return INTERVAL_OVERFLOW;
    number = number * 10 + digit;
  }
  if (cursor->at == start && peek(cursor) != '.') return INTERVAL_INVALID;
  if (peek(cursor) == ':') {
    int64_t micros;
    int32_t nanos;
    cursor->at = start;
    if (!take_clock(cursor, &micros, &nanos)) return INTERVAL_INVALID;
    if (negative) micros = -micros;
    return __builtin_add_overflow(interval->micros, micros, &interval->micros) ? INTERVAL_OVERFLOW : INTERVAL_OK;
  }
  int64_t millionths = take_char(cursor, '.') ? take_millionths(cursor) : 0;
  skip_spaces(cursor);
  Str word = {cursor->text.data + cursor->at, 0};
  while ((text_lower_char(peek(cursor)) >= 'a' && text_lower_char(peek(cursor)) <= 'z') ||
         (word.length && peek(cursor) == '_')) {
    cursor->at++;
    word.length++;
  }
  fault->unit = word;
  const IntervalUnit *unit;
  if (!word.length && first && at_end(cursor)) {
    unit = find_unit(STR("second"));
  } else if (!word.length && !at_end(cursor)) {
    return INTERVAL_INVALID;
  } else {
    unit = find_unit(word);
  }
  if (!unit) return INTERVAL_UNKNOWN_UNIT;
  if (unit->field == UNIT_UNSUPPORTED) return INTERVAL_UNSUPPORTED_UNIT;
  int64_t sign = negative ? -1 : 1;
  return add_units(interval, unit, sign * (int64_t)number, sign * millionths, fault);
}

IntervalParse interval_parse(Str text, Interval *interval, IntervalFault *fault) {
  Cursor cursor = {text, 0};
  *interval = (Interval){0};
  *fault = (IntervalFault){.unit = {"", 0}};
  skip_spaces(&cursor);
  if (take_char(&cursor, '@')) skip_spaces(&cursor);
  bool first = true;
  while (!at_end(&cursor)) {
    if (!first && take_word(&cursor, STR("ago"))) {
      skip_spaces(&cursor);
      if (!at_end(&cursor)) return INTERVAL_INVALID;
      if (interval->months == INT32_MIN || interval->days == INT32_MIN || interval->micros == INT64_MIN) {
        return INTERVAL_AGO_OVERFLOW;
      }
      *interval = (Interval){-interval->months, -interval->days, -interval->micros};
      return INTERVAL_OK;
    }
    IntervalParse parse = take_interval_part(&cursor, interval, first, fault);
    if (parse != INTERVAL_OK) return parse;
    first = false;
    skip_spaces(&cursor);
  }
  return first ? INTERVAL_INVALID : INTERVAL_OK;
}
