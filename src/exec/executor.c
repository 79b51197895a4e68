// SPDX-License-Identifier: MIT
//
// executor.c: runs the pipelines of an execution, one operator call at a time, and ends a slice when its time is over.
//
// A pipeline passes through phases:
//
//   PREPARE   every operator opens what it needs (may wait)
//   RUN       a chunk from the source, through the stages, into the sink; a stage with more output for its input goes first (the deepest one), so
//             that no input is overwritten before it is used up
//   DRAIN     stage by stage: what is left flows through the later stages
//   FINISH    the sink ends, step by step
#include "exec/operator.h"

enum { PHASE_PREPARE, PHASE_RUN, PHASE_DRAIN, PHASE_FINISH };

#define SLICE_NANOS_DEFAULT INT64_C(4000000)

// ---------------------------------------------------------------------------------------------------------------------
// Operators in general
// ---------------------------------------------------------------------------------------------------------------------

Status operator_make(Execution *execution, const OperatorClass *class, const LogicalPlan *plan, size_t size,
                     void *out) {
  Operator *op = arena_allocate_zeroed(execution->context.arena, size);
  if (!op) return error_no_memory(execution->context.error);
  op->class = class;
  op->execution = execution;
  op->plan = plan;
  while (execution->outer) execution = execution->outer;
  op->next = execution->operators;
  execution->operators = op;
  *(Operator **)out = op;
  return OK;
}

Status operator_init_out(Operator *op, const Type *types, uint32_t column_count) {
  TRY(chunk_init(&op->out, op_memory(op), types, column_count, op_error(op)));
  op->out_made = true;
  return OK;
}

Status plan_types(Execution *execution, const LogicalPlan *plan, const Type **types) {
  Type *list;
  ARENA_NEW_ARRAY(execution->context.arena, execution->context.error, list, plan->column_count);
  for (uint32_t i = 0; i < plan->column_count; i++) list[i] = plan->columns[i].type;
  *types = list;
  return OK;
}

Status expressions_open(Expressions *expressions, Operator *op, Expr *const *exprs, uint32_t count) {
  Program *program;
  expressions->count = count;
  ARENA_NEW_ARRAY(op_arena(op), op_error(op), expressions->results, count);
  TRY(program_compile(op_arena(op), op_error(op), exprs, count, &program));
  return evaluator_open(&expressions->evaluator, program, op->execution->context.parameters, &op->execution->eval);
}

Status expressions_run(Expressions *expressions, const Chunk *input) {
  return evaluator_run(expressions->evaluator, input, expressions->results);
}

void expressions_close(Expressions *expressions, Operator *op) {
  (void)op;
  if (expressions->evaluator) evaluator_close(expressions->evaluator);
  expressions->evaluator = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Turns
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Turn { TURN_WORKED, TURN_CHUNK, TURN_WAITING, TURN_DONE } Turn;

static Pipeline *current_pipeline(Execution *execution) { return &execution->pipelines.items[execution->current]; }

// For tests: what takes the chunk at `level` meets it in another form.
static Status disguise_chunk(Execution *execution, uint32_t level, const Chunk **chunk) {
  ExecutionContext *context = &execution->context;
  ChunkDisguise *disguise = &execution->disguises[level];
  const Chunk *source = *chunk;
  if (disguise->capacity < source->column_count) {
    Disguise **columns;
    ARENA_NEW_ARRAY(context->arena, context->error, columns, source->column_count);
    ARENA_NEW_ARRAY(context->arena, context->error, disguise->shown.columns, source->column_count);
    if (disguise->capacity) memcpy(columns, disguise->columns, sizeof *columns * disguise->capacity);
    disguise->columns = columns;
    disguise->capacity = source->column_count;
  }
  for (uint32_t i = 0; i < source->column_count; i++) {
    const Vector *shown;
    vector_verify(&source->columns[i], source->row_count);
    TRY(disguise_vector(&disguise->columns[i], context->memory, context->disguise, &source->columns[i],
                        source->row_count, &shown, context->error));
    disguise->shown.columns[i] = *shown;
  }
  disguise->shown.column_count = source->column_count;
  disguise->shown.row_count = source->row_count;
  disguise->shown.memory = source->memory;
  *chunk = &disguise->shown;
  return OK;
}

static void free_pieces(Execution *execution) {
  for (uint32_t p = 0; p < execution->pipelines.count; p++) {
    const Pipeline *pipeline = &execution->pipelines.items[p];
    for (uint32_t i = 0; pipeline->portions && i <= pipeline->stage_count; i++) portion_free(&pipeline->portions[i]);
  }
}

static void free_disguises(Execution *execution) {
  for (uint32_t level = 0; execution->disguises && level < execution->disguise_count; level++) {
    for (uint32_t i = 0; i < execution->disguises[level].capacity; i++) {
      disguise_free(execution->disguises[level].columns[i]);
    }
  }
}

// Gives a chunk to the stage or sink at `level`; an empty one ends here.
static Status hand_on(Execution *execution, uint32_t level, const Chunk *chunk, Turn *turn) {
  Pipeline *pipeline = current_pipeline(execution);
  if (chunk->row_count == 0) return OK;
  if (UNLIKELY(execution->disguises)) TRY(disguise_chunk(execution, level, &chunk));
  if (level < pipeline->stage_count || pipeline->sink) {
    portion_start(&pipeline->portions[level], chunk);
    execution->pending[level] = true;
    execution->taken[level] = false;
    return OK;
  }
  execution->ready = chunk;
  *turn = TURN_CHUNK;
  return OK;
}

// The deepest stage that has something to do (the sink is the deepest of all); false: none.
static bool deepest_pending(Execution *execution, uint32_t *level) {
  for (uint32_t i = current_pipeline(execution)->stage_count + 1; i > 0; i--) {
    if (execution->pending[i - 1]) {
      *level = i - 1;
      return true;
    }
  }
  return false;
}

// The piece that the operator at `level` works on. A new one is cut only now: what it handed on before may point into the last.
static Status take_piece(Execution *execution, uint32_t level, Operator *op) {
  if (execution->taken[level]) {
    op->turn_rows = execution->inputs[level]->row_count;
    return OK;
  }
  execution->taken[level] = true;
  return portion_next(&current_pipeline(execution)->portions[level], op, &execution->inputs[level]);
}

static void end_turn_of(Execution *execution, uint32_t level, bool more) {
  execution->taken[level] = more;
  execution->pending[level] = more || portion_left(&current_pipeline(execution)->portions[level]);
}

static Status run_sink(Execution *execution, uint32_t level) {
  Operator *sink = current_pipeline(execution)->sink;
  bool more = false;
  TRY(take_piece(execution, level, sink));
  TRY(sink->class->consume(sink, execution->inputs[level], &more));
  end_turn_of(execution, level, more);
  return OK;
}

static Status run_stage(Execution *execution, uint32_t level, Turn *turn) {
  Pipeline *pipeline = current_pipeline(execution);
  if (level == pipeline->stage_count) return run_sink(execution, level);
  Operator *op = pipeline->stages[level];
  StageTurn stage = {false, false};
  TRY(take_piece(execution, level, op));
  TRY(op->class->process(op, execution->inputs[level], &stage));
  end_turn_of(execution, level, stage.more);
  op->rows_out += op->out.row_count;
  if (stage.end) { // neither it nor what is above needs to go on
    execution->source_ended = true;
    for (uint32_t i = 0; i <= level; i++) execution->pending[i] = stage.more && i == level;
    execution->drain_level = MAX_OF(execution->drain_level, level + 1);
  }
  return hand_on(execution, level + 1, &op->out, turn);
}

static Status run_phase(Execution *execution, Turn *turn) {
  Pipeline *pipeline = current_pipeline(execution);
  uint32_t level;
  if (deepest_pending(execution, &level)) return run_stage(execution, level, turn);
  if (execution->source_ended) {
    execution->phase = PHASE_DRAIN;
    return OK;
  }
  Operator *source = pipeline->source;
  SourceTurn source_turn = SOURCE_END;
  TRY(source->class->produce(source, &source_turn));
  switch (source_turn) {
    case SOURCE_ROWS:
      source->rows_out += source->out.row_count;
      return hand_on(execution, 0, &source->out, turn);
    case SOURCE_NOTHING_YET:
      return OK;
    case SOURCE_WAITING:
      *turn = TURN_WAITING;
      return OK;
    case SOURCE_END:
      execution->source_ended = true;
      return OK;
  }
  return OK;
}

static Status drain_phase(Execution *execution, Turn *turn) {
  Pipeline *pipeline = current_pipeline(execution);
  uint32_t level;
  if (deepest_pending(execution, &level)) return run_stage(execution, level, turn);
  uint32_t drained = pipeline->last ? pipeline->stage_count : pipeline->own_stages;
  while (execution->drain_level < drained) {
    Operator *op = pipeline->stages[execution->drain_level];
    if (!op->class->drain) {
      execution->drain_level++;
      continue;
    }
    StageTurn stage = {false, false};
    op->out.row_count = 0;
    TRY(op->class->drain(op, &stage));
    op->rows_out += op->out.row_count;
    level = execution->drain_level;
    if (!stage.more) execution->drain_level++;
    return hand_on(execution, level + 1, &op->out, turn);
  }
  execution->phase = PHASE_FINISH;
  return OK;
}

static Status start_pipeline(Execution *execution, uint32_t index) {
  execution->current = index;
  execution->phase = PHASE_PREPARE;
  execution->source_ended = false;
  execution->drain_level = 0;
  if (index < execution->pipelines.count) {
    uint32_t stages = execution->pipelines.items[index].stage_count;
    memset(execution->pending, 0, sizeof(bool) * (stages + 1));
  }
  return OK;
}

// The operator that the last of them repeat for keeps what it has.
static Status reset_pipelines(Execution *execution, uint32_t from, uint32_t to) {
  const Operator *repeat = execution->pipelines.items[to].repeat;
  for (uint32_t p = from; p <= to; p++) {
    Pipeline *pipeline = &execution->pipelines.items[p];
    if (pipeline->source->class->reset) TRY(pipeline->source->class->reset(pipeline->source));
    for (uint32_t s = 0; s < pipeline->stage_count; s++) {
      if (pipeline->stages[s]->class->reset) TRY(pipeline->stages[s]->class->reset(pipeline->stages[s]));
    }
    Operator *sink = pipeline->sink;
    if (sink && sink != repeat && sink->class->reset) TRY(sink->class->reset(sink));
  }
  return OK;
}

static Status finish_phase(Execution *execution) {
  Pipeline *pipeline = current_pipeline(execution);
  bool done = true;
  if (pipeline->last && pipeline->sink && pipeline->sink->class->finish) {
    TRY(pipeline->sink->class->finish(pipeline->sink, &done));
  }
  if (!done) return OK;
  if (pipeline->repeat) {
    bool again = false;
    TRY(recursive_cte_again(pipeline->repeat, &again));
    if (again) {
      TRY(reset_pipelines(execution, pipeline->repeat_from, execution->current));
      return start_pipeline(execution, pipeline->repeat_from);
    }
  }
  return start_pipeline(execution, execution->current + 1);
}

static Status prepare_one(Operator *op, Turn *turn) {
  bool ready = true;
  if (op && op->class->prepare) TRY(op->class->prepare(op, &ready));
  if (!ready) *turn = TURN_WAITING;
  return OK;
}

static Status prepare_phase(Execution *execution, Turn *turn) {
  Pipeline *pipeline = current_pipeline(execution);
  TRY(prepare_one(pipeline->source, turn));
  for (uint32_t i = 0; i < pipeline->stage_count; i++) TRY(prepare_one(pipeline->stages[i], turn));
  TRY(prepare_one(pipeline->sink, turn));
  if (*turn != TURN_WAITING) execution->phase = PHASE_RUN;
  return OK;
}

static Status run_turn(Execution *execution, Turn *turn) {
  *turn = TURN_WORKED;
  if (execution->current >= execution->pipelines.count) {
    *turn = TURN_DONE;
    return OK;
  }
  switch (execution->phase) {
    case PHASE_PREPARE:
      return prepare_phase(execution, turn);
    case PHASE_RUN:
      return run_phase(execution, turn);
    case PHASE_DRAIN:
      return drain_phase(execution, turn);
    default:
      return finish_phase(execution);
  }
}

// Who works next: for the profile.
static Operator *working_operator(Execution *execution) {
  if (execution->current >= execution->pipelines.count) return NULL;
  Pipeline *pipeline = current_pipeline(execution);
  uint32_t level;
  if (execution->phase == PHASE_FINISH && pipeline->sink) return pipeline->sink;
  if (!deepest_pending(execution, &level)) return pipeline->source;
  return level < pipeline->stage_count ? pipeline->stages[level] : pipeline->sink;
}

// A turn, its time taken from the last reading of the clock.
static Status take_turn(Execution *execution, Turn *turn) {
  Operator *worker = working_operator(execution);
  TRY(run_turn(execution, turn));
  int64_t now = host_monotonic_nanos(execution->context.host);
  int64_t nanos = now - execution->clock;
  execution->clock = now;
  execution->total_nanos += nanos;
  if (!worker) return OK;
  worker->nanos += nanos;
  operator_adapt(worker, nanos);
  execution->activity = worker->class->name;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Executions within an operator
// ---------------------------------------------------------------------------------------------------------------------

Status execution_make_inner(Execution *outer, Execution **out) {
  Execution *inner;
  const ExecutionContext *context = &outer->context;
  ARENA_NEW(context->arena, context->error, inner);
  inner->context = *context;
  inner->outer = outer;
  inner->cte_buffers = outer->cte_buffers;
  arena_init(&inner->scratch, context->memory);
  inner->eval = outer->eval;
  inner->eval.scratch = &inner->scratch;
  while (outer->outer) outer = outer->outer;
  inner->next_inner = outer->inner;
  outer->inner = inner;
  *out = inner;
  return OK;
}

Status execution_inner_turn(Execution *inner, SourceTurn *turn) {
  Turn taken;
  inner->clock = host_monotonic_nanos(inner->context.host);
  TRY(take_turn(inner, &taken));
  *turn = taken == TURN_DONE ? SOURCE_END : taken == TURN_WAITING ? SOURCE_WAITING : SOURCE_NOTHING_YET;
  return OK;
}

Status execution_inner_reset(Execution *inner) {
  TRY(reset_pipelines(inner, 0, inner->pipelines.count - 1));
  return start_pipeline(inner, 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Slices
// ---------------------------------------------------------------------------------------------------------------------

Status execution_step(Execution *execution, ExecutionTurn *turn, const Chunk **chunk) {
  const ExecutionContext *context = &execution->context;
  int64_t goal = context->slice_nanos ? context->slice_nanos : SLICE_NANOS_DEFAULT;
  int64_t start = execution->clock = host_monotonic_nanos(context->host);
  *chunk = NULL;
  for (uint32_t turns = 1;; turns++) {
    if (context->facts->interrupted && *context->facts->interrupted) {
      return error_set(context->error, ERROR_INTERRUPTED, -1, "Interrupted!");
    }
    Turn taken;
    TRY(take_turn(execution, &taken));
    if (taken == TURN_CHUNK) {
      *turn = EXECUTION_CHUNK;
      *chunk = execution->ready;
      return OK;
    }
    if (taken == TURN_WAITING) *turn = EXECUTION_WAITING;
    if (taken == TURN_DONE) *turn = EXECUTION_DONE;
    if (taken != TURN_WORKED) return OK;
    if (execution->clock - start >= goal || (context->slice_chunks && turns >= context->slice_chunks)) {
      *turn = EXECUTION_YIELD;
      return OK;
    }
  }
}

void execution_close(Execution *execution) {
  if (!execution) return;
  for (Operator *op = execution->operators; op; op = op->next) {
    if (op->class->close) op->class->close(op);
    if (op->out_made) chunk_free(&op->out);
  }
  for (Execution *inner = execution->inner; inner; inner = inner->next_inner) {
    free_pieces(inner);
    free_disguises(inner);
    arena_free_later(&inner->scratch);
  }
  free_pieces(execution);
  free_disguises(execution);
  arena_free_later(&execution->scratch);
}

double execution_progress(const Execution *execution) {
  if (!execution->pipelines.count) return -1;
  if (execution->current >= execution->pipelines.count) return 1;
  const Operator *source = execution->pipelines.items[execution->current].source;
  double within = source->class->progress ? source->class->progress(source) : 0;
  return ((double)execution->current + MAX_OF(within, 0.0)) / (double)execution->pipelines.count;
}

uint64_t execution_changes(const Execution *execution) { return execution->changes; }

const char *execution_activity(const Execution *execution) { return execution->activity ? execution->activity : ""; }
