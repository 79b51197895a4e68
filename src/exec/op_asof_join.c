// SPDX-License-Identifier: MIT
//
// op_asof_join.c: ASOF joins: each left row meets the nearest right row that satisfies all conditions.
//
// The right rows are sorted by their keys: the normalised bytes of the equality columns, then of the inequality column, descending for < and <=. In this order
// the wanted row is always the last one whose key is not beyond the left row's (or, for < and >, is before it), if it has the same equality
// columns: a binary search. Where there is a further condition (residual) the search goes back row by row, all left rows of the chunk at once.
//
// Entries are sorted bottom-up, so many a call. A right row that some key of is NULL has no entry.
#include "exec/operator.h"
#include "exec/row_store.h"

// Entries that one call of finish merges.
#define SORT_STEP_ENTRIES (64 * 1024)

typedef struct AsofEntry {
  const uint8_t *key;
  uint8_t *row;
  uint32_t length;
} AsofEntry;

typedef struct AsofJoin {
  Operator op;
  uint8_t kind; // JoinKind: INNER, LEFT, RIGHT, FULL, SEMI, ANTI
  bool strict;  // < or >
  uint32_t left_count;
  uint32_t right_count;
  uint32_t key_count; // the inequality is the last
  SortSpec *specs;    // [key_count]
  Expressions left_keys;
  Expressions right_keys;
  Evaluator *residual; // NULL: none
  // right side
  Arena keys;
  RowLayout layout; // tail: 1 when some left row met the row (RIGHT, FULL)
  RowStore rows;
  AsofEntry *entries;
  AsofEntry *scratch;
  uint64_t entry_count;
  uint64_t entry_capacity;
  uint64_t sorted_width; // runs of so many entries are sorted
  uint64_t sorted_to;    // of the present pass
  uint64_t taken[2];     // entries taken of the two runs that are being merged
  uint8_t *null_row;     // all columns NULL: what LEFT gives without a partner
  TextBuilder key_text;
  // one input chunk
  uint64_t position[VECTOR_CAPACITY];      // entry + 1 that is the candidate of left row i; 0: none
  uint32_t prefix_length[VECTOR_CAPACITY]; // bytes of the equality columns in its key
  uint8_t *match[VECTOR_CAPACITY];         // right row; NULL: none
  uint32_t selection[VECTOR_CAPACITY];     // left rows that are handed out
  Chunk pairs;                             // left columns, right columns
  RowCursor cursor;
} AsofJoin;

static AsofJoin *self_of(Operator *op) { return (AsofJoin *)op; }

static bool keeps_right(uint8_t kind) { return kind == JOIN_RIGHT || kind == JOIN_FULL; }

// The key of a row; *usable false: a NULL that meets nothing. *prefix: bytes before the inequality column.
static Status make_key(AsofJoin *join, const Expressions *keys, uint32_t row, uint32_t *prefix, bool *usable) {
  const JoinNode *node = &join->op.plan->join;
  text_clear(&join->key_text);
  *usable = true;
  for (uint32_t i = 0; i < join->key_count && *usable; i++) {
    VectorView view;
    vector_view(&keys->results[i], &view);
    bool null = !view_valid(&view, view_row(&view, row));
    if (null && node->conditions[i].compare != COMPARE_NOT_DISTINCT) *usable = false;
    if (i + 1 == join->key_count) *prefix = (uint32_t)join->key_text.length;
    sort_key_append(&join->key_text, &keys->results[i], row, join->specs[i]);
  }
  return join->key_text.failed ? error_no_memory(op_error(&join->op)) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Right side
// ---------------------------------------------------------------------------------------------------------------------

static Status add_entry(AsofJoin *join, uint8_t *row) {
  Memory *memory = op_memory(&join->op);
  Error *error = op_error(&join->op);
  Str key = text_str(&join->key_text);
  if (join->entry_count == join->entry_capacity) {
    uint64_t capacity = join->entry_capacity ? join->entry_capacity * 2 : 1024;
    AsofEntry *entries =
        memory_grow(memory, join->entries, sizeof *entries * join->entry_capacity, sizeof *entries * capacity);
    if (!entries) return error_no_memory(error);
    join->entries = entries;
    join->entry_capacity = capacity;
  }
  uint8_t *bytes = arena_allocate(&join->keys, MAX_OF(key.length, (size_t)1));
  if (!bytes) return error_no_memory(error);
  memcpy(bytes, key.data, key.length);
  join->entries[join->entry_count++] = (AsofEntry){.key = bytes, .row = row, .length = (uint32_t)key.length};
  return OK;
}

static Status asof_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  AsofJoin *join = self_of(op);
  uint8_t *rows[VECTOR_CAPACITY];
  TRY(expressions_run(&join->right_keys, input));
  TRY(row_store_append(&join->rows, input->columns, NULL, input->row_count, rows, op_error(op)));
  for (uint32_t i = 0; i < input->row_count; i++) {
    uint32_t prefix;
    bool usable;
    TRY(make_key(join, &join->right_keys, i, &prefix, &usable));
    if (usable) TRY(add_entry(join, rows[i]));
  }
  return OK;
}

static int compare_keys(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  size_t both = MIN_OF(a_length, b_length);
  int order = both ? memcmp(a, b, both) : 0;
  if (order) return order;
  return a_length < b_length ? -1 : a_length > b_length;
}

// Goes on to merge the two runs from sorted_to on; false: the budget is used up before they are merged.
static bool merge_runs(AsofJoin *join, uint64_t *budget) {
  uint64_t from = join->sorted_to, width = join->sorted_width, count = join->entry_count;
  uint64_t middle = MIN_OF(from + width, count), end = MIN_OF(from + 2 * width, count);
  uint64_t at = from + join->taken[0] + join->taken[1];
  for (; at < end && *budget; at++, --*budget) {
    uint64_t a = from + join->taken[0], b = middle + join->taken[1];
    const AsofEntry *x = &join->entries[a], *y = &join->entries[b];
    bool first = a < middle && (b >= end || compare_keys(x->key, x->length, y->key, y->length) <= 0);
    join->scratch[at] = first ? *x : *y;
    join->taken[first ? 0 : 1]++;
  }
  if (at < end) return false;
  join->taken[0] = join->taken[1] = 0;
  join->sorted_to = end;
  return true;
}

static Status asof_finish(Operator *op, bool *done) {
  AsofJoin *join = self_of(op);
  uint64_t budget = SORT_STEP_ENTRIES;
  *done = false;
  if (!join->sorted_width && join->entry_count) {
    join->scratch = memory_allocate(op_memory(op), sizeof *join->scratch * join->entry_capacity);
    if (!join->scratch) return error_no_memory(op_error(op));
    join->sorted_width = 1;
  }
  while (join->sorted_width < join->entry_count) {
    while (join->sorted_to < join->entry_count) {
      if (!merge_runs(join, &budget)) return OK;
    }
    AsofEntry *swap = join->entries;
    join->entries = join->scratch;
    join->scratch = swap;
    join->sorted_width *= 2;
    join->sorted_to = 0;
  }
  memory_free(op_memory(op), join->scratch, join->scratch ? sizeof(AsofEntry) * join->entry_capacity : 0);
  join->scratch = NULL;
  *done = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Left side
// ---------------------------------------------------------------------------------------------------------------------

static bool same_prefix(const AsofJoin *join, uint64_t position, const uint8_t *key, uint32_t prefix) {
  const AsofEntry *entry = &join->entries[position - 1];
  return entry->length >= prefix && !memcmp(entry->key, key, prefix);
}

// The number of entries that are not beyond the key, which is the position + 1 of the last.
static uint64_t search(const AsofJoin *join, Str key) {
  uint64_t low = 0, high = join->entry_count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    const AsofEntry *entry = &join->entries[middle];
    int order = compare_keys(entry->key, entry->length, (const uint8_t *)key.data, key.length);
    if (join->strict ? order < 0 : order <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static Status find_candidates(AsofJoin *join, const Chunk *input) {
  TRY(expressions_run(&join->left_keys, input));
  for (uint32_t i = 0; i < input->row_count; i++) {
    bool usable;
    join->match[i] = NULL;
    join->position[i] = 0;
    TRY(make_key(join, &join->left_keys, i, &join->prefix_length[i], &usable));
    if (!usable) continue;
    Str key = text_str(&join->key_text);
    uint64_t position = search(join, key);
    if (position && same_prefix(join, position, (const uint8_t *)key.data, join->prefix_length[i]))
      join->position[i] = position;
  }
  return OK;
}

// The candidate before the present one, if it has the same equality columns.
static void step_back(AsofJoin *join, uint32_t row) {
  uint64_t position = join->position[row];
  const uint8_t *key = join->entries[position - 1].key;
  position--;
  join->position[row] = position && same_prefix(join, position, key, join->prefix_length[row]) ? position : 0;
}

static Status gather_right(AsofJoin *join, uint8_t *const *rows, uint32_t count) {
  for (uint32_t i = 0; i < join->right_count; i++) {
    Vector *column = &join->pairs.columns[join->left_count + i];
    TRY(vector_reset(column, op_error(&join->op)));
    TRY(row_gather(&join->layout, rows, count, i, column, 0, op_error(&join->op)));
  }
  return OK;
}

// Of the candidates the nearest that satisfies the residual.
static Status choose(AsofJoin *join, const Chunk *input) {
  uint32_t open[VECTOR_CAPACITY], chosen[VECTOR_CAPACITY];
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t open_count = 0;
  for (uint32_t i = 0; i < input->row_count; i++) {
    if (!join->position[i]) continue;
    if (!join->residual) join->match[i] = join->entries[join->position[i] - 1].row;
    open[open_count++] = i;
  }
  while (join->residual && open_count) {
    uint32_t chosen_count, left = 0;
    for (uint32_t i = 0; i < open_count; i++) rows[i] = join->entries[join->position[open[i]] - 1].row;
    for (uint32_t i = 0; i < join->left_count; i++)
      TRY(vector_slice(&join->pairs.columns[i], &input->columns[i], open, open_count, op_error(&join->op)));
    TRY(gather_right(join, rows, open_count));
    join->pairs.row_count = open_count;
    TRY(evaluator_select(join->residual, &join->pairs, chosen, &chosen_count));
    for (uint32_t i = 0, k = 0; i < open_count; i++) {
      if (k < chosen_count && chosen[k] == i) {
        join->match[open[i]] = rows[i];
        k++;
        continue;
      }
      step_back(join, open[i]);
      if (join->position[open[i]]) open[left++] = open[i];
    }
    open_count = left;
  }
  return OK;
}

static void hand_out(AsofJoin *join, uint32_t count) {
  const LogicalPlan *plan = join->op.plan;
  for (uint32_t i = 0; i < plan->column_count; i++)
    vector_borrow(&join->op.out.columns[i], &join->pairs.columns[plan->kept ? plan->kept[i] : i]);
  join->op.out.row_count = count;
}

static Status asof_process(Operator *op, const Chunk *input, StageTurn *turn) {
  AsofJoin *join = self_of(op);
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t count = 0;
  turn->more = false;
  op->out.row_count = 0;
  TRY(find_candidates(join, input));
  TRY(choose(join, input));
  bool unmatched = join->kind == JOIN_LEFT || join->kind == JOIN_FULL || join->kind == JOIN_ANTI;
  bool matched = join->kind != JOIN_ANTI;
  for (uint32_t i = 0; i < input->row_count; i++) {
    uint8_t *row = join->match[i];
    if (row && keeps_right(join->kind)) row[join->layout.tail_offset] = 1;
    if (row ? !matched : !unmatched) continue;
    join->selection[count] = i;
    rows[count++] = row ? row : join->null_row;
  }
  if (!count) return OK;
  for (uint32_t i = 0; i < join->left_count; i++)
    TRY(vector_slice(&join->pairs.columns[i], &input->columns[i], join->selection, count, op_error(op)));
  if (join->kind != JOIN_SEMI && join->kind != JOIN_ANTI) TRY(gather_right(join, rows, count));
  hand_out(join, count);
  return OK;
}

// Right rows that nobody met.
static Status asof_drain(Operator *op, StageTurn *turn) {
  AsofJoin *join = self_of(op);
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t kept = 0;
  op->out.row_count = 0;
  if (!keeps_right(join->kind)) return OK;
  uint32_t count = row_store_next(&join->rows, &join->cursor, rows, VECTOR_CAPACITY);
  turn->more = count > 0;
  for (uint32_t i = 0; i < count; i++) {
    if (!rows[i][join->layout.tail_offset]) rows[kept++] = rows[i];
  }
  if (!kept) return OK;
  for (uint32_t i = 0; i < join->left_count; i++) vector_set_null_constant(&join->pairs.columns[i]);
  TRY(gather_right(join, rows, kept));
  hand_out(join, kept);
  return OK;
}

static void free_entries(AsofJoin *join) {
  Memory *memory = op_memory(&join->op);
  memory_free(memory, join->entries, sizeof(AsofEntry) * join->entry_capacity);
  memory_free(memory, join->scratch, join->scratch ? sizeof(AsofEntry) * join->entry_capacity : 0);
  join->entries = join->scratch = NULL;
  join->entry_count = join->entry_capacity = join->sorted_to = join->sorted_width = 0;
  join->taken[0] = join->taken[1] = 0;
  row_store_free(&join->rows);
  arena_reset(&join->keys);
  join->cursor = (RowCursor){0, 0};
}

static Status asof_reset(Operator *op) {
  free_entries(self_of(op));
  return OK;
}

static void asof_close(Operator *op) {
  AsofJoin *join = self_of(op);
  expressions_close(&join->left_keys, op);
  expressions_close(&join->right_keys, op);
  if (join->residual) evaluator_close(join->residual);
  free_entries(join);
  arena_free(&join->keys);
  text_free(&join->key_text);
  chunk_free(&join->pairs);
}

static const OperatorClass asof_class = {.name = "ASOF_JOIN",
                                         .consume = asof_consume,
                                         .finish = asof_finish,
                                         .process = asof_process,
                                         .drain = asof_drain,
                                         .reset = asof_reset,
                                         .close = asof_close};

static Status open_keys(AsofJoin *join) {
  const ExecutionContext *context = &join->op.execution->context;
  const JoinNode *node = &join->op.plan->join;
  Expr **left, **right;
  join->key_count = node->condition_count;
  ARENA_NEW_ARRAY(context->arena, context->error, left, join->key_count);
  ARENA_NEW_ARRAY(context->arena, context->error, right, join->key_count);
  ARENA_NEW_ARRAY(context->arena, context->error, join->specs, join->key_count);
  for (uint32_t i = 0; i < join->key_count; i++) {
    left[i] = node->conditions[i].left;
    right[i] = node->conditions[i].right;
  }
  CompareOp compare = node->conditions[join->key_count - 1].compare; // left compare right
  join->specs[join->key_count - 1].descending = compare == COMPARE_LESS || compare == COMPARE_LESS_EQUAL;
  join->strict = compare == COMPARE_LESS || compare == COMPARE_GREATER;
  TRY(expressions_open(&join->left_keys, &join->op, left, join->key_count));
  return expressions_open(&join->right_keys, &join->op, right, join->key_count);
}

Status make_asof_join(Execution *execution, const LogicalPlan *plan, Operator **out) {
  AsofJoin *join;
  Type *types;
  const Type *left, *right;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &asof_class, plan, sizeof *join, &join));
  *out = &join->op;
  join->kind = plan->join.nearest;
  join->left_count = plan->children[0]->column_count;
  join->right_count = plan->children[1]->column_count;
  arena_init(&join->keys, context->memory);
  text_init(&join->key_text, context->memory);
  TRY(plan_types(execution, plan->children[0], &left));
  TRY(plan_types(execution, plan->children[1], &right));
  TRY(row_layout_make(&join->layout, context->arena, right, join->right_count, 0, 1, context->error));
  row_store_init(&join->rows, context->memory, &join->layout);
  ARENA_NEW_ARRAY(context->arena, context->error, join->null_row, join->layout.row_size);
  ARENA_NEW_ARRAY(context->arena, context->error, types, join->left_count + join->right_count);
  if (join->left_count) memcpy(types, left, sizeof *types * join->left_count);
  if (join->right_count) memcpy(types + join->left_count, right, sizeof *types * join->right_count);
  TRY(chunk_init(&join->pairs, context->memory, types, join->left_count + join->right_count, context->error));
  TRY(plan_types(execution, plan, &left));
  TRY(operator_init_out(&join->op, left, plan->column_count));
  TRY(open_keys(join));
  if (!plan->join.residual) return OK;
  Program *program;
  Expr *residual = plan->join.residual;
  TRY(program_compile_filter(context->arena, context->error, residual, &program));
  return evaluator_open(&join->residual, program, context->parameters, &execution->eval);
}
