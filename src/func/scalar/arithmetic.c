// SPDX-License-Identifier: MIT
//
// arithmetic.c: + - * / // % and unary + - over integers and floating-point numbers. DECIMAL is in decimal_arithmetic.c,
// dates and intervals in date_arithmetic.c.
//
// Integer kernels first compute all rows without a branch and gather "did any overflow" in one word; only when one did
// the rows are walked again for the error (rows that are NULL hold arbitrary numbers and do not count).
#include "func/support.h"

static Status overflow_signed(EvalContext *context, const ScalarCall *call, const char *what, const char *type,
                              char sign, int128 left, int128 right) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, call, "Overflow in %s of %s (%s %c %s)!", what, type, text_i128(a, left), sign,
                      text_i128(b, right));
}

static Status overflow_unsigned(EvalContext *context, const ScalarCall *call, const char *what, const char *type,
                                char sign, uint128 left, uint128 right) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, call, "Overflow in %s of %s (%s %c %s)!", what, type, text_u128(a, left), sign,
                      text_u128(b, right));
}

// Walks the rows again and reports the first one that truly overflows.
#define FIND_OVERFLOW(C, builtin, report, what, name, sign)                                          \
  do {                                                                                               \
    VectorView left_view, right_view;                                                                \
    vector_view(arguments[0], &left_view);                                                           \
    vector_view(arguments[1], &right_view);                                                          \
    for (uint32_t row = 0; row < row_count; row++) {                                                 \
      uint32_t left_at = view_row(&left_view, row), right_at = view_row(&right_view, row);           \
      if (!view_valid(&left_view, left_at) || !view_valid(&right_view, right_at)) continue;          \
      C left = ((const C *)left_view.data)[left_at], right = ((const C *)right_view.data)[right_at]; \
      C out;                                                                                         \
      if (builtin(left, right, &out)) return report(context, call, what, name, sign, left, right);   \
    }                                                                                                \
    return OK;                                                                                       \
  } while (0)

// Types narrower than 64 bits: computed in 64, checked by narrowing; vectorises.
#define NARROW_KERNEL(function, C, op, builtin, report, what, name, sign)                  \
  KERNEL(function) {                                                                       \
    int64_t overflow = 0;                                                                  \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      int64_t wide = (int64_t)left op(int64_t) right;                                      \
      out = (C)wide;                                                                       \
      overflow |= wide ^ (int64_t)out;                                                     \
    });                                                                                    \
    if (LIKELY(!overflow)) return OK;                                                      \
    FIND_OVERFLOW(C, builtin, report, what, name, sign);                                   \
  }

// 64 bits and more: the compiler's checked operations.
#define WIDE_KERNEL(function, C, builtin, report, what, name, sign)                      \
  KERNEL(function) {                                                                     \
    bool overflow = false;                                                               \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, \
                 { overflow |= builtin(left, right, &out); });                           \
    if (LIKELY(!overflow)) return OK;                                                    \
    FIND_OVERFLOW(C, builtin, report, what, name, sign);                                 \
  }

// BIGINT + and -: the sign test instead of the flag, which vectorises.
#define BIGINT_KERNEL(function, op, test, builtin, what, sign)                                               \
  HOT KERNEL(function) {                                                                                     \
    int64_t overflow = 0;                                                                                    \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, int64_t, int64_t, int64_t, { \
      out = (int64_t)((uint64_t)left op(uint64_t) right);                                                    \
      overflow |= test;                                                                                      \
    });                                                                                                      \
    if (LIKELY(overflow >= 0)) return OK;                                                                    \
    FIND_OVERFLOW(int64_t, builtin, overflow_signed, what, "INT64", sign);                                   \
  }

// uint128 has no checked multiplication that every runtime provides.
static inline bool mul_overflow_u128(uint128 left, uint128 right, uint128 *out) {
  *out = left * right;
  uint64_t left_high = (uint64_t)(left >> 64), right_high = (uint64_t)(right >> 64);
  if (!left_high && !right_high) return false;
  if (left_high && right_high) return true;
  uint128 cross = left_high ? (uint128)left_high * (uint64_t)right : (uint128)right_high * (uint64_t)left;
  if (cross >> 64) return true;
  uint128 low = (uint128)(uint64_t)left * (uint64_t)right;
  return ((cross << 64) + low) < low;
}

// A product never is the lowest HUGEINT, but of itself and 1: DuckDB multiplies magnitudes.
static inline bool mul_overflow_hugeint(int128 left, int128 right, int128 *out) {
  return mul_overflow_i128(left, right, out) || (*out == INT128_MIN && left != 1 && right != 1);
}

#define NARROW_SIGNED(T, C, s, name)                                                                   \
  NARROW_KERNEL(add_##s, C, +, __builtin_add_overflow, overflow_signed, "addition", name, '+')         \
  NARROW_KERNEL(subtract_##s, C, -, __builtin_sub_overflow, overflow_signed, "subtraction", name, '-') \
  NARROW_KERNEL(multiply_##s, C, *, __builtin_mul_overflow, overflow_signed, "multiplication", name, '*')
#define NARROW_UNSIGNED(T, C, s, name)                                                                   \
  NARROW_KERNEL(add_##s, C, +, __builtin_add_overflow, overflow_unsigned, "addition", name, '+')         \
  NARROW_KERNEL(subtract_##s, C, -, __builtin_sub_overflow, overflow_unsigned, "subtraction", name, '-') \
  NARROW_KERNEL(multiply_##s, C, *, __builtin_mul_overflow, overflow_unsigned, "multiplication", name, '*')

NARROW_SIGNED(TINYINT, int8_t, i8, "INT8")
NARROW_SIGNED(SMALLINT, int16_t, i16, "INT16")
NARROW_SIGNED(INTEGER, int32_t, i32, "INT32")
BIGINT_KERNEL(add_i64, +, (left ^ out) & (right ^ out), __builtin_add_overflow, "addition", '+')
BIGINT_KERNEL(subtract_i64, -, (left ^ right) & (left ^ out), __builtin_sub_overflow, "subtraction", '-')
WIDE_KERNEL(multiply_i64, int64_t, __builtin_mul_overflow, overflow_signed, "multiplication", "INT64", '*')
WIDE_KERNEL(add_i128, int128, add_overflow_i128, overflow_signed, "addition", "INT128", '+')
WIDE_KERNEL(subtract_i128, int128, sub_overflow_i128, overflow_signed, "subtraction", "INT128", '-')
WIDE_KERNEL(multiply_i128, int128, mul_overflow_hugeint, overflow_signed, "multiplication", "INT128", '*')
NARROW_UNSIGNED(UTINYINT, uint8_t, u8, "UINT8")
NARROW_UNSIGNED(USMALLINT, uint16_t, u16, "UINT16")
WIDE_KERNEL(add_u32, uint32_t, __builtin_add_overflow, overflow_unsigned, "addition", "UINT32", '+')
WIDE_KERNEL(subtract_u32, uint32_t, __builtin_sub_overflow, overflow_unsigned, "subtraction", "UINT32", '-')
WIDE_KERNEL(multiply_u32, uint32_t, __builtin_mul_overflow, overflow_unsigned, "multiplication", "UINT32", '*')
WIDE_KERNEL(add_u64, uint64_t, __builtin_add_overflow, overflow_unsigned, "addition", "UINT64", '+')
WIDE_KERNEL(subtract_u64, uint64_t, __builtin_sub_overflow, overflow_unsigned, "subtraction", "UINT64", '-')
WIDE_KERNEL(multiply_u64, uint64_t, __builtin_mul_overflow, overflow_unsigned, "multiplication", "UINT64", '*')
WIDE_KERNEL(add_u128, uint128, __builtin_add_overflow, overflow_unsigned, "addition", "UINT128", '+')
WIDE_KERNEL(subtract_u128, uint128, __builtin_sub_overflow, overflow_unsigned, "subtraction", "UINT128", '-')
WIDE_KERNEL(multiply_u128, uint128, mul_overflow_u128, overflow_unsigned, "multiplication", "UINT128", '*')

// ---------------------------------------------------------------------------------------------------------------------
// Floating point
// ---------------------------------------------------------------------------------------------------------------------

#define FLOAT_KERNEL(function, C, expression)                                                                 \
  HOT KERNEL(function) {                                                                                      \
    UNUSED_CALL;                                                                                              \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, out = (expression)); \
    return OK;                                                                                                \
  }
// x // 0 is NULL.
#define FLOAT_DIVIDE_KERNEL(function, C)                                                     \
  KERNEL(function) {                                                                         \
    UNUSED_CALL;                                                                             \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      if (right == 0) {                                                                      \
        KERNEL_NULL(result, row, context->error);                                            \
      } else {                                                                               \
        out = left / right;                                                                  \
      }                                                                                      \
    });                                                                                      \
    return OK;                                                                               \
  }

FLOAT_KERNEL(add_f32, float, left + right)
FLOAT_KERNEL(add_f64, double, left + right)
FLOAT_KERNEL(subtract_f32, float, left - right)
FLOAT_KERNEL(subtract_f64, double, left - right)
FLOAT_KERNEL(multiply_f32, float, left *right)
FLOAT_KERNEL(multiply_f64, double, left *right)
FLOAT_KERNEL(divide_f32, float, left / right)
FLOAT_KERNEL(divide_f64, double, left / right)
FLOAT_KERNEL(modulo_f32, float, (float)fmod(left, right))
FLOAT_KERNEL(modulo_f64, double, fmod(left, right))
FLOAT_DIVIDE_KERNEL(integer_divide_f32, float)
FLOAT_DIVIDE_KERNEL(integer_divide_f64, double)

#define FLOAT_MODULO_KERNEL(function, C)                                                     \
  KERNEL(function) {                                                                         \
    UNUSED_CALL;                                                                             \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      if (right == 0) {                                                                      \
        KERNEL_NULL(result, row, context->error);                                            \
      } else {                                                                               \
        out = (C)fmod(left, right);                                                          \
      }                                                                                      \
    });                                                                                      \
    return OK;                                                                               \
  }
FLOAT_MODULO_KERNEL(modulo_or_null_f32, float)
FLOAT_MODULO_KERNEL(modulo_or_null_f64, double)

// With ieee_floating_point_ops off, division and remainder by zero are NULL.
static const ScalarFunction null_by_zero[] = {
    SCALAR("/", OF(FLOAT), TYPES(OF(FLOAT), OF(FLOAT)), integer_divide_f32),
    SCALAR("/", OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), integer_divide_f64),
    SCALAR("%", OF(FLOAT), TYPES(OF(FLOAT), OF(FLOAT)), modulo_or_null_f32),
    SCALAR("%", OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), modulo_or_null_f64),
};
static Status bind_by_zero(ScalarBind *bind) {
  if (bind_ieee(bind)) return OK;
  uint32_t index = bind->function->name[0] == '/' ? 0 : 2;
  bind->replacement = &null_by_zero[index + (bind->function->result == TYPE_DOUBLE)];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Integer division and remainder: by zero is NULL.
// ---------------------------------------------------------------------------------------------------------------------

static Status overflow_division(EvalContext *context, const ScalarCall *call, int128 left) {
  char a[NUMBER_TEXT_CAPACITY];
  return out_of_range(context, call, "Overflow in division of %s / -1", text_i128(a, left));
}

#define DIVISION_SIGNED(function, C, op, minimum)                                            \
  KERNEL(function) {                                                                         \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      if (right == 0) {                                                                      \
        KERNEL_NULL(result, row, context->error);                                            \
      } else if (right == -1 && left == (minimum)) {                                         \
        return overflow_division(context, call, left);                                       \
      } else {                                                                               \
        out = (C)(left op right);                                                            \
      }                                                                                      \
    });                                                                                      \
    return OK;                                                                               \
  }
#define DIVISION_UNSIGNED(function, C, op)                                                   \
  KERNEL(function) {                                                                         \
    UNUSED_CALL;                                                                             \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      if (right == 0) {                                                                      \
        KERNEL_NULL(result, row, context->error);                                            \
      } else {                                                                               \
        out = (C)(left op right);                                                            \
      }                                                                                      \
    });                                                                                      \
    return OK;                                                                               \
  }

DIVISION_SIGNED(integer_divide_i8, int8_t, /, INT8_MIN)
DIVISION_SIGNED(integer_divide_i16, int16_t, /, INT16_MIN)
DIVISION_SIGNED(integer_divide_i32, int32_t, /, INT32_MIN)
DIVISION_SIGNED(integer_divide_i64, int64_t, /, INT64_MIN)
DIVISION_SIGNED(integer_divide_i128, int128, /, INT128_MIN)
DIVISION_SIGNED(modulo_i8, int8_t, %, INT8_MIN)
DIVISION_SIGNED(modulo_i16, int16_t, %, INT16_MIN)
DIVISION_SIGNED(modulo_i32, int32_t, %, INT32_MIN)
DIVISION_SIGNED(modulo_i64, int64_t, %, INT64_MIN)
DIVISION_SIGNED(modulo_i128, int128, %, INT128_MIN)
#define DIVISIONS_UNSIGNED(T, C, s, name) \
  DIVISION_UNSIGNED(integer_divide_##s, C, /) DIVISION_UNSIGNED(modulo_##s, C, %)
UNSIGNED_TYPES(DIVISIONS_UNSIGNED)
DIVISION_UNSIGNED(integer_divide_u128, uint128, /)
DIVISION_UNSIGNED(modulo_u128, uint128, %)

// ---------------------------------------------------------------------------------------------------------------------
// Negation. Unsigned numbers wrap around, as in DuckDB.
// ---------------------------------------------------------------------------------------------------------------------

#define NEGATE_SIGNED(function, C, minimum)                                                              \
  KERNEL(function) {                                                                                     \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, C, C, {                               \
      if (in == (minimum)) return out_of_range(context, call, "Overflow in negation of numeric value!"); \
      out = (C)-in;                                                                                      \
    });                                                                                                  \
    return OK;                                                                                           \
  }
#define NEGATE_TOTAL(T, C, s, name)                                                        \
  KERNEL(negate_##s) {                                                                     \
    UNUSED_CALL;                                                                           \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, C, out = (C)(0 - in)); \
    return OK;                                                                             \
  }
NEGATE_SIGNED(negate_i8, int8_t, INT8_MIN)
NEGATE_SIGNED(negate_i16, int16_t, INT16_MIN)
NEGATE_SIGNED(negate_i32, int32_t, INT32_MIN)
NEGATE_SIGNED(negate_i64, int64_t, INT64_MIN)
NEGATE_SIGNED(negate_i128, int128, INT128_MIN)
UNSIGNED_TYPES(NEGATE_TOTAL)
NEGATE_TOTAL(UHUGEINT, uint128, u128, "")
KERNEL(negate_f32) {
  UNUSED_CALL;
  UNARY_TOTAL(context->error, arguments[0], row_count, result, float, float, out = -in);
  return OK;
}
KERNEL(negate_f64) {
  UNUSED_CALL;
  UNARY_TOTAL(context->error, arguments[0], row_count, result, double, double, out = -in);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define BINARY_ENTRY(text, prefix, T, s) SCALAR(text, OF(T), TYPES(OF(T), OF(T)), prefix##_##s, .can_fail = true),
#define ADD_ENTRIES(T, C, s, name) BINARY_ENTRY("+", add, T, s) BINARY_ENTRY("add", add, T, s)
#define SUBTRACT_ENTRIES(T, C, s, name) BINARY_ENTRY("-", subtract, T, s) BINARY_ENTRY("subtract", subtract, T, s)
#define MULTIPLY_ENTRIES(T, C, s, name) BINARY_ENTRY("*", multiply, T, s) BINARY_ENTRY("multiply", multiply, T, s)
#define DIVIDE_ENTRIES(T, C, s, name) \
  BINARY_ENTRY("//", integer_divide, T, s) BINARY_ENTRY("divide", integer_divide, T, s)
#define MODULO_ENTRIES(T, C, s, name) BINARY_ENTRY("%", modulo, T, s) BINARY_ENTRY("mod", modulo, T, s)
#define FLOAT_MODULO_ENTRIES(T, C, s, name)                                  \
  SCALAR("%", OF(T), TYPES(OF(T), OF(T)), modulo_##s, .bind = bind_by_zero), \
      SCALAR("mod", OF(T), TYPES(OF(T), OF(T)), modulo_##s, .bind = bind_by_zero),
#define UNARY_ENTRIES(T, C, s, name)                                                                      \
  SCALAR("+", OF(T), TYPES(OF(T)), kernel_identity), SCALAR("add", OF(T), TYPES(OF(T)), kernel_identity), \
      SCALAR("-", OF(T), TYPES(OF(T)), negate_##s, .can_fail = true),                                     \
      SCALAR("subtract", OF(T), TYPES(OF(T)), negate_##s, .can_fail = true),

SCALAR_TABLE(arithmetic) = {
    NUMBER_TYPES(ADD_ENTRIES) NUMBER_TYPES(SUBTRACT_ENTRIES) NUMBER_TYPES(MULTIPLY_ENTRIES) NUMBER_TYPES(DIVIDE_ENTRIES)
        INTEGER_TYPES(MODULO_ENTRIES) FLOAT_TYPES(FLOAT_MODULO_ENTRIES) NUMBER_TYPES(UNARY_ENTRIES)
            SCALAR("/", OF(FLOAT), TYPES(OF(FLOAT), OF(FLOAT)), divide_f32, .bind = bind_by_zero),
    SCALAR("/", OF(DOUBLE), TYPES(OF(DOUBLE), OF(DOUBLE)), divide_f64, .bind = bind_by_zero),
};
SCALAR_TABLE_END(arithmetic);
