// SPDX-License-Identifier: MIT
//
// union_enum.c: functions of UNION (union_value, union_extract, union_tag) and of ENUM types (enum_range and its kin, which
// look at the type and not at the value).
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// UNION: child 0 is the tag, child i + 1 member i
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(union_value) {
  UNUSED_CALL;
  uint32_t rows = kernel_rows(arguments, 1, row_count);
  for (uint32_t row = 0; row < rows; row++) ((uint8_t *)result->children[0].data)[row] = 0;
  TRY(vector_copy(&result->children[1], 0, arguments[0], NULL, 0, rows, context->error));
  kernel_finish(arguments, 1, result);
  return OK;
}

static Status bind_union_value(ScalarBind *bind) {
  if (bind->argument_count != 1) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "union_value takes exactly one argument");
  }
  Str name = bind->argument_names ? bind->argument_names[0] : (Str){NULL, 0};
  if (!name.length) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Need named argument for union tag, e.g. UNION_VALUE(a := b)");
  }
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id == TYPE_UNKNOWN) type = bind->argument_types[0] = TYPE(NULL);
  return type_make_union(bind->arena, bind->error, &type, &name, 1, &bind->result_type);
}

// The member where it is the present one, else NULL. Bind data is its index.
KERNEL(union_extract) {
  uint32_t member = *(const uint32_t *)call->bind_data;
  uint32_t rows = kernel_rows(arguments, 2, row_count);
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  VectorView unions, tags;
  vector_view(arguments[0], &unions);
  vector_view(&unions.base->children[0], &tags);
  const Vector *values = &unions.base->children[member + 1];
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&unions, row);
    bool present = view_valid(&unions, at) && ((const uint8_t *)tags.data)[view_row(&tags, at)] == member;
    if (present) {
      TRY(vector_copy(result, row, values, NULL, at, 1, context->error));
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

static Status bind_union_extract(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id != TYPE_UNION || !type.info) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Union extract can only be used on UNION types");
  }
  Value key;
  bool constant;
  TRY(bind_constant(bind, 1, &key, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key name for union_extract needs to be a constant string");
  }
  if (key.is_null || !key.text.length) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key name for union_extract needs to be neither NULL nor empty");
  }
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (!str_equal_nocase(type.info->names[i], key.text)) continue;
    uint32_t *index;
    ARENA_NEW(bind->arena, bind->error, index);
    *index = i;
    bind->bind_data = index;
    bind->result_type = type.info->types[i];
    return OK;
  }
  return error_set(bind->error, ERROR_BINDER, bind->position, "Could not find key \"%.*s\" in union",
                   STR_ARG(key.text));
}

KERNEL(union_tag) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView unions, tags;
  vector_view(arguments[0], &unions);
  vector_view(&unions.base->children[0], &tags);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ((uint8_t *)result->data)[row] = ((const uint8_t *)tags.data)[view_row(&tags, view_row(&unions, row))];
  }
  return OK;
}

static Status bind_union_tag(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id != TYPE_UNION || !type.info) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Union tag can only be used on UNION types");
  }
  return type_make_enum(bind->arena, bind->error, type.info->names, type.info->count, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// ENUM: bind data is the type
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_enum(ScalarBind *bind) {
  Type *type;
  ARENA_NEW(bind->arena, bind->error, type);
  bind->bind_data = type;
  for (uint32_t i = bind->argument_count; i-- > 0;) {
    Type own = bind->argument_types[i] = argument_type(bind->arguments[i]);
    if (own.id == TYPE_ENUM && own.info) *type = own;
  }
  if (type->id != TYPE_ENUM) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "This function needs an ENUM as an argument");
  }
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type own = bind->argument_types[i];
    bool null = own.id == TYPE_NULL || own.id == TYPE_UNKNOWN;
    if (!null && own.id != TYPE_ENUM) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "This function needs an ENUM as an argument");
    }
    if (!null && !type_equal(own, *type)) {
      return error_set(bind->error, ERROR_BINDER, bind->position,
                       "The parameters need to link to ONLY one enum OR be NULL ");
    }
    if (null) bind->argument_types[i] = *type;
  }
  return OK;
}

static Status constant_text(Vector *result, Str text, Error *error) {
  TRY(vector_set_string(result, 0, text, error));
  vector_set_constant(result);
  return OK;
}
KERNEL(enum_first) {
  (void)arguments, (void)row_count;
  return constant_text(result, ((const Type *)call->bind_data)->info->names[0], context->error);
}
KERNEL(enum_last) {
  (void)arguments, (void)row_count;
  const TypeInfo *info = ((const Type *)call->bind_data)->info;
  return constant_text(result, info->names[info->count - 1], context->error);
}

static Status emit_range(Vector *result, uint32_t row, const TypeInfo *info, uint32_t from, uint32_t to, Error *error) {
  uint32_t at, count = to > from ? to - from : 0;
  TRY(list_append_entry(result, row, count, &at, error));
  for (uint32_t i = 0; i < count; i++)
    TRY(vector_set_string(&result->children[0], at + i, info->names[from + i], error));
  return OK;
}
KERNEL(enum_range) {
  (void)arguments, (void)row_count;
  const TypeInfo *info = ((const Type *)call->bind_data)->info;
  TRY(emit_range(result, 0, info, 0, info->count, context->error));
  vector_set_constant(result);
  return OK;
}

static uint32_t enum_index(const Vector *vector, const void *data, uint32_t at) {
  switch (vector->physical) {
    case PHYSICAL_U8:
      return ((const uint8_t *)data)[at];
    case PHYSICAL_U16:
      return ((const uint16_t *)data)[at];
    default:
      return ((const uint32_t *)data)[at];
  }
}

// enum_range_boundary(first, last): NULL means from the start or to the end.
KERNEL(enum_range_boundary) {
  const TypeInfo *info = ((const Type *)call->bind_data)->info;
  uint32_t rows = kernel_rows(arguments, 2, row_count);
  VectorView views[2];
  for (int i = 0; i < 2; i++) vector_view(arguments[i], &views[i]);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t from_at = view_row(&views[0], row), to_at = view_row(&views[1], row);
    uint32_t from = view_valid(&views[0], from_at) ? enum_index(arguments[0], views[0].data, from_at) : 0;
    uint32_t to = view_valid(&views[1], to_at) ? enum_index(arguments[1], views[1].data, to_at) + 1 : info->count;
    TRY(emit_range(result, row, info, from, to, context->error));
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

KERNEL(enum_code) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView view;
  vector_view(arguments[0], &view);
  uint32_t size = physical_size((Physical)result->physical);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    memcpy((uint8_t *)result->data + (size_t)row * size,
           (const uint8_t *)view.data + (size_t)view_row(&view, row) * size, size);
  }
  return OK;
}

static Status bind_enum_code(ScalarBind *bind) {
  TRY(bind_enum(bind));
  switch (type_physical(bind->argument_types[0])) {
    case PHYSICAL_U8:
      bind->result_type = TYPE(UTINYINT);
      break;
    case PHYSICAL_U16:
      bind->result_type = TYPE(USMALLINT);
      break;
    default:
      bind->result_type = TYPE(UINTEGER);
  }
  return OK;
}

SCALAR_TABLE(union_enum) = {
    SCALAR("union_value", OF(ANY), TYPES(OF(ANY)), union_value, .variadic = true, .bind = bind_union_value,
           .nulls = NULLS_SPECIAL),
    SCALAR("union_extract", OF(ANY), TYPES(OF(ANY), OF(VARCHAR)), union_extract, .bind = bind_union_extract,
           .nulls = NULLS_SPECIAL),
    SCALAR("union_tag", OF(ANY), TYPES(OF(ANY)), union_tag, .bind = bind_union_tag),
    SCALAR("enum_first", OF(VARCHAR), TYPES(OF(ANY)), enum_first, .bind = bind_enum, .nulls = NULLS_SPECIAL),
    SCALAR("enum_last", OF(VARCHAR), TYPES(OF(ANY)), enum_last, .bind = bind_enum, .nulls = NULLS_SPECIAL),
    SCALAR("enum_range", LIST_OF(VARCHAR), TYPES(OF(ANY)), enum_range, .bind = bind_enum, .nulls = NULLS_SPECIAL),
    SCALAR("enum_range_boundary", LIST_OF(VARCHAR), TYPES(OF(ANY), OF(ANY)), enum_range_boundary, .bind = bind_enum,
           .nulls = NULLS_SPECIAL),
    SCALAR("enum_code", OF(ANY), TYPES(OF(ANY)), enum_code, .bind = bind_enum_code),
};
SCALAR_TABLE_END(union_enum);
