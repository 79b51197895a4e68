// SPDX-License-Identifier: MIT
//
// unique_index.c: primary keys and unique keys.
//
// The index of a key maps the keys of the newest version to row ids; it is made when it is first needed and follows every commit. A
// transaction keeps what it would change of it (KeyChange): keys of rows it added, keys of rows it removed. A key is free for it when it has
// not added it and the index does not have it, or has it for a row that it removed. At commit the added keys are looked up once
// more, for others may have committed meanwhile.
#include "store/group_reader.h"
#include "store/state.h"

// ---------------------------------------------------------------------------------------------------------------------
// Keys as bytes
// ---------------------------------------------------------------------------------------------------------------------

// The key of one row; columns[i] is the i-th key column. False: a NULL among them, which never collides.
static bool make_key(const Vector *const *columns, uint32_t column_count, uint32_t row, TextBuilder *out, Str *key) {
  text_clear(out);
  for (uint32_t i = 0; i < column_count; i++) {
    VectorView view;
    vector_view(columns[i], &view);
    if (!view_valid(&view, view_row(&view, row))) return false;
    sort_key_append(out, columns[i], row, (SortSpec){0});
  }
  *key = text_str(out);
  // One number: its NULL byte says nothing, and without it eight bytes fit an entry.
  if (column_count == 1 && sort_key_fixed_size(columns[0]->type) && key->length > 1) {
    key->data++;
    key->length--;
  }
  return true;
}

static KeyChange *find_change(TransactionTable *own, uint32_t number) {
  for (uint32_t i = 0; i < own->key_count; i++) {
    if (own->keys[i].number == number) return &own->keys[i];
  }
  return NULL;
}

static Status need_change(TransactionTable *own, Memory *memory, uint32_t number, KeyChange **out, Error *error) {
  *out = find_change(own, number);
  if (*out) return OK;
  KeyChange *keys = memory_grow(memory, own->keys, sizeof *keys * own->key_count, sizeof *keys * (own->key_count + 1));
  if (!keys) return error_no_memory(error);
  own->keys = keys;
  KeyChange *change = &keys[own->key_count++];
  *change = (KeyChange){.number = number};
  key_map_init(&change->added, memory);
  key_map_init(&change->removed, memory);
  key_map_init(&change->pending, memory);
  *out = change;
  return OK;
}

void key_changes_free(TransactionTable *own, Memory *memory) {
  for (uint32_t i = 0; i < own->key_count; i++) {
    key_map_free(&own->keys[i].added);
    key_map_free(&own->keys[i].removed);
    key_map_free(&own->keys[i].pending);
  }
  memory_free(memory, own->keys, sizeof(KeyChange) * own->key_count);
  own->keys = NULL;
  own->key_count = 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// The index
// ---------------------------------------------------------------------------------------------------------------------

static UniqueIndex *find_index(const Store *store, uint64_t table, uint32_t number) {
  for (UniqueIndex *index = store->indexes; index; index = index->next) {
    if (index->table == table && index->key_number == number) return index;
  }
  return NULL;
}

void store_forget_indexes(Store *store, uint64_t table) {
  for (UniqueIndex **at = &store->indexes; *at;) {
    UniqueIndex *index = *at;
    if (index->table != table) {
      at = &index->next;
      continue;
    }
    *at = index->next;
    key_map_free(&index->map);
    memory_free(store->memory, index, sizeof *index);
  }
}

// Calls `visit` with the key of every live row of a table version.
typedef Status (*KeyVisitor)(void *context, Str key, int64_t row_id, Error *error);

typedef struct KeyWalk {
  GroupReader reader;
  Chunk chunk;
  const Vector **columns;
  uint32_t *selection;
  TextBuilder bytes;
  uint32_t key_columns;
} KeyWalk;

static Status walk_slot(KeyWalk *walk, const RowGroup *group, uint32_t slot_index, KeyVisitor visit, void *context,
                        Error *error) {
  const Slot *slot = &group->slots[slot_index];
  TRY(group_reader_seat(&walk->reader, group, slot_index, error));
  for (uint32_t from = 0; from < slot->row_count;) {
    uint32_t rows = group_reader_stride(slot, from);
    uint32_t live = group_reader_live(&walk->reader, from, rows, walk->selection);
    if (live) TRY(group_reader_read(&walk->reader, from, rows, walk->chunk.columns, error));
    for (uint32_t i = 0; i < live; i++) {
      uint32_t row = live < rows ? walk->selection[i] : i;
      Str key;
      if (!make_key(walk->columns, walk->key_columns, row, &walk->bytes, &key)) continue;
      if (walk->bytes.failed) return error_no_memory(error);
      TRY(visit(context, key, group->first_row + walk->reader.slot_first + from + row, error));
    }
    from += rows;
  }
  return OK;
}

static Status walk_groups(KeyWalk *walk, TableVersion *table, KeyVisitor visit, void *context, Error *error) {
  for (uint32_t i = 0; i < table->group_count; i++) {
    RowGroup *group = table->groups[i];
    TRY(group_load(group, table->shape, error));
    for (uint32_t slot = 0; slot < group->slot_count; slot++) {
      if (group->slots[slot].row_count) TRY(walk_slot(walk, group, slot, visit, context, error));
    }
  }
  return OK;
}

static Status walk_keys(Memory *memory, TableVersion *table, const TableKey *key, KeyVisitor visit, void *context,
                        Error *error) {
  KeyWalk walk = {.key_columns = key->column_count};
  Arena arena;
  TRY(table_version_load(table, error));
  TRY(group_reader_init(&walk.reader, memory, table->shape, key->column_ids, key->column_count, error));
  arena_init(&arena, memory);
  text_init(&walk.bytes, memory);
  Type *types = arena_allocate(&arena, sizeof(Type) * key->column_count);
  walk.columns = arena_allocate(&arena, sizeof(Vector *) * key->column_count);
  walk.selection = arena_allocate(&arena, sizeof(uint32_t) * VECTOR_CAPACITY);
  Status status = types && walk.columns && walk.selection ? OK : error_no_memory(error);
  for (uint32_t i = 0; status == OK && i < key->column_count; i++) types[i] = walk.reader.columns[i].type;
  if (status == OK) status = chunk_init(&walk.chunk, memory, types, key->column_count, error);
  for (uint32_t i = 0; status == OK && i < key->column_count; i++) walk.columns[i] = &walk.chunk.columns[i];
  if (status == OK) status = walk_groups(&walk, table, visit, context, error);
  if (walk.chunk.memory) chunk_free(&walk.chunk);
  text_free(&walk.bytes);
  arena_free(&arena);
  group_reader_free(&walk.reader);
  return status;
}

static Status put_key(void *context, Str key, int64_t row_id, Error *error) {
  return key_map_put(context, key, row_id, error);
}

// The index of the newest version; *out NULL: the newest version has no such table.
static Status need_index(Store *store, uint64_t table, const TableKey *key, UniqueIndex **out, Error *error) {
  bool found;
  *out = find_index(store, table, key->number);
  if (*out) return OK;
  uint32_t at = version_find(store->current, table, &found);
  if (!found) return OK;
  UniqueIndex *index = memory_allocate_zeroed(store->memory, sizeof *index);
  if (!index) return error_no_memory(error);
  *index = (UniqueIndex){.table = table, .key_number = key->number};
  key_map_init(&index->map, store->memory);
  TableVersion *version = store->current->tables[at];
  version->references++;
  Status status = walk_keys(store->memory, version, key, put_key, &index->map, error);
  table_version_drop(version);
  if (status != OK) {
    key_map_free(&index->map);
    memory_free(store->memory, index, sizeof *index);
    return status;
  }
  index->next = store->indexes;
  store->indexes = index;
  *out = index;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Duplicates
// ---------------------------------------------------------------------------------------------------------------------

static Status report_duplicate(Transaction *transaction, const TransactionTable *own, const TableKey *key,
                               const Vector *const *columns, uint32_t row, uint32_t chunk_row, bool own_row,
                               Error *error) {
  Arena *arena = &transaction->duplicate_arena;
  arena_reset(arena);
  transaction->has_duplicate = false;
  Value *values;
  uint32_t *ids;
  ARENA_NEW_ARRAY(arena, error, values, key->column_count);
  ARENA_NEW_ARRAY(arena, error, ids, key->column_count);
  for (uint32_t i = 0; i < key->column_count; i++) {
    ids[i] = key->column_ids[i];
    TRY(vector_get_value(columns[i], row, arena, &values[i], error));
  }
  transaction->duplicate = (DuplicateKey){.table = own->id,
                                          .key_number = key->number,
                                          .primary = key->primary,
                                          .own = own_row,
                                          .chunk_row = chunk_row,
                                          .column_count = key->column_count,
                                          .column_ids = ids,
                                          .values = values};
  transaction->has_duplicate = true;
  return error_set(error, ERROR_CONSTRAINT, -1, "Duplicate key violates %s constraint.",
                   key->primary ? "primary key" : "unique");
}

// Key columns of some rows as vectors.
typedef struct KeyRows {
  Chunk chunk;
  Arena arena;
  const Vector **columns;
  bool *found;
} KeyRows;

static void key_rows_free(KeyRows *rows) {
  if (rows->chunk.memory) chunk_free(&rows->chunk);
  arena_free(&rows->arena);
}

static Status fetch_key_rows(Transaction *transaction, TransactionTable *own, const TableKey *key,
                             const int64_t *row_ids, uint32_t count, KeyRows *rows, Error *error) {
  Memory *memory = transaction->store->memory;
  *rows = (KeyRows){0};
  arena_init(&rows->arena, memory);
  Type *types;
  ARENA_NEW_ARRAY(&rows->arena, error, types, key->column_count);
  ARENA_NEW_ARRAY(&rows->arena, error, rows->columns, key->column_count);
  ARENA_NEW_ARRAY(&rows->arena, error, rows->found, count);
  for (uint32_t i = 0; i < key->column_count; i++) {
    uint32_t position;
    if (!shape_find(own->work->shape, key->column_ids[i], &position))
      return error_set(error, ERROR_INTERNAL, -1, "Key without its column");
    types[i] = own->work->shape->columns[position].type;
  }
  TRY(chunk_init(&rows->chunk, memory, types, key->column_count, error));
  for (uint32_t i = 0; i < key->column_count; i++) {
    rows->columns[i] = &rows->chunk.columns[i];
    TRY(vector_reserve(&rows->chunk.columns[i], count, error));
  }
  return table_fetch(transaction, own->id, key->column_ids, key->column_count, row_ids, count, &rows->chunk,
                     rows->found, error);
}

static Status report_duplicate_row(Transaction *transaction, TransactionTable *own, const TableKey *key, int64_t row_id,
                                   bool own_row, Error *error) {
  KeyRows rows;
  Status status = fetch_key_rows(transaction, own, key, &row_id, 1, &rows, error);
  if (status == OK) status = report_duplicate(transaction, own, key, rows.columns, 0, UINT32_MAX, own_row, error);
  key_rows_free(&rows);
  return status;
}

static bool key_is_own(const KeyChange *change, Str key) {
  int64_t row;
  return key_map_get(&change->added, key, &row);
}

// Whether the key is taken for this transaction.
static bool key_taken(const TransactionTable *own, const KeyChange *change, const UniqueIndex *index, Str key) {
  int64_t row, removed;
  if (key_is_own(change, key)) return true;
  if (!own->base || change->complete || !index || !key_map_get(&index->map, key, &row)) return false;
  return !key_map_get(&change->removed, key, &removed);
}

static Status open_key(Transaction *transaction, TransactionTable *own, const TableKey *key, KeyChange **change,
                       UniqueIndex **index, Error *error) {
  *index = NULL;
  TRY(need_change(own, transaction->store->memory, key->number, change, error));
  if (own->base && !(*change)->complete) TRY(need_index(transaction->store, own->id, key, index, error));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Before writes
// ---------------------------------------------------------------------------------------------------------------------

static bool chunk_key_columns(const TableShape *shape, const TableKey *key, const Chunk *chunk,
                              const Vector **columns) {
  for (uint32_t i = 0; i < key->column_count; i++) {
    uint32_t position;
    if (!shape_find(shape, key->column_ids[i], &position)) return false;
    columns[i] = &chunk->columns[position];
  }
  return true;
}

// Takes back the keys of appended rows [0, count) of a chunk that failed.
static void forget_chunk(TransactionTable *own, const Chunk *chunk, uint32_t count, const bool *keep,
                         const Vector **columns, TextBuilder *bytes) {
  const TableShape *shape = own->work->shape;
  for (uint32_t k = 0; k < shape->key_count; k++) {
    KeyChange *change = find_change(own, shape->keys[k].number);
    if (!change || !chunk_key_columns(shape, &shape->keys[k], chunk, columns)) continue;
    for (uint32_t row = 0; row < count; row++) {
      Str key;
      if (keep && !keep[row]) continue;
      if (make_key(columns, shape->keys[k].column_count, row, bytes, &key) && !bytes->failed)
        key_map_remove(&change->added, key);
    }
  }
}

static Status append_row_keys(Transaction *transaction, TransactionTable *own, const Chunk *chunk, uint32_t row,
                              int64_t row_id, bool *keep, const Vector **columns, TextBuilder *bytes, Error *error) {
  const TableShape *shape = own->work->shape;
  Str bytes_of_key;
  for (uint32_t k = 0; k < shape->key_count; k++) {
    const TableKey *key = &shape->keys[k];
    KeyChange *change = find_change(own, key->number);
    const UniqueIndex *index = find_index(transaction->store, own->id, key->number);
    chunk_key_columns(shape, key, chunk, columns);
    if (!make_key(columns, key->column_count, row, bytes, &bytes_of_key)) continue;
    if (!key_taken(own, change, index, bytes_of_key)) continue;
    if (!keep) {
      bool own_row = key_is_own(change, bytes_of_key);
      return report_duplicate(transaction, own, key, columns, row, row, own_row, error);
    }
    keep[row] = false;
    return OK;
  }
  for (uint32_t k = 0; k < shape->key_count; k++) {
    const TableKey *key = &shape->keys[k];
    chunk_key_columns(shape, key, chunk, columns);
    if (!make_key(columns, key->column_count, row, bytes, &bytes_of_key)) continue;
    if (bytes->failed) return error_no_memory(error);
    TRY(key_map_put(&find_change(own, key->number)->added, bytes_of_key, row_id, error));
  }
  return OK;
}

Status keys_before_append(Transaction *transaction, TransactionTable *own, const Chunk *chunk, bool *keep,
                          Error *error) {
  const TableShape *shape = own->work->shape;
  Memory *memory = transaction->store->memory;
  uint32_t most = 0;
  if (!shape->key_count) return OK;
  for (uint32_t k = 0; k < shape->key_count; k++) {
    KeyChange *change;
    UniqueIndex *index;
    most = MAX_OF(most, shape->keys[k].column_count);
    TRY(open_key(transaction, own, &shape->keys[k], &change, &index, error));
    TRY(key_map_reserve(&change->added, chunk->row_count, 0, error));
  }
  const Vector **columns = memory_allocate(memory, sizeof(Vector *) * most);
  if (!columns) return error_no_memory(error);
  TextBuilder bytes;
  text_init(&bytes, memory);
  Status status = OK;
  int64_t next_row = own->local->next_row;
  for (uint32_t row = 0; row < chunk->row_count && status == OK; row++) {
    status = append_row_keys(transaction, own, chunk, row, next_row, keep, columns, &bytes, error);
    if (status != OK)
      forget_chunk(own, chunk, row, keep, columns, &bytes);
    else
      next_row += !keep || keep[row];
  }
  text_free(&bytes);
  memory_free(memory, columns, sizeof(Vector *) * most);
  return status;
}

// The keys that rows have now are theirs no more.
static Status remove_keys(KeyChange *change, const TableKey *key, const KeyRows *rows, const int64_t *row_ids,
                          uint32_t count, TextBuilder *bytes, Error *error) {
  for (uint32_t i = 0; i < count; i++) {
    Str bytes_of_key;
    int64_t row;
    if (!rows->found[i] || !make_key(rows->columns, key->column_count, i, bytes, &bytes_of_key)) continue;
    if (bytes->failed) return error_no_memory(error);
    if (key_map_get(&change->added, bytes_of_key, &row) && row == row_ids[i]) {
      key_map_remove(&change->added, bytes_of_key);
    } else if (key_map_get(&change->pending, bytes_of_key, &row) && row == row_ids[i]) {
      key_map_remove(&change->pending, bytes_of_key);
    } else if (row_ids[i] < ROW_ID_LOCAL) {
      TRY(key_map_put(&change->removed, bytes_of_key, row_ids[i], error));
    }
  }
  return OK;
}

Status keys_before_delete(Transaction *transaction, TransactionTable *own, const int64_t *row_ids, uint32_t count,
                          Error *error) {
  const TableShape *shape = own->work->shape;
  TextBuilder bytes;
  text_init(&bytes, transaction->store->memory);
  Status status = OK;
  for (uint32_t k = 0; k < shape->key_count && status == OK; k++) {
    KeyChange *change;
    KeyRows rows;
    status = need_change(own, transaction->store->memory, shape->keys[k].number, &change, error);
    if (status != OK) break;
    status = fetch_key_rows(transaction, own, &shape->keys[k], row_ids, count, &rows, error);
    if (status == OK) status = remove_keys(change, &shape->keys[k], &rows, row_ids, count, &bytes, error);
    key_rows_free(&rows);
  }
  text_free(&bytes);
  return status;
}

// Replaces the columns that the statement sets; false: it sets none of the key.
static bool new_key_columns(const TableKey *key, const uint32_t *column_ids, uint32_t column_count, const Chunk *values,
                            const Vector **columns) {
  bool any = false;
  for (uint32_t i = 0; i < key->column_count; i++) {
    for (uint32_t j = 0; j < column_count; j++) {
      if (column_ids[j] != key->column_ids[i]) continue;
      any = true;
      if (columns) columns[i] = &values->columns[j];
    }
  }
  return any;
}

Status keys_before_update(Transaction *transaction, TransactionTable *own, const int64_t *row_ids, uint32_t count,
                          const uint32_t *column_ids, uint32_t column_count, const Chunk *values, Error *error) {
  const TableShape *shape = own->work->shape;
  TextBuilder bytes;
  text_init(&bytes, transaction->store->memory);
  Status status = OK;
  for (uint32_t k = 0; k < shape->key_count && status == OK; k++) {
    const TableKey *key = &shape->keys[k];
    KeyChange *change;
    KeyRows rows;
    if (!new_key_columns(key, column_ids, column_count, values, NULL)) continue;
    status = need_change(own, transaction->store->memory, key->number, &change, error);
    if (status != OK) break;
    status = fetch_key_rows(transaction, own, key, row_ids, count, &rows, error);
    if (status == OK) status = remove_keys(change, key, &rows, row_ids, count, &bytes, error);
    if (status == OK) new_key_columns(key, column_ids, column_count, values, rows.columns);
    for (uint32_t i = 0; i < count && status == OK; i++) {
      Str bytes_of_key;
      int64_t row;
      if (!make_key(rows.columns, key->column_count, i, &bytes, &bytes_of_key)) continue;
      if (bytes.failed)
        status = error_no_memory(error);
      else if (key_map_get(&change->pending, bytes_of_key, &row)) {
        status = report_duplicate(transaction, own, key, rows.columns, i, i, true, error);
      } else {
        status = key_map_put(&change->pending, bytes_of_key, row_ids[i], error);
      }
    }
    key_rows_free(&rows);
  }
  text_free(&bytes);
  return status;
}

Status table_check_keys(Transaction *transaction, uint64_t table, Error *error) {
  TransactionTable *own = transaction_find_table(transaction, table);
  if (!own || own->dropped) return OK;
  for (uint32_t k = 0; k < own->key_count; k++) {
    const TableKey *key = shape_find_key(own->work->shape, own->keys[k].number);
    if (!key || !own->keys[k].pending.count) continue;
    KeyChange *change;
    UniqueIndex *index;
    TRY(open_key(transaction, own, key, &change, &index, error));
    uint32_t at = 0;
    Str bytes;
    int64_t row;
    while (key_map_next(&change->pending, &at, &bytes, &row)) {
      if (key_taken(own, change, index, bytes))
        return report_duplicate_row(transaction, own, key, row, key_is_own(change, bytes), error);
      TRY(key_map_put(&change->added, bytes, row, error));
    }
    key_map_free(&change->pending);
    key_map_init(&change->pending, transaction->store->memory);
  }
  return OK;
}

typedef struct NewKeyContext {
  KeyMap *map;
  int64_t duplicate; // row id of the second with one key
} NewKeyContext;

static Status put_new_key(void *context, Str key, int64_t row_id, Error *error) {
  NewKeyContext *check = context;
  int64_t row;
  if (key_map_get(check->map, key, &row)) {
    check->duplicate = row_id;
    return ERROR_CONSTRAINT;
  }
  return key_map_put(check->map, key, row_id, error);
}

Status keys_check_new(Transaction *transaction, TransactionTable *own, const TableKey *key, Error *error) {
  KeyChange *change;
  Memory *memory = transaction->store->memory;
  TRY(need_change(own, memory, key->number, &change, error));
  NewKeyContext context = {&change->added, -1};
  Status status = walk_keys(memory, own->work, key, put_new_key, &context, error);
  if (status == OK && own->local) status = walk_keys(memory, own->local, key, put_new_key, &context, error);
  if (status == ERROR_CONSTRAINT && context.duplicate >= 0) {
    status = report_duplicate_row(transaction, own, key, context.duplicate, true, error);
  }
  // All keys are among the added ones: the index has nothing to say until the commit.
  change->complete = true;
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Commit
// ---------------------------------------------------------------------------------------------------------------------

Status keys_before_commit(Transaction *transaction, TransactionTable *own, Error *error) {
  Store *store = transaction->store;
  for (uint32_t k = 0; k < own->key_count; k++) {
    KeyChange *change = &own->keys[k];
    const TableKey *key = shape_find_key(own->work->shape, change->number);
    if (!key || change->complete || !own->base) continue;
    UniqueIndex *index = find_index(store, own->id, key->number);
    if (!index) { // only removals so far, or forgotten since
      if (!change->added.count) continue;
      TRY(need_index(store, own->id, key, &index, error));
      if (!index) continue;
    }
    uint32_t at = 0;
    Str bytes;
    int64_t row, there, removed;
    size_t key_bytes = 0;
    while (key_map_next(&change->added, &at, &bytes, &row)) {
      key_bytes += bytes.length;
      if (!key_map_get(&index->map, bytes, &there)) continue;
      if (key_map_get(&change->removed, bytes, &removed) && removed == there) continue;
      Status status = report_duplicate_row(transaction, own, key, row, true, error);
      transaction->duplicate.at_commit = true;
      return status;
    }
    TRY(key_map_reserve(&index->map, change->added.count, key_bytes, error));
  }
  return OK;
}

static void follow_commit(UniqueIndex *index, const KeyChange *change,
                          int64_t (*final_row)(void *context, int64_t local_row), void *context) {
  uint32_t at = 0;
  Str bytes;
  int64_t row, there;
  while (key_map_next(&change->removed, &at, &bytes, &row)) {
    if (key_map_get(&index->map, bytes, &there) && there == row) key_map_remove(&index->map, bytes);
  }
  at = 0;
  while (key_map_next(&change->added, &at, &bytes, &row)) {
    if (row >= ROW_ID_LOCAL) row = final_row(context, row);
    // There is room: keys_before_commit saw to it.
    Status status = key_map_put(&index->map, bytes, row, NULL);
    ASSERT(status == OK);
    (void)status;
  }
}

void keys_after_commit(Transaction *transaction, TransactionTable *own,
                       int64_t (*final_row)(void *context, int64_t local_row), void *context) {
  Store *store = transaction->store;
  if (own->dropped || own->reshaped) store_forget_indexes(store, own->id);
  for (uint32_t k = 0; k < own->key_count && !own->dropped && !own->reshaped; k++) {
    UniqueIndex *index = find_index(store, own->id, own->keys[k].number);
    if (index) follow_commit(index, &own->keys[k], final_row, context);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Looking up
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SeekContext {
  Str key;
  int64_t row;
} SeekContext;

static Status seek_key(void *context, Str key, int64_t row_id, Error *error) {
  SeekContext *seek = context;
  (void)error;
  if (str_equal(key, seek->key)) seek->row = row_id;
  return OK;
}

static bool version_is_newest(const Transaction *transaction, uint64_t table, const TableVersion *base) {
  bool found;
  uint32_t at = version_find(transaction->store->current, table, &found);
  (void)transaction;
  return found && transaction->store->current->tables[at] == base;
}

static Status find_row(Transaction *transaction, uint64_t table, const TableKey *key, Str bytes, int64_t *row_id,
                       Error *error) {
  TransactionTable *own = transaction_find_table(transaction, table);
  KeyChange *change = own ? find_change(own, key->number) : NULL;
  TableVersion *seen;
  int64_t row;
  *row_id = -1;
  if (change && key_map_get(&change->added, bytes, row_id)) return OK;
  if (change && (change->complete || key_map_get(&change->removed, bytes, &row))) return OK;
  if (own && !own->base) return OK;
  TRY(transaction_table(transaction, table, &seen, error));
  if (version_is_newest(transaction, table, own ? own->base : seen)) {
    UniqueIndex *index;
    TRY(need_index(transaction->store, table, key, &index, error));
    if (index && key_map_get(&index->map, bytes, &row)) *row_id = row;
    return OK;
  }
  // The index is that of a newer version: what this one has is looked for row by row.
  SeekContext seek = {bytes, -1};
  TRY(walk_keys(transaction->store->memory, seen, key, seek_key, &seek, error));
  *row_id = seek.row;
  return OK;
}

Status table_find_key(Transaction *transaction, uint64_t table, uint32_t key_number, const Vector *columns,
                      uint32_t row, int64_t *row_id, bool *found, Error *error) {
  TableVersion *seen;
  Memory *memory = transaction->store->memory;
  *found = false;
  TRY(transaction_table(transaction, table, &seen, error));
  const TableKey *key = shape_find_key(seen->shape, key_number);
  if (!key) return error_set(error, ERROR_INTERNAL, -1, "Table has no key with number %u", key_number);
  const Vector **parts = memory_allocate(memory, sizeof(Vector *) * key->column_count);
  if (!parts) return error_no_memory(error);
  for (uint32_t i = 0; i < key->column_count; i++) parts[i] = &columns[i];
  TextBuilder bytes;
  Str bytes_of_key;
  Status status = OK;
  text_init(&bytes, memory);
  if (make_key(parts, key->column_count, row, &bytes, &bytes_of_key)) {
    status = bytes.failed ? error_no_memory(error) : find_row(transaction, table, key, bytes_of_key, row_id, error);
    *found = status == OK && *row_id >= 0;
  }
  text_free(&bytes);
  memory_free(memory, parts, sizeof(Vector *) * key->column_count);
  return status;
}
