// SPDX-License-Identifier: MIT
//
// wasm/math.c, compiled for this machine under other names, against its libm, which is right but for a unit in the last place.
#include <math.h>

#include "unit.h"

#define log wasm_log
#define log2 wasm_log2
#define log10 wasm_log10
#define exp wasm_exp
#define log1p wasm_log1p
#define expm1 wasm_expm1
#define pow wasm_pow
#define __rem_pio2 wasm_rem_pio2
double log(double x), log1p(double x), log2(double x), log10(double x);
double exp(double x), expm1(double x), pow(double x, double y);
#undef COUNT_OF
#include "wasm/math.c"
#undef log
#undef log2
#undef log10
#undef exp
#undef log1p
#undef expm1
#undef pow

static bool near(double a, double b) {
  if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
  return signbit(a) == signbit(b) && (a == b || nextafter(a, b) == b || nextafter(nextafter(a, b), b) == b);
}

static double fraction(uint64_t *state) { return (double)(unit_random(state) >> 11) * 0x1p-53; }

TEST(logarithms_and_exponentials_are_those_of_libm) {
  uint64_t state = 1;
  for (int round = 0; round < 200000; round++) {
    double x = fabs(double_of(unit_random(&state))), one = 1 + (fraction(&state) - 0.5) / 1024;
    double wide = (fraction(&state) - 0.5) * 1500, y = (fraction(&state) - 0.5) * 40;
    CHECK_OR_RETURN(near(wasm_log(x), log(x)) && near(wasm_log(one), log(one)));
    CHECK_OR_RETURN(near(wasm_log2(x), log2(x)) && near(wasm_log10(x), log10(x)));
    CHECK_OR_RETURN(near(wasm_exp(wide), exp(wide)) && near(wasm_exp(one), exp(one)));
    CHECK_OR_RETURN(near(wasm_log1p(x), log1p(x)) && near(wasm_log1p(one - 1), log1p(one - 1)));
    CHECK_OR_RETURN(near(wasm_expm1(wide), expm1(wide)) && near(wasm_expm1(one - 1), expm1(one - 1)));
    CHECK_OR_RETURN(near(wasm_expm1(y / 40), expm1(y / 40)));
    CHECK_OR_RETURN(near(wasm_pow(fabs(wide), y), pow(fabs(wide), y)));
    CHECK_OR_RETURN(near(wasm_pow(one, wide * 1000), pow(one, wide * 1000)));
    CHECK_OR_RETURN(near(wasm_pow(rint(wide), rint(y)), pow(rint(wide), rint(y))));
  }
}

TEST(special_values_are_those_of_libm) {
  static const double values[] = {0,
                                  -0.0,
                                  0.5,
                                  -0.5,
                                  1,
                                  -1,
                                  1.5,
                                  2,
                                  -2,
                                  3,
                                  -3,
                                  1e300,
                                  1024,
                                  -1022,
                                  -1074,
                                  -1075,
                                  0x1p-1074,
                                  1e16,
                                  1e-300,
                                  0x1p53,
                                  1e308,
                                  -1e308,
                                  710,
                                  -746,
                                  0x1.fffffffffffffp52,
                                  -0x1.fffffffffffffp52,
                                  INFINITY,
                                  -INFINITY,
                                  NAN};
  for (size_t i = 0; i < COUNT_OF(values); i++) {
    double x = values[i];
    CHECK(near(wasm_log(x), log(x)) && near(wasm_log2(x), log2(x)) && near(wasm_log10(x), log10(x)));
    CHECK(near(wasm_exp(x), exp(x)));
    CHECK(x == 0 || (near(wasm_expm1(x), expm1(x)) && near(wasm_log1p(x), log1p(x))));
    for (size_t j = 0; j < COUNT_OF(values); j++) CHECK(near(wasm_pow(x, values[j]), pow(x, values[j])));
  }
  for (int i = -1074; i < 1024; i++) {
    CHECK(wasm_pow(2, i) == ldexp(1, i));
    CHECK(wasm_log2(ldexp(1, i)) == i);
  }
}

TEST(angles_are_reduced_to_a_quarter_turn) {
  uint64_t state = 1;
  for (int round = 0; round < 200000; round++) {
    double x = ldexp(fraction(&state) - 0.5, (int)(unit_random(&state) % 1025)), y[2];
    int quarter = wasm_rem_pio2(x, y);
    CHECK_OR_RETURN(fabs(y[0]) <= M_PI_4 * 1.0000001 && fabs(y[1]) <= fabs(y[0]) * 0x1p-53);
    double sine = quarter & 1 ? cos(y[0]) : sin(y[0]);
    CHECK_OR_RETURN(fabs((quarter & 2 ? -sine : sine) - sin(x)) < 0x1p-52);
  }
  // The double that comes nearest to a multiple of pi / 2 (Muller, Elementary Functions, chapter on range reduction).
  double y[2];
  wasm_rem_pio2(0x1.6ac5b262ca1ffp849, y);
  CHECK(near(y[0], 4.687165924254627611e-19));
}

UNIT_MAIN
