// SPDX-License-Identifier: MIT
//
// string_search.c: where text occurs in text: position, contains, prefix, suffix, replace, translate; characters and
// their code points.
#include "func/scalar/string_text.h"

// The first byte is searched with memchr, the rest compared: fast where the first byte is rare, never worse than a scan.
size_t find_bytes(Str text, Str needle, size_t from) {
  if (needle.length == 0) return from;
  while (from + needle.length <= text.length) {
    const char *found = memchr(text.data + from, needle.data[0], text.length - needle.length - from + 1);
    if (!found) return SIZE_MAX;
    from = (size_t)(found - text.data);
    if (memcmp(found + 1, needle.data + 1, needle.length - 1) == 0) return from;
    from++;
  }
  return SIZE_MAX;
}

static int64_t position_of(Str text, Str needle) {
  size_t at = find_bytes(text, needle, 0);
  if (at == SIZE_MAX) return 0;
  return (int64_t)utf8_length((Str){text.data, at}) + 1;
}

#define PAIR_KERNEL(function, Out, expression)                                                                   \
  HOT KERNEL(function) {                                                                                         \
    UNUSED_CALL;                                                                                                 \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, Out, { \
      Str text = string_str(&left), needle = string_str(&right);                                                 \
      out = (Out)(expression);                                                                                   \
    });                                                                                                          \
    return OK;                                                                                                   \
  }
PAIR_KERNEL(position, int64_t, position_of(text, needle))
PAIR_KERNEL(contains_text, uint8_t, find_bytes(text, needle, 0) != SIZE_MAX)
PAIR_KERNEL(starts_with, uint8_t, str_starts_with(text, needle))
PAIR_KERNEL(ends_with, uint8_t, str_ends_with(text, needle))

// ---------------------------------------------------------------------------------------------------------------------
// replace, translate
// ---------------------------------------------------------------------------------------------------------------------

static void replace_text(TextBuilder *out, Str text, Str from, Str to) {
  text_clear(out);
  size_t at = 0;
  while (from.length) {
    size_t found = find_bytes(text, from, at);
    if (found == SIZE_MAX) break;
    text_append(out, (Str){text.data + at, found - at});
    text_append(out, to);
    at = found + from.length;
  }
  text_append(out, (Str){text.data + at, text.length - at});
}

// Each character of `from` becomes the one at its place in `to`, or goes when `to` is shorter. The first counts.
static void translate_text(TextBuilder *out, Str text, Str from, Str to) {
  text_clear(out);
  uint32_t character, candidate;
  for (size_t at = 0; at < text.length;) {
    size_t bytes = utf8_decode(text, at, &character);
    size_t from_at = 0, to_at = 0;
    bool found = false;
    while (from_at < from.length && !found) {
      from_at += utf8_decode(from, from_at, &candidate);
      uint32_t replacement = 0;
      size_t to_bytes = to_at < to.length ? utf8_decode(to, to_at, &replacement) : 0;
      if (candidate == character) {
        found = true;
        text_append(out, (Str){to.data + to_at, to_bytes});
      }
      to_at += to_bytes;
    }
    if (!found) text_append(out, (Str){text.data + at, bytes});
    at += bytes;
  }
}

typedef void (*TextTernary)(TextBuilder *out, Str first, Str second, Str third);

static Status ternary_rows(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                           TextBuilder *out, TextTernary operation) {
  TERNARY_VOID(context->error, arguments, row_count, result, StringView, StringView, StringView, {
    operation(out, string_str(&first), string_str(&second), string_str(&third));
    TRY(result_builder(result, row, out, context->error));
  });
  return OK;
}

static Status ternary(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                      TextTernary operation) {
  TextBuilder out;
  text_init(&out, context->memory);
  Status status = ternary_rows(context, arguments, row_count, result, &out, operation);
  text_free(&out);
  return status;
}
KERNEL(replace) {
  UNUSED_CALL;
  return ternary(context, arguments, row_count, result, replace_text);
}
KERNEL(translate) {
  UNUSED_CALL;
  return ternary(context, arguments, row_count, result, translate_text);
}

// ---------------------------------------------------------------------------------------------------------------------
// Characters and code points
// ---------------------------------------------------------------------------------------------------------------------

static int32_t first_code_point(Str text, int32_t when_empty) {
  if (!text.length) return when_empty;
  uint32_t code_point;
  utf8_decode(text, 0, &code_point);
  return (int32_t)code_point;
}

KERNEL(ascii) {
  UNUSED_CALL;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, int32_t,
                out = first_code_point(string_str(&in), 0));
  return OK;
}
KERNEL(unicode) {
  UNUSED_CALL;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, int32_t,
                out = first_code_point(string_str(&in), -1));
  return OK;
}

KERNEL(character) {
  UNARY_CHECKED(context->error, arguments[0], row_count, result, int32_t, StringView, {
    if (in < 0 || in > 0x10FFFF || (in >= 0xD800 && in < 0xE000)) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Invalid UTF8 Codepoint %d", in);
    }
    char bytes[4];
    out = string_view(bytes, utf8_encode((uint32_t)in, bytes));
  });
  return OK;
}

#define PAIR_ENTRY(name, result, kernel) SCALAR(name, OF(result), TYPES(OF(VARCHAR), OF(VARCHAR)), kernel)
#define TERNARY_ENTRY(name, kernel) SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR), OF(VARCHAR)), kernel)

SCALAR_TABLE(string_search) = {
    PAIR_ENTRY("position", BIGINT, position),
    PAIR_ENTRY("strpos", BIGINT, position),
    PAIR_ENTRY("instr", BIGINT, position),
    PAIR_ENTRY("contains", BOOLEAN, contains_text),
    PAIR_ENTRY("starts_with", BOOLEAN, starts_with),
    PAIR_ENTRY("prefix", BOOLEAN, starts_with),
    PAIR_ENTRY("^@", BOOLEAN, starts_with),
    PAIR_ENTRY("ends_with", BOOLEAN, ends_with),
    PAIR_ENTRY("suffix", BOOLEAN, ends_with),
    TERNARY_ENTRY("replace", replace),
    TERNARY_ENTRY("translate", translate),
    SCALAR("ascii", OF(INTEGER), TYPES(OF(VARCHAR)), ascii),
    SCALAR("unicode", OF(INTEGER), TYPES(OF(VARCHAR)), unicode),
    SCALAR("ord", OF(INTEGER), TYPES(OF(VARCHAR)), unicode),
    SCALAR("chr", OF(VARCHAR), TYPES(OF(INTEGER)), character, .can_fail = true),
};
SCALAR_TABLE_END(string_search);
