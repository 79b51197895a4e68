// SPDX-License-Identifier: MIT
//
// base_unicode.c: base/unicode.c answers what utf8proc answers, for every code point and for texts made of many.
#include <ctype.h>

#include "unit.h"

#include "base/base.h"
#include "utf8proc.c" // its tables are private

enum { LIMIT = 0x110000 };

TEST(every_code_point) {
  int differences = 0;
  for (utf8proc_int32_t at = 0; at < LIMIT; at++) {
    uint32_t code_point = (uint32_t)at;
    differences += unicode_is_space(code_point) != (utf8proc_category(at) == UTF8PROC_CATEGORY_ZS);
    differences += unicode_width(code_point) != (uint32_t)utf8proc_charwidth(at);
    differences += unicode_case(code_point, true) != (uint32_t)utf8proc_toupper(at);
    differences += unicode_case(code_point, false) != (uint32_t)utf8proc_tolower(at);
    uint32_t parts[UNICODE_PARTS];
    utf8proc_int32_t expected[8];
    int boundary = 0;
    uint32_t count = unicode_decompose(code_point, parts);
    utf8proc_ssize_t expected_count = utf8proc_decompose_char(at, expected, 8, UTF8PROC_DECOMPOSE, &boundary);
    differences += count != (uint32_t)expected_count || memcmp(parts, expected, count * sizeof *parts) != 0;
  }
  CHECK_EQ_INT(differences, 0);
}

TEST(compatible_ascii) {
  int differences = 0;
  for (utf8proc_int32_t at = 0x80; at < LIMIT; at++) {
    utf8proc_int32_t expected[32];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(at, expected, 32, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &boundary);
    char wanted[64] = "", found[64] = "";
    for (utf8proc_ssize_t i = 0; i < count; i++) {
      utf8proc_int32_t part = expected[i];
      if (part < 0x80 && (isalnum(part) || isspace(part) || part == '_')) strncat(wanted, (char[]){(char)part, 0}, 1);
    }
    uint32_t parts[UNICODE_PARTS];
    uint32_t part_count = unicode_decompose((uint32_t)at, parts);
    for (uint32_t i = 0; i < part_count; i++) {
      if (parts[i] < 0x80 && isalnum((int)parts[i])) strncat(found, (char[]){(char)parts[i], 0}, 1);
      strcat(found, unicode_compatible_ascii(parts[i]));
    }
    differences += strcmp(wanted, found) != 0;
  }
  CHECK_EQ_INT(differences, 0);
}

// Code points that graphemes and normal forms are about, and some that are plain.
static uint32_t random_code_point(uint32_t *seed) {
  static const uint32_t starts[] = {'a',     0xC0,    0x300,   0x323,  0x340,  0x600,  0x903,   0xE33,
                                    0x1100,  0x1161,  0x11A8,  0xAC00, 0xD7A0, 0x1E00, 0x1F00,  0x200D,
                                    0x1F1E6, 0x1F468, 0x1F3FB, 0xFE0F, '\r',   0xF900, 0x11099, 0x110BA};
  *seed = *seed * 1664525 + 1013904223;
  uint32_t code_point = starts[(*seed >> 8) % COUNT_OF(starts)] + (*seed >> 20) % 24;
  return code_point;
}

TEST(random_texts) {
  uint32_t seed = 1;
  int differences = 0;
  for (int round = 0; round < 200000; round++) {
    enum { LENGTH = 6 };
    uint32_t text[LENGTH];
    char bytes[LENGTH * 4];
    size_t length = 0;
    int state = 0;
    utf8proc_int32_t expected_state = 0;
    for (int i = 0; i < LENGTH; i++) {
      text[i] = random_code_point(&seed);
      length += utf8_encode(text[i], bytes + length);
      if (!i) continue;
      bool expected =
          utf8proc_grapheme_break_stateful((utf8proc_int32_t)text[i - 1], (utf8proc_int32_t)text[i], &expected_state);
      differences += unicode_grapheme_break(text[i - 1], text[i], &state) != expected;
    }
    for (int strip = 0; strip < 2; strip++) {
      utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | (strip ? UTF8PROC_STRIPMARK : 0);
      utf8proc_int32_t expected[64];
      utf8proc_ssize_t expected_count =
          utf8proc_decompose((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length, expected, 64, options);
      expected_count = utf8proc_normalize_utf32(expected, expected_count, options);
      uint32_t found[64];
      size_t count = 0;
      for (int i = 0; i < LENGTH; i++) count += unicode_decompose(text[i], found + count);
      count = unicode_compose(found, count, strip);
      differences += count != (size_t)expected_count || memcmp(found, expected, count * sizeof *found) != 0;
    }
  }
  CHECK_EQ_INT(differences, 0);
}

UNIT_MAIN
