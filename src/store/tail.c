// SPDX-License-Identifier: MIT
//
// tail.c: rows as they were appended. A tail is shared by all versions since its first row: each counts the rows that are its own, and the
// newest may add further rows behind them, so that a commit of one row costs one row.
//
// The vectors never move (their capacity is fixed), so what readers were handed stays where it is.
#include "store/tree.h"

Status tail_create(Memory *memory, TableShape *shape, uint32_t capacity, Tail **out, Error *error) {
  Tail *tail = memory_allocate_zeroed(memory, sizeof *tail);
  if (!tail) return error_no_memory(error);
  tail->references = 1;
  tail->capacity = capacity;
  tail->memory = memory;
  tail->shape = shape_keep(shape);
  tail->columns = memory_allocate_zeroed(memory, sizeof(Vector) * MAX_OF(shape->column_count, 1u));
  tail->column_bytes = memory_allocate_zeroed(memory, sizeof(uint64_t) * MAX_OF(shape->column_count, 1u));
  Status status = tail->columns && tail->column_bytes ? OK : error_no_memory(error);
  for (uint32_t i = 0; i < shape->column_count && status == OK; i++) {
    status = vector_init(&tail->columns[i], memory, shape->columns[i].type, capacity, error);
  }
  if (status != OK) {
    tail_drop(tail);
    return status;
  }
  *out = tail;
  return OK;
}

static void free_later(Buffer *buffer) {
  memory_free_later(buffer->memory, buffer, (size_t)(buffer->data - (uint8_t *)buffer) + buffer->capacity_bytes);
}

static void mark_later(Buffer *buffer) {
  if (buffer && !buffer->release) buffer->release = free_later;
}

void buffer_drop_later(Buffer *buffer) {
  mark_later(buffer);
  buffer_drop(buffer);
}

static void mark_vector_later(Vector *vector) {
  mark_later(vector->data_buffer);
  mark_later(vector->heap);
  for (uint32_t i = 0; i < vector->kept_count; i++) mark_later(vector->kept[i]);
  for (uint32_t i = 0; i < vector->child_count; i++) mark_vector_later(&vector->children[i]);
}

void vector_free_later(Vector *vector) {
  mark_vector_later(vector);
  vector_free(vector);
}

void tail_drop(Tail *tail) {
  if (!tail || --tail->references) return;
  uint32_t count = tail->shape->column_count;
  for (uint32_t i = 0; tail->columns && i < count; i++) vector_free_later(&tail->columns[i]);
  memory_free(tail->memory, tail->columns, sizeof(Vector) * MAX_OF(count, 1u));
  memory_free(tail->memory, tail->column_bytes, sizeof(uint64_t) * MAX_OF(count, 1u));
  memory_free(tail->memory, tail->sketches, sizeof(ColumnSketch) * MAX_OF(count, 1u));
  shape_drop(tail->shape);
  memory_free(tail->memory, tail, sizeof *tail);
}

static uint64_t long_string_bytes(const Vector *vector, uint32_t from, uint32_t count) {
  if (vector->physical != PHYSICAL_STRING) return 0;
  const StringView *views = vector->data;
  uint64_t bytes = 0;
  for (uint32_t i = from; i < from + count; i++) {
    if (views[i].length > STRING_INLINE_CAPACITY && vector_row_valid(vector, i)) bytes += views[i].length;
  }
  return bytes;
}

Status tail_append(Tail *tail, const Vector *columns, uint32_t from, uint32_t count, Error *error) {
  ASSERT(!tail->sealed && tail->rows_used + count <= tail->capacity);
  for (uint32_t i = 0; i < tail->shape->column_count; i++) {
    Vector *target = &tail->columns[i];
    Status status = vector_copy(target, tail->rows_used, &columns[i], NULL, from, count, error);
    if (status != OK) {
      tail->sealed = true; // what lies behind the rows is not clean any more
      return status;
    }
    uint64_t bytes = rows_bytes(target, tail->rows_used, count);
    tail->column_bytes[i] += bytes;
    if (target->physical == PHYSICAL_STRING) tail->text_bytes += bytes - (uint64_t)count * sizeof(StringView);
  }
  tail->rows_used += count;
  return OK;
}

Status tail_sketch(Tail *tail, uint32_t column, const ColumnSketch **out, Error *error) {
  uint32_t count = tail->shape->column_count;
  if (!tail->sketches) {
    tail->sketches = memory_allocate_zeroed(tail->memory, sizeof(ColumnSketch) * MAX_OF(count, 1u));
    if (!tail->sketches) return error_no_memory(error);
  }
  ColumnSketch *sketch = &tail->sketches[column];
  if (sketch->row_count < tail->rows_used)
    sketch_add(sketch, &tail->columns[column], sketch->row_count, tail->rows_used - sketch->row_count);
  *out = sketch;
  return OK;
}

Status tail_sketch_all(Tail *tail, Error *error) {
  const ColumnSketch *sketch;
  for (uint32_t i = 0; i < tail->shape->column_count; i++) TRY(tail_sketch(tail, i, &sketch, error));
  return OK;
}

uint64_t rows_bytes(const Vector *vector, uint32_t from, uint32_t count) {
  uint64_t bytes = (uint64_t)physical_size(vector->physical) * count + long_string_bytes(vector, from, count);
  if (vector->physical == PHYSICAL_LIST) {
    const ListEntry *entries = vector->data;
    for (uint32_t i = from; i < from + count; i++) {
      if (vector_row_valid(vector, i)) bytes += rows_bytes(&vector->children[0], entries[i].offset, entries[i].length);
    }
    return bytes;
  }
  uint32_t factor = vector->type.id == TYPE_ARRAY ? vector->type.array_size : 1;
  for (uint32_t i = 0; i < vector->child_count; i++)
    bytes += rows_bytes(&vector->children[i], from * factor, count * factor);
  return bytes;
}

static uint64_t vector_bytes(const Vector *vector) {
  uint64_t bytes = (uint64_t)physical_size(vector->physical) * vector->capacity;
  for (uint32_t i = 0; i < vector->child_count; i++) bytes += vector_bytes(&vector->children[i]);
  return bytes;
}

uint64_t tail_bytes(const Tail *tail) {
  uint64_t bytes = tail->text_bytes;
  for (uint32_t i = 0; i < tail->shape->column_count; i++) bytes += vector_bytes(&tail->columns[i]);
  return bytes;
}
