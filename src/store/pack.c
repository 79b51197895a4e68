// SPDX-License-Identifier: MIT
//
// pack.c: see pack.h.
#include "store/pack.h"

#define STEP_BYTES (512u << 10) // of a column that is packed by one step
#define MEASURED_ROWS 16384     // of a larger one, by one step

// ---------------------------------------------------------------------------------------------------------------------
// How many rows make a block
// ---------------------------------------------------------------------------------------------------------------------

// Of a tail: as if its rows were alike.
static uint64_t slot_bytes(const Slot *slot, uint32_t column_id) {
  uint32_t column;
  if (slot->tail) {
    if (!shape_find(slot->tail->shape, column_id, &column)) return 0;
    return slot->tail->column_bytes[column] * slot->row_count / MAX_OF(slot->tail->rows_used, 1u);
  }
  const Segment *segment = block_find(slot->block, column_id);
  return segment ? segment->bytes : 0;
}

// Of at most `most` rows of the slots from slot_from on, those of which columns [from, to) together take so many bytes.
static uint32_t rows_that_fit(const RowGroup *group, const TableShape *shape, uint32_t slot_from, uint32_t from,
                              uint32_t to, uint64_t bytes, uint32_t most) {
  uint32_t rows = 0;
  for (uint32_t i = slot_from; i < group->slot_count && rows < most; i++) {
    const Slot *slot = &group->slots[i];
    uint64_t taken = 0;
    for (uint32_t c = from; c < to; c++) taken += slot_bytes(slot, shape->columns[c].id);
    if (taken > bytes) return MIN_OF(rows + (uint32_t)(slot->row_count * bytes / taken), most);
    bytes -= taken;
    rows += slot->row_count;
  }
  return MIN_OF(rows, most);
}

static Status split_slot(RowGroup *group, uint32_t at, uint32_t rows, Error *error) {
  Slot rest = group->slots[at];
  rest.tail_from += rows;
  rest.row_count -= rows;
  TRY(group_push_slot(group, rest, error));
  rest.tail->references++;
  group->row_count -= rest.row_count;
  group->slots[at].row_count = rows;
  memmove(group->slots + at + 2, group->slots + at + 1, sizeof(Slot) * (group->slot_count - at - 2));
  group->slots[at + 1] = rest;
  return OK;
}

Status pack_run(RowGroup *group, const TableShape *shape, uint32_t slot_from, uint32_t *slot_to, Error *error) {
  uint32_t rows = rows_that_fit(group, shape, slot_from, 0, shape->column_count, PACK_BYTES, ROW_GROUP_ROWS);
  for (uint32_t i = 0; i < shape->column_count; i++)
    rows = rows_that_fit(group, shape, slot_from, i, i + 1, PACK_COLUMN_BYTES, rows);
  uint32_t at = slot_from;
  while (at < group->slot_count && group->slots[at].row_count <= rows) rows -= group->slots[at++].row_count;
  *slot_to = at;
  if (at == group->slot_count) return OK;
  // Whole vectors, so that scans get full ones; less only when the very first is too large.
  bool first = at == slot_from;
  uint32_t part = rows / VECTOR_CAPACITY * VECTOR_CAPACITY;
  if (!part && first) part = MAX_OF(rows / 64, 1u) * 64;
  bool splits = group->slots[at].tail && part && part < group->slots[at].row_count;
  if (splits) TRY(split_slot(group, at, part, error));
  *slot_to += first || splits;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Packing
// ---------------------------------------------------------------------------------------------------------------------

Status packer_init(Packer *packer, RowGroup *group, TableShape *shape, uint32_t slot_from, uint32_t slot_to,
                   bool to_disk, const bool *fold, Error *error) {
  Memory *memory = group->pages->memory;
  *packer = (Packer){.memory = memory,
                     .pages = group->pages,
                     .slot_from = slot_from,
                     .slot_to = slot_to,
                     .to_disk = to_disk,
                     .fold = fold};
  for (uint32_t i = 0; i < slot_to; i++)
    *(i < slot_from ? &packer->first_row : &packer->row_count) += group->slots[i].row_count;
  packer->block = block_create(memory, packer->row_count, shape->column_count);
  if (!packer->block) return error_no_memory(error);
  packer->block->column_count = 0;
  packer->group = group;
  group->references++;
  packer->shape = shape_keep(shape);
  text_init(&packer->image, memory);
  return OK;
}

void packer_free(Packer *packer) {
  if (!packer->group) return;
  if (packer->phase != PACK_GATHER) vector_free(&packer->rows);
  segment_drop(packer->segment);
  text_free(&packer->image);
  block_drop(packer->block);
  group_drop(packer->group);
  shape_drop(packer->shape);
  *packer = (Packer){0};
}

static bool has_overlay(const RowGroup *group, uint32_t column_id, uint32_t first_row, uint32_t row_count) {
  if (!group->windows || !row_count) return false;
  for (uint32_t i = first_row / WINDOW_ROWS; i <= (first_row + row_count - 1) / WINDOW_ROWS; i++) {
    if (group->windows[i] && window_overlay(group->windows[i], column_id)) return true;
  }
  return false;
}

static Status gather_block(const Block *block, const RowGroup *group, uint32_t column_id, Type type, Vector *out,
                           uint32_t at, bool *missing, Error *error) {
  Segment *segment = block_find(block, column_id);
  *missing = !segment;
  if (!segment) return OK;
  ImageReader image;
  Vector rows;
  PieceOwner owner = {"column data of the row group starting at row", (uint64_t)group->first_row, group->table};
  TRY(segment_open(segment, type, owner, &image, error));
  Status status = vector_init(&rows, out->memory, type, VECTOR_CAPACITY, error);
  for (uint32_t from = 0; from < segment->row_count && status == OK; from += VECTOR_CAPACITY) {
    uint32_t count = MIN_OF(segment->row_count - from, (uint32_t)VECTOR_CAPACITY);
    status = vector_reset(&rows, error);
    if (status == OK) status = image_read(&image, from, count, &rows, error);
    if (status == OK) status = vector_copy(out, at + from, &rows, NULL, 0, count, error);
  }
  vector_free(&rows);
  image_reader_close(&image);
  return status;
}

static Status gather_default(const TableShape *shape, uint32_t position, Vector *out, uint32_t at, uint32_t count,
                             Error *error) {
  Vector value;
  TRY(vector_init(&value, out->memory, shape->columns[position].type, 1, error));
  Status status = vector_fill_value(&value, &shape->defaults[position], error);
  if (status == OK) status = vector_copy(out, at, &value, NULL, 0, count, error);
  vector_free(&value);
  return status;
}

static Status fold_overlays(const RowGroup *group, uint32_t column_id, uint32_t first_row, uint32_t row_count,
                            Vector *out, Error *error) {
  for (uint32_t index = first_row / WINDOW_ROWS; index <= (first_row + row_count - 1) / WINDOW_ROWS; index++) {
    const Window *window = group_window(group, index);
    const Overlay *overlay = window ? window_overlay(window, column_id) : NULL;
    for (uint32_t i = 0; overlay && i < overlay->count;) {
      uint32_t row = index * WINDOW_ROWS + overlay->rows[i], run = 1;
      if (row < first_row || row >= first_row + row_count) {
        i++;
        continue;
      }
      while (i + run < overlay->count && overlay->rows[i + run] == overlay->rows[i] + run &&
             row + run < first_row + row_count)
        run++;
      TRY(vector_copy(out, row - first_row, &overlay->values, NULL, i, run, error));
      i += run;
    }
  }
  return OK;
}

static Status gather_slots(const RowGroup *group, const TableShape *shape, uint32_t position, uint32_t slot_from,
                           uint32_t slot_to, Vector *out, Error *error) {
  uint32_t at = 0, column_id = shape->columns[position].id;
  for (uint32_t i = slot_from; i < slot_to; i++) {
    const Slot *slot = &group->slots[i];
    uint32_t tail_column;
    bool missing = true;
    if (slot->tail && shape_find(slot->tail->shape, column_id, &tail_column)) {
      missing = false;
      TRY(vector_gather_shallow(out, at, &slot->tail->columns[tail_column], slot->tail_from, slot->row_count, error));
    } else if (slot->block) {
      TRY(gather_block(slot->block, group, column_id, out->type, out, at, &missing, error));
    }
    if (missing) TRY(gather_default(shape, position, out, at, slot->row_count, error));
    at += slot->row_count;
  }
  return OK;
}

// The rows of the next column as one flat vector, with its own strings or those of the row group.
static Status gather(Packer *packer, Error *error) {
  const TableColumn *column = &packer->shape->columns[packer->next_column];
  TRY(vector_init(&packer->rows, packer->memory, column->type, packer->row_count, error));
  Status status = gather_slots(packer->group, packer->shape, packer->next_column, packer->slot_from, packer->slot_to,
                               &packer->rows, error);
  if (status == OK && packer->fold && packer->fold[packer->next_column] && packer->row_count) {
    status = fold_overlays(packer->group, column->id, packer->first_row, packer->row_count, &packer->rows, error);
  }
  if (status != OK) {
    vector_free(&packer->rows);
    return status;
  }
  packer->bytes = rows_bytes(&packer->rows, 0, packer->row_count);
  packer->phase = PACK_ENCODE;
  return OK;
}

static void add_column(Packer *packer, Segment *segment) {
  uint32_t column_id = packer->shape->columns[packer->next_column].id;
  packer->block->columns[packer->block->column_count++] = (BlockColumn){column_id, segment};
}

// Begins the next column. One that no slot has goes on getting the default; one that lies in a block as it is to be is shared.
static Status begin_column(Packer *packer, Error *error) {
  uint32_t column_id = packer->shape->columns[packer->next_column].id, position;
  bool overlaid = packer->fold && packer->fold[packer->next_column] &&
                  has_overlay(packer->group, column_id, packer->first_row, packer->row_count);
  bool somewhere = overlaid;
  for (uint32_t i = packer->slot_from; i < packer->slot_to; i++) {
    const Slot *slot = &packer->group->slots[i];
    somewhere |=
        slot->tail ? shape_find(slot->tail->shape, column_id, &position) : block_find(slot->block, column_id) != NULL;
  }
  const Slot *only = packer->slot_to - packer->slot_from == 1 ? &packer->group->slots[packer->slot_from] : NULL;
  if (somewhere && (overlaid || !only || !only->block)) return gather(packer, error);
  if (somewhere) {
    Segment *segment = block_find(only->block, column_id);
    segment->references++;
    add_column(packer, segment);
  }
  packer->bytes = 0;
  packer->next_column++;
  return OK;
}

static Status next_phase(Packer *packer, Error *error) {
  switch (packer->phase) {
    case PACK_GATHER:
      return begin_column(packer, error);
    case PACK_ENCODE:
      text_clear(&packer->image);
      TRY(image_append(&packer->image, &packer->rows, packer->row_count, false, packer->memory, error));
      packer->phase = PACK_PLACE;
      return OK;
    case PACK_PLACE:
      TRY(segment_create(packer->pages, &packer->image, packer->row_count, packer->to_disk, &packer->segment, error));
      packer->phase = PACK_MEASURE;
      packer->measured = 0;
      return OK;
    default: {
      uint32_t count = MIN_OF(packer->row_count - packer->measured, (uint32_t)MEASURED_ROWS);
      sketch_add(&packer->segment->sketch, &packer->rows, packer->measured, count);
      packer->measured += count;
      if (packer->measured < packer->row_count) return OK;
      vector_free(&packer->rows);
      add_column(packer, packer->segment);
      packer->segment = NULL;
      packer->phase = PACK_GATHER;
      packer->next_column++;
      return OK;
    }
  }
}

Status packer_step(Packer *packer, bool *done, Error *error) {
  bool more = packer->next_column < packer->shape->column_count;
  while (more) {
    TRY(next_phase(packer, error));
    more = packer->phase != PACK_GATHER && packer->bytes <= STEP_BYTES;
  }
  *done = packer->next_column >= packer->shape->column_count;
  return OK;
}

Block *packer_finish(Packer *packer) {
  Block *block = packer->block;
  packer->block = NULL;
  packer_free(packer);
  return block;
}
