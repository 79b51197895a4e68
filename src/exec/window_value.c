// SPDX-License-Identifier: MIT
//
// window_value.c: windows that are no aggregates: ranks, and functions that pick a row (LAG, LEAD, FIRST_VALUE, …, FILL).
//
// Ranks follow from where a row stands in its partition. With ORDER BY inside the call they are counted over the frame instead. A function that picks
// gives positions; all values of a chunk are then gathered at once.
#include "exec/window.h"

// ---------------------------------------------------------------------------------------------------------------------
// ORDER BY inside the call: order among the rows of a frame
// ---------------------------------------------------------------------------------------------------------------------

static bool ordered(const Window *window) { return window->order.made; }

static uint64_t frame_rows(const FrameRanges *ranges) {
  uint64_t rows = 0;
  for (uint32_t r = 0; r < ranges->count; r++) rows += ranges->end[r] - ranges->begin[r];
  return rows;
}

static bool in_ranges(const FrameRanges *ranges, uint64_t position) {
  for (uint32_t r = 0; r < ranges->count; r++) {
    if (position >= ranges->begin[r] && position < ranges->end[r]) return true;
  }
  return false;
}

// The frame is the whole partition: its order is the partition's.
static bool whole_partition(const WindowPlaces *places, uint32_t row, const FrameRanges *ranges) {
  return ranges->count == 1 && ranges->begin[0] == places->partition_begin[row] &&
         ranges->end[0] == places->partition_end[row];
}

// Rows of the frame whose place (by_peers: whose peers' place) in the order is before `limit`.
static uint64_t count_before(const Window *window, const WindowPlaces *places, uint32_t row, const FrameRanges *ranges,
                             uint64_t limit, bool by_peers) {
  const uint64_t *order = by_peers ? window->order.peer : window->order.ordinal;
  uint64_t count = 0;
  if (whole_partition(places, row, ranges)) return limit - places->partition_begin[row];
  for (uint32_t r = 0; r < ranges->count; r++) {
    for (uint64_t p = ranges->begin[r]; p < ranges->end[r]; p++) count += order[p] < limit;
  }
  return count;
}

// Rows of the frame that are not behind the row's peers.
static uint64_t count_to_peers(const Window *window, const FrameRanges *ranges, uint64_t position) {
  uint64_t count = 0;
  for (uint32_t r = 0; r < ranges->count; r++) {
    for (uint64_t p = ranges->begin[r]; p < ranges->end[r]; p++)
      count += window->order.peer[p] <= window->order.peer[position];
  }
  return count;
}

// Rows from window->next_row on, each after asking whether the turn is over: order among the rows of a frame is found by looking at all of them.
static bool turn_over(WindowOperator *self, const Window *window, uint32_t row) {
  if (!ordered(window)) return false;
  if (self->fed_rows >= WINDOW_FEED_ROWS) return true;
  uint64_t frame = window->frame_end[row] - window->frame_begin[row];
  uint64_t partition = self->places->partition_end[row] - self->places->partition_begin[row];
  bool plain = frame == partition && !window->valid && window->call->exclude == EXCLUDE_NOTHING;
  self->fed_rows += plain ? 1 : frame > VECTOR_CAPACITY ? partition : 8 * frame + 1;
  return false;
}

static bool counts_row(const Window *window, uint64_t k) { return !window->valid || bit_get(window->valid, k); }

// The n-th (from 0) row of the frame in the order of the call; with IGNORE NULLS of those that are not NULL. Small frames are sorted, for large
// ones the partition is walked in that order.
static uint64_t nth_ordered(const Window *window, const WindowPlaces *places, uint32_t row, const FrameRanges *ranges,
                            uint64_t n, bool backwards) {
  uint64_t begin = places->partition_begin[row];
  uint64_t end = places->partition_end[row];
  uint64_t ordered_places[VECTOR_CAPACITY];
  uint32_t count;
  if (window_order_frame(window, ranges, ordered_places, &count)) {
    for (uint32_t i = 0; i < count; i++) {
      uint64_t k = ordered_places[backwards ? count - 1 - i : i];
      if (counts_row(window, k) && !n--) return window->order.by_order[k];
    }
    return WINDOW_NONE;
  }
  for (uint64_t i = begin; i < end; i++) {
    uint64_t k = backwards ? end - 1 - (i - begin) : i;
    if (!counts_row(window, k) || !in_ranges(ranges, window->order.by_order[k])) continue;
    if (!n--) return window->order.by_order[k];
  }
  return WINDOW_NONE;
}

// ---------------------------------------------------------------------------------------------------------------------
// Ranks
// ---------------------------------------------------------------------------------------------------------------------

static int64_t ntile_of(uint64_t index, uint64_t rows, int64_t tiles) {
  // the first (rows % tiles) tiles have one row more
  if ((uint64_t)tiles >= rows) return (int64_t)index + 1;
  uint64_t size = rows / (uint64_t)tiles;
  uint64_t longer = rows % (uint64_t)tiles;
  if (index < longer * (size + 1)) return (int64_t)(index / (size + 1)) + 1;
  return (int64_t)(longer + (index - longer * (size + 1)) / size) + 1;
}

static double percent_of(uint64_t rank, uint64_t rows) {
  return rows > 1 ? (double)(rank - 1) / (double)(rows - 1) : 0.0;
}

typedef struct RowRank {
  uint64_t number; // from 0, among `rows`
  uint64_t rank;   // from 1
  uint64_t to_peers;
  uint64_t rows;
} RowRank;

static RowRank rank_of(const WindowOperator *self, const Window *window, uint32_t row) {
  const WindowPlaces *places = self->places;
  uint64_t position = places->first + row;
  if (!ordered(window)) {
    uint64_t begin = places->partition_begin[row];
    return (RowRank){.number = position - begin,
                     .rank = places->peer_begin[row] - begin + 1,
                     .to_peers = places->peer_end[row] - begin,
                     .rows = places->partition_end[row] - begin};
  }
  FrameRanges ranges = window_frame_ranges(self, window, row);
  RowRank rank = {.rows = frame_rows(&ranges)};
  bool numbered = window->call->kind == WINDOW_ROW_NUMBER || window->call->kind == WINDOW_NTILE;
  if (numbered) {
    rank.number = count_before(window, places, row, &ranges, window->order.ordinal[position], false);
  } else if (window->call->kind == WINDOW_CUME_DIST) {
    rank.to_peers = count_to_peers(window, &ranges, position);
  } else {
    rank.rank = count_before(window, places, row, &ranges, window->order.peer[position], true) + 1;
  }
  return rank;
}

static Status ntile_row(WindowOperator *self, const Window *window, uint32_t row, const RowRank *rank, Vector *result) {
  VectorView tiles;
  vector_view(&window->values[0], &tiles);
  uint32_t at = view_row(&tiles, row);
  if (!view_valid(&tiles, at)) return vector_set_null(result, row, window_error(self));
  int64_t count = ((const int64_t *)tiles.data)[at];
  if (count < 1)
    return error_set(window_error(self), ERROR_INVALID_INPUT, -1, "Argument for ntile must be greater than zero");
  ((int64_t *)result->data)[row] = rank->rows ? ntile_of(MIN_OF(rank->number, rank->rows - 1), rank->rows, count) : 1;
  return OK;
}

static Status compute_rank(WindowOperator *self, Window *window, Vector *result, bool *done) {
  uint32_t row = window->next_row;
  for (; row < self->places->count && !turn_over(self, window, row); row++) {
    RowRank rank = rank_of(self, window, row);
    switch ((WindowKind)window->call->kind) {
      case WINDOW_NTILE:
        TRY(ntile_row(self, window, row, &rank, result));
        break;
      case WINDOW_ROW_NUMBER:
        ((int64_t *)result->data)[row] = (int64_t)rank.number + 1;
        break;
      case WINDOW_RANK:
        ((int64_t *)result->data)[row] = (int64_t)rank.rank;
        break;
      case WINDOW_DENSE_RANK:
        ((int64_t *)result->data)[row] = (int64_t)self->places->dense_rank[row];
        break;
      case WINDOW_PERCENT_RANK:
        ((double *)result->data)[row] = percent_of(rank.rank, rank.rows);
        break;
      default: // CUME_DIST
        ((double *)result->data)[row] = rank.rows ? (double)rank.to_peers / (double)rank.rows : 0.0;
    }
  }
  window->next_row = row;
  *done = row == self->places->count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Picking rows
// ---------------------------------------------------------------------------------------------------------------------

#define PICK_DEFAULT (UINT64_MAX - 1) // LAG and LEAD: the third argument

// The last bit of `valid` in [from, before). What is known of rows before is used: those come in order, and so do most of their frames.
static uint64_t previous_valid(Window *window, uint64_t from, uint64_t before) {
  WindowValid *known = &window->before;
  if (before < known->from) return window_bits_previous(window->valid, from, before);
  uint64_t found = window_bits_previous(window->valid, known->from, before);
  known->from = before;
  if (found != WINDOW_NONE) known->found = found;
  return known->found != WINDOW_NONE && known->found >= from ? known->found : WINDOW_NONE;
}

// The first bit of `valid` in [from, end); `end`: none.
static uint64_t next_valid(const WindowOperator *self, Window *window, uint64_t from, uint64_t end) {
  WindowValid *known = &window->after;
  if (from >= end) return end;
  if (from < known->from || from > known->found) {
    known->from = from;
    known->found = bits_next(window->valid, from, self->rows.count, true);
  }
  return MIN_OF(known->found, end);
}

// The n-th (from 0) row of the frame.
static uint64_t nth_in_frame(const WindowOperator *self, Window *window, const FrameRanges *ranges, uint64_t n) {
  for (uint32_t r = 0; r < ranges->count; r++) {
    if (!window->valid) {
      uint64_t rows = ranges->end[r] - ranges->begin[r];
      if (n < rows) return ranges->begin[r] + n;
      n -= rows;
      continue;
    }
    for (uint64_t at = ranges->begin[r]; at < ranges->end[r]; at++) {
      at = next_valid(self, window, at, ranges->end[r]);
      if (at < ranges->end[r] && !n--) return at;
    }
  }
  return WINDOW_NONE;
}

static uint64_t last_in_frame(Window *window, const FrameRanges *ranges) {
  for (uint32_t r = ranges->count; r-- > 0;) {
    if (!window->valid) return ranges->end[r] - 1;
    uint64_t at = previous_valid(window, ranges->begin[r], ranges->end[r]);
    if (at != WINDOW_NONE) return at;
  }
  return WINDOW_NONE;
}

static uint64_t pick_in_frame(const WindowOperator *self, Window *window, uint32_t row) {
  FrameRanges ranges = window_frame_ranges(self, window, row);
  bool last = window->call->kind == WINDOW_LAST_VALUE;
  uint64_t n = 0;
  if (window->call->kind == WINDOW_NTH_VALUE) {
    VectorView numbers;
    vector_view(&window->values[1], &numbers);
    uint32_t at = view_row(&numbers, row);
    if (!view_valid(&numbers, at) || ((const int64_t *)numbers.data)[at] < 1) return WINDOW_NONE;
    n = (uint64_t)((const int64_t *)numbers.data)[at] - 1;
  }
  if (!ranges.count) return WINDOW_NONE;
  if (ordered(window)) return nth_ordered(window, self->places, row, &ranges, n, last);
  return last ? last_in_frame(window, &ranges) : nth_in_frame(self, window, &ranges, n);
}

// `steps` rows that are not NULL away.
static uint64_t step_over_nulls(const WindowOperator *self, Window *window, uint64_t position, uint64_t begin,
                                uint64_t end, int64_t steps) {
  for (; steps < 0; steps++) {
    position = previous_valid(window, begin, position);
    if (position == WINDOW_NONE) return PICK_DEFAULT;
  }
  for (; steps > 0; steps--) {
    position = next_valid(self, window, position + 1, end);
    if (position >= end) return PICK_DEFAULT;
  }
  return position;
}

static uint64_t shift_in_order(const WindowOperator *self, Window *window, uint32_t row, int64_t steps) {
  FrameRanges ranges = window_frame_ranges(self, window, row);
  uint64_t ordinal = window->order.ordinal[self->places->first + row];
  if (window->valid) {
    uint64_t k = step_over_nulls(self, window, ordinal, self->places->partition_begin[row],
                                 self->places->partition_end[row], steps);
    return k == PICK_DEFAULT ? k : window->order.by_order[k];
  }
  int64_t number = (int64_t)count_before(window, self->places, row, &ranges, ordinal, false);
  if (__builtin_add_overflow(number, steps, &number) || number < 0 || (uint64_t)number >= frame_rows(&ranges))
    return PICK_DEFAULT;
  if (whole_partition(self->places, row, &ranges))
    return window->order.by_order[self->places->partition_begin[row] + (uint64_t)number];
  return nth_ordered(window, self->places, row, &ranges, (uint64_t)number, false);
}

static Status pick_shifted(const WindowOperator *self, Window *window, uint32_t row, uint64_t *pick) {
  const WindowPlaces *places = self->places;
  bool lag = window->call->kind == WINDOW_LAG;
  uint64_t position = places->first + row;
  VectorView offsets;
  vector_view(&window->values[1], &offsets);
  uint32_t at = view_row(&offsets, row);
  *pick = WINDOW_NONE;
  if (!view_valid(&offsets, at)) return OK;
  int64_t offset = ((const int64_t *)offsets.data)[at];
  int64_t number = (int64_t)(position - places->partition_begin[row]);
  int64_t moved;
  if (lag ? __builtin_sub_overflow(number, offset, &moved) : __builtin_add_overflow(number, offset, &moved)) {
    return error_set(window_error(self), ERROR_OUT_OF_RANGE, -1, "Overflow in %s of INT64 (%lld %c %lld)!",
                     lag ? "subtraction" : "addition", (long long)number, lag ? '-' : '+', (long long)offset);
  }
  int64_t steps = moved - number;
  if (ordered(window)) {
    *pick = shift_in_order(self, window, row, steps);
  } else if (window->valid) {
    *pick = step_over_nulls(self, window, position, places->partition_begin[row], places->partition_end[row], steps);
  } else {
    bool inside = moved >= 0 && (uint64_t)moved < places->partition_end[row] - places->partition_begin[row];
    *pick = inside ? places->partition_begin[row] + (uint64_t)moved : PICK_DEFAULT;
  }
  return OK;
}

static Status compute_pick(WindowOperator *self, Window *window, Vector *result, bool *done) {
  Error *error = window_error(self);
  uint64_t *picks = window->picks;
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t count = self->places->count;
  bool shifting = window->call->kind == WINDOW_LAG || window->call->kind == WINDOW_LEAD;
  uint32_t next = window->next_row;
  for (; next < count && !turn_over(self, window, next); next++) {
    if (shifting) {
      TRY(pick_shifted(self, window, next, &picks[next]));
    } else {
      picks[next] = pick_in_frame(self, window, next);
    }
  }
  window->next_row = next;
  *done = next == count;
  if (!*done) return OK;
  for (uint32_t row = 0; row < count; row++) {
    bool none = picks[row] == WINDOW_NONE || picks[row] == PICK_DEFAULT;
    rows[row] = self->rows.rows[none ? self->places->first + row : picks[row]];
  }
  const WindowChild *argument = &window->children[0];
  if (argument->constant) {
    Vector *constant = &window->values[0];
    TRY(vector_copy(result, 0, constant, NULL, 0, count, error));
  } else {
    TRY(row_gather(self->rows.layout, rows, count, argument->column, result, 0, error));
  }
  for (uint32_t row = 0; row < count; row++) {
    if (picks[row] == WINDOW_NONE) {
      TRY(vector_set_null(result, row, error));
    } else if (picks[row] == PICK_DEFAULT) {
      TRY(vector_copy(result, row, &window->values[2], NULL, row, 1, error));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// FILL: a straight line through the nearest known values on both sides; beyond the first or last one through the nearest two.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Number {
  bool exact;
  int128 whole; // exact
  double real;  // else
} Number;

#define NUMBER_AS(T, is_exact, field)   \
  do {                                  \
    T value;                            \
    memcpy(&value, from, sizeof value); \
    number.exact = is_exact;            \
    number.field = value;               \
    return number;                      \
  } while (0)

static Number number_at(const WindowOperator *self, const WindowChild *child, uint64_t position) {
  const uint8_t *from = self->rows.rows[position] + self->rows.layout->offsets[child->column];
  Number number = {.exact = true};
  switch (type_physical(child->type)) {
    case PHYSICAL_I8:
      NUMBER_AS(int8_t, true, whole);
    case PHYSICAL_I16:
      NUMBER_AS(int16_t, true, whole);
    case PHYSICAL_I32:
      NUMBER_AS(int32_t, true, whole);
    case PHYSICAL_I64:
      NUMBER_AS(int64_t, true, whole);
    case PHYSICAL_I128:
      NUMBER_AS(int128, true, whole);
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      NUMBER_AS(uint8_t, true, whole);
    case PHYSICAL_U16:
      NUMBER_AS(uint16_t, true, whole);
    case PHYSICAL_U32:
      NUMBER_AS(uint32_t, true, whole);
    case PHYSICAL_U64:
      NUMBER_AS(uint64_t, true, whole);
    case PHYSICAL_U128:
      NUMBER_AS(int128, true, whole);
    case PHYSICAL_F32:
      NUMBER_AS(float, false, real);
    case PHYSICAL_F64:
      NUMBER_AS(double, false, real);
    default:
      return number;
  }
}

static double difference(Number a, Number b) {
  int128 whole;
  if (!a.exact) return a.real - b.real;
  return sub_overflow_i128(a.whole, b.whole, &whole) ? i128_to_f64(a.whole) - i128_to_f64(b.whole) : i128_to_f64(whole);
}

#define WRITE_WHOLE(T)                                     \
  do {                                                     \
    T value = (T)whole;                                    \
    if ((int128)value != whole) break;                     \
    memcpy((T *)result->data + row, &value, sizeof value); \
    return OK;                                             \
  } while (0)

// The value at `part` of the way from y to high. Whole numbers: rounded to the nearest (down when there are two).
static Status write_number(WindowOperator *self, Vector *result, uint32_t row, Number y, Number high, double part) {
  int128 whole = 0;
  double step = part * difference(high, y);
  if (!y.exact) {
    double real = y.real * (1.0 - part) + high.real * part;
    if (result->physical == PHYSICAL_F32) {
      ((float *)result->data)[row] = (float)real;
    } else {
      ((double *)result->data)[row] = real;
    }
    return OK;
  }
  bool fits = f64_to_i128(step, &whole);
  if (fits && i128_to_f64(whole) - step == 0.5) whole--;
  if (fits && !add_overflow_i128(whole, y.whole, &whole)) {
    switch (result->physical) {
      case PHYSICAL_I8:
        WRITE_WHOLE(int8_t);
        break;
      case PHYSICAL_I16:
        WRITE_WHOLE(int16_t);
        break;
      case PHYSICAL_I32:
        WRITE_WHOLE(int32_t);
        break;
      case PHYSICAL_I64:
        WRITE_WHOLE(int64_t);
        break;
      case PHYSICAL_U8:
        WRITE_WHOLE(uint8_t);
        break;
      case PHYSICAL_U16:
        WRITE_WHOLE(uint16_t);
        break;
      case PHYSICAL_U32:
        WRITE_WHOLE(uint32_t);
        break;
      case PHYSICAL_U64:
        WRITE_WHOLE(uint64_t);
        break;
      case PHYSICAL_U128:
      case PHYSICAL_I128:
        WRITE_WHOLE(int128);
        break;
      default:
        break;
    }
  }
  return error_set(window_error(self), ERROR_OUT_OF_RANGE, -1, "FILL: the value is out of the range of its type");
}

// Two rows with known values (by their place in the order), or one twice; false: none.
static bool fill_between(const WindowOperator *self, Window *window, uint64_t k, uint64_t begin, uint64_t end,
                         uint64_t *low, uint64_t *high) {
  uint64_t before = previous_valid(window, begin, k);
  uint64_t after = next_valid(self, window, k + 1, end);
  bool has_after = after < end;
  if (before == WINDOW_NONE && !has_after) return false;
  if (before == WINDOW_NONE) {
    *low = after;
    *high = bits_next(window->valid, after + 1, end, true);
    if (*high >= end) *high = after;
  } else if (!has_after) {
    *high = before;
    *low = window_bits_previous(window->valid, begin, before);
    if (*low == WINDOW_NONE) *low = before;
  } else {
    *low = before;
    *high = after;
  }
  return true;
}

static Status compute_fill(WindowOperator *self, Window *window, Vector *result) {
  const WindowPlaces *places = self->places;
  const WindowChild *argument = &window->children[0];
  const WindowChild *key = &window->children[ordered(window) ? window->first_argument_order : window->first_order];
  Error *error = window_error(self);
  TRY(window_gather(self, argument, places->first, places->count, result));
  if (argument->constant) return vector_flatten(result, places->count, error);
  for (uint32_t row = 0; row < places->count; row++) {
    uint64_t position = places->first + row;
    uint64_t low, high;
    if (row_column_valid(self->rows.layout, self->rows.rows[position], argument->column)) continue;
    uint64_t k = ordered(window) ? window->order.ordinal[position] : position;
    if (key->constant || !row_column_valid(self->rows.layout, self->rows.rows[position], key->column)) continue;
    if (!fill_between(self, window, k, places->partition_begin[row], places->partition_end[row], &low, &high)) continue;
    if (ordered(window)) {
      low = window->order.by_order[low];
      high = window->order.by_order[high];
    }
    Number y = number_at(self, argument, low);
    double part = 0;
    double run = difference(number_at(self, key, high), number_at(self, key, low));
    if (low != high && run != 0) {
      part = difference(number_at(self, key, position), number_at(self, key, low)) / run;
    }
    TRY(write_number(self, result, row, y, number_at(self, argument, high), part));
    bit_set(result->validity, row);
  }
  return OK;
}

Status window_compute_value(WindowOperator *self, Window *window, Vector *result, bool *done) {
  *done = true;
  switch ((WindowKind)window->call->kind) {
    case WINDOW_NTILE:
    case WINDOW_ROW_NUMBER:
    case WINDOW_RANK:
    case WINDOW_DENSE_RANK:
    case WINDOW_PERCENT_RANK:
    case WINDOW_CUME_DIST:
      return compute_rank(self, window, result, done);
    case WINDOW_FILL:
      return compute_fill(self, window, result);
    default:
      return compute_pick(self, window, result, done);
  }
}
