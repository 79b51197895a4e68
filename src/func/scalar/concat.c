// SPDX-License-Identifier: MIT
//
// concat.c: concat, concat_ws, || and list_concat. Lists join to a list of the unified element type, blobs to a blob, all
// else to text. || is NULL when a side is NULL; the others pass over NULLs.
#include "func/scalar/string_text.h"

static const ScalarFunction lists_skipping, lists_strict, null_function;

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ConcatInput {
  VectorView *views;
  const Vector *const *arguments;
  uint32_t count;
} ConcatInput;

static Status open_input(EvalContext *context, const Vector *const *arguments, uint32_t count, ConcatInput *input) {
  input->views = arena_allocate(context->scratch, sizeof(VectorView) * (count + 1));
  if (!input->views) return error_no_memory(context->error);
  for (uint32_t i = 0; i < count; i++) vector_view(arguments[i], &input->views[i]);
  input->arguments = arguments;
  input->count = count;
  return OK;
}

// The text of argument i in a row; false: NULL.
static bool input_text(const ConcatInput *input, uint32_t i, uint32_t row, Str *text) {
  const VectorView *view = &input->views[i];
  uint32_t at = view_row(view, row);
  if (!view_valid(view, at)) return false;
  *text = string_str(&((const StringView *)view->data)[at]);
  return true;
}

// Joins arguments [from, count) of a row, NULLs passed over.
static Status join_row(const ConcatInput *input, uint32_t from, Str separator, uint32_t row, Vector *result,
                       Error *error) {
  size_t size = 0;
  bool first = true;
  Str text;
  for (uint32_t i = from; i < input->count; i++) {
    if (!input_text(input, i, row, &text)) continue;
    size += text.length + (first ? 0 : separator.length);
    first = false;
  }
  char inlined[STRING_INLINE_CAPACITY];
  char *out = inlined;
  if (size > STRING_INLINE_CAPACITY) {
    if (size > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "Concatenated text is longer than 4 GiB");
    out = vector_string_room(result, size);
    if (!out) return error_no_memory(error);
  }
  size_t at = 0;
  first = true;
  for (uint32_t i = from; i < input->count; i++) {
    if (!input_text(input, i, row, &text)) continue;
    if (!first && separator.length) {
      memcpy(out + at, separator.data, separator.length);
      at += separator.length;
    }
    if (text.length) memcpy(out + at, text.data, text.length);
    at += text.length;
    first = false;
  }
  result_view(result, row, out, size);
  return OK;
}

KERNEL(concat_texts) {
  ConcatInput input;
  TRY(open_input(context, arguments, call->argument_count, &input));
  uint32_t count = kernel_rows(arguments, call->argument_count, row_count);
  for (uint32_t row = 0; row < count; row++) {
    TRY(join_row(&input, 0, (Str){NULL, 0}, row, result, context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

KERNEL(concat_texts_strict) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  ConcatInput input;
  TRY(open_input(context, arguments, call->argument_count, &input));
  for (uint32_t row = 0; row < count; row++) {
    if (vector_row_valid(result, row)) TRY(join_row(&input, 0, (Str){NULL, 0}, row, result, context->error));
  }
  return OK;
}

KERNEL(concat_with_separator) {
  ConcatInput input;
  TRY(open_input(context, arguments, call->argument_count, &input));
  uint32_t count = kernel_rows(arguments, call->argument_count, row_count);
  for (uint32_t row = 0; row < count; row++) {
    Str separator;
    if (input_text(&input, 0, row, &separator)) {
      TRY(join_row(&input, 1, separator, row, result, context->error));
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Lists
// ---------------------------------------------------------------------------------------------------------------------

static Status concat_list_row(const ConcatInput *input, uint32_t row, Vector *result, Error *error) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < input->count; i++) {
    uint32_t at = view_row(&input->views[i], row);
    if (view_valid(&input->views[i], at)) total += ((const ListEntry *)input->views[i].data)[at].length;
  }
  if (total > UINT32_MAX)
    return error_set(error, ERROR_OUT_OF_RANGE, -1, "Concatenated list has more than 2^32 elements");
  uint32_t to;
  TRY(list_append_entry(result, row, (uint32_t)total, &to, error));
  for (uint32_t i = 0; i < input->count; i++) {
    uint32_t at = view_row(&input->views[i], row);
    if (!view_valid(&input->views[i], at)) continue;
    ListEntry entry = ((const ListEntry *)input->views[i].data)[at];
    if (!entry.length) continue;
    TRY(vector_copy(&result->children[0], to, &input->views[i].base->children[0], NULL, entry.offset, entry.length,
                    error));
    to += entry.length;
  }
  return OK;
}

KERNEL(concat_lists) {
  ConcatInput input;
  TRY(open_input(context, arguments, call->argument_count, &input));
  uint32_t count = kernel_rows(arguments, call->argument_count, row_count);
  for (uint32_t row = 0; row < count; row++) {
    TRY(concat_list_row(&input, row, result, context->error)); // NULL lists count as empty, even where all are
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

KERNEL(concat_lists_strict) {
  uint32_t count;
  TRY(kernel_begin(arguments, call->argument_count, row_count, result, &count, context->error));
  ConcatInput input;
  TRY(open_input(context, arguments, call->argument_count, &input));
  for (uint32_t row = 0; row < count; row++) {
    if (vector_row_valid(result, row)) TRY(concat_list_row(&input, row, result, context->error));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

static bool is_list_type(Type type) { return type.id == TYPE_LIST || type.id == TYPE_ARRAY; }
static bool is_null_type(Type type) { return type.id == TYPE_NULL || type.id == TYPE_UNKNOWN; }

static Status mismatch(ScalarBind *bind, const char *what, Type left, Type right) {
  TextBuilder a, b;
  text_init(&a, bind->arena->memory);
  text_init(&b, bind->arena->memory);
  type_print(&a, left);
  type_print(&b, right);
  Status status = error_set(bind->error, ERROR_BINDER, bind->position,
                            "Cannot concatenate %s %.*s and %.*s - an explicit cast is required", what, (int)a.length,
                            a.length ? a.data : "", (int)b.length, b.length ? b.data : "");
  text_free(&a);
  text_free(&b);
  return status;
}

static bool is_stringish(Type type) { return type.id == TYPE_VARCHAR || type.id == TYPE_STRING_LITERAL; }

static Status bind_list_arguments(ScalarBind *bind) {
  Type element = TYPE(NULL), first = TYPE(NULL);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = argument_type(bind->arguments[i]), own;
    if (is_null_type(type)) continue;
    if (!list_element_type(type, &own)) return mismatch(bind, "types", first.id == TYPE_NULL ? type : first, type);
    Type unified;
    bool text_mix = element.id != TYPE_NULL && own.id != TYPE_NULL && is_stringish(element) != is_stringish(own);
    bool shape_mix = element.id != TYPE_NULL && own.id != TYPE_NULL && type_is_nested(element) != type_is_nested(own);
    if (text_mix || shape_mix || !type_unify(bind->arena, element, own, &unified)) {
      return mismatch(bind, "lists of types", first, type);
    }
    element = unified;
    first = type;
  }
  if (element.id == TYPE_STRING_LITERAL) element = TYPE(VARCHAR);
  if (element.id == TYPE_INTEGER_LITERAL) element = TYPE(INTEGER);
  TRY(type_make_list(bind->arena, bind->error, element, &bind->result_type));
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = bind->result_type;
  return OK;
}

static Status bind_concat(ScalarBind *bind) {
  if (!bind->argument_count) return bind_no_match(bind);
  bool lists = false;
  for (uint32_t i = 0; i < bind->argument_count; i++) lists |= is_list_type(bind->arguments[i]->type);
  if (lists) {
    for (uint32_t i = 0; i < bind->argument_count; i++) {
      Type type = argument_type(bind->arguments[i]);
      if (!is_list_type(type) && !is_null_type(type)) {
        Type other = bind->arguments[i ? i - 1 : i + 1]->type;
        return i ? mismatch(bind, "types", other, type) : mismatch(bind, "types", type, other);
      }
    }
    bind->replacement = &lists_skipping;
    return bind_list_arguments(bind);
  }
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = TYPE(VARCHAR);
  bind->result_type = TYPE(VARCHAR);
  return OK;
}

static Status bind_operator(ScalarBind *bind) {
  Type left = argument_type(bind->arguments[0]), right = argument_type(bind->arguments[1]);
  if (is_null_type(left) || is_null_type(right)) {
    bind->replacement = &null_function;
    Type other = is_null_type(left) ? right : left;
    bind->result_type = is_null_type(other) || is_list_type(other) ? TYPE(NULL) : TYPE(VARCHAR);
    bind->argument_types[0] = left;
    bind->argument_types[1] = right;
    return OK;
  }
  if (is_list_type(left) != is_list_type(right)) return mismatch(bind, "types", left, right);
  if (is_list_type(left)) {
    bind->replacement = &lists_strict;
    return bind_list_arguments(bind);
  }
  bool blobs = left.id == TYPE_BLOB && right.id == TYPE_BLOB;
  bind->result_type = blobs ? TYPE(BLOB) : TYPE(VARCHAR);
  bind->argument_types[0] = bind->argument_types[1] = bind->result_type;
  return OK;
}

static Status bind_list_concat(ScalarBind *bind) {
  bool any = false;
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = argument_type(bind->arguments[i]);
    if (!is_list_type(type) && !is_null_type(type)) return bind_no_match(bind);
    any |= is_list_type(type);
  }
  if (any) return bind_list_arguments(bind);
  bind->replacement = &null_function;
  bind->result_type = TYPE(NULL);
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = TYPE(NULL);
  return OK;
}

// The separator comes first and must be text.
static Status bind_concat_ws(ScalarBind *bind) {
  Type separator = argument_type(bind->arguments[0]);
  if (bind->argument_count < 2 || (separator.id != TYPE_VARCHAR && !is_null_type(separator)))
    return bind_no_match(bind);
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = TYPE(VARCHAR);
  return OK;
}

#define ANY_LIST TYPES(OF(ANY))
static const ScalarFunction lists_skipping =
    SCALAR("concat", OF(ANY), ANY_LIST, concat_lists, .variadic = true, .nulls = NULLS_SPECIAL);
static const ScalarFunction lists_strict = SCALAR("||", OF(ANY), TYPES(OF(ANY), OF(ANY)), concat_lists_strict);
static const ScalarFunction null_function =
    SCALAR("||", OF(ANY), ANY_LIST, kernel_null, .variadic = true, .nulls = NULLS_SPECIAL);

#define LIST_ENTRY(name) \
  SCALAR(name, OF(ANY), ANY_LIST, concat_lists, .variadic = true, .bind = bind_list_concat, .nulls = NULLS_SPECIAL)

SCALAR_TABLE(concat) = {
    SCALAR("concat", OF(ANY), ANY_LIST, concat_texts, .variadic = true, .bind = bind_concat, .nulls = NULLS_SPECIAL),
    SCALAR("concat_ws", OF(VARCHAR), TYPES(OF(ANY), OF(ANY)), concat_with_separator, .variadic = true,
           .bind = bind_concat_ws, .nulls = NULLS_SPECIAL),
    SCALAR("||", OF(ANY), TYPES(OF(ANY), OF(ANY)), concat_texts_strict, .bind = bind_operator),
    LIST_ENTRY("list_concat"),
    LIST_ENTRY("list_cat"),
    LIST_ENTRY("array_concat"),
    LIST_ENTRY("array_cat"),
    SCALAR("+", OF(ANY), TYPES(OF(LIST), OF(LIST)), concat_lists, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
    SCALAR("add", OF(ANY), TYPES(OF(LIST), OF(LIST)), concat_lists, .bind = bind_list_concat, .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(concat);
