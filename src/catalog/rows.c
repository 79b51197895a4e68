// SPDX-License-Identifier: MIT
//
// rows.c: the driver of the catalog's table functions: binds, asks the producers for rows, hands them out chunk by chunk.
#include "catalog/rows.h"

// ---------------------------------------------------------------------------------------------------------------------
// Types of cells
// ---------------------------------------------------------------------------------------------------------------------

static const Type text_types[] = {{.id = TYPE_VARCHAR}, {.id = TYPE_VARCHAR}};
static const Type number_types[] = {{.id = TYPE_BIGINT}};
static const Str map_names[] = {{"key", 3}, {"value", 5}};
static const TypeInfo tags_info = {.count = 2, .types = text_types, .names = map_names, .depth = 1};
static const TypeInfo texts_info = {.count = 1, .types = text_types, .depth = 1};
static const TypeInfo numbers_info = {.count = 1, .types = number_types, .depth = 1};

static const Type cell_types[CELL_TYPE_COUNT] = {
    [CELL_TEXT] = {.id = TYPE_VARCHAR},
    [CELL_BIGINT] = {.id = TYPE_BIGINT},
    [CELL_INTEGER] = {.id = TYPE_INTEGER},
    [CELL_BOOLEAN] = {.id = TYPE_BOOLEAN},
    [CELL_TAGS] = {.id = TYPE_MAP, .info = &tags_info},
    [CELL_TEXTS] = {.id = TYPE_LIST, .info = &texts_info},
    [CELL_BIGINTS] = {.id = TYPE_LIST, .info = &numbers_info},
};

// ---------------------------------------------------------------------------------------------------------------------
// Numbers of things
// ---------------------------------------------------------------------------------------------------------------------

// oid = number × 256 + index of the database; 0 is the database, 1 to 3 the built-in schemas, store ids follow.
#define OID_DATABASES 256
#define OID_FIRST_ENTRY 4

int64_t database_oid(uint32_t database) { return database; }

int64_t entry_oid(uint32_t database, uint64_t id) {
  return (int64_t)((id + OID_FIRST_ENTRY) * OID_DATABASES + database);
}

int64_t schema_oid(const CatalogView *view, uint32_t database, Str schema) {
  static const char *const built_in[] = {"main", "information_schema", "pg_catalog"};
  for (uint32_t i = 0; i < COUNT_OF(built_in); i++) {
    if (str_equal_nocase(schema, str_from(built_in[i]))) return (int64_t)(i + 1) * OID_DATABASES + database;
  }
  const DirectoryEntry *entry = directory_find(&view->databases[database], CATALOG_SCHEMA, (Str){NULL, 0}, schema);
  return entry ? entry_oid(database, entry->id) : 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Cells
// ---------------------------------------------------------------------------------------------------------------------

Status row_begin(Rows *rows) {
  Value *cells;
  ASSERT(!rows->rows.count || rows->cell == rows->function->column_count);
  ARENA_NEW_ARRAY(&rows->arena, rows->error, cells, rows->function->column_count);
  ARENA_PUSH(&rows->arena, rows->error, &rows->rows, cells);
  rows->cell = 0;
  return OK;
}

static Value *next_cell(Rows *rows) {
  ASSERT(rows->cell < rows->function->column_count);
  uint32_t column = rows->cell++;
  Value *value = &rows->rows.items[rows->rows.count - 1][column];
  *value = value_null(cell_types[rows->function->columns[column].type]);
  return value;
}

static void fail(Rows *rows, Status status) {
  if (rows->status == OK) rows->status = status;
}

void put_null(Rows *rows) { next_cell(rows); }

void put_text(Rows *rows, Str text) {
  Value *cell = next_cell(rows);
  ASSERT(cell->type.id == TYPE_VARCHAR);
  cell->is_null = !text.data;
  cell->text = text;
}

void put_number(Rows *rows, int64_t number) {
  Value *cell = next_cell(rows);
  ASSERT(cell->type.id == TYPE_BIGINT || cell->type.id == TYPE_INTEGER);
  cell->is_null = false;
  cell->i64 = number;
}

void put_boolean(Rows *rows, bool truth) {
  Value *cell = next_cell(rows);
  ASSERT(cell->type.id == TYPE_BOOLEAN);
  cell->is_null = false;
  cell->boolean = truth;
}

void put_tags(Rows *rows) {
  Value *cell = next_cell(rows);
  ASSERT(cell->type.id == TYPE_MAP);
  cell->is_null = false;
}

// Room for the items of a list cell; NULL: no memory.
static Value *put_list(Rows *rows, uint32_t count) {
  Value *cell = next_cell(rows);
  ASSERT(cell->type.id == TYPE_LIST);
  Value *items = arena_allocate_zeroed(&rows->arena, sizeof *items * ((size_t)count + 1));
  if (!items) {
    fail(rows, error_no_memory(rows->error));
    return NULL;
  }
  cell->is_null = false;
  cell->nested.items = items;
  cell->nested.count = count;
  return items;
}

void put_texts(Rows *rows, const Str *texts, uint32_t count) {
  Value *items = put_list(rows, count);
  for (uint32_t i = 0; items && i < count; i++) items[i] = value_text(texts[i]);
}

void put_positions(Rows *rows, const uint32_t *positions, uint32_t count) {
  Value *items = put_list(rows, count);
  for (uint32_t i = 0; items && i < count; i++) items[i] = value_i64(TYPE(BIGINT), positions[i]);
}

TextBuilder *text_cell(Rows *rows) {
  text_clear(&rows->text);
  return &rows->text;
}

void put_built(Rows *rows) {
  Str text = {NULL, 0};
  if (rows->text.failed) {
    fail(rows, error_no_memory(rows->error));
  } else {
    Status status = str_copy(&rows->arena, rows->error, text_str(&rows->text), &text);
    if (status != OK) fail(rows, status);
  }
  put_text(rows, text);
}

void put_type(Rows *rows, Type type) {
  type_print(text_cell(rows), type);
  put_built(rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

Status rows_bind(TableBind *bind) {
  const CatalogFunction *function = (const CatalogFunction *)bind->function;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, function->column_count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, function->column_count);
  for (uint32_t i = 0; i < function->column_count; i++) {
    bind->column_types[i] = cell_types[function->columns[i].type];
    bind->column_names[i] = str_from(function->columns[i].name);
  }
  bind->column_count = function->column_count;
  return OK;
}

// One part of a name, in double quotes or bare up to the next dot. Returns the bytes it takes.
static Status name_part(Arena *arena, Error *error, Str text, Str *part, size_t *used) {
  if (!text.length || text.data[0] != '"') {
    size_t length = 0;
    while (length < text.length && text.data[length] != '.') length++;
    *used = length;
    *part = (Str){text.data, length};
    return OK;
  }
  char *out;
  size_t at = 1, length = 0;
  ARENA_NEW_ARRAY(arena, error, out, text.length);
  for (; at < text.length; at++) {
    if (text.data[at] == '"') {
      if (at + 1 >= text.length || text.data[at + 1] != '"') break;
      at++;
    }
    out[length++] = text.data[at];
  }
  if (at == text.length) {
    return error_set(error, ERROR_PARSER, -1, "Unterminated quote in qualified name! (input: %.*s)", STR_ARG(text));
  }
  *used = at + 1;
  *part = (Str){out, length};
  return OK;
}

static Status parse_name(TableBind *bind, Str text, CatalogName *out) {
  Str parts[3];
  uint32_t count = 0;
  size_t at = 0, used = 0;
  for (;;) {
    if (count == COUNT_OF(parts)) {
      return error_set(bind->error, ERROR_PARSER, bind->position,
                       "Expected catalog.entry, schema.entry or entry: too many entries found (input: %.*s)",
                       STR_ARG(text));
    }
    TRY(name_part(bind->arena, bind->error, (Str){text.data + at, text.length - at}, &parts[count++], &used));
    at += used;
    if (at >= text.length) break;
    at++; // the dot
  }
  *out = (CatalogName){.name = parts[count - 1], .position = bind->position};
  if (count > 1) out->schema = parts[count - 2];
  if (count > 2) out->database = parts[0];
  return OK;
}

Status rows_bind_table(TableBind *bind) {
  Str text = bind->arguments[0].is_null ? STR("NULL") : bind->arguments[0].text;
  CatalogName name;
  const CatalogEntry *entry;
  TRY(parse_name(bind, text, &name));
  TRY(catalog_find(bind->catalog, bind->arena, CATALOG_TABLE, name, false, &entry, bind->error));
  bind->bind_data = entry;
  return rows_bind(bind);
}

// ---------------------------------------------------------------------------------------------------------------------
// Running
// ---------------------------------------------------------------------------------------------------------------------

Status rows_open(TableScan *scan) {
  Memory *memory = scan->context->memory;
  Rows *rows = memory_allocate_zeroed(memory, sizeof *rows);
  scan->state = rows;
  if (!rows) return error_no_memory(scan->context->error);
  rows->function = (const CatalogFunction *)scan->function;
  rows->view = scan->catalog;
  rows->memory = memory;
  rows->error = scan->context->error;
  rows->done = !rows->function->produce || !rows->view;
  arena_init(&rows->arena, memory);
  text_init(&rows->text, memory);
  return OK;
}

void rows_close(TableScan *scan) {
  Rows *rows = scan->state;
  if (!rows) return;
  text_free(&rows->text);
  arena_free(&rows->arena);
  memory_free(rows->memory, rows, sizeof *rows);
  scan->state = NULL;
}

Status rows_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) {
  (void)scan, (void)ranges, (void)capacity;
  *count = 0;
  return OK;
}

// Every user database has the built-in schemas in its search path, but they are listed once, under `system`.
static bool listed(const CatalogEntry *entry) {
  bool repeated = entry->kind == CATALOG_SCHEMA && entry->internal && entry->database != SYSTEM_DATABASE;
  return !repeated || str_equal(entry->name, STR("main"));
}

// The rows of one more entry.
static Status produce(Rows *rows, const CatalogEntry *argument) {
  const CatalogEntry *entry = argument;
  if (rows->function->kinds) {
    TRY(listing_next(rows->view, &rows->arena, &rows->cursor, &entry, rows->error));
    rows->done = !entry;
    if (!entry || !(rows->function->kinds & KIND_BIT(entry->kind)) || !listed(entry)) return OK;
    rows->schema_oid = schema_oid(rows->view, entry->database, entry->schema);
  } else {
    rows->done = true;
  }
  TRY(rows->function->produce(rows, entry));
  ASSERT(!rows->rows.count || rows->cell == rows->function->column_count);
  return rows->status;
}

Status rows_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  (void)ranges, (void)count;
  Rows *rows = scan->state;
  if (rows->handed_out == rows->rows.count) {
    memset(&rows->rows, 0, sizeof rows->rows);
    rows->handed_out = 0;
    arena_reset(&rows->arena);
  }
  while (!rows->done && rows->rows.count - rows->handed_out < VECTOR_CAPACITY) TRY(produce(rows, scan->bind_data));
  uint32_t left = rows->rows.count - rows->handed_out;
  uint32_t row_count = left < VECTOR_CAPACITY ? left : VECTOR_CAPACITY;
  for (uint32_t c = 0; c < scan->column_count; c++) {
    for (uint32_t i = 0; i < row_count; i++) {
      const Value *cell = &rows->rows.items[rows->handed_out + i][scan->columns[c]];
      TRY(vector_set_value(&out->columns[c], i, cell, rows->error));
    }
  }
  out->row_count = row_count;
  rows->handed_out += row_count;
  *done = rows->done && rows->handed_out == rows->rows.count;
  return OK;
}
