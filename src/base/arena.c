// SPDX-License-Identifier: MIT
//
// arena.c: many small objects that end together. A chain of blocks, newest first; an allocation moves `next` forward in
// the newest block, and takes a new block when it does not fit. Blocks grow with the arena, so that the number of
// blocks stays small and a small arena stays small.
//
//   head -> [block header|objects …|free]  -> older block -> older block -> NULL
//                                  ^ next ^ end
//
// Debug builds fill what reset, rewind and free end with DEAD_BYTE, and fresh objects with FRESH_BYTE.
#include "base/base.h"

#define ALIGNMENT ((size_t)16)
#define SMALLEST_BLOCK ((size_t)2048)
#define LARGEST_BLOCK ((size_t)1 << 20) // objects that are larger get a block of their size
#define FRESH_BYTE 0xA5
#define DEAD_BYTE 0xDD

struct ArenaBlock {
  ArenaBlock *older;
  size_t size_bytes; // with this header
};
_Static_assert(sizeof(ArenaBlock) <= 16, "objects start 16 bytes into the block");
#define BLOCK_HEADER ((size_t)16)

static uint8_t *block_start(ArenaBlock *block) { return (uint8_t *)block + BLOCK_HEADER; }

static void bury(uint8_t *from, uint8_t *to) {
#ifdef SMEW_DEBUG
  if (from < to) memset(from, DEAD_BYTE, (size_t)(to - from));
#else
  (void)from;
  (void)to;
#endif
}

void arena_init(Arena *arena, Memory *memory) { *arena = (Arena){.memory = memory}; }

static bool arena_add_block(Arena *arena, size_t object_bytes) {
  size_t size_bytes = MIN_OF(MAX_OF((size_t)arena->total_bytes, SMALLEST_BLOCK), LARGEST_BLOCK);
  bool alone =
      arena->memory->fail_at != 0; // a test of failing allocations: each object has its own, so that each can fail
  if (alone || size_bytes < object_bytes + BLOCK_HEADER) size_bytes = object_bytes + BLOCK_HEADER;
  ArenaBlock *block = memory_allocate(arena->memory, size_bytes);
  if (!block) {
    arena->refused = true;
    return false;
  }
  block->older = arena->head;
  block->size_bytes = size_bytes;
  arena->head = block;
  arena->next = block_start(block);
  arena->end = (uint8_t *)block + size_bytes;
  arena->total_bytes += size_bytes;
  return true;
}

static void arena_drop_head(Arena *arena) {
  ArenaBlock *block = arena->head;
  arena->head = block->older;
  arena->total_bytes -= block->size_bytes;
  memory_free(arena->memory, block, block->size_bytes);
}

void *arena_allocate(Arena *arena, size_t size_bytes) {
  if (UNLIKELY(size_bytes > SIZE_MAX / 4)) return NULL;
  size_t rounded_bytes = (size_bytes + !size_bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  bool full = (size_t)(arena->end - arena->next) < rounded_bytes || arena->memory->fail_at;
  if (UNLIKELY(full) && !arena_add_block(arena, rounded_bytes)) return NULL;
  uint8_t *object = arena->next;
  arena->next += rounded_bytes;
#ifdef SMEW_DEBUG
  memset(object, FRESH_BYTE, rounded_bytes);
#endif
  return object;
}

void *arena_allocate_zeroed(Arena *arena, size_t size_bytes) {
  void *object = arena_allocate(arena, size_bytes);
  if (LIKELY(object != NULL)) memset(object, 0, size_bytes);
  return object;
}

void arena_reset(Arena *arena) {
  arena->refused = false;
  if (!arena->head) return;
  ArenaBlock *kept = arena->head;
  uint8_t *used_end = arena->next;
  while (kept->older) {
    ArenaBlock *block = kept->older;
    kept->older = block->older;
    arena->total_bytes -= block->size_bytes;
    memory_free(arena->memory, block, block->size_bytes);
  }
  bury(block_start(kept), used_end);
  arena->next = block_start(kept);
}

void arena_free(Arena *arena) {
  while (arena->head) arena_drop_head(arena);
  arena->next = arena->end = NULL;
}

void arena_free_later(Arena *arena) {
  while (arena->head) {
    ArenaBlock *block = arena->head;
    arena->head = block->older;
    memory_free_later(arena->memory, block, block->size_bytes);
  }
  arena->total_bytes = 0;
  arena->next = arena->end = NULL;
}

ArenaMark arena_mark(const Arena *arena) { return (ArenaMark){.head = arena->head, .next = arena->next}; }

void arena_rewind(Arena *arena, ArenaMark mark) {
  uint8_t *used_end = arena->next;
  bool dropped = false;
  while (arena->head != mark.head) {
    ASSERT(arena->head && "the mark is older than a reset");
    arena_drop_head(arena);
    dropped = true;
  }
  arena->next = mark.next;
  arena->end = mark.head ? (uint8_t *)mark.head + mark.head->size_bytes : NULL;
  bury(mark.next, dropped ? arena->end : used_end);
}

void *arena_push(Arena *arena, void *list, size_t item_bytes) {
  ArenaList *any = list;
  if (any->count == any->capacity) {
    uint32_t capacity = any->capacity ? any->capacity * 2 : 8;
    void *grown = arena_allocate(arena, item_bytes * capacity);
    if (!grown) return NULL;
    if (any->count) memcpy(grown, any->items, item_bytes * any->count);
    any->items = grown;
    any->capacity = capacity;
  }
  return (char *)any->items + item_bytes * any->count++;
}
