// SPDX-License-Identifier: MIT
//
// wasm/angle.c under another name, against the sine of the machine's libc.
#include <math.h>
#include <stdint.h>

#include "unit.h"

#define __rem_pio2_large angle_reduce
#include "../../src/wasm/angle.c"
#undef __rem_pio2_large

static uint64_t state = 88172645463325252;
static uint64_t random_bits(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// As __rem_pio2 calls it: three digits of 24 bits, zeros at the end not counted.
static int reduce(double angle, double *rest) {
  int exponent = ilogb(angle) - 23;
  double digits[3], left = ldexp(angle, -exponent);
  for (int i = 0; i < 3; i++) {
    digits[i] = floor(left);
    left = (left - digits[i]) * 0x1p24;
  }
  int count = 3;
  while (digits[count - 1] == 0) count--;
  return angle_reduce(digits, rest, exponent, count, 1);
}

static bool sine_agrees(double angle) {
  double rest[2];
  int multiple = reduce(angle, rest);
  double sine = multiple & 1 ? cos(rest[0]) - sin(rest[0]) * rest[1] : sin(rest[0]) + cos(rest[0]) * rest[1];
  if (multiple & 2) sine = -sine;
  double wanted = sin(angle);
  return fabs(rest[0]) < 0.786 && fabs(rest[1]) <= fabs(rest[0]) * 0x1p-52 &&
         fabs(sine - wanted) <= fabs(wanted) * 0x1p-52;
}

TEST(random_angles) {
  for (int i = 0; i < 200000; i++) {
    double angle = ldexp(1 + (double)(random_bits() >> 12) * 0x1p-52, 20 + (int)(random_bits() % 1004));
    CHECK(sine_agrees(angle));
  }
}

TEST(angles_next_to_multiples) {
  // The double that comes closest to a multiple of pi / 2, and others that are hard.
  CHECK(sine_agrees(0x1.6ac5b262ca1ffp849));
  CHECK(sine_agrees(0x1.921fb54442d18p+40));
  CHECK(sine_agrees(0x1.921fb54442d18p+1000));
  CHECK(sine_agrees(1e22));
  CHECK(sine_agrees(0x1.fffffffffffffp1023));
  for (int k = 1; k < 100000; k++) CHECK(sine_agrees(floor(k * 1e7 * 1.57079632679489661923) + 1e7));
}

UNIT_MAIN
