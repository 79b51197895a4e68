// SPDX-License-Identifier: MIT
//
// free_space.c: see free_space.h. A bitmap for pages, a hash table for the pages that pieces share.
#include "store/free_space.h"

#include "store/encoding.h"

static Status reserve_pages(PageSpace *space, uint64_t page_count, Error *error) {
  uint64_t words = BITS_WORDS(page_count);
  if (words > space->word_capacity) {
    uint64_t capacity = MAX_OF(words, space->word_capacity * 2 + 16);
    uint64_t *used =
        memory_grow(space->memory, space->used, sizeof(uint64_t) * space->word_capacity, sizeof(uint64_t) * capacity);
    if (!used) return error_no_memory(error);
    memset(used + space->word_capacity, 0, sizeof(uint64_t) * (capacity - space->word_capacity));
    space->used = used;
    space->word_capacity = capacity;
  }
  space->page_count = MAX_OF(space->page_count, page_count);
  return OK;
}

Status space_init(PageSpace *space, Memory *memory, Error *error) {
  *space = (PageSpace){.memory = memory};
  TRY(reserve_pages(space, FIRST_DATA_PAGE, error));
  bits_fill(space->used, 0, FIRST_DATA_PAGE, true);
  space->used_count = FIRST_DATA_PAGE;
  space->lowest_free = FIRST_DATA_PAGE;
  return OK;
}

void space_free(PageSpace *space) {
  if (!space->memory) return;
  memory_free(space->memory, space->used, sizeof(uint64_t) * space->word_capacity);
  memory_free(space->memory, space->shared, sizeof(SharedPage) * space->shared_capacity);
  *space = (PageSpace){0};
}

Status space_copy(PageSpace *dst, const PageSpace *src, Error *error) {
  *dst = *src;
  dst->used = memory_allocate(src->memory, sizeof(uint64_t) * src->word_capacity);
  dst->shared = src->shared_capacity ? memory_allocate(src->memory, sizeof(SharedPage) * src->shared_capacity) : NULL;
  if (!dst->used || (src->shared_capacity && !dst->shared)) {
    space_free(dst);
    return error_no_memory(error);
  }
  memcpy(dst->used, src->used, sizeof(uint64_t) * src->word_capacity);
  if (src->shared_capacity) memcpy(dst->shared, src->shared, sizeof(SharedPage) * src->shared_capacity);
  return OK;
}

static void mark(PageSpace *space, uint64_t page, uint64_t count) {
  bits_fill(space->used, page, page + count, true);
  space->used_count += count;
  if (page <= space->lowest_free) {
    space->lowest_free = bits_next(space->used, MAX_OF(space->lowest_free, page), space->page_count, false);
  }
}

Status space_allocate(PageSpace *space, uint64_t count, uint64_t *page, Error *error) {
  uint64_t at = space->lowest_free;
  for (;;) {
    at = bits_next(space->used, at, space->page_count, false);
    if (at >= space->page_count) break;
    uint64_t end = bits_next(space->used, at, MIN_OF(space->page_count, at + count), true);
    if (end - at >= count || end >= space->page_count) break;
    at = end;
  }
  TRY(reserve_pages(space, at + count, error));
  mark(space, at, count);
  *page = at;
  return OK;
}

Status space_claim(PageSpace *space, uint64_t page, uint64_t count, bool *fresh, Error *error) {
  if (page > UINT64_MAX / 2 / PAGE_BYTES || count > UINT64_MAX / 2 / PAGE_BYTES) {
    return error_set(error, ERROR_CORRUPT, -1, "Page number is out of range");
  }
  TRY(reserve_pages(space, page + count, error));
  *fresh = bits_next(space->used, page, page + count, true) >= page + count;
  if (*fresh) mark(space, page, count);
  return OK;
}

void space_release(PageSpace *space, uint64_t page, uint64_t count) {
  if (page < FIRST_DATA_PAGE || page > space->page_count || count > space->page_count - page ||
      bits_next(space->used, page, page + count, false) < page + count) {
    space->contradicted = true;
    return;
  }
  bits_fill(space->used, page, page + count, false);
  space->used_count -= count;
  if (page < space->lowest_free) space->lowest_free = page;
}

// ---------------------------------------------------------------------------------------------------------------------
// Shared pages
// ---------------------------------------------------------------------------------------------------------------------

static SharedPage *find_shared(const PageSpace *space, uint64_t page) {
  uint32_t mask = space->shared_capacity - 1, slot = (uint32_t)hash_u64(page) & mask;
  while (space->shared[slot].page && space->shared[slot].page != page) slot = (slot + 1) & mask;
  return &space->shared[slot];
}

static Status grow_shared(PageSpace *space, Error *error) {
  SharedPage *old = space->shared;
  uint32_t old_capacity = space->shared_capacity, capacity = old_capacity ? old_capacity * 2 : 64;
  SharedPage *fresh = memory_allocate_zeroed(space->memory, sizeof(SharedPage) * capacity);
  if (!fresh) return error_no_memory(error);
  space->shared = fresh;
  space->shared_capacity = capacity;
  for (uint32_t i = 0; i < old_capacity; i++) {
    if (old[i].page) *find_shared(space, old[i].page) = old[i];
  }
  memory_free(space->memory, old, sizeof(SharedPage) * old_capacity);
  return OK;
}

Status space_share(PageSpace *space, uint64_t page, Error *error) {
  if ((space->shared_count + 1) * 4 > space->shared_capacity * 3) TRY(grow_shared(space, error));
  SharedPage *entry = find_shared(space, page);
  if (!entry->page) {
    if (page > UINT64_MAX / 2 / PAGE_BYTES) return error_set(error, ERROR_CORRUPT, -1, "Page number is out of range");
    TRY(reserve_pages(space, page + 1, error));
    if (!bit_get(space->used, page)) mark(space, page, 1);
    *entry = (SharedPage){page, 0};
    space->shared_count++;
  }
  entry->count++;
  return OK;
}

// Takes an entry out of the table by moving later ones of its run back (no tombstones).
static void remove_shared(PageSpace *space, SharedPage *entry) {
  uint32_t mask = space->shared_capacity - 1, hole = (uint32_t)(entry - space->shared);
  for (uint32_t next = (hole + 1) & mask; space->shared[next].page; next = (next + 1) & mask) {
    uint32_t home = (uint32_t)hash_u64(space->shared[next].page) & mask;
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      space->shared[hole] = space->shared[next];
      hole = next;
    }
  }
  space->shared[hole] = (SharedPage){0};
  space->shared_count--;
}

bool space_unshare(PageSpace *space, uint64_t page) {
  SharedPage *entry = space->shared_capacity ? find_shared(space, page) : NULL;
  if (!entry || !entry->page) {
    space->contradicted = true;
    return false;
  }
  if (--entry->count) return false;
  remove_shared(space, entry);
  space_release(space, page, 1);
  return true;
}

uint64_t space_end(const PageSpace *space) {
  uint64_t end = space->page_count;
  while (end > FIRST_DATA_PAGE && !bit_get(space->used, end - 1)) end--;
  return end;
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes
// ---------------------------------------------------------------------------------------------------------------------

void space_encode(const PageSpace *space, TextBuilder *out) {
  uint64_t end = space_end(space), at = 0;
  put_varint(out, end);
  while (at < end) { // used run, free run, used run, …
    uint64_t stop = bits_next(space->used, at, end, false);
    put_varint(out, stop - at);
    at = stop;
    if (at >= end) break;
    stop = bits_next(space->used, at, end, true);
    put_varint(out, stop - at);
    at = stop;
  }
  put_varint(out, space->shared_count);
  for (uint32_t i = 0; i < space->shared_capacity; i++) {
    if (!space->shared[i].page) continue;
    put_varint(out, space->shared[i].page);
    put_varint(out, space->shared[i].count);
  }
}

Status space_decode(PageSpace *space, const uint8_t *bytes, size_t length, uint64_t page_limit, Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  uint64_t end = take_varint(&reader), at = 0;
  bool used = true, fresh;
  if (end > page_limit) reader.failed = true;
  while (at < end && !reader.failed) {
    uint64_t run = take_varint(&reader);
    if (run > end - at) reader.failed = true;
    if (!reader.failed && used) {
      uint64_t from = MAX_OF(at, (uint64_t)FIRST_DATA_PAGE);
      if (at + run > from) TRY(space_claim(space, from, at + run - from, &fresh, error));
    }
    at += run;
    used = !used;
  }
  uint64_t shared = take_varint(&reader);
  for (uint64_t i = 0; i < shared && !reader.failed; i++) {
    uint64_t page = take_varint(&reader), count = take_varint(&reader);
    if (page < FIRST_DATA_PAGE || page >= end || !count || count > PAGE_BYTES) {
      reader.failed = true;
      break;
    }
    TRY(space_share(space, page, error));
    find_shared(space, page)->count = (uint32_t)count;
  }
  return reader.failed ? error_set(error, ERROR_CORRUPT, -1, "The list of free pages is damaged") : OK;
}
