// SPDX-License-Identifier: MIT
//
// group_table.h: a hash table of distinct keys with aggregate states: GROUP BY, DISTINCT, set operations, delim scans.
//
// Keys and states lie in rows (row_store.h), radix-partitioned from the start by bits of the hash; each partition has its own slots and grows
// alone. Small growths happen within find; large ones are made before it, in steps, by group_table_reserve. A slot is 0 (free) or the hash's upper 16 bits (the salt) above a 48-bit row address; probing is linear.
// After every growth a partition is at most half full. NULL keys equal each other.
#ifndef SMEW_GROUP_TABLE_H
#define SMEW_GROUP_TABLE_H

#include "exec/row_store.h"

#define GROUP_PARTITION_BITS 5
#define GROUP_PARTITION_COUNT (1u << GROUP_PARTITION_BITS)

typedef struct GroupPartition {
  RowStore store;
  uint64_t *slots;
  uint32_t slot_count; // a power of two, or 0
} GroupPartition;

// The partition that grows and its new slots; rows up to the cursor are in them.
typedef struct GroupGrowth {
  uint32_t partition;
  uint64_t *slots; // NULL: none grows
  uint32_t slot_count;
  RowCursor row;
} GroupGrowth;

typedef struct GroupTable {
  RowLayout layout; // header: the hash; columns: the keys; tail: the states
  Memory *memory;
  uint64_t group_count;
  GroupPartition partitions[GROUP_PARTITION_COUNT];
  GroupGrowth growth;
} GroupTable;

Status group_table_init(GroupTable *table, Memory *memory, Arena *arena, const Type *key_types, uint32_t key_count,
                        uint32_t state_size, Error *error) MUST_USE;
void group_table_free(GroupTable *table);
// Makes room for the rows of one more chunk, a bounded step at a time: *more: call again, before the next find.
// Without it find works too, but makes all its room at once.
Status group_table_reserve(GroupTable *table, bool *more, Error *error) MUST_USE;
// rows[i] is the group of row i of the keys. Rows that made a new group (their states are zero, to be initialised by the caller) are listed in
// created[0..*created_count).
Status group_table_find(GroupTable *table, const Vector *keys, uint32_t count, uint8_t **rows, uint32_t *created,
                        uint32_t *created_count, Error *error) MUST_USE;
// Like find, but makes no groups: rows[i] is NULL where there is none.
Status group_table_lookup(GroupTable *table, const Vector *keys, uint32_t count, uint8_t **rows, Error *error) MUST_USE;

typedef struct GroupCursor {
  uint32_t partition;
  RowCursor row;
} GroupCursor;
uint32_t group_table_next(const GroupTable *table, GroupCursor *cursor, uint8_t **rows, uint32_t capacity);

static inline uint8_t *group_states(const GroupTable *table, uint8_t *row) { return row + table->layout.tail_offset; }

#endif
