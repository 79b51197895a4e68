// SPDX-License-Identifier: MIT
//
// arrow_writer.c: the life of an Arrow writer, and its messages: schema, record batches, end of the stream. Source: "Arrow
// Columnar Format", sections "Encapsulated message format" and "IPC Streaming Format".
//
//   0xFFFFFFFF | int32 bytes of metadata, padding counted | flatbuffer Message, padded to 8 | body: buffers, each padded to 8
#include "format/arrow/arrow.h"

#define MESSAGE_PREFIX_BYTES 8
// A batch ends before a column's text (or elements) grows over this; a single row may have what its offsets reach.
#define BATCH_OFFSET_LIMIT (UINT64_C(1) << 25)
#define ROW_OFFSET_LIMIT UINT64_C(0x7fffffff)
static const Str CONTINUATION = {"\xff\xff\xff\xff", 4};

// ---------------------------------------------------------------------------------------------------------------------
// Life
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t count_nodes(Type type) {
  uint32_t count = 1;
  for (uint32_t i = 0; i < arrow_child_count(type); i++) count += count_nodes(arrow_child(type, i));
  return count;
}

static void init_nodes(ArrowWriter *writer, Type type, uint32_t column, uint32_t *next) {
  ArrowNode *node = &writer->nodes[(*next)++];
  *node = (ArrowNode){.type = type, .column = column};
  node->layout = (uint8_t)arrow_layout(type, &node->value_bytes);
  text_init(&node->validity, writer->memory);
  text_init(&node->offsets, writer->memory);
  text_init(&node->data, writer->memory);
  for (uint32_t i = 0; i < arrow_child_count(type); i++) init_nodes(writer, arrow_child(type, i), column, next);
  node->end = *next;
}

static Status fill_writer(ArrowWriter *writer, const Str *names, const Type *types, Error *error) {
  Str *own_names;
  Type *own_types;
  uint32_t next = 0;
  ARENA_NEW_ARRAY(&writer->arena, error, own_names, writer->column_count);
  ARENA_NEW_ARRAY(&writer->arena, error, own_types, writer->column_count);
  for (uint32_t i = 0; i < writer->column_count; i++) {
    TRY(arrow_check_type(types[i], names[i], error));
    TRY(str_copy(&writer->arena, error, names[i], &own_names[i]));
    TRY(type_copy(&writer->arena, error, types[i], &own_types[i]));
    writer->node_count += count_nodes(types[i]);
  }
  ARENA_NEW_ARRAY(&writer->arena, error, writer->nodes, writer->node_count);
  for (uint32_t i = 0; i < writer->column_count; i++) init_nodes(writer, own_types[i], i, &next);
  writer->names = own_names;
  writer->types = own_types;
  return OK;
}

Status arrow_writer_open(ArrowWriter **out, Memory *memory, const Str *names, const Type *types, uint32_t column_count,
                         Error *error) {
  ArrowWriter *writer = memory_allocate_zeroed(memory, sizeof *writer);
  *out = writer;
  if (!writer) return error_no_memory(error);
  writer->memory = memory;
  writer->column_count = column_count;
  arena_init(&writer->arena, memory);
  arena_init(&writer->scratch, memory);
  Status status = fill_writer(writer, names, types, error);
  if (status == OK) return OK;
  arrow_writer_close(writer);
  *out = NULL;
  return status;
}

void arrow_writer_close(ArrowWriter *writer) {
  if (!writer) return;
  for (uint32_t i = 0; writer->nodes && i < writer->node_count; i++) {
    text_free(&writer->nodes[i].validity);
    text_free(&writer->nodes[i].offsets);
    text_free(&writer->nodes[i].data);
  }
  arena_free(&writer->scratch);
  arena_free(&writer->arena);
  memory_free(writer->memory, writer, sizeof *writer);
}

// ---------------------------------------------------------------------------------------------------------------------
// Gathering rows
// ---------------------------------------------------------------------------------------------------------------------

static void mark_rows(ArrowWriter *writer) {
  for (ArrowNode *node = writer->nodes; node < writer->nodes + writer->node_count; node++) {
    node->before.rows = node->rows;
    node->before.null_count = node->null_count;
    node->before.validity = node->validity.length;
    node->before.offsets = node->offsets.length;
    node->before.data = node->data.length;
  }
}

static void cut_text(TextBuilder *text, size_t length) {
  text->failed = false;
  text->length = length;
}

static void rewind_rows(ArrowWriter *writer) {
  for (ArrowNode *node = writer->nodes; node < writer->nodes + writer->node_count; node++) {
    node->rows = node->before.rows;
    node->null_count = node->before.null_count;
    cut_text(&node->validity, node->before.validity);
    cut_text(&node->offsets, node->before.offsets);
    cut_text(&node->data, node->before.data);
  }
}

static Status add_range(ArrowWriter *writer, const Chunk *chunk, uint32_t from, uint32_t count, Error *error) {
  uint32_t node = 0;
  for (uint32_t i = 0; i < writer->column_count; i++, node = writer->nodes[node].end)
    TRY(arrow_add_column(writer, node, &chunk->columns[i], from, count, error));
  return OK;
}

Status arrow_add_rows(ArrowWriter *writer, const Chunk *chunk, uint32_t from, uint32_t *to, Error *error) {
  uint32_t count = chunk->row_count - from;
  ASSERT(chunk->column_count == writer->column_count && from <= chunk->row_count);
  for (;;) {
    mark_rows(writer);
    writer->full = false;
    writer->offset_limit = count == 1 && !arrow_batch_rows(writer) ? ROW_OFFSET_LIMIT : BATCH_OFFSET_LIMIT;
    Status status = add_range(writer, chunk, from, count, error);
    arena_reset(&writer->scratch);
    if (status == OK) {
      *to = from + count;
      return OK;
    }
    rewind_rows(writer);
    *to = from;
    if (!writer->full) return status;
    // Perhaps half of the rows fit, or they do in a batch that begins with them.
    if (count == 1) return arrow_batch_rows(writer) ? OK : status;
    count /= 2;
  }
}

uint64_t arrow_batch_rows(const ArrowWriter *writer) { return writer->node_count ? writer->nodes[0].rows : 0; }

uint64_t arrow_batch_bytes(const ArrowWriter *writer) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < writer->node_count; i++) {
    const ArrowNode *node = &writer->nodes[i];
    bytes += node->validity.length + node->offsets.length + node->data.length;
  }
  return bytes;
}

// ---------------------------------------------------------------------------------------------------------------------
// Messages
// ---------------------------------------------------------------------------------------------------------------------

static void pad(TextBuilder *out, size_t start) { text_append_repeated(out, 0, (8 - (out->length - start) % 8) % 8); }

static void begin_message(TextBuilder *out) {
  text_append(out, CONTINUATION);
  text_append_repeated(out, 0, MESSAGE_PREFIX_BYTES - CONTINUATION.length);
}

// What was appended since `start` was a message's prefix and metadata: pads it and tells its size. On failure `out` is as it was.
static Status end_metadata(TextBuilder *out, size_t start, Error *error) {
  pad(out, start);
  size_t bytes = out->length - start - MESSAGE_PREFIX_BYTES;
  if (out->failed) {
    cut_text(out, start);
    return error_no_memory(error);
  }
  if (bytes > INT32_MAX) {
    cut_text(out, start);
    return error_set(error, ERROR_OUT_OF_RANGE, -1, "The names and types of the columns take more than 2 GiB");
  }
  uint32_t length = (uint32_t)bytes;
  memcpy(out->data + start + CONTINUATION.length, &length, sizeof length);
  return OK;
}

Status arrow_write_schema(const ArrowWriter *writer, TextBuilder *out, Error *error) {
  size_t start = out->length;
  begin_message(out);
  arrow_schema_metadata(writer, out);
  return end_metadata(out, start, error);
}

// The buffers of a node in Arrow's order; returns how many.
static uint32_t node_buffers(ArrowNode *node, TextBuilder *buffers[3]) {
  uint32_t count = 0;
  if (node->layout == ARROW_NULLS) return 0;
  if (node->layout != ARROW_UNION) buffers[count++] = &node->validity;
  if (node->layout == ARROW_TEXT || node->layout == ARROW_LIST) buffers[count++] = &node->offsets;
  if (node->layout == ARROW_BITS || node->layout == ARROW_FIXED || node->layout == ARROW_TEXT ||
      node->layout == ARROW_UNION)
    buffers[count++] = &node->data;
  return count;
}

static void clear_nodes(ArrowWriter *writer) {
  for (ArrowNode *node = writer->nodes; node < writer->nodes + writer->node_count; node++) {
    node->rows = node->null_count = 0;
    text_clear(&node->validity);
    text_clear(&node->offsets);
    text_clear(&node->data);
  }
}

Status arrow_write_batch(ArrowWriter *writer, TextBuilder *out, Error *error) {
  enum { BATCH_LENGTH, BATCH_NODES, BATCH_BUFFERS };
  enum { PAIR_BYTES = 16 }; // FieldNode (rows, NULLs) and Buffer (offset, length): two int64
  size_t start = out->length, buffer_count = 0;
  TextBuilder *buffers[3];
  FlatBuilder flat;
  for (uint32_t i = 0; i < writer->node_count; i++) buffer_count += node_buffers(&writer->nodes[i], buffers);

  begin_message(out);
  ArrowMessage message = arrow_message(&flat, out, ARROW_HEADER_RECORD_BATCH);
  FlatTable batch = flat_table(&flat, message.header, (const uint8_t[]){8, 4, 4}, 3);
  flat_set(&flat, batch.field[BATCH_LENGTH], (int64_t)arrow_batch_rows(writer), 8);
  size_t node_pair = flat_vector(&flat, batch.field[BATCH_NODES], writer->node_count, PAIR_BYTES, 8);
  size_t buffer_pair = flat_vector(&flat, batch.field[BATCH_BUFFERS], buffer_count, PAIR_BYTES, 8);
  TRY(end_metadata(out, start, error));

  size_t body = out->length;
  for (uint32_t i = 0; i < writer->node_count; i++, node_pair += PAIR_BYTES) {
    ArrowNode *node = &writer->nodes[i];
    flat_set(&flat, node_pair, node->rows, 8);
    flat_set(&flat, node_pair + 8, node->null_count, 8);
    uint32_t count = node_buffers(node, buffers);
    for (uint32_t j = 0; j < count; j++, buffer_pair += PAIR_BYTES) {
      flat_set(&flat, buffer_pair, (int64_t)(out->length - body), 8);
      flat_set(&flat, buffer_pair + 8, (int64_t)buffers[j]->length, 8);
      text_append(out, text_str(buffers[j]));
      pad(out, start);
    }
  }
  if (out->failed) {
    cut_text(out, start);
    return error_no_memory(error);
  }
  flat_set(&flat, message.body_length, (int64_t)(out->length - body), 8);
  clear_nodes(writer);
  return OK;
}

Status arrow_write_end(TextBuilder *out, Error *error) {
  size_t start = out->length;
  begin_message(out); // a message without metadata
  if (!out->failed) return OK;
  cut_text(out, start);
  return error_no_memory(error);
}
