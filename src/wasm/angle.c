// SPDX-License-Identifier: MIT
//
// angle.c: __rem_pio2_large, by which wasi-libc's sin, cos and tan reduce angles beyond a million: the angle less the nearest
// multiple of pi / 2. A tenth of libc's own code and table, with the same 53 + 53 bits.
//
// Of the product angle * 2/pi only what lies below 8 is wanted, so that of 2/pi 192 bits are multiplied: those that the
// angle's 53 bits bring between 4 and 2^-189. (M. Payne and R. Hanek, "Radian reduction for trigonometric functions".)
#include <stdint.h>

#include "base/base.h"

// The bits of 2/pi behind its point. The largest exponent of a double, 971, and 192 more need them.
static const uint64_t two_over_pi[] = {
    UINT64_C(0xa2f9836e4e441529), UINT64_C(0xfc2757d1f534ddc0), UINT64_C(0xdb6295993c439041),
    UINT64_C(0xfe5163abdebbc561), UINT64_C(0xb7246e3a424dd2e0), UINT64_C(0x06492eea09d1921c),
    UINT64_C(0xfe1deb1cb129a73e), UINT64_C(0xe88235f52ebb4484), UINT64_C(0xe99c7026b45f7e41),
    UINT64_C(0x3991d639835339f4), UINT64_C(0x9c845f8bbdf9283b), UINT64_C(0x1ff897ffde05980f),
    UINT64_C(0xef2f118b5a0a6d1f), UINT64_C(0x6d367ecf27cb09b7), UINT64_C(0x4f463f669e5fea2d),
    UINT64_C(0x7527bac7ebe5f17b), UINT64_C(0x3d0739f78a5292ea), UINT64_C(0x6bfb5fb11f8d5d08),
    UINT64_C(0x56033046fc7b6bab),
};
// pi / 2, 127 bits behind the point.
#define HALF_PI ((uint128)UINT64_C(0xc90fdaa22168c234) << 64 | UINT64_C(0xc4c6628b80dc1cd1))

// 64 bits of 2/pi from bit `at`, counted from 0 behind the point; zero before it.
static uint64_t bits_at(int at) {
  if (at <= -64) return 0;
  if (at < 0) return two_over_pi[0] >> -at;
  uint64_t word = two_over_pi[at / 64] << at % 64;
  return at % 64 ? word | two_over_pi[at / 64 + 1] >> (64 - at % 64) : word;
}

static uint64_t high_product(uint64_t a, uint64_t b) { return (uint64_t)((uint128)a * b >> 64); }

// 2^exponent, which is above -1022.
static double power_of_two(int exponent) {
  union {
    uint64_t bits;
    double number;
  } result = {.bits = (uint64_t)(1023 + exponent) << 52};
  return result.number;
}

// The angle is the sum of digits[i] * 2^(exponent - 24 i), digits being whole numbers below 2^24, the first of them not below
// 2^23. The result, modulo 8, counts the multiples of pi / 2; rest[0] + rest[1] is what is left, rest[1] only where
// `precision` is not 0.
__attribute__((used)) int __rem_pio2_large(const double *digits, double *rest, int exponent, int digit_count,
                                           int precision);
int __rem_pio2_large(const double *digits, double *rest, int exponent, int digit_count, int precision) {
  uint128 number = 0;
  for (int i = 0; i < 3; i++) number = number << 24 | (uint32_t)(i < digit_count ? digits[i] : 0);
  uint64_t angle = (uint64_t)(number >> 19); // 53 bits, times 2^(exponent - 29)

  int at = exponent - 29 - 3;
  uint128 low = (uint128)bits_at(at + 128) * angle;
  uint128 high = ((uint128)bits_at(at) * angle << 64) + (uint128)bits_at(at + 64) * angle + (uint64_t)(low >> 64);
  int multiple = (int)(high >> 125);
  // The fraction, 128 bits and 61 behind them that the smallest ones need.
  uint128 fraction = high << 3 | (uint64_t)low >> 61;
  uint64_t behind = (uint64_t)low << 3;
  bool negative = fraction >> 127;
  if (negative) {
    multiple++;
    behind = -behind;
    fraction = ~fraction + (behind == 0);
  }
  int zeros = 0;
  while (zeros < 127 && !(fraction >> 127)) {
    fraction = fraction << 1 | behind >> 63;
    behind <<= 1;
    zeros++;
  }
  // The upper half of fraction * pi / 2.
  uint64_t f_high = (uint64_t)(fraction >> 64), f_low = (uint64_t)fraction;
  uint64_t p_high = (uint64_t)(HALF_PI >> 64), p_low = (uint64_t)HALF_PI;
  uint128 product = (uint128)f_high * p_high + high_product(f_high, p_low) + high_product(f_low, p_high);
  double upper = (double)product;
  double lower = (double)(int128)(product - (uint128)upper);
  double scale = power_of_two(-127 - zeros);
  rest[0] = (negative ? -upper : upper) * scale;
  if (precision) rest[1] = (negative ? -lower : lower) * scale;
  return multiple & 7;
}
