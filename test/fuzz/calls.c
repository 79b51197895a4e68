// SPDX-License-Identifier: MIT
//
// calls.c: libFuzzer on smew.h itself: its calls in any order, with handles that are NULL or in the wrong state and numbers out of range, as they
// come through the door of the wasm module. No crash, no error that is a bug of Smew, and the database closes with everything open.
//
// Three bytes are a call: which, on which handle, with what.
#include "engine.h"

#define SESSIONS 3
#define STATEMENTS 5

static const char *const scripts[] = {
    "SELECT 1",
    "SELECT $1, $b, i FROM range(5000) t(i)",
    "CREATE TABLE IF NOT EXISTS t (i INTEGER PRIMARY KEY, s VARCHAR)",
    "INSERT INTO t SELECT coalesce(max(i), 0) + 1, $1 FROM t",
    "INSERT INTO t VALUES (1, 'one')",
    "UPDATE t SET s = $name",
    "DELETE FROM t",
    "SELECT * FROM t, range(3000)",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "CHECKPOINT",
    "SELECT [i, NULL], {'a': i}, MAP {i: 'x'}, i::HUGEINT FROM range(10000) r(i)",
    "SELECT sum(a.i) FROM range(100000) a(i) JOIN range(100000) b(i) USING (i)",
    "COPY (SELECT * FROM range(100)) TO '/x.csv'",
    "FROM '/x.csv'",
    "PREPARE p AS SELECT $1 + 1",
    "EXECUTE p(3)",
    "DROP TABLE t",
    "ALTER TABLE t ADD COLUMN extra INTEGER DEFAULT 3",
    "EXPLAIN ANALYZE SELECT * FROM t",
    "ATTACH '/other.smew' AS o",
    "CREATE TABLE IF NOT EXISTS o.t AS SELECT 1 AS i",
    "DETACH o",
    "SELECT $1::INTEGER[] || 1",
    "; ;",
    "nonsense",
    "SELECT 1; SELECT 2",
};

typedef struct World {
  smew_database *database;
  smew_session *sessions[SESSIONS];
  smew_statement *statements[STATEMENTS];
} World;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void forget_statements(World *world, smew_session *session) {
  for (int i = 0; i < STATEMENTS; i++) {
    if (world->statements[i] && smew_statement_session(world->statements[i]) == session) world->statements[i] = NULL;
  }
}

static void bind(smew_statement *statement, uint8_t what) {
  uint32_t index = what % 4;
  switch (what / 4 % 9) {
    case 0:
      (void)smew_bind_null(statement, index);
      break;
    case 1:
      (void)smew_bind_boolean(statement, index, true);
      break;
    case 2:
      (void)smew_bind_int64(statement, index, INT64_MIN);
      break;
    case 3:
      (void)smew_bind_hugeint(statement, index, INT64_MAX, UINT64_MAX);
      break;
    case 4:
      (void)smew_bind_decimal(statement, index, what, what / 2, 1, what);
      break;
    case 5:
      (void)smew_bind_text(statement, index, "\xff text", what % 5);
      break;
    case 6:
      (void)smew_bind_interval(statement, index, INT32_MIN, INT32_MAX, INT64_MIN);
      break;
    case 7:
      (void)smew_bind_timestamp(statement, index, INT64_MAX);
      break;
    case 8:
      (void)smew_bind_cast(statement, index, what % 8 ? "INTEGER[]" : "nonsense", "[1, 2]", SMEW_ALL);
      break;
  }
}

static void look_at_statement(smew_statement *statement, uint8_t what) {
  (void)smew_statement_kind(statement);
  (void)smew_read_only(statement);
  (void)smew_statement_sql(statement);
  (void)smew_progress(statement);
  require(smew_activity(statement) != NULL);
  (void)smew_changes(statement);
  (void)smew_parameter_name(statement, what);
  (void)smew_parameter_index(statement, "name");
  (void)smew_column_name(statement, what);
  const smew_type *type = smew_column_type(statement, what % 5);
  (void)smew_type_kind(type);
  (void)smew_type_text(type);
  (void)smew_type_child(type, what);
  (void)smew_type_child_name(type, what);
  const smew_chunk *chunk = statement ? smew_statement_chunk(statement) : NULL;
  if (!chunk) return;
  uint32_t column = what % smew_chunk_column_count(chunk), row = smew_chunk_row_count(chunk) - 1;
  (void)smew_get_int64(chunk, column, row);
  (void)smew_get_double(chunk, column, row);
  (void)smew_get_hugeint(chunk, column, row);
  (void)smew_get_interval(chunk, column, row);
  (void)smew_get_bytes(chunk, column, row);
  look_at_chunk(statement);
}

static void call(World *world, uint8_t which, uint8_t handle, uint8_t what) {
  smew_session **session = &world->sessions[handle % SESSIONS];
  smew_statement **statement = &world->statements[handle % STATEMENTS];
  switch (which % 20) {
    case 0:
      if (!*session) (void)smew_connect(world->database, session);
      break;
    case 1:
      forget_statements(world, *session);
      smew_disconnect(*session);
      *session = NULL;
      break;
    case 2:
    case 3:
    case 4:
      smew_finalize(*statement);
      *statement = NULL;
      (void)smew_prepare(world->sessions[handle / STATEMENTS % SESSIONS],
                         scripts[what % (sizeof scripts / sizeof *scripts)], SMEW_ALL, statement, NULL);
      break;
    case 5:
      smew_finalize(*statement);
      *statement = NULL;
      break;
    case 6:
      (void)smew_reset(*statement);
      break;
    case 7:
      (void)smew_describe(*statement);
      break;
    case 8:
    case 9:
      for (int i = 0; i < what % 16; i++) {
        if (smew_step(*statement) == SMEW_ERROR) require_no_bug(smew_statement_session(*statement));
      }
      break;
    case 10:
      if (*statement) (void)run_statement(*statement);
      break;
    case 11:
    case 12:
      bind(*statement, what);
      break;
    case 13:
      (void)smew_clear_bindings(*statement);
      break;
    case 14:
      look_at_statement(*statement, what);
      break;
    case 15:
      (void)smew_arrow_schema(*statement);
      break;
    case 16:
      (void)(what % 2 ? smew_arrow_batch(*statement) : smew_arrow_end(*statement));
      break;
    case 17:
      (void)smew_arrow_bytes(*statement);
      (void)smew_arrow_pending(*statement);
      smew_arrow_clear(*statement);
      break;
    case 18:
      smew_interrupt(*session);
      break;
    case 19:
      (void)smew_checkpoint(world->database);
      (void)smew_wait(world->database, 0);
      (void)smew_error(*session);
      (void)smew_in_transaction(*session);
      break;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!size) return 0;
  World world = {.database = open_engine(data[0])};
  (void)smew_connect(world.database, &world.sessions[0]);
  for (size_t at = 1; at + 3 <= size && at < 300; at += 3) call(&world, data[at], data[at + 1], data[at + 2]);
  (void)smew_close(world.database);
  return 0;
}
