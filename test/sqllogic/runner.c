// SPDX-License-Identifier: MIT
//
// runner.c: the commands of one file, one after the other.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "sqllogic.h"

void fail(Runner *runner, int line, const char *format, ...) {
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

void skip(Runner *runner, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *made = NULL;
  if (vasprintf(&made, format, arguments) < 0) must(NULL);
  va_end(arguments);
  if (!runner->skipped) runner->skip_reason = text_from(made);
  runner->skipped = true;
}

Text replace_keywords(const Runner *runner, Text text) {
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

Text replace_loops(const Runner *runner, Text text) {
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

void close_database(Runner *runner) {
  smew_close(runner->database);
  runner->database = NULL;
  runner->session = NULL;
  runner->connection_count = 0;
}

bool open_database(Runner *runner, int line) {
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
        compare_query(runner, command, sql, &result);
      else
        compare_statement(runner, command, sql, &result);
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

Verdict run_file(const Options *options, const char *path, const char *directory, Text *report) {
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
