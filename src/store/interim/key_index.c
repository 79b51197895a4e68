// SPDX-License-Identifier: MIT
//
// key_index.c: a list of open-addressing tables, one for each key of each table. See key_index.h.
#include "store/interim/key_index.h"

typedef struct KeyEntry {
  uint64_t hash;
  int64_t row_id; // -1: free
} KeyEntry;

typedef struct KeyTable {
  uint64_t table;
  uint32_t key;
  bool filled;
  KeyEntry *entries;
  uint32_t count;
  uint32_t capacity; // a power of two, or 0
  struct KeyTable *next;
} KeyTable;

struct KeyIndex {
  Memory *memory;
  KeyTable *tables;
};

KeyIndex *key_index_create(Memory *memory) {
  KeyIndex *index = memory_allocate_zeroed(memory, sizeof *index);
  if (index) index->memory = memory;
  return index;
}

static void free_table(KeyIndex *index, KeyTable *table) {
  memory_free(index->memory, table->entries, sizeof(KeyEntry) * table->capacity);
  memory_free(index->memory, table, sizeof *table);
}

void key_index_free(KeyIndex *index) {
  if (!index) return;
  while (index->tables) {
    KeyTable *next = index->tables->next;
    free_table(index, index->tables);
    index->tables = next;
  }
  memory_free(index->memory, index, sizeof *index);
}

static KeyTable *find(const KeyIndex *index, uint64_t table, uint32_t key) {
  for (KeyTable *entry = index->tables; entry; entry = entry->next) {
    if (entry->table == table && entry->key == key) return entry;
  }
  return NULL;
}

static Status find_or_make(KeyIndex *index, uint64_t table, uint32_t key, KeyTable **out, Error *error) {
  *out = find(index, table, key);
  if (*out) return OK;
  KeyTable *made = memory_allocate_zeroed(index->memory, sizeof *made);
  if (!made) return error_no_memory(error);
  made->table = table;
  made->key = key;
  made->next = index->tables;
  index->tables = made;
  *out = made;
  return OK;
}

bool key_index_filled(const KeyIndex *index, uint64_t table, uint32_t key) {
  const KeyTable *found = find(index, table, key);
  return found && found->filled;
}

Status key_index_mark_filled(KeyIndex *index, uint64_t table, uint32_t key, Error *error) {
  KeyTable *found = NULL;
  TRY(find_or_make(index, table, key, &found, error));
  found->filled = true;
  return OK;
}

void key_index_forget(KeyIndex *index, uint64_t table) {
  KeyTable **link = &index->tables;
  while (*link) {
    KeyTable *entry = *link;
    if (entry->table == table) {
      *link = entry->next;
      free_table(index, entry);
    } else {
      link = &entry->next;
    }
  }
}

static void place(KeyEntry *entries, uint32_t capacity, KeyEntry entry) {
  uint32_t at = (uint32_t)(entry.hash & (capacity - 1));
  while (entries[at].row_id >= 0) at = (at + 1) & (capacity - 1);
  entries[at] = entry;
}

static Status grow(KeyIndex *index, KeyTable *table, Error *error) {
  uint32_t capacity = table->capacity ? table->capacity * 2 : 64;
  KeyEntry *entries = memory_allocate(index->memory, sizeof *entries * capacity);
  if (!entries) return error_no_memory(error);
  for (uint32_t i = 0; i < capacity; i++) entries[i].row_id = -1;
  for (uint32_t i = 0; i < table->capacity; i++) {
    if (table->entries[i].row_id >= 0) place(entries, capacity, table->entries[i]);
  }
  memory_free(index->memory, table->entries, sizeof *entries * table->capacity);
  table->entries = entries;
  table->capacity = capacity;
  return OK;
}

Status key_index_add(KeyIndex *index, uint64_t table, uint32_t key, uint64_t hash, int64_t row_id, Error *error) {
  KeyTable *found = NULL;
  TRY(find_or_make(index, table, key, &found, error));
  if (found->count * 2 >= found->capacity) TRY(grow(index, found, error));
  place(found->entries, found->capacity, (KeyEntry){hash, row_id});
  found->count++;
  return OK;
}

bool key_index_next(const KeyIndex *index, uint64_t table, uint32_t key, uint64_t hash, uint32_t *cursor, int64_t *row_id) {
  const KeyTable *found = find(index, table, key);
  if (!found || !found->capacity) return false;
  // The cursor counts probes, so that equal hashes further on are found.
  for (uint32_t probe = *cursor; probe < found->capacity; probe++) {
    const KeyEntry *entry = &found->entries[((uint32_t)hash + probe) & (found->capacity - 1)];
    if (entry->row_id < 0) return false;
    if (entry->hash != hash) continue;
    *row_id = entry->row_id;
    *cursor = probe + 1;
    return true;
  }
  return false;
}
