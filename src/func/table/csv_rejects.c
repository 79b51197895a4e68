// SPDX-License-Identifier: MIT
//
// csv_rejects.c: the temporary tables reject_scans (a row for each file that was read) and reject_errors (a row for each complaint). They are
// made by the first scan that wants them and appended to by the later ones, in the transaction of the statement that reads.
#include "func/table/csv_rejects.h"

#include "catalog/catalog.h"
#include "store/store.h"

typedef struct RejectColumn {
  const char *name;
  Type type;
} RejectColumn;

static const RejectColumn scan_columns[] = {
    {"scan_id", {.id = TYPE_UBIGINT}},
    {"file_id", {.id = TYPE_UBIGINT}},
    {"file_path", {.id = TYPE_VARCHAR}},
    {"delimiter", {.id = TYPE_VARCHAR}},
    {"quote", {.id = TYPE_VARCHAR}},
    {"escape", {.id = TYPE_VARCHAR}},
    {"newline_delimiter", {.id = TYPE_VARCHAR}},
    {"skip_rows", {.id = TYPE_UINTEGER}},
    {"has_header", {.id = TYPE_BOOLEAN}},
    {"columns", {.id = TYPE_VARCHAR}},
    {"date_format", {.id = TYPE_VARCHAR}},
    {"timestamp_format", {.id = TYPE_VARCHAR}},
    {"user_arguments", {.id = TYPE_VARCHAR}},
};

static const Str error_kinds[] = {{"CAST", 4},
                                  {"MISSING COLUMNS", 15},
                                  {"TOO MANY COLUMNS", 16},
                                  {"UNQUOTED VALUE", 14},
                                  {"LINE SIZE OVER MAXIMUM", 22},
                                  {"INVALID ENCODING", 16},
                                  {"INVALID STATE", 13}};
static const TypeInfo error_kinds_info = {.count = COUNT_OF(error_kinds), .names = error_kinds};

static const RejectColumn error_columns[] = {
    {"scan_id", {.id = TYPE_UBIGINT}},       {"file_id", {.id = TYPE_UBIGINT}},
    {"line", {.id = TYPE_UBIGINT}},          {"line_byte_position", {.id = TYPE_UBIGINT}},
    {"byte_position", {.id = TYPE_UBIGINT}}, {"column_idx", {.id = TYPE_UBIGINT}},
    {"column_name", {.id = TYPE_VARCHAR}},   {"error_type", {.id = TYPE_ENUM, .info = &error_kinds_info}},
    {"csv_line", {.id = TYPE_VARCHAR}},      {"error_message", {.id = TYPE_VARCHAR}},
};

// A table and the rows that are on their way to it.
typedef struct RejectTable {
  const CatalogTable *table;
  Transaction *transaction;
  Chunk rows;
} RejectTable;

struct CsvRejects {
  Memory *memory;
  CatalogView *catalog;
  Arena arena;
  const CsvOptions *options;
  Str arguments;
  uint64_t scan_id;
  uint64_t file_count;
  uint64_t rows_left; // of rejects_limit, in this file
  RejectTable scans;
  RejectTable errors;
};

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

static Status make_table(CsvRejects *rejects, Str name, const RejectColumn *columns, uint32_t count,
                         const CatalogEntry **entry, Error *error) {
  CatalogTable table = {.entry = {.kind = CATALOG_TABLE,
                                  .temporary = true,
                                  .database_name = STR("temp"),
                                  .schema = STR("main"),
                                  .name = name},
                        .column_count = count,
                        .next_column_id = count};
  CatalogCreate request = {.kind = CATALOG_TABLE, .on_conflict = CATALOG_CREATE_ERROR, .table = &table};
  bool created;
  ARENA_NEW_ARRAY(&rejects->arena, error, table.columns, count);
  for (uint32_t i = 0; i < count; i++) {
    table.columns[i] = (CatalogColumn){.id = i, .name = str_from(columns[i].name), .type = columns[i].type};
  }
  return catalog_create(rejects->catalog, &rejects->arena, &request, &created, entry, error);
}

static Status open_table(CsvRejects *rejects, RejectTable *out, Str name, const RejectColumn *columns, uint32_t count,
                         Error *error) {
  CatalogName wanted = {.database = STR("temp"), .schema = STR("main"), .name = name, .position = -1};
  const CatalogEntry *entry;
  Type *types;
  TRY(catalog_find(rejects->catalog, &rejects->arena, CATALOG_TABLE, wanted, true, &entry, error));
  if (entry && (entry->kind != CATALOG_TABLE || ((const CatalogTable *)entry)->column_count != count)) {
    return error_set(error, ERROR_BINDER, -1,
                     "Reject table name \"%.*s\" is already in use. Either drop the used name(s), or give other name "
                     "options in the CSV Reader function.",
                     STR_ARG(name));
  }
  if (!entry) TRY(make_table(rejects, name, columns, count, &entry, error));
  out->table = (const CatalogTable *)entry;
  out->transaction = catalog_transaction(rejects->catalog, entry);
  ARENA_NEW_ARRAY(&rejects->arena, error, types, count);
  for (uint32_t i = 0; i < count; i++) types[i] = columns[i].type;
  return chunk_init(&out->rows, rejects->memory, types, count, error);
}

static Status flush_table(RejectTable *table, Error *error) {
  if (!table->rows.row_count) return OK;
  TRY(table_append(table->transaction, table->table->store_table, &table->rows, NULL, error));
  return chunk_reset(&table->rows, error);
}

static Status put_row(RejectTable *table, const Value *values, uint32_t count, Error *error) {
  if (table->rows.row_count == VECTOR_CAPACITY) TRY(flush_table(table, error));
  uint32_t row = table->rows.row_count;
  for (uint32_t i = 0; i < count; i++) {
    Value value = values[i];
    value.type = table->rows.columns[i].type;
    TRY(vector_set_value(&table->rows.columns[i], row, &value, error));
  }
  table->rows.row_count++;
  return OK;
}

static Status open_tables(CsvRejects *rejects, Error *error) {
  const CsvOptions *options = rejects->options;
  Str scans = options->rejects_scan.data ? options->rejects_scan : STR("reject_scans");
  Str errors = options->rejects_table.data ? options->rejects_table : STR("reject_errors");
  TRY(open_table(rejects, &rejects->scans, scans, scan_columns, COUNT_OF(scan_columns), error));
  return open_table(rejects, &rejects->errors, errors, error_columns, COUNT_OF(error_columns), error);
}

Status csv_rejects_open(TableScan *scan, const CsvOptions *options, Str arguments, CsvRejects **out, Error *error) {
  *out = NULL;
  if (!scan->catalog) return OK;
  CsvRejects *rejects = memory_allocate_zeroed(scan->context->memory, sizeof *rejects);
  if (!rejects) return error_no_memory(error);
  rejects->memory = scan->context->memory;
  rejects->catalog = scan->catalog;
  rejects->options = options;
  rejects->arguments = arguments;
  rejects->scan_id = (uint64_t)scan->context->facts->statement_micros;
  arena_init(&rejects->arena, rejects->memory);
  Status status = open_tables(rejects, error);
  if (status == OK) {
    *out = rejects;
  } else {
    csv_rejects_close(rejects);
  }
  return status;
}

void csv_rejects_close(CsvRejects *rejects) {
  if (!rejects) return;
  chunk_free(&rejects->scans.rows);
  chunk_free(&rejects->errors.rows);
  arena_free(&rejects->arena);
  memory_free(rejects->memory, rejects, sizeof *rejects);
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows
// ---------------------------------------------------------------------------------------------------------------------

static Value number(uint64_t value) { return (Value){.type = TYPE(UBIGINT), .u64 = value}; }
static Value text_or_null(Str text) { return text.length ? value_text(text) : value_null(TYPE(VARCHAR)); }
static Value character(const char *letter) { return value_text(*letter ? (Str){letter, 1} : STR("(empty)")); }

// {'a': 'INTEGER','b': 'VARCHAR'}
static void print_columns(TextBuilder *out, const CsvSchema *schema) {
  text_append_char(out, '{');
  for (uint32_t i = 0; i < schema->column_count; i++) {
    text_format(out, i ? ",'%.*s': '" : "'%.*s': '", STR_ARG(schema->names[i]));
    type_print(out, schema->types[i]);
    text_append_char(out, '\'');
  }
  text_append_char(out, '}');
}

Status csv_rejects_file(CsvRejects *rejects, Str path, const CsvSchema *schema, Error *error) {
  const CsvOptions *options = &schema->options;
  const char *new_line = options->dialect.new_line == CSV_NEW_LINE_RN  ? "\\r\\n"
                         : options->dialect.new_line == CSV_NEW_LINE_R ? "\\r"
                                                                       : "\\n";
  TextBuilder columns;
  text_init(&columns, rejects->memory);
  print_columns(&columns, schema);
  Value values[] = {
      number(rejects->scan_id),
      number(rejects->file_count++),
      value_text(path),
      value_text((Str){options->dialect.delimiter, options->dialect.delimiter_length}),
      character(&options->dialect.quote),
      character(&options->dialect.escape),
      value_text(str_from(new_line)),
      number(options->skip_rows),
      value_boolean(options->header),
      value_text(text_str(&columns)),
      text_or_null(options->date_format),
      text_or_null(options->timestamp_format),
      value_text(rejects->arguments),
  };
  Status status = columns.failed ? error_no_memory(error) : OK;
  if (status == OK) status = put_row(&rejects->scans, values, COUNT_OF(values), error);
  text_free(&columns);
  rejects->rows_left = rejects->options->rejects_limit ? rejects->options->rejects_limit : UINT64_MAX;
  return status;
}

static uint64_t kind_number(const char *kind) {
  for (uint32_t i = 0; i < COUNT_OF(error_kinds); i++) {
    if (str_equal(error_kinds[i], str_from(kind))) return i;
  }
  return COUNT_OF(error_kinds) - 1;
}

// Bytes that are no text, as question marks.
static void print_line(TextBuilder *out, Str line) {
  size_t bad;
  while (!utf8_valid(line, &bad)) {
    text_append(out, (Str){line.data, bad});
    text_append_char(out, '?');
    line.data += bad + 1;
    line.length -= bad + 1;
  }
  text_append(out, line);
}

Status csv_rejects_row(void *context, const CsvReject *reject, Error *error) {
  CsvRejects *rejects = context;
  if (!rejects->rows_left) return OK;
  rejects->rows_left--;
  TextBuilder line;
  text_init(&line, rejects->memory);
  print_line(&line, reject->text);
  Value values[] = {
      number(rejects->scan_id),
      number(rejects->file_count - 1),
      number(reject->line),
      number(reject->row_byte),
      number(reject->byte),
      reject->column ? number(reject->column) : value_null(TYPE(UBIGINT)),
      text_or_null(reject->column_name),
      number(kind_number(reject->kind)),
      value_text(text_str(&line)),
      value_text(reject->message),
  };
  Status status = line.failed ? error_no_memory(error) : put_row(&rejects->errors, values, COUNT_OF(values), error);
  text_free(&line);
  return status;
}

Status csv_rejects_flush(CsvRejects *rejects, Error *error) {
  if (!rejects) return OK;
  TRY(flush_table(&rejects->scans, error));
  return flush_table(&rejects->errors, error);
}
