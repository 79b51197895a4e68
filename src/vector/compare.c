// SPDX-License-Identifier: MIT
//
// compare.c: comparison of vectors and of single rows.
//
// One kind of kernel is stamped over physical types and three operators (=, <, <=; the others are their opposites, for every
// order here is total): it writes a byte (0 or 1) for each row of a block.
// Flat and constant operands run loops of 64 rows that compile to SIMD; everything else (dictionaries, rows chosen by a
// selection) goes through views. NULLs play no part there: they are merged into the bytes afterwards, once for all
// types, and the bytes become a BOOLEAN vector or, without branches on the data, a selection.
//
//   data     3 7 1 9     < 5     bytes 1 0 1 0     validity 1 1 0 1     ->  selection [0]
//
// Order of doubles: NaN is equal to itself and greater than all. Order of strings: bytes. Nested values: element by
// element, NULL elements equal each other and are greater than all.
#include "vector/kernels.h"

#define BLOCK_ROWS VECTOR_CAPACITY

// What a kernel works on: rows `rows[0..count)` or, when that is NULL, from .. from+count.
typedef struct CompareBlock {
  VectorView left;
  VectorView right;
  const uint32_t *rows;
  uint32_t from;
  uint32_t count;
  uint8_t opposite; // 1: what the kernel's operator does not hold for
} CompareBlock;

typedef void (*CompareKernel)(const CompareBlock *block, uint8_t *out);

// ---------------------------------------------------------------------------------------------------------------------
// Numbers
// ---------------------------------------------------------------------------------------------------------------------

#define INTEGER_EQUAL(a, b) ((a) == (b))
#define INTEGER_LESS(a, b) ((a) < (b))
#define INTEGER_LESS_EQUAL(a, b) ((a) <= (b))
#define INTEGER_ORDINARY(c) 1
#define INTEGER_EQUAL_CONSTANT INTEGER_EQUAL
#define INTEGER_LESS_CONSTANT INTEGER_LESS
#define INTEGER_LESS_EQUAL_CONSTANT INTEGER_LESS_EQUAL
// NaN != NaN says which operand is NaN; | and & instead of || and && keep the loops free of branches.
#define HOLDS(condition) ((unsigned)(condition))
#define FLOAT_ORDINARY(c) ((c) == (c))
#define FLOAT_EQUAL(a, b) (HOLDS((a) == (b)) | (HOLDS((a) != (a)) & HOLDS((b) != (b))))
#define FLOAT_LESS(a, b) (HOLDS((a) < (b)) | (HOLDS((a) == (a)) & HOLDS((b) != (b))))
#define FLOAT_LESS_EQUAL(a, b) (HOLDS((a) <= (b)) | HOLDS((b) != (b)))
// Against a constant that is not NaN one comparison does it: a NaN on the left makes <, <=, = false, as it should.
#define FLOAT_EQUAL_CONSTANT(a, c) ((a) == (c))
#define FLOAT_LESS_CONSTANT(a, c) ((a) < (c))
#define FLOAT_LESS_EQUAL_CONSTANT(a, c) ((a) <= (c))

// The rows of the left side as one array, where they are that: rows of a flat vector, or a dictionary's selection.
static inline const uint32_t *gathered_rows(const CompareBlock *block) {
  if (block->rows) return view_is_flat(&block->left) ? block->rows : NULL;
  return block->left.selection ? block->left.selection + block->from : NULL;
}

// Loops over whole 64s have a constant trip count: they vectorise at -O2 as well. (Indexing by the sum of two 32-bit
// numbers, which may wrap, would hinder that.) For size nothing is vectorised.
#ifdef __OPTIMIZE_SIZE__
#define COMPARE_WHOLE_64S(RIGHT, OPERATION)
#else
#define COMPARE_WHOLE_64S(RIGHT, OPERATION)                                                        \
  for (; i + 64 <= count; i += 64, out += 64, left += 64, RIGHT##_ADVANCE) {                       \
    for (uint32_t k = 0; k < 64; k++) out[k] = (uint8_t)(OPERATION(left[k], RIGHT(k)) ^ opposite); \
  }
#endif
#define COMPARE_RUN(RIGHT, OPERATION)                                                                     \
  do {                                                                                                    \
    uint32_t i = 0;                                                                                       \
    COMPARE_WHOLE_64S(RIGHT, OPERATION)                                                                   \
    for (uint32_t k = 0; k < count - i; k++) out[k] = (uint8_t)(OPERATION(left[k], RIGHT(k)) ^ opposite); \
  } while (0)
#define RIGHT_FLAT(k) right[k]
#define RIGHT_FLAT_ADVANCE right += 64
#define RIGHT_CONSTANT(k) constant
#define RIGHT_CONSTANT_ADVANCE (void)0

// Wider values do not vectorise: the loop for all forms will do.
#define NARROW(T) (sizeof(T) <= sizeof(uint64_t))

// ORDINARY(c): OPERATION##_CONSTANT may be used against c.
#define COMPARE_KERNEL(name, T, OPERATION, ORDINARY)                                                               \
  HOT static void name(const CompareBlock *block, uint8_t *restrict out) {                                         \
    const uint32_t count = block->count;                                                                           \
    const uint8_t opposite = block->opposite;                                                                      \
    bool flat = !block->rows && view_is_flat(&block->left);                                                        \
    if (NARROW(T) && view_is_constant(&block->right) && ORDINARY(*(const T *)block->right.data)) {                 \
      const T constant = *(const T *)block->right.data;                                                            \
      const uint32_t *index = gathered_rows(block);                                                                \
      if (flat) {                                                                                                  \
        const T *restrict left = (const T *)block->left.data + block->from;                                        \
        COMPARE_RUN(RIGHT_CONSTANT, OPERATION##_CONSTANT);                                                         \
        return;                                                                                                    \
      }                                                                                                            \
      if (index) {                                                                                                 \
        const T *restrict left = block->left.data;                                                                 \
        for (uint32_t i = 0; i < count; i++)                                                                       \
          out[i] = (uint8_t)(OPERATION##_CONSTANT(left[index[i]], constant) ^ opposite);                           \
        return;                                                                                                    \
      }                                                                                                            \
    }                                                                                                              \
    if (NARROW(T) && flat && view_is_flat(&block->right)) {                                                        \
      const T *restrict left = (const T *)block->left.data + block->from;                                          \
      const T *restrict right = (const T *)block->right.data + block->from;                                        \
      COMPARE_RUN(RIGHT_FLAT, OPERATION);                                                                          \
      return;                                                                                                      \
    }                                                                                                              \
    const T *left = block->left.data;                                                                              \
    const T *right = block->right.data;                                                                            \
    for (uint32_t i = 0; i < count; i++) {                                                                         \
      uint32_t row = block->rows ? block->rows[i] : block->from + i;                                               \
      out[i] =                                                                                                     \
          (uint8_t)(OPERATION(left[view_row(&block->left, row)], right[view_row(&block->right, row)]) ^ opposite); \
    }                                                                                                              \
  }

#define COMPARE_EQUAL_KERNEL(suffix, T, FAMILY) COMPARE_KERNEL(equal_##suffix, T, FAMILY##_EQUAL, FAMILY##_ORDINARY)
#define COMPARE_ORDER_KERNELS(suffix, T, FAMILY)                     \
  COMPARE_KERNEL(less_##suffix, T, FAMILY##_LESS, FAMILY##_ORDINARY) \
  COMPARE_KERNEL(less_equal_##suffix, T, FAMILY##_LESS_EQUAL, FAMILY##_ORDINARY)

#define X(suffix, T) COMPARE_ORDER_KERNELS(suffix, T, INTEGER)
PHYSICAL_INTEGERS(X)
#undef X
// Equality does not see the sign.
COMPARE_EQUAL_KERNEL(U8, uint8_t, INTEGER)
COMPARE_EQUAL_KERNEL(U16, uint16_t, INTEGER)
COMPARE_EQUAL_KERNEL(U32, uint32_t, INTEGER)
COMPARE_EQUAL_KERNEL(U64, uint64_t, INTEGER)
COMPARE_EQUAL_KERNEL(U128, uint128, INTEGER)
#define X(suffix, T)                     \
  COMPARE_EQUAL_KERNEL(suffix, T, FLOAT) \
  COMPARE_ORDER_KERNELS(suffix, T, FLOAT)
PHYSICAL_FLOATS(X)
#undef X

// ---------------------------------------------------------------------------------------------------------------------
// Strings and intervals. Strings of NULL rows are not looked at.
// ---------------------------------------------------------------------------------------------------------------------

int string_compare(const StringView *a, const StringView *b) {
  // The prefixes as numbers decide most pairs; padding is zero, so short strings come out right.
  uint32_t a_prefix, b_prefix;
  memcpy(&a_prefix, a->prefix, sizeof a_prefix);
  memcpy(&b_prefix, b->prefix, sizeof b_prefix);
  if (a_prefix != b_prefix) return __builtin_bswap32(a_prefix) < __builtin_bswap32(b_prefix) ? -1 : 1;
  uint32_t common = MIN_OF(a->length, b->length);
  int order = memcmp(string_data(a), string_data(b), common);
  if (order) return order < 0 ? -1 : 1;
  return a->length < b->length ? -1 : a->length > b->length;
}

#define STRING_EQUAL(a, b) string_equal(a, b)
#define STRING_LESS(a, b) (string_compare(a, b) < 0)
#define STRING_LESS_EQUAL(a, b) (string_compare(a, b) <= 0)

// Equality with a constant of up to 12 bytes needs the two words of a view only: no bytes elsewhere, so no NULLs either.
HOT static bool compare_short_constant(const CompareBlock *block, uint8_t *restrict out) {
  const StringView *right = block->right.data;
  if (!view_is_constant(&block->right) || !view_valid(&block->right, 0) || right->length > STRING_INLINE_CAPACITY) {
    return false;
  }
  const uint64_t low = right->words[0], high = right->words[1];
  const StringView *left = block->left.data;
  const uint32_t *index = gathered_rows(block);
  if (!index && (block->rows || !view_is_flat(&block->left))) return false;
  for (uint32_t i = 0; i < block->count; i++) {
    const StringView *view = &left[index ? index[i] : block->from + i];
    out[i] = (uint8_t)(((view->words[0] == low) & (view->words[1] == high)) ^ block->opposite);
  }
  return true;
}
#define NO_SHORT_CONSTANT(block, out) false

#define COMPARE_STRING_KERNEL(name, OPERATION, SHORT_CONSTANT)                  \
  HOT static void name(const CompareBlock *block, uint8_t *out) {               \
    if (SHORT_CONSTANT(block, out)) return;                                     \
    const StringView *left = block->left.data;                                  \
    const StringView *right = block->right.data;                                \
    for (uint32_t i = 0; i < block->count; i++) {                               \
      uint32_t row = block->rows ? block->rows[i] : block->from + i;            \
      uint32_t l = view_row(&block->left, row);                                 \
      uint32_t r = view_row(&block->right, row);                                \
      bool valid = view_valid(&block->left, l) && view_valid(&block->right, r); \
      out[i] = valid && (OPERATION(&left[l], &right[r]) ^ block->opposite);     \
    }                                                                           \
  }
COMPARE_STRING_KERNEL(equal_string, STRING_EQUAL, compare_short_constant)
COMPARE_STRING_KERNEL(less_string, STRING_LESS, NO_SHORT_CONSTANT)
COMPARE_STRING_KERNEL(less_equal_string, STRING_LESS_EQUAL, NO_SHORT_CONSTANT)

void interval_normalize(Interval interval, int64_t *months, int64_t *days, int64_t *micros) {
  const int64_t days_per_month = 30;
  int64_t extra_months = interval.days / days_per_month;
  int64_t rest_days = interval.days % days_per_month;
  int64_t micros_per_month = days_per_month * MICROS_PER_DAY;
  int64_t months_in_micros = interval.micros / micros_per_month;
  int64_t rest_micros = interval.micros % micros_per_month;
  int64_t total_days = rest_days + rest_micros / MICROS_PER_DAY;
  // As in DuckDB each part keeps its sign: 1 month -1 day is not 29 days, but more.
  *months = (int64_t)interval.months + extra_months + months_in_micros + total_days / days_per_month;
  *days = total_days % days_per_month;
  *micros = rest_micros % MICROS_PER_DAY;
}

int interval_compare(Interval a, Interval b) {
  int64_t a_months, a_days, a_micros, b_months, b_days, b_micros;
  interval_normalize(a, &a_months, &a_days, &a_micros);
  interval_normalize(b, &b_months, &b_days, &b_micros);
  if (a_months != b_months) return a_months < b_months ? -1 : 1;
  if (a_days != b_days) return a_days < b_days ? -1 : 1;
  return a_micros < b_micros ? -1 : a_micros > b_micros;
}

#define INTERVAL_EQUAL(a, b) (interval_compare(a, b) == 0)
#define INTERVAL_LESS(a, b) (interval_compare(a, b) < 0)
#define INTERVAL_LESS_EQUAL(a, b) (interval_compare(a, b) <= 0)
#define INTERVAL_ORDINARY(c) 1
#define INTERVAL_EQUAL_CONSTANT INTERVAL_EQUAL
#define INTERVAL_LESS_CONSTANT INTERVAL_LESS
#define INTERVAL_LESS_EQUAL_CONSTANT INTERVAL_LESS_EQUAL
COMPARE_EQUAL_KERNEL(interval, Interval, INTERVAL)
COMPARE_ORDER_KERNELS(interval, Interval, INTERVAL)

#define KERNEL_ROW(equality, order) \
  { equal_##equality, less_##order, less_equal_##order }

static const CompareKernel KERNELS[PHYSICAL_COUNT][3] = {
    [PHYSICAL_BOOL] = KERNEL_ROW(U8, U8),
    [PHYSICAL_I8] = KERNEL_ROW(U8, I8),
    [PHYSICAL_I16] = KERNEL_ROW(U16, I16),
    [PHYSICAL_I32] = KERNEL_ROW(U32, I32),
    [PHYSICAL_I64] = KERNEL_ROW(U64, I64),
    [PHYSICAL_I128] = KERNEL_ROW(U128, I128),
    [PHYSICAL_U8] = KERNEL_ROW(U8, U8),
    [PHYSICAL_U16] = KERNEL_ROW(U16, U16),
    [PHYSICAL_U32] = KERNEL_ROW(U32, U32),
    [PHYSICAL_U64] = KERNEL_ROW(U64, U64),
    [PHYSICAL_U128] = KERNEL_ROW(U128, U128),
    [PHYSICAL_F32] = KERNEL_ROW(F32, F32),
    [PHYSICAL_F64] = KERNEL_ROW(F64, F64),
    [PHYSICAL_STRING] = KERNEL_ROW(string, string),
    [PHYSICAL_INTERVAL] = KERNEL_ROW(interval, interval),
};

// ---------------------------------------------------------------------------------------------------------------------
// Operators
// ---------------------------------------------------------------------------------------------------------------------

CompareOp compare_op_swap(CompareOp op) {
  switch (op) {
    case COMPARE_LESS:
      return COMPARE_GREATER;
    case COMPARE_LESS_EQUAL:
      return COMPARE_GREATER_EQUAL;
    case COMPARE_GREATER:
      return COMPARE_LESS;
    case COMPARE_GREATER_EQUAL:
      return COMPARE_LESS_EQUAL;
    default:
      return op;
  }
}

CompareOp compare_op_negate(CompareOp op) {
  switch (op) {
    case COMPARE_EQUAL:
      return COMPARE_NOT_EQUAL;
    case COMPARE_NOT_EQUAL:
      return COMPARE_EQUAL;
    case COMPARE_LESS:
      return COMPARE_GREATER_EQUAL;
    case COMPARE_LESS_EQUAL:
      return COMPARE_GREATER;
    case COMPARE_GREATER:
      return COMPARE_LESS_EQUAL;
    case COMPARE_GREATER_EQUAL:
      return COMPARE_LESS;
    case COMPARE_DISTINCT:
      return COMPARE_NOT_DISTINCT;
    default:
      return COMPARE_DISTINCT;
  }
}

static bool order_satisfies(CompareOp op, int order) {
  switch (op) {
    case COMPARE_EQUAL:
    case COMPARE_NOT_DISTINCT:
      return order == 0;
    case COMPARE_NOT_EQUAL:
    case COMPARE_DISTINCT:
      return order != 0;
    case COMPARE_LESS:
      return order < 0;
    case COMPARE_LESS_EQUAL:
      return order <= 0;
    case COMPARE_GREATER:
      return order > 0;
    default:
      return order >= 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Single rows of any type
// ---------------------------------------------------------------------------------------------------------------------

static int compare_row_runs(const Vector *a, uint32_t a_from, uint32_t a_count, const Vector *b, uint32_t b_from,
                            uint32_t b_count) {
  uint32_t count = MIN_OF(a_count, b_count);
  for (uint32_t i = 0; i < count; i++) {
    int order = vector_compare_rows(a, a_from + i, b, b_from + i);
    if (order) return order;
  }
  return a_count < b_count ? -1 : a_count > b_count;
}

static int compare_unions(const Vector *a, uint32_t a_at, const Vector *b, uint32_t b_at) {
  int order = vector_compare_rows(&a->children[0], a_at, &b->children[0], b_at);
  if (order) return order;
  VectorView tags;
  vector_view(&a->children[0], &tags);
  uint32_t member = 1 + ((const uint8_t *)tags.data)[view_row(&tags, a_at)];
  return vector_compare_rows(&a->children[member], a_at, &b->children[member], b_at);
}

#define ORDER_OF(T)                   \
  do {                                \
    T x = ((const T *)left.data)[l];  \
    T y = ((const T *)right.data)[r]; \
    return x < y ? -1 : x > y;        \
  } while (0)
#define ORDER_OF_FLOAT(T)                             \
  do {                                                \
    T x = ((const T *)left.data)[l];                  \
    T y = ((const T *)right.data)[r];                 \
    if (x != x || y != y) return (x != x) - (y != y); \
    return x < y ? -1 : x > y;                        \
  } while (0)

int vector_compare_rows(const Vector *a, uint32_t a_row, const Vector *b, uint32_t b_row) {
  VectorView left, right;
  vector_view(a, &left);
  vector_view(b, &right);
  uint32_t l = view_row(&left, a_row), r = view_row(&right, b_row);
  bool left_valid = view_valid(&left, l), right_valid = view_valid(&right, r);
  if (!left_valid || !right_valid) return right_valid - left_valid;
  switch (a->physical) {
    case PHYSICAL_BOOL:
      ORDER_OF(uint8_t);
#define X(suffix, T)      \
  case PHYSICAL_##suffix: \
    ORDER_OF(T);
      PHYSICAL_INTEGERS(X)
#undef X
    case PHYSICAL_F32:
      ORDER_OF_FLOAT(float);
    case PHYSICAL_F64:
      ORDER_OF_FLOAT(double);
    case PHYSICAL_STRING:
      return string_compare(&((const StringView *)left.data)[l], &((const StringView *)right.data)[r]);
    case PHYSICAL_INTERVAL:
      return interval_compare(((const Interval *)left.data)[l], ((const Interval *)right.data)[r]);
    case PHYSICAL_LIST: {
      ListEntry x = ((const ListEntry *)left.data)[l];
      ListEntry y = ((const ListEntry *)right.data)[r];
      return compare_row_runs(&left.base->children[0], x.offset, x.length, &right.base->children[0], y.offset,
                              y.length);
    }
    default:
      break;
  }
  if (a->type.id == TYPE_ARRAY) {
    uint32_t size = a->type.array_size;
    return compare_row_runs(&left.base->children[0], l * size, size, &right.base->children[0], r * size, size);
  }
  if (a->type.id == TYPE_UNION) return compare_unions(left.base, l, right.base, r);
  for (uint32_t i = 0; i < left.base->child_count; i++) {
    int order = vector_compare_rows(&left.base->children[i], l, &right.base->children[i], r);
    if (order) return order;
  }
  return 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Blocks
// ---------------------------------------------------------------------------------------------------------------------

// Nested values: row by row. NULL rows give 0 here; the caller treats them.
static void compare_nested(CompareOp op, const Vector *left, const Vector *right, const CompareBlock *block,
                           uint8_t *out) {
  for (uint32_t i = 0; i < block->count; i++) {
    uint32_t row = block->rows ? block->rows[i] : block->from + i;
    bool valid = view_valid(&block->left, view_row(&block->left, row)) &&
                 view_valid(&block->right, view_row(&block->right, row));
    out[i] = valid && order_satisfies(op, vector_compare_rows(left, row, right, row));
  }
}

// Clears the bytes of rows where the view is NULL.
static void clear_nulls(const VectorView *view, const CompareBlock *block, uint8_t *out) {
  if (!view->validity) return;
  if (view_is_constant(view)) {
    if (!view_valid(view, 0)) memset(out, 0, block->count);
    return;
  }
  for (uint32_t i = 0; i < block->count; i++) {
    uint32_t row = block->rows ? block->rows[i] : block->from + i;
    out[i] &= (uint8_t)bit_get(view->validity, view_row(view, row));
  }
}

// IS [NOT] DISTINCT FROM where a side may be NULL: both NULL are not distinct, one NULL is.
static void settle_nulls(CompareOp op, const CompareBlock *block, uint8_t *out) {
  if (!block->left.validity && !block->right.validity) return;
  for (uint32_t i = 0; i < block->count; i++) {
    uint32_t row = block->rows ? block->rows[i] : block->from + i;
    bool left = view_valid(&block->left, view_row(&block->left, row));
    bool right = view_valid(&block->right, view_row(&block->right, row));
    if (!left || !right) out[i] = (left != right) == (op == COMPARE_DISTINCT);
  }
}

// Bytes of one block; a NULL result is 0.
static void compare_block(CompareOp op, const Vector *left, const Vector *right, CompareBlock *block, uint8_t *out) {
  static const struct {
    uint8_t kernel; // of KERNELS
    uint8_t opposite;
  } plans[] = {[COMPARE_EQUAL] = {0, 0},        [COMPARE_NOT_EQUAL] = {0, 1}, [COMPARE_LESS] = {1, 0},
               [COMPARE_LESS_EQUAL] = {2, 0},   [COMPARE_GREATER] = {2, 1},   [COMPARE_GREATER_EQUAL] = {1, 1},
               [COMPARE_NOT_DISTINCT] = {0, 0}, [COMPARE_DISTINCT] = {0, 1}};
  bool distinct = op >= COMPARE_DISTINCT;
  block->opposite = plans[op].opposite;
  CompareKernel kernel = KERNELS[left->physical][plans[op].kernel];
  if (kernel) {
    kernel(block, out);
  } else {
    compare_nested(op, left, right, block, out);
  }
  if (distinct) {
    settle_nulls(op, block, out);
  } else {
    clear_nulls(&block->left, block, out);
    clear_nulls(&block->right, block, out);
  }
}

// Brings a constant to the right, where the kernels expect it.
static void order_operands(CompareOp *op, const Vector **left, const Vector **right) {
  if ((*left)->form == VECTOR_CONSTANT && (*right)->form != VECTOR_CONSTANT) {
    const Vector *swapped = *left;
    *left = *right;
    *right = swapped;
    *op = compare_op_swap(*op);
  }
}

Status vector_compare(CompareOp op, const Vector *left, const Vector *right, uint32_t row_count, Vector *result,
                      Error *error) {
  ASSERT(left->physical == right->physical);
  order_operands(&op, &left, &right);
  const Vector *operands[2] = {left, right};
  uint32_t count = row_count;
  if (op < COMPARE_DISTINCT) {
    TRY(kernel_begin(operands, 2, row_count, result, &count, error));
  } else if (left->form == VECTOR_CONSTANT && right->form == VECTOR_CONSTANT) {
    vector_set_constant(result);
    count = MIN_OF(row_count, 1u);
  }
  if (!count) return OK;
  CompareBlock block = {.count = count};
  vector_view(left, &block.left);
  vector_view(right, &block.right);
  compare_block(op, left, right, &block, result->data);
  return OK;
}

// Rows whose byte is 1. Without a selection the bytes are packed into bits, 64 rows a word: the work is in proportion to
// what is kept; all or nothing kept costs almost nothing.
HOT static uint32_t keep_run(const uint8_t *keep, uint32_t from, uint32_t count, uint32_t *out) {
  uint32_t kept = 0;
  for (uint32_t at = 0; at < count; at += 64) {
    uint32_t rows = MIN_OF(count - at, 64u);
    uint8_t bytes[64] = {0};
    memcpy(bytes, keep + at, rows);
    uint64_t bits = 0;
    for (uint32_t i = 0; i < 8; i++) {
      uint64_t eight;
      memcpy(&eight, bytes + i * 8, 8);
      bits |= ((eight * UINT64_C(0x0102040810204080)) >> 56) << i * 8;
    }
    uint32_t first = from + at;
    if (bits == UINT64_MAX) {
      for (uint32_t i = 0; i < 64; i++) out[kept + i] = first + i;
      kept += 64;
      continue;
    }
    for (; bits; bits &= bits - 1) out[kept++] = first + (uint32_t)__builtin_ctzll(bits);
  }
  return kept;
}

// `out` may be `rows` itself: what is written was read before.
HOT static uint32_t keep_selected(const uint8_t *keep, const uint32_t *rows, uint32_t count, uint32_t *out) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows[i];
    out[kept] = row;
    kept += keep[i];
  }
  return kept;
}

static uint32_t keep_rows(const uint8_t *keep, const CompareBlock *block, uint32_t *out) {
  if (block->rows) return keep_selected(keep, block->rows, block->count, out);
  return keep_run(keep, block->from, block->count, out);
}

static uint32_t keep_all(const uint32_t *selection, uint32_t count, uint32_t *out) {
  for (uint32_t i = 0; i < count; i++) out[i] = selection ? selection[i] : i;
  return count;
}

uint32_t vector_compare_select(CompareOp op, const Vector *left, const Vector *right, const uint32_t *selection,
                               uint32_t count, uint32_t *out) {
  ASSERT(left->physical == right->physical);
  order_operands(&op, &left, &right);
  uint8_t keep[BLOCK_ROWS];
  CompareBlock block = {0};
  vector_view(left, &block.left);
  vector_view(right, &block.right);
  if (left->form == VECTOR_CONSTANT) { // both are: one row decides
    block.count = 1;
    compare_block(op, left, right, &block, keep);
    return keep[0] ? keep_all(selection, count, out) : 0;
  }
  if (op < COMPARE_DISTINCT && right->form == VECTOR_CONSTANT && !vector_row_valid(right, 0)) return 0;
  uint32_t kept = 0;
  for (uint32_t at = 0; at < count; at += BLOCK_ROWS) {
    block.rows = selection ? selection + at : NULL;
    block.from = at;
    block.count = MIN_OF(count - at, (uint32_t)BLOCK_ROWS);
    compare_block(op, left, right, &block, keep);
    kept += keep_rows(keep, &block, out + kept);
  }
  return kept;
}

uint32_t vector_true_select(const Vector *vector, const uint32_t *selection, uint32_t count, uint32_t *out) {
  ASSERT(vector->physical == PHYSICAL_BOOL);
  uint8_t keep[BLOCK_ROWS];
  CompareBlock block = {0};
  vector_view(vector, &block.left);
  const uint8_t *data = block.left.data;
  if (vector->form == VECTOR_CONSTANT) {
    return vector_row_valid(vector, 0) && data[0] ? keep_all(selection, count, out) : 0;
  }
  uint32_t kept = 0;
  for (uint32_t at = 0; at < count; at += BLOCK_ROWS) {
    block.rows = selection ? selection + at : NULL;
    block.from = at;
    block.count = MIN_OF(count - at, (uint32_t)BLOCK_ROWS);
    if (!selection && view_is_flat(&block.left)) {
      memcpy(keep, data + at, block.count);
    } else {
      for (uint32_t i = 0; i < block.count; i++) {
        keep[i] = data[view_row(&block.left, selection ? selection[at + i] : at + i)];
      }
    }
    clear_nulls(&block.left, &block, keep); // the bytes of NULL rows may be anything
    kept += keep_rows(keep, &block, out + kept);
  }
  return kept;
}
