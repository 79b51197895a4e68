// SPDX-License-Identifier: MIT
//
// cast_nested.c: LIST, ARRAY, STRUCT, MAP and UNION, child by child. Only the elements that rows refer to are cast: an
// element that no row shows must not raise an error.
#include "vector/cast.h"

// Rows of a child, in temporary memory.
typedef struct RowList {
  Memory *memory;
  uint32_t *rows;
  uint32_t count;
  uint32_t capacity;
} RowList;

static Status row_list_init(RowList *list, const Cast *cast, uint64_t capacity) {
  *list = (RowList){.memory = cast->context->memory};
  if (capacity > UINT32_MAX / sizeof(uint32_t)) return error_no_memory(cast->context->error);
  list->capacity = (uint32_t)capacity + 1;
  list->rows = memory_allocate(list->memory, sizeof(uint32_t) * list->capacity);
  return list->rows ? OK : error_no_memory(cast->context->error);
}

static void row_list_free(RowList *list) {
  if (list->rows) memory_free(list->memory, list->rows, sizeof(uint32_t) * list->capacity);
}

Status cast_elements(const Cast *cast, const Vector *child, const uint32_t *rows, uint32_t count, Vector *target) {
  Error *error = cast->context->error;
  TRY(vector_reserve(target, count, error));
  if (type_equal(child->type, target->type)) return vector_copy(target, 0, child, rows, 0, count, error);
  Vector slice = {0};
  Status status = vector_init(&slice, cast->context->memory, child->type, 0, error);
  if (status == OK) status = vector_slice(&slice, child, rows, count, error);
  if (status == OK) {
    Cast inner = {cast->context, &slice, count, target};
    status = cast_run(&inner);
  }
  if (status == OK) status = vector_flatten(target, count, error);
  vector_free(&slice);
  return status;
}

// Rows of the source's data, one for each row of the result (NULL rows included).
static Status source_rows(const Cast *cast, const VectorView *view, uint32_t count, RowList *list) {
  TRY(row_list_init(list, cast, count));
  for (uint32_t i = 0; i < count; i++) list->rows[i] = view_row(view, i);
  list->count = count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// LIST and ARRAY
// ---------------------------------------------------------------------------------------------------------------------

// What a row holds of the source's child, whether LIST, MAP or ARRAY.
static ListEntry source_entry(const Cast *cast, const VectorView *view, uint32_t row) {
  uint32_t at = view_row(view, row);
  Type type = cast->source->type;
  if (type.id == TYPE_ARRAY) return (ListEntry){at * type.array_size, type.array_size};
  return ((const ListEntry *)view->data)[at];
}

// All elements of the valid rows, one after another.
static Status source_elements(const Cast *cast, const VectorView *view, uint32_t count, RowList *list) {
  uint64_t total = 0;
  for (uint32_t row = 0; row < count; row++) {
    if (result_row_valid(cast, row)) total += source_entry(cast, view, row).length;
  }
  TRY(row_list_init(list, cast, total));
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    ListEntry entry = source_entry(cast, view, row);
    for (uint32_t i = 0; i < entry.length; i++) list->rows[list->count++] = entry.offset + i;
  }
  return OK;
}

static void write_entries(const Cast *cast, const VectorView *view, uint32_t count) {
  ListEntry *entries = cast->result->data;
  uint32_t at = 0;
  for (uint32_t row = 0; row < count; row++) {
    uint32_t length = result_row_valid(cast, row) ? source_entry(cast, view, row).length : 0;
    entries[row] = (ListEntry){length ? at : 0, length};
    at += length;
  }
  cast->result->child_rows = at;
}

static Status to_list(const Cast *cast, const VectorView *view, uint32_t count) {
  RowList elements = {0};
  Status status = source_elements(cast, view, count, &elements);
  if (status == OK) {
    status = cast_elements(cast, &view->base->children[0], elements.rows, elements.count, &cast->result->children[0]);
  }
  row_list_free(&elements);
  if (status == OK) write_entries(cast, view, count);
  return status;
}

// The length of every row must be the array's.
static Status check_lengths(const Cast *cast, const VectorView *view, uint32_t count) {
  uint32_t size = cast->result->type.array_size;
  bool from_array = cast->source->type.id == TYPE_ARRAY;
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) continue;
    uint32_t length = source_entry(cast, view, row).length;
    if (length == size) continue;
    TRY(cast_row_failed(cast, row,
                        from_array ? "Cannot cast array of size %u to array of size %u"
                                   : "Cannot cast list with length %u to array with length %u",
                        length, size));
  }
  return OK;
}

// Spreads the elements of the valid rows, packed in `elements`, over the rows of the array.
static Status spread_elements(const Cast *cast, const Vector *elements, uint32_t count) {
  uint32_t size = cast->result->type.array_size;
  uint32_t at = 0;
  for (uint32_t row = 0; row < count; row++) {
    if (!result_row_valid(cast, row)) {
      TRY(vector_set_null(cast->result, row, cast->context->error));
      continue;
    }
    TRY(vector_copy(&cast->result->children[0], row * size, elements, NULL, at, size, cast->context->error));
    at += size;
  }
  return OK;
}

static Status to_array(const Cast *cast, const VectorView *view, uint32_t count) {
  TRY(check_lengths(cast, view, count));
  RowList rows = {0};
  Vector elements = {0};
  Status status = source_elements(cast, view, count, &rows);
  if (status == OK) {
    status =
        vector_init(&elements, cast->context->memory, cast->result->children[0].type, rows.count, cast->context->error);
  }
  if (status == OK) status = cast_elements(cast, &view->base->children[0], rows.rows, rows.count, &elements);
  if (status == OK) status = spread_elements(cast, &elements, count);
  vector_free(&elements);
  row_list_free(&rows);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// STRUCT, MAP
// ---------------------------------------------------------------------------------------------------------------------

// The source's field for a field of the target: by name when both have names, else by place; count: none.
static uint32_t matching_field(const TypeInfo *from, const TypeInfo *to, uint32_t target) {
  if (!from->names || !to->names) return target;
  for (uint32_t i = 0; i < from->count; i++) {
    if (str_equal_nocase(from->names[i], to->names[target])) return i;
  }
  return from->count;
}

static Status check_struct_types(const Cast *cast) {
  const TypeInfo *from = cast->source->type.info, *to = cast->result->type.info;
  Error *error = cast->context->error;
  if (!from->names || !to->names) {
    if (from->count == to->count) return OK;
    char from_text[TYPE_TEXT_CAPACITY], to_text[TYPE_TEXT_CAPACITY];
    Str from_name = type_text(cast->source->type, cast->context->memory, from_text);
    Str to_name = type_text(cast->result->type, cast->context->memory, to_text);
    return error_set(error, ERROR_MISMATCH_TYPE, cast->context->position,
                     "Type %.*s does not match with %.*s. Cannot cast STRUCTs of different size", STR_ARG(from_name),
                     STR_ARG(to_name));
  }
  for (uint32_t i = 0; i < to->count; i++) {
    if (matching_field(from, to, i) < from->count) return OK;
  }
  return error_set(error, ERROR_BINDER, cast->context->position,
                   "STRUCT to STRUCT cast must have at least one matching member");
}

static Status set_all_null(Vector *vector, uint32_t count, Error *error) {
  for (uint32_t row = 0; row < count; row++) TRY(vector_set_null(vector, row, error));
  return OK;
}

static Status to_struct(const Cast *cast, const VectorView *view, uint32_t count) {
  TRY(check_struct_types(cast));
  const TypeInfo *from = cast->source->type.info, *to = cast->result->type.info;
  RowList rows = {0};
  Status status = source_rows(cast, view, count, &rows);
  for (uint32_t i = 0; i < to->count && status == OK; i++) {
    uint32_t field = matching_field(from, to, i);
    if (field < from->count) {
      status = cast_elements(cast, &view->base->children[field], rows.rows, count, &cast->result->children[i]);
    } else {
      status = set_all_null(&cast->result->children[i], count, cast->context->error);
    }
  }
  row_list_free(&rows);
  return status;
}

static Status to_map(const Cast *cast, const VectorView *view, uint32_t count) {
  VectorView pairs;
  vector_view(&view->base->children[0], &pairs);
  RowList rows = {0};
  Status status = source_elements(cast, view, count, &rows);
  for (uint32_t i = 0; i < rows.count; i++) rows.rows[i] = view_row(&pairs, rows.rows[i]);
  Vector *target = &cast->result->children[0];
  if (status == OK) status = vector_reserve(target, rows.count, cast->context->error);
  for (uint32_t i = 0; i < 2 && status == OK; i++) {
    status = cast_elements(cast, &pairs.base->children[i], rows.rows, rows.count, &target->children[i]);
  }
  row_list_free(&rows);
  if (status == OK) write_entries(cast, view, count);
  return status;
}

// Fields become entries: the names are the keys.
static Status struct_to_map(const Cast *cast, const VectorView *view, uint32_t count) {
  const TypeInfo *from = cast->source->type.info;
  Error *error = cast->context->error;
  Memory *memory = cast->context->memory;
  Vector *target = &cast->result->children[0];
  uint32_t pairs = 0;
  TRY(vector_list_room(cast->result, count * from->count, &pairs, error));
  ListEntry *entries = cast->result->data;
  for (uint32_t row = 0; row < count; row++) {
    entries[row] = result_row_valid(cast, row) ? (ListEntry){row * from->count, from->count} : (ListEntry){0, 0};
  }
  RowList rows = {0};
  Vector field = {0};
  Status status = source_rows(cast, view, count, &rows);
  for (uint32_t i = 0; i < from->count && status == OK; i++) {
    Value name = value_text(from->names[i]), cast_name = value_null(TYPE(VARCHAR));
    Arena arena;
    arena_init(&arena, memory);
    status = value_cast(&arena, &name, target->children[0].type, &cast_name, error);
    if (status == OK) status = vector_init(&field, memory, target->children[1].type, count, error);
    if (status == OK) status = cast_elements(cast, &view->base->children[i], rows.rows, count, &field);
    for (uint32_t row = 0; row < count && status == OK; row++) {
      uint32_t at = row * from->count + i;
      status = vector_set_value(&target->children[0], at, &cast_name, error);
      if (status == OK) status = vector_copy(&target->children[1], at, &field, NULL, row, 1, error);
    }
    vector_free(&field);
    arena_free(&arena);
  }
  row_list_free(&rows);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// UNION
// ---------------------------------------------------------------------------------------------------------------------

static Status write_union_members(const Cast *cast, uint32_t count, uint32_t member) {
  uint8_t *tags = cast->result->children[0].data;
  memset(tags, (int)member, count);
  for (uint32_t i = 1; i < cast->result->child_count; i++) {
    if (i != member + 1) TRY(set_all_null(&cast->result->children[i], count, cast->context->error));
  }
  return OK;
}

static Status union_ambiguous(const Cast *cast, uint32_t first, uint32_t second) {
  const TypeInfo *info = cast->result->type.info;
  Memory *memory = cast->context->memory;
  char texts[4][TYPE_TEXT_CAPACITY];
  Str from = type_text(cast->source->type, memory, texts[0]), to = type_text(cast->result->type, memory, texts[1]);
  Str types[2] = {type_text(info->types[first], memory, texts[2]), type_text(info->types[second], memory, texts[3])};
  return cast_row_failed(cast, 0,
                         "Type %.*s can't be cast as %.*s. The cast is ambiguous, multiple possible members in target: "
                         "'%.*s (%.*s)', '%.*s (%.*s)'. Disambiguate the target type by using the 'union_value(<tag> "
                         ":= <arg>)' function to promote the source value to a single member union before casting.",
                         STR_ARG(from), STR_ARG(to), STR_ARG(info->names[first]), STR_ARG(types[0]),
                         STR_ARG(info->names[second]), STR_ARG(types[1]));
}

// Into the member that costs least. A NULL of a type is a NULL of that member, not of the union.
Status cast_to_union(const Cast *cast) {
  const TypeInfo *info = cast->result->type.info;
  uint32_t count = cast->row_count, member = 0, other = 0;
  int64_t best = -1;
  for (uint32_t i = 0; i < info->count; i++) {
    int64_t cost = type_implicit_cost(cast->source->type, info->types[i]);
    if (cost >= 0 && cost == best) other = i;
    if (cost >= 0 && (best < 0 || cost < best)) {
      best = cost;
      member = other = i;
    }
  }
  if (other != member && count) return union_ambiguous(cast, member, other);
  cast->result->form = VECTOR_FLAT; // while it is written; see cast_nested
  TRY(write_union_members(cast, count, member));
  Vector *target = &cast->result->children[member + 1];
  Cast inner = {cast->context, cast->source, count, target};
  TRY(cast_run(&inner));
  return vector_flatten(target, count, cast->context->error);
}

static Status union_to_union(const Cast *cast, const VectorView *view, uint32_t count) {
  const TypeInfo *from = cast->source->type.info, *to = cast->result->type.info;
  VectorView tags;
  vector_view(&view->base->children[0], &tags);
  uint8_t *out = cast->result->children[0].data;
  for (uint32_t i = 1; i < cast->result->child_count; i++) {
    TRY(set_all_null(&cast->result->children[i], count, cast->context->error));
  }
  RowList rows = {0};
  Status status = source_rows(cast, view, count, &rows);
  for (uint32_t i = 0; i < from->count && status == OK; i++) {
    uint32_t target = 0;
    while (target < to->count && !str_equal_nocase(from->names[i], to->names[target])) target++;
    Vector member = {0};
    bool found = target < to->count;
    if (found) {
      status = vector_init(&member, cast->context->memory, to->types[target], count, cast->context->error);
      if (status == OK) status = cast_elements(cast, &view->base->children[i + 1], rows.rows, count, &member);
    }
    for (uint32_t row = 0; row < count && status == OK; row++) {
      if (!result_row_valid(cast, row)) continue;
      if (((const uint8_t *)tags.data)[view_row(&tags, rows.rows[row])] != i) continue;
      if (!found) {
        char texts[2][TYPE_TEXT_CAPACITY];
        Str from_text = type_text(cast->source->type, cast->context->memory, texts[0]);
        Str to_text = type_text(cast->result->type, cast->context->memory, texts[1]);
        status = cast_row_failed(cast, row,
                                 "Type %.*s can't be cast as %.*s. The member '%.*s' is not present in target union",
                                 STR_ARG(from_text), STR_ARG(to_text), STR_ARG(from->names[i]));
        continue;
      }
      out[row] = (uint8_t)target;
      status = vector_copy(&cast->result->children[target + 1], row, &member, NULL, row, 1, cast->context->error);
    }
    vector_free(&member);
  }
  row_list_free(&rows);
  return status;
}

Status cast_nested(const Cast *cast) {
  uint32_t count = 0;
  VectorView view;
  vector_view(cast->source, &view);
  TRY(kernel_begin(&cast->source, 1, cast->row_count, cast->result, &count, cast->context->error));
  TypeId from = cast->source->type.id, to = cast->result->type.id;
  // While its rows are written the result is flat, one row of it for a constant; cast_run makes it constant again.
  cast->result->form = VECTOR_FLAT;
  if (to == TYPE_LIST) return to_list(cast, &view, count);
  if (to == TYPE_ARRAY) return to_array(cast, &view, count);
  if (to == TYPE_MAP) return from == TYPE_MAP ? to_map(cast, &view, count) : struct_to_map(cast, &view, count);
  if (to == TYPE_STRUCT) return to_struct(cast, &view, count);
  return union_to_union(cast, &view, count);
}
