// SPDX-License-Identifier: MIT
//
// pack.h: rows of a row group compressed into blocks. Private to store/.
//
// So that no step is long, and so that what a scan reads at once is not large, a block holds a bounded number of bytes (pack_run), and its columns
// are packed one after the other, a large one in several steps.
#ifndef SMEW_STORE_PACK_H
#define SMEW_STORE_PACK_H

#include "store/tree.h"

#define PACK_COLUMN_BYTES (2u << 20) // of one column of a block, about
#define PACK_BYTES (12u << 20)       // of all its columns, about

typedef enum PackPhase { PACK_GATHER, PACK_ENCODE, PACK_PLACE, PACK_MEASURE } PackPhase;

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
  bool to_disk;
  const bool *fold; // [column_count] columns whose overlays are put into the values; NULL: none
  Block *block;     // columns so far; packer_finish hands it out
  // the next column
  uint32_t next_column; // position in the shape
  PackPhase phase;
  uint64_t bytes;    // of its values
  uint32_t measured; // rows of it
  Vector rows;       // its values
  TextBuilder image;
  Segment *segment;
} Packer;

// The slots from slot_from on that are to become one block: those before *slot_to. The last may be split. Group writable.
Status pack_run(RowGroup *group, const TableShape *shape, uint32_t slot_from, uint32_t *slot_to, Error *error) MUST_USE;
// `fold` must outlive the packer.
Status packer_init(Packer *packer, RowGroup *group, TableShape *shape, uint32_t slot_from, uint32_t slot_to,
                   bool to_disk, const bool *fold, Error *error) MUST_USE;
// Packs the next column, or some of it when it is large; *done: that was the last.
Status packer_step(Packer *packer, bool *done, Error *error) MUST_USE;
Block *packer_finish(Packer *packer); // the block, with one reference; the packer is freed
void packer_free(Packer *packer);     // gives everything up; a zeroed one is fine

#endif
