// SPDX-License-Identifier: MIT
//
// listings.c: duckdb_functions(), duckdb_settings(), duckdb_variables(), duckdb_keywords(), pragma_version() …: rows that are known when the
// statement is bound become a VALUES node. Names, order and types of columns are those of DuckDB 1.5; what Smew has nothing to say about is
// NULL. The listings of catalog objects are table functions of catalog/.
#include "plan/listings.h"

#include "plan/system_macros.h"
#include "vector/keywords.h"

typedef struct ListingColumn {
  const char *name;
  char type; // 't' VARCHAR, 'l' VARCHAR[], 'b' BOOLEAN, 'n' BIGINT, 'm' MAP(VARCHAR, VARCHAR), always empty
} ListingColumn;

// The rows under construction: put_… fill the cells of the newest row from left to right.
typedef struct Rows {
  Binder *binder;
  const ListingColumn *columns;
  uint32_t column_count;
  ExprList cells;
} Rows;

typedef struct Listing {
  const char *name;
  const ListingColumn *columns;
  uint32_t column_count;
  Status (*produce)(Rows *rows);
} Listing;

// ---------------------------------------------------------------------------------------------------------------------
// Cells
// ---------------------------------------------------------------------------------------------------------------------

static Status cell_type(Binder *binder, char letter, Type *type) {
  *type = TYPE(VARCHAR);
  if (letter == 'b') *type = TYPE(BOOLEAN);
  if (letter == 'n') *type = TYPE(BIGINT);
  if (letter == 'l') return type_make_list(binder->arena, binder->error, TYPE(VARCHAR), type);
  if (letter == 'm') return type_make_map(binder->arena, binder->error, TYPE(VARCHAR), TYPE(VARCHAR), type);
  return OK;
}

static Status put_value(Rows *rows, Value value) {
  Binder *binder = rows->binder;
  TRY(cell_type(binder, rows->columns[rows->cells.count % rows->column_count].type, &value.type));
  Expr *cell;
  TRY_NEW(binder, cell, expr_constant(binder->arena, value));
  ARENA_PUSH(binder->arena, binder->error, &rows->cells, cell);
  return OK;
}

static Status put_null(Rows *rows) { return put_value(rows, value_null(TYPE(VARCHAR))); }
static Status put_text(Rows *rows, Str text) { return text.data ? put_value(rows, value_text(text)) : put_null(rows); }
static Status put_boolean(Rows *rows, bool truth) { return put_value(rows, value_boolean(truth)); }
static Status put_number(Rows *rows, int64_t number) { return put_value(rows, value_i64(TYPE(BIGINT), number)); }
static Status put_list(Rows *rows, Value *items, uint32_t count) {
  return put_value(rows, (Value){.nested = {items, count}});
}
static Status put_nulls(Rows *rows, uint32_t count) {
  while (count--) TRY(put_null(rows));
  return OK;
}

// Open types as DuckDB declares them.
static Status declared_type_text(Binder *binder, Type type, Str *out) {
  if (type.id == TYPE_LIST && !type.info) return str_copy(binder->arena, binder->error, STR("T[]"), out);
  if (type.id == TYPE_MAP && !type.info) return str_copy(binder->arena, binder->error, STR("MAP(K, V)"), out);
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  type_print(&text, type);
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------------------------------

static const ListingColumn function_columns[] = {
    {"database_name", 't'}, {"database_oid", 't'},     {"schema_name", 't'},      {"function_name", 't'},
    {"alias_of", 't'},      {"function_type", 't'},    {"description", 't'},      {"comment", 't'},
    {"tags", 'm'},          {"return_type", 't'},      {"parameters", 'l'},       {"parameter_types", 'l'},
    {"varargs", 't'},       {"macro_definition", 't'}, {"has_side_effects", 'b'}, {"internal", 'b'},
    {"function_oid", 'n'},  {"examples", 'l'},         {"stability", 't'},        {"categories", 'l'},
};

typedef struct FunctionRow {
  Str database;
  Str name;
  const char *kind;
  Str comment;
  DeclaredType result; // 0: none
  Value *parameters;
  Value *parameter_types;
  uint32_t parameter_count;
  Str varargs;
  Str macro_sql;
  const char *stability; // NULL: none
  bool internal;
  int64_t oid;
} FunctionRow;

static Status put_function(Rows *rows, const FunctionRow *row) {
  Str result = {NULL, 0};
  if (row->result) TRY(declared_type_text(rows->binder, declared_type(row->result), &result));
  TRY(put_text(rows, row->database));
  TRY(put_text(rows, row->internal ? STR("0") : STR("1")));
  TRY(put_text(rows, STR("main")));
  TRY(put_text(rows, row->name));
  TRY(put_null(rows));
  TRY(put_text(rows, str_from(row->kind)));
  TRY(put_null(rows));
  TRY(put_text(rows, row->comment));
  TRY(put_list(rows, NULL, 0)); // tags
  TRY(put_text(rows, result));
  TRY(put_list(rows, row->parameters, row->parameter_count));
  TRY(put_list(rows, row->parameter_types, row->parameter_count));
  TRY(put_text(rows, row->varargs));
  TRY(put_text(rows, row->macro_sql));
  if (row->stability) {
    TRY(put_boolean(rows, str_equal(str_from(row->stability), STR("VOLATILE"))));
  } else {
    TRY(put_null(rows));
  }
  TRY(put_boolean(rows, row->internal));
  TRY(put_number(rows, row->oid));
  TRY(put_list(rows, NULL, 0));
  TRY(put_text(rows, row->stability ? str_from(row->stability) : (Str){NULL, 0}));
  return put_list(rows, NULL, 0);
}

// Parameters have no names in the library: col0, col1 …
static Status put_library_function(Rows *rows, const char *name, const char *kind, const DeclaredType *arguments,
                                   uint32_t count, bool variadic, DeclaredType result, const char *stability) {
  Binder *binder = rows->binder;
  FunctionRow row = {.database = STR("system"),
                     .name = str_from(name),
                     .kind = kind,
                     .result = result,
                     .parameter_count = variadic ? count - 1 : count,
                     .stability = stability,
                     .internal = true,
                     .oid = rows->cells.count / rows->column_count};
  ARENA_NEW_ARRAY(binder->arena, binder->error, row.parameters, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, row.parameter_types, count);
  for (uint32_t i = 0; i < row.parameter_count; i++) {
    Str text;
    TRY(str_format(binder->arena, binder->error, &text, "col%u", i));
    row.parameters[i] = value_text(text);
    TRY(declared_type_text(binder, declared_type(arguments[i]), &text));
    row.parameter_types[i] = value_text(text);
  }
  if (variadic) TRY(declared_type_text(binder, declared_type(arguments[count - 1]), &row.varargs));
  return put_function(rows, &row);
}

static Status put_macro(Rows *rows, const CatalogMacro *macro) {
  Binder *binder = rows->binder;
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    const CatalogMacroOverload *overload = &macro->overloads[i];
    uint32_t count = overload->parameter_count;
    FunctionRow row = {.database = macro->entry.internal ? STR("system") : macro->entry.database_name,
                       .name = macro->entry.name,
                       .kind = macro->entry.kind == CATALOG_MACRO ? "macro" : "table_macro",
                       .comment = macro->entry.comment,
                       .parameter_count = count,
                       .macro_sql = overload->body_sql,
                       .internal = macro->entry.internal,
                       .oid = (int64_t)macro->entry.id};
    ARENA_NEW_ARRAY(binder->arena, binder->error, row.parameters, count);
    ARENA_NEW_ARRAY(binder->arena, binder->error, row.parameter_types, count);
    for (uint32_t k = 0; k < count; k++) {
      Str type = overload->parameters[k].type_sql;
      row.parameters[k] = value_text(overload->parameters[k].name);
      row.parameter_types[k] = type.data ? value_text(type) : value_null(TYPE(VARCHAR));
    }
    TRY(put_function(rows, &row));
  }
  return OK;
}

static Status produce_functions(Rows *rows) {
  static const char *const stabilities[] = {[STABILITY_PURE] = "CONSISTENT",
                                            [STABILITY_STATEMENT] = "CONSISTENT_WITHIN_QUERY",
                                            [STABILITY_VOLATILE] = "VOLATILE"};
  Binder *binder = rows->binder;
  const FunctionLibrary *library = binder->context->library;
  for (uint32_t i = 0; i < library->scalar_count; i++) {
    const ScalarFunction *function = library->scalars[i];
    TRY(put_library_function(rows, function->name, "scalar", function->arguments, function->argument_count,
                             function->variadic, function->result, stabilities[function->stability]));
  }
  for (uint32_t i = 0; i < library->aggregate_count; i++) {
    const AggregateFunction *function = library->aggregates[i];
    TRY(put_library_function(rows, function->name, "aggregate", function->arguments, function->argument_count,
                             function->variadic, function->result, "CONSISTENT"));
  }
  for (uint32_t i = 0; i < library->table_count; i++) {
    const TableFunction *function = library->tables[i];
    TRY(put_library_function(rows, function->name, "table", function->arguments, function->argument_count,
                             function->variadic, 0, NULL));
  }
  for (uint32_t i = 0; i < system_macro_count(); i++) {
    const CatalogMacro *macro;
    TRY(system_macro_at(binder, i, &macro));
    TRY(put_macro(rows, macro));
  }
  uint64_t cursor = 0;
  const CatalogEntry *entry = NULL;
  do {
    TRY(catalog_next(binder->context->catalog, binder->arena, &cursor, &entry, binder->error));
    if (entry && (entry->kind == CATALOG_MACRO || entry->kind == CATALOG_TABLE_MACRO)) {
      TRY(put_macro(rows, (const CatalogMacro *)entry));
    }
  } while (entry);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Session, grammar, program
// ---------------------------------------------------------------------------------------------------------------------

static const ListingColumn setting_columns[] = {{"name", 't'},       {"value", 't'}, {"description", 't'},
                                                {"input_type", 't'}, {"scope", 't'}, {"aliases", 'l'}};
static const ListingColumn variable_columns[] = {{"name", 't'}, {"value", 't'}, {"type", 't'}};

static Status value_as_text(Binder *binder, const Value *value, Str *out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  value_print(&text, value);
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static Status produce_setting_rows(Rows *rows, bool variables) {
  Binder *binder = rows->binder;
  StatementFacts *facts = binder->context->facts;
  SettingRow row;
  uint32_t cursor = 0;
  while (facts->next_setting && facts->next_setting(facts->session, &cursor, &row)) {
    if (row.is_variable != variables) continue;
    Str value, type, name;
    TRY(value_as_text(binder, &row.value, &value));
    TRY(declared_type_text(binder, row.value.type, &type));
    TRY(str_copy(binder->arena, binder->error, row.name, &name));
    TRY(put_text(rows, name));
    TRY(put_text(rows, value));
    if (variables) {
      TRY(put_text(rows, type));
      continue;
    }
    TRY(put_text(rows, row.description));
    TRY(put_text(rows, row.type));
    TRY(put_text(rows, STR("LOCAL")));
    TRY(put_list(rows, NULL, 0));
  }
  return OK;
}

static Status produce_settings(Rows *rows) { return produce_setting_rows(rows, false); }
static Status produce_variables(Rows *rows) { return produce_setting_rows(rows, true); }

static const ListingColumn keyword_columns[] = {{"keyword_name", 't'}, {"keyword_category", 't'}};

static Status produce_keywords(Rows *rows) {
  static const char *const categories[] = {[SQL_KEYWORD_NONE] = "unreserved",
                                           [SQL_KEYWORD_UNRESERVED] = "unreserved",
                                           [SQL_KEYWORD_COLUMN_NAME] = "column_name",
                                           [SQL_KEYWORD_TYPE_FUNCTION] = "type_function",
                                           [SQL_KEYWORD_RESERVED] = "reserved"};
  size_t count;
  const SqlKeyword *keywords = sql_keywords(&count);
  for (size_t i = 0; i < count; i++) {
    TRY(put_text(rows, (Str){keywords[i].text, keywords[i].length}));
    TRY(put_text(rows, str_from(categories[keywords[i].keyword_class])));
  }
  return OK;
}

static const ListingColumn version_columns[] = {{"library_version", 't'}, {"source_id", 't'}, {"codename", 't'}};

static Status produce_version(Rows *rows) {
  ExprBinder names = expr_binder(rows->binder, NULL, "pragma_version");
  Expr *version;
  TRY(bind_function(&names, "version", NULL, 0, -1, &version));
  Value value;
  TRY(evaluate_constant(rows->binder, version, &value));
  TRY(put_text(rows, value.text));
  return put_nulls(rows, 2);
}

static const ListingColumn collation_columns[] = {{"collname", 't'}};

static Status produce_collations(Rows *rows) {
  static const char *const names[] = {"nfc", "noaccent", "nocase"};
  for (uint32_t i = 0; i < COUNT_OF(names); i++) TRY(put_text(rows, str_from(names[i])));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The list
// ---------------------------------------------------------------------------------------------------------------------

#define LISTING(name, list, produce) \
  { name, list##_columns, COUNT_OF(list##_columns), produce }
static const Listing listings[] = {
    LISTING("duckdb_functions", function, produce_functions),
    LISTING("duckdb_keywords", keyword, produce_keywords),
    LISTING("duckdb_settings", setting, produce_settings),
    LISTING("duckdb_variables", variable, produce_variables),
    LISTING("pragma_collations", collation, produce_collations),
    LISTING("pragma_version", version, produce_version),
};

static const Listing *find_listing(Str name) {
  for (uint32_t i = 0; i < COUNT_OF(listings); i++) {
    if (str_equal_nocase(name, str_from(listings[i].name))) return &listings[i];
  }
  return NULL;
}

bool is_listing(Str name) { return find_listing(name) != NULL; }

Status bind_listing(Binder *binder, Str name, LogicalPlan **out, Str **names) {
  const Listing *listing = find_listing(name);
  Rows rows = {.binder = binder, .columns = listing->columns, .column_count = listing->column_count};
  TRY(listing->produce(&rows));
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, LOGICAL_VALUES, NULL, NULL, &plan));
  plan->values.cells = rows.cells.items;
  plan->values.row_count = rows.cells.count / rows.column_count;
  plan->row_estimate = plan->values.row_count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, *names, rows.column_count);
  for (uint32_t i = 0; i < rows.column_count; i++) {
    Type type;
    (*names)[i] = str_from(rows.columns[i].name);
    TRY(cell_type(binder, rows.columns[i].type, &type));
    TRY(plan_add_column(&binder->planner, plan, plan->table, i, type, (*names)[i]));
  }
  *out = plan;
  return OK;
}
