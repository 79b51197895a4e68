// SPDX-License-Identifier: MIT
//
// op_nested_loop_join.c: joins without a usable equality, and cross products: every left row meets every right row.
//
// The right side is kept as chunks. The predicate is evaluated for one row of one side, as constants, and a chunk of the other, so that no
// call is long: for a left row and each right chunk; or, when the right side has no more rows than the left chunk, for each right row and that chunk.
//
// POSITIONAL joins, which pair rows by number, are here too: the right side is kept and read along with the left.
#include "exec/operator.h"
#include "exec/row_buffer.h"

typedef struct ChunkList {
  Chunk *items;
  uint32_t count;
  uint32_t capacity;
} ChunkList;

typedef struct NestedLoopJoin {
  Operator op;
  ChunkList right;
  uint32_t right_fill; // rows in the last chunk
  const Type *right_types;
  uint8_t **right_matched; // [right.count] of VECTOR_CAPACITY bytes each: RIGHT, FULL and right semi joins
  Evaluator *predicate;    // selects; NULL: all pairs
  Expressions truth;       // MARK: the predicate's three values
  Vector *constants;       // [left_count + right_count] of the side of which one row is met
  uint32_t left_count;
  uint32_t right_count;
  uint8_t kind; // JoinKind; CROSS is INNER
  // position
  bool begun;         // an input
  bool by_right_rows; // each right row meets the whole input
  uint32_t left_row;
  uint32_t right_chunk;
  uint32_t right_row;
  // of each left row of the input
  bool found[VECTOR_CAPACITY];
  bool unknown[VECTOR_CAPACITY];
  uint32_t selection[VECTOR_CAPACITY]; // of what is handed out: slices borrow it
  Chunk pairs;
  uint32_t drain_chunk;
  // POSITIONAL
  uint32_t position_chunk;
  uint32_t position_row;
} NestedLoopJoin;

static NestedLoopJoin *self_of(Operator *op) { return (NestedLoopJoin *)op; }

static bool marks_right(uint8_t kind) {
  return kind == JOIN_RIGHT || kind == JOIN_FULL || kind == JOIN_RIGHT_SEMI || kind == JOIN_RIGHT_ANTI;
}
static bool hands_out_pairs(uint8_t kind) {
  return kind == JOIN_INNER || kind == JOIN_LEFT || kind == JOIN_RIGHT || kind == JOIN_FULL || kind == JOIN_SINGLE;
}

// ---------------------------------------------------------------------------------------------------------------------
// Right side
// ---------------------------------------------------------------------------------------------------------------------

static Status add_chunk(NestedLoopJoin *join) {
  ChunkList *list = &join->right;
  Memory *memory = op_memory(&join->op);
  Error *error = op_error(&join->op);
  if (list->count == list->capacity) {
    uint32_t capacity = list->capacity ? list->capacity * 2 : 4;
    Chunk *items = memory_grow(memory, list->items, sizeof(Chunk) * list->capacity, sizeof(Chunk) * capacity);
    if (!items) return error_no_memory(error);
    list->items = items;
    uint8_t **matched =
        memory_grow(memory, join->right_matched, sizeof(uint8_t *) * list->capacity, sizeof(uint8_t *) * capacity);
    if (!matched) { // the list keeps its old capacity on the books only where both grew
      list->capacity = capacity;
      return error_no_memory(error);
    }
    join->right_matched = matched;
    list->capacity = capacity;
  }
  TRY(chunk_init(&list->items[list->count], memory, join->right_types, join->right_count, error));
  join->right_matched[list->count] = NULL;
  list->count++;
  if (marks_right(join->kind)) {
    join->right_matched[list->count - 1] = memory_allocate_zeroed(memory, VECTOR_CAPACITY);
    if (!join->right_matched[list->count - 1]) return error_no_memory(error);
  }
  return OK;
}

static Status nested_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  NestedLoopJoin *join = self_of(op);
  uint32_t from = 0;
  while (from < input->row_count) {
    Chunk *last = join->right.count ? &join->right.items[join->right.count - 1] : NULL;
    if (!last || last->row_count == VECTOR_CAPACITY) {
      TRY(add_chunk(join));
      last = &join->right.items[join->right.count - 1];
    }
    uint32_t count = MIN_OF(VECTOR_CAPACITY - last->row_count, input->row_count - from);
    TRY(chunk_append(last, input, NULL, from, count, op_error(op)));
    from += count;
  }
  return OK;
}

static void free_right(NestedLoopJoin *join) {
  Memory *memory = op_memory(&join->op);
  for (uint32_t i = 0; i < join->right.count; i++) {
    chunk_free(&join->right.items[i]);
    memory_free(memory, join->right_matched[i], VECTOR_CAPACITY);
  }
  memory_free(memory, join->right.items, sizeof(Chunk) * join->right.capacity);
  memory_free(memory, join->right_matched, sizeof(uint8_t *) * join->right.capacity);
  join->right = (ChunkList){0};
  join->right_matched = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Pairs
// ---------------------------------------------------------------------------------------------------------------------

static void hand_out(NestedLoopJoin *join, uint32_t count) {
  const LogicalPlan *plan = join->op.plan;
  bool right_only = join->kind == JOIN_RIGHT_SEMI || join->kind == JOIN_RIGHT_ANTI;
  for (uint32_t i = 0; i < plan->column_count; i++) {
    uint32_t column = plan->kept ? plan->kept[i] : i;
    if (join->kind == JOIN_MARK && column == join->left_count) column += join->right_count;
    if (right_only) column += join->left_count;
    vector_borrow(&join->op.out.columns[i], &join->pairs.columns[column]);
  }
  join->op.out.row_count = count;
}

// The pair chunk's columns of one side: row `row` of `chunk`, for all rows of the other side's chunk.
static Status set_row(NestedLoopJoin *join, uint32_t first, uint32_t count, const Chunk *chunk, uint32_t row) {
  Error *error = op_error(&join->op);
  for (uint32_t i = 0; i < count; i++) {
    Vector *constant = &join->constants[first + i];
    TRY(vector_reset(constant, error));
    TRY(vector_copy(constant, 0, &chunk->columns[i], NULL, row, 1, error));
    vector_set_constant(constant);
    vector_borrow(&join->pairs.columns[first + i], constant);
  }
  return OK;
}

static void set_chunk(NestedLoopJoin *join, uint32_t first, uint32_t count, const Chunk *chunk) {
  for (uint32_t i = 0; i < count; i++) vector_borrow(&join->pairs.columns[first + i], &chunk->columns[i]);
  join->pairs.row_count = chunk->row_count;
}

static uint32_t left_row_of(const NestedLoopJoin *join, uint32_t pair) {
  return join->by_right_rows ? pair : join->left_row;
}

static Status note_truth(NestedLoopJoin *join, uint32_t count) {
  VectorView view;
  vector_view(&join->truth.results[0], &view);
  const uint8_t *values = view.data;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = view_row(&view, i), left = left_row_of(join, i);
    if (!view_valid(&view, at)) {
      join->unknown[left] = true;
    } else if (values[at]) {
      join->found[left] = true;
    }
  }
  return OK;
}

static Status note_pairs(NestedLoopJoin *join, const uint32_t *selection, uint32_t count) {
  uint8_t *matched = join->right_matched[join->right_chunk];
  for (uint32_t i = 0; i < count; i++) {
    uint32_t left = left_row_of(join, selection[i]);
    if (join->kind == JOIN_SINGLE && join->found[left]) {
      return error_set(op_error(&join->op), ERROR_INVALID_INPUT, -1, "%s", PLAN_SCALAR_SUBQUERY_ERROR);
    }
    join->found[left] = true;
    if (matched) matched[join->by_right_rows ? join->right_row : selection[i]] = 1;
  }
  return OK;
}

// The present row of one side against the chunk of the other, whose columns are from `first` on.
static Status meet(NestedLoopJoin *join, const Chunk *chunk, uint32_t first, uint32_t column_count) {
  uint32_t *selection = join->selection;
  uint32_t count = chunk->row_count;
  set_chunk(join, first, column_count, chunk);
  if (join->kind == JOIN_MARK && join->truth.evaluator) {
    TRY(expressions_run(&join->truth, &join->pairs));
    return note_truth(join, count);
  }
  if (join->predicate) {
    TRY(evaluator_select(join->predicate, &join->pairs, selection, &count));
  } else {
    for (uint32_t i = 0; i < count; i++) selection[i] = i;
  }
  TRY(note_pairs(join, selection, count));
  if (!hands_out_pairs(join->kind) || !count) return OK;
  for (uint32_t i = first; i < first + column_count && count < chunk->row_count; i++) {
    TRY(vector_slice(&join->pairs.columns[i], &chunk->columns[i - first], selection, count, op_error(&join->op)));
  }
  hand_out(join, count);
  return OK;
}

static Status hand_out_marks(NestedLoopJoin *join, const Chunk *input) {
  Error *error = op_error(&join->op);
  Vector *mark = &join->pairs.columns[join->left_count + join->right_count];
  bool null_aware = join->op.plan->join.null_aware;
  TRY(vector_reset(mark, error));
  for (uint32_t i = 0; i < input->row_count; i++) {
    ((uint8_t *)mark->data)[i] = join->found[i];
    if (!join->found[i] && join->unknown[i] && null_aware) TRY(vector_set_null(mark, i, error));
  }
  set_chunk(join, 0, join->left_count, input);
  hand_out(join, input->row_count);
  return OK;
}

// What is left of an input when all its rows met all right rows.
static Status end_input(NestedLoopJoin *join, const Chunk *input) {
  Error *error = op_error(&join->op);
  bool semi = join->kind == JOIN_SEMI, anti = join->kind == JOIN_ANTI;
  uint32_t count = 0;
  join->begun = false;
  if (join->kind == JOIN_MARK) return hand_out_marks(join, input);
  if (!semi && !anti && join->kind != JOIN_LEFT && join->kind != JOIN_FULL && join->kind != JOIN_SINGLE) return OK;
  for (uint32_t i = 0; i < input->row_count; i++) {
    if (join->found[i] == semi) join->selection[count++] = i;
  }
  if (!count) return OK;
  for (uint32_t i = 0; i < join->left_count; i++) {
    TRY(vector_slice(&join->pairs.columns[i], &input->columns[i], join->selection, count, error));
  }
  for (uint32_t i = 0; i < join->right_count && !semi && !anti; i++) {
    vector_set_null_constant(&join->pairs.columns[join->left_count + i]);
  }
  hand_out(join, count);
  return OK;
}

static void begin_input(NestedLoopJoin *join, const Chunk *input) {
  join->begun = true;
  join->by_right_rows = join->right.count == 1 && join->right.items[0].row_count <= input->row_count;
  join->left_row = join->right_chunk = join->right_row = 0;
  memset(join->found, false, input->row_count);
  memset(join->unknown, false, input->row_count);
}

// A turn is over after a chunk of pairs, or after so many pairs without one.
#define TURN_PAIRS (8 * VECTOR_CAPACITY)

// Each right row meets the input; at most one chunk of pairs, or a turn without one.
static Status meet_right_rows(NestedLoopJoin *join, const Chunk *input, bool *done) {
  uint32_t pairs = 0;
  const Chunk *right = &join->right.items[0];
  *done = false;
  for (; join->right_row < right->row_count; join->right_row++) {
    if (join->op.out.row_count || pairs >= TURN_PAIRS) return OK;
    TRY(set_row(join, join->left_count, join->right_count, right, join->right_row));
    TRY(meet(join, input, 0, join->left_count));
    pairs += input->row_count;
  }
  *done = join->op.out.row_count == 0;
  return OK;
}

// Each left row meets each right chunk, likewise.
static Status meet_left_rows(NestedLoopJoin *join, const Chunk *input, bool *done) {
  bool whole_answer = join->kind == JOIN_SEMI || join->kind == JOIN_ANTI;
  uint32_t pairs = 0;
  *done = false;
  for (; join->left_row < input->row_count; join->left_row++, join->right_chunk = 0) {
    if (join->op.out.row_count || pairs >= TURN_PAIRS) return OK;
    if (join->right_chunk == 0) TRY(set_row(join, 0, join->left_count, input, join->left_row));
    while (join->right_chunk < join->right.count && !(whole_answer && join->found[join->left_row])) {
      const Chunk *right = &join->right.items[join->right_chunk];
      if (join->op.out.row_count || pairs >= TURN_PAIRS) return OK;
      TRY(meet(join, right, join->left_count, join->right_count));
      pairs += right->row_count;
      join->right_chunk++;
    }
  }
  *done = join->op.out.row_count == 0;
  return OK;
}

static Status nested_process(Operator *op, const Chunk *input, StageTurn *turn) {
  NestedLoopJoin *join = self_of(op);
  bool done;
  op->out.row_count = 0;
  if (!join->begun) begin_input(join, input);
  TRY(join->by_right_rows ? meet_right_rows(join, input, &done) : meet_left_rows(join, input, &done));
  turn->more = !done;
  return done ? end_input(join, input) : OK;
}

static Status nested_drain(Operator *op, StageTurn *turn) {
  NestedLoopJoin *join = self_of(op);
  uint32_t selection[VECTOR_CAPACITY];
  op->out.row_count = 0;
  if (!marks_right(join->kind) || join->drain_chunk >= join->right.count) return OK;
  const Chunk *right = &join->right.items[join->drain_chunk];
  const uint8_t *matched = join->right_matched[join->drain_chunk++];
  turn->more = true;
  uint32_t count = 0;
  for (uint32_t i = 0; i < right->row_count; i++) {
    selection[count] = i;
    count += (matched[i] != 0) == (join->kind == JOIN_RIGHT_SEMI);
  }
  if (!count) return OK;
  for (uint32_t i = 0; i < join->left_count; i++) vector_set_null_constant(&join->pairs.columns[i]);
  for (uint32_t i = 0; i < join->right_count; i++) {
    TRY(vector_slice(&join->pairs.columns[join->left_count + i], &right->columns[i], selection, count, op_error(op)));
  }
  join->pairs.row_count = count;
  TRY(chunk_flatten(&join->pairs, op_error(op)));
  hand_out(join, count);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// POSITIONAL
// ---------------------------------------------------------------------------------------------------------------------

static Status positional_rows(NestedLoopJoin *join, uint32_t count, uint32_t *taken) {
  Error *error = op_error(&join->op);
  for (uint32_t i = 0; i < join->right_count; i++) TRY(vector_reset(&join->pairs.columns[join->left_count + i], error));
  uint32_t at = 0;
  while (at < count && join->position_chunk < join->right.count) {
    const Chunk *right = &join->right.items[join->position_chunk];
    uint32_t step = MIN_OF(count - at, right->row_count - join->position_row);
    for (uint32_t i = 0; i < join->right_count; i++) {
      TRY(vector_copy(&join->pairs.columns[join->left_count + i], at, &right->columns[i], NULL, join->position_row,
                      step, error));
    }
    at += step;
    join->position_row += step;
    if (join->position_row == right->row_count) {
      join->position_chunk++;
      join->position_row = 0;
    }
  }
  *taken = at;
  for (; at < count; at++) {
    for (uint32_t i = 0; i < join->right_count; i++)
      TRY(vector_set_null(&join->pairs.columns[join->left_count + i], at, error));
  }
  return OK;
}

static Status positional_process(Operator *op, const Chunk *input, StageTurn *turn) {
  NestedLoopJoin *join = self_of(op);
  uint32_t taken;
  (void)turn;
  TRY(positional_rows(join, input->row_count, &taken));
  for (uint32_t i = 0; i < join->left_count; i++) vector_borrow(&join->pairs.columns[i], &input->columns[i]);
  hand_out(join, input->row_count);
  return OK;
}

static Status positional_drain(Operator *op, StageTurn *turn) {
  NestedLoopJoin *join = self_of(op);
  uint32_t taken;
  op->out.row_count = 0;
  if (join->position_chunk >= join->right.count) return OK;
  uint32_t count = join->right.items[join->position_chunk].row_count - join->position_row;
  TRY(positional_rows(join, count, &taken));
  for (uint32_t i = 0; i < join->left_count; i++) vector_set_null_constant(&join->pairs.columns[i]);
  hand_out(join, taken);
  turn->more = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Making and ending
// ---------------------------------------------------------------------------------------------------------------------

static void nested_close(Operator *op) {
  NestedLoopJoin *join = self_of(op);
  free_right(join);
  expressions_close(&join->truth, op);
  if (join->predicate) evaluator_close(join->predicate);
  for (uint32_t i = 0; join->constants && i < join->left_count + join->right_count; i++) {
    vector_free(&join->constants[i]);
  }
  chunk_free(&join->pairs);
}

static Status nested_reset(Operator *op) {
  NestedLoopJoin *join = self_of(op);
  free_right(join);
  join->begun = false;
  join->drain_chunk = join->position_chunk = join->position_row = 0;
  return OK;
}

static const OperatorClass nested_class = {.name = "NESTED_LOOP_JOIN",
                                           .consume = nested_consume,
                                           .process = nested_process,
                                           .drain = nested_drain,
                                           .reset = nested_reset,
                                           .close = nested_close};
static const OperatorClass positional_class = {.name = "POSITIONAL_JOIN",
                                               .consume = nested_consume,
                                               .process = positional_process,
                                               .drain = positional_drain,
                                               .reset = nested_reset,
                                               .close = nested_close};

static Status open_pairs(NestedLoopJoin *join) {
  const LogicalPlan *plan = join->op.plan;
  const ExecutionContext *context = &join->op.execution->context;
  Type *types;
  uint32_t count = join->left_count + join->right_count + 1;
  ARENA_NEW_ARRAY(context->arena, context->error, types, count);
  for (uint32_t i = 0; i < join->left_count; i++) types[i] = plan->children[0]->columns[i].type;
  for (uint32_t i = 0; i < join->right_count; i++) types[join->left_count + i] = plan->children[1]->columns[i].type;
  types[count - 1] = TYPE(BOOLEAN);
  join->right_types = types + join->left_count;
  ARENA_NEW_ARRAY(context->arena, context->error, join->constants, count - 1);
  for (uint32_t i = 0; i < count - 1; i++) {
    TRY(vector_init(&join->constants[i], context->memory, types[i], 1, context->error));
  }
  return chunk_init(&join->pairs, context->memory, types, count, context->error);
}

static Status make(Execution *execution, const OperatorClass *class, const LogicalPlan *plan, NestedLoopJoin **out) {
  NestedLoopJoin *join;
  const Type *types;
  TRY(operator_make(execution, class, plan, sizeof *join, &join));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&join->op, types, plan->column_count));
  join->left_count = plan->children[0]->column_count;
  join->right_count = plan->children[1]->column_count;
  join->kind = plan->kind == LOGICAL_JOIN ? plan->join.join : JOIN_INNER;
  *out = join;
  return open_pairs(join);
}

Status make_nested_loop_join(Execution *execution, const LogicalPlan *plan, Operator **out) {
  NestedLoopJoin *join;
  TRY(make(execution, &nested_class, plan, &join));
  *out = &join->op;
  if (plan->kind != LOGICAL_JOIN) return OK;
  if (join->kind != JOIN_MARK) return join_predicate(execution, plan, 0, &join->predicate);
  Expr *truth;
  TRY(join_condition(execution, plan, 0, &truth));
  return truth ? expressions_open(&join->truth, &join->op, &truth, 1) : OK;
}

Status make_positional_join(Execution *execution, const LogicalPlan *plan, Operator **out) {
  NestedLoopJoin *join;
  TRY(make(execution, &positional_class, plan, &join));
  *out = &join->op;
  return OK;
}
