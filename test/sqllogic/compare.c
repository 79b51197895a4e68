// SPDX-License-Identifier: MIT
//
// compare.c: what came beside what was expected, as DuckDB's runner compares.
#define _GNU_SOURCE
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "func/scalar/regex.h"
#include "sqllogic.h"

static bool matches_regex(Text text, Text pattern) {
  bool wanted = text_starts(pattern, "<REGEX>:");
  Text bare = text_replace(text_replace(pattern, "<REGEX>:", text_of("", 0)), "<!REGEX>:", text_of("", 0));
  Memory memory;
  Arena arena;
  RegexMatcher matcher;
  const Regex *regex;
  Error error = {0};
  bool matched = false;
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  regex_matcher_init(&matcher, &memory);
  Str sought = {text.data, text.length};
  bool valid = regex_compile(&arena, (Str){bare.data, bare.length}, (RegexOptions){.dot_matches_newline = true}, -1,
                             &regex, &error) == OK &&
               regex_search(&matcher, regex, sought, 0, REGEX_ANCHORED_BOTH, &matched, &error) == OK;
  regex_matcher_free(&matcher);
  arena_free(&arena);
  if (!valid) return false;
  return matched == wanted;
}

static bool is_regex(Text text) { return text_starts(text, "<REGEX>:") || text_starts(text, "<!REGEX>:"); }

static bool parse_number(Text text, long double *number) {
  char *end;
  *number = strtold(text.data, &end);
  while (isspace((unsigned char)*end)) end++;
  return text.length && !*end;
}

static bool is_float(smew_type_id type) { return type == SMEW_TYPE_FLOAT || type == SMEW_TYPE_DOUBLE; }
static bool is_numeric(smew_type_id type) {
  return (type >= SMEW_TYPE_TINYINT && type <= SMEW_TYPE_DECIMAL) || type == SMEW_TYPE_BIGNUM;
}

static int truth_of(Text text) {
  if (strcasecmp(text.data, "true") == 0 || text_is(text, "1")) return 1;
  return strcasecmp(text.data, "false") == 0 || text_is(text, "0") ? 0 : -1;
}

// Is the expected text the value, in the terms of the column's type?
static bool same_value(const Runner *runner, Text actual, Text expected, smew_type_id type, uint8_t scale) {
  if (text_equal(actual, expected) || text_equal(actual, replace_keywords(runner, expected)) ||
      text_equal(actual, replace_loops(runner, replace_keywords(runner, expected)))) {
    return true;
  }
  if (is_regex(expected)) return matches_regex(actual, replace_keywords(runner, expected));
  if (type == SMEW_TYPE_BOOLEAN) return truth_of(actual) >= 0 && truth_of(actual) == truth_of(expected);
  if (!is_numeric(type)) return false;
  long double a, b;
  if (!parse_number(actual, &a) || !parse_number(expected, &b)) return false;
  if (is_float(type)) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    if (isinf(a) || isinf(b)) return a == b;
    return fabsl(a - b) <= fabsl(b) * 0.01L + 0.00000001L;
  }
  long double unit = powl(10, scale);
  return roundl(a * unit) == roundl(b * unit);
}

// A row to be sorted: its number among the result's.
typedef struct SortRow {
  const TextList *values;
  size_t columns;
  size_t row;
} SortRow;

static int compare_rows(const void *left, const void *right) {
  const SortRow *a = left, *b = right;
  for (size_t i = 0; i < a->columns; i++) {
    int result = text_order(a->values->items[a->row * a->columns + i], b->values->items[b->row * b->columns + i]);
    if (result) return result;
  }
  return 0;
}

static void sort_result(Result *result, Sort sort) {
  if (sort == SORT_VALUES && result->values.count) {
    qsort(result->values.items, result->values.count, sizeof(Text), compare_texts);
  }
  if (sort != SORT_ROWS || result->row_count == 0) return;
  SortRow *rows = must(malloc(result->row_count * sizeof *rows));
  for (size_t i = 0; i < result->row_count; i++) rows[i] = (SortRow){&result->values, result->column_count, i};
  qsort(rows, result->row_count, sizeof *rows, compare_rows);
  TextList sorted = {0};
  for (size_t i = 0; i < result->row_count; i++) {
    for (size_t j = 0; j < result->column_count; j++)
      list_add(&sorted, result->values.items[rows[i].row * result->column_count + j]);
  }
  result->values = sorted;
}

static void print_values(Text *out, const TextList *values, size_t columns, bool by_row) {
  for (size_t i = 0; i < values->count && i < 60 * (columns ? columns : 1); i++) {
    text_add(out, values->items[i].data, values->items[i].length);
    text_add(out, !by_row && columns && (i + 1) % columns ? "\t" : "\n", 1);
  }
}

static void wrong_result(Runner *runner, const Command *command, Text sql, const Result *result, bool by_row,
                         const char *reason) {
  Text text = text_from(reason);
  text_print(&text, "\n%s\n---- expected\n", sql.data);
  print_values(&text, &command->values, result->column_count, by_row);
  text_add(&text, "---- actual\n", 12);
  print_values(&text, &result->values, result->column_count, false);
  fail(runner, command->line, "%s", text.data);
}

// Expected results in a file: a header, then fields between |.
static TextList values_of_file(Runner *runner, Text name) {
  TextList values = {0};
  Text path = replace_loops(runner, replace_keywords(runner, text_of(name.data + 7, name.length - 7)));
  FILE *file = fopen(path.data, "rb");
  if (!file) return values;
  char *line = NULL;
  size_t capacity = 0;
  bool header = true;
  for (ssize_t length; (length = getline(&line, &capacity, file)) > 0; header = false) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
    if (header || length == 0) continue;
    TextList fields = split(text_of(line, (size_t)length), '|');
    for (size_t i = 0; i < fields.count; i++)
      list_add(&values, fields.items[i].length ? fields.items[i] : text_from("NULL"));
  }
  fclose(file);
  return values;
}

static void check_hash(Runner *runner, const Command *command, Text sql, const Result *result) {
  Text hash = hash_values(&result->values);
  if (command->values.count == 1 && is_hash(command->values.items[0]) && !text_equal(command->values.items[0], hash)) {
    fail(runner, command->line, "Wrong hash\n%s\n---- expected\n%s\n---- actual\n%s\n", sql.data,
         command->values.items[0].data, hash.data);
    return;
  }
  if (!command->label.data) return;
  for (size_t i = 0; i < runner->label_count; i++) {
    if (!text_equal(runner->labels[i].name, command->label)) continue;
    if (!text_equal(runner->labels[i].hash, hash)) {
      wrong_result(runner, command, sql, result, false, "Another result than the query of the same label had");
    }
    return;
  }
  if (runner->label_count < 256) runner->labels[runner->label_count++] = (Label){command->label, hash};
}

void compare_query(Runner *runner, const Command *command, Text sql, Result *result) {
  if (result->failed) {
    fail(runner, command->line, "Unexpected error\n%s\n---- error\n%s\n", sql.data, result->error.data);
    return;
  }
  sort_result(result, command->sort);
  TextList expected = command->values;
  bool hashed = expected.count == 1 && is_hash(expected.items[0]);
  if (hashed || command->label.data || (runner->hash_threshold && result->values.count > runner->hash_threshold)) {
    check_hash(runner, command, sql, result);
    return;
  }
  bool from_file = expected.count == 1 && text_starts(expected.items[0], "<FILE>:");
  if (from_file) expected = values_of_file(runner, expected.items[0]);
  size_t columns = result->column_count;
  if (columns == 0 && !expected.count) return; // DuckDB's statements without a result have a "Count" without rows
  if (columns == 0) {
    fail(runner, command->line, "The query has no result\n%s\n", sql.data);
    return;
  }
  bool by_row = columns > 1 && expected.count == result->row_count;
  if (!by_row) {
    bool all_tabs = true;
    for (size_t i = 0; i < expected.count && all_tabs; i++) all_tabs = strchr(expected.items[i].data, '\t') != NULL;
    by_row = all_tabs;
  }
  if (from_file) by_row = false;
  size_t expected_rows = by_row ? expected.count : expected.count / columns;
  if (!by_row && expected.count % columns) {
    wrong_result(runner, command, sql, result, by_row, "The expected values do not fill whole rows");
    return;
  }
  if (expected_rows != result->row_count) {
    wrong_result(runner, command, sql, result, by_row, "Wrong number of rows");
    return;
  }
  for (size_t row = 0; row < expected_rows; row++) {
    TextList fields =
        by_row ? split(expected.items[row], '\t') : (TextList){expected.items + row * columns, columns, 0};
    // Tabs at the end, and several in a row, separate nothing: empty values are written (empty).
    for (size_t i = 0; by_row && fields.count > columns && i < fields.count;) {
      if (fields.items[i++].length) continue;
      memmove(fields.items + i - 1, fields.items + i, (fields.count - i) * sizeof *fields.items);
      fields.count--;
      i--;
    }
    if (fields.count != columns) {
      wrong_result(runner, command, sql, result, by_row, "A row has another number of columns");
      return;
    }
    for (size_t i = 0; i < columns; i++) {
      if (same_value(runner, result->values.items[row * columns + i], fields.items[i], result->types[i],
                     result->scales[i]))
        continue;
      char reason[512];
      snprintf(reason, sizeof reason, "Wrong result in row %zu, column %zu: %.180s <> %.180s", row + 1, i + 1,
               result->values.items[row * columns + i].data, fields.items[i].data);
      wrong_result(runner, command, sql, result, by_row, reason);
      return;
    }
  }
  if (columns != command->column_count) {
    wrong_result(runner, command, sql, result, by_row,
                 "Right values, but another number of columns than the query says");
  }
}

static bool is_ignored(const Runner *runner, Text error) {
  for (size_t i = 0; i < runner->ignored_errors.count; i++) {
    if (text_contains(error, runner->ignored_errors.items[i])) return true;
  }
  return false;
}

void compare_statement(Runner *runner, const Command *command, Text sql, const Result *result) {
  if (!result->failed) {
    if (command->expect == EXPECT_ERROR) fail(runner, command->line, "An error was expected\n%s\n", sql.data);
    return;
  }
  if (is_ignored(runner, result->error)) {
    skip(runner, "ignored error");
    runner->stop = true;
    return;
  }
  if (text_starts(result->error, "INTERNAL Error")) {
    fail(runner, command->line, "Internal error\n%s\n---- error\n%s\n", sql.data, result->error.data);
    return;
  }
  if (command->expect == EXPECT_OK) {
    fail(runner, command->line, "Unexpected error\n%s\n---- error\n%s\n", sql.data, result->error.data);
    return;
  }
  if (!command->expected_error.data || command->expected_error.length == 0) return;
  Text expected = command->expected_error, replaced = replace_loops(runner, replace_keywords(runner, expected));
  if (text_contains(result->error, expected) || text_contains(result->error, replaced)) return;
  if (is_regex(expected) && matches_regex(result->error, replaced)) return;
  fail(runner, command->line, "Another error was expected\n%s\n---- expected\n%s\n---- actual\n%s\n", sql.data,
       expected.data, result->error.data);
}
