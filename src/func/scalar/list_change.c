// SPDX-License-Identifier: MIT
//
// list_change.c: lists made of lists: reverse, flatten, resize, zip, select, where, repeat, range.
#include "func/support.h"

static Status bind_same_list(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  bind->result_type = bind->argument_types[0];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// One list in, a choice of its elements out
// ---------------------------------------------------------------------------------------------------------------------

// Copies the elements `selection` names into the entry of `row`.
static Status emit_selection(EvalContext *context, const Vector *child, const uint32_t *selection, uint32_t count,
                             Vector *result, uint32_t row) {
  uint32_t to;
  TRY(list_append_entry(result, row, count, &to, context->error));
  if (!count) return OK;
  return vector_copy(&result->children[0], to, child, selection, 0, count, context->error);
}

static Status selection_room(EvalContext *context, uint32_t count, uint32_t **selection) {
  *selection = arena_allocate(context->scratch, sizeof **selection * ((size_t)count + 1));
  return *selection ? OK : error_no_memory(context->error);
}

KERNEL(list_reverse) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView lists;
  vector_view(arguments[0], &lists);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    ArenaMark mark = arena_mark(context->scratch);
    uint32_t *selection;
    TRY(selection_room(context, entry.length, &selection));
    for (uint32_t i = 0; i < entry.length; i++) selection[i] = entry.offset + entry.length - 1 - i;
    TRY(emit_selection(context, &lists.base->children[0], selection, entry.length, result, row));
    arena_rewind(context->scratch, mark);
  }
  return OK;
}

static Status null_choice(EvalContext *context, const ScalarCall *call) {
  return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                   "NULLs are not allowed as list elements in the second input parameter.");
}

// list_select(list, positions): NULL where the position is outside.
KERNEL(list_select) {
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView lists, wanted, positions;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &wanted);
  vector_view(&wanted.base->children[0], &positions);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    ListEntry choice = ((const ListEntry *)wanted.data)[view_row(&wanted, row)];
    uint32_t to;
    TRY(list_append_entry(result, row, choice.length, &to, context->error));
    for (uint32_t i = 0; i < choice.length; i++) {
      uint32_t at = view_row(&positions, choice.offset + i);
      if (!view_valid(&positions, at)) return null_choice(context, call);
      int64_t position = ((const int64_t *)positions.data)[at];
      if (position < 0) position += (int64_t)entry.length + 1;
      if (position < 1 || position > entry.length) {
        TRY(vector_set_null(&result->children[0], to + i, context->error));
      } else {
        TRY(vector_copy(&result->children[0], to + i, &lists.base->children[0], NULL,
                        entry.offset + (uint32_t)position - 1, 1, context->error));
      }
    }
  }
  return OK;
}

KERNEL(list_where) {
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView lists, masks, flags;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &masks);
  vector_view(&masks.base->children[0], &flags);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    ListEntry mask = ((const ListEntry *)masks.data)[view_row(&masks, row)];
    ArenaMark mark = arena_mark(context->scratch);
    uint32_t *selection, kept = 0;
    TRY(selection_room(context, entry.length, &selection));
    for (uint32_t i = 0; i < mask.length; i++) {
      uint32_t at = view_row(&flags, mask.offset + i);
      if (!view_valid(&flags, at)) return null_choice(context, call);
      if (i < entry.length && ((const uint8_t *)flags.data)[at]) selection[kept++] = entry.offset + i;
    }
    TRY(emit_selection(context, &lists.base->children[0], selection, kept, result, row));
    arena_rewind(context->scratch, mark);
  }
  return OK;
}

static Status bind_second_list(ScalarBind *bind, Type wanted) {
  TRY(bind_same_list(bind));
  Type element;
  if (!list_element_type(argument_type(bind->arguments[1]), &element)) return bind_no_match(bind);
  return type_make_list(bind->arena, bind->error, wanted, &bind->argument_types[1]);
}
static Status bind_select(ScalarBind *bind) { return bind_second_list(bind, TYPE(BIGINT)); }
static Status bind_where(ScalarBind *bind) { return bind_second_list(bind, TYPE(BOOLEAN)); }

// ---------------------------------------------------------------------------------------------------------------------
// flatten
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(flatten) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView outer, inner;
  vector_view(arguments[0], &outer);
  vector_view(&outer.base->children[0], &inner);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)outer.data)[view_row(&outer, row)];
    uint64_t total = 0;
    for (uint32_t i = 0; i < entry.length; i++) {
      uint32_t at = view_row(&inner, entry.offset + i);
      if (view_valid(&inner, at)) total += ((const ListEntry *)inner.data)[at].length;
    }
    if (total > UINT32_MAX) return out_of_range(context, call, "Flattened list has more than 2^32 elements");
    uint32_t to;
    TRY(list_append_entry(result, row, (uint32_t)total, &to, context->error));
    for (uint32_t i = 0; i < entry.length; i++) {
      uint32_t at = view_row(&inner, entry.offset + i);
      if (!view_valid(&inner, at)) continue;
      ListEntry part = ((const ListEntry *)inner.data)[at];
      if (!part.length) continue;
      TRY(vector_copy(&result->children[0], to, &inner.base->children[0], NULL, part.offset, part.length,
                      context->error));
      to += part.length;
    }
  }
  return OK;
}

static Status bind_flatten(ScalarBind *bind) {
  Type middle, element;
  bool is_list;
  TRY(bind_list(bind, 0, &middle, &is_list));
  if (!is_list || !list_element_type(middle, &element)) return bind_no_match(bind);
  if (middle.id == TYPE_NULL) { // [] or [NULL]
    TRY(type_make_list(bind->arena, bind->error, TYPE(NULL), &middle));
  } else {
    TRY(type_make_list(bind->arena, bind->error, element, &middle));
  }
  TRY(type_make_list(bind->arena, bind->error, middle, &bind->argument_types[0]));
  bind->result_type = middle;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// resize, zip, repeat
// ---------------------------------------------------------------------------------------------------------------------

// list_resize(list, size [, value])
KERNEL(list_resize) {
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  VectorView lists, sizes;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &sizes);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&lists, row), size_at = view_row(&sizes, row), to;
    if (!view_valid(&lists, at)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ListEntry entry = ((const ListEntry *)lists.data)[at];
    uint64_t size = view_valid(&sizes, size_at) ? ((const uint64_t *)sizes.data)[size_at] : 0;
    if (size > UINT32_MAX) return out_of_range(context, call, "Cannot resize a list to more than 2^32 elements");
    TRY(list_append_entry(result, row, (uint32_t)size, &to, context->error));
    uint32_t kept = MIN_OF(entry.length, (uint32_t)size);
    if (kept) {
      TRY(vector_copy(&result->children[0], to, &lists.base->children[0], NULL, entry.offset, kept, context->error));
    }
    for (uint32_t i = kept; i < size; i++) {
      if (call->argument_count == 3) {
        TRY(vector_copy(&result->children[0], to + i, arguments[2], NULL, row, 1, context->error));
      } else {
        TRY(vector_set_null(&result->children[0], to + i, context->error));
      }
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status bind_resize(ScalarBind *bind) {
  TRY(bind_same_list(bind));
  bind->argument_types[1] = TYPE(UBIGINT);
  Type type = argument_type(bind->arguments[1]);
  if (!type_is_integral(type) && type.id != TYPE_NULL && type.id != TYPE_UNKNOWN) return bind_no_match(bind);
  if (bind->argument_count == 3) {
    Type element;
    list_element_type(bind->argument_types[0], &element);
    bind->argument_types[2] = element;
  }
  return OK;
}

// list_zip(a, b, … [, truncate])
KERNEL(list_zip) {
  bool truncates = arguments[call->argument_count - 1]->type.id == TYPE_BOOLEAN;
  uint32_t lists = call->argument_count - truncates;
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  VectorView *views = arena_allocate(context->scratch, sizeof *views * (call->argument_count + 1));
  if (!views) return error_no_memory(context->error);
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < rows; row++) {
    bool shortest = false;
    if (truncates) {
      uint32_t at = view_row(&views[lists], row);
      shortest = view_valid(&views[lists], at) && ((const uint8_t *)views[lists].data)[at];
    }
    uint32_t length = shortest ? UINT32_MAX : 0, to;
    for (uint32_t i = 0; i < lists; i++) {
      uint32_t at = view_row(&views[i], row);
      uint32_t own = view_valid(&views[i], at) ? ((const ListEntry *)views[i].data)[at].length : 0;
      length = shortest ? MIN_OF(length, own) : MAX_OF(length, own);
    }
    TRY(list_append_entry(result, row, length, &to, context->error));
    for (uint32_t i = 0; i < lists; i++) {
      uint32_t at = view_row(&views[i], row);
      ListEntry entry = {0, 0};
      if (view_valid(&views[i], at)) entry = ((const ListEntry *)views[i].data)[at];
      Vector *field = &result->children[0].children[i];
      uint32_t own = MIN_OF(entry.length, length);
      if (own) TRY(vector_copy(field, to, &views[i].base->children[0], NULL, entry.offset, own, context->error));
      for (uint32_t k = own; k < length; k++) TRY(vector_set_null(field, to + k, context->error));
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status bind_zip(ScalarBind *bind) {
  uint32_t lists = bind->argument_count;
  if (lists && argument_type(bind->arguments[lists - 1]).id == TYPE_BOOLEAN) lists--;
  if (!lists) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Provide at least one argument to list_zip");
  }
  Type *fields;
  ARENA_NEW_ARRAY(bind->arena, bind->error, fields, lists);
  for (uint32_t i = 0; i < lists; i++) {
    bool is_list;
    TRY(bind_list(bind, i, &fields[i], &is_list));
    if (!is_list) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "Parameter type needs to be List");
    }
    if (bind->argument_types[i].id != TYPE_LIST) {
      TRY(type_make_list(bind->arena, bind->error, fields[i], &bind->argument_types[i]));
    }
  }
  if (lists < bind->argument_count) bind->argument_types[lists] = TYPE(BOOLEAN);
  Type row;
  TRY(type_make_struct(bind->arena, bind->error, fields, NULL, lists, &row));
  return type_make_list(bind->arena, bind->error, row, &bind->result_type);
}

KERNEL(repeat_list) {
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView lists, times;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &times);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    int64_t wanted = MAX_OF(((const int64_t *)times.data)[view_row(&times, row)], 0);
    uint64_t total;
    if (__builtin_mul_overflow((uint64_t)wanted, (uint64_t)entry.length, &total) || total > UINT32_MAX) {
      return out_of_range(context, call, "Cannot create a list of more than 4294967295 elements");
    }
    uint32_t to;
    TRY(list_append_entry(result, row, (uint32_t)total, &to, context->error));
    for (uint64_t done = 0; done < total; done += entry.length) {
      TRY(vector_copy(&result->children[0], to + (uint32_t)done, &lists.base->children[0], NULL, entry.offset,
                      entry.length, context->error));
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// range, generate_series as lists
// ---------------------------------------------------------------------------------------------------------------------

#define RANGE_LIMIT UINT32_MAX

static Status range_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row, int64_t start,
                        int64_t end, int64_t step, bool inclusive) {
  uint128 count = 0;
  if (step != 0) {
    int128 distance = step > 0 ? (int128)end - start : (int128)start - end;
    int128 stride = step > 0 ? (int128)step : -(int128)step;
    if (inclusive) {
      if (distance >= 0) count = (uint128)(distance / stride) + 1;
    } else if (distance > 0) {
      count = (uint128)((distance - 1) / stride) + 1;
    }
  }
  if (count > RANGE_LIMIT) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Lists larger than 2^32 elements are not supported");
  }
  uint32_t at;
  TRY(list_append_entry(result, row, (uint32_t)count, &at, context->error));
  int64_t *out = (int64_t *)result->children[0].data + at;
  for (uint32_t i = 0; i < count; i++) out[i] = (int64_t)((uint64_t)start + i * (uint64_t)step);
  return OK;
}

static Status range_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                         uint32_t row_count, Vector *result, bool inclusive) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  VectorView views[3];
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    int64_t numbers[3];
    for (uint32_t i = 0; i < call->argument_count; i++) {
      numbers[i] = ((const int64_t *)views[i].data)[view_row(&views[i], row)];
    }
    bool single = call->argument_count == 1;
    TRY(range_row(context, call, result, row, single ? 0 : numbers[0], single ? numbers[0] : numbers[1],
                  call->argument_count == 3 ? numbers[2] : 1, inclusive));
  }
  return OK;
}
KERNEL(range_integers) { return range_rows(context, call, arguments, row_count, result, false); }
KERNEL(series_integers) { return range_rows(context, call, arguments, row_count, result, true); }

static Status range_moment_row(EvalContext *context, const ScalarCall *call, Vector *result, uint32_t row,
                               int64_t start, int64_t end, Interval step, bool inclusive) {
  bool positive = step.months > 0 || step.days > 0 || step.micros > 0;
  bool negative = step.months < 0 || step.days < 0 || step.micros < 0;
  if (positive && negative) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                     "Interval with mix of negative/positive entries not supported");
  }
  if (!timestamp_is_finite(start) || !timestamp_is_finite(end)) {
    return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Interval infinite bounds not supported");
  }
  uint32_t first = result->child_rows, at, count = 0;
  int64_t micros = start;
  while (positive || negative) {
    bool past = positive ? (inclusive ? micros > end : micros >= end) : (inclusive ? micros < end : micros <= end);
    if (past) break;
    TRY(list_append_entry(result, row, 1, &at, context->error));
    ((int64_t *)result->children[0].data)[at] = micros;
    count++;
    bool by_clock = call->argument_types[0].id == TYPE_TIMESTAMP_TZ;
    if (!(by_clock ? instant_add_interval(context->facts, micros, step, &micros)
                   : timestamp_add_interval(micros, step, &micros)))
      break;
  }
  ((ListEntry *)result->data)[row] = (ListEntry){first, count};
  return OK;
}

static Status range_moments(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                            uint32_t row_count, Vector *result, bool inclusive) {
  TERNARY_VOID(context->error, arguments, row_count, result, int64_t, int64_t, Interval,
               TRY(range_moment_row(context, call, result, row, first, second, third, inclusive)));
  return OK;
}
KERNEL(range_timestamps) { return range_moments(context, call, arguments, row_count, result, false); }
KERNEL(series_timestamps) { return range_moments(context, call, arguments, row_count, result, true); }

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define LIST_ENTRY(name, kernel, bind_function) SCALAR(name, OF(ANY), TYPES(OF(LIST)), kernel, .bind = bind_function)
#define LISTS_ENTRY(name, kernel, bind_function) \
  SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(LIST)), kernel, .bind = bind_function, .can_fail = true)
#define RESIZE_ENTRIES(name)                                                                                 \
  SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(ANY)), list_resize, .bind = bind_resize, .nulls = NULLS_SPECIAL), \
      SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(ANY), OF(ANY)), list_resize, .bind = bind_resize,             \
             .nulls = NULLS_SPECIAL)
#define RANGE_ENTRIES(name, prefix)                                                                                  \
  SCALAR(name, LIST_OF(BIGINT), TYPES(OF(BIGINT)), prefix##_integers, .can_fail = true),                             \
      SCALAR(name, LIST_OF(BIGINT), TYPES(OF(BIGINT), OF(BIGINT)), prefix##_integers, .can_fail = true),             \
      SCALAR(name, LIST_OF(BIGINT), TYPES(OF(BIGINT), OF(BIGINT), OF(BIGINT)), prefix##_integers, .can_fail = true), \
      SCALAR(name, LIST_OF(TIMESTAMP), TYPES(OF(TIMESTAMP), OF(TIMESTAMP), OF(INTERVAL)), prefix##_timestamps,       \
             .can_fail = true),                                                                                      \
      SCALAR(name, LIST_OF(TIMESTAMP_TZ), TYPES(OF(TIMESTAMP_TZ), OF(TIMESTAMP_TZ), OF(INTERVAL)),                   \
             prefix##_timestamps, .can_fail = true)

SCALAR_TABLE(list_change) = {
    LIST_ENTRY("list_reverse", list_reverse, bind_same_list),
    LIST_ENTRY("array_reverse", list_reverse, bind_same_list),
    LIST_ENTRY("flatten", flatten, bind_flatten),
    LISTS_ENTRY("list_select", list_select, bind_select),
    LISTS_ENTRY("array_select", list_select, bind_select),
    LISTS_ENTRY("list_where", list_where, bind_where),
    LISTS_ENTRY("array_where", list_where, bind_where),
    RESIZE_ENTRIES("list_resize"),
    RESIZE_ENTRIES("array_resize"),
    SCALAR("list_zip", OF(ANY), TYPES(OF(ANY)), list_zip, .variadic = true, .bind = bind_zip, .nulls = NULLS_SPECIAL),
    SCALAR("array_zip", OF(ANY), TYPES(OF(ANY)), list_zip, .variadic = true, .bind = bind_zip, .nulls = NULLS_SPECIAL),
    SCALAR("repeat", OF(ANY), TYPES(OF(LIST), OF(BIGINT)), repeat_list, .bind = bind_same_list, .can_fail = true),
    RANGE_ENTRIES("range", range),
    RANGE_ENTRIES("generate_series", series),
};
SCALAR_TABLE_END(list_change);
