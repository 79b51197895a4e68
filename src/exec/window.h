// SPDX-License-Identifier: MIT
//
// window.h: what the parts of the WINDOW operator share. Private to op_window.c and window_*.c.
//
// The windows of a node fall into groups of the same PARTITION BY and ORDER BY. A group's rows lie in a sort buffer; `WindowRows` has their addresses in
// order, so that a row is named by its position, and two bitmaps say where partitions and peers (rows with the same order keys) begin. Before the
// first row is handed out, each window may prepare what its frames need (WindowPrepared); all of it is built a chunk a turn.
//
//   op_window.c          the operator: collects, prepares, sweeps over the rows chunk by chunk
//   window_frame.c       frame bounds and exclusions of a row
//   window_value.c       ranks, LAG, LEAD, FIRST_VALUE …, FILL
//   window_aggregate.c   aggregates over frames
#ifndef SMEW_WINDOW_H
#define SMEW_WINDOW_H

#include "exec/group_table.h"
#include "exec/operator.h"
#include "exec/sort_buffer.h"

#define WINDOW_NONE UINT64_MAX // no position
#define WINDOW_TREE_FANOUT 32
#define WINDOW_TREE_LEVELS 13                  // 32^13 > 2^64
#define WINDOW_FEED_ROWS (8 * VECTOR_CAPACITY) // rows that a turn may give to aggregates

typedef struct WindowRows {
  RowLayout *layout;
  uint8_t **rows; // [count]
  uint64_t count; // of the whole group
  uint64_t collected;
  uint64_t *partition_starts; // bits
  uint64_t *peer_starts;      // bits; a partition's start is one too
  uint64_t *peers;            // positions where peers begin, when a window counts in GROUPS; else NULL
  uint64_t peer_count;
} WindowRows;

// Where the rows of the chunk in hand stand.
typedef struct WindowPlaces {
  uint64_t first; // position of row 0 of the chunk
  uint32_t count;
  uint64_t partition_begin[VECTOR_CAPACITY];
  uint64_t partition_end[VECTOR_CAPACITY];
  uint64_t peer_begin[VECTOR_CAPACITY];
  uint64_t peer_end[VECTOR_CAPACITY];
  uint64_t dense_rank[VECTOR_CAPACITY];     // from 1
  uint64_t peer_index[VECTOR_CAPACITY];     // in WindowRows.peers
  uint64_t partition_peer[VECTOR_CAPACITY]; // peer_index of the partition's first row
} WindowPlaces;

// A frame after exclusion: ascending, disjoint, none empty.
typedef struct FrameRanges {
  uint64_t begin[3];
  uint64_t end[3];
  uint32_t count;
} FrameRanges;

// Where the value of a call's expression is found: in the rows, or the same for all.
typedef struct WindowChild {
  Type type;
  bool constant;
  uint32_t column; // of the rows
  Value value;     // constant
} WindowChild;

// The rows in the order of ORDER BY inside the call. Partitions keep their places: the rows of [begin, end) are by_order[begin..end).
typedef struct WindowOrder {
  SortBuffer buffer;
  bool made;
  bool sorted;
  uint64_t filled;
  uint64_t *by_order; // [k]: position of the k-th row
  uint64_t *ordinal;  // [position]: its k
  uint64_t *peer;     // [position]: k of the first row that is equal to it
} WindowOrder;

// A bit of Window.valid that is known: there is none between it and `from`.
typedef struct WindowValid {
  uint64_t from;
  uint64_t found; // WINDOW_NONE: none
} WindowValid;

// States over blocks of FANOUT rows, of FANOUT blocks, … over all rows of the group.
typedef struct WindowTree {
  bool wanted;
  uint32_t level_count;
  uint8_t *levels[WINDOW_TREE_LEVELS];
  uint64_t level_nodes[WINDOW_TREE_LEVELS];
  uint32_t building; // level in work
  uint64_t built;    // its nodes that are done
  Arena arena;       // what the states point to
} WindowTree;

typedef enum AggregateMode {
  AGGREGATE_RUNNING, // frames begin with the partition and grow
  AGGREGATE_TREE,
  AGGREGATE_NAIVE, // each frame anew
} AggregateMode;

typedef struct Window {
  Expr *expr;
  const WindowCall *call;
  uint32_t number; // in the node
  uint32_t group;
  WindowChild *children;    // [expr->child_count]
  uint32_t first_partition; // children
  uint32_t first_order;
  uint32_t first_argument_order;
  uint32_t filter; // UINT32_MAX: none (likewise below)
  uint32_t start;
  uint32_t end;
  bool framed; // needs frames
  // of the chunk in hand
  bool chunk_ready;
  uint64_t *frame_begin; // [VECTOR_CAPACITY], when framed
  uint64_t *frame_end;
  Vector *values; // [child_count]: of the rows of the chunk, where needed[i]
  bool *needed;
  uint32_t next_row; // where to go on
  uint64_t *picks;   // [VECTOR_CAPACITY] functions that pick a row: which one
  // prepared for the group
  uint64_t
      *valid; // bits: the first argument is not NULL (IGNORE NULLS, FILL); by position, or by order when there is one
  WindowValid before; // which bits of `valid` are near the row in hand
  WindowValid after;
  uint64_t *previous; // DISTINCT: the last row before with the same arguments; WINDOW_NONE
  // Bits, in place of `previous` with AGGREGATE_TREE: a later row of the partition has the same arguments.
  uint64_t *repeated;
  GroupTable seen; // DISTINCT: (partition, arguments) -> last position + 1
  bool seen_made;
  WindowOrder order; // ORDER BY in the call
  WindowTree tree;
  // RANGE frames with a value
  uint64_t range_partition; // whose valid keys are
  uint64_t range_begin;
  uint64_t range_end;
  uint64_t start_hint;
  uint64_t end_hint;
  // aggregates
  AggregateCall aggregate;
  uint8_t mode;        // AggregateMode
  uint32_t state_size; // bytes, a multiple of 16
  uint8_t *state;
  Arena states; // what `state` points to
  bool running; // the state holds [running_begin, running_end)
  uint64_t running_begin;
  uint64_t running_end;
  Vector *arguments; // [argument_count] scratch
  Vector *sliced;    // [argument_count] scratch
  const Vector **argument_pointers;
  Vector filter_values;
  FinalizeCursor finalize; // while `more`: the state is complete, `last` is not yet
  Vector last;             // the result of last_ranges
  bool last_made;
  FrameRanges last_ranges;
} Window;

// Where the sweep is.
typedef struct WindowCursor {
  uint64_t next; // position of the next row
  uint64_t partition_begin;
  uint64_t partition_end;
  uint64_t peer_begin;
  uint64_t peer_end;
  uint64_t dense_rank;
  uint64_t peer_index;
  uint64_t partition_peer;
} WindowCursor;

// The sort keys of a group. What is constant sorts nothing and is left out.
typedef struct WindowKeys {
  const WindowChild **children; // partition keys, then order keys
  SortKey *keys;
  uint32_t partition_count;
  uint32_t count;
} WindowKeys;

typedef struct WindowOperator {
  Operator op;
  Window *windows;
  uint32_t window_count;
  uint32_t group_count;
  uint32_t input_count;    // columns of the input
  uint32_t column_count;   // of a row: input, expressions, then, with several groups, results
  Type *types;             // [column_count]
  Expressions expressions; // those that are stored
  Vector *payload;         // scratch [column_count]
  Vector *sort_keys;       // scratch, of the group with most keys
  Vector *no_results;      // [window_count] NULL: results that are not there yet; several groups only
  WindowKeys *keys;        // [group_count]
  SortBuffer *buffers;     // [group_count]
  bool *buffer_made;
  uint32_t group;  // in hand
  uint8_t phase;   // op_window.c
  uint32_t window; // in work
  WindowRows rows;
  WindowCursor cursor;
  WindowPlaces *places;
  bool chunk_open;           // the chunk at places is in work
  uint64_t partition_number; // of the row collected last
  Vector *keys_now;          // scratch: keys of collected rows and of the rows before them
  Vector *keys_before;
  uint32_t keys_made;
  Vector numbers;   // scratch, BIGINT: partition numbers
  Vector positions; // scratch, BIGINT
  Chunk work;       // rows on the way to the next group
  bool work_made;
  uint64_t fed_rows; // in this turn
} WindowOperator;

static inline Error *window_error(const WindowOperator *self) { return op_error(&self->op); }

// The values of a child for rows at positions[i] (NULL: from first on).
Status window_gather(WindowOperator *self, const WindowChild *child, uint64_t first, uint32_t count,
                     Vector *out) MUST_USE;
Status window_gather_rows(WindowOperator *self, const WindowChild *child, uint8_t *const *rows, uint32_t count,
                          Vector *out) MUST_USE;

// Frames of the chunk's rows into frame_begin, frame_end.
Status window_find_frames(WindowOperator *self, Window *window) MUST_USE;
FrameRanges window_frame_ranges(const WindowOperator *self, const Window *window, uint32_t row);
// ORDER BY inside the call, frames of at most VECTOR_CAPACITY rows: their places in the order, ascending. False: the frame has more.
bool window_order_frame(const Window *window, const FrameRanges *ranges, uint64_t *places, uint32_t *count);

// Everything but aggregates: the results for the chunk.
Status window_compute_value(WindowOperator *self, Window *window, Vector *result, bool *done) MUST_USE;

Status window_aggregate_open(WindowOperator *self, Window *window) MUST_USE;
void window_aggregate_reset(WindowOperator *self, Window *window); // before another pass
void window_aggregate_close(WindowOperator *self, Window *window);
// One turn of building the tree.
Status window_build_tree(WindowOperator *self, Window *window, bool *done) MUST_USE;
Status window_compute_aggregate(WindowOperator *self, Window *window, Vector *result, bool *done) MUST_USE;

// Bits, backwards: the greatest set index in [from, before); WINDOW_NONE: none.
uint64_t window_bits_previous(const uint64_t *bits, uint64_t from, uint64_t before);

#endif
