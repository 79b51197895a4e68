// SPDX-License-Identifier: MIT
//
// csv.c: libFuzzer on CSV detection and reading. Whatever the bytes are: no crash, no undefined behaviour, no byte kept; and what the
// reader makes of a file does not depend on the pieces in which it is brought.
//
// The first four bytes choose options and the size of the pieces; the rest is the file.
#include <stdlib.h>

#include "format/format.h"

static void require(bool condition) {
  if (!condition) abort();
}

// The rows as one number, and how many there are.
typedef struct Outcome {
  Status status;
  uint64_t rows;
  uint64_t hash;
} Outcome;

static Status drain(Memory *memory, CsvReader *reader, Chunk *chunk, Str bytes, uint64_t piece, Outcome *outcome,
                    Error *error) {
  TextBuilder text;
  text_init(&text, memory);
  Status status = OK;
  for (bool done = false; status == OK && !done;) {
    uint64_t before = csv_reader_position(reader);
    uint32_t feeds = 0;
    for (uint64_t offset, length; status == OK && csv_reader_wants(reader, &offset, &length); feeds++) {
      uint64_t there = offset < bytes.length ? bytes.length - offset : 0, given = MIN_OF(piece ? piece : length, there);
      status =
          csv_reader_feed(reader, (const uint8_t *)bytes.data + offset, given, offset + given == bytes.length, error);
    }
    if (status == OK) status = chunk_reset(chunk, error);
    if (status == OK) status = csv_reader_read(reader, chunk, &done, error);
    if (status != OK) break;
    require(done || feeds || chunk->row_count || csv_reader_position(reader) > before); // it gets on
    require(chunk->row_count <= VECTOR_CAPACITY);
    for (uint32_t row = 0; row < chunk->row_count; row++) {
      text_clear(&text);
      for (uint32_t i = 0; i < chunk->column_count; i++) {
        vector_print_row(&text, &chunk->columns[i], row, (TimeZone){0});
        text_append_char(&text, '\x1f');
      }
      require(utf8_valid(text_str(&text), NULL));
      outcome->hash = outcome->hash * 31 + hash_bytes(text.data, text.length);
    }
    outcome->rows += chunk->row_count;
  }
  text_free(&text);
  return status;
}

static Outcome read_all(Memory *memory, const CsvSchema *schema, Str bytes, uint64_t piece) {
  Outcome outcome = {0};
  Error error;
  Chunk chunk = {0};
  CsvReader *reader = NULL;
  uint32_t *columns = malloc(sizeof *columns * (schema->column_count + 1));
  require(columns != NULL);
  for (uint32_t i = 0; i < schema->column_count; i++) columns[i] = i;
  CsvReaderConfig config = {.memory = memory,
                            .schema = schema,
                            .path = STR("fuzz.csv"),
                            .columns = columns,
                            .column_count = schema->column_count};
  error_clear(&error);
  outcome.status = csv_reader_open(&reader, &config, &error);
  if (outcome.status == OK) outcome.status = chunk_init(&chunk, memory, schema->types, schema->column_count, &error);
  if (outcome.status == OK) outcome.status = drain(memory, reader, &chunk, bytes, piece, &outcome, &error);
  chunk_free(&chunk);
  csv_reader_close(reader);
  free(columns);
  return outcome;
}

static void choose(CsvOptions *options, const uint8_t *choices) {
  static const char CHARACTERS[] = {',', ';', '"', '\'', '\\', '#', '\t', 'a'};
  if (choices[0] & 1) options->null_padding = true;
  if (choices[0] & 2) options->ignore_errors = true;
  if (choices[0] & 4) {
    options->dialect.strict = false;
    options->chosen.strict = true;
  }
  if (choices[0] & 8) options->all_varchar = true;
  if (choices[0] & 16) {
    options->dialect.quote = CHARACTERS[choices[1] & 7];
    options->chosen.quote = true;
  }
  if (choices[0] & 32) {
    options->skip_rows = choices[1] >> 4;
    options->chosen.skip = true;
  }
  if (choices[0] & 64) options->max_line_bytes = 64;
  if (choices[0] & 128) options->normalize_names = true;
  if (choices[2] & 1) {
    options->header = choices[2] & 2;
    options->chosen.header = true;
  }
  if (choices[2] & 4) options->sample_chunks = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4) return 0;
  Str bytes = {(const char *)data + 4, size - 4};
  Memory memory;
  Arena arena;
  Error error;
  CsvOptions options;
  CsvSchema schema;
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  error_clear(&error);
  require(csv_options_init(&options, &arena, &error) == OK);
  choose(&options, data);
  if (csv_options_check(&options, &arena, &error) == OK &&
      csv_sniff(&options, STR("fuzz.csv"), bytes, true, false, &arena, &schema, &error) == OK) {
    for (uint32_t i = 0; i < schema.column_count; i++) {
      if (schema.types[i].id == TYPE_NULL) schema.types[i] = TYPE(VARCHAR);
    }
    Outcome whole = read_all(&memory, &schema, bytes, 0);
    Outcome pieces = read_all(&memory, &schema, bytes, (uint64_t)data[3] + 1);
    require(whole.status == pieces.status);
    if (whole.status == OK) require(whole.rows == pieces.rows && whole.hash == pieces.hash);
  }
  arena_free(&arena);
  require(memory.used_bytes == 0);
  return 0;
}
