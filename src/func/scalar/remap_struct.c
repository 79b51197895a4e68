// SPDX-License-Identifier: MIT
//
// remap_struct.c: remap_struct(value, NULL::target, mapping, defaults) gives a nested value another shape, by the names of fields: what
// ALTER TABLE does with fields inside of columns.
//
//   mapping    {target field: 'source field'}, or ('source field', mapping) to go on inside; the field of a LIST is called list,
//              those of a MAP key and value
//   defaults   {target field: constant}, or a struct of such to go on inside; NULL: none
//
// What is mapped without a mapping of its own is cast.
#include "func/support.h"

typedef struct Remap Remap;
struct Remap {
  Type target;
  bool cast;       // the whole value is cast
  int32_t *source; // [target fields]: a STRUCT's source field, -1: the default
  Value *defaults; // [target fields]
  Remap **inside;  // [target fields]; LIST: 1; MAP: key, value; NULL where there is a default
};

typedef struct RemapBind {
  ScalarBind *bind;
  uint32_t depth;
} RemapBind;

static uint32_t field_count(Type type) {
  return type.id == TYPE_STRUCT ? type.info->count : type.id == TYPE_MAP ? 2 : 1;
}

static Str field_name(Type type, uint32_t index) {
  if (type.id == TYPE_LIST) return STR("list");
  if (type.id == TYPE_MAP) return index ? STR("value") : STR("key");
  return type.info->names ? type.info->names[index] : (Str){"", 0};
}

static bool find_field(Type type, Str name, uint32_t *index) {
  for (uint32_t i = 0; i < field_count(type); i++) {
    if (!str_equal_nocase(field_name(type, i), name)) continue;
    *index = i;
    return true;
  }
  return false;
}

static bool can_remap(Type type) { return type.id == TYPE_STRUCT || type.id == TYPE_LIST || type.id == TYPE_MAP; }

// The value of a named field of a struct constant; NULL: not there.
static const Value *constant_field(const Value *constant, Str name) {
  if (constant->is_null || constant->type.id != TYPE_STRUCT || !constant->type.info->names) return NULL;
  for (uint32_t i = 0; i < constant->type.info->count; i++) {
    if (str_equal_nocase(constant->type.info->names[i], name)) return &constant->nested.items[i];
  }
  return NULL;
}

static Status type_error(ScalarBind *bind, Type type) {
  TextBuilder name;
  text_init(&name, bind->arena->memory);
  type_print(&name, type);
  Status status = error_set(bind->error, ERROR_BINDER, bind->position,
                            "Struct remap can only remap nested types, not '%.*s'", STR_ARG(text_str(&name)));
  text_free(&name);
  return status;
}

static Status kind_error(ScalarBind *bind, Type source, Type target) {
  TextBuilder names[2];
  text_init(&names[0], bind->arena->memory);
  text_init(&names[1], bind->arena->memory);
  type_print(&names[0], source);
  type_print(&names[1], target);
  Status status = error_set(bind->error, ERROR_BINDER, bind->position,
                            "Can't change source type (%.*s) to target type (%.*s), type conversion not allowed",
                            STR_ARG(text_str(&names[0])), STR_ARG(text_str(&names[1])));
  text_free(&names[0]);
  text_free(&names[1]);
  return status;
}

static Status plan_remap(RemapBind *context, Type source, Type target, const Value *mapping, const Value *defaults,
                         Remap **out);

static Status plan_field(RemapBind *context, Remap *remap, uint32_t index, Type source, const Value *mapping,
                         const Value *defaults) {
  ScalarBind *bind = context->bind;
  Type target = type_child(remap->target, index);
  Str name = field_name(remap->target, index);
  const Value *mapped = constant_field(mapping, name);
  const Value *fallback = constant_field(defaults, name);
  if (!mapped) {
    remap->source[index] = -1;
    if (!fallback) {
      return error_set(bind->error, ERROR_BINDER, bind->position, "Missing target value %.*s for remap", STR_ARG(name));
    }
    return value_cast(bind->arena, fallback, target, &remap->defaults[index], bind->error);
  }
  const Value *from = mapped, *inner = NULL;
  if (mapped->type.id == TYPE_STRUCT && !mapped->is_null && mapped->type.info->count == 2) {
    from = &mapped->nested.items[0];
    inner = &mapped->nested.items[1];
  }
  uint32_t at;
  if (from->is_null || from->type.id != TYPE_VARCHAR) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Source value of a remap must be a name");
  }
  if (!find_field(source, from->text, &at)) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Source value %.*s not found", STR_ARG(from->text));
  }
  remap->source[index] = (int32_t)at;
  static const Value none = {.is_null = true, .type = {.id = TYPE_NULL}};
  if (inner) {
    return plan_remap(context, type_child(source, at), target, inner, fallback ? fallback : &none,
                      &remap->inside[index]);
  }
  Type own = type_child(source, at);
  if (own.id != target.id && (can_remap(own) || can_remap(target))) return kind_error(bind, own, target);
  ARENA_NEW(bind->arena, bind->error, remap->inside[index]);
  *remap->inside[index] = (Remap){.target = target, .cast = true};
  return OK;
}

static Status plan_remap(RemapBind *context, Type source, Type target, const Value *mapping, const Value *defaults,
                         Remap **out) {
  ScalarBind *bind = context->bind;
  if (!can_remap(source)) return type_error(bind, source);
  if (!can_remap(target)) return type_error(bind, target);
  if (source.id != target.id || context->depth >= TYPE_DEPTH_LIMIT) return kind_error(bind, source, target);
  // No mapping: all fields take their defaults.
  if (!mapping->is_null && (mapping->type.id != TYPE_STRUCT || !mapping->type.info->names)) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Struct remap can only be done with a named struct");
  }
  for (uint32_t i = 0; !mapping->is_null && i < mapping->type.info->count; i++) {
    uint32_t ignored;
    Str name = mapping->type.info->names[i];
    if (find_field(target, name, &ignored)) continue;
    return error_set(bind->error, ERROR_BINDER, bind->position, "Target value %.*s not found", STR_ARG(name));
  }
  uint32_t count = field_count(target);
  Remap *remap;
  ARENA_NEW(bind->arena, bind->error, remap);
  remap->target = target;
  ARENA_NEW_ARRAY(bind->arena, bind->error, remap->source, count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, remap->defaults, count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, remap->inside, count);
  context->depth++;
  for (uint32_t i = 0; i < count; i++) TRY(plan_field(context, remap, i, source, mapping, defaults));
  context->depth--;
  *out = remap;
  return OK;
}

static Status remap_value(const Remap *remap, Arena *arena, const Value *from, Value *to, Error *error) {
  if (remap->cast) return value_cast(arena, from, remap->target, to, error);
  *to = value_null(remap->target);
  if (from->is_null) return OK;
  to->is_null = false;
  bool is_struct = remap->target.id == TYPE_STRUCT;
  uint32_t count = is_struct ? remap->target.info->count : from->nested.count;
  Value *items;
  ARENA_NEW_ARRAY(arena, error, items, count);
  to->nested.items = items;
  to->nested.count = count;
  for (uint32_t i = 0; i < count; i++) {
    // A MAP's items are key, value, key, value …
    uint32_t field = is_struct ? i : remap->target.id == TYPE_MAP ? i & 1 : 0;
    if (remap->source[field] < 0) {
      items[i] = remap->defaults[field];
      continue;
    }
    uint32_t at = (uint32_t)remap->source[field];
    if (!is_struct) at = remap->target.id == TYPE_MAP ? (i & ~1u) + at : i;
    TRY(remap_value(remap->inside[field], arena, &from->nested.items[at], &items[i], error));
  }
  return OK;
}

KERNEL(remap_struct) {
  const Remap *remap = call->bind_data;
  uint32_t rows = kernel_rows(arguments, 1, row_count);
  for (uint32_t row = 0; row < rows; row++) {
    ArenaMark mark = arena_mark(context->scratch);
    Value from, to;
    TRY(vector_get_value(arguments[0], row, context->scratch, &from, context->error));
    TRY(remap_value(remap, context->scratch, &from, &to, context->error));
    TRY(vector_set_value(result, row, &to, context->error));
    arena_rewind(context->scratch, mark);
  }
  kernel_finish(arguments, 1, result);
  return OK;
}

static Status bind_remap_struct(ScalarBind *bind) {
  bind_own_types(bind);
  Value mapping, defaults;
  bool has_mapping, has_defaults;
  TRY(bind_constant(bind, 2, &mapping, &has_mapping));
  TRY(bind_constant(bind, 3, &defaults, &has_defaults));
  if (!has_mapping || !has_defaults) {
    return error_set(bind->error, ERROR_BINDER, bind->position, "Struct remap needs constant mappings and defaults");
  }
  Remap *remap;
  RemapBind context = {bind, 0};
  bind->result_type = bind->argument_types[1];
  TRY(plan_remap(&context, bind->argument_types[0], bind->result_type, &mapping, &defaults, &remap));
  bind->bind_data = remap;
  return OK;
}

SCALAR_TABLE(remap_struct) = {
    SCALAR("remap_struct", OF(ANY), TYPES(OF(ANY), OF(ANY), OF(ANY), OF(ANY)), remap_struct, .bind = bind_remap_struct,
           .nulls = NULLS_SPECIAL, .can_fail = true),
};
SCALAR_TABLE_END(remap_struct);
