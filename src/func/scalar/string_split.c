// SPDX-License-Identifier: MIT
//
// string_split.c: string_split, split_part and the parts of file paths.
#include "func/scalar/string_text.h"

// Appends one text to the LIST entry that is being built in `row`.
static Status push_text(Vector *result, Str text, Error *error) {
  Vector *child = &result->children[0];
  if (result->child_rows == child->capacity) TRY(vector_reserve(child, MAX_OF(child->capacity * 2, 64), error));
  TRY(vector_set_string(child, result->child_rows, text, error));
  result->child_rows++;
  return OK;
}

// The next piece from *at; false: none. An empty separator splits into characters.
static bool next_piece(Str text, Str separator, size_t *at, Str *piece) {
  if (*at > text.length) return false;
  size_t end;
  if (separator.length == 0) {
    if (*at == text.length && *at > 0) return false;
    end = *at < text.length ? *at + grapheme_bytes(text, *at) : *at;
    *piece = (Str){text.data + *at, end - *at};
    *at = end == text.length ? text.length + 1 : end;
    return true;
  }
  end = find_bytes(text, separator, *at);
  if (end == SIZE_MAX) {
    *piece = (Str){text.data + *at, text.length - *at};
    *at = text.length + 1;
  } else {
    *piece = (Str){text.data + *at, end - *at};
    *at = end + separator.length;
  }
  return true;
}

static Status split_row(Vector *result, uint32_t row, Str text, const Str *separator, Error *error) {
  uint32_t start = result->child_rows;
  if (!separator) {
    TRY(push_text(result, text, error));
  } else {
    size_t at = 0;
    Str piece;
    while (next_piece(text, *separator, &at, &piece)) TRY(push_text(result, piece, error));
  }
  ((ListEntry *)result->data)[row] = (ListEntry){start, result->child_rows - start};
  return OK;
}

// A NULL separator does not split; a NULL text is NULL.
KERNEL(split) {
  UNUSED_CALL;
  VectorView texts, separators;
  vector_view(arguments[0], &texts);
  vector_view(arguments[1], &separators);
  uint32_t count = kernel_rows(arguments, 2, row_count);
  for (uint32_t row = 0; row < count; row++) {
    uint32_t text_at = view_row(&texts, row), separator_at = view_row(&separators, row);
    if (!view_valid(&texts, text_at)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    Str separator = {NULL, 0};
    bool known = view_valid(&separators, separator_at);
    if (known) separator = string_str(&((const StringView *)separators.data)[separator_at]);
    TRY(split_row(result, row, string_str(&((const StringView *)texts.data)[text_at]), known ? &separator : NULL,
                  context->error));
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

// split_part(text, separator, n): from 1, negative from the end; empty when there is no such part.
static Str part_of(Str text, Str separator, int64_t index) {
  size_t at = 0;
  Str piece;
  if (index < 0) {
    int64_t count = 0;
    while (next_piece(text, separator, &at, &piece)) count++;
    index = count + index + 1;
    at = 0;
    if (index <= 0) return (Str){NULL, 0};
  }
  if (index == 0) return (Str){NULL, 0};
  while (next_piece(text, separator, &at, &piece)) {
    if (--index == 0) return piece;
  }
  return (Str){NULL, 0};
}

KERNEL(split_part) {
  UNUSED_CALL;
  TERNARY_VOID(context->error, arguments, row_count, result, StringView, StringView, int64_t, {
    TRY(vector_set_string(result, row, part_of(string_str(&first), string_str(&second), third), context->error));
  });
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Paths. Separators: 'system' and 'forward_slash' mean '/', 'backslash' '\', 'both_slash' both; anything else both.
// ---------------------------------------------------------------------------------------------------------------------

static const char *separators_of(Str option) {
  if (str_equal(option, STR("system")) || str_equal(option, STR("forward_slash"))) return "/";
  if (str_equal(option, STR("backslash"))) return "\\";
  return "/\\";
}

static bool is_separator(char c, const char *separators) { return c && strchr(separators, c); }

static size_t last_separator(Str path, const char *separators) { // SIZE_MAX: none
  for (size_t i = path.length; i-- > 0;) {
    if (is_separator(path.data[i], separators)) return i;
  }
  return SIZE_MAX;
}

static size_t first_separator(Str path, const char *separators) {
  for (size_t i = 0; i < path.length; i++) {
    if (is_separator(path.data[i], separators)) return i;
  }
  return SIZE_MAX;
}

// The first component; a leading separator is one.
static Str path_dirname(Str path, const char *separators) {
  size_t at = first_separator(path, separators);
  if (at == SIZE_MAX) return (Str){NULL, 0};
  return (Str){path.data, at == 0 ? 1 : at};
}

static Str path_dirpath(Str path, const char *separators) {
  size_t at = last_separator(path, separators);
  if (at == SIZE_MAX) return (Str){NULL, 0};
  return (Str){path.data, at == 0 && path.length == 1 ? 1 : at};
}

static Str path_filename(Str path, const char *separators, bool trim_extension) {
  size_t at = last_separator(path, separators);
  size_t start = at == SIZE_MAX ? 0 : at + 1;
  Str name = {path.data + start, path.length - start};
  if (trim_extension) {
    for (size_t i = name.length; i-- > 0;) {
      if (name.data[i] == '.') return (Str){name.data, i};
    }
  }
  return name;
}

static Status parse_path_row(Vector *result, uint32_t row, Str path, const char *separators, Error *error) {
  uint32_t start = result->child_rows;
  size_t at = 0;
  if (path.length && is_separator(path.data[0], separators)) {
    TRY(push_text(result, (Str){path.data, 1}, error));
  }
  while (at < path.length) {
    while (at < path.length && is_separator(path.data[at], separators)) at++;
    size_t end = at;
    while (end < path.length && !is_separator(path.data[end], separators)) end++;
    if (end > at) TRY(push_text(result, (Str){path.data + at, end - at}, error));
    at = end;
  }
  ((ListEntry *)result->data)[row] = (ListEntry){start, result->child_rows - start};
  return OK;
}

#define PATH_KERNELS(function, statement)                                                         \
  KERNEL(function) {                                                                              \
    UNUSED_CALL;                                                                                  \
    UNARY_VOID(context->error, arguments[0], row_count, result, StringView, {                     \
      Str path = string_str(&in);                                                                 \
      const char *separators = "/\\";                                                             \
      TRY(statement);                                                                             \
    });                                                                                           \
    return OK;                                                                                    \
  }                                                                                               \
  KERNEL(function##_option) {                                                                     \
    UNUSED_CALL;                                                                                  \
    VectorView paths_, options_;                                                                  \
    vector_view(arguments[0], &paths_);                                                           \
    vector_view(arguments[1], &options_);                                                         \
    uint32_t rows_ = kernel_rows(arguments, 2, row_count);                                        \
    for (uint32_t row = 0; row < rows_; row++) {                                                  \
      uint32_t path_at_ = view_row(&paths_, row), option_at_ = view_row(&options_, row);          \
      if (!view_valid(&paths_, path_at_)) {                                                       \
        TRY(vector_set_null(result, row, context->error));                                        \
        continue;                                                                                 \
      }                                                                                           \
      Str path = string_str(&((const StringView *)paths_.data)[path_at_]);                        \
      const char *separators = "/\\"; /* of a NULL option */                                      \
      if (view_valid(&options_, option_at_)) {                                                    \
        separators = separators_of(string_str(&((const StringView *)options_.data)[option_at_])); \
      }                                                                                           \
      TRY(statement);                                                                             \
    }                                                                                             \
    kernel_finish(arguments, 2, result);                                                          \
    return OK;                                                                                    \
  }
PATH_KERNELS(parse_dirname, vector_set_string(result, row, path_dirname(path, separators), context->error))
PATH_KERNELS(parse_dirpath, vector_set_string(result, row, path_dirpath(path, separators), context->error))
PATH_KERNELS(parse_filename, vector_set_string(result, row, path_filename(path, separators, false), context->error))
PATH_KERNELS(parse_path, parse_path_row(result, row, path, separators, context->error))

// parse_filename(path, trim_extension [, separators]): NULL options are those that are not given.
KERNEL(parse_filename_trim) {
  VectorView views[3];
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &views[i]);
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at[3];
    bool valid[3] = {false, false, false};
    for (uint32_t i = 0; i < call->argument_count; i++) {
      at[i] = view_row(&views[i], row);
      valid[i] = view_valid(&views[i], at[i]);
    }
    if (!valid[0]) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    const char *separators = valid[2] ? separators_of(string_str(&((const StringView *)views[2].data)[at[2]])) : "/\\";
    bool trim = valid[1] && ((const uint8_t *)views[1].data)[at[1]];
    Str path = string_str(&((const StringView *)views[0].data)[at[0]]);
    TRY(vector_set_string(result, row, path_filename(path, separators, trim), context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

#define SPLIT_ENTRY(name) SCALAR(name, LIST_OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR)), split, .nulls = NULLS_SPECIAL)
#define PATH_ENTRIES(name, result, kernel)          \
  SCALAR(name, result, TYPES(OF(VARCHAR)), kernel), \
      SCALAR(name, result, TYPES(OF(VARCHAR), OF(VARCHAR)), kernel##_option, .nulls = NULLS_SPECIAL)

SCALAR_TABLE(string_split) = {
    SPLIT_ENTRY("string_split"),
    SPLIT_ENTRY("str_split"),
    SPLIT_ENTRY("string_to_array"),
    SPLIT_ENTRY("split"),
    SCALAR("split_part", OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR), OF(BIGINT)), split_part),
    PATH_ENTRIES("parse_dirname", OF(VARCHAR), parse_dirname),
    PATH_ENTRIES("parse_dirpath", OF(VARCHAR), parse_dirpath),
    PATH_ENTRIES("parse_filename", OF(VARCHAR), parse_filename),
    SCALAR("parse_filename", OF(VARCHAR), TYPES(OF(VARCHAR), OF(BOOLEAN)), parse_filename_trim, .nulls = NULLS_SPECIAL),
    SCALAR("parse_filename", OF(VARCHAR), TYPES(OF(VARCHAR), OF(BOOLEAN), OF(VARCHAR)), parse_filename_trim,
           .nulls = NULLS_SPECIAL),
    SCALAR("parse_path", LIST_OF(VARCHAR), TYPES(OF(VARCHAR)), parse_path),
    SCALAR("parse_path", LIST_OF(VARCHAR), TYPES(OF(VARCHAR), OF(VARCHAR)), parse_path_option, .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(string_split);
