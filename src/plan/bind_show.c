// SPDX-License-Identifier: MIT
//
// bind_show.c: DESCRIBE, SHOW, SUMMARIZE as queries: over constants, the catalog's functions, or aggregates of the columns.
#include "plan/binder.h"

static Status text_cell(Binder *binder, Str text, Expr **out) {
  Value value = text.data ? value_text(text) : value_null(TYPE(VARCHAR));
  TRY_NEW(binder, *out, expr_constant(binder->arena, value));
  return OK;
}

static Status type_text(Binder *binder, Type type, Str *out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  type_print(&text, type);
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static const char *key_of(const CatalogTable *table, uint32_t column) {
  const char *key = NULL;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    for (uint32_t k = 0; k < constraint->column_count; k++) {
      if (constraint->columns[k] != column) continue;
      if (constraint->kind == CONSTRAINT_PRIMARY_KEY) return "PRI";
      if (constraint->kind == CONSTRAINT_UNIQUE) key = "UNI";
    }
  }
  return key;
}

// The stored column that a column of the plan is, row for row; NULL: it is none.
static const CatalogTable *origin_of(const LogicalPlan *plan, uint32_t table, uint32_t column, uint32_t *position) {
  uint32_t at;
  if (!plan_find_column(plan, table, column, &at)) return NULL;
  switch ((LogicalKind)plan->kind) {
    case LOGICAL_SCAN:
      *position = column;
      return column == PLAN_ROW_ID ? NULL : plan->scan.table;
    case LOGICAL_PROJECT: {
      const Expr *expr = plan->project.expressions[at];
      if (expr->kind != EXPR_COLUMN) return NULL;
      return origin_of(plan->children[0], expr->column.table, expr->column.column, position);
    }
    case LOGICAL_AGGREGATE:
    case LOGICAL_WINDOW:
    case LOGICAL_UNNEST:
      return NULL;
    default:
      for (uint32_t i = 0; i < plan->child_count; i++) {
        const CatalogTable *found = origin_of(plan->children[i], table, column, position);
        if (found) return found;
      }
      return NULL;
  }
}

// One row for each column: name, type, null, key, default, extra. `table` NULL: a query.
static Status describe(Binder *binder, const BoundQuery *inner, const Type *types, const CatalogTable *table,
                       BoundQuery *out) {
  const Str *columns = inner->names;
  uint32_t count = inner->plan->column_count;
  static const char *const names[] = {"column_name", "column_type", "null", "key", "default", "extra"};
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, LOGICAL_VALUES, NULL, NULL, &plan));
  ARENA_NEW_ARRAY(binder->arena, binder->error, plan->values.cells, (size_t)count * 6);
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, 6);
  plan->values.row_count = count;
  for (uint32_t c = 0; c < 6; c++) {
    out->names[c] = str_from(names[c]);
    TRY(plan_add_column(&binder->planner, plan, plan->table, c, TYPE(VARCHAR), out->names[c]));
  }
  for (uint32_t i = 0; i < count; i++) {
    Expr **cells = &plan->values.cells[(size_t)i * 6];
    Str text;
    TRY(text_cell(binder, columns[i], &cells[0]));
    Type type;
    TRY(settle_type(binder, types[i], &type));
    TRY(type_text(binder, type, &text));
    TRY(text_cell(binder, text, &cells[1]));
    const PlanColumn *shown = &inner->plan->columns[i];
    uint32_t position = i;
    const CatalogTable *origin = table ? table : origin_of(inner->plan, shown->table, shown->column, &position);
    const CatalogColumn *column = origin ? &origin->columns[position] : NULL;
    TRY(text_cell(binder, column && column->not_null ? STR("NO") : STR("YES"), &cells[2]));
    const char *key = origin ? key_of(origin, position) : NULL;
    TRY(text_cell(binder, key ? str_from(key) : (Str){NULL, 0}, &cells[3]));
    TRY(text_cell(binder, column ? column->default_sql : (Str){NULL, 0}, &cells[4]));
    TRY(text_cell(binder, (Str){NULL, 0}, &cells[5]));
  }
  out->plan = plan;
  return OK;
}

static Status bind_described(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *inner,
                             const CatalogTable **table) {
  *table = NULL;
  if (query->show.query) return bind_query(binder, query->show.query, outer, ctes, inner);
  SqlFrom from = {.kind = SQL_FROM_TABLE, .height = 1, .position = query->show.table.position, .end = -1};
  from.table.name = query->show.table;
  Scope scope = {.ctes = ctes};
  TRY(bind_from(binder, &from, &scope, &inner->plan));
  const ScopeTable *names = scope.tables.items[0];
  *table = names->catalog;
  inner->names = names->names;
  // Only the columns that * gives, in its order.
  Expr **expressions;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, names->count);
  for (uint32_t i = 0; i < names->count; i++) TRY(scope_table_column(binder, names, i, -1, &expressions[i]));
  return plan_make_project(&binder->planner, inner->plan, expressions, names->names, names->count, &inner->plan);
}

static Status bind_describe(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  BoundQuery inner;
  const CatalogTable *table;
  TRY(bind_described(binder, query, outer, ctes, &inner, &table));
  uint32_t count = inner.plan->column_count;
  Type *types;
  ARENA_NEW_ARRAY(binder->arena, binder->error, types, count);
  for (uint32_t i = 0; i < count; i++) types[i] = inner.plan->columns[i].type;
  return describe(binder, &inner, types, table, out);
}

// SUMMARIZE: one pass of aggregates over the columns, then unnested to a row for each column. Written as SQL over the query's text.
typedef enum SummarizedTypes { ALL_TYPES, NUMBERS, NUMBERS_AND_TIMES } SummarizedTypes;

static void append_list(TextBuilder *text, const BoundQuery *inner, const char *alias, const char *format,
                        SummarizedTypes types) {
  text_append(text, STR(", unnest(["));
  for (uint32_t i = 0; i < inner->plan->column_count; i++) {
    if (i) text_append(text, STR(", "));
    Type type = inner->plan->columns[i].type;
    bool numeric = type_is_numeric(type) && type.id != TYPE_BIGNUM;
    bool fits = types == ALL_TYPES || numeric || (types == NUMBERS_AND_TIMES && type_is_temporal(type));
    const char *part = fits ? format : "NULL::VARCHAR";
    const char *cast = type.id == TYPE_DECIMAL ? "::HUGEINT" : type.id == TYPE_UHUGEINT ? "::DOUBLE" : "";
    for (const char *at = part; *at; at++) {
      if (*at == '$') {
        text_append_quoted(text, inner->names[i], '"');
      } else if (*at == '#') { // whole numbers stand for decimals in quantiles
        text_append(text, str_from(cast));
      } else {
        text_append_char(text, *at);
      }
    }
  }
  text_format(text, "]) AS %s", alias);
}

static Status bind_summarize(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  BoundQuery inner;
  const CatalogTable *table;
  TRY(bind_described(binder, query, outer, ctes, &inner, &table));
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_append(&text, STR("SELECT unnest(["));
  for (uint32_t i = 0; i < inner.plan->column_count; i++) {
    if (i) text_append(&text, STR(", "));
    sql_print_string(&text, inner.names[i]);
  }
  text_append(&text, STR("]) AS column_name, unnest(["));
  for (uint32_t i = 0; i < inner.plan->column_count; i++) {
    if (i) text_append(&text, STR(", "));
    Str name;
    Status status = type_text(binder, inner.plan->columns[i].type, &name);
    if (status != OK) {
      text_free(&text);
      return status;
    }
    sql_print_string(&text, name);
  }
  text_append(&text, STR("]) AS column_type"));
  append_list(&text, &inner, "min", "min($)::VARCHAR", ALL_TYPES);
  append_list(&text, &inner, "max", "max($)::VARCHAR", ALL_TYPES);
  append_list(&text, &inner, "approx_unique", "approx_count_distinct($)", ALL_TYPES);
  append_list(&text, &inner, "avg", "avg($)::VARCHAR", NUMBERS_AND_TIMES);
  append_list(&text, &inner, "std", "stddev($)::VARCHAR", NUMBERS);
  append_list(&text, &inner, "q25", "approx_quantile($#, 0.25)::VARCHAR", NUMBERS_AND_TIMES);
  append_list(&text, &inner, "q50", "approx_quantile($#, 0.5)::VARCHAR", NUMBERS_AND_TIMES);
  append_list(&text, &inner, "q75", "approx_quantile($#, 0.75)::VARCHAR", NUMBERS_AND_TIMES);
  append_list(&text, &inner, "count", "count(*)", ALL_TYPES);
  append_list(&text, &inner, "null_percentage", "CAST((1.0 - count($) / nullif(count(*), 0)) * 100 AS DECIMAL(9, 2))",
              ALL_TYPES);
  text_append(&text, STR(" FROM "));
  if (query->show.query) {
    text_append_char(&text, '(');
    sql_print_query(&text, query->show.query);
    text_append_char(&text, ')');
  } else {
    sql_print_qualified_name(&text, &query->show.table);
  }
  Str sql;
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), &sql);
  text_free(&text);
  TRY(status);
  SqlQuery *generated;
  TRY(sql_parse_query(binder->arena, sql, SQL_OPTIONS_DEFAULT, &generated, binder->error));
  return bind_query(binder, generated, outer, ctes, out);
}

static Status bind_show_setting(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes,
                                BoundQuery *out) {
  const SqlName *name = &query->show.table;
  Str lower;
  Value value;
  StatementFacts *facts = binder->context->facts;
  TRY(str_lower(binder->arena, binder->error, name->name, &lower));
  const CatalogEntry *entry = NULL;
  if (binder->context->catalog) {
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, catalog_name(name), true, &entry,
                     binder->error));
  }
  if (entry || !facts->setting || !facts->setting(facts->session, lower, &value))
    return bind_describe(binder, query, outer, ctes, out);
  LogicalPlan *dummy;
  Expr *constant;
  TRY(value_copy(binder->arena, binder->error, value, &value));
  TRY(plan_make_dummy(&binder->planner, &dummy));
  TRY_NEW(binder, constant, expr_constant(binder->arena, value));
  ARENA_NEW_ARRAY(binder->arena, binder->error, out->names, 1);
  out->names[0] = name->name;
  Expr **expressions;
  ARENA_NEW_ARRAY(binder->arena, binder->error, expressions, 1);
  expressions[0] = constant;
  return plan_make_project(&binder->planner, dummy, expressions, out->names, 1, &out->plan);
}

Status bind_show(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) {
  switch (query->show.kind) {
    case SQL_SHOW_DESCRIBE:
      if (!query->show.query && !query->show.table.schema.data)
        return bind_show_setting(binder, query, outer, ctes, out);
      return bind_describe(binder, query, outer, ctes, out);
    case SQL_SHOW_SUMMARIZE:
      return bind_summarize(binder, query, outer, ctes, out);
    case SQL_SHOW_TABLES: {
      Str sql;
      const SqlName *from = &query->show.table;
      if (!from->name.data) {
        return bind_query_text(
            binder,
            STR("SELECT name FROM (SELECT table_name AS name, database_name, schema_name, internal FROM "
                "duckdb_tables() UNION ALL "
                "SELECT view_name, database_name, schema_name, internal FROM duckdb_views()) WHERE NOT internal AND "
                "(database_name = 'temp' OR (database_name = current_database() AND schema_name = current_schema())) "
                "ORDER BY name"),
            NULL, out);
      }
      TRY(str_format(
          binder->arena, binder->error, &sql,
          "SELECT name FROM (SELECT table_name AS name, database_name, schema_name, internal FROM duckdb_tables() "
          "UNION ALL "
          "SELECT view_name, database_name, schema_name, internal FROM duckdb_views()) WHERE NOT internal AND "
          "(schema_name = '%.*s' OR database_name = '%.*s') ORDER BY name",
          STR_ARG(from->name), STR_ARG(from->name)));
      return bind_query_text(binder, sql, NULL, out);
    }
    case SQL_SHOW_ALL_TABLES:
      return bind_query_text(binder,
                             STR("SELECT t.database_name AS database, t.schema_name AS schema, t.table_name AS name, "
                                 "list(c.column_name ORDER BY c.column_index) AS column_names, list(c.data_type ORDER "
                                 "BY c.column_index) AS column_types, "
                                 "first(t.temporary) AS temporary FROM (SELECT database_name, schema_name, table_name, "
                                 "table_oid, temporary, internal FROM duckdb_tables() "
                                 "UNION ALL SELECT database_name, schema_name, view_name, view_oid, temporary, "
                                 "internal FROM duckdb_views()) t "
                                 "JOIN duckdb_columns() c ON c.database_name = t.database_name AND c.schema_name = "
                                 "t.schema_name AND c.table_name = t.table_name "
                                 "WHERE NOT t.internal GROUP BY ALL ORDER BY ALL"),
                             NULL, out);
    case SQL_SHOW_DATABASES:
      return bind_query_text(
          binder, STR("SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY database_name"), NULL,
          out);
    case SQL_SHOW_SCHEMAS:
      return bind_query_text(
          binder,
          STR("SELECT database_name, schema_name, schema_name = current_schema() AND database_name = "
              "current_database() AS current FROM duckdb_schemas() WHERE database_name NOT IN "
              "('system', 'temp') AND schema_name NOT IN ('information_schema', 'pg_catalog') ORDER BY ALL"),
          NULL, out);
    case SQL_SHOW_VARIABLES:
      return bind_query_text(binder, STR("SELECT * FROM duckdb_variables()"), NULL, out);
  }
  return error_set(binder->error, ERROR_INTERNAL, query->position, "unknown SHOW");
}
