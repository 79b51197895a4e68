// SPDX-License-Identifier: MIT
//
// listing.c: the answer of a LIST request becomes one block: the entries, then their paths.
#include "io/listing.h"

#include <stdlib.h>

void listing_init(Listing *listing, Memory *memory) {
  *listing = (Listing){.memory = memory};
  text_init(&listing->paths, memory);
}

static void listing_free(Listing *listing) {
  text_free(&listing->paths);
  memory_free(listing->memory, listing->entries, sizeof *listing->entries * listing->capacity);
}

void listing_add(Listing *listing, Str path, uint64_t size_bytes, uint64_t stamp) {
  if (listing->count == listing->capacity) {
    uint32_t capacity = listing->capacity ? listing->capacity * 2 : 16;
    ListingEntry *entries =
        memory_grow(listing->memory, listing->entries, sizeof *entries * listing->capacity, sizeof *entries * capacity);
    if (!entries) {
      listing->failed = true;
      return;
    }
    listing->entries = entries;
    listing->capacity = capacity;
  }
  listing->entries[listing->count++] = (ListingEntry){listing->paths.length, path.length, size_bytes, stamp};
  text_append(&listing->paths, path);
  listing->failed |= listing->paths.failed;
}

static int compare_facts(const void *a, const void *b) {
  return str_compare(((const FileFacts *)a)->path, ((const FileFacts *)b)->path);
}

void listing_answer(Listing *listing, Host *host, Request *request) {
  if (listing->failed) {
    listing_free(listing);
    request_answer(request, error_no_memory(&request->error));
    return;
  }
  size_t facts_bytes = sizeof(FileFacts) * listing->count;
  FileFacts *facts = request_allocate(host, request, facts_bytes + listing->paths.length);
  if (facts) {
    char *paths = (char *)facts + facts_bytes;
    if (listing->paths.length) memcpy(paths, listing->paths.data, listing->paths.length);
    for (uint32_t i = 0; i < listing->count; i++) {
      const ListingEntry *entry = &listing->entries[i];
      facts[i] = (FileFacts){{paths + entry->path_offset, entry->path_length}, entry->size_bytes, entry->stamp};
    }
    if (listing->count) qsort(facts, listing->count, sizeof *facts, compare_facts);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < listing->count; i++) {
      if (kept == 0 || !str_equal(facts[kept - 1].path, facts[i].path)) facts[kept++] = facts[i];
    }
    request->entries = facts;
    request->entry_count = kept;
    request_answer(request, OK);
  }
  listing_free(listing);
}
