// SPDX-License-Identifier: MIT
//
// key_map.h: keys as bytes to row ids, in memory. Private to store/.
//
// A key is the normalised sort key of its columns; short ones (integers) lie in the entry itself.
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

typedef struct KeyMap {
  Memory *memory;
  KeyEntry *entries;
  uint32_t used;     // entries that are not empty, removed ones included
  uint32_t count;    // entries that are there
  uint32_t capacity; // power of two
  TextBuilder heap;  // long keys
} KeyMap;

void key_map_init(KeyMap *map, Memory *memory);
void key_map_free(KeyMap *map);
// The row of the key; false: none.
bool key_map_get(const KeyMap *map, Str key, int64_t *row);
Status key_map_put(KeyMap *map, Str key, int64_t row, Error *error) MUST_USE; // new or replaced
bool key_map_remove(KeyMap *map, Str key);                                    // false: was not there
// Room for that many more keys, so that the puts that follow cannot fail. `key_bytes`: of all of them.
Status key_map_reserve(KeyMap *map, uint32_t count, size_t key_bytes, Error *error) MUST_USE;
// Iterates: *at starts at 0; false: no more. The key is borrowed until the map changes.
bool key_map_next(const KeyMap *map, uint32_t *at, Str *key, int64_t *row);

#endif
