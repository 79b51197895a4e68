// SPDX-License-Identifier: MIT
//
// csv_reader.c: a file, brought piece by piece, into chunks of typed columns.
//
// The reader owns one buffer: the rest of the last piece (the beginning of a row) and the new piece behind it. A row is always
// scanned as a whole within the buffer; when it does not end there the reader asks for more, and for twice as much when
// a row is long. Memory is thus a piece and a line, and one call does at most a chunk of rows.
//
//   buffer   [ passed rows | row being scanned ........ | free ]
//            0             at                      length     capacity
//
// A value goes straight from the buffer into the column's array where csv_value.c knows the type; other types are collected as text
// and cast a column at a time at the end of the chunk. A row that does not fit is an error, or left out (ignore_errors).
#include "format/csv/csv.h"

#define PIECE_BYTES (256 * 1024)
#define SMALLEST_PIECE_BYTES 4096

typedef struct Output {
  uint32_t file_column;
  uint32_t place; // in the chunk
  Type type;      // of the chunk's column
  bool direct;    // csv_store_value stores it
  bool is_text;   // stored as it is: VARCHAR
  bool force_not_null;
  bool type_chosen;
  bool strips; // thousands separators
  Vector text; // neither direct nor text: values of the chunk before the cast
} Output;

typedef enum Phase { PHASE_START, PHASE_SKIP, PHASE_HEADER, PHASE_ROWS, PHASE_DONE } Phase;

struct CsvReader {
  Memory *memory;
  const CsvSchema *schema;
  CsvOptions options; // the schema's, with the line end that the file turned out to have
  Str path;
  CsvScanner scanner;
  CsvValueFormat format;
  CsvRejectSink reject;
  void *reject_context;
  TimeZone zone;
  Output *outputs;
  uint32_t output_count;
  uint32_t file_columns;
  bool any_cast;
  CsvRow row;
  // buffer
  char *buffer;
  size_t capacity, length, at;
  uint64_t file_offset; // of the end of the buffer
  size_t piece;         // bytes that are asked for next
  bool hungry;          // nothing more can be read from what is there
  bool last;            // the file ends with the buffer
  bool ascii;           // all of the buffer
  Phase phase;
  uint64_t skip_left;
  uint64_t line; // number of the next line, from 1
  // unescaped values
  char *scratch;
  size_t scratch_capacity;
  // of the chunk being filled
  uint64_t row_lines[VECTOR_CAPACITY];
  size_t row_starts[VECTOR_CAPACITY];
  uint32_t row_lengths[VECTOR_CAPACITY];
};

// ---------------------------------------------------------------------------------------------------------------------
// Opening and closing
// ---------------------------------------------------------------------------------------------------------------------

static Status open_outputs(CsvReader *reader, const CsvReaderConfig *config, Error *error) {
  const CsvSchema *schema = config->schema;
  reader->output_count = config->column_count;
  reader->outputs = memory_allocate_zeroed(reader->memory, sizeof(Output) * MAX_OF(config->column_count, 1u));
  reader->row.fields = memory_allocate(reader->memory, sizeof(CsvField) * ((size_t)reader->file_columns + 1));
  if (!reader->outputs || !reader->row.fields) return error_no_memory(error);
  reader->row.keep = reader->file_columns + 1;
  bool timestamp_format = reader->options.timestamp_format.length > 0;
  for (uint32_t i = 0; i < config->column_count; i++) {
    uint32_t column = config->columns[i];
    Output *output = &reader->outputs[i];
    output->file_column = column;
    output->place = config->places ? config->places[i] : i;
    output->type = config->column_types ? config->column_types[i] : schema->types[column];
    if (output->type.id == TYPE_NULL) output->type = TYPE(VARCHAR);
    output->is_text = output->type.id == TYPE_VARCHAR && !output->type.info;
    output->direct = csv_type_is_direct(output->type) || (output->type.id == TYPE_TIMESTAMP_TZ && timestamp_format);
    output->force_not_null = schema->force_not_null && schema->force_not_null[column];
    output->type_chosen = schema->type_chosen && schema->type_chosen[column];
    output->strips = reader->format.thousands && type_is_numeric(output->type);
    if (!output->direct && !output->is_text) {
      reader->any_cast = true;
      TRY(vector_init(&output->text, reader->memory, TYPE(VARCHAR), VECTOR_CAPACITY, error));
    }
  }
  return OK;
}

Status csv_reader_open(CsvReader **out, const CsvReaderConfig *config, Error *error) {
  *out = NULL;
  CsvReader *reader = memory_allocate_zeroed(config->memory, sizeof *reader);
  if (!reader) return error_no_memory(error);
  const CsvOptions *options = &config->schema->options;
  reader->memory = config->memory;
  reader->schema = config->schema;
  reader->options = *options;
  reader->path = config->path;
  reader->format =
      (CsvValueFormat){options->decimal_separator, options->thousands, options->date_format, options->timestamp_format};
  reader->reject = config->reject;
  reader->reject_context = config->reject_context;
  reader->zone = config->zone;
  reader->file_columns = config->schema->file_columns;
  reader->piece =
      options->buffer_bytes ? MAX_OF((size_t)options->buffer_bytes, (size_t)SMALLEST_PIECE_BYTES) : PIECE_BYTES;
  reader->piece = MIN_OF(reader->piece, (size_t)PIECE_BYTES * 4);
  reader->hungry = true;
  reader->ascii = true;
  reader->line = 1;
  reader->skip_left = options->skip_rows + config->schema->lead_rows;
  Status status = open_outputs(reader, config, error);
  if (status != OK) {
    csv_reader_close(reader);
    return status;
  }
  *out = reader;
  return OK;
}

void csv_reader_close(CsvReader *reader) {
  if (!reader) return;
  Memory *memory = reader->memory;
  for (uint32_t i = 0; reader->outputs && i < reader->output_count; i++) {
    if (reader->outputs[i].text.memory) vector_free(&reader->outputs[i].text);
  }
  memory_free(memory, reader->outputs, sizeof(Output) * MAX_OF(reader->output_count, 1u));
  memory_free(memory, reader->row.fields, sizeof(CsvField) * ((size_t)reader->file_columns + 1));
  memory_free(memory, reader->buffer, reader->capacity);
  memory_free(memory, reader->scratch, reader->scratch_capacity);
  memory_free(memory, reader, sizeof *reader);
}

// ---------------------------------------------------------------------------------------------------------------------
// The buffer
// ---------------------------------------------------------------------------------------------------------------------

bool csv_reader_wants(const CsvReader *reader, uint64_t *offset, uint64_t *length) {
  if (!reader->hungry || reader->last || reader->phase == PHASE_DONE) return false;
  *offset = reader->file_offset;
  *length = MAX_OF(reader->piece, reader->length - reader->at); // a long row: twice as much
  return true;
}

static bool all_ascii(const char *bytes, size_t length) {
  uint64_t seen = 0, word;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    memcpy(&word, bytes + i, 8);
    seen |= word;
  }
  for (; i < length; i++) seen |= (uint8_t)bytes[i];
  return (seen & UINT64_C(0x8080808080808080)) == 0;
}

Status csv_reader_feed(CsvReader *reader, const uint8_t *bytes, uint64_t length, bool last, Error *error) {
  size_t rest = reader->length - reader->at;
  if (rest && reader->at) memmove(reader->buffer, reader->buffer + reader->at, rest);
  reader->at = 0;
  reader->length = rest;
  if (length > SIZE_MAX - rest) return error_no_memory(error);
  size_t needed = rest + (size_t)length;
  if (needed > reader->capacity) {
    size_t capacity = MAX_OF(needed, rest + reader->piece);
    char *buffer = memory_grow(reader->memory, reader->buffer, reader->capacity, capacity);
    if (!buffer) return error_no_memory(error);
    reader->buffer = buffer;
    reader->capacity = capacity;
  }
  if (length) memcpy(reader->buffer + rest, bytes, (size_t)length);
  reader->length = needed;
  reader->file_offset += length;
  reader->last = last;
  reader->hungry = false;
  reader->ascii = all_ascii(reader->buffer, reader->length);
  return OK;
}

uint64_t csv_reader_position(const CsvReader *reader) { return reader->file_offset - (reader->length - reader->at); }

static Status reserve_scratch(CsvReader *reader, size_t bytes, Error *error) {
  if (bytes <= reader->scratch_capacity) return OK;
  size_t capacity = MAX_OF(bytes, (size_t)1024);
  char *scratch = memory_grow(reader->memory, reader->scratch, reader->scratch_capacity, capacity);
  if (!scratch) return error_no_memory(error);
  reader->scratch = scratch;
  reader->scratch_capacity = capacity;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows that do not fit
// ---------------------------------------------------------------------------------------------------------------------

// A line that is too long is kept until it ends up to here.
#define KEPT_LINE_BYTES (256 * 1024)

typedef enum Misfit { MISFIT_CAST, MISFIT_TOO_FEW, MISFIT_TOO_MANY, MISFIT_QUOTES, MISFIT_UNICODE, MISFIT_LINE } Misfit;

static const char *const MISFIT_KINDS[] = {"CAST",           "MISSING COLUMNS",  "TOO MANY COLUMNS",
                                           "UNQUOTED VALUE", "INVALID ENCODING", "LINE SIZE OVER MAXIMUM"};

typedef struct Complaint {
  Misfit kind;
  uint32_t column; // of the file, from 0
  uint32_t output; // MISFIT_CAST
  uint64_t line;
  size_t start, length; // of the row in the buffer
  Str value;            // MISFIT_CAST
  uint32_t found;       // columns
} Complaint;

static CsvPlace place_of(const CsvReader *reader, const Complaint *complaint) {
  CsvPlace place = {.path = reader->path,
                    .line = complaint->line,
                    .column = complaint->column,
                    .row = {reader->buffer + complaint->start, complaint->length}};
  if (complaint->column < reader->schema->column_count) place.column_name = reader->schema->names[complaint->column];
  if (complaint->kind == MISFIT_CAST) {
    place.type = reader->outputs[complaint->output].type;
    place.type_chosen = reader->outputs[complaint->output].type_chosen;
  }
  return place;
}

static Status raise(const CsvReader *reader, const Complaint *complaint, Error *error) {
  CsvPlace place = place_of(reader, complaint);
  switch (complaint->kind) {
    case MISFIT_CAST:
      return csv_error_cast(&reader->options, &place, complaint->value, reader->memory, error);
    case MISFIT_TOO_FEW:
    case MISFIT_TOO_MANY:
      return csv_error_columns(&reader->options, &place, reader->file_columns, complaint->found, reader->memory, error);
    case MISFIT_QUOTES:
      return csv_error_quotes(&reader->options, &place, reader->memory, error);
    case MISFIT_UNICODE:
      return csv_error_unicode(&reader->options, &place, reader->memory, error);
    case MISFIT_LINE:
      return csv_error_line_size(&reader->options, &place, complaint->length, reader->memory, error);
  }
  return OK;
}

// Where a field begins in the row, its quote included; the row's length when it has no such field.
static size_t field_offset(const CsvReader *reader, const Complaint *complaint) {
  const CsvRow *row = &reader->row;
  bool known = complaint->column < MIN_OF(row->field_count, reader->file_columns + 1);
  if (complaint->line == reader->line && known) {
    size_t offset = (size_t)(row->fields[complaint->column].data - reader->buffer) - complaint->start;
    bool quoted = offset > 0 && reader->options.dialect.quote &&
                  reader->buffer[complaint->start + offset - 1] == reader->options.dialect.quote;
    return offset - quoted;
  }
  // A row further up, or a field that is not kept.
  const CsvDialect *dialect = &reader->options.dialect;
  Str text = {reader->buffer + complaint->start, complaint->length};
  bool in_quotes = false;
  uint32_t column = 0;
  size_t at = 0;
  while (at < text.length && column < complaint->column) {
    bool delimits = !in_quotes && dialect->delimiter_length && at + dialect->delimiter_length <= text.length &&
                    memcmp(text.data + at, dialect->delimiter, dialect->delimiter_length) == 0;
    if (dialect->quote && text.data[at] == dialect->quote) in_quotes = !in_quotes;
    column += delimits;
    at += delimits ? dialect->delimiter_length : 1;
  }
  return at;
}

// The complaint for the table of rejects: its first line without the place, which has columns of its own there.
static Status reject_row(CsvReader *reader, const Complaint *complaint, Error *error) {
  Error details;
  Complaint placeless = *complaint;
  error_clear(&details);
  placeless.line = 0;
  if (complaint->kind == MISFIT_LINE) { // measured without the end of the line here
    const char *row = reader->buffer + placeless.start;
    while (placeless.length && (row[placeless.length - 1] == '\n' || row[placeless.length - 1] == '\r'))
      placeless.length--;
  }
  if (raise(reader, &placeless, &details) == ERROR_NO_MEMORY) return error_no_memory(error);
  Str message = {details.message, details.length};
  if (message.length && message.data[0] == '\n') message = (Str){message.data + 1, message.length - 1};
  const char *line_end = memchr(message.data, '\n', message.length);
  if (line_end) message.length = (size_t)(line_end - message.data);
  CsvPlace place = place_of(reader, complaint);
  uint64_t row_byte = reader->file_offset - reader->length + complaint->start + 1;
  CsvReject reject = {.line = complaint->line,
                      .row_byte = row_byte,
                      .byte = row_byte,
                      .column = complaint->column + 1,
                      .column_name = place.column_name,
                      .kind = MISFIT_KINDS[complaint->kind],
                      .text = place.row,
                      .message = message};
  if (complaint->kind == MISFIT_LINE) {
    reject.text.length = placeless.length;
    reject.column = 0;
    reject.column_name = (Str){NULL, 0};
  } else if (complaint->kind == MISFIT_TOO_FEW) { // the first column that is missing
    reject.byte += complaint->length;
    if (complaint->found < reader->schema->column_count) reject.column_name = reader->schema->names[complaint->found];
  } else if (complaint->kind == MISFIT_TOO_MANY) { // from the delimiter on
    reject.byte += field_offset(reader, complaint) - reader->options.dialect.delimiter_length;
    reject.column_name = (Str){NULL, 0};
  } else {
    reject.byte += field_offset(reader, complaint);
  }
  return reader->reject(reader->reject_context, &reject, error);
}

// An error, or OK when such rows are left out.
static Status complain(CsvReader *reader, const Complaint *complaint, Error *error) {
  if (!reader->options.ignore_errors) return raise(reader, complaint, error);
  return reader->reject ? reject_row(reader, complaint, error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One row
// ---------------------------------------------------------------------------------------------------------------------

static Complaint complaint_of(const CsvReader *reader, Misfit kind, uint32_t column) {
  const CsvRow *row = &reader->row;
  return (Complaint){.kind = kind,
                     .column = column,
                     .line = reader->line,
                     .start = row->start,
                     .length = row->end - row->start,
                     .found = row->field_count};
}

static inline Status store_text(Vector *vector, uint32_t row, Str text, Error *error) {
  StringView *views = vector->data;
  if (text.length <= STRING_INLINE_CAPACITY) {
    views[row] = string_view(text.data, text.length);
    return OK;
  }
  return vector_set_string(vector, row, text, error);
}

static Status store_null(CsvReader *reader, Output *output, Vector *vector, uint32_t row, bool *stored, Error *error) {
  *stored = true;
  if (!output->force_not_null) return vector_set_null(vector, row, error);
  if (output->is_text || vector->type.id == TYPE_VARCHAR) {
    ((StringView *)vector->data)[row] = string_view("", 0);
    return OK;
  }
  Complaint complaint = complaint_of(reader, MISFIT_CAST, output->file_column);
  complaint.output = (uint32_t)(output - reader->outputs);
  *stored = false;
  return complain(reader, &complaint, error);
}

// \N means NULL where \ is the escape outside of quotes.
static bool is_escaped_null(const CsvReader *reader, const CsvField *field) {
  if (!field->escaped || field->quoted || field->length != 2 || reader->options.dialect.strict) return false;
  return csv_text_is_null(&reader->options, (Str){field->data, field->length});
}

static Status store_field(CsvReader *reader, Output *output, const CsvField *field, Vector *vector, uint32_t row,
                          bool *stored, Error *error) {
  Str text = {field->data, field->length};
  const CsvOptions *options = &reader->options;
  *stored = true;
  if (UNLIKELY(is_escaped_null(reader, field))) return store_null(reader, output, vector, row, stored, error);
  if (UNLIKELY(field->escaped)) {
    TRY(reserve_scratch(reader, field->length, error));
    text = (Str){reader->scratch, csv_unescape(&reader->scanner, field, reader->scratch)};
  }
  if ((!field->quoted || options->allow_quoted_nulls) && csv_text_is_null(options, text)) {
    return store_null(reader, output, vector, row, stored, error);
  }
  if (UNLIKELY(output->strips)) {
    TRY(reserve_scratch(reader, text.length, error));
    text = (Str){reader->scratch, csv_strip_thousands(reader->format.thousands, text, reader->scratch)};
  }
  if (output->direct) {
    if (LIKELY(csv_store_value(output->type, vector->physical, &reader->format, text, vector->data, row))) return OK;
    Complaint complaint = complaint_of(reader, MISFIT_CAST, output->file_column);
    complaint.output = (uint32_t)(output - reader->outputs);
    complaint.value = text;
    *stored = false;
    return complain(reader, &complaint, error);
  }
  bool is_blob = output->type.id == TYPE_BLOB;
  if (UNLIKELY(!reader->ascii && !is_blob && !utf8_valid(text, NULL))) {
    Complaint complaint = complaint_of(reader, MISFIT_UNICODE, output->file_column);
    *stored = false;
    return complain(reader, &complaint, error);
  }
  return store_text(vector, row, text, error);
}

// The vector that a value of an output is stored in: the chunk's, or the one that is cast later.
static inline Vector *vector_of(Output *output, Chunk *chunk) {
  return output->direct || output->is_text ? &chunk->columns[output->place] : &output->text;
}

// Takes back what a row that is left out has set.
static void forget_row(CsvReader *reader, Chunk *chunk, uint32_t row) {
  for (uint32_t i = 0; i < reader->output_count; i++) {
    Vector *vector = vector_of(&reader->outputs[i], chunk);
    if (vector->validity) bit_set(vector->validity, row);
  }
}

// Bytes that are no text explain a wrong number of fields better than the number does.
static bool find_bad_text(const CsvReader *reader, uint32_t *column) {
  for (uint32_t i = 0; !reader->ascii && i < reader->output_count; i++) {
    const Output *output = &reader->outputs[i];
    if (!output->is_text || output->file_column >= MIN_OF(reader->row.field_count, reader->file_columns)) continue;
    const CsvField *field = &reader->row.fields[output->file_column];
    if (utf8_valid((Str){field->data, field->length}, NULL)) continue;
    *column = output->file_column;
    return true;
  }
  return false;
}

// Is the number of fields right? Too many are forgiven when the one too many is NULL, and always without "strict".
static Status check_columns(CsvReader *reader, bool *good, Error *error) {
  const CsvRow *row = &reader->row;
  uint32_t columns = reader->file_columns;
  *good = true;
  if (LIKELY(row->field_count == columns)) return OK;
  Misfit kind = MISFIT_TOO_FEW;
  if (row->field_count < columns) {
    if (reader->options.null_padding) return OK;
  } else {
    if (!reader->options.dialect.strict) return OK;
    const CsvField *extra = &row->fields[columns];
    Str text = {extra->data, extra->length};
    if (row->field_count == columns + 1 && (!extra->quoted || reader->options.allow_quoted_nulls) &&
        csv_text_is_null(&reader->options, text)) {
      return OK;
    }
    kind = MISFIT_TOO_MANY;
  }
  *good = false;
  uint32_t column = row->field_count - 1;
  for (uint32_t i = columns; reader->reject && kind == MISFIT_TOO_MANY && i < column; i++) {
    Complaint extra = complaint_of(reader, kind, i);
    extra.found = i + 1;
    TRY(complain(reader, &extra, error));
  }
  for (uint32_t i = row->field_count + 1; reader->reject && kind == MISFIT_TOO_FEW && i < columns; i++) {
    Complaint missing = complaint_of(reader, kind, i - 1);
    missing.found = i;
    TRY(complain(reader, &missing, error));
  }
  if (UNLIKELY(find_bad_text(reader, &column))) kind = MISFIT_UNICODE;
  Complaint complaint = complaint_of(reader, kind, column);
  return complain(reader, &complaint, error);
}

static Status check_fault(CsvReader *reader, bool *good, Error *error) {
  const CsvRow *row = &reader->row;
  *good = true;
  if (LIKELY(row->fault == CSV_FAULT_NONE)) return OK;
  *good = false;
  Complaint complaint = complaint_of(reader, MISFIT_QUOTES, row->fault_field);
  if (row->fault == CSV_FAULT_QUOTES) return complain(reader, &complaint, error);
  if (reader->options.ignore_errors) return OK;
  CsvPlace place = place_of(reader, &complaint);
  return csv_error_state(&reader->options, &place, reader->memory, error);
}

static Status check_length(CsvReader *reader, bool *good, Error *error) {
  const CsvRow *row = &reader->row;
  *good = row->next - row->start <= reader->options.max_line_bytes;
  if (LIKELY(*good)) return OK;
  Complaint complaint = complaint_of(reader, MISFIT_LINE, 0);
  complaint.length = row->next - row->start;
  return complain(reader, &complaint, error);
}

static Status store_output(CsvReader *reader, Output *output, Chunk *chunk, uint32_t at, bool *good, Error *error) {
  const CsvRow *row = &reader->row;
  Vector *vector = vector_of(output, chunk);
  if (LIKELY(output->file_column < row->field_count)) {
    return store_field(reader, output, &row->fields[output->file_column], vector, at, good, error);
  }
  return store_null(reader, output, vector, at, good, error);
}

// Of a row that is left out all complaints are wanted for the table of rejects.
static Status reject_fields(CsvReader *reader, Chunk *chunk, uint32_t at, uint32_t from, Error *error) {
  for (uint32_t i = from; reader->reject && i < reader->output_count; i++) {
    bool ignored;
    if (reader->outputs[i].file_column >= reader->row.field_count) continue;
    TRY(store_output(reader, &reader->outputs[i], chunk, at, &ignored, error));
  }
  forget_row(reader, chunk, at);
  return OK;
}

static HOT Status store_row(CsvReader *reader, Chunk *chunk, uint32_t at, bool *good, Error *error) {
  const CsvRow *row = &reader->row;
  TRY(check_length(reader, good, error));
  if (UNLIKELY(!*good)) {
    bool ignored;
    if (!reader->reject || row->fault != CSV_FAULT_NONE) return OK;
    TRY(check_columns(reader, &ignored, error));
    return reject_fields(reader, chunk, at, 0, error);
  }
  TRY(check_fault(reader, good, error));
  if (UNLIKELY(!*good)) return OK;
  TRY(check_columns(reader, good, error));
  if (UNLIKELY(!*good)) return reject_fields(reader, chunk, at, 0, error);
  for (uint32_t i = 0; i < reader->output_count; i++) {
    TRY(store_output(reader, &reader->outputs[i], chunk, at, good, error));
    if (UNLIKELY(!*good)) return reject_fields(reader, chunk, at, i + 1, error);
  }
  if (reader->any_cast) {
    reader->row_lines[at] = reader->line;
    reader->row_starts[at] = row->start;
    reader->row_lengths[at] = (uint32_t)(row->end - row->start);
  }
  return OK;
}

// An empty line is a row of one NULL in a file of one column.
static Status store_empty_line(CsvReader *reader, Chunk *chunk, uint32_t at, bool *good, Error *error) {
  *good = reader->file_columns == 1 && csv_text_is_null(&reader->options, STR(""));
  if (!*good) return OK;
  reader->row.field_count = 1;
  reader->row.fields[0] = (CsvField){.data = "", .length = 0};
  return store_row(reader, chunk, at, good, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// The types that are cast a column at a time
// ---------------------------------------------------------------------------------------------------------------------

static bool row_is_null(const Vector *vector, uint32_t row) {
  VectorView view;
  vector_view(vector, &view);
  return !view_valid(&view, view_row(&view, row));
}

static Status cast_output(CsvReader *reader, uint32_t index, Chunk *chunk, uint32_t rows, bool *left_out,
                          bool *any_left_out, Error *error) {
  Output *output = &reader->outputs[index];
  Vector *result = &chunk->columns[output->place];
  CastContext context = {
      .memory = reader->memory, .error = error, .try_cast = true, .position = -1, .zone = reader->zone};
  TRY(vector_cast(&context, &output->text, rows, result));
  if (!result->validity && result->form == VECTOR_FLAT) return OK;
  for (uint32_t row = 0; row < rows; row++) {
    if (!row_is_null(result, row) || row_is_null(&output->text, row)) continue;
    Complaint complaint = {.kind = MISFIT_CAST,
                           .column = output->file_column,
                           .output = index,
                           .line = reader->row_lines[row],
                           .start = reader->row_starts[row],
                           .length = reader->row_lengths[row]};
    complaint.value = string_str(&((const StringView *)output->text.data)[row]);
    TRY(complain(reader, &complaint, error));
    left_out[row] = *any_left_out = true;
  }
  return OK;
}

static Status finish_chunk(CsvReader *reader, Chunk *chunk, uint32_t rows, Error *error) {
  chunk->row_count = rows;
  if (!reader->any_cast || rows == 0) return OK;
  bool left_out[VECTOR_CAPACITY];
  bool any_left_out = false;
  memset(left_out, 0, rows);
  for (uint32_t i = 0; i < reader->output_count; i++) {
    if (!reader->outputs[i].direct && !reader->outputs[i].is_text) {
      TRY(cast_output(reader, i, chunk, rows, left_out, &any_left_out, error));
    }
  }
  if (!any_left_out) return OK;
  // the rows that stay, copied together
  uint32_t *selection = memory_allocate(reader->memory, sizeof(uint32_t) * VECTOR_CAPACITY);
  if (!selection) return error_no_memory(error);
  uint32_t kept = 0;
  for (uint32_t row = 0; row < rows; row++) {
    if (!left_out[row]) selection[kept++] = row;
  }
  Status status = OK;
  for (uint32_t i = 0; i < reader->output_count && status == OK; i++) {
    Vector narrowed, *column = &chunk->columns[reader->outputs[i].place];
    status = vector_init(&narrowed, reader->memory, column->type, VECTOR_CAPACITY, error);
    if (status != OK) break;
    status = vector_copy(&narrowed, 0, column, selection, 0, kept, error);
    if (status == OK) status = vector_share(column, &narrowed, kept, error);
    vector_free(&narrowed);
  }
  memory_free(reader->memory, selection, sizeof(uint32_t) * VECTOR_CAPACITY);
  chunk->row_count = kept;
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading
// ---------------------------------------------------------------------------------------------------------------------

static uint8_t new_line_of(const char *bytes, size_t length) {
  if (!length) return CSV_NEW_LINE_N;
  const char *new_line = memchr(bytes, '\n', length);
  const char *carriage = memchr(bytes, '\r', new_line ? (size_t)(new_line - bytes) : length);
  if (carriage) return new_line == carriage + 1 ? CSV_NEW_LINE_RN : CSV_NEW_LINE_R;
  return CSV_NEW_LINE_N;
}

static void start(CsvReader *reader) {
  reader->at += csv_byte_order_mark(reader->buffer, reader->length);
  CsvDialect *dialect = &reader->options.dialect;
  if (dialect->new_line == CSV_NEW_LINE_UNKNOWN) dialect->new_line = new_line_of(reader->buffer, reader->length);
  csv_scanner_init(&reader->scanner, dialect,
                   reader->options.chosen.strict && dialect->strict && reader->options.chosen.new_line);
  reader->phase = PHASE_SKIP;
}

// Lines before the first row. True: the row in reader->row is not one of them.
static bool is_past_head(CsvReader *reader, CsvRowKind kind) {
  if (reader->phase == PHASE_SKIP) {
    if (reader->skip_left) {
      reader->skip_left -= kind != CSV_ROW_COMMENT;
      return false;
    }
    reader->phase = reader->options.header ? PHASE_HEADER : PHASE_ROWS;
  }
  if (reader->phase == PHASE_HEADER) {
    if (kind == CSV_ROW) reader->phase = PHASE_ROWS;
    return false;
  }
  return true;
}

// A row (or what is there of it) of more than twice the limit is an error whatever the options: its end might never come. Up to that
// its whole length can be told, and ignore_errors leaves it out.
static Status check_endless(CsvReader *reader, size_t length, Error *error) {
  if (LIKELY(length / 2 <= reader->options.max_line_bytes)) return OK;
  if (reader->options.ignore_errors && length <= KEPT_LINE_BYTES) return OK; // it will end and be left out
  Complaint complaint = {.kind = MISFIT_LINE, .line = reader->line, .start = reader->at, .length = length};
  return raise(reader, &complaint, error);
}

HOT Status csv_reader_read(CsvReader *reader, Chunk *chunk, bool *done, Error *error) {
  *done = reader->phase == PHASE_DONE;
  if (*done || reader->hungry) return OK;
  for (uint32_t i = 0; i < reader->output_count; i++) {
    if (reader->outputs[i].text.memory) TRY(vector_reset(&reader->outputs[i].text, error));
  }
  if (reader->phase == PHASE_START) {
    reader->hungry = reader->length < CSV_BYTE_ORDER_MARK_BYTES && !reader->last; // a mark may be cut
    if (reader->hungry) return OK;
    start(reader);
  }
  uint32_t rows = 0;
  while (rows < VECTOR_CAPACITY) {
    CsvRowKind kind =
        csv_scan_row(&reader->scanner, reader->buffer, reader->at, reader->length, reader->last, &reader->row);
    if (kind == CSV_ROW_MORE) {
      TRY(check_endless(reader, reader->length - reader->at, error));
      reader->hungry = true;
      break;
    }
    if (kind == CSV_ROW_END) {
      reader->phase = PHASE_DONE;
      *done = true;
      break;
    }
    TRY(check_endless(reader, reader->row.next - reader->at, error));
    if (LIKELY(reader->phase == PHASE_ROWS) || is_past_head(reader, kind)) {
      bool stored = false;
      if (LIKELY(kind == CSV_ROW)) {
        TRY(store_row(reader, chunk, rows, &stored, error));
      } else if (kind == CSV_ROW_EMPTY) {
        TRY(store_empty_line(reader, chunk, rows, &stored, error));
      }
      rows += stored;
    }
    reader->at = reader->row.next;
    reader->line++;
  }
  return finish_chunk(reader, chunk, rows, error);
}
