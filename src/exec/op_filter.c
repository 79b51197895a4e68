// SPDX-License-Identifier: MIT
//
// op_filter.c: the stages that look at one chunk at a time: FILTER and PROJECT. Both borrow from their input.
#include "exec/operator.h"

typedef struct FilterOperator {
  Operator op;
  Evaluator *condition;
  uint32_t selection[VECTOR_CAPACITY];
} FilterOperator;

static Status filter_process(Operator *op, const Chunk *input, StageTurn *turn) {
  FilterOperator *filter = (FilterOperator *)op;
  (void)turn;
  uint32_t count;
  TRY(evaluator_select(filter->condition, input, filter->selection, &count));
  op->out.row_count = count;
  for (uint32_t i = 0; i < op->plan->column_count && count; i++) {
    const Vector *source = &input->columns[op->plan->kept ? op->plan->kept[i] : i];
    if (count == input->row_count) {
      vector_borrow(&op->out.columns[i], source);
    } else {
      TRY(vector_slice(&op->out.columns[i], source, filter->selection, count, op_error(op)));
    }
  }
  return OK;
}

static void filter_close(Operator *op) {
  FilterOperator *filter = (FilterOperator *)op;
  if (filter->condition) evaluator_close(filter->condition);
}

static const OperatorClass filter_class = {.name = "FILTER", .process = filter_process, .close = filter_close};

Status make_filter(Execution *execution, const LogicalPlan *plan, Operator **out) {
  FilterOperator *filter;
  const Type *types;
  Program *program;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &filter_class, plan, sizeof *filter, &filter));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&filter->op, types, plan->column_count));
  TRY(program_compile_filter(context->arena, context->error, plan->filter.condition, &program));
  TRY(evaluator_open(&filter->condition, program, context->parameters, &execution->eval));
  *out = &filter->op;
  return OK;
}

typedef struct ProjectOperator {
  Operator op;
  Expressions expressions;
} ProjectOperator;

static Status project_process(Operator *op, const Chunk *input, StageTurn *turn) {
  ProjectOperator *project = (ProjectOperator *)op;
  (void)turn;
  TRY(expressions_run(&project->expressions, input));
  for (uint32_t i = 0; i < op->plan->column_count; i++) {
    vector_borrow(&op->out.columns[i], &project->expressions.results[i]);
  }
  op->out.row_count = input->row_count;
  return OK;
}

static void project_close(Operator *op) { expressions_close(&((ProjectOperator *)op)->expressions, op); }

static const OperatorClass project_class = {.name = "PROJECTION", .process = project_process, .close = project_close};

Status make_project(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ProjectOperator *project;
  const Type *types;
  TRY(operator_make(execution, &project_class, plan, sizeof *project, &project));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&project->op, types, plan->column_count));
  TRY(expressions_open(&project->expressions, &project->op, plan->project.expressions, plan->column_count));
  *out = &project->op;
  return OK;
}
