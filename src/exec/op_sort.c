// SPDX-License-Identifier: MIT
//
// op_sort.c: ORDER and TOP_N: a sort buffer as sink, then as source.
#include "exec/operator.h"
#include "exec/sort_buffer.h"

typedef struct SortOperator {
  Operator op;
  Expressions keys;
  SortBuffer buffer;
  uint64_t skip; // TOP_N: offset
  uint64_t left; // rows still to hand out
} SortOperator;

static SortOperator *self_of(Operator *op) { return (SortOperator *)op; }

static Status sort_consume(Operator *op, const Chunk *input, bool *more) {
  SortOperator *sort = self_of(op);
  TRY(sort_buffer_reserve(&sort->buffer, more, op_error(op)));
  if (*more) return OK;
  TRY(expressions_run(&sort->keys, input));
  return sort_buffer_append(&sort->buffer, sort->keys.results, input->columns, input->row_count, op_error(op));
}

static Status sort_finish(Operator *op, bool *done) {
  return sort_buffer_finish(&self_of(op)->buffer, done, op_error(op));
}

static Status sort_produce(Operator *op, SourceTurn *turn) {
  SortOperator *sort = self_of(op);
  uint8_t *skipped[VECTOR_CAPACITY];
  *turn = SOURCE_END;
  if (sort->skip) {
    uint32_t count =
        sort_buffer_next_rows(&sort->buffer, skipped, (uint32_t)MIN_OF(sort->skip, (uint64_t)VECTOR_CAPACITY));
    sort->skip -= count;
    if (count) *turn = SOURCE_NOTHING_YET;
    return OK;
  }
  if (!sort->left) return OK;
  TRY(sort_buffer_next(&sort->buffer, op->plan->kept, operator_rows(op), &op->out, op_error(op)));
  op->out.row_count = (uint32_t)MIN_OF((uint64_t)op->out.row_count, sort->left);
  sort->left -= op->out.row_count;
  *turn = op->out.row_count ? SOURCE_ROWS : SOURCE_END;
  return OK;
}

static void start(SortOperator *sort) {
  bool top_n = sort->op.plan->kind == LOGICAL_TOP_N;
  sort->skip = top_n ? sort->op.plan->order.offset : 0;
  sort->left = top_n ? sort->op.plan->order.limit : UINT64_MAX;
}

static Status sort_open_buffer(SortOperator *sort) {
  const ExecutionContext *context = &sort->op.execution->context;
  const LogicalPlan *plan = sort->op.plan;
  const Type *types;
  TRY(plan_types(sort->op.execution, plan->children[0], &types));
  uint64_t limit = 0;
  if (plan->kind == LOGICAL_TOP_N && plan->order.limit < UINT64_MAX / 4 && plan->order.offset < UINT64_MAX / 4) {
    limit = MAX_OF(plan->order.limit + plan->order.offset, (uint64_t)1);
  }
  start(sort);
  return sort_buffer_init(&sort->buffer, context->memory, context->arena, plan->order.keys, plan->order.key_count,
                          types, plan->children[0]->column_count, limit, context->error);
}

static Status sort_reset(Operator *op) {
  sort_buffer_free(&self_of(op)->buffer);
  return sort_open_buffer(self_of(op));
}

static void sort_close(Operator *op) {
  sort_buffer_free(&self_of(op)->buffer);
  expressions_close(&self_of(op)->keys, op);
}

static const OperatorClass sort_class = {.name = "ORDER_BY",
                                         .consume = sort_consume,
                                         .finish = sort_finish,
                                         .produce = sort_produce,
                                         .reset = sort_reset,
                                         .close = sort_close};

Status make_sort(Execution *execution, const LogicalPlan *plan, Operator **out) {
  SortOperator *sort;
  const Type *types;
  Expr **keys;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &sort_class, plan, sizeof *sort, &sort));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&sort->op, types, plan->column_count));
  ARENA_NEW_ARRAY(context->arena, context->error, keys, plan->order.key_count);
  for (uint32_t i = 0; i < plan->order.key_count; i++) keys[i] = plan->order.keys[i].expr;
  TRY(expressions_open(&sort->keys, &sort->op, keys, plan->order.key_count));
  *out = &sort->op;
  return sort_open_buffer(sort);
}
