// SPDX-License-Identifier: MIT
//
// sort.c: pointers in order, for aggregates whose results are sorted: a stable merge sort that can stop after any comparison.
#include "func/aggregate/aggregate.h"

Status pointer_sort_open(PointerSort *sort, uint32_t count, Arena *arena, Error *error) {
  *sort = (PointerSort){.count = count, .width = 1};
  sort->items = arena_allocate(arena, sizeof *sort->items * count);
  sort->other = arena_allocate(arena, sizeof *sort->other * count);
  return sort->items && sort->other ? OK : error_no_memory(error);
}

bool pointer_sort_run(PointerSort *sort, PointerOrder order, const AggregateCall *call, uint32_t *budget) {
  for (; sort->width < sort->count; sort->width *= 2) {
    for (; sort->at < sort->count; sort->at++) {
      if (!*budget) return false;
      --*budget;
      uint32_t start = sort->at / (2 * sort->width) * (2 * sort->width);
      uint32_t middle = MIN_OF(start + sort->width, sort->count), end = MIN_OF(middle + sort->width, sort->count);
      if (sort->at == start) {
        sort->left = start;
        sort->right = middle;
      }
      bool left = sort->left < middle &&
                  (sort->right >= end || order(call, sort->items[sort->left], sort->items[sort->right]) <= 0);
      sort->other[sort->at] = sort->items[left ? sort->left++ : sort->right++];
    }
    const void **swap = sort->items;
    sort->items = sort->other;
    sort->other = swap;
    sort->at = 0;
  }
  return true;
}
