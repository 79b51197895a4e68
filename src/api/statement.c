// SPDX-License-Identifier: MIT
//
// statement.c: a statement's life: prepare, plan (waiting for facts of files where a binding needs them), run in slices, commit.
//
//   NEW ── begin ──> PLAN <──> FACTS
//                     │
//                   FINISH          passes over the plan; long statements are planned in several slices
//                     │
//                     ├── session actions (actions.c) ──> COMMIT, CHECKPOINT or DONE
//                     └── RUN ── chunks … ──> COMMIT (its own transaction) ──> DONE
//
// Any error ends in FAILED: the run is closed, its own transaction rolled back; a transaction begun by hand is marked as aborted, as in DuckDB.
#include "api/api.h"
#include "func/func.h"

// ---------------------------------------------------------------------------------------------------------------------
// Prepare
// ---------------------------------------------------------------------------------------------------------------------

static smew_kind kind_of_tree(const SqlStatement *tree) {
  switch (tree->kind) {
    case SQL_STATEMENT_INSERT:
    case SQL_STATEMENT_UPDATE:
    case SQL_STATEMENT_DELETE:
    case SQL_STATEMENT_COPY:
      return SMEW_KIND_CHANGES;
    case SQL_STATEMENT_EXPLAIN:
      return SMEW_KIND_EXPLAIN;
    case SQL_STATEMENT_SELECT:
    case SQL_STATEMENT_CALL:
      return SMEW_KIND_QUERY;
    default:
      return SMEW_KIND_NOTHING;
  }
}

// Numbers in their order, however they appear in the text; names stay in the order of appearance.
static bool stands_behind(const char *left, const char *right) {
  size_t left_length = strlen(left);
  size_t right_length = strlen(right);
  if (!(left[0] >= '0' && left[0] <= '9' && right[0] >= '0' && right[0] <= '9')) return false;
  return left_length != right_length ? left_length > right_length : memcmp(left, right, left_length) > 0;
}

// PREPARE keeps its statement for later: what it lacks now is given to EXECUTE.
static Status find_parameters(smew_statement *statement, Error *error) {
  const SqlParameterList *parameters = &statement->tree->parameters;
  const SqlStatement *tree = statement->tree;
  if (tree->kind == SQL_STATEMENT_EXPLAIN) tree = tree->explain.statement;
  if (tree->kind == SQL_STATEMENT_PREPARE) return OK;
  statement->parameter_count = parameters->count;
  ARENA_NEW_ARRAY(&statement->lasting, error, statement->parameter_names, parameters->count);
  ARENA_NEW_ARRAY(&statement->lasting, error, statement->parameter_values, parameters->count);
  ARENA_NEW_ARRAY(&statement->lasting, error, statement->parameter_bound, parameters->count);
  for (uint32_t i = 0; i < parameters->count; i++) {
    Str copy;
    TRY(str_copy(&statement->lasting, error, parameters->items[i].name, &copy));
    uint32_t at = i;
    for (; at > 0 && stands_behind(statement->parameter_names[at - 1], copy.data); at--) {
      statement->parameter_names[at] = statement->parameter_names[at - 1];
    }
    statement->parameter_names[at] = copy.data;
  }
  return OK;
}

static SqlOptions parse_options(smew_session *session) {
  Value depth;
  SqlOptions options = SQL_OPTIONS_DEFAULT;
  if (settings_get(session, STR("max_expression_depth"), &depth)) options.max_depth = (uint32_t)MAX_OF(depth.i64, 1);
  options.integer_division = settings_boolean(session, "integer_division");
  options.preserve_identifier_case = settings_boolean(session, "preserve_identifier_case");
  return options;
}

static Status parse_first(smew_statement *statement, Str text, size_t *end) {
  Error *error = &statement->session->report.error;
  SqlScript script = {0};
  size_t bad;
  *end = sql_first_end(text);
  if (!utf8_valid((Str){text.data, *end}, &bad))
    return error_set(error, ERROR_INVALID_INPUT, -1,
                     "Invalid unicode (byte sequence mismatch) detected at byte %zu of the statement", bad);
  TRY(str_copy(&statement->lasting, error, (Str){text.data, *end}, &statement->sql));
  TRY(sql_parse(&statement->lasting, statement->sql, parse_options(statement->session), &script, error));
  if (!script.count) return OK;
  statement->tree = script.items[0];
  statement->kind = kind_of_tree(statement->tree);
  return find_parameters(statement, error);
}

smew_status smew_prepare(smew_session *session, const char *sql, size_t length, smew_statement **out,
                         const char **tail) {
  if (!session || !sql || !out) return SMEW_MISUSE;
  Str text = {sql, length == SMEW_ALL ? strlen(sql) : length};
  Memory *memory = &session->database->memory;
  size_t end = text.length;
  *out = NULL;
  if (tail) *tail = sql + text.length;
  error_report_clear(&session->report);
  smew_statement *statement = memory_allocate_zeroed(memory, sizeof *statement);
  if (!statement) {
    return error_report_fill(&session->report, ERROR_NO_MEMORY, (Str){0});
  }
  statement->session = session;
  arena_init(&statement->lasting, memory);
  arena_init(&statement->arena, memory);
  arena_init(&statement->chunk_arena, memory);
  statement->next = session->statements;
  session->statements = statement;
  Status status = parse_first(statement, text, &end);
  if (tail) *tail = sql + end;
  if (status != OK) {
    error_report_fill(&session->report, status, statement->sql);
    smew_finalize(statement);
    return SMEW_ERROR;
  }
  if (!statement->tree) {
    smew_finalize(statement);
    return SMEW_OK;
  }
  *out = statement;
  return SMEW_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Begin and end of a run
// ---------------------------------------------------------------------------------------------------------------------

static Transaction *transaction_of(const smew_statement *statement) {
  return statement->transaction ? statement->transaction : statement->session->transaction;
}
static Transaction *temporary_of(const smew_statement *statement) {
  return statement->transaction ? statement->temporary_transaction : statement->session->temporary_transaction;
}

static AttachedTransaction **attached_of(smew_statement *statement) {
  return statement->transaction ? &statement->attached : &statement->session->attached;
}

static bool ends_transaction(const smew_statement *statement) {
  return statement->tree->kind == SQL_STATEMENT_TRANSACTION;
}

static Status begin(smew_statement *statement) {
  smew_session *session = statement->session;
  Error *error = &session->report.error;
  session->interrupted = false;
  statement->number = ++session->database->next_statement;
  bool any_bound = false;
  for (uint32_t i = 0; i < statement->parameter_count; i++) any_bound |= statement->parameter_bound[i];
  if (statement->parameter_count && !any_bound) {
    return error_set(error, ERROR_INVALID_INPUT, -1, "Expected %u parameters, but none were supplied",
                     statement->parameter_count);
  }
  for (uint32_t i = 0; i < statement->parameter_count; i++) {
    if (statement->parameter_bound[i]) continue;
    return error_set(error, ERROR_INVALID_INPUT, -1,
                     "Values were not provided for the following prepared statement parameters: %s",
                     statement->parameter_names[i]);
  }
  if (session->aborted && !ends_transaction(statement)) {
    return error_set(error, ERROR_TRANSACTION, -1, "Current transaction is aborted (please ROLLBACK)");
  }
  statement->files = knowledge_create(&session->database->memory);
  if (!statement->files) return error_no_memory(error);
  if (!session->transaction) {
    TRY(transaction_begin(session->database->store, session->database->read_only, &statement->transaction, error));
    TRY(transaction_begin(session->temporary, false, &statement->temporary_transaction, error));
    session->transaction_micros = host_wall_micros(session->database->host);
  }
  session->facts.transaction_micros = session->transaction_micros;
  session->facts.random.stream_count = 0;
  session->facts.statement_micros = host_wall_micros(session->database->host);
  statement->state = STATE_PLAN;
  return OK;
}

static void release_facts(smew_statement *statement) {
  Host *host = statement->session->database->host;
  for (uint32_t i = 0; i < statement->fact_count; i++) {
    if (!statement->fact_requests[i].request.done) host_cancel(host, &statement->fact_requests[i].request);
    request_release(host, &statement->fact_requests[i].request);
  }
  statement->fact_count = 0;
}

void statement_stop(smew_statement *statement) {
  result_release(statement);
  execution_close(statement->execution);
  statement->execution = NULL;
  release_facts(statement);
  attach_abandon(statement);
  knowledge_free(statement->files);
  statement->files = NULL;
  if (statement->session->viewed == statement->transaction) statement->session->viewed = NULL;
  transaction_free(statement->transaction);
  transaction_free(statement->temporary_transaction);
  statement->transaction = statement->temporary_transaction = statement->committed = NULL;
  attached_end(statement->session->database, &statement->attached);
}

smew_status smew_reset(smew_statement *statement) {
  if (!statement) return SMEW_MISUSE;
  statement_stop(statement);
  arrow_release(statement);
  arena_reset(&statement->arena);
  statement->planned = (PlannedStatement){0};
  statement->lists = (BoundLists){0};
  statement->answers = NULL;
  statement->answer_count = 0;
  statement->answering = false;
  statement->script = NULL;
  statement->column_types = NULL;
  statement->column_names = NULL;
  statement->changes = 0;
  statement->committing = false;
  statement->state = STATE_NEW;
  return SMEW_OK;
}

void smew_finalize(smew_statement *statement) {
  if (!statement) return;
  smew_session *session = statement->session;
  statement_stop(statement);
  arrow_release(statement);
  smew_statement **link = &session->statements;
  while (*link != statement) link = &(*link)->next;
  *link = statement->next;
  arena_free(&statement->chunk_arena);
  arena_free(&statement->arena);
  arena_free(&statement->lasting);
  memory_free(&session->database->memory, statement, sizeof *statement);
  memory_settle(&session->database->memory, SIZE_MAX);
}

// ADD COLUMN with a DEFAULT that is to be computed: several statements in DuckDB, all or none of which are carried out.
static bool runs_in_parts(const SqlStatement *tree) {
  const SqlAlter *alter = &tree->alter;
  return tree->kind == SQL_STATEMENT_ALTER && alter->action == SQL_ALTER_ADD_COLUMN && alter->column.default_value &&
         alter->column.default_value->kind != SQL_EXPR_LITERAL;
}

// DuckDB keeps a transaction usable after errors that were found before anything ran.
static bool aborts_transaction(const SqlStatement *tree, Status status) {
  bool found_before = status == ERROR_BINDER || status == ERROR_CATALOG || status == ERROR_PARSER ||
                      status == ERROR_SYNTAX || status == ERROR_PARAMETER;
  return !found_before || runs_in_parts(tree);
}

static smew_status fail(smew_statement *statement, Status status) {
  smew_session *session = statement->session;
  bool by_hand = session->transaction && !statement->transaction;
  // Where there was no memory to look, say for the common type of two others, nothing was found: that is not to be taken for an answer.
  if (statement->arena.refused || statement->lasting.refused) status = ERROR_NO_MEMORY;
  statement_stop(statement);
  statement->state = STATE_FAILED;
  if (by_hand && aborts_transaction(statement->tree, status)) session->aborted = true;
  return error_report_fill(&session->report, status, statement->sql);
}

// ---------------------------------------------------------------------------------------------------------------------
// Plan
// ---------------------------------------------------------------------------------------------------------------------

#define FACT_BYTES (UINT64_C(1) << 20) // fetched at once

static void request_fact(smew_statement *statement, FactRequest *fact) {
  fact->request = (Request){.kind = fact->wish.list ? REQUEST_LIST : REQUEST_FETCH,
                            .path = fact->wish.path,
                            .offset = fact->byte_count,
                            .length = MIN_OF(fact->wish.length - fact->byte_count, FACT_BYTES),
                            .statement = statement->number};
  host_submit(statement->session->database->host, &fact->request);
}

static Status start_facts(smew_statement *statement) {
  const FileWish *wishes;
  uint32_t count = knowledge_wishes(statement->files, &wishes);
  Error *error = &statement->session->report.error;
  statement->state = STATE_FACTS; // without wishes there is work to be done
  ARENA_NEW_ARRAY(&statement->arena, error, statement->fact_requests, count);
  for (uint32_t i = 0; i < count; i++) {
    statement->fact_requests[i].wish = wishes[i];
    statement->fact_count = i + 1;
    request_fact(statement, &statement->fact_requests[i]);
  }
  return OK;
}

static bool facts_open(const smew_statement *statement) {
  bool open = false;
  for (uint32_t i = 0; i < statement->fact_count; i++) open |= !statement->fact_requests[i].request.done;
  return open;
}

// Keeps a piece of a file. *more: the next has been asked for.
static Status add_piece(smew_statement *statement, FactRequest *fact, bool *more) {
  Request *request = &fact->request;
  if (!fact->bytes) {
    fact->wanted = MIN_OF(fact->wish.length, request->facts.size_bytes);
    fact->bytes = fact->wanted < SIZE_MAX ? arena_allocate(&statement->arena, (size_t)fact->wanted + 1) : NULL;
  }
  if (!fact->bytes) return error_no_memory(&statement->session->report.error);
  uint64_t count = MIN_OF(request->byte_count, fact->wanted - fact->byte_count);
  if (count) memcpy(fact->bytes + fact->byte_count, request->bytes, (size_t)count);
  fact->byte_count += count;
  *more = fact->byte_count < fact->wanted && request->byte_count == request->length;
  if (!*more) return OK;
  request_release(statement->session->database->host, request);
  request_fact(statement, fact);
  return OK;
}

static Status supply_fact(smew_statement *statement, FactRequest *fact) {
  Error *error = &statement->session->report.error;
  const Request *request = &fact->request;
  bool more = false;
  if (request->status == OK && !fact->wish.list) TRY(add_piece(statement, fact, &more));
  fact->supplied = !more;
  if (more) return OK;
  if (request->status != OK) return knowledge_supply_failure(statement->files, &fact->wish, &request->error, error);
  if (fact->wish.list)
    return knowledge_supply_list(statement->files, fact->wish.path, request->entries, request->entry_count, error);
  return knowledge_supply_bytes(statement->files, fact->wish.path, fact->wish.length,
                                (Str){fact->bytes, (size_t)fact->byte_count}, request->facts, error);
}

#define FACTS_NANOS 4000000 // of work in a slice

// A slice of the work that bindings have left. False: there is none.
static bool work_on_facts(smew_statement *statement) {
  Host *host = statement->session->database->host;
  int64_t start = host_monotonic_nanos(host);
  statement->activity = "PLAN";
  while (knowledge_work_step(statement->files)) {
    if (host_monotonic_nanos(host) - start >= FACTS_NANOS) return true;
  }
  return false;
}

static Status collect_facts(smew_statement *statement, bool *waiting) {
  bool complete = true;
  *waiting = facts_open(statement);
  if (*waiting) return OK;
  for (uint32_t i = 0; i < statement->fact_count; i++) {
    FactRequest *fact = &statement->fact_requests[i];
    if (!fact->supplied) TRY(supply_fact(statement, fact));
    complete &= fact->supplied;
  }
  if (!complete) return OK;
  release_facts(statement);
  if (!work_on_facts(statement)) statement->state = STATE_PLAN;
  return OK;
}

// Values for the plan's parameters, by name.
static Status arrange_values(smew_statement *statement) {
  Value *values;
  Error *error = &statement->session->report.error;
  ARENA_NEW_ARRAY(&statement->arena, error, values, statement->planned.parameter_count);
  for (uint32_t i = 0; i < statement->planned.parameter_count; i++) {
    const PlanParameter *parameter = &statement->planned.parameters[i];
    values[i] = value_null(parameter->type);
    for (uint32_t k = 0; k < statement->parameter_count; k++) {
      if (!str_equal_nocase(str_from(statement->parameter_names[k]), parameter->name)) continue;
      values[i] = statement->parameter_values[k];
      bool typed =
          parameter->type.id != TYPE_UNKNOWN && parameter->type.id != TYPE_NULL && parameter->type.id != TYPE_ANY;
      if (typed)
        TRY(value_cast(&statement->arena, &statement->parameter_values[k], parameter->type, &values[i], error));
    }
  }
  statement->run_values = values;
  return OK;
}

static Status open_run(smew_statement *statement) {
  smew_session *session = statement->session;
  smew_database *database = session->database;
  ExecutionContext context = {.memory = &database->memory,
                              .arena = &statement->arena,
                              .error = &session->report.error,
                              .facts = &session->facts,
                              .host = database->host,
                              .catalog = session->catalog,
                              .transaction = transaction_of(statement),
                              .parameters = statement->run_values,
                              .slice_chunks = database->hostile.slice_chunks,
                              .disguise = (VectorForm)database->hostile.vector_form};
  statement->state = STATE_RUN;
  return execution_open(&context, statement->planned.root, &statement->execution);
}

// An answer is a list of values that grows by doubling in the statement's arena.
static Status start_answer(smew_statement *statement) {
  PlanAnswer *answers;
  Error *error = &statement->session->report.error;
  ARENA_NEW_ARRAY(&statement->arena, error, answers, statement->answer_count + 1);
  if (statement->answer_count) memcpy(answers, statement->answers, sizeof *answers * statement->answer_count);
  answers[statement->answer_count].question = statement->planned.question;
  statement->answers = answers;
  statement->answer_capacity = 0;
  statement->answering = true;
  return open_run(statement);
}

static Status add_to_answer(smew_statement *statement, const Chunk *chunk) {
  Error *error = &statement->session->report.error;
  PlanAnswer *answer = &statement->answers[statement->answer_count];
  for (uint32_t i = 0; i < chunk->row_count; i++) {
    if (answer->count == statement->answer_capacity) {
      Value *values;
      statement->answer_capacity = MAX_OF(statement->answer_capacity * 2, 16u);
      ARENA_NEW_ARRAY(&statement->arena, error, values, statement->answer_capacity);
      if (answer->count) memcpy(values, answer->values, sizeof *values * answer->count);
      answer->values = values;
    }
    Value *slot = (Value *)(uintptr_t)&answer->values[answer->count];
    TRY(vector_get_value(&chunk->columns[0], i, &statement->arena, slot, error));
    answer->count++;
  }
  return OK;
}

static void end_answer(smew_statement *statement) {
  execution_close(statement->execution);
  statement->execution = NULL;
  statement->answering = false;
  statement->answer_count++;
  statement->state = STATE_PLAN;
}

Status statement_seek(smew_statement *statement) {
  return statement->planned.wants_files ? start_facts(statement) : start_answer(statement);
}

// What is planned now: the statement, or the next of those that it stands for.
static Status tree_to_plan(smew_statement *statement, const SqlStatement **tree, Str *sql) {
  Error *error = &statement->session->report.error;
  SqlScript script = {0};
  *tree = statement->tree;
  *sql = statement->sql;
  if (!statement->script) return OK;
  *sql = statement->script[statement->script_at];
  TRY(sql_parse(&statement->arena, *sql, parse_options(statement->session), &script, error));
  if (script.count != 1) return error_set(error, ERROR_INTERNAL, -1, "a part of a script is not one statement");
  *tree = script.items[0];
  return OK;
}

// A statement that stands for several was planned: its result is empty, and they are planned and run in its place.
static Status begin_script(smew_statement *statement) {
  statement->kind = SMEW_KIND_NOTHING;
  TRY(result_describe(statement));
  statement->script = statement->planned.script;
  statement->script_count = statement->planned.script_count;
  statement->script_at = 0;
  statement->script_database = statement->planned.script_database;
  statement->state = STATE_PLAN;
  return OK;
}

static Status bind(smew_statement *statement) {
  smew_session *session = statement->session;
  Error *error = &session->report.error;
  const SqlStatement *tree;
  PlanContext *context;
  Str *names, sql;
  TRY(tree_to_plan(statement, &tree, &sql));
  TRY(session_view(session, transaction_of(statement), temporary_of(statement), attached_of(statement), error));
  ARENA_NEW_ARRAY(&statement->arena, error, names, statement->parameter_count);
  for (uint32_t i = 0; i < statement->parameter_count; i++) names[i] = str_from(statement->parameter_names[i]);
  ARENA_NEW(&statement->arena, error, context);
  *context = (PlanContext){.arena = &statement->arena,
                           .error = error,
                           .facts = &session->facts,
                           .catalog = session->catalog,
                           .library = session->facts.library,
                           .files = statement->files,
                           .parameter_values = statement->parameter_count ? statement->parameter_values : NULL,
                           .parameter_names = names,
                           .parameter_value_count = statement->parameter_count,
                           .answers = statement->answers,
                           .answer_count = statement->answer_count,
                           .lists = statement->script ? NULL : &statement->lists,
                           .sql = sql,
                           .optimize = true};
  bool elsewhere = statement->script && statement->script_database.data;
  CatalogPlace last;
  if (elsewhere) catalog_enter_schema(session->catalog, statement->script_database, STR("main"), &last);
  Status status = plan_bind(context, tree, &statement->planned);
  if (elsewhere) catalog_leave_schema(session->catalog, &last);
  TRY(status);
  if (statement->planned.wants_files) return statement_seek(statement);
  if (statement->planned.wants_time) return OK;
  statement->state = STATE_FINISH;
  if (statement->planned.wants_answer || statement->script || statement->planned.script_count) return OK;
  if (statement->planned.returns == RETURN_ROWS)
    statement->kind = statement->kind == SMEW_KIND_EXPLAIN ? SMEW_KIND_EXPLAIN : SMEW_KIND_QUERY;
  if (statement->planned.returns == RETURN_CHANGED_COUNT) statement->kind = SMEW_KIND_CHANGES;
  if (statement->planned.returns == RETURN_NOTHING) statement->kind = SMEW_KIND_NOTHING;
  return result_describe(statement);
}

// What follows when the plan is finished.
static Status use_plan(smew_statement *statement) {
  if (statement->planned.wants_answer) return statement_seek(statement);
  if (statement->script) return open_run(statement);
  if (statement->planned.script_count) return begin_script(statement);
  TRY(arrange_values(statement));
  bool handled = false;
  TRY(statement_act(statement, statement->planned.root, &handled));
  return handled ? OK : open_run(statement);
}

// The next part of planning: facts that have come, binding, a pass over the plan, or what follows.
static Status plan_part(smew_statement *statement, bool *waiting) {
  bool done;
  if (statement->state == STATE_FACTS) return collect_facts(statement, waiting);
  statement->activity = "PLAN";
  if (statement->state == STATE_PLAN) return bind(statement);
  TRY(plan_finish_step(&statement->planned, &done));
  return done ? use_plan(statement) : OK;
}

static bool is_planning(const smew_statement *statement) {
  return statement->state == STATE_PLAN || statement->state == STATE_FINISH;
}

#define PLAN_NANOS 2000000 // after that much of it a slice ends with the part of planning that is under way

// *over: the slice is.
static Status plan_step(smew_statement *statement, bool *waiting, bool *over) {
  *over = statement->state == STATE_FACTS;
  if (!*over && !is_planning(statement)) return OK;
  Host *host = statement->session->database->host;
  int64_t start = host_monotonic_nanos(host);
  do {
    TRY(plan_part(statement, waiting));
    *over |= host_monotonic_nanos(host) - start >= PLAN_NANOS;
  } while (is_planning(statement) && !*over);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Run and commit
// ---------------------------------------------------------------------------------------------------------------------

static Status start_commit(smew_statement *statement) {
  smew_session *session = statement->session;
  Error *error = &session->report.error;
  CommitOrigin origin = {.request = ++session->next_request, .rows_changed = statement->changes, .sql = statement->sql};
  memcpy(origin.session, session->identity, sizeof origin.session);
  statement->state = STATE_COMMIT;
  statement->activity = "COMMIT";
  statement->committing = true;
  TRY(transaction_commit_begin(temporary_of(statement), NULL, error));
  StoreStep step = STORE_MORE;
  while (step != STORE_DONE) TRY(transaction_commit_step(temporary_of(statement), &step, error)); // memory: never waits
  TRY(attached_writer(session, statement->attached, statement->transaction, &statement->committed, error));
  return transaction_commit_begin(statement->committed, &origin, error);
}

static Status run(smew_statement *statement, ExecutionTurn *turn) {
  const Chunk *chunk;
  smew_session *session = statement->session;
  if (session->viewed != transaction_of(statement)) {
    TRY(session_view(session, transaction_of(statement), temporary_of(statement), attached_of(statement),
                     &session->report.error));
  }
  Status status = execution_step(statement->execution, turn, &chunk);
  statement->activity = execution_activity(statement->execution);
  if (status != OK) return status;
  if (statement->answering) {
    if (*turn == EXECUTION_CHUNK) TRY(add_to_answer(statement, chunk));
    if (*turn == EXECUTION_DONE) end_answer(statement);
    if (*turn != EXECUTION_WAITING) *turn = EXECUTION_YIELD;
    return OK;
  }
  if (statement->script) {
    if (*turn == EXECUTION_DONE && ++statement->script_at < statement->script_count) {
      execution_close(statement->execution);
      statement->execution = NULL;
      statement->state = STATE_PLAN;
    }
    if (*turn == EXECUTION_CHUNK || statement->state == STATE_PLAN) *turn = EXECUTION_YIELD;
  }
  if (*turn == EXECUTION_CHUNK) statement->chunk = (smew_chunk){.chunk = chunk, .statement = statement};
  if (*turn != EXECUTION_DONE) return OK;
  statement->changes = execution_changes(statement->execution);
  result_release(statement);
  if (statement->transaction) return start_commit(statement);
  Transaction *writer; // of the transaction begun by hand: there may be one only
  TRY(attached_writer(session, session->attached, session->transaction, &writer, &session->report.error));
  statement_stop(statement);
  statement->state = STATE_DONE;
  return OK;
}

static Status name_conflict(smew_statement *statement, const CommitConflict *conflict) {
  smew_session *session = statement->session;
  Error *error = &session->report.error;
  const CatalogEntry *entry;
  uint64_t cursor = 0;
  do {
    TRY(catalog_next(session->catalog, &statement->arena, &cursor, &entry, error));
  } while (entry && (entry->kind != CATALOG_TABLE || ((const CatalogTable *)entry)->store_table != conflict->table));
  const char *what = conflict->dropped ? "dropped" : "altered";
  Str name = entry ? entry->name : STR("");
  if (conflict->only_adds) {
    return error_set(error, ERROR_CONFLICT, -1,
                     "Failed to commit: Transaction conflict: attempting to insert into table \"%.*s\" but it has been "
                     "%s by a different transaction",
                     STR_ARG(name), what);
  }
  return error_set(error, ERROR_CONFLICT, -1,
                   "Failed to commit: Attempting to modify table %.*s but another transaction has %s this table",
                   STR_ARG(name), what);
}

// Says for people what store/ says in numbers.
static Status explain_commit_failure(smew_statement *statement, Status status) {
  const Transaction *transaction = statement->committed;
  DuplicateKey duplicate;
  CommitConflict conflict;
  if (status == ERROR_CONFLICT && transaction_conflict(transaction, &conflict))
    return name_conflict(statement, &conflict);
  if (status != ERROR_CONSTRAINT || !transaction_duplicate(transaction, &duplicate)) return status;
  TextBuilder key;
  text_init(&key, statement->arena.memory);
  for (uint32_t i = 0; i < duplicate.column_count; i++) {
    if (i) text_append(&key, STR(", "));
    value_print(&key, &duplicate.values[i]);
  }
  status = error_set(&statement->session->report.error, ERROR_CONFLICT, -1,
                     "Failed to commit: PRIMARY KEY or UNIQUE constraint violation: duplicate key \"%.*s\"",
                     STR_ARG(text_str(&key)));
  text_free(&key);
  return status;
}

static Status commit(smew_statement *statement, bool *waiting) {
  smew_session *session = statement->session;
  StoreStep step;
  Status status = transaction_commit_step(statement->committed, &step, &session->report.error);
  if (status != OK) return explain_commit_failure(statement, status);
  *waiting = step == STORE_WAIT;
  if (step != STORE_DONE) return OK;
  bool own = statement->transaction != NULL;
  Store *store = transaction_store(statement->committed);
  statement_stop(statement);
  if (!own) session_end_transaction(session);
  // One that another statement has begun and left is carried on.
  statement->checkpointed = store;
  bool checkpoints = store_checkpoint_due(store) || store_checkpoint_running(store);
  statement->state = checkpoints ? STATE_CHECKPOINT : STATE_DONE;
  return checkpoints ? store_checkpoint_begin(store, &session->report.error) : OK;
}

// Interrupted it stays where it is, and a later commit or CHECKPOINT carries it on. What was committed before it is committed.
static Status checkpoint(smew_statement *statement, bool *waiting) {
  StoreStep step;
  statement->activity = "CHECKPOINT";
  if (statement->session->interrupted) {
    bool wanted = statement->tree->kind == SQL_STATEMENT_CHECKPOINT;
    if (wanted) return error_set(&statement->session->report.error, ERROR_INTERRUPTED, -1, "Interrupted!");
    statement_stop(statement);
    statement->state = STATE_DONE;
    return OK;
  }
  TRY(store_checkpoint_step(statement->checkpointed, &step, &statement->session->report.error));
  *waiting = step == STORE_WAIT;
  if (step != STORE_DONE) return OK;
  statement_stop(statement);
  statement->state = STATE_DONE;
  return OK;
}

#define SETTLE_BYTES (8 << 20) // given back by one step

smew_status smew_step(smew_statement *statement) {
  if (!statement) return SMEW_MISUSE;
  if (statement->state == STATE_FAILED) return SMEW_MISUSE;
  Status status = OK;
  bool waiting = false;
  bool over = false;
  ExecutionTurn turn = EXECUTION_YIELD;
  result_release(statement);
  if (statement->state == STATE_NEW) {
    error_report_clear(&statement->session->report);
    status = begin(statement);
  }
  if (status == OK) status = plan_step(statement, &waiting, &over);
  if (status == OK && over) {
    // the slice is over
  } else if (status == OK && statement->state == STATE_RUN) {
    status = run(statement, &turn);
  } else if (status == OK && statement->state == STATE_COMMIT) {
    status = commit(statement, &waiting);
    // A commit by hand that failed has ended the transaction all the same.
    if (status != OK && !statement->transaction) {
      smew_status failed = fail(statement, status);
      session_end_transaction(statement->session);
      return failed;
    }
  } else if (status == OK && statement->state == STATE_CHECKPOINT) {
    status = checkpoint(statement, &waiting);
  } else if (status == OK && statement->state == STATE_ATTACH) {
    status = attach_step(statement, &waiting);
  } else if (status == OK && statement->state == STATE_DETACH) {
    status = detach_step(statement, &waiting);
  }
  if (status != OK) return fail(statement, status);
  bool unsettled = memory_settle(&statement->session->database->memory, SETTLE_BYTES);
  if (statement->state == STATE_DONE) return unsettled ? SMEW_YIELD : SMEW_DONE;
  if (turn == EXECUTION_CHUNK) return SMEW_CHUNK;
  return waiting || turn == EXECUTION_WAITING || facts_open(statement) ? SMEW_WAITING : SMEW_YIELD;
}

smew_status smew_step_blocking(smew_statement *statement) {
  for (;;) {
    smew_status status = smew_step(statement);
    if (status == SMEW_WAITING) smew_wait(statement->session->database, -1);
    if (status != SMEW_WAITING && status != SMEW_YIELD) return status;
  }
}

smew_status smew_describe(smew_statement *statement) {
  if (!statement) return SMEW_MISUSE;
  if (statement->column_types || statement->state == STATE_DONE) return SMEW_OK;
  Status status = OK;
  bool waiting = false;
  if (statement->state == STATE_NEW) {
    error_report_clear(&statement->session->report);
    status = begin(statement);
  }
  bool over;
  if (status == OK) status = plan_step(statement, &waiting, &over);
  ExecutionTurn turn = EXECUTION_YIELD;
  while (status == OK && statement->answering && turn != EXECUTION_WAITING) {
    status = run(statement, &turn);
    if (status == OK && !statement->answering) status = plan_step(statement, &waiting, &over);
  }
  if (status != OK) return fail(statement, status);
  if (statement->state == STATE_FACTS) return facts_open(statement) ? SMEW_WAITING : SMEW_YIELD;
  if (!statement->column_types && is_planning(statement)) return SMEW_YIELD;
  return statement->answering ? SMEW_WAITING : SMEW_OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Facts
// ---------------------------------------------------------------------------------------------------------------------

double smew_progress(const smew_statement *statement) {
  if (!statement) return -1;
  if (statement->state == STATE_DONE) return 1;
  return statement->execution ? execution_progress(statement->execution) : -1;
}

const char *smew_activity(const smew_statement *statement) {
  return statement && statement->activity ? statement->activity : "";
}

uint64_t smew_changes(const smew_statement *statement) {
  return statement && statement->state == STATE_DONE ? statement->changes : 0;
}

smew_kind smew_statement_kind(const smew_statement *statement) {
  return statement ? statement->kind : SMEW_KIND_NOTHING;
}

bool smew_read_only(const smew_statement *statement) {
  if (!statement || !statement->tree) return false;
  const SqlStatement *tree = statement->tree;
  if (tree->kind == SQL_STATEMENT_EXPLAIN) tree = tree->explain.statement;
  return tree->kind == SQL_STATEMENT_SELECT;
}

smew_session *smew_statement_session(smew_statement *statement) { return statement ? statement->session : NULL; }

smew_text smew_statement_sql(const smew_statement *statement) {
  return statement ? (smew_text){statement->sql.data, statement->sql.length} : (smew_text){"", 0};
}

smew_status smew_run(smew_session *session, const char *sql, size_t length, smew_receiver receive, void *context) {
  if (!session || !sql) return SMEW_MISUSE;
  const char *end = sql + (length == SMEW_ALL ? strlen(sql) : length);
  while (sql < end) {
    smew_statement *statement;
    smew_status status = smew_prepare(session, sql, (size_t)(end - sql), &statement, &sql);
    if (status != SMEW_OK) return status;
    if (!statement) return SMEW_OK;
    do {
      status = smew_step_blocking(statement);
      const smew_chunk *chunk = status == SMEW_CHUNK ? smew_statement_chunk(statement) : NULL;
      if ((status == SMEW_CHUNK || status == SMEW_DONE) && receive && !receive(context, statement, chunk)) {
        Status interrupted = error_set(&session->report.error, ERROR_INTERRUPTED, -1, "Interrupted!");
        status = error_report_fill(&session->report, interrupted, statement->sql);
      }
    } while (status == SMEW_CHUNK);
    smew_finalize(statement);
    if (status != SMEW_DONE) return status;
  }
  return SMEW_OK;
}
