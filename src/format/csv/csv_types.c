// SPDX-License-Identifier: MIT
//
// csv_types.c: which types do the columns have, and is the first row a header? The last steps of detection, and the schema
// that comes out of it.
//
// Each column starts with all candidate types, the most special last; a value that does not fit pops candidates until one
// does. Dates and timestamps have formats of their own ("%d.%m.%Y") that are narrowed in the same way. The first 2,048 rows are looked
// at without the first (it may be the header); then the rest of the sample with it. Rules and orders are DuckDB's.
#include "format/csv/csv.h"

// ---------------------------------------------------------------------------------------------------------------------
// A chunk of rows as text
// ---------------------------------------------------------------------------------------------------------------------

// Values of a sample chunk beyond this number are not looked at (very wide files).
#define SAMPLE_VALUES (1u << 20)
#define STEP_BYTES (512u << 10)   // of the sample, read by one step
#define COUNTED_BYTES (16u << 20) // whose lines say how many bytes the sample needs
#define STEP_VALUES 16384u        // looked at by one step

typedef struct Sample {
  Str *values; // [column * capacity + row]; data NULL: the value is NULL
  uint32_t capacity;
  uint32_t rows;
  uint32_t columns;
  uint32_t errors; // rows that do not fit
  size_t resume;
  uint64_t line; // number of the next line, from 1
  bool finished;
  bool complete; // has as many rows as it is to have, or the last
} Sample;

static Status sample_init(Sample *sample, const CsvSniffer *sniffer, uint32_t columns) {
  *sample = (Sample){.columns = columns};
  sample->capacity = MAX_OF(1u, MIN_OF((uint32_t)VECTOR_CAPACITY, SAMPLE_VALUES / MAX_OF(columns, 1u)));
  size_t count = (size_t)sample->capacity * columns;
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, sample->values, count);
  return OK;
}

// The field as text, or no data for NULL.
static Status field_value(const CsvSniffer *sniffer, const CsvScanner *scanner, const CsvField *field, Str *value) {
  const CsvOptions *options = sniffer->options;
  *value = (Str){field->data, field->length};
  if (field->escaped) {
    char *bytes = arena_allocate(sniffer->arena, (size_t)field->length + 1);
    if (!bytes) return error_no_memory(sniffer->error);
    *value = (Str){bytes, csv_unescape(scanner, field, bytes)};
  }
  if ((!field->quoted || options->allow_quoted_nulls) && csv_text_is_null(options, *value)) *value = (Str){0};
  return OK;
}

static Status bad_unicode(const CsvSniffer *sniffer, const Sample *sample, const CsvRow *row, uint32_t column) {
  CsvPlace place = {.path = sniffer->path,
                    .line = sample->line,
                    .column = column,
                    .row = {sniffer->bytes + row->start, row->end - row->start}};
  return csv_error_unicode(sniffer->options, &place, sniffer->memory, sniffer->error);
}

// Stores a row; *good: it has the right number of fields.
static Status sample_row(const CsvSniffer *sniffer, const CsvScanner *scanner, Sample *sample, const CsvRow *row,
                         bool *good) {
  const CsvOptions *options = sniffer->options;
  uint32_t columns = sample->columns;
  *good = false;
  if (row->fault != CSV_FAULT_NONE) return OK;
  if (row->field_count < columns && !options->null_padding) return OK;
  for (uint32_t i = 0; i < columns; i++) {
    Str *value = &sample->values[(size_t)i * sample->capacity + sample->rows];
    *value = (Str){0};
    if (i >= row->field_count) continue;
    TRY(field_value(sniffer, scanner, &row->fields[i], value));
    if (!utf8_valid(*value, NULL)) {
      if (!options->ignore_errors) return bad_unicode(sniffer, sample, row, i);
      return OK;
    }
  }
  if (row->field_count > columns && scanner->dialect.strict) { // one more, when it is NULL
    Str extra;
    TRY(field_value(sniffer, scanner, &row->fields[columns], &extra));
    if (row->field_count > columns + 1 || extra.data) return OK;
  }
  *good = true;
  return OK;
}

// Reads the next chunk of rows from sample->resume, some of them in each call.
static Status sample_read(const CsvSniffer *sniffer, const CsvDialect *dialect, Sample *sample) {
  CsvScanner scanner;
  const CsvOptions *options = sniffer->options;
  csv_scanner_init(&scanner, dialect, options->chosen.strict && dialect->strict && options->chosen.new_line);
  CsvRow row = {.keep = sample->columns + 1};
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, row.fields, row.keep);
  size_t from = sample->resume;
  if (sample->complete) sample->rows = 0;
  sample->complete = true;
  while (sample->rows < sample->capacity) {
    if (sample->resume - from > STEP_BYTES) {
      sample->complete = false;
      return OK;
    }
    CsvRowKind kind = csv_scan_row(&scanner, sniffer->bytes, sample->resume, sniffer->length, sniffer->whole, &row);
    if (kind == CSV_ROW_END || kind == CSV_ROW_MORE) {
      sample->finished = true;
      return OK;
    }
    if (kind == CSV_ROW) {
      bool good;
      TRY(sample_row(sniffer, &scanner, sample, &row, &good));
      sample->rows += good;
      sample->errors += !good;
    } else if (kind == CSV_ROW_EMPTY && sample->columns == 1 && csv_text_is_null(options, STR(""))) {
      sample->values[sample->rows++] = (Str){0};
    }
    sample->resume = row.next;
    sample->line++;
  }
  sample->finished = sample->resume == sniffer->length && sniffer->whole;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Formats of dates and timestamps
// ---------------------------------------------------------------------------------------------------------------------

#define FORMAT_TEMPLATES 7
#define FORMAT_CAPACITY 40

// What may still be the format of all values of a type; the last is in force.
typedef struct FormatStack {
  char formats[FORMAT_TEMPLATES][FORMAT_CAPACITY];
  uint32_t count;
  uint32_t initial_count;
  bool initialized;
  bool had_match;
} FormatStack;

static const char *const DATE_TEMPLATES[FORMAT_TEMPLATES] = {"%m-%d-%Y", "%m-%d-%y", "%d-%m-%Y", "%d-%m-%y",
                                                             "%Y-%m-%d", "%y-%m-%d", NULL};
static const char *const TIMESTAMP_TEMPLATES[FORMAT_TEMPLATES] = {
    "%Y-%m-%d %H:%M:%S.%f", "%m-%d-%Y %I:%M:%S %p", "%m-%d-%y %I:%M:%S %p", "%d-%m-%Y %H:%M:%S",
    "%d-%m-%y %H:%M:%S",    "%Y-%m-%d %H:%M:%S",    "%y-%m-%d %H:%M:%S"};

static bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static size_t skip_while(Str text, size_t at, bool digits) {
  while (at < text.length && is_digit(text.data[at]) == digits) at++;
  return at;
}

// Three numbers with the same separator between them, one of - . / and space?
static bool numeric_date(Str text, char *separator) {
  size_t at = 0;
  while (at < text.length && is_space(text.data[at])) at++;
  if (at == text.length || !is_digit(text.data[at])) return false;
  size_t first_end = skip_while(text, at, true), second = skip_while(text, first_end, false);
  if (first_end == text.length || second == text.length) return false;
  size_t second_end = skip_while(text, second, true), third = skip_while(text, second_end, false);
  if (second_end == text.length || third == text.length) return false;
  if (second - first_end != 1 || third - second_end != 1 || text.data[first_end] != text.data[second_end]) return false;
  *separator = text.data[first_end];
  return *separator == '-' || *separator == '.' || *separator == '/' || *separator == ' ';
}

static void formats_fill(FormatStack *stack, const char *const *templates, char separator) {
  stack->count = 0;
  for (uint32_t i = 0; i < FORMAT_TEMPLATES && templates[i]; i++) {
    if (separator == '-' && strncmp(templates[i], "%Y-%m-%d", 8) == 0) continue; // ISO needs no format
    char *format = stack->formats[stack->count++];
    size_t length = strlen(templates[i]);
    for (size_t j = 0; j <= length; j++) format[j] = templates[i][j] == '-' ? separator : templates[i][j];
  }
  stack->initial_count = stack->count;
  stack->initialized = true;
}

typedef struct Detection {
  CsvSniffer *sniffer;
  const CsvOptions *options;
  FormatStack dates, timestamps;
  CsvValueFormat format;        // the formats in force
  uint32_t candidate;           // dialect whose types are looked at next
  struct Typed *best;           // of those before it
  struct Typed *typed;          // the dialect's, while they are looked at
  uint64_t chunk;               // of the sample, that is read next
  uint32_t column;              // that is looked at next
  bool has_date, has_timestamp; // columns of the dialect so far
  uint32_t first_rows;          // of the first chunk
  bool one_chunk;               // was all there is
} Detection;

// Narrows the formats of a type by one value.
static void narrow_formats(Detection *detection, bool timestamp, char separator, Str text) {
  FormatStack *stack = timestamp ? &detection->timestamps : &detection->dates;
  Str *in_force = timestamp ? &detection->format.timestamp_format : &detection->format.date_format;
  bool chosen = timestamp ? detection->options->chosen.timestamp_format : detection->options->chosen.date_format;
  if (chosen) return;
  if (!stack->initialized) formats_fill(stack, timestamp ? TIMESTAMP_TEMPLATES : DATE_TEMPLATES, separator);
  uint32_t before = stack->count;
  while (stack->count && !time_format_fits(str_from(stack->formats[stack->count - 1]), text)) stack->count--;
  if (stack->count) {
    stack->had_match = true;
    *in_force = str_from(stack->formats[stack->count - 1]);
    return;
  }
  if (before == 0) return;
  if (before == stack->initial_count && !stack->had_match) { // the value was of another type after all
    stack->initialized = false;
    *in_force = (Str){0};
    return;
  }
  stack->count = before;
  *in_force = str_from(stack->formats[stack->count - 1]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

// The candidates of all columns: column i has the first counts[i] of options->type_candidates.
typedef struct Candidates {
  uint32_t *counts;
  uint32_t columns;
} Candidates;

static Type top_type(const Detection *detection, const Candidates *candidates, uint32_t column) {
  return detection->options->type_candidates[candidates->counts[column] - 1];
}

static void to_varchar(Candidates *candidates, uint32_t column) { candidates->counts[column] = 1; }

static bool value_fits(Detection *detection, Type type, Str value) {
  return csv_text_fits(type, &detection->format, value, detection->sniffer->arena);
}

// After the first row: types that are words or clocks fall to text at once when something else comes.
static bool falls_to_text(const Detection *detection, Type type, uint32_t count) {
  switch (type.id) {
    case TYPE_BOOLEAN:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP_TZ:
      return true;
    case TYPE_TIMESTAMP:
      return count < 2 || detection->options->type_candidates[count - 2].id != TYPE_TIMESTAMP_TZ;
    default:
      return false;
  }
}

static void narrow_by_value(Detection *detection, Candidates *candidates, uint32_t column, Str value, bool first,
                            bool has_date, bool has_timestamp) {
  Type before = top_type(detection, candidates, column);
  while (candidates->counts[column] > 1) {
    Type type = top_type(detection, candidates, column);
    char separator;
    bool open = (type.id == TYPE_TIMESTAMP && !has_timestamp) || (type.id == TYPE_DATE && !has_date);
    if (open && numeric_date(value, &separator)) narrow_formats(detection, type.id == TYPE_TIMESTAMP, separator, value);
    if (value_fits(detection, type, value)) return;
    if (!first && falls_to_text(detection, before, candidates->counts[column])) {
      to_varchar(candidates, column);
      return;
    }
    candidates->counts[column]--;
  }
}

// How many columns a step looks at.
static uint32_t columns_at_once(const Sample *sample) { return STEP_VALUES / MAX_OF(sample->rows, 1u) + 1; }

// Some columns of the first chunk.
static void narrow_by_sample(Detection *detection, Candidates *candidates, const Sample *sample, uint32_t from) {
  uint32_t end = MIN_OF(candidates->columns, detection->column + columns_at_once(sample));
  for (; detection->column < end; detection->column++) {
    uint32_t column = detection->column;
    const Str *values = sample->values + (size_t)column * sample->capacity;
    for (uint32_t row = from; row < sample->rows && candidates->counts[column] > 1; row++) {
      if (!values[row].data) continue;
      narrow_by_value(detection, candidates, column, values[row], row == from, detection->has_date,
                      detection->has_timestamp);
    }
    Type type = top_type(detection, candidates, column);
    detection->has_date |= type.id == TYPE_DATE;
    detection->has_timestamp |= type.id == TYPE_TIMESTAMP;
  }
}

static bool column_fits(Detection *detection, const Sample *sample, uint32_t column, Type type) {
  const Str *values = sample->values + (size_t)column * sample->capacity;
  for (uint32_t row = 0; row < sample->rows; row++) {
    if (values[row].data && !value_fits(detection, type, values[row])) return false;
  }
  return true;
}

// Columns of a later chunk whose type does not fit get the next.
static void refine_columns(Detection *detection, Candidates *candidates, const Sample *sample) {
  ArenaMark mark = arena_mark(detection->sniffer->arena);
  uint32_t end = MIN_OF(candidates->columns, detection->column + columns_at_once(sample));
  for (; detection->column < end; detection->column++) {
    uint32_t column = detection->column;
    bool was_boolean = top_type(detection, candidates, column).id == TYPE_BOOLEAN;
    while (candidates->counts[column] > 1) {
      if (column_fits(detection, sample, column, top_type(detection, candidates, column))) break;
      if (was_boolean) {
        to_varchar(candidates, column);
        break;
      }
      candidates->counts[column]--;
    }
  }
  arena_rewind(detection->sniffer->arena, mark);
}

// Some of the next chunk of the sample. *more: there is more.
static Status refine_types(Detection *detection, const CsvDialect *dialect, Candidates *candidates, Sample *sample,
                           bool *more) {
  *more = true;
  if (detection->column < candidates->columns) {
    refine_columns(detection, candidates, sample);
    return OK;
  }
  if (sample->complete) {
    *more = detection->chunk < detection->options->sample_chunks && !sample->finished;
    if (!*more) return OK;
    detection->chunk++;
  }
  TRY(sample_read(detection->sniffer, dialect, sample));
  if (sample->complete) detection->column = 0;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

Status csv_column_name(Arena *arena, Error *error, uint32_t column_count, uint32_t column, Str *name) {
  char digits[NUMBER_TEXT_CAPACITY];
  uint32_t width = (uint32_t)number_write_u64(digits, column_count ? column_count - 1 : 0);
  uint32_t length = (uint32_t)number_write_u64(digits, column);
  char zeros[NUMBER_TEXT_CAPACITY];
  uint32_t zero_count = width > length ? width - length : 0;
  memset(zeros, '0', zero_count);
  return str_format(arena, error, name, "column%.*s%.*s", (int)zero_count, zeros, (int)length, digits);
}

static Str trim_spaces(Str name) { // Unicode's space separators
  size_t begin = 0, end = 0;
  bool started = false;
  for (size_t at = 0; at < name.length;) {
    uint32_t code_point;
    size_t bytes = utf8_decode(name, at, &code_point);
    if (!unicode_is_space(code_point)) {
      if (!started) begin = at;
      started = true;
      end = at + bytes;
    }
    at += bytes;
  }
  return (Str){name.data + begin, end - begin};
}

// Takes one character of a decomposed name; a gap between words becomes _ before the next one.
static void append_normal(TextBuilder *text, uint32_t part, bool *gap) {
  bool letter = (part >= 'a' && part <= 'z') || (part >= 'A' && part <= 'Z');
  if (letter || (part >= '0' && part <= '9') || part == '_') {
    if (*gap && text->length) text_append_char(text, '_');
    *gap = false;
    text_append_char(text, (char)(letter ? part | 32 : part));
  } else if (part == ' ' || (part >= '\t' && part <= '\r')) {
    *gap = true;
  }
}

// Letters, digits and _ of the decomposed text, lower case, words joined by _; keywords and what starts with a digit get a _ in front.
static Status normalize_name(Arena *arena, Error *error, Str name, Str *out) {
  TextBuilder text;
  text_init(&text, arena->memory);
  bool gap = false;
  for (size_t at = 0; at < name.length;) {
    uint32_t code_point, parts[UNICODE_PARTS];
    at += utf8_decode(name, at, &code_point);
    uint32_t count = unicode_decompose(code_point, parts);
    for (uint32_t i = 0; i < count; i++) {
      if (parts[i] < 0x80) append_normal(&text, parts[i], &gap);
      for (const char *ascii = unicode_compatible_ascii(parts[i]); *ascii; ascii++) {
        append_normal(&text, (uint8_t)*ascii, &gap);
      }
    }
  }
  if (text.length == 0) text_append_char(&text, '_');
  Status status = OK;
  if (text.failed) {
    status = error_no_memory(error);
  } else {
    bool prefix = identifier_needs_quotes(text_str(&text));
    status = str_format(arena, error, out, "%s%.*s", prefix ? "_" : "", (int)text.length, text.data);
  }
  text_free(&text);
  return status;
}

static bool is_taken(const Str *names, uint32_t count, Str name) {
  for (uint32_t i = 0; i < count; i++) {
    if (str_equal_nocase(names[i], name)) return true;
  }
  return false;
}

static bool is_blank(Str name) {
  for (size_t i = 0; i < name.length; i++) {
    if (!is_space(name.data[i])) return false;
  }
  return true;
}

// a, a -> a, a_1
static Status make_unique(Arena *arena, Error *error, const Str *names, uint32_t count, Str *name) {
  Str base = *name;
  for (uint32_t number = 1; is_taken(names, count, *name); number++) {
    TRY(str_format(arena, error, name, "%.*s_%u", STR_ARG(base), number));
  }
  return OK;
}

static Status name_of_header(const CsvSniffer *sniffer, uint32_t column_count, const Str *names, uint32_t column,
                             Str value, Str *name) {
  Arena *arena = sniffer->arena;
  bool generate = !value.data || value.length == 0 || (!sniffer->options->normalize_names && is_blank(value));
  if (generate) {
    TRY(csv_column_name(arena, sniffer->error, column_count, column, name));
  } else {
    *name = value;
  }
  if (sniffer->options->normalize_names) {
    TRY(normalize_name(arena, sniffer->error, *name, name));
  } else {
    TRY(str_copy(arena, sniffer->error, trim_spaces(*name), name));
  }
  return make_unique(arena, sniffer->error, names, column, name);
}

// ---------------------------------------------------------------------------------------------------------------------
// Header
// ---------------------------------------------------------------------------------------------------------------------

typedef struct HeaderRow {
  Str *values;    // of the first row
  uint32_t count; // 0: no row
} HeaderRow;

// Columns are given: is the first row their names?
static Status header_by_names(Detection *detection, const HeaderRow *first, bool *header, CsvSchema *schema) {
  const CsvOptions *options = detection->options;
  if (options->name_count != first->count && options->name_count + 1 != first->count) {
    *header = false;
    return OK;
  }
  *header = true;
  uint32_t different = options->name_count;
  for (uint32_t i = 0; i < options->name_count; i++) {
    if (!first->values[i].data) {
      *header = false;
      return OK;
    }
    if (!str_equal(first->values[i], options->names[i])) {
      different = i;
      break;
    }
  }
  if (different == options->name_count) return OK;
  bool all_varchar = true, consistent = true;
  for (uint32_t i = 0; i < options->name_count; i++) {
    if (options->types[i].id == TYPE_VARCHAR) continue;
    all_varchar = false;
    if (first->values[i].data && !value_fits(detection, options->types[i], first->values[i])) consistent = false;
  }
  if (!consistent) {
    TRY(str_format(detection->sniffer->arena, detection->sniffer->error, &schema->options.mismatch,
                   "%.*sHeader mismatch at position: %u\nExpected name: \"%.*s\", Actual name: \"%.*s\".\n",
                   STR_ARG(schema->options.mismatch), different, STR_ARG(options->names[different]),
                   STR_ARG(first->values[different])));
  }
  *header = all_varchar || !consistent;
  return OK;
}

static bool header_by_types(Detection *detection, const Candidates *candidates, const HeaderRow *first) {
  bool all_varchar = true, consistent = true, all_null = true;
  for (uint32_t i = 0; i < first->count && i < candidates->columns; i++) {
    if (first->values[i].data) all_null = false;
    Type type = top_type(detection, candidates, i);
    if (type.id == TYPE_VARCHAR) continue;
    all_varchar = false;
    if (first->values[i].data && !value_fits(detection, type, first->values[i])) consistent = false;
  }
  return all_varchar || all_null || !consistent;
}

// The user's names in place of those found.
static Status replace_names(Detection *detection, const HeaderRow *first, CsvSchema *schema) {
  const CsvOptions *options = detection->options;
  CsvSniffer *sniffer = detection->sniffer;
  if (options->columns_set || options->name_count == 0) return OK;
  if (options->hive_partitioning || options->union_by_name || options->many_files) {
    for (uint32_t i = 0; i < MIN_OF(options->name_count, schema->column_count); i++)
      schema->names[i] = options->names[i];
    return OK;
  }
  if (options->name_count > schema->column_count && !options->null_padding) {
    bool *nulls;
    ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, nulls, first->count);
    for (uint32_t i = 0; i < first->count; i++) nulls[i] = !first->values[i].data;
    return csv_error_header(&schema->options, sniffer->path, first->values, nulls, first->count, options->name_count,
                            sniffer->memory, sniffer->error);
  }
  for (uint32_t i = 0; i < options->name_count; i++) schema->names[i] = options->names[i];
  schema->column_count = MAX_OF(schema->column_count, options->name_count);
  return OK;
}

static Status detect_header(Detection *detection, const Candidates *candidates, const HeaderRow *first,
                            CsvSchema *schema) {
  const CsvOptions *options = detection->options;
  CsvSniffer *sniffer = detection->sniffer;
  uint32_t columns = candidates->columns;
  bool header = false;
  if (first->count) {
    if (options->columns_set) {
      TRY(header_by_names(detection, first, &header, schema));
    } else {
      header = header_by_types(detection, candidates, first);
    }
    if (options->chosen.header) header = options->header;
  }
  schema->options.header = header;
  uint32_t capacity = MAX_OF(columns, options->name_count);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, schema->names, capacity);
  for (uint32_t i = 0; i < capacity; i++) {
    if (header && i < first->count) {
      TRY(name_of_header(sniffer, columns, schema->names, i, first->values[i], &schema->names[i]));
    } else {
      TRY(csv_column_name(sniffer->arena, sniffer->error, columns, i, &schema->names[i]));
    }
  }
  schema->column_count = columns;
  return replace_names(detection, first, schema);
}

// ---------------------------------------------------------------------------------------------------------------------
// What the user said of the types
// ---------------------------------------------------------------------------------------------------------------------

static Status missing_columns(const CsvOptions *options, const CsvSchema *schema, Arena *arena, Error *error) {
  TextBuilder text;
  text_init(&text, arena->memory);
  bool any = false;
  for (uint32_t i = 0; i < options->type_count; i++) {
    if (is_taken(schema->names, schema->column_count, options->typed_names[i])) continue;
    text_format(&text, "%s\"%.*s\"",
                any ? "," : "COLUMN_TYPES error: Columns with names: ", STR_ARG(options->typed_names[i]));
    any = true;
  }
  if (!any) {
    text_free(&text);
    return OK;
  }
  text_append(&text, STR(" do not exist in the CSV File"));
  return csv_error_raise(&text, ERROR_BINDER, error);
}

static Status replace_types(Detection *detection, CsvSchema *schema) {
  const CsvOptions *options = detection->options;
  Arena *arena = detection->sniffer->arena;
  Error *error = detection->sniffer->error;
  if (options->type_count == 0 || options->columns_set) return OK;
  if (options->typed_names) {
    if (!options->union_by_name && !options->many_files) TRY(missing_columns(options, schema, arena, error));
    for (uint32_t i = 0; i < schema->column_count; i++) {
      for (uint32_t j = 0; j < options->type_count; j++) {
        if (!str_equal_nocase(schema->names[i], options->typed_names[j])) continue;
        schema->types[i] = options->types[j];
        schema->type_chosen[i] = true;
      }
    }
    return OK;
  }
  if (options->type_count > schema->column_count) {
    return error_set(error, ERROR_BINDER, -1, "read_csv: %u types were provided, but CSV file only has %u columns",
                     options->type_count, schema->column_count);
  }
  for (uint32_t i = 0; i < options->type_count; i++) {
    schema->types[i] = options->types[i];
    schema->type_chosen[i] = true;
  }
  return OK;
}

// All columns are given: notes where the file looks different, and uses what was given.
static Status take_set_columns(Detection *detection, CsvSchema *schema) {
  const CsvOptions *options = detection->options;
  CsvSniffer *sniffer = detection->sniffer;
  TextBuilder text;
  text_init(&text, sniffer->memory);
  text_append(&text, schema->options.mismatch);
  bool same_count = schema->column_count == options->name_count, any = false;
  if (schema->options.header && same_count) {
    for (uint32_t i = 0; i < options->name_count; i++) {
      if (str_equal(options->names[i], schema->names[i])) continue;
      if (!any)
        text_append(&text, STR("The Column names set by the user do not match the ones found by the sniffer. \n"));
      any = true;
      text_format(&text, "Column at position: %u, Set name: %.*s, Sniffed Name: %.*s\n", i, STR_ARG(options->names[i]),
                  STR_ARG(schema->names[i]));
    }
  }
  any = false;
  for (uint32_t i = 0; same_count && i < options->name_count; i++) {
    Type found = schema->types[i].id == TYPE_NULL ? TYPE(VARCHAR) : schema->types[i];
    if (type_equal(options->types[i], found)) continue;
    if (!any)
      text_append(&text, STR("The Column types set by the user do not match the ones found by the sniffer. \n"));
    any = true;
    text_format(&text, "Column at position: %u Set type: ", i);
    type_print(&text, options->types[i]);
    text_append(&text, STR(" Sniffed type: "));
    type_print(&text, found);
    text_append_char(&text, '\n');
    schema->type_chosen[i] = true;
  }
  Status status = text.failed ? error_no_memory(sniffer->error)
                              : str_copy(sniffer->arena, sniffer->error, text_str(&text), &schema->options.mismatch);
  text_free(&text);
  TRY(status);
  schema->names = options->names;
  schema->types = options->types;
  schema->column_count = options->name_count;
  for (uint32_t i = 0; i < schema->column_count; i++) schema->type_chosen[i] = true;
  return OK;
}

Status csv_mark_force_not_null(const CsvOptions *options, Arena *arena, CsvSchema *schema, Error *error) {
  ARENA_NEW_ARRAY(arena, error, schema->force_not_null, schema->column_count);
  for (uint32_t i = 0; options->force_not_null_all && i < schema->column_count; i++) schema->force_not_null[i] = true;
  for (uint32_t i = 0; i < options->force_not_null_count; i++) {
    bool found = false;
    for (uint32_t j = 0; j < schema->column_count; j++) {
      if (!str_equal_nocase(schema->names[j], options->force_not_null_names[i])) continue;
      schema->force_not_null[j] = found = true;
    }
    if (!found) {
      return error_set(error, ERROR_BINDER, -1,
                       "\"force_not_null\" expected to find %.*s, but it was not found in the table",
                       STR_ARG(options->force_not_null_names[i]));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// All together
// ---------------------------------------------------------------------------------------------------------------------

// One candidate dialect with its types.
typedef struct Typed {
  const CsvCandidate *candidate;
  Candidates types;
  Sample sample;
  bool read; // the sample is complete
  HeaderRow first;
  CsvValueFormat format;
  uint32_t varchars;
} Typed;

static Status begin_candidate(Detection *detection, const CsvCandidate *candidate, uint32_t columns, Typed *typed) {
  CsvSniffer *sniffer = detection->sniffer;
  const CsvOptions *options = detection->options;
  *typed = (Typed){.candidate = candidate, .types = {.columns = columns}};
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, typed->types.counts, columns);
  for (uint32_t i = 0; i < columns; i++) typed->types.counts[i] = options->type_candidate_count;
  TRY(sample_init(&typed->sample, sniffer, columns));
  uint64_t lines = 0;
  typed->sample.resume =
      csv_skip_rows(sniffer, &candidate->dialect, candidate->skip_rows + candidate->lead_rows, &lines);
  typed->sample.line = lines + 1;
  detection->dates = detection->timestamps = (FormatStack){.count = 0};
  detection->format =
      (CsvValueFormat){options->decimal_separator, options->thousands, options->date_format, options->timestamp_format};
  detection->has_date = detection->has_timestamp = false;
  detection->column = 0;
  return OK;
}

static Status end_candidate(Detection *detection, Typed *typed) {
  CsvSniffer *sniffer = detection->sniffer;
  uint32_t columns = typed->types.columns;
  for (uint32_t i = 0; i < columns; i++) typed->varchars += top_type(detection, &typed->types, i).id == TYPE_VARCHAR;
  if (typed->sample.rows) {
    typed->first.count = columns;
    ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, typed->first.values, columns);
    for (uint32_t i = 0; i < columns; i++)
      typed->first.values[i] = typed->sample.values[(size_t)i * typed->sample.capacity];
  }
  // the formats live in the detection: keep what is in force
  typed->format = detection->format;
  TRY(str_copy(sniffer->arena, sniffer->error, typed->format.date_format, &typed->format.date_format));
  return str_copy(sniffer->arena, sniffer->error, typed->format.timestamp_format, &typed->format.timestamp_format);
}

static Status finish_schema(Detection *detection, const Typed *best, CsvSchema *schema) {
  CsvSniffer *sniffer = detection->sniffer;
  CsvOptions *options = &schema->options;
  bool found_date = false, found_timestamp = false;
  for (uint32_t i = 0; i < schema->column_count; i++) {
    found_date |= schema->types[i].id == TYPE_DATE;
    found_timestamp |= schema->types[i].id == TYPE_TIMESTAMP;
  }
  if (found_date && !options->chosen.date_format) options->date_format = best->format.date_format;
  if (found_timestamp && !options->chosen.timestamp_format) options->timestamp_format = best->format.timestamp_format;
  if (detection->options->columns_set) {
    TRY(take_set_columns(detection, schema));
  } else {
    TRY(replace_types(detection, schema));
  }
  return csv_mark_force_not_null(detection->options, sniffer->arena, schema, sniffer->error);
}

static void prefer_better(Detection *detection, Typed *typed) {
  const CsvOptions *options = detection->options;
  if (typed->sample.errors && !options->ignore_errors) return;
  const Typed *best = detection->best;
  bool fewer_errors = !options->ignore_errors || !best || typed->sample.errors < best->sample.errors;
  if (!best || (typed->varchars < best->varchars && fewer_errors)) detection->best = typed;
}

// Some of the next candidate's first chunk; the best of those so far stays.
static Status judge_types(Detection *detection) {
  CsvSniffer *sniffer = detection->sniffer;
  const CsvCandidate *candidate = &sniffer->candidates[detection->candidate];
  if (!detection->typed) {
    ARENA_NEW(sniffer->arena, sniffer->error, detection->typed);
    return begin_candidate(detection, candidate, sniffer->max_columns, detection->typed);
  }
  Typed *typed = detection->typed;
  if (!typed->read) {
    TRY(sample_read(sniffer, &candidate->dialect, &typed->sample));
    typed->read = typed->sample.complete;
    return OK;
  }
  bool may_be_header = !detection->options->chosen.header || detection->options->header;
  narrow_by_sample(detection, &typed->types, &typed->sample, typed->sample.rows > 1 && may_be_header ? 1 : 0);
  if (detection->column < typed->types.columns) return OK;
  TRY(end_candidate(detection, typed));
  prefer_better(detection, typed);
  detection->typed = NULL;
  detection->candidate++;
  return OK;
}

static Status choose_types(Detection *detection, CsvSchema *schema) {
  CsvSniffer *sniffer = detection->sniffer;
  const CsvOptions *options = detection->options;
  Typed *best = detection->best;
  if (!best) return csv_error_sniffing(options, sniffer->path, 0, true, sniffer->memory, sniffer->error);
  detection->format = best->format;
  detection->chunk = options->all_varchar ? UINT64_MAX : 1;
  detection->first_rows = best->sample.rows;
  detection->one_chunk = best->sample.finished;
  *schema = (CsvSchema){.options = *options,
                        .file_columns = sniffer->max_columns,
                        .lead_rows = best->candidate->lead_rows,
                        .lines_sniffed = sniffer->lines_sniffed,
                        .zero_bytes = sniffer->length == sniffer->body && sniffer->whole};
  schema->options.dialect = best->candidate->dialect;
  schema->options.skip_rows = best->candidate->skip_rows;
  return OK;
}

static Status name_and_type(Detection *detection, CsvSchema *schema) {
  CsvSniffer *sniffer = detection->sniffer;
  const CsvOptions *options = detection->options;
  const Typed *best = detection->best;
  uint32_t columns = sniffer->max_columns;
  TRY(detect_header(detection, &best->types, &best->first, schema));
  schema->file_columns = MAX_OF(columns, schema->column_count);
  schema->empty =
      detection->one_chunk && (detection->first_rows == 0 || (detection->first_rows == 1 && schema->options.header));
  uint32_t capacity = MAX_OF(schema->column_count, options->name_count);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, schema->types, capacity);
  ARENA_NEW_ARRAY(sniffer->arena, sniffer->error, schema->type_chosen, capacity);
  for (uint32_t i = 0; i < schema->column_count; i++) {
    schema->types[i] = options->all_varchar || i >= columns ? TYPE(VARCHAR) : top_type(detection, &best->types, i);
    if (schema->empty && !options->all_varchar) schema->types[i] = TYPE(NULL);
  }
  TRY(finish_schema(detection, best, schema));
  if (sniffer->force_match && schema->options.mismatch.length) {
    return error_set(sniffer->error, ERROR_INVALID_INPUT, -1, "%.*s", STR_ARG(schema->options.mismatch));
  }
  return OK;
}

Status csv_types_step(CsvSniffer *sniffer, CsvSchema *schema, bool *done) {
  *done = false;
  if (!sniffer->detection) {
    ARENA_NEW(sniffer->arena, sniffer->error, sniffer->detection);
    *sniffer->detection = (Detection){.sniffer = sniffer, .options = sniffer->options};
  }
  Detection *detection = sniffer->detection;
  if (detection->candidate < sniffer->candidate_count) {
    TRY(judge_types(detection));
    return detection->candidate < sniffer->candidate_count ? OK : choose_types(detection, schema);
  }
  bool more;
  TRY(refine_types(detection, &detection->best->candidate->dialect, &detection->best->types, &detection->best->sample,
                   &more));
  if (more) return OK;
  *done = true;
  return name_and_type(detection, schema);
}

uint64_t csv_sniff_wants(const CsvOptions *options, Str bytes, uint64_t file_size) {
  const uint64_t FIRST = 256 * 1024;
  if (bytes.length >= file_size) return 0;
  if (bytes.length == 0) return MIN_OF(FIRST, file_size);
  if (options->sample_chunks > UINT64_MAX / VECTOR_CAPACITY) return file_size;
  uint64_t rows = options->sample_chunks * VECTOR_CAPACITY + 1 + options->skip_rows, lines = 0;
  // Files larger than that are taken to be as they begin.
  size_t length = MIN_OF(bytes.length, (size_t)COUNTED_BYTES);
  const char *at = bytes.data, *end = bytes.data + length;
  while (at < end && lines < rows) {
    const char *new_line = memchr(at, '\n', (size_t)(end - at));
    if (!new_line) break;
    lines++;
    at = new_line + 1;
  }
  if (lines >= rows) return 0;
  if (lines == 0) { // \r alone, or very long lines
    while (at < end && lines < rows && (at = memchr(at, '\r', (size_t)(end - at)))) {
      lines++;
      at++;
    }
    if (lines >= rows) return 0;
  }
  // as many bytes as the rows so far say, and some more
  uint64_t estimate = lines ? length / lines * rows + length / lines * rows / 8 : bytes.length * 4;
  if (length < bytes.length && estimate <= bytes.length) return 0;
  return MIN_OF(MAX_OF(estimate, bytes.length * 2), file_size);
}

Status csv_sniff_begin(const CsvOptions *options, Str path, Str bytes, bool whole, bool force_match, Arena *arena,
                       CsvSniffer **out, Error *error) {
  CsvSniffer *sniffer;
  ARENA_NEW(arena, error, sniffer);
  *sniffer = (CsvSniffer){.options = options,
                          .path = path,
                          .bytes = bytes.data,
                          .length = bytes.length,
                          .body = csv_byte_order_mark(bytes.data, bytes.length),
                          .whole = whole,
                          .arena = arena,
                          .memory = arena->memory,
                          .force_match = force_match};
  *out = sniffer;
  return OK;
}

Status csv_sniff_step(CsvSniffer *sniffer, CsvSchema *schema, bool *done, Error *error) {
  sniffer->error = error;
  *done = false;
  if (sniffer->judged) return csv_types_step(sniffer, schema, done);
  return csv_dialect_step(sniffer, &sniffer->judged);
}

Status csv_sniff(const CsvOptions *options, Str path, Str bytes, bool whole, bool force_match, Arena *arena,
                 CsvSchema *schema, Error *error) {
  CsvSniffer *sniffer;
  bool done = false;
  TRY(csv_sniff_begin(options, path, bytes, whole, force_match, arena, &sniffer, error));
  while (!done) TRY(csv_sniff_step(sniffer, schema, &done, error));
  return OK;
}

Status csv_fixed_schema(const CsvOptions *options, Arena *arena, CsvSchema *schema, Error *error) {
  ASSERT(options->columns_set);
  *schema = (CsvSchema){.options = *options,
                        .names = options->names,
                        .types = options->types,
                        .column_count = options->name_count,
                        .file_columns = options->name_count};
  if (!options->chosen.new_line) schema->options.dialect.new_line = CSV_NEW_LINE_UNKNOWN;
  ARENA_NEW_ARRAY(arena, error, schema->type_chosen, schema->column_count);
  return csv_mark_force_not_null(options, arena, schema, error);
}
