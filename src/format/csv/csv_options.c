// SPDX-License-Identifier: MIT
//
// csv_options.c: the options of read_csv, sniff_csv and COPY FROM by name, and what contradicts itself. One table of names;
// values come as SQL values in the shapes that both ways of writing bring (COPY wraps them in lists).
#include "format/csv/csv.h"

#define DEFAULT_SAMPLE_CHUNKS 10
#define DEFAULT_MAX_LINE_BYTES 2000000

Status csv_options_init(CsvOptions *options, Arena *arena, Error *error) {
  static const Type CANDIDATES[] = {{.id = TYPE_VARCHAR},      {.id = TYPE_DOUBLE},    {.id = TYPE_BIGINT},
                                    {.id = TYPE_TIMESTAMP_TZ}, {.id = TYPE_TIMESTAMP}, {.id = TYPE_DATE},
                                    {.id = TYPE_TIME},         {.id = TYPE_BOOLEAN},   {.id = TYPE_NULL}};
  *options = (CsvOptions){
      .dialect = {.delimiter = ",", .delimiter_length = 1, .quote = '"', .escape = '"', .strict = true},
      .auto_detect = true,
      .allow_quoted_nulls = true,
      .decimal_separator = '.',
      .sample_chunks = DEFAULT_SAMPLE_CHUNKS,
      .files_to_sniff = 10,
      .max_line_bytes = DEFAULT_MAX_LINE_BYTES,
      .filename_name = STR("filename"),
      .hive_types_auto = true,
      .type_candidate_count = COUNT_OF(CANDIDATES),
  };
  memcpy(options->type_candidates, CANDIDATES, sizeof CANDIDATES);
  ARENA_NEW_ARRAY(arena, error, options->null_strings, 1);
  options->null_strings[0] = STR("");
  options->null_string_count = 1;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Setting {
  CsvOptions *options;
  Arena *arena;
  Str name; // lower case
  const Value *value;
  CsvTypeReader type_reader;
  void *type_context;
  Error *error;
} Setting;

static bool is_list(const Value *value) { return value->type.id == TYPE_LIST || value->type.id == TYPE_ARRAY; }
static bool is_text(const Value *value) {
  return value->type.id == TYPE_VARCHAR || value->type.id == TYPE_STRING_LITERAL;
}

static Status get_boolean(const Setting *setting, const Value *value, bool *out) {
  if (is_list(value)) {
    if (value->is_null || value->nested.count == 0) {
      *out = true;
      return OK;
    }
    if (value->nested.count > 1) {
      return error_set(setting->error, ERROR_BINDER, -1,
                       "\"%.*s\" expects a single argument as a boolean value (e.g. TRUE or 1)",
                       STR_ARG(setting->name));
    }
    return get_boolean(setting, &value->nested.items[0], out);
  }
  if (value->type.id == TYPE_FLOAT || value->type.id == TYPE_DOUBLE || value->type.id == TYPE_DECIMAL) {
    return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a boolean value (e.g. TRUE or 1)",
                     STR_ARG(setting->name));
  }
  if (value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a boolean value (e.g. TRUE or 1)",
                     STR_ARG(setting->name));
  }
  Value truth;
  TRY(value_cast(setting->arena, value, TYPE(BOOLEAN), &truth, setting->error));
  *out = truth.boolean;
  return OK;
}

static Status get_text(const Setting *setting, const Value *value, Str *out) {
  *out = STR("");
  if (value->is_null) return OK;
  if (is_list(value)) {
    if (value->nested.count != 1) {
      return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a single argument as a string value",
                       STR_ARG(setting->name));
    }
    return get_text(setting, &value->nested.items[0], out);
  }
  if (!is_text(value)) {
    return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a string argument!", STR_ARG(setting->name));
  }
  return str_copy(setting->arena, setting->error, value->text, out);
}

static Status get_integer(const Setting *setting, const Value *value, int64_t *out) {
  if (is_list(value)) {
    if (value->is_null || value->nested.count != 1) {
      return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a single argument as an integer value",
                       STR_ARG(setting->name));
    }
    return get_integer(setting, &value->nested.items[0], out);
  }
  if (value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a non-null integer value",
                     STR_ARG(setting->name));
  }
  Value number;
  TRY(value_cast(setting->arena, value, TYPE(BIGINT), &number, setting->error));
  *out = number.i64;
  return OK;
}

// At most `limit` bytes.
static Status get_character(const Setting *setting, const char *what, char *out) {
  Str text;
  TRY(get_text(setting, setting->value, &text));
  if (text.length > 1) {
    return error_set(setting->error, ERROR_INVALID_INPUT, -1, "The %s option cannot exceed a size of 1 byte.", what);
  }
  *out = text.length ? text.data[0] : 0;
  return OK;
}

static Status get_text_list(const Setting *setting, Str **out, uint32_t *count) {
  const Value *value = setting->value;
  // COPY (…, option ('a', 'b')) and option ['a', 'b'] as the one value of a list
  if (is_list(value) && value->nested.count == 1 && is_list(&value->nested.items[0])) value = &value->nested.items[0];
  uint32_t length = is_list(value) ? value->nested.count : 1;
  ARENA_NEW_ARRAY(setting->arena, setting->error, *out, length);
  for (uint32_t i = 0; i < length; i++) {
    const Value *item = is_list(value) ? &value->nested.items[i] : value;
    if (item->is_null) {
      return error_set(setting->error, ERROR_BINDER, -1, "read_csv %.*s parameter cannot have a NULL value",
                       STR_ARG(setting->name));
    }
    TRY(get_text(setting, item, &(*out)[i]));
  }
  *count = length;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One function for each option that is more than a field
// ---------------------------------------------------------------------------------------------------------------------

static Status set_delimiter(Setting *setting) {
  Str text;
  TRY(get_text(setting, setting->value, &text));
  char bytes[CSV_DELIMITER_CAPACITY];
  uint32_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if (byte == '\\' && i + 1 < text.length && text.data[i + 1] == 't') {
      byte = '\t';
      i++;
    }
    if (length == CSV_DELIMITER_CAPACITY) {
      return error_set(setting->error, ERROR_INVALID_INPUT, -1,
                       "The delimiter option cannot exceed a size of 4 bytes.");
    }
    bytes[length++] = byte;
  }
  memcpy(setting->options->dialect.delimiter, bytes, length);
  setting->options->dialect.delimiter_length = (uint8_t)length;
  setting->options->chosen.delimiter = true;
  return OK;
}

static Status set_new_line(Setting *setting) {
  Str text;
  TRY(get_text(setting, setting->value, &text));
  uint8_t new_line = CSV_NEW_LINE_UNKNOWN;
  if (str_equal(text, STR("\\n"))) new_line = CSV_NEW_LINE_N;
  if (str_equal(text, STR("\\r"))) new_line = CSV_NEW_LINE_R;
  if (str_equal(text, STR("\\r\\n"))) new_line = CSV_NEW_LINE_RN;
  if (new_line == CSV_NEW_LINE_UNKNOWN) {
    return error_set(setting->error, ERROR_INVALID_INPUT, -1, "This is not accepted as a newline: %.*s", STR_ARG(text));
  }
  setting->options->dialect.new_line = new_line;
  setting->options->chosen.new_line = true;
  return OK;
}

static Status set_null_strings(Setting *setting) {
  const Value *value = setting->value;
  if (is_list(value) && value->nested.count == 1 && is_list(&value->nested.items[0])) value = &value->nested.items[0];
  if (!is_list(value) && !is_text(value)) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "CSV Reader function option %.*s requires a string or a list as input", STR_ARG(setting->name));
  }
  if (is_list(value)) {
    bool any = false; // a text, or something that is not
    for (uint32_t i = 0; i < value->nested.count; i++) any |= is_text(&value->nested.items[i]);
    if (!any) {
      return error_set(
          setting->error, ERROR_BINDER, -1,
          "CSV Reader function option %.*s requires a non-empty list of possible null strings (varchar) as "
          "input",
          STR_ARG(setting->name));
    }
    for (uint32_t i = 0; i < value->nested.count; i++) {
      if (value->nested.items[i].is_null) {
        return error_set(setting->error, ERROR_BINDER, -1,
                         "CSV Reader function option %.*s does not accept NULL values as a valid nullstr option",
                         STR_ARG(setting->name));
      }
    }
  }
  Setting inner = *setting;
  inner.value = value;
  return get_text_list(&inner, &setting->options->null_strings, &setting->options->null_string_count);
}

static Status set_sample_size(Setting *setting) {
  int64_t rows;
  TRY(get_integer(setting, setting->value, &rows));
  if (rows < 1 && rows != -1) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "Unsupported parameter for SAMPLE_SIZE: cannot be smaller than 1");
  }
  setting->options->sample_chunks = rows == -1 ? UINT64_MAX : ((uint64_t)rows + VECTOR_CAPACITY - 1) / VECTOR_CAPACITY;
  return OK;
}

static Status set_skip(Setting *setting) {
  int64_t rows;
  TRY(get_integer(setting, setting->value, &rows));
  if (rows < 0) {
    return error_set(setting->error, ERROR_INVALID_INPUT, -1,
                     "skip_rows option from read_csv scanner, must be equal or higher than 0");
  }
  setting->options->skip_rows = (uint64_t)rows;
  setting->options->chosen.skip = true;
  return OK;
}

static Status set_max_line(Setting *setting) {
  int64_t bytes;
  TRY(get_integer(setting, setting->value, &bytes));
  if (bytes < 0) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "Invalid value for MAX_LINE_SIZE parameter: it cannot be smaller than 0");
  }
  setting->options->max_line_bytes = (uint64_t)bytes;
  return OK;
}

static Status set_time_format(Setting *setting, Str *format, bool *chosen) {
  TRY(get_text(setting, setting->value, format));
  if (str_equal_nocase(*format, STR("auto"))) { // as if it had not been given
    *format = (Str){0};
    return OK;
  }
  char problem[TIME_PROBLEM_CAPACITY];
  if (time_format_problem(*format, problem))
    return error_set(setting->error, ERROR_INVALID_INPUT, -1, "Could not parse DATEFORMAT: %s", problem);
  *chosen = true;
  return OK;
}

static Status set_decimal_separator(Setting *setting) {
  Str text;
  TRY(get_text(setting, setting->value, &text));
  if (!str_equal(text, STR(".")) && !str_equal(text, STR(","))) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "Unsupported parameter for DECIMAL_SEPARATOR: should be '.' or ','");
  }
  setting->options->decimal_separator = text.data[0];
  return OK;
}

static Status set_thousands(Setting *setting) {
  Str text;
  TRY(get_text(setting, setting->value, &text));
  if (text.length > 1) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "Unsupported parameter for THOUSANDS: should be max one character");
  }
  setting->options->thousands = text.length ? text.data[0] : 0;
  return OK;
}

static Status set_encoding(Setting *setting) {
  Str text, lower;
  TRY(get_text(setting, setting->value, &text));
  TRY(str_lower(setting->arena, setting->error, text, &lower));
  if (str_equal(lower, STR("utf-8")) || str_equal(lower, STR("utf8"))) return OK;
  return error_set(
      setting->error, ERROR_INVALID_INPUT, -1,
      "The CSV Reader does not support the encoding: \"%.*s\"\nThe currently supported encodings are: \n*  "
      "utf-8\n",
      STR_ARG(text));
}

static Status set_compression(Setting *setting) {
  Str text, lower;
  TRY(get_text(setting, setting->value, &text));
  TRY(str_lower(setting->arena, setting->error, text, &lower));
  if (str_equal(lower, STR("none")) || str_equal(lower, STR("auto")) || str_equal(lower, STR("auto_detect")) ||
      str_equal(lower, STR("uncompressed"))) {
    setting->options->uncompressed = lower.data[0] != 'a';
    return OK;
  }
  setting->options->gzip = str_equal(lower, STR("gzip"));
  if (setting->options->gzip) return OK;
  if (str_equal(lower, STR("zstd"))) {
    return error_set(setting->error, ERROR_NOT_IMPLEMENTED, -1, "CSV files compressed with %.*s are not supported yet",
                     STR_ARG(lower));
  }
  return error_set(setting->error, ERROR_PARSER, -1, "Unrecognized file compression type \"%.*s\"", STR_ARG(text));
}

static Status read_type(const Setting *setting, const Value *value, const char *complaint, Type *type) {
  if (value->is_null || !is_text(value)) return error_set(setting->error, ERROR_BINDER, -1, "%s", complaint);
  return setting->type_reader(setting->type_context, setting->arena, value->text, type, setting->error);
}

static Status set_columns(Setting *setting) {
  CsvOptions *options = setting->options;
  const Value *value = setting->value;
  if (options->name_count) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv column_names/names can only be supplied once");
  }
  if (value->type.id != TYPE_STRUCT || value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv columns requires a struct as input");
  }
  uint32_t count = value->nested.count;
  if (count == 0) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv requires at least a single column as input!");
  }
  ARENA_NEW_ARRAY(setting->arena, setting->error, options->names, count);
  ARENA_NEW_ARRAY(setting->arena, setting->error, options->types, count);
  for (uint32_t i = 0; i < count; i++) {
    TRY(str_copy(setting->arena, setting->error, value->type.info->names[i], &options->names[i]));
    TRY(read_type(setting, &value->nested.items[i], "read_csv requires a type specification as string",
                  &options->types[i]));
  }
  options->name_count = options->type_count = count;
  options->columns_set = true;
  return OK;
}

static bool all_space(Str text) {
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != ' ' && (text.data[i] < '\t' || text.data[i] > '\r')) return false;
  }
  return true;
}

static Status set_names(Setting *setting) {
  CsvOptions *options = setting->options;
  if (options->name_count) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv column_names/names can only be supplied once");
  }
  if (setting->value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv %.*s cannot be NULL", STR_ARG(setting->name));
  }
  TRY(get_text_list(setting, &options->names, &options->name_count));
  for (uint32_t i = 0; i < options->name_count; i++) {
    if (all_space(options->names[i])) {
      return error_set(setting->error, ERROR_BINDER, -1, "read_csv %.*s cannot have empty (or all whitespace) value",
                       STR_ARG(setting->name));
    }
    for (uint32_t j = 0; j < i; j++) {
      if (str_equal(options->names[i], options->names[j])) {
        return error_set(setting->error, ERROR_BINDER, -1,
                         "read_csv %.*s must have unique values. \"%.*s\" is repeated.", STR_ARG(setting->name),
                         STR_ARG(options->names[i]));
      }
    }
  }
  return OK;
}

static Status set_types(Setting *setting) {
  CsvOptions *options = setting->options;
  const Value *value = setting->value;
  bool named = value->type.id == TYPE_STRUCT;
  if ((!named && !is_list(value)) || value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "COLUMN_TYPES requires a struct or list as input");
  }
  if (options->type_count) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv column_types/types/dtypes can only be supplied once");
  }
  uint32_t count = value->nested.count;
  ARENA_NEW_ARRAY(setting->arena, setting->error, options->types, count);
  if (named) ARENA_NEW_ARRAY(setting->arena, setting->error, options->typed_names, count);
  for (uint32_t i = 0; i < count; i++) {
    const Value *item = &value->nested.items[i];
    if (item->is_null || !is_text(item)) {
      if (named) {
        return error_set(setting->error, ERROR_BINDER, -1, "read_csv %.*s requires a type specification as string",
                         STR_ARG(setting->name));
      }
      return error_set(setting->error, ERROR_BINDER, -1, "read_csv %.*s requires a list of types (varchar) as input",
                       STR_ARG(setting->name));
    }
    if (named) TRY(str_copy(setting->arena, setting->error, value->type.info->names[i], &options->typed_names[i]));
    TRY(read_type(setting, item, "", &options->types[i]));
  }
  options->type_count = count;
  return OK;
}

// From general to special; detection tries from the end.
static int32_t specificity(Type type) {
  static const uint8_t ORDER[] = {TYPE_VARCHAR, TYPE_DOUBLE,   TYPE_FLOAT,   TYPE_DECIMAL,      TYPE_BIGINT,
                                  TYPE_INTEGER, TYPE_SMALLINT, TYPE_TINYINT, TYPE_TIMESTAMP_TZ, TYPE_TIMESTAMP,
                                  TYPE_DATE,    TYPE_TIME,     TYPE_BOOLEAN, TYPE_NULL};
  for (uint32_t i = 0; i < COUNT_OF(ORDER); i++) {
    if (ORDER[i] == type.id) return (int32_t)i;
  }
  return -1;
}

static Status set_type_candidates(Setting *setting) {
  CsvOptions *options = setting->options;
  const Value *value = setting->value;
  if (!is_list(value) || value->is_null) {
    return error_set(setting->error, ERROR_BINDER, -1, "read_csv auto_types requires a list as input");
  }
  if (value->nested.count == 0) {
    return error_set(setting->error, ERROR_BINDER, -1, "auto_type_candidates requires at least one type");
  }
  Type by_order[CSV_TYPE_CANDIDATE_CAPACITY] = {{0}};
  by_order[specificity(TYPE(VARCHAR))] = TYPE(VARCHAR);
  by_order[specificity(TYPE(NULL))] = TYPE(NULL);
  for (uint32_t i = 0; i < value->nested.count; i++) {
    Type type;
    TRY(read_type(setting, &value->nested.items[i], "auto_type_candidates requires a type specification as string",
                  &type));
    int32_t order = specificity(type);
    if (order < 0) {
      return error_set(setting->error, ERROR_BINDER, -1,
                       "Auto Type Candidate of type %s is not accepted as a valid input", type_id_name(type.id));
    }
    by_order[order] = type;
  }
  options->type_candidate_count = 0;
  for (uint32_t i = 0; i < CSV_TYPE_CANDIDATE_CAPACITY; i++) {
    if (by_order[i].id != TYPE_INVALID) options->type_candidates[options->type_candidate_count++] = by_order[i];
  }
  return OK;
}

static Status set_force_not_null(Setting *setting) {
  CsvOptions *options = setting->options;
  if (is_text(setting->value) && !setting->value->is_null && str_equal(setting->value->text, STR("*"))) {
    options->force_not_null_all = true;
    return OK;
  }
  bool is_name =
      options->is_copy && !is_list(setting->value) && setting->value->type.id != TYPE_BOOLEAN; // FORCE_NOT_NULL (a)
  if ((!is_list(setting->value) && !is_name) || setting->value->is_null ||
      (!is_name && setting->value->nested.count == 0)) {
    return error_set(setting->error, ERROR_BINDER, -1, "\"%.*s\" expects a column list or * as parameter",
                     STR_ARG(setting->name));
  }
  uint32_t count = is_name ? 1 : setting->value->nested.count;
  for (uint32_t i = 0; i < count; i++) { // (a, 42): numbers are names that are not there
    const Value *item = is_name ? setting->value : &setting->value->nested.items[i];
    if (!item->is_null && !is_text(item) && !is_list(item)) {
      TextBuilder text;
      text_init(&text, setting->arena->memory);
      value_print(&text, item);
      Status status = error_set(setting->error, ERROR_BINDER, -1,
                                "\"%.*s\" expected to find %.*s, but it was not found in the table",
                                STR_ARG(setting->name), (int)text.length, text.data ? text.data : "");
      text_free(&text);
      return status;
    }
  }
  TRY(get_text_list(setting, &options->force_not_null_names, &options->force_not_null_count));
  if (options->force_not_null_count == 1 && str_equal(options->force_not_null_names[0], STR("*"))) {
    options->force_not_null_all = true;
    options->force_not_null_count = 0;
  }
  return OK;
}

static Status set_filename(Setting *setting) {
  const Value *value = setting->value;
  if (is_text(value) && !value->is_null) { // a name, or a boolean as text
    bool truth;
    if (!text_to_bool(value->text, &truth)) {
      setting->options->filename_column = true;
      return str_copy(setting->arena, setting->error, value->text, &setting->options->filename_name);
    }
  }
  return get_boolean(setting, value, &setting->options->filename_column);
}

static Status set_rejects_name(Setting *setting, Str *name, const char *empty_complaint) {
  TRY(get_text(setting, setting->value, name));
  if (name->length == 0) return error_set(setting->error, ERROR_BINDER, -1, "%s", empty_complaint);
  setting->options->rejects_named = true;
  return OK;
}

static Status set_rejects_limit(Setting *setting) {
  int64_t limit;
  TRY(get_integer(setting, setting->value, &limit));
  if (limit < 0) {
    return error_set(setting->error, ERROR_BINDER, -1, "Unsupported parameter for REJECTS_LIMIT: cannot be negative");
  }
  setting->options->rejects_limit = (uint64_t)limit;
  return OK;
}

static Status set_buffer_size(Setting *setting) {
  int64_t bytes;
  TRY(get_integer(setting, setting->value, &bytes));
  if (bytes <= 0) return error_set(setting->error, ERROR_INVALID_INPUT, -1, "Buffer Size option must be higher than 0");
  setting->options->buffer_bytes = (uint64_t)bytes;
  return OK;
}

static Status set_files_to_sniff(Setting *setting) {
  TRY(get_integer(setting, setting->value, &setting->options->files_to_sniff));
  if (setting->options->files_to_sniff < 1 && setting->options->files_to_sniff != -1) {
    return error_set(setting->error, ERROR_BINDER, -1,
                     "Unsupported parameter for FILES_TO_SNIFF: cannot be smaller than 1");
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

static bool is_named(const Setting *setting, const char *name) { return str_equal(setting->name, str_from(name)); }

static Status set_flag(Setting *setting, bool *flag, bool *chosen) {
  TRY(get_boolean(setting, setting->value, flag));
  if (chosen) *chosen = true;
  return OK;
}

static Status set_dialect_option(Setting *setting, bool *known) {
  CsvOptions *options = setting->options;
  *known = true;
  if (str_starts_with(setting->name, STR("delim")) || str_starts_with(setting->name, STR("sep")))
    return set_delimiter(setting);
  if (is_named(setting, "quote")) {
    options->chosen.quote = true;
    return get_character(setting, "quote", &options->dialect.quote);
  }
  if (is_named(setting, "escape")) {
    options->chosen.escape = true;
    return get_character(setting, "escape", &options->dialect.escape);
  }
  if (is_named(setting, "comment")) {
    options->chosen.comment = true;
    return get_character(setting, "comment", &options->dialect.comment);
  }
  if (is_named(setting, "new_line")) return set_new_line(setting);
  if (is_named(setting, "strict_mode")) return set_flag(setting, &options->dialect.strict, &options->chosen.strict);
  if (is_named(setting, "header")) return set_flag(setting, &options->header, &options->chosen.header);
  if (is_named(setting, "skip")) return set_skip(setting);
  if (is_named(setting, "encoding")) return set_encoding(setting);
  if (is_named(setting, "compression")) return set_compression(setting);
  if (is_named(setting, "nullstr") || is_named(setting, "null")) return set_null_strings(setting);
  *known = false;
  return OK;
}

static Status set_value_option(Setting *setting, bool *known) {
  CsvOptions *options = setting->options;
  *known = true;
  if (is_named(setting, "dateformat") || is_named(setting, "date_format")) {
    return set_time_format(setting, &options->date_format, &options->chosen.date_format);
  }
  if (is_named(setting, "timestampformat") || is_named(setting, "timestamp_format")) {
    return set_time_format(setting, &options->timestamp_format, &options->chosen.timestamp_format);
  }
  if (is_named(setting, "decimal_separator")) return set_decimal_separator(setting);
  if (is_named(setting, "thousands")) return set_thousands(setting);
  if (is_named(setting, "null_padding")) return set_flag(setting, &options->null_padding, NULL);
  if (is_named(setting, "allow_quoted_nulls")) return set_flag(setting, &options->allow_quoted_nulls, NULL);
  if (is_named(setting, "force_not_null")) return set_force_not_null(setting);
  if (is_named(setting, "ignore_errors"))
    return set_flag(setting, &options->ignore_errors, &options->ignore_errors_chosen);
  if (is_named(setting, "store_rejects"))
    return set_flag(setting, &options->store_rejects, &options->store_rejects_chosen);
  if (is_named(setting, "rejects_table")) {
    return set_rejects_name(setting, &options->rejects_table, "REJECTS_TABLE option cannot be empty");
  }
  if (is_named(setting, "rejects_scan")) {
    return set_rejects_name(setting, &options->rejects_scan, "rejects_scan option cannot be empty");
  }
  if (is_named(setting, "rejects_limit")) return set_rejects_limit(setting);
  if (is_named(setting, "max_line_size") || is_named(setting, "maximum_line_size")) return set_max_line(setting);
  if (is_named(setting, "buffer_size")) return set_buffer_size(setting);
  if (is_named(setting, "parallel")) {
    bool ignored; // there is one thread
    return set_flag(setting, &ignored, NULL);
  }
  *known = false;
  return OK;
}

static Status set_schema_option(Setting *setting, bool *known) {
  CsvOptions *options = setting->options;
  *known = true;
  if (is_named(setting, "auto_detect")) return set_flag(setting, &options->auto_detect, &options->auto_detect_chosen);
  if (is_named(setting, "sample_size")) return set_sample_size(setting);
  if (is_named(setting, "files_to_sniff")) return set_files_to_sniff(setting);
  if (is_named(setting, "all_varchar")) return set_flag(setting, &options->all_varchar, NULL);
  if (is_named(setting, "normalize_names")) return set_flag(setting, &options->normalize_names, NULL);
  if (options->is_copy) {
    *known = false;
    return OK;
  }
  if (is_named(setting, "columns")) return set_columns(setting);
  if (is_named(setting, "names") || is_named(setting, "column_names")) return set_names(setting);
  if (is_named(setting, "types") || is_named(setting, "dtypes") || is_named(setting, "column_types"))
    return set_types(setting);
  if (is_named(setting, "auto_type_candidates")) return set_type_candidates(setting);
  if (is_named(setting, "filename")) return set_filename(setting);
  if (is_named(setting, "union_by_name")) return set_flag(setting, &options->union_by_name, NULL);
  if (is_named(setting, "hive_partitioning")) {
    return set_flag(setting, &options->hive_partitioning, &options->hive_partitioning_chosen);
  }
  if (is_named(setting, "hive_types_autocast")) return set_flag(setting, &options->hive_types_auto, NULL);
  *known = false;
  return OK;
}

// sniff_csv repeats what the user gave, but for what says the same as the columns it found.
static bool is_repeated(Str name) {
  static const char *const LEFT_OUT[] = {
      "column_types", "types",    "dtypes",        "auto_detect",       "auto_type_candidates", "columns",
      "names",        "filename", "union_by_name", "hive_partitioning", "hive_types",           "hive_types_autocast"};
  for (uint32_t i = 0; i < COUNT_OF(LEFT_OUT); i++) {
    if (str_equal(name, str_from(LEFT_OUT[i]))) return false;
  }
  return true;
}

static Status remember_argument(Setting *setting) {
  if (!is_repeated(setting->name)) return OK;
  TextBuilder text;
  text_init(&text, setting->arena->memory);
  // sorted by name: pieces are "name=value" between ", "
  Str rest = setting->options->user_arguments, before = STR("");
  size_t cut = 0, at = 0;
  while (at < rest.length) {
    size_t equals, length = rest.length - at;
    if (!str_find((Str){rest.data + at, length}, STR("="), &equals)) break;
    if (str_compare((Str){rest.data + at, equals}, setting->name) > 0) break;
    size_t comma;
    at += str_find((Str){rest.data + at, length}, STR(", "), &comma) ? comma + 2 : length;
    cut = at;
  }
  before = (Str){rest.data, cut};
  text_append(&text, before);
  if (cut && cut == rest.length) text_append(&text, STR(", "));
  text_format(&text, "%.*s=", STR_ARG(setting->name));
  value_print_sql(&text, setting->value);
  if (cut < rest.length) {
    text_append(&text, STR(", "));
    text_append(&text, (Str){rest.data + cut, rest.length - cut});
  }
  Status status = text.failed
                      ? error_no_memory(setting->error)
                      : str_copy(setting->arena, setting->error, text_str(&text), &setting->options->user_arguments);
  text_free(&text);
  return status;
}

Status csv_options_set(CsvOptions *options, Arena *arena, Str name, const Value *value, CsvTypeReader type_reader,
                       void *type_context, Error *error) {
  Setting setting = {options, arena, {0}, value, type_reader, type_context, error};
  TRY(str_lower(arena, error, name, &setting.name));
  if (options->is_copy && value->is_null) return csv_error_null_option(setting.name, error);
  bool known;
  TRY(set_dialect_option(&setting, &known));
  if (!known) TRY(set_value_option(&setting, &known));
  if (!known) TRY(set_schema_option(&setting, &known));
  if (!known) {
    if (options->is_copy && is_named(&setting, "force_quote")) {
      return error_set(error, ERROR_BINDER, -1, "Option \"%.*s\" is not supported for reading - only for writing",
                       STR_ARG(name));
    }
    return error_set(error, ERROR_BINDER, -1, "Unrecognized option for CSV reader \"%.*s\"", STR_ARG(setting.name));
  }
  return remember_argument(&setting);
}

// ---------------------------------------------------------------------------------------------------------------------
// Contradictions
// ---------------------------------------------------------------------------------------------------------------------

static Status check_apart(Str a, const char *a_name, Str b, const char *b_name, Error *error) {
  size_t at;
  if (a.length == 0 || b.length == 0) return OK;
  if (!str_find(a, b, &at) && !str_find(b, a, &at)) return OK;
  return error_set(error, ERROR_BINDER, -1, "%s must not appear in the %s specification and vice versa", a_name,
                   b_name);
}

static Status check_dialect(const CsvOptions *options, Error *error) {
  const CsvDialect *dialect = &options->dialect;
  const CsvChosen *chosen = &options->chosen;
  Str delimiter = {dialect->delimiter, chosen->delimiter ? dialect->delimiter_length : 0};
  Str quote = {&dialect->quote, chosen->quote && dialect->quote != 0};
  Str escape = {&dialect->escape, chosen->escape && dialect->escape != 0};
  Str comment = {&dialect->comment, chosen->comment && dialect->comment != 0};
  if (chosen->delimiter) {
    TRY(check_apart(quote, "QUOTE", delimiter, "DELIMITER", error));
    TRY(check_apart(escape, "ESCAPE", delimiter, "DELIMITER", error));
    TRY(check_apart(comment, "COMMENT", delimiter, "DELIMITER", error));
  }
  TRY(check_apart(comment, "COMMENT", quote, "QUOTE", error));
  TRY(check_apart(comment, "COMMENT", escape, "ESCAPE", error));
  for (uint32_t i = 0; i < options->null_string_count; i++) {
    Str null = options->null_strings[i];
    TRY(check_apart(delimiter, "DELIMITER", null, "NULL", error));
    TRY(check_apart(quote, "QUOTE", null, "NULL", error));
    // \N with an escape of \ is how others write NULL
    bool escaped_null = null.length == 2 && escape.length && null.data[0] == escape.data[0];
    if (!escaped_null) TRY(check_apart(escape, "ESCAPE", null, "NULL", error));
  }
  return OK;
}

// When the columns are known before the file is.
static Status check_forced_names(const CsvOptions *options, Error *error) {
  for (uint32_t i = 0; options->columns_set && i < options->force_not_null_count; i++) {
    bool found = false;
    for (uint32_t j = 0; j < options->name_count; j++)
      found |= str_equal_nocase(options->names[j], options->force_not_null_names[i]);
    if (!found) {
      return error_set(error, ERROR_BINDER, -1,
                       "\"force_not_null\" expected to find %.*s, but it was not found in the table",
                       STR_ARG(options->force_not_null_names[i]));
    }
  }
  return OK;
}

Status csv_options_check(CsvOptions *options, Arena *arena, Error *error) {
  (void)arena;
  TRY(check_forced_names(options, error));
  if (options->thousands && options->thousands == options->decimal_separator) {
    return error_set(error, ERROR_BINDER, -1,
                     "THOUSANDS must not appear in the DECIMAL_SEPARATOR specification and vice versa");
  }
  if (options->rejects_named && !options->store_rejects && options->store_rejects_chosen) {
    return error_set(error, ERROR_BINDER, -1,
                     "REJECTS_TABLE option is only supported when store_rejects is not manually set to false");
  }
  if (options->rejects_named) options->store_rejects = true;
  if (options->store_rejects) {
    if (!options->ignore_errors && options->ignore_errors_chosen) {
      return error_set(error, ERROR_BINDER, -1,
                       "STORE_REJECTS option is only supported when IGNORE_ERRORS is not manually set to false");
    }
    options->ignore_errors = true;
    if (options->union_by_name) {
      return error_set(error, ERROR_BINDER, -1,
                       "REJECTS_TABLE option is not supported when UNION_BY_NAME is set to true");
    }
  }
  if (options->rejects_limit && !options->store_rejects) {
    return error_set(error, ERROR_BINDER, -1,
                     "REJECTS_LIMIT option is only supported when REJECTS_TABLE is set to a table name");
  }
  return check_dialect(options, error);
}
