// SPDX-License-Identifier: MIT
//
// allocate.c: malloc and its kin over the module's linear memory, from __heap_base to its end. A third of the code of
// wasi-libc's (dlmalloc), which also serves threads, alignments and maps that there are not here. Owns all of that memory.
//
// Blocks lie one after another, free neighbours are joined at once, and free blocks hang in lists by size: exact up to
// 256 bytes, then eight sizes to a power of two, with a bit for each list that holds something (as in TLSF: Masmano and
// others, "A new dynamic memory allocator for real-time systems"). A block is known by its address, a multiple of 16;
// the word before that is its header. The end of memory is the address of a block without bytes, in use for ever.
//
//   [header][bytes of the caller …             ][header of the next]     in use
//   [header][next][previous]    …     [its size][header of the next]     free
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

// The test has a memory of its own (test/unit/wasm_allocate.c).
#ifndef HEAP_AT
extern uint8_t __heap_base;
#define HEAP_AT(address) ((uint8_t *)(uintptr_t)(address))
#define HEAP_START ((uint32_t)(uintptr_t)&__heap_base)
#define HEAP_PAGES() ((uint32_t)__builtin_wasm_memory_size(0))
#define HEAP_GROW(pages) (__builtin_wasm_memory_grow(0, pages) != SIZE_MAX)
#endif

enum {
  PAGE = 65536,
  UNIT = 16,
  IN_USE = 1,
  BEFORE_IN_USE = 2, // the block before this one
  FLAGS = 15,
  LIST_COUNT = 208,
  MOST_TRIES = 32,
};
#define MOST_BYTES (1U << 31)

static struct {
  uint32_t end; // 0: nothing was allocated yet
  uint32_t lists[LIST_COUNT];
  uint32_t filled[(LIST_COUNT + 31) / 32];
} heap;

static inline uint32_t *word(uint32_t address) { return (uint32_t *)HEAP_AT(address); }
static inline uint32_t *header(uint32_t block) { return word(block - 4); }
static inline uint32_t size_of(uint32_t block) { return *header(block) & ~(uint32_t)FLAGS; }
static inline uint32_t *next_of(uint32_t block) { return word(block); }
static inline uint32_t *previous_of(uint32_t block) { return word(block + 4); }
static inline uint32_t *size_before(uint32_t block) { return word(block - 8); } // where that one is free

// The list of free blocks of `size`: all of them are at least as large as the list's least size.
static uint32_t list_of(uint32_t size) {
  uint32_t units = size / UNIT;
  if (units < 16) return units;
  uint32_t exponent = 28 - (uint32_t)__builtin_clz(units);
  return exponent * 8 + (units >> exponent);
}

static void hang(uint32_t block) {
  uint32_t list = list_of(size_of(block));
  uint32_t first = heap.lists[list];
  *next_of(block) = first;
  *previous_of(block) = 0;
  if (first) *previous_of(first) = block;
  heap.lists[list] = block;
  heap.filled[list / 32] |= 1U << list % 32;
}

static void unhang(uint32_t block) {
  uint32_t next = *next_of(block), previous = *previous_of(block), list = list_of(size_of(block));
  if (next) *previous_of(next) = previous;
  if (previous) {
    *next_of(previous) = next;
  } else {
    heap.lists[list] = next;
    if (!next) heap.filled[list / 32] &= ~(1U << list % 32);
  }
}

// A run of bytes that nobody uses becomes a free block, together with free neighbours. The header tells of the block before.
static void give_back(uint32_t block, uint32_t size) {
  uint32_t after = block + size;
  if (!(*header(block) & BEFORE_IN_USE)) {
    block -= *size_before(block);
    unhang(block);
  }
  if (!(*header(after) & IN_USE)) {
    unhang(after);
    after += size_of(after);
  }
  *header(block) = (after - block) | BEFORE_IN_USE;
  *size_before(after) = after - block;
  *header(after) &= ~(uint32_t)BEFORE_IN_USE;
  hang(block);
}

// The block, of `size` bytes or more, is in use from here on; what it has too much is given back.
static void cut(uint32_t block, uint32_t old_size, uint32_t size) {
  uint32_t after = block + old_size;
  *header(block) = size | IN_USE | (*header(block) & BEFORE_IN_USE);
  *header(after) |= BEFORE_IN_USE;
  if (old_size == size) return;
  *header(block + size) = BEFORE_IN_USE;
  give_back(block + size, old_size - size);
}

// Makes memory longer by `bytes` or more.
static bool lengthen(uint32_t bytes) {
  uint32_t start = heap.end;
  if (!start) {
    start = (HEAP_START + sizeof(uint32_t) + UNIT - 1) & ~(uint32_t)(UNIT - 1);
    *header(start) = IN_USE | BEFORE_IN_USE;
  }
  uint32_t pages = HEAP_PAGES();
  uint64_t wanted = ((uint64_t)start + bytes + PAGE - 1) / PAGE;
  if (wanted > pages) {
    if (wanted >= MOST_BYTES / (PAGE / 2) || !HEAP_GROW((uint32_t)wanted - pages)) return false;
    pages = (uint32_t)wanted;
  }
  heap.end = pages * PAGE;
  *header(heap.end) = IN_USE;
  give_back(start, heap.end - start);
  return true;
}

// A free block of `size` bytes or more; 0: there is none.
static uint32_t find(uint32_t size) {
  uint32_t list = list_of(size);
  uint32_t block = heap.lists[list];
  for (uint32_t tries = 0; block && tries < MOST_TRIES; tries++, block = *next_of(block)) {
    if (size_of(block) >= size) return block;
  }
  // Every block of a later list is large enough.
  list++;
  uint32_t bits = list < LIST_COUNT ? heap.filled[list / 32] & ~0U << list % 32 : 0;
  for (uint32_t at = list / 32;; bits = heap.filled[at]) {
    if (bits) return heap.lists[at * 32 + (uint32_t)__builtin_ctz(bits)];
    if (++at >= COUNT_OF(heap.filled)) return 0;
  }
}

// Of a block that holds `bytes`.
static inline uint32_t block_size(size_t bytes) { return (uint32_t)(bytes + 4 + UNIT - 1) & ~(uint32_t)(UNIT - 1); }

static void *allocate(size_t bytes) {
  if (bytes > MOST_BYTES) return NULL;
  uint32_t size = block_size(bytes);
  uint32_t block = find(size);
  if (!block) {
    uint32_t last = heap.end && !(*header(heap.end) & BEFORE_IN_USE) ? *size_before(heap.end) : 0;
    if (!lengthen(last < size ? size - last : UNIT)) return NULL;
    block = find(size);
    if (!block) return NULL;
  }
  unhang(block);
  cut(block, size_of(block), size);
  return HEAP_AT(block);
}

void *malloc(size_t bytes) { return allocate(bytes); }

static inline uint32_t block_at(const void *pointer) { return (uint32_t)((uintptr_t)pointer - (uintptr_t)HEAP_AT(0)); }

void free(void *pointer) {
  if (pointer) give_back(block_at(pointer), size_of(block_at(pointer)));
}

void *calloc(size_t count, size_t each_bytes) {
  size_t bytes;
  if (__builtin_mul_overflow(count, each_bytes, &bytes)) return NULL;
  void *pointer = allocate(bytes); // were it malloc, clang would make all this a call of calloc
  return pointer ? memset(pointer, 0, bytes) : NULL;
}

void *realloc(void *pointer, size_t bytes) {
  if (!pointer) return allocate(bytes);
  if (bytes > MOST_BYTES) return NULL;
  uint32_t block = block_at(pointer), old_size = size_of(block), size = block_size(bytes), room = old_size;
  uint32_t after = block + old_size;
  if (size > room && !(*header(after) & IN_USE)) room += size_of(after);
  // At the end of memory: there can be more of it.
  if (size > room && block + room == heap.end && lengthen(size - room)) room = old_size + size_of(after);
  if (size > room) {
    void *moved = allocate(bytes);
    if (!moved) return NULL;
    memcpy(moved, pointer, old_size - 4);
    free(pointer);
    return moved;
  }
  if (room > old_size) unhang(after);
  cut(block, room, size);
  return pointer;
}
