// SPDX-License-Identifier: MIT
//
// csv_writer.c: chunks into CSV bytes for COPY … TO. A field is quoted when it holds the delimiter, the quote, a line end or #, or
// says what NULL is written as; inside quotes the quote is escaped. Values have the form of CAST(… AS VARCHAR).
#include "format/csv/csv.h"

Status csv_write_options_init(CsvWriteOptions *options, Arena *arena, const Str *names, const Type *types,
                              uint32_t column_count, Error *error) {
  *options = (CsvWriteOptions){.delimiter = STR(","),
                               .quote = '"',
                               .escape = '"',
                               .header = true,
                               .null_text = STR(""),
                               .new_line = STR("\n"),
                               .names = names,
                               .types = types,
                               .column_count = column_count};
  (void)arena;
  (void)error;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Options
// ---------------------------------------------------------------------------------------------------------------------

static bool is_text(const Value *value) {
  return value->type.id == TYPE_VARCHAR || value->type.id == TYPE_STRING_LITERAL;
}
static bool is_list(const Value *value) { return value->type.id == TYPE_LIST || value->type.id == TYPE_ARRAY; }

static const Value *single(const Value *value) {
  while (is_list(value) && !value->is_null && value->nested.count == 1) value = &value->nested.items[0];
  return value;
}

static Status get_text(Arena *arena, Str name, const Value *value, Str *out, Error *error) {
  value = single(value);
  *out = STR("");
  if (value->is_null) return OK;
  if (!is_text(value)) {
    return error_set(error, ERROR_BINDER, -1, "\"%.*s\" expects a string argument!", STR_ARG(name));
  }
  return str_copy(arena, error, value->text, out);
}

static Status get_character(Arena *arena, Str name, const Value *value, char *out, Error *error) {
  Str text;
  TRY(get_text(arena, name, value, &text, error));
  if (text.length > 1) {
    return error_set(error, ERROR_INVALID_INPUT, -1, "The %.*s option cannot exceed a size of 1 byte.", STR_ARG(name));
  }
  *out = text.length ? text.data[0] : 0;
  return OK;
}

static Status get_format(Arena *arena, Str name, const Value *value, Str *out, Error *error) {
  TRY(get_text(arena, name, value, out, error));
  if (str_equal_nocase(*out, STR("iso"))) *out = STR("%Y-%m-%dT%H:%M:%S.%fZ");
  char problem[TIME_PROBLEM_CAPACITY];
  if (time_format_problem(*out, problem))
    return error_set(error, ERROR_INVALID_INPUT, -1, "Could not parse DATEFORMAT: %s", problem);
  return OK;
}

static Status set_header(CsvWriteOptions *options, Arena *arena, Str name, const Value *value, Error *error) {
  if (is_list(value) && (value->is_null || value->nested.count == 0)) {
    options->header = true;
    return OK;
  }
  value = single(value);
  if (value->is_null || is_list(value) || value->type.id == TYPE_DECIMAL || value->type.id == TYPE_DOUBLE) {
    return error_set(error, ERROR_BINDER, -1, "\"%.*s\" expects a boolean value (e.g. TRUE or 1)", STR_ARG(name));
  }
  Value truth;
  TRY(value_cast(arena, value, TYPE(BOOLEAN), &truth, error));
  options->header = truth.boolean;
  return OK;
}

static Status force_column(CsvWriteOptions *options, Str name, Str column, Error *error) {
  for (uint32_t i = 0; i < options->column_count; i++) {
    if (str_equal_nocase(options->names[i], column)) {
      options->force_quote[i] = true;
      return OK;
    }
  }
  return error_set(error, ERROR_BINDER, -1, "\"%.*s\" expected to find %.*s, but it was not found in the table",
                   STR_ARG(name), STR_ARG(column));
}

static Status set_force_quote(CsvWriteOptions *options, Arena *arena, Str name, const Value *value, Error *error) {
  ARENA_NEW_ARRAY(arena, error, options->force_quote, options->column_count);
  while (is_list(value) && !value->is_null && value->nested.count == 1 && is_list(&value->nested.items[0])) {
    value = &value->nested.items[0];
  }
  uint32_t count = is_list(value) ? value->nested.count : 1;
  if (value->is_null || count == 0 || value->type.id == TYPE_BOOLEAN) {
    return error_set(error, ERROR_BINDER, -1, "\"%.*s\" expects a column list or * as parameter", STR_ARG(name));
  }
  for (uint32_t i = 0; i < count; i++) {
    const Value *item = is_list(value) ? &value->nested.items[i] : value;
    TextBuilder text;
    text_init(&text, arena->memory);
    value_print(&text, item);
    Status status = OK;
    if (text.failed) {
      status = error_no_memory(error);
    } else if (str_equal(text_str(&text), STR("*"))) {
      for (uint32_t column = 0; column < options->column_count; column++) options->force_quote[column] = true;
    } else {
      status = force_column(options, name, text_str(&text), error);
    }
    text_free(&text);
    TRY(status);
  }
  return OK;
}

static Status set_null_text(CsvWriteOptions *options, Arena *arena, Str name, const Value *value, Error *error) {
  if (is_list(value) && value->nested.count == 1 && is_list(&value->nested.items[0])) value = &value->nested.items[0];
  if (is_list(value) && value->nested.count > 1) {
    return error_set(error, ERROR_BINDER, -1, "CSV Writer function option %.*s only accepts one nullstr value.",
                     STR_ARG(name));
  }
  const Value *text = single(value);
  if (is_list(text) || (!text->is_null && !is_text(text))) {
    return error_set(error, ERROR_BINDER, -1, "CSV Reader function option %.*s requires a string or a list as input",
                     STR_ARG(name));
  }
  return get_text(arena, name, text, &options->null_text, error);
}

static Status set_delimiter(CsvWriteOptions *options, Arena *arena, Str name, const Value *value, Error *error) {
  TRY(get_text(arena, name, value, &options->delimiter, error));
  if (str_equal(options->delimiter, STR("\\t"))) options->delimiter = STR("\t");
  if (options->delimiter.length > CSV_DELIMITER_CAPACITY) {
    return error_set(error, ERROR_INVALID_INPUT, -1, "The delimiter option cannot exceed a size of 4 bytes.");
  }
  return OK;
}

static Status refuse_reading_option(Str name, Error *error) {
  return error_set(error, ERROR_INVALID_INPUT, -1, "Option \"%.*s\" is not supported for writing - only for reading",
                   STR_ARG(name));
}

static Status set_compression(Arena *arena, Str name, const Value *value, Error *error) {
  Str text;
  TRY(get_text(arena, name, value, &text, error));
  if (str_equal_nocase(text, STR("none")) || str_equal_nocase(text, STR("uncompressed")) ||
      str_equal_nocase(text, STR("auto")) || str_equal_nocase(text, STR("auto_detect"))) {
    return OK;
  }
  if (str_equal_nocase(text, STR("gzip")) || str_equal_nocase(text, STR("zstd"))) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "CSV files compressed with %.*s are not supported yet",
                     STR_ARG(text));
  }
  return error_set(error, ERROR_PARSER, -1, "Unrecognized file compression type \"%.*s\"", STR_ARG(text));
}

Status csv_write_options_set(CsvWriteOptions *options, Arena *arena, Str given_name, const Value *value, Error *error) {
  Str name;
  TRY(str_lower(arena, error, given_name, &name));
  if (value->is_null) return csv_error_null_option(name, error);
  if (str_starts_with(name, STR("delim")) || str_starts_with(name, STR("sep"))) {
    return set_delimiter(options, arena, name, value, error);
  }
  if (str_equal(name, STR("quote"))) return get_character(arena, name, value, &options->quote, error);
  if (str_equal(name, STR("escape"))) return get_character(arena, name, value, &options->escape, error);
  if (str_equal(name, STR("comment"))) {
    char ignored;
    return get_character(arena, name, value, &ignored, error);
  }
  if (str_equal(name, STR("header"))) return set_header(options, arena, name, value, error);
  if (str_equal(name, STR("nullstr")) || str_equal(name, STR("null")))
    return set_null_text(options, arena, name, value, error);
  if (str_equal(name, STR("new_line"))) return get_text(arena, name, value, &options->new_line, error);
  if (str_equal(name, STR("force_quote"))) return set_force_quote(options, arena, name, value, error);
  if (str_equal(name, STR("dateformat")) || str_equal(name, STR("date_format"))) {
    return get_format(arena, name, value, &options->date_format, error);
  }
  if (str_equal(name, STR("timestampformat")) || str_equal(name, STR("timestamp_format"))) {
    return get_format(arena, name, value, &options->timestamp_format, error);
  }
  if (str_equal(name, STR("prefix"))) return get_text(arena, name, value, &options->prefix, error);
  if (str_equal(name, STR("suffix"))) return get_text(arena, name, value, &options->suffix, error);
  if (str_equal(name, STR("compression"))) return set_compression(arena, name, value, error);
  static const char *const READING[] = {"force_not_null",    "encoding",          "skip",          "auto_detect",
                                        "sample_size",       "ignore_errors",     "null_padding",  "all_varchar",
                                        "strict_mode",       "max_line_size",     "store_rejects", "thousands",
                                        "decimal_separator", "allow_quoted_nulls"};
  for (uint32_t i = 0; i < COUNT_OF(READING); i++) {
    if (str_equal(name, str_from(READING[i]))) return refuse_reading_option(given_name, error);
  }
  return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Unrecognized option \"%.*s\" for csv", STR_ARG(given_name));
}

static bool appears_in(Str text, char byte) { return byte && text.length && memchr(text.data, byte, text.length); }

Status csv_write_check(CsvWriteOptions *options, Error *error) {
  size_t at;
  if (appears_in(options->delimiter, options->quote)) {
    return error_set(error, ERROR_BINDER, -1, "QUOTE must not appear in the DELIMITER specification and vice versa");
  }
  if (appears_in(options->delimiter, options->escape)) {
    return error_set(error, ERROR_BINDER, -1, "ESCAPE must not appear in the DELIMITER specification and vice versa");
  }
  if (options->null_text.length && options->delimiter.length &&
      (str_find(options->null_text, options->delimiter, &at) ||
       str_find(options->delimiter, options->null_text, &at))) {
    return error_set(error, ERROR_BINDER, -1, "DELIMITER must not appear in the NULL specification and vice versa");
  }
  if (appears_in(options->null_text, options->quote)) {
    return error_set(error, ERROR_BINDER, -1, "QUOTE must not appear in the NULL specification and vice versa");
  }
  if ((options->prefix.length > 0) != (options->suffix.length > 0)) {
    return error_set(error, ERROR_BINDER, -1, "COPY ... (FORMAT CSV) must have both PREFIX and SUFFIX, or none at all");
  }
  if (options->prefix.length && options->header) {
    return error_set(error, ERROR_BINDER, -1, "COPY ... (FORMAT CSV)'s HEADER cannot be combined with PREFIX/SUFFIX");
  }
  if (options->quote) {
    options->quote_needed[(uint8_t)'\n'] = options->quote_needed[(uint8_t)'\r'] = options->quote_needed[(uint8_t)'#'] =
        true;
    options->quote_needed[(uint8_t)options->quote] = true;
    if (options->delimiter.length) options->quote_needed[(uint8_t)options->delimiter.data[0]] = true;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes
// ---------------------------------------------------------------------------------------------------------------------

static bool needs_quotes(const CsvWriteOptions *options, Str text) {
  if (str_equal(text, options->null_text)) return true;
  for (size_t i = 0; i < text.length; i++) {
    if (options->quote_needed[(uint8_t)text.data[i]]) return true;
  }
  return false;
}

void csv_write_text(const CsvWriteOptions *options, Str text, bool force, TextBuilder *out) {
  char quote = options->quote;
  if (!quote || !(force || needs_quotes(options, text))) {
    text_append(out, text);
    return;
  }
  char escape = options->escape;
  text_append_char(out, quote);
  size_t start = 0;
  for (size_t i = 0; escape && i < text.length; i++) {
    if (text.data[i] != quote && text.data[i] != escape) continue;
    text_append(out, (Str){text.data + start, i - start});
    text_append_char(out, escape);
    start = i;
  }
  text_append(out, (Str){text.data + start, text.length - start});
  text_append_char(out, quote);
}

void csv_write_begin(const CsvWriteOptions *options, TextBuilder *out) {
  text_append(out, options->prefix);
  if (!options->header) return;
  for (uint32_t i = 0; i < options->column_count; i++) {
    if (i) text_append(out, options->delimiter);
    csv_write_text(options, options->names[i], options->force_quote && options->force_quote[i], out);
  }
  text_append(out, options->new_line);
}

// The text of a value; short ways for the types that are common and never need quotes.
static void write_value(const CsvWriteOptions *options, const Vector *vector, const VectorView *view, uint32_t row,
                        bool force, TextBuilder *scratch, TextBuilder *out) {
  uint32_t at = view_row(view, row);
  char number[NUMBER_TEXT_CAPACITY];
  int64_t micros;
  text_clear(scratch);
  switch (vector->type.id) {
    case TYPE_VARCHAR:
      csv_write_text(options, string_str((const StringView *)view->data + at), force, out);
      return;
    case TYPE_BIGINT:
      if (vector->physical != PHYSICAL_I64) break;
      text_append(scratch, (Str){number, number_write_i64(number, ((const int64_t *)view->data)[at])});
      csv_write_text(options, text_str(scratch), force, out);
      return;
    case TYPE_INTEGER:
      if (vector->physical != PHYSICAL_I32) break;
      text_append(scratch, (Str){number, number_write_i64(number, ((const int32_t *)view->data)[at])});
      csv_write_text(options, text_str(scratch), force, out);
      return;
    case TYPE_DATE:
      if (options->date_format.length == 0) break;
      time_format_write_date(scratch, options->date_format, ((const int32_t *)view->data)[at]);
      csv_write_text(options, text_str(scratch), force, out);
      return;
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMP_TZ:
      if (options->timestamp_format.length == 0) break;
      micros = ((const int64_t *)view->data)[at];
      time_format_write_timestamp(scratch, options->timestamp_format, micros, 0,
                                  vector->type.id == TYPE_TIMESTAMP_TZ ? &options->zone : NULL);
      csv_write_text(options, text_str(scratch), force, out);
      return;
    default:
      break;
  }
  vector_print_row(scratch, vector, row, options->zone);
  csv_write_text(options, text_str(scratch), force, out);
  out->failed |= scratch->failed;
}

void csv_write_rows(const CsvWriteOptions *options, const Chunk *chunk, uint32_t from, uint32_t to, bool wrote_rows,
                    TextBuilder *scratch, TextBuilder *out) {
  bool separates = options->prefix.length > 0; // [a,b]: new_line stands between rows
  for (uint32_t row = from; row < to; row++) {
    if (separates && (wrote_rows || row > from)) text_append(out, options->new_line);
    for (uint32_t i = 0; i < chunk->column_count; i++) {
      if (i) text_append(out, options->delimiter);
      const Vector *vector = &chunk->columns[i];
      VectorView view;
      vector_view(vector, &view);
      if (!view_valid(&view, view_row(&view, row))) {
        text_append(out, options->null_text);
        continue;
      }
      write_value(options, vector, &view, row, options->force_quote && options->force_quote[i], scratch, out);
    }
    if (!separates) text_append(out, options->new_line);
  }
}

void csv_write_end(const CsvWriteOptions *options, TextBuilder *out) { text_append(out, options->suffix); }
