// SPDX-License-Identifier: MIT
//
// memory.c: the accounted allocator. Counts what is in use, enforces the limit (after asking `reclaim` to give memory
// back), keeps large blocks to be freed later, and fails the n-th allocation for tests. Owns no memory itself: the system's malloc is below.
//
// Debug builds fill fresh blocks with FRESH_BYTE and freed ones with DEAD_BYTE, and keep each block's size in front of
// it, so that a size given back wrongly is found where it happens:
//
//   debug:    [size, 8 bytes][MAGIC, 8 bytes][the block …]      release:  [the block …]
//                                            ^ pointer                    ^ pointer
#include <stdlib.h>

#include "base/base.h"

#ifdef SMEW_DEBUG
#define FRESH_BYTE 0xA5
#define DEAD_BYTE 0xDD
#define HEADER_BYTES 16
#define MAGIC UINT64_C(0x534d45574d454d30)
#define MAGIC_FREED UINT64_C(0xdeaddeaddeaddead)
#else
#define HEADER_BYTES 0
#endif

// Larger blocks are refused outright: no sum of sizes can then overflow.
#define SIZE_MAX_BYTES (SIZE_MAX / 2 - HEADER_BYTES)

#ifdef SMEW_DEBUG
static void *block_open(void *raw, size_t size_bytes) {
  ((uint64_t *)raw)[0] = size_bytes;
  ((uint64_t *)raw)[1] = MAGIC;
  return (uint8_t *)raw + HEADER_BYTES;
}

static void *block_raw(void *pointer, size_t size_bytes) {
  uint64_t *header = (uint64_t *)((uint8_t *)pointer - HEADER_BYTES);
  ASSERT(header[1] != MAGIC_FREED && "freed twice");
  ASSERT(header[1] == MAGIC && "not from this allocator, or overwritten");
  ASSERT(header[0] == size_bytes && "given back with another size");
  (void)size_bytes;
  return header;
}
#else
static void *block_open(void *raw, size_t size_bytes) {
  (void)size_bytes;
  return raw;
}

static void *block_raw(void *pointer, size_t size_bytes) {
  (void)size_bytes;
  return pointer;
}
#endif

void memory_init(Memory *memory, uint64_t limit_bytes) { *memory = (Memory){.limit_bytes = limit_bytes}; }

// May `more_bytes` be taken? Counts the attempt.
static bool admit(Memory *memory, size_t more_bytes) {
  memory->allocation_count++;
  if (memory->fail_at && memory->allocation_count >= memory->fail_at) return false;
  if (more_bytes > SIZE_MAX_BYTES) return false;
  while (memory->limit_bytes && memory->used_bytes + more_bytes > memory->limit_bytes) {
    if (memory->deferred) {
      memory_settle(memory, SIZE_MAX);
      continue;
    }
    if (!memory->reclaim || !memory->reclaim(memory->reclaim_owner, more_bytes)) return false;
  }
  return true;
}

static void account(Memory *memory, size_t old_size_bytes, size_t new_size_bytes) {
  memory->used_bytes += (uint64_t)new_size_bytes - old_size_bytes; // 64 bits also where size_t has 32
  if (memory->used_bytes > memory->peak_bytes) memory->peak_bytes = memory->used_bytes;
}

// malloc(0) may be NULL, which here means "no memory".
static size_t raw_size(size_t size_bytes) { return HEADER_BYTES + size_bytes + (size_bytes == 0); }

void *memory_allocate(Memory *memory, size_t size_bytes) {
  if (!admit(memory, size_bytes)) return NULL;
  void *raw = malloc(raw_size(size_bytes));
  if (!raw) return NULL;
  account(memory, 0, size_bytes);
  void *pointer = block_open(raw, size_bytes);
#ifdef SMEW_DEBUG
  memset(pointer, FRESH_BYTE, size_bytes);
#endif
  return pointer;
}

void *memory_allocate_zeroed(Memory *memory, size_t size_bytes) {
  if (!admit(memory, size_bytes)) return NULL;
  void *raw = calloc(1, raw_size(size_bytes)); // large blocks come zeroed from the system
  if (!raw) return NULL;
  account(memory, 0, size_bytes);
  return block_open(raw, size_bytes);
}

void *memory_grow(Memory *memory, void *pointer, size_t old_size_bytes, size_t new_size_bytes) {
  if (!pointer) {
    ASSERT(old_size_bytes == 0);
    return memory_allocate(memory, new_size_bytes);
  }
  if (!admit(memory, new_size_bytes > old_size_bytes ? new_size_bytes - old_size_bytes : 0)) return NULL;
  if (new_size_bytes > SIZE_MAX_BYTES) return NULL;
#ifdef SMEW_DEBUG
  // Always moves, so that a pointer kept into the old block shows.
  void *raw = malloc(raw_size(new_size_bytes));
  if (!raw) return NULL;
  void *moved = block_open(raw, new_size_bytes);
  size_t kept_bytes = MIN_OF(old_size_bytes, new_size_bytes);
  memcpy(moved, pointer, kept_bytes);
  memset((uint8_t *)moved + kept_bytes, FRESH_BYTE, new_size_bytes - kept_bytes);
  account(memory, 0, new_size_bytes);
  memory_free(memory, pointer, old_size_bytes);
  return moved;
#else
  void *raw = realloc(block_raw(pointer, old_size_bytes), raw_size(new_size_bytes));
  if (!raw) return NULL;
  account(memory, old_size_bytes, new_size_bytes);
  return block_open(raw, new_size_bytes);
#endif
}

void memory_free(Memory *memory, void *pointer, size_t size_bytes) {
  if (!pointer) return;
  ASSERT(memory->used_bytes >= size_bytes);
  void *raw = block_raw(pointer, size_bytes);
#ifdef SMEW_DEBUG
  memset(pointer, DEAD_BYTE, size_bytes);
  ((uint64_t *)raw)[1] = MAGIC_FREED;
#endif
  free(raw);
  account(memory, size_bytes, 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Later
// ---------------------------------------------------------------------------------------------------------------------

#define DEFERRED_LEAST_BYTES 16384 // smaller blocks are freed at once

// At the beginning of the block itself.
struct DeferredBlock {
  struct DeferredBlock *next;
  size_t size_bytes;
};

void memory_free_later(Memory *memory, void *pointer, size_t size_bytes) {
  if (!pointer) return;
  if (size_bytes < DEFERRED_LEAST_BYTES) {
    memory_free(memory, pointer, size_bytes);
    return;
  }
#ifdef SMEW_DEBUG
  memset(pointer, DEAD_BYTE, size_bytes);
#endif
  struct DeferredBlock *block = pointer;
  *block = (struct DeferredBlock){.next = memory->deferred, .size_bytes = size_bytes};
  memory->deferred = block;
}

static struct DeferredBlock *merge(struct DeferredBlock *a, struct DeferredBlock *b) {
  struct DeferredBlock *first = NULL, **end = &first;
  while (a && b) {
    struct DeferredBlock **higher = (uintptr_t)a > (uintptr_t)b ? &a : &b;
    *end = *higher;
    end = &(*higher)->next;
    *higher = (*higher)->next;
  }
  *end = a ? a : b;
  return first;
}

// The highest address first: a heap that ends with what is freed shrinks by that, one that ends with what is freed last shrinks by all at once.
static void sort_deferred(Memory *memory) {
  struct DeferredBlock *list = memory->deferred;
  while (list && list->next && (uintptr_t)list > (uintptr_t)list->next) list = list->next;
  if (!list || !list->next) return;
  struct DeferredBlock *runs[48] = {0}; // runs[i]: of 2^i blocks
  for (list = memory->deferred; list;) {
    struct DeferredBlock *run = list;
    uint32_t i = 0;
    list = list->next;
    run->next = NULL;
    for (; runs[i]; i++) {
      run = merge(run, runs[i]);
      runs[i] = NULL;
    }
    runs[i] = run;
  }
  for (uint32_t i = 0; i < COUNT_OF(runs); i++) list = merge(list, runs[i]);
  memory->deferred = list;
}

bool memory_settle(Memory *memory, size_t bytes) {
  size_t freed_bytes = 0;
  sort_deferred(memory);
  while (memory->deferred && freed_bytes < bytes) {
    struct DeferredBlock *block = memory->deferred;
    memory->deferred = block->next;
    freed_bytes += block->size_bytes;
    memory_free(memory, block, block->size_bytes);
  }
  return memory->deferred != NULL;
}
