// SPDX-License-Identifier: MIT
//
// system_views.c: information_schema, sqlite_master, the duckdb_* views and what tools ask of pg_catalog, as SQL over the catalog's functions.
#include "plan/system_views.h"

typedef struct SystemView {
  const char *schema; // NULL: found in any schema of the search path
  const char *name;
  const char *sql;
} SystemView;

static const SystemView system_views[] = {
    {NULL, "duckdb_columns", "SELECT * FROM duckdb_columns() WHERE NOT internal"},
    {NULL, "duckdb_constraints", "SELECT * FROM duckdb_constraints()"},
    {NULL, "duckdb_databases", "SELECT * FROM duckdb_databases() WHERE NOT internal"},
    {NULL, "duckdb_indexes", "SELECT * FROM duckdb_indexes()"},
    {NULL, "duckdb_schemas", "SELECT * FROM duckdb_schemas() WHERE NOT internal"},
    {NULL, "duckdb_tables", "SELECT * FROM duckdb_tables() WHERE NOT internal"},
    {NULL, "duckdb_types", "SELECT * FROM duckdb_types()"},
    {NULL, "duckdb_views", "SELECT * FROM duckdb_views() WHERE NOT internal"},
    {NULL, "pragma_database_list",
     "SELECT database_oid AS seq, database_name AS name, path AS file FROM duckdb_databases() WHERE NOT internal ORDER "
     "BY 1"},
    {NULL, "sqlite_master",
     "SELECT 'table' AS type, table_name AS name, table_name AS tbl_name, 0 AS rootpage, sql FROM duckdb_tables() "
     "WHERE NOT internal "
     "UNION ALL SELECT 'view', view_name, view_name, 0, sql FROM duckdb_views() WHERE NOT internal "
     "UNION ALL SELECT 'index', index_name, table_name, 0, sql FROM duckdb_indexes()"},
    {NULL, "sqlite_schema", "SELECT * FROM sqlite_master"},
    {NULL, "sqlite_temp_master", "SELECT * FROM sqlite_master"},
    {NULL, "sqlite_temp_schema", "SELECT * FROM sqlite_master"},
    {"information_schema", "schemata",
     "SELECT database_name AS catalog_name, schema_name, 'duckdb' AS schema_owner, NULL::VARCHAR AS "
     "default_character_set_catalog, "
     "NULL::VARCHAR AS default_character_set_schema, NULL::VARCHAR AS default_character_set_name, sql AS sql_path FROM "
     "duckdb_schemas()"},
    {"information_schema", "tables",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, "
     "CASE WHEN temporary THEN 'LOCAL TEMPORARY' ELSE 'BASE TABLE' END AS table_type, NULL::VARCHAR AS "
     "self_referencing_column_name, "
     "NULL::VARCHAR AS reference_generation, NULL::VARCHAR AS user_defined_type_catalog, NULL::VARCHAR AS "
     "user_defined_type_schema, "
     "NULL::VARCHAR AS user_defined_type_name, 'YES' AS is_insertable_into, 'NO' AS is_typed, "
     "CASE WHEN temporary THEN 'PRESERVE' ELSE NULL END AS commit_action, comment AS TABLE_COMMENT FROM "
     "duckdb_tables() "
     "UNION ALL SELECT database_name, schema_name, view_name, 'VIEW', NULL, NULL, NULL, NULL, NULL, 'NO', 'NO', NULL, "
     "comment "
     "FROM duckdb_views()"},
    {"information_schema", "columns",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, column_name, column_index AS "
     "ordinal_position, "
     "column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, data_type, "
     "character_maximum_length, "
     "NULL::INTEGER AS character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale, "
     "NULL::INTEGER AS datetime_precision, comment AS COLUMN_COMMENT FROM duckdb_columns()"},
    {"pg_catalog", "pg_tables",
     "SELECT schema_name AS schemaname, table_name AS tablename, 'duckdb' AS tableowner, NULL::VARCHAR AS tablespace, "
     "index_count > 0 AS hasindexes "
     "FROM duckdb_tables()"},
    {"pg_catalog", "pg_views",
     "SELECT schema_name AS schemaname, view_name AS viewname, 'duckdb' AS viewowner, sql AS definition FROM "
     "duckdb_views()"},
    {"pg_catalog", "pg_namespace",
     "SELECT oid, schema_name AS nspname, 0 AS nspowner, NULL::VARCHAR AS nspacl FROM duckdb_schemas()"},
    {"pg_catalog", "pg_class",
     "SELECT table_oid AS oid, table_name AS relname, schema_oid AS relnamespace, 0 AS reltype, 'r' AS relkind, "
     "column_count AS relnatts, "
     "estimated_size::FLOAT AS reltuples FROM duckdb_tables() UNION ALL "
     "SELECT view_oid, view_name, schema_oid, 0, 'v', column_count, 0 FROM duckdb_views() UNION ALL "
     "SELECT index_oid, index_name, schema_oid, 0, 'i', NULL, 0 FROM duckdb_indexes()"},
    {"pg_catalog", "pg_attribute",
     "SELECT table_oid AS attrelid, column_name AS attname, data_type_id AS atttypid, column_index AS attnum, NOT "
     "is_nullable AS attnotnull, "
     "column_default IS NOT NULL AS atthasdef FROM duckdb_columns()"},
    {"pg_catalog", "pg_type",
     "SELECT type_oid AS oid, type_name AS typname, schema_oid AS typnamespace FROM duckdb_types()"},
};

static bool built_in_schema(Str schema) {
  return !schema.data || str_equal_nocase(schema, STR("main")) || str_equal_nocase(schema, STR("pg_catalog")) ||
         str_equal_nocase(schema, STR("system"));
}

Str system_view_sql(Str schema, Str name) {
  for (uint32_t i = 0; i < COUNT_OF(system_views); i++) {
    const SystemView *view = &system_views[i];
    if (!str_equal_nocase(name, str_from(view->name))) continue;
    bool pg = view->schema && str_equal(str_from(view->schema), STR("pg_catalog"));
    if (!view->schema || (pg && !schema.data)) {
      if (built_in_schema(schema)) return str_from(view->sql);
      continue;
    }
    if (schema.data && str_equal_nocase(schema, str_from(view->schema))) return str_from(view->sql);
  }
  return (Str){NULL, 0};
}
