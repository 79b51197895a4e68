// SPDX-License-Identifier: MIT
//
// op_row_buffer.c: CTEs: the sink that keeps the rows of a definition, the source that reads them, and the recursive form.
//
// RECURSIVE_CTE is the sink of the anchor and of the recursive part, whose pipelines it runs itself (`inner`), and the source of their rows. It hands out
// what they have given before it lets them go on, so that nobody who stops asking (LIMIT) waits for the end of the recursion:
//
//   working   the rows of the last round, read by the CTE_SCANs of the recursive part
//   next      the rows of this round; `cursor` stands behind those that were handed out
//   seen      with UNION (not ALL): drops rows that were there before
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
} RecursiveOperator;

typedef struct BufferScanOperator {
  Operator op;
  Operator *buffer;
  RowCursor cursor;
} BufferScanOperator;

static Status recursive_consume(Operator *op, const Chunk *input, bool *more) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  TRY(group_table_reserve(&recursive->seen, more, op_error(op)));
  if (*more) return OK;
  const Chunk *rows = input;
  uint32_t created[VECTOR_CAPACITY]; // `fresh` borrows it
  if (!op->plan->cte.all) {
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
  recursive->cursor = (RowCursor){0, 0};
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
  if (!pipeline->repeat) rotate(recursive);
  *done = true;
  return OK;
}

static Status recursive_produce(Operator *op, SourceTurn *turn) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  TRY(row_buffer_read(&recursive->next, &recursive->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
  *turn = SOURCE_ROWS;
  return op->out.row_count ? OK : execution_inner_turn(recursive->inner, turn);
}

static void recursive_close(Operator *op) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  row_buffer_free(&recursive->working);
  row_buffer_free(&recursive->next);
  group_table_free(&recursive->seen);
  chunk_free(&recursive->fresh);
}

// A recursive CTE inside another's recursive part starts again from nothing.
static Status recursive_reset(Operator *op) {
  RecursiveOperator *recursive = (RecursiveOperator *)op;
  row_buffer_free(&recursive->working);
  row_buffer_free(&recursive->next);
  group_table_free(&recursive->seen);
  recursive->cursor = (RowCursor){0, 0};
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
  RowBuffer *buffers[] = {&recursive->working, &recursive->next};
  for (uint32_t i = 0; i < COUNT_OF(buffers); i++) {
    TRY(row_buffer_init(buffers[i], context->memory, context->arena, types, plan->column_count, context->error));
  }
  TRY(group_table_init(&recursive->seen, context->memory, context->arena, types, plan->column_count, 0,
                       context->error));
  TRY(chunk_init(&recursive->fresh, context->memory, types, plan->column_count, context->error));
  recursive->inner = inner;
  *out = &recursive->op;
  return OK;
}

static Status buffer_scan_produce(Operator *op, SourceTurn *turn) {
  BufferScanOperator *scan = (BufferScanOperator *)op;
  const RowBuffer *rows = scan->op.plan->cte.recursive ? &((RecursiveOperator *)scan->buffer)->working
                                                       : &((BufferOperator *)scan->buffer)->rows;
  TRY(row_buffer_read(rows, &scan->cursor, op->plan->cte.columns, operator_rows(op), &op->out, op_error(op)));
  *turn = op->out.row_count ? SOURCE_ROWS : SOURCE_END;
  return OK;
}

static Status buffer_scan_reset(Operator *op) {
  ((BufferScanOperator *)op)->cursor = (RowCursor){0, 0};
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
