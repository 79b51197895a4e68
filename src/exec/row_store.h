// SPDX-License-Identifier: MIT
//
// row_store.h: what sinks keep (join build sides, groups, sort payloads): rows in relocatable blocks.
//
// A row is `row_size` bytes, and behind it, in the same block, its strings and nested values:
//
//   | header (hash, next, …) | validity, a bit a column | column values | tail (aggregate states) |   strings … |
//   ^ row                                                                                           ^ string bytes
//
// A long string is {length, prefix, offset from the start of its own row}: a block moves with a memcpy, and a row's text never needs the
// block's address. LIST, STRUCT, MAP, ARRAY and UNION values are encoded as bytes (row_nested.c) and kept like strings.
// Blocks double from 1 KiB to 256 KiB; a row that is larger gets a block of its own. Blocks are never moved while a store is in use,
// so row pointers stay valid until row_store_free.
#ifndef SMEW_ROW_STORE_H
#define SMEW_ROW_STORE_H

#include "vector/vector.h"

#define ROW_BLOCK_FIRST_BYTES 1024
#define ROW_BLOCK_MAXIMUM_BYTES (256 * 1024)

typedef struct RowLayout {
  uint32_t column_count;
  const Type *types;
  const uint8_t *physicals; // PHYSICAL_STRING also for nested types, which are encoded
  const uint32_t *offsets;  // of each column's value in the row
  uint32_t header_size;     // bytes before the validity, a multiple of 8
  uint32_t tail_offset;     // a multiple of 16
  uint32_t row_size;        // a multiple of 16
  bool variable;            // some column is a string or nested
} RowLayout;

Status row_layout_make(RowLayout *layout, Arena *arena, const Type *types, uint32_t column_count, uint32_t header_size,
                       uint32_t tail_size, Error *error) MUST_USE;

typedef struct RowBlock {
  uint8_t *data;
  uint32_t size_bytes;
  uint32_t used_bytes;
  uint32_t row_count;
} RowBlock;

typedef struct RowStore {
  const RowLayout *layout;
  Memory *memory;
  RowBlock *blocks;
  uint32_t block_count;
  uint32_t block_capacity;
  uint64_t row_count;
  VectorView *views; // scratch of append, one a column
} RowStore;

void row_store_init(RowStore *store, Memory *memory, const RowLayout *layout);
void row_store_free(RowStore *store);
// Appends rows selection[0..count) (NULL: 0..count) of `columns`; rows[i] is where each went. Header and tail are zero.
Status row_store_append(RowStore *store, const Vector *columns, const uint32_t *selection, uint32_t count,
                        uint8_t **rows, Error *error) MUST_USE;

// Walks all rows in the order of their blocks.
typedef struct RowCursor {
  uint32_t block;
  uint32_t offset; // bytes
} RowCursor;
// Fills rows[] with up to `capacity` rows; fewer only at the end.
uint32_t row_store_next(const RowStore *store, RowCursor *cursor, uint8_t **rows, uint32_t capacity);

// Column `column` of rows[0..count) into rows at.. of a flat vector. Strings point into the blocks (borrowed).
Status row_gather(const RowLayout *layout, uint8_t *const *rows, uint32_t count, uint32_t column, Vector *out,
                  uint32_t at, Error *error) MUST_USE;
// Of selection[0..count) keeps the i whose vector row i equals column `column` of rows[i] (null_equal: NULL = NULL).
// What does not match goes to `others` (may be NULL). Returns how many match.
uint32_t row_match(const RowLayout *layout, const Vector *vector, uint8_t *const *rows, uint32_t column,
                   bool null_equal, uint32_t *selection, uint32_t count, uint32_t *others, uint32_t *other_count);

static inline bool row_column_valid(const RowLayout *layout, const uint8_t *row, uint32_t column) {
  return row[layout->header_size + column / 8] >> (column % 8) & 1;
}
// A string column's text.
static inline Str row_text(const RowLayout *layout, const uint8_t *row, uint32_t column) {
  const uint8_t *at = row + layout->offsets[column];
  uint32_t length;
  memcpy(&length, at, 4);
  if (length <= STRING_INLINE_CAPACITY) return (Str){(const char *)at + 4, length};
  uint64_t offset;
  memcpy(&offset, at + 8, 8);
  return (Str){(const char *)row + offset, length};
}

// Nested values as bytes (row_nested.c). Equal values encode alike (so that groups can be compared by bytes).
uint32_t nested_encoded_size(const Vector *vector, uint32_t row);
uint8_t *nested_encode(const Vector *vector, uint32_t row, uint8_t *out); // returns the end
Status nested_decode(const uint8_t **bytes, Vector *out, uint32_t row, Error *error) MUST_USE;

#endif
