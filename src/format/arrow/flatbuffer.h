// SPDX-License-Identifier: MIT
//
// flatbuffer.h: a flatbuffer written front to back, as far as Arrow's messages need it. Private to format/arrow.
//
// Flatbuffers are usually built from the leaves, as references point forward only. Here a parent is laid out first with
// its slots zero, and whoever writes an object behind it fills the one slot that refers to that object. So nothing has
// to be known of the children before, and numbers that are known late (lengths of a body) are set at the end.
//
//   table    vtable: uint16 size of the vtable, of the table, offset of each field (0: absent)
//            table:  int32 distance back to the vtable, then the fields, the wide ones first
//   vector   uint32 count, then the elements        string   uint32 length, the bytes, a NUL
//
// Source: "FlatBuffer Internals" of the flatbuffers project. Numbers are little-endian, as is every machine that Smew
// runs on. A failed allocation is remembered in `out`; positions are then meaningless, and setting them does nothing.
#ifndef SMEW_FORMAT_FLATBUFFER_H
#define SMEW_FORMAT_FLATBUFFER_H

#include "base/base.h"

typedef struct FlatBuilder {
  TextBuilder *out;
  size_t base; // where the flatbuffer begins in `out`; alignment counts from here
} FlatBuilder;

#define FLAT_FIELD_LIMIT 8

typedef struct FlatTable {
  size_t field[FLAT_FIELD_LIMIT]; // where the fields lie in `out`; 0: absent
} FlatTable;

// Begins at the end of `out`; the result is the slot that refers to the root table.
size_t flat_begin(FlatBuilder *builder, TextBuilder *out);
// A table whose field i takes sizes[i] bytes (1, 2, 4 or 8; references 4; 0: absent), all zero, referred to by `reference`.
FlatTable flat_table(FlatBuilder *builder, size_t reference, const uint8_t *sizes, uint32_t count);
// A vector of `count` zero elements; returns where the first lies. `alignment` is that of an element.
size_t flat_vector(FlatBuilder *builder, size_t reference, size_t count, size_t element_bytes, size_t alignment);
void flat_string(FlatBuilder *builder, size_t reference, Str text);
// The low `bytes` bytes of the value at a position of `out`.
void flat_set(FlatBuilder *builder, size_t position, int64_t value, size_t bytes);

#endif
