// SPDX-License-Identifier: MIT
//
// op_unnest.c: UNNEST: each input row as often as its longest list has elements.
// And SAMPLE: Bernoulli and system sampling row by row or chunk by chunk, reservoir sampling for a number of rows.
#include "exec/operator.h"
#include "exec/row_buffer.h"
#include "func/func.h"

typedef struct UnnestOperator {
  Operator op;
  Expressions lists;
  Chunk all; // input columns, then element columns, then ordinality
  bool started;
  uint32_t row;     // of the input
  uint32_t element; // of that row
  uint32_t selection[VECTOR_CAPACITY];
} UnnestOperator;

static UnnestOperator *self_of(Operator *op) { return (UnnestOperator *)op; }

typedef struct ListAt {
  const Vector *elements;
  uint32_t offset;
  uint32_t length;
} ListAt;

static ListAt list_at(const Vector *list, uint32_t row) {
  VectorView view;
  vector_view(list, &view);
  uint32_t at = view_row(&view, row);
  if (!view_valid(&view, at) || !view.base || !view.base->child_count) return (ListAt){NULL, 0, 0};
  if (view.base->type.id == TYPE_ARRAY) {
    return (ListAt){&view.base->children[0], at * view.base->type.array_size, view.base->type.array_size};
  }
  ListEntry entry = ((const ListEntry *)view.data)[at];
  return (ListAt){&view.base->children[0], entry.offset, entry.length};
}

static uint32_t row_length(const UnnestOperator *unnest, uint32_t row) {
  uint32_t longest = unnest->op.plan->unnest.outer ? 1 : 0;
  for (uint32_t i = 0; i < unnest->lists.count; i++)
    longest = MAX_OF(longest, list_at(&unnest->lists.results[i], row).length);
  return longest;
}

// `count` elements of the present row from the present element on, to output rows at.. .
static Status put_elements(UnnestOperator *unnest, uint32_t first_column, uint32_t at, uint32_t count) {
  Error *error = op_error(&unnest->op);
  uint32_t lists = unnest->lists.count;
  for (uint32_t i = 0; i < lists; i++) {
    ListAt list = list_at(&unnest->lists.results[i], unnest->row);
    Vector *out = &unnest->all.columns[first_column + i];
    uint32_t here = unnest->element < list.length ? MIN_OF(count, list.length - unnest->element) : 0;
    if (here) TRY(vector_copy(out, at, list.elements, NULL, list.offset + unnest->element, here, error));
    for (uint32_t k = here; k < count; k++) TRY(vector_set_null(out, at + k, error));
  }
  if (unnest->op.plan->unnest.ordinality) {
    int64_t *numbers = unnest->all.columns[first_column + lists].data;
    for (uint32_t k = 0; k < count; k++) numbers[at + k] = (int64_t)unnest->element + k + 1;
  }
  for (uint32_t k = 0; k < count; k++) unnest->selection[at + k] = unnest->row;
  return OK;
}

static Status unnest_process(Operator *op, const Chunk *input, StageTurn *turn) {
  UnnestOperator *unnest = self_of(op);
  uint32_t first = input->column_count;
  op->out.row_count = 0;
  if (!unnest->started) {
    TRY(expressions_run(&unnest->lists, input));
    unnest->started = true;
    unnest->row = unnest->element = 0;
  }
  for (uint32_t i = first; i < unnest->all.column_count; i++) TRY(vector_reset(&unnest->all.columns[i], op_error(op)));
  uint32_t filled = 0;
  while (filled < VECTOR_CAPACITY && unnest->row < input->row_count) {
    uint32_t length = row_length(unnest, unnest->row);
    uint32_t count = MIN_OF(length - unnest->element, VECTOR_CAPACITY - filled);
    if (count) TRY(put_elements(unnest, first, filled, count));
    filled += count;
    unnest->element += count;
    if (unnest->element >= length) {
      unnest->row++;
      unnest->element = 0;
    }
  }
  turn->more = unnest->row < input->row_count;
  unnest->started = turn->more;
  for (uint32_t i = 0; i < first && filled; i++) {
    TRY(vector_slice(&unnest->all.columns[i], &input->columns[i], unnest->selection, filled, op_error(op)));
  }
  for (uint32_t i = 0; i < op->plan->column_count; i++) {
    vector_borrow(&op->out.columns[i], &unnest->all.columns[op->plan->kept ? op->plan->kept[i] : i]);
  }
  op->out.row_count = filled;
  return OK;
}

static void unnest_close(Operator *op) {
  expressions_close(&self_of(op)->lists, op);
  chunk_free(&self_of(op)->all);
}

static const OperatorClass unnest_class = {.name = "UNNEST", .process = unnest_process, .close = unnest_close};

Status make_unnest(Execution *execution, const LogicalPlan *plan, Operator **out) {
  UnnestOperator *unnest;
  const Type *types;
  Type *all;
  const ExecutionContext *context = &execution->context;
  const UnnestNode *node = &plan->unnest;
  uint32_t inputs = plan->children[0]->column_count;
  uint32_t count = inputs + node->list_count + node->ordinality;
  TRY(operator_make(execution, &unnest_class, plan, sizeof *unnest, &unnest));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&unnest->op, types, plan->column_count));
  ARENA_NEW_ARRAY(context->arena, context->error, all, count);
  for (uint32_t i = 0; i < inputs; i++) all[i] = plan->children[0]->columns[i].type;
  for (uint32_t i = 0; i < node->list_count; i++) {
    Type list = node->lists[i]->type;
    all[inputs + i] = list.info ? type_child(list, 0) : TYPE(NULL);
  }
  if (node->ordinality) all[count - 1] = TYPE(BIGINT);
  TRY(chunk_init(&unnest->all, context->memory, all, count, context->error));
  TRY(expressions_open(&unnest->lists, &unnest->op, node->lists, node->list_count));
  *out = &unnest->op;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// SAMPLE
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SampleOperator {
  Operator op;
  RowBuffer rows;
  RowCursor cursor;
  uint8_t **reservoir; // algorithm R (Vitter 1985): the rows that stay
  uint64_t wanted;
  uint64_t seen;
  uint64_t next;
  uint64_t state;
  Chunk kept;
} SampleOperator;

// splitmix64
static uint64_t next_random(SampleOperator *sample) {
  uint64_t z = sample->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

static double next_unit(SampleOperator *sample) { return (double)(next_random(sample) >> 11) * 0x1p-53; }

static Status sample_percent(SampleOperator *sample, const Chunk *input) {
  uint32_t selection[VECTOR_CAPACITY];
  uint32_t count = 0;
  double share = sample->op.plan->sample.amount / 100;
  bool chunk_passes = next_unit(sample) < share;
  bool whole = sample->op.plan->sample.method == SAMPLE_SYSTEM;
  for (uint32_t i = 0; i < input->row_count; i++) {
    selection[count] = i;
    count += whole ? chunk_passes : next_unit(sample) < share;
  }
  if (!count) return OK;
  TRY(chunk_slice(&sample->kept, input, selection, count, op_error(&sample->op)));
  return row_buffer_append(&sample->rows, &sample->kept, op_error(&sample->op));
}

static Status sample_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  SampleOperator *sample = (SampleOperator *)op;
  uint8_t *rows[VECTOR_CAPACITY];
  if (op->plan->sample.percent) return sample_percent(sample, input);
  TRY(row_store_append(&sample->rows.store, input->columns, NULL, input->row_count, rows, op_error(op)));
  for (uint32_t i = 0; i < input->row_count; i++) {
    uint64_t place = sample->seen++;
    if (place >= sample->wanted) place = next_random(sample) % sample->seen;
    if (place < sample->wanted) sample->reservoir[place] = rows[i];
  }
  return OK;
}

static Status sample_produce(Operator *op, SourceTurn *turn) {
  SampleOperator *sample = (SampleOperator *)op;
  if (op->plan->sample.percent) {
    TRY(row_buffer_read(&sample->rows, &sample->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
  } else {
    uint64_t there = MIN_OF(sample->seen, sample->wanted);
    uint32_t count = (uint32_t)MIN_OF(there - sample->next, (uint64_t)VECTOR_CAPACITY);
    TRY(chunk_reset(&op->out, op_error(op)));
    for (uint32_t i = 0; i < op->out.column_count && count; i++) {
      TRY(row_gather(&sample->rows.layout, sample->reservoir + sample->next, count, i, &op->out.columns[i], 0,
                     op_error(op)));
    }
    op->out.row_count = count;
    sample->next += count;
  }
  *turn = op->out.row_count ? SOURCE_ROWS : SOURCE_END;
  return OK;
}

static void sample_close(Operator *op) {
  SampleOperator *sample = (SampleOperator *)op;
  row_buffer_free(&sample->rows);
  chunk_free(&sample->kept);
  if (sample->reservoir) memory_free(op_memory(op), sample->reservoir, sizeof(uint8_t *) * sample->wanted);
}

static const OperatorClass sample_class = {
    .name = "SAMPLE", .consume = sample_consume, .produce = sample_produce, .close = sample_close};

Status make_sample(Execution *execution, const LogicalPlan *plan, Operator **out) {
  SampleOperator *sample;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, &sample_class, plan, sizeof *sample, &sample));
  *out = &sample->op;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&sample->op, types, plan->column_count));
  TRY(chunk_init(&sample->kept, context->memory, types, plan->column_count, context->error));
  TRY(row_buffer_init(&sample->rows, context->memory, context->arena, types, plan->column_count, context->error));
  if (plan->sample.seed >= 0) {
    sample->state = (uint64_t)plan->sample.seed;
  } else {
    sample->state = random_next(context->facts, NULL);
  }
  if (plan->sample.percent) return OK;
  sample->wanted = (uint64_t)plan->sample.amount;
  if (sample->wanted > UINT32_MAX)
    return error_set(context->error, ERROR_OUT_OF_RANGE, -1, "Sample rows %llu out of range",
                     (unsigned long long)sample->wanted);
  sample->reservoir = memory_allocate(context->memory, sizeof(uint8_t *) * (sample->wanted + !sample->wanted));
  return sample->reservoir ? OK : error_no_memory(context->error);
}
