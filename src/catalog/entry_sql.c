// SPDX-License-Identifier: MIT
//
// entry_sql.c: the SQL that makes an entry again, in DuckDB's form: duckdb_tables().sql, EXPORT.
#include "catalog/view.h"

void catalog_quote(TextBuilder *out, Str name) { identifier_print(out, name); }

static void print_name(TextBuilder *out, Str schema, Str name) {
  if (schema.length && !str_equal_nocase(schema, STR("main"))) {
    catalog_quote(out, schema);
    text_append_char(out, '.');
  }
  catalog_quote(out, name);
}

static void print_entry_name(TextBuilder *out, const CatalogEntry *entry) {
  print_name(out, entry->schema, entry->name);
}

static void print_columns(TextBuilder *out, const CatalogTable *table, const uint32_t *positions, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (i) text_append(out, STR(", "));
    catalog_quote(out, table->columns[positions[i]].name);
  }
}

bool column_in_primary_key(const CatalogTable *table, uint32_t position) {
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    if (table->constraints[i].kind != CONSTRAINT_PRIMARY_KEY) continue;
    for (uint32_t k = 0; k < table->constraints[i].column_count; k++) {
      if (table->constraints[i].columns[k] == position) return true;
    }
  }
  return false;
}

static bool has_own_constraint(const CatalogTable *table, uint32_t position, CatalogConstraintKind kind) {
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const CatalogConstraint *constraint = &table->constraints[i];
    if (constraint->kind == kind && constraint->with_column && constraint->columns[0] == position) return true;
  }
  return false;
}

static void print_column(TextBuilder *out, const CatalogTable *table, uint32_t position) {
  const CatalogColumn *column = &table->columns[position];
  catalog_quote(out, column->name);
  text_append_char(out, ' ');
  type_print(out, column->type);
  if (column->collation.length) text_format(out, " COLLATE %.*s", STR_ARG(column->collation));
  if (column->generated_sql.data) {
    text_append(out, STR(" GENERATED ALWAYS AS("));
    text_append(out, column->generated_sql);
    text_append_char(out, ')');
    return;
  }
  if (column->default_sql.data) {
    text_append(out, STR(" DEFAULT("));
    text_append(out, column->default_sql);
    text_append_char(out, ')');
  }
  // NOT NULL that a primary key brings is not said again.
  if (column->not_null && !column_in_primary_key(table, position)) text_append(out, STR(" NOT NULL"));
  if (has_own_constraint(table, position, CONSTRAINT_PRIMARY_KEY)) text_append(out, STR(" PRIMARY KEY"));
  if (has_own_constraint(table, position, CONSTRAINT_UNIQUE)) text_append(out, STR(" UNIQUE"));
}

void constraint_print(TextBuilder *out, const CatalogTable *table, const CatalogConstraint *constraint) {
  switch ((CatalogConstraintKind)constraint->kind) {
    case CONSTRAINT_PRIMARY_KEY:
    case CONSTRAINT_UNIQUE:
      text_append(out, constraint->kind == CONSTRAINT_PRIMARY_KEY ? STR("PRIMARY KEY(") : STR("UNIQUE("));
      print_columns(out, table, constraint->columns, constraint->column_count);
      text_append_char(out, ')');
      return;
    case CONSTRAINT_CHECK:
      text_append(out, STR("CHECK("));
      text_append(out, constraint->check_sql);
      text_append_char(out, ')');
      return;
    case CONSTRAINT_FOREIGN_KEY:
      text_append(out, STR("FOREIGN KEY ("));
      print_columns(out, table, constraint->columns, constraint->column_count);
      text_append(out, STR(") REFERENCES "));
      print_name(out, constraint->foreign_schema, constraint->foreign_table);
      text_append_char(out, '(');
      for (uint32_t i = 0; constraint->foreign_columns && i < constraint->column_count; i++) {
        if (i) text_append(out, STR(", "));
        catalog_quote(out, constraint->foreign_columns[i]);
      }
      text_append_char(out, ')');
      return;
  }
}

static void print_table(TextBuilder *out, const CatalogTable *table) {
  text_append(out, table->entry.temporary ? STR("CREATE TEMP TABLE ") : STR("CREATE TABLE "));
  print_entry_name(out, &table->entry);
  text_append_char(out, '(');
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (i) text_append(out, STR(", "));
    print_column(out, table, i);
  }
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    if (table->constraints[i].with_column) continue;
    text_append(out, STR(", "));
    constraint_print(out, table, &table->constraints[i]);
  }
  text_append(out, STR(");"));
}

static void print_macro(TextBuilder *out, const CatalogMacro *macro) {
  text_append(out, STR("CREATE MACRO "));
  print_entry_name(out, &macro->entry);
  for (uint32_t i = 0; i < macro->overload_count; i++) {
    const CatalogMacroOverload *overload = &macro->overloads[i];
    text_append(out, i ? STR(", (") : STR("("));
    for (uint32_t p = 0; p < overload->parameter_count; p++) {
      if (p) text_append(out, STR(", "));
      text_append(out, overload->parameters[p].name);
      if (overload->parameters[p].default_sql.data) {
        text_append(out, STR(" := "));
        text_append(out, overload->parameters[p].default_sql);
      }
    }
    text_append(out, macro->entry.kind == CATALOG_TABLE_MACRO ? STR(") AS TABLE ") : STR(") AS "));
    text_append(out, overload->body_sql);
  }
  text_append_char(out, ';');
}

static void print_sequence(TextBuilder *out, const CatalogSequence *sequence) {
  text_append(out, sequence->entry.temporary ? STR("CREATE TEMP SEQUENCE ") : STR("CREATE SEQUENCE "));
  print_entry_name(out, &sequence->entry);
  text_format(out, " INCREMENT BY %lld MINVALUE %lld MAXVALUE %lld START %lld %s;", (long long)sequence->increment,
              (long long)sequence->minimum, (long long)sequence->maximum, (long long)sequence->start,
              sequence->cycle ? "CYCLE" : "NO CYCLE");
}

static void print_index(TextBuilder *out, const CatalogIndex *index) {
  text_append(out, index->unique ? STR("CREATE UNIQUE INDEX ") : STR("CREATE INDEX "));
  catalog_quote(out, index->entry.name);
  text_append(out, STR(" ON "));
  print_name(out, index->entry.schema, index->table_name);
  text_append_char(out, '(');
  for (uint32_t i = 0; i < index->column_count; i++) {
    if (i) text_append(out, STR(", "));
    text_append(out, index->expressions_sql[i]);
  }
  text_append(out, STR(");"));
}

static void print_type_entry(TextBuilder *out, const CatalogType *type) {
  text_append(out, STR("CREATE TYPE "));
  print_entry_name(out, &type->entry);
  text_append(out, STR(" AS "));
  type_print(out, type->type);
  text_append_char(out, ';');
}

static void print_view(TextBuilder *out, const CatalogViewEntry *view) {
  text_append(out, view->entry.temporary ? STR("CREATE TEMP VIEW ") : STR("CREATE VIEW "));
  print_entry_name(out, &view->entry);
  if (view->alias_count) {
    text_append(out, STR(" ("));
    for (uint32_t i = 0; i < view->alias_count; i++) {
      if (i) text_append(out, STR(", "));
      catalog_quote(out, view->column_aliases[i]);
    }
    text_append_char(out, ')');
  }
  text_append(out, STR(" AS "));
  text_append(out, view->query_sql);
  text_append_char(out, ';');
}

Status catalog_entry_sql(TextBuilder *out, const CatalogEntry *entry) {
  switch ((CatalogKind)entry->kind) {
    case CATALOG_SCHEMA:
      text_append(out, STR("CREATE SCHEMA "));
      catalog_quote(out, entry->name);
      text_append_char(out, ';');
      break;
    case CATALOG_TABLE:
      print_table(out, (const CatalogTable *)entry);
      break;
    case CATALOG_VIEW:
      print_view(out, (const CatalogViewEntry *)entry);
      break;
    case CATALOG_SEQUENCE:
      print_sequence(out, (const CatalogSequence *)entry);
      break;
    case CATALOG_INDEX:
      print_index(out, (const CatalogIndex *)entry);
      break;
    case CATALOG_TYPE:
      print_type_entry(out, (const CatalogType *)entry);
      break;
    case CATALOG_MACRO:
    case CATALOG_TABLE_MACRO:
      print_macro(out, (const CatalogMacro *)entry);
      break;
    case CATALOG_NONE:
      break;
  }
  return out->failed ? ERROR_NO_MEMORY : OK;
}
