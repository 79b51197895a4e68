// SPDX-License-Identifier: MIT
//
// bind_create.c: CREATE, DROP, ALTER, COMMENT ON: requests to the catalog. Defaults, checks, views and macros are bound once to see that they
// mean something, and kept as text.
#include "plan/binder.h"
#include "plan/system_views.h"
#include "store/store.h"

Status print_definition(Binder *binder, const SqlExpr *expr, Str *out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_expr(&text, expr);
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static Status print_query(Binder *binder, const SqlQuery *query, Str *out) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_query(&text, query);
  Status status =
      text.failed ? error_no_memory(binder->error) : str_copy(binder->arena, binder->error, text_str(&text), out);
  text_free(&text);
  return status;
}

static CatalogOnConflict on_conflict(SqlOnConflict conflict) {
  switch (conflict) {
    case SQL_CREATE_IF_NOT_EXISTS:
      return CATALOG_CREATE_IF_NOT_EXISTS;
    case SQL_CREATE_OR_REPLACE:
      return CATALOG_CREATE_OR_REPLACE;
    default:
      return CATALOG_CREATE_ERROR;
  }
}

static Status place_entry(Binder *binder, const SqlCreate *create, CatalogEntry *entry) {
  CatalogName name = catalog_name(&create->name);
  TRY(catalog_place(binder->context->catalog, &name, create->temporary, binder->error));
  entry->database_name = name.database;
  entry->schema = name.schema;
  entry->name = name.name;
  entry->temporary = create->temporary;
  return OK;
}

static Status finish_request(Binder *binder, CatalogCreate *request, LogicalPlan *child, PlannedStatement *out) {
  LogicalPlan *plan;
  TRY(plan_make(&binder->planner, child ? LOGICAL_CREATE_TABLE_AS : LOGICAL_CREATE, child, NULL, &plan));
  plan->create.request = request;
  binder->changes = true;
  out->kind = STATEMENT_CREATE;
  if (child) {
    TRY(plan_add_column(&binder->planner, plan, plan->table, 0, TYPE(BIGINT), STR("Count")));
    return set_count_result(binder, out, plan);
  }
  out->root = plan;
  out->returns = RETURN_NOTHING;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables
// ---------------------------------------------------------------------------------------------------------------------

Status table_scope(Binder *binder, const CatalogTable *table, Scope *scope) {
  ScopeTable *names;
  *scope = (Scope){0};
  TRY(make_scope_table(binder, table, binder->planner.next_table++, NULL, (Str){NULL, 0}, &names));
  return scope_add_table(binder, scope, names);
}

Status bind_definition_over(Binder *binder, const CatalogTable *table, const SqlExpr *sql, const char *clause,
                            const Type *type, Expr **out) {
  Scope scope;
  TRY(table_scope(binder, table, &scope));
  ExprBinder names = expr_binder(binder, &scope, clause);
  names.allow_subqueries = false;
  TRY(bind_expr(&names, sql, out));
  TRY(bind_literal_types(binder, out));
  if (type && type->id != TYPE_INVALID) TRY(bind_cast(binder, *out, *type, false, out));
  return OK;
}

static CatalogConstraint *add_constraint(CatalogTable *table, CatalogConstraintKind kind, Str name) {
  CatalogConstraint *constraint = &table->constraints[table->constraint_count++];
  *constraint = (CatalogConstraint){.kind = (uint8_t)kind, .name = name};
  return constraint;
}

static Status check_key_type(Binder *binder, Type type) {
  if (!type_is_nested(type)) return OK;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  type_print(&text, type);
  Status status = error_set(binder->error, ERROR_INVALID_TYPE, -1, "Invalid Type [%.*s]: Invalid type for index key.",
                            STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

Status key_columns(Binder *binder, CatalogTable *table, const SqlNameList *names, CatalogConstraint *constraint) {
  ARENA_NEW_ARRAY(binder->arena, binder->error, constraint->columns, names->count);
  for (uint32_t i = 0; i < names->count; i++) {
    uint32_t position;
    bool foreign = constraint->kind == CONSTRAINT_FOREIGN_KEY;
    if (!catalog_find_column(table, names->items[i], &position)) {
      if (foreign) {
        return error_set(binder->error, ERROR_BINDER, -1, "column \"%.*s\" named in key does not exist",
                         STR_ARG(names->items[i]));
      }
      return error_set(binder->error, ERROR_CATALOG, -1, "table \"%.*s\" does not have a column named \"%.*s\"",
                       STR_ARG(table->entry.name), STR_ARG(names->items[i]));
    }
    for (uint32_t k = 0; k < constraint->column_count; k++) {
      if (constraint->columns[k] == position) {
        return error_set(binder->error, ERROR_PARSER, -1, "column \"%.*s\" appears twice in primary key constraint",
                         STR_ARG(names->items[i]));
      }
    }
    if (table->columns[position].generated_sql.data && !foreign) {
      return error_set(binder->error, ERROR_BINDER, -1, "Constraints on generated columns are not supported yet");
    }
    if (!foreign) TRY(check_key_type(binder, table->columns[position].type));
    constraint->columns[constraint->column_count++] = position;
    if (constraint->kind == CONSTRAINT_PRIMARY_KEY) table->columns[position].not_null = true;
  }
  return OK;
}

// The columns that a foreign key refers to are there, are stored, and have the types of those that refer.
static Status foreign_columns_exist(Binder *binder, const CatalogTable *table, const CatalogTable *target,
                                    const SqlNameList *names, const CatalogConstraint *constraint) {
  Error *error = binder->error;
  for (uint32_t i = 0; i < names->count; i++) {
    uint32_t position;
    if (!catalog_find_column(target, names->items[i], &position)) {
      return error_set(error, ERROR_BINDER, -1,
                       "Failed to create foreign key: referenced table \"%.*s\" does not have a column named \"%.*s\"",
                       STR_ARG(target->entry.name), STR_ARG(names->items[i]));
    }
    const CatalogColumn *column = &target->columns[position], *own = &table->columns[constraint->columns[i]];
    if (column->generated_sql.data) {
      return error_set(error, ERROR_BINDER, -1,
                       "Failed to create foreign key: referenced column \"%.*s\" is a generated column",
                       STR_ARG(column->name));
    }
    if (own->generated_sql.data) {
      return error_set(error, ERROR_BINDER, -1,
                       "Failed to create foreign key: referenced column \"%.*s\" is a generated column",
                       STR_ARG(own->name));
    }
    if (!type_equal(column->type, own->type)) {
      TextBuilder text;
      text_init(&text, binder->arena->memory);
      text_format(&text, "column \"%.*s\" (\"", STR_ARG(column->name));
      type_print(&text, column->type);
      text_format(&text, "\") and column \"%.*s\" (\"", STR_ARG(own->name));
      type_print(&text, own->type);
      text_append(&text, STR("\")"));
      Status status =
          error_set(error, ERROR_BINDER, -1, "Failed to create foreign key: incompatible types between %.*s",
                    STR_ARG(text_str(&text)));
      text_free(&text);
      return status;
    }
  }
  return OK;
}

static Status bind_foreign_key(Binder *binder, CatalogTable *table, const SqlConstraint *sql,
                               CatalogConstraint *constraint) {
  TRY(key_columns(binder, table, &sql->columns, constraint));
  const CatalogTable *target = table;
  if (!str_equal_nocase(sql->references.name, table->entry.name)) {
    const CatalogEntry *entry;
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, catalog_name(&sql->references), false,
                     &entry, binder->error));
    target = (const CatalogTable *)entry;
    if (entry->kind != CATALOG_TABLE) {
      return error_set(binder->error, ERROR_BINDER, -1, "cannot reference a VIEW with a FOREIGN KEY");
    }
  }
  if (!str_equal_nocase(target->entry.database_name, table->entry.database_name)) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Creating foreign keys across different schemas or catalogs is not supported");
  }
  constraint->foreign_schema = target->entry.schema;
  constraint->foreign_table = target->entry.name;
  SqlNameList names = sql->references_columns;
  for (uint32_t i = 0; !names.count && i < target->constraint_count; i++) {
    const CatalogConstraint *key = &target->constraints[i];
    for (uint32_t k = 0; key->kind == CONSTRAINT_PRIMARY_KEY && k < key->column_count; k++) {
      ARENA_PUSH(binder->arena, binder->error, &names, target->columns[key->columns[k]].name);
    }
  }
  if (!names.count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Failed to create foreign key: there is no primary key for referenced table \"%.*s\"",
                     STR_ARG(target->entry.name));
  }
  if (names.count != constraint->column_count) {
    return error_set(binder->error, ERROR_PARSER, -1,
                     "The number of referencing and referenced columns for foreign keys must be the same");
  }
  bool unique = false, any_key = false;
  for (uint32_t i = 0; i < target->constraint_count && !unique; i++) {
    const CatalogConstraint *key = &target->constraints[i];
    if (key->kind != CONSTRAINT_PRIMARY_KEY && key->kind != CONSTRAINT_UNIQUE) continue;
    any_key = true;
    if (key->column_count != names.count) continue;
    unique = true;
    for (uint32_t k = 0; k < names.count; k++) {
      uint32_t position;
      unique = unique && catalog_find_column(target, names.items[k], &position) && key->columns[k] == position;
    }
  }
  if (!any_key) {
    return error_set(
        binder->error, ERROR_BINDER, -1,
        "Failed to create foreign key: there is no primary key or unique constraint for referenced table \"%.*s\"",
        STR_ARG(target->entry.name));
  }
  TRY(foreign_columns_exist(binder, table, target, &names, constraint));
  if (!unique) {
    TextBuilder text;
    text_init(&text, binder->arena->memory);
    for (uint32_t i = 0; i < names.count; i++) text_format(&text, "%s%.*s", i ? "," : "", STR_ARG(names.items[i]));
    Status status =
        error_set(binder->error, ERROR_BINDER, -1,
                  "Failed to create foreign key: referenced table \"%.*s\" does not have a primary key or unique "
                  "constraint on the columns %.*s",
                  STR_ARG(target->entry.name), STR_ARG(text_str(&text)));
    text_free(&text);
    return status;
  }
  constraint->foreign_columns = names.items;
  return OK;
}

static Status bind_check_columns(Binder *binder, const CatalogTable *table, CatalogConstraint *check) {
  bool *used;
  ARENA_NEW_ARRAY(binder->arena, binder->error, used, table->column_count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, check->columns, table->column_count);
  TRY(columns_used(binder, table, check->check_sql, used));
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (!used[i]) continue;
    check->columns[check->column_count++] = i;
    if (!table->columns[i].generated_sql.data) continue;
    return error_set(binder->error, ERROR_BINDER, -1, "Constraints on generated columns are not supported yet");
  }
  return OK;
}

static Status bind_table_constraint(Binder *binder, CatalogTable *table, const SqlConstraint *sql,
                                    const SqlNameList *columns) {
  CatalogConstraint *constraint;
  switch (sql->kind) {
    case SQL_CONSTRAINT_PRIMARY_KEY:
    case SQL_CONSTRAINT_UNIQUE: {
      bool primary = sql->kind == SQL_CONSTRAINT_PRIMARY_KEY;
      for (uint32_t i = 0; primary && i < table->constraint_count; i++) {
        if (table->constraints[i].kind == CONSTRAINT_PRIMARY_KEY) {
          return error_set(binder->error, ERROR_PARSER, -1, "table \"%.*s\" has more than one primary key",
                           STR_ARG(table->entry.name));
        }
      }
      constraint = add_constraint(table, primary ? CONSTRAINT_PRIMARY_KEY : CONSTRAINT_UNIQUE, sql->name);
      constraint->index_number = table->constraint_count; // unique within the table: constraints are never renumbered
      return key_columns(binder, table, columns, constraint);
    }
    case SQL_CONSTRAINT_CHECK: {
      constraint = add_constraint(table, CONSTRAINT_CHECK, sql->name);
      Expr *ignored;
      Type boolean = TYPE(BOOLEAN);
      TRY(bind_definition_over(binder, table, sql->check, "check constraints", &boolean, &ignored));
      TRY(print_definition(binder, sql->check, &constraint->check_sql));
      return bind_check_columns(binder, table, constraint);
    }
    case SQL_CONSTRAINT_FOREIGN_KEY:
      constraint = add_constraint(table, CONSTRAINT_FOREIGN_KEY, sql->name);
      return bind_foreign_key(binder, table, sql, constraint);
    default:
      return OK;
  }
}

Status bind_column_definition(Binder *binder, const SqlColumnDefinition *sql, const char *default_clause,
                              CatalogColumn *column) {
  column->name = sql->name;
  column->collation = sql->collation;
  if (sql->type) TRY(bind_type(binder, sql->type, &column->type));
  TRY(collation_check(binder, sql->collation, -1));
  if (sql->type && (column->type.id == TYPE_NULL || column->type.id == TYPE_ANY)) {
    return error_set(binder->error, ERROR_INVALID_INPUT, -1, "A table cannot be created from an unprepared parameter");
  }
  if (sql->default_value && sql->generated) {
    return error_set(binder->error, ERROR_PARSER, sql->position,
                     "\"%.*s\" has a DEFAULT value set, it can not become a GENERATED column", STR_ARG(sql->name));
  }
  if (sql->default_value) {
    Expr *ignored;
    ExprBinder names = expr_binder(binder, NULL, default_clause);
    names.allow_subqueries = false;
    bool changes = binder->changes;
    TRY(bind_expr_as(&names, sql->default_value, column->type, &ignored));
    binder->changes = changes;
    if (expr_has_kind(ignored, EXPR_PARAMETER)) {
      return error_set(binder->error, ERROR_BINDER, -1, "DEFAULT values cannot contain parameters");
    }
    if (expr_has_columns(ignored)) {
      return error_set(binder->error, ERROR_BINDER, sql->position, "default value cannot contain column names");
    }
    TRY(print_definition(binder, sql->default_value, &column->default_sql));
  }
  for (uint32_t i = 0; sql->generated && i < sql->constraints.count; i++) {
    SqlConstraintKind kind = sql->constraints.items[i].kind;
    if (kind == SQL_CONSTRAINT_FOREIGN_KEY) {
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Failed to create foreign key: referenced column \"%.*s\" is a generated column",
                       STR_ARG(sql->name));
    }
    if (kind != SQL_CONSTRAINT_NULL && kind != SQL_CONSTRAINT_CHECK) { // a CHECK is looked at with the table's
      return error_set(binder->error, ERROR_BINDER, -1, "Constraints on generated columns are not supported yet");
    }
  }
  if (sql->stored) {
    return error_set(binder->error, ERROR_INVALID_INPUT, -1, "Can not create a STORED generated column!");
  }
  for (uint32_t i = 0; i < sql->constraints.count; i++) {
    if (sql->constraints.items[i].kind == SQL_CONSTRAINT_NOT_NULL) column->not_null = true;
  }
  return OK;
}

static Status add_column_name(Binder *binder, const CatalogTable *table, uint32_t count, Str name) {
  for (uint32_t i = 0; i < count; i++) {
    if (str_equal_nocase(table->columns[i].name, name)) {
      return error_set(binder->error, ERROR_CATALOG, -1, "Column with name %.*s already exists!", STR_ARG(name));
    }
  }
  return OK;
}

// IF NOT EXISTS, and it does: the query of CREATE TABLE AS is not run.
static Status table_exists_already(Binder *binder, const CatalogCreate *request, bool *exists) {
  const CatalogEntry *table = request->entry;
  const CatalogEntry *there = NULL;
  CatalogName name = {.database = table->database_name, .schema = table->schema, .name = table->name};
  if (request->on_conflict == CATALOG_CREATE_IF_NOT_EXISTS)
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, name, true, &there, binder->error));
  *exists = there != NULL;
  return OK;
}

static Status bind_create_table(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  const SqlCreateTable *sql = &create->table;
  CatalogCreate *request;
  CatalogTable *table;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, table);
  request->kind = CATALOG_TABLE;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->table = table;
  table->entry.kind = CATALOG_TABLE;
  TRY(place_entry(binder, create, &table->entry));
  if (sql->partitioned_by.count || sql->sorted_by.count) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "%s is not supported for tables in a duckdb catalog",
                     sql->partitioned_by.count ? "PARTITIONED BY" : "SORTED BY");
  }
  if (sql->options.count) {
    return error_set(binder->error, ERROR_CATALOG, -1, "WITH clause is not supported for tables in a duckdb catalog");
  }
  if (sql->query) {
    BoundQuery query;
    TRY(bind_query(binder, sql->query, NULL, NULL, &query));
    PlannedStatement inner = {0};
    TRY(set_result(binder, &inner, query.plan, query.names));
    if (sql->column_names.count > inner.column_count) {
      return error_set(binder->error, ERROR_BINDER, -1, "Target table has more colum names than query result.");
    }
    table->column_count = inner.column_count;
    ARENA_NEW_ARRAY(binder->arena, binder->error, table->columns, inner.column_count);
    for (uint32_t i = 0; i < inner.column_count; i++) {
      CatalogColumn *column = &table->columns[i];
      column->name = i < sql->column_names.count ? sql->column_names.items[i] : inner.names[i];
      column->type = inner.types[i];
      if (column->type.id == TYPE_VARCHAR && column->type.info) column->collation = column->type.info->collation;
      column->id = i;
      // Two columns of one name get different ones: a, a_1.
      Str base = column->name;
      for (uint32_t attempt = 1; attempt <= inner.column_count; attempt++) {
        bool taken = false;
        for (uint32_t k = 0; k < i && !taken; k++) taken = str_equal_nocase(table->columns[k].name, column->name);
        if (!taken) break;
        TRY(str_format(binder->arena, binder->error, &column->name, "%.*s_%u", STR_ARG(base), attempt));
      }
    }
    table->next_column_id = inner.column_count;
    LogicalPlan *child = inner.root;
    bool exists;
    TRY(table_exists_already(binder, request, &exists));
    if (sql->with_no_data || exists) TRY(plan_make_empty(&binder->planner, child, &child));
    return finish_request(binder, request, child, out);
  }
  uint32_t count = sql->columns.count;
  uint32_t constraint_capacity = sql->constraints.count;
  for (uint32_t i = 0; i < count; i++) constraint_capacity += sql->columns.items[i].constraints.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->columns, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->constraints, constraint_capacity);
  for (uint32_t i = 0; i < count; i++) {
    TRY(add_column_name(binder, table, i, sql->columns.items[i].name));
    table->columns[i].id = i;
    TRY(bind_column_definition(binder, &sql->columns.items[i], "DEFAULT value", &table->columns[i]));
  }
  table->column_count = count;
  table->next_column_id = count;
  TRY(bind_generated_columns(binder, sql, table));
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < sql->columns.items[i].constraints.count; k++) {
      const SqlConstraint *constraint = &sql->columns.items[i].constraints.items[k];
      SqlNameList self = {.items = &table->columns[i].name, .count = 1, .capacity = 1};
      SqlConstraint copy = *constraint;
      copy.columns = self;
      TRY(bind_table_constraint(binder, table, &copy, &self));
      bool key = copy.kind == SQL_CONSTRAINT_PRIMARY_KEY || copy.kind == SQL_CONSTRAINT_UNIQUE;
      if (key) table->constraints[table->constraint_count - 1].with_column = true;
    }
  }
  for (uint32_t i = 0; i < sql->constraints.count; i++) {
    TRY(bind_table_constraint(binder, table, &sql->constraints.items[i], &sql->constraints.items[i].columns));
  }
  return finish_request(binder, request, NULL, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// The other objects
// ---------------------------------------------------------------------------------------------------------------------

// Two columns of one name get different ones: a, a_1.
static Status unique_column_name(Binder *binder, const Str *names, uint32_t count, Str *name) {
  Str base = *name;
  for (uint32_t attempt = 1; attempt <= count; attempt++) {
    bool taken = false;
    for (uint32_t k = 0; k < count && !taken; k++) taken = str_equal_nocase(names[k], *name);
    if (!taken) return OK;
    TRY(str_format(binder->arena, binder->error, name, "%.*s_%u", STR_ARG(base), attempt));
  }
  return OK;
}

static Status bind_create_view(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  const SqlCreateView *sql = &create->view;
  CatalogCreate *request;
  CatalogViewEntry *view;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, view);
  request->kind = CATALOG_VIEW;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->view = view;
  view->entry.kind = CATALOG_VIEW;
  TRY(place_entry(binder, create, &view->entry));
  BoundQuery query;
  TRY(refuse_data_pivots(binder, sql->query, NULL, "view"));
  TRY(bind_query(binder, sql->query, NULL, NULL, &query));
  uint32_t count = query.plan->column_count;
  if (sql->column_names.count > count) {
    return error_set(binder->error, ERROR_BINDER, -1, "More VIEW aliases than columns in query result");
  }
  view->column_aliases = sql->column_names.items;
  view->alias_count = sql->column_names.count;
  view->column_count = count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, view->column_names, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, view->column_types, count);
  for (uint32_t i = 0; i < count; i++) {
    view->column_names[i] = i < view->alias_count ? view->column_aliases[i] : query.names[i];
    TRY(unique_column_name(binder, view->column_names, i, &view->column_names[i]));
    view->column_types[i] = query.plan->columns[i].type;
    if (view->column_types[i].id == TYPE_NULL) view->column_types[i] = TYPE(INTEGER);
  }
  TRY(print_query(binder, sql->query, &view->query_sql));
  return finish_request(binder, request, NULL, out);
}

static Status bind_create_sequence(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  const SqlSequenceOptions *sql = &create->sequence;
  CatalogCreate *request;
  CatalogSequence *sequence;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, sequence);
  request->kind = CATALOG_SEQUENCE;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->sequence = sequence;
  sequence->entry.kind = CATALOG_SEQUENCE;
  TRY(place_entry(binder, create, &sequence->entry));
  sequence->increment = sql->has_increment ? sql->increment : 1;
  if (sequence->increment == 0) return error_set(binder->error, ERROR_PARSER, -1, "Increment must not be zero");
  bool down = sequence->increment < 0;
  sequence->minimum = sql->has_minimum && !sql->no_minimum ? sql->minimum : down ? INT64_MIN : 1;
  sequence->maximum = sql->has_maximum && !sql->no_maximum ? sql->maximum : down ? -1 : INT64_MAX;
  sequence->start = sql->has_start ? sql->start : down ? sequence->maximum : sequence->minimum;
  sequence->cycle = sql->cycle;
  if (sequence->maximum <= sequence->minimum) {
    return error_set(binder->error, ERROR_PARSER, -1, "MINVALUE (%lld) must be less than MAXVALUE (%lld)",
                     (long long)sequence->minimum, (long long)sequence->maximum);
  }
  if (sequence->start < sequence->minimum) {
    return error_set(binder->error, ERROR_PARSER, -1, "START value (%lld) cannot be less than MINVALUE (%lld)",
                     (long long)sequence->start, (long long)sequence->minimum);
  }
  if (sequence->start > sequence->maximum) {
    return error_set(binder->error, ERROR_PARSER, -1, "START value (%lld) cannot be greater than MAXVALUE (%lld)",
                     (long long)sequence->start, (long long)sequence->maximum);
  }
  return finish_request(binder, request, NULL, out);
}

// AS ENUM (SELECT …): the different texts of the column, in the order of the rows.
static Status enum_of_query(Binder *binder, const SqlQuery *query, Type *out) {
  const PlanAnswer *answer;
  Str *labels;
  uint32_t *slots; // open addressing: number of a label + 1
  uint32_t count = 0, mask = 15;
  TRY(bind_answer(binder, query, NULL, &answer));
  while (mask < answer->count * 2) mask = mask * 2 + 1;
  ARENA_NEW_ARRAY(binder->arena, binder->error, labels, answer->count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, slots, mask + 1);
  for (uint32_t i = 0; i < answer->count; i++) {
    Value text;
    if (answer->values[i].is_null) continue;
    TRY(value_cast(binder->arena, &answer->values[i], TYPE(VARCHAR), &text, binder->error));
    uint32_t at = (uint32_t)hash_bytes(text.text.data, text.text.length) & mask;
    while (slots[at] && !str_equal(labels[slots[at] - 1], text.text)) at = (at + 1) & mask;
    if (slots[at]) continue;
    labels[count++] = text.text;
    slots[at] = count;
  }
  return type_make_enum(binder->arena, binder->error, labels, count, out);
}

static Status bind_create_type(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  CatalogCreate *request;
  CatalogType *type;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, type);
  request->kind = CATALOG_TYPE;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->type = type;
  type->entry.kind = CATALOG_TYPE;
  TRY(place_entry(binder, create, &type->entry));
  if (create->type.type) {
    TRY(bind_type(binder, create->type.type, &type->type));
  } else {
    TRY(enum_of_query(binder, create->type.query, &type->type));
  }
  TRY(type_with_alias(binder->arena, binder->error, type->type, type->entry.name, &type->type));
  return finish_request(binder, request, NULL, out);
}

// Unknown tables, functions and columns are found out when a macro is made. What else fails may do so for want of the parameters' types.
static Status check_macro(Binder *binder, const SqlMacro *sql, const CatalogMacroOverload *overload) {
  bool changes = binder->changes, missing_name = binder->missing_name;
  Status status;
  binder->missing_name = false;
  if (sql->query) {
    BoundQuery bound;
    binder->macro = overload;
    status = bind_query(binder, sql->query, NULL, NULL, &bound);
    binder->macro = NULL;
    binder->missing_name = false; // names in a table macro may be given by its parameters
  } else {
    Scope scope = {0};
    ExprBinder names = expr_binder(binder, &scope, "macro");
    Expr *expr;
    if (sql->expr->kind == SQL_EXPR_STAR) {
      return error_set(binder->error, ERROR_BINDER, sql->expr->position, "STAR expression is not supported here");
    }
    names.allow_aggregates = names.allow_windows = names.allow_unnest = true;
    binder->macro = overload;
    status = bind_expr(&names, sql->expr, &expr);
    binder->macro = NULL;
  }
  bool matters = status == ERROR_CATALOG || status == ERROR_NO_MEMORY || binder->missing_name;
  binder->changes = changes;
  binder->missing_name = missing_name;
  if (binder->wants_files) matters = binder->wants_files = false;
  return status != OK && matters ? status : OK;
}

static Status check_overloads(Binder *binder, const CatalogMacro *macro) {
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    for (uint32_t k = 0; k < i; k++) {
      uint32_t required[2] = {0};
      const CatalogMacroOverload *pair[2] = {&macro->overloads[i], &macro->overloads[k]};
      for (uint32_t p = 0; p < 2; p++) {
        while (required[p] < pair[p]->parameter_count && !pair[p]->parameters[required[p]].default_sql.data) {
          required[p]++;
        }
      }
      if (required[0] != required[1] || pair[0]->parameter_count != pair[1]->parameter_count) continue;
      return error_set(binder->error, ERROR_BINDER, -1,
                       "Ambiguity in macro overloads - macro %.*s() has multiple definitions with the same parameters",
                       STR_ARG(macro->entry.name));
    }
  }
  return OK;
}

static Status bind_create_macro(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  CatalogCreate *request;
  CatalogMacro *macro;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, macro);
  bool table = create->kind == SQL_OBJECT_TABLE_MACRO;
  request->kind = table ? CATALOG_TABLE_MACRO : CATALOG_MACRO;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->macro = macro;
  macro->entry.kind = request->kind;
  TRY(place_entry(binder, create, &macro->entry));
  macro->overload_count = create->macros.count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, macro->overloads, macro->overload_count);
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    const SqlMacro *sql = &create->macros.items[i];
    CatalogMacroOverload *overload = &macro->overloads[i];
    overload->parameter_count = sql->parameters.count;
    ARENA_NEW_ARRAY(binder->arena, binder->error, overload->parameters, overload->parameter_count);
    for (uint32_t k = 0; k < overload->parameter_count; k++) {
      const SqlMacroParameter *parameter = &sql->parameters.items[k];
      overload->parameters[k].name = parameter->name;
      for (uint32_t m = 0; m < k; m++) {
        if (str_equal_nocase(overload->parameters[m].name, parameter->name)) {
          return error_set(binder->error, ERROR_PARSER, -1, "Duplicate parameter '%.*s' in macro definition",
                           STR_ARG(parameter->name));
        }
      }
      if (!parameter->default_value) continue;
      if (parameter->default_value->kind == SQL_EXPR_COLUMN) {
        return error_set(binder->error, ERROR_BINDER, parameter->position,
                         "Default value for parameter '%.*s' cannot contain column names", STR_ARG(parameter->name));
      }
      TRY(print_definition(binder, parameter->default_value, &overload->parameters[k].default_sql));
    }
    TRY(refuse_data_pivots(binder, sql->query, sql->expr, "macro"));
    if (table) {
      TRY(print_query(binder, sql->query, &overload->body_sql));
    } else {
      TRY(print_definition(binder, sql->expr, &overload->body_sql));
    }
    TRY(check_macro(binder, sql, overload));
  }
  TRY(check_overloads(binder, macro));
  return finish_request(binder, request, NULL, out);
}

// The keys of a table have indexes of their own, with names by their number.
static Status check_index_name(Binder *binder, const CatalogTable *table, Str name) {
  uint32_t number = 0;
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    static const char *const kinds[] = {
        [CONSTRAINT_PRIMARY_KEY] = "PRIMARY", [CONSTRAINT_UNIQUE] = "UNIQUE", [CONSTRAINT_FOREIGN_KEY] = "FOREIGN"};
    uint8_t kind = table->constraints[i].kind;
    Str taken;
    if (kind == CONSTRAINT_CHECK) continue;
    TRY(str_format(binder->arena, binder->error, &taken, "%s_%.*s_%u", kinds[kind], STR_ARG(table->entry.name),
                   number++));
    if (!str_equal(taken, name)) continue;
    return error_set(binder->error, ERROR_CATALOG, -1, "An index with the name %.*s already exists!", STR_ARG(name));
  }
  return OK;
}

static Status note_first_column(void *context, Expr *column) {
  uint32_t *first = context;
  if (*first == UINT32_MAX) *first = column->column.column;
  return OK;
}

Status check_unaltered_for_index(Binder *binder, const CatalogTable *table) {
  const CatalogDatabase *database = catalog_database(binder->context->catalog, table->entry.database);
  if (!table_altered_elsewhere(database->transaction, table->store_table)) return OK;
  return error_set(binder->error, ERROR_CONFLICT, -1,
                   "Transaction conflict: cannot add an index to a table that has been altered or dropped");
}

static Status bind_create_index(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  const SqlCreateIndex *sql = &create->index;
  CatalogCreate *request;
  CatalogIndex *index;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, index);
  request->kind = CATALOG_INDEX;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->index = index;
  const CatalogTable *table;
  const CatalogEntry *entry;
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, catalog_name(&sql->table), false, &entry,
                   binder->error));
  if (entry->kind != CATALOG_TABLE)
    return error_set(binder->error, ERROR_BINDER, -1, "Can only create an index over a base table!");
  table = (const CatalogTable *)entry;
  TRY(check_unaltered_for_index(binder, table));
  if (sql->where)
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "Creating partial indexes is not supported currently");
  if (sql->method.data && !str_equal_nocase(sql->method, STR("art"))) {
    TextBuilder method;
    text_init(&method, binder->arena->memory);
    for (size_t i = 0; i < sql->method.length; i++) {
      char c = sql->method.data[i];
      text_append_char(&method, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    Status status = error_set(binder->error, ERROR_BINDER, -1, "Unknown index type: %.*s", STR_ARG(text_str(&method)));
    text_free(&method);
    return status;
  }
  TRY(check_index_name(binder, table, create->name.name));
  index->entry = (CatalogEntry){.kind = CATALOG_INDEX,
                                .database_name = table->entry.database_name,
                                .schema = table->entry.schema,
                                .name = create->name.name,
                                .temporary = table->entry.temporary};
  index->table = table->entry.id;
  index->table_name = table->entry.name;
  index->unique = sql->unique;
  ARENA_NEW_ARRAY(binder->arena, binder->error, index->columns, sql->exprs.count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, index->expressions_sql, sql->exprs.count);
  for (uint32_t i = 0; i < sql->exprs.count; i++) {
    const SqlExpr *expr = sql->exprs.items[i];
    Expr *bound;
    TRY(bind_definition_over(binder, table, expr, "index expressions", NULL, &bound));
    if (bound->kind != EXPR_COLUMN && sql->unique) {
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, expr->position, "Unique indexes over expressions");
    }
    TRY(check_key_type(binder, bound->type));
    Str *text = &index->expressions_sql[i];
    TRY(print_definition(binder, expr, text));
    if (expr->kind != SQL_EXPR_COLUMN) TRY(str_format(binder->arena, binder->error, text, "(%.*s)", STR_ARG(*text)));
    uint32_t column = UINT32_MAX; // of an expression the first that it reads
    TRY(expr_visit_columns(bound, note_first_column, &column));
    index->columns[index->column_count++] = column == UINT32_MAX ? 0 : column;
  }
  if (!index->entry.name.data || !index->entry.name.length) {
    TRY(str_format(binder->arena, binder->error, &index->entry.name, "%.*s_%.*s_idx", STR_ARG(table->entry.name),
                   STR_ARG(index->expressions_sql[0])));
  }
  return finish_request(binder, request, NULL, out);
}

static Status bind_create_schema(Binder *binder, const SqlCreate *create, PlannedStatement *out) {
  CatalogCreate *request;
  CatalogEntry *entry;
  ARENA_NEW(binder->arena, binder->error, request);
  ARENA_NEW(binder->arena, binder->error, entry);
  request->kind = CATALOG_SCHEMA;
  request->on_conflict = (uint8_t)on_conflict(create->on_conflict);
  request->entry = entry;
  entry->kind = CATALOG_SCHEMA;
  entry->name = create->name.name;
  entry->schema = create->name.name;
  entry->database_name = create->name.schema.data ? create->name.schema : create->name.catalog;
  if (!entry->database_name.data) entry->database_name = catalog_current_database(binder->context->catalog);
  uint32_t index;
  if (!catalog_find_database(binder->context->catalog, entry->database_name, &index)) {
    return error_set(binder->error, ERROR_CATALOG, create->name.position, "Catalog with name %.*s does not exist!",
                     STR_ARG(entry->database_name));
  }
  return finish_request(binder, request, NULL, out);
}

Status bind_create(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlCreate *create = &statement->create;
  switch (create->kind) {
    case SQL_OBJECT_TABLE:
      return bind_create_table(binder, create, out);
    case SQL_OBJECT_VIEW:
      return bind_create_view(binder, create, out);
    case SQL_OBJECT_SCHEMA:
      return bind_create_schema(binder, create, out);
    case SQL_OBJECT_SEQUENCE:
      return bind_create_sequence(binder, create, out);
    case SQL_OBJECT_INDEX:
      return bind_create_index(binder, create, out);
    case SQL_OBJECT_TYPE:
      return bind_create_type(binder, create, out);
    case SQL_OBJECT_MACRO:
    case SQL_OBJECT_TABLE_MACRO:
      return bind_create_macro(binder, create, out);
    default:
      return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "This kind of CREATE");
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// DROP, COMMENT
// ---------------------------------------------------------------------------------------------------------------------

Status object_kind(Binder *binder, SqlObjectKind kind, uint8_t *out) {
  static const uint8_t kinds[] = {
      [SQL_OBJECT_TABLE] = CATALOG_TABLE,   [SQL_OBJECT_VIEW] = CATALOG_VIEW,
      [SQL_OBJECT_SCHEMA] = CATALOG_SCHEMA, [SQL_OBJECT_SEQUENCE] = CATALOG_SEQUENCE,
      [SQL_OBJECT_INDEX] = CATALOG_INDEX,   [SQL_OBJECT_TYPE] = CATALOG_TYPE,
      [SQL_OBJECT_MACRO] = CATALOG_MACRO,   [SQL_OBJECT_TABLE_MACRO] = CATALOG_TABLE_MACRO,
      [SQL_OBJECT_COLUMN] = CATALOG_TABLE,
  };
  if ((uint32_t)kind >= COUNT_OF(kinds) || !kinds[kind]) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "This kind of object");
  }
  *out = kinds[kind];
  return OK;
}

Status bind_drop(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlDrop *sql = &statement->drop;
  CatalogDrop *request;
  LogicalPlan *plan;
  ARENA_NEW(binder->arena, binder->error, request);
  TRY(object_kind(binder, sql->kind, &request->kind));
  request->if_exists = sql->if_exists;
  request->cascade = sql->cascade;
  request->name = catalog_name(&sql->name);
  if ((request->kind == CATALOG_VIEW || request->kind == CATALOG_TABLE) &&
      system_view_sql(sql->name.schema, sql->name.name).data) {
    const CatalogEntry *entry;
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, request->name, true, &entry,
                     binder->error));
    if (!entry)
      return error_set(binder->error, ERROR_CATALOG, -1, "Cannot drop internal catalog entry \"%.*s\"!",
                       STR_ARG(sql->name.name));
  }
  if (request->kind == CATALOG_SEQUENCE) TRY(bind_sequence_dependents(binder, request));
  TRY(plan_make(&binder->planner, LOGICAL_DROP, NULL, NULL, &plan));
  plan->drop.request = request;
  binder->changes = true;
  out->kind = STATEMENT_DROP;
  out->returns = RETURN_NOTHING;
  out->root = plan;
  return OK;
}

Status bind_comment(Binder *binder, const SqlStatement *statement, PlannedStatement *out) {
  const SqlComment *sql = &statement->comment;
  CatalogAlter *request;
  LogicalPlan *plan;
  ARENA_NEW(binder->arena, binder->error, request);
  TRY(plan_make(&binder->planner, LOGICAL_ALTER, NULL, NULL, &plan));
  if (sql->kind == SQL_OBJECT_SCHEMA || sql->kind == SQL_OBJECT_DATABASE) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1, "Adding comments to %s is not implemented",
                     sql->kind == SQL_OBJECT_SCHEMA ? "schemas" : "databases");
  }
  TRY(object_kind(binder, sql->kind, &request->kind));
  request->action = ALTER_COMMENT;
  request->name = catalog_name(&sql->name);
  if (sql->kind == SQL_OBJECT_COLUMN) request->column = sql->column;
  if (request->kind == CATALOG_MACRO) {
    const CatalogEntry *entry;
    uint32_t first, count;
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_MACRO, request->name, true, &entry,
                     binder->error));
    if (!entry && (library_find_scalar(binder->context->library, request->name.name, &first, &count) ||
                   library_find_aggregate(binder->context->library, request->name.name, &first, &count))) {
      return error_set(binder->error, ERROR_BINDER, -1, "Can not comment on System Catalog entries");
    }
  }
  Value text;
  TRY(bind_literal_value(binder, sql->text, "COMMENT", &text));
  if (!text.is_null) request->comment = text.text;
  plan->alter.request = request;
  binder->changes = true;
  out->kind = STATEMENT_ALTER;
  out->returns = RETURN_NOTHING;
  out->root = plan;
  return OK;
}
