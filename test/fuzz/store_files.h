// SPDX-License-Identifier: MIT
//
// store_files.h: what the fuzz targets of the database file and of the WAL share: files of a small database with something of everything,
// patches to them, and use of what can be opened: every value is looked at. Checksums are not tested (StoreSafeguard), so that the patches are
// met by what they damage. Values may be any bytes then, text that is no UTF-8 too.
#ifndef SMEW_FUZZ_STORE_FILES_H
#define SMEW_FUZZ_STORE_FILES_H

#include "io/memory_host.h"
#include "store_fixture.h"

#define FUZZ_PATH "/fuzz.smew"
#define FUZZ_TABLES 8 // ids of tables are below
#define FUZZ_MEMORY_BYTES (256u << 20)

static void require(bool condition) {
  if (!condition) abort();
}

typedef struct FuzzFiles { // made once
  uint32_t count;
  char paths[3][32];
  uint8_t *bytes[3];
  size_t lengths[3];
} FuzzFiles;

// One row of nested and other types, from text.
static void nested_rows(Fixture *f, Transaction *t) {
  static const char *const texts[] = {"[1, 2, NULL, 40000]", "{'a': 7, 'b': a text that is not inline}", "12345.678",
                                      "2024-02-29", "true"};
  Arena arena;
  Type types[5] = {[2] = type_decimal(18, 3), [3] = TYPE(DATE), [4] = TYPE(BOOLEAN)},
       fields[2] = {TYPE(INTEGER), TYPE(VARCHAR)};
  Str names[2] = {STR("a"), STR("b")};
  TableColumn columns[5];
  Chunk chunk;
  uint64_t table;
  arena_init(&arena, &f->memory);
  require(type_make_list(&arena, &f->error, TYPE(INTEGER), &types[0]) == OK);
  require(type_make_struct(&arena, &f->error, fields, names, 2, &types[1]) == OK);
  for (uint32_t i = 0; i < 5; i++) columns[i] = (TableColumn){i + 1, types[i]};
  require(table_create(t, columns, 5, &table, &f->error) == OK);
  require(chunk_init(&chunk, &f->memory, types, 5, &f->error) == OK);
  for (uint32_t i = 0; i < 5; i++) {
    Value text = {.type = TYPE(VARCHAR), .text = str_from(texts[i])}, value;
    require(value_cast(&arena, &text, types[i], &value, &f->error) == OK);
    for (uint32_t row = 0; row < 100; row++) {
      if (row % 7 == i)
        require(vector_set_null(&chunk.columns[i], row, &f->error) == OK);
      else
        require(vector_set_value(&chunk.columns[i], row, &value, &f->error) == OK);
    }
  }
  chunk.row_count = 100;
  require(table_append(t, table, &chunk, NULL, &f->error) == OK);
  chunk_free(&chunk);
  arena_free(&arena);
}

static void change_some(Fixture *f, Transaction *t, uint64_t table, int64_t first) {
  int64_t ids[40];
  uint32_t column = AMOUNT;
  uint64_t deleted;
  Chunk chunk;
  require(chunk_init(&chunk, &f->memory, &fixture_types[2], 1, &f->error) == OK);
  for (int i = 0; i < 40; i++) {
    ids[i] = first + i * 3;
    ((int32_t *)chunk.columns[0].data)[i] = i;
  }
  chunk.row_count = 40;
  require(table_update(t, table, ids, 40, &column, 1, &chunk, &f->error) == OK);
  require(table_delete(t, table, ids, 20, &deleted, &f->error) == OK);
  chunk_free(&chunk);
}

static void commit_something(Fixture *f, uint32_t turn) {
  uint64_t state = turn + 1, table;
  Model rows = {0};
  TableColumn more = {9, TYPE(DOUBLE)};
  Transaction *t = fixture_begin(f);
  table = fixture_table(f, t, turn % 2 == 0);
  random_rows(&rows, &state, turn % 2 ? 700 : 150);
  require(append_rows(f, t, table, rows.rows, rows.count) == OK);
  require(object_put(t, table, 3, "an entry of the catalog", 23, &f->error) == OK);
  require(counter_set(t, 77, turn, &f->error) == OK);
  require(fixture_commit(f, t) == OK);
  t = fixture_begin(f);
  change_some(f, t, table, 5);
  if (turn % 2 == 0) nested_rows(f, t);
  if (turn % 2) require(table_add_column(t, table, &more, NULL, &f->error) == OK);
  require(fixture_commit(f, t) == OK);
  model_free(&rows);
}

// A database; `with_log`: half of it is in the WAL.
static void make_files(FuzzFiles *files, bool with_log) {
  Fixture f = {.options = {.path = STR(FUZZ_PATH), .bulk_rows = 500}};
  memory_init(&f.memory, 0);
  f.host = host_create_memory(&f.memory);
  require(fixture_open(&f));
  commit_something(&f, 0);
  commit_something(&f, 1);
  fixture_checkpoint(&f);
  Transaction *t = fixture_begin(&f);
  change_some(&f, t, 1, 6); // overlays and deletes in the file
  require(fixture_commit(&f, t) == OK);
  fixture_checkpoint(&f);
  if (with_log) {
    commit_something(&f, 2);
    commit_something(&f, 3);
    store_free(f.store);
  } else {
    require(fixture_close(&f));
  }
  for (uint32_t i = 0; i < memory_host_file_count(f.host); i++) {
    Str path, bytes;
    memory_host_file_at(f.host, i, &path, &bytes);
    if (!bytes.length) continue;
    uint32_t at = files->count++;
    snprintf(files->paths[at], sizeof files->paths[at], "%.*s", STR_ARG(path));
    files->lengths[at] = bytes.length;
    files->bytes[at] = malloc(bytes.length);
    memcpy(files->bytes[at], bytes.data, bytes.length);
  }
  host_destroy(f.host);
}

// Patches of four bytes: 24 bits of an offset (taken modulo the length), a byte.
static void patch(uint8_t *bytes, size_t length, const uint8_t *data, size_t size) {
  for (; size >= 4 && length; data += 4, size -= 4)
    bytes[(data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16) % length] = data[3];
}

static void read_table(Fixture *f, Transaction *t, uint64_t table) {
  const TableColumn *columns;
  uint32_t count, ids[64];
  Type types[64];
  TableScan *scan;
  Chunk chunk;
  bool done = false, found = true;
  uint64_t rows, hashes[VECTOR_CAPACITY];
  if (table_columns(t, table, &columns, &count, &f->error) != OK || count > COUNT_OF(ids)) return;
  for (uint32_t i = 0; i < count; i++) {
    Arena arena;
    ColumnStatistics statistics;
    ids[i] = columns[i].id;
    types[i] = columns[i].type;
    arena_init(&arena, &f->memory);
    (void)!table_column_statistics(t, table, ids[i], &arena, &statistics, &f->error);
    arena_free(&arena);
  }
  (void)!table_row_count(t, table, &rows, &f->error);
  uint64_t cursor = 0;
  TableStorage storage;
  while (found && table_storage_next(t, table, &cursor, &storage, &found, &f->error) == OK) continue;
  if (scan_open(t, table, ids, count, NULL, 0, &scan, &f->error) != OK) return;
  if (chunk_init(&chunk, &f->memory, types, count, &f->error) == OK) {
    for (uint32_t turn = 0; turn < 100 && !done && scan_next(scan, &chunk, &done, &f->error) == OK; turn++) {
      for (uint32_t i = 0; i < count && !done; i++) vector_hash(&chunk.columns[i], chunk.row_count, hashes, i > 0);
    }
  }
  chunk_free(&chunk);
  scan_close(scan);
}

// Lays the files, opens them, reads everything, writes a little. Nothing but a clean error may come of it.
static void use_files(const FuzzFiles *files, uint32_t patched, const uint8_t *data, size_t size, uint32_t left_out) {
  Fixture f = {.options = {.path = STR(FUZZ_PATH), .left_out = left_out, .bulk_rows = 500}};
  Memory disk;
  (void)unit_last;
  memory_init(&f.memory, FUZZ_MEMORY_BYTES);
  memory_init(&disk, 0);
  f.host = host_create_memory(&disk);
  for (uint32_t i = 0; i < files->count; i++) {
    uint8_t *bytes = malloc(files->lengths[i]);
    memcpy(bytes, files->bytes[i], files->lengths[i]);
    if (i == patched) patch(bytes, files->lengths[i], data, size);
    require(memory_host_put(f.host, str_from(files->paths[i]), bytes, files->lengths[i], NULL) == OK);
    free(bytes);
  }
  if (fixture_open(&f)) {
    Transaction *t;
    if (transaction_begin(f.store, true, &t, &f.error) == OK) {
      for (uint64_t table = 1; table <= FUZZ_TABLES; table++) {
        if (table_exists(t, table)) read_table(&f, t, table);
      }
      transaction_free(t);
    }
    TableColumn column = {1, TYPE(BIGINT)};
    uint64_t table;
    if (transaction_begin(f.store, false, &t, &f.error) == OK) {
      Status status = table_create(t, &column, 1, &table, &f.error);
      if (status == OK)
        status = fixture_commit(&f, t);
      else
        transaction_free(t);
    }
    fixture_close(&f);
  }
  require(f.memory.used_bytes == 0);
  host_destroy(f.host);
}

#endif
