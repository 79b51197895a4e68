// SPDX-License-Identifier: MIT
//
// pack.h: rows of a row group compressed into blocks, one column at a time so that the work can be sliced. Private to store/.
#ifndef SMEW_STORE_PACK_H
#define SMEW_STORE_PACK_H

#include "store/tree.h"

// Slots [slot_from, slot_to) of a row group become one block.
typedef struct Packer {
  Memory *memory;
  Pages *pages;
  RowGroup *group;   // kept
  TableShape *shape; // kept
  uint32_t slot_from;
  uint32_t slot_to;
  uint32_t first_row; // of slot_from, in the group
  uint32_t row_count;
  uint32_t next_column; // position in the shape
  bool to_disk;
  bool fold;       // overlays are put into the values
  Block *block;    // columns so far; packer_finish hands it out
  Segment *packed; // of the next column, not measured yet; NULL: none
  Vector rows;     // its values
} Packer;

Status packer_init(Packer *packer, RowGroup *group, TableShape *shape, uint32_t slot_from, uint32_t slot_to,
                   bool to_disk, bool fold, Error *error) MUST_USE;
// Packs the next column, in two steps when it has many rows; *done: that was the last.
Status packer_step(Packer *packer, bool *done, Error *error) MUST_USE;
Block *packer_finish(Packer *packer); // the block, with one reference; the packer is freed
void packer_free(Packer *packer);     // gives everything up; a zeroed one is fine
// The rows of one column as one flat vector (uninitialised before; with its own or shallow strings while the group is held).
Status pack_gather(const RowGroup *group, const TableShape *shape, uint32_t position, uint32_t slot_from,
                   uint32_t slot_to, bool fold, Vector *out, Error *error) MUST_USE;

#endif
