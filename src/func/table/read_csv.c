// SPDX-License-Identifier: MIT
//
// read_csv.c: read_csv and read_csv_auto over format/csv, and with them COPY … FROM. Files are taken one after the other.
//
// Binding looks at the first bytes of the first file (of more of them while they hold few rows, of all with union_by_name) and
// fixes names and types. While running, a file that was not looked at is detected from its first piece, must have the columns of
// the schema, and is read through a mapping of columns by name. Columns behind the file's own: filename, then those of the
// directories (hive partitions).
#include "func/table/read_csv.h"
#include "func/table/csv_rejects.h"

#include "func/func.h"
#include "func/support.h"
#include "func/table/file_set.h"

#define FIRST_PIECE_BYTES (256 * 1024)
#define GZIP_PIECE_BYTES (64 * 1024)

typedef struct CsvScanData {
  FileSet files;
  CsvOptions options;  // as the user gave them
  CsvSchema schema;    // names and types of the columns from the files
  CsvSchema **sniffed; // [files.count] NULL: not looked at while binding
  bool by_position;    // names are the user's: columns of all files are taken in order
  bool has_filename;
  Str arguments; // store_rejects: the named parameters as text
} CsvScanData;

// ---------------------------------------------------------------------------------------------------------------------
// Options
// ---------------------------------------------------------------------------------------------------------------------

static Status read_type_text(void *context, Arena *arena, Str text, Type *type, Error *error) {
  return type_from_text(context, arena, text, type, error);
}

typedef struct HiveTypes {
  Str *names;
  Type *types;
  uint32_t count;
} HiveTypes;

static Status read_hive_types(TableBind *bind, HiveTypes *hive) {
  *hive = (HiveTypes){0};
  for (uint32_t i = 0; i < bind->named_count; i++) {
    const Value *value = &bind->named[i].value;
    if (!str_equal_nocase(bind->named[i].name, STR("hive_types"))) continue;
    if (value->type.id != TYPE_STRUCT || value->is_null) {
      return error_set(bind->error, ERROR_INVALID_INPUT, -1,
                       "'hive_types' only accepts a STRUCT('name':VARCHAR, ...), but '%s' was provided",
                       type_id_name(value->type.id));
    }
    hive->count = value->nested.count;
    ARENA_NEW_ARRAY(bind->arena, bind->error, hive->names, hive->count);
    ARENA_NEW_ARRAY(bind->arena, bind->error, hive->types, hive->count);
    for (uint32_t j = 0; j < hive->count; j++) {
      const Value *item = &value->nested.items[j];
      hive->names[j] = value->type.info->names[j];
      if (item->is_null || item->type.id != TYPE_VARCHAR) {
        return error_set(bind->error, ERROR_INVALID_INPUT, -1,
                         "hive_types: '%.*s' must be a VARCHAR, instead: '%s' was provided", STR_ARG(hive->names[j]),
                         type_id_name(item->type.id));
      }
      TRY(type_from_text(bind->catalog, bind->arena, item->text, &hive->types[j], bind->error));
    }
  }
  return OK;
}

Status csv_bind_options(TableBind *bind, CsvOptions *options, bool *force_match) {
  TRY(csv_options_init(options, bind->arena, bind->error));
  options->is_copy = bind->expected_types != NULL;
  uint32_t delimiters = 0;
  for (uint32_t i = 0; i < bind->named_count; i++) {
    Str name = bind->named[i].name;
    if (str_equal_nocase(name, STR("hive_types"))) continue;
    if (force_match && str_equal_nocase(name, STR("force_match"))) {
      *force_match = bind->named[i].value.is_null || bind->named[i].value.boolean;
      continue;
    }
    delimiters += str_equal_nocase(name, STR("delim")) || str_equal_nocase(name, STR("sep"));
    if (delimiters > 1) {
      return error_set(bind->error, ERROR_BINDER, -1,
                       "CSV Reader function option delim and sep are aliases, only one can be supplied");
    }
    TRY(csv_options_set(options, bind->arena, name, &bind->named[i].value, read_type_text, bind->catalog, bind->error));
  }
  if (bind->expected_types) {
    ARENA_NEW_ARRAY(bind->arena, bind->error, options->names, bind->expected_count);
    ARENA_NEW_ARRAY(bind->arena, bind->error, options->types, bind->expected_count);
    memcpy(options->names, bind->expected_names, sizeof(Str) * bind->expected_count);
    memcpy(options->types, bind->expected_types, sizeof(Type) * bind->expected_count);
    options->name_count = options->type_count = bind->expected_count;
    options->columns_set = true;
  }
  return csv_options_check(options, bind->arena, bind->error);
}

static bool ends_in(Str path, Str ending) {
  if (path.length < ending.length) return false;
  return str_equal_nocase((Str){path.data + path.length - ending.length, ending.length}, ending);
}

static bool is_gzip(const CsvOptions *options, Str path) {
  return options->gzip || (!options->uncompressed && ends_in(path, STR(".gz")));
}

Status csv_check_endings(const CsvOptions *options, const FileSet *files, Error *error) {
  for (uint32_t i = 0; !options->uncompressed && !options->gzip && i < files->count; i++) {
    Str path = files->files[i].path;
    if (!ends_in(path, STR(".zst"))) continue;
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1,
                     "Cannot read \"%.*s\": CSV files compressed with zstd are not supported yet", STR_ARG(path));
  }
  return OK;
}

// The text of the first bytes of a gzip file; *whole: of all.
static Status unpack_sample(TableBind *bind, Str packed, bool all, Str *text, bool *whole) {
  GzipReader *reader = NULL;
  TextBuilder builder;
  text_init(&builder, bind->arena->memory);
  Status status = gzip_open(bind->arena->memory, &reader, bind->error);
  if (status == OK) status = gzip_feed(reader, (const uint8_t *)packed.data, packed.length, bind->error);
  *whole = false;
  while (status == OK && !*whole && !gzip_wants(reader)) {
    Str piece;
    status = gzip_read(reader, all, &piece, whole, bind->error);
    if (status == OK) text_append(&builder, piece);
    if (builder.failed) status = error_no_memory(bind->error);
  }
  if (status == OK) status = str_copy(bind->arena, bind->error, text_str(&builder), text);
  text_free(&builder);
  gzip_close(reader);
  return status;
}

Status csv_bind_sample(TableBind *bind, const CsvOptions *options, Str path, uint64_t size_bytes, Str *bytes,
                       bool *whole, bool *known) {
  *bytes = (Str){"", 0};
  *known = *whole = true;
  if (size_bytes == 0) return OK;
  bool gzip = is_gzip(options, path);
  Str packed = {"", 0};
  uint64_t wanted = 0;
  do {
    FileFacts facts;
    Str *known_bytes = gzip ? &packed : bytes;
    size_t before = known_bytes->length;
    wanted = gzip ? MIN_OF(size_bytes, before ? before * 2 : (uint64_t)GZIP_PIECE_BYTES)
                  : csv_sniff_wants(options, *bytes, size_bytes);
    if (!wanted) break;
    TRY(knowledge_bytes(bind->files, path, wanted, known_bytes, &facts, known, bind->error));
    *whole = known_bytes->length >= size_bytes;
    if (!*known) break;
    bool more = known_bytes->length > before && known_bytes->length >= wanted;
    if (gzip) TRY(unpack_sample(bind, packed, *whole, bytes, whole));
    if (!more) break;
  } while (!gzip || (!*whole && csv_sniff_wants(options, *bytes, UINT64_MAX)));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The schema of several files
// ---------------------------------------------------------------------------------------------------------------------

// Does a value that looks like `from` fit a column of type `to`?
static bool widens(uint8_t from, uint8_t to) {
  if (to == TYPE_VARCHAR || from == to || from == TYPE_NULL) return true;
  static const uint8_t NUMBERS[] = {TYPE_TINYINT, TYPE_SMALLINT, TYPE_INTEGER, TYPE_BIGINT,
                                    TYPE_DECIMAL, TYPE_FLOAT,    TYPE_DOUBLE};
  int32_t a = -1, b = -1;
  for (int32_t i = 0; i < (int32_t)COUNT_OF(NUMBERS); i++) {
    if (NUMBERS[i] == from) a = i;
    if (NUMBERS[i] == to) b = i;
  }
  return a >= 0 && b > a && from != TYPE_DECIMAL;
}

static Type merge_types(Type a, Type b) {
  if (type_equal(a, b) || widens(b.id, a.id)) return a;
  if (widens(a.id, b.id)) return b;
  static const Type PARENTS[] = {{.id = TYPE_BOOLEAN}, {.id = TYPE_BIGINT}, {.id = TYPE_DOUBLE}};
  for (uint32_t i = 0; i < COUNT_OF(PARENTS); i++) {
    if (widens(a.id, PARENTS[i].id) && widens(b.id, PARENTS[i].id)) return PARENTS[i];
  }
  return TYPE(VARCHAR);
}

static bool find_name(const CsvSchema *schema, Str name, uint32_t *column) {
  for (uint32_t i = 0; i < schema->column_count; i++) {
    if (!str_equal_nocase(schema->names[i], name)) continue;
    *column = i;
    return true;
  }
  return false;
}

// Copies the arrays of a schema, with room for `extra` columns.
static Status own_columns(CsvSchema *schema, uint32_t extra, Arena *arena, Error *error) {
  const Str *names = schema->names;
  const Type *types = schema->types;
  const bool *chosen = schema->type_chosen;
  uint32_t count = schema->column_count + extra;
  ARENA_NEW_ARRAY(arena, error, schema->names, count);
  ARENA_NEW_ARRAY(arena, error, schema->types, count);
  ARENA_NEW_ARRAY(arena, error, schema->type_chosen, count);
  if (schema->column_count == 0) return OK;
  memcpy(schema->names, names, sizeof(Str) * schema->column_count);
  memcpy(schema->types, types, sizeof(Type) * schema->column_count);
  memcpy(schema->type_chosen, chosen, sizeof(bool) * schema->column_count);
  return OK;
}

// Types that fit all files that were looked at; names of the first that has rows.
static Status merge_files(CsvScanData *data, Arena *arena, Error *error) {
  CsvSchema *schema = &data->schema;
  bool any = false;
  for (uint32_t i = 0; i < data->files.count; i++) {
    const CsvSchema *file = data->sniffed[i];
    if (!file) continue;
    if (!any || schema->empty) {
      if (any && file->empty) continue;
      *schema = *file;
      any = true;
      TRY(own_columns(schema, 0, arena, error));
      continue;
    }
    if (file->empty) continue;
    for (uint32_t j = 0; j < MIN_OF(schema->column_count, file->column_count); j++) {
      if (!schema->type_chosen[j]) schema->types[j] = merge_types(schema->types[j], file->types[j]);
    }
    if (data->options.null_padding && file->column_count > schema->column_count) {
      uint32_t before = schema->column_count;
      TRY(own_columns(schema, file->column_count - before, arena, error));
      for (uint32_t j = before; j < file->column_count; j++) {
        schema->names[j] = file->names[j];
        schema->types[j] = file->types[j];
      }
      schema->column_count = file->column_count;
    }
  }
  return OK;
}

// All columns of all files, by name.
static Status unite_files(CsvScanData *data, Arena *arena, Error *error) {
  CsvSchema *schema = &data->schema;
  uint32_t capacity = 0;
  for (uint32_t i = 0; i < data->files.count; i++) capacity += data->sniffed[i]->column_count;
  *schema = *data->sniffed[0];
  TRY(own_columns(schema, capacity, arena, error));
  for (uint32_t i = 1; i < data->files.count; i++) {
    const CsvSchema *file = data->sniffed[i];
    for (uint32_t j = 0; j < file->column_count; j++) {
      uint32_t column;
      if (!find_name(schema, file->names[j], &column)) {
        schema->names[schema->column_count] = file->names[j];
        schema->types[schema->column_count] = file->types[j];
        schema->type_chosen[schema->column_count++] = file->type_chosen[j];
      } else if (!schema->type_chosen[column]) {
        Type a = schema->types[column], b = file->types[j];
        if (a.id == TYPE_NULL) {
          schema->types[column] = b;
        } else if (b.id != TYPE_NULL && !type_unify_force(arena, a, b, &schema->types[column])) {
          schema->types[column] = TYPE(VARCHAR);
        }
      }
    }
  }
  return OK;
}

// Names in `types` that no file has.
static Status check_typed_names(const CsvScanData *data, TableBind *bind) {
  const CsvOptions *options = &data->options;
  if (!options->typed_names) return OK;
  TextBuilder text;
  text_init(&text, bind->arena->memory);
  for (uint32_t i = 0; i < options->type_count; i++) {
    uint32_t column;
    if (find_name(&data->schema, options->typed_names[i], &column)) continue;
    text_format(&text, "%s\"%.*s\"", text.length ? "," : "", STR_ARG(options->typed_names[i]));
  }
  Status status = OK;
  if (text.failed) {
    status = error_no_memory(bind->error);
  } else if (text.length) {
    status = error_set(bind->error, ERROR_BINDER, -1,
                       "COLUMN_TYPES error: Columns with names: %.*s do not exist in the CSV File", (int)text.length,
                       text.data);
  }
  text_free(&text);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SniffWork {
  CsvSniffer *sniffer;
  CsvOptions options;
  CsvSchema schema;
} SniffWork;

static Status sniff_step(void *state, bool *done, Error *error) {
  SniffWork *work = state;
  return csv_sniff_step(work->sniffer, &work->schema, done, error);
}

static Status add_sniffing(TableBind *bind, const CsvOptions *options, Str path, Str bytes, bool whole,
                           bool force_match) {
  SniffWork *work;
  ARENA_NEW(bind->arena, bind->error, work);
  work->options = *options;
  TRY(csv_sniff_begin(&work->options, path, bytes, whole, force_match, bind->arena, &work->sniffer, bind->error));
  BindWork added = {.path = path, .step = sniff_step, .state = work};
  return knowledge_add_work(bind->files, &added, bind->error);
}

Status csv_bind_sniff(TableBind *bind, const CsvOptions *options, const ScanFile *file, bool force_match,
                      CsvSchema **schema, bool *known) {
  const BindWork *work = knowledge_work(bind->files, file->path);
  if (!work) {
    Str bytes;
    bool whole;
    TRY(csv_bind_sample(bind, options, file->path, file->size_bytes, &bytes, &whole, known));
    if (!*known) return OK;
    *known = false;
    return add_sniffing(bind, options, file->path, bytes, whole, force_match);
  }
  *known = work->done;
  if (!*known) return OK;
  if (work->failure.code != OK) {
    *bind->error = work->failure;
    return work->failure.code;
  }
  *schema = &((SniffWork *)work->state)->schema;
  return OK;
}

static Status sniff_files(TableBind *bind, CsvScanData *data, bool *known) {
  const CsvOptions *options = &data->options;
  uint64_t limit =
      options->union_by_name || options->files_to_sniff < 0 ? UINT64_MAX : (uint64_t)options->files_to_sniff;
  uint64_t rows_wanted =
      options->sample_chunks > UINT64_MAX / VECTOR_CAPACITY ? UINT64_MAX : options->sample_chunks * VECTOR_CAPACITY;
  uint64_t rows = 0;
  *known = true;
  for (uint32_t i = 0; i < data->files.count && i < limit; i++) {
    if (!options->union_by_name && i > 0 && rows >= rows_wanted) break;
    bool there;
    CsvSchema *schema = NULL;
    TRY(csv_bind_sniff(bind, options, &data->files.files[i], false, &schema, &there));
    if (!there) {
      *known = false;
      if (!options->union_by_name) return OK; // whether the next is wanted depends on this one
      continue;
    }
    data->sniffed[i] = schema;
    rows += schema->lines_sniffed;
  }
  return OK;
}

static uint64_t estimate_rows(const CsvScanData *data) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < data->files.count; i++) bytes += data->files.files[i].size_bytes;
  return bytes / (8 * MAX_OF((uint64_t)data->schema.column_count, (uint64_t)1)) + 1;
}

static Status publish_columns(TableBind *bind, CsvScanData *data) {
  const CsvSchema *schema = &data->schema;
  uint32_t capacity = schema->column_count + 1 + data->files.partition_count;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, capacity);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, capacity);
  uint32_t count = 0;
  for (uint32_t i = 0; i < schema->column_count; i++, count++) {
    if (schema->types[i].id == TYPE_NULL) schema->types[i] = TYPE(VARCHAR);
    bind->column_types[count] = schema->types[i];
    bind->column_names[count] = schema->names[i];
  }
  if (data->has_filename) {
    uint32_t column;
    if (find_name(schema, data->options.filename_name, &column)) {
      return error_set(
          bind->error, ERROR_BINDER, -1,
          "Option filename adds column \"%.*s\", but a column with this name is already in the file. Try setting a "
          "different name: filename='<filename column name>'",
          STR_ARG(data->options.filename_name));
    }
    bind->column_types[count] = TYPE(VARCHAR);
    bind->column_names[count++] = data->options.filename_name;
  }
  for (uint32_t i = 0; i < data->files.partition_count; i++) {
    bind->column_types[count] = data->files.partition_types[i];
    bind->column_names[count++] = data->files.partition_names[i];
  }
  bind->column_count = count;
  bind->row_estimate = estimate_rows(data);
  bind->bind_data = data;
  return OK;
}

// A directory's value takes the place of the files' own column of that name.
static void hide_partitioned(CsvScanData *data) {
  CsvSchema *schema = &data->schema;
  for (uint32_t i = 0; i < data->files.partition_count; i++) {
    uint32_t column;
    if (!find_name(schema, data->files.partition_names[i], &column)) continue;
    for (uint32_t j = column; j + 1 < schema->column_count; j++) {
      schema->names[j] = schema->names[j + 1];
      schema->types[j] = schema->types[j + 1];
      schema->type_chosen[j] = schema->type_chosen[j + 1];
    }
    schema->column_count--;
  }
}

static Status bind_schema(TableBind *bind, CsvScanData *data, bool *known) {
  CsvOptions *options = &data->options;
  *known = true;
  if (!options->auto_detect) {
    if (!options->columns_set) {
      return error_set(
          bind->error, ERROR_BINDER, -1,
          "read_csv requires columns to be specified through the 'columns' option. Use read_csv_auto or set "
          "read_csv(..., AUTO_DETECT=TRUE) to automatically guess columns.");
    }
    TRY(csv_fixed_schema(options, bind->arena, &data->schema, bind->error));
    TRY(own_columns(&data->schema, 0, bind->arena, bind->error));
    return OK;
  }
  TRY(sniff_files(bind, data, known));
  if (!*known) return OK;
  if (options->union_by_name) {
    TRY(unite_files(data, bind->arena, bind->error));
  } else {
    TRY(merge_files(data, bind->arena, bind->error));
  }
  if (options->union_by_name || options->many_files) TRY(check_typed_names(data, bind));
  return OK;
}

// header=true, store_rejects=true: by name; `columns` is shown elsewhere.
static Status print_arguments(TableBind *bind, Str *out) {
  TextBuilder text;
  text_init(&text, bind->arena->memory);
  const NamedValue *last = NULL;
  for (uint32_t printed = 0; printed < bind->named_count; printed++) {
    const NamedValue *next = NULL;
    for (uint32_t i = 0; i < bind->named_count; i++) {
      const NamedValue *named = &bind->named[i];
      if (last && str_compare(named->name, last->name) <= 0) continue;
      if (!next || str_compare(named->name, next->name) < 0) next = named;
    }
    if (!next) break;
    last = next;
    if (str_equal(next->name, STR("columns")) || str_equal(next->name, STR("auto_detect"))) continue;
    text_format(&text, text.length ? ", %.*s=" : "%.*s=", STR_ARG(next->name));
    value_print_sql(&text, &next->value);
  }
  Status status = text.failed ? error_no_memory(bind->error) : str_copy(bind->arena, bind->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static Status read_csv_bind_inner(TableBind *bind) {
  CsvScanData *data;
  ARENA_NEW(bind->arena, bind->error, data);
  bool known;
  TRY(csv_bind_options(bind, &data->options, NULL));
  TRY(file_set_expand(bind, &bind->arguments[0], &data->files, &known));
  if (!known) {
    bind->wants = true;
    return OK;
  }
  CsvOptions *options = &data->options;
  TRY(csv_check_endings(options, &data->files, bind->error));
  options->many_files = data->files.many;
  data->has_filename = options->filename_column;
  data->by_position = options->columns_set || options->name_count > 0;
  HiveTypes hive;
  TRY(read_hive_types(bind, &hive));
  PartitionOptions partitions = {
      .wanted = options->hive_partitioning || hive.count,
      .refused = (options->hive_partitioning_chosen && !options->hive_partitioning) || options->is_copy,
      .guess_types = options->hive_types_auto,
      .typed_names = hive.names,
      .types = hive.types,
      .type_count = hive.count};
  TRY(file_set_partitions(&data->files, &partitions, bind->arena, bind->error));
  ARENA_NEW_ARRAY(bind->arena, bind->error, data->sniffed, data->files.count);
  TRY(bind_schema(bind, data, &known));
  if (!known) {
    bind->wants = true;
    return OK;
  }
  if (data->files.partition_count) hide_partitioned(data);
  if (options->store_rejects) {
    bind->changes = true;
    TRY(print_arguments(bind, &data->arguments));
  }
  return publish_columns(bind, data);
}

static Status read_csv_bind(TableBind *bind) {
  Status status = read_csv_bind_inner(bind);
  if (status != OK && bind->error && bind->error->position < 0) bind->error->position = bind->position;
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Scanning
// ---------------------------------------------------------------------------------------------------------------------

typedef struct CsvScan {
  Memory *memory;
  Arena arena;           // of the file being read: its schema when it was detected here
  uint32_t file;         // index of the one being read, or next
  CsvReader *reader;     // NULL: the file is not open
  GzipReader *gzip;      // NULL: the file is text
  uint64_t packed_bytes; // of it that were fed
  bool packed_last;      // all were
  CsvRejects *rejects;   // NULL: rows that are left out are not kept
  CsvSniffer *sniffer;   // of the file, when it is detected here
  Str opening;           // what it looks at
  bool opening_whole;
  CsvSchema schema;      // of the file, when it was detected here
  uint64_t bytes_before; // of the files that are done
  uint64_t bytes_all;
} CsvScan;

static Status read_csv_open(TableScan *scan) {
  CsvScan *state = memory_allocate_zeroed(scan->context->memory, sizeof *state);
  if (!state) return error_no_memory(scan->context->error);
  const CsvScanData *data = scan->bind_data;
  state->memory = scan->context->memory;
  arena_init(&state->arena, state->memory);
  for (uint32_t i = 0; i < data->files.count; i++) state->bytes_all += data->files.files[i].size_bytes;
  scan->state = state;
  scan->progress = 0;
  if (!data->options.store_rejects) return OK;
  return csv_rejects_open(scan, &data->options, data->arguments, &state->rejects, scan->context->error);
}

static void close_file(CsvScan *state) {
  csv_reader_close(state->reader);
  gzip_close(state->gzip);
  state->reader = NULL;
  state->gzip = NULL;
  state->sniffer = NULL;
  arena_reset(&state->arena);
}

static void read_csv_close(TableScan *scan) {
  CsvScan *state = scan->state;
  if (!state) return;
  close_file(state);
  csv_rejects_close(state->rejects);
  arena_free(&state->arena);
  memory_free(state->memory, state, sizeof *state);
  scan->state = NULL;
}

static Status read_csv_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) {
  (void)capacity;
  CsvScan *state = scan->state;
  const CsvScanData *data = scan->bind_data;
  *count = 0;
  if (state->file == data->files.count) return OK;
  uint64_t offset = 0, length = FIRST_PIECE_BYTES;
  if (state->reader && !csv_reader_wants(state->reader, &offset, &length)) return OK;
  if (state->gzip) {
    if (!gzip_wants(state->gzip) || state->packed_last) return OK;
    offset = state->packed_bytes;
    length = GZIP_PIECE_BYTES;
  }
  ranges[0] = (FileRange){.path = data->files.files[state->file].path, .offset = offset, .length = length};
  *count = 1;
  return OK;
}

static Status schema_mismatch(const CsvScanData *data, const CsvScan *state, const CsvSchema *file, Error *error) {
  TextBuilder text;
  text_init(&text, state->memory);
  text_format(&text, "Schema mismatch between globbed files.\nMain file schema: %.*s\nCurrent file: %.*s\n",
              STR_ARG(data->files.files[0].path), STR_ARG(data->files.files[state->file].path));
  bool differs = false;
  for (uint32_t i = 0; i < data->schema.column_count; i++) {
    uint32_t column;
    if (!find_name(file, data->schema.names[i], &column)) {
      text_format(&text, "Column with name: \"%.*s\" is missing\n", STR_ARG(data->schema.names[i]));
      differs = true;
    } else if (!data->schema.type_chosen[i] && !widens(file->types[column].id, data->schema.types[i].id)) {
      text_format(&text, "Column with name: \"%.*s\" is expected to have type: ", STR_ARG(data->schema.names[i]));
      type_print(&text, data->schema.types[i]);
      text_append(&text, STR(" But has type: "));
      type_print(&text, file->types[column]);
      text_append_char(&text, '\n');
      differs = true;
    }
  }
  text_append(
      &text,
      STR("Potential Fixes \n* Consider setting union_by_name=true.\n* Consider setting files_to_sniff to a higher "
          "value (e.g., files_to_sniff = -1)"));
  Status status = OK;
  if (text.failed) {
    status = error_no_memory(error);
  } else if (differs) {
    status = error_set(error, ERROR_INVALID_INPUT, -1, "%.*s", (int)text.length, text.data);
  }
  text_free(&text);
  return status;
}

// One row or none: its values may be names or values, and either may fit.
static bool short_file_fits(const CsvScanData *data, CsvSchema *file) {
  bool names = true, types = file->column_count == data->schema.column_count;
  for (uint32_t i = 0; i < data->schema.column_count; i++) {
    uint32_t column;
    names &= find_name(file, data->schema.names[i], &column);
  }
  for (uint32_t i = 0; types && i < file->column_count; i++)
    types &= widens(file->types[i].id, data->schema.types[i].id);
  if (!names && types) file->names = data->schema.names;
  return names || types;
}

static bool checks_names(const CsvScanData *data) {
  return data->options.auto_detect && !data->by_position && !data->options.union_by_name &&
         !data->options.ignore_errors;
}

// The schema of the file: from binding, or detected from its first piece, in steps. *schema NULL: another step is wanted.
static Status file_schema(TableScan *scan, Str path, Str bytes, bool whole, const CsvSchema **schema) {
  CsvScan *state = scan->state;
  const CsvScanData *data = scan->bind_data;
  Error *error = scan->context->error;
  if (!data->options.auto_detect) {
    *schema = &data->schema;
    return OK;
  }
  if (data->sniffed[state->file]) {
    state->schema = *data->sniffed[state->file];
  } else {
    bool done;
    if (!state->sniffer) {
      TRY(csv_sniff_begin(&data->options, path, bytes, whole, false, &state->arena, &state->sniffer, error));
      state->opening = bytes;
      state->opening_whole = whole;
    }
    *schema = NULL;
    TRY(csv_sniff_step(state->sniffer, &state->schema, &done, error));
    if (!done) return OK;
  }
  *schema = &state->schema;
  bool describes_files = data->has_filename || data->files.partition_count > 0;
  if (!checks_names(data) || describes_files || data->files.count == 1 || state->schema.zero_bytes) return OK;
  if (state->schema.lines_sniffed <= 1 && short_file_fits(data, &state->schema)) return OK;
  return schema_mismatch(data, state, &state->schema, error);
}

static Status column_missing(const CsvScanData *data, const CsvScan *state, const CsvSchema *file, Str name,
                             Error *error) {
  Str first = data->files.files[0].path, path = data->files.files[state->file].path;
  TextBuilder text;
  text_init(&text, state->memory);
  text_format(&text,
              "Failed to read file \"%.*s\": schema mismatch in glob: column \"%.*s\" was read from the original file "
              "\"%.*s\", "
              "but could not be found in file \"%.*s\".\nCandidate names: ",
              STR_ARG(path), STR_ARG(name), STR_ARG(first), STR_ARG(path));
  for (uint32_t i = 0; i < file->column_count; i++) {
    if (i) text_append(&text, STR(", "));
    text_append(&text, file->names[i]);
  }
  text_append(&text, STR("\nIf you are trying to read files with different schemas, try setting union_by_name=True"));
  Status status = text.failed ? error_no_memory(error)
                              : error_set(error, ERROR_INVALID_INPUT, -1, "%.*s", (int)text.length, text.data);
  text_free(&text);
  return status;
}

// Opens a reader for the columns that the scan wants and the file has, or takes another step towards it. `bytes`: the first of the file.
static Status open_file(TableScan *scan, Str bytes, bool whole) {
  CsvScan *state = scan->state;
  const CsvScanData *data = scan->bind_data;
  Error *error = scan->context->error;
  const CsvSchema *schema;
  Str path = data->files.files[state->file].path;
  TRY(file_schema(scan, path, bytes, whole, &schema));
  scan->again = schema == NULL;
  if (!schema) return OK;
  uint32_t *columns, *places, count = 0;
  Type *types;
  ARENA_NEW_ARRAY(&state->arena, error, columns, scan->column_count);
  ARENA_NEW_ARRAY(&state->arena, error, places, scan->column_count);
  ARENA_NEW_ARRAY(&state->arena, error, types, scan->column_count);
  bool by_position = data->by_position && !data->options.union_by_name;
  for (uint32_t i = 0; i < scan->column_count; i++) {
    uint32_t wanted = scan->columns[i], column = wanted;
    if (wanted >= data->schema.column_count) continue; // filename, partitions
    bool there = by_position ? wanted < schema->column_count : find_name(schema, data->schema.names[wanted], &column);
    if (!there && checks_names(data) && !schema->zero_bytes) {
      return column_missing(data, state, schema, data->schema.names[wanted], error);
    }
    if (!there) continue;
    columns[count] = column;
    places[count] = i;
    types[count++] = data->schema.types[wanted];
  }
  CsvReaderConfig config = {.memory = state->memory,
                            .schema = schema,
                            .path = path,
                            .columns = columns,
                            .column_count = count,
                            .column_types = types,
                            .places = places,
                            .reject = state->rejects ? csv_rejects_row : NULL,
                            .reject_context = state->rejects,
                            .zone = session_zone(scan->context->facts)};
  if (state->rejects) TRY(csv_rejects_file(state->rejects, path, schema, error));
  return csv_reader_open(&state->reader, &config, error);
}

// The columns that the file does not have: its name, its directories' values, NULL.
static Status fill_columns(TableScan *scan, Chunk *out) {
  CsvScan *state = scan->state;
  const CsvScanData *data = scan->bind_data;
  Error *error = scan->context->error;
  const ScanFile *file = &data->files.files[state->file];
  const CsvSchema *schema = data->sniffed[state->file];
  if (!schema) schema = data->options.auto_detect ? &state->schema : &data->schema;
  uint32_t own = data->schema.column_count;
  bool by_position = data->by_position && !data->options.union_by_name;
  for (uint32_t i = 0; i < scan->column_count; i++) {
    uint32_t wanted = scan->columns[i], column;
    Value value;
    if (wanted < own) {
      if (by_position ? wanted < schema->column_count : find_name(schema, data->schema.names[wanted], &column))
        continue;
      value = value_null(data->schema.types[wanted]);
    } else if (data->has_filename && wanted == own) {
      value = value_text(file->path);
    } else {
      value = file->partition[wanted - own - data->has_filename];
    }
    TRY(vector_fill_value(&out->columns[i], &value, error));
  }
  return OK;
}

// What the reader is to be fed, if it wants something. *ready false: more of a gzip file is needed for that.
static Status next_text(CsvScan *state, const CsvScanData *data, const FileRange *range, Str *text, bool *last,
                        bool *ready, Error *error) {
  *text = (Str){NULL, 0};
  *ready = true;
  *last = false;
  if (range) {
    *text = (Str){range->byte_count ? (const char *)range->bytes : "", (size_t)range->byte_count};
    *last = range->byte_count < range->length || range->offset + range->byte_count >= range->facts.size_bytes;
    if (range->offset == 0 && is_gzip(&data->options, range->path) && range->byte_count) {
      state->packed_bytes = 0;
      TRY(gzip_open(state->memory, &state->gzip, error));
    }
  }
  if (!state->gzip) return OK;
  uint64_t offset, length;
  if (range) {
    TRY(gzip_feed(state->gzip, range->bytes, (size_t)range->byte_count, error));
    state->packed_bytes += range->byte_count;
    state->packed_last = *last;
    *text = (Str){NULL, 0};
  }
  if (state->reader && !csv_reader_wants(state->reader, &offset, &length)) return OK;
  TRY(gzip_read(state->gzip, state->packed_last, text, last, error));
  *ready = text->length || *last;
  return OK;
}

static Status read_csv_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  CsvScan *state = scan->state;
  const CsvScanData *data = scan->bind_data;
  Error *error = scan->context->error;
  *done = state->file == data->files.count;
  if (*done) return OK;
  Str text = state->opening;
  bool last = state->opening_whole, ready = true;
  bool opening = state->sniffer && !state->reader;
  if (!opening) TRY(next_text(state, data, count ? &ranges[0] : NULL, &text, &last, &ready, error));
  if (!ready) return OK;
  if (text.data) {
    if (!state->reader) TRY(open_file(scan, text, last));
    if (!state->reader) return OK;
    TRY(csv_reader_feed(state->reader, (const uint8_t *)text.data, text.length, last, error));
  }
  bool file_done;
  TRY(csv_reader_read(state->reader, out, &file_done, error));
  if (out->row_count) TRY(fill_columns(scan, out));
  uint64_t position = state->bytes_before + (state->gzip ? state->packed_bytes : csv_reader_position(state->reader));
  if (state->bytes_all) scan->progress = MIN_OF(1.0, (double)position / (double)state->bytes_all);
  if (file_done) {
    state->bytes_before += data->files.files[state->file].size_bytes;
    close_file(state);
    state->file++;
    *done = state->file == data->files.count;
    if (*done) TRY(csv_rejects_flush(state->rejects, error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

static const NamedParameter read_csv_parameters[] = {
#define X(parameter, type_name) {#parameter, OF(type_name)},
    CSV_PARAMETERS(X)
#undef X
};

#define READ_CSV(function_name, argument)                                                                              \
  {                                                                                                                    \
    .name = function_name, TYPES(argument), .named = read_csv_parameters,                                              \
    .named_count = COUNT_OF(read_csv_parameters), .bind = read_csv_bind, .open = read_csv_open, .need = read_csv_need, \
    .work = read_csv_work, .close = read_csv_close                                                                     \
  }

TABLE_TABLE(read_csv) = {
    READ_CSV("read_csv", OF(VARCHAR)),
    READ_CSV("read_csv", LIST_OF(VARCHAR)),
    READ_CSV("read_csv_auto", OF(VARCHAR)),
    READ_CSV("read_csv_auto", LIST_OF(VARCHAR)),
};
TABLE_TABLE_END(read_csv);
