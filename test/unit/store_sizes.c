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

#define LONG_ROWS 40960
#define LONG_BYTES 400 // of each text

static Str long_text(int64_t row, char round, char *buffer) {
  memset(buffer, round, LONG_BYTES);
  snprintf(buffer, LONG_BYTES, "%" PRId64, row);
  return (Str){buffer, LONG_BYTES};
}

// Appends the rows, or gives those that there are their next text.
static void write_long_texts(Fixture *f, uint64_t table, char round, bool update) {
  Transaction *t = fixture_begin(f);
  Chunk chunk;
  uint32_t column = NAME;
  char buffer[LONG_BYTES];
  int64_t row_ids[VECTOR_CAPACITY];
  CHECK_OR_RETURN(chunk_init(&chunk, &f->memory, fixture_types + update, update ? 1 : 3, &f->error) == OK);
  for (int64_t from = 0; from < LONG_ROWS; from += VECTOR_CAPACITY) {
    CHECK(chunk_reset(&chunk, &f->error) == OK);
    for (uint32_t i = 0; i < VECTOR_CAPACITY; i++) {
      row_ids[i] = from + i;
      CHECK(vector_set_string(&chunk.columns[!update], i, long_text(from + i, round, buffer), &f->error) == OK);
      if (update) continue;
      ((int64_t *)chunk.columns[0].data)[i] = from + i;
      ((int32_t *)chunk.columns[2].data)[i] = 1;
    }
    chunk.row_count = VECTOR_CAPACITY;
    Status status = update ? table_update(t, table, row_ids, VECTOR_CAPACITY, &column, 1, &chunk, &f->error)
                           : table_append(t, table, &chunk, NULL, &f->error);
    CHECK_OR_RETURN(status == OK);
  }
  chunk_free(&chunk);
  CHECK(fixture_commit(f, t) == OK);
}

static void check_long_texts(Fixture *f, uint64_t table, char round) {
  Transaction *t = fixture_begin(f);
  uint32_t columns[2] = {NUMBER, NAME};
  TableScan *scan;
  Chunk chunk;
  char buffer[LONG_BYTES];
  uint64_t rows = 0, wrong = 0;
  bool done = false;
  CHECK_OR_RETURN(scan_open(t, table, columns, 2, NULL, 0, &scan, &f->error) == OK);
  CHECK_OR_RETURN(chunk_init(&chunk, &f->memory, fixture_types, 2, &f->error) == OK);
  while (scan_next(scan, &chunk, &done, &f->error) == OK && !done) {
    VectorView numbers, texts;
    vector_view(&chunk.columns[0], &numbers);
    vector_view(&chunk.columns[1], &texts);
    for (uint32_t i = 0; i < chunk.row_count; i++, rows++) {
      int64_t number = ((const int64_t *)numbers.data)[view_row(&numbers, i)];
      const StringView *text = &((const StringView *)texts.data)[view_row(&texts, i)];
      wrong += number != (int64_t)rows || !str_equal(string_str(text), long_text(number, round, buffer));
    }
  }
  CHECK(done);
  CHECK_EQ_U64(rows, LONG_ROWS);
  CHECK_EQ_U64(wrong, 0);
  scan_close(scan);
  chunk_free(&chunk);
  transaction_free(t);
}

static void check_blocks(Fixture *f, uint64_t table) {
  Transaction *t = fixture_begin(f);
  uint64_t cursor = 0, segments = 0, largest = 0;
  TableStorage storage;
  bool found = true;
  while (found) {
    CHECK_OR_RETURN(table_storage_next(t, table, &cursor, &storage, &found, &f->error) == OK);
    if (!found || storage.column_id != NAME) continue;
    segments++;
    largest = MAX_OF(largest, storage.bytes);
  }
  CHECK(segments > 4);
  CHECK(largest < 3 << 20);
  transaction_free(t);
}

// Large commits as records written ahead in pieces of both sizes, recovered, and folded by a checkpoint.
static void long_texts(uint32_t piece_bytes) {
  Fixture f = {.options = {.piece_bytes = piece_bytes, .checkpoint_bytes = UINT64_MAX}};
  StoreOptions options = f.options;
  CHECK_OR_RETURN(fixture_start(&f, "/long.smew"));
  store_free(f.store);
  options.path = STR("/long.smew");
  f.options = options;
  CHECK_OR_RETURN(fixture_open(&f));
  Transaction *t = fixture_begin(&f);
  uint64_t table = fixture_table(&f, t, false);
  CHECK(fixture_commit(&f, t) == OK);
  write_long_texts(&f, table, 'a', false);
  check_blocks(&f, table);
  check_long_texts(&f, table, 'a');
  write_long_texts(&f, table, 'b', true);
  check_long_texts(&f, table, 'b');
  store_free(f.store); // and the log is all that tells
  CHECK_OR_RETURN(fixture_open(&f));
  CHECK_EQ_U64(statistics_of(&f).recovered_commits, 3);
  check_long_texts(&f, table, 'b');
  fixture_checkpoint(&f);
  check_blocks(&f, table);
  check_long_texts(&f, table, 'b');
  fixture_end(&f);
}

TEST(long_texts_lie_in_bounded_blocks) { long_texts(0); }
TEST(long_texts_in_small_pieces) { long_texts(1024); }

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
