// SPDX-License-Identifier: MIT
//
// disguise.c: the same rows in another form, for tests: what a kernel answers must not depend on the form of what it reads.
//
//   as constant     one row for all of them, where they are equal
//   as dictionary   the entries in reverse order, neighbours that are equal share one; entry 0 is NULL and nobody's
//
// The rows are copied, so that what is read too late is seen to have changed. The elements of lists and the fields of structs are disguised too.
#include "vector/vector.h"

struct Disguise {
  Memory *memory;
  Vector rows;        // own, flat: the distinct ones
  Vector base;        // rows, with children in disguise
  Vector shown;       // what is handed out
  uint32_t capacity;  // rows that the arrays have room for
  uint32_t *distinct; // rows of the source, in order of entries
  uint32_t *entries;  // of each row: its entry
  Disguise **children;
};

static Disguise *create(Memory *memory, const Vector *like, uint32_t capacity, Error *error) {
  Disguise *disguise = memory_allocate_zeroed(memory, sizeof *disguise);
  if (!disguise) {
    (void)error_no_memory(error);
    return NULL;
  }
  disguise->memory = memory;
  disguise->capacity = capacity;
  disguise->distinct = memory_allocate(memory, sizeof(uint32_t) * (capacity + 1));
  disguise->entries = memory_allocate(memory, sizeof(uint32_t) * (capacity + 1));
  if (!disguise->distinct || !disguise->entries) {
    (void)error_no_memory(error);
    disguise_free(disguise);
    return NULL;
  }
  if (vector_init(&disguise->rows, memory, like->type, capacity + 1, error) != OK) {
    disguise_free(disguise);
    return NULL;
  }
  uint32_t child_count = disguise->rows.child_count;
  if (child_count) {
    disguise->children = memory_allocate_zeroed(memory, sizeof(Disguise *) * child_count);
    disguise->base.children = memory_allocate_zeroed(memory, sizeof(Vector) * child_count);
    if (!disguise->children || !disguise->base.children) {
      (void)error_no_memory(error);
      disguise_free(disguise);
      return NULL;
    }
  }
  return disguise;
}

void disguise_free(Disguise *disguise) {
  if (!disguise) return;
  Memory *memory = disguise->memory;
  size_t child_count = disguise->rows.child_count;
  for (size_t i = 0; disguise->children && i < child_count; i++) disguise_free(disguise->children[i]);
  if (disguise->children) memory_free(memory, disguise->children, sizeof(Disguise *) * child_count);
  if (disguise->base.children) memory_free(memory, disguise->base.children, sizeof(Vector) * child_count);
  if (disguise->rows.memory) vector_free(&disguise->rows);
  if (disguise->distinct) memory_free(memory, disguise->distinct, sizeof(uint32_t) * (disguise->capacity + 1));
  if (disguise->entries) memory_free(memory, disguise->entries, sizeof(uint32_t) * (disguise->capacity + 1));
  memory_free(memory, disguise, sizeof *disguise);
}

static bool same_row(const Vector *source, uint32_t a, uint32_t b) {
  VectorView view;
  vector_view(source, &view);
  bool a_valid = view_valid(&view, view_row(&view, a));
  if (a_valid != view_valid(&view, view_row(&view, b))) return false;
  if (!a_valid) return true;
  // Equal is not enough: 0.0 and -0.0 are, and so are intervals of 30 days and of one month.
  if (source->physical == PHYSICAL_F32 || source->physical == PHYSICAL_F64 || source->physical == PHYSICAL_INTERVAL ||
      source->child_count) {
    return view_row(&view, a) == view_row(&view, b);
  }
  return vector_compare_rows(source, a, source, b) == 0;
}

// The fields and elements behind rows 0..row_count take their disguise in turn.
static Status disguise_children(Disguise *disguise, VectorForm form, uint32_t row_count, Error *error) {
  Vector *rows = &disguise->rows;
  Vector *children = disguise->base.children;
  disguise->base = *rows;
  disguise->base.children = children;
  uint32_t child_rows = rows->physical == PHYSICAL_LIST ? rows->child_rows
                        : rows->type.id == TYPE_ARRAY   ? row_count * rows->type.array_size
                                                        : row_count;
  for (uint32_t i = 0; i < rows->child_count; i++) {
    const Vector *shown;
    TRY(disguise_vector(&disguise->children[i], disguise->memory, form, &rows->children[i], child_rows, &shown, error));
    children[i] = *shown;
  }
  return OK;
}

static Status show_constant(Disguise *disguise, const Vector *source, Error *error) {
  TRY(vector_copy(&disguise->rows, 0, source, NULL, 0, 1, error));
  disguise->shown = disguise->rows;
  disguise->shown.form = VECTOR_CONSTANT;
  return OK;
}

static Status show_dictionary(Disguise *disguise, const Vector *source, uint32_t row_count, Error *error) {
  uint32_t count = 0;
  for (uint32_t row = row_count; row-- > 0;) {
    bool repeated = count && same_row(source, row, disguise->distinct[count - 1]);
    if (!repeated) disguise->distinct[count++] = row;
    disguise->entries[row] = count;
  }
  TRY(vector_set_null(&disguise->rows, 0, error));
  TRY(vector_copy(&disguise->rows, 1, source, disguise->distinct, 0, count, error));
  TRY(disguise_children(disguise, VECTOR_DICTIONARY, count + 1, error));
  disguise->shown = (Vector){.type = source->type,
                             .physical = source->physical,
                             .form = VECTOR_DICTIONARY,
                             .capacity = row_count,
                             .memory = disguise->memory,
                             .dictionary = &disguise->base,
                             .selection = disguise->entries,
                             .borrows = true};
  return OK;
}

static bool all_rows_equal(const Vector *source, uint32_t row_count) {
  for (uint32_t row = 1; row < row_count; row++) {
    if (!same_row(source, 0, row)) return false;
  }
  return true;
}

Status disguise_vector(Disguise **disguise, Memory *memory, VectorForm form, const Vector *source, uint32_t row_count,
                       const Vector **shown, Error *error) {
  *shown = source;
  bool serves = form == VECTOR_DICTIONARY || (source->form != VECTOR_CONSTANT && all_rows_equal(source, row_count));
  if (!row_count || !serves || source->type.id == TYPE_INVALID || source->physical != type_physical(source->type))
    return OK;
  Disguise *present = *disguise;
  if (present && (present->capacity < row_count || !type_equal(present->rows.type, source->type))) {
    disguise_free(present);
    present = *disguise = NULL;
  }
  if (!present) present = *disguise = create(memory, source, MAX_OF(row_count, (uint32_t)VECTOR_CAPACITY), error);
  if (!present) return ERROR_NO_MEMORY;
  TRY(vector_reset(&present->rows, error));
  TRY(form == VECTOR_DICTIONARY ? show_dictionary(present, source, row_count, error)
                                : show_constant(present, source, error));
  *shown = &present->shown;
  return OK;
}
