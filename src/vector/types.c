// SPDX-License-Identifier: MIT
//
// types.c: what a type is: its names, its layout, equality, copies in arenas, and its bytes in the database file.
//
// Bytes of a type (type_serialize), all numbers little-endian base-128 varints unless said otherwise:
//
//   id (1 byte)
//   DECIMAL  width (1 byte), scale (1 byte)
//   ARRAY    elements a row
//   nested   flags (1 byte: 1 named, 2 alias), count, then per child: [name length, name] type; [alias length, alias]
//   ENUM     flags, count, then per value: length, bytes; [alias length, alias]
//   others   nothing, or for an aliased simple type (id | 0x80) alias length, alias
#include "vector/vector.h"

#define FLAG_NAMED 1
#define FLAG_ALIAS 2
#define ALIASED_SIMPLE 0x80
#define TYPE_ITEM_LIMIT 1000000

typedef struct TypeFacts {
  uint8_t id;
  uint8_t physical;
  const char *name;
} TypeFacts;

static const TypeFacts TYPE_FACTS[] = {
    {TYPE_INVALID, PHYSICAL_NONE, "INVALID"},
    {TYPE_NULL, PHYSICAL_I32, "\"NULL\""},
    {TYPE_UNKNOWN, PHYSICAL_I32, "UNKNOWN"},
    {TYPE_ANY, PHYSICAL_NONE, "ANY"},
    {TYPE_BOOLEAN, PHYSICAL_BOOL, "BOOLEAN"},
    {TYPE_TINYINT, PHYSICAL_I8, "TINYINT"},
    {TYPE_SMALLINT, PHYSICAL_I16, "SMALLINT"},
    {TYPE_INTEGER, PHYSICAL_I32, "INTEGER"},
    {TYPE_BIGINT, PHYSICAL_I64, "BIGINT"},
    {TYPE_HUGEINT, PHYSICAL_I128, "HUGEINT"},
    {TYPE_UTINYINT, PHYSICAL_U8, "UTINYINT"},
    {TYPE_USMALLINT, PHYSICAL_U16, "USMALLINT"},
    {TYPE_UINTEGER, PHYSICAL_U32, "UINTEGER"},
    {TYPE_UBIGINT, PHYSICAL_U64, "UBIGINT"},
    {TYPE_UHUGEINT, PHYSICAL_U128, "UHUGEINT"},
    {TYPE_FLOAT, PHYSICAL_F32, "FLOAT"},
    {TYPE_DOUBLE, PHYSICAL_F64, "DOUBLE"},
    {TYPE_DECIMAL, PHYSICAL_NONE, "DECIMAL"}, // by width
    {TYPE_VARCHAR, PHYSICAL_STRING, "VARCHAR"},
    {TYPE_BLOB, PHYSICAL_STRING, "BLOB"},
    {TYPE_BIT, PHYSICAL_STRING, "BIT"},
    {TYPE_DATE, PHYSICAL_I32, "DATE"},
    {TYPE_TIME, PHYSICAL_I64, "TIME"},
    {TYPE_TIME_NS, PHYSICAL_I64, "TIME_NS"},
    {TYPE_TIME_TZ, PHYSICAL_I64, "TIME WITH TIME ZONE"},
    {TYPE_TIMESTAMP_S, PHYSICAL_I64, "TIMESTAMP_S"},
    {TYPE_TIMESTAMP_MS, PHYSICAL_I64, "TIMESTAMP_MS"},
    {TYPE_TIMESTAMP, PHYSICAL_I64, "TIMESTAMP"},
    {TYPE_TIMESTAMP_NS, PHYSICAL_I64, "TIMESTAMP_NS"},
    {TYPE_TIMESTAMP_TZ, PHYSICAL_I64, "TIMESTAMP WITH TIME ZONE"},
    {TYPE_INTERVAL, PHYSICAL_INTERVAL, "INTERVAL"},
    {TYPE_UUID, PHYSICAL_I128, "UUID"},
    {TYPE_ENUM, PHYSICAL_NONE, "ENUM"}, // by number of values
    {TYPE_BIGNUM, PHYSICAL_STRING, "BIGNUM"},
    {TYPE_LIST, PHYSICAL_LIST, "LIST"},
    {TYPE_ARRAY, PHYSICAL_NONE, "ARRAY"},
    {TYPE_STRUCT, PHYSICAL_NONE, "STRUCT"},
    {TYPE_MAP, PHYSICAL_LIST, "MAP"},
    {TYPE_UNION, PHYSICAL_NONE, "UNION"},
    {TYPE_LAMBDA, PHYSICAL_NONE, "LAMBDA"},
    {TYPE_INTEGER_LITERAL, PHYSICAL_I128, "INTEGER_LITERAL"},
    {TYPE_STRING_LITERAL, PHYSICAL_STRING, "STRING_LITERAL"},
};

static const TypeFacts *type_facts(TypeId id) {
  for (size_t i = 0; i < COUNT_OF(TYPE_FACTS); i++) {
    if (TYPE_FACTS[i].id == id) return &TYPE_FACTS[i];
  }
  return NULL;
}

const char *type_id_name(TypeId id) {
  const TypeFacts *facts = type_facts(id);
  return facts ? facts->name : "INVALID";
}

Physical type_physical(Type type) {
  if (type.id == TYPE_DECIMAL) {
    if (type.width <= 4) return PHYSICAL_I16;
    if (type.width <= 9) return PHYSICAL_I32;
    return type.width <= 18 ? PHYSICAL_I64 : PHYSICAL_I128;
  }
  if (type.id == TYPE_ENUM) {
    uint32_t count = type.info ? type.info->count : 0;
    if (count <= UINT8_MAX) return PHYSICAL_U8;
    return count <= UINT16_MAX ? PHYSICAL_U16 : PHYSICAL_U32;
  }
  const TypeFacts *facts = type_facts(type.id);
  return facts ? (Physical)facts->physical : PHYSICAL_NONE;
}

uint32_t physical_size(Physical physical) {
  static const uint8_t SIZES[PHYSICAL_COUNT] = {
      [PHYSICAL_BOOL] = 1,
      [PHYSICAL_I8] = 1,
      [PHYSICAL_I16] = 2,
      [PHYSICAL_I32] = 4,
      [PHYSICAL_I64] = 8,
      [PHYSICAL_I128] = 16,
      [PHYSICAL_U8] = 1,
      [PHYSICAL_U16] = 2,
      [PHYSICAL_U32] = 4,
      [PHYSICAL_U64] = 8,
      [PHYSICAL_U128] = 16,
      [PHYSICAL_F32] = 4,
      [PHYSICAL_F64] = 8,
      [PHYSICAL_STRING] = sizeof(StringView),
      [PHYSICAL_INTERVAL] = sizeof(Interval),
      [PHYSICAL_LIST] = sizeof(ListEntry),
  };
  return SIZES[physical];
}

// ---------------------------------------------------------------------------------------------------------------------
// Making types
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t type_depth(Type type) { return type.info ? type.info->depth : 0; }

static Status make_nested(Arena *arena, Error *error, TypeId id, const Type *types, const Str *names, uint32_t count,
                          Type *out) {
  TypeInfo *info;
  ARENA_NEW(arena, error, info);
  info->count = count;
  Type *own_types;
  ARENA_NEW_ARRAY(arena, error, own_types, count);
  for (uint32_t i = 0; i < count; i++) {
    own_types[i] = types[i];
    info->depth = MAX_OF(info->depth, type_depth(types[i]) + 1);
  }
  if (info->depth > TYPE_DEPTH_LIMIT) {
    return error_set(error, ERROR_INVALID_INPUT, -1, "Maximum nested type depth of %d exceeded", TYPE_DEPTH_LIMIT);
  }
  info->types = own_types;
  if (names) {
    Str *own_names;
    ARENA_NEW_ARRAY(arena, error, own_names, count);
    for (uint32_t i = 0; i < count; i++) TRY(str_copy(arena, error, names[i], &own_names[i]));
    info->names = own_names;
  }
  *out = (Type){.id = (uint8_t)id, .info = info};
  return OK;
}

Status type_make_list(Arena *arena, Error *error, Type element, Type *out) {
  return make_nested(arena, error, TYPE_LIST, &element, NULL, 1, out);
}

Status type_make_array(Arena *arena, Error *error, Type element, uint32_t size, Type *out) {
  TRY(make_nested(arena, error, TYPE_ARRAY, &element, NULL, 1, out));
  out->array_size = size;
  return OK;
}

// The names make the info of a MAP also that of its elements (type_element).
Status type_make_map(Arena *arena, Error *error, Type key, Type value, Type *out) {
  Type types[2] = {key, value};
  Str names[2] = {STR("key"), STR("value")};
  return make_nested(arena, error, TYPE_MAP, types, names, 2, out);
}

Status type_make_struct(Arena *arena, Error *error, const Type *types, const Str *names, uint32_t count, Type *out) {
  return make_nested(arena, error, TYPE_STRUCT, types, names, count, out);
}

Status type_make_union(Arena *arena, Error *error, const Type *types, const Str *names, uint32_t count, Type *out) {
  return make_nested(arena, error, TYPE_UNION, types, names, count, out);
}

Status type_make_enum(Arena *arena, Error *error, const Str *values, uint32_t count, Type *out) {
  TypeInfo *info;
  ARENA_NEW(arena, error, info);
  Str *own_values;
  ARENA_NEW_ARRAY(arena, error, own_values, count);
  for (uint32_t i = 0; i < count; i++) TRY(str_copy(arena, error, values[i], &own_values[i]));
  info->count = count;
  info->names = own_values;
  *out = (Type){.id = TYPE_ENUM, .info = info};
  return OK;
}

Status type_with_alias(Arena *arena, Error *error, Type type, Str alias, Type *out) {
  TypeInfo *info;
  ARENA_NEW(arena, error, info);
  if (type.info) *info = *type.info;
  TRY(str_copy(arena, error, alias, &info->alias));
  *out = type;
  out->info = info;
  return OK;
}

Status type_copy(Arena *arena, Error *error, Type source, Type *out) {
  *out = source;
  if (!source.info) return OK;
  TypeInfo *info;
  ARENA_NEW(arena, error, info);
  *info = *source.info;
  if (info->types) {
    Type *types;
    ARENA_NEW_ARRAY(arena, error, types, info->count);
    for (uint32_t i = 0; i < info->count; i++) TRY(type_copy(arena, error, source.info->types[i], &types[i]));
    info->types = types;
  }
  if (info->names) {
    Str *names;
    ARENA_NEW_ARRAY(arena, error, names, info->count);
    for (uint32_t i = 0; i < info->count; i++) TRY(str_copy(arena, error, source.info->names[i], &names[i]));
    info->names = names;
  }
  if (info->alias.length) TRY(str_copy(arena, error, source.info->alias, &info->alias));
  if (info->collation.length) TRY(str_copy(arena, error, source.info->collation, &info->collation));
  out->info = info;
  return OK;
}

bool type_equal(Type a, Type b) {
  if (a.id != b.id || a.array_size != b.array_size) return false;
  if ((a.id == TYPE_DECIMAL || a.id == TYPE_INTEGER_LITERAL) && (a.width != b.width || a.scale != b.scale))
    return false;
  if (a.info == b.info) return true;
  Str a_alias = a.info ? a.info->alias : (Str){0};
  Str b_alias = b.info ? b.info->alias : (Str){0};
  if (!str_equal(a_alias, b_alias)) return false;
  if (!a.info || !b.info) return (a.info ? a.info : b.info)->count == 0;
  if (a.info->count != b.info->count || !a.info->names != !b.info->names) return false;
  for (uint32_t i = 0; i < a.info->count; i++) {
    if (a.info->names && !str_equal(a.info->names[i], b.info->names[i])) return false;
    if (a.info->types && !type_equal(a.info->types[i], b.info->types[i])) return false;
  }
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Families
// ---------------------------------------------------------------------------------------------------------------------

bool type_is_integral(Type type) { return type.id >= TYPE_TINYINT && type.id <= TYPE_UHUGEINT; }

bool type_is_numeric(Type type) {
  return (type.id >= TYPE_TINYINT && type.id <= TYPE_DECIMAL) || type.id == TYPE_BIGNUM ||
         type.id == TYPE_INTEGER_LITERAL;
}

bool type_is_nested(Type type) { return type.id >= TYPE_LIST && type.id <= TYPE_UNION; }

bool type_is_temporal(Type type) { return type.id >= TYPE_DATE && type.id <= TYPE_TIMESTAMP_TZ; }

bool type_is_string(Type type) { return type.id == TYPE_VARCHAR || type.id == TYPE_STRING_LITERAL; }

Type type_element(Type type) {
  ASSERT(type.id == TYPE_LIST || type.id == TYPE_ARRAY || type.id == TYPE_MAP);
  if (type.id == TYPE_MAP) return (Type){.id = TYPE_STRUCT, .info = type.info};
  return type.info->types[0];
}

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

void type_print(TextBuilder *out, Type type) {
  switch (type.id) {
    case TYPE_DECIMAL:
      if (type.width) {
        text_format(out, "DECIMAL(%u,%u)", type.width, type.scale);
      } else {
        text_append(out, STR("DECIMAL"));
      }
      return;
    case TYPE_LIST:
      if (!type.info) break;
      type_print(out, type.info->types[0]);
      text_append(out, STR("[]"));
      return;
    case TYPE_ARRAY:
      if (!type.info) break;
      type_print(out, type.info->types[0]);
      if (type.array_size) {
        text_format(out, "[%u]", type.array_size);
      } else {
        text_append(out, STR("[ANY]"));
      }
      return;
    case TYPE_MAP:
      if (!type.info) break;
      text_append(out, STR("MAP("));
      type_print(out, type.info->types[0]);
      text_append(out, STR(", "));
      type_print(out, type.info->types[1]);
      text_append_char(out, ')');
      return;
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_ENUM:
      if (!type.info) break;
      text_append(out, str_from(type_id_name(type.id)));
      text_append_char(out, '(');
      for (uint32_t i = 0; i < type.info->count; i++) {
        if (i) text_append(out, STR(", "));
        if (type.id == TYPE_ENUM) {
          text_append_quoted(out, type.info->names[i], '\'');
          continue;
        }
        if (type.info->names) {
          identifier_print(out, type.info->names[i]);
          text_append_char(out, ' ');
        }
        type_print(out, type.info->types[i]);
      }
      text_append_char(out, ')');
      return;
    default:
      break;
  }
  text_append(out, str_from(type_id_name(type.id)));
}

bool type_from_name(Str name, Type *out) {
  static const struct {
    const char *name;
    uint8_t id;
  } NAMES[] = {
      {"int", TYPE_INTEGER},
      {"integer", TYPE_INTEGER},
      {"bigint", TYPE_BIGINT},
      {"varchar", TYPE_VARCHAR},
      {"text", TYPE_VARCHAR},
      {"string", TYPE_VARCHAR},
      {"double", TYPE_DOUBLE},
      {"boolean", TYPE_BOOLEAN},
      {"bool", TYPE_BOOLEAN},
      {"date", TYPE_DATE},
      {"timestamp", TYPE_TIMESTAMP},
      {"decimal", TYPE_DECIMAL},
      {"numeric", TYPE_DECIMAL},
      {"dec", TYPE_DECIMAL},
      {"logical", TYPE_BOOLEAN},
      {"tinyint", TYPE_TINYINT},
      {"int1", TYPE_TINYINT},
      {"smallint", TYPE_SMALLINT},
      {"int2", TYPE_SMALLINT},
      {"int16", TYPE_SMALLINT},
      {"short", TYPE_SMALLINT},
      {"int4", TYPE_INTEGER},
      {"int32", TYPE_INTEGER},
      {"signed", TYPE_INTEGER},
      {"integral", TYPE_INTEGER},
      {"int8", TYPE_BIGINT},
      {"int64", TYPE_BIGINT},
      {"long", TYPE_BIGINT},
      {"oid", TYPE_BIGINT},
      {"hugeint", TYPE_HUGEINT},
      {"int128", TYPE_HUGEINT},
      {"utinyint", TYPE_UTINYINT},
      {"uint8", TYPE_UTINYINT},
      {"usmallint", TYPE_USMALLINT},
      {"uint16", TYPE_USMALLINT},
      {"uinteger", TYPE_UINTEGER},
      {"uint32", TYPE_UINTEGER},
      {"ubigint", TYPE_UBIGINT},
      {"uint64", TYPE_UBIGINT},
      {"uhugeint", TYPE_UHUGEINT},
      {"uint128", TYPE_UHUGEINT},
      {"float", TYPE_FLOAT},
      {"real", TYPE_FLOAT},
      {"float4", TYPE_FLOAT},
      {"float8", TYPE_DOUBLE},
      {"char", TYPE_VARCHAR},
      {"bpchar", TYPE_VARCHAR},
      {"nvarchar", TYPE_VARCHAR},
      {"blob", TYPE_BLOB},
      {"bytea", TYPE_BLOB},
      {"binary", TYPE_BLOB},
      {"varbinary", TYPE_BLOB},
      {"bit", TYPE_BIT},
      {"bitstring", TYPE_BIT},
      {"time", TYPE_TIME},
      {"time_ns", TYPE_TIME_NS},
      {"timetz", TYPE_TIME_TZ},
      {"time with time zone", TYPE_TIME_TZ},
      {"datetime", TYPE_TIMESTAMP},
      {"timestamp_us", TYPE_TIMESTAMP},
      {"timestamp_s", TYPE_TIMESTAMP_S},
      {"timestamp_ms", TYPE_TIMESTAMP_MS},
      {"timestamp_ns", TYPE_TIMESTAMP_NS},
      {"timestamptz", TYPE_TIMESTAMP_TZ},
      {"timestamp with time zone", TYPE_TIMESTAMP_TZ},
      {"interval", TYPE_INTERVAL},
      {"uuid", TYPE_UUID},
      {"guid", TYPE_UUID},
      {"bignum", TYPE_BIGNUM},
      {"varint", TYPE_BIGNUM},
      {"null", TYPE_NULL},
  };
  for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
    if (!str_equal_nocase(name, str_from(NAMES[i].name))) continue;
    *out = NAMES[i].id == TYPE_DECIMAL ? type_decimal(18, 3) : (Type){.id = NAMES[i].id};
    return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Bytes
// ---------------------------------------------------------------------------------------------------------------------

static void write_varint(TextBuilder *out, uint64_t number) {
  while (number >= 0x80) {
    text_append_char(out, (char)(number | 0x80));
    number >>= 7;
  }
  text_append_char(out, (char)number);
}

static void write_text(TextBuilder *out, Str text) {
  write_varint(out, text.length);
  text_append(out, text);
}

void type_serialize(TextBuilder *out, Type type) {
  const TypeInfo *info = type.info;
  bool has_items = info && (info->types || info->names || type_is_nested(type) || type.id == TYPE_ENUM);
  bool aliased = info && info->alias.length;
  text_append_char(out, (char)(type.id | (aliased && !has_items ? ALIASED_SIMPLE : 0)));
  if (type.id == TYPE_DECIMAL || type.id == TYPE_INTEGER_LITERAL) {
    text_append_char(out, (char)type.width);
    text_append_char(out, (char)type.scale);
  }
  if (type.id == TYPE_ARRAY) write_varint(out, type.array_size);
  if (type_is_nested(type) || type.id == TYPE_ENUM) {
    bool named = info && info->names;
    text_append_char(out, (char)((named ? FLAG_NAMED : 0) | (aliased ? FLAG_ALIAS : 0)));
    uint32_t count = info ? info->count : 0;
    write_varint(out, count);
    for (uint32_t i = 0; i < count; i++) {
      if (named) write_text(out, info->names[i]);
      if (type.id != TYPE_ENUM) type_serialize(out, info->types[i]);
    }
  }
  if (aliased) write_text(out, info->alias);
}

// Reads from bytes that may be damaged: every length is checked.
typedef struct TypeReader {
  Arena *arena;
  Error *error;
  const uint8_t *next;
  const uint8_t *end;
} TypeReader;

static Status reader_damaged(TypeReader *reader) {
  return error_set(reader->error, ERROR_CORRUPT, -1, "Damaged type description");
}

static Status read_byte(TypeReader *reader, uint8_t *out) {
  if (reader->next == reader->end) return reader_damaged(reader);
  *out = *reader->next++;
  return OK;
}

static Status read_varint(TypeReader *reader, uint64_t *out) {
  uint64_t number = 0;
  for (uint32_t shift = 0; shift < 64; shift += 7) {
    uint8_t byte = 0;
    TRY(read_byte(reader, &byte));
    number |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) {
      *out = number;
      return OK;
    }
  }
  return reader_damaged(reader);
}

static Status read_text(TypeReader *reader, Str *out) {
  uint64_t length = 0;
  TRY(read_varint(reader, &length));
  if (length > (uint64_t)(reader->end - reader->next)) return reader_damaged(reader);
  Str text = {(const char *)reader->next, (size_t)length};
  reader->next += length;
  return str_copy(reader->arena, reader->error, text, out);
}

static Status read_type(TypeReader *reader, uint32_t depth, Type *out);

static Status read_items(TypeReader *reader, uint32_t depth, Type *type) {
  uint8_t flags = 0;
  uint64_t count = 0;
  TRY(read_byte(reader, &flags));
  TRY(read_varint(reader, &count));
  if (count > TYPE_ITEM_LIMIT || count > (uint64_t)(reader->end - reader->next)) return reader_damaged(reader);
  TypeInfo *info;
  ARENA_NEW(reader->arena, reader->error, info);
  info->count = (uint32_t)count;
  Type *types = NULL;
  Str *names = NULL;
  if (type->id != TYPE_ENUM) ARENA_NEW_ARRAY(reader->arena, reader->error, types, count);
  if (flags & FLAG_NAMED) ARENA_NEW_ARRAY(reader->arena, reader->error, names, count);
  for (uint32_t i = 0; i < count; i++) {
    if (names) TRY(read_text(reader, &names[i]));
    if (!types) continue;
    TRY(read_type(reader, depth + 1, &types[i]));
    info->depth = MAX_OF(info->depth, type_depth(types[i]) + 1);
  }
  bool list_like = type->id == TYPE_LIST || type->id == TYPE_ARRAY;
  if ((list_like && count != 1) || (type->id == TYPE_MAP && count != 2)) return reader_damaged(reader);
  if ((type->id == TYPE_ENUM || type->id == TYPE_UNION || type->id == TYPE_MAP) && count && !names) {
    return reader_damaged(reader);
  }
  info->types = types;
  info->names = names;
  if (flags & FLAG_ALIAS) TRY(read_text(reader, &info->alias));
  type->info = info;
  return OK;
}

static Status read_type(TypeReader *reader, uint32_t depth, Type *out) {
  if (depth > TYPE_DEPTH_LIMIT) return reader_damaged(reader);
  uint8_t id = 0;
  TRY(read_byte(reader, &id));
  *out = (Type){.id = id & 0x7f};
  if (!type_facts(out->id)) return reader_damaged(reader);
  if (out->id == TYPE_DECIMAL || out->id == TYPE_INTEGER_LITERAL) {
    TRY(read_byte(reader, &out->width));
    TRY(read_byte(reader, &out->scale));
    if (out->id == TYPE_DECIMAL && (out->width > 38 || out->scale > out->width)) return reader_damaged(reader);
  }
  if (out->id == TYPE_ARRAY) {
    uint64_t size = 0;
    TRY(read_varint(reader, &size));
    if (size > UINT32_MAX) return reader_damaged(reader);
    out->array_size = (uint32_t)size;
  }
  if (type_is_nested(*out) || out->id == TYPE_ENUM) return read_items(reader, depth, out);
  if (id & ALIASED_SIMPLE) {
    Str alias;
    TRY(read_text(reader, &alias));
    return type_with_alias(reader->arena, reader->error, *out, alias, out);
  }
  return OK;
}

Status type_deserialize(Arena *arena, Error *error, const uint8_t *bytes, size_t length, size_t *used, Type *out) {
  TypeReader reader = {.arena = arena, .error = error, .next = bytes, .end = bytes + length};
  TRY(read_type(&reader, 0, out));
  *used = (size_t)(reader.next - bytes);
  return OK;
}
