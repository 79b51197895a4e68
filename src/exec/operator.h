// SPDX-License-Identifier: MIT
//
// operator.h: what an operator is, and how pipelines are made of them. Private to exec/.
//
// A plan is cut into pipelines: source -> stages -> sink, run one after another. One Operator may play several roles: a hash join is the sink of
// its build pipeline and a stage of its probe pipeline; a sort is a sink, then a source. All state is in the operator, none on the C stack, and each call does
// a bounded amount of work (about a chunk), so that a slice can end after any call.
//
//   prepare   before the pipelines of the operator run: opens files; may wait
//   produce   source: fills `out` or says that it ended, has nothing yet, or waits
//   process   stage: a chunk or a piece of one in, one output chunk (perhaps empty) out; `more`: call again with the same input
//   drain     stage, after the source ended: what only then can be told (unmatched build rows); until it says that it ended
//   consume   sink: takes a chunk or a piece of one; `more`: it needs further turns for it (a hash table grows), call again with the same
//   finish    sink, after all input: one bounded step (hash table slots, last sort run); until `done`
//   reset     before a recursive part runs again: back to the state after open
//
// Chunks: `out` of an operator is valid until it works again. Stages borrow from their input wherever they can.
#ifndef SMEW_OPERATOR_H
#define SMEW_OPERATOR_H

#include "exec/exec.h"

typedef struct Operator Operator;

typedef enum SourceTurn { SOURCE_ROWS, SOURCE_NOTHING_YET, SOURCE_WAITING, SOURCE_END } SourceTurn;

typedef struct StageTurn {
  bool more; // in process: the same input again; in drain: call again
  bool end;  // wants no further input: the pipeline's sources stop (LIMIT)
} StageTurn;

typedef struct OperatorClass {
  const char *name;
  bool whole_chunks; // as a sink it wants them whole: a piece would cost as much as the chunk
  Status (*prepare)(Operator *op, bool *ready);
  Status (*produce)(Operator *op, SourceTurn *turn);
  Status (*process)(Operator *op, const Chunk *input, StageTurn *turn);
  Status (*drain)(Operator *op, StageTurn *turn);
  Status (*consume)(Operator *op, const Chunk *input, bool *more);
  Status (*finish)(Operator *op, bool *done);
  Status (*reset)(Operator *op);
  double (*progress)(const Operator *op); // of a source
  void (*close)(Operator *op);
} OperatorClass;

// What an operator's turns cost, in nanoseconds, as far as is known (portion.c).
typedef struct TurnCost {
  double fixed;                                     // whatever the turn's rows are
  double each;                                      // row
  double turns, rows, nanos, rows_rows, rows_nanos; // weighted sums over turns
  bool clear;                                       // the turns had numbers of rows that tell `fixed` from `each`
} TurnCost;

struct Operator {
  const OperatorClass *class;
  Execution *execution;
  const LogicalPlan *plan;
  Chunk out; // borrowed or own columns; initialised by operator_init_out
  bool out_made;
  uint32_t row_limit; // rows that it takes or hands out in a turn, adapted to how long turns are; 0: not begun
  uint32_t turn_rows; // that it took in this turn; 0: the turn was about something else
  TurnCost cost;
  uint64_t rows_out; // EXPLAIN ANALYZE
  int64_t nanos;     // in its own calls
  Operator *next;    // all operators of the execution
};

// The rows of a chunk as an operator takes them, a number in each turn (portion.c).
typedef struct Portion {
  const Chunk *whole;
  uint32_t next; // its rows before have been taken
  Chunk piece;
  const uint32_t *rows; // 0, 1, 2 …; NULL: there was no need for pieces yet
} Portion;

typedef struct Pipeline {
  Operator *source;
  Operator **stages;
  uint32_t stage_count;
  Operator *sink;
  Portion *portions; // [stage_count + 1] of inputs[i]
  uint32_t
      own_stages; // stages[0..own_stages) belong to this pipeline alone; the rest, and the sink, go on in a later one (UNION ALL)
  bool last; // the rest of the stages drain and the sink finishes after this one
  // RECURSIVE_CTE: after this pipeline `again` is asked; true: go back to pipeline `repeat_from`
  Operator *repeat;
  uint32_t repeat_from;
} Pipeline;

typedef struct CteBuffer CteBuffer; // physical.c

// A chunk in another form (ExecutionContext.disguise).
typedef struct ChunkDisguise {
  Chunk shown; // its vectors belong to the disguises
  Disguise **columns;
  uint32_t capacity;
} ChunkDisguise;

struct Execution {
  ExecutionContext context;
  EvalContext eval;
  Arena scratch;
  Execution *outer; // of an inner one
  Execution *inner; // of the outermost: all that are run by its operators, by next_inner
  Execution *next_inner;
  Operator *operators; // of the outermost: those of the inner ones too
  ARENA_LIST(Pipeline) pipelines;
  uint32_t current;         // pipeline
  uint8_t phase;            // executor.c
  const Chunk **inputs;     // inputs[i] of stage i while it has more for it; inputs[stage_count]: of the sink
  ChunkDisguise *disguises; // [disguise_count] of inputs[i], for tests; NULL: off
  uint32_t disguise_count;
  bool *pending; // stage i has more output for inputs[i]; pending[stage_count]: the sink has not taken its chunk yet
  bool *taken;   // inputs[i] is the piece in work
  uint32_t drain_level;
  bool source_ended;
  const Chunk *ready; // handed to the caller
  CteBuffer *cte_buffers;
  uint64_t changes;
  const char *activity; // name of the operator that worked last
  int64_t clock;        // at the end of the last turn
  int64_t total_nanos;  // in all turns
};

void portion_start(Portion *portion, const Chunk *whole);
// The next piece, of as many rows as `op` takes in this turn.
Status portion_next(Portion *portion, Operator *op, const Chunk **piece) MUST_USE;
bool portion_left(const Portion *portion);
void portion_free(Portion *portion);
// For sources: how many rows to hand out at most in this turn.
uint32_t operator_rows(Operator *op);
// After each turn.
void operator_adapt(Operator *op, int64_t nanos);

static inline Error *op_error(const Operator *op) { return op->execution->context.error; }
static inline Memory *op_memory(const Operator *op) { return op->execution->context.memory; }
static inline Arena *op_arena(const Operator *op) { return op->execution->context.arena; }

// Makes a zeroed operator of `size` bytes (its struct begins with an Operator) and links it for closing.
Status operator_make(Execution *execution, const OperatorClass *class, const LogicalPlan *plan, size_t size,
                     void *out) MUST_USE;
// Own columns of these types for op->out.
Status operator_init_out(Operator *op, const Type *types, uint32_t column_count) MUST_USE;
// The types of a node's columns, in the arena.
Status plan_types(Execution *execution, const LogicalPlan *plan, const Type **types) MUST_USE;

// Programs over an input, opened and closed with the operator.
typedef struct Expressions {
  Evaluator *evaluator;
  Vector *results; // [count], borrowing
  uint32_t count;
} Expressions;
Status expressions_open(Expressions *expressions, Operator *op, Expr *const *exprs, uint32_t count) MUST_USE;
Status expressions_run(Expressions *expressions, const Chunk *input) MUST_USE;
void expressions_close(Expressions *expressions, Operator *op);

// Makers, one for each file op_*.c. `out` receives the operator.
Status make_scan(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_table_function_operator(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_values(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // VALUES, DUMMY, EMPTY
Status make_filter(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_project(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_limit(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
// LIMIT (SELECT …): the sink that takes the row of limit and offset.
Status make_limit_values(Execution *execution, Operator *limit, Operator **out) MUST_USE;
Status make_aggregate_operator(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_distinct(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_sort(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // ORDER, TOP_N
Status make_hash_join(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_nested_loop_join(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // JOIN, CROSS
Status make_range_join(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_asof_join(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_positional_join(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_set_operation(Execution *execution, const LogicalPlan *plan, Operator **left, Operator **right) MUST_USE;
Status make_row_buffer(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // CTE definitions
Status make_row_buffer_scan(Execution *execution, const LogicalPlan *plan, Operator *buffer, Operator **out) MUST_USE;
// Its rows come from the pipelines of `inner`.
Status make_recursive_cte(Execution *execution, const LogicalPlan *plan, Execution *inner, Operator **out) MUST_USE;
Status make_unnest(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_sample(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_window(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_insert(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // INSERT, CREATE_TABLE_AS
Status make_update(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_delete(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_merge(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_copy_to(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;
Status make_action(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE; // DDL, SET, transactions …
Status make_explain(Execution *execution, const LogicalPlan *plan, Operator **out) MUST_USE;

// One predicate over the pair chunk (left columns, right columns) of a join: conditions from `first_condition` on, and the residual. *out NULL: none.
Status join_condition(Execution *execution, const LogicalPlan *plan, uint32_t first_condition, Expr **out) MUST_USE;
Status join_predicate(Execution *execution, const LogicalPlan *plan, uint32_t first_condition,
                      Evaluator **out) MUST_USE;

// Pipelines that an operator runs itself, a turn in each of its own turns (RECURSIVE_CTE). They end with a sink; the outermost execution closes them.
Status execution_make_inner(Execution *outer, Execution **out) MUST_USE;
// One turn: SOURCE_NOTHING_YET, SOURCE_WAITING, or SOURCE_END when all pipelines are done.
Status execution_inner_turn(Execution *inner, SourceTurn *turn) MUST_USE;
// From the first pipeline again.
Status execution_inner_reset(Execution *inner) MUST_USE;

// True: the recursive part runs again.
Status recursive_cte_again(Operator *op, bool *again) MUST_USE;

#endif
