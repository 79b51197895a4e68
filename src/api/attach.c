// SPDX-License-Identifier: MIT
//
// attach.c: ATTACH and DETACH: further databases beside the one that was opened. They belong to the smew_database and are there for all its sessions; a
// session sees those that are there when its catalog is next refreshed.
//
// A transaction has a part in each attached database (AttachedTransaction), begun when the database is first seen in it. Only one of all these may
// change anything: a commit is one record in one file.
#include "api/api.h"

static Attached *find_attached(const smew_database *database, Str name) {
  for (Attached *attached = database->attached; attached; attached = attached->next) {
    if (str_equal_nocase(attached->name, name)) return attached;
  }
  return NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Parts of transactions
// ---------------------------------------------------------------------------------------------------------------------

static AttachedTransaction *find_part(AttachedTransaction *parts, const Attached *attached) {
  while (parts && parts->attached != attached) parts = parts->next;
  return parts;
}

static Status begin_part(smew_database *database, Attached *attached, AttachedTransaction **parts, bool read_only,
                         AttachedTransaction **out, Error *error) {
  AttachedTransaction *part = memory_allocate_zeroed(&database->memory, sizeof *part);
  if (!part) return error_no_memory(error);
  Status status = transaction_begin(attached->store, read_only || attached->read_only, &part->transaction, error);
  if (status != OK) {
    memory_free(&database->memory, part, sizeof *part);
    return status;
  }
  part->attached = attached;
  part->next = *parts;
  attached->users++;
  *parts = *out = part;
  return OK;
}

void attached_end(smew_database *database, AttachedTransaction **parts) {
  while (*parts) {
    AttachedTransaction *part = *parts;
    *parts = part->next;
    part->attached->users--;
    transaction_free(part->transaction);
    memory_free(&database->memory, part, sizeof *part);
  }
}

// Databases that are gone leave the session's catalog, new ones come in.
static Status follow_list(smew_session *session, Error *error) {
  CatalogView *catalog = session->catalog;
  for (uint32_t i = catalog_database_count(catalog); i-- > 0;) {
    const CatalogDatabase *seen = catalog_database(catalog, i);
    bool own = seen->internal || seen->temporary || str_equal_nocase(seen->name, session->database->name);
    if (own || find_attached(session->database, seen->name)) continue;
    if (str_equal_nocase(catalog_current_database(catalog), seen->name))
      TRY(catalog_set_current(catalog, session->database->name, STR("main"), error));
    TRY(catalog_view_detach(catalog, seen->name, error));
  }
  for (const Attached *attached = session->database->attached; attached; attached = attached->next) {
    uint32_t index;
    CatalogDatabase info = {.name = attached->name,
                            .path = attached->path ? str_from(attached->path) : (Str){0},
                            .read_only = attached->read_only};
    if (!catalog_find_database(catalog, attached->name, &index)) TRY(catalog_view_attach(catalog, &info, error));
  }
  return OK;
}

Status attached_view(smew_session *session, AttachedTransaction **parts, bool read_only, Error *error) {
  TRY(follow_list(session, error));
  for (Attached *attached = session->database->attached; attached; attached = attached->next) {
    AttachedTransaction *part = find_part(*parts, attached);
    if (!part) TRY(begin_part(session->database, attached, parts, read_only, &part, error));
    TRY(catalog_view_refresh(session->catalog, attached->name, part->transaction, error));
  }
  return OK;
}

Status attached_writer(const smew_session *session, const AttachedTransaction *parts, Transaction *main,
                       Transaction **out, Error *error) {
  Str first = session->database->name;
  *out = main;
  bool changed = transaction_has_changes(main);
  for (const AttachedTransaction *part = parts; part; part = part->next) {
    if (!transaction_has_changes(part->transaction)) continue;
    if (changed) {
      return error_set(error, ERROR_TRANSACTION, -1,
                       "Attempting to write to database \"%.*s\" in a transaction that has already modified database "
                       "\"%.*s\" - a single transaction can only write to a single attached database.",
                       STR_ARG(part->attached->name), STR_ARG(first));
    }
    changed = true;
    first = part->attached->name;
    *out = part->transaction;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ATTACH
// ---------------------------------------------------------------------------------------------------------------------

static void free_attached(smew_database *database, Attached *attached) {
  if (attached->store) store_free(attached->store);
  if (attached->path) memory_free(&database->memory, attached->path, strlen(attached->path) + 1);
  memory_free(&database->memory, (char *)(uintptr_t)attached->name.data, attached->name.length + 1);
  memory_free(&database->memory, attached, sizeof *attached);
}

static char *copy_text(smew_database *database, Str text) {
  char *copy = memory_allocate(&database->memory, text.length + 1);
  if (!copy) return NULL;
  memcpy(copy, text.data, text.length);
  copy[text.length] = 0;
  return copy;
}

static bool option_true(const NamedValue *option) {
  const Value *value = &option->value;
  if (value->is_null || value->type.id == TYPE_NULL) return true; // READ_ONLY alone
  if (value->type.id == TYPE_BOOLEAN) return value->boolean;
  if (value->type.id == TYPE_VARCHAR) return !str_equal_nocase(value->text, STR("false"));
  return value->i64 != 0;
}

static Status attach_options(const AttachNode *node, bool *read_only, Error *error) {
  // What DuckDB lets one choose about its files has no meaning for Smew's.
  static const char *const accepted[] = {"read_write",     "readwrite",       "type",     "block_size",
                                         "row_group_size", "storage_version", "compress", "recovery_mode",
                                         "default_table",  "hidden"};
  for (uint32_t i = 0; i < node->option_count; i++) {
    const NamedValue *option = &node->options[i];
    bool known = false;
    if (str_equal_nocase(option->name, STR("read_only")) || str_equal_nocase(option->name, STR("readonly"))) {
      *read_only = option_true(option);
      continue;
    }
    for (size_t k = 0; k < COUNT_OF(accepted) && !known; k++)
      known = str_equal_nocase(option->name, str_from(accepted[k]));
    if (!known)
      return error_set(error, ERROR_BINDER, -1, "Unrecognized option for attach \"%.*s\"", STR_ARG(option->name));
  }
  return OK;
}

static Status check_free(const smew_session *session, Str name, Str path, Error *error) {
  const smew_database *database = session->database;
  uint32_t index;
  if (catalog_find_database(session->catalog, name, &index)) {
    return error_set(error, ERROR_BINDER, -1, "Failed to attach database: database with name \"%.*s\" already exists",
                     STR_ARG(name));
  }
  Str holder = {0};
  if (path.data && database->path && str_equal(path, str_from(database->path))) holder = database->name;
  for (const Attached *attached = database->attached; attached; attached = attached->next) {
    if (path.data && attached->path && str_equal(path, str_from(attached->path))) holder = attached->name;
  }
  if (!holder.data) return OK;
  return error_set(
      error, ERROR_BINDER, -1,
      "Unique file handle conflict: Cannot attach \"%.*s\" - the database file \"%.*s\" is already attached "
      "by database \"%.*s\"",
      STR_ARG(name), STR_ARG(path), STR_ARG(holder));
}

Status attach_begin(smew_statement *statement, const AttachNode *node) {
  smew_session *session = statement->session;
  smew_database *database = session->database;
  Error *error = &session->report.error;
  bool in_memory = !node->path.length || str_equal(node->path, STR(":memory:"));
  bool read_only = false;
  Str name = node->name.length ? node->name : in_memory ? STR("memory") : database_name_of(node->path);
  uint32_t index;
  TRY(attach_options(node, &read_only, error));
  if (node->if_exists && catalog_find_database(session->catalog, name, &index)) {
    statement_stop(statement);
    statement->state = STATE_DONE;
    return OK;
  }
  TRY(check_free(session, name, in_memory ? (Str){0} : node->path, error));
  Attached *attached = memory_allocate_zeroed(&database->memory, sizeof *attached);
  char *own_name = copy_text(database, name);
  if (!attached || !own_name) {
    memory_free(&database->memory, attached, sizeof *attached);
    memory_free(&database->memory, own_name, name.length + 1);
    return error_no_memory(error);
  }
  attached->name = (Str){own_name, name.length};
  attached->read_only = read_only;
  if (!in_memory) attached->path = copy_text(database, node->path);
  StoreOptions options = {.path = in_memory ? (Str){0} : node->path,
                          .read_only = read_only,
                          .must_exist = read_only,
                          .memory = &database->memory,
                          .host = database->host};
  Status status =
      in_memory || attached->path ? store_open_begin(&options, &attached->store, error) : error_no_memory(error);
  if (status != OK) {
    free_attached(database, attached);
    return status;
  }
  statement->attaching = attached;
  statement->state = STATE_ATTACH;
  return OK;
}

Status attach_step(smew_statement *statement, bool *waiting) {
  smew_database *database = statement->session->database;
  StoreStep step;
  TRY(store_open_step(statement->attaching->store, &step, &statement->session->report.error));
  *waiting = step == STORE_WAIT;
  if (step != STORE_DONE) return OK;
  Attached **link = &database->attached;
  while (*link) link = &(*link)->next;
  *link = statement->attaching;
  statement->attaching = NULL;
  statement_stop(statement);
  statement->state = STATE_DONE;
  return OK;
}

void attach_abandon(smew_statement *statement) {
  if (statement->attaching) free_attached(statement->session->database, statement->attaching);
  statement->attaching = NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// DETACH
// ---------------------------------------------------------------------------------------------------------------------

static void leave_unchanged(smew_database *database, AttachedTransaction **parts, const Attached *attached) {
  while (*parts && (*parts)->attached != attached) parts = &(*parts)->next;
  if (!*parts || transaction_has_changes((*parts)->transaction)) return;
  AttachedTransaction *rest = (*parts)->next;
  (*parts)->next = NULL;
  attached_end(database, parts);
  *parts = rest;
}

Status detach_begin(smew_statement *statement, const AttachNode *node) {
  smew_session *session = statement->session;
  smew_database *database = session->database;
  Error *error = &session->report.error;
  Attached *attached = find_attached(database, node->name);
  if (!attached && node->if_exists && !str_equal_nocase(node->name, database->name)) {
    statement_stop(statement);
    statement->state = STATE_DONE;
    return OK;
  }
  if (str_equal_nocase(catalog_current_database(session->catalog), node->name)) {
    return error_set(error, ERROR_BINDER, -1,
                     "Cannot detach database \"%.*s\" because it is the default database. Select a different database "
                     "using `USE` to allow detaching this database",
                     STR_ARG(node->name));
  }
  if (!attached && str_equal_nocase(node->name, database->name))
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "The database that was opened cannot be detached");
  if (!attached) {
    return error_set(error, ERROR_BINDER, -1, "Failed to detach database with name \"%.*s\": database not found",
                     STR_ARG(node->name));
  }
  attached_end(database, &statement->attached);            // this statement's own part
  leave_unchanged(database, &session->attached, attached); // … and that of a transaction begun by hand
  if (attached->users) {
    return error_set(error, ERROR_TRANSACTION, -1,
                     "Cannot detach database \"%.*s\": it is in use by an open transaction or a running statement",
                     STR_ARG(node->name));
  }
  Attached **link = &database->attached;
  while (*link != attached) link = &(*link)->next;
  *link = attached->next;
  statement->attaching = attached; // freed when its store is closed
  statement->state = STATE_DETACH;
  return store_close_begin(attached->store, error);
}

Status detach_step(smew_statement *statement, bool *waiting) {
  StoreStep step;
  TRY(store_close_step(statement->attaching->store, &step, &statement->session->report.error));
  *waiting = step == STORE_WAIT;
  if (step != STORE_DONE) return OK;
  attach_abandon(statement);
  statement_stop(statement);
  statement->state = STATE_DONE;
  return OK;
}

Status attached_close_step(smew_database *database, StoreStep *step, Error *error) {
  *step = STORE_DONE;
  Attached *attached = database->attached;
  if (!attached) return OK;
  Status status = OK;
  if (!attached->closing) status = store_close_begin(attached->store, error);
  attached->closing = true;
  if (status == OK) status = store_close_step(attached->store, step, error);
  if (status == OK && *step != STORE_DONE) return OK;
  database->attached = attached->next;
  free_attached(database, attached);
  if (status == OK && database->attached) *step = STORE_MORE;
  return status;
}

void attached_free(smew_database *database) {
  while (database->attached) {
    Attached *attached = database->attached;
    database->attached = attached->next;
    free_attached(database, attached);
  }
}
