// SPDX-License-Identifier: MIT
//
// struct.c: structs are made (struct_pack, row), looked into (struct_extract) and changed (struct_insert, struct_update,
// struct_concat); their keys and values; and the members of unions.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// Making structs
// ---------------------------------------------------------------------------------------------------------------------

// A field of the result from an argument: constants stay constant where all are.
static Status set_field(Vector *field, const Vector *source, uint32_t rows, Error *error) {
  return vector_copy(field, 0, source, NULL, 0, rows, error);
}

KERNEL(struct_pack) {
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  for (uint32_t i = 0; i < call->argument_count; i++) {
    TRY(set_field(&result->children[i], arguments[i], rows, context->error));
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status check_names(ScalarBind *bind, const Str *names, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < i; k++) {
      if (str_equal_nocase(names[i], names[k])) {
        return error_set(bind->error, ERROR_BINDER, bind->position, "Duplicate struct entry name \"%.*s\"",
                         STR_ARG(names[i]));
      }
    }
  }
  return OK;
}

static Str argument_name(const ScalarBind *bind, uint32_t index) {
  return bind->argument_names ? bind->argument_names[index] : (Str){NULL, 0};
}

static Status bind_struct(ScalarBind *bind, bool named) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Can't pack nothing into a struct");
  }
  Type *types;
  Str *names;
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, bind->argument_count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, names, bind->argument_count);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    types[i] = argument_type(bind->arguments[i]);
    if (types[i].id == TYPE_UNKNOWN) types[i] = TYPE(NULL);
    bind->argument_types[i] = types[i];
    names[i] = argument_name(bind, i);
    if (named && !names[i].length && bind->arguments[i]->kind == EXPR_COLUMN) names[i] = bind->arguments[i]->name;
    if (named && !names[i].length) {
      return error_set(bind->error, ERROR_BINDER, bind->position,
                       "Need named argument for struct pack, e.g. STRUCT_PACK(a := b)");
    }
  }
  if (named) TRY(check_names(bind, names, bind->argument_count));
  return type_make_struct(bind->arena, bind->error, types, named ? names : NULL, bind->argument_count,
                          &bind->result_type);
}
static Status bind_struct_pack(ScalarBind *bind) { return bind_struct(bind, true); }
static Status bind_row(ScalarBind *bind) { return bind_struct(bind, false); }

// ---------------------------------------------------------------------------------------------------------------------
// struct_extract: bind data is the index of the field
// ---------------------------------------------------------------------------------------------------------------------

// The fields of a struct whose row is NULL are NULL too (vector_set_null does so).
KERNEL(struct_extract) {
  uint32_t index = *(const uint32_t *)call->bind_data;
  const Vector *source = arguments[0];
  VectorView view;
  vector_view(source, &view);
  if (argument_is_null_constant(source)) {
    vector_set_null_constant(result);
    return OK;
  }
  const Vector *field = &view.base->children[index];
  if (view_is_constant(&view)) {
    TRY(vector_copy(result, 0, field, NULL, 0, 1, context->error));
    vector_set_constant(result);
    return OK;
  }
  if (row_count) TRY(vector_copy(result, 0, field, view.selection, 0, row_count, context->error));
  if (!view.validity) return OK;
  for (uint32_t row = 0; row < row_count; row++) {
    if (!view_valid(&view, view_row(&view, row))) TRY(vector_set_null(result, row, context->error));
  }
  return OK;
}

static Status choose_field(ScalarBind *bind, uint32_t index) {
  Type type = bind->argument_types[0];
  uint32_t *data;
  ARENA_NEW(bind->arena, bind->error, data);
  *data = index;
  bind->bind_data = data;
  bind->result_type = type.info->types[index];
  bind->argument_types[1] = argument_type(bind->arguments[1]);
  return OK;
}

static Status no_such_key(ScalarBind *bind, Str key, Type type) {
  TextBuilder text;
  text_init(&text, bind->arena->memory);
  text_format(&text, "Could not find key \"%.*s\" in struct", STR_ARG(key));
  uint32_t best = UINT32_MAX, nearest = 0;
  for (uint32_t i = 0; i < type.info->count; i++) {
    uint32_t distance = str_edit_distance(key, type.info->names[i]);
    if (distance < best) best = distance, nearest = i;
  }
  text_append(&text, STR("\n\nCandidate Entries: "));
  if (best != UINT32_MAX) text_format(&text, "\"%.*s\"", STR_ARG(type.info->names[nearest]));
  Status status =
      error_set(bind->error, ERROR_BINDER, bind->position, "%.*s", (int)text.length, text.length ? text.data : "");
  text_free(&text);
  return status;
}

static Status bind_extract_key(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id != TYPE_STRUCT || !type.info) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "struct_extract expects a STRUCT as its first argument");
  }
  if (!type.info->names) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "struct_extract with a string key cannot be used on an unnamed struct");
  }
  Value key;
  bool constant;
  TRY(bind_constant(bind, 1, &key, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key name for struct_extract needs to be a constant string");
  }
  if (key.is_null || !key.text.length) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key name for struct_extract needs to be neither NULL nor empty");
  }
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (str_equal_nocase(type.info->names[i], key.text)) return choose_field(bind, i);
  }
  return no_such_key(bind, key.text, type);
}

static Status bind_position(ScalarBind *bind, bool unnamed_only) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id != TYPE_STRUCT || !type.info) return bind_no_match(bind);
  if (unnamed_only && type.info->names) {
    return error_set(
        bind->error, ERROR_BINDER, bind->position,
        "struct_extract with an integer key can only be used on unnamed structs, use a string key instead");
  }
  Value key;
  bool constant;
  TRY(bind_constant(bind, 1, &key, &constant));
  if (!constant) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key index for struct_extract needs to be a constant value");
  }
  Value number;
  TRY(value_cast(bind->arena, &key, TYPE(BIGINT), &number, bind->error));
  if (number.is_null || number.i64 < 1 || number.i64 > type.info->count) {
    return error_set(bind->error, ERROR_BINDER, bind->position,
                     "Key index %lld for struct_extract out of range - expected an index between 1 and %u",
                     number.is_null ? 0LL : (long long)number.i64, type.info->count);
  }
  return choose_field(bind, (uint32_t)number.i64 - 1);
}
static Status bind_extract_position(ScalarBind *bind) { return bind_position(bind, true); }
static Status bind_extract_at(ScalarBind *bind) { return bind_position(bind, false); }

// ---------------------------------------------------------------------------------------------------------------------
// Changing structs. Bind data says where each field of the result comes from.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct FieldSource {
  uint32_t argument;
  uint32_t field; // of a struct argument; WHOLE: the argument itself
} FieldSource;
#define WHOLE UINT32_MAX

KERNEL(struct_rebuild) {
  const FieldSource *sources = call->bind_data;
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  if (argument_is_null_constant(arguments[0]) && sources[0].field != WHOLE) {
    vector_set_null_constant(result);
    return OK;
  }
  for (uint32_t i = 0; i < result->child_count; i++) {
    const Vector *source = arguments[sources[i].argument];
    if (sources[i].field == WHOLE) {
      TRY(set_field(&result->children[i], source, rows, context->error));
      continue;
    }
    VectorView view;
    vector_view(source, &view);
    const Vector *field = &view.base->children[sources[i].field];
    for (uint32_t row = 0; row < rows; row++) {
      uint32_t at = view_row(&view, row);
      if (!view_valid(&view, at)) {
        TRY(vector_set_null(&result->children[i], row, context->error));
      } else {
        TRY(vector_copy(&result->children[i], row, field, NULL, at, 1, context->error));
      }
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  // Of one struct alone, NULL gives NULL.
  VectorView whole;
  vector_view(arguments[0], &whole);
  for (uint32_t row = 0; row < rows && whole.validity && call->argument_count == 1; row++) {
    if (!view_valid(&whole, view_row(&whole, row))) TRY(vector_set_null(result, row, context->error));
  }
  return OK;
}

typedef struct FieldList {
  Type *types;
  Str *names;
  FieldSource *sources;
  uint32_t count;
  bool named;
} FieldList;

static Status fields_open(ScalarBind *bind, FieldList *list, uint32_t capacity) {
  *list = (FieldList){0};
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->types, capacity);
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->names, capacity);
  ARENA_NEW_ARRAY(bind->arena, bind->error, list->sources, capacity);
  return OK;
}

static void fields_add(FieldList *list, Type type, Str name, uint32_t argument, uint32_t field) {
  list->types[list->count] = type;
  list->names[list->count] = name;
  list->sources[list->count++] = (FieldSource){argument, field};
}

static Status fields_close(ScalarBind *bind, const FieldList *list) {
  bind->bind_data = list->sources;
  return type_make_struct(bind->arena, bind->error, list->types, list->named ? list->names : NULL, list->count,
                          &bind->result_type);
}

// struct_insert(s, a := 1, …) adds fields; struct_update replaces those that are there.
static Status bind_change(ScalarBind *bind, bool update) {
  const char *what = update ? "update" : "insert";
  Type type = bind->argument_count ? argument_type(bind->arguments[0]) : TYPE(NULL);
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "Missing required arguments for struct_%s function.", what);
  }
  if (type.id != TYPE_STRUCT) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "The first argument to struct_%s must be a STRUCT", what);
  }
  if (bind->argument_count < 2) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Can't %s nothing into a STRUCT", what);
  }
  FieldList list;
  TRY(fields_open(bind, &list, type.info->count + bind->argument_count));
  list.named = true;
  for (uint32_t i = 0; i < type.info->count; i++) {
    fields_add(&list, type.info->types[i], type.info->names ? type.info->names[i] : (Str){NULL, 0}, 0, i);
  }
  bind->argument_types[0] = type;
  for (uint32_t i = 1; i < bind->argument_count; i++) {
    Str name = argument_name(bind, i);
    if (!name.length) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "Need named argument for struct %s, e.g., a := b",
                       what);
    }
    for (uint32_t k = 1; update && k < i; k++) {
      if (str_equal_nocase(argument_name(bind, k), name)) {
        return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "Duplicate named argument provided for %.*s",
                         STR_ARG(name));
      }
    }
    Type own = bind->argument_types[i] = argument_type(bind->arguments[i]);
    if (own.id == TYPE_UNKNOWN) own = bind->argument_types[i] = TYPE(NULL);
    bool replaced = false;
    for (uint32_t k = 0; update && k < list.count; k++) {
      if (!str_equal_nocase(list.names[k], name)) continue;
      list.types[k] = own;
      list.sources[k] = (FieldSource){i, WHOLE};
      replaced = true;
    }
    if (!replaced) fields_add(&list, own, name, i, WHOLE);
  }
  TRY(check_names(bind, list.names, list.count));
  return fields_close(bind, &list);
}
static Status bind_insert(ScalarBind *bind) { return bind_change(bind, false); }
static Status bind_update(ScalarBind *bind) { return bind_change(bind, true); }

static Status bind_struct_concat(ScalarBind *bind) {
  if (!bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "struct_concat: At least one argument is required");
  }
  uint32_t total = 0, named = 0;
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = bind->argument_types[i] = argument_type(bind->arguments[i]);
    if (type.id != TYPE_STRUCT) {
      return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                       "struct_concat: Argument at position \"%u\" is not a STRUCT", i + 1);
    }
    total += type.info->count;
    named += type.info->names != NULL;
  }
  if (named && named < bind->argument_count) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "struct_concat: Cannot mix named and unnamed STRUCTs");
  }
  FieldList list;
  TRY(fields_open(bind, &list, total));
  list.named = named > 0;
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = bind->argument_types[i];
    for (uint32_t k = 0; k < type.info->count; k++) {
      Str name = named ? type.info->names[k] : (Str){NULL, 0};
      for (uint32_t earlier = 0; named && earlier < list.count; earlier++) {
        if (str_equal_nocase(list.names[earlier], name)) {
          bool same = str_equal(list.names[earlier], name);
          if (same) {
            return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                             "struct_concat: Arguments contain duplicate STRUCT entry \"%.*s\"", STR_ARG(name));
          }
          return error_set(
              bind->error, ERROR_INVALID_INPUT, bind->position,
              "struct_concat: Arguments contain case-insensitive duplicate STRUCT entry \"%.*s\" and \"%.*s\"",
              STR_ARG(name), STR_ARG(list.names[earlier]));
        }
      }
      fields_add(&list, type.info->types[k], name, i, k);
    }
  }
  return fields_close(bind, &list);
}

// struct_values: the same fields without names.
static const ScalarFunction null_function;

static Status bind_values(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type.id == TYPE_NULL || type.id == TYPE_UNKNOWN) {
    bind->replacement = &null_function;
    bind->result_type = bind->argument_types[0] = TYPE(NULL);
    return OK;
  }
  if (type.id != TYPE_STRUCT || !type.info) return bind_no_match(bind);
  FieldList list;
  TRY(fields_open(bind, &list, type.info->count));
  for (uint32_t i = 0; i < type.info->count; i++) fields_add(&list, type.info->types[i], (Str){NULL, 0}, 0, i);
  return fields_close(bind, &list);
}

KERNEL(struct_keys) {
  const Type *type = call->bind_data;
  if (argument_is_null_constant(arguments[0])) {
    vector_set_null_constant(result);
    return OK;
  }
  VectorView view;
  vector_view(arguments[0], &view);
  uint32_t rows = kernel_rows(arguments, 1, row_count);
  for (uint32_t row = 0; row < rows; row++) {
    if (!view_valid(&view, view_row(&view, row))) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    uint32_t to;
    TRY(list_append_entry(result, row, type->info->count, &to, context->error));
    for (uint32_t i = 0; i < type->info->count; i++) {
      TRY(vector_set_string(&result->children[0], to + i, type->info->names[i], context->error));
    }
  }
  kernel_finish(arguments, 1, result);
  return OK;
}

static Status bind_keys(ScalarBind *bind) {
  Type *type;
  ARENA_NEW(bind->arena, bind->error, type);
  *type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (type->id != TYPE_STRUCT || !type->info) return bind_no_match(bind);
  if (!type->info->names) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "struct_keys() cannot be applied to an unnamed STRUCT");
  }
  bind->bind_data = type;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// struct_contains, struct_position: over unnamed structs, the value among the fields
// ---------------------------------------------------------------------------------------------------------------------

static Status search_rows(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                          bool position) {
  uint32_t rows = kernel_rows(arguments, 2, row_count);
  VectorView structs, values;
  vector_view(arguments[0], &structs);
  vector_view(arguments[1], &values);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&structs, row);
    bool value_valid = view_valid(&values, view_row(&values, row));
    if (!view_valid(&structs, at) || (!position && !value_valid)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    uint32_t found = 0;
    for (uint32_t i = 0; i < structs.base->child_count && !found; i++) {
      const Vector *field = &structs.base->children[i];
      VectorView view;
      vector_view(field, &view);
      bool valid = view_valid(&view, view_row(&view, at));
      if (valid != value_valid) continue;
      if (!valid || vector_compare_rows(field, at, arguments[1], row) == 0) found = i + 1;
    }
    if (!position) {
      ((uint8_t *)result->data)[row] = found > 0;
    } else if (found) {
      ((int32_t *)result->data)[row] = (int32_t)found;
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}
KERNEL(struct_contains) {
  UNUSED_CALL;
  return search_rows(context, arguments, row_count, result, false);
}
KERNEL(struct_position) {
  UNUSED_CALL;
  return search_rows(context, arguments, row_count, result, true);
}

// All fields and the value get one type.
static Status bind_struct_search(ScalarBind *bind) {
  Type type = argument_type(bind->arguments[0]), value = argument_type(bind->arguments[1]);
  if (type.id != TYPE_STRUCT || !type.info) return bind_no_match(bind);
  if (type.info->names) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "%s can only be used on unnamed structs",
                     bind->function->name);
  }
  Type *types;
  ARENA_NEW_ARRAY(bind->arena, bind->error, types, type.info->count);
  for (uint32_t i = 0; i < type.info->count; i++) {
    if (!type_unify_force(bind->arena, value, type.info->types[i], &value)) return bind_no_match(bind);
  }
  TRY(type_normalize(bind->arena, bind->error, value, &value));
  for (uint32_t i = 0; i < type.info->count; i++) types[i] = value;
  bind->argument_types[1] = value;
  return type_make_struct(bind->arena, bind->error, types, NULL, type.info->count, &bind->argument_types[0]);
}

static const ScalarFunction null_function =
    SCALAR("struct_values", OF(ANY), TYPES(OF(ANY)), kernel_null, .nulls = NULLS_SPECIAL);

#define EXTRACT_ENTRIES(name)                                                                             \
  SCALAR(name, OF(ANY), TYPES(OF(STRUCT), OF(VARCHAR)), struct_extract, .bind = bind_extract_key,         \
         .nulls = NULLS_SPECIAL),                                                                         \
      SCALAR(name, OF(ANY), TYPES(OF(STRUCT), OF(BIGINT)), struct_extract, .bind = bind_extract_position, \
             .nulls = NULLS_SPECIAL)
#define ANY_ENTRY(name, kernel, bind_function) \
  SCALAR(name, OF(ANY), TYPES(OF(ANY)), kernel, .variadic = true, .bind = bind_function, .nulls = NULLS_SPECIAL)
#define SEARCH_ENTRY(name, result, kernel) \
  SCALAR(name, OF(result), TYPES(OF(STRUCT), OF(ANY)), kernel, .bind = bind_struct_search, .nulls = NULLS_SPECIAL)

SCALAR_TABLE(struct) = {
    ANY_ENTRY("struct_pack", struct_pack, bind_struct_pack),
    ANY_ENTRY("row", struct_pack, bind_row),
    EXTRACT_ENTRIES("struct_extract"),
    EXTRACT_ENTRIES("array_extract"),
    SCALAR("struct_extract_at", OF(ANY), TYPES(OF(STRUCT), OF(BIGINT)), struct_extract, .bind = bind_extract_at,
           .nulls = NULLS_SPECIAL),
    ANY_ENTRY("struct_insert", struct_rebuild, bind_insert),
    ANY_ENTRY("struct_update", struct_rebuild, bind_update),
    ANY_ENTRY("struct_concat", struct_rebuild, bind_struct_concat),
    SCALAR("struct_values", OF(ANY), TYPES(OF(STRUCT)), struct_rebuild, .bind = bind_values, .nulls = NULLS_SPECIAL),
    SCALAR("struct_keys", LIST_OF(VARCHAR), TYPES(OF(STRUCT)), struct_keys, .bind = bind_keys, .nulls = NULLS_SPECIAL),
    SEARCH_ENTRY("struct_contains", BOOLEAN, struct_contains),
    SEARCH_ENTRY("struct_has", BOOLEAN, struct_contains),
    SEARCH_ENTRY("contains", BOOLEAN, struct_contains),
    SEARCH_ENTRY("struct_position", INTEGER, struct_position),
    SEARCH_ENTRY("struct_indexof", INTEGER, struct_position),
};
SCALAR_TABLE_END(struct);
