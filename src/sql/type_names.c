// SPDX-License-Identifier: MIT
//
// type_names.c: the names of the built-in types and their aliases, as DuckDB has them.
#include "sql/sql.h"

typedef struct TypeAlias {
  const char *alias;
  const char *name;
} TypeAlias;

static const TypeAlias aliases[] = {
    {"tinyint", "TINYINT"},
    {"int1", "TINYINT"},
    {"smallint", "SMALLINT"},
    {"int2", "SMALLINT"},
    {"short", "SMALLINT"},
    {"int16", "SMALLINT"},
    {"integer", "INTEGER"},
    {"int", "INTEGER"},
    {"int4", "INTEGER"},
    {"signed", "INTEGER"},
    {"integral", "INTEGER"},
    {"int32", "INTEGER"},
    {"bigint", "BIGINT"},
    {"int8", "BIGINT"},
    {"long", "BIGINT"},
    {"oid", "BIGINT"},
    {"int64", "BIGINT"},
    {"hugeint", "HUGEINT"},
    {"int128", "HUGEINT"},
    {"utinyint", "UTINYINT"},
    {"uint8", "UTINYINT"},
    {"usmallint", "USMALLINT"},
    {"uint16", "USMALLINT"},
    {"uinteger", "UINTEGER"},
    {"uint32", "UINTEGER"},
    {"ubigint", "UBIGINT"},
    {"uint64", "UBIGINT"},
    {"uhugeint", "UHUGEINT"},
    {"uint128", "UHUGEINT"},
    {"float", "FLOAT"},
    {"float4", "FLOAT"},
    {"real", "FLOAT"},
    {"double", "DOUBLE"},
    {"float8", "DOUBLE"},
    {"decimal", "DECIMAL"},
    {"dec", "DECIMAL"},
    {"numeric", "DECIMAL"},
    {"bignum", "BIGNUM"},
    {"varint", "BIGNUM"},
    {"boolean", "BOOLEAN"},
    {"bool", "BOOLEAN"},
    {"logical", "BOOLEAN"},
    {"varchar", "VARCHAR"},
    {"text", "VARCHAR"},
    {"string", "VARCHAR"},
    {"char", "VARCHAR"},
    {"bpchar", "VARCHAR"},
    {"nvarchar", "VARCHAR"},
    {"blob", "BLOB"},
    {"bytea", "BLOB"},
    {"varbinary", "BLOB"},
    {"binary", "BLOB"},
    {"bit", "BIT"},
    {"bitstring", "BIT"},
    {"date", "DATE"},
    {"time", "TIME"},
    {"time_ns", "TIME_NS"},
    {"timetz", "TIME WITH TIME ZONE"},
    {"time with time zone", "TIME WITH TIME ZONE"},
    {"timestamp", "TIMESTAMP"},
    {"datetime", "TIMESTAMP"},
    {"timestamp_us", "TIMESTAMP"},
    {"timestamp_s", "TIMESTAMP_S"},
    {"timestamp_ms", "TIMESTAMP_MS"},
    {"timestamp_ns", "TIMESTAMP_NS"},
    {"timestamptz", "TIMESTAMP WITH TIME ZONE"},
    {"timestamp with time zone", "TIMESTAMP WITH TIME ZONE"},
    {"interval", "INTERVAL"},
    {"uuid", "UUID"},
    {"guid", "UUID"},
    {"enum", "ENUM"},
    {"null", "NULL"},
    {"list", "LIST"},
    {"struct", "STRUCT"},
    {"row", "STRUCT"},
    {"map", "MAP"},
    {"union", "UNION"},
    {"variant", "VARIANT"},
    {"geometry", "GEOMETRY"},
};

const char *sql_type_canonical_name(Str name) {
  for (size_t i = 0; i < COUNT_OF(aliases); i++) {
    if (str_equal_nocase(name, str_from(aliases[i].alias))) return aliases[i].name;
  }
  return NULL;
}
