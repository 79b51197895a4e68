// SPDX-License-Identifier: MIT
//
// api.h: what stands behind the handles of smew.h; private to api/. Reading order: database.c, session.c, statement.c, then the rest.
//
//   database   memory, host, store, sessions
//   session    settings, catalog view, at most one transaction begun by hand, temporary objects, prepared names, its error
//   statement  text, parameters, and a state machine: plan (perhaps waiting for facts of files), run in slices, commit
#ifndef SMEW_API_H
#define SMEW_API_H

#include <smew.h>

#include "catalog/catalog.h"
#include "exec/exec.h"
#include "expr/expr.h"
#include "format/format.h"
#include "io/io.h"
#include "plan/plan.h"
#include "sql/sql.h"
#include "store/store.h"
#include "vector/vector.h"

// ---------------------------------------------------------------------------------------------------------------------
// Errors as callers see them
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ErrorReport {
  smew_error_info info;
  Error error;
  TextBuilder text; // class, message, line and caret
  char brief[512];  // class and message, cut, when there is no memory for the text
  TextBuilder sql;
} ErrorReport;

void error_report_init(ErrorReport *report, Memory *memory);
void error_report_free(ErrorReport *report);
void error_report_clear(ErrorReport *report);
// From report->error; `sql` is the statement it belongs to (may be empty). Always SMEW_ERROR.
smew_status error_report_fill(ErrorReport *report, Status status, Str sql);

// ---------------------------------------------------------------------------------------------------------------------
// Settings
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Setting {
  Str name;    // lower case
  Value value; // in the arena of the session, or of the database
  struct Setting *next;
} Setting;

// Checks a value of SET and PRAGMA, keeps it and lets it take effect. NULL value: RESET. Most settings hold for all sessions; with
// SET_SESSION, and those of a session's own, for this one alone.
Status settings_set(smew_session *session, Str name, const Value *value, bool pragma, SetScope scope,
                    Error *error) MUST_USE;
bool settings_get(smew_session *session, Str name, Value *value);
bool settings_boolean(smew_session *session, const char *name);
// StatementFacts.next_setting: all settings in alphabetical order, then the variables.
bool settings_next(void *session, uint32_t *cursor, SettingRow *row);

// ---------------------------------------------------------------------------------------------------------------------
// Handles
// ---------------------------------------------------------------------------------------------------------------------

// A further database (ATTACH), there for all sessions.
typedef struct Attached {
  struct Attached *next;
  Str name;
  char *path; // NUL-terminated; NULL: in memory
  Store *store;
  bool read_only;
  bool closing;
  uint32_t users; // transactions that have a part in it
} Attached;

typedef struct AttachedTransaction {
  struct AttachedTransaction *next;
  Attached *attached;
  Transaction *transaction;
} AttachedTransaction;

struct smew_database {
  Memory memory;
  Host *host;
  Store *store;
  Str name;      // of the database in the catalog: the file's name without its ending
  char *path;    // NUL-terminated; NULL: in memory
  Str time_zone; // of new sessions, owned; empty: UTC
  bool read_only;
  bool opened;  // smew_open_step has ended well
  bool closing; // smew_close_step has begun
  bool closed;  // and ended, well or not
  smew_hostile hostile;
  smew_session *sessions;
  Attached *attached; // in the order of ATTACH
  Setting *settings;  // of all sessions
  Arena arena;        // of the settings and the library
  FunctionLibrary library;
  uint64_t next_statement;
  ErrorReport report;
};

typedef struct PreparedName {
  Str name;
  Str sql;
  struct PreparedName *next;
} PreparedName;

struct smew_session {
  smew_database *database;
  smew_session *next;
  smew_statement *statements;
  Arena arena; // settings, prepared names: small things that live as long as the session
  CatalogView *catalog;
  Store *temporary;         // objects of the schema temp
  Transaction *transaction; // begun by hand; NULL: each statement has its own
  Transaction *temporary_transaction;
  AttachedTransaction *attached;
  Transaction *viewed; // what the catalog view was last refreshed with
  bool aborted;        // an error ended the transaction begun by hand: only ROLLBACK helps
  int64_t transaction_micros;
  Setting *settings;
  Setting *variables;
  PreparedName *prepared;
  StatementFacts facts;
  volatile bool interrupted;
  ErrorReport report;
  uint8_t identity[16]; // origin of commits
  uint64_t next_request;
};

typedef enum StatementState {
  STATE_NEW,
  STATE_PLAN,
  STATE_FACTS,  // requests for facts of files are open
  STATE_FINISH, // bound; the plan is being optimized
  STATE_RUN,
  STATE_COMMIT,
  STATE_CHECKPOINT,
  STATE_ATTACH,
  STATE_DETACH,
  STATE_DONE,
  STATE_FAILED,
} StatementState;

typedef struct FactRequest {
  Request request;
  FileWish wish;
  char *bytes; // of the file so far, in the statement's arena; they come in pieces
  uint64_t byte_count;
  uint64_t wanted; // what there is room for: what the first piece told of the file, which may grow meanwhile
  bool supplied;
} FactRequest;

struct smew_chunk {
  const Chunk *chunk;
  smew_statement *statement;
  Arena *texts;          // what smew_value_text made
  smew_vector **vectors; // made when asked for
};

struct smew_vector {
  const Vector *vector; // flat
  const smew_type *type;
  uint32_t row_count;
  smew_vector **children;
};

struct smew_type {
  Type type;
  const char *text;
  smew_type *children;
  const char **names;
  uint32_t child_count;
};

struct smew_statement {
  smew_session *session;
  smew_statement *next;
  Arena lasting;     // text, syntax tree, parameter names, values bound by the caller
  Arena arena;       // plan and run; reset by smew_reset
  Arena chunk_arena; // reset with each chunk
  Str sql;           // NUL-terminated
  SqlStatement *tree;
  smew_kind kind;
  // parameters
  uint32_t parameter_count;
  const char **parameter_names;
  Value *parameter_values;
  bool *parameter_bound;
  // run
  uint8_t state; // StatementState
  uint64_t number;
  FileKnowledge *files;
  FactRequest *fact_requests;
  uint32_t fact_count;
  PlannedStatement planned;
  BoundLists lists;
  PlanAnswer *answers; // of queries that planning needed
  uint32_t answer_count;
  uint32_t answer_capacity; // of values of the answer that is being made
  bool answering;           // the execution is that of such a query
  const Str *script;        // statements that run in this one's place; NULL: none
  uint32_t script_count;
  uint32_t script_at;
  Str script_database;
  const Value *run_values; // by index of the plan's parameters
  Execution *execution;
  const char *activity;     // smew_activity
  Transaction *transaction; // its own; NULL: the session's
  Transaction *temporary_transaction;
  AttachedTransaction *attached;
  Transaction *committed; // of these the one that is committed
  Store *checkpointed;    // STATE_CHECKPOINT: whose
  Attached *attaching;    // STATE_ATTACH, STATE_DETACH; owned
  bool begun;             // the catalog view was set to its transaction
  bool committing;        // COMMIT begun by hand, or its own at the end
  uint64_t changes;
  smew_type *column_types;
  const char **column_names;
  smew_chunk chunk;
  Chunk flat;         // columns of the present chunk, flattened when someone asks for vectors
  ArrowWriter *arrow; // of the result as an Arrow stream; NULL: nobody asked
  TextBuilder arrow_bytes;
};

// session.c
Status session_begin(smew_session *session, bool read_only, Error *error) MUST_USE; // BEGIN
Status session_view(smew_session *session, Transaction *transaction, Transaction *temporary,
                    AttachedTransaction **attached, Error *error) MUST_USE;
void session_end_transaction(smew_session *session); // rolls back what was begun by hand and not committed

// attach.c
// Begins the parts that the transaction lacks and shows them to the session's catalog.
Status attached_view(smew_session *session, AttachedTransaction **parts, bool read_only, Error *error) MUST_USE;
void attached_end(smew_database *database, AttachedTransaction **parts); // rolls back what was not committed
// Of the transaction in the opened database and its parts the one with changes; an error when there are several.
Status attached_writer(const smew_session *session, const AttachedTransaction *parts, Transaction *main,
                       Transaction **out, Error *error) MUST_USE;
Status attach_begin(smew_statement *statement, const AttachNode *node) MUST_USE;
Status attach_step(smew_statement *statement, bool *waiting) MUST_USE;
Status detach_begin(smew_statement *statement, const AttachNode *node) MUST_USE;
Status detach_step(smew_statement *statement, bool *waiting) MUST_USE;
void attach_abandon(smew_statement *statement); // a statement that failed or was stopped
// Closes all, one after the other, without sessions.
Status attached_close_step(smew_database *database, StoreStep *step, Error *error) MUST_USE;
void attached_free(smew_database *database);

// database.c
Str database_name_of(Str path); // the file's name without folders and ending

// statement.c
void statement_stop(smew_statement *statement); // ends the run: closes, rolls its own transaction back
// After planning with wants_files or wants_answer: starts to get what is missing; planning is begun again when it is there.
Status statement_seek(smew_statement *statement) MUST_USE;
// actions.c: statements that are neither rows nor storage. *handled false: the plan is for exec/.
Status statement_act(smew_statement *statement, const LogicalPlan *root, bool *handled) MUST_USE;

// result.c
Status result_describe(smew_statement *statement) MUST_USE;   // names and types of the columns
void result_release(smew_statement *statement);               // of the present chunk
bool setting_callback(void *session, Str name, Value *value); // for StatementFacts

// arrow.c
void arrow_release(smew_statement *statement); // the Arrow stream and its bytes

#endif
