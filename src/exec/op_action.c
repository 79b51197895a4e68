// SPDX-License-Identifier: MIT
//
// op_action.c: statements that change the catalog: CREATE, DROP, ALTER. A source without rows that does its work in one turn; ALTER that computes values, and
// what makes a key over rows that are there, go over the rows in several. What concerns the session (SET, BEGIN, PREPARE …) never comes here: api/ does it.
#include "exec/operator.h"

#define KEY_COLUMNS 64 // of a key at most

typedef struct ActionOperator {
  Operator op;
  bool done;
  // ALTER with values to compute
  const CatalogTable *before;
  const CatalogTable *after;
  Transaction *transaction;
  TableScan *scan;
  Expressions conversion;
  Chunk rows;
  Chunk values;
  uint32_t row_id; // position in `rows`, behind the stored columns
  uint32_t new_column;
} ActionOperator;

static ActionOperator *self_of(Operator *op) { return (ActionOperator *)op; }

static Status start_conversion(ActionOperator *action, const CatalogEntry *entry) {
  Operator *op = &action->op;
  const ExecutionContext *context = &op->execution->context;
  const CatalogTable *before = action->before;
  Type *types;
  action->after = (const CatalogTable *)entry;
  action->transaction = catalog_transaction(context->catalog, entry);
  uint32_t position = 0;
  Str name = op->plan->alter.request->action == ALTER_ADD_COLUMN ? op->plan->alter.request->new_column.name
                                                                 : op->plan->alter.request->column;
  if (!catalog_find_column(action->after, name, &position)) {
    return error_set(context->error, ERROR_INTERNAL, -1, "an altered column is not there");
  }
  action->new_column = action->after->columns[position].id;
  ARENA_NEW_ARRAY(context->arena, context->error, types, before->column_count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < before->column_count; i++) {
    if (!before->columns[i].generated_sql.data) types[count++] = before->columns[i].type;
  }
  types[count++] = TYPE(BIGINT); // the row id
  action->row_id = count - 1;
  TRY(chunk_init(&action->rows, context->memory, types, count, context->error));
  TRY(chunk_init(&action->values, context->memory, &action->after->columns[position].type, 1, context->error));
  Expr *conversion = op->plan->alter.conversion;
  return expressions_open(&action->conversion, op, &conversion, 1);
}

static Status open_old_rows(ActionOperator *action) {
  const ExecutionContext *context = &action->op.execution->context;
  const CatalogTable *before = action->before;
  uint32_t *ids;
  ARENA_NEW_ARRAY(context->arena, context->error, ids, before->column_count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < before->column_count; i++) {
    if (!before->columns[i].generated_sql.data) ids[count++] = before->columns[i].id;
  }
  ids[count++] = COLUMN_ROW_ID;
  return scan_open(catalog_transaction(context->catalog, &before->entry), before->store_table, ids, count, NULL, 0,
                   &action->scan, context->error);
}

static Status convert_chunk(ActionOperator *action, bool *done) {
  Operator *op = &action->op;
  StoreStep step;
  TRY(scan_need(action->scan, &step, op_error(op)));
  if (step != STORE_DONE) return OK;
  TRY(scan_next(action->scan, &action->rows, done, op_error(op)));
  if (*done || !action->rows.row_count) return OK;
  int64_t row_ids[VECTOR_CAPACITY];
  VectorView view;
  vector_view(&action->rows.columns[action->row_id], &view);
  for (uint32_t i = 0; i < action->rows.row_count; i++) row_ids[i] = ((const int64_t *)view.data)[view_row(&view, i)];
  TRY(expressions_run(&action->conversion, &action->rows));
  vector_borrow(&action->values.columns[0], &action->conversion.results[0]);
  action->values.row_count = action->rows.row_count;
  return table_update(action->transaction, action->after->store_table, row_ids, action->rows.row_count,
                      &action->new_column, 1, &action->values, op_error(op));
}

static Status alter(ActionOperator *action) {
  Operator *op = &action->op;
  const ExecutionContext *context = &op->execution->context;
  const CatalogAlter *request = op->plan->alter.request;
  const CatalogEntry *entry;
  if (op->plan->alter.conversion) {
    TRY(catalog_find(context->catalog, context->arena, CATALOG_TABLE, request->name, true, &entry, context->error));
    if (entry && entry->kind == CATALOG_TABLE) {
      action->before = (const CatalogTable *)entry;
      TRY(open_old_rows(action));
    }
  }
  TRY(catalog_alter(context->catalog, context->arena, request, &entry, context->error));
  return action->scan && entry ? start_conversion(action, entry) : OK;
}

// The columns of the key that the statement is about to make over rows that are there; false: it makes none.
static Status new_key(ActionOperator *action, const CatalogTable **table, const uint32_t **columns, uint32_t *count) {
  const LogicalPlan *plan = action->op.plan;
  const ExecutionContext *context = &action->op.execution->context;
  const CatalogEntry *entry = NULL;
  *count = 0;
  CatalogName name = {0};
  if (plan->kind == LOGICAL_CREATE && plan->create.request->kind == CATALOG_INDEX) {
    const CatalogIndex *index = plan->create.request->index;
    name =
        (CatalogName){.database = index->entry.database_name, .schema = index->entry.schema, .name = index->entry.name};
    TRY(catalog_find(context->catalog, context->arena, CATALOG_INDEX, name, true, &entry, context->error));
    if (entry || !index->unique) return OK;
    name.name = index->table_name;
    *columns = index->columns;
    *count = index->column_count;
  } else if (plan->kind == LOGICAL_ALTER && plan->alter.request->action == ALTER_ADD_PRIMARY_KEY) {
    name = plan->alter.request->name;
    *columns = plan->alter.request->constraint.columns;
    *count = plan->alter.request->constraint.column_count;
  }
  if (!*count) return OK;
  TRY(catalog_find(context->catalog, context->arena, CATALOG_TABLE, name, true, &entry, context->error));
  if (!entry || entry->kind != CATALOG_TABLE) *count = 0;
  *table = (const CatalogTable *)entry;
  return OK;
}

// Looks through the rows for a new key, a step a turn, before the key is made: that finds them looked through. Whatever is wrong with
// the statement or the rows, the making says.
static Status prepare_key(ActionOperator *action, bool *done) {
  const ExecutionContext *context = &action->op.execution->context;
  const CatalogTable *table = NULL;
  const uint32_t *columns = NULL;
  uint32_t ids[KEY_COLUMNS];
  StoreStep step;
  TableKey key = {.column_ids = ids};
  *done = true;
  TRY(new_key(action, &table, &columns, &key.column_count));
  if (!key.column_count || key.column_count > KEY_COLUMNS) return OK;
  for (uint32_t i = 0; i < key.column_count; i++) {
    if (columns[i] >= table->column_count || table->columns[columns[i]].generated_sql.data) return OK;
    ids[i] = table->columns[columns[i]].id;
  }
  Transaction *transaction = catalog_transaction(context->catalog, &table->entry);
  Status status = table_prepare_key(transaction, table->store_table, &key, &step, context->error);
  *done = step == STORE_DONE || status == ERROR_CONSTRAINT;
  return status == ERROR_CONSTRAINT ? OK : status;
}

static Status act(ActionOperator *action) {
  const LogicalPlan *plan = action->op.plan;
  const ExecutionContext *context = &action->op.execution->context;
  const CatalogEntry *entry;
  bool created;
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_CREATE:
      return catalog_create(context->catalog, context->arena, plan->create.request, &created, &entry, context->error);
    case LOGICAL_DROP:
      return catalog_drop(context->catalog, plan->drop.request, context->error);
    case LOGICAL_ALTER:
      return alter(action);
    default:
      return error_set(context->error, ERROR_NOT_IMPLEMENTED, -1, "%s is not supported yet",
                       logical_kind_name(plan->kind));
  }
}

static Status action_produce(Operator *op, SourceTurn *turn) {
  ActionOperator *action = self_of(op);
  *turn = SOURCE_NOTHING_YET;
  bool done = true;
  if (!action->done) {
    TRY(prepare_key(action, &done));
    if (!done) return OK;
    action->done = true;
    return act(action);
  }
  if (action->scan && action->after) TRY(convert_chunk(action, &done));
  if (done) *turn = SOURCE_END;
  return OK;
}

static void action_close(Operator *op) {
  ActionOperator *action = self_of(op);
  scan_close(action->scan);
  expressions_close(&action->conversion, op);
  chunk_free(&action->rows);
  chunk_free(&action->values);
}

static const OperatorClass action_class = {.name = "CATALOG", .produce = action_produce, .close = action_close};

Status make_action(Execution *execution, const LogicalPlan *plan, Operator **out) {
  ActionOperator *action;
  TRY(operator_make(execution, &action_class, plan, sizeof *action, &action));
  *out = &action->op;
  return OK;
}
