// SPDX-License-Identifier: MIT
//
// sort_buffer.h: rows in, rows out in order. ORDER BY, TOP_N, ordered aggregates, windows, DISTINCT ON.
//
// Order of calls: init, append …, finish until done, next … until no rows.
//
//   append   the payload goes into rows; the keys become an entry: {normalised key words, row}. Keys of fixed size lie in the entry whole; of
//            longer ones the first SORT_PREFIX_WORDS words do, and the whole key is kept as a hidden BLOB column of the row
//   runs     every SORT_RUN_ENTRIES entries are sorted as soon as they are there (bounded work)
//   next     merges the runs by a loser tree (Knuth, TAOCP 3, 5.4.1), a chunk at a time: sorting needs no long step at all
//
// Equal keys keep the order in which they arrived (stable): runs are in order of arrival and ties go to the earlier.
// With a limit (TOP_N) sort_buffer_reserve, before each append, drops the entries beyond the best `limit` each time enough have gathered; rows that
// cannot be among them are not kept.
#ifndef SMEW_SORT_BUFFER_H
#define SMEW_SORT_BUFFER_H

#include "exec/row_store.h"
#include "expr/expr.h"

#define SORT_RUN_ENTRIES 8192
#define SORT_PREFIX_WORDS 3

typedef struct SortRun {
  uint64_t *entries; // of entry_words each
  uint32_t count;
  uint32_t capacity;
  uint32_t next; // merge position
} SortRun;

typedef struct SortBuffer {
  Memory *memory;
  RowLayout layout; // header: tag (8 bytes); columns: payload, then, for long keys, the key
  RowStore rows;
  uint32_t payload_count;
  const SortSpec *specs;
  const Type *key_types;
  uint32_t key_count;
  uint32_t key_bytes;   // of fixed keys; 0: they vary
  uint32_t key_words;   // in an entry
  uint32_t entry_words; // key_words + 1 (row)
  uint64_t limit;       // 0: none
  SortRun *runs;
  uint32_t run_count;
  uint32_t run_capacity;
  uint32_t *losers; // the tree: losers[0] is the winner
  bool merging;
  uint64_t entry_count;
  uint64_t *bound;         // TOP_N: the worst entry that still counts; NULL: none yet
  struct SortBuffer *kept; // TOP_N, while entries are dropped: the runs of those that stay
  TextBuilder key_text;
  Vector *columns; // scratch of append: payload and key
  Vector key_column;
} SortBuffer;

// key_exprs give types and order only. limit 0: all rows.
Status sort_buffer_init(SortBuffer *buffer, Memory *memory, Arena *arena, const SortKey *keys, uint32_t key_count,
                        const Type *payload_types, uint32_t payload_count, uint64_t limit, Error *error) MUST_USE;
void sort_buffer_free(SortBuffer *buffer); // empty again, usable
// With a limit: makes room, a bounded step at a time. *more: call again before the next append.
Status sort_buffer_reserve(SortBuffer *buffer, bool *more, Error *error) MUST_USE;
Status sort_buffer_append(SortBuffer *buffer, const Vector *keys, const Vector *payload, uint32_t count,
                          Error *error) MUST_USE;
// The same for rows selection[0..count) (NULL: all); each keeps tags[row], an address.
Status sort_buffer_append_tagged(SortBuffer *buffer, const Vector *keys, const Vector *payload, uint8_t *const *tags,
                                 const uint32_t *selection, uint32_t count, Error *error) MUST_USE;
Status sort_buffer_finish(SortBuffer *buffer, bool *done, Error *error) MUST_USE;
// The next rows in order: their addresses; their keys' words (NULL: not wanted). 0: no more.
uint32_t sort_buffer_next_rows(SortBuffer *buffer, uint8_t **rows, uint32_t capacity);
// `out` is reset here; columns[i] of the payload becomes column i (NULL: all).
Status sort_buffer_next(SortBuffer *buffer, const uint32_t *columns, uint32_t most, Chunk *out, Error *error) MUST_USE;
Status sort_buffer_next_tagged(SortBuffer *buffer, Chunk *out, uint8_t **tags, Error *error) MUST_USE;

#endif
