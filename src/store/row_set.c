// SPDX-License-Identifier: MIT
//
// row_set.c: see row_set.h.
#include "store/row_set.h"

void row_set_init(RowSet *set, Memory *memory) { *set = (RowSet){.memory = memory}; }

void row_set_free(RowSet *set) {
  for (uint32_t i = 0; i < set->capacity; i++) {
    if (set->items[i]) memory_free(set->memory, set->items[i], sizeof(RowSetItem));
  }
  memory_free(set->memory, set->items, sizeof(RowSetItem *) * set->capacity);
  *set = (RowSet){.memory = set->memory};
}

static RowSetItem **find_slot(const RowSet *set, int64_t key) {
  uint32_t mask = set->capacity - 1, slot = (uint32_t)hash_u64((uint64_t)key) & mask;
  while (set->items[slot] && set->items[slot]->key != key) slot = (slot + 1) & mask;
  return &set->items[slot];
}

static Status grow(RowSet *set, Error *error) {
  RowSet fresh = {.memory = set->memory, .count = set->count, .capacity = set->capacity ? set->capacity * 2 : 16};
  fresh.items = memory_allocate_zeroed(set->memory, sizeof(RowSetItem *) * fresh.capacity);
  if (!fresh.items) return error_no_memory(error);
  for (uint32_t i = 0; i < set->capacity; i++) {
    if (set->items[i]) *find_slot(&fresh, set->items[i]->key) = set->items[i];
  }
  memory_free(set->memory, set->items, sizeof(RowSetItem *) * set->capacity);
  *set = fresh;
  return OK;
}

Status row_set_add(RowSet *set, int64_t row_id, Error *error) {
  if ((set->count + 1) * 2 > set->capacity) TRY(grow(set, error));
  int64_t key = row_id / ROW_SET_SPAN + 1;
  RowSetItem **slot = find_slot(set, key);
  if (!*slot) {
    RowSetItem *item = memory_allocate_zeroed(set->memory, sizeof *item);
    if (!item) return error_no_memory(error);
    item->key = key;
    *slot = item;
    set->count++;
  }
  bit_set((*slot)->bits, (size_t)(row_id % ROW_SET_SPAN));
  return OK;
}

const uint64_t *row_set_bits(const RowSet *set, int64_t row_id) {
  if (!set->count) return NULL;
  const RowSetItem *item = *find_slot(set, row_id / ROW_SET_SPAN + 1);
  return item ? item->bits : NULL;
}

bool row_set_has(const RowSet *set, int64_t row_id) {
  const uint64_t *bits = row_set_bits(set, row_id);
  return bits && bit_get(bits, (size_t)(row_id % ROW_SET_SPAN));
}
