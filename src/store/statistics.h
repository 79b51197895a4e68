// SPDX-License-Identifier: MIT
//
// statistics.h: zone maps: bounds, NULLs and an estimate of distinct values of some rows of a column. Private to store/.
//
// The struct is part of the file format (row-group metadata), 112 bytes.
#ifndef SMEW_STORE_STATISTICS_H
#define SMEW_STORE_STATISTICS_H

#include "store/store.h"

#define SKETCH_REGISTERS 64
#define BOUND_BYTES 16

typedef enum BoundKind {
  BOUND_NONE = 0,    // nothing known (nested types, or no valid row)
  BOUND_INTEGER = 1, // int128, sign- or zero-extended
  BOUND_DOUBLE = 2,  // double in the first 8 bytes; NaN is the greatest
  BOUND_TEXT = 3,    // up to 16 bytes; a maximum that was cut stands for everything that starts with it
} BoundKind;

typedef struct ColumnSketch {
  uint8_t minimum[BOUND_BYTES];
  uint8_t maximum[BOUND_BYTES];
  uint8_t kind;           // BoundKind
  uint8_t minimum_length; // BOUND_TEXT
  uint8_t maximum_length;
  uint8_t maximum_cut; // BOUND_TEXT: the true maximum is longer
  uint32_t null_count;
  uint32_t row_count;
  uint32_t reserved;
  uint8_t registers[SKETCH_REGISTERS]; // HyperLogLog of the valid values
} ColumnSketch;
_Static_assert(sizeof(ColumnSketch) == 112, "part of the file format");

// Adds rows [from, from + count) of a vector.
void sketch_add(ColumnSketch *sketch, const Vector *vector, uint32_t from, uint32_t count);
void sketch_merge(ColumnSketch *sketch, const ColumnSketch *other);
double sketch_distinct(const ColumnSketch *sketch);
// Whether a row with `column op value` may be among those described. True when in doubt.
bool sketch_may_match(const ColumnSketch *sketch, const ZoneFilter *filter);
// Bounds as values of the type; false: not known.
bool sketch_bounds(const ColumnSketch *sketch, Type type, Arena *arena, Value *minimum, Value *maximum);

#endif
