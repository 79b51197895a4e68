// SPDX-License-Identifier: MIT
//
// vector_copy.c: deep copies of rows from a vector of any form into a flat one, and the check of a vector's invariants.
#include "vector/raw.h"
#include "vector/vector.h"

// The rows to copy: row i of the copy is row source_row(rows, i) of the view's data.
typedef struct SourceRows {
  VectorView view;
  const uint32_t *selection; // caller's, over the rows of the vector; may be NULL
  uint32_t from;
  uint32_t count;
} SourceRows;

static inline uint32_t source_row(const SourceRows *rows, uint32_t i) {
  return view_row(&rows->view, rows->selection ? rows->selection[i] : rows->from + i);
}

static inline bool source_is_run(const SourceRows *rows) {
  return !rows->selection && !rows->view.selection && rows->view.mask;
}

static inline bool source_is_constant(const SourceRows *rows) { return !rows->view.selection && !rows->view.mask; }

#define COPY_AS(T)                                                                                             \
  do {                                                                                                         \
    const T *source = rows->view.data;                                                                         \
    T *target = (T *)out;                                                                                      \
    if (source_is_constant(rows)) {                                                                            \
      for (uint32_t i = 0; i < rows->count; i++) target[i] = source[0];                                        \
    } else if (!rows->view.selection) {                                                                        \
      for (uint32_t i = 0; i < rows->count; i++) target[i] = source[rows->selection[i]];                       \
    } else if (!rows->selection) {                                                                             \
      const uint32_t *selection = rows->view.selection + rows->from;                                           \
      for (uint32_t i = 0; i < rows->count; i++) target[i] = source[selection[i]];                             \
    } else {                                                                                                   \
      for (uint32_t i = 0; i < rows->count; i++) target[i] = source[rows->view.selection[rows->selection[i]]]; \
    }                                                                                                          \
  } while (0)

HOT static void copy_values(void *out, const SourceRows *rows, uint32_t size) {
  if (source_is_run(rows)) {
    memcpy(out, (const uint8_t *)rows->view.data + (size_t)rows->from * size, (size_t)rows->count * size);
    return;
  }
  switch (size) {
    case 1:
      COPY_AS(Raw8);
      break;
    case 2:
      COPY_AS(Raw16);
      break;
    case 4:
      COPY_AS(Raw32);
      break;
    case 8:
      COPY_AS(Raw64);
      break;
    default:
      COPY_AS(Raw128);
      break;
  }
}

static Status copy_validity(Vector *dst, uint32_t dst_at, const SourceRows *rows, Error *error) {
  const uint64_t *source = rows->view.validity;
  if (!source) {
    if (dst->validity) bits_fill(dst->validity, dst_at, (size_t)dst_at + rows->count, true);
    return OK;
  }
  TRY(vector_need_validity(dst, error));
  if (source_is_run(rows) && dst_at % 64 == 0 && rows->from % 64 == 0) {
    uint32_t whole = rows->count / 64;
    memcpy(dst->validity + dst_at / 64, source + rows->from / 64, whole * sizeof(uint64_t));
    if (rows->count % 64) {
      uint64_t used = (UINT64_C(1) << rows->count % 64) - 1;
      uint64_t *last = dst->validity + dst_at / 64 + whole;
      *last = (*last & ~used) | (source[rows->from / 64 + whole] & used);
    }
    return OK;
  }
  for (uint32_t i = 0; i < rows->count; i++) {
    if (bit_get(source, source_row(rows, i))) {
      bit_set(dst->validity, dst_at + i);
    } else {
      bit_clear(dst->validity, dst_at + i);
    }
  }
  return OK;
}

static Status copy_strings(Vector *dst, uint32_t dst_at, const SourceRows *rows, Error *error) {
  StringView *out = (StringView *)dst->data + dst_at;
  copy_values(out, rows, sizeof(StringView));
  const uint64_t *validity = rows->view.validity ? dst->validity : NULL;
  uint32_t count = source_is_constant(rows) ? MIN_OF(rows->count, 1u) : rows->count;
  size_t heap_bytes = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (validity && !bit_get(validity, dst_at + i)) {
      out[i] = (StringView){.words = {0, 0}};
    } else if (out[i].length > STRING_INLINE_CAPACITY) {
      heap_bytes += out[i].length;
    }
  }
  if (heap_bytes) {
    char *room = vector_string_room(dst, heap_bytes);
    if (!room) return error_no_memory(error);
    for (uint32_t i = 0; i < count; i++) {
      if (out[i].length <= STRING_INLINE_CAPACITY) continue;
      memcpy(room, out[i].pointer, out[i].length);
      out[i].pointer = room;
      room += out[i].length;
    }
  }
  for (uint32_t i = count; i < rows->count; i++) out[i] = out[0];
  return OK;
}

// The rows of a child that belong to `count` parent rows, each `width` long, as a selection in temporary memory.
typedef struct ChildRows {
  Memory *memory;
  uint32_t *selection;
  size_t count;
} ChildRows;

static Status child_rows_init(ChildRows *child, Memory *memory, uint64_t count, Error *error) {
  if (count > UINT32_MAX / sizeof(uint32_t)) return error_no_memory(error);
  child->memory = memory;
  child->count = (size_t)count;
  child->selection = memory_allocate(memory, sizeof(uint32_t) * (child->count + 1));
  return child->selection ? OK : error_no_memory(error);
}

static void child_rows_free(ChildRows *child) {
  memory_free(child->memory, child->selection, sizeof(uint32_t) * (child->count + 1));
}

static Status reserve_elements(Vector *list, uint64_t element_count, Error *error) {
  if (element_count > UINT32_MAX / 2) return error_set(error, ERROR_OUT_OF_RANGE, -1, "List is too long");
  Vector *child = &list->children[0];
  if (element_count <= child->capacity) return OK;
  return vector_reserve(child, (uint32_t)MAX_OF(element_count, (uint64_t)child->capacity * 2), error);
}

static Status copy_lists(Vector *dst, uint32_t dst_at, const SourceRows *rows, Error *error) {
  ListEntry *out = (ListEntry *)dst->data + dst_at;
  copy_values(out, rows, sizeof(ListEntry));
  const uint64_t *validity = rows->view.validity ? dst->validity : NULL;
  uint32_t count = source_is_constant(rows) ? MIN_OF(rows->count, 1u) : rows->count;
  uint64_t element_count = 0;
  bool one_run = true; // the elements of all rows lie one after another
  uint32_t run_from = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (validity && !bit_get(validity, dst_at + i)) out[i] = (ListEntry){0, 0};
    if (!out[i].length) continue;
    if (element_count == 0) run_from = out[i].offset;
    one_run &= out[i].offset == run_from + element_count;
    element_count += out[i].length;
  }
  TRY(reserve_elements(dst, dst->child_rows + element_count, error));
  Vector *target = &dst->children[0];
  const Vector *source = &rows->view.base->children[0];
  if (one_run) {
    TRY(vector_copy(target, dst->child_rows, source, NULL, run_from, (uint32_t)element_count, error));
  } else {
    ChildRows elements = {0};
    TRY(child_rows_init(&elements, dst->memory, element_count, error));
    size_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
      for (uint32_t k = 0; k < out[i].length; k++) elements.selection[next++] = out[i].offset + k;
    }
    Status status = vector_copy(target, dst->child_rows, source, elements.selection, 0, (uint32_t)element_count, error);
    child_rows_free(&elements);
    TRY(status);
  }
  uint32_t at = dst->child_rows;
  for (uint32_t i = 0; i < count; i++) {
    out[i].offset = at;
    at += out[i].length;
  }
  for (uint32_t i = count; i < rows->count; i++) out[i] = out[0];
  dst->child_rows = at;
  return OK;
}

// STRUCT, UNION (width 1) and ARRAY (width n): the children have `width` rows for each row.
static Status copy_children(Vector *dst, uint32_t dst_at, const SourceRows *rows, uint32_t width, Error *error) {
  const Vector *base = rows->view.base;
  if (source_is_run(rows)) {
    for (uint32_t i = 0; i < dst->child_count; i++) {
      TRY(vector_copy(&dst->children[i], dst_at * width, &base->children[i], NULL, rows->from * width,
                      rows->count * width, error));
    }
    return OK;
  }
  ChildRows child = {0};
  TRY(child_rows_init(&child, dst->memory, (uint64_t)rows->count * width, error));
  for (uint32_t i = 0; i < rows->count; i++) {
    uint32_t row = source_row(rows, i);
    for (uint32_t k = 0; k < width; k++) child.selection[(size_t)i * width + k] = row * width + k;
  }
  Status status = OK;
  for (uint32_t i = 0; i < dst->child_count && status == OK; i++) {
    status = vector_copy(&dst->children[i], dst_at * width, &base->children[i], child.selection, 0, rows->count * width,
                         error);
  }
  child_rows_free(&child);
  return status;
}

Status vector_copy(Vector *dst, uint32_t dst_at, const Vector *src, const uint32_t *selection, uint32_t from,
                   uint32_t count, Error *error) {
  ASSERT(dst->form == VECTOR_FLAT);
  ASSERT(dst->physical == src->physical);
  ASSERT((uint64_t)dst_at + count <= dst->capacity);
  if (count == 0) return OK;
  SourceRows rows = {.selection = selection, .from = from, .count = count};
  vector_view(src, &rows.view);
  if (source_is_constant(&rows) && !view_valid(&rows.view, 0)) {
    for (uint32_t i = 0; i < count; i++) TRY(vector_set_null(dst, dst_at + i, error));
    return OK;
  }
  TRY(copy_validity(dst, dst_at, &rows, error));
  switch (dst->physical) {
    case PHYSICAL_STRING:
      return copy_strings(dst, dst_at, &rows, error);
    case PHYSICAL_LIST:
      return copy_lists(dst, dst_at, &rows, error);
    case PHYSICAL_NONE:
      return copy_children(dst, dst_at, &rows, dst->type.id == TYPE_ARRAY ? dst->type.array_size : 1, error);
    default: {
      uint32_t size = physical_size(dst->physical);
      copy_values((uint8_t *)dst->data + (size_t)dst_at * size, &rows, size);
      return OK;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Invariants (debug builds; ASSERT is empty otherwise)
// ---------------------------------------------------------------------------------------------------------------------

static void verify_string(const StringView *view, bool text) {
  if (view->length <= STRING_INLINE_CAPACITY) {
    for (uint32_t i = view->length; i < STRING_INLINE_CAPACITY; i++) ASSERT(view->inlined[i] == 0);
  } else {
    ASSERT(memcmp(view->prefix, view->pointer, sizeof view->prefix) == 0);
  }
  if (text) ASSERT(utf8_valid(string_str(view), NULL));
}

void vector_verify(const Vector *vector, uint32_t row_count) {
  VectorView view;
  vector_view(vector, &view);
  ASSERT(view.base->form != VECTOR_DICTIONARY);
  ASSERT(vector->form != VECTOR_DICTIONARY || vector->dictionary->form == VECTOR_FLAT);
  bool constant = vector->form == VECTOR_CONSTANT;
  uint32_t rows = constant ? MIN_OF(row_count, 1u) : row_count;
  uint32_t last_row = 0;
  for (uint32_t i = 0; i < rows; i++) {
    uint32_t at = view_row(&view, i);
    last_row = MAX_OF(last_row, at);
    if (!view_valid(&view, at)) continue;
    if (vector->physical == PHYSICAL_STRING) {
      verify_string(&((const StringView *)view.data)[at], type_is_string(vector->type));
    } else if (vector->physical == PHYSICAL_BOOL) {
      ASSERT(((const uint8_t *)view.data)[at] <= 1);
    } else if (vector->physical == PHYSICAL_LIST) {
      ListEntry entry = ((const ListEntry *)view.data)[at];
      ASSERT((uint64_t)entry.offset + entry.length <= view.base->child_rows);
      (void)entry;
    }
  }
  if (!rows) return;
  if (vector->physical == PHYSICAL_LIST) {
    vector_verify(&view.base->children[0], view.base->child_rows);
  } else if (vector->physical == PHYSICAL_NONE) {
    uint32_t width = vector->type.id == TYPE_ARRAY ? vector->type.array_size : 1;
    bool any_null = view.validity != NULL;
    for (uint32_t i = 0; i < view.base->child_count && !any_null; i++) {
      vector_verify(&view.base->children[i], (last_row + 1) * width);
    }
  }
}
