// SPDX-License-Identifier: MIT
//
// change.c: CREATE, DROP and ALTER carried out in a transaction: the object's bytes, and the store table behind a table.
#include "catalog/view.h"

static Status find_database_of(const CatalogView *view, Str name, uint32_t *index, Error *error) {
  if (catalog_find_database(view, name, index)) return OK;
  return error_set(error, ERROR_BINDER, -1, "Catalog \"%.*s\" does not exist!", STR_ARG(name));
}

static Status put_entry(CatalogView *view, uint32_t database, uint64_t id, const CatalogEntry *entry, Error *error) {
  TextBuilder bytes;
  text_init(&bytes, view->memory);
  Status status = entry_encode(&bytes, entry, error);
  if (status == OK) {
    status = object_put(view->databases[database].info.transaction, id, entry->kind, bytes.data, bytes.length, error);
  }
  text_free(&bytes);
  if (status == ERROR_CONFLICT) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on alter with \"%.*s\"",
                     STR_ARG(entry->name));
  }
  return status;
}

// The intent to make or remove a name; entries of all kinds share names within a schema where DuckDB's do.
static Status lock_name(CatalogView *view, uint32_t database, uint8_t kind, Str schema, Str name, const char *doing,
                        Error *error) {
  Arena scratch;
  Str key;
  Str lowered = {0};
  bool conflict = false;
  arena_init(&scratch, view->memory);
  uint8_t space = kind == CATALOG_VIEW ? CATALOG_TABLE : kind;
  Status status = str_format(&scratch, error, &key, "%.*s.%.*s", STR_ARG(schema), STR_ARG(name));
  if (status == OK) status = str_lower(&scratch, error, key, &lowered);
  if (status == OK) status = object_lock(view->databases[database].info.transaction, space, lowered, &conflict, error);
  arena_free(&scratch);
  if (status == OK && conflict) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on %s with \"%.*s\"", doing,
                     STR_ARG(name));
  }
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables in the store
// ---------------------------------------------------------------------------------------------------------------------

static bool is_key(const CatalogConstraint *constraint) {
  return constraint->kind == CONSTRAINT_PRIMARY_KEY || constraint->kind == CONSTRAINT_UNIQUE;
}

static Status add_store_key(Transaction *transaction, const CatalogTable *table, const CatalogConstraint *constraint,
                            Error *error) {
  uint32_t ids[64];
  if (constraint->column_count > COUNT_OF(ids)) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "keys of more than %u columns are not supported",
                     (unsigned)COUNT_OF(ids));
  }
  for (uint32_t i = 0; i < constraint->column_count; i++) ids[i] = table->columns[constraint->columns[i]].id;
  TableKey key = {.number = constraint->index_number,
                  .primary = constraint->kind == CONSTRAINT_PRIMARY_KEY,
                  .column_ids = ids,
                  .column_count = constraint->column_count};
  Status status = table_add_key(transaction, table->store_table, &key, error);
  DuplicateKey duplicate;
  if (status != ERROR_CONSTRAINT || !transaction_duplicate(transaction, &duplicate)) return status;
  return error_set(error, ERROR_CONSTRAINT, -1, "Data contains duplicates on indexed column(s)");
}

static Status make_store_table(CatalogView *view, Arena *arena, uint32_t database, CatalogTable *table, Error *error) {
  Transaction *transaction = view->databases[database].info.transaction;
  TableColumn *columns;
  uint32_t count = 0;
  ARENA_NEW_ARRAY(arena, error, columns, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    table->columns[i].id = i;
    if (!table->columns[i].generated_sql.data)
      columns[count++] = (TableColumn){.id = i, .type = table->columns[i].type};
  }
  table->next_column_id = table->column_count;
  TRY(table_create(transaction, columns, count, &table->store_table, error));
  uint32_t number = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    if (!is_key(&table->constraints[i])) continue;
    table->constraints[i].index_number = number++;
    TRY(add_store_key(transaction, table, &table->constraints[i], error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Drop
// ---------------------------------------------------------------------------------------------------------------------

static Status drop_entry(CatalogView *view, Arena *arena, uint32_t database, uint64_t id, Error *error);

// Indexes of the table go with it.
static Status drop_indexes(CatalogView *view, Arena *arena, const CatalogTable *table, Error *error) {
  const CatalogIndex **indexes;
  uint32_t count;
  Transaction *transaction = view->databases[table->entry.database].info.transaction;
  TRY(catalog_table_indexes(view, arena, table, &indexes, &count, error));
  for (uint32_t i = 0; i < count; i++) TRY(object_remove(transaction, indexes[i]->entry.id, error));
  return OK;
}

// doing: "alter" or "drop", a part of it; NULL: DROP TABLE
static Status check_not_referenced(CatalogView *view, Arena *arena, const CatalogTable *table, const char *doing,
                                   Error *error) {
  CatalogReference *references;
  uint32_t count;
  TRY(catalog_table_references(view, arena, table, &references, &count, error));
  for (uint32_t i = 0; i < count; i++) {
    if (references[i].table->entry.id == table->entry.id) continue;
    if (doing) {
      return error_set(error, ERROR_DEPENDENCY, -1,
                       "Cannot %s entry \"%.*s\" because there are entries that depend on it.", doing,
                       STR_ARG(table->entry.name));
    }
    return error_set(error, ERROR_CATALOG, -1,
                     "Could not drop the table because this table is main key table of the table \"%.*s\"",
                     STR_ARG(references[i].table->entry.name));
  }
  return OK;
}

// The sequences that an entry owns go with it.
static Status drop_owned(CatalogView *view, Arena *arena, uint32_t database, uint64_t owner, Error *error) {
  const Database *held = &view->databases[database];
  for (uint32_t i = 0; i < held->directory.count; i++) {
    StoreObject object;
    const CatalogEntry *entry;
    uint64_t id = held->directory.items[i].id;
    if (held->directory.items[i].kind != CATALOG_SEQUENCE || id == owner) continue;
    if (!object_get(held->info.transaction, id, &object)) continue;
    TRY(entry_load(view, arena, database, id, &entry, error));
    if (((const CatalogSequence *)entry)->owner == owner) TRY(drop_entry(view, arena, database, id, error));
  }
  return OK;
}

// What is dropped, and what comes to depend on it meanwhile: what is made in a schema, a sequence that gets an owner. The drop is the use + 1.
enum { GUARD_SCHEMA_USE = 1000, GUARD_OWNER_USE = 1002 }; // beside the kinds of entries

static Status guard(Transaction *transaction, uint32_t use, bool drops, Str name, Error *error) {
  return object_guard(
      transaction, use + drops, use + !drops, name,
      drops ? "Failed to commit: Could not commit DROP of \"%.*s\" because a dependency was created after the "
              "transaction started"
            : "Failed to commit: Could not commit creation of dependency, subject \"%.*s\" has been deleted",
      error);
}

static Status guard_schema(CatalogView *view, uint32_t database, Str schema, bool drops, Error *error) {
  const DirectoryEntry *entry = directory_find(&view->databases[database], CATALOG_SCHEMA, (Str){0}, schema);
  if (!entry) return OK; // built in
  return guard(view->databases[database].info.transaction, GUARD_SCHEMA_USE, drops, entry->name, error);
}

static Status drop_entry(CatalogView *view, Arena *arena, uint32_t database, uint64_t id, Error *error) {
  const CatalogEntry *entry;
  Transaction *transaction = view->databases[database].info.transaction;
  TRY(entry_load(view, arena, database, id, &entry, error));
  if (entry->kind == CATALOG_TABLE) TRY(check_not_referenced(view, arena, (const CatalogTable *)entry, NULL, error));
  TRY(lock_name(view, database, entry->kind, entry->schema, entry->name, "alter", error));
  if (entry->kind == CATALOG_TABLE) {
    const CatalogTable *table = (const CatalogTable *)entry;
    TRY(drop_indexes(view, arena, table, error));
    TRY(table_drop(transaction, table->store_table, error));
  }
  if (entry->kind == CATALOG_SEQUENCE) TRY(counter_remove(transaction, id, error));
  if (entry->kind == CATALOG_INDEX) {
    const CatalogIndex *index = (const CatalogIndex *)entry;
    StoreObject object;
    const CatalogEntry *owner = NULL;
    if (index->unique && object_get(transaction, index->table, &object)) {
      TRY(entry_load(view, arena, database, index->table, &owner, error));
      TRY(table_drop_key(transaction, ((const CatalogTable *)owner)->store_table, index->index_number, error));
    }
  }
  TRY(object_remove(transaction, id, error));
  bool owns = entry->kind == CATALOG_TABLE || entry->kind == CATALOG_VIEW || entry->kind == CATALOG_SEQUENCE;
  if (!owns) return OK;
  TRY(guard(transaction, GUARD_OWNER_USE, true, entry->name, error));
  return drop_owned(view, arena, database, id, error);
}

// What stands in a schema: the first such entry makes the error.
static Status drop_schema(CatalogView *view, Arena *arena, uint32_t database, uint64_t id, Str schema, bool cascade,
                          Error *error) {
  const Database *held = &view->databases[database];
  ARENA_LIST(DirectoryEntry) inside = {0};
  for (uint32_t i = 0; i < held->directory.count; i++) {
    const DirectoryEntry *entry = &held->directory.items[i];
    if (entry->kind != CATALOG_SCHEMA && str_equal_nocase(entry->schema, schema))
      ARENA_PUSH(arena, error, &inside, *entry);
  }
  if (inside.count && !cascade) {
    Str kind = {0};
    TRY(str_lower(arena, error, str_from(catalog_kind_name(inside.items[0].kind)), &kind));
    return error_set(error, ERROR_DEPENDENCY, -1,
                     "Cannot drop entry \"%.*s\" because there are entries that depend on it.\n%.*s \"%.*s\" depends "
                     "on schema \"%.*s\".\n"
                     "Use DROP...CASCADE to drop all dependents.",
                     STR_ARG(schema), STR_ARG(kind), STR_ARG(inside.items[0].name), STR_ARG(schema));
  }
  for (uint32_t i = 0; i < inside.count; i++) {
    StoreObject object;
    if (object_get(held->info.transaction, inside.items[i].id, &object))
      TRY(drop_entry(view, arena, database, inside.items[i].id, error));
  }
  TRY(guard_schema(view, database, schema, true, error));
  return drop_entry(view, arena, database, id, error);
}

static Status wrong_kind(const CatalogEntry *entry, CatalogKind wanted, Error *error) {
  return error_set(error, ERROR_CATALOG, -1, "Existing object %.*s is of type %s, trying to %s type %s",
                   STR_ARG(entry->name), catalog_kind_name(entry->kind), "drop", catalog_kind_name(wanted));
}

static Status drop_in(CatalogView *view, Arena *arena, const CatalogDrop *request, Error *error) {
  const CatalogEntry *entry;
  CatalogKind kind = request->kind;
  CatalogName name = request->name;
  CatalogKind search = kind == CATALOG_VIEW ? CATALOG_TABLE : kind;
  if (kind == CATALOG_SCHEMA) {
    uint32_t index = 0;
    Str database = name.database.data ? name.database : name.schema.data ? name.schema : view->current_database;
    TRY(find_database_of(view, database, &index, error));
    TRY(directory_build(view, index, error));
    if (str_equal_nocase(name.name, STR("main"))) {
      return error_set(error, ERROR_CATALOG, -1, "Cannot drop entry \"main\" because it is an internal system entry");
    }
    const DirectoryEntry *found = directory_find(&view->databases[index], CATALOG_SCHEMA, (Str){0}, name.name);
    if (found) return drop_schema(view, arena, index, found->id, found->name, request->cascade, error);
    if (request->if_exists) return OK;
    return error_set(error, ERROR_CATALOG, -1, "Schema with name %.*s does not exist!", STR_ARG(name.name));
  }
  TRY(catalog_find(view, arena, search, name, true, &entry, error));
  if (!entry && kind == CATALOG_MACRO) TRY(catalog_find(view, arena, CATALOG_TABLE_MACRO, name, true, &entry, error));
  if (!entry) {
    if (request->if_exists) return OK;
    name.position = -1;
    return missing_error(view, kind, name, error);
  }
  if (entry->kind != kind && search == CATALOG_TABLE) return wrong_kind(entry, kind, error);
  return drop_entry(view, arena, entry->database, entry->id, error);
}

Status catalog_drop(CatalogView *view, const CatalogDrop *request, Error *error) {
  for (uint32_t i = 0; i < request->dependent_count; i++) TRY(catalog_drop(view, &request->dependents[i], error));
  Arena scratch;
  arena_init(&scratch, view->memory);
  Status status = drop_in(view, &scratch, request, error);
  arena_free(&scratch);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Create
// ---------------------------------------------------------------------------------------------------------------------

static Status exists_error(const CatalogEntry *old, Error *error) {
  return error_set(error, ERROR_CATALOG, -1, "%s with name \"%.*s\" already exists!", catalog_kind_name(old->kind),
                   STR_ARG(old->name));
}

// What is in the way of the new entry; *go false: nothing is to be done (IF NOT EXISTS).
static Status make_way(CatalogView *view, Arena *arena, uint32_t database, const CatalogCreate *request, bool *go,
                       const CatalogEntry **there, Error *error) {
  CatalogKind kind = request->kind == CATALOG_VIEW ? CATALOG_TABLE : request->kind;
  const CatalogEntry *entry = request->entry;
  *go = true;
  *there = NULL;
  bool built_in = kind == CATALOG_SCHEMA && schema_exists(view, database, entry->name);
  const DirectoryEntry *found = directory_find(&view->databases[database], kind, entry->schema, entry->name);
  if (!found && !built_in) return OK;
  CatalogEntry schema = {.kind = CATALOG_SCHEMA, .name = entry->name};
  const CatalogEntry *old = &schema;
  if (found) TRY(entry_load(view, arena, database, found->id, &old, error));
  switch ((CatalogOnConflict)request->on_conflict) {
    case CATALOG_CREATE_IF_NOT_EXISTS:
      if (old->kind != request->kind && request->kind != CATALOG_VIEW)
        return error_set(error, ERROR_CATALOG, -1, "Existing object %.*s is of type %s, trying to create type %s",
                         STR_ARG(old->name), catalog_kind_name(old->kind), catalog_kind_name(request->kind));
      *go = false;
      *there = found ? old : NULL;
      return OK;
    case CATALOG_CREATE_OR_REPLACE:
      if (old->kind != request->kind)
        return error_set(error, ERROR_CATALOG, -1, "Existing object %.*s is of type %s, trying to replace with type %s",
                         STR_ARG(old->name), catalog_kind_name(old->kind), catalog_kind_name(request->kind));
      if (!found) return exists_error(old, error);
      if (kind == CATALOG_SCHEMA) return drop_schema(view, arena, database, found->id, found->name, false, error);
      if (kind == CATALOG_TABLE && old->kind == CATALOG_TABLE)
        TRY(check_not_referenced(view, arena, (const CatalogTable *)old, "drop", error));
      return drop_entry(view, arena, database, found->id, error);
    default:
      return exists_error(old, error);
  }
}

// A unique index is a key of the store table.
static Status make_index(CatalogView *view, Arena *arena, uint32_t database, CatalogIndex *index, Error *error) {
  const CatalogEntry *entry;
  const CatalogIndex **others;
  uint32_t other_count;
  Transaction *transaction = view->databases[database].info.transaction;
  TRY(entry_load(view, arena, database, index->table, &entry, error));
  const CatalogTable *table = (const CatalogTable *)entry;
  uint32_t number = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    if (is_key(&table->constraints[i])) number = MAX_OF(number, table->constraints[i].index_number + 1);
  }
  TRY(catalog_table_indexes(view, arena, table, &others, &other_count, error));
  for (uint32_t i = 0; i < other_count; i++) number = MAX_OF(number, others[i]->index_number + 1);
  index->index_number = number;
  if (!index->unique) return OK;
  CatalogConstraint key = {.kind = CONSTRAINT_UNIQUE,
                           .columns = index->columns,
                           .column_count = index->column_count,
                           .index_number = number};
  return add_store_key(transaction, table, &key, error);
}

Status catalog_create(CatalogView *view, Arena *arena, const CatalogCreate *request, bool *created,
                      const CatalogEntry **out, Error *error) {
  CatalogEntry *entry = request->entry;
  uint32_t database = 0;
  uint64_t id;
  bool go;
  *created = false;
  TRY(find_database_of(view, entry->database_name.data ? entry->database_name : view->current_database, &database,
                       error));
  TRY(directory_build(view, database, error));
  TRY(make_way(view, arena, database, request, &go, out, error));
  if (!go) return OK;
  Transaction *transaction = view->databases[database].info.transaction;
  TRY(lock_name(view, database, request->kind, entry->schema, entry->name, "create", error));
  if (request->kind != CATALOG_SCHEMA) TRY(guard_schema(view, database, entry->schema, false, error));
  entry->kind = request->kind;
  for (uint32_t i = 0; request->kind == CATALOG_TABLE && i < request->table->constraint_count; i++) {
    const CatalogConstraint *key = &request->table->constraints[i];
    if (key->kind != CONSTRAINT_FOREIGN_KEY) continue;
    TRY(lock_name(view, database, CATALOG_TABLE, key->foreign_schema, key->foreign_table, "alter", error));
  }
  if (request->kind == CATALOG_TABLE) TRY(make_store_table(view, arena, database, request->table, error));
  if (request->kind == CATALOG_INDEX) TRY(make_index(view, arena, database, request->index, error));
  TRY(object_new_id(transaction, &id, error));
  TRY(put_entry(view, database, id, entry, error));
  *created = true;
  return entry_load(view, arena, database, id, out, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Alter
// ---------------------------------------------------------------------------------------------------------------------

static Status missing_column(const CatalogTable *table, Str name, Error *error) {
  Str near = {0};
  uint32_t best = UINT32_MAX;
  for (uint32_t i = 0; i < table->column_count; i++) {
    uint32_t distance = str_edit_distance(table->columns[i].name, name);
    if (distance < best) {
      best = distance;
      near = table->columns[i].name;
    }
  }
  return error_set(error, ERROR_BINDER, -1,
                   "Table \"%.*s\" does not have a column with name \"%.*s\"\n\nDid you mean: \"%.*s\"",
                   STR_ARG(table->entry.name), STR_ARG(name), STR_ARG(near));
}

static Status add_column(Transaction *transaction, Arena *arena, CatalogTable *table, const CatalogAlter *request,
                         Error *error) {
  CatalogColumn *columns;
  uint32_t position;
  if (catalog_find_column(table, request->new_column.name, &position)) {
    if (request->column_if_not_exists) return OK;
    return error_set(error, ERROR_CATALOG, -1, "Column with name %.*s already exists!",
                     STR_ARG(request->new_column.name));
  }
  ARENA_NEW_ARRAY(arena, error, columns, table->column_count + 1);
  if (table->column_count) memcpy(columns, table->columns, sizeof *columns * table->column_count);
  columns[table->column_count] = request->new_column;
  columns[table->column_count].id = table->next_column_id++;
  TableColumn column = {.id = columns[table->column_count].id, .type = request->new_column.type};
  table->columns = columns;
  table->column_count++;
  return request->new_column.generated_sql.data
             ? OK
             : table_add_column(transaction, table->store_table, &column, NULL, error);
}

static const char *constraint_word(const CatalogConstraint *constraint) {
  if (constraint->kind == CONSTRAINT_FOREIGN_KEY) return "FOREIGN KEY";
  return constraint->kind == CONSTRAINT_CHECK ? "CHECK" : "UNIQUE";
}

// Whether a foreign key of this table, or one that refers to it, names the column.
static Status in_foreign_key(CatalogView *view, Arena *arena, const CatalogTable *table, uint32_t position, bool *found,
                             Error *error) {
  CatalogReference *references;
  uint32_t count;
  *found = false;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; constraint->kind == CONSTRAINT_FOREIGN_KEY && k < constraint->column_count; k++)
      *found |= constraint->columns[k] == position;
  }
  TRY(catalog_table_references(view, arena, table, &references, &count, error));
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < references[i].constraint->column_count; k++)
      *found |= str_equal_nocase(references[i].constraint->foreign_columns[k], table->columns[position].name);
  }
  return OK;
}

// A CHECK of the column alone goes with it.
static void drop_own_checks(CatalogTable *table, uint32_t position) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    bool own = constraint->kind == CONSTRAINT_CHECK && constraint->column_count == 1;
    if (!own || constraint->columns[0] != position) table->constraints[kept++] = *constraint;
  }
  table->constraint_count = kept;
}

// DuckDB refuses to drop columns that an index uses, and those before them: its indexes know columns by position.
static Status check_indexes(CatalogView *view, Arena *arena, const CatalogTable *table, uint32_t position, bool later,
                            Error *error) {
  const CatalogIndex **indexes;
  uint32_t count;
  TRY(catalog_table_indexes(view, arena, table, &indexes, &count, error));
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < indexes[i]->column_count; k++) {
      if (indexes[i]->columns[k] == position) {
        return error_set(error, ERROR_CATALOG, -1, "Cannot drop this column: an index depends on it!");
      }
      later |= indexes[i]->columns[k] > position;
    }
  }
  return later ? error_set(error, ERROR_CATALOG, -1, "Cannot drop this column: an index depends on a column after it!")
               : OK;
}

// `form` takes a name and the constraint as it is declared.
static Status constraint_error(const CatalogView *view, const CatalogTable *table, const CatalogConstraint *constraint,
                               Error *error, const char *form, Str name) {
  TextBuilder text;
  text_init(&text, view->memory);
  constraint_print(&text, table, constraint);
  Status status = error_set(error, ERROR_CATALOG, -1, form, STR_ARG(name), STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

static Status constraint_depends(const CatalogView *view, const CatalogTable *table,
                                 const CatalogConstraint *constraint, uint32_t position, Error *error) {
  if (is_key(constraint) && constraint->column_count > 1) {
    CatalogConstraint unique = *constraint;
    unique.kind = CONSTRAINT_UNIQUE;
    return constraint_error(view, table, &unique, error,
                            "Cannot drop column \"%.*s\" because it is referenced in unique constraint %.*s",
                            table->columns[position].name);
  }
  return error_set(error, ERROR_CATALOG, -1,
                   "Cannot drop column \"%.*s\" because there is a %s constraint that depends on it",
                   STR_ARG(table->columns[position].name), constraint_word(constraint));
}

// Constraints of the other columns keep their columns.
static Status drop_column(CatalogView *view, Arena *arena, CatalogTable *table, uint32_t position, Error *error) {
  uint32_t stored_count = 0;
  bool stored = !table->columns[position].generated_sql.data, later = false;
  for (uint32_t i = 0; i < table->column_count; i++) stored_count += !table->columns[i].generated_sql.data;
  if (table->column_count == 1 || (stored_count == 1 && stored)) {
    return error_set(error, ERROR_CATALOG, -1, "Cannot drop column: table only has one column remaining!");
  }
  drop_own_checks(table, position);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; k < constraint->column_count; k++) {
      if (constraint->columns[k] == position) return constraint_depends(view, table, constraint, position, error);
    }
  }
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; k < constraint->column_count; k++) {
      if (constraint->columns[k] < position) continue;
      constraint->columns[k]--;
      later |= constraint->kind != CONSTRAINT_CHECK;
    }
  }
  if (stored) TRY(check_indexes(view, arena, table, position, later, error));
  uint32_t id = table->columns[position].id;
  table->column_count--;
  memmove(&table->columns[position], &table->columns[position + 1],
          sizeof(CatalogColumn) * (table->column_count - position));
  if (!stored) return OK;
  return table_drop_column(view->databases[table->entry.database].info.transaction, table->store_table, id, error);
}

// The column gets a new, empty one of the new type in its place. Tables with keys on it would lose them.
static Status set_type(Transaction *transaction, CatalogTable *table, uint32_t position, Type type, Error *error) {
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    for (uint32_t k = 0; k < table->constraints[i].column_count; k++) {
      if (table->constraints[i].columns[k] != position) continue;
      return error_set(
          error, ERROR_BINDER, -1, "Cannot change the type of a column that has a %s constraint specified",
          is_key(&table->constraints[i]) ? "UNIQUE or PRIMARY KEY" : constraint_word(&table->constraints[i]));
    }
  }
  TableColumn column = {.id = table->next_column_id++, .type = type};
  TRY(table_drop_column(transaction, table->store_table, table->columns[position].id, error));
  TRY(table_add_column(transaction, table->store_table, &column, NULL, error));
  table->columns[position].id = column.id;
  table->columns[position].type = type;
  return OK;
}

static Status check_no_nulls(Transaction *transaction, CatalogView *view, const CatalogTable *table, uint32_t position,
                             Error *error) {
  TableScan *scan = NULL;
  Chunk chunk = {0};
  bool done = false;
  uint32_t id = table->columns[position].id;
  Status status = chunk_init(&chunk, view->memory, &table->columns[position].type, 1, error);
  if (status == OK) status = scan_open(transaction, table->store_table, &id, 1, NULL, 0, &scan, error);
  while (status == OK && !done) {
    StoreStep step;
    status = scan_need(scan, &step, error);
    if (status == OK) status = scan_next(scan, &chunk, &done, error);
    for (uint32_t r = 0; status == OK && !done && r < chunk.row_count; r++) {
      VectorView column;
      vector_view(&chunk.columns[0], &column);
      if (view_valid(&column, view_row(&column, r))) continue;
      status = error_set(error, ERROR_CONSTRAINT, -1, "NOT NULL constraint failed: %.*s.%.*s",
                         STR_ARG(table->entry.name), STR_ARG(table->columns[position].name));
    }
  }
  scan_close(scan);
  chunk_free(&chunk);
  return status;
}

static Status add_primary_key(CatalogView *view, Arena *arena, CatalogTable *table, const CatalogAlter *request,
                              Error *error) {
  Transaction *transaction = view->databases[table->entry.database].info.transaction;
  CatalogConstraint *constraints;
  uint32_t number = 0;
  ARENA_NEW_ARRAY(arena, error, constraints, table->constraint_count + 1);
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    constraints[i] = table->constraints[i];
    if (constraints[i].kind == CONSTRAINT_PRIMARY_KEY) {
      return constraint_error(view, table, &constraints[i], error, "table \"%.*s\" can have only one primary key: %.*s",
                              table->entry.name);
    }
    if (is_key(&constraints[i])) number = MAX_OF(number, constraints[i].index_number + 1);
  }
  CatalogConstraint *added = &constraints[table->constraint_count];
  *added = request->constraint;
  added->index_number = number;
  table->constraints = constraints;
  table->constraint_count++;
  for (uint32_t i = 0; i < added->column_count; i++) {
    TRY(check_no_nulls(transaction, view, table, added->columns[i], error));
    table->columns[added->columns[i]].not_null = true;
  }
  return add_store_key(transaction, table, added, error);
}

static Status alter_column(CatalogView *view, Arena *arena, CatalogTable *table, const CatalogAlter *request,
                           Error *error) {
  Transaction *transaction = view->databases[table->entry.database].info.transaction;
  uint32_t position = 0;
  uint32_t other;
  if (request->action == ALTER_ADD_COLUMN) return add_column(transaction, arena, table, request, error);
  if (request->action == ALTER_ADD_PRIMARY_KEY) return add_primary_key(view, arena, table, request, error);
  if (!catalog_find_column(table, request->column, &position)) {
    return request->column_if_exists ? OK : missing_column(table, request->column, error);
  }
  CatalogColumn *column = &table->columns[position];
  switch ((CatalogAlterKind)request->action) {
    case ALTER_RENAME_COLUMN: {
      bool foreign;
      TRY(in_foreign_key(view, arena, table, position, &foreign, error));
      if (foreign) {
        return error_set(error, ERROR_CATALOG, -1,
                         "Cannot rename column \"%.*s\" because this is involved in the foreign key constraint",
                         STR_ARG(column->name));
      }
      if (catalog_find_column(table, request->new_name, &other) && other != position) {
        return error_set(error, ERROR_CATALOG, -1, "Column with name %.*s already exists!", STR_ARG(request->new_name));
      }
      column->name = request->new_name;
      for (uint32_t i = 0; request->generated_sql && i < table->column_count; i++) {
        if (table->columns[i].generated_sql.data) table->columns[i].generated_sql = request->generated_sql[i];
      }
      for (uint32_t i = 0; request->check_sql && i < table->constraint_count; i++) {
        if (table->constraints[i].check_sql.data) table->constraints[i].check_sql = request->check_sql[i];
      }
      break;
    }
    case ALTER_DROP_COLUMN:
      for (uint32_t i = table->column_count; request->dropped && i-- > 0;) {
        if (i != position && request->dropped[i]) TRY(drop_column(view, arena, table, i, error));
      }
      catalog_find_column(table, request->column, &position);
      TRY(drop_column(view, arena, table, position, error));
      break;
    case ALTER_SET_TYPE:
      TRY(set_type(transaction, table, position, request->new_column.type, error));
      break;
    case ALTER_SET_DEFAULT:
      column->default_sql = request->new_column.default_sql;
      return OK;
    case ALTER_DROP_DEFAULT:
      column->default_sql = (Str){0};
      return OK;
    case ALTER_SET_NOT_NULL:
      TRY(check_no_nulls(transaction, view, table, position, error));
      column->not_null = true;
      TRY(table_guard(transaction, table->store_table, error));
      break;
    case ALTER_DROP_NOT_NULL:
      column->not_null = column_in_primary_key(table, position);
      break;
    case ALTER_COMMENT:
      column->comment = request->comment;
      return OK;
    default:
      return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "this form of ALTER is not supported yet");
  }
  return check_not_referenced(view, arena, table, "alter", error);
}

static Status rename_entry(CatalogView *view, Arena *arena, CatalogEntry *entry, Str name, Error *error) {
  CatalogKind kind = entry->kind == CATALOG_VIEW ? CATALOG_TABLE : entry->kind;
  const DirectoryEntry *other = directory_find(&view->databases[entry->database], kind, entry->schema, name);
  if (other && other->id != entry->id) {
    return error_set(error, ERROR_CATALOG, -1,
                     "Could not rename \"%.*s\" to \"%.*s\": another entry with this name already exists!",
                     STR_ARG(entry->name), STR_ARG(name));
  }
  if (entry->kind == CATALOG_TABLE) {
    CatalogTable *table = (CatalogTable *)entry;
    TRY(check_not_referenced(view, arena, table, "alter", error));
    for (uint32_t i = 0; i < table->constraint_count; i++) {
      CatalogConstraint *constraint = &table->constraints[i];
      bool own = constraint->kind == CONSTRAINT_FOREIGN_KEY &&
                 str_equal_nocase(constraint->foreign_table, entry->name) &&
                 str_equal_nocase(constraint->foreign_schema, entry->schema);
      if (own) constraint->foreign_table = name;
    }
  }
  TRY(lock_name(view, entry->database, entry->kind, entry->schema, name, "create", error));
  entry->name = name;
  return OK;
}

static Status set_owner(CatalogView *view, Arena *arena, CatalogSequence *sequence, CatalogName name, Error *error) {
  const CatalogEntry *owner, *old;
  TRY(catalog_find(view, arena, CATALOG_TABLE, name, true, &owner, error));
  if (!owner) TRY(catalog_find(view, arena, CATALOG_SEQUENCE, name, true, &owner, error));
  if (!owner || owner->database != sequence->entry.database) {
    Str schema = name.schema.data ? name.schema : view->current_schema;
    return error_set(error, ERROR_CATALOG, -1, "CatalogElement \"%.*s.%.*s\" does not exist!", STR_ARG(schema),
                     STR_ARG(name.name));
  }
  if (sequence->owner && sequence->owner != owner->id) {
    TRY(entry_load(view, arena, sequence->entry.database, sequence->owner, &old, error));
    return error_set(error, ERROR_DEPENDENCY, -1, "%.*s is already owned by %.*s", STR_ARG(sequence->entry.name),
                     STR_ARG(old->name));
  }
  if (owner->id == sequence->entry.id) return OK;
  sequence->owner = owner->id;
  return guard(view->databases[owner->database].info.transaction, GUARD_OWNER_USE, false, owner->name, error);
}

// What DuckDB refuses while the table has indexes, or other tables have foreign keys to it.
static Status check_dependents(CatalogView *view, Arena *arena, const CatalogEntry *entry, uint8_t action,
                               Error *error) {
  const CatalogTable *table = (const CatalogTable *)entry;
  const CatalogIndex **indexes;
  CatalogReference *references;
  uint32_t count, reference_count;
  if (entry->kind != CATALOG_TABLE || action == ALTER_ADD_COLUMN || action == ALTER_SET_DEFAULT ||
      action == ALTER_DROP_DEFAULT || action == ALTER_COMMENT) {
    return OK;
  }
  TRY(catalog_table_indexes(view, arena, table, &indexes, &count, error));
  TRY(catalog_table_references(view, arena, table, &references, &reference_count, error));
  for (uint32_t i = 0; i < reference_count; i++) count += references[i].table->entry.id != entry->id;
  if (!count) return OK;
  return error_set(error, ERROR_DEPENDENCY, -1,
                   "Cannot alter entry \"%.*s\" because there are entries that depend on it.", STR_ARG(entry->name));
}

static Status comment_on_view_column(Arena *arena, CatalogViewEntry *view, const CatalogAlter *request, Error *error) {
  if (!view->column_comments) ARENA_NEW_ARRAY(arena, error, view->column_comments, view->column_count);
  for (uint32_t i = 0; i < view->column_count; i++) {
    if (!str_equal_nocase(view->column_names[i], request->column)) continue;
    view->column_comments[i] = request->comment;
    return OK;
  }
  return error_set(error, ERROR_BINDER, -1, "View \"%.*s\" does not have a column with name \"%.*s\"",
                   STR_ARG(view->entry.name), STR_ARG(request->column));
}

Status catalog_alter(CatalogView *view, Arena *arena, const CatalogAlter *request, const CatalogEntry **out,
                     Error *error) {
  const CatalogEntry *found;
  TRY(catalog_find(view, arena, request->kind == CATALOG_VIEW ? CATALOG_TABLE : request->kind, request->name, true,
                   &found, error));
  *out = NULL;
  if (!found) {
    CatalogName name = request->name;
    name.position = -1;
    return request->if_exists ? OK : missing_error(view, request->kind, name, error);
  }
  CatalogEntry *entry = (CatalogEntry *)(uintptr_t)found; // decoded for this call alone
  TRY(lock_name(view, entry->database, entry->kind, entry->schema, entry->name, "alter", error));
  bool whole = request->action == ALTER_RENAME || (request->action == ALTER_COMMENT && !request->column.data);
  if (request->action == ALTER_RENAME) {
    TRY(check_dependents(view, arena, found, request->action, error)); // which know it by its name
    TRY(rename_entry(view, arena, entry, request->new_name, error));
  } else if (request->action == ALTER_SEQUENCE_OWNER) {
    TRY(set_owner(view, arena, (CatalogSequence *)entry, request->owner, error));
  } else if (whole) {
    entry->comment = request->comment;
  } else if (entry->kind == CATALOG_VIEW && request->action == ALTER_COMMENT) {
    TRY(comment_on_view_column(arena, (CatalogViewEntry *)entry, request, error));
  } else if (entry->kind != CATALOG_TABLE) {
    return error_set(error, ERROR_CATALOG, -1, "Can only modify table with ALTER TABLE statement");
  } else {
    TRY(alter_column(view, arena, (CatalogTable *)entry, request, error));
  }
  if (request->action != ALTER_RENAME) TRY(check_dependents(view, arena, found, request->action, error));
  TRY(put_entry(view, entry->database, entry->id, entry, error));
  return entry_load(view, arena, entry->database, entry->id, out, error);
}
