// SPDX-License-Identifier: MIT
//
// row_set.c: sets of row ids as bitmaps of 2,048 rows in a hash table. See transaction.h.
#include "store/interim/transaction.h"

static RowSetPage *find_page(const RowSet *set, int64_t number) {
  if (!set->page_capacity) return NULL;
  uint32_t mask = set->page_capacity - 1;
  uint32_t at = (uint32_t)hash_u64((uint64_t)number) & mask;
  while (set->pages[at].number >= 0 && set->pages[at].number != number) at = (at + 1) & mask;
  return &set->pages[at];
}

bool row_set_has(const RowSet *set, int64_t row_id) {
  const RowSetPage *page = find_page(set, row_id / VECTOR_CAPACITY);
  return page && page->number >= 0 && bit_get(page->bits, (size_t)(row_id % VECTOR_CAPACITY));
}

static Status grow(RowSet *set, Memory *memory, Error *error) {
  RowSet grown = {.page_capacity = set->page_capacity ? set->page_capacity * 2 : 4, .page_count = set->page_count};
  grown.pages = memory_allocate(memory, sizeof(RowSetPage) * grown.page_capacity);
  if (!grown.pages) return error_no_memory(error);
  for (uint32_t i = 0; i < grown.page_capacity; i++) grown.pages[i].number = -1;
  for (uint32_t i = 0; i < set->page_capacity; i++) {
    if (set->pages[i].number >= 0) *find_page(&grown, set->pages[i].number) = set->pages[i];
  }
  memory_free(memory, set->pages, sizeof(RowSetPage) * set->page_capacity);
  *set = grown;
  return OK;
}

Status row_set_add(RowSet *set, Memory *memory, int64_t row_id, Error *error) {
  int64_t number = row_id / VECTOR_CAPACITY;
  RowSetPage *page = find_page(set, number);
  if (!page || page->number < 0) {
    if ((set->page_count + 1) * 2 > set->page_capacity) TRY(grow(set, memory, error));
    page = find_page(set, number);
    memset(page, 0, sizeof *page);
    page->number = number;
    set->page_count++;
  }
  bit_set(page->bits, (size_t)(row_id % VECTOR_CAPACITY));
  return OK;
}

void row_set_free(RowSet *set, Memory *memory) {
  memory_free(memory, set->pages, sizeof(RowSetPage) * set->page_capacity);
  *set = (RowSet){0};
}

Status row_set_visit(const RowSet *set, RowVisitor visit, void *context) {
  for (uint32_t i = 0; i < set->page_capacity; i++) {
    const RowSetPage *page = &set->pages[i];
    if (page->number < 0) continue;
    for (size_t bit = bits_next(page->bits, 0, VECTOR_CAPACITY, true); bit < VECTOR_CAPACITY;
         bit = bits_next(page->bits, bit + 1, VECTOR_CAPACITY, true)) {
      TRY(visit(context, page->number * VECTOR_CAPACITY + (int64_t)bit));
    }
  }
  return OK;
}
