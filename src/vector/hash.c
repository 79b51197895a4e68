// SPDX-License-Identifier: MIT
//
// hash.c: hashes of rows, in memory only. Equal values of one type hash alike in every vector form and physical width
// of the same number kind; NULL has a hash of its own.
#include "vector/kernels.h"

#define NULL_HASH UINT64_C(0x9e3779b97f4a7c15)
#define EMPTY_LIST_HASH UINT64_C(0x632be59bd9b4e019)

static inline uint64_t hash_i128(int128 value) {
  uint64_t low = (uint64_t)value, high = (uint64_t)((uint128)value >> 64);
  // Numbers of 64 bits hash as their BIGINT does: DECIMALs of two widths can meet in one table.
  if ((int64_t)high == (int64_t)low >> 63) return hash_u64(low);
  return hash_u64(hash_combine(hash_u64(low ^ NULL_HASH), high));
}

static inline uint64_t hash_f64(double value) {
  if (value == 0) value = 0; // -0.0
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (value != value) bits = UINT64_C(0x7ff8000000000000);
  return hash_u64(bits);
}

static inline uint64_t hash_string(const StringView *view) {
  if (view->length <= STRING_INLINE_CAPACITY) return hash_u64(hash_combine(hash_u64(view->words[0]), view->words[1]));
  return hash_bytes(view->pointer, view->length);
}

static inline uint64_t hash_interval(Interval interval) {
  int64_t months, days, micros;
  interval_normalize(interval, &months, &days, &micros);
  return hash_u64(hash_combine(hash_combine(hash_u64((uint64_t)months), (uint64_t)days), (uint64_t)micros));
}

#define HASH_INTEGER(value) hash_u64((uint64_t)(value))
#define HASH_VALUE_U128(value) hash_i128((int128)(value))

// ---------------------------------------------------------------------------------------------------------------------
// Rows of nested values
// ---------------------------------------------------------------------------------------------------------------------

static uint64_t hash_row(const Vector *vector, uint32_t row);

static uint64_t hash_run(const Vector *child, uint32_t from, uint32_t count) {
  uint64_t hash = EMPTY_LIST_HASH;
  for (uint32_t i = 0; i < count; i++) hash = hash_u64(hash_combine(hash, hash_row(child, from + i)));
  return hash;
}

static uint64_t hash_children(const Vector *base, uint32_t at) {
  uint64_t hash = EMPTY_LIST_HASH;
  for (uint32_t i = 0; i < base->child_count; i++) {
    hash = hash_u64(hash_combine(hash, hash_row(&base->children[i], at)));
  }
  return hash;
}

static uint64_t hash_row(const Vector *vector, uint32_t row) {
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  if (!view_valid(&view, at)) return NULL_HASH;
  switch (vector->physical) {
    case PHYSICAL_BOOL:
      return HASH_INTEGER(((const uint8_t *)view.data)[at]);
    case PHYSICAL_I8:
      return HASH_INTEGER(((const int8_t *)view.data)[at]);
    case PHYSICAL_I16:
      return HASH_INTEGER(((const int16_t *)view.data)[at]);
    case PHYSICAL_I32:
      return HASH_INTEGER(((const int32_t *)view.data)[at]);
    case PHYSICAL_I64:
      return HASH_INTEGER(((const int64_t *)view.data)[at]);
    case PHYSICAL_I128:
      return hash_i128(((const int128 *)view.data)[at]);
    case PHYSICAL_U8:
      return HASH_INTEGER(((const uint8_t *)view.data)[at]);
    case PHYSICAL_U16:
      return HASH_INTEGER(((const uint16_t *)view.data)[at]);
    case PHYSICAL_U32:
      return HASH_INTEGER(((const uint32_t *)view.data)[at]);
    case PHYSICAL_U64:
      return HASH_INTEGER(((const uint64_t *)view.data)[at]);
    case PHYSICAL_U128:
      return HASH_VALUE_U128(((const uint128 *)view.data)[at]);
    case PHYSICAL_F32:
      return hash_f64((double)((const float *)view.data)[at]);
    case PHYSICAL_F64:
      return hash_f64(((const double *)view.data)[at]);
    case PHYSICAL_STRING:
      return hash_string(&((const StringView *)view.data)[at]);
    case PHYSICAL_INTERVAL:
      return hash_interval(((const Interval *)view.data)[at]);
    case PHYSICAL_LIST: {
      ListEntry entry = ((const ListEntry *)view.data)[at];
      return hash_run(&view.base->children[0], entry.offset, entry.length);
    }
    default:
      break;
  }
  if (vector->type.id == TYPE_ARRAY) {
    return hash_run(&view.base->children[0], at * vector->type.array_size, vector->type.array_size);
  }
  return hash_children(view.base, at);
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

#define STORE(i, hash) hashes[i] = (hash)
#define COMBINE(i, hash) hashes[i] = hash_combine(hashes[i], (hash))

#define HASH_LOOPS(T, HASH, WRITE)                                                   \
  do {                                                                               \
    const T *data = view->data;                                                      \
    if (!view->validity && view_is_flat(view)) {                                     \
      for (uint32_t i = 0; i < count; i++) WRITE(i, HASH(data[i]));                  \
    } else if (!view->validity) {                                                    \
      for (uint32_t i = 0; i < count; i++) WRITE(i, HASH(data[view->selection[i]])); \
    } else {                                                                         \
      for (uint32_t i = 0; i < count; i++) {                                         \
        uint32_t at = view_row(view, i);                                             \
        WRITE(i, bit_get(view->validity, at) ? HASH(data[at]) : NULL_HASH);          \
      }                                                                              \
    }                                                                                \
  } while (0)

#define HASH_KERNEL(suffix, T, HASH)                                                                      \
  HOT static void hash_##suffix(const VectorView *view, uint32_t count, uint64_t *hashes, bool combine) { \
    if (combine) {                                                                                        \
      HASH_LOOPS(T, HASH, COMBINE);                                                                       \
    } else {                                                                                              \
      HASH_LOOPS(T, HASH, STORE);                                                                         \
    }                                                                                                     \
  }

#define HASH_STRING_AT(value) hash_string(&(value))
HASH_KERNEL(I8, int8_t, HASH_INTEGER)
HASH_KERNEL(I16, int16_t, HASH_INTEGER)
HASH_KERNEL(I32, int32_t, HASH_INTEGER)
HASH_KERNEL(I64, int64_t, HASH_INTEGER)
HASH_KERNEL(wide, int128, hash_i128)
HASH_KERNEL(U8, uint8_t, HASH_INTEGER)
HASH_KERNEL(U16, uint16_t, HASH_INTEGER)
HASH_KERNEL(U32, uint32_t, HASH_INTEGER)
HASH_KERNEL(F32, float, hash_f64)
HASH_KERNEL(F64, double, hash_f64)
HASH_KERNEL(strings, StringView, HASH_STRING_AT)
HASH_KERNEL(intervals, Interval, hash_interval)

typedef void (*HashKernel)(const VectorView *view, uint32_t count, uint64_t *hashes, bool combine);

static const HashKernel KERNELS[PHYSICAL_COUNT] = {
    [PHYSICAL_BOOL] = hash_U8, [PHYSICAL_I8] = hash_I8,          [PHYSICAL_I16] = hash_I16,
    [PHYSICAL_I32] = hash_I32, [PHYSICAL_I64] = hash_I64,        [PHYSICAL_I128] = hash_wide,
    [PHYSICAL_U8] = hash_U8,   [PHYSICAL_U16] = hash_U16,        [PHYSICAL_U32] = hash_U32,
    [PHYSICAL_U64] = hash_I64, [PHYSICAL_U128] = hash_wide,      [PHYSICAL_F32] = hash_F32,
    [PHYSICAL_F64] = hash_F64, [PHYSICAL_STRING] = hash_strings, [PHYSICAL_INTERVAL] = hash_intervals,
};

void vector_hash(const Vector *vector, uint32_t row_count, uint64_t *hashes, bool combine) {
  if (!row_count) return;
  if (vector->form == VECTOR_CONSTANT) {
    uint64_t hash = hash_row(vector, 0);
    for (uint32_t i = 0; i < row_count; i++) {
      if (combine) {
        COMBINE(i, hash);
      } else {
        STORE(i, hash);
      }
    }
    return;
  }
  HashKernel kernel = KERNELS[vector->physical];
  if (kernel) {
    VectorView view;
    vector_view(vector, &view);
    kernel(&view, row_count, hashes, combine);
    return;
  }
  for (uint32_t i = 0; i < row_count; i++) {
    uint64_t hash = hash_row(vector, i);
    if (combine) {
      COMBINE(i, hash);
    } else {
      STORE(i, hash);
    }
  }
}
