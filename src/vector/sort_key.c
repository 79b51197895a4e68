// SPDX-License-Identifier: MIT
//
// sort_key.c: normalised keys. The bytes of a row's key compare by memcmp as the row sorts. Also the keys of indexes,
// so the encoding is part of the file format: never change it.
//
//   column   1 byte: NULL 0x00 / value 0x01 with NULLS FIRST, value 0x01 / NULL 0x02 with NULLS LAST; then the value
//   integers big-endian, top bit flipped when signed          floats    IEEE bits: negative ones all flipped, others the
//   string   bytes, 0x00 as 0x00 0xff, then 0x00 0x00                   top bit; -0.0 as 0.0; NaN as all ones
//   interval months, days, micros normalised, 8 bytes each    struct    its fields, NULLs last, one after another
//   list     0x01 and the element for each element, then 0x00 array     its elements
//
// Descending flips all bits of the value, not the NULL byte. A NULL of a fixed-size type is followed by zeros in keys
// written by sort_key_write_fixed, so that all rows have the same size; sort_key_append writes the same bytes.
#include "vector/kernels.h"

#define NULL_FIRST_BYTE 0x00
#define VALUE_BYTE 0x01
#define NULL_LAST_BYTE 0x02

static inline uint32_t ordered_f32(float value) {
  if (value != value) return UINT32_MAX;
  if (value == 0) value = 0;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static inline uint64_t ordered_f64(double value) {
  if (value != value) return UINT64_MAX;
  if (value == 0) value = 0;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

// Big-endian unsigned numbers whose order is the order of the values.
static inline void put_8(uint8_t *out, uint8_t bits) { *out = bits; }
static inline void put_16(uint8_t *out, uint16_t bits) {
  bits = __builtin_bswap16(bits);
  memcpy(out, &bits, sizeof bits);
}
static inline void put_32(uint8_t *out, uint32_t bits) {
  bits = __builtin_bswap32(bits);
  memcpy(out, &bits, sizeof bits);
}
static inline void put_64(uint8_t *out, uint64_t bits) {
  bits = __builtin_bswap64(bits);
  memcpy(out, &bits, sizeof bits);
}
static inline void put_128(uint8_t *out, uint128 bits) {
  put_64(out, (uint64_t)(bits >> 64));
  put_64(out + 8, (uint64_t)bits);
}

#define BITS_U(value) (value)
#define BITS_I8(value) ((uint8_t)((uint8_t)(value) ^ 0x80))
#define BITS_I16(value) ((uint16_t)((uint16_t)(value) ^ 0x8000))
#define BITS_I32(value) ((uint32_t)(value) ^ 0x80000000u)
#define BITS_I64(value) ((uint64_t)(value) ^ UINT64_C(1) << 63)
#define BITS_I128(value) ((uint128)(value) ^ (uint128)1 << 127)

// X(physical, C type, unsigned type, bits, put)
#define FIXED_KEYS(X)                          \
  X(BOOL, uint8_t, uint8_t, BITS_U, put_8)     \
  X(I8, int8_t, uint8_t, BITS_I8, put_8)       \
  X(I16, int16_t, uint16_t, BITS_I16, put_16)  \
  X(I32, int32_t, uint32_t, BITS_I32, put_32)  \
  X(I64, int64_t, uint64_t, BITS_I64, put_64)  \
  X(I128, int128, uint128, BITS_I128, put_128) \
  X(U8, uint8_t, uint8_t, BITS_U, put_8)       \
  X(U16, uint16_t, uint16_t, BITS_U, put_16)   \
  X(U32, uint32_t, uint32_t, BITS_U, put_32)   \
  X(U64, uint64_t, uint64_t, BITS_U, put_64)   \
  X(U128, uint128, uint128, BITS_U, put_128)   \
  X(F32, float, uint32_t, ordered_f32, put_32) \
  X(F64, double, uint64_t, ordered_f64, put_64)

static void put_interval(uint8_t *out, Interval interval, bool descending) {
  int64_t parts[3];
  interval_normalize(interval, &parts[0], &parts[1], &parts[2]);
  for (int i = 0; i < 3; i++) put_64(out + i * 8, BITS_I64(parts[i]) ^ (descending ? UINT64_MAX : 0));
}

static uint32_t fixed_value_size(Physical physical) {
  switch (physical) {
    case PHYSICAL_INTERVAL:
      return 24;
    case PHYSICAL_STRING:
    case PHYSICAL_LIST:
    case PHYSICAL_NONE:
      return 0;
    default:
      return physical_size(physical);
  }
}

uint32_t sort_key_fixed_size(Type type) {
  uint32_t size = fixed_value_size(type_physical(type));
  return size ? size + 1 : 0;
}

HOT void sort_key_write_fixed(const Vector *vector, const uint32_t *selection, uint32_t count, SortSpec spec,
                              uint8_t *out, size_t stride) {
  VectorView view;
  vector_view(vector, &view);
  uint8_t null_byte = spec.nulls_first ? NULL_FIRST_BYTE : NULL_LAST_BYTE;
  uint32_t size = fixed_value_size(vector->physical);
  ASSERT(size);
  switch (vector->physical) {
#define X(physical, T, U, BITS, PUT)                               \
  case PHYSICAL_##physical: {                                      \
    const T *data = view.data;                                     \
    const U flip = spec.descending ? (U) ~(U)0 : 0;                \
    if (!selection && !view.validity && view_is_flat(&view)) {     \
      for (uint32_t i = 0; i < count; i++, out += stride) {        \
        *out = VALUE_BYTE;                                         \
        PUT(out + 1, (U)(BITS(data[i]) ^ flip));                   \
      }                                                            \
      break;                                                       \
    }                                                              \
    for (uint32_t i = 0; i < count; i++, out += stride) {          \
      uint32_t at = view_row(&view, selection ? selection[i] : i); \
      bool valid = view_valid(&view, at);                          \
      *out = valid ? VALUE_BYTE : null_byte;                       \
      PUT(out + 1, valid ? (U)(BITS(data[at]) ^ flip) : (U)0);     \
    }                                                              \
    break;                                                         \
  }
    FIXED_KEYS(X)
#undef X
    default:
      for (uint32_t i = 0; i < count; i++, out += stride) {
        uint32_t at = view_row(&view, selection ? selection[i] : i);
        bool valid = view_valid(&view, at);
        *out = valid ? VALUE_BYTE : null_byte;
        memset(out + 1, 0, size);
        if (valid) put_interval(out + 1, ((const Interval *)view.data)[at], spec.descending);
      }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys of any type, appended
// ---------------------------------------------------------------------------------------------------------------------

static void append_key_bytes(TextBuilder *out, const uint8_t *bytes, size_t length, uint8_t flip) {
  text_append(out, (Str){(const char *)bytes, length});
  if (!flip || out->failed) return;
  char *appended = out->data + out->length - length;
  for (size_t i = 0; i < length; i++) appended[i] = (char)(appended[i] ^ flip);
}

static void append_string(TextBuilder *out, Str text, uint8_t flip) {
  const uint8_t *next = (const uint8_t *)text.data;
  const uint8_t *end = next + text.length;
  while (next < end) {
    const uint8_t *zero = memchr(next, 0, (size_t)(end - next));
    const uint8_t *stop = zero ? zero : end;
    append_key_bytes(out, next, (size_t)(stop - next), flip);
    if (!zero) break;
    text_append_char(out, (char)(0x00 ^ flip));
    text_append_char(out, (char)(0xff ^ flip));
    next = zero + 1;
  }
  text_append_char(out, (char)(0x00 ^ flip));
  text_append_char(out, (char)(0x00 ^ flip));
}

static void append_inner(TextBuilder *out, const Vector *vector, uint32_t row, uint8_t flip);

static void append_nested(TextBuilder *out, const VectorView *view, uint32_t at, uint8_t flip) {
  const Vector *base = view->base;
  switch (base->type.id) {
    case TYPE_LIST:
    case TYPE_MAP: {
      ListEntry entry = ((const ListEntry *)view->data)[at];
      for (uint32_t i = 0; i < entry.length; i++) {
        text_append_char(out, (char)(0x01 ^ flip));
        append_inner(out, &base->children[0], entry.offset + i, flip);
      }
      text_append_char(out, (char)(0x00 ^ flip));
      return;
    }
    case TYPE_ARRAY: {
      uint32_t size = base->type.array_size;
      for (uint32_t i = 0; i < size; i++) append_inner(out, &base->children[0], at * size + i, flip);
      return;
    }
    default:
      for (uint32_t i = 0; i < base->child_count; i++) append_inner(out, &base->children[i], at, flip);
  }
}

// first_flip: of the NULL byte.
static void append_row(TextBuilder *out, const Vector *vector, uint32_t row, SortSpec spec, uint8_t first_flip) {
  uint32_t size = fixed_value_size(vector->physical);
  uint8_t flip = spec.descending ? 0xff : 0x00;
  uint8_t bytes[1 + sizeof(int64_t) * 3];
  if (size) {
    sort_key_write_fixed(vector, &row, 1, spec, bytes, 0);
    bytes[0] ^= first_flip;
    text_append(out, (Str){(const char *)bytes, 1 + size});
    return;
  }
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  bool valid = view_valid(&view, at);
  uint8_t null_byte = spec.nulls_first ? NULL_FIRST_BYTE : NULL_LAST_BYTE;
  text_append_char(out, (char)((valid ? VALUE_BYTE : null_byte) ^ first_flip));
  if (!valid) return;
  if (vector->physical == PHYSICAL_STRING) {
    append_string(out, string_str(&((const StringView *)view.data)[at]), flip);
  } else {
    append_nested(out, &view, at, flip);
  }
}

// A value inside a nested one: NULLs last; the direction of the outer column flips its NULL byte too.
static void append_inner(TextBuilder *out, const Vector *vector, uint32_t row, uint8_t flip) {
  append_row(out, vector, row, (SortSpec){.descending = flip != 0}, flip);
}

void sort_key_append(TextBuilder *out, const Vector *vector, uint32_t row, SortSpec spec) {
  append_row(out, vector, row, spec, 0x00);
}
