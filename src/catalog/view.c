// SPDX-License-Identifier: MIT
//
// view.c: the catalog view of a session: databases, directories, search path.
#include "catalog/view.h"

const char *catalog_kind_name(CatalogKind kind) {
  switch (kind) {
    case CATALOG_SCHEMA:
      return "Schema";
    case CATALOG_TABLE:
      return "Table";
    case CATALOG_VIEW:
      return "View";
    case CATALOG_SEQUENCE:
      return "Sequence";
    case CATALOG_INDEX:
      return "Index";
    case CATALOG_TYPE:
      return "Type";
    case CATALOG_MACRO:
      return "Macro Function";
    case CATALOG_TABLE_MACRO:
      return "Table Macro Function";
    case CATALOG_NONE:
      break;
  }
  return "Object";
}

Status catalog_view_create(Memory *memory, CatalogView **out, Error *error) {
  CatalogView *view = memory_allocate_zeroed(memory, sizeof *view);
  *out = view;
  if (!view) return error_no_memory(error);
  view->memory = memory;
  arena_init(&view->arena, memory);
  view->current_schema = STR("main");
  CatalogDatabase system = {.name = STR("system"), .internal = true, .read_only = true};
  return catalog_view_attach(view, &system, error);
}

void catalog_view_free(CatalogView *view) {
  if (!view) return;
  for (uint32_t i = 0; i < view->database_count; i++) arena_free(&view->databases[i].arena);
  memory_free(view->memory, view->databases, sizeof(Database) * view->database_capacity);
  arena_free(&view->arena);
  memory_free(view->memory, view, sizeof *view);
}

Status catalog_view_attach(CatalogView *view, const CatalogDatabase *database, Error *error) {
  uint32_t index;
  if (catalog_find_database(view, database->name, &index)) {
    return error_set(error, ERROR_BINDER, -1, "Failed to attach database: database with name \"%.*s\" already exists",
                     STR_ARG(database->name));
  }
  if (view->database_count == view->database_capacity) {
    uint32_t capacity = view->database_capacity ? view->database_capacity * 2 : 4;
    Database *databases = memory_grow(view->memory, view->databases, sizeof(Database) * view->database_capacity,
                                      sizeof(Database) * capacity);
    if (!databases) return error_no_memory(error);
    view->databases = databases;
    view->database_capacity = capacity;
  }
  Database *made = &view->databases[view->database_count];
  *made = (Database){.info = *database};
  TRY(str_copy(&view->arena, error, database->name, &made->info.name));
  if (database->path.data) TRY(str_copy(&view->arena, error, database->path, &made->info.path));
  arena_init(&made->arena, view->memory);
  view->database_count++;
  if (!view->current_database.data && !database->internal && !database->temporary)
    view->current_database = made->info.name;
  return OK;
}

Status catalog_view_detach(CatalogView *view, Str name, Error *error) {
  uint32_t index;
  if (!catalog_find_database(view, name, &index)) {
    return error_set(error, ERROR_BINDER, -1, "Failed to detach database with name \"%.*s\": database not found",
                     STR_ARG(name));
  }
  arena_free(&view->databases[index].arena);
  view->database_count--;
  memmove(&view->databases[index], &view->databases[index + 1], sizeof(Database) * (view->database_count - index));
  return OK;
}

Status catalog_view_refresh(CatalogView *view, Str name, struct Transaction *transaction, Error *error) {
  uint32_t index;
  if (!catalog_find_database(view, name, &index)) {
    return error_set(error, ERROR_INTERNAL, -1, "the catalog has no database \"%.*s\"", STR_ARG(name));
  }
  Database *database = &view->databases[index];
  database->info.transaction = transaction;
  // Stamps are unique in a store, so that another transaction with the same stamp sees the same objects.
  if (database->built && database->stamp == transaction_catalog_stamp(transaction)) return OK;
  database->built = false;
  return OK;
}

Status directory_build(CatalogView *view, uint32_t index, Error *error) {
  Database *database = &view->databases[index];
  const Transaction *transaction = database->info.transaction;
  if (!transaction) return OK;
  uint64_t stamp = transaction_catalog_stamp(transaction);
  if (database->built && database->stamp == stamp) return OK;
  StoreObject object = {0};
  database->built = false; // also when this fails and the transaction goes back to the stamp that was there
  arena_reset(&database->arena);
  memset(&database->directory, 0, sizeof database->directory);
  database->named = NULL;
  for (uint64_t from = 0; object_next(transaction, from, &object); from = object.id + 1) {
    DirectoryEntry entry;
    TRY(entry_decode_names(&object, &database->arena, &entry, error));
    ARENA_PUSH(&database->arena, error, &database->directory, entry);
  }
  database->stamp = stamp;
  database->built = true;
  return OK;
}

static bool kind_matches(CatalogKind wanted, uint8_t kind) {
  return kind == wanted || (wanted == CATALOG_TABLE && kind == CATALOG_VIEW);
}

const DirectoryEntry *directory_find(const Database *database, CatalogKind kind, Str schema, Str name) {
  for (uint32_t i = 0; i < database->directory.count; i++) {
    const DirectoryEntry *entry = &database->directory.items[i];
    if (!kind_matches(kind, entry->kind) || !str_equal_nocase(entry->name, name)) continue;
    if (kind == CATALOG_SCHEMA || str_equal_nocase(entry->schema, schema)) return entry;
  }
  return NULL;
}

bool schema_exists(const CatalogView *view, uint32_t index, Str schema) {
  const Database *database = &view->databases[index];
  if (str_equal_nocase(schema, STR("main"))) return true;
  if (index == SYSTEM_DATABASE || !database->info.internal) {
    bool built_in = str_equal_nocase(schema, STR("information_schema")) || str_equal_nocase(schema, STR("pg_catalog"));
    if (built_in) return true;
  }
  return directory_find(database, CATALOG_SCHEMA, (Str){0}, schema) != NULL;
}

Status entry_load(CatalogView *view, Arena *arena, uint32_t index, uint64_t id, const CatalogEntry **out,
                  Error *error) {
  const Database *database = &view->databases[index];
  StoreObject object;
  CatalogEntry *entry;
  if (!object_get(database->info.transaction, id, &object)) {
    return error_set(error, ERROR_INTERNAL, -1, "the catalog has no entry with number %llu", (unsigned long long)id);
  }
  TRY(entry_decode(&object, arena, &entry, error));
  entry->database = index;
  entry->database_name = database->info.name;
  entry->temporary = database->info.temporary;
  if (entry->kind == CATALOG_SEQUENCE) {
    CatalogSequence *sequence = (CatalogSequence *)entry;
    TRY(counter_get(database->info.transaction, id, &sequence->last_value, &sequence->used, error));
  }
  *out = entry;
  return OK;
}

uint32_t catalog_database_count(const CatalogView *view) { return view->database_count; }

const CatalogDatabase *catalog_database(const CatalogView *view, uint32_t index) {
  return &view->databases[index].info;
}

bool catalog_find_database(const CatalogView *view, Str name, uint32_t *index) {
  for (uint32_t i = 0; i < view->database_count; i++) {
    if (str_equal_nocase(view->databases[i].info.name, name)) {
      *index = i;
      return true;
    }
  }
  return false;
}

Str catalog_current_database(const CatalogView *view) { return view->current_database; }
Str catalog_current_schema(const CatalogView *view) { return view->current_schema; }

Status catalog_add_to_path(CatalogView *view, Str database, Str schema, Error *error) {
  CatalogPlace current = {view->current_database, view->current_schema}, added;
  CatalogPlace behind[CATALOG_PATH_CAPACITY];
  uint32_t count = view->behind_count;
  if (count == CATALOG_PATH_CAPACITY) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "a search path of more than %d schemas",
                     CATALOG_PATH_CAPACITY + 1);
  }
  memcpy(behind, view->behind, sizeof behind);
  Status status = catalog_set_current(view, database, schema, error);
  added = (CatalogPlace){view->current_database, view->current_schema};
  memcpy(view->behind, behind, sizeof behind);
  view->behind_count = count;
  view->current_database = current.database;
  view->current_schema = current.schema;
  if (status == OK) view->behind[view->behind_count++] = added;
  return status;
}

void catalog_enter_schema(CatalogView *view, Str database, Str schema, CatalogPlace *last) {
  bool full = view->behind_count == CATALOG_PATH_CAPACITY;
  *last = full ? view->behind[CATALOG_PATH_CAPACITY - 1] : (CatalogPlace){0};
  if (!full) view->behind_count++;
  memmove(&view->behind[1], &view->behind[0], sizeof view->behind[0] * (view->behind_count - 1));
  view->behind[0] = (CatalogPlace){view->current_database, view->current_schema};
  view->current_database = database;
  view->current_schema = schema;
}

void catalog_leave_schema(CatalogView *view, const CatalogPlace *last) {
  view->current_database = view->behind[0].database;
  view->current_schema = view->behind[0].schema;
  memmove(&view->behind[0], &view->behind[1], sizeof view->behind[0] * (view->behind_count - 1));
  if (last->schema.data) { // was pushed out
    view->behind[CATALOG_PATH_CAPACITY - 1] = *last;
  } else {
    view->behind_count--;
  }
}

const CatalogPlace *catalog_path(const CatalogView *view, uint32_t *count) {
  *count = view->behind_count;
  return view->behind;
}

Status catalog_set_current(CatalogView *view, Str database, Str schema, Error *error) {
  uint32_t index;
  Str wanted = database.data ? database : view->current_database;
  bool found = catalog_find_database(view, wanted, &index);
  if (found) TRY(directory_build(view, index, error));
  if (found && schema_exists(view, index, schema)) {
    view->current_database = view->databases[index].info.name;
    view->behind_count = 0;
    return str_copy(&view->arena, error, schema, &view->current_schema);
  }
  if (!database.data && catalog_find_database(view, schema, &index)) {
    view->current_database = view->databases[index].info.name;
    view->current_schema = STR("main");
    view->behind_count = 0;
    return OK;
  }
  return error_set(error, ERROR_CATALOG, -1, "SET schema: No catalog + schema named \"%.*s\" found.", STR_ARG(schema));
}

struct Transaction *catalog_transaction(const CatalogView *view, const CatalogEntry *entry) {
  return view->databases[entry->database].info.transaction;
}
