// SPDX-License-Identifier: MIT
//
// type_names.c: names, numbers, sizes and categories of types as DuckDB 1.5 lists them. The numbers are DuckDB's LogicalTypeId, which tools know
// from data_type_id and type_oid; Smew's own TypeId is another matter.
#include "catalog/type_names.h"

#define SIZE_DEPENDS (-1)

typedef struct TypeFact {
  uint8_t number;
  int8_t size;
  const char *category;
} TypeFact;

static const TypeFact type_facts[] = {
    [TYPE_NULL] = {1, 4, NULL},
    [TYPE_BOOLEAN] = {10, 1, "BOOLEAN"},
    [TYPE_TINYINT] = {11, 1, "NUMERIC"},
    [TYPE_SMALLINT] = {12, 2, "NUMERIC"},
    [TYPE_INTEGER] = {13, 4, "NUMERIC"},
    [TYPE_BIGINT] = {14, 8, "NUMERIC"},
    [TYPE_HUGEINT] = {50, 16, "NUMERIC"},
    [TYPE_UTINYINT] = {28, 1, "NUMERIC"},
    [TYPE_USMALLINT] = {29, 2, "NUMERIC"},
    [TYPE_UINTEGER] = {30, 4, "NUMERIC"},
    [TYPE_UBIGINT] = {31, 8, "NUMERIC"},
    [TYPE_UHUGEINT] = {49, 16, "NUMERIC"},
    [TYPE_FLOAT] = {22, 4, "NUMERIC"},
    [TYPE_DOUBLE] = {23, 8, "NUMERIC"},
    [TYPE_DECIMAL] = {21, SIZE_DEPENDS, "NUMERIC"},
    [TYPE_VARCHAR] = {25, 16, "STRING"},
    [TYPE_BLOB] = {26, 16, NULL},
    [TYPE_BIT] = {36, 16, NULL},
    [TYPE_DATE] = {15, 4, "DATETIME"},
    [TYPE_TIME] = {16, 8, "DATETIME"},
    [TYPE_TIME_NS] = {35, 8, "DATETIME"},
    [TYPE_TIME_TZ] = {34, 8, "DATETIME"},
    [TYPE_TIMESTAMP_S] = {17, 8, "DATETIME"},
    [TYPE_TIMESTAMP_MS] = {18, 8, "DATETIME"},
    [TYPE_TIMESTAMP] = {19, 8, "DATETIME"},
    [TYPE_TIMESTAMP_NS] = {20, 8, "DATETIME"},
    [TYPE_TIMESTAMP_TZ] = {32, 8, "DATETIME"},
    [TYPE_INTERVAL] = {27, 16, "DATETIME"},
    [TYPE_UUID] = {54, 16, NULL},
    [TYPE_ENUM] = {104, SIZE_DEPENDS, NULL},
    [TYPE_BIGNUM] = {39, 16, NULL},
    [TYPE_LIST] = {101, 16, "COMPOSITE"},
    [TYPE_ARRAY] = {108, 0, "COMPOSITE"},
    [TYPE_STRUCT] = {100, 0, "COMPOSITE"},
    [TYPE_MAP] = {102, 16, "COMPOSITE"},
    [TYPE_UNION] = {107, 0, "COMPOSITE"},
};

static const struct {
  const char *name;
  TypeId id;
} type_names[] = {
    {"array", TYPE_ARRAY},
    {"bigint", TYPE_BIGINT},
    {"bignum", TYPE_BIGNUM},
    {"binary", TYPE_BLOB},
    {"bit", TYPE_BIT},
    {"bitstring", TYPE_BIT},
    {"blob", TYPE_BLOB},
    {"bool", TYPE_BOOLEAN},
    {"boolean", TYPE_BOOLEAN},
    {"bpchar", TYPE_VARCHAR},
    {"bytea", TYPE_BLOB},
    {"char", TYPE_VARCHAR},
    {"date", TYPE_DATE},
    {"datetime", TYPE_TIMESTAMP},
    {"dec", TYPE_DECIMAL},
    {"decimal", TYPE_DECIMAL},
    {"double", TYPE_DOUBLE},
    {"enum", TYPE_ENUM},
    {"float", TYPE_FLOAT},
    {"float4", TYPE_FLOAT},
    {"float8", TYPE_DOUBLE},
    {"guid", TYPE_UUID},
    {"hugeint", TYPE_HUGEINT},
    {"int", TYPE_INTEGER},
    {"int1", TYPE_TINYINT},
    {"int128", TYPE_HUGEINT},
    {"int16", TYPE_SMALLINT},
    {"int2", TYPE_SMALLINT},
    {"int32", TYPE_INTEGER},
    {"int4", TYPE_INTEGER},
    {"int64", TYPE_BIGINT},
    {"int8", TYPE_BIGINT},
    {"integer", TYPE_INTEGER},
    {"integral", TYPE_INTEGER},
    {"interval", TYPE_INTERVAL},
    {"list", TYPE_LIST},
    {"logical", TYPE_BOOLEAN},
    {"long", TYPE_BIGINT},
    {"map", TYPE_MAP},
    {"null", TYPE_NULL},
    {"numeric", TYPE_DECIMAL},
    {"nvarchar", TYPE_VARCHAR},
    {"oid", TYPE_BIGINT},
    {"real", TYPE_FLOAT},
    {"row", TYPE_STRUCT},
    {"short", TYPE_SMALLINT},
    {"signed", TYPE_INTEGER},
    {"smallint", TYPE_SMALLINT},
    {"string", TYPE_VARCHAR},
    {"struct", TYPE_STRUCT},
    {"text", TYPE_VARCHAR},
    {"time", TYPE_TIME},
    {"time with time zone", TYPE_TIME_TZ},
    {"timestamp", TYPE_TIMESTAMP},
    {"timestamp with time zone", TYPE_TIMESTAMP_TZ},
    {"timestamp_ms", TYPE_TIMESTAMP_MS},
    {"timestamp_ns", TYPE_TIMESTAMP_NS},
    {"timestamp_s", TYPE_TIMESTAMP_S},
    {"timestamp_us", TYPE_TIMESTAMP},
    {"timestamptz", TYPE_TIMESTAMP_TZ},
    {"timetz", TYPE_TIME_TZ},
    {"time_ns", TYPE_TIME_NS},
    {"tinyint", TYPE_TINYINT},
    {"ubigint", TYPE_UBIGINT},
    {"uhugeint", TYPE_UHUGEINT},
    {"uint128", TYPE_UHUGEINT},
    {"uint16", TYPE_USMALLINT},
    {"uint32", TYPE_UINTEGER},
    {"uint64", TYPE_UBIGINT},
    {"uint8", TYPE_UTINYINT},
    {"uinteger", TYPE_UINTEGER},
    {"union", TYPE_UNION},
    {"usmallint", TYPE_USMALLINT},
    {"utinyint", TYPE_UTINYINT},
    {"uuid", TYPE_UUID},
    {"varbinary", TYPE_BLOB},
    {"varchar", TYPE_VARCHAR},
    {"varint", TYPE_BIGNUM},
};

bool type_name_at(uint32_t index, TypeName *out) {
  if (index >= COUNT_OF(type_names)) return false;
  *out = (TypeName){.name = type_names[index].name, .id = type_names[index].id, .first = true};
  for (uint32_t i = 0; i < index; i++) out->first &= type_names[i].id != out->id;
  return true;
}

int64_t type_number(TypeId id) { return id < COUNT_OF(type_facts) ? type_facts[id].number : 0; }

int64_t type_size(Type type) {
  if (type.id >= COUNT_OF(type_facts)) return SIZE_DEPENDS;
  bool known = type.id == TYPE_ENUM ? type.info != NULL : type.id == TYPE_DECIMAL && type.width;
  return known ? (int64_t)physical_size(type_physical(type)) : type_facts[type.id].size;
}

const char *type_category(TypeId id) { return id < COUNT_OF(type_facts) ? type_facts[id].category : NULL; }

bool type_precision(Type type, NumericPrecision *out) {
  switch ((TypeId)type.id) {
    case TYPE_TINYINT:
    case TYPE_SMALLINT:
    case TYPE_INTEGER:
    case TYPE_BIGINT:
    case TYPE_HUGEINT:
      *out = (NumericPrecision){(int32_t)physical_size(type_physical(type)) * 8, 2, 0};
      return true;
    case TYPE_FLOAT:
      *out = (NumericPrecision){24, 2, 0};
      return true;
    case TYPE_DOUBLE:
      *out = (NumericPrecision){53, 2, 0};
      return true;
    case TYPE_DECIMAL:
      *out = (NumericPrecision){type.width, 10, type.scale};
      return true;
    default:
      return false;
  }
}
