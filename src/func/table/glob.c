// SPDX-License-Identifier: MIT
//
// glob.c: glob('data/*.csv'), the names of the files that match; read_text and read_blob, their contents. The host tells no times of changes: last_modified is NULL.
#include "func/support.h"
#include "func/table/file_set.h"

typedef struct GlobData {
  FileSet files;
  bool text; // read_text: contents are UTF-8
} GlobData;

static Status glob_bind(TableBind *bind) {
  GlobData *data;
  bool known = true;
  ARENA_NEW(bind->arena, bind->error, data);
  // Nothing that matches is an answer here, and no error.
  Status status = file_set_expand(bind, &bind->arguments[0], &data->files, &known);
  if (status == ERROR_NOT_FOUND) {
    data->files = (FileSet){0};
  } else {
    TRY(status);
  }
  if (!known) {
    bind->wants = true;
    return OK;
  }
  bool reads = !str_equal(str_from(bind->function->name), STR("glob"));
  data->text = str_equal(str_from(bind->function->name), STR("read_text"));
  bind->column_count = reads ? 4 : 1;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, bind->column_count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, bind->column_count);
  const Type types[] = {TYPE(VARCHAR), data->text ? TYPE(VARCHAR) : TYPE(BLOB), TYPE(BIGINT), TYPE(TIMESTAMP_TZ)};
  const Str names[] = {reads ? STR("filename") : STR("file"), STR("content"), STR("size"), STR("last_modified")};
  memcpy(bind->column_types, types, sizeof *types * bind->column_count);
  memcpy(bind->column_names, names, sizeof *names * bind->column_count);
  bind->row_estimate = data->files.count;
  bind->bind_data = data;
  return OK;
}

typedef struct GlobScan {
  uint32_t next;
} GlobScan;

static Status glob_open(TableScan *scan) {
  GlobScan *state = memory_allocate_zeroed(scan->context->memory, sizeof *state);
  if (!state) return error_no_memory(scan->context->error);
  scan->state = state;
  return OK;
}

static Status glob_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) {
  (void)scan, (void)ranges, (void)capacity;
  *count = 0;
  return OK;
}

static Status glob_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  (void)ranges, (void)count;
  GlobScan *state = scan->state;
  const GlobData *data = scan->bind_data;
  uint32_t rows = MIN_OF(data->files.count - state->next, (uint32_t)VECTOR_CAPACITY);
  for (uint32_t i = 0; i < scan->column_count; i++) {
    for (uint32_t row = 0; row < rows; row++) {
      TRY(vector_set_string(&out->columns[i], row, data->files.files[state->next + row].path, scan->context->error));
    }
  }
  state->next += rows;
  out->row_count = rows;
  *done = state->next == data->files.count;
  return OK;
}

static bool reads_content(const TableScan *scan) {
  for (uint32_t i = 0; i < scan->column_count; i++) {
    if (scan->columns[i] == 1) return true;
  }
  return false;
}

static Status content_need(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count) {
  (void)capacity;
  const GlobScan *state = scan->state;
  const GlobData *data = scan->bind_data;
  *count = state->next < data->files.count && reads_content(scan);
  if (!*count) return OK;
  const ScanFile *file = &data->files.files[state->next];
  ranges[0].path = file->path;
  ranges[0].length = file->size_bytes;
  return OK;
}

// One file a call.
static Status content_work(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done) {
  GlobScan *state = scan->state;
  const GlobData *data = scan->bind_data;
  Error *error = scan->context->error;
  *done = state->next >= data->files.count;
  if (*done) return OK;
  const ScanFile *file = &data->files.files[state->next++];
  for (uint32_t i = 0; i < scan->column_count; i++) {
    Vector *column = &out->columns[i];
    if (scan->columns[i] == 0) TRY(vector_set_string(column, 0, file->path, error));
    if (scan->columns[i] == 2) ((int64_t *)column->data)[0] = (int64_t)file->size_bytes;
    if (scan->columns[i] == 3) TRY(vector_set_null(column, 0, error));
    if (scan->columns[i] != 1 || !count) continue;
    Str content = {(const char *)ranges[0].bytes, (size_t)ranges[0].byte_count};
    if (data->text && !utf8_valid(content, NULL)) {
      return error_set(error, ERROR_INVALID_INPUT, -1,
                       "read_text: could not read content of file '%.*s' as valid UTF-8 encoded text. You may want to "
                       "use read_blob instead.",
                       STR_ARG(file->path));
    }
    TRY(vector_set_string(column, 0, content, error));
  }
  out->row_count = 1;
  return OK;
}

static void glob_close(TableScan *scan) {
  memory_free(scan->context->memory, scan->state, sizeof(GlobScan));
  scan->state = NULL;
}

#define OVER_FILES(function, argument, need_function, work_function)                                \
  {                                                                                                 \
    .name = function, TYPES(argument), .bind = glob_bind, .open = glob_open, .need = need_function, \
    .work = work_function, .close = glob_close                                                      \
  }
#define BOTH(function, need, work) \
  OVER_FILES(function, OF(VARCHAR), need, work), OVER_FILES(function, LIST_OF(VARCHAR), need, work)

TABLE_TABLE(glob) = {BOTH("glob", glob_need, glob_work), BOTH("read_text", content_need, content_work),
                     BOTH("read_blob", content_need, content_work)};
TABLE_TABLE_END(glob);
