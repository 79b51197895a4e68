// SPDX-License-Identifier: MIT
//
// struct.c: making structs and taking their fields: struct_pack, row, struct_extract, struct_extract_at, struct_keys.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// struct_pack(a := 1, …), row(1, …)
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(kernel_struct_pack) {
  UNUSED_CALL;
  for (uint32_t i = 0; i < call->argument_count; i++) {
    TRY(vector_copy(&result->children[i], 0, arguments[i], NULL, 0, row_count, context->error));
  }
  return OK;
}

static Status bind_fields(ScalarBind *bind, const Str *names) {
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, bind->argument_count);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    types[i] = bind->argument_types[i] = argument_type(bind->arguments[i]);
  }
  return type_make_struct(bind->arena, bind->error, types, names, bind->argument_count, &bind->result_type);
}

static Status bind_struct_pack(ScalarBind *bind) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Can't pack nothing into a struct");
  }
  Str *names;
  ARENA_NEW_ARRAY(bind->arena, bind->error, names, bind->argument_count);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    names[i] = bind->argument_names && bind->argument_names[i].length ? bind->argument_names[i] : bind->arguments[i]->name;
    if (!names[i].length) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "Need named argument for struct pack, e.g. STRUCT_PACK(a := b)");
    }
    for (uint32_t k = 0; k < i; k++) {
      if (!str_equal_nocase(names[k], names[i])) continue;
      return error_set(bind->error, ERROR_BINDER, bind->position, "Duplicate struct entry name \"%.*s\"", STR_ARG(names[i]));
    }
  }
  return bind_fields(bind, names);
}

static Status bind_row(ScalarBind *bind) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Can't pack nothing into a struct");
  }
  return bind_fields(bind, NULL);
}

// ---------------------------------------------------------------------------------------------------------------------
// struct_extract(s, 'name'), struct_extract(s, 1)
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(kernel_struct_extract) {
  const uint32_t *field = call->bind_data;
  VectorView view;
  vector_view(arguments[0], &view);
  const Vector *base = view.base ? view.base : arguments[0];
  uint32_t selection[VECTOR_CAPACITY];
  for (uint32_t i = 0; i < row_count; i++) selection[i] = view_row(&view, i);
  TRY(vector_copy(result, 0, &base->children[*field], selection, 0, row_count, context->error));
  for (uint32_t i = 0; i < row_count; i++) {
    if (!view_valid(&view, selection[i])) TRY(vector_set_null(result, i, context->error));
  }
  return OK;
}

static Status missing_field(ScalarBind *bind, Type type, Str name) {
  TextBuilder list;
  text_init(&list, bind->arena->memory);
  for (uint32_t i = 0; i < type.info->count && type.info->names; i++) {
    if (i) text_append(&list, STR(", "));
    text_format(&list, "\"%.*s\"", STR_ARG(type.info->names[i]));
  }
  Status status = error_set(bind->error, ERROR_BINDER, bind->position, "Could not find key \"%.*s\" in struct\nCandidate Entries: %.*s",
                            STR_ARG(name), STR_ARG(text_str(&list)));
  text_free(&list);
  return status;
}

static Status find_field(ScalarBind *bind, Type type, const Value *key, uint32_t *field) {
  bool by_name = key->type.id == TYPE_VARCHAR;
  bool named = type.info->names && type.info->names[0].length;
  if (key->is_null) {
    return error_set(bind->error, ERROR_BINDER, bind->position, by_name ? "Key name for struct_extract needs to be neither NULL nor empty" : "Key index for struct_extract needs to be a constant value");
  }
  if (by_name) {
    if (!named) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "struct_extract with a string key cannot be used on an unnamed struct");
    }
    if (!key->text.length) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "Key name for struct_extract needs to be neither NULL nor empty");
    }
    for (uint32_t i = 0; i < type.info->count; i++) {
      *field = i;
      if (str_equal_nocase(type.info->names[i], key->text)) return OK;
    }
    return missing_field(bind, type, key->text);
  }
  if (named && str_equal(str_from(bind->function->name), STR("struct_extract"))) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "struct_extract with an integer key can only be used on unnamed structs");
  }
  if (key->i64 < 1 || key->i64 > (int64_t)type.info->count) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Key index %lld for struct_extract out of range - expected an index between 1 and %u",
                     (long long)key->i64, type.info->count);
  }
  *field = (uint32_t)key->i64 - 1;
  return OK;
}

static Status bind_struct_extract(ScalarBind *bind) {
  Value key;
  bool constant;
  uint32_t *field;
  Type type = argument_type(bind->arguments[0]);
  if (type.id == TYPE_NULL || type.id == TYPE_UNKNOWN) {
    bind->argument_types[0] = bind->result_type = TYPE(NULL);
    static const ScalarFunction null_function = {.name = "struct_extract", .kernel = kernel_null, .nulls = NULLS_SPECIAL};
    bind->replacement = &null_function;
    return OK;
  }
  bind->argument_types[0] = type;
  TRY(bind_constant(bind, 1, &key, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Key name for struct_extract needs to be a constant string");
  }
  ARENA_NEW(bind->arena, bind->error, field);
  TRY(find_field(bind, type, &key, field));
  bind->result_type = type_child(type, *field);
  bind->bind_data = field;
  return OK;
}

SCALAR_TABLE(structure) = {
    SCALAR("row", OF(ANY), TYPES(OF(ANY)), kernel_struct_pack, .variadic = true, .bind = bind_row, .nulls = NULLS_SPECIAL),
    SCALAR("struct_extract", OF(ANY), TYPES(OF(STRUCT), OF(VARCHAR)), kernel_struct_extract, .bind = bind_struct_extract, .nulls = NULLS_SPECIAL),
    SCALAR("struct_extract", OF(ANY), TYPES(OF(STRUCT), OF(BIGINT)), kernel_struct_extract, .bind = bind_struct_extract, .nulls = NULLS_SPECIAL),
    SCALAR("struct_extract_at", OF(ANY), TYPES(OF(STRUCT), OF(BIGINT)), kernel_struct_extract, .bind = bind_struct_extract, .nulls = NULLS_SPECIAL),
    SCALAR("struct_pack", OF(ANY), TYPES(OF(ANY)), kernel_struct_pack, .variadic = true, .bind = bind_struct_pack, .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(structure);
