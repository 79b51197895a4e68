// SPDX-License-Identifier: MIT
//
// math.c: exponentials, logarithms, powers and the reduction of angles for wasm, in place of those of wasi-libc, whose tables are 16 KB that do
// not compress. Each is computed in double-double arithmetic (Dekker 1971: a pair of doubles that stands for its sum, of 106 bits)
// and rounded at the end, so that it is wrong by hardly more than half a unit in the last place (below the normal range: one);
// what else there is in <math.h> libc makes of these.
#include <math.h>
#include <stdint.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
// Called from the libc, whose files the link-time optimizer does not see.
#define LIBRARY __attribute__((used))

// What sin, cos and tan of musl ask for: x - n * pi / 2 in [-pi / 4, pi / 4] as y[0] + y[1]; gives n, of which the last two bits count.
int __rem_pio2(double x, double *y);

// |low| is at most half a unit of high.
typedef struct Pair {
  double high, low;
} Pair;

static uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// |a| >= |b|
static Pair sum_ordered(double a, double b) {
  double sum = a + b;
  return (Pair){sum, b - (sum - a)};
}

static Pair sum_of(double a, double b) {
  double sum = a + b, part = sum - a;
  return (Pair){sum, (a - (sum - part)) + (b - part)};
}

// The 26 leading bits.
static double upper_half(double x) { return double_of(bits_of(x) & ~UINT64_C(0x7ffffff)); }

static Pair product_of(double a, double b) {
  double product = a * b, a_high = upper_half(a), b_high = upper_half(b), a_low = a - a_high, b_low = b - b_high;
  return (Pair){product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

static Pair multiply(Pair a, Pair b) {
  Pair product = product_of(a.high, b.high);
  return sum_ordered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

// Of an even number of terms, from the highest on: Horner's scheme in x squared, for those of even and of odd power side by side.
static double polynomial(const double *terms, uint32_t count, double x) {
  double square = x * x, odd = 0, even = 0;
  for (uint32_t i = 0; i < count; i += 2) {
    odd = odd * square + terms[i];
    even = even * square + terms[i + 1];
  }
  return odd * x + even;
}

// n * LN2_HIGH is exact for n below 2^15.
#define LN2_HIGH 0x1.62e42fefap-1
#define LN2_LOW 0x1.cf79abc9e3b3ap-40

// ---------------------------------------------------------------------------------------------------------------------
// Logarithms
// ---------------------------------------------------------------------------------------------------------------------

// For sixteenths of [LOG_FROM, 2 * LOG_FROM), counted in the last place: a factor of 9 bits that brings what is there near one, and minus
// its logarithm in two parts. The sixteenth around one has the factor one, so that nothing cancels there.
#define LOG_FROM 0.703125
static const float log_factors[] = {356 / 256., 341 / 256., 328 / 256., 315 / 256., 303 / 256., 293 / 256.,
                                    282 / 256., 273 / 256., 264 / 256., 1,          241 / 256., 228 / 256.,
                                    216 / 256., 205 / 256., 195 / 256., 186 / 256.};
static const double log_high[] = {
    -0x1.51aad872df82dp-2, -0x1.2596010df763ap-2, -0x1.fb9186d5e3e2bp-3, -0x1.a8becfc882f19p-3, -0x1.59338d9982086p-3,
    -0x1.14785846742acp-3, -0x1.8c345d6319b21p-4, -0x1.075983598e471p-4, -0x1.f829b0e7833p-6,   0,
    0x1.eea31c006b87cp-5,  0x1.da727638446a2p-4,  0x1.5bf406b543db2p-3,  0x1.c6ffbc6f00f71p-3,  0x1.16b5ccbacfb73p-2,
    0x1.4718dc271c41bp-2};
static const float log_low[] = {-0x1.3927acp-59, 0x1.0f76c6p-58, 0x1.caaae6p-57,  0x1.e8c37ap-58,  0x1.65d22ap-58,
                                -0x1.a28814p-57, 0x1.4a697ap-61, -0x1.80da54p-59, -0x1.33e3fp-60,  0,
                                -0x1.3e4fcap-59, 0x1.401fa8p-58, -0x1.1f5b44p-61, -0x1.8e58b2p-57, 0x1.66fbd2p-56,
                                0x1.8fb4c2p-60};
static const double log_terms[] = {-1.0 / 12, 1.0 / 11, -1.0 / 10, 1.0 / 9,  -1.0 / 8,
                                   1.0 / 7,   -1.0 / 6, 1.0 / 5,   -1.0 / 4, 1.0 / 3};

// Of a finite positive x = 2^n m: n ln 2 - ln(factor) + ln(1 + r), where 1 + r = m * factor, |r| at most 1 / 32.
static Pair log_pair(double x) {
  double exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  int64_t sixteenths = (int64_t)(bits_of(x) - bits_of(LOG_FROM)) >> 48;
  int64_t n = sixteenths >> 4;
  uint32_t i = sixteenths & 15;
  exponent += (double)n;
  double m = double_of(bits_of(x) - ((uint64_t)n << 52)), m_high = upper_half(m), factor = log_factors[i];
  Pair r = sum_of(m_high * factor - 1, (m - m_high) * factor);
  Pair square = product_of(r.high, r.high);
  double rest = square.high * r.high * polynomial(log_terms, COUNT_OF(log_terms), r.high);
  Pair sum = sum_of(exponent * LN2_HIGH, log_high[i]), next = sum_of(sum.high, r.high);
  Pair last = sum_of(next.high, square.high * -0.5);
  return sum_ordered(last.high, exponent * LN2_LOW + log_low[i] + sum.low + next.low + last.low + r.low -
                                    square.low * 0.5 - r.high * r.low + rest);
}

// The logarithm to the base whose natural logarithm is 1 / scale.
static double log_scaled(double x, Pair scale) {
  if (!(x > 0) || isinf(x)) return x == 0 ? -INFINITY : x < 0 ? NAN : x;
  return multiply(log_pair(x), scale).high;
}

LIBRARY double log(double x) { return log_scaled(x, (Pair){1, 0}); }
LIBRARY double log1p(double x) {
  Pair sum = sum_of(1, x);
  if (!(sum.high > 0) || isinf(x)) return log(sum.high);
  Pair value = log_pair(sum.high);
  return value.high + (value.low + sum.low / sum.high);
}
LIBRARY double log2(double x) { return log_scaled(x, (Pair){0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56}); }
LIBRARY double log10(double x) { return log_scaled(x, (Pair){0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57}); }

// ---------------------------------------------------------------------------------------------------------------------
// Exponentials
// ---------------------------------------------------------------------------------------------------------------------

// 2^(i / 16) in two parts.
static const double power_high[] = {0x1p0,
                                    0x1.0b5586cf9890fp0,
                                    0x1.172b83c7d517bp0,
                                    0x1.2387a6e756238p0,
                                    0x1.306fe0a31b715p0,
                                    0x1.3dea64c123422p0,
                                    0x1.4bfdad5362a27p0,
                                    0x1.5ab07dd485429p0,
                                    0x1.6a09e667f3bcdp0,
                                    0x1.7a11473eb0187p0,
                                    0x1.8ace5422aa0dbp0,
                                    0x1.9c49182a3f09p0,
                                    0x1.ae89f995ad3adp0,
                                    0x1.c199bdd85529cp0,
                                    0x1.d5818dcfba487p0,
                                    0x1.ea4afa2a490dap0};
static const float power_low[] = {0,
                                  0x1.8a62e4p-54,
                                  -0x1.19041cp-55,
                                  0x1.9b07ecp-54,
                                  0x1.6f46aep-55,
                                  0x1.ada092p-55,
                                  0x1.d4397ap-56,
                                  0x1.6324cp-54,
                                  -0x1.bdd342p-54,
                                  -0x1.41577ep-55,
                                  0x1.6e9f16p-54,
                                  0x1.c7c46cp-56,
                                  0x1.7a1cd4p-54,
                                  0x1.110658p-55,
                                  0x1.2ed02ep-55,
                                  -0x1.e9c232p-54};
static const double exp_terms[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                                   1.0 / 720,      1.0 / 120,     1.0 / 24,     1.0 / 6,     1.0 / 2};

// With x = n ln 2 / 16 + r, |r| at most ln 2 / 32: 2^(n / 16) e^r, divided by 2^exponent. |x| is below 2^10.
static Pair exp_pair(Pair x, int32_t *exponent) {
  double count = rint(x.high * (16 * M_LOG2E));
  int32_t n = (int32_t)count;
  Pair r = sum_of(x.high - count * (LN2_HIGH / 16), x.low - count * (LN2_LOW / 16));
  Pair one = sum_ordered(1, r.high);
  one.low += r.low + r.high * r.high * polynomial(exp_terms, COUNT_OF(exp_terms), r.high);
  *exponent = n >> 4;
  return multiply((Pair){power_high[n & 15], power_low[n & 15]}, one);
}

static double power_of_two(int32_t exponent) { return double_of((uint64_t)(exponent + 1023) << 52); }

static double exp_rounded(Pair x) {
  if (!(x.high < 710)) return x.high * INFINITY;
  if (x.high < -746) return 0;
  int32_t exponent;
  double value = exp_pair(x, &exponent).high;
  return value * power_of_two(exponent / 2) *
         power_of_two(exponent - exponent / 2); // the power alone may be out of range
}

LIBRARY double exp(double x) { return exp_rounded((Pair){x, 0}); }

LIBRARY double expm1(double x) {
  if (!(fabs(x) < 64)) return exp(x) - 1;
  int32_t exponent;
  Pair value = exp_pair((Pair){x, 0}, &exponent);
  double scale = power_of_two(exponent);
  Pair sum = sum_of(value.high * scale, -1);
  return sum.high + (sum.low + value.low * scale);
}

LIBRARY double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (isnan(x) || isnan(y)) return x + y;
  double magnitude = fabs(x);
  if (isinf(y)) return magnitude == 1 ? 1 : (magnitude > 1) == (y > 0) ? INFINITY : 0;
  double sign = signbit(x) && trunc(y) == y && trunc(y / 2) != y / 2 ? -1 : 1;
  if (magnitude == 0 || isinf(magnitude)) return sign * ((magnitude == 0) == (y < 0) ? INFINITY : 0);
  if (x < 0 && trunc(y) != y) return NAN;
  Pair logarithm = log_pair(magnitude);
  if (fabs(logarithm.high * y) > 1000) return sign * exp(logarithm.high * y);
  return sign * exp_rounded(multiply(logarithm, (Pair){y, 0}));
}

// ---------------------------------------------------------------------------------------------------------------------
// Angles
// ---------------------------------------------------------------------------------------------------------------------

// 64 bits of zeros, then those of 2 / pi.
static const uint64_t two_over_pi[] = {0,
                                       UINT64_C(0xa2f9836e4e441529),
                                       UINT64_C(0xfc2757d1f534ddc0),
                                       UINT64_C(0xdb6295993c439041),
                                       UINT64_C(0xfe5163abdebbc561),
                                       UINT64_C(0xb7246e3a424dd2e0),
                                       UINT64_C(0x06492eea09d1921c),
                                       UINT64_C(0xfe1deb1cb129a73e),
                                       UINT64_C(0xe88235f52ebb4484),
                                       UINT64_C(0xe99c7026b45f7e41),
                                       UINT64_C(0x3991d639835339f4),
                                       UINT64_C(0x9c845f8bbdf9283b),
                                       UINT64_C(0x1ff897ffde05980f),
                                       UINT64_C(0xef2f118b5a0a6d1f),
                                       UINT64_C(0x6d367ecf27cb09b7),
                                       UINT64_C(0x4f463f669e5fea2d),
                                       UINT64_C(0x7527bac7ebe5f17b),
                                       UINT64_C(0x3d0739f78a5292ea),
                                       UINT64_C(0x6bfb5fb11f8d5d08),
                                       UINT64_C(0x56033046fc7b6bab)};

LIBRARY int __rem_pio2(double x, double *y) {
  if (fabs(x) < 0x1p20) {
    double n = rint(x * M_2_PI);
    // pi / 2 in parts of 33, 33 and 53 bits: n times either of the first two is exact.
    Pair two = sum_of(x - n * 0x1.921fb544p0, -n * 0x1.0b4611a6p-34), third = product_of(-n, 0x1.3198a2e037073p-69);
    Pair rest = sum_of(two.high, third.high);
    rest = sum_ordered(rest.high, rest.low + two.low + third.low);
    y[0] = rest.high;
    y[1] = rest.low;
    return (int)n;
  }
  uint64_t bits = bits_of(x);
  uint32_t exponent = bits >> 52 & 0x7ff;
  if (exponent == 0x7ff) {
    y[0] = y[1] = NAN;
    return 0;
  }
  // |x| = mantissa * 2^e. Of 2 / pi only the bits from that of weight 2^(1 - e) on count: what the earlier ones add are whole turns.
  // 192 of them make a fraction of a turn, of which the least that a double leaves has more than 64 bits left (Payne and Hanek 1983).
  uint64_t mantissa = (bits & 0xfffffffffffff) | UINT64_C(1) << 52, word[3];
  uint32_t from = exponent - 1075 - 2 + 64;
  for (uint32_t i = 0; i < 3; i++) {
    unsigned __int128 both = (unsigned __int128)two_over_pi[from / 64 + i] << 64 | two_over_pi[from / 64 + i + 1];
    word[i] = (uint64_t)(both << from % 64 >> 64);
  }
  unsigned __int128 third = (unsigned __int128)mantissa * word[2];
  unsigned __int128 second = (unsigned __int128)mantissa * word[1] + (uint64_t)(third >> 64);
  uint64_t first = mantissa * word[0] + (uint64_t)(second >> 64);
  // Quarter turns before the point, then the fraction, which from one half on is that of the next quarter, negative.
  __int128 fraction = (__int128)(((unsigned __int128)first << 64 | (uint64_t)second) << 2 | (uint64_t)third >> 62);
  int quarter = (int)(first >> 62) + (fraction < 0);
  double high = (double)fraction, low = (double)(fraction - (__int128)high);
  double scale = x < 0 ? -0x1p-128 : 0x1p-128;
  Pair rest = multiply((Pair){high * scale, low * scale}, (Pair){0x1.921fb54442d18p0, 0x1.1a62633145c07p-54});
  y[0] = rest.high;
  y[1] = rest.low;
  return x < 0 ? -quarter : quarter;
}
