// SPDX-License-Identifier: MIT
//
// query_pipe.c: a database in memory behind a pipe, for test/differential. Reads statements from standard input (a length
// of four bytes, then the text), and answers each on standard output:
//
//   'C' count {name type}   the columns; a count is four bytes, a text its length and its bytes
//   'r' {text}              a row, a value as CAST(… AS VARCHAR) prints it; the length 0xFFFFFFFF is NULL
//   'e'                     the end of the statement
//   'E' class message       it has failed, which ends it as well
//
// Numbers lie as the machine has them.
#include <smew.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_count(uint32_t count) { fwrite(&count, sizeof count, 1, stdout); }

static void put_text(const char *data, size_t length) {
  put_count((uint32_t)length);
  fwrite(data, 1, length, stdout);
}

static bool put_chunk(void *context, smew_statement *statement, const smew_chunk *chunk) {
  bool *described = context;
  uint32_t columns = smew_column_count(statement);
  if (!*described) {
    fputc('C', stdout);
    put_count(columns);
    for (uint32_t c = 0; c < columns; c++) {
      const char *name = smew_column_name(statement, c), *type = smew_type_text(smew_column_type(statement, c));
      put_text(name, strlen(name));
      put_text(type, strlen(type));
    }
    *described = true;
  }
  for (uint32_t row = 0; chunk && row < smew_chunk_row_count(chunk); row++) {
    fputc('r', stdout);
    for (uint32_t c = 0; c < columns; c++) {
      smew_text text;
      if (smew_is_null(chunk, c, row)) {
        put_count(UINT32_MAX);
      } else if (smew_value_text(chunk, c, row, &text) == SMEW_OK) {
        put_text(text.data, text.length);
      } else {
        return false;
      }
    }
  }
  return true;
}

int main(void) {
  smew_config config = {.memory_limit_bytes = 4ull << 30};
  smew_database *database;
  smew_session *session;
  if (smew_open(NULL, &config, &database) != SMEW_OK || smew_connect(database, &session) != SMEW_OK) return 2;
  uint32_t length;
  while (fread(&length, sizeof length, 1, stdin) == 1) {
    char *sql = malloc(length + 1u);
    if (!sql || fread(sql, 1, length, stdin) != length) return 2;
    bool described = false;
    if (smew_run(session, sql, length, put_chunk, &described) == SMEW_OK) {
      fputc('e', stdout);
    } else {
      const smew_error_info *error = smew_error(session);
      fputc('E', stdout);
      put_text(error->class_name, strlen(error->class_name));
      put_text(error->message, strlen(error->message));
    }
    free(sql);
    if (fflush(stdout) != 0) return 2;
  }
  smew_disconnect(session);
  return smew_close(database) == SMEW_OK ? 0 : 1;
}
