// SPDX-License-Identifier: MIT
//
// find.c: names to entries: the search path, listings, places for new objects, and the error that says what is missing.
#include "catalog/view.h"

#include <stdlib.h>

// ---------------------------------------------------------------------------------------------------------------------
// Where to look
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Place {
  uint32_t database;
  Str schema;
} Place;

#define PLACE_CAPACITY (CATALOG_PATH_CAPACITY + 6)

static void add_place(Place *places, uint32_t *count, uint32_t database, Str schema) {
  if (*count < PLACE_CAPACITY) places[(*count)++] = (Place){database, schema};
}

// temp first, then the current schema, then main.
static uint32_t search_places(const CatalogView *view, CatalogName name, Place *places) {
  uint32_t count = 0;
  uint32_t index;
  uint32_t current = 0;
  catalog_find_database(view, view->current_database, &current);
  if (name.database.data) {
    if (catalog_find_database(view, name.database, &index))
      add_place(places, &count, index, name.schema.data ? name.schema : STR("main"));
    return count;
  }
  if (name.schema.data) { // a schema, or a database whose schema main is meant
    for (uint32_t i = 0; i < view->database_count; i++) {
      if (view->databases[i].info.temporary && schema_exists(view, i, name.schema))
        add_place(places, &count, i, name.schema);
    }
    if (schema_exists(view, current, name.schema)) add_place(places, &count, current, name.schema);
    if (catalog_find_database(view, name.schema, &index)) {
      if (index == current) add_place(places, &count, index, view->current_schema);
      add_place(places, &count, index, STR("main"));
    }
    return count;
  }
  for (uint32_t i = 0; i < view->database_count; i++) {
    if (view->databases[i].info.temporary) add_place(places, &count, i, STR("main"));
  }
  add_place(places, &count, current, view->current_schema);
  for (uint32_t i = 0; i < view->behind_count; i++) {
    if (catalog_find_database(view, view->behind[i].database, &index)) {
      add_place(places, &count, index, view->behind[i].schema);
    }
  }
  add_place(places, &count, current, STR("main"));
  return count;
}

// ---------------------------------------------------------------------------------------------------------------------
// What is missing
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t similarity(Str a, Str b) { return str_edit_distance(a, b); }

static const DirectoryEntry *most_similar(const CatalogView *view, CatalogKind kind, Str name,
                                          const Database **database) {
  const DirectoryEntry *best = NULL;
  uint32_t best_distance = UINT32_MAX;
  for (uint32_t i = 0; i < view->database_count; i++) {
    for (uint32_t k = 0; k < view->databases[i].directory.count; k++) {
      const DirectoryEntry *entry = &view->databases[i].directory.items[k];
      bool kin = entry->kind == kind || ((kind == CATALOG_TABLE || kind == CATALOG_VIEW) &&
                                         (entry->kind == CATALOG_TABLE || entry->kind == CATALOG_VIEW));
      uint32_t distance = kin ? similarity(entry->name, name) : UINT32_MAX;
      if (distance < best_distance) {
        best = entry;
        best_distance = distance;
        *database = &view->databases[i];
      }
    }
  }
  return best;
}

// The name is there, in other schemas: Did you mean "a.foo, b.foo, or c.foo"?
static Status missing_here(CatalogView *view, CatalogKind kind, CatalogName name, Error *error) {
  const DirectoryEntry *found[8];
  const char *databases[8];
  uint32_t count = 0;
  for (uint32_t i = 0; i < view->database_count; i++) {
    for (uint32_t k = 0; k < view->databases[i].directory.count && count < COUNT_OF(found); k++) {
      const DirectoryEntry *entry = &view->databases[i].directory.items[k];
      bool kin = entry->kind == kind || ((kind == CATALOG_TABLE || kind == CATALOG_VIEW) &&
                                         (entry->kind == CATALOG_TABLE || entry->kind == CATALOG_VIEW));
      if (!kin || !str_equal_nocase(entry->name, name.name)) continue;
      databases[count] = view->databases[i].info.temporary ? "temp." : "";
      found[count++] = entry;
    }
  }
  TextBuilder text;
  text_init(&text, view->memory);
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(&text, count == 2 ? STR(" or ") : i + 1 == count ? STR(", or ") : STR(", "));
    bool in_main = str_equal_nocase(found[i]->schema, STR("main"));
    if (in_main || *databases[i]) {
      text_format(&text, "%s%.*s", databases[i], STR_ARG(found[i]->name));
    } else {
      text_format(&text, "%.*s.%.*s", STR_ARG(found[i]->schema), STR_ARG(found[i]->name));
    }
  }
  Status status =
      error_set(error, ERROR_CATALOG, name.position, "%s with name %.*s does not exist!\nDid you mean \"%.*s\"?",
                catalog_kind_name(kind), STR_ARG(name.name), STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

Status missing_error(CatalogView *view, CatalogKind kind, CatalogName name, Error *error) {
  const char *kind_name = catalog_kind_name(kind);
  uint32_t current = 0;
  uint32_t index;
  catalog_find_database(view, view->current_database, &current);
  bool unknown_schema = name.schema.data && !name.database.data && !schema_exists(view, current, name.schema) &&
                        !catalog_find_database(view, name.schema, &index);
  if (name.schema.data && name.database.data && catalog_find_database(view, name.database, &index)) {
    unknown_schema = !schema_exists(view, index, name.schema);
  }
  if (unknown_schema && kind == CATALOG_TABLE) {
    return error_set(error, ERROR_CATALOG, name.position,
                     "%s with name \"%.*s.%.*s\" does not exist because schema \"%.*s\" does not exist.", kind_name,
                     STR_ARG(name.schema), STR_ARG(name.name), STR_ARG(name.schema));
  }
  const Database *database = NULL;
  const DirectoryEntry *near = kind == CATALOG_SCHEMA ? NULL : most_similar(view, kind, name.name, &database);
  if (!near) {
    return error_set(error, ERROR_CATALOG, name.position, "%s with name %.*s does not exist!", kind_name,
                     STR_ARG(name.name));
  }
  if (str_equal_nocase(near->name, name.name)) return missing_here(view, kind, name, error);
  bool qualified =
      !str_equal_nocase(near->schema, STR("main")) && !str_equal_nocase(near->schema, view->current_schema);
  if (database->info.temporary) {
    return error_set(error, ERROR_CATALOG, name.position,
                     "%s with name %.*s does not exist!\nDid you mean \"temp.%.*s\"?", kind_name, STR_ARG(name.name),
                     STR_ARG(near->name));
  }
  return error_set(error, ERROR_CATALOG, name.position,
                   "%s with name %.*s does not exist!\nDid you mean \"%.*s%s%.*s\"?", kind_name, STR_ARG(name.name),
                   qualified ? (int)near->schema.length : 0, near->schema.data, qualified ? "." : "",
                   STR_ARG(near->name));
}

// ---------------------------------------------------------------------------------------------------------------------
// Look-ups
// ---------------------------------------------------------------------------------------------------------------------

static Status build_all(CatalogView *view, Error *error) {
  for (uint32_t i = 0; i < view->database_count; i++) TRY(directory_build(view, i, error));
  return OK;
}

// s.t: s may not be both a database and a schema of the current one.
static Status check_ambiguous(const CatalogView *view, const CatalogName *name, Error *error) {
  uint32_t index, current = 0;
  if (name->database.data || !name->schema.data || !catalog_find_database(view, name->schema, &index)) return OK;
  catalog_find_database(view, view->current_database, &current);
  if (!schema_exists(view, current, name->schema)) return OK;
  return error_set(error, ERROR_BINDER, -1,
                   "Ambiguous reference to catalog or schema \"%.*s\" - use a fully qualified path like \"%.*s.%.*s\"",
                   STR_ARG(name->schema), STR_ARG(view->current_database), STR_ARG(name->schema));
}

Status catalog_find(CatalogView *view, Arena *arena, CatalogKind kind, CatalogName name, bool optional,
                    const CatalogEntry **out, Error *error) {
  Place places[PLACE_CAPACITY];
  *out = NULL;
  TRY(build_all(view, error));
  TRY(check_ambiguous(view, &name, error));
  uint32_t count = search_places(view, name, places);
  for (uint32_t i = 0; i < count; i++) {
    const Database *database = &view->databases[places[i].database];
    if (!database->info.transaction) continue;
    const DirectoryEntry *entry = directory_find(database, kind, places[i].schema, name.name);
    if (entry) return entry_load(view, arena, places[i].database, entry->id, out, error);
  }
  return optional ? OK : missing_error(view, kind, name, error);
}

Status catalog_place(CatalogView *view, CatalogName *name, bool temporary, Error *error) {
  uint32_t index = 0;
  TRY(build_all(view, error));
  if (temporary) {
    if (name->schema.data && !str_equal_nocase(name->schema, STR("temp")) &&
        !str_equal_nocase(name->schema, STR("main"))) {
      return error_set(error, ERROR_PARSER, name->position,
                       "TEMPORARY table names can *only* use the \"temp\" catalog");
    }
    name->database = STR("temp");
    name->schema = STR("main");
    return OK;
  }
  TRY(check_ambiguous(view, name, error));
  if (!name->database.data && name->schema.data) {
    uint32_t current = 0;
    catalog_find_database(view, view->current_database, &current);
    if (!schema_exists(view, current, name->schema) && catalog_find_database(view, name->schema, &index)) {
      name->database = view->databases[index].info.name;
      name->schema = STR("main");
    }
  }
  if (!name->database.data) name->database = view->current_database;
  if (catalog_find_database(view, name->database, &index) && view->databases[index].info.temporary) {
    return error_set(error, ERROR_PARSER, -1, "Only TEMPORARY table names can use the \"temp\" catalog");
  }
  if (!name->schema.data)
    name->schema = str_equal_nocase(name->database, view->current_database) ? view->current_schema : STR("main");
  if (!catalog_find_database(view, name->database, &index)) {
    return error_set(error, ERROR_CATALOG, name->position, "Catalog with name %.*s does not exist!",
                     STR_ARG(name->database));
  }
  if (!schema_exists(view, index, name->schema)) {
    return error_set(error, ERROR_CATALOG, name->position, "Schema with name %.*s does not exist!",
                     STR_ARG(name->schema));
  }
  if (index == SYSTEM_DATABASE || str_equal_nocase(name->schema, STR("information_schema")) ||
      str_equal_nocase(name->schema, STR("pg_catalog"))) {
    return error_set(error, ERROR_BINDER, name->position, "Cannot create entry in system catalog");
  }
  return OK;
}

// The cursor is the number of entries handed out, built-in schemas first in each database.
static const char *const built_in_schemas[] = {"main", "information_schema", "pg_catalog"};

static int ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? c + 32 : (uint8_t)c; }

static int compare_nocase(Str a, Str b) {
  for (size_t i = 0; i < a.length && i < b.length; i++) {
    int left = ascii_lower(a.data[i]), right = ascii_lower(b.data[i]);
    if (left != right) return left - right;
  }
  return a.length < b.length ? -1 : a.length > b.length;
}

static int compare_entries(const void *left, const void *right) {
  const DirectoryEntry *a = left, *b = right;
  int order = compare_nocase(a->schema, b->schema);
  if (!order) order = compare_nocase(a->name, b->name);
  return order ? order : a->id < b->id ? -1 : a->id > b->id;
}

static Status sort_directory(Database *database, Error *error) {
  uint32_t count = database->directory.count;
  if (database->named || !count) return OK;
  ARENA_NEW_ARRAY(&database->arena, error, database->named, count);
  memcpy(database->named, database->directory.items, sizeof *database->named * count);
  qsort(database->named, count, sizeof *database->named, compare_entries);
  return OK;
}

static Status next_entry(CatalogView *view, Arena *arena, uint64_t *cursor, bool by_name, const CatalogEntry **out,
                         Error *error) {
  uint64_t at = (*cursor)++;
  *out = NULL;
  TRY(build_all(view, error));
  for (uint32_t i = 0; i < view->database_count; i++) {
    Database *database = &view->databases[i];
    if (at < COUNT_OF(built_in_schemas)) {
      CatalogEntry *entry;
      ARENA_NEW(arena, error, entry);
      *entry = (CatalogEntry){.kind = CATALOG_SCHEMA,
                              .internal = true,
                              .temporary = database->info.temporary,
                              .database = i,
                              .database_name = database->info.name,
                              .schema = str_from(built_in_schemas[at]),
                              .name = str_from(built_in_schemas[at])};
      *out = entry;
      return OK;
    }
    at -= COUNT_OF(built_in_schemas);
    if (at < database->directory.count) {
      if (by_name) TRY(sort_directory(database, error));
      const DirectoryEntry *items = by_name ? database->named : database->directory.items;
      return entry_load(view, arena, i, items[at].id, out, error);
    }
    at -= database->directory.count;
  }
  return OK;
}

Status catalog_next(CatalogView *view, Arena *arena, uint64_t *cursor, const CatalogEntry **out, Error *error) {
  return next_entry(view, arena, cursor, false, out, error);
}

Status listing_next(CatalogView *view, Arena *arena, uint64_t *cursor, const CatalogEntry **out, Error *error) {
  return next_entry(view, arena, cursor, true, out, error);
}

Status catalog_table_indexes(CatalogView *view, Arena *arena, const CatalogTable *table, const CatalogIndex ***out,
                             uint32_t *count, Error *error) {
  ARENA_LIST(const CatalogIndex *) found = {0};
  TRY(directory_build(view, table->entry.database, error));
  const Database *database = &view->databases[table->entry.database];
  for (uint32_t i = 0; i < database->directory.count; i++) {
    const CatalogEntry *entry;
    if (database->directory.items[i].kind != CATALOG_INDEX) continue;
    TRY(entry_load(view, arena, table->entry.database, database->directory.items[i].id, &entry, error));
    const CatalogIndex *index = (const CatalogIndex *)entry;
    if (index->table == table->entry.id) ARENA_PUSH(arena, error, &found, index);
  }
  *out = found.items;
  *count = found.count;
  return OK;
}

Status catalog_table_references(CatalogView *view, Arena *arena, const CatalogTable *table, CatalogReference **out,
                                uint32_t *count, Error *error) {
  ARENA_LIST(CatalogReference) found = {0};
  TRY(directory_build(view, table->entry.database, error));
  const Database *database = &view->databases[table->entry.database];
  for (uint32_t i = 0; i < database->directory.count; i++) {
    const CatalogEntry *entry;
    if (database->directory.items[i].kind != CATALOG_TABLE) continue;
    TRY(entry_load(view, arena, table->entry.database, database->directory.items[i].id, &entry, error));
    if (entry->kind != CATALOG_TABLE) continue;
    const CatalogTable *other = (const CatalogTable *)entry;
    for (uint32_t k = 0; k < other->constraint_count; k++) {
      const CatalogConstraint *constraint = &other->constraints[k];
      if (constraint->kind != CONSTRAINT_FOREIGN_KEY || !constraint->foreign_columns) continue;
      if (!str_equal_nocase(constraint->foreign_table, table->entry.name)) continue;
      if (!str_equal_nocase(constraint->foreign_schema, table->entry.schema)) continue;
      ARENA_PUSH(arena, error, &found, ((CatalogReference){other, constraint}));
    }
  }
  *out = found.items;
  *count = found.count;
  return OK;
}

bool catalog_find_column(const CatalogTable *table, Str name, uint32_t *position) {
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (str_equal_nocase(table->columns[i].name, name)) {
      *position = i;
      return true;
    }
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Sequences
// ---------------------------------------------------------------------------------------------------------------------

Status catalog_sequence_next(CatalogView *view, const CatalogSequence *sequence, int64_t *value, Error *error) {
  Transaction *transaction = catalog_transaction(view, &sequence->entry);
  int64_t last;
  bool used;
  TRY(counter_get(transaction, sequence->entry.id, &last, &used, error));
  int64_t next = sequence->start;
  bool beyond = false;
  if (used) beyond = __builtin_add_overflow(last, sequence->increment, &next);
  beyond |= next > sequence->maximum || next < sequence->minimum;
  if (beyond) {
    if (!sequence->cycle) {
      bool up = sequence->increment > 0;
      return error_set(error, ERROR_SEQUENCE, -1, "nextval: reached %s value of sequence \"%.*s\" (%lld)",
                       up ? "maximum" : "minimum", STR_ARG(sequence->entry.name),
                       (long long)(up ? sequence->maximum : sequence->minimum));
    }
    next = sequence->increment > 0 ? sequence->minimum : sequence->maximum;
  }
  TRY(counter_set(transaction, sequence->entry.id, next, error));
  *value = next;
  for (uint32_t i = 0; i < view->used_sequences.count; i++) {
    if (view->used_sequences.items[i] == sequence->entry.id) return OK;
  }
  ARENA_PUSH(&view->arena, error, &view->used_sequences, sequence->entry.id);
  return OK;
}

Status catalog_sequence_position(CatalogView *view, const CatalogSequence *sequence, int64_t *value, Error *error) {
  bool used;
  int64_t last, next;
  TRY(counter_get(catalog_transaction(view, &sequence->entry), sequence->entry.id, &last, &used, error));
  *value = sequence->start;
  if (!used) return OK;
  bool beyond =
      __builtin_add_overflow(last, sequence->increment, &next) || next > sequence->maximum || next < sequence->minimum;
  *value = !beyond ? next : !sequence->cycle ? last : sequence->increment > 0 ? sequence->minimum : sequence->maximum;
  return OK;
}

Status catalog_sequence_current(CatalogView *view, const CatalogSequence *sequence, int64_t *value, Error *error) {
  bool used = false;
  for (uint32_t i = 0; i < view->used_sequences.count; i++) used |= view->used_sequences.items[i] == sequence->entry.id;
  if (!used) return error_set(error, ERROR_SEQUENCE, -1, "currval: sequence is not yet defined in this session");
  return counter_get(catalog_transaction(view, &sequence->entry), sequence->entry.id, value, &used, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Statistics
// ---------------------------------------------------------------------------------------------------------------------

Status catalog_table_statistics(CatalogView *view, Arena *arena, const CatalogTable *table, double *row_count,
                                double *distinct, Error *error) {
  const Transaction *transaction = catalog_transaction(view, &table->entry);
  uint64_t rows;
  TRY(table_row_count(transaction, table->store_table, &rows, error));
  *row_count = (double)rows;
  for (uint32_t i = 0; i < table->column_count; i++) {
    ColumnStatistics statistics;
    distinct[i] = 0;
    if (table->columns[i].generated_sql.data) continue;
    TRY(table_column_statistics(transaction, table->store_table, table->columns[i].id, arena, &statistics, error));
    distinct[i] = statistics.distinct_count;
  }
  return OK;
}
