// SPDX-License-Identifier: MIT
//
// sqllogic.h: the sqllogictest runner: what its files share.
//
// Reading order: text.c (growing strings), script.c (a file into commands), result.c (statements into rows), compare.c (rows and errors beside what
// was expected), hostile.c (the database opened again, allocations that fail), runner.c (a file's commands, one after the other), main.c (the parent
// that starts a child for each file and counts).
//
// The program ends soon: nothing is freed.
#ifndef SMEW_TEST_SQLLOGIC_H
#define SMEW_TEST_SQLLOGIC_H

#include <smew.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// text.c

// NUL-terminated; never freed.
typedef struct Text {
  char *data;
  size_t length;
} Text;

typedef struct TextList {
  Text *items;
  size_t count, capacity;
} TextList;

void *must(void *pointer); // ends the program when there is no memory
Text text_of(const char *data, size_t length);
Text text_from(const char *data);
void text_add(Text *text, const char *data, size_t length);
void text_print(Text *text, const char *format, ...);
bool text_equal(Text a, Text b);
bool text_is(Text a, const char *b);
bool text_starts(Text text, const char *prefix);
bool text_contains(Text text, Text part);
int text_order(Text a, Text b);
Text text_replace(Text text, const char *from, Text to);
void list_add(TextList *list, Text text);
TextList split(Text text, char separator);
TextList words(Text text);
int compare_texts(const void *left, const void *right); // for qsort

// script.c

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

typedef struct Runner Runner;
// Of runner->lines.
void parse_file(Runner *runner, CommandList *commands);

// runner.c

// From the command line.
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

// One file being run.
struct Runner {
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
};

// The session of the file ends and begins with its database.
void close_database(Runner *runner);
bool open_database(Runner *runner, int line);
// The first failure of a file is its failure; the rest of it is not run.
void fail(Runner *runner, int line, const char *format, ...);
void skip(Runner *runner, const char *format, ...);
// ${NAME}, __TEST_DIR__ and their like; the variables of the loops that are running.
Text replace_keywords(const Runner *runner, Text text);
Text replace_loops(const Runner *runner, Text text);
// directory: for the files that it makes. The report is for people, and begins with the line of a failure.
Verdict run_file(const Options *options, const char *path, const char *directory, Text *report);

// result.c

typedef struct Result {
  bool failed;
  Text error;
  size_t column_count;
  smew_type_id *types;
  uint8_t *scales;
  TextList values; // row by row
  size_t row_count;
} Result;

extern const char NO_MEMORY[];

// Runs all statements of a text; the result is the last one's.
Result run_sql(smew_session *session, Text sql);
// "30 values hashing to <MD5 of the values, a line each>"
Text hash_values(const TextList *values);
bool is_hash(Text text);

// compare.c

void compare_query(Runner *runner, const Command *command, Text sql, Result *result);
void compare_statement(Runner *runner, const Command *command, Text sql, const Result *result);

// hostile.c

// After a statement: closes and opens the database where nothing can be lost by it.
void reopen(Runner *runner, Text sql, int line);
// Runs a statement again and again, each time with another allocation that fails; opens the database so.
Result run_failing(Runner *runner, smew_session *session, Text sql, int line);
void open_failing(Runner *runner);

#endif
