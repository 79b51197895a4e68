// SPDX-License-Identifier: MIT
//
// bind_query_function.c: query('SELECT …') and query_table(names): table functions that are replaced by the query in their arguments.
#include "plan/binder.h"

static Status no_function(Binder *binder, Str name, const Value *arguments, uint32_t count, int32_t position) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(&text, "No function matches the given name and argument types '%.*s(", STR_ARG(name));
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(&text, STR(", "));
    type_print(&text, arguments[i].type);
  }
  text_append(&text, STR(")'. You might need to add explicit type casts.\n\tCandidate functions:\n"));
  if (str_equal(name, STR("query"))) {
    text_append(&text, STR("\tquery(VARCHAR)\n"));
  } else {
    text_append(&text, STR("\tquery_table(VARCHAR)\n\tquery_table(VARCHAR[])\n\tquery_table(VARCHAR[], BOOLEAN)\n"));
  }
  Status status = error_set(binder->error, ERROR_BINDER, position, "%.*s", STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

static Status parse_single_query(Binder *binder, Str sql, int32_t position, SqlQuery **query) {
  SqlScript script;
  Status status = sql_parse(binder->arena, sql, SQL_OPTIONS_DEFAULT, &script, binder->error);
  if (status != OK) {
    binder->error->position = position; // it would point into the argument
    return status;
  }
  if (script.count != 1 || script.items[0]->kind != SQL_STATEMENT_SELECT) {
    return error_set(binder->error, ERROR_PARSER, position, "Expected a single SELECT statement");
  }
  *query = script.items[0]->query;
  return OK;
}

static void append_table(TextBuilder *text, const SqlPath *path) {
  text_append(text, STR("FROM "));
  for (uint32_t i = 0; i < path->count; i++) {
    if (i) text_append_char(text, '.');
    text_append_quoted(text, path->items[i], '"');
  }
}

// FROM a UNION ALL [BY NAME] FROM b …
static Status tables_query(Binder *binder, const Value *names, uint32_t count, bool by_name, Str *sql) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  Status status = OK;
  for (uint32_t i = 0; i < count && status == OK; i++) {
    SqlPath path;
    if (i) text_append(&text, by_name ? STR(" UNION ALL BY NAME ") : STR(" UNION ALL "));
    status = names[i].is_null ? error_set(binder->error, ERROR_BINDER, -1, "Cannot use NULL as function argument")
                              : sql_parse_path(binder->arena, names[i].text, &path, binder->error);
    if (status == OK) append_table(&text, &path);
  }
  if (status == OK && text.failed) status = error_no_memory(binder->error);
  if (status == OK) status = str_copy(binder->arena, binder->error, text_str(&text), sql);
  text_free(&text);
  return status;
}

static bool is_name_list(const Value *value) {
  return value->type.id == TYPE_LIST && type_child(value->type, 0).id == TYPE_VARCHAR;
}

Status bind_query_function(Binder *binder, const SqlFrom *from, Str name, const Value *arguments, uint32_t count,
                           Scope *scope, LogicalPlan **out) {
  bool tables = str_equal(name, STR("query_table"));
  int32_t position = from->function.call->position;
  *out = NULL;
  if (!tables && !str_equal(name, STR("query"))) return OK;
  Str sql;
  if (tables && count && arguments[0].is_null) {
    return error_set(binder->error, ERROR_BINDER, position, "Cannot use NULL as function argument");
  }
  if (tables && count == 1 && arguments[0].type.id == TYPE_VARCHAR) {
    TRY(tables_query(binder, arguments, 1, false, &sql));
  } else if (tables && (count == 1 || (count == 2 && arguments[1].type.id == TYPE_BOOLEAN)) &&
             is_name_list(&arguments[0]) && arguments[0].nested.count) {
    bool by_name = count == 2 && !arguments[1].is_null && arguments[1].boolean;
    TRY(tables_query(binder, arguments[0].nested.items, arguments[0].nested.count, by_name, &sql));
  } else if (!tables && count == 1 && (arguments[0].type.id == TYPE_VARCHAR || arguments[0].is_null)) {
    sql = arguments[0].is_null ? STR("NULL") : arguments[0].text;
  } else {
    return no_function(binder, name, arguments, count, position);
  }
  SqlQuery *query = NULL;
  BoundQuery bound;
  TRY(parse_single_query(binder, sql, position, &query));
  Status status = bind_query(binder, query, NULL, scope->ctes, &bound);
  if (status != OK) {
    binder->error->position = position;
    return status;
  }
  *out = bound.plan;
  return scope_add_plan(binder, scope, bound.plan, bound.names,
                        from->alias.data ? from->alias : STR("unnamed_subquery"), &from->column_aliases, NULL);
}
