// SPDX-License-Identifier: MIT
//
// tree.h: what a database version is made of. Private to store/.
//
//   Version ─┬─ ObjectSet ── ObjectEntry …                     catalog
//            └─ TableVersion ─┬─ TableShape                    columns, keys
//                             └─ RowGroup … ─┬─ Slot … ─┬─ Block ── Segment …   rows as compressed columns
//                                            │          └─ Tail                 rows as they were appended
//                                            └─ Window …  deleted rows and overlaid values of 2,048 rows
//
// All nodes are counted references and immutable once a published version or a scan holds them: who changes a node asks for a writable one
// (`*_writable`), which is a shallow copy unless the caller is its only holder. Three things may change in a shared node, none of
// them visible to readers:
//   - a Tail takes further rows behind those that any version counts as its own; `sealed` ends that
//   - what was read lazily from the file (TableVersion, RowGroup: `loaded`)
//   - where a thing lies on disk (ObjectSet.ref)
//
// A node owns the pieces that it names: when its last holder lets go, their pages are free at once. The version of the header that
// counts on disk is itself held (Store.durable), and so are row groups that a WAL adopts, so that nothing on which recovery relies is freed.
#ifndef SMEW_STORE_TREE_H
#define SMEW_STORE_TREE_H

#include "store/image.h"
#include "store/pages.h"
#include "store/statistics.h"
#include "store/store.h"

#define WINDOW_ROWS 2048
#define GROUP_WINDOWS (ROW_GROUP_ROWS / WINDOW_ROWS)
#define GROUP_RAW_BYTES (24u << 20) // a row group is closed early when its rows take more: wide strings

// ---------------------------------------------------------------------------------------------------------------------
// Segments, blocks, tails
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Segment { // some rows of one column, compressed
  uint32_t references;
  uint32_t row_count;
  Pages *pages;
  PieceRef ref;  // on disk …
  Buffer *image; // … or in memory
  uint64_t bytes;
  uint8_t codec; // ImageCodec, for pragma_storage_info
  ColumnSketch sketch;
} Segment;

void segment_drop(Segment *segment);
// Of an image (image_append). `to_disk`: into free pages of the file, else into memory. The sketch is the caller's to make.
Status segment_create(Pages *pages, const TextBuilder *image, uint32_t row_count, bool to_disk, Segment **out,
                      Error *error) MUST_USE;
Status segment_open(Segment *segment, Type type, PieceOwner owner, ImageReader *reader, Error *error) MUST_USE;

typedef struct BlockColumn {
  uint32_t column_id;
  Segment *segment;
} BlockColumn;
typedef struct Block { // a run of rows: one segment for each column that there was when it was made
  uint32_t references;
  uint32_t row_count;
  uint32_t column_count;
  uint32_t column_capacity;
  Memory *memory;
  BlockColumn columns[]; // [column_capacity]
} Block;

Block *block_create(Memory *memory, uint32_t row_count, uint32_t column_count); // columns zeroed; NULL: no memory
void block_drop(Block *block);
Segment *block_find(const Block *block, uint32_t column_id); // NULL: made before the column

typedef struct TableShape TableShape;

typedef struct Tail { // rows as appended, in flat vectors of fixed capacity
  uint32_t references;
  uint32_t capacity;
  uint32_t rows_used;
  bool sealed; // takes no more rows
  Memory *memory;
  TableShape *shape;      // kept; columns as in it
  Vector *columns;        // [shape->column_count]
  ColumnSketch *sketches; // [shape->column_count], each of its first row_count rows; NULL: not asked for yet
  uint64_t text_bytes;    // of long strings appended
  uint64_t *column_bytes; // [shape->column_count] of the values appended (rows_bytes)
} Tail;

Status tail_create(Memory *memory, TableShape *shape, uint32_t capacity, Tail **out, Error *error) MUST_USE;
void tail_drop(Tail *tail);
// Appends rows [from, from + count) of a chunk with the columns of the shape (deep). On failure nothing is appended.
Status tail_append(Tail *tail, const Vector *columns, uint32_t from, uint32_t count, Error *error) MUST_USE;
Status tail_sketch(Tail *tail, uint32_t column, const ColumnSketch **out, Error *error) MUST_USE;
Status tail_sketch_all(Tail *tail, Error *error) MUST_USE; // along the way, so that who asks later need not wait
uint64_t tail_bytes(const Tail *tail);
// Bytes that rows of a flat vector take, with long strings and what nested values contain.
uint64_t rows_bytes(const Vector *vector, uint32_t from, uint32_t count);
// buffer_drop and vector_free, but what is large goes by memory_free_later: a version may leave hundreds of megabytes at once.
void buffer_drop_later(Buffer *buffer);
void vector_free_later(Vector *vector);

// ---------------------------------------------------------------------------------------------------------------------
// Windows: changes on top of 2,048 rows of a row group
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Overlay { // new values of one column for some rows of a window
  uint32_t references;
  uint32_t column_id;
  uint32_t count;
  uint32_t capacity;
  Memory *memory;
  uint16_t *rows; // [capacity], ascending, within the window
  Vector values;  // flat, [capacity]
  Arena types;    // what the type of the values points to: an overlay outlives the table's shape
  ColumnSketch sketch;
} Overlay;

typedef struct Window {
  uint32_t references;
  uint32_t deleted_count;
  Memory *memory;
  uint64_t deleted[WINDOW_ROWS / 64];
  uint32_t overlay_count;
  uint32_t overlay_capacity;
  Overlay **overlays; // [overlay_capacity], by column id
} Window;

void window_drop(Window *window);
// *slot becomes one that only the caller holds; NULL becomes an empty one.
Status window_writable(Memory *memory, Window **slot, Error *error) MUST_USE;
Overlay *window_overlay(const Window *window, uint32_t column_id); // NULL: none
// Takes the overlay in the place of what the column had. The window is writable.
Status window_overlay_share(Window *window, Overlay *overlay, Error *error) MUST_USE;
// Sets values of rows[0..count) (ascending, distinct) from rows value_rows[i] (NULL: i) of a vector. The window is writable.
Status window_overlay_put(Window *window, uint32_t column_id, const uint16_t *rows, uint32_t count,
                          const Vector *values, const uint32_t *value_rows, Error *error) MUST_USE;
void window_overlay_remove(Window *window, uint32_t column_id);
void overlay_drop(Overlay *overlay);
// The image of a window: window_encode; its column types come from the shape (columns that are gone are left out).
Status window_encode(const Window *window, TextBuilder *out, Memory *memory, Error *error) MUST_USE;
Status window_decode(Memory *memory, const TableShape *shape, const uint8_t *bytes, size_t length, Window **out,
                     Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Row groups
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Slot { // a run of rows of a row group: a block, or rows [tail_from, tail_from + row_count) of a tail
  Block *block;
  Tail *tail;
  uint32_t tail_from;
  uint32_t row_count;
} Slot;

typedef struct RowGroup {
  uint32_t references;
  uint32_t row_count; // deleted ones included
  uint32_t deleted_count;
  bool loaded; // false: only counts, first_row and meta are known
  Pages *pages;
  uint64_t table;      // id, for error texts
  int64_t first_row;   // row id of the first row; row ids are first_row + 0 … row_count - 1
  PieceRef meta;       // this very state on disk; none: not there
  uint64_t data_bytes; // of segments, when loaded
  Slot *slots;
  uint32_t slot_count;
  uint32_t slot_capacity;
  Window **windows; // [GROUP_WINDOWS] or NULL: nothing was changed
} RowGroup;

Status group_create(Pages *pages, uint64_t table, int64_t first_row, RowGroup **out, Error *error) MUST_USE;
void group_drop(RowGroup *group);
Status group_load(RowGroup *group, const TableShape *shape, Error *error) MUST_USE;
Status group_writable(RowGroup **slot, const TableShape *shape, Error *error) MUST_USE; // loads
Status group_push_slot(RowGroup *group, Slot slot,
                       Error *error) MUST_USE; // takes the references on success; group writable
Status group_need_windows(RowGroup *group, Error *error) MUST_USE;
static inline const Window *group_window(const RowGroup *group, uint32_t index) {
  return group->windows ? group->windows[index] : NULL;
}
bool group_row_deleted(const RowGroup *group, uint32_t row);
uint32_t group_deleted_before(const RowGroup *group, uint32_t row); // deleted rows below it
void slot_keep(const Slot *slot);
void slot_drop(const Slot *slot);
// A block takes the place of slots [from, to), whose rows it has; the reference is taken. Group writable.
void group_replace_slots(RowGroup *group, uint32_t from, uint32_t to, Block *block);
bool group_is_packed(const RowGroup *group); // it has no raw rows
uint64_t group_bytes(const RowGroup *group); // segments and raw rows
// Bytes of the metadata. Raw slots cannot be written: there must be none.
Status group_encode(const RowGroup *group, TextBuilder *out, Error *error) MUST_USE;
Status group_decode(RowGroup *group, const TableShape *shape, const uint8_t *bytes, size_t length,
                    Error *error) MUST_USE;
// Calls `visit` for every piece that the row group owns (segments and its metadata). Must be loaded.
void group_pieces(const RowGroup *group, void (*visit)(void *context, const PieceRef *ref), void *context);

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

struct TableShape { // columns and keys; immutable
  uint32_t references;
  uint32_t column_count;
  uint32_t key_count;
  bool immortal; // types with parts of their own: vectors handed out point at them, so it lives as long as the store
  Memory *memory;
  Arena arena; // what follows
  TableColumn *columns;
  Value *defaults; // of rows in blocks without the column
  TableKey *keys;
  TableShape *next; // list of immortal ones
};

Status shape_create(Memory *memory, const TableColumn *columns, const Value *defaults, uint32_t column_count,
                    const TableKey *keys, uint32_t key_count, TableShape **immortals, TableShape **out,
                    Error *error) MUST_USE;
void shape_drop(TableShape *shape);
static inline TableShape *shape_keep(TableShape *shape) {
  shape->references++;
  return shape;
}
bool shape_find(const TableShape *shape, uint32_t column_id, uint32_t *position);
const TableKey *shape_find_key(const TableShape *shape, uint32_t number);
Status shape_encode(const TableShape *shape, TextBuilder *out, Memory *memory, Error *error) MUST_USE;
Status shape_decode(Memory *memory, const uint8_t *bytes, size_t length, TableShape **immortals, TableShape **out,
                    Error *error) MUST_USE;

typedef struct TableVersion {
  uint32_t references;
  bool loaded; // false: only id and record are known
  Memory *memory;
  Pages *pages;
  TableShape **immortals; // of the store
  uint64_t id;
  TableShape *shape;
  RowGroup **groups; // by first_row
  uint32_t group_count;
  uint32_t group_capacity;
  int64_t next_row; // row id of the next row appended
  uint64_t live_rows;
  PieceRef record; // this very state on disk; none: not there
} TableVersion;

Status table_version_create(Memory *memory, Pages *pages, TableShape **immortals, uint64_t id, TableShape *shape,
                            int64_t next_row, TableVersion **out,
                            Error *error) MUST_USE; // keeps the shape (may be NULL: not loaded)
void table_version_drop(TableVersion *table);
Status table_version_load(TableVersion *table, Error *error) MUST_USE;
Status table_version_writable(TableVersion **slot, Error *error) MUST_USE; // loads
Status table_version_push_group(TableVersion *table, RowGroup *group,
                                Error *error) MUST_USE; // takes the reference on success
// The group that holds the row id; false: none.
bool table_version_find(const TableVersion *table, int64_t row_id, uint32_t *group, uint32_t *row);
// The last row group, writable, when it can take rows; a new one otherwise.
Status table_version_open_group(TableVersion *table, RowGroup **out, Error *error) MUST_USE;
// Appends rows to the raw end; row ids follow next_row. `columns` are those of the shape. On failure part may be there.
Status table_version_append(TableVersion *table, const Vector *columns, uint32_t from, uint32_t count,
                            Error *error) MUST_USE;
Status table_version_encode(const TableVersion *table, TextBuilder *out, Error *error) MUST_USE;
void table_version_recount(TableVersion *table); // live_rows from the groups
// Brings the sketches of the raw rows at the end up to date: after appends to what is to be published.
Status table_version_sketch_end(TableVersion *table, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Objects and versions
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ObjectEntry {
  uint32_t references;
  uint32_t kind;
  uint32_t length;
  Memory *memory;
  uint64_t id;
  uint8_t bytes[];
} ObjectEntry;

typedef struct ObjectSet {
  uint32_t references;
  uint32_t count;
  uint32_t capacity;
  Memory *memory;
  Pages *pages;
  ObjectEntry **items; // by id
  uint64_t stamp;      // tells sets apart
  PieceRef ref;        // on disk; none: not there
} ObjectSet;

ObjectSet *object_set_create(Memory *memory, Pages *pages); // NULL: no memory
void object_set_drop(ObjectSet *set);
Status object_set_writable(ObjectSet **slot, uint64_t stamp, Error *error) MUST_USE;
uint32_t object_set_find(const ObjectSet *set, uint64_t id, bool *found); // position, or where it would be
Status object_set_put(ObjectSet *set, uint64_t id, uint32_t kind, const void *bytes, size_t length,
                      Error *error) MUST_USE;
void object_set_remove(ObjectSet *set, uint64_t id);
void object_set_encode(const ObjectSet *set, TextBuilder *out);
Status object_set_decode(ObjectSet *set, const uint8_t *bytes, size_t length, Error *error) MUST_USE;

typedef struct Version {
  uint32_t references;
  uint32_t table_count;
  uint32_t table_capacity;
  Memory *memory;
  uint64_t number; // of the commit that made it
  ObjectSet *objects;
  TableVersion **tables; // by id
} Version;

Version *version_create(Memory *memory, Pages *pages); // empty; NULL: no memory
Status version_clone(const Version *version, Version **out, Error *error) MUST_USE;
void version_drop(Version *version);
uint32_t version_find(const Version *version, uint64_t table, bool *found);
Status version_put(Version *version, TableVersion *table,
                   Error *error) MUST_USE; // replaces; takes the reference on success
void version_remove(Version *version, uint64_t table);

#endif
