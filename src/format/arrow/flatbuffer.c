// SPDX-License-Identifier: MIT
//
// flatbuffer.c: laying out tables, vectors and strings of a flatbuffer front to back.
#include "format/arrow/flatbuffer.h"

void flat_set(FlatBuilder *builder, size_t position, int64_t value, size_t bytes) {
  if (builder->out->failed) return;
  ASSERT(position >= builder->base && position + bytes <= builder->out->length);
  memcpy(builder->out->data + position, &value, bytes);
}

// Zero bytes until the place `ahead` bytes on is a multiple of `alignment`.
static void align(FlatBuilder *builder, size_t ahead, size_t alignment) {
  size_t place = builder->out->length - builder->base + ahead;
  text_append_repeated(builder->out, 0, (alignment - place % alignment) % alignment);
}

static void refer(FlatBuilder *builder, size_t reference) {
  flat_set(builder, reference, (int64_t)(builder->out->length - reference), 4);
}

size_t flat_begin(FlatBuilder *builder, TextBuilder *out) {
  *builder = (FlatBuilder){.out = out, .base = out->length};
  text_append_repeated(out, 0, 4);
  return builder->base;
}

FlatTable flat_table(FlatBuilder *builder, size_t reference, const uint8_t *sizes, uint32_t count) {
  FlatTable table = {{0}};
  uint16_t offsets[FLAT_FIELD_LIMIT] = {0};
  uint16_t table_bytes = 4;
  ASSERT(count <= FLAT_FIELD_LIMIT);
  for (uint32_t size = 8; size; size /= 2) {
    for (uint32_t i = 0; i < count; i++) {
      if (sizes[i] != size) continue;
      offsets[i] = table_bytes;
      table_bytes = (uint16_t)(table_bytes + size);
    }
  }
  size_t vtable_bytes = 4 + 2 * (size_t)count;
  // The first field lies behind the distance to the vtable, and an 8-byte one is the first.
  align(builder, vtable_bytes + 4, 8);
  size_t vtable = builder->out->length;
  text_append_repeated(builder->out, 0, vtable_bytes);
  flat_set(builder, vtable, (int64_t)vtable_bytes, 2);
  flat_set(builder, vtable + 2, table_bytes, 2);
  for (uint32_t i = 0; i < count; i++) flat_set(builder, vtable + 4 + 2 * (size_t)i, offsets[i], 2);
  size_t start = builder->out->length;
  refer(builder, reference);
  text_append_repeated(builder->out, 0, table_bytes);
  flat_set(builder, start, (int64_t)(start - vtable), 4);
  for (uint32_t i = 0; i < count; i++) table.field[i] = offsets[i] ? start + offsets[i] : 0;
  return table;
}

size_t flat_vector(FlatBuilder *builder, size_t reference, size_t count, size_t element_bytes, size_t alignment) {
  align(builder, 4, MAX_OF(alignment, (size_t)4));
  size_t start = builder->out->length;
  refer(builder, reference);
  text_append_repeated(builder->out, 0, 4 + count * element_bytes);
  flat_set(builder, start, (int64_t)count, 4);
  return start + 4;
}

void flat_string(FlatBuilder *builder, size_t reference, Str text) {
  align(builder, 0, 4);
  size_t start = builder->out->length;
  refer(builder, reference);
  text_append_repeated(builder->out, 0, 4);
  flat_set(builder, start, (int64_t)text.length, 4);
  text_append(builder->out, text);
  text_append_char(builder->out, 0);
}
