// SPDX-License-Identifier: MIT
//
// math.c: functions of doubles (roots, logarithms, trigonometry, gamma), tests of floating-point numbers, random numbers.
// Where SQL has an error and C has NaN the error and its text are DuckDB's.
#include "func/support.h"

#define PI 3.14159265358979323846

// Functions that are defined everywhere.
#define TOTAL(function, expression)                                                                   \
  KERNEL(function) {                                                                                  \
    UNUSED_CALL;                                                                                      \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, double, double, out = (expression)); \
    return OK;                                                                                        \
  }
// Functions with a check that may `return` an error before the expression is computed.
#define GUARDED(function, check, expression)                                         \
  KERNEL(function) {                                                                 \
    UNUSED_CALL;                                                                     \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, double, double, { \
      check;                                                                         \
      out = (expression);                                                            \
    });                                                                              \
    return OK;                                                                       \
  }
#define FAIL_WHEN(condition, code, text) \
  if (condition) return error_set(context->error, code, call->position, "%s", text)

#define LOGARITHM_CHECK(number)                                                              \
  FAIL_WHEN((number) < 0, ERROR_OUT_OF_RANGE, "cannot take logarithm of a negative number"); \
  FAIL_WHEN((number) == 0, ERROR_OUT_OF_RANGE, "cannot take logarithm of zero")
#define FINITE_CHECK(suffix)                                                                         \
  if (isinf(in)) {                                                                                   \
    return out_of_range(context, call, "input value %s is out of range for numeric function" suffix, \
                        in < 0 ? "-inf" : "inf");                                                    \
  }

GUARDED(square_root, FAIL_WHEN(in < 0, ERROR_OUT_OF_RANGE, "cannot take square root of a negative number"), sqrt(in))
TOTAL(cube_root, cbrt(in))
TOTAL(exponential, exp(in))
GUARDED(logarithm_e, LOGARITHM_CHECK(in), log(in))
GUARDED(logarithm_2, LOGARITHM_CHECK(in), log2(in))
GUARDED(logarithm_10, LOGARITHM_CHECK(in), log10(in))
GUARDED(sine, FINITE_CHECK(""), sin(in))
GUARDED(cosine, FINITE_CHECK(""), cos(in))
GUARDED(tangent, FINITE_CHECK(""), tan(in))
GUARDED(
    cotangent,
    {
      FINITE_CHECK("");
      FAIL_WHEN(in == 0, ERROR_OUT_OF_RANGE, "input value 0.000000 is out of range for numeric function cotangent");
    },
    1 / tan(in))
#define ARC_CHECK(name)                                                                \
  {                                                                                    \
    FINITE_CHECK("");                                                                  \
    FAIL_WHEN(fabs(in) > 1, ERROR_INVALID_INPUT, name " is undefined outside [-1,1]"); \
  }
GUARDED(arc_sine, ARC_CHECK("ASIN"), asin(in))
GUARDED(arc_cosine, ARC_CHECK("ACOS"), acos(in))
TOTAL(arc_tangent, atan(in))
TOTAL(hyperbolic_sine, sinh(in))
TOTAL(hyperbolic_cosine, cosh(in))
TOTAL(hyperbolic_tangent, tanh(in))
TOTAL(hyperbolic_arc_sine, asinh(in))
TOTAL(hyperbolic_arc_cosine, acosh(in))
GUARDED(hyperbolic_arc_tangent, FAIL_WHEN(in<-1 || in> 1, ERROR_INVALID_INPUT, "ATANH is undefined outside [-1,1]"),
        fabs(in) == 1 ? HUGE_VAL : atanh(in)) // of -1 too, as in DuckDB
TOTAL(to_degrees, in *(180 / PI))
TOTAL(to_radians, in *(PI / 180))
GUARDED(gamma_function, FAIL_WHEN(in == 0, ERROR_OUT_OF_RANGE, "cannot take gamma of zero"), tgamma(in))

// lgamma_r: lgamma writes the global signgam.
static double log_gamma_value(double x) {
#ifdef __wasi__
  return lgamma(x);
#else
  extern double lgamma_r(double, int *);
  int sign;
  return lgamma_r(x, &sign);
#endif
}
GUARDED(log_gamma, FAIL_WHEN(in == 0, ERROR_OUT_OF_RANGE, "cannot take log gamma of zero"), log_gamma_value(in))

// Away from zero to the next even number.
static double next_even(double value) {
  double rounded = value >= 0 ? ceil(value) : -ceil(-value);
  if (fmod(rounded, 2) != 0) rounded += value >= 0 ? 1 : -1;
  return rounded;
}
TOTAL(even, next_even(in))

KERNEL(power) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, double, double, double,
               out = pow(left, right));
  return OK;
}

KERNEL(arc_tangent_2) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, double, double, double,
               out = atan2(left, right));
  return OK;
}

// log(base, x)
KERNEL(logarithm_base) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, double, double, double, {
    LOGARITHM_CHECK(left);
    LOGARITHM_CHECK(right);
    FAIL_WHEN(log10(left) == 0, ERROR_OUT_OF_RANGE, "divison by zero in based logarithm");
    out = log10(right) / log10(left);
  });
  return OK;
}

KERNEL(next_after_f32) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, float, float, float,
               out = nextafterf(left, right));
  return OK;
}

KERNEL(next_after_f64) {
  UNUSED_CALL;
  BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, double, double, double,
               out = nextafter(left, right));
  return OK;
}

KERNEL(constant_pi) {
  (void)context, UNUSED_CALL, (void)arguments, (void)row_count;
  ((double *)result->data)[0] = PI;
  vector_set_constant(result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------------------

#define TEST_KERNEL(function, C, expression)                                                      \
  KERNEL(function) {                                                                              \
    UNUSED_CALL;                                                                                  \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, uint8_t, out = (expression)); \
    return OK;                                                                                    \
  }
TEST_KERNEL(is_nan_f32, float, in != in)
TEST_KERNEL(is_nan_f64, double, in != in)
TEST_KERNEL(is_infinite_f32, float, isinf(in) != 0)
TEST_KERNEL(is_infinite_f64, double, isinf(in) != 0)
TEST_KERNEL(is_infinite_date, int32_t, !date_is_finite(in))
TEST_KERNEL(is_infinite_timestamp, int64_t, !timestamp_is_finite(in))
TEST_KERNEL(is_finite_f32, float, isfinite(in) != 0)
TEST_KERNEL(is_finite_f64, double, isfinite(in) != 0)
TEST_KERNEL(is_finite_date, int32_t, date_is_finite(in))
TEST_KERNEL(is_finite_timestamp, int64_t, timestamp_is_finite(in))
TEST_KERNEL(sign_bit_f32, float, signbit(in) != 0)
TEST_KERNEL(sign_bit_f64, double, signbit(in) != 0)

// ---------------------------------------------------------------------------------------------------------------------
// Random numbers
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(random_numbers) {
  (void)arguments;
  double *out = result->data;
  for (uint32_t row = 0; row < row_count; row++) { // below 1 in any rounding
    out[row] = fmin((double)random_next(context->facts, call) * 0x1p-64, 0x1.fffffffffffffp-1);
  }
  return OK;
}

KERNEL(set_seed) {
  UNARY_VOID(context->error, arguments[0], row_count, result, double, {
    if (!(in >= -1 && in <= 1)) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                       "SETSEED accepts seed values between -1.0 and 1.0, inclusive");
    }
    random_seed(context->facts, (uint64_t)(uint32_t)((in + 1.0) * (double)(UINT32_MAX / 2)));
  });
  vector_set_null_constant(result);
  return OK;
}

#define DOUBLE_ENTRY(name, kernel) SCALAR(name, OF(DOUBLE), TYPES(OF(DOUBLE)), kernel)
#define GUARDED_ENTRY(name, kernel) SCALAR(name, OF(DOUBLE), TYPES(OF(DOUBLE)), kernel, .can_fail = true)
#define DOUBLE_2_ENTRY(name, kernel) SCALAR(name, OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), kernel)
#define TEST_ENTRY(name, type, kernel) SCALAR(name, OF(BOOLEAN), TYPES(OF(type)), kernel)

SCALAR_TABLE(math) = {
    GUARDED_ENTRY("sqrt", square_root),
    DOUBLE_ENTRY("cbrt", cube_root),
    DOUBLE_ENTRY("exp", exponential),
    GUARDED_ENTRY("ln", logarithm_e),
    GUARDED_ENTRY("log", logarithm_10),
    GUARDED_ENTRY("log10", logarithm_10),
    GUARDED_ENTRY("log2", logarithm_2),
    SCALAR("log", OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), logarithm_base, .can_fail = true),
    GUARDED_ENTRY("sin", sine),
    GUARDED_ENTRY("cos", cosine),
    GUARDED_ENTRY("tan", tangent),
    GUARDED_ENTRY("cot", cotangent),
    GUARDED_ENTRY("asin", arc_sine),
    GUARDED_ENTRY("acos", arc_cosine),
    DOUBLE_ENTRY("atan", arc_tangent),
    DOUBLE_ENTRY("sinh", hyperbolic_sine),
    DOUBLE_ENTRY("cosh", hyperbolic_cosine),
    DOUBLE_ENTRY("tanh", hyperbolic_tangent),
    DOUBLE_ENTRY("asinh", hyperbolic_arc_sine),
    DOUBLE_ENTRY("acosh", hyperbolic_arc_cosine),
    GUARDED_ENTRY("atanh", hyperbolic_arc_tangent),
    DOUBLE_2_ENTRY("atan2", arc_tangent_2),
    DOUBLE_ENTRY("degrees", to_degrees),
    DOUBLE_ENTRY("radians", to_radians),
    GUARDED_ENTRY("gamma", gamma_function),
    GUARDED_ENTRY("lgamma", log_gamma),
    DOUBLE_ENTRY("even", even),
    DOUBLE_2_ENTRY("pow", power),
    DOUBLE_2_ENTRY("power", power),
    DOUBLE_2_ENTRY("**", power),
    DOUBLE_2_ENTRY("^", power),
    SCALAR("nextafter", OF(FLOAT), TYPES(OF(FLOAT), OF(FLOAT)), next_after_f32),
    DOUBLE_2_ENTRY("nextafter", next_after_f64),
    SCALAR("pi", OF(DOUBLE), NO_TYPES, constant_pi),
    TEST_ENTRY("isnan", FLOAT, is_nan_f32),
    TEST_ENTRY("isnan", DOUBLE, is_nan_f64),
    TEST_ENTRY("isinf", FLOAT, is_infinite_f32),
    TEST_ENTRY("isinf", DOUBLE, is_infinite_f64),
    TEST_ENTRY("isinf", DATE, is_infinite_date),
    TEST_ENTRY("isinf", TIMESTAMP, is_infinite_timestamp),
    TEST_ENTRY("isinf", TIMESTAMP_TZ, is_infinite_timestamp),
    TEST_ENTRY("isfinite", FLOAT, is_finite_f32),
    TEST_ENTRY("isfinite", DOUBLE, is_finite_f64),
    TEST_ENTRY("isfinite", DATE, is_finite_date),
    TEST_ENTRY("isfinite", TIMESTAMP, is_finite_timestamp),
    TEST_ENTRY("isfinite", TIMESTAMP_TZ, is_finite_timestamp),
    TEST_ENTRY("signbit", FLOAT, sign_bit_f32),
    TEST_ENTRY("signbit", DOUBLE, sign_bit_f64),
    SCALAR("random", OF(DOUBLE), NO_TYPES, random_numbers, .stability = STABILITY_VOLATILE),
    SCALAR("setseed", OF(NULL), TYPES(OF(DOUBLE)), set_seed, .stability = STABILITY_VOLATILE, .can_fail = true),
};
SCALAR_TABLE_END(math);
