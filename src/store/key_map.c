// SPDX-License-Identifier: MIT
//
// key_map.c: see key_map.h.
#include "store/key_map.h"

void key_map_init(KeyMap *map, Memory *memory) {
  *map = (KeyMap){.memory = memory};
  text_init(&map->heap, memory);
}

void key_map_free(KeyMap *map) {
  if (!map->memory) return;
  memory_free(map->memory, map->entries, sizeof(KeyEntry) * map->capacity);
  text_free(&map->heap);
  *map = (KeyMap){0};
}

static uint32_t hash_key(Str key) { return (uint32_t)hash_bytes(key.data, key.length); }

static uint64_t short_word(Str key) {
  uint64_t word = 0;
  if (key.length) memcpy(&word, key.data, key.length);
  return word;
}

static bool entry_is(const KeyMap *map, const KeyEntry *entry, Str key, uint32_t hash, uint64_t word) {
  if (entry->row == KEY_REMOVED || entry->hash != hash || entry->length != key.length) return false;
  if (key.length <= sizeof word) return entry->word == word;
  return memcmp(map->heap.data + entry->word, key.data, key.length) == 0;
}

static KeyEntry *find(const KeyMap *map, Str key, uint32_t hash) {
  if (!map->capacity) return NULL;
  uint64_t word = key.length <= sizeof word ? short_word(key) : 0;
  uint32_t mask = map->capacity - 1, slot = hash & mask;
  while (map->entries[slot].row != KEY_EMPTY) {
    if (entry_is(map, &map->entries[slot], key, hash, word)) return &map->entries[slot];
    slot = (slot + 1) & mask;
  }
  return NULL;
}

bool key_map_get(const KeyMap *map, Str key, int64_t *row) {
  const KeyEntry *entry = find(map, key, hash_key(key));
  if (entry) *row = entry->row;
  return entry != NULL;
}

static Status rehash(KeyMap *map, uint32_t capacity, Error *error) {
  KeyEntry *entries = memory_allocate(map->memory, sizeof(KeyEntry) * capacity);
  if (!entries) return error_no_memory(error);
  for (uint32_t i = 0; i < capacity; i++) entries[i].row = KEY_EMPTY;
  for (uint32_t i = 0; i < map->capacity; i++) {
    const KeyEntry *entry = &map->entries[i];
    if (entry->row == KEY_EMPTY || entry->row == KEY_REMOVED) continue;
    uint32_t slot = entry->hash & (capacity - 1);
    while (entries[slot].row != KEY_EMPTY) slot = (slot + 1) & (capacity - 1);
    entries[slot] = *entry;
  }
  memory_free(map->memory, map->entries, sizeof(KeyEntry) * map->capacity);
  map->entries = entries;
  map->capacity = capacity;
  map->used = map->count;
  return OK;
}

Status key_map_reserve(KeyMap *map, uint32_t count, size_t key_bytes, Error *error) {
  uint64_t wanted = (uint64_t)map->used + count + 1;
  if (wanted * 4 > (uint64_t)map->capacity * 3) {
    uint64_t capacity = 64;
    while (((uint64_t)map->count + count + 1) * 4 > capacity * 3 || capacity < map->capacity) capacity *= 2;
    if (capacity > UINT32_MAX / 2) return error_no_memory(error);
    TRY(rehash(map, (uint32_t)capacity, error));
  }
  if (key_bytes) {
    size_t length = map->heap.length;
    text_append_repeated(&map->heap, 0, key_bytes);
    if (map->heap.failed) {
      map->heap.failed = false;
      map->heap.length = length;
      return error_no_memory(error);
    }
    map->heap.length = length;
  }
  return OK;
}

Status key_map_put(KeyMap *map, Str key, int64_t row, Error *error) {
  uint32_t hash = hash_key(key);
  KeyEntry *there = find(map, key, hash);
  if (there) {
    there->row = row;
    return OK;
  }
  TRY(key_map_reserve(map, 1, 0, error));
  KeyEntry entry = {.row = row, .length = (uint32_t)key.length, .hash = hash};
  if (key.length <= sizeof entry.word) {
    entry.word = short_word(key);
  } else {
    entry.word = map->heap.length;
    text_append(&map->heap, key);
    if (map->heap.failed) {
      map->heap.failed = false;
      map->heap.length = (size_t)entry.word;
      return error_no_memory(error);
    }
  }
  uint32_t mask = map->capacity - 1, slot = hash & mask;
  while (map->entries[slot].row != KEY_EMPTY) slot = (slot + 1) & mask;
  map->entries[slot] = entry;
  map->used++;
  map->count++;
  return OK;
}

bool key_map_remove(KeyMap *map, Str key) {
  KeyEntry *entry = find(map, key, hash_key(key));
  if (!entry) return false;
  entry->row = KEY_REMOVED;
  map->count--;
  return true;
}

bool key_map_next(const KeyMap *map, uint32_t *at, Str *key, int64_t *row) {
  for (; *at < map->capacity; ++*at) {
    const KeyEntry *entry = &map->entries[*at];
    if (entry->row == KEY_EMPTY || entry->row == KEY_REMOVED) continue;
    *key = entry->length <= sizeof entry->word ? (Str){(const char *)&entry->word, entry->length}
                                               : (Str){map->heap.data + entry->word, entry->length};
    *row = entry->row;
    ++*at;
    return true;
  }
  return false;
}
