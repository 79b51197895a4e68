// SPDX-License-Identifier: MIT
//
// actions.c: statements about the session itself: SET, RESET, BEGIN, COMMIT, ROLLBACK, CHECKPOINT, PREPARE, EXECUTE, DEALLOCATE, ATTACH, DETACH.
// Rows and storage are exec/'s.
#include "api/api.h"
#include "func/func.h"

static Error *error_of(smew_statement *statement) { return &statement->session->report.error; }

// A statement that has done all it had to.
static void finish(smew_statement *statement) {
  statement_stop(statement);
  statement->state = STATE_DONE;
}

// ---------------------------------------------------------------------------------------------------------------------
// SET
// ---------------------------------------------------------------------------------------------------------------------

// SET x = (SELECT …): the plan's one value.
static Status value_of_query(smew_statement *statement, const LogicalPlan *plan, Value *value) {
  smew_session *session = statement->session;
  Execution *execution = NULL;
  ExecutionTurn turn = EXECUTION_YIELD;
  ExecutionContext context = {.memory = &session->database->memory,
                              .arena = &statement->arena,
                              .error = error_of(statement),
                              .facts = &session->facts,
                              .host = session->database->host,
                              .catalog = session->catalog,
                              .transaction = statement->transaction ? statement->transaction : session->transaction,
                              .parameters = statement->run_values};
  *value = value_null(plan->columns[0].type);
  Status status = execution_open(&context, plan, &execution);
  while (status == OK && turn != EXECUTION_DONE) {
    const Chunk *chunk;
    status = execution_step(execution, &turn, &chunk);
    if (status == OK && turn == EXECUTION_WAITING) host_poll(session->database->host, -1);
    if (status == OK && turn == EXECUTION_CHUNK) {
      status = vector_get_value(&chunk->columns[0], 0, &statement->arena, value, error_of(statement));
    }
  }
  execution_close(execution);
  return status;
}

static Status set_variable(smew_session *session, Str name, const Value *value, Error *error) {
  Setting **link = &session->variables;
  while (*link && !str_equal_nocase((*link)->name, name)) link = &(*link)->next;
  if (!value) {
    if (*link) *link = (*link)->next;
    return OK;
  }
  // Complete before it is seen: memory may end on the way.
  Value kept;
  TRY(value_copy(&session->arena, error, *value, &kept));
  if (!*link) {
    Setting *fresh;
    ARENA_NEW(&session->arena, error, fresh);
    TRY(str_copy(&session->arena, error, name, &fresh->name));
    *link = fresh;
  }
  (*link)->value = kept;
  return OK;
}

static Status act_set(smew_statement *statement, const LogicalPlan *root) {
  smew_session *session = statement->session;
  const SetNode *node = &root->set;
  EvalContext eval = {.error = error_of(statement),
                      .memory = &session->database->memory,
                      .facts = &session->facts,
                      .scratch = &statement->arena};
  Value value;
  const Value *given = NULL;
  if (root->child_count) {
    TRY(value_of_query(statement, root->children[0], &value));
    given = &value;
  } else if (node->value) {
    TRY(expr_evaluate_constant(&eval, &statement->arena, node->value, statement->run_values, &value));
    given = &value;
  }
  if (node->scope == SET_VARIABLE) {
    TRY(set_variable(session, node->name, given, error_of(statement)));
  } else {
    TRY(settings_set(session, node->name, node->reset ? NULL : given, node->pragma, node->scope, error_of(statement)));
  }
  finish(statement);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Transactions
// ---------------------------------------------------------------------------------------------------------------------

static Status act_transaction(smew_statement *statement, const LogicalPlan *root) {
  smew_session *session = statement->session;
  Error *error = error_of(statement);
  StoreStep step = STORE_MORE;
  switch ((TransactionAction)root->transaction.action) {
    case TRANSACTION_BEGIN:
      TRY(session_begin(session, root->transaction.read_only, error));
      break;
    case TRANSACTION_ROLLBACK:
      if (!session->transaction)
        return error_set(error, ERROR_TRANSACTION, -1, "cannot rollback - no transaction is active");
      session_end_transaction(session);
      break;
    case TRANSACTION_COMMIT: {
      if (!session->transaction)
        return error_set(error, ERROR_TRANSACTION, -1, "cannot commit - no transaction is active");
      if (session->aborted) { // nothing of it is left
        session_end_transaction(session);
        break;
      }
      CommitOrigin origin = {.request = ++session->next_request, .sql = statement->sql};
      memcpy(origin.session, session->identity, sizeof origin.session);
      TRY(transaction_commit_begin(session->temporary_transaction, NULL, error));
      while (step != STORE_DONE) TRY(transaction_commit_step(session->temporary_transaction, &step, error));
      TRY(attached_writer(session, session->attached, session->transaction, &statement->committed, error));
      TRY(transaction_commit_begin(statement->committed, &origin, error));
      statement->state = STATE_COMMIT;
      return OK;
    }
  }
  finish(statement);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Prepared names
// ---------------------------------------------------------------------------------------------------------------------

static PreparedName **find_prepared(smew_session *session, Str name) {
  PreparedName **link = &session->prepared;
  while (*link && !str_equal_nocase((*link)->name, name)) link = &(*link)->next;
  return link;
}

static Status act_prepare(smew_statement *statement, const LogicalPlan *root) {
  smew_session *session = statement->session;
  Error *error = error_of(statement);
  PreparedName **link = find_prepared(session, root->prepared.name);
  if (!*link) {
    ARENA_NEW(&session->arena, error, *link);
    TRY(str_copy(&session->arena, error, root->prepared.name, &(*link)->name));
  }
  TRY(str_copy(&session->arena, error, root->prepared.text, &(*link)->sql));
  finish(statement);
  return OK;
}

static Status act_deallocate(smew_statement *statement, const LogicalPlan *root) {
  smew_session *session = statement->session;
  if (!root->prepared.name.length) {
    session->prepared = NULL;
  } else {
    PreparedName **link = find_prepared(session, root->prepared.name);
    if (*link) *link = (*link)->next;
  }
  finish(statement);
  return OK;
}

// The prepared statement takes the place of EXECUTE: its tree, its text, and the arguments as parameters. Where it wants facts of files or answers the
// whole EXECUTE is planned again when they are there.
static Status act_execute(smew_statement *statement, const LogicalPlan *root, bool *handled) {
  smew_session *session = statement->session;
  Error *error = error_of(statement);
  const PreparedNode *node = &root->prepared;
  PreparedName *prepared = *find_prepared(session, node->name);
  SqlScript script = {0};
  if (!prepared) {
    return error_set(error, ERROR_BINDER, -1, "Prepared statement \"%.*s\" does not exist", STR_ARG(node->name));
  }
  TRY(sql_parse(&statement->arena, prepared->sql, SQL_OPTIONS_DEFAULT, &script, error));
  if (script.count != 1) return error_set(error, ERROR_INTERNAL, -1, "a prepared statement is not one statement");
  const SqlParameterList *parameters = &script.items[0]->parameters;
  Value *values;
  bool *bound;
  const char **names;
  ARENA_NEW_ARRAY(&statement->arena, error, values, parameters->count);
  ARENA_NEW_ARRAY(&statement->arena, error, bound, parameters->count);
  ARENA_NEW_ARRAY(&statement->arena, error, names, parameters->count);
  uint32_t given = 0;
  for (uint32_t i = 0; i < parameters->count; i++) {
    Str copy;
    TRY(str_copy(&statement->arena, error, parameters->items[i].name, &copy));
    names[i] = copy.data;
    for (uint32_t a = 0; a < node->argument_count; a++) {
      char digits[NUMBER_TEXT_CAPACITY];
      Str name = node->arguments[a].name;
      if (!name.length) name = (Str){digits, number_write_u64(digits, a + 1)};
      if (!str_equal_nocase(name, copy)) continue;
      values[i] = node->arguments[a].value;
      bound[i] = true;
      given++;
    }
    if (!bound[i]) {
      return error_set(error, ERROR_INVALID_INPUT, -1,
                       "Values were not provided for the following prepared statement parameters: %s", names[i]);
    }
  }
  if (given < node->argument_count) {
    return error_set(error, ERROR_INVALID_INPUT, -1,
                     "Parameter argument/count mismatch, identifiers of the excess parameters: %u", given + 1);
  }
  PlanContext context = {.arena = &statement->arena,
                         .error = error,
                         .facts = &session->facts,
                         .catalog = session->catalog,
                         .library = session->facts.library,
                         .files = statement->files,
                         .parameter_values = values,
                         .parameter_value_count = parameters->count,
                         .answers = statement->answers,
                         .answer_count = statement->answer_count,
                         .sql = prepared->sql,
                         .optimize = true};
  Str *plan_names;
  ARENA_NEW_ARRAY(&statement->arena, error, plan_names, parameters->count);
  for (uint32_t i = 0; i < parameters->count; i++) plan_names[i] = str_from(names[i]);
  context.parameter_names = plan_names;
  TRY(plan_statement(&context, script.items[0], &statement->planned));
  *handled = statement->planned.wants_files || statement->planned.wants_answer;
  if (*handled) return statement_seek(statement);
  Value *run_values;
  ARENA_NEW_ARRAY(&statement->arena, error, run_values, statement->planned.parameter_count);
  for (uint32_t i = 0; i < statement->planned.parameter_count; i++) {
    const PlanParameter *parameter = &statement->planned.parameters[i];
    for (uint32_t k = 0; k < parameters->count; k++) {
      if (!str_equal_nocase(plan_names[k], parameter->name)) continue;
      run_values[i] = values[k];
      bool typed =
          parameter->type.id != TYPE_UNKNOWN && parameter->type.id != TYPE_NULL && parameter->type.id != TYPE_ANY;
      if (typed) TRY(value_cast(&statement->arena, &values[k], parameter->type, &run_values[i], error));
    }
  }
  statement->run_values = run_values;
  if (statement->planned.returns == RETURN_ROWS) statement->kind = SMEW_KIND_QUERY;
  if (statement->planned.returns == RETURN_CHANGED_COUNT) statement->kind = SMEW_KIND_CHANGES;
  return result_describe(statement);
}

// What EXECUTE would run is planned and explained.
static Status act_explain(smew_statement *statement, LogicalPlan *execute, bool *handled) {
  PlannedStatement explained = statement->planned;
  *handled = false;
  TRY(act_execute(statement, execute, handled));
  if (*handled) return OK;
  LogicalPlan *explain = explained.root;
  PlannedStatement *planned = &statement->planned;
  if (explain->explain.analyze) {
    explain->children[0] = planned->root;
  } else {
    ARENA_NEW_ARRAY(&statement->arena, error_of(statement), execute->children, 1);
    execute->children[0] = planned->root;
    execute->child_count = 1;
  }
  explained.parameters = planned->parameters;
  explained.parameter_count = planned->parameter_count;
  *planned = explained;
  statement->kind = SMEW_KIND_EXPLAIN;
  return result_describe(statement);
}

// ---------------------------------------------------------------------------------------------------------------------
// The rest
// ---------------------------------------------------------------------------------------------------------------------

static Status act_checkpoint(smew_statement *statement, const LogicalPlan *root) {
  smew_session *session = statement->session;
  Str name = root->attach.name;
  statement->checkpointed = session->database->store;
  if (!name.length) name = catalog_current_database(session->catalog);
  uint32_t index;
  if (!catalog_find_database(session->catalog, name, &index)) {
    return error_set(error_of(statement), ERROR_BINDER, -1, "Catalog \"%.*s\" does not exist!", STR_ARG(name));
  }
  for (const Attached *attached = session->database->attached; attached; attached = attached->next) {
    if (str_equal_nocase(attached->name, name)) statement->checkpointed = attached->store;
  }
  if (session->transaction) {
    return error_set(error_of(statement), ERROR_TRANSACTION, -1,
                     "Cannot CHECKPOINT: the current transaction has been started for this database");
  }
  TRY(store_checkpoint_begin(statement->checkpointed, error_of(statement)));
  statement->state = STATE_CHECKPOINT;
  return OK;
}

Status statement_act(smew_statement *statement, const LogicalPlan *root, bool *handled) {
  *handled = true;
  switch ((LogicalKind)root->kind) {
    case LOGICAL_SET:
      return act_set(statement, root);
    case LOGICAL_TRANSACTION:
      return act_transaction(statement, root);
    case LOGICAL_CHECKPOINT:
      return act_checkpoint(statement, root);
    case LOGICAL_PREPARE:
      return act_prepare(statement, root);
    case LOGICAL_DEALLOCATE:
      return act_deallocate(statement, root);
    case LOGICAL_EXECUTE:
      *handled = false;
      TRY(act_execute(statement, root, handled));
      if (*handled) return OK;
      return statement_act(statement, statement->planned.root, handled);
    case LOGICAL_EXPLAIN:
      *handled = false;
      return root->children[0]->kind == LOGICAL_EXECUTE ? act_explain(statement, root->children[0], handled) : OK;
    case LOGICAL_ATTACH:
      return attach_begin(statement, &root->attach);
    case LOGICAL_DETACH:
      return detach_begin(statement, &root->attach);
    default:
      *handled = false;
      return OK;
  }
}
