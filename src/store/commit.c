// SPDX-License-Identifier: MIT
//
// commit.c: how the changes of a transaction become the newest version.
//
//   pack      what was appended in bulk is compressed to its last row group
//   build     conflicts with what others committed are looked for; the next version is built on top of the newest, and with it the WAL
//             record, of which a large one is written ahead (wal.h)
//   finish    in one call: the rest of the record is written and flushed, the pointer swapped
//
// Packing and building are done in slices. When another commit or a checkpoint gets in between, building begins again, the third time in one
// call: so that many small commits do not keep a large one from its end.
//
// Everything that can fail happens before the record is flushed; afterwards nothing can.
#include "store/change.h"
#include "store/encoding.h"
#include "store/group_reader.h"

#define SHARED_TAIL_ROWS 1024 // from here on raw rows are taken over without a copy
#define PACK_STEPS 2          // of packing, done by one step
#define VALUE_BYTES 8         // a step applies and writes about as many values as make a piece of the record
#define SKETCHED_VALUES 4     // cost as much as one that is applied
#define MOST_REBUILDS 2       // then it is done in one call

// Where the appended rows of one local row group went.
typedef struct FinalGroup {
  int64_t local_first;
  int64_t final_first;
  RowGroup *compacted; // deleted rows were left out: the group tells which (borrowed); NULL: none were
  uint32_t row_count;
} FinalGroup;
typedef struct FinalRows {
  TransactionTable *own;
  FinalGroup *groups; // [own->local->group_count], in the commit's arena
  uint32_t count;
} FinalRows;

// Reads the live rows of raw slots chunk by chunk, into the record and, unless the slots are shared, into the table.
typedef struct AppendWalk {
  GroupReader reader;
  Chunk chunk;
  bool open;
  uint32_t group; // of `local`
  bool begun;     // the group has its FinalGroup
  bool share;     // its slots are taken over without a copy
  uint32_t slot;
  uint32_t from; // row of the slot
  int64_t next_row;
  uint32_t selection[VECTOR_CAPACITY];
} AppendWalk;

typedef enum BuildPhase { BUILD_BEGIN, BUILD_TABLE, BUILD_ROWS, BUILD_APPENDS } BuildPhase;

struct Commit {
  Arena arena;       // of the origin
  Arena build_arena; // of what is built
  CommitOrigin origin;
  WalRecord record;      // unused in memory
  Version *base;         // the newest version, on top of which is built
  Version *fresh;        // the next version
  FinalRows *final_rows; // one for each table
  RowGroup **adopted;    // to be held for the WAL
  uint32_t adopted_count;
  BuildPhase phase;
  TransactionTable *own; // table being built …
  uint32_t own_index;    // … and its place among the transaction's
  uint32_t group;        // changed rows: row group and window that come next
  uint32_t window;
  uint32_t column; // … of the updated ones, and of its overlay's values that go into the record
  uint32_t row;
  AppendWalk *walk;
  uint32_t rebuilds;
};

static void end_walk(Commit *commit) {
  AppendWalk *walk = commit->walk;
  commit->walk = NULL;
  if (!walk || !walk->open) return;
  if (walk->chunk.memory) chunk_free(&walk->chunk);
  group_reader_free(&walk->reader);
}

// What was built is not wanted, or is not needed any more.
static void forget_build(Store *store, Commit *commit) {
  end_walk(commit);
  version_drop(commit->fresh);
  version_drop(commit->base);
  commit->fresh = commit->base = NULL;
  commit->adopted_count = 0;
  commit->phase = BUILD_BEGIN;
  wal_record_clear(store, &commit->record);
  arena_reset(&commit->build_arena);
}

void commit_abandon(Transaction *transaction) {
  Commit *commit = transaction->commit;
  if (!commit) return;
  forget_build(transaction->store, commit);
  keys_forget_build(transaction);
  wal_record_free(transaction->store, &commit->record);
  Memory *memory = transaction->store->memory;
  arena_free(&commit->arena);
  arena_free(&commit->build_arena);
  memory_free(memory, commit, sizeof *commit);
  transaction->commit = NULL;
}

Status transaction_commit_begin(Transaction *transaction, const CommitOrigin *origin, Error *error) {
  Memory *memory = transaction->store->memory;
  if (transaction->finished) return error_set(error, ERROR_TRANSACTION, -1, "The transaction has ended");
  if (!transaction_has_changes(transaction)) return OK;
  TRY(transaction_check_writable(transaction, error));
  Commit *commit = memory_allocate_zeroed(memory, sizeof *commit);
  if (!commit) return error_no_memory(error);
  arena_init(&commit->arena, memory);
  arena_init(&commit->build_arena, memory);
  wal_record_init(&commit->record, memory);
  transaction->commit = commit;
  if (!origin) return OK;
  commit->origin = *origin;
  TRY(str_copy(&commit->arena, error, origin->label, &commit->origin.label));
  return str_copy(&commit->arena, error, origin->sql, &commit->origin.sql);
}

// ---------------------------------------------------------------------------------------------------------------------
// Conflicts
// ---------------------------------------------------------------------------------------------------------------------

static bool committed_since(const Transaction *transaction, uint64_t table) {
  for (const CommitLog *log = transaction->store->oldest_log; log; log = log->next) {
    if (log->number <= transaction->version->number) continue;
    for (uint32_t i = 0; i < log->table_count; i++) {
      if (log->tables[i].table == table) return true;
    }
  }
  return false;
}

static bool changes_rows(const TransactionTable *own) {
  return own->rows[ROWS_UPDATED].count || own->rows[ROWS_DELETED].count;
}

// What a transaction changed must not have been dropped or altered by others.
static Status table_conflict(Transaction *transaction, const TransactionTable *own, bool dropped, const char *what,
                             Error *error) {
  bool only_adds = !changes_rows(own) && !own->dropped && !own->reshaped;
  transaction->conflict = (CommitConflict){.table = own->id, .dropped = dropped, .only_adds = only_adds};
  return error_set(error, ERROR_CONFLICT, -1, "Failed to commit: the table was %s by another transaction", what);
}

static Status check_table(Transaction *transaction, const TransactionTable *own, Error *error) {
  bool found;
  const Version *newest = transaction->store->current;
  if (!own->base) return OK;
  uint32_t at = version_find(newest, own->id, &found);
  if (!found) return table_conflict(transaction, own, true, "dropped", error);
  TRY(table_version_load(newest->tables[at], error));
  if (newest->tables[at]->shape != own->base->shape) return table_conflict(transaction, own, false, "altered", error);
  if ((own->dropped || own->reshaped) && committed_since(transaction, own->id))
    return table_conflict(transaction, own, false, "changed", error);
  return OK;
}

static Status check_objects(const Transaction *transaction, Error *error) {
  const ObjectSet *base = transaction->version->objects, *mine = transaction->objects,
                  *newest = transaction->store->current->objects;
  if (!mine || base == newest) return OK;
  for (uint32_t i = 0, j = 0; i < base->count || j < mine->count;) {
    bool only_base = j == mine->count || (i < base->count && base->items[i]->id < mine->items[j]->id);
    bool only_mine = i == base->count || (j < mine->count && mine->items[j]->id < base->items[i]->id);
    bool changed = only_base || only_mine || base->items[i] != mine->items[j];
    uint64_t id = only_mine ? mine->items[j]->id : base->items[i]->id;
    if (changed && !only_mine) {
      bool found;
      uint32_t at = object_set_find(newest, id, &found);
      if (!found || newest->items[at] != base->items[i]) {
        return error_set(error, ERROR_CONFLICT, -1,
                         "Failed to commit: a catalog entry was changed by another transaction");
      }
    }
    i += !only_mine;
    j += !only_base;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Objects and counters
// ---------------------------------------------------------------------------------------------------------------------

static bool writes_record(const Transaction *transaction) { return !transaction->store->in_memory; }

static Status apply_objects(Transaction *transaction, Error *error) {
  Commit *commit = transaction->commit;
  const ObjectSet *base = transaction->version->objects, *mine = transaction->objects;
  if (!mine) return OK;
  TRY(object_set_writable(&commit->fresh->objects, store_new_stamp(transaction->store), error));
  for (uint32_t i = 0, j = 0; i < base->count || j < mine->count;) {
    if (j == mine->count || (i < base->count && base->items[i]->id < mine->items[j]->id)) {
      object_set_remove(commit->fresh->objects, base->items[i]->id);
      if (writes_record(transaction)) {
        put_u8(&commit->record.bytes, CHANGE_OBJECT_REMOVE);
        put_varint(&commit->record.bytes, base->items[i]->id);
      }
      i++;
      continue;
    }
    const ObjectEntry *entry = mine->items[j];
    bool in_base = i < base->count && base->items[i]->id == entry->id;
    if (!in_base || base->items[i] != entry) {
      TRY(object_set_put(commit->fresh->objects, entry->id, entry->kind, entry->bytes, entry->length, error));
      if (writes_record(transaction)) {
        put_u8(&commit->record.bytes, CHANGE_OBJECT_PUT);
        put_varint(&commit->record.bytes, entry->id);
        put_varint(&commit->record.bytes, entry->kind);
        put_text(&commit->record.bytes, entry->bytes, entry->length);
      }
    }
    i += in_base;
    j++;
  }
  return OK;
}

static void write_counters(Transaction *transaction) {
  const CounterSet *set = &transaction->store->counters;
  TextBuilder *record = &transaction->commit->record.bytes;
  if (!writes_record(transaction) || !transaction->store->counters_dirty) return;
  put_u8(record, CHANGE_COUNTERS);
  put_varint(record, set->count);
  for (uint32_t i = 0; i < set->count; i++) {
    put_varint(record, set->items[i].id);
    put_u64(record, (uint64_t)set->items[i].value);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Changed rows of a table
// ---------------------------------------------------------------------------------------------------------------------

static Status write_image(Transaction *transaction, const Vector *vector, uint32_t count, Error *error) {
  Memory *memory = transaction->store->memory;
  TextBuilder image;
  text_init(&image, memory);
  Status status = image_append(&image, vector, count, true, memory, error);
  if (status == OK) {
    put_varint(&transaction->commit->record.bytes, image.length);
    put_padding(&transaction->commit->record.bytes);
    put_bytes(&transaction->commit->record.bytes, image.data, image.length);
  }
  text_free(&image);
  return status;
}

// Values of an overlay that go into the record at once: of updated rows, from the one that comes next.
typedef struct UpdatePart {
  int64_t row_ids[WINDOW_ROWS];
  uint32_t value_rows[WINDOW_ROWS], count;
} UpdatePart;

static void next_part(const TransactionTable *own, const Overlay *overlay, int64_t first, uint32_t *next, int64_t bytes,
                      UpdatePart *part) {
  part->count = 0;
  for (; *next < overlay->count && bytes > 0; (*next)++) {
    int64_t row_id = first + overlay->rows[*next];
    if (!row_set_has(&own->rows[ROWS_UPDATED], row_id)) continue;
    part->row_ids[part->count] = row_id;
    part->value_rows[part->count++] = *next;
    bytes -= (int64_t)rows_bytes(&overlay->values, *next, 1);
  }
}

static Status write_update(Transaction *transaction, const TransactionTable *own, const Overlay *overlay,
                           const UpdatePart *part, Error *error) {
  TextBuilder *record = &transaction->commit->record.bytes;
  put_u8(record, CHANGE_UPDATE);
  put_varint(record, own->id);
  put_varint(record, overlay->column_id);
  put_row_ids(record, part->row_ids, part->count);
  if (part->count == overlay->count) return write_image(transaction, &overlay->values, part->count, error);
  Vector values;
  TRY(vector_init(&values, transaction->store->memory, overlay->values.type, part->count, error));
  Status status = vector_copy(&values, 0, &overlay->values, part->value_rows, 0, part->count, error);
  if (status == OK) status = write_image(transaction, &values, part->count, error);
  vector_free(&values);
  return status;
}

// The overlaid values of one column among touched rows of one window. They are put into the record in parts, each of what is left of the budget.
static Status apply_overlay(Transaction *transaction, TransactionTable *own, TableVersion **target,
                            const RowGroup *group, uint32_t window_index, Overlay *overlay, int64_t *budget,
                            Error *error) {
  Commit *commit = transaction->commit;
  UpdatePart part;
  int64_t first = group->first_row + (int64_t)window_index * WINDOW_ROWS;
  if (!commit->row) {
    const Window *before = group_window(own->base->groups[commit->group], window_index);
    bool shared;
    uint32_t next = 0;
    TRY(change_share(target, first, before ? window_overlay(before, overlay->column_id) : NULL, overlay, &shared,
                     error));
    if (!shared) {
      next_part(own, overlay, first, &next, INT64_MAX, &part);
      TRY(change_update(target, overlay->column_id, part.row_ids, part.count, &overlay->values, part.value_rows,
                        error));
    }
  }
  while (*budget > 0 && commit->row < overlay->count) {
    uint32_t from = commit->row;
    next_part(own, overlay, first, &commit->row, *budget * VALUE_BYTES, &part);
    if (part.count && writes_record(transaction)) TRY(write_update(transaction, own, overlay, &part, error));
    *budget -= (int64_t)(rows_bytes(&overlay->values, from, commit->row - from) / VALUE_BYTES) + commit->row - from;
  }
  return OK;
}

static Status apply_deletes(Transaction *transaction, TransactionTable *own, TableVersion **target,
                            const RowGroup *group, uint32_t window_index, const Window *window, Error *error) {
  int64_t row_ids[WINDOW_ROWS];
  uint32_t count = 0;
  int64_t first = group->first_row + (int64_t)window_index * WINDOW_ROWS;
  for (size_t i = bits_next(window->deleted, 0, WINDOW_ROWS, true); i < WINDOW_ROWS;
       i = bits_next(window->deleted, i + 1, WINDOW_ROWS, true)) {
    row_ids[count] = first + (int64_t)i;
    count += row_set_has(&own->rows[ROWS_DELETED], first + (int64_t)i);
  }
  if (!count) return OK;
  TRY(change_delete(target, row_ids, count, error));
  if (!writes_record(transaction)) return OK;
  put_u8(&transaction->commit->record.bytes, CHANGE_DELETE);
  put_varint(&transaction->commit->record.bytes, own->id);
  put_row_ids(&transaction->commit->record.bytes, row_ids, count);
  return OK;
}

// *done: all that differs in the window was applied.
static Status apply_window(Transaction *transaction, TransactionTable *own, TableVersion **target,
                           const RowGroup *group, uint32_t window_index, int64_t *budget, bool *done, Error *error) {
  Commit *commit = transaction->commit;
  const Window *window = group->windows[window_index];
  for (*done = false; commit->column < own->updated_count; commit->column++, commit->row = 0) {
    if (*budget <= 0) return OK; // what a step begins it also enters: an overlay that was begun is not shared again
    uint32_t position;
    Overlay *overlay = window_overlay(window, own->updated_columns[commit->column]);
    if (!overlay || !shape_find((*target)->shape, overlay->column_id, &position)) continue;
    TRY(apply_overlay(transaction, own, target, group, window_index, overlay, budget, error));
    if (commit->row < overlay->count) return OK;
  }
  commit->column = 0;
  *done = true;
  *budget -= window->deleted_count;
  if (!window->deleted_count) return OK;
  return apply_deletes(transaction, own, target, group, window_index, window, error);
}

// Everything that differs between `work` and `base` is in windows that hold changed rows. *done: all of them were applied.
static Status rows_step(Transaction *transaction, TransactionTable *own, TableVersion **target, int64_t *budget,
                        bool *done, Error *error) {
  Commit *commit = transaction->commit;
  bool applied;
  *done = !own->base || !changes_rows(own);
  if (*done) return OK;
  for (; commit->group < own->work->group_count; commit->group++, commit->window = 0) {
    const RowGroup *group = own->work->groups[commit->group], *before = own->base->groups[commit->group];
    if (group == before || !group->windows) continue;
    for (; commit->window < GROUP_WINDOWS; commit->window++) {
      uint32_t w = commit->window;
      if (!group->windows[w] || group->windows[w] == group_window(before, w)) continue;
      if (*budget <= 0) return OK;
      TRY(apply_window(transaction, own, target, group, w, budget, &applied, error));
      if (!applied) return OK;
    }
  }
  *done = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Appended rows of a table
// ---------------------------------------------------------------------------------------------------------------------

static Status adopt_group(Transaction *transaction, TransactionTable *own, TableVersion **target, const RowGroup *group,
                          Error *error) {
  Commit *commit = transaction->commit;
  RowGroup *adopted;
  TRY(change_adopt(target, group, &adopted, error));
  if (!writes_record(transaction)) return OK;
  TextBuilder bytes;
  text_init(&bytes, transaction->store->memory);
  Status status = group_encode(adopted, &bytes, error);
  if (status == OK) {
    put_u8(&commit->record.bytes, CHANGE_ADOPT);
    put_varint(&commit->record.bytes, own->id);
    put_varint(&commit->record.bytes, (uint64_t)adopted->first_row);
    put_varint(&commit->record.bytes, bytes.length);
    put_padding(&commit->record.bytes);
    put_bytes(&commit->record.bytes, bytes.data, bytes.length);
    commit->adopted[commit->adopted_count++] = adopted;
  }
  text_free(&bytes);
  return status;
}

static Status write_append(Transaction *transaction, TransactionTable *own, int64_t first_row, const Vector *columns,
                           uint32_t count, Error *error) {
  if (!writes_record(transaction)) return OK;
  TextBuilder *record = &transaction->commit->record.bytes;
  const TableShape *shape = own->local->shape;
  put_u8(record, CHANGE_APPEND);
  put_varint(record, own->id);
  put_varint(record, (uint64_t)first_row);
  put_varint(record, count);
  put_varint(record, shape->column_count);
  for (uint32_t i = 0; i < shape->column_count; i++) {
    put_varint(record, shape->columns[i].id);
    TRY(write_image(transaction, &columns[i], count, error));
  }
  return OK;
}

static Status open_walk(Transaction *transaction, TransactionTable *own, Error *error) {
  Commit *commit = transaction->commit;
  Arena *arena = &commit->build_arena;
  Memory *memory = transaction->store->memory;
  TableShape *shape = own->local->shape;
  uint32_t *ids;
  Type *types;
  ARENA_NEW(arena, error, commit->walk);
  ARENA_NEW_ARRAY(arena, error, ids, shape->column_count);
  ARENA_NEW_ARRAY(arena, error, types, shape->column_count);
  ARENA_NEW_ARRAY(arena, error, commit->final_rows[commit->own_index].groups, own->local->group_count);
  for (uint32_t i = 0; i < shape->column_count; i++) {
    ids[i] = shape->columns[i].id;
    types[i] = shape->columns[i].type;
  }
  TRY(group_reader_init(&commit->walk->reader, memory, shape, ids, shape->column_count, error));
  commit->walk->open = true;
  return chunk_init(&commit->walk->chunk, memory, types, shape->column_count, error);
}

// How many rows of a raw slot to read at once: no more bytes than make a piece of the record, as if its rows were alike.
static uint32_t rows_at_once(const Transaction *transaction, const Slot *slot, uint32_t from) {
  const Tail *tail = slot->tail;
  uint32_t rows = group_reader_stride(slot, from);
  uint64_t bytes = 0, most = transaction->store->options.piece_bytes;
  for (uint32_t i = 0; i < tail->shape->column_count; i++) bytes += tail->column_bytes[i];
  bytes = bytes * rows / MAX_OF(tail->rows_used, 1u);
  if (bytes <= most) return rows;
  return MIN_OF(rows, MAX_OF((uint32_t)(rows * most / bytes) / 64, 1u) *
                          64); // a vector is borrowed from whole words of its validity on
}

// The next chunk of a raw slot.
static Status append_chunk(Transaction *transaction, TransactionTable *own, TableVersion **target,
                           const RowGroup *group, Error *error) {
  AppendWalk *walk = transaction->commit->walk;
  const Slot *slot = &group->slots[walk->slot];
  if (!walk->from) TRY(group_reader_seat(&walk->reader, group, walk->slot, error));
  uint32_t rows = rows_at_once(transaction, slot, walk->from);
  uint32_t live = group_reader_live(&walk->reader, walk->from, rows, walk->selection);
  if (live) TRY(group_reader_read(&walk->reader, walk->from, rows, walk->chunk.columns, error));
  for (uint32_t i = 0; live && live < rows && i < walk->chunk.column_count; i++) {
    TRY(vector_slice(&walk->chunk.columns[i], &walk->chunk.columns[i], walk->selection, live, error));
  }
  if (live) {
    TRY(write_append(transaction, own, walk->next_row, walk->chunk.columns, live, error));
    if (!walk->share) TRY(table_version_append(*target, walk->chunk.columns, 0, live, error));
    if (!walk->share) TRY(table_version_sketch_end(*target, error));
    walk->next_row += live;
  }
  walk->from += rows;
  return OK;
}

static Status append_raw_step(Transaction *transaction, TransactionTable *own, TableVersion **target, RowGroup *group,
                              int64_t *budget, bool *done, Error *error) {
  AppendWalk *walk = transaction->commit->walk;
  const TextBuilder *record = &transaction->commit->record.bytes;
  for (*done = false; walk->slot < group->slot_count; walk->slot++, walk->from = 0) {
    const Slot *slot = &group->slots[walk->slot];
    if (*budget <= 0) return OK;
    while ((!walk->share || writes_record(transaction)) && walk->from < slot->row_count) {
      if (*budget <= 0) return OK;
      size_t before = record->length;
      TRY(append_chunk(transaction, own, target, group, error));
      *budget -= (int64_t)own->local->shape->column_count * VECTOR_CAPACITY;
      *budget -= (int64_t)(record->length - before) / VALUE_BYTES;
    }
    if (!walk->share || !slot->row_count) continue;
    TRY(tail_sketch_all(slot->tail, error));
    TRY(change_append_slot(target, slot, error));
    *budget -= (int64_t)slot->row_count * own->local->shape->column_count / SKETCHED_VALUES;
  }
  *done = true;
  return OK;
}

static void begin_group(Commit *commit, const TableVersion *target, RowGroup *group) {
  AppendWalk *walk = commit->walk;
  FinalRows *final_rows = &commit->final_rows[commit->own_index];
  FinalGroup *final_group = &final_rows->groups[final_rows->count++];
  *final_group =
      (FinalGroup){.local_first = group->first_row, .final_first = target->next_row, .row_count = group->row_count};
  if (group->deleted_count && !group_is_packed(group)) final_group->compacted = group;
  walk->begun = true;
  walk->share = !group->deleted_count && !group->windows && group->row_count >= SHARED_TAIL_ROWS;
  walk->slot = walk->from = 0;
  walk->next_row = target->next_row;
}

// *done: all rows that the transaction appended to the table are in the next version.
static Status appends_step(Transaction *transaction, TransactionTable *own, TableVersion **target, int64_t *budget,
                           bool *done, Error *error) {
  Commit *commit = transaction->commit;
  TableVersion *local = own->local;
  *done = !local || !local->group_count;
  if (*done) return OK;
  if (!commit->walk) TRY(open_walk(transaction, own, error));
  AppendWalk *walk = commit->walk;
  TRY(table_version_writable(target, error));
  for (; walk->group < local->group_count; walk->group++, walk->begun = false) {
    RowGroup *group = local->groups[walk->group];
    bool appended = true;
    if (*budget <= 0) return OK;
    if (!walk->begun) begin_group(commit, *target, group);
    if (group_is_packed(group))
      TRY(adopt_group(transaction, own, target, group, error));
    else
      TRY(append_raw_step(transaction, own, target, group, budget, &appended, error));
    if (!appended) return OK;
    *budget -= (int64_t)local->shape->column_count * 64;
  }
  end_walk(commit);
  *done = true;
  return OK;
}

static int64_t final_row(void *context, int64_t local_row) {
  const FinalRows *rows = context;
  uint32_t low = 0, high = rows->count; // the last group that does not begin behind the row
  while (high - low > 1) {
    uint32_t middle = (low + high) / 2;
    if (rows->groups[middle].local_first <= local_row)
      low = middle;
    else
      high = middle;
  }
  const FinalGroup *group = &rows->groups[low];
  int64_t offset = local_row - group->local_first;
  ASSERT(rows->count && offset >= 0 && offset < group->row_count);
  return group->final_first + offset -
         (group->compacted ? group_deleted_before(group->compacted, (uint32_t)offset) : 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// A table as a whole
// ---------------------------------------------------------------------------------------------------------------------

static Status write_shape(Transaction *transaction, const TransactionTable *own, ChangeOp op, Error *error) {
  TextBuilder *record = &transaction->commit->record.bytes;
  TextBuilder shape;
  if (!writes_record(transaction)) return OK;
  text_init(&shape, transaction->store->memory);
  Status status = shape_encode(own->work->shape, &shape, transaction->store->memory, error);
  if (status == OK) {
    put_u8(record, (uint8_t)op);
    put_varint(record, own->id);
    put_varint(record, shape.length);
    put_padding(record);
    put_bytes(record, shape.data, shape.length);
  }
  text_free(&shape);
  return status;
}

static Status create_table(Transaction *transaction, TransactionTable *own, Error *error) {
  own->work->references++;
  Status status = version_put(transaction->commit->fresh, own->work, error);
  if (status != OK) {
    table_version_drop(own->work);
    return status;
  }
  return write_shape(transaction, own, CHANGE_TABLE_CREATE, error);
}

// The table as a whole: created, dropped, its shape changed. *gone: there is nothing more to apply.
static Status apply_table(Transaction *transaction, TransactionTable *own, bool *gone, Error *error) {
  Commit *commit = transaction->commit;
  bool found;
  *gone = own->dropped;
  if (own->dropped) {
    if (!own->base) return OK;
    version_remove(commit->fresh, own->id);
    if (writes_record(transaction)) {
      put_u8(&commit->record.bytes, CHANGE_TABLE_DROP);
      put_varint(&commit->record.bytes, own->id);
    }
    return OK;
  }
  if (!own->base) return create_table(transaction, own, error);
  if (!own->reshaped) return OK;
  uint32_t at = version_find(commit->fresh, own->id, &found);
  ASSERT(found);
  TableVersion **target = &commit->fresh->tables[at];
  TRY(table_version_writable(target, error));
  shape_drop((*target)->shape);
  (*target)->shape = shape_keep(own->work->shape);
  return write_shape(transaction, own, CHANGE_TABLE_SHAPE, error);
}

static uint32_t local_group_count(const Transaction *transaction) {
  uint32_t count = 0;
  for (const TransactionTable *own = transaction->tables; own; own = own->next)
    count += own->local ? own->local->group_count : 0;
  return count;
}

static uint32_t table_count(const Transaction *transaction) {
  uint32_t count = 0;
  for (const TransactionTable *own = transaction->tables; own; own = own->next) count++;
  return count;
}

// ---------------------------------------------------------------------------------------------------------------------
// The log for those that began before
// ---------------------------------------------------------------------------------------------------------------------

static bool others_active(const Transaction *transaction) {
  for (const Transaction *other = transaction->store->active; other; other = other->next) {
    if (other != transaction && !other->finished && !other->read_only) return true;
  }
  return false;
}

static Status make_log(Transaction *transaction, CommitLog **out, Error *error) {
  Memory *memory = transaction->store->memory;
  uint32_t count = table_count(transaction);
  *out = NULL;
  if (!others_active(transaction) || !count) return OK;
  CommitLog *log = memory_allocate_zeroed(memory, sizeof *log);
  if (!log) return error_no_memory(error);
  log->tables = memory_allocate_zeroed(memory, sizeof(CommitLogTable) * count);
  if (!log->tables) {
    memory_free(memory, log, sizeof *log);
    return error_no_memory(error);
  }
  log->table_count = count;
  *out = log;
  return OK;
}

void commit_log_free(Store *store, CommitLog *log) {
  if (!log) return;
  for (uint32_t i = 0; i < log->table_count; i++) {
    for (uint32_t mark = 0; mark < ROW_MARKS; mark++) row_set_free(&log->tables[i].rows[mark]);
  }
  memory_free(store->memory, log->tables, sizeof(CommitLogTable) * log->table_count);
  memory_free(store->memory, log, sizeof *log);
}

static void publish_log(Transaction *transaction, CommitLog *log) {
  Store *store = transaction->store;
  if (!log) return;
  uint32_t i = 0;
  for (TransactionTable *own = transaction->tables; own; own = own->next, i++) {
    log->tables[i] = (CommitLogTable){.table = own->id, .whole = own->dropped || own->reshaped};
    memcpy(log->tables[i].rows, own->rows, sizeof own->rows);
    for (uint32_t mark = 0; mark < ROW_MARKS; mark++) row_set_init(&own->rows[mark], store->memory);
  }
  log->number = transaction->commit_number;
  if (store->newest_log)
    store->newest_log->next = log;
  else
    store->oldest_log = log;
  store->newest_log = log;
}

// ---------------------------------------------------------------------------------------------------------------------
// Commit
// ---------------------------------------------------------------------------------------------------------------------

// *done false: there is more to pack.
static Status pack_step(Transaction *transaction, bool *done, Error *error) {
  for (TransactionTable *own = transaction->tables; own; own = own->next) {
    if (own->dropped || !own->local) continue;
    bool last_too =
        !transaction->store->in_memory && (own->bulk || own->local->live_rows >= transaction->store->options.bulk_rows);
    TRY(transaction_pack(transaction, own, PACK_STEPS, last_too, done, error));
    if (!*done) return OK;
  }
  *done = true;
  return OK;
}

static Status build_begin(Transaction *transaction, Error *error) {
  Store *store = transaction->store;
  Commit *commit = transaction->commit;
  TRY(check_objects(transaction, error));
  TRY(transaction_check_guards(transaction, error));
  for (TransactionTable *own = transaction->tables; own; own = own->next) TRY(check_table(transaction, own, error));
  TRY(version_clone(store->current, &commit->fresh, error));
  commit->base = store->current;
  commit->base->references++;
  commit->fresh->number = store->current->number + 1;
  ARENA_NEW_ARRAY(&commit->build_arena, error, commit->final_rows, table_count(transaction));
  ARENA_NEW_ARRAY(&commit->build_arena, error, commit->adopted, local_group_count(transaction));
  if (writes_record(transaction)) {
    change_write_head(&commit->record.bytes, &commit->origin, store->next_id,
                      store->host ? host_wall_micros(store->host) : 0);
  }
  TRY(apply_objects(transaction, error));
  commit->own = transaction->tables;
  commit->own_index = 0;
  commit->phase = BUILD_TABLE;
  return OK;
}

static void next_table(Commit *commit) {
  commit->own = commit->own->next;
  commit->own_index++;
  commit->phase = BUILD_TABLE;
}

static Status build_table(Transaction *transaction, int64_t *budget, Error *error) {
  Commit *commit = transaction->commit;
  TransactionTable *own = commit->own;
  bool done, found;
  if (commit->phase == BUILD_TABLE) {
    commit->final_rows[commit->own_index].own = own;
    commit->group = commit->window = commit->column = commit->row = 0;
    TRY(apply_table(transaction, own, &done, error));
    commit->phase = BUILD_ROWS;
    if (done) next_table(commit);
    return OK;
  }
  uint32_t at = version_find(commit->fresh, own->id, &found);
  ASSERT(found);
  TableVersion **target = &commit->fresh->tables[at];
  if (commit->phase == BUILD_ROWS) {
    TRY(rows_step(transaction, own, target, budget, &done, error));
    if (done) commit->phase = BUILD_APPENDS;
    return OK;
  }
  TRY(appends_step(transaction, own, target, budget, &done, error));
  if (done) next_table(commit);
  return OK;
}

static Status build_keys(Transaction *transaction, int64_t *budget, bool *done, Error *error) {
  Commit *commit = transaction->commit;
  uint32_t i = 0;
  *done = true;
  for (TransactionTable *own = transaction->tables; own && *done; own = own->next, i++) {
    if (own->dropped) continue;
    TRY(keys_build_step(transaction, own, final_row, &commit->final_rows[i], budget, done, error));
  }
  return OK;
}

static Status build_some(Transaction *transaction, bool *done, Error *error) {
  Commit *commit = transaction->commit;
  const int64_t most = transaction->store->options.piece_bytes / VALUE_BYTES;
  int64_t budget = most;
  if (commit->phase == BUILD_BEGIN) TRY(build_begin(transaction, error));
  while (budget > 0 && commit->own) TRY(build_table(transaction, &budget, error));
  *done = false;
  if (commit->record.bytes.length > transaction->store->options.piece_bytes + sizeof(WalRecordHead)) {
    TRY(wal_ready(transaction->store, error));
    TRY(wal_write_ahead(transaction->store, &commit->record, error));
  }
  if (commit->own) return OK;
  TRY(build_keys(transaction, &budget, done, error));
  // What follows is not small either.
  *done = *done && budget > most / 2;
  return OK;
}

// *done: the next version and the record are complete but for what the last call adds.
static Status build_step(Transaction *transaction, bool *done, Error *error) {
  Store *store = transaction->store;
  Commit *commit = transaction->commit;
  if (commit->base && (commit->base != store->current || wal_record_lost(store, &commit->record))) {
    forget_build(store, commit);
    keys_forget_build(transaction);
    commit->rebuilds++;
  }
  do {
    TRY(build_some(transaction, done, error));
  } while (!*done && commit->rebuilds >= MOST_REBUILDS);
  return OK;
}

// Makes it durable. Row groups that the record adopts are held first: that may fail, holding too many is harmless.
static Status write_record(Transaction *transaction, uint64_t number, Error *error) {
  Store *store = transaction->store;
  Commit *commit = transaction->commit;
  if (!writes_record(transaction)) return OK;
  TRY(wal_ready(store, error));
  if (commit->adopted_count) TRY(store_flush_pages(store, SAFEGUARD_ADOPT_FLUSH, error));
  for (uint32_t i = 0; i < commit->adopted_count; i++) TRY(store_hold_adopted(store, commit->adopted[i], error));
  return wal_append(store, WAL_COMMIT, number, &commit->record, error);
}

static void publish(Transaction *transaction, uint64_t number, CommitLog *log) {
  Store *store = transaction->store;
  Commit *commit = transaction->commit;
  version_drop(store->current);
  store->current = commit->fresh;
  commit->fresh = NULL;
  store->counters_dirty = false;
  store->commits_since_checkpoint++;
  transaction->commit_number = number;
  uint32_t i = 0;
  for (TransactionTable *own = transaction->tables; own; own = own->next, i++) {
    keys_after_commit(transaction, own, final_row, &commit->final_rows[i]);
  }
  publish_log(transaction, log);
}

static Status finish(Transaction *transaction, Error *error) {
  Commit *commit = transaction->commit;
  uint64_t number = commit->fresh->number;
  CommitLog *log;
  write_counters(transaction);
  if (writes_record(transaction)) put_u8(&commit->record.bytes, CHANGE_END);
  if (commit->record.bytes.failed) return error_no_memory(error);
  TRY(make_log(transaction, &log, error));
  Status status = write_record(transaction, number, error);
  if (status != OK) {
    commit_log_free(transaction->store, log);
    return status;
  }
  publish(transaction, number, log);
  return OK;
}

static Status commit_step(Transaction *transaction, bool *done, Error *error) {
  *done = true;
  TRY(transaction_check_writable(transaction, error));
  if (writes_record(transaction)) TRY(store_settle_step(transaction->store, done, error));
  if (!*done) return OK;
  TRY(pack_step(transaction, done, error));
  if (!*done) return OK;
  TRY(build_step(transaction, done, error));
  return *done ? finish(transaction, error) : OK;
}

Status transaction_commit_step(Transaction *transaction, StoreStep *step, Error *error) {
  bool done = false;
  *step = STORE_DONE;
  if (!transaction->commit) { // nothing changed
    transaction_end(transaction);
    return OK;
  }
  Status status = commit_step(transaction, &done, error);
  if (status == OK && !done) {
    *step = STORE_MORE;
    return OK;
  }
  commit_abandon(transaction);
  transaction_end(transaction);
  return status;
}
