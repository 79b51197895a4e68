// SPDX-License-Identifier: MIT
//
// sql.c: libFuzzer on the SQL parser. Whatever the bytes are: no crash, no undefined behaviour, no byte kept; and what parses
// prints as text that parses again and prints the same from then on.
#include <stdlib.h>

#include "sql/sql.h"

static void require(bool condition) {
  if (!condition) abort();
}

// Stored text is read with all the depth there is.
static SqlOptions deep_options(void) {
  SqlOptions options = SQL_OPTIONS_DEFAULT;
  options.max_depth = SQL_DEPTH_CEILING;
  return options;
}

// Prints, parses and prints again: the second and the third text are the same.
static void check_query(Arena *arena, const SqlQuery *query) {
  TextBuilder text[3];
  Error error;
  bool same = true;
  for (int round = 0; round < 3; round++) {
    text_init(&text[round], arena->memory);
    sql_print_query(&text[round], query);
    SqlQuery *again;
    if (sql_parse_query(arena, text_str(&text[round]), deep_options(), &again, &error) != OK) {
      // Only depth may be in the way: printing adds parentheses.
      size_t found;
      require(str_find(str_from(error.message), STR("depth limit"), &found));
      for (int i = 0; i <= round; i++) text_free(&text[i]);
      return;
    }
    query = again;
  }
  same = str_equal(text_str(&text[1]), text_str(&text[2]));
  for (int round = 0; round < 3; round++) text_free(&text[round]);
  require(same);
}

static void check_statement(Arena *arena, const SqlStatement *statement) {
  TextBuilder text;
  text_init(&text, arena->memory);
  sql_dump_statement(&text, statement);
  text_free(&text);
  if (statement->kind != SQL_STATEMENT_SELECT) return;
  Error error;
  SqlQuery *copy;
  require(sql_copy_query(arena, statement->query, &copy, &error) == OK);
  require(sql_query_equal(statement->query, copy));
  check_query(arena, copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Memory memory;
  Arena arena;
  Error error;
  SqlScript script;
  SqlTokenList tokens;
  Str text = {(const char *)data, size};
  memory_init(&memory, 0);
  arena_init(&arena, &memory);
  require(sql_tokenize(&arena, text, &tokens, &error) == OK);
  (void)sql_is_complete(text);
  if (sql_parse(&arena, text, SQL_OPTIONS_DEFAULT, &script, &error) == OK) {
    for (uint32_t i = 0; i < script.count; i++) check_statement(&arena, script.items[i]);
  }
  arena_free(&arena);
  require(memory.used_bytes == 0);
  return 0;
}
