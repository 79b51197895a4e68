// SPDX-License-Identifier: MIT
//
// settings.c: what SET and PRAGMA know. A setting either takes effect here, or is one of DuckDB's that ask for what Smew always
// does or cannot see (threads, progress bars): accepted with a value of its type and kept, so that scripts run. Any other name is an error.
#include "api/api.h"

typedef enum SettingKind {
  SETTING_BOOLEAN,
  SETTING_INTEGER,
  SETTING_NUMBER,
  SETTING_TEXT,
  SETTING_MEMORY,
  SETTING_CHOICE
} SettingKind;

typedef struct Known {
  const char *name;
  uint8_t kind;
  const char *initial; // text form
  const char *choices; // SETTING_CHOICE: "a|b|c"; b=a: another word for a
  const char *description;
} Known;

// In alphabetical order.
static const Known known[] = {
    {"allow_persistent_secrets", SETTING_BOOLEAN, "true", NULL, "Accepted; there are no secrets"},
    {"allow_unredacted_secrets", SETTING_BOOLEAN, "false", NULL, "Accepted; there are no secrets"},
    {"arrow_large_buffer_size", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"asof_loop_join_threshold", SETTING_INTEGER, "64", NULL, "Accepted"},
    {"auto_checkpoint_skip_wal_threshold", SETTING_INTEGER, "100000", NULL, "Accepted"},
    {"autoinstall_known_extensions", SETTING_BOOLEAN, "false", NULL, "Accepted; there are no extensions"},
    {"autoload_known_extensions", SETTING_BOOLEAN, "false", NULL, "Accepted; there are no extensions"},
    {"catalog_error_max_schemas", SETTING_INTEGER, "100", NULL, "Accepted"},
    {"checkpoint_threshold", SETTING_MEMORY, "16.0 MiB", NULL,
     "The size of the write-ahead log that makes a checkpoint due"},
    {"debug_asof_iejoin", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"debug_checkpoint_sleep_ms", SETTING_INTEGER, "0", NULL, "Accepted"},
    {"debug_force_external", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"debug_force_no_cross_product", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"debug_skip_checkpoint_on_commit", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"debug_verify_blocks", SETTING_BOOLEAN, "false", NULL, "Accepted; blocks are always verified"},
    {"debug_verify_vector", SETTING_TEXT, "none", NULL, "Accepted"},
    {"debug_window_mode", SETTING_TEXT, "", NULL, "Accepted"},
    {"default_collation", SETTING_TEXT, "", NULL, "Collation of columns without one"},
    {"default_null_order", SETTING_CHOICE, "NULLS_LAST",
     "NULLS_LAST|NULLS_FIRST|nulls first=NULLS_FIRST|nulls last=NULLS_LAST|last=NULLS_LAST|first=NULLS_FIRST|"
     "NULLS_FIRST_ON_ASC_LAST_ON_DESC|NULLS_LAST_ON_ASC_FIRST_ON_DESC|sqlite=NULLS_FIRST_ON_ASC_LAST_ON_DESC|"
     "mysql=NULLS_FIRST_ON_ASC_LAST_ON_DESC|postgres=NULLS_LAST_ON_ASC_FIRST_ON_DESC",
     "Where NULLs are sorted without NULLS FIRST or LAST"},
    {"default_order", SETTING_CHOICE, "ASCENDING", "ASC|DESC|ascending=ASC|descending=DESC",
     "How ORDER BY sorts without ASC or DESC"},
    {"deprecated_using_key_syntax", SETTING_TEXT, "DEFAULT", NULL, "Accepted"},
    {"disabled_compression_methods", SETTING_TEXT, "", NULL, "Accepted"},
    {"disabled_optimizers", SETTING_TEXT, "", NULL, "Accepted"},
    {"dynamic_or_filter_threshold", SETTING_INTEGER, "50", NULL, "Accepted"},
    {"enable_caching_operators", SETTING_BOOLEAN, "true", NULL, "Accepted"},
    {"enable_external_file_cache", SETTING_BOOLEAN, "true", NULL, "Accepted"},
    {"enable_fsst_vectors", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"enable_http_metadata_cache", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"enable_macro_dependencies", SETTING_BOOLEAN, "false", NULL, "Accepted only as false"},
    {"enable_object_cache", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"enable_optimistic_write", SETTING_BOOLEAN, "true", NULL, "Accepted"},
    {"enable_progress_bar", SETTING_BOOLEAN, "false", NULL, "Accepted; progress is the program's to show"},
    {"enable_progress_bar_print", SETTING_BOOLEAN, "true", NULL, "Accepted"},
    {"enable_view_dependencies", SETTING_BOOLEAN, "false", NULL, "Accepted only as false"},
    {"errors_as_json", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"experimental_metadata_reuse", SETTING_BOOLEAN, "true", NULL, "Accepted"},
    {"explain_output", SETTING_CHOICE, "physical_only", "all|optimized_only|physical_only",
     "Which plans EXPLAIN prints"},
    {"external_threads", SETTING_INTEGER, "1", NULL, "Accepted; everything runs on one thread"},
    {"force_bitpacking_mode", SETTING_TEXT, "AUTO", NULL, "Accepted"},
    {"force_compression", SETTING_TEXT, "auto", NULL, "Accepted"},
    {"ieee_floating_point_ops", SETTING_BOOLEAN, "true", NULL,
     "Division by zero of floating point numbers gives infinity or NaN"},
    {"immediate_transaction_mode", SETTING_BOOLEAN, "false", NULL, "Accepted; a transaction always begins at BEGIN"},
    {"index_scan_max_count", SETTING_INTEGER, "2048", NULL, "Accepted"},
    {"index_scan_percentage", SETTING_NUMBER, "0.001", NULL, "Accepted"},
    {"integer_division", SETTING_BOOLEAN, "false", NULL, "The / operator divides integers as //"},
    {"lambda_syntax", SETTING_TEXT, "DEFAULT", NULL, "Accepted; both forms are understood"},
    {"late_materialization_max_rows", SETTING_INTEGER, "50", NULL, "Accepted"},
    {"max_expression_depth", SETTING_INTEGER, "1000", NULL, "How deep expressions may be nested"},
    {"max_temp_directory_size", SETTING_TEXT, "90% of available disk space", NULL, "Accepted"},
    {"max_vacuum_tasks", SETTING_INTEGER, "100", NULL, "Accepted"},
    {"memory_limit", SETTING_MEMORY, "", NULL, "The most memory that the database may use"},
    {"merge_join_threshold", SETTING_INTEGER, "1000", NULL, "Accepted"},
    {"nested_loop_join_threshold", SETTING_INTEGER, "5", NULL, "Accepted"},
    {"old_implicit_casting", SETTING_BOOLEAN, "false", NULL, "Accepted only as false"},
    {"order_by_non_integer_literal", SETTING_BOOLEAN, "false", NULL, "ORDER BY 'text' is allowed and does nothing"},
    {"ordered_aggregate_threshold", SETTING_INTEGER, "262144", NULL, "Accepted"},
    {"partitioned_write_flush_threshold", SETTING_INTEGER, "524288", NULL, "Accepted"},
    {"partitioned_write_max_open_files", SETTING_INTEGER, "100", NULL, "Accepted"},
    {"perfect_ht_threshold", SETTING_INTEGER, "12", NULL, "Accepted"},
    {"pivot_filter_threshold", SETTING_INTEGER, "20", NULL, "Accepted"},
    {"pivot_limit", SETTING_INTEGER, "100000", NULL, "The most columns of a PIVOT"},
    {"prefer_range_joins", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"preserve_identifier_case", SETTING_BOOLEAN, "true", NULL, "Names keep the case they are written in"},
    {"preserve_insertion_order", SETTING_BOOLEAN, "true", NULL, "Rows come in the order of insertion; always so"},
    {"profiling_mode", SETTING_TEXT, "", NULL, "Accepted"},
    {"profiling_output", SETTING_TEXT, "", NULL, "Accepted; profiles are not written to files"},
    {"progress_bar_time", SETTING_INTEGER, "2000", NULL, "Accepted"},
    {"scalar_subquery_error_on_multiple_rows", SETTING_BOOLEAN, "true", NULL,
     "A scalar subquery with several rows is an error"},
    {"scheduler_process_partial", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"schema", SETTING_TEXT, "main", NULL, "The schema that names are looked for in"},
    {"search_path", SETTING_TEXT, "", NULL, "The schemas that names are looked for in"},
    {"storage_compatibility_version", SETTING_TEXT, "v1.5.0", NULL, "Accepted; files are Smew's own"},
    {"streaming_buffer_size", SETTING_MEMORY, "976.5 KiB", NULL, "Accepted"},
    {"temp_directory", SETTING_TEXT, "", NULL, "Where spilled data goes"},
    {"temp_file_encryption", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"threads", SETTING_INTEGER, "1", NULL, "Accepted; everything runs on one thread"},
    {"timezone", SETTING_TEXT, "UTC", NULL, "The time zone of the session"},
    {"vacuum_rebuild_indexes", SETTING_INTEGER, "0", NULL, "Accepted"},
    {"variant_minimum_shredding_size", SETTING_INTEGER, "30000", NULL, "Accepted"},
    {"wal_autocheckpoint_entries", SETTING_INTEGER, "0", NULL, "Accepted"},
    {"warnings_as_errors", SETTING_BOOLEAN, "false", NULL, "Accepted"},
    {"write_buffer_row_group_count", SETTING_INTEGER, "5", NULL, "Accepted"},
    {"zstd_min_string_length", SETTING_INTEGER, "4096", NULL, "Accepted"},
};

// PRAGMA name without a value: switches that Smew has no other side of.
static const char *const switches[] = {"disable_optimizer",
                                       "disable_profiling",
                                       "disable_progress_bar",
                                       "disable_verification",
                                       "disable_verify_external",
                                       "disable_verify_fetch_row",
                                       "disable_verify_parallelism",
                                       "enable_optimizer",
                                       "enable_profiling",
                                       "enable_progress_bar",
                                       "enable_verification",
                                       "force_checkpoint",
                                       "verify_external",
                                       "verify_fetch_row",
                                       "verify_parallelism",
                                       "verify_serializer",
                                       "disable_verify_serializer",
                                       "disable_checkpoint_on_shutdown",
                                       "enable_checkpoint_on_shutdown"};

// Other names of the same settings.
static const char *const aliases[][2] = {
    {"max_memory", "memory_limit"},         {"null_order", "default_null_order"},
    {"profile_output", "profiling_output"}, {"wal_autocheckpoint", "checkpoint_threshold"},
    {"worker_threads", "threads"},
};

static const Known *find_known(Str name) {
  for (size_t i = 0; i < COUNT_OF(aliases); i++) {
    if (str_equal_nocase(name, str_from(aliases[i][0]))) name = str_from(aliases[i][1]);
  }
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    if (str_equal_nocase(name, str_from(known[i].name))) return &known[i];
  }
  return NULL;
}

static Setting *find_setting(Setting *first, Str name) {
  for (Setting *setting = first; setting; setting = setting->next) {
    if (str_equal_nocase(setting->name, name)) return setting;
  }
  return NULL;
}

// What a session sets for itself alone.
static bool is_own(const Known *entry) {
  static const char *const own[] = {"schema",
                                    "search_path",
                                    "timezone",
                                    "enable_progress_bar",
                                    "enable_progress_bar_print",
                                    "progress_bar_time",
                                    "profiling_mode",
                                    "profiling_output",
                                    "profiling_coverage",
                                    "enable_caching_operators",
                                    "debug_force_external",
                                    "streaming_buffer_size"};
  for (size_t i = 0; i < COUNT_OF(own); i++) {
    if (str_equal(str_from(entry->name), str_from(own[i]))) return true;
  }
  return false;
}

static Value initial_value(const smew_session *session, const Known *entry) {
  Str time_zone = session->database->time_zone;
  if (time_zone.length && str_equal(str_from(entry->name), STR("timezone"))) return value_text(time_zone);
  if (entry->kind == SETTING_BOOLEAN) return value_boolean(entry->initial[0] == 't');
  int64_t number;
  double real;
  if (entry->kind == SETTING_NUMBER && number_parse_f64(str_from(entry->initial), &real) == NUMBER_OK) {
    return value_f64(real);
  }
  if (entry->kind == SETTING_INTEGER && number_parse_i64(str_from(entry->initial), &number) == NUMBER_OK) {
    return value_i64(TYPE(BIGINT), number);
  }
  return value_text(str_from(entry->initial));
}

// Variables (SET VARIABLE) go by "variable:name".
static bool variable_get(const smew_session *session, Str name, Value *value) {
  for (const Setting *variable = session->variables; variable; variable = variable->next) {
    if (!str_equal_nocase(variable->name, name)) continue;
    *value = variable->value;
    return true;
  }
  return false;
}

bool settings_get(smew_session *session, Str name, Value *value) {
  Str prefix = STR("variable:");
  if (name.length > prefix.length && memcmp(name.data, prefix.data, prefix.length) == 0) {
    return variable_get(session, (Str){name.data + prefix.length, name.length - prefix.length}, value);
  }
  const Known *entry = find_known(name);
  if (!entry) return false;
  const Setting *setting = find_setting(session->settings, str_from(entry->name));
  if (!setting) setting = find_setting(session->database->settings, str_from(entry->name));
  if (setting) {
    *value = setting->value;
    return true;
  }
  *value = initial_value(session, entry);
  return true;
}

bool setting_callback(void *session, Str name, Value *value) { return settings_get(session, name, value); }

bool settings_boolean(smew_session *session, const char *name) {
  Value value;
  return settings_get(session, str_from(name), &value) && value.type.id == TYPE_BOOLEAN && value.boolean;
}

bool settings_next(void *owner, uint32_t *cursor, SettingRow *row) {
  smew_session *session = owner;
  if (*cursor < COUNT_OF(known)) {
    static const char *const types[] = {
        [SETTING_BOOLEAN] = "BOOLEAN", [SETTING_INTEGER] = "BIGINT", [SETTING_NUMBER] = "DOUBLE",
        [SETTING_TEXT] = "VARCHAR",    [SETTING_MEMORY] = "VARCHAR", [SETTING_CHOICE] = "VARCHAR"};
    const Known *entry = &known[(*cursor)++];
    *row = (SettingRow){.name = str_from(entry->name),
                        .type = str_from(types[entry->kind]),
                        .description = str_from(entry->description)};
    return settings_get(session, row->name, &row->value);
  }
  uint32_t skip = *cursor - (uint32_t)COUNT_OF(known);
  const Setting *variable = session->variables;
  while (variable && skip--) variable = variable->next;
  if (!variable) return false;
  (*cursor)++;
  *row = (SettingRow){.name = variable->name, .value = variable->value, .is_variable = true};
  return true;
}

// "1GB", "512 MiB", "80%", "1000000 bytes"; false: none of these.
static bool parse_memory(Str text, uint64_t *bytes) {
  static const struct {
    const char *unit;
    double factor;
  } units[] = {{"b", 1},
               {"byte", 1},
               {"bytes", 1},
               {"kb", 1e3},
               {"mb", 1e6},
               {"gb", 1e9},
               {"tb", 1e12},
               {"kib", 1024},
               {"mib", 1048576},
               {"gib", 1073741824},
               {"tib", 1099511627776.0},
               {"k", 1e3},
               {"m", 1e6},
               {"g", 1e9},
               {"kilobyte", 1e3},
               {"megabyte", 1e6},
               {"gigabyte", 1e9},
               {"terabyte", 1e12}};
  text = str_trim(text);
  if (str_equal_nocase(text, STR("none")) || str_equal(text, STR("-1"))) {
    *bytes = 0;
    return true;
  }
  size_t digits = 0;
  while (digits < text.length && ((text.data[digits] >= '0' && text.data[digits] <= '9') || text.data[digits] == '.'))
    digits++;
  double amount;
  if (number_parse_f64((Str){text.data, digits}, &amount) != NUMBER_OK) return false;
  Str unit = str_trim((Str){text.data + digits, text.length - digits});
  for (size_t i = 0; i < COUNT_OF(units); i++) {
    if (!str_equal_nocase(unit, str_from(units[i].unit))) continue;
    *bytes = (uint64_t)(amount * units[i].factor);
    return true;
  }
  return false;
}

// The choice that the text names, as it is kept; false: none.
static bool find_choice(const char *choices, Str *text) {
  for (Str rest = str_from(choices); rest.length;) {
    size_t bar = rest.length, equal;
    (void)str_find(rest, STR("|"), &bar);
    Str word = {rest.data, bar}, kept = word;
    if (str_find(word, STR("="), &equal)) {
      kept = (Str){word.data + equal + 1, word.length - equal - 1};
      word.length = equal;
    }
    if (str_equal_nocase(word, *text)) {
      *text = kept;
      return true;
    }
    size_t used = MIN_OF(bar + 1, rest.length);
    rest = (Str){rest.data + used, rest.length - used};
  }
  return false;
}

static Status check_value(smew_session *session, const Known *entry, const Value *given, Value *value, Error *error) {
  static const Type types[] = {[SETTING_BOOLEAN] = {.id = TYPE_BOOLEAN}, [SETTING_INTEGER] = {.id = TYPE_BIGINT},
                               [SETTING_NUMBER] = {.id = TYPE_DOUBLE},   [SETTING_TEXT] = {.id = TYPE_VARCHAR},
                               [SETTING_MEMORY] = {.id = TYPE_VARCHAR},  [SETTING_CHOICE] = {.id = TYPE_VARCHAR}};
  uint64_t bytes;
  TRY(value_cast(&session->arena, given, types[entry->kind], value, error));
  if (value->is_null && entry->kind != SETTING_TEXT) {
    return error_set(error, ERROR_INVALID_INPUT, -1, "Cannot use NULL as argument to option \"%s\"", entry->name);
  }
  if (entry->kind == SETTING_MEMORY && !parse_memory(value->text, &bytes)) {
    return error_set(error, ERROR_PARSER, -1,
                     "Unknown unit for memory_limit: '%.*s' (expected: KB, MB, GB, TB for 1000^i units or KiB, MiB, "
                     "GiB, TiB for 1024^i units)",
                     STR_ARG(value->text));
  }
  if (entry->kind == SETTING_CHOICE && !find_choice(entry->choices, &value->text)) {
    return error_set(error, ERROR_PARSER, -1, "Unrecognized parameter for option \"%s\" \"%.*s\"", entry->name,
                     STR_ARG(value->text));
  }
  return OK;
}

// What is kept in memory must fit, and leave room for a statement that raises the limit again.
static Status limit_memory(Memory *memory, uint64_t bytes, Error *error) {
  const uint64_t room = 256 << 10;
  while (bytes && memory->used_bytes + room > bytes) {
    if (memory->reclaim && memory->reclaim(memory->reclaim_owner, memory->used_bytes + room - bytes)) continue;
    return error_set(error, ERROR_NO_MEMORY, -1,
                     "Failed to change memory limit to %llu: could not free up enough memory for the new limit (%llu "
                     "bytes are in use)",
                     (unsigned long long)bytes, (unsigned long long)memory->used_bytes);
  }
  memory->limit_bytes = bytes;
  return OK;
}

static Str without_quotes(Str name) {
  bool quoted = name.length > 1 && name.data[0] == '"' && name.data[name.length - 1] == '"';
  return quoted ? (Str){name.data + 1, name.length - 2} : name;
}

// "schema", "database.schema" or, for a path, several of these with commas between them.
static Status set_path(CatalogView *catalog, Str text, bool path, Error *error) {
  size_t quotes = 0;
  for (size_t i = 0; i < text.length; i++) quotes += text.data[i] == '"';
  if (quotes % 2) return error_set(error, ERROR_PARSER, -1, "Unterminated quote in qualified name!");
  for (bool first = true; first || text.length; first = false) {
    Str schema = text, database = {0};
    size_t comma, dot;
    if (!path && str_find(text, STR(","), &comma)) {
      return error_set(error, ERROR_PARSER, -1,
                       "Failed to convert entry \"%.*s\" to CatalogSearchEntry - expected a single entry",
                       STR_ARG(text));
    }
    if (path && str_find(text, STR(","), &comma)) schema.length = comma;
    size_t used = MIN_OF(schema.length + 1, text.length);
    text = (Str){text.data + used, text.length - used};
    schema = str_trim(schema);
    if (path && !schema.length && !text.length) return catalog_set_current(catalog, (Str){0}, STR("main"), error);
    if (str_find(schema, STR("."), &dot)) {
      database = (Str){schema.data, dot};
      schema = (Str){schema.data + dot + 1, schema.length - dot - 1};
    }
    if (path) {
      schema = without_quotes(schema);
      database = without_quotes(database);
    }
    if (first) {
      TRY(catalog_set_current(catalog, database, schema, error));
    } else {
      TRY(catalog_add_to_path(catalog, database, schema, error));
    }
  }
  return OK;
}

static Status take_effect(smew_session *session, const Known *entry, const Value *value, Error *error) {
  Str name = str_from(entry->name);
  if (str_equal(name, STR("memory_limit"))) {
    uint64_t bytes = 0;
    parse_memory(value->text, &bytes);
    return limit_memory(&session->database->memory, bytes, error);
  } else if (str_equal(name, STR("checkpoint_threshold"))) {
    uint64_t bytes = 0;
    parse_memory(value->text, &bytes);
    store_set_checkpoint_bytes(session->database->store, bytes);
  } else if (str_equal(name, STR("schema")) || str_equal(name, STR("search_path"))) {
    bool path = str_equal(name, STR("search_path"));
    return set_path(session->catalog, value->text, path, error);
  } else if (str_equal(name, STR("timezone"))) {
    int32_t offset;
    if (!session->database->host->functions->zone_offset(session->database->host, value->text, 0, &offset)) {
      return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Unknown TimeZone '%.*s'!", STR_ARG(value->text));
    }
    session->facts.time_zone = value->text;
  }
  return OK;
}

static Status unknown(Str name, Error *error) {
  const char *nearest = NULL;
  uint32_t best = UINT32_MAX;
  for (size_t i = 0; i < COUNT_OF(known); i++) {
    uint32_t distance = str_edit_distance(name, str_from(known[i].name));
    if (distance < best) {
      best = distance;
      nearest = known[i].name;
    }
  }
  return error_set(error, ERROR_CATALOG, -1, "unrecognized configuration parameter \"%.*s\"\n\nDid you mean: \"%s\"",
                   STR_ARG(name), nearest);
}

Status settings_set(smew_session *session, Str name, const Value *given, bool pragma, SetScope scope, Error *error) {
  const Known *entry = find_known(name);
  if (pragma && !given) {
    for (size_t i = 0; i < COUNT_OF(switches); i++) {
      if (str_equal_nocase(name, str_from(switches[i]))) return OK;
    }
  }
  if (!entry) return unknown(name, error);
  Value value;
  if (given) {
    TRY(check_value(session, entry, given, &value, error));
  } else {
    value = initial_value(session, entry);
  }
  bool own = is_own(entry) || scope == SET_SESSION;
  Arena *arena = own ? &session->arena : &session->database->arena;
  Setting **first = own ? &session->settings : &session->database->settings;
  TRY(value_copy(arena, error, value, &value));
  if (entry->kind == SETTING_BOOLEAN && value.boolean &&
      str_equal(str_from(entry->description), STR("Accepted only as false"))) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "SET %s = true is not supported", entry->name);
  }
  TRY(take_effect(session, entry, &value, error));
  Setting *setting = find_setting(*first, str_from(entry->name));
  if (!setting) {
    ARENA_NEW(arena, error, setting);
    setting->name = str_from(entry->name);
    setting->next = *first;
    *first = setting;
  }
  setting->value = value;
  return OK;
}
