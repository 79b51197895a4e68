// SPDX-License-Identifier: MIT
//
// system_macros.c: functions that are SQL over other functions, as DuckDB defines them. They are found behind the macros of users, and
// expanded in the same way (bind_call.c).
#include "plan/system_macros.h"

#define PARAMETER_CAPACITY 8

typedef struct SystemMacro {
  const char *name;
  const char *parameters; // "a, b, c := 1": names, and defaults for the last ones
  const char *body;       // an expression, or a query
  bool is_table;
} SystemMacro;

#define PRIVILEGE(name) \
  {name, "object, privilege", "true", false}, { name, "user, object, privilege", "true", false }
#define LIST_TO_TEXT(name, parameters)                                                                                \
  {                                                                                                                   \
    name, parameters,                                                                                                 \
        "CASE WHEN len(arr::VARCHAR[]) = 0 THEN '' ELSE list_aggr(arr::VARCHAR[], 'string_agg', coalesce(sep, ',')) " \
        "END",                                                                                                        \
        false                                                                                                         \
  }
#define VISIBLE(name) \
  { name, "oid", "true", false }

// In alphabetical order; overloads of a name are adjacent.
static const SystemMacro macros[] = {
    {"ago", "i", "current_timestamp - i::INTERVAL", false},
    {"array_append", "arr, el", "list_append(arr, el)", false},
    {"array_pop_back", "arr", "arr[:len(arr) - 1]", false},
    {"array_pop_front", "arr", "arr[2:]", false},
    {"array_prepend", "el, arr", "list_prepend(el, arr)", false},
    {"array_push_back", "arr, e", "list_concat(arr, list_value(e))", false},
    {"array_push_front", "arr, e", "list_concat(list_value(e), arr)", false},
    LIST_TO_TEXT("array_to_string", "arr, sep"),
    LIST_TO_TEXT("array_to_string_comma_default", "arr, sep := ','"),
    {"col_description", "table_oid, column_number", "NULL", false},
    {"date_add", "date, interval", "date + \"interval\"", false},
    {"days_in_month", "date", "day(last_day(date))", false},
    {"duckdb_profiling_settings", "",
     "SELECT * EXCLUDE (aliases, scope, input_type) FROM duckdb_settings() WHERE name IN ('enable_profiling', "
     "'profiling_coverage', 'profiling_output', 'profiling_mode', 'custom_profiling_settings')",
     true},
    {"fdiv", "x, y", "floor(x / y)", false},
    {"fmod", "x, y", "x - y * floor(x / y)", false},
    {"format_pg_type", "logical_type, type_name",
     "CASE upper(logical_type) WHEN 'FLOAT' THEN 'float4' WHEN 'DOUBLE' THEN 'float8' WHEN 'DECIMAL' THEN 'numeric' "
     "WHEN 'ENUM' THEN lower(type_name) WHEN 'VARCHAR' THEN 'varchar' WHEN 'BLOB' THEN 'bytea' WHEN 'TIMESTAMP' THEN "
     "'timestamp' WHEN 'TIME' THEN 'time' WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamptz' WHEN 'TIME WITH TIME "
     "ZONE' THEN 'timetz' WHEN 'SMALLINT' THEN 'int2' WHEN 'INTEGER' THEN 'int4' WHEN 'BIGINT' THEN 'int8' WHEN "
     "'BOOLEAN' THEN 'bool' ELSE lower(logical_type) END",
     false},
    {"format_type", "type_oid, typemod",
     "(SELECT format_pg_type(logical_type, type_name) FROM duckdb_types() t WHERE t.type_oid = type_oid) || CASE WHEN "
     "typemod > 0 THEN concat('(', typemod // 1000, ',', typemod % 1000, ')') ELSE '' END",
     false},
    {"generate_subscripts", "arr, dim", "unnest(generate_series(1, array_length(arr, dim)))", false},
    {"geomean", "x", "exp(avg(ln(x)))", false},
    {"geometric_mean", "x", "geomean(x)", false},
    {"get_block_size", "db_name", "(SELECT block_size FROM pragma_database_size() WHERE database_name = db_name)",
     false},
    PRIVILEGE("has_any_column_privilege"),
    {"has_column_privilege", "table, column, privilege", "true", false},
    {"has_column_privilege", "user, table, column, privilege", "true", false},
    PRIVILEGE("has_database_privilege"),
    PRIVILEGE("has_foreign_data_wrapper_privilege"),
    PRIVILEGE("has_function_privilege"),
    PRIVILEGE("has_language_privilege"),
    PRIVILEGE("has_schema_privilege"),
    PRIVILEGE("has_sequence_privilege"),
    PRIVILEGE("has_server_privilege"),
    PRIVILEGE("has_table_privilege"),
    PRIVILEGE("has_tablespace_privilege"),
    {"histogram", "source, col_name, bin_count := 10, technique := 'auto'",
     "SELECT CASE WHEN is_histogram_other_bin(bin) THEN '(other values)' WHEN (NOT (can_cast_implicitly(bin, "
     "NULL::BIGINT) OR can_cast_implicitly(bin, NULL::DOUBLE) OR can_cast_implicitly(bin, NULL::TIMESTAMP)) AND "
     "technique = 'auto') OR technique = 'sample' THEN bin::VARCHAR WHEN row_number() OVER () = 1 THEN concat('x <= ', "
     "bin::VARCHAR) ELSE concat(lag(bin::VARCHAR) OVER (), ' < x <= ', bin::VARCHAR) END AS bin, count, bar(count, 0, "
     "max(count) OVER ()) AS bar FROM histogram_values(source, col_name, bin_count := bin_count, technique := "
     "technique)",
     true},
    {"histogram_values", "source, col_name, bin_count := 10, technique := 'auto'",
     "WITH bins AS (SELECT CASE WHEN (NOT (can_cast_implicitly(min(col_name), NULL::BIGINT) OR "
     "can_cast_implicitly(min(col_name), NULL::DOUBLE) OR can_cast_implicitly(min(col_name), NULL::TIMESTAMP)) AND "
     "technique = 'auto') OR technique = 'sample' THEN approx_top_k(col_name, bin_count) WHEN technique = "
     "'equi-height' THEN quantile(col_name, [x / bin_count::DOUBLE for x in generate_series(1, bin_count)]) WHEN "
     "technique = 'equi-width' THEN equi_width_bins(min(col_name), max(col_name), bin_count, false) WHEN technique = "
     "'equi-width-nice' OR technique = 'auto' THEN equi_width_bins(min(col_name), max(col_name), bin_count, true) ELSE "
     "error(concat('Unrecognized technique ', technique)) END AS bins FROM query_table(source::VARCHAR)) SELECT "
     "unnest(map_keys(histogram)) AS bin, unnest(map_values(histogram)) AS count FROM (SELECT CASE WHEN (NOT "
     "(can_cast_implicitly(min(col_name), NULL::BIGINT) OR can_cast_implicitly(min(col_name), NULL::DOUBLE) OR "
     "can_cast_implicitly(min(col_name), NULL::TIMESTAMP)) AND technique = 'auto') OR technique = 'sample' THEN "
     "histogram_exact(col_name, bins) ELSE histogram(col_name, bins) END AS histogram FROM "
     "query_table(source::VARCHAR), bins)",
     true},
    {"inet_client_addr", "", "NULL", false},
    {"inet_client_port", "", "NULL", false},
    {"inet_server_addr", "", "NULL", false},
    {"inet_server_port", "", "NULL", false},
    {"list_append", "l, e", "list_concat(l, list_value(e))", false},
    {"list_prepend", "e, l", "list_concat(list_value(e), l)", false},
    {"map_contains_entry", "map, key, value",
     "contains(map_entries(map), struct_pack(\"key\" := key, \"value\" := value))", false},
    {"map_contains_value", "map, value", "contains(map_values(map), value)", false},
    {"map_to_pg_oid", "type_name",
     "CASE type_name WHEN 'bool' THEN 16 WHEN 'int16' THEN 21 WHEN 'int' THEN 23 WHEN 'bigint' THEN 20 WHEN "
     "'date' THEN 1082 WHEN 'time' THEN 1083 WHEN 'datetime' THEN 1114 WHEN 'dec' THEN 1700 WHEN 'float' THEN 700 "
     "WHEN 'double' THEN 701 WHEN 'bpchar' THEN 1043 WHEN 'binary' THEN 17 WHEN 'interval' THEN 1186 WHEN "
     "'timestamptz' THEN 1184 WHEN 'timestamp with time zone' THEN 1184 WHEN 'timetz' THEN 1266 WHEN 'time with "
     "time zone' THEN 1266 WHEN 'bit' THEN 1560 WHEN 'guid' THEN 2950 END",
     false},
    {"md5_number_lower", "param", "(md5_number(param)::BIT::VARCHAR)[:64]::BIT::UBIGINT", false},
    {"md5_number_upper", "param", "(md5_number(param)::BIT::VARCHAR)[65:]::BIT::UBIGINT", false},
    {"nullif", "a, b", "CASE WHEN a = b THEN NULL ELSE a END", false},
    {"obj_description", "object_oid, catalog_name", "NULL", false},
    VISIBLE("pg_collation_is_visible"),
    {"pg_conf_load_time", "", "current_timestamp", false},
    VISIBLE("pg_conversion_is_visible"),
    VISIBLE("pg_function_is_visible"),
    {"pg_get_constraintdef", "constraint_oid",
     "(SELECT constraint_text FROM duckdb_constraints() d_constraint WHERE d_constraint.table_oid = constraint_oid // "
     "1000000 AND d_constraint.constraint_index = constraint_oid % 1000000)",
     false},
    {"pg_get_constraintdef", "constraint_oid, pretty_bool", "pg_get_constraintdef(constraint_oid)", false},
    {"pg_get_expr", "pg_node_tree, relation_oid", "pg_node_tree", false},
    {"pg_get_viewdef", "oid", "(SELECT sql FROM duckdb_views() v WHERE v.view_oid = oid)", false},
    PRIVILEGE("pg_has_role"),
    {"pg_is_other_temp_schema", "schema_id", "false", false},
    {"pg_my_temp_schema", "", "0", false},
    VISIBLE("pg_opclass_is_visible"),
    VISIBLE("pg_operator_is_visible"),
    VISIBLE("pg_opfamily_is_visible"),
    {"pg_postmaster_start_time", "", "current_timestamp", false},
    {"pg_size_pretty", "bytes", "format_bytes(bytes)", false},
    VISIBLE("pg_table_is_visible"),
    VISIBLE("pg_ts_config_is_visible"),
    VISIBLE("pg_ts_dict_is_visible"),
    VISIBLE("pg_ts_parser_is_visible"),
    VISIBLE("pg_ts_template_is_visible"),
    VISIBLE("pg_type_is_visible"),
    {"pg_typeof", "expression", "lower(typeof(expression))", false},
    {"regexp_split_to_table", "text, pattern", "unnest(string_split_regex(text, pattern))", false},
    {"round_even", "x, n",
     "CASE WHEN (abs(x) * power(10, n + 1)) % 10 = 5 THEN round(x / 2, n) * 2 ELSE round(x, n) END", false},
    {"roundbankers", "x, n", "round_even(x, n)", false},
    {"shobj_description", "object_oid, catalog_name", "NULL", false},
    {"switch", "key, cases", "map_extract_value(cases, key)", false},
    {"switch", "key, cases, otherwise",
     "CASE WHEN map_contains(cases, key) THEN map_extract_value(cases, key) ELSE otherwise END", false},
    {"wavg", "value, weight", "weighted_avg(value, weight)", false},
    {"weighted_avg", "value, weight", "sum(value * weight) / sum(CASE WHEN value IS NOT NULL THEN weight ELSE 0 END)",
     false},
};

// Functions of the library that are macros in DuckDB: a call with another number of arguments fails as a macro's does.
static const char *const macro_like[][2] = {
    {"array_reverse", "l"},
    {"list_any_value", "l"},
    {"list_approx_count_distinct", "l"},
    {"list_avg", "l"},
    {"list_bit_and", "l"},
    {"list_bit_or", "l"},
    {"list_bit_xor", "l"},
    {"list_bool_and", "l"},
    {"list_bool_or", "l"},
    {"list_count", "l"},
    {"list_entropy", "l"},
    {"list_first", "l"},
    {"list_histogram", "l"},
    {"list_kurtosis", "l"},
    {"list_kurtosis_pop", "l"},
    {"list_last", "l"},
    {"list_mad", "l"},
    {"list_max", "l"},
    {"list_median", "l"},
    {"list_min", "l"},
    {"list_mode", "l"},
    {"list_product", "l"},
    {"list_reverse", "l"},
    {"list_sem", "l"},
    {"list_skewness", "l"},
    {"list_stddev_pop", "l"},
    {"list_stddev_samp", "l"},
    {"list_string_agg", "l"},
    {"list_sum", "l"},
    {"list_var_pop", "l"},
    {"list_var_samp", "l"},
    {"split_part", "string, delimiter, position"},
};

uint32_t system_macro_count(void) { return COUNT_OF(macros); }

// "a, b := 1" into parameters.
static Status read_parameters(Binder *binder, const char *list, CatalogMacroOverload *overload) {
  Str rest = str_from(list);
  ARENA_NEW_ARRAY(binder->arena, binder->error, overload->parameters, PARAMETER_CAPACITY);
  while (rest.length) {
    Str part = rest;
    size_t comma, assign;
    if (str_find(rest, STR(", "), &comma)) part.length = comma;
    rest = part.length == rest.length ? (Str){rest.data + rest.length, 0}
                                      : (Str){rest.data + part.length + 2, rest.length - part.length - 2};
    CatalogMacroParameter *parameter = &overload->parameters[overload->parameter_count++];
    parameter->name = part;
    if (!str_find(part, STR(" := "), &assign)) continue;
    parameter->name.length = assign;
    parameter->default_sql = (Str){part.data + assign + 4, part.length - assign - 4};
  }
  return OK;
}

static Status make_macro(Binder *binder, uint32_t first, uint32_t count, const CatalogMacro **out) {
  CatalogMacro *macro;
  ARENA_NEW(binder->arena, binder->error, macro);
  macro->entry = (CatalogEntry){.kind = macros[first].is_table ? CATALOG_TABLE_MACRO : CATALOG_MACRO,
                                .internal = true,
                                .database_name = STR("system"),
                                .schema = STR("main"),
                                .name = str_from(macros[first].name)};
  ARENA_NEW_ARRAY(binder->arena, binder->error, macro->overloads, count);
  macro->overload_count = count;
  for (uint32_t i = 0; i < count; i++) {
    macro->overloads[i].body_sql = str_from(macros[first + i].body);
    TRY(read_parameters(binder, macros[first + i].parameters, &macro->overloads[i]));
  }
  *out = macro;
  return OK;
}

Status system_macro_at(Binder *binder, uint32_t index, const CatalogMacro **out) {
  return make_macro(binder, index, 1, out);
}

Status find_system_macro(Binder *binder, Str name, CatalogKind kind, const CatalogMacro **out) {
  *out = NULL;
  uint32_t first = 0, count = 0;
  for (uint32_t i = 0; i < COUNT_OF(macros); i++) {
    if (!str_equal_nocase(name, str_from(macros[i].name))) continue;
    if (macros[i].is_table != (kind == CATALOG_TABLE_MACRO)) continue;
    if (!count++) first = i;
  }
  return count ? make_macro(binder, first, count, out) : OK;
}

Status find_macro_like(Binder *binder, Str name, const CatalogMacro **out) {
  *out = NULL;
  for (uint32_t i = 0; i < COUNT_OF(macro_like); i++) {
    if (!str_equal(name, str_from(macro_like[i][0]))) continue;
    CatalogMacro *macro;
    ARENA_NEW(binder->arena, binder->error, macro);
    ARENA_NEW(binder->arena, binder->error, macro->overloads);
    macro->entry.name = name;
    macro->overload_count = 1;
    TRY(read_parameters(binder, macro_like[i][1], macro->overloads));
    *out = macro;
  }
  return OK;
}
