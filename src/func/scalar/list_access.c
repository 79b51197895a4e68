// SPDX-License-Identifier: MIT
//
// list_access.c: lists are made (list_value), looked into (list_extract) and cut (list_slice, array_slice).
#include "func/scalar/string_text.h"

// ---------------------------------------------------------------------------------------------------------------------
// list_value(a, b, …)
// ---------------------------------------------------------------------------------------------------------------------

// Argument i of every row goes to element row * count + i: strided stores for what has a fixed size.
static Status scatter(const Vector *source, uint32_t rows, Vector *child, uint32_t first, uint32_t stride,
                      Error *error) {
  VectorView view;
  vector_view(source, &view);
  uint32_t size = source->physical == PHYSICAL_STRING ? 0 : physical_size((Physical)source->physical);
  if (source->physical == PHYSICAL_LIST) size = 0;
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t to = first + row * stride, at = view_row(&view, row);
    if (!view_valid(&view, at)) {
      TRY(vector_set_null(child, to, error));
    } else if (size) {
      memcpy((uint8_t *)child->data + (size_t)to * size, (const uint8_t *)view.data + (size_t)at * size, size);
    } else {
      TRY(vector_copy(child, to, source, NULL, row, 1, error));
    }
  }
  return OK;
}

KERNEL(list_value) {
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  if (!call->argument_count) {
    ((ListEntry *)result->data)[0] = (ListEntry){0, 0};
    vector_set_constant(result);
    return OK;
  }
  uint32_t first = 0, at;
  for (uint32_t row = 0; row < rows; row++) {
    TRY(list_append_entry(result, row, call->argument_count, &at, context->error));
    if (row == 0) first = at;
  }
  for (uint32_t i = 0; i < call->argument_count; i++) {
    TRY(scatter(arguments[i], rows, &result->children[0], first + i, call->argument_count, context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status bind_list_value(ScalarBind *bind) {
  Type element;
  if (bind_unify(bind, 0, "create a list of types", &element) != OK) {
    return bind_no_template(bind, "(T, [T...]) -> T[]");
  }
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = element;
  return type_make_list(bind->arena, bind->error, element, &bind->result_type);
}

// ARRAY has no entries: element i of row r is child r * n + i.
KERNEL(array_value) {
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  if (rows * call->argument_count > result->children[0].capacity) {
    TRY(vector_reserve(&result->children[0], rows * call->argument_count, context->error));
  }
  for (uint32_t i = 0; i < call->argument_count; i++) {
    TRY(scatter(arguments[i], rows, &result->children[0], i, call->argument_count, context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status bind_array_value(ScalarBind *bind) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "array_value requires at least one argument");
  }
  Type element;
  TRY(bind_unify(bind, 0, "create an array of types", &element));
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = element;
  return type_make_array(bind->arena, bind->error, element, bind->argument_count, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// list_extract(list, n): from 1, negative from the end, NULL outside
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(list_extract) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  if (!count) return OK;
  result->form = VECTOR_FLAT; // rows are copied into it
  VectorView lists, indexes, elements;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &indexes);
  const Vector *child = &lists.base->children[0];
  vector_view(child, &elements);
  uint32_t size = child->physical == PHYSICAL_STRING || child->physical == PHYSICAL_LIST
                      ? 0
                      : physical_size((Physical)child->physical);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    int64_t index = ((const int64_t *)indexes.data)[view_row(&indexes, row)];
    if (index < 0) index += (int64_t)entry.length + 1;
    if (index < 1 || index > entry.length) {
      KERNEL_NULL(result, row, context->error);
      continue;
    }
    uint32_t from = entry.offset + (uint32_t)index - 1, at = view_row(&elements, from);
    if (!view_valid(&elements, at)) {
      KERNEL_NULL(result, row, context->error);
    } else if (size) {
      memcpy((uint8_t *)result->data + (size_t)row * size, (const uint8_t *)elements.data + (size_t)at * size, size);
    } else {
      TRY(vector_copy(result, row, child, NULL, from, 1, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

static Status bind_list_extract(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  bind->result_type = element;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// list_slice(list or text, begin, end [, step]). An empty list as a bound stands for an open end.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SlicePlan {
  bool open_begin, open_end;
  bool has_step;
} SlicePlan;

typedef struct Slice {
  int64_t begin, end; // [begin, end) from 0
  int64_t step;
} Slice;

// Bounds from 1, both inclusive, negative from the end, clamped.
static Slice slice_of(int64_t length, const SlicePlan *plan, int64_t begin, int64_t end, int64_t step) {
  bool open_begin = plan->open_begin, open_end = plan->open_end;
  if (step < 0) { // the bounds are given in the direction of travel
    int64_t swap = begin;
    begin = end;
    end = swap;
    open_begin = plan->open_end;
    open_end = plan->open_begin;
  }
  if (open_begin) begin = 0;
  if (begin > 0) {
    begin = MIN_OF(begin - 1, length);
  } else if (begin < 0) {
    begin = begin < -length ? 0 : begin + length;
  }
  if (open_end || end > length) end = length;
  if (end < 0) end += length + 1;
  if (end < begin) begin = end = 0;
  return (Slice){begin, end, step};
}

static Status read_bound(const Vector *vector, uint32_t row, bool open, int64_t *value, bool *known) {
  *value = 0;
  if (open) return OK;
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  if (!view_valid(&view, at)) {
    *known = false;
  } else {
    *value = ((const int64_t *)view.data)[at];
  }
  return OK;
}

static Status slice_list_row(const Vector *child, ListEntry entry, Slice slice, Vector *result, uint32_t row,
                             EvalContext *context) {
  uint64_t span = (uint64_t)(slice.end - slice.begin);
  uint64_t stride = slice.step < 0 ? (uint64_t)0 - (uint64_t)slice.step : (uint64_t)slice.step;
  uint32_t count = span ? (uint32_t)((span - 1) / stride + 1) : 0, at;
  TRY(list_append_entry(result, row, count, &at, context->error));
  if (!count) return OK;
  if (slice.step == 1) {
    return vector_copy(&result->children[0], at, child, NULL, entry.offset + (uint32_t)slice.begin, count,
                       context->error);
  }
  uint32_t *selection = arena_allocate(context->scratch, sizeof *selection * count);
  if (!selection) return error_no_memory(context->error);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t step = (uint64_t)i * stride;
    uint64_t index = slice.step > 0 ? (uint64_t)slice.begin + step : (uint64_t)slice.end - 1 - step;
    selection[i] = entry.offset + (uint32_t)index;
  }
  return vector_copy(&result->children[0], at, child, selection, 0, count, context->error);
}

KERNEL(list_slice) {
  const SlicePlan *plan = call->bind_data;
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  VectorView values;
  vector_view(arguments[0], &values);
  bool text = arguments[0]->physical == PHYSICAL_STRING;
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&values, row);
    bool known = view_valid(&values, at);
    int64_t begin, end, step = 1;
    TRY(read_bound(arguments[1], row, plan->open_begin, &begin, &known));
    TRY(read_bound(arguments[2], row, plan->open_end, &end, &known));
    if (plan->has_step) TRY(read_bound(arguments[3], row, false, &step, &known));
    if (!known) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    if (step == 0) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Slice step cannot be zero");
    }
    if (text) {
      Str value = string_str(&((const StringView *)values.data)[at]);
      bool bytes = arguments[0]->type.id == TYPE_BLOB;
      Slice slice = slice_of((int64_t)(bytes ? value.length : utf8_length(value)), plan, begin, end, 1);
      size_t from = bytes ? (size_t)slice.begin : utf8_offset(value, (size_t)slice.begin);
      Str rest = {value.data + from, value.length - from};
      rest.length = bytes ? (size_t)(slice.end - slice.begin) : utf8_offset(rest, (size_t)(slice.end - slice.begin));
      TRY(vector_set_string(result, row, rest, context->error));
    } else {
      ListEntry entry = ((const ListEntry *)values.data)[at];
      Slice slice = slice_of(entry.length, plan, begin, end, step);
      TRY(slice_list_row(&values.base->children[0], entry, slice, result, row, context));
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static bool is_empty_list(const Expr *argument) {
  while (argument->kind == EXPR_CAST) argument = argument->children[0];
  if (argument->type.id != TYPE_LIST) return false;
  if (argument->kind == EXPR_CALL) return argument->child_count == 0;
  return argument->kind == EXPR_CONSTANT && !argument->constant.is_null && argument->constant.nested.count == 0;
}

static Status bind_list_slice(ScalarBind *bind) {
  SlicePlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  Type type = argument_type(bind->arguments[0]), element;
  bool is_list = false;
  bind->argument_types[0] = type;
  bind->bind_data = plan;
  plan->has_step = bind->argument_count == 4;
  if (type.id == TYPE_BLOB || type.id == TYPE_VARCHAR) {
    if (plan->has_step) {
      return error_set(
          bind->error, ERROR_NOT_IMPLEMENTED, bind->position,
          "Slice with steps has not been implemented for string types, you can consider rewriting your query "
          "as follows:\n SELECT array_to_string((str_split(string, '')[begin:end:step], '');");
    }
    bind->result_type = bind->argument_types[0];
  } else {
    if (type.id != TYPE_MAP) TRY(bind_list(bind, 0, &element, &is_list));
    if (!is_list) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "ARRAY_SLICE can only operate on LISTs and VARCHARs");
    }
    bind->result_type = bind->argument_types[0];
    if (type.id == TYPE_NULL || type.id == TYPE_UNKNOWN) bind->result_type = bind->argument_types[0] = TYPE(NULL);
  }
  for (uint32_t i = 1; i <= 2; i++) {
    bool open = is_empty_list(bind->arguments[i]);
    if (!open && bind->arguments[i]->type.id == TYPE_LIST) {
      return error_set(bind->error, ERROR_BINDER, bind->position,
                       "The upper and lower bounds of the slice must be a BIGINT");
    }
    if (i == 1) plan->open_begin = open;
    if (i == 2) plan->open_end = open;
    bind->argument_types[i] = open ? bind->arguments[i]->type : TYPE(BIGINT);
  }
  return OK;
}

KERNEL(slice_or_null) {
  if (arguments[0]->type.id == TYPE_NULL) return kernel_null(context, call, arguments, row_count, result);
  return list_slice(context, call, arguments, row_count, result);
}

#define VALUE_ENTRY(name)                                                                                              \
  SCALAR(name, OF(ANY), TYPES(OF(ANY)), list_value, .variadic = true, .bind = bind_list_value, .nulls = NULLS_SPECIAL, \
         .gathers = true)
#define EXTRACT_ENTRY(name) SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(BIGINT)), list_extract, .bind = bind_list_extract)
#define SLICE_ENTRIES(name)                                                                                       \
  SCALAR(name, OF(ANY), TYPES(OF(ANY), OF(ANY), OF(ANY)), slice_or_null, .bind = bind_list_slice,                 \
         .nulls = NULLS_SPECIAL, .can_fail = true),                                                               \
      SCALAR(name, OF(ANY), TYPES(OF(ANY), OF(ANY), OF(ANY), OF(BIGINT)), slice_or_null, .bind = bind_list_slice, \
             .nulls = NULLS_SPECIAL, .can_fail = true)

SCALAR_TABLE(list_access) = {
    VALUE_ENTRY("list_value"),
    VALUE_ENTRY("list_pack"),
    SCALAR("array_value", OF(ANY), TYPES(OF(ANY)), array_value, .variadic = true, .bind = bind_array_value,
           .nulls = NULLS_SPECIAL),
    EXTRACT_ENTRY("list_extract"),
    EXTRACT_ENTRY("list_element"),
    EXTRACT_ENTRY("array_extract"),
    SLICE_ENTRIES("list_slice"),
    SLICE_ENTRIES("array_slice"),
};
SCALAR_TABLE_END(list_access);
