// SPDX-License-Identifier: MIT
//
// row_nested.c: LIST, ARRAY, MAP, STRUCT and UNION values as bytes inside rows.
//
//   value  := fixed bytes | u32 length, text | u32 count, item… (LIST, MAP) | item… (ARRAY, STRUCT, UNION)
//   item   := 1, value | 0
//
// Equal values give equal bytes: zeros lose their sign and NaNs are made alike. Depth follows the type, which the parser bounds.
#include "exec/row_store.h"

typedef struct Cell {
  const Vector *base; // flat or constant
  uint32_t at;
} Cell;

static Cell cell_of(const Vector *vector, uint32_t row) {
  VectorView view;
  vector_view(vector, &view);
  return (Cell){view.base, view_row(&view, row)};
}

static bool has_items(Type type) { return type.id == TYPE_LIST || type.id == TYPE_MAP; }

static uint32_t value_size(Cell cell);

static bool is_fixed(const Vector *base) {
  return base->physical != PHYSICAL_STRING && base->physical != PHYSICAL_LIST && base->physical != PHYSICAL_NONE;
}

static uint32_t items_size(const Vector *vector, uint32_t from, uint32_t count) {
  VectorView view;
  vector_view(vector, &view);
  if (is_fixed(view.base) && !view.validity) return count * (1 + physical_size(view.base->physical));
  uint32_t size = count;
  for (uint32_t i = 0; i < count; i++) {
    Cell cell = {view.base, view_row(&view, from + i)};
    if (view_valid(&view, cell.at)) size += value_size(cell);
  }
  return size;
}

static uint32_t value_size(Cell cell) {
  const Vector *base = cell.base;
  if (has_items(base->type)) {
    ListEntry entry = ((const ListEntry *)base->data)[cell.at];
    return 4 + items_size(&base->children[0], entry.offset, entry.length);
  }
  if (base->type.id == TYPE_ARRAY) {
    return items_size(&base->children[0], cell.at * base->type.array_size, base->type.array_size);
  }
  if (base->physical == PHYSICAL_NONE) {
    uint32_t size = 0;
    for (uint32_t i = 0; i < base->child_count; i++) size += items_size(&base->children[i], cell.at, 1);
    return size;
  }
  if (base->physical == PHYSICAL_STRING) return 4 + ((const StringView *)base->data)[cell.at].length;
  return physical_size(base->physical);
}

uint32_t nested_encoded_size(const Vector *vector, uint32_t row) { return value_size(cell_of(vector, row)); }

static uint8_t *encode_value(Cell cell, uint8_t *out);

static uint8_t *encode_items(const Vector *vector, uint32_t from, uint32_t count, uint8_t *out) {
  VectorView view;
  vector_view(vector, &view);
  for (uint32_t i = 0; i < count; i++) {
    Cell cell = {view.base, view_row(&view, from + i)};
    bool valid = view_valid(&view, cell.at);
    *out++ = valid;
    if (valid) out = encode_value(cell, out);
  }
  return out;
}

static uint8_t *encode_fixed(Cell cell, uint8_t *out) {
  uint32_t size = physical_size(cell.base->physical);
  const uint8_t *source = (const uint8_t *)cell.base->data + (size_t)size * cell.at;
  if (cell.base->physical == PHYSICAL_F64) {
    double value;
    memcpy(&value, source, size);
    value = value != value ? __builtin_nan("") : value == 0 ? 0 : value;
    memcpy(out, &value, size);
  } else if (cell.base->physical == PHYSICAL_F32) {
    float value;
    memcpy(&value, source, size);
    value = value != value ? __builtin_nanf("") : value == 0 ? 0 : value;
    memcpy(out, &value, size);
  } else {
    memcpy(out, source, size);
  }
  return out + size;
}

static uint8_t *encode_value(Cell cell, uint8_t *out) {
  const Vector *base = cell.base;
  if (has_items(base->type)) {
    ListEntry entry = ((const ListEntry *)base->data)[cell.at];
    memcpy(out, &entry.length, 4);
    return encode_items(&base->children[0], entry.offset, entry.length, out + 4);
  }
  if (base->type.id == TYPE_ARRAY) {
    return encode_items(&base->children[0], cell.at * base->type.array_size, base->type.array_size, out);
  }
  if (base->physical == PHYSICAL_NONE) {
    for (uint32_t i = 0; i < base->child_count; i++) out = encode_items(&base->children[i], cell.at, 1, out);
    return out;
  }
  if (base->physical == PHYSICAL_STRING) {
    const StringView *text = (const StringView *)base->data + cell.at;
    memcpy(out, &text->length, 4);
    if (text->length) memcpy(out + 4, string_data(text), text->length);
    return out + 4 + text->length;
  }
  return encode_fixed(cell, out);
}

uint8_t *nested_encode(const Vector *vector, uint32_t row, uint8_t *out) {
  return encode_value(cell_of(vector, row), out);
}

static Status decode_item(const uint8_t **bytes, Vector *out, uint32_t row, Error *error) {
  bool valid = *(*bytes)++;
  return valid ? nested_decode(bytes, out, row, error) : vector_set_null(out, row, error);
}

Status nested_decode(const uint8_t **bytes, Vector *out, uint32_t row, Error *error) {
  if (has_items(out->type)) {
    ListEntry entry;
    memcpy(&entry.length, *bytes, 4);
    *bytes += 4;
    TRY(vector_list_room(out, entry.length, &entry.offset, error));
    ((ListEntry *)out->data)[row] = entry;
    for (uint32_t i = 0; i < entry.length; i++) TRY(decode_item(bytes, &out->children[0], entry.offset + i, error));
    return OK;
  }
  if (out->type.id == TYPE_ARRAY) {
    uint32_t length = out->type.array_size;
    for (uint32_t i = 0; i < length; i++) TRY(decode_item(bytes, &out->children[0], row * length + i, error));
    return OK;
  }
  if (out->physical == PHYSICAL_NONE) {
    for (uint32_t i = 0; i < out->child_count; i++) TRY(decode_item(bytes, &out->children[i], row, error));
    return OK;
  }
  if (out->physical == PHYSICAL_STRING) {
    uint32_t length;
    memcpy(&length, *bytes, 4);
    TRY(vector_set_string(out, row, (Str){(const char *)*bytes + 4, length}, error));
    *bytes += 4 + length;
    return OK;
  }
  uint32_t size = physical_size(out->physical);
  memcpy((uint8_t *)out->data + (size_t)size * row, *bytes, size);
  *bytes += size;
  return OK;
}
