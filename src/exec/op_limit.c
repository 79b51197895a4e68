// SPDX-License-Identifier: MIT
//
// op_limit.c: LIMIT and OFFSET as a stage; LIMIT n% as a sink that counts and then a source; LIMIT (SELECT …) by a little sink for its values.
#include "exec/operator.h"
#include "exec/row_buffer.h"

typedef struct LimitOperator {
  Operator op;
  bool known;     // limit and offset were evaluated
  uint64_t limit; // UINT64_MAX: none
  double percent;
  uint64_t offset;
  uint64_t skipped;
  uint64_t passed;
  Value from_child[2]; // limit, offset of LIMIT (SELECT …)
  uint32_t selection[VECTOR_CAPACITY];
  RowBuffer rows; // percent
  RowCursor cursor;
} LimitOperator;

static LimitOperator *self_of(Operator *op) { return (LimitOperator *)op; }

static Status value_of(LimitOperator *limit, Expr *expr, bool from_child, const Value *child, Value *out) {
  Execution *execution = limit->op.execution;
  if (from_child) {
    *out = *child;
    return OK;
  }
  *out = value_null(TYPE(BIGINT));
  if (!expr) return OK;
  return expr_evaluate_constant(&execution->eval, execution->context.arena, expr, execution->context.parameters, out);
}

// Values that are only known now are invalid input, not a wrong conversion in the text.
static Status cast_limit(LimitOperator *limit, const Value *value, Type type, Value *out) {
  Error *error = op_error(&limit->op);
  Status status = value_cast(op_arena(&limit->op), value, type, out, error);
  if (status != ERROR_CONVERSION) return status;
  char text[ERROR_MESSAGE_CAPACITY];
  memcpy(text, error->message, sizeof text);
  return error_set(error, ERROR_INVALID_INPUT, -1, "%s", text);
}

static Status row_number(LimitOperator *limit, const Value *value, uint64_t none, uint64_t *out) {
  Value number;
  *out = none;
  if (value->is_null) return OK;
  TRY(cast_limit(limit, value, TYPE(UBIGINT), &number));
  *out = MIN_OF(number.u64, (uint64_t)INT64_MAX);
  return OK;
}

static Status evaluate_limits(LimitOperator *limit) {
  const LimitNode *node = &limit->op.plan->limit;
  Value rows;
  Value offset;
  if (limit->known) return OK;
  limit->known = true;
  TRY(value_of(limit, node->limit, node->limit_from_child, &limit->from_child[0], &rows));
  TRY(value_of(limit, node->offset, node->offset_from_child, &limit->from_child[1], &offset));
  TRY(row_number(limit, &offset, 0, &limit->offset));
  if (node->kind != LIMIT_PERCENT) return row_number(limit, &rows, UINT64_MAX, &limit->limit);
  limit->percent = 100;
  if (rows.is_null) return OK;
  TRY(cast_limit(limit, &rows, TYPE(DOUBLE), &rows));
  if (rows.f64 < 0) {
    char digits[NUMBER_TEXT_CAPACITY];
    return error_set(op_error(&limit->op), ERROR_BINDER, -1, "Percentage value(%.*s) can't be negative",
                     (int)number_write_decimal(digits, (int128)(rows.f64 * 1e6), 6), digits);
  }
  if (!(rows.f64 <= 100)) {
    return error_set(op_error(&limit->op), ERROR_OUT_OF_RANGE, -1,
                     "Limit percent out of range, should be between 0%% and 100%%");
  }
  limit->percent = rows.f64;
  return OK;
}

static Status hand_out_rows(LimitOperator *limit, const Chunk *input, uint32_t from, uint32_t count) {
  Operator *op = &limit->op;
  if (from == 0 && count == input->row_count) {
    chunk_borrow(&op->out, input);
    return OK;
  }
  for (uint32_t i = 0; i < count; i++) limit->selection[i] = from + i;
  return chunk_slice(&op->out, input, limit->selection, count, op_error(op));
}

static Status limit_process(Operator *op, const Chunk *input, StageTurn *turn) {
  LimitOperator *limit = self_of(op);
  TRY(evaluate_limits(limit));
  op->out.row_count = 0;
  uint64_t skip = MIN_OF(limit->offset - limit->skipped, (uint64_t)input->row_count);
  limit->skipped += skip;
  uint64_t count = MIN_OF((uint64_t)input->row_count - skip, limit->limit - limit->passed);
  limit->passed += count;
  turn->end = limit->passed == limit->limit;
  return count ? hand_out_rows(limit, input, (uint32_t)skip, (uint32_t)count) : OK;
}

// Nothing is read for LIMIT 0.
static Status limit_prepare(Operator *op, bool *ready) {
  *ready = true;
  TRY(evaluate_limits(self_of(op)));
  if (self_of(op)->limit == 0) op->execution->source_ended = true;
  return OK;
}

static Status limit_reset(Operator *op) {
  LimitOperator *limit = self_of(op);
  limit->skipped = limit->passed = 0;
  limit->cursor = (RowCursor){0, 0};
  row_buffer_free(&limit->rows);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Percent
// ---------------------------------------------------------------------------------------------------------------------

static Status percent_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  return row_buffer_append(&self_of(op)->rows, input, op_error(op));
}

static Status percent_finish(Operator *op, bool *done) {
  LimitOperator *limit = self_of(op);
  TRY(evaluate_limits(limit));
  limit->limit = (uint64_t)((double)limit->rows.store.row_count * limit->percent / 100.0);
  *done = true;
  return OK;
}

static Status percent_produce(Operator *op, SourceTurn *turn) {
  LimitOperator *limit = self_of(op);
  *turn = SOURCE_END;
  if (limit->passed == limit->limit) return OK;
  TRY(row_buffer_read(&limit->rows, &limit->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
  uint32_t read = op->out.row_count;
  if (!read) return OK;
  uint32_t skip = (uint32_t)MIN_OF(limit->offset - limit->skipped, (uint64_t)read);
  limit->skipped += skip;
  uint32_t count = (uint32_t)MIN_OF((uint64_t)(read - skip), limit->limit - limit->passed);
  limit->passed += count;
  *turn = SOURCE_ROWS;
  if (skip) {
    for (uint32_t i = 0; i < count; i++) limit->selection[i] = skip + i;
    TRY(chunk_slice(&op->out, &op->out, limit->selection, count, op_error(op)));
  }
  op->out.row_count = count;
  return OK;
}

static void limit_close(Operator *op) { row_buffer_free(&self_of(op)->rows); }

static const OperatorClass limit_class = {
    .name = "LIMIT", .prepare = limit_prepare, .process = limit_process, .reset = limit_reset, .close = limit_close};
static const OperatorClass percent_class = {.name = "LIMIT_PERCENT",
                                            .consume = percent_consume,
                                            .finish = percent_finish,
                                            .produce = percent_produce,
                                            .reset = limit_reset,
                                            .close = limit_close};

Status make_limit(Execution *execution, const LogicalPlan *plan, Operator **out) {
  LimitOperator *limit;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  bool percent = plan->limit.kind == LIMIT_PERCENT;
  TRY(operator_make(execution, percent ? &percent_class : &limit_class, plan, sizeof *limit, &limit));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&limit->op, types, plan->column_count));
  for (uint32_t i = 0; i < 2; i++) limit->from_child[i] = value_null(TYPE(BIGINT));
  if (percent)
    TRY(row_buffer_init(&limit->rows, context->memory, context->arena, types, plan->column_count, context->error));
  *out = &limit->op;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// LIMIT (SELECT …)
// ---------------------------------------------------------------------------------------------------------------------

typedef struct LimitValues {
  Operator op;
  LimitOperator *limit;
} LimitValues;

static Status limit_values_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  LimitOperator *limit = ((LimitValues *)op)->limit;
  const LimitNode *node = &limit->op.plan->limit;
  uint32_t column = 0;
  if (!input->row_count) return OK;
  if (node->limit_from_child && column < input->column_count) {
    TRY(vector_get_value(&input->columns[column++], 0, op_arena(op), &limit->from_child[0], op_error(op)));
  }
  if (node->offset_from_child && column < input->column_count) {
    TRY(vector_get_value(&input->columns[column], 0, op_arena(op), &limit->from_child[1], op_error(op)));
  }
  return OK;
}

static const OperatorClass limit_values_class = {.name = "LIMIT_VALUES", .consume = limit_values_consume};

Status make_limit_values(Execution *execution, Operator *limit, Operator **out) {
  LimitValues *values;
  TRY(operator_make(execution, &limit_values_class, limit->plan, sizeof *values, &values));
  values->limit = self_of(limit);
  *out = &values->op;
  return OK;
}
