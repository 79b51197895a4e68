// SPDX-License-Identifier: MIT
//
// bit_pack.h: integers as frame of reference and bits, in miniblocks of 2,048 rows. Private to store/.
//
// A packed section:
//
//   int128 base            added to every value (0 but for 128-bit columns)
//   PackEntry[blocks]      one for each miniblock of 2,048 values: its own base, bit width, form, where its bits lie
//   bits …                 of the miniblocks, each aligned to 16 bytes
//
// Lane form: value i of a miniblock lies in lane i % 64 (32-bit words) or i % 32 (64-bit words), so that the values of
// one row of lanes share word number, shift and mask, and unpacking is plain vector arithmetic with results in order:
//
//   width 5, 64 lanes     word 0 of lane 0..63 | word 1 of lane 0..63 | …
//   row 6 of the lanes (values 384..447): bits 30..34 -> word 0 >> 30 | word 1 << 2, & 31
//
// Narrow form: little-endian integers of 1, 2, 4 or 8 bytes, for short miniblocks where lanes would mostly be padding.
#ifndef SMEW_STORE_BIT_PACK_H
#define SMEW_STORE_BIT_PACK_H

#include "base/base.h"

#define PACK_ROWS 2048

typedef enum PackForm { PACK_LANES_32 = 0, PACK_LANES_64 = 1, PACK_NARROW = 2 } PackForm;

typedef struct PackEntry {
  uint64_t base;
  uint32_t at;   // of the bits, from the start of the section
  uint8_t width; // bits; 0: all values are the base
  uint8_t form;  // PackForm
  uint16_t reserved;
} PackEntry;
_Static_assert(sizeof(PackEntry) == 16, "part of the file format");

// Appends a section for `count` values of `size` bytes (1, 2, 4, 8, 16). `is_signed` says how the smallest is found. `validity` (may be NULL): rows
// that are not valid take no width. The builder's length must be a multiple of 16. False: 128-bit values whose range needs more than
// 64 bits; nothing was appended.
bool pack_append(TextBuilder *out, const void *values, uint32_t size, bool is_signed, const uint64_t *validity,
                 uint32_t count);
// Reads values [from, from + count). `room`: values that `out` has place for; unpacking may scribble up to it.
void pack_read(const uint8_t *section, uint32_t size, uint32_t from, uint32_t count, void *out, uint32_t room);
// Whether all entries lie inside `length` bytes.
bool pack_check(const uint8_t *section, size_t length, uint32_t size, uint32_t count);

#endif
