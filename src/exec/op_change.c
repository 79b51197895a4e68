// SPDX-License-Identifier: MIT
//
// op_change.c: UPDATE and DELETE: rows are named by their ids.
#include "exec/change.h"

// ---------------------------------------------------------------------------------------------------------------------
// UPDATE
// ---------------------------------------------------------------------------------------------------------------------

typedef struct UpdateOperator {
  ChangeOperator change; // first
  uint32_t *columns;     // ids of the columns that change
  uint32_t *positions;   // … and their positions in the table
  uint32_t column_count;
  Chunk values;   // their new values
  int64_t *moved; // rows that go to the end once all are changed
  uint64_t moved_count;
  uint64_t moved_capacity;
  uint64_t moved_at; // the next of them
  bool checked;      // their keys
} UpdateOperator;

static bool must_not_be_null(const PlanConstraints *constraints, uint32_t position) {
  for (uint32_t i = 0; i < constraints->not_null_count; i++) {
    if (constraints->not_null[i] == position) return true;
  }
  return false;
}

static Status update_check(UpdateOperator *update, const Chunk *input) {
  ChangeOperator *change = &update->change;
  const UpdateNode *node = &change->op.plan->update;
  if (node->whole) return change_check(change, input, update->positions, update->column_count);
  for (uint32_t k = 0; k < node->set_count; k++) {
    uint32_t position = node->set_columns[k];
    if (!must_not_be_null(change->constraints, position)) continue;
    TRY(change_check_not_null(change, &input->columns[k], input->row_count, position));
  }
  return OK;
}

static Status note_moved(UpdateOperator *update, const int64_t *row_ids, uint32_t count) {
  Operator *op = &update->change.op;
  if (update->moved_count + count > update->moved_capacity) {
    uint64_t capacity = MAX_OF(update->moved_capacity * 2, (uint64_t)VECTOR_CAPACITY);
    int64_t *moved = memory_grow(op_memory(op), update->moved, sizeof *moved * (size_t)update->moved_capacity,
                                 sizeof *moved * (size_t)capacity);
    if (!moved) return error_no_memory(op_error(op));
    update->moved = moved;
    update->moved_capacity = capacity;
  }
  memcpy(update->moved + update->moved_count, row_ids, sizeof *row_ids * count);
  update->moved_count += count;
  return OK;
}

static Status update_consume(Operator *op, const Chunk *input, bool *more) {
  UpdateOperator *update = (UpdateOperator *)op;
  ChangeOperator *change = &update->change;
  TRY(change_prepare_keys(change, update->columns, update->column_count, more));
  if (*more) return OK;
  const UpdateNode *node = &op->plan->update;
  Error *error = op_error(op);
  int64_t row_ids[VECTOR_CAPACITY];
  change_row_ids(&input->columns[input->column_count - 1], input->row_count, row_ids);
  TRY(update_check(update, input));
  TRY(change_check_references(change, node->references, node->reference_count, input, node->set_count, row_ids));
  uint32_t column = 0;
  for (uint32_t k = 0; k < node->set_count; k++) {
    if (node->changed[k]) vector_borrow(&update->values.columns[column++], &input->columns[k]);
  }
  update->values.row_count = input->row_count;
  Status status = table_update(change->transaction, change->table->store_table, row_ids, input->row_count,
                               update->columns, update->column_count, &update->values, error);
  TRY(change_duplicate_error(change, status));
  if (node->moves) TRY(note_moved(update, row_ids, input->row_count));
  change->changed += input->row_count;
  if (!change->returning) return OK;
  Chunk rows = {.columns = input->columns,
                .column_count = node->set_count,
                .row_count = input->row_count,
                .memory = input->memory};
  return row_buffer_append(&change->returned, &rows, error);
}

static Status update_finish(Operator *op, bool *done) {
  UpdateOperator *update = (UpdateOperator *)op;
  *done = false;
  if (!update->checked) return change_check_keys_step(&update->change, &update->checked);
  bool more = false;
  TRY(change_settle_appends(&update->change, &more));
  if (more) return OK;
  uint32_t count = (uint32_t)MIN_OF(update->moved_count - update->moved_at, (uint64_t)VECTOR_CAPACITY);
  if (count) TRY(change_move(&update->change, update->moved + update->moved_at, count));
  update->moved_at += count;
  *done = update->moved_at == update->moved_count;
  return OK;
}

static void update_close(Operator *op) {
  UpdateOperator *update = (UpdateOperator *)op;
  chunk_free(&update->values);
  memory_free(op_memory(op), update->moved, sizeof *update->moved * (size_t)update->moved_capacity);
  change_close(&update->change);
}

static const OperatorClass update_class = {.name = "UPDATE",
                                           .whole_chunks = true,
                                           .consume = update_consume,
                                           .finish = update_finish,
                                           .produce = change_produce,
                                           .close = update_close};

Status make_update(Execution *execution, const LogicalPlan *plan, Operator **out) {
  UpdateOperator *update;
  Type *types;
  const ExecutionContext *context = &execution->context;
  const UpdateNode *node = &plan->update;
  TRY(change_make(execution, &update_class, plan, sizeof *update, node->returning, &update));
  *out = &update->change.op;
  TRY(change_open(&update->change, node->table, &node->constraints));
  ARENA_NEW_ARRAY(context->arena, context->error, types, node->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, update->columns, node->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, update->positions, node->set_count);
  for (uint32_t k = 0; k < node->set_count; k++) {
    if (!node->changed[k]) continue;
    const CatalogColumn *column = &node->table->columns[node->set_columns[k]];
    types[update->column_count] = column->type;
    update->positions[update->column_count] = node->set_columns[k];
    update->columns[update->column_count++] = column->id;
  }
  return chunk_init(&update->values, context->memory, types, update->column_count, context->error);
}

// ---------------------------------------------------------------------------------------------------------------------
// DELETE
// ---------------------------------------------------------------------------------------------------------------------

static Status delete_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ChangeOperator *change = (ChangeOperator *)op;
  const DeleteNode *node = &op->plan->delete_rows;
  int64_t row_ids[VECTOR_CAPACITY];
  uint64_t deleted;
  uint32_t width = input->column_count - 1 - node->reference_count;
  change_row_ids(&input->columns[input->column_count - 1], input->row_count, row_ids);
  TRY(change_check_references(change, node->references, node->reference_count, input, width, row_ids));
  TRY(table_delete(change->transaction, change->table->store_table, row_ids, input->row_count, &deleted, op_error(op)));
  change->changed += deleted;
  if (!change->returning) return OK;
  Chunk rows = {
      .columns = input->columns, .column_count = width, .row_count = input->row_count, .memory = input->memory};
  return row_buffer_append(&change->returned, &rows, op_error(op));
}

static void delete_close(Operator *op) { change_close((ChangeOperator *)op); }

static const OperatorClass delete_class = {
    .name = "DELETE", .consume = delete_consume, .produce = change_produce, .close = delete_close};

Status make_delete(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ChangeOperator *change;
  TRY(change_make(execution, &delete_class, plan, sizeof *change, plan->delete_rows.returning, &change));
  *out = &change->op;
  return change_open(change, plan->delete_rows.table, NULL);
}
