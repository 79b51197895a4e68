// SPDX-License-Identifier: MIT
//
// bind_copy.c: COPY … TO a file, COPY … FROM a file (an INSERT over a table function).
#include "plan/binder.h"

// One option: `FORMAT csv`, `HEADER`, `DELIMITER ','`, `FORCE_QUOTE (a, b)`.
static Status option_value(Binder *binder, const SqlOption *option, Value *out) {
  const SqlExpr *value = option->value;
  if (!value) {
    *out = value_boolean(true);
    return OK;
  }
  if (value->kind == SQL_EXPR_COLUMN && value->column.count == 1) {
    *out = value_text(value->column.items[0]);
    return OK;
  }
  if (value->kind == SQL_EXPR_STAR) {
    *out = value_text(STR("*"));
    return OK;
  }
  if (value->kind == SQL_EXPR_FUNCTION && str_equal_nocase(value->function.name.name, STR("row"))) {
    uint32_t count = value->function.arguments.count;
    Value *items;
    ARENA_NEW_ARRAY(binder->arena, binder->error, items, count);
    for (uint32_t i = 0; i < count; i++) {
      SqlOption element = {.name = option->name, .value = value->function.arguments.items[i]};
      TRY(option_value(binder, &element, &items[i]));
    }
    if (count == 1) {
      *out = items[0];
      return OK;
    }
    *out = (Value){.nested = {items, count}};
    return type_make_list(binder->arena, binder->error, count ? items[0].type : TYPE(VARCHAR), &out->type);
  }
  return bind_literal_value(binder, value, "option", out);
}

Status bind_options(Binder *binder, const SqlOptionList *options, NamedValue **out, uint32_t *count) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, *out, options->count);
  *count = options->count;
  for (uint32_t i = 0; i < options->count; i++) {
    TRY(str_lower(binder->arena, binder->error, options->items[i].name, &(*out)[i].name));
    (*out)[i].position = options->items[i].position;
    TRY(option_value(binder, &options->items[i], &(*out)[i].value));
  }
  return OK;
}

static bool ends_with(Str text, const char *ending) {
  Str end = str_from(ending);
  return text.length >= end.length && str_equal_nocase((Str){text.data + text.length - end.length, end.length}, end);
}

// A file whose name says that it is compressed must not be written plain.
static Status refuse_compressed(Binder *binder, Str path, const NamedValue *options, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (str_equal(options[i].name, STR("compression"))) return OK;
  }
  const char *kind = ends_with(path, ".gz") ? "gzip" : ends_with(path, ".zst") ? "zstd" : NULL;
  if (!kind) return OK;
  return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "CSV files compressed with %s are not supported yet",
                   kind);
}

// FORMAT, or else the ending of the name; csv when that says nothing.
static Status copy_format(Binder *binder, Str path, NamedValue *options, uint32_t *count, Str *format) {
  *format = STR("csv");
  static const char *const endings[][2] = {
      {".parquet", "parquet"}, {".json", "json"},   {".ndjson", "json"},  {".jsonl", "json"},
      {".json.gz", "json"},    {".arrow", "arrow"}, {".arrows", "arrow"},
  };
  for (uint32_t i = 0; i < COUNT_OF(endings); i++) {
    if (ends_with(path, endings[i][0])) *format = str_from(endings[i][1]);
  }
  for (uint32_t i = 0; i < *count; i++) {
    if (!str_equal(options[i].name, STR("format"))) continue;
    if (options[i].value.is_null || options[i].value.type.id != TYPE_VARCHAR) {
      return error_set(binder->error, ERROR_PARSER, -1,
                       "Unsupported parameter type for FORMAT: expected e.g. FORMAT 'csv', 'parquet'");
    }
    TRY(str_lower(binder->arena, binder->error, options[i].value.text, format));
    options[i] = options[--*count];
    i--;
  }
  if (str_equal(*format, STR("ndjson")) || str_equal(*format, STR("jsonl"))) *format = STR("json");
  return OK;
}

static Status copy_path(Binder *binder, const SqlCopy *copy, Str *path) {
  Value value;
  TRY(bind_literal_value(binder, copy->file, "COPY", &value));
  if (value.is_null || value.type.id != TYPE_VARCHAR) {
    return error_set(binder->error, ERROR_BINDER, -1, "COPY needs the name of a file");
  }
  *path = value.text;
  return OK;
}

static Status bind_copy_to(Binder *binder, const SqlCopy *copy, PlannedStatement *out) {
  BoundQuery query;
  if (copy->query) {
    TRY(bind_query(binder, copy->query, NULL, NULL, &query));
  } else {
    SqlFrom from = {.kind = SQL_FROM_TABLE, .height = 1, .position = copy->table.position, .end = -1};
    from.table.name = copy->table;
    Scope scope = {0};
    TRY(bind_from(binder, &from, &scope, &query.plan));
    const ScopeTable *table = scope.tables.items[0];
    uint32_t count = copy->columns.count ? copy->columns.count : table->count;
    Expr **expressions;
    ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, count);
    ARENA_NEW_ARRAY(binder->arena, binder->error, query.names, count);
    for (uint32_t i = 0; i < count; i++) {
      uint32_t index = i;
      if (copy->columns.count && !table_find_column(table, copy->columns.items[i], &index)) {
        return error_set(binder->error, ERROR_BINDER, -1, "Table \"%.*s\" does not have a column with name \"%.*s\"",
                         STR_ARG(table->alias), STR_ARG(copy->columns.items[i]));
      }
      TRY(scope_table_column(binder, table, index, -1, &expressions[i]));
      query.names[i] = table->names[index];
    }
    TRY(plan_make_project(&binder->planner, query.plan, expressions, query.names, count, &query.plan));
  }
  PlannedStatement inner = {0};
  TRY(set_result(binder, &inner, query.plan, query.names));
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, LOGICAL_COPY_TO, inner.root, NULL, &plan));
  NamedValue *options;
  CopyToNode *node = &plan->copy_to;
  TRY(copy_path(binder, copy, &node->path));
  TRY(bind_options(binder, &copy->options, &options, &node->option_count));
  TRY(copy_format(binder, node->path, options, &node->option_count, &node->format));
  if (str_equal(node->format, STR("csv"))) {
    TRY(refuse_compressed(binder, node->path, options, node->option_count));
  }
  node->options = options;
  node->names = inner.names;
  TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
  out->kind = STATEMENT_COPY;
  return set_count_result(binder, out, plan);
}

static Status reader_of_format(Binder *binder, Str format, const TableFunction **out) {
  const char *name = str_equal(format, STR("csv"))       ? "read_csv"
                     : str_equal(format, STR("parquet")) ? "read_parquet"
                     : str_equal(format, STR("json"))    ? "read_json"
                     : str_equal(format, STR("arrow"))   ? "read_arrow"
                                                         : NULL;
  uint32_t first, count;
  if (!name || !library_find_table(binder->context->library, str_from(name), &first, &count)) {
    return error_set(binder->error, ERROR_CATALOG, -1, "Copy Function with name %.*s does not exist!", STR_ARG(format));
  }
  *out = binder->context->library->tables[first];
  return OK;
}

static Status bind_copy_from(Binder *binder, const SqlCopy *copy, PlannedStatement *out) {
  const CatalogTable *table;
  TRY(find_table(binder, &copy->table, "insert into", &table));
  binder->changes = true;
  Str path, format;
  NamedValue *options;
  uint32_t option_count;
  TRY(copy_path(binder, copy, &path));
  TRY(bind_options(binder, &copy->options, &options, &option_count));
  TRY(copy_format(binder, path, options, &option_count, &format));
  uint32_t count = 0;
  uint32_t *columns;
  Type *types;
  Str *expected;
  uint32_t capacity = MAX_OF(copy->columns.count, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, columns, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, capacity);
  ARENA_NEW_ARRAY(binder->arena, binder->error, expected, capacity);
  for (uint32_t i = 0; i < (copy->columns.count ? copy->columns.count : table->column_count); i++) {
    uint32_t position = i;
    if (copy->columns.count && !catalog_find_column(table, copy->columns.items[i], &position)) {
      return error_set(binder->error, ERROR_BINDER, -1, "Table \"%.*s\" does not have a column with name \"%.*s\"",
                       STR_ARG(table->entry.name), STR_ARG(copy->columns.items[i]));
    }
    if (table->columns[position].generated_sql.data) continue;
    columns[count] = position;
    types[count] = table->columns[position].type;
    expected[count++] = table->columns[position].name;
  }
  const TableFunction *function = NULL;
  TRY(reader_of_format(binder, format, &function));
  Value file = value_text(path);
  LogicalPlan *source, *plan;
  Str *names;
  TRY(make_table_function(binder, function, &file, 1, options, option_count, -1, types, expected, count, &source,
                          &names));
  if (source->column_count != count) {
    return error_set(binder->error, ERROR_BINDER, -1, "The file has %u columns, but %u are expected",
                     source->column_count, count);
  }
  Expr **expressions;
  Str *all_names;
  uint32_t width = 0;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, all_names, table->column_count);
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) continue;
    uint32_t from = 0;
    while (from < count && columns[from] != i) from++;
    if (from < count) {
      TRY_NEW(binder, expressions[width], plan_column_ref(&binder->planner, &source->columns[from]));
      TRY(bind_cast(binder, expressions[width], table->columns[i].type, false, &expressions[width]));
    } else {
      TRY(bind_default(binder, table, &table->columns[i], &expressions[width]));
    }
    all_names[width++] = table->columns[i].name;
  }
  TRY(plan_make_project(&binder->planner, source, expressions, all_names, width, &source));
  TRY(plan_make(&binder->planner, LOGICAL_INSERT, source, NULL, &plan));
  plan->insert.table = table;
  TRY(bind_constraints(binder, table, &plan->insert.constraints));
  TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
  out->kind = STATEMENT_COPY;
  return set_count_result(binder, out, plan);
}

Status bind_copy(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  return statement->copy.to ? bind_copy_to(binder, &statement->copy, out)
                            : bind_copy_from(binder, &statement->copy, out);
}
