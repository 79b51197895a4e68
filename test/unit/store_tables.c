// SPDX-License-Identifier: MIT
//
// store_tables.c: tables in memory and in files, by one transaction at a time, compared with a plain array.
#include "store_fixture.h"

static const char *const places[] = {NULL, "/db.smew"};

static Status update_rows(Fixture *f, Transaction *t, uint64_t table, const int64_t *row_ids, uint32_t count,
                          const ModelRow *rows) {
  uint32_t ids[2] = {NAME, AMOUNT};
  Chunk chunk;
  TRY(chunk_init(&chunk, &f->memory, fixture_types, 3, &f->error));
  for (uint32_t i = 0; i < count; i++) fill_row(&chunk, i, rows[i], &f->error);
  chunk.row_count = count;
  Chunk part = chunk;
  part.columns = chunk.columns + 1;
  part.column_count = 2;
  Status status = table_update(t, table, row_ids, count, ids, 2, &part, &f->error);
  chunk_free(&chunk);
  return status;
}

static void churn(const char *path, size_t rows, int rounds, uint64_t seed, bool reopen) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, path));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, false), state = seed;
  random_rows(&model, &state, rows);
  CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
  CHECK(table_is(&f, t, table, &model));
  CHECK(fixture_commit(&f, t) == OK);
  CHECK(committed_is(&f, table, &model));
  for (int round = 0; round < rounds; round++) {
    t = fixture_begin(&f);
    Model seen = {0};
    int64_t *row_ids = NULL;
    CHECK(read_rows(&f, t, table, &seen, &row_ids) == OK);
    // updates of random rows
    int64_t chosen[100];
    ModelRow values[100];
    uint32_t count = 0;
    for (size_t i = random_next(&state) % 50; i < seen.count && count < 100;
         i += 1 + random_next(&state) % (1 + seen.count / 50)) {
      values[count] = random_row(&state, seen.rows[i].number);
      model.rows[i] = values[count];
      chosen[count++] = row_ids[i];
    }
    CHECK(update_rows(&f, t, table, chosen, count, values) == OK);
    CHECK(table_is(&f, t, table, &model));
    // deletes, some rows twice
    count = 0;
    size_t kept = 0, from = random_next(&state) % (seen.count + 1);
    for (size_t i = 0; i < seen.count; i++) {
      if (i >= from && i < from + 60 && i % 3)
        chosen[count++] = row_ids[i];
      else
        model.rows[kept++] = model.rows[i];
    }
    model.count = kept;
    uint64_t deleted;
    CHECK(table_delete(t, table, chosen, count, &deleted, &f.error) == OK);
    CHECK_EQ_INT(deleted, count);
    CHECK(table_delete(t, table, chosen, count, &deleted, &f.error) == OK);
    CHECK_EQ_INT(deleted, 0);
    // appends
    size_t before = model.count;
    random_rows(&model, &state, random_next(&state) % 3000);
    CHECK(append_rows(&f, t, table, model.rows + before, model.count - before) == OK);
    CHECK(table_is(&f, t, table, &model));
    free(row_ids);
    model_free(&seen);
    CHECK(fixture_commit(&f, t) == OK);
    CHECK(committed_is(&f, table, &model));
    if (path && round % 3 == 1) {
      fixture_checkpoint(&f);
      CHECK(committed_is(&f, table, &model));
    }
    if (path && reopen) {
      if (round % 2) {
        store_free(f.store); // without a close: the WAL is replayed
      } else {
        CHECK(fixture_close(&f));
      }
      if (!fixture_open(&f)) {
        UNIT_FAIL("open: %s", f.error.message);
        break;
      }
      CHECK(committed_is(&f, table, &model));
    }
  }
  fixture_end(&f);
  model_free(&model);
}

TEST(small_tables_change) {
  for (int i = 0; i < 2; i++) churn(places[i], 100, 30, 1, false);
}
TEST(tables_change) {
  for (int i = 0; i < 2; i++) churn(places[i], 10000, 12, 2, false);
}
TEST(large_tables_change) {
  for (int i = 0; i < 2; i++) churn(places[i], 300000, 4, 3, false);
}
TEST(tables_come_back) { churn("/db.smew", 5000, 14, 4, true); }
TEST(large_tables_come_back) { churn("/db.smew", 250000, 5, 5, true); }

TEST(edges_of_vectors) {
  static const size_t counts[] = {0, 1, 2, 63, 64, 65, 2047, 2048, 2049, 16383, 16384, 122879, 122880, 122881};
  for (int place = 0; place < 2; place++) {
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
      Fixture f;
      Model model = {0};
      uint64_t state = i;
      CHECK_OR_RETURN(fixture_start(&f, places[place]));
      Transaction *t = fixture_begin(&f);
      uint64_t table = fixture_table(&f, t, false);
      random_rows(&model, &state, counts[i]);
      CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
      CHECK(fixture_commit(&f, t) == OK);
      CHECK(committed_is(&f, table, &model));
      if (places[place]) {
        fixture_checkpoint(&f);
        CHECK(committed_is(&f, table, &model));
        CHECK(fixture_close(&f));
        CHECK_OR_RETURN(fixture_open(&f));
        CHECK(committed_is(&f, table, &model));
      }
      fixture_end(&f);
      model_free(&model);
    }
  }
}

TEST(a_rollback_leaves_nothing) {
  for (int place = 0; place < 2; place++) {
    Fixture f;
    Model model = {0}, more = {0};
    uint64_t state = 7;
    CHECK_OR_RETURN(fixture_start(&f, places[place]));
    Transaction *t = fixture_begin(&f);
    uint64_t table = fixture_table(&f, t, false), other;
    random_rows(&model, &state, 3000);
    CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
    CHECK(fixture_commit(&f, t) == OK);
    StoreStatistics before, after;
    store_statistics(f.store, &before);
    t = fixture_begin(&f);
    random_rows(&more, &state, 200000);
    CHECK(append_rows(&f, t, table, more.rows, more.count) == OK);
    other = fixture_table(&f, t, false);
    CHECK(table_exists(t, other));
    uint64_t deleted;
    CHECK(table_truncate(t, table, &deleted, &f.error) == OK);
    CHECK_EQ_INT(deleted, 203000);
    transaction_free(t);
    CHECK(committed_is(&f, table, &model));
    t = fixture_begin(&f);
    CHECK(!table_exists(t, other));
    transaction_free(t);
    store_statistics(f.store, &after);
    if (places[place]) CHECK_EQ_INT(before.used_bytes, after.used_bytes);
    fixture_end(&f);
    model_free(&model);
    model_free(&more);
  }
}

TEST(a_scan_sees_what_was_there) {
  Fixture f;
  Model model = {0};
  uint64_t state = 8;
  CHECK_OR_RETURN(fixture_start(&f, NULL));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, false);
  random_rows(&model, &state, 1000);
  CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
  // INSERT INTO t SELECT FROM t
  uint32_t ids[3] = {NUMBER, NAME, AMOUNT};
  TableScan *scan;
  Chunk chunk;
  bool done = false;
  CHECK(scan_open(t, table, ids, 3, NULL, 0, &scan, &f.error) == OK);
  CHECK(chunk_init(&chunk, &f.memory, fixture_types, 3, &f.error) == OK);
  size_t read = 0;
  while (scan_next(scan, &chunk, &done, &f.error) == OK && !done) {
    read += chunk.row_count;
    CHECK(table_append(t, table, &chunk, NULL, &f.error) == OK);
    CHECK_OR_RETURN(read <= 1000);
  }
  CHECK_EQ_INT(read, 1000);
  chunk_free(&chunk);
  scan_close(scan);
  for (size_t i = 0; i < 1000; i++) model_add(&model, model.rows[i]);
  CHECK(table_is(&f, t, table, &model));
  CHECK(fixture_commit(&f, t) == OK);
  CHECK(committed_is(&f, table, &model));
  fixture_end(&f);
  model_free(&model);
}

TEST(rows_are_fetched_by_id) {
  for (int place = 0; place < 2; place++) {
    Fixture f;
    Model model = {0};
    uint64_t state = 9;
    CHECK_OR_RETURN(fixture_start(&f, places[place]));
    Transaction *t = fixture_begin(&f);
    uint64_t table = fixture_table(&f, t, false);
    random_rows(&model, &state, 130000);
    CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
    CHECK(fixture_commit(&f, t) == OK);
    t = fixture_begin(&f);
    int64_t wanted[7] = {5, 4, 129999, 122880, 122879, 2048, 999999};
    bool found[7];
    uint32_t ids[2] = {AMOUNT, NUMBER};
    Type types[2] = {TYPE(INTEGER), TYPE(BIGINT)};
    Chunk chunk;
    CHECK(chunk_init(&chunk, &f.memory, types, 2, &f.error) == OK);
    CHECK(table_fetch(t, table, ids, 2, wanted, 7, &chunk, found, &f.error) == OK);
    for (int i = 0; i < 6; i++) {
      CHECK(found[i]);
      CHECK_EQ_INT(((int64_t *)chunk.columns[1].data)[i], wanted[i]);
      bool null = model.rows[wanted[i]].amount == INT64_MIN;
      CHECK(null == !vector_row_valid(&chunk.columns[0], (uint32_t)i));
      if (!null) CHECK_EQ_INT(((int32_t *)chunk.columns[0].data)[i], model.rows[wanted[i]].amount);
    }
    CHECK(!found[6]);
    chunk_free(&chunk);
    transaction_free(t);
    fixture_end(&f);
    model_free(&model);
  }
}

TEST(zone_maps_skip) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, false);
  for (int64_t i = 0; i < 400000; i++) model_add(&model, (ModelRow){i, i % 50, i % 1000});
  CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  t = fixture_begin(&f);
  uint32_t ids[1] = {NUMBER};
  ZoneFilter filter = {NUMBER, ZONE_COMPARE, COMPARE_EQUAL, value_i64(TYPE(BIGINT), 250000)};
  TableScan *scan;
  Chunk chunk;
  Type types[1] = {TYPE(BIGINT)};
  size_t read = 0;
  bool done = false;
  CHECK(scan_open(t, table, ids, 1, &filter, 1, &scan, &f.error) == OK);
  CHECK(chunk_init(&chunk, &f.memory, types, 1, &f.error) == OK);
  while (scan_next(scan, &chunk, &done, &f.error) == OK && !done) read += chunk.row_count;
  CHECK(read > 0 && read <= ROW_GROUP_ROWS);
  scan_close(scan);
  chunk_free(&chunk);
  Arena arena;
  arena_init(&arena, &f.memory);
  ColumnStatistics statistics;
  CHECK(table_column_statistics(t, table, NUMBER, &arena, &statistics, &f.error) == OK);
  CHECK(statistics.has_bounds);
  CHECK_EQ_INT(statistics.minimum.i64, 0);
  CHECK_EQ_INT(statistics.maximum.i64, 399999);
  CHECK(statistics.distinct_count > 250000 && statistics.distinct_count < 600000);
  CHECK(table_column_statistics(t, table, NAME, &arena, &statistics, &f.error) == OK);
  CHECK(statistics.distinct_count > 30 && statistics.distinct_count < 80);
  arena_free(&arena);
  transaction_free(t);
  fixture_end(&f);
  model_free(&model);
}

TEST(row_id_filters_skip) {
  Fixture f;
  Model model = {0};
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, false);
  for (int64_t i = 0; i < 300000; i++) model_add(&model, (ModelRow){i, 0, 0});
  CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  t = fixture_begin(&f);
  uint32_t ids[2] = {NUMBER, COLUMN_ROW_ID};
  Type types[2] = {TYPE(BIGINT), TYPE(BIGINT)};
  ZoneFilter filters[2] = {{COLUMN_ROW_ID, ZONE_COMPARE, COMPARE_GREATER_EQUAL, value_i64(TYPE(BIGINT), 200000)},
                           {COLUMN_ROW_ID, ZONE_COMPARE, COMPARE_LESS, value_i64(TYPE(BIGINT), 200100)}};
  TableScan *scan;
  Chunk chunk;
  size_t read = 0, wanted = 0;
  bool done = false;
  CHECK(scan_open(t, table, ids, 2, filters, 2, &scan, &f.error) == OK);
  CHECK(chunk_init(&chunk, &f.memory, types, 2, &f.error) == OK);
  while (scan_next(scan, &chunk, &done, &f.error) == OK && !done) {
    VectorView numbers, row_ids;
    vector_view(&chunk.columns[0], &numbers);
    vector_view(&chunk.columns[1], &row_ids);
    read += chunk.row_count;
    for (uint32_t i = 0; i < chunk.row_count; i++) {
      int64_t id = ((const int64_t *)row_ids.data)[view_row(&row_ids, i)];
      wanted += id >= 200000 && id < 200100 && ((const int64_t *)numbers.data)[view_row(&numbers, i)] == id;
    }
  }
  CHECK_EQ_INT((int64_t)wanted, 100);
  CHECK(read <= 2 * VECTOR_CAPACITY);
  scan_close(scan);
  chunk_free(&chunk);
  transaction_free(t);
  fixture_end(&f);
  model_free(&model);
}

TEST(columns_come_and_go) {
  for (int place = 0; place < 2; place++) {
    Fixture f;
    Model model = {0};
    uint64_t state = 10;
    CHECK_OR_RETURN(fixture_start(&f, places[place]));
    Transaction *t = fixture_begin(&f);
    uint64_t table = fixture_table(&f, t, false);
    random_rows(&model, &state, 5000);
    CHECK(append_rows(&f, t, table, model.rows, model.count) == OK);
    CHECK(fixture_commit(&f, t) == OK);
    t = fixture_begin(&f);
    CHECK(table_drop_column(t, table, AMOUNT, &f.error) == OK);
    TableColumn extra = {9, TYPE(VARCHAR)};
    Value value = value_text(STR("a default that is long"));
    CHECK(table_add_column(t, table, &extra, &value, &f.error) == OK);
    CHECK(fixture_commit(&f, t) == OK);
    for (int round = 0; round < 3; round++) {
      if (round && places[place]) {
        if (round == 1) fixture_checkpoint(&f);
        CHECK(fixture_close(&f));
        CHECK_OR_RETURN(fixture_open(&f));
      }
      t = fixture_begin(&f);
      const TableColumn *columns;
      uint32_t count;
      CHECK(table_columns(t, table, &columns, &count, &f.error) == OK);
      CHECK_EQ_INT(count, 3);
      CHECK_EQ_INT(columns[2].id, 9);
      uint32_t ids[2] = {9, NUMBER};
      Type types[2] = {TYPE(VARCHAR), TYPE(BIGINT)};
      TableScan *scan;
      Chunk chunk;
      size_t read = 0;
      bool done = false;
      CHECK(scan_open(t, table, ids, 2, NULL, 0, &scan, &f.error) == OK);
      CHECK(chunk_init(&chunk, &f.memory, types, 2, &f.error) == OK);
      while (scan_next(scan, &chunk, &done, &f.error) == OK && !done) {
        VectorView view;
        vector_view(&chunk.columns[0], &view);
        CHECK(str_equal(string_str(&((const StringView *)view.data)[view_row(&view, 0)]), value.text));
        read += chunk.row_count;
      }
      CHECK_EQ_INT(read, 5000);
      scan_close(scan);
      chunk_free(&chunk);
      transaction_free(t);
    }
    fixture_end(&f);
    model_free(&model);
  }
}

TEST(objects_are_kept) {
  Fixture f;
  CHECK_OR_RETURN(fixture_start(&f, "/db.smew"));
  Transaction *t = fixture_begin(&f);
  uint64_t a, b;
  CHECK(object_new_id(t, &a, &f.error) == OK && object_new_id(t, &b, &f.error) == OK);
  CHECK(a != b);
  CHECK(object_put(t, a, 2, "table", 5, &f.error) == OK);
  CHECK(object_put(t, b, 3, "view", 4, &f.error) == OK);
  CHECK(counter_set(t, 77, -5, &f.error) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  for (int round = 0; round < 3; round++) {
    if (round == 1) store_free(f.store);
    if (round == 2) CHECK(fixture_close(&f));
    if (round) CHECK_OR_RETURN(fixture_open(&f));
    t = fixture_begin(&f);
    StoreObject object;
    CHECK(object_get(t, a, &object) && object.length == 5 && memcmp(object.bytes, "table", 5) == 0 && object.kind == 2);
    CHECK(object_next(t, a + 1, &object) && object.id == b);
    CHECK(!object_next(t, b + 1, &object));
    int64_t value;
    bool found;
    CHECK(counter_get(t, 77, &value, &found, &f.error) == OK && found);
    CHECK_EQ_INT(value, -5);
    transaction_free(t);
  }
  t = fixture_begin(&f);
  CHECK(object_remove(t, a, &f.error) == OK);
  CHECK(fixture_commit(&f, t) == OK);
  store_free(f.store);
  CHECK_OR_RETURN(fixture_open(&f));
  t = fixture_begin(&f);
  StoreObject object;
  CHECK(!object_get(t, a, &object));
  uint64_t c;
  CHECK(object_new_id(t, &c, &f.error) == OK);
  CHECK(c > b);
  transaction_free(t);
  fixture_end(&f);
}

UNIT_MAIN
