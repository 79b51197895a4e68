// SPDX-License-Identifier: MIT
//
// text_number.c: text to booleans, integers, decimals and doubles, in the forms that DuckDB accepts.
//
//   ' 12 '  12      '1_000'  1000      '1e3'  1000      '2.5'  3 (half away from zero)      '0x1F'  31      '.5'  1
#include "vector/text_parse.h"

#define FAST_DIGITS 18      // that many decimal digits fit an int64
#define UINT128_DIGITS 39   // no more digits than that can be a value
#define LONGEST_NUMBER 4096 // doubles with underscores are copied without them

static Str trim_spaces(Str text) {
  while (text.length && text_is_space(text.data[0])) {
    text.data++;
    text.length--;
  }
  while (text.length && text_is_space(text.data[text.length - 1])) text.length--;
  return text;
}

// Digits in base 2 or 16 with single underscores between them.
static bool parse_radix(Str digits, uint32_t bits_per_digit, uint128 *magnitude) {
  uint128 value = 0;
  bool after_digit = false;
  for (size_t i = 0; i < digits.length; i++) {
    char byte = text_lower_char(digits.data[i]);
    if (byte == '_' && after_digit && i + 1 < digits.length) {
      after_digit = false;
      continue;
    }
    uint32_t digit = text_is_digit(byte)          ? (uint32_t)(byte - '0')
                     : byte >= 'a' && byte <= 'f' ? (uint32_t)(byte - 'a') + 10
                                                  : 16;
    if (digit >> bits_per_digit || value >> (128 - bits_per_digit)) return false;
    value = value << bits_per_digit | digit;
    after_digit = true;
  }
  *magnitude = value;
  return after_digit;
}

// The parts of a decimal number. Digits are the text without sign and exponent: it may hold one point and underscores.
typedef struct NumberParts {
  Str digits;
  int64_t point; // digits before the point
  int64_t exponent;
} NumberParts;

static bool parse_exponent(Str text, int64_t *exponent) {
  bool negative = text.length && text.data[0] == '-';
  size_t at = text.length && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
  if (at == text.length) return false;
  int64_t value = 0;
  for (; at < text.length; at++) {
    if (!text_is_digit(text.data[at])) return false;
    if (value <= INT16_MAX) value = value * 10 + (text.data[at] - '0');
  }
  *exponent = negative ? -value : value;
  return value <= INT16_MAX + negative;
}

static bool split_number(Str text, NumberParts *parts) {
  *parts = (NumberParts){.digits = {text.data, 0}};
  int64_t digit_count = 0;
  bool point = false, after_digit = false;
  size_t at = 0;
  for (; at < text.length; at++) {
    char byte = text.data[at];
    if (text_is_digit(byte)) {
      digit_count++;
      after_digit = true;
    } else if (byte == '_' && after_digit && at + 1 < text.length && text_is_digit(text.data[at + 1])) {
      after_digit = false;
    } else if (byte == '.' && !point) {
      point = true;
      parts->point = digit_count;
      after_digit = false;
    } else {
      break;
    }
  }
  if (!digit_count) return false;
  if (!point) parts->point = digit_count;
  parts->digits.length = at;
  if (at == text.length) return true;
  if (text.data[at] != 'e' && text.data[at] != 'E') return false;
  return parse_exponent((Str){text.data + at + 1, text.length - at - 1}, &parts->exponent);
}

// Takes the digits down to the place 10^-scale; the next one rounds.
static bool scale_digits(const NumberParts *parts, uint32_t scale, uint128 *magnitude) {
  int64_t wanted = parts->point + parts->exponent + scale; // how many leading digits count
  uint128 value = 0;
  int64_t taken = 0;
  for (size_t i = 0; i < parts->digits.length; i++) {
    char byte = parts->digits.data[i];
    if (!text_is_digit(byte)) continue;
    uint32_t digit = (uint32_t)(byte - '0');
    if (taken >= wanted) {
      if (taken == wanted && digit >= 5 && __builtin_add_overflow(value, (uint128)1, &value)) return false;
      taken++;
      break;
    }
    if (value > (~(uint128)0 - digit) / 10) return false;
    value = value * 10 + digit;
    taken++;
  }
  for (; taken < wanted && value; taken++) {
    if (value > ~(uint128)0 / 10) return false;
    value *= 10;
  }
  *magnitude = value;
  return true;
}

bool text_to_scaled(Str text, uint32_t scale, bool radix, bool *negative, uint128 *magnitude) {
  text = trim_spaces(text);
  *negative = text.length && text.data[0] == '-';
  if (text.length && (text.data[0] == '-' || text.data[0] == '+')) {
    text.data++;
    text.length--;
    radix = false;
  }
  if (scale == 0 && text.length && text.length <= FAST_DIGITS) {
    uint64_t value = 0;
    size_t at = 0;
    for (; at < text.length && text_is_digit(text.data[at]); at++) value = value * 10 + (uint64_t)(text.data[at] - '0');
    if (at == text.length) {
      *magnitude = value;
      return true;
    }
  }
  if (radix && text.length > 2 && text.data[0] == '0') {
    char kind = text_lower_char(text.data[1]);
    Str digits = {text.data + 2, text.length - 2};
    if (kind == 'x') return parse_radix(digits, 4, magnitude);
    if (kind == 'b') return parse_radix(digits, 1, magnitude);
  }
  NumberParts parts;
  return split_number(text, &parts) && scale_digits(&parts, scale, magnitude);
}

bool text_to_decimal(Str text, uint32_t width, uint32_t scale, int128 *value) {
  bool negative;
  uint128 magnitude;
  if (!text_to_scaled(text, scale, false, &negative, &magnitude)) return false;
  if (magnitude >= (uint128)power_of_ten_i128(width)) return false;
  *value = negative ? -(int128)magnitude : (int128)magnitude;
  return true;
}

// Copies without underscores that stand between two digits. False: one stands elsewhere, or the text is too long.
static bool drop_underscores(Str text, char *buffer, Str *out) {
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != '_') {
      if (length == LONGEST_NUMBER) return false;
      buffer[length++] = text.data[i];
    } else if (i == 0 || i + 1 == text.length || !text_is_digit(text.data[i - 1]) || !text_is_digit(text.data[i + 1])) {
      return false;
    }
  }
  *out = (Str){buffer, length};
  return true;
}

static bool float_text(Str text, char *buffer, Str *out) {
  text = trim_spaces(text);
  if (text.length && memchr(text.data, '_', text.length)) return drop_underscores(text, buffer, out);
  *out = text;
  return text.length > 0;
}

// Too large a number is infinite, as in DuckDB.
bool text_to_f64(Str text, double *value) {
  char buffer[LONGEST_NUMBER];
  Str number;
  if (!float_text(text, buffer, &number)) return false;
  NumberParse parse = number_parse_f64(number, value);
  if (parse == NUMBER_OVERFLOW) *value = number.data[0] == '-' ? -__builtin_inf() : __builtin_inf();
  return parse != NUMBER_INVALID;
}

bool text_to_f32(Str text, float *value) {
  char buffer[LONGEST_NUMBER];
  Str number;
  if (!float_text(text, buffer, &number)) return false;
  NumberParse parse = number_parse_f32(number, value);
  if (parse == NUMBER_OVERFLOW) *value = number.data[0] == '-' ? -__builtin_inff() : __builtin_inff();
  return parse != NUMBER_INVALID;
}

bool text_to_bool(Str text, bool *value) {
  static const struct {
    Str text;
    bool value;
  } WORDS[] = {
      {{"true", 4}, true},   {{"t", 1}, true},  {{"1", 1}, true},  {{"yes", 3}, true}, {{"y", 1}, true},
      {{"false", 5}, false}, {{"f", 1}, false}, {{"0", 1}, false}, {{"no", 2}, false}, {{"n", 1}, false},
  };
  for (size_t i = 0; i < COUNT_OF(WORDS); i++) {
    if (str_equal_nocase(text, WORDS[i].text)) {
      *value = WORDS[i].value;
      return true;
    }
  }
  return false;
}
