// SPDX-License-Identifier: MIT
//
// pack.c: see pack.h.
#include "store/pack.h"

Status packer_init(Packer *packer, RowGroup *group, TableShape *shape, uint32_t slot_from, uint32_t slot_to,
                   bool to_disk, bool fold, Error *error) {
  Memory *memory = group->pages->memory;
  *packer = (Packer){.memory = memory,
                     .pages = group->pages,
                     .slot_from = slot_from,
                     .slot_to = slot_to,
                     .to_disk = to_disk,
                     .fold = fold};
  for (uint32_t i = 0; i < slot_to; i++) {
    if (i < slot_from)
      packer->first_row += group->slots[i].row_count;
    else
      packer->row_count += group->slots[i].row_count;
  }
  packer->block = block_create(memory, packer->row_count, shape->column_count);
  if (!packer->block) return error_no_memory(error);
  packer->block->column_count = 0;
  packer->group = group;
  group->references++;
  packer->shape = shape_keep(shape);
  return OK;
}

void packer_free(Packer *packer) {
  if (!packer->group) return;
  if (packer->packed) {
    segment_drop(packer->packed);
    vector_free(&packer->rows);
  }
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

Status pack_gather(const RowGroup *group, const TableShape *shape, uint32_t position, uint32_t slot_from,
                   uint32_t slot_to, bool fold, Vector *out, Error *error) {
  uint32_t first_row = 0, row_count = 0;
  for (uint32_t i = 0; i < slot_to; i++) *(i < slot_from ? &first_row : &row_count) += group->slots[i].row_count;
  TRY(vector_init(out, group->pages->memory, shape->columns[position].type, row_count, error));
  Status status = gather_slots(group, shape, position, slot_from, slot_to, out, error);
  if (status == OK && fold && row_count) {
    status = fold_overlays(group, shape->columns[position].id, first_row, row_count, out, error);
  }
  if (status != OK) vector_free(out);
  return status;
}

// No slot has the column: its rows keep getting the default.
static bool nowhere(const Packer *packer, uint32_t column_id) {
  uint32_t position;
  for (uint32_t i = packer->slot_from; i < packer->slot_to; i++) {
    const Slot *slot = &packer->group->slots[i];
    if (slot->tail ? shape_find(slot->tail->shape, column_id, &position) : block_find(slot->block, column_id) != NULL)
      return false;
  }
  return !packer->fold || !has_overlay(packer->group, column_id, packer->first_row, packer->row_count);
}

#define ONE_STEP_ROWS 32768 // of a column that is packed and measured at once

static void measure_packed(Packer *packer) {
  segment_measure(packer->packed, &packer->rows);
  vector_free(&packer->rows);
  uint32_t column_id = packer->shape->columns[packer->next_column].id;
  packer->block->columns[packer->block->column_count++] = (BlockColumn){column_id, packer->packed};
  packer->packed = NULL;
  packer->next_column++;
}

Status packer_step(Packer *packer, bool *done, Error *error) {
  uint32_t position = packer->next_column;
  *done = position >= packer->shape->column_count;
  if (*done) return OK;
  if (packer->packed) {
    measure_packed(packer);
  } else if (nowhere(packer, packer->shape->columns[position].id)) {
    packer->next_column++;
  } else {
    TRY(pack_gather(packer->group, packer->shape, position, packer->slot_from, packer->slot_to, packer->fold,
                    &packer->rows, error));
    Status status =
        segment_create(packer->pages, &packer->rows, packer->row_count, packer->to_disk, &packer->packed, error);
    if (status != OK) vector_free(&packer->rows);
    TRY(status);
    if (packer->row_count <= ONE_STEP_ROWS) measure_packed(packer);
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
