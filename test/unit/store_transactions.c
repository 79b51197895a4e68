// SPDX-License-Identifier: MIT
//
// store_transactions.c: several transactions at once: isolation, conflicts, unique keys, commits between the slices of a checkpoint.
#include "store_fixture.h"

static uint64_t table_with(Fixture *f, size_t rows, Model *model, bool key) {
  uint64_t state = 42;
  Transaction *t = fixture_begin(f);
  uint64_t table = fixture_table(f, t, key);
  random_rows(model, &state, rows);
  CHECK(append_rows(f, t, table, model->rows, model->count) == OK);
  CHECK(fixture_commit(f, t) == OK);
  return table;
}

static Status delete_row(Fixture *f, Transaction *t, uint64_t table, int64_t row_id) {
  uint64_t deleted;
  return table_delete(t, table, &row_id, 1, &deleted, &f->error);
}

static Status set_amount(Fixture *f, Transaction *t, uint64_t table, int64_t row_id, int32_t amount) {
  uint32_t ids[1] = {AMOUNT};
  Type types[1] = {TYPE(INTEGER)};
  Chunk chunk;
  TRY(chunk_init(&chunk, &f->memory, types, 1, &f->error));
  ((int32_t *)chunk.columns[0].data)[0] = amount;
  chunk.row_count = 1;
  Status status = table_update(t, table, &row_id, 1, ids, 1, &chunk, &f->error);
  chunk_free(&chunk);
  return status;
}

static Status set_number(Fixture *f, Transaction *t, uint64_t table, int64_t row_id, int64_t number) {
  uint32_t ids[1] = {NUMBER};
  Type types[1] = {TYPE(BIGINT)};
  Chunk chunk;
  TRY(chunk_init(&chunk, &f->memory, types, 1, &f->error));
  ((int64_t *)chunk.columns[0].data)[0] = number;
  chunk.row_count = 1;
  Status status = table_update(t, table, &row_id, 1, ids, 1, &chunk, &f->error);
  chunk_free(&chunk);
  StoreStep step = STORE_MORE;
  while (status == OK && step != STORE_DONE) status = table_check_keys(t, table, &step, &f->error);
  return status;
}

TEST(readers_keep_their_version) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  uint64_t table = table_with(&f, 5000, &model, false);
  Transaction *reader = fixture_begin(&f), *writer = fixture_begin(&f);
  CHECK(delete_row(&f, writer, table, 7) == OK);
  CHECK(set_amount(&f, writer, table, 8, 1234) == OK);
  CHECK(append_rows(&f, writer, table, model.rows, 10) == OK);
  CHECK(table_is(&f, reader, table, &model));
  CHECK(fixture_commit(&f, writer) == OK);
  CHECK(table_is(&f, reader, table, &model));
  fixture_checkpoint(&f);
  CHECK(table_is(&f, reader, table, &model));
  transaction_free(reader);
  Model after = {0};
  for (size_t i = 0; i < model.count; i++) {
    if (i != 7) model_add(&after, model.rows[i]);
  }
  after.rows[7].amount = 1234;
  for (size_t i = 0; i < 10; i++) model_add(&after, model.rows[i]);
  CHECK(committed_is(&f, table, &after));
  fixture_end(&f);
  model_free(&model);
  model_free(&after);
}

TEST(conflicts_are_noticed_at_once) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, NULL));
  uint64_t table = table_with(&f, 100, &model, false);
  Transaction *a = fixture_begin(&f), *b = fixture_begin(&f), *c = fixture_begin(&f);
  CHECK(delete_row(&f, a, table, 1) == OK);
  CHECK_EQ_INT(delete_row(&f, b, table, 1), ERROR_CONFLICT);
  CHECK_EQ_STR(f.error.message, "Conflict on tuple deletion!");
  CHECK(set_amount(&f, a, table, 2, 5) == OK);
  CHECK_EQ_INT(set_amount(&f, b, table, 2, 5), ERROR_CONFLICT);
  CHECK_EQ_STR(f.error.message, "Conflict on update!");
  CHECK(fixture_commit(&f, a) == OK);
  CHECK_EQ_INT(set_amount(&f, c, table, 2, 5), ERROR_CONFLICT); // committed since
  CHECK(set_amount(&f, c, table, 1, 5) == OK);                  // gone, whatever it is set to
  transaction_free(b);
  CHECK(fixture_commit(&f, c) == OK);
  fixture_end(&f);
  model_free(&model);
}

// A checkpoint takes away the row group of a row that an active transaction has updated.
TEST(updated_rows_may_be_gone) {
  Fixture f;
  Model model = {0}, none = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  uint64_t table = table_with(&f, 10, &model, false);
  Transaction *a = fixture_begin(&f), *b = fixture_begin(&f);
  CHECK(set_amount(&f, b, table, 3, 5) == OK);
  for (int64_t row = 0; row < 10; row++) CHECK(delete_row(&f, a, table, row) == OK);
  CHECK(fixture_commit(&f, a) == OK);
  fixture_checkpoint(&f);
  CHECK(fixture_commit(&f, b) == OK);
  CHECK(committed_is(&f, table, &none));
  CHECK_OR_RETURN(fixture_close(&f) && fixture_open(&f));
  CHECK(committed_is(&f, table, &none));
  fixture_end(&f);
  model_free(&model);
}

TEST(changes_of_others_are_kept) {
  for (int place = 0; place < 2; place++) {
    Fixture f;
    Model model = {0};
    CHECK_OR_RETURN(fixture_start(&f, place ? "/db.smew" : NULL));
    uint64_t table = table_with(&f, 5000, &model, false);
    Transaction *a = fixture_begin(&f), *b = fixture_begin(&f);
    CHECK(set_amount(&f, a, table, 10, 1) == OK);
    CHECK(set_amount(&f, b, table, 11, 2) == OK);
    CHECK(delete_row(&f, a, table, 4999) == OK);
    CHECK(append_rows(&f, a, table, model.rows, 3) == OK);
    CHECK(append_rows(&f, b, table, model.rows + 3, 3) == OK);
    CHECK(fixture_commit(&f, a) == OK);
    if (place) fixture_checkpoint(&f);
    CHECK(fixture_commit(&f, b) == OK);
    model.rows[10].amount = 1;
    model.rows[11].amount = 2;
    model.count--;
    for (size_t i = 0; i < 6; i++) model_add(&model, model.rows[i]);
    CHECK(committed_is(&f, table, &model));
    if (place) {
      store_free(f.store);
      CHECK_OR_RETURN(fixture_open(&f));
      CHECK(committed_is(&f, table, &model));
    }
    fixture_end(&f);
    model_free(&model);
  }
}

TEST(keys_are_unique) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, NULL));
  uint64_t table = table_with(&f, 3000, &model, true);
  DuplicateKey duplicate;
  ModelRow row = {77, 1, 1};
  Transaction *t = fixture_begin(&f);
  CHECK_EQ_INT(append_rows(&f, t, table, &row, 1), ERROR_CONSTRAINT);
  CHECK(transaction_duplicate(t, &duplicate) && duplicate.values[0].i64 == 77 && duplicate.primary &&
        !duplicate.at_commit);
  CHECK(delete_row(&f, t, table, 77) == OK);
  CHECK(append_rows(&f, t, table, &row, 1) == OK);
  CHECK_EQ_INT(append_rows(&f, t, table, &row, 1), ERROR_CONSTRAINT);
  CHECK_EQ_INT(set_number(&f, t, table, 5, 6), ERROR_CONSTRAINT);
  transaction_free(t);
  t = fixture_begin(&f);
  CHECK(set_number(&f, t, table, 5, 100000) == OK);
  row.number = 5;
  CHECK(append_rows(&f, t, table, &row, 1) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  // two at once
  Transaction *a = fixture_begin(&f), *b = fixture_begin(&f);
  row.number = 555555;
  CHECK(append_rows(&f, a, table, &row, 1) == OK);
  CHECK(append_rows(&f, b, table, &row, 1) == OK);
  CHECK(fixture_commit(&f, a) == OK);
  CHECK_EQ_INT(fixture_commit(&f, b), ERROR_CONSTRAINT);
  t = fixture_begin(&f);
  Vector key;
  int64_t row_id;
  bool found;
  CHECK(vector_init(&key, &f.memory, TYPE(BIGINT), 1, &f.error) == OK);
  ((int64_t *)key.data)[0] = 100000;
  CHECK(table_find_key(t, table, 0, &key, 0, &row_id, &found, &f.error) == OK && found);
  CHECK_EQ_INT(row_id, 5);
  ((int64_t *)key.data)[0] = 100001;
  CHECK(table_find_key(t, table, 0, &key, 0, &row_id, &found, &f.error) == OK && !found);
  vector_free(&key);
  transaction_free(t);
  fixture_end(&f);
  model_free(&model);
}

TEST(names_are_locked) {
  Fixture f;
  bool conflict;
  CHECK_OR_RETURN(fixture_start(&f, NULL));
  Transaction *a = fixture_begin(&f), *b = fixture_begin(&f), *c = fixture_begin(&f);
  uint64_t id;
  CHECK(object_lock(a, 2, STR("t"), &conflict, &f.error) == OK && !conflict);
  CHECK(object_lock(a, 2, STR("t"), &conflict, &f.error) == OK && !conflict);
  CHECK(object_lock(b, 2, STR("t"), &conflict, &f.error) == OK && conflict);
  CHECK(object_lock(b, 3, STR("t"), &conflict, &f.error) == OK && !conflict);
  transaction_free(b);
  CHECK(object_new_id(a, &id, &f.error) == OK && object_put(a, id, 2, "t", 1, &f.error) == OK);
  CHECK(fixture_commit(&f, a) == OK);
  CHECK(object_lock(c, 2, STR("t"), &conflict, &f.error) == OK && conflict);
  transaction_free(c);
  c = fixture_begin(&f);
  CHECK(object_lock(c, 2, STR("t"), &conflict, &f.error) == OK && !conflict);
  transaction_free(c);
  fixture_end(&f);
}

TEST(commits_between_the_slices_of_a_checkpoint) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  uint64_t table = table_with(&f, 15000, &model, false), state = 3;
  for (int round = 0; round < 6; round++) {
    StoreStep step = STORE_MORE;
    CHECK(store_checkpoint_begin(f.store, &f.error) == OK);
    while (step != STORE_DONE) {
      CHECK_OR_RETURN(store_checkpoint_step(f.store, &step, &f.error) == OK);
      Transaction *t = fixture_begin(&f);
      size_t before = model.count, changed = random_next(&state) % 15000;
      random_rows(&model, &state, random_next(&state) % 90);
      CHECK(append_rows(&f, t, table, model.rows + before, model.count - before) == OK);
      CHECK(set_amount(&f, t, table, (int64_t)changed, round) == OK);
      model.rows[changed].amount = round;
      CHECK(fixture_commit(&f, t) == OK);
    }
    CHECK(committed_is(&f, table, &model));
    store_free(f.store);
    CHECK_OR_RETURN(fixture_open(&f));
    CHECK(committed_is(&f, table, &model));
  }
  fixture_end(&f);
  model_free(&model);
}

TEST(ten_rows_cost_little) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  uint64_t table = table_with(&f, 1000000, &model, false);
  fixture_checkpoint(&f);
  StoreStatistics before, after;
  store_statistics(f.store, &before);
  Transaction *t = fixture_begin(&f);
  CHECK(append_rows(&f, t, table, model.rows, 10) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  fixture_checkpoint(&f);
  store_statistics(f.store, &after);
  CHECK(after.written_bytes - before.written_bytes < 64 * 1024);
  CHECK(after.used_bytes - before.used_bytes < 64 * 1024);
  fixture_end(&f);
  model_free(&model);
}

// The rows of a model with other numbers and amounts.
static Status update_all(Fixture *f, Transaction *t, uint64_t table, Model *model) {
  uint32_t ids[2] = {NUMBER, AMOUNT};
  Type types[2] = {TYPE(BIGINT), TYPE(INTEGER)};
  int64_t row_ids[VECTOR_CAPACITY];
  Chunk chunk;
  TRY(chunk_init(&chunk, &f->memory, types, 2, &f->error));
  Status status = OK;
  for (size_t from = 0; from < model->count && status == OK; from += chunk.row_count) {
    chunk.row_count = (uint32_t)MIN_OF(model->count - from, (size_t)VECTOR_CAPACITY);
    for (uint32_t i = 0; i < chunk.row_count; i++) {
      ModelRow *row = &model->rows[from + i];
      row->number += 1000000;
      row->amount = (int64_t)(from + i) % 777;
      row_ids[i] = (int64_t)(from + i);
      ((int64_t *)chunk.columns[0].data)[i] = row->number;
      ((int32_t *)chunk.columns[1].data)[i] = (int32_t)row->amount;
    }
    status = table_update(t, table, row_ids, chunk.row_count, ids, 2, &chunk, &f->error);
  }
  chunk_free(&chunk);
  return status;
}

TEST(a_large_commit_is_done_in_slices_between_which_others_commit) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  uint64_t table = table_with(&f, 300000, &model, false);
  Transaction *large = fixture_begin(&f);
  CHECK(update_all(&f, large, table, &model) == OK);
  CHECK(transaction_commit_begin(large, NULL, &f.error) == OK);
  StoreStep step = STORE_MORE;
  uint32_t steps = 0;
  for (; step != STORE_DONE && steps < 1000; steps++) {
    CHECK_OR_RETURN(transaction_commit_step(large, &step, &f.error) == OK);
    if (steps == 1) fixture_checkpoint(&f);
    if (steps % 3 || step == STORE_DONE) continue;
    Transaction *small = fixture_begin(&f);
    model_add(&model, random_row(&(uint64_t){steps}, 5));
    CHECK(append_rows(&f, small, table, &model.rows[model.count - 1], 1) == OK);
    CHECK(fixture_commit(&f, small) == OK);
  }
  CHECK(steps > 2 && step == STORE_DONE);
  transaction_free(large);
  CHECK(committed_is(&f, table, &model));
  store_free(f.store); // without a checkpoint: from the WAL
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK(committed_is(&f, table, &model));
  fixture_end(&f);
  model_free(&model);
}

TEST(keys_of_rows_appended_beside_deleted_ones_lead_to_their_rows) {
  Fixture f;
  Model model = {0}, seen = {0};
  int64_t *row_ids = NULL;
  uint64_t state = 3;
  CHECK_OR_RETURN(fixture_start(&f, NULL));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, true);
  random_rows(&model, &state, 5000);
  CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
  for (int64_t row = 0; row < 5000; row += 7) CHECK(delete_row(&f, t, table, ROW_ID_LOCAL + row) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  t = fixture_begin(&f);
  CHECK(read_rows(&f, t, table, &seen, &row_ids) == OK);
  CHECK_EQ_INT(seen.count, 5000 - 715);
  Chunk chunk;
  CHECK_OR_RETURN(chunk_init(&chunk, &f.memory, fixture_types, 1, &f.error) == OK);
  for (size_t i = 0; i < seen.count; i++) {
    int64_t row_id;
    bool found;
    ((int64_t *)chunk.columns[0].data)[0] = seen.rows[i].number;
    CHECK_OR_RETURN(table_find_key(t, table, 0, chunk.columns, 0, &row_id, &found, &f.error) == OK);
    CHECK_OR_RETURN(found && row_id == row_ids[i]);
  }
  chunk_free(&chunk);
  transaction_free(t);
  free(row_ids);
  model_free(&model);
  model_free(&seen);
  fixture_end(&f);
}

UNIT_MAIN
