// SPDX-License-Identifier: MIT
//
// format_time.c: tests of time formats: reading, checking and writing dates and timestamps by strptime and strftime texts.
#include "format/format.h"
#include "unit.h"

static void check_date(const char *format, const char *text, bool good, int32_t days) {
  int32_t found = 0;
  bool read = time_format_read_date(str_from(format), str_from(text), &found);
  if (read != good || (good && found != days)) {
    UNIT_FAIL("\"%s\" by \"%s\": %s %d, expected %s %d", text, format, read ? "read" : "refused", found,
              good ? "read" : "refused", days);
  }
}

TEST(reads_dates) {
  check_date("%Y-%m-%d", "1970-01-02", true, 1);
  check_date("%d.%m.%Y", "29.02.2020", true, 18321);
  check_date("%d.%m.%Y", "29.02.2021", false, 0);
  check_date("%m/%d/%y", "12/31/99", true, 10956);
  check_date("%m/%d/%y", "12/31/68", true, 36159);
  check_date("%d %B %Y", "1 march 2020", true, 18322);
  check_date("%d-%b-%Y", "01-MAR-2020", true, 18322);
  check_date("%Y%m%d", "20200301", true, 18322);
  check_date("%A, %d %B %Y", "Sunday, 1 March 2020", true, 18322);
  check_date("%j %Y", "61 2020", true, 18322);
  check_date("%Y-%m-%d", "2020-03", false, 0);
  check_date("%Y-%m-%d", "2020-03-01x", false, 0);
  check_date("%Y-%m-%d", "", false, 0);
  check_date("%Y%%%m-%d", "2020%03-01", true, 18322);
}

static void check_timestamp(const char *format, const char *text, bool good, int64_t micros) {
  int64_t found = 0;
  bool read = time_format_read_timestamp(str_from(format), str_from(text), &found);
  if (read != good || (good && found != micros)) {
    UNIT_FAIL("\"%s\" by \"%s\": %s %lld, expected %lld", text, format, read ? "read" : "refused", (long long)found,
              (long long)micros);
  }
}

TEST(reads_timestamps) {
  check_timestamp("%Y-%m-%d %H:%M:%S", "1970-01-01 00:00:01", true, 1000000);
  check_timestamp("%Y-%m-%d %H:%M:%S.%f", "1970-01-01 00:00:01.5", true, 1500000);
  check_timestamp("%Y-%m-%d %I:%M %p", "1970-01-01 12:00 AM", true, 0);
  check_timestamp("%Y-%m-%d %I:%M %p", "1970-01-01 12:00 pm", true, INT64_C(43200000000));
  check_timestamp("%Y-%m-%d %I:%M %p", "1970-01-01 13:00 pm", false, 0);
  check_timestamp("%Y-%m-%d %H:%M:%S %z", "1970-01-01 02:00:00 +0200", true, 0);
  check_timestamp("%Y-%m-%d %H:%M:%S %z", "1970-01-01 00:00:00 -01:30", true, INT64_C(5400000000));
  check_timestamp("%Y-%m-%d %H:%M:%S", "1970-01-01 24:00:00", false, 0);
  check_timestamp("%Y-%m-%d %H:%M:%S", "1970-01-01 23:60:00", false, 0);
}

TEST(writes_dates_and_timestamps) {
  Memory memory;
  TextBuilder text;
  memory_init(&memory, 0);
  text_init(&text, &memory);
  time_format_write_date(&text, STR("%a %A %b %B %d %-d %m %-m %y %Y %j %w %u %%"), 18322);
  CHECK_EQ_STR(text_str(&text), "Sun Sunday Mar March 01 1 03 3 20 2020 061 0 7 %");
  text_clear(&text);
  time_format_write_timestamp(&text, STR("%Y-%m-%d %H:%M:%S.%f %I %p %g"), INT64_C(1583020800123456), 0, NULL);
  CHECK_EQ_STR(text_str(&text), "2020-03-01 00:00:00.123456 12 AM 123");
  text_free(&text);
  CHECK_EQ_U64(memory.used_bytes, 0);
}

// What is written by a format reads back by it.
TEST(reads_what_it_writes) {
  static const char *const FORMATS[] = {"%Y-%m-%d",   "%d/%m/%Y", "%m.%d.%Y", "%d %b %Y",
                                        "%B %-d, %Y", "%Y%m%d",   "%G-%V-%u"};
  Memory memory;
  TextBuilder text;
  uint64_t seed = 7;
  memory_init(&memory, 0);
  text_init(&text, &memory);
  for (uint32_t i = 0; i < COUNT_OF(FORMATS); i++) {
    char problem[TIME_PROBLEM_CAPACITY];
    CHECK(!time_format_problem(str_from(FORMATS[i]), problem));
    for (uint32_t round = 0; round < 500; round++) {
      int32_t days = (int32_t)(unit_random(&seed) % 50000) - 10000, found = 0;
      text_clear(&text);
      time_format_write_date(&text, str_from(FORMATS[i]), days);
      if (!time_format_read_date(str_from(FORMATS[i]), text_str(&text), &found) || found != days) {
        UNIT_FAIL("%d by \"%s\" is \"%.*s\" is %d", days, FORMATS[i], STR_ARG(text_str(&text)), found);
        break;
      }
    }
  }
  text_free(&text);
}

TEST(names_what_is_wrong_with_a_format) {
  char problem[TIME_PROBLEM_CAPACITY] = "";
  CHECK(!time_format_problem(STR("%Y-%m-%d %-d%% %c"), problem));
  CHECK(time_format_problem(STR("%Y-%"), problem));
  CHECK_EQ_STR(str_from(problem), "Trailing format character %");
  CHECK(time_format_problem(STR("%Y %Q %d"), problem));
  CHECK_EQ_STR(str_from(problem), "Unrecognized format for strftime/strptime: %Q");
  CHECK(time_format_problem(STR("%-U"), problem));
  CHECK_EQ_STR(str_from(problem), "Unrecognized format for strftime/strptime: %-U");
  CHECK(time_format_problem(STR("%-"), problem));
  CHECK_EQ_STR(str_from(problem), "Unrecognized format for strftime/strptime: %-");
}

static void check_problem(const char *format, const char *text, const char *expected) {
  Memory memory;
  TextBuilder lines;
  TimeReading reading;
  memory_init(&memory, 0);
  text_init(&lines, &memory);
  if (time_format_read(str_from(format), str_from(text), &reading))
    UNIT_FAIL("\"%s\" was read by \"%s\"", text, format);
  time_reading_problem(&reading, str_from(text), &lines);
  CHECK_EQ_STR(text_str(&lines), expected);
  text_free(&lines);
}

TEST(names_what_is_wrong_with_a_text) {
  check_problem("%H %M", "10 99", "\n10 99\n   ^\nError: Minutes out of range, expected a value between 0 and 59");
  check_problem("%Y-%m", "12", "\n12\n   ^\nError: Literal does not match, expected -");
  check_problem("%Y%% a%d", "2020x", "\n2020x\n     ^\nError: Literal does not match, expected % a");
  check_problem("%Y-%m-%d x", "2020-01-01x", "\n2020-01-01x\n          ^\nError: Space does not match, expected  x");
  check_problem("%Y", "-infinity x",
                "\n-infinity x\n          ^\nError: Special timestamp did not match: trailing characters");
  check_problem(
      "%Y %V %u", "2020 5 3",
      "\n2020 5 3\n     ^\nError: ISO week offsets are incompatible with non-ISO year specifiers. Use '%G' instead");
}

UNIT_MAIN
