// SPDX-License-Identifier: MIT
//
// view.h: the catalog view from inside; private to catalog/.
//
// Of each database the view keeps a directory: (kind, schema, name, id) of every object, rebuilt when the transaction's catalog stamp changes. Whole entries
// are decoded when somebody asks for one.
#ifndef SMEW_CATALOG_VIEW_H
#define SMEW_CATALOG_VIEW_H

#include "catalog/catalog.h"
#include "store/store.h"

typedef struct DirectoryEntry {
  uint8_t kind;
  uint64_t id;
  Str schema;
  Str name;
} DirectoryEntry;

typedef struct Database {
  CatalogDatabase info;
  Arena arena;                          // of the directory
  ARENA_LIST(DirectoryEntry) directory; // by id
  DirectoryEntry *named;                // the same by schema and name, as listings show them; NULL until needed
  uint64_t stamp;
  bool built; // the directory is that of `stamp`
} Database;

struct CatalogView {
  Memory *memory;
  Arena arena; // names of databases, the search path
  Database *databases;
  uint32_t database_count;
  uint32_t database_capacity;
  Str current_database;
  Str current_schema;
  CatalogPlace behind[CATALOG_PATH_CAPACITY]; // the rest of the search path
  uint32_t behind_count;
  ARENA_LIST(uint64_t) used_sequences; // currval is defined for them
};

#define SYSTEM_DATABASE 0 // index of `system`

Status directory_build(CatalogView *view, uint32_t database, Error *error) MUST_USE;
// kind CATALOG_TABLE stands for views too.
const DirectoryEntry *directory_find(const Database *database, CatalogKind kind, Str schema, Str name);
bool schema_exists(const CatalogView *view, uint32_t database, Str schema);
Status entry_load(CatalogView *view, Arena *arena, uint32_t database, uint64_t id, const CatalogEntry **out,
                  Error *error) MUST_USE;

// encode.c: objects as bytes
Status entry_encode(TextBuilder *out, const CatalogEntry *entry, Error *error) MUST_USE;
Status entry_decode_names(const StoreObject *object, Arena *arena, DirectoryEntry *out, Error *error) MUST_USE;
Status entry_decode(const StoreObject *object, Arena *arena, CatalogEntry **out, Error *error) MUST_USE;

// entry_sql.c
bool column_in_primary_key(const CatalogTable *table, uint32_t position);
// As in CREATE TABLE.
void constraint_print(TextBuilder *out, const CatalogTable *table, const CatalogConstraint *constraint);

// find.c
// As catalog_next, by schema and name.
Status listing_next(CatalogView *view, Arena *arena, uint64_t *cursor, const CatalogEntry **out, Error *error) MUST_USE;
Status missing_error(CatalogView *view, CatalogKind kind, CatalogName name, Error *error) MUST_USE;

#endif
