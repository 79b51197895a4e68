// SPDX-License-Identifier: MIT
//
// key_map.c: see key_map.h.
#include "store/key_map.h"

#define FIRST_CAPACITY 64
#define WHOLE_KEYS 4096                // a map of more is split
#define PART_CAPACITY (1u << 26)       // at most: key_map_next counts so far
#define SLOT_BITS (32 - KEY_PART_BITS) // of its cursor

void key_map_init(KeyMap *map, Memory *memory) {
  *map = (KeyMap){.memory = memory};
  text_init(&map->whole.heap, memory);
}

static void free_part(Memory *memory, KeyPart *part) {
  memory_free(memory, part->entries, sizeof(KeyEntry) * part->capacity);
  text_free(&part->heap);
}

void key_map_free(KeyMap *map) {
  if (!map->memory) return;
  free_part(map->memory, &map->whole);
  for (uint32_t i = 0; map->parts && i < KEY_PART_COUNT; i++) free_part(map->memory, &map->parts[i]);
  memory_free(map->memory, map->parts, map->parts ? sizeof(KeyPart) * KEY_PART_COUNT : 0);
  *map = (KeyMap){0};
}

static uint32_t hash_key(Str key) { return (uint32_t)hash_bytes(key.data, key.length); }

static uint32_t part_index(uint32_t hash) { return hash >> SLOT_BITS; }

static KeyPart *part_of(const KeyMap *map, uint32_t hash) {
  return map->parts ? &map->parts[part_index(hash)] : (KeyPart *)(uintptr_t)&map->whole;
}

static uint64_t short_word(Str key) {
  uint64_t word = 0;
  if (key.length) memcpy(&word, key.data, key.length);
  return word;
}

static bool entry_is(const KeyPart *part, const KeyEntry *entry, Str key, uint32_t hash, uint64_t word) {
  if (entry->row == KEY_REMOVED || entry->hash != hash || entry->length != key.length) return false;
  if (key.length <= sizeof word) return entry->word == word;
  return memcmp(part->heap.data + entry->word, key.data, key.length) == 0;
}

// Where a key is looked for first. Maps of different size order their keys differently: putting the keys of one into another, as they come, would
// else fill one stretch of the smaller before the rest, and each put would have to walk over it.
static uint32_t first_slot(uint32_t hash, uint32_t capacity) {
  return (uint32_t)hash_u64((uint64_t)capacity << 32 | hash) & (capacity - 1);
}

static KeyEntry *find(const KeyPart *part, Str key, uint32_t hash) {
  if (!part->capacity) return NULL;
  uint64_t word = key.length <= sizeof word ? short_word(key) : 0;
  uint32_t mask = part->capacity - 1, slot = first_slot(hash, part->capacity);
  while (part->entries[slot].row != KEY_EMPTY) {
    if (entry_is(part, &part->entries[slot], key, hash, word)) return &part->entries[slot];
    slot = (slot + 1) & mask;
  }
  return NULL;
}

bool key_map_get(const KeyMap *map, Str key, int64_t *row) {
  uint32_t hash = hash_key(key);
  const KeyEntry *entry = find(part_of(map, hash), key, hash);
  if (entry) *row = entry->row;
  return entry != NULL;
}

static Str key_of(const KeyPart *part, const KeyEntry *entry) {
  return entry->length <= sizeof entry->word ? (Str){(const char *)&entry->word, entry->length}
                                             : (Str){part->heap.data + entry->word, entry->length};
}

static Status rehash(Memory *memory, KeyPart *part, uint32_t capacity, Error *error) {
  KeyEntry *entries = memory_allocate(memory, sizeof(KeyEntry) * capacity);
  if (!entries) return error_no_memory(error);
  for (uint32_t i = 0; i < capacity; i++) entries[i].row = KEY_EMPTY;
  for (uint32_t i = 0; i < part->capacity; i++) {
    const KeyEntry *entry = &part->entries[i];
    if (entry->row == KEY_EMPTY || entry->row == KEY_REMOVED) continue;
    uint32_t slot = first_slot(entry->hash, capacity);
    while (entries[slot].row != KEY_EMPTY) slot = (slot + 1) & (capacity - 1);
    entries[slot] = *entry;
  }
  memory_free(memory, part->entries, sizeof(KeyEntry) * part->capacity);
  part->entries = entries;
  part->capacity = capacity;
  part->used = part->count;
  return OK;
}

// How full a part may get, in 128ths: between a half and three quarters, each part another.
static uint64_t fill_limit(const KeyMap *map, const KeyPart *part) {
  return map->parts ? 64 + (uint64_t)(part - map->parts) / 2 : 96;
}

static Status reserve_part(const KeyMap *map, KeyPart *part, uint32_t count, size_t key_bytes, Error *error) {
  uint64_t limit = fill_limit(map, part);
  if (((uint64_t)part->used + count) * 128 > part->capacity * limit) {
    uint64_t capacity = MAX_OF(part->capacity, (uint32_t)FIRST_CAPACITY);
    while (((uint64_t)part->count + count) * 128 > capacity * limit) capacity *= 2;
    if (capacity > PART_CAPACITY) return error_no_memory(error);
    TRY(rehash(map->memory, part, (uint32_t)capacity, error));
  }
  if (!key_bytes) return OK;
  size_t length = part->heap.length;
  text_append_repeated(&part->heap, 0, key_bytes);
  bool failed = part->heap.failed;
  part->heap.failed = false;
  part->heap.length = length;
  return failed ? error_no_memory(error) : OK;
}

static Status split(KeyMap *map, Error *error) {
  KeyMap parts = {.memory = map->memory, .whole = {.heap = {0}}};
  text_init(&parts.whole.heap, map->memory);
  parts.parts = memory_allocate_zeroed(map->memory, sizeof(KeyPart) * KEY_PART_COUNT);
  if (!parts.parts) return error_no_memory(error);
  for (uint32_t i = 0; i < KEY_PART_COUNT; i++) text_init(&parts.parts[i].heap, map->memory);
  uint32_t at = 0;
  Str key;
  int64_t row;
  Status status = OK;
  while (status == OK && key_map_next(map, &at, &key, &row)) status = key_map_put(&parts, key, row, error);
  key_map_free(status == OK ? map : &parts);
  if (status == OK) *map = parts;
  return status;
}

Status key_map_put(KeyMap *map, Str key, int64_t row, Error *error) {
  uint32_t hash = hash_key(key);
  KeyEntry *there = find(part_of(map, hash), key, hash);
  if (there) {
    there->row = row;
    return OK;
  }
  if (!map->parts && map->count >= WHOLE_KEYS) TRY(split(map, error));
  KeyPart *part = part_of(map, hash);
  TRY(reserve_part(map, part, 1, 0, error));
  KeyEntry entry = {.row = row, .length = (uint32_t)key.length, .hash = hash};
  if (key.length <= sizeof entry.word) {
    entry.word = short_word(key);
  } else {
    entry.word = part->heap.length;
    text_append(&part->heap, key);
    if (part->heap.failed) {
      part->heap.failed = false;
      part->heap.length = (size_t)entry.word;
      return error_no_memory(error);
    }
  }
  uint32_t mask = part->capacity - 1, slot = first_slot(hash, part->capacity);
  while (part->entries[slot].row != KEY_EMPTY) slot = (slot + 1) & mask;
  part->entries[slot] = entry;
  part->used++;
  part->count++;
  map->count++;
  return OK;
}

bool key_map_remove(KeyMap *map, Str key) {
  uint32_t hash = hash_key(key);
  KeyPart *part = part_of(map, hash);
  KeyEntry *entry = find(part, key, hash);
  if (!entry) return false;
  entry->row = KEY_REMOVED;
  part->count--;
  map->count--;
  return true;
}

Status key_map_reserve(KeyMap *map, const KeyMap *keys, Error *error) {
  uint32_t counts[KEY_PART_COUNT] = {0};
  size_t bytes[KEY_PART_COUNT] = {0};
  uint32_t at = 0;
  Str key;
  int64_t row;
  if (!map->parts && map->count + keys->count > WHOLE_KEYS) TRY(split(map, error));
  while (key_map_next(keys, &at, &key, &row)) {
    uint32_t part = map->parts ? part_index(hash_key(key)) : 0;
    counts[part]++;
    if (key.length > sizeof(uint64_t)) bytes[part] += key.length;
  }
  for (uint32_t i = 0; i < (map->parts ? KEY_PART_COUNT : 1); i++) {
    TRY(reserve_part(map, map->parts ? &map->parts[i] : &map->whole, counts[i], bytes[i], error));
  }
  return OK;
}

bool key_map_next(const KeyMap *map, uint32_t *at, Str *key, int64_t *row) {
  for (;;) {
    const KeyPart *part = part_of(map, *at);
    uint32_t slot = *at & (PART_CAPACITY - 1);
    for (; slot < part->capacity; slot++) {
      const KeyEntry *entry = &part->entries[slot];
      if (entry->row == KEY_EMPTY || entry->row == KEY_REMOVED) continue;
      *key = key_of(part, entry);
      *row = entry->row;
      *at = (*at & ~(PART_CAPACITY - 1)) | slot;
      ++*at; // a part that is full to its last slot goes on in the next, which is what follows
      return true;
    }
    if (!map->parts || part_index(*at) + 1 == KEY_PART_COUNT) {
      return false;
    }
    *at = (part_index(*at) + 1) << SLOT_BITS;
  }
}
