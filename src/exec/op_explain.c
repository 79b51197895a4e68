// SPDX-License-Identifier: MIT
//
// op_explain.c: EXPLAIN prints the plan; EXPLAIN ANALYZE is the sink of the plan's run and prints what each operator gave and took.
#include "exec/operator.h"

typedef struct ExplainOperator {
  Operator op;
  bool done;
  uint64_t rows;
} ExplainOperator;

static Status explain_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ((ExplainOperator *)op)->rows += input->row_count;
  return OK;
}

static void print_operators(TextBuilder *text, const Operator *explain) {
  const Execution *execution = explain->execution;
  text_format(text, "Total: %lld us, %llu rows\n", (long long)(execution->total_nanos / 1000),
              (unsigned long long)((const ExplainOperator *)explain)->rows);
  for (const Operator *op = execution->operators; op; op = op->next) {
    if (op == explain) continue;
    text_format(text, "%s: %llu rows, %lld us\n", op->class->name, (unsigned long long)op->rows_out,
                (long long)(op->nanos / 1000));
  }
}

static Status explain_produce(Operator *op, SourceTurn *turn) {
  ExplainOperator *explain = (ExplainOperator *)op;
  TextBuilder text;
  *turn = SOURCE_END;
  if (explain->done) return OK;
  explain->done = true;
  text_init(&text, op_memory(op));
  Status status = OK;
  bool json = str_equal(op->plan->explain.format, STR("json"));
  if (json) {
    plan_print_json(&text, op->plan->children[0]);
  } else {
    status = plan_print(&text, op->plan->children[0], op_error(op));
  }
  if (status == OK && op->plan->explain.analyze && !json) print_operators(&text, op);
  if (status == OK && text.failed) status = error_no_memory(op_error(op));
  if (status == OK) status = chunk_reset(&op->out, op_error(op));
  if (status == OK) {
    status = vector_set_string(&op->out.columns[0], 0, op->plan->explain.key, op_error(op));
  }
  if (status == OK) status = vector_set_string(&op->out.columns[1], 0, text_str(&text), op_error(op));
  text_free(&text);
  op->out.row_count = 1;
  *turn = SOURCE_ROWS;
  return status;
}

static const OperatorClass explain_class = {.name = "EXPLAIN", .consume = explain_consume, .produce = explain_produce};

Status make_explain(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ExplainOperator *explain;
  Type types[2] = {TYPE(VARCHAR), TYPE(VARCHAR)};
  TRY(operator_make(execution, &explain_class, plan, sizeof *explain, &explain));
  TRY(operator_init_out(&explain->op, types, 2));
  *out = &explain->op;
  return OK;
}
