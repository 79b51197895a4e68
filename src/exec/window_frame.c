// SPDX-License-Identifier: MIT
//
// window_frame.c: which rows a frame has.
//
// ROWS counts positions, GROUPS counts peers, RANGE searches the one order key of the partition for the bounding values that the plan computed.
// NULL keys are peers of each other and lie at one end of the partition: a search never looks at them.
#include "exec/window.h"

uint64_t window_bits_previous(const uint64_t *bits, uint64_t from, uint64_t before) {
  while (before > from) {
    uint64_t last = before - 1;
    uint64_t word = bits[last >> 6] << (63 - (last & 63));
    if (word) {
      uint64_t found = last - (uint64_t)__builtin_clzll(word);
      return found >= from ? found : WINDOW_NONE;
    }
    before = last & ~(uint64_t)63;
  }
  return WINDOW_NONE;
}

// ---------------------------------------------------------------------------------------------------------------------
// ROWS and GROUPS
// ---------------------------------------------------------------------------------------------------------------------

// position + offset, kept in [low, high].
static uint64_t shifted(uint64_t position, int64_t offset, uint64_t low, uint64_t high) {
  int64_t moved;
  if (__builtin_add_overflow((int64_t)position, offset, &moved)) return offset < 0 ? low : high;
  if (moved < (int64_t)low) return low;
  return (uint64_t)moved > high ? high : (uint64_t)moved;
}

static int64_t offset_at(const Vector *values, uint32_t row) {
  VectorView view;
  vector_view(values, &view);
  uint32_t at = view_row(&view, row);
  return view_valid(&view, at) ? ((const int64_t *)view.data)[at] : 0;
}

static int64_t negated(int64_t offset) { return offset == INT64_MIN ? INT64_MAX : -offset; }

static uint64_t rows_bound(const WindowPlaces *places, uint32_t row, FrameBound bound, const Vector *offsets,
                           bool is_end) {
  int64_t offset = offset_at(offsets, row);
  if (bound == FRAME_PRECEDING) offset = negated(offset);
  if (is_end && offset < INT64_MAX) offset++;
  return shifted(places->first + row, offset, places->partition_begin[row], places->partition_end[row]);
}

static Status groups_bound(const WindowOperator *self, uint32_t row, FrameBound bound, const Vector *offsets,
                           bool is_end, uint64_t *out) {
  const WindowPlaces *places = self->places;
  int64_t offset = offset_at(offsets, row);
  bool preceding = bound == FRAME_PRECEDING;
  if (offset < 0) {
    return error_set(window_error(self), ERROR_OUT_OF_RANGE, -1, "Invalid GROUPS %s value",
                     preceding ? "PRECEDING" : "FOLLOWING");
  }
  uint64_t begin = places->partition_begin[row];
  uint64_t end = places->partition_end[row];
  uint64_t peer = places->peer_index[row];
  *out = preceding ? begin : end;
  if (preceding && (uint64_t)offset > peer - places->partition_peer[row]) return OK;
  if (!preceding && (uint64_t)offset >= self->rows.peer_count - peer) return OK;
  uint64_t group = (preceding ? peer - (uint64_t)offset : peer + (uint64_t)offset) + is_end;
  *out = group < self->rows.peer_count ? MIN_OF(self->rows.peers[group], end) : end;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// RANGE
// ---------------------------------------------------------------------------------------------------------------------

#define COMPARE_AS(T)         \
  do {                        \
    T x, y;                   \
    memcpy(&x, a, sizeof x);  \
    memcpy(&y, b, sizeof y);  \
    return (x > y) - (x < y); \
  } while (0)
// NaN is the greatest and equals itself.
#define COMPARE_FLOATS(T)                             \
  do {                                                \
    T x, y;                                           \
    memcpy(&x, a, sizeof x);                          \
    memcpy(&y, b, sizeof y);                          \
    if (x != x || y != y) return (x != x) - (y != y); \
    return (x > y) - (x < y);                         \
  } while (0)

static int compare_raw(uint8_t physical, const void *a, const void *b) {
  switch ((Physical)physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      COMPARE_AS(uint8_t);
    case PHYSICAL_U16:
      COMPARE_AS(uint16_t);
    case PHYSICAL_U32:
      COMPARE_AS(uint32_t);
    case PHYSICAL_U64:
      COMPARE_AS(uint64_t);
    case PHYSICAL_U128:
      COMPARE_AS(uint128);
    case PHYSICAL_I8:
      COMPARE_AS(int8_t);
    case PHYSICAL_I16:
      COMPARE_AS(int16_t);
    case PHYSICAL_I32:
      COMPARE_AS(int32_t);
    case PHYSICAL_I64:
      COMPARE_AS(int64_t);
    case PHYSICAL_I128:
      COMPARE_AS(int128);
    case PHYSICAL_F32:
      COMPARE_FLOATS(float);
    case PHYSICAL_F64:
      COMPARE_FLOATS(double);
    case PHYSICAL_INTERVAL: {
      Interval x, y;
      memcpy(&x, a, sizeof x);
      memcpy(&y, b, sizeof y);
      return interval_compare(x, y);
    }
    default:
      return 0;
  }
}

typedef struct RangeSearch {
  const WindowOperator *self;
  const WindowChild *key;
  uint8_t physical;
  bool descending;
  bool nulls_first;
} RangeSearch;

static bool key_valid(const RangeSearch *search, uint64_t position) {
  return row_column_valid(search->self->rows.layout, search->self->rows.rows[position], search->key->column);
}

// The key at a position against a value, in the direction of the order.
static int compare_key(const RangeSearch *search, uint64_t position, const void *value) {
  const uint8_t *row = search->self->rows.rows[position];
  int compared = compare_raw(search->physical, row + search->self->rows.layout->offsets[search->key->column], value);
  return search->descending ? -compared : compared;
}

// The keys that are not NULL, of the partition.
static void find_valid_keys(const RangeSearch *search, Window *window, uint64_t begin, uint64_t end) {
  if (window->range_partition == begin) return;
  uint64_t low = begin;
  uint64_t high = end;
  while (low < high) { // the first row that is not of the front part
    uint64_t middle = low + (high - low) / 2;
    if (key_valid(search, middle) != search->nulls_first) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  window->range_partition = begin;
  window->range_begin = search->nulls_first ? low : begin;
  window->range_end = search->nulls_first ? end : low;
  window->start_hint = window->end_hint = window->range_begin;
}

// The first position in [low, high) whose key is not before the value (after_equal: is behind it).
static uint64_t search_key(const RangeSearch *search, uint64_t low, uint64_t high, const void *value, bool after_equal,
                           uint64_t hint) {
  // bounds mostly move on a little from row to row
  if (hint >= low && hint <= high && (hint == low || compare_key(search, hint - 1, value) < (after_equal ? 1 : 0))) {
    low = hint;
    for (uint64_t step = 1; low + step <= high; step *= 2) {
      if (compare_key(search, low + step - 1, value) >= (after_equal ? 1 : 0)) {
        high = low + step - 1;
        break;
      }
      low += step;
    }
  }
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (compare_key(search, middle, value) < (after_equal ? 1 : 0)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static Status range_bound(WindowOperator *self, Window *window, uint32_t row, FrameBound bound, const Vector *values,
                          bool is_end, uint64_t *out) {
  const WindowPlaces *places = self->places;
  const WindowChild *key = &window->children[window->first_order];
  RangeSearch search = {.self = self,
                        .key = key,
                        .physical = (uint8_t)type_physical(key->type),
                        .descending = window->call->order_specs[0].descending,
                        .nulls_first = window->call->order_specs[0].nulls_first};
  VectorView view;
  vector_view(values, &view);
  uint32_t at = view_row(&view, row);
  *out = is_end ? places->peer_end[row] : places->peer_begin[row];
  uint64_t position = places->first + row;
  if (!view_valid(&view, at) || !key_valid(&search, position)) return OK;
  const uint8_t *value = (const uint8_t *)view.data + (size_t)at * physical_size((Physical)search.physical);
  int compared = compare_key(&search, position, value);
  bool preceding = bound == FRAME_PRECEDING;
  if (preceding ? compared < 0 : compared > 0) {
    return error_set(window_error(self), ERROR_OUT_OF_RANGE, -1, "Invalid RANGE %s value",
                     preceding ? "PRECEDING" : "FOLLOWING");
  }
  find_valid_keys(&search, window, places->partition_begin[row], places->partition_end[row]);
  uint64_t *hint = is_end ? &window->end_hint : &window->start_hint;
  *out = *hint = search_key(&search, window->range_begin, window->range_end, value, is_end, *hint);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Frames
// ---------------------------------------------------------------------------------------------------------------------

static Status find_bound(WindowOperator *self, Window *window, uint32_t row, bool is_end, uint64_t *out) {
  const WindowCall *call = window->call;
  const WindowPlaces *places = self->places;
  FrameBound bound = (FrameBound)(is_end ? call->frame_end : call->frame_start);
  uint32_t child = is_end ? window->end : window->start;
  switch (bound) {
    case FRAME_UNBOUNDED_PRECEDING:
      *out = places->partition_begin[row];
      return OK;
    case FRAME_UNBOUNDED_FOLLOWING:
      *out = places->partition_end[row];
      return OK;
    case FRAME_CURRENT_ROW:
      if (call->frame_mode == FRAME_ROWS) {
        *out = places->first + row + is_end;
      } else {
        *out = is_end ? places->peer_end[row] : places->peer_begin[row];
      }
      return OK;
    default:
      break;
  }
  const Vector *values = &window->values[child];
  if (call->frame_mode == FRAME_RANGE) return range_bound(self, window, row, bound, values, is_end, out);
  if (call->frame_mode == FRAME_GROUPS) return groups_bound(self, row, bound, values, is_end, out);
  *out = rows_bound(places, row, bound, values, is_end);
  return OK;
}

Status window_find_frames(WindowOperator *self, Window *window) {
  for (uint32_t row = 0; row < self->places->count; row++) {
    TRY(find_bound(self, window, row, false, &window->frame_begin[row]));
    TRY(find_bound(self, window, row, true, &window->frame_end[row]));
    if (window->frame_end[row] < window->frame_begin[row]) window->frame_end[row] = window->frame_begin[row];
  }
  return OK;
}

static void add_range(FrameRanges *ranges, uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  ranges->begin[ranges->count] = begin;
  ranges->end[ranges->count++] = end;
}

FrameRanges window_frame_ranges(const WindowOperator *self, const Window *window, uint32_t row) {
  const WindowPlaces *places = self->places;
  FrameRanges ranges = {.count = 0};
  uint64_t begin = window->frame_begin[row];
  uint64_t end = window->frame_end[row];
  uint64_t position = places->first + row;
  bool only_current = window->call->exclude == EXCLUDE_CURRENT_ROW;
  if (window->call->exclude == EXCLUDE_NOTHING) {
    add_range(&ranges, begin, end);
    return ranges;
  }
  uint64_t hole_begin = only_current ? position : places->peer_begin[row];
  uint64_t hole_end = only_current ? position + 1 : places->peer_end[row];
  add_range(&ranges, begin, MIN_OF(end, hole_begin));
  if (window->call->exclude == EXCLUDE_TIES && position >= begin && position < end)
    add_range(&ranges, position, position + 1);
  add_range(&ranges, MAX_OF(begin, hole_end), end);
  return ranges;
}

// Shell sort with Ciura's gaps: short arrays, no memory.
static void sort_places(uint64_t *places, uint32_t count) {
  static const uint32_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
  for (uint32_t g = 0; g < COUNT_OF(gaps); g++) {
    uint32_t gap = gaps[g];
    for (uint32_t i = gap; i < count; i++) {
      uint64_t held = places[i];
      uint32_t at = i;
      for (; at >= gap && places[at - gap] > held; at -= gap) places[at] = places[at - gap];
      places[at] = held;
    }
  }
}

bool window_order_frame(const Window *window, const FrameRanges *ranges, uint64_t *places, uint32_t *count) {
  *count = 0;
  for (uint32_t r = 0; r < ranges->count; r++) {
    if (ranges->end[r] - ranges->begin[r] > VECTOR_CAPACITY - *count) return false;
    for (uint64_t p = ranges->begin[r]; p < ranges->end[r]; p++) places[(*count)++] = window->order.ordinal[p];
  }
  sort_places(places, *count);
  return true;
}
