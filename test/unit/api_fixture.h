// SPDX-License-Identifier: MIT
//
// api_fixture.h: what the tests of smew.h share: databases in memory and in a file, and answers as text. Nothing here looks behind smew.h.
#ifndef SMEW_TEST_API_FIXTURE_H
#define SMEW_TEST_API_FIXTURE_H

#include <smew.h>
#include <unistd.h>

#include "unit.h"

typedef struct Fixture {
  smew_database *database;
  smew_session *session;
  char path[256]; // "": in memory
} Fixture;

static inline bool fixture_open(Fixture *fixture, const smew_config *config) {
  if (smew_open(fixture->path, config, &fixture->database) != SMEW_OK) {
    UNIT_FAIL("open: %s", smew_database_error(fixture->database)->text);
    return false;
  }
  return smew_connect(fixture->database, &fixture->session) == SMEW_OK;
}

static inline void fixture_close(Fixture *fixture) {
  CHECK_EQ_INT(smew_close(fixture->database), SMEW_OK);
  fixture->database = NULL;
  fixture->session = NULL;
}

static inline void remove_files(const char *path) {
  static const char *const ends[] = {"", "-wal-a", "-wal-b"};
  char name[300];
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    snprintf(name, sizeof name, "%s%s", path, ends[i]);
    unlink(name);
  }
}

// A path of this process that nothing has.
static inline void fixture_path(Fixture *fixture, const char *name) {
  snprintf(fixture->path, sizeof fixture->path, "/tmp/smew_unit_%d_%s.smew", (int)getpid(), name);
  remove_files(fixture->path);
}

typedef struct Answer {
  char text[4096]; // rows by ';', values by '|'
  size_t length;
  uint64_t rows;
} Answer;

static inline void answer_add(Answer *answer, const char *text, size_t length) {
  if (answer->length + length >= sizeof answer->text) length = sizeof answer->text - answer->length - 1;
  memcpy(answer->text + answer->length, text, length);
  answer->length += length;
  answer->text[answer->length] = 0;
}

static inline void answer_chunk(Answer *answer, const smew_chunk *chunk) {
  for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++) {
    if (answer->rows++) answer_add(answer, ";", 1);
    for (uint32_t column = 0; column < smew_chunk_column_count(chunk); column++) {
      smew_text text = {"", 0};
      CHECK_EQ_INT(smew_value_text(chunk, column, row, &text), SMEW_OK);
      if (column) answer_add(answer, "|", 1);
      answer_add(answer, text.data, text.length);
    }
  }
}

// Runs a statement to its end. SMEW_DONE, or what went wrong.
static inline smew_status run_statement(smew_statement *statement, Answer *answer) {
  for (;;) {
    smew_status status = smew_step_blocking(statement);
    if (status != SMEW_CHUNK) return status;
    if (answer) answer_chunk(answer, smew_statement_chunk(statement));
  }
}

static inline smew_statement *prepare(smew_session *session, const char *sql) {
  smew_statement *statement = NULL;
  if (smew_prepare(session, sql, SMEW_ALL, &statement, NULL) != SMEW_OK) UNIT_FAIL("%s", smew_error(session)->text);
  return statement;
}

static inline bool receive_answer(void *context, smew_statement *statement, const smew_chunk *chunk) {
  (void)statement;
  if (chunk && context) answer_chunk(context, chunk);
  return true;
}

// The script succeeds.
static inline void run(smew_session *session, const char *sql) {
  if (smew_run(session, sql, SMEW_ALL, NULL, NULL) != SMEW_OK) UNIT_FAIL("%s: %s", sql, smew_error(session)->text);
}

static inline Answer ask(smew_session *session, const char *sql) {
  Answer answer = {0};
  if (smew_run(session, sql, SMEW_ALL, receive_answer, &answer) != SMEW_OK)
    UNIT_FAIL("%s: %s", sql, smew_error(session)->text);
  return answer;
}

#define CHECK_ANSWER(session, sql, expected)            \
  do {                                                  \
    Answer answer_ = ask((session), (sql));             \
    CHECK_EQ_STR((const char *)answer_.text, expected); \
  } while (0)

// The script fails with this code.
#define CHECK_FAILS(session, sql, expected_code)                                         \
  do {                                                                                   \
    CHECK_EQ_INT(smew_run((session), (sql), SMEW_ALL, NULL, NULL), SMEW_ERROR);          \
    CHECK_EQ_STR(smew_error(session)->code_name, smew_error_code_name((expected_code))); \
  } while (0)

#endif
