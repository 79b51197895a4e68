// SPDX-License-Identifier: MIT
//
// portion.c: how many rows an operator takes in a turn. A chunk's rows may be dear (long texts and lists, functions that take long), and a turn has to be short:
// operators begin with few rows, take more while turns are short, and fewer as soon as one was long.
#include "exec/operator.h"

#define FIRST_ROWS 16
#define GROWTH 8
#define GOAL_NANOS INT64_C(1000000)
#define LONG_GOALS 2
#define INTERRUPTED_GOALS 8 // up to this it may be that another process had the processor

uint32_t operator_rows(Operator *op) {
  if (!op->row_limit) op->row_limit = FIRST_ROWS;
  op->turn_rows = op->row_limit;
  return op->row_limit;
}

// Two turns, the second with fewer rows, tell what a turn costs whatever its rows are (many cheap conditions): fewer rows do not save that.
static void learn_fixed_cost(Operator *op, uint32_t rows, int64_t nanos) {
  if (op->shrunk_rows > rows) {
    int64_t each = MAX_OF(op->shrunk_nanos - nanos, 0) / (op->shrunk_rows - rows);
    op->fixed_nanos = nanos - each * rows;
  }
  op->fixed_nanos = MAX_OF(MIN_OF(op->fixed_nanos, nanos), 0);
}

void operator_adapt(Operator *op, int64_t nanos) {
  uint32_t rows = op->turn_rows;
  op->turn_rows = 0;
  if (!rows) return;
  learn_fixed_cost(op, rows, nanos);
  int64_t goal = MAX_OF(GOAL_NANOS, op->fixed_nanos), spent = nanos - op->fixed_nanos;
  int64_t fitting = op->row_limit;
  if (spent > INTERRUPTED_GOALS * goal || (spent < goal && rows == op->row_limit)) {
    fitting = rows * goal / MAX_OF(spent, goal / GROWTH);
  } else if (spent > LONG_GOALS * goal) {
    fitting = rows / 2;
  }
  op->row_limit = (uint32_t)MIN_OF(MAX_OF(fitting, INT64_C(1)), (int64_t)VECTOR_CAPACITY);
  op->shrunk_rows = op->row_limit < rows ? rows : 0;
  op->shrunk_nanos = nanos;
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
