// SPDX-License-Identifier: MIT
//
// sql_helpers.h: what the tests of the parser share. Expected texts were asked of DuckDB 1.5.6.
#ifndef SMEW_TEST_SQL_HELPERS_H
#define SMEW_TEST_SQL_HELPERS_H

#include "sql/sql.h"
#include "unit.h"

// One parse: memory, arena, error and a text to print into.
typedef struct Parse {
  Memory memory;
  Arena arena;
  Error error;
  TextBuilder text;
  SqlScript script;
  Status status;
} Parse;

__attribute__((unused)) static void parse_start(Parse *parse) {
  memset(parse, 0, sizeof *parse);
  memory_init(&parse->memory, 0);
  arena_init(&parse->arena, &parse->memory);
  text_init(&parse->text, &parse->memory);
}

__attribute__((unused)) static void parse_end(Parse *parse) {
  text_free(&parse->text);
  arena_free(&parse->arena);
  CHECK_EQ_INT(parse->memory.used_bytes, 0);
}

__attribute__((unused)) static void parse_sql(Parse *parse, const char *sql) {
  parse_start(parse);
  parse->status = sql_parse(&parse->arena, str_from(sql), SQL_OPTIONS_DEFAULT, &parse->script, &parse->error);
}

// The text so far, as a C string that lives until the next append.
__attribute__((unused)) static const char *parse_text(Parse *parse) {
  text_append_char(&parse->text, 0);
  parse->text.length--;
  return parse->text.data;
}

// The only statement, or NULL after a complaint.
__attribute__((unused)) static SqlStatement *parse_one(Parse *parse, const char *sql) {
  parse_sql(parse, sql);
  if (parse->status != OK || parse->script.count != 1) {
    UNIT_FAIL("%.200s: %s", sql, parse->status == OK ? "not one statement" : parse->error.message);
    return NULL;
  }
  return parse->script.items[0];
}

// `expression` as a select item has the name `expected`.
#define CHECK_NAME(expression, expected) check_name(__LINE__, expression, expected)
__attribute__((unused)) static void check_name(int line, const char *expression, const char *expected) {
  Parse parse;
  parse_start(&parse);
  SqlExprList list;
  Str name;
  Status status = sql_parse_expressions(&parse.arena, str_from(expression), SQL_OPTIONS_DEFAULT, &list, &parse.error);
  if (status == OK) status = sql_column_name(&parse.arena, list.items[0], &name, &parse.error);
  if (status != OK) {
    UNIT_FAIL("line %d: %s: %s", line, expression, parse.error.message);
  } else if (!str_equal(name, str_from(expected))) {
    UNIT_FAIL("line %d: %s is named %.*s, not %s", line, expression, STR_ARG(name), expected);
  }
  parse_end(&parse);
}

// A query prints as `expected`, which parses and prints the same again.
#define CHECK_PRINT(query, expected) check_print(__LINE__, query, expected)
__attribute__((unused)) static void check_print(int line, const char *sql, const char *expected) {
  Parse parse;
  parse_start(&parse);
  const char *source = sql;
  for (int round = 0; round < 2; round++) {
    SqlQuery *query;
    text_clear(&parse.text);
    if (sql_parse_query(&parse.arena, str_from(source), SQL_OPTIONS_DEFAULT, &query, &parse.error) != OK) {
      UNIT_FAIL("line %d: %s: %s", line, source, parse.error.message);
      break;
    }
    sql_print_query(&parse.text, query);
    if (strcmp(parse_text(&parse), expected) != 0) {
      UNIT_FAIL("line %d: %s prints as\n  %s\nnot as\n  %s", line, source, parse_text(&parse), expected);
      break;
    }
    source = expected;
  }
  parse_end(&parse);
}

// The SQL fails with this class and text; `position` -1: none.
#define CHECK_ERROR(sql, position, expected) check_error(__LINE__, sql, position, expected)
__attribute__((unused)) static void check_error(int line, const char *sql, int32_t position, const char *expected) {
  Parse parse;
  parse_sql(&parse, sql);
  char full[ERROR_MESSAGE_CAPACITY + 64];
  snprintf(full, sizeof full, "%s: %s", error_class(parse.error.code), parse.error.message);
  if (parse.status == OK) {
    UNIT_FAIL("line %d: %.200s parses", line, sql);
  } else if (strcmp(full, expected) != 0 || parse.error.position != position) {
    UNIT_FAIL("line %d: %.200s says %s at %d, not %s at %d", line, sql, full, parse.error.position, expected, position);
  }
  parse_end(&parse);
}

#define CHECK_PARSES(sql) check_parses(__LINE__, sql)
__attribute__((unused)) static void check_parses(int line, const char *sql) {
  Parse parse;
  parse_sql(&parse, sql);
  if (parse.status != OK) UNIT_FAIL("line %d: %.200s: %s", line, sql, parse.error.message);
  parse_end(&parse);
}

// A C string compared with a Str.
#define CHECK_STR(actual, expected)                                                                  \
  do {                                                                                               \
    Str actual_ = (actual);                                                                          \
    if (!str_equal(actual_, str_from(expected))) UNIT_FAIL("%s is %.*s", #actual, STR_ARG(actual_)); \
  } while (0)

#endif
