// SPDX-License-Identifier: MIT
//
// in_set.c: membership in the constant candidates of an IN list. See in_set.h.
//
// Keys of up to 64 bits are compared as bits: integers sign- or zero-extended as their type says, so that a vector that
// travels in a narrower physical type than its logical one gives the same key; doubles with one zero and one NaN.
#include "expr/in_set.h"

#define IN_LINEAR_LIMIT 4     // up to so many candidates are compared one by one
#define EMPTY_KEY INT64_MIN   // marks a free slot of KEYS_HASHED
#define IN_BITMAP_RANGE 16384 // keys that lie within such a range become a bit map of at most 2 KiB

typedef enum KeyForm { KEYS_LINEAR, KEYS_BITMAP, KEYS_HASHED } KeyForm;

typedef struct KeySet {
  uint8_t form;         // KeyForm
  uint32_t count;       // LINEAR
  const int64_t *keys;  // LINEAR: count of them; HASHED: slots
  uint32_t slot_mask;   // HASHED: slots - 1
  bool has_empty;       // HASHED: EMPTY_KEY, which marks a free slot, is a key
  int64_t low;          // BITMAP: key of bit 0
  uint64_t range;       // BITMAP: number of bits
  const uint64_t *bits; // BITMAP
} KeySet;

struct InSet {
  bool has_null;      // a candidate is NULL
  KeySet keys;        // all but strings
  const int128 *wide; // sorted; 128-bit types only
  uint32_t wide_count;
  const StringView *strings; // slots of a hash table (few: a list); length UINT32_MAX marks a free slot
  uint32_t string_count;     // LINEAR when slot mask is 0
  uint32_t string_mask;
};

// ---------------------------------------------------------------------------------------------------------------------
// Keys
// ---------------------------------------------------------------------------------------------------------------------

static inline int64_t key_of_double(double number) {
  if (number == 0) number = 0; // -0.0 too
  if (number != number) return INT64_C(0x7ff8000000000000);
  int64_t key;
  memcpy(&key, &number, sizeof key);
  return key;
}

static inline uint64_t string_hash(const StringView *view) {
  if (view->length <= STRING_INLINE_CAPACITY) return hash_combine(hash_u64(view->words[0]), hash_u64(view->words[1]));
  return hash_bytes(view->pointer, view->length);
}

static inline bool key_in_linear(const KeySet *set, int64_t key) {
  bool found = false;
  for (uint32_t i = 0; i < set->count; i++) found |= set->keys[i] == key;
  return found;
}

static inline bool key_in_bitmap(const KeySet *set, int64_t key) {
  uint64_t bit = (uint64_t)key - (uint64_t)set->low;
  return bit < set->range && bit_get(set->bits, bit);
}

static inline bool key_in_hashed(const KeySet *set, int64_t key) {
  if (key == EMPTY_KEY) return set->has_empty;
  for (uint32_t slot = (uint32_t)hash_u64((uint64_t)key) & set->slot_mask;; slot = (slot + 1) & set->slot_mask) {
    if (set->keys[slot] == key) return true;
    if (set->keys[slot] == EMPTY_KEY) return false;
  }
}

static bool wide_contains(const InSet *set, int128 key) {
  uint32_t low = 0, high = set->wide_count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (set->wide[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < set->wide_count && set->wide[low] == key;
}

static inline bool string_contains(const InSet *set, const StringView *view) {
  if (!set->string_mask) {
    for (uint32_t i = 0; i < set->string_count; i++) {
      if (string_equal(&set->strings[i], view)) return true;
    }
    return false;
  }
  for (uint32_t slot = (uint32_t)string_hash(view) & set->string_mask;; slot = (slot + 1) & set->string_mask) {
    if (set->strings[slot].length == UINT32_MAX) return false;
    if (string_equal(&set->strings[slot], view)) return true;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Building
// ---------------------------------------------------------------------------------------------------------------------

// Heap sort: no recursion, no libc.
static void sort_wide(int128 *keys, uint32_t count) {
  for (uint32_t start = count / 2, end = count; end > 1;) {
    if (start > 0) {
      start--;
    } else {
      end--;
      int128 top = keys[0];
      keys[0] = keys[end];
      keys[end] = top;
    }
    for (uint32_t root = start, child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && keys[child] < keys[child + 1]) child++;
      if (keys[root] >= keys[child]) break;
      int128 moved = keys[root];
      keys[root] = keys[child];
      keys[child] = moved;
    }
  }
}

static uint32_t slots_for(uint32_t count) {
  uint32_t slots = 16;
  while (slots < count * 2) slots *= 2;
  return slots;
}

static Status build_keys(Arena *arena, Error *error, KeySet *set, const int64_t *keys, uint32_t count) {
  *set = (KeySet){.form = KEYS_LINEAR, .count = count, .keys = keys};
  if (count <= IN_LINEAR_LIMIT) return OK;
  int64_t low = keys[0], high = keys[0];
  for (uint32_t i = 1; i < count; i++) {
    low = MIN_OF(low, keys[i]);
    high = MAX_OF(high, keys[i]);
  }
  uint64_t range = (uint64_t)high - (uint64_t)low;
  if (range < IN_BITMAP_RANGE) {
    uint64_t *bits;
    ARENA_NEW_ARRAY(arena, error, bits, BITS_WORDS(range + 1));
    for (uint32_t i = 0; i < count; i++) bit_set(bits, (uint64_t)keys[i] - (uint64_t)low);
    *set = (KeySet){.form = KEYS_BITMAP, .low = low, .range = range + 1, .bits = bits};
    return OK;
  }
  uint32_t slots = slots_for(count);
  int64_t *table;
  ARENA_NEW_ARRAY(arena, error, table, slots);
  for (uint32_t i = 0; i < slots; i++) table[i] = EMPTY_KEY;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = (uint32_t)hash_u64((uint64_t)keys[i]) & (slots - 1);
    while (table[slot] != EMPTY_KEY && table[slot] != keys[i]) slot = (slot + 1) & (slots - 1);
    table[slot] = keys[i];
  }
  *set = (KeySet){.form = KEYS_HASHED, .keys = table, .slot_mask = slots - 1, .has_empty = low == EMPTY_KEY};
  return OK;
}

static Status build_strings(Arena *arena, Error *error, InSet *set, Expr *const *candidates, uint32_t count) {
  uint32_t slots = count <= IN_LINEAR_LIMIT ? count : slots_for(count);
  uint32_t mask = count <= IN_LINEAR_LIMIT ? 0 : slots - 1;
  StringView *table;
  ARENA_NEW_ARRAY(arena, error, table, slots);
  for (uint32_t i = 0; i < slots; i++) table[i].length = UINT32_MAX;
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Value *value = &candidates[i]->constant;
    if (value->is_null) continue;
    Str text;
    TRY(str_copy(arena, error, value->text, &text));
    StringView view = string_view(text.data, text.length);
    if (!mask) {
      table[used++] = view;
      continue;
    }
    uint32_t slot = (uint32_t)string_hash(&view) & mask;
    while (table[slot].length != UINT32_MAX && !string_equal(&table[slot], &view)) slot = (slot + 1) & mask;
    table[slot] = view;
  }
  set->strings = table;
  set->string_count = used;
  set->string_mask = mask;
  return OK;
}

static Status build_wide(Arena *arena, Error *error, InSet *set, Expr *const *candidates, uint32_t count) {
  int128 *wide;
  int64_t *narrow;
  ARENA_NEW_ARRAY(arena, error, wide, count);
  ARENA_NEW_ARRAY(arena, error, narrow, count);
  uint32_t narrow_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Value *value = &candidates[i]->constant;
    if (value->is_null) continue;
    wide[set->wide_count++] = value->i128;
    if (value->i128 >= INT64_MIN && value->i128 <= INT64_MAX) narrow[narrow_count++] = (int64_t)value->i128;
  }
  sort_wide(wide, set->wide_count);
  set->wide = wide;
  return build_keys(arena, error, &set->keys, narrow, narrow_count);
}

static Status build_narrow(Arena *arena, Error *error, InSet *set, Expr *const *candidates, uint32_t count) {
  int64_t *keys;
  ARENA_NEW_ARRAY(arena, error, keys, count);
  uint32_t used = 0;
  for (uint32_t i = 0; i < count; i++) {
    const Value *value = &candidates[i]->constant;
    if (value->is_null) continue;
    switch (value->type.id) {
      case TYPE_BOOLEAN:
        keys[used++] = value->boolean;
        break;
      case TYPE_FLOAT:
        keys[used++] = key_of_double(value->f32);
        break;
      case TYPE_DOUBLE:
        keys[used++] = key_of_double(value->f64);
        break;
      case TYPE_DECIMAL:
        keys[used++] = (int64_t)value->i128;
        break;
      default:
        keys[used++] = value->i64;
    }
  }
  return build_keys(arena, error, &set->keys, keys, used);
}

Status in_set_build(Arena *arena, Error *error, Type type, Expr *const *candidates, uint32_t count, const InSet **out) {
  *out = NULL;
  InSet *set;
  Physical physical = type_physical(type);
  if (physical == PHYSICAL_NONE || physical == PHYSICAL_LIST || physical == PHYSICAL_INTERVAL) return OK;
  ARENA_NEW(arena, error, set);
  for (uint32_t i = 0; i < count; i++) set->has_null |= candidates[i]->constant.is_null;
  if (physical == PHYSICAL_STRING) {
    TRY(build_strings(arena, error, set, candidates, count));
  } else if (physical == PHYSICAL_I128 || physical == PHYSICAL_U128) {
    TRY(build_wide(arena, error, set, candidates, count));
  } else {
    TRY(build_narrow(arena, error, set, candidates, count));
  }
  *out = set;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Asking: in batches, keys first, then membership, so that neither loop is stamped over both physical type and form.
// ---------------------------------------------------------------------------------------------------------------------

#define IN_BATCH 256

#define LOAD_KEYS(T, key)                  \
  do {                                     \
    const T *data = view->data;            \
    for (uint32_t i = 0; i < count; i++) { \
      const T in = data[at[i]];            \
      keys[i] = (int64_t)(key);            \
    }                                      \
  } while (0)

static void load_keys(uint8_t physical, const VectorView *view, const uint32_t *at, uint32_t count, int64_t *keys) {
  switch (physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      LOAD_KEYS(uint8_t, in);
      break;
    case PHYSICAL_I8:
      LOAD_KEYS(int8_t, in);
      break;
    case PHYSICAL_I16:
      LOAD_KEYS(int16_t, in);
      break;
    case PHYSICAL_U16:
      LOAD_KEYS(uint16_t, in);
      break;
    case PHYSICAL_I32:
      LOAD_KEYS(int32_t, in);
      break;
    case PHYSICAL_U32:
      LOAD_KEYS(uint32_t, in);
      break;
    case PHYSICAL_F32:
      LOAD_KEYS(float, key_of_double(in));
      break;
    case PHYSICAL_F64:
      LOAD_KEYS(double, key_of_double(in));
      break;
    default:
      ASSERT(physical == PHYSICAL_I64 || physical == PHYSICAL_U64);
      LOAD_KEYS(int64_t, in);
  }
}

// found[i]: whether the value at at[i] is a candidate; arbitrary where it is NULL.
static void find_batch(const InSet *set, uint8_t physical, const VectorView *view, const uint32_t *at, uint32_t count,
                       uint8_t *found) {
  if (physical == PHYSICAL_STRING) {
    const StringView *data = view->data;
    for (uint32_t i = 0; i < count; i++) found[i] = view_valid(view, at[i]) && string_contains(set, &data[at[i]]);
    return;
  }
  if (physical == PHYSICAL_I128 || physical == PHYSICAL_U128) {
    const int128 *data = view->data;
    for (uint32_t i = 0; i < count; i++) found[i] = wide_contains(set, data[at[i]]);
    return;
  }
  int64_t keys[IN_BATCH];
  load_keys(physical, view, at, count, keys);
  switch (set->keys.form) {
    case KEYS_LINEAR:
      for (uint32_t i = 0; i < count; i++) found[i] = key_in_linear(&set->keys, keys[i]);
      break;
    case KEYS_BITMAP:
      for (uint32_t i = 0; i < count; i++) found[i] = key_in_bitmap(&set->keys, keys[i]);
      break;
    default:
      for (uint32_t i = 0; i < count; i++) found[i] = key_in_hashed(&set->keys, keys[i]);
  }
}

static inline void locate_batch(const VectorView *view, const uint32_t *selection, uint32_t from, uint32_t count,
                                uint32_t *at) {
  for (uint32_t i = 0; i < count; i++) at[i] = view_row(view, selection ? selection[from + i] : from + i);
}

HOT uint32_t in_set_select(const InSet *set, const Vector *value, const uint32_t *selection, uint32_t count,
                           bool negated, uint32_t *out) {
  if (negated && set->has_null) return 0;
  VectorView view;
  vector_view(value, &view);
  uint32_t at[IN_BATCH];
  uint8_t found[IN_BATCH];
  uint32_t kept = 0;
  for (uint32_t from = 0; from < count; from += IN_BATCH) {
    uint32_t batch = MIN_OF(count - from, IN_BATCH);
    locate_batch(&view, selection, from, batch, at);
    find_batch(set, value->physical, &view, at, batch, found);
    for (uint32_t i = 0; i < batch; i++) {
      bool keep = found[i] != negated && view_valid(&view, at[i]);
      out[kept] = selection ? selection[from + i] : from + i; // kept <= from + i: never overtakes what is read
      kept += keep;
    }
  }
  return kept;
}

HOT Status in_set_evaluate(const InSet *set, const Vector *value, uint32_t row_count, bool negated, Vector *result,
                           Error *error) {
  VectorView view;
  vector_view(value, &view);
  if (view.validity || set->has_null) TRY(vector_need_validity(result, error));
  uint8_t *truth = result->data;
  uint32_t at[IN_BATCH];
  uint8_t found[IN_BATCH];
  for (uint32_t from = 0; from < row_count; from += IN_BATCH) {
    uint32_t batch = MIN_OF(row_count - from, IN_BATCH);
    locate_batch(&view, NULL, from, batch, at);
    find_batch(set, value->physical, &view, at, batch, found);
    for (uint32_t i = 0; i < batch; i++) truth[from + i] = found[i] != negated;
    if (!result->validity) continue;
    for (uint32_t i = 0; i < batch; i++) {
      bool is_null = !view_valid(&view, at[i]) || (set->has_null && !found[i]);
      if (!is_null) continue;
      truth[from + i] = 0;
      bit_clear(result->validity, from + i);
    }
  }
  return OK;
}
