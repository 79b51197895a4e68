// SPDX-License-Identifier: MIT
//
// bitwise.c: & | xor ~ << >> and bit_count over the integers. Bit strings are in bit_string.c.
#include "func/support.h"

#define LOGIC_KERNELS(T, C, s, name)                                                                               \
  KERNEL(and_##s) {                                                                                                \
    UNUSED_CALL;                                                                                                   \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, out = (C)(left & right)); \
    return OK;                                                                                                     \
  }                                                                                                                \
  KERNEL(or_##s) {                                                                                                 \
    UNUSED_CALL;                                                                                                   \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, out = (C)(left | right)); \
    return OK;                                                                                                     \
  }                                                                                                                \
  KERNEL(xor_##s) {                                                                                                \
    UNUSED_CALL;                                                                                                   \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C, out = (C)(left ^ right)); \
    return OK;                                                                                                     \
  }                                                                                                                \
  KERNEL(not_##s) {                                                                                                \
    UNUSED_CALL;                                                                                                   \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, C, out = (C)~in);                              \
    return OK;                                                                                                     \
  }
INTEGER_TYPES(LOGIC_KERNELS)

// Shifts beyond the width give 0.
#define SIGNED_KERNELS(T, C, s, name)                                                                           \
  KERNEL(shift_right_##s) {                                                                                     \
    UNUSED_CALL;                                                                                                \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C,                        \
                 out = right >= 0 && right < (C)(sizeof(C) * 8) ? (C)(left >> right) : (C)0);                   \
    return OK;                                                                                                  \
  }                                                                                                             \
  KERNEL(bit_count_##s) {                                                                                       \
    UNUSED_CALL;                                                                                                \
    UNARY_TOTAL(context->error, arguments[0], row_count, result, C, int8_t, {                                   \
      uint128 bits = sizeof(C) == 16 ? (uint128)in : (uint128)in & (((uint128)1 << (sizeof(C) * 8 % 128)) - 1); \
      out = (int8_t)(__builtin_popcountll((uint64_t)bits) + __builtin_popcountll((uint64_t)(bits >> 64)));      \
    });                                                                                                         \
    return OK;                                                                                                  \
  }
SIGNED_TYPES(SIGNED_KERNELS)
SIGNED_KERNELS(HUGEINT, int128, i128, "")

// Unsigned numbers cannot be below zero, and compilers complain about asking.
#define UNSIGNED_KERNELS(T, C, s, name)                                                      \
  KERNEL(shift_right_##s) {                                                                  \
    UNUSED_CALL;                                                                             \
    BINARY_TOTAL(context->error, arguments[0], arguments[1], row_count, result, C, C, C,     \
                 out = right < sizeof(C) * 8 ? (C)(left >> right) : (C)0);                   \
    return OK;                                                                               \
  }                                                                                          \
  KERNEL(shift_left_##s) {                                                                   \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      TRY(check_shift_unsigned(context, call, left, right, sizeof(C) * 8));                  \
      out = left ? (C)(left << right) : (C)0;                                                \
    });                                                                                      \
    return OK;                                                                               \
  }

static Status check_shift_unsigned(EvalContext *context, const ScalarCall *call, uint128 value, uint128 shift,
                                   uint32_t bits) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  if (shift > bits) { // one more than the width is told apart, as in DuckDB
    if (value == 0) return OK;
    return out_of_range(context, call, "Left-shift value %s is out of range", text_u128(b, shift));
  }
  if (shift && value >> (bits - (uint32_t)shift)) {
    return out_of_range(context, call, "Overflow in left shift (%s << %s)", text_u128(a, value), text_u128(b, shift));
  }
  return OK;
}

static Status check_shift(EvalContext *context, const ScalarCall *call, int128 value, int128 shift, uint32_t bits) {
  char a[NUMBER_TEXT_CAPACITY], b[NUMBER_TEXT_CAPACITY];
  if (value < 0) return out_of_range(context, call, "Cannot left-shift negative number %s", text_i128(a, value));
  if (shift < 0) return out_of_range(context, call, "Cannot left-shift by negative number %s", text_i128(b, shift));
  if (shift >= bits) {
    if (value == 0) return OK;
    return out_of_range(context, call, "Left-shift value %s is out of range", text_i128(b, shift));
  }
  // The sign bit must stay clear.
  if ((uint128)value >= (uint128)1 << (bits - 1 - (uint32_t)shift)) {
    return out_of_range(context, call, "Overflow in left shift (%s << %s)", text_i128(a, value), text_i128(b, shift));
  }
  return OK;
}

#define SHIFT_LEFT_SIGNED(T, C, s, name)                                                     \
  KERNEL(shift_left_##s) {                                                                   \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, C, C, C, { \
      TRY(check_shift(context, call, left, right, sizeof(C) * 8));                           \
      out = left ? (C)(left << right) : (C)0;                                                \
    });                                                                                      \
    return OK;                                                                               \
  }
SIGNED_TYPES(SHIFT_LEFT_SIGNED)
SHIFT_LEFT_SIGNED(HUGEINT, int128, i128, "")
UNSIGNED_TYPES(UNSIGNED_KERNELS)
UNSIGNED_KERNELS(UHUGEINT, uint128, u128, "")

#define BITWISE_ENTRIES(T, C, s, name)                                                               \
  SCALAR("&", OF(T), TYPES(OF(T), OF(T)), and_##s), SCALAR("|", OF(T), TYPES(OF(T), OF(T)), or_##s), \
      SCALAR("xor", OF(T), TYPES(OF(T), OF(T)), xor_##s), SCALAR("~", OF(T), TYPES(OF(T)), not_##s), \
      SCALAR("<<", OF(T), TYPES(OF(T), OF(T)), shift_left_##s, .can_fail = true),                    \
      SCALAR(">>", OF(T), TYPES(OF(T), OF(T)), shift_right_##s),
#define BIT_COUNT_ENTRIES(T, C, s, name) SCALAR("bit_count", OF(TINYINT), TYPES(OF(T)), bit_count_##s),

SCALAR_TABLE(bitwise) = {INTEGER_TYPES(BITWISE_ENTRIES) SIGNED_TYPES(BIT_COUNT_ENTRIES)
                             BIT_COUNT_ENTRIES(HUGEINT, int128, i128, "")};
SCALAR_TABLE_END(bitwise);
