// SPDX-License-Identifier: MIT
//
// hash.c: xxHash (XXH3, 64 bits) behind two names: the checksum of the file format, and the hash of bytes in memory.
#include "base/base.h"

#define XXH_INLINE_ALL
#define XXH_NO_STREAM
#include "xxhash.h"

// One copy of its code: it is large.
HOT __attribute__((noinline)) uint64_t checksum_bytes(const void *data, size_t length, uint64_t seed) {
  return XXH3_64bits_withSeed(data, length, seed);
}

uint64_t hash_bytes(const void *data, size_t length) { return checksum_bytes(data, length, 0); }
