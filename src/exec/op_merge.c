// SPDX-License-Identifier: MIT
//
// op_merge.c: MERGE INTO: each joined row is changed by the first action of its kind whose condition holds.
//
// The input (MergeNode): the row of the target, its row id, whether a source row is there, marks of referring rows, and what the actions read. Several source rows
// may change the same target row: the last that comes has its way.
#include "exec/change.h"

typedef struct ActionState {
  Evaluator *condition; // NULL: always
  Expressions values;   // UPDATE: of the columns that are set; INSERT: a row; ERROR: the message
  uint32_t *ids;        // UPDATE: of the columns that are set
  Chunk set;            // UPDATE: their values
} ActionState;

typedef struct MergeOperator {
  ChangeOperator change; // first
  ActionState *actions;  // [action_count]
  Chunk rest;            // rows of the input that are still without an action
  Chunk chosen;          // those that the present action takes
  Chunk row;             // whole rows as they will be
  Chunk returned;        // … with the name of the action
} MergeOperator;

static MergeOperator *self_of(Operator *op) { return (MergeOperator *)op; }

static Status return_rows(MergeOperator *merge, const Chunk *rows, const char *action) {
  ChangeOperator *change = &merge->change;
  Error *error = op_error(&change->op);
  if (!change->returning || !rows->row_count) return OK;
  Vector *name = &merge->returned.columns[change->stored_count];
  for (uint32_t i = 0; i < change->stored_count; i++) vector_borrow(&merge->returned.columns[i], &rows->columns[i]);
  TRY(vector_reset(name, error));
  TRY(vector_set_string(name, 0, str_from(action), error));
  vector_set_constant(name);
  merge->returned.row_count = rows->row_count;
  return row_buffer_append(&change->returned, &merge->returned, error);
}

// --- Actions, over `chosen`

static bool sets_reference(const MergeAction *action, const PlanReference *reference) {
  for (uint32_t i = 0; i < action->set_count; i++) {
    for (uint32_t k = 0; k < reference->column_count; k++) {
      if (action->set_columns[i] == reference->columns[k]) return true;
    }
  }
  return false;
}

static Status check_referenced(MergeOperator *merge, const MergeAction *action, const int64_t *row_ids) {
  const MergeNode *node = &merge->change.op.plan->merge;
  uint32_t first = merge->change.stored_count + 2;
  for (uint32_t i = 0; i < node->reference_count; i++) {
    if (action->kind == MERGE_UPDATE && !sets_reference(action, &node->references[i])) continue;
    TRY(change_check_references(&merge->change, &node->references[i], 1, &merge->chosen, first + i, row_ids));
  }
  return OK;
}

// Rows with different ids, in runs: a row that comes again begins another.
static uint32_t different_run(const int64_t *row_ids, uint32_t from, uint32_t count) {
  for (uint32_t i = from + 1; i < count; i++) {
    for (uint32_t k = from; k < i; k++) {
      if (row_ids[k] == row_ids[i]) return i - from;
    }
  }
  return count - from;
}

static bool ascending(const int64_t *row_ids, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    if (row_ids[i] <= row_ids[i - 1]) return false;
  }
  return true;
}

static Status update_rows(MergeOperator *merge, const MergeAction *action, ActionState *state) {
  ChangeOperator *change = &merge->change;
  Error *error = op_error(&change->op);
  uint32_t count = merge->chosen.row_count;
  int64_t row_ids[VECTOR_CAPACITY];
  uint32_t selection[VECTOR_CAPACITY];
  change_row_ids(&merge->chosen.columns[change->stored_count], count, row_ids);
  TRY(check_referenced(merge, action, row_ids));
  TRY(expressions_run(&state->values, &merge->chosen));
  for (uint32_t i = 0; i < change->stored_count; i++) vector_borrow(&merge->row.columns[i], &merge->chosen.columns[i]);
  for (uint32_t i = 0; i < action->set_count; i++)
    vector_borrow(&merge->row.columns[change->positions[action->set_columns[i]]], &state->values.results[i]);
  merge->row.row_count = count;
  TRY(change_check(change, &merge->row, action->set_columns, action->set_count));
  bool different = ascending(row_ids, count);
  for (uint32_t from = 0; from < count;) {
    uint32_t run = different ? count : different_run(row_ids, from, count);
    for (uint32_t i = 0; i < run; i++) selection[i] = from + i;
    for (uint32_t i = 0; i < action->set_count; i++)
      TRY(vector_slice(&state->set.columns[i], &state->values.results[i], selection, run, error));
    state->set.row_count = run;
    Status status = table_update(change->transaction, change->table->store_table, row_ids + from, run, state->ids,
                                 action->set_count, &state->set, error);
    TRY(change_duplicate_error(change, status));
    from += run;
  }
  change->changed += count;
  return return_rows(merge, &merge->row, "UPDATE");
}

static Status delete_rows(MergeOperator *merge, const MergeAction *action) {
  ChangeOperator *change = &merge->change;
  int64_t row_ids[VECTOR_CAPACITY];
  uint64_t deleted;
  uint32_t count = merge->chosen.row_count;
  change_row_ids(&merge->chosen.columns[change->stored_count], count, row_ids);
  TRY(check_referenced(merge, action, row_ids));
  TRY(table_delete(change->transaction, change->table->store_table, row_ids, count, &deleted, op_error(&change->op)));
  change->changed += deleted;
  return return_rows(merge, &merge->chosen, "DELETE");
}

static Status insert_rows(MergeOperator *merge, ActionState *state) {
  ChangeOperator *change = &merge->change;
  TRY(expressions_run(&state->values, &merge->chosen));
  for (uint32_t i = 0; i < change->stored_count; i++) vector_borrow(&merge->row.columns[i], &state->values.results[i]);
  merge->row.row_count = merge->chosen.row_count;
  TRY(change_check(change, &merge->row, NULL, 0));
  bool returning = change->returning;
  change->returning = false; // with the action's name, below
  Status status = change_append(change, &merge->row, NULL);
  change->returning = returning;
  TRY(status);
  return return_rows(merge, &merge->row, "INSERT");
}

static Status raise_error(MergeOperator *merge, const MergeAction *action, ActionState *state) {
  static const char *const kinds[] = {
      [MERGE_MATCHED] = "MATCHED",
      [MERGE_NOT_MATCHED_BY_SOURCE] = "NOT MATCHED BY SOURCE",
      [MERGE_NOT_MATCHED] = "NOT MATCHED",
  };
  Error *error = op_error(&merge->change.op);
  if (!action->value_count)
    return error_set(error, ERROR_CONSTRAINT, -1, "Merge error condition WHEN %s", kinds[action->match]);
  Value message;
  TRY(expressions_run(&state->values, &merge->chosen));
  TRY(vector_get_value(&state->values.results[0], 0, op_arena(&merge->change.op), &message, error));
  return error_set(error, ERROR_CONSTRAINT, -1, "Merge error condition WHEN %s: %.*s", kinds[action->match],
                   STR_ARG(message.is_null ? STR("NULL") : message.text));
}

static Status act(MergeOperator *merge, const MergeAction *action, ActionState *state) {
  switch ((MergeKind)action->kind) {
    case MERGE_UPDATE:
      return update_rows(merge, action, state);
    case MERGE_DELETE:
      return delete_rows(merge, action);
    case MERGE_INSERT:
      return insert_rows(merge, state);
    case MERGE_ERROR:
      return raise_error(merge, action, state);
    case MERGE_NOTHING:
      return OK;
  }
  return OK;
}

// --- Which rows an action takes

static MergeMatch match_of(const VectorView *row_id, const VectorView *source, uint32_t row) {
  if (!view_valid(row_id, view_row(row_id, row))) return MERGE_NOT_MATCHED;
  return view_valid(source, view_row(source, row)) ? MERGE_MATCHED : MERGE_NOT_MATCHED_BY_SOURCE;
}

// pending[0..count): rows of the input of this kind of match. Those that an action takes leave the list.
static Status act_on(MergeOperator *merge, const Chunk *input, uint32_t number, uint32_t *pending, uint32_t *count) {
  const MergeAction *action = &merge->change.op.plan->merge.actions[number];
  ActionState *state = &merge->actions[number];
  Error *error = op_error(&merge->change.op);
  uint32_t chosen[VECTOR_CAPACITY];
  uint32_t selected[VECTOR_CAPACITY];
  uint32_t chosen_count = *count;
  if (!*count) return OK;
  if (state->condition) {
    TRY(chunk_slice(&merge->rest, input, pending, *count, error));
    TRY(evaluator_select(state->condition, &merge->rest, selected, &chosen_count));
    uint32_t kept = 0;
    for (uint32_t i = 0, k = 0; i < *count; i++) {
      if (k < chosen_count && selected[k] == i) {
        chosen[k++] = pending[i];
      } else {
        pending[kept++] = pending[i];
      }
    }
    *count = kept;
  } else {
    memcpy(chosen, pending, sizeof *chosen * chosen_count);
    *count = 0;
  }
  if (!chosen_count) return OK;
  TRY(chunk_slice(&merge->chosen, input, chosen, chosen_count, error));
  return act(merge, action, state);
}

static Status merge_consume(Operator *op, const Chunk *input, bool *more) {
  MergeOperator *merge = self_of(op);
  TRY(change_prepare_keys(&merge->change, NULL, 0, more));
  if (!*more) TRY(change_settle_appends(&merge->change, more));
  if (*more) return OK;
  const MergeNode *node = &op->plan->merge;
  uint32_t pending[VECTOR_CAPACITY];
  VectorView row_id, source;
  vector_view(&input->columns[merge->change.stored_count], &row_id);
  vector_view(&input->columns[merge->change.stored_count + 1], &source);
  for (uint32_t match = MERGE_MATCHED; match <= MERGE_NOT_MATCHED; match++) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < input->row_count; i++) {
      if (match_of(&row_id, &source, i) == match) pending[count++] = i;
    }
    for (uint32_t a = 0; a < node->action_count && count; a++) {
      if (node->actions[a].match == match) TRY(act_on(merge, input, a, pending, &count));
    }
  }
  return OK;
}

static Status merge_finish(Operator *op, bool *done) { return change_check_keys_step((ChangeOperator *)op, done); }

static void merge_close(Operator *op) {
  MergeOperator *merge = self_of(op);
  for (uint32_t i = 0; merge->actions && i < op->plan->merge.action_count; i++) {
    ActionState *state = &merge->actions[i];
    if (state->condition) evaluator_close(state->condition);
    expressions_close(&state->values, op);
    chunk_free(&state->set);
  }
  chunk_free(&merge->rest);
  chunk_free(&merge->chosen);
  chunk_free(&merge->row);
  chunk_free(&merge->returned);
  change_close(&merge->change);
}

static const OperatorClass merge_class = {.name = "MERGE_INTO",
                                          .whole_chunks = true,
                                          .consume = merge_consume,
                                          .finish = merge_finish,
                                          .produce = change_produce,
                                          .close = merge_close};

static Status open_action(MergeOperator *merge, const MergeAction *action, ActionState *state) {
  ChangeOperator *change = &merge->change;
  const ExecutionContext *context = &change->op.execution->context;
  if (action->condition) {
    Program *program;
    Expr *condition = action->condition;
    TRY(program_compile_filter(context->arena, context->error, condition, &program));
    TRY(evaluator_open(&state->condition, program, context->parameters, &change->op.execution->eval));
  }
  if (action->value_count) TRY(expressions_open(&state->values, &change->op, action->values, action->value_count));
  if (action->kind != MERGE_UPDATE) return OK;
  Type *types;
  ARENA_NEW_ARRAY(context->arena, context->error, types, action->set_count);
  ARENA_NEW_ARRAY(context->arena, context->error, state->ids, action->set_count);
  for (uint32_t i = 0; i < action->set_count; i++) {
    const CatalogColumn *column = &change->table->columns[action->set_columns[i]];
    types[i] = column->type;
    state->ids[i] = column->id;
  }
  return chunk_init(&state->set, context->memory, types, action->set_count, context->error);
}

Status make_merge(Execution *execution, const LogicalPlan *plan, Operator **out) {
  MergeOperator *merge;
  const ExecutionContext *context = &execution->context;
  const MergeNode *node = &plan->merge;
  const Type *input_types;
  Type *returned_types;
  const LogicalPlan *child = plan->children[0];
  TRY(change_make(execution, &merge_class, plan, sizeof *merge, node->returning, &merge));
  *out = &merge->change.op;
  TRY(change_open(&merge->change, node->table, &node->constraints));
  TRY(plan_types(execution, child, &input_types));
  uint32_t width = merge->change.stored_count;
  TRY(chunk_init(&merge->rest, context->memory, input_types, child->column_count, context->error));
  TRY(chunk_init(&merge->chosen, context->memory, input_types, child->column_count, context->error));
  TRY(chunk_init(&merge->row, context->memory, merge->change.types, width, context->error));
  ARENA_NEW_ARRAY(context->arena, context->error, returned_types, width + 1);
  memcpy(returned_types, merge->change.types, sizeof *returned_types * width);
  returned_types[width] = TYPE(VARCHAR);
  TRY(chunk_init(&merge->returned, context->memory, returned_types, width + 1, context->error));
  ARENA_NEW_ARRAY(context->arena, context->error, merge->actions, node->action_count);
  for (uint32_t i = 0; i < node->action_count; i++) TRY(open_action(merge, &node->actions[i], &merge->actions[i]));
  return OK;
}
