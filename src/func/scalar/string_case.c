// SPDX-License-Identifier: MIT
//
// string_case.c: upper and lower, accents, normal form, reverse, and the lengths of text in bytes, code points and graphemes.
// What Unicode knows comes from base/unicode.c; pure ASCII never asks it.
#include "func/scalar/string_text.h"

bool text_is_ascii(Str text) {
  size_t i = 0;
  for (; i + 8 <= text.length; i += 8) {
    uint64_t word;
    memcpy(&word, text.data + i, 8);
    if (word & UINT64_C(0x8080808080808080)) return false;
  }
  for (; i < text.length; i++) {
    if ((uint8_t)text.data[i] & 0x80) return false;
  }
  return true;
}

size_t grapheme_bytes(Str text, size_t at) {
  uint32_t previous, next;
  size_t end = at + utf8_decode(text, at, &previous);
  int state = 0;
  while (end < text.length) {
    size_t bytes = utf8_decode(text, end, &next);
    if (unicode_grapheme_break(previous, next, &state)) break;
    previous = next;
    end += bytes;
  }
  return end - at;
}

size_t grapheme_count(Str text) {
  if (text_is_ascii(text) && !memchr(text.data, '\r', text.length)) return text.length;
  size_t count = 0;
  for (size_t at = 0; at < text.length; count++) at += grapheme_bytes(text, at);
  return count;
}

size_t grapheme_offset(Str text, size_t index) {
  size_t at = 0;
  while (index-- && at < text.length) at += grapheme_bytes(text, at);
  return at;
}

static inline char ascii_case(char c, bool upper) {
  if (upper) return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

void text_append_case(TextBuilder *out, Str text, bool upper) {
  for (size_t at = 0; at < text.length;) {
    if (!((uint8_t)text.data[at] & 0x80)) {
      text_append_char(out, ascii_case(text.data[at++], upper));
      continue;
    }
    uint32_t code_point;
    at += utf8_decode(text, at, &code_point);
    char bytes[4];
    text_append(out, (Str){bytes, utf8_encode(unicode_case(code_point, upper), bytes)});
  }
}

static Status case_row(Vector *result, uint32_t row, Str text, TextBuilder *builder, bool upper, Error *error) {
  if (text_is_ascii(text)) {
    char inlined[STRING_INLINE_CAPACITY];
    char *out = inlined;
    if (text.length > STRING_INLINE_CAPACITY) {
      out = vector_string_room(result, text.length);
      if (!out) return error_no_memory(error);
    }
    for (size_t i = 0; i < text.length; i++) out[i] = ascii_case(text.data[i], upper);
    result_view(result, row, out, text.length);
    return OK;
  }
  text_clear(builder);
  text_append_case(builder, text, upper);
  return result_builder(result, row, builder, error);
}

static Status case_rows(EvalContext *context, const Vector *argument, uint32_t row_count, Vector *result,
                        TextBuilder *builder, bool upper) {
  UNARY_VOID(context->error, argument, row_count, result, StringView,
             TRY(case_row(result, row, string_str(&in), builder, upper, context->error)));
  return OK;
}

static Status change_case(EvalContext *context, const Vector *argument, uint32_t row_count, Vector *result,
                          bool upper) {
  TextBuilder builder;
  text_init(&builder, context->memory);
  Status status = case_rows(context, argument, row_count, result, &builder, upper);
  text_free(&builder);
  return status;
}

KERNEL(upper) {
  UNUSED_CALL;
  return change_case(context, arguments[0], row_count, result, true);
}
KERNEL(lower) {
  UNUSED_CALL;
  return change_case(context, arguments[0], row_count, result, false);
}

// ---------------------------------------------------------------------------------------------------------------------
// Accents and normal form: the text is taken apart into code points, and put together again.
// ---------------------------------------------------------------------------------------------------------------------

static Status compose_text(Vector *result, uint32_t row, Str text, bool strip_marks, Arena *scratch, Error *error) {
  if (text_is_ascii(text)) return vector_set_string(result, row, text, error);
  ArenaMark mark = arena_mark(scratch);
  // A code point of n bytes has no more than 2n parts, and composed text no more bytes than its parts have.
  uint32_t *code_points = arena_allocate(scratch, (text.length * 2 + UNICODE_PARTS) * sizeof *code_points);
  if (!code_points) return error_no_memory(error);
  size_t count = 0;
  for (size_t at = 0; at < text.length;) {
    uint32_t code_point;
    at += utf8_decode(text, at, &code_point);
    count += unicode_decompose(code_point, code_points + count);
  }
  count = unicode_compose(code_points, count, strip_marks);
  char *bytes = (char *)code_points;
  size_t length = 0;
  for (size_t i = 0; i < count; i++) {
    char encoded[4];
    size_t encoded_length = utf8_encode(code_points[i], encoded);
    memcpy(bytes + length, encoded, encoded_length);
    length += encoded_length;
  }
  Status status = vector_set_string(result, row, (Str){bytes, length}, error);
  arena_rewind(scratch, mark);
  return status;
}

KERNEL(strip_accents) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(compose_text(result, row, string_str(&in), true, context->scratch, context->error)));
  return OK;
}

KERNEL(nfc_normalize) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(compose_text(result, row, string_str(&in), false, context->scratch, context->error)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// reverse: graphemes stay whole.
// ---------------------------------------------------------------------------------------------------------------------

static Status reverse_row(Vector *result, uint32_t row, Str text, Error *error) {
  char inlined[STRING_INLINE_CAPACITY];
  char *out = inlined;
  if (text.length > STRING_INLINE_CAPACITY) {
    out = vector_string_room(result, text.length);
    if (!out) return error_no_memory(error);
  }
  if (text_is_ascii(text)) {
    for (size_t i = 0; i < text.length; i++) out[text.length - 1 - i] = text.data[i];
  } else {
    for (size_t at = 0; at < text.length;) {
      size_t bytes = grapheme_bytes(text, at);
      memcpy(out + text.length - at - bytes, text.data + at, bytes);
      at += bytes;
    }
  }
  result_view(result, row, out, text.length);
  return OK;
}

KERNEL(reverse) {
  UNUSED_CALL;
  UNARY_VOID(context->error, arguments[0], row_count, result, StringView,
             TRY(reverse_row(result, row, string_str(&in), context->error)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Lengths
// ---------------------------------------------------------------------------------------------------------------------

#define LENGTH_KERNEL(function, expression)                                               \
  KERNEL(function) {                                                                      \
    UNUSED_CALL;                                                                          \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, int64_t, { \
      Str text = string_str(&in);                                                         \
      out = (int64_t)(expression);                                                        \
    });                                                                                   \
    return OK;                                                                            \
  }
LENGTH_KERNEL(length_characters, utf8_length(text))
LENGTH_KERNEL(length_bytes, text.length)
LENGTH_KERNEL(length_bits, text.length * 8)
LENGTH_KERNEL(length_graphemes, grapheme_count(text))

KERNEL(list_length) {
  UNUSED_CALL;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, ListEntry, int64_t, out = in.length);
  return OK;
}

static Status bind_list_length(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  return is_list ? OK : bind_no_match(bind);
}

// array_length(list, dimension): only the first dimension, as in DuckDB.
KERNEL(list_length_dimension) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, ListEntry, int64_t, int64_t, {
    if (right != 1) {
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, call->position,
                       "array_length for lists with dimensions other than 1 not implemented");
    }
    out = left.length;
  });
  return OK;
}

// Of an ARRAY every dimension is known from its type: bind data holds them, outermost first.
typedef struct Dimensions {
  uint32_t count;
  uint32_t sizes[TYPE_DEPTH_LIMIT];
} Dimensions;

KERNEL(array_dimension) {
  const Dimensions *dimensions = call->bind_data;
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView wanted;
  vector_view(arguments[1], &wanted);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    int64_t dimension = ((const int64_t *)wanted.data)[view_row(&wanted, row)];
    if (dimension < 1 || dimension > dimensions->count) {
      return error_set(context->error, ERROR_OUT_OF_RANGE, call->position,
                       "array_length dimension '%lld' out of range (min: '1', max: '%u')", (long long)dimension,
                       dimensions->count);
    }
    ((int64_t *)result->data)[row] = dimensions->sizes[dimension - 1];
  }
  return OK;
}

static const ScalarFunction array_dimension_function;

static Status bind_list_length_dimension(ScalarBind *bind) {
  Type type = argument_type(bind->arguments[0]);
  if (type.id != TYPE_ARRAY) return bind_list_length(bind);
  Dimensions *dimensions;
  ARENA_NEW(bind->arena, bind->error, dimensions);
  bind->argument_types[0] = type;
  for (; type.id == TYPE_ARRAY && dimensions->count < TYPE_DEPTH_LIMIT; type = type_child(type, 0)) {
    dimensions->sizes[dimensions->count++] = type.array_size;
  }
  bind->bind_data = dimensions;
  bind->replacement = &array_dimension_function;
  return OK;
}

static const ScalarFunction array_dimension_function =
    SCALAR("array_length", OF(BIGINT), TYPES(OF(ANY), OF(BIGINT)), array_dimension, .can_fail = true);

#define TEXT_ENTRY(name, kernel) SCALAR(name, OF(VARCHAR), TYPES(OF(VARCHAR)), kernel)
#define LENGTH_ENTRIES(name)                                       \
  SCALAR(name, OF(BIGINT), TYPES(OF(VARCHAR)), length_characters), \
      SCALAR(name, OF(BIGINT), TYPES(OF(LIST)), list_length, .bind = bind_list_length)

SCALAR_TABLE(string_case) = {
    TEXT_ENTRY("upper", upper),
    TEXT_ENTRY("ucase", upper),
    TEXT_ENTRY("lower", lower),
    TEXT_ENTRY("lcase", lower),
    TEXT_ENTRY("reverse", reverse),
    TEXT_ENTRY("strip_accents", strip_accents),
    TEXT_ENTRY("nfc_normalize", nfc_normalize),
    LENGTH_ENTRIES("length"),
    LENGTH_ENTRIES("len"),
    LENGTH_ENTRIES("char_length"),
    LENGTH_ENTRIES("character_length"),
    SCALAR("array_length", OF(BIGINT), TYPES(OF(LIST)), list_length, .bind = bind_list_length),
    SCALAR("array_length", OF(BIGINT), TYPES(OF(LIST), OF(BIGINT)), list_length_dimension,
           .bind = bind_list_length_dimension, .can_fail = true),
    SCALAR("strlen", OF(BIGINT), TYPES(OF(VARCHAR)), length_bytes),
    SCALAR("bit_length", OF(BIGINT), TYPES(OF(VARCHAR)), length_bits),
    SCALAR("octet_length", OF(BIGINT), TYPES(OF(BLOB)), length_bytes),
    SCALAR("length_grapheme", OF(BIGINT), TYPES(OF(VARCHAR)), length_graphemes),
};
SCALAR_TABLE_END(string_case);
