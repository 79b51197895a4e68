// SPDX-License-Identifier: MIT
//
// shell.h: the command-line program's own parts and what they share. Private to shell/. Nothing here is in the library; libc and
// POSIX may be used, and what the engine does is asked of smew.h alone.
//
//   main.c        options, where input comes from
//   input.c       lines into statements and dot commands
//   run.c         one statement: steps, interrupt, progress, timer
//   dot.c         dot commands
//   render.c      results row by row: csv, json, list, line, insert …
//   render_table.c  results as tables: duckbox, box, markdown …
//   line_edit.c   a line editor for terminals, with history
//   complete.c    what Tab offers
#ifndef SMEW_SHELL_H
#define SMEW_SHELL_H

#include <signal.h>
#include <smew.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/base.h"

typedef enum Mode {
  MODE_DUCKBOX,
  MODE_BOX,
  MODE_TABLE,
  MODE_COLUMN,
  MODE_MARKDOWN,
  MODE_LATEX,
  MODE_CSV,
  MODE_TABS,
  MODE_LIST,
  MODE_LINE,
  MODE_JSON,
  MODE_JSONLINES,
  MODE_INSERT,
  MODE_QUOTE,
  MODE_HTML,
  MODE_TRASH,
  MODE_COUNT
} Mode;
const char *mode_name(Mode mode);
bool mode_from_name(const char *name, Mode *mode);

typedef struct Shell {
  Memory memory; // of everything the shell keeps
  smew_database *database;
  smew_session *session;
  char *path; // of the database; NULL: in memory
  bool read_only;
  bool interactive; // input and output are a terminal
  bool quit;
  bool bail; // stop at the first error
  bool echo;
  bool timer;
  bool changes; // print the number of changed rows
  bool failed;  // an error happened
  int exit_code;
  // output
  Mode mode;
  bool headers;
  bool headers_set;
  char separator[32];
  char row_separator[8];
  char null_text[64];
  bool null_set;
  char *insert_table;  // of .mode insert, from malloc; NULL: "table"
  uint32_t max_rows;   // duckbox; 0: all
  uint32_t max_width;  // columns of the terminal; 0: ask it
  uint32_t widths[64]; // .width; 0: automatic
  uint32_t width_count;
  FILE *output; // stdout, or .output's file
  FILE *once;   // for one statement; NULL: none
  char prompt[64];
  char continuation[64];
  volatile sig_atomic_t interrupted;
} Shell;

// run.c
bool shell_open(Shell *shell, const char *path); // false: the error was printed
void shell_close(Shell *shell);
// Runs all statements of a text, printing results and errors. False: there was an error.
bool shell_run(Shell *shell, const char *sql, size_t length);
// The values of a query as text, column by column of each row: for dot commands. NULL in *error_text: all is well.
typedef void (*RowReceiver)(void *context, uint32_t column_count, const smew_text *values, const bool *nulls);
bool shell_query(Shell *shell, const char *sql, RowReceiver receive, void *context, const char **error_text);
FILE *shell_output(Shell *shell);
void shell_error(Shell *shell, const char *format, ...) PRINTF_LIKE(2, 3);
void shell_install_interrupt(Shell *shell);

// input.c
void shell_read_file(Shell *shell, FILE *file);
bool shell_read_path(Shell *shell, const char *path); // false: cannot be opened
void shell_interact(Shell *shell);

// dot.c
void shell_dot(Shell *shell, const char *line);

// render.c: a result in the mode that is set
typedef struct Renderer Renderer;
Renderer *renderer_open(Shell *shell, smew_statement *statement);
bool renderer_chunk(Renderer *renderer, const smew_chunk *chunk);
void renderer_close(Renderer *renderer, bool complete);
const char *null_text(const Shell *shell); // what stands for NULL
void render_json_value(TextBuilder *out, const smew_vector *vector, uint32_t row, smew_text text);

// render_table.c
typedef struct Table Table;
Table *table_open(Shell *shell, smew_statement *statement);
bool table_chunk(Table *table, const smew_chunk *chunk);
void table_close(Table *table, bool complete);
uint32_t terminal_width(const Shell *shell);

// line_edit.c
typedef struct History {
  char **items;
  uint32_t count;
  uint32_t capacity;
} History;
void history_load(History *history, const char *path);
void history_add(History *history, const char *line);
void history_save(const History *history, const char *path);
void history_free(History *history);

typedef enum EditEnd { EDIT_LINE, EDIT_CANCELLED, EDIT_END } EditEnd;
// Candidates for the word that ends at `at`; *start: where it begins.
typedef void (*Completer)(void *context, const char *line, size_t at, size_t *start,
                          void (*offer)(void *, const char *), void *offer_context);
// Reads one line into `line` (cleared before). On a terminal only.
EditEnd edit_line(const char *prompt, History *history, Completer complete, void *context, TextBuilder *line);

// complete.c
void complete_sql(void *context, const char *line, size_t at, size_t *start, void (*offer)(void *, const char *),
                  void *offer_context);

#endif
