// SPDX-License-Identifier: MIT
//
// table_version.c: a table as one version has it: its shape (columns, keys) and its row groups. Its record on disk:
//
//   shape length, shape, next row, group count, { first row, rows, deleted rows, reference of the metadata } …
#include "store/encoding.h"
#include "store/tree.h"

#define FIRST_TAIL_ROWS 64
#define LARGEST_TAIL_ROWS 16384

// ---------------------------------------------------------------------------------------------------------------------
// Shapes
// ---------------------------------------------------------------------------------------------------------------------

static Status copy_parts(TableShape *shape, const TableColumn *columns, const Value *defaults, const TableKey *keys,
                         Error *error) {
  Arena *arena = &shape->arena;
  ARENA_NEW_ARRAY(arena, error, shape->columns, shape->column_count);
  ARENA_NEW_ARRAY(arena, error, shape->defaults, shape->column_count);
  ARENA_NEW_ARRAY(arena, error, shape->keys, shape->key_count);
  for (uint32_t i = 0; i < shape->column_count; i++) {
    shape->columns[i].id = columns[i].id;
    TRY(type_copy(arena, error, columns[i].type, &shape->columns[i].type));
    if (defaults)
      TRY(value_copy(arena, error, defaults[i], &shape->defaults[i]));
    else
      shape->defaults[i] = value_null(shape->columns[i].type);
    shape->defaults[i].type = shape->columns[i].type;
    if (columns[i].type.info) shape->immortal = true;
  }
  for (uint32_t i = 0; i < shape->key_count; i++) {
    uint32_t *ids;
    ARENA_NEW_ARRAY(arena, error, ids, keys[i].column_count);
    memcpy(ids, keys[i].column_ids, sizeof *ids * keys[i].column_count);
    shape->keys[i] = (TableKey){keys[i].number, keys[i].primary, ids, keys[i].column_count};
  }
  return OK;
}

Status shape_create(Memory *memory, const TableColumn *columns, const Value *defaults, uint32_t column_count,
                    const TableKey *keys, uint32_t key_count, TableShape **immortals, TableShape **out, Error *error) {
  TableShape *shape = memory_allocate_zeroed(memory, sizeof *shape);
  if (!shape) return error_no_memory(error);
  *shape = (TableShape){.references = 1, .column_count = column_count, .key_count = key_count, .memory = memory};
  arena_init(&shape->arena, memory);
  Status status = copy_parts(shape, columns, defaults, keys, error);
  if (status != OK) {
    arena_free(&shape->arena);
    memory_free(memory, shape, sizeof *shape);
    return status;
  }
  if (shape->immortal) {
    shape->references++;
    shape->next = *immortals;
    *immortals = shape;
  }
  *out = shape;
  return OK;
}

void shape_drop(TableShape *shape) {
  if (!shape || --shape->references) return;
  arena_free(&shape->arena);
  memory_free(shape->memory, shape, sizeof *shape);
}

bool shape_find(const TableShape *shape, uint32_t column_id, uint32_t *position) {
  for (uint32_t i = 0; i < shape->column_count; i++) {
    if (shape->columns[i].id == column_id) {
      *position = i;
      return true;
    }
  }
  return false;
}

const TableKey *shape_find_key(const TableShape *shape, uint32_t number) {
  for (uint32_t i = 0; i < shape->key_count; i++) {
    if (shape->keys[i].number == number) return &shape->keys[i];
  }
  return NULL;
}

// A value as the image of a vector of one row.
static Status encode_value(TextBuilder *out, const Value *value, Memory *memory, Error *error) {
  Vector vector;
  TextBuilder image;
  TRY(vector_init(&vector, memory, value->type, 1, error));
  text_init(&image, memory);
  Status status = value->is_null ? vector_set_null(&vector, 0, error) : vector_set_value(&vector, 0, value, error);
  if (status == OK) status = image_append(&image, &vector, 1, true, memory, error);
  if (status == OK) {
    put_varint(out, image.length);
    put_padding(out);
    put_bytes(out, image.data, image.length);
  }
  text_free(&image);
  vector_free(&vector);
  return status;
}

static Status decode_value(ByteReader *reader, Memory *memory, Arena *arena, Type type, Value *out, Error *error) {
  uint64_t length = take_varint(reader);
  take_padding(reader);
  const uint8_t *bytes = take_bytes(reader, length);
  ImageReader image;
  Vector vector;
  if (!bytes) return error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  TRY(image_reader_open(&image, memory, type, bytes, (size_t)length, NULL, error));
  Status status = image.header->row_count == 1 ? OK : error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  if (status == OK) status = vector_init(&vector, memory, type, 64, error);
  if (status == OK) {
    status = image_read(&image, 0, 1, &vector, error);
    if (status == OK) status = vector_get_value(&vector, 0, arena, out, error);
    vector_free(&vector);
  }
  image_reader_close(&image);
  return status;
}

Status shape_encode(const TableShape *shape, TextBuilder *out, Memory *memory, Error *error) {
  put_varint(out, shape->column_count);
  for (uint32_t i = 0; i < shape->column_count; i++) {
    TextBuilder type;
    put_varint(out, shape->columns[i].id);
    text_init(&type, memory);
    type_serialize(&type, shape->columns[i].type);
    if (type.failed) {
      text_free(&type);
      return error_no_memory(error);
    }
    put_text(out, type.data, type.length);
    text_free(&type);
    TRY(encode_value(out, &shape->defaults[i], memory, error));
  }
  put_varint(out, shape->key_count);
  for (uint32_t i = 0; i < shape->key_count; i++) {
    const TableKey *key = &shape->keys[i];
    put_varint(out, key->number);
    put_u8(out, key->primary);
    put_u64(out, 0); // root of the key's tree, once there are any
    put_varint(out, key->column_count);
    for (uint32_t j = 0; j < key->column_count; j++) put_varint(out, key->column_ids[j]);
  }
  return out->failed ? error_no_memory(error) : OK;
}

static bool has_column(const TableColumn *columns, uint32_t count, uint32_t id) {
  for (uint32_t i = 0; i < count; i++) {
    if (columns[i].id == id) return true;
  }
  return false;
}

static Status decode_parts(ByteReader *reader, Memory *memory, Arena *arena, TableColumn **columns, Value **defaults,
                           uint32_t *column_count, TableKey **keys, uint32_t *key_count, Error *error) {
  uint64_t count = take_varint(reader);
  if (count > bytes_left(reader)) return error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  *column_count = (uint32_t)count;
  ARENA_NEW_ARRAY(arena, error, *columns, count);
  ARENA_NEW_ARRAY(arena, error, *defaults, count);
  for (uint64_t i = 0; i < count; i++) {
    TableColumn *column = &(*columns)[i];
    size_t used;
    column->id = (uint32_t)take_varint(reader);
    Str type = take_text(reader);
    if (has_column(*columns, (uint32_t)i, column->id)) reader->failed = true;
    if (reader->failed) break;
    TRY(type_deserialize(arena, error, (const uint8_t *)type.data, type.length, &used, &column->type));
    TRY(decode_value(reader, memory, arena, column->type, &(*defaults)[i], error));
  }
  count = take_varint(reader);
  if (reader->failed || count > bytes_left(reader))
    return error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  *key_count = (uint32_t)count;
  ARENA_NEW_ARRAY(arena, error, *keys, count);
  for (uint64_t i = 0; i < count && !reader->failed; i++) {
    TableKey *key = &(*keys)[i];
    uint32_t *ids;
    key->number = (uint32_t)take_varint(reader);
    key->primary = take_u8(reader) != 0;
    take_u64(reader);
    uint64_t parts = take_varint(reader);
    if (!parts || parts > bytes_left(reader)) reader->failed = true;
    if (reader->failed) break;
    ARENA_NEW_ARRAY(arena, error, ids, parts);
    for (uint64_t j = 0; j < parts; j++) {
      ids[j] = (uint32_t)take_varint(reader);
      if (!has_column(*columns, *column_count, ids[j])) reader->failed = true;
    }
    key->column_ids = ids;
    key->column_count = (uint32_t)parts;
  }
  return reader->failed ? error_set(error, ERROR_CORRUPT, -1, "Table record is damaged") : OK;
}

Status shape_decode(Memory *memory, const uint8_t *bytes, size_t length, TableShape **immortals, TableShape **out,
                    Error *error) {
  ByteReader reader = byte_reader(bytes, length);
  Arena arena;
  TableColumn *columns = NULL;
  Value *defaults = NULL;
  TableKey *keys = NULL;
  uint32_t column_count = 0, key_count = 0;
  arena_init(&arena, memory);
  Status status = decode_parts(&reader, memory, &arena, &columns, &defaults, &column_count, &keys, &key_count, error);
  if (status == OK) {
    status = shape_create(memory, columns, defaults, column_count, keys, key_count, immortals, out, error);
  }
  arena_free(&arena);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Table versions
// ---------------------------------------------------------------------------------------------------------------------

Status table_version_create(Memory *memory, Pages *pages, TableShape **immortals, uint64_t id, TableShape *shape,
                            int64_t next_row, TableVersion **out, Error *error) {
  TableVersion *table = memory_allocate_zeroed(memory, sizeof *table);
  if (!table) return error_no_memory(error);
  *table = (TableVersion){.references = 1,
                          .loaded = shape != NULL,
                          .memory = memory,
                          .pages = pages,
                          .immortals = immortals,
                          .id = id,
                          .shape = shape ? shape_keep(shape) : NULL,
                          .next_row = next_row};
  *out = table;
  return OK;
}

static void free_groups(TableVersion *table) {
  for (uint32_t i = 0; i < table->group_count; i++) group_drop(table->groups[i]);
  memory_free(table->memory, table->groups, sizeof(RowGroup *) * table->group_capacity);
  table->groups = NULL;
  table->group_count = table->group_capacity = 0;
}

void table_version_drop(TableVersion *table) {
  if (!table || --table->references) return;
  // The row groups' pages go too; when the record is damaged they stay in use.
  bool unknown = !table->loaded && table->record.page && !table->pages->closing;
  if (unknown && table_version_load(table, NULL) != OK) table->record = (PieceRef){0};
  free_groups(table);
  shape_drop(table->shape);
  piece_release(table->pages, &table->record);
  memory_free(table->memory, table, sizeof *table);
}

Status table_version_push_group(TableVersion *table, RowGroup *group, Error *error) {
  if (table->group_count == table->group_capacity) {
    uint32_t capacity = table->group_capacity ? table->group_capacity * 2 : 4;
    RowGroup **groups = memory_grow(table->memory, table->groups, sizeof(RowGroup *) * table->group_capacity,
                                    sizeof(RowGroup *) * capacity);
    if (!groups) return error_no_memory(error);
    table->groups = groups;
    table->group_capacity = capacity;
  }
  table->groups[table->group_count++] = group;
  return OK;
}

static Status decode_groups(TableVersion *table, ByteReader *reader, Error *error) {
  table->next_row = (int64_t)take_varint(reader);
  uint64_t count = take_varint(reader);
  int64_t least = 0;
  for (uint64_t i = 0; i < count && !reader->failed; i++) {
    int64_t first_row = (int64_t)take_varint(reader);
    uint64_t rows = take_varint(reader), deleted = take_varint(reader);
    PieceRef meta;
    take_into(reader, &meta, sizeof meta);
    if (reader->failed || first_row < least || !rows || rows > ROW_GROUP_ROWS || deleted > rows || !meta.page ||
        !piece_ref_plausible(&meta)) {
      reader->failed = true;
      break;
    }
    least = first_row + (int64_t)rows;
    RowGroup *group;
    TRY(group_create(table->pages, table->id, first_row, &group, error));
    group->row_count = (uint32_t)rows;
    group->deleted_count = (uint32_t)deleted;
    group->loaded = false;
    Status status = table_version_push_group(table, group, error);
    if (status != OK) {
      group->loaded = true;
      group_drop(group);
      return status;
    }
    group->meta = meta;
  }
  if (reader->failed || table->next_row < least) return error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  return OK;
}

Status table_version_load(TableVersion *table, Error *error) {
  if (table->loaded) return OK;
  Buffer *buffer;
  const uint8_t *bytes;
  TRY(piece_read(table->pages, &table->record, (PieceOwner){"record", 0, table->id}, &buffer, &bytes, error));
  ByteReader reader = byte_reader(bytes, (size_t)table->record.length);
  uint64_t shape_length = take_varint(&reader);
  take_padding(&reader);
  const uint8_t *shape = take_bytes(&reader, shape_length);
  Status status = shape
                      ? shape_decode(table->memory, shape, (size_t)shape_length, table->immortals, &table->shape, error)
                      : error_set(error, ERROR_CORRUPT, -1, "Table record is damaged");
  if (status == OK) status = decode_groups(table, &reader, error);
  buffer_drop(buffer);
  if (status != OK) {
    for (uint32_t i = 0; i < table->group_count; i++) { // their pages stay in use
      table->groups[i]->loaded = true;
      table->groups[i]->meta = (PieceRef){0};
    }
    free_groups(table);
    shape_drop(table->shape);
    table->shape = NULL;
    return status;
  }
  table->loaded = true;
  table_version_recount(table);
  return OK;
}

void table_version_recount(TableVersion *table) {
  table->live_rows = 0;
  for (uint32_t i = 0; i < table->group_count; i++) {
    table->live_rows += table->groups[i]->row_count - table->groups[i]->deleted_count;
  }
}

Status table_version_encode(const TableVersion *table, TextBuilder *out, Error *error) {
  TextBuilder shape;
  text_init(&shape, table->memory);
  Status status = shape_encode(table->shape, &shape, table->memory, error);
  if (status == OK) {
    put_varint(out, shape.length);
    put_padding(out);
    put_bytes(out, shape.data, shape.length);
  }
  text_free(&shape);
  TRY(status);
  put_varint(out, (uint64_t)table->next_row);
  put_varint(out, table->group_count);
  for (uint32_t i = 0; i < table->group_count; i++) {
    const RowGroup *group = table->groups[i];
    ASSERT(group->meta.page);
    put_varint(out, (uint64_t)group->first_row);
    put_varint(out, group->row_count);
    put_varint(out, group->deleted_count);
    put_bytes(out, &group->meta, sizeof group->meta);
  }
  return out->failed ? error_no_memory(error) : OK;
}

Status table_version_writable(TableVersion **slot, Error *error) {
  TableVersion *old = *slot;
  TRY(table_version_load(old, error));
  if (old->references == 1) {
    piece_release(old->pages, &old->record);
    old->record = (PieceRef){0};
    return OK;
  }
  TableVersion *fresh;
  TRY(table_version_create(old->memory, old->pages, old->immortals, old->id, old->shape, old->next_row, &fresh, error));
  fresh->live_rows = old->live_rows;
  if (old->group_count) {
    fresh->group_capacity = old->group_count + 1;
    fresh->groups = memory_allocate(old->memory, sizeof(RowGroup *) * fresh->group_capacity);
    if (!fresh->groups) {
      fresh->group_capacity = 0;
      table_version_drop(fresh);
      return error_no_memory(error);
    }
    for (uint32_t i = 0; i < old->group_count; i++) {
      fresh->groups[i] = old->groups[i];
      fresh->groups[i]->references++;
    }
    fresh->group_count = old->group_count;
  }
  table_version_drop(old);
  *slot = fresh;
  return OK;
}

bool table_version_find(const TableVersion *table, int64_t row_id, uint32_t *group, uint32_t *row) {
  uint32_t low = 0, high = table->group_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (table->groups[middle]->first_row <= row_id)
      low = middle + 1;
    else
      high = middle;
  }
  if (!low) return false;
  const RowGroup *found = table->groups[low - 1];
  if (row_id - found->first_row >= found->row_count) return false;
  *group = low - 1;
  *row = (uint32_t)(row_id - found->first_row);
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Appending raw rows
// ---------------------------------------------------------------------------------------------------------------------

static bool takes_rows(const TableVersion *table, const RowGroup *group) {
  return group->row_count < ROW_GROUP_ROWS && group->first_row + group->row_count == table->next_row &&
         (!group->loaded || group_bytes(group) < GROUP_RAW_BYTES);
}

Status table_version_open_group(TableVersion *table, RowGroup **out, Error *error) {
  if (table->group_count && takes_rows(table, table->groups[table->group_count - 1])) {
    RowGroup **slot = &table->groups[table->group_count - 1];
    TRY(group_writable(slot, table->shape, error));
    *out = *slot;
    return OK;
  }
  RowGroup *group;
  TRY(group_create(table->pages, table->id, table->next_row, &group, error));
  Status status = table_version_push_group(table, group, error);
  if (status != OK) {
    group_drop(group);
    return status;
  }
  *out = group;
  return OK;
}

// The last slot when it is a tail that ends where the group ends, and can take rows of this shape.
static Slot *growing_slot(const TableVersion *table, RowGroup *group) {
  if (!group->slot_count) return NULL;
  Slot *slot = &group->slots[group->slot_count - 1];
  if (!slot->tail || slot->tail->sealed || slot->tail->shape != table->shape) return NULL;
  if (slot->tail_from + slot->row_count != slot->tail->rows_used || slot->tail->rows_used == slot->tail->capacity)
    return NULL;
  return slot;
}

static Status add_tail(TableVersion *table, RowGroup *group, uint32_t wanted, Error *error) {
  uint32_t capacity = FIRST_TAIL_ROWS;
  if (group->slot_count && group->slots[group->slot_count - 1].tail) {
    capacity = group->slots[group->slot_count - 1].tail->capacity * 4;
  }
  capacity = MIN_OF(MAX_OF(capacity, wanted), (uint32_t)LARGEST_TAIL_ROWS);
  Tail *tail;
  TRY(tail_create(table->memory, table->shape, (capacity + 63) & ~63u, &tail, error));
  Status status = group_push_slot(group, (Slot){.tail = tail}, error);
  if (status != OK) tail_drop(tail);
  return status;
}

Status table_version_append(TableVersion *table, const Vector *columns, uint32_t from, uint32_t count, Error *error) {
  while (count) {
    RowGroup *group;
    TRY(table_version_open_group(table, &group, error));
    if (!growing_slot(table, group))
      TRY(add_tail(table, group, MIN_OF(count, ROW_GROUP_ROWS - group->row_count), error));
    Slot *slot = growing_slot(table, group);
    uint32_t rows = MIN_OF(count, slot->tail->capacity - slot->tail->rows_used);
    rows = MIN_OF(rows, ROW_GROUP_ROWS - group->row_count);
    TRY(tail_append(slot->tail, columns, from, rows, error));
    slot->row_count += rows;
    group->row_count += rows;
    table->next_row += rows;
    table->live_rows += rows;
    from += rows;
    count -= rows;
  }
  return OK;
}

Status table_version_sketch_end(TableVersion *table, Error *error) {
  const RowGroup *group = table->group_count ? table->groups[table->group_count - 1] : NULL;
  for (uint32_t i = group ? group->slot_count : 0; i && group->slots[i - 1].tail; i--) {
    Tail *tail = group->slots[i - 1].tail;
    if (tail->sketches && tail->sketches[0].row_count == tail->rows_used) return OK;
    TRY(tail_sketch_all(tail, error));
  }
  return OK;
}
