// SPDX-License-Identifier: MIT
//
// op_distinct.c: DISTINCT, DISTINCT ON, and the set operations that compare whole rows (UNION, EXCEPT, INTERSECT).
//
//   DISTINCT        a group table; a row goes out (as a stage would) when it made a group. As a sink and source it keeps the first rows in a buffer, so
//                   that order of arrival is kept
//   DISTINCT ON     rows are sorted by the order first, then the first of each key
//   EXCEPT, INTERSECT   the right side is counted by groups; the left side is looked up
#include "exec/group_table.h"
#include "exec/operator.h"
#include "exec/row_buffer.h"
#include "exec/sort_buffer.h"

typedef struct DistinctOperator {
  Operator op;
  GroupTable seen;
  Expressions keys; // DISTINCT ON
  RowBuffer first;  // rows that made a group
  RowCursor cursor;
  Chunk fresh;
  // DISTINCT ON … ORDER BY
  bool ordered;
  Expressions order_keys;
  SortBuffer sort;
  Chunk sorted;
} DistinctOperator;

static DistinctOperator *distinct_of(Operator *op) { return (DistinctOperator *)op; }

// Rows of the chunk that made a new group are kept.
static Status keep_fresh(DistinctOperator *distinct, const Vector *keys, const Chunk *rows) {
  uint8_t *groups[VECTOR_CAPACITY];
  uint32_t created[VECTOR_CAPACITY];
  uint32_t count;
  Error *error = op_error(&distinct->op);
  TRY(group_table_find(&distinct->seen, keys, rows->row_count, groups, created, &count, error));
  if (!count) return OK;
  TRY(chunk_slice(&distinct->fresh, rows, created, count, error));
  return row_buffer_append(&distinct->first, &distinct->fresh, error);
}

static Status distinct_consume(Operator *op, const Chunk *input, bool *more) {
  DistinctOperator *distinct = distinct_of(op);
  TRY(group_table_reserve(&distinct->seen, more, op_error(op)));
  if (*more) return OK;
  if (distinct->ordered) {
    TRY(expressions_run(&distinct->order_keys, input));
    return sort_buffer_append(&distinct->sort, distinct->order_keys.results, input->columns, input->row_count,
                              op_error(op));
  }
  if (!op->plan->distinct.key_count) return keep_fresh(distinct, input->columns, input);
  TRY(expressions_run(&distinct->keys, input));
  return keep_fresh(distinct, distinct->keys.results, input);
}

static Status distinct_finish(Operator *op, bool *done) {
  DistinctOperator *distinct = distinct_of(op);
  *done = true;
  if (!distinct->ordered) return OK;
  bool more;
  TRY(group_table_reserve(&distinct->seen, &more, op_error(op)));
  if (!more) TRY(sort_buffer_finish(&distinct->sort, done, op_error(op)));
  *done = *done && !more;
  if (!*done) return OK;
  TRY(sort_buffer_next(&distinct->sort, NULL, operator_rows(op), &distinct->sorted, op_error(op)));
  *done = distinct->sorted.row_count == 0;
  if (*done) return OK;
  TRY(expressions_run(&distinct->keys, &distinct->sorted));
  return keep_fresh(distinct, distinct->keys.results, &distinct->sorted);
}

static Status distinct_produce(Operator *op, SourceTurn *turn) {
  DistinctOperator *distinct = distinct_of(op);
  TRY(row_buffer_read(&distinct->first, &distinct->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
  *turn = op->out.row_count ? SOURCE_ROWS : SOURCE_END;
  return OK;
}

static Status distinct_reset(Operator *op) {
  DistinctOperator *distinct = distinct_of(op);
  group_table_free(&distinct->seen);
  row_buffer_free(&distinct->first);
  distinct->cursor = (RowCursor){0, 0};
  if (distinct->ordered) sort_buffer_free(&distinct->sort);
  return OK;
}

static void distinct_close(Operator *op) {
  DistinctOperator *distinct = distinct_of(op);
  group_table_free(&distinct->seen);
  row_buffer_free(&distinct->first);
  chunk_free(&distinct->fresh);
  expressions_close(&distinct->keys, op);
  expressions_close(&distinct->order_keys, op);
  if (distinct->ordered) sort_buffer_free(&distinct->sort);
  chunk_free(&distinct->sorted);
}

static const OperatorClass distinct_class = {.name = "DISTINCT",
                                             .consume = distinct_consume,
                                             .finish = distinct_finish,
                                             .produce = distinct_produce,
                                             .reset = distinct_reset,
                                             .close = distinct_close};

static Status open_order(DistinctOperator *distinct, const Type *types) {
  const ExecutionContext *context = &distinct->op.execution->context;
  const DistinctNode *node = &distinct->op.plan->distinct;
  uint32_t columns = distinct->op.plan->children[0]->column_count;
  Expr **order;
  ARENA_NEW_ARRAY(context->arena, context->error, order, node->order_count);
  for (uint32_t i = 0; i < node->order_count; i++) order[i] = node->order[i].expr;
  TRY(expressions_open(&distinct->order_keys, &distinct->op, order, node->order_count));
  distinct->ordered = true;
  TRY(chunk_init(&distinct->sorted, context->memory, types, columns, context->error));
  return sort_buffer_init(&distinct->sort, context->memory, context->arena, node->order, node->order_count, types,
                          columns, 0, context->error);
}

static Status open_distinct(DistinctOperator *distinct, const Type *types, uint32_t columns, const Type *key_types,
                            uint32_t key_count) {
  const ExecutionContext *context = &distinct->op.execution->context;
  TRY(operator_init_out(&distinct->op, types, columns));
  TRY(chunk_init(&distinct->fresh, context->memory, types, columns, context->error));
  TRY(row_buffer_init(&distinct->first, context->memory, context->arena, types, columns, context->error));
  return group_table_init(&distinct->seen, context->memory, context->arena, key_types, key_count, 0, context->error);
}

Status make_distinct(Execution *execution, const LogicalPlan *plan, Operator **out) {
  DistinctOperator *distinct;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  const DistinctNode *node = &plan->distinct;
  TRY(operator_make(execution, &distinct_class, plan, sizeof *distinct, &distinct));
  *out = &distinct->op;
  TRY(plan_types(execution, plan, &types));
  if (!node->key_count) return open_distinct(distinct, types, plan->column_count, types, plan->column_count);
  Type *key_types;
  ARENA_NEW_ARRAY(context->arena, context->error, key_types, node->key_count);
  for (uint32_t i = 0; i < node->key_count; i++) key_types[i] = node->keys[i]->type;
  TRY(open_distinct(distinct, types, plan->column_count, key_types, node->key_count));
  TRY(expressions_open(&distinct->keys, &distinct->op, node->keys, node->key_count));
  return node->order_count ? open_order(distinct, types) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// EXCEPT, INTERSECT
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CountOperator { // sink of the right side: how often each row is there
  Operator op;
  GroupTable counts; // state: int64_t
} CountOperator;

static int64_t *count_of(const GroupTable *table, uint8_t *row) { return (int64_t *)(void *)group_states(table, row); }

static Status count_consume(Operator *op, const Chunk *input, bool *more) {
  CountOperator *counter = (CountOperator *)op;
  TRY(group_table_reserve(&counter->counts, more, op_error(op)));
  if (*more) return OK;
  uint8_t *groups[VECTOR_CAPACITY];
  uint32_t created[VECTOR_CAPACITY];
  uint32_t created_count;
  TRY(group_table_find(&counter->counts, input->columns, input->row_count, groups, created, &created_count,
                       op_error(op)));
  for (uint32_t i = 0; i < input->row_count; i++) ++*count_of(&counter->counts, groups[i]);
  return OK;
}

static Status count_reset(Operator *op) {
  group_table_free(&((CountOperator *)op)->counts);
  return OK;
}

static void count_close(Operator *op) { group_table_free(&((CountOperator *)op)->counts); }

static const OperatorClass count_class = {
    .name = "SET_COUNT", .consume = count_consume, .reset = count_reset, .close = count_close};

typedef struct SetOperator { // sink of the left side, then source
  DistinctOperator distinct;
  CountOperator *right; // NULL: UNION
} SetOperator;

// Rows of the left side that belong to the result, before doubles go.
static Status select_set_rows(SetOperator *set, const Chunk *input, uint32_t *selection, uint32_t *count) {
  const SetOperationNode *node = &set->distinct.op.plan->set_operation;
  GroupTable *counts = &set->right->counts;
  uint8_t *groups[VECTOR_CAPACITY];
  TRY(group_table_lookup(counts, input->columns, input->row_count, groups, op_error(&set->distinct.op)));
  *count = 0;
  for (uint32_t i = 0; i < input->row_count; i++) {
    bool there = groups[i] && (!node->all || *count_of(counts, groups[i]) > 0);
    if (there && node->all) --*count_of(counts, groups[i]);
    selection[*count] = i;
    *count += there == (node->operation == SET_INTERSECT);
  }
  return OK;
}

static Status set_consume(Operator *op, const Chunk *input, bool *more) {
  SetOperator *set = (SetOperator *)op;
  TRY(group_table_reserve(&set->distinct.seen, more, op_error(op)));
  if (*more) return OK;
  uint32_t selection[VECTOR_CAPACITY];
  uint32_t count;
  if (!set->right) return keep_fresh(&set->distinct, input->columns, input);
  TRY(select_set_rows(set, input, selection, &count));
  if (!count) return OK;
  Chunk *sliced = &set->distinct.sorted;
  TRY(chunk_slice(sliced, input, selection, count, op_error(op)));
  if (op->plan->set_operation.all) return row_buffer_append(&set->distinct.first, sliced, op_error(op));
  return keep_fresh(&set->distinct, sliced->columns, sliced);
}

static const OperatorClass set_class = {.name = "SET_OPERATION",
                                        .consume = set_consume,
                                        .produce = distinct_produce,
                                        .reset = distinct_reset,
                                        .close = distinct_close};

Status make_set_operation(Execution *execution, const LogicalPlan *plan, Operator **left, Operator **right) {
  SetOperator *set;
  CountOperator *counter;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_make(execution, &set_class, plan, sizeof *set, &set));
  *left = &set->distinct.op;
  *right = NULL;
  TRY(open_distinct(&set->distinct, types, plan->column_count, types, plan->column_count));
  TRY(chunk_init(&set->distinct.sorted, context->memory, types, plan->column_count, context->error));
  if (plan->set_operation.operation == SET_UNION) return OK;
  TRY(operator_make(execution, &count_class, plan, sizeof *counter, &counter));
  TRY(group_table_init(&counter->counts, context->memory, context->arena, types, plan->column_count, 8,
                       context->error));
  set->right = counter;
  *right = &counter->op;
  return OK;
}
