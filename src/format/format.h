// SPDX-License-Identifier: MIT
//
// format.h: other people's files as bytes <-> vectors, without SQL. The one header of format/.
//
//   time formats  strptime and strftime texts ("%d.%m.%Y"): checked, read, written
//   CSV           options, detection of dialect and types from the first bytes, a streaming reader, a writer
//   Arrow         a writer of IPC streams
//
// Nothing here opens files or waits: callers (func/table, exec's COPY) bring bytes and take bytes away.
//
// Reading a CSV file:
//
//   csv_options_init, then csv_options_set for each option, csv_options_check
//   csv_sniff            over the first bytes of the file: dialect, names and types (or csv_fixed_schema without detection)
//   csv_reader_open      for the columns that are wanted
//     csv_reader_wants   how many bytes at which offset it needs before it can go on; 0: none
//     csv_reader_feed    gives them (in file order)
//     csv_reader_read    at most one chunk of rows
//   csv_reader_close
#ifndef SMEW_FORMAT_H
#define SMEW_FORMAT_H

#include "base/base.h"
#include "vector/vector.h"

// ---------------------------------------------------------------------------------------------------------------------
// Time formats. A format is its text; it is walked for each value. Empty: none.
// ---------------------------------------------------------------------------------------------------------------------

#define TIME_PROBLEM_CAPACITY 80

// What a text said, in the terms of its format. What the format does not name is as in 1900-01-01 00:00:00.
typedef struct TimeReading {
  int64_t year, month, day, iso_year, day_of_year, week;
  int64_t weekday; // 0 = Sunday; -1: none
  int64_t hour, minute, second, nanos;
  int64_t half;           // of the day, by AM or PM; counted in `hour`
  int64_t offset_seconds; // east of UTC
  Str zone;               // by name; borrowed from the text
  uint64_t named;         // bit specifier - 'A': the format has it
  bool is_special;        // 'infinity', '-infinity', 'epoch': only `special_micros` counts
  int64_t special_micros;
  const char *problem; // why the text is not of the format; NULL: only because reading was strict
  size_t problem_at;   // byte of the text
  Str expected;        // ends the problem's words: the format from the literal that was not there
} TimeReading;

// Is there something wrong with it? In DuckDB's words ("Trailing format character %"). All others take formats without problems.
bool time_format_problem(Str format, char problem[TIME_PROBLEM_CAPACITY]);
bool time_format_read(Str format, Str text, TimeReading *reading);
// Could it be of the format? Stricter: years have all their two or four digits. For guessing formats.
bool time_format_fits(Str format, Str text);
bool time_format_read_date(Str format, Str text, int32_t *days);
bool time_format_read_timestamp(Str format, Str text, int64_t *micros); // an offset is applied: UTC
bool time_reading_days(const TimeReading *reading, int32_t *days);      // false: there is no such day
int64_t time_reading_time(const TimeReading *reading); // microseconds from the day's start in UTC, without `nanos`
// The lines that DuckDB's error has below its first: the text, a caret, what was expected.
void time_reading_problem(const TimeReading *reading, Str text, TextBuilder *out);
void time_format_write_date(TextBuilder *out, Str format, int32_t days);
// `nanos`: 0..999 beyond `micros`. With a zone the instant is written as its clock shows it.
void time_format_write_timestamp(TextBuilder *out, Str format, int64_t micros, int64_t nanos, const TimeZone *zone);

// ---------------------------------------------------------------------------------------------------------------------
// CSV: options
// ---------------------------------------------------------------------------------------------------------------------

typedef enum CsvNewLine {
  CSV_NEW_LINE_UNKNOWN, // one line, or not looked at yet
  CSV_NEW_LINE_N,       // \n (a \r ends a line too)
  CSV_NEW_LINE_R,       // \r (a \n ends a line too)
  CSV_NEW_LINE_RN,      // \r\n
} CsvNewLine;

#define CSV_DELIMITER_CAPACITY 4

// How bytes become fields. A character of 0 is "none".
typedef struct CsvDialect {
  char delimiter[CSV_DELIMITER_CAPACITY];
  uint8_t delimiter_length; // 0: no delimiter, one column
  char quote;
  char escape; // inside quotes; the quote itself: it is doubled
  char comment;
  uint8_t new_line; // CsvNewLine
  bool strict;      // RFC 4180: what follows a closing quote must end the field, …
} CsvDialect;

// Which of the options the user chose; detection keeps them.
typedef struct CsvChosen {
  bool delimiter, quote, escape, comment, new_line, strict, header, skip, date_format, timestamp_format;
} CsvChosen;

// The candidates from the most general (VARCHAR) to the most special (NULL); detection starts at the end.
#define CSV_TYPE_CANDIDATE_CAPACITY 16

typedef struct CsvOptions {
  CsvDialect dialect;
  CsvChosen chosen;
  bool header;
  uint64_t skip_rows;
  Str date_format;
  Str timestamp_format;
  Str *null_strings;
  uint32_t null_string_count;
  bool null_padding;
  bool ignore_errors;
  bool ignore_errors_chosen;
  bool store_rejects;
  bool store_rejects_chosen;
  bool rejects_named; // rejects_table or rejects_scan was given
  Str rejects_table;  // data NULL: reject_errors
  Str rejects_scan;   // data NULL: reject_scans
  uint64_t rejects_limit;
  bool all_varchar;
  bool normalize_names;
  bool allow_quoted_nulls;
  bool auto_detect;
  bool auto_detect_chosen;
  char decimal_separator; // '.' or ','
  char thousands;         // 0: none
  uint64_t sample_chunks; // of VECTOR_CAPACITY rows; UINT64_MAX: the whole file
  int64_t files_to_sniff; // -1: all
  uint64_t max_line_bytes;
  uint64_t buffer_bytes; // size of the pieces that a reader asks for; 0: its own choice
  // Names and types that the user gave
  bool columns_set;  // `columns`: names and types of all columns; COPY FROM sets them from the table
  bool uncompressed; // whatever its name ends in
  bool gzip;         // likewise
  bool is_copy;      // option errors speak of COPY
  Str *names;
  uint32_t name_count;
  Type *types;      // by position, or by name when typed_names is set
  Str *typed_names; // [type_count], NULL: by position
  uint32_t type_count;
  Type type_candidates[CSV_TYPE_CANDIDATE_CAPACITY];
  uint32_t type_candidate_count;
  Str *force_not_null_names;
  uint32_t force_not_null_count;
  bool force_not_null_all;
  // Files
  bool filename_column;
  Str filename_name; // "filename" unless given
  bool union_by_name;
  bool hive_partitioning;
  bool hive_partitioning_chosen;
  bool hive_types_auto;
  bool many_files; // a list or a glob: names are not checked against one file
  // For sniff_csv: "delim=';', skip=1" of what the user gave, sorted by name
  Str user_arguments;
  // What detection found to differ from what the user said; part of later error texts
  Str mismatch;
} CsvOptions;

// Reads a type from its SQL text; the callers know user types (func/ and plan/ bring one).
typedef Status (*CsvTypeReader)(void *context, Arena *arena, Str text, Type *type, Error *error);

// The defaults of read_csv (detection on). Strings of options live in the arena.
Status csv_options_init(CsvOptions *options, Arena *arena, Error *error) MUST_USE;
// One option of read_csv or COPY FROM; the name in any case. Unknown: ERROR_BINDER.
Status csv_options_set(CsvOptions *options, Arena *arena, Str name, const Value *value, CsvTypeReader type_reader,
                       void *type_context, Error *error) MUST_USE;
// After the last option: what contradicts itself.
Status csv_options_check(CsvOptions *options, Arena *arena, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// CSV: detection
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CsvSchema {
  CsvOptions options; // the given ones, completed with what was found
  Str *names;         // column_count of the table
  Type *types;
  bool *type_chosen; // the user gave the type (for error texts)
  bool *force_not_null;
  uint32_t column_count;
  uint32_t file_columns; // fields of a row in the file; more than column_count when a last empty one is left out
  uint64_t lead_rows;    // lines before the header (or first row) beyond options.skip_rows: notes at the top
  uint64_t lines_sniffed;
  bool empty; // no rows, or only the header
  bool zero_bytes;
} CsvSchema;

// How many bytes of the file detection would like, judged by those that are there; 0: `bytes` suffices.
uint64_t csv_sniff_wants(const CsvOptions *options, Str bytes, uint64_t file_size);
// Detects dialect, header, names and types from the first bytes of a file. `whole`: there are no more bytes. All of *schema lives in the arena.
// force_match: an error when something differs from what the user said (sniff_csv).
Status csv_sniff(const CsvOptions *options, Str path, Str bytes, bool whole, bool force_match, Arena *arena,
                 CsvSchema *schema, Error *error) MUST_USE;
// The same in bounded steps (about 2,048 rows each) until `done`. What is given here must live until then; the sniffer lives in the arena.
typedef struct CsvSniffer CsvSniffer;
Status csv_sniff_begin(const CsvOptions *options, Str path, Str bytes, bool whole, bool force_match, Arena *arena,
                       CsvSniffer **sniffer, Error *error) MUST_USE;
Status csv_sniff_step(CsvSniffer *sniffer, CsvSchema *schema, bool *done, Error *error) MUST_USE;
// Without detection: options.columns_set must hold.
Status csv_fixed_schema(const CsvOptions *options, Arena *arena, CsvSchema *schema, Error *error) MUST_USE;
// "  file = x.csv\n  delimiter = , (Auto-Detected)\n …": the end of most error texts.
void csv_print_options(TextBuilder *out, const CsvOptions *options, Str path);
// "\n" as the two characters \ and n, and so on.
Str csv_new_line_text(uint8_t new_line);

// ---------------------------------------------------------------------------------------------------------------------
// CSV: reading
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CsvReader CsvReader;

// A row that was left out (store_rejects).
typedef struct CsvReject {
  uint64_t line;
  uint64_t row_byte; // from 1, in the file
  uint64_t byte;     // from 1; 0: not known
  uint32_t column;   // from 1; 0: none
  Str column_name;   // empty: none
  const char *kind;  // "CAST", "MISSING COLUMNS" …
  Str text;          // the line
  Str message;
} CsvReject;
typedef Status (*CsvRejectSink)(void *context, const CsvReject *reject, Error *error);

typedef struct CsvReaderConfig {
  Memory *memory;
  const CsvSchema *schema; // must outlive the reader
  Str path;                // for error texts
  const uint32_t *columns; // wanted columns of the schema, in output order
  uint32_t column_count;
  const Type *column_types; // types of the output, [column_count]; NULL: those of the schema
  const uint32_t *places;   // [column_count] where they stand in the chunk; NULL: 0, 1, 2 …
  CsvRejectSink reject;     // NULL: rejected rows are only skipped
  void *reject_context;
  TimeZone zone; // for TIMESTAMP WITH TIME ZONE
} CsvReaderConfig;

Status csv_reader_open(CsvReader **out, const CsvReaderConfig *config, Error *error) MUST_USE;
void csv_reader_close(CsvReader *reader); // NULL is fine
// True: csv_reader_read needs `*length` bytes from `*offset` first (fewer at the end of the file).
bool csv_reader_wants(const CsvReader *reader, uint64_t *offset, uint64_t *length);
// The bytes that were asked for (copied); `last`: the file ends with them.
Status csv_reader_feed(CsvReader *reader, const uint8_t *bytes, uint64_t length, bool last, Error *error) MUST_USE;
// Fills the wanted columns of `chunk` (reset; vectors of their types) with at most VECTOR_CAPACITY rows. *done: no rows are left.
// A chunk without rows and not done: feed more. Work is bounded by a chunk and by the bytes fed.
Status csv_reader_read(CsvReader *reader, Chunk *chunk, bool *done, Error *error) MUST_USE;
uint64_t csv_reader_position(const CsvReader *reader); // bytes of the file that are behind it

// ---------------------------------------------------------------------------------------------------------------------
// gzip
// ---------------------------------------------------------------------------------------------------------------------

typedef struct GzipReader GzipReader;
Status gzip_open(Memory *memory, GzipReader **out, Error *error) MUST_USE;
void gzip_close(GzipReader *reader);       // NULL is fine
bool gzip_wants(const GzipReader *reader); // nothing can be read before more is fed
Status gzip_feed(GzipReader *reader, const uint8_t *bytes, size_t count, Error *error) MUST_USE; // copies
// The next piece of the text (64 KB or a little more), there until the next call; empty: more must be fed. `last`: all was fed.
// *done: it was the last piece.
Status gzip_read(GzipReader *reader, bool last, Str *out, bool *done, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// CSV: writing
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CsvWriteOptions {
  Str delimiter; // "," …
  char quote;    // 0: none
  char escape;   // 0: the quote
  bool header;
  Str null_text;   // ""
  Str new_line;    // "\n"
  Str date_format; // empty: ISO
  Str timestamp_format;
  TimeZone zone;     // TIMESTAMP WITH TIME ZONE is shown in it
  bool *force_quote; // [column_count]; NULL: none
  Str prefix;        // before all, after all (JSON arrays); both or none
  Str suffix;
  const Str *names;
  const Type *types;
  uint32_t column_count;
  // derived by csv_write_check
  bool quote_needed[256];
} CsvWriteOptions;

Status csv_write_options_init(CsvWriteOptions *options, Arena *arena, const Str *names, const Type *types,
                              uint32_t column_count, Error *error) MUST_USE;
// One option of COPY TO; unknown: ERROR_BINDER.
Status csv_write_options_set(CsvWriteOptions *options, Arena *arena, Str name, const Value *value,
                             Error *error) MUST_USE;
Status csv_write_check(CsvWriteOptions *options, Error *error) MUST_USE;
// The bytes before the first row, of rows [from, to) of a chunk, and after the last row. `wrote_rows`: rows were written before (prefix form).
// `scratch` is a builder of the caller's, for the text of one value.
void csv_write_begin(const CsvWriteOptions *options, TextBuilder *out);
void csv_write_rows(const CsvWriteOptions *options, const Chunk *chunk, uint32_t from, uint32_t to, bool wrote_rows,
                    TextBuilder *scratch, TextBuilder *out);
void csv_write_end(const CsvWriteOptions *options, TextBuilder *out);
// One field, quoted when it must be. `force`: always.
void csv_write_text(const CsvWriteOptions *options, Str text, bool force, TextBuilder *out);

// ---------------------------------------------------------------------------------------------------------------------
// Arrow: writing IPC streams
//
//   arrow_writer_open
//     arrow_write_schema          once, first
//     arrow_add_rows              chunk by chunk, until the batch is as large as one likes
//     arrow_write_batch           what was gathered, as one record batch
//     arrow_write_end
//   arrow_writer_close
//
// What is written is appended to `out`; each message is a multiple of 8 bytes. After an error `out` is as it was before.
//
// Types:  BOOLEAN, integers to 64 bits, FLOAT, DOUBLE, DECIMAL, DATE, TIME, TIMESTAMPs, VARCHAR, BLOB, nested types: Arrow's own
//         (LIST: List, ARRAY: FixedSizeList, UNION: sparse Union); TIMESTAMP WITH TIME ZONE: Timestamp[us, UTC];
//         HUGEINT, UHUGEINT: Decimal128(38, 0), a value that does not fit is a Conversion Error; INTERVAL: MonthDayNano;
//         ENUM, UUID, BIT, BIGNUM, TIME WITH TIME ZONE: Utf8, their printed form; NULL: Null
// The metadata `smew.type` of each column's field is the SQL type: DECIMAL(18,3), ENUM('a', 'b'), UUID, INTEGER[].
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ArrowWriter ArrowWriter;

Status arrow_writer_open(ArrowWriter **out, Memory *memory, const Str *names, const Type *types, uint32_t column_count,
                         Error *error) MUST_USE; // names and types are copied
void arrow_writer_close(ArrowWriter *writer);    // NULL is fine
Status arrow_write_schema(const ArrowWriter *writer, TextBuilder *out, Error *error) MUST_USE;
// Adds rows from `from` on to the batch. *to is where it has stopped: at the chunk's end, or before rows that would make a
// column's text too large for one batch; then write the batch and go on from there.
Status arrow_add_rows(ArrowWriter *writer, const Chunk *chunk, uint32_t from, uint32_t *to, Error *error) MUST_USE;
uint64_t arrow_batch_rows(const ArrowWriter *writer);                                   // gathered and not written yet
uint64_t arrow_batch_bytes(const ArrowWriter *writer);                                  // of them, without padding
Status arrow_write_batch(ArrowWriter *writer, TextBuilder *out, Error *error) MUST_USE; // an empty one too
Status arrow_write_end(TextBuilder *out, Error *error) MUST_USE;

#endif
