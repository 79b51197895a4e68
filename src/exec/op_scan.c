// SPDX-License-Identifier: MIT
//
// op_scan.c: SCAN: rows of a stored table. Simple conditions are given to store/ for its zone maps; all conditions are applied here.
#include "exec/operator.h"

typedef struct ScanOperator {
  Operator op;
  TableScan *scan;
  uint32_t *column_ids;
  ZoneFilter *zones;
  uint32_t zone_count;
  Evaluator *filter;
  bool ended;
  Chunk rows;
  Portion portion; // of rows
  uint32_t selection[VECTOR_CAPACITY];
} ScanOperator;

static ScanOperator *self_of(Operator *op) { return (ScanOperator *)op; }

static Status open_scan(ScanOperator *scan) {
  const ExecutionContext *context = &scan->op.execution->context;
  const ScanNode *node = &scan->op.plan->scan;
  return scan_open(catalog_transaction(context->catalog, &node->table->entry), node->table->store_table,
                   scan->column_ids, node->column_count, scan->zones, scan->zone_count, &scan->scan, context->error);
}

static Status scan_prepare(Operator *op, bool *ready) {
  *ready = true;
  return self_of(op)->scan ? OK : open_scan(self_of(op));
}

// The next rows of the chunk that was read, those that pass.
static Status hand_out(ScanOperator *scan, SourceTurn *turn) {
  Operator *op = &scan->op;
  const LogicalPlan *plan = op->plan;
  const Chunk *rows;
  TRY(portion_next(&scan->portion, op, &rows));
  uint32_t count = rows->row_count;
  if (scan->filter) TRY(evaluator_select(scan->filter, rows, scan->selection, &count));
  op->out.row_count = count;
  for (uint32_t i = 0; i < plan->column_count && count; i++) {
    const Vector *source = &rows->columns[plan->kept ? plan->kept[i] : i];
    if (count == rows->row_count) {
      vector_borrow(&op->out.columns[i], source);
    } else {
      TRY(vector_slice(&op->out.columns[i], source, scan->selection, count, op_error(op)));
    }
  }
  if (count) *turn = SOURCE_ROWS;
  return OK;
}

static Status scan_produce(Operator *op, SourceTurn *turn) {
  ScanOperator *scan = self_of(op);
  *turn = SOURCE_NOTHING_YET;
  if (portion_left(&scan->portion)) return hand_out(scan, turn);
  if (scan->ended) {
    *turn = SOURCE_END;
    return OK;
  }
  StoreStep step;
  TRY(scan_need(scan->scan, &step, op_error(op)));
  if (step != STORE_DONE) {
    if (step == STORE_WAIT) *turn = SOURCE_WAITING;
    return OK;
  }
  TRY(scan_next(scan->scan, &scan->rows, &scan->ended, op_error(op)));
  portion_start(&scan->portion, &scan->rows);
  return OK;
}

static Status scan_reset(Operator *op) {
  self_of(op)->ended = false;
  self_of(op)->portion.whole = NULL;
  if (self_of(op)->scan) scan_rewind(self_of(op)->scan);
  return OK;
}

static double scan_progress_of(const Operator *op) {
  const ScanOperator *scan = (const ScanOperator *)op;
  return scan->scan ? scan_progress(scan->scan) : 0;
}

static void scan_close_operator(Operator *op) {
  ScanOperator *scan = self_of(op);
  scan_close(scan->scan);
  if (scan->filter) evaluator_close(scan->filter);
  portion_free(&scan->portion);
  chunk_free(&scan->rows);
}

static const OperatorClass scan_class = {.name = "SEQ_SCAN",
                                         .prepare = scan_prepare,
                                         .produce = scan_produce,
                                         .reset = scan_reset,
                                         .progress = scan_progress_of,
                                         .close = scan_close_operator};

// The conditions of a ScanFilter as an expression again.
static Expr *filter_expr(Arena *arena, const ScanFilter *filter, Type type) {
  Expr *column = expr_input(arena, filter->column, type);
  if (!column) return NULL;
  switch ((ScanFilterKind)filter->kind) {
    case SCAN_IS_NULL:
    case SCAN_IS_NOT_NULL:
      return expr_is_null(arena, column, filter->kind == SCAN_IS_NOT_NULL);
    case SCAN_COMPARE: {
      Expr *constant = expr_constant(arena, filter->value);
      return constant ? expr_compare(arena, filter->compare, column, constant) : NULL;
    }
    case SCAN_IN:
      break;
  }
  Expr *in = expr_node(arena, EXPR_IN, TYPE(BOOLEAN), filter->value_count + 1);
  if (!in) return NULL;
  in->children[0] = column;
  for (uint32_t i = 0; i < filter->value_count; i++) {
    in->children[i + 1] = expr_constant(arena, filter->values[i]);
    if (!in->children[i + 1]) return NULL;
  }
  return in;
}

static void add_zone(ScanOperator *scan, uint32_t column, CompareOp compare, Value value) {
  scan->zones[scan->zone_count++] =
      (ZoneFilter){.column_id = scan->column_ids[column], .kind = ZONE_COMPARE, .compare = compare, .value = value};
}

// column BETWEEN constant AND constant, whose bounds are conditions for zones.
static bool is_range(const Expr *expr, const Type *types) {
  if (expr->kind != EXPR_BETWEEN || expr->children[0]->kind != EXPR_INPUT) return false;
  Type type = types[expr->children[0]->input];
  for (uint32_t i = 0; i < 3; i++) {
    const Expr *child = expr->children[i];
    if (!type_equal(child->type, type)) return false;
    if (i && (child->kind != EXPR_CONSTANT || child->constant.is_null)) return false;
  }
  return true;
}

static void add_ranges(ScanOperator *scan, const Expr *const *conditions, uint32_t count, const Type *types) {
  for (uint32_t i = 0; i < count; i++) {
    const Expr *range = conditions[i];
    if (!is_range(range, types)) continue;
    add_zone(scan, range->children[0]->input, COMPARE_GREATER_EQUAL, range->children[1]->constant);
    add_zone(scan, range->children[0]->input, COMPARE_LESS_EQUAL, range->children[2]->constant);
  }
}

static Status compile_filter(ScanOperator *scan, const Type *types) {
  const ExecutionContext *context = &scan->op.execution->context;
  const ScanNode *node = &scan->op.plan->scan;
  Expr *all = NULL;
  Program *program;
  bool several = node->filter && node->filter->kind == EXPR_AND;
  const Expr *const *conditions =
      several ? (const Expr *const *)node->filter->children : (const Expr *const *)&node->filter;
  uint32_t condition_count = several ? node->filter->child_count : node->filter != NULL;
  ARENA_NEW_ARRAY(context->arena, context->error, scan->zones, node->filter_count + 2 * (size_t)condition_count);
  for (uint32_t i = 0; i < node->filter_count; i++) {
    const ScanFilter *filter = &node->filters[i];
    Expr *one = filter_expr(context->arena, filter, types[filter->column]);
    all = one ? expr_and(context->arena, all, one) : NULL;
    if (!all) return error_no_memory(context->error);
    if (filter->kind == SCAN_COMPARE) add_zone(scan, filter->column, filter->compare, filter->value);
  }
  add_ranges(scan, conditions, condition_count, types);
  if (node->filter) {
    all = expr_and(context->arena, all, node->filter);
    if (!all) return error_no_memory(context->error);
  }
  if (!all) return OK;
  TRY(program_compile_filter(context->arena, context->error, all, &program));
  return evaluator_open(&scan->filter, program, context->parameters, &scan->op.execution->eval);
}

Status make_scan(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ScanOperator *scan;
  const Type *types;
  Type *read_types;
  const ExecutionContext *context = &execution->context;
  const ScanNode *node = &plan->scan;
  TRY(operator_make(execution, &scan_class, plan, sizeof *scan, &scan));
  *out = &scan->op;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&scan->op, types, plan->column_count));
  ARENA_NEW_ARRAY(context->arena, context->error, scan->column_ids, node->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, read_types, node->column_count);
  for (uint32_t i = 0; i < node->column_count; i++) {
    bool row_id = node->columns[i] == PLAN_ROW_ID;
    scan->column_ids[i] = row_id ? COLUMN_ROW_ID : node->table->columns[node->columns[i]].id;
    read_types[i] = row_id ? TYPE(BIGINT) : node->table->columns[node->columns[i]].type;
  }
  TRY(chunk_init(&scan->rows, context->memory, read_types, node->column_count, context->error));
  return compile_filter(scan, read_types);
}
