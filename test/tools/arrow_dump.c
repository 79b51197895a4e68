// SPDX-License-Identifier: MIT
//
// arrow_dump.c: runs a script in memory and writes the result of its last query to standard output as an Arrow IPC stream.
//
//   arrow_dump [--batch BYTES] SQL
//
// A batch is written when it has BYTES bytes (0: a batch for each chunk). For test/js/arrow_check.mjs.
#include <smew.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static smew_status dump(smew_statement *statement, uint64_t batch_bytes) {
  smew_status status;
  while ((status = smew_describe(statement)) != SMEW_OK) {
    if (status != SMEW_YIELD && status != SMEW_WAITING) return status;
    smew_wait(smew_session_database(smew_statement_session(statement)), -1);
  }
  if (smew_column_count(statement) && (status = smew_arrow_schema(statement)) != SMEW_OK) return status;
  while ((status = smew_step_blocking(statement)) == SMEW_CHUNK) {
    if (smew_arrow_chunk(statement) != SMEW_OK) return SMEW_ERROR;
    if (smew_arrow_pending(statement) >= batch_bytes && smew_arrow_batch(statement) != SMEW_OK) return SMEW_ERROR;
  }
  if (status != SMEW_DONE || !smew_column_count(statement)) return status;
  return smew_arrow_end(statement) == SMEW_OK ? SMEW_DONE : SMEW_ERROR;
}

int main(int argument_count, char **arguments) {
  smew_database *database;
  smew_session *session;
  uint64_t batch_bytes = 1 << 20;
  if (argument_count == 4 && strcmp(arguments[1], "--batch") == 0) batch_bytes = strtoull(arguments[2], NULL, 10);
  if (argument_count < 2 || smew_open(NULL, NULL, &database) != SMEW_OK || smew_connect(database, &session) != SMEW_OK)
    return 2;
  const char *sql = arguments[argument_count - 1];
  for (;;) {
    smew_statement *statement, *last = NULL;
    smew_status status = smew_prepare(session, sql, SMEW_ALL, &statement, &sql);
    if (status == SMEW_OK && !statement) break;
    if (status == SMEW_OK) {
      status = dump(statement, batch_bytes);
      while (*sql == ' ' || *sql == '\n') sql++;
      if (!*sql) last = statement;
    }
    if (status != SMEW_DONE) {
      fprintf(stderr, "%s\n", smew_error(session)->text);
      return 1;
    }
    if (last) {
      smew_text bytes = smew_arrow_bytes(last);
      if (fwrite(bytes.data, 1, bytes.length, stdout) != bytes.length) return 1;
    }
    smew_finalize(statement);
  }
  smew_disconnect(session);
  return smew_close(database) == SMEW_OK && fflush(stdout) == 0 ? 0 : 1;
}
