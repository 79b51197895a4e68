// SPDX-License-Identifier: MIT
//
// catalog.h: what names mean. The one header of catalog/.
//
//   CatalogView     the catalog as one transaction sees it: databases > schemas > tables, views, sequences, indexes, macros, types
//   CatalogEntry    one named thing; CatalogTable … extend it
//   requests        CatalogCreate, CatalogDrop, CatalogAlter: made by plan/, carried out by exec/ through catalog_create …
//
// Objects live in store/ as (id, kind, bytes); this folder alone knows the bytes (encode.c). Nothing here parses SQL: defaults, checks, view
// bodies and macro bodies are SQL text, which plan/ parses and binds when it needs them.
//
// Names are database.schema.object. The database of the session's file is called after the file, that of temporary objects `temp`, and
// `system` holds what is built in. Names keep their case and are compared without it (ASCII).
//
// Call order: catalog_view_init once for a session; catalog_view_attach for each database; before each statement catalog_view_refresh; then
// look-ups. An entry is decoded into the arena of who asks and lives as long as that: later changes do not touch it. Requests change the
// transaction and the view at once.
#ifndef SMEW_CATALOG_H
#define SMEW_CATALOG_H

#include "base/base.h"
#include "expr/expr.h"
#include "vector/vector.h"

struct Transaction; // store/store.h

// ---------------------------------------------------------------------------------------------------------------------
// Entries
// ---------------------------------------------------------------------------------------------------------------------

// The numbers are the kinds of store objects: part of the file format.
typedef enum CatalogKind {
  CATALOG_NONE = 0,
  CATALOG_SCHEMA = 1,
  CATALOG_TABLE = 2,
  CATALOG_VIEW = 3,
  CATALOG_SEQUENCE = 4,
  CATALOG_INDEX = 5,
  CATALOG_TYPE = 6,
  CATALOG_MACRO = 7,
  CATALOG_TABLE_MACRO = 8,
} CatalogKind;
const char *catalog_kind_name(CatalogKind kind); // "Table", "View", … as in error texts

typedef struct CatalogEntry {
  uint8_t kind;  // CatalogKind
  bool internal; // built in
  bool temporary;
  uint32_t database; // index in the view
  uint64_t id;       // of the store object; unique in its database; 0 for what is built in
  Str database_name;
  Str schema; // name of the schema (of a SCHEMA: its own name)
  Str name;
  Str comment; // COMMENT ON; data NULL: none
} CatalogEntry;

typedef struct CatalogColumn {
  uint32_t id; // stable within the table, never reused
  Str name;
  Type type;
  Str default_sql; // data NULL: none
  Str generated_sql; // data NULL: not generated. Generated columns are not stored: the binder puts the expression in their place
  bool not_null;
  Str collation;
  Str comment;
} CatalogColumn;

typedef enum CatalogConstraintKind {
  CONSTRAINT_PRIMARY_KEY = 1,
  CONSTRAINT_UNIQUE = 2,
  CONSTRAINT_CHECK = 3,
  CONSTRAINT_FOREIGN_KEY = 4, // checked by plan/ and exec/
} CatalogConstraintKind;

typedef struct CatalogConstraint {
  uint8_t kind;      // CatalogConstraintKind
  bool with_column;  // PRIMARY KEY, UNIQUE: written behind the column's type, and so in its SQL
  Str name;          // data NULL: none was given
  uint32_t *columns; // positions in the table's columns
  uint32_t column_count;
  Str check_sql;      // CHECK
  Str foreign_schema; // FOREIGN KEY
  Str foreign_table;
  Str *foreign_columns;  // [column_count]
  uint32_t index_number; // PRIMARY KEY, UNIQUE: number of the index in the store table
} CatalogConstraint;

typedef struct CatalogTable {
  CatalogEntry entry;
  CatalogColumn *columns;
  uint32_t column_count;
  uint32_t next_column_id;
  CatalogConstraint *constraints;
  uint32_t constraint_count;
  uint64_t store_table; // id of the table in store/
} CatalogTable;

typedef struct CatalogViewEntry {
  CatalogEntry entry;
  Str query_sql;       // SELECT …
  Str *column_aliases; // CREATE VIEW v(a, b): as given
  uint32_t alias_count;
  // what the body gave when the view was made (duckdb_columns, DESCRIBE; the body is bound anew when used)
  Str *column_names;
  Type *column_types;
  Str *column_comments; // NULL: none has one
  uint32_t column_count;
} CatalogViewEntry;

typedef struct CatalogSequence {
  CatalogEntry entry;
  int64_t start;
  int64_t increment;
  int64_t minimum;
  int64_t maximum;
  bool cycle;
  uint64_t owner; // id of the entry with which it is dropped; 0: none
  // The last value handed out; sequences do not go back with UNDO. Kept in the object, written by catalog_sequence_next.
  int64_t last_value;
  bool used;
} CatalogSequence;

typedef struct CatalogIndex {
  CatalogEntry entry;
  uint64_t table; // id of the table's entry
  Str table_name;
  bool unique;
  uint32_t *columns; // positions in the table
  uint32_t column_count;
  Str *expressions_sql;  // [column_count]: as written
  uint32_t index_number; // in the store table
} CatalogIndex;

typedef struct CatalogType {
  CatalogEntry entry;
  Type type; // with TypeInfo.alias set for ENUM
} CatalogType;

typedef struct CatalogMacroParameter {
  Str name;
  Str default_sql; // data NULL: required
  Str type_sql;    // data NULL: any
} CatalogMacroParameter;
typedef struct CatalogMacroOverload {
  CatalogMacroParameter *parameters;
  uint32_t parameter_count;
  Str body_sql; // an expression, or a query (TABLE_MACRO)
} CatalogMacroOverload;
typedef struct CatalogMacro {
  CatalogEntry entry;
  CatalogMacroOverload *overloads;
  uint32_t overload_count;
} CatalogMacro;

// ---------------------------------------------------------------------------------------------------------------------
// The view
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CatalogView CatalogView;

typedef struct CatalogDatabase {
  Str name;
  Str path; // data NULL: in memory
  bool read_only;
  bool internal;                   // system, temp
  bool temporary;                  // temp
  struct Transaction *transaction; // NULL: nothing stored (system)
} CatalogDatabase;

Status catalog_view_create(Memory *memory, CatalogView **out, Error *error) MUST_USE;
void catalog_view_free(CatalogView *view); // NULL is fine
// Adds a database (its name is copied). `system` is always there. The first that is neither internal nor temporary becomes the default.
Status catalog_view_attach(CatalogView *view, const CatalogDatabase *database, Error *error) MUST_USE;
Status catalog_view_detach(CatalogView *view, Str name, Error *error) MUST_USE;
// The transaction that the database is seen through from now on. Cheap when its catalog did not change.
Status catalog_view_refresh(CatalogView *view, Str database, struct Transaction *transaction, Error *error) MUST_USE;

uint32_t catalog_database_count(const CatalogView *view);
const CatalogDatabase *catalog_database(const CatalogView *view, uint32_t index);
bool catalog_find_database(const CatalogView *view, Str name, uint32_t *index);

// The search path: USE and SET schema. Default: (the first database).main.
Str catalog_current_database(const CatalogView *view);
Str catalog_current_schema(const CatalogView *view);
// `name` is a schema or a database; it is the whole search path from then on. Errors as DuckDB's: Catalog Error: SET schema: No catalog + schema named "x" found.
Status catalog_set_current(CatalogView *view, Str database, Str schema, Error *error) MUST_USE;
// A schema behind the current one in the search path.
Status catalog_add_to_path(CatalogView *view, Str database, Str schema, Error *error) MUST_USE;
// A schema in front of the search path, and away again: where the names in the body of a view are looked for first.
typedef struct CatalogPlace {
  Str database;
  Str schema;
} CatalogPlace;
#define CATALOG_PATH_CAPACITY 16
void catalog_enter_schema(CatalogView *view, Str database, Str schema, CatalogPlace *last);
void catalog_leave_schema(CatalogView *view, const CatalogPlace *last);
// The search path behind the current schema.
const CatalogPlace *catalog_path(const CatalogView *view, uint32_t *count);

// A name as written: absent parts have data NULL. `a.b` is schema a, or database a (schema main).
typedef struct CatalogName {
  Str database;
  Str schema;
  Str name;
  int32_t position;
} CatalogName;

// Missing: error "Catalog Error: Table with name x does not exist!\nDid you mean \"y\"?", or, with `optional`, OK and *out NULL.
// `kind` CATALOG_TABLE finds tables and views.
Status catalog_find(CatalogView *view, Arena *arena, CatalogKind kind, CatalogName name, bool optional,
                    const CatalogEntry **out, Error *error) MUST_USE;
// Where a new object of that name goes: fills database and schema; checks that they exist and can be written.
Status catalog_place(CatalogView *view, CatalogName *name, bool temporary, Error *error) MUST_USE;
// Entries in the order of databases, schemas, ids: for listings. `*cursor` starts at 0; NULL: no more.
Status catalog_next(CatalogView *view, Arena *arena, uint64_t *cursor, const CatalogEntry **out, Error *error) MUST_USE;
// Indexes of a table.
Status catalog_table_indexes(CatalogView *view, Arena *arena, const CatalogTable *table, const CatalogIndex ***out,
                             uint32_t *count, Error *error) MUST_USE;
// Foreign keys that refer to a table: constraint `constraint` of `table` (a table of the same database, or the very one).
typedef struct CatalogReference {
  const CatalogTable *table;
  const CatalogConstraint *constraint;
} CatalogReference;
Status catalog_table_references(CatalogView *view, Arena *arena, const CatalogTable *table, CatalogReference **out,
                                uint32_t *count, Error *error) MUST_USE;
// Rows that the transaction sees, and for each column the estimated number of different values (0: not known).
Status catalog_table_statistics(CatalogView *view, Arena *arena, const CatalogTable *table, double *row_count,
                                double *distinct, Error *error) MUST_USE;
bool catalog_find_column(const CatalogTable *table, Str name, uint32_t *position);
Status catalog_sequence_next(CatalogView *view, const CatalogSequence *sequence, int64_t *value, Error *error) MUST_USE;
// What nextval would give, but at the end of a sequence that does not cycle: then its last value.
Status catalog_sequence_position(CatalogView *view, const CatalogSequence *sequence, int64_t *value,
                                 Error *error) MUST_USE;
Status catalog_sequence_current(CatalogView *view, const CatalogSequence *sequence, int64_t *value,
                                Error *error) MUST_USE;
struct Transaction *catalog_transaction(const CatalogView *view, const CatalogEntry *entry);

// The SQL that makes the object again (duckdb_tables().sql, sqlite_master.sql, EXPORT).
Status catalog_entry_sql(TextBuilder *out, const CatalogEntry *entry) MUST_USE;
// Names in double quotes where they need them.
void catalog_quote(TextBuilder *out, Str name);

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

typedef enum CatalogOnConflict {
  CATALOG_CREATE_ERROR,
  CATALOG_CREATE_IF_NOT_EXISTS,
  CATALOG_CREATE_OR_REPLACE
} CatalogOnConflict;

// `kind` says which member is there; its `entry` names the object: database_name, schema, name, temporary (filled by catalog_place).
typedef struct CatalogCreate {
  uint8_t kind;        // CatalogKind
  uint8_t on_conflict; // CatalogOnConflict
  union {
    CatalogEntry *entry; // any
    CatalogTable *table;
    CatalogViewEntry *view;
    CatalogSequence *sequence;
    CatalogIndex *index;
    CatalogType *type;
    CatalogMacro *macro;
  };
} CatalogCreate;

typedef struct CatalogDrop CatalogDrop;
struct CatalogDrop {
  uint8_t kind; // CatalogKind
  bool if_exists;
  bool cascade;
  CatalogName name;
  const CatalogDrop *dependents; // [dependent_count] dropped before it: what plan/ knows to depend on it (CASCADE)
  uint32_t dependent_count;
};

typedef enum CatalogAlterKind {
  ALTER_RENAME,
  ALTER_RENAME_COLUMN,
  ALTER_ADD_COLUMN,
  ALTER_DROP_COLUMN,
  ALTER_SET_TYPE,
  ALTER_SET_DEFAULT,
  ALTER_DROP_DEFAULT,
  ALTER_SET_NOT_NULL,
  ALTER_DROP_NOT_NULL,
  ALTER_ADD_PRIMARY_KEY,
  ALTER_COMMENT, // of the object, or of a column
  ALTER_SEQUENCE_OWNER,
  ALTER_SET_SCHEMA,
} CatalogAlterKind;

typedef struct CatalogAlter {
  uint8_t action; // CatalogAlterKind
  uint8_t kind;   // CatalogKind of the object
  bool if_exists;
  bool column_if_exists;
  bool column_if_not_exists;
  bool cascade;
  CatalogName name;
  Str column; // the column that is meant
  Str new_name;
  CatalogColumn new_column; // ADD_COLUMN; SET_TYPE: its type; SET_DEFAULT: its default_sql
  CatalogConstraint constraint;
  CatalogName owner;  // SEQUENCE_OWNER
  Str comment;        // data NULL: removes it
  bool *dropped;      // [column_count] DROP_COLUMN: the column and the generated columns that go with it
  Str *generated_sql; // [column_count] RENAME_COLUMN: of generated columns, and
  Str *check_sql;     // [constraint_count] of checks: their text with the new name
} CatalogAlter;

// Carries the request out in the transaction of the database. `*created` false: it was there and IF NOT EXISTS was said. `entry`: what is there
// now (may be NULL). Tables get their store table; with OR REPLACE the old one goes.
Status catalog_create(CatalogView *view, Arena *arena, const CatalogCreate *request, bool *created,
                      const CatalogEntry **entry, Error *error) MUST_USE;
Status catalog_drop(CatalogView *view, const CatalogDrop *request, Error *error) MUST_USE;
// Changes names and definitions. Rows: ADD_COLUMN adds the column to the store table with no values (NULL); DROP_COLUMN drops it;
// SET_TYPE replaces it by a new, empty column; writing values is exec/'s (AlterNode.conversion), before and after which it asks for
// the entry again. `entry`: the table as it is now.
Status catalog_alter(CatalogView *view, Arena *arena, const CatalogAlter *request, const CatalogEntry **entry,
                     Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// The catalog as rows: duckdb_tables(), duckdb_columns(), pragma_table_info('t') … NULL: no such function.
// ---------------------------------------------------------------------------------------------------------------------

const TableFunction *catalog_table_function(Str name);

#endif
