// SPDX-License-Identifier: MIT
//
// value.c: one value outside a vector: copies, order, text, and the way into and out of vectors.
//
// A Value holds numbers widened (i64, u64, i128 …); ScalarBytes is the same number in the layout of its physical type.
#include "vector/print.h"

typedef union ScalarBytes {
  uint8_t u8;
  int8_t i8;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  int128 i128;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  uint128 u128;
  float f32;
  double f64;
  StringView string;
  Interval interval;
} ScalarBytes;

static bool value_uses_i128(Type type) {
  return type.id == TYPE_HUGEINT || type.id == TYPE_DECIMAL || type.id == TYPE_UUID || type.id == TYPE_INTEGER_LITERAL;
}

static void value_to_bytes(const Value *value, Physical physical, ScalarBytes *bytes) {
  int128 number = value_uses_i128(value->type) ? value->i128 : (int128)value->i64;
  switch (physical) {
    case PHYSICAL_BOOL:
      bytes->u8 = value->boolean;
      break;
    case PHYSICAL_I8:
      bytes->i8 = (int8_t)number;
      break;
    case PHYSICAL_I16:
      bytes->i16 = (int16_t)number;
      break;
    case PHYSICAL_I32:
      bytes->i32 = (int32_t)number;
      break;
    case PHYSICAL_I64:
      bytes->i64 = (int64_t)number;
      break;
    case PHYSICAL_I128:
      bytes->i128 = number;
      break;
    case PHYSICAL_U8:
      bytes->u8 = (uint8_t)value->u64;
      break;
    case PHYSICAL_U16:
      bytes->u16 = (uint16_t)value->u64;
      break;
    case PHYSICAL_U32:
      bytes->u32 = (uint32_t)value->u64;
      break;
    case PHYSICAL_U64:
      bytes->u64 = value->u64;
      break;
    case PHYSICAL_U128:
      bytes->u128 = value->u128;
      break;
    case PHYSICAL_F32:
      bytes->f32 = value->f32;
      break;
    case PHYSICAL_F64:
      bytes->f64 = value->f64;
      break;
    case PHYSICAL_STRING:
      bytes->string = string_view(value->text.data, value->text.length);
      break;
    default:
      bytes->interval = value->interval;
      break;
  }
}

static void value_from_bytes(Value *value, Physical physical, const void *bytes) {
  switch (physical) {
    case PHYSICAL_BOOL:
      value->boolean = *(const uint8_t *)bytes;
      break;
    case PHYSICAL_U8:
    case PHYSICAL_U16:
    case PHYSICAL_U32:
    case PHYSICAL_U64:
      value->u64 = (uint64_t)integer_read(physical, bytes);
      break;
    case PHYSICAL_U128:
      value->u128 = *(const uint128 *)bytes;
      break;
    case PHYSICAL_F32:
      value->f32 = *(const float *)bytes;
      break;
    case PHYSICAL_F64:
      value->f64 = *(const double *)bytes;
      break;
    case PHYSICAL_INTERVAL:
      value->interval = *(const Interval *)bytes;
      break;
    default:
      if (value_uses_i128(value->type)) {
        value->i128 = integer_read(physical, bytes);
      } else {
        value->i64 = (int64_t)integer_read(physical, bytes);
      }
  }
}

Status value_copy(Arena *arena, Error *error, Value source, Value *out) {
  *out = source;
  TRY(type_copy(arena, error, source.type, &out->type));
  if (source.is_null) return OK;
  if (type_physical(source.type) == PHYSICAL_STRING) return str_copy(arena, error, source.text, &out->text);
  if (!type_is_nested(source.type)) return OK;
  Value *items;
  ARENA_NEW_ARRAY(arena, error, items, source.nested.count);
  for (uint32_t i = 0; i < source.nested.count; i++) TRY(value_copy(arena, error, source.nested.items[i], &items[i]));
  out->nested.items = items;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Order
// ---------------------------------------------------------------------------------------------------------------------

#define ORDER(a, b) ((a) < (b) ? -1 : (a) > (b))

static int compare_f64(double a, double b) {
  bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return a_nan - b_nan;
  return ORDER(a, b);
}

static int compare_items(const Value *a, const Value *b) {
  if (a->is_null || b->is_null) return a->is_null - b->is_null;
  return value_compare(a, b);
}

int value_compare(const Value *a, const Value *b) {
  if (type_is_nested(a->type)) {
    uint32_t count = MIN_OF(a->nested.count, b->nested.count);
    for (uint32_t i = 0; i < count; i++) {
      int order = compare_items(&a->nested.items[i], &b->nested.items[i]);
      if (order) return order;
    }
    return ORDER(a->nested.count, b->nested.count);
  }
  switch (type_physical(a->type)) {
    case PHYSICAL_BOOL:
      return a->boolean - b->boolean;
    case PHYSICAL_U8:
    case PHYSICAL_U16:
    case PHYSICAL_U32:
    case PHYSICAL_U64:
      return ORDER(a->u64, b->u64);
    case PHYSICAL_U128:
      return ORDER(a->u128, b->u128);
    case PHYSICAL_F32:
      return compare_f64(a->f32, b->f32);
    case PHYSICAL_F64:
      return compare_f64(a->f64, b->f64);
    case PHYSICAL_STRING:
      return str_compare(a->text, b->text);
    case PHYSICAL_INTERVAL:
      return interval_compare(a->interval, b->interval);
    default:
      return value_uses_i128(a->type) ? ORDER(a->i128, b->i128) : ORDER(a->i64, b->i64);
  }
}

bool value_equal(const Value *a, const Value *b) {
  if (a->is_null || b->is_null) return a->is_null && b->is_null;
  return value_compare(a, b) == 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Out of vectors
// ---------------------------------------------------------------------------------------------------------------------

static Status get_items(const Vector *child, uint32_t from, uint32_t count, Arena *arena, Value *out, Error *error) {
  ARENA_NEW_ARRAY(arena, error, out->nested.items, count);
  out->nested.count = count;
  for (uint32_t i = 0; i < count; i++) TRY(vector_get_value(child, from + i, arena, &out->nested.items[i], error));
  return OK;
}

static Status get_map(const Vector *base, ListEntry entry, Arena *arena, Value *out, Error *error) {
  VectorView pairs;
  vector_view(&base->children[0], &pairs);
  out->nested.count = entry.length * 2;
  ARENA_NEW_ARRAY(arena, error, out->nested.items, out->nested.count);
  for (uint32_t i = 0; i < entry.length; i++) {
    uint32_t at = view_row(&pairs, entry.offset + i);
    TRY(vector_get_value(&pairs.base->children[0], at, arena, &out->nested.items[i * 2], error));
    TRY(vector_get_value(&pairs.base->children[1], at, arena, &out->nested.items[i * 2 + 1], error));
  }
  return OK;
}

Status vector_get_value(const Vector *vector, uint32_t row, Arena *arena, Value *out, Error *error) {
  VectorView view;
  vector_view(vector, &view);
  uint32_t at = view_row(&view, row);
  *out = value_null(vector->type);
  if (!view_valid(&view, at)) return OK;
  out->is_null = false;
  const Vector *base = view.base;
  switch (vector->type.id) {
    case TYPE_LIST: {
      ListEntry entry = ((const ListEntry *)view.data)[at];
      return get_items(&base->children[0], entry.offset, entry.length, arena, out, error);
    }
    case TYPE_ARRAY: {
      uint32_t size = vector->type.array_size;
      return get_items(&base->children[0], at * size, size, arena, out, error);
    }
    case TYPE_MAP:
      return get_map(base, ((const ListEntry *)view.data)[at], arena, out, error);
    case TYPE_STRUCT:
      ARENA_NEW_ARRAY(arena, error, out->nested.items, base->child_count);
      out->nested.count = base->child_count;
      for (uint32_t i = 0; i < base->child_count; i++) {
        TRY(vector_get_value(&base->children[i], at, arena, &out->nested.items[i], error));
      }
      return OK;
    case TYPE_UNION:
      ARENA_NEW_ARRAY(arena, error, out->nested.items, 2);
      out->nested.count = 2;
      TRY(vector_get_value(&base->children[0], at, arena, &out->nested.items[0], error));
      return vector_get_value(&base->children[1 + out->nested.items[0].u64], at, arena, &out->nested.items[1], error);
    default: {
      const void *bytes = (const uint8_t *)view.data + (size_t)at * physical_size(vector->physical);
      if (vector->physical == PHYSICAL_STRING) return str_copy(arena, error, string_str(bytes), &out->text);
      value_from_bytes(out, vector->physical, bytes);
      return OK;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Into vectors
// ---------------------------------------------------------------------------------------------------------------------

// Room for `count` more elements of a LIST or MAP; *from is the first of them.
Status vector_list_room(Vector *vector, uint32_t count, uint32_t *from, Error *error) {
  Vector *child = &vector->children[0];
  uint64_t needed = (uint64_t)vector->child_rows + count;
  if (needed > UINT32_MAX / 2) return error_set(error, ERROR_OUT_OF_RANGE, -1, "List is too long");
  if (needed > child->capacity) {
    TRY(vector_reserve(child, (uint32_t)MAX_OF(needed, (uint64_t)child->capacity * 2), error));
  }
  *from = vector->child_rows;
  vector->child_rows += count;
  return OK;
}

static Status set_list(Vector *vector, uint32_t row, const Value *value, Error *error) {
  uint32_t from = 0;
  bool map = vector->type.id == TYPE_MAP;
  uint32_t count = map ? value->nested.count / 2 : value->nested.count;
  TRY(vector_list_room(vector, count, &from, error));
  ((ListEntry *)vector->data)[row] = (ListEntry){from, count};
  Vector *child = &vector->children[0];
  for (uint32_t i = 0; i < count; i++) {
    if (!map) {
      TRY(vector_set_value(child, from + i, &value->nested.items[i], error));
      continue;
    }
    TRY(vector_set_value(&child->children[0], from + i, &value->nested.items[i * 2], error));
    TRY(vector_set_value(&child->children[1], from + i, &value->nested.items[i * 2 + 1], error));
  }
  return OK;
}

static Status set_union(Vector *vector, uint32_t row, const Value *value, Error *error) {
  uint64_t tag = value->nested.items[0].u64;
  ((uint8_t *)vector->children[0].data)[row] = (uint8_t)tag;
  for (uint32_t i = 1; i < vector->child_count; i++) {
    if (i == tag + 1) {
      TRY(vector_set_value(&vector->children[i], row, &value->nested.items[1], error));
    } else {
      TRY(vector_set_null(&vector->children[i], row, error));
    }
  }
  return OK;
}

Status vector_set_value(Vector *vector, uint32_t row, const Value *value, Error *error) {
  ASSERT(vector->form != VECTOR_DICTIONARY);
  if (value->is_null) return vector_set_null(vector, row, error);
  if (vector->validity) {
    TRY(vector_need_validity(vector, error));
    bit_set(vector->validity, row);
  }
  switch (vector->type.id) {
    case TYPE_LIST:
    case TYPE_MAP:
      return set_list(vector, row, value, error);
    case TYPE_ARRAY:
      ASSERT(value->nested.count == vector->type.array_size);
      for (uint32_t i = 0; i < value->nested.count; i++) {
        TRY(vector_set_value(&vector->children[0], row * vector->type.array_size + i, &value->nested.items[i], error));
      }
      return OK;
    case TYPE_STRUCT:
      ASSERT(value->nested.count == vector->child_count);
      for (uint32_t i = 0; i < vector->child_count; i++) {
        TRY(vector_set_value(&vector->children[i], row, &value->nested.items[i], error));
      }
      return OK;
    case TYPE_UNION:
      return set_union(vector, row, value, error);
    default: {
      if (vector->physical == PHYSICAL_STRING) return vector_set_string(vector, row, value->text, error);
      ScalarBytes bytes;
      value_to_bytes(value, vector->physical, &bytes);
      size_t size = physical_size(vector->physical);
      memcpy((uint8_t *)vector->data + row * size, &bytes, size);
      return OK;
    }
  }
}

Status vector_fill_value(Vector *vector, const Value *value, Error *error) {
  TRY(vector_reset(vector, error));
  if (value->is_null) {
    vector_set_null_constant(vector);
    return OK;
  }
  TRY(vector_reserve(vector, 1, error));
  TRY(vector_set_value(vector, 0, value, error));
  vector_set_constant(vector);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

static void print_scalar_value(TextBuilder *out, const Value *value) {
  Physical physical = type_physical(value->type);
  ScalarBytes bytes;
  value_to_bytes(value, physical, &bytes);
  scalar_print(out, value->type, physical, &bytes);
}

static void print_nested_item(TextBuilder *out, const Value *value);

static void print_nested_value(TextBuilder *out, const Value *value) {
  const Value *items = value->nested.items;
  const TypeInfo *info = value->type.info;
  bool named = value->type.id == TYPE_STRUCT && info->names;
  const char *brackets = "[]";
  if (value->type.id == TYPE_MAP || named) brackets = "{}";
  if (value->type.id == TYPE_STRUCT && !named) brackets = "()";
  text_append_char(out, brackets[0]);
  bool map = value->type.id == TYPE_MAP;
  for (uint32_t i = 0; i < value->nested.count; i++) {
    if (i) text_append(out, map && i % 2 ? STR("=") : STR(", "));
    if (named) {
      struct_key_print(out, info->names[i]);
      text_append(out, STR(": "));
    }
    print_nested_item(out, &items[i]);
  }
  text_append_char(out, brackets[1]);
}

static void print_nested_item(TextBuilder *out, const Value *value) {
  if (value->is_null) {
    text_append(out, STR("NULL"));
  } else if (value->type.id == TYPE_UNION) {
    print_nested_item(out, &value->nested.items[1]);
  } else if (type_is_nested(value->type)) {
    print_nested_value(out, value);
  } else {
    TextBuilder text;
    text_init(&text, out->memory);
    print_scalar_value(&text, value);
    out->failed |= text.failed;
    nested_text_print(out, text_str(&text));
    text_free(&text);
  }
}

void value_print(TextBuilder *out, const Value *value) {
  if (value->is_null) {
    text_append(out, STR("NULL"));
  } else if (value->type.id == TYPE_UNION) {
    value_print(out, &value->nested.items[1]);
  } else if (type_is_nested(value->type)) {
    print_nested_value(out, value);
  } else {
    print_scalar_value(out, value);
  }
}

static void print_sql_list(TextBuilder *out, const Value *value, uint32_t from, uint32_t step) {
  text_append_char(out, '[');
  for (uint32_t i = from; i < value->nested.count; i += step) {
    if (i != from) text_append(out, STR(", "));
    value_print_sql(out, &value->nested.items[i]);
  }
  text_append_char(out, ']');
}

static void print_sql_struct(TextBuilder *out, const Value *value) {
  const TypeInfo *info = value->type.info;
  text_append(out, info->names ? STR("{") : STR("row("));
  for (uint32_t i = 0; i < value->nested.count; i++) {
    if (i) text_append(out, STR(", "));
    if (info->names) {
      text_append_quoted(out, info->names[i], '\'');
      text_append(out, STR(": "));
    }
    value_print_sql(out, &value->nested.items[i]);
  }
  text_append_char(out, info->names ? '}' : ')');
}

// The text in quotes and the type behind it: '2020-01-01'::DATE.
static void print_sql_typed(TextBuilder *out, const Value *value) {
  TextBuilder text;
  text_init(&text, out->memory);
  print_scalar_value(&text, value);
  out->failed |= text.failed;
  text_append_quoted(out, text_str(&text), '\'');
  text_append(out, STR("::"));
  type_print(out, value->type);
  text_free(&text);
}

static bool is_finite(double number) { return number - number == 0; }

void value_print_sql(TextBuilder *out, const Value *value) {
  if (value->is_null) {
    text_append(out, STR("NULL"));
    return;
  }
  switch (value->type.id) {
    case TYPE_VARCHAR:
    case TYPE_STRING_LITERAL:
      text_append_quoted(out, value->text, '\'');
      return;
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
      if (is_finite(value->type.id == TYPE_FLOAT ? value->f32 : value->f64)) {
        print_scalar_value(out, value);
      } else {
        print_sql_typed(out, value);
      }
      return;
    case TYPE_LIST:
    case TYPE_ARRAY:
      print_sql_list(out, value, 0, 1);
      return;
    case TYPE_MAP:
      text_append(out, STR("MAP("));
      print_sql_list(out, value, 0, 2);
      text_append(out, STR(", "));
      print_sql_list(out, value, 1, 2);
      text_append_char(out, ')');
      return;
    case TYPE_STRUCT:
      print_sql_struct(out, value);
      return;
    case TYPE_UNION:
      text_append(out, STR("union_value("));
      identifier_print(out, value->type.info->names[value->nested.items[0].u64]);
      text_append(out, STR(" := "));
      value_print_sql(out, &value->nested.items[1]);
      text_append_char(out, ')');
      return;
    default:
      if (value->type.id == TYPE_BOOLEAN || type_is_numeric(value->type)) {
        print_scalar_value(out, value);
      } else {
        print_sql_typed(out, value);
      }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Casts, by way of a vector of one row
// ---------------------------------------------------------------------------------------------------------------------

// An integer of up to 64 bits that the other type holds too.
static bool retype_integer(Value *value, Type type) {
  TypeId from = value->type.id, to = type.id;
  if (from < TYPE_TINYINT || from > TYPE_BIGINT || to < TYPE_TINYINT || to > TYPE_BIGINT) return false;
  uint32_t free_bits = 64 - 8 * physical_size(type_physical(type));
  if ((int64_t)((uint64_t)value->i64 << free_bits) >> free_bits != value->i64) return false;
  value->type = type;
  return true;
}

Status value_cast(Arena *arena, const Value *value, Type type, Value *out, Error *error) {
  if (value->is_null) {
    *out = value_null(type);
    return OK;
  }
  if (type_equal(value->type, type)) {
    *out = *value;
    return OK;
  }
  *out = *value;
  if (retype_integer(out, type)) return OK;
  Vector source = {0}, result = {0};
  CastContext context = {.memory = arena->memory, .error = error, .position = -1};
  Status status = vector_init(&source, arena->memory, value->type, 1, error);
  if (status == OK) status = vector_init(&result, arena->memory, type, 1, error);
  if (status == OK) status = vector_fill_value(&source, value, error);
  if (status == OK) status = vector_cast(&context, &source, 1, &result);
  if (status == OK) status = vector_get_value(&result, 0, arena, out, error);
  vector_free(&result);
  vector_free(&source);
  return status;
}
