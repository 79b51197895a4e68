// SPDX-License-Identifier: MIT
//
// table_functions.c: duckdb_tables() and its kin, pragma_table_info('t') and its kin: columns and producers of each. Names, order and types of
// columns are those of DuckDB 1.5. What Smew has nothing to say about is NULL.
#include "catalog/rows.h"
#include "catalog/type_names.h"

// ---------------------------------------------------------------------------------------------------------------------
// What many of them have
// ---------------------------------------------------------------------------------------------------------------------

#define PLACE_COLUMNS \
  {"database_name", CELL_TEXT}, {"database_oid", CELL_BIGINT}, {"schema_name", CELL_TEXT}, { "schema_oid", CELL_BIGINT }
#define REMARK_COLUMNS \
  {"comment", CELL_TEXT}, { "tags", CELL_TAGS }

static void put_place(Rows *rows, const CatalogEntry *entry) {
  put_text(rows, entry->database_name);
  put_number(rows, database_oid(entry->database));
  put_text(rows, entry->schema);
  put_number(rows, rows->schema_oid);
}

static void put_named(Rows *rows, const CatalogEntry *entry) {
  put_text(rows, entry->name);
  put_number(rows, entry_oid(entry->database, entry->id));
}

static void put_remarks(Rows *rows, const CatalogEntry *entry) {
  put_text(rows, entry->comment);
  put_tags(rows);
}

static void put_sql(Rows *rows, const CatalogEntry *entry) {
  // The builder remembers a failure, and put_built tells it.
  if (catalog_entry_sql(text_cell(rows), entry) != OK) rows->text.failed = true;
  put_built(rows);
}

static bool has_constraint(const CatalogTable *table, uint32_t position, CatalogConstraintKind kind) {
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; constraint->kind == kind && k < constraint->column_count; k++) {
      if (constraint->columns[k] == position) return true;
    }
  }
  return false;
}

static uint32_t count_constraints(const CatalogTable *table, CatalogConstraintKind kind) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) count += table->constraints[i].kind == kind;
  return count;
}

// A column of a table or a view, as the listings show it.
typedef struct ShownColumn {
  Str name;
  Type type;
  bool nullable;
  bool primary;
  bool unique;
  bool generated;
  Str default_sql; // or what it is generated as; data NULL: none
  Str comment;
} ShownColumn;

static uint32_t shown_count(const CatalogEntry *entry) {
  return entry->kind == CATALOG_VIEW ? ((const CatalogViewEntry *)entry)->column_count
                                     : ((const CatalogTable *)entry)->column_count;
}

static ShownColumn shown_column(const CatalogEntry *entry, uint32_t position) {
  if (entry->kind == CATALOG_VIEW) {
    const CatalogViewEntry *view = (const CatalogViewEntry *)entry;
    Str comment = view->column_comments ? view->column_comments[position] : (Str){0};
    return (ShownColumn){.name = view->column_names[position],
                         .type = view->column_types[position],
                         .nullable = true,
                         .comment = comment};
  }
  const CatalogTable *table = (const CatalogTable *)entry;
  const CatalogColumn *column = &table->columns[position];
  bool primary = column_in_primary_key(table, position);
  return (ShownColumn){.name = column->name,
                       .type = column->type,
                       .nullable = !column->not_null && !primary,
                       .primary = primary,
                       .unique = has_constraint(table, position, CONSTRAINT_UNIQUE),
                       .generated = column->generated_sql.data != NULL,
                       .default_sql = column->generated_sql.data ? column->generated_sql : column->default_sql,
                       .comment = column->comment};
}

static void put_default(Rows *rows, const ShownColumn *column) {
  if (!column->generated) {
    put_text(rows, column->default_sql);
    return;
  }
  TextBuilder *text = text_cell(rows);
  text_format(text, "CAST(%.*s AS ", STR_ARG(column->default_sql));
  if (column->type.id == TYPE_DECIMAL) {
    text_format(text, "DECIMAL(%u, %u)", column->type.width, column->type.scale); // as the parser writes it
  } else {
    type_print(text, column->type);
  }
  text_append_char(text, ')');
  put_built(rows);
}

// ---------------------------------------------------------------------------------------------------------------------
// Databases and schemas
// ---------------------------------------------------------------------------------------------------------------------

static const RowColumn databases_columns[] = {
    {"database_name", CELL_TEXT}, {"database_oid", CELL_BIGINT},
    {"path", CELL_TEXT},          REMARK_COLUMNS,
    {"internal", CELL_BOOLEAN},   {"type", CELL_TEXT},
    {"readonly", CELL_BOOLEAN},   {"encrypted", CELL_BOOLEAN},
    {"cipher", CELL_TEXT},        {"options", CELL_TAGS},
};

static Status databases_produce(Rows *rows, const CatalogEntry *unused) {
  (void)unused;
  for (uint32_t i = 0; i < catalog_database_count(rows->view); i++) {
    const CatalogDatabase *database = catalog_database(rows->view, i);
    TRY(row_begin(rows));
    put_text(rows, database->name);
    put_number(rows, database_oid(i));
    put_text(rows, database->path);
    put_null(rows);
    put_tags(rows);
    put_boolean(rows, database->internal || database->temporary);
    put_text(rows, STR("smew"));
    put_boolean(rows, database->read_only && !database->internal);
    put_boolean(rows, false);
    put_null(rows);
    put_tags(rows);
  }
  return OK;
}

static const RowColumn database_list_columns[] = {{"seq", CELL_BIGINT}, {"name", CELL_TEXT}, {"file", CELL_TEXT}};

static Status database_list_produce(Rows *rows, const CatalogEntry *unused) {
  (void)unused;
  for (uint32_t i = 0; i < catalog_database_count(rows->view); i++) {
    const CatalogDatabase *database = catalog_database(rows->view, i);
    if (database->internal || database->temporary) continue;
    TRY(row_begin(rows));
    put_number(rows, database_oid(i));
    put_text(rows, database->name);
    put_text(rows, database->path);
  }
  return OK;
}

static const RowColumn schemas_columns[] = {
    {"oid", CELL_BIGINT},
    {"database_name", CELL_TEXT},
    {"database_oid", CELL_BIGINT},
    {"schema_name", CELL_TEXT},
    REMARK_COLUMNS,
    {"internal", CELL_BOOLEAN},
    {"sql", CELL_TEXT},
};

static Status schemas_produce(Rows *rows, const CatalogEntry *schema) {
  TRY(row_begin(rows));
  put_number(rows, rows->schema_oid);
  put_text(rows, schema->database_name);
  put_number(rows, database_oid(schema->database));
  put_text(rows, schema->name);
  put_remarks(rows, schema);
  put_boolean(rows, schema->internal);
  put_null(rows);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables, views, columns
// ---------------------------------------------------------------------------------------------------------------------

static const RowColumn tables_columns[] = {
    PLACE_COLUMNS,
    {"table_name", CELL_TEXT},
    {"table_oid", CELL_BIGINT},
    REMARK_COLUMNS,
    {"internal", CELL_BOOLEAN},
    {"temporary", CELL_BOOLEAN},
    {"has_primary_key", CELL_BOOLEAN},
    {"estimated_size", CELL_BIGINT},
    {"column_count", CELL_BIGINT},
    {"index_count", CELL_BIGINT},
    {"check_constraint_count", CELL_BIGINT},
    {"sql", CELL_TEXT},
};

static Status tables_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogTable *table = (const CatalogTable *)entry;
  const CatalogIndex **indexes;
  uint32_t index_count;
  uint64_t row_count;
  TRY(catalog_table_indexes(rows->view, &rows->arena, table, &indexes, &index_count, rows->error));
  TRY(table_row_count(catalog_transaction(rows->view, entry), table->store_table, &row_count, rows->error));
  // Keys have indexes of their own; DuckDB counts those of foreign keys too.
  uint32_t checks = count_constraints(table, CONSTRAINT_CHECK);
  TRY(row_begin(rows));
  put_place(rows, entry);
  put_named(rows, entry);
  put_remarks(rows, entry);
  put_boolean(rows, entry->internal);
  put_boolean(rows, entry->temporary);
  put_boolean(rows, count_constraints(table, CONSTRAINT_PRIMARY_KEY) > 0);
  put_number(rows, (int64_t)row_count);
  put_number(rows, table->column_count);
  put_number(rows, (int64_t)index_count + table->constraint_count - checks);
  put_number(rows, checks);
  put_sql(rows, entry);
  return OK;
}

static const RowColumn views_columns[] = {
    PLACE_COLUMNS,
    {"view_name", CELL_TEXT},
    {"view_oid", CELL_BIGINT},
    REMARK_COLUMNS,
    {"internal", CELL_BOOLEAN},
    {"temporary", CELL_BOOLEAN},
    {"column_count", CELL_BIGINT},
    {"sql", CELL_TEXT},
    {"is_bound", CELL_BOOLEAN},
};

static Status views_produce(Rows *rows, const CatalogEntry *entry) {
  TRY(row_begin(rows));
  put_place(rows, entry);
  put_named(rows, entry);
  put_remarks(rows, entry);
  put_boolean(rows, entry->internal);
  put_boolean(rows, entry->temporary);
  put_number(rows, shown_count(entry));
  put_sql(rows, entry);
  put_boolean(rows, true);
  return OK;
}

static const RowColumn columns_columns[] = {
    PLACE_COLUMNS,
    {"table_name", CELL_TEXT},
    {"table_oid", CELL_BIGINT},
    {"column_name", CELL_TEXT},
    {"column_index", CELL_INTEGER},
    {"comment", CELL_TEXT},
    {"internal", CELL_BOOLEAN},
    {"column_default", CELL_TEXT},
    {"is_nullable", CELL_BOOLEAN},
    {"data_type", CELL_TEXT},
    {"data_type_id", CELL_BIGINT},
    {"character_maximum_length", CELL_INTEGER},
    {"numeric_precision", CELL_INTEGER},
    {"numeric_precision_radix", CELL_INTEGER},
    {"numeric_scale", CELL_INTEGER},
};

static void put_precision(Rows *rows, Type type) {
  NumericPrecision precision;
  if (!type_precision(type, &precision)) {
    for (int i = 0; i < 3; i++) put_null(rows);
    return;
  }
  put_number(rows, precision.digits);
  put_number(rows, precision.radix);
  put_number(rows, precision.scale);
}

static Status columns_produce(Rows *rows, const CatalogEntry *entry) {
  uint32_t count = shown_count(entry);
  for (uint32_t i = 0; i < count; i++) {
    ShownColumn column = shown_column(entry, i);
    TRY(row_begin(rows));
    put_place(rows, entry);
    put_named(rows, entry);
    put_text(rows, column.name);
    put_number(rows, (int64_t)i + 1);
    put_text(rows, column.comment);
    put_boolean(rows, entry->internal);
    put_default(rows, &column);
    put_boolean(rows, column.nullable);
    put_type(rows, column.type);
    put_number(rows, type_number((TypeId)column.type.id));
    put_null(rows);
    put_precision(rows, column.type);
  }
  return OK;
}

static const RowColumn table_info_columns[] = {
    {"cid", CELL_INTEGER},     {"name", CELL_TEXT},       {"type", CELL_TEXT},
    {"notnull", CELL_BOOLEAN}, {"dflt_value", CELL_TEXT}, {"pk", CELL_BOOLEAN},
};

static Status table_info_produce(Rows *rows, const CatalogEntry *entry) {
  uint32_t count = shown_count(entry);
  for (uint32_t i = 0; i < count; i++) {
    ShownColumn column = shown_column(entry, i);
    TRY(row_begin(rows));
    put_number(rows, i);
    put_text(rows, column.name);
    put_type(rows, column.type);
    put_boolean(rows, !column.nullable);
    put_default(rows, &column);
    put_boolean(rows, column.primary);
  }
  return OK;
}

static const RowColumn show_columns[] = {
    {"column_name", CELL_TEXT}, {"column_type", CELL_TEXT}, {"null", CELL_TEXT},
    {"key", CELL_TEXT},         {"default", CELL_TEXT},     {"extra", CELL_TEXT},
};

static Status show_produce(Rows *rows, const CatalogEntry *entry) {
  uint32_t count = shown_count(entry);
  for (uint32_t i = 0; i < count; i++) {
    ShownColumn column = shown_column(entry, i);
    TRY(row_begin(rows));
    put_text(rows, column.name);
    put_type(rows, column.type);
    put_text(rows, column.nullable ? STR("YES") : STR("NO"));
    put_text(rows, column.primary ? STR("PRI") : column.unique ? STR("UNI") : (Str){NULL, 0});
    put_default(rows, &column);
    put_null(rows);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Constraints, indexes, dependencies
// ---------------------------------------------------------------------------------------------------------------------

static const RowColumn constraints_columns[] = {
    PLACE_COLUMNS,
    {"table_name", CELL_TEXT},
    {"table_oid", CELL_BIGINT},
    {"constraint_index", CELL_BIGINT},
    {"constraint_type", CELL_TEXT},
    {"constraint_text", CELL_TEXT},
    {"expression", CELL_TEXT},
    {"constraint_column_indexes", CELL_BIGINTS},
    {"constraint_column_names", CELL_TEXTS},
    {"constraint_name", CELL_TEXT},
    {"referenced_table", CELL_TEXT},
    {"referenced_column_names", CELL_TEXTS},
};

// NOT NULL is a fact of the column in the catalog, a constraint in the listing.
#define NOT_NULL_KIND 0

static const struct {
  const char *type;
  const char *suffix; // of the name that it is listed under
} constraint_kinds[] = {
    [NOT_NULL_KIND] = {"NOT NULL", "not_null"},
    [CONSTRAINT_PRIMARY_KEY] = {"PRIMARY KEY", "pkey"},
    [CONSTRAINT_UNIQUE] = {"UNIQUE", "key"},
    [CONSTRAINT_CHECK] = {"CHECK", "check"},
    [CONSTRAINT_FOREIGN_KEY] = {"FOREIGN KEY", "fkey"},
};

// Names that were given are not kept in DuckDB.
static void put_constraint_name(Rows *rows, const CatalogTable *table, const CatalogConstraint *constraint,
                                const Str *names) {
  TextBuilder *text = text_cell(rows);
  bool foreign = constraint->kind == CONSTRAINT_FOREIGN_KEY && constraint->foreign_columns;
  text_append(text, table->entry.name);
  for (uint32_t i = 0; i < constraint->column_count; i++) text_format(text, "_%.*s", STR_ARG(names[i]));
  for (uint32_t i = 0; foreign && i < constraint->column_count; i++)
    text_format(text, "_%.*s", STR_ARG(constraint->foreign_columns[i]));
  text_format(text, "_%s", constraint_kinds[constraint->kind].suffix);
  put_built(rows);
}

static Status put_constraint(Rows *rows, const CatalogTable *table, const CatalogConstraint *constraint) {
  Str *names;
  ARENA_NEW_ARRAY(&rows->arena, rows->error, names, constraint->column_count);
  for (uint32_t i = 0; i < constraint->column_count; i++) names[i] = table->columns[constraint->columns[i]].name;
  bool foreign = constraint->kind == CONSTRAINT_FOREIGN_KEY;
  TRY(row_begin(rows));
  put_place(rows, &table->entry);
  put_named(rows, &table->entry);
  put_number(rows, (int64_t)rows->constraints++);
  put_text(rows, str_from(constraint_kinds[constraint->kind].type));
  if (constraint->kind == NOT_NULL_KIND) {
    put_text(rows, STR("NOT NULL"));
  } else {
    constraint_print(text_cell(rows), table, constraint);
    put_built(rows);
  }
  put_text(rows, constraint->kind == CONSTRAINT_CHECK ? constraint->check_sql : (Str){NULL, 0});
  put_positions(rows, constraint->columns, constraint->column_count);
  put_texts(rows, names, constraint->column_count);
  put_constraint_name(rows, table, constraint, names);
  put_text(rows, foreign ? constraint->foreign_table : (Str){NULL, 0});
  put_texts(rows, constraint->foreign_columns, foreign && constraint->foreign_columns ? constraint->column_count : 0);
  return OK;
}

static Status constraints_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogTable *table = (const CatalogTable *)entry;
  for (uint32_t i = 0; i < table->constraint_count; i++) TRY(put_constraint(rows, table, &table->constraints[i]));
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (!table->columns[i].not_null && !column_in_primary_key(table, i)) continue;
    CatalogConstraint not_null = {.kind = NOT_NULL_KIND, .columns = &i, .column_count = 1};
    TRY(put_constraint(rows, table, &not_null));
  }
  return OK;
}

static const RowColumn indexes_columns[] = {
    PLACE_COLUMNS,
    {"index_name", CELL_TEXT},
    {"index_oid", CELL_BIGINT},
    {"table_name", CELL_TEXT},
    {"table_oid", CELL_BIGINT},
    REMARK_COLUMNS,
    {"is_unique", CELL_BOOLEAN},
    {"is_primary", CELL_BOOLEAN},
    {"expressions", CELL_TEXT},
    {"sql", CELL_TEXT},
};

static Status indexes_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogIndex *index = (const CatalogIndex *)entry;
  TRY(row_begin(rows));
  put_place(rows, entry);
  put_named(rows, entry);
  put_text(rows, index->table_name);
  put_number(rows, entry_oid(entry->database, index->table));
  put_remarks(rows, entry);
  put_boolean(rows, index->unique);
  put_boolean(rows, false); // primary keys are constraints, not entries
  Value list = {.nested.count = index->expressions_sql ? index->column_count : 0}; // as text, in the form of a list
  Value *items;
  ARENA_NEW_ARRAY(&rows->arena, rows->error, items, list.nested.count);
  for (uint32_t i = 0; i < list.nested.count; i++) items[i] = value_text(index->expressions_sql[i]);
  list.nested.items = items;
  TRY(type_make_list(&rows->arena, rows->error, TYPE(VARCHAR), &list.type));
  value_print(text_cell(rows), &list);
  put_built(rows);
  put_sql(rows, entry);
  return OK;
}

static const RowColumn dependencies_columns[] = {
    {"classid", CELL_BIGINT},  {"objid", CELL_BIGINT},        {"objsubid", CELL_INTEGER}, {"refclassid", CELL_BIGINT},
    {"refobjid", CELL_BIGINT}, {"refobjsubid", CELL_INTEGER}, {"deptype", CELL_TEXT},
};

// Indexes go with their tables; nothing else depends automatically.
static Status dependencies_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogIndex *index = (const CatalogIndex *)entry;
  TRY(row_begin(rows));
  put_number(rows, 0);
  put_number(rows, entry_oid(entry->database, index->table));
  put_number(rows, 0);
  put_number(rows, 0);
  put_number(rows, entry_oid(entry->database, entry->id));
  put_number(rows, 0);
  put_text(rows, STR("a"));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Sequences, types
// ---------------------------------------------------------------------------------------------------------------------

static const RowColumn sequences_columns[] = {
    PLACE_COLUMNS,
    {"sequence_name", CELL_TEXT},
    {"sequence_oid", CELL_BIGINT},
    REMARK_COLUMNS,
    {"temporary", CELL_BOOLEAN},
    {"start_value", CELL_BIGINT},
    {"min_value", CELL_BIGINT},
    {"max_value", CELL_BIGINT},
    {"increment_by", CELL_BIGINT},
    {"cycle", CELL_BOOLEAN},
    {"last_value", CELL_BIGINT},
    {"sql", CELL_TEXT},
};

static Status sequences_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogSequence *sequence = (const CatalogSequence *)entry;
  TRY(row_begin(rows));
  put_place(rows, entry);
  put_named(rows, entry);
  put_remarks(rows, entry);
  put_boolean(rows, entry->temporary);
  put_number(rows, sequence->start);
  put_number(rows, sequence->minimum);
  put_number(rows, sequence->maximum);
  put_number(rows, sequence->increment);
  put_boolean(rows, sequence->cycle);
  if (sequence->used) {
    put_number(rows, sequence->last_value);
  } else {
    put_null(rows);
  }
  put_sql(rows, entry);
  return OK;
}

static const RowColumn types_columns[] = {
    PLACE_COLUMNS,
    {"type_oid", CELL_BIGINT},
    {"type_name", CELL_TEXT},
    {"type_size", CELL_BIGINT},
    {"logical_type", CELL_TEXT},
    {"type_category", CELL_TEXT},
    REMARK_COLUMNS,
    {"internal", CELL_BOOLEAN},
    {"labels", CELL_TEXTS},
};

// `number` negative: NULL.
static void put_known_number(Rows *rows, int64_t number) {
  if (number < 0) {
    put_null(rows);
  } else {
    put_number(rows, number);
  }
}

static void put_type_row(Rows *rows, const CatalogEntry *entry, int64_t oid, Str name, Type type) {
  put_place(rows, entry);
  put_known_number(rows, oid);
  put_text(rows, name);
  put_known_number(rows, type_size(type));
  put_text(rows, type.id == TYPE_NULL ? STR("NULL") : str_from(type_id_name((TypeId)type.id)));
  put_text(rows, str_from(type_category((TypeId)type.id)));
  put_remarks(rows, entry);
  put_boolean(rows, entry->internal);
  if (type.id == TYPE_ENUM && type.info) {
    put_texts(rows, type.info->names, type.info->count);
  } else {
    put_null(rows);
  }
}

// The built-in types are listed with schema main of `system`.
static Status types_produce(Rows *rows, const CatalogEntry *entry) {
  if (entry->kind == CATALOG_TYPE) {
    const CatalogType *type = (const CatalogType *)entry;
    TRY(row_begin(rows));
    put_type_row(rows, entry, entry_oid(entry->database, entry->id), entry->name, type->type);
    return OK;
  }
  if (entry->database != SYSTEM_DATABASE || !str_equal(entry->name, STR("main"))) return OK;
  TypeName name;
  for (uint32_t i = 0; type_name_at(i, &name); i++) {
    TRY(row_begin(rows));
    put_type_row(rows, entry, name.first ? type_number(name.id) : -1, str_from(name.name),
                 (Type){.id = (uint8_t)name.id});
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Storage and memory
// ---------------------------------------------------------------------------------------------------------------------

// "0 bytes", "1.5 KiB": one decimal, cut.
static void put_bytes(Rows *rows, uint64_t bytes) {
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  TextBuilder *text = text_cell(rows);
  if (bytes < 1024) {
    text_format(text, "%llu byte%s", (unsigned long long)bytes, bytes == 1 ? "" : "s");
  } else {
    uint32_t unit = 0;
    while (unit + 1 < COUNT_OF(units) && bytes >> (10 * (unit + 2))) unit++;
    uint64_t whole = bytes >> (10 * (unit + 1));
    uint64_t below = (bytes >> (10 * unit)) & 1023;
    text_format(text, "%llu.%llu %s", (unsigned long long)whole, (unsigned long long)(below * 10 / 1024), units[unit]);
  }
  put_built(rows);
}

#define PAGE_BYTES 4096 // of the database file

static const RowColumn database_size_columns[] = {
    {"database_name", CELL_TEXT},  {"database_size", CELL_TEXT}, {"block_size", CELL_BIGINT},
    {"total_blocks", CELL_BIGINT}, {"used_blocks", CELL_BIGINT}, {"free_blocks", CELL_BIGINT},
    {"wal_size", CELL_TEXT},       {"memory_usage", CELL_TEXT},  {"memory_limit", CELL_TEXT},
};

static Status database_size_produce(Rows *rows, const CatalogEntry *unused) {
  (void)unused;
  for (uint32_t i = 0; i < catalog_database_count(rows->view); i++) {
    const CatalogDatabase *database = catalog_database(rows->view, i);
    if (database->internal || database->temporary || !database->transaction) continue;
    const Store *store = transaction_store(database->transaction);
    StoreStatistics statistics;
    store_statistics(store, &statistics);
    bool file = !store_in_memory(store);
    TRY(row_begin(rows));
    put_text(rows, database->name);
    put_bytes(rows, statistics.file_bytes);
    put_number(rows, file ? PAGE_BYTES : 0);
    put_number(rows, file ? (int64_t)(statistics.file_bytes / PAGE_BYTES) : 0);
    put_number(rows, file ? (int64_t)(statistics.used_bytes / PAGE_BYTES) : 0);
    put_number(rows, file ? (int64_t)(statistics.free_bytes / PAGE_BYTES) : 0);
    put_bytes(rows, statistics.wal_bytes);
    put_bytes(rows, rows->memory->used_bytes);
    put_bytes(rows, rows->memory->limit_bytes);
  }
  return OK;
}

static const RowColumn memory_columns[] = {
    {"tag", CELL_TEXT}, {"memory_usage_bytes", CELL_BIGINT}, {"temporary_storage_bytes", CELL_BIGINT}};

// Cached pages of the databases, and all the rest. Nothing is ever moved to temporary files.
static Status memory_produce(Rows *rows, const CatalogEntry *unused) {
  (void)unused;
  uint64_t cached = 0;
  for (uint32_t i = 0; i < catalog_database_count(rows->view); i++) {
    const CatalogDatabase *database = catalog_database(rows->view, i);
    StoreStatistics statistics = {0};
    if (database->transaction) store_statistics(transaction_store(database->transaction), &statistics);
    cached += statistics.cached_bytes;
  }
  uint64_t used = rows->memory->used_bytes;
  const struct {
    const char *tag;
    uint64_t bytes;
  } parts[] = {{"BASE_TABLE", cached}, {"ALLOCATOR", used > cached ? used - cached : 0}};
  for (uint32_t i = 0; i < COUNT_OF(parts); i++) {
    TRY(row_begin(rows));
    put_text(rows, str_from(parts[i].tag));
    put_number(rows, (int64_t)parts[i].bytes);
    put_number(rows, 0);
  }
  return OK;
}

static const RowColumn storage_info_columns[] = {
    {"row_group_id", CELL_BIGINT}, {"column_name", CELL_TEXT},
    {"column_id", CELL_BIGINT},    {"column_path", CELL_TEXT},
    {"segment_id", CELL_BIGINT},   {"segment_type", CELL_TEXT},
    {"start", CELL_BIGINT},        {"count", CELL_BIGINT},
    {"compression", CELL_TEXT},    {"stats", CELL_TEXT},
    {"has_updates", CELL_BOOLEAN}, {"persistent", CELL_BOOLEAN},
    {"block_id", CELL_BIGINT},     {"block_offset", CELL_BIGINT},
    {"segment_info", CELL_TEXT},   {"additional_block_ids", CELL_BIGINTS},
};

static uint32_t column_with_id(const CatalogTable *table, uint32_t id) {
  uint32_t position = 0;
  while (position < table->column_count && table->columns[position].id != id) position++;
  return position;
}

static Status storage_info_produce(Rows *rows, const CatalogEntry *entry) {
  const CatalogTable *table = (const CatalogTable *)entry;
  const Transaction *transaction = catalog_transaction(rows->view, entry);
  TableStorage segment, before = {0};
  bool found;
  int64_t segment_number = 0;
  for (uint64_t cursor = 0;; before = segment) {
    bool first = cursor == 0;
    TRY(table_storage_next(transaction, table->store_table, &cursor, &segment, &found, rows->error));
    if (!found) return OK;
    uint32_t position = column_with_id(table, segment.column_id);
    if (position == table->column_count) continue;
    bool same = !first && segment.row_group == before.row_group && segment.column_id == before.column_id;
    segment_number = same ? segment_number + 1 : 0;
    TRY(row_begin(rows));
    put_number(rows, segment.row_group);
    put_text(rows, table->columns[position].name);
    put_number(rows, position);
    text_format(text_cell(rows), "[%u]", position);
    put_built(rows);
    put_number(rows, segment_number);
    put_type(rows, table->columns[position].type);
    put_number(rows, segment.first_row);
    put_number(rows, (int64_t)segment.row_count);
    put_text(rows, str_from(segment.codec));
    put_null(rows);
    put_boolean(rows, segment.has_updates);
    put_boolean(rows, segment.page != 0);
    put_known_number(rows, segment.page ? (int64_t)segment.page : -1);
    put_known_number(rows, segment.page ? 0 : -1);
    text_format(text_cell(rows), "%llu bytes", (unsigned long long)segment.bytes);
    put_built(rows);
    put_null(rows);
  }
}

static Status storage_info_bind(TableBind *bind) {
  TRY(rows_bind_table(bind));
  const CatalogEntry *entry = bind->bind_data;
  if (entry->kind == CATALOG_TABLE) return OK;
  return error_set(bind->error, ERROR_CATALOG, bind->position, "%.*s is not an table",
                   STR_ARG(entry->name)); // DuckDB's words
}

// ---------------------------------------------------------------------------------------------------------------------
// Things that Smew never has
// ---------------------------------------------------------------------------------------------------------------------

static const RowColumn extensions_columns[] = {
    {"extension_name", CELL_TEXT},    {"loaded", CELL_BOOLEAN},    {"installed", CELL_BOOLEAN},
    {"install_path", CELL_TEXT},      {"description", CELL_TEXT},  {"aliases", CELL_TEXTS},
    {"extension_version", CELL_TEXT}, {"install_mode", CELL_TEXT}, {"installed_from", CELL_TEXT},
};

static const RowColumn temporary_files_columns[] = {{"path", CELL_TEXT}, {"size", CELL_BIGINT}};

static const RowColumn secrets_columns[] = {
    {"name", CELL_TEXT},    {"type", CELL_TEXT},   {"provider", CELL_TEXT},      {"persistent", CELL_BOOLEAN},
    {"storage", CELL_TEXT}, {"scope", CELL_TEXTS}, {"secret_string", CELL_TEXT},
};

// ---------------------------------------------------------------------------------------------------------------------
// The list
// ---------------------------------------------------------------------------------------------------------------------

#define RUN .open = rows_open, .need = rows_need, .work = rows_work, .close = rows_close
#define LISTING(name_, list, kinds_, produce_)                                      \
  {                                                                                 \
    .function = {.name = name_, .bind = rows_bind, RUN}, .columns = list##_columns, \
    .column_count = COUNT_OF(list##_columns), .kinds = kinds_, .produce = produce_  \
  }
#define OF_TABLE(name_, list, bind_)                                                                   \
  {                                                                                                    \
    .function = {.name = name_, .arguments = {TYPE_VARCHAR}, .argument_count = 1, .bind = bind_, RUN}, \
    .columns = list##_columns, .column_count = COUNT_OF(list##_columns), .produce = list##_produce     \
  }

static const CatalogFunction functions[] = {
    LISTING("duckdb_columns", columns, KIND_BIT(CATALOG_TABLE) | KIND_BIT(CATALOG_VIEW), columns_produce),
    LISTING("duckdb_constraints", constraints, KIND_BIT(CATALOG_TABLE), constraints_produce),
    LISTING("duckdb_databases", databases, 0, databases_produce),
    LISTING("duckdb_dependencies", dependencies, KIND_BIT(CATALOG_INDEX), dependencies_produce),
    LISTING("duckdb_extensions", extensions, 0, NULL),
    LISTING("duckdb_indexes", indexes, KIND_BIT(CATALOG_INDEX), indexes_produce),
    LISTING("duckdb_memory", memory, 0, memory_produce),
    LISTING("duckdb_schemas", schemas, KIND_BIT(CATALOG_SCHEMA), schemas_produce),
    LISTING("duckdb_secrets", secrets, 0, NULL),
    LISTING("duckdb_sequences", sequences, KIND_BIT(CATALOG_SEQUENCE), sequences_produce),
    LISTING("duckdb_tables", tables, KIND_BIT(CATALOG_TABLE), tables_produce),
    LISTING("duckdb_temporary_files", temporary_files, 0, NULL),
    LISTING("duckdb_types", types, KIND_BIT(CATALOG_SCHEMA) | KIND_BIT(CATALOG_TYPE), types_produce),
    LISTING("duckdb_views", views, KIND_BIT(CATALOG_VIEW), views_produce),
    LISTING("pragma_database_list", database_list, 0, database_list_produce),
    LISTING("pragma_database_size", database_size, 0, database_size_produce),
    OF_TABLE("pragma_show", show, rows_bind_table),
    OF_TABLE("pragma_storage_info", storage_info, storage_info_bind),
    OF_TABLE("pragma_table_info", table_info, rows_bind_table),
};

const TableFunction *catalog_table_function(Str name) {
  for (uint32_t i = 0; i < COUNT_OF(functions); i++) {
    if (str_equal_nocase(name, str_from(functions[i].function.name))) return &functions[i].function;
  }
  return NULL;
}
