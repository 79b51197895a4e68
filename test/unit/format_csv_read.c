// SPDX-License-Identifier: MIT
//
// format_csv_read.c: tests of the CSV reader: fields and rows, borders of chunks and of pieces, values of all types, errors.
#include "format_csv_fixture.h"

TEST(reads_rows) {
  CHECK_READ("a,b\n1,x\n2,y\n", "1|x\n2|y");
  CHECK_READ("a,b\n1,x\n2,y", "1|x\n2|y");
  CHECK_READ("a,b\r\n1,x\r\n2,y\r\n", "1|x\n2|y");
  CHECK_READ("a,b\r1,x\r2,y\r", "1|x\n2|y");
}

TEST(reads_quotes) {
  CHECK_READ("a,b\n\"x,y\",1\n\"say \"\"hi\"\"\",2\n\"two\nlines\",3\n", "x,y|1\nsay \"hi\"|2\ntwo\nlines|3");
  CHECK_READ("a,b\n\"x \\\"y\\\"\",1\nz,2\n", "x \"y\"|1\nz|2");
  CHECK_READ("a,b\n\"\",1\n,2\n", "NULL|1\nNULL|2");
}

TEST(keeps_quoted_nulls_apart_when_asked) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set_flag(&fixture, "allow_quoted_nulls", false);
  CHECK_EQ_STR(fixture_read(&fixture, STR("a,b\n\"\",1\n,2\n")), "|1\nNULL|2");
  fixture_free(&fixture);
}

TEST(reads_null_texts) {
  CHECK_READ_WITH("nullstr", "NA", "a,b\nNA,1\n2,NA\n", "NULL|1\n2|NULL");
  CHECK_READ_WITH("nullstr", "NA", "a,b\nNA,x\n2,\n", "NULL|x\n2|");
}

TEST(reads_files_without_rows) {
  CHECK_READ("", "");
  CHECK_READ("a,b\n", "");
  CHECK_READ("\n", "");
}

TEST(skips_empty_lines) {
  CHECK_READ("a,b\n1,2\n\n3,4\n\n", "1|2\n3|4");
  CHECK_READ("a\n1\n\n3\n", "1\nNULL\n3"); // one column: an empty line is a row of NULL
}

TEST(pads_short_rows) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set_flag(&fixture, "null_padding", true);
  CHECK_EQ_STR(fixture_read(&fixture, STR("a,b,c\n1,2,3\n4\n5,6\n")), "1|2|3\n4|NULL|NULL\n5|6|NULL");
  fixture_free(&fixture);
}

TEST(leaves_out_rows_that_do_not_fit) {
  static const char *const COLUMNS[] = {"a", "INTEGER", "b", "VARCHAR", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  fixture_set_flag(&fixture, "ignore_errors", true);
  Str bytes = STR("1,x\nno,x\n2\n3,y,z\n\xff,q\n4,\xff\n5,\"x\"y\n6,w\n");
  CHECK_EQ_STR(fixture_read_fixed(&fixture, bytes, 0), "1|x\n6|w");
  CHECK_EQ_INT(fixture.rejected, 6);
  fixture_free(&fixture);
}

TEST(reads_values_of_all_types) {
  static const char *const COLUMNS[] = {
      "a", "BOOLEAN", "b", "TINYINT", "c", "UBIGINT", "d", "DOUBLE", "e", "decimal(9,2)", "f", "DATE", "g", "TIMESTAMP",
      "h", "TIME",    "i", "HUGEINT", "j", "BLOB",    "k", "UUID",   "l", "TIMESTAMP_NS", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  CHECK_EQ_STR(
      fixture_read_fixed(&fixture,
                         STR("true,-128,18446744073709551615,1.5e300,12.345,2020-02-29,2020-01-01 01:02:03.5,"
                             "23:59:59,170141183460469231731687303715884105727,ab,"
                             "00000000-0000-0000-0000-000000000001,2020-01-01 00:00:00.000000001\n"),
                         0),
      "true|-128|18446744073709551615|1.5e+300|12.35|2020-02-29|2020-01-01 01:02:03.5|23:59:59|"
      "170141183460469231731687303715884105727|ab|00000000-0000-0000-0000-000000000001|2020-01-01 00:00:00.000000001");
  fixture_free(&fixture);
}

TEST(tells_where_a_value_does_not_fit) {
  static const char *const COLUMNS[] = {"a", "INTEGER", "b", "TINYINT", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  Str answer = fixture_read_fixed(&fixture, STR("1,1\n2,300\n"), 0);
  CHECK(str_starts_with(answer,
                        STR("ERROR: CSV Error on Line: 2\nOriginal Line: 2,300\nError when converting column \"b\". "
                            "Could not convert string \"300\" to 'TINYINT'\n")));
  fixture_free(&fixture);
}

TEST(tells_where_columns_are_missing) {
  static const char *const COLUMNS[] = {"a", "INTEGER", "b", "INTEGER", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  Str answer = fixture_read_fixed(&fixture, STR("1,1\n2\n"), 0);
  CHECK(str_starts_with(
      answer, STR("ERROR: CSV Error on Line: 2\nOriginal Line: 2\nExpected Number of Columns: 2 Found: 1\n")));
  answer = fixture_read_fixed(&fixture, STR("1,1\n2,3,4\n"), 0);
  CHECK(str_starts_with(
      answer, STR("ERROR: CSV Error on Line: 2\nOriginal Line: 2,3,4\nExpected Number of Columns: 2 Found: 3\n")));
  fixture_free(&fixture);
}

TEST(refuses_quotes_that_do_not_close) {
  static const char *const COLUMNS[] = {"a", "VARCHAR", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  Str answer = fixture_read_fixed(&fixture, STR("x\n\"y\n"), 0);
  CHECK(str_starts_with(
      answer, STR("ERROR: CSV Error on Line: 2\nOriginal Line: \"y\n\nValue with unterminated quote found.")));
  fixture_free(&fixture);
}

TEST(refuses_lines_over_the_limit) {
  static const char *const COLUMNS[] = {"a", "VARCHAR", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  fixture.options.max_line_bytes = 10;
  Str answer = fixture_read_fixed(&fixture, STR("123456789\n1234567890\n"), 0);
  size_t at;
  CHECK(str_find(answer, STR("Maximum line size of 10 bytes exceeded"), &at));
  fixture_free(&fixture);
}

TEST(keeps_zero_bytes) {
  CsvFixture fixture;
  fixture_init(&fixture);
  static const char *const COLUMNS[] = {"a", "VARCHAR", "b", "VARCHAR", NULL};
  fixture_columns(&fixture, COLUMNS);
  Str answer = fixture_read_fixed(&fixture, (Str){"x\0y,z\n", 6}, 0);
  CHECK_EQ_STR(answer, ((Str){"x\0y|z", 5}));
  fixture_free(&fixture);
}

TEST(reads_delimiters_of_several_bytes) {
  CHECK_READ_WITH("delim", "||", "a||b\n1||x|y\n2||z\n", "1|x|y\n2|z");
  CHECK_READ_WITH("delim", "ab", "1ab2\n3aab4\n", "1|2\n3a|4");
}

TEST(reads_numbers_with_separators) {
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_set(&fixture, "delim", ";");
  fixture_set(&fixture, "decimal_separator", ",");
  CHECK_EQ_STR(fixture_read(&fixture, STR("a;b\n1,5;2\n2,25;3\n")), "1.5|2\n2.25|3");
  fixture_free(&fixture);
  fixture_init(&fixture);
  fixture_set(&fixture, "delim", ";");
  fixture_set(&fixture, "thousands", ",");
  CHECK_EQ_STR(fixture_read(&fixture, STR("a;b\n1,000.5;2\n12,345,678;3\n")), "1000.5|2\n12345678.0|3");
  fixture_free(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Borders
// ---------------------------------------------------------------------------------------------------------------------

// Rows at and around the size of a chunk.
TEST(reads_chunks_of_every_size_around_the_border) {
  static const uint32_t SIZES[] = {1, 2047, 2048, 2049, 4096, 4097};
  for (uint32_t i = 0; i < COUNT_OF(SIZES); i++) {
    CsvFixture fixture;
    fixture_init(&fixture);
    TextBuilder file, expected;
    text_init(&file, &fixture.memory);
    text_init(&expected, &fixture.memory);
    text_append(&file, STR("id,name\n"));
    for (uint32_t row = 0; row < SIZES[i]; row++) {
      text_format(&file, "%u,\"n%u\"\n", row, row);
      text_format(&expected, "%s%u|n%u", row ? "\n" : "", row, row);
    }
    CHECK_EQ_STR(fixture_read(&fixture, text_str(&file)), text_str(&expected));
    CHECK_EQ_INT(fixture.rows, SIZES[i]);
    text_free(&file);
    text_free(&expected);
    fixture_free(&fixture);
  }
}

// The border of two pieces at every byte of files with everything that spans bytes.
TEST(reads_the_same_whatever_the_pieces) {
  static const char *const FILES[] = {
      "a,b\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\"\n\n3,\xC3\xBC\xE2\x82\xAC\n",
      "a,b\r\n1,\"x\r\ny\"\r\n2,z\r\n\r\n3,w",
      "\xEF\xBB\xBF"
      "a,b\n1,x\n2,y\n3,z",
      "\xEF\xBB\xBF"
      "1,2\n3,4\n",
      "# note\na,b\n1,x # tail\n# between\n2,y\n",
  };
  for (uint32_t i = 0; i < COUNT_OF(FILES); i++) {
    Str bytes = str_from(FILES[i]);
    CsvFixture fixture;
    fixture_init(&fixture);
    Str sniffed = fixture_sniff(&fixture, bytes);
    CHECK(!str_starts_with(sniffed, STR("ERROR")));
    char expected[256];
    snprintf(expected, sizeof expected, "%.*s", STR_ARG(fixture_read_schema(&fixture, bytes, 0)));
    for (uint64_t piece = 1; piece <= bytes.length; piece++) {
      CHECK_EQ_STR(fixture_read_schema(&fixture, bytes, piece), (const char *)expected);
    }
    fixture_free(&fixture);
  }
}

TEST(reads_delimiters_cut_by_pieces) {
  static const char *const COLUMNS[] = {"a", "VARCHAR", "b", "VARCHAR", NULL};
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  fixture_set(&fixture, "delim", "<=>");
  Str bytes = STR("1<=>2\n<<=>=>\n");
  for (uint64_t piece = 1; piece <= bytes.length; piece++) {
    CHECK_EQ_STR(fixture_read_fixed(&fixture, bytes, piece), "1|2\n<|=>");
  }
  fixture_free(&fixture);
}

TEST(reads_rows_longer_than_a_piece) {
  static const char *const COLUMNS[] = {"a", "INTEGER", "b", "VARCHAR", NULL};
  const size_t LENGTH = 1500000;
  CsvFixture fixture;
  fixture_init(&fixture);
  fixture_columns(&fixture, COLUMNS);
  TextBuilder file;
  text_init(&file, &fixture.memory);
  text_append(&file, STR("1,\""));
  for (size_t i = 0; i < LENGTH; i++) text_append_char(&file, i % 100 == 99 ? '\n' : 'x');
  text_append(&file, STR("\"\n2,y\n"));
  Str answer = fixture_read_fixed(&fixture, text_str(&file), 0);
  CHECK_EQ_INT(fixture.rows, 2);
  CHECK_EQ_INT(answer.length, LENGTH + 2 + 4);
  text_free(&file);
  fixture_free(&fixture);
}

TEST(reads_many_columns) {
  CsvFixture fixture;
  fixture_init(&fixture);
  TextBuilder file, expected;
  text_init(&file, &fixture.memory);
  text_init(&expected, &fixture.memory);
  for (uint32_t i = 0; i < 200; i++) text_format(&file, "%sc%u", i ? "," : "", i);
  text_append_char(&file, '\n');
  for (uint32_t i = 0; i < 200; i++) {
    text_format(&file, "%s%u", i ? "," : "", i);
    text_format(&expected, "%s%u", i ? "|" : "", i);
  }
  CHECK_EQ_STR(fixture_read(&fixture, text_str(&file)), text_str(&expected));
  text_free(&file);
  text_free(&expected);
  fixture_free(&fixture);
}

// Only some columns, in another order.
TEST(reads_chosen_columns) {
  CsvFixture fixture;
  fixture_init(&fixture);
  Str bytes = STR("a,b,c\n1,x,1.5\n2,y,2.5\n");
  (void)fixture_sniff(&fixture, bytes);
  static const uint32_t COLUMNS[] = {2, 0};
  Type types[] = {fixture.schema.types[2], fixture.schema.types[0]};
  CsvReaderConfig config = {
      .memory = &fixture.memory, .schema = &fixture.schema, .path = STR("x"), .columns = COLUMNS, .column_count = 2};
  CsvReader *reader = NULL;
  Chunk chunk;
  CHECK_OK(csv_reader_open(&reader, &config, &fixture.error), &fixture.error);
  CHECK_OK(chunk_init(&chunk, &fixture.memory, types, 2, &fixture.error), &fixture.error);
  text_clear(&fixture.out);
  CHECK_OK(fixture_drain(&fixture, reader, &chunk, bytes, 0), &fixture.error);
  CHECK_EQ_STR(text_str(&fixture.out), "1.5|1\n2.5|2");
  chunk_free(&chunk);
  csv_reader_close(reader);
  fixture_free(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Memory that runs out
// ---------------------------------------------------------------------------------------------------------------------

TEST(survives_without_memory) {
  Str bytes = STR("a,b,c\n1,\"x\"\"y\",2020-01-01\n2,z,2021-01-01\n");
  for (uint64_t limit = 0; limit < 400000; limit += 997) {
    CsvFixture fixture;
    fixture_init(&fixture);
    fixture.memory.limit_bytes = limit ? fixture.memory.used_bytes + limit : 1;
    Str answer = fixture_read(&fixture, bytes);
    CHECK(fixture.out.failed || str_starts_with(answer, STR("ERROR")) || str_starts_with(answer, STR("1|x")));
    fixture_free(&fixture);
  }
}

UNIT_MAIN
