// SPDX-License-Identifier: MIT
//
// group_table.c: finding and making groups, a chunk at a time. See group_table.h.
//
// A chunk is resolved in rounds. Each row of a round walks its partition's slots to a free one or one with its salt. Free: it makes a group. Salt: its
// key is compared; where it differs the row goes on from the next slot in the next round. Rows that share a new key meet the salt of the first of
// them in the same round and are compared after it was written.
#include "exec/group_table.h"

#define POINTER_MASK ((UINT64_C(1) << 48) - 1)
#define SALT_MASK (~POINTER_MASK)
#define FIRST_SLOTS 32

static uint32_t partition_of(uint64_t hash) { return hash >> 40 & (GROUP_PARTITION_COUNT - 1); }

static uint8_t *slot_row(uint64_t slot) { return (uint8_t *)(uintptr_t)(slot & POINTER_MASK); }

Status group_table_init(GroupTable *table, Memory *memory, Arena *arena, const Type *key_types, uint32_t key_count,
                        uint32_t state_size, Error *error) {
  memset(table, 0, sizeof *table);
  table->memory = memory;
  TRY(row_layout_make(&table->layout, arena, key_types, key_count, 8, state_size, error));
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) {
    row_store_init(&table->partitions[p].store, memory, &table->layout);
  }
  return OK;
}

void group_table_free(GroupTable *table) {
  if (!table->memory) return;
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) {
    GroupPartition *partition = &table->partitions[p];
    row_store_free(&partition->store);
    memory_free_later(table->memory, partition->slots, sizeof(uint64_t) * partition->slot_count);
    partition->slots = NULL;
    partition->slot_count = 0;
  }
  table->group_count = 0;
  memory_free(table->memory, table->growth.slots, sizeof(uint64_t) * table->growth.slot_count);
  table->growth = (GroupGrowth){0};
}

// ---------------------------------------------------------------------------------------------------------------------
// Growth. The rows of the partition are walked in the order of their blocks, which memory likes better than the order of the old slots.
// ---------------------------------------------------------------------------------------------------------------------

#define RESERVE_SLOTS 16384 // a partition of fewer grows within find
#define RESERVE_STEP_ROWS 16384

static Status start_growth(GroupTable *table, uint32_t partition, uint64_t wanted, Error *error) {
  uint32_t slot_count = MAX_OF(table->partitions[partition].slot_count, (uint32_t)FIRST_SLOTS);
  while (slot_count < wanted * 2) {
    if (slot_count > UINT32_MAX / 4) return error_no_memory(error);
    slot_count *= 2;
  }
  uint64_t *slots = memory_allocate_zeroed(table->memory, sizeof(uint64_t) * slot_count);
  if (!slots) return error_no_memory(error);
  table->growth = (GroupGrowth){.partition = partition, .slots = slots, .slot_count = slot_count};
  return OK;
}

// Puts up to `most` rows into the new slots; after the last they take the place of the old.
static void grow_step(GroupTable *table, uint64_t most) {
  GroupGrowth *growth = &table->growth;
  GroupPartition *partition = &table->partitions[growth->partition];
  uint32_t mask = growth->slot_count - 1;
  uint8_t *rows[VECTOR_CAPACITY];
  for (uint64_t done = 0; done < most;) {
    uint32_t count = row_store_next(&partition->store, &growth->row, rows, VECTOR_CAPACITY);
    for (uint32_t i = 0; i < count; i++) {
      uint64_t hash;
      memcpy(&hash, rows[i], sizeof hash);
      uint32_t at = (uint32_t)hash & mask;
      while (growth->slots[at]) at = (at + 1) & mask;
      growth->slots[at] = (hash & SALT_MASK) | (uint64_t)(uintptr_t)rows[i];
    }
    done += count;
    if (count == VECTOR_CAPACITY) continue;
    memory_free(table->memory, partition->slots, sizeof(uint64_t) * partition->slot_count);
    partition->slots = growth->slots;
    partition->slot_count = growth->slot_count;
    *growth = (GroupGrowth){0};
    return;
  }
}

static Status grow_partition(GroupTable *table, uint32_t partition, uint64_t wanted, Error *error) {
  TRY(start_growth(table, partition, wanted, error));
  grow_step(table, UINT64_MAX);
  return OK;
}

static bool too_full(const GroupPartition *partition, uint64_t row_count) {
  return row_count * 3 > (uint64_t)partition->slot_count * 2;
}

Status group_table_reserve(GroupTable *table, bool *more, Error *error) {
  *more = true;
  if (table->growth.slots) {
    grow_step(table, RESERVE_STEP_ROWS);
    return OK;
  }
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) {
    const GroupPartition *partition = &table->partitions[p];
    uint64_t wanted = partition->store.row_count + VECTOR_CAPACITY;
    if (partition->slot_count >= RESERVE_SLOTS && too_full(partition, wanted))
      return start_growth(table, p, wanted, error);
  }
  *more = false;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Finding and making
// ---------------------------------------------------------------------------------------------------------------------

static Status make_room(GroupTable *table, const uint64_t *hashes, uint32_t count, Error *error) {
  uint32_t arriving[GROUP_PARTITION_COUNT] = {0};
  for (uint32_t i = 0; i < count; i++) arriving[partition_of(hashes[i])]++;
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) {
    if (!arriving[p]) continue;
    GroupPartition *partition = &table->partitions[p];
    uint64_t wanted = partition->store.row_count + arriving[p];
    if (too_full(partition, wanted)) TRY(grow_partition(table, p, wanted, error));
  }
  return OK;
}

// Writes the rows of created[from..to) and puts their addresses into the slots that were taken for them.
static Status write_created(GroupTable *table, const Vector *keys, const uint64_t *hashes, const uint32_t *slots,
                            const uint32_t *created, uint32_t count, uint8_t **rows, Error *error) {
  uint32_t starts[GROUP_PARTITION_COUNT + 1] = {0};
  uint32_t order[VECTOR_CAPACITY];
  uint8_t *written[VECTOR_CAPACITY];
  for (uint32_t i = 0; i < count; i++) starts[partition_of(hashes[created[i]]) + 1]++;
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) starts[p + 1] += starts[p];
  uint32_t fill[GROUP_PARTITION_COUNT];
  memcpy(fill, starts, sizeof fill);
  for (uint32_t i = 0; i < count; i++) order[fill[partition_of(hashes[created[i]])]++] = created[i];
  Status status = OK;
  for (uint32_t p = 0; p < GROUP_PARTITION_COUNT; p++) {
    uint32_t in_partition = starts[p + 1] - starts[p];
    if (!in_partition) continue;
    GroupPartition *partition = &table->partitions[p];
    const uint32_t *selection = order + starts[p];
    if (status == OK) status = row_store_append(&partition->store, keys, selection, in_partition, written, error);
    for (uint32_t k = 0; k < in_partition; k++) {
      uint32_t i = selection[k];
      if (status != OK) { // the slots that were taken must not point to nowhere
        partition->slots[slots[i]] = 0;
        continue;
      }
      memcpy(written[k], &hashes[i], sizeof(uint64_t));
      partition->slots[slots[i]] = (hashes[i] & SALT_MASK) | (uint64_t)(uintptr_t)written[k];
      rows[i] = written[k];
    }
  }
  table->group_count += count;
  return status;
}

static Status resolve(GroupTable *table, const Vector *keys, uint32_t count, bool make, uint8_t **rows,
                      uint32_t *created, uint32_t *created_count, Error *error) {
  uint64_t hashes[VECTOR_CAPACITY];
  uint32_t slots[VECTOR_CAPACITY];
  uint32_t active[VECTOR_CAPACITY];
  uint32_t compare[VECTOR_CAPACITY];
  const RowLayout *layout = &table->layout;
  if (layout->column_count == 0) memset(hashes, 0, sizeof(uint64_t) * count);
  for (uint32_t c = 0; c < layout->column_count; c++) vector_hash(&keys[c], count, hashes, c > 0);
  if (make) TRY(make_room(table, hashes, count, error));
  for (uint32_t i = 0; i < count; i++) {
    active[i] = i;
    slots[i] = (uint32_t)hashes[i];
  }
  uint32_t active_count = count;
  while (active_count) {
    uint32_t compare_count = 0;
    uint32_t first_created = *created_count;
    for (uint32_t k = 0; k < active_count; k++) {
      uint32_t i = active[k];
      GroupPartition *partition = &table->partitions[partition_of(hashes[i])];
      if (UNLIKELY(!partition->slot_count)) {
        rows[i] = NULL;
        continue;
      }
      uint32_t mask = partition->slot_count - 1;
      uint32_t at = slots[i] & mask;
      uint64_t salt = hashes[i] & SALT_MASK;
      uint64_t slot;
      // A taken but not yet written slot is the salt with address 1: it is never followed before it was written.
      while ((slot = partition->slots[at]) && (slot & SALT_MASK) != salt) at = (at + 1) & mask;
      slots[i] = at;
      if (slot) {
        compare[compare_count++] = i;
      } else if (make) {
        partition->slots[at] = salt | 1;
        created[(*created_count)++] = i;
      } else {
        rows[i] = NULL;
      }
    }
    if (*created_count > first_created) {
      TRY(write_created(table, keys, hashes, slots, created + first_created, *created_count - first_created, rows,
                        error));
    }
    for (uint32_t k = 0; k < compare_count; k++) {
      uint32_t i = compare[k];
      rows[i] = slot_row(table->partitions[partition_of(hashes[i])].slots[slots[i]]);
    }
    active_count = 0;
    for (uint32_t c = 0; c < layout->column_count && compare_count; c++) {
      compare_count = row_match(layout, &keys[c], rows, c, true, compare, compare_count, active, &active_count);
    }
    for (uint32_t k = 0; k < active_count; k++) slots[active[k]]++;
  }
  return OK;
}

Status group_table_find(GroupTable *table, const Vector *keys, uint32_t count, uint8_t **rows, uint32_t *created,
                        uint32_t *created_count, Error *error) {
  *created_count = 0;
  return resolve(table, keys, count, true, rows, created, created_count, error);
}

Status group_table_lookup(GroupTable *table, const Vector *keys, uint32_t count, uint8_t **rows, Error *error) {
  uint32_t none = 0;
  return resolve(table, keys, count, false, rows, NULL, &none, error);
}

uint32_t group_table_next(const GroupTable *table, GroupCursor *cursor, uint8_t **rows, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity && cursor->partition < GROUP_PARTITION_COUNT) {
    uint32_t got =
        row_store_next(&table->partitions[cursor->partition].store, &cursor->row, rows + count, capacity - count);
    count += got;
    if (count < capacity) {
      cursor->partition++;
      cursor->row = (RowCursor){0, 0};
    }
  }
  return count;
}
