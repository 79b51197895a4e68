// SPDX-License-Identifier: MIT
//
// arrow_rows.c: vectors of every form and type, appended to the nodes of an Arrow batch.
//
// First the rows of a vector are resolved: where each lies in the data behind it, or that it is NULL. Children of nested types are
// then asked for the rows that their parents point at, so that what lies under a NULL is never read.
#include "format/arrow/arrow.h"

#define NO_ROW UINT32_MAX

// Rows in the order in which they are appended: at[i], or from + i when `at` is NULL. NO_ROW is a NULL.
typedef struct ArrowRows {
  const uint32_t *at;
  uint32_t from;
  uint32_t count;
} ArrowRows;

static inline uint32_t row_at(const ArrowRows *rows, uint32_t index) {
  return rows->at ? rows->at[index] : rows->from + index;
}

typedef struct RowSource {
  ArrowWriter *writer;
  const Vector *vector; // flat or constant
  const void *data;
  ArrowRows rows; // positions in `data`
  uint32_t null_count;
} RowSource;

// ---------------------------------------------------------------------------------------------------------------------
// Resolving
// ---------------------------------------------------------------------------------------------------------------------

static Status make_rows(ArrowWriter *writer, uint64_t count, uint32_t **out, Error *error) {
  *out = count > SIZE_MAX / 16 ? NULL : arena_allocate(&writer->scratch, sizeof **out * (size_t)count);
  return *out ? OK : error_no_memory(error);
}

static Status resolve(ArrowWriter *writer, const Vector *vector, ArrowRows rows, RowSource *out, Error *error) {
  VectorView view;
  uint32_t *at, null_count = 0;
  vector_view(vector, &view);
  *out = (RowSource){.writer = writer, .vector = view.base, .data = view.data, .rows = rows};
  if (!rows.at && !view.validity && !view.selection && view.mask) return OK;
  TRY(make_rows(writer, rows.count, &at, error));
  for (uint32_t i = 0; i < rows.count; i++) {
    uint32_t row = row_at(&rows, i);
    at[i] = row == NO_ROW ? NO_ROW : view_row(&view, row);
    if (at[i] != NO_ROW && !view_valid(&view, at[i])) at[i] = NO_ROW;
    null_count += at[i] == NO_ROW;
  }
  out->rows = (ArrowRows){.at = at, .count = rows.count};
  out->null_count = null_count;
  return OK;
}

// Room for `count` more bytes (0 too), zero; NULL: no memory.
static void *zeroed_room(TextBuilder *text, size_t count) {
  size_t length = text->length;
  text_append_repeated(text, 0, MAX_OF(count, (size_t)1));
  if (text->failed) return NULL;
  text->length = length + count;
  return text->data + length;
}

// Grows a bitmap to from + count bits.
static uint8_t *bits_room(TextBuilder *bits, uint32_t from, uint32_t count) {
  size_t bytes = ((size_t)from + count + 7) / 8;
  return zeroed_room(bits, bytes > bits->length ? bytes - bits->length : 0) ? (uint8_t *)bits->data : NULL;
}

static inline void put_bit(uint8_t *bits, uint32_t index, bool value) {
  uint8_t mask = (uint8_t)(1u << index % 8);
  bits[index / 8] = value ? bits[index / 8] | mask : (uint8_t)(bits[index / 8] & ~mask);
}

static Status append_validity(ArrowNode *node, const RowSource *source, Error *error) {
  uint32_t count = source->rows.count;
  if (!source->null_count && !node->null_count) return OK;
  // The first NULL of the batch: all rows before it were valid.
  uint32_t from = node->null_count ? node->rows : 0;
  uint8_t *bits = bits_room(&node->validity, from, node->rows + count - from);
  if (!bits) return error_no_memory(error);
  for (uint32_t row = from; row < node->rows; row++) put_bit(bits, row, true);
  for (uint32_t i = 0; i < count; i++) put_bit(bits, node->rows + i, row_at(&source->rows, i) != NO_ROW);
  node->null_count += source->null_count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Values of a fixed size
// ---------------------------------------------------------------------------------------------------------------------

static Status append_bits(ArrowNode *node, const RowSource *source, Error *error) {
  const uint8_t *values = source->data;
  uint8_t *bits = bits_room(&node->data, node->rows, source->rows.count);
  if (!bits) return error_no_memory(error);
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    put_bit(bits, node->rows + i, row != NO_ROW && values[row]);
  }
  return OK;
}

static int128 integer_at(Physical physical, const void *data, uint32_t row) {
  switch (physical) {
    case PHYSICAL_I8:
      return ((const int8_t *)data)[row];
    case PHYSICAL_I16:
      return ((const int16_t *)data)[row];
    case PHYSICAL_I32:
      return ((const int32_t *)data)[row];
    case PHYSICAL_I64:
      return ((const int64_t *)data)[row];
    case PHYSICAL_U8:
      return ((const uint8_t *)data)[row];
    case PHYSICAL_U16:
      return ((const uint16_t *)data)[row];
    case PHYSICAL_U32:
      return ((const uint32_t *)data)[row];
    case PHYSICAL_U64:
      return (int128)((const uint64_t *)data)[row];
    default:
      return ((const int128 *)data)[row];
  }
}

// Integers and decimals that lie in fewer bytes than Arrow has for their type.
static void widen(const ArrowNode *node, const RowSource *source, uint8_t *out) {
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row == NO_ROW) continue;
    int128 value = integer_at((Physical)source->vector->physical, source->data, row);
    memcpy(out + (size_t)i * node->value_bytes, &value, node->value_bytes);
  }
}

// Decimal128 has 38 digits; an integer of 128 bits may have 39.
static Status check_huge(const ArrowNode *node, const RowSource *source, Error *error) {
  int128 limit = power_of_ten_i128(38);
  char text[NUMBER_TEXT_CAPACITY];
  bool is_signed = node->type.id == TYPE_HUGEINT;
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row == NO_ROW) continue;
    int128 value = ((const int128 *)source->data)[row];
    if (is_signed ? value > -limit && value < limit : (uint128)value < (uint128)limit) continue;
    size_t length = is_signed ? number_write_i128(text, value) : number_write_u128(text, (uint128)value);
    return error_set(
        error, ERROR_CONVERSION, -1,
        "Column \"%.*s\": %.*s has more than the 38 digits of Arrow's Decimal128, in which %s travels; CAST "
        "the column to VARCHAR or DOUBLE",
        STR_ARG(source->writer->names[node->column]), (int)length, text, type_id_name(node->type.id));
  }
  return OK;
}

static Status append_intervals(const ArrowNode *node, const RowSource *source, uint8_t *out, Error *error) {
  const Interval *intervals = source->data;
  for (uint32_t i = 0; i < source->rows.count; i++, out += 16) {
    uint32_t row = row_at(&source->rows, i);
    int64_t nanos;
    if (row == NO_ROW) continue;
    if (__builtin_mul_overflow(intervals[row].micros, INT64_C(1000), &nanos))
      return error_set(error, ERROR_CONVERSION, -1,
                       "Column \"%.*s\": an INTERVAL of %lld microseconds does not fit in the nanoseconds of Arrow's "
                       "intervals; CAST the column to VARCHAR",
                       STR_ARG(source->writer->names[node->column]), (long long)intervals[row].micros);
    memcpy(out, &intervals[row].months, 4);
    memcpy(out + 4, &intervals[row].days, 4);
    memcpy(out + 8, &nanos, 8);
  }
  return OK;
}

#define GATHER(T)                                                      \
  for (uint32_t i = 0; i < source->rows.count; i++) {                  \
    uint32_t row = source->rows.at[i];                                 \
    if (row != NO_ROW) ((T *)out)[i] = ((const T *)source->data)[row]; \
  }

static void gather(const ArrowNode *node, const RowSource *source, void *out) {
  if (!source->rows.at) {
    memcpy(out, (const uint8_t *)source->data + (size_t)source->rows.from * node->value_bytes,
           (size_t)source->rows.count * node->value_bytes);
    return;
  }
  switch (node->value_bytes) {
    case 1:
      GATHER(uint8_t)
      break;
    case 2:
      GATHER(uint16_t)
      break;
    case 4:
      GATHER(uint32_t)
      break;
    case 8:
      GATHER(uint64_t)
      break;
    default:
      for (uint32_t i = 0; i < source->rows.count; i++) {
        uint32_t row = source->rows.at[i];
        if (row != NO_ROW)
          memcpy((uint8_t *)out + (size_t)i * 16, (const uint8_t *)source->data + (size_t)row * 16, 16);
      }
  }
}

static Status append_fixed(ArrowNode *node, const RowSource *source, Error *error) {
  void *out = zeroed_room(&node->data, (size_t)source->rows.count * node->value_bytes);
  if (!out) return error_no_memory(error);
  if (!source->rows.count) return OK;
  if (node->type.id == TYPE_INTERVAL) return append_intervals(node, source, out, error);
  if (node->type.id == TYPE_HUGEINT || node->type.id == TYPE_UHUGEINT) TRY(check_huge(node, source, error));
  if (physical_size((Physical)source->vector->physical) == node->value_bytes) {
    gather(node, source, out);
  } else {
    widen(node, source, out);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

static Status say_full(const ArrowNode *node, const RowSource *source, Error *error) {
  source->writer->full = true;
  return error_set(error, ERROR_OUT_OF_RANGE, -1,
                   "Column \"%.*s\": a row with more than 2 GiB of text or elements does not fit in an Arrow batch",
                   STR_ARG(source->writer->names[node->column]));
}

// Offsets of the rows that are being appended; the zero before the first row too. NULL: no memory.
static int32_t *offsets_room(ArrowNode *node, uint32_t count) {
  if (!node->offsets.length && !zeroed_room(&node->offsets, 4)) return NULL;
  size_t length = node->offsets.length;
  return zeroed_room(&node->offsets, 4 * (size_t)count) ? (int32_t *)(void *)(node->offsets.data + length) : NULL;
}

static Status append_strings(ArrowNode *node, const RowSource *source, int32_t *offsets, Error *error) {
  const StringView *strings = source->data;
  uint64_t total = node->data.length;
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row != NO_ROW) total += strings[row].length;
    if (total > source->writer->offset_limit) return say_full(node, source, error);
    offsets[i] = (int32_t)total;
  }
  size_t room = (size_t)total - node->data.length;
  char *out = zeroed_room(&node->data, room);
  if (!out) return error_no_memory(error);
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row == NO_ROW || !strings[row].length) continue;
    memcpy(out, string_data(&strings[row]), strings[row].length);
    out += strings[row].length;
  }
  return OK;
}

// ENUM, UUID, BIT and others whose printed form is what travels.
static Status append_printed(ArrowNode *node, const RowSource *source, int32_t *offsets, Error *error) {
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row != NO_ROW) vector_print_row(&node->data, source->vector, row, (TimeZone){0});
    if (node->data.failed) return error_no_memory(error);
    if (node->data.length > source->writer->offset_limit) return say_full(node, source, error);
    offsets[i] = (int32_t)node->data.length;
  }
  return OK;
}

static Status append_text(ArrowNode *node, const RowSource *source, Error *error) {
  int32_t *offsets = offsets_room(node, source->rows.count);
  if (!offsets) return error_no_memory(error);
  bool as_it_is = node->type.id == TYPE_VARCHAR || node->type.id == TYPE_BLOB;
  return as_it_is ? append_strings(node, source, offsets, error) : append_printed(node, source, offsets, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Nested types
// ---------------------------------------------------------------------------------------------------------------------

static Status add_rows(ArrowWriter *writer, uint32_t node, const Vector *vector, ArrowRows rows, Error *error);

// The elements of the lists, one list after the other. Lists that lie in order and without gaps need no array.
static Status list_elements(const RowSource *source, uint32_t count, ArrowRows *elements, Error *error) {
  const ListEntry *entries = source->data;
  uint32_t *at, filled = 0;
  bool in_order = true;
  *elements = (ArrowRows){.count = count};
  for (uint32_t i = 0; i < source->rows.count && in_order; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row == NO_ROW || !entries[row].length) continue;
    if (!filled) elements->from = entries[row].offset;
    in_order = entries[row].offset == elements->from + filled;
    filled += entries[row].length;
  }
  if (in_order) return OK;
  filled = 0;
  TRY(make_rows(source->writer, count, &at, error));
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row == NO_ROW) continue;
    for (uint32_t j = 0; j < entries[row].length; j++) at[filled++] = entries[row].offset + j;
  }
  elements->at = at;
  return OK;
}

static Status append_lists(uint32_t index, const RowSource *source, Error *error) {
  ArrowNode *node = &source->writer->nodes[index];
  const ListEntry *entries = source->data;
  int32_t *offsets = offsets_room(node, source->rows.count);
  ArrowRows elements;
  if (!offsets) return error_no_memory(error);
  uint64_t before = source->writer->nodes[index + 1].rows, total = before;
  for (uint32_t i = 0; i < source->rows.count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row != NO_ROW) total += entries[row].length;
    if (total > source->writer->offset_limit) return say_full(node, source, error);
    offsets[i] = (int32_t)total;
  }
  TRY(list_elements(source, (uint32_t)(total - before), &elements, error));
  return add_rows(source->writer, index + 1, &source->vector->children[0], elements, error);
}

static Status append_arrays(uint32_t index, const RowSource *source, Error *error) {
  const ArrowNode *node = &source->writer->nodes[index];
  uint32_t size = node->type.array_size, *at;
  uint64_t total = (uint64_t)source->rows.count * size;
  if (source->writer->nodes[index + 1].rows + total > source->writer->offset_limit)
    return say_full(node, source, error);
  ArrowRows elements = {.from = source->rows.from * size, .count = (uint32_t)total};
  if (source->rows.at) {
    TRY(make_rows(source->writer, total, &at, error));
    elements.at = at;
    for (uint32_t i = 0; i < source->rows.count; i++) {
      uint32_t row = source->rows.at[i];
      for (uint32_t j = 0; j < size; j++) *at++ = row == NO_ROW ? NO_ROW : row * size + j;
    }
  }
  return add_rows(source->writer, index + 1, &source->vector->children[0], elements, error);
}

static Status append_structs(uint32_t index, const RowSource *source, Error *error) {
  uint32_t child = index + 1;
  for (uint32_t i = 0; i < source->vector->child_count; i++, child = source->writer->nodes[child].end)
    TRY(add_rows(source->writer, child, &source->vector->children[i], source->rows, error));
  return OK;
}

// A sparse union: every member has a row for each row, NULL where the row is another member's. Arrow's unions have no
// NULLs of their own, so a NULL is the first member's.
static Status append_unions(uint32_t index, const RowSource *source, Error *error) {
  ArrowNode *node = &source->writer->nodes[index];
  uint32_t count = source->rows.count, *at;
  uint8_t *tags = zeroed_room(&node->data, count);
  VectorView view;
  if (!tags) return error_no_memory(error);
  vector_view(&source->vector->children[0], &view);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = row_at(&source->rows, i);
    if (row != NO_ROW) tags[i] = ((const uint8_t *)view.data)[view_row(&view, row)];
  }
  uint32_t child = index + 1;
  for (uint32_t member = 0; member < node->type.info->count; member++, child = source->writer->nodes[child].end) {
    ArenaMark mark = arena_mark(&source->writer->scratch);
    TRY(make_rows(source->writer, count, &at, error));
    for (uint32_t i = 0; i < count; i++) at[i] = tags[i] == member ? row_at(&source->rows, i) : NO_ROW;
    ArrowRows rows = {.at = at, .count = count};
    TRY(add_rows(source->writer, child, &source->vector->children[member + 1], rows, error));
    arena_rewind(&source->writer->scratch, mark);
  }
  return OK;
}

static Status append_values(uint32_t index, const RowSource *source, Error *error) {
  ArrowNode *node = &source->writer->nodes[index];
  switch (node->layout) {
    case ARROW_BITS:
      return append_bits(node, source, error);
    case ARROW_FIXED:
      return append_fixed(node, source, error);
    case ARROW_TEXT:
      return append_text(node, source, error);
    case ARROW_LIST:
      return append_lists(index, source, error);
    case ARROW_FIXED_LIST:
      return append_arrays(index, source, error);
    case ARROW_STRUCT:
      return append_structs(index, source, error);
    case ARROW_UNION:
      return append_unions(index, source, error);
    default:
      return OK;
  }
}

static Status add_rows(ArrowWriter *writer, uint32_t index, const Vector *vector, ArrowRows rows, Error *error) {
  ArrowNode *node = &writer->nodes[index];
  RowSource source;
  TRY(resolve(writer, vector, rows, &source, error));
  if (node->layout == ARROW_NULLS) {
    node->null_count += rows.count;
  } else {
    TRY(append_values(index, &source, error));
    if (node->layout != ARROW_UNION) TRY(append_validity(node, &source, error));
  }
  node->rows += rows.count;
  return OK;
}

Status arrow_add_column(ArrowWriter *writer, uint32_t node, const Vector *vector, uint32_t from, uint32_t count,
                        Error *error) {
  return add_rows(writer, node, vector, (ArrowRows){.from = from, .count = count}, error);
}
