// SPDX-License-Identifier: MIT
//
// row_set.h: sets of row ids, as bits of 2,048 neighbours: what a transaction has changed. Private to store/.
#ifndef SMEW_STORE_ROW_SET_H
#define SMEW_STORE_ROW_SET_H

#include "base/base.h"

#define ROW_SET_SPAN 2048

typedef struct RowSetItem {
  int64_t key; // row id / 2,048 + 1; 0: empty slot
  uint64_t bits[ROW_SET_SPAN / 64];
} RowSetItem;

typedef struct RowSet {
  Memory *memory;
  RowSetItem **items; // open addressing
  uint32_t count;
  uint32_t capacity; // power of two
} RowSet;

void row_set_init(RowSet *set, Memory *memory);
void row_set_free(RowSet *set);
Status row_set_add(RowSet *set, int64_t row_id, Error *error) MUST_USE;
bool row_set_has(const RowSet *set, int64_t row_id);
const uint64_t *row_set_bits(const RowSet *set, int64_t row_id); // of the span that holds the row; NULL: none

#endif
