// SPDX-License-Identifier: MIT
//
// script.c: a sqllogictest file as commands.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sqllogic.h"

static Command *add_command(CommandList *list) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 32;
    list->items = must(realloc(list->items, list->capacity * sizeof *list->items));
  }
  Command *command = &list->items[list->count++];
  memset(command, 0, sizeof *command);
  return command;
}

static bool blank_or_comment(Text line) { return line.length == 0 || line.data[0] == '#'; }

static Text parse_sql(Runner *runner) {
  Text sql = text_of("", 0);
  bool first = true;
  for (; runner->at < runner->lines.count; runner->at++) {
    Text line = runner->lines.items[runner->at];
    if (blank_or_comment(line) || text_is(line, "----")) break;
    if (!first) text_add(&sql, "\n", 1);
    text_add(&sql, line.data, line.length);
    first = false;
  }
  return sql;
}

static bool at_separator(const Runner *runner) {
  return runner->at < runner->lines.count && text_is(runner->lines.items[runner->at], "----");
}

static TextList parse_result(Runner *runner) {
  TextList values = {0};
  if (at_separator(runner)) runner->at++;
  for (; runner->at < runner->lines.count && runner->lines.items[runner->at].length; runner->at++) {
    list_add(&values, runner->lines.items[runner->at]);
  }
  return values;
}

static bool is_sort(Text word, Sort *sort) {
  if (text_is(word, "nosort"))
    *sort = SORT_NONE;
  else if (text_is(word, "rowsort") || text_is(word, "sort"))
    *sort = SORT_ROWS;
  else if (text_is(word, "valuesort"))
    *sort = SORT_VALUES;
  else
    return false;
  return true;
}

static void parse_statement(Runner *runner, Command *command, TextList parameters) {
  command->kind = COMMAND_STATEMENT;
  if (parameters.count == 0) {
    fail(runner, command->line, "statement needs ok or error");
    return;
  }
  Text expect = parameters.items[0];
  command->expect = text_is(expect, "ok") ? EXPECT_OK : text_is(expect, "error") ? EXPECT_ERROR : EXPECT_ANY;
  if (parameters.count > 1) command->connection = parameters.items[1];
  runner->at++;
  command->sql = replace_keywords(runner, parse_sql(runner));
  if (!at_separator(runner)) return;
  TextList lines = parse_result(runner);
  command->expected_error = text_of("", 0);
  for (size_t i = 0; i < lines.count; i++) {
    if (i) text_add(&command->expected_error, "\n", 1);
    text_add(&command->expected_error, lines.items[i].data, lines.items[i].length);
  }
}

static void parse_query(Runner *runner, Command *command, TextList parameters) {
  command->kind = COMMAND_QUERY;
  if (parameters.count == 0) {
    fail(runner, command->line, "query needs its column types");
    return;
  }
  command->column_count = parameters.items[0].length;
  if (parameters.count > 1 && !is_sort(parameters.items[1], &command->sort)) command->connection = parameters.items[1];
  if (parameters.count > 2) command->label = parameters.items[2];
  runner->at++;
  command->sql = replace_keywords(runner, parse_sql(runner));
  command->values = parse_result(runner);
}

static void add_words(TextList *tokens, const char *all) {
  TextList list = words(text_from(all));
  for (size_t i = 0; i < list.count; i++) list_add(tokens, list.items[i]);
}

static void add_token(TextList *tokens, Text word) {
  char lower[64] = {0};
  for (size_t i = 0; i < word.length && i + 1 < sizeof lower; i++)
    lower[i] = (char)tolower((unsigned char)word.data[i]);
  bool all = strcmp(lower, "<alltypes>") == 0, numeric = all || strcmp(lower, "<numeric>") == 0;
  bool integral = numeric || strcmp(lower, "<integral>") == 0;
  bool is_signed = integral || strcmp(lower, "<signed>") == 0,
       is_unsigned = integral || strcmp(lower, "<unsigned>") == 0;
  bool compression = strcmp(lower, "<compression>") == 0;
  if (is_signed) add_words(tokens, "tinyint smallint integer bigint hugeint");
  if (is_unsigned) add_words(tokens, "utinyint usmallint uinteger ubigint uhugeint");
  if (numeric) add_words(tokens, "float double");
  if (all) add_words(tokens, "bool interval varchar");
  if (compression) add_words(tokens, "none uncompressed rle bitpacking dictionary fsst alp alprd");
  if (!is_signed && !is_unsigned && !numeric && !all && !compression) list_add(tokens, word);
}

static void parse_loop(Runner *runner, Command *command, Text name, TextList parameters) {
  command->kind = COMMAND_LOOP;
  command->is_foreach = strstr(name.data, "foreach") != NULL;
  size_t needed = command->is_foreach ? 2 : 3;
  if (parameters.count < needed) {
    fail(runner, command->line, "%s needs %zu parameters", name.data, needed);
    return;
  }
  command->variable = parameters.items[0];
  if (command->is_foreach) {
    for (size_t i = 1; i < parameters.count; i++) add_token(&command->tokens, parameters.items[i]);
  } else {
    command->start = atol(parameters.items[1].data);
    command->end = atol(parameters.items[2].data);
  }
}

static bool parse_condition(Text word, bool skip_if, Condition *condition) {
  static const char *const OPERATORS[] = {"<>", "!=", ">=", "<=", "=", ">", "<"};
  for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++) {
    char *found = strstr(word.data, OPERATORS[i]);
    if (!found) continue;
    size_t name = (size_t)(found - word.data), length = strlen(OPERATORS[i]);
    *condition = (Condition){skip_if, text_of(word.data, name), text_from(OPERATORS[i]),
                             text_of(found + length, word.length - name - length)};
    return true;
  }
  return false;
}

static const struct {
  const char *name;
  CommandKind kind;
} SIMPLE[] = {{"require", COMMAND_REQUIRE},   {"require-env", COMMAND_REQUIRE_ENV},
              {"test-env", COMMAND_TEST_ENV}, {"load", COMMAND_LOAD},
              {"restart", COMMAND_RESTART},   {"reconnect", COMMAND_RECONNECT},
              {"sleep", COMMAND_SLEEP},       {"hash-threshold", COMMAND_HASH_THRESHOLD},
              {"unzip", COMMAND_SKIPPED},     {"include", COMMAND_SKIPPED},
              {"template", COMMAND_SKIPPED}};

static void parse_other(Runner *runner, Command *command, Text name, TextList parameters) {
  command->parameters = parameters;
  for (size_t i = 0; i < sizeof SIMPLE / sizeof *SIMPLE; i++) {
    if (!text_is(name, SIMPLE[i].name)) continue;
    command->kind = SIMPLE[i].kind;
    return;
  }
  if (text_is(name, "set") && parameters.count > 0) {
    command->kind = text_is(parameters.items[0], "seed") ? COMMAND_SEED : COMMAND_IGNORE_ERRORS;
    return;
  }
  if (text_is(name, "reset") && parameters.count == 2) {
    command->kind = COMMAND_RESET_LABEL;
    return;
  }
  fail(runner, command->line, "unknown command %s", name.data);
}

// Moves to the first line of the next record. False: the file is over.
static bool next_record(Runner *runner, bool *first) {
  if (!*first) {
    while (runner->at < runner->lines.count && !blank_or_comment(runner->lines.items[runner->at])) runner->at++;
  }
  *first = false;
  while (runner->at < runner->lines.count && blank_or_comment(runner->lines.items[runner->at])) runner->at++;
  return runner->at < runner->lines.count;
}

void parse_file(Runner *runner, CommandList *commands) {
  CommandList *stack[16] = {commands};
  size_t depth = 0;
  int skip_level = 0;
  bool first = true;
  while (!runner->failed && next_record(runner, &first)) {
    TextList tokens = words(runner->lines.items[runner->at]);
    Condition conditions[4];
    size_t condition_count = 0;
    bool skip_record = false;
    while (tokens.count > 1 && (text_is(tokens.items[0], "skipif") || text_is(tokens.items[0], "onlyif"))) {
      bool skip_if = text_is(tokens.items[0], "skipif");
      if (condition_count < 4 && parse_condition(tokens.items[1], skip_if, &conditions[condition_count])) {
        condition_count++;
      } else {
        skip_record |= (strcasecmp(tokens.items[1].data, "duckdb") == 0) == skip_if;
      }
      runner->at++;
      if (runner->at == runner->lines.count) return;
      tokens = words(runner->lines.items[runner->at]);
    }
    if (tokens.count == 0) continue;
    Text name = tokens.items[0];
    TextList parameters = {tokens.items + 1, tokens.count - 1, 0};
    if (text_is(name, "halt")) break;
    if (text_is(name, "tags") || text_is(name, "continue")) continue;
    if (text_is(name, "mode")) {
      if (parameters.count && text_is(parameters.items[0], "skip")) {
        skip_level++;
        skip(runner, "mode skip");
      } else if (parameters.count && text_is(parameters.items[0], "unskip")) {
        skip_level--;
      }
      continue;
    }
    if (skip_record) skip(runner, "skipif");
    if (skip_level > 0 || skip_record) continue;
    if (text_is(name, "endloop")) {
      if (depth == 0)
        fail(runner, (int)runner->at + 1, "endloop without a loop");
      else
        depth--;
      continue;
    }
    Command *command = add_command(stack[depth]);
    command->line = (int)runner->at + 1;
    memcpy(command->conditions, conditions, sizeof conditions);
    command->condition_count = condition_count;
    if (text_is(name, "statement"))
      parse_statement(runner, command, parameters);
    else if (text_is(name, "query"))
      parse_query(runner, command, parameters);
    else if (strstr(name.data, "loop") || strstr(name.data, "foreach")) {
      parse_loop(runner, command, name, parameters);
      if (depth + 1 == 16)
        fail(runner, command->line, "loops nested too deep");
      else
        stack[++depth] = &command->body;
    } else
      parse_other(runner, command, name, parameters);
  }
  if (depth && !runner->failed) fail(runner, (int)runner->at, "missing endloop");
}
