// SPDX-License-Identifier: MIT
//
// window_aggregate.c: aggregates over frames. Three ways, chosen once for a window:
//
//   running   frames that begin with their partition and never shrink: one state that is fed what the frame grew by
//   tree      other frames: a tree of states over blocks of rows (Leis et al., "Efficient Processing of Window Functions", 2015), combined from left
//             to right, so that functions for which order matters see their rows in order
//   naive     what cannot be combined (DISTINCT, ORDER BY inside the call): the frame's rows, one frame after another
//
// DISTINCT over frames that end with their partition goes by the tree all the same: the last row of each value stands for it, wherever the frame begins.
//
// Equal frames of neighbouring rows (peers, whole partitions) are computed once. A turn feeds a bounded number of rows: a frame of many is fed over
// several turns when it runs, and rows of a chunk are computed over several turns.
#include "exec/window.h"

// ---------------------------------------------------------------------------------------------------------------------
// Feeding rows
// ---------------------------------------------------------------------------------------------------------------------

static void start_state(const Window *window, uint8_t *state) {
  memset(state, 0, window->state_size);
  if (window->aggregate.function->init) window->aggregate.function->init(&window->aggregate, state);
}

// Of the rows [first, first + count) in the scratch vectors keeps those that the filter passes and, with DISTINCT, that are the first of their
// value at or after `since`, or the last of it. Returns how many; all: *selection is not needed.
static uint32_t choose_rows(const Window *window, uint64_t first, uint64_t since, uint32_t count, uint32_t *selection) {
  uint32_t kept = count;
  bool chosen = false;
  if (window->filter != UINT32_MAX) {
    kept = vector_true_select(&window->filter_values, NULL, count, selection);
    chosen = true;
  }
  if (!window->previous && !window->repeated) return kept;
  uint32_t distinct = 0;
  for (uint32_t i = 0; i < kept; i++) {
    uint32_t row = chosen ? selection[i] : i;
    if (window->repeated) {
      if (!bit_get(window->repeated, first + row)) selection[distinct++] = row;
      continue;
    }
    uint64_t previous = window->previous[first + row];
    if (previous == WINDOW_NONE || previous < since) selection[distinct++] = row;
  }
  return distinct;
}

static Status update_state(WindowOperator *self, Window *window, uint8_t *state, Arena *arena, const Vector *arguments,
                           uint32_t count) {
  const AggregateFunction *function = window->aggregate.function;
  EvalContext *eval = &self->op.execution->eval;
  void *states[VECTOR_CAPACITY];
  for (uint32_t a = 0; a < window->aggregate.argument_count; a++) window->argument_pointers[a] = &arguments[a];
  if (function->update_one) {
    return function->update_one(eval, &window->aggregate, arena, state, window->argument_pointers, count);
  }
  for (uint32_t i = 0; i < count; i++) states[i] = state;
  return function->update(eval, &window->aggregate, arena, states, window->argument_pointers, count);
}

// The rows in the argument vectors.
static Status feed_gathered(WindowOperator *self, Window *window, uint8_t *state, Arena *arena, uint64_t first,
                            uint64_t since, uint32_t count) {
  uint32_t selection[VECTOR_CAPACITY];
  uint32_t kept = choose_rows(window, first, since, count, selection);
  if (!kept) return OK;
  if (kept == count) return update_state(self, window, state, arena, window->arguments, count);
  for (uint32_t a = 0; a < window->aggregate.argument_count; a++) {
    TRY(vector_slice(&window->sliced[a], &window->arguments[a], selection, kept, window_error(self)));
  }
  return update_state(self, window, state, arena, window->sliced, kept);
}

// Rows [begin, end) by position. since: where the frame begins (DISTINCT).
static Status feed_rows(WindowOperator *self, Window *window, uint8_t *state, Arena *arena, uint64_t begin,
                        uint64_t end, uint64_t since) {
  while (begin < end) {
    uint32_t count = (uint32_t)MIN_OF(end - begin, (uint64_t)VECTOR_CAPACITY);
    for (uint32_t a = 0; a < window->aggregate.argument_count; a++) {
      TRY(window_gather(self, &window->children[a], begin, count, &window->arguments[a]));
    }
    if (window->filter != UINT32_MAX)
      TRY(window_gather(self, &window->children[window->filter], begin, count, &window->filter_values));
    TRY(feed_gathered(self, window, state, arena, begin, since, count));
    begin += count;
    self->fed_rows += count;
  }
  return OK;
}

// Rows with these positions, which passed filter and DISTINCT already.
static Status feed_positions(WindowOperator *self, Window *window, uint8_t *state, Arena *arena,
                             const uint64_t *positions, uint32_t count) {
  uint8_t *rows[VECTOR_CAPACITY];
  for (uint32_t i = 0; i < count; i++) rows[i] = self->rows.rows[positions[i]];
  for (uint32_t a = 0; a < window->aggregate.argument_count; a++) {
    TRY(window_gather_rows(self, &window->children[a], rows, count, &window->arguments[a]));
  }
  self->fed_rows += count;
  return count ? update_state(self, window, state, arena, window->arguments, count) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Frames with DISTINCT and holes, or ORDER BY: row by row
// ---------------------------------------------------------------------------------------------------------------------

static bool in_frame(const FrameRanges *ranges, uint64_t position) {
  for (uint32_t r = 0; r < ranges->count; r++) {
    if (position >= ranges->begin[r] && position < ranges->end[r]) return true;
  }
  return false;
}

static bool passes_filter(const WindowOperator *self, const Window *window, uint64_t position) {
  if (window->filter == UINT32_MAX) return true;
  const WindowChild *filter = &window->children[window->filter];
  if (filter->constant) return !filter->value.is_null && filter->value.boolean;
  const uint8_t *row = self->rows.rows[position];
  return row_column_valid(self->rows.layout, row, filter->column) && row[self->rows.layout->offsets[filter->column]];
}

// Is the first row of its value in the frame.
static bool first_of_value(const Window *window, const FrameRanges *ranges, uint64_t position) {
  if (!window->previous) return true;
  for (uint64_t p = window->previous[position]; p != WINDOW_NONE && p >= ranges->begin[0]; p = window->previous[p]) {
    if (in_frame(ranges, p)) return false;
  }
  return true;
}

static Status feed_one_by_one(WindowOperator *self, Window *window, uint8_t *state, Arena *arena,
                              const FrameRanges *ranges) {
  uint64_t positions[VECTOR_CAPACITY];
  uint32_t count = 0;
  bool by_order = window->order.made;
  uint32_t ordered;
  if (by_order && window_order_frame(window, ranges, positions, &ordered)) {
    for (uint32_t i = 0; i < ordered; i++) {
      uint64_t position = window->order.by_order[positions[i]];
      if (passes_filter(self, window, position) && first_of_value(window, ranges, position))
        positions[count++] = position;
    }
    return feed_positions(self, window, state, arena, positions, count);
  }
  uint64_t partition_begin = ranges->begin[0];
  uint64_t partition_end = ranges->end[ranges->count - 1];
  if (by_order) { // the order is that of the whole partition
    partition_begin = window_bits_previous(self->rows.partition_starts, 0, ranges->begin[0] + 1);
    partition_end = bits_next(self->rows.partition_starts, ranges->begin[0] + 1, self->rows.count, true);
  }
  for (uint64_t k = partition_begin; k < partition_end; k++) {
    uint64_t position = by_order ? window->order.by_order[k] : k;
    if (!in_frame(ranges, position) || !passes_filter(self, window, position) ||
        !first_of_value(window, ranges, position))
      continue;
    positions[count++] = position;
    if (count < VECTOR_CAPACITY) continue;
    TRY(feed_positions(self, window, state, arena, positions, count));
    count = 0;
  }
  return feed_positions(self, window, state, arena, positions, count);
}

// ---------------------------------------------------------------------------------------------------------------------
// The tree
// ---------------------------------------------------------------------------------------------------------------------

static uint8_t *tree_node(const Window *window, uint32_t level, uint64_t node) {
  return window->tree.levels[level] + node * window->state_size;
}

static Status combine_nodes(WindowOperator *self, Window *window, uint32_t level, uint64_t begin, uint64_t end,
                            Arena *arena, uint8_t *target) {
  for (; begin < end; begin++) {
    TRY(window->aggregate.function->combine(&self->op.execution->eval, &window->aggregate, arena,
                                            tree_node(window, level, begin), target));
    self->fed_rows++;
  }
  return OK;
}

static void free_tree(WindowOperator *self, Window *window) {
  WindowTree *tree = &window->tree;
  for (uint32_t l = 0; l < tree->level_count; l++) {
    memory_free(op_memory(&self->op), tree->levels[l], tree->level_nodes[l] * window->state_size);
    tree->levels[l] = NULL;
  }
  tree->level_count = tree->building = 0;
  tree->built = 0;
  arena_reset(&tree->arena);
}

static Status make_levels(WindowOperator *self, Window *window) {
  WindowTree *tree = &window->tree;
  uint64_t nodes = self->rows.count / WINDOW_TREE_FANOUT; // whole blocks only
  while (nodes && tree->level_count < WINDOW_TREE_LEVELS) {
    uint8_t *level = memory_allocate(op_memory(&self->op), nodes * window->state_size);
    if (!level) return error_no_memory(window_error(self));
    tree->levels[tree->level_count] = level;
    tree->level_nodes[tree->level_count++] = nodes;
    nodes /= WINDOW_TREE_FANOUT;
  }
  return OK;
}

Status window_build_tree(WindowOperator *self, Window *window, bool *done) {
  WindowTree *tree = &window->tree;
  *done = !tree->wanted || self->rows.count < WINDOW_TREE_FANOUT;
  if (*done) return OK;
  if (!tree->level_count) TRY(make_levels(self, window));
  for (uint32_t budget = VECTOR_CAPACITY / WINDOW_TREE_FANOUT; budget && tree->building < tree->level_count; budget--) {
    uint64_t node = tree->built++;
    uint8_t *state = tree_node(window, tree->building, node);
    start_state(window, state);
    if (tree->building == 0) {
      TRY(feed_rows(self, window, state, &tree->arena, node * WINDOW_TREE_FANOUT, (node + 1) * WINDOW_TREE_FANOUT, 0));
    } else {
      TRY(combine_nodes(self, window, tree->building - 1, node * WINDOW_TREE_FANOUT, (node + 1) * WINDOW_TREE_FANOUT,
                        &tree->arena, state));
    }
    if (tree->built < tree->level_nodes[tree->building]) continue;
    tree->building++;
    tree->built = 0;
  }
  *done = tree->building == tree->level_count;
  return OK;
}

// Nodes [begin, end) of a level, through the levels above where whole nodes of theirs are inside. Depth: the levels.
static Status add_nodes(WindowOperator *self, Window *window, uint32_t level, uint64_t begin, uint64_t end) {
  uint64_t inner_begin = (begin + WINDOW_TREE_FANOUT - 1) / WINDOW_TREE_FANOUT;
  uint64_t inner_end = end / WINDOW_TREE_FANOUT;
  if (level + 1 >= window->tree.level_count || inner_begin >= inner_end) {
    return combine_nodes(self, window, level, begin, end, &window->states, window->state);
  }
  TRY(combine_nodes(self, window, level, begin, inner_begin * WINDOW_TREE_FANOUT, &window->states, window->state));
  TRY(add_nodes(self, window, level + 1, inner_begin, inner_end));
  return combine_nodes(self, window, level, inner_end * WINDOW_TREE_FANOUT, end, &window->states, window->state);
}

static Status add_range(WindowOperator *self, Window *window, uint64_t begin, uint64_t end) {
  uint64_t inner_begin = (begin + WINDOW_TREE_FANOUT - 1) / WINDOW_TREE_FANOUT;
  uint64_t inner_end = end / WINDOW_TREE_FANOUT;
  if (!window->tree.level_count || inner_begin >= inner_end) {
    return feed_rows(self, window, window->state, &window->states, begin, end, begin);
  }
  TRY(feed_rows(self, window, window->state, &window->states, begin, inner_begin * WINDOW_TREE_FANOUT, begin));
  TRY(add_nodes(self, window, 0, inner_begin, inner_end));
  return feed_rows(self, window, window->state, &window->states, inner_end * WINDOW_TREE_FANOUT, end, begin);
}

// ---------------------------------------------------------------------------------------------------------------------
// Results
// ---------------------------------------------------------------------------------------------------------------------

static bool same_ranges(const FrameRanges *a, const FrameRanges *b) {
  if (a->count != b->count) return false;
  for (uint32_t r = 0; r < a->count; r++) {
    if (a->begin[r] != b->begin[r] || a->end[r] != b->end[r]) return false;
  }
  return true;
}

static void restart_state(Window *window) {
  arena_reset(&window->states);
  start_state(window, window->state);
}

// *done false: the turn's rows are used up, the rest is fed in the next turn.
static Status run_state(WindowOperator *self, Window *window, uint64_t begin, uint64_t end, bool *done) {
  if (!window->running || window->running_begin != begin || window->running_end > end) {
    restart_state(window);
    window->running = true;
    window->running_begin = window->running_end = begin;
  }
  while (window->running_end < end) {
    *done = self->fed_rows < WINDOW_FEED_ROWS;
    if (!*done) return OK;
    uint64_t to = MIN_OF(end, window->running_end + VECTOR_CAPACITY);
    if (window->order.made) { // the whole partition in the order of the call
      uint64_t chosen[VECTOR_CAPACITY];
      uint32_t count = 0;
      FrameRanges all = {.begin = {begin}, .end = {end}, .count = 1};
      for (uint64_t k = window->running_end; k < to; k++) {
        uint64_t position = window->order.by_order[k];
        if (passes_filter(self, window, position) && first_of_value(window, &all, position)) chosen[count++] = position;
      }
      TRY(feed_positions(self, window, window->state, &window->states, chosen, count));
    } else {
      TRY(feed_rows(self, window, window->state, &window->states, window->running_end, to, begin));
    }
    window->running_end = to;
  }
  *done = true;
  return OK;
}

static Status compute_state(WindowOperator *self, Window *window, uint32_t row, const FrameRanges *ranges, bool *done) {
  *done = true;
  if (window->mode == AGGREGATE_RUNNING && ranges->count) {
    return run_state(self, window, self->places->partition_begin[row], ranges->end[0], done);
  }
  window->running = false;
  restart_state(window);
  if (!ranges->count) return OK;
  if (window->order.made || (window->previous && ranges->count > 1)) {
    return feed_one_by_one(self, window, window->state, &window->states, ranges);
  }
  for (uint32_t r = 0; r < ranges->count; r++) {
    if (window->mode == AGGREGATE_TREE) {
      TRY(add_range(self, window, ranges->begin[r], ranges->end[r]));
    } else {
      TRY(feed_rows(self, window, window->state, &window->states, ranges->begin[r], ranges->end[r], ranges->begin[0]));
    }
  }
  return OK;
}

// One turn; *done false: another is wanted.
static Status finalize_last(WindowOperator *self, Window *window, bool *done) {
  void *state = window->state;
  FinalizeCursor *cursor = &window->finalize;
  if (!cursor->more) {
    TRY(vector_reset(&window->last, window_error(self)));
    *cursor = (FinalizeCursor){0};
  }
  cursor->more = false;
  TRY(window->aggregate.function->finalize(&self->op.execution->eval, &window->aggregate, &state, 1, &window->last,
                                           cursor));
  *done = !cursor->more;
  return OK;
}

// Rows [row, next) of the result, from `last`; what has no children of its own row for row is copied once and shared.
static Status repeat_last(WindowOperator *self, const Window *window, Vector *result, uint32_t row, uint32_t next) {
  uint32_t zeros[VECTOR_CAPACITY];
  uint32_t size = physical_size(result->physical);
  memset(zeros, 0, sizeof zeros);
  bool whole = size && vector_row_valid(&window->last, 0);
  TRY(vector_copy(result, row, &window->last, zeros, 0, whole ? 1 : next - row, window_error(self)));
  uint8_t *data = result->data;
  for (uint32_t i = row + 1; whole && i < next; i++) memcpy(data + (size_t)i * size, data + (size_t)row * size, size);
  return OK;
}

Status window_compute_aggregate(WindowOperator *self, Window *window, Vector *result, bool *done) {
  *done = false;
  while (window->next_row < self->places->count) {
    uint32_t row = window->next_row;
    FrameRanges ranges = window_frame_ranges(self, window, row);
    if (!window->last_made || !same_ranges(&ranges, &window->last_ranges)) {
      bool complete = window->finalize.more || self->fed_rows < WINDOW_FEED_ROWS;
      if (complete && !window->finalize.more) TRY(compute_state(self, window, row, &ranges, &complete));
      if (complete) TRY(finalize_last(self, window, &complete));
      if (!complete) return OK;
      window->last_made = true;
      window->last_ranges = ranges;
    }
    // the rows that have the same frame
    uint32_t next = row + 1;
    while (next < self->places->count && window->frame_begin[next] == window->frame_begin[row] &&
           window->frame_end[next] == window->frame_end[row] && window->call->exclude == EXCLUDE_NOTHING) {
      next++;
    }
    window->next_row = next;
    if (next - row ==
        self->places->count) { // one frame for all: the result is the same constant as in the chunks before
      vector_borrow(result, &window->last);
      vector_set_constant(result);
    } else {
      TRY(repeat_last(self, window, result, row, next));
    }
  }
  *done = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Opening and closing
// ---------------------------------------------------------------------------------------------------------------------

// Every frame is its whole partition.
static bool frames_are_partitions(const WindowCall *call) {
  bool no_order = call->order_count == 0 && call->frame_mode != FRAME_ROWS;
  bool from_begin =
      call->frame_start == FRAME_UNBOUNDED_PRECEDING || (no_order && call->frame_start == FRAME_CURRENT_ROW);
  bool to_end = call->frame_end == FRAME_UNBOUNDED_FOLLOWING || (no_order && call->frame_end == FRAME_CURRENT_ROW);
  return from_begin && to_end && call->exclude == EXCLUDE_NOTHING;
}

// Frames begin with the partition and their ends only move on. An end that a column gives may move back: then the state starts anew.
static bool frames_grow(const Window *window) {
  const WindowCall *call = window->call;
  if (call->exclude != EXCLUDE_NOTHING || call->frame_start != FRAME_UNBOUNDED_PRECEDING) return false;
  return call->frame_mode == FRAME_RANGE || window->end == UINT32_MAX || window->children[window->end].constant;
}

// DISTINCT: of each value the last row of the partition will do for every frame.
static bool last_rows_stand(const WindowCall *call) {
  return call->frame_end == FRAME_UNBOUNDED_FOLLOWING && call->exclude == EXCLUDE_NOTHING &&
         !call->function->order_matters;
}

static Status open_vectors(WindowOperator *self, Window *window) {
  const ExecutionContext *context = &self->op.execution->context;
  uint32_t count = window->aggregate.argument_count;
  ARENA_NEW_ARRAY(context->arena, context->error, window->arguments, count);
  ARENA_NEW_ARRAY(context->arena, context->error, window->sliced, count);
  ARENA_NEW_ARRAY(context->arena, context->error, window->argument_pointers, count);
  for (uint32_t a = 0; a < count; a++) {
    Type type = window->aggregate.argument_types[a];
    TRY(vector_init(&window->arguments[a], context->memory, type, VECTOR_CAPACITY, context->error));
    TRY(vector_init(&window->sliced[a], context->memory, type, 1, context->error));
  }
  if (window->filter != UINT32_MAX) {
    TRY(vector_init(&window->filter_values, context->memory, TYPE(BOOLEAN), VECTOR_CAPACITY, context->error));
  }
  return vector_init(&window->last, context->memory, window->expr->type, 1, context->error);
}

Status window_aggregate_open(WindowOperator *self, Window *window) {
  const ExecutionContext *context = &self->op.execution->context;
  const WindowCall *call = window->call;
  bool ordered = call->argument_order_count && call->function->order_matters;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, types, call->argument_count);
  for (uint32_t a = 0; a < call->argument_count; a++) types[a] = window->expr->children[a]->type;
  window->aggregate = (AggregateCall){.function = call->function,
                                      .bind_data = call->bind_data,
                                      .argument_types = types,
                                      .argument_count = call->argument_count,
                                      .result_type = window->expr->type,
                                      .has_order = true}; // rows always come in an order
  window->state_size = (call->function->state_size + 15) & ~15u;
  if (!window->state_size) window->state_size = 16;
  if (frames_are_partitions(call) || (!ordered && frames_grow(window))) {
    window->mode = AGGREGATE_RUNNING;
  } else if (call->function->combine && !ordered && (!call->distinct || last_rows_stand(call))) {
    window->mode = AGGREGATE_TREE;
    window->tree.wanted = true;
  } else {
    window->mode = AGGREGATE_NAIVE;
  }
  arena_init(&window->states, context->memory);
  arena_init(&window->tree.arena, context->memory);
  window->state = arena_allocate_zeroed(context->arena, window->state_size);
  if (!window->state) return error_no_memory(context->error);
  return open_vectors(self, window);
}

void window_aggregate_reset(WindowOperator *self, Window *window) {
  free_tree(self, window);
  arena_reset(&window->states);
  window->running = window->last_made = window->finalize.more = false;
}

void window_aggregate_close(WindowOperator *self, Window *window) {
  free_tree(self, window);
  arena_free_later(&window->tree.arena);
  arena_free_later(&window->states);
  for (uint32_t a = 0; window->arguments && window->sliced && a < window->aggregate.argument_count; a++) {
    vector_free(&window->arguments[a]);
    vector_free(&window->sliced[a]);
  }
  vector_free(&window->filter_values);
  vector_free(&window->last);
}
