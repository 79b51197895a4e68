// SPDX-License-Identifier: MIT
//
// encoding.h: numbers into the bytes of records and back. Private to store/.
//
// A ByteReader never reads beyond its end: it then sets `failed` and gives zeros, and the caller checks once.
#ifndef SMEW_STORE_ENCODING_H
#define SMEW_STORE_ENCODING_H

#include "base/base.h"

static inline void put_bytes(TextBuilder *out, const void *bytes, size_t length) {
  text_append(out, (Str){bytes, length});
}
static inline void put_u8(TextBuilder *out, uint8_t value) { text_append_char(out, (char)value); }
static inline void put_varint(TextBuilder *out, uint64_t value) {
  uint8_t bytes[10];
  size_t length = 0;
  while (value >= 0x80) {
    bytes[length++] = (uint8_t)(value | 0x80);
    value >>= 7;
  }
  bytes[length++] = (uint8_t)value;
  put_bytes(out, bytes, length);
}
static inline void put_u64(TextBuilder *out, uint64_t value) { put_bytes(out, &value, sizeof value); }
static inline void put_text(TextBuilder *out, const void *bytes, size_t length) {
  put_varint(out, length);
  put_bytes(out, bytes, length);
}
static inline void put_padding(TextBuilder *out) { text_append_repeated(out, 0, -out->length & 15); }

typedef struct ByteReader {
  const uint8_t *start;
  const uint8_t *at;
  const uint8_t *end;
  bool failed;
} ByteReader;

static inline ByteReader byte_reader(const void *bytes, size_t length) {
  return (ByteReader){.start = bytes, .at = bytes, .end = (const uint8_t *)bytes + length};
}
static inline const uint8_t *take_bytes(ByteReader *reader, uint64_t length) {
  if (length > (uint64_t)(reader->end - reader->at)) {
    reader->failed = true;
    reader->at = reader->end;
    return NULL;
  }
  const uint8_t *bytes = reader->at;
  reader->at += length;
  return bytes;
}
static inline void take_into(ByteReader *reader, void *out, size_t length) {
  const uint8_t *bytes = take_bytes(reader, length);
  if (bytes)
    memcpy(out, bytes, length);
  else
    memset(out, 0, length);
}
static inline uint8_t take_u8(ByteReader *reader) {
  uint8_t value;
  take_into(reader, &value, sizeof value);
  return value;
}
static inline uint64_t take_u64(ByteReader *reader) {
  uint64_t value;
  take_into(reader, &value, sizeof value);
  return value;
}
static inline uint64_t take_varint(ByteReader *reader) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t byte = take_u8(reader);
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
  reader->failed = true;
  return 0;
}
static inline Str take_text(ByteReader *reader) {
  uint64_t length = take_varint(reader);
  const uint8_t *bytes = take_bytes(reader, length);
  return (Str){(const char *)bytes, bytes ? (size_t)length : 0};
}
static inline void take_padding(ByteReader *reader) {
  (void)take_bytes(reader, -(uint64_t)(reader->at - reader->start) & 15);
}
static inline uint64_t bytes_left(const ByteReader *reader) { return (uint64_t)(reader->end - reader->at); }

#endif
