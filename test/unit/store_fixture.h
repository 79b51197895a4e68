// SPDX-License-Identifier: MIT
//
// store_fixture.h: what the tests of store/ share: a store in memory or on a memory host, and tables of (number BIGINT, name VARCHAR,
// amount INTEGER) that are compared with a plain array.
#ifndef SMEW_STORE_FIXTURE_H
#define SMEW_STORE_FIXTURE_H

#include "store/store.h"
#include "unit.h"

typedef struct Fixture {
  Memory memory;
  Host *host; // owned; NULL in memory
  Store *store;
  Error error;
  StoreOptions options;
} Fixture;

static inline bool fixture_open(Fixture *f) {
  StoreStep step = STORE_MORE;
  f->options.memory = &f->memory;
  f->options.host = f->host;
  if (store_open_begin(&f->options, &f->store, &f->error) != OK) return false;
  while (!(f->store == NULL)) {
    Status status = store_open_step(f->store, &step, &f->error);
    if (status != OK) {
      store_free(f->store);
      f->store = NULL;
      return false;
    }
    if (step == STORE_DONE) return true;
    if (step == STORE_WAIT) host_poll(f->host, 1000);
  }
  return false;
}

static inline bool fixture_close(Fixture *f) {
  StoreStep step = STORE_MORE;
  Status status = store_close_begin(f->store, &f->error);
  while (status == OK) {
    status = store_close_step(f->store, &step, &f->error);
    if (step == STORE_DONE) break;
    if (step == STORE_WAIT) host_poll(f->host, 1000);
  }
  store_free(f->store);
  f->store = NULL;
  return status == OK;
}

// path NULL: in memory.
static inline bool fixture_start(Fixture *f, const char *path) {
  memset(f, 0, sizeof *f);
  memory_init(&f->memory, 0);
  if (path) {
    f->host = host_create_memory(&f->memory);
    f->options.path = str_from(path);
  }
  return fixture_open(f);
}

static inline void fixture_end(Fixture *f) {
  if (f->store) fixture_close(f);
  host_destroy(f->host);
  CHECK_EQ_INT(f->memory.used_bytes, 0);
}

static inline Transaction *fixture_begin(Fixture *f) {
  Transaction *transaction = NULL;
  CHECK(transaction_begin(f->store, false, &transaction, &f->error) == OK);
  return transaction;
}

static inline Status fixture_commit(Fixture *f, Transaction *transaction) {
  StoreStep step = STORE_MORE;
  Status status = transaction_commit_begin(transaction, NULL, &f->error);
  while (status == OK && step != STORE_DONE) status = transaction_commit_step(transaction, &step, &f->error);
  transaction_free(transaction);
  return status;
}

static inline void fixture_checkpoint(Fixture *f) {
  StoreStep step = STORE_MORE;
  Status status = store_checkpoint_begin(f->store, &f->error);
  while (status == OK && step != STORE_DONE) status = store_checkpoint_step(f->store, &step, &f->error);
  if (status != OK) UNIT_FAIL("checkpoint: %s", f->error.message);
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables and their model
// ---------------------------------------------------------------------------------------------------------------------

enum { NUMBER = 1, NAME = 2, AMOUNT = 3 };

typedef struct ModelRow {
  int64_t number;
  int64_t name;   // number of the name; negative: NULL
  int64_t amount; // INT64_MIN: NULL
} ModelRow;

typedef struct Model {
  ModelRow *rows;
  size_t count, capacity;
} Model;

static inline void model_add(Model *model, ModelRow row) {
  if (model->count == model->capacity) {
    model->capacity = model->capacity ? model->capacity * 2 : 64;
    model->rows = realloc(model->rows, model->capacity * sizeof *model->rows);
  }
  model->rows[model->count++] = row;
}
static inline void model_free(Model *model) {
  free(model->rows);
  *model = (Model){0};
}

static inline Str name_text(int64_t name, char *buffer) {
  int length =
      snprintf(buffer, 64, name % 3 ? "name %" PRId64 : "a much longer name that is not inline %" PRId64, name);
  return (Str){buffer, (size_t)length};
}

static const Type fixture_types[3] = {{.id = TYPE_BIGINT}, {.id = TYPE_VARCHAR}, {.id = TYPE_INTEGER}};

static inline uint64_t fixture_table(Fixture *f, Transaction *transaction, bool key) {
  TableColumn columns[3] = {{NUMBER, TYPE(BIGINT)}, {NAME, TYPE(VARCHAR)}, {AMOUNT, TYPE(INTEGER)}};
  uint64_t table = 0;
  CHECK(table_create(transaction, columns, 3, &table, &f->error) == OK);
  if (key) {
    uint32_t ids[1] = {NUMBER};
    TableKey primary = {0, true, ids, 1};
    CHECK(table_add_key(transaction, table, &primary, &f->error) == OK);
  }
  return table;
}

static inline void fill_row(Chunk *chunk, uint32_t at, ModelRow row, Error *error) {
  char buffer[64];
  ((int64_t *)chunk->columns[0].data)[at] = row.number;
  if (row.name < 0)
    CHECK(vector_set_null(&chunk->columns[1], at, error) == OK);
  else
    CHECK(vector_set_string(&chunk->columns[1], at, name_text(row.name, buffer), error) == OK);
  if (row.amount == INT64_MIN)
    CHECK(vector_set_null(&chunk->columns[2], at, error) == OK);
  else
    ((int32_t *)chunk->columns[2].data)[at] = (int32_t)row.amount;
}

static inline Status append_rows(Fixture *f, Transaction *transaction, uint64_t table, const ModelRow *rows,
                                 size_t count) {
  Chunk chunk;
  Status status = chunk_init(&chunk, &f->memory, fixture_types, 3, &f->error);
  for (size_t from = 0; from < count && status == OK; from += VECTOR_CAPACITY) {
    uint32_t some = (uint32_t)MIN_OF(count - from, (size_t)VECTOR_CAPACITY);
    status = chunk_reset(&chunk, &f->error);
    for (uint32_t i = 0; i < some; i++) fill_row(&chunk, i, rows[from + i], &f->error);
    chunk.row_count = some;
    if (status == OK) status = table_append(transaction, table, &chunk, NULL, &f->error);
  }
  chunk_free(&chunk);
  return status;
}

// All rows that the transaction sees, in order; row ids too when asked for.
static inline Status read_rows(Fixture *f, Transaction *transaction, uint64_t table, Model *out, int64_t **row_ids) {
  uint32_t ids[4] = {NUMBER, NAME, AMOUNT, COLUMN_ROW_ID};
  Type types[4] = {fixture_types[0], fixture_types[1], fixture_types[2], TYPE(BIGINT)};
  Chunk chunk;
  TableScan *scan;
  TRY(scan_open(transaction, table, ids, 4, NULL, 0, &scan, &f->error));
  Status status = chunk_init(&chunk, &f->memory, types, 4, &f->error);
  for (bool done = false; status == OK;) {
    status = scan_next(scan, &chunk, &done, &f->error);
    if (status != OK || done) break;
    for (uint32_t i = 0; i < 4; i++) vector_verify(&chunk.columns[i], chunk.row_count);
    VectorView view[4];
    for (uint32_t i = 0; i < 4; i++) vector_view(&chunk.columns[i], &view[i]);
    for (uint32_t i = 0; i < chunk.row_count; i++) {
      ModelRow row;
      uint32_t at = view_row(&view[1], i);
      row.number = ((const int64_t *)view[0].data)[view_row(&view[0], i)];
      row.name = -1;
      if (view_valid(&view[1], at)) {
        Str text = string_str(&((const StringView *)view[1].data)[at]);
        char digits[32] = {0};
        size_t start = text.length;
        while (start && text.data[start - 1] >= '0' && text.data[start - 1] <= '9') start--;
        memcpy(digits, text.data + start, MIN_OF(text.length - start, sizeof digits - 1));
        row.name = atoll(digits);
        char expected[64];
        if (!str_equal(text, name_text(row.name, expected))) row.name = -2;
      }
      at = view_row(&view[2], i);
      row.amount = view_valid(&view[2], at) ? ((const int32_t *)view[2].data)[at] : INT64_MIN;
      if (row_ids) {
        if (out->count % 64 == 0) *row_ids = realloc(*row_ids, (out->count + 64) * sizeof **row_ids);
        (*row_ids)[out->count] = ((const int64_t *)view[3].data)[view_row(&view[3], i)];
      }
      model_add(out, row);
    }
  }
  chunk_free(&chunk);
  scan_close(scan);
  return status;
}

static inline bool models_equal(const Model *a, const Model *b) {
  if (a->count != b->count) {
    fprintf(stderr, "%zu rows, not %zu\n", a->count, b->count);
    return false;
  }
  for (size_t i = 0; i < a->count; i++) {
    const ModelRow *x = &a->rows[i], *y = &b->rows[i];
    if (x->number == y->number && x->name == y->name && x->amount == y->amount) continue;
    fprintf(stderr, "row %zu: (%" PRId64 ", %" PRId64 ", %" PRId64 "), not (%" PRId64 ", %" PRId64 ", %" PRId64 ")\n",
            i, x->number, x->name, x->amount, y->number, y->name, y->amount);
    return false;
  }
  return true;
}

static inline bool table_is(Fixture *f, Transaction *transaction, uint64_t table, const Model *expected) {
  Model found = {0};
  Status status = read_rows(f, transaction, table, &found, NULL);
  if (status != OK) fprintf(stderr, "scan: %s\n", f->error.message);
  bool equal = status == OK && models_equal(&found, expected);
  uint64_t count = 0;
  if (equal && (table_row_count(transaction, table, &count, &f->error) != OK || count != expected->count)) {
    fprintf(stderr, "row count %" PRIu64 ", not %zu\n", count, expected->count);
    equal = false;
  }
  model_free(&found);
  return equal;
}

static inline bool committed_is(Fixture *f, uint64_t table, const Model *expected) {
  Transaction *transaction = fixture_begin(f);
  bool equal = table_is(f, transaction, table, expected);
  transaction_free(transaction);
  return equal;
}

static inline uint64_t random_next(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  return hash_u64(*state ^ *state >> 30);
}

static inline ModelRow random_row(uint64_t *state, int64_t number) {
  uint64_t r = random_next(state);
  return (ModelRow){number, r % 11 == 0 ? -1 : (int64_t)(r >> 8) % (r % 2 ? 20 : 1000000),
                    r % 7 == 0 ? INT64_MIN : (int64_t)(r >> 32) % 1000 - 500};
}

static inline void random_rows(Model *model, uint64_t *state, size_t count) {
  for (size_t i = 0; i < count; i++) model_add(model, random_row(state, (int64_t)model->count));
}

#endif
