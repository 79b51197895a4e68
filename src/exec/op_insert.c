// SPDX-License-Identifier: MIT
//
// op_insert.c: INSERT, INSERT … ON CONFLICT, CREATE TABLE AS.
//
// ON CONFLICT. The rows of a chunk that meet one in the table change it; the others are appended afterwards. Of several rows of a chunk with the same key only
// the first has a say, as in DuckDB.
#include "exec/change.h"

typedef struct InsertOperator {
  ChangeOperator change; // first
  bool created;          // CREATE TABLE AS: the table is there (or was, with IF NOT EXISTS)
  Chunk fresh;           // some of the input's rows
  // ON CONFLICT DO UPDATE
  Expressions set;
  Evaluator *where;
  Chunk there;     // the rows that are there
  Chunk both;      // … and the rows that were to be inserted
  Chunk values;    // the columns that are set
  Chunk updated;   // the whole new rows
  uint32_t *ids;   // [set_count] of the columns that are set
  int64_t *owners; // [VECTOR_CAPACITY] row ids of `there`
  uint32_t *rows;  // [VECTOR_CAPACITY] of the input
} InsertOperator;

static InsertOperator *self_of(Operator *op) { return (InsertOperator *)op; }

// ---------------------------------------------------------------------------------------------------------------------
// ON CONFLICT
// ---------------------------------------------------------------------------------------------------------------------

// The row that stands in the way of a row of the chunk.
static Status find_conflict(InsertOperator *insert, const Chunk *rows, uint32_t row, int64_t *row_id, bool *found) {
  ChangeOperator *change = &insert->change;
  const InsertNode *node = &change->op.plan->insert;
  *found = false;
  for (uint32_t k = 0; k < node->key_count && !*found; k++) {
    const PlanKey *key = &node->keys[k];
    for (uint32_t i = 0; i < key->column_count; i++) {
      vector_borrow(&change->key_columns[i], &rows->columns[change->positions[key->columns[i]]]);
    }
    TRY(table_find_key(change->transaction, change->table->store_table, key->number, change->key_columns, row, row_id,
                       found, op_error(&change->op)));
  }
  return OK;
}

// Changes the rows owners[0..count), all different, by the rows rows[0..count) of the input.
static Status update_conflicting(InsertOperator *insert, const Chunk *input, uint32_t count) {
  ChangeOperator *change = &insert->change;
  const InsertNode *node = &change->op.plan->insert;
  Error *error = op_error(&change->op);
  uint32_t width = change->stored_count;
  int64_t owners[VECTOR_CAPACITY];
  uint32_t selection[VECTOR_CAPACITY];
  uint64_t table = change->table->store_table;
  if (!count) return OK;
  TRY(chunk_reset(&insert->there, error));
  TRY(table_fetch(change->transaction, table, change->ids, width, insert->owners, count, &insert->there, NULL, error));
  for (uint32_t i = 0; i < width; i++) {
    vector_borrow(&insert->both.columns[i], &insert->there.columns[i]);
    TRY(vector_slice(&insert->both.columns[width + i], &input->columns[i], insert->rows, count, error));
  }
  insert->both.row_count = count;
  for (uint32_t i = 0; i < count; i++) selection[i] = i;
  if (insert->where) TRY(evaluator_select(insert->where, &insert->both, selection, &count));
  if (!count) return OK;
  for (uint32_t i = 0; i < count; i++) owners[i] = insert->owners[selection[i]];
  if (insert->where && count < insert->both.row_count) {
    for (uint32_t i = 0; i < width * 2; i++) {
      Vector *column = &insert->both.columns[i];
      if (i < width) {
        TRY(vector_slice(column, &insert->there.columns[i], selection, count, error));
      } else {
        for (uint32_t r = 0; i == width && r < count; r++) insert->rows[r] = insert->rows[selection[r]];
        TRY(vector_slice(column, &input->columns[i - width], insert->rows, count, error));
      }
    }
    insert->both.row_count = count;
  }
  TRY(expressions_run(&insert->set, &insert->both));
  for (uint32_t i = 0; i < width; i++) vector_borrow(&insert->updated.columns[i], &insert->both.columns[i]);
  for (uint32_t i = 0; i < node->set_count; i++) {
    vector_borrow(&insert->values.columns[i], &insert->set.results[i]);
    vector_borrow(&insert->updated.columns[change->positions[node->set_columns[i]]], &insert->set.results[i]);
  }
  insert->updated.row_count = insert->values.row_count = count;
  TRY(change_check(change, &insert->updated, node->set_columns, node->set_count));
  Status status =
      table_update(change->transaction, table, owners, count, insert->ids, node->set_count, &insert->values, error);
  TRY(change_duplicate_error(change, status));
  TRY(change_check_keys(change));
  if (node->moves) TRY(change_move(change, owners, count));
  change->changed += count;
  return change->returning ? row_buffer_append(&change->returned, &insert->updated, error) : OK;
}

// Appends rows[0..count) of the input, which meet none in the table. They may still meet each other.
static Status append_fresh(InsertOperator *insert, const Chunk *input, const uint32_t *rows, uint32_t count) {
  ChangeOperator *change = &insert->change;
  bool kept[VECTOR_CAPACITY];
  if (!count) return OK;
  TRY(chunk_slice(&insert->fresh, input, rows, count, op_error(&change->op)));
  TRY(change_check(change, &insert->fresh, NULL, 0));
  if (change->op.plan->insert.all_keys) return change_append(change, &insert->fresh, kept);
  // A duplicate of a key that is not watched is an error.
  for (uint32_t i = 0; i < count; i++) {
    int64_t owner;
    bool found;
    TRY(find_conflict(insert, input, rows[i], &owner, &found));
    if (found) continue;
    TRY(chunk_slice(&insert->fresh, input, &rows[i], 1, op_error(&change->op)));
    TRY(change_append(change, &insert->fresh, NULL));
  }
  return OK;
}

static Status insert_on_conflict(InsertOperator *insert, const Chunk *input) {
  const InsertNode *node = &insert->change.op.plan->insert;
  uint32_t fresh[VECTOR_CAPACITY];
  uint32_t fresh_count = 0, count = 0;
  for (uint32_t i = 0; i < input->row_count; i++) {
    int64_t owner;
    bool found, seen = false;
    TRY(find_conflict(insert, input, i, &owner, &found));
    if (!found) {
      fresh[fresh_count++] = i;
      continue;
    }
    if (node->conflict != CONFLICT_UPDATE) continue;
    for (uint32_t k = 0; k < count && !seen; k++) seen = insert->owners[k] == owner;
    if (seen) continue;
    insert->owners[count] = owner;
    insert->rows[count++] = i;
  }
  TRY(update_conflicting(insert, input, count));
  return append_fresh(insert, input, fresh, fresh_count);
}

static Status open_conflict(InsertOperator *insert) {
  ChangeOperator *change = &insert->change;
  const ExecutionContext *context = &change->op.execution->context;
  const InsertNode *node = &change->op.plan->insert;
  Type *both, *set_types;
  Program *program;
  uint32_t width = change->stored_count;
  TRY(chunk_init(&insert->fresh, context->memory, change->types, width, context->error));
  if (node->conflict == CONFLICT_NOTHING) return OK;
  ARENA_NEW_ARRAY(context->arena, context->error, insert->owners, VECTOR_CAPACITY);
  ARENA_NEW_ARRAY(context->arena, context->error, insert->rows, VECTOR_CAPACITY);
  ARENA_NEW_ARRAY(context->arena, context->error, both, width * 2);
  ARENA_NEW_ARRAY(context->arena, context->error, insert->ids, node->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, set_types, node->set_count);
  for (uint32_t i = 0; i < width; i++) both[i] = both[width + i] = change->types[i];
  for (uint32_t i = 0; i < node->set_count; i++) {
    set_types[i] = change->table->columns[node->set_columns[i]].type;
    insert->ids[i] = change->table->columns[node->set_columns[i]].id;
  }
  TRY(chunk_init(&insert->there, context->memory, change->types, width, context->error));
  TRY(chunk_init(&insert->updated, context->memory, change->types, width, context->error));
  TRY(chunk_init(&insert->both, context->memory, both, width * 2, context->error));
  TRY(chunk_init(&insert->values, context->memory, set_types, node->set_count, context->error));
  TRY(expressions_open(&insert->set, &change->op, node->set_expressions, node->set_count));
  if (!node->set_condition) return OK;
  Expr *condition = node->set_condition;
  TRY(program_compile_filter(context->arena, context->error, condition, &program));
  return evaluator_open(&insert->where, program, context->parameters, &change->op.execution->eval);
}

// ---------------------------------------------------------------------------------------------------------------------
// INSERT
// ---------------------------------------------------------------------------------------------------------------------

static Status insert_consume(Operator *op, const Chunk *input, bool *more) {
  InsertOperator *insert = self_of(op);
  TRY(change_prepare_keys(&insert->change, NULL, 0, more));
  if (!*more) TRY(change_settle_appends(&insert->change, more));
  if (*more) return OK;
  if (op->plan->insert.conflict != CONFLICT_ERROR) return insert_on_conflict(insert, input);
  TRY(change_check(&insert->change, input, NULL, 0));
  return change_append(&insert->change, input, NULL);
}

static void insert_close(Operator *op) {
  InsertOperator *insert = self_of(op);
  expressions_close(&insert->set, op);
  if (insert->where) evaluator_close(insert->where);
  chunk_free(&insert->fresh);
  chunk_free(&insert->there);
  chunk_free(&insert->both);
  chunk_free(&insert->values);
  chunk_free(&insert->updated);
  change_close(&insert->change);
}

static const OperatorClass insert_class = {
    .name = "INSERT", .consume = insert_consume, .produce = change_produce, .close = insert_close};

// ---------------------------------------------------------------------------------------------------------------------
// CREATE TABLE AS
// ---------------------------------------------------------------------------------------------------------------------

static Status create_as_prepare(Operator *op, bool *ready) {
  InsertOperator *insert = self_of(op);
  const ExecutionContext *context = &op->execution->context;
  const CatalogEntry *entry;
  bool created;
  *ready = true;
  if (insert->created) return OK;
  insert->created = true;
  TRY(catalog_create(context->catalog, context->arena, op->plan->create.request, &created, &entry, context->error));
  insert->change.counted = !created; // it was there: no rows come, and nothing is told
  return created ? change_open(&insert->change, (const CatalogTable *)entry, NULL) : OK;
}

static Status create_as_consume(Operator *op, const Chunk *input, bool *more) {
  InsertOperator *insert = self_of(op);
  TRY(change_settle_appends(&insert->change, more));
  return *more ? OK : change_append(&insert->change, input, NULL);
}

static const OperatorClass create_as_class = {.name = "CREATE_TABLE_AS",
                                              .prepare = create_as_prepare,
                                              .consume = create_as_consume,
                                              .produce = change_produce,
                                              .close = insert_close};

Status make_insert(Execution *execution, const LogicalPlan *plan, Operator **out) {
  InsertOperator *insert;
  bool create = plan->kind == LOGICAL_CREATE_TABLE_AS;
  TRY(change_make(execution, create ? &create_as_class : &insert_class, plan, sizeof *insert,
                  !create && plan->insert.returning, &insert));
  *out = &insert->change.op;
  if (create) return OK;
  TRY(change_open(&insert->change, plan->insert.table, &plan->insert.constraints));
  return plan->insert.conflict == CONFLICT_ERROR ? OK : open_conflict(insert);
}
