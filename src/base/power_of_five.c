// SPDX-License-Identifier: MIT
//
// power_of_five.c: power_of_five_128. Both algorithms that need it usually bring a table of 617 to 667 entries of 16
// bytes. Here 5^e is 5^(27 i) * 5^r with 0 <= r < 27: 26 entries of 192 bits and 27 of 64 bits, and three
// multiplications. The table's entries are cut below their 192 bits; the error that this leaves is under 2^-64 of the
// last place of the result, and for each of the exponents it was checked with big integers that no carry is lost.
#include "base/power_of_five.h"

#define STEP 27

// The leading 192 bits of 5^(27 i), i = -13..12, most significant word first.
static const uint64_t leading_bits[26][3] = {
    {UINT64_C(0x8049a4ac0c5811ae), UINT64_C(0x205b896d777d6278), UINT64_C(0xac261e9f5141430b)}, // 5^-351
    {UINT64_C(0xcf42894a5dce35ea), UINT64_C(0x52064cac828675b9), UINT64_C(0x475f2b7d7df1ad7a)}, // 5^-324
    {UINT64_C(0xa76c582338ed2621), UINT64_C(0xaf2af2b80af6f24e), UINT64_C(0x657c8f4d43323a36)}, // 5^-297
    {UINT64_C(0x873e4f75e2224e68), UINT64_C(0x5a7744a6e804a291), UINT64_C(0xcc35eddfcf0996d7)}, // 5^-270
    {UINT64_C(0xda7f5bf590966848), UINT64_C(0xaf39a475506a899e), UINT64_C(0xa30294cc2934e662)}, // 5^-243
    {UINT64_C(0xb080392cc4349dec), UINT64_C(0xbd8d794d96aacfb3), UINT64_C(0xfe13a5c86af64418)}, // 5^-216
    {UINT64_C(0x8e938662882af53e), UINT64_C(0x547eb47b7282ee9c), UINT64_C(0x41b0230e1421487d)}, // 5^-189
    {UINT64_C(0xe65829b3046b0afa), UINT64_C(0x0cb4a5a3112a5112), UINT64_C(0xa3b561b1cb208396)}, // 5^-162
    {UINT64_C(0xba121a4650e4ddeb), UINT64_C(0x92f34d62616ce413), UINT64_C(0x21a0183e10583cd3)}, // 5^-135
    {UINT64_C(0x964e858c91ba2655), UINT64_C(0x3a6a07f8d510f86f), UINT64_C(0xe9082f25e9c5e9ec)}, // 5^-108
    {UINT64_C(0xf2d56790ab41c2a2), UINT64_C(0xfae27299423fb9c3), UINT64_C(0x3695dad7e8858901)}, // 5^-81
    {UINT64_C(0xc428d05aa4751e4c), UINT64_C(0xaa97e14c3c26b886), UINT64_C(0x96842dc95323f5a8)}, // 5^-54
    {UINT64_C(0x9e74d1b791e07e48), UINT64_C(0x775ea264cf55347d), UINT64_C(0xca49f1c05120c9c7)}, // 5^-27
    {UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)}, // 5^0
    {UINT64_C(0xcecb8f27f4200f3a), UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)}, // 5^27
    {UINT64_C(0xa70c3c40a64e6c51), UINT64_C(0x999090b65f67d924), UINT64_C(0x0000000000000000)}, // 5^54
    {UINT64_C(0x86f0ac99b4e8dafd), UINT64_C(0x69a028bb3ded71a3), UINT64_C(0xdf9f915627c04e28)}, // 5^81
    {UINT64_C(0xda01ee641a708de9), UINT64_C(0xe80e6f4820cc9495), UINT64_C(0xd74baad03bc1d8d3)}, // 5^108
    {UINT64_C(0xb01ae745b101e9e4), UINT64_C(0x5ec05dcff72e7f8f), UINT64_C(0xc04c79ffe324301f)}, // 5^135
    {UINT64_C(0x8e41ade9fbebc27d), UINT64_C(0x14588f13be847307), UINT64_C(0x23bd6a2059c002f5)}, // 5^162
    {UINT64_C(0xe5d3ef282a242e81), UINT64_C(0x8f1668c8a86da5fa), UINT64_C(0xf0b5ccf5176ecc7c)}, // 5^189
    {UINT64_C(0xb9a74a0637ce2ee1), UINT64_C(0x6d953e2bd7173692), UINT64_C(0x88efb0037ac08bde)}, // 5^216
    {UINT64_C(0x95f83d0a1fb69cd9), UINT64_C(0x4abdaf101564f98e), UINT64_C(0x0d5a4af7b3a98e47)}, // 5^243
    {UINT64_C(0xf24a01a73cf2dccf), UINT64_C(0xbc633b39673c8cec), UINT64_C(0x3d9c44cd2f36917c)}, // 5^270
    {UINT64_C(0xc3b8358109e84f07), UINT64_C(0x0a862f80ec4700c8), UINT64_C(0x02606ea01029dc37)}, // 5^297
    {UINT64_C(0x9e19db92b4e31ba9), UINT64_C(0x6c07a2c26a8346d1), UINT64_C(0x4944d9f52cd0dec2)}, // 5^324
};

// 5^0 .. 5^26
static const uint64_t small_powers[STEP] = {
    UINT64_C(1),
    UINT64_C(5),
    UINT64_C(25),
    UINT64_C(125),
    UINT64_C(625),
    UINT64_C(3125),
    UINT64_C(15625),
    UINT64_C(78125),
    UINT64_C(390625),
    UINT64_C(1953125),
    UINT64_C(9765625),
    UINT64_C(48828125),
    UINT64_C(244140625),
    UINT64_C(1220703125),
    UINT64_C(6103515625),
    UINT64_C(30517578125),
    UINT64_C(152587890625),
    UINT64_C(762939453125),
    UINT64_C(3814697265625),
    UINT64_C(19073486328125),
    UINT64_C(95367431640625),
    UINT64_C(476837158203125),
    UINT64_C(2384185791015625),
    UINT64_C(11920928955078125),
    UINT64_C(59604644775390625),
    UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625),
};

uint128 power_of_five_128(int exponent) {
  ASSERT(exponent >= POWER_OF_FIVE_LEAST && exponent <= POWER_OF_FIVE_MOST);
  int index = (exponent - POWER_OF_FIVE_LEAST) / STEP;
  const uint64_t *lead = leading_bits[index];
  uint64_t small = small_powers[(exponent - POWER_OF_FIVE_LEAST) % STEP];
  // lead * small as four words, most significant first.
  uint128 low = (uint128)lead[2] * small;
  uint128 middle = (uint128)lead[1] * small + (uint64_t)(low >> 64);
  uint128 high = (uint128)lead[0] * small + (uint64_t)(middle >> 64);
  uint64_t words[3] = {(uint64_t)(high >> 64), (uint64_t)high, (uint64_t)middle};
  if (words[0] == 0) return (uint128)words[1] << 64 | words[2]; // small is 1
  int shift = __builtin_clzll(words[0]);
  uint128 top = (uint128)words[0] << 64 | words[1];
  return shift == 0 ? top : top << shift | words[2] >> (64 - shift);
}
