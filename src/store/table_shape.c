// SPDX-License-Identifier: MIT
//
// table_shape.c: a transaction's view of its tables, and changes of their shape: create, drop, columns, keys.
//
// A transaction that changed the shape of a table cannot be rebased over other commits to that table: its commit then fails with a conflict.
#include "store/group_reader.h"
#include "store/state.h"

TransactionTable *transaction_find_table(const Transaction *transaction, uint64_t table) {
  for (TransactionTable *t = transaction->tables; t; t = t->next) {
    if (t->id == table) return t;
  }
  return NULL;
}

static Status no_table(uint64_t table, Error *error) {
  return error_set(error, ERROR_INTERNAL, -1, "There is no table with id %llu", (unsigned long long)table);
}

Status transaction_table(const Transaction *transaction, uint64_t table, TableVersion **out, Error *error) {
  TransactionTable *own = transaction_find_table(transaction, table);
  if (own) {
    if (own->dropped) return no_table(table, error);
    *out = own->work;
    return OK;
  }
  bool found;
  uint32_t at = version_find(transaction->version, table, &found);
  if (!found) return no_table(table, error);
  *out = transaction->version->tables[at];
  return table_version_load(*out, error);
}

bool table_exists(const Transaction *transaction, uint64_t table) {
  TransactionTable *own = transaction_find_table(transaction, table);
  bool found;
  if (own) return !own->dropped;
  version_find(transaction->version, table, &found);
  return found;
}

static Status add_own_table(Transaction *transaction, uint64_t id, TableVersion *base, TransactionTable **out,
                            Error *error) {
  TransactionTable *own = memory_allocate_zeroed(transaction->store->memory, sizeof *own);
  if (!own) return error_no_memory(error);
  own->id = id;
  for (uint32_t i = 0; i < ROW_MARKS; i++) row_set_init(&own->rows[i], transaction->store->memory);
  if (base) {
    own->base = own->work = base;
    base->references += 2;
  }
  own->next = transaction->tables;
  transaction->tables = own;
  *out = own;
  return OK;
}

Status transaction_write_table(Transaction *transaction, uint64_t table, TransactionTable **out, Error *error) {
  TRY(transaction_check_writable(transaction, error));
  TransactionTable *own = transaction_find_table(transaction, table);
  if (!own) {
    TableVersion *base;
    TRY(transaction_table(transaction, table, &base, error));
    TRY(add_own_table(transaction, table, base, &own, error));
  }
  if (own->dropped) return no_table(table, error);
  *out = own;
  return OK;
}

Status transaction_local(TransactionTable *table, Error *error) {
  if (table->local) return OK;
  const TableVersion *work = table->work;
  return table_version_create(work->memory, work->pages, work->immortals, table->id, work->shape, ROW_ID_LOCAL,
                              &table->local, error);
}

Status table_create(Transaction *transaction, const TableColumn *columns, uint32_t column_count, uint64_t *table,
                    Error *error) {
  Store *store = transaction->store;
  TableShape *shape;
  TransactionTable *own = NULL;
  TRY(transaction_check_writable(transaction, error));
  TRY(shape_create(store->memory, columns, NULL, column_count, NULL, 0, &store->immortals, &shape, error));
  uint64_t id = store->next_id++;
  Status status = add_own_table(transaction, id, NULL, &own, error);
  if (status == OK) {
    status = table_version_create(store->memory, &store->pages, &store->immortals, id, shape, 0, &own->work, error);
    if (status != OK) own->dropped = true;
  }
  shape_drop(shape);
  *table = id;
  return status;
}

Status table_drop(Transaction *transaction, uint64_t table, Error *error) {
  TransactionTable *own;
  TRY(transaction_write_table(transaction, table, &own, error));
  own->dropped = true;
  table_version_drop(own->local);
  own->local = NULL;
  return OK;
}

// Gives both the committed part and the appended one the new shape.
static Status reshape(TransactionTable *own, TableShape *shape, Error *error) {
  TRY(table_version_writable(&own->work, error));
  if (own->local) TRY(table_version_writable(&own->local, error));
  shape_drop(own->work->shape);
  own->work->shape = shape_keep(shape);
  if (own->local) {
    shape_drop(own->local->shape);
    own->local->shape = shape_keep(shape);
  }
  own->reshaped = true;
  return OK;
}

// A shape like the old one but with `columns`, `defaults` and `keys`.
static Status reshape_to(Transaction *transaction, TransactionTable *own, const TableColumn *columns,
                         const Value *defaults, uint32_t column_count, const TableKey *keys, uint32_t key_count,
                         Error *error) {
  Store *store = transaction->store;
  TableShape *shape;
  TRY(shape_create(store->memory, columns, defaults, column_count, keys, key_count, &store->immortals, &shape, error));
  Status status = reshape(own, shape, error);
  shape_drop(shape);
  return status;
}

Status table_add_column(Transaction *transaction, uint64_t table, const TableColumn *column, const Value *value,
                        Error *error) {
  TransactionTable *own;
  Arena arena;
  uint32_t position;
  TRY(transaction_write_table(transaction, table, &own, error));
  const TableShape *old = own->work->shape;
  if (shape_find(old, column->id, &position))
    return error_set(error, ERROR_INTERNAL, -1, "Column id %u is taken", column->id);
  arena_init(&arena, transaction->store->memory);
  uint32_t count = old->column_count;
  TableColumn *columns = arena_allocate(&arena, sizeof *columns * (count + 1));
  Value *defaults = arena_allocate(&arena, sizeof *defaults * (count + 1));
  Status status = columns && defaults ? OK : error_no_memory(error);
  if (status == OK) {
    memcpy(columns, old->columns, sizeof *columns * count);
    memcpy(defaults, old->defaults, sizeof *defaults * count);
    columns[count] = *column;
    defaults[count] = value ? *value : value_null(column->type);
    status = reshape_to(transaction, own, columns, defaults, count + 1, old->keys, old->key_count, error);
  }
  arena_free(&arena);
  return status;
}

Status table_drop_column(Transaction *transaction, uint64_t table, uint32_t column_id, Error *error) {
  TransactionTable *own;
  Arena arena;
  uint32_t position;
  TRY(transaction_write_table(transaction, table, &own, error));
  const TableShape *old = own->work->shape;
  if (!shape_find(old, column_id, &position))
    return error_set(error, ERROR_INTERNAL, -1, "Table has no column with id %u", column_id);
  for (uint32_t i = 0; i < old->key_count; i++) {
    if (key_has_column(&old->keys[i], &column_id, 1))
      return error_set(error, ERROR_INTERNAL, -1, "Column %u is part of a key", column_id);
  }
  arena_init(&arena, transaction->store->memory);
  TableColumn *columns = arena_allocate(&arena, sizeof *columns * old->column_count);
  Value *defaults = arena_allocate(&arena, sizeof *defaults * old->column_count);
  Status status = columns && defaults ? OK : error_no_memory(error);
  if (status == OK) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < old->column_count; i++) {
      if (i == position) continue;
      columns[count] = old->columns[i];
      defaults[count++] = old->defaults[i];
    }
    status = reshape_to(transaction, own, columns, defaults, count, old->keys, old->key_count, error);
  }
  arena_free(&arena);
  return status;
}

Status table_add_key(Transaction *transaction, uint64_t table, const TableKey *key, Error *error) {
  TransactionTable *own;
  Arena arena;
  TRY(transaction_write_table(transaction, table, &own, error));
  TRY(keys_check_new(transaction, own, key, error));
  const TableShape *old = own->work->shape;
  arena_init(&arena, transaction->store->memory);
  TableKey *keys = arena_allocate(&arena, sizeof *keys * (old->key_count + 1));
  Status status = keys ? OK : error_no_memory(error);
  if (status == OK) {
    memcpy(keys, old->keys, sizeof *keys * old->key_count);
    keys[old->key_count] = *key;
    status =
        reshape_to(transaction, own, old->columns, old->defaults, old->column_count, keys, old->key_count + 1, error);
  }
  arena_free(&arena);
  return status;
}

Status table_guard(Transaction *transaction, uint64_t table, Error *error) {
  TransactionTable *own;
  TRY(transaction_write_table(transaction, table, &own, error));
  const TableShape *old = own->work->shape;
  return reshape_to(transaction, own, old->columns, old->defaults, old->column_count, old->keys, old->key_count, error);
}

bool table_altered_elsewhere(const Transaction *transaction, uint64_t table) {
  const Store *store = transaction->store;
  bool is_there; // it may have been dropped
  version_find(store->current, table, &is_there);
  for (const Transaction *other = store->active; other; other = other->next) {
    if (other == transaction || other->finished) continue;
    const TransactionTable *theirs = transaction_find_table(other, table);
    if (theirs && theirs->reshaped && theirs->base) return true;
  }
  for (const CommitLog *log = store->oldest_log; log; log = log->next) {
    for (uint32_t i = 0; i < log->table_count && log->number > transaction->version->number; i++) {
      if (log->tables[i].table == table && log->tables[i].whole && is_there) return true;
    }
  }
  return false;
}

Status table_drop_key(Transaction *transaction, uint64_t table, uint32_t number, Error *error) {
  TransactionTable *own;
  Arena arena;
  TRY(transaction_write_table(transaction, table, &own, error));
  const TableShape *old = own->work->shape;
  if (!shape_find_key(old, number))
    return error_set(error, ERROR_INTERNAL, -1, "Table has no key with number %u", number);
  arena_init(&arena, transaction->store->memory);
  TableKey *keys = arena_allocate(&arena, sizeof *keys * old->key_count);
  Status status = keys ? OK : error_no_memory(error);
  if (status == OK) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < old->key_count; i++) {
      if (old->keys[i].number != number) keys[count++] = old->keys[i];
    }
    status = reshape_to(transaction, own, old->columns, old->defaults, old->column_count, keys, count, error);
  }
  arena_free(&arena);
  return status;
}

Status table_columns(const Transaction *transaction, uint64_t table, const TableColumn **columns,
                     uint32_t *column_count, Error *error) {
  TableVersion *version;
  TRY(transaction_table(transaction, table, &version, error));
  *columns = version->shape->columns;
  *column_count = version->shape->column_count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Statistics
// ---------------------------------------------------------------------------------------------------------------------

Status table_row_count(const Transaction *transaction, uint64_t table, uint64_t *row_count, Error *error) {
  TableVersion *version;
  TRY(transaction_table(transaction, table, &version, error));
  const TransactionTable *own = transaction_find_table(transaction, table);
  *row_count = version->live_rows + (own && own->local ? own->local->live_rows : 0);
  return OK;
}

static Status add_group_sketch(const TableVersion *table, RowGroup *group, uint32_t position, ColumnSketch *sketch,
                               Error *error) {
  uint32_t column_id = table->shape->columns[position].id;
  Vector constant = {0};
  TRY(group_load(group, table->shape, error));
  for (uint32_t i = 0; i < group->slot_count; i++) {
    const Slot *slot = &group->slots[i];
    uint32_t tail_column;
    if (slot->tail && shape_find(slot->tail->shape, column_id, &tail_column)) {
      const ColumnSketch *tail;
      TRY(tail_sketch(slot->tail, tail_column, &tail, error));
      sketch_merge(sketch, tail);
      continue;
    }
    const Segment *segment = slot->block ? block_find(slot->block, column_id) : NULL;
    if (segment) {
      sketch_merge(sketch, &segment->sketch);
      continue;
    }
    if (!constant.memory) TRY(vector_init(&constant, table->memory, table->shape->columns[position].type, 1, error));
    Status status = vector_fill_value(&constant, &table->shape->defaults[position], error);
    if (status == OK) sketch_add(sketch, &constant, 0, slot->row_count);
    vector_free(&constant);
    TRY(status);
  }
  for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
    const Overlay *overlay = group->windows[i] ? window_overlay(group->windows[i], column_id) : NULL;
    if (overlay) sketch_merge(sketch, &overlay->sketch);
  }
  return OK;
}

Status table_column_statistics(const Transaction *transaction, uint64_t table, uint32_t column_id, Arena *arena,
                               ColumnStatistics *statistics, Error *error) {
  TableVersion *version;
  uint32_t position;
  ColumnSketch sketch = {0};
  *statistics = (ColumnStatistics){0};
  TRY(transaction_table(transaction, table, &version, error));
  if (!shape_find(version->shape, column_id, &position)) {
    return error_set(error, ERROR_INTERNAL, -1, "Table has no column with id %u", column_id);
  }
  for (uint32_t i = 0; i < version->group_count; i++) {
    TRY(add_group_sketch(version, version->groups[i], position, &sketch, error));
  }
  const TransactionTable *own = transaction_find_table(transaction, table);
  for (uint32_t i = 0; own && own->local && i < own->local->group_count; i++) {
    TRY(add_group_sketch(own->local, own->local->groups[i], position, &sketch, error));
  }
  statistics->null_count = sketch.null_count;
  statistics->distinct_count = sketch_distinct(&sketch);
  statistics->has_bounds =
      sketch_bounds(&sketch, version->shape->columns[position].type, arena, &statistics->minimum, &statistics->maximum);
  return OK;
}

Status table_bytes(const Transaction *transaction, uint64_t table, uint64_t *bytes, Error *error) {
  TableVersion *version;
  *bytes = 0;
  TRY(transaction_table(transaction, table, &version, error));
  for (uint32_t i = 0; i < version->group_count; i++) {
    TRY(group_load(version->groups[i], version->shape, error));
    *bytes += group_bytes(version->groups[i]);
  }
  const TransactionTable *own = transaction_find_table(transaction, table);
  for (uint32_t i = 0; own && own->local && i < own->local->group_count; i++)
    *bytes += group_bytes(own->local->groups[i]);
  return OK;
}

// The cursor counts (row group, slot, column) in 24, 16 and 24 bits.
Status table_storage_next(const Transaction *transaction, uint64_t table, uint64_t *cursor, TableStorage *out,
                          bool *found, Error *error) {
  TableVersion *version;
  TRY(transaction_table(transaction, table, &version, error));
  uint64_t group_index = *cursor >> 40, slot_index = *cursor >> 24 & 0xffff, position = *cursor & 0xffffff;
  *found = false;
  for (; group_index < version->group_count; group_index++, slot_index = 0) {
    RowGroup *group = version->groups[group_index];
    TRY(group_load(group, version->shape, error));
    for (; slot_index < group->slot_count; slot_index++, position = 0) {
      if (position >= version->shape->column_count) continue;
      const Slot *slot = &group->slots[slot_index];
      uint32_t column_id = version->shape->columns[position].id;
      const Segment *segment = slot->block ? block_find(slot->block, column_id) : NULL;
      *out = (TableStorage){.row_group = (uint32_t)group_index, .column_id = column_id, .row_count = slot->row_count};
      out->first_row = group->first_row;
      for (uint64_t i = 0; i < slot_index; i++) out->first_row += group->slots[i].row_count;
      out->codec = segment ? image_codec_name(segment->codec) : slot->tail ? "Uncompressed" : "Constant";
      out->bytes = segment ? segment->bytes : 0;
      out->page = segment ? segment->ref.page : 0;
      for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
        out->has_updates |= group->windows[i] && window_overlay(group->windows[i], column_id);
      }
      *found = true;
      *cursor = group_index << 40 | slot_index << 24 | (position + 1);
      return OK;
    }
  }
  *cursor = group_index << 40;
  return OK;
}
