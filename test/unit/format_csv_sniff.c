// SPDX-License-Identifier: MIT
//
// format_csv_sniff.c: tests of csv_sniff: dialects, headers, names and types. The expected answers are DuckDB's.
#include "format_csv_fixture.h"

TEST(finds_delimiters) {
  CHECK_SNIFF("a,b\n1,2\n3,4\n", ", - - \\n - 0 header: a BIGINT, b BIGINT");
  CHECK_SNIFF("a;b\n1;2\n3;4\n", "; - - \\n - 0 header: a BIGINT, b BIGINT");
  CHECK_SNIFF("a|b\n1|2\n3|4\n", "| - - \\n - 0 header: a BIGINT, b BIGINT");
  CHECK_SNIFF("a\tb\n1\t2\n3\t4\n", "\t - - \\n - 0 header: a BIGINT, b BIGINT");
}

TEST(prefers_more_columns_that_are_consistent) {
  CHECK_SNIFF("a;b,c;d\n1;2,3;4\n5;6,7;8\n", "; - - \\n - 0 header: a BIGINT, b,c VARCHAR, d BIGINT");
}

TEST(finds_quotes_and_escapes) {
  CHECK_SNIFF("a,b\n\"x, y\",1\n\"z\",2\n", ", \" - \\n - 0 header: a VARCHAR, b BIGINT");
  CHECK_SNIFF("a,b\n\"x \"\"q\"\" y\",1\n\"z\",2\n", ", \" \" \\n - 0 header: a VARCHAR, b BIGINT");
  CHECK_SNIFF("a,b\n\"x \\\"q\\\" y\",1\n\"z\",2\n", ", \" \\ \\n - 0 header: a VARCHAR, b BIGINT");
  CHECK_SNIFF("a,b\n'x, y',1\n'z',2\n", ", ' - \\n - 0 header: a VARCHAR, b BIGINT");
}

TEST(finds_line_ends) {
  CHECK_SNIFF("a,b\r\n1,2\r\n", ", - - \\r\\n - 0 header: a BIGINT, b BIGINT");
  CHECK_SNIFF("a,b\r1,2\r", ", - - \\r - 0 header: a BIGINT, b BIGINT");
  CHECK_SNIFF("a,b\n1,2", ", - - \\n - 0 header: a BIGINT, b BIGINT");
}

TEST(skips_byte_order_marks) {
  CHECK_SNIFF(
      "\xEF\xBB\xBF"
      "a,b\n1,2\n",
      ", - - \\n - 0 header: a BIGINT, b BIGINT");
}

TEST(finds_types) {
  CHECK_SNIFF(
      "b,i,d,t,dt,ts,v\ntrue,1,1.5,12:30:00,2020-01-02,2020-01-02 03:04:05,x\n"
      "false,2,2e3,01:02:03,1999-12-31,1999-12-31 23:59:59,y\n",
      ", - - \\n - 0 header: b BOOLEAN, i BIGINT, d DOUBLE, t TIME, dt DATE, ts TIMESTAMP, v VARCHAR");
}

TEST(widens_types_to_what_all_rows_have) {
  CHECK_SNIFF("a\n1\n2.5\n", ", - - \\n - 0 header: a DOUBLE");
  CHECK_SNIFF("a\n1\nx\n", ", - - \\n - 0 header: a VARCHAR");
  CHECK_SNIFF("a\n2020-01-01\n2020-01-01 10:00:00\n", ", - - \\n - 0 header: a VARCHAR");
  CHECK_SNIFF("a,b\n9223372036854775807,1\n9223372036854775808,2\n", ", - - \\n - 0 header: a DOUBLE, b BIGINT");
}

TEST(finds_date_formats) {
  CsvFixture fixture;
  fixture_init(&fixture);
  CHECK_EQ_STR(fixture_sniff(&fixture, STR("a,b\n31/12/2020,1\n01/02/2021,2\n")),
               ", - - \\n - 0 header: a DATE, b BIGINT");
  CHECK_EQ_STR(fixture.schema.options.date_format, "%d/%m/%Y");
  CHECK_EQ_STR(fixture_read_schema(&fixture, STR("a,b\n31/12/2020,1\n01/02/2021,2\n"), 0),
               "2020-12-31|1\n2021-02-01|2");
  fixture_free(&fixture);
}

TEST(tells_headers_from_values) {
  CHECK_SNIFF("1,2\n3,4\n", ", - - \\n - 0 plain: column0 BIGINT, column1 BIGINT");
  CHECK_SNIFF("x,y\nz,w\n", ", - - \\n - 0 header: x VARCHAR, y VARCHAR");
}

TEST(makes_names_unique) {
  CHECK_SNIFF("a,a,A,b\n1,2,3,4\n", ", - - \\n - 0 header: a BIGINT, a_1 BIGINT, A_2 BIGINT, b BIGINT");
  CHECK_SNIFF("a,,\n1,2,3\n", ", - - \\n - 0 header: a BIGINT, column1 BIGINT, column2 BIGINT");
}

TEST(numbers_columns_with_equal_width) {
  CHECK_SNIFF(
      "1,2,3,4,5,6,7,8,9,10,11\n1,2,3,4,5,6,7,8,9,10,11\n",
      ", - - \\n - 0 plain: column00 BIGINT, column01 BIGINT, column02 BIGINT, column03 BIGINT, column04 BIGINT, "
      "column05 BIGINT, column06 BIGINT, column07 BIGINT, column08 BIGINT, column09 BIGINT, column10 BIGINT");
}

TEST(skips_notes_in_front) {
  CHECK_SNIFF("some notes\nmore notes\na,b,c\n1,2,3\n4,5,6\n", ", - - \\n - 2 header: a BIGINT, b BIGINT, c BIGINT");
}

TEST(finds_comments) {
  CHECK_SNIFF("# made by hand\na,b\n1,2\n# in between\n3,4\n", ", - - \\n # 0 header: a BIGINT, b BIGINT");
}

TEST(keeps_what_the_user_chose) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set(&fixture, "delim", ";");
  fixture_set_flag(&fixture, "header", false);
  CHECK_EQ_STR(fixture_sniff(&fixture, STR("a,1;b,2\nc,3;d,4\n")),
               "; - - \\n - 0 plain: column0 VARCHAR, column1 VARCHAR");
  fixture_free(&fixture);
}

TEST(normalizes_names) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set_flag(&fixture, "normalize_names", true);
  CHECK_EQ_STR(fixture_sniff(&fixture, STR("Größe in m,SELECT,1st\n1,2,3\n")),
               ", - - \\n - 0 header: groe_in_m BIGINT, _select BIGINT, _1st BIGINT");
  fixture_free(&fixture);
}

TEST(reads_all_as_text) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set_flag(&fixture, "all_varchar", true);
  CHECK_EQ_STR(fixture_sniff(&fixture, STR("a,b\n1,2\n")), ", - - \\n - 0 header: a VARCHAR, b VARCHAR");
  fixture_free(&fixture);
}

TEST(takes_empty_files) {
  CHECK_SNIFF("", ", - - \\n - 0 plain: column0 VARCHAR");
  CHECK_SNIFF("a,b\n", ", - - \\n - 0 header: a VARCHAR, b VARCHAR");
}

TEST(refuses_what_is_no_text) {
  CsvFixture fixture;
  fixture_init(&fixture);
  Str answer = fixture_sniff(&fixture, STR("a,b\n\xff\xfe,1\n"));
  CHECK(str_starts_with(answer, STR("ERROR: CSV Error on Line: 2\nOriginal Line: ??,1\nInvalid unicode")));
  fixture_free(&fixture);
}

// However much of a file there is, detection ends; and it says how much it would like.
TEST(bears_cut_samples) {
  Str whole = STR("a,b\n1,\"x\ny\"\n2,\"\"\"z\"\n3,w\n");
  for (size_t length = 0; length <= whole.length; length++) {
    CsvFixture fixture;
    fixture_init(&fixture);
    Str bytes = {whole.data, length};
    Status status =
        csv_sniff(&fixture.options, STR("x"), bytes, false, false, &fixture.arena, &fixture.schema, &fixture.error);
    CHECK(status == OK || fixture.error.message[0]);
    fixture_free(&fixture);
  }
}

TEST(wants_no_more_than_the_file) {
  CsvFixture fixture;
  fixture_init(&fixture);
  CHECK_EQ_U64(csv_sniff_wants(&fixture.options, STR(""), 10), 10);
  CHECK_EQ_U64(csv_sniff_wants(&fixture.options, STR("0123456789"), 10), 0);
  CHECK_EQ_U64(csv_sniff_wants(&fixture.options, STR(""), 1 << 30), 256 * 1024);
  fixture_free(&fixture);
}

UNIT_MAIN
