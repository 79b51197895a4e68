// SPDX-License-Identifier: MIT
//
// wasm/allocate.c under other names over an array of the test's.
#include <stdint.h>

#include "unit.h"

enum { TEST_PAGES = 64 };
static _Alignas(16) uint8_t test_heap[TEST_PAGES * 65536];
static uint32_t test_pages = 2;

static bool test_grow(uint32_t pages) {
  if (pages > TEST_PAGES - test_pages) return false;
  test_pages += pages;
  return true;
}

#define HEAP_AT(address) (test_heap + (address))
#define HEAP_START 1000
#define HEAP_PAGES() test_pages
#define HEAP_GROW(pages) test_grow(pages)
#define malloc test_malloc
#define free test_free
#define calloc test_calloc
#define realloc test_realloc
void *test_malloc(size_t bytes);
void test_free(void *pointer);
void *test_calloc(size_t count, size_t each_bytes);
void *test_realloc(void *pointer, size_t bytes);
#include "../../src/wasm/allocate.c"
#undef malloc
#undef free
#undef calloc
#undef realloc

typedef struct Block {
  uint8_t *bytes;
  uint32_t length;
  uint8_t fill;
} Block;

static uint64_t state = 88172645463325252;
static uint32_t random_below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 20) % limit;
}
static uint32_t random_length(void) { return random_below(1U << random_below(19)); }

static bool holds(const Block *block, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    if (block->bytes[i] != block->fill) return false;
  }
  return true;
}

static void refill(Block *block, uint32_t length) {
  block->length = length;
  block->fill = (uint8_t)random_below(256);
  memset(block->bytes, block->fill, length);
}

// Walks over all blocks: neighbours agree on sizes and flags, and no two free ones stand together.
static bool heap_is_sound(uint32_t *free_blocks) {
  uint32_t block = (HEAP_START + 4 + UNIT - 1) & ~(uint32_t)(UNIT - 1);
  bool before = true;
  *free_blocks = 0;
  while (block != heap.end) {
    bool used = *header(block) & IN_USE;
    if (!size_of(block) || !!(*header(block) & BEFORE_IN_USE) != before || (!used && !before)) return false;
    *free_blocks += !used;
    before = used;
    block += size_of(block);
    if (!used && *size_before(block) != size_of(block - *size_before(block))) return false;
  }
  return !!(*header(block) & BEFORE_IN_USE) == before;
}

TEST(blocks_keep_their_bytes_and_memory_becomes_whole_again) {
  static Block blocks[200];
  uint32_t free_blocks, refused = 0;
  for (int round = 0; round < 200000; round++) {
    Block *block = &blocks[random_below(COUNT_OF(blocks))];
    uint32_t length = random_length();
    if (!block->bytes) {
      bool zeroed = random_below(4) == 0;
      block->bytes = zeroed ? test_calloc(length, 1) : test_malloc(length);
      refused += !block->bytes;
      if (!block->bytes) continue;
      CHECK((uintptr_t)block->bytes % 16 == 0);
      block->fill = 0;
      CHECK(!zeroed || holds(block, length));
      refill(block, length);
    } else if (random_below(2)) {
      CHECK(holds(block, block->length));
      uint8_t *moved = test_realloc(block->bytes, length);
      refused += !moved;
      if (!moved) continue;
      block->bytes = moved;
      CHECK(holds(block, MIN_OF(length, block->length)));
      refill(block, length);
    } else {
      CHECK(holds(block, block->length));
      test_free(block->bytes);
      block->bytes = NULL;
    }
    if (round % 1000 == 0) CHECK(heap_is_sound(&free_blocks));
  }
  CHECK(refused < 20000);
  for (size_t i = 0; i < COUNT_OF(blocks); i++) test_free(blocks[i].bytes);
  CHECK(heap_is_sound(&free_blocks));
  CHECK_EQ_INT(free_blocks, 1);
}

TEST(a_freed_block_serves_its_size_again) {
  test_free(test_malloc(100000));
  uint32_t pages = test_pages;
  uint8_t *first = test_malloc(100000);
  uint8_t *wall = test_malloc(10);
  for (int i = 0; i < 10; i++) {
    test_free(first);
    uint8_t *again = test_malloc(100000);
    CHECK(again == first);
  }
  CHECK_EQ_INT(test_pages, pages);
  test_free(first);
  test_free(wall);
}

TEST(too_much_is_refused) {
  CHECK(!test_malloc(SIZE_MAX));
  CHECK(!test_malloc(sizeof test_heap));
  CHECK(!test_calloc(SIZE_MAX / 2, 4));
  uint8_t *block = test_malloc(10);
  CHECK(!test_realloc(block, SIZE_MAX));
  CHECK(!test_realloc(block, sizeof test_heap));
  test_free(block);
  uint32_t free_blocks;
  CHECK(heap_is_sound(&free_blocks));
}

UNIT_MAIN
