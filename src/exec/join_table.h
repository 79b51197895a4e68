// SPDX-License-Identifier: MIT
//
// join_table.h: the build side of a hash join: rows by hash of their key columns, in chains.
//
// Order of calls: init, append … append, finish until done, then probes. Rows are radix-partitioned from the start; each partition gets
// slots of its own when its rows are all there. A slot is the address of the first row of its chain (48 bits) under 16 tag bits: bit hash >> 60 of each
// row in the chain is set, so that most probes without a partner end at the slot.
#ifndef SMEW_JOIN_TABLE_H
#define SMEW_JOIN_TABLE_H

#include "exec/row_store.h"

#define JOIN_PARTITION_BITS 4
#define JOIN_PARTITION_COUNT (1u << JOIN_PARTITION_BITS)

typedef struct JoinPartition {
  RowStore store;
  uint64_t *slots;
  uint64_t slot_count;
} JoinPartition;

typedef struct JoinTable {
  RowLayout layout; // header: hash, next; columns: the keys, then the payload; tail: a byte "matched"
  Memory *memory;
  uint32_t key_count;
  bool keep_null_keys;    // rows with a NULL key are kept (outer joins of the build side), but never found
  const bool *null_equal; // [key_count] IS NOT DISTINCT FROM keys: NULL finds NULL
  bool has_null_key;      // some row had a NULL in its key (NOT IN)
  uint64_t row_count;     // rows that were given, kept or not
  JoinPartition partitions[JOIN_PARTITION_COUNT];
  uint32_t finish_partition;
  RowCursor finish_row;
} JoinTable;

Status join_table_init(JoinTable *table, Memory *memory, Arena *arena, const Type *types, uint32_t column_count,
                       uint32_t key_count, const bool *null_equal, bool keep_null_keys, Error *error) MUST_USE;
void join_table_free(JoinTable *table);
// columns: keys, then payload.
Status join_table_append(JoinTable *table, const Vector *columns, uint32_t count, Error *error) MUST_USE;
// One bounded step of building the slots.
Status join_table_finish(JoinTable *table, bool *done, Error *error) MUST_USE;
// heads[i]: the first row of row i's chain, NULL: none. Chains hold other keys too: compare with join_table_match.
void join_table_probe(const JoinTable *table, const Vector *keys, uint32_t count, uint8_t **heads);
// Of selection[0..count) keeps those whose keys equal those of rows[i].
uint32_t join_table_match(const JoinTable *table, const Vector *keys, uint8_t *const *rows, uint32_t *selection,
                          uint32_t count);

static inline uint8_t *join_row_next(const uint8_t *row) {
  uint64_t next;
  memcpy(&next, row + 8, 8);
  return (uint8_t *)(uintptr_t)next;
}
static inline uint8_t *join_row_matched(const JoinTable *table, uint8_t *row) {
  return row + table->layout.tail_offset;
}

typedef struct JoinCursor {
  uint32_t partition;
  RowCursor row;
} JoinCursor;
uint32_t join_table_next(const JoinTable *table, JoinCursor *cursor, uint8_t **rows, uint32_t capacity);

#endif
