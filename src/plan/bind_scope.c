// SPDX-License-Identifier: MIT
//
// bind_scope.c: what a name refers to. A scope holds the tables of one FROM clause; its `outer` is that of the query around.
//
// a.b.c is tried as database.schema.table.column, schema.table.column, table.column with fields behind, then as column.field.field …: the longest
// qualification that names a table wins. Names are compared without (ASCII) case.
#include "plan/binder.h"

bool table_find_column(const ScopeTable *table, Str name, uint32_t *index) {
  for (uint32_t i = 0; i < table->count; i++) {
    if (str_equal_nocase(table->names[i], name)) {
      *index = i;
      return true;
    }
  }
  return false;
}

Status scope_table_column(Binder *binder, const ScopeTable *table, uint32_t index, int32_t position, Expr **out) {
  TRY_NEW(binder, *out,
          expr_column(binder->arena, table->table_indexes[index], table->column_numbers[index], table->types[index],
                      table->names[index]));
  (*out)->position = position;
  return OK;
}

Status scope_table_row_id(Binder *binder, ScopeTable *table, Expr **out) {
  LogicalPlan *scan = table->scan;
  if (!plan_find_column(scan, scan->table, PLAN_ROW_ID, NULL)) {
    uint32_t *columns;
    ARENA_NEW_ARRAY(binder->arena, binder->error, columns, scan->scan.column_count + 1);
    memcpy(columns, scan->scan.columns, sizeof *columns * scan->scan.column_count);
    columns[scan->scan.column_count++] = PLAN_ROW_ID;
    scan->scan.columns = columns;
    TRY(plan_add_column(&binder->planner, scan, scan->table, PLAN_ROW_ID, TYPE(BIGINT), STR("rowid")));
  }
  TRY_NEW(binder, *out, expr_column(binder->arena, scan->table, PLAN_ROW_ID, TYPE(BIGINT), STR("rowid")));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Filling a scope
// ---------------------------------------------------------------------------------------------------------------------

static bool same_name(Str a, Str b) { return a.data && b.data && str_equal_nocase(a, b); }

static bool same_qualifier(Str a, Str b) { return (!a.data && !b.data) || same_name(a, b); }

static bool same_table_name(const ScopeTable *a, const ScopeTable *b) {
  return same_name(a->alias, b->alias) && same_qualifier(a->schema, b->schema) &&
         same_qualifier(a->database, b->database);
}

static void print_table_name(TextBuilder *text, const ScopeTable *table) {
  if (table->database.data) text_format(text, "%.*s.", STR_ARG(table->database));
  if (table->schema.data) text_format(text, "%.*s.", STR_ARG(table->schema));
  text_append(text, table->alias);
}

Status scope_add_table(Binder *binder, Scope *scope, ScopeTable *table) {
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    if (!same_table_name(scope->tables.items[i], table)) continue;
    TextBuilder name;
    text_init(&name, binder->arena->memory);
    print_table_name(&name, table);
    Status status =
        error_set(binder->error, ERROR_BINDER, -1,
                  "Ambiguous reference to table \"%.*s\" (duplicate alias \"%.*s\", explicitly alias one of the "
                  "tables using \"AS my_alias\")",
                  STR_ARG(text_str(&name)), STR_ARG(text_str(&name)));
    text_free(&name);
    return status;
  }
  ARENA_PUSH(binder->arena, binder->error, &scope->tables, table);
  return OK;
}

// a, a -> a, a_1: a table's columns have different names.
static Status make_unique(Binder *binder, Str *names, uint32_t count) {
  for (uint32_t i = 1; i < count; i++) {
    Str base = names[i];
    for (uint32_t attempt = 0; attempt <= count; attempt++) {
      if (attempt) TRY(str_format(binder->arena, binder->error, &names[i], "%.*s_%u", STR_ARG(base), attempt));
      bool taken = false;
      for (uint32_t k = 0; k < i && !taken; k++) taken = str_equal_nocase(names[k], names[i]);
      if (!taken) break;
    }
  }
  return OK;
}

Status scope_add_plan(Binder *binder, Scope *scope, const LogicalPlan *plan, const Str *names, Str alias,
                      const SqlNameList *column_aliases, ScopeTable **out) {
  ScopeTable *table;
  ARENA_NEW(binder->arena, binder->error, table);
  uint32_t count = plan->column_count;
  uint32_t alias_count = column_aliases ? column_aliases->count : 0;
  if (alias_count > count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "table \"%.*s\" has %u columns available but %u columns specified", STR_ARG(alias), count,
                     alias_count);
  }
  table->alias = alias;
  table->count = count;
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->names, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->types, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->table_indexes, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, table->column_numbers, count);
  for (uint32_t i = 0; i < count; i++) {
    table->names[i] = i < alias_count ? column_aliases->items[i] : names ? names[i] : plan->columns[i].name;
    table->types[i] = plan->columns[i].type;
    table->table_indexes[i] = plan->columns[i].table;
    table->column_numbers[i] = plan->columns[i].column;
  }
  // Quadratic, but only wide tables would notice, and stored tables have unique names already.
  if (plan->kind != LOGICAL_SCAN || alias_count) TRY(make_unique(binder, table->names, count));
  if (out) *out = table;
  return scope_add_table(binder, scope, table);
}

// ---------------------------------------------------------------------------------------------------------------------
// Looking up
// ---------------------------------------------------------------------------------------------------------------------

// Do the first part_count names of the path name this table?
static bool path_names_table(const SqlPath *path, uint32_t part_count, const ScopeTable *table) {
  if (part_count == 0 || part_count > 3) return false;
  if (!same_name(path->items[part_count - 1], table->alias)) return false;
  if (part_count == 1) return true;
  if (part_count == 2) {
    return same_name(path->items[0], table->schema) || same_name(path->items[0], table->database);
  }
  return same_name(path->items[0], table->database) && same_name(path->items[1], table->schema);
}

ScopeTable *scope_find_table(Scope *scope, const SqlPath *path, uint32_t part_count) {
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    if (path_names_table(path, part_count, scope->tables.items[i])) return scope->tables.items[i];
  }
  return NULL;
}

static Status ambiguous_column(Binder *binder, const Scope *scope, Str name, int32_t position) {
  TextBuilder uses;
  text_init(&uses, binder->arena->memory);
  uint32_t matches = 0;
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    const ScopeTable *table = scope->tables.items[i];
    uint32_t index;
    if (!table_find_column(table, name, &index)) continue;
    if (matches) text_append(&uses, matches == 1 ? STR(" or ") : STR(" or "));
    matches++;
    text_append_char(&uses, '"');
    identifier_print(&uses, table->alias);
    text_append_char(&uses, '.');
    identifier_print(&uses, table->names[index]);
    text_append_char(&uses, '"');
  }
  Status status =
      error_set(binder->error, ERROR_BINDER, position, "Ambiguous reference to column name \"%.*s\" (use: %.*s)",
                STR_ARG(name), STR_ARG(text_str(&uses)));
  text_free(&uses);
  return status;
}

static Status find_unqualified(Binder *binder, Scope *scope, Str name, int32_t position, Expr **out) {
  *out = NULL;
  for (uint32_t i = 0; i < scope->usings.count; i++) {
    if (!str_equal_nocase(scope->usings.items[i].name, name)) continue;
    TRY_NEW(binder, *out, expr_copy(binder->arena, scope->usings.items[i].expr));
    (*out)->position = position;
    return OK;
  }
  const ScopeTable *found = NULL;
  uint32_t found_index = 0;
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    uint32_t index;
    if (!table_find_column(scope->tables.items[i], name, &index)) continue;
    if (found) return ambiguous_column(binder, scope, name, position);
    found = scope->tables.items[i];
    found_index = index;
  }
  if (found) return scope_table_column(binder, found, found_index, position, out);
  if (!str_equal_nocase(name, STR("rowid"))) return OK;
  ScopeTable *stored = NULL;
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    if (!scope->tables.items[i]->scan) continue;
    if (stored) return error_set(binder->error, ERROR_BINDER, position, "Ambiguous reference to column name \"rowid\"");
    stored = scope->tables.items[i];
  }
  return stored ? scope_table_row_id(binder, stored, out) : OK;
}

// SELECT t FROM t: the row as a STRUCT.
static Status row_of_table(ExprBinder *expr_binder, const ScopeTable *table, int32_t position, Expr **out) {
  Binder *binder = expr_binder->binder;
  Expr **fields;
  ARENA_NEW_ARRAY(binder->arena, binder->error, fields, table->count);
  for (uint32_t i = 0; i < table->count; i++) TRY(scope_table_column(binder, table, i, position, &fields[i]));
  PlanContext *context = binder->context;
  TRY(bind_scalar_call(binder->arena, binder->error, context->facts, context->library, STR("struct_pack"), fields,
                       table->count, table->names, position, out));
  (*out)->name = table->alias;
  return OK;
}

static Status extract_fields(ExprBinder *expr_binder, const SqlPath *path, uint32_t from, int32_t position,
                             Expr **value) {
  for (uint32_t i = from; i < path->count; i++) {
    TRY(bind_field(expr_binder, *value, path->items[i], position, value));
  }
  return OK;
}

// s1.t, s2.t: t alone names neither.
static Status check_one_table(Binder *binder, Scope *scope, const SqlPath *path, uint32_t parts, int32_t position) {
  const ScopeTable *last = NULL;
  TextBuilder uses;
  text_init(&uses, binder->arena->memory);
  for (uint32_t i = 0; i < scope->tables.count; i++) {
    const ScopeTable *table = scope->tables.items[i];
    if (!path_names_table(path, parts, table)) continue;
    if (last) text_format(&uses, "%s%.*s.%.*s", uses.length ? ", " : "", STR_ARG(last->schema), STR_ARG(last->alias));
    last = table;
  }
  Status status = OK;
  if (uses.length) {
    status = error_set(binder->error, ERROR_BINDER, position,
                       "Ambiguous reference to table \"%.*s\" (use: %.*s or %.*s.%.*s)", STR_ARG(last->alias),
                       STR_ARG(text_str(&uses)), STR_ARG(last->schema), STR_ARG(last->alias));
  }
  text_free(&uses);
  return status;
}

static Status find_in_scope(ExprBinder *expr_binder, Scope *scope, const SqlExpr *column, Expr **out) {
  Binder *binder = expr_binder->binder;
  const SqlPath *path = &column->column;
  *out = NULL;
  // table.column, schema.table.column, database.schema.table.column
  for (uint32_t parts = MIN_OF(path->count - 1, 3); parts >= 1; parts--) {
    ScopeTable *table = scope_find_table(scope, path, parts);
    if (!table) continue;
    uint32_t index;
    TRY(check_one_table(binder, scope, path, parts, column->position));
    if (table_find_column(table, path->items[parts], &index)) {
      TRY(scope_table_column(binder, table, index, column->position, out));
    } else if (table->scan && str_equal_nocase(path->items[parts], STR("rowid"))) {
      TRY(scope_table_row_id(binder, table, out));
      (*out)->position = column->position;
    } else {
      continue;
    }
    return extract_fields(expr_binder, path, parts + 1, column->position, out);
  }
  TRY(find_unqualified(binder, scope, path->items[0], column->position, out));
  if (*out) return extract_fields(expr_binder, path, 1, column->position, out);
  if (path->count > 3) return OK;
  ScopeTable *table = scope_find_table(scope, path, path->count);
  return table ? row_of_table(expr_binder, table, column->position, out) : OK;
}

// An item of the select list by its alias. The item is bound anew where the alias stands.
static Status find_alias(ExprBinder *expr_binder, const SqlExpr *column, Expr **out) {
  Binder *binder = expr_binder->binder;
  SelectBinder *select = expr_binder->scope->select;
  *out = NULL;
  // Inside of an aggregate an alias would be that of an expression over groups.
  if (!expr_binder->allow_aliases || !select || (expr_binder->in_aggregate && !expr_binder->aliases_first)) return OK;
  // alias.x is the alias x, whatever columns there are.
  uint32_t part = column->column.count > 1 && str_equal_nocase(column->column.items[0], STR("alias")) ? 1 : 0;
  Str name = column->column.items[part];
  for (uint32_t i = 0; i < select->items.count; i++) {
    const SqlExpr *item = select->items.items[i];
    bool named = item->alias.data && str_equal_nocase(item->alias, name);
    if (!named) continue;
    if (expr_binder->whole_aliases && expr_binder->whole_alias != column) {
      return error_set(
          binder->error, ERROR_BINDER, column->position,
          "Alias with name \"%.*s\" exists, but aliases cannot be used as part of an expression in the GROUP BY",
          STR_ARG(name));
    }
    if (i >= select->visible_items || select->binding[i]) {
      return error_set(binder->error, ERROR_BINDER, column->position,
                       "Column \"%.*s\" referenced that exists in the SELECT clause - but this column cannot be "
                       "referenced before it is defined",
                       STR_ARG(name));
    }
    uint32_t visible = select->visible_items;
    select->binding[i] = true;
    select->visible_items = i;
    binder->alias_depth++;
    bool aliases_first = expr_binder->aliases_first;
    expr_binder->aliases_first = false;
    Status status = bind_expr(expr_binder, item, out);
    expr_binder->aliases_first = aliases_first;
    binder->alias_depth--;
    select->visible_items = visible;
    select->binding[i] = false;
    TRY(status);
    if (expr_is_volatile(*out) && !expr_binder->aliases_first && strcmp(expr_binder->clause, "HAVING clause") != 0) {
      return error_set(binder->error, ERROR_BINDER, column->position,
                       "Alias \"%.*s\" referenced - but the expression has side effects. This is not yet supported.",
                       STR_ARG(name));
    }
    return extract_fields(expr_binder, &column->column, part + 1, column->position, out);
  }
  return OK;
}

// HAVING a > 0, where `a` is no group but the name of an item.
static Status prefer_alias(ExprBinder *expr_binder, const SqlExpr *column, Expr **slot) {
  const ExprList *groups = expr_binder->having_groups;
  if (!groups || expr_binder->in_aggregate || column->column.count != 1) return OK;
  for (uint32_t i = 0; i < groups->count; i++) {
    if (expr_equal(groups->items[i], *slot)) return OK;
  }
  Expr *alias;
  expr_binder->having_groups = NULL; // in the item columns come first
  Status status = find_alias(expr_binder, column, &alias);
  expr_binder->having_groups = groups;
  if (status == OK && alias) *slot = alias;
  return status;
}

// An item of the select list of a query around, by its alias: SELECT a AS x, (SELECT … WHERE b = x).
static Status find_outer_alias(ExprBinder *expr_binder, Scope *scope, const SqlExpr *column, Expr **out) {
  Binder *binder = expr_binder->binder;
  SelectBinder *select = scope->select;
  *out = NULL;
  for (uint32_t i = 0; select && i < MIN_OF(select->visible_items, select->items.count); i++) {
    const SqlExpr *item = select->items.items[i];
    if (!item->alias.data || !str_equal_nocase(item->alias, column->column.items[0]) || select->binding[i]) continue;
    ExprBinder names = {.binder = binder, .scope = scope, .clause = expr_binder->clause, .allow_aliases = true};
    select->binding[i] = true;
    Status status = bind_expr(&names, item, out);
    select->binding[i] = false;
    TRY(status);
    return extract_fields(expr_binder, &column->column, 1, column->position, out);
  }
  return OK;
}

Status scope_find_column(ExprBinder *expr_binder, const SqlExpr *column, Expr **out) {
  *out = NULL;
  if (!expr_binder->scope) return OK;
  if (expr_binder->aliases_first && column->column.count == 1) {
    TRY(find_alias(expr_binder, column, out));
    if (*out) return OK;
  }
  TRY(find_in_scope(expr_binder, expr_binder->scope, column, out));
  if (*out) {
    expr_binder->own_columns++;
    return prefer_alias(expr_binder, column, out);
  }
  TRY(find_alias(expr_binder, column, out));
  if (*out) {
    expr_binder->own_columns++;
    return OK;
  }
  for (Scope *scope = expr_binder->scope->outer; scope; scope = scope->outer) {
    TRY(find_in_scope(expr_binder, scope, column, out));
    if (!*out) TRY(find_outer_alias(expr_binder, scope, column, out));
    if (!*out) continue;
    expr_binder->outer_columns++;
    expr_binder->outer_scope = scope;
    return OK;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// What to say when there is no such name
// ---------------------------------------------------------------------------------------------------------------------

#define CANDIDATE_COUNT 5

typedef struct Candidate {
  Str text;
  double score;
} Candidate;

typedef struct Candidates {
  Candidate items[CANDIDATE_COUNT];
  uint32_t count;
} Candidates;

// DuckDB ranks by Jaro-Winkler similarity; edit distance relative to the length orders names alike.
static double similarity(Str a, Str b) {
  size_t longest = MAX_OF(a.length, b.length);
  if (!longest) return 0;
  double score = 1.0 - (double)str_edit_distance(a, b) / (double)longest;
  if (a.length && b.length && (a.data[0] | 32) == (b.data[0] | 32)) score += 0.1;
  return score;
}

static void offer(Candidates *candidates, Str text, double score) {
  for (uint32_t i = 0; i < candidates->count; i++) {
    if (str_equal(candidates->items[i].text, text)) return;
  }
  uint32_t at = candidates->count;
  while (at > 0 && candidates->items[at - 1].score < score) at--;
  if (at >= CANDIDATE_COUNT) return;
  if (candidates->count < CANDIDATE_COUNT) candidates->count++;
  for (uint32_t i = candidates->count - 1; i > at; i--) candidates->items[i] = candidates->items[i - 1];
  candidates->items[at] = (Candidate){text, score};
}

static void print_candidates(TextBuilder *out, const Candidates *candidates, const char *title) {
  if (!candidates->count) return;
  text_format(out, "\n%s: ", title);
  // Those that are much worse than the best are not worth showing.
  for (uint32_t i = 0; i < candidates->count; i++) {
    if (i && candidates->items[i].score < 0.5 && candidates->items[i].score < candidates->items[0].score - 0.2) break;
    text_format(out, i ? ", \"%.*s\"" : "\"%.*s\"", STR_ARG(candidates->items[i].text));
  }
}

static Status fail_with(Binder *binder, TextBuilder *text, int32_t position) {
  Status status = text->failed ? error_no_memory(binder->error)
                               : error_set(binder->error, ERROR_BINDER, position, "%.*s", STR_ARG(text_str(text)));
  text_free(text);
  return status;
}

static Str path_text(Binder *binder, const SqlPath *path, uint32_t part_count) {
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  for (uint32_t i = 0; i < part_count; i++) {
    if (i) text_append_char(&text, '.');
    text_append(&text, path->items[i]);
  }
  Str copy = {"", 0};
  if (!text.failed && str_copy(binder->arena, NULL, text_str(&text), &copy) != OK) copy = (Str){"", 0};
  text_free(&text);
  return copy;
}

Status table_not_found(Binder *binder, Scope *scope, const SqlPath *path, uint32_t part_count, int32_t position) {
  Candidates candidates = {0};
  Str wanted = path_text(binder, path, part_count);
  for (Scope *at = scope; at; at = at->outer) {
    for (uint32_t i = 0; i < at->tables.count; i++) {
      const ScopeTable *table = at->tables.items[i];
      if (!table->alias.data) continue;
      Str name = table->alias;
      if (part_count > 1 && table->schema.data) {
        TRY(str_format(binder->arena, binder->error, &name, "%.*s.%.*s", STR_ARG(table->schema),
                       STR_ARG(table->alias)));
      }
      offer(&candidates, name, similarity(name, wanted));
    }
  }
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(&text, "Referenced table \"%.*s\" not found!", STR_ARG(wanted));
  print_candidates(&text, &candidates, "Candidate tables");
  return fail_with(binder, &text, position);
}

bool is_alter_clause(const ExprBinder *expr_binder) {
  return expr_binder->clause && strcmp(expr_binder->clause, "ALTER TABLE") == 0;
}

Status no_column_matches(Binder *binder, int32_t position, Str regex, const SqlExprList *columns) {
  Candidates candidates = {0};
  for (uint32_t i = 0; i < columns->count; i++) {
    const SqlExpr *column = columns->items[i];
    Str name = column->alias.data ? column->alias : column->column.items[column->column.count - 1];
    offer(&candidates, name, similarity(name, regex));
  }
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(&text, "No matching columns found that match regex \"%.*s\"\n", STR_ARG(regex));
  print_candidates(&text, &candidates, "Did you mean");
  return fail_with(binder, &text, position);
}

Status scope_missing_column(ExprBinder *expr_binder, const SqlExpr *column) {
  Binder *binder = expr_binder->binder;
  const SqlPath *path = &column->column;
  Scope *scope = expr_binder->scope;
  bool any_tables = false;
  if (path->count == 2 && str_equal_nocase(path->items[0], STR("excluded")) && expr_binder->clause &&
      strcmp(expr_binder->clause, "RETURNING clause") == 0) {
    return error_set(binder->error, ERROR_NOT_IMPLEMENTED, -1,
                     "'excluded' qualified columns are not supported in the RETURNING clause yet");
  }
  for (Scope *at = scope; at; at = at->outer) any_tables |= at->tables.count > 0;
  if (path->count == 1 && is_alter_clause(expr_binder)) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "Table does not contain column %.*s referenced in alter statement!", STR_ARG(path->items[0]));
  }
  if (expr_binder->clause && any_tables && strcmp(expr_binder->clause, "HAVING clause") == 0 &&
      !expr_binder->in_aggregate) {
    return error_set(binder->error, ERROR_BINDER, column->position,
                     "column %.*s must appear in the GROUP BY clause or be used in an aggregate function",
                     STR_ARG(path->items[path->count - 1]));
  }
  if (path->count == 1 && expr_binder->clause && any_tables && strcmp(expr_binder->clause, "QUALIFY clause") == 0) {
    return error_set(binder->error, ERROR_BINDER, column->position,
                     "Referenced column %.*s not found in FROM clause and can't find in alias map.",
                     STR_ARG(path->items[0]));
  }
  if (path->count == 1 && !any_tables) {
    return error_set(binder->error, ERROR_BINDER, column->position,
                     "Referenced column \"%.*s\" was not found because the FROM clause is missing",
                     STR_ARG(path->items[0]));
  }
  if (path->count == 1) {
    Candidates candidates = {0};
    bool several = scope->tables.count > 1;
    for (Scope *at = scope; at; at = at->outer) {
      for (uint32_t i = 0; i < at->tables.count; i++) {
        const ScopeTable *table = at->tables.items[i];
        for (uint32_t c = 0; c < table->count; c++) {
          Str name = table->names[c];
          double score = similarity(name, path->items[0]);
          if (several && table->alias.data) {
            TRY(str_format(binder->arena, binder->error, &name, "%.*s.%.*s", STR_ARG(table->alias), STR_ARG(name)));
          }
          offer(&candidates, name, score);
        }
      }
    }
    TextBuilder text;
    text_init(&text, binder->arena->memory);
    text_format(&text, "Referenced column \"%.*s\" not found in FROM clause!", STR_ARG(path->items[0]));
    print_candidates(&text, &candidates, "Candidate bindings");
    return fail_with(binder, &text, column->position);
  }
  for (Scope *at = scope; at; at = at->outer) {
    for (uint32_t parts = MIN_OF(path->count - 1, 3); parts >= 1; parts--) {
      const ScopeTable *table = scope_find_table(at, path, parts);
      if (!table) continue;
      Candidates candidates = {0};
      for (uint32_t c = 0; c < table->count; c++) {
        offer(&candidates, table->names[c], similarity(table->names[c], path->items[parts]));
      }
      TextBuilder text;
      text_init(&text, binder->arena->memory);
      text_format(&text, "Table \"%.*s\" does not have a column named \"%.*s\"\n", STR_ARG(table->alias),
                  STR_ARG(path->items[parts]));
      print_candidates(&text, &candidates, "Candidate bindings: ");
      return fail_with(binder, &text, column->position);
    }
  }
  if (!any_tables) {
    return error_set(binder->error, ERROR_BINDER, column->position, "Referenced table \"%.*s\" not found!",
                     STR_ARG(path_text(binder, path, path->count - 1)));
  }
  return table_not_found(binder, scope, path, path->count - 1, column->position);
}
