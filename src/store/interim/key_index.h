// SPDX-License-Identifier: MIT
//
// key_index.h: keys in memory: (table, key number, hash of the key) -> row ids; private to store/.
//
// An index only ever says which rows may have a key: it keeps hashes, and entries of rows that are gone or changed. Who asks compares with the rows
// as their version has them. It is filled for a key when that is first needed, from the newest version, and from then on by every commit.
#ifndef SMEW_STORE_KEY_INDEX_H
#define SMEW_STORE_KEY_INDEX_H

#include "store/interim/version.h"

typedef struct KeyIndex KeyIndex;

KeyIndex *key_index_create(Memory *memory); // NULL: no memory
void key_index_free(KeyIndex *index);
bool key_index_filled(const KeyIndex *index, uint64_t table, uint32_t key);
Status key_index_mark_filled(KeyIndex *index, uint64_t table, uint32_t key, Error *error) MUST_USE;
void key_index_forget(KeyIndex *index, uint64_t table); // the table is gone or was rebuilt
Status key_index_add(KeyIndex *index, uint64_t table, uint32_t key, uint64_t hash, int64_t row_id, Error *error) MUST_USE;
// The next candidate for a hash: *cursor starts at 0; false: no more.
bool key_index_next(const KeyIndex *index, uint64_t table, uint32_t key, uint64_t hash, uint32_t *cursor, int64_t *row_id);

#endif
