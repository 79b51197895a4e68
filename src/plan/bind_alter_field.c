// SPDX-License-Identifier: MIT
//
// bind_alter_field.c: ALTER TABLE … ADD, DROP, RENAME of a field inside of a column (s.a.b; the elements of a list are called element, a map
// has key and value). The column gets a new type, and its values are remap_struct(column, NULL::type, mapping, defaults).
#include "plan/binder.h"

typedef struct FieldChange {
  Binder *binder;
  const SqlAlter *sql;
  const CatalogTable *table;
  Str column;
  Type added; // ADD: the type of the new field
  Value initial;
  bool nothing; // IF EXISTS, IF NOT EXISTS: nothing is to be done
} FieldChange;

// A nested type changed at some place inside, and what remap_struct needs to know of the change.
typedef struct ChangedType {
  Type type;
  Value mapping;
  Value defaults; // NULL: none
} ChangedType;

typedef struct FieldList {
  Str *names;
  Type *types;
  Value *mapping; // of the field of that name in the new type
  uint32_t count;
} FieldList;

static Str path_item(const FieldChange *change, uint32_t depth) { return change->sql->column_path.items[depth]; }

static Status make_struct_value(Binder *binder, const Str *names, Value *items, uint32_t count, Value *out) {
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, count);
  for (uint32_t i = 0; i < count; i++) types[i] = items[i].type;
  *out = (Value){.nested = {items, count}};
  return type_make_struct(binder->arena, binder->error, types, names, count, &out->type);
}

static Status one_field(Binder *binder, Str name, Value value, Value *out) {
  Str *names;
  Value *items;
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, items, 1);
  names[0] = name;
  items[0] = value;
  return make_struct_value(binder, names, items, 1, out);
}

// ('source', mapping)
static Status inner_mapping(Binder *binder, Str source, Value mapping, Value *out) {
  Value *items;
  ARENA_NEW_ARRAY(binder->arena, binder->error, items, 2);
  items[0] = value_text(source);
  items[1] = mapping;
  return make_struct_value(binder, NULL, items, 2, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// The change at its place
// ---------------------------------------------------------------------------------------------------------------------

static Status not_a_struct(FieldChange *change, uint32_t depth) {
  Binder *binder = change->binder;
  Str field = path_item(change, depth), parent = path_item(change, depth - 1);
  switch (change->sql->action) {
    case SQL_ALTER_ADD_COLUMN:
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Column %.*s is not a struct - ALTER TABLE can only add fields to structs", STR_ARG(parent));
    case SQL_ALTER_DROP_COLUMN:
      return error_set(binder->error, ERROR_CATALOG, -1,
                       "Cannot drop field '%.*s' from column '%.*s' - it's not a struct", STR_ARG(field),
                       STR_ARG(parent));
    default:
      return error_set(binder->error, ERROR_CATALOG, -1,
                       "Cannot rename field '%.*s' from column '%.*s' - can only rename fields inside a struct",
                       STR_ARG(field), STR_ARG(parent));
  }
}

static bool find_field(const TypeInfo *info, Str name, uint32_t *index) {
  for (uint32_t i = 0; info->names && i < info->count; i++) {
    if (!str_equal_nocase(info->names[i], name)) continue;
    *index = i;
    return true;
  }
  return false;
}

static Status finish_fields(Binder *binder, const FieldList *fields, uint32_t mapped, ChangedType *out) {
  TRY(type_make_struct(binder->arena, binder->error, fields->types, fields->names, fields->count, &out->type));
  return make_struct_value(binder, fields->names, fields->mapping, mapped, &out->mapping);
}

static Status copy_fields(Binder *binder, Type type, FieldList *fields) {
  const TypeInfo *info = type.info;
  ARENA_NEW_ARRAY(binder->arena, binder->error, fields->names, info->count + 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, fields->types, info->count + 1);
  ARENA_NEW_ARRAY(binder->arena, binder->error, fields->mapping, info->count + 1);
  for (uint32_t i = 0; i < info->count; i++) {
    fields->names[i] = info->names[i];
    fields->types[i] = info->types[i];
    fields->mapping[i] = value_text(info->names[i]);
  }
  fields->count = info->count;
  return OK;
}

static Status add_field(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  FieldList fields = {0};
  Str name = change->sql->column.name;
  uint32_t at;
  if (find_field(type.info, name, &at)) {
    change->nothing = change->sql->column_if_not_exists;
    if (change->nothing) return OK;
    return error_set(binder->error, ERROR_CATALOG, -1, "Duplicate field \"%.*s\" - field already exists in struct %.*s",
                     STR_ARG(name), STR_ARG(path_item(change, depth - 1)));
  }
  TRY(copy_fields(binder, type, &fields));
  fields.names[fields.count] = name;
  fields.types[fields.count++] = change->added;
  TRY(one_field(binder, name, change->initial, &out->defaults));
  return finish_fields(binder, &fields, fields.count - 1, out);
}

static Status drop_field(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  FieldList fields = {0};
  Str name = path_item(change, depth);
  uint32_t at;
  if (!find_field(type.info, name, &at)) {
    change->nothing = change->sql->column_if_exists;
    if (change->nothing) return OK;
    return error_set(binder->error, ERROR_CATALOG, -1, "Cannot drop field \"%.*s\" - it does not exist", STR_ARG(name));
  }
  if (type.info->count == 1) {
    return error_set(binder->error, ERROR_CATALOG, -1,
                     "Cannot drop field %.*s from column %.*s - it is the last field of the struct", STR_ARG(name),
                     STR_ARG(path_item(change, depth - 1)));
  }
  TRY(copy_fields(binder, type, &fields));
  fields.count--;
  for (uint32_t i = at; i < fields.count; i++) {
    fields.names[i] = fields.names[i + 1];
    fields.types[i] = fields.types[i + 1];
    fields.mapping[i] = fields.mapping[i + 1];
  }
  return finish_fields(binder, &fields, fields.count, out);
}

static Status rename_field(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  FieldList fields = {0};
  Str name = path_item(change, depth), new_name = change->sql->new_name;
  uint32_t at, other;
  if (!find_field(type.info, name, &at)) {
    return error_set(binder->error, ERROR_CATALOG, -1, "Cannot rename field \"%.*s\" - it does not exist",
                     STR_ARG(name));
  }
  if (find_field(type.info, new_name, &other) && other != at) {
    return error_set(binder->error, ERROR_CATALOG, -1,
                     "Cannot rename field %.*s from column %.*s to %.*s - a field with this name already exists",
                     STR_ARG(name), STR_ARG(path_item(change, depth - 1)), STR_ARG(new_name));
  }
  TRY(copy_fields(binder, type, &fields));
  fields.names[at] = new_name;
  return finish_fields(binder, &fields, fields.count, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// The way there
// ---------------------------------------------------------------------------------------------------------------------

static Status no_nested_type(FieldChange *change, uint32_t depth) {
  Binder *binder = change->binder;
  if (change->sql->action == SQL_ALTER_ADD_COLUMN) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Column '%.*s' is not a nested type, ADD COLUMN can only be used on nested types",
                     STR_ARG(path_item(change, depth - 1)));
  }
  return error_set(binder->error, ERROR_CATALOG, -1, "Cannot %s field from column \"%.*s\" - not a nested type",
                   change->sql->action == SQL_ALTER_DROP_COLUMN ? "drop" : "rename", STR_ARG(change->column));
}

static Status missing_field(FieldChange *change, uint32_t depth) {
  return error_set(change->binder->error, ERROR_CATALOG, -1, "Field \"%.*s\" does not exist in column \"%.*s\"",
                   STR_ARG(path_item(change, depth)), STR_ARG(change->column));
}

static Status change_type(FieldChange *change, Type type, uint32_t depth, ChangedType *out);

static Status change_struct(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  FieldList fields = {0};
  ChangedType inner;
  uint32_t at;
  if (!find_field(type.info, path_item(change, depth), &at)) return missing_field(change, depth);
  TRY(change_type(change, type_child(type, at), depth + 1, &inner));
  if (change->nothing) return OK;
  TRY(copy_fields(binder, type, &fields));
  fields.types[at] = inner.type;
  TRY(inner_mapping(binder, fields.names[at], inner.mapping, &fields.mapping[at]));
  if (!inner.defaults.is_null) TRY(one_field(binder, fields.names[at], inner.defaults, &out->defaults));
  return finish_fields(binder, &fields, fields.count, out);
}

static Status change_list(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  ChangedType inner;
  Value mapping;
  if (!str_equal_nocase(path_item(change, depth), STR("element"))) return missing_field(change, depth);
  TRY(change_type(change, type_child(type, 0), depth + 1, &inner));
  if (change->nothing) return OK;
  TRY(type_make_list(binder->arena, binder->error, inner.type, &out->type));
  TRY(inner_mapping(binder, STR("list"), inner.mapping, &mapping));
  if (!inner.defaults.is_null) TRY(one_field(binder, STR("list"), inner.defaults, &out->defaults));
  return one_field(binder, STR("list"), mapping, &out->mapping);
}

static Status change_map(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  Binder *binder = change->binder;
  static const char *const parts[] = {"key", "value"};
  ChangedType inner;
  Str *names;
  Value *mapping;
  Type types[2] = {type_child(type, 0), type_child(type, 1)};
  uint32_t at = str_equal_nocase(path_item(change, depth), STR("value"));
  if (!at && !str_equal_nocase(path_item(change, depth), STR("key"))) return missing_field(change, depth);
  TRY(change_type(change, types[at], depth + 1, &inner));
  if (change->nothing) return OK;
  types[at] = inner.type;
  TRY(type_make_map(binder->arena, binder->error, types[0], types[1], &out->type));
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, 2);
  ARENA_NEW_ARRAY(binder->arena, binder->error, mapping, 2);
  for (uint32_t i = 0; i < 2; i++) {
    names[i] = str_from(parts[i]);
    mapping[i] = value_text(names[i]);
  }
  TRY(inner_mapping(binder, names[at], inner.mapping, &mapping[at]));
  if (!inner.defaults.is_null) TRY(one_field(binder, names[at], inner.defaults, &out->defaults));
  return make_struct_value(binder, names, mapping, 2, &out->mapping);
}

// path[depth] is a field of `type`; the last one is added, dropped or renamed.
static Status change_type(FieldChange *change, Type type, uint32_t depth, ChangedType *out) {
  const SqlAlter *sql = change->sql;
  bool adds = sql->action == SQL_ALTER_ADD_COLUMN;
  *out = (ChangedType){.defaults = value_null(TYPE(NULL))};
  bool last = depth + 1 == sql->column_path.count;
  bool named_struct = type.id == TYPE_STRUCT && type.info->names;
  if (!named_struct && type.id != TYPE_LIST && type.id != TYPE_MAP) return no_nested_type(change, depth);
  if (last) {
    if (!named_struct) return not_a_struct(change, depth);
    if (adds) return add_field(change, type, depth, out);
    return sql->action == SQL_ALTER_DROP_COLUMN ? drop_field(change, type, depth, out)
                                                : rename_field(change, type, depth, out);
  }
  if (named_struct) return change_struct(change, type, depth, out);
  return type.id == TYPE_LIST ? change_list(change, type, depth, out) : change_map(change, type, depth, out);
}

static Status bind_added(FieldChange *change) {
  Binder *binder = change->binder;
  CatalogColumn column = {0};
  Expr *initial;
  TRY(bind_column_definition(binder, &change->sql->column, "UPDATE", &column));
  change->added = column.type;
  change->initial = value_null(column.type);
  if (!column.default_sql.data) return OK;
  TRY(bind_default(binder, change->table, &column, &initial));
  return evaluate_constant(binder, initial, &change->initial);
}

Status bind_alter_field(Binder *binder, const SqlAlter *sql, const CatalogTable *table, uint32_t position,
                        CatalogAlter *request, Expr **conversion) {
  const CatalogColumn *column = &table->columns[position];
  FieldChange change = {.binder = binder, .table = table, .sql = sql, .column = column->name};
  ChangedType changed;
  Scope scope;
  if (sql->action != SQL_ALTER_ADD_COLUMN && sql->action != SQL_ALTER_DROP_COLUMN &&
      sql->action != SQL_ALTER_RENAME_COLUMN) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "This ALTER TABLE of a field inside of a column");
  }
  if (sql->action == SQL_ALTER_ADD_COLUMN) TRY(bind_added(&change));
  TRY(change_type(&change, column->type, 1, &changed));
  if (change.nothing) changed.type = column->type;
  request->action = ALTER_SET_TYPE;
  request->new_column.type = changed.type;
  TRY(table_scope(binder, table, &scope));
  const ScopeTable *names = scope.tables.items[0];
  Expr *arguments[4], *value;
  TRY(scope_table_column(binder, names, position, -1, &arguments[0]));
  TRY_NEW(binder, arguments[1], expr_constant(binder->arena, value_null(changed.type)));
  TRY_NEW(binder, arguments[2], expr_constant(binder->arena, changed.mapping));
  TRY_NEW(binder, arguments[3], expr_constant(binder->arena, changed.defaults));
  value = arguments[0];
  if (!change.nothing) {
    ExprBinder functions = expr_binder(binder, NULL, "ALTER TABLE");
    TRY(bind_function(&functions, "remap_struct", arguments, 4, -1, &value));
  }
  return conversion_over_stored(binder, table, names->table_indexes[0], value, conversion);
}
