// SPDX-License-Identifier: MIT
//
// Bit sets, hashing, UTF-8 and 128-bit arithmetic, each against the plainest way to say the same.
#include "unit.h"

TEST(bits_fill_count_and_find) {
  uint64_t state = 1;
  for (int round = 0; round < 2000; round++) {
    uint64_t bits[5] = {0};
    bool model[300] = {0};
    for (int step = 0; step < 4; step++) {
      size_t from = unit_random(&state) % 301, to = unit_random(&state) % 301;
      bool value = unit_random(&state) % 2;
      bits_fill(bits, from, to, value);
      for (size_t i = from; i < to; i++) model[i] = value;
    }
    size_t count = 0, limit = unit_random(&state) % 301;
    for (size_t i = 0; i < limit; i++) count += model[i];
    CHECK_EQ_INT(bits_count(bits, limit), count);
    for (size_t i = 0; i < 300; i++) CHECK_OR_RETURN(bit_get(bits, i) == model[i]);
    for (int value = 0; value < 2; value++) {
      size_t from = unit_random(&state) % 310, expected = from < limit ? from : limit;
      while (expected < limit && model[expected] != (bool)value) expected++;
      CHECK_EQ_INT(bits_next(bits, from, limit, value), expected);
    }
  }
  uint64_t word = 0;
  bit_set(&word, 63);
  CHECK(bit_get(&word, 63));
  bit_clear(&word, 63);
  CHECK_EQ_U64(word, 0);
  CHECK_EQ_INT(BITS_WORDS(0), 0);
  CHECK_EQ_INT(BITS_WORDS(2048), 32);
  CHECK_EQ_INT(BITS_WORDS(2049), 33);
}

// The values of the XXH3 specification: the file format rests on them.
TEST(checksum_never_changes) {
  CHECK_EQ_U64(checksum_bytes("", 0, 0), UINT64_C(0x2D06800538D394C2));
  CHECK_EQ_U64(hash_bytes("", 0), UINT64_C(0x2D06800538D394C2));
  uint8_t page[4096];
  for (size_t i = 0; i < sizeof page; i++) page[i] = (uint8_t)(i * 31);
  uint64_t sum = checksum_bytes(page, sizeof page, 7);
  CHECK(sum != checksum_bytes(page, sizeof page, 8));
  CHECK_EQ_U64(sum, UINT64_C(0xb0fc04a180a6eecf));
  page[4095] ^= 1;
  CHECK(sum != checksum_bytes(page, sizeof page, 7));
}

TEST(utf8_round_trips_every_code_point) {
  for (uint32_t code_point = 1; code_point <= 0x10FFFF; code_point++) {
    if (code_point >= 0xD800 && code_point < 0xE000) continue;
    char bytes[4];
    size_t length = utf8_encode(code_point, bytes);
    uint32_t decoded = 0;
    CHECK_OR_RETURN(utf8_valid((Str){bytes, length}, NULL));
    CHECK_OR_RETURN(utf8_decode((Str){bytes, length}, 0, &decoded) == length && decoded == code_point);
    CHECK_OR_RETURN(utf8_length((Str){bytes, length}) == 1);
  }
}

TEST(utf8_refuses_what_is_malformed) {
  const char *bad[] = {"\x80",
                       "\xC0\x80",
                       "\xC1\xBF",
                       "\xC3",
                       "\xE0\x80\x80",
                       "\xE0\x9F\xBF",
                       "\xED\xA0\x80",
                       "\xED\xBF\xBF",
                       "\xF0\x80\x80\x80",
                       "\xF0\x8F\xBF\xBF",
                       "\xF4\x90\x80\x80",
                       "\xF5\x80\x80\x80",
                       "\xFF",
                       "\xE2\x82",
                       "\xF0\x9F\x98",
                       "\xE2(\xA1",
                       "\xF0(\x8C\xBC"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    char text[64];
    for (size_t before = 0; before < 20; before++) {
      memset(text, 'a', before);
      strcpy(text + before, bad[i]);
      size_t offset = 999;
      CHECK(!utf8_valid((Str){text, before + strlen(bad[i])}, &offset));
      CHECK_EQ_INT(offset, before);
    }
  }
  CHECK(utf8_valid((Str){NULL, 0}, NULL));
}

TEST(utf8_counts_and_measures) {
  Str text = STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\xA6\x86z and some more ASCII to fill words");
  CHECK_EQ_INT(utf8_length(text), text.length - 1 - 2 - 3);
  CHECK_EQ_INT(utf8_offset(text, 0), 0);
  CHECK_EQ_INT(utf8_offset(text, 1), 1);
  CHECK_EQ_INT(utf8_offset(text, 2), 3);
  CHECK_EQ_INT(utf8_offset(text, 3), 6);
  CHECK_EQ_INT(utf8_offset(text, 4), 10);
  CHECK_EQ_INT(utf8_offset(text, 1000), text.length);
  CHECK_EQ_INT(utf8_width(STR("abc")), 3);
  CHECK_EQ_INT(utf8_width(STR("\xF0\x9F\xA6\x86")), 2);         // a duck
  CHECK_EQ_INT(utf8_width(STR("\xE4\xB8\xAD\xE6\x96\x87")), 4); // two wide ideographs
  CHECK_EQ_INT(utf8_width(STR("e\xCC\x81")), 1);                // combining accent
  CHECK_EQ_INT(utf8_width(STR("")), 0);
}

TEST(multiplies_128_bits_with_overflow) {
  uint64_t state = 2;
  for (int i = 0; i < 1000000; i++) {
    int128 a = (int128)((uint128)unit_random(&state) << 64 | unit_random(&state)) >> unit_random(&state) % 128;
    int128 b = (int128)((uint128)unit_random(&state) << 64 | unit_random(&state)) >> unit_random(&state) % 128;
    int128 ours, theirs;
    bool our_overflow = mul_overflow_i128(a, b, &ours);
    bool their_overflow = __builtin_mul_overflow(a, b, &theirs);
    CHECK_OR_RETURN(our_overflow == their_overflow);
    CHECK_OR_RETURN(ours == theirs);
  }
  int128 least = (int128)((uint128)1 << 127), out;
  CHECK(!mul_overflow_i128(least, 1, &out) && out == least);
  CHECK(mul_overflow_i128(least, -1, &out));
  CHECK(!mul_overflow_i128(least, 0, &out) && out == 0);
  CHECK(!mul_overflow_i128(least / 2, 2, &out) && out == least);
}

TEST(doubles_to_128_bits_round_half_to_even) {
  int128 out = 0;
  const struct {
    double value;
    int64_t expected;
  } cases[] = {{0.5, 0},
               {1.5, 2},
               {2.5, 2},
               {-0.5, 0},
               {-1.5, -2},
               {-2.5, -2},
               {0.49999999999999994, 0},
               {1e15 + 0.5, 1000000000000000},
               {4503599627370495.5, 4503599627370496},
               {-4503599627370495.5, -4503599627370496},
               {9e18, 9000000000000000000}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    CHECK(f64_to_i128(cases[i].value, &out));
    CHECK_EQ_INT((int64_t)out, cases[i].expected);
  }
  CHECK(f64_to_i128(-170141183460469231731687303715884105728.0, &out) && out == (int128)((uint128)1 << 127));
  CHECK(!f64_to_i128(170141183460469231731687303715884105728.0, &out));
  CHECK(!f64_to_i128(NAN, &out) && !f64_to_i128(INFINITY, &out) && !f64_to_i128(-INFINITY, &out));
  CHECK_EQ_DOUBLE(i128_to_f64((int128)1 << 100), 1267650600228229401496703205376.0);
  CHECK_EQ_DOUBLE(i128_to_f64(-7), -7.0);
}

UNIT_MAIN
