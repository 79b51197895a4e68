// SPDX-License-Identifier: MIT
//
// bit_string.c: functions of BIT. A BIT is bytes: the number of padding bits, then the bits with the padding in front, as
// ones. bit(i) of n bits counts from the left.
#include "func/support.h"

static uint32_t bit_padding(Str bits) { return (uint8_t)bits.data[0]; }
static uint64_t bit_length(Str bits) { return (bits.length - 1) * 8 - bit_padding(bits); }

static bool bit_at(Str bits, uint64_t index) {
  uint64_t at = index + bit_padding(bits);
  return (uint8_t)bits.data[1 + at / 8] >> (7 - at % 8) & 1;
}

static void bit_put(char *bits, uint32_t padding, uint64_t index, bool value) {
  uint64_t at = index + padding;
  uint8_t mask = (uint8_t)(0x80 >> at % 8);
  uint8_t byte = (uint8_t)bits[1 + at / 8];
  bits[1 + at / 8] = (char)(value ? byte | mask : byte & ~mask);
}

// A new bit string of `length` zeros in the result's heap.
static Status bit_room(Vector *result, uint64_t length, Error *error, char **bits, size_t *bytes) {
  *bytes = 1 + (size_t)((length + 7) / 8);
  *bits = vector_string_room(result, *bytes);
  if (!*bits) return error_no_memory(error);
  memset(*bits, 0, *bytes);
  uint32_t padding = (uint32_t)((*bytes - 1) * 8 - length);
  (*bits)[0] = (char)padding;
  if (padding) (*bits)[1] = (char)(0xFF << (8 - padding) & 0xFF);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// & | xor ~ << >>
// ---------------------------------------------------------------------------------------------------------------------

typedef enum BitOperation { BIT_AND, BIT_OR, BIT_XOR } BitOperation;

static Status combine_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str left,
                          Str right, BitOperation operation) {
  static const char *const names[] = {"AND", "OR", "XOR"};
  if (bit_length(left) != bit_length(right)) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Cannot %s bit strings of different sizes",
                     names[operation]);
  }
  char *out;
  size_t bytes;
  uint64_t length = bit_length(left);
  TRY(bit_room(result, length, context->error, &out, &bytes));
  for (uint64_t i = 0; i < length; i++) {
    bool a = bit_at(left, i), b = bit_at(right, i);
    bit_put(out, (uint8_t)out[0], i, operation == BIT_AND ? a && b : operation == BIT_OR ? a || b : a != b);
  }
  result_view(result, row, out, bytes);
  return OK;
}

#define COMBINE_KERNEL(function, operation)                                                                      \
  KERNEL(function) {                                                                                             \
    BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView,           \
                TRY(combine_row(context, call, result, row, string_str(&left), string_str(&right), operation))); \
    return OK;                                                                                                   \
  }
COMBINE_KERNEL(bit_and, BIT_AND)
COMBINE_KERNEL(bit_or, BIT_OR)
COMBINE_KERNEL(bit_xor, BIT_XOR)

static Status invert_row(Vector *result, uint32_t row, Str in, Error *error) {
  char *out;
  size_t bytes;
  TRY(bit_room(result, bit_length(in), error, &out, &bytes));
  for (uint64_t i = 0; i < bit_length(in); i++) bit_put(out, (uint8_t)out[0], i, !bit_at(in, i));
  result_view(result, row, out, bytes);
  return OK;
}
KERNEL(bit_not) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(invert_row(result, row, string_str(&in), context->error)));
  return OK;
}

static Status shift_row(Vector *result, uint32_t row, Str in, int64_t shift, bool left, Error *error) {
  char *out;
  size_t bytes;
  int64_t length = (int64_t)bit_length(in);
  TRY(bit_room(result, (uint64_t)length, error, &out, &bytes));
  for (int64_t i = 0; i < length; i++) {
    int64_t from = left ? i + shift : i - shift;
    if (shift >= 0 && from >= 0 && from < length)
      bit_put(out, (uint8_t)out[0], (uint64_t)i, bit_at(in, (uint64_t)from));
  }
  result_view(result, row, out, bytes);
  return OK;
}
KERNEL(bit_shift_left) {
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int32_t, {
    if (right < 0) return out_of_range(context, call, "Cannot left-shift by negative number %d", right);
    TRY(shift_row(result, row, string_str(&left), right, true, context->error));
  });
  return OK;
}
KERNEL(bit_shift_right) {
  UNUSED_CALL;
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int32_t,
              TRY(shift_row(result, row, string_str(&left), right, false, context->error)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Single bits, lengths, bitstring
// ---------------------------------------------------------------------------------------------------------------------

static Status check_index(EvalContext *context, const ScalarCall *call, Str bits, int32_t index) {
  if (index >= 0 && (uint64_t)index < bit_length(bits)) return OK;
  return out_of_range(context, call, "bit index %d out of valid range (0..%lld)", index,
                      (long long)bit_length(bits) - 1);
}

KERNEL(get_bit) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, int32_t, int32_t, {
    Str bits = string_str(&left);
    TRY(check_index(context, call, bits, right));
    out = bit_at(bits, (uint64_t)right);
  });
  return OK;
}

static Status set_bit_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str bits,
                          int32_t index, int32_t value) {
  if (value != 0 && value != 1) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "The new bit must be 1 or 0");
  }
  TRY(check_index(context, call, bits, index));
  char *out = vector_string_room(result, bits.length);
  if (!out) return error_no_memory(context->error);
  memcpy(out, bits.data, bits.length);
  bit_put(out, bit_padding(bits), (uint64_t)index, value);
  result_view(result, row, out, bits.length);
  return OK;
}
KERNEL(set_bit) {
  TERNARY_VOID(context->error, arguments, row_count, result, StringView, int32_t, int32_t,
               TRY(set_bit_row(context, call, result, row, string_str(&first), second, third)));
  return OK;
}

static int64_t count_bits(Str bits) {
  int64_t count = -(int64_t)bit_padding(bits); // the padding is ones
  for (size_t i = 1; i < bits.length; i++) count += __builtin_popcount((uint8_t)bits.data[i]);
  return count;
}

// From 1; 0: not there.
static int32_t find_bits(Str needle, Str bits) {
  uint64_t wanted = bit_length(needle), length = bit_length(bits);
  for (uint64_t start = 0; start + wanted <= length; start++) {
    uint64_t i = 0;
    while (i < wanted && bit_at(needle, i) == bit_at(bits, start + i)) i++;
    if (i == wanted) return (int32_t)start + 1;
  }
  return 0;
}

#define COUNT_KERNEL(function, expression)                                                \
  KERNEL(function) {                                                                      \
    UNUSED_CALL;                                                                          \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, int64_t, { \
      Str bits = string_str(&in);                                                         \
      out = (int64_t)(expression);                                                        \
    });                                                                                   \
    return OK;                                                                            \
  }
COUNT_KERNEL(bit_count, count_bits(bits))
COUNT_KERNEL(length_in_bits, bit_length(bits))
COUNT_KERNEL(length_in_bytes, bits.length - 1)

KERNEL(bit_position) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, int32_t,
                 out = find_bits(string_str(&left), string_str(&right)));
  return OK;
}

// bitstring(bits, length): zeros in front up to the length
static Status extend_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str bits,
                         int32_t length) {
  if (length < 0) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "The bitstring length cannot be negative");
  }
  uint64_t own = bit_length(bits);
  if ((uint64_t)length < own) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Length must be equal or larger than input string");
  }
  char *out;
  size_t bytes;
  TRY(bit_room(result, (uint64_t)length, context->error, &out, &bytes));
  for (uint64_t i = 0; i < own; i++) bit_put(out, (uint8_t)out[0], (uint64_t)length - own + i, bit_at(bits, i));
  result_view(result, row, out, bytes);
  return OK;
}
KERNEL(bitstring) {
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int32_t,
              TRY(extend_row(context, call, result, row, string_str(&left), right)));
  return OK;
}

// Text of digits is read as bits.
static Status bind_bits(ScalarBind *bind) {
  bind->argument_types[0] = TYPE(BIT);
  return OK;
}

#define BIT_PAIR(name, kernel) SCALAR(name, OF(BIT), TYPES(OF(BIT), OF(BIT)), kernel, .can_fail = true)

SCALAR_TABLE(bit_string) = {
    BIT_PAIR("&", bit_and),
    BIT_PAIR("|", bit_or),
    BIT_PAIR("xor", bit_xor),
    SCALAR("~", OF(BIT), TYPES(OF(BIT)), bit_not),
    SCALAR("<<", OF(BIT), TYPES(OF(BIT), OF(INTEGER)), bit_shift_left, .can_fail = true),
    SCALAR(">>", OF(BIT), TYPES(OF(BIT), OF(INTEGER)), bit_shift_right),
    SCALAR("get_bit", OF(INTEGER), TYPES(OF(BIT), OF(INTEGER)), get_bit, .can_fail = true),
    SCALAR("set_bit", OF(BIT), TYPES(OF(BIT), OF(INTEGER), OF(INTEGER)), set_bit, .can_fail = true),
    SCALAR("bit_count", OF(BIGINT), TYPES(OF(BIT)), bit_count),
    SCALAR("length", OF(BIGINT), TYPES(OF(BIT)), length_in_bits),
    SCALAR("len", OF(BIGINT), TYPES(OF(BIT)), length_in_bits),
    SCALAR("char_length", OF(BIGINT), TYPES(OF(BIT)), length_in_bits),
    SCALAR("character_length", OF(BIGINT), TYPES(OF(BIT)), length_in_bits),
    SCALAR("bit_length", OF(BIGINT), TYPES(OF(BIT)), length_in_bits),
    SCALAR("octet_length", OF(BIGINT), TYPES(OF(BIT)), length_in_bytes),
    SCALAR("bit_position", OF(INTEGER), TYPES(OF(BIT), OF(BIT)), bit_position),
    SCALAR("bitstring", OF(BIT), TYPES(OF(BIT), OF(INTEGER)), bitstring, .can_fail = true),
    SCALAR("bitstring", OF(BIT), TYPES(OF(VARCHAR), OF(INTEGER)), bitstring, .bind = bind_bits, .can_fail = true),
};
SCALAR_TABLE_END(bit_string);
