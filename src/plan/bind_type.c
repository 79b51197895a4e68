// SPDX-License-Identifier: MIT
//
// bind_type.c: written types to types: built-in names, their modifiers, nested types, user types of the catalog.
#include "plan/binder.h"

static Status type_modifier(Binder *binder, const SqlType *type, uint32_t index, int64_t *out) {
  Value value;
  TRY(bind_literal_value(binder, type->named.modifiers.items[index], "type modifier", &value));
  // What is no integer is out of every range.
  Error ignored;
  *out = -1;
  Status status = value.is_null ? OK : value_cast(binder->arena, &value, TYPE(BIGINT), &value, &ignored);
  if (status == ERROR_NO_MEMORY) return error_no_memory(binder->error);
  if (status == OK && !value.is_null) *out = value.i64;
  return OK;
}

static Status apply_modifiers(Binder *binder, const SqlType *type, Type *out) {
  uint32_t count = type->named.modifiers.count;
  int64_t first = 0, second = 0;
  if (count == 0) {
    if (out->id == TYPE_DECIMAL && out->width == 0) *out = type_decimal(18, 3);
    return OK;
  }
  if (out->id == TYPE_DECIMAL) {
    if (count > 2)
      return error_set(binder->error, ERROR_BINDER, type->position,
                       "DECIMAL type can take at most two type modifiers, width and scale");
    TRY(type_modifier(binder, type, 0, &first));
    if (count > 1) TRY(type_modifier(binder, type, 1, &second));
    if (first < 1 || first > 38) {
      return error_set(binder->error, ERROR_BINDER, type->position, "DECIMAL type width must be between 1 and 38");
    }
    if (second < 0 || second > first) {
      return error_set(binder->error, ERROR_BINDER, type->position, "DECIMAL type scale cannot be greater than width");
    }
    *out = type_decimal((uint32_t)first, (uint32_t)second);
    return OK;
  }
  if (out->id == TYPE_TIMESTAMP && count == 1) {
    TRY(type_modifier(binder, type, 0, &first));
    if (first < 0 || first > 9) {
      return error_set(binder->error, ERROR_BINDER, type->position,
                       "TIMESTAMP only supports until nano-second precision (9)");
    }
    *out = first == 0   ? TYPE(TIMESTAMP_S)
           : first <= 3 ? TYPE(TIMESTAMP_MS)
           : first <= 6 ? TYPE(TIMESTAMP)
                        : TYPE(TIMESTAMP_NS);
    return OK;
  }
  if (out->id == TYPE_VARCHAR || out->id == TYPE_BIT || out->id == TYPE_INTERVAL || out->id == TYPE_BLOB) return OK;
  if (out->id == TYPE_FLOAT && count == 1) {
    TRY(type_modifier(binder, type, 0, &first));
    if (first > 24) *out = TYPE(DOUBLE);
    return OK;
  }
  return error_set(binder->error, ERROR_BINDER, type->position, "Type '%s' does not take any type modifiers",
                   type_id_name((TypeId)out->id));
}

static Status bind_named_type(Binder *binder, const SqlType *type, Type *out) {
  const SqlName *name = &type->named.name;
  if (!name->schema.data && type_from_name(name->name, out)) return apply_modifiers(binder, type, out);
  if (binder->context->catalog) {
    const CatalogEntry *entry;
    CatalogName wanted = catalog_name(name);
    wanted.position = type->position;
    if (str_equal_nocase(name->name, STR("enum"))) {
      return error_set(binder->error, ERROR_BINDER, type->position,
                       type->named.modifiers.count ? "ENUM type requires a set of VARCHAR arguments"
                                                   : "ENUM type requires at least one argument");
    }
    uint32_t database;
    if (name->catalog.data && !catalog_find_database(binder->context->catalog, name->catalog, &database)) {
      return error_set(binder->error, ERROR_BINDER, type->position, "Catalog \"%.*s\" does not exist!",
                       STR_ARG(name->catalog));
    }
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TYPE, wanted, false, &entry, binder->error));
    *out = ((const CatalogType *)entry)->type;
    return OK;
  }
  return error_set(binder->error, ERROR_CATALOG, type->position, "Type with name %.*s does not exist!",
                   STR_ARG(name->name));
}

static Status bind_fields(Binder *binder, const SqlType *type, Type *out) {
  uint32_t count = type->fields.fields.count;
  Type *types;
  Str *names;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, count);
  bool named = count > 0;
  for (uint32_t i = 0; i < count; i++) {
    const SqlTypeField *field = &type->fields.fields.items[i];
    names[i] = field->name;
    if (!field->name.data) named = false;
    TRY(bind_type(binder, field->type, &types[i]));
    for (uint32_t k = 0; field->name.data && k < i; k++) {
      if (str_equal_nocase(names[k], names[i])) {
        return error_set(binder->error, type->kind == SQL_TYPE_UNION ? ERROR_BINDER : ERROR_BINDER, field->position,
                         "Duplicate %s \"%.*s\"",
                         type->kind == SQL_TYPE_UNION ? "UNION type member name" : "STRUCT field name",
                         STR_ARG(names[i]));
      }
    }
  }
  if (type->kind == SQL_TYPE_UNION) return type_make_union(binder->arena, binder->error, types, names, count, out);
  return type_make_struct(binder->arena, binder->error, types, named ? names : NULL, count, out);
}

// No label of an ENUM may be there twice. The slots hold numbers of labels, from 1.
static Status check_labels(Binder *binder, const SqlType *type) {
  uint32_t count = type->enumeration.labels.count, slot_count = 4, *slots;
  const Str *labels = type->enumeration.labels.items;
  while (slot_count < 2 * count) slot_count *= 2;
  ARENA_NEW_ARRAY(binder->arena, binder->error, slots, slot_count);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t slot = (uint32_t)hash_bytes(labels[i].data, labels[i].length) & (slot_count - 1);
    for (; slots[slot]; slot = (slot + 1) & (slot_count - 1)) {
      if (!str_equal(labels[slots[slot] - 1], labels[i])) continue;
      return error_set(binder->error, ERROR_INVALID_INPUT, type->position,
                       "Attempted to create ENUM type with duplicate value %.*s", STR_ARG(labels[i]));
    }
    slots[slot] = i + 1;
  }
  return OK;
}

Status bind_type(Binder *binder, const SqlType *type, Type *out) {
  Type child, value;
  switch (type->kind) {
    case SQL_TYPE_NAMED:
      return bind_named_type(binder, type, out);
    case SQL_TYPE_LIST:
      TRY(bind_type(binder, type->list.child, &child));
      return type_make_list(binder->arena, binder->error, child, out);
    case SQL_TYPE_ARRAY:
      TRY(bind_type(binder, type->list.child, &child));
      if (type->list.size < 1) {
        return error_set(binder->error, ERROR_BINDER, -1, "ARRAY type size must be at least 1");
      }
      if (type->list.size > 100000) {
        return error_set(binder->error, ERROR_BINDER, -1, "ARRAY type size must be at most 100000");
      }
      return type_make_array(binder->arena, binder->error, child, (uint32_t)type->list.size, out);
    case SQL_TYPE_STRUCT:
    case SQL_TYPE_UNION:
      return bind_fields(binder, type, out);
    case SQL_TYPE_MAP:
      TRY(bind_type(binder, type->map.key, &child));
      TRY(bind_type(binder, type->map.value, &value));
      return type_make_map(binder->arena, binder->error, child, value, out);
    case SQL_TYPE_ENUM:
      TRY(check_labels(binder, type));
      return type_make_enum(binder->arena, binder->error, type->enumeration.labels.items,
                            type->enumeration.labels.count, out);
  }
  return error_set(binder->error, ERROR_INTERNAL, type->position, "unknown type");
}
