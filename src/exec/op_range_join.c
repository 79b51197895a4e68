// SPDX-License-Identifier: MIT
//
// op_range_join.c: joins by comparisons alone (a.at >= b.start AND a.at < b.stop): the right rows are sorted, and each left row looks only where
// there can be rows for it.
//
// Every comparison is written as `left <= right` between unsigned 64-bit words: the normalised keys of both sides, with all bits flipped for > and >=,
// and one added to the left for < and >. The right rows are sorted by the word of the first comparison, so what it accepts is all from a position on, found by
// binary search. Beside them lie their words of the other comparisons, and the greatest of each 64, 4,096 and 262,144 rows (zone maps): stretches
// in which a comparison accepts nothing are passed over whole. Where intervals are short against the whole this finds the few rows in about
// logarithmic time; where they are not, it still compares words in order and not rows by expressions.
//
// A left row with a NULL or a word beyond all meets nothing. Right rows with a NULL lie behind the others and are met by nothing. The pairs
// that were found are gathered a chunk at a time; a residual then chooses among them.
#include "exec/operator.h"
#include "exec/sort_buffer.h"

#define LEVEL_COUNT 4
#define LEVEL_SHIFT 6 // a word of a level is the greatest of 64 of the level below; level 0 are the rows' own
// Words that one turn looks at, at most.
#define TURN_WORDS (64 * 1024)

typedef struct RangeJoin {
  Operator op;
  uint8_t kind; // JoinKind: INNER, LEFT, RIGHT, FULL, SEMI, ANTI
  uint32_t left_count;
  uint32_t right_count;
  uint32_t other_count; // comparisons behind the first
  Expressions left_keys;
  Expressions right_keys;
  Evaluator *residual; // NULL: none
  SortKey first;       // what the right rows are sorted by
  bool *right_needed;  // [right_count] columns that are gathered
  // right side
  SortBuffer sorted;            // payload: the right columns, then the keys; the row's tag is 1 when a left row met it
  Vector *payload;              // scratch of append
  Chunk keys;                   // scratch: keys of a chunk of rows
  uint8_t **rows;               // [row_count] in order; from usable_count on those with a NULL
  uint64_t *firsts;             // [usable_count] words of the first comparison, ascending
  uint64_t *words[LEVEL_COUNT]; // [level_length(level)][other_count]
  uint64_t row_count;
  uint64_t usable_count;
  uint64_t filled_count; // rows that were taken out of the sort buffer
  // one input chunk
  bool begun;
  uint32_t left_row;
  uint64_t position;                   // the next right row to look at; NOWHERE: the left row's search has not begun
  uint64_t *left_words;                // [VECTOR_CAPACITY][1 + other_count]
  bool usable[VECTOR_CAPACITY];        // left rows without NULLs
  bool met[VECTOR_CAPACITY];           // left rows
  uint32_t selection[VECTOR_CAPACITY]; // left rows of what is handed out: slices borrow it
  uint8_t *partners[VECTOR_CAPACITY];
  Chunk pairs;  // left columns, right columns
  Chunk passed; // those of them that the residual chose
  uint32_t chosen[VECTOR_CAPACITY];
  uint64_t drained_count;
} RangeJoin;

#define NOWHERE UINT64_MAX

static RangeJoin *self_of(Operator *op) { return (RangeJoin *)op; }

static bool marks_right(uint8_t kind) { return kind == JOIN_RIGHT || kind == JOIN_FULL; }
static bool asks_only(uint8_t kind) { return kind == JOIN_SEMI || kind == JOIN_ANTI; }

static SortSpec spec_of(const JoinCondition *condition) {
  return (SortSpec){.descending = condition->compare == COMPARE_GREATER || condition->compare == COMPARE_GREATER_EQUAL};
}

// The words of a comparison's side, `stride` apart; a NULL makes its row unusable.
static void write_words(const Vector *keys, SortSpec spec, uint32_t count, uint64_t *words, uint32_t stride,
                        bool *usable) {
  uint8_t bytes[VECTOR_CAPACITY * PLAN_RANGE_KEY_BYTES];
  uint32_t size = sort_key_fixed_size(keys->type);
  VectorView view;
  vector_view(keys, &view);
  sort_key_write_fixed(keys, NULL, count, spec, bytes, size);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t word = 0;
    memcpy(&word, bytes + (size_t)i * size + 1, size - 1); // behind the byte that tells NULLs
    words[(size_t)i * stride] = __builtin_bswap64(word);
    if (!view_valid(&view, view_row(&view, i))) usable[i] = false;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Right side
// ---------------------------------------------------------------------------------------------------------------------

static uint64_t level_length(const RangeJoin *join, uint32_t level) {
  uint64_t each = UINT64_C(1) << (LEVEL_SHIFT * level);
  return (join->row_count + each - 1) / each;
}

static Status range_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  RangeJoin *join = self_of(op);
  Vector *payload = join->payload;
  TRY(expressions_run(&join->right_keys, input));
  for (uint32_t i = 0; i < join->right_count; i++) payload[i] = input->columns[i];
  for (uint32_t i = 0; i <= join->other_count; i++) payload[join->right_count + i] = join->right_keys.results[i];
  return sort_buffer_append(&join->sorted, join->right_keys.results, payload, input->row_count, op_error(op));
}

static Status open_index(RangeJoin *join) {
  Memory *memory = op_memory(&join->op);
  uint64_t count = join->sorted.rows.row_count;
  join->row_count = count;
  join->rows = memory_allocate(memory, MAX_OF(count, UINT64_C(1)) * sizeof *join->rows);
  join->firsts = memory_allocate(memory, MAX_OF(count, UINT64_C(1)) * sizeof *join->firsts);
  bool failed = !join->rows || !join->firsts;
  for (uint32_t level = 0; level < LEVEL_COUNT && join->other_count; level++) {
    size_t bytes = level_length(join, level) * join->other_count * sizeof(uint64_t);
    join->words[level] = memory_allocate_zeroed(memory, MAX_OF(bytes, (size_t)8));
    failed = failed || !join->words[level];
  }
  return failed ? error_no_memory(op_error(&join->op)) : OK;
}

static void index_row(RangeJoin *join, uint8_t *row, uint64_t first, const uint64_t *others) {
  uint64_t at = join->usable_count++;
  join->rows[at] = row;
  join->firsts[at] = first;
  for (uint32_t level = 0; level < LEVEL_COUNT && join->other_count; level++) {
    uint64_t *greatest = &join->words[level][(at >> (LEVEL_SHIFT * level)) * join->other_count];
    for (uint32_t i = 0; i < join->other_count; i++) greatest[i] = MAX_OF(greatest[i], others[i]);
  }
}

// Takes a chunk of rows out of the sort buffer; false in *more: there are none left.
static Status index_rows(RangeJoin *join, bool *more) {
  uint8_t *rows[VECTOR_CAPACITY];
  bool usable[VECTOR_CAPACITY];
  uint64_t first[VECTOR_CAPACITY];
  uint32_t stride = join->other_count;
  uint64_t *others = join->left_words; // not in use yet
  uint32_t count = sort_buffer_next_rows(&join->sorted, rows, VECTOR_CAPACITY);
  *more = count > 0;
  TRY(chunk_reset(&join->keys, op_error(&join->op)));
  memset(usable, true, sizeof usable);
  for (uint32_t i = 0; i <= join->other_count; i++) {
    Vector *keys = &join->keys.columns[i];
    SortSpec spec = spec_of(&join->op.plan->join.conditions[i]);
    TRY(row_gather(&join->sorted.layout, rows, count, join->right_count + i, keys, 0, op_error(&join->op)));
    write_words(keys, spec, count, i ? others + i - 1 : first, i ? stride : 1, usable);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint64_t unusable_count = join->filled_count++ - join->usable_count;
    if (usable[i]) {
      index_row(join, rows[i], first[i], others + (size_t)i * stride);
    } else {
      join->rows[join->row_count - 1 - unusable_count] = rows[i];
    }
  }
  return OK;
}

static Status range_finish(Operator *op, bool *done) {
  RangeJoin *join = self_of(op);
  bool more;
  if (!join->rows) {
    TRY(sort_buffer_finish(&join->sorted, done, op_error(op)));
    if (!*done) return OK;
    TRY(open_index(join));
  }
  TRY(index_rows(join, &more));
  *done = !more;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Looking for right rows
// ---------------------------------------------------------------------------------------------------------------------

static Status begin_input(RangeJoin *join, const Chunk *input) {
  const JoinNode *node = &join->op.plan->join;
  uint32_t stride = 1 + join->other_count;
  TRY(expressions_run(&join->left_keys, input));
  memset(join->usable, true, sizeof join->usable);
  memset(join->met, false, sizeof join->met);
  for (uint32_t i = 0; i < stride; i++) {
    const JoinCondition *condition = &node->conditions[i];
    write_words(&join->left_keys.results[i], spec_of(condition), input->row_count, join->left_words + i, stride,
                join->usable);
    if (condition->compare == COMPARE_LESS_EQUAL || condition->compare == COMPARE_GREATER_EQUAL) continue;
    for (uint32_t row = 0; row < input->row_count; row++) {
      if (++join->left_words[(size_t)row * stride + i] == 0) join->usable[row] = false;
    }
  }
  join->begun = true;
  join->left_row = 0;
  join->position = NOWHERE;
  return OK;
}

// The first right row that the first comparison accepts.
static uint64_t search(const RangeJoin *join, uint64_t word) {
  uint64_t low = 0, high = join->usable_count;
  while (low < high) {
    uint64_t middle = low + (high - low) / 2;
    if (join->firsts[middle] < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static inline bool accepted(const uint64_t *words, const uint64_t *left, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (words[i] < left[i]) return false;
  }
  return true;
}

// The length of the longest stretch from the position on in which nothing is accepted, or 0.
static uint64_t stretch_without(const RangeJoin *join, const uint64_t *left, uint32_t *budget) {
  uint32_t level = 1;
  while (level < LEVEL_COUNT - 1 && !(join->position & ((UINT64_C(1) << (LEVEL_SHIFT * (level + 1))) - 1))) level++;
  for (; level > 0; level--) {
    uint64_t at = join->position >> (LEVEL_SHIFT * level);
    *budget -= MIN_OF(*budget, 1u);
    if (!accepted(&join->words[level][at * join->other_count], left, join->other_count)) {
      return UINT64_C(1) << (LEVEL_SHIFT * level);
    }
  }
  return 0;
}

// Goes on to the next right row that all comparisons accept; false: there is none, or the budget is used up (0).
static HOT bool next_partner(RangeJoin *join, const uint64_t *left, uint32_t *budget) {
  uint64_t end = join->usable_count, mask = (UINT64_C(1) << LEVEL_SHIFT) - 1;
  uint32_t others = join->other_count;
  while (join->position < end && *budget) {
    if (!others) return true;
    if (!(join->position & mask)) {
      uint64_t stretch = stretch_without(join, left, budget);
      join->position += stretch;
      if (stretch) continue;
    }
    uint64_t stop = MIN_OF(end, (join->position | mask) + 1);
    *budget -= MIN_OF(*budget, (uint32_t)(stop - join->position));
    for (; join->position < stop; join->position++) {
      if (accepted(&join->words[0][join->position * others], left, others)) return true;
    }
  }
  return false;
}

// Fills selection and partners with pairs; fewer than a chunk at the end of the input or of the budget.
static uint32_t find_pairs(RangeJoin *join, uint32_t row_count) {
  bool once = asks_only(join->kind);
  uint32_t count = 0, budget = TURN_WORDS;
  while (join->left_row < row_count && count < VECTOR_CAPACITY && budget) {
    uint32_t row = join->left_row;
    const uint64_t *left = &join->left_words[(size_t)row * (1 + join->other_count)];
    if (join->position == NOWHERE) join->position = join->usable[row] ? search(join, left[0]) : join->usable_count;
    if (!(once && join->met[row]) && next_partner(join, left + 1, &budget)) {
      join->selection[count] = row;
      join->partners[count++] = join->rows[join->position++];
      if (once && !join->residual) join->met[row] = true;
    } else if (budget || join->position >= join->usable_count || (once && join->met[row])) {
      join->left_row++;
      join->position = NOWHERE;
      budget -= MIN_OF(budget, 8u); // the search
    }
  }
  return count;
}

// ---------------------------------------------------------------------------------------------------------------------
// Handing out
// ---------------------------------------------------------------------------------------------------------------------

static void hand_out(RangeJoin *join, const Chunk *pairs, uint32_t count) {
  const LogicalPlan *plan = join->op.plan;
  for (uint32_t i = 0; i < plan->column_count; i++)
    vector_borrow(&join->op.out.columns[i], &pairs->columns[plan->kept ? plan->kept[i] : i]);
  join->op.out.row_count = count;
}

static Status set_left(RangeJoin *join, const Chunk *input, uint32_t count) {
  for (uint32_t i = 0; i < join->left_count; i++)
    TRY(vector_slice(&join->pairs.columns[i], &input->columns[i], join->selection, count, op_error(&join->op)));
  return OK;
}

static Status set_right(RangeJoin *join, uint8_t *const *rows, uint32_t count) {
  for (uint32_t i = 0; i < join->right_count; i++) {
    if (!join->right_needed[i]) continue;
    Vector *column = &join->pairs.columns[join->left_count + i];
    TRY(vector_reset(column, op_error(&join->op)));
    TRY(row_gather(&join->sorted.layout, rows, count, i, column, 0, op_error(&join->op)));
  }
  return OK;
}

static void note_met(RangeJoin *join, const uint32_t *chosen, uint32_t count) {
  uint64_t met = 1;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t pair = chosen ? chosen[i] : i;
    join->met[join->selection[pair]] = true;
    if (marks_right(join->kind)) memcpy(join->partners[pair], &met, sizeof met);
  }
}

static Status hand_out_pairs(RangeJoin *join, const Chunk *input, uint32_t count) {
  const Chunk *pairs = &join->pairs;
  uint32_t *chosen = NULL;
  if (join->residual || !asks_only(join->kind)) {
    TRY(set_left(join, input, count));
    TRY(set_right(join, join->partners, count));
  }
  if (join->residual) {
    uint32_t pair_count = count;
    join->pairs.row_count = pair_count;
    chosen = join->chosen;
    TRY(evaluator_select(join->residual, &join->pairs, chosen, &count));
    for (uint32_t i = 0; i < join->passed.column_count && count < pair_count; i++) {
      TRY(vector_slice(&join->passed.columns[i], &join->pairs.columns[i], chosen, count, op_error(&join->op)));
      pairs = &join->passed;
    }
  }
  note_met(join, chosen, count);
  if (!asks_only(join->kind)) hand_out(join, pairs, count);
  return OK;
}

// When all left rows looked everywhere: those that are handed out for what they did not, or did, find.
static Status end_input(RangeJoin *join, const Chunk *input) {
  bool met = join->kind == JOIN_SEMI;
  uint32_t count = 0;
  join->begun = false;
  if (join->kind == JOIN_INNER || join->kind == JOIN_RIGHT) return OK;
  for (uint32_t i = 0; i < input->row_count; i++) {
    if (join->met[i] == met) join->selection[count++] = i;
  }
  if (!count) return OK;
  TRY(set_left(join, input, count));
  for (uint32_t i = 0; i < join->right_count; i++) vector_set_null_constant(&join->pairs.columns[join->left_count + i]);
  hand_out(join, &join->pairs, count);
  return OK;
}

static Status range_process(Operator *op, const Chunk *input, StageTurn *turn) {
  RangeJoin *join = self_of(op);
  op->out.row_count = 0;
  if (!join->begun) TRY(begin_input(join, input));
  turn->more = join->left_row < input->row_count;
  if (!turn->more) return end_input(join, input);
  uint32_t count = find_pairs(join, input->row_count);
  return count ? hand_out_pairs(join, input, count) : OK;
}

// Right rows that nobody met.
static Status range_drain(Operator *op, StageTurn *turn) {
  RangeJoin *join = self_of(op);
  uint32_t count = 0;
  op->out.row_count = 0;
  if (!marks_right(join->kind)) return OK;
  uint64_t end = MIN_OF(join->row_count, join->drained_count + VECTOR_CAPACITY);
  turn->more = join->drained_count < end;
  for (; join->drained_count < end; join->drained_count++) {
    uint8_t *row = join->rows[join->drained_count];
    uint64_t met;
    memcpy(&met, row, sizeof met);
    if (!met) join->partners[count++] = row;
  }
  if (!count) return OK;
  for (uint32_t i = 0; i < join->left_count; i++) vector_set_null_constant(&join->pairs.columns[i]);
  TRY(set_right(join, join->partners, count));
  hand_out(join, &join->pairs, count);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Making and ending
// ---------------------------------------------------------------------------------------------------------------------

static void free_right(RangeJoin *join) {
  Memory *memory = op_memory(&join->op);
  uint64_t count = MAX_OF(join->row_count, UINT64_C(1));
  memory_free(memory, join->rows, count * sizeof *join->rows);
  memory_free(memory, join->firsts, count * sizeof *join->firsts);
  join->rows = NULL;
  join->firsts = NULL;
  for (uint32_t level = 0; level < LEVEL_COUNT; level++) {
    size_t bytes = level_length(join, level) * join->other_count * sizeof(uint64_t);
    memory_free(memory, join->words[level], MAX_OF(bytes, (size_t)8));
    join->words[level] = NULL;
  }
  join->row_count = join->usable_count = join->filled_count = join->drained_count = 0;
  sort_buffer_free(&join->sorted);
}

static Status open_sorted(RangeJoin *join) {
  const ExecutionContext *context = &join->op.execution->context;
  const LogicalPlan *plan = join->op.plan;
  uint32_t key_count = 1 + join->other_count;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, types, join->right_count + key_count);
  for (uint32_t i = 0; i < join->right_count; i++) types[i] = plan->children[1]->columns[i].type;
  for (uint32_t i = 0; i < key_count; i++) types[join->right_count + i] = plan->join.conditions[i].right->type;
  return sort_buffer_init(&join->sorted, context->memory, context->arena, &join->first, 1, types,
                          join->right_count + key_count, 0, context->error);
}

static Status range_reset(Operator *op) {
  RangeJoin *join = self_of(op);
  free_right(join);
  join->begun = false;
  return open_sorted(join);
}

static void range_close(Operator *op) {
  RangeJoin *join = self_of(op);
  free_right(join);
  expressions_close(&join->left_keys, op);
  expressions_close(&join->right_keys, op);
  if (join->residual) evaluator_close(join->residual);
  chunk_free(&join->keys);
  chunk_free(&join->pairs);
  chunk_free(&join->passed);
}

static const OperatorClass range_class = {.name = "RANGE_JOIN",
                                          .consume = range_consume,
                                          .finish = range_finish,
                                          .process = range_process,
                                          .drain = range_drain,
                                          .reset = range_reset,
                                          .close = range_close};

static Status open_keys(RangeJoin *join) {
  const ExecutionContext *context = &join->op.execution->context;
  const JoinNode *node = &join->op.plan->join;
  uint32_t count = node->range_count;
  Expr **left, **right;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, left, count);
  ARENA_NEW_ARRAY(context->arena, context->error, right, count);
  ARENA_NEW_ARRAY(context->arena, context->error, types, count);
  for (uint32_t i = 0; i < count; i++) {
    left[i] = node->conditions[i].left;
    right[i] = node->conditions[i].right;
    types[i] = right[i]->type;
  }
  join->other_count = count - 1;
  join->first = (SortKey){.expr = right[0], .spec = spec_of(&node->conditions[0])};
  ARENA_NEW_ARRAY(context->arena, context->error, join->payload, join->right_count + count);
  ARENA_NEW_ARRAY(context->arena, context->error, join->left_words, (size_t)VECTOR_CAPACITY * count);
  TRY(chunk_init(&join->keys, context->memory, types, count, context->error));
  TRY(expressions_open(&join->left_keys, &join->op, left, count));
  return expressions_open(&join->right_keys, &join->op, right, count);
}

static Status open_pairs(RangeJoin *join) {
  const ExecutionContext *context = &join->op.execution->context;
  const LogicalPlan *plan = join->op.plan;
  uint32_t count = join->left_count + join->right_count;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, types, count);
  for (uint32_t i = 0; i < count; i++) {
    bool left = i < join->left_count;
    types[i] = plan->children[left ? 0 : 1]->columns[left ? i : i - join->left_count].type;
  }
  ARENA_NEW_ARRAY(context->arena, context->error, join->right_needed, join->right_count);
  for (uint32_t i = 0; i < join->right_count; i++) join->right_needed[i] = join->residual || !plan->kept;
  for (uint32_t i = 0; plan->kept && i < plan->column_count; i++) {
    if (plan->kept[i] >= join->left_count) join->right_needed[plan->kept[i] - join->left_count] = true;
  }
  TRY(chunk_init(&join->pairs, context->memory, types, count, context->error));
  return chunk_init(&join->passed, context->memory, types, count, context->error);
}

Status make_range_join(Execution *execution, const LogicalPlan *plan, Operator **out) {
  RangeJoin *join;
  const Type *types;
  TRY(operator_make(execution, &range_class, plan, sizeof *join, &join));
  *out = &join->op;
  join->kind = plan->join.join;
  join->left_count = plan->children[0]->column_count;
  join->right_count = plan->children[1]->column_count;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&join->op, types, plan->column_count));
  TRY(join_predicate(execution, plan, plan->join.range_count, &join->residual));
  TRY(open_keys(join));
  TRY(open_pairs(join));
  return open_sorted(join);
}
