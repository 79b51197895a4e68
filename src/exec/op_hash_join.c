// SPDX-License-Identifier: MIT
//
// op_hash_join.c: joins with at least one equality: sink of the build side (right), stage of the probe side (left).
//
// The build chunk of a row is: equality keys, then the right columns that are needed. A probe chunk is resolved in rounds: in each, every probe row that
// is still active stands at one row of its chain; those that match go out as one chunk, then all move on.
//
//   INNER            pairs
//   LEFT, SINGLE     pairs, then the probe rows without any
//   RIGHT, FULL      the same, build rows are marked; drain hands out the unmarked ones
//   SEMI, ANTI, MARK only whether there is a match: `found` of the probe row
//
// The conditions that are no equalities, and the residual, are one predicate over the pair chunk (left columns, right columns).
#include "exec/join_table.h"
#include "exec/operator.h"

typedef struct HashJoin {
  Operator op;
  JoinTable table;
  Expressions build_keys;
  Expressions probe_keys;
  Evaluator *predicate;  // over the pair chunk; NULL: none
  Vector *build_columns; // scratch: keys, then right columns
  uint32_t left_count;
  uint32_t right_count;
  bool rights_stored; // right columns are kept in the table (pairs or predicate need them)
  bool *right_needed;
  bool started; // the present input has been probed
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t active[VECTOR_CAPACITY];
  uint32_t active_count;
  uint32_t selection[VECTOR_CAPACITY]; // of what is handed out: slices borrow it
  bool found[VECTOR_CAPACITY];
  uint32_t chosen[VECTOR_CAPACITY]; // probe rows of the chunk that is handed out: its vectors borrow it
  Chunk pairs;                      // left columns, right columns
  JoinCursor drain_cursor;
} HashJoin;

static HashJoin *self_of(Operator *op) { return (HashJoin *)op; }
static uint8_t kind_of(const HashJoin *join) { return join->op.plan->join.join; }
static bool right_rows_only(const HashJoin *join) {
  return kind_of(join) == JOIN_RIGHT_SEMI || kind_of(join) == JOIN_RIGHT_ANTI;
}
// Each match goes out as a pair; otherwise only whether there is one counts.
static bool hands_out_pairs(const HashJoin *join) {
  uint8_t kind = kind_of(join);
  return kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK && !right_rows_only(join);
}
// Build rows remember that they were matched; drain hands them out.
static bool marks_right(const HashJoin *join) {
  return kind_of(join) == JOIN_RIGHT || kind_of(join) == JOIN_FULL || right_rows_only(join);
}

// ---------------------------------------------------------------------------------------------------------------------
// Build
// ---------------------------------------------------------------------------------------------------------------------

static Status hash_join_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  HashJoin *join = self_of(op);
  uint32_t keys = op->plan->join.equal_count;
  TRY(expressions_run(&join->build_keys, input));
  for (uint32_t i = 0; i < keys; i++) join->build_columns[i] = join->build_keys.results[i];
  uint32_t stored = keys;
  for (uint32_t i = 0; i < join->right_count && join->rights_stored; i++) {
    if (join->right_needed[i]) join->build_columns[stored++] = input->columns[i];
  }
  return join_table_append(&join->table, join->build_columns, input->row_count, op_error(op));
}

static Status hash_join_finish(Operator *op, bool *done) {
  return join_table_finish(&self_of(op)->table, done, op_error(op));
}

// ---------------------------------------------------------------------------------------------------------------------
// Output
// ---------------------------------------------------------------------------------------------------------------------

static void hand_out(HashJoin *join, uint32_t count) {
  const LogicalPlan *plan = join->op.plan;
  for (uint32_t i = 0; i < plan->column_count; i++) {
    uint32_t column = plan->kept ? plan->kept[i] : i;
    if (kind_of(join) == JOIN_MARK && column == join->left_count) column += join->right_count; // the mark is the last
    if (right_rows_only(join)) column += join->left_count;
    vector_borrow(&join->op.out.columns[i], &join->pairs.columns[column]);
  }
  join->op.out.row_count = count;
}

// Left columns of the pair chunk from probe rows.
static Status set_left(HashJoin *join, const Chunk *input, const uint32_t *selection, uint32_t count) {
  for (uint32_t i = 0; i < join->left_count; i++) {
    TRY(vector_slice(&join->pairs.columns[i], &input->columns[i], selection, count, op_error(&join->op)));
  }
  return OK;
}

// Right columns of the pair chunk from build rows.
static Status set_right(HashJoin *join, uint8_t *const *rows, uint32_t count) {
  uint32_t stored = join->op.plan->join.equal_count;
  for (uint32_t i = 0; i < join->right_count; i++) {
    Vector *column = &join->pairs.columns[join->left_count + i];
    if (!join->right_needed[i]) continue;
    TRY(vector_reset(column, op_error(&join->op)));
    TRY(row_gather(&join->table.layout, rows, count, stored++, column, 0, op_error(&join->op)));
  }
  return OK;
}

static void set_right_null(HashJoin *join) {
  for (uint32_t i = 0; i < join->right_count; i++) {
    vector_set_null_constant(&join->pairs.columns[join->left_count + i]);
  }
}

// The pairs (selection[i], rows[selection[i]]) that pass the predicate; the pair chunk holds exactly those if any are wanted as output.
static Status make_pairs(HashJoin *join, const Chunk *input, uint32_t *selection, uint32_t *count, bool output) {
  uint8_t *rows[VECTOR_CAPACITY];
  uint32_t passed[VECTOR_CAPACITY];
  if (!*count || (!join->predicate && !output)) return OK;
  for (uint32_t i = 0; i < *count; i++) rows[i] = join->rows[selection[i]];
  TRY(set_left(join, input, selection, *count));
  TRY(set_right(join, rows, *count));
  join->pairs.row_count = *count;
  if (!join->predicate) return OK;
  uint32_t kept;
  TRY(evaluator_select(join->predicate, &join->pairs, passed, &kept));
  if (kept == *count) return OK;
  for (uint32_t i = 0; i < kept; i++) selection[i] = selection[passed[i]];
  *count = kept;
  if (!output || !kept) return OK;
  for (uint32_t i = 0; i < kept; i++) rows[i] = join->rows[selection[i]];
  TRY(set_left(join, input, selection, kept));
  return set_right(join, rows, kept);
}

static void advance(HashJoin *join) {
  uint32_t left = 0;
  for (uint32_t k = 0; k < join->active_count; k++) {
    uint32_t i = join->active[k];
    uint8_t *next = join_row_next(join->rows[i]);
    join->rows[i] = next;
    join->active[left] = i;
    left += next != NULL;
  }
  join->active_count = left;
}

static void start_probe(HashJoin *join, uint32_t count) {
  join_table_probe(&join->table, join->probe_keys.results, count, join->rows);
  join->active_count = 0;
  for (uint32_t i = 0; i < count; i++) {
    join->found[i] = false;
    join->active[join->active_count] = i;
    join->active_count += join->rows[i] != NULL;
  }
}

// Drops probe rows that have their answer already (SEMI, ANTI, MARK).
static void drop_found(HashJoin *join) {
  uint32_t left = 0;
  for (uint32_t k = 0; k < join->active_count; k++) {
    uint32_t i = join->active[k];
    join->active[left] = i;
    left += !join->found[i];
  }
  join->active_count = left;
}

static Status emit_found(HashJoin *join, const Chunk *input, bool wanted) {
  uint32_t *selection = join->chosen;
  uint32_t count = 0;
  for (uint32_t i = 0; i < input->row_count; i++) {
    selection[count] = i;
    count += join->found[i] == wanted;
  }
  const LogicalPlan *plan = join->op.plan;
  for (uint32_t i = 0; i < plan->column_count && count; i++) {
    TRY(vector_slice(&join->op.out.columns[i], &input->columns[plan->kept ? plan->kept[i] : i], selection, count,
                     op_error(&join->op)));
  }
  join->op.out.row_count = count;
  return OK;
}

// NULL where nothing was found but something unknown might have matched.
static Status emit_mark(HashJoin *join, const Chunk *input) {
  Error *error = op_error(&join->op);
  Vector *mark = &join->pairs.columns[join->left_count + join->right_count];
  TRY(vector_reset(mark, error));
  uint8_t *values = mark->data;
  for (uint32_t i = 0; i < input->row_count; i++) values[i] = join->found[i];
  bool unknown_build = join->table.has_null_key;
  if (join->op.plan->join.null_aware && join->table.row_count > 0) {
    for (uint32_t i = 0; i < input->row_count; i++) {
      bool unknown = unknown_build;
      for (uint32_t k = 0; k < join->op.plan->join.equal_count && !unknown; k++) {
        VectorView view;
        vector_view(&join->probe_keys.results[k], &view);
        unknown = !view_valid(&view, view_row(&view, i));
      }
      if (unknown && !join->found[i]) TRY(vector_set_null(mark, i, error));
    }
  }
  for (uint32_t i = 0; i < join->left_count; i++) vector_borrow(&join->pairs.columns[i], &input->columns[i]);
  hand_out(join, input->row_count);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Probe
// ---------------------------------------------------------------------------------------------------------------------

static Status note_matches(HashJoin *join, const uint32_t *selection, uint32_t count) {
  bool marks = marks_right(join);
  for (uint32_t k = 0; k < count; k++) {
    uint32_t i = selection[k];
    if (kind_of(join) == JOIN_SINGLE && join->found[i]) {
      return error_set(op_error(&join->op), ERROR_INVALID_INPUT, -1, "%s", PLAN_SCALAR_SUBQUERY_ERROR);
    }
    join->found[i] = true;
    if (marks) *join_row_matched(&join->table, join->rows[i]) = 1;
  }
  return OK;
}

// One round; *count pairs are in the pair chunk when the kind hands out pairs.
static Status probe_round(HashJoin *join, const Chunk *input, uint32_t *count) {
  uint32_t *selection = join->chosen;
  bool pairs = hands_out_pairs(join);
  memcpy(selection, join->active, sizeof(uint32_t) * join->active_count);
  *count = join_table_match(&join->table, join->probe_keys.results, join->rows, selection, join->active_count);
  TRY(make_pairs(join, input, selection, count, pairs));
  TRY(note_matches(join, selection, *count));
  advance(join);
  if (!pairs && !right_rows_only(join)) drop_found(join);
  return OK;
}

static Status last_of_input(HashJoin *join, const Chunk *input) {
  switch (kind_of(join)) {
    case JOIN_SEMI:
      return emit_found(join, input, true);
    case JOIN_ANTI:
      return emit_found(join, input, false);
    case JOIN_MARK:
      return emit_mark(join, input);
    default: {
      uint32_t *selection = join->chosen;
      uint32_t count = 0;
      for (uint32_t i = 0; i < input->row_count; i++) {
        selection[count] = i;
        count += !join->found[i];
      }
      if (!count) return OK;
      TRY(set_left(join, input, selection, count));
      set_right_null(join);
      hand_out(join, count);
      return OK;
    }
  }
}

// A turn is over after a chunk of pairs, or after so many pairs were looked at without one.
#define TURN_PAIRS (8 * VECTOR_CAPACITY)

static Status hash_join_process(Operator *op, const Chunk *input, StageTurn *turn) {
  HashJoin *join = self_of(op);
  uint8_t kind = kind_of(join);
  op->out.row_count = 0;
  if (!join->started) {
    TRY(expressions_run(&join->probe_keys, input));
    start_probe(join, input->row_count);
    join->started = true;
  }
  uint32_t looked_at = 0;
  while (join->active_count) {
    uint32_t count;
    turn->more = looked_at >= TURN_PAIRS;
    if (turn->more) return OK;
    looked_at += join->active_count;
    TRY(probe_round(join, input, &count));
    if (hands_out_pairs(join) && count) {
      hand_out(join, count);
      turn->more = true;
      return OK;
    }
  }
  join->started = false;
  if (kind == JOIN_INNER || kind == JOIN_RIGHT || right_rows_only(join)) return OK;
  return last_of_input(join, input);
}

// RIGHT, FULL, RIGHT_ANTI: build rows that no probe row matched. RIGHT_SEMI: those that one did.
static Status hash_join_drain(Operator *op, StageTurn *turn) {
  HashJoin *join = self_of(op);
  uint8_t *rows[VECTOR_CAPACITY];
  op->out.row_count = 0;
  if (!marks_right(join)) return OK;
  uint32_t count = join_table_next(&join->table, &join->drain_cursor, rows, VECTOR_CAPACITY);
  turn->more = count > 0;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    rows[kept] = rows[i];
    kept += (*join_row_matched(&join->table, rows[i]) != 0) == (kind_of(join) == JOIN_RIGHT_SEMI);
  }
  if (!kept) return OK;
  for (uint32_t i = 0; i < join->left_count; i++) vector_set_null_constant(&join->pairs.columns[i]);
  TRY(set_right(join, rows, kept));
  hand_out(join, kept);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Making and ending
// ---------------------------------------------------------------------------------------------------------------------

static void hash_join_close(Operator *op) {
  HashJoin *join = self_of(op);
  expressions_close(&join->build_keys, op);
  expressions_close(&join->probe_keys, op);
  if (join->predicate) evaluator_close(join->predicate);
  join_table_free(&join->table);
  chunk_free(&join->pairs);
}

static Status hash_join_reset(Operator *op) {
  HashJoin *join = self_of(op);
  join_table_free(&join->table);
  join->table.finish_partition = 0;
  join->table.finish_row = (RowCursor){0, 0};
  join->table.has_null_key = false;
  join->table.row_count = 0;
  join->started = false;
  join->drain_cursor = (JoinCursor){0};
  return OK;
}

static const OperatorClass hash_join_class = {.name = "HASH_JOIN",
                                              .consume = hash_join_consume,
                                              .finish = hash_join_finish,
                                              .process = hash_join_process,
                                              .drain = hash_join_drain,
                                              .reset = hash_join_reset,
                                              .close = hash_join_close};

static bool shift_visit(void *context, Expr *expr) {
  if (expr->kind == EXPR_INPUT) expr->input += *(uint32_t *)context;
  return true;
}

static Expr *shift_inputs(Arena *arena, const Expr *expr, uint32_t by) {
  Expr *copy = expr_copy(arena, expr);
  if (copy) expr_visit(copy, shift_visit, &by);
  return copy;
}

Status join_condition(Execution *execution, const LogicalPlan *plan, uint32_t first_condition, Expr **out) {
  const ExecutionContext *context = &execution->context;
  const JoinNode *node = &plan->join;
  uint32_t left_count = plan->children[0]->column_count;
  Expr *all = NULL;
  for (uint32_t i = first_condition; i < node->condition_count; i++) {
    Expr *right = shift_inputs(context->arena, node->conditions[i].right, left_count);
    Expr *compare =
        right ? expr_compare(context->arena, node->conditions[i].compare, node->conditions[i].left, right) : NULL;
    all = compare ? expr_and(context->arena, all, compare) : NULL;
    if (!all) return error_no_memory(context->error);
  }
  if (node->residual) {
    all = expr_and(context->arena, all, node->residual);
    if (!all) return error_no_memory(context->error);
  }
  *out = all;
  return OK;
}

Status join_predicate(Execution *execution, const LogicalPlan *plan, uint32_t first_condition, Evaluator **out) {
  const ExecutionContext *context = &execution->context;
  Expr *all;
  Program *program;
  *out = NULL;
  TRY(join_condition(execution, plan, first_condition, &all));
  if (!all) return OK;
  TRY(program_compile_filter(context->arena, context->error, all, &program));
  return evaluator_open(out, program, context->parameters, &execution->eval);
}

// Which right columns must be kept: those handed out, and all when a predicate looks at pairs.
static Status choose_right_columns(HashJoin *join) {
  const LogicalPlan *plan = join->op.plan;
  ARENA_NEW_ARRAY(op_arena(&join->op), op_error(&join->op), join->right_needed, join->right_count);
  bool out = hands_out_pairs(join) || right_rows_only(join);
  uint32_t first_right = right_rows_only(join) ? 0 : join->left_count;
  join->rights_stored = out || join->predicate;
  for (uint32_t i = 0; i < join->right_count; i++)
    join->right_needed[i] = join->predicate != NULL || (out && !plan->kept);
  for (uint32_t i = 0; out && plan->kept && i < plan->column_count; i++) {
    if (plan->kept[i] >= first_right) join->right_needed[plan->kept[i] - first_right] = true;
  }
  return OK;
}

static Status open_table(HashJoin *join) {
  const ExecutionContext *context = &join->op.execution->context;
  const LogicalPlan *plan = join->op.plan;
  const JoinNode *node = &plan->join;
  Type *types;
  bool *null_equal;
  uint32_t count = node->equal_count;
  ARENA_NEW_ARRAY(context->arena, context->error, types, node->equal_count + join->right_count);
  ARENA_NEW_ARRAY(context->arena, context->error, null_equal, node->equal_count);
  ARENA_NEW_ARRAY(context->arena, context->error, join->build_columns, node->equal_count + join->right_count);
  for (uint32_t i = 0; i < node->equal_count; i++) {
    types[i] = node->conditions[i].right->type;
    null_equal[i] = node->conditions[i].compare == COMPARE_NOT_DISTINCT;
  }
  for (uint32_t i = 0; i < join->right_count && join->rights_stored; i++) {
    if (join->right_needed[i]) types[count++] = plan->children[1]->columns[i].type;
  }
  bool keep = marks_right(join) && kind_of(join) != JOIN_RIGHT_SEMI;
  return join_table_init(&join->table, context->memory, context->arena, types, count, node->equal_count, null_equal,
                         keep, context->error);
}

static Status open_pairs(HashJoin *join) {
  const LogicalPlan *plan = join->op.plan;
  Type *types;
  uint32_t count = join->left_count + join->right_count + 1;
  ARENA_NEW_ARRAY(op_arena(&join->op), op_error(&join->op), types, count);
  for (uint32_t i = 0; i < join->left_count; i++) types[i] = plan->children[0]->columns[i].type;
  for (uint32_t i = 0; i < join->right_count; i++) types[join->left_count + i] = plan->children[1]->columns[i].type;
  types[count - 1] = TYPE(BOOLEAN);
  return chunk_init(&join->pairs, op_memory(&join->op), types, count, op_error(&join->op));
}

Status make_hash_join(Execution *execution, const LogicalPlan *plan, Operator **out) {
  HashJoin *join;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  const JoinNode *node = &plan->join;
  Expr **left;
  Expr **right;
  TRY(operator_make(execution, &hash_join_class, plan, sizeof *join, &join));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&join->op, types, plan->column_count));
  join->left_count = plan->children[0]->column_count;
  join->right_count = plan->children[1]->column_count;
  ARENA_NEW_ARRAY(context->arena, context->error, left, node->equal_count);
  ARENA_NEW_ARRAY(context->arena, context->error, right, node->equal_count);
  for (uint32_t i = 0; i < node->equal_count; i++) {
    left[i] = node->conditions[i].left;
    right[i] = node->conditions[i].right;
  }
  TRY(expressions_open(&join->probe_keys, &join->op, left, node->equal_count));
  TRY(expressions_open(&join->build_keys, &join->op, right, node->equal_count));
  TRY(join_predicate(execution, plan, node->equal_count, &join->predicate));
  TRY(choose_right_columns(join));
  TRY(open_table(join));
  TRY(open_pairs(join));
  *out = &join->op;
  return OK;
}
