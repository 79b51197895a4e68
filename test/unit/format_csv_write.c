// SPDX-License-Identifier: MIT
//
// format_csv_write.c: tests of the CSV writer: when fields are quoted, options, and that what is written reads back as it was.
#include "format_csv_fixture.h"

typedef struct Writer {
  CsvFixture base;
  CsvWriteOptions options;
  Chunk chunk;
} Writer;

static const Str NAMES[] = {{"a", 1}, {"b,c", 3}};
static const Type TYPES[] = {{.id = TYPE_INTEGER}, {.id = TYPE_VARCHAR}};

static void writer_init(Writer *writer) {
  fixture_init(&writer->base);
  CHECK_OK(csv_write_options_init(&writer->options, &writer->base.arena, NAMES, TYPES, 2, &writer->base.error),
           &writer->base.error);
  CHECK_OK(chunk_init(&writer->chunk, &writer->base.memory, TYPES, 2, &writer->base.error), &writer->base.error);
}

static void writer_free(Writer *writer) {
  chunk_free(&writer->chunk);
  fixture_free(&writer->base);
}

static void writer_set(Writer *writer, const char *name, Value value) {
  CHECK_OK(csv_write_options_set(&writer->options, &writer->base.arena, str_from(name), &value, &writer->base.error),
           &writer->base.error);
}

// A row; text NULL is NULL.
static void add_row(Writer *writer, int32_t number, const char *text, size_t length) {
  uint32_t row = writer->chunk.row_count++;
  Value values[] = {value_i64(TYPE(INTEGER), number),
                    text ? value_text((Str){text, length}) : value_null(TYPE(VARCHAR))};
  for (uint32_t i = 0; i < 2; i++) {
    CHECK_OK(vector_set_value(&writer->chunk.columns[i], row, &values[i], &writer->base.error), &writer->base.error);
  }
}

static Str write_all(Writer *writer) {
  TextBuilder scratch;
  text_init(&scratch, &writer->base.memory);
  CHECK_OK(csv_write_check(&writer->options, &writer->base.error), &writer->base.error);
  text_clear(&writer->base.out);
  csv_write_begin(&writer->options, &writer->base.out);
  csv_write_rows(&writer->options, &writer->chunk, 0, writer->chunk.row_count, false, &scratch, &writer->base.out);
  csv_write_end(&writer->options, &writer->base.out);
  text_free(&scratch);
  return text_str(&writer->base.out);
}

TEST(quotes_what_must_be) {
  Writer writer;
  writer_init(&writer);
  static const char *const TEXTS[] = {"plain", "with,comma", "with \"quote\"", "with\nline", "", " space ", "it's"};
  for (uint32_t i = 0; i < COUNT_OF(TEXTS); i++) add_row(&writer, (int32_t)i, TEXTS[i], strlen(TEXTS[i]));
  add_row(&writer, 7, NULL, 0);
  CHECK_EQ_STR(write_all(&writer),
               "a,\"b,c\"\n0,plain\n1,\"with,comma\"\n2,\"with \"\"quote\"\"\"\n3,\"with\nline\"\n4,\"\"\n5, space "
               "\n6,it's\n7,\n");
  writer_free(&writer);
}

TEST(takes_options) {
  Writer writer;
  writer_init(&writer);
  writer_set(&writer, "header", value_boolean(false));
  writer_set(&writer, "delimiter", value_text(STR(";")));
  writer_set(&writer, "nullstr", value_text(STR("NA")));
  writer_set(&writer, "quote", value_text(STR("'")));
  writer_set(&writer, "escape", value_text(STR("'")));
  writer_set(&writer, "force_quote", value_text(STR("a")));
  add_row(&writer, 1, "it's", 4);
  add_row(&writer, 2, NULL, 0);
  add_row(&writer, 3, "NA", 2);
  CHECK_EQ_STR(write_all(&writer), "'1';'it''s'\n'2';NA\n'3';'NA'\n");
  writer_free(&writer);
}

TEST(refuses_what_it_does_not_know) {
  Writer writer;
  writer_init(&writer);
  Value value = value_text(STR("x"));
  CHECK_STATUS(csv_write_options_set(&writer.options, &writer.base.arena, STR("nonsense"), &value, &writer.base.error),
               ERROR_NOT_IMPLEMENTED);
  value = value_null(TYPE(VARCHAR));
  CHECK_STATUS(csv_write_options_set(&writer.options, &writer.base.arena, STR("quote"), &value, &writer.base.error),
               ERROR_BINDER);
  CHECK_EQ_STR(writer.base.error.message, "NULL is not supported as a valid option for COPY option \"quote\"");
  writer_free(&writer);
}

// Whatever the bytes of the texts are: read back, they are the same.
TEST(writes_what_reads_back) {
  static const char ALPHABET[] = "a,\"'\n\r \\;#\t";
  static const char *const COLUMNS[] = {"a", "INTEGER", "b", "VARCHAR", NULL};
  uint64_t seed = 42;
  for (uint32_t round = 0; round < 200; round++) {
    Writer writer;
    writer_init(&writer);
    TextBuilder expected;
    text_init(&expected, &writer.base.memory);
    for (uint32_t row = 0; row < 20; row++) {
      char text[12];
      size_t length = unit_random(&seed) % sizeof text + 1; // empty text and NULL are the same when read
      for (size_t i = 0; i < length && i < sizeof text; i++)
        text[i] = ALPHABET[unit_random(&seed) % (sizeof ALPHABET - 1)];
      length = MIN_OF(length, sizeof text);
      add_row(&writer, (int32_t)row, text, length);
      text_format(&expected, "%s%u|%.*s", row ? "\n" : "", row, (int)length, text);
    }
    CsvFixture reader;
    fixture_init(&reader);
    fixture_columns(&reader, COLUMNS);
    fixture_set_flag(&reader, "header", true);
    fixture_set(&reader, "quote", "\"");
    fixture_set(&reader, "escape", "\"");
    fixture_set(&reader, "new_line", "\\n");
    CHECK_EQ_STR(fixture_read_fixed(&reader, write_all(&writer), 0), text_str(&expected));
    fixture_free(&reader);
    text_free(&expected);
    writer_free(&writer);
  }
}

UNIT_MAIN
