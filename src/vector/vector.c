// SPDX-License-Identifier: MIT
//
// vector.c: the life of a vector: making, resetting, growing, borrowing, sharing, slicing, flattening; strings and NULLs.
//
// Where the rows lie and who holds them are two things. `data`, `validity` and `selection` say where; data_buffer,
// validity_buffer, selection_buffer, heap and kept are what this vector holds. They differ while it borrows another's
// rows; vector_reset brings `data` back to its own buffer. Deep copies are in vector_copy.c.
#include "vector/vector.h"
#include "vector/raw.h"

#define FIRST_HEAP_BYTES 4096
#define LARGEST_HEAP_BYTES (1 << 20)

// What a constant NULL points its validity at: it needs no memory, so making one cannot fail. Never written.
static const uint64_t NO_ROW_VALID[1] = {0};

// ---------------------------------------------------------------------------------------------------------------------
// Making and freeing
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t child_count_of(Type type) {
  switch (type.id) {
    case TYPE_LIST:
    case TYPE_ARRAY:
    case TYPE_MAP:
      return 1;
    case TYPE_STRUCT:
      return type.info->count;
    case TYPE_UNION:
      return type.info->count + 1;
    default:
      return 0;
  }
}

static Type child_type_of(Type type, uint32_t index) {
  if (type.id == TYPE_STRUCT) return type.info->types[index];
  if (type.id == TYPE_UNION) return index == 0 ? TYPE(UTINYINT) : type.info->types[index - 1];
  return type_element(type);
}

// Rows that a child must have room for, so that its parent has `capacity` rows.
static bool child_capacity_of(Type type, uint32_t capacity, uint32_t *child_capacity) {
  uint64_t rows = type.id == TYPE_ARRAY ? (uint64_t)capacity * type.array_size : capacity;
  *child_capacity = (uint32_t)rows;
  return rows <= UINT32_MAX;
}

// A buffer for `capacity` values of the vector; NULL: no memory.
static Buffer *create_data_buffer(const Vector *vector, uint32_t capacity) {
  uint64_t bytes = (uint64_t)capacity * physical_size(vector->physical);
  if (bytes > SIZE_MAX / 2) return NULL;
  return buffer_create(vector->memory, (size_t)bytes);
}

Status vector_init(Vector *vector, Memory *memory, Type type, uint32_t capacity, Error *error) {
  *vector = (Vector){.type = type, .physical = (uint8_t)type_physical(type), .capacity = capacity, .memory = memory};
  if (physical_size(vector->physical)) {
    vector->data_buffer = create_data_buffer(vector, capacity);
    if (!vector->data_buffer) return error_no_memory(error);
    vector->data = vector->data_buffer->data;
  }
  uint32_t child_count = child_count_of(type);
  if (!child_count) return OK;
  uint32_t child_capacity;
  Status status = OK;
  vector->children = memory_allocate_zeroed(memory, sizeof(Vector) * child_count);
  if (!vector->children || !child_capacity_of(type, capacity, &child_capacity)) {
    status = error_no_memory(error);
  } else {
    vector->child_count = child_count;
    for (uint32_t i = 0; i < child_count && status == OK; i++) {
      status = vector_init(&vector->children[i], memory, child_type_of(type, i), child_capacity, error);
    }
  }
  if (status != OK) {
    if (vector->children && !vector->child_count) memory_free(memory, vector->children, sizeof(Vector) * child_count);
    vector_free(vector);
  }
  return status;
}

static void drop_kept(Vector *vector) {
  for (uint32_t i = 0; i < vector->kept_count; i++) buffer_drop(vector->kept[i]);
  vector->kept_count = 0;
}

static void free_owned_dictionary(Vector *vector) {
  if (!vector->owned_dictionary) return;
  vector_free(vector->owned_dictionary);
  memory_free(vector->memory, vector->owned_dictionary, sizeof(Vector));
  vector->owned_dictionary = NULL;
}

// Gives back everything but the children.
static void release_storage(Vector *vector) {
  free_owned_dictionary(vector);
  buffer_drop(vector->data_buffer);
  buffer_drop(vector->validity_buffer);
  buffer_drop(vector->selection_buffer);
  buffer_drop(vector->heap);
  vector->data_buffer = vector->validity_buffer = vector->selection_buffer = vector->heap = NULL;
  drop_kept(vector);
}

void vector_free(Vector *vector) {
  release_storage(vector);
  if (vector->kept) memory_free(vector->memory, vector->kept, sizeof(Buffer *) * vector->kept_capacity);
  for (uint32_t i = 0; i < vector->child_count; i++) vector_free(&vector->children[i]);
  if (vector->child_count) memory_free(vector->memory, vector->children, sizeof(Vector) * vector->child_count);
  *vector = (Vector){0};
}

static bool held_alone(const Buffer *buffer, size_t bytes) {
  return buffer && buffer->references == 1 && !buffer->release && buffer->capacity_bytes >= bytes;
}

// A slice of itself moved the storage into its own dictionary: takes it back.
static void take_storage_back(Vector *vector) {
  Vector *dictionary = vector->owned_dictionary;
  if (!dictionary || vector->data_buffer || vector->children) {
    free_owned_dictionary(vector);
    return;
  }
  Buffer *selection_buffer = vector->selection_buffer;
  Memory *memory = vector->memory;
  uint32_t capacity = vector->capacity;
  vector->selection_buffer = NULL;
  vector->owned_dictionary = NULL;
  vector_free(vector);
  *vector = *dictionary;
  buffer_drop(vector->selection_buffer);
  vector->selection_buffer = selection_buffer;
  vector->capacity = capacity;
  memory_free(memory, dictionary, sizeof(Vector));
}

Status vector_reset(Vector *vector, Error *error) {
  take_storage_back(vector);
  vector->form = VECTOR_FLAT;
  vector->validity = NULL;
  vector->selection = NULL;
  vector->dictionary = NULL;
  vector->child_rows = 0;
  vector->borrows = false;
  uint32_t size = physical_size(vector->physical);
  if (size) {
    if (!held_alone(vector->data_buffer, (size_t)size * vector->capacity)) {
      buffer_drop(vector->data_buffer);
      vector->data_buffer = create_data_buffer(vector, vector->capacity);
      vector->data = NULL;
      if (!vector->data_buffer) return error_no_memory(error);
    }
    vector->data = vector->data_buffer->data;
#ifdef SMEW_DEBUG
    memset(vector->data, 0xa5, (size_t)size * vector->capacity);
#endif
  }
  drop_kept(vector);
  if (vector->heap) {
    if (held_alone(vector->heap, 0)) {
      vector->heap->used_bytes = 0;
    } else {
      buffer_drop(vector->heap);
      vector->heap = NULL;
    }
  }
  for (uint32_t i = 0; i < vector->child_count; i++) TRY(vector_reset(&vector->children[i], error));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Validity
// ---------------------------------------------------------------------------------------------------------------------

Status vector_need_validity(Vector *vector, Error *error) {
  if (vector->validity && vector->validity != NO_ROW_VALID) return OK;
  bool was_null = vector->validity == NO_ROW_VALID;
  size_t words = BITS_WORDS(MAX_OF(vector->capacity, 1u));
  size_t bytes = words * sizeof(uint64_t);
  if (!held_alone(vector->validity_buffer, bytes)) {
    buffer_drop(vector->validity_buffer);
    vector->validity_buffer = buffer_create(vector->memory, bytes);
    if (!vector->validity_buffer) return error_no_memory(error);
  }
  vector->validity = (uint64_t *)vector->validity_buffer->data;
  memset(vector->validity, 0xff, bytes);
  if (was_null) bit_clear(vector->validity, 0);
  return OK;
}

Status vector_set_null(Vector *vector, uint32_t row, Error *error) {
  TRY(vector_need_validity(vector, error));
  bit_clear(vector->validity, row);
  // Strings and lists of NULL rows are harmless to look at.
  if (vector->physical == PHYSICAL_STRING) {
    ((StringView *)vector->data)[row] = (StringView){.words = {0, 0}};
  } else if (vector->physical == PHYSICAL_LIST) {
    ((ListEntry *)vector->data)[row] = (ListEntry){0, 0};
  } else if (vector->type.id == TYPE_ARRAY) {
    for (uint32_t i = 0; i < vector->type.array_size; i++) {
      TRY(vector_set_null(&vector->children[0], row * vector->type.array_size + i, error));
    }
  } else {
    for (uint32_t i = 0; i < vector->child_count; i++) TRY(vector_set_null(&vector->children[i], row, error));
  }
  return OK;
}

void vector_set_null_constant(Vector *vector) {
  vector->form = VECTOR_CONSTANT;
  vector->validity = (uint64_t *)NO_ROW_VALID;
  vector->selection = NULL;
  vector->dictionary = NULL;
  if (vector->physical == PHYSICAL_LIST && vector->data_buffer) {
    vector->data = vector->data_buffer->data;
  }
  if (vector->type.id == TYPE_ARRAY || vector->physical == PHYSICAL_NONE) {
    for (uint32_t i = 0; i < vector->child_count; i++) vector_set_null_constant(&vector->children[i]);
  }
}

void vector_set_constant(Vector *vector) {
  ASSERT(vector->form != VECTOR_DICTIONARY);
  vector->form = VECTOR_CONSTANT;
}

// ---------------------------------------------------------------------------------------------------------------------
// Growing
// ---------------------------------------------------------------------------------------------------------------------

Status vector_reserve(Vector *vector, uint32_t capacity, Error *error) {
  if (capacity <= vector->capacity) return OK;
  ASSERT(vector->form == VECTOR_FLAT);
  uint32_t old_capacity = vector->capacity;
  uint32_t size = physical_size(vector->physical);
  if (size) {
    Buffer *data = create_data_buffer(vector, capacity);
    if (!data) return error_no_memory(error);
    if (old_capacity) memcpy(data->data, vector->data, (size_t)old_capacity * size);
    buffer_drop(vector->data_buffer);
    vector->data_buffer = data;
    vector->data = data->data;
  }
  if (vector->validity) {
    size_t words = BITS_WORDS(capacity);
    size_t old_words = BITS_WORDS(old_capacity);
    Buffer *validity = buffer_create(vector->memory, words * sizeof(uint64_t));
    if (!validity) return error_no_memory(error);
    memset(validity->data, 0xff, words * sizeof(uint64_t));
    memcpy(validity->data, vector->validity, old_words * sizeof(uint64_t));
    buffer_drop(vector->validity_buffer);
    vector->validity_buffer = validity;
    vector->validity = (uint64_t *)validity->data;
  }
  if (vector->physical == PHYSICAL_NONE) {
    uint32_t child_capacity;
    if (!child_capacity_of(vector->type, capacity, &child_capacity)) return error_no_memory(error);
    for (uint32_t i = 0; i < vector->child_count; i++) {
      TRY(vector_reserve(&vector->children[i], child_capacity, error));
    }
  }
  vector->capacity = capacity;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Strings and what keeps them
// ---------------------------------------------------------------------------------------------------------------------

static Status push_kept(Vector *vector, Buffer *buffer, Error *error) {
  if (vector->kept_count == vector->kept_capacity) {
    uint32_t capacity = vector->kept_capacity ? vector->kept_capacity * 2 : 4;
    Buffer **kept = memory_grow(vector->memory, vector->kept, sizeof(Buffer *) * vector->kept_capacity,
                                sizeof(Buffer *) * capacity);
    if (!kept) return error_no_memory(error);
    vector->kept = kept;
    vector->kept_capacity = capacity;
  }
  vector->kept[vector->kept_count++] = buffer;
  return OK;
}

Status vector_keep_buffer(Vector *vector, Buffer *buffer, Error *error) {
  if (!buffer || buffer == vector->heap) return OK;
  // Sources come again and again: the newest few are looked at, an older one is kept twice.
  for (uint32_t i = vector->kept_count; i-- > 0 && i + 8 >= vector->kept_count;) {
    if (vector->kept[i] == buffer) return OK;
  }
  TRY(push_kept(vector, buffer, error));
  buffer_keep(buffer);
  return OK;
}

Status vector_keep_strings(Vector *vector, const Vector *source, Error *error) {
  const Vector *base = source->form == VECTOR_DICTIONARY ? source->dictionary : source;
  vector->borrows |= base->borrows;
  TRY(vector_keep_buffer(vector, base->heap, error));
  for (uint32_t i = 0; i < base->kept_count; i++) TRY(vector_keep_buffer(vector, base->kept[i], error));
  return OK;
}

char *vector_string_room(Vector *vector, size_t length) {
  Buffer *heap = vector->heap;
  if (!heap || heap->capacity_bytes - heap->used_bytes < length) {
    size_t capacity = heap ? heap->capacity_bytes * 2 : FIRST_HEAP_BYTES;
    capacity = MAX_OF(MIN_OF(capacity, (size_t)LARGEST_HEAP_BYTES), length);
    Buffer *fresh = buffer_create(vector->memory, capacity);
    if (!fresh) return NULL;
    if (heap && push_kept(vector, heap, NULL) != OK) {
      buffer_drop(fresh);
      return NULL;
    }
    vector->heap = heap = fresh;
  }
  char *room = (char *)heap->data + heap->used_bytes;
  heap->used_bytes += length;
  return room;
}

Status vector_set_string(Vector *vector, uint32_t row, Str text, Error *error) {
  const char *bytes = text.data;
  if (text.length > STRING_INLINE_CAPACITY) {
    if (text.length > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "String value is too long");
    char *room = vector_string_room(vector, text.length);
    if (!room) return error_no_memory(error);
    memcpy(room, text.data, text.length);
    bytes = room;
  }
  ((StringView *)vector->data)[row] = string_view(bytes, text.length);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Views of other vectors
// ---------------------------------------------------------------------------------------------------------------------

void vector_view(const Vector *vector, VectorView *view) {
  switch (vector->form) {
    case VECTOR_FLAT:
      *view = (VectorView){vector->data, vector->validity, NULL, UINT32_MAX, vector};
      return;
    case VECTOR_CONSTANT:
      *view = (VectorView){vector->data, vector->validity, NULL, 0, vector};
      return;
    default: {
      const Vector *base = vector->dictionary;
      *view = (VectorView){base->data, base->validity, vector->selection, UINT32_MAX, base};
    }
  }
}

void vector_borrow(Vector *dst, const Vector *src) {
  ASSERT(dst != src);
  take_storage_back(dst);
  ASSERT(dst->child_count == src->child_count || src->form == VECTOR_DICTIONARY);
  dst->type = src->type;
  dst->physical = src->physical;
  dst->form = src->form;
  dst->data = src->data;
  dst->validity = src->validity;
  dst->selection = src->selection;
  dst->dictionary = src->dictionary;
  dst->child_rows = src->child_rows;
  dst->borrows = true;
  if (src->form == VECTOR_DICTIONARY) return;
  for (uint32_t i = 0; i < dst->child_count; i++) vector_borrow(&dst->children[i], &src->children[i]);
}

static bool lies_in(const Buffer *buffer, const void *pointer) {
  const uint8_t *at = pointer;
  return buffer && at >= buffer->data && at < buffer->data + MAX_OF(buffer->capacity_bytes, (size_t)1);
}

static bool lies_in_kept(const Vector *vector, const void *pointer) {
  for (uint32_t i = 0; i < vector->kept_count; i++) {
    if (lies_in(vector->kept[i], pointer)) return true;
  }
  return false;
}

// All that a flat or constant vector points at is held by its own buffers.
static bool keeps_all(const Vector *vector) {
  if (vector->form == VECTOR_DICTIONARY || vector->borrows) return false;
  if (physical_size(vector->physical) && !lies_in(vector->data_buffer, vector->data) &&
      !lies_in_kept(vector, vector->data)) {
    return false;
  }
  if (vector->validity && vector->validity != NO_ROW_VALID && !lies_in(vector->validity_buffer, vector->validity) &&
      !lies_in_kept(vector, vector->validity)) {
    return false;
  }
  for (uint32_t i = 0; i < vector->child_count; i++) {
    if (!keeps_all(&vector->children[i])) return false;
  }
  return true;
}

static Buffer *kept_reference(Buffer *buffer) {
  if (buffer) buffer_keep(buffer);
  return buffer;
}

// dst takes a reference to each buffer of src, which keeps all it points at.
static Status share_storage(Vector *dst, const Vector *src, Error *error) {
  release_storage(dst);
  dst->form = src->form;
  dst->selection = NULL;
  dst->dictionary = NULL;
  dst->borrows = false;
  dst->child_rows = src->child_rows;
  dst->data_buffer = kept_reference(src->data_buffer);
  dst->validity_buffer = kept_reference(src->validity_buffer);
  dst->heap = kept_reference(src->heap);
  dst->data = src->data;
  dst->validity = src->validity;
  for (uint32_t i = 0; i < src->kept_count; i++) TRY(vector_keep_buffer(dst, src->kept[i], error));
  for (uint32_t i = 0; i < src->child_count; i++) {
    TRY(share_storage(&dst->children[i], &src->children[i], error));
  }
  return OK;
}

static Status make_owned_dictionary(Vector *vector, Error *error) {
  free_owned_dictionary(vector);
  vector->owned_dictionary = memory_allocate_zeroed(vector->memory, sizeof(Vector));
  return vector->owned_dictionary ? OK : error_no_memory(error);
}

// Room for `count` selection entries that nobody else reads.
static Status need_selection(Vector *vector, uint32_t count, uint32_t **selection, Error *error) {
  size_t bytes = sizeof(uint32_t) * (size_t)MAX_OF(count, (uint32_t)VECTOR_CAPACITY);
  if (!held_alone(vector->selection_buffer, bytes)) {
    Buffer *fresh = buffer_create(vector->memory, bytes);
    if (!fresh) return error_no_memory(error);
    buffer_drop(vector->selection_buffer);
    vector->selection_buffer = fresh;
  }
  *selection = (uint32_t *)vector->selection_buffer->data;
  return OK;
}

static Status share_dictionary(Vector *dst, const Vector *src, uint32_t row_count, Error *error) {
  uint32_t *selection;
  release_storage(dst);
  TRY(make_owned_dictionary(dst, error));
  TRY(vector_init(dst->owned_dictionary, dst->memory, src->dictionary->type, 0, error));
  TRY(share_storage(dst->owned_dictionary, src->dictionary, error));
  TRY(need_selection(dst, row_count, &selection, error));
  if (row_count) memcpy(selection, src->selection, sizeof(uint32_t) * row_count);
  dst->form = VECTOR_DICTIONARY;
  dst->dictionary = dst->owned_dictionary;
  dst->selection = selection;
  dst->validity = NULL;
  dst->borrows = false;
  return OK;
}

Status vector_share(Vector *dst, const Vector *src, uint32_t row_count, Error *error) {
  ASSERT(dst != src);
  take_storage_back(dst);
  dst->type = src->type;
  dst->physical = src->physical;
  if (keeps_all(src)) return share_storage(dst, src, error);
  if (src->form == VECTOR_DICTIONARY && keeps_all(src->dictionary)) return share_dictionary(dst, src, row_count, error);
  uint32_t rows = src->form == VECTOR_CONSTANT ? 1 : row_count;
  TRY(vector_reset(dst, error));
  TRY(vector_reserve(dst, rows, error));
  TRY(vector_copy(dst, 0, src, NULL, 0, rows, error));
  if (src->form == VECTOR_CONSTANT) vector_set_constant(dst);
  return OK;
}

// The rows of a flat vector move into its own dictionary, so that it can become a slice of itself.
static Status move_into_dictionary(Vector *vector, Error *error) {
  Vector *dictionary = memory_allocate(vector->memory, sizeof(Vector));
  if (!dictionary) return error_no_memory(error);
  free_owned_dictionary(vector);
  Buffer *selection_buffer = vector->selection_buffer;
  vector->selection_buffer = NULL;
  *dictionary = *vector;
  *vector = (Vector){.type = dictionary->type,
                     .physical = dictionary->physical,
                     .capacity = dictionary->capacity,
                     .memory = dictionary->memory,
                     .borrows = dictionary->borrows,
                     .selection_buffer = selection_buffer,
                     .owned_dictionary = dictionary,
                     .dictionary = dictionary};
  return OK;
}

Status vector_slice(Vector *dst, const Vector *src, const uint32_t *selection, uint32_t count, Error *error) {
  if (src->form == VECTOR_CONSTANT) {
    if (dst != src) vector_borrow(dst, src);
    return OK;
  }
  if (src->form == VECTOR_FLAT) {
    if (dst == src) {
      TRY(move_into_dictionary(dst, error));
    } else {
      take_storage_back(dst);
      dst->type = src->type;
      dst->physical = src->physical;
      dst->dictionary = (Vector *)src;
      dst->borrows = true;
    }
    dst->form = VECTOR_DICTIONARY;
    dst->validity = NULL;
    dst->selection = selection;
    return OK;
  }
  // The new selection may be written over the old one only when that is nobody's source.
  const uint32_t *old = src->selection;
  Buffer *old_buffer = NULL;
  if (dst == src && lies_in(dst->selection_buffer, old)) {
    old_buffer = dst->selection_buffer;
    dst->selection_buffer = NULL;
  }
  uint32_t *composed = NULL;
  Status status = need_selection(dst, count, &composed, error);
  if (status == OK) {
    for (uint32_t i = 0; i < count; i++) composed[i] = old[selection[i]];
    if (dst != src) {
      dst->type = src->type;
      dst->physical = src->physical;
      dst->dictionary = src->dictionary;
      dst->borrows = true;
    }
    dst->form = VECTOR_DICTIONARY;
    dst->validity = NULL;
    dst->selection = composed;
  }
  buffer_drop(old_buffer);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Flattening
// ---------------------------------------------------------------------------------------------------------------------

#define FILL_AS(T)                                              \
  do {                                                          \
    T value = *(const T *)source;                               \
    for (uint32_t i = 0; i < count; i++) ((T *)out)[i] = value; \
  } while (0)

#define GATHER_AS(T)                                                                        \
  do {                                                                                      \
    for (uint32_t i = 0; i < count; i++) ((T *)out)[i] = ((const T *)source)[selection[i]]; \
  } while (0)

static void fill_values(void *out, const void *source, uint32_t size, uint32_t count) {
  switch (size) {
    case 1:
      FILL_AS(Raw8);
      break;
    case 2:
      FILL_AS(Raw16);
      break;
    case 4:
      FILL_AS(Raw32);
      break;
    case 8:
      FILL_AS(Raw64);
      break;
    default:
      FILL_AS(Raw128);
      break;
  }
}

static void gather_values(void *out, const void *source, uint32_t size, const uint32_t *selection, uint32_t count) {
  switch (size) {
    case 1:
      GATHER_AS(Raw8);
      break;
    case 2:
      GATHER_AS(Raw16);
      break;
    case 4:
      GATHER_AS(Raw32);
      break;
    case 8:
      GATHER_AS(Raw64);
      break;
    default:
      GATHER_AS(Raw128);
      break;
  }
}

// Nested values, deeply: into a new vector that takes the place of this one.
static Status flatten_by_copy(Vector *vector, uint32_t count, Error *error) {
  Vector fresh;
  TRY(vector_init(&fresh, vector->memory, vector->type, MAX_OF(count, vector->capacity), error));
  Status status = vector_copy(&fresh, 0, vector, NULL, 0, count, error);
  if (status != OK) {
    vector_free(&fresh);
    return status;
  }
  vector_free(vector);
  *vector = fresh;
  return OK;
}

static Status flatten_constant(Vector *vector, uint32_t count, Error *error) {
  bool valid = vector_row_valid(vector, 0);
  uint32_t size = physical_size(vector->physical);
  uint128 value = 0;
  if (valid) memcpy(&value, vector->data, size);
  size_t bytes = (size_t)size * MAX_OF(vector->capacity, count);
  if (!held_alone(vector->data_buffer, bytes)) {
    Buffer *fresh = create_data_buffer(vector, MAX_OF(vector->capacity, count));
    if (!fresh) return error_no_memory(error);
    buffer_drop(vector->data_buffer);
    vector->data_buffer = fresh;
  }
  vector->capacity = MAX_OF(vector->capacity, count);
  vector->data = vector->data_buffer->data;
  vector->form = VECTOR_FLAT;
  vector->validity = NULL;
  fill_values(vector->data, &value, size, count);
  if (!valid) {
    TRY(vector_need_validity(vector, error));
    bits_fill(vector->validity, 0, count, false);
  }
  return OK;
}

// Values and string views are gathered; the strings stay where they are, kept.
static Status flatten_dictionary(Vector *vector, uint32_t count, Error *error) {
  const Vector *base = vector->dictionary;
  const uint32_t *selection = vector->selection;
  uint32_t size = physical_size(vector->physical);
  uint32_t capacity = MAX_OF(vector->capacity, count);
  if (vector->physical == PHYSICAL_STRING) TRY(vector_keep_strings(vector, base, error));
  vector->capacity = capacity;
  if (!held_alone(vector->data_buffer, (size_t)size * capacity)) {
    Buffer *fresh = create_data_buffer(vector, capacity);
    if (!fresh) return error_no_memory(error);
    buffer_drop(vector->data_buffer);
    vector->data_buffer = fresh;
  }
  vector->data = vector->data_buffer->data;
  gather_values(vector->data, base->data, size, selection, count);
  vector->validity = NULL;
  if (base->validity) {
    TRY(vector_need_validity(vector, error));
    for (uint32_t i = 0; i < count; i++) {
      if (!bit_get(base->validity, selection[i])) bit_clear(vector->validity, i);
    }
  }
  vector->form = VECTOR_FLAT;
  vector->selection = NULL;
  vector->dictionary = NULL;
  vector->borrows = vector->physical == PHYSICAL_STRING && base->borrows;
  return OK;
}

Status vector_flatten(Vector *vector, uint32_t count, Error *error) {
  if (vector->form == VECTOR_FLAT) return OK;
  if (type_is_nested(vector->type)) return flatten_by_copy(vector, count, error);
  if (vector->form == VECTOR_CONSTANT) return flatten_constant(vector, count, error);
  return flatten_dictionary(vector, count, error);
}
