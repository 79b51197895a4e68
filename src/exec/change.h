// SPDX-License-Identifier: MIT
//
// change.h: what INSERT, UPDATE, DELETE and MERGE have in common; private to exec/. They are sinks that change a stored table, then sources of the
// count or of the RETURNING rows. What a changed row must satisfy (NOT NULL, CHECK, FOREIGN KEY) is checked here, a chunk at a time; keys are store/'s.
// The first row that fails ends the statement: the caller rolls the transaction back.
//
// A "row" is the table's stored columns in the table's order (plan.h).
#ifndef SMEW_EXEC_CHANGE_H
#define SMEW_EXEC_CHANGE_H

#include "exec/operator.h"
#include "exec/row_buffer.h"

typedef struct ChangeOperator {
  Operator op; // first
  const CatalogTable *table;
  Transaction *transaction;
  const PlanConstraints *constraints; // NULL: none are checked
  Expressions checks;
  Expressions *generated; // [constraints->generated_count]
  const Type *types;      // [stored_count] of a row
  uint32_t *ids;          // [stored_count] store/'s column ids
  uint32_t *positions;    // [table->column_count] place in a row; UINT32_MAX: generated
  uint32_t stored_count;
  uint32_t *store_order; // store/'s column i is column store_order[i] of a row; NULL: the same
  Chunk stored;          // … in that order
  Vector *key_columns;   // scratch, [stored_count]
  Chunk moving;          // of rows that go to the end of the table
  bool returning;
  RowBuffer returned;
  RowCursor cursor;
  bool prepared; // change_prepare_keys is done
  bool counted;  // the count was handed out
  uint64_t changed;
} ChangeOperator;

// An operator of `size` bytes (its struct begins with a ChangeOperator) whose output is that of the plan.
Status change_make(Execution *execution, const OperatorClass *class, const LogicalPlan *plan, size_t size,
                   bool returning, void *out) MUST_USE;
// The table whose rows change. `constraints` NULL: what comes needs no check.
Status change_open(ChangeOperator *change, const CatalogTable *table, const PlanConstraints *constraints) MUST_USE;
Status change_produce(Operator *op, SourceTurn *turn) MUST_USE;
void change_close(ChangeOperator *change);

// NOT NULL, CHECK and foreign keys of whole rows. `set`: the columns (positions in the table) that an UPDATE sets; foreign keys that
// have none of them are as they were. NULL: all.
Status change_check(ChangeOperator *change, const Chunk *rows, const uint32_t *set, uint32_t set_count) MUST_USE;
Status change_check_not_null(ChangeOperator *change, const Vector *values, uint32_t count, uint32_t position) MUST_USE;
// Bounded steps of what earlier appends have left to do: *more, call again before the next.
Status change_settle_appends(ChangeOperator *change, bool *more) MUST_USE;
// Appends checked rows. `kept` (may be NULL): rows with a key that is there are left out, kept[i] tells.
Status change_append(ChangeOperator *change, const Chunk *rows, bool *kept) MUST_USE;
// The indexes that writes to these columns (ids; NULL: all) need, in bounded steps before the first write: *more, call again.
Status change_prepare_keys(ChangeOperator *change, const uint32_t *columns, uint32_t column_count, bool *more) MUST_USE;
// Keys of updated rows, at the end of a statement, in bounded steps until `done`; or all at once.
Status change_check_keys_step(ChangeOperator *change, bool *done) MUST_USE;
Status change_check_keys(ChangeOperator *change) MUST_USE;
// Puts up to VECTOR_CAPACITY rows at the end of the table, where they get other ids (UpdateNode.moves).
Status change_move(ChangeOperator *change, const int64_t *row_ids, uint32_t count) MUST_USE;
// Rows that others refer to may not go: marks->columns[first + i] are the marks of references[i].
Status change_check_references(ChangeOperator *change, const PlanReference *references, uint32_t count,
                               const Chunk *marks, uint32_t first, const int64_t *row_ids) MUST_USE;
// Says which key a write of store/ failed on; passes every other status on.
Status change_duplicate_error(ChangeOperator *change, Status status) MUST_USE;
void change_row_ids(const Vector *column, uint32_t count, int64_t *row_ids);

#endif
