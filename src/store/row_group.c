// SPDX-License-Identifier: MIT
//
// row_group.c: up to 122,880 rows: slots (blocks and tails) one after the other, and windows of changes on top. Its bytes on disk:
//
//   row count, slot count, { rows, columns, { column id, codec, reference, sketch } … } …, window count, { index, length, window } …
#include "store/encoding.h"
#include "store/tree.h"

Status group_create(Pages *pages, uint64_t table, int64_t first_row, RowGroup **out, Error *error) {
  RowGroup *group = memory_allocate_zeroed(pages->memory, sizeof *group);
  if (!group) return error_no_memory(error);
  *group = (RowGroup){.references = 1, .loaded = true, .pages = pages, .table = table, .first_row = first_row};
  *out = group;
  return OK;
}

void slot_keep(const Slot *slot) {
  if (slot->block) slot->block->references++;
  if (slot->tail) slot->tail->references++;
}

void slot_drop(const Slot *slot) {
  block_drop(slot->block);
  tail_drop(slot->tail);
}

static void free_contents(RowGroup *group) {
  Memory *memory = group->pages->memory;
  for (uint32_t i = 0; i < group->slot_count; i++) slot_drop(&group->slots[i]);
  memory_free(memory, group->slots, sizeof(Slot) * group->slot_capacity);
  if (group->windows) {
    for (uint32_t i = 0; i < GROUP_WINDOWS; i++) window_drop(group->windows[i]);
    memory_free(memory, group->windows, sizeof(Window *) * GROUP_WINDOWS);
  }
  group->slots = NULL;
  group->slot_count = group->slot_capacity = 0;
  group->windows = NULL;
}

// A reader of metadata that skips what needs the table's columns: enough to give the pages back.
static void release_unloaded(RowGroup *group) {
  Buffer *buffer;
  const uint8_t *bytes;
  if (piece_read(group->pages, &group->meta, (PieceOwner){"row group", 0, group->table}, &buffer, &bytes, NULL) != OK) {
    return; // damaged: its pages stay in use
  }
  ByteReader reader = byte_reader(bytes, (size_t)group->meta.length);
  take_varint(&reader);
  uint64_t slot_count = take_varint(&reader);
  for (uint64_t i = 0; i < slot_count && !reader.failed; i++) {
    take_varint(&reader);
    uint64_t column_count = take_varint(&reader);
    for (uint64_t j = 0; j < column_count && !reader.failed; j++) {
      PieceRef ref;
      take_varint(&reader);
      take_u8(&reader);
      take_into(&reader, &ref, sizeof ref);
      take_bytes(&reader, sizeof(ColumnSketch));
      if (!reader.failed) piece_release(group->pages, &ref);
    }
  }
  buffer_drop(buffer);
}

void group_drop(RowGroup *group) {
  if (!group || --group->references) return;
  if (!group->loaded && !group->pages->closing) release_unloaded(group);
  free_contents(group);
  piece_release(group->pages, &group->meta);
  memory_free(group->pages->memory, group, sizeof *group);
}

Status group_load(RowGroup *group, const TableShape *shape, Error *error) {
  if (group->loaded) return OK;
  Buffer *buffer;
  const uint8_t *bytes;
  PieceOwner owner = {"row group starting at row", (uint64_t)group->first_row, group->table};
  TRY(piece_read(group->pages, &group->meta, owner, &buffer, &bytes, error));
  Status status = group_decode(group, shape, bytes, (size_t)group->meta.length, error);
  buffer_drop(buffer);
  return status;
}

Status group_writable(RowGroup **slot, const TableShape *shape, Error *error) {
  RowGroup *old = *slot;
  TRY(group_load(old, shape, error));
  if (old->references == 1) {
    piece_release(old->pages, &old->meta);
    old->meta = (PieceRef){0};
    return OK;
  }
  Memory *memory = old->pages->memory;
  RowGroup *fresh = memory_allocate(memory, sizeof *fresh);
  if (!fresh) return error_no_memory(error);
  *fresh = *old;
  fresh->references = 1;
  fresh->meta = (PieceRef){0};
  fresh->slot_capacity = old->slot_count + 1;
  fresh->slots = memory_allocate(memory, sizeof(Slot) * fresh->slot_capacity);
  fresh->windows = old->windows ? memory_allocate(memory, sizeof(Window *) * GROUP_WINDOWS) : NULL;
  if (!fresh->slots || (old->windows && !fresh->windows)) {
    memory_free(memory, fresh->slots, sizeof(Slot) * fresh->slot_capacity);
    memory_free(memory, fresh->windows, sizeof(Window *) * GROUP_WINDOWS);
    memory_free(memory, fresh, sizeof *fresh);
    return error_no_memory(error);
  }
  for (uint32_t i = 0; i < old->slot_count; i++) {
    fresh->slots[i] = old->slots[i];
    slot_keep(&fresh->slots[i]);
  }
  for (uint32_t i = 0; old->windows && i < GROUP_WINDOWS; i++) {
    fresh->windows[i] = old->windows[i];
    if (fresh->windows[i]) fresh->windows[i]->references++;
  }
  group_drop(old);
  *slot = fresh;
  return OK;
}

Status group_push_slot(RowGroup *group, Slot slot, Error *error) {
  Memory *memory = group->pages->memory;
  if (group->slot_count == group->slot_capacity) {
    uint32_t capacity = group->slot_capacity ? group->slot_capacity * 2 : 4;
    Slot *slots = memory_grow(memory, group->slots, sizeof(Slot) * group->slot_capacity, sizeof(Slot) * capacity);
    if (!slots) return error_no_memory(error);
    group->slots = slots;
    group->slot_capacity = capacity;
  }
  group->slots[group->slot_count++] = slot;
  group->row_count += slot.row_count;
  return OK;
}

Status group_need_windows(RowGroup *group, Error *error) {
  if (group->windows) return OK;
  group->windows = memory_allocate_zeroed(group->pages->memory, sizeof(Window *) * GROUP_WINDOWS);
  return group->windows ? OK : error_no_memory(error);
}

bool group_row_deleted(const RowGroup *group, uint32_t row) {
  const Window *window = group_window(group, row / WINDOW_ROWS);
  return window && window->deleted_count && bit_get(window->deleted, row % WINDOW_ROWS);
}

uint32_t group_deleted_before(const RowGroup *group, uint32_t row) {
  uint32_t count = 0;
  if (!group->windows) return 0;
  for (uint32_t i = 0; i < row / WINDOW_ROWS; i++) count += group->windows[i] ? group->windows[i]->deleted_count : 0;
  const Window *window = row % WINDOW_ROWS ? group->windows[row / WINDOW_ROWS] : NULL;
  return window ? count + (uint32_t)bits_count(window->deleted, row % WINDOW_ROWS) : count;
}

void group_replace_slots(RowGroup *group, uint32_t from, uint32_t to, Block *block) {
  for (uint32_t i = from; i < to; i++) slot_drop(&group->slots[i]);
  group->slots[from] = (Slot){.block = block, .row_count = block->row_count};
  memmove(group->slots + from + 1, group->slots + to, sizeof(Slot) * (group->slot_count - to));
  group->slot_count -= to - from - 1;
}

bool group_is_packed(const RowGroup *group) {
  for (uint32_t i = 0; i < group->slot_count; i++) {
    if (group->slots[i].tail) return false;
  }
  return true;
}

uint64_t group_bytes(const RowGroup *group) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < group->slot_count; i++) {
    const Slot *slot = &group->slots[i];
    if (slot->tail) bytes += tail_bytes(slot->tail) * slot->row_count / MAX_OF(slot->tail->capacity, 1u);
    for (uint32_t j = 0; slot->block && j < slot->block->column_count; j++)
      bytes += slot->block->columns[j].segment->bytes;
  }
  return bytes;
}

void group_pieces(const RowGroup *group, void (*visit)(void *context, const PieceRef *ref), void *context) {
  if (group->meta.page) visit(context, &group->meta);
  for (uint32_t i = 0; i < group->slot_count; i++) {
    const Block *block = group->slots[i].block;
    for (uint32_t j = 0; block && j < block->column_count; j++) {
      if (block->columns[j].segment->ref.page) visit(context, &block->columns[j].segment->ref);
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes
// ---------------------------------------------------------------------------------------------------------------------

Status group_encode(const RowGroup *group, TextBuilder *out, Error *error) {
  Memory *memory = group->pages->memory;
  put_varint(out, group->row_count);
  put_varint(out, group->slot_count);
  for (uint32_t i = 0; i < group->slot_count; i++) {
    const Block *block = group->slots[i].block;
    ASSERT(block && group->slots[i].row_count == block->row_count);
    put_varint(out, block->row_count);
    put_varint(out, block->column_count);
    for (uint32_t j = 0; j < block->column_count; j++) {
      const Segment *segment = block->columns[j].segment;
      put_varint(out, block->columns[j].column_id);
      put_u8(out, segment->codec);
      put_bytes(out, &segment->ref, sizeof segment->ref);
      put_bytes(out, &segment->sketch, sizeof segment->sketch);
    }
  }
  uint32_t window_count = 0;
  for (uint32_t i = 0; i < GROUP_WINDOWS; i++) window_count += group_window(group, i) != NULL;
  put_varint(out, window_count);
  for (uint32_t i = 0; i < GROUP_WINDOWS && window_count; i++) {
    if (!group_window(group, i)) continue;
    TextBuilder bytes;
    text_init(&bytes, memory);
    Status status = window_encode(group->windows[i], &bytes, memory, error);
    if (status == OK) {
      put_varint(out, i);
      put_varint(out, bytes.length);
      put_padding(out);
      put_bytes(out, bytes.data, bytes.length);
    }
    text_free(&bytes);
    TRY(status);
  }
  return out->failed ? error_no_memory(error) : OK;
}

static Status damaged(Error *error) { return error_set(error, ERROR_CORRUPT, -1, "Row group metadata is damaged"); }

static Status decode_block(RowGroup *group, ByteReader *reader, Error *error) {
  Memory *memory = group->pages->memory;
  uint64_t rows = take_varint(reader), columns = take_varint(reader);
  if (!rows || rows > ROW_GROUP_ROWS || columns > bytes_left(reader) / (sizeof(PieceRef) + sizeof(ColumnSketch))) {
    return damaged(error);
  }
  Block *block = block_create(memory, (uint32_t)rows, (uint32_t)columns);
  if (!block) return error_no_memory(error);
  Status status = OK;
  for (uint32_t i = 0; i < columns && status == OK; i++) {
    Segment *segment = memory_allocate_zeroed(memory, sizeof *segment);
    if (!segment) {
      status = error_no_memory(error);
      break;
    }
    *segment = (Segment){.references = 1, .row_count = (uint32_t)rows, .pages = group->pages};
    block->columns[i] = (BlockColumn){(uint32_t)take_varint(reader), segment};
    segment->codec = take_u8(reader);
    take_into(reader, &segment->ref, sizeof segment->ref);
    take_into(reader, &segment->sketch, sizeof segment->sketch);
    segment->bytes = segment->ref.length;
    if (reader->failed || !segment->ref.page || !piece_ref_plausible(&segment->ref)) {
      segment->ref = (PieceRef){0};
      status = damaged(error);
    }
  }
  if (status == OK) status = group_push_slot(group, (Slot){.block = block, .row_count = (uint32_t)rows}, error);
  if (status != OK) {
    for (uint32_t i = 0; i < block->column_count; i++) {
      if (block->columns[i].segment) block->columns[i].segment->ref = (PieceRef){0}; // still the unloaded group's
    }
    block_drop(block);
  }
  return status;
}

static Status decode_windows(RowGroup *group, const TableShape *shape, ByteReader *reader, Error *error) {
  uint64_t count = take_varint(reader);
  if (count > GROUP_WINDOWS) return damaged(error);
  if (count) TRY(group_need_windows(group, error));
  for (uint64_t i = 0; i < count; i++) {
    uint64_t index = take_varint(reader), length = take_varint(reader);
    take_padding(reader);
    const uint8_t *bytes = take_bytes(reader, length);
    if (reader->failed || index >= GROUP_WINDOWS || group->windows[index]) return damaged(error);
    TRY(window_decode(group->pages->memory, shape, bytes, (size_t)length, &group->windows[index], error));
  }
  return reader->failed ? damaged(error) : OK;
}

Status group_decode(RowGroup *group, const TableShape *shape, const uint8_t *bytes, size_t length, Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  uint64_t row_count = take_varint(&reader), slot_count = take_varint(&reader);
  uint32_t known_rows = group->row_count;
  Status status = reader.failed || row_count > ROW_GROUP_ROWS ? damaged(error) : OK;
  group->row_count = 0;
  for (uint64_t i = 0; i < slot_count && status == OK; i++) status = decode_block(group, &reader, error);
  if (status == OK) status = decode_windows(group, shape, &reader, error);
  if (status == OK && (group->row_count != row_count || (known_rows && known_rows != row_count)))
    status = damaged(error);
  if (status != OK) {
    for (uint32_t i = 0; i < group->slot_count; i++) {
      for (uint32_t j = 0; j < group->slots[i].block->column_count; j++) {
        group->slots[i].block->columns[j].segment->ref = (PieceRef){0};
      }
    }
    free_contents(group);
    group->row_count = known_rows;
    return status;
  }
  group->deleted_count = 0;
  for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
    if (group->windows[i]) group->deleted_count += group->windows[i]->deleted_count;
  }
  group->loaded = true;
  return OK;
}
