// SPDX-License-Identifier: MIT
//
// session.c: connections: catalog view, temporary objects, the transaction begun by hand.
#include "api/api.h"

const smew_error_info *smew_error(const smew_session *session) {
  static const smew_error_info none = {
      .code_name = "NONE", .class_name = "", .message = "", .text = "", .position = -1, .sql = ""};
  return session ? &session->report.info : &none;
}

smew_database *smew_session_database(smew_session *session) { return session ? session->database : NULL; }

bool smew_in_transaction(const smew_session *session) { return session && session->transaction != NULL; }

void smew_interrupt(smew_session *session) {
  if (session) session->interrupted = true;
}

static Status open_temporary(smew_session *session, Error *error) {
  smew_database *database = session->database;
  StoreOptions options = {.memory = &database->memory, .host = database->host};
  StoreStep step = STORE_MORE;
  TRY(store_open_begin(&options, &session->temporary, error));
  while (step != STORE_DONE) TRY(store_open_step(session->temporary, &step, error));
  return OK;
}

static Status open_catalog(smew_session *session, Error *error) {
  smew_database *database = session->database;
  TRY(catalog_view_create(&database->memory, &session->catalog, error));
  CatalogDatabase main = {.name = database->name,
                          .path = database->path ? str_from(database->path) : (Str){0},
                          .read_only = database->read_only};
  CatalogDatabase temporary = {.name = STR("temp"), .internal = true, .temporary = true};
  TRY(catalog_view_attach(session->catalog, &main, error));
  return catalog_view_attach(session->catalog, &temporary, error);
}

static Status open_session(smew_session *session) {
  smew_database *database = session->database;
  Error *error = &session->report.error;
  session->facts = (StatementFacts){.memory = &database->memory,
                                    .host = database->host,
                                    .library = &database->library,
                                    .time_zone = database->time_zone.length ? database->time_zone : STR("UTC"),
                                    .interrupted = &session->interrupted,
                                    .setting = setting_callback,
                                    .next_setting = settings_next,
                                    .session = session};
  host_random(database->host, &session->facts.random.session, sizeof session->facts.random.session);
  host_random(database->host, session->identity, sizeof session->identity);
  TRY(open_temporary(session, error));
  return open_catalog(session, error);
}

smew_status smew_connect(smew_database *database, smew_session **out) {
  if (!database || !out || !database->opened || database->closing) return SMEW_MISUSE;
  *out = NULL;
  smew_session *session = memory_allocate_zeroed(&database->memory, sizeof *session);
  if (!session) return SMEW_NO_MEMORY;
  session->database = database;
  arena_init(&session->arena, &database->memory);
  error_report_init(&session->report, &database->memory);
  session->next = database->sessions;
  database->sessions = session;
  Status status = open_session(session);
  if (status != OK) {
    database->report.error = session->report.error;
    error_report_fill(&database->report, status, (Str){0});
    smew_disconnect(session);
    return SMEW_ERROR;
  }
  *out = session;
  return SMEW_OK;
}

void smew_disconnect(smew_session *session) {
  if (!session) return;
  smew_database *database = session->database;
  while (session->statements) smew_finalize(session->statements);
  session_end_transaction(session);
  catalog_view_free(session->catalog);
  store_free(session->temporary);
  smew_session **link = &database->sessions;
  while (*link != session) link = &(*link)->next;
  *link = session->next;
  arena_free(&session->arena);
  error_report_free(&session->report);
  memory_free(&database->memory, session, sizeof *session);
}

Status session_view(smew_session *session, Transaction *transaction, Transaction *temporary,
                    AttachedTransaction **attached, Error *error) {
  session->viewed = transaction;
  TRY(attached_view(session, attached, transaction_is_read_only(transaction) && !session->database->read_only, error));
  TRY(catalog_view_refresh(session->catalog, session->database->name, transaction, error));
  return catalog_view_refresh(session->catalog, STR("temp"), temporary, error);
}

Status session_begin(smew_session *session, bool read_only, Error *error) {
  if (session->transaction) {
    return error_set(error, ERROR_TRANSACTION, -1, "cannot start a transaction within a transaction");
  }
  TRY(transaction_begin(session->database->store, read_only, &session->transaction, error));
  Status status = transaction_begin(session->temporary, false, &session->temporary_transaction, error);
  if (status != OK) session_end_transaction(session);
  session->aborted = false;
  session->transaction_micros = host_wall_micros(session->database->host);
  return status;
}

void session_end_transaction(smew_session *session) {
  transaction_free(session->transaction);
  transaction_free(session->temporary_transaction);
  session->transaction = session->temporary_transaction = NULL;
  attached_end(session->database, &session->attached);
  session->viewed = NULL;
  session->aborted = false;
}
