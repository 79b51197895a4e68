// SPDX-License-Identifier: MIT
//
// key_map.h: keys as bytes to row ids, in memory. Private to store/.
//
// A key is the normalised sort key of its columns; short ones (integers) lie in the entry itself. A map that has grown is split into parts by the upper
// bits of the hash. Each part grows alone, and no two at the same fill, so that no single put does much.
#ifndef SMEW_STORE_KEY_MAP_H
#define SMEW_STORE_KEY_MAP_H

#include "base/base.h"

typedef struct KeyEntry {
  int64_t row;     // KEY_EMPTY, KEY_REMOVED or a row id
  uint32_t length; // up to 8: the bytes are `word`; else `word` is the offset in the heap
  uint32_t hash;
  uint64_t word;
} KeyEntry;
#define KEY_EMPTY INT64_MIN
#define KEY_REMOVED (INT64_MIN + 1)

#define KEY_PART_BITS 6
#define KEY_PART_COUNT (1u << KEY_PART_BITS)

typedef struct KeyPart {
  KeyEntry *entries;
  uint32_t used;     // entries that are not empty, removed ones included
  uint32_t count;    // entries that are there
  uint32_t capacity; // power of two
  TextBuilder heap;  // long keys
} KeyPart;

typedef struct KeyMap {
  Memory *memory;
  KeyPart whole;  // while the map is small
  KeyPart *parts; // [KEY_PART_COUNT] afterwards; NULL: small
  uint64_t count; // keys that are there
} KeyMap;

void key_map_init(KeyMap *map, Memory *memory);
void key_map_free(KeyMap *map);
// The row of the key; false: none.
bool key_map_get(const KeyMap *map, Str key, int64_t *row);
Status key_map_put(KeyMap *map, Str key, int64_t row, Error *error) MUST_USE; // new or replaced
bool key_map_remove(KeyMap *map, Str key);                                    // false: was not there
// Room for the keys of another map, so that the puts of those that follow cannot fail.
Status key_map_reserve(KeyMap *map, const KeyMap *keys, Error *error) MUST_USE;
// Iterates: *at starts at 0; false: no more. The key is borrowed until the map changes.
bool key_map_next(const KeyMap *map, uint32_t *at, Str *key, int64_t *row);

#endif
