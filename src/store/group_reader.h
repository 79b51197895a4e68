// SPDX-License-Identifier: MIT
//
// group_reader.h: rows of a row group as vectors, as one version has them: segments or tails with overlays on top. Deleted rows are
// still among them: group_reader_live tells which are not. Used by scans, fetches, commits and checkpoints. Private to store/.
#ifndef SMEW_STORE_GROUP_READER_H
#define SMEW_STORE_GROUP_READER_H

#include "store/tree.h"

typedef struct ReaderColumn {
  uint32_t column_id; // COLUMN_ROW_ID: row ids
  uint32_t position;  // in the shape
  Type type;
  uint32_t tail_column; // in the tail's shape; UINT32_MAX: not there
  bool open;            // image is
  bool has_overlays;    // somewhere in the row group
  ImageReader image;
} ReaderColumn;

typedef struct GroupReader {
  Memory *memory;
  TableShape *shape;     // kept
  ReaderColumn *columns; // [column_count]
  uint32_t column_count;
  const RowGroup *group; // borrowed while seated
  uint32_t slot;
  uint32_t slot_first; // row of the group at which the slot begins
  bool seated;
} GroupReader;

Status group_reader_init(GroupReader *reader, Memory *memory, TableShape *shape, const uint32_t *column_ids,
                         uint32_t column_count, Error *error) MUST_USE; // ERROR_INTERNAL: no such column
void group_reader_free(GroupReader *reader);                            // a zeroed one is fine
// Turns to a slot of a loaded row group: pins what is read of it. Cheap when it is there already.
Status group_reader_seat(GroupReader *reader, const RowGroup *group, uint32_t slot, Error *error) MUST_USE;
void group_reader_unseat(GroupReader *reader); // gives the pins back
// Rows [from, from + count) of the slot, count <= VECTOR_CAPACITY, into vectors of room for VECTOR_CAPACITY rows (reset first).
Status group_reader_read(GroupReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) MUST_USE;
// Rows of [from, from + count) of the slot that are not deleted. Returns how many; `selection` is written only when fewer than all.
uint32_t group_reader_live(const GroupReader *reader, uint32_t from, uint32_t count, uint32_t *selection);
// How many rows to read from `from` on so that no read crosses a miniblock of the segments.
static inline uint32_t group_reader_stride(const Slot *slot, uint32_t from) {
  uint32_t at = slot->tail ? slot->tail_from + from : from;
  return MIN_OF((uint32_t)VECTOR_CAPACITY - at % VECTOR_CAPACITY, slot->row_count - from);
}

#endif
