// SPDX-License-Identifier: MIT
//
// table.c: tables as versions see them: row groups, segments, delete masks, and how their owner changes them.
#include "store/interim/version.h"

// ---------------------------------------------------------------------------------------------------------------------
// Schemas
// ---------------------------------------------------------------------------------------------------------------------

static Status schema_make(Memory *memory, Schema **out, Error *error) {
  Schema *schema = memory_allocate_zeroed(memory, sizeof *schema);
  if (!schema) return error_no_memory(error);
  schema->references = 1;
  arena_init(&schema->arena, memory);
  *out = schema;
  return OK;
}

void schema_release(Schema *schema, Memory *memory) {
  if (!schema || --schema->references) return;
  arena_free(&schema->arena);
  memory_free(memory, schema, sizeof *schema);
}

Status schema_add_column(Schema *schema, TableColumn column, Error *error) {
  TableColumn *columns;
  ARENA_NEW_ARRAY(&schema->arena, error, columns, schema->column_count + 1);
  if (schema->column_count) memcpy(columns, schema->columns, sizeof *columns * schema->column_count);
  columns[schema->column_count].id = column.id;
  TRY(type_copy(&schema->arena, error, column.type, &columns[schema->column_count].type));
  schema->columns = columns;
  schema->column_count++;
  return OK;
}

Status schema_add_key(Schema *schema, const TableKey *key, Error *error) {
  TableKey *keys;
  uint32_t *columns;
  ARENA_NEW_ARRAY(&schema->arena, error, keys, schema->key_count + 1);
  ARENA_NEW_ARRAY(&schema->arena, error, columns, key->column_count);
  if (schema->key_count) memcpy(keys, schema->keys, sizeof *keys * schema->key_count);
  memcpy(columns, key->column_ids, sizeof *columns * key->column_count);
  keys[schema->key_count] = (TableKey){.number = key->number, .primary = key->primary, .column_ids = columns, .column_count = key->column_count};
  schema->keys = keys;
  schema->key_count++;
  return OK;
}

Status schema_copy(const Schema *schema, Memory *memory, Schema **out, Error *error) {
  Schema *copy = NULL;
  TRY(schema_make(memory, &copy, error));
  Status status = OK;
  for (uint32_t i = 0; i < schema->column_count && status == OK; i++) status = schema_add_column(copy, schema->columns[i], error);
  for (uint32_t i = 0; i < schema->key_count && status == OK; i++) status = schema_add_key(copy, &schema->keys[i], error);
  if (status != OK) {
    schema_release(copy, memory);
    return status;
  }
  *out = copy;
  return OK;
}

bool schema_find_column(const Schema *schema, uint32_t id, uint32_t *position) {
  for (uint32_t i = 0; i < schema->column_count; i++) {
    if (schema->columns[i].id == id) {
      *position = i;
      return true;
    }
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Row groups
// ---------------------------------------------------------------------------------------------------------------------

static void mask_release(Memory *memory, DeleteMask *mask) {
  if (mask && --mask->references == 0) memory_free(memory, mask, sizeof *mask);
}

static void group_release(Memory *memory, RowGroup *group) {
  if (!group || --group->references) return;
  for (uint32_t c = 0; c < group->column_count; c++) {
    for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) segment_release(group->columns[c].segments[k]);
  }
  for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) mask_release(memory, group->deleted[k]);
  memory_free(memory, group->columns, sizeof(GroupColumn) * group->column_count);
  memory_free(memory, group, sizeof *group);
}

static Status group_make(Memory *memory, uint64_t owner, int64_t first_row_id, uint32_t column_count, RowGroup **out,
                         Error *error) {
  RowGroup *group = memory_allocate_zeroed(memory, sizeof *group);
  if (!group) return error_no_memory(error);
  group->columns = memory_allocate_zeroed(memory, sizeof(GroupColumn) * column_count);
  if (!group->columns) {
    memory_free(memory, group, sizeof *group);
    return error_no_memory(error);
  }
  group->references = 1;
  group->owner = owner;
  group->first_row_id = first_row_id;
  group->column_count = column_count;
  *out = group;
  return OK;
}

static Status group_copy(Memory *memory, const RowGroup *group, uint64_t owner, RowGroup **out, Error *error) {
  RowGroup *copy;
  TRY(group_make(memory, owner, group->first_row_id, group->column_count, &copy, error));
  copy->row_count = group->row_count;
  copy->deleted_count = group->deleted_count;
  for (uint32_t c = 0; c < group->column_count; c++) {
    copy->columns[c] = group->columns[c];
    for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) {
      if (copy->columns[c].segments[k]) segment_keep(copy->columns[c].segments[k]);
    }
  }
  for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) {
    copy->deleted[k] = group->deleted[k];
    if (copy->deleted[k]) copy->deleted[k]->references++;
  }
  *out = copy;
  return OK;
}

Status table_own_group(Table *table, uint32_t index, RowGroup **out, Error *error) {
  RowGroup *group = table->groups[index];
  if (group->owner != table->owner || group->references > 1) {
    RowGroup *copy;
    TRY(group_copy(table->memory, group, table->owner, &copy, error));
    group_release(table->memory, group);
    table->groups[index] = group = copy;
  }
  *out = group;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

static Status table_empty(Memory *memory, uint64_t id, uint64_t owner, Table **out, Error *error) {
  Table *table = memory_allocate_zeroed(memory, sizeof *table);
  if (!table) return error_no_memory(error);
  table->references = 1;
  table->owner = owner;
  table->id = id;
  table->memory = memory;
  *out = table;
  return OK;
}

Status table_make(Memory *memory, uint64_t id, uint64_t owner, const TableColumn *columns, uint32_t column_count, Table **out,
                  Error *error) {
  Table *table = NULL;
  TRY(table_empty(memory, id, owner, &table, error));
  Status status = schema_make(memory, &table->schema, error);
  for (uint32_t i = 0; i < column_count && status == OK; i++) status = schema_add_column(table->schema, columns[i], error);
  if (status != OK) {
    table_release(table);
    return status;
  }
  *out = table;
  return OK;
}

void table_keep(Table *table) { table->references++; }

void table_release(Table *table) {
  if (!table || --table->references) return;
  for (uint32_t i = 0; i < table->group_count; i++) group_release(table->memory, table->groups[i]);
  memory_free(table->memory, table->groups, sizeof(RowGroup *) * table->group_capacity);
  schema_release(table->schema, table->memory);
  memory_free(table->memory, table, sizeof *table);
}

static Status reserve_groups(Table *table, uint32_t count, Error *error) {
  if (count <= table->group_capacity) return OK;
  uint32_t capacity = MAX_OF(table->group_capacity * 2, MAX_OF(count, 4u));
  RowGroup **groups = memory_grow(table->memory, table->groups, sizeof(RowGroup *) * table->group_capacity,
                                  sizeof(RowGroup *) * capacity);
  if (!groups) return error_no_memory(error);
  table->groups = groups;
  table->group_capacity = capacity;
  return OK;
}

Status table_copy(const Table *table, uint64_t owner, Table **out, Error *error) {
  Table *copy = NULL;
  TRY(table_empty(table->memory, table->id, owner, &copy, error));
  copy->schema = table->schema;
  copy->schema->references++;
  copy->next_row_id = table->next_row_id;
  copy->row_count = table->row_count;
  Status status = reserve_groups(copy, table->group_count, error);
  if (status != OK) {
    table_release(copy);
    return status;
  }
  for (uint32_t i = 0; i < table->group_count; i++) {
    copy->groups[i] = table->groups[i];
    copy->groups[i]->references++;
  }
  copy->group_count = table->group_count;
  *out = copy;
  return OK;
}

void table_publish(Table *table) {
  if (table->owner == 0) return;
  for (uint32_t i = 0; i < table->group_count; i++) {
    if (table->groups[i]->owner == table->owner) table->groups[i]->owner = 0;
  }
  table->owner = 0;
}

bool table_find_row(const Table *table, int64_t row_id, uint32_t *group, uint32_t *offset) {
  uint32_t low = 0;
  uint32_t high = table->group_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (table->groups[middle]->first_row_id <= row_id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return false;
  const RowGroup *found = table->groups[low - 1];
  if (row_id - found->first_row_id >= (int64_t)found->row_count) return false;
  *group = low - 1;
  *offset = (uint32_t)(row_id - found->first_row_id);
  return true;
}

bool table_row_visible(const Table *table, int64_t row_id) {
  uint32_t group, offset;
  return table_find_row(table, row_id, &group, &offset) && !group_row_deleted(table->groups[group], offset);
}

// ---------------------------------------------------------------------------------------------------------------------
// Changing rows
// ---------------------------------------------------------------------------------------------------------------------

// The first segments of small tables are small.
static uint32_t segment_capacity(uint32_t rows) {
  uint32_t capacity = 16;
  while (capacity < rows) capacity *= 4;
  return MIN_OF(capacity, (uint32_t)VECTOR_CAPACITY);
}

// Appends to one column's segment of a chunk; `at` rows are in it for this version.
static Status append_to_segment(Table *table, RowGroup *group, uint32_t column, uint32_t chunk, uint32_t at,
                                const Vector *source, const uint32_t *selection, uint32_t from, uint32_t count, Error *error) {
  Segment **slot = &group->columns[column].segments[chunk];
  Segment *segment = *slot;
  // Behind what anyone can see rows may be written in place; lists would move their elements.
  bool in_place = segment && segment->filled == at && segment->rows.capacity >= at + count &&
                  !type_is_nested(segment->rows.type);
  // A bitmap that appears or a shared one that changes would show in other versions' chunks.
  if (in_place) return segment_append(segment, at, source, selection, from, count, error);
  Segment *copy;
  if (segment) {
    TRY(segment_copy(segment, at, segment_capacity(at + count), &copy, error));
  } else {
    TRY(segment_make(table->memory, table->schema->columns[column].type, segment_capacity(at + count), &copy, error));
  }
  Status status = segment_append(copy, at, source, selection, from, count, error);
  if (status != OK) {
    segment_release(copy);
    return status;
  }
  segment_release(segment);
  *slot = copy;
  return OK;
}

static Status group_with_room(Table *table, RowGroup **out, Error *error) {
  if (table->group_count) {
    RowGroup *last = table->groups[table->group_count - 1];
    bool contiguous = last->first_row_id + last->row_count == table->next_row_id;
    if (contiguous && last->row_count < ROW_GROUP_ROWS) return table_own_group(table, table->group_count - 1, out, error);
  }
  TRY(reserve_groups(table, table->group_count + 1, error));
  TRY(group_make(table->memory, table->owner, table->next_row_id, table->schema->column_count, out, error));
  table->groups[table->group_count++] = *out;
  return OK;
}

Status table_append_rows(Table *table, const Chunk *chunk, const uint32_t *selection, uint32_t count, Error *error) {
  uint32_t from = 0;
  while (from < count) {
    RowGroup *group;
    TRY(group_with_room(table, &group, error));
    uint32_t slot = group->row_count / VECTOR_CAPACITY;
    uint32_t at = group->row_count % VECTOR_CAPACITY;
    uint32_t step = MIN_OF(count - from, VECTOR_CAPACITY - at);
    for (uint32_t c = 0; c < table->schema->column_count; c++) {
      TRY(append_to_segment(table, group, c, slot, at, &chunk->columns[c], selection ? selection + from : NULL,
                            selection ? 0 : from, step, error));
    }
    group->row_count += step;
    table->next_row_id += step;
    table->row_count += step;
    from += step;
  }
  return OK;
}

Status table_delete_row(Table *table, uint32_t index, uint32_t offset, Error *error) {
  RowGroup *group;
  TRY(table_own_group(table, index, &group, error));
  DeleteMask **slot = &group->deleted[offset / VECTOR_CAPACITY];
  DeleteMask *mask = *slot;
  if (!mask || mask->references > 1) {
    DeleteMask *own = memory_allocate_zeroed(table->memory, sizeof *own);
    if (!own) return error_no_memory(error);
    if (mask) *own = *mask;
    own->references = 1;
    mask_release(table->memory, mask);
    *slot = mask = own;
  }
  ASSERT(!bit_get(mask->bits, offset % VECTOR_CAPACITY));
  bit_set(mask->bits, offset % VECTOR_CAPACITY);
  mask->count++;
  group->deleted_count++;
  table->row_count--;
  return OK;
}

Status table_own_segment(Table *table, uint32_t index, uint32_t column, uint32_t chunk, Segment **out, Error *error) {
  RowGroup *group;
  TRY(table_own_group(table, index, &group, error));
  Segment **slot = &group->columns[column].segments[chunk];
  if ((*slot)->references > 1) {
    Segment *copy;
    uint32_t rows = MIN_OF(group->row_count - chunk * VECTOR_CAPACITY, (uint32_t)VECTOR_CAPACITY);
    TRY(segment_copy(*slot, rows, (*slot)->rows.capacity, &copy, error));
    segment_release(*slot);
    *slot = copy;
  }
  *out = *slot;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

static Status add_group_column(Table *table, RowGroup *group, const Vector *constant, Error *error) {
  GroupColumn *columns = memory_grow(table->memory, group->columns, sizeof(GroupColumn) * group->column_count,
                                     sizeof(GroupColumn) * (group->column_count + 1));
  if (!columns) return error_no_memory(error);
  group->columns = columns;
  GroupColumn *column = &columns[group->column_count++];
  memset(column, 0, sizeof *column);
  for (uint32_t k = 0; k * VECTOR_CAPACITY < group->row_count; k++) {
    uint32_t rows = MIN_OF(group->row_count - k * VECTOR_CAPACITY, (uint32_t)VECTOR_CAPACITY);
    TRY(segment_make(table->memory, constant->type, segment_capacity(rows), &column->segments[k], error));
    TRY(segment_append(column->segments[k], 0, constant, NULL, 0, rows, error));
  }
  return OK;
}

Status table_add_column_rows(Table *table, const Value *value, Error *error) {
  Vector constant;
  Type type = table->schema->columns[table->schema->column_count - 1].type;
  TRY(vector_init(&constant, table->memory, type, 1, error));
  Status status = OK;
  if (value && !value->is_null) {
    status = vector_fill_value(&constant, value, error);
  } else {
    vector_set_null_constant(&constant);
  }
  for (uint32_t i = 0; i < table->group_count && status == OK; i++) {
    RowGroup *group;
    status = table_own_group(table, i, &group, error);
    if (status == OK) status = add_group_column(table, group, &constant, error);
  }
  vector_free(&constant);
  return status;
}

void table_drop_column_rows(Table *table, uint32_t position) {
  for (uint32_t i = 0; i < table->group_count; i++) {
    RowGroup *group = table->groups[i]; // owned: the caller saw to it
    for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) segment_release(group->columns[position].segments[k]);
    uint32_t count = group->column_count;
    memmove(&group->columns[position], &group->columns[position + 1], sizeof(GroupColumn) * (count - position - 1));
    // Shrinking cannot fail; were it to, the old block would do.
    GroupColumn *columns = memory_grow(table->memory, group->columns, sizeof(GroupColumn) * count, sizeof(GroupColumn) * (count - 1));
    if (columns) group->columns = columns;
    group->column_count = count - 1;
  }
}
