// SPDX-License-Identifier: MIT
//
// string_similarity.c: how alike two texts are: Levenshtein, Damerau-Levenshtein, Hamming, Jaccard, Jaro, Jaro-Winkler.
// All compare bytes, as DuckDB does.
#include "func/scalar/string_text.h"

static Status levenshtein_distance(EvalContext *context, Str a, Str b, int64_t *distance) {
  if (a.length < b.length) {
    Str swap = a;
    a = b;
    b = swap;
  }
  ArenaMark mark = arena_mark(context->scratch);
  uint32_t *row = arena_allocate(context->scratch, (b.length + 1) * sizeof *row);
  if (!row) return error_no_memory(context->error);
  for (size_t j = 0; j <= b.length; j++) row[j] = (uint32_t)j;
  for (size_t i = 1; i <= a.length; i++) {
    uint32_t diagonal = row[0];
    row[0] = (uint32_t)i;
    for (size_t j = 1; j <= b.length; j++) {
      uint32_t above = row[j];
      uint32_t change = diagonal + (a.data[i - 1] != b.data[j - 1]);
      uint32_t insert = MIN_OF(above, row[j - 1]) + 1;
      row[j] = MIN_OF(change, insert);
      diagonal = above;
    }
  }
  *distance = row[b.length];
  arena_rewind(context->scratch, mark);
  return OK;
}

// With adjacent transpositions, unrestricted (a transposed pair may be edited further).
static Status damerau_distance(EvalContext *context, Str a, Str b, int64_t *distance) {
  size_t width = b.length + 2;
  if ((a.length + 2) > (SIZE_MAX / sizeof(uint32_t)) / width) return error_no_memory(context->error);
  ArenaMark mark = arena_mark(context->scratch);
  uint32_t *cost = arena_allocate(context->scratch, (a.length + 2) * width * sizeof *cost);
  if (!cost) return error_no_memory(context->error);
#define COST(i, j) cost[(i)*width + (j)]
  uint32_t infinity = (uint32_t)(a.length + b.length);
  size_t last_row[256] = {0}; // last row of `a` where a byte was seen
  COST(0, 0) = infinity;
  for (size_t i = 0; i <= a.length; i++) COST(i + 1, 0) = infinity, COST(i + 1, 1) = (uint32_t)i;
  for (size_t j = 0; j <= b.length; j++) COST(0, j + 1) = infinity, COST(1, j + 1) = (uint32_t)j;
  for (size_t i = 1; i <= a.length; i++) {
    size_t last_match = 0;
    for (size_t j = 1; j <= b.length; j++) {
      size_t other_row = last_row[(uint8_t)b.data[j - 1]], other_column = last_match;
      bool equal = a.data[i - 1] == b.data[j - 1];
      if (equal) last_match = j;
      uint32_t best = COST(i, j) + !equal;
      best = MIN_OF(best, COST(i + 1, j) + 1);
      best = MIN_OF(best, COST(i, j + 1) + 1);
      best = MIN_OF(
          best, COST(other_row, other_column) + (uint32_t)(i - other_row - 1) + 1 + (uint32_t)(j - other_column - 1));
      COST(i + 1, j + 1) = best;
    }
    last_row[(uint8_t)a.data[i - 1]] = i;
  }
  *distance = COST(a.length + 1, b.length + 1);
#undef COST
  arena_rewind(context->scratch, mark);
  return OK;
}

static Status hamming_distance(EvalContext *context, const ScalarCall *call, Str a, Str b, int64_t *distance) {
  if (a.length != b.length) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Mismatch Function: Strings must be of equal length!");
  }
  if (a.length < 1) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Mismatch Function: Strings must be of length > 0!");
  }
  *distance = 0;
  for (size_t i = 0; i < a.length; i++) *distance += a.data[i] != b.data[i];
  return OK;
}

static Status jaccard_similarity(EvalContext *context, const ScalarCall *call, Str a, Str b, double *similarity) {
  if (a.length < 1 || b.length < 1) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Jaccard Function: An argument too short!");
  }
  uint64_t in_a[4] = {0}, in_b[4] = {0};
  for (size_t i = 0; i < a.length; i++) bit_set(in_a, (uint8_t)a.data[i]);
  for (size_t i = 0; i < b.length; i++) bit_set(in_b, (uint8_t)b.data[i]);
  int both = 0, either = 0;
  for (int i = 0; i < 4; i++) {
    both += __builtin_popcountll(in_a[i] & in_b[i]);
    either += __builtin_popcountll(in_a[i] | in_b[i]);
  }
  *similarity = (double)both / either;
  return OK;
}

static Status jaro(EvalContext *context, Str a, Str b, double *similarity) {
  *similarity = 0;
  if (a.length == 0 || b.length == 0) return OK;
  size_t window = MAX_OF(a.length, b.length) / 2;
  window = window ? window - 1 : 0;
  ArenaMark mark = arena_mark(context->scratch);
  uint8_t *taken_a = arena_allocate_zeroed(context->scratch, a.length);
  uint8_t *taken_b = arena_allocate_zeroed(context->scratch, b.length);
  if (!taken_a || !taken_b) return error_no_memory(context->error);
  size_t matches = 0;
  for (size_t i = 0; i < a.length; i++) {
    size_t low = i > window ? i - window : 0, high = MIN_OF(b.length, i + window + 1);
    for (size_t j = low; j < high; j++) {
      if (taken_b[j] || a.data[i] != b.data[j]) continue;
      taken_a[i] = taken_b[j] = 1;
      matches++;
      break;
    }
  }
  if (matches) {
    size_t transpositions = 0, j = 0;
    for (size_t i = 0; i < a.length; i++) {
      if (!taken_a[i]) continue;
      while (!taken_b[j]) j++;
      transpositions += a.data[i] != b.data[j++];
    }
    double m = (double)matches;
    *similarity = (m / (double)a.length + m / (double)b.length + (m - (double)(transpositions / 2)) / m) / 3;
  }
  arena_rewind(context->scratch, mark);
  return OK;
}

static Status jaro_winkler(EvalContext *context, Str a, Str b, double *similarity) {
  TRY(jaro(context, a, b, similarity));
  size_t prefix = 0, limit = MIN_OF(MIN_OF(a.length, b.length), 4);
  while (prefix < limit && a.data[prefix] == b.data[prefix]) prefix++;
  if (*similarity > 0.7) *similarity += (double)prefix * 0.1 * (1 - *similarity);
  return OK;
}

#define DISTANCE_KERNEL(function, Out, measure, ...)                                                           \
  KERNEL(function) {                                                                                           \
    UNUSED_CALL;                                                                                               \
    BINARY_CHECKED(context->error, arguments[0], arguments[1], row_count, result, StringView, StringView, Out, \
                   TRY(measure(__VA_ARGS__, string_str(&left), string_str(&right), &out)));                    \
    return OK;                                                                                                 \
  }
DISTANCE_KERNEL(levenshtein, int64_t, levenshtein_distance, context)
DISTANCE_KERNEL(damerau_levenshtein, int64_t, damerau_distance, context)
DISTANCE_KERNEL(hamming, int64_t, hamming_distance, context, call)
DISTANCE_KERNEL(jaccard, double, jaccard_similarity, context, call)
DISTANCE_KERNEL(jaro_similarity, double, jaro, context)
DISTANCE_KERNEL(jaro_winkler_similarity, double, jaro_winkler, context)

// Below the cutoff: 0.
#define CUTOFF_KERNEL(function, measure)                                                                    \
  KERNEL(function) {                                                                                        \
    UNUSED_CALL;                                                                                            \
    TERNARY_CHECKED(context->error, arguments, row_count, result, StringView, StringView, double, double, { \
      TRY(measure(context, string_str(&first), string_str(&second), &out));                                 \
      if (out < third) out = 0;                                                                             \
    });                                                                                                     \
    return OK;                                                                                              \
  }
CUTOFF_KERNEL(jaro_cutoff, jaro)
CUTOFF_KERNEL(jaro_winkler_cutoff, jaro_winkler)

#define DISTANCE_ENTRY(name, result, kernel, ...) \
  SCALAR(name, OF(result), TYPES(OF(VARCHAR), OF(VARCHAR)), kernel, __VA_ARGS__)
#define CUTOFF_ENTRY(name, kernel) SCALAR(name, OF(DOUBLE), TYPES(OF(VARCHAR), OF(VARCHAR), OF(DOUBLE)), kernel)

SCALAR_TABLE(string_similarity) = {
    DISTANCE_ENTRY("levenshtein", BIGINT, levenshtein),
    DISTANCE_ENTRY("editdist3", BIGINT, levenshtein),
    DISTANCE_ENTRY("damerau_levenshtein", BIGINT, damerau_levenshtein),
    DISTANCE_ENTRY("hamming", BIGINT, hamming, .can_fail = true),
    DISTANCE_ENTRY("mismatches", BIGINT, hamming, .can_fail = true),
    DISTANCE_ENTRY("jaccard", DOUBLE, jaccard, .can_fail = true),
    DISTANCE_ENTRY("jaro_similarity", DOUBLE, jaro_similarity),
    CUTOFF_ENTRY("jaro_similarity", jaro_cutoff),
    DISTANCE_ENTRY("jaro_winkler_similarity", DOUBLE, jaro_winkler_similarity),
    CUTOFF_ENTRY("jaro_winkler_similarity", jaro_winkler_cutoff),
};
SCALAR_TABLE_END(string_similarity);
