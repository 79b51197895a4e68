// SPDX-License-Identifier: MIT
//
// change.c: see change.h.
#include "store/change.h"

#define ORIGIN_TEXT_BYTES 4096

// ---------------------------------------------------------------------------------------------------------------------
// Applying
// ---------------------------------------------------------------------------------------------------------------------

static Status writable_group(TableVersion **table, int64_t row_id, RowGroup **out, uint32_t *row, Error *error) {
  uint32_t index;
  *out = NULL;
  if (!table_version_find(*table, row_id, &index, row)) return OK;
  TRY(table_version_writable(table, error));
  RowGroup **group = &(*table)->groups[index];
  TRY(group_writable(group, (*table)->shape, error));
  TRY(group_need_windows(*group, error));
  *out = *group;
  return OK;
}

// How many of the ascending ids from `at` on lie in the window of the group that holds the first.
static uint32_t window_run(const RowGroup *group, uint32_t row, const int64_t *row_ids, uint32_t count) {
  int64_t end = group->first_row + MIN_OF((row / WINDOW_ROWS + 1) * WINDOW_ROWS, group->row_count);
  uint32_t run = 1;
  while (run < count && row_ids[run] < end) run++;
  return run;
}

Status change_delete(TableVersion **table, const int64_t *row_ids, uint32_t count, Error *error) {
  for (uint32_t i = 0; i < count;) {
    RowGroup *group;
    uint32_t row;
    TRY(writable_group(table, row_ids[i], &group, &row, error));
    if (!group) {
      i++;
      continue;
    }
    Window **window = &group->windows[row / WINDOW_ROWS];
    TRY(window_writable((*table)->memory, window, error));
    uint32_t run = window_run(group, row, row_ids + i, count - i);
    for (uint32_t j = 0; j < run; j++) {
      size_t bit = (size_t)(row_ids[i + j] - group->first_row) % WINDOW_ROWS;
      if (bit_get((*window)->deleted, bit)) continue;
      bit_set((*window)->deleted, bit);
      (*window)->deleted_count++;
      group->deleted_count++;
      (*table)->live_rows--;
    }
    i += run;
  }
  return OK;
}

Status change_update(TableVersion **table, uint32_t column_id, const int64_t *row_ids, uint32_t count,
                     const Vector *values, const uint32_t *value_rows, Error *error) {
  for (uint32_t i = 0; i < count;) {
    RowGroup *group;
    uint32_t row;
    uint16_t rows[WINDOW_ROWS];
    TRY(writable_group(table, row_ids[i], &group, &row, error));
    if (!group) { // deleted by another transaction, and gone with a checkpoint
      i++;
      continue;
    }
    Window **window = &group->windows[row / WINDOW_ROWS];
    TRY(window_writable((*table)->memory, window, error));
    uint32_t run = window_run(group, row, row_ids + i, count - i);
    for (uint32_t j = 0; j < run; j++) rows[j] = (uint16_t)((row_ids[i + j] - group->first_row) % WINDOW_ROWS);
    TRY(window_overlay_put(*window, column_id, rows, run, values, value_rows + i, error));
    i += run;
  }
  return OK;
}

Status change_share(TableVersion **table, int64_t first_row_id, const Overlay *before, Overlay *overlay, bool *shared,
                    Error *error) {
  RowGroup *group;
  uint32_t row;
  *shared = false;
  TRY(writable_group(table, first_row_id, &group, &row, error));
  if (!group) return OK;
  Window **window = &group->windows[row / WINDOW_ROWS];
  if ((*window ? window_overlay(*window, overlay->column_id) : NULL) != before) return OK;
  TRY(window_writable((*table)->memory, window, error));
  *shared = true;
  return window_overlay_share(*window, overlay, error);
}

Status change_adopt(TableVersion **table, const RowGroup *group, RowGroup **adopted, Error *error) {
  TRY(table_version_writable(table, error));
  RowGroup *fresh = (RowGroup *)group;
  // A copy of its own, for it gets other row ids.
  fresh->references += 2;
  Status status = group_writable(&fresh, (*table)->shape, error);
  if (status != OK) {
    ((RowGroup *)group)->references -= 2;
    return status;
  }
  ((RowGroup *)group)->references--;
  fresh->first_row = (*table)->next_row;
  fresh->table = (*table)->id;
  status = table_version_push_group(*table, fresh, error);
  if (status != OK) {
    group_drop(fresh);
    return status;
  }
  (*table)->next_row += fresh->row_count;
  (*table)->live_rows += fresh->row_count - fresh->deleted_count;
  *adopted = fresh;
  return OK;
}

Status change_append_slot(TableVersion **table, const Slot *slot, Error *error) {
  ASSERT(slot->tail);
  TRY(table_version_writable(table, error));
  for (uint32_t done = 0; done < slot->row_count;) {
    RowGroup *group;
    TRY(table_version_open_group(*table, &group, error));
    Slot part = {.tail = slot->tail,
                 .tail_from = slot->tail_from + done,
                 .row_count = MIN_OF(slot->row_count - done, ROW_GROUP_ROWS - group->row_count)};
    TRY(group_push_slot(group, part, error));
    part.tail->references++;
    (*table)->next_row += part.row_count;
    (*table)->live_rows += part.row_count;
    done += part.row_count;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Head of a payload: session, request, statement, rows, time, next id, label, SQL, key/value area
// ---------------------------------------------------------------------------------------------------------------------

void change_write_head(TextBuilder *out, const CommitOrigin *origin, uint64_t next_id, int64_t wall_micros) {
  static const CommitOrigin nobody = {0};
  if (!origin) origin = &nobody;
  put_bytes(out, origin->session, sizeof origin->session);
  put_u64(out, origin->request);
  put_u64(out, origin->statement);
  put_u64(out, origin->rows_changed);
  put_u64(out, (uint64_t)wall_micros);
  put_varint(out, next_id);
  put_text(out, origin->label.data, MIN_OF(origin->label.length, (size_t)ORIGIN_TEXT_BYTES));
  put_text(out, origin->sql.data, MIN_OF(origin->sql.length, (size_t)ORIGIN_TEXT_BYTES));
  put_varint(out, 0); // pairs of key and value
  put_padding(out);
}

static Status damaged(Error *error) {
  return error_set(error, ERROR_CORRUPT, -1, "A commit record cannot be understood");
}

Status change_read_head(const uint8_t *bytes, size_t length, CommitOrigin *origin, uint64_t *next_id,
                        int64_t *wall_micros, size_t *at, Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  take_into(&reader, origin->session, sizeof origin->session);
  origin->request = take_u64(&reader);
  origin->statement = (uint32_t)take_u64(&reader);
  origin->rows_changed = take_u64(&reader);
  *wall_micros = (int64_t)take_u64(&reader);
  *next_id = take_varint(&reader);
  origin->label = take_text(&reader);
  origin->sql = take_text(&reader);
  uint64_t pairs = take_varint(&reader);
  for (uint64_t i = 0; i < pairs && !reader.failed; i++) {
    take_text(&reader);
    take_text(&reader);
  }
  take_padding(&reader);
  *at = (size_t)(reader.at - reader.start);
  return reader.failed ? damaged(error) : OK;
}

void put_row_ids(TextBuilder *out, const int64_t *row_ids, uint32_t count) {
  int64_t previous = 0;
  put_varint(out, count);
  for (uint32_t i = 0; i < count; i++) {
    put_varint(out, (uint64_t)(row_ids[i] - previous));
    previous = row_ids[i];
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Replay
// ---------------------------------------------------------------------------------------------------------------------

static Status find_table(ChangeReplay *replay, TableVersion ***slot, Error *error) {
  bool found;
  uint32_t at = version_find(replay->version, take_varint(&replay->reader), &found);
  if (!found || replay->reader.failed) return damaged(error);
  *slot = &replay->version->tables[at];
  return table_version_load(**slot, error);
}

static Status take_row_ids(ChangeReplay *replay, int64_t **row_ids, uint32_t *count, Error *error) {
  uint64_t number = take_varint(&replay->reader);
  if (number > bytes_left(&replay->reader)) replay->reader.failed = true;
  if (replay->reader.failed) return damaged(error);
  ARENA_NEW_ARRAY(&replay->arena, error, *row_ids, number);
  int64_t previous = 0;
  for (uint64_t i = 0; i < number; i++) {
    uint64_t difference = take_varint(&replay->reader);
    if (i && !difference) replay->reader.failed = true;
    previous = (*row_ids)[i] = (int64_t)((uint64_t)previous + difference);
    if (previous < 0) replay->reader.failed = true;
  }
  *count = (uint32_t)number;
  return replay->reader.failed ? damaged(error) : OK;
}

static const uint8_t *take_aligned(ChangeReplay *replay, uint64_t *length) {
  *length = take_varint(&replay->reader);
  take_padding(&replay->reader);
  return take_bytes(&replay->reader, *length);
}

// The values of an image as one vector with its own strings.
static Status take_image(ChangeReplay *replay, Type type, uint32_t count, Vector *out, Error *error) {
  Memory *memory = replay->store->memory;
  uint64_t length;
  const uint8_t *bytes = take_aligned(replay, &length);
  ImageReader image;
  if (!bytes) return damaged(error);
  TRY(image_reader_open(&image, memory, type, bytes, (size_t)length, NULL, error));
  Status status = image.header->row_count == count
                      ? vector_init(out, memory, type, (MAX_OF(count, 1u) + 63) & ~63u, error)
                      : damaged(error);
  if (status == OK && count) {
    status = image_read(&image, 0, count, out, error);
    // A dictionary belongs to the reader, which ends here.
    if (status == OK) status = vector_flatten(out, count, error);
    if (status != OK) vector_free(out);
  }
  image_reader_close(&image);
  return status;
}

static Status replay_shape(ChangeReplay *replay, bool create, Error *error) {
  Store *store = replay->store;
  uint64_t id = take_varint(&replay->reader), length;
  const uint8_t *bytes = take_aligned(replay, &length);
  TableShape *shape;
  if (!bytes) return damaged(error);
  TRY(shape_decode(store->memory, bytes, (size_t)length, &store->immortals, &shape, error));
  bool found;
  uint32_t at = version_find(replay->version, id, &found);
  Status status = found == create ? damaged(error) : OK;
  if (status == OK && create) {
    TableVersion *table;
    status = table_version_create(store->memory, &store->pages, &store->immortals, id, shape, 0, &table, error);
    if (status == OK) {
      status = version_put(replay->version, table, error);
      if (status != OK) table_version_drop(table);
    }
  } else if (status == OK) {
    TableVersion **slot = &replay->version->tables[at];
    status = table_version_writable(slot, error);
    if (status == OK) {
      shape_drop((*slot)->shape);
      (*slot)->shape = shape_keep(shape);
    }
  }
  shape_drop(shape);
  return status;
}

static Status replay_append(ChangeReplay *replay, Error *error) {
  TableVersion **slot;
  TRY(find_table(replay, &slot, error));
  const TableShape *shape = (*slot)->shape;
  int64_t first_row = (int64_t)take_varint(&replay->reader);
  uint64_t count = take_varint(&replay->reader), column_count = take_varint(&replay->reader);
  if (replay->reader.failed || first_row != (*slot)->next_row || count > ROW_GROUP_ROWS ||
      column_count != shape->column_count) {
    return damaged(error);
  }
  Vector *columns;
  ARENA_NEW_ARRAY(&replay->arena, error, columns, column_count);
  Status status = OK;
  for (uint32_t i = 0; i < column_count && status == OK; i++) {
    uint64_t column_id = take_varint(&replay->reader);
    if (column_id != shape->columns[i].id)
      status = damaged(error);
    else
      status = take_image(replay, shape->columns[i].type, (uint32_t)count, &columns[i], error);
  }
  if (status == OK) status = table_version_writable(slot, error);
  if (status == OK) status = table_version_append(*slot, columns, 0, (uint32_t)count, error);
  if (status == OK) status = table_version_sketch_end(*slot, error);
  for (uint32_t i = 0; i < column_count; i++) vector_free(&columns[i]);
  return status;
}

typedef struct Claim {
  Store *store;
  Error *error;
  Status status;
} Claim;

static void claim_piece(void *context, const PieceRef *ref) {
  Claim *claim = context;
  PageSpace *space = &claim->store->pages.space;
  bool fresh = true;
  uint64_t end = (ref->page + MAX_OF(ref->page_count, 1u)) * PAGE_BYTES;
  if (claim->status != OK || !store_guards(claim->store, SAFEGUARD_CLAIM_ADOPTED_PAGES)) return;
  if (end > claim->store->pages.file_bytes + PAGE_BYTES) {
    claim->status = damaged(claim->error);
    return;
  }
  claim->status = ref->page_count ? space_claim(space, ref->page, ref->page_count, &fresh, claim->error)
                                  : space_share(space, ref->page, claim->error);
  if (claim->status == OK && !fresh) claim->status = damaged(claim->error);
}

static void disown_pieces(RowGroup *group) {
  for (uint32_t i = 0; i < group->slot_count; i++) {
    Block *block = group->slots[i].block;
    for (uint32_t j = 0; block && j < block->column_count; j++) block->columns[j].segment->ref = (PieceRef){0};
  }
}

static Status replay_adopt(ChangeReplay *replay, Error *error) {
  Store *store = replay->store;
  TableVersion **slot;
  RowGroup *group, *adopted;
  TRY(find_table(replay, &slot, error));
  int64_t first_row = (int64_t)take_varint(&replay->reader);
  uint64_t length;
  const uint8_t *bytes = take_aligned(replay, &length);
  if (!bytes || first_row != (*slot)->next_row) return damaged(error);
  TRY(group_create(&store->pages, (*slot)->id, first_row, &group, error));
  group->loaded = false;
  Status status = group_decode(group, (*slot)->shape, bytes, (size_t)length, error);
  if (status != OK) {
    group->loaded = true; // nothing of it is on disk
    group_drop(group);
    return status;
  }
  Claim claim = {store, error, OK};
  group_pieces(group, claim_piece, &claim);
  status = claim.status;
  if (status != OK) disown_pieces(group); // which were claimed does not matter: the opening fails
  if (status == OK) status = change_adopt(slot, group, &adopted, error);
  if (status == OK) status = store_hold_adopted(store, adopted, error);
  group_drop(group);
  return status;
}

static Status replay_delete(ChangeReplay *replay, Error *error) {
  TableVersion **slot;
  int64_t *row_ids;
  uint32_t count;
  TRY(find_table(replay, &slot, error));
  TRY(take_row_ids(replay, &row_ids, &count, error));
  return change_delete(slot, row_ids, count, error);
}

static Status replay_update(ChangeReplay *replay, Error *error) {
  TableVersion **slot;
  int64_t *row_ids;
  uint32_t count, position, *value_rows;
  TRY(find_table(replay, &slot, error));
  uint64_t column_id = take_varint(&replay->reader);
  TRY(take_row_ids(replay, &row_ids, &count, error));
  if (column_id > UINT32_MAX || !shape_find((*slot)->shape, (uint32_t)column_id, &position)) return damaged(error);
  ARENA_NEW_ARRAY(&replay->arena, error, value_rows, count);
  for (uint32_t i = 0; i < count; i++) value_rows[i] = i;
  Vector values;
  TRY(take_image(replay, (*slot)->shape->columns[position].type, count, &values, error));
  Status status = change_update(slot, (uint32_t)column_id, row_ids, count, &values, value_rows, error);
  vector_free(&values);
  return status;
}

static Status replay_counters(ChangeReplay *replay, Error *error) {
  CounterSet *set = &replay->store->counters;
  uint64_t count = take_varint(&replay->reader);
  set->count = 0;
  for (uint64_t i = 0; i < count && !replay->reader.failed; i++) {
    uint64_t id = take_varint(&replay->reader);
    int64_t value = (int64_t)take_u64(&replay->reader);
    TRY(counter_set_put(set, id, value, error));
  }
  return OK;
}

static Status replay_op(ChangeReplay *replay, uint8_t op, Error *error) {
  ByteReader *reader = &replay->reader;
  switch (op) {
    case CHANGE_OBJECT_PUT: {
      uint64_t id = take_varint(reader), kind = take_varint(reader);
      Str bytes = take_text(reader);
      if (reader->failed) return damaged(error);
      TRY(object_set_writable(&replay->version->objects, store_new_stamp(replay->store), error));
      return object_set_put(replay->version->objects, id, (uint32_t)kind, bytes.data, bytes.length, error);
    }
    case CHANGE_OBJECT_REMOVE:
      TRY(object_set_writable(&replay->version->objects, store_new_stamp(replay->store), error));
      object_set_remove(replay->version->objects, take_varint(reader));
      return OK;
    case CHANGE_TABLE_CREATE:
      return replay_shape(replay, true, error);
    case CHANGE_TABLE_DROP:
      version_remove(replay->version, take_varint(reader));
      return OK;
    case CHANGE_TABLE_SHAPE:
      return replay_shape(replay, false, error);
    case CHANGE_APPEND:
      return replay_append(replay, error);
    case CHANGE_ADOPT:
      return replay_adopt(replay, error);
    case CHANGE_DELETE:
      return replay_delete(replay, error);
    case CHANGE_UPDATE:
      return replay_update(replay, error);
    case CHANGE_COUNTERS:
      return replay_counters(replay, error);
    default:
      return damaged(error);
  }
}

void change_replay_begin(ChangeReplay *replay, Store *store, Version *version) {
  *replay = (ChangeReplay){.store = store, .version = version, .starved = true};
  arena_init(&replay->arena, store->memory);
}

void change_replay_feed(ChangeReplay *replay, const uint8_t *bytes, size_t length, size_t at, bool more) {
  replay->reader = byte_reader(bytes, length);
  (void)take_bytes(&replay->reader, at);
  replay->more = more;
  replay->starved = false;
}

// An operation changes nothing before it has been read wholly.
Status change_replay_step(ChangeReplay *replay, uint64_t *budget, bool *done, Error *error) {
  ByteReader *reader = &replay->reader;
  for (*done = false; !*done && *budget && !replay->starved;) {
    const uint8_t *from = reader->at;
    uint8_t op = take_u8(reader);
    *done = op == CHANGE_END && !reader->failed;
    Status status = *done ? OK : replay_op(replay, op, error);
    *budget -= MIN_OF(*budget, (uint64_t)(reader->at - from));
    arena_reset(&replay->arena);
    if (reader->failed && replay->more) {
      reader->at = from;
      reader->failed = false;
      replay->starved = true;
      return OK;
    }
    TRY(status);
    if (reader->failed) return damaged(error);
  }
  return OK;
}

void change_replay_end(ChangeReplay *replay) {
  if (replay->store) arena_free(&replay->arena);
  *replay = (ChangeReplay){0};
}
