// SPDX-License-Identifier: MIT
//
// query.c: libFuzzer on the whole engine: a script of SQL over a few tables. Whatever it says: answers or errors that are no bugs of Smew, and nothing kept.
//
// The first byte chooses the form in which vectors travel; the rest is SQL.
#include "engine.h"

static const char tables[] =
    "CREATE TABLE t (i INTEGER PRIMARY KEY, s VARCHAR, d DOUBLE, l INTEGER[], r STRUCT(a INTEGER, b VARCHAR));"
    "INSERT INTO t SELECT i, CASE WHEN i % 5 > 0 THEN 'text ' || i % 3 END, i / 7, [i, NULL], {'a': i, 'b': 'x'} FROM "
    "range(40) x(i);"
    "CREATE TABLE u (i INTEGER REFERENCES t (i), t TIMESTAMP, n DECIMAL(10, 2), m MAP(VARCHAR, INTEGER), e ENUM('a', "
    "'b'));"
    "INSERT INTO u SELECT i % 7, TIMESTAMP '2024-02-29' + i * INTERVAL 7 HOUR, i / 3, MAP {'k': i}, 'a' FROM range(20) "
    "x(i);"
    "CREATE VIEW v AS SELECT t.i, s, n FROM t JOIN u USING (i);"
    "CREATE SEQUENCE q; CREATE MACRO f(x) AS x + 1";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  smew_database *database = open_engine(data[0]);
  smew_session *session;
  require(smew_connect(database, &session) == SMEW_OK);
  require(smew_run(session, tables, SMEW_ALL, NULL, NULL) == SMEW_OK);
  const char *at = (const char *)data + 1, *end = (const char *)data + size;
  for (int i = 0; i < 16 && at < end; i++) {
    smew_statement *statement;
    const char *tail = end;
    if (smew_prepare(session, at, (size_t)(end - at), &statement, &tail) == SMEW_OK && !statement) break;
    if (statement)
      (void)run_statement(statement);
    else
      require_no_bug(session);
    smew_finalize(statement);
    require(tail >= at && tail <= end);
    at = tail;
  }
  require(smew_close(database) == SMEW_OK);
  return 0;
}
