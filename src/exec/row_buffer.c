// SPDX-License-Identifier: MIT
//
// row_buffer.c: see row_buffer.h.
#include "exec/row_buffer.h"

Status row_buffer_init(RowBuffer *buffer, Memory *memory, Arena *arena, const Type *types, uint32_t count,
                       Error *error) {
  TRY(row_layout_make(&buffer->layout, arena, types, count, 0, 0, error));
  row_store_init(&buffer->store, memory, &buffer->layout);
  return OK;
}

void row_buffer_free(RowBuffer *buffer) {
  if (buffer->store.memory) row_store_free(&buffer->store);
}

Status row_buffer_append(RowBuffer *buffer, const Chunk *chunk, Error *error) {
  uint8_t *rows[VECTOR_CAPACITY];
  return row_store_append(&buffer->store, chunk->columns, NULL, chunk->row_count, rows, error);
}

Status row_buffer_read(const RowBuffer *buffer, RowCursor *cursor, const uint32_t *columns, uint32_t most, Chunk *out,
                       Error *error) {
  uint8_t *rows[VECTOR_CAPACITY];
  TRY(chunk_reset(out, error));
  uint32_t count = row_store_next(&buffer->store, cursor, rows, most);
  for (uint32_t i = 0; i < out->column_count && count; i++) {
    TRY(row_gather(&buffer->layout, rows, count, columns ? columns[i] : i, &out->columns[i], 0, error));
  }
  out->row_count = count;
  return OK;
}
