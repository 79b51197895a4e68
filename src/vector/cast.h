// SPDX-License-Identifier: MIT
//
// cast.h: the parts of vector_cast. Private to vector/.
//
//   cast.c              which cast goes where, errors, casts without data of their own (NULL, same type, by way of text)
//   cast_number.c       BOOLEAN, integers, floats among each other, through hubs of 64 or 128 bits and doubles
//   cast_decimal.c      DECIMAL from and to all numbers
//   cast_time.c         dates, times, timestamps among each other
//   cast_bytes.c        BLOB, BIT, UUID, ENUM
//   cast_text.c         everything to VARCHAR; VARCHAR to scalars
//   cast_nested.c       LIST, ARRAY, STRUCT, MAP, UNION child by child
//   cast_nested_text.c  VARCHAR to LIST, ARRAY, STRUCT, MAP
#ifndef SMEW_VECTOR_CAST_H
#define SMEW_VECTOR_CAST_H

#include "vector/kernels.h"
#include "vector/print.h"
#include "vector/text_parse.h"

// `source` has any form but constant NULL; row_count is at most 1 for a constant. `result` is reset, flat, roomy enough;
// what is written to it stands on its own.
typedef struct Cast {
  const CastContext *context;
  const Vector *source;
  uint32_t row_count;
  Vector *result;
} Cast;

// Casts of one row of any form, NULL included; writes `result`, never borrows.
Status cast_run(const Cast *cast) MUST_USE;

// A row that cannot be cast: NULL for TRY_CAST, else the error.
Status cast_row_failed(const Cast *cast, uint32_t row, const char *format, ...) MUST_USE PRINTF_LIKE(3, 4);
// Type INT32 with value 300 can't be cast because the value is out of range for the destination type INT8.
// `value` is one of the source's type.
Status cast_row_out_of_range(const Cast *cast, uint32_t row, const void *value) MUST_USE;
// DuckDB's name of how a type lies in memory: INT32, UINT8, DOUBLE, BOOL, VARCHAR.
const char *physical_name(Type type);
// The printed type, as text in the buffer.
#define TYPE_TEXT_CAPACITY 512
Str type_text(Type type, Memory *memory, char buffer[TYPE_TEXT_CAPACITY]);

Status cast_numbers(const Cast *cast) MUST_USE;
Status cast_decimals(const Cast *cast) MUST_USE;
Status cast_times(const Cast *cast) MUST_USE;
Status cast_bytes(const Cast *cast) MUST_USE;
Status cast_to_text(const Cast *cast) MUST_USE;
Status cast_from_text(const Cast *cast) MUST_USE;
Status cast_text_to_enum(const Cast *cast) MUST_USE;
Status cast_text_to_bytes(const Cast *cast) MUST_USE;
Status cast_nested(const Cast *cast) MUST_USE;
Status cast_to_union(const Cast *cast) MUST_USE;
Status cast_text_to_nested(const Cast *cast) MUST_USE;
// Rows `rows[0..count)` of a child, cast into the whole of `target` (roomy enough, reset, flat afterwards).
Status cast_elements(const Cast *cast, const Vector *child, const uint32_t *rows, uint32_t count,
                     Vector *target) MUST_USE;

// Number loaders and storers (cast_number.c). Loaders read rows from .. from+count of any form; the values of NULL rows
// are arbitrary. Storers keep the low bits.
#define HUB_ROWS 512u
void hub_load_i64(const VectorView *view, Physical physical, uint32_t from, uint32_t count, int64_t *out);
void hub_load_i128(const VectorView *view, Physical physical, uint32_t from, uint32_t count,
                   int128 *out); // U128 saturates
void hub_load_f64(const VectorView *view, Physical physical, uint32_t from, uint32_t count, double *out);
void hub_store_i64(const int64_t *values, uint32_t count, Physical physical, uint32_t at, void *out);
void hub_store_i128(const int128 *values, uint32_t count, Physical physical, uint32_t at, void *out);
bool physical_fits_i64(Physical physical); // an integer type whose values are all int64
// The range of an integer type; U64 and U128 only in the 128-bit one (U128 up to the largest int128).
void integer_range_i128(Physical physical, int128 *low, int128 *high);

static inline bool result_row_valid(const Cast *cast, uint32_t row) {
  return !cast->result->validity || bit_get(cast->result->validity, row);
}

#endif
