// SPDX-License-Identifier: MIT
//
// csv_error.c: what is wrong with a file, in DuckDB's words: which line, what was found, how to go on, and the options in
// force. The texts are matched by tests.
#include "format/csv/csv.h"

// The original line is cut here, so that the options still fit into the error.
#define ROW_TEXT_LIMIT 1024

static const char STRICT_FIX[] =
    "* Disable the parser's strict mode (strict_mode=false) to allow reading rows that do not comply with the CSV "
    "standard.\n";

Status csv_error_raise(TextBuilder *text, Status code, Error *error) {
  Status status;
  if (text->failed) {
    status = error_no_memory(error);
  } else {
    status = error_set(error, code, -1, "%.*s", (int)text->length, text->data ? text->data : "");
  }
  text_free(text);
  return status;
}

// Text with its zero bytes as \0: messages end at such a byte.
static void append_visible(TextBuilder *out, Str text) {
  for (const char *zero; text.length && (zero = memchr(text.data, 0, text.length));) {
    size_t length = (size_t)(zero - text.data);
    text_append(out, (Str){text.data, length});
    text_append(out, STR("\\0"));
    text.data += length + 1;
    text.length -= length + 1;
  }
  text_append(out, text);
}

// Bytes as text: what is not UTF-8 becomes question marks.
static void append_valid(TextBuilder *out, Str bytes) {
  while (bytes.length) {
    size_t bad;
    if (utf8_valid(bytes, &bad)) {
      append_visible(out, bytes);
      return;
    }
    append_visible(out, (Str){bytes.data, bad});
    text_append_char(out, '?');
    bytes.data += bad + 1;
    bytes.length -= bad + 1;
  }
}

static Str cut(Str text) {
  if (text.length <= ROW_TEXT_LIMIT) return text;
  size_t length = ROW_TEXT_LIMIT;
  while (length > 0 && ((uint8_t)text.data[length] & 0xC0) == 0x80) length--;
  return (Str){text.data, length};
}

static void begin(TextBuilder *out, const CsvPlace *place, Memory *memory) {
  text_init(out, memory);
  if (place->line == 0) return;
  text_format(out, "CSV Error on Line: %llu\n", (unsigned long long)place->line);
  if (place->row.length) {
    text_append(out, STR("Original Line: "));
    append_valid(out, cut(place->row));
    text_append_char(out, '\n');
  }
}

// The options, behind an empty line.
static Status finish(TextBuilder *out, const CsvOptions *options, const CsvPlace *place, Status code, Error *error) {
  text_append_char(out, '\n');
  csv_print_options(out, options, place->path);
  text_append_char(out, '\n');
  return csv_error_raise(out, code, error);
}

Status csv_error_cast(const CsvOptions *options, const CsvPlace *place, Str text, Memory *memory, Error *error) {
  TextBuilder out;
  begin(&out, place, memory);
  text_format(&out, "Error when converting column \"%.*s\". Could not convert string \"", STR_ARG(place->column_name));
  append_valid(&out, cut(text));
  text_append(&out, STR("\" to '"));
  if (place->type.id == TYPE_DECIMAL) {
    text_append(&out, STR("DECIMAL"));
  } else {
    type_print(&out, place->type);
  }
  text_format(&out, "'\n\nColumn %.*s is being converted as type ", STR_ARG(place->column_name));
  text_append(&out, str_from(type_id_name(place->type.id)));
  text_append_char(&out, '\n');
  if (place->type_chosen) {
    text_append(&out,
                STR("This type was either manually set or derived from an existing table. Select a different type "
                    "to correctly parse this column.\n"));
  } else {
    text_append(&out, STR("This type was auto-detected from the CSV file.\nPossible solutions:\n"));
    text_format(&out,
                "* Override the type for this column manually by setting the type explicitly, e.g., types={'%.*s': "
                "'VARCHAR'}\n",
                STR_ARG(place->column_name));
    text_append(&out,
                STR("* Set the sample size to a larger value to enable the auto-detection to scan more values, e.g., "
                    "sample_size=-1\n"));
    text_append(&out, STR("* Use a COPY statement to automatically derive types from an existing table.\n"));
  }
  text_append(&out, STR("* Check whether the null string value is set correctly (e.g., nullstr = 'N/A')\n"));
  return finish(&out, options, place, ERROR_CONVERSION, error);
}

Status csv_error_columns(const CsvOptions *options, const CsvPlace *place, uint32_t expected, uint32_t found,
                         Memory *memory, Error *error) {
  TextBuilder out;
  begin(&out, place, memory);
  text_format(&out, "Expected Number of Columns: %u Found: %u\nPossible fixes:\n", expected, found);
  if (options->dialect.strict) text_append(&out, STR(STRICT_FIX));
  if (!options->null_padding) {
    text_append(&out, STR("* Enable null padding (null_padding=true) to replace missing values with NULL\n"));
  }
  if (!options->ignore_errors) text_append(&out, STR("* Enable ignore errors (ignore_errors=true) to skip this row\n"));
  return finish(&out, options, place, ERROR_INVALID_INPUT, error);
}

Status csv_error_quotes(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) {
  TextBuilder out;
  begin(&out, place, memory);
  text_append(&out, STR("Value with unterminated quote found.\n\nPossible fixes:\n"));
  if (options->dialect.strict) text_append(&out, STR(STRICT_FIX));
  text_append(&out, STR("* Enable ignore errors (ignore_errors=true) to skip this row\n"));
  text_append(&out, STR("* Set quote to empty or to a different value (e.g., quote='')\n"));
  return finish(&out, options, place, ERROR_INVALID_INPUT, error);
}

Status csv_error_state(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) {
  CsvPlace without = *place;
  without.line = 0;
  TextBuilder out;
  begin(&out, &without, memory);
  text_append(&out,
              STR("The CSV Parser state machine reached an invalid state.\nThis can happen when is not possible to "
                  "parse your CSV File with the given options, or the CSV File is not RFC 4180 compliant \n"));
  if (options->dialect.strict) {
    text_append(&out, STR("Possible fixes:\n"));
    text_append(&out, STR(STRICT_FIX));
  }
  return finish(&out, options, place, ERROR_INVALID_INPUT, error);
}

Status csv_error_unicode(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) {
  TextBuilder out;
  begin(&out, place, memory);
  text_append(&out, STR("Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded.\n\n"));
  text_append(&out, STR("Possible Solution: Set the correct encoding, if available, to read this CSV File (e.g., "
                        "encoding='UTF-16')\n"));
  text_append(&out, STR("Possible Solution: Enable ignore errors (ignore_errors=true) to skip this row\n"));
  return finish(&out, options, place, ERROR_INVALID_INPUT, error);
}

Status csv_error_line_size(const CsvOptions *options, const CsvPlace *place, uint64_t bytes, Memory *memory,
                           Error *error) {
  TextBuilder out;
  begin(&out, place, memory);
  text_format(&out, "\nMaximum line size of %llu bytes exceeded. Actual Size:%llu bytes.\n\n",
              (unsigned long long)options->max_line_bytes, (unsigned long long)bytes);
  text_format(&out, "Possible Solution: Change the maximum length size, e.g., max_line_size=%llu\n",
              (unsigned long long)bytes + 2);
  return finish(&out, options, place, ERROR_INVALID_INPUT, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Detection
// ---------------------------------------------------------------------------------------------------------------------

static void append_character(TextBuilder *out, char byte, const char *none) {
  if (byte == 0) {
    text_append(out, str_from(none));
  } else {
    text_append_char(out, byte);
  }
}

static void print_search_space(TextBuilder *out, const CsvOptions *options) {
  CsvSearchSpace space;
  csv_search_space(options, &space);
  text_append(out, STR("Delimiter Candidates: "));
  for (uint32_t i = 0; i < space.delimiter_count; i++) {
    text_format(out, "%s'%.*s'", i ? ", " : "", (int)space.delimiter_lengths[i], space.delimiters[i]);
  }
  text_append(out, STR("\nQuote/Escape Candidates: "));
  for (uint32_t i = 0; i < space.quote_count; i++) {
    text_append(out, i ? STR(",['") : STR("['"));
    append_character(out, space.quotes[i].quote, "(no quote)");
    text_append(out, STR("','"));
    append_character(out, space.quotes[i].escape, "(no escape)");
    text_append(out, STR("']"));
  }
  text_append(out, STR("\nComment Candidates: "));
  for (uint32_t i = 0; i < space.comment_count; i++) {
    text_append(out, i ? STR(", '") : STR("'"));
    append_character(out, space.comments[i], "\\0");
    text_append_char(out, '\'');
  }
  text_append(out, STR("\nEncoding: utf-8\n"));
}

static void print_columns(TextBuilder *out, const CsvOptions *options) {
  text_append(out, STR("columns = { "));
  for (uint32_t i = 0; i < options->name_count; i++) {
    if (i) text_append(out, STR(", "));
    text_format(out, "'%.*s' : '", STR_ARG(options->names[i]));
    type_print(out, options->types[i]);
    text_append_char(out, '\'');
  }
  text_append_char(out, '}');
}

Status csv_error_sniffing(const CsvOptions *options, Str path, uint32_t max_columns, bool types, Memory *memory,
                          Error *error) {
  TextBuilder out;
  text_init(&out, memory);
  text_format(&out, "Error when sniffing file \"%.*s\".\n", STR_ARG(path));
  text_format(&out, "It was not possible to automatically detect the CSV parsing %s\nThe search space used was:\n",
              types ? "types" : "dialect");
  print_search_space(&out, options);
  text_append(&out, STR("Possible fixes:\n"));
  if (options->dialect.strict) text_append(&out, STR(STRICT_FIX));
  if (options->columns_set && max_columns && max_columns != options->name_count) {
    text_append(&out, STR("* Columns are set as: \""));
    print_columns(&out, options);
    text_format(
        &out,
        "\", and they contain: %u columns. It does not match the number of columns found by the sniffer: %u. Verify "
        "the columns parameter is correctly set.\n",
        options->name_count, max_columns);
  }
  text_append(
      &out, STR("* Make sure you are using the correct file encoding. If not, set it (e.g., encoding = 'utf-16').\n"));
  if (options->chosen.delimiter) {
    text_format(&out, "* Delimiter is set to '%.*s'. Consider unsetting it.\n", (int)options->dialect.delimiter_length,
                options->dialect.delimiter);
  } else {
    text_append(&out, STR("* Set delimiter (e.g., delim=',')\n"));
  }
  if (options->chosen.quote) {
    text_append(&out, STR("* Quote is set to '"));
    append_character(&out, options->dialect.quote, "");
    text_append(&out, STR("'. Consider unsetting it.\n"));
  } else {
    text_append(&out, STR("* Set quote (e.g., quote='\"')\n"));
  }
  if (options->chosen.escape) {
    text_append(&out, STR("* Escape is set to '"));
    append_character(&out, options->dialect.escape, "");
    text_append(&out, STR("'. Consider unsetting it.\n"));
  } else {
    text_append(&out, STR("* Set escape (e.g., escape='\"')\n"));
  }
  if (options->chosen.comment) {
    text_append(&out, STR("* Comment is set to '"));
    append_character(&out, options->dialect.comment, "");
    text_append(&out, STR("'. Consider unsetting it.\n"));
  } else {
    text_append(&out, STR("* Set comment (e.g., comment='#')\n"));
  }
  if (!options->chosen.skip)
    text_append(&out, STR("* Set skip (skip=${n}) to skip ${n} lines at the top of the file\n"));
  if (!options->ignore_errors) {
    text_append(&out, STR("* Enable ignore errors (ignore_errors=true) to ignore potential errors\n"));
  }
  if (!options->null_padding) {
    text_append(&out, STR("* Enable null padding (null_padding=true) to pad missing columns with NULL values\n"));
  }
  text_append(
      &out, STR("* Check you are using the correct file compression, otherwise set it (e.g., compression = 'zstd')\n"));
  text_append(&out, STR("* Be sure that the maximum line size is set to an appropriate value, otherwise set it (e.g., "
                        "max_line_size=10000000)\n"));
  return csv_error_raise(&out, ERROR_INVALID_INPUT, error);
}

Status csv_error_header(const CsvOptions *options, Str path, const Str *values, const bool *nulls, uint32_t count,
                        uint32_t expected, Memory *memory, Error *error) {
  TextBuilder out;
  text_init(&out, memory);
  text_format(&out, "Error when sniffing file \"%.*s\".\n", STR_ARG(path));
  text_append(
      &out, STR("It was not possible to detect the CSV Header, due to the header having less columns than expected\n"));
  text_format(&out, "Number of expected columns: %u. Actual number of columns %u\nDetected row as Header:\n", expected,
              count);
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_format(&out, "%.*s ", (int)options->dialect.delimiter_length, options->dialect.delimiter);
    if (nulls[i]) {
      text_append(&out, STR("NULL"));
    } else {
      append_valid(&out, cut(values[i]));
    }
  }
  text_append(&out, STR("\nPossible fixes:\n"));
  if (options->dialect.strict) text_append(&out, STR(STRICT_FIX));
  if (options->chosen.header) {
    text_format(&out, "* Header is set to '%d'. Consider unsetting it.\n", options->header);
  } else {
    text_append(&out,
                STR("* Set header (header = true) if your CSV has a header, or (header = false) if it doesn't\n"));
  }
  if (options->chosen.skip) {
    text_format(&out, "* Skip is set to '%llu'. Consider unsetting it.\n", (unsigned long long)options->skip_rows);
  } else {
    text_append(&out, STR("* Set skip (skip=${n}) to skip ${n} lines at the top of the file\n"));
  }
  if (!options->ignore_errors) {
    text_append(&out, STR("* Enable ignore errors (ignore_errors=true) to ignore potential errors\n"));
  }
  if (!options->null_padding) {
    text_append(&out, STR("* Enable null padding (null_padding=true) to pad missing columns with NULL values\n"));
  }
  return csv_error_raise(&out, ERROR_INVALID_INPUT, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// The options in force
// ---------------------------------------------------------------------------------------------------------------------

static void print_line(TextBuilder *out, const char *name, Str value, bool chosen) {
  text_format(out, "%s = %.*s %s\n  ", name, STR_ARG(value), chosen ? "(Set By User)" : "(Auto-Detected)");
}

static Str character_text(const char *byte) { return *byte ? (Str){byte, 1} : STR("(empty)"); }

Str csv_new_line_text(uint8_t new_line) {
  switch (new_line) {
    case CSV_NEW_LINE_N:
      return STR("\\n");
    case CSV_NEW_LINE_R:
      return STR("\\r");
    case CSV_NEW_LINE_RN:
      return STR("\\r\\n");
    default:
      return STR("Single-Line File");
  }
}

void csv_print_options(TextBuilder *out, const CsvOptions *options, Str path) {
  const CsvDialect *dialect = &options->dialect;
  const CsvChosen *chosen = &options->chosen;
  char number[NUMBER_TEXT_CAPACITY];
  text_format(out, "  file = %.*s\n  ", STR_ARG(path));
  Str delimiter = dialect->delimiter_length ? (Str){dialect->delimiter, dialect->delimiter_length} : STR("(empty)");
  print_line(out, "delimiter", delimiter, chosen->delimiter);
  print_line(out, "quote", character_text(&dialect->quote), chosen->quote);
  print_line(out, "escape", character_text(&dialect->escape), chosen->escape);
  print_line(out, "new_line", csv_new_line_text(dialect->new_line), chosen->new_line);
  print_line(out, "header", options->header ? STR("true") : STR("false"), chosen->header);
  print_line(out, "skip_rows", (Str){number, number_write_u64(number, options->skip_rows)}, chosen->skip);
  print_line(out, "comment", character_text(&dialect->comment), chosen->comment);
  print_line(out, "strict_mode", dialect->strict ? STR("true") : STR("false"), chosen->strict);
  print_line(out, "date_format", options->date_format, chosen->date_format);
  print_line(out, "timestamp_format", options->timestamp_format, chosen->timestamp_format);
  uint64_t sample =
      options->sample_chunks >= UINT64_MAX / VECTOR_CAPACITY ? UINT64_MAX : options->sample_chunks * VECTOR_CAPACITY;
  text_format(out, "null_padding = %d\n  sample_size = %llu\n  ignore_errors = %s\n  all_varchar = %d\n",
              options->null_padding, (unsigned long long)sample, options->ignore_errors ? "true" : "false",
              options->all_varchar);
  text_append(out, options->mismatch);
}

Status csv_error_null_option(Str name, Error *error) {
  return error_set(error, ERROR_BINDER, -1, "NULL is not supported as a valid option for COPY option \"%.*s\"",
                   STR_ARG(name));
}
