// SPDX-License-Identifier: MIT
//
// number_theory.c: gcd, lcm, factorial, and greatest and least over any type.
#include "func/support.h"

static Status overflow_abs(EvalContext *context, const ScalarCall *call, int128 value) {
  char text[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, call, "Overflow on abs(%s)", text_i128(text, value));
}

static uint128 common_divisor(uint128 a, uint128 b) {
  while (b) {
    uint128 rest = (a | b) >> 64 ? a % b : (uint64_t)a % (uint64_t)b;
    a = b;
    b = rest;
  }
  return a;
}

static inline uint128 magnitude(int128 value) { return value < 0 ? (uint128)0 - (uint128)value : (uint128)value; }

#define DIVISOR_KERNELS(s, C, minimum, maximum)                                                               \
  KERNEL(gcd_##s) {                                                                                           \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, {                  \
      uint128 divisor = common_divisor(magnitude(left), magnitude(right));                                    \
      if (divisor > (uint128)(maximum)) return overflow_abs(context, call, (minimum));                        \
      out = (C)divisor;                                                                                       \
    });                                                                                                       \
    return OK;                                                                                                \
  }                                                                                                           \
  KERNEL(lcm_##s) {                                                                                           \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, {                  \
      if (left != 0 && right != 0) {                                                                          \
        uint128 a = magnitude(left), b = magnitude(right);                                                    \
        int128 product;                                                                                       \
        bool overflow = a > (uint128)(maximum) || b > (uint128)(maximum);                                     \
        overflow = overflow || mul_overflow_i128((int128)(a / common_divisor(a, b)), (int128)b, &product);    \
        if (overflow || product > (maximum)) return out_of_range(context, call, "lcm value is out of range"); \
        out = (C)product;                                                                                     \
      }                                                                                                       \
    });                                                                                                       \
    return OK;                                                                                                \
  }
DIVISOR_KERNELS(i64, int64_t, INT64_MIN, INT64_MAX)
DIVISOR_KERNELS(i128, int128, INT128_MIN, ~INT128_MIN)

KERNEL(factorial) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int32_t, int128, {
    if (in < 0) return out_of_range(context, call, "factorial of a negative number is undefined");
    out = 1;
    for (int32_t i = 2; i <= in; i++) {
      if (mul_overflow_i128(out, i, &out)) return out_of_range(context, call, "Value out of range");
    }
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// greatest, least: NULLs are passed over; NULL when all are.
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_extreme(ScalarBind *bind) {
  if (bind->argument_count == 0) return bind_no_match(bind);
  Type type;
  TRY(bind_unify(bind, 0, "combine types", &type));
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = type;
  bind->result_type = type;
  return OK;
}

static Status extreme_rows(EvalContext *context, const Vector *const *arguments, uint32_t argument_count,
                           uint32_t row_count, Vector *result, int wanted) {
  uint32_t count = kernel_rows(arguments, argument_count, row_count);
  VectorView *views = arena_allocate(context->scratch, sizeof *views * argument_count);
  if (!views) return error_no_memory(context->error);
  for (uint32_t i = 0; i < argument_count; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    uint32_t best = argument_count;
    for (uint32_t i = 0; i < argument_count; i++) {
      if (!view_valid(&views[i], view_row(&views[i], row))) continue;
      if (best == argument_count || vector_compare_rows(arguments[i], row, arguments[best], row) * wanted > 0) best = i;
    }
    if (best == argument_count) {
      TRY(vector_set_null(result, row, context->error));
    } else {
      TRY(vector_copy(result, row, arguments[best], NULL, row, 1, context->error));
    }
  }
  kernel_finish(arguments, argument_count, result);
  return OK;
}

// Numbers: one pass an argument, without looking at types again.
#define EXTREME_LOOP(C)                                                                                \
  for (uint32_t i = 0; i < call->argument_count; i++) {                                                \
    VectorView view;                                                                                   \
    vector_view(arguments[i], &view);                                                                  \
    const C *data = view.data;                                                                         \
    C *out = result->data;                                                                             \
    for (uint32_t row = 0; row < count; row++) {                                                       \
      uint32_t at = view_row(&view, row);                                                              \
      if (!view_valid(&view, at)) continue;                                                            \
      if (!seen[row] || (wanted > 0 ? data[at] > out[row] : data[at] < out[row])) out[row] = data[at]; \
      seen[row] = 1;                                                                                   \
    }                                                                                                  \
  }

static Status extreme(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                      Vector *result, int wanted) {
  if (result->physical != PHYSICAL_I32 && result->physical != PHYSICAL_I64) {
    return extreme_rows(context, arguments, call->argument_count, row_count, result, wanted);
  }
  uint32_t count = kernel_rows(arguments, call->argument_count, row_count);
  uint8_t *seen = arena_allocate_zeroed(context->scratch, count + 1);
  if (!seen) return error_no_memory(context->error);
  if (result->physical == PHYSICAL_I32) {
    EXTREME_LOOP(int32_t)
  } else {
    EXTREME_LOOP(int64_t)
  }
  for (uint32_t row = 0; row < count; row++) {
    if (!seen[row]) TRY(vector_set_null(result, row, context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

KERNEL(greatest) { return extreme(context, call, arguments, row_count, result, 1); }
KERNEL(least) { return extreme(context, call, arguments, row_count, result, -1); }

#define PAIR_ENTRIES(name, prefix)                                                         \
  SCALAR(name, OF(BIGINT), TYPES(OF(BIGINT), OF(BIGINT)), prefix##_i64, .can_fail = true), \
      SCALAR(name, OF(HUGEINT), TYPES(OF(HUGEINT), OF(HUGEINT)), prefix##_i128, .can_fail = true)

SCALAR_TABLE(number_theory) = {
    PAIR_ENTRIES("gcd", gcd),
    PAIR_ENTRIES("greatest_common_divisor", gcd),
    PAIR_ENTRIES("lcm", lcm),
    PAIR_ENTRIES("least_common_multiple", lcm),
    SCALAR("factorial", OF(HUGEINT), TYPES(OF(INTEGER)), factorial, .can_fail = true),
    SCALAR("!__postfix", OF(HUGEINT), TYPES(OF(INTEGER)), factorial, .can_fail = true),
    SCALAR("greatest", OF(ANY), TYPES(OF(ANY)), greatest, .variadic = true, .bind = bind_extreme,
           .nulls = NULLS_SPECIAL),
    SCALAR("least", OF(ANY), TYPES(OF(ANY)), least, .variadic = true, .bind = bind_extreme, .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(number_theory);
