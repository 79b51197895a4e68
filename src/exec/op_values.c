// SPDX-License-Identifier: MIT
//
// op_values.c: sources that need no storage: VALUES, DUMMY (one row without columns), EMPTY (no row).
#include "exec/operator.h"

#define VALUES_STEP_ROWS 256 // rows made in a turn: their expressions may be costly

typedef struct ValuesOperator {
  Operator op;
  uint32_t next_row;
  Expressions cells; // of VALUES_STEP_ROWS rows at most, compiled when they are reached
  Chunk one_row;     // input of the cells: one row, no columns
} ValuesOperator;

static Status fill_rows(ValuesOperator *values, uint32_t count) {
  Operator *op = &values->op;
  const ValuesNode *node = &op->plan->values;
  uint32_t columns = op->plan->column_count;
  ArenaMark mark = arena_mark(op_arena(op));
  Status status =
      expressions_open(&values->cells, op, node->cells + (size_t)values->next_row * columns, count * columns);
  if (status == OK) status = expressions_run(&values->cells, &values->one_row);
  for (uint32_t r = 0; r < count && status == OK; r++) {
    for (uint32_t c = 0; c < columns && status == OK; c++) {
      status = vector_copy(&op->out.columns[c], r, &values->cells.results[r * columns + c], NULL, 0, 1, op_error(op));
    }
  }
  expressions_close(&values->cells, op);
  arena_rewind(op_arena(op), mark);
  return status;
}

static Status values_produce(Operator *op, SourceTurn *turn) {
  ValuesOperator *values = (ValuesOperator *)op;
  uint32_t row_count = op->plan->kind == LOGICAL_VALUES ? op->plan->values.row_count : op->plan->kind == LOGICAL_DUMMY;
  *turn = SOURCE_END;
  if (values->next_row == row_count) return OK;
  uint32_t count = MIN_OF(row_count - values->next_row, (uint32_t)VALUES_STEP_ROWS);
  TRY(chunk_reset(&op->out, op_error(op)));
  if (op->plan->kind == LOGICAL_VALUES) TRY(fill_rows(values, count));
  op->out.row_count = count;
  values->next_row += count;
  *turn = SOURCE_ROWS;
  return OK;
}

static Status values_reset(Operator *op) {
  ((ValuesOperator *)op)->next_row = 0;
  return OK;
}

static void values_close(Operator *op) {
  expressions_close(&((ValuesOperator *)op)->cells, op);
  chunk_free(&((ValuesOperator *)op)->one_row);
}

static const OperatorClass values_class = {
    .name = "VALUES", .produce = values_produce, .reset = values_reset, .close = values_close};

Status make_values(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ValuesOperator *values;
  const Type *types;
  TRY(operator_make(execution, &values_class, plan, sizeof *values, &values));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&values->op, types, plan->column_count));
  TRY(chunk_init(&values->one_row, execution->context.memory, NULL, 0, execution->context.error));
  values->one_row.row_count = 1;
  *out = &values->op;
  return OK;
}
