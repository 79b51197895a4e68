// SPDX-License-Identifier: MIT
//
// calendar.c: proleptic Gregorian dates as days since 1970-01-01. Years count as astronomers do: 0 is 1 BC.
//
// Days and dates by Howard Hinnant's "chrono-compatible low-level date algorithms": the year starts on March 1, so that
// the leap day is its last, and eras of 400 years (146,097 days) repeat exactly.
#include "base/base.h"

#define DAYS_PER_ERA 146097
#define DAYS_TO_EPOCH 719468 // from 0000-03-01 to 1970-01-01

static const uint8_t month_days[2][13] = {
    {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31},
    {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31},
};

bool calendar_is_leap_year(int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int32_t calendar_days_in_month(int32_t year, int32_t month) {
  ASSERT(month >= 1 && month <= 12);
  return month_days[calendar_is_leap_year(year)][month];
}

// Days of a valid date, in 64 bits: no year overflows.
static int64_t days_from_date(int64_t year, int32_t month, int32_t day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1; // from March 1
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static bool days_in_range(int64_t days) { return days > DAY_NEGATIVE_INFINITY && days < DAY_INFINITY; }

bool calendar_valid(int32_t year, int32_t month, int32_t day) {
  int32_t days;
  return calendar_to_days(year, month, day, &days);
}

bool calendar_to_days(int32_t year, int32_t month, int32_t day, int32_t *days) {
  if (month < 1 || month > 12 || day < 1 || day > calendar_days_in_month(year, month)) return false;
  int64_t wide = days_from_date(year, month, day);
  if (!days_in_range(wide)) return false;
  *days = (int32_t)wide;
  return true;
}

HOT void calendar_from_days(int32_t days, int32_t *year, int32_t *month, int32_t *day) {
  int64_t shifted = (int64_t)days + DAYS_TO_EPOCH;
  int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
  uint32_t day_of_era = (uint32_t)(shifted - era * DAYS_PER_ERA);
  uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint32_t shifted_month = (5 * day_of_year + 2) / 153; // 0 is March
  *day = (int32_t)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  *month = (int32_t)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  *year = (int32_t)((int64_t)year_of_era + era * 400) + (*month <= 2);
}

int32_t calendar_iso_weekday(int32_t days) {
  int32_t since_monday = (int32_t)(((int64_t)days + 3) % 7); // 1970-01-01 was a Thursday
  return (since_monday < 0 ? since_monday + 7 : since_monday) + 1;
}

// A week belongs to the year that its Thursday lies in.
void calendar_iso_week(int32_t days, int32_t *iso_year, int32_t *week) {
  int64_t thursday = (int64_t)days + 4 - calendar_iso_weekday(days);
  // At the ends of the range the Thursday may not be a day any more; 400 years earlier or later is the same week.
  int32_t years = 0;
  if (thursday >= DAY_INFINITY) years = 400;
  if (thursday <= DAY_NEGATIVE_INFINITY) years = -400;
  thursday -= (int64_t)years / 400 * DAYS_PER_ERA;
  int32_t year, month, day;
  calendar_from_days((int32_t)thursday, &year, &month, &day);
  *iso_year = year + years;
  *week = (int32_t)((thursday - days_from_date(year, 1, 1)) / 7) + 1;
}

int32_t calendar_day_of_year(int32_t days) {
  int32_t year, month, day;
  calendar_from_days(days, &year, &month, &day);
  return (int32_t)(days - days_from_date(year, 1, 1)) + 1;
}

int32_t calendar_add_months(int32_t days, int32_t months) {
  if (days == DAY_INFINITY || days == DAY_NEGATIVE_INFINITY) return days;
  int32_t year, month, day;
  calendar_from_days(days, &year, &month, &day);
  int64_t month_index = (int64_t)year * 12 + (month - 1) + months;
  int64_t new_year = (month_index >= 0 ? month_index : month_index - 11) / 12;
  int32_t new_month = (int32_t)(month_index - new_year * 12) + 1;
  if (new_year < INT32_MIN || new_year > INT32_MAX) return months < 0 ? DAY_NEGATIVE_INFINITY : DAY_INFINITY;
  int32_t last_day = calendar_days_in_month((int32_t)new_year, new_month);
  int64_t result = days_from_date(new_year, new_month, MIN_OF(day, last_day));
  if (!days_in_range(result)) return months < 0 ? DAY_NEGATIVE_INFINITY : DAY_INFINITY;
  return (int32_t)result;
}
