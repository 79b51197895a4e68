// SPDX-License-Identifier: MIT
//
// string_substring.c: substring, left, right, lpad, rpad, trim, repeat, and character access. Positions count from 1, in
// code points or graphemes; negative positions count from the end, a negative length goes backwards.
#include "func/scalar/string_text.h"

// [*start, *end) within `size` characters; false: nothing.
static bool substring_range(int64_t size, int64_t offset, int64_t length, int64_t *start, int64_t *end) {
  if (length == 0) return false;
  if (offset > 0) {
    *start = MIN_OF(size, offset - 1);
  } else if (offset < 0) {
    *start = size + offset;
  } else {
    *start = 0;
    if (--length <= 0) return false;
  }
  if (length > 0) {
    *end = length > size - *start ? size : *start + length;
    *start = MAX_OF(*start, 0);
  } else {
    *end = MAX_OF(*start, 0);
    *start = length < -*end ? 0 : *end + length;
  }
  return *start < *end;
}

static Str substring_ascii(Str text, int64_t offset, int64_t length) {
  int64_t start, end;
  if (!substring_range((int64_t)text.length, offset, length, &start, &end)) return (Str){text.data, 0};
  return (Str){text.data + start, (size_t)(end - start)};
}

static Str substring_characters(Str text, int64_t offset, int64_t length) {
  if (text_is_ascii(text)) return substring_ascii(text, offset, length);
  int64_t start, end;
  // From the front the size need not be counted: text.length bounds it.
  bool forward = offset > 0 && length > 0;
  int64_t size = forward ? (int64_t)text.length : (int64_t)utf8_length(text);
  if (!substring_range(size, offset, length, &start, &end)) return (Str){text.data, 0};
  size_t from = utf8_offset(text, (size_t)start);
  Str rest = {text.data + from, text.length - from};
  return (Str){rest.data, utf8_offset(rest, (size_t)(end - start))};
}

static Str substring_graphemes(Str text, int64_t offset, int64_t length) {
  int64_t start, end, size = (int64_t)grapheme_count(text);
  // Unlike code points, graphemes do not count where there are none, before the first.
  if (!substring_range(size, MAX_OF(offset, -size), length, &start, &end)) return (Str){text.data, 0};
  size_t from = grapheme_offset(text, (size_t)start);
  Str rest = {text.data + from, text.length - from};
  return (Str){rest.data, grapheme_offset(rest, (size_t)(end - start))};
}

#define LENGTH_ALL INT64_MAX

// DuckDB's limits of positions and lengths.
static Status check_part(Error *error, const char *what, int64_t number) {
  if (number >= -(int64_t)UINT32_MAX - 1 && number <= UINT32_MAX) return OK;
  return error_set(error, ERROR_OUT_OF_RANGE, -1, "Substring %s outside of supported range (%s)", what,
                   number < 0 ? "< -4294967296" : "> 4294967295");
}

#define SUBSTRING_KERNELS(suffix, cut)                                                                \
  KERNEL(tail_of_##suffix) {                                                                          \
    UNUSED_CALL;                                                                                      \
    BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, { \
      TRY(check_part(context->error, "offset", right));                                               \
      TRY(vector_set_string(result, row, cut(string_str(&left), right, LENGTH_ALL), context->error)); \
    });                                                                                               \
    return OK;                                                                                        \
  }                                                                                                   \
  KERNEL(slice_of_##suffix) {                                                                         \
    UNUSED_CALL;                                                                                      \
    TERNARY_VOID(context->error, arguments, row_count, result, StringView, int64_t, int64_t, {        \
      TRY(check_part(context->error, "offset", second));                                              \
      TRY(check_part(context->error, "length", third));                                               \
      TRY(vector_set_string(result, row, cut(string_str(&first), second, third), context->error));    \
    });                                                                                               \
    return OK;                                                                                        \
  }
SUBSTRING_KERNELS(characters, substring_characters)
SUBSTRING_KERNELS(graphemes, substring_graphemes)

// left(s, -n): all but the last n.
static Str left_part(Str text, int64_t count, size_t (*size)(Str), Str (*cut)(Str, int64_t, int64_t)) {
  if (count >= 0) return cut(text, 1, count);
  int64_t rest = (int64_t)size(text) + count;
  return rest <= 0 ? (Str){text.data, 0} : cut(text, 1, rest);
}

static Str right_part(Str text, int64_t count, size_t (*size)(Str), Str (*cut)(Str, int64_t, int64_t)) {
  int64_t total = (int64_t)size(text);
  if (count < 0) count = MAX_OF(total + count, 0);
  if (count == 0) return (Str){text.data, 0};
  return cut(text, MAX_OF(total - count, 0) + 1, LENGTH_ALL);
}

#define SIDE_KERNEL(function, part, size, cut, limited)                                                    \
  KERNEL(function) {                                                                                       \
    UNUSED_CALL;                                                                                           \
    BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, {      \
      if (limited && right > 0) TRY(check_part(context->error, "length", right));                          \
      int64_t characters = right < -INT64_MAX ? -INT64_MAX : right;                                        \
      TRY(vector_set_string(result, row, part(string_str(&left), characters, size, cut), context->error)); \
    });                                                                                                    \
    return OK;                                                                                             \
  }
SIDE_KERNEL(left_characters, left_part, utf8_length, substring_characters, true)
SIDE_KERNEL(right_characters, right_part, utf8_length, substring_characters, false)
SIDE_KERNEL(left_graphemes, left_part, grapheme_count, substring_graphemes, true)
SIDE_KERNEL(right_graphemes, right_part, grapheme_count, substring_graphemes, false)

// 'hello'[2], array_extract('hello', 2)
KERNEL(character_at) {
  UNUSED_CALL;
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t, {
    TRY(check_part(context->error, "offset", right));
    Str character = right == 0 ? (Str){NULL, 0} : substring_characters(string_str(&left), right, 1);
    TRY(vector_set_string(result, row, character, context->error));
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Padding
// ---------------------------------------------------------------------------------------------------------------------

// `padding` again and again until there are `missing` code points; many copies at a time.
static void append_padding(TextBuilder *out, Str padding, size_t missing) {
  char block[1024];
  size_t each = utf8_length(padding), copies = sizeof block / padding.length;
  for (size_t i = 0; i < copies; i++) memcpy(block + i * padding.length, padding.data, padding.length);
  for (; copies > 1 && missing >= copies * each && !out->failed; missing -= copies * each)
    text_append(out, (Str){block, copies * padding.length});
  for (; missing >= each && !out->failed; missing -= each) text_append(out, padding);
  text_append(out, (Str){padding.data, utf8_offset(padding, missing)});
}

static Status pad(EvalContext *context, const ScalarCall *call, TextBuilder *out, Str text, int64_t width, Str padding,
                  bool at_left) {
  text_clear(out);
  if (width < 0) width = 0;
  int64_t own = (int64_t)utf8_length(text);
  if (own >= width) {
    text_append(out, (Str){text.data, utf8_offset(text, (size_t)width)});
    return OK;
  }
  if (padding.length == 0) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Insufficient padding in %s.",
                     at_left ? "LPAD" : "RPAD");
  }
  if (!at_left) text_append(out, text);
  append_padding(out, padding, (size_t)(width - own));
  if (at_left) text_append(out, text);
  return out->failed ? error_no_memory(context->error) : OK;
}

static Status pad_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments, uint32_t row_count,
                       Vector *result, TextBuilder *out, bool at_left) {
  TERNARY_VOID(context->error, arguments, row_count, result, StringView, int32_t, StringView, {
    TRY(pad(context, call, out, string_str(&first), second, string_str(&third), at_left));
    TRY(vector_set_string(result, row, text_str(out), context->error));
  });
  return OK;
}

static Status pad_kernel(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                         uint32_t row_count, Vector *result, bool at_left) {
  TextBuilder out;
  text_init(&out, context->memory);
  Status status = pad_rows(context, call, arguments, row_count, result, &out, at_left);
  text_free(&out);
  return status;
}
KERNEL(pad_left) { return pad_kernel(context, call, arguments, row_count, result, true); }
KERNEL(pad_right) { return pad_kernel(context, call, arguments, row_count, result, false); }

// ---------------------------------------------------------------------------------------------------------------------
// trim: white space is what Unicode calls a space separator; or any of the characters given.
// ---------------------------------------------------------------------------------------------------------------------

static bool is_space(uint32_t code_point) {
  if (code_point < 0x80) return code_point == ' ';
  return unicode_is_space(code_point);
}

static bool is_among(uint32_t code_point, Str characters) {
  uint32_t next;
  for (size_t at = 0; at < characters.length;) {
    at += utf8_decode(characters, at, &next);
    if (next == code_point) return true;
  }
  return false;
}

// characters NULL: spaces.
static Str trim_text(Str text, const Str *characters, bool at_left, bool at_right) {
  size_t start = 0, end = text.length;
  uint32_t code_point;
  while (at_left && start < end) {
    size_t bytes = utf8_decode(text, start, &code_point);
    if (!(characters ? is_among(code_point, *characters) : is_space(code_point))) break;
    start += bytes;
  }
  while (at_right && end > start) {
    size_t at = end - 1;
    while (at > start && ((uint8_t)text.data[at] & 0xC0) == 0x80) at--;
    utf8_decode(text, at, &code_point);
    if (!(characters ? is_among(code_point, *characters) : is_space(code_point))) break;
    end = at;
  }
  return (Str){text.data + start, end - start};
}

#define TRIM_KERNELS(function, at_left, at_right)                                                                  \
  KERNEL(function) {                                                                                               \
    UNUSED_CALL;                                                                                                   \
    UNARY_VOID(                                                                                                    \
        context->error, arguments[0], row_count, result, StringView,                                               \
        TRY(vector_set_string(result, row, trim_text(string_str(&in), NULL, at_left, at_right), context->error))); \
    return OK;                                                                                                     \
  }                                                                                                                \
  KERNEL(function##_characters) {                                                                                  \
    UNUSED_CALL;                                                                                                   \
    BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, {           \
      Str characters = string_str(&right);                                                                         \
      TRY(vector_set_string(result, row, trim_text(string_str(&left), &characters, at_left, at_right),             \
                            context->error));                                                                      \
    });                                                                                                            \
    return OK;                                                                                                     \
  }
TRIM_KERNELS(trim_both, true, true)
TRIM_KERNELS(trim_left, true, false)
TRIM_KERNELS(trim_right, false, true)

// ---------------------------------------------------------------------------------------------------------------------
// repeat
// ---------------------------------------------------------------------------------------------------------------------

static Status repeat_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, Str text,
                         int64_t times) {
  if (times <= 0 || text.length == 0) return vector_set_string(result, row, (Str){NULL, 0}, context->error);
  uint64_t size;
  if (__builtin_mul_overflow((uint64_t)text.length, (uint64_t)times, &size) || size > UINT32_MAX) {
    return out_of_range(context, call,
                        "Cannot create a string of size: '%llu', the maximum supported string size is: '4294967295'",
                        (unsigned long long)size);
  }
  char inlined[STRING_INLINE_CAPACITY];
  char *out = inlined;
  if (size > STRING_INLINE_CAPACITY) {
    out = vector_string_room(result, size);
    if (!out) return error_no_memory(context->error);
  }
  memcpy(out, text.data, text.length);
  for (size_t done = text.length; done < size;) { // doubling
    size_t bytes = MIN_OF(done, size - done);
    memcpy(out + done, out, bytes);
    done += bytes;
  }
  result_view(result, row, out, size);
  return OK;
}

KERNEL(repeat_text) {
  BINARY_VOID(context->error, arguments[0], arguments[1], row_count, result, StringView, int64_t,
              TRY(repeat_row(context, call, result, row, string_str(&left), right)));
  return OK;
}

#define SUBSTRING_ENTRIES(name, suffix)                                                     \
  SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT), OF(BIGINT)), slice_of_##suffix), \
      SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT)), tail_of_##suffix)
#define SIDE_ENTRY(name, kernel) SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT)), kernel)
#define TRIM_ENTRIES(name, kernel)                       \
  SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR)), kernel), \
      SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR)), kernel##_characters)

SCALAR_TABLE(string_substring) = {
    SUBSTRING_ENTRIES("substring", characters),
    SUBSTRING_ENTRIES("substr", characters),
    SUBSTRING_ENTRIES("substring_grapheme", graphemes),
    SIDE_ENTRY("left", left_characters),
    SIDE_ENTRY("right", right_characters),
    SIDE_ENTRY("left_grapheme", left_graphemes),
    SIDE_ENTRY("right_grapheme", right_graphemes),
    SIDE_ENTRY("array_extract", character_at),
    SIDE_ENTRY("list_extract", character_at),
    SIDE_ENTRY("list_element", character_at),
    SCALAR("lpad", OF(VARCHAR), TYPES(OF(VARCHAR), OF(INTEGER), OF(VARCHAR)), pad_left, .can_fail = true),
    SCALAR("rpad", OF(VARCHAR), TYPES(OF(VARCHAR), OF(INTEGER), OF(VARCHAR)), pad_right, .can_fail = true),
    TRIM_ENTRIES("trim", trim_both),
    TRIM_ENTRIES("ltrim", trim_left),
    TRIM_ENTRIES("rtrim", trim_right),
    SCALAR("repeat", OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT)), repeat_text, .can_fail = true),
    SCALAR("repeat", OF(BLOB), TYPES(OF(BLOB), OF(BIGINT)), repeat_text, .can_fail = true),
};
SCALAR_TABLE_END(string_substring);
