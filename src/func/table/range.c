// SPDX-License-Identifier: MIT
//
// range.c: the table functions range, generate_series (the end included), repeat and repeat_row.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// Integers
// ---------------------------------------------------------------------------------------------------------------------

typedef struct IntegerRange {
  int64_t start;
  int64_t step;
  uint64_t count;
} IntegerRange;

static Status one_column(TableBind *bind, Type type, Str name) {
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, 1);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, 1);
  bind->column_types[0] = type;
  bind->column_names[0] = name;
  bind->column_count = 1;
  return OK;
}

static bool any_null(const TableBind *bind) {
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    if (bind->arguments[i].is_null) return true;
  }
  return false;
}

static Status bind_integers(TableBind *bind, bool inclusive, const char *name) {
  TRY(one_column(bind, TYPE(BIGINT), str_from(name)));
  IntegerRange *range;
  ARENA_NEW(bind->arena, bind->error, range);
  bind->bind_data = range;
  if (any_null(bind)) return OK;
  int64_t start = bind->argument_count > 1 ? bind->arguments[0].i64 : 0;
  int64_t end = bind->arguments[bind->argument_count > 1 ? 1 : 0].i64;
  int64_t step = bind->argument_count > 2 ? bind->arguments[2].i64 : 1;
  if (step == 0) return error_set(bind->error, ERROR_BINDER, bind->position, "interval cannot be 0!");
  range->start = start;
  range->step = step;
  int128 distance = step > 0 ? (int128)end - start : (int128)start - end;
  int128 stride = step > 0 ? (int128)step : -(int128)step;
  if (distance > 0) range->count = (uint64_t)((distance - 1) / stride + 1);
  if (inclusive && distance >= 0) range->count = (uint64_t)(distance / stride + 1);
  bind->row_estimate = range->count ? range->count : 1;
  return OK;
}

static Status bind_range(TableBind *bind) { return bind_integers(bind, false, "range"); }
static Status bind_series(TableBind *bind) { return bind_integers(bind, true, "generate_series"); }

typedef struct Position {
  uint64_t done;
  int64_t micros; // ranges of timestamps
  bool started;
} Position;

static Status open_position(TableScan *scan) {
  Position *position = memory_allocate_zeroed(scan->context->memory, sizeof *position);
  if (!position) return error_no_memory(scan->context->error);
  scan->state = position;
  return OK;
}

static void close_position(TableScan *scan) {
  memory_free(scan->context->memory, scan->state, sizeof(Position));
  scan->state = NULL;
}

static Status work_integers(TableScan *scan, const FileRange *ranges, uint32_t range_count, Chunk *out, bool *done) {
  (void)ranges, (void)range_count;
  const IntegerRange *range = scan->bind_data;
  Position *position = scan->state;
  uint32_t rows = (uint32_t)MIN_OF(range->count - position->done, (uint64_t)VECTOR_CAPACITY);
  for (uint32_t c = 0; c < scan->column_count; c++) {
    int64_t *data = out->columns[c].data;
    uint64_t next = (uint64_t)range->start + position->done * (uint64_t)range->step;
    for (uint32_t i = 0; i < rows; i++) data[i] = (int64_t)(next + i * (uint64_t)range->step);
  }
  position->done += rows;
  out->row_count = rows;
  scan->progress = range->count ? (double)position->done / (double)range->count : 1;
  *done = position->done == range->count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Timestamps
// ---------------------------------------------------------------------------------------------------------------------

typedef struct MomentRange {
  int64_t start, end;
  Interval step;
  bool inclusive, forwards, empty;
  bool by_clock; // of the session's time zone
} MomentRange;

static Status bind_moments(TableBind *bind, bool inclusive, const char *name) {
  TRY(one_column(bind, declared_type(bind->function->arguments[0]), str_from(name)));
  MomentRange *range;
  ARENA_NEW(bind->arena, bind->error, range);
  bind->bind_data = range;
  range->empty = any_null(bind);
  if (range->empty) return OK;
  *range = (MomentRange){.start = bind->arguments[0].i64,
                         .end = bind->arguments[1].i64,
                         .step = bind->arguments[2].interval,
                         .inclusive = inclusive,
                         .by_clock = bind->arguments[0].type.id == TYPE_TIMESTAMP_TZ};
  if (!timestamp_is_finite(range->start) || !timestamp_is_finite(range->end)) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "RANGE with infinite bounds is not supported");
  }
  Interval step = range->step;
  if (!step.months && !step.days && !step.micros) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "interval cannot be 0!");
  }
  bool positive = step.months > 0 || step.days > 0 || step.micros > 0;
  bool negative = step.months < 0 || step.days < 0 || step.micros < 0;
  if (positive && negative) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "RANGE with composite interval that has mixed signs is not supported");
  }
  range->forwards = positive;
  int64_t stride = interval_total_micros(step);
  if (stride) {
    double estimate = ((double)range->end - (double)range->start) / (double)stride;
    bind->row_estimate = estimate > 1 && estimate < 1e15 ? (uint64_t)estimate : 1;
  }
  return OK;
}
static Status bind_moment_range(TableBind *bind) { return bind_moments(bind, false, "range"); }
static Status bind_moment_series(TableBind *bind) { return bind_moments(bind, true, "generate_series"); }

static bool moment_past(const MomentRange *range, int64_t micros) {
  if (range->forwards) return range->inclusive ? micros > range->end : micros >= range->end;
  return range->inclusive ? micros < range->end : micros <= range->end;
}

static Status work_moments(TableScan *scan, const FileRange *ranges, uint32_t range_count, Chunk *out, bool *done) {
  (void)ranges, (void)range_count;
  const MomentRange *range = scan->bind_data;
  Position *position = scan->state;
  scan->progress = -1;
  *done = range->empty;
  if (range->empty) return OK;
  if (!position->started) position->micros = range->start;
  position->started = true;
  uint32_t rows = 0;
  while (rows < VECTOR_CAPACITY && !*done) {
    if (moment_past(range, position->micros)) {
      *done = true;
      break;
    }
    for (uint32_t c = 0; c < scan->column_count; c++) ((int64_t *)out->columns[c].data)[rows] = position->micros;
    rows++;
    *done =
        !(range->by_clock ? instant_add_interval(scan->context->facts, position->micros, range->step, &position->micros)
                          : timestamp_add_interval(position->micros, range->step, &position->micros));
  }
  out->row_count = rows;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// repeat(value, n), repeat_row(values…, num_rows := n)
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Repeated {
  const Value *values;
  uint64_t count;
} Repeated;

static Status bind_repeated(TableBind *bind, uint32_t columns, int64_t count) {
  Repeated *repeated;
  ARENA_NEW(bind->arena, bind->error, repeated);
  bind->bind_data = repeated;
  repeated->values = bind->arguments;
  repeated->count = count < 0 ? 0 : (uint64_t)count;
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, columns);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, columns);
  bind->column_count = columns;
  for (uint32_t i = 0; i < columns; i++) bind->column_types[i] = bind->arguments[i].type;
  bind->row_estimate = repeated->count ? repeated->count : 1;
  return OK;
}

static Status bind_repeat(TableBind *bind) {
  if (bind->arguments[1].is_null) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Repeat second parameter cannot be NULL");
  }
  if (bind->arguments[1].i64 < 0) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Repeat second parameter cannot be less than 0");
  }
  TRY(bind_repeated(bind, 1, bind->arguments[1].i64));
  TextBuilder name;
  text_init(&name, bind->arena->memory);
  value_print(&name, &bind->arguments[0]);
  Status status = name.failed ? error_no_memory(bind->error)
                              : str_copy(bind->arena, bind->error, text_str(&name), &bind->column_names[0]);
  text_free(&name);
  return status;
}

static Status bind_repeat_row(TableBind *bind) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "repeat_row requires at least one column to be specified");
  }
  if (!bind->named_count || bind->named[0].value.is_null) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "repeat_rows requires num_rows to be specified");
  }
  TRY(bind_repeated(bind, bind->argument_count, bind->named[0].value.i64));
  for (uint32_t i = 0; i < bind->column_count; i++) {
    TRY(str_format(bind->arena, bind->error, &bind->column_names[i], "column%u", i));
  }
  return OK;
}

static Status work_repeated(TableScan *scan, const FileRange *ranges, uint32_t range_count, Chunk *out, bool *done) {
  (void)ranges, (void)range_count;
  const Repeated *repeated = scan->bind_data;
  Position *position = scan->state;
  uint32_t rows = (uint32_t)MIN_OF(repeated->count - position->done, (uint64_t)VECTOR_CAPACITY);
  for (uint32_t c = 0; c < scan->column_count; c++) {
    TRY(vector_fill_value(&out->columns[c], &repeated->values[scan->columns[c]], scan->context->error));
  }
  position->done += rows;
  out->row_count = rows;
  scan->progress = repeated->count ? (double)position->done / (double)repeated->count : 1;
  *done = position->done == repeated->count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define SOURCE(text, types, bind_function, work_function) \
  { .name = text, types, .bind = bind_function, .open = open_position, .work = work_function, .close = close_position }
#define INTEGER_ENTRIES(name, bind_function)                                     \
  SOURCE(name, TYPES(OF(BIGINT)), bind_function, work_integers),                 \
      SOURCE(name, TYPES(OF(BIGINT), OF(BIGINT)), bind_function, work_integers), \
      SOURCE(name, TYPES(OF(BIGINT), OF(BIGINT), OF(BIGINT)), bind_function, work_integers)
#define MOMENT_ENTRIES(name, bind_function)                                                     \
  SOURCE(name, TYPES(OF(TIMESTAMP), OF(TIMESTAMP), OF(INTERVAL)), bind_function, work_moments), \
      SOURCE(name, TYPES(OF(TIMESTAMP_TZ), OF(TIMESTAMP_TZ), OF(INTERVAL)), bind_function, work_moments)

static const NamedParameter repeat_row_parameters[] = {{"num_rows", OF(BIGINT)}};

TABLE_TABLE(range) = {
    INTEGER_ENTRIES("range", bind_range),
    MOMENT_ENTRIES("range", bind_moment_range),
    INTEGER_ENTRIES("generate_series", bind_series),
    MOMENT_ENTRIES("generate_series", bind_moment_series),
    SOURCE("repeat", TYPES(OF(ANY), OF(BIGINT)), bind_repeat, work_repeated),
    {.name = "repeat_row",
     TYPES(OF(ANY)),
     .variadic = true,
     .named = repeat_row_parameters,
     .named_count = 1,
     .bind = bind_repeat_row,
     .open = open_position,
     .work = work_repeated,
     .close = close_position},
};
TABLE_TABLE_END(range);
