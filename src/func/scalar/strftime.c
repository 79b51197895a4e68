// SPDX-License-Identifier: MIT
//
// strftime.c: timestamps to text by a format and back: strftime, strptime, try_strptime. Directives as in DuckDB:
//
//   %a %A %w %u weekday   %d %-d day        %b %h %B %m %-m month   %y %-y %Y year      %G ISO year
//   %H %-H %I %-I hour    %p AM/PM          %M %-M minute           %S %-S second       %f micros  %g millis  %n nanos
//   %z offset  %Z zone    %j %-j day of year  %U %W %V week         %c %x %X whole      %%
#include "func/support.h"

static const char *const day_names[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const month_names[12] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};

static Status unknown_directive(Error *error, Str format, Str directive) {
  return error_set(error, ERROR_INVALID_INPUT, -1,
                   "Failed to parse format specifier %.*s: Unrecognized format for strftime/strptime: %%%.*s",
                   STR_ARG(format), STR_ARG(directive));
}

// ---------------------------------------------------------------------------------------------------------------------
// Writing
// ---------------------------------------------------------------------------------------------------------------------

static void append_number(TextBuilder *out, int64_t number, uint32_t width) {
  char digits[NUMBER_TEXT_CAPACITY];
  size_t count = number_write_i64(digits, number);
  if (number < 0) {
    text_append(out, (Str){digits, count});
    return;
  }
  if (count < width) text_append_repeated(out, '0', width - count);
  text_append(out, (Str){digits, count});
}

static void append_year(TextBuilder *out, int32_t year) {
  if (year >= 0 && year <= 9999) {
    append_number(out, year, 4);
  } else {
    append_number(out, year, 0);
  }
}

typedef struct Moment {
  int32_t days, year, month, day;
  int64_t hour, minute, second, micros, nanos;
} Moment;

// Weeks that start on `first` (0: Sunday); days before the first such day are week 0.
static int64_t week_of_year(int32_t days, int first) {
  int32_t day_of_year = calendar_day_of_year(days) - 1;
  int32_t weekday = calendar_iso_weekday(days) % 7;
  int32_t since_first = (weekday - first + 7) % 7;
  return (day_of_year + 7 - since_first) / 7;
}

static Status write_directive(TextBuilder *out, Str format, char directive, bool padded, const Moment *m,
                              Error *error) {
  int32_t iso_year, week;
  uint32_t two = padded ? 2 : 0;
  switch (directive) {
    case 'a':
      text_append(out, (Str){day_names[calendar_iso_weekday(m->days) % 7], 3});
      return OK;
    case 'A':
      text_append(out, str_from(day_names[calendar_iso_weekday(m->days) % 7]));
      return OK;
    case 'w':
      append_number(out, calendar_iso_weekday(m->days) % 7, 0);
      return OK;
    case 'u':
      append_number(out, calendar_iso_weekday(m->days), 0);
      return OK;
    case 'd':
      append_number(out, m->day, two);
      return OK;
    case 'b':
    case 'h':
      text_append(out, (Str){month_names[m->month - 1], 3});
      return OK;
    case 'B':
      text_append(out, str_from(month_names[m->month - 1]));
      return OK;
    case 'm':
      append_number(out, m->month, two);
      return OK;
    case 'y':
      append_number(out, (m->year % 100 + 100) % 100, two);
      return OK;
    case 'Y':
      append_year(out, m->year);
      return OK;
    case 'G':
      calendar_iso_week(m->days, &iso_year, &week);
      append_number(out, iso_year, 4);
      return OK;
    case 'V':
      calendar_iso_week(m->days, &iso_year, &week);
      append_number(out, week, 2);
      return OK;
    case 'H':
      append_number(out, m->hour, two);
      return OK;
    case 'I':
      append_number(out, m->hour % 12 == 0 ? 12 : m->hour % 12, two);
      return OK;
    case 'p':
      text_append(out, m->hour >= 12 ? STR("PM") : STR("AM"));
      return OK;
    case 'M':
      append_number(out, m->minute, two);
      return OK;
    case 'S':
      append_number(out, m->second, two);
      return OK;
    case 'f':
      append_number(out, m->micros, 6);
      return OK;
    case 'g':
      append_number(out, m->micros / 1000, 3);
      return OK;
    case 'n':
      append_number(out, m->micros * 1000 + m->nanos, 9);
      return OK;
    case 'z':
      text_append(out, STR("+00"));
      return OK;
    case 'Z':
      return OK;
    case 'j':
      append_number(out, calendar_day_of_year(m->days), padded ? 3 : 0);
      return OK;
    case 'U':
      append_number(out, week_of_year(m->days, 0), two);
      return OK;
    case 'W':
      append_number(out, week_of_year(m->days, 1), two);
      return OK;
    case 'c':
    case 'x':
    case 'X':
      if (directive != 'X') {
        append_year(out, m->year);
        text_append_char(out, '-');
        append_number(out, m->month, 2);
        text_append_char(out, '-');
        append_number(out, m->day, 2);
      }
      if (directive == 'c') text_append_char(out, ' ');
      if (directive != 'x') {
        append_number(out, m->hour, 2);
        text_append_char(out, ':');
        append_number(out, m->minute, 2);
        text_append_char(out, ':');
        append_number(out, m->second, 2);
      }
      return OK;
    case '%':
      text_append_char(out, '%');
      return OK;
    default:
      return unknown_directive(error, format, (Str){&directive, 1});
  }
}

Status strftime_write(TextBuilder *out, Str format, int64_t micros, int64_t nanos, Error *error) {
  Moment m = {.days = timestamp_date(micros), .nanos = nanos};
  calendar_from_days(m.days, &m.year, &m.month, &m.day);
  int64_t time = timestamp_time(micros);
  m.hour = time / (3600 * MICROS_PER_SECOND);
  m.minute = time / (60 * MICROS_PER_SECOND) % 60;
  m.second = time / MICROS_PER_SECOND % 60;
  m.micros = time % MICROS_PER_SECOND;
  for (size_t i = 0; i < format.length; i++) {
    char c = format.data[i];
    if (c != '%') {
      text_append_char(out, c);
      continue;
    }
    bool padded = true;
    if (i + 1 < format.length && format.data[i + 1] == '-') {
      padded = false;
      i++;
    }
    if (++i >= format.length) {
      return error_set(error, ERROR_INVALID_INPUT, -1,
                       "Failed to parse format specifier %.*s: Trailing format character %%", STR_ARG(format));
    }
    if (!padded && (!format.data[i] || !strchr("dmyHIMSj", format.data[i]))) {
      char directive[2] = {'-', format.data[i]};
      return unknown_directive(error, format, (Str){directive, 2});
    }
    TRY(write_directive(out, format, format.data[i], padded, &m, error));
  }
  return out->failed ? error_no_memory(error) : OK;
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
  VectorView formats, values;
  vector_view(arguments[format_index], &formats);
  vector_view(moments, &values);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    Str format = string_str(&((const StringView *)formats.data)[view_row(&formats, row)]);
    uint32_t at = view_row(&values, row);
    int64_t micros, nanos = 0;
    if (moments->type.id == TYPE_DATE) {
      if (!date_to_timestamp(((const int32_t *)values.data)[at], &micros)) {
        return error_set(context->error, ERROR_CONVERSION, call->position, "Date and time not in timestamp range");
      }
    } else {
      micros = ((const int64_t *)values.data)[at];
    }
    if (moments->type.id == TYPE_TIMESTAMP_TZ)
      zone_to_local(zone_named(context->facts, context->facts->time_zone), micros, &micros);
    text_clear(out);
    if (!timestamp_is_finite(micros)) {
      text_append(out, micros > 0 ? STR("infinity") : STR("-infinity"));
    } else {
      if (moments->type.id == TYPE_TIMESTAMP_NS) {
        nanos = micros - floor_divide(micros, 1000) * 1000;
        micros = floor_divide(micros, 1000);
      }
      TRY(strftime_write(out, format, micros, nanos, context->error));
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
  TextBuilder out;
  text_init(&out, bind->arena->memory);
  Status status = strftime_write(&out, format.text, 0, 0, bind->error);
  text_free(&out);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

// What was read; parts that were not named keep their defaults.
typedef struct Reading {
  int64_t year, month, day;
  int64_t hour, minute, second, nanos;
  int64_t offset_seconds;
  Str zone; // its name, of %Z
  int64_t day_of_year, weekday, week, iso_year, iso_week;
  bool pm, am, has_year, has_day_of_year, has_weekday, has_sunday_week, has_monday_week, has_iso_year, has_iso_week;
  bool has_month_or_day; // by number: weeks do not matter then
} Reading;

typedef struct Reader {
  Str text;
  size_t at;
} Reader;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static bool read_digits(Reader *reader, size_t most, int64_t *number, size_t *count) {
  size_t start = reader->at;
  *number = 0;
  while (reader->at < reader->text.length && reader->at - start < most && is_digit(reader->text.data[reader->at])) {
    *number = *number * 10 + (reader->text.data[reader->at++] - '0');
  }
  *count = reader->at - start;
  return *count > 0;
}

static bool read_bounded(Reader *reader, size_t most, int64_t low, int64_t high, int64_t *number) {
  size_t count;
  return read_digits(reader, most, number, &count) && *number >= low && *number <= high;
}

static bool read_fraction(Reader *reader, size_t digits, int64_t *nanos) {
  size_t count;
  int64_t number;
  if (!read_digits(reader, digits, &number, &count)) return false;
  for (size_t i = count; i < 9; i++) number *= 10;
  *nanos = number;
  return true;
}

static bool read_name(Reader *reader, const char *const *names, int count, size_t prefix, int64_t *index) {
  for (int i = 0; i < count; i++) {
    Str name = str_from(names[i]);
    if (prefix) name.length = prefix;
    Str rest = {reader->text.data + reader->at, reader->text.length - reader->at};
    if (rest.length >= name.length && str_equal_nocase((Str){rest.data, name.length}, name)) {
      reader->at += name.length;
      *index = i;
      return true;
    }
  }
  return false;
}

// +HH, +HH:MM, +HHMM, +HH:MM:SS, Z
static bool read_offset(Reader *reader, int64_t *seconds) {
  if (reader->at >= reader->text.length) return false;
  char sign = reader->text.data[reader->at];
  if (sign == 'Z' || sign == 'z') {
    reader->at++;
    *seconds = 0;
    return true;
  }
  if (sign != '+' && sign != '-') return false;
  reader->at++;
  int64_t hours, minutes = 0, rest = 0;
  size_t count;
  if (!read_digits(reader, 2, &hours, &count) || count < 1) return false;
  if (reader->at < reader->text.length && reader->text.data[reader->at] == ':') {
    reader->at++;
    if (!read_digits(reader, 2, &minutes, &count) || count != 2) return false;
    if (reader->at < reader->text.length && reader->text.data[reader->at] == ':') {
      reader->at++;
      if (!read_digits(reader, 2, &rest, &count) || count != 2) return false;
    }
  } else if (reader->at < reader->text.length && is_digit(reader->text.data[reader->at])) {
    if (!read_digits(reader, 2, &minutes, &count) || count != 2) return false;
  }
  *seconds = (hours * 60 + minutes) * 60 + rest;
  if (sign == '-') *seconds = -*seconds;
  return true;
}

static bool is_zone_char(char c) {
  return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr("_/+-", c));
}

static bool read_zone(Reader *reader, Str *zone) {
  size_t start = reader->at;
  while (reader->at < reader->text.length && is_zone_char(reader->text.data[reader->at])) reader->at++;
  *zone = (Str){reader->text.data + start, reader->at - start};
  return true;
}

static bool read_directive(Reader *reader, char directive, bool padded, Reading *r);

// %c %x %X spelt out.
static bool read_composite(Reader *reader, const char *format, Reading *r) {
  for (; *format; format++) {
    if (*format == '%') {
      if (!read_directive(reader, *++format, true, r)) return false;
    } else if (reader->at >= reader->text.length || reader->text.data[reader->at++] != *format) {
      return false;
    }
  }
  return true;
}

static bool read_directive(Reader *reader, char directive, bool padded, Reading *r) {
  size_t count;
  (void)padded;
  switch (directive) {
    case 'a': {
      int64_t ignored;
      return read_name(reader, day_names, 7, 3, &ignored);
    }
    case 'A': {
      int64_t ignored;
      return read_name(reader, day_names, 7, 0, &ignored);
    }
    case 'w':
      r->has_weekday = true;
      return read_bounded(reader, 1, 0, 6, &r->weekday);
    case 'u':
      r->has_weekday = true;
      if (!read_bounded(reader, 1, 1, 7, &r->weekday)) return false;
      r->weekday %= 7;
      return true;
    case 'd':
      r->has_month_or_day = true;
      return read_bounded(reader, 2, 1, 31, &r->day);
    case 'b':
    case 'h':
      if (!read_name(reader, month_names, 12, 3, &r->month)) return false;
      r->month++;
      return true;
    case 'B':
      if (!read_name(reader, month_names, 12, 0, &r->month)) return false;
      r->month++;
      return true;
    case 'm':
      r->has_month_or_day = true;
      return read_bounded(reader, 2, 1, 12, &r->month);
    case 'y':
      if (!read_bounded(reader, 2, 0, 99, &r->year)) return false;
      r->year += r->year >= 69 ? 1900 : 2000;
      r->has_year = true;
      return true;
    case 'Y': {
      bool negative = reader->at < reader->text.length && reader->text.data[reader->at] == '-';
      if (negative) reader->at++;
      if (!read_digits(reader, 4, &r->year, &count)) return false;
      if (negative) r->year = -r->year;
      r->has_year = true;
      return true;
    }
    case 'G':
      r->has_iso_year = true;
      return read_digits(reader, 4, &r->iso_year, &count);
    case 'V':
      r->has_iso_week = true;
      return read_bounded(reader, 2, 1, 53, &r->iso_week);
    case 'U':
      r->has_sunday_week = true;
      return read_bounded(reader, 2, 0, 53, &r->week);
    case 'W':
      r->has_monday_week = true;
      return read_bounded(reader, 2, 0, 53, &r->week);
    case 'j':
      r->has_day_of_year = true;
      return read_bounded(reader, 3, 1, 366, &r->day_of_year);
    case 'H':
      return read_bounded(reader, 2, 0, 23, &r->hour);
    case 'I':
      return read_bounded(reader, 2, 1, 12, &r->hour);
    case 'p': {
      static const char *const halves[2] = {"AM", "PM"};
      int64_t half;
      if (!read_name(reader, halves, 2, 0, &half)) return false;
      r->am = half == 0;
      r->pm = half == 1;
      return true;
    }
    case 'M':
      return read_bounded(reader, 2, 0, 59, &r->minute);
    case 'S':
      return read_bounded(reader, 2, 0, 59, &r->second);
    case 'f':
      return read_fraction(reader, 6, &r->nanos);
    case 'g':
      return read_fraction(reader, 3, &r->nanos);
    case 'n':
      return read_fraction(reader, 9, &r->nanos);
    case 'z':
      return read_offset(reader, &r->offset_seconds);
    case 'Z':
      return read_zone(reader, &r->zone);
    case 'c':
      return read_composite(reader, "%Y-%m-%d %H:%M:%S", r);
    case 'x':
      return read_composite(reader, "%Y-%m-%d", r);
    case 'X':
      return read_composite(reader, "%H:%M:%S", r);
    case '%':
      return reader->at < reader->text.length && reader->text.data[reader->at++] == '%';
    default:
      return false;
  }
}

// White space around the text and in the format before directives is free.
static bool read_text(Str text, Str format, Reading *r) {
  *r = (Reading){.year = 1900, .month = 1, .day = 1};
  Reader reader = {.text = text};
  while (reader.text.length && is_blank(reader.text.data[reader.text.length - 1])) reader.text.length--;
  while (reader.at < reader.text.length && is_blank(reader.text.data[reader.at])) reader.at++;
  for (size_t i = 0; i < format.length; i++) {
    char c = format.data[i];
    if (c != '%') {
      if (is_blank(c)) {
        if (reader.at < reader.text.length && !is_blank(reader.text.data[reader.at])) return false;
        while (reader.at < reader.text.length && is_blank(reader.text.data[reader.at])) reader.at++;
      } else if (reader.at >= reader.text.length || reader.text.data[reader.at++] != c) {
        return false;
      }
      continue;
    }
    bool padded = true;
    if (i + 1 < format.length && format.data[i + 1] == '-') padded = false, i++;
    if (++i >= format.length || !read_directive(&reader, format.data[i], padded, r)) return false;
  }
  return reader.at == reader.text.length;
}

// The day that was read; false: there is no such day.
static bool reading_days(const Reading *r, int32_t *days) {
  int32_t first, iso_year, week;
  bool has_week = r->has_sunday_week || r->has_monday_week, has_iso = r->has_iso_year || r->has_iso_week;
  if (r->has_month_or_day) {
    if (r->year < -400000 || r->year > 400000) return false;
    return calendar_to_days((int32_t)r->year, (int32_t)r->month, (int32_t)r->day, days);
  }
  if (has_iso + has_week + r->has_day_of_year > 1 || (has_iso && r->has_year)) return false; // which one?
  if (has_iso) {
    int64_t year = r->has_iso_year ? r->iso_year : r->year;
    if (!calendar_to_days((int32_t)year, 1, 4, &first)) return false;
    int64_t weekday = r->has_weekday ? (r->weekday + 6) % 7 : 0;
    int64_t week_number = r->has_iso_week ? r->iso_week : 1;
    *days = first - (calendar_iso_weekday(first) - 1) + (int32_t)((week_number - 1) * 7 + weekday);
    calendar_iso_week(*days, &iso_year, &week);
    return iso_year == year;
  }
  if (r->has_day_of_year) {
    if (!calendar_to_days((int32_t)r->year, 1, 1, &first)) return false;
    *days = first + (int32_t)r->day_of_year - 1;
    return r->day_of_year <= (calendar_is_leap_year((int32_t)r->year) ? 366 : 365);
  }
  if (has_week) {
    if (!calendar_to_days((int32_t)r->year, 1, 1, &first)) return false;
    int32_t start = r->has_sunday_week ? 0 : 1; // the weekday on which weeks start
    int32_t to_first = (start - calendar_iso_weekday(first) % 7 + 7) % 7;
    int64_t weekday = r->has_weekday ? (r->weekday - start + 7) % 7 : 0;
    *days = first + to_first + (int32_t)((r->week - 1) * 7 + weekday);
    return true;
  }
  if (r->year < -400000 || r->year > 400000) return false;
  return calendar_to_days((int32_t)r->year, (int32_t)r->month, (int32_t)r->day, days);
}

typedef enum Outcome { OUTCOME_OK, OUTCOME_NO_MATCH, OUTCOME_NO_DAY, OUTCOME_RANGE } Outcome;

static Outcome parse_moment(const StatementFacts *facts, Str text, Str format, bool nanos, int64_t *out, Reading *r) {
  if (str_equal_nocase(text, STR("infinity")) || str_equal_nocase(text, STR("-infinity"))) {
    *out = text.data[0] == '-' ? MICROS_NEGATIVE_INFINITY : MICROS_INFINITY;
    return OUTCOME_OK;
  }
  if (!read_text(text, format, r)) return OUTCOME_NO_MATCH;
  int32_t days;
  if (!reading_days(r, &days)) return OUTCOME_NO_DAY;
  int64_t hour = r->hour;
  if (r->pm && hour < 12) hour += 12;
  if (r->am && hour == 12) hour = 0;
  int64_t time = ((hour * 60 + r->minute) * 60 + r->second - r->offset_seconds) * MICROS_PER_SECOND;
  int64_t micros;
  if (!timestamp_from_parts(days, time + (nanos ? 0 : r->nanos / 1000), &micros)) return OUTCOME_RANGE;
  if (r->zone.length && !r->offset_seconds && !zone_to_utc(zone_named(facts, r->zone), micros, &micros))
    return OUTCOME_NO_MATCH;
  if (nanos &&
      (__builtin_mul_overflow(micros, INT64_C(1000), &micros) || __builtin_add_overflow(micros, r->nanos, &micros))) {
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

static Status parse_row(EvalContext *context, const ScalarCall *call, Str text, Vector *result, uint32_t row) {
  const FormatList *list = call->bind_data;
  int64_t *out = &((int64_t *)result->data)[row];
  Outcome outcome = OUTCOME_NO_MATCH;
  Reading reading = {0};
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
  return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                   "Could not parse string \"%.*s\" according to format specifier \"%.*s\"", STR_ARG(text),
                   STR_ARG(list->formats[0]));
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

// Which directives a format has: decides the result's type.
static Status check_format(ScalarBind *bind, Str format, bool *nanos, bool *zone) {
  if (!format.length) {
    return error_set(bind->error, ERROR_INVALID_INPUT, -1, "Failed to parse format specifier : Empty format string");
  }
  for (size_t i = 0; i < format.length; i++) {
    if (format.data[i] != '%') continue;
    if (++i < format.length && format.data[i] == '-') i++;
    if (i >= format.length) {
      return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                       "Failed to parse format specifier %.*s: Trailing format character %%", STR_ARG(format));
    }
    char directive = format.data[i];
    if (!directive || !strchr("aAwudbhBmyYGVUWjHIpMSfgnzZcxX%", directive)) {
      return unknown_directive(bind->error, format, (Str){&format.data[i], 1});
    }
    if (directive == 'n') *nanos = true;
    if (directive == 'z' || directive == 'Z') *zone = true;
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
    return error_set(bind->error, ERROR_BINDER, bind->position, "strptime format list must not be empty");
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->formats, list->count);
  bool zone = false;
  for (uint32_t i = 0; i < list->count; i++) {
    const Value *item = is_list ? &format.nested.items[i] : &format;
    if (item->is_null) return error_set(bind->error, ERROR_BINDER, bind->position, "strptime format must not be NULL");
    TRY(str_copy(bind->arena, bind->error, item->text, &list->formats[i]));
    TRY(check_format(bind, list->formats[i], &list->nanos, &zone));
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
