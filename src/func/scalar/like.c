// SPDX-License-Identifier: MIT
//
// like.c: LIKE, ILIKE and GLOB. A constant pattern is cut at bind time into literal pieces between '%', so that the usual
// patterns (abc%, %abc, %abc%, %a%b%) are prefix, suffix and substring searches; patterns with '_' and patterns that vary
// by row are matched by backtracking to the last '%' only, which is linear in practice and quadratic at worst.
#include "func/scalar/string_text.h"

// ---------------------------------------------------------------------------------------------------------------------
// Matching by pattern
// ---------------------------------------------------------------------------------------------------------------------

static inline size_t character_bytes(Str text, size_t at) {
  uint8_t lead = (uint8_t)text.data[at];
  size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return MIN_OF(bytes, text.length - at);
}

typedef enum Match { MATCH_NO, MATCH_YES, MATCH_ERROR } Match;

// `escape` < 0: none. MATCH_ERROR: the pattern ends with the escape character where a character is wanted.
static Match like_run(Str text, Str pattern, int escape) {
  size_t t = 0, p = 0;
  size_t star_p = SIZE_MAX, star_t = 0;
  while (t < text.length) {
    if (p < pattern.length) {
      uint8_t c = (uint8_t)pattern.data[p];
      if (escape >= 0 && c == (uint8_t)escape) {
        if (p + 1 == pattern.length) return MATCH_ERROR;
        if (pattern.data[p + 1] == text.data[t]) {
          p += 2;
          t++;
          continue;
        }
      } else if (c == '%') {
        star_p = ++p;
        star_t = t;
        if (p == pattern.length) return MATCH_YES;
        continue;
      } else if (c == '_') {
        p++;
        t += character_bytes(text, t);
        continue;
      } else if (c == (uint8_t)text.data[t]) {
        p++;
        t++;
        continue;
      }
    }
    if (star_p == SIZE_MAX) return MATCH_NO;
    p = star_p;
    star_t += character_bytes(text, star_t);
    t = star_t;
  }
  while (p < pattern.length && pattern.data[p] == '%') p++;
  return p == pattern.length ? MATCH_YES : MATCH_NO;
}

// A bracket of a glob: [abc], [a-z], [!a]. Returns the bytes of the bracket, 0: not closed.
static size_t glob_bracket(Str pattern, size_t at, uint8_t c, bool *matches) {
  size_t p = at + 1;
  bool negate = p < pattern.length && pattern.data[p] == '!';
  if (negate) p++;
  bool found = false;
  for (bool first = true;; first = false) {
    if (p >= pattern.length) return 0;
    uint8_t low = (uint8_t)pattern.data[p];
    if (low == ']' && !first) break;
    if (low == '\\' && p + 1 < pattern.length) low = (uint8_t)pattern.data[++p];
    p++;
    uint8_t high = low;
    if (p + 1 < pattern.length && pattern.data[p] == '-' && pattern.data[p + 1] != ']') {
      high = (uint8_t)pattern.data[p + 1];
      p += 2;
    }
    if (c >= low && c <= high) found = true;
  }
  *matches = found != negate;
  return p + 1 - at;
}

bool glob_match(Str text, Str pattern) {
  size_t t = 0, p = 0;
  size_t star_p = SIZE_MAX, star_t = 0;
  while (t < text.length) {
    if (p < pattern.length) {
      char c = pattern.data[p];
      if (c == '*') {
        while (p < pattern.length && pattern.data[p] == '*') p++;
        star_p = p;
        star_t = t;
        if (p == pattern.length) return true;
        continue;
      }
      if (c == '?') {
        p++;
        t += character_bytes(text, t);
        continue;
      }
      if (c == '[') {
        bool matches = false;
        size_t bytes = glob_bracket(pattern, p, (uint8_t)text.data[t], &matches);
        if (bytes == 0) return false;
        if (matches) {
          p += bytes;
          t++;
          continue;
        }
      } else {
        size_t literal = c == '\\' && p + 1 < pattern.length ? p + 1 : p;
        if (pattern.data[literal] == text.data[t]) {
          p = literal + 1;
          t++;
          continue;
        }
      }
    }
    if (star_p == SIZE_MAX) return false;
    p = star_p;
    t = ++star_t;
  }
  while (p < pattern.length && pattern.data[p] == '*') p++;
  return p == pattern.length;
}

// ---------------------------------------------------------------------------------------------------------------------
// Constant patterns
// ---------------------------------------------------------------------------------------------------------------------

// text LIKE piece % piece % piece: the first is a prefix unless the pattern starts with %, the last a suffix likewise.
typedef struct LikePlan {
  Str *pieces;
  uint32_t count;
  bool from_start, to_end;
  bool exact; // no % at all
} LikePlan;

static bool plan_match(const LikePlan *plan, Str text) {
  if (plan->exact) return str_equal(text, plan->count ? plan->pieces[0] : (Str){NULL, 0});
  uint32_t first = 0, last = plan->count;
  size_t at = 0;
  if (plan->from_start && last) {
    if (!str_starts_with(text, plan->pieces[0])) return false;
    at = plan->pieces[0].length;
    first = 1;
  }
  if (plan->to_end && last > first) {
    Str piece = plan->pieces[last - 1];
    if (text.length < at + piece.length || !str_ends_with(text, piece)) return false;
    text.length -= piece.length;
    last--;
  }
  for (uint32_t i = first; i < last; i++) {
    size_t found = find_bytes(text, plan->pieces[i], at);
    if (found == SIZE_MAX || found + plan->pieces[i].length > text.length) return false;
    at = found + plan->pieces[i].length;
  }
  return true;
}

static Status bind_like(ScalarBind *bind) {
  Value pattern;
  bool constant;
  TRY(bind_constant(bind, 1, &pattern, &constant));
  if (!constant || pattern.is_null || !type_is_string(pattern.type)) return OK;
  if (memchr(pattern.text.data, '_', pattern.text.length)) return OK;
  LikePlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  Str text;
  TRY(str_copy(bind->arena, bind->error, pattern.text, &text));
  ARENA_NEW_ARRAY(bind->arena, bind->error, plan->pieces, text.length + 1);
  plan->from_start = text.length && text.data[0] != '%';
  plan->to_end = text.length && text.data[text.length - 1] != '%';
  plan->exact = !memchr(text.data, '%', text.length);
  for (size_t at = 0; at < text.length;) {
    const char *end = memchr(text.data + at, '%', text.length - at);
    size_t stop = end ? (size_t)(end - text.data) : text.length;
    if (stop > at) plan->pieces[plan->count++] = (Str){text.data + at, stop - at};
    at = stop + 1;
  }
  bind->bind_data = plan;
  return OK;
}

static Status escape_error(EvalContext *context, const ScalarCall *call) {
  return error_set(context->error, ERROR_SYNTAX, call->position, "Like pattern must not end with escape character!");
}

static Status like_planned(EvalContext *context, const ScalarCall *call, const Vector *argument, uint32_t row_count,
                           Vector *result, bool negate) {
  const LikePlan *plan = call->bind_data;
  UNARY_CHECKED(context->error, argument, row_count, result, StringView, uint8_t,
                out = plan_match(plan, string_str(&in)) != negate);
  return OK;
}

static Status like_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                        uint32_t row_count, Vector *result, bool negate) {
  if (call->bind_data) return like_planned(context, call, arguments[0], row_count, result, negate);
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, uint8_t,
                 { out = (like_run(string_str(&left), string_str(&right), -1) == MATCH_YES) != negate; });
  return OK;
}
HOT KERNEL(like) { return like_rows(context, call, arguments, row_count, result, false); }
HOT KERNEL(not_like) { return like_rows(context, call, arguments, row_count, result, true); }

KERNEL(glob) {
  UNUSED_CALL;
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, uint8_t,
                 out = glob_match(string_str(&left), string_str(&right)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ILIKE folds both sides first.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct FoldBuffers {
  TextBuilder text;
  TextBuilder pattern;
} FoldBuffers;

static Status ilike_row(EvalContext *context, const ScalarCall *call, FoldBuffers *buffers, Str text, Str pattern,
                        int escape, bool *matches) {
  text_clear(&buffers->text);
  text_clear(&buffers->pattern);
  text_append_case(&buffers->text, text, false);
  text_append_case(&buffers->pattern, pattern, false);
  if (buffers->text.failed || buffers->pattern.failed) return error_no_memory(context->error);
  Match match = like_run(text_str(&buffers->text), text_str(&buffers->pattern), escape);
  if (match == MATCH_ERROR) return escape_error(context, call);
  *matches = match == MATCH_YES;
  return OK;
}

static Status ilike_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                         uint32_t row_count, Vector *result, FoldBuffers *buffers, bool negate) {
  BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, uint8_t, {
    bool matches = false;
    TRY(ilike_row(context, call, buffers, string_str(&left), string_str(&right), -1, &matches));
    out = matches != negate;
  });
  return OK;
}

static Status ilike_kernel(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                           uint32_t row_count, Vector *result, bool negate) {
  FoldBuffers buffers;
  text_init(&buffers.text, context->memory);
  text_init(&buffers.pattern, context->memory);
  Status status = ilike_rows(context, call, arguments, row_count, result, &buffers, negate);
  text_free(&buffers.text);
  text_free(&buffers.pattern);
  return status;
}
KERNEL(ilike) { return ilike_kernel(context, call, arguments, row_count, result, false); }
KERNEL(not_ilike) { return ilike_kernel(context, call, arguments, row_count, result, true); }

// ---------------------------------------------------------------------------------------------------------------------
// With ESCAPE
// ---------------------------------------------------------------------------------------------------------------------

static Status escape_character(EvalContext *context, const ScalarCall *call, Str escape, int *character) {
  if (escape.length > 1) {
    return error_set(context->error, ERROR_SYNTAX, call->position,
                     "Invalid escape string. Escape string must be empty or one character.");
  }
  *character = escape.length ? (uint8_t)escape.data[0] : -1;
  return OK;
}

static Status like_escape_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                               uint32_t row_count, Vector *result, FoldBuffers *buffers, bool negate) {
  TERNARY_CHECKED(context->error, arguments, row_count, result, StringView, StringView, StringView, uint8_t, {
    int escape = -1;
    TRY(escape_character(context, call, string_str(&third), &escape));
    bool matches = false;
    if (buffers) {
      TRY(ilike_row(context, call, buffers, string_str(&first), string_str(&second), escape, &matches));
    } else {
      Match match = like_run(string_str(&first), string_str(&second), escape);
      if (match == MATCH_ERROR) return escape_error(context, call);
      matches = match == MATCH_YES;
    }
    out = matches != negate;
  });
  return OK;
}

KERNEL(like_escape) { return like_escape_rows(context, call, arguments, row_count, result, NULL, false); }
KERNEL(not_like_escape) { return like_escape_rows(context, call, arguments, row_count, result, NULL, true); }

static Status ilike_escape_kernel(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                                  uint32_t row_count, Vector *result, bool negate) {
  FoldBuffers buffers;
  text_init(&buffers.text, context->memory);
  text_init(&buffers.pattern, context->memory);
  Status status = like_escape_rows(context, call, arguments, row_count, result, &buffers, negate);
  text_free(&buffers.text);
  text_free(&buffers.pattern);
  return status;
}
KERNEL(ilike_escape) { return ilike_escape_kernel(context, call, arguments, row_count, result, false); }
KERNEL(not_ilike_escape) { return ilike_escape_kernel(context, call, arguments, row_count, result, true); }

#define LIKE_ENTRY(name, kernel, ...) SCALAR(name, OF(BOOLEAN), TYPES(OF(VARCHAR), OF(VARCHAR)), kernel, __VA_ARGS__)
#define ESCAPE_ENTRY(name, kernel) \
  SCALAR(name, OF(BOOLEAN), TYPES(OF(VARCHAR), OF(VARCHAR), OF(VARCHAR)), kernel, .can_fail = true)

SCALAR_TABLE(like) = {
    LIKE_ENTRY("~~", like, .bind = bind_like),
    LIKE_ENTRY("!~~", not_like, .bind = bind_like),
    LIKE_ENTRY("~~~", glob),
    LIKE_ENTRY("~~*", ilike),
    LIKE_ENTRY("!~~*", not_ilike),
    ESCAPE_ENTRY("like_escape", like_escape),
    ESCAPE_ENTRY("not_like_escape", not_like_escape),
    ESCAPE_ENTRY("ilike_escape", ilike_escape),
    ESCAPE_ENTRY("not_ilike_escape", not_ilike_escape),
};
SCALAR_TABLE_END(like);
