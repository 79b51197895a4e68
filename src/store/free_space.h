// SPDX-License-Identifier: MIT
//
// free_space.h: which pages are in use, and how many pieces live in each shared page. Private to store/.
#ifndef SMEW_STORE_FREE_SPACE_H
#define SMEW_STORE_FREE_SPACE_H

#include "base/base.h"

#define PAGE_BYTES 4096
#define FIRST_DATA_PAGE 2 // pages 0 and 1 are the headers

typedef struct SharedPage {
  uint64_t page;  // 0: empty slot
  uint32_t count; // pieces
} SharedPage;

typedef struct PageSpace {
  Memory *memory;
  uint64_t *used;         // bit per page
  uint64_t word_capacity; // of `used`
  uint64_t page_count;    // pages up to the last used one, and a little beyond
  uint64_t used_count;
  uint64_t lowest_free; // no page below it is free
  bool contradicted;    // a page was given back that was not in use: the file is not what it should be
  SharedPage *shared;   // open addressing
  uint32_t shared_count;
  uint32_t shared_capacity; // power of two
} PageSpace;

Status space_init(PageSpace *space, Memory *memory, Error *error) MUST_USE; // the headers' pages are in use
void space_free(PageSpace *space);
Status space_copy(PageSpace *dst, const PageSpace *src, Error *error) MUST_USE; // dst uninitialised
// The first run of `count` free pages; beyond the end when there is none.
Status space_allocate(PageSpace *space, uint64_t count, uint64_t *page, Error *error) MUST_USE;
// Marks pages that are known to be in use. False: one of them was already.
Status space_claim(PageSpace *space, uint64_t page, uint64_t count, bool *fresh, Error *error) MUST_USE;
void space_release(PageSpace *space, uint64_t page, uint64_t count);
// One piece more in a shared page (which it claims when it is the first).
Status space_share(PageSpace *space, uint64_t page, Error *error) MUST_USE;
// One piece less; true: it was the last and the page is free now.
bool space_unshare(PageSpace *space, uint64_t page);
// Pages in the file that need to be there: beyond them all is free.
uint64_t space_end(const PageSpace *space);

// Runs of used and free pages as varints, then the shared pages.
void space_encode(const PageSpace *space, TextBuilder *out);
// After space_init. Pages lie below the limit: the end of the file.
Status space_decode(PageSpace *space, const uint8_t *bytes, size_t length, uint64_t page_limit, Error *error) MUST_USE;

#endif
