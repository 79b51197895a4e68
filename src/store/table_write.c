// SPDX-License-Identifier: MIT
//
// table_write.c: appending, deleting, updating.
//
// Deletes and updates of committed rows go into the transaction's own copy of the table (`work`): new windows on shared row groups. Appended
// rows go into a table of their own (`local`), with row ids from ROW_ID_LOCAL on. A local row group that is full is compressed
// between the appends, and in a database with a file written to free pages at once, so that a large import needs little memory and
// writes each row once.
#include "store/pack.h"
#include "store/state.h"

// ---------------------------------------------------------------------------------------------------------------------
// Appending
// ---------------------------------------------------------------------------------------------------------------------

// Puts the finished block in the place of the raw slots.
static Status install_block(TransactionTable *own, Error *error) {
  RowGroup **slot = &own->local->groups[own->packing_group];
  uint32_t from = own->packer.slot_from, to = own->packer.slot_to;
  // When the group was written to meanwhile it is another object, with the same raw slots and newer windows.
  ASSERT((*slot)->slot_count == own->packer.group->slot_count);
  Block *block = packer_finish(&own->packer);
  own->packing = false;
  Status status = group_writable(slot, own->local->shape, error);
  if (status == OK)
    group_replace_slots(*slot, from, to, block);
  else
    block_drop(block);
  return status;
}

static bool group_is_full(const TableVersion *local, uint32_t index) { return index + 1 < local->group_count; }

// Begins the next block of the row group; goes on to the next group when this one has no raw rows any more.
static Status begin_block(Transaction *transaction, TransactionTable *own, Error *error) {
  bool to_disk = !transaction->store->in_memory;
  TRY(table_version_writable(&own->local, error));
  TableVersion *local = own->local;
  RowGroup **slot = &local->groups[own->packing_group];
  if (group_is_packed(*slot)) {
    own->packing_group++;
    return OK;
  }
  // A new database gets its header before anything else is written to the file.
  if (to_disk) TRY(wal_ready(transaction->store, error));
  TRY(group_writable(slot, local->shape, error));
  RowGroup *group = *slot;
  Slot *last = &group->slots[group->slot_count - 1];
  if (last->tail) last->tail->sealed = true;
  uint32_t from = 0, to;
  while (group->slots[from].block) from++;
  TRY(pack_run(group, local->shape, from, &to, error));
  TRY(packer_init(&own->packer, group, local->shape, from, to, to_disk, NULL, error));
  own->packing = true;
  own->bulk |= to_disk;
  return OK;
}

static bool is_to_be_packed(const TransactionTable *own, bool last_too) {
  return last_too ? own->packing_group < own->local->group_count : group_is_full(own->local, own->packing_group);
}

Status transaction_pack(Transaction *transaction, TransactionTable *own, uint32_t steps, bool last_too, bool *done,
                        Error *error) {
  *done = true;
  if (!own->local) return OK;
  while (steps && (own->packing || is_to_be_packed(own, last_too))) {
    bool packed, settled;
    TRY(store_settle_step(transaction->store, &settled, error));
    if (!settled) {
      steps--;
      continue;
    }
    if (!own->packing) {
      TRY(begin_block(transaction, own, error));
      continue;
    }
    TRY(packer_step(&own->packer, &packed, error));
    steps--;
    if (!packed) continue;
    TRY(table_version_writable(&own->local, error));
    TRY(install_block(own, error));
    if (!transaction->store->in_memory && store_flush_due(transaction->store)) {
      TRY(store_flush_pages(transaction->store, SAFEGUARD_ADOPT_FLUSH, error));
      steps = 0;
    }
  }
  *done = !own->packing && !is_to_be_packed(own, last_too);
  return OK;
}

static Status append_rows(TransactionTable *own, const Chunk *chunk, int64_t *row_ids, Error *error) {
  int64_t first = own->local->next_row;
  TRY(table_version_writable(&own->local, error));
  TRY(table_version_append(own->local, chunk->columns, 0, chunk->row_count, error));
  for (uint32_t i = 0; row_ids && i < chunk->row_count; i++) row_ids[i] = first + i;
  return OK;
}

Status table_pack_appends(Transaction *transaction, uint64_t table, StoreStep *step, Error *error) {
  TransactionTable *own = transaction_find_table(transaction, table);
  bool done = true;
  if (own && !own->dropped) TRY(transaction_pack(transaction, own, 1, false, &done, error));
  *step = done ? STORE_DONE : STORE_MORE;
  return OK;
}

static Status begin_append(Transaction *transaction, uint64_t table, const Chunk *chunk, TransactionTable **own,
                           Error *error) {
  TRY(transaction_write_table(transaction, table, own, error));
  TRY(transaction_local(*own, error));
  if (chunk->column_count != (*own)->work->shape->column_count) {
    return error_set(error, ERROR_INTERNAL, -1, "Appended rows have %u columns, the table has %u", chunk->column_count,
                     (*own)->work->shape->column_count);
  }
  return OK;
}

Status table_append(Transaction *transaction, uint64_t table, const Chunk *chunk, int64_t *row_ids, Error *error) {
  TransactionTable *own;
  TRY(begin_append(transaction, table, chunk, &own, error));
  if (!chunk->row_count) return OK;
  TRY(keys_before_append(transaction, own, chunk, NULL, error));
  return append_rows(own, chunk, row_ids, error);
}

Status table_append_ignore(Transaction *transaction, uint64_t table, const Chunk *chunk, bool *kept, int64_t *row_ids,
                           Error *error) {
  TransactionTable *own;
  uint32_t selection[VECTOR_CAPACITY], count = 0;
  TRY(begin_append(transaction, table, chunk, &own, error));
  for (uint32_t i = 0; i < chunk->row_count; i++) kept[i] = true;
  TRY(keys_before_append(transaction, own, chunk, kept, error));
  for (uint32_t i = 0; i < chunk->row_count; i++) {
    selection[count] = i;
    count += kept[i];
  }
  if (!count) return OK;
  if (count == chunk->row_count) return append_rows(own, chunk, row_ids, error);
  Chunk part = {.memory = transaction->store->memory, .column_count = chunk->column_count, .row_count = count};
  part.columns = memory_allocate_zeroed(part.memory, sizeof(Vector) * MAX_OF(part.column_count, 1u));
  if (!part.columns) return error_no_memory(error);
  Status status = OK;
  for (uint32_t i = 0; i < part.column_count && status == OK; i++) {
    part.columns[i].memory = part.memory;
    if (chunk->columns[i].form == VECTOR_CONSTANT) {
      status = vector_init(&part.columns[i], part.memory, chunk->columns[i].type, 1, error);
      if (status == OK) vector_borrow(&part.columns[i], &chunk->columns[i]);
    } else {
      status = vector_slice(&part.columns[i], &chunk->columns[i], selection, count, error);
    }
  }
  if (status == OK) status = append_rows(own, &part, NULL, error);
  for (uint32_t i = 0; i < part.column_count; i++) vector_free(&part.columns[i]);
  memory_free(part.memory, part.columns, sizeof(Vector) * MAX_OF(part.column_count, 1u));
  for (uint32_t i = 0, k = 0; row_ids && status == OK && i < chunk->row_count; i++) {
    row_ids[i] = kept[i] ? own->local->next_row - count + k++ : -1;
  }
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Conflicts
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Rival { RIVAL_NONE, RIVAL_ACTIVE, RIVAL_COMMITTED } Rival;

#define MARK(mark) (1u << (mark))

static bool has_mark(const RowSet *rows, uint32_t marks, int64_t row_id) {
  for (uint32_t mark = 0; mark < ROW_MARKS; mark++) {
    if ((marks & MARK(mark)) && row_set_has(&rows[mark], row_id)) return true;
  }
  return false;
}

// Whether others mark the row so, or have done so since this transaction began.
static Rival row_rival(const Transaction *transaction, uint64_t table, uint32_t marks, int64_t row_id) {
  const Store *store = transaction->store;
  for (const Transaction *other = store->active; other; other = other->next) {
    if (other == transaction || other->finished) continue;
    const TransactionTable *theirs = transaction_find_table(other, table);
    if (theirs && (theirs->dropped || has_mark(theirs->rows, marks, row_id))) return RIVAL_ACTIVE;
  }
  for (const CommitLog *log = store->oldest_log; log; log = log->next) {
    if (log->number <= transaction->version->number) continue;
    for (uint32_t i = 0; i < log->table_count; i++) {
      const CommitLogTable *theirs = &log->tables[i];
      if (theirs->table == table && (theirs->whole || has_mark(theirs->rows, marks, row_id))) return RIVAL_COMMITTED;
    }
  }
  return RIVAL_NONE;
}

// Nobody else is there and nothing was committed since: the usual case, in which rows need not be looked at one by one.
static bool conflicts_possible(const Transaction *transaction) {
  const Store *store = transaction->store;
  return store->newest_log != NULL || store->active->next != NULL;
}

static Status mark_rows(const Transaction *transaction, TransactionTable *own, uint32_t marks, uint32_t against,
                        const int64_t *row_ids, uint32_t count, const char *text, Error *error) {
  if (!own->base) return OK;
  bool possible = conflicts_possible(transaction);
  for (uint32_t i = 0; i < count; i++) {
    if (row_ids[i] >= ROW_ID_LOCAL) continue;
    if (possible && row_rival(transaction, own->id, against, row_ids[i]) != RIVAL_NONE)
      return error_set(error, ERROR_CONFLICT, -1, "%s", text);
    for (uint32_t mark = 0; mark < ROW_MARKS; mark++) {
      if (marks & MARK(mark)) TRY(row_set_add(&own->rows[mark], row_ids[i], error));
    }
  }
  return OK;
}

Status table_refer(Transaction *transaction, uint64_t table, int64_t row_id, bool *there, Error *error) {
  TransactionTable *own;
  *there = true;
  if (row_id >= ROW_ID_LOCAL) return OK;
  TRY(transaction_write_table(transaction, table, &own, error));
  if (!own->base) return OK;
  *there =
      !conflicts_possible(transaction) || row_rival(transaction, table, MARK(ROWS_DELETED), row_id) != RIVAL_COMMITTED;
  if (!*there) return OK;
  return mark_rows(transaction, own, MARK(ROWS_REFERENCED), MARK(ROWS_DELETED), &row_id, 1,
                   "Conflict on foreign key! Another transaction changes the row that is referred to", error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Deleting
// ---------------------------------------------------------------------------------------------------------------------

// The row group of a row id, writable, with windows; *row: the row in it. NULL: no such row.
static Status writable_group(TransactionTable *own, int64_t row_id, RowGroup **out, uint32_t *row, Error *error) {
  TableVersion **part = row_id >= ROW_ID_LOCAL ? &own->local : &own->work;
  uint32_t index;
  *out = NULL;
  if (!*part || row_id < 0 || !table_version_find(*part, row_id, &index, row)) return OK;
  TRY(table_version_writable(part, error));
  RowGroup **group = &(*part)->groups[index];
  TRY(group_writable(group, (*part)->shape, error));
  TRY(group_need_windows(*group, error));
  *out = *group;
  return OK;
}

Status table_delete(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count, uint64_t *deleted,
                    Error *error) {
  TransactionTable *own;
  *deleted = 0;
  TRY(transaction_write_table(transaction, table, &own, error));
  TRY(mark_rows(transaction, own, MARK(ROWS_DELETED), MARK(ROWS_DELETED) | MARK(ROWS_REFERENCED), row_ids, count,
                "Conflict on tuple deletion!", error));
  TRY(keys_before_delete(transaction, own, row_ids, count, error));
  RowGroup *group = NULL;
  Window *window = NULL;
  uint32_t row = 0, window_index = UINT32_MAX;
  for (uint32_t i = 0; i < count; i++) {
    bool same = group && row_ids[i] >= group->first_row && row_ids[i] < group->first_row + group->row_count;
    if (same) {
      row = (uint32_t)(row_ids[i] - group->first_row);
    } else {
      TRY(writable_group(own, row_ids[i], &group, &row, error));
      window_index = UINT32_MAX;
      if (!group) continue;
    }
    if (row / WINDOW_ROWS != window_index) {
      TRY(window_writable(transaction->store->memory, &group->windows[row / WINDOW_ROWS], error));
      window_index = row / WINDOW_ROWS;
      window = group->windows[window_index];
    }
    if (bit_get(window->deleted, row % WINDOW_ROWS)) continue;
    bit_set(window->deleted, row % WINDOW_ROWS);
    window->deleted_count++;
    group->deleted_count++;
    (row_ids[i] >= ROW_ID_LOCAL ? own->local : own->work)->live_rows--;
    ++*deleted;
  }
  return OK;
}

static Status truncate_part(Transaction *transaction, uint64_t table, TableVersion *part, uint64_t *deleted,
                            Error *error) {
  int64_t row_ids[VECTOR_CAPACITY];
  part->references++; // deleting makes another version of it
  Status status = OK;
  for (uint32_t i = 0; i < part->group_count && status == OK; i++) {
    RowGroup *group = part->groups[i];
    status = group_load(group, part->shape, error);
    for (uint32_t from = 0; from < group->row_count && status == OK; from += VECTOR_CAPACITY) {
      uint32_t end = MIN_OF(from + VECTOR_CAPACITY, group->row_count), count = 0;
      uint64_t some;
      for (uint32_t row = from; row < end; row++) {
        row_ids[count] = group->first_row + row;
        count += !group_row_deleted(group, row);
      }
      if (!count) continue;
      status = table_delete(transaction, table, row_ids, count, &some, error);
      *deleted += some;
    }
  }
  table_version_drop(part);
  return status;
}

Status table_truncate(Transaction *transaction, uint64_t table, uint64_t *deleted, Error *error) {
  TransactionTable *own;
  *deleted = 0;
  TRY(transaction_write_table(transaction, table, &own, error));
  TRY(truncate_part(transaction, table, own->work, deleted, error));
  return own->local ? truncate_part(transaction, table, own->local, deleted, error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Updating
// ---------------------------------------------------------------------------------------------------------------------

static Status note_columns(TransactionTable *own, Memory *memory, const uint32_t *column_ids, uint32_t column_count,
                           Error *error) {
  for (uint32_t i = 0; i < column_count; i++) {
    bool known = false;
    for (uint32_t j = 0; j < own->updated_count; j++) known |= own->updated_columns[j] == column_ids[i];
    if (known) continue;
    if (own->updated_count == own->updated_capacity) {
      uint32_t capacity = own->updated_capacity ? own->updated_capacity * 2 : 8;
      uint32_t *ids =
          memory_grow(memory, own->updated_columns, sizeof *ids * own->updated_capacity, sizeof *ids * capacity);
      if (!ids) return error_no_memory(error);
      own->updated_columns = ids;
      own->updated_capacity = capacity;
    }
    own->updated_columns[own->updated_count++] = column_ids[i];
  }
  return OK;
}

// Sorts 0..count by row id: bottom-up merge sort, `scratch` as long as `order`.
static void sort_by_row(const int64_t *row_ids, uint32_t *order, uint32_t *scratch, uint32_t count) {
  for (uint32_t width = 1; width < count; width *= 2) {
    for (uint32_t from = 0; from < count; from += 2 * width) {
      uint32_t middle = MIN_OF(from + width, count), end = MIN_OF(from + 2 * width, count);
      uint32_t a = from, b = middle;
      for (uint32_t at = from; at < end; at++) {
        bool left = a < middle && (b >= end || row_ids[order[a]] <= row_ids[order[b]]);
        scratch[at] = left ? order[a++] : order[b++];
      }
    }
    memcpy(order, scratch, sizeof *order * count);
  }
}

// Rows order[from..to) lie in one window of the group.
static Status update_window(Transaction *transaction, RowGroup *group, uint32_t window_index, const int64_t *row_ids,
                            const uint32_t *order, uint32_t count, const uint32_t *column_ids, uint32_t column_count,
                            const Chunk *values, Error *error) {
  uint16_t rows[WINDOW_ROWS];
  ASSERT(count <= WINDOW_ROWS);
  for (uint32_t i = 0; i < count; i++) {
    rows[i] = (uint16_t)(row_ids[order[i]] - group->first_row - (int64_t)window_index * WINDOW_ROWS);
    if (i && rows[i] == rows[i - 1])
      return error_set(error, ERROR_INTERNAL, -1, "A row is updated twice by one statement");
  }
  Window **window = &group->windows[window_index];
  TRY(window_writable(transaction->store->memory, window, error));
  for (uint32_t i = 0; i < column_count; i++) {
    TRY(window_overlay_put(*window, column_ids[i], rows, count, &values->columns[i], order, error));
  }
  return OK;
}

static Status update_rows(Transaction *transaction, TransactionTable *own, const int64_t *row_ids,
                          const uint32_t *order, uint32_t count, const uint32_t *column_ids, uint32_t column_count,
                          const Chunk *values, Error *error) {
  for (uint32_t i = 0; i < count;) {
    RowGroup *group;
    uint32_t row;
    TRY(writable_group(own, row_ids[order[i]], &group, &row, error));
    if (!group) return error_set(error, ERROR_INTERNAL, -1, "A row that was to be updated is not there");
    uint32_t window = row / WINDOW_ROWS, run = 1;
    int64_t end =
        MIN_OF(group->first_row + (int64_t)(window + 1) * WINDOW_ROWS, group->first_row + (int64_t)group->row_count);
    while (i + run < count && row_ids[order[i + run]] < end) run++;
    TRY(update_window(transaction, group, window, row_ids, order + i, run, column_ids, column_count, values, error));
    i += run;
  }
  return OK;
}

// Values that DuckDB does not change in their place.
static bool is_replaced(Type type) {
  if (type.id != TYPE_STRUCT) return type_is_nested(type);
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (is_replaced(type_child(type, i))) return true;
  }
  return false;
}

// Whether DuckDB would delete the rows and append new ones: what others do with them conflicts accordingly.
static bool replaces_rows(const TableShape *shape, const uint32_t *column_ids, uint32_t column_count,
                          const Chunk *values) {
  for (uint32_t k = 0; k < shape->key_count; k++) {
    if (key_has_column(&shape->keys[k], column_ids, column_count)) return true;
  }
  for (uint32_t i = 0; i < column_count; i++) {
    if (is_replaced(values->columns[i].type)) return true;
  }
  return false;
}

Status table_update(Transaction *transaction, uint64_t table, const int64_t *row_ids, uint32_t count,
                    const uint32_t *column_ids, uint32_t column_count, const Chunk *values, Error *error) {
  TransactionTable *own;
  Memory *memory = transaction->store->memory;
  TRY(transaction_write_table(transaction, table, &own, error));
  if (!count) return OK;
  if (replaces_rows(own->work->shape, column_ids, column_count, values)) {
    TRY(mark_rows(transaction, own, MARK(ROWS_UPDATED) | MARK(ROWS_DELETED), UINT32_MAX, row_ids, count,
                  "Conflict on tuple deletion!", error));
  } else {
    TRY(mark_rows(transaction, own, MARK(ROWS_UPDATED), MARK(ROWS_UPDATED), row_ids, count, "Conflict on update!",
                  error));
  }
  TRY(note_columns(own, memory, column_ids, column_count, error));
  TRY(keys_before_update(transaction, own, row_ids, count, column_ids, column_count, values, error));
  uint32_t *order = memory_allocate(memory, sizeof *order * count * 2);
  if (!order) return error_no_memory(error);
  bool sorted = true;
  for (uint32_t i = 0; i < count; i++) {
    order[i] = i;
    sorted &= !i || row_ids[i - 1] < row_ids[i];
  }
  if (!sorted) sort_by_row(row_ids, order, order + count, count);
  Status status = update_rows(transaction, own, row_ids, order, count, column_ids, column_count, values, error);
  memory_free(memory, order, sizeof *order * count * 2);
  return status;
}
