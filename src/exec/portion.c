// SPDX-License-Identifier: MIT
//
// portion.c: how many rows an operator takes in a turn. A chunk's rows may be dear (long texts and lists, functions that take long), and a turn has to be short:
// operators begin with few rows, take more while turns are short, and fewer as soon as one was long.
#include "exec/operator.h"

#define FIRST_ROWS 16
#define GROWTH 8
#define GOAL_NANOS 1e6
#define MEMORY_OF_TURNS 0.75 // weight of a turn against the one after it
#define CLEAR_SPREAD 0.0625  // of rows, as variance over squared mean, from which turns tell costs apart
#define SURPRISE 4

uint32_t operator_rows(Operator *op) {
  if (!op->row_limit) op->row_limit = FIRST_ROWS;
  op->turn_rows = op->row_limit;
  return op->row_limit;
}

// Exponentially weighted least squares of nanos = fixed + each * rows. One turn tells little: another process may have had the processor meanwhile.
// A turn that was far quicker than expected tells that those before were not about its kind of rows.
static void learn_cost(TurnCost *cost, double rows, double nanos) {
  double keep = nanos * SURPRISE < cost->fixed + cost->each * rows ? 0 : MEMORY_OF_TURNS;
  cost->turns = cost->turns * keep + 1;
  cost->rows = cost->rows * keep + rows;
  cost->nanos = cost->nanos * keep + nanos;
  cost->rows_rows = cost->rows_rows * keep + rows * rows;
  cost->rows_nanos = cost->rows_nanos * keep + rows * nanos;

  double mean_rows = cost->rows / cost->turns, mean_nanos = cost->nanos / cost->turns;
  double variance = cost->rows_rows / cost->turns - mean_rows * mean_rows;
  double covariance = cost->rows_nanos / cost->turns - mean_rows * mean_nanos;
  cost->clear = variance > CLEAR_SPREAD * mean_rows * mean_rows;
  if (cost->clear) cost->fixed = mean_nanos - covariance / variance * mean_rows;
  cost->fixed = MAX_OF(MIN_OF(cost->fixed, mean_nanos), 0);
  cost->each = (mean_nanos - cost->fixed) / mean_rows;
}

// What a turn costs whatever its rows are (many cheap conditions) is not saved by fewer rows: as much again may go into the rows. Turns of one
// number of rows do not tell which it is, so then another number is tried.
void operator_adapt(Operator *op, int64_t nanos) {
  uint32_t rows = op->turn_rows;
  op->turn_rows = 0;
  if (!rows) return;
  learn_cost(&op->cost, rows, (double)nanos);
  double limit = op->row_limit, goal = MAX_OF(GOAL_NANOS, op->cost.fixed);
  double fitting = op->cost.each * limit * GROWTH <= goal ? limit * GROWTH : goal / op->cost.each;
  if (!op->cost.clear && fitting < 2 * limit) fitting = fitting < limit / 2 ? limit / 2 : 2 * limit;
  if (fitting < limit && fitting > limit / 2) return;
  op->row_limit = (uint32_t)MIN_OF(MAX_OF(MAX_OF(fitting, limit / 2), 1), VECTOR_CAPACITY);
}

void portion_start(Portion *portion, const Chunk *whole) {
  portion->whole = whole;
  portion->next = 0;
}

static Status open_piece(Portion *portion, Operator *op) {
  const Chunk *whole = portion->whole;
  uint32_t *rows = arena_allocate(op_arena(op), sizeof *rows * VECTOR_CAPACITY);
  if (!rows) return error_no_memory(op_error(op));
  for (uint32_t i = 0; i < VECTOR_CAPACITY; i++) rows[i] = i;
  ARENA_NEW_ARRAY(op_arena(op), op_error(op), portion->piece.columns, whole->column_count);
  for (uint32_t i = 0; i < whole->column_count; i++) {
    TRY(vector_init(&portion->piece.columns[i], op_memory(op), whole->columns[i].type, 0, op_error(op)));
    portion->piece.column_count = i + 1;
  }
  portion->rows = rows;
  return OK;
}

Status portion_next(Portion *portion, Operator *op, const Chunk **piece) {
  uint32_t left = portion->whole->row_count - portion->next;
  uint32_t count = op->class->whole_chunks ? left : MIN_OF(left, operator_rows(op));
  op->turn_rows = count;
  *piece = portion->whole;
  if (count < portion->whole->row_count) {
    if (!portion->rows) TRY(open_piece(portion, op));
    TRY(chunk_slice(&portion->piece, portion->whole, portion->rows + portion->next, count, op_error(op)));
    *piece = &portion->piece;
  }
  portion->next += count;
  return OK;
}

bool portion_left(const Portion *portion) { return portion->whole && portion->next < portion->whole->row_count; }

void portion_free(Portion *portion) {
  for (uint32_t i = 0; i < portion->piece.column_count; i++) vector_free(&portion->piece.columns[i]);
}
