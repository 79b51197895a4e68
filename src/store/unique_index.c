// SPDX-License-Identifier: MIT
//
// unique_index.c: primary keys and unique keys.
//
// The index of a key maps the keys of the newest version to row ids; it is made when it is first needed and follows every commit. A
// transaction keeps what it would change of it (KeyChange): keys of rows it added, keys of rows it removed. A key is free for it when it has
// not added it and the index does not have it, or has it for a row that it removed. At commit the added keys are looked up once
// more, for others may have committed meanwhile.
//
// Nothing here need be long: an index is built in steps before the first write (table_prepare_keys), the rows that a new key must hold for are looked through
// in steps (table_prepare_key), and what a large commit adds becomes a layer on top of the index, which later statements merge into it in steps.
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

// ---------------------------------------------------------------------------------------------------------------------
// Walking over the keys of all live rows of a table version
// ---------------------------------------------------------------------------------------------------------------------

typedef Status (*KeyVisitor)(void *context, Str key, int64_t row_id, Error *error);

struct KeyWalk {
  Memory *memory;
  TableVersion *table; // held
  GroupReader reader;
  Arena arena;
  Chunk chunk;
  const Vector **columns;
  uint32_t *selection;
  TextBuilder bytes;
  uint32_t key_columns;
  uint32_t group; // position
  uint32_t slot;
  uint32_t row;
};

static void walk_close(KeyWalk *walk) {
  if (!walk) return;
  Memory *memory = walk->memory;
  if (walk->chunk.memory) chunk_free(&walk->chunk);
  text_free(&walk->bytes);
  arena_free(&walk->arena);
  group_reader_free(&walk->reader);
  table_version_drop(walk->table);
  memory_free(memory, walk, sizeof *walk);
}

static Status start_walk(KeyWalk *walk, const TableKey *key, Error *error) {
  Type *types;
  TRY(table_version_load(walk->table, error));
  TRY(group_reader_init(&walk->reader, walk->memory, walk->table->shape, key->column_ids, key->column_count, error));
  ARENA_NEW_ARRAY(&walk->arena, error, types, key->column_count);
  ARENA_NEW_ARRAY(&walk->arena, error, walk->columns, key->column_count);
  ARENA_NEW_ARRAY(&walk->arena, error, walk->selection, VECTOR_CAPACITY);
  for (uint32_t i = 0; i < key->column_count; i++) types[i] = walk->reader.columns[i].type;
  TRY(chunk_init(&walk->chunk, walk->memory, types, key->column_count, error));
  for (uint32_t i = 0; i < key->column_count; i++) walk->columns[i] = &walk->chunk.columns[i];
  return OK;
}

static Status walk_open(Memory *memory, TableVersion *table, const TableKey *key, KeyWalk **out, Error *error) {
  KeyWalk *walk = memory_allocate_zeroed(memory, sizeof *walk);
  if (!walk) return error_no_memory(error);
  walk->memory = memory;
  walk->table = table;
  walk->key_columns = key->column_count;
  table->references++;
  arena_init(&walk->arena, memory);
  text_init(&walk->bytes, memory);
  Status status = start_walk(walk, key, error);
  if (status != OK) {
    walk_close(walk);
    walk = NULL;
  }
  *out = walk;
  return status;
}

// The rows of a slot from walk->row on that are read at once.
static Status walk_rows(KeyWalk *walk, const RowGroup *group, uint32_t rows, KeyVisitor visit, void *context,
                        Error *error) {
  uint32_t from = walk->row;
  uint32_t live = group_reader_live(&walk->reader, from, rows, walk->selection);
  if (live) TRY(group_reader_read(&walk->reader, from, rows, walk->chunk.columns, error));
  for (uint32_t i = 0; i < live; i++) {
    uint32_t row = live < rows ? walk->selection[i] : i;
    Str key;
    if (!make_key(walk->columns, walk->key_columns, row, &walk->bytes, &key)) continue;
    if (walk->bytes.failed) return error_no_memory(error);
    TRY(visit(context, key, group->first_row + walk->reader.slot_first + from + row, error));
  }
  walk->row += rows;
  return OK;
}

// Goes over `budget` rows, about; less is left of it then. *done: there are no more.
static Status walk_step(KeyWalk *walk, int64_t *budget, KeyVisitor visit, void *context, bool *done, Error *error) {
  *done = false;
  while (walk->group < walk->table->group_count) {
    RowGroup *group = walk->table->groups[walk->group];
    TRY(group_load(group, walk->table->shape, error));
    if (walk->slot == group->slot_count) {
      walk->group++;
      walk->slot = 0;
      continue;
    }
    const Slot *slot = &group->slots[walk->slot];
    if (walk->row == slot->row_count) {
      walk->slot++;
      walk->row = 0;
      continue;
    }
    if (*budget <= 0) return OK;
    TRY(group_reader_seat(&walk->reader, group, walk->slot, error));
    uint32_t rows = group_reader_stride(slot, walk->row);
    TRY(walk_rows(walk, group, rows, visit, context, error));
    *budget -= rows;
  }
  *done = true;
  return OK;
}

static Status walk_keys(Memory *memory, TableVersion *table, const TableKey *key, KeyVisitor visit, void *context,
                        Error *error) {
  KeyWalk *walk;
  bool done;
  int64_t budget = INT64_MAX;
  TRY(walk_open(memory, table, key, &walk, error));
  Status status = walk_step(walk, &budget, visit, context, &done, error);
  walk_close(walk);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// The index
// ---------------------------------------------------------------------------------------------------------------------

// What one commit did to the keys. It hides what is below it until it is merged.
struct KeyLayer {
  KeyLayer *older;
  KeyMap added;
  KeyMap removed;
  uint32_t merged_removed; // cursors
  uint32_t merged_added;
};

static UniqueIndex *find_index(const Store *store, uint64_t table, uint32_t number) {
  for (UniqueIndex *index = store->indexes; index; index = index->next) {
    if (index->table == table && index->key_number == number) return index;
  }
  return NULL;
}

static void free_layer(Memory *memory, KeyLayer *layer) {
  if (!layer) return;
  key_map_free(&layer->added);
  key_map_free(&layer->removed);
  memory_free(memory, layer, sizeof *layer);
}

void store_forget_indexes(Store *store, uint64_t table) {
  for (UniqueIndex **at = &store->indexes; *at;) {
    UniqueIndex *index = *at;
    if (index->table != table) {
      at = &index->next;
      continue;
    }
    *at = index->next;
    while (index->layers) {
      KeyLayer *layer = index->layers;
      index->layers = layer->older;
      free_layer(store->memory, layer);
    }
    walk_close(index->building);
    key_map_free(&index->map);
    memory_free(store->memory, index, sizeof *index);
  }
}

static bool index_get(const UniqueIndex *index, Str key, int64_t *row) {
  for (const KeyLayer *layer = index->layers; layer; layer = layer->older) {
    if (key_map_get(&layer->added, key, row)) return true;
    if (key_map_get(&layer->removed, key, row)) return false;
  }
  return key_map_get(&index->map, key, row);
}

static Status put_key(void *context, Str key, int64_t row_id, Error *error) {
  return key_map_put(context, key, row_id, error);
}

// An index of the newest version without any keys yet; *out NULL: the newest version has no such table.
static Status open_index(Store *store, uint64_t table, const TableKey *key, UniqueIndex **out, Error *error) {
  bool found;
  *out = NULL;
  uint32_t at = version_find(store->current, table, &found);
  if (!found) return OK;
  UniqueIndex *index = memory_allocate_zeroed(store->memory, sizeof *index);
  if (!index) return error_no_memory(error);
  *index = (UniqueIndex){.table = table, .key_number = key->number};
  key_map_init(&index->map, store->memory);
  Status status = walk_open(store->memory, store->current->tables[at], key, &index->building, error);
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

static Status build_index_step(UniqueIndex *index, int64_t *budget, Error *error) {
  bool done;
  TRY(walk_step(index->building, budget, put_key, &index->map, &done, error));
  if (!done) return OK;
  walk_close(index->building);
  index->building = NULL;
  return OK;
}

// The index of the newest version, complete; *out NULL: the newest version has no such table.
static Status need_index(Store *store, uint64_t table, const TableKey *key, UniqueIndex **out, Error *error) {
  int64_t budget = INT64_MAX;
  *out = find_index(store, table, key->number);
  if (!*out) TRY(open_index(store, table, key, out, error));
  if (!*out || !(*out)->building) return OK;
  Status status = build_index_step(*out, &budget, error);
  if (status != OK) store_forget_indexes(store, table);
  return status;
}

static KeyLayer **oldest_layer(UniqueIndex *index) {
  KeyLayer **oldest = &index->layers;
  while ((*oldest)->older) oldest = &(*oldest)->older;
  return oldest;
}

// Merges the oldest layer into the index, about `budget` keys of it.
static Status merge_step(Memory *memory, UniqueIndex *index, int64_t *budget, Error *error) {
  KeyLayer **link = oldest_layer(index);
  KeyLayer *layer = *link;
  Str key;
  int64_t row, there;
  for (; *budget > 0 && key_map_next(&layer->removed, &layer->merged_removed, &key, &row); --*budget) {
    if (key_map_get(&index->map, key, &there) && there == row) key_map_remove(&index->map, key);
  }
  while (*budget > 0) {
    uint32_t before = layer->merged_added;
    if (!key_map_next(&layer->added, &layer->merged_added, &key, &row)) {
      *link = NULL;
      free_layer(memory, layer);
      return OK;
    }
    Status status = key_map_put(&index->map, key, row, error);
    if (status != OK) {
      layer->merged_added = before;
      return status;
    }
    --*budget;
  }
  return OK;
}

#define PREPARE_KEYS 4096 // rows or keys that a step looks at

bool key_has_column(const TableKey *key, const uint32_t *column_ids, uint32_t column_count) {
  for (uint32_t i = 0; i < key->column_count; i++) {
    for (uint32_t j = 0; j < column_count; j++) {
      if (column_ids[j] == key->column_ids[i]) return true;
    }
  }
  return false;
}

Status table_prepare_keys(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                          StoreStep *step, Error *error) {
  Store *store = transaction->store;
  TransactionTable *own = transaction_find_table(transaction, table);
  TableVersion *seen;
  int64_t budget = PREPARE_KEYS;
  *step = STORE_DONE;
  if (own && (!own->base || own->dropped)) return OK; // all its keys are the transaction's own
  TRY(transaction_table(transaction, table, &seen, error));
  for (uint32_t k = 0; k < seen->shape->key_count; k++) {
    const TableKey *key = &seen->shape->keys[k];
    const KeyChange *change = own ? find_change(own, key->number) : NULL;
    UniqueIndex *index = find_index(store, table, key->number);
    if (change && change->complete) continue;
    if (column_ids && !key_has_column(key, column_ids, column_count)) continue;
    if (!index) TRY(open_index(store, table, key, &index, error));
    Status status = OK;
    if (index && index->building) status = build_index_step(index, &budget, error);
    if (status == OK && index && !index->building && index->layers)
      status = merge_step(store->memory, index, &budget, error);
    if (status != OK) store_forget_indexes(store, table);
    TRY(status);
    if (index && (index->building || index->layers)) {
      *step = STORE_MORE;
      return OK;
    }
  }
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
  if (!own->base || change->complete || !index || !index_get(index, key, &row)) return false;
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
  own->writes++;
  const TableShape *shape = own->work->shape;
  Memory *memory = transaction->store->memory;
  uint32_t most = 0;
  if (!shape->key_count) return OK;
  for (uint32_t k = 0; k < shape->key_count; k++) {
    KeyChange *change;
    UniqueIndex *index;
    most = MAX_OF(most, shape->keys[k].column_count);
    TRY(open_key(transaction, own, &shape->keys[k], &change, &index, error));
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
  own->writes++;
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
  own->writes++;
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

Status table_check_keys(Transaction *transaction, uint64_t table, StoreStep *step, Error *error) {
  TransactionTable *own = transaction_find_table(transaction, table);
  uint32_t budget = PREPARE_KEYS;
  *step = STORE_DONE;
  if (!own || own->dropped) return OK;
  for (uint32_t k = 0; k < own->key_count; k++) {
    const TableKey *key = shape_find_key(own->work->shape, own->keys[k].number);
    if (!key || !own->keys[k].pending.count) continue;
    KeyChange *change;
    UniqueIndex *index;
    TRY(open_key(transaction, own, key, &change, &index, error));
    Str bytes;
    int64_t row;
    while (key_map_next(&change->pending, &change->checked, &bytes, &row)) {
      if (key_taken(own, change, index, bytes)) return report_duplicate_row(transaction, own, key, row, false, error);
      TRY(key_map_put(&change->added, bytes, row, error));
      if (--budget) continue;
      *step = STORE_MORE;
      return OK;
    }
    key_map_free(&change->pending);
    key_map_init(&change->pending, transaction->store->memory);
    change->checked = 0;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// New keys
// ---------------------------------------------------------------------------------------------------------------------

// The keys of all rows that a transaction sees, gathered before there is such a key.
struct NewKeyCheck {
  uint32_t *column_ids;
  uint32_t column_count;
  KeyMap keys;
  KeyWalk *walk; // of `work`, then of `local`; NULL: neither
  bool local;    // has been begun
  bool complete;
  uint64_t writes; // of the transaction to the table, when it began
};

static void free_new_key(TransactionTable *own, Memory *memory) {
  NewKeyCheck *check = own->new_key;
  own->new_key = NULL;
  if (!check) return;
  walk_close(check->walk);
  key_map_free(&check->keys);
  memory_free(memory, check->column_ids, sizeof(uint32_t) * check->column_count);
  memory_free(memory, check, sizeof *check);
}

// A check that was begun for these columns and that no write has overtaken.
static NewKeyCheck *find_new_key(const TransactionTable *own, const uint32_t *column_ids, uint32_t column_count) {
  NewKeyCheck *check = own->new_key;
  if (!check || check->column_count != column_count || check->writes != own->writes) return NULL;
  return memcmp(check->column_ids, column_ids, sizeof(uint32_t) * column_count) == 0 ? check : NULL;
}

static Status begin_new_key(TransactionTable *own, Memory *memory, const uint32_t *column_ids, uint32_t column_count,
                            Error *error) {
  free_new_key(own, memory);
  NewKeyCheck *check = memory_allocate_zeroed(memory, sizeof *check);
  if (!check) return error_no_memory(error);
  own->new_key = check;
  check->writes = own->writes;
  key_map_init(&check->keys, memory);
  check->column_ids = memory_allocate(memory, sizeof(uint32_t) * column_count);
  if (!check->column_ids) return error_no_memory(error);
  check->column_count = column_count;
  memcpy(check->column_ids, column_ids, sizeof(uint32_t) * column_count);
  return OK;
}

typedef struct NewKeyContext {
  KeyMap *map;
  int64_t duplicate; // row id of the second with one key
} NewKeyContext;

static Status put_new_key(void *context, Str key, int64_t row_id, Error *error) {
  NewKeyContext *check = context;
  int64_t row;
  if (key_map_get(check->map, key, &row) && row != row_id) { // the same row: a chunk that had failed before
    check->duplicate = row_id;
    return ERROR_CONSTRAINT;
  }
  return key_map_put(check->map, key, row_id, error);
}

static Status new_key_step(Transaction *transaction, TransactionTable *own, const TableKey *key, int64_t *budget,
                           Error *error) {
  Memory *memory = transaction->store->memory;
  NewKeyCheck *check = own->new_key;
  NewKeyContext context = {&check->keys, -1};
  bool done;
  if (!check->walk) TRY(walk_open(memory, check->local ? own->local : own->work, key, &check->walk, error));
  Status status = walk_step(check->walk, budget, put_new_key, &context, &done, error);
  if (status == ERROR_CONSTRAINT && context.duplicate >= 0)
    return report_duplicate_row(transaction, own, key, context.duplicate, false, error);
  if (status != OK || !done) return status;
  walk_close(check->walk);
  check->walk = NULL;
  check->complete = check->local || !own->local;
  check->local = true;
  return OK;
}

Status table_prepare_key(Transaction *transaction, uint64_t table, const TableKey *key, StoreStep *step, Error *error) {
  TransactionTable *own;
  int64_t budget = PREPARE_KEYS;
  *step = STORE_DONE;
  TRY(transaction_write_table(transaction, table, &own, error));
  if (!find_new_key(own, key->column_ids, key->column_count))
    TRY(begin_new_key(own, transaction->store->memory, key->column_ids, key->column_count, error));
  if (!own->new_key->complete) TRY(new_key_step(transaction, own, key, &budget, error));
  if (!own->new_key->complete) *step = STORE_MORE;
  return OK;
}

Status keys_check_new(Transaction *transaction, TransactionTable *own, const TableKey *key, Error *error) {
  KeyChange *change;
  Memory *memory = transaction->store->memory;
  int64_t budget = INT64_MAX;
  TRY(need_change(own, memory, key->number, &change, error));
  if (!find_new_key(own, key->column_ids, key->column_count))
    TRY(begin_new_key(own, memory, key->column_ids, key->column_count, error));
  while (!own->new_key->complete) TRY(new_key_step(transaction, own, key, &budget, error));
  // All keys are among the added ones: the index has nothing to say until the commit.
  key_map_free(&change->added);
  change->added = own->new_key->keys;
  own->new_key->keys = (KeyMap){0};
  change->complete = true;
  free_new_key(own, memory);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Commit
// ---------------------------------------------------------------------------------------------------------------------

#define DIRECT_KEYS 4096 // so many go straight into the index
#define KEY_VALUES 16    // of a commit's budget that a key costs

// Whether another commit has taken the key meanwhile.
static bool taken_since(const UniqueIndex *index, const KeyChange *change, Str key) {
  int64_t there, removed;
  if (!index_get(index, key, &there)) return false;
  return !key_map_get(&change->removed, key, &removed) || removed != there;
}

static Status build_change(Transaction *transaction, TransactionTable *own, KeyChange *change, const TableKey *key,
                           UniqueIndex *index, FinalRow final_row, void *context, int64_t *budget, Error *error) {
  Memory *memory = transaction->store->memory;
  bool direct = !change->layer && !index->layers && change->added.count + change->removed.count <= DIRECT_KEYS;
  if (!direct && !change->layer) {
    change->layer = memory_allocate_zeroed(memory, sizeof *change->layer);
    if (!change->layer) return error_no_memory(error);
    key_map_init(&change->layer->added, memory);
    key_map_init(&change->layer->removed, memory);
  }
  Str bytes;
  int64_t row;
  while (*budget > 0) {
    if (!key_map_next(&change->added, &change->built_at, &bytes, &row)) {
      change->built = true;
      return direct ? key_map_reserve(&index->map, &change->added, error) : OK;
    }
    *budget -= KEY_VALUES;
    if (taken_since(index, change, bytes)) return report_duplicate_row(transaction, own, key, row, true, error);
    if (row >= ROW_ID_LOCAL) row = final_row(context, row);
    if (!direct) TRY(key_map_put(&change->layer->added, bytes, row, error));
  }
  return OK;
}

Status keys_build_step(Transaction *transaction, TransactionTable *own, FinalRow final_row, void *context,
                       int64_t *budget, bool *done, Error *error) {
  *done = true;
  for (uint32_t k = 0; k < own->key_count; k++) {
    KeyChange *change = &own->keys[k];
    const TableKey *key = shape_find_key(own->work->shape, change->number);
    if (change->built || !key || change->complete || !own->base) continue;
    UniqueIndex *index = find_index(transaction->store, own->id, key->number);
    // Without an index removals need none; it may have been forgotten since the keys were added.
    if (index || change->added.count) TRY(need_index(transaction->store, own->id, key, &index, error));
    if (!index) continue;
    TRY(build_change(transaction, own, change, key, index, final_row, context, budget, error));
    *done = change->built;
    if (!*done) return OK;
  }
  return OK;
}

void keys_forget_build(Transaction *transaction) {
  for (TransactionTable *own = transaction->tables; own; own = own->next) {
    for (uint32_t k = 0; k < own->key_count; k++) {
      free_layer(transaction->store->memory, own->keys[k].layer);
      own->keys[k].layer = NULL;
      own->keys[k].built = false;
      own->keys[k].built_at = 0;
    }
  }
}

static Status follow_directly(UniqueIndex *index, const KeyChange *change, FinalRow final_row, void *context) {
  Error error = {0};
  uint32_t at = 0;
  Str bytes;
  int64_t row, there;
  while (key_map_next(&change->removed, &at, &bytes, &row)) {
    if (key_map_get(&index->map, bytes, &there) && there == row) key_map_remove(&index->map, bytes);
  }
  at = 0;
  while (key_map_next(&change->added, &at, &bytes, &row)) {
    if (row >= ROW_ID_LOCAL) row = final_row(context, row);
    TRY(key_map_put(&index->map, bytes, row, &error));
  }
  return OK;
}

// False: the index cannot follow.
static bool follow_commit(Memory *memory, UniqueIndex *index, KeyChange *change, FinalRow final_row, void *context) {
  if (index->building || !change->built) return false;
  if (!change->layer) return !index->layers && follow_directly(index, change, final_row, context) == OK;
  change->layer->removed = change->removed;
  key_map_init(&change->removed, memory);
  change->layer->older = index->layers;
  index->layers = change->layer;
  change->layer = NULL;
  return true;
}

void keys_after_commit(Transaction *transaction, TransactionTable *own, FinalRow final_row, void *context) {
  Store *store = transaction->store;
  if (own->dropped || own->reshaped) store_forget_indexes(store, own->id);
  for (uint32_t k = 0; k < own->key_count && !own->dropped && !own->reshaped; k++) {
    UniqueIndex *index = find_index(store, own->id, own->keys[k].number);
    if (index && !follow_commit(store->memory, index, &own->keys[k], final_row, context))
      store_forget_indexes(store, own->id); // made anew on the next need
  }
}

void key_changes_free(TransactionTable *own, Memory *memory) {
  for (uint32_t i = 0; i < own->key_count; i++) {
    key_map_free(&own->keys[i].added);
    key_map_free(&own->keys[i].removed);
    key_map_free(&own->keys[i].pending);
    free_layer(memory, own->keys[i].layer);
  }
  memory_free(memory, own->keys, sizeof(KeyChange) * own->key_count);
  own->keys = NULL;
  own->key_count = 0;
  free_new_key(own, memory);
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
    if (index && index_get(index, bytes, &row)) *row_id = row;
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
