// SPDX-License-Identifier: MIT
//
// crash.c: the database is killed at any host call, and must come back with every commit that was acknowledged, none twice, and at most
// one that was not, wholly.
//
//   crash                     200 points, 20 of SQL and the mutations
//   crash points N [SEED]     N points from a seed on
//   crash mutations N         each safeguard left out in turn, over at most N points
//   crash sql N [SEED]        N points of SQL (sql.c);  crash sql-seed SEED: one, telling its statements
//   crash seed SEED [NAME]    one point, again, telling its host calls; with a safeguard left out
//
// One point: a random workload (several tables, small and bulk commits, updates, deletes, two transactions at once, a reader that
// stays, commits between the slices of checkpoints, closing and opening, a disk that is full for a while, calls and flushes that
// fail) runs over the test host until that switches the machine off; the test host then leaves what a disk could hold; the database is
// opened again, perhaps killed again while it recovers, and its contents are compared with the model. At last a bit of a file is
// flipped: the database then says so, and whatever it still shows is right. Everything follows the seed that is printed with a failure.
//
// A mutation is a safeguard (store.h) left out, or a disk that lies: a run that does not notice it has failed. It runs in a process of its own, for one way of
// noticing is to die.
#include "crash.h"

#include <sys/wait.h>
#include <unistd.h>

#include "io/test_host.h"
#include "store/wal.h"
#include "store_fixture.h"

#define MOST_TABLES 5
#define MOST_COMMITS 2048
#define COUNTER 1000000 // id of the counter
#define LARGE_POINTS 64 // one point in so many works with row counts as they are in practice

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
  int64_t next_number;
  State acknowledged;
  State pending; // when a commit is under way
  bool has_pending;
  int64_t counter, acknowledged_counter;
  uint64_t history[MOST_COMMITS]; // hash of the contents after each commit
  uint64_t commit_number;         // of the last acknowledged one
  Transaction *reader;            // opened at some moment, and must go on seeing
  State read;                     // these contents
  uint64_t bulk_rows, most_rows;
  bool calls_fail; // the plan makes host calls fail
  bool tell;       // prints the host calls
  char problem[600];
} Run;

static uint64_t pick(Run *run, uint64_t limit) { return random_next(&run->random) % limit; }

static void problem(Run *run, const char *what, const char *detail) {
  if (!run->problem[0]) snprintf(run->problem, sizeof run->problem, "%s%s%.400s", what, *detail ? ": " : "", detail);
}

// ---------------------------------------------------------------------------------------------------------------------
// States: what the database holds, or should
// ---------------------------------------------------------------------------------------------------------------------

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

static uint64_t state_hash(const State *state) {
  uint64_t hash = state->count;
  for (uint32_t i = 0; i < state->count; i++) {
    const Model *rows = &state->tables[i].rows;
    uint64_t head[3] = {hash, state->tables[i].id, rows->count};
    hash = checksum_bytes(head, sizeof head, 0);
    if (rows->count) hash = checksum_bytes(rows->rows, rows->count * sizeof(ModelRow), hash);
  }
  return hash;
}

static bool rows_equal(const Model *a, const Model *b) {
  return a->count == b->count && (!a->count || memcmp(a->rows, b->rows, a->count * sizeof(ModelRow)) == 0);
}

// What the store holds. Tables that cannot be read because of damage are left empty and marked.
static Status read_state(Run *run, Transaction *t, State *out, bool *unreadable) {
  StoreObject object;
  for (uint64_t from = 0; object_next(t, from, &object) && out->count < MOST_TABLES; from = object.id + 1) {
    TableModel *table = &out->tables[out->count];
    unreadable[out->count++] = false;
    table->id = object.id;
    Status status = table_exists(t, object.id) ? read_rows(&run->f, t, object.id, &table->rows, NULL) : ERROR_NOT_FOUND;
    if (status == OK) continue;
    if (status != ERROR_CORRUPT) return status;
    unreadable[out->count - 1] = true;
  }
  return OK;
}

// Whether a transaction sees a state. Tables that say that they are damaged count as seen when `damaged` is not NULL.
static bool sees(Run *run, Transaction *t, const State *state, bool *damaged, bool tell) {
  State found = {0};
  bool unreadable[MOST_TABLES];
  Status status = read_state(run, t, &found, unreadable);
  bool equal = status == OK && found.count == state->count;
  if (tell && !equal)
    fprintf(stderr, "%u tables, not %u (%s)\n", found.count, state->count, status == OK ? "" : run->f.error.message);
  for (uint32_t i = 0; i < state->count && equal; i++) {
    if (unreadable[i] && damaged) {
      *damaged = true;
      continue;
    }
    equal = !unreadable[i] && found.tables[i].id == state->tables[i].id &&
            rows_equal(&found.tables[i].rows, &state->tables[i].rows);
    if (equal || !tell) continue;
    fprintf(stderr, "table %" PRIu64 ": ", state->tables[i].id);
    if (unreadable[i])
      fprintf(stderr, "%s\n", run->f.error.message);
    else
      models_equal(&found.tables[i].rows, &state->tables[i].rows);
  }
  state_free(&found);
  return equal;
}

static bool holds(Run *run, const State *state, bool tell) {
  Transaction *t;
  if (transaction_begin(run->f.store, true, &t, &run->f.error) != OK) return false;
  bool equal = sees(run, t, state, NULL, tell);
  transaction_free(t);
  return equal;
}

// ---------------------------------------------------------------------------------------------------------------------
// Changes of committed rows, which two transactions make on halves of a table that do not meet
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Edit {
  int64_t number; // of the row, which is its own in the whole run
  int64_t amount;
  bool gone;
} Edit;
typedef struct Edits {
  Edit *items;
  size_t count;
} Edits;

// Edits are in the order of the rows. A row that the model does not have is passed over.
static void apply_edits(Model *model, const Edits *edits) {
  size_t kept = 0, at = 0;
  for (size_t i = 0; i < model->count; i++) {
    ModelRow row = model->rows[i];
    bool edited = at < edits->count && edits->items[at].number == row.number;
    if (edited) row.amount = edits->items[at].gone ? row.amount : edits->items[at].amount;
    if (!edited || !edits->items[at].gone) model->rows[kept++] = row;
    at += edited;
  }
  model->count = kept;
}

static Status write_edits(Run *run, Transaction *t, uint64_t table, const Edits *edits, const int64_t *row_ids) {
  uint32_t column = AMOUNT;
  uint64_t deleted;
  Chunk chunk;
  int64_t chosen[VECTOR_CAPACITY];
  TRY(chunk_init(&chunk, &run->f.memory, &fixture_types[2], 1, &run->f.error));
  Status status = OK;
  for (int pass = 0; pass < 2; pass++) { // updates, then deletes
    uint32_t count = 0;
    for (size_t i = 0; i <= edits->count && status == OK; i++) {
      if (count == VECTOR_CAPACITY || (i == edits->count && count)) {
        chunk.row_count = count;
        status = pass ? table_delete(t, table, chosen, count, &deleted, &run->f.error)
                      : table_update(t, table, chosen, count, &column, 1, &chunk, &run->f.error);
        count = 0;
      }
      if (i == edits->count || edits->items[i].gone != (pass == 1)) continue;
      ((int32_t *)chunk.columns[0].data)[count] = (int32_t)edits->items[i].amount;
      chosen[count++] = row_ids[i];
    }
  }
  chunk_free(&chunk);
  return status;
}

static Status change(Run *run, Transaction *t, const TableModel *table, uint64_t half, Edits *edits) {
  Model seen = {0};
  int64_t *row_ids = NULL;
  // One row in many; many of one column; all of the half go.
  uint64_t manner = pick(run, 10), stride = 1 + pick(run, 400);
  *edits = (Edits){0};
  Status status = read_rows(&run->f, t, table->id, &seen, &row_ids);
  if (status == OK && !rows_equal(&seen, &table->rows))
    problem(run, "a transaction does not see what was committed", "");
  edits->items = malloc(sizeof(Edit) * (seen.count + 1));
  for (size_t i = 0; i < seen.count && status == OK; i++) {
    if (row_ids[i] >= ROW_ID_LOCAL || (uint64_t)row_ids[i] % 2 != half || (manner > 1 && i % stride)) continue;
    row_ids[edits->count] = row_ids[i];
    edits->items[edits->count++] =
        (Edit){seen.rows[i].number, (int64_t)pick(run, 1000000), manner == 0 || (manner > 1 && pick(run, 2) == 0)};
  }
  if (status == OK) status = write_edits(run, t, table->id, edits, row_ids);
  free(row_ids);
  model_free(&seen);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// The workload. Each function answers what the store said; the model follows what was acknowledged.
// ---------------------------------------------------------------------------------------------------------------------

static void begin_pending(Run *run) {
  state_copy(&run->pending, &run->acknowledged);
  run->has_pending = false;
}

static void note_history(Run *run, const State *state) {
  StoreStatistics statistics;
  store_statistics(run->f.store, &statistics);
  run->commit_number = statistics.commit_number;
  if (run->commit_number < MOST_COMMITS) run->history[run->commit_number] = state_hash(state);
}

static void acknowledge(Run *run) {
  state_copy(&run->acknowledged, &run->pending);
  run->has_pending = false;
  run->acknowledged_counter = run->counter;
  note_history(run, &run->acknowledged);
}

// The first so many steps of a commit; *done: it is over.
static Status begin_commit(Run *run, Transaction *t, uint64_t steps, bool *done) {
  bool changes = transaction_has_changes(t);
  StoreStep step = STORE_MORE;
  if (changes && pick(run, 3) == 0) TRY(counter_set(t, COUNTER, ++run->counter, &run->f.error));
  TRY(transaction_commit_begin(t, NULL, &run->f.error));
  run->has_pending = true;
  for (; steps && step != STORE_DONE; steps--) TRY(transaction_commit_step(t, &step, &run->f.error));
  *done = step == STORE_DONE;
  if (*done) acknowledge(run);
  return OK;
}

static Status end_commit(Run *run, Transaction *t, Status status) {
  StoreStep step = STORE_MORE;
  run->has_pending = true;
  while (status == OK && step != STORE_DONE) status = transaction_commit_step(t, &step, &run->f.error);
  if (status == OK) acknowledge(run);
  // A commit that failed cleanly was not applied; one whose outcome is unknown may have been.
  if (status != OK && !store_is_read_only(run->f.store) && !test_host_stopped(run->f.host)) run->has_pending = false;
  transaction_free(t);
  return status;
}

static Status commit(Run *run, Transaction *t) {
  bool done;
  return end_commit(run, t, begin_commit(run, t, 0, &done));
}

static Status create_table(Run *run, Transaction *t) {
  TableColumn columns[3] = {{NUMBER, TYPE(BIGINT)}, {NAME, TYPE(VARCHAR)}, {AMOUNT, TYPE(INTEGER)}};
  uint64_t id;
  TRY(table_create(t, columns, 3, &id, &run->f.error));
  TRY(object_put(t, id, 2, &id, sizeof id, &run->f.error));
  run->pending.tables[run->pending.count++] = (TableModel){id, {0}};
  return OK;
}

static Status drop_table(Run *run, Transaction *t, uint32_t at) {
  TRY(table_drop(t, run->pending.tables[at].id, &run->f.error));
  TRY(object_remove(t, run->pending.tables[at].id, &run->f.error));
  model_free(&run->pending.tables[at].rows);
  run->pending.count--;
  for (; at < run->pending.count; at++) run->pending.tables[at] = run->pending.tables[at + 1];
  return OK;
}

// A column comes and goes: the shape of the table changes.
static Status reshape(Run *run, Transaction *t, uint64_t table) {
  TableColumn column = {AMOUNT + 1, TYPE(DOUBLE)};
  TRY(table_add_column(t, table, &column, NULL, &run->f.error));
  return table_drop_column(t, table, column.id, &run->f.error);
}

static void make_rows(Run *run, Model *rows, size_t count) {
  for (size_t i = 0; i < count; i++) model_add(rows, random_row(&run->random, run->next_number++));
}

static void make_some_rows(Run *run, Model *rows) {
  static const uint64_t few = 60;
  uint64_t manner = pick(run, 14), count = pick(run, few);
  if (manner == 0) count = run->bulk_rows + pick(run, run->bulk_rows);
  if (manner == 1) count = pick(run, run->bulk_rows);
  make_rows(run, rows, count);
}

static Status append(Run *run, Transaction *t, TableModel *table) {
  size_t before = table->rows.count;
  make_some_rows(run, &table->rows);
  return append_rows(&run->f, t, table->id, table->rows.rows + before, table->rows.count - before);
}

static Status write_something(Run *run, Transaction *t) {
  if (!run->pending.count || (run->pending.count < MOST_TABLES && pick(run, 12) == 0)) TRY(create_table(run, t));
  uint32_t at = (uint32_t)pick(run, run->pending.count);
  TableModel *table = &run->pending.tables[at];
  if (run->pending.count > 1 && pick(run, 20) == 0) return drop_table(run, t, at);
  if (pick(run, 20) == 0) TRY(reshape(run, t, table->id));
  if (pick(run, 2)) {
    Edits edits;
    Status status = change(run, t, table, pick(run, 2), &edits);
    apply_edits(&table->rows, &edits);
    free(edits.items);
    TRY(status);
  }
  return table->rows.count < run->most_rows ? append(run, t, table) : OK;
}

static Status one_transaction(Run *run) {
  Transaction *t;
  begin_pending(run);
  TRY(transaction_begin(run->f.store, false, &t, &run->f.error));
  Status status = write_something(run, t);
  if (status == OK && pick(run, 12)) return commit(run, t);
  transaction_free(t); // failed, or changed its mind
  return status;
}

// One of two that change the two halves of one table.
typedef struct Half {
  Transaction *transaction;
  Edits edits;
  Model rows; // appended
} Half;

static Status change_half(Run *run, const TableModel *table, uint64_t which, Half *half) {
  TRY(transaction_begin(run->f.store, false, &half->transaction, &run->f.error));
  TRY(change(run, half->transaction, table, which, &half->edits));
  make_some_rows(run, &half->rows);
  return append_rows(&run->f, half->transaction, table->id, half->rows.rows, half->rows.count);
}

// The pending state is the acknowledged one with this half done on top.
static void pend_half(Run *run, uint64_t table, const Half *half) {
  begin_pending(run);
  for (uint32_t i = 0; i < run->pending.count; i++) {
    Model *rows = &run->pending.tables[i].rows;
    if (run->pending.tables[i].id != table) continue;
    apply_edits(rows, &half->edits);
    for (size_t k = 0; k < half->rows.count; k++) model_add(rows, half->rows.rows[k]);
  }
}

static Status commit_half(Run *run, uint64_t table, Half *half) {
  Transaction *t = half->transaction;
  pend_half(run, table, half);
  half->transaction = NULL;
  return commit(run, t);
}

// The first begins its commit; when it has not come to its end after some steps a checkpoint begins or the second commits wholly, and then the
// first goes on.
static Status commit_halves(Run *run, uint64_t table, Half halves[2]) {
  bool done = false;
  Transaction *first = halves[0].transaction;
  pend_half(run, table, &halves[0]);
  halves[0].transaction = NULL;
  Status status = begin_commit(run, first, pick(run, 2) ? UINT64_MAX : pick(run, 30), &done);
  if (status == OK && !done && pick(run, 3) == 0) {
    status = store_checkpoint_begin(run->f.store, &run->f.error);
    status = end_commit(run, first, status);
    return status == OK ? commit_half(run, table, &halves[1]) : status;
  }
  if (status == OK && !done) {
    status = commit_half(run, table, &halves[1]);
    if (status == OK) pend_half(run, table, &halves[0]);
  }
  if (!done) return end_commit(run, first, status);
  transaction_free(first);
  return commit_half(run, table, &halves[1]);
}

static Status two_transactions(Run *run) {
  if (!run->acknowledged.count) return OK;
  begin_pending(run);
  const TableModel *table = &run->pending.tables[pick(run, run->pending.count)];
  uint64_t id = table->id;
  Half halves[2] = {0};
  Status status = OK;
  for (uint32_t i = 0; i < 2 && status == OK; i++) status = change_half(run, table, i, &halves[i]);
  if (status == OK) status = commit_halves(run, id, halves);
  for (uint32_t i = 0; i < 2; i++) {
    transaction_free(halves[i].transaction);
    free(halves[i].edits.items);
    model_free(&halves[i].rows);
  }
  return status;
}

// A table with many rows comes and goes at once: its pages are free again while the WAL still adopts them.
static Status fleeting_table(Run *run) {
  Transaction *t;
  begin_pending(run);
  if (run->pending.count == MOST_TABLES) return OK;
  TRY(transaction_begin(run->f.store, false, &t, &run->f.error));
  Status status = create_table(run, t);
  uint32_t at = run->pending.count - 1;
  if (status == OK) {
    TableModel *table = &run->pending.tables[at];
    make_rows(run, &table->rows, run->bulk_rows + pick(run, run->bulk_rows));
    status = append_rows(&run->f, t, table->id, table->rows.rows, table->rows.count);
  }
  if (status != OK) {
    transaction_free(t);
    return status;
  }
  TRY(commit(run, t));
  begin_pending(run);
  TRY(transaction_begin(run->f.store, false, &t, &run->f.error));
  status = drop_table(run, t, at);
  if (status == OK) return commit(run, t);
  transaction_free(t);
  return status;
}

static Status some_transaction(Run *run) {
  uint64_t choice = pick(run, 20);
  return choice < 14 ? one_transaction(run) : choice < 18 ? two_transactions(run) : fleeting_table(run);
}

static Status some_checkpoint(Run *run) {
  StoreStep step = STORE_MORE;
  TRY(store_checkpoint_begin(run->f.store, &run->f.error));
  while (step != STORE_DONE) {
    TRY(store_checkpoint_step(run->f.store, &step, &run->f.error));
    if (step == STORE_DONE || pick(run, 4)) continue;
    TRY(some_transaction(run));
  }
  return OK;
}

static bool machine_is_off(Run *run) { return test_host_stopped(run->f.host); }

// The reader sees what it saw at first; then another begins.
static void change_reader(Run *run) {
  if (run->reader && !machine_is_off(run) && !run->calls_fail && !sees(run, run->reader, &run->read, NULL, true))
    problem(run, "a reader does not see its version any more", "");
  transaction_free(run->reader);
  run->reader = NULL;
  if (machine_is_off(run) || transaction_begin(run->f.store, true, &run->reader, &run->f.error) != OK) return;
  state_copy(&run->read, &run->acknowledged);
}

static void end_reader(Run *run) {
  transaction_free(run->reader);
  run->reader = NULL;
}

// Counters are not of any version: what a failed commit has set is durable with a later one, or is lost.
static void check_counter(Run *run) {
  Transaction *t;
  int64_t value = 0;
  bool found;
  if (transaction_begin(run->f.store, true, &t, &run->f.error) != OK) return;
  if (counter_get(t, COUNTER, &value, &found, &run->f.error) != OK || value < run->acknowledged_counter ||
      value > run->counter)
    problem(run, "a counter is not what was set", "");
  run->counter = value;
  transaction_free(t);
}

static bool close_and_open(Run *run) {
  end_reader(run);
  bool closed = fixture_close(&run->f);
  test_host_plan(run->f.host)->disk_bytes = 0;
  if (machine_is_off(run)) return false;
  if (fixture_open(&run->f)) {
    check_counter(run);
    return true;
  }
  if (!machine_is_off(run) && !run->calls_fail)
    problem(run, closed ? "cannot be opened after a close" : "cannot be opened after a failed close",
            run->f.error.message);
  return false;
}

// What was acknowledged must be there, and what was under way wholly or not at all. *new: it is.
static bool compare(Run *run, bool *new) {
  bool old = holds(run, &run->acknowledged, false);
  *new = !old && run->has_pending &&holds(run, &run->pending, false);
  if (old || *new) {
    check_counter(run);
    return true;
  }
  holds(run, &run->acknowledged, true);
  problem(run, "contents differ from what was acknowledged", "");
  return false;
}

// The program ends, the machine goes on: what is seen then may not be on the disk, but is once something has been committed on top.
static bool start_again(Run *run) {
  Transaction *t;
  bool new;
  end_reader(run);
  store_free(run->f.store);
  run->f.store = NULL;
  if (!fixture_open(&run->f)) {
    if (!machine_is_off(run)) problem(run, "cannot be opened after a failed flush", run->f.error.message);
    return false;
  }
  if (!compare(run, &new)) return false;
  if (!new) {
    run->has_pending = false;
    return true;
  }
  note_history(run, &run->pending);
  Status status = transaction_begin(run->f.store, false, &t, &run->f.error);
  if (status == OK) {
    status = counter_set(t, COUNTER, ++run->counter, &run->f.error);
    if (status == OK)
      status = fixture_commit(&run->f, t);
    else
      transaction_free(t);
  }
  if (status == OK) acknowledge(run);
  return status == OK;
}

static void fill_disk(Run *run) {
  StoreStatistics statistics;
  store_statistics(run->f.store, &statistics);
  test_host_plan(run->f.host)->disk_bytes =
      statistics.file_bytes + statistics.wal_bytes + pick(run, pick(run, 2) ? 4000 : 200000);
}

static void workload(Run *run) {
  uint64_t full_at = pick(run, 4) == 0 ? 3 + pick(run, 20) : UINT64_MAX;
  for (uint64_t turn = 0; turn < 60 && !machine_is_off(run) && !run->problem[0]; turn++) {
    if (turn == full_at) fill_disk(run);
    if (turn == full_at + 6) test_host_plan(run->f.host)->disk_bytes = 0;
    uint64_t choice = pick(run, 21);
    Status status = OK;
    if (choice < 15)
      status = some_transaction(run);
    else if (choice < 19)
      status = some_checkpoint(run);
    else if (choice < 20)
      change_reader(run);
    else if (!close_and_open(run))
      return;
    if (machine_is_off(run) || status == OK) continue;
    if (store_is_read_only(run->f.store)) { // a flush failed
      test_host_plan(run->f.host)->fail_read = 0;
      if (!holds(run, &run->acknowledged, true)) problem(run, "contents differ after a failed flush", "");
      if (pick(run, 2) || run->problem[0] || !start_again(run)) return;
    }
    bool full = status == ERROR_QUOTA && test_host_plan(run->f.host)->disk_bytes;
    if (!full && !(status == ERROR_IO && run->calls_fail)) problem(run, "failed", run->f.error.message);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Afterwards
// ---------------------------------------------------------------------------------------------------------------------

static void tell_calls(Run *run) {
  static const char *const names[] = {"write", "truncate", "flush", "create", "rename", "remove"};
  uint64_t count;
  const TestCall *calls = test_host_log(run->f.host, &count);
  for (uint64_t i = 0; run->tell && i < count; i++) {
    printf("%4" PRIu64 " %-8s %.*s at %" PRIu64 " +%" PRIu64 "%s\n", i + 1, names[calls[i].kind],
           STR_ARG(calls[i].path), calls[i].offset, calls[i].length, calls[i].status == OK ? "" : " FAILED");
  }
  if (run->tell)
    printf("commit %" PRIu64 " acknowledged%s\n", run->commit_number, run->has_pending ? ", one more begun" : "");
}

// Power goes: the store's memory is lost, the disk holds what it could.
static void power_off(Run *run, uint64_t seed, TestPlan plan) {
  tell_calls(run);
  end_reader(run);
  store_free(run->f.store);
  run->f.store = NULL;
  Host *left = test_host_crash(run->f.host, &run->f.memory, seed);
  host_destroy(run->f.host);
  run->f.host = test_host_create(&run->f.memory, left, plan);
}

// Something is done with what was recovered, so that it is built upon, until power goes again.
static void checkpoint_until_off(Run *run) {
  StoreStep step = STORE_MORE;
  if (store_checkpoint_begin(run->f.store, &run->f.error) != OK) return;
  while (step != STORE_DONE && store_checkpoint_step(run->f.store, &step, &run->f.error) == OK) continue;
}

// Compares with the model, then goes on working.
static void look(Run *run) {
  bool new;
  if (!compare(run, &new)) return;
  if (new)
    acknowledge(run);
  else
    run->has_pending = false;
  for (int i = 0; i < 3 && !run->problem[0]; i++) {
    if (one_transaction(run) != OK) problem(run, "failed after recovery", run->f.error.message);
  }
  if (!run->problem[0] && some_checkpoint(run) != OK) problem(run, "failed after recovery", run->f.error.message);
  if (!run->problem[0] && one_transaction(run) != OK) problem(run, "failed after recovery", run->f.error.message);
  if (!run->problem[0] && !holds(run, &run->acknowledged, true))
    problem(run, "contents differ after recovery and further commits", "");
}

// ---------------------------------------------------------------------------------------------------------------------
// Damage: one bit of a file flips while the database is not open
// ---------------------------------------------------------------------------------------------------------------------

static File *open_plain(Run *run, const char *path) {
  Request request = {.kind = REQUEST_OPEN, .mode = OPEN_READ_WRITE, .path = str_from(path)};
  if (host_request_blocking(run->f.host, &request, &run->f.error) != OK) return NULL;
  File *file = request.file;
  request.file = NULL;
  request_release(run->f.host, &request);
  return file;
}

// Where the last record of a WAL begins: it alone can go without a trace, for nothing behind it vouches for it.
static uint64_t last_record(File *file, uint64_t size) {
  uint64_t at = WAL_HEADER_BYTES, last = at;
  for (WalRecordHead head; at < size; at += head.length) {
    size_t read;
    if (file_read(file, at, &head, sizeof head, &read, NULL) != OK || read < sizeof head || !head.length) break;
    last = at;
  }
  return last;
}

static bool flip_bit(Run *run) {
  static const char *const paths[] = {"/crash.smew", "/crash.smew-wal-a", "/crash.smew-wal-b"};
  uint32_t which = (uint32_t)pick(run, 3);
  uint64_t size = 0, at;
  uint8_t byte;
  size_t read;
  File *file = open_plain(run, paths[which]);
  if (!file) return false;
  bool near = pick(run, 2);
  bool good = file_size(file, &size, NULL) == OK && size > 0;
  if (which == 0)
    at = near ? pick(run, 192) + pick(run, 2) * 4096 : good ? pick(run, size) : 0;
  else
    at = near || !good ? pick(run, WAL_HEADER_BYTES) : pick(run, last_record(file, size));
  good = good && file_read(file, at, &byte, 1, &read, NULL) == OK && read == 1;
  byte ^= (uint8_t)(1u << pick(run, 8));
  good = good && file_write(file, at, &byte, 1, NULL) == OK;
  file_close(file);
  if (run->tell) printf("a bit flips in %s at %" PRIu64 " of %" PRIu64 "\n", paths[which], at, size);
  return good;
}

// What is shown is right: all there was, or what there was after some commit when the store says that later ones are lost.
static void look_at_damaged(Run *run) {
  if (!fixture_open(&run->f)) {
    Status status = run->f.error.code;
    if (status != ERROR_CORRUPT && status != ERROR_IO && status != ERROR_VERSION)
      problem(run, "a damaged database is not told as such", run->f.error.message);
    return;
  }
  Transaction *t;
  if (transaction_begin(run->f.store, true, &t, &run->f.error) != OK) {
    problem(run, "failed", run->f.error.message);
    return;
  }
  uint64_t number = transaction_version(t);
  bool damaged = false;
  if (number == run->commit_number) {
    if (!sees(run, t, &run->acknowledged, &damaged, true)) problem(run, "damage shows as other contents", "");
  } else if (number > run->commit_number || !store_recovery_note(run->f.store).length) {
    problem(run, "commits are lost to damage without a word", "");
  } else if (number < MOST_COMMITS) {
    State found = {0};
    bool unreadable[MOST_TABLES];
    if (read_state(run, t, &found, unreadable) != OK || state_hash(&found) != run->history[number])
      problem(run, "damage shows as contents that there never were", "");
    state_free(&found);
  }
  transaction_free(t);
  fixture_close(&run->f); // may fail, says so, and dies of nothing
}

// ---------------------------------------------------------------------------------------------------------------------
// One point
// ---------------------------------------------------------------------------------------------------------------------

static void begin_run(Run *run, uint64_t seed, uint32_t left_out) {
  *run = (Run){.random = seed, .bulk_rows = 250, .most_rows = 3000};
  bool large = pick(run, LARGE_POINTS) == 0;
  if (large) {
    run->bulk_rows = 16384;
    run->most_rows = 60000;
  }
  memory_init(&run->f.memory, 0);
  run->f.options =
      (StoreOptions){.path = STR("/crash.smew"), .bulk_rows = (uint32_t)run->bulk_rows, .left_out = left_out};
  if (pick(run, 2))
    run->f.options.piece_bytes = 1024; // commits take several steps, and their records are written ahead
  run->history[0] = state_hash(&run->acknowledged);
  TestPlan plan = {.seed = seed, .stop_after_call = 1 + pick(run, pick(run, 2) ? 60 : 500), .late = pick(run, 2)};
  run->calls_fail = pick(run, 4) == 0;
  if (run->calls_fail) {
    uint64_t manner = pick(run, 3);
    if (manner == 0) plan.fail_call = 1 + pick(run, plan.stop_after_call);
    if (manner == 1) plan.fail_flush = 1 + pick(run, 1 + plan.stop_after_call / 4);
    if (manner == 2) plan.fail_read = 1 + pick(run, 200);
  }
  run->f.host = test_host_create(&run->f.memory, host_create_memory(&run->f.memory), plan);
}

static void recover(Run *run, uint64_t seed) {
  for (uint32_t again = 0;; again++) {
    bool last = again == 2 || pick(run, 3);
    TestPlan plan = {.seed = seed + again, .stop_after_call = last ? 0 : 1 + pick(run, 12), .late = pick(run, 2)};
    power_off(run, seed + again, plan);
    run->calls_fail = false;
    bool opened = fixture_open(&run->f);
    if (last && !opened) problem(run, "cannot be opened", run->f.error.message);
    if (last) return;
    if (opened) checkpoint_until_off(run);
  }
}

static bool one_point(uint64_t seed, uint32_t left_out, bool tell) {
  Run *run = calloc(1, sizeof *run);
  begin_run(run, seed, left_out);
  run->tell = tell;
  if (fixture_open(&run->f))
    workload(run);
  else if (!machine_is_off(run) && !run->calls_fail)
    problem(run, "cannot be created", run->f.error.message);
  if (!run->problem[0]) recover(run, seed);
  if (!run->problem[0]) look(run);
  if (!run->problem[0]) {
    if (pick(run, 2)) {
      if (!fixture_close(&run->f)) problem(run, "cannot be closed", run->f.error.message);
    } else {
      store_free(run->f.store);
      run->f.store = NULL;
    }
    if (!run->problem[0] && flip_bit(run)) look_at_damaged(run);
  }
  tell_calls(run);
  bool good = !run->problem[0];
  if (!good) fprintf(stderr, "crash seed %" PRIu64 ": %s\n", seed, run->problem);
  end_reader(run);
  store_free(run->f.store);
  host_destroy(run->f.host);
  state_free(&run->acknowledged);
  state_free(&run->pending);
  state_free(&run->read);
  if (good && run->f.memory.used_bytes) {
    fprintf(stderr, "crash seed %" PRIu64 ": memory is kept\n", seed);
    good = false;
  }
  free(run);
  return good;
}

// ---------------------------------------------------------------------------------------------------------------------
// Mutations
// ---------------------------------------------------------------------------------------------------------------------

#define LYING_DISK (1u << 31) // no safeguard of the store: the points of SQL on a disk whose flushes do nothing

static const struct {
  const char *name;
  uint32_t safeguard;
} mutations[] = {{"log-start-flush", SAFEGUARD_LOG_START_FLUSH},
                 {"commit-flush", SAFEGUARD_COMMIT_FLUSH},
                 {"adopt-flush", SAFEGUARD_ADOPT_FLUSH},
                 {"checkpoint-flush", SAFEGUARD_CHECKPOINT_FLUSH},
                 {"header-flush", SAFEGUARD_HEADER_FLUSH},
                 {"record-checksum", SAFEGUARD_RECORD_CHECKSUM},
                 {"log-header-checksum", SAFEGUARD_LOG_HEADER_CHECKSUM},
                 {"header-checksum", SAFEGUARD_HEADER_CHECKSUM},
                 {"piece-checksum", SAFEGUARD_PIECE_CHECKSUM},
                 {"keep-durable-pages", SAFEGUARD_KEEP_DURABLE_PAGES},
                 {"keep-adopted-pages", SAFEGUARD_KEEP_ADOPTED_PAGES},
                 {"claim-adopted-pages", SAFEGUARD_CLAIM_ADOPTED_PAGES},
                 {"settle", SAFEGUARD_SETTLE},
                 {"flushes, in SQL", LYING_DISK}};

// Points until one fails; the number of it, or 0. A child that dies has failed at the point that it was at.
static uint64_t first_failure(uint32_t left_out, uint64_t points) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (!freopen("/dev/null", "w", stderr)) _exit(2);
    for (uint64_t i = 1; i <= points; i++) {
      if (write(pipe_ends[1], &i, sizeof i) != sizeof i) _exit(2);
      if (!(left_out == LYING_DISK ? sql_point(i, true, false) : one_point(i, left_out, false))) _exit(1);
    }
    _exit(0);
  }
  close(pipe_ends[1]);
  uint64_t point = 0, latest;
  while (read(pipe_ends[0], &latest, sizeof latest) == sizeof latest) point = latest;
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return child > 0 && status != 0 ? point : 0;
}

static uint64_t run_mutations(uint64_t points) {
  uint64_t unnoticed = 0;
  for (size_t i = 0; i < COUNT_OF(mutations); i++) {
    uint64_t point = first_failure(mutations[i].safeguard, points);
    if (point)
      printf("without %-20s noticed at point %" PRIu64 "\n", mutations[i].name, point);
    else
      printf("without %-20s NOT NOTICED in %" PRIu64 " points\n", mutations[i].name, points);
    unnoticed += point == 0;
  }
  return unnoticed;
}

static uint32_t safeguard_named(const char *name) {
  for (size_t i = 0; i < COUNT_OF(mutations); i++) {
    if (strcmp(name, mutations[i].name) == 0) return mutations[i].safeguard;
  }
  fprintf(stderr, "no such safeguard: %s\n", name);
  exit(2);
}

static uint64_t run_points(uint64_t points, uint64_t seed) {
  uint64_t failed = 0;
  for (uint64_t i = 0; i < points; i++) failed += !one_point(seed + i, 0, false);
  return failed;
}

static uint64_t run_sql_points(uint64_t points, uint64_t seed) {
  uint64_t failed = 0;
  for (uint64_t i = 0; i < points; i++) failed += !sql_point(seed + i, false, false);
  return failed;
}

static int sum_up(uint64_t all, uint64_t failed) {
  printf("%" PRIu64 " passed, %" PRIu64 " failed\n", all - failed, failed);
  return failed ? 1 : 0;
}

int main(int argument_count, char **arguments) {
  (void)unit_last;
  const char *what = argument_count > 1 ? arguments[1] : "";
  uint64_t number = argument_count > 2 ? strtoull(arguments[2], NULL, 10) : 0;
  if (strcmp(what, "points") == 0)
    return sum_up(number, run_points(number, argument_count > 3 ? strtoull(arguments[3], NULL, 10) : 1));
  if (strcmp(what, "sql") == 0)
    return sum_up(number, run_sql_points(number, argument_count > 3 ? strtoull(arguments[3], NULL, 10) : 1));
  if (strcmp(what, "sql-seed") == 0) return sum_up(1, !sql_point(number, false, true));
  if (strcmp(what, "mutations") == 0) return sum_up(COUNT_OF(mutations), run_mutations(number));
  if (strcmp(what, "seed") == 0)
    return sum_up(1, !one_point(number, argument_count > 3 ? safeguard_named(arguments[3]) : 0, true));
  return sum_up(220 + COUNT_OF(mutations), run_points(200, 1) + run_sql_points(20, 1) + run_mutations(4000));
}
