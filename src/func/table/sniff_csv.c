// SPDX-License-Identifier: MIT
//
// sniff_csv.c: what detection finds in a file, as one row: the dialect, the columns, and the call of read_csv that reads it so.
// All is known after binding; running gives the row out.
#include "func/support.h"
#include "func/table/file_set.h"
#include "func/table/read_csv.h"

enum { SNIFF_COLUMNS = 12 };

typedef struct SniffData {
  Value values[SNIFF_COLUMNS];
  Type types[SNIFF_COLUMNS];
} SniffData;

static const char *const COLUMN_NAMES[SNIFF_COLUMNS] = {
    "Delimiter", "Quote",   "Escape",     "NewLineDelimiter", "Comment",       "SkipRows",
    "HasHeader", "Columns", "DateFormat", "TimestampFormat",  "UserArguments", "Prompt"};

static Str character(const char *byte) { return *byte ? (Str){byte, 1} : STR("(empty)"); }

static Status text_value(Arena *arena, Error *error, Str text, Value *value) {
  *value = (Value){.type = TYPE(VARCHAR)};
  return str_copy(arena, error, text, &value->text);
}

static Status text_or_null(Arena *arena, Error *error, Str text, Value *value) {
  if (text.length) return text_value(arena, error, text, value);
  *value = value_null(TYPE(VARCHAR));
  return OK;
}

static Status type_text(Arena *arena, Error *error, Type type, Str *out) {
  TextBuilder text;
  text_init(&text, arena->memory);
  type_print(&text, type);
  Status status = text.failed ? error_no_memory(error) : str_copy(arena, error, text_str(&text), out);
  text_free(&text);
  return status;
}

// [{'name': a, 'type': BIGINT}, …]
static Status columns_value(Arena *arena, Error *error, Type type, const CsvSchema *schema, Value *value) {
  Type row_type = type_child(type, 0);
  *value = (Value){.type = type};
  value->nested.count = schema->column_count;
  ARENA_NEW_ARRAY(arena, error, value->nested.items, schema->column_count);
  for (uint32_t i = 0; i < schema->column_count; i++) {
    Value *row = &value->nested.items[i];
    *row = (Value){.type = row_type};
    row->nested.count = 2;
    ARENA_NEW_ARRAY(arena, error, row->nested.items, 2);
    row->nested.items[0] = value_text(schema->names[i]);
    row->nested.items[1] = (Value){.type = TYPE(VARCHAR)};
    TRY(type_text(arena, error, schema->types[i], &row->nested.items[1].text));
  }
  return OK;
}

// name='x', unless the user gave it.
static void prompt_character(TextBuilder *out, const char *name, char byte, bool chosen) {
  if (chosen) return;
  text_format(out, "%s='", name);
  if (byte == '\'') text_append_char(out, '\'');
  if (byte) text_append_char(out, byte);
  text_append(out, STR("', "));
}

static void prompt_format(TextBuilder *out, const char *name, Str format, bool chosen) {
  if (!chosen && format.length) text_format(out, ", %s='%.*s'", name, STR_ARG(format));
}

static Status prompt_value(Arena *arena, Error *error, const CsvSchema *schema, Str path, Str date_format,
                           Value *value) {
  const CsvOptions *options = &schema->options;
  TextBuilder text;
  text_init(&text, arena->memory);
  text_format(&text, "FROM read_csv('%.*s', auto_detect=false, ", STR_ARG(path));
  if (!options->chosen.delimiter) {
    text_format(&text, "delim='%.*s', ", (int)options->dialect.delimiter_length, options->dialect.delimiter);
  }
  prompt_character(&text, "quote", options->dialect.quote, options->chosen.quote);
  prompt_character(&text, "escape", options->dialect.escape, options->chosen.escape);
  if (!options->chosen.new_line)
    text_format(&text, "new_line='%.*s', ", STR_ARG(csv_new_line_text(options->dialect.new_line)));
  if (!options->chosen.skip) text_format(&text, "skip=%llu, ", (unsigned long long)options->skip_rows);
  prompt_character(&text, "comment", options->dialect.comment, options->chosen.comment);
  if (!options->chosen.header) text_format(&text, "header=%s, ", options->header ? "true" : "false");
  text_append(&text, STR("columns={"));
  for (uint32_t i = 0; i < schema->column_count; i++) {
    text_format(&text, "%s'%.*s': '", i ? ", " : "", STR_ARG(schema->names[i]));
    type_print(&text, schema->types[i]);
    text_append_char(&text, '\'');
  }
  text_append_char(&text, '}');
  prompt_format(&text, "dateformat", date_format, options->chosen.date_format);
  prompt_format(&text, "timestampformat", options->timestamp_format, options->chosen.timestamp_format);
  if (options->user_arguments.length) text_format(&text, ", %.*s", STR_ARG(options->user_arguments));
  text_append(&text, STR(");"));
  Status status = text.failed ? error_no_memory(error) : text_value(arena, error, text_str(&text), value);
  text_free(&text);
  return status;
}

static Status fill_values(TableBind *bind, SniffData *data, const CsvSchema *schema, Str path) {
  Arena *arena = bind->arena;
  Error *error = bind->error;
  const CsvOptions *options = &schema->options;
  const CsvDialect *dialect = &options->dialect;
  Str delimiter = dialect->delimiter_length ? (Str){dialect->delimiter, dialect->delimiter_length} : STR("(empty)");
  Str date_format = options->date_format;
  for (uint32_t i = 0; i < schema->column_count && date_format.length == 0; i++) {
    if (schema->types[i].id == TYPE_DATE) date_format = STR("%Y-%m-%d");
  }
  TRY(text_value(arena, error, delimiter, &data->values[0]));
  TRY(text_value(arena, error, character(&dialect->quote), &data->values[1]));
  TRY(text_value(arena, error, character(&dialect->escape), &data->values[2]));
  TRY(text_value(arena, error, csv_new_line_text(dialect->new_line), &data->values[3]));
  TRY(text_value(arena, error, character(&dialect->comment), &data->values[4]));
  data->values[5] = (Value){.type = TYPE(UINTEGER), .u64 = options->skip_rows};
  data->values[6] = value_boolean(options->header);
  TRY(columns_value(arena, error, data->types[7], schema, &data->values[7]));
  TRY(text_or_null(arena, error, date_format, &data->values[8]));
  TRY(text_or_null(arena, error, options->timestamp_format, &data->values[9]));
  TRY(text_or_null(arena, error, options->user_arguments, &data->values[10]));
  return prompt_value(arena, error, schema, path, date_format, &data->values[11]);
}

static Status column_types(Arena *arena, Error *error, Type *types) {
  static const Type FIELDS[] = {{.id = TYPE_VARCHAR}, {.id = TYPE_VARCHAR}};
  static const Str NAMES[] = {{"name", 4}, {"type", 4}};
  for (uint32_t i = 0; i < SNIFF_COLUMNS; i++) types[i] = TYPE(VARCHAR);
  types[5] = TYPE(UINTEGER);
  types[6] = TYPE(BOOLEAN);
  Type row;
  TRY(type_make_struct(arena, error, FIELDS, NAMES, 2, &row));
  return type_make_list(arena, error, row, &types[7]);
}

static Status sniff_csv_bind(TableBind *bind) {
  SniffData *data;
  CsvOptions options;
  FileSet files;
  bool known, force_match = true;
  TRY(csv_bind_options(bind, &options, &force_match));
  if (options.auto_detect_chosen && !options.auto_detect) {
    return error_set(bind->error, ERROR_INVALID_INPUT, -1,
                     "sniff_csv function does not accept auto_detect variable set to false");
  }
  TRY(file_set_expand(bind, &bind->arguments[0], &files, &known));
  if (!known) {
    bind->wants = true;
    return OK;
  }
  if (files.count > 1) {
    return error_set(bind->error, ERROR_NOT_IMPLEMENTED, -1, "sniff_csv does not operate on more than one file yet");
  }
  TRY(csv_check_endings(&options, &files, bind->error));
  const ScanFile *file = &files.files[0];
  CsvSchema *schema;
  TRY(csv_bind_sniff(bind, &options, file, force_match, &schema, &known));
  if (!known) {
    bind->wants = true;
    return OK;
  }
  for (uint32_t i = 0; i < schema->column_count; i++) {
    if (schema->types[i].id == TYPE_NULL) schema->types[i] = TYPE(VARCHAR);
  }
  ARENA_NEW(bind->arena, bind->error, data);
  TRY(column_types(bind->arena, bind->error, data->types));
  TRY(fill_values(bind, data, schema, file->path));
  bind->column_types = data->types;
  bind->column_count = SNIFF_COLUMNS;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, SNIFF_COLUMNS);
  for (uint32_t i = 0; i < SNIFF_COLUMNS; i++) bind->column_names[i] = str_from(COLUMN_NAMES[i]);
  bind->bind_data = data;
  bind->row_estimate = 1;
  return OK;
}

static Status sniff_csv_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  (void)ranges;
  (void)count;
  const SniffData *data = scan->bind_data;
  for (uint32_t i = 0; i < scan->column_count; i++) {
    TRY(vector_set_value(&out->columns[i], 0, &data->values[scan->columns[i]], scan->context->error));
  }
  out->row_count = 1;
  *done = true;
  return OK;
}

static const NamedParameter sniff_csv_parameters[] = {
#define X(parameter, type_name) {#parameter, OF(type_name)},
    CSV_PARAMETERS(X)
#undef X
        {"force_match", OF(BOOLEAN)},
};

TABLE_TABLE(sniff_csv) = {
    {.name = "sniff_csv",
     TYPES(OF(VARCHAR)),
     .named = sniff_csv_parameters,
     .named_count = COUNT_OF(sniff_csv_parameters),
     .bind = sniff_csv_bind,
     .work = sniff_csv_work},
};
TABLE_TABLE_END(sniff_csv);
