// SPDX-License-Identifier: MIT
//
// number_write.c: numbers to text. Integers by pairs of digits; floating point by Schubfach (Raffaele Giulietti, "The
// Schubfach way to render doubles", 2020; the form of Alexander Bolz's Drachennest): the shortest decimal that lies in
// the interval of reals which round to the number, and of those the closest.
//
// The form of floating point is DuckDB's (fmt's): fixed from 1e-4 to below 1e16, else an exponent with a sign and at least
// two digits. A fixed number always has a point: 1.0, 0.0001, 1e+16, 1.5e-05, -0.0.
#include "base/base.h"
#include "base/power_of_five.h"

static const char digit_pairs[201] =
    "000102030405060708091011121314151617181920212223242526272829303132333435363738394041424344454647484950515253545556"
    "57"
    "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

#define U64_DIGITS 20
#define U128_DIGITS 39
#define TEN_TO_19 UINT64_C(10000000000000000000)

// Writes the digits so that they end at `end`; returns where they start. Zero is "0".
static char *write_back_u64(char *end, uint64_t value) {
  while (value >= 100) {
    end -= 2;
    memcpy(end, digit_pairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    end -= 2;
    memcpy(end, digit_pairs + value * 2, 2);
  } else {
    *--end = (char)('0' + value);
  }
  return end;
}

// The same with zeros in front up to 19 digits.
static char *write_back_19(char *end, uint64_t value) {
  char *start = end - 19;
  end = write_back_u64(end, value);
  while (end > start) *--end = '0';
  return start;
}

static char *write_back_u128(char *end, uint128 value) {
  while (value > UINT64_MAX) {
    end = write_back_19(end, (uint64_t)(value % TEN_TO_19));
    value /= TEN_TO_19;
  }
  return write_back_u64(end, (uint64_t)value);
}

size_t number_write_u64(char *out, uint64_t value) {
  char digits[U64_DIGITS];
  char *start = write_back_u64(digits + U64_DIGITS, value);
  size_t length = (size_t)(digits + U64_DIGITS - start);
  memcpy(out, start, length);
  return length;
}

size_t number_write_i64(char *out, int64_t value) {
  if (value >= 0) return number_write_u64(out, (uint64_t)value);
  *out = '-';
  return 1 + number_write_u64(out + 1, 0 - (uint64_t)value);
}

size_t number_write_u128(char *out, uint128 value) {
  char digits[U128_DIGITS + 19];
  char *end = digits + sizeof digits;
  char *start = write_back_u128(end, value);
  size_t length = (size_t)(end - start);
  memcpy(out, start, length);
  return length;
}

size_t number_write_i128(char *out, int128 value) {
  if (value >= 0) return number_write_u128(out, (uint128)value);
  *out = '-';
  return 1 + number_write_u128(out + 1, 0 - (uint128)value);
}

size_t number_write_decimal(char *out, int128 value, uint32_t scale) {
  ASSERT(scale <= 38);
  if (scale == 0) return number_write_i128(out, value);
  char digits[U128_DIGITS + 19];
  char *end = digits + sizeof digits;
  char *start = write_back_u128(end, value < 0 ? 0 - (uint128)value : (uint128)value);
  while ((size_t)(end - start) < scale + 1) *--start = '0';
  size_t length = 0;
  if (value < 0) out[length++] = '-';
  size_t whole = (size_t)(end - start) - scale;
  memcpy(out + length, start, whole);
  length += whole;
  out[length++] = '.';
  memcpy(out + length, start + whole, scale);
  return length + scale;
}

// ---------------------------------------------------------------------------------------------------------------------
// Schubfach
// ---------------------------------------------------------------------------------------------------------------------

// digits * 10^exponent
typedef struct Decimal {
  uint64_t digits;
  int exponent;
} Decimal;

// A binary number c * 2^q with c the significand, and whether the next smaller number is only half as far away as the
// next larger one (c is the smallest significand of its exponent).
typedef struct Binary {
  uint64_t significand;
  int exponent;
  bool lower_is_closer;
} Binary;

static inline int floor_log2_power_of_ten(int e) { return (e * 1741647) >> 19; }
static inline int floor_log10_power_of_two(int e) { return (e * 1262611) >> 22; }
static inline int floor_log10_three_quarters_power_of_two(int e) { return (e * 1262611 - 524031) >> 22; }

// 10^e rounded up to 128 bits; powers of two are left to the caller's exponents.
static uint128 power_of_ten_up(int e) { return power_of_five_128(e) + !(e >= 0 && e <= 55); }

// The product's upper 64 bits with a sticky last bit: odd when anything was cut.
static uint64_t round_to_odd(uint128 power, uint64_t factor) {
  uint128 low = (uint128)(uint64_t)power * factor;
  uint128 high = (uint128)(uint64_t)(power >> 64) * factor + (uint64_t)(low >> 64);
  return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

// Section 9 of the paper. lower, value and upper are the ends of the rounding interval and the number itself, scaled by
// 4 * 10^-k; s = value / 4 has one digit more than needed at most.
static Decimal shortest_decimal(Binary binary) {
  uint64_t c = binary.significand;
  int q = binary.exponent;
  bool is_even = (c & 1) == 0;
  int k = binary.lower_is_closer ? floor_log10_three_quarters_power_of_two(q) : floor_log10_power_of_two(q);
  int shift = q + floor_log2_power_of_ten(-k) + 1;
  uint128 power = power_of_ten_up(-k);
  uint64_t lower = round_to_odd(power, (4 * c - 2 + binary.lower_is_closer) << shift) + !is_even;
  uint64_t value = round_to_odd(power, (4 * c) << shift);
  uint64_t upper = round_to_odd(power, (4 * c + 2) << shift) - !is_even;

  uint64_t s = value / 4;
  if (s >= 10) {
    uint64_t tens = s / 10;
    bool down_inside = lower <= 40 * tens;
    bool up_inside = 40 * tens + 40 <= upper;
    if (down_inside != up_inside) return (Decimal){tens + up_inside, k + 1};
  }
  bool down_inside = lower <= 4 * s;
  bool up_inside = 4 * s + 4 <= upper;
  if (down_inside != up_inside) return (Decimal){s + up_inside, k};
  uint64_t middle = 4 * s + 2;
  bool round_up = value > middle || (value == middle && (s & 1) != 0);
  return (Decimal){s + round_up, k};
}

// Layout of DuckDB; see the head of the file.
static size_t write_float_form(char *out, Decimal decimal) {
  while (decimal.digits % 100 == 0) {
    decimal.digits /= 100;
    decimal.exponent += 2;
  }
  if (decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    decimal.exponent++;
  }
  char digits[U64_DIGITS];
  int count = (int)number_write_u64(digits, decimal.digits);
  int exponent = decimal.exponent + count - 1; // of the first digit
  char *at = out;
  if (exponent < -4 || exponent >= 16) {
    *at++ = digits[0];
    if (count > 1) {
      *at++ = '.';
      memcpy(at, digits + 1, (size_t)count - 1);
      at += count - 1;
    }
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    uint64_t magnitude = (uint64_t)(exponent < 0 ? -exponent : exponent);
    if (magnitude < 10) *at++ = '0';
    at += number_write_u64(at, magnitude);
  } else if (exponent < 0) {
    *at++ = '0';
    *at++ = '.';
    for (int i = exponent + 1; i < 0; i++) *at++ = '0';
    memcpy(at, digits, (size_t)count);
    at += count;
  } else {
    int whole = exponent + 1; // digits before the point
    for (int i = 0; i < whole; i++) *at++ = i < count ? digits[i] : '0';
    *at++ = '.';
    if (count > whole) {
      memcpy(at, digits + whole, (size_t)(count - whole));
      at += count - whole;
    } else {
      *at++ = '0';
    }
  }
  return (size_t)(at - out);
}

// What both widths share: sign, zero, infinities and NaN, small whole numbers. `fraction_bits` is 52 or 23.
static size_t write_floating(char *out, bool negative, uint64_t fraction, int raw_exponent, int fraction_bits,
                             int raw_exponent_most) {
  if (raw_exponent == raw_exponent_most) {
    if (fraction) {
      memcpy(out, "nan", 3);
      return 3;
    }
    memcpy(out, negative ? "-inf" : "inf", negative ? 4 : 3);
    return negative ? 4 : 3;
  }
  size_t sign_length = 0;
  if (negative) out[sign_length++] = '-';
  if (raw_exponent == 0 && fraction == 0) {
    memcpy(out + sign_length, "0.0", 3);
    return sign_length + 3;
  }
  int bias = raw_exponent_most / 2 + fraction_bits;
  Binary binary = {.significand = fraction, .exponent = 1 - bias};
  if (raw_exponent != 0) {
    binary.significand |= UINT64_C(1) << fraction_bits;
    binary.exponent = raw_exponent - bias;
    binary.lower_is_closer = fraction == 0 && raw_exponent > 1;
  }
  Decimal decimal;
  int shift = -binary.exponent;
  if (shift >= 0 && shift <= fraction_bits && (binary.significand & ((UINT64_C(1) << shift) - 1)) == 0) {
    decimal = (Decimal){binary.significand >> shift, 0}; // a whole number: exact and shortest
  } else {
    decimal = shortest_decimal(binary);
  }
  return sign_length + write_float_form(out + sign_length, decimal);
}

size_t number_write_f64(char *out, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return write_floating(out, bits >> 63, bits & ((UINT64_C(1) << 52) - 1), (int)(bits >> 52 & 0x7FF), 52, 0x7FF);
}

size_t number_write_f32(char *out, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return write_floating(out, bits >> 31, bits & ((UINT32_C(1) << 23) - 1), (int)(bits >> 23 & 0xFF), 23, 0xFF);
}
