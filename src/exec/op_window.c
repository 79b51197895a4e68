// SPDX-License-Identifier: MIT
//
// op_window.c: WINDOW: a sink that sorts its rows by the partition and order keys of the first group of windows, then a source that works through
// the groups one after another (window.h says what a group is). The phases of a group, each in turns of about a chunk:
//
//   SORT      the sort buffer finishes
//   COLLECT   addresses of the rows in order; where partitions and peers begin; what windows note about each row
//   ORDER     the rows in the order of ORDER BY inside a call
//   TREE      trees of aggregate states
//   SWEEP     chunk by chunk the results; the rows go out, or into the sort buffer of the next group
#include "exec/window.h"

typedef enum WindowPhase {
  WINDOW_SORT,
  WINDOW_COLLECT,
  WINDOW_ORDER,
  WINDOW_TREE,
  WINDOW_SWEEP,
  WINDOW_END
} WindowPhase;

static WindowOperator *self_of(Operator *op) { return (WindowOperator *)op; }
static bool last_group(const WindowOperator *self) { return self->group + 1 >= self->group_count; }
static uint32_t result_column(const WindowOperator *self, uint32_t window) {
  return self->column_count - self->window_count + window;
}

static bool wants_order(const WindowCall *call) {
  if (!call->argument_order_count) return false;
  return call->kind != WINDOW_AGGREGATE || call->function->order_matters;
}
static bool wants_valid(const WindowCall *call) {
  return call->kind == WINDOW_FILL ||
         (call->ignore_nulls && call->kind >= WINDOW_LAG && call->kind <= WINDOW_NTH_VALUE);
}
static bool wants_frames(const WindowCall *call) {
  bool picks = call->kind == WINDOW_FIRST_VALUE || call->kind == WINDOW_LAST_VALUE || call->kind == WINDOW_NTH_VALUE;
  return call->kind == WINDOW_AGGREGATE || picks || (wants_order(call) && call->kind != WINDOW_FILL);
}

// ---------------------------------------------------------------------------------------------------------------------
// Values of rows
// ---------------------------------------------------------------------------------------------------------------------

Status window_gather_rows(WindowOperator *self, const WindowChild *child, uint8_t *const *rows, uint32_t count,
                          Vector *out) {
  TRY(vector_reset(out, window_error(self)));
  if (child->constant) return vector_fill_value(out, &child->value, window_error(self));
  return row_gather(self->rows.layout, rows, count, child->column, out, 0, window_error(self));
}

Status window_gather(WindowOperator *self, const WindowChild *child, uint64_t first, uint32_t count, Vector *out) {
  return window_gather_rows(self, child, self->rows.rows + first, count, out);
}

static bool child_valid(const WindowOperator *self, const WindowChild *child, uint64_t position) {
  if (child->constant) return !child->value.is_null;
  return row_column_valid(self->rows.layout, self->rows.rows[position], child->column);
}

// ---------------------------------------------------------------------------------------------------------------------
// Memory of a group
// ---------------------------------------------------------------------------------------------------------------------

static Status make_positions(WindowOperator *self, uint64_t count, uint64_t **out) {
  *out = memory_allocate(op_memory(&self->op), (count + 1) * sizeof(uint64_t));
  return *out ? OK : error_no_memory(window_error(self));
}

static Status make_bits(WindowOperator *self, uint64_t count, uint64_t **out) {
  *out = memory_allocate_zeroed(op_memory(&self->op), (BITS_WORDS(count) + 1) * sizeof(uint64_t));
  return *out ? OK : error_no_memory(window_error(self));
}

static void free_positions(WindowOperator *self, uint64_t **positions) {
  memory_free_later(op_memory(&self->op), *positions, (self->rows.count + 1) * sizeof(uint64_t));
  *positions = NULL;
}

static void free_bits(WindowOperator *self, uint64_t **bits) {
  if (*bits) memory_free(op_memory(&self->op), *bits, (BITS_WORDS(self->rows.count) + 1) * sizeof(uint64_t));
  *bits = NULL;
}

static void forget_valid(Window *window) {
  window->before = (WindowValid){0, WINDOW_NONE};
  window->after = (WindowValid){WINDOW_NONE, WINDOW_NONE};
}

static void free_prepared(WindowOperator *self, Window *window) {
  free_bits(self, &window->valid);
  free_positions(self, &window->previous);
  free_bits(self, &window->repeated);
  free_positions(self, &window->order.by_order);
  free_positions(self, &window->order.ordinal);
  free_positions(self, &window->order.peer);
  if (window->order.made) sort_buffer_free(&window->order.buffer);
  if (window->seen_made) group_table_free(&window->seen);
  window->order.made = window->order.sorted = window->seen_made = false;
  window->order.filled = 0;
  window->range_partition = WINDOW_NONE;
  window->chunk_ready = false;
  forget_valid(window);
  if (window->call->kind == WINDOW_AGGREGATE) window_aggregate_reset(self, window);
}

static void free_group(WindowOperator *self) {
  WindowRows *rows = &self->rows;
  for (uint32_t w = 0; w < self->window_count; w++) {
    if (self->windows[w].group == self->group) free_prepared(self, &self->windows[w]);
  }
  memory_free_later(op_memory(&self->op), rows->rows, (rows->count + 1) * sizeof *rows->rows);
  free_bits(self, &rows->partition_starts);
  free_bits(self, &rows->peer_starts);
  free_positions(self, &rows->peers);
  for (uint32_t k = 0; k < self->keys_made; k++) {
    vector_free(&self->keys_now[k]);
    vector_free(&self->keys_before[k]);
  }
  self->keys_made = 0;
  *rows = (WindowRows){0};
  if (self->buffer_made[self->group]) sort_buffer_free(&self->buffers[self->group]);
  self->buffer_made[self->group] = false;
}

static Status open_group_buffer(WindowOperator *self, uint32_t group) {
  const ExecutionContext *context = &self->op.execution->context;
  const WindowKeys *keys = &self->keys[group];
  self->buffer_made[group] = true;
  return sort_buffer_init(&self->buffers[group], context->memory, context->arena, keys->keys, keys->count, self->types,
                          self->column_count, 0, context->error);
}

static Status open_order(WindowOperator *self, Window *window) {
  const ExecutionContext *context = &self->op.execution->context;
  const WindowCall *call = window->call;
  Type position_type = TYPE(BIGINT);
  SortKey *keys;
  ARENA_NEW_ARRAY(context->arena, context->error, keys, call->argument_order_count + 1);
  keys[0].expr = expr_input(context->arena, 0, TYPE(BIGINT));
  if (!keys[0].expr) return error_no_memory(context->error);
  for (uint32_t i = 0; i < call->argument_order_count; i++) {
    keys[i + 1] = (SortKey){.expr = window->expr->children[window->first_argument_order + i],
                            .spec = call->argument_order_specs[i]};
  }
  window->order.made = true;
  TRY(make_positions(self, self->rows.count, &window->order.by_order));
  TRY(make_positions(self, self->rows.count, &window->order.ordinal));
  TRY(make_positions(self, self->rows.count, &window->order.peer));
  return sort_buffer_init(&window->order.buffer, context->memory, context->arena, keys, call->argument_order_count + 1,
                          &position_type, 1, 0, context->error);
}

static Status open_seen(WindowOperator *self, Window *window) {
  const ExecutionContext *context = &self->op.execution->context;
  Type *types;
  uint32_t count = window->call->argument_count;
  ARENA_NEW_ARRAY(context->arena, context->error, types, count + 1);
  types[0] = TYPE(BIGINT);
  for (uint32_t a = 0; a < count; a++) types[a + 1] = window->children[a].type;
  if (window->mode == AGGREGATE_TREE) {
    TRY(make_bits(self, self->rows.count, &window->repeated));
  } else {
    TRY(make_positions(self, self->rows.count, &window->previous));
  }
  window->seen_made = true;
  return group_table_init(&window->seen, context->memory, context->arena, types, count + 1, sizeof(uint64_t),
                          context->error);
}

// All rows are in the group's sort buffer.
static Status open_group(WindowOperator *self) {
  SortBuffer *buffer = &self->buffers[self->group];
  WindowRows *rows = &self->rows;
  const WindowKeys *keys = &self->keys[self->group];
  bool counts_groups = false;
  rows->layout = &buffer->layout;
  rows->count = buffer->entry_count;
  rows->rows = memory_allocate(op_memory(&self->op), (rows->count + 1) * sizeof *rows->rows);
  if (!rows->rows) return error_no_memory(window_error(self));
  TRY(make_bits(self, rows->count, &rows->partition_starts));
  TRY(make_bits(self, rows->count, &rows->peer_starts));
  for (uint32_t w = 0; w < self->window_count; w++) {
    Window *window = &self->windows[w];
    if (window->group != self->group) continue;
    counts_groups |= window->framed && window->call->frame_mode == FRAME_GROUPS;
    if (wants_valid(window->call)) TRY(make_bits(self, rows->count, &window->valid));
    if (wants_order(window->call)) TRY(open_order(self, window));
    if (window->call->distinct && window->call->kind == WINDOW_AGGREGATE) TRY(open_seen(self, window));
  }
  if (counts_groups) TRY(make_positions(self, rows->count, &rows->peers));
  for (uint32_t k = 0; k < keys->count; k++) {
    TRY(vector_init(&self->keys_now[k], op_memory(&self->op), keys->children[k]->type, VECTOR_CAPACITY,
                    window_error(self)));
    self->keys_made = k + 1;
    TRY(vector_init(&self->keys_before[k], op_memory(&self->op), keys->children[k]->type, VECTOR_CAPACITY,
                    window_error(self)));
  }
  self->cursor = (WindowCursor){0};
  self->partition_number = 0;
  self->chunk_open = false;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// COLLECT
// ---------------------------------------------------------------------------------------------------------------------

// Marks the rows whose keys [from, to) differ from those of the row before.
static Status mark_starts(WindowOperator *self, uint64_t first, uint32_t count, uint32_t from, uint32_t to,
                          uint64_t *starts) {
  uint32_t differing[VECTOR_CAPACITY];
  uint8_t *before[VECTOR_CAPACITY];
  uint8_t **now = self->rows.rows + first;
  if (first == 0) bit_set(starts, 0);
  for (uint32_t i = 0; i < count; i++) before[i] = i ? now[i - 1] : first ? now[-1] : now[0];
  for (uint32_t k = from; k < to; k++) {
    const WindowChild *child = self->keys[self->group].children[k];
    TRY(window_gather_rows(self, child, now, count, &self->keys_now[k]));
    TRY(window_gather_rows(self, child, before, count, &self->keys_before[k]));
    uint32_t found =
        vector_compare_select(COMPARE_DISTINCT, &self->keys_now[k], &self->keys_before[k], NULL, count, differing);
    for (uint32_t i = 0; i < found; i++) bit_set(starts, first + differing[i]);
  }
  return OK;
}

static void mark_peers(WindowRows *rows, uint64_t first, uint32_t count) {
  for (uint64_t p = first; p < first + count; p++) {
    if (bit_get(rows->partition_starts, p)) bit_set(rows->peer_starts, p);
    if (rows->peers && bit_get(rows->peer_starts, p)) rows->peers[rows->peer_count++] = p;
  }
}

static void note_valid(WindowOperator *self, Window *window, uint64_t first, uint32_t count) {
  for (uint64_t p = first; p < first + count; p++) {
    bool valid = child_valid(self, &window->children[0], p);
    if (window->call->kind == WINDOW_FILL)
      valid = valid && child_valid(self, &window->children[window->first_order], p);
    if (valid) bit_set(window->valid, p);
  }
}

static Status note_order(WindowOperator *self, Window *window, uint64_t first, uint32_t count) {
  const WindowCall *call = window->call;
  Vector *keys = self->sort_keys;
  keys[0] = self->numbers;
  for (uint32_t i = 0; i < call->argument_order_count; i++) {
    uint32_t child = window->first_argument_order + i;
    TRY(window_gather(self, &window->children[child], first, count, &window->values[child]));
    keys[i + 1] = window->values[child];
  }
  return sort_buffer_append(&window->order.buffer, keys, &self->positions, count, window_error(self));
}

static Status note_distinct(WindowOperator *self, Window *window, uint64_t first, uint32_t count) {
  uint8_t *groups[VECTOR_CAPACITY];
  uint32_t created[VECTOR_CAPACITY];
  uint32_t created_count;
  uint32_t arguments = window->call->argument_count;
  Vector *keys = self->sort_keys;
  keys[0] = self->numbers;
  for (uint32_t a = 0; a < arguments; a++) {
    TRY(window_gather(self, &window->children[a], first, count, &window->arguments[a]));
    keys[a + 1] = window->arguments[a];
  }
  TRY(group_table_find(&window->seen, keys, count, groups, created, &created_count, window_error(self)));
  const WindowChild *filter = window->filter == UINT32_MAX ? NULL : &window->children[window->filter];
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *row = self->rows.rows[first + i];
    uint64_t last; // the position after; 0: none
    uint8_t *state = group_states(&window->seen, groups[i]);
    memcpy(&last, state, sizeof last);
    if (window->previous) window->previous[first + i] = last ? last - 1 : WINDOW_NONE;
    bool passes =
        !filter || filter->constant ||
        (row_column_valid(self->rows.layout, row, filter->column) && row[self->rows.layout->offsets[filter->column]]);
    if (!passes) continue;
    if (window->repeated && last) bit_set(window->repeated, last - 1);
    last = first + i + 1;
    memcpy(state, &last, sizeof last);
  }
  return OK;
}

static void number_rows(WindowOperator *self, uint64_t first, uint32_t count) {
  int64_t *numbers = self->numbers.data;
  int64_t *positions = self->positions.data;
  for (uint32_t i = 0; i < count; i++) {
    self->partition_number += bit_get(self->rows.partition_starts, first + i);
    numbers[i] = (int64_t)self->partition_number;
    positions[i] = (int64_t)(first + i);
  }
}

static Status collect(WindowOperator *self, bool *done) {
  WindowRows *rows = &self->rows;
  const WindowKeys *keys = &self->keys[self->group];
  uint64_t first = rows->collected;
  *done = false;
  for (uint32_t w = 0; w < self->window_count; w++) {
    bool more = false;
    if (self->windows[w].seen_made) TRY(group_table_reserve(&self->windows[w].seen, &more, window_error(self)));
    if (more) return OK;
  }
  uint32_t count = sort_buffer_next_rows(&self->buffers[self->group], rows->rows + first,
                                         (uint32_t)MIN_OF(rows->count - first, (uint64_t)VECTOR_CAPACITY));
  *done = count == 0;
  if (!count) return OK;
  TRY(mark_starts(self, first, count, 0, keys->partition_count, rows->partition_starts));
  TRY(mark_starts(self, first, count, keys->partition_count, keys->count, rows->peer_starts));
  mark_peers(rows, first, count);
  number_rows(self, first, count);
  rows->collected += count;
  for (uint32_t w = 0; w < self->window_count; w++) {
    Window *window = &self->windows[w];
    if (window->group != self->group) continue;
    if (window->order.made) {
      TRY(note_order(self, window, first, count));
    } else if (window->valid) {
      note_valid(self, window, first, count);
    }
    if (window->seen_made) TRY(note_distinct(self, window, first, count));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ORDER
// ---------------------------------------------------------------------------------------------------------------------

// Two rows have equal keys in the order of the call.
static Status mark_equal_to_previous(WindowOperator *self, Window *window, uint64_t first, uint32_t count,
                                     bool *equal) {
  uint8_t *now[VECTOR_CAPACITY];
  uint8_t *before[VECTOR_CAPACITY];
  uint32_t differing[VECTOR_CAPACITY];
  const uint64_t *by_order = window->order.by_order + first;
  Vector other;
  for (uint32_t i = 0; i < count; i++) {
    now[i] = self->rows.rows[by_order[i]];
    before[i] = i || first ? self->rows.rows[by_order[(int64_t)i - 1]] : now[i];
    equal[i] = !bit_get(self->rows.partition_starts, first + i); // partitions keep their places
  }
  for (uint32_t o = 0; o < window->call->argument_order_count; o++) {
    uint32_t child = window->first_argument_order + o;
    Vector *values = &window->values[child];
    TRY(vector_init(&other, op_memory(&self->op), window->children[child].type, VECTOR_CAPACITY, window_error(self)));
    Status status = window_gather_rows(self, &window->children[child], now, count, values);
    if (status == OK) status = window_gather_rows(self, &window->children[child], before, count, &other);
    if (status == OK) {
      uint32_t found = vector_compare_select(COMPARE_DISTINCT, values, &other, NULL, count, differing);
      for (uint32_t i = 0; i < found; i++) equal[differing[i]] = false;
    }
    vector_free(&other);
    TRY(status);
  }
  return OK;
}

static Status fill_order(WindowOperator *self, Window *window, bool *done) {
  WindowOrder *order = &window->order;
  uint8_t *entries[VECTOR_CAPACITY];
  bool equal[VECTOR_CAPACITY];
  uint64_t first = order->filled;
  uint32_t count = sort_buffer_next_rows(&order->buffer, entries, VECTOR_CAPACITY);
  *done = count == 0;
  if (!count) return OK;
  for (uint32_t i = 0; i < count; i++)
    memcpy(&order->by_order[first + i], entries[i] + order->buffer.layout.offsets[0], sizeof(uint64_t));
  TRY(mark_equal_to_previous(self, window, first, count, equal));
  for (uint32_t i = 0; i < count; i++) {
    uint64_t position = order->by_order[first + i];
    order->ordinal[position] = first + i;
    order->peer[position] = equal[i] ? order->peer[order->by_order[first + i - 1]] : first + i;
    if (!window->valid) continue;
    bool valid = child_valid(self, &window->children[0], position);
    if (window->call->kind == WINDOW_FILL)
      valid = valid && child_valid(self, &window->children[window->first_argument_order], position);
    if (valid) bit_set(window->valid, first + i);
  }
  order->filled += count;
  return OK;
}

static Status order_window(WindowOperator *self, Window *window, bool *done) {
  *done = !window->order.made;
  if (*done) return OK;
  if (window->order.sorted) return fill_order(self, window, done);
  return sort_buffer_finish(&window->order.buffer, &window->order.sorted, window_error(self));
}

// One turn of a phase that goes from window to window.
static Status prepare_windows(WindowOperator *self, Status (*prepare)(WindowOperator *, Window *, bool *), bool *done) {
  *done = self->window >= self->window_count;
  if (*done) return OK;
  Window *window = &self->windows[self->window];
  bool ready = true;
  self->fed_rows = 0;
  if (window->group == self->group) TRY(prepare(self, window, &ready));
  self->window += ready;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// SWEEP
// ---------------------------------------------------------------------------------------------------------------------

static void place_row(WindowOperator *self, uint32_t i) {
  WindowCursor *cursor = &self->cursor;
  WindowPlaces *places = self->places;
  uint64_t position = cursor->next++;
  if (position == cursor->peer_end) {
    cursor->peer_index += position > 0;
    cursor->dense_rank++;
    if (position == cursor->partition_end) {
      cursor->partition_begin = position;
      cursor->partition_end = bits_next(self->rows.partition_starts, position + 1, self->rows.count, true);
      cursor->partition_peer = cursor->peer_index;
      cursor->dense_rank = 1;
    }
    cursor->peer_begin = position;
    cursor->peer_end = bits_next(self->rows.peer_starts, position + 1, self->rows.count, true);
  }
  places->partition_begin[i] = cursor->partition_begin;
  places->partition_end[i] = cursor->partition_end;
  places->peer_begin[i] = cursor->peer_begin;
  places->peer_end[i] = cursor->peer_end;
  places->dense_rank[i] = cursor->dense_rank;
  places->peer_index[i] = cursor->peer_index;
  places->partition_peer[i] = cursor->partition_peer;
}

// The chunk's columns but for the results of this group. With a group to follow all columns are wanted, else those that go out.
static Status gather_columns(WindowOperator *self, Chunk *out) {
  WindowPlaces *places = self->places;
  uint8_t **rows = self->rows.rows + places->first;
  Error *error = window_error(self);
  TRY(chunk_reset(out, error));
  uint32_t plain = last_group(self) ? self->input_count : self->column_count - self->window_count;
  for (uint32_t c = 0; c < plain; c++)
    TRY(row_gather(self->rows.layout, rows, places->count, c, &out->columns[c], 0, error));
  for (uint32_t w = 0; w < self->window_count; w++) {
    if (self->windows[w].group < self->group) {
      TRY(row_gather(self->rows.layout, rows, places->count, result_column(self, w), &out->columns[plain + w], 0,
                     error));
    } else if (self->windows[w].group > self->group) {
      vector_set_null_constant(&out->columns[plain + w]);
    }
  }
  out->row_count = places->count;
  return OK;
}

static Status open_chunk(WindowOperator *self, Chunk *out) {
  WindowPlaces *places = self->places;
  places->first = self->cursor.next;
  places->count = (uint32_t)MIN_OF(self->rows.count - places->first, (uint64_t)operator_rows(&self->op));
  for (uint32_t i = 0; i < places->count; i++) place_row(self, i);
  for (uint32_t w = 0; w < self->window_count; w++) self->windows[w].chunk_ready = false;
  self->window = 0;
  self->chunk_open = true;
  return gather_columns(self, out);
}

static Status ready_window(WindowOperator *self, Window *window) {
  if (window->chunk_ready) return OK;
  window->chunk_ready = true;
  window->next_row = 0;
  for (uint32_t c = 0; c < window->expr->child_count; c++) {
    if (!window->needed[c]) continue;
    TRY(window_gather(self, &window->children[c], self->places->first, self->places->count, &window->values[c]));
  }
  return window->framed ? window_find_frames(self, window) : OK;
}

// *done: the chunk is complete.
static Status compute_chunk(WindowOperator *self, Chunk *out, bool *done) {
  uint32_t first_result = out->column_count - self->window_count;
  self->fed_rows = 0;
  for (; self->window < self->window_count; self->window++) {
    Window *window = &self->windows[self->window];
    if (window->group != self->group) continue;
    Vector *result = &out->columns[first_result + self->window];
    TRY(ready_window(self, window));
    *done = true;
    if (window->call->kind == WINDOW_AGGREGATE) {
      TRY(window_compute_aggregate(self, window, result, done));
    } else {
      TRY(window_compute_value(self, window, result, done));
    }
    if (!*done) return OK;
  }
  *done = true;
  self->chunk_open = false;
  return OK;
}

static Status append_rows(WindowOperator *self, uint32_t group, const Vector *columns, uint32_t count) {
  const WindowKeys *keys = &self->keys[group];
  for (uint32_t k = 0; k < keys->count; k++) self->sort_keys[k] = columns[keys->children[k]->column];
  return sort_buffer_append(&self->buffers[group], self->sort_keys, columns, count, window_error(self));
}

static Status sweep(WindowOperator *self, SourceTurn *turn) {
  bool last = last_group(self);
  Chunk *out = last ? &self->op.out : &self->work;
  bool complete;
  if (!self->chunk_open) {
    if (self->cursor.next >= self->rows.count) {
      if (!last) free_group(self);
      self->group += !last;
      self->phase = last ? WINDOW_END : WINDOW_SORT;
      return OK;
    }
    TRY(open_chunk(self, out));
  }
  TRY(compute_chunk(self, out, &complete));
  if (!complete) return OK;
  if (!last) return append_rows(self, self->group + 1, out->columns, out->row_count);
  *turn = SOURCE_ROWS;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The turns of the operator
// ---------------------------------------------------------------------------------------------------------------------

static Status window_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  WindowOperator *self = self_of(op);
  if (self->expressions.count) TRY(expressions_run(&self->expressions, input));
  uint32_t at = 0;
  for (uint32_t c = 0; c < self->input_count; c++) self->payload[at++] = input->columns[c];
  for (uint32_t e = 0; e < self->expressions.count; e++) self->payload[at++] = self->expressions.results[e];
  for (uint32_t w = 0; at < self->column_count; w++) self->payload[at++] = self->no_results[w];
  return append_rows(self, 0, self->payload, input->row_count);
}

static Status window_produce(Operator *op, SourceTurn *turn) {
  WindowOperator *self = self_of(op);
  bool done = false;
  *turn = SOURCE_NOTHING_YET;
  switch ((WindowPhase)self->phase) {
    case WINDOW_SORT:
      TRY(sort_buffer_finish(&self->buffers[self->group], &done, window_error(self)));
      if (done) TRY(open_group(self));
      if (done && !last_group(self)) TRY(open_group_buffer(self, self->group + 1));
      break;
    case WINDOW_COLLECT:
      TRY(collect(self, &done));
      self->window = 0;
      break;
    case WINDOW_ORDER:
      TRY(prepare_windows(self, order_window, &done));
      if (done) self->window = 0;
      break;
    case WINDOW_TREE:
      TRY(prepare_windows(self, window_build_tree, &done));
      break;
    case WINDOW_SWEEP:
      return sweep(self, turn);
    case WINDOW_END:
      *turn = SOURCE_END;
      return OK;
  }
  self->phase += done;
  return OK;
}

static double window_progress(const Operator *op) {
  const WindowOperator *self = (const WindowOperator *)op;
  if (self->phase == WINDOW_END) return 1.0;
  double part = self->rows.count ? (double)self->cursor.next / (double)self->rows.count : 0.0;
  return ((double)self->group + part) / (double)self->group_count;
}

static void window_close(Operator *op) {
  WindowOperator *self = self_of(op);
  for (uint32_t w = 0; self->windows && w < self->window_count; w++) {
    Window *window = &self->windows[w];
    for (uint32_t c = 0; window->values && c < window->expr->child_count; c++) vector_free(&window->values[c]);
  }
  for (; self->buffers && self->buffer_made && self->group < self->group_count; self->group++) free_group(self);
  for (uint32_t w = 0; self->windows && w < self->window_count; w++) {
    if (self->windows[w].call && self->windows[w].call->kind == WINDOW_AGGREGATE)
      window_aggregate_close(self, &self->windows[w]);
    if (self->no_results) vector_free(&self->no_results[w]);
  }
  vector_free(&self->numbers);
  vector_free(&self->positions);
  if (self->work_made) chunk_free(&self->work);
  expressions_close(&self->expressions, op);
}

static Status window_reset(Operator *op) {
  WindowOperator *self = self_of(op);
  for (; self->group < self->group_count; self->group++) free_group(self);
  self->group = 0;
  self->phase = WINDOW_SORT;
  return open_group_buffer(self, 0);
}

static const OperatorClass window_class = {.name = "WINDOW",
                                           .consume = window_consume,
                                           .produce = window_produce,
                                           .reset = window_reset,
                                           .progress = window_progress,
                                           .close = window_close};

// ---------------------------------------------------------------------------------------------------------------------
// Making
// ---------------------------------------------------------------------------------------------------------------------

typedef ARENA_LIST(Expr *) ExprList;

// Where the value of an expression will be: in a column of the input, in one that is stored for it, or nowhere, for constants.
// Not `may_be_constant`: the key of RANGE, which is searched for in the rows.
static Status find_child(WindowOperator *self, Expr *expr, bool may_be_constant, ExprList *stored, WindowChild *child) {
  const ExecutionContext *context = &self->op.execution->context;
  child->type = expr->type;
  if (may_be_constant && expr->kind == EXPR_CONSTANT) {
    child->constant = true;
    child->value = expr->constant;
    child->value.type = expr->type;
    return OK;
  }
  if (expr->kind == EXPR_INPUT) {
    child->column = expr->input;
    return OK;
  }
  for (uint32_t i = 0; i < stored->count; i++) {
    if (!expr_equal(stored->items[i], expr)) continue;
    child->column = self->input_count + i;
    return OK;
  }
  child->column = self->input_count + stored->count;
  ARENA_PUSH(context->arena, context->error, stored, expr);
  return OK;
}

static bool same_group(const Window *a, const Window *b) {
  const WindowCall *x = a->call;
  const WindowCall *y = b->call;
  if (x->partition_count != y->partition_count || x->order_count != y->order_count) return false;
  for (uint32_t i = 0; i < x->partition_count + x->order_count; i++) {
    if (!expr_equal(a->expr->children[a->first_partition + i], b->expr->children[b->first_partition + i])) return false;
  }
  for (uint32_t i = 0; i < x->order_count; i++) {
    if (x->order_specs[i].descending != y->order_specs[i].descending) return false;
    if (x->order_specs[i].nulls_first != y->order_specs[i].nulls_first) return false;
  }
  return true;
}

static void mark_needed(Window *window) {
  const WindowCall *call = window->call;
  if (call->kind == WINDOW_NTILE) window->needed[0] = true;
  if (call->kind >= WINDOW_LAG && call->kind <= WINDOW_NTH_VALUE) window->needed[0] = window->children[0].constant;
  if (call->kind == WINDOW_LAG || call->kind == WINDOW_LEAD) window->needed[1] = window->needed[2] = true;
  if (call->kind == WINDOW_NTH_VALUE) window->needed[1] = true;
  if (window->framed && window->start != UINT32_MAX) window->needed[window->start] = true;
  if (window->framed && window->end != UINT32_MAX) window->needed[window->end] = true;
}

static Status open_window(WindowOperator *self, Window *window, ExprList *stored) {
  const ExecutionContext *context = &self->op.execution->context;
  const Expr *expr = window->expr;
  const WindowCall *call = window->call;
  window->first_partition = call->argument_count;
  window->first_order = window->first_partition + call->partition_count;
  window->first_argument_order = window->first_order + call->order_count;
  uint32_t next = window->first_argument_order + call->argument_order_count;
  window->filter = call->has_filter ? next++ : UINT32_MAX;
  window->start = call->has_start ? next++ : UINT32_MAX;
  window->end = call->has_end ? next++ : UINT32_MAX;
  ASSERT(next == expr->child_count);
  window->framed = wants_frames(call);
  window->range_partition = WINDOW_NONE;
  forget_valid(window);
  ARENA_NEW_ARRAY(context->arena, context->error, window->children, expr->child_count);
  ARENA_NEW_ARRAY(context->arena, context->error, window->values, expr->child_count);
  ARENA_NEW_ARRAY(context->arena, context->error, window->needed, expr->child_count + 3);
  for (uint32_t c = 0; c < expr->child_count; c++) {
    bool searched = c == window->first_order && call->frame_mode == FRAME_RANGE && (call->has_start || call->has_end);
    TRY(find_child(self, expr->children[c], !searched, stored, &window->children[c]));
    TRY(vector_init(&window->values[c], context->memory, expr->children[c]->type, VECTOR_CAPACITY, context->error));
  }
  mark_needed(window);
  if (window->framed) {
    ARENA_NEW_ARRAY(context->arena, context->error, window->frame_begin, VECTOR_CAPACITY);
    ARENA_NEW_ARRAY(context->arena, context->error, window->frame_end, VECTOR_CAPACITY);
  }
  if (call->kind == WINDOW_AGGREGATE) return window_aggregate_open(self, window);
  ARENA_NEW_ARRAY(context->arena, context->error, window->picks, VECTOR_CAPACITY);
  return OK;
}

static Status open_keys(WindowOperator *self, const Window *window, WindowKeys *keys) {
  const ExecutionContext *context = &self->op.execution->context;
  uint32_t total = window->call->partition_count + window->call->order_count;
  ARENA_NEW_ARRAY(context->arena, context->error, keys->children, total);
  ARENA_NEW_ARRAY(context->arena, context->error, keys->keys, total);
  for (uint32_t i = 0; i < total; i++) {
    const WindowChild *child = &window->children[window->first_partition + i];
    bool partition = i < window->call->partition_count;
    if (child->constant) continue;
    keys->children[keys->count] = child;
    keys->keys[keys->count].expr = window->expr->children[window->first_partition + i];
    if (!partition) keys->keys[keys->count].spec = window->call->order_specs[i - window->call->partition_count];
    keys->count++;
    keys->partition_count += partition;
  }
  return OK;
}

static Status open_windows(WindowOperator *self, ExprList *stored) {
  const WindowNode *node = &self->op.plan->window;
  const ExecutionContext *context = &self->op.execution->context;
  ARENA_NEW_ARRAY(context->arena, context->error, self->keys, node->window_count);
  ARENA_NEW_ARRAY(context->arena, context->error, self->buffers, node->window_count);
  ARENA_NEW_ARRAY(context->arena, context->error, self->buffer_made, node->window_count);
  ARENA_NEW_ARRAY(context->arena, context->error, self->windows, node->window_count);
  for (uint32_t w = 0; w < node->window_count; w++) {
    Window *window = &self->windows[w];
    window->expr = node->windows[w];
    window->call = window->expr->window;
    window->number = w;
    self->window_count = w + 1;
    TRY(open_window(self, window, stored));
    uint32_t other = 0;
    while (other < w && !same_group(&self->windows[other], window)) other++;
    window->group = other < w ? self->windows[other].group : self->group_count;
    if (other == w) TRY(open_keys(self, window, &self->keys[self->group_count++]));
  }
  if (!self->group_count) self->group_count = 1; // a node whose windows nobody wanted hands its rows on
  return OK;
}

static Status lay_out_columns(WindowOperator *self, const ExprList *stored) {
  const ExecutionContext *context = &self->op.execution->context;
  const Type *input_types;
  bool several = self->group_count > 1;
  uint32_t at = 0;
  self->column_count = self->input_count + stored->count + self->window_count;
  TRY(plan_types(self->op.execution, self->op.plan->children[0], &input_types));
  ARENA_NEW_ARRAY(context->arena, context->error, self->types, self->column_count);
  for (uint32_t c = 0; c < self->input_count; c++) self->types[at++] = input_types[c];
  for (uint32_t e = 0; e < stored->count; e++) self->types[at++] = stored->items[e]->type;
  for (uint32_t w = 0; w < self->window_count; w++) self->types[at++] = self->windows[w].expr->type;
  if (!several) {
    self->column_count -= self->window_count;
    return OK;
  }
  ARENA_NEW_ARRAY(context->arena, context->error, self->no_results, self->window_count);
  for (uint32_t w = 0; w < self->window_count; w++) {
    TRY(vector_init(&self->no_results[w], context->memory, self->windows[w].expr->type, 1, context->error));
    vector_set_null_constant(&self->no_results[w]);
  }
  TRY(chunk_init(&self->work, context->memory, self->types, self->column_count, context->error));
  self->work_made = true;
  return OK;
}

static Status make_scratch(WindowOperator *self) {
  const ExecutionContext *context = &self->op.execution->context;
  uint32_t most = 0;
  for (uint32_t w = 0; w < self->window_count; w++) most = MAX_OF(most, self->windows[w].expr->child_count);
  ARENA_NEW(context->arena, context->error, self->places);
  ARENA_NEW_ARRAY(context->arena, context->error, self->payload, self->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, self->sort_keys, most + 1);
  ARENA_NEW_ARRAY(context->arena, context->error, self->keys_now, most);
  ARENA_NEW_ARRAY(context->arena, context->error, self->keys_before, most);
  TRY(vector_init(&self->numbers, context->memory, TYPE(BIGINT), VECTOR_CAPACITY, context->error));
  return vector_init(&self->positions, context->memory, TYPE(BIGINT), VECTOR_CAPACITY, context->error);
}

Status make_window(Execution *execution, const LogicalPlan *plan, Operator **out) {
  WindowOperator *self;
  const Type *types;
  ExprList stored = {0};
  TRY(operator_make(execution, &window_class, plan, sizeof *self, &self));
  *out = &self->op;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&self->op, types, plan->column_count));
  self->input_count = plan->children[0]->column_count;
  TRY(open_windows(self, &stored));
  TRY(lay_out_columns(self, &stored));
  TRY(make_scratch(self));
  if (stored.count) TRY(expressions_open(&self->expressions, &self->op, stored.items, stored.count));
  return open_group_buffer(self, 0);
}
