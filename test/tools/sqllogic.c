// SPDX-License-Identifier: MIT
//
// sqllogic.c: runs sqllogictest files as DuckDB's runner does, against the public C interface.
//
//   sqllogic [--root DIR] [-v] [-j N] [--by-area] [--passes FILE] [--time-limit SECONDS] [--memory-limit MB] [--require NAME]
//            [--hostile MODE,…] FILE|DIRECTORY…
//
// Hostile modes make rare paths common; no result may change by them:
//
//   late         requests to the host are answered late and out of order
//   slice        a slice ends after each turn of an operator
//   pool         a buffer pool of 32 pages, and a checkpoint after each commit so that rows are read through it
//   constant     columns and values within expressions travel as constants wherever their rows are equal
//   dictionary   columns and values within expressions travel as dictionaries
//   reopen       the database is closed and opened again after each statement, until the file first makes state of its session (TEMP, SET,
//                PREPARE, a second connection …), and never within a transaction
//   allocations  each allocation of each statement fails in turn: the statement must end with a clean Out of Memory Error, leave the contents
//                as they were and succeed in the end. (Not within transactions, which an error aborts, nor where nextval counts on.)
//
// Ends with "N passed, N failed, N skipped" (files). A file passed when nothing in it failed and nothing was skipped (require of something that
// is not there, `mode skip`, skipif). Each file runs in a child process of its own, so that a crash, a hang or a leak is that file's alone.
//
// In wasm (__wasi__) there are no processes: the program runs one FILE with the temporary directory $SMEW_TEST_DIR and prints the digit of the
// verdict and the report; test/js/wasm_sqllogic.mjs is the parent.
//
// Reading order: Text (growing strings), parsing of a file into commands, the runner (databases, connections, loops), comparing of results, the
// parent that starts children and counts.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <smew.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifndef __wasi__
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#endif

#include "func/scalar/regex.h"

// ---------------------------------------------------------------------------------------------------------------------
// Text. The program ends soon: nothing is freed.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Text {
  char *data;
  size_t length;
} Text;

typedef struct TextList {
  Text *items;
  size_t count, capacity;
} TextList;

static void *must(void *pointer) {
  if (!pointer) {
    fputs("sqllogic: no memory\n", stderr);
    exit(3);
  }
  return pointer;
}

static Text text_of(const char *data, size_t length) {
  Text text = {must(malloc(length + 1)), length};
  if (length) memcpy(text.data, data, length);
  text.data[length] = 0;
  return text;
}

static Text text_from(const char *data) { return text_of(data, strlen(data)); }

static void text_add(Text *text, const char *data, size_t length) {
  text->data = must(realloc(text->data, text->length + length + 1));
  if (length) memcpy(text->data + text->length, data, length);
  text->length += length;
  text->data[text->length] = 0;
}

static void text_print(Text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *made = NULL;
  int length = vasprintf(&made, format, arguments);
  va_end(arguments);
  if (length < 0) must(NULL);
  text_add(text, made, (size_t)length);
  free(made);
}

static bool text_equal(Text a, Text b) { return a.length == b.length && memcmp(a.data, b.data, a.length) == 0; }
static bool text_is(Text a, const char *b) { return strcmp(a.data, b) == 0 && strlen(b) == a.length; }
static bool text_starts(Text text, const char *prefix) { return strncmp(text.data, prefix, strlen(prefix)) == 0; }
static bool text_contains(Text text, Text part) {
  return memmem(text.data, text.length, part.data, part.length) != NULL;
}

static int text_order(Text a, Text b) {
  size_t common = a.length < b.length ? a.length : b.length;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order : (a.length > b.length) - (a.length < b.length);
}

static Text text_replace(Text text, const char *from, Text to) {
  Text out = text_of("", 0);
  size_t from_length = strlen(from), at = 0;
  for (;;) {
    char *found = memmem(text.data + at, text.length - at, from, from_length);
    if (!found) break;
    text_add(&out, text.data + at, (size_t)(found - text.data) - at);
    text_add(&out, to.data, to.length);
    at = (size_t)(found - text.data) + from_length;
  }
  text_add(&out, text.data + at, text.length - at);
  return out;
}

static void list_add(TextList *list, Text text) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 16;
    list->items = must(realloc(list->items, list->capacity * sizeof *list->items));
  }
  list->items[list->count++] = text;
}

static TextList split(Text text, char separator) {
  TextList list = {0};
  size_t start = 0;
  for (size_t i = 0; i <= text.length; i++) {
    if (i < text.length && text.data[i] != separator) continue;
    list_add(&list, text_of(text.data + start, i - start));
    start = i + 1;
  }
  return list;
}

static TextList words(Text text) {
  TextList list = {0};
  size_t i = 0;
  while (i < text.length) {
    while (i < text.length && isspace((unsigned char)text.data[i])) i++;
    size_t start = i;
    while (i < text.length && !isspace((unsigned char)text.data[i])) i++;
    if (i > start) list_add(&list, text_of(text.data + start, i - start));
  }
  return list;
}

// ---------------------------------------------------------------------------------------------------------------------
// Commands
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Expect { EXPECT_OK, EXPECT_ERROR, EXPECT_ANY } Expect;
typedef enum Sort { SORT_NONE, SORT_ROWS, SORT_VALUES } Sort;
typedef enum CommandKind {
  COMMAND_STATEMENT,
  COMMAND_QUERY,
  COMMAND_LOOP,
  COMMAND_REQUIRE,
  COMMAND_REQUIRE_ENV,
  COMMAND_TEST_ENV,
  COMMAND_LOAD,
  COMMAND_RESTART,
  COMMAND_RECONNECT,
  COMMAND_SLEEP,
  COMMAND_SEED,
  COMMAND_HASH_THRESHOLD,
  COMMAND_IGNORE_ERRORS,
  COMMAND_RESET_LABEL,
  COMMAND_SKIPPED, // something that this runner does not do
} CommandKind;

// onlyif i=3: on the value of a loop.
typedef struct Condition {
  bool skip_if;
  Text name, comparison, value;
} Condition;

typedef struct Command Command;
typedef struct CommandList {
  Command *items;
  size_t count, capacity;
} CommandList;

struct Command {
  CommandKind kind;
  int line;
  Text sql;
  Text connection;
  Condition conditions[4];
  size_t condition_count;
  // statement
  Expect expect;
  Text expected_error;
  // query
  size_t column_count;
  Sort sort;
  Text label; // data NULL: none
  TextList values;
  // loop
  Text variable;
  TextList tokens; // foreach
  bool is_foreach;
  long start, end;
  CommandList body;
  // others
  TextList parameters;
};

static Command *add_command(CommandList *list) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 32;
    list->items = must(realloc(list->items, list->capacity * sizeof *list->items));
  }
  Command *command = &list->items[list->count++];
  memset(command, 0, sizeof *command);
  return command;
}

// ---------------------------------------------------------------------------------------------------------------------
// The runner's state
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Options {
  const char *root;
  bool verbose, by_area, quiet;
  const char *passes;
  int jobs;
  int time_limit_seconds;
  int memory_limit_mb;
  TextList required; // besides those that are known
  bool on_disk;      // the first database is a file
  bool reopen, allocations;
  smew_hostile hostile;
  uint64_t checkpoint_bytes;
} Options;

typedef struct Loop {
  Text variable;
  Text value;
} Loop;

typedef struct Connection {
  Text name;
  smew_session *session;
} Connection;

typedef struct Label {
  Text name, hash;
} Label;

typedef enum Verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED } Verdict;

typedef struct Runner {
  const Options *options;
  Text file;
  Text temporary; // directory of this file
  TextList lines;
  size_t at; // line being parsed
  smew_database *database;
  smew_session *session;
  Connection connections[64];
  size_t connection_count;
  Text path; // of the database; data NULL: in memory
  bool read_only;
  bool may_reopen;
  Loop loops[16];
  size_t loop_count;
  Label labels[256];
  size_t label_count;
  size_t hash_threshold;
  TextList ignored_errors;
  TextList variables; // name, value, name, value: require-env and test-env
  bool skipped;       // something was
  bool stop;          // the rest of the file is not run
  bool failed;
  int failed_line;
  Text skip_reason;
  Text failure; // what went wrong, for people
} Runner;

static void fail(Runner *runner, int line, const char *format, ...) {
  if (runner->failed) return;
  va_list arguments;
  va_start(arguments, format);
  char *made = NULL;
  if (vasprintf(&made, format, arguments) < 0) must(NULL);
  va_end(arguments);
  runner->failed = runner->stop = true;
  runner->failed_line = line;
  runner->failure = text_from(made);
}

static void skip(Runner *runner, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *made = NULL;
  if (vasprintf(&made, format, arguments) < 0) must(NULL);
  va_end(arguments);
  if (!runner->skipped) runner->skip_reason = text_from(made);
  runner->skipped = true;
}

static Text replace_keywords(const Runner *runner, Text text) {
  for (size_t i = 0; i + 1 < runner->variables.count; i += 2) {
    Text name = text_from("${");
    text_add(&name, runner->variables.items[i].data, runner->variables.items[i].length);
    text_add(&name, "}", 1);
    text = text_replace(text, name.data, runner->variables.items[i + 1]);
    name.data++; // {NAME}
    text = text_replace(text, name.data, runner->variables.items[i + 1]);
  }
  char directory[4096];
  if (!getcwd(directory, sizeof directory)) directory[0] = 0;
  text = text_replace(text, "__TEST_DIR__", runner->temporary);
  text = text_replace(text, "{TEST_DIR}", runner->temporary);
  text = text_replace(text, "{TEMP_DIR}", runner->temporary);
  text = text_replace(text, "{DATA_DIR}", text_from("data"));
  text = text_replace(text, "__WORKING_DIRECTORY__", text_from(directory));
  return text_replace(text, "{WORKING_DIR}", text_from(directory));
}

static Text replace_one(Text text, Text name, Text value) {
  Text pattern = text_from("${");
  text_add(&pattern, name.data, name.length);
  text_add(&pattern, "}", 1);
  return text_replace(text, pattern.data, value);
}

static Text replace_loops(const Runner *runner, Text text) {
  for (size_t i = 0; i < runner->loop_count; i++) {
    const Loop *loop = &runner->loops[i];
    TextList names = split(loop->variable, ','), values = split(loop->value, ',');
    if (names.count > 1 && names.count == values.count) {
      for (size_t j = 0; j < names.count; j++) text = replace_one(text, names.items[j], values.items[j]);
    } else {
      text = replace_one(text, loop->variable, loop->value);
    }
  }
  return text;
}

// ---------------------------------------------------------------------------------------------------------------------
// Parsing
// ---------------------------------------------------------------------------------------------------------------------

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

static void parse_file(Runner *runner, CommandList *commands) {
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

// ---------------------------------------------------------------------------------------------------------------------
// Results
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Result {
  bool failed;
  Text error;
  size_t column_count;
  smew_type_id *types;
  uint8_t *scales;
  TextList values; // row by row
  size_t row_count;
} Result;

static Text value_text(const smew_chunk *chunk, uint32_t column, uint32_t row, smew_type_id type) {
  if (smew_is_null(chunk, column, row)) return text_from("NULL");
  if (type == SMEW_TYPE_BOOLEAN) return text_from(smew_get_boolean(chunk, column, row) ? "1" : "0");
  smew_text text;
  if (smew_value_text(chunk, column, row, &text) != SMEW_OK) return (Text){0};
  if (text.length == 0) return text_from("(empty)");
  Text out = text_of(text.data, text.length);
  if (!memchr(out.data, 0, out.length)) return out;
  Text shown = text_of("", 0); // NUL bytes as \0
  for (size_t i = 0; i < out.length; i++) {
    if (out.data[i])
      text_add(&shown, &out.data[i], 1);
    else
      text_add(&shown, "\\0", 2);
  }
  return shown;
}

static void take_columns(Result *result, smew_statement *statement) {
  result->column_count = smew_column_count(statement);
  result->types = must(calloc(result->column_count + 1, sizeof *result->types));
  result->scales = must(calloc(result->column_count + 1, sizeof *result->scales));
  for (size_t i = 0; i < result->column_count; i++) {
    const smew_type *type = smew_column_type(statement, (uint32_t)i);
    result->types[i] = smew_type_kind(type);
    result->scales[i] = smew_type_decimal_scale(type);
  }
  result->values = (TextList){0};
  result->row_count = 0;
}

// False: no memory for a value's text.
static bool take_chunk(Result *result, const smew_chunk *chunk) {
  uint32_t rows = smew_chunk_row_count(chunk);
  for (uint32_t row = 0; row < rows; row++) {
    for (uint32_t column = 0; column < result->column_count; column++) {
      Text value = value_text(chunk, column, row, result->types[column]);
      if (!value.data) return false;
      list_add(&result->values, value);
    }
  }
  result->row_count += rows;
  return true;
}

static const char NO_MEMORY[] = "Out of Memory Error";

// Runs all statements of a text; the result is the last one's.
static Result run_sql(smew_session *session, Text sql) {
  Result result = {0};
  const char *rest = sql.data, *end = sql.data + sql.length;
  while (rest < end) {
    smew_statement *statement = NULL;
    smew_status status = smew_prepare(session, rest, (size_t)(end - rest), &statement, &rest);
    if (status == SMEW_OK && !statement) break;
    bool has_columns = false;
    while (status == SMEW_OK || status == SMEW_CHUNK) {
      status = smew_step_blocking(statement);
      if (status != SMEW_CHUNK && status != SMEW_DONE) break;
      if (!has_columns) take_columns(&result, statement);
      has_columns = true;
      if (status == SMEW_CHUNK && !take_chunk(&result, smew_statement_chunk(statement))) {
        result.failed = true;
        result.error = text_from(NO_MEMORY);
        smew_finalize(statement);
        return result;
      }
      if (status == SMEW_DONE) break;
    }
    if (status != SMEW_DONE) {
      result.failed = true;
      result.error = status == SMEW_ERROR ? text_from(smew_error(session)->text) : text_from("Misuse of the interface");
      smew_finalize(statement);
      return result;
    }
    smew_finalize(statement);
  }
  return result;
}

// ---------------------------------------------------------------------------------------------------------------------
// MD5 (RFC 1321) of results
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t rotate(uint32_t x, uint32_t count) { return x << count | x >> (32 - count); }

static void md5_block(uint32_t state[4], const uint8_t block[64]) {
  static const uint8_t SHIFTS[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], words_[16];
  memcpy(words_, block, 64);
  for (uint32_t i = 0; i < 64; i++) {
    uint32_t mixed, index;
    switch (i / 16) {
      case 0:
        mixed = (b & c) | (~b & d);
        index = i;
        break;
      case 1:
        mixed = (d & b) | (~d & c);
        index = (5 * i + 1) % 16;
        break;
      case 2:
        mixed = b ^ c ^ d;
        index = (3 * i + 5) % 16;
        break;
      default:
        mixed = c ^ (b | ~d);
        index = 7 * i % 16;
    }
    uint32_t constant = (uint32_t)(int64_t)floor(fabs(sin(i + 1)) * 4294967296.0);
    uint32_t sum = a + mixed + constant + words_[index];
    a = d;
    d = c;
    c = b;
    b += rotate(sum, SHIFTS[i / 16 * 4 + i % 4]);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

static Text md5_hex(Text data) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  size_t at = 0;
  for (; at + 64 <= data.length; at += 64) md5_block(state, (const uint8_t *)data.data + at);
  uint8_t tail[128] = {0};
  size_t rest = data.length - at;
  if (rest) memcpy(tail, data.data + at, rest);
  tail[rest] = 0x80;
  size_t length = rest + 9 <= 64 ? 64 : 128;
  uint64_t bits = (uint64_t)data.length * 8;
  memcpy(tail + length - 8, &bits, 8);
  md5_block(state, tail);
  if (length == 128) md5_block(state, tail + 64);
  Text hex = text_of("", 0);
  for (size_t i = 0; i < 16; i++) text_print(&hex, "%02x", ((const uint8_t *)state)[i]);
  return hex;
}

static Text hash_values(const TextList *values) {
  Text all = text_of("", 0);
  size_t total = 0;
  for (size_t i = 0; i < values->count; i++) total += values->items[i].length + 1;
  all.data = must(realloc(all.data, total + 1));
  for (size_t i = 0; i < values->count; i++) {
    memcpy(all.data + all.length, values->items[i].data, values->items[i].length);
    all.length += values->items[i].length;
    all.data[all.length++] = '\n';
  }
  Text hash = text_of("", 0);
  text_print(&hash, "%zu values hashing to %s", values->count, md5_hex(all).data);
  return hash;
}

static bool is_hash(Text text) {
  size_t digits = strspn(text.data, "0123456789");
  return digits && strncmp(text.data + digits, " values hashing to ", 19) == 0 && text.length == digits + 19 + 32;
}

// ---------------------------------------------------------------------------------------------------------------------
// Comparing
// ---------------------------------------------------------------------------------------------------------------------

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

static int compare_values(const void *left, const void *right) {
  return text_order(*(const Text *)left, *(const Text *)right);
}

static void sort_result(Result *result, Sort sort) {
  if (sort == SORT_VALUES && result->values.count) {
    qsort(result->values.items, result->values.count, sizeof(Text), compare_values);
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

static void check_query(Runner *runner, const Command *command, Text sql, Result *result) {
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

static void check_statement(Runner *runner, const Command *command, Text sql, const Result *result) {
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

// ---------------------------------------------------------------------------------------------------------------------
// Databases and connections
// ---------------------------------------------------------------------------------------------------------------------

static void close_database(Runner *runner) {
  smew_close(runner->database);
  runner->database = NULL;
  runner->session = NULL;
  runner->connection_count = 0;
}

static bool open_database(Runner *runner, int line) {
  smew_config config = {.hostile = runner->options->hostile,
                        .read_only = runner->read_only,
                        .checkpoint_bytes = runner->options->checkpoint_bytes};
  config.memory_limit_bytes = (uint64_t)runner->options->memory_limit_mb << 20;
  if (smew_open(runner->path.data, &config, &runner->database) != SMEW_OK ||
      smew_connect(runner->database, &runner->session) != SMEW_OK) {
    fail(runner, line, "The database cannot be opened\n%s\n", smew_database_error(runner->database)->text);
    return false;
  }
  return true;
}

static smew_session *connection(Runner *runner, const Command *command) {
  if (!command->connection.data) return runner->session;
  for (size_t i = 0; i < runner->connection_count; i++) {
    if (text_equal(runner->connections[i].name, command->connection)) return runner->connections[i].session;
  }
  smew_session *session = NULL;
  if (runner->connection_count == 64 || smew_connect(runner->database, &session) != SMEW_OK) {
    fail(runner, command->line, "Another connection cannot be made");
    return runner->session;
  }
  runner->connections[runner->connection_count++] = (Connection){command->connection, session};
  return session;
}

static void remove_database(Text path) {
  unlink(path.data);
  static const char *const SUFFIXES[] = {".wal", ".wal-a", ".wal-b", "-wal", ".lock"};
  for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++) {
    Text other = text_of(path.data, path.length);
    text_add(&other, SUFFIXES[i], strlen(SUFFIXES[i]));
    unlink(other.data);
  }
}

// Is a word among those that make state which ends with the session? Looked for in the whole statement where it cannot mean anything else, at the
// start of statements otherwise.
static bool makes_session_state(Text sql) {
  static const char *const FIRST[] = {"set", "reset", "pragma", "use", "attach", "detach", "prepare", "load"};
  static const char *const ANYWHERE[] = {"temp", "temporary", "currval", "setseed", "store_rejects"};
  char *copy = text_of(sql.data, sql.length).data;
  bool first = true;
  for (char *at = copy; *at;) {
    if (!isalnum((unsigned char)*at) && *at != '_') {
      first |= *at++ == ';';
      continue;
    }
    char *end = at;
    while (isalnum((unsigned char)*end) || *end == '_') end++;
    Text word = text_of(at, (size_t)(end - at));
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) {
      if (first && strcasecmp(word.data, FIRST[i]) == 0) return true;
    }
    for (size_t i = 0; i < sizeof ANYWHERE / sizeof *ANYWHERE; i++) {
      if (strcasecmp(word.data, ANYWHERE[i]) == 0) return true;
    }
    first = false;
    at = end;
  }
  return false;
}

// After a statement: closes and opens the database where nothing can be lost by it.
static void reopen(Runner *runner, Text sql, int line) {
  if (!runner->options->reopen || !runner->may_reopen) return;
  runner->may_reopen = runner->connection_count == 0 && !makes_session_state(sql);
  if (!runner->may_reopen || smew_in_transaction(runner->session)) return;
  close_database(runner);
  open_database(runner, line);
}

// ---------------------------------------------------------------------------------------------------------------------
// Allocations that fail
// ---------------------------------------------------------------------------------------------------------------------

static bool is_no_memory(const Result *result) { return result->failed && text_starts(result->error, NO_MEMORY); }

// Of the same class: the details of a message may be what there was no memory for.
static bool same_class(Text a, Text b) {
  const char *colon = strchr(a.data, ':');
  return colon && strncmp(a.data, b.data, (size_t)(colon - a.data) + 1) == 0;
}

// Whether the text is one statement, which cannot have been carried out in part.
static bool is_one_statement(smew_session *session, Text sql, smew_kind *kind) {
  smew_statement *statement = NULL, *next = NULL;
  const char *rest;
  if (smew_prepare(session, sql.data, sql.length, &statement, &rest) != SMEW_OK || !statement) return false;
  *kind = smew_statement_kind(statement);
  smew_finalize(statement);
  bool more = smew_prepare(session, rest, SMEW_ALL, &next, NULL) != SMEW_OK || next;
  smew_finalize(next);
  return !more;
}

// All that is in the database, as text.
static Text contents(smew_session *session) {
  static const char *const OBJECTS[] = {
      ("SELECT schema_name, table_name, column_name, data_type, column_default, is_nullable FROM duckdb_columns() "
       "WHERE "
       "NOT internal ORDER BY ALL"),
      "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY ALL",
      "SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
      "SELECT index_name, sql FROM duckdb_indexes() ORDER BY ALL",
      "SELECT sequence_name FROM duckdb_sequences() ORDER BY ALL",
      "SELECT type_name FROM duckdb_types() WHERE NOT internal ORDER BY ALL"};
  Text all = text_of("", 0);
  Result tables = run_sql(session, text_from("SELECT format('FROM \"{}\".\"{}\".\"{}\"', database_name, schema_name, "
                                             "table_name) FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"));
  TextList queries = tables.values;
  for (size_t i = 0; i < sizeof OBJECTS / sizeof *OBJECTS; i++) list_add(&queries, text_from(OBJECTS[i]));
  for (size_t i = 0; i < queries.count; i++) {
    Result result = run_sql(session, queries.items[i]);
    text_print(&all, "%s\n%s\n", queries.items[i].data, result.failed ? result.error.data : "");
    for (size_t k = 0; k < result.values.count; k++) {
      text_print(&all, "%s%c", result.values.items[k].data, (k + 1) % result.column_count ? '\t' : '\n');
    }
  }
  return all;
}

// Runs a statement again and again: an early allocation fails and all after it, then a later one, … until none does. The result is that of the last
// time. The first ones all have their turn; of thousands, by different strides for different lines, some.
static Result run_failing(Runner *runner, smew_session *session, Text sql, int line) {
  smew_kind kind;
  bool counts = strcasestr(sql.data, "nextval") != NULL; // a sequence does not go back
  if (counts || smew_in_transaction(session) || !is_one_statement(session, sql, &kind)) return run_sql(session, sql);
  bool changes = kind == SMEW_KIND_CHANGES || kind == SMEW_KIND_NOTHING;
  Text before = changes ? contents(session) : (Text){0}, other = {0};
  uint64_t other_number = 0;
  for (uint64_t number = 1 + (uint64_t)line % 3;; number += 1 + number / (20 + (uint64_t)line % 7)) {
    smew_fail_allocation(runner->database, number);
    Result result = run_sql(session, sql);
    bool struck = smew_fail_allocation(runner->database, 0) >= number;
    if (struck && result.failed && !is_no_memory(&result) && !other.data) {
      other = result.error; // well when it is what the statement ends with in any case
      other_number = number;
    }
    if (!struck || !result.failed) {
      if (other.data && !(result.failed && same_class(result.error, other))) {
        fail(runner, line, "Allocation %llu failed, and not Out of Memory is the error\n%s\n---- error\n%s\n",
             (unsigned long long)other_number, sql.data, other.data);
      }
      return result;
    }
    if (!changes || !struck) continue;
    Text after = contents(session);
    if (text_equal(before, after)) continue;
    fail(runner, line, "Allocation %llu failed, and the statement left changes\n%s\n---- before\n%s\n---- after\n%s\n",
         (unsigned long long)number, sql.data, before.data, after.data);
    return result;
  }
}

// Opening and connecting as well.
static void open_failing(Runner *runner) {
  for (uint64_t number = 1; !runner->failed; number++) {
    smew_database *database = NULL;
    smew_session *session = NULL;
    smew_config config = {.hostile = runner->options->hostile};
    config.hostile.fail_allocation = number;
    smew_status status = smew_open(runner->path.data, &config, &database);
    if (status == SMEW_OK) status = smew_connect(database, &session);
    bool struck = smew_fail_allocation(database, 0) >= number;
    const smew_error_info *error = smew_database_error(database);
    if (struck && status == SMEW_ERROR && error->code != SMEW_ERROR_OUT_OF_MEMORY) {
      fail(runner, 0, "Allocation %llu of opening failed, and the error is: %s", (unsigned long long)number,
           error->text);
    }
    smew_close(database);
    if (!struck) return;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Running commands
// ---------------------------------------------------------------------------------------------------------------------

static bool condition_holds(const Runner *runner, const Condition *condition) {
  for (size_t i = 0; i < runner->loop_count; i++) {
    if (!text_equal(runner->loops[i].variable, condition->name)) continue;
    Text value = runner->loops[i].value;
    const char *comparison = condition->comparison.data;
    if (strcmp(comparison, "=") == 0) return text_equal(value, condition->value);
    if (strcmp(comparison, "<>") == 0 || strcmp(comparison, "!=") == 0) return !text_equal(value, condition->value);
    long long a = atoll(value.data), b = atoll(condition->value.data);
    if (strcmp(comparison, ">") == 0) return a > b;
    if (strcmp(comparison, ">=") == 0) return a >= b;
    if (strcmp(comparison, "<") == 0) return a < b;
    return a <= b;
  }
  return false;
}

static bool is_wanted(const Runner *runner, const Command *command) {
  for (size_t i = 0; i < command->condition_count; i++) {
    if (condition_holds(runner, &command->conditions[i]) == command->conditions[i].skip_if) return false;
  }
  return true;
}

static bool has_requirement(const Runner *runner, TextList parameters) {
  static const char *const PRESENT[] = {"skip_reload",
                                        "noforcestorage",
                                        "no_force_storage",
                                        "no_alternative_verify",
                                        "noalternativeverify",
                                        "64bit",
                                        "notwindows",
                                        "notmingw",
                                        "notmusl",
                                        "longdouble",
                                        "nothreadsan",
                                        "strinline",
                                        "no_vector_verification",
                                        "no_extension_autoloading",
                                        "core_functions",
                                        "icu_free",
                                        "no_latest_storage",
                                        "no_block_verification"};
  if (parameters.count == 0) return true;
  char name[64] = {0};
  for (size_t i = 0; i < parameters.items[0].length && i + 1 < sizeof name; i++) {
    name[i] = (char)tolower((unsigned char)parameters.items[0].data[i]);
  }
  for (size_t i = 0; i < sizeof PRESENT / sizeof *PRESENT; i++) {
    if (strcmp(name, PRESENT[i]) == 0) return true;
  }
  for (size_t i = 0; i < runner->options->required.count; i++) {
    if (strcasecmp(name, runner->options->required.items[i].data) == 0) return true;
  }
  if (strcmp(name, "vector_size") == 0) return parameters.count < 2 || atoi(parameters.items[1].data) <= 2048;
  if (strcmp(name, "exact_vector_size") == 0) return parameters.count < 2 || atoi(parameters.items[1].data) == 2048;
  return false;
}

static void run_commands(Runner *runner, const CommandList *commands);

static void run_loop(Runner *runner, const Command *command) {
  size_t count = command->is_foreach             ? command->tokens.count
                 : command->end > command->start ? (size_t)(command->end - command->start)
                                                 : 0;
  if (runner->loop_count == 16) return;
  Loop *loop = &runner->loops[runner->loop_count++];
  loop->variable = command->variable;
  for (size_t i = 0; i < count && !runner->stop; i++) {
    if (command->is_foreach) {
      loop->value = replace_loops(runner, command->tokens.items[i]);
    } else {
      loop->value = text_of("", 0);
      text_print(&loop->value, "%ld", command->start + (long)i);
    }
    run_commands(runner, &command->body);
  }
  runner->loop_count--;
}

static void run_load(Runner *runner, const Command *command) {
  TextList parameters = command->parameters;
  close_database(runner);
  runner->read_only = parameters.count > 1 && text_is(parameters.items[1], "readonly");
  runner->path = (Text){0};
  if (parameters.count) {
    runner->path = replace_keywords(runner, parameters.items[0]);
    if (!runner->read_only) remove_database(runner->path);
  }
  runner->may_reopen = runner->path.data != NULL && !runner->read_only;
  open_database(runner, command->line);
}

static void run_environment(Runner *runner, const Command *command) {
  TextList parameters = command->parameters;
  if (parameters.count == 0) return;
  const char *value = getenv(parameters.items[0].data);
  if (command->kind == COMMAND_TEST_ENV) {
    if (!value && parameters.count > 1) value = parameters.items[1].data;
    if (!value) value = "";
  } else if (!value || (parameters.count > 1 && strcmp(value, parameters.items[1].data) != 0)) {
    skip(runner, "require-env %s", parameters.items[0].data);
    runner->stop = true;
    return;
  }
  list_add(&runner->variables, parameters.items[0]);
  list_add(&runner->variables, text_from(value));
}

static void run_sleep(const Command *command) {
  if (command->parameters.count < 2) return;
  double amount = atof(command->parameters.items[0].data);
  const char *unit = command->parameters.items[1].data;
  double seconds = strncmp(unit, "milli", 5) == 0   ? amount / 1e3
                   : strncmp(unit, "micro", 5) == 0 ? amount / 1e6
                                                    : amount;
  struct timespec time = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
  nanosleep(&time, NULL);
}

static void set_ignored_errors(Runner *runner, const Command *command) {
  TextList parameters = command->parameters;
  if (!text_is(parameters.items[0], "ignore_error_messages")) return;
  Text all = text_of("", 0);
  for (size_t i = 1; i < parameters.count; i++) {
    if (i > 1) text_add(&all, " ", 1);
    text_add(&all, parameters.items[i].data, parameters.items[i].length);
  }
  runner->ignored_errors = (TextList){0};
  TextList parts = split(all, ',');
  for (size_t i = 0; i < parts.count; i++) {
    char *start = parts.items[i].data;
    while (isspace((unsigned char)*start)) start++;
    if (*start) list_add(&runner->ignored_errors, text_from(start));
  }
}

static void run_command(Runner *runner, const Command *command) {
  switch (command->kind) {
    case COMMAND_STATEMENT:
    case COMMAND_QUERY: {
      Text sql = replace_loops(runner, command->sql);
      smew_session *session = connection(runner, command);
      Result result =
          runner->options->allocations ? run_failing(runner, session, sql, command->line) : run_sql(session, sql);
      if (runner->stop) return;
      if (command->kind == COMMAND_QUERY)
        check_query(runner, command, sql, &result);
      else
        check_statement(runner, command, sql, &result);
      if (!runner->stop) reopen(runner, sql, command->line);
      return;
    }
    case COMMAND_LOOP:
      run_loop(runner, command);
      return;
    case COMMAND_REQUIRE:
      if (has_requirement(runner, command->parameters)) return;
      skip(runner, "require %s", command->parameters.items[0].data);
      runner->stop = true;
      return;
    case COMMAND_REQUIRE_ENV:
    case COMMAND_TEST_ENV:
      run_environment(runner, command);
      return;
    case COMMAND_LOAD:
      run_load(runner, command);
      return;
    case COMMAND_RESTART:
      close_database(runner);
      open_database(runner, command->line);
      return;
    case COMMAND_RECONNECT:
      smew_disconnect(runner->session);
      if (smew_connect(runner->database, &runner->session) != SMEW_OK) fail(runner, command->line, "reconnect failed");
      return;
    case COMMAND_SLEEP:
      run_sleep(command);
      return;
    case COMMAND_SEED: {
      Text sql = text_from("SELECT setseed(");
      text_print(&sql, "%s)", command->parameters.count > 1 ? command->parameters.items[1].data : "0");
      run_sql(runner->session, sql);
      return;
    }
    case COMMAND_HASH_THRESHOLD:
      if (command->parameters.count) runner->hash_threshold = (size_t)atol(command->parameters.items[0].data);
      return;
    case COMMAND_IGNORE_ERRORS:
      set_ignored_errors(runner, command);
      return;
    case COMMAND_RESET_LABEL:
      for (size_t i = 0; i < runner->label_count; i++) {
        if (text_equal(runner->labels[i].name, command->parameters.items[1])) {
          runner->labels[i] = runner->labels[--runner->label_count];
          return;
        }
      }
      return;
    case COMMAND_SKIPPED:
      skip(runner, "a command that this runner does not do (line %d)", command->line);
      runner->stop = true;
      return;
  }
}

static void run_commands(Runner *runner, const CommandList *commands) {
  for (size_t i = 0; i < commands->count && !runner->stop; i++) {
    if (is_wanted(runner, &commands->items[i])) run_command(runner, &commands->items[i]);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// One file, in the child
// ---------------------------------------------------------------------------------------------------------------------

static bool read_lines(const char *path, TextList *lines) {
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
    list_add(lines, text_of(line, (size_t)length));
  }
  free(line);
  fclose(file);
  return true;
}

static Verdict run_file(const Options *options, const char *path, const char *directory, Text *report) {
  Runner *runner = must(calloc(1, sizeof *runner));
  runner->options = options;
  runner->file = text_from(path);
  runner->temporary = text_from(directory);
  if (options->on_disk) {
    runner->path = text_from(directory);
    text_print(&runner->path, "/memory.smew"); // the name that the database has in SQL is that of one in memory
    runner->may_reopen = true;
  }
  CommandList commands = {0};
  if (!read_lines(path, &runner->lines))
    fail(runner, 0, "cannot be read: %s", strerror(errno));
  else
    parse_file(runner, &commands);
  if (!runner->failed && options->allocations) open_failing(runner);
  if (!runner->failed && open_database(runner, 0)) run_commands(runner, &commands);
  if (runner->database) close_database(runner);
  *report = text_of("", 0);
  if (runner->failed) {
    text_print(report, "%d: %s", runner->failed_line, runner->failure.data);
    return VERDICT_FAILED;
  }
  if (runner->skipped) {
    text_print(report, "%s", runner->skip_reason.data);
    return VERDICT_SKIPPED;
  }
  return VERDICT_PASSED;
}

// ---------------------------------------------------------------------------------------------------------------------
// The parent
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Suite {
  Options options;
  TextList files;
  Verdict *verdicts;
  size_t counts[3];
} Suite;

#ifndef __wasi__

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status;
  (void)kind;
  (void)walk;
  return remove(path);
}

typedef struct Child {
  pid_t process;
  int pipe;
  size_t file;
  double started;
  Text output;
  bool timed_out;
} Child;

typedef struct Area {
  Text name;
  size_t passed, failed, skipped;
} Area;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void start_child(Suite *suite, Child *child, size_t file) {
  int ends[2];
  fflush(stdout);
  if (pipe(ends)) must(NULL);
  pid_t process = fork();
  if (process < 0) must(NULL);
  if (process == 0) {
    close(ends[0]);
    dup2(ends[1], 2); // what sanitizers and assertions say belongs to the report
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (suite->options.memory_limit_mb && !SANITIZED) {
      rlim_t bytes = ((rlim_t)suite->options.memory_limit_mb << 20) + ((rlim_t)1 << 30);
      struct rlimit limit = {bytes, bytes};
      setrlimit(RLIMIT_AS, &limit);
    }
    char directory[] = "/tmp/smew-sqllogic-XXXXXX";
    if (!mkdtemp(directory)) must(NULL);
    Text report;
    Verdict verdict = run_file(&suite->options, suite->files.items[file].data, directory, &report);
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    char first = (char)('0' + verdict);
    bool written = write(ends[1], "\x01", 1) == 1 && write(ends[1], &first, 1) == 1;
    for (size_t at = 0; written && at < report.length;) {
      ssize_t count = write(ends[1], report.data + at, report.length - at);
      if (count <= 0) break;
      at += (size_t)count;
    }
    _exit(0);
  }
  close(ends[1]);
  *child = (Child){.process = process, .pipe = ends[0], .file = file, .started = now(), .output = text_of("", 0)};
}

static Text area_of(Text path) {
  const char *found = strstr(path.data, "test/sql/");
  const char *start = found ? found + 9 : path.data;
  const char *slash = strchr(start, '/');
  return slash ? text_of(start, (size_t)(slash - start)) : text_from("(top)");
}

static void end_child(Suite *suite, Child *child) {
  int status = 0;
  close(child->pipe);
  waitpid(child->process, &status, 0);
  Text path = suite->files.items[child->file];
  char *mark = memchr(child->output.data, 1, child->output.length);
  Verdict verdict = VERDICT_FAILED;
  Text report;
  if (mark && mark + 1 < child->output.data + child->output.length && WIFEXITED(status)) {
    verdict = (Verdict)(mark[1] - '0');
    report = text_of(mark + 2, child->output.length - (size_t)(mark + 2 - child->output.data));
  } else {
    report = text_of("", 0);
    if (child->timed_out)
      text_print(&report, "0: over the time limit of %d s", suite->options.time_limit_seconds);
    else if (WIFSIGNALED(status))
      text_print(&report, "0: died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
      text_print(&report, "0: ended with code %d", WEXITSTATUS(status));
    text_print(&report, "\n%.*s", child->output.length > 4000 ? 4000 : (int)child->output.length, child->output.data);
  }
  suite->verdicts[child->file] = verdict;
  suite->counts[verdict]++;
  if (suite->options.quiet) return;
  if (verdict == VERDICT_FAILED) {
    const char *line_end = strchr(report.data, '\n');
    int length = suite->options.verbose || !line_end ? (int)report.length : (int)(line_end - report.data);
    printf("FAIL %s:%.*s\n", path.data, length, report.data);
  } else if (verdict == VERDICT_SKIPPED && suite->options.verbose) {
    printf("skip %s: %s\n", path.data, report.data);
  }
  fflush(stdout);
}

// Reads what a child says. True: it has ended.
static bool read_child(Child *child) {
  char bytes[4096];
  ssize_t count = read(child->pipe, bytes, sizeof bytes);
  if (count > 0 && child->output.length < (1u << 20)) text_add(&child->output, bytes, (size_t)count);
  return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static void run_suite(Suite *suite) {
  size_t jobs = (size_t)suite->options.jobs, running = 0, next = 0;
  Child *children = must(calloc(jobs, sizeof *children));
  struct pollfd *polls = must(calloc(jobs, sizeof *polls));
  while (next < suite->files.count || running) {
    while (running < jobs && next < suite->files.count) start_child(suite, &children[running++], next++);
    for (size_t i = 0; i < running; i++) polls[i] = (struct pollfd){.fd = children[i].pipe, .events = POLLIN};
    poll(polls, running, 200);
    for (size_t i = running; i-- > 0;) {
      bool over = !children[i].timed_out && now() - children[i].started > suite->options.time_limit_seconds;
      if (over) {
        children[i].timed_out = true;
        kill(children[i].process, SIGKILL);
      }
      if (!(polls[i].revents & (POLLIN | POLLHUP | POLLERR)) || !read_child(&children[i])) continue;
      end_child(suite, &children[i]);
      children[i] = children[--running];
      polls[i] = polls[running];
    }
  }
}

static void print_areas(const Suite *suite) {
  Area areas[256];
  size_t count = 0;
  for (size_t i = 0; i < suite->files.count; i++) {
    Text name = area_of(suite->files.items[i]);
    size_t at = 0;
    while (at < count && !text_equal(areas[at].name, name)) at++;
    if (at == count) {
      if (count == 256) continue;
      areas[count++] = (Area){.name = name};
    }
    areas[at].passed += suite->verdicts[i] == VERDICT_PASSED;
    areas[at].failed += suite->verdicts[i] == VERDICT_FAILED;
    areas[at].skipped += suite->verdicts[i] == VERDICT_SKIPPED;
  }
  printf("%-24s %8s %8s %8s\n", "area", "passed", "failed", "skipped");
  for (size_t i = 0; i < count; i++) {
    printf("%-24s %8zu %8zu %8zu\n", areas[i].name.data, areas[i].passed, areas[i].failed, areas[i].skipped);
  }
}

static void save_passes(const Suite *suite) {
  FILE *file = fopen(suite->options.passes, "w");
  if (!file) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite->options.passes, strerror(errno));
    return;
  }
  for (size_t i = 0; i < suite->files.count; i++) {
    const char *shown = strstr(suite->files.items[i].data, "test/sql/");
    if (suite->verdicts[i] == VERDICT_PASSED) fprintf(file, "%s\n", shown ? shown : suite->files.items[i].data);
  }
  fclose(file);
}

#endif

// ---------------------------------------------------------------------------------------------------------------------
// Arguments
// ---------------------------------------------------------------------------------------------------------------------

#ifndef __wasi__

static TextList *walked;

static int walk_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status;
  (void)walk;
  const char *dot = strrchr(path, '.');
  if (kind == FTW_F && dot && strcmp(dot, ".test") == 0) list_add(walked, text_from(path));
  return 0;
}

static void add_path(Suite *suite, const char *path) {
  char resolved[PATH_MAX];
  struct stat status;
  const char *found = realpath(path, resolved);
  if (!found && suite->options.root) {
    Text joined = text_from(suite->options.root);
    text_print(&joined, "/%s", path);
    found = realpath(joined.data, resolved);
  }
  if (!found || stat(resolved, &status)) {
    fprintf(stderr, "sqllogic: %s: %s\n", path, strerror(errno));
    exit(2);
  }
  size_t before = suite->files.count;
  if (!S_ISDIR(status.st_mode)) {
    list_add(&suite->files, text_from(resolved));
    return;
  }
  walked = &suite->files;
  nftw(resolved, walk_entry, 16, FTW_PHYS);
  if (suite->files.count > before) {
    qsort(suite->files.items + before, suite->files.count - before, sizeof(Text), compare_values);
  }
}

#endif

static void usage(void) {
  fputs(
      "usage: sqllogic [--root DIR] [-v] [-q] [-j N] [--by-area] [--passes FILE] [--time-limit SECONDS] "
      "[--memory-limit MB]\n"
      "                [--require NAME] [--hostile late,slice,pool,constant,dictionary,reopen,allocations] "
      "FILE|DIRECTORY...\n",
      stderr);
  exit(2);
}

static void set_hostile(Options *options, Text modes) {
  TextList list = split(modes, ',');
  for (size_t i = 0; i < list.count; i++) {
    Text mode = list.items[i];
    if (text_is(mode, "late")) {
      options->hostile.late_answers = true;
    } else if (text_is(mode, "slice")) {
      options->hostile.slice_chunks = 1;
    } else if (text_is(mode, "pool")) {
      options->hostile.pool_pages = 32;
      options->checkpoint_bytes = 1;
      options->on_disk = true;
    } else if (text_is(mode, "constant")) {
      options->hostile.vector_form = 1;
    } else if (text_is(mode, "dictionary")) {
      options->hostile.vector_form = 2;
    } else if (text_is(mode, "reopen")) {
      options->reopen = options->on_disk = true;
    } else if (text_is(mode, "allocations")) {
      options->allocations = options->on_disk = true;
    } else {
      usage();
    }
  }
}

static void parse_arguments(Suite *suite, int count, char **arguments, TextList *paths) {
  Options *options = &suite->options;
  for (int i = 1; i < count; i++) {
    const char *argument = arguments[i];
    const char *value = i + 1 < count ? arguments[i + 1] : NULL;
    bool takes_value = true;
    if (argument[0] != '-') {
      list_add(paths, text_from(argument));
      continue;
    }
    if (strcmp(argument, "--root") == 0)
      options->root = value;
    else if (strcmp(argument, "-j") == 0)
      options->jobs = value ? atoi(value) : 1;
    else if (strcmp(argument, "--passes") == 0)
      options->passes = value;
    else if (strcmp(argument, "--time-limit") == 0)
      options->time_limit_seconds = value ? atoi(value) : 0;
    else if (strcmp(argument, "--memory-limit") == 0)
      options->memory_limit_mb = value ? atoi(value) : 0;
    else if (strcmp(argument, "--hostile") == 0 && value)
      set_hostile(options, text_from(value));
    else if (strcmp(argument, "--require") == 0 && value)
      list_add(&options->required, text_from(value));
    else {
      takes_value = false;
      if (strcmp(argument, "-v") == 0)
        options->verbose = true;
      else if (strcmp(argument, "-q") == 0)
        options->quiet = true;
      else if (strcmp(argument, "--by-area") == 0)
        options->by_area = true;
      else
        usage();
    }
    if (takes_value) {
      if (!value) usage();
      i++;
    }
  }
}

#ifdef __wasi__

int main(int count, char **arguments) {
  Suite suite = {.options = {.jobs = 1, .memory_limit_mb = 1024}};
  TextList paths = {0};
  parse_arguments(&suite, count, arguments, &paths);
  const char *directory = getenv("SMEW_TEST_DIR");
  if (paths.count != 1 || !directory) usage();
  if (suite.options.root && chdir(suite.options.root)) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite.options.root, strerror(errno));
    return 2;
  }
  Text report;
  Verdict verdict = run_file(&suite.options, paths.items[0].data, directory, &report);
  printf("%d%.*s", (int)verdict, (int)report.length, report.data);
  return 0;
}

#else

int main(int count, char **arguments) {
  Suite *suite = must(calloc(1, sizeof *suite));
  suite->options = (Options){.jobs = 1, .time_limit_seconds = 60, .memory_limit_mb = 4096};
  TextList paths = {0};
  parse_arguments(suite, count, arguments, &paths);
  if (paths.count == 0 || suite->options.jobs < 1) usage();
  for (size_t i = 0; i < paths.count; i++) add_path(suite, paths.items[i].data);
  char passes[PATH_MAX];
  if (suite->options.passes && suite->options.passes[0] != '/') { // relative to where we are, not to the root
    char directory[PATH_MAX / 2];
    if (!getcwd(directory, sizeof directory)) must(NULL);
    snprintf(passes, sizeof passes, "%s/%s", directory, suite->options.passes);
    suite->options.passes = passes;
  }
  if (suite->options.root && chdir(suite->options.root)) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite->options.root, strerror(errno));
    return 2;
  }
  suite->verdicts = must(calloc(suite->files.count + 1, sizeof *suite->verdicts));
  signal(SIGPIPE, SIG_IGN);
  run_suite(suite);
  if (suite->options.by_area) print_areas(suite);
  if (suite->options.passes) save_passes(suite);
  printf("%zu passed, %zu failed, %zu skipped\n", suite->counts[VERDICT_PASSED], suite->counts[VERDICT_FAILED],
         suite->counts[VERDICT_SKIPPED]);
  return suite->counts[VERDICT_FAILED] ? 1 : 0;
}

#endif
