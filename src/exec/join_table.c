// SPDX-License-Identifier: MIT
//
// join_table.c: building and probing the chains of a hash join. See join_table.h.
#include "exec/join_table.h"

#define POINTER_MASK ((UINT64_C(1) << 48) - 1)
#define FINISH_STEP_ROWS 16384

static uint32_t partition_of(uint64_t hash) { return hash >> 40 & (JOIN_PARTITION_COUNT - 1); }
static uint64_t tag_of(uint64_t hash) { return UINT64_C(1) << (48 + (hash >> 60)); }

Status join_table_init(JoinTable *table, Memory *memory, Arena *arena, const Type *types, uint32_t column_count,
                       uint32_t key_count, const bool *null_equal, bool keep_null_keys, Error *error) {
  memset(table, 0, sizeof *table);
  table->memory = memory;
  table->key_count = key_count;
  table->null_equal = null_equal;
  table->keep_null_keys = keep_null_keys;
  TRY(row_layout_make(&table->layout, arena, types, column_count, 16, 1, error));
  for (uint32_t p = 0; p < JOIN_PARTITION_COUNT; p++) {
    row_store_init(&table->partitions[p].store, memory, &table->layout);
  }
  return OK;
}

void join_table_free(JoinTable *table) {
  if (!table->memory) return;
  for (uint32_t p = 0; p < JOIN_PARTITION_COUNT; p++) {
    JoinPartition *partition = &table->partitions[p];
    row_store_free(&partition->store);
    memory_free_later(table->memory, partition->slots, sizeof(uint64_t) * partition->slot_count);
    partition->slots = NULL;
    partition->slot_count = 0;
  }
}

// Rows none of whose keys is NULL, but for keys that compare NULLs as equal.
static uint32_t select_valid_keys(const JoinTable *table, const Vector *keys, uint32_t count, uint32_t *selection) {
  uint32_t kept = count;
  for (uint32_t i = 0; i < count; i++) selection[i] = i;
  for (uint32_t c = 0; c < table->key_count; c++) {
    if (table->null_equal && table->null_equal[c]) continue;
    VectorView view;
    vector_view(&keys[c], &view);
    if (!view.validity) continue;
    uint32_t valid = 0;
    for (uint32_t k = 0; k < kept; k++) {
      uint32_t i = selection[k];
      selection[valid] = i;
      valid += view_valid(&view, view_row(&view, i));
    }
    kept = valid;
  }
  return kept;
}

static void hash_keys(const JoinTable *table, const Vector *keys, uint32_t count, uint64_t *hashes) {
  if (table->key_count == 0) memset(hashes, 0, sizeof(uint64_t) * count);
  for (uint32_t c = 0; c < table->key_count; c++) vector_hash(&keys[c], count, hashes, c > 0);
}

Status join_table_append(JoinTable *table, const Vector *columns, uint32_t count, Error *error) {
  uint64_t hashes[VECTOR_CAPACITY];
  uint32_t selection[VECTOR_CAPACITY];
  uint32_t order[VECTOR_CAPACITY];
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t starts[JOIN_PARTITION_COUNT + 1] = {0};
  uint32_t fill[JOIN_PARTITION_COUNT];
  table->row_count += count;
  uint32_t kept = select_valid_keys(table, columns, count, selection);
  if (kept < count) table->has_null_key = true;
  if (table->keep_null_keys && kept < count) {
    for (uint32_t i = 0; i < count; i++) selection[i] = i;
    kept = count;
  }
  hash_keys(table, columns, count, hashes);
  for (uint32_t k = 0; k < kept; k++) starts[partition_of(hashes[selection[k]]) + 1]++;
  for (uint32_t p = 0; p < JOIN_PARTITION_COUNT; p++) starts[p + 1] += starts[p];
  memcpy(fill, starts, sizeof fill);
  for (uint32_t k = 0; k < kept; k++) order[fill[partition_of(hashes[selection[k]])]++] = selection[k];
  for (uint32_t p = 0; p < JOIN_PARTITION_COUNT; p++) {
    uint32_t in_partition = starts[p + 1] - starts[p];
    if (!in_partition) continue;
    TRY(row_store_append(&table->partitions[p].store, columns, order + starts[p], in_partition, rows, error));
    for (uint32_t k = 0; k < in_partition; k++) memcpy(rows[k], &hashes[order[starts[p] + k]], sizeof(uint64_t));
  }
  return OK;
}

static Status make_slots(JoinTable *table, JoinPartition *partition, Error *error) {
  uint64_t slot_count = 64;
  while (slot_count < partition->store.row_count * 2) slot_count *= 2;
  if (slot_count > SIZE_MAX / 16) return error_no_memory(error);
  partition->slots = memory_allocate_zeroed(table->memory, sizeof(uint64_t) * slot_count);
  if (!partition->slots) return error_no_memory(error);
  partition->slot_count = slot_count;
  return OK;
}

Status join_table_finish(JoinTable *table, bool *done, Error *error) {
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t left = FINISH_STEP_ROWS;
  *done = false;
  while (left && table->finish_partition < JOIN_PARTITION_COUNT) {
    JoinPartition *partition = &table->partitions[table->finish_partition];
    if (!partition->slots && partition->store.row_count) TRY(make_slots(table, partition, error));
    uint32_t count =
        row_store_next(&partition->store, &table->finish_row, rows, MIN_OF(left, (uint32_t)VECTOR_CAPACITY));
    if (!count) {
      table->finish_partition++;
      table->finish_row = (RowCursor){0, 0};
      continue;
    }
    uint64_t mask = partition->slot_count - 1;
    for (uint32_t i = 0; i < count; i++) {
      uint64_t hash;
      memcpy(&hash, rows[i], sizeof hash);
      uint64_t *slot = &partition->slots[hash & mask];
      uint64_t next = *slot & POINTER_MASK;
      memcpy(rows[i] + 8, &next, sizeof next);
      *slot = (*slot & ~POINTER_MASK) | tag_of(hash) | (uint64_t)(uintptr_t)rows[i];
    }
    left -= count;
  }
  *done = table->finish_partition == JOIN_PARTITION_COUNT;
  return OK;
}

void join_table_probe(const JoinTable *table, const Vector *keys, uint32_t count, uint8_t **heads) {
  uint64_t hashes[VECTOR_CAPACITY];
  uint32_t selection[VECTOR_CAPACITY];
  hash_keys(table, keys, count, hashes);
  uint32_t valid = select_valid_keys(table, keys, count, selection);
  if (valid < count) memset(heads, 0, sizeof(uint8_t *) * count);
  for (uint32_t k = 0; k < valid; k++) {
    uint32_t i = selection[k];
    uint64_t hash = hashes[i];
    const JoinPartition *partition = &table->partitions[partition_of(hash)];
    if (!partition->slot_count) {
      heads[i] = NULL;
      continue;
    }
    uint64_t slot = partition->slots[hash & (partition->slot_count - 1)];
    heads[i] = slot & tag_of(hash) ? (uint8_t *)(uintptr_t)(slot & POINTER_MASK) : NULL;
  }
}

uint32_t join_table_match(const JoinTable *table, const Vector *keys, uint8_t *const *rows, uint32_t *selection,
                          uint32_t count) {
  for (uint32_t c = 0; c < table->key_count && count; c++) {
    bool null_equal = table->null_equal && table->null_equal[c];
    count = row_match(&table->layout, &keys[c], rows, c, null_equal, selection, count, NULL, NULL);
  }
  return count;
}

uint32_t join_table_next(const JoinTable *table, JoinCursor *cursor, uint8_t **rows, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity && cursor->partition < JOIN_PARTITION_COUNT) {
    const RowStore *store = &table->partitions[cursor->partition].store;
    count += row_store_next(store, &cursor->row, rows + count, capacity - count);
    if (count < capacity) {
      cursor->partition++;
      cursor->row = (RowCursor){0, 0};
    }
  }
  return count;
}
