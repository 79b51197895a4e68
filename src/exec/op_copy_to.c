// SPDX-License-Identifier: MIT
//
// op_copy_to.c: COPY … TO: a sink that writes its rows to a file, then a source of their count.
//
// The bytes go to "<path>.tmp-<random>" next to the target; when all are there and durable the file gets its name, so that under the final name there
// is the old file or the whole new one. Opening and renaming are requests to the host and may wait: the one in prepare, the other in produce. An
// execution that ends early removes what it wrote. Devices ("/dev/stdout") and USE_TMP_FILE false write to the path itself.
#include "exec/operator.h"
#include "format/format.h"

#define COPY_WRITE_BYTES (128 * 1024)
#define COPY_FLUSH_BYTES (32 << 20) // a flush takes the longer the more was written since the last
#define COPY_SUFFIX_DIGITS 16

typedef enum CopyState {
  COPY_CLOSED,  // nothing was asked yet
  COPY_OPENING, // the request for the file is open
  COPY_WRITING,
  COPY_WRITTEN, // all bytes are in the file, which is closed
  COPY_RENAMING,
  COPY_COMPLETE, // the file has its name
  COPY_TOLD,     // … and the count was handed out
} CopyState;

typedef struct CopyTo {
  Operator op;
  CsvWriteOptions options;
  uint8_t state; // CopyState
  bool direct;   // no file of another name
  bool make_folders;
  Str write_path;
  Request request;
  bool requested; // the request holds results or is open
  File *file;
  bool file_exists;    // under write_path, made by us
  uint64_t file_bytes; // written
  uint64_t flushed_bytes;
  uint64_t rows;
  TextBuilder bytes;      // not written yet
  TextBuilder value_text; // scratch of the writer
} CopyTo;

static CopyTo *self_of(Operator *op) { return (CopyTo *)op; }
static Host *host_of(const CopyTo *copy) { return copy->op.execution->context.host; }

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

static void release_request(CopyTo *copy) {
  if (!copy->requested) return;
  if (!copy->request.done) host_cancel(host_of(copy), &copy->request);
  request_release(host_of(copy), &copy->request);
  copy->requested = false;
}

static void start_request(CopyTo *copy, Request request) {
  release_request(copy);
  copy->request = request;
  copy->requested = true;
  host_submit(host_of(copy), &copy->request);
}

// The host's error, with the name that the user gave in place of ours.
static Status request_error(CopyTo *copy) {
  const Request *request = &copy->request;
  Str message = {request->error.message, request->error.length};
  Str ours = copy->write_path;
  size_t at;
  if (!str_find(message, ours, &at)) ours.length = at = 0;
  size_t rest = at + ours.length;
  Str path = ours.length ? copy->op.plan->copy_to.path : STR("");
  return error_set(op_error(&copy->op), request->status, -1, "%.*s%.*s%.*s", (int)at, message.data, STR_ARG(path),
                   (int)(message.length - rest), message.data + rest);
}

static Status choose_write_path(CopyTo *copy) {
  static const char digits[] = "0123456789abcdef";
  uint8_t random[COPY_SUFFIX_DIGITS / 2];
  char suffix[COPY_SUFFIX_DIGITS];
  copy->write_path = copy->op.plan->copy_to.path;
  if (copy->direct) return OK;
  host_random(host_of(copy), random, sizeof random);
  for (uint32_t i = 0; i < COPY_SUFFIX_DIGITS; i++) suffix[i] = digits[random[i / 2] >> (i % 2 * 4) & 15];
  return str_format(op_arena(&copy->op), op_error(&copy->op), &copy->write_path, "%.*s.tmp-%.*s",
                    STR_ARG(copy->op.plan->copy_to.path), COPY_SUFFIX_DIGITS, suffix);
}

// ---------------------------------------------------------------------------------------------------------------------
// The turns of the operator
// ---------------------------------------------------------------------------------------------------------------------

static Status copy_prepare(Operator *op, bool *ready) {
  CopyTo *copy = self_of(op);
  *ready = true;
  if (copy->state == COPY_CLOSED) {
    TRY(choose_write_path(copy));
    copy->state = COPY_OPENING;
    start_request(
        copy,
        (Request){
            .kind = REQUEST_OPEN, .mode = OPEN_TRUNCATE, .make_folders = copy->make_folders, .path = copy->write_path});
  }
  if (copy->state != COPY_OPENING) return OK;
  *ready = copy->request.done;
  if (!*ready) return OK;
  if (copy->request.status != OK) return request_error(copy);
  copy->file = copy->request.file;
  copy->request.file = NULL;
  copy->file_exists = !copy->direct;
  release_request(copy);
  copy->state = COPY_WRITING;
  csv_write_begin(&copy->options, &copy->bytes);
  return OK;
}

static Status write_bytes(CopyTo *copy) {
  if (copy->bytes.failed || copy->value_text.failed) return error_no_memory(op_error(&copy->op));
  if (!copy->bytes.length) return OK;
  TRY(file_write(copy->file, copy->file_bytes, copy->bytes.data, copy->bytes.length, op_error(&copy->op)));
  copy->file_bytes += copy->bytes.length;
  text_clear(&copy->bytes);
  return OK;
}

// In a turn of its own. Nothing asks for it before the end, but then it would be long.
static Status flush_turn(CopyTo *copy) {
  copy->op.turn_rows = 0;
  copy->flushed_bytes = copy->file_bytes;
  return file_flush(copy->file, op_error(&copy->op));
}

static bool flush_due(const CopyTo *copy) {
  return !copy->direct && copy->file_bytes - copy->flushed_bytes >= COPY_FLUSH_BYTES;
}

static Status copy_consume(Operator *op, const Chunk *input, bool *more) {
  CopyTo *copy = self_of(op);
  if (flush_due(copy)) return flush_turn(copy);
  csv_write_rows(&copy->options, input, 0, input->row_count, copy->rows > 0, &copy->value_text, &copy->bytes);
  copy->rows += input->row_count;
  if (copy->bytes.length >= COPY_WRITE_BYTES || copy->bytes.failed) TRY(write_bytes(copy));
  *more = flush_due(copy);
  return OK;
}

static Status copy_finish(Operator *op, bool *done) {
  CopyTo *copy = self_of(op);
  *done = true;
  csv_write_end(&copy->options, &copy->bytes);
  TRY(write_bytes(copy));
  if (!copy->direct) TRY(file_flush(copy->file, op_error(op)));
  file_close(copy->file);
  copy->file = NULL;
  copy->state = copy->direct ? COPY_COMPLETE : COPY_WRITTEN;
  return OK;
}

static Status hand_out_count(CopyTo *copy) {
  TRY(chunk_reset(&copy->op.out, op_error(&copy->op)));
  ((int64_t *)copy->op.out.columns[0].data)[0] = (int64_t)copy->rows;
  copy->op.out.row_count = 1;
  copy->op.execution->changes = copy->rows;
  copy->state = COPY_TOLD;
  return OK;
}

static Status copy_produce(Operator *op, SourceTurn *turn) {
  CopyTo *copy = self_of(op);
  *turn = SOURCE_END;
  if (copy->state == COPY_TOLD) return OK;
  if (copy->state == COPY_WRITTEN) {
    copy->state = COPY_RENAMING;
    start_request(copy, (Request){.kind = REQUEST_RENAME, .path = copy->write_path, .to_path = op->plan->copy_to.path});
  }
  if (copy->state == COPY_RENAMING) {
    *turn = SOURCE_WAITING;
    if (!copy->request.done) return OK;
    if (copy->request.status != OK) return request_error(copy);
    release_request(copy);
    copy->file_exists = false;
    copy->state = COPY_COMPLETE;
  }
  *turn = SOURCE_ROWS;
  return hand_out_count(copy);
}

// A host that does not answer at once may leave the file behind: closing does not wait.
static void remove_file(CopyTo *copy) {
  start_request(copy, (Request){.kind = REQUEST_REMOVE, .path = copy->write_path});
  if (!copy->request.done) host_poll(host_of(copy), 0);
}

static void copy_close(Operator *op) {
  CopyTo *copy = self_of(op);
  // opened, but never looked at again
  if (copy->state == COPY_OPENING && copy->request.done && copy->request.status == OK) {
    copy->file = copy->request.file;
    copy->request.file = NULL;
    copy->file_exists = !copy->direct;
  }
  file_close(copy->file);
  copy->file = NULL;
  release_request(copy);
  if (copy->file_exists) remove_file(copy);
  release_request(copy);
  text_free(&copy->bytes);
  text_free(&copy->value_text);
}

static const OperatorClass copy_class = {.name = "COPY_TO_FILE",
                                         .prepare = copy_prepare,
                                         .consume = copy_consume,
                                         .finish = copy_finish,
                                         .produce = copy_produce,
                                         .close = copy_close};

// ---------------------------------------------------------------------------------------------------------------------
// Options
// ---------------------------------------------------------------------------------------------------------------------

static Status boolean_option(CopyTo *copy, const NamedValue *option, bool *out) {
  const Value *value = &option->value;
  Error *error = op_error(&copy->op);
  while (value->type.id == TYPE_LIST && !value->is_null && value->nested.count == 1) value = &value->nested.items[0];
  *out = true;
  if (value->is_null || value->type.id == TYPE_LIST) return OK; // named without a value
  Value truth;
  TRY(value_cast(op_arena(&copy->op), value, TYPE(BOOLEAN), &truth, error));
  *out = truth.boolean;
  return OK;
}

typedef enum CopyOptionKind {
  COPY_OPTION_OF_FORMAT,
  COPY_OPTION_OVERWRITE,
  COPY_OPTION_IGNORED,
  COPY_OPTION_MISSING
} CopyOptionKind;

// Options of COPY itself, whatever the format. IGNORED ones say what is done anyway.
static CopyOptionKind option_kind(Str name) {
  static const struct {
    const char *name;
    CopyOptionKind kind;
  } options[] = {
      {"overwrite", COPY_OPTION_OVERWRITE},
      {"overwrite_or_ignore", COPY_OPTION_OVERWRITE},
      {"append", COPY_OPTION_OVERWRITE},
      {"preserve_order", COPY_OPTION_IGNORED},
      {"write_empty_file", COPY_OPTION_IGNORED},
      {"hive_file_pattern", COPY_OPTION_IGNORED},
      {"format", COPY_OPTION_IGNORED},
      {"write_partition_columns", COPY_OPTION_IGNORED},
      {"partition_by", COPY_OPTION_MISSING},
      {"file_size_bytes", COPY_OPTION_MISSING},
      {"filename_pattern", COPY_OPTION_MISSING},
      {"file_extension", COPY_OPTION_MISSING},
      {"return_files", COPY_OPTION_MISSING},
      {"return_stats", COPY_OPTION_MISSING},
      {"per_thread_output", COPY_OPTION_MISSING},
  };
  for (uint32_t i = 0; i < COUNT_OF(options); i++) {
    if (str_equal(name, str_from(options[i].name))) return options[i].kind;
  }
  return COPY_OPTION_OF_FORMAT;
}

static Status read_option(CopyTo *copy, const NamedValue *option, uint32_t *overwrites) {
  Error *error = op_error(&copy->op);
  bool truth;
  if (str_equal(option->name, STR("use_tmp_file"))) {
    TRY(boolean_option(copy, option, &truth));
    copy->direct |= !truth;
    return OK;
  }
  if (str_equal(option->name, STR("make_folders"))) return boolean_option(copy, option, &copy->make_folders);
  switch (option_kind(option->name)) {
    case COPY_OPTION_OVERWRITE:
      TRY(boolean_option(copy, option, &truth));
      *overwrites += truth;
      if (*overwrites < 2) return OK;
      return error_set(error, ERROR_BINDER, option->position,
                       "Can only set one of OVERWRITE_OR_IGNORE, OVERWRITE or APPEND");
    case COPY_OPTION_IGNORED:
      return OK;
    case COPY_OPTION_MISSING:
      TRY(boolean_option(
          copy, &(NamedValue){.value = option->value.type.id == TYPE_BOOLEAN ? option->value : value_boolean(true)},
          &truth));
      if (!truth) return OK;
      return error_set(error, ERROR_NOT_IMPLEMENTED, option->position,
                       "COPY TO with the option \"%.*s\" is not supported", STR_ARG(option->name));
    default:
      return csv_write_options_set(&copy->options, op_arena(&copy->op), option->name, &option->value, error);
  }
}

static Status check_format(CopyTo *copy) {
  static const char *const known[] = {"parquet", "json", "arrow", "arrows"};
  Str format = copy->op.plan->copy_to.format;
  if (!format.length || str_equal(format, STR("csv"))) return OK;
  for (uint32_t i = 0; i < COUNT_OF(known); i++) {
    if (!str_equal(format, str_from(known[i]))) continue;
    return error_set(op_error(&copy->op), ERROR_NOT_IMPLEMENTED, -1, "COPY TO in the format \"%.*s\" is not supported",
                     STR_ARG(format));
  }
  return error_set(op_error(&copy->op), ERROR_CATALOG, -1, "Copy Function with name %.*s does not exist!",
                   STR_ARG(format));
}

Status make_copy_to(Execution *execution, const LogicalPlan *plan, Operator **out) {
  CopyTo *copy;
  Type count_type = TYPE(BIGINT);
  const Type *types;
  const ExecutionContext *context = &execution->context;
  const LogicalPlan *input = plan->children[0];
  uint32_t overwrites = 0;
  TRY(operator_make(execution, &copy_class, plan, sizeof *copy, &copy));
  *out = &copy->op;
  text_init(&copy->bytes, context->memory);
  text_init(&copy->value_text, context->memory);
  TRY(operator_init_out(&copy->op, &count_type, 1));
  TRY(check_format(copy));
  TRY(plan_types(execution, input, &types));
  TRY(csv_write_options_init(&copy->options, context->arena, plan->copy_to.names, types, input->column_count,
                             context->error));
  copy->options.zone = session_zone(context->facts);
  copy->direct = str_starts_with(plan->copy_to.path, STR("/dev/"));
  for (uint32_t i = 0; i < plan->copy_to.option_count; i++)
    TRY(read_option(copy, &plan->copy_to.options[i], &overwrites));
  return csv_write_check(&copy->options, context->error);
}
