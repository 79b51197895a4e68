// SPDX-License-Identifier: MIT
//
// format_csv_fixture.h: what the tests of CSV files share: a text is detected and read, and comes back as one text: the fields of a
// row joined by |, the rows by new lines, NULL as NULL. Errors come back as "ERROR: " and the message.
#ifndef SMEW_FORMAT_CSV_FIXTURE_H
#define SMEW_FORMAT_CSV_FIXTURE_H

#include "format/format.h"
#include "unit.h"

typedef struct CsvFixture {
  Memory memory;
  Arena arena;
  Error error;
  CsvOptions options;
  CsvSchema schema;
  TextBuilder out;
  uint64_t rows;
  uint64_t rejected;
} CsvFixture;

static inline Status fixture_type(void *context, Arena *arena, Str text, Type *type, Error *error) {
  (void)context, (void)arena;
  if (type_from_name(text, type)) return OK;
  if (str_equal_nocase(text, STR("decimal(9,2)"))) {
    *type = type_decimal(9, 2);
    return OK;
  }
  return error_set(error, ERROR_CATALOG, -1, "Type with name %.*s does not exist!", STR_ARG(text));
}

static inline void fixture_init(CsvFixture *fixture) {
  *fixture = (CsvFixture){0};
  memory_init(&fixture->memory, 0);
  arena_init(&fixture->arena, &fixture->memory);
  text_init(&fixture->out, &fixture->memory);
  CHECK_OK(csv_options_init(&fixture->options, &fixture->arena, &fixture->error), &fixture->error);
}

// Nothing may be left of the memory.
static inline void fixture_free(CsvFixture *fixture) {
  text_free(&fixture->out);
  arena_free(&fixture->arena);
  CHECK_EQ_U64(fixture->memory.used_bytes, 0);
}

static inline Status fixture_set_value(CsvFixture *fixture, const char *name, Value value) {
  return csv_options_set(&fixture->options, &fixture->arena, str_from(name), &value, fixture_type, NULL,
                         &fixture->error);
}
static inline void fixture_set(CsvFixture *fixture, const char *name, const char *value) {
  CHECK_OK(fixture_set_value(fixture, name, value_text(str_from(value))), &fixture->error);
}
static inline void fixture_set_flag(CsvFixture *fixture, const char *name, bool value) {
  CHECK_OK(fixture_set_value(fixture, name, value_boolean(value)), &fixture->error);
}

// columns = {name: type, …}; pairs of texts, NULL at the end.
static inline void fixture_columns(CsvFixture *fixture, const char *const *pairs) {
  uint32_t count = 0;
  while (pairs[count * 2]) count++;
  CsvOptions *options = &fixture->options;
  options->names = arena_allocate(&fixture->arena, sizeof(Str) * count);
  options->types = arena_allocate(&fixture->arena, sizeof(Type) * count);
  for (uint32_t i = 0; i < count; i++) {
    options->names[i] = str_from(pairs[i * 2]);
    CHECK_OK(fixture_type(NULL, NULL, str_from(pairs[i * 2 + 1]), &options->types[i], &fixture->error),
             &fixture->error);
  }
  options->name_count = options->type_count = count;
  options->columns_set = true;
}

static inline Str fixture_error(CsvFixture *fixture) {
  text_clear(&fixture->out);
  text_format(&fixture->out, "ERROR: %s", fixture->error.message);
  return text_str(&fixture->out);
}

// Detects; on success the schema as "delimiter quote escape new_line comment skip header: name type, …", nothing is a dash.
static inline Str fixture_sniff(CsvFixture *fixture, Str bytes) {
  Status status = csv_options_check(&fixture->options, &fixture->arena, &fixture->error);
  if (status == OK) {
    status = csv_sniff(&fixture->options, STR("test.csv"), bytes, true, false, &fixture->arena, &fixture->schema,
                       &fixture->error);
  }
  if (status != OK) return fixture_error(fixture);
  const CsvOptions *found = &fixture->schema.options;
  text_clear(&fixture->out);
  const char specials[] = {found->dialect.quote, found->dialect.escape};
  text_append(&fixture->out, (Str){found->dialect.delimiter, found->dialect.delimiter_length});
  for (uint32_t i = 0; i < 2; i++) text_format(&fixture->out, " %c", specials[i] ? specials[i] : '-');
  text_append_char(&fixture->out, ' ');
  text_append(&fixture->out, csv_new_line_text(found->dialect.new_line));
  text_format(&fixture->out, " %c", found->dialect.comment ? found->dialect.comment : '-');
  text_format(&fixture->out, " %llu %s:", (unsigned long long)(found->skip_rows + fixture->schema.lead_rows),
              found->header ? "header" : "plain");
  for (uint32_t i = 0; i < fixture->schema.column_count; i++) {
    text_format(&fixture->out, "%s %.*s ", i ? "," : "", STR_ARG(fixture->schema.names[i]));
    if (fixture->schema.types[i].id == TYPE_NULL) fixture->schema.types[i] = TYPE(VARCHAR);
    type_print(&fixture->out, fixture->schema.types[i]);
  }
  return text_str(&fixture->out);
}

static inline Status fixture_count_reject(void *context, const CsvReject *reject, Error *error) {
  (void)reject, (void)error;
  ((CsvFixture *)context)->rejected++;
  return OK;
}

static inline Status fixture_drain(CsvFixture *fixture, CsvReader *reader, Chunk *chunk, Str bytes, uint64_t piece) {
  for (bool done = false; !done;) {
    for (uint64_t offset, length; csv_reader_wants(reader, &offset, &length);) {
      uint64_t there = offset < bytes.length ? bytes.length - offset : 0, given = MIN_OF(piece ? piece : length, there);
      TRY(csv_reader_feed(reader, (const uint8_t *)bytes.data + offset, given, offset + given == bytes.length,
                          &fixture->error));
    }
    TRY(chunk_reset(chunk, &fixture->error));
    TRY(csv_reader_read(reader, chunk, &done, &fixture->error));
    CHECK(chunk->row_count <= VECTOR_CAPACITY);
    for (uint32_t row = 0; row < chunk->row_count; row++) {
      if (fixture->rows++) text_append_char(&fixture->out, '\n');
      for (uint32_t column = 0; column < chunk->column_count; column++) {
        if (column) text_append_char(&fixture->out, '|');
        vector_print_row(&fixture->out, &chunk->columns[column], row, (TimeZone){0});
      }
    }
  }
  return OK;
}

// Reads with the schema that was found. `piece`: bytes a feed; 0: as many as the reader wants.
static inline Str fixture_read_schema(CsvFixture *fixture, Str bytes, uint64_t piece) {
  const CsvSchema *schema = &fixture->schema;
  uint32_t columns[256];
  CHECK(schema->column_count <= COUNT_OF(columns));
  for (uint32_t i = 0; i < schema->column_count && i < COUNT_OF(columns); i++) columns[i] = i;
  CsvReaderConfig config = {.memory = &fixture->memory,
                            .schema = schema,
                            .path = STR("test.csv"),
                            .columns = columns,
                            .column_count = schema->column_count,
                            .reject = fixture_count_reject,
                            .reject_context = fixture};
  CsvReader *reader = NULL;
  Chunk chunk = {0};
  text_clear(&fixture->out);
  fixture->rows = fixture->rejected = 0;
  Status status = csv_reader_open(&reader, &config, &fixture->error);
  if (status == OK) status = chunk_init(&chunk, &fixture->memory, schema->types, schema->column_count, &fixture->error);
  if (status == OK) status = fixture_drain(fixture, reader, &chunk, bytes, piece);
  chunk_free(&chunk);
  csv_reader_close(reader);
  return status == OK ? text_str(&fixture->out) : fixture_error(fixture);
}

static inline Str fixture_read(CsvFixture *fixture, Str bytes) {
  Str sniffed = fixture_sniff(fixture, bytes);
  if (str_starts_with(sniffed, STR("ERROR"))) return sniffed;
  return fixture_read_schema(fixture, bytes, 0);
}

// Without detection: `columns` must be set.
static inline Str fixture_read_fixed(CsvFixture *fixture, Str bytes, uint64_t piece) {
  Status status = csv_options_check(&fixture->options, &fixture->arena, &fixture->error);
  if (status == OK) status = csv_fixed_schema(&fixture->options, &fixture->arena, &fixture->schema, &fixture->error);
  return status == OK ? fixture_read_schema(fixture, bytes, piece) : fixture_error(fixture);
}

// One text from start to end, with its own fixture.
#define CHECK_SNIFF(bytes, expected)                              \
  do {                                                            \
    CsvFixture fixture_;                                          \
    fixture_init(&fixture_);                                      \
    CHECK_EQ_STR(fixture_sniff(&fixture_, STR(bytes)), expected); \
    fixture_free(&fixture_);                                      \
  } while (0)
#define CHECK_READ(bytes, expected)                              \
  do {                                                           \
    CsvFixture fixture_;                                         \
    fixture_init(&fixture_);                                     \
    CHECK_EQ_STR(fixture_read(&fixture_, STR(bytes)), expected); \
    fixture_free(&fixture_);                                     \
  } while (0)
// An option that is a text.
#define CHECK_READ_WITH(name, value, bytes, expected)            \
  do {                                                           \
    CsvFixture fixture_;                                         \
    fixture_init(&fixture_);                                     \
    fixture_set(&fixture_, name, value);                         \
    CHECK_EQ_STR(fixture_read(&fixture_, STR(bytes)), expected); \
    fixture_free(&fixture_);                                     \
  } while (0)

#endif
