// SPDX-License-Identifier: MIT
//
// Long work through smew.h: streams keep what they saw when they began, an interrupt ends any work with the step that follows, short statements get their
// turn beside long ones, progress goes to 1. Time is counted in steps, not in milliseconds: how long a step is, `make bench` measures.
#include "api_fixture.h"

// ---------------------------------------------------------------------------------------------------------------------
// Streams
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_stream_yields_the_rows_of_its_beginning) {
  Fixture fixture = {0};
  fixture_path(&fixture, "stream");
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session,
      "CREATE TABLE t AS SELECT i AS id, i AS v, 'text of row ' || i AS s FROM range(30000) r(i); CHECKPOINT");
  smew_session *other;
  CHECK_EQ_INT(smew_connect(fixture.database, &other), SMEW_OK);
  smew_statement *stream = prepare(fixture.session, "SELECT id, v, s FROM t");
  CHECK_EQ_INT(smew_step_blocking(stream), SMEW_CHUNK);

  smew_statement *update = prepare(other, "UPDATE t SET v = -1, s = 'changed' WHERE id = $1");
  for (int i = 0; i < 10000; i++) {
    smew_bind_int64(update, 1, i * 3);
    if (run_statement(update, NULL) != SMEW_DONE) UNIT_FAIL("%s", smew_error(other)->text);
    smew_reset(update);
    if (i == 5000) run(other, "CHECKPOINT");
  }
  smew_finalize(update);
  run(other, "DELETE FROM t WHERE id % 3 = 1; CHECKPOINT");

  int64_t rows = 0, sum = 0;
  bool same = true;
  smew_status status = SMEW_CHUNK;
  for (; status == SMEW_CHUNK; status = smew_step_blocking(stream)) {
    const smew_chunk *chunk = smew_statement_chunk(stream);
    for (uint32_t i = 0; i < smew_chunk_row_count(chunk); i++, rows++) {
      sum += smew_get_int64(chunk, 1, i);
      same &= smew_get_int64(chunk, 0, i) == smew_get_int64(chunk, 1, i);
      smew_text text = smew_get_bytes(chunk, 2, i);
      same &= text.length > 12 && memcmp(text.data, "text of row ", 12) == 0;
    }
  }
  CHECK_EQ_INT(status, SMEW_DONE);
  CHECK_EQ_INT(rows, 30000);
  CHECK_EQ_INT(sum, INT64_C(29999) * 30000 / 2);
  CHECK(same);
  smew_finalize(stream);
  CHECK_ANSWER(fixture.session, "SELECT count(*), count(*) FILTER (v = -1) FROM t", "20000|10000");
  fixture_close(&fixture);
  remove_files(fixture.path);
}

// ---------------------------------------------------------------------------------------------------------------------
// Interrupting and closing
// ---------------------------------------------------------------------------------------------------------------------

#define NUMBERS \
  "CREATE TABLE t AS SELECT i AS id, (i * 7919) % 300007 AS r, 'some text ' || i AS s FROM range(300000) x(i)"

// Steps until the statement works at `activity`; false: it ended before.
static bool step_until(smew_statement *statement, const char *activity) {
  for (;;) {
    smew_status status = smew_step(statement);
    if (status != SMEW_YIELD && status != SMEW_WAITING) return status == SMEW_CHUNK && !*activity;
    if (!*activity || strcmp(smew_activity(statement), activity) == 0) return true;
    if (status == SMEW_WAITING) smew_wait(smew_session_database(smew_statement_session(statement)), -1);
  }
}

// The step after the interrupt is the last.
static void check_interrupt(Fixture *fixture, const char *sql, const char *activity) {
  smew_statement *statement = prepare(fixture->session, sql);
  CHECK_OR_RETURN(statement != NULL);
  if (!step_until(statement, activity)) {
    UNIT_FAIL("%s: no step was seen at %s: %s", sql, activity, smew_error(fixture->session)->text);
  } else {
    smew_interrupt(fixture->session);
    CHECK_EQ_INT(smew_step(statement), SMEW_ERROR);
    CHECK_EQ_INT(smew_error(fixture->session)->code, SMEW_ERROR_INTERRUPTED);
    CHECK_EQ_STR(smew_error(fixture->session)->text, "INTERRUPT Error: Interrupted!");
  }
  smew_finalize(statement);
  CHECK_ANSWER(fixture->session, "SELECT count(*) FROM t", "300000"); // and nothing has happened
}

TEST(an_interrupt_ends_the_next_step) {
  Fixture fixture = {0};
  char sql[512];
  fixture_path(&fixture, "interrupt");
  smew_config config = {.hostile.slice_chunks = 8};
  CHECK_OR_RETURN(fixture_open(&fixture, &config));
  run(fixture.session, NUMBERS);
  snprintf(sql, sizeof sql, "COPY t TO '%s.csv'", fixture.path);
  run(fixture.session, sql);
  check_interrupt(&fixture, "SELECT * FROM t ORDER BY r", "ORDER_BY");
  check_interrupt(&fixture, "SELECT count(*) FROM t a JOIN t b ON a.id = b.r", "HASH_JOIN");
  check_interrupt(&fixture, "SELECT r, count(*) FROM t GROUP BY r", "HASH_GROUP_BY");
  check_interrupt(&fixture, "SELECT count(*) FROM t a, t b WHERE a.id <> b.r", "NESTED_LOOP_JOIN");
  check_interrupt(&fixture, "SELECT count(*) FROM t a, t b WHERE a.id < b.r", "RANGE_JOIN");
  check_interrupt(&fixture, "SELECT sum(id) OVER (ORDER BY r) FROM t", "WINDOW");
  check_interrupt(&fixture, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c",
                  "RECURSIVE_CTE");
  snprintf(sql, sizeof sql, "COPY t FROM '%s.csv'", fixture.path);
  check_interrupt(&fixture, sql, "INSERT");
  snprintf(sql, sizeof sql, "CREATE TABLE u AS FROM read_csv('%s.csv')", fixture.path);
  check_interrupt(&fixture, sql, "TABLE_FUNCTION");
  CHECK_FAILS(fixture.session, "FROM u", SMEW_ERROR_CATALOG);
  snprintf(sql, sizeof sql, "COPY t TO '%s.other.csv'", fixture.path);
  check_interrupt(&fixture, sql, "COPY_TO_FILE");
  snprintf(sql, sizeof sql, "%s.other.csv", fixture.path);
  CHECK(access(sql, F_OK) != 0); // no half of a file
  check_interrupt(&fixture, "UPDATE t SET r = r + 1", "UPDATE");
  check_interrupt(&fixture, "DELETE FROM t", "DELETE");
  snprintf(sql, sizeof sql, "%s.csv", fixture.path);
  unlink(sql);
  fixture_close(&fixture);
  remove_files(fixture.path);
}

TEST(an_interrupted_checkpoint_goes_on_later) {
  Fixture fixture = {0};
  fixture_path(&fixture, "checkpoint");
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, NUMBERS);
  run(fixture.session, "UPDATE t SET s = s || '!' WHERE id % 2 = 0");
  check_interrupt(&fixture, "CHECKPOINT", "CHECKPOINT");
  run(fixture.session, "INSERT INTO t SELECT -1, -1, ''"); // carries it to its end
  run(fixture.session, "CHECKPOINT");
  fixture_close(&fixture);
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  CHECK_ANSWER(fixture.session, "SELECT count(*), count(*) FILTER (s LIKE '%!') FROM t", "300001|150000");
  fixture_close(&fixture);
  remove_files(fixture.path);
}

TEST(an_interrupt_without_a_statement_does_nothing) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_interrupt(fixture.session);
  CHECK_ANSWER(fixture.session, "SELECT 1", "1");
  fixture_close(&fixture);
}

TEST(a_statement_can_be_finalized_at_any_step) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, NUMBERS);
  uint64_t before, after;
  smew_memory(fixture.database, &before, NULL);
  static const char *const STATEMENTS[] = {"SELECT * FROM t ORDER BY r",
                                           "SELECT count(*) FROM t a JOIN t b ON a.id = b.r",
                                           "SELECT r, list(s) FROM t GROUP BY r",
                                           "SELECT sum(id) OVER (ORDER BY r) FROM t",
                                           "INSERT INTO t FROM t",
                                           "UPDATE t SET r = -1"};
  for (size_t i = 0; i < sizeof STATEMENTS / sizeof *STATEMENTS; i++) {
    for (int steps = 1; steps < 64; steps *= 3) {
      smew_statement *statement = prepare(fixture.session, STATEMENTS[i]);
      CHECK_OR_RETURN(statement != NULL);
      bool ended = false;
      for (int step = 0; step < steps && !ended; step++) ended = smew_step(statement) == SMEW_DONE;
      smew_finalize(statement);
      if (ended) break;
    }
  }
  run(fixture.session, "CREATE OR REPLACE TABLE t AS SELECT 1");
  smew_memory(fixture.database, &after, NULL);
  CHECK(after < before); // what they held was given back
  fixture_close(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Turns
// ---------------------------------------------------------------------------------------------------------------------

TEST(a_point_query_gets_its_turn_beside_a_long_one) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  run(fixture.session, NUMBERS);
  smew_session *other;
  CHECK_EQ_INT(smew_connect(fixture.database, &other), SMEW_OK);
  // Without end: whoever waits for it waits for ever.
  smew_statement *endless =
      prepare(fixture.session, "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c");
  smew_statement *point = prepare(other, "SELECT s FROM t WHERE id = $1");
  for (int i = 0; i < 50; i++) {
    CHECK_EQ_INT(smew_step(endless), SMEW_YIELD);
    smew_bind_int64(point, 1, i * 1000);
    int steps = 0;
    smew_status status;
    Answer answer = {0};
    do {
      status = smew_step(point);
      if (status == SMEW_CHUNK) answer_chunk(&answer, smew_statement_chunk(point));
      if (status != SMEW_DONE) CHECK_EQ_INT(smew_step(endless), SMEW_YIELD);
      steps++;
    } while (status == SMEW_YIELD || status == SMEW_CHUNK);
    char expected[32];
    snprintf(expected, sizeof expected, "some text %d", i * 1000);
    CHECK_EQ_INT(status, SMEW_DONE);
    CHECK_EQ_STR((const char *)answer.text, (const char *)expected);
    CHECK(steps <= 5);
    smew_reset(point);
  }
  smew_interrupt(fixture.session);
  CHECK_EQ_INT(smew_step(endless), SMEW_ERROR);
  smew_finalize(endless);
  smew_finalize(point);
  fixture_close(&fixture);
}

TEST(progress_goes_to_one) {
  Fixture fixture = {0};
  smew_config config = {.hostile.slice_chunks = 4};
  CHECK_OR_RETURN(fixture_open(&fixture, &config));
  run(fixture.session, NUMBERS);
  static const char *const STATEMENTS[] = {"SELECT count(*) FROM t a JOIN t b ON a.id = b.r WHERE a.s <> b.s",
                                           "SELECT * FROM t ORDER BY r",
                                           "CREATE TABLE u AS SELECT r, max(s) FROM t GROUP BY r"};
  for (size_t i = 0; i < sizeof STATEMENTS / sizeof *STATEMENTS; i++) {
    smew_statement *statement = prepare(fixture.session, STATEMENTS[i]);
    CHECK_OR_RETURN(statement != NULL);
    CHECK(smew_progress(statement) < 0); // not begun: not known
    double last = 0;
    bool grows = true, between = false;
    smew_status status;
    do {
      status = smew_step(statement);
      double progress = smew_progress(statement);
      grows &= progress >= last && progress <= 1;
      between |= progress > 0.2 && progress < 0.8;
      last = progress;
    } while (status == SMEW_YIELD || status == SMEW_CHUNK);
    CHECK_EQ_INT(status, SMEW_DONE);
    if (!grows || !between) UNIT_FAIL("%s: grows %d, between %d", STATEMENTS[i], grows, between);
    CHECK_EQ_DOUBLE(last, 1.0);
    smew_finalize(statement);
  }
  fixture_close(&fixture);
}

// ---------------------------------------------------------------------------------------------------------------------
// Long statements
// ---------------------------------------------------------------------------------------------------------------------

#define LIST_ROWS 20000

// The statement with `(…), (…), …` of LIST_ROWS rows in the place of every @, `last` being the last row. To be freed.
static char *with_lists(const char *pattern, const char *last) {
  size_t capacity = strlen(pattern) + 1, length = 0;
  for (const char *at = pattern; *at; at++) capacity += *at == '@' ? LIST_ROWS * 40 + strlen(last) : 0;
  char *sql = malloc(capacity);
  for (const char *at = pattern; *at; at++) {
    if (*at != '@') {
      sql[length++] = *at;
      continue;
    }
    for (int i = 1; i < LIST_ROWS; i++) {
      length += (size_t)snprintf(sql + length, capacity - length, "(%d + 1, upper('v%d')), ", i, i);
    }
    length += (size_t)snprintf(sql + length, capacity - length, "%s", last);
  }
  sql[length] = 0;
  return sql;
}

static void check_lists(smew_session *session, const char *pattern, const char *last, const char *expected) {
  char *sql = with_lists(pattern, last);
  Answer answer = {0};
  smew_statement *statement = prepare(session, sql);
  uint32_t slices = 0;
  smew_status status = SMEW_YIELD;
  while (statement && (status == SMEW_YIELD || status == SMEW_CHUNK)) {
    status = smew_step(statement);
    slices += status == SMEW_YIELD && !strcmp(smew_activity(statement), "PLAN");
    if (status == SMEW_CHUNK) answer_chunk(&answer, smew_statement_chunk(statement));
  }
  if (status == SMEW_ERROR) answer_add(&answer, smew_error(session)->text, strlen(smew_error(session)->text));
  CHECK_EQ_STR(answer.text, expected);
  CHECK(slices >= 3);
  smew_finalize(statement);
  free(sql);
}

TEST(long_lists_are_bound_in_slices) {
  Fixture fixture = {0};
  CHECK_OR_RETURN(fixture_open(&fixture, NULL));
  smew_session *session = fixture.session;
  run(session, "CREATE TABLE t (a SMALLINT, b VARCHAR DEFAULT 'none')");
  const char *last = "(0, 'zero')", *all = "20000|200009999|zero";
  check_lists(session, "SELECT count(*), sum(a), max(b) FROM (VALUES @) v(a, b)", last, all);
  check_lists(session, "SELECT count(*), sum(a), max(b) FROM (VALUES @) v(a, b)", "((SELECT 0), 'zero')", all);
  check_lists(session, "SELECT count(*), sum(a), max(b) FROM (VALUES @ UNION ALL VALUES @) v(a, b)", last,
              "40000|400019998|zero");
  check_lists(
      session,
      "WITH c(a, b) AS NOT MATERIALIZED (VALUES @) SELECT count(*), sum(x.a + y.a) FROM c x, c y WHERE x.b = y.b", last,
      "20000|400019998");
  check_lists(session, "INSERT INTO t VALUES @", last, "20000");
  check_lists(session, "INSERT INTO t VALUES @", "(0, DEFAULT)", "20000");
  check_lists(session, "SELECT count(*) FROM (VALUES @)", "(DATE '2000-01-01', 'x')",
              "Not implemented Error: Cannot combine types INTEGER and DATE - an explicit cast is required");
  CHECK_ANSWER(session, "SELECT count(*), sum(a), count(*) FILTER (b = 'none') FROM t", "40000|400019998|1");
  // The rows of a view are parsed each time.
  char *view = with_lists("CREATE VIEW w(a, b) AS VALUES @", last);
  run(session, view);
  free(view);
  check_lists(session, "SELECT count(*), sum(a) FROM (FROM w UNION ALL VALUES @)", last, "40000|400019998");
  fixture_close(&fixture);
}

UNIT_MAIN
