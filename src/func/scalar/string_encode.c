// SPDX-License-Identifier: MIT
//
// string_encode.c: bytes and numbers as text and back: hex, binary digits, base 64, to_base, URL escapes, UTF-8.
#include "func/scalar/string_text.h"

static const char hex_digits[] = "0123456789ABCDEF";

// ---------------------------------------------------------------------------------------------------------------------
// hex and bin of text and of numbers: numbers without leading zeros.
// ---------------------------------------------------------------------------------------------------------------------

static Status bytes_row(Vector *result, uint32_t row, Str text, unsigned bits_a_digit, Error *error) {
  unsigned digits = 8 / bits_a_digit;
  char *out = vector_string_room(result, text.length * digits);
  if (!out) return error_no_memory(error);
  for (size_t i = 0; i < text.length; i++) {
    for (unsigned d = 0; d < digits; d++) {
      unsigned digit = (uint8_t)text.data[i] >> (8 - bits_a_digit * (d + 1)) & ((1u << bits_a_digit) - 1);
      out[i * digits + d] = hex_digits[digit];
    }
  }
  result_view(result, row, out, text.length * digits);
  return OK;
}

static Status number_row(Vector *result, uint32_t row, uint128 value, unsigned bits_a_digit, Error *error) {
  char digits[128];
  size_t at = sizeof digits;
  do {
    digits[--at] = hex_digits[(unsigned)value & ((1u << bits_a_digit) - 1)];
    value >>= bits_a_digit;
  } while (value);
  return vector_set_string(result, row, (Str){digits + at, sizeof digits - at}, error);
}

#define DIGITS_KERNELS(prefix, bits)                                                \
  KERNEL(prefix##_text) {                                                           \
    UNUSED_CALL;                                                                    \
    UNARY_VOID(context->error, arguments[0], row_count, result, StringView,         \
               TRY(bytes_row(result, row, string_str(&in), bits, context->error))); \
    return OK;                                                                      \
  }                                                                                 \
  KERNEL(prefix##_i64) {                                                            \
    UNUSED_CALL;                                                                    \
    UNARY_VOID(context->error, arguments[0], row_count, result, int64_t,            \
               TRY(number_row(result, row, (uint64_t)in, bits, context->error)));   \
    return OK;                                                                      \
  }                                                                                 \
  KERNEL(prefix##_i128) {                                                           \
    UNUSED_CALL;                                                                    \
    UNARY_VOID(context->error, arguments[0], row_count, result, uint128,            \
               TRY(number_row(result, row, in, bits, context->error)));             \
    return OK;                                                                      \
  }
DIGITS_KERNELS(hex, 4)
DIGITS_KERNELS(bin, 1)

static int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// An odd number of hex digits means a leading zero.
static Status unhex_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str text) {
  size_t size = (text.length + 1) / 2;
  char *out = vector_string_room(result, size);
  if (!out) return error_no_memory(context->error);
  size_t at = 0;
  for (size_t i = 0; i < size; i++) {
    int value = 0;
    for (int digits = i == 0 && text.length % 2 ? 1 : 2; digits; digits--) {
      int digit = hex_value(text.data[at]);
      if (digit < 0) {
        return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Invalid input for hex digit: %c",
                         text.data[at]);
      }
      value = value * 16 + digit;
      at++;
    }
    out[i] = (char)value;
  }
  result_view(result, row, out, size);
  return OK;
}

static Status unbin_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str text) {
  size_t size = (text.length + 7) / 8;
  char *out = vector_string_room(result, size);
  if (!out) return error_no_memory(context->error);
  if (size) memset(out, 0, size);
  size_t padding = size * 8 - text.length;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (c != '0' && c != '1') {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Invalid input for binary digit: %c", c);
    }
    if (c == '1') out[(i + padding) / 8] = (char)(out[(i + padding) / 8] | 0x80 >> (i + padding) % 8);
  }
  result_view(result, row, out, size);
  return OK;
}

KERNEL(unhex) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(unhex_row(context, call, result, row, string_str(&in))));
  return OK;
}
KERNEL(unbin) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(unbin_row(context, call, result, row, string_str(&in))));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// to_base(number, radix [, least digits])
// ---------------------------------------------------------------------------------------------------------------------

static Status to_base_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, int64_t number,
                          int32_t radix, int32_t least) {
  if (number < 0) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "'to_base' number must be greater than or equal to 0");
  }
  if (radix < 2 || radix > 36) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "'to_base' radix must be between 2 and 36");
  }
  if (least < 0 || least > 64) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "'to_base' min_length must be between 0 and 64");
  }
  char digits[64];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % radix];
    number /= radix;
  } while (number);
  while (sizeof digits - at < (size_t)least) digits[--at] = '0';
  return vector_set_string(result, row, (Str){digits + at, sizeof digits - at}, context->error);
}

KERNEL(to_base_2) {
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, int64_t, int32_t,
              TRY(to_base_row(context, call, result, row, left, right, 0)));
  return OK;
}
KERNEL(to_base_3) {
  TERNARY_VOID(context->error, arguments, row_count, result, int64_t, int32_t, int32_t,
               TRY(to_base_row(context, call, result, row, first, second, third)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Base 64
// ---------------------------------------------------------------------------------------------------------------------

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static Status base64_row(Vector *result, uint32_t row, Str bytes, Error *error) {
  size_t size = (bytes.length + 2) / 3 * 4;
  char *out = vector_string_room(result, size);
  if (!out) return error_no_memory(error);
  for (size_t i = 0, o = 0; i < bytes.length; i += 3, o += 4) {
    size_t have = MIN_OF(bytes.length - i, 3);
    uint32_t group = (uint32_t)(uint8_t)bytes.data[i] << 16;
    if (have > 1) group |= (uint32_t)(uint8_t)bytes.data[i + 1] << 8;
    if (have > 2) group |= (uint8_t)bytes.data[i + 2];
    out[o] = base64_alphabet[group >> 18];
    out[o + 1] = base64_alphabet[group >> 12 & 63];
    out[o + 2] = have > 1 ? base64_alphabet[group >> 6 & 63] : '=';
    out[o + 3] = have > 2 ? base64_alphabet[group & 63] : '=';
  }
  result_view(result, row, out, size);
  return OK;
}

static int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static Status from_base64_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str text) {
  if (text.length % 4) {
    return error_set(context->error, ERROR_CONVERSION, call->position,
                     "Could not decode string \"%.*s\" as base64: length must be a multiple of 4", STR_ARG(text));
  }
  size_t padding = 0;
  while (padding < 2 && padding < text.length && text.data[text.length - 1 - padding] == '=') padding++;
  size_t size = text.length / 4 * 3 - padding;
  char *out = vector_string_room(result, text.length / 4 * 3);
  if (!out) return error_no_memory(context->error);
  for (size_t i = 0, o = 0; i < text.length; i += 4, o += 3) {
    uint32_t group = 0;
    for (size_t k = i; k < i + 4; k++) {
      int value = k >= text.length - padding ? 0 : base64_value(text.data[k]);
      if (value < 0) {
        return error_set(context->error, ERROR_CONVERSION, call->position,
                         "Could not decode string \"%.*s\" as base64: invalid byte value '%d' at position %d",
                         STR_ARG(text), (uint8_t)text.data[k], (int)k);
      }
      group = group << 6 | (uint32_t)value;
    }
    out[o] = (char)(group >> 16);
    out[o + 1] = (char)(group >> 8);
    out[o + 2] = (char)group;
  }
  result_view(result, row, out, size);
  return OK;
}

KERNEL(to_base64) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(base64_row(result, row, string_str(&in), context->error)));
  return OK;
}
KERNEL(from_base64) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(from_base64_row(context, call, result, row, string_str(&in))));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// UTF-8: encode is the text's bytes, decode checks them.
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(encode) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(vector_set_string(result, row, string_str(&in), context->error)));
  return OK;
}

KERNEL(decode) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView, {
    Str bytes = string_str(&in);
    if (!utf8_valid(bytes, NULL)) {
      return error_set(context->error, ERROR_CONVERSION, call->position,
                       "Failure in decode: could not convert blob to UTF8 string, the blob contained invalid UTF8 "
                       "characters. ");
    }
    TRY(vector_set_string(result, row, bytes, context->error));
  });
  return OK;
}

// decode(blob, 'strict' | 'replace' | 'ignore')
static Status decode_handled_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str bytes,
                                 Str handling) {
  bool replace = str_equal_nocase(handling, STR("replace")), ignore = str_equal_nocase(handling, STR("ignore"));
  size_t bad;
  if (utf8_valid(bytes, &bad)) return vector_set_string(result, row, bytes, context->error);
  if (!replace && !ignore) {
    return error_set(context->error, ERROR_CONVERSION, call->position,
                     "Failure in decode: could not convert blob to UTF8 string, the blob contained invalid UTF8 "
                     "characters. ");
  }
  TextBuilder out;
  text_init(&out, context->memory);
  for (;;) {
    bool valid = utf8_valid(bytes, &bad);
    size_t good = valid ? bytes.length : bad;
    text_append(&out, (Str){bytes.data, good});
    if (valid) break;
    if (replace) text_append_char(&out, '?');
    bytes = (Str){bytes.data + good + 1, bytes.length - good - 1};
  }
  Status status = result_builder(result, row, &out, context->error);
  text_free(&out);
  return status;
}

KERNEL(decode_handled) {
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView,
              TRY(decode_handled_row(context, call, result, row, string_str(&left), string_str(&right))));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// URL escapes
// ---------------------------------------------------------------------------------------------------------------------

static bool url_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

static Status url_encode_row(Vector *result, uint32_t row, Str text, Error *error) {
  size_t size = text.length;
  for (size_t i = 0; i < text.length; i++) size += url_plain(text.data[i]) ? 0 : 2;
  char *out = vector_string_room(result, size);
  if (!out) return error_no_memory(error);
  size_t at = 0;
  for (size_t i = 0; i < text.length; i++) {
    uint8_t c = (uint8_t)text.data[i];
    if (url_plain((char)c)) {
      out[at++] = (char)c;
    } else {
      out[at++] = '%';
      out[at++] = hex_digits[c >> 4];
      out[at++] = hex_digits[c & 15];
    }
  }
  result_view(result, row, out, size);
  return OK;
}

static Status url_decode_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str text) {
  char *out = vector_string_room(result, text.length);
  if (!out) return error_no_memory(context->error);
  size_t at = 0;
  for (size_t i = 0; i < text.length; i++) {
    int high = -1, low = -1;
    if (text.data[i] == '%' && i + 2 < text.length) {
      high = hex_value(text.data[i + 1]);
      low = hex_value(text.data[i + 2]);
    }
    if (high >= 0 && low >= 0) {
      out[at++] = (char)(high << 4 | low);
      i += 2;
    } else {
      out[at++] = text.data[i];
    }
  }
  if (!utf8_valid((Str){out, at}, NULL)) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Failed to decode string \"%.*s\" using URL decoding - decoded value is invalid UTF8",
                     STR_ARG(text));
  }
  result_view(result, row, out, at);
  return OK;
}

KERNEL(url_encode) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(url_encode_row(result, row, string_str(&in), context->error)));
  return OK;
}
KERNEL(url_decode) {
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(url_decode_row(context, call, result, row, string_str(&in))));
  return OK;
}

#define DIGITS_ENTRIES(name, prefix)                                \
  SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR)), prefix##_text),     \
      SCALAR(name, OF(VARCHAR), TYPES(OF(BIGINT)), prefix##_i64),   \
      SCALAR(name, OF(VARCHAR), TYPES(OF(UBIGINT)), prefix##_i64),  \
      SCALAR(name, OF(VARCHAR), TYPES(OF(HUGEINT)), prefix##_i128), \
      SCALAR(name, OF(VARCHAR), TYPES(OF(UHUGEINT)), prefix##_i128)
#define PARSE_ENTRY(name, result, argument, kernel) \
  SCALAR(name, OF(result), TYPES(OF(argument)), kernel, .can_fail = true)

SCALAR_TABLE(string_encode) = {
    DIGITS_ENTRIES("hex", hex),
    SCALAR("hex", OF(VARCHAR), TYPES(OF(BLOB)), hex_text),
    DIGITS_ENTRIES("to_hex", hex),
    SCALAR("to_hex", OF(VARCHAR), TYPES(OF(BLOB)), hex_text),
    DIGITS_ENTRIES("bin", bin),
    DIGITS_ENTRIES("to_binary", bin),
    PARSE_ENTRY("unhex", BLOB, VARCHAR, unhex),
    PARSE_ENTRY("from_hex", BLOB, VARCHAR, unhex),
    PARSE_ENTRY("unbin", BLOB, VARCHAR, unbin),
    PARSE_ENTRY("from_binary", BLOB, VARCHAR, unbin),
    SCALAR("to_base", OF(VARCHAR), TYPES(OF(BIGINT), OF(INTEGER)), to_base_2, .can_fail = true),
    SCALAR("to_base", OF(VARCHAR), TYPES(OF(BIGINT), OF(INTEGER), OF(INTEGER)), to_base_3, .can_fail = true),
    SCALAR("base64", OF(VARCHAR), TYPES(OF(BLOB)), to_base64),
    SCALAR("to_base64", OF(VARCHAR), TYPES(OF(BLOB)), to_base64),
    PARSE_ENTRY("from_base64", BLOB, VARCHAR, from_base64),
    SCALAR("encode", OF(BLOB), TYPES(OF(VARCHAR)), encode),
    PARSE_ENTRY("decode", VARCHAR, BLOB, decode),
    SCALAR("decode", OF(VARCHAR), TYPES(OF(BLOB), OF(VARCHAR)), decode_handled, .can_fail = true),
    SCALAR("url_encode", OF(VARCHAR), TYPES(OF(VARCHAR)), url_encode),
    PARSE_ENTRY("url_decode", VARCHAR, VARCHAR, url_decode),
};
SCALAR_TABLE_END(string_encode);
