// SPDX-License-Identifier: MIT
//
// calendar.c: what the functions of dates, times and intervals share: ranges, intervals added to timestamps, differences and
// ages, parts and their names.
#include "func/support.h"

#define DAY_LEAST (-2147483646)                    // DATE range, infinities left out
#define MICROS_LEAST INT64_C(-9223372022400000000) // TIMESTAMP range: 290309-12-22 (BC)
#define MICROS_PER_HOUR (INT64_C(3600) * MICROS_PER_SECOND)
#define MICROS_PER_MINUTE (INT64_C(60) * MICROS_PER_SECOND)

bool date_in_range(int64_t days) { return days >= DAY_LEAST && days < DAY_INFINITY; }

bool timestamp_from_parts(int32_t days, int64_t time_micros, int64_t *micros) {
  int64_t value;
  if (__builtin_mul_overflow((int64_t)days, MICROS_PER_DAY, &value)) return false;
  if (__builtin_add_overflow(value, time_micros, &value)) return false;
  if (!timestamp_is_finite(value) || value < MICROS_LEAST) return false;
  *micros = value;
  return true;
}

bool date_to_timestamp(int32_t days, int64_t *micros) {
  if (days == DAY_INFINITY || days == DAY_NEGATIVE_INFINITY) {
    *micros = days == DAY_INFINITY ? MICROS_INFINITY : MICROS_NEGATIVE_INFINITY;
    return true;
  }
  return timestamp_from_parts(days, 0, micros);
}

bool date_add_months(int32_t days, int64_t months, int32_t *out) {
  int32_t year, month, day;
  calendar_from_days(days, &year, &month, &day);
  int64_t total = (int64_t)year * 12 + (month - 1) + months;
  int64_t new_year = floor_divide(total, 12);
  if (new_year < -6000000 || new_year > 6000000) return false;
  int32_t new_month = (int32_t)(total - new_year * 12) + 1;
  int32_t last = calendar_days_in_month((int32_t)new_year, new_month);
  return calendar_to_days((int32_t)new_year, new_month, MIN_OF(day, last), out);
}

bool timestamp_add_interval(int64_t micros, Interval interval, int64_t *out) {
  if (!timestamp_is_finite(micros)) {
    *out = micros;
    return true;
  }
  int64_t value = micros;
  if (interval.months || interval.days) {
    int32_t days = timestamp_date(micros);
    int64_t time = timestamp_time(micros);
    if (interval.months && !date_add_months(days, interval.months, &days)) return false;
    int64_t moved = (int64_t)days + interval.days;
    if (!date_in_range(moved)) return false;
    if (!timestamp_from_parts((int32_t)moved, time, &value)) return false;
  }
  if (__builtin_add_overflow(value, interval.micros, &value)) return false;
  if (!timestamp_is_finite(value) || value < MICROS_LEAST) return false;
  *out = value;
  return true;
}

bool interval_negate(Interval interval, Interval *out) {
  if (interval.months == INT32_MIN || interval.days == INT32_MIN || interval.micros == INT64_MIN) return false;
  *out = (Interval){-interval.months, -interval.days, -interval.micros};
  return true;
}

bool interval_difference(int64_t a, int64_t b, Interval *out) {
  int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) return false;
  *out = (Interval){0, (int32_t)(difference / MICROS_PER_DAY), difference % MICROS_PER_DAY};
  return true;
}

int64_t interval_total_micros(Interval interval) {
  int128 total = ((int128)interval.months * 30 + interval.days) * MICROS_PER_DAY + interval.micros;
  if (total > INT64_MAX) return INT64_MAX;
  if (total < INT64_MIN) return INT64_MIN;
  return (int64_t)total;
}

// As PostgreSQL's age(): the parts are subtracted, and what is negative borrows from the next greater, days from the
// month of the earlier date.
Interval interval_age(int64_t a, int64_t b) {
  bool swapped = a < b;
  int64_t later = swapped ? b : a, earlier = swapped ? a : b;
  int32_t year1, month1, day1, year2, month2, day2;
  calendar_from_days(timestamp_date(later), &year1, &month1, &day1);
  calendar_from_days(timestamp_date(earlier), &year2, &month2, &day2);
  int32_t years = year1 - year2, months = month1 - month2, days = day1 - day2;
  int64_t micros = timestamp_time(later) - timestamp_time(earlier);
  if (micros < 0) {
    micros += MICROS_PER_DAY;
    days--;
  }
  while (days < 0) {
    days += calendar_days_in_month(year2, month2);
    months--;
  }
  if (months < 0) {
    months += 12;
    years--;
  }
  Interval age = {years * 12 + months, days, micros};
  if (swapped) age = (Interval){-age.months, -age.days, -age.micros};
  return age;
}

// ---------------------------------------------------------------------------------------------------------------------
// Parts
// ---------------------------------------------------------------------------------------------------------------------

bool date_part_from_name(Str name, DatePart *part) {
  static const struct {
    const char *name;
    DatePart part;
  } names[] = {{"year", PART_YEAR},
               {"yr", PART_YEAR},
               {"y", PART_YEAR},
               {"years", PART_YEAR},
               {"yrs", PART_YEAR},
               {"month", PART_MONTH},
               {"mon", PART_MONTH},
               {"months", PART_MONTH},
               {"mons", PART_MONTH},
               {"day", PART_DAY},
               {"days", PART_DAY},
               {"d", PART_DAY},
               {"dayofmonth", PART_DAY},
               {"decade", PART_DECADE},
               {"dec", PART_DECADE},
               {"decades", PART_DECADE},
               {"decs", PART_DECADE},
               {"century", PART_CENTURY},
               {"cent", PART_CENTURY},
               {"centuries", PART_CENTURY},
               {"c", PART_CENTURY},
               {"millennium", PART_MILLENNIUM},
               {"mil", PART_MILLENNIUM},
               {"millenniums", PART_MILLENNIUM},
               {"millennia", PART_MILLENNIUM},
               {"mils", PART_MILLENNIUM},
               {"millenium", PART_MILLENNIUM},
               {"quarter", PART_QUARTER},
               {"quarters", PART_QUARTER},
               {"dow", PART_DOW},
               {"dayofweek", PART_DOW},
               {"weekday", PART_DOW},
               {"isodow", PART_ISODOW},
               {"week", PART_WEEK},
               {"weeks", PART_WEEK},
               {"w", PART_WEEK},
               {"weekofyear", PART_WEEK},
               {"isoyear", PART_ISOYEAR},
               {"doy", PART_DOY},
               {"dayofyear", PART_DOY},
               {"yearweek", PART_YEARWEEK},
               {"era", PART_ERA},
               {"hour", PART_HOUR},
               {"hr", PART_HOUR},
               {"hours", PART_HOUR},
               {"hrs", PART_HOUR},
               {"h", PART_HOUR},
               {"minute", PART_MINUTE},
               {"min", PART_MINUTE},
               {"minutes", PART_MINUTE},
               {"mins", PART_MINUTE},
               {"m", PART_MINUTE},
               {"second", PART_SECOND},
               {"sec", PART_SECOND},
               {"seconds", PART_SECOND},
               {"secs", PART_SECOND},
               {"s", PART_SECOND},
               {"milliseconds", PART_MILLISECONDS},
               {"millisecond", PART_MILLISECONDS},
               {"ms", PART_MILLISECONDS},
               {"msec", PART_MILLISECONDS},
               {"msecs", PART_MILLISECONDS},
               {"msecond", PART_MILLISECONDS},
               {"mseconds", PART_MILLISECONDS},
               {"microseconds", PART_MICROSECONDS},
               {"microsecond", PART_MICROSECONDS},
               {"us", PART_MICROSECONDS},
               {"usec", PART_MICROSECONDS},
               {"usecs", PART_MICROSECONDS},
               {"usecond", PART_MICROSECONDS},
               {"useconds", PART_MICROSECONDS},
               {"nanosecond", PART_NANOSECONDS},
               {"nanoseconds", PART_NANOSECONDS},
               {"ns", PART_NANOSECONDS},
               {"nsec", PART_NANOSECONDS},
               {"nsecs", PART_NANOSECONDS},
               {"nsecond", PART_NANOSECONDS},
               {"nseconds", PART_NANOSECONDS},
               {"epoch", PART_EPOCH},
               {"julian", PART_JULIAN_DAY},
               {"timezone", PART_TIMEZONE},
               {"timezone_hour", PART_TIMEZONE_HOUR},
               {"timezone_minute", PART_TIMEZONE_MINUTE}};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (str_equal_nocase(name, str_from(names[i].name))) {
      *part = names[i].part;
      return true;
    }
  }
  return false;
}

Status date_part_unknown(Error *error, Str name) {
  return error_set(error, ERROR_CONVERSION, -1, "extract specifier \"%.*s\" not recognized", STR_ARG(name));
}

int64_t date_part_of_date(DatePart part, int32_t days) {
  int32_t year, month, day, week;
  switch (part) {
    case PART_DOW:
      return calendar_iso_weekday(days) % 7;
    case PART_ISODOW:
      return calendar_iso_weekday(days);
    case PART_WEEK:
      calendar_iso_week(days, &year, &week);
      return week;
    case PART_ISOYEAR:
      calendar_iso_week(days, &year, &week);
      return year;
    case PART_YEARWEEK:
      calendar_iso_week(days, &year, &week);
      return (int64_t)year * 100 + (year > 0 ? week : -week);
    case PART_DOY:
      return calendar_day_of_year(days);
    case PART_EPOCH:
      return (int64_t)days * 86400;
    case PART_EPOCH_MS:
      return (int64_t)days * 86400000;
    case PART_EPOCH_US:
      return (int64_t)((uint64_t)days * (uint64_t)MICROS_PER_DAY);
    case PART_EPOCH_NS:
      return (int64_t)((uint64_t)days * (uint64_t)MICROS_PER_DAY * 1000);
    case PART_HOUR:
    case PART_MINUTE:
    case PART_SECOND:
    case PART_MILLISECONDS:
    case PART_MICROSECONDS:
    case PART_NANOSECONDS:
    case PART_TIMEZONE:
    case PART_TIMEZONE_HOUR:
    case PART_TIMEZONE_MINUTE:
      return 0;
    default:
      break;
  }
  calendar_from_days(days, &year, &month, &day);
  switch (part) {
    case PART_YEAR:
      return year;
    case PART_MONTH:
      return month;
    case PART_DAY:
      return day;
    case PART_QUARTER:
      return (month - 1) / 3 + 1;
    case PART_DECADE:
      return year / 10;
    case PART_CENTURY:
      return year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1;
    case PART_MILLENNIUM:
      return year > 0 ? (year - 1) / 1000 + 1 : year / 1000 - 1;
    default:
      return year > 0; // era
  }
}

int64_t date_part_of_timestamp(DatePart part, int64_t micros) {
  int64_t time = timestamp_time(micros);
  switch (part) {
    case PART_HOUR:
      return time / MICROS_PER_HOUR;
    case PART_MINUTE:
      return time % MICROS_PER_HOUR / MICROS_PER_MINUTE;
    case PART_SECOND:
      return time % MICROS_PER_MINUTE / MICROS_PER_SECOND;
    case PART_MILLISECONDS:
      return time % MICROS_PER_MINUTE / 1000;
    case PART_MICROSECONDS:
      return time % MICROS_PER_MINUTE;
    case PART_NANOSECONDS:
      return time % MICROS_PER_MINUTE * 1000;
    case PART_EPOCH:
      return floor_divide(micros, MICROS_PER_SECOND);
    case PART_EPOCH_MS:
      return micros / 1000; // towards zero, as in DuckDB
    case PART_EPOCH_US:
      return micros;
    case PART_EPOCH_NS:
      return (int64_t)((uint64_t)micros * 1000);
    default:
      return date_part_of_date(part, timestamp_date(micros));
  }
}
