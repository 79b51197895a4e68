// SPDX-License-Identifier: MIT
//
// op_change.c: INSERT, CREATE TABLE AS, UPDATE, DELETE: sinks that change a stored table, then sources of the count or of the RETURNING rows.
//
// What a changed row must satisfy (NOT NULL, CHECK) is checked here, a chunk at a time; keys are store/'s. The first row that fails ends the statement: the
// caller rolls the transaction back.
#include "exec/operator.h"
#include "exec/row_buffer.h"

typedef struct ChangeOperator {
  Operator op;
  const CatalogTable *table;
  Transaction *transaction;
  const PlanConstraints *constraints;
  Expressions checks;
  bool returning;
  RowBuffer returned;
  RowCursor cursor;
  bool counted; // the count was handed out
  uint64_t changed;
  Chunk all;             // INSERT into a table with generated columns: all columns, those generated NULL
  uint32_t *store_order; // store/'s column i is column store_order[i] of the input; NULL: the same
  Chunk stored;          // … in that order
  bool created;          // CREATE TABLE AS: the table is there (or was, with IF NOT EXISTS)
  bool ignore;           // … and the rows are not wanted
  uint32_t *columns;     // UPDATE: ids of the columns that change
  uint32_t column_count;
  Chunk values; // UPDATE: their new values
  Chunk fresh;  // INSERT … ON CONFLICT: rows without a conflict
  Expressions conflict_set;
  Evaluator *conflict_where;
  Chunk conflict_rows; // the rows that are there, then the rows that were to be inserted
  Chunk there;         // a row that is there
  Vector *key_columns; // scratch
} ChangeOperator;

static ChangeOperator *self_of(Operator *op) { return (ChangeOperator *)op; }

// ---------------------------------------------------------------------------------------------------------------------
// Constraints
// ---------------------------------------------------------------------------------------------------------------------

static bool has_null(const Vector *vector, uint32_t count) {
  VectorView view;
  vector_view(vector, &view);
  if (!view.validity) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (!view_valid(&view, view_row(&view, i))) return true;
  }
  return false;
}

static Status check_constraints(ChangeOperator *change, const Chunk *rows) {
  const PlanConstraints *constraints = change->constraints;
  const CatalogTable *table = change->table;
  Error *error = op_error(&change->op);
  for (uint32_t i = 0; i < constraints->not_null_count; i++) {
    uint32_t column = constraints->not_null[i];
    if (!has_null(&rows->columns[column], rows->row_count)) continue;
    return error_set(error, ERROR_CONSTRAINT, -1, "NOT NULL constraint failed: %.*s.%.*s", STR_ARG(table->entry.name),
                     STR_ARG(table->columns[column].name));
  }
  if (!constraints->check_count) return OK;
  TRY(expressions_run(&change->checks, rows));
  for (uint32_t i = 0; i < constraints->check_count; i++) {
    VectorView view;
    vector_view(&change->checks.results[i], &view);
    for (uint32_t r = 0; r < rows->row_count; r++) {
      uint32_t at = view_row(&view, r);
      if (!view_valid(&view, at) || ((const uint8_t *)view.data)[at]) continue;
      return error_set(error, ERROR_CONSTRAINT, -1, "CHECK constraint failed on table %.*s with expression CHECK(%.*s)",
                       STR_ARG(table->entry.name), STR_ARG(constraints->checks[i].text));
    }
  }
  return OK;
}

static const CatalogColumn *column_of(const CatalogTable *table, uint32_t id) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].id == id) return &table->columns[i];
  }
  return NULL;
}

// Says which key a write of store/ failed on.
static Status duplicate_error(ChangeOperator *change, Status status) {
  DuplicateKey duplicate;
  if (status != ERROR_CONSTRAINT || !transaction_duplicate(change->transaction, &duplicate)) return status;
  TextBuilder text;
  text_init(&text, op_memory(&change->op));
  for (uint32_t i = 0; i < duplicate.column_count; i++) {
    const CatalogColumn *column = column_of(change->table, duplicate.column_ids[i]);
    if (i) text_append(&text, STR(", "));
    if (column) text_append(&text, column->name);
    text_append(&text, STR(": "));
    value_print(&text, &duplicate.values[i]);
  }
  status = error_set(op_error(&change->op), ERROR_CONSTRAINT, -1, "Duplicate key \"%.*s\" violates %s constraint.",
                     STR_ARG(text_str(&text)), duplicate.primary ? "primary key" : "unique");
  text_free(&text);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Output
// ---------------------------------------------------------------------------------------------------------------------

static Status change_produce(Operator *op, SourceTurn *turn) {
  ChangeOperator *change = self_of(op);
  *turn = SOURCE_END;
  op->execution->changes = change->changed;
  if (change->returning) {
    TRY(row_buffer_read(&change->returned, &change->cursor, NULL, &op->out, op_error(op)));
    if (op->out.row_count) *turn = SOURCE_ROWS;
    return OK;
  }
  if (change->counted) return OK;
  change->counted = true;
  TRY(chunk_reset(&op->out, op_error(op)));
  ((int64_t *)op->out.columns[0].data)[0] = (int64_t)change->changed;
  op->out.row_count = 1;
  *turn = SOURCE_ROWS;
  return OK;
}

static void change_close(Operator *op) {
  ChangeOperator *change = self_of(op);
  expressions_close(&change->checks, op);
  expressions_close(&change->conflict_set, op);
  if (change->conflict_where) evaluator_close(change->conflict_where);
  row_buffer_free(&change->returned);
  chunk_free(&change->values);
  chunk_free(&change->fresh);
  chunk_free(&change->conflict_rows);
  chunk_free(&change->there);
  chunk_free(&change->all);
  chunk_free(&change->stored);
}

static Status make_change(Execution *execution, const OperatorClass *class, const LogicalPlan *plan,
                          const CatalogTable *table, bool returning, ChangeOperator **out) {
  ChangeOperator *change;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, class, plan, sizeof *change, &change));
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&change->op, types, plan->column_count));
  change->table = table;
  change->returning = returning;
  if (table) change->transaction = catalog_transaction(context->catalog, &table->entry);
  if (returning)
    TRY(row_buffer_init(&change->returned, context->memory, context->arena, types, plan->column_count, context->error));
  *out = change;
  return OK;
}

static Status open_checks(ChangeOperator *change, const PlanConstraints *constraints) {
  Expr **conditions;
  change->constraints = constraints;
  if (!constraints->check_count) return OK;
  ARENA_NEW_ARRAY(op_arena(&change->op), op_error(&change->op), conditions, constraints->check_count);
  for (uint32_t i = 0; i < constraints->check_count; i++) conditions[i] = constraints->checks[i].condition;
  return expressions_open(&change->checks, &change->op, conditions, constraints->check_count);
}

// ---------------------------------------------------------------------------------------------------------------------
// INSERT
// ---------------------------------------------------------------------------------------------------------------------

// The store keeps columns in the order in which they were made; ALTER may have changed the table's.
static const Chunk *in_store_order(ChangeOperator *change, const Chunk *rows) {
  if (!change->store_order) return rows;
  for (uint32_t i = 0; i < rows->column_count; i++) {
    vector_borrow(&change->stored.columns[i], &rows->columns[change->store_order[i]]);
  }
  change->stored.row_count = rows->row_count;
  return &change->stored;
}

static Status append_rows(ChangeOperator *change, const Chunk *rows) {
  Status status = table_append(change->transaction, change->table->store_table, in_store_order(change, rows), NULL,
                               op_error(&change->op));
  if (status != OK) return duplicate_error(change, status);
  change->changed += rows->row_count;
  return change->returning ? row_buffer_append(&change->returned, rows, op_error(&change->op)) : OK;
}

static bool watched_key(const InsertNode *node, const CatalogConstraint *constraint) {
  if (constraint->kind != CONSTRAINT_PRIMARY_KEY && constraint->kind != CONSTRAINT_UNIQUE) return false;
  if (!node->conflict_column_count) return true;
  if (node->conflict_column_count != constraint->column_count) return false;
  for (uint32_t i = 0; i < constraint->column_count; i++) {
    bool there = false;
    for (uint32_t k = 0; k < node->conflict_column_count; k++)
      there |= node->conflict_columns[k] == constraint->columns[i];
    if (!there) return false;
  }
  return true;
}

// The row that stands in the way of row 0 of the chunk; false: none.
static Status find_conflict(ChangeOperator *change, const Chunk *rows, int64_t *row_id, bool *found) {
  const InsertNode *node = &change->op.plan->insert;
  *found = false;
  for (uint32_t k = 0; k < change->table->constraint_count && !*found; k++) {
    const CatalogConstraint *constraint = &change->table->constraints[k];
    if (!watched_key(node, constraint)) continue;
    for (uint32_t i = 0; i < constraint->column_count; i++) {
      change->key_columns[i] = rows->columns[constraint->columns[i]];
    }
    TRY(table_find_key(change->transaction, change->table->store_table, constraint->index_number, change->key_columns,
                       0, row_id, found, op_error(&change->op)));
  }
  return OK;
}

// Sets the columns of the row that is there, for one conflicting row.
static Status update_conflicting(ChangeOperator *change, const Chunk *rows, uint32_t row, int64_t row_id) {
  const InsertNode *node = &change->op.plan->insert;
  Error *error = op_error(&change->op);
  uint32_t columns = change->table->column_count;
  uint32_t *ids = change->columns + node->set_count;
  TRY(chunk_reset(&change->conflict_rows, error));
  TRY(table_fetch(change->transaction, change->table->store_table, ids, columns, &row_id, 1, &change->there, NULL,
                  error));
  for (uint32_t i = 0; i < columns; i++) {
    vector_borrow(&change->conflict_rows.columns[i], &change->there.columns[i]);
    TRY(vector_copy(&change->conflict_rows.columns[columns + i], 0, &rows->columns[i], NULL, row, 1, error));
  }
  change->conflict_rows.row_count = 1;
  if (change->conflict_where) {
    uint32_t selection[1];
    uint32_t count;
    TRY(evaluator_select(change->conflict_where, &change->conflict_rows, selection, &count));
    if (!count) return OK;
  }
  TRY(expressions_run(&change->conflict_set, &change->conflict_rows));
  for (uint32_t i = 0; i < node->set_count; i++)
    vector_borrow(&change->values.columns[i], &change->conflict_set.results[i]);
  change->values.row_count = 1;
  TRY(table_update(change->transaction, change->table->store_table, &row_id, 1, change->columns, node->set_count,
                   &change->values, error));
  Status status = table_check_keys(change->transaction, change->table->store_table, error);
  if (status != OK) return duplicate_error(change, status);
  change->changed++;
  if (!change->returning) return OK;
  TRY(table_fetch(change->transaction, change->table->store_table, ids, columns, &row_id, 1, &change->there, NULL,
                  error));
  return row_buffer_append(&change->returned, &change->there, error);
}

// Row by row where rows conflict: a row may conflict with one inserted just before it.
static Status insert_on_conflict(ChangeOperator *change, const Chunk *rows) {
  const InsertNode *node = &change->op.plan->insert;
  Error *error = op_error(&change->op);
  for (uint32_t i = 0; i < rows->row_count; i++) {
    int64_t conflict;
    bool found;
    TRY(chunk_slice(&change->fresh, rows, &i, 1, error));
    TRY(find_conflict(change, &change->fresh, &conflict, &found));
    if (!found) {
      TRY(append_rows(change, &change->fresh));
    } else if (node->conflict == CONFLICT_UPDATE) {
      TRY(update_conflicting(change, rows, i, conflict));
    }
  }
  return OK;
}

// Checks count all columns of the table.
static const Chunk *with_generated(ChangeOperator *change, const Chunk *input) {
  if (!change->all.columns) return input;
  uint32_t stored = 0;
  for (uint32_t i = 0; i < change->table->column_count; i++) {
    if (change->table->columns[i].generated_sql.data) {
      vector_set_null_constant(&change->all.columns[i]);
    } else {
      vector_borrow(&change->all.columns[i], &input->columns[stored++]);
    }
  }
  change->all.row_count = input->row_count;
  return &change->all;
}

static Status insert_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ChangeOperator *change = self_of(op);
  TRY(check_constraints(change, with_generated(change, input)));
  if (op->plan->insert.conflict != CONFLICT_ERROR) return insert_on_conflict(change, input);
  return append_rows(change, input);
}

static Status create_as_prepare(Operator *op, bool *ready) {
  ChangeOperator *change = self_of(op);
  const ExecutionContext *context = &op->execution->context;
  const CatalogEntry *entry;
  bool created;
  *ready = true;
  if (change->created) return OK;
  change->created = true;
  TRY(catalog_create(context->catalog, context->arena, op->plan->create.request, &created, &entry, context->error));
  change->ignore = !created;
  if (!created) return OK;
  change->table = (const CatalogTable *)entry;
  change->transaction = catalog_transaction(context->catalog, entry);
  return OK;
}

static Status create_as_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ChangeOperator *change = self_of(op);
  return change->ignore ? OK : append_rows(change, input);
}

static const OperatorClass insert_class = {
    .name = "INSERT", .consume = insert_consume, .produce = change_produce, .close = change_close};
static const OperatorClass create_as_class = {.name = "CREATE_TABLE_AS",
                                              .prepare = create_as_prepare,
                                              .consume = create_as_consume,
                                              .produce = change_produce,
                                              .close = change_close};

static Status open_conflict(ChangeOperator *change) {
  const ExecutionContext *context = &change->op.execution->context;
  const InsertNode *node = &change->op.plan->insert;
  const CatalogTable *table = change->table;
  Type *types;
  Program *program;
  ARENA_NEW_ARRAY(context->arena, context->error, types, table->column_count * 2);
  ARENA_NEW_ARRAY(context->arena, context->error, change->columns, node->set_count + table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    types[i] = types[table->column_count + i] = table->columns[i].type;
    change->columns[node->set_count + i] = table->columns[i].id;
  }
  TRY(chunk_init(&change->fresh, context->memory, types, table->column_count, context->error));
  TRY(chunk_init(&change->there, context->memory, types, table->column_count, context->error));
  ARENA_NEW_ARRAY(context->arena, context->error, change->key_columns, table->column_count);
  if (node->conflict != CONFLICT_UPDATE) return OK;
  TRY(chunk_init(&change->conflict_rows, context->memory, types, table->column_count * 2, context->error));
  Type *set_types;
  ARENA_NEW_ARRAY(context->arena, context->error, set_types, node->set_count);
  for (uint32_t i = 0; i < node->set_count; i++) {
    set_types[i] = table->columns[node->set_columns[i]].type;
    change->columns[i] = table->columns[node->set_columns[i]].id;
  }
  TRY(chunk_init(&change->values, context->memory, set_types, node->set_count, context->error));
  TRY(expressions_open(&change->conflict_set, &change->op, node->set_expressions, node->set_count));
  if (!node->set_condition) return OK;
  Expr *condition = node->set_condition;
  TRY(program_compile(context->arena, context->error, &condition, 1, &program));
  return evaluator_open(&change->conflict_where, program, context->parameters, &change->op.execution->eval);
}

static Status open_columns(ChangeOperator *change) {
  const ExecutionContext *context = &change->op.execution->context;
  const CatalogTable *table = change->table;
  const TableColumn *columns;
  uint32_t stored = 0;
  uint32_t count;
  Type *types;
  uint32_t *ids;
  ARENA_NEW_ARRAY(context->arena, context->error, types, table->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, ids, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) types[i] = table->columns[i].type;
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (!table->columns[i].generated_sql.data) ids[stored++] = table->columns[i].id;
  }
  if (stored < table->column_count)
    TRY(chunk_init(&change->all, context->memory, types, table->column_count, context->error));
  TRY(table_columns(change->transaction, table->store_table, &columns, &count, context->error));
  bool same = count == stored;
  for (uint32_t i = 0; i < count && same; i++) same = columns[i].id == ids[i];
  if (same) return OK;
  ARENA_NEW_ARRAY(context->arena, context->error, change->store_order, count);
  for (uint32_t i = 0; i < count; i++) {
    types[i] = columns[i].type;
    for (uint32_t k = 0; k < stored; k++) {
      if (ids[k] == columns[i].id) change->store_order[i] = k;
    }
  }
  return chunk_init(&change->stored, context->memory, types, count, context->error);
}

Status make_insert(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ChangeOperator *change;
  if (plan->kind == LOGICAL_CREATE_TABLE_AS) {
    TRY(make_change(execution, &create_as_class, plan, NULL, false, &change));
    *out = &change->op;
    return OK;
  }
  TRY(make_change(execution, &insert_class, plan, plan->insert.table, plan->insert.returning, &change));
  *out = &change->op;
  TRY(open_columns(change));
  if (plan->insert.conflict != CONFLICT_ERROR) TRY(open_conflict(change));
  return open_checks(change, &plan->insert.constraints);
}

// ---------------------------------------------------------------------------------------------------------------------
// UPDATE
// ---------------------------------------------------------------------------------------------------------------------

static Status update_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ChangeOperator *change = self_of(op);
  const UpdateNode *node = &op->plan->update;
  Error *error = op_error(op);
  int64_t row_ids[VECTOR_CAPACITY];
  VectorView view;
  vector_view(&input->columns[node->set_count], &view);
  for (uint32_t i = 0; i < input->row_count; i++) row_ids[i] = ((const int64_t *)view.data)[view_row(&view, i)];
  if (node->returning || change->constraints->check_count || node->set_count == change->table->column_count) {
    TRY(check_constraints(change, input));
  } else {
    for (uint32_t i = 0; i < change->constraints->not_null_count; i++) {
      for (uint32_t k = 0; k < node->set_count; k++) {
        if (node->set_columns[k] != change->constraints->not_null[i]) continue;
        if (!has_null(&input->columns[k], input->row_count)) continue;
        return error_set(error, ERROR_CONSTRAINT, -1, "NOT NULL constraint failed: %.*s.%.*s",
                         STR_ARG(change->table->entry.name),
                         STR_ARG(change->table->columns[node->set_columns[k]].name));
      }
    }
  }
  uint32_t column = 0;
  for (uint32_t k = 0; k < node->set_count; k++) {
    if (node->changed[k]) vector_borrow(&change->values.columns[column++], &input->columns[k]);
  }
  change->values.row_count = input->row_count;
  TRY(table_update(change->transaction, change->table->store_table, row_ids, input->row_count, change->columns,
                   change->column_count, &change->values, error));
  change->changed += input->row_count;
  if (!change->returning) return OK;
  Chunk rows = {.columns = input->columns,
                .column_count = node->set_count,
                .row_count = input->row_count,
                .memory = input->memory};
  return row_buffer_append(&change->returned, &rows, error);
}

static Status update_finish(Operator *op, bool *done) {
  ChangeOperator *change = self_of(op);
  *done = true;
  Status status = table_check_keys(change->transaction, change->table->store_table, op_error(op));
  return status == OK ? OK : duplicate_error(change, status);
}

static const OperatorClass update_class = {.name = "UPDATE",
                                           .consume = update_consume,
                                           .finish = update_finish,
                                           .produce = change_produce,
                                           .close = change_close};

Status make_update(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ChangeOperator *change;
  Type *types;
  const ExecutionContext *context = &execution->context;
  const UpdateNode *node = &plan->update;
  TRY(make_change(execution, &update_class, plan, node->table, node->returning, &change));
  *out = &change->op;
  ARENA_NEW_ARRAY(context->arena, context->error, types, node->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, change->columns, node->set_count);
  for (uint32_t k = 0; k < node->set_count; k++) {
    if (!node->changed[k]) continue;
    const CatalogColumn *column = &node->table->columns[node->set_columns[k]];
    types[change->column_count] = column->type;
    change->columns[change->column_count++] = column->id;
  }
  TRY(chunk_init(&change->values, context->memory, types, change->column_count, context->error));
  return open_checks(change, &node->constraints);
}

// ---------------------------------------------------------------------------------------------------------------------
// DELETE
// ---------------------------------------------------------------------------------------------------------------------

static Status delete_consume(Operator *op, const Chunk *input, bool *more) {
  (void)more;
  ChangeOperator *change = self_of(op);
  int64_t row_ids[VECTOR_CAPACITY];
  uint64_t deleted;
  VectorView view;
  uint32_t last = input->column_count - 1;
  vector_view(&input->columns[last], &view);
  for (uint32_t i = 0; i < input->row_count; i++) row_ids[i] = ((const int64_t *)view.data)[view_row(&view, i)];
  TRY(table_delete(change->transaction, change->table->store_table, row_ids, input->row_count, &deleted, op_error(op)));
  change->changed += deleted;
  if (!change->returning) return OK;
  Chunk rows = {
      .columns = input->columns, .column_count = last, .row_count = input->row_count, .memory = input->memory};
  return row_buffer_append(&change->returned, &rows, op_error(op));
}

static const OperatorClass delete_class = {
    .name = "DELETE", .consume = delete_consume, .produce = change_produce, .close = change_close};

Status make_delete(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ChangeOperator *change;
  TRY(make_change(execution, &delete_class, plan, plan->delete_rows.table, plan->delete_rows.returning, &change));
  *out = &change->op;
  return OK;
}
