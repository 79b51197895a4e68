// SPDX-License-Identifier: MIT
//
// change.c: checks, errors and output of the operators that change a table.
#include "exec/change.h"

// ---------------------------------------------------------------------------------------------------------------------
// Constraints
// ---------------------------------------------------------------------------------------------------------------------

Status change_check_not_null(ChangeOperator *change, const Vector *values, uint32_t count, uint32_t position) {
  VectorView view;
  vector_view(values, &view);
  if (!view.validity) return OK;
  for (uint32_t i = 0; i < count; i++) {
    if (view_valid(&view, view_row(&view, i))) continue;
    return error_set(op_error(&change->op), ERROR_CONSTRAINT, -1, "NOT NULL constraint failed: %.*s.%.*s",
                     STR_ARG(change->table->entry.name), STR_ARG(change->table->columns[position].name));
  }
  return OK;
}

// name: value, name: value
static Status print_key(ChangeOperator *change, TextBuilder *text, const Vector *columns, const Str *names,
                        uint32_t count, uint32_t row) {
  for (uint32_t i = 0; i < count; i++) {
    Value value;
    TRY(vector_get_value(&columns[i], row, &change->op.execution->scratch, &value, op_error(&change->op)));
    text_format(text, "%s%.*s: ", i ? ", " : "", STR_ARG(names[i]));
    value_print(text, &value);
  }
  return OK;
}

static Status foreign_key_error(ChangeOperator *change, const PlanForeignKey *key, uint32_t row) {
  Str *names;
  TextBuilder text;
  ARENA_NEW_ARRAY(op_arena(&change->op), op_error(&change->op), names, key->key.column_count);
  for (uint32_t i = 0; i < key->key.column_count; i++) names[i] = key->target->columns[key->key.columns[i]].name;
  text_init(&text, op_memory(&change->op));
  Status status = print_key(change, &text, change->key_columns, names, key->key.column_count, row);
  if (status == OK) {
    status = error_set(op_error(&change->op), ERROR_CONSTRAINT, -1,
                       "Violates foreign key constraint because key \"%.*s\" does not exist in the referenced table",
                       STR_ARG(text_str(&text)));
  }
  text_free(&text);
  return status;
}

static bool sets_any(const PlanForeignKey *key, const uint32_t *set, uint32_t set_count) {
  for (uint32_t i = 0; set && i < set_count; i++) {
    for (uint32_t k = 0; k < key->key.column_count; k++) {
      if (key->columns[k] == set[i]) return true;
    }
  }
  return !set;
}

static Status check_foreign_key(ChangeOperator *change, const PlanForeignKey *key, const Chunk *rows) {
  Transaction *transaction = catalog_transaction(change->op.execution->context.catalog, &key->target->entry);
  for (uint32_t i = 0; i < key->key.column_count; i++) {
    vector_borrow(&change->key_columns[i], &rows->columns[change->positions[key->columns[i]]]);
  }
  for (uint32_t row = 0; row < rows->row_count; row++) {
    int64_t row_id;
    bool found, null = false;
    for (uint32_t i = 0; i < key->key.column_count && !null; i++) {
      VectorView view;
      vector_view(&change->key_columns[i], &view);
      null = !view_valid(&view, view_row(&view, row));
    }
    if (null) continue;
    TRY(table_find_key(transaction, key->target->store_table, key->key.number, change->key_columns, row, &row_id,
                       &found, op_error(&change->op)));
    if (found) TRY(table_refer(transaction, key->target->store_table, row_id, &found, op_error(&change->op)));
    if (!found) return foreign_key_error(change, key, row);
  }
  return OK;
}

static Status check_generated(ChangeOperator *change, const Chunk *rows) {
  Error *error = op_error(&change->op);
  for (uint32_t i = 0; i < change->constraints->generated_count; i++) {
    Status status = expressions_run(&change->generated[i], rows);
    if (status >= ERROR_IO) return status; // memory, an interruption
    if (status == OK) continue;
    return error_set(error, ERROR_CONSTRAINT, -1, "Incorrect value for generated column \"%.*s\" : %s",
                     STR_ARG(change->constraints->generated[i].text), error->message);
  }
  return OK;
}

Status change_check(ChangeOperator *change, const Chunk *rows, const uint32_t *set, uint32_t set_count) {
  const PlanConstraints *constraints = change->constraints;
  if (!constraints) return OK;
  if (!set) TRY(check_generated(change, rows));
  for (uint32_t i = 0; i < constraints->not_null_count; i++) {
    uint32_t position = constraints->not_null[i];
    TRY(change_check_not_null(change, &rows->columns[change->positions[position]], rows->row_count, position));
  }
  if (constraints->check_count) TRY(expressions_run(&change->checks, rows));
  for (uint32_t i = 0; i < constraints->check_count; i++) {
    VectorView view;
    vector_view(&change->checks.results[i], &view);
    for (uint32_t r = 0; r < rows->row_count; r++) {
      uint32_t at = view_row(&view, r);
      if (!view_valid(&view, at) || ((const uint8_t *)view.data)[at]) continue;
      return error_set(op_error(&change->op), ERROR_CONSTRAINT, -1,
                       "CHECK constraint failed on table %.*s with expression CHECK(%.*s)",
                       STR_ARG(change->table->entry.name), STR_ARG(constraints->checks[i].text));
    }
  }
  for (uint32_t i = 0; i < constraints->foreign_key_count; i++) {
    const PlanForeignKey *key = &constraints->foreign_keys[i];
    if (sets_any(key, set, set_count)) TRY(check_foreign_key(change, key, rows));
  }
  return OK;
}

static Status reference_error(ChangeOperator *change, const PlanReference *reference, int64_t row_id) {
  Type *types;
  uint32_t *ids;
  Chunk row = {0};
  TextBuilder text;
  Error *error = op_error(&change->op);
  ARENA_NEW_ARRAY(op_arena(&change->op), error, types, reference->column_count);
  ARENA_NEW_ARRAY(op_arena(&change->op), error, ids, reference->column_count);
  for (uint32_t i = 0; i < reference->column_count; i++) {
    types[i] = change->table->columns[reference->columns[i]].type;
    ids[i] = change->table->columns[reference->columns[i]].id;
  }
  text_init(&text, op_memory(&change->op));
  Status status = chunk_init(&row, op_memory(&change->op), types, reference->column_count, error);
  if (status == OK)
    status = table_fetch(change->transaction, change->table->store_table, ids, reference->column_count, &row_id, 1,
                         &row, NULL, error);
  if (status == OK) status = print_key(change, &text, row.columns, reference->names, reference->column_count, 0);
  if (status == OK) {
    status = error_set(error, ERROR_CONSTRAINT, -1,
                       "Violates foreign key constraint because key \"%.*s\" is still referenced by a foreign key in a "
                       "different table. If this is an unexpected constraint violation, please refer to our foreign "
                       "key limitations in the documentation",
                       STR_ARG(text_str(&text)));
  }
  text_free(&text);
  if (row.memory) chunk_free(&row);
  return status;
}

Status change_check_references(ChangeOperator *change, const PlanReference *references, uint32_t count,
                               const Chunk *marks, uint32_t first, const int64_t *row_ids) {
  for (uint32_t i = 0; i < count; i++) {
    VectorView view;
    vector_view(&marks->columns[first + i], &view);
    for (uint32_t r = 0; r < marks->row_count; r++) {
      uint32_t at = view_row(&view, r);
      if (!view_valid(&view, at) || !((const uint8_t *)view.data)[at]) continue;
      return reference_error(change, &references[i], row_ids[r]);
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

Status change_duplicate_error(ChangeOperator *change, Status status) {
  DuplicateKey duplicate;
  if (status != ERROR_CONSTRAINT || !transaction_duplicate(change->transaction, &duplicate)) return status;
  TextBuilder text;
  text_init(&text, op_memory(&change->op));
  for (uint32_t i = 0; i < duplicate.column_count; i++) {
    const CatalogColumn *column = column_of(change->table, duplicate.column_ids[i]);
    if (i) text_append(&text, STR(", "));
    if (column && !duplicate.own) text_format(&text, "%.*s: ", STR_ARG(column->name));
    value_print(&text, &duplicate.values[i]);
  }
  Str key = text_str(&text);
  Error *error = op_error(&change->op);
  status = duplicate.own ? error_set(error, ERROR_CONSTRAINT, -1,
                                     "PRIMARY KEY or UNIQUE constraint violation: duplicate key \"%.*s\"", STR_ARG(key))
                         : error_set(error, ERROR_CONSTRAINT, -1, "Duplicate key \"%.*s\" violates %s constraint.",
                                     STR_ARG(key), duplicate.primary ? "primary key" : "unique");
  text_free(&text);
  return status;
}

Status change_prepare_keys(ChangeOperator *change, const uint32_t *columns, uint32_t column_count, bool *more) {
  StoreStep step = STORE_DONE;
  if (!change->prepared)
    TRY(table_prepare_keys(change->transaction, change->table->store_table, columns, column_count, &step,
                           op_error(&change->op)));
  change->prepared = step == STORE_DONE;
  *more = !change->prepared;
  return OK;
}

Status change_settle_appends(ChangeOperator *change, bool *more) {
  StoreStep step;
  TRY(table_pack_appends(change->transaction, change->table->store_table, &step, op_error(&change->op)));
  *more = step == STORE_MORE;
  return OK;
}

Status change_check_keys_step(ChangeOperator *change, bool *done) {
  StoreStep step;
  Status status = table_check_keys(change->transaction, change->table->store_table, &step, op_error(&change->op));
  *done = step == STORE_DONE;
  return change_duplicate_error(change, status);
}

Status change_check_keys(ChangeOperator *change) {
  bool done = false;
  while (!done) TRY(change_check_keys_step(change, &done));
  return OK;
}

void change_row_ids(const Vector *column, uint32_t count, int64_t *row_ids) {
  VectorView view;
  vector_view(column, &view);
  for (uint32_t i = 0; i < count; i++) row_ids[i] = ((const int64_t *)view.data)[view_row(&view, i)];
}

// ---------------------------------------------------------------------------------------------------------------------
// Appending
// ---------------------------------------------------------------------------------------------------------------------

static const Chunk *in_store_order(ChangeOperator *change, const Chunk *rows) {
  if (!change->store_order) return rows;
  for (uint32_t i = 0; i < rows->column_count; i++) {
    vector_borrow(&change->stored.columns[i], &rows->columns[change->store_order[i]]);
  }
  change->stored.row_count = rows->row_count;
  return &change->stored;
}

Status change_append(ChangeOperator *change, const Chunk *rows, bool *kept) {
  Error *error = op_error(&change->op);
  const Chunk *stored = in_store_order(change, rows);
  uint64_t table = change->table->store_table;
  if (!kept) {
    TRY(change_duplicate_error(change, table_append(change->transaction, table, stored, NULL, error)));
    change->changed += rows->row_count;
    return change->returning ? row_buffer_append(&change->returned, rows, error) : OK;
  }
  TRY(table_append_ignore(change->transaction, table, stored, kept, NULL, error));
  uint32_t selection[VECTOR_CAPACITY];
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows->row_count; i++) {
    if (kept[i]) selection[count++] = i;
  }
  change->changed += count;
  if (!change->returning || !count) return OK;
  Chunk returned;
  TRY(chunk_init(&returned, op_memory(&change->op), change->types, change->stored_count, error));
  Status status = chunk_slice(&returned, rows, selection, count, error);
  if (status == OK) status = row_buffer_append(&change->returned, &returned, error);
  chunk_free(&returned);
  return status;
}

Status change_move(ChangeOperator *change, const int64_t *row_ids, uint32_t count) {
  Error *error = op_error(&change->op);
  uint64_t table = change->table->store_table, deleted;
  if (!change->moving.columns)
    TRY(chunk_init(&change->moving, op_memory(&change->op), change->types, change->stored_count, error));
  TRY(chunk_reset(&change->moving, error));
  TRY(table_fetch(change->transaction, table, change->ids, change->stored_count, row_ids, count, &change->moving, NULL,
                  error));
  change->moving.row_count = count;
  TRY(table_delete(change->transaction, table, row_ids, count, &deleted, error));
  Status status = table_append(change->transaction, table, in_store_order(change, &change->moving), NULL, error);
  return change_duplicate_error(change, status);
}

// ---------------------------------------------------------------------------------------------------------------------
// Opening, output
// ---------------------------------------------------------------------------------------------------------------------

Status change_make(Execution *execution, const OperatorClass *class, const LogicalPlan *plan, size_t size,
                   bool returning, void *out) {
  ChangeOperator *change;
  const Type *types;
  const ExecutionContext *context = &execution->context;
  TRY(operator_make(execution, class, plan, size, &change));
  *(ChangeOperator **)out = change;
  TRY(plan_types(execution, plan, &types));
  TRY(operator_init_out(&change->op, types, plan->column_count));
  change->returning = returning;
  if (!returning) return OK;
  return row_buffer_init(&change->returned, context->memory, context->arena, types, plan->column_count, context->error);
}

static Status open_store_order(ChangeOperator *change) {
  const ExecutionContext *context = &change->op.execution->context;
  const TableColumn *columns;
  uint32_t count;
  Type *types;
  TRY(table_columns(change->transaction, change->table->store_table, &columns, &count, context->error));
  bool same = count == change->stored_count;
  for (uint32_t i = 0; i < count && same; i++) same = columns[i].id == change->ids[i];
  if (same) return OK;
  ARENA_NEW_ARRAY(context->arena, context->error, types, count);
  ARENA_NEW_ARRAY(context->arena, context->error, change->store_order, count);
  for (uint32_t i = 0; i < count; i++) {
    types[i] = columns[i].type;
    for (uint32_t k = 0; k < change->stored_count; k++) {
      if (change->ids[k] == columns[i].id) change->store_order[i] = k;
    }
  }
  return chunk_init(&change->stored, context->memory, types, count, context->error);
}

static Status open_checks(ChangeOperator *change) {
  const PlanConstraints *constraints = change->constraints;
  Expr **conditions;
  if (!constraints) return OK;
  ARENA_NEW_ARRAY(op_arena(&change->op), op_error(&change->op), change->generated, constraints->generated_count);
  for (uint32_t i = 0; i < constraints->generated_count; i++) {
    TRY(expressions_open(&change->generated[i], &change->op, &constraints->generated[i].condition, 1));
  }
  if (!constraints->check_count) return OK;
  ARENA_NEW_ARRAY(op_arena(&change->op), op_error(&change->op), conditions, constraints->check_count);
  for (uint32_t i = 0; i < constraints->check_count; i++) conditions[i] = constraints->checks[i].condition;
  return expressions_open(&change->checks, &change->op, conditions, constraints->check_count);
}

Status change_open(ChangeOperator *change, const CatalogTable *table, const PlanConstraints *constraints) {
  const ExecutionContext *context = &change->op.execution->context;
  Type *types;
  change->table = table;
  change->transaction = catalog_transaction(context->catalog, &table->entry);
  change->constraints = constraints;
  ARENA_NEW_ARRAY(context->arena, context->error, types, table->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, change->ids, table->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, change->positions, table->column_count);
  ARENA_NEW_ARRAY(context->arena, context->error, change->key_columns, table->column_count);
  change->types = types;
  for (uint32_t i = 0; i < table->column_count; i++) {
    change->positions[i] = UINT32_MAX;
    if (table->columns[i].generated_sql.data) continue;
    change->positions[i] = change->stored_count;
    types[change->stored_count] = table->columns[i].type;
    change->ids[change->stored_count++] = table->columns[i].id;
  }
  TRY(open_store_order(change));
  return open_checks(change);
}

Status change_produce(Operator *op, SourceTurn *turn) {
  ChangeOperator *change = (ChangeOperator *)op;
  *turn = SOURCE_END;
  op->execution->changes = change->changed;
  if (change->returning) {
    TRY(row_buffer_read(&change->returned, &change->cursor, NULL, operator_rows(op), &op->out, op_error(op)));
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

void change_close(ChangeOperator *change) {
  expressions_close(&change->checks, &change->op);
  for (uint32_t i = 0; change->generated && i < change->constraints->generated_count; i++) {
    expressions_close(&change->generated[i], &change->op);
  }
  row_buffer_free(&change->returned);
  chunk_free(&change->stored);
  chunk_free(&change->moving);
}
