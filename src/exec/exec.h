// SPDX-License-Identifier: MIT
//
// exec.h: running a plan in slices. The one header of exec/.
//
//   execution_open   builds operators and pipelines for a resolved plan (plan/plan.h); runs nothing
//   execution_step   one slice: a bounded amount of work, then an answer
//   execution_close  ends it at any point; gives all memory back
//
// Order of calls: open, step until EXECUTION_DONE (or an error), close. A chunk that a step hands out is valid until the next step.
// Transactions, settings and prepared statements are the caller's (api/): an execution works in the one that it is given and neither commits nor rolls back.
//
// How it is built (reading order): operator.h (what an operator is), executor.c (pipelines and slices), physical.c (plan -> operators), then the
// operators, one file each, and what sinks keep: row_store.h, group_table.h, join_table.h, sort_buffer.h, chunk_store.h.
#ifndef SMEW_EXEC_H
#define SMEW_EXEC_H

#include "catalog/catalog.h"
#include "plan/plan.h"
#include "store/store.h"

typedef struct Execution Execution;

typedef struct ExecutionContext {
  Memory *memory;
  Arena *arena; // the statement's; operators and programs live here
  Error *error;
  StatementFacts *facts;
  Host *host;
  CatalogView *catalog;
  Transaction *transaction;
  const Value *parameters; // [plan's parameter_count]
  uint32_t slice_chunks;   // a slice ends after that many operator turns; 0: by the clock
  int64_t slice_nanos;     // goal of a slice; 0: 4 ms
  VectorForm
      disguise; // for tests: chunks between operators and values within expressions take this form; VECTOR_FLAT: off
} ExecutionContext;

typedef enum ExecutionTurn {
  EXECUTION_CHUNK,   // *chunk has rows
  EXECUTION_YIELD,   // the slice is over
  EXECUTION_WAITING, // a request to the host is open
  EXECUTION_DONE,
} ExecutionTurn;

Status execution_open(const ExecutionContext *context, const LogicalPlan *root, Execution **out) MUST_USE;
Status execution_step(Execution *execution, ExecutionTurn *turn, const Chunk **chunk) MUST_USE;
void execution_close(Execution *execution);
double execution_progress(const Execution *execution);  // 0..1, negative: not known
uint64_t execution_changes(const Execution *execution); // rows inserted, updated, deleted, copied

// The name of the operator that worked last: what overran when a slice was long.
const char *execution_activity(const Execution *execution);

#endif
