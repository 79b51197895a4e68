// SPDX-License-Identifier: MIT
//
// number_parse.c: text to numbers, powers of ten. Floating point is correctly rounded:
//
//   up to 19 significant digits: the algorithm of Eisel and Lemire (Daniel Lemire, "Number parsing at a gigabyte per
//   second", 2021; that it needs no fallback: Noble Mushtak and Daniel Lemire, "Fast number parsing without fallback",
//   2023), after Clinger's fast path for small ones;
//   more digits: the first 19 bound the number from below, with one more in the last place from above. Both nearly
//   always round to the same; else they are neighbours, and big integers tell on which side of their middle it lies.
#include "base/base.h"
#include "base/power_of_five.h"

// 10^0 .. 10^19
static const uint64_t ten_to[20] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

int128 power_of_ten_i128(uint32_t exponent) {
  ASSERT(exponent <= 38);
  if (exponent <= 19) return ten_to[exponent];
  return (int128)((uint128)ten_to[19] * ten_to[exponent - 19]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Integers
// ---------------------------------------------------------------------------------------------------------------------

static inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Takes the sign off the front.
static bool take_sign(Str *text) {
  if (text->length == 0 || (text->data[0] != '-' && text->data[0] != '+')) return false;
  bool negative = text->data[0] == '-';
  text->data++;
  text->length--;
  return negative;
}

// Digits only, at least one. 19 digits fit a word; longer ones go on in 128 bits.
static NumberParse parse_magnitude(Str digits, uint128 *magnitude) {
  if (digits.length == 0) return NUMBER_INVALID;
  uint64_t head = 0;
  size_t i = 0;
  for (; i < digits.length && i < 19; i++) {
    if (!is_digit(digits.data[i])) return NUMBER_INVALID;
    head = head * 10 + (uint64_t)(digits.data[i] - '0');
  }
  uint128 value = head;
  bool overflow = false;
  for (; i < digits.length; i++) {
    if (!is_digit(digits.data[i])) return NUMBER_INVALID;
    uint128 digit = (uint128)(digits.data[i] - '0');
    if (value > (~(uint128)0 - digit) / 10) overflow = true;
    value = value * 10 + digit;
  }
  *magnitude = value;
  return overflow ? NUMBER_OVERFLOW : NUMBER_OK;
}

// A magnitude with a sign within [-(most + 1), most].
static NumberParse parse_signed(Str text, uint128 most, int128 *value) {
  bool negative = take_sign(&text);
  uint128 magnitude;
  NumberParse result = parse_magnitude(text, &magnitude);
  if (result != NUMBER_OK) return result;
  if (magnitude > most + negative) return NUMBER_OVERFLOW;
  *value = (int128)(negative ? 0 - magnitude : magnitude);
  return NUMBER_OK;
}

NumberParse number_parse_i64(Str text, int64_t *value) {
  int128 wide;
  NumberParse result = parse_signed(text, INT64_MAX, &wide);
  if (result == NUMBER_OK) *value = (int64_t)wide;
  return result;
}

NumberParse number_parse_i128(Str text, int128 *value) { return parse_signed(text, ~(uint128)0 >> 1, value); }

NumberParse number_parse_u128(Str text, uint128 *value) {
  bool negative = take_sign(&text);
  uint128 magnitude;
  NumberParse result = parse_magnitude(text, &magnitude);
  if (result != NUMBER_OK) return result;
  if (negative && magnitude != 0) return NUMBER_OVERFLOW;
  *value = magnitude;
  return NUMBER_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Floating point: reading the text
// ---------------------------------------------------------------------------------------------------------------------

#define HEAD_DIGITS 19
#define EXPONENT_BOUND 1000000 // exponents saturate here, far outside of what matters

// head * 10^exponent, plus, when `cut`, less than one unit of head's last place.
typedef struct Scanned {
  bool negative;
  bool cut; // nonzero digits after the head
  uint64_t head;
  int64_t exponent;
  Str digits;             // the mantissa's text from its first significant digit on, perhaps with a point in it
  int64_t digit_exponent; // the power of ten of the first of `digits`
} Scanned;

static NumberParse scan_exponent(const char *at, const char *end, int64_t *exponent) {
  bool negative = false;
  if (at < end && (*at == '-' || *at == '+')) negative = *at++ == '-';
  if (at == end) return NUMBER_INVALID;
  int64_t value = 0;
  for (; at < end; at++) {
    if (!is_digit(*at)) return NUMBER_INVALID;
    if (value < EXPONENT_BOUND) value = value * 10 + (*at - '0');
  }
  *exponent = negative ? -value : value;
  return NUMBER_OK;
}

// `text` is without its sign.
static NumberParse scan_decimal(Str text, Scanned *scanned) {
  const char *at = text.data, *end = text.data + text.length;
  const char *first = NULL; // significant digit
  bool any_digit = false, point = false;
  int64_t position = 0;    // digits since the first significant one
  int64_t after_point = 0; // digits after the point
  uint64_t head = 0;
  for (; at < end; at++) {
    if (*at == '.') {
      if (point) return NUMBER_INVALID;
      point = true;
      continue;
    }
    if (!is_digit(*at)) break;
    any_digit = true;
    after_point += point;
    if (!first) {
      if (*at == '0') continue;
      first = at;
    }
    if (position < HEAD_DIGITS) {
      head = head * 10 + (uint64_t)(*at - '0');
    } else if (*at != '0') {
      scanned->cut = true;
    }
    position++;
  }
  if (!any_digit) return NUMBER_INVALID;
  const char *mantissa_end = at;
  int64_t exponent = 0;
  if (at < end) {
    if (*at != 'e' && *at != 'E') return NUMBER_INVALID;
    NumberParse result = scan_exponent(at + 1, end, &exponent);
    if (result != NUMBER_OK) return result;
  }
  scanned->head = head;
  if (!first) return NUMBER_OK; // zero
  scanned->exponent = exponent - after_point + (position > HEAD_DIGITS ? position - HEAD_DIGITS : 0);
  scanned->digits = (Str){first, (size_t)(mantissa_end - first)};
  scanned->digit_exponent = exponent - after_point + position - 1;
  return NUMBER_OK;
}

// inf, infinity, nan in any case.
static bool scan_special(Str text, uint64_t *fraction_bit) {
  if (str_equal_nocase(text, STR("inf")) || str_equal_nocase(text, STR("infinity"))) {
    *fraction_bit = 0;
    return true;
  }
  *fraction_bit = 1;
  return str_equal_nocase(text, STR("nan"));
}

// ---------------------------------------------------------------------------------------------------------------------
// Floating point: rounding
// ---------------------------------------------------------------------------------------------------------------------

// What the two widths differ in.
typedef struct Format {
  int fraction_bits;
  int least_exponent; // -1023 or -127: biased exponents start here
  int infinite_power; // the biased exponent of infinity
  int smallest_power_of_ten, largest_power_of_ten;
  int least_round_to_even, most_round_to_even; // powers of ten for which a tie can be exact
} Format;

static const Format format_f64 = {52, -1023, 0x7FF, -342, 308, -4, 23};
static const Format format_f32 = {23, -127, 0xFF, -65, 38, -17, 10};

// The bits of the number nearest to w * 10^q, without a sign. compute_float of fast_float.
static uint64_t eisel_lemire(const Format *format, int64_t q, uint64_t w) {
  uint64_t infinity = (uint64_t)format->infinite_power << format->fraction_bits;
  if (w == 0 || q < format->smallest_power_of_ten) return 0;
  if (q > format->largest_power_of_ten) return infinity;
  int leading_zeros = __builtin_clzll(w);
  w <<= leading_zeros;
  // For q from -27 to -1 the algorithm wants the power rounded up, for the others cut.
  uint128 power = power_of_five_128((int)q) + (q >= -27 && q < 0);
  uint128 product = (uint128)w * (uint64_t)(power >> 64);
  uint64_t precision_mask = UINT64_MAX >> (format->fraction_bits + 3);
  if (((uint64_t)(product >> 64) & precision_mask) == precision_mask) {
    product += (uint128)w * (uint64_t)power >> 64; // the lower half matters
  }
  uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
  int upper_bit = (int)(high >> 63);
  int shift = upper_bit + 64 - format->fraction_bits - 3;
  uint64_t mantissa = high >> shift;
  int power_of_two = (int)(((152170 + 65536) * q) >> 16) + 63 + upper_bit - leading_zeros - format->least_exponent;
  if (power_of_two <= 0) { // subnormal
    if (1 - power_of_two >= 64) return 0;
    mantissa >>= 1 - power_of_two;
    mantissa += mantissa & 1;
    return mantissa >> 1; // a carry into the fraction's next bit makes the smallest normal number, as it should
  }
  if (low <= 1 && q >= format->least_round_to_even && q <= format->most_round_to_even && (mantissa & 3) == 1 &&
      mantissa << shift == high) {
    mantissa &= ~UINT64_C(1); // exactly in the middle: to even
  }
  mantissa += mantissa & 1;
  mantissa >>= 1;
  if (mantissa >= UINT64_C(2) << format->fraction_bits) {
    mantissa = UINT64_C(1) << format->fraction_bits;
    power_of_two++;
  }
  mantissa &= ~(UINT64_C(1) << format->fraction_bits);
  if (power_of_two >= format->infinite_power) return infinity;
  return mantissa | (uint64_t)power_of_two << format->fraction_bits;
}

// A natural number, least significant word first. 768 digits (2,552 bits) and the powers of five and two that they are
// compared with stay below 4,096 bits.
#define BIG_WORDS 64
typedef struct Big {
  uint64_t words[BIG_WORDS];
  int count; // without leading zero words
} Big;

static void big_multiply_add(Big *big, uint64_t factor, uint64_t addend) {
  uint64_t carry = addend;
  for (int i = 0; i < big->count; i++) {
    uint128 product = (uint128)big->words[i] * factor + carry;
    big->words[i] = (uint64_t)product;
    carry = (uint64_t)(product >> 64);
  }
  if (carry) {
    ASSERT(big->count < BIG_WORDS);
    big->words[big->count++] = carry;
  }
}

#define FIVE_TO_27 UINT64_C(7450580596923828125)
static void big_multiply_power_of_five(Big *big, int exponent) {
  for (; exponent >= 27; exponent -= 27) big_multiply_add(big, FIVE_TO_27, 0);
  uint64_t small = 1;
  for (; exponent > 0; exponent--) small *= 5;
  big_multiply_add(big, small, 0);
}

static void big_shift_left(Big *big, int bits) {
  int words = bits / 64;
  ASSERT(big->count + words < BIG_WORDS);
  memmove(big->words + words, big->words, (size_t)big->count * sizeof *big->words);
  memset(big->words, 0, (size_t)words * sizeof *big->words);
  big->count += words;
  if (bits % 64) big_multiply_add(big, UINT64_C(1) << (bits % 64), 0);
}

static int big_compare(const Big *a, const Big *b) {
  if (a->count != b->count) return a->count < b->count ? -1 : 1;
  for (int i = a->count - 1; i >= 0; i--) {
    if (a->words[i] != b->words[i]) return a->words[i] < b->words[i] ? -1 : 1;
  }
  return 0;
}

// No middle between two doubles has more significant digits than this; more than this many digits that are not all
// zero only say "a bit more".
#define DIGITS_THAT_MATTER 768

// Compares the number in the text with the middle of the two numbers whose bits are `below` and `below` + 1.
static int compare_with_middle(const Format *format, const Scanned *scanned, uint64_t below) {
  Big decimal = {.count = 0};
  int64_t taken = 0;
  bool more = false;
  for (size_t i = 0; i < scanned->digits.length; i++) {
    char byte = scanned->digits.data[i];
    if (byte == '.') continue;
    if (taken == DIGITS_THAT_MATTER) {
      more |= byte != '0';
      continue;
    }
    big_multiply_add(&decimal, 10, (uint64_t)(byte - '0'));
    taken++;
  }
  int ten = (int)(scanned->digit_exponent - taken + 1); // decimal * 10^ten

  uint64_t fraction = below & ((UINT64_C(1) << format->fraction_bits) - 1);
  int raw_exponent = (int)(below >> format->fraction_bits);
  if (raw_exponent) fraction |= UINT64_C(1) << format->fraction_bits;
  Big middle = {.words = {2 * fraction + 1}, .count = 1};
  int two = MAX_OF(raw_exponent, 1) + format->least_exponent - format->fraction_bits - 1; // middle * 2^two

  // decimal * 5^ten * 2^ten against middle * 2^two, made whole on both sides.
  two -= ten;
  if (ten >= 0) {
    big_multiply_power_of_five(&decimal, ten);
  } else {
    big_multiply_power_of_five(&middle, -ten);
  }
  if (two >= 0) {
    big_shift_left(&middle, two);
  } else {
    big_shift_left(&decimal, -two);
  }
  int order = big_compare(&decimal, &middle);
  return order == 0 && more ? 1 : order;
}

// The bits of the number, without its sign.
static uint64_t round_scanned(const Format *format, const Scanned *scanned) {
  uint64_t below = eisel_lemire(format, scanned->exponent, scanned->head);
  if (!scanned->cut) return below;
  uint64_t above = eisel_lemire(format, scanned->exponent, scanned->head + 1);
  if (below == above) return below;
  ASSERT(above == below + 1);
  int order = compare_with_middle(format, scanned, below);
  bool up = order > 0 || (order == 0 && (below & 1));
  return up ? above : below;
}

static const double exact_power_of_ten[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Clinger's fast path: both parts are exact doubles, so one operation rounds once.
static bool exact_f64(const Scanned *scanned, double *value) {
  if (scanned->cut || scanned->head >> 53 || scanned->exponent < -22 || scanned->exponent > 22) return false;
  double head = (double)scanned->head;
  *value = scanned->exponent < 0 ? head / exact_power_of_ten[-scanned->exponent]
                                 : head * exact_power_of_ten[scanned->exponent];
  return true;
}

static NumberParse parse_floating(const Format *format, Str text, uint64_t *bits) {
  Scanned scanned = {0};
  scanned.negative = take_sign(&text);
  uint64_t sign = (uint64_t)scanned.negative << (format == &format_f64 ? 63 : 31);
  NumberParse result = scan_decimal(text, &scanned);
  if (result != NUMBER_OK) {
    uint64_t fraction_bit;
    if (!scan_special(text, &fraction_bit)) return NUMBER_INVALID;
    *bits = (uint64_t)format->infinite_power << format->fraction_bits | fraction_bit << (format->fraction_bits - 1);
    if (!fraction_bit) *bits |= sign;
    return NUMBER_OK;
  }
  double exact;
  if (format == &format_f64 && exact_f64(&scanned, &exact)) {
    memcpy(bits, &exact, sizeof *bits);
  } else {
    *bits = round_scanned(format, &scanned);
  }
  *bits |= sign;
  return NUMBER_OK;
}

NumberParse number_parse_f64(Str text, double *value) {
  uint64_t bits;
  NumberParse result = parse_floating(&format_f64, text, &bits);
  if (result == NUMBER_OK) memcpy(value, &bits, sizeof *value);
  return result;
}

NumberParse number_parse_f32(Str text, float *value) {
  uint64_t bits = 0;
  NumberParse result = parse_floating(&format_f32, text, &bits);
  uint32_t narrow = (uint32_t)bits;
  if (result == NUMBER_OK) memcpy(value, &narrow, sizeof *value);
  return result;
}

double power_of_ten_f64(int exponent) {
  uint64_t bits = eisel_lemire(&format_f64, exponent, 1);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
