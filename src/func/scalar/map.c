// SPDX-License-Identifier: MIT
//
// map.c: maps are made (map, map_from_entries, map_concat) and looked into (map_extract, map_keys …). A MAP is a LIST of
// STRUCT(key, value) with unique keys that are not NULL.
#include "func/support.h"

static const Type *map_types(Type type) { return type.id == TYPE_MAP && type.info ? type.info->types : NULL; }
static bool is_null_type(Type type) { return type.id == TYPE_NULL || type.id == TYPE_UNKNOWN; }

static const Vector *map_keys_of(const VectorView *maps, VectorView *pairs) {
  const Vector *entries = &maps->base->children[0];
  vector_view(entries, pairs);
  return &pairs->base->children[0];
}
static const Vector *map_values_of(const VectorView *pairs) { return &pairs->base->children[1]; }

// Keys [from, from + count) of `keys` are not NULL and differ.
static Status check_keys(EvalContext *context, const ScalarCall *call, const Vector *keys, uint32_t from,
                         uint32_t count) {
  VectorView view;
  vector_view(keys, &view);
  for (uint32_t i = 0; i < count; i++) {
    if (!view_valid(&view, view_row(&view, from + i))) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Map keys can not be NULL.");
    }
  }
  if (count < 2) return OK;
  ArenaMark mark = arena_mark(context->scratch);
  uint32_t slots = 8;
  while (slots < count * 2) slots *= 2;
  uint32_t *table;
  uint64_t *hashes;
  ARENA_NEW_ARRAY(context->scratch, context->error, table, slots);
  ARENA_NEW_ARRAY(context->scratch, context->error, hashes, from + count);
  vector_hash(keys, from + count, hashes, false);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = (uint32_t)hashes[from + i] & (slots - 1);
    for (; table[slot]; slot = (slot + 1) & (slots - 1)) {
      if (vector_compare_rows(keys, from + table[slot] - 1, keys, from + i) == 0) {
        return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Map keys must be unique.");
      }
    }
    table[slot] = i + 1;
  }
  arena_rewind(context->scratch, mark);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// map(keys, values)
// ---------------------------------------------------------------------------------------------------------------------

KERNEL(map_make) {
  uint32_t count;
  if (!call->argument_count) {
    ((ListEntry *)result->data)[0] = (ListEntry){0, 0};
    vector_set_constant(result);
    return OK;
  }
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView keys, values;
  vector_view(arguments[0], &keys);
  vector_view(arguments[1], &values);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry key = ((const ListEntry *)keys.data)[view_row(&keys, row)];
    ListEntry value = ((const ListEntry *)values.data)[view_row(&values, row)];
    if (key.length != value.length) {
      return error_set(context->error, ERROR_INVALID_INPUT, call->position,
                       "The map key list does not align with the map value list.");
    }
    uint32_t to;
    TRY(list_append_entry(result, row, key.length, &to, context->error));
    Vector *pairs = &result->children[0];
    if (!key.length) continue;
    TRY(vector_copy(&pairs->children[0], to, &keys.base->children[0], NULL, key.offset, key.length, context->error));
    TRY(vector_copy(&pairs->children[1], to, &values.base->children[0], NULL, value.offset, value.length,
                    context->error));
    TRY(check_keys(context, call, &pairs->children[0], to, key.length));
  }
  return OK;
}

static Status bind_map(ScalarBind *bind) {
  Type key = TYPE(NULL), value = TYPE(NULL);
  if (bind->argument_count) {
    bool is_list;
    TRY(bind_list(bind, 0, &key, &is_list));
    if (is_list) TRY(bind_list(bind, 1, &value, &is_list));
    if (!is_list) return bind_no_match(bind);
    TRY(type_make_list(bind->arena, bind->error, key, &bind->argument_types[0]));
    TRY(type_make_list(bind->arena, bind->error, value, &bind->argument_types[1]));
  }
  return type_make_map(bind->arena, bind->error, key, value, &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// map_from_entries, map_entries: the same bytes under another type
// ---------------------------------------------------------------------------------------------------------------------

static Status relabel_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                           uint32_t row_count, Vector *result, bool check) {
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView lists;
  vector_view(arguments[0], &lists);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    uint32_t to;
    TRY(list_append_entry(result, row, entry.length, &to, context->error));
    if (!entry.length) continue;
    VectorView pairs;
    vector_view(&lists.base->children[0], &pairs);
    Vector *out = &result->children[0];
    for (uint32_t i = 0; i < entry.length; i++) {
      uint32_t at = view_row(&pairs, entry.offset + i);
      if (!view_valid(&pairs, at)) {
        if (check) return error_set(context->error, ERROR_INVALID_INPUT, call->position, "Map keys can not be NULL.");
        TRY(vector_set_null(out, to + i, context->error));
        continue;
      }
      TRY(vector_copy(&out->children[0], to + i, &pairs.base->children[0], NULL, at, 1, context->error));
      TRY(vector_copy(&out->children[1], to + i, &pairs.base->children[1], NULL, at, 1, context->error));
    }
    if (check) TRY(check_keys(context, call, &out->children[0], to, entry.length));
  }
  return OK;
}
KERNEL(map_from_entries) { return relabel_rows(context, call, arguments, row_count, result, true); }
KERNEL(map_entries) { return relabel_rows(context, call, arguments, row_count, result, false); }

static Status bind_from_entries(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  if (is_null_type(element)) {
    Type pair[2] = {TYPE(NULL), TYPE(NULL)};
    TRY(type_make_struct(bind->arena, bind->error, pair, NULL, 2, &element));
    TRY(type_make_list(bind->arena, bind->error, element, &bind->argument_types[0]));
  }
  if (element.id != TYPE_STRUCT || element.info->count != 2) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "The provided list of structs should contain only 2 fields each");
  }
  return type_make_map(bind->arena, bind->error, element.info->types[0], element.info->types[1], &bind->result_type);
}

static const ScalarFunction null_function;

static Status bind_null_map(ScalarBind *bind, Type result) {
  bind->argument_types[0] = argument_type(bind->arguments[0]);
  bind->replacement = &null_function;
  bind->result_type = result;
  return OK;
}

static Status bind_entries(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (!map_types(type)) return bind_no_match(bind);
  return type_make_list(bind->arena, bind->error, type_element(type), &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys and values as lists
// ---------------------------------------------------------------------------------------------------------------------

static Status side_rows(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                        uint32_t side) {
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView maps, pairs;
  vector_view(arguments[0], &maps);
  vector_view(&maps.base->children[0], &pairs);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)maps.data)[view_row(&maps, row)];
    uint32_t to;
    TRY(list_append_entry(result, row, entry.length, &to, context->error));
    for (uint32_t i = 0; i < entry.length; i++) {
      TRY(vector_copy(&result->children[0], to + i, &pairs.base->children[side], NULL,
                      view_row(&pairs, entry.offset + i), 1, context->error));
    }
  }
  return OK;
}
KERNEL(map_keys) {
  UNUSED_CALL;
  return side_rows(context, arguments, row_count, result, 0);
}
KERNEL(map_values) {
  UNUSED_CALL;
  return side_rows(context, arguments, row_count, result, 1);
}

static Status bind_side(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (is_null_type(type)) return bind_null_map(bind, TYPE(NULL));
  if (!map_types(type)) return bind_no_match(bind);
  bool values = bind->function->name[4] == 'v';
  return type_make_list(bind->arena, bind->error, map_types(type)[values], &bind->result_type);
}

KERNEL(cardinality) {
  UNUSED_CALL;
  UNARY_CHECKED(context->error, arguments[0], row_count, result, ListEntry, uint64_t, out = in.length);
  return OK;
}

static Status bind_cardinality(ScalarBind *bind) {
  Type type = bind->argument_types[0] = argument_type(bind->arguments[0]);
  if (!map_types(type)) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Cardinality can only operate on MAPs");
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Looking up a key
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Lookup { LOOKUP_LIST, LOOKUP_VALUE, LOOKUP_CONTAINS } Lookup;

static Status lookup_rows(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                          Lookup lookup) {
  uint32_t rows = kernel_rows(arguments, 2, row_count);
  VectorView maps, pairs, wanted;
  vector_view(arguments[0], &maps);
  const Vector *keys = map_keys_of(&maps, &pairs), *values = map_values_of(&pairs);
  vector_view(arguments[1], &wanted);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&maps, row);
    bool key_valid = view_valid(&wanted, view_row(&wanted, row));
    if (!view_valid(&maps, at) || (lookup == LOOKUP_CONTAINS && !key_valid)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ListEntry entry = ((const ListEntry *)maps.data)[at];
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < entry.length && key_valid && found == UINT32_MAX; i++) {
      uint32_t pair = view_row(&pairs, entry.offset + i);
      if (vector_compare_rows(keys, pair, arguments[1], row) == 0) found = pair;
    }
    if (lookup == LOOKUP_CONTAINS) {
      ((uint8_t *)result->data)[row] = found != UINT32_MAX;
    } else if (lookup == LOOKUP_VALUE) {
      if (found == UINT32_MAX) {
        TRY(vector_set_null(result, row, context->error));
      } else {
        TRY(vector_copy(result, row, values, NULL, found, 1, context->error));
      }
    } else {
      uint32_t to;
      TRY(list_append_entry(result, row, found != UINT32_MAX, &to, context->error));
      if (found != UINT32_MAX) TRY(vector_copy(&result->children[0], to, values, NULL, found, 1, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}
KERNEL(map_extract) {
  UNUSED_CALL;
  return lookup_rows(context, arguments, row_count, result, LOOKUP_LIST);
}
KERNEL(map_extract_value) {
  UNUSED_CALL;
  return lookup_rows(context, arguments, row_count, result, LOOKUP_VALUE);
}
KERNEL(map_contains) {
  UNUSED_CALL;
  return lookup_rows(context, arguments, row_count, result, LOOKUP_CONTAINS);
}

static Status keys_differ(ScalarBind *bind, Type own, Type key) {
  const char *name = bind->function->name;
  const char *result = bind->function->result == TYPE_BOOLEAN                ? "BOOLEAN"
                       : str_equal(str_from(name), STR("map_extract_value")) ? "V"
                                                                             : "V[]";
  TextBuilder types[2];
  for (uint32_t i = 0; i < 2; i++) {
    text_init(&types[i], bind->arena->memory);
    type_print(&types[i], i ? key : own);
  }
  Status status = error_set(bind->error, ERROR_BINDER, bind->position,
                            "Cannot deduce template type 'K' in function: '%s(MAP(K, V), K) -> %s'\nType 'K' was "
                            "inferred to be:\n - '%.*s', from first occurrence\n - '%.*s', which is incompatible with "
                            "previously inferred type!",
                            name, result, STR_ARG(text_str(&types[0])), STR_ARG(text_str(&types[1])));
  for (uint32_t i = 0; i < 2; i++) text_free(&types[i]);
  return status;
}

// Map and key meet in one type of key.
static Status bind_lookup(ScalarBind *bind, Type *value) {
  Type type = argument_type(bind->arguments[0]), key = argument_type(bind->arguments[1]), unified;
  if (!map_types(type)) return bind_no_match(bind);
  const Expr *wanted = bind->arguments[1];
  Type own = map_types(type)[0];
  *value = map_types(type)[1];
  if (wanted->kind == EXPR_CONSTANT && key.id == TYPE_VARCHAR && own.id != TYPE_NULL) {
    unified = own;
  } else if (!type_unify(bind->arena, own, key, &unified)) {
    return keys_differ(bind, own, bind->arguments[1]->type);
  }
  if (unified.id == TYPE_UNKNOWN) unified = TYPE(NULL);
  TRY(type_normalize(bind->arena, bind->error, unified, &unified));
  bind->argument_types[1] = unified;
  return type_make_map(bind->arena, bind->error, unified, *value, &bind->argument_types[0]);
}

static Status bind_extract(ScalarBind *bind) {
  Type type = argument_type(bind->arguments[0]), value;
  if (is_null_type(type)) {
    bind->argument_types[1] = argument_type(bind->arguments[1]);
    return bind_null_map(bind, TYPE(NULL));
  }
  TRY(bind_lookup(bind, &value));
  return type_make_list(bind->arena, bind->error, value, &bind->result_type);
}
static Status bind_extract_value(ScalarBind *bind) {
  Type type = argument_type(bind->arguments[0]);
  if (is_null_type(type)) {
    bind->argument_types[1] = argument_type(bind->arguments[1]);
    return bind_null_map(bind, TYPE(NULL));
  }
  return bind_lookup(bind, &bind->result_type);
}
static Status bind_contains(ScalarBind *bind) {
  Type value;
  return bind_lookup(bind, &value);
}

// ---------------------------------------------------------------------------------------------------------------------
// map_concat: later maps win; keys keep the place where they were seen first
// ---------------------------------------------------------------------------------------------------------------------

static Status concat_row(const VectorView *maps, uint32_t map_count, uint32_t row, Vector *result,
                         EvalContext *context) {
  uint32_t first = result->child_rows, count = 0;
  for (uint32_t m = 0; m < map_count; m++) {
    uint32_t at = view_row(&maps[m], row);
    if (!view_valid(&maps[m], at)) continue;
    ListEntry entry = ((const ListEntry *)maps[m].data)[at];
    VectorView pairs;
    const Vector *keys = map_keys_of(&maps[m], &pairs), *values = map_values_of(&pairs);
    for (uint32_t i = 0; i < entry.length; i++) {
      uint32_t pair = view_row(&pairs, entry.offset + i), to = UINT32_MAX;
      const Vector *out_keys = &result->children[0].children[0];
      for (uint32_t k = 0; k < count && to == UINT32_MAX; k++) {
        if (vector_compare_rows(out_keys, first + k, keys, pair) == 0) to = first + k;
      }
      if (to == UINT32_MAX) {
        TRY(list_append_entry(result, row, 1, &to, context->error));
        count++;
        TRY(vector_copy(&result->children[0].children[0], to, keys, NULL, pair, 1, context->error));
      }
      TRY(vector_copy(&result->children[0].children[1], to, values, NULL, pair, 1, context->error));
    }
  }
  ((ListEntry *)result->data)[row] = (ListEntry){first, count};
  return OK;
}

KERNEL(map_concat) {
  uint32_t rows = kernel_rows(arguments, call->argument_count, row_count);
  VectorView *maps = arena_allocate(context->scratch, sizeof *maps * (call->argument_count + 1));
  if (!maps) return error_no_memory(context->error);
  for (uint32_t i = 0; i < call->argument_count; i++) vector_view(arguments[i], &maps[i]);
  for (uint32_t row = 0; row < rows; row++) {
    bool any = false;
    for (uint32_t i = 0; i < call->argument_count; i++) any |= view_valid(&maps[i], view_row(&maps[i], row));
    if (any) {
      TRY(concat_row(maps, call->argument_count, row, result, context));
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, call->argument_count, result);
  return OK;
}

static Status bind_concat(ScalarBind *bind) {
  if (bind->argument_count < 2) {
    return error_set(bind->error, ERROR_INVALID_INPUT, bind->position,
                     "The provided amount of arguments is incorrect, please provide 2 or more maps");
  }
  Type expected = TYPE(NULL);
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = argument_type(bind->arguments[i]);
    if (is_null_type(type)) continue;
    if (!map_types(type)) {
      return error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "MAP_CONCAT only takes map arguments");
    }
    bool empty = map_types(type)[0].id == TYPE_NULL;
    if (is_null_type(expected) || map_types(expected)[0].id == TYPE_NULL) {
      expected = type;
    } else if (!empty && !type_equal(expected, type)) {
      TextBuilder text;
      text_init(&text, bind->arena->memory);
      text_append(&text, STR("'value' type of map differs between arguments, expected '"));
      type_print(&text, expected);
      text_append(&text, STR("', found '"));
      type_print(&text, type);
      text_append(&text, STR("' instead"));
      Status status = error_set(bind->error, ERROR_INVALID_INPUT, bind->position, "%.*s", (int)text.length,
                                text.length ? text.data : "");
      text_free(&text);
      return status;
    }
  }
  if (is_null_type(expected)) {
    for (uint32_t i = 1; i < bind->argument_count; i++) bind->argument_types[i] = argument_type(bind->arguments[i]);
    return bind_null_map(bind, TYPE(NULL));
  }
  for (uint32_t i = 0; i < bind->argument_count; i++) bind->argument_types[i] = expected;
  bind->result_type = expected;
  return OK;
}

static const ScalarFunction null_function =
    SCALAR("map", OF(ANY), TYPES(OF(ANY)), kernel_null, .variadic = true, .nulls = NULLS_SPECIAL);

#define LOOKUP_ENTRY(name, result, kernel, bind_function) \
  SCALAR(name, OF(result), TYPES(OF(ANY), OF(ANY)), kernel, .bind = bind_function, .nulls = NULLS_SPECIAL)

SCALAR_TABLE(map) = {
    SCALAR("map", OF(ANY), NO_TYPES, map_make, .bind = bind_map),
    SCALAR("map", OF(ANY), TYPES(OF(ANY), OF(ANY)), map_make, .bind = bind_map, .can_fail = true),
    SCALAR("map_from_entries", OF(ANY), TYPES(OF(ANY)), map_from_entries, .bind = bind_from_entries, .can_fail = true),
    SCALAR("map_entries", OF(ANY), TYPES(OF(ANY)), map_entries, .bind = bind_entries),
    SCALAR("map_keys", OF(ANY), TYPES(OF(ANY)), map_keys, .bind = bind_side),
    SCALAR("map_values", OF(ANY), TYPES(OF(ANY)), map_values, .bind = bind_side),
    SCALAR("cardinality", OF(UBIGINT), TYPES(OF(ANY)), cardinality, .bind = bind_cardinality),
    LOOKUP_ENTRY("map_extract", ANY, map_extract, bind_extract),
    LOOKUP_ENTRY("element_at", ANY, map_extract, bind_extract),
    LOOKUP_ENTRY("map_extract_value", ANY, map_extract_value, bind_extract_value),
    LOOKUP_ENTRY("map_contains", BOOLEAN, map_contains, bind_contains),
    SCALAR("contains", OF(BOOLEAN), TYPES(OF(MAP), OF(ANY)), map_contains, .bind = bind_contains,
           .nulls = NULLS_SPECIAL),
    SCALAR("map_concat", OF(ANY), TYPES(OF(ANY)), map_concat, .variadic = true, .bind = bind_concat,
           .nulls = NULLS_SPECIAL),
};
SCALAR_TABLE_END(map);
