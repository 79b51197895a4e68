// SPDX-License-Identifier: MIT
//
// chunk.c: the columns of up to VECTOR_CAPACITY rows, handled together.
#include "vector/vector.h"

Status chunk_init(Chunk *chunk, Memory *memory, const Type *types, uint32_t column_count, Error *error) {
  *chunk = (Chunk){.memory = memory};
  if (!column_count) return OK;
  chunk->columns = memory_allocate_zeroed(memory, sizeof(Vector) * column_count);
  if (!chunk->columns) return error_no_memory(error);
  chunk->column_count = column_count;
  for (uint32_t i = 0; i < column_count; i++) {
    Status status = vector_init(&chunk->columns[i], memory, types[i], VECTOR_CAPACITY, error);
    if (status != OK) {
      chunk_free(chunk);
      return status;
    }
  }
  return OK;
}

void chunk_free(Chunk *chunk) {
  for (uint32_t i = 0; i < chunk->column_count; i++) vector_free(&chunk->columns[i]);
  if (chunk->column_count) memory_free(chunk->memory, chunk->columns, sizeof(Vector) * chunk->column_count);
  *chunk = (Chunk){0};
}

Status chunk_reset(Chunk *chunk, Error *error) {
  chunk->row_count = 0;
  for (uint32_t i = 0; i < chunk->column_count; i++) TRY(vector_reset(&chunk->columns[i], error));
  return OK;
}

void chunk_borrow(Chunk *dst, const Chunk *src) {
  ASSERT(dst->column_count == src->column_count);
  for (uint32_t i = 0; i < src->column_count; i++) vector_borrow(&dst->columns[i], &src->columns[i]);
  dst->row_count = src->row_count;
}

Status chunk_slice(Chunk *dst, const Chunk *src, const uint32_t *selection, uint32_t count, Error *error) {
  ASSERT(dst->column_count == src->column_count);
  for (uint32_t i = 0; i < src->column_count; i++) {
    TRY(vector_slice(&dst->columns[i], &src->columns[i], selection, count, error));
  }
  dst->row_count = count;
  return OK;
}

Status chunk_append(Chunk *dst, const Chunk *src, const uint32_t *selection, uint32_t from, uint32_t count,
                    Error *error) {
  ASSERT(dst->column_count == src->column_count);
  ASSERT(dst->row_count + count <= VECTOR_CAPACITY);
  for (uint32_t i = 0; i < src->column_count; i++) {
    TRY(vector_copy(&dst->columns[i], dst->row_count, &src->columns[i], selection, from, count, error));
  }
  dst->row_count += count;
  return OK;
}

Status chunk_flatten(Chunk *chunk, Error *error) {
  for (uint32_t i = 0; i < chunk->column_count; i++) {
    TRY(vector_flatten(&chunk->columns[i], chunk->row_count, error));
  }
  return OK;
}
