// SPDX-License-Identifier: MIT
//
// op_row_buffer.c: CTEs: the sink that keeps the rows of a definition, the source that reads them, and the recursive form.
//
// RECURSIVE_CTE is the sink of the anchor and of the recursive part, whose pipelines it runs itself (`inner`), and the source of their rows. It hands out
// what they have given before it lets them go on, so that nobody who stops asking (LIMIT) waits for the end of the recursion:
//
//   working   the rows of the last round, read by the CTE_SCANs of the recursive part
//   next      the rows of this round; `cursor` stands behind those that were handed out
//   seen      with UNION (not ALL): drops rows that were there before; with USING KEY: the keys, whose state is their number
//   kept      rows of all rounds that are over, read by those CTE_SCANs that are recurring; with USING KEY only its rows latest[key] count, and these
//             are handed out at the end
#include "exec/group_table.h"
#include "exec/operator.h"
#include "exec/row_buffer.h"

typedef struct BufferOperator {
  Operator op;
  RowBuffer rows;
} BufferOperator;

static Status buffer_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  return row_buffer_append(&((BufferOperator *)op)->rows, input, op_error(op));
}

static Status buffer_reset(Operator *op) {
  row_buffer_free(&((BufferOperator *)op)->rows);
  return OK;
}

static void buffer_close(Operator *op) { row_buffer_free(&((BufferOperator *)op)->rows); }

static const OperatorClass buffer_class = {
    .name = "CTE", .consume = buffer_consume, .reset = buffer_reset, .close = buffer_close};

Status make_row_buffer(Execution *execution, const LogicalPlan *plan, Operator **out) {
  BufferOperator *buffer;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &buffer_class, plan, sizeof *buffer, &buffer));
  TRY(plan_types(execution, plan, &types));
  TRY(row_buffer_init(&buffer->rows, context->memory, context->arena, types, plan->column_count, context->error));
  *out = &buffer->op;
  return OK;
}

typedef struct RecursiveOperator {
  Operator op;
  RowBuffer working;
  RowBuffer next;
  GroupTable seen;
  RowCursor cursor;
  Execution *inner;
  Chunk fresh; // rows of a chunk not seen before
  RowBuffer kept;
  RowCursor keep; // the next row of `next` that goes there
  Vector *keys;   // [key_count] columns of a chunk
  uint8_t **latest;
  uint64_t latest_count;
  uint64_t latest_capacity;
  uint64_t latest_read; // … and were handed out
} RecursiveOperator;

typedef struct BufferScanOperator {
  Operator op;
  Operator *buffer;
  RowCursor cursor;
  uint64_t latest;
} BufferScanOperator;

static bool is_keyed(const RecursiveOperator *recursive) { return recursive->op.plan->cte.column_count > 0; }

// The rows latest[*at..] by columns.
static Status read_latest(const RecursiveOperator *recursive, const uint32_t *columns, uint64_t *at, Operator *op) {
  uint8_t **rows = recursive->latest + *at;
  uint32_t count = (uint32_t)MIN_OF(recursive->latest_count - *at, (uint64_t)operator_rows(op));
  TRY(chunk_reset(&op->out, op_error(op)));
  for (uint32_t i = 0; i < op->out.column_count && count; i++)
    TRY(row_gather(&recursive->kept.layout, rows, count, columns ? columns[i] : i, &op->out.columns[i], 0,
                   op_error(op)));
  op->out.row_count = count;
  *at += count;
  return OK;
}

static Status note_latest(RecursiveOperator *recursive, uint8_t **rows) {
  Error *error = op_error(&recursive->op);
  const Chunk *chunk = &recursive->fresh;
  const CteNode *node = &recursive->op.plan->cte;
  uint8_t *groups[VECTOR_CAPACITY];
  uint32_t created[VECTOR_CAPACITY], created_count;
  for (uint32_t i = 0; i < node->column_count; i++)
    vector_borrow(&recursive->keys[i], &chunk->columns[node->columns[i]]);
  TRY(group_table_find(&recursive->seen, recursive->keys, chunk->row_count, groups, created, &created_count, error));
  if (recursive->latest_count + created_count > recursive->latest_capacity) {
    uint64_t capacity = MAX_OF(recursive->latest_capacity * 2, (uint64_t)VECTOR_CAPACITY);
    uint8_t **latest =
        memory_grow(op_memory(&recursive->op), recursive->latest, sizeof *latest * (size_t)recursive->latest_capacity,
                    sizeof *latest * (size_t)capacity);
    if (!latest) return error_no_memory(error);
    recursive->latest = latest;
    recursive->latest_capacity = capacity;
  }
  for (uint32_t i = 0; i < created_count; i++)
    *(uint64_t *)group_states(&recursive->seen, groups[created[i]]) = recursive->latest_count++;
  for (uint32_t i = 0; i < chunk->row_count; i++)
    recursive->latest[*(const uint64_t *)group_states(&recursive->seen, groups[i])] = rows[i];
  return OK;
}

// A chunk of the rows of the round that is over goes to `kept`.
static Status keep_rows(RecursiveOperator *recursive, bool *done) {
  Error *error = op_error(&recursive->op);
  uint8_t *rows[VECTOR_CAPACITY];
  Chunk *chunk = &recursive->fresh;
  TRY(row_buffer_read(&recursive->next, &recursive->keep, NULL, VECTOR_CAPACITY, chunk, error));
  *done = !chunk->row_count;
  if (*done) return OK;
  TRY(row_store_append(&recursive->kept.store, chunk->columns, NULL, chunk->row_count, rows, error));
  return is_keyed(recursive) ? note_latest(recursive, rows) : OK;
}

static Status recursive_consume(Operator *op, const Chunk *input, bool *more) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  TRY(group_table_reserve(&recursive->seen, more, op_error(op)));
  if (*more) return OK;
  const Chunk *rows = input;
  uint32_t created[VECTOR_CAPACITY]; // `fresh` borrows it
  if (!op->plan->cte.all && !is_keyed(recursive)) {
    uint8_t *groups[VECTOR_CAPACITY];
    uint32_t created_count;
    TRY(group_table_find(&recursive->seen, input->columns, input->row_count, groups, created, &created_count,
                         op_error(op)));
    if (!created_count) return OK;
    TRY(chunk_slice(&recursive->fresh, input, created, created_count, op_error(op)));
    rows = &recursive->fresh;
  }
  return row_buffer_append(&recursive->next, rows, op_error(op));
}

static void rotate(RecursiveOperator *recursive) {
  RowBuffer used = recursive->working;
  row_buffer_free(&used);
  recursive->working.store = recursive->next.store;
  row_store_init(&recursive->next.store, used.store.memory, &recursive->next.layout);
  recursive->cursor = recursive->keep = (RowCursor){0, 0};
}

Status recursive_cte_again(Operator *op, bool *again) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  *again = recursive->next.store.row_count > 0;
  rotate(recursive);
  return OK;
}

// After the anchor: its rows are the first working table.
static Status recursive_finish(Operator *op, bool *done) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  const Pipeline *pipeline = &recursive->inner->pipelines.items[recursive->inner->current];
  *done = true;
  if (is_keyed(recursive) || op->plan->cte.recurring) TRY(keep_rows(recursive, done));
  if (*done && !pipeline->repeat) rotate(recursive);
  return OK;
}

static Status recursive_produce(Operator *op, SourceTurn *turn) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  *turn = SOURCE_ROWS;
  if (is_keyed(recursive)) {
    TRY(execution_inner_turn(recursive->inner, turn));
    if (*turn != SOURCE_END) return OK;
    TRY(read_latest(recursive, NULL, &recursive->latest_read, op));
    if (op->out.row_count) *turn = SOURCE_ROWS;
    return OK;
  }
  TRY(row_buffer_read(&recursive->next, &recursive->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
  return op->out.row_count ? OK : execution_inner_turn(recursive->inner, turn);
}

static void recursive_close(Operator *op) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  row_buffer_free(&recursive->working);
  row_buffer_free(&recursive->next);
  row_buffer_free(&recursive->kept);
  group_table_free(&recursive->seen);
  chunk_free(&recursive->fresh);
  memory_free(op_memory(op), recursive->latest, sizeof *recursive->latest * (size_t)recursive->latest_capacity);
}

// A recursive CTE inside another's recursive part starts again from nothing.
static Status recursive_reset(Operator *op) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  row_buffer_free(&recursive->working);
  row_buffer_free(&recursive->next);
  row_buffer_free(&recursive->kept);
  group_table_free(&recursive->seen);
  recursive->cursor = recursive->keep = (RowCursor){0, 0};
  recursive->latest_count = recursive->latest_read = 0;
  return execution_inner_reset(recursive->inner);
}

static const OperatorClass recursive_class = {.name = "RECURSIVE_CTE",
                                              .consume = recursive_consume,
                                              .finish = recursive_finish,
                                              .produce = recursive_produce,
                                              .reset = recursive_reset,
                                              .close = recursive_close};

Status make_recursive_cte(Execution *execution, const LogicalPlan *plan, Execution *inner, Operator **out) {
  RecursiveOperator *recursive;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &recursive_class, plan, sizeof *recursive, &recursive));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&recursive->op, types, plan->column_count));
  RowBuffer *buffers[] = {&recursive->working, &recursive->next, &recursive->kept};
  for (uint32_t i = 0; i < COUNT_OF(buffers); i++) {
    TRY(row_buffer_init(buffers[i], context->memory, context->arena, types, plan->column_count, context->error));
  }
  Type *keys;
  uint32_t key_count = plan->cte.column_count;
  ARENA_NEW_ARRAY(context->arena, context->error, keys, key_count);
  ARENA_NEW_ARRAY(context->arena, context->error, recursive->keys, key_count);
  for (uint32_t i = 0; i < key_count; i++) keys[i] = types[plan->cte.columns[i]];
  TRY(group_table_init(&recursive->seen, context->memory, context->arena, key_count ? keys : types,
                       key_count ? key_count : plan->column_count, key_count ? sizeof(uint64_t) : 0, context->error));
  TRY(chunk_init(&recursive->fresh, context->memory, types, plan->column_count, context->error));
  recursive->inner = inner;
  *out = &recursive->op;
  return OK;
}

static Status buffer_scan_produce(Operator *op, SourceTurn *turn) {
  BufferScanOperator *scan = (BufferScanOperator *)op;
  const CteNode *node = &op->plan->cte;
  const RecursiveOperator *recursive = (const RecursiveOperator *)scan->buffer;
  if (node->recurring && is_keyed(recursive)) {
    TRY(read_latest(recursive, node->columns, &scan->latest, op));
  } else {
    const RowBuffer *rows = node->recurring   ? &recursive->kept
                            : node->recursive ? &recursive->working
                                              : &((BufferOperator *)scan->buffer)->rows;
    TRY(row_buffer_read(rows, &scan->cursor, node->columns, operator_rows(op), &op->out, op_error(op)));
  }
  *turn = op->out.row_count ? SOURCE_ROWS : SOURCE_END;
  return OK;
}

static Status buffer_scan_reset(Operator *op) {
  ((BufferScanOperator *)op)->cursor = (RowCursor){0, 0};
  ((BufferScanOperator *)op)->latest = 0;
  return OK;
}

static const OperatorClass buffer_scan_class = {
    .name = "CTE_SCAN", .produce = buffer_scan_produce, .reset = buffer_scan_reset};

Status make_row_buffer_scan(Execution *execution, const LogicalPlan *plan, Operator *buffer, Operator **out) {
  BufferScanOperator *scan;
  const Type *types;
  TRY(operator_make(execution, &buffer_scan_class, plan, sizeof *scan, &scan));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&scan->op, types, plan->column_count));
  scan->buffer = buffer;
  *out = &scan->op;
  return OK;
}
