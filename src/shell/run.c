// SPDX-License-Identifier: MIT
//
// run.c: opening databases and running statements: steps until done, hands chunks to the renderer, lets Ctrl-C interrupt, draws a
// progress bar when it takes long, and tells time and changed rows when asked.
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "shell/shell.h"

#define PROGRESS_AFTER_SECONDS 2.0
#define PROGRESS_EVERY_SECONDS 0.1

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// ---------------------------------------------------------------------------------------------------------------------
// Output and errors
// ---------------------------------------------------------------------------------------------------------------------

FILE *shell_output(Shell *shell) { return shell->once ? shell->once : shell->output; }

void shell_error(Shell *shell, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fflush(shell_output(shell));
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  shell->failed = true;
  shell->exit_code = 1;
}

// ---------------------------------------------------------------------------------------------------------------------
// Interrupt
// ---------------------------------------------------------------------------------------------------------------------

// The one shell of the process: a signal handler has no other way to it.
static Shell *interrupted_shell;

static void on_interrupt(int signal_number) {
  (void)signal_number;
  if (!interrupted_shell) return;
  interrupted_shell->interrupted = 1;
  if (interrupted_shell->session) smew_interrupt(interrupted_shell->session);
}

void shell_install_interrupt(Shell *shell) {
  interrupted_shell = shell;
  struct sigaction action = {.sa_handler = on_interrupt};
  sigaction(SIGINT, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

// ---------------------------------------------------------------------------------------------------------------------
// Databases
// ---------------------------------------------------------------------------------------------------------------------

bool shell_open(Shell *shell, const char *path) {
  smew_config config = {.read_only = shell->read_only};
  smew_database *database;
  smew_session *session = NULL;
  smew_status status = smew_open(path, &config, &database);
  if (status == SMEW_OK) status = smew_connect(database, &session);
  if (status != SMEW_OK) {
    shell_error(shell, "%s", smew_database_error(database)->text);
    smew_close(database);
    return false;
  }
  shell_close(shell);
  shell->database = database;
  shell->session = session;
  if (*smew_database_note(database)) fprintf(stderr, "Warning: %s\n", smew_database_note(database));
  shell->path = path && *path && strcmp(path, ":memory:") != 0 ? strdup(path) : NULL;
  return true;
}

void shell_close(Shell *shell) {
  smew_session *session = shell->session;
  shell->session = NULL; // from here on Ctrl-C has nothing to interrupt
  smew_disconnect(session);
  smew_close(shell->database);
  shell->database = NULL;
  free(shell->path);
  shell->path = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Progress
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Progress {
  bool wanted;
  bool drawn;
  double started;
  double last;
} Progress;

static void progress_draw(Progress *progress, const smew_statement *statement) {
  double time = now();
  if (!progress->wanted || time - progress->started < PROGRESS_AFTER_SECONDS ||
      time - progress->last < PROGRESS_EVERY_SECONDS) {
    return;
  }
  double done = smew_progress(statement);
  if (done < 0) return;
  progress->last = time;
  progress->drawn = true;
  enum { CELLS = 40 };
  int full = (int)(done * CELLS);
  fprintf(stderr, "\r%3d%% ▕", (int)(done * 100));
  for (int i = 0; i < CELLS; i++) fputs(i < full ? "█" : " ", stderr);
  fputs("▏ ", stderr);
  fflush(stderr);
}

static void progress_clear(Progress *progress) {
  if (progress->drawn) fputs("\r\033[K", stderr);
  progress->drawn = false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Statements
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Times {
  double real, user, system;
} Times;

static Times take_times(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (Times){now(), (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6,
                 (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6};
}

// Runs a prepared statement to its end. False: an error; it was printed.
static bool run_statement(Shell *shell, smew_statement *statement) {
  Renderer *renderer = NULL;
  Progress progress = {.wanted = shell->interactive, .started = now()};
  smew_status status;
  bool good = true;
  for (;;) {
    status = smew_step(statement);
    if (status == SMEW_WAITING) smew_wait(shell->database, 100000);
    if (status == SMEW_WAITING || status == SMEW_YIELD) {
      progress_draw(&progress, statement);
      continue;
    }
    progress_clear(&progress);
    if (status != SMEW_CHUNK && status != SMEW_DONE) break;
    bool shown = smew_statement_kind(statement) != SMEW_KIND_CHANGES; // their one row counts rows: .changes tells
    if (!renderer && shown && smew_column_count(statement)) renderer = renderer_open(shell, statement);
    if (status == SMEW_DONE) break;
    if (renderer && !renderer_chunk(renderer, smew_statement_chunk(statement))) {
      good = false; // the output is closed (a pipe's reader went away)
      break;
    }
  }
  if (renderer) renderer_close(renderer, status == SMEW_DONE);
  if (status == SMEW_ERROR) {
    shell_error(shell, "%s", smew_error(shell->session)->text);
    return false;
  }
  if (status == SMEW_DONE && shell->changes) {
    fprintf(shell_output(shell), "changes: %llu\n", (unsigned long long)smew_changes(statement));
  }
  return good;
}

static void end_once(Shell *shell) {
  if (!shell->once) return;
  fclose(shell->once);
  shell->once = NULL;
}

bool shell_run(Shell *shell, const char *sql, size_t length) {
  const char *rest = sql, *end = sql + length;
  bool good = true;
  shell->interrupted = 0;
  while (rest < end && !shell->quit) {
    Times before = take_times();
    smew_statement *statement = NULL;
    const char *start = rest;
    smew_status status = smew_prepare(shell->session, rest, (size_t)(end - rest), &statement, &rest);
    if (status == SMEW_OK && !statement) break;
    if (shell->echo) fprintf(shell_output(shell), "%.*s\n", (int)(rest - start), start);
    if (status != SMEW_OK) {
      shell_error(shell, "%s", smew_error(shell->session)->text);
      good = false;
    } else {
      good = run_statement(shell, statement) && good;
    }
    smew_finalize(statement);
    end_once(shell);
    if (shell->timer) {
      Times after = take_times();
      fprintf(shell->output, "Run Time (s): real %.3f user %.6f sys %.6f\n", after.real - before.real,
              after.user - before.user, after.system - before.system);
    }
    fflush(shell->output);
    if (!good || shell->interrupted) break;
  }
  return good;
}

bool shell_query(Shell *shell, const char *sql, RowReceiver receive, void *context, const char **error_text) {
  smew_statement *statement = NULL;
  *error_text = NULL;
  smew_status status = smew_prepare(shell->session, sql, SMEW_ALL, &statement, NULL);
  while (status == SMEW_OK || status == SMEW_CHUNK) {
    status = smew_step_blocking(statement);
    if (status != SMEW_CHUNK) break;
    const smew_chunk *chunk = smew_statement_chunk(statement);
    uint32_t columns = smew_chunk_column_count(chunk);
    smew_text *values = calloc(columns + 1, sizeof *values);
    bool *nulls = calloc(columns + 1, sizeof *nulls);
    for (uint32_t row = 0; values && nulls && row < smew_chunk_row_count(chunk); row++) {
      for (uint32_t i = 0; i < columns; i++) {
        nulls[i] = smew_is_null(chunk, i, row);
        if (smew_value_text(chunk, i, row, &values[i]) != SMEW_OK) values[i] = (smew_text){"", 0};
      }
      receive(context, columns, values, nulls);
    }
    free(values);
    free(nulls);
  }
  if (status != SMEW_DONE) *error_text = smew_error(shell->session)->text;
  smew_finalize(statement);
  return status == SMEW_DONE;
}
