// SPDX-License-Identifier: MIT
//
// rows.c: the catalog as table functions: duckdb_tables(), duckdb_columns() … and pragma_table_info('t'). Names and types of the columns are DuckDB's.
//
// A function is a list of columns and a rule which entries give rows, and how many each. A cell is computed from (entry, row of the entry, column
// name), so that projected columns cost only what is asked for. Entries are decoded into an arena that ends with the chunk.
#include "catalog/view.h"

typedef enum RowSource {
  ROWS_DATABASES,
  ROWS_SCHEMAS,
  ROWS_TABLES,
  ROWS_VIEWS,
  ROWS_COLUMNS,
  ROWS_INDEXES,
  ROWS_SEQUENCES,
  ROWS_TYPES,
  ROWS_CONSTRAINTS,
  ROWS_TABLE_INFO,
  ROWS_DATABASE_LIST,
} RowSource;

// 'v' VARCHAR, 'b' BOOLEAN, 'i' INTEGER, 'l' BIGINT, 'V' VARCHAR[], 'L' BIGINT[], 'm' MAP(VARCHAR, VARCHAR)
typedef struct RowColumn {
  const char *name;
  char type;
} RowColumn;

static const RowColumn database_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"path", 'v'}, {"comment", 'v'}, {"tags", 'm'}, {"internal", 'b'}, {"type", 'v'}, {"readonly", 'b'}};
static const RowColumn schema_columns[] = {
    {"oid", 'l'}, {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"comment", 'v'}, {"tags", 'm'}, {"internal", 'b'}, {"sql", 'v'}};
static const RowColumn table_columns_list[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"table_name", 'v'}, {"table_oid", 'l'},
    {"comment", 'v'}, {"tags", 'm'}, {"internal", 'b'}, {"temporary", 'b'}, {"has_primary_key", 'b'}, {"estimated_size", 'l'},
    {"column_count", 'l'}, {"index_count", 'l'}, {"check_constraint_count", 'l'}, {"sql", 'v'}};
static const RowColumn view_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"view_name", 'v'}, {"view_oid", 'l'},
    {"comment", 'v'}, {"tags", 'm'}, {"internal", 'b'}, {"temporary", 'b'}, {"column_count", 'l'}, {"sql", 'v'}, {"is_bound", 'b'}};
static const RowColumn column_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"table_name", 'v'}, {"table_oid", 'l'},
    {"column_name", 'v'}, {"column_index", 'i'}, {"comment", 'v'}, {"internal", 'b'}, {"column_default", 'v'}, {"is_nullable", 'b'},
    {"data_type", 'v'}, {"data_type_id", 'l'}, {"character_maximum_length", 'i'}, {"numeric_precision", 'i'},
    {"numeric_precision_radix", 'i'}, {"numeric_scale", 'i'}};
static const RowColumn index_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"index_name", 'v'}, {"index_oid", 'l'},
    {"table_name", 'v'}, {"table_oid", 'l'}, {"comment", 'v'}, {"tags", 'm'}, {"is_unique", 'b'}, {"is_primary", 'b'}, {"expressions", 'v'}, {"sql", 'v'}};
static const RowColumn sequence_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"sequence_name", 'v'}, {"sequence_oid", 'l'},
    {"comment", 'v'}, {"tags", 'm'}, {"temporary", 'b'}, {"start_value", 'l'}, {"min_value", 'l'}, {"max_value", 'l'}, {"increment_by", 'l'},
    {"cycle", 'b'}, {"last_value", 'l'}, {"sql", 'v'}};
static const RowColumn type_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"type_oid", 'l'}, {"type_name", 'v'},
    {"type_size", 'l'}, {"logical_type", 'v'}, {"type_category", 'v'}, {"comment", 'v'}, {"tags", 'm'}, {"internal", 'b'}, {"labels", 'V'}};
static const RowColumn constraint_columns[] = {
    {"database_name", 'v'}, {"database_oid", 'l'}, {"schema_name", 'v'}, {"schema_oid", 'l'}, {"table_name", 'v'}, {"table_oid", 'l'},
    {"constraint_index", 'l'}, {"constraint_type", 'v'}, {"constraint_text", 'v'}, {"expression", 'v'}, {"constraint_column_indexes", 'L'},
    {"constraint_column_names", 'V'}, {"constraint_name", 'v'}, {"referenced_table", 'v'}, {"referenced_column_names", 'V'}};
static const RowColumn table_info_columns[] = {{"cid", 'i'}, {"name", 'v'}, {"type", 'v'}, {"notnull", 'b'}, {"dflt_value", 'v'}, {"pk", 'b'}};
static const RowColumn database_list_columns[] = {{"seq", 'l'}, {"name", 'v'}, {"file", 'v'}};

typedef struct RowFunction {
  const char *name;
  RowSource source;
  const RowColumn *columns;
  uint32_t column_count;
} RowFunction;

#define ROW_FUNCTION(name, source, columns) {name, source, columns, COUNT_OF(columns)}
static const RowFunction row_functions[] = {
    ROW_FUNCTION("duckdb_databases", ROWS_DATABASES, database_columns),
    ROW_FUNCTION("duckdb_schemas", ROWS_SCHEMAS, schema_columns),
    ROW_FUNCTION("duckdb_tables", ROWS_TABLES, table_columns_list),
    ROW_FUNCTION("duckdb_views", ROWS_VIEWS, view_columns),
    ROW_FUNCTION("duckdb_columns", ROWS_COLUMNS, column_columns),
    ROW_FUNCTION("duckdb_indexes", ROWS_INDEXES, index_columns),
    ROW_FUNCTION("duckdb_sequences", ROWS_SEQUENCES, sequence_columns),
    ROW_FUNCTION("duckdb_types", ROWS_TYPES, type_columns),
    ROW_FUNCTION("duckdb_constraints", ROWS_CONSTRAINTS, constraint_columns),
    ROW_FUNCTION("pragma_table_info", ROWS_TABLE_INFO, table_info_columns),
    ROW_FUNCTION("pragma_database_list", ROWS_DATABASE_LIST, database_list_columns),
};

typedef struct RowBind {
  const RowFunction *function;
  const CatalogEntry *table; // pragma_table_info
} RowBind;

typedef struct RowScan {
  Arena arena; // entries of the chunk
  uint64_t cursor;
  const CatalogEntry *entry;
  uint32_t row; // next row of the entry
} RowScan;

// ---------------------------------------------------------------------------------------------------------------------
// Rows of an entry
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t not_null_count(const CatalogTable *table) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < table->column_count; i++) count += table->columns[i].not_null;
  return count;
}

static uint32_t column_count_of(const CatalogEntry *entry) {
  if (entry->kind == CATALOG_TABLE) return ((const CatalogTable *)entry)->column_count;
  if (entry->kind == CATALOG_VIEW) return ((const CatalogViewEntry *)entry)->column_count;
  return 0;
}

static uint32_t rows_of(RowSource source, const CatalogEntry *entry) {
  switch (source) {
    case ROWS_SCHEMAS:
      return entry->kind == CATALOG_SCHEMA;
    case ROWS_TABLES:
      return entry->kind == CATALOG_TABLE;
    case ROWS_VIEWS:
      return entry->kind == CATALOG_VIEW;
    case ROWS_COLUMNS:
    case ROWS_TABLE_INFO:
      return column_count_of(entry);
    case ROWS_INDEXES:
      return entry->kind == CATALOG_INDEX;
    case ROWS_SEQUENCES:
      return entry->kind == CATALOG_SEQUENCE;
    case ROWS_TYPES:
      return entry->kind == CATALOG_TYPE;
    case ROWS_CONSTRAINTS:
      if (entry->kind != CATALOG_TABLE) return 0;
      return ((const CatalogTable *)entry)->constraint_count + not_null_count((const CatalogTable *)entry);
    default:
      return 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Cells
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Cell {
  Arena *arena;
  Error *error;
  CatalogView *view;
  const CatalogEntry *entry;
  uint32_t row;
  const char *name;
  Value *out; // NULL of the column's type before
} Cell;

static bool is(const Cell *cell, const char *name) { return strcmp(cell->name, name) == 0; }

static void set_text(Cell *cell, Str text) {
  if (!text.data) return;
  cell->out->text = text;
  cell->out->is_null = false;
}
static void set_integer(Cell *cell, int64_t number) {
  cell->out->i64 = number;
  cell->out->is_null = false;
}
static void set_boolean(Cell *cell, bool truth) {
  cell->out->boolean = truth;
  cell->out->is_null = false;
}

static Status set_builder(Cell *cell, TextBuilder *text) {
  Str copy = {NULL, 0};
  Status status = text->failed ? error_no_memory(cell->error) : str_copy(cell->arena, cell->error, text_str(text), &copy);
  text_free(text);
  if (status == OK) set_text(cell, copy.data ? copy : (Str){"", 0});
  return status;
}

static Status set_type(Cell *cell, Type type) {
  TextBuilder text;
  text_init(&text, cell->arena->memory);
  type_print(&text, type);
  return set_builder(cell, &text);
}

static Status set_sql(Cell *cell) {
  TextBuilder text;
  text_init(&text, cell->arena->memory);
  if (catalog_entry_sql(&text, cell->entry) != OK) {
    text_free(&text);
    return error_no_memory(cell->error);
  }
  return set_builder(cell, &text);
}

static Status set_names(Cell *cell, const Str *names, uint32_t count) {
  Value *items;
  ARENA_NEW_ARRAY(cell->arena, cell->error, items, count);
  for (uint32_t i = 0; i < count; i++) items[i] = value_text(names[i]);
  cell->out->nested.items = items;
  cell->out->nested.count = count;
  cell->out->is_null = false;
  return OK;
}

// Columns that all objects share. *done: it was one of them.
static Status common_cell(Cell *cell, bool *done) {
  const CatalogEntry *entry = cell->entry;
  *done = true;
  if (is(cell, "database_name")) {
    set_text(cell, entry->database_name);
  } else if (is(cell, "database_oid")) {
    set_integer(cell, entry->database);
  } else if (is(cell, "schema_name")) {
    set_text(cell, entry->schema);
  } else if (is(cell, "schema_oid")) {
    set_integer(cell, 0);
  } else if (is(cell, "comment")) {
    set_text(cell, entry->comment);
  } else if (is(cell, "tags")) {
    cell->out->nested.items = NULL;
    cell->out->nested.count = 0;
    cell->out->is_null = false;
  } else if (is(cell, "internal")) {
    set_boolean(cell, entry->internal);
  } else if (is(cell, "temporary")) {
    set_boolean(cell, entry->temporary);
  } else if (is(cell, "sql")) {
    if (!entry->internal) return set_sql(cell);
  } else {
    *done = false;
  }
  return OK;
}

static Status table_cell(Cell *cell) {
  const CatalogTable *table = (const CatalogTable *)cell->entry;
  uint32_t keys = 0, checks = 0;
  bool primary = false;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    uint8_t kind = table->constraints[i].kind;
    if (kind == CONSTRAINT_PRIMARY_KEY) primary = true;
    if (kind == CONSTRAINT_PRIMARY_KEY || kind == CONSTRAINT_UNIQUE) keys++;
    if (kind == CONSTRAINT_CHECK) checks++;
  }
  if (is(cell, "table_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "table_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "has_primary_key")) {
    set_boolean(cell, primary);
  } else if (is(cell, "estimated_size")) {
    double rows;
    double *distinct;
    ARENA_NEW_ARRAY(cell->arena, cell->error, distinct, table->column_count);
    TRY(catalog_table_statistics(cell->view, cell->arena, table, &rows, distinct, cell->error));
    set_integer(cell, (int64_t)rows);
  } else if (is(cell, "column_count")) {
    set_integer(cell, table->column_count);
  } else if (is(cell, "index_count")) {
    const CatalogIndex **indexes;
    uint32_t count;
    TRY(catalog_table_indexes(cell->view, cell->arena, table, &indexes, &count, cell->error));
    set_integer(cell, (int64_t)keys + count);
  } else if (is(cell, "check_constraint_count")) {
    set_integer(cell, checks);
  }
  return OK;
}

static void view_cell(Cell *cell) {
  const CatalogViewEntry *view = (const CatalogViewEntry *)cell->entry;
  if (is(cell, "view_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "view_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "column_count")) {
    set_integer(cell, view->column_count);
  } else if (is(cell, "is_bound")) {
    set_boolean(cell, true);
  }
}

typedef struct ColumnFacts {
  Str name;
  Type type;
  Str default_sql;
  Str comment;
  bool not_null;
} ColumnFacts;

static ColumnFacts column_facts(const CatalogEntry *entry, uint32_t row) {
  if (entry->kind == CATALOG_VIEW) {
    const CatalogViewEntry *view = (const CatalogViewEntry *)entry;
    return (ColumnFacts){.name = view->column_names[row], .type = view->column_types[row]};
  }
  const CatalogColumn *column = &((const CatalogTable *)entry)->columns[row];
  return (ColumnFacts){.name = column->name,
                       .type = column->type,
                       .default_sql = column->default_sql.data ? column->default_sql : column->generated_sql,
                       .comment = column->comment,
                       .not_null = column->not_null};
}

static bool in_primary_key(const CatalogEntry *entry, uint32_t column) {
  if (entry->kind != CATALOG_TABLE) return false;
  const CatalogTable *table = (const CatalogTable *)entry;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; constraint->kind == CONSTRAINT_PRIMARY_KEY && k < constraint->column_count; k++) {
      if (constraint->columns[k] == column) return true;
    }
  }
  return false;
}

// Digits and radix that information_schema shows for numbers; 0: none.
static int32_t numeric_precision(Type type, bool *binary) {
  *binary = true;
  switch ((TypeId)type.id) {
    case TYPE_TINYINT:
    case TYPE_UTINYINT:
      return 8;
    case TYPE_SMALLINT:
    case TYPE_USMALLINT:
      return 16;
    case TYPE_INTEGER:
    case TYPE_UINTEGER:
      return 32;
    case TYPE_BIGINT:
    case TYPE_UBIGINT:
      return 64;
    case TYPE_HUGEINT:
    case TYPE_UHUGEINT:
      return 128;
    case TYPE_FLOAT:
      return 24;
    case TYPE_DOUBLE:
      return 53;
    case TYPE_DECIMAL:
      *binary = false;
      return type.width;
    default:
      return 0;
  }
}

static Status column_cell(Cell *cell) {
  ColumnFacts column = column_facts(cell->entry, cell->row);
  bool binary;
  int32_t precision = numeric_precision(column.type, &binary);
  if (is(cell, "table_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "table_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "column_name") || is(cell, "name")) {
    set_text(cell, column.name);
  } else if (is(cell, "column_index")) {
    set_integer(cell, (int64_t)cell->row + 1);
  } else if (is(cell, "cid")) {
    set_integer(cell, cell->row);
  } else if (is(cell, "column_default") || is(cell, "dflt_value")) {
    set_text(cell, column.default_sql);
  } else if (is(cell, "is_nullable")) {
    set_boolean(cell, !column.not_null);
  } else if (is(cell, "notnull")) {
    set_boolean(cell, column.not_null);
  } else if (is(cell, "pk")) {
    set_boolean(cell, in_primary_key(cell->entry, cell->row));
  } else if (is(cell, "data_type") || is(cell, "type")) {
    return set_type(cell, column.type);
  } else if (is(cell, "data_type_id")) {
    set_integer(cell, column.type.id);
  } else if (is(cell, "numeric_precision") && precision) {
    set_integer(cell, precision);
  } else if (is(cell, "numeric_precision_radix") && precision) {
    set_integer(cell, binary ? 2 : 10);
  } else if (is(cell, "numeric_scale") && precision) {
    set_integer(cell, column.type.scale);
  }
  return OK;
}

static Status index_cell(Cell *cell) {
  const CatalogIndex *index = (const CatalogIndex *)cell->entry;
  if (is(cell, "index_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "index_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "table_name")) {
    set_text(cell, index->table_name);
  } else if (is(cell, "table_oid")) {
    set_integer(cell, (int64_t)index->table);
  } else if (is(cell, "is_unique")) {
    set_boolean(cell, index->unique);
  } else if (is(cell, "is_primary")) {
    set_boolean(cell, false);
  } else if (is(cell, "expressions")) {
    TextBuilder text;
    text_init(&text, cell->arena->memory);
    text_append_char(&text, '[');
    for (uint32_t i = 0; i < index->column_count; i++) {
      if (i) text_append(&text, STR(", "));
      text_append(&text, index->expressions_sql[i]);
    }
    text_append_char(&text, ']');
    return set_builder(cell, &text);
  }
  return OK;
}

static void sequence_cell(Cell *cell) {
  const CatalogSequence *sequence = (const CatalogSequence *)cell->entry;
  if (is(cell, "sequence_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "sequence_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "start_value")) {
    set_integer(cell, sequence->start);
  } else if (is(cell, "min_value")) {
    set_integer(cell, sequence->minimum);
  } else if (is(cell, "max_value")) {
    set_integer(cell, sequence->maximum);
  } else if (is(cell, "increment_by")) {
    set_integer(cell, sequence->increment);
  } else if (is(cell, "cycle")) {
    set_boolean(cell, sequence->cycle);
  } else if (is(cell, "last_value") && sequence->used) {
    set_integer(cell, sequence->last_value);
  }
}

static Status type_cell(Cell *cell) {
  const CatalogType *type = (const CatalogType *)cell->entry;
  if (is(cell, "type_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "type_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "logical_type")) {
    set_text(cell, str_from(type_id_name((TypeId)type->type.id)));
  } else if (is(cell, "labels") && type->type.id == TYPE_ENUM) {
    return set_names(cell, type->type.info->names, type->type.info->count);
  }
  return OK;
}

// The row-th constraint: the written ones, then NOT NULLs.
static Status constraint_cell(Cell *cell) {
  static const char *const kinds[] = {[CONSTRAINT_PRIMARY_KEY] = "PRIMARY KEY", [CONSTRAINT_UNIQUE] = "UNIQUE", [CONSTRAINT_CHECK] = "CHECK", [CONSTRAINT_FOREIGN_KEY] = "FOREIGN KEY"};
  const CatalogTable *table = (const CatalogTable *)cell->entry;
  CatalogConstraint not_null = {0};
  const CatalogConstraint *constraint = &not_null;
  uint32_t column = 0;
  const char *kind = "NOT NULL";
  if (cell->row < table->constraint_count) {
    constraint = &table->constraints[cell->row];
    kind = kinds[constraint->kind];
  } else {
    uint32_t left = cell->row - table->constraint_count;
    while (!table->columns[column].not_null || left-- > 0) column++;
    not_null.columns = &column;
    not_null.column_count = 1;
  }
  if (is(cell, "table_name")) {
    set_text(cell, cell->entry->name);
  } else if (is(cell, "table_oid")) {
    set_integer(cell, (int64_t)cell->entry->id);
  } else if (is(cell, "constraint_index")) {
    set_integer(cell, cell->row);
  } else if (is(cell, "constraint_type")) {
    set_text(cell, str_from(kind));
  } else if (is(cell, "expression")) {
    set_text(cell, constraint->check_sql);
  } else if (is(cell, "constraint_name")) {
    set_text(cell, constraint->name);
  } else if (is(cell, "referenced_table")) {
    set_text(cell, constraint->foreign_table);
  } else if (is(cell, "referenced_column_names")) {
    return set_names(cell, constraint->foreign_columns, constraint->foreign_columns ? constraint->column_count : 0);
  } else if (is(cell, "constraint_column_names")) {
    Str *names;
    ARENA_NEW_ARRAY(cell->arena, cell->error, names, constraint->column_count);
    for (uint32_t i = 0; i < constraint->column_count; i++) names[i] = table->columns[constraint->columns[i]].name;
    return set_names(cell, names, constraint->column_count);
  } else if (is(cell, "constraint_column_indexes")) {
    Value *items;
    ARENA_NEW_ARRAY(cell->arena, cell->error, items, constraint->column_count);
    for (uint32_t i = 0; i < constraint->column_count; i++) items[i] = value_i64(TYPE(BIGINT), constraint->columns[i]);
    cell->out->nested.items = items;
    cell->out->nested.count = constraint->column_count;
    cell->out->is_null = false;
  } else if (is(cell, "constraint_text")) {
    TextBuilder text;
    text_init(&text, cell->arena->memory);
    text_append(&text, str_from(kind));
    if (constraint->kind == CONSTRAINT_CHECK) {
      text_format(&text, "(%.*s)", STR_ARG(constraint->check_sql));
    } else if (constraint->kind) {
      text_append_char(&text, '(');
      for (uint32_t i = 0; i < constraint->column_count; i++) {
        if (i) text_append(&text, STR(", "));
        catalog_quote(&text, table->columns[constraint->columns[i]].name);
      }
      text_append_char(&text, ')');
    }
    return set_builder(cell, &text);
  }
  return OK;
}

static void database_cell(Cell *cell) {
  const CatalogDatabase *database = catalog_database(cell->view, cell->row);
  if (is(cell, "database_name") || is(cell, "name")) {
    set_text(cell, database->name);
  } else if (is(cell, "database_oid") || is(cell, "seq")) {
    set_integer(cell, cell->row);
  } else if (is(cell, "path") || is(cell, "file")) {
    set_text(cell, database->path);
  } else if (is(cell, "internal")) {
    set_boolean(cell, database->internal || database->temporary);
  } else if (is(cell, "type")) {
    set_text(cell, STR("duckdb"));
  } else if (is(cell, "readonly")) {
    set_boolean(cell, database->read_only);
  } else if (is(cell, "tags")) {
    cell->out->nested.items = NULL;
    cell->out->nested.count = 0;
    cell->out->is_null = false;
  }
}

static Status compute_cell(RowSource source, Cell *cell) {
  if (source == ROWS_DATABASES || source == ROWS_DATABASE_LIST) {
    database_cell(cell);
    return OK;
  }
  if (source == ROWS_COLUMNS && is(cell, "comment")) {
    set_text(cell, column_facts(cell->entry, cell->row).comment);
    return OK;
  }
  bool done;
  TRY(common_cell(cell, &done));
  if (done) return OK;
  switch (source) {
    case ROWS_SCHEMAS:
      if (is(cell, "oid")) set_integer(cell, (int64_t)cell->entry->id);
      return OK;
    case ROWS_TABLES:
      return table_cell(cell);
    case ROWS_VIEWS:
      view_cell(cell);
      return OK;
    case ROWS_COLUMNS:
    case ROWS_TABLE_INFO:
      return column_cell(cell);
    case ROWS_INDEXES:
      return index_cell(cell);
    case ROWS_SEQUENCES:
      sequence_cell(cell);
      return OK;
    case ROWS_TYPES:
      return type_cell(cell);
    case ROWS_CONSTRAINTS:
      return constraint_cell(cell);
    default:
      return OK;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The table functions
// ---------------------------------------------------------------------------------------------------------------------

static Status column_type(Arena *arena, Error *error, char letter, Type *out) {
  switch (letter) {
    case 'b':
      *out = TYPE(BOOLEAN);
      return OK;
    case 'i':
      *out = TYPE(INTEGER);
      return OK;
    case 'l':
      *out = TYPE(BIGINT);
      return OK;
    case 'V':
      return type_make_list(arena, error, TYPE(VARCHAR), out);
    case 'L':
      return type_make_list(arena, error, TYPE(BIGINT), out);
    case 'm':
      return type_make_map(arena, error, TYPE(VARCHAR), TYPE(VARCHAR), out);
    default:
      *out = TYPE(VARCHAR);
      return OK;
  }
}

// 't', 's.t', '"T".x': the parts of a name given as text.
static void split_name(Str text, CatalogName *name) {
  Str parts[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
  uint32_t count = 0;
  size_t at = 0;
  while (at <= text.length && count < 3) {
    size_t end = at;
    if (at < text.length && text.data[at] == '"') {
      end = ++at;
      while (end < text.length && text.data[end] != '"') end++;
      parts[count++] = (Str){text.data + at, end - at};
      at = end + 2;
      continue;
    }
    while (end < text.length && text.data[end] != '.') end++;
    parts[count++] = (Str){text.data + at, end - at};
    at = end + 1;
  }
  name->name = parts[count ? count - 1 : 0];
  if (count >= 2) name->schema = parts[count - 2];
  if (count >= 3) name->database = parts[count - 3];
}

static Status rows_bind(TableBind *bind) {
  RowBind *data;
  ARENA_NEW(bind->arena, bind->error, data);
  for (uint32_t i = 0; i < COUNT_OF(row_functions); i++) {
    if (strcmp(row_functions[i].name, bind->function->name) == 0) data->function = &row_functions[i];
  }
  if (data->function->source == ROWS_TABLE_INFO) {
    CatalogName name = {.position = bind->position};
    if (bind->arguments[0].is_null) return error_set(bind->error, ERROR_BINDER, bind->position, "pragma_table_info needs a name");
    split_name(bind->arguments[0].text, &name);
    TRY(catalog_find(bind->catalog, bind->arena, CATALOG_TABLE, name, false, &data->table, bind->error));
  }
  uint32_t count = data->function->column_count;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(column_type(bind->arena, bind->error, data->function->columns[i].type, &bind->column_types[i]));
    bind->column_names[i] = str_from(data->function->columns[i].name);
  }
  bind->column_count = count;
  bind->bind_data = data;
  return OK;
}

static Status rows_open(TableScan *scan) {
  RowScan *state = memory_allocate_zeroed(scan->context->memory, sizeof *state);
  if (!state) return error_no_memory(scan->context->error);
  arena_init(&state->arena, scan->context->memory);
  scan->state = state;
  scan->progress = -1;
  return OK;
}

static Status rows_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) {
  (void)scan;
  (void)ranges;
  (void)capacity;
  *count = 0;
  return OK;
}

// The next (entry, row) that gives a row; false: no more.
static Status next_row(TableScan *scan, RowScan *state, const RowBind *bind, bool *found) {
  CatalogView *view = scan->catalog;
  RowSource source = bind->function->source;
  *found = false;
  if (source == ROWS_DATABASES || source == ROWS_DATABASE_LIST) {
    while (state->row < catalog_database_count(view)) {
      const CatalogDatabase *database = catalog_database(view, state->row++);
      if (source == ROWS_DATABASE_LIST && (database->internal || database->temporary)) continue;
      *found = true;
      return OK;
    }
    return OK;
  }
  if (source == ROWS_TABLE_INFO) {
    state->entry = bind->table;
    *found = state->row < rows_of(source, state->entry);
    if (*found) state->row++;
    return OK;
  }
  while (!state->entry || state->row >= rows_of(source, state->entry)) {
    TRY(catalog_next(view, &state->arena, &state->cursor, &state->entry, scan->context->error));
    state->row = 0;
    if (!state->entry) return OK;
  }
  state->row++;
  *found = true;
  return OK;
}

static Status rows_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  (void)ranges;
  (void)count;
  RowScan *state = scan->state;
  const RowBind *bind = scan->bind_data;
  Arena *arena = &state->arena;
  Error *error = scan->context->error;
  uint32_t rows = 0;
  *done = false;
  while (rows < VECTOR_CAPACITY) {
    bool found;
    TRY(next_row(scan, state, bind, &found));
    if (!found) {
      *done = true;
      break;
    }
    for (uint32_t c = 0; c < scan->column_count; c++) {
      Value value = value_null(out->columns[c].type);
      Cell cell = {.arena = arena,
                   .error = error,
                   .view = scan->catalog,
                   .entry = state->entry,
                   .row = state->row - 1,
                   .name = bind->function->columns[scan->columns[c]].name,
                   .out = &value};
      TRY(compute_cell(bind->function->source, &cell));
      TRY(vector_set_value(&out->columns[c], rows, &value, error));
    }
    rows++;
  }
  out->row_count = rows;
  return OK;
}

static void rows_close(TableScan *scan) {
  RowScan *state = scan->state;
  if (!state) return;
  arena_free(&state->arena);
  memory_free(scan->context->memory, state, sizeof *state);
  scan->state = NULL;
}

static const Type name_argument[] = {{.id = TYPE_VARCHAR}};
#define TABLE_FUNCTION(text, count)                                                                                            \
  {                                                                                                                            \
    .name = text, .arguments = name_argument, .argument_count = count, .bind = rows_bind, .open = rows_open, .need = rows_need, \
    .work = rows_work, .close = rows_close                                                                                     \
  }
static const TableFunction table_functions[] = {
    TABLE_FUNCTION("duckdb_databases", 0),  TABLE_FUNCTION("duckdb_schemas", 0),     TABLE_FUNCTION("duckdb_tables", 0),
    TABLE_FUNCTION("duckdb_views", 0),      TABLE_FUNCTION("duckdb_columns", 0),     TABLE_FUNCTION("duckdb_indexes", 0),
    TABLE_FUNCTION("duckdb_sequences", 0),  TABLE_FUNCTION("duckdb_types", 0),       TABLE_FUNCTION("duckdb_constraints", 0),
    TABLE_FUNCTION("pragma_table_info", 1), TABLE_FUNCTION("pragma_database_list", 0),
};

const TableFunction *catalog_table_function(Str name) {
  for (uint32_t i = 0; i < COUNT_OF(table_functions); i++) {
    if (str_equal_nocase(name, str_from(table_functions[i].name))) return &table_functions[i];
  }
  return NULL;
}
