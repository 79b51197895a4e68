// SPDX-License-Identifier: MIT
//
// int128.c: what 128-bit integers need beyond the compiler's own arithmetic, without libm.
#include "base/base.h"

static inline uint128 magnitude_of(int128 value) { return value < 0 ? 0 - (uint128)value : (uint128)value; }

bool mul_overflow_i128(int128 a, int128 b, int128 *out) {
  bool negative = (a < 0) != (b < 0);
  uint128 x = magnitude_of(a), y = magnitude_of(b);
  uint64_t x_high = (uint64_t)(x >> 64), y_high = (uint64_t)(y >> 64);
  uint128 product = x * y;
  bool overflow = false;
  if (x_high | y_high) {
    if (x_high && y_high) {
      overflow = true;
    } else {
      // One factor is a word: its product with the other's upper word must fit the upper word of the result.
      uint128 cross = x_high ? (uint128)x_high * (uint64_t)y : (uint128)y_high * (uint64_t)x;
      uint128 low = (uint128)(uint64_t)x * (uint64_t)y;
      overflow = cross + (uint64_t)(low >> 64) > UINT64_MAX;
    }
  }
  uint128 most = (~(uint128)0 >> 1) + negative;
  *out = (int128)(negative ? 0 - product : product);
  return overflow || product > most;
}

double i128_to_f64(int128 value) { return (double)value; }

#define TWO_TO_52 4503599627370496.0
#define TWO_TO_127 170141183460469231731687303715884105728.0

bool f64_to_i128(double value, int128 *out) {
  if (!(value >= -TWO_TO_127 && value < TWO_TO_127)) return false;
  if (value > -TWO_TO_52 && value < TWO_TO_52) {
    // Adding 2^52 leaves no room for a fraction: the addition rounds, half to even. volatile keeps it.
    volatile double shifted = value < 0 ? value - TWO_TO_52 : value + TWO_TO_52;
    value = value < 0 ? shifted + TWO_TO_52 : shifted - TWO_TO_52;
  }
  *out = (int128)value;
  return true;
}
