// SPDX-License-Identifier: MIT
//
// store_sizes.c: how many bytes are read and written: a checkpoint writes what changed, an opening reads what it needs, a small database is a
// small file.
#include "store_fixture.h"

#define WIDE_COLUMNS 30
#define WIDE_ROWS 1000000

static const Type wide_types[WIDE_COLUMNS] = {
    [0 ... 9] = {.id = TYPE_BIGINT}, [10 ... 19] = {.id = TYPE_DOUBLE}, [20 ... 29] = {.id = TYPE_VARCHAR}};

static uint64_t wide_table(Fixture *f) {
  TableColumn columns[WIDE_COLUMNS];
  uint64_t table = 0;
  Transaction *t = fixture_begin(f);
  for (uint32_t i = 0; i < WIDE_COLUMNS; i++) columns[i] = (TableColumn){i + 1, wide_types[i]};
  CHECK(table_create(t, columns, WIDE_COLUMNS, &table, &f->error) == OK);
  CHECK(fixture_commit(f, t) == OK);
  return table;
}

// Rows whose values are all different, of texts too long to be inline; the chunk is filled once for speed.
static void insert_wide(Fixture *f, uint64_t table, uint32_t rows) {
  Chunk chunk;
  char text[64];
  Transaction *t = fixture_begin(f);
  CHECK_OR_RETURN(chunk_init(&chunk, &f->memory, wide_types, WIDE_COLUMNS, &f->error) == OK);
  for (uint32_t i = 0; i < WIDE_COLUMNS; i++) {
    for (uint32_t row = 0; row < MIN_OF(rows, (uint32_t)VECTOR_CAPACITY); row++) {
      int length = snprintf(text, sizeof text, "text of column %u in row %u", i, row);
      if (i < 10)
        ((int64_t *)chunk.columns[i].data)[row] = row * (int64_t)(i + 1);
      else if (i < 20)
        ((double *)chunk.columns[i].data)[row] = row / 7.0 + i;
      else
        CHECK(vector_set_string(&chunk.columns[i], row, (Str){text, (size_t)length}, &f->error) == OK);
    }
  }
  for (uint32_t done = 0; done < rows; done += chunk.row_count) {
    chunk.row_count = MIN_OF(rows - done, (uint32_t)VECTOR_CAPACITY);
    CHECK_OR_RETURN(table_append(t, table, &chunk, NULL, &f->error) == OK);
  }
  chunk_free(&chunk);
  CHECK(fixture_commit(f, t) == OK);
}

static StoreStatistics statistics_of(Fixture *f) {
  StoreStatistics statistics;
  store_statistics(f->store, &statistics);
  return statistics;
}

TEST(a_checkpoint_writes_what_changed_and_an_opening_reads_what_it_needs) {
  Fixture f;
  CHECK_OR_RETURN(fixture_start(&f, "/wide.smew"));
  uint64_t table = wide_table(&f);
  insert_wide(&f, table, WIDE_ROWS);
  fixture_checkpoint(&f);
  StoreStatistics before = statistics_of(&f);
  for (int i = 0; i < 10; i++) insert_wide(&f, table, 1);
  fixture_checkpoint(&f);
  StoreStatistics after = statistics_of(&f);
  CHECK(before.file_bytes > 32 << 20);
  CHECK(after.header_number > before.header_number);
  CHECK(after.written_bytes - before.written_bytes < 1 << 20);
  CHECK(after.wal_written_bytes - before.wal_written_bytes < 1 << 20);
  CHECK(fixture_close(&f));
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK(statistics_of(&f).read_bytes < 64 << 10);
  fixture_end(&f);
}

TEST(three_small_tables_take_less_than_128_KiB) {
  Fixture f;
  uint64_t state = 1, bytes = 0;
  CHECK_OR_RETURN(fixture_start(&f, "/small.smew"));
  for (int i = 0; i < 3; i++) {
    Model rows = {0};
    Transaction *t = fixture_begin(&f);
    uint64_t table = fixture_table(&f, t, i == 0);
    random_rows(&rows, &state, 100);
    CHECK(append_rows(&f, t, table, rows.rows, rows.count) == OK);
    CHECK(object_put(t, table, 1, "CREATE TABLE", 12, &f.error) == OK);
    CHECK(fixture_commit(&f, t) == OK);
    model_free(&rows);
  }
  StoreStatistics open = statistics_of(&f);
  CHECK(open.file_bytes + open.wal_bytes < 128 << 10);
  fixture_checkpoint(&f);
  open = statistics_of(&f);
  CHECK(open.file_bytes + open.wal_bytes < 128 << 10);
  CHECK(fixture_close(&f));
  Request request = {.kind = REQUEST_LIST, .path = STR("/small.smew*")};
  CHECK(host_request_blocking(f.host, &request, &f.error) == OK);
  CHECK_EQ_INT(request.entry_count, 1); // the WAL files are gone
  for (uint32_t i = 0; i < request.entry_count; i++) bytes += request.entries[i].size_bytes;
  request_release(f.host, &request);
  CHECK(bytes > 0 && bytes < 128 << 10);
  fixture_end(&f);
}

UNIT_MAIN
