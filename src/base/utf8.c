// SPDX-License-Identifier: MIT
//
// utf8.c: UTF-8: checking, counting, decoding, encoding, and how wide text is on a terminal. What is decoded must have
// been checked before; only utf8_valid looks at bytes that may be anything.
#include "base/base.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static inline bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the well-formed sequence at `at` (Unicode 15, table 3-7), 0 when it is not one.
static size_t sequence_length(const uint8_t *at, size_t left) {
  uint8_t first = at[0];
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return left >= 2 && is_continuation(at[1]) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !is_continuation(at[1]) || !is_continuation(at[2])) return 0;
    if (first == 0xE0 && at[1] < 0xA0) return 0;  // overlong
    if (first == 0xED && at[1] >= 0xA0) return 0; // surrogate
    return 3;
  }
  if (first > 0xF4 || left < 4 || !is_continuation(at[1]) || !is_continuation(at[2]) || !is_continuation(at[3]))
    return 0;
  if (first == 0xF0 && at[1] < 0x90) return 0;  // overlong
  if (first == 0xF4 && at[1] >= 0x90) return 0; // beyond U+10FFFF
  return 4;
}

HOT bool utf8_valid(Str text, size_t *bad_offset) {
  const uint8_t *data = (const uint8_t *)text.data;
  size_t at = 0;
  while (at < text.length) {
    if (text.length - at >= 8) {
      uint64_t word;
      memcpy(&word, data + at, sizeof word);
      if ((word & HIGH_BITS) == 0) {
        at += 8;
        continue;
      }
    }
    size_t taken = sequence_length(data + at, text.length - at);
    if (taken == 0) {
      if (bad_offset) *bad_offset = at;
      return false;
    }
    at += taken;
  }
  return true;
}

HOT size_t utf8_length(Str text) {
  const uint8_t *data = (const uint8_t *)text.data;
  size_t continuations = 0, at = 0;
  for (; text.length - at >= 8; at += 8) {
    uint64_t word;
    memcpy(&word, data + at, sizeof word);
    continuations += (size_t)__builtin_popcountll(word & HIGH_BITS & ~(word << 1)); // bit 7 set, bit 6 clear
  }
  for (; at < text.length; at++) continuations += is_continuation(data[at]);
  return text.length - continuations;
}

size_t utf8_decode(Str text, size_t at, uint32_t *code_point) {
  const uint8_t *bytes = (const uint8_t *)text.data + at;
  uint32_t first = bytes[0];
  if (first < 0x80) {
    *code_point = first;
    return 1;
  }
  if (first < 0xE0) {
    *code_point = (first & 0x1F) << 6 | (bytes[1] & 0x3F);
    return 2;
  }
  if (first < 0xF0) {
    *code_point = (first & 0x0F) << 12 | (uint32_t)(bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F);
    return 3;
  }
  *code_point =
      (first & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3F) << 12 | (uint32_t)(bytes[2] & 0x3F) << 6 | (bytes[3] & 0x3F);
  return 4;
}

size_t utf8_encode(uint32_t code_point, char out[4]) {
  if (code_point < 0x80) {
    out[0] = (char)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = (char)(0xC0 | code_point >> 6);
    out[1] = (char)(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = (char)(0xE0 | code_point >> 12);
    out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[2] = (char)(0x80 | (code_point & 0x3F));
    return 3;
  }
  ASSERT(code_point <= 0x10FFFF);
  out[0] = (char)(0xF0 | code_point >> 18);
  out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
  out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
  out[3] = (char)(0x80 | (code_point & 0x3F));
  return 4;
}

size_t utf8_offset(Str text, size_t code_points) {
  size_t at = 0;
  while (code_points > 0 && at < text.length) {
    at++;
    while (at < text.length && is_continuation((uint8_t)text.data[at])) at++;
    code_points--;
  }
  return at;
}

uint32_t utf8_width(Str text) {
  uint32_t width = 0;
  for (size_t at = 0; at < text.length;) {
    uint32_t code_point;
    at += utf8_decode(text, at, &code_point);
    if (code_point >= 0x20 && code_point < 0x7F) {
      width++;
    } else {
      width += unicode_width(code_point);
    }
  }
  return width;
}
