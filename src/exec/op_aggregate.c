// SPDX-License-Identifier: MIT
//
// op_aggregate.c: GROUP BY: a sink that updates aggregate states, then a source of groups and results.
//
// Each grouping set has a group table. An aggregate with DISTINCT or ORDER BY does not see its rows at once:
//
//   DISTINCT   rows go into a group table of (groups, arguments); `finish` feeds its rows to the states
//   ORDER BY   rows go into a sort buffer with the address of their group; `finish` feeds them in order (addresses of groups never change)
//
// Without groups there is one state row, and updates run without a hash.
#include "exec/group_table.h"
#include "exec/operator.h"
#include "exec/sort_buffer.h"

typedef struct AggregateSlot {
  AggregateCall call;
  Expr *expr;
  uint32_t state_offset;   // in the tail of a group's row
  uint32_t first_argument; // in the input expressions
  uint32_t filter;         // likewise; UINT32_MAX: none
  uint32_t first_order;    // likewise
  uint32_t order_count;
  bool distinct;
} AggregateSlot;

typedef struct SetState {
  const uint32_t *groups; // positions in the node's groups
  uint32_t group_count;
  GroupTable table;
  GroupTable *distinct; // [aggregate_count], those of distinct slots are in use
  SortBuffer *ordered;  // [aggregate_count], those of ordered slots are in use
  bool single;          // no groups: one row, always there
  uint8_t *single_row;
} SetState;

typedef struct AggregateOperator {
  Operator op;
  Expressions input; // groups, then for each aggregate its arguments, filter, order keys
  AggregateSlot *slots;
  uint32_t slot_count;
  uint32_t state_size;
  SetState *sets;
  uint32_t set_count;
  Arena states;      // what aggregate states point to
  Vector *keys;      // scratch: borrowed key columns of a set
  Vector *arguments; // scratch: sliced arguments
  const Vector **argument_pointers;
  uint32_t most_arguments;
  // finish
  uint32_t finish_set;
  uint32_t finish_slot;
  GroupCursor finish_cursor;
  bool finish_sorted;
  Chunk replay; // rows of a distinct table or sort buffer
  bool replay_made;
  // produce
  uint32_t produce_set;
  GroupCursor produce_cursor;
  uint8_t *produce_rows[VECTOR_CAPACITY]; // groups of the chunk in hand
  uint32_t produce_count;                 // 0: none
  uint32_t produce_slot;                  // whose results come next
  FinalizeCursor produce_finalize;        // of that slot
} AggregateOperator;

static AggregateOperator *self_of(Operator *op) { return (AggregateOperator *)op; }

// ---------------------------------------------------------------------------------------------------------------------
// States
// ---------------------------------------------------------------------------------------------------------------------

static void init_states(AggregateOperator *self, uint8_t *states) {
  for (uint32_t a = 0; a < self->slot_count; a++) {
    if (self->slots[a].call.function->init) {
      self->slots[a].call.function->init(&self->slots[a].call, states + self->slots[a].state_offset);
    }
  }
}

static Status update_slot(AggregateOperator *self, const AggregateSlot *slot, uint8_t *const *rows, uint32_t tail,
                          const Vector *arguments, uint32_t count) {
  void *states[VECTOR_CAPACITY];
  EvalContext *eval = &self->op.execution->eval;
  const AggregateFunction *function = slot->call.function;
  for (uint32_t i = 0; i < slot->call.argument_count; i++) self->argument_pointers[i] = &arguments[i];
  uint32_t offset = tail + slot->state_offset;
  for (uint32_t i = 0; i < count; i++) states[i] = rows[i] + offset;
  return function->update(eval, &slot->call, &self->states, states, self->argument_pointers, count);
}

static Status update_single(AggregateOperator *self, const AggregateSlot *slot, uint8_t *row, uint32_t tail,
                            const Vector *arguments, uint32_t count) {
  const AggregateFunction *function = slot->call.function;
  if (!function->update_one) {
    uint8_t *rows[VECTOR_CAPACITY];
    for (uint32_t i = 0; i < count; i++) rows[i] = row;
    return update_slot(self, slot, rows, tail, arguments, count);
  }
  for (uint32_t i = 0; i < slot->call.argument_count; i++) self->argument_pointers[i] = &arguments[i];
  return function->update_one(&self->op.execution->eval, &slot->call, &self->states, row + tail + slot->state_offset,
                              self->argument_pointers, count);
}

// ---------------------------------------------------------------------------------------------------------------------
// Consume
// ---------------------------------------------------------------------------------------------------------------------

// Rows that pass the slot's FILTER; false: all do.
static bool filtered_rows(const AggregateOperator *self, const AggregateSlot *slot, uint32_t count, uint32_t *selection,
                          uint32_t *selected) {
  if (slot->filter == UINT32_MAX) return false;
  *selected = vector_true_select(&self->input.results[slot->filter], NULL, count, selection);
  return *selected < count;
}

// A scratch vector becomes the chosen rows of an argument. A constant is borrowed with its children: the scratch needs as many.
static Status slice_argument(AggregateOperator *self, uint32_t scratch, const Vector *argument,
                             const uint32_t *selection, uint32_t count) {
  Vector *slice = &self->arguments[scratch];
  if (argument->form == VECTOR_CONSTANT && argument->child_count) {
    Memory *memory = slice->memory;
    vector_free(slice);
    TRY(vector_init(slice, memory, argument->type, 0, op_error(&self->op)));
  }
  return vector_slice(slice, argument, selection, count, op_error(&self->op));
}

static Status consume_distinct(AggregateOperator *self, SetState *set, uint32_t a, const uint32_t *selection,
                               uint32_t count) {
  const AggregateSlot *slot = &self->slots[a];
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t created[VECTOR_CAPACITY];
  uint32_t created_count;
  uint32_t parts = slot->call.argument_count + slot->order_count;
  for (uint32_t k = 0; k < set->group_count + parts; k++) {
    uint32_t part = k - set->group_count;
    uint32_t from = k < set->group_count               ? set->groups[k]
                    : part < slot->call.argument_count ? slot->first_argument + part
                                                       : slot->first_order + part - slot->call.argument_count;
    self->keys[k] = self->input.results[from];
    if (!selection) continue;
    TRY(slice_argument(self, k, &self->input.results[from], selection, count));
    self->keys[k] = self->arguments[k];
  }
  return group_table_find(&set->distinct[a], self->keys, count, rows, created, &created_count, op_error(&self->op));
}

static Status consume_ordered(AggregateOperator *self, SetState *set, uint32_t a, uint8_t *const *rows,
                              const uint32_t *selection, uint32_t count) {
  const AggregateSlot *slot = &self->slots[a];
  return sort_buffer_append_tagged(&set->ordered[a], self->input.results + slot->first_order,
                                   self->input.results + slot->first_argument, rows, selection, count,
                                   op_error(&self->op));
}

static Status consume_slot(AggregateOperator *self, SetState *set, uint32_t a, uint8_t *const *rows, uint32_t count) {
  const AggregateSlot *slot = &self->slots[a];
  uint32_t selection[VECTOR_CAPACITY];
  uint8_t *kept_rows[VECTOR_CAPACITY];
  uint32_t selected = count;
  bool filtered = filtered_rows(self, slot, count, selection, &selected);
  if (!selected) return OK;
  const uint32_t *chosen = filtered ? selection : NULL;
  if (slot->distinct) return consume_distinct(self, set, a, chosen, selected);
  if (slot->order_count) return consume_ordered(self, set, a, rows, chosen, selected);
  const Vector *arguments = self->input.results + slot->first_argument;
  if (filtered) {
    for (uint32_t i = 0; i < slot->call.argument_count; i++) {
      TRY(slice_argument(self, i, &arguments[i], selection, selected));
    }
    arguments = self->arguments;
  }
  uint32_t tail = set->table.layout.tail_offset;
  if (set->single) return update_single(self, slot, set->single_row, tail, arguments, selected);
  if (filtered) {
    for (uint32_t i = 0; i < selected; i++) kept_rows[i] = rows[selection[i]];
    rows = kept_rows;
  }
  return update_slot(self, slot, rows, tail, arguments, selected);
}

// The groups of a chunk's rows, with initialised states.
static Status find_groups(AggregateOperator *self, SetState *set, const Vector *keys, uint32_t count, uint8_t **rows) {
  uint32_t created[VECTOR_CAPACITY];
  uint32_t created_count;
  TRY(group_table_find(&set->table, keys, count, rows, created, &created_count, op_error(&self->op)));
  for (uint32_t i = 0; i < created_count; i++) init_states(self, group_states(&set->table, rows[created[i]]));
  return OK;
}

// Room for the groups of one more chunk, a step at a time.
static Status reserve_groups(AggregateOperator *self, bool *more) {
  *more = false;
  for (uint32_t s = 0; s < self->set_count && !*more; s++) {
    SetState *set = &self->sets[s];
    if (!set->single) TRY(group_table_reserve(&set->table, more, op_error(&self->op)));
    for (uint32_t a = 0; a < self->slot_count && !*more; a++) {
      if (self->slots[a].distinct) TRY(group_table_reserve(&set->distinct[a], more, op_error(&self->op)));
    }
  }
  return OK;
}

static Status aggregate_consume(Operator *op, const Chunk *input, bool *more) {
  AggregateOperator *self = self_of(op);
  uint8_t *rows[VECTOR_CAPACITY];
  TRY(reserve_groups(self, more));
  if (*more) return OK;
  TRY(expressions_run(&self->input, input));
  for (uint32_t s = 0; s < self->set_count; s++) {
    SetState *set = &self->sets[s];
    if (set->single) {
      for (uint32_t i = 0; i < input->row_count; i++) rows[i] = set->single_row;
    } else {
      for (uint32_t g = 0; g < set->group_count; g++) self->keys[g] = self->input.results[set->groups[g]];
      TRY(find_groups(self, set, self->keys, input->row_count, rows));
    }
    for (uint32_t a = 0; a < self->slot_count; a++) TRY(consume_slot(self, set, a, rows, input->row_count));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Finish: what waited for order or distinctness
// ---------------------------------------------------------------------------------------------------------------------

static Status open_replay(AggregateOperator *self, const Type *types, uint32_t count) {
  if (self->replay_made) chunk_free(&self->replay);
  self->replay_made = false;
  TRY(chunk_init(&self->replay, op_memory(&self->op), types, count, op_error(&self->op)));
  self->replay_made = true;
  return OK;
}

// One chunk of a distinct table: to its groups, or, when the call is ordered too, into the sort buffer.
static Status replay_distinct(AggregateOperator *self, SetState *set, uint32_t a, bool *more) {
  const AggregateSlot *slot = &self->slots[a];
  GroupTable *table = &set->distinct[a];
  uint8_t *distinct_rows[VECTOR_CAPACITY];
  uint8_t *rows[VECTOR_CAPACITY];
  if (!set->single) {
    TRY(group_table_reserve(&set->table, more, op_error(&self->op)));
    if (*more) return OK;
  }
  if (!self->replay_made) TRY(open_replay(self, table->layout.types, table->layout.column_count));
  uint32_t count = group_table_next(table, &self->finish_cursor, distinct_rows, VECTOR_CAPACITY);
  *more = count > 0;
  if (!count) return OK;
  TRY(chunk_reset(&self->replay, op_error(&self->op)));
  for (uint32_t c = 0; c < table->layout.column_count; c++) {
    TRY(row_gather(&table->layout, distinct_rows, count, c, &self->replay.columns[c], 0, op_error(&self->op)));
  }
  if (set->single) {
    for (uint32_t i = 0; i < count; i++) rows[i] = set->single_row;
  } else {
    TRY(find_groups(self, set, self->replay.columns, count, rows));
  }
  const Vector *arguments = self->replay.columns + set->group_count;
  if (slot->order_count) {
    return sort_buffer_append_tagged(&set->ordered[a], arguments + slot->call.argument_count, arguments, rows, NULL,
                                     count, op_error(&self->op));
  }
  return update_slot(self, slot, rows, set->table.layout.tail_offset, arguments, count);
}

static Status replay_ordered(AggregateOperator *self, SetState *set, uint32_t a, bool *more) {
  const AggregateSlot *slot = &self->slots[a];
  SortBuffer *buffer = &set->ordered[a];
  uint8_t *groups[VECTOR_CAPACITY];
  *more = true;
  if (!self->finish_sorted) {
    bool done;
    TRY(sort_buffer_finish(buffer, &done, op_error(&self->op)));
    self->finish_sorted = done;
    if (done) TRY(open_replay(self, slot->call.argument_types, slot->call.argument_count));
    return OK;
  }
  TRY(sort_buffer_next_tagged(buffer, &self->replay, groups, op_error(&self->op)));
  *more = self->replay.row_count > 0;
  if (!*more) return OK;
  return update_slot(self, slot, groups, set->table.layout.tail_offset, self->replay.columns, self->replay.row_count);
}

static void next_finish_slot(AggregateOperator *self) {
  self->finish_slot++;
  if (self->finish_slot == self->slot_count) {
    self->finish_slot = 0;
    self->finish_set++;
  }
  self->finish_cursor = (GroupCursor){0};
  self->finish_sorted = false;
  if (self->replay_made) chunk_free(&self->replay);
  self->replay_made = false;
}

static Status aggregate_finish(Operator *op, bool *done) {
  AggregateOperator *self = self_of(op);
  *done = true;
  while (self->slot_count && self->finish_set < self->set_count) {
    SetState *set = &self->sets[self->finish_set];
    uint32_t a = self->finish_slot;
    const AggregateSlot *slot = &self->slots[a];
    bool more = false;
    if (slot->distinct && self->finish_cursor.partition < GROUP_PARTITION_COUNT) {
      TRY(replay_distinct(self, set, a, &more));
      if (!more && slot->order_count) {
        more = true;
        chunk_free(&self->replay);
        self->replay_made = false;
      }
    } else if (slot->order_count) {
      TRY(replay_ordered(self, set, a, &more));
    }
    if (more) {
      *done = false;
      return OK;
    }
    next_finish_slot(self);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Produce
// ---------------------------------------------------------------------------------------------------------------------

static Status fill_groupings(AggregateOperator *self, const SetState *set, uint32_t first_column, uint32_t count) {
  const AggregateNode *node = &self->op.plan->aggregate;
  for (uint32_t k = 0; k < node->grouping_count; k++) {
    int64_t mask = 0;
    for (uint32_t i = 0; i < node->groupings[k].count; i++) {
      bool grouped = false;
      for (uint32_t g = 0; g < set->group_count; g++) grouped |= set->groups[g] == node->groupings[k].groups[i];
      mask = mask << 1 | !grouped;
    }
    int64_t *out = self->op.out.columns[first_column + k].data;
    for (uint32_t i = 0; i < count; i++) out[i] = mask;
  }
  return OK;
}

static Status produce_groups(AggregateOperator *self, const SetState *set) {
  const AggregateNode *node = &self->op.plan->aggregate;
  Operator *op = &self->op;
  TRY(chunk_reset(&op->out, op_error(op)));
  for (uint32_t g = 0; g < node->group_count; g++) {
    uint32_t k = 0;
    while (k < set->group_count && set->groups[k] != g) k++;
    if (k < set->group_count) {
      TRY(row_gather(&set->table.layout, self->produce_rows, self->produce_count, k, &op->out.columns[g], 0,
                     op_error(op)));
    } else {
      vector_set_null_constant(&op->out.columns[g]);
    }
  }
  return fill_groupings(self, set, node->group_count + self->slot_count, self->produce_count);
}

static Status produce_slot(AggregateOperator *self, const SetState *set) {
  const AggregateSlot *slot = &self->slots[self->produce_slot];
  Vector *result = &self->op.out.columns[self->op.plan->aggregate.group_count + self->produce_slot];
  FinalizeCursor *cursor = &self->produce_finalize;
  void *states[VECTOR_CAPACITY];
  for (uint32_t i = 0; i < self->produce_count; i++)
    states[i] = group_states(&set->table, self->produce_rows[i]) + slot->state_offset;
  cursor->more = false;
  TRY(slot->call.function->finalize(&self->op.execution->eval, &slot->call, states, self->produce_count, result,
                                    cursor));
  if (cursor->more) return OK;
  *cursor = (FinalizeCursor){0};
  self->produce_slot++;
  return OK;
}

// The next groups; false: there are no more in the set.
static bool next_groups(AggregateOperator *self, const SetState *set) {
  if (set->single) {
    self->produce_rows[0] = set->single_row;
    self->produce_count = self->produce_cursor.partition == 0;
    self->produce_cursor.partition = GROUP_PARTITION_COUNT;
  } else {
    self->produce_count =
        group_table_next(&set->table, &self->produce_cursor, self->produce_rows, operator_rows(&self->op));
  }
  return self->produce_count > 0;
}

// A turn for the groups of a chunk and the first aggregate, then at least one for each further aggregate.
static Status aggregate_produce(Operator *op, SourceTurn *turn) {
  AggregateOperator *self = self_of(op);
  *turn = SOURCE_END;
  while (!self->produce_count) {
    if (self->produce_set == self->set_count) return OK;
    if (next_groups(self, &self->sets[self->produce_set])) {
      self->produce_slot = 0;
      TRY(produce_groups(self, &self->sets[self->produce_set]));
    } else {
      self->produce_set++;
      self->produce_cursor = (GroupCursor){0};
    }
  }
  const SetState *set = &self->sets[self->produce_set];
  if (self->produce_slot < self->slot_count) TRY(produce_slot(self, set));
  *turn = SOURCE_NOTHING_YET;
  if (self->produce_slot < self->slot_count) return OK;
  op->out.row_count = self->produce_count;
  self->produce_count = 0;
  *turn = SOURCE_ROWS;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Making and ending
// ---------------------------------------------------------------------------------------------------------------------

static void free_set(AggregateOperator *self, SetState *set) {
  group_table_free(&set->table);
  for (uint32_t a = 0; a < self->slot_count; a++) {
    if (set->distinct && self->slots[a].distinct) group_table_free(&set->distinct[a]);
    if (set->ordered && self->slots[a].order_count) sort_buffer_free(&set->ordered[a]);
  }
}

static void aggregate_close(Operator *op) {
  AggregateOperator *self = self_of(op);
  for (uint32_t s = 0; self->sets && s < self->set_count; s++) free_set(self, &self->sets[s]);
  expressions_close(&self->input, op);
  if (self->replay_made) chunk_free(&self->replay);
  for (uint32_t i = 0; self->arguments && i < self->most_arguments; i++) vector_free(&self->arguments[i]);
  arena_free_later(&self->states);
}

static Status start_single(AggregateOperator *self, SetState *set) {
  uint32_t created[1];
  uint32_t created_count;
  uint8_t *rows[1];
  TRY(group_table_find(&set->table, NULL, 1, rows, created, &created_count, op_error(&self->op)));
  set->single_row = rows[0];
  init_states(self, group_states(&set->table, rows[0]));
  return OK;
}

static Status aggregate_reset(Operator *op) {
  AggregateOperator *self = self_of(op);
  for (uint32_t s = 0; s < self->set_count; s++) {
    free_set(self, &self->sets[s]);
    if (self->sets[s].single) TRY(start_single(self, &self->sets[s]));
  }
  arena_reset(&self->states);
  self->finish_set = self->finish_slot = self->produce_set = self->produce_count = 0;
  self->finish_cursor = self->produce_cursor = (GroupCursor){0};
  self->finish_sorted = false;
  self->produce_finalize = (FinalizeCursor){0};
  return OK;
}

static Status open_set(AggregateOperator *self, SetState *set) {
  const ExecutionContext *context = &self->op.execution->context;
  const AggregateNode *node = &self->op.plan->aggregate;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, types, set->group_count + self->most_arguments);
  for (uint32_t g = 0; g < set->group_count; g++) types[g] = node->groups[set->groups[g]]->type;
  TRY(group_table_init(&set->table, context->memory, context->arena, types, set->group_count, self->state_size,
                       context->error));
  ARENA_NEW_ARRAY(context->arena, context->error, set->distinct, self->slot_count);
  ARENA_NEW_ARRAY(context->arena, context->error, set->ordered, self->slot_count);
  for (uint32_t a = 0; a < self->slot_count; a++) {
    const AggregateSlot *slot = &self->slots[a];
    if (slot->distinct) {
      uint32_t count = set->group_count;
      for (uint32_t i = 0; i < slot->call.argument_count; i++) types[count++] = slot->call.argument_types[i];
      for (uint32_t i = 0; i < slot->order_count; i++) types[count++] = slot->expr->aggregate.order[i].expr->type;
      TRY(group_table_init(&set->distinct[a], context->memory, context->arena, types, count, 0, context->error));
    }
    if (slot->order_count) {
      TRY(sort_buffer_init(&set->ordered[a], context->memory, context->arena, slot->expr->aggregate.order,
                           slot->order_count, slot->call.argument_types, slot->call.argument_count, 0, context->error));
    }
  }
  set->single = set->group_count == 0;
  return set->single ? start_single(self, set) : OK;
}

static Status open_sets(AggregateOperator *self) {
  const ExecutionContext *context = &self->op.execution->context;
  const AggregateNode *node = &self->op.plan->aggregate;
  uint32_t *all;
  self->set_count = node->set_count ? node->set_count : 1;
  ARENA_NEW_ARRAY(context->arena, context->error, self->sets, self->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, all, node->group_count);
  for (uint32_t g = 0; g < node->group_count; g++) all[g] = g;
  for (uint32_t s = 0; s < self->set_count; s++) {
    self->sets[s].groups = node->set_count ? node->sets[s].groups : all;
    self->sets[s].group_count = node->set_count ? node->sets[s].count : node->group_count;
    TRY(open_set(self, &self->sets[s]));
  }
  return OK;
}

// Lists the expressions that the input is evaluated to, and where each aggregate finds its own.
static Status lay_out_input(AggregateOperator *self) {
  const ExecutionContext *context = &self->op.execution->context;
  const AggregateNode *node = &self->op.plan->aggregate;
  ARENA_LIST(Expr *) list = {0};
  for (uint32_t g = 0; g < node->group_count; g++) ARENA_PUSH(context->arena, context->error, &list, node->groups[g]);
  for (uint32_t a = 0; a < self->slot_count; a++) {
    AggregateSlot *slot = &self->slots[a];
    Expr *expr = node->aggregates[a];
    Type *types;
    ARENA_NEW_ARRAY(context->arena, context->error, types, expr->child_count);
    slot->expr = expr;
    slot->first_argument = list.count;
    for (uint32_t i = 0; i < expr->child_count; i++) {
      types[i] = expr->children[i]->type;
      ARENA_PUSH(context->arena, context->error, &list, expr->children[i]);
    }
    slot->filter = UINT32_MAX;
    if (expr->aggregate.filter) {
      slot->filter = list.count;
      ARENA_PUSH(context->arena, context->error, &list, expr->aggregate.filter);
    }
    slot->distinct = expr->aggregate.distinct && expr->aggregate.function->distinct_matters && expr->child_count;
    slot->order_count = expr->aggregate.function->order_matters ? expr->aggregate.order_count : 0;
    slot->first_order = list.count;
    for (uint32_t i = 0; i < slot->order_count; i++) {
      ARENA_PUSH(context->arena, context->error, &list, expr->aggregate.order[i].expr);
    }
    slot->call = (AggregateCall){.function = expr->aggregate.function,
                                 .bind_data = expr->aggregate.bind_data,
                                 .argument_types = types,
                                 .argument_count = expr->child_count,
                                 .result_type = expr->type,
                                 .has_order = slot->order_count > 0};
    slot->state_offset = self->state_size;
    self->state_size += (expr->aggregate.function->state_size + 15) & ~15u;
    self->most_arguments = MAX_OF(self->most_arguments, expr->child_count + slot->order_count);
  }
  self->most_arguments += node->group_count;
  return expressions_open(&self->input, &self->op, list.items, list.count);
}

static Status make_scratch(AggregateOperator *self) {
  const ExecutionContext *context = &self->op.execution->context;
  ARENA_NEW_ARRAY(context->arena, context->error, self->keys, self->most_arguments + 1);
  ARENA_NEW_ARRAY(context->arena, context->error, self->argument_pointers, self->most_arguments + 1);
  ARENA_NEW_ARRAY(context->arena, context->error, self->arguments, self->most_arguments + 1);
  for (uint32_t i = 0; i < self->most_arguments; i++) {
    TRY(vector_init(&self->arguments[i], context->memory, TYPE(BOOLEAN), 1, context->error));
  }
  return OK;
}

static const OperatorClass aggregate_class = {.name = "HASH_GROUP_BY",
                                              .consume = aggregate_consume,
                                              .finish = aggregate_finish,
                                              .produce = aggregate_produce,
                                              .reset = aggregate_reset,
                                              .close = aggregate_close};

Status make_aggregate_operator(Execution *execution, const LogicalPlan *plan, Operator **out) {
  AggregateOperator *self;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &aggregate_class, plan, sizeof *self, &self));
  arena_init(&self->states, context->memory);
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&self->op, types, plan->column_count));
  self->slot_count = plan->aggregate.aggregate_count;
  ARENA_NEW_ARRAY(context->arena, context->error, self->slots, self->slot_count);
  TRY(lay_out_input(self));
  TRY(make_scratch(self));
  TRY(open_sets(self));
  *out = &self->op;
  return OK;
}
