// SPDX-License-Identifier: MIT
//
// float_digits.c: the exact decimal expansion of a double. A double is m * 2^e: for e >= 0 an integer, else
// m * 5^-e / 10^-e, so one big product has all its digits (at most 767 that count) and rounding is exact.
#include "func/scalar/float_digits.h"

#include <math.h>

#define LIMB_BASE 1000000000u
#define LIMB_CAPACITY 128 // 1,152 digits: 2^1024 has 309, m * 5^1074 has 767
#define DIGIT_CAPACITY (LIMB_CAPACITY * 9)

typedef struct Digits {
  uint8_t digit[DIGIT_CAPACITY + 1]; // most significant first, no leading zero; one spare in front of rounding
  uint32_t count;                    // 0: the value is zero
  int32_t point;                     // digits before the decimal point; may be negative
} Digits;

static uint32_t limbs_multiply(uint32_t *limbs, uint32_t count, uint32_t factor) {
  uint64_t carry = 0;
  for (uint32_t i = 0; i < count; i++) {
    carry += (uint64_t)limbs[i] * factor;
    limbs[i] = (uint32_t)(carry % LIMB_BASE);
    carry /= LIMB_BASE;
  }
  if (carry) limbs[count++] = (uint32_t)carry;
  return count;
}

static void expand(double value, Digits *digits) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
  int32_t exponent = (int32_t)(bits >> 52 & 0x7FF);
  digits->count = 0;
  digits->point = 0;
  if (exponent == 0 && mantissa == 0) return;
  if (exponent) {
    mantissa |= UINT64_C(1) << 52;
  } else {
    exponent = 1;
  }
  exponent -= 1075;
  while (exponent < 0 && !(mantissa & 1)) mantissa >>= 1, exponent++;
  uint32_t limbs[LIMB_CAPACITY];
  uint32_t count = 0;
  for (uint64_t rest = mantissa; rest; rest /= LIMB_BASE) limbs[count++] = (uint32_t)(rest % LIMB_BASE);
  for (int32_t left = exponent; left > 0;) {
    int32_t step = left < 29 ? left : 29;
    count = limbs_multiply(limbs, count, UINT32_C(1) << step);
    left -= step;
  }
  for (int32_t left = -exponent; left > 0;) {
    int32_t step = left < 13 ? left : 13;
    uint32_t power = 1;
    for (int32_t i = 0; i < step; i++) power *= 5;
    count = limbs_multiply(limbs, count, power);
    left -= step;
  }
  for (uint32_t i = count; i-- > 0;) {
    uint32_t limb = limbs[i];
    uint8_t nine[9];
    for (int k = 8; k >= 0; k--) nine[k] = (uint8_t)(limb % 10), limb /= 10;
    for (int k = 0; k < 9; k++) {
      if (digits->count || nine[k]) digits->digit[digits->count++] = nine[k];
    }
  }
  digits->point = (int32_t)digits->count + (exponent < 0 ? exponent : 0);
}

// Keeps the first `keep` digits (may be zero or negative), rounding half to even.
static void round_digits(Digits *digits, int32_t keep) {
  if (keep >= (int32_t)digits->count) return;
  if (keep < 0) {
    digits->count = 0;
    return;
  }
  bool up = digits->digit[keep] > 5;
  if (digits->digit[keep] == 5) {
    up = keep > 0 && digits->digit[keep - 1] % 2;
    for (uint32_t i = (uint32_t)keep + 1; i < digits->count && !up; i++) up = digits->digit[i] != 0;
  }
  digits->count = (uint32_t)keep;
  if (!up) return;
  for (int32_t i = keep - 1; i >= 0; i--) {
    if (digits->digit[i] < 9) {
      digits->digit[i]++;
      return;
    }
    digits->digit[i] = 0;
  }
  memmove(digits->digit + 1, digits->digit, digits->count);
  digits->digit[0] = 1;
  digits->count++;
  digits->point++;
}

static void append_digits(TextBuilder *out, const Digits *digits, int64_t from, int64_t count) {
  for (int64_t i = from; i < from + count; i++) {
    text_append_char(out, i >= 0 && i < digits->count ? (char)('0' + digits->digit[i]) : '0');
  }
}

static void append_fixed(TextBuilder *out, const Digits *digits, uint32_t precision) {
  if (digits->point > 0) {
    append_digits(out, digits, 0, digits->point);
  } else {
    text_append_char(out, '0');
  }
  if (!precision) return;
  text_append_char(out, '.');
  append_digits(out, digits, digits->point, precision);
}

static void append_exponent(TextBuilder *out, const Digits *digits, uint32_t precision, bool upper) {
  append_digits(out, digits, 0, 1);
  if (precision) {
    text_append_char(out, '.');
    append_digits(out, digits, 1, precision);
  }
  int32_t exponent = digits->count ? digits->point - 1 : 0;
  text_append_char(out, upper ? 'E' : 'e');
  text_append_char(out, exponent < 0 ? '-' : '+');
  if (exponent < 0) exponent = -exponent;
  if (exponent < 10) text_append_char(out, '0');
  text_format(out, "%d", exponent);
}

void float_append_fixed(TextBuilder *out, double value, uint32_t precision) {
  Digits digits;
  expand(value, &digits);
  int64_t keep = (int64_t)digits.point + precision;
  round_digits(&digits, keep > INT32_MAX ? INT32_MAX : (int32_t)keep);
  append_fixed(out, &digits, precision);
}

void float_append_exponent(TextBuilder *out, double value, uint32_t precision, bool upper) {
  Digits digits;
  expand(value, &digits);
  round_digits(&digits, precision >= INT32_MAX ? INT32_MAX : (int32_t)precision + 1);
  append_exponent(out, &digits, precision, upper);
}

void float_append_general(TextBuilder *out, double value, uint32_t precision, bool keep_zeros, bool upper) {
  if (!precision) precision = 1;
  Digits digits;
  expand(value, &digits);
  round_digits(&digits, precision > INT32_MAX ? INT32_MAX : (int32_t)precision);
  int32_t exponent = digits.count ? digits.point - 1 : 0;
  uint32_t wanted = precision;
  if (!keep_zeros) {
    uint32_t count = digits.count;
    while (count && digits.digit[count - 1] == 0) count--;
    wanted = count ? count : 1;
  }
  if (exponent < -4 || exponent >= (int64_t)precision) {
    append_exponent(out, &digits, wanted - 1, upper);
    return;
  }
  if (!digits.count) digits.point = 1;
  int64_t behind = (int64_t)wanted - digits.point;
  append_fixed(out, &digits, behind > 0 ? (uint32_t)behind : 0);
}
