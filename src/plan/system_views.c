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
     "default_character_set_catalog, NULL::VARCHAR AS default_character_set_schema, NULL::VARCHAR AS "
     "default_character_set_name, sql AS sql_path FROM duckdb_schemas()"},
    {"information_schema", "tables",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, CASE WHEN temporary THEN "
     "'LOCAL TEMPORARY' ELSE 'BASE TABLE' END AS table_type, NULL::VARCHAR AS self_referencing_column_name, "
     "NULL::VARCHAR AS reference_generation, NULL::VARCHAR AS user_defined_type_catalog, NULL::VARCHAR AS "
     "user_defined_type_schema, NULL::VARCHAR AS user_defined_type_name, 'YES' AS is_insertable_into, 'NO' AS "
     "is_typed, CASE WHEN temporary THEN 'PRESERVE' END AS commit_action, comment AS TABLE_COMMENT FROM "
     "duckdb_tables() UNION ALL SELECT database_name, schema_name, view_name, 'VIEW', NULL, NULL, NULL, NULL, "
     "NULL, 'NO', 'NO', NULL, comment FROM duckdb_views()"},
    {"information_schema", "columns",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, column_name, column_index "
     "AS ordinal_position, column_default, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, "
     "data_type, character_maximum_length, NULL::INTEGER AS character_octet_length, numeric_precision, "
     "numeric_precision_radix, numeric_scale, NULL::INTEGER AS datetime_precision, NULL::VARCHAR AS "
     "interval_type, NULL::INTEGER AS interval_precision, NULL::VARCHAR AS character_set_catalog, NULL::VARCHAR "
     "AS character_set_schema, NULL::VARCHAR AS character_set_name, NULL::VARCHAR AS collation_catalog, "
     "NULL::VARCHAR AS collation_schema, NULL::VARCHAR AS collation_name, NULL::VARCHAR AS domain_catalog, "
     "NULL::VARCHAR AS domain_schema, NULL::VARCHAR AS domain_name, NULL::VARCHAR AS udt_catalog, NULL::VARCHAR "
     "AS udt_schema, NULL::VARCHAR AS udt_name, NULL::VARCHAR AS scope_catalog, NULL::VARCHAR AS scope_schema, "
     "NULL::VARCHAR AS scope_name, NULL::BIGINT AS maximum_cardinality, NULL::VARCHAR AS dtd_identifier, "
     "NULL::BOOLEAN AS is_self_referencing, NULL::BOOLEAN AS is_identity, NULL::VARCHAR AS identity_generation, "
     "NULL::VARCHAR AS identity_start, NULL::VARCHAR AS identity_increment, NULL::VARCHAR AS identity_maximum, "
     "NULL::VARCHAR AS identity_minimum, NULL::BOOLEAN AS identity_cycle, NULL::VARCHAR AS is_generated, "
     "NULL::VARCHAR AS generation_expression, NULL::BOOLEAN AS is_updatable, comment AS COLUMN_COMMENT FROM "
     "duckdb_columns"},
    {"information_schema", "character_sets",
     "SELECT NULL::VARCHAR AS character_set_catalog, NULL::VARCHAR AS character_set_schema, 'UTF8' AS "
     "character_set_name, 'UCS' AS character_repertoire, 'UTF8' AS form_of_use, current_database() AS "
     "default_collate_catalog, 'pg_catalog' AS default_collate_schema, 'ucs_basic' AS default_collate_name"},
    {"information_schema", "check_constraints",
     "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, CASE WHEN "
     "constraint_type = 'NOT NULL' THEN column_name || ' IS NOT NULL' ELSE constraint_text END AS check_clause "
     "FROM (SELECT *, unnest(constraint_column_names) AS column_name FROM duckdb_constraints() WHERE "
     "constraint_type IN ('CHECK', 'NOT NULL'))"},
    {"information_schema", "constraint_column_usage",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, "
     "unnest(constraint_column_names) AS column_name, database_name AS constraint_catalog, schema_name AS "
     "constraint_schema, constraint_name, constraint_type, constraint_text FROM duckdb_constraints() WHERE "
     "constraint_type <> 'NOT NULL'"},
    {"information_schema", "constraint_table_usage",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, database_name AS "
     "constraint_catalog, schema_name AS constraint_schema, constraint_name, constraint_type FROM "
     "duckdb_constraints() WHERE constraint_type <> 'NOT NULL'"},
    {"information_schema", "key_column_usage",
     "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, "
     "database_name AS table_catalog, schema_name AS table_schema, table_name, unnest(constraint_column_names) AS "
     "column_name, unnest(generate_series(1, len(constraint_column_names))) AS ordinal_position, CASE WHEN "
     "constraint_type = 'FOREIGN KEY' THEN ordinal_position END AS position_in_unique_constraint FROM "
     "duckdb_constraints() WHERE constraint_type IN ('FOREIGN KEY', 'PRIMARY KEY', 'UNIQUE')"},
    {"information_schema", "referential_constraints",
     "SELECT f.database_name AS constraint_catalog, f.schema_name AS constraint_schema, f.constraint_name AS "
     "constraint_name, c.database_name AS unique_constraint_catalog, c.schema_name AS unique_constraint_schema, "
     "c.constraint_name AS unique_constraint_name, 'NONE' AS match_option, 'NO ACTION' AS update_rule, 'NO "
     "ACTION' AS delete_rule FROM duckdb_constraints() c, duckdb_constraints() f WHERE f.constraint_type = "
     "'FOREIGN KEY' AND c.constraint_type IN ('UNIQUE', 'PRIMARY KEY') AND f.schema_oid = c.schema_oid AND "
     "lower(f.referenced_table) = lower(c.table_name) AND lower(f.referenced_column_names::VARCHAR) = "
     "lower(c.constraint_column_names::VARCHAR)"},
    {"information_schema", "table_constraints",
     "SELECT database_name AS constraint_catalog, schema_name AS constraint_schema, constraint_name, "
     "database_name AS table_catalog, schema_name AS table_schema, table_name, CASE constraint_type WHEN 'NOT "
     "NULL' THEN 'CHECK' ELSE constraint_type END AS constraint_type, 'NO' AS is_deferrable, 'NO' AS "
     "initially_deferred, 'YES' AS enforced, 'YES' AS nulls_distinct FROM duckdb_constraints()"},
    {"information_schema", "views",
     "SELECT database_name AS table_catalog, schema_name AS table_schema, view_name AS table_name, sql AS "
     "view_definition, 'NONE' AS check_option, 'NO' AS is_updatable, 'NO' AS is_insertable_into, 'NO' AS "
     "is_trigger_updatable, 'NO' AS is_trigger_deletable, 'NO' AS is_trigger_insertable_into FROM duckdb_views()"},
    {"pg_catalog", "pg_am", "SELECT 0 AS oid, 'art' AS amname, NULL AS amhandler, 'i' AS amtype"},
    {"pg_catalog", "pg_attrdef",
     "SELECT column_index AS oid, table_oid AS adrelid, column_index AS adnum, column_default AS adbin FROM "
     "duckdb_columns() WHERE column_default IS NOT NULL"},
    {"pg_catalog", "pg_attribute",
     "SELECT table_oid AS attrelid, column_name AS attname, data_type_id AS atttypid, 0 AS attstattarget, NULL AS "
     "attlen, column_index AS attnum, 0 AS attndims, -1 AS attcacheoff, CASE WHEN data_type ILIKE '%decimal%' "
     "THEN numeric_precision * 1000 + numeric_scale ELSE -1 END AS atttypmod, false AS attbyval, NULL AS "
     "attstorage, NULL AS attalign, NOT is_nullable AS attnotnull, column_default IS NOT NULL AS atthasdef, false "
     "AS atthasmissing, '' AS attidentity, '' AS attgenerated, false AS attisdropped, true AS attislocal, 0 AS "
     "attinhcount, 0 AS attcollation, NULL AS attcompression, NULL AS attacl, NULL AS attoptions, NULL AS "
     "attfdwoptions, NULL AS attmissingval FROM duckdb_columns()"},
    {"pg_catalog", "pg_class",
     "SELECT oid, relname, relnamespace, 0 AS reltype, 0 AS reloftype, 0 AS relowner, 0 AS relam, 0 AS "
     "relfilenode, 0 AS reltablespace, 0 AS relpages, reltuples, 0 AS relallvisible, 0 AS reltoastrelid, 0 AS "
     "reltoastidxid, relhasindex, false AS relisshared, relpersistence, relkind, relnatts, relchecks, false AS "
     "relhasoids, relhaspkey, false AS relhasrules, false AS relhastriggers, false AS relhassubclass, false AS "
     "relrowsecurity, true AS relispopulated, NULL AS relreplident, false AS relispartition, 0 AS relrewrite, 0 "
     "AS relfrozenxid, NULL AS relminmxid, NULL AS relacl, NULL AS reloptions, NULL AS relpartbound FROM ( SELECT "
     "table_oid AS oid, table_name AS relname, schema_oid AS relnamespace, estimated_size::FLOAT AS reltuples, "
     "index_count > 0 AS relhasindex, CASE WHEN temporary THEN 't' ELSE 'p' END AS relpersistence, 'r' AS "
     "relkind, column_count AS relnatts, check_constraint_count AS relchecks, has_primary_key AS relhaspkey FROM "
     "duckdb_tables() UNION ALL SELECT view_oid, view_name, schema_oid, 0, false, CASE WHEN temporary THEN 't' "
     "ELSE 'p' END, 'v', column_count, 0, false FROM duckdb_views() UNION ALL SELECT sequence_oid, sequence_name, "
     "schema_oid, 0, false, CASE WHEN temporary THEN 't' ELSE 'p' END, 'S', 0, 0, false FROM duckdb_sequences() "
     "UNION ALL SELECT index_oid, index_name, schema_oid, 0, false, 't', 'i', NULL, 0, false FROM "
     "duckdb_indexes())"},
    {"pg_catalog", "pg_collation", "SELECT NULL::BIGINT AS oid, NULL::VARCHAR AS collname WHERE false"},
    {"pg_catalog", "pg_constraint",
     "SELECT table_oid * 1000000 + constraint_index AS oid, constraint_text AS conname, schema_oid AS "
     "connamespace, CASE constraint_type WHEN 'CHECK' THEN 'c' WHEN 'UNIQUE' THEN 'u' WHEN 'PRIMARY KEY' THEN 'p' "
     "WHEN 'FOREIGN KEY' THEN 'f' ELSE 'x' END AS contype, false AS condeferrable, false AS condeferred, true AS "
     "convalidated, table_oid AS conrelid, 0 AS contypid, 0 AS conindid, 0 AS conparentid, 0 AS confrelid, NULL "
     "AS confupdtype, NULL AS confdeltype, NULL AS confmatchtype, true AS conislocal, 0 AS coninhcount, false AS "
     "connoinherit, constraint_column_indexes AS conkey, NULL AS confkey, NULL AS conpfeqop, NULL AS conppeqop, "
     "NULL AS conffeqop, NULL AS conexclop, expression AS conbin FROM duckdb_constraints()"},
    {"pg_catalog", "pg_database",
     "SELECT database_oid AS oid, database_name AS datname, true AS datallowconn, false AS datistemplate FROM "
     "duckdb_databases()"},
    {"pg_catalog", "pg_depend", "SELECT * FROM duckdb_dependencies()"},
    {"pg_catalog", "pg_description",
     "SELECT table_oid AS objoid, database_oid AS classoid, 0 AS objsubid, comment AS description FROM "
     "duckdb_tables UNION ALL SELECT table_oid, database_oid, column_index, comment FROM duckdb_columns UNION ALL "
     "SELECT view_oid, database_oid, 0, comment FROM duckdb_views UNION ALL SELECT index_oid, database_oid, 0, "
     "comment FROM duckdb_indexes UNION ALL SELECT sequence_oid, database_oid, 0, comment FROM duckdb_sequences() "
     "UNION ALL SELECT type_oid, database_oid, 0, comment FROM duckdb_types() WHERE NOT internal UNION ALL SELECT "
     "function_oid, database_oid, 0, comment FROM duckdb_functions() WHERE NOT internal"},
    {"pg_catalog", "pg_enum",
     "SELECT NULL AS oid, type_oid AS enumtypid, unnest(generate_series(1, len(labels)))::INTEGER AS "
     "enumsortorder, unnest(labels) AS enumlabel FROM duckdb_types() WHERE logical_type = 'ENUM'"},
    {"pg_catalog", "pg_index",
     "SELECT index_oid AS indexrelid, table_oid AS indrelid, 0 AS indnatts, 0 AS indnkeyatts, is_unique AS "
     "indisunique, is_primary AS indisprimary, false AS indisexclusion, true AS indimmediate, false AS "
     "indisclustered, true AS indisvalid, false AS indcheckxmin, true AS indisready, true AS indislive, false AS "
     "indisreplident, NULL::INTEGER[] AS indkey, NULL::BIGINT[] AS indcollation, NULL::BIGINT[] AS indclass, "
     "NULL::INTEGER[] AS indoption, expressions AS indexprs, NULL AS indpred FROM duckdb_indexes()"},
    {"pg_catalog", "pg_indexes",
     "SELECT schema_name AS schemaname, table_name AS tablename, index_name AS indexname, NULL AS tablespace, sql "
     "AS indexdef FROM duckdb_indexes()"},
    {"pg_catalog", "pg_namespace",
     "SELECT oid, schema_name AS nspname, 0 AS nspowner, NULL AS nspacl FROM duckdb_schemas() WHERE database_name "
     "= current_database()"},
    {"pg_catalog", "pg_proc",
     "SELECT f.function_oid AS oid, function_name AS proname, s.oid AS pronamespace, NULL AS proowner, NULL AS "
     "prolang, 0 AS procost, 0 AS prorows, varargs AS provariadic, 0 AS prosupport, CASE function_type WHEN "
     "'aggregate' THEN 'a' ELSE 'f' END AS prokind, false AS prosecdef, false AS proleakproof, false AS "
     "proisstrict, function_type = 'table' AS proretset, CASE stability WHEN 'CONSISTENT' THEN 'i' WHEN "
     "'CONSISTENT_WITHIN_QUERY' THEN 's' WHEN 'VOLATILE' THEN 'v' END AS provolatile, 'u' AS proparallel, "
     "length(parameters) AS pronargs, 0 AS pronargdefaults, return_type AS prorettype, parameter_types AS "
     "proargtypes, NULL AS proallargtypes, NULL AS proargmodes, parameters AS proargnames, NULL AS "
     "proargdefaults, NULL AS protrftypes, NULL AS prosrc, NULL AS probin, macro_definition AS prosqlbody, NULL "
     "AS proconfig, NULL AS proacl, function_type = 'aggregate' AS proisagg FROM duckdb_functions() f LEFT JOIN "
     "duckdb_schemas() s USING (database_name, schema_name)"},
    {"pg_catalog", "pg_sequence",
     "SELECT sequence_oid AS seqrelid, 0 AS seqtypid, start_value AS seqstart, increment_by AS seqincrement, "
     "max_value AS seqmax, min_value AS seqmin, 0 AS seqcache, \"cycle\" AS seqcycle FROM duckdb_sequences()"},
    {"pg_catalog", "pg_sequences",
     "SELECT schema_name AS schemaname, sequence_name AS sequencename, 'duckdb' AS sequenceowner, 0 AS data_type, "
     "start_value, min_value, max_value, increment_by, \"cycle\", 0 AS cache_size, last_value FROM "
     "duckdb_sequences()"},
    {"pg_catalog", "pg_settings",
     "SELECT name, value AS setting, description AS short_desc, CASE input_type WHEN 'VARCHAR' THEN 'string' WHEN "
     "'BOOLEAN' THEN 'bool' WHEN 'BIGINT' THEN 'integer' WHEN 'UBIGINT' THEN 'integer' ELSE input_type END AS "
     "vartype FROM duckdb_settings()"},
    {"pg_catalog", "pg_tables",
     "SELECT schema_name AS schemaname, table_name AS tablename, 'duckdb' AS tableowner, NULL AS tablespace, "
     "index_count > 0 AS hasindexes, false AS hasrules, false AS hastriggers FROM duckdb_tables()"},
    {"pg_catalog", "pg_tablespace",
     "SELECT 0 AS oid, 'pg_default' AS spcname, 0 AS spcowner, NULL AS spcacl, NULL AS spcoptions"},
    {"pg_catalog", "pg_type",
     "SELECT CASE WHEN logical_type = 'ENUM' AND type_name <> 'enum' THEN type_oid ELSE map_to_pg_oid(type_name) "
     "END AS oid, format_pg_type(logical_type, type_name) AS typname, schema_oid AS typnamespace, 0 AS typowner, "
     "type_size AS typlen, false AS typbyval, CASE logical_type WHEN 'ENUM' THEN 'e' ELSE 'b' END AS typtype, "
     "CASE type_category WHEN 'NUMERIC' THEN 'N' WHEN 'STRING' THEN 'S' WHEN 'DATETIME' THEN 'D' WHEN 'BOOLEAN' "
     "THEN 'B' WHEN 'COMPOSITE' THEN 'C' WHEN 'USER' THEN 'U' ELSE 'X' END AS typcategory, false AS "
     "typispreferred, true AS typisdefined, NULL AS typdelim, NULL AS typrelid, NULL AS typsubscript, NULL AS "
     "typelem, NULL AS typarray, NULL AS typinput, NULL AS typoutput, NULL AS typreceive, NULL AS typsend, NULL "
     "AS typmodin, NULL AS typmodout, NULL AS typanalyze, 'd' AS typalign, 'p' AS typstorage, NULL AS typnotnull, "
     "NULL AS typbasetype, NULL AS typtypmod, NULL AS typndims, NULL AS typcollation, NULL AS typdefaultbin, NULL "
     "AS typdefault, NULL AS typacl FROM duckdb_types() WHERE type_oid IS NOT NULL"},
    {"pg_catalog", "pg_views",
     "SELECT schema_name AS schemaname, view_name AS viewname, 'duckdb' AS viewowner, sql AS definition FROM "
     "duckdb_views()"},
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
