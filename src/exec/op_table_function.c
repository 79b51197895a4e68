// SPDX-License-Identifier: MIT
//
// op_table_function.c: table functions as sources: their `need` becomes host requests, their `work` a chunk.
//
// A turn either starts requests and waits, or gives the bytes that came to one call of work. Bytes belong to their requests and are released when the
// function names its next needs.
#include "exec/operator.h"

#define RANGE_CAPACITY 8

typedef struct FunctionScan {
  Operator op;
  TableScan scan;
  bool opened;
  bool ended;
  bool needed; // ranges are those of the present morsel
  FileRange ranges[RANGE_CAPACITY];
  Request requests[RANGE_CAPACITY];
  uint32_t range_count;
  Evaluator *filter;
  uint32_t selection[VECTOR_CAPACITY];
  Chunk rows;
  Portion portion; // of rows
} FunctionScan;

static FunctionScan *self_of(Operator *op) { return (FunctionScan *)op; }

static void release_ranges(FunctionScan *function) {
  Host *host = function->op.execution->context.host;
  for (uint32_t i = 0; i < function->range_count; i++) {
    if (!function->requests[i].done) host_cancel(host, &function->requests[i]);
    request_release(host, &function->requests[i]);
  }
  function->range_count = 0;
}

// Asks the function what it needs next and starts the requests.
static Status start_morsel(FunctionScan *function) {
  release_ranges(function);
  uint32_t count = 0;
  function->needed = true;
  if (!function->scan.function->need) return OK;
  memset(function->ranges, 0, sizeof function->ranges);
  TRY(function->scan.function->need(&function->scan, function->ranges, RANGE_CAPACITY, &count));
  ASSERT(count <= RANGE_CAPACITY);
  for (uint32_t i = 0; i < count; i++) {
    function->requests[i] = (Request){.kind = REQUEST_FETCH,
                                      .path = function->ranges[i].path,
                                      .offset = function->ranges[i].offset,
                                      .length = function->ranges[i].length};
    function->range_count = i + 1;
    host_submit(function->op.execution->context.host, &function->requests[i]);
  }
  return OK;
}

static Status collect_morsel(FunctionScan *function, bool *ready) {
  *ready = false;
  for (uint32_t i = 0; i < function->range_count; i++) {
    if (!function->requests[i].done) return OK;
  }
  for (uint32_t i = 0; i < function->range_count; i++) {
    const Request *request = &function->requests[i];
    if (request->status != OK) {
      return error_set(op_error(&function->op), request->status, -1, "%.*s", (int)request->error.length,
                       request->error.message);
    }
    function->ranges[i].bytes = request->bytes;
    function->ranges[i].byte_count = request->byte_count;
    function->ranges[i].facts = request->facts;
  }
  *ready = true;
  return OK;
}

// The next rows of the chunk that was made, those that pass.
static Status hand_out(FunctionScan *function, SourceTurn *turn) {
  Operator *op = &function->op;
  const LogicalPlan *plan = op->plan;
  const Chunk *rows;
  TRY(portion_next(&function->portion, op, &rows));
  uint32_t count = rows->row_count;
  if (function->filter) TRY(evaluator_select(function->filter, rows, function->selection, &count));
  bool sliced = count < rows->row_count;
  for (uint32_t i = 0; i < plan->column_count && count; i++) {
    const Vector *source = &rows->columns[plan->kept ? plan->kept[i] : i];
    if (sliced) {
      TRY(vector_slice(&op->out.columns[i], source, function->selection, count, op_error(op)));
    } else {
      vector_borrow(&op->out.columns[i], source);
    }
  }
  op->out.row_count = count;
  *turn = count ? SOURCE_ROWS : SOURCE_NOTHING_YET;
  return OK;
}

static Status function_produce(Operator *op, SourceTurn *turn) {
  FunctionScan *function = self_of(op);
  if (portion_left(&function->portion)) return hand_out(function, turn);
  *turn = SOURCE_END;
  if (function->ended) return OK;
  if (!function->opened) {
    function->opened = true;
    if (function->scan.function->open) TRY(function->scan.function->open(&function->scan));
  }
  if (!function->needed) TRY(start_morsel(function));
  bool ready;
  TRY(collect_morsel(function, &ready));
  if (!ready) {
    *turn = SOURCE_WAITING;
    return OK;
  }
  function->scan.again = false;
  TRY(chunk_reset(&function->rows, op_error(op)));
  TRY(function->scan.function->work(&function->scan, function->ranges, function->range_count, &function->rows,
                                    &function->ended));
  function->needed = function->scan.again;
  portion_start(&function->portion, &function->rows);
  *turn = SOURCE_NOTHING_YET;
  return OK;
}

static double function_progress(const Operator *op) { return ((const FunctionScan *)op)->scan.progress; }

static void end_scan(FunctionScan *function) {
  release_ranges(function);
  if (function->opened && function->scan.function->close) function->scan.function->close(&function->scan);
  function->opened = function->ended = function->needed = false;
  function->scan.state = NULL;
  function->portion.whole = NULL;
}

static Status function_reset(Operator *op) {
  end_scan(self_of(op));
  return OK;
}

static void function_close(Operator *op) {
  FunctionScan *function = self_of(op);
  end_scan(function);
  if (function->filter) evaluator_close(function->filter);
  portion_free(&function->portion);
  chunk_free(&function->rows);
}

static const OperatorClass function_class = {.name = "TABLE_FUNCTION",
                                             .produce = function_produce,
                                             .reset = function_reset,
                                             .progress = function_progress,
                                             .close = function_close};

Status make_table_function_operator(Execution *execution, const LogicalPlan *plan, Operator **out) {
  FunctionScan *function;
  const Type *types;
  Type *row_types;
  const ExecutionContext *context = &execution->context;
  const TableFunctionNode *node = &plan->function;
  TRY(operator_make(execution, &function_class, plan, sizeof *function, &function));
  *out = &function->op;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&function->op, types, plan->column_count));
  function->scan = (TableScan){.context = &execution->eval,
                               .function = node->function,
                               .bind_data = node->bind_data,
                               .columns = node->columns,
                               .column_count = node->column_count,
                               .catalog = context->catalog,
                               .progress = -1};
  ARENA_NEW_ARRAY(context->arena, context->error, row_types, node->column_count);
  for (uint32_t i = 0; i < node->column_count; i++) row_types[i] = node->column_types[node->columns[i]];
  TRY(chunk_init(&function->rows, context->memory, row_types, node->column_count, context->error));
  if (!node->filter) return OK;
  Program *program;
  TRY(program_compile_filter(context->arena, context->error, node->filter, &program));
  return evaluator_open(&function->filter, program, context->parameters, &execution->eval);
}
