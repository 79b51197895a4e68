// SPDX-License-Identifier: MIT
//
// row_buffer.h: chunks that are kept and read again, in order: CTEs, build sides of nested loops, RETURNING, percent limits.
// Rows lie in a RowStore, so that what is kept has one form everywhere; reading gathers a chunk.
#ifndef SMEW_ROW_BUFFER_H
#define SMEW_ROW_BUFFER_H

#include "exec/row_store.h"

typedef struct RowBuffer {
  RowLayout layout;
  RowStore store;
} RowBuffer;

Status row_buffer_init(RowBuffer *buffer, Memory *memory, Arena *arena, const Type *types, uint32_t count,
                       Error *error) MUST_USE;
void row_buffer_free(RowBuffer *buffer); // empty again, usable
Status row_buffer_append(RowBuffer *buffer, const Chunk *chunk, Error *error) MUST_USE;
// Fills `out` (reset here) with up to `most` next rows; columns[i] of the buffer becomes column i (NULL: all, in order). Empty at the end.
Status row_buffer_read(const RowBuffer *buffer, RowCursor *cursor, const uint32_t *columns, uint32_t most, Chunk *out,
                       Error *error) MUST_USE;

#endif
