// SPDX-License-Identifier: MIT
//
// dependents.c: what stands in the way of DROP SEQUENCE: tables whose defaults use the sequence, and the one that owns it. The catalog keeps defaults as text and cannot
// tell; so they are parsed and looked through when the statement is bound. CASCADE drops the tables as well.
#include "plan/binder.h"

typedef struct SequenceSearch {
  Binder *binder;
  const CatalogEntry *sequence;
  bool found;
} SequenceSearch;

// nextval('s.q'), currval('q')
static Status search_sequence(SqlVisitor *visitor, SqlExpr **slot) {
  SequenceSearch *search = visitor->context;
  Binder *binder = search->binder;
  const SqlExpr *expr = *slot;
  bool calls = expr->kind == SQL_EXPR_FUNCTION && expr->function.arguments.count == 1 &&
               (str_equal_nocase(expr->function.name.name, STR("nextval")) ||
                str_equal_nocase(expr->function.name.name, STR("currval")));
  const SqlExpr *argument = calls ? expr->function.arguments.items[0] : NULL;
  if (!argument || argument->kind != SQL_EXPR_LITERAL || argument->literal.kind != SQL_LITERAL_STRING) {
    return sql_visit_expr_children(visitor, *slot);
  }
  SqlPath path;
  const CatalogEntry *entry;
  TRY(sql_parse_path(binder->arena, argument->literal.text, &path, binder->error));
  CatalogName name = {.position = -1, .name = path.items[path.count - 1]};
  if (path.count >= 2) name.schema = path.items[path.count - 2];
  if (path.count >= 3) name.database = path.items[path.count - 3];
  TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_SEQUENCE, name, true, &entry, binder->error));
  search->found |= entry && entry->id == search->sequence->id && entry->database == search->sequence->database;
  return OK;
}

static Status table_uses(Binder *binder, const CatalogTable *table, const CatalogEntry *sequence, bool *uses) {
  SequenceSearch search = {binder, sequence, false};
  SqlVisitor visitor = {.expr = search_sequence, .context = &search, .error = binder->error};
  for (uint32_t i = 0; i < table->column_count && !search.found; i++) {
    SqlExpr *expr;
    if (!table->columns[i].default_sql.data) continue;
    TRY(sql_parse_expression(binder->arena, table->columns[i].default_sql, SQL_OPTIONS_DEFAULT, &expr, binder->error));
    TRY(sql_visit_expr(&visitor, &expr));
  }
  *uses = search.found;
  return OK;
}

static Status depends(Binder *binder, const CatalogEntry *sequence, const CatalogEntry *table) {
  return error_set(binder->error, ERROR_DEPENDENCY, -1,
                   "Cannot drop entry \"%.*s\" because there are entries that depend on it.\ntable \"%.*s\" depends on "
                   "index \"%.*s\".\nUse DROP...CASCADE to drop all dependents.",
                   STR_ARG(sequence->name), STR_ARG(table->name), STR_ARG(sequence->name));
}

Status bind_sequence_dependents(Binder *binder, CatalogDrop *request) {
  CatalogView *catalog = binder->context->catalog;
  const CatalogEntry *sequence, *entry;
  uint64_t cursor = 0;
  ARENA_LIST(CatalogDrop) tables = {0};
  TRY(catalog_find(catalog, binder->arena, CATALOG_SEQUENCE, request->name, true, &sequence, binder->error));
  if (!sequence) return OK;
  do {
    bool uses = false;
    TRY(catalog_next(catalog, binder->arena, &cursor, &entry, binder->error));
    if (!entry || entry->kind != CATALOG_TABLE) continue;
    TRY(table_uses(binder, (const CatalogTable *)entry, sequence, &uses));
    bool owns = entry->id == ((const CatalogSequence *)sequence)->owner && entry->database == sequence->database;
    if (!uses && !owns) continue;
    if (!request->cascade) return depends(binder, sequence, entry);
    request->if_exists |= owns; // it goes with its owner
    CatalogDrop drop = {.kind = CATALOG_TABLE, .if_exists = true, .cascade = true};
    drop.name =
        (CatalogName){.database = entry->database_name, .schema = entry->schema, .name = entry->name, .position = -1};
    ARENA_PUSH(binder->arena, binder->error, &tables, drop);
  } while (entry);
  request->dependents = tables.items;
  request->dependent_count = tables.count;
  return OK;
}
