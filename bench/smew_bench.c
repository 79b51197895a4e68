// SPDX-License-Identifier: MIT
//
// smew_bench.c: the Smew side of `make bench`: a process that opens a database, loads it and then runs query files on demand.
//
//   smew_bench DATABASE LOAD.sql [RUNS QUERY.sql …]
//
// DATABASE is a path or ":memory:". With queries on the command line it runs each RUNS times. Without, it reads commands from standard input, so
// that the caller can alternate with another database:
//
//   run PATH          runs the script once
//   rows PATH         the same, and the answer holds the rows of its last query as text
//   open PATH         opens the database PATH, tells of the opening, and closes it
//   beside LONG POINT runs the script LONG, and after each of its steps the script POINT in another session, as a scheduler that gives turns would
//
// Every answer is one line of JSON:
//
//   {"file": "…", "ms": 1.25, "rows": 4, "steps": 3, "slice_ms": 0.9, "slice_wall_ms": 1.1, "activity": "HASH_GROUP_BY", "memory": 1048576}
//   {"file": "…", "error": "Binder Error: …"}
//
// slice_ms is the longest call (smew_prepare, smew_step, smew_finalize) by the thread's CPU time, slice_wall_ms by the clock on the wall: on a machine that does other
// things too only the first is the program's own. activity is what the longest was at. For `beside`, slice_wall_ms is the longest time from the moment
// POINT is asked for until it has answered, the step of LONG that was under way included, and steps is how often it was asked. ms and memory are by the
// wall, from the SQL text to the last chunk.
#include <errno.h>
#include <smew.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double clock_ms(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

// The file as a text that ends with a NUL, to be freed; NULL: not readable.
static char *read_text(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  size_t capacity = 1 << 16;
  size_t length = 0;
  char *text = malloc(capacity);
  while (text) {
    length += fread(text + length, 1, capacity - length - 1, file);
    if (length < capacity - 1) break;
    capacity *= 2;
    char *grown = realloc(text, capacity);
    if (!grown) free(text);
    text = grown;
  }
  if (text) text[length] = 0;
  fclose(file);
  return text;
}

static void print_json(const char *text, size_t length) {
  putchar('"');
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte == '"' || byte == '\\') {
      printf("\\%c", byte);
    } else if (byte < 0x20) {
      printf("\\u%04x", byte);
    } else {
      putchar(byte);
    }
  }
  putchar('"');
}

typedef struct Run {
  double slice_ms; // the longest, CPU
  double slice_wall_ms;
  const char *activity; // of the longest by CPU
  uint64_t steps;
  uint64_t rows;
  double start, start_cpu; // of the slice that runs
  bool print_rows;
  const char *beside; // script that another session runs after each step; NULL: none
  smew_session *other;
} Run;

static bool print_chunk(const smew_chunk *chunk, bool first) {
  for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++) {
    fputs(first && row == 0 ? "[" : ",[", stdout);
    for (uint32_t column = 0; column < smew_chunk_column_count(chunk); column++) {
      smew_text text;
      if (smew_value_text(chunk, column, row, &text) != SMEW_OK) return false;
      if (column) putchar(',');
      print_json(text.data, text.length);
    }
    putchar(']');
  }
  return true;
}

// Before and after a call that is a slice.
static void start_slice(Run *run) {
  run->start = now_ms();
  run->start_cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID);
}

static void end_slice(Run *run, const char *activity) {
  double spent_cpu = clock_ms(CLOCK_THREAD_CPUTIME_ID) - run->start_cpu;
  double spent = now_ms() - run->start;
  run->steps++;
  if (spent > run->slice_wall_ms) run->slice_wall_ms = spent;
  if (spent_cpu <= run->slice_ms) return;
  run->slice_ms = spent_cpu;
  run->activity = activity;
}

static smew_status step(smew_statement *statement, Run *run) {
  start_slice(run);
  smew_status status = smew_step(statement);
  end_slice(run, smew_activity(statement));
  return status;
}

static smew_status run_script(smew_session *session, const char *sql, Run *run);

// One step, and the other session's script after it. What is noted is how long that one waited and worked.
static smew_status step_beside(smew_statement *statement, Run *run) {
  Run point = {0};
  double start = now_ms();
  smew_status status = smew_step(statement);
  smew_status answered = run_script(run->other, run->beside, &point);
  double spent = now_ms() - start;
  run->steps++;
  if (spent > run->slice_wall_ms) run->slice_wall_ms = spent;
  return answered == SMEW_DONE ? status : answered;
}

// Steps one statement to its end. The rows of every query are counted, those of queries are printed when asked for.
static smew_status run_statement(smew_session *session, smew_statement *statement, Run *run) {
  for (;;) {
    smew_status status = run->beside ? step_beside(statement, run) : step(statement, run);
    switch (status) {
      case SMEW_CHUNK: {
        const smew_chunk *chunk = smew_statement_chunk(statement);
        if (run->print_rows && !print_chunk(chunk, run->rows == 0)) return SMEW_ERROR;
        run->rows += smew_chunk_row_count(chunk);
        break;
      }
      case SMEW_YIELD:
        break;
      case SMEW_WAITING:
        smew_wait(smew_session_database(session), -1);
        break;
      default:
        return status;
    }
  }
}

static smew_status run_script(smew_session *session, const char *sql, Run *run) {
  while (*sql) {
    smew_statement *statement;
    start_slice(run);
    smew_status status = smew_prepare(session, sql, SMEW_ALL, &statement, &sql);
    end_slice(run, "PREPARE");
    if (status != SMEW_OK) return status;
    if (!statement) continue;
    status = run_statement(session, statement, run);
    start_slice(run);
    smew_finalize(statement);
    end_slice(run, "FINALIZE");
    if (status != SMEW_DONE) return status;
  }
  return SMEW_DONE;
}

// Prints what a script came to, up to and with the closing brace. False: it failed.
static bool run_and_tell(smew_session *session, const char *sql, Run *run) {
  if (run->print_rows) fputs(", \"values\": [", stdout);
  double start = now_ms();
  smew_status status = run_script(session, sql, run);
  double spent = now_ms() - start;
  if (run->print_rows) putchar(']');
  if (status != SMEW_DONE) {
    const char *text = smew_error(session)->text;
    fputs(", \"error\": ", stdout);
    print_json(text, strlen(text));
    puts("}");
    return false;
  }
  uint64_t peak_bytes = 0;
  smew_memory(smew_session_database(session), NULL, &peak_bytes);
  printf(", \"ms\": %.4f, \"rows\": %llu, \"steps\": %llu, \"slice_ms\": %.4f, \"slice_wall_ms\": %.4f, \"activity\": \"%s\"", spent,
         (unsigned long long)run->rows, (unsigned long long)run->steps, run->slice_ms, run->slice_wall_ms,
         run->activity ? run->activity : "");
  printf(", \"memory\": %llu}\n", (unsigned long long)peak_bytes);
  return true;
}

// Runs a file and prints its line.
static bool run_file(smew_session *session, const char *path, bool print_rows) {
  Run run = {.print_rows = print_rows};
  char *sql = read_text(path);
  fputs("{\"file\": ", stdout);
  print_json(path, strlen(path));
  if (!sql) {
    printf(", \"error\": \"cannot be read: %s\"}\n", strerror(errno));
    return false;
  }
  bool well = run_and_tell(session, sql, &run);
  free(sql);
  return well;
}

// `paths` is "LONG POINT".
static bool run_beside(smew_session *session, char *paths) {
  char *point_path = strchr(paths, ' ');
  if (point_path) *point_path++ = 0;
  char *sql = read_text(paths);
  char *point = point_path ? read_text(point_path) : NULL;
  Run run = {.beside = point};
  fputs("{\"file\": ", stdout);
  print_json(paths, strlen(paths));
  bool well = sql && point && smew_connect(smew_session_database(session), &run.other) == SMEW_OK;
  if (well) {
    well = run_and_tell(session, sql, &run);
    smew_disconnect(run.other);
  } else {
    puts(", \"error\": \"two scripts are needed\"}");
  }
  free(sql);
  free(point);
  return well;
}

static void open_and_tell(const char *path) {
  Run run = {0};
  smew_database *database;
  smew_status status = smew_open_start(path, NULL, &database);
  double begun = now_ms();
  while (status == SMEW_OK || status == SMEW_YIELD || status == SMEW_WAITING) {
    if (status == SMEW_WAITING) smew_wait(database, -1);
    start_slice(&run);
    status = smew_open_step(database);
    end_slice(&run, "OPEN");
    if (status == SMEW_OK) break;
  }
  fputs("{\"file\": ", stdout);
  print_json(path, strlen(path));
  if (status != SMEW_OK) {
    fputs(", \"error\": ", stdout);
    print_json(smew_database_error(database)->text, strlen(smew_database_error(database)->text));
    puts("}");
    smew_close(database);
    return;
  }
  printf(", \"ms\": %.4f, \"steps\": %llu, \"slice_ms\": %.4f, \"slice_wall_ms\": %.4f, \"activity\": \"OPEN\"}\n",
         now_ms() - begun, (unsigned long long)run.steps, run.slice_ms, run.slice_wall_ms);
  fflush(stdout);
  smew_close(database);
}

static void serve(smew_session *session) {
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "run ", 4) == 0) {
      run_file(session, line + 4, false);
    } else if (strncmp(line, "rows ", 5) == 0) {
      run_file(session, line + 5, true);
    } else if (strncmp(line, "open ", 5) == 0) {
      open_and_tell(line + 5);
    } else if (strncmp(line, "beside ", 7) == 0) {
      run_beside(session, line + 7);
    } else {
      puts("{\"error\": \"no such command\"}");
    }
    fflush(stdout);
  }
}

int main(int argument_count, char **arguments) {
  smew_database *database;
  smew_session *session;
  if (argument_count < 3 || argument_count == 4) {
    fputs("usage: smew_bench DATABASE LOAD.sql [RUNS QUERY.sql ...]\n", stderr);
    return 2;
  }
  if (smew_open(arguments[1], NULL, &database) != SMEW_OK || smew_connect(database, &session) != SMEW_OK) {
    fprintf(stderr, "%s\n", smew_database_error(database)->text);
    return 1;
  }
  bool well = run_file(session, arguments[2], false);
  fflush(stdout);
  if (well && argument_count == 3) serve(session);
  for (int i = 4; well && i < argument_count; i++) {
    for (int run = atoi(arguments[3]); well && run > 0; run--) well = run_file(session, arguments[i], false);
  }
  smew_disconnect(session);
  smew_close(database);
  return well ? 0 : 1;
}
