// SPDX-License-Identifier: MIT
//
// rows.h: the catalog as rows, from inside; private to catalog/.
//
// A CatalogFunction is a table function whose columns are a table of names and cell types, and whose producer puts the cells of a row in that
// order: row_begin, then one put_… for each column. What a put_… fails with is kept in Rows.status and looked at by the driver (rows.c).
#ifndef SMEW_CATALOG_ROWS_H
#define SMEW_CATALOG_ROWS_H

#include "catalog/view.h"

typedef enum CellType {
  CELL_TEXT, // VARCHAR
  CELL_BIGINT,
  CELL_INTEGER,
  CELL_BOOLEAN,
  CELL_TAGS,    // MAP(VARCHAR, VARCHAR), always empty: Smew keeps no tags
  CELL_TEXTS,   // VARCHAR[]
  CELL_BIGINTS, // BIGINT[]
  CELL_TYPE_COUNT
} CellType;

typedef struct RowColumn {
  const char *name;
  CellType type;
} RowColumn;

typedef struct Rows Rows;

typedef struct CatalogFunction {
  TableFunction function; // first: scans and bindings point to it
  const RowColumn *columns;
  uint32_t column_count;
  uint32_t
      kinds; // bit set of CatalogKind: the entries that `produce` is called with; 0: it is called once, with the argument's entry
  Status (*produce)(Rows *rows, const CatalogEntry *entry); // NULL: no rows ever
} CatalogFunction;

#define KIND_BIT(kind) (UINT32_C(1) << (kind))

// The run state of a scan. `arena` holds the rows that are not handed out yet and the entries that they were made of.
struct Rows {
  const CatalogFunction *function;
  CatalogView *view;
  Memory *memory;
  Error *error;
  Arena arena;
  TextBuilder text;         // scratch of put_…
  ARENA_LIST(Value *) rows; // each [function->column_count]
  uint32_t handed_out;      // of them
  uint32_t cell;            // next column of the newest row
  Status status;            // first failure of a put_…
  uint64_t cursor;          // catalog_next
  bool done;
  int64_t schema_oid;   // of the entry's schema
  uint64_t constraints; // rows of duckdb_constraints so far
};

Status row_begin(Rows *rows) MUST_USE;
void put_null(Rows *rows);
void put_text(Rows *rows, Str text); // borrowed as long as the arena; data NULL: NULL
void put_number(Rows *rows, int64_t number);
void put_boolean(Rows *rows, bool truth);
void put_tags(Rows *rows);
void put_texts(Rows *rows, const Str *texts, uint32_t count);
void put_positions(Rows *rows, const uint32_t *positions, uint32_t count);
void put_type(Rows *rows, Type type);
// Starts a text cell: append to the builder, then put_built.
TextBuilder *text_cell(Rows *rows);
void put_built(Rows *rows);

// Numbers of things, unique in the session.
int64_t database_oid(uint32_t database);
int64_t entry_oid(uint32_t database, uint64_t id);
int64_t schema_oid(const CatalogView *view, uint32_t database, Str schema);

Status rows_bind(TableBind *bind) MUST_USE;       // no arguments
Status rows_bind_table(TableBind *bind) MUST_USE; // the name of a table or view
Status rows_open(TableScan *scan) MUST_USE;
Status rows_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) MUST_USE;
Status rows_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) MUST_USE;
void rows_close(TableScan *scan);

#endif
