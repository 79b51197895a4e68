// SPDX-License-Identifier: MIT
//
// group_reader.c: see group_reader.h.
#include "store/group_reader.h"

Status group_reader_init(GroupReader *reader, Memory *memory, TableShape *shape, const uint32_t *column_ids,
                         uint32_t column_count, Error *error) {
  *reader = (GroupReader){.memory = memory, .column_count = column_count};
  reader->columns = memory_allocate_zeroed(memory, sizeof(ReaderColumn) * MAX_OF(column_count, 1u));
  if (!reader->columns) {
    *reader = (GroupReader){0};
    return error_no_memory(error);
  }
  reader->shape = shape_keep(shape);
  for (uint32_t i = 0; i < column_count; i++) {
    ReaderColumn *column = &reader->columns[i];
    column->column_id = column_ids[i];
    column->type = TYPE(BIGINT);
    if (column_ids[i] == COLUMN_ROW_ID) continue;
    if (!shape_find(shape, column_ids[i], &column->position)) {
      group_reader_free(reader);
      return error_set(error, ERROR_INTERNAL, -1, "Table has no column with id %u", column_ids[i]);
    }
    column->type = shape->columns[column->position].type;
  }
  return OK;
}

void group_reader_unseat(GroupReader *reader) {
  for (uint32_t i = 0; i < reader->column_count; i++) {
    ReaderColumn *column = &reader->columns[i];
    if (column->open) image_reader_close(&column->image);
    column->open = false;
  }
  reader->seated = false;
}

void group_reader_free(GroupReader *reader) {
  if (!reader->columns) return;
  group_reader_unseat(reader);
  memory_free(reader->memory, reader->columns, sizeof(ReaderColumn) * MAX_OF(reader->column_count, 1u));
  shape_drop(reader->shape);
  *reader = (GroupReader){0};
}

static bool group_has_overlays(const RowGroup *group, uint32_t column_id) {
  for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
    if (group->windows[i] && window_overlay(group->windows[i], column_id)) return true;
  }
  return false;
}

Status group_reader_seat(GroupReader *reader, const RowGroup *group, uint32_t slot_index, Error *error) {
  ASSERT(group->loaded && slot_index < group->slot_count);
  if (reader->seated && reader->group == group && reader->slot == slot_index) return OK;
  group_reader_unseat(reader);
  const Slot *slot = &group->slots[slot_index];
  reader->group = group;
  reader->slot = slot_index;
  reader->slot_first = 0;
  for (uint32_t i = 0; i < slot_index; i++) reader->slot_first += group->slots[i].row_count;
  for (uint32_t i = 0; i < reader->column_count; i++) {
    ReaderColumn *column = &reader->columns[i];
    column->tail_column = UINT32_MAX;
    if (column->column_id == COLUMN_ROW_ID) continue;
    column->has_overlays = group_has_overlays(group, column->column_id);
    if (slot->tail) {
      uint32_t position;
      if (shape_find(slot->tail->shape, column->column_id, &position)) column->tail_column = position;
      continue;
    }
    Segment *segment = block_find(slot->block, column->column_id);
    if (!segment) continue;
    PieceOwner owner = {"column data of the row group starting at row", (uint64_t)group->first_row, group->table};
    TRY(segment_open(segment, column->type, owner, &column->image, error));
    column->open = true;
  }
  reader->seated = true;
  return OK;
}

// Rows of a tail without a copy: what they point at is kept.
static Status borrow_rows(Vector *out, const Vector *source, uint32_t from, uint32_t count, Error *error) {
  if (source->child_count || from % 64) return vector_copy(out, 0, source, NULL, from, count, error);
  out->data = (uint8_t *)source->data + (size_t)from * physical_size(source->physical);
  TRY(vector_keep_buffer(out, source->data_buffer, error));
  if (source->validity) {
    out->validity = source->validity + from / 64;
    TRY(vector_keep_buffer(out, source->validity_buffer, error));
  }
  if (source->heap) TRY(vector_keep_buffer(out, source->heap, error));
  for (uint32_t i = 0; i < source->kept_count; i++) TRY(vector_keep_buffer(out, source->kept[i], error));
  return OK;
}

// The vector's rows become its own, so that they can be written.
static Status make_writable(Vector *vector, uint32_t count, Error *error) {
  if (vector->child_count) {
    Vector fresh;
    TRY(vector_init(&fresh, vector->memory, vector->type, MAX_OF(vector->capacity, count), error));
    Status status = vector_copy(&fresh, 0, vector, NULL, 0, count, error);
    if (status != OK) {
      vector_free(&fresh);
      return status;
    }
    vector_free(vector);
    *vector = fresh;
    return OK;
  }
  TRY(vector_flatten(vector, count, error));
  if (vector->data != vector->data_buffer->data) {
    memcpy(vector->data_buffer->data, vector->data, (size_t)count * physical_size(vector->physical));
    vector->data = vector->data_buffer->data;
  }
  if (vector->validity && (!vector->validity_buffer || vector->validity != (uint64_t *)vector->validity_buffer->data)) {
    const uint64_t *borrowed = vector->validity;
    vector->validity = NULL;
    TRY(vector_need_validity(vector, error));
    memcpy(vector->validity, borrowed, BITS_WORDS(count) * sizeof(uint64_t));
  }
  return OK;
}

// Puts the overlaid values of rows [first, first + count) of the group into the vector.
static Status patch(const GroupReader *reader, const ReaderColumn *column, uint32_t first, uint32_t count, Vector *out,
                    Error *error) {
  bool writable = false;
  for (uint32_t index = first / WINDOW_ROWS; index <= (first + count - 1) / WINDOW_ROWS; index++) {
    const Window *window = group_window(reader->group, index);
    const Overlay *overlay = window ? window_overlay(window, column->column_id) : NULL;
    if (!overlay) continue;
    uint32_t base = index * WINDOW_ROWS;
    for (uint32_t i = 0; i < overlay->count;) {
      uint32_t row = base + overlay->rows[i], run = 1;
      if (row < first || row >= first + count) {
        i++;
        continue;
      }
      while (i + run < overlay->count && overlay->rows[i + run] == overlay->rows[i] + run && row + run < first + count)
        run++;
      if (!writable) TRY(make_writable(out, count, error));
      writable = true;
      TRY(vector_copy(out, row - first, &overlay->values, NULL, i, run, error));
      i += run;
    }
  }
  return OK;
}

static Status read_column(GroupReader *reader, ReaderColumn *column, uint32_t from, uint32_t count, Vector *out,
                          Error *error) {
  const Slot *slot = &reader->group->slots[reader->slot];
  TRY(vector_reset(out, error));
  if (column->column_id == COLUMN_ROW_ID) {
    int64_t *ids = out->data;
    int64_t first = reader->group->first_row + reader->slot_first + from;
    for (uint32_t i = 0; i < count; i++) ids[i] = first + i;
    return OK;
  }
  if (column->open) {
    TRY(image_read(&column->image, from, count, out, error));
  } else if (column->tail_column != UINT32_MAX) {
    TRY(borrow_rows(out, &slot->tail->columns[column->tail_column], slot->tail_from + from, count, error));
  } else {
    TRY(vector_fill_value(out, &reader->shape->defaults[column->position], error));
  }
  return column->has_overlays ? patch(reader, column, reader->slot_first + from, count, out, error) : OK;
}

Status group_reader_read(GroupReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  ASSERT(reader->seated && count && count <= VECTOR_CAPACITY);
  for (uint32_t i = 0; i < reader->column_count; i++) {
    TRY(read_column(reader, &reader->columns[i], from, count, &out[i], error));
  }
  return OK;
}

uint32_t group_reader_live(const GroupReader *reader, uint32_t from, uint32_t count, uint32_t *selection) {
  uint32_t first = reader->slot_first + from, live = 0;
  bool any_deleted = false;
  for (uint32_t index = first / WINDOW_ROWS; index <= (first + count - 1) / WINDOW_ROWS; index++) {
    const Window *window = group_window(reader->group, index);
    any_deleted |= window && window->deleted_count;
  }
  if (!any_deleted) return count;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = first + i;
    const Window *window = group_window(reader->group, row / WINDOW_ROWS);
    selection[live] = i;
    live += !window || !bit_get(window->deleted, row % WINDOW_ROWS);
  }
  return live;
}
