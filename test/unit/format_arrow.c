// SPDX-License-Identifier: MIT
//
// format_arrow.c: tests of the bytes of Arrow IPC streams: framing, alignment, the flatbuffers of messages, buffers of batches, and
// that no failing allocation leaves half a message. test/js/arrow_check.mjs reads every type with Arrow's own libraries.
#include "format/format.h"
#include "unit.h"

// ---------------------------------------------------------------------------------------------------------------------
// A reader of flatbuffers
// ---------------------------------------------------------------------------------------------------------------------

static int64_t number(const char *at, size_t bytes) {
  int64_t value = 0;
  memcpy(&value, at, bytes);
  return bytes < 8 && value >> (bytes * 8 - 1) ? value - ((int64_t)1 << bytes * 8) : value;
}

static const char *refer(const char *slot) { return slot + number(slot, 4); }

// Field `index` of a table; NULL: absent.
static const char *field(const char *table, uint32_t index) {
  const char *vtable = table - number(table, 4);
  if (4 + 2 * (int64_t)index >= number(vtable, 2)) return NULL;
  int64_t offset = number(vtable + 4 + 2 * (size_t)index, 2);
  return offset ? table + offset : NULL;
}

static Str string_at(const char *slot) {
  const char *string = refer(slot);
  return (Str){string + 4, (size_t)number(string, 4)};
}

typedef struct Message {
  int64_t header_type;
  const char *header;
  int64_t body_length;
  const char *body;
  size_t total; // bytes in the stream; 0: the end of the stream
} Message;

static Message message_at(const TextBuilder *stream, size_t at) {
  const char *start = stream->data + at;
  Message message = {0};
  CHECK(at % 8 == 0 && at + 8 <= stream->length);
  CHECK_EQ_INT(number(start, 4), -1);
  int64_t metadata = number(start + 4, 4);
  CHECK_EQ_INT(metadata % 8, 0);
  if (!metadata) return message;
  const char *root = refer(start + 8);
  CHECK_EQ_INT(number(field(root, 0), 2), 4); // V5
  message.header_type = number(field(root, 1), 1);
  message.header = refer(field(root, 2));
  CHECK_EQ_INT((field(root, 3) - start) % 8, 0);
  message.body_length = number(field(root, 3), 8);
  CHECK_EQ_INT(message.body_length % 8, 0);
  message.body = start + 8 + metadata;
  message.total = 8 + (size_t)(metadata + message.body_length);
  CHECK(at + message.total <= stream->length);
  return message;
}

typedef struct Batch {
  int64_t rows;
  int64_t node_count, buffer_count;
  const char *nodes, *buffers, *body;
} Batch;

static Batch batch_of(const Message *message) {
  Batch batch = {.rows = number(field(message->header, 0), 8), .body = message->body};
  const char *nodes = refer(field(message->header, 1)), *buffers = refer(field(message->header, 2));
  batch.node_count = number(nodes, 4);
  batch.buffer_count = number(buffers, 4);
  batch.nodes = nodes + 4;
  batch.buffers = buffers + 4;
  CHECK_EQ_INT((uintptr_t)batch.nodes % 8, 0);
  CHECK_EQ_INT((uintptr_t)batch.buffers % 8, 0);
  for (int64_t i = 0; i < batch.buffer_count; i++) {
    int64_t offset = number(batch.buffers + 16 * i, 8), length = number(batch.buffers + 16 * i + 8, 8);
    CHECK_EQ_INT(offset % 8, 0);
    CHECK(offset >= 0 && length >= 0 && offset + length <= message->body_length);
  }
  return batch;
}

static int64_t node_rows(const Batch *batch, int64_t node) { return number(batch->nodes + 16 * node, 8); }
static int64_t node_nulls(const Batch *batch, int64_t node) { return number(batch->nodes + 16 * node + 8, 8); }
static const char *buffer(const Batch *batch, int64_t index) {
  return batch->body + number(batch->buffers + 16 * index, 8);
}
static int64_t buffer_length(const Batch *batch, int64_t index) { return number(batch->buffers + 16 * index + 8, 8); }

// ---------------------------------------------------------------------------------------------------------------------
// A writer over one chunk
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Fixture {
  Memory memory;
  Arena arena;
  Error error;
  Chunk chunk;
  ArrowWriter *writer;
  TextBuilder out;
} Fixture;

static const Str NAMES[] = {{"first", 5}, {"second", 6}, {"third", 5}};

static void fixture_init(Fixture *fixture, const Type *types, uint32_t count) {
  memory_init(&fixture->memory, 0);
  arena_init(&fixture->arena, &fixture->memory);
  text_init(&fixture->out, &fixture->memory);
  CHECK_OK(chunk_init(&fixture->chunk, &fixture->memory, types, count, &fixture->error), &fixture->error);
  CHECK_OK(arrow_writer_open(&fixture->writer, &fixture->memory, NAMES, types, count, &fixture->error),
           &fixture->error);
}

static void fixture_free(Fixture *fixture) {
  arrow_writer_close(fixture->writer);
  chunk_free(&fixture->chunk);
  text_free(&fixture->out);
  arena_free(&fixture->arena);
  CHECK_EQ_U64(fixture->memory.used_bytes, 0);
}

static void set(Fixture *fixture, uint32_t column, uint32_t row, Value value) {
  CHECK_OK(vector_set_value(&fixture->chunk.columns[column], row, &value, &fixture->error), &fixture->error);
}

static void add(Fixture *fixture) {
  uint32_t to;
  CHECK_OK(arrow_add_rows(fixture->writer, &fixture->chunk, 0, &to, &fixture->error), &fixture->error);
  CHECK_EQ_INT(to, fixture->chunk.row_count);
}

// Writes what was gathered and reads it.
static Batch written(Fixture *fixture) {
  size_t at = fixture->out.length;
  CHECK_OK(arrow_write_batch(fixture->writer, &fixture->out, &fixture->error), &fixture->error);
  Message message = message_at(&fixture->out, at);
  CHECK_EQ_INT(message.header_type, 3);
  CHECK_EQ_U64(at + message.total, fixture->out.length);
  return batch_of(&message);
}

// ---------------------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------------------

TEST(the_schema_names_columns_and_their_sql_types) {
  Fixture fixture;
  Type types[] = {TYPE(INTEGER), type_decimal(18, 3), TYPE(NULL)};
  fixture_init(&fixture, types, 3);
  CHECK_OK(arrow_write_schema(fixture.writer, &fixture.out, &fixture.error), &fixture.error);
  Message message = message_at(&fixture.out, 0);
  CHECK_EQ_INT(message.header_type, 1);
  CHECK_EQ_INT(message.body_length, 0);
  CHECK_EQ_U64(message.total, fixture.out.length);
  const char *fields = refer(field(message.header, 1));
  CHECK_EQ_INT(number(fields, 4), 3);
  static const char *const SQL_TYPES[] = {"INTEGER", "DECIMAL(18,3)", "\"NULL\""};
  static const int ARROW_TYPES[] = {2, 7, 1};
  for (uint32_t i = 0; i < 3; i++) {
    const char *one = refer(fields + 4 + 4 * (size_t)i);
    CHECK_EQ_STR(string_at(field(one, 0)), NAMES[i]);
    CHECK_EQ_INT(number(field(one, 1), 1), 1); // nullable
    CHECK_EQ_INT(number(field(one, 2), 1), ARROW_TYPES[i]);
    const char *pair = refer(refer(field(one, 6)) + 4);
    CHECK_EQ_STR(string_at(field(pair, 0)), "smew.type");
    CHECK_EQ_STR(string_at(field(pair, 1)), SQL_TYPES[i]);
  }
  const char *decimal = refer(field(refer(fields + 8), 3));
  CHECK_EQ_INT(number(field(decimal, 0), 4), 18);
  CHECK_EQ_INT(number(field(decimal, 1), 4), 3);
  CHECK_EQ_INT(number(field(decimal, 2), 4), 128);
  fixture_free(&fixture);
}

TEST(a_batch_has_values_bitmaps_and_offsets) {
  Fixture fixture;
  Type types[] = {TYPE(INTEGER), TYPE(VARCHAR), TYPE(BOOLEAN)};
  fixture_init(&fixture, types, 3);
  static const char *const TEXTS[] = {"a", "", "more than twelve bytes"};
  for (uint32_t row = 0; row < 3; row++) {
    set(&fixture, 0, row, value_i64(TYPE(INTEGER), 10 + row));
    set(&fixture, 1, row, row == 1 ? value_null(TYPE(VARCHAR)) : value_text(str_from(TEXTS[row])));
    set(&fixture, 2, row, value_boolean(row != 1));
  }
  fixture.chunk.row_count = 3;
  add(&fixture);
  add(&fixture); // two chunks in one batch
  CHECK_EQ_U64(arrow_batch_rows(fixture.writer), 6);
  Batch batch = written(&fixture);
  CHECK_EQ_INT(batch.rows, 6);
  CHECK_EQ_INT(batch.node_count, 3);
  CHECK_EQ_INT(batch.buffer_count, 7);
  CHECK_EQ_INT(node_nulls(&batch, 0), 0);
  CHECK_EQ_INT(buffer_length(&batch, 0), 0); // no NULLs: no bitmap
  const int32_t numbers[] = {10, 11, 12, 10, 11, 12};
  CHECK_EQ_INT(buffer_length(&batch, 1), sizeof numbers);
  CHECK(memcmp(buffer(&batch, 1), numbers, sizeof numbers) == 0);
  CHECK_EQ_INT(node_nulls(&batch, 1), 2);
  CHECK_EQ_INT(number(buffer(&batch, 2), 1), 0x2d); // 101101
  const int32_t offsets[] = {0, 1, 1, 23, 24, 24, 46};
  CHECK_EQ_INT(buffer_length(&batch, 3), sizeof offsets);
  CHECK(memcmp(buffer(&batch, 3), offsets, sizeof offsets) == 0);
  CHECK_EQ_STR(((Str){buffer(&batch, 4), (size_t)buffer_length(&batch, 4)}),
               "amore than twelve bytesamore than twelve bytes");
  CHECK_EQ_INT(number(buffer(&batch, 6), 1), 0x2d);
  // The next batch begins anew.
  CHECK_EQ_U64(arrow_batch_rows(fixture.writer), 0);
  batch = written(&fixture);
  CHECK_EQ_INT(batch.rows, 0);
  CHECK_EQ_INT(node_nulls(&batch, 1), 0);
  fixture_free(&fixture);
}

TEST(vectors_may_be_constant_or_dictionaries) {
  Fixture fixture;
  Type types[] = {TYPE(INTEGER), TYPE(VARCHAR), TYPE(NULL)};
  Vector flat;
  static const uint32_t SELECTION[] = {2, 0, 2, 1};
  fixture_init(&fixture, types, 3);
  CHECK_OK(vector_init(&flat, &fixture.memory, TYPE(INTEGER), 3, &fixture.error), &fixture.error);
  for (uint32_t row = 0; row < 3; row++) {
    Value value = row == 1 ? value_null(TYPE(INTEGER)) : value_i64(TYPE(INTEGER), row);
    CHECK_OK(vector_set_value(&flat, row, &value, &fixture.error), &fixture.error);
  }
  CHECK_OK(vector_slice(&fixture.chunk.columns[0], &flat, SELECTION, 4, &fixture.error), &fixture.error);
  set(&fixture, 1, 0, value_text(STR("the same for all rows")));
  vector_set_constant(&fixture.chunk.columns[1]);
  vector_set_null_constant(&fixture.chunk.columns[2]);
  fixture.chunk.row_count = 4;
  add(&fixture);
  Batch batch = written(&fixture);
  const int32_t numbers[] = {2, 0, 2, 0};
  CHECK(memcmp(buffer(&batch, 1), numbers, sizeof numbers) == 0);
  CHECK_EQ_INT(number(buffer(&batch, 0), 1), 7);
  CHECK_EQ_INT(buffer_length(&batch, 4), 4 * 21);
  CHECK_EQ_INT(node_rows(&batch, 2), 4); // Null has no buffers
  CHECK_EQ_INT(node_nulls(&batch, 2), 4);
  CHECK_EQ_INT(batch.buffer_count, 5);
  vector_free(&flat);
  fixture_free(&fixture);
}

// What lies under a NULL list is not read, and lists out of order are gathered.
TEST(lists_take_their_elements_along) {
  Fixture fixture;
  Type types[1];
  Memory memory;
  Arena arena;
  Error error;
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  CHECK_OK(type_make_list(&arena, &error, TYPE(INTEGER), &types[0]), &error);
  fixture_init(&fixture, types, 1);
  Vector *list = &fixture.chunk.columns[0];
  uint32_t from;
  CHECK_OK(vector_list_room(list, 5, &from, &fixture.error), &fixture.error);
  for (uint32_t i = 0; i < 5; i++) ((int32_t *)list->children[0].data)[i] = (int32_t)i;
  const ListEntry entries[] = {{3, 2}, {4000000000u, 4000000000u}, {0, 1}, {0, 0}};
  memcpy(list->data, entries, sizeof entries);
  CHECK_OK(vector_need_validity(list, &fixture.error), &fixture.error);
  bit_clear(list->validity, 1);
  fixture.chunk.row_count = 4;
  add(&fixture);
  Batch batch = written(&fixture);
  CHECK_EQ_INT(batch.node_count, 2);
  CHECK_EQ_INT(node_rows(&batch, 1), 3);
  const int32_t offsets[] = {0, 2, 2, 3, 3}, elements[] = {3, 4, 0};
  CHECK(memcmp(buffer(&batch, 1), offsets, sizeof offsets) == 0);
  CHECK(memcmp(buffer(&batch, 3), elements, sizeof elements) == 0);
  fixture_free(&fixture);
  arena_free(&arena);
}

// No element at all: bitmaps and arrays of no bytes.
TEST(empty_lists_of_every_type_are_written) {
  static const uint8_t elements[] = {TYPE_BOOLEAN, TYPE_INTEGER, TYPE_VARCHAR, TYPE_INTERVAL, TYPE_HUGEINT, TYPE_UUID};
  for (size_t i = 0; i < COUNT_OF(elements); i++) {
    Fixture fixture;
    Type types[1];
    Memory memory;
    Arena arena;
    Error error;
    memory_init(&memory, 0);
    arena_init(&arena, &memory);
    CHECK_OK(type_make_list(&arena, &error, (Type){.id = elements[i]}, &types[0]), &error);
    fixture_init(&fixture, types, 1);
    memset(fixture.chunk.columns[0].data, 0, 2 * sizeof(ListEntry));
    fixture.chunk.row_count = 2;
    add(&fixture);
    Batch batch = written(&fixture);
    CHECK_EQ_INT(node_rows(&batch, 0), 2);
    CHECK_EQ_INT(node_rows(&batch, 1), 0);
    fixture_free(&fixture);
    arena_free(&arena);
  }
}

TEST(a_value_that_does_not_fit_leaves_the_batch_as_it_was) {
  Fixture fixture;
  Type types[] = {TYPE(VARCHAR), TYPE(HUGEINT)};
  uint32_t to;
  fixture_init(&fixture, types, 2);
  set(&fixture, 0, 0, value_text(STR("x")));
  set(&fixture, 1, 0, (Value){.type = TYPE(HUGEINT), .i128 = 1});
  fixture.chunk.row_count = 1;
  add(&fixture);
  set(&fixture, 1, 0, (Value){.type = TYPE(HUGEINT), .i128 = power_of_ten_i128(38)});
  CHECK_STATUS(arrow_add_rows(fixture.writer, &fixture.chunk, 0, &to, &fixture.error), ERROR_CONVERSION);
  CHECK(strstr(fixture.error.message, "\"second\"") != NULL);
  Batch batch = written(&fixture);
  CHECK_EQ_INT(batch.rows, 1);
  CHECK_EQ_INT(buffer_length(&batch, 2), 1);
  CHECK_EQ_INT(buffer_length(&batch, 4), 16);
  fixture_free(&fixture);
}

TEST(the_end_of_a_stream_is_an_empty_message) {
  Fixture fixture;
  Type types[] = {TYPE(INTEGER)};
  fixture_init(&fixture, types, 1);
  CHECK_OK(arrow_write_end(&fixture.out, &fixture.error), &fixture.error);
  CHECK_EQ_U64(fixture.out.length, 8);
  CHECK_EQ_U64(message_at(&fixture.out, 0).total, 0);
  fixture_free(&fixture);
}

// Schema, two chunks, a batch and the end, with the n-th allocation failing; false: none was left to fail.
static bool write_with_failure(uint64_t fail_at) {
  Fixture fixture = {0};
  Memory plenty;
  Arena arena;
  Error error;
  Type list, types[3] = {TYPE(INTEGER), TYPE(VARCHAR)};
  memory_init(&plenty, 0);
  arena_init(&arena, &plenty);
  CHECK_OK(type_make_list(&arena, &error, TYPE(VARCHAR), &list), &error);
  types[2] = list;
  fixture_init(&fixture, types, 3);
  arrow_writer_close(fixture.writer);
  for (uint32_t row = 0; row < 2000; row++) {
    set(&fixture, 0, row, row % 9 ? value_i64(TYPE(INTEGER), row) : value_null(TYPE(INTEGER)));
    set(&fixture, 1, row, value_text(STR("text that is not short")));
    set(&fixture, 2, row, value_null(list));
  }
  fixture.chunk.row_count = 2000;
  fixture.memory.fail_at = fixture.memory.allocation_count + fail_at;
  uint32_t to;
  size_t whole = 0; // where the last whole message ends
  Status status = arrow_writer_open(&fixture.writer, &fixture.memory, NAMES, types, 3, &fixture.error);
  if (status == OK) status = arrow_write_schema(fixture.writer, &fixture.out, &fixture.error);
  for (int i = 0; i < 2 && status == OK; i++) {
    whole = fixture.out.length;
    status = arrow_add_rows(fixture.writer, &fixture.chunk, 0, &to, &fixture.error);
    if (status == OK) status = arrow_write_batch(fixture.writer, &fixture.out, &fixture.error);
  }
  if (status == OK) {
    whole = fixture.out.length;
    status = arrow_write_end(&fixture.out, &fixture.error);
  }
  bool failed = fixture.memory.allocation_count >= fixture.memory.fail_at;
  CHECK_EQ_INT(status, failed ? ERROR_NO_MEMORY : OK);
  if (failed) CHECK_EQ_U64(fixture.out.length, whole);
  fixture.memory.fail_at = 0;
  fixture_free(&fixture);
  arena_free(&arena);
  return failed;
}

TEST(every_failing_allocation_is_told_and_leaves_whole_messages) {
  uint64_t fail_at = 1;
  while (write_with_failure(fail_at)) fail_at++;
  CHECK(fail_at > 10);
}

UNIT_MAIN
