// SPDX-License-Identifier: MIT
//
// listing.h: collects the answer of a LIST request: add every file, then answer once. Private to io/.
#ifndef SMEW_LISTING_H
#define SMEW_LISTING_H

#include "io/request.h"

typedef struct ListingEntry {
  size_t path_offset; // into paths
  size_t path_length;
  uint64_t size_bytes;
  uint64_t stamp;
} ListingEntry;

typedef struct Listing {
  Memory *memory;
  TextBuilder paths;
  ListingEntry *entries; // owned
  uint32_t count;
  uint32_t capacity;
  bool failed; // no memory
} Listing;

void listing_init(Listing *listing, Memory *memory);
void listing_add(Listing *listing, Str path, uint64_t size_bytes, uint64_t stamp);
// Answers the request: sorted by path, each path once. Frees the listing.
void listing_answer(Listing *listing, Host *host, Request *request);

#endif
