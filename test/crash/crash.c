// SPDX-License-Identifier: MIT
//
// crash.c: the database is killed at any host call, and must come back with every commit that was acknowledged, none twice, and at most
// one that was not, wholly.
//
//   crash [--points N] [--seed S] [--mutate NAME]
//
// One point: a random workload (several tables, small and bulk commits, updates, deletes, two transactions at once, commits between the
// slices of checkpoints, closing and opening, a disk that is full for a while) runs over the test host until that switches the machine off;
// the test host then leaves what a disk could hold; the database is opened again, perhaps killed again while it recovers, and its
// contents are compared with the model. Everything follows the seed that is printed with a failure.
//
// --mutate switches a safeguard off; the test must then fail: no-wal-flush no-file-flush no-checksum early-free no-header-flush no-claim.
#include "io/test_host.h"
#include "store_fixture.h"

#define MOST_TABLES 5
#define MOST_ROWS 60000

typedef struct TableModel {
  uint64_t id;
  Model rows;
} TableModel;
typedef struct State {
  TableModel tables[MOST_TABLES];
  uint32_t count;
} State;

typedef struct Run {
  Fixture f;
  uint64_t random;
  State acknowledged;
  State pending; // when a commit is under way
  bool has_pending;
  uint32_t faults;
  const char *problem;
} Run;

static uint64_t pick(Run *run, uint64_t limit) { return random_next(&run->random) % limit; }

static void state_free(State *state) {
  for (uint32_t i = 0; i < state->count; i++) model_free(&state->tables[i].rows);
  *state = (State){0};
}

static void state_copy(State *dst, const State *src) {
  state_free(dst);
  dst->count = src->count;
  for (uint32_t i = 0; i < src->count; i++) {
    const Model *rows = &src->tables[i].rows;
    dst->tables[i] =
        (TableModel){src->tables[i].id, {malloc((rows->count + 1) * sizeof(ModelRow)), rows->count, rows->count + 1}};
    if (rows->count) memcpy(dst->tables[i].rows.rows, rows->rows, rows->count * sizeof(ModelRow));
  }
}

static void begin_pending(Run *run) {
  state_copy(&run->pending, &run->acknowledged);
  run->has_pending = false;
}

// ---------------------------------------------------------------------------------------------------------------------
// The workload. Each function answers what the store said; the model follows what was acknowledged.
// ---------------------------------------------------------------------------------------------------------------------

static Status commit(Run *run, Transaction *t) {
  run->has_pending = true;
  Status status = fixture_commit(&run->f, t);
  if (status == OK) state_copy(&run->acknowledged, &run->pending);
  // A commit that failed cleanly was not applied; one whose outcome is unknown may have been.
  if (status == OK || !(status == ERROR_IO)) run->has_pending = false;
  return status;
}

static Status create_table(Run *run, Transaction *t) {
  TableColumn columns[3] = {{NUMBER, TYPE(BIGINT)}, {NAME, TYPE(VARCHAR)}, {AMOUNT, TYPE(INTEGER)}};
  uint64_t id;
  TRY(table_create(t, columns, 3, &id, &run->f.error));
  TRY(object_put(t, id, 2, &id, sizeof id, &run->f.error));
  run->pending.tables[run->pending.count++] = (TableModel){id, {0}};
  return OK;
}

static Status drop_table(Run *run, Transaction *t) {
  uint32_t at = (uint32_t)pick(run, run->pending.count);
  TRY(table_drop(t, run->pending.tables[at].id, &run->f.error));
  TRY(object_remove(t, run->pending.tables[at].id, &run->f.error));
  model_free(&run->pending.tables[at].rows);
  run->pending.count--;
  for (; at < run->pending.count; at++) run->pending.tables[at] = run->pending.tables[at + 1];
  return OK;
}

static Status append(Run *run, Transaction *t, TableModel *table, size_t count) {
  size_t before = table->rows.count;
  random_rows(&table->rows, &run->random, count);
  return append_rows(&run->f, t, table->id, table->rows.rows + before, count);
}

// Updates and deletes of committed rows; `half`: only rows at even (0) or odd (1) places, so that two transactions do not meet.
static Status change(Run *run, Transaction *t, TableModel *table, uint64_t half) {
  Model seen = {0};
  int64_t *row_ids = NULL, chosen[64], gone[64];
  uint32_t updates = 0, deletes = 0, ids[1] = {AMOUNT};
  uint64_t stride = 1 + pick(run, 400);
  Chunk chunk;
  Status status = read_rows(&run->f, t, table->id, &seen, &row_ids);
  if (status == OK && seen.count != table->rows.count) run->problem = "a transaction does not see what was committed";
  if (status == OK) status = chunk_init(&chunk, &run->f.memory, &fixture_types[2], 1, &run->f.error);
  if (status != OK || run->problem) {
    free(row_ids);
    model_free(&seen);
    return status;
  }
  size_t kept = 0;
  bool wide = pick(run, 10) == 0;
  for (size_t i = 0; i < seen.count; i++) {
    ModelRow row = table->rows.rows[i];
    bool mine = row_ids[i] < ROW_ID_LOCAL && (uint64_t)row_ids[i] % 2 == half && i % stride == 0;
    if (mine && updates < 64 && (wide || pick(run, 2))) {
      int32_t amount = (int32_t)pick(run, 1000000);
      ((int32_t *)chunk.columns[0].data)[updates] = amount;
      chosen[updates++] = row_ids[i];
      row.amount = amount;
    } else if (mine && deletes < 64 && !wide) {
      gone[deletes++] = row_ids[i];
      continue;
    }
    table->rows.rows[kept++] = row;
  }
  table->rows.count = kept;
  chunk.row_count = updates;
  uint64_t deleted;
  if (updates) status = table_update(t, table->id, chosen, updates, ids, 1, &chunk, &run->f.error);
  if (status == OK && deletes) status = table_delete(t, table->id, gone, deletes, &deleted, &run->f.error);
  chunk_free(&chunk);
  free(row_ids);
  model_free(&seen);
  return status;
}

static Status one_transaction(Run *run) {
  Transaction *t;
  begin_pending(run);
  TRY(transaction_begin(run->f.store, false, &t, &run->f.error));
  Status status = OK;
  if (!run->pending.count || (run->pending.count < MOST_TABLES && pick(run, 12) == 0)) status = create_table(run, t);
  if (status == OK && run->pending.count > 1 && pick(run, 25) == 0) {
    status = drop_table(run, t);
  } else if (status == OK) {
    TableModel *table = &run->pending.tables[pick(run, run->pending.count)];
    if (pick(run, 2)) status = change(run, t, table, pick(run, 2));
    if (status == OK && table->rows.count < MOST_ROWS) {
      status = append(run, t, table, pick(run, 14) == 0 ? 16000 + pick(run, 12000) : pick(run, 60));
    }
  }
  if (status == OK && pick(run, 12) == 0) {
    transaction_free(t); // changed its mind
    return OK;
  }
  if (status != OK) {
    transaction_free(t);
    return status;
  }
  return commit(run, t);
}

static Status two_transactions(Run *run) {
  Transaction *a, *b;
  if (!run->acknowledged.count) return OK;
  begin_pending(run);
  TRY(transaction_begin(run->f.store, false, &a, &run->f.error));
  Status status = transaction_begin(run->f.store, false, &b, &run->f.error);
  if (status != OK) {
    transaction_free(a);
    return status;
  }
  uint32_t at = (uint32_t)pick(run, run->pending.count);
  // What b did is done again on the model once a is committed.
  status = change(run, a, &run->pending.tables[at], 0);
  if (status == OK) status = append(run, a, &run->pending.tables[at], pick(run, 20));
  Model rows = {0};
  random_rows(&rows, &run->random, pick(run, 20));
  if (status == OK) status = append_rows(&run->f, b, run->pending.tables[at].id, rows.rows, rows.count);
  if (status == OK) {
    status = commit(run, a);
    if (status == OK) {
      begin_pending(run);
      for (size_t i = 0; i < rows.count; i++) model_add(&run->pending.tables[at].rows, rows.rows[i]);
      status = commit(run, b);
    } else {
      transaction_free(b);
    }
  } else {
    transaction_free(a);
    transaction_free(b);
  }
  model_free(&rows);
  return status;
}

static Status some_checkpoint(Run *run) {
  StoreStep step = STORE_MORE;
  TRY(store_checkpoint_begin(run->f.store, &run->f.error));
  while (step != STORE_DONE) {
    TRY(store_checkpoint_step(run->f.store, &step, &run->f.error));
    if (step != STORE_DONE && pick(run, 4) == 0) TRY(one_transaction(run));
  }
  return OK;
}

static bool machine_is_off(Run *run) { return test_host_stopped(run->f.host); }

static void workload(Run *run) {
  uint64_t quota_at = pick(run, 4) == 0 ? 3 + pick(run, 20) : UINT64_MAX;
  for (uint64_t turn = 0; turn < 60 && !machine_is_off(run) && !run->problem; turn++) {
    if (turn == quota_at) test_host_plan(run->f.host)->disk_bytes = 100000 + pick(run, 300000);
    if (turn == quota_at + 6) test_host_plan(run->f.host)->disk_bytes = 0;
    uint64_t choice = pick(run, 20);
    Status status;
    if (choice < 12)
      status = one_transaction(run);
    else if (choice < 15)
      status = two_transactions(run);
    else if (choice < 19)
      status = some_checkpoint(run);
    else {
      bool closed = fixture_close(&run->f);
      test_host_plan(run->f.host)->disk_bytes = 0;
      bool opened = !machine_is_off(run) && fixture_open(&run->f);
      if (!opened && !machine_is_off(run))
        run->problem = closed ? "cannot be opened after a close" : "cannot be opened after a failed close";
      if (!opened) return;
      continue;
    }
    if (status == OK || machine_is_off(run)) continue;
    if (status != ERROR_QUOTA) run->problem = run->f.error.message;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Afterwards
// ---------------------------------------------------------------------------------------------------------------------

static bool holds(Run *run, const State *state, bool tell) {
  Transaction *t;
  if (transaction_begin(run->f.store, true, &t, &run->f.error) != OK) return false;
  bool equal = true;
  uint32_t objects = 0;
  StoreObject object;
  for (uint64_t from = 0; object_next(t, from, &object); from = object.id + 1) objects++;
  if (objects != state->count) {
    if (tell) fprintf(stderr, "%u tables, not %u\n", objects, state->count);
    equal = false;
  }
  for (uint32_t i = 0; i < state->count && equal; i++) {
    Model found = {0};
    equal = table_exists(t, state->tables[i].id) && read_rows(&run->f, t, state->tables[i].id, &found, NULL) == OK;
    if (!equal && tell)
      fprintf(stderr, "table %" PRIu64 " cannot be read: %s\n", state->tables[i].id, run->f.error.message);
    if (equal) {
      equal =
          found.count == state->tables[i].rows.count &&
          (tell ? models_equal(&found, &state->tables[i].rows)
                : !found.count || memcmp(found.rows, state->tables[i].rows.rows, found.count * sizeof(ModelRow)) == 0);
      if (!equal && tell)
        fprintf(stderr, "table %" PRIu64 ": %zu rows, not %zu\n", state->tables[i].id, found.count,
                state->tables[i].rows.count);
    }
    model_free(&found);
  }
  transaction_free(t);
  return equal;
}

// Power goes: the store's memory is lost, the disk holds what it could.
static void power_off(Run *run, uint64_t seed, TestPlan plan) {
  store_free(run->f.store);
  run->f.store = NULL;
  Host *left = test_host_crash(run->f.host, &run->f.memory, seed);
  host_destroy(run->f.host);
  run->f.host = test_host_create(&run->f.memory, left, plan);
}

static bool one_point(uint64_t seed, uint32_t faults) {
  Run *run = calloc(1, sizeof *run);
  run->random = seed;
  memory_init(&run->f.memory, 0);
  run->f.options = (StoreOptions){.path = STR("/crash.smew"), .test_faults = faults};
  TestPlan plan = {.seed = seed, .stop_after_call = 1 + pick(run, pick(run, 2) ? 60 : 500), .late = pick(run, 2)};
  run->f.host = test_host_create(&run->f.memory, host_create_memory(&run->f.memory), plan);
  if (fixture_open(&run->f))
    workload(run);
  else if (!machine_is_off(run))
    run->problem = run->f.error.message;
  for (uint32_t again = 0; !run->problem; again++) {
    bool last = again == 2 || pick(run, 3);
    TestPlan next = {.seed = seed + again, .stop_after_call = last ? 0 : 1 + pick(run, 12), .late = pick(run, 2)};
    power_off(run, seed + again, next);
    bool opened = fixture_open(&run->f);
    if (!last) {
      // Something is done, too, so that recovery's result is built upon, until it is switched off again.
      StoreStep step = STORE_MORE;
      if (opened && store_checkpoint_begin(run->f.store, &run->f.error) == OK) {
        while (step != STORE_DONE && store_checkpoint_step(run->f.store, &step, &run->f.error) == OK) continue;
      }
      continue;
    }
    if (!opened) {
      run->problem = run->f.error.message;
      break;
    }
    bool old = holds(run, &run->acknowledged, false), new = !old && run->has_pending &&holds(run, &run->pending, false);
    if (!old && !new) {
      holds(run, &run->acknowledged, true);
      run->problem = "contents differ from what was acknowledged";
      break;
    }
    // And it works on.
    if (new) state_copy(&run->acknowledged, &run->pending);
    run->has_pending = false;
    for (int i = 0; i < 3 && !run->problem; i++) {
      if (one_transaction(run) != OK) run->problem = run->f.error.message;
    }
    if (!run->problem && some_checkpoint(run) != OK) run->problem = run->f.error.message;
    if (!run->problem && !holds(run, &run->acknowledged, true))
      run->problem = "contents differ after recovery and further commits";
    if (!run->problem && !fixture_close(&run->f)) run->problem = run->f.error.message;
    break;
  }
  bool good = !run->problem;
  if (!good) fprintf(stderr, "seed %" PRIu64 ": %s\n", seed, run->problem);
  store_free(run->f.store);
  host_destroy(run->f.host);
  state_free(&run->acknowledged);
  state_free(&run->pending);
  free(run);
  return good;
}

static uint32_t fault_named(const char *name) {
  static const struct {
    const char *name;
    uint32_t fault;
  } faults[] = {{"no-wal-flush", STORE_TEST_NO_WAL_FLUSH},       {"no-file-flush", STORE_TEST_NO_FILE_FLUSH},
                {"no-checksum", STORE_TEST_NO_CHECKSUM},         {"early-free", STORE_TEST_EARLY_FREE},
                {"no-header-flush", STORE_TEST_NO_HEADER_FLUSH}, {"no-claim", STORE_TEST_NO_CLAIM}};
  for (size_t i = 0; i < COUNT_OF(faults); i++) {
    if (strcmp(name, faults[i].name) == 0) return faults[i].fault;
  }
  fprintf(stderr, "no such fault: %s\n", name);
  exit(2);
}

int main(int argument_count, char **arguments) {
  (void)unit_last;
  uint64_t points = 200, seed = 1, failed = 0;
  uint32_t faults = 0;
  for (int i = 1; i + 1 < argument_count; i += 2) {
    if (strcmp(arguments[i], "--points") == 0)
      points = strtoull(arguments[i + 1], NULL, 10);
    else if (strcmp(arguments[i], "--seed") == 0)
      seed = strtoull(arguments[i + 1], NULL, 10);
    else if (strcmp(arguments[i], "--mutate") == 0)
      faults = fault_named(arguments[i + 1]);
  }
  for (uint64_t i = 0; i < points; i++) failed += !one_point(seed + i, faults);
  printf("%" PRIu64 " passed, %" PRIu64 " failed\n", points - failed, failed);
  return failed ? 1 : 0;
}
