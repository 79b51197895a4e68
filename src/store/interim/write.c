// SPDX-License-Identifier: MIT
//
// write.c: appending, deleting and updating rows, and the keys that they must keep.
//
// A key is looked for twice: when it is written, against the rows that the transaction sees, and again at its commit, against what others committed
// meanwhile. The indexes name candidates by hash; candidates are compared as rows.
#include "store/interim/transaction.h"

// ---------------------------------------------------------------------------------------------------------------------
// Keys
// ---------------------------------------------------------------------------------------------------------------------

// Columns of a key in a chunk that has all columns of the table.
typedef struct KeyColumns {
  uint32_t count;
  uint32_t positions[32];
} KeyColumns;

static Status key_columns(const Schema *schema, const TableKey *key, KeyColumns *out, Error *error) {
  out->count = key->column_count;
  if (key->column_count > COUNT_OF(out->positions)) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "keys of more than %u columns are not supported", (unsigned)COUNT_OF(out->positions));
  }
  for (uint32_t i = 0; i < key->column_count; i++) {
    if (!schema_find_column(schema, key->column_ids[i], &out->positions[i])) {
      return error_set(error, ERROR_INTERNAL, -1, "a key has a column that is not there");
    }
  }
  return OK;
}

static void hash_keys(const Vector *const *columns, uint32_t column_count, uint32_t rows, uint64_t *hashes) {
  for (uint32_t i = 0; i < column_count; i++) vector_hash(columns[i], rows, hashes, i > 0);
}

static bool key_has_null(const Vector *const *columns, uint32_t column_count, uint32_t row) {
  for (uint32_t i = 0; i < column_count; i++) {
    VectorView view;
    vector_view(columns[i], &view);
    if (!view_valid(&view, view_row(&view, row))) return true;
  }
  return false;
}

// Does the visible row `row_id` of the table have the key that row `row` of the columns has?
static bool row_has_key(const Table *table, const KeyColumns *key, const Vector *const *columns, uint32_t row, int64_t row_id) {
  uint32_t index, offset;
  if (!table_find_row(table, row_id, &index, &offset)) return false;
  const RowGroup *group = table->groups[index];
  if (group_row_deleted(group, offset)) return false;
  for (uint32_t i = 0; i < key->count; i++) {
    const Segment *segment = group->columns[key->positions[i]].segments[offset / VECTOR_CAPACITY];
    if (vector_compare_rows(columns[i], row, &segment->rows, offset % VECTOR_CAPACITY) != 0) return false;
  }
  return true;
}

// Another visible row with that key, by the index; `self` does not count.
static bool find_in_index(const KeyIndex *index, const Table *table, uint32_t number, const KeyColumns *key,
                          const Vector *const *columns, uint32_t row, uint64_t hash, int64_t self, int64_t *found) {
  uint32_t cursor = 0;
  int64_t candidate;
  while (key_index_next(index, table->id, number, hash, &cursor, &candidate)) {
    if (candidate == self || !row_has_key(table, key, columns, row, candidate)) continue;
    *found = candidate;
    return true;
  }
  return false;
}

// All rows of a table into an index.
static Status index_rows(KeyIndex *index, const Table *table, const TableKey *key, int64_t from_row, Error *error) {
  KeyColumns positions;
  uint64_t hashes[VECTOR_CAPACITY];
  const Vector *columns[32];
  TRY(key_columns(table->schema, key, &positions, error));
  for (uint32_t g = 0; g < table->group_count; g++) {
    const RowGroup *group = table->groups[g];
    for (uint32_t k = 0; k * VECTOR_CAPACITY < group->row_count; k++) {
      uint32_t rows = MIN_OF(group->row_count - k * VECTOR_CAPACITY, (uint32_t)VECTOR_CAPACITY);
      int64_t first = group->first_row_id + (int64_t)k * VECTOR_CAPACITY;
      if (first + rows <= from_row) continue;
      for (uint32_t i = 0; i < positions.count; i++) columns[i] = &group->columns[positions.positions[i]].segments[k]->rows;
      hash_keys(columns, positions.count, rows, hashes);
      for (uint32_t r = 0; r < rows; r++) {
        if (first + r < from_row || group_row_deleted(group, k * VECTOR_CAPACITY + r)) continue;
        if (key_has_null(columns, positions.count, r)) continue;
        TRY(key_index_add(index, table->id, key->number, hashes[r], first + r, error));
      }
    }
  }
  return OK;
}

// Fills the index of committed rows when this key is needed for the first time.
static Status need_index(Transaction *transaction, const Table *table, const TableKey *key, Error *error) {
  Store *store = transaction->store;
  if (key_index_filled(store->keys, table->id, key->number)) return OK;
  const Table *newest = version_find_table(store->newest, table->id);
  if (newest) TRY(index_rows(store->keys, newest, key, 0, error));
  return key_index_mark_filled(store->keys, table->id, key->number, error);
}

static Status need_own_keys(Transaction *transaction, Error *error) {
  if (transaction->own_keys) return OK;
  transaction->own_keys = key_index_create(transaction->store->memory);
  return transaction->own_keys ? OK : error_no_memory(error);
}

// A row that the transaction sees with the key of row `row`; false: none.
static bool find_visible(const Transaction *transaction, const Table *table, uint32_t number, const KeyColumns *key,
                         const Vector *const *columns, uint32_t row, uint64_t hash, int64_t self, int64_t *found) {
  if (find_in_index(transaction->store->keys, table, number, key, columns, row, hash, self, found)) return true;
  return transaction->own_keys &&
         find_in_index(transaction->own_keys, table, number, key, columns, row, hash, self, found);
}

static void chunk_columns(const Chunk *chunk, const KeyColumns *key, const Vector **columns) {
  for (uint32_t i = 0; i < key->count; i++) columns[i] = &chunk->columns[key->positions[i]];
}

static const TableKey *find_key(const Schema *schema, uint32_t number) {
  for (uint32_t i = 0; i < schema->key_count; i++) {
    if (schema->keys[i].number == number) return &schema->keys[i];
  }
  return NULL;
}

// The hash of one row of some columns.
static Status hash_row(Memory *memory, const Vector *const *columns, uint32_t column_count, uint32_t row, uint64_t *hash, Error *error) {
  for (uint32_t i = 0; i < column_count; i++) {
    Vector one;
    TRY(vector_init(&one, memory, columns[i]->type, 1, error));
    Status status = vector_slice(&one, columns[i], &row, 1, error);
    if (status == OK) vector_hash(&one, 1, hash, i > 0);
    vector_free(&one);
    TRY(status);
  }
  return OK;
}

Status table_find_key(Transaction *transaction, uint64_t table_id, uint32_t key_number, const Vector *columns, uint32_t row,
                      int64_t *row_id, bool *found, Error *error) {
  const Table *table = transaction_table(transaction, table_id);
  const TableKey *key = table ? find_key(table->schema, key_number) : NULL;
  KeyColumns positions;
  const Vector *pointers[32];
  uint64_t hash = 0;
  *found = false;
  if (!key) return error_set(error, ERROR_INTERNAL, -1, "there is no key with number %u", key_number);
  TRY(key_columns(table->schema, key, &positions, error));
  TRY(need_index(transaction, table, key, error));
  for (uint32_t i = 0; i < positions.count; i++) pointers[i] = &columns[i];
  if (key_has_null(pointers, positions.count, row)) return OK;
  TRY(hash_row(transaction->store->memory, pointers, positions.count, row, &hash, error));
  *found = find_visible(transaction, table, key_number, &positions, pointers, row, hash, -1, row_id);
  return OK;
}

bool transaction_duplicate(const Transaction *transaction, DuplicateKey *out) {
  if (transaction->has_duplicate) *out = transaction->duplicate;
  return transaction->has_duplicate;
}

// Notes the key that row `row` of the columns has and fails.
static Status duplicate(Transaction *transaction, const Table *table, const TableKey *key, const Vector *const *columns,
                        uint32_t row, uint32_t chunk_row, Error *error) {
  Value *values;
  Arena *arena = &transaction->arena;
  arena_reset(arena);
  transaction->has_duplicate = false;
  ARENA_NEW_ARRAY(arena, error, values, key->column_count);
  for (uint32_t i = 0; i < key->column_count; i++) TRY(vector_get_value(columns[i], row, arena, &values[i], error));
  transaction->has_duplicate = true;
  transaction->duplicate = (DuplicateKey){.table = table->id,
                                          .key_number = key->number,
                                          .primary = key->primary,
                                          .chunk_row = chunk_row,
                                          .column_count = key->column_count,
                                          .column_ids = key->column_ids,
                                          .values = values};
  return error_set(error, ERROR_CONSTRAINT, -1, "PRIMARY KEY or UNIQUE constraint violation");
}

// Rows of the chunk get the ids first_row.. when they are appended: checks them, and enters them into the own index.
static Status claim_keys(Transaction *transaction, const Table *table, const TableKey *key, const Chunk *chunk,
                         int64_t first_row, Error *error) {
  KeyColumns positions;
  uint64_t hashes[VECTOR_CAPACITY];
  const Vector *columns[32];
  TRY(key_columns(table->schema, key, &positions, error));
  TRY(need_index(transaction, table, key, error));
  TRY(need_own_keys(transaction, error));
  chunk_columns(chunk, &positions, columns);
  hash_keys(columns, positions.count, chunk->row_count, hashes);
  for (uint32_t r = 0; r < chunk->row_count; r++) {
    if (key_has_null(columns, positions.count, r)) continue;
    int64_t found;
    if (find_visible(transaction, table, key->number, &positions, columns, r, hashes[r], -1, &found)) {
      return duplicate(transaction, table, key, columns, r, r, error);
    }
    // Rows of this chunk that came before: they are in the own index, but not in the table yet.
    uint32_t cursor = 0;
    int64_t candidate;
    while (key_index_next(transaction->own_keys, table->id, key->number, hashes[r], &cursor, &candidate)) {
      if (candidate < first_row || candidate >= first_row + r) continue;
      bool same = true;
      uint32_t other = (uint32_t)(candidate - first_row);
      for (uint32_t i = 0; i < positions.count && same; i++) same = vector_compare_rows(columns[i], r, columns[i], other) == 0;
      if (same) return duplicate(transaction, table, key, columns, r, r, error);
    }
    TRY(key_index_add(transaction->own_keys, table->id, key->number, hashes[r], first_row + r, error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Append
// ---------------------------------------------------------------------------------------------------------------------

Status table_append(Transaction *transaction, uint64_t table_id, const Chunk *chunk, int64_t *row_ids, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  ASSERT(chunk->column_count == table->schema->column_count);
  int64_t first = table->next_row_id;
  for (uint32_t i = 0; i < table->schema->key_count; i++) {
    TRY(claim_keys(transaction, table, &table->schema->keys[i], chunk, first, error));
  }
  for (uint32_t i = 0; row_ids && i < chunk->row_count; i++) row_ids[i] = first + i;
  return table_append_rows(table, chunk, NULL, chunk->row_count, error);
}

Status table_append_ignore(Transaction *transaction, uint64_t table_id, const Chunk *chunk, bool *kept, int64_t *row_ids,
                           Error *error) {
  Chunk one = {0};
  Type *types = memory_allocate(transaction->store->memory, sizeof *types * (chunk->column_count + 1));
  if (!types) return error_no_memory(error);
  for (uint32_t c = 0; c < chunk->column_count; c++) types[c] = chunk->columns[c].type;
  Status status = chunk_init(&one, transaction->store->memory, types, chunk->column_count, error);
  uint32_t appended = 0;
  for (uint32_t i = 0; i < chunk->row_count && status == OK; i++) {
    status = chunk_slice(&one, chunk, &i, 1, error);
    if (status != OK) break;
    int64_t row_id;
    status = table_append(transaction, table_id, &one, &row_id, error);
    kept[i] = status == OK;
    if (kept[i] && row_ids) row_ids[appended++] = row_id;
    if (status == ERROR_CONSTRAINT) status = OK;
  }
  chunk_free(&one);
  memory_free(transaction->store->memory, types, sizeof *types * (chunk->column_count + 1));
  return status;
}

Status table_truncate(Transaction *transaction, uint64_t table_id, uint64_t *deleted, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  *deleted = 0;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  for (uint32_t g = 0; g < table->group_count; g++) {
    for (uint32_t offset = 0; offset < table->groups[g]->row_count; offset++) {
      int64_t row = table->groups[g]->first_row_id + offset;
      uint64_t one;
      TRY(table_delete(transaction, table_id, &row, 1, &one, error));
      *deleted += one;
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Delete and update
// ---------------------------------------------------------------------------------------------------------------------

Status table_delete(Transaction *transaction, uint64_t table_id, const int64_t *row_ids, uint32_t count, uint64_t *deleted,
                    Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  *deleted = 0;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  for (uint32_t i = 0; i < count; i++) {
    uint32_t group, offset;
    if (!table_find_row(table, row_ids[i], &group, &offset) || group_row_deleted(table->groups[group], offset)) continue;
    if (row_ids[i] < writes->first_own_row) {
      if (row_conflicts(transaction, table_id, row_ids[i])) {
        return error_set(error, ERROR_CONFLICT, -1, "Conflict on tuple deletion!");
      }
      TRY(row_set_add(&writes->deleted, transaction->store->memory, row_ids[i], error));
    }
    TRY(table_delete_row(table, group, offset, error));
    ++*deleted;
  }
  return OK;
}

static bool key_changes(const Schema *schema, const uint32_t *columns, uint32_t column_count) {
  for (uint32_t k = 0; k < schema->key_count; k++) {
    for (uint32_t i = 0; i < schema->keys[k].column_count; i++) {
      for (uint32_t c = 0; c < column_count; c++) {
        if (schema->keys[k].column_ids[i] == columns[c]) return true;
      }
    }
  }
  return false;
}

// Rows row_ids[from..to) lie in one segment.
static Status overwrite_segment(Table *table, uint32_t group, uint32_t chunk, uint32_t position, const int64_t *row_ids,
                                uint32_t from, uint32_t to, const Vector *values, Error *error) {
  Segment *segment = NULL;
  TRY(table_own_segment(table, group, position, chunk, &segment, error));
  int64_t first = table->groups[group]->first_row_id + (int64_t)chunk * VECTOR_CAPACITY;
  for (uint32_t i = from; i < to; i++) {
    uint32_t at = (uint32_t)(row_ids[i] - first);
    TRY(vector_copy(&segment->rows, at, values, NULL, i, 1, error));
    segment_note_bounds(segment, at, 1);
  }
  return OK;
}

Status table_update(Transaction *transaction, uint64_t table_id, const int64_t *row_ids, uint32_t count,
                    const uint32_t *columns, uint32_t column_count, const Chunk *values, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  Memory *memory = transaction->store->memory;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  bool keys = key_changes(table->schema, columns, column_count);
  for (uint32_t i = 0; i < count; i++) {
    if (row_ids[i] < writes->first_own_row) {
      if (row_conflicts(transaction, table_id, row_ids[i])) return error_set(error, ERROR_CONFLICT, -1, "Conflict on update!");
      TRY(row_set_add(&writes->updated, memory, row_ids[i], error));
    }
    if (keys) TRY(row_set_add(&writes->unchecked, memory, row_ids[i], error));
  }
  uint32_t from = 0;
  while (from < count) {
    uint32_t group, offset;
    if (!table_find_row(table, row_ids[from], &group, &offset)) {
      return error_set(error, ERROR_INTERNAL, -1, "an updated row is not there");
    }
    uint32_t chunk = offset / VECTOR_CAPACITY;
    int64_t first = table->groups[group]->first_row_id + (int64_t)chunk * VECTOR_CAPACITY;
    uint32_t to = from + 1;
    while (to < count && row_ids[to] >= first && row_ids[to] < first + VECTOR_CAPACITY &&
           row_ids[to] < table->groups[group]->first_row_id + (int64_t)table->groups[group]->row_count) {
      to++;
    }
    for (uint32_t c = 0; c < column_count; c++) {
      uint32_t position;
      if (!schema_find_column(table->schema, columns[c], &position)) {
        return error_set(error, ERROR_INTERNAL, -1, "there is no column with number %u", columns[c]);
      }
      TRY(overwrite_segment(table, group, chunk, position, row_ids, from, to, &values->columns[c], error));
    }
    from = to;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Checking the keys of changed rows
// ---------------------------------------------------------------------------------------------------------------------

typedef struct KeyCheck {
  Transaction *transaction;
  const Table *table;
  const TableKey *key;
  KeyColumns positions;
  bool committed; // at commit: only rows of others count
  const KeyIndex *index; // committed: where they are looked for
  KeyIndex *enter;       // where the row's key is entered; NULL: nowhere
  Error *error;
} KeyCheck;

static Status check_row(void *context, int64_t row_id) {
  KeyCheck *check = context;
  const Table *table = check->table;
  uint32_t index, offset;
  const Vector *columns[32];
  if (!table_find_row(table, row_id, &index, &offset)) return OK;
  const RowGroup *group = table->groups[index];
  if (group_row_deleted(group, offset)) return OK;
  uint64_t hash = 0;
  for (uint32_t i = 0; i < check->positions.count; i++) {
    columns[i] = &group->columns[check->positions.positions[i]].segments[offset / VECTOR_CAPACITY]->rows;
  }
  uint32_t row = offset % VECTOR_CAPACITY;
  if (key_has_null(columns, check->positions.count, row)) return OK;
  TRY(hash_row(table->memory, columns, check->positions.count, row, &hash, check->error));
  int64_t found;
  bool other = check->committed ? find_in_index(check->index, table, check->key->number, &check->positions,
                                                columns, row, hash, row_id, &found)
                                : find_visible(check->transaction, table, check->key->number, &check->positions, columns, row,
                                               hash, row_id, &found);
  if (other) {
    Status status = duplicate(check->transaction, table, check->key, columns, row, UINT32_MAX, check->error);
    check->transaction->duplicate.at_commit = check->committed;
    return status;
  }
  if (!check->enter) return OK;
  return key_index_add(check->enter, table->id, check->key->number, hash, row_id, check->error);
}

Status table_check_keys(Transaction *transaction, uint64_t table_id, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  if (!writes->unchecked.page_count) return OK;
  TRY(need_own_keys(transaction, error));
  for (uint32_t i = 0; i < table->schema->key_count; i++) {
    KeyCheck check = {.transaction = transaction, .table = table, .key = &table->schema->keys[i], .error = error};
    TRY(key_columns(table->schema, check.key, &check.positions, error));
    TRY(need_index(transaction, table, check.key, error));
    check.enter = transaction->own_keys;
    TRY(row_set_visit(&writes->unchecked, check_row, &check));
  }
  row_set_free(&writes->unchecked, transaction->store->memory);
  return OK;
}

Status check_committed_keys(Transaction *transaction, const Table *table, TableWrites *writes, Error *error) {
  for (uint32_t i = 0; i < table->schema->key_count; i++) {
    KeyCheck check = {.transaction = transaction, .table = table, .key = &table->schema->keys[i], .committed = true, .index = transaction->store->keys, .error = error};
    TRY(key_columns(table->schema, check.key, &check.positions, error));
    if (!key_index_filled(transaction->store->keys, table->id, check.key->number)) continue;
    for (int64_t row = writes->first_own_row; row < table->next_row_id; row++) TRY(check_row(&check, row));
    check.enter = transaction->store->keys;
    TRY(row_set_visit(&writes->updated, check_row, &check));
    // From now on they are committed rows.
    TRY(index_rows(transaction->store->keys, table, check.key, writes->first_own_row, error));
  }
  return OK;
}

Status table_add_key(Transaction *transaction, uint64_t table_id, const TableKey *key, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  Schema *schema = NULL;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  if (!writes->created && table_conflicts(transaction, table_id, true)) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on alter");
  }
  writes->altered = true;
  TRY(schema_copy(table->schema, table->memory, &schema, error));
  Status status = schema_add_key(schema, key, error);
  if (status != OK) {
    schema_release(schema, table->memory);
    return status;
  }
  schema_release(table->schema, table->memory);
  table->schema = schema;
  if (!table->row_count) return OK;
  // Rows that are there: each is looked for among the others.
  KeyIndex *index = key_index_create(table->memory);
  if (!index) return error_no_memory(error);
  status = index_rows(index, table, key, 0, error);
  KeyCheck check = {.transaction = transaction, .table = table, .key = &schema->keys[schema->key_count - 1], .committed = true, .index = index, .error = error};
  if (status == OK) status = key_columns(schema, check.key, &check.positions, error);
  for (int64_t row = 0; row < table->next_row_id && status == OK; row++) status = check_row(&check, row);
  key_index_free(index);
  if (status != OK) return status;
  TRY(need_own_keys(transaction, error));
  return index_rows(transaction->own_keys, table, check.key, 0, error);
}

Status table_drop_key(Transaction *transaction, uint64_t table_id, uint32_t number, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  Schema *schema = NULL;
  TRY(transaction_own_table(transaction, table_id, &table, &writes, error));
  writes->altered = true;
  TRY(schema_copy(table->schema, table->memory, &schema, error));
  uint32_t kept = 0;
  for (uint32_t i = 0; i < schema->key_count; i++) {
    schema->keys[kept] = schema->keys[i];
    kept += schema->keys[i].number != number;
  }
  schema->key_count = kept;
  schema_release(table->schema, table->memory);
  table->schema = schema;
  return OK;
}
