// SPDX-License-Identifier: MIT
//
// The calendar against a day-by-day walk over two eras, and at the ends of its range.
#include "unit.h"

TEST(walks_every_day_of_two_eras) {
  int32_t year = 1569, month = 1, day = 1, days, weekday = 3; // 1569-01-01 was a Wednesday, proleptic
  CHECK_OR_RETURN(calendar_to_days(year, month, day, &days));
  int32_t iso_year = 1569, week = 1, day_of_year = 1;
  for (int step = 0; step < 800 * 366; step++) {
    int32_t y, m, d, back;
    calendar_from_days(days, &y, &m, &d);
    CHECK_OR_RETURN(y == year && m == month && d == day);
    CHECK_OR_RETURN(calendar_to_days(y, m, d, &back) && back == days);
    CHECK_OR_RETURN(calendar_iso_weekday(days) == weekday);
    CHECK_OR_RETURN(calendar_day_of_year(days) == day_of_year);
    int32_t found_year, found_week;
    calendar_iso_week(days, &found_year, &found_week);
    CHECK_OR_RETURN(found_year == iso_year && found_week == week);
    days++;
    day++;
    day_of_year++;
    weekday = weekday % 7 + 1;
    if (day > calendar_days_in_month(year, month)) {
      day = 1;
      if (++month > 12) {
        month = 1;
        year++;
        day_of_year = 1;
      }
    }
    if (weekday == 1) {
      week++;
      // The new week is the first of the next year when its Thursday is.
      bool thursday_next_year = month == 1 ? day <= 4 && week > 50 : month == 12 && day >= 29;
      if (thursday_next_year) {
        week = 1;
        iso_year++;
      }
    }
  }
}

TEST(known_days) {
  int32_t days;
  CHECK(calendar_to_days(1970, 1, 1, &days));
  CHECK_EQ_INT(days, 0);
  CHECK(calendar_to_days(2000, 2, 29, &days));
  CHECK_EQ_INT(days, 11016);
  CHECK(calendar_to_days(0, 1, 1, &days));
  CHECK_EQ_INT(days, -719528);
  CHECK(calendar_to_days(1992, 1, 1, &days));
  CHECK_EQ_INT(calendar_iso_weekday(days), 3);
  CHECK(calendar_is_leap_year(2000) && !calendar_is_leap_year(1900) && calendar_is_leap_year(0) &&
        calendar_is_leap_year(-4));
}

TEST(refuses_what_is_no_day) {
  CHECK(!calendar_valid(2023, 2, 29));
  CHECK(calendar_valid(2024, 2, 29));
  CHECK(!calendar_valid(2024, 13, 1) && !calendar_valid(2024, 0, 1) && !calendar_valid(2024, 1, 0) &&
        !calendar_valid(2024, 4, 31));
  CHECK(!calendar_valid(INT32_MAX, 1, 1) && !calendar_valid(INT32_MIN, 1, 1));
}

TEST(ends_of_the_range) {
  int32_t year, month, day, days;
  calendar_from_days(DAY_INFINITY - 1, &year, &month, &day);
  CHECK_EQ_INT(year, 5881580);
  CHECK_EQ_INT(month, 7);
  CHECK_EQ_INT(day, 10);
  CHECK(calendar_to_days(year, month, day, &days) && days == DAY_INFINITY - 1);
  CHECK(!calendar_to_days(year, month, day + 1, &days));
  calendar_from_days(DAY_NEGATIVE_INFINITY + 1, &year, &month, &day);
  CHECK(calendar_to_days(year, month, day, &days) && days == DAY_NEGATIVE_INFINITY + 1);
  int32_t week;
  calendar_iso_week(DAY_INFINITY - 1, &year, &week);
  CHECK_EQ_INT(year, 5881580);
  calendar_iso_week(DAY_NEGATIVE_INFINITY + 1, &year, &week);
  CHECK_EQ_INT(year, -5877641);
}

TEST(adds_months) {
  int32_t days, expected;
  CHECK(calendar_to_days(2024, 1, 31, &days) && calendar_to_days(2024, 2, 29, &expected));
  CHECK_EQ_INT(calendar_add_months(days, 1), expected);
  CHECK(calendar_to_days(2023, 11, 30, &expected));
  CHECK_EQ_INT(calendar_add_months(days, -2), expected);
  CHECK(calendar_to_days(-1, 12, 31, &expected) && calendar_to_days(0, 1, 31, &days));
  CHECK_EQ_INT(calendar_add_months(days, -1), expected);
  CHECK_EQ_INT(calendar_add_months(DAY_INFINITY, 5), DAY_INFINITY);
  CHECK_EQ_INT(calendar_add_months(DAY_NEGATIVE_INFINITY, 5), DAY_NEGATIVE_INFINITY);
  CHECK_EQ_INT(calendar_add_months(0, INT32_MAX), DAY_INFINITY);
  CHECK_EQ_INT(calendar_add_months(0, INT32_MIN), DAY_NEGATIVE_INFINITY);
}

UNIT_MAIN
