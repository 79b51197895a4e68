// SPDX-License-Identifier: MIT
//
// test_types.c: the table functions of DuckDB's tests: test_all_types() has a column of every type with its least value, its
// greatest and NULL; test_vector_types(NULL::T, …) gives values of T in chunks of every form of vector. The numbers, names and
// texts are DuckDB's (src/common/… test_type and test_vector_types).
#include "func/support.h"

typedef enum Shape {
  SHAPE_PLAIN,
  SHAPE_LIST,
  SHAPE_LIST_OF_LIST,
  SHAPE_STRUCT, // STRUCT(a INTEGER, b VARCHAR)
  SHAPE_STRUCT_OF_LISTS,
  SHAPE_LIST_OF_STRUCT,
  SHAPE_MAP,
  SHAPE_UNION,
  SHAPE_ARRAY,          // T[3]
  SHAPE_ARRAY_OF_ARRAY, // T[3][3]
  SHAPE_ARRAY_OF_STRUCT,
  SHAPE_STRUCT_OF_ARRAYS,
  SHAPE_ARRAY_OF_LIST, // T[][3]
  SHAPE_LIST_OF_ARRAY, // T[3][]
  SHAPE_SMALL_ENUM,
  SHAPE_MEDIUM_ENUM,
  SHAPE_LARGE_ENUM,
} Shape;

typedef struct TestColumn {
  const char *name;
  Shape shape;
  Type type; // innermost
  Str least, greatest;
} TestColumn;

#define TEXT(literal) \
  { (literal), sizeof(literal) - 1 }
#define DUCKS "🦆🦆🦆🦆🦆🦆"
#define NUMBERS "[42, 999, NULL, NULL, -42]"
#define STRINGS "[" DUCKS ", goose, NULL, '']"
#define PLAIN(name, type, least, greatest) \
  { name, SHAPE_PLAIN, {.id = TYPE_##type}, TEXT(least), TEXT(greatest) }
#define SHAPED(name, shape, type, least, greatest) \
  { name, SHAPE_##shape, {.id = TYPE_##type}, TEXT(least), TEXT(greatest) }
#define DECIMAL_COLUMN(name, width_, scale_, least, greatest) \
  { name, SHAPE_PLAIN, {.id = TYPE_DECIMAL, .width = width_, .scale = scale_}, TEXT(least), TEXT(greatest) }

static const TestColumn test_columns[] = {
    PLAIN("bool", BOOLEAN, "false", "true"),
    PLAIN("tinyint", TINYINT, "-128", "127"),
    PLAIN("smallint", SMALLINT, "-32768", "32767"),
    PLAIN("int", INTEGER, "-2147483648", "2147483647"),
    PLAIN("bigint", BIGINT, "-9223372036854775808", "9223372036854775807"),
    PLAIN("hugeint", HUGEINT, "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"),
    PLAIN("uhugeint", UHUGEINT, "0", "340282366920938463463374607431768211455"),
    PLAIN("utinyint", UTINYINT, "0", "255"),
    PLAIN("usmallint", USMALLINT, "0", "65535"),
    PLAIN("uint", UINTEGER, "0", "4294967295"),
    PLAIN("ubigint", UBIGINT, "0", "18446744073709551615"),
    PLAIN("date", DATE, "5877642-06-25 (BC)", "5881580-07-10"),
    PLAIN("time", TIME, "00:00:00", "24:00:00"),
    PLAIN("timestamp", TIMESTAMP, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775806"),
    PLAIN("timestamp_s", TIMESTAMP_S, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54"),
    PLAIN("timestamp_ms", TIMESTAMP_MS, "290309-12-22 (BC) 00:00:00", "294247-01-10 04:00:54.775"),
    PLAIN("timestamp_ns", TIMESTAMP_NS, "1677-09-22 00:00:00", "2262-04-11 23:47:16.854775806"),
    PLAIN("time_tz", TIME_TZ, "00:00:00+15:59:59", "24:00:00-15:59:59"),
    PLAIN("timestamp_tz", TIMESTAMP_TZ, "290309-12-22 (BC) 00:00:00+00", "294247-01-10 04:00:54.775806+00"),
    PLAIN("float", FLOAT, "-3.4028235e+38", "3.4028235e+38"),
    PLAIN("double", DOUBLE, "-1.7976931348623157e+308", "1.7976931348623157e+308"),
    DECIMAL_COLUMN("dec_4_1", 4, 1, "-999.9", "999.9"),
    DECIMAL_COLUMN("dec_9_4", 9, 4, "-99999.9999", "99999.9999"),
    DECIMAL_COLUMN("dec_18_6", 18, 6, "-999999999999.999999", "999999999999.999999"),
    DECIMAL_COLUMN("dec38_10", 38, 10, "-9999999999999999999999999999.9999999999",
                   "9999999999999999999999999999.9999999999"),
    PLAIN("uuid", UUID, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    PLAIN("interval", INTERVAL, "00:00:00", "83 years 3 months 999 days 00:16:39.999999"),
    PLAIN("varchar", VARCHAR, DUCKS, "goo\0se"),
    PLAIN("blob", BLOB, "thisisalongblob\\x00withnullbytes", "\\x00\\x00\\x00a"),
    PLAIN("bit", BIT, "0010001001011100010101011010111", "10101"),
    SHAPED("small_enum", SMALL_ENUM, ENUM, "DUCK_DUCK_ENUM", "GOOSE"),
    SHAPED("medium_enum", MEDIUM_ENUM, ENUM, "enum_0", "enum_299"),
    SHAPED("large_enum", LARGE_ENUM, ENUM, "enum_0", "enum_69999"),
    SHAPED("int_array", LIST, INTEGER, "[]", NUMBERS),
    SHAPED("double_array", LIST, DOUBLE, "[]", "[42.0, nan, inf, -inf, NULL, -42.0]"),
    SHAPED("date_array", LIST, DATE, "[]", "[1970-01-01, infinity, -infinity, NULL, 2022-05-12]"),
    SHAPED("timestamp_array", LIST, TIMESTAMP, "[]",
           "['1970-01-01 00:00:00', infinity, -infinity, NULL, '2022-05-12 16:23:45']"),
    SHAPED("timestamptz_array", LIST, TIMESTAMP_TZ, "[]",
           "['1970-01-01 00:00:00+00', infinity, -infinity, NULL, '2022-05-12 23:23:45+00']"),
    SHAPED("varchar_array", LIST, VARCHAR, "[]", STRINGS),
    SHAPED("nested_int_array", LIST_OF_LIST, INTEGER, "[]", "[[], " NUMBERS ", NULL, [], " NUMBERS "]"),
    SHAPED("struct", STRUCT, STRUCT, "{'a': NULL, 'b': NULL}", "{'a': 42, 'b': " DUCKS "}"),
    SHAPED("struct_of_arrays", STRUCT_OF_LISTS, STRUCT, "{'a': NULL, 'b': NULL}",
           "{'a': " NUMBERS ", 'b': " STRINGS "}"),
    SHAPED("array_of_structs", LIST_OF_STRUCT, STRUCT, "[]",
           "[{'a': NULL, 'b': NULL}, {'a': 42, 'b': " DUCKS "}, NULL]"),
    SHAPED("map", MAP, MAP, "{}", "{key1=" DUCKS ", key2=goose}"),
    SHAPED("union", UNION, UNION, "Frank", "5"),
    SHAPED("fixed_int_array", ARRAY, INTEGER, "[NULL, 2, 3]", "[4, 5, 6]"),
    SHAPED("fixed_varchar_array", ARRAY, VARCHAR, "[a, NULL, c]", "[d, e, f]"),
    SHAPED("fixed_nested_int_array", ARRAY_OF_ARRAY, INTEGER, "[[NULL, 2, 3], NULL, [NULL, 2, 3]]",
           "[[4, 5, 6], [NULL, 2, 3], [4, 5, 6]]"),
    SHAPED("fixed_nested_varchar_array", ARRAY_OF_ARRAY, VARCHAR, "[[a, NULL, c], NULL, [a, NULL, c]]",
           "[[d, e, f], [a, NULL, c], [d, e, f]]"),
    SHAPED("fixed_struct_array", ARRAY_OF_STRUCT, STRUCT,
           "[{'a': NULL, 'b': NULL}, {'a': 42, 'b': " DUCKS "}, {'a': NULL, 'b': NULL}]",
           "[{'a': 42, 'b': " DUCKS "}, {'a': NULL, 'b': NULL}, {'a': 42, 'b': " DUCKS "}]"),
    SHAPED("struct_of_fixed_array", STRUCT_OF_ARRAYS, STRUCT, "{'a': [NULL, 2, 3], 'b': [a, NULL, c]}",
           "{'a': [4, 5, 6], 'b': [d, e, f]}"),
    SHAPED("fixed_array_of_int_list", ARRAY_OF_LIST, INTEGER, "[[], " NUMBERS ", []]",
           "[" NUMBERS ", [], " NUMBERS "]"),
    SHAPED("list_of_fixed_int_array", LIST_OF_ARRAY, INTEGER, "[[NULL, 2, 3], [4, 5, 6], [NULL, 2, 3]]",
           "[[4, 5, 6], [NULL, 2, 3], [4, 5, 6]]"),
    PLAIN("time_ns", TIME_NS, "00:00:00", "24:00:00"),
};

// ---------------------------------------------------------------------------------------------------------------------
// Types and values of the columns
// ---------------------------------------------------------------------------------------------------------------------

static Status make_enum(Arena *arena, Error *error, uint32_t count, Type *out) {
  Str *names;
  ARENA_NEW_ARRAY(arena, error, names, count);
  for (uint32_t i = 0; i < count; i++) TRY(str_format(arena, error, &names[i], "enum_%u", i));
  return type_make_enum(arena, error, names, count, out);
}

static Status make_pair(Arena *arena, Error *error, Type a, Type b, Type *out) {
  static const Str names[2] = {{"a", 1}, {"b", 1}};
  Type types[2] = {a, b};
  return type_make_struct(arena, error, types, names, 2, out);
}

static Status make_type(Arena *arena, Error *error, const TestColumn *column, bool large_enum, Type *out) {
  Type inner = column->type, a, b;
  static const Str union_names[2] = {{"name", 4}, {"age", 3}};
  switch (column->shape) {
    case SHAPE_LIST:
      return type_make_list(arena, error, inner, out);
    case SHAPE_LIST_OF_LIST:
      TRY(type_make_list(arena, error, inner, &a));
      return type_make_list(arena, error, a, out);
    case SHAPE_STRUCT:
      return make_pair(arena, error, TYPE(INTEGER), TYPE(VARCHAR), out);
    case SHAPE_STRUCT_OF_LISTS:
      TRY(type_make_list(arena, error, TYPE(INTEGER), &a));
      TRY(type_make_list(arena, error, TYPE(VARCHAR), &b));
      return make_pair(arena, error, a, b, out);
    case SHAPE_LIST_OF_STRUCT:
      TRY(make_pair(arena, error, TYPE(INTEGER), TYPE(VARCHAR), &a));
      return type_make_list(arena, error, a, out);
    case SHAPE_MAP:
      return type_make_map(arena, error, TYPE(VARCHAR), TYPE(VARCHAR), out);
    case SHAPE_UNION: {
      Type members[2] = {TYPE(VARCHAR), TYPE(SMALLINT)};
      return type_make_union(arena, error, members, union_names, 2, out);
    }
    case SHAPE_ARRAY:
      return type_make_array(arena, error, inner, 3, out);
    case SHAPE_ARRAY_OF_ARRAY:
      TRY(type_make_array(arena, error, inner, 3, &a));
      return type_make_array(arena, error, a, 3, out);
    case SHAPE_ARRAY_OF_STRUCT:
      TRY(make_pair(arena, error, TYPE(INTEGER), TYPE(VARCHAR), &a));
      return type_make_array(arena, error, a, 3, out);
    case SHAPE_STRUCT_OF_ARRAYS:
      TRY(type_make_array(arena, error, TYPE(INTEGER), 3, &a));
      TRY(type_make_array(arena, error, TYPE(VARCHAR), 3, &b));
      return make_pair(arena, error, a, b, out);
    case SHAPE_ARRAY_OF_LIST:
      TRY(type_make_list(arena, error, inner, &a));
      return type_make_array(arena, error, a, 3, out);
    case SHAPE_LIST_OF_ARRAY:
      TRY(type_make_array(arena, error, inner, 3, &a));
      return type_make_list(arena, error, a, out);
    case SHAPE_SMALL_ENUM: {
      static const Str names[2] = {{"DUCK_DUCK_ENUM", 14}, {"GOOSE", 5}};
      return type_make_enum(arena, error, names, 2, out);
    }
    case SHAPE_MEDIUM_ENUM:
      return make_enum(arena, error, 300, out);
    case SHAPE_LARGE_ENUM: {
      static const Str names[2] = {{"enum_0", 6}, {"enum_69999", 10}};
      if (large_enum) return make_enum(arena, error, 70000, out);
      return type_make_enum(arena, error, names, 2, out);
    }
    default:
      *out = inner;
      return OK;
  }
}

static Status make_value(Arena *arena, Error *error, const TestColumn *column, Type type, bool greatest, Value *out) {
  Str text = greatest ? column->greatest : column->least;
  Value value = value_text(text);
  if (column->shape == SHAPE_UNION && greatest) value = value_i64(TYPE(SMALLINT), 5);
  if (type.id == TYPE_VARCHAR) {
    *out = value;
    return OK;
  }
  return value_cast(arena, &value, type, out, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// test_all_types
// ---------------------------------------------------------------------------------------------------------------------

#define ALL_TYPES_ROWS 3

typedef struct ValueTable {
  Value *values; // [column][row]
  uint32_t rows;
} ValueTable;

static Status bind_all_types(TableBind *bind) {
  bool large_enum = false;
  for (uint32_t i = 0; i < bind->named_count; i++) {
    if (str_equal(bind->named[i].name, STR("use_large_enum"))) large_enum = bind->named[i].value.boolean;
  }
  uint32_t count = COUNT_OF(test_columns);
  ValueTable *table;
  ARENA_NEW(bind->arena, bind->error, table);
  ARENA_NEW_ARRAY(bind->arena, bind->error, table->values, count * ALL_TYPES_ROWS);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, count);
  table->rows = ALL_TYPES_ROWS;
  for (uint32_t i = 0; i < count; i++) {
    const TestColumn *column = &test_columns[i];
    Type *type = &bind->column_types[i];
    TRY(make_type(bind->arena, bind->error, column, large_enum, type));
    bind->column_names[i] = str_from(column->name);
    Value *values = &table->values[i * ALL_TYPES_ROWS];
    for (uint32_t row = 0; row < 2; row++)
      TRY(make_value(bind->arena, bind->error, column, *type, row == 1, &values[row]));
    values[2] = value_null(*type);
  }
  bind->column_count = count;
  bind->bind_data = table;
  bind->row_estimate = ALL_TYPES_ROWS;
  return OK;
}

static Status work_values(TableScan *scan, const FileRange *ranges, uint32_t range_count, Chunk *out, bool *done) {
  (void)ranges, (void)range_count;
  const ValueTable *table = scan->bind_data;
  for (uint32_t c = 0; c < scan->column_count; c++) {
    for (uint32_t row = 0; row < table->rows; row++) {
      TRY(vector_set_value(&out->columns[c], row, &table->values[scan->columns[c] * table->rows + row],
                           scan->context->error));
    }
  }
  out->row_count = table->rows;
  *done = true;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// test_vector_types: three flat values, a constant three times, two by dictionary, three of a sequence
// ---------------------------------------------------------------------------------------------------------------------

#define VECTOR_ROWS 11

static Status make_list_value(Arena *arena, Error *error, Type type, const Value *items, uint32_t count, Value *out) {
  *out = (Value){.type = type};
  out->nested.count = count;
  ARENA_NEW_ARRAY(arena, error, out->nested.items, count);
  if (count) memcpy(out->nested.items, items, sizeof *items * count);
  return OK;
}

#define VALUE_DEPTH_LIMIT 64

static Status flat_values(Arena *arena, Error *error, Type type, bool sequence, uint32_t depth, Value out[3]);

// {v0, v0 …}, {v1, v1 …}, {v2, v2 …}
static Status struct_values(Arena *arena, Error *error, Type type, bool sequence, uint32_t depth, Value out[3]) {
  uint32_t count = type.info->count;
  for (uint32_t row = 0; row < 3; row++) {
    out[row] = (Value){.type = type};
    out[row].nested.count = count;
    ARENA_NEW_ARRAY(arena, error, out[row].nested.items, count);
  }
  for (uint32_t i = 0; i < count; i++) {
    Value fields[3];
    TRY(flat_values(arena, error, type.info->types[i], sequence, depth + 1, fields));
    for (uint32_t row = 0; row < 3; row++) out[row].nested.items[i] = fields[row];
  }
  return OK;
}

static Status plain_values(Arena *arena, Error *error, Type type, Value out[3]) {
  for (size_t i = 0; i < COUNT_OF(test_columns); i++) {
    const TestColumn *column = &test_columns[i];
    if (column->type.id != type.id) continue;
    if (type.id == TYPE_DECIMAL && (column->type.width != type.width || column->type.scale != type.scale)) continue;
    bool is_enum = type.id == TYPE_ENUM;
    for (uint32_t row = 0; row < 2; row++) {
      if (is_enum) {
        Value name = value_text(type.info->names[row ? type.info->count - 1 : 0]);
        TRY(value_cast(arena, &name, type, &out[row], error));
      } else {
        TRY(make_value(arena, error, column, type, row == 1, &out[row]));
      }
    }
    out[2] = value_null(type);
    return OK;
  }
  TextBuilder text;
  text_init(&text, arena->memory);
  type_print(&text, type);
  Status status = error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Unimplemented type for test_vector_types %.*s",
                            (int)text.length, text.length ? text.data : "");
  text_free(&text);
  return status;
}

static Status flat_values(Arena *arena, Error *error, Type type, bool sequence, uint32_t depth, Value out[3]) {
  if (depth > VALUE_DEPTH_LIMIT) return error_set(error, ERROR_INVALID_INPUT, -1, "The type is nested too deeply");
  if (type.id == TYPE_STRUCT) return struct_values(arena, error, type, sequence, depth, out);
  if (type.id == TYPE_LIST) {
    Value items[3];
    TRY(flat_values(arena, error, type.info->types[0], sequence, depth + 1, items));
    TRY(make_list_value(arena, error, type, items, 2, &out[0]));
    TRY(make_list_value(arena, error, type, NULL, 0, &out[1]));
    return make_list_value(arena, error, type, &items[2], 1, &out[2]);
  }
  if (type.id == TYPE_MAP) { // a pair, NULL, a pair
    Value keys[3], values[3];
    TRY(flat_values(arena, error, type.info->types[0], sequence, depth + 1, keys));
    TRY(flat_values(arena, error, type.info->types[1], sequence, depth + 1, values));
    out[1] = value_null(type);
    TRY(make_list_value(arena, error, type, (Value[]){keys[0], values[0]}, 2, &out[0]));
    return make_list_value(arena, error, type, (Value[]){keys[1], values[1]}, 2, &out[2]);
  }
  if (sequence && type_is_integral(type) && type.id != TYPE_HUGEINT && type.id != TYPE_UHUGEINT) {
    for (uint32_t row = 0; row < 3; row++) out[row] = value_i64(type, 3 + 2 * (int64_t)row);
    return OK;
  }
  return plain_values(arena, error, type, out);
}

static Status bind_vector_types(TableBind *bind) {
  ValueTable *table;
  ARENA_NEW(bind->arena, bind->error, table);
  ARENA_NEW_ARRAY(bind->arena, bind->error, table->values, bind->argument_count * VECTOR_ROWS);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_types, bind->argument_count);
  ARENA_NEW_ARRAY(bind->arena, bind->error, bind->column_names, bind->argument_count);
  table->rows = VECTOR_ROWS;
  for (uint32_t i = 0; i < bind->argument_count; i++) {
    Type type = bind->arguments[i].type;
    Value flat[3], sequence[3], *rows = &table->values[i * VECTOR_ROWS];
    TRY(flat_values(bind->arena, bind->error, type, false, 0, flat));
    TRY(flat_values(bind->arena, bind->error, type, true, 0, sequence));
    for (uint32_t k = 0; k < 3; k++) {
      rows[k] = flat[k];
      rows[3 + k] = flat[0];
      rows[8 + k] = sequence[k];
    }
    rows[6] = flat[1];
    rows[7] = flat[2];
    bind->column_types[i] = type;
    bind->column_names[i] = STR("test_vector");
    if (i) TRY(str_format(bind->arena, bind->error, &bind->column_names[i], "test_vector%u", i + 1));
  }
  bind->column_count = bind->argument_count;
  bind->bind_data = table;
  bind->row_estimate = VECTOR_ROWS;
  return OK;
}

static const NamedParameter all_types_parameters[] = {
    {"use_large_bignum", OF(BOOLEAN)},
    {"use_large_enum", OF(BOOLEAN)},
};
static const NamedParameter vector_types_parameters[] = {
    {"all_flat", OF(BOOLEAN)},
};

TABLE_TABLE(test_types) = {
    {.name = "test_all_types",
     NO_TYPES,
     .named = all_types_parameters,
     .named_count = 2,
     .bind = bind_all_types,
     .work = work_values},
    {.name = "test_vector_types",
     TYPES(OF(ANY)),
     .variadic = true,
     .named = vector_types_parameters,
     .named_count = 1,
     .bind = bind_vector_types,
     .work = work_values},
};
TABLE_TABLE_END(test_types);
