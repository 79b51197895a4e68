// SPDX-License-Identifier: MIT
//
// sql.c: the crash test over SQL: whatever statements leave in two attached databases (tables with keys, indexes and foreign keys, altered tables, views,
// sequences, types, macros, schemas) is there again after the machine was switched off at any host call, wholly or not at all.
//
// A state is what queries say: of each table the number of its rows and the sum of their hashes, of each database a hash of its catalog. It is asked
// within a transaction before that commits; so it is known what there must be when the commit was acknowledged, and what there may be when it
// was not. Beside the transactions that do so, one session holds a long transaction (over a table of its own) and another a result that it reads
// a chunk at a time over commits and checkpoints.
#include "crash.h"

#include <inttypes.h>
#include <smew.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/test_host.h"

#define MOST_TABLES 24

typedef struct Section { // a table, or with no name the catalog
  char name[48];
  uint64_t rows, hash;
} Section;
typedef struct State {
  Section sections[MOST_TABLES];
  uint32_t count;
} State;

typedef struct Run {
  uint64_t random;
  smew_database *database;
  smew_session *session, *long_session, *reader;
  smew_statement *stream; // of the reader
  Section streamed, expected;
  State acknowledged, pending;
  State long_pending; // the tables of the long transaction
  bool has_pending, long_open, tell;
  char problem[800];
} Run;

// What host_create_posix gives to the next database: the engine asks for the platform's host by that name, and the link leaves out io/posix.c.
static struct {
  Memory memory;
  Host *left; // files of the machine that is off
  Host *test; // the running machine; owned by the database
  TestPlan plan;
} machine;

Host *host_create_posix(Memory *memory) {
  machine.test = test_host_create(memory, machine.left, machine.plan);
  machine.left = NULL;
  return machine.test;
}

static uint64_t pick(Run *run, uint64_t limit) {
  run->random += UINT64_C(0x9e3779b97f4a7c15);
  return hash_u64(run->random ^ run->random >> 30) % limit;
}

static bool is_off(void) { return test_host_stopped(machine.test); }

static void problem(Run *run, const char *what, const char *detail) {
  if (!run->problem[0]) snprintf(run->problem, sizeof run->problem, "%s: %.600s", what, detail);
}

// ---------------------------------------------------------------------------------------------------------------------
// States
// ---------------------------------------------------------------------------------------------------------------------

static void add_chunk(Section *section, const smew_chunk *chunk) {
  for (uint32_t row = 0; row < smew_chunk_row_count(chunk); row++) {
    uint64_t hash = 0;
    for (uint32_t column = 0; column < smew_chunk_column_count(chunk); column++) {
      smew_text text = {"", 0};
      (void)smew_value_text(chunk, column, row, &text);
      hash = hash * 31 + hash_bytes(text.data, text.length);
    }
    section->hash += hash_u64(hash);
    section->rows++;
  }
}

static bool receive_section(void *context, smew_statement *statement, const smew_chunk *chunk) {
  (void)statement;
  if (chunk) add_chunk(context, chunk);
  return true;
}

static bool add_section(smew_session *session, Section *section, const char *sql) {
  return smew_run(session, sql, SMEW_ALL, receive_section, section) == SMEW_OK;
}

static bool receive_name(void *context, smew_statement *statement, const smew_chunk *chunk) {
  (void)statement;
  State *state = context;
  for (uint32_t row = 0; chunk && row < smew_chunk_row_count(chunk) && state->count < MOST_TABLES; row++) {
    smew_text text = smew_get_bytes(chunk, 0, row);
    Section *section = &state->sections[state->count++];
    *section = (Section){0};
    snprintf(section->name, sizeof section->name, "%.*s", (int)text.length, text.data);
  }
  return true;
}

static const char tables_sql[] =
    "SELECT database_name || '.' || schema_name || '.' || table_name FROM duckdb_tables() "
    "WHERE database_name IN ('a', 'b') ORDER BY ALL";
static const char catalog_sql[] =
    "SELECT sql FROM duckdb_tables(); SELECT sql FROM duckdb_views() WHERE NOT internal; SELECT sql FROM "
    "duckdb_indexes();"
    "SELECT database_name, sequence_name, start_value, increment_by FROM duckdb_sequences();"
    "SELECT database_name, table_name, constraint_text FROM duckdb_constraints();"
    "SELECT database_name, function_name, macro_definition FROM duckdb_functions() WHERE NOT internal;"
    "SELECT database_name, type_name, labels FROM duckdb_types() WHERE NOT internal;"
    "SELECT database_name, schema_name, comment FROM duckdb_schemas() WHERE NOT internal";

// What a session sees. False: a query failed.
static bool read_state(smew_session *session, State *state) {
  *state = (State){.count = 1};
  if (!add_section(session, &state->sections[0], catalog_sql)) return false;
  if (smew_run(session, tables_sql, SMEW_ALL, receive_name, state) != SMEW_OK) return false;
  for (uint32_t i = 1; i < state->count; i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "FROM %s", state->sections[i].name);
    if (!add_section(session, &state->sections[i], sql)) return false;
  }
  return true;
}

static Section *section_of(State *state, const char *name) {
  for (uint32_t i = 0; i < state->count; i++) {
    if (strcmp(state->sections[i].name, name) == 0) return &state->sections[i];
  }
  return NULL;
}

static bool sections_equal(const Section *a, const Section *b) { return a->rows == b->rows && a->hash == b->hash; }

static bool states_equal(const State *a, const State *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++) {
    if (strcmp(a->sections[i].name, b->sections[i].name) != 0 || !sections_equal(&a->sections[i], &b->sections[i]))
      return false;
  }
  return true;
}

static void tell_state(const char *what, const State *state) {
  fprintf(stderr, "%s:", what);
  for (uint32_t i = 0; i < state->count; i++) {
    const Section *section = &state->sections[i];
    fprintf(stderr, " %s %" PRIu64 " %04x,", section->name, section->rows, (unsigned)(section->hash & 0xffff));
  }
  fputc('\n', stderr);
}

// ---------------------------------------------------------------------------------------------------------------------
// Statements
// ---------------------------------------------------------------------------------------------------------------------

// Errors that a random statement may come to on a machine that runs.
static bool is_expected(smew_error_code code) {
  switch (code) {
    case SMEW_ERROR_CATALOG:
    case SMEW_ERROR_BINDER:
    case SMEW_ERROR_DEPENDENCY:
    case SMEW_ERROR_CONSTRAINT:
    case SMEW_ERROR_CONVERSION:
    case SMEW_ERROR_TRANSACTION:
    case SMEW_ERROR_CONFLICT:
      return true;
    case SMEW_ERROR_QUOTA:
      return test_host_plan(machine.test)->disk_bytes != 0;
    default:
      return false;
  }
}

static bool execute(Run *run, smew_session *session, const char *format, ...) PRINTF_LIKE(3, 4);
static bool execute(Run *run, smew_session *session, const char *format, ...) {
  char sql[1200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(sql, sizeof sql, format, arguments);
  va_end(arguments);
  bool good = smew_run(session, sql, SMEW_ALL, NULL, NULL) == SMEW_OK;
  const smew_error_info *error = smew_error(session);
  if (run->tell) printf("%s%s%s\n", sql, good ? "" : "  -- ", good ? "" : error->text);
  if (!good && !is_off() && !is_expected(error->code)) problem(run, sql, error->text);
  return good;
}

static const char setup_sql[] =
    "CREATE SEQUENCE q; CREATE TABLE t (i BIGINT PRIMARY KEY, s VARCHAR, n INTEGER);"
    "CREATE TABLE c (r INTEGER, i BIGINT REFERENCES t (i));"
    "CREATE TABLE w (k INTEGER, s VARCHAR, u INTEGER UNIQUE, CHECK (k >= 0));"
    "CREATE TABLE n (l VARCHAR[], r STRUCT(a INTEGER, b DECIMAL(20, 2)), d DATE);"
    "CREATE TABLE long (i INTEGER)";

// %1$s: the database; %2$d, %3$d: small numbers; %4$d: a number of rows.
static const char *const changes[] = {
    "INSERT INTO %1$s.t SELECT nextval('%1$s.q'), 'text ' || range %% 7, %2$d FROM range(%4$d)",
    "INSERT INTO %1$s.t SELECT nextval('%1$s.q'), NULL, range FROM range(%4$d)",
    "UPDATE %1$s.t SET s = 'another, longer text %2$d' WHERE i %% %3$d = 0",
    "UPDATE %1$s.t SET n = n + 1, s = NULL WHERE i > %2$d",
    "DELETE FROM %1$s.c WHERE i %% %3$d = 1",
    "DELETE FROM %1$s.t WHERE i %% %3$d = 2 AND i NOT IN (SELECT i FROM %1$s.c)",
    "DELETE FROM %1$s.t WHERE i = %2$d",
    "INSERT INTO %1$s.c SELECT %2$d, i FROM %1$s.t WHERE i %% %3$d = 0 LIMIT %4$d",
    "INSERT OR REPLACE INTO %1$s.t VALUES (%2$d, 'replaced', %3$d)",
    "INSERT INTO %1$s.t VALUES (%2$d, 'new', 0) ON CONFLICT DO UPDATE SET n = n + 10",
    "INSERT OR IGNORE INTO %1$s.t SELECT range, 'ignored', 1 FROM range(%4$d)",
    "INSERT INTO %1$s.w BY NAME SELECT range AS k, range::VARCHAR AS s FROM range(%4$d)",
    "INSERT INTO %1$s.w (k, u) VALUES (%2$d, %3$d)",
    "UPDATE %1$s.w SET u = %2$d WHERE k = %3$d",
    "DELETE FROM %1$s.w WHERE k %% %3$d = 0",
    "TRUNCATE %1$s.w",
    "ALTER TABLE %1$s.w ADD COLUMN IF NOT EXISTS x%3$d INTEGER DEFAULT %2$d",
    "ALTER TABLE %1$s.w DROP COLUMN IF EXISTS x%3$d",
    "ALTER TABLE %1$s.w RENAME COLUMN x%3$d TO y%2$d",
    "ALTER TABLE %1$s.w ALTER x%3$d TYPE VARCHAR",
    "ALTER TABLE %1$s.w ALTER s SET DEFAULT 'd%2$d'",
    "ALTER TABLE %1$s.w ALTER k SET NOT NULL",
    "ALTER TABLE %1$s.w ALTER k DROP NOT NULL",
    "ALTER TABLE %1$s.n RENAME TO n2",
    "ALTER TABLE %1$s.n2 RENAME TO n",
    "CREATE INDEX IF NOT EXISTS i%3$d ON %1$s.w (k, s)",
    "CREATE UNIQUE INDEX IF NOT EXISTS u%3$d ON %1$s.t (i, s)",
    "DROP INDEX IF EXISTS %1$s.i%3$d",
    "DROP INDEX IF EXISTS %1$s.u%3$d",
    "CREATE OR REPLACE VIEW %1$s.v%3$d AS SELECT count(*) + %2$d AS c FROM %1$s.t",
    "DROP VIEW IF EXISTS %1$s.v%3$d",
    "CREATE SEQUENCE IF NOT EXISTS %1$s.q%3$d START 1%2$d",
    "CREATE OR REPLACE TABLE %1$s.x%3$d AS SELECT range AS a, nextval('%1$s.q') AS b, repeat('y', %2$d) AS c FROM "
    "range(%4$d)",
    "DROP TABLE IF EXISTS %1$s.x%3$d",
    "DROP SEQUENCE IF EXISTS %1$s.q%3$d",
    "CREATE SCHEMA IF NOT EXISTS %1$s.s%3$d",
    "CREATE TABLE IF NOT EXISTS %1$s.s%3$d.t (a INTEGER PRIMARY KEY DEFAULT 7)",
    "DROP SCHEMA IF EXISTS %1$s.s%3$d CASCADE",
    "CREATE TYPE IF NOT EXISTS %1$s.e%3$d AS ENUM ('a', 'b', 'c')",
    "DROP TYPE IF EXISTS %1$s.e%3$d",
    "CREATE OR REPLACE MACRO %1$s.m%3$d(y) AS y + %2$d",
    "COMMENT ON COLUMN %1$s.w.k IS 'comment %2$d'",
    "INSERT INTO %1$s.n SELECT [repeat('z', range %% 3000), NULL], {'a': range, 'b': %2$d}, DATE '2024-02-29' + "
    "range::INT FROM range(%4$d)",
    "INSERT INTO %1$s.n SELECT * FROM %1$s.n LIMIT %4$d",
};

static bool write_something(Run *run, const char *database) {
  const char *sql = changes[pick(run, COUNT_OF(changes))];
  int rows = (int)pick(run, pick(run, 20) ? 60 : pick(run, 4) ? 3000 : 20000);
  char text[1000];
  // The numbers of the arguments are those of the formats above.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(text, sizeof text, sql, database, (int)pick(run, 200), 1 + (int)pick(run, 5), rows);
#pragma GCC diagnostic pop
  return execute(run, run->session, "%s", text);
}

// Within a transaction that has done its work: what there will be when it is committed; then commits it.
static void commit(Run *run) {
  State seen;
  if (!read_state(run->session, &seen)) {
    if (!is_off()) problem(run, "a transaction cannot read what it wrote", smew_error(run->session)->text);
    return;
  }
  // The long transaction's tables stay as others see them.
  run->pending = seen;
  run->has_pending = true;
  bool good = execute(run, run->session, "COMMIT");
  if (good) run->acknowledged = run->pending;
  if (good || !is_off()) run->has_pending = false;
}

static void one_transaction(Run *run) {
  const char *database = pick(run, 3) ? "a" : "b";
  bool good = execute(run, run->session, "BEGIN");
  for (uint64_t i = 1 + pick(run, 4); i > 0 && good && !is_off(); i--) good = write_something(run, database);
  if (is_off()) return;
  if (good && pick(run, 10))
    commit(run);
  else
    (void)execute(run, run->session, "ROLLBACK");
}

// The long transaction writes to tables that nobody else does, so that its commit is known beforehand.
static void go_on_long(Run *run) {
  if (!run->long_open) {
    run->long_open = execute(run, run->long_session, "BEGIN");
    return;
  }
  if (pick(run, 3)) {
    if (execute(run, run->long_session, "INSERT INTO a.long SELECT range FROM range(%d)", (int)pick(run, 5000))) return;
  } else if (read_state(run->long_session, &run->long_pending)) {
    run->pending = run->acknowledged;
    Section *mine = section_of(&run->long_pending, "a.main.long"), *there = section_of(&run->pending, "a.main.long");
    if (mine && there) *there = *mine;
    run->has_pending = true;
    bool good = execute(run, run->long_session, "COMMIT");
    if (good) run->acknowledged = run->pending;
    if (good || !is_off()) run->has_pending = false;
    run->long_open = false;
    if (good) return;
  }
  if (!is_off()) (void)execute(run, run->long_session, "ROLLBACK");
  run->long_open = false;
}

// A result of the reader, a chunk a turn: the rows of the moment at which it began.
static void go_on_reading(Run *run) {
  static const char *const tables[] = {"a.main.t", "b.main.t", "a.main.long", "a.main.n"};
  if (!run->stream) {
    char sql[80];
    const char *table = tables[pick(run, COUNT_OF(tables))];
    Section *section = section_of(&run->acknowledged, table);
    if (!section) return;
    snprintf(sql, sizeof sql, "FROM %s", table);
    run->streamed = (Section){0};
    run->expected = *section;
    if (smew_prepare(run->reader, sql, SMEW_ALL, &run->stream, NULL) != SMEW_OK) return;
  }
  smew_status status = smew_step_blocking(run->stream);
  if (status == SMEW_CHUNK) {
    add_chunk(&run->streamed, smew_statement_chunk(run->stream));
    return;
  }
  if (status == SMEW_ERROR && !is_off()) problem(run, "a stream fails", smew_error(run->reader)->text);
  if (status == SMEW_DONE && !sections_equal(&run->streamed, &run->expected))
    problem(run, "a stream does not show the rows of its beginning", run->expected.name);
  smew_finalize(run->stream);
  run->stream = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Opening, closing, what must hold whatever was lost
// ---------------------------------------------------------------------------------------------------------------------

// Both databases. False: not, which is a problem on a machine that runs.
static bool open_both(Run *run) {
  smew_config config = {.checkpoint_bytes = 4096 << pick(run, 10)};
  run->session = run->long_session = run->reader = NULL;
  if (smew_open("/a.smew", &config, &run->database) != SMEW_OK) {
    if (!is_off()) problem(run, "cannot be opened", smew_database_error(run->database)->text);
    return false;
  }
  if (smew_connect(run->database, &run->session) != SMEW_OK ||
      smew_connect(run->database, &run->long_session) != SMEW_OK ||
      smew_connect(run->database, &run->reader) != SMEW_OK)
    return false;
  return execute(run, run->session, "ATTACH '/b.smew' AS b");
}

// The machine goes off, if it is not off yet; the program that ran on it ends.
static void power_off(Run *run, uint64_t seed, TestPlan plan) {
  machine.left = test_host_crash(machine.test, &machine.memory, seed);
  test_host_plan(machine.test)->stop_after_call = 1; // nothing that follows changes anything
  smew_finalize(run->stream);
  run->stream = NULL;
  run->long_open = false;
  (void)smew_close(run->database);
  run->database = NULL;
  machine.plan = plan;
}

static void close_and_open(Run *run, uint64_t seed) {
  smew_finalize(run->stream);
  run->stream = NULL;
  run->long_open = false;
  smew_status status;
  while ((status = smew_close_step(run->database)) != SMEW_OK && status != SMEW_ERROR) smew_wait(run->database, -1);
  if (status == SMEW_ERROR && !is_off() && !test_host_plan(machine.test)->disk_bytes)
    problem(run, "cannot be closed", smew_database_error(run->database)->text);
  if (is_off()) return;
  TestPlan plan = *test_host_plan(machine.test);
  uint64_t calls = test_host_call_count(machine.test);
  plan.disk_bytes = 0;
  plan.stop_after_call = plan.stop_after_call > calls ? plan.stop_after_call - calls : 1;
  power_off(run, seed, plan);
  (void)open_both(run);
}

static const char *const invariants[] = {
    "SELECT count(*) FROM %1$s.c WHERE i IS NOT NULL AND i NOT IN (SELECT i FROM %1$s.t)",
    "SELECT count(*) - count(DISTINCT i) FROM %1$s.t",
    "SELECT count(u) - count(DISTINCT u) FROM %1$s.w",
    "SELECT count(*) FROM %1$s.w WHERE k < 0",
    "SELECT count(*) FROM %1$s.x1 WHERE b >= (SELECT nextval('%1$s.q'))", // may not be there
    "SELECT count(*) FROM %1$s.x2 WHERE b >= (SELECT nextval('%1$s.q'))",
};

static bool receive_nonzero(void *context, smew_statement *statement, const smew_chunk *chunk) {
  (void)statement;
  if (chunk) *(bool *)context = smew_get_int64(chunk, 0, 0) != 0;
  return true;
}

// What keys, checks and foreign keys promise, and that they are still enforced.
static void check_invariants(Run *run, const char *database) {
  char sql[400];
  for (size_t i = 0; i < COUNT_OF(invariants); i++) {
    bool broken = false;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof sql, invariants[i], database);
#pragma GCC diagnostic pop
    if (smew_run(run->session, sql, SMEW_ALL, receive_nonzero, &broken) == SMEW_OK && broken)
      problem(run, "broken", sql);
  }
  snprintf(sql, sizeof sql, "%s.main.t", database);
  Section *keyed = section_of(&run->acknowledged, sql);
  if (!keyed || !keyed->rows || run->problem[0]) return;
  if (execute(run, run->session, "INSERT INTO %s.t SELECT max(i), 'twice', 0 FROM %s.t", database, database))
    problem(run, "a key is taken twice", database);
  if (execute(run, run->session, "INSERT INTO %s.c SELECT 0, max(i) + 1000000 FROM %s.t", database, database))
    problem(run, "a foreign key refers to nothing", database);
}

static void compare(Run *run) {
  State found;
  if (!read_state(run->session, &found)) {
    problem(run, "cannot be read", smew_error(run->session)->text);
    return;
  }
  bool is_new = run->has_pending && states_equal(&found, &run->pending);
  if (is_new) run->acknowledged = run->pending;
  if (!run->acknowledged.count && found.count == 1) run->acknowledged = found; // off before the two were there
  run->has_pending = false;
  if (is_new || states_equal(&found, &run->acknowledged)) return;
  tell_state("found", &found);
  tell_state("acknowledged", &run->acknowledged);
  problem(run, "contents differ", "from what was acknowledged");
}

// ---------------------------------------------------------------------------------------------------------------------
// One point
// ---------------------------------------------------------------------------------------------------------------------

static void set_up(Run *run, const char *database) {
  // REFERENCES finds its table by the search path.
  if (!execute(run, run->session, "USE %s", database) || !execute(run, run->session, "BEGIN")) return;
  if (execute(run, run->session, "%s", setup_sql))
    commit(run);
  else if (!is_off())
    problem(run, "cannot be set up", smew_error(run->session)->text);
  if (!is_off()) (void)execute(run, run->session, "USE a");
}

static void workload(Run *run, uint64_t seed) {
  uint64_t full_at = pick(run, 4) ? UINT64_MAX : pick(run, 20);
  set_up(run, "a");
  if (!is_off()) set_up(run, "b");
  for (uint64_t turn = 0; turn < 40 && !is_off() && !run->problem[0]; turn++) {
    if (turn == full_at) test_host_plan(machine.test)->disk_bytes = 400000 + pick(run, 400000);
    if (turn == full_at + 5) test_host_plan(machine.test)->disk_bytes = 0;
    uint64_t choice = pick(run, 24);
    if (choice < 14)
      one_transaction(run);
    else if (choice < 17)
      go_on_long(run);
    else if (choice < 20)
      go_on_reading(run);
    else if (choice < 22)
      (void)execute(run, run->session, "CHECKPOINT %s", pick(run, 2) ? "a" : "b");
    else if (choice < 23)
      close_and_open(run, seed + turn);
    else if (!run->stream && !run->long_open && execute(run, run->session, "DETACH b"))
      (void)execute(run, run->session, "ATTACH '/b.smew' AS b");
  }
}

static void recover(Run *run, uint64_t seed) {
  TestPlan plan = {.seed = seed, .late = pick(run, 2)};
  if (pick(run, 3) == 0) { // once more while it recovers
    plan.stop_after_call = 1 + pick(run, 12);
    power_off(run, seed, plan);
    if (open_both(run)) (void)execute(run, run->session, "CHECKPOINT");
    plan.stop_after_call = 0;
  }
  power_off(run, seed + 1, plan);
  if (!open_both(run)) {
    problem(run, "cannot be opened", "after a crash");
    return;
  }
  compare(run);
  check_invariants(run, "a");
  check_invariants(run, "b");
  for (int i = 0; i < 3 && !run->problem[0]; i++) one_transaction(run);
  if (run->problem[0]) return;
  (void)execute(run, run->session, "CHECKPOINT");
  compare(run);
}

bool sql_point(uint64_t seed, bool disk_lies, bool tell) {
  Run *run = calloc(1, sizeof *run);
  *run = (Run){.random = seed, .tell = tell};
  memory_init(&machine.memory, 0);
  machine.left = host_create_memory(&machine.memory);
  machine.plan = (TestPlan){.seed = seed,
                            .stop_after_call = 1 + pick(run, pick(run, 2) ? 100 : 700),
                            .ignore_flushes = disk_lies,
                            .late = pick(run, 2)};
  if (open_both(run)) {
    (void)read_state(run->session, &run->acknowledged);
    workload(run, seed);
  }
  if (!run->problem[0]) recover(run, seed);
  if (run->problem[0]) fprintf(stderr, "crash sql-seed %" PRIu64 ": %s\n", seed, run->problem);
  power_off(run, seed, (TestPlan){0});
  host_destroy(machine.left);
  bool good = !run->problem[0] && machine.memory.used_bytes == 0;
  if (!run->problem[0] && machine.memory.used_bytes)
    fprintf(stderr, "crash sql-seed %" PRIu64 ": memory is kept\n", seed);
  free(run);
  return good;
}
