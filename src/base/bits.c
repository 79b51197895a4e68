// SPDX-License-Identifier: MIT
//
// bits.c: bit sets as arrays of 64-bit words: counting, filling and searching whole words at a time.
#include "base/base.h"

// The lowest `count` bits of a word, count 0..63.
static inline uint64_t low_mask(size_t count) { return (UINT64_C(1) << count) - 1; }

HOT size_t bits_count(const uint64_t *bits, size_t bit_count) {
  size_t count = 0;
  size_t whole_words = bit_count / 64;
  for (size_t i = 0; i < whole_words; i++) count += (size_t)__builtin_popcountll(bits[i]);
  if (bit_count % 64) count += (size_t)__builtin_popcountll(bits[whole_words] & low_mask(bit_count % 64));
  return count;
}

void bits_fill(uint64_t *bits, size_t from, size_t to, bool value) {
  if (from >= to) return;
  size_t first = from / 64, last = (to - 1) / 64;
  for (size_t word = first; word <= last; word++) {
    uint64_t mask = UINT64_MAX;
    if (word == first) mask &= UINT64_MAX << from % 64;
    if (word == last && to % 64) mask &= low_mask(to % 64);
    bits[word] = value ? bits[word] | mask : bits[word] & ~mask;
  }
}

HOT size_t bits_next(const uint64_t *bits, size_t from, size_t bit_count, bool value) {
  if (from >= bit_count) return bit_count;
  uint64_t flip = value ? 0 : UINT64_MAX;
  size_t word = from / 64, word_count = BITS_WORDS(bit_count);
  uint64_t candidates = (bits[word] ^ flip) & UINT64_MAX << from % 64;
  while (!candidates) {
    if (++word == word_count) return bit_count;
    candidates = bits[word] ^ flip;
  }
  size_t found = word * 64 + (size_t)__builtin_ctzll(candidates);
  return MIN_OF(found, bit_count);
}
