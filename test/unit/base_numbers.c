// SPDX-License-Identifier: MIT
//
// Numbers to text and back. libc's strtod and snprintf are the slow oracle; what is written must be shortest: with one
// digit less, no text reads back to the number. Seeds are fixed.
#include "unit.h"

static double f64_of_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint64_t bits_of_f64(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static float f32_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t bits_of_f32(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static Str written_f64(double value) {
  static char out[NUMBER_TEXT_CAPACITY + 1];
  size_t length = number_write_f64(out, value);
  out[length] = 0;
  return (Str){out, length};
}

static Str written_f32(float value) {
  static char out[NUMBER_TEXT_CAPACITY + 1];
  size_t length = number_write_f32(out, value);
  out[length] = 0;
  return (Str){out, length};
}

// As DuckDB 1.4 prints them.
TEST(writes_doubles_in_duckdbs_form) {
  const struct {
    double value;
    const char *text;
  } cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1, "1.0"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {1e15, "1000000000000000.0"},
      {1e16, "1e+16"},
      {1e17, "1e+17"},
      {9999999999999998.0, "9999999999999998.0"},
      {12345678901234567.0, "1.2345678901234568e+16"},
      {1.5e16, "1.5e+16"},
      {9007199254740993.0, "9007199254740992.0"},
      {0.0001, "0.0001"},
      {0.00001, "1e-05"},
      {0.00012345, "0.00012345"},
      {1.25e-7, "1.25e-07"},
      {123456789.123, "123456789.123"},
      {1e300, "1e+300"},
      {1e-300, "1e-300"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {1e23, "1e+23"},
      {9.5e-3, "0.0095"},
      {100, "100.0"},
      {1e22, "1e+22"},
      {NAN, "nan"},
      {-NAN, "nan"},
      {INFINITY, "inf"},
      {-INFINITY, "-inf"},
      {4294967296.0, "4294967296.0"},
      {0.3, "0.3"},
      {2e-44, "2e-44"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) CHECK_EQ_STR(written_f64(cases[i].value), cases[i].text);
}

TEST(writes_floats_in_duckdbs_form) {
  const struct {
    float value;
    const char *text;
  } cases[] = {
      {0.0f, "0.0"},
      {-0.0f, "-0.0"},
      {0.1f, "0.1"},
      {1e15f, "1000000000000000.0"},
      {1e16f, "1e+16"},
      {1e17f, "1e+17"},
      {0.0001f, "0.0001"},
      {0.00001f, "1e-05"},
      {16777216.0f, "16777216.0"},
      {3.4e38f, "3.4e+38"},
      {1e-45f, "1e-45"},
      {123456.7f, "123456.7"},
      {1e7f, "10000000.0"},
      {1e8f, "100000000.0"},
      {1e10f, "10000000000.0"},
      {1.5e16f, "1.5e+16"},
      {NAN, "nan"},
      {INFINITY, "inf"},
      {3.4028235e38f, "3.4028235e+38"},
      {1.17549435e-38f, "1.1754944e-38"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) CHECK_EQ_STR(written_f32(cases[i].value), cases[i].text);
}

// The fewest digits for which libc's nearest decimal reads back to the value.
static int fewest_digits_f64(double value) {
  char text[64];
  for (int digits = 1;; digits++) {
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    if (strtod(text, NULL) == value) return digits;
  }
}

static int fewest_digits_f32(float value) {
  char text[64];
  for (int digits = 1;; digits++) {
    snprintf(text, sizeof text, "%.*e", digits - 1, (double)value);
    if (strtof(text, NULL) == value) return digits;
  }
}

static int significant_digits(Str text) {
  char digits[64];
  int count = 0;
  for (size_t i = 0; i < text.length && text.data[i] != 'e'; i++) {
    if (text.data[i] >= '0' && text.data[i] <= '9' && (count || text.data[i] != '0')) digits[count++] = text.data[i];
  }
  while (count > 1 && digits[count - 1] == '0') count--;
  return count;
}

static bool round_trips_f64(double value, bool check_shortest) {
  Str text = written_f64(value);
  double parsed;
  if (strtod(text.data, NULL) != value) {
    UNIT_FAIL("%s is not %.17g (bits %#" PRIx64 ")", text.data, value, bits_of_f64(value));
    return false;
  }
  if (number_parse_f64(text, &parsed) != NUMBER_OK || bits_of_f64(parsed) != bits_of_f64(value)) {
    UNIT_FAIL("%s is read as %.17g, not %.17g", text.data, parsed, value);
    return false;
  }
  if (check_shortest && significant_digits(text) > fewest_digits_f64(value)) {
    UNIT_FAIL("%s is not the shortest of %.17g", text.data, value);
    return false;
  }
  return true;
}

TEST(random_doubles_round_trip) {
  uint64_t state = 1;
  for (int i = 0; i < 2000000; i++) {
    double value = f64_of_bits(unit_random(&state));
    if (!isfinite(value)) continue;
    CHECK_OR_RETURN(round_trips_f64(value, i % 16 == 0));
  }
  for (int i = 0; i < 500000; i++) { // what people write: few decimals, and whole numbers
    double value =
        (double)(int64_t)(unit_random(&state) >> (unit_random(&state) % 54 + 10)) / pow(10, (double)(i % 12));
    CHECK_OR_RETURN(round_trips_f64(value, i % 16 == 0));
  }
}

TEST(doubles_at_the_borders_round_trip) {
  for (int exponent = 0; exponent < 2047; exponent++) {
    for (int delta = -3; delta <= 3; delta++) {
      uint64_t bits = ((uint64_t)exponent << 52) + (uint64_t)(int64_t)delta;
      double value = f64_of_bits(bits & INT64_MAX);
      if (isfinite(value)) CHECK_OR_RETURN(round_trips_f64(value, true));
    }
  }
  for (int exponent = -330; exponent <= 310; exponent++) {
    char text[32];
    snprintf(text, sizeof text, "1e%d", exponent);
    double value = strtod(text, NULL);
    CHECK_EQ_DOUBLE(power_of_ten_f64(exponent), value);
    if (isfinite(value)) CHECK_OR_RETURN(round_trips_f64(value, value != 0));
  }
  CHECK_EQ_DOUBLE(power_of_ten_f64(-2000), 0.0);
  CHECK_EQ_DOUBLE(power_of_ten_f64(2000), INFINITY);
}

TEST(random_floats_round_trip) {
  uint64_t state = 2;
  for (int i = 0; i < 1000000; i++) {
    float value = f32_of_bits((uint32_t)unit_random(&state));
    if (!isfinite(value)) continue;
    Str text = written_f32(value);
    float parsed = 0;
    CHECK_OR_RETURN(strtof(text.data, NULL) == value);
    CHECK_OR_RETURN(number_parse_f32(text, &parsed) == NUMBER_OK && bits_of_f32(parsed) == bits_of_f32(value));
    if (i % 16 == 0) CHECK_OR_RETURN(significant_digits(text) <= fewest_digits_f32(value));
  }
}

static bool parses_as_libc(const char *text) {
  double value = 0;
  float narrow = 0;
  NumberParse result = number_parse_f64(str_from(text), &value);
  if (result != NUMBER_OK || bits_of_f64(value) != bits_of_f64(strtod(text, NULL))) {
    UNIT_FAIL("%.60s is read as %.17g, libc says %.17g", text, value, strtod(text, NULL));
    return false;
  }
  result = number_parse_f32(str_from(text), &narrow);
  if (result != NUMBER_OK || bits_of_f32(narrow) != bits_of_f32(strtof(text, NULL))) {
    UNIT_FAIL("%.60s is read as %.9g, libc says %.9g (float)", text, (double)narrow, (double)strtof(text, NULL));
    return false;
  }
  return true;
}

TEST(random_decimals_are_correctly_rounded) {
  uint64_t state = 3;
  for (int i = 0; i < 500000; i++) {
    char text[64];
    size_t length = 0;
    int digits = 1 + (int)(unit_random(&state) % 30);
    int point = (int)(unit_random(&state) % 40);
    if (unit_random(&state) % 4 == 0) text[length++] = '-';
    for (int k = 0; k < digits; k++) {
      if (k == point) text[length++] = '.';
      text[length++] = (char)('0' + unit_random(&state) % 10);
    }
    int exponent = (int)(unit_random(&state) % 700) - 360;
    if (i % 2) exponent /= 10;
    snprintf(text + length, sizeof text - length, "e%d", exponent);
    CHECK_OR_RETURN(parses_as_libc(text));
  }
}

// The exact middle between neighbours has up to 767 digits; a digit more or less decides.
TEST(middles_between_doubles_are_exact) {
  uint64_t state = 4;
  char *text = malloc(4096);
  for (int i = 0; i < 3000; i++) {
    uint64_t bits = unit_random(&state) & INT64_MAX;
    if (i % 3 == 0) bits &= (UINT64_C(1) << (1 + i % 54)) - 1; // subnormals
    double value = f64_of_bits(bits);
    if (!isfinite(value) || !isfinite(f64_of_bits(bits + 1))) continue;
    // long double holds the middle exactly.
    long double middle = ((long double)value + (long double)f64_of_bits(bits + 1)) / 2;
    int length = snprintf(text, 4000, "%.*Le", 1100, middle);
    CHECK_OR_RETURN(length > 0 && length < 4000);
    char *exponent = strchr(text, 'e');
    if (!parses_as_libc(text)) break;
    char saved = exponent[-1];
    exponent[-1] = '1'; // beyond the middle by a hair, in the digit number 1,101
    if (!parses_as_libc(text)) break;
    exponent[-1] = saved;
    // Below the middle by a hair: the last nonzero digit is one less, and nines follow.
    char *last = exponent - 1;
    while (*last == '0' || *last == '.') last--;
    (*last)--;
    for (char *at = last + 1; at < exponent; at++) {
      if (*at != '.') *at = '9';
    }
    if (!parses_as_libc(text)) break;
  }
  free(text);
}

TEST(middles_between_floats_are_exact) {
  uint64_t state = 5;
  char text[400];
  for (int i = 0; i < 20000; i++) {
    uint32_t bits = (uint32_t)unit_random(&state) & INT32_MAX;
    if (i % 3 == 0) bits &= (UINT32_C(1) << (1 + i % 24)) - 1;
    float value = f32_of_bits(bits), next = f32_of_bits(bits + 1);
    if (!isfinite(value) || !isfinite(next)) continue;
    snprintf(text, sizeof text, "%.200e", ((double)value + (double)next) / 2);
    CHECK_OR_RETURN(parses_as_libc(text));
  }
}

TEST(hard_cases_of_the_literature) {
  const char *cases[] = {
      "9007199254740993",
      "9007199254740993.0",
      "9007199254740992.999999999999999999999999999",
      "1e23",
      "8.5e22",
      "2.2250738585072011e-308",
      "2.2250738585072012e-308",
      "2.4703282292062327208e-324",
      "2.4703282292062328e-324",
      "1.7976931348623158e308",
      "1.7976931348623159e308",
      "179769313486231580793728971405301e276",
      "0.000000000000000000001",
      "6929495644600919.5",
      "3.4028235677973366e38",
      "3.4028235677973365e38",
      "1.1754943508e-38",
      "7.0064923216240854e-46",
      "7.0064923216240853e-46",
      "1.00000005960464477539062499",
      "1.00000005960464477539062501",
      "100000000000000000000000",
      "0.1e-400",
      "00000000000000000000000000000000000000000000001",
      "0.00000000000000000000000000000000000000000000000001e50",
      "123456789012345678901234567890e-25",
      "4503599627370496.5",
      "4503599627370497.5",
      "1e999999999999",
      "1e-999999999999",
      "0e999999999999",
      "-0e5",
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) parses_as_libc(cases[i]);
}

TEST(text_that_is_no_number) {
  const char *bad[] = {"",   ".",  "-",   "+",    "-.",    "1e",   "1e+",  "e5",  "1.2.3", "1x",
                       " 1", "1 ", "++1", "0x10", "1e5.0", "infi", "nanx", "-+1", "1_000", "in"};
  double value;
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    if (number_parse_f64(str_from(bad[i]), &value) != NUMBER_INVALID)
      UNIT_FAIL("\"%s\" was taken for a number", bad[i]);
  }
  CHECK(number_parse_f64(STR("InFiNiTy"), &value) == NUMBER_OK && value == INFINITY);
  CHECK(number_parse_f64(STR("-inf"), &value) == NUMBER_OK && value == -INFINITY);
  CHECK(number_parse_f64(STR("+inf"), &value) == NUMBER_OK && value == INFINITY);
  CHECK(number_parse_f64(STR("NaN"), &value) == NUMBER_OK && isnan(value));
  CHECK(number_parse_f64(STR(".5"), &value) == NUMBER_OK && value == 0.5);
  CHECK(number_parse_f64(STR("5."), &value) == NUMBER_OK && value == 5);
  CHECK(number_parse_f64(STR("5.e1"), &value) == NUMBER_OK && value == 50);
  CHECK(number_parse_f64(STR("1E+5"), &value) == NUMBER_OK && value == 1e5);
  CHECK(number_parse_f64(STR("-0"), &value) == NUMBER_OK && signbit(value));
}

static Str written_i128(int128 value) {
  static char out[NUMBER_TEXT_CAPACITY + 1];
  return (Str){out, number_write_i128(out, value)};
}

TEST(integers) {
  const int64_t values[] = {0, 1, -1, 9, 10, 99, 100, 101, 12345, INT32_MIN, INT64_MAX, INT64_MIN, 1000000000000000000};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    char ours[64], theirs[64];
    size_t length = number_write_i64(ours, values[i]);
    snprintf(theirs, sizeof theirs, "%" PRId64, values[i]);
    CHECK_EQ_STR(((Str){ours, length}), theirs);
    CHECK_EQ_STR(written_i128(values[i]), theirs);
    int64_t parsed = 0;
    CHECK_EQ_INT(number_parse_i64(str_from(theirs), &parsed), NUMBER_OK);
    CHECK_EQ_INT(parsed, values[i]);
  }
  char out[64];
  size_t length = number_write_u64(out, UINT64_MAX);
  CHECK_EQ_STR(((Str){out, length}), "18446744073709551615");
  uint128 most = ~(uint128)0;
  length = number_write_u128(out, most);
  CHECK_EQ_STR(((Str){out, length}), "340282366920938463463374607431768211455");
  CHECK_EQ_STR(written_i128((int128)(most >> 1)), "170141183460469231731687303715884105727");
  CHECK_EQ_STR(written_i128(-(int128)(most >> 1) - 1), "-170141183460469231731687303715884105728");
  CHECK_EQ_STR(written_i128(power_of_ten_i128(38)), "100000000000000000000000000000000000000");
  CHECK_EQ_STR(written_i128(power_of_ten_i128(19) * 10 + 7), "100000000000000000007");
  int128 power = 1;
  for (uint32_t i = 0; i <= 38; i++, power *= i <= 38 ? 10 : 1) CHECK(power_of_ten_i128(i) == power);
}

TEST(integers_parse_to_their_limits) {
  int64_t value;
  CHECK_EQ_INT(number_parse_i64(STR("9223372036854775807"), &value), NUMBER_OK);
  CHECK_EQ_INT(number_parse_i64(STR("9223372036854775808"), &value), NUMBER_OVERFLOW);
  CHECK_EQ_INT(number_parse_i64(STR("-9223372036854775808"), &value), NUMBER_OK);
  CHECK_EQ_INT(value, INT64_MIN);
  CHECK_EQ_INT(number_parse_i64(STR("-9223372036854775809"), &value), NUMBER_OVERFLOW);
  CHECK_EQ_INT(number_parse_i64(STR("99999999999999999999999999999999999999999999999"), &value), NUMBER_OVERFLOW);
  CHECK_EQ_INT(number_parse_i64(STR("99999999999999999999999999999999999999999999999x"), &value), NUMBER_INVALID);
  CHECK_EQ_INT(number_parse_i64(STR("0000000000000000000000000000000000000000000000012"), &value), NUMBER_OK);
  CHECK_EQ_INT(value, 12);
  CHECK_EQ_INT(number_parse_i64(STR("+5"), &value), NUMBER_OK);
  CHECK_EQ_INT(value, 5);
  const char *bad[] = {"", "-", "+", "1.0", " 1", "1 ", "0x1", "1e3", "--1"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK_EQ_INT(number_parse_i64(str_from(bad[i]), &value), NUMBER_INVALID);
  int128 wide;
  CHECK_EQ_INT(number_parse_i128(STR("170141183460469231731687303715884105727"), &wide), NUMBER_OK);
  CHECK_EQ_INT(number_parse_i128(STR("170141183460469231731687303715884105728"), &wide), NUMBER_OVERFLOW);
  CHECK_EQ_INT(number_parse_i128(STR("-170141183460469231731687303715884105728"), &wide), NUMBER_OK);
  uint128 natural;
  CHECK_EQ_INT(number_parse_u128(STR("340282366920938463463374607431768211455"), &natural), NUMBER_OK);
  CHECK(natural == ~(uint128)0);
  CHECK_EQ_INT(number_parse_u128(STR("340282366920938463463374607431768211456"), &natural), NUMBER_OVERFLOW);
  CHECK_EQ_INT(number_parse_u128(STR("-0"), &natural), NUMBER_OK);
  CHECK_EQ_INT(number_parse_u128(STR("-1"), &natural), NUMBER_OVERFLOW);
}

TEST(decimals) {
  const struct {
    int64_t value;
    uint32_t scale;
    const char *text;
  } cases[] = {{12345, 2, "123.45"},
               {-5, 2, "-0.05"},
               {0, 3, "0.000"},
               {7, 0, "7"},
               {-1, 38, "-0.00000000000000000000000000000000000001"},
               {50, 2, "0.50"},
               {100, 2, "1.00"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char out[NUMBER_TEXT_CAPACITY];
    size_t length = number_write_decimal(out, cases[i].value, cases[i].scale);
    CHECK_EQ_STR(((Str){out, length}), cases[i].text);
  }
}

UNIT_MAIN
