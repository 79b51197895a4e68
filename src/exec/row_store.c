// SPDX-License-Identifier: MIT
//
// row_store.c: rows in blocks: layout, append (scatter), gather, match. See row_store.h for the drawing.
// Nested values are encoded by row_nested.c. Spilling a block is not done here: it belongs to the buffer pool.
#include "exec/row_store.h"

// ---------------------------------------------------------------------------------------------------------------------
// Layout
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t align_up(uint32_t value, uint32_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

static bool stored_as_bytes(Physical physical) {
  return physical == PHYSICAL_STRING || physical == PHYSICAL_LIST || physical == PHYSICAL_NONE;
}

Status row_layout_make(RowLayout *layout, Arena *arena, const Type *types, uint32_t column_count, uint32_t header_size,
                       uint32_t tail_size, Error *error) {
  uint8_t *physicals;
  uint32_t *offsets;
  Type *own_types;
  ARENA_NEW_ARRAY(arena, error, physicals, column_count);
  ARENA_NEW_ARRAY(arena, error, offsets, column_count);
  ARENA_NEW_ARRAY(arena, error, own_types, column_count);
  layout->variable = false;
  uint32_t at = header_size + (column_count + 7) / 8;
  for (uint32_t i = 0; i < column_count; i++) {
    own_types[i] = types[i];
    Physical physical = type_physical(types[i]);
    if (stored_as_bytes(physical)) {
      physical = PHYSICAL_STRING;
      layout->variable = true;
    }
    physicals[i] = (uint8_t)physical;
    uint32_t size = physical_size(physical);
    at = align_up(at, MIN_OF(size, 8u));
    offsets[i] = at;
    at += size;
  }
  layout->column_count = column_count;
  layout->types = own_types;
  layout->physicals = physicals;
  layout->offsets = offsets;
  layout->header_size = header_size;
  layout->tail_offset = align_up(at, 16);
  layout->row_size = MAX_OF(align_up(layout->tail_offset + tail_size, 16), 16u); // a row without columns is still a row
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Blocks
// ---------------------------------------------------------------------------------------------------------------------

void row_store_init(RowStore *store, Memory *memory, const RowLayout *layout) {
  *store = (RowStore){.layout = layout, .memory = memory};
}

void row_store_free(RowStore *store) {
  for (uint32_t i = 0; i < store->block_count; i++) {
    memory_free_later(store->memory, store->blocks[i].data, store->blocks[i].size_bytes);
  }
  memory_free(store->memory, store->blocks, sizeof(RowBlock) * store->block_capacity);
  memory_free(store->memory, store->views, sizeof(VectorView) * (store->layout ? store->layout->column_count + 1 : 0));
  *store = (RowStore){.layout = store->layout, .memory = store->memory};
}

static Status add_block(RowStore *store, uint32_t least_bytes, Error *error) {
  if (store->block_count == store->block_capacity) {
    uint32_t capacity = store->block_capacity ? store->block_capacity * 2 : 4;
    RowBlock *blocks = memory_grow(store->memory, store->blocks, sizeof(RowBlock) * store->block_capacity,
                                   sizeof(RowBlock) * capacity);
    if (!blocks) return error_no_memory(error);
    store->blocks = blocks;
    store->block_capacity = capacity;
  }
  uint32_t size = ROW_BLOCK_FIRST_BYTES;
  if (store->block_count) {
    size = MIN_OF(store->blocks[store->block_count - 1].size_bytes * 2, (uint32_t)ROW_BLOCK_MAXIMUM_BYTES);
  }
  size = MAX_OF(size, least_bytes);
  uint8_t *data = memory_allocate(store->memory, size);
  if (!data) return error_no_memory(error);
  store->blocks[store->block_count++] = (RowBlock){.data = data, .size_bytes = size};
  return OK;
}

// The bytes of row i beyond row_size: its long strings and nested values.
static uint64_t variable_size(const RowLayout *layout, const VectorView *views, const Vector *columns, uint32_t row) {
  uint64_t size = 0;
  for (uint32_t c = 0; c < layout->column_count; c++) {
    if (layout->physicals[c] != PHYSICAL_STRING) continue;
    uint32_t at = view_row(&views[c], row);
    if (!view_valid(&views[c], at)) continue;
    uint32_t length = type_physical(layout->types[c]) == PHYSICAL_STRING
                          ? ((const StringView *)views[c].data)[at].length
                          : nested_encoded_size(&columns[c], row);
    if (length > STRING_INLINE_CAPACITY) size += length;
  }
  return size;
}

// ---------------------------------------------------------------------------------------------------------------------
// Append
// ---------------------------------------------------------------------------------------------------------------------

#define SCATTER_FIXED(T)                                          \
  do {                                                            \
    const T *values = view->data;                                 \
    for (uint32_t i = 0; i < count; i++) {                        \
      uint32_t at = view_row(view, selection ? selection[i] : i); \
      if (view_valid(view, at)) {                                 \
        memcpy(rows[i] + offset, &values[at], sizeof(T));         \
      } else {                                                    \
        rows[i][validity] &= (uint8_t)~bit;                       \
        memset(rows[i] + offset, 0, sizeof(T));                   \
      }                                                           \
    }                                                             \
  } while (0)

static void scatter_bytes(uint8_t *row, uint32_t offset, const char *data, uint32_t length, uint8_t **end) {
  StringView stored = string_view(data, length);
  if (length > STRING_INLINE_CAPACITY) {
    stored.words[1] = (uint64_t)(*end - row);
    memcpy(*end, data, length);
    *end += length;
  }
  memcpy(row + offset, &stored, sizeof stored);
}

static void scatter_nested(uint8_t *row, uint32_t offset, const Vector *column, uint32_t at, uint8_t **end) {
  uint32_t length = nested_encoded_size(column, at);
  if (length <= STRING_INLINE_CAPACITY) {
    uint8_t bytes[STRING_INLINE_CAPACITY];
    nested_encode(column, at, bytes);
    scatter_bytes(row, offset, (const char *)bytes, length, end);
    return;
  }
  uint8_t *start = *end;
  *end = nested_encode(column, at, start);
  StringView stored = {.words = {0, 0}};
  stored.length = length;
  memcpy(stored.prefix, start, 4);
  stored.words[1] = (uint64_t)(start - row);
  memcpy(row + offset, &stored, sizeof stored);
}

static void scatter_column(const RowLayout *layout, uint32_t column, const Vector *vector, const VectorView *view,
                           const uint32_t *selection, uint32_t count, uint8_t **rows, uint8_t **ends) {
  uint32_t offset = layout->offsets[column];
  uint32_t validity = layout->header_size + column / 8;
  uint8_t bit = (uint8_t)(1u << (column % 8));
  switch (physical_size(layout->physicals[column])) {
    case 1:
      SCATTER_FIXED(uint8_t);
      return;
    case 2:
      SCATTER_FIXED(uint16_t);
      return;
    case 4:
      SCATTER_FIXED(uint32_t);
      return;
    case 8:
      SCATTER_FIXED(uint64_t);
      return;
    default:
      break;
  }
  if (layout->physicals[column] != PHYSICAL_STRING) {
    SCATTER_FIXED(uint128);
    return;
  }
  bool plain = type_physical(layout->types[column]) == PHYSICAL_STRING;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = selection ? selection[i] : i;
    uint32_t at = view_row(view, row);
    if (!view_valid(view, at)) {
      rows[i][validity] &= (uint8_t)~bit;
      memset(rows[i] + offset, 0, sizeof(StringView));
    } else if (plain) {
      const StringView *text = (const StringView *)view->data + at;
      scatter_bytes(rows[i], offset, string_data(text), text->length, &ends[i]);
    } else {
      scatter_nested(rows[i], offset, vector, row, &ends[i]);
    }
  }
}

// Finds room for each row and fills rows[] and, for variable layouts, where its strings go.
static Status place_rows(RowStore *store, const VectorView *views, const Vector *columns, const uint32_t *selection,
                         uint32_t count, uint8_t **rows, uint8_t **ends, Error *error) {
  const RowLayout *layout = store->layout;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t size = layout->row_size;
    if (layout->variable) {
      size += variable_size(layout, views, columns, selection ? selection[i] : i);
      size = (size + 15) & ~(uint64_t)15;
      if (size > UINT32_MAX / 2) {
        return error_set(error, ERROR_OUT_OF_RANGE, -1, "a row of %llu bytes is too large", (unsigned long long)size);
      }
    }
    RowBlock *block = store->block_count ? &store->blocks[store->block_count - 1] : NULL;
    if (!block || block->size_bytes - block->used_bytes < size) {
      TRY(add_block(store, (uint32_t)size, error));
      block = &store->blocks[store->block_count - 1];
    }
    rows[i] = block->data + block->used_bytes;
    memset(rows[i], 0, layout->header_size);
    memset(rows[i] + layout->header_size, 0xff, (layout->column_count + 7) / 8);
    memset(rows[i] + layout->tail_offset, 0, layout->row_size - layout->tail_offset);
    ends[i] = rows[i] + layout->row_size;
    block->used_bytes += (uint32_t)size;
    block->row_count++;
  }
  store->row_count += count;
  return OK;
}

Status row_store_append(RowStore *store, const Vector *columns, const uint32_t *selection, uint32_t count,
                        uint8_t **rows, Error *error) {
  const RowLayout *layout = store->layout;
  uint8_t *ends[VECTOR_CAPACITY];
  if (!store->views) {
    store->views = memory_allocate(store->memory, sizeof(VectorView) * (layout->column_count + 1));
    if (!store->views) return error_no_memory(error);
  }
  VectorView *views = store->views;
  for (uint32_t c = 0; c < layout->column_count; c++) vector_view(&columns[c], &views[c]);
  TRY(place_rows(store, views, columns, selection, count, rows, ends, error));
  for (uint32_t c = 0; c < layout->column_count; c++) {
    scatter_column(layout, c, &columns[c], &views[c], selection, count, rows, ends);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Walking
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t stored_row_size(const RowLayout *layout, const uint8_t *row) {
  uint64_t size = layout->row_size;
  if (!layout->variable) return layout->row_size;
  for (uint32_t c = 0; c < layout->column_count; c++) {
    if (layout->physicals[c] != PHYSICAL_STRING) continue;
    uint32_t length;
    memcpy(&length, row + layout->offsets[c], 4);
    if (length > STRING_INLINE_CAPACITY) size += length;
  }
  return (uint32_t)((size + 15) & ~(uint64_t)15);
}

uint32_t row_store_next(const RowStore *store, RowCursor *cursor, uint8_t **rows, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity && cursor->block < store->block_count) {
    const RowBlock *block = &store->blocks[cursor->block];
    if (cursor->offset >= block->used_bytes) {
      if (cursor->block + 1 == store->block_count) break; // rows may yet be added to it
      cursor->block++;
      cursor->offset = 0;
      continue;
    }
    rows[count] = block->data + cursor->offset;
    cursor->offset += stored_row_size(store->layout, rows[count]);
    count++;
  }
  return count;
}

// ---------------------------------------------------------------------------------------------------------------------
// Gather
// ---------------------------------------------------------------------------------------------------------------------

#define GATHER_FIXED(T)                                                                   \
  do {                                                                                    \
    T *values = (T *)out->data + at;                                                      \
    for (uint32_t i = 0; i < count; i++) memcpy(&values[i], rows[i] + offset, sizeof(T)); \
  } while (0)

static Status gather_validity(const RowLayout *layout, uint8_t *const *rows, uint32_t count, uint32_t column,
                              Vector *out, uint32_t at, Error *error) {
  uint32_t validity = layout->header_size + column / 8;
  uint8_t bit = (uint8_t)(1u << (column % 8));
  for (uint32_t i = 0; i < count; i++) {
    if (!(rows[i][validity] & bit)) TRY(vector_set_null(out, at + i, error));
  }
  return OK;
}

static void gather_strings(const RowLayout *layout, uint8_t *const *rows, uint32_t count, uint32_t column, Vector *out,
                           uint32_t at) {
  StringView *values = (StringView *)out->data + at;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(&values[i], rows[i] + layout->offsets[column], sizeof(StringView));
    if (values[i].length > STRING_INLINE_CAPACITY) {
      const char *pointer = (const char *)rows[i] + values[i].words[1];
      values[i].words[1] = 0;
      values[i].pointer = pointer;
    }
  }
}

Status row_gather(const RowLayout *layout, uint8_t *const *rows, uint32_t count, uint32_t column, Vector *out,
                  uint32_t at, Error *error) {
  uint32_t offset = layout->offsets[column];
  switch (physical_size(layout->physicals[column])) {
    case 1:
      GATHER_FIXED(uint8_t);
      break;
    case 2:
      GATHER_FIXED(uint16_t);
      break;
    case 4:
      GATHER_FIXED(uint32_t);
      break;
    case 8:
      GATHER_FIXED(uint64_t);
      break;
    default:
      if (layout->physicals[column] != PHYSICAL_STRING) {
        GATHER_FIXED(uint128);
      } else if (type_physical(layout->types[column]) == PHYSICAL_STRING) {
        gather_strings(layout, rows, count, column, out, at);
      } else {
        for (uint32_t i = 0; i < count; i++) {
          if (!row_column_valid(layout, rows[i], column)) {
            TRY(vector_set_null(out, at + i, error));
            continue;
          }
          const uint8_t *bytes = (const uint8_t *)row_text(layout, rows[i], column).data;
          TRY(nested_decode(&bytes, out, at + i, error));
        }
        return OK;
      }
  }
  return gather_validity(layout, rows, count, column, out, at, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Match
// ---------------------------------------------------------------------------------------------------------------------

// `same` may use: at (index into values), stored (address of the row's value).
#define MATCH_LOOP(same)                                                                           \
  for (uint32_t k = 0; k < count; k++) {                                                           \
    uint32_t i = selection[k];                                                                     \
    const uint8_t *row = rows[i];                                                                  \
    const uint8_t *stored __attribute__((unused)) = row + offset;                                  \
    uint32_t at = view_row(&view, i);                                                              \
    bool left_valid = view_valid(&view, at);                                                       \
    bool right_valid = row[validity] & bit;                                                        \
    bool matches = left_valid && right_valid ? (same) : (null_equal && left_valid == right_valid); \
    selection[kept] = i;                                                                           \
    if (others) others[rest] = i;                                                                  \
    kept += matches;                                                                               \
    rest += !matches;                                                                              \
  }

#define MATCH_FIXED(T)                                                    \
  do {                                                                    \
    const T *values = view.data;                                          \
    T value;                                                              \
    MATCH_LOOP((memcpy(&value, stored, sizeof(T)), value == values[at])); \
  } while (0)

static bool same_string(const uint8_t *row, const uint8_t *stored, const StringView *text) {
  uint64_t words[2];
  memcpy(words, stored, 16);
  if (words[0] != text->words[0]) return false;
  if (text->length <= STRING_INLINE_CAPACITY) return words[1] == text->words[1];
  return memcmp(row + words[1], text->pointer, text->length) == 0;
}

static bool same_f64(double a, double b) { return a == b || (a != a && b != b); }

static bool same_nested(const RowLayout *layout, const uint8_t *row, uint32_t column, const Vector *vector,
                        uint32_t at) {
  Str stored = row_text(layout, row, column);
  uint32_t length = nested_encoded_size(vector, at);
  if (length != stored.length) return false;
  uint8_t local[512];
  uint8_t *bytes = local;
  if (length > sizeof local) {
    bytes = memory_allocate(vector->memory, length);
    if (!bytes) return false;
  }
  nested_encode(vector, at, bytes);
  bool same = memcmp(bytes, stored.data, length) == 0;
  if (bytes != local) memory_free(vector->memory, bytes, length);
  return same;
}

uint32_t row_match(const RowLayout *layout, const Vector *vector, uint8_t *const *rows, uint32_t column,
                   bool null_equal, uint32_t *selection, uint32_t count, uint32_t *others, uint32_t *other_count) {
  uint32_t offset = layout->offsets[column];
  uint32_t validity = layout->header_size + column / 8;
  uint8_t bit = (uint8_t)(1u << (column % 8));
  uint32_t kept = 0;
  uint32_t rest = other_count ? *other_count : 0;
  VectorView view;
  vector_view(vector, &view);
  switch ((Physical)layout->physicals[column]) {
    case PHYSICAL_BOOL:
    case PHYSICAL_I8:
    case PHYSICAL_U8:
      MATCH_FIXED(uint8_t);
      break;
    case PHYSICAL_I16:
    case PHYSICAL_U16:
      MATCH_FIXED(uint16_t);
      break;
    case PHYSICAL_I32:
    case PHYSICAL_U32:
      MATCH_FIXED(uint32_t);
      break;
    case PHYSICAL_I64:
    case PHYSICAL_U64:
      MATCH_FIXED(uint64_t);
      break;
    case PHYSICAL_I128:
    case PHYSICAL_U128:
      MATCH_FIXED(uint128);
      break;
    case PHYSICAL_F32: {
      const float *values = view.data;
      float value;
      MATCH_LOOP((memcpy(&value, stored, sizeof value), same_f64(value, values[at])));
      break;
    }
    case PHYSICAL_F64: {
      const double *values = view.data;
      double value;
      MATCH_LOOP((memcpy(&value, stored, sizeof value), same_f64(value, values[at])));
      break;
    }
    case PHYSICAL_INTERVAL: {
      const Interval *values = view.data;
      Interval value;
      MATCH_LOOP((memcpy(&value, stored, sizeof value), interval_compare(value, values[at]) == 0));
      break;
    }
    default:
      if (type_physical(layout->types[column]) == PHYSICAL_STRING) {
        const StringView *values = view.data;
        MATCH_LOOP(same_string(row, stored, &values[at]));
      } else {
        MATCH_LOOP((at = i, same_nested(layout, row, column, vector, at)));
      }
  }
  if (other_count) *other_count = rest;
  return kept;
}
