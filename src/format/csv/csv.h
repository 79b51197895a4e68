// SPDX-License-Identifier: MIT
//
// csv.h: what the files of format/csv/ share. Private to the folder; callers use format/format.h.
//
// Layers, from the bytes up:
//
//   csv_row.c      bytes -> one row of fields, for one dialect (quotes, escapes, comments, line ends)
//   csv_value.c    one field -> one typed value in a vector
//   csv_sniff.c    which dialect? (counts columns with many dialects over the first rows)
//   csv_types.c    which types, is there a header?
//   csv_reader.c   a file piece by piece -> chunks
//   csv_error.c    DuckDB's error texts
//   csv_options.c  option names and values
//   csv_writer.c   chunks -> bytes
#ifndef SMEW_CSV_H
#define SMEW_CSV_H

#include "format/format.h"

// ---------------------------------------------------------------------------------------------------------------------
// Rows
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CsvField {
  const char *data; // raw bytes within the input: without enclosing quotes, escapes still inside
  uint32_t length;
  bool quoted;
  bool escaped; // csv_unescape gives the value
} CsvField;

typedef enum CsvRowKind {
  CSV_ROW,
  CSV_ROW_EMPTY,   // a line without a byte
  CSV_ROW_COMMENT, // a line that is only a comment
  CSV_ROW_MORE,    // the row does not end within the bytes: call again from the same place with more
  CSV_ROW_END,     // there are no more bytes
} CsvRowKind;

typedef enum CsvRowFault {
  CSV_FAULT_NONE,
  CSV_FAULT_QUOTES, // unterminated, or bytes after a closing quote (strict)
  CSV_FAULT_STATE,  // another line end than the file's (strict)
} CsvRowFault;

typedef struct CsvRow {
  CsvField *fields;     // the first `keep` of the row
  uint32_t keep;        // room in fields; set by the caller
  uint32_t field_count; // of the row, may be more than keep
  size_t start;         // offsets into the bytes: of the first byte,
  size_t end;           // behind the last one before the line end,
  size_t next;          // of the next row
  uint8_t fault;        // CsvRowFault
  uint32_t fault_field;
  bool last_empty;     // the last field is empty and follows a delimiter
  bool comment;        // a comment ended the row
  bool comment_inside; // and stood right behind the bytes of an unquoted value
  bool ever_quoted;
  bool ever_escaped;
  bool relaxed; // needed the tolerance of a dialect that is not strict
  bool quoted_new_line;
} CsvRow;

// A dialect made ready for scanning.
typedef struct CsvScanner {
  CsvDialect dialect;
  bool loose_escape;  // escapes count outside quotes too (not strict, escape differs from the quote)
  bool space_skips;   // a space may stand between a delimiter and a quote
  bool space_special; // a space means something itself
  bool only_rn;       // \r\n alone ends a line (chosen by the user, strict)
  uint8_t stops[256]; // CSV_STOP_*
} CsvScanner;

#define CSV_STOP_PLAIN 1
#define CSV_STOP_QUOTED 2

void csv_scanner_init(CsvScanner *scanner, const CsvDialect *dialect, bool only_rn);
// Scans the row at bytes[at]; `limit`: end of the bytes; `last`: the file ends there.
CsvRowKind csv_scan_row(const CsvScanner *scanner, const char *bytes, size_t at, size_t limit, bool last, CsvRow *row);
// The value of a field with escapes: writes at most field->length bytes and returns how many.
size_t csv_unescape(const CsvScanner *scanner, const CsvField *field, char *out);
// Bytes of a UTF-8 byte order mark at the start.
#define CSV_BYTE_ORDER_MARK_BYTES 3
size_t csv_byte_order_mark(const char *bytes, size_t length);

// ---------------------------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------------------------

// How text becomes a value of one column. Strict is detection's way: only what is plainly of the type.
typedef struct CsvValueFormat {
  char decimal_separator;
  char thousands;
  Str date_format;
  Str timestamp_format;
} CsvValueFormat;

// True when csv_store_value knows the type; others are stored as text and cast by the column.
bool csv_type_is_direct(Type type);
// Parses and stores text at data[row]. False: not such a value. VARCHAR is not its business.
bool csv_store_value(Type type, uint8_t physical, const CsvValueFormat *format, Str text, void *data, uint32_t row);
// Would detection take the text for a value of the type?
bool csv_text_fits(Type type, const CsvValueFormat *format, Str text, Arena *scratch);
// The text without thousands separators, in `out` of at least text.length bytes.
size_t csv_strip_thousands(char thousands, Str text, char *out);
static inline bool csv_text_is_null(const CsvOptions *options, Str text) {
  for (uint32_t i = 0; i < options->null_string_count; i++) {
    if (str_equal(text, options->null_strings[i])) return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Errors
// ---------------------------------------------------------------------------------------------------------------------

// Where an error is.
typedef struct CsvPlace {
  Str path;
  uint64_t line;   // from 1; 0: do not say
  Str row;         // the bytes of the line
  uint32_t column; // from 0
  Str column_name;
  Type type; // cast errors
  bool type_chosen;
} CsvPlace;

Status csv_error_cast(const CsvOptions *options, const CsvPlace *place, Str text, Memory *memory,
                      Error *error) MUST_USE;
Status csv_error_columns(const CsvOptions *options, const CsvPlace *place, uint32_t expected, uint32_t found,
                         Memory *memory, Error *error) MUST_USE;
Status csv_error_quotes(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) MUST_USE;
Status csv_error_state(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) MUST_USE;
Status csv_error_unicode(const CsvOptions *options, const CsvPlace *place, Memory *memory, Error *error) MUST_USE;
Status csv_error_line_size(const CsvOptions *options, const CsvPlace *place, uint64_t bytes, Memory *memory,
                           Error *error) MUST_USE;
// `types`: the dialect was found, but no types. max_columns: 0, or what the best candidate had.
Status csv_error_sniffing(const CsvOptions *options, Str path, uint32_t max_columns, bool types, Memory *memory,
                          Error *error) MUST_USE;
Status csv_error_header(const CsvOptions *options, Str path, const Str *values, const bool *nulls, uint32_t count,
                        uint32_t expected, Memory *memory, Error *error) MUST_USE;
// Turns a builder into the error's text; frees it.
Status csv_error_null_option(Str name, Error *error) MUST_USE;
Status csv_error_raise(TextBuilder *text, Status code, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Detection
// ---------------------------------------------------------------------------------------------------------------------

// One quote and escape that belong together.
typedef struct CsvQuoteEscape {
  char quote, escape;
} CsvQuoteEscape;

#define CSV_DELIMITER_CANDIDATES 4
#define CSV_QUOTE_CANDIDATES 9

typedef struct CsvSearchSpace {
  char delimiters[CSV_DELIMITER_CANDIDATES][CSV_DELIMITER_CAPACITY];
  uint8_t delimiter_lengths[CSV_DELIMITER_CANDIDATES];
  uint32_t delimiter_count;
  CsvQuoteEscape quotes[CSV_QUOTE_CANDIDATES];
  uint32_t quote_count;
  char comments[2];
  uint32_t comment_count;
} CsvSearchSpace;

void csv_search_space(const CsvOptions *options, CsvSearchSpace *space);

// A dialect that may be the file's.
typedef struct CsvCandidate {
  CsvDialect dialect;
  uint32_t column_count;
  uint64_t skip_rows; // lines at the top that are no rows (comments not counted): the user's, or what was found
  uint64_t lead_rows; // more of them behind skip_rows
  bool ever_quoted;
  bool ever_escaped;
  size_t resume; // where counting the next rows goes on
  bool finished; // the sample is counted to its end
  bool failed;
} CsvCandidate;

struct CsvSniffer {
  const CsvOptions *options;
  Str path;
  const char *bytes;
  size_t length;
  size_t body; // behind the byte order mark
  bool whole;
  Arena *arena;
  Memory *memory;
  Error *error;
  // dialect
  CsvCandidate *candidates;
  uint32_t candidate_count;
  uint32_t max_columns;
  uint32_t max_columns_seen; // by candidates that failed too, for the error text
  uint64_t lines_sniffed;
  struct Judge *judge; // of the dialects, between steps
  bool judged;
  // types
  bool force_match;
  struct Detection *detection; // between steps
};

// A bounded step; at the end candidates are filled.
Status csv_dialect_step(CsvSniffer *sniffer, bool *done) MUST_USE;
// Offset behind the first `rows` lines of the body; comments do not count. Adds to *lines what it passed.
size_t csv_skip_rows(const CsvSniffer *sniffer, const CsvDialect *dialect, uint64_t rows, uint64_t *lines);
// Chooses among the candidates by types, names the columns; a bounded step.
Status csv_types_step(CsvSniffer *sniffer, CsvSchema *schema, bool *done) MUST_USE;
// Names for columns without: column0, or column00 when there are more than ten.
Status csv_column_name(Arena *arena, Error *error, uint32_t column_count, uint32_t column, Str *name) MUST_USE;
// Marks columns of force_not_null; ERROR_BINDER for a name that is none.
Status csv_mark_force_not_null(const CsvOptions *options, Arena *arena, CsvSchema *schema, Error *error) MUST_USE;

#endif
