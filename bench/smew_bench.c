// SPDX-License-Identifier: MIT
//
// smew_bench.c: the Smew side of `make bench`: a process that loads a database in memory and then runs query files on demand.
//
//   smew_bench LOAD.sql [RUNS QUERY.sql …]
//
// With queries on the command line it runs each RUNS times. Without, it reads commands from standard input, so that the caller can
// alternate with another database:
//
//   run PATH     runs the script once
//   rows PATH    the same, and the answer holds the rows of its last query as text
//
// Every answer is one line of JSON:
//
//   {"file": "…", "ms": 1.25, "rows": 4, "slice_ms": 0.9, "turn_ms": 0.1, "operator": "HASH_GROUP_BY", "memory": 1048576}
//   {"file": "…", "error": "Binder Error: …"}
//
// slice_ms is the longest call of smew_step, turn_ms and operator the longest turn of one operator within a slice: the only thing
// that is asked of the engine behind smew.h. Times are wall-clock, from the SQL text to the last chunk.
#include <errno.h>
#include <smew.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/api.h"

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

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
  double slice_ms; // the longest
  uint64_t rows;
  bool print_rows;
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

// Steps one statement to its end. The rows of every query are counted, those of queries are printed when asked for.
static smew_status run_statement(smew_session *session, smew_statement *statement, Run *run) {
  for (;;) {
    double start = now_ms();
    smew_status status = smew_step(statement);
    double spent = now_ms() - start;
    if (spent > run->slice_ms) run->slice_ms = spent;
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
    smew_status status = smew_prepare(session, sql, SMEW_ALL, &statement, &sql);
    if (status != SMEW_OK) return status;
    if (!statement) continue;
    status = run_statement(session, statement, run);
    smew_finalize(statement);
    if (status != SMEW_DONE) return status;
  }
  return SMEW_DONE;
}

// Runs a file and prints its line. False: it failed.
static bool run_file(smew_session *session, const char *path, bool print_rows) {
  smew_database *database = smew_session_database(session);
  Run run = {.print_rows = print_rows};
  char *sql = read_text(path);
  fputs("{\"file\": ", stdout);
  print_json(path, strlen(path));
  if (!sql) {
    printf(", \"error\": \"cannot be read: %s\"}\n", strerror(errno));
    return false;
  }
  if (print_rows) fputs(", \"values\": [", stdout);
  database->longest = (ExecutionProfile){0};
  double start = now_ms();
  smew_status status = run_script(session, sql, &run);
  double spent = now_ms() - start;
  free(sql);
  if (print_rows) putchar(']');
  if (status != SMEW_DONE) {
    const char *text = smew_error(session)->text;
    fputs(", \"error\": ", stdout);
    print_json(text, strlen(text));
    puts("}");
    return false;
  }
  uint64_t peak_bytes = 0;
  smew_memory(database, NULL, &peak_bytes);
  printf(", \"ms\": %.4f, \"rows\": %llu, \"slice_ms\": %.4f, \"turn_ms\": %.4f, \"operator\": ", spent,
         (unsigned long long)run.rows, run.slice_ms, (double)database->longest.longest_nanos / 1e6);
  const char *name = database->longest.longest_operator ? database->longest.longest_operator : "";
  print_json(name, strlen(name));
  printf(", \"memory\": %llu}\n", (unsigned long long)peak_bytes);
  return true;
}

static void serve(smew_session *session) {
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "run ", 4) == 0) {
      run_file(session, line + 4, false);
    } else if (strncmp(line, "rows ", 5) == 0) {
      run_file(session, line + 5, true);
    } else {
      puts("{\"error\": \"no such command\"}");
    }
    fflush(stdout);
  }
}

int main(int argument_count, char **arguments) {
  smew_database *database;
  smew_session *session;
  if (argument_count < 2 || argument_count == 3) {
    fputs("usage: smew_bench LOAD.sql [RUNS QUERY.sql ...]\n", stderr);
    return 2;
  }
  if (smew_open(NULL, NULL, &database) != SMEW_OK || smew_connect(database, &session) != SMEW_OK) {
    fprintf(stderr, "%s\n", smew_database_error(database)->text);
    return 1;
  }
  bool well = run_file(session, arguments[1], false);
  fflush(stdout);
  if (well && argument_count == 2) serve(session);
  for (int i = 3; well && i < argument_count; i++) {
    for (int run = atoi(arguments[2]); well && run > 0; run--) well = run_file(session, arguments[i], false);
  }
  smew_disconnect(session);
  smew_close(database);
  return well ? 0 : 1;
}
