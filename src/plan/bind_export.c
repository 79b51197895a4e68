// SPDX-License-Identifier: MIT
//
// bind_export.c: EXPORT DATABASE, IMPORT DATABASE and COPY FROM DATABASE, as the statements that they stand for (PlannedStatement.script).
//
//   dir/schema.sql   CREATE of everything, in an order in which it can be made again
//   dir/load.sql     a COPY … FROM for each table
//   dir/t.csv, …     the tables
#include "plan/binder.h"

typedef ARENA_LIST(Str) TextList;

typedef struct Export {
  Binder *binder;
  Str folder;
  Str format;
  Str options; // ", DELIMITER '|'" …, for the COPY statements
  TextBuilder schema;
  TextBuilder load;
  TextList script;
  TextList names; // of files
} Export;

static Status add_statement(Export *export, TextBuilder *text) {
  Str copy;
  Binder *binder = export->binder;
  if (text->failed) return error_no_memory(binder->error);
  TRY(str_copy(binder->arena, binder->error, text_str(text), &copy));
  ARENA_PUSH(binder->arena, binder->error, &export->script, copy);
  return OK;
}

static void append_string(TextBuilder *out, Str text) {
  text_append_char(out, '\'');
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '\'') text_append_char(out, '\'');
    text_append_char(out, text.data[i]);
  }
  text_append_char(out, '\'');
}

// schema_table, with letters, digits and _ only; a number where that is taken.
static Status file_name(Export *export, const CatalogTable *table, Str *out) {
  Binder *binder = export->binder;
  bool main = str_equal_nocase(table->entry.schema, STR("main"));
  Str base;
  TRY(str_format(binder->arena, binder->error, &base, main ? "%.*s%.*s" : "%.*s_%.*s",
                 STR_ARG(main ? STR("") : table->entry.schema), STR_ARG(table->entry.name)));
  char *letters = (char *)(uintptr_t)base.data; // made just now
  for (size_t i = 0; i < base.length; i++) {
    char c = letters[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) letters[i] = '_';
  }
  *out = base;
  for (uint32_t number = 1;; number++) {
    bool taken = false;
    for (uint32_t i = 0; i < export->names.count; i++) taken |= str_equal_nocase(export->names.items[i], *out);
    if (!taken) break;
    TRY(str_format(binder->arena, binder->error, out, "%.*s_%u", STR_ARG(base), number));
  }
  ARENA_PUSH(binder->arena, binder->error, &export->names, *out);
  return OK;
}

static void append_table_name(TextBuilder *out, const CatalogTable *table, bool with_database) {
  if (with_database) {
    catalog_quote(out, table->entry.database_name);
    text_append_char(out, '.');
  }
  if (with_database || !str_equal_nocase(table->entry.schema, STR("main"))) {
    catalog_quote(out, table->entry.schema);
    text_append_char(out, '.');
  }
  catalog_quote(out, table->entry.name);
}

// Generated columns are not in the files.
static void append_stored_columns(TextBuilder *out, const CatalogTable *table) {
  bool generated = false;
  for (uint32_t i = 0; i < table->column_count; i++) generated |= table->columns[i].generated_sql.data != NULL;
  if (!generated) return;
  const char *separator = "(";
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    text_append(out, str_from(separator));
    catalog_quote(out, table->columns[i].name);
    separator = ", ";
  }
  text_append_char(out, ')');
}

static Status export_table(Export *export, const CatalogTable *table) {
  Binder *binder = export->binder;
  Str name, path;
  TextBuilder text;
  TRY(file_name(export, table, &name));
  TRY(str_format(binder->arena, binder->error, &path, "%.*s/%.*s.%.*s", STR_ARG(export->folder), STR_ARG(name),
                 STR_ARG(export->format)));
  text_init(&text, binder->arena->memory);
  text_append(&text, STR("COPY "));
  append_table_name(&text, table, true);
  append_stored_columns(&text, table);
  text_append(&text, STR(" TO "));
  append_string(&text, path);
  text_format(&text, " (FORMAT %.*s, MAKE_FOLDERS%.*s)", STR_ARG(export->format), STR_ARG(export->options));
  Status status = add_statement(export, &text);
  text_free(&text);
  text_append(&export->load, STR("COPY "));
  append_table_name(&export->load, table, false);
  append_stored_columns(&export->load, table);
  text_append(&export->load, STR(" FROM "));
  append_string(&export->load, path);
  // "" is the empty text, nothing is NULL.
  const char *nulls = str_equal(export->format, STR("csv")) ? ", ALLOW_QUOTED_NULLS false" : "";
  text_format(&export->load, " (FORMAT %.*s%.*s%s);\n", STR_ARG(export->format), STR_ARG(export->options), nulls);
  return status;
}

// A sequence goes on where it stands.
static Status export_sequence(Export *export, const CatalogSequence *sequence) {
  CatalogSequence now = *sequence;
  TRY(catalog_sequence_position(export->binder->context->catalog, sequence, &now.start, export->binder->error));
  return catalog_entry_sql(&export->schema, &now.entry);
}

// In the order in which things were made: what one needs was there before it.
static Status export_entries(Export *export, Str database, bool schemas) {
  Binder *binder = export->binder;
  uint64_t cursor = 0;
  for (;;) {
    const CatalogEntry *entry;
    TRY(catalog_next(binder->context->catalog, binder->arena, &cursor, &entry, binder->error));
    if (!entry) return OK;
    bool wanted = (entry->kind == CATALOG_SCHEMA) == schemas && !entry->internal && !entry->temporary &&
                  str_equal_nocase(entry->database_name, database);
    if (!wanted) continue;
    if (entry->kind == CATALOG_SEQUENCE) {
      TRY(export_sequence(export, (const CatalogSequence *)entry));
    } else {
      TRY(catalog_entry_sql(&export->schema, entry));
    }
    text_append(&export->schema, STR("\n"));
    if (entry->kind == CATALOG_TABLE) TRY(export_table(export, (const CatalogTable *)entry));
  }
}

// The text as it is: one value, without quotes and header.
static Status export_text(Export *export, const char *name, const TextBuilder *content) {
  Binder *binder = export->binder;
  TextBuilder text;
  Str path, body = text_str(content);
  while (body.length && body.data[body.length - 1] == '\n') body.length--; // COPY ends the row
  TRY(str_format(binder->arena, binder->error, &path, "%.*s/%s", STR_ARG(export->folder), name));
  text_init(&text, binder->arena->memory);
  text_append(&text, STR("COPY (SELECT "));
  append_string(&text, body);
  text_append(&text, STR(") TO "));
  append_string(&text, path);
  text_append(&text, STR(" (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', MAKE_FOLDERS)"));
  Status status = add_statement(export, &text);
  text_free(&text);
  return status;
}

static Status copy_options(Export *export, const SqlStatement *statement) {
  Binder *binder = export->binder;
  NamedValue *options;
  uint32_t count;
  TextBuilder text;
  TRY(bind_options(binder, &statement->archive.options, &options, &count));
  export->format = STR("csv");
  text_init(&text, binder->arena->memory);
  bool header = false;
  for (uint32_t i = 0; i < count; i++) {
    if (str_equal(options[i].name, STR("format")) && options[i].value.type.id == TYPE_VARCHAR) {
      TRY(str_lower(binder->arena, binder->error, options[i].value.text, &export->format));
      continue;
    }
    header |= str_equal(options[i].name, STR("header"));
    text_format(&text, ", %.*s ", STR_ARG(options[i].name));
    TextBuilder value;
    text_init(&value, binder->arena->memory);
    value_print(&value, &options[i].value);
    append_string(&text, text_str(&value));
    text_free(&value);
  }
  if (str_equal(export->format, STR("csv")) && !header) text_append(&text, STR(", HEADER true"));
  Status status = text.failed ? error_no_memory(binder->error)
                              : str_copy(binder->arena, binder->error, text_str(&text), &export->options);
  text_free(&text);
  return status;
}

static Status export_all(Export *export, Str database) {
  TRY(export_entries(export, database, true));
  TRY(export_entries(export, database, false));
  if (export->schema.failed || export->load.failed) return error_no_memory(export->binder->error);
  TRY(export_text(export, "schema.sql", &export->schema));
  return export_text(export, "load.sql", &export->load);
}

static Status folder_of(Binder *binder, const SqlStatement *statement, Str *out) {
  Value path;
  TRY(bind_literal_value(binder, statement->archive.path, "EXPORT", &path));
  if (path.is_null || path.type.id != TYPE_VARCHAR)
    return error_set(binder->error, ERROR_BINDER, -1, "EXPORT DATABASE and IMPORT DATABASE need the name of a folder");
  *out = path.text;
  while (out->length > 1 && out->data[out->length - 1] == '/') out->length--;
  return OK;
}

static Status finish_script(Binder *binder, const TextList *script, StatementKind kind, PlannedStatement *out) {
  LogicalPlan *dummy;
  TRY(plan_make_dummy(&binder->planner, &dummy));
  TRY(plan_make_empty(&binder->planner, dummy, &out->root));
  out->kind = (uint8_t)kind;
  out->returns = RETURN_NOTHING;
  out->script = script->items;
  out->script_count = script->count;
  return OK;
}

Status bind_export(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  Export export = {.binder = binder};
  uint32_t index;
  Str database = statement->archive.database;
  if (!database.data) database = catalog_current_database(binder->context->catalog);
  if (!catalog_find_database(binder->context->catalog, database, &index))
    return error_set(binder->error, ERROR_BINDER, -1, "Catalog \"%.*s\" does not exist!", STR_ARG(database));
  TRY(folder_of(binder, statement, &export.folder));
  TRY(copy_options(&export, statement));
  text_init(&export.schema, binder->arena->memory);
  text_init(&export.load, binder->arena->memory);
  Status status = export_all(&export, database);
  text_free(&export.schema);
  text_free(&export.load);
  TRY(status);
  return finish_script(binder, &export.script, STATEMENT_COPY, out);
}

Status bind_import(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  static const char *const files[] = {"schema.sql", "load.sql"};
  Str folder;
  TextList script = {0};
  binder->changes = true;
  TRY(folder_of(binder, statement, &folder));
  if (!binder->context->files) return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "IMPORT DATABASE here");
  for (uint32_t i = 0; i < COUNT_OF(files); i++) {
    Str path, bytes;
    FileFacts facts;
    bool known;
    SqlScript parsed = {0};
    TRY(str_format(binder->arena, binder->error, &path, "%.*s/%s", STR_ARG(folder), files[i]));
    TRY(knowledge_bytes(binder->context->files, path, UINT64_MAX, &bytes, &facts, &known, binder->error));
    binder->wants_files |= !known;
    if (!known) continue;
    TRY(sql_parse(binder->arena, bytes, SQL_OPTIONS_DEFAULT, &parsed, binder->error));
    for (uint32_t k = 0; k < parsed.count; k++)
      ARENA_PUSH(binder->arena, binder->error, &script, parsed.items[k]->text);
  }
  return finish_script(binder, &script, STATEMENT_COPY, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// COPY FROM DATABASE
// ---------------------------------------------------------------------------------------------------------------------

// INSERT INTO to.s.t (…) SELECT … FROM from.s.t
static void append_table_copy(TextBuilder *out, const CatalogTable *table, Str to) {
  CatalogTable target = *table;
  target.entry.database_name = to;
  text_append(out, STR("INSERT INTO "));
  append_table_name(out, &target, true);
  const char *separator = " (";
  for (uint32_t list = 0; list < 2; list++) {
    for (uint32_t i = 0; i < table->column_count; i++) {
      if (table->columns[i].generated_sql.data) continue; // the target computes it
      text_append(out, str_from(separator));
      catalog_quote(out, table->columns[i].name);
      separator = ", ";
    }
    separator = ") SELECT ";
  }
  text_append(out, STR(" FROM "));
  append_table_name(out, table, true);
}

typedef enum DatabasePart { PART_SCHEMAS, PART_ENTRIES, PART_ROWS } DatabasePart;

static Status copy_part(Export *export, Str from, Str to, DatabasePart part) {
  Binder *binder = export->binder;
  uint64_t cursor = 0;
  for (;;) {
    const CatalogEntry *entry;
    TRY(catalog_next(binder->context->catalog, binder->arena, &cursor, &entry, binder->error));
    if (!entry) return OK;
    bool wanted =
        part == PART_ROWS ? entry->kind == CATALOG_TABLE : (entry->kind == CATALOG_SCHEMA) == (part == PART_SCHEMAS);
    if (!wanted || entry->internal || entry->temporary || !str_equal_nocase(entry->database_name, from)) continue;
    text_clear(&export->schema);
    if (part == PART_ROWS) {
      append_table_copy(&export->schema, (const CatalogTable *)entry, to);
    } else if (entry->kind == CATALOG_SEQUENCE) {
      TRY(export_sequence(export, (const CatalogSequence *)entry));
    } else {
      TRY(catalog_entry_sql(&export->schema, entry));
    }
    TRY(add_statement(export, &export->schema));
  }
}

Status bind_copy_database(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  Export export = {.binder = binder};
  Str from = statement->copy_database.from, to = statement->copy_database.to;
  Str names[] = {from, to};
  for (uint32_t i = 0; i < COUNT_OF(names); i++) {
    uint32_t index;
    if (catalog_find_database(binder->context->catalog, names[i], &index)) continue;
    return error_set(binder->error, ERROR_BINDER, -1, "Catalog \"%.*s\" does not exist!", STR_ARG(names[i]));
  }
  if (str_equal_nocase(from, to)) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Cannot copy from \"%.*s\" to \"%.*s\" - FROM and TO databases are the same", STR_ARG(from),
                     STR_ARG(to));
  }
  binder->changes = true;
  text_init(&export.schema, binder->arena->memory);
  Status status = OK;
  for (DatabasePart part = PART_SCHEMAS; part <= PART_ROWS && status == OK; part++) {
    if (statement->copy_database.kind == (part == PART_ROWS ? SQL_COPY_DATABASE_SCHEMA : SQL_COPY_DATABASE_DATA))
      continue;
    status = copy_part(&export, from, to, part);
  }
  text_free(&export.schema);
  TRY(status);
  out->script_database = to;
  return finish_script(binder, &export.script, STATEMENT_COPY, out);
}
