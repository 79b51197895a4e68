// SPDX-License-Identifier: MIT
//
// version.h: the immutable tree of a database version; private to store/.
//
//   Version ── Object (catalog bytes)
//      └───── Table ── Schema (columns, keys)
//                └──── RowGroup (122,880 rows) ── Segment (up to 2,048 rows of one column)
//                                           └──── DeleteMask (2,048 rows)
//
// Every node is reference-counted and shared by the versions that have it. A node is only modified by the transaction that made it, before it is published
// (`owner`), with one exception: rows may be appended to a segment behind all rows that any version can see (`filled`).
#ifndef SMEW_STORE_VERSION_H
#define SMEW_STORE_VERSION_H

#include "store/store.h"

#define CHUNKS_PER_GROUP (ROW_GROUP_ROWS / VECTOR_CAPACITY) // 60

typedef struct Segment {
  uint32_t references;
  uint32_t filled;    // rows written, seen by a version or not
  Vector rows;        // flat, capacity rows; never moved once rows are visible
  Memory *memory;
  Arena types;        // what the type points to: a segment may outlive the schema that it was made for
  // Bounds of all rows that were ever in it: for zone maps. NULL values: not known.
  bool bounds_known;
  Value minimum;
  Value maximum;
} Segment;

typedef struct DeleteMask {
  uint32_t references;
  uint32_t count;                        // bits that are set
  uint64_t bits[VECTOR_CAPACITY / 64];
} DeleteMask;

typedef struct GroupColumn {
  Segment *segments[CHUNKS_PER_GROUP]; // NULL: no rows there
} GroupColumn;

typedef struct RowGroup {
  uint32_t references;
  uint64_t owner;        // transaction that may still modify it; 0: published
  int64_t first_row_id;
  uint32_t row_count;    // rows appended, deleted or not
  uint32_t deleted_count;
  uint32_t column_count;
  DeleteMask *deleted[CHUNKS_PER_GROUP]; // NULL: none
  GroupColumn *columns;
} RowGroup;

typedef struct Schema {
  uint32_t references;
  Arena arena;
  TableColumn *columns;
  uint32_t column_count;
  TableKey *keys;
  uint32_t key_count;
} Schema;

typedef struct Table {
  uint32_t references;
  uint64_t owner;
  uint64_t id;
  Schema *schema;
  RowGroup **groups;
  uint32_t group_count;
  uint32_t group_capacity;
  int64_t next_row_id;
  uint64_t row_count; // visible
  Memory *memory;
} Table;

typedef struct Object {
  uint32_t references;
  uint64_t id;
  uint32_t kind;
  uint32_t length;
  char bytes[];
} Object;

typedef struct Version {
  uint32_t references;
  uint64_t owner;
  uint64_t number;      // of the commit that made it
  uint64_t stamp;       // of its objects
  Memory *memory;
  Object **objects;     // by id
  uint32_t object_count;
  uint32_t object_capacity;
  Table **tables;       // by id
  uint32_t table_count;
  uint32_t table_capacity;
} Version;

// version.c
Status version_create(Memory *memory, Version **out, Error *error) MUST_USE;       // empty
Status version_copy(const Version *version, uint64_t owner, Version **out, Error *error) MUST_USE; // shares all
void version_release(Version *version);
bool version_find_object(const Version *version, uint64_t id, uint32_t *position); // position: where it is or would be
Status version_put_object(Version *version, uint64_t id, uint32_t kind, Str bytes, Error *error) MUST_USE;
void version_remove_object(Version *version, uint32_t position);
Table *version_find_table(const Version *version, uint64_t id);
Status version_put_table(Version *version, Table *table, Error *error) MUST_USE;   // takes the reference; replaces one of the same id
void version_remove_table(Version *version, uint64_t id);

// table.c
Status table_make(Memory *memory, uint64_t id, uint64_t owner, const TableColumn *columns, uint32_t column_count, Table **out,
                  Error *error) MUST_USE;
Status table_copy(const Table *table, uint64_t owner, Table **out, Error *error) MUST_USE;
void table_keep(Table *table);
void table_release(Table *table);
Status schema_copy(const Schema *schema, Memory *memory, Schema **out, Error *error) MUST_USE;
void schema_release(Schema *schema, Memory *memory);
Status schema_add_column(Schema *schema, TableColumn column, Error *error) MUST_USE;
Status schema_add_key(Schema *schema, const TableKey *key, Error *error) MUST_USE;
bool schema_find_column(const Schema *schema, uint32_t id, uint32_t *position);
// A group that the table's owner may modify (copied when it is shared).
Status table_own_group(Table *table, uint32_t index, RowGroup **out, Error *error) MUST_USE;
bool table_find_row(const Table *table, int64_t row_id, uint32_t *group, uint32_t *offset);
static inline bool group_row_deleted(const RowGroup *group, uint32_t offset) {
  const DeleteMask *mask = group->deleted[offset / VECTOR_CAPACITY];
  return mask && bit_get(mask->bits, offset % VECTOR_CAPACITY);
}
bool table_row_visible(const Table *table, int64_t row_id);
Status table_append_rows(Table *table, const Chunk *chunk, const uint32_t *selection, uint32_t count, Error *error) MUST_USE;
Status table_delete_row(Table *table, uint32_t group, uint32_t offset, Error *error) MUST_USE;
// A segment that may be overwritten (always a copy of its own for the owner).
Status table_own_segment(Table *table, uint32_t group, uint32_t column, uint32_t chunk, Segment **out, Error *error) MUST_USE;
Status table_add_column_rows(Table *table, const Value *value, Error *error) MUST_USE; // the last column of the schema, for all groups
void table_drop_column_rows(Table *table, uint32_t position);
void table_publish(Table *table); // nobody may modify it any more

// segment.c
Status segment_make(Memory *memory, Type type, uint32_t capacity, Segment **out, Error *error) MUST_USE;
Status segment_copy(const Segment *segment, uint32_t row_count, uint32_t capacity, Segment **out, Error *error) MUST_USE;
void segment_keep(Segment *segment);
void segment_release(Segment *segment);
Status segment_append(Segment *segment, uint32_t at, const Vector *source, const uint32_t *selection, uint32_t from,
                      uint32_t count, Error *error) MUST_USE;
// Widens the bounds by rows [from, from + count).
void segment_note_bounds(Segment *segment, uint32_t from, uint32_t count);

#endif
