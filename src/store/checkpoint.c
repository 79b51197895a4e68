// SPDX-License-Identifier: MIT
//
// checkpoint.c: a version goes from memory and WAL into the database file.
//
//   begin     commits go to the other WAL file from here on; the newest version V is pinned; its raw rows are sealed
//   tables    of each table that changed, each row group that changed is written anew: raw rows are packed into blocks, together with
//             small blocks before them (size classes: a block is taken when it has less than four times the rows behind it); columns with
//             many overlays are folded; what did not change is shared
//   finish    catalog, root, list of used pages; flush; header; flush. Now the old WAL can be emptied
//   publish   the newest version, which may be later than V, gets the written parts in place of the same parts in memory
//
// Pages are taken from the free ones, and whatever the header before refers to is held by Store.durable until the new header is flushed.
#include "store/encoding.h"
#include "store/pack.h"
#include "store/recovery.h"

#define MERGE_FACTOR 4           // a block is merged with those behind it when they have at least a fourth of its rows
#define FOLD_SHARE 32            // a column is rewritten when more than one in 32 of its rows are overlaid
#define STEP_VALUES 131072       // packed by one step, about: a column of a row group, or several of smaller ones
#define VALUE_BYTES 8            // of such a value
#define UNIT_VALUES 4096         // what a unit costs that packs nothing
#define TRIM_BYTES (64ull << 20) // cut off the file by one step

typedef enum CheckpointPhase {
  CHECKPOINT_BEGIN,
  CHECKPOINT_TABLES,
  CHECKPOINT_FINISH,
  CHECKPOINT_EMPTY_WAL,
  CHECKPOINT_TRIM,
  CHECKPOINT_DONE
} CheckpointPhase;

struct Checkpoint {
  Store *store;
  bool final; // the database is being closed: the header names no WAL
  CheckpointPhase phase;
  Version *pinned;        // V
  Version *fresh;         // V as it will be on disk
  uint32_t table;         // index in pinned
  TableVersion *building; // of that table
  uint32_t group;         // index in the table
  // the row group being written
  RowGroup *target;    // NULL: none
  bool *fold;          // [column_count] columns whose overlays go into the values
  uint32_t fold_count; // size of `fold`
  uint32_t merge_from; // slots from here on are packed together
  uint32_t slot;       // that comes next
  bool packing;
  Packer packer;
};

// ---------------------------------------------------------------------------------------------------------------------
// Begin
// ---------------------------------------------------------------------------------------------------------------------

bool store_checkpoint_running(const Store *store) { return store->checkpoint != NULL; }

static uint64_t wal_bytes(const Store *store) { return store->wal.files[0].end + store->wal.files[1].end; }

bool store_checkpoint_due(const Store *store) {
  return !store->checkpoint && store->open && !store->broken && !store->read_only && !store->in_memory &&
         wal_bytes(store) >= MAX_OF(store->options.checkpoint_bytes, store->retry_checkpoint_bytes);
}

void store_set_checkpoint_bytes(Store *store, uint64_t bytes) { store->options.checkpoint_bytes = bytes; }

// Commits go to the other WAL file from now on, when that is free.
static Status switch_wal(Store *store, Error *error) {
  WalPair *pair = &store->wal;
  uint32_t other = pair->active ^ 1;
  if (!pair->files[pair->active].salt || pair->files[other].salt) return OK;
  TRY(wal_start_file(store, other, store->current->number + 1, pair->files[pair->active].salt, error));
  uint64_t salt = pair->files[other].salt;
  WalRecord link;
  wal_record_init(&link, store->memory);
  put_u64(&link.bytes, salt);
  Status status = wal_append(store, WAL_LINK, store->current->number, &link, error);
  wal_record_free(store, &link);
  if (status != OK) {
    pair->files[other].salt = 0;
    pair->files[other].end = 0;
    return status;
  }
  pair->active = other;
  return OK;
}

// The last rows of each row group take no others from here on: what is pinned stays a prefix of what comes.
static void seal_tails(Version *version) {
  for (uint32_t i = 0; i < version->table_count; i++) {
    TableVersion *table = version->tables[i];
    for (uint32_t j = 0; j < table->group_count; j++) {
      RowGroup *group = table->groups[j];
      if (group->slot_count && group->slots[group->slot_count - 1].tail)
        group->slots[group->slot_count - 1].tail->sealed = true;
    }
  }
}

static bool nothing_new(const Store *store) {
  return store->durable && store->current->number == store->durable->number;
}

static Status pin(Checkpoint *checkpoint, Error *error) {
  Store *store = checkpoint->store;
  if (!checkpoint->final) TRY(switch_wal(store, error));
  TRY(version_clone(store->current, &checkpoint->fresh, error));
  checkpoint->pinned = store->current;
  store->current->references++;
  seal_tails(store->current);
  if (!store_guards(store, SAFEGUARD_KEEP_DURABLE_PAGES)) {
    version_drop(store->durable);
    store->durable = NULL;
  }
  checkpoint->phase = CHECKPOINT_TABLES;
  return OK;
}

static Status begin(Store *store, bool final, Error *error) {
  store->checkpoint = memory_allocate_zeroed(store->memory, sizeof *store->checkpoint);
  if (!store->checkpoint) return error_no_memory(error);
  *store->checkpoint = (Checkpoint){.store = store, .final = final};
  if (store->unsettled) return OK; // the steps begin with that
  Status status = pin(store->checkpoint, error);
  if (status != OK) checkpoint_abandon(store);
  return status;
}

Status store_checkpoint_begin(Store *store, Error *error) {
  if (!store->open || store->checkpoint || store->in_memory || store->read_only || nothing_new(store)) return OK;
  if (store->broken)
    return error_set(error, ERROR_READ_ONLY, -1, "The database can only be read: a flush failed earlier");
  return begin(store, false, error);
}

Status checkpoint_begin_final(Store *store, Error *error) {
  bool used_wal = store->wal.files[0].salt || store->wal.files[1].salt;
  if (!used_wal && (nothing_new(store) || !store->current->number)) return OK;
  return begin(store, true, error);
}

static void free_target(Checkpoint *checkpoint) {
  Store *store = checkpoint->store;
  packer_free(&checkpoint->packer);
  checkpoint->packing = false;
  group_drop(checkpoint->target);
  checkpoint->target = NULL;
  memory_free(store->memory, checkpoint->fold, checkpoint->fold_count);
  checkpoint->fold = NULL;
  checkpoint->fold_count = 0;
}

void checkpoint_abandon(Store *store) {
  Checkpoint *checkpoint = store->checkpoint;
  if (!checkpoint) return;
  free_target(checkpoint);
  table_version_drop(checkpoint->building);
  version_drop(checkpoint->fresh);
  version_drop(checkpoint->pinned);
  memory_free(store->memory, checkpoint, sizeof *checkpoint);
  store->checkpoint = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// One row group
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t overlaid_rows(const RowGroup *group, uint32_t column_id) {
  uint32_t rows = 0;
  for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
    const Overlay *overlay = group->windows[i] ? window_overlay(group->windows[i], column_id) : NULL;
    if (overlay) rows += overlay->count;
  }
  return rows;
}

// Packed with what follows it would hardly become fewer blocks.
static bool block_is_large(const Block *block) {
  for (uint32_t i = 0; i < block->column_count; i++) {
    if (block->columns[i].segment->bytes > PACK_COLUMN_BYTES / 2) return true;
  }
  return false;
}

static uint32_t choose_merge(const RowGroup *group) {
  uint32_t from = 0, rows = 0;
  while (from < group->slot_count && group->slots[from].block) from++;
  if (from == group->slot_count) return from;
  for (uint32_t i = from; i < group->slot_count; i++) rows += group->slots[i].row_count;
  while (from && group->slots[from - 1].row_count < (uint64_t)rows * MERGE_FACTOR &&
         !block_is_large(group->slots[from - 1].block))
    rows += group->slots[--from].row_count;
  return from;
}

static Status begin_group(Checkpoint *checkpoint, RowGroup *group, Error *error) {
  const TableShape *shape = checkpoint->building->shape;
  TRY(group_load(group, shape, error));
  checkpoint->fold = memory_allocate_zeroed(checkpoint->store->memory, shape->column_count);
  if (shape->column_count && !checkpoint->fold) return error_no_memory(error);
  checkpoint->fold_count = shape->column_count;
  for (uint32_t i = 0; i < shape->column_count; i++) {
    checkpoint->fold[i] = (uint64_t)overlaid_rows(group, shape->columns[i].id) * FOLD_SHARE > group->row_count;
  }
  checkpoint->merge_from = choose_merge(group);
  checkpoint->slot = 0;
  checkpoint->target = group;
  group->references += 2; // so that it is copied
  Status status = group_writable(&checkpoint->target, shape, error);
  if (status != OK) {
    group->references -= 2;
    checkpoint->target = NULL;
    return status;
  }
  group->references--;
  return OK;
}

static bool block_is_stale(const Block *block, const TableShape *shape) {
  uint32_t position;
  for (uint32_t i = 0; i < block->column_count; i++) {
    if (!shape_find(shape, block->columns[i].column_id, &position)) return true;
  }
  return false;
}

static bool slot_overlaid(const RowGroup *group, uint32_t column_id, uint32_t first_row, uint32_t row_count) {
  for (uint32_t i = first_row / WINDOW_ROWS; i <= (first_row + row_count - 1) / WINDOW_ROWS; i++) {
    const Window *window = group_window(group, i);
    if (window && window_overlay(window, column_id)) return true;
  }
  return false;
}

// A block that stays as it is: it has no columns that are gone, and no overlays that are to go into its values.
static bool block_stays(const Checkpoint *checkpoint) {
  const RowGroup *group = checkpoint->target;
  const TableShape *shape = checkpoint->building->shape;
  const Slot *slot = &group->slots[checkpoint->slot];
  uint32_t first_row = 0;
  if (!slot->block || block_is_stale(slot->block, shape)) return false;
  for (uint32_t i = 0; i < checkpoint->slot; i++) first_row += group->slots[i].row_count;
  for (uint32_t i = 0; i < shape->column_count; i++) {
    if (checkpoint->fold[i] && slot_overlaid(group, shape->columns[i].id, first_row, slot->row_count)) return false;
  }
  return true;
}

// A step of making blocks of the slots. *done: all are.
static Status slots_unit(Checkpoint *checkpoint, int64_t *budget, bool *done, Error *error) {
  RowGroup *group = checkpoint->target;
  Packer *packer = &checkpoint->packer;
  TableShape *shape = checkpoint->building->shape;
  bool packed;
  *done = checkpoint->slot == group->slot_count;
  if (*done) return OK;
  if (!checkpoint->packing) {
    uint32_t end = checkpoint->slot + 1;
    if (checkpoint->slot >= checkpoint->merge_from) TRY(pack_run(group, shape, checkpoint->slot, &end, error));
    if (end == checkpoint->slot + 1 && block_stays(checkpoint)) {
      checkpoint->slot++;
      return OK;
    }
    TRY(packer_init(packer, group, shape, checkpoint->slot, end, true, checkpoint->fold, error));
    checkpoint->packing = true;
  }
  TRY(packer_step(packer, &packed, error));
  *budget -= (int64_t)packer->bytes / VALUE_BYTES;
  if (!packed) return OK;
  uint32_t end = packer->slot_to;
  group_replace_slots(group, checkpoint->slot, end, packer_finish(packer));
  checkpoint->packing = false;
  checkpoint->slot++;
  return OK;
}

// Overlays that are in the values now go.
static Status trim_windows(Checkpoint *checkpoint, Error *error) {
  RowGroup *group = checkpoint->target;
  const TableShape *shape = checkpoint->building->shape;
  for (uint32_t w = 0; group->windows && w < GROUP_WINDOWS; w++) {
    Window **window = &group->windows[w];
    if (!*window) continue;
    TRY(window_writable(checkpoint->store->memory, window, error));
    for (uint32_t i = 0; i < shape->column_count; i++) {
      if (checkpoint->fold[i]) window_overlay_remove(*window, shape->columns[i].id);
    }
    if ((*window)->overlay_count || (*window)->deleted_count) continue;
    window_drop(*window);
    *window = NULL;
  }
  return OK;
}

// One unit of work on the row group. *done: it is written.
static Status group_unit(Checkpoint *checkpoint, int64_t *budget, bool *done, Error *error) {
  *done = false;
  TRY(slots_unit(checkpoint, budget, done, error));
  if (!*done) return OK;
  TRY(trim_windows(checkpoint, error));
  TextBuilder bytes;
  text_init(&bytes, checkpoint->store->memory);
  RowGroup *group = checkpoint->target;
  Status status = group_encode(group, &bytes, error);
  if (status == OK) status = piece_write(&checkpoint->store->pages, bytes.data, bytes.length, &group->meta, error);
  text_free(&bytes);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// One table
// ---------------------------------------------------------------------------------------------------------------------

static Status finish_table(Checkpoint *checkpoint, Error *error) {
  Store *store = checkpoint->store;
  TableVersion *table = checkpoint->building;
  TextBuilder bytes;
  text_init(&bytes, store->memory);
  table_version_recount(table);
  Status status = table_version_encode(table, &bytes, error);
  if (status == OK) status = piece_write(&store->pages, bytes.data, bytes.length, &table->record, error);
  text_free(&bytes);
  if (status == OK) status = version_put(checkpoint->fresh, table, error);
  TRY(status);
  checkpoint->building = NULL;
  checkpoint->table++;
  return OK;
}

static Status table_unit(Checkpoint *checkpoint, int64_t *budget, Error *error) {
  Store *store = checkpoint->store;
  TableVersion *table = checkpoint->pinned->tables[checkpoint->table];
  bool done;
  if (checkpoint->target) {
    TRY(group_unit(checkpoint, budget, &done, error));
    if (!done) return OK;
    TRY(table_version_push_group(checkpoint->building, checkpoint->target, error));
    checkpoint->target = NULL;
    free_target(checkpoint);
    checkpoint->group++;
    return OK;
  }
  if (!checkpoint->building) {
    if (table->record.page) { // it lies on disk as it is
      checkpoint->table++;
      return OK;
    }
    checkpoint->group = 0;
    return table_version_create(store->memory, &store->pages, &store->immortals, table->id, table->shape,
                                table->next_row, &checkpoint->building, error);
  }
  if (checkpoint->group == table->group_count) return finish_table(checkpoint, error);
  RowGroup *group = table->groups[checkpoint->group];
  if (group->deleted_count == group->row_count) { // its rows are all gone, and their ids are never used again
    checkpoint->group++;
    return OK;
  }
  if (!group->meta.page) return begin_group(checkpoint, group, error);
  group->references++;
  Status status = table_version_push_group(checkpoint->building, group, error);
  if (status != OK) {
    group_drop(group);
    return status;
  }
  checkpoint->group++;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Pages in use by the new header's version: those of the old one's, minus what is gone, plus what is new
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SpaceChange {
  PageSpace *space;
  Error *error;
  Status status;
} SpaceChange;

static void take_out(void *context, const PieceRef *ref) {
  SpaceChange *change = context;
  if (!ref->page) return;
  if (ref->page_count)
    space_release(change->space, ref->page, ref->page_count);
  else
    space_unshare(change->space, ref->page);
}

static void put_in(void *context, const PieceRef *ref) {
  SpaceChange *change = context;
  bool fresh = true;
  if (!ref->page || change->status != OK) return;
  change->status = ref->page_count ? space_claim(change->space, ref->page, ref->page_count, &fresh, change->error)
                                   : space_share(change->space, ref->page, change->error);
  change->space->contradicted |= !fresh;
}

// Visits the pieces of `table` that `other` (may be NULL) does not have.
static Status visit_table(TableVersion *table, const TableVersion *other, void (*visit)(void *, const PieceRef *),
                          SpaceChange *change, Error *error) {
  TRY(table_version_load(table, error));
  visit(change, &table->record);
  for (uint32_t i = 0, j = 0; i < table->group_count; i++) {
    RowGroup *group = table->groups[i];
    while (other && j < other->group_count && other->groups[j]->first_row < group->first_row) j++;
    if (other && j < other->group_count && other->groups[j] == group) continue;
    TRY(group_load(group, table->shape, error));
    group_pieces(group, visit, change);
  }
  return change->status;
}

static Status visit_version(Version *version, const Version *other, void (*visit)(void *, const PieceRef *),
                            SpaceChange *change, Error *error) {
  if (version->objects != other->objects) visit(change, &version->objects->ref);
  for (uint32_t i = 0; i < version->table_count; i++) {
    bool found;
    uint32_t at = version_find(other, version->tables[i]->id, &found);
    TableVersion *counterpart = found ? other->tables[at] : NULL;
    if (counterpart == version->tables[i]) continue;
    if (counterpart) TRY(table_version_load(counterpart, error));
    TRY(visit_table(version->tables[i], counterpart, visit, change, error));
  }
  return change->status;
}

// The list of used pages must tell of its own pages.
static Status write_space(Store *store, PageSpace *space, PieceRef *ref, Error *error) {
  TextBuilder bytes;
  uint64_t page;
  bool fresh;
  text_init(&bytes, store->memory);
  space_encode(space, &bytes);
  uint64_t count = (bytes.length + 256 + PAGE_BYTES - 1) / PAGE_BYTES;
  Status status = bytes.failed ? error_no_memory(error) : space_allocate(&store->pages.space, count, &page, error);
  if (status != OK) {
    text_free(&bytes);
    return status;
  }
  status = space_claim(space, page, count, &fresh, error);
  if (status == OK) {
    text_clear(&bytes);
    space_encode(space, &bytes);
    size_t least = (size_t)(count - 1) * PAGE_BYTES + 1;
    if (bytes.length < least) text_append_repeated(&bytes, 0, least - bytes.length);
    status = bytes.failed ? error_no_memory(error)
                          : piece_write_at(&store->pages, page, (uint32_t)count, bytes.data, bytes.length, ref, error);
  }
  if (status != OK) space_release(&store->pages.space, page, count);
  text_free(&bytes);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Finish
// ---------------------------------------------------------------------------------------------------------------------

static Status write_objects(Store *store, ObjectSet *set, Error *error) {
  if (set->ref.page || !set->count) return OK;
  TextBuilder bytes;
  text_init(&bytes, store->memory);
  object_set_encode(set, &bytes);
  Status status =
      bytes.failed ? error_no_memory(error) : piece_write(&store->pages, bytes.data, bytes.length, &set->ref, error);
  text_free(&bytes);
  return status;
}

static Status write_root(Checkpoint *checkpoint, PieceRef *root, Error *error) {
  Store *store = checkpoint->store;
  TextBuilder bytes;
  text_init(&bytes, store->memory);
  Status status = root_encode(store, checkpoint->fresh, &bytes) == OK ? OK : error_no_memory(error);
  if (status == OK) status = piece_write(&store->pages, bytes.data, bytes.length, root, error);
  text_free(&bytes);
  return status;
}

// Whether raw rows that the checkpoint packed begin the row group's slots, exactly as they were.
static bool slots_begin_with(const RowGroup *group, const RowGroup *old) {
  if (group->slot_count < old->slot_count) return false;
  for (uint32_t i = 0; i < old->slot_count; i++) {
    const Slot *a = &group->slots[i], *b = &old->slots[i];
    if (a->block != b->block || a->tail != b->tail || a->tail_from != b->tail_from || a->row_count != b->row_count)
      return false;
  }
  return true;
}

// The row group of a later version gets the written slots in place of those that it shares with the pinned version.
static Status rebase_group(RowGroup **slot, const TableShape *shape, const RowGroup *old, const RowGroup *written,
                           Error *error) {
  if (!slots_begin_with(*slot, old)) return OK;
  TRY(group_writable(slot, shape, error));
  RowGroup *group = *slot;
  uint32_t rest = group->slot_count - old->slot_count, count = written->slot_count + rest;
  Memory *memory = group->pages->memory;
  Slot *slots = memory_allocate(memory, sizeof(Slot) * count);
  if (!slots) return error_no_memory(error);
  for (uint32_t i = 0; i < written->slot_count; i++) {
    slots[i] = written->slots[i];
    slot_keep(&slots[i]);
  }
  memcpy(slots + written->slot_count, group->slots + old->slot_count, sizeof(Slot) * rest);
  for (uint32_t i = 0; i < old->slot_count; i++) slot_drop(&group->slots[i]);
  memory_free(memory, group->slots, sizeof(Slot) * group->slot_capacity);
  group->slots = slots;
  group->slot_count = group->slot_capacity = count;
  for (uint32_t w = 0; group->windows && w < GROUP_WINDOWS; w++) {
    Window *window = (Window *)group_window(old, w), *trimmed = (Window *)group_window(written, w);
    if (!group->windows[w] || group->windows[w] != window || window == trimmed) continue;
    if (trimmed) trimmed->references++;
    window_drop(group->windows[w]);
    group->windows[w] = trimmed;
  }
  return OK;
}

static const RowGroup *find_group(const TableVersion *table, int64_t first_row) {
  uint32_t low = 0, high = table->group_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (table->groups[middle]->first_row < first_row)
      low = middle + 1;
    else
      high = middle;
  }
  return low < table->group_count && table->groups[low]->first_row == first_row ? table->groups[low] : NULL;
}

static Status rebase_table(TableVersion **slot, const TableVersion *old, TableVersion *written, Error *error) {
  if (*slot == old) {
    written->references++;
    table_version_drop(*slot);
    *slot = written;
    return OK;
  }
  TRY(table_version_writable(slot, error));
  TableVersion *table = *slot;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < table->group_count; i++) {
    RowGroup *group = table->groups[i];
    const RowGroup *before = find_group(old, group->first_row), *after = find_group(written, group->first_row);
    if (before && group == before) {
      if (after) {
        ((RowGroup *)after)->references++;
        table->groups[kept++] = (RowGroup *)after;
      }
      group_drop(group);
      continue;
    }
    table->groups[kept++] = group;
    if (before && after && before != after) {
      Status status = rebase_group(&table->groups[kept - 1], table->shape, before, after, error);
      if (status != OK) { // the rest stays as it is
        for (i++; i < table->group_count; i++) table->groups[kept++] = table->groups[i];
        table->group_count = kept;
        return status;
      }
    }
  }
  table->group_count = kept;
  return OK;
}

// The newest version with what is on disk now. When memory is short it stays in memory until the next checkpoint: not an error.
static void publish(Checkpoint *checkpoint) {
  Store *store = checkpoint->store;
  Version *next;
  if (store->current == checkpoint->pinned) {
    checkpoint->fresh->references++;
    version_drop(store->current);
    store->current = checkpoint->fresh;
    return;
  }
  if (version_clone(store->current, &next, NULL) != OK) return;
  for (uint32_t i = 0; i < next->table_count; i++) {
    bool in_old, in_new;
    uint32_t before = version_find(checkpoint->pinned, next->tables[i]->id, &in_old);
    uint32_t after = version_find(checkpoint->fresh, next->tables[i]->id, &in_new);
    if (!in_old || !in_new || checkpoint->pinned->tables[before] == checkpoint->fresh->tables[after]) continue;
    if (rebase_table(&next->tables[i], checkpoint->pinned->tables[before], checkpoint->fresh->tables[after], NULL) !=
        OK)
      break;
  }
  version_drop(store->current);
  store->current = next;
}

// Takes the place of the header before: from here on nothing can fail.
static void install(Checkpoint *checkpoint, PageSpace space, PieceRef root, PieceRef space_record) {
  Store *store = checkpoint->store;
  publish(checkpoint);
  piece_release(&store->pages, &store->root);
  piece_release(&store->pages, &store->space_record);
  store->root = root;
  store->space_record = space_record;
  space_free(&store->durable_space);
  store->durable_space = space;
  version_drop(store->durable);
  store->durable = checkpoint->fresh;
  checkpoint->fresh = NULL;
  store->commits_since_checkpoint = store->current->number - store->durable->number;
  store->retry_checkpoint_bytes = 0;
}

// The WAL files that the new header does not name.
static void empty_wal(Checkpoint *checkpoint) {
  Store *store = checkpoint->store;
  for (uint32_t i = 0; i < 2; i++) {
    bool done = true;
    if (i == store->wal.active && !checkpoint->final) continue;
    // What stays in the file when this fails has a salt that nobody names.
    if (store->wal.files[i].salt && wal_empty_step(store, i, &done, NULL) != OK)
      store->wal.files[i] = (WalFile){.file = store->wal.files[i].file, .maybe_torn = true};
    else if (!done)
      return;
    store_release_adopted(store, i);
  }
  checkpoint->phase = CHECKPOINT_TRIM;
}

static Status new_space(Checkpoint *checkpoint, const PieceRef *root, PageSpace *space, Error *error) {
  Store *store = checkpoint->store;
  static const PieceRef none = {0};
  TRY(space_copy(space, &store->durable_space, error));
  SpaceChange change = {space, error, OK};
  Status status = OK;
  if (store->durable) {
    status = visit_version(store->durable, checkpoint->fresh, take_out, &change, error);
    take_out(&change, store->root.page ? &store->root : &none);
    take_out(&change, store->space_record.page ? &store->space_record : &none);
    if (status == OK) status = visit_version(checkpoint->fresh, store->durable, put_in, &change, error);
  } else { // the safeguard is left out: what the header before refers to was forgotten
    space_free(space);
    status = space_copy(space, &store->pages.space, error);
    return status;
  }
  put_in(&change, root);
  if (status == OK) status = change.status;
  if (status == OK && (space->contradicted || store->pages.space.contradicted)) {
    status = error_set(error, ERROR_CORRUPT, -1,
                       "Corrupt database file \"%.*s\": pages are used twice, or are not in the list of used pages",
                       STR_ARG(store->path));
  }
  if (status != OK) space_free(space);
  return status;
}

static Status finish(Checkpoint *checkpoint, Error *error) {
  Store *store = checkpoint->store;
  Pages *pages = &store->pages;
  PieceRef root = {0}, space_record = {0};
  PageSpace space = {0};
  TRY(write_objects(store, checkpoint->fresh->objects, error));
  TRY(write_root(checkpoint, &root, error));
  Status status = new_space(checkpoint, &root, &space, error);
  if (status == OK) status = write_space(store, &space, &space_record, error);
  if (status == OK) status = store_flush_pages(store, SAFEGUARD_CHECKPOINT_FLUSH, error);
  uint64_t salt = checkpoint->final ? 0 : store->wal.files[store->wal.active].salt;
  if (status == OK) status = store_write_header(store, salt, checkpoint->pinned->number, &root, &space_record, error);
  if (status != OK) {
    if (!store->broken) {
      piece_release(pages, &root);
      piece_release(pages, &space_record);
    }
    space_free(&space);
    return status;
  }
  install(checkpoint, space, root, space_record);
  return OK;
}

static Status step_on(Checkpoint *checkpoint, Error *error) {
  if (checkpoint->phase == CHECKPOINT_BEGIN) {
    bool settled;
    TRY(store_settle_step(checkpoint->store, &settled, error));
    return settled ? pin(checkpoint, error) : OK;
  }
  if (store_flush_due(checkpoint->store))
    return store_flush_pages(checkpoint->store, SAFEGUARD_CHECKPOINT_FLUSH, error);
  for (int64_t budget = STEP_VALUES; budget > 0 && checkpoint->phase == CHECKPOINT_TABLES; budget -= UNIT_VALUES) {
    if (checkpoint->table < checkpoint->pinned->table_count)
      TRY(table_unit(checkpoint, &budget, error));
    else
      checkpoint->phase = CHECKPOINT_FINISH;
    if (checkpoint->phase == CHECKPOINT_FINISH) return OK;
  }
  if (checkpoint->phase == CHECKPOINT_FINISH) {
    TRY(finish(checkpoint, error));
    checkpoint->phase = CHECKPOINT_EMPTY_WAL;
  } else if (checkpoint->phase == CHECKPOINT_EMPTY_WAL) {
    empty_wal(checkpoint);
  } else if (checkpoint->phase == CHECKPOINT_TRIM) {
    bool trimmed;
    // A file that could not be made shorter is only longer than need be.
    if (pages_trim(&checkpoint->store->pages, TRIM_BYTES, &trimmed, NULL) != OK || trimmed)
      checkpoint->phase = CHECKPOINT_DONE;
  }
  return OK;
}

Status store_checkpoint_step(Store *store, StoreStep *step, Error *error) {
  Checkpoint *checkpoint = store->checkpoint;
  *step = STORE_DONE;
  if (!checkpoint) return OK;
  Status status = store->broken
                      ? error_set(error, ERROR_READ_ONLY, -1, "The database can only be read: a flush failed earlier")
                      : step_on(checkpoint, error);
  if (status == OK && checkpoint->phase != CHECKPOINT_DONE) {
    *step = STORE_MORE;
    return OK;
  }
  if (status != OK) store->retry_checkpoint_bytes = wal_bytes(store) + store->options.checkpoint_bytes / 4;
  checkpoint_abandon(store);
  return status;
}
