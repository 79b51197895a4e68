// SPDX-License-Identifier: MIT
//
// glob.c: glob('data/*.csv'), the names of the files that match.
#include "func/support.h"
#include "func/table/file_set.h"

typedef struct GlobData {
  FileSet files;
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
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, 1);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, 1);
  bind->column_types[0] = TYPE(VARCHAR);
  bind->column_names[0] = STR("file");
  bind->column_count = 1;
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

static void glob_close(TableScan *scan) {
  memory_free(scan->context->memory, scan->state, sizeof(GlobScan));
  scan->state = NULL;
}

#define GLOB(argument)                                                                                           \
  {                                                                                                              \
    .name = "glob", TYPES(argument), .bind = glob_bind, .open = glob_open, .need = glob_need, .work = glob_work, \
    .close = glob_close                                                                                          \
  }

TABLE_TABLE(glob) = {GLOB(OF(VARCHAR)), GLOB(LIST_OF(VARCHAR))};
TABLE_TABLE_END(glob);
