// SPDX-License-Identifier: MIT
//
// list_make.c: making lists and taking elements: list_value, array_value, list_extract, list_slice, len, list_concat, list_append, list_prepend, list_contains,
// list_position, range as a list.
#include "func/support.h"

typedef struct ListAt {
  const Vector *elements;
  uint32_t offset;
  uint32_t length;
  bool valid;
} ListAt;

static ListAt list_at(const VectorView *view, uint32_t row) {
  uint32_t at = view_row(view, row);
  if (!view_valid(view, at)) return (ListAt){.valid = false};
  const Vector *base = view->base;
  if (base->type.id == TYPE_ARRAY) return (ListAt){&base->children[0], at * base->type.array_size, base->type.array_size, true};
  ListEntry entry = ((const ListEntry *)view->data)[at];
  return (ListAt){&base->children[0], entry.offset, entry.length, true};
}

// ---------------------------------------------------------------------------------------------------------------------
// list_value(a, b, …)
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(kernel_list_value) {
  uint32_t count = call->argument_count;
  for (uint32_t i = 0; i < row_count; i++) {
    uint32_t at;
    TRY(list_append_entry(result, i, count, &at, context->error));
    for (uint32_t k = 0; k < count; k++) {
      TRY(vector_copy(&result->children[0], at + k, arguments[k], NULL, i, 1, context->error));
    }
  }
  return OK;
}

static Status unify_elements(ScalarBind *bind, Type *element) {
  *element = TYPE(NULL);
  if (!bind->argument_count) return OK;
  TRY(bind_unify(bind, 0, element));
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = *element;
  return OK;
}

static Status bind_list_value(ScalarBind *bind) {
  Type element;
  TRY(unify_elements(bind, &element));
  return type_make_list(bind->arena, bind->error, element, &bind->result_type);
}

KERNEL(kernel_array_value) {
  uint32_t count = call->argument_count;
  for (uint32_t i = 0; i < row_count; i++) {
    for (uint32_t k = 0; k < count; k++) {
      TRY(vector_copy(&result->children[0], i * count + k, arguments[k], NULL, i, 1, context->error));
    }
  }
  return OK;
}

static Status bind_array_value(ScalarBind *bind) {
  Type element;
  if (!bind->argument_count) return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "array_value requires at least one argument");
  TRY(unify_elements(bind, &element));
  return type_make_array(bind->arena, bind->error, element, bind->argument_count, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// list_extract(l, i), from 1, from the end when negative
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(kernel_list_extract) {
  VectorView list;
  VectorView index;
  UNUSED_CALL;
  vector_view(arguments[0], &list);
  vector_view(arguments[1], &index);
  for (uint32_t i = 0; i < row_count; i++) {
    ListAt here = list_at(&list, i);
    uint32_t at = view_row(&index, i);
    int64_t wanted = view_valid(&index, at) ? ((const int64_t *)index.data)[at] : 0;
    if (wanted < 0) wanted += (int64_t)here.length + 1;
    if (!here.valid || wanted < 1 || wanted > (int64_t)here.length) {
      TRY(vector_set_null(result, i, context->error));
    } else {
      TRY(vector_copy(result, i, here.elements, NULL, here.offset + (uint32_t)wanted - 1, 1, context->error));
    }
  }
  return OK;
}

static Status bind_list_element(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  bind->result_type = element;
  return OK;
}

// 'hello'[2]
KERNEL(kernel_string_extract) {
  VectorView text;
  VectorView index;
  UNUSED_CALL;
  vector_view(arguments[0], &text);
  vector_view(arguments[1], &index);
  for (uint32_t i = 0; i < row_count; i++) {
    uint32_t text_at = view_row(&text, i);
    uint32_t at = view_row(&index, i);
    if (!view_valid(&text, text_at) || !view_valid(&index, at)) {
      TRY(vector_set_null(result, i, context->error));
      continue;
    }
    Str whole = string_str((const StringView *)text.data + text_at);
    int64_t length = (int64_t)utf8_length(whole);
    int64_t wanted = ((const int64_t *)index.data)[at];
    if (wanted < 0) wanted += length + 1;
    Str part = {0};
    if (wanted >= 1 && wanted <= length) {
      size_t from = utf8_offset(whole, (size_t)wanted - 1);
      part = (Str){whole.data + from, utf8_offset((Str){whole.data + from, whole.length - from}, 1)};
    }
    TRY(vector_set_string(result, i, part, context->error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Length, membership
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(kernel_list_length) {
  VectorView list;
  UNUSED_CALL;
  vector_view(arguments[0], &list);
  int64_t *out = result->data;
  for (uint32_t i = 0; i < row_count; i++) {
    ListAt here = list_at(&list, i);
    out[i] = here.length;
    if (!here.valid) TRY(vector_set_null(result, i, context->error));
  }
  return OK;
}

static Status bind_any_list(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  return is_list ? OK : bind_no_match(bind);
}

// The list's element type and the value's meet.
static Status bind_list_and_element(ScalarBind *bind) {
  Type element;
  Type value = argument_type(bind->arguments[1]);
  Type both;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  if (!type_unify(bind->arena, element, value, &both)) return bind_no_match(bind);
  TRY(type_make_list(bind->arena, bind->error, both, &bind->argument_types[0]));
  bind->argument_types[1] = both;
  return OK;
}

// 0: not there.
static uint32_t position_of(ListAt list, const Vector *value, uint32_t row, bool value_valid) {
  for (uint32_t k = 0; k < list.length; k++) {
    VectorView element;
    vector_view(list.elements, &element);
    bool element_valid = view_valid(&element, view_row(&element, list.offset + k));
    if (!element_valid || !value_valid) {
      if (!element_valid && !value_valid) return k + 1;
      continue;
    }
    if (vector_compare_rows(list.elements, list.offset + k, value, row) == 0) return k + 1;
  }
  return 0;
}

KERNEL(kernel_list_contains) {
  VectorView list;
  VectorView value;
  UNUSED_CALL;
  vector_view(arguments[0], &list);
  vector_view(arguments[1], &value);
  for (uint32_t i = 0; i < row_count; i++) {
    ListAt here = list_at(&list, i);
    bool value_valid = view_valid(&value, view_row(&value, i));
    if (!here.valid || !value_valid) {
      TRY(vector_set_null(result, i, context->error));
      continue;
    }
    ((uint8_t *)result->data)[i] = position_of(here, arguments[1], i, true) > 0;
  }
  return OK;
}

KERNEL(kernel_list_position) {
  VectorView list;
  VectorView value;
  UNUSED_CALL;
  vector_view(arguments[0], &list);
  vector_view(arguments[1], &value);
  for (uint32_t i = 0; i < row_count; i++) {
    ListAt here = list_at(&list, i);
    uint32_t position = here.valid ? position_of(here, arguments[1], i, view_valid(&value, view_row(&value, i))) : 0;
    ((int32_t *)result->data)[i] = (int32_t)position;
    if (!position) TRY(vector_set_null(result, i, context->error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Joining
// ---------------------------------------------------------------------------------------------------------------------

// NULL lists count as empty; only when all are NULL is the result.
KERNEL(kernel_list_concat) {
  VectorView views[8];
  uint32_t count = MIN_OF(call->argument_count, (uint32_t)COUNT_OF(views));
  for (uint32_t k = 0; k < count; k++) vector_view(arguments[k], &views[k]);
  for (uint32_t i = 0; i < row_count; i++) {
    uint32_t total = 0;
    bool some = false;
    for (uint32_t k = 0; k < count; k++) {
      ListAt here = list_at(&views[k], i);
      total += here.length;
      some |= here.valid;
    }
    if (!some) {
      TRY(vector_set_null(result, i, context->error));
      continue;
    }
    uint32_t at;
    TRY(list_append_entry(result, i, total, &at, context->error));
    for (uint32_t k = 0; k < count; k++) {
      ListAt here = list_at(&views[k], i);
      if (!here.length) continue;
      TRY(vector_copy(&result->children[0], at, here.elements, NULL, here.offset, here.length, context->error));
      at += here.length;
    }
  }
  return OK;
}

static Status bind_list_concat(ScalarBind *bind) {
  Type element = TYPE(NULL);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type own;
    bool is_list;
    TRY(bind_list(bind, i, &own, &is_list));
    if (!is_list || !type_unify(bind->arena, element, own, &element)) return bind_no_match(bind);
  }
  TRY(type_make_list(bind->arena, bind->error, element, &bind->result_type));
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = bind->result_type;
  return OK;
}

static Status add_element(EvalContext *context, const Vector *list_vector, const Vector *value, uint32_t row, bool front, Vector *result) {
  VectorView list;
  vector_view(list_vector, &list);
  ListAt here = list_at(&list, row);
  uint32_t at;
  TRY(list_append_entry(result, row, here.length + 1, &at, context->error));
  if (here.length) TRY(vector_copy(&result->children[0], at + front, here.elements, NULL, here.offset, here.length, context->error));
  return vector_copy(&result->children[0], front ? at : at + here.length, value, NULL, row, 1, context->error);
}

KERNEL(kernel_list_append) {
  UNUSED_CALL;
  for (uint32_t i = 0; i < row_count; i++) TRY(add_element(context, arguments[0], arguments[1], i, false, result));
  return OK;
}

KERNEL(kernel_list_prepend) {
  UNUSED_CALL;
  for (uint32_t i = 0; i < row_count; i++) TRY(add_element(context, arguments[1], arguments[0], i, true, result));
  return OK;
}

static Status bind_list_append(ScalarBind *bind) {
  TRY(bind_list_and_element(bind));
  bind->result_type = bind->argument_types[0];
  return OK;
}

static Status bind_list_prepend(ScalarBind *bind) {
  Type element;
  Type both;
  bool is_list;
  TRY(bind_list(bind, 1, &element, &is_list));
  if (!is_list || !type_unify(bind->arena, element, argument_type(bind->arguments[0]), &both)) return bind_no_match(bind);
  TRY(type_make_list(bind->arena, bind->error, both, &bind->argument_types[1]));
  bind->argument_types[0] = both;
  bind->result_type = bind->argument_types[1];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// list_slice(l, from, to): both included, from 1, from the end when negative; NULL bounds: open
// ---------------------------------------------------------------------------------------------------------------------

static void slice_bounds(int64_t length, bool has_from, int64_t from, bool has_to, int64_t to, int64_t *start, int64_t *count) {
  if (!has_from || from == 0) from = 1;
  if (!has_to) to = length;
  if (from < 0) from = MAX_OF(from + length + 1, (int64_t)1);
  if (to < 0) to += length + 1;
  to = MIN_OF(to, length);
  *start = from - 1;
  *count = to >= from ? to - from + 1 : 0;
}

typedef struct SliceBounds {
  VectorView from;
  VectorView to;
} SliceBounds;

static bool bound_at(const VectorView *view, uint32_t row, int64_t *value) {
  uint32_t at = view_row(view, row);
  *value = 0;
  if (!view_valid(view, at)) return false;
  *value = ((const int64_t *)view->data)[at];
  return true;
}

KERNEL(kernel_list_slice) {
  SliceBounds bounds;
  VectorView list;
  UNUSED_CALL;
  vector_view(arguments[0], &list);
  vector_view(arguments[1], &bounds.from);
  vector_view(arguments[2], &bounds.to);
  for (uint32_t i = 0; i < row_count; i++) {
    ListAt here = list_at(&list, i);
    int64_t from, to, start, count;
    bool has_from = bound_at(&bounds.from, i, &from);
    bool has_to = bound_at(&bounds.to, i, &to);
    if (!here.valid) {
      TRY(vector_set_null(result, i, context->error));
      continue;
    }
    slice_bounds(here.length, has_from, from, has_to, to, &start, &count);
    uint32_t at;
    TRY(list_append_entry(result, i, (uint32_t)count, &at, context->error));
    if (count) TRY(vector_copy(&result->children[0], at, here.elements, NULL, here.offset + (uint32_t)start, (uint32_t)count, context->error));
  }
  return OK;
}

KERNEL(kernel_string_slice) {
  SliceBounds bounds;
  VectorView text;
  UNUSED_CALL;
  vector_view(arguments[0], &text);
  vector_view(arguments[1], &bounds.from);
  vector_view(arguments[2], &bounds.to);
  for (uint32_t i = 0; i < row_count; i++) {
    uint32_t text_at = view_row(&text, i);
    int64_t from, to, start, count;
    bool has_from = bound_at(&bounds.from, i, &from);
    bool has_to = bound_at(&bounds.to, i, &to);
    if (!view_valid(&text, text_at)) {
      TRY(vector_set_null(result, i, context->error));
      continue;
    }
    Str whole = string_str((const StringView *)text.data + text_at);
    slice_bounds((int64_t)utf8_length(whole), has_from, from, has_to, to, &start, &count);
    size_t begin = utf8_offset(whole, (size_t)start);
    size_t end = utf8_offset(whole, (size_t)(start + count));
    TRY(vector_set_string(result, i, (Str){whole.data + begin, end - begin}, context->error));
  }
  return OK;
}

// The parser writes [] for a bound that was left out.
static Status bind_bounds(ScalarBind *bind) {
  for (uint32_t i = 1; i < bind->argument_count; i++) {
    bind->argument_types[i] = TYPE(BIGINT);
    if (bind->arguments[i]->type.id != TYPE_LIST) continue;
    bind->arguments[i] = expr_constant(bind->arena, value_null(TYPE(BIGINT)));
    if (!bind->arguments[i]) return error_no_memory(bind->error);
  }
  return OK;
}

static Status bind_list_slice(ScalarBind *bind) {
  TRY(bind_any_list(bind));
  bind->result_type = bind->argument_types[0];
  return bind_bounds(bind);
}

#define ANY_LIST {.id = TYPE_LIST}

SCALAR_TABLE(list_make) = {
    SCALAR("array_append", OF(ANY), TYPES(ANY_LIST, OF(ANY)), kernel_list_append, .bind = bind_list_append, .nulls = NULLS_SPECIAL),
    SCALAR("array_cat", OF(ANY), TYPES(OF(ANY)), kernel_list_concat, .variadic = true, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
    SCALAR("array_concat", OF(ANY), TYPES(OF(ANY)), kernel_list_concat, .variadic = true, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
    SCALAR("array_contains", OF(BOOLEAN), TYPES(ANY_LIST, OF(ANY)), kernel_list_contains, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("array_extract", OF(ANY), TYPES(ANY_LIST, OF(BIGINT)), kernel_list_extract, .bind = bind_list_element, .nulls = NULLS_SPECIAL),
    SCALAR("array_extract", OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT)), kernel_string_extract, .nulls = NULLS_SPECIAL),
    SCALAR("array_has", OF(BOOLEAN), TYPES(ANY_LIST, OF(ANY)), kernel_list_contains, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("array_indexof", OF(INTEGER), TYPES(ANY_LIST, OF(ANY)), kernel_list_position, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("array_length", OF(BIGINT), TYPES(ANY_LIST), kernel_list_length, .bind = bind_any_list, .nulls = NULLS_SPECIAL),
    SCALAR("array_position", OF(INTEGER), TYPES(ANY_LIST, OF(ANY)), kernel_list_position, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("array_prepend", OF(ANY), TYPES(OF(ANY), ANY_LIST), kernel_list_prepend, .bind = bind_list_prepend, .nulls = NULLS_SPECIAL),
    SCALAR("array_slice", OF(ANY), TYPES(ANY_LIST, OF(ANY), OF(ANY)), kernel_list_slice, .bind = bind_list_slice, .nulls = NULLS_SPECIAL),
    SCALAR("array_slice", OF(VARCHAR), TYPES(OF(VARCHAR), OF(ANY), OF(ANY)), kernel_string_slice, .bind = bind_bounds, .nulls = NULLS_SPECIAL),
    SCALAR("array_value", OF(ANY), TYPES(OF(ANY)), kernel_array_value, .variadic = true, .bind = bind_array_value, .nulls = NULLS_SPECIAL),
    SCALAR("list_append", OF(ANY), TYPES(ANY_LIST, OF(ANY)), kernel_list_append, .bind = bind_list_append, .nulls = NULLS_SPECIAL),
    SCALAR("list_cat", OF(ANY), TYPES(OF(ANY)), kernel_list_concat, .variadic = true, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
    SCALAR("list_concat", OF(ANY), TYPES(OF(ANY)), kernel_list_concat, .variadic = true, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
    SCALAR("list_contains", OF(BOOLEAN), TYPES(ANY_LIST, OF(ANY)), kernel_list_contains, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_element", OF(ANY), TYPES(ANY_LIST, OF(BIGINT)), kernel_list_extract, .bind = bind_list_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_extract", OF(ANY), TYPES(ANY_LIST, OF(BIGINT)), kernel_list_extract, .bind = bind_list_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_extract", OF(VARCHAR), TYPES(OF(VARCHAR), OF(BIGINT)), kernel_string_extract, .nulls = NULLS_SPECIAL),
    SCALAR("list_has", OF(BOOLEAN), TYPES(ANY_LIST, OF(ANY)), kernel_list_contains, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_indexof", OF(INTEGER), TYPES(ANY_LIST, OF(ANY)), kernel_list_position, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_pack", OF(ANY), TYPES(OF(ANY)), kernel_list_value, .variadic = true, .bind = bind_list_value, .nulls = NULLS_SPECIAL),
    SCALAR("list_position", OF(INTEGER), TYPES(ANY_LIST, OF(ANY)), kernel_list_position, .bind = bind_list_and_element, .nulls = NULLS_SPECIAL),
    SCALAR("list_prepend", OF(ANY), TYPES(OF(ANY), ANY_LIST), kernel_list_prepend, .bind = bind_list_prepend, .nulls = NULLS_SPECIAL),
    SCALAR("list_slice", OF(ANY), TYPES(ANY_LIST, OF(ANY), OF(ANY)), kernel_list_slice, .bind = bind_list_slice, .nulls = NULLS_SPECIAL),
    SCALAR("list_slice", OF(VARCHAR), TYPES(OF(VARCHAR), OF(ANY), OF(ANY)), kernel_string_slice, .bind = bind_bounds, .nulls = NULLS_SPECIAL),
    SCALAR("list_value", OF(ANY), TYPES(OF(ANY)), kernel_list_value, .variadic = true, .bind = bind_list_value, .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(list_make);
