// SPDX-License-Identifier: MIT
//
// Memory, Arena and Error: accounting, limits, failures in turn, marks, cut messages.
#include "unit.h"

TEST(accounts_what_is_used) {
  Memory memory;
  memory_init(&memory, 0);
  void *a = memory_allocate(&memory, 100);
  void *b = memory_allocate_zeroed(&memory, 50);
  CHECK(a && b);
  CHECK(((uintptr_t)a & 15) == 0 && ((uintptr_t)b & 15) == 0);
  for (int i = 0; i < 50; i++) CHECK_EQ_INT(((uint8_t *)b)[i], 0);
  CHECK_EQ_INT(memory.used_bytes, 150);
  memset(a, 7, 100);
  a = memory_grow(&memory, a, 100, 1000);
  CHECK(a != NULL);
  CHECK_EQ_INT(((uint8_t *)a)[99], 7);
  CHECK_EQ_INT(memory.used_bytes, 1050);
  a = memory_grow(&memory, a, 1000, 10);
  CHECK_EQ_INT(memory.used_bytes, 60);
  CHECK(memory.peak_bytes >= 1050);
  memory_free(&memory, a, 10);
  memory_free(&memory, b, 50);
  memory_free(&memory, NULL, 0);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(zero_bytes_are_a_block) {
  Memory memory;
  memory_init(&memory, 0);
  void *a = memory_allocate(&memory, 0);
  CHECK(a != NULL);
  memory_free(&memory, a, 0);
  void *grown = memory_grow(&memory, NULL, 0, 8);
  CHECK(grown != NULL);
  memory_free(&memory, grown, 8);
}

TEST(refuses_beyond_the_limit_and_the_impossible) {
  Memory memory;
  memory_init(&memory, 1000);
  void *a = memory_allocate(&memory, 600);
  CHECK(a != NULL);
  CHECK(memory_allocate(&memory, 401) == NULL);
  CHECK(memory_grow(&memory, a, 600, 1001) == NULL);
  void *b = memory_allocate(&memory, 400);
  CHECK(b != NULL);
  memory_free(&memory, a, 600);
  memory_free(&memory, b, 400);
  memory.limit_bytes = 0;
  CHECK(memory_allocate(&memory, SIZE_MAX) == NULL);
  CHECK(memory_allocate(&memory, SIZE_MAX - 4) == NULL);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(large_blocks_may_be_freed_later) {
  Memory memory;
  memory_init(&memory, 1000000);
  for (int i = 0; i < 9; i++) memory_free_later(&memory, memory_allocate(&memory, 100000), 100000);
  memory_free_later(&memory, memory_allocate(&memory, 100), 100); // small: at once
  memory_free_later(&memory, NULL, 0);
  CHECK_EQ_INT(memory.used_bytes, 900000);
  CHECK(memory_settle(&memory, 150000)); // about as many
  CHECK_EQ_INT(memory.used_bytes, 700000);
  void *block = memory_allocate(&memory, 950000); // the limit asks for the rest
  CHECK(block != NULL);
  CHECK_EQ_INT(memory.used_bytes, 950000);
  CHECK(!memory_settle(&memory, SIZE_MAX));
  memory_free(&memory, block, 950000);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

typedef struct Cache {
  Memory *memory;
  void *block;
  int asked;
} Cache;

static bool reclaim_cache(void *owner, uint64_t wanted_bytes) {
  Cache *cache = owner;
  (void)wanted_bytes;
  cache->asked++;
  if (!cache->block) return false;
  memory_free(cache->memory, cache->block, 800);
  cache->block = NULL;
  return true;
}

TEST(reclaims_before_it_refuses) {
  Memory memory;
  memory_init(&memory, 1000);
  Cache cache = {.memory = &memory, .block = memory_allocate(&memory, 800)};
  memory.reclaim = reclaim_cache;
  memory.reclaim_owner = &cache;
  void *a = memory_allocate(&memory, 900);
  CHECK(a != NULL);
  CHECK_EQ_INT(cache.asked, 1);
  CHECK(memory_allocate(&memory, 900) == NULL);
  CHECK_EQ_INT(cache.asked, 2);
  memory_free(&memory, a, 900);
}

TEST(fails_from_the_nth_allocation_on) {
  Memory memory;
  memory_init(&memory, 0);
  memory.fail_at = 3;
  void *a = memory_allocate(&memory, 1);
  void *b = memory_allocate(&memory, 1);
  CHECK(a && b);
  CHECK(memory_allocate(&memory, 1) == NULL);
  CHECK(memory_grow(&memory, a, 1, 2) == NULL);
  memory_free(&memory, a, 1);
  memory_free(&memory, b, 1);
}

TEST(arena_keeps_objects_apart) {
  Memory memory;
  memory_init(&memory, 0);
  Arena arena;
  arena_init(&arena, &memory);
  uint8_t *objects[1000];
  for (int i = 0; i < 1000; i++) {
    size_t size = (size_t)i * 7 % 300;
    objects[i] = arena_allocate(&arena, size);
    CHECK_OR_RETURN(objects[i] != NULL);
    CHECK(((uintptr_t)objects[i] & 15) == 0);
    memset(objects[i], i & 0xFF, size);
  }
  for (int i = 0; i < 1000; i++) {
    for (size_t k = 0; k < (size_t)i * 7 % 300; k++) CHECK_OR_RETURN(objects[i][k] == (i & 0xFF));
  }
  CHECK_EQ_INT(arena.total_bytes, memory.used_bytes);
  arena_reset(&arena);
  CHECK_EQ_INT(arena.total_bytes, memory.used_bytes);
  CHECK(memory.used_bytes > 0);
  arena_free(&arena);
  CHECK_EQ_INT(memory.used_bytes, 0);
  CHECK(arena_allocate(&arena, 10) != NULL);
  arena_free(&arena);
  CHECK(arena_allocate(&arena, SIZE_MAX) == NULL);
  CHECK(arena_allocate(&arena, SIZE_MAX / 2) == NULL);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(arena_rewinds_over_blocks) {
  Memory memory;
  memory_init(&memory, 0);
  Arena arena;
  arena_init(&arena, &memory);
  ArenaMark empty = arena_mark(&arena);
  char *kept = arena_allocate(&arena, 100);
  memcpy(kept, "kept", 5);
  ArenaMark mark = arena_mark(&arena);
  uint64_t before = memory.used_bytes;
  void *first = arena_allocate(&arena, 10);
  for (int i = 0; i < 100; i++) CHECK(arena_allocate(&arena, 5000) != NULL);
  arena_rewind(&arena, mark);
  CHECK_EQ_INT(memory.used_bytes, before);
  CHECK_EQ_STR(kept, "kept");
  CHECK(arena_allocate(&arena, 10) == first);
  arena_rewind(&arena, empty);
  CHECK_EQ_INT(memory.used_bytes, 0);
  arena_free(&arena);
}

static Status push_numbers(Arena *arena, Error *error, uint32_t count, int64_t *sum) {
  ARENA_LIST(int64_t) list = {0};
  for (uint32_t i = 0; i < count; i++) ARENA_PUSH(arena, error, &list, (int64_t)i);
  *sum = 0;
  for (uint32_t i = 0; i < list.count; i++) *sum += list.items[i];
  return OK;
}

TEST(every_allocation_of_a_list_may_fail) {
  for (uint64_t fail_at = 1;; fail_at++) {
    CHECK_OR_RETURN(fail_at < 100);
    Memory memory;
    memory_init(&memory, 0);
    memory.fail_at = fail_at;
    Arena arena;
    arena_init(&arena, &memory);
    Error error;
    error_clear(&error);
    int64_t sum = 0;
    Status status = push_numbers(&arena, &error, 10000, &sum);
    arena_free(&arena);
    CHECK_EQ_INT(memory.used_bytes, 0);
    if (status == OK) {
      CHECK_EQ_INT(sum, 49995000);
      CHECK(fail_at > 3);
      return;
    }
    CHECK_EQ_INT(status, ERROR_NO_MEMORY);
    error_settle(&error, status);
    CHECK_EQ_INT(error.code, ERROR_NO_MEMORY);
  }
}

TEST(error_formats_and_survives_its_own_text) {
  Error error;
  error_clear(&error);
  CHECK_EQ_INT(error.position, -1);
  CHECK_EQ_INT(error_set(&error, ERROR_BINDER, 7, "column \"%s\" not found", "x"), ERROR_BINDER);
  CHECK_EQ_STR(error.message, "column \"x\" not found");
  CHECK_EQ_INT(error.position, 7);
  CHECK_EQ_INT(error.length, strlen(error.message));
  CHECK_EQ_INT(error_set(&error, ERROR_IO, -1, "while reading: %s", error.message), ERROR_IO);
  CHECK_EQ_STR(error.message, "while reading: column \"x\" not found");
  CHECK_EQ_INT(error_set(NULL, ERROR_IO, -1, "nobody listens"), ERROR_IO);
  CHECK_EQ_STR(error_class(ERROR_OUT_OF_RANGE), "Out of Range Error");
  CHECK_EQ_STR(error_class(ERROR_INTERNAL), "INTERNAL Error");
  CHECK_EQ_STR(error_code_name(ERROR_NO_MEMORY), "NO_MEMORY");
  CHECK_EQ_STR(error_code_name(OK), "OK");
}

TEST(error_is_cut_at_a_code_point) {
  Error error;
  char *long_text = malloc(20000);
  for (int shift = 0; shift < 3; shift++) {
    size_t length = 0;
    for (int i = 0; i < shift; i++) long_text[length++] = 'x';
    while (length < 19000) {
      memcpy(long_text + length, "\xE2\x82\xAC", 3);
      length += 3;
    }
    long_text[length] = 0;
    CHECK_EQ_INT(error_set(&error, ERROR_IO, -1, "%s", long_text), ERROR_IO);
    CHECK(error.length < ERROR_MESSAGE_CAPACITY && error.length > ERROR_MESSAGE_CAPACITY - 10);
    CHECK(utf8_valid((Str){error.message, error.length}, NULL));
    CHECK(str_ends_with((Str){error.message, error.length}, STR("...")));
    CHECK_EQ_INT(strlen(error.message), error.length);
  }
  free(long_text);
}

UNIT_MAIN
