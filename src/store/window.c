// SPDX-License-Identifier: MIT
//
// window.c: what was deleted and updated among 2,048 rows of a row group, on top of their segments.
//
// An update of one row costs one window: the overlays of other columns and all other windows are shared with the version before.
#include "store/encoding.h"
#include "store/tree.h"

void overlay_drop(Overlay *overlay) {
  if (!overlay || --overlay->references) return;
  memory_free(overlay->memory, overlay->rows, sizeof(uint16_t) * overlay->capacity);
  vector_free_later(&overlay->values);
  arena_free(&overlay->types);
  memory_free(overlay->memory, overlay, sizeof *overlay);
}

void window_drop(Window *window) {
  if (!window || --window->references) return;
  for (uint32_t i = 0; i < window->overlay_count; i++) overlay_drop(window->overlays[i]);
  memory_free(window->memory, window->overlays, sizeof(Overlay *) * window->overlay_capacity);
  memory_free(window->memory, window, sizeof *window);
}

Status window_writable(Memory *memory, Window **slot, Error *error) {
  Window *old = *slot;
  if (old && old->references == 1) return OK;
  Window *fresh = memory_allocate_zeroed(memory, sizeof *fresh);
  if (!fresh) return error_no_memory(error);
  if (old) {
    *fresh = *old;
    fresh->overlays = NULL;
    fresh->overlay_capacity = old->overlay_count;
    if (old->overlay_count) {
      fresh->overlays = memory_allocate(memory, sizeof(Overlay *) * old->overlay_count);
      if (!fresh->overlays) {
        memory_free(memory, fresh, sizeof *fresh);
        return error_no_memory(error);
      }
      for (uint32_t i = 0; i < old->overlay_count; i++) {
        fresh->overlays[i] = old->overlays[i];
        fresh->overlays[i]->references++;
      }
    }
  }
  fresh->memory = memory;
  fresh->references = 1;
  window_drop(old);
  *slot = fresh;
  return OK;
}

static uint32_t overlay_position(const Window *window, uint32_t column_id) {
  uint32_t at = 0;
  while (at < window->overlay_count && window->overlays[at]->column_id < column_id) at++;
  return at;
}

Overlay *window_overlay(const Window *window, uint32_t column_id) {
  uint32_t at = overlay_position(window, column_id);
  return at < window->overlay_count && window->overlays[at]->column_id == column_id ? window->overlays[at] : NULL;
}

static Overlay *overlay_create(Memory *memory, uint32_t column_id, Type type, uint32_t count, Error *error) {
  uint32_t capacity = MAX_OF(count, 1u);
  Overlay *overlay = memory_allocate_zeroed(memory, sizeof *overlay);
  if (!overlay) {
    (void)error_no_memory(error);
    return NULL;
  }
  *overlay = (Overlay){.references = 1, .column_id = column_id, .count = count, .capacity = capacity, .memory = memory};
  overlay->rows = memory_allocate(memory, sizeof(uint16_t) * capacity);
  arena_init(&overlay->types, memory);
  if (!overlay->rows || type_copy(&overlay->types, error, type, &type) != OK ||
      vector_init(&overlay->values, memory, type, capacity, error) != OK) {
    arena_free(&overlay->types);
    memory_free(memory, overlay->rows, sizeof(uint16_t) * capacity);
    memory_free(memory, overlay, sizeof *overlay);
    (void)error_no_memory(error);
    return NULL;
  }
  return overlay;
}

static uint32_t merged_count(const Overlay *old, const uint16_t *rows, uint32_t count) {
  if (!old) return count;
  uint32_t merged = 0;
  for (uint32_t i = 0, j = 0; i < old->count || j < count; merged++) {
    if (j == count || (i < old->count && old->rows[i] < rows[j])) {
      i++;
    } else {
      if (i < old->count && old->rows[i] == rows[j]) i++;
      j++;
    }
  }
  return merged;
}

// Fills `fresh` with old and new, the new values winning. What is known of old texts is taken over, replaced ones and all: to hash megabytes of them
// again would take longer than copying them.
static Status merge_overlay(Overlay *fresh, const Overlay *old, const uint16_t *rows, uint32_t count,
                            const Vector *values, const uint32_t *value_rows, Error *error) {
  uint32_t old_count = old ? old->count : 0, i = 0, j = 0, at = 0;
  bool inherits = old && old->values.physical == PHYSICAL_STRING;
  if (inherits) fresh->sketch = old->sketch;
  while (i < old_count || j < count) {
    // Runs from one side are copied at once.
    uint32_t start = i;
    while (i < old_count && (j == count || old->rows[i] < rows[j])) i++;
    if (i > start) {
      memcpy(fresh->rows + at, old->rows + start, sizeof(uint16_t) * (i - start));
      TRY(vector_copy(&fresh->values, at, &old->values, NULL, start, i - start, error));
      if (!inherits) sketch_add(&fresh->sketch, &fresh->values, at, i - start);
      at += i - start;
    }
    start = j;
    while (j < count && (i == old_count || rows[j] <= old->rows[i])) {
      if (i < old_count && old->rows[i] == rows[j]) i++;
      j++;
    }
    if (j > start) {
      memcpy(fresh->rows + at, rows + start, sizeof(uint16_t) * (j - start));
      TRY(vector_copy(&fresh->values, at, values, value_rows ? value_rows + start : NULL, value_rows ? 0 : start,
                      j - start, error));
      sketch_add(&fresh->sketch, &fresh->values, at, j - start);
      at += j - start;
    }
  }
  ASSERT(at == fresh->count);
  return OK;
}

static Status insert_overlay(Window *window, uint32_t at, Overlay *overlay, Error *error) {
  if (window->overlay_count == window->overlay_capacity) {
    uint32_t capacity = window->overlay_capacity ? window->overlay_capacity * 2 : 2;
    Overlay **overlays = memory_grow(window->memory, window->overlays, sizeof(Overlay *) * window->overlay_capacity,
                                     sizeof(Overlay *) * capacity);
    if (!overlays) return error_no_memory(error);
    window->overlays = overlays;
    window->overlay_capacity = capacity;
  }
  memmove(window->overlays + at + 1, window->overlays + at, sizeof(Overlay *) * (window->overlay_count - at));
  window->overlays[at] = overlay;
  window->overlay_count++;
  return OK;
}

Status window_overlay_share(Window *window, Overlay *overlay, Error *error) {
  ASSERT(window->references == 1);
  uint32_t at = overlay_position(window, overlay->column_id);
  if (at < window->overlay_count && window->overlays[at]->column_id == overlay->column_id) {
    overlay_drop(window->overlays[at]);
    window->overlays[at] = overlay;
  } else {
    TRY(insert_overlay(window, at, overlay, error));
  }
  overlay->references++;
  return OK;
}

// New rows behind all that an overlay has, which nobody else holds.
static Status extend_overlay(Overlay *overlay, const uint16_t *rows, uint32_t count, const Vector *values,
                             const uint32_t *value_rows, Error *error) {
  uint32_t needed = overlay->count + count;
  if (needed > overlay->capacity) {
    uint32_t capacity = MIN_OF(needed * 2, (uint32_t)WINDOW_ROWS);
    TRY(vector_reserve(&overlay->values, capacity, error));
    uint16_t *grown =
        memory_grow(overlay->memory, overlay->rows, sizeof *rows * overlay->capacity, sizeof *rows * capacity);
    if (!grown) return error_no_memory(error);
    overlay->rows = grown;
    overlay->capacity = capacity;
  }
  TRY(vector_copy(&overlay->values, overlay->count, values, value_rows, 0, count, error));
  memcpy(overlay->rows + overlay->count, rows, sizeof *rows * count);
  sketch_add(&overlay->sketch, &overlay->values, overlay->count, count);
  overlay->count = needed;
  return OK;
}

Status window_overlay_put(Window *window, uint32_t column_id, const uint16_t *rows, uint32_t count,
                          const Vector *values, const uint32_t *value_rows, Error *error) {
  ASSERT(window->references == 1);
  Overlay *old = window_overlay(window, column_id);
  if (old && old->references == 1 && count && rows[0] > old->rows[old->count - 1])
    return extend_overlay(old, rows, count, values, value_rows, error);
  Overlay *fresh = overlay_create(window->memory, column_id, values->type, merged_count(old, rows, count), error);
  if (!fresh) return ERROR_NO_MEMORY;
  Status status = merge_overlay(fresh, old, rows, count, values, value_rows, error);
  if (status == OK) status = window_overlay_share(window, fresh, error);
  overlay_drop(fresh);
  return status;
}

void window_overlay_remove(Window *window, uint32_t column_id) {
  uint32_t at = overlay_position(window, column_id);
  if (at == window->overlay_count || window->overlays[at]->column_id != column_id) return;
  overlay_drop(window->overlays[at]);
  memmove(window->overlays + at, window->overlays + at + 1, sizeof(Overlay *) * (window->overlay_count - at - 1));
  window->overlay_count--;
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes: deleted count, [bitmap], overlays: column id, length, { rows, padding, image }
// ---------------------------------------------------------------------------------------------------------------------

Status window_encode(const Window *window, TextBuilder *out, Memory *memory, Error *error) {
  put_varint(out, window->deleted_count);
  if (window->deleted_count) put_bytes(out, window->deleted, sizeof window->deleted);
  put_varint(out, window->overlay_count);
  for (uint32_t i = 0; i < window->overlay_count; i++) {
    const Overlay *overlay = window->overlays[i];
    put_varint(out, overlay->column_id);
    put_varint(out, overlay->count);
    put_bytes(out, overlay->rows, sizeof(uint16_t) * overlay->count);
    TextBuilder image;
    text_init(&image, memory);
    Status status = image_append(&image, &overlay->values, overlay->count, true, memory, error);
    if (status == OK) {
      put_varint(out, image.length);
      put_padding(out);
      put_bytes(out, image.data, image.length);
    }
    text_free(&image);
    TRY(status);
  }
  return out->failed ? error_no_memory(error) : OK;
}

static Status damaged(Error *error) { return error_set(error, ERROR_CORRUPT, -1, "Changes of rows are damaged"); }

static Status decode_overlay(Window *window, const TableShape *shape, ByteReader *reader, Error *error) {
  uint64_t column_id = take_varint(reader), count = take_varint(reader);
  if (count > WINDOW_ROWS) return damaged(error);
  const uint8_t *rows = take_bytes(reader, count * sizeof(uint16_t));
  uint64_t length = take_varint(reader);
  take_padding(reader);
  const uint8_t *image = take_bytes(reader, length);
  uint32_t position;
  if (reader->failed) return damaged(error);
  if (column_id > UINT32_MAX || !shape_find(shape, (uint32_t)column_id, &position)) return OK; // the column is gone
  ImageReader values;
  TRY(image_reader_open(&values, window->memory, shape->columns[position].type, image, (size_t)length, NULL, error));
  Status status = values.header->row_count == count ? OK : damaged(error);
  uint16_t sorted[WINDOW_ROWS];
  memcpy(sorted, rows, count * sizeof(uint16_t));
  for (uint64_t i = 0; i < count && status == OK; i++) {
    if (sorted[i] >= WINDOW_ROWS || (i && sorted[i] <= sorted[i - 1])) status = damaged(error);
  }
  Vector vector = {0};
  if (status == OK) status = vector_init(&vector, window->memory, shape->columns[position].type, WINDOW_ROWS, error);
  if (status == OK) {
    status = image_read(&values, 0, (uint32_t)count, &vector, error);
    if (status == OK) {
      status = window_overlay_put(window, (uint32_t)column_id, sorted, (uint32_t)count, &vector, NULL, error);
    }
    vector_free(&vector);
  }
  image_reader_close(&values);
  return status;
}

Status window_decode(Memory *memory, const TableShape *shape, const uint8_t *bytes, size_t length, Window **out,
                     Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  Window *window = NULL;
  TRY(window_writable(memory, &window, error));
  window->deleted_count = (uint32_t)take_varint(&reader);
  if (window->deleted_count) take_into(&reader, window->deleted, sizeof window->deleted);
  Status status = OK;
  if (reader.failed || bits_count(window->deleted, WINDOW_ROWS) != window->deleted_count) status = damaged(error);
  uint64_t overlay_count = take_varint(&reader);
  for (uint64_t i = 0; i < overlay_count && status == OK; i++) status = decode_overlay(window, shape, &reader, error);
  if (status == OK && reader.failed) status = damaged(error);
  if (status != OK) {
    window_drop(window);
    return status;
  }
  *out = window;
  return OK;
}
