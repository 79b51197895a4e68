// SPDX-License-Identifier: MIT
//
// bind_from.c: FROM: tables, views, CTEs, files, subqueries and joins become a plan and the names in a scope.
//
// The right side of a join may use columns of the left (LATERAL, said or not): it is bound with the left tables as its outer scope, and joined by
// make_dependent_join when it did.
#include "plan/binder.h"
#include "plan/system_views.h"

// ---------------------------------------------------------------------------------------------------------------------
// Stored tables
// ---------------------------------------------------------------------------------------------------------------------

static Status note_statistics(Binder *binder, const CatalogTable *table, LogicalPlan *scan) {
  double *distinct;
  ARENA_NEW_ARRAY(binder->arena, binder->error, distinct, table->column_count);
  TRY(catalog_table_statistics(binder->context->catalog, binder->arena, table, &scan->scan.base_rows, distinct,
                               binder->error));
  scan->scan.distinct = distinct;
  scan->row_estimate = scan->scan.base_rows;
  return OK;
}

Status make_table_scan(Binder *binder, const CatalogTable *table, LogicalPlan **out) {
  LogicalPlan *scan;
  TRY(plan_make(&binder->planner, LOGICAL_SCAN, NULL, NULL, &scan));
  scan->scan.table = table;
  ARENA_NEW_ARRAY(binder->arena, binder->error, scan->scan.columns, table->column_count + 1);
  bool generated = false;
  for (uint32_t i = 0; i < table->column_count; i++) {
    if (table->columns[i].generated_sql.data) {
      generated = true;
      continue;
    }
    scan->scan.columns[scan->scan.column_count++] = i;
    Type type = table->columns[i].type;
    TRY(collated_type(binder, table->columns[i].collation, &type));
    TRY(plan_add_column(&binder->planner, scan, scan->table, i, type, table->columns[i].name));
  }
  TRY(note_statistics(binder, table, scan));
  *out = scan;
  if (!generated) return OK;
  scan->scan.columns[scan->scan.column_count++] = PLAN_ROW_ID;
  TRY(plan_add_column(&binder->planner, scan, scan->table, PLAN_ROW_ID, TYPE(BIGINT), STR("rowid")));
  return add_generated_columns(binder, table, scan->table, out);
}

Status make_scope_table(Binder *binder, const CatalogTable *table, uint32_t table_index, LogicalPlan *scan, Str alias,
                        ScopeTable **out) {
  ScopeTable *names;
  ARENA_NEW(binder->arena, binder->error, names);
  uint32_t count = table->column_count;
  names->alias = alias.data ? alias : table->entry.name;
  if (!alias.data) {
    names->database = table->entry.database_name;
    names->schema = table->entry.schema;
  }
  names->count = count;
  names->catalog = table;
  names->scan = scan;
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->names, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->types, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->table_indexes, count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, names->column_numbers, count);
  for (uint32_t i = 0; i < count; i++) {
    names->names[i] = table->columns[i].name;
    names->types[i] = table->columns[i].type;
    TRY(collated_type(binder, table->columns[i].collation, &names->types[i]));
    names->table_indexes[i] = table_index;
    names->column_numbers[i] = i;
  }
  *out = names;
  return OK;
}

static Status bind_stored_table(Binder *binder, const SqlFrom *from, const CatalogTable *table, Scope *scope,
                                LogicalPlan **out) {
  TRY(make_table_scan(binder, table, out));
  LogicalPlan *scan = *out;
  while (scan->kind != LOGICAL_SCAN) scan = scan->children[0];
  if (from->table.at == SQL_AT_SNAPSHOT) {
    Value name;
    TRY(bind_literal_value(binder, from->table.at_value, "AT clause", &name));
    if (name.is_null || name.type.id != TYPE_VARCHAR) {
      return error_set(binder->error, ERROR_BINDER, from->position, "AT (SNAPSHOT => …) needs the name of a snapshot");
    }
    scan->scan.snapshot = name.text;
  } else if (from->table.at != SQL_AT_NONE) {
    if (from->table.at_value && from->table.at_value->kind == SQL_EXPR_COLUMN)
      return error_set(binder->error, ERROR_BINDER, from->position, "AT clause cannot contain column names");
    return error_set(binder->error, ERROR_BINDER, from->position, "Catalog type does not support time travel");
  }
  ScopeTable *names;
  uint32_t count = table->column_count;
  TRY(make_scope_table(binder, table, scan->table, scan, from->alias, &names));
  if (from->column_aliases.count > count) {
    return error_set(binder->error, ERROR_BINDER, -1,
                     "table \"%.*s\" has %u columns available but %u columns specified", STR_ARG(names->alias), count,
                     from->column_aliases.count);
  }
  for (uint32_t i = 0; i < from->column_aliases.count; i++) names->names[i] = from->column_aliases.items[i];
  return scope_add_table(binder, scope, names);
}

// ---------------------------------------------------------------------------------------------------------------------
// Views, CTEs, files
// ---------------------------------------------------------------------------------------------------------------------

static Status bind_view(Binder *binder, const SqlFrom *from, const CatalogViewEntry *view, Scope *scope,
                        LogicalPlan **out) {
  BoundQuery query;
  CatalogPlace last;
  for (const BoundView *around = binder->views; around; around = around->outer) {
    if (around->database != view->entry.database || around->id != view->entry.id) continue;
    return error_set(binder->error, ERROR_BINDER, -1,
                     "infinite recursion detected: attempting to recursively bind view \"%.*s\"",
                     STR_ARG(view->entry.name));
  }
  BoundView self = {binder->views, view->entry.database, view->entry.id};
  binder->views = &self;
  catalog_enter_schema(binder->context->catalog, view->entry.database_name, view->entry.schema, &last);
  Status status = bind_query_text(binder, view->query_sql, NULL, &query);
  catalog_leave_schema(binder->context->catalog, &last);
  binder->views = self.outer;
  if (status != OK) {
    binder->error->position = -1; // it would point into the text of the view
    return status;
  }
  Str *names;
  ARENA_NEW_ARRAY(binder->arena, binder->error, names, query.plan->column_count);
  for (uint32_t i = 0; i < query.plan->column_count; i++) {
    names[i] = i < view->alias_count ? view->column_aliases[i] : query.names[i];
  }
  *out = query.plan;
  Str alias = from->alias.data ? from->alias : view->entry.name;
  ScopeTable *table;
  TRY(scope_add_plan(binder, scope, query.plan, names, alias, &from->column_aliases, &table));
  if (!from->alias.data) {
    table->database = view->entry.database_name;
    table->schema = view->entry.schema;
  }
  return OK;
}

static bool has_extension(Str name, Str extension) {
  if (name.length < extension.length) return false;
  Str tail = {name.data + name.length - extension.length, extension.length};
  return str_equal_nocase(tail, extension);
}

// FROM 'x.csv': the reader that the ending of the name asks for; NULL: none.
static const char *file_reader(Str name) {
  static const char *const readers[][2] = {
      {".csv", "read_csv_auto"},      {".tsv", "read_csv_auto"},       {".csv.gz", "read_csv_auto"},
      {".tsv.gz", "read_csv_auto"},   {".csv.zst", "read_csv_auto"},   {".parquet", "read_parquet"},
      {".json", "read_json_auto"},    {".jsonl", "read_json_auto"},    {".ndjson", "read_json_auto"},
      {".json.gz", "read_json_auto"}, {".jsonl.gz", "read_json_auto"}, {".ndjson.gz", "read_json_auto"},
      {".arrow", "read_arrow"},       {".arrows", "read_arrow"},
  };
  for (uint32_t i = 0; i < COUNT_OF(readers); i++) {
    if (has_extension(name, str_from(readers[i][0]))) return readers[i][1];
  }
  return NULL;
}

static Status bind_file(Binder *binder, const SqlFrom *from, Scope *scope, bool *is_file, LogicalPlan **out) {
  Str name = from->table.name.name;
  *is_file = false;
  const char *reader = from->table.name.schema.data ? NULL : file_reader(name);
  uint32_t first, count;
  if (!reader || !library_find_table(binder->context->library, str_from(reader), &first, &count)) return OK;
  *is_file = true;
  Value path = value_text(name);
  Str *names;
  TRY(make_table_function(binder, binder->context->library->tables[first], &path, 1, NULL, 0, from->position, NULL,
                          NULL, 0, out, &names));
  // The name of the table is that of the file, without folder and ending.
  Str alias = from->alias;
  if (!alias.data) {
    size_t start = 0, end = name.length;
    for (size_t i = 0; i < name.length; i++) {
      if (name.data[i] == '/' || name.data[i] == '\\') start = i + 1;
    }
    for (size_t i = start; i < name.length; i++) {
      if (name.data[i] == '.') {
        end = i;
        break;
      }
    }
    alias = (Str){name.data + start, end - start};
  }
  return scope_add_plan(binder, scope, *out, names, alias, &from->column_aliases, NULL);
}

static Status bind_table(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  const SqlName *name = &from->table.name;
  bool recurring = is_recurring(name);
  if (!name->schema.data || recurring) {
    CteBinding *cte = find_cte(scope->ctes, name->name);
    if (cte && (!recurring || cte->in_recursive_part)) {
      Str *names;
      TRY(bind_cte_reference(binder, cte, recurring, out, &names));
      return scope_add_plan(binder, scope, *out, names, from->alias.data ? from->alias : name->name,
                            &from->column_aliases, NULL);
    }
  }
  CatalogName wanted = catalog_name(name);
  wanted.position = from->position;
  const CatalogEntry *entry = NULL;
  if (binder->context->catalog) {
    TRY(catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, wanted, true, &entry, binder->error));
  }
  if (entry) {
    if (entry->kind == CATALOG_VIEW) return bind_view(binder, from, (const CatalogViewEntry *)entry, scope, out);
    return bind_stored_table(binder, from, (const CatalogTable *)entry, scope, out);
  }
  Str sql = system_view_sql(name->schema, name->name);
  if (sql.data) {
    BoundQuery query;
    TRY(bind_query_text(binder, sql, NULL, &query));
    *out = query.plan;
    return scope_add_plan(binder, scope, query.plan, query.names, from->alias.data ? from->alias : name->name,
                          &from->column_aliases, NULL);
  }
  bool is_file;
  TRY(bind_file(binder, from, scope, &is_file, out));
  if (is_file) return OK;
  if (!binder->context->catalog) {
    return error_set(binder->error, ERROR_CATALOG, from->position, "Table with name %.*s does not exist!",
                     STR_ARG(name->name));
  }
  return catalog_find(binder->context->catalog, binder->arena, CATALOG_TABLE, wanted, false, &entry, binder->error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Joins
// ---------------------------------------------------------------------------------------------------------------------

static Status merge_scope(Binder *binder, Scope *into, const Scope *from) {
  bool empty = !into->tables.count; // then no names can meet: those of one scope are different
  for (uint32_t i = 0; i < from->tables.count; i++) {
    if (empty) {
      ARENA_PUSH(binder->arena, binder->error, &into->tables, from->tables.items[i]);
    } else {
      TRY(scope_add_table(binder, into, from->tables.items[i]));
    }
  }
  for (uint32_t i = 0; i < from->usings.count; i++) {
    ARENA_PUSH(binder->arena, binder->error, &into->usings, from->usings.items[i]);
  }
  return OK;
}

// One side of USING (name): how many columns of that name there are, and what the name means there.
static Status find_join_column(Binder *binder, Scope *side, Str name, const char *which, Expr **expr,
                               ScopeTable **table, uint32_t *index) {
  *expr = NULL;
  *table = NULL;
  for (uint32_t i = 0; i < side->tables.count; i++) {
    uint32_t at;
    ScopeTable *candidate = side->tables.items[i];
    if (!table_find_column(candidate, name, &at) || (candidate->hidden && candidate->hidden[at])) continue;
    if (*table) {
      return error_set(
          binder->error, ERROR_BINDER, -1,
          "Column name \"%.*s\" is ambiguous: it exists more than once on %s side of join.\nCandidates: %.*s, %.*s",
          STR_ARG(name), which, STR_ARG((*table)->alias), STR_ARG(candidate->alias));
    }
    *table = candidate;
    *index = at;
  }
  if (!*table) return OK;
  for (uint32_t i = 0; i < side->usings.count; i++) {
    if (!str_equal_nocase(side->usings.items[i].name, name)) continue;
    TRY_NEW(binder, *expr, expr_copy(binder->arena, side->usings.items[i].expr));
    return OK;
  }
  return scope_table_column(binder, *table, *index, -1, expr);
}

static Status hide_column(Binder *binder, ScopeTable *table, uint32_t index) {
  if (!table->hidden) ARENA_NEW_ARRAY(binder->arena, binder->error, table->hidden, table->count);
  table->hidden[index] = true;
  return OK;
}

static Status add_using(Binder *binder, const SqlFrom *from, Scope *left, Scope *right, Str name, CompareOp op,
                        Expr **condition) {
  Expr *left_column, *right_column, *compare;
  ScopeTable *left_table, *right_table;
  uint32_t left_index, right_index;
  TRY(find_join_column(binder, left, name, "left", &left_column, &left_table, &left_index));
  if (!left_column) {
    return error_set(binder->error, ERROR_BINDER, -1, "Column \"%.*s\" does not exist on left side of join!",
                     STR_ARG(name));
  }
  TRY(find_join_column(binder, right, name, "right", &right_column, &right_table, &right_index));
  if (!right_column) {
    return error_set(binder->error, ERROR_BINDER, -1, "Column \"%.*s\" does not exist on right side of join!",
                     STR_ARG(name));
  }
  Expr *merged;
  SqlJoinKind kind = from->join.kind;
  if (kind == SQL_JOIN_RIGHT) {
    TRY_NEW(binder, merged, expr_copy(binder->arena, right_column));
  } else if (kind == SQL_JOIN_FULL) {
    Type type;
    if (!type_unify_compare(binder->arena, left_column->type, right_column->type, true, &type))
      type = left_column->type;
    Expr *a, *b;
    TRY_NEW(binder, a, expr_copy(binder->arena, left_column));
    TRY_NEW(binder, b, expr_copy(binder->arena, right_column));
    TRY_NEW(binder, merged, expr_node(binder->arena, EXPR_COALESCE, type, 2));
    TRY(bind_cast(binder, a, type, false, &merged->children[0]));
    TRY(bind_cast(binder, b, type, false, &merged->children[1]));
  } else {
    TRY_NEW(binder, merged, expr_copy(binder->arena, left_column));
  }
  merged->name = name;
  Expr *sides[2] = {left_column, right_column};
  if (type_is_string(left_column->type) && type_is_string(right_column->type))
    TRY(collation_push_all(binder, sides, 2));
  TRY(make_compare(&binder->planner, op, sides[0], sides[1], &compare));
  TRY_NEW(binder, *condition, expr_and(binder->arena, *condition, compare));
  if (kind == SQL_JOIN_SEMI || kind == SQL_JOIN_ANTI) return OK;
  bool known = false;
  for (uint32_t i = 0; i < left->usings.count; i++) {
    if (!str_equal_nocase(left->usings.items[i].name, name)) continue;
    left->usings.items[i].expr = merged;
    known = true;
  }
  if (!known) {
    UsingColumn column = {.name = name, .expr = merged, .owner = left_table, .owner_column = left_index};
    ARENA_PUSH(binder->arena, binder->error, &left->usings, column);
  }
  // A using of the right side ends here.
  for (uint32_t i = 0; i < right->usings.count; i++) {
    if (!str_equal_nocase(right->usings.items[i].name, name)) continue;
    right->usings.items[i] = right->usings.items[--right->usings.count];
    break;
  }
  return hide_column(binder, right_table, right_index);
}

static Status natural_columns(Binder *binder, Scope *left, Scope *right, SqlNameList *names) {
  for (uint32_t i = 0; i < left->tables.count; i++) {
    const ScopeTable *table = left->tables.items[i];
    for (uint32_t c = 0; c < table->count; c++) {
      if (table->hidden && table->hidden[c]) continue;
      for (uint32_t k = 0; k < right->tables.count; k++) {
        uint32_t index;
        if (!table_find_column(right->tables.items[k], table->names[c], &index)) continue;
        ARENA_PUSH(binder->arena, binder->error, names, table->names[c]);
        break;
      }
    }
  }
  if (names->count) return OK;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  text_format(
      &text,
      "No columns found to join on in NATURAL JOIN.\nUse CROSS JOIN if you intended for this to be a cross-product.");
  const Scope *sides[2] = {left, right};
  for (uint32_t s = 0; s < 2; s++) {
    text_format(&text, "\n   %s candidates: ", s ? "Right" : "Left");
    bool first = true;
    for (uint32_t i = 0; i < sides[s]->tables.count; i++) {
      const ScopeTable *table = sides[s]->tables.items[i];
      for (uint32_t c = 0; c < table->count; c++) {
        text_format(&text, first ? "%.*s.%.*s" : ", %.*s.%.*s", STR_ARG(table->alias), STR_ARG(table->names[c]));
        first = false;
      }
    }
  }
  Status status = error_set(binder->error, ERROR_BINDER, -1, "%.*s", STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

static JoinKind join_kind(SqlJoinKind kind) {
  static const uint8_t kinds[] = {
      [SQL_JOIN_INNER] = JOIN_INNER, [SQL_JOIN_LEFT] = JOIN_LEFT, [SQL_JOIN_RIGHT] = JOIN_RIGHT,
      [SQL_JOIN_FULL] = JOIN_FULL,   [SQL_JOIN_SEMI] = JOIN_SEMI, [SQL_JOIN_ANTI] = JOIN_ANTI,
  };
  return (JoinKind)kinds[kind];
}

static bool is_range(CompareOp compare) {
  return compare == COMPARE_LESS || compare == COMPARE_LESS_EQUAL || compare == COMPARE_GREATER ||
         compare == COMPARE_GREATER_EQUAL;
}

// Equalities, one inequality; every other condition is a residual.
static Status make_asof(Binder *binder, const SqlFrom *from, LogicalPlan *left, LogicalPlan *right, Expr *condition,
                        LogicalPlan **out) {
  TRY(plan_make_join(&binder->planner, JOIN_ASOF, left, right, out));
  JoinNode *join = &(*out)->join;
  join->nearest = (uint8_t)join_kind(from->join.kind);
  if (condition) TRY(plan_join_add_condition(&binder->planner, *out, condition));
  uint32_t kept = join->equal_count;
  for (uint32_t i = join->equal_count; i < join->condition_count; i++) {
    JoinCondition *other = &join->conditions[i];
    if (is_range(other->compare)) {
      join->conditions[kept++] = *other;
      continue;
    }
    Expr *compare;
    TRY(make_compare(&binder->planner, other->compare, other->left, other->right, &compare));
    TRY_NEW(binder, join->residual, expr_and(binder->arena, join->residual, compare));
  }
  join->condition_count = kept;
  if (kept == join->equal_count)
    return error_set(binder->error, ERROR_BINDER, from->position, "Missing ASOF JOIN inequality");
  if (kept > join->equal_count + 1)
    return error_set(binder->error, ERROR_BINDER, from->position, "Multiple ASOF JOIN inequalities");
  return plan_update_columns(&binder->planner, *out);
}

// A comparison of what is of the left side with what is of the right: each lifts its subqueries there.
static Status lift_on_sides(Binder *binder, LogicalPlan **left, LogicalPlan **right, Expr *expr, bool *lifted) {
  *lifted = false;
  for (uint32_t swap = 0; expr->kind == EXPR_COMPARE && swap < 2; swap++) {
    Expr **of_left = &expr->children[swap], **of_right = &expr->children[!swap];
    if (expr_uses_plan(*of_left, *right) || expr_uses_plan(*of_right, *left)) continue;
    TRY(lift_subqueries(&binder->planner, left, of_left));
    TRY(lift_subqueries(&binder->planner, right, of_right));
    *lifted = true;
    break;
  }
  return OK;
}

// ON with subqueries: they are lifted out of the condition first, which an inner join may do above the product, and another on the side
// whose rows the subquery is about.
static Status join_with_subqueries(Binder *binder, const SqlFrom *from, LogicalPlan *left, LogicalPlan *right,
                                   Expr *condition, LogicalPlan **out) {
  if (from->join.kind == SQL_JOIN_INNER) {
    TRY(plan_make_cross(&binder->planner, left, right, out));
    TRY(lift_subqueries(&binder->planner, out, &condition));
    return plan_make_filter(&binder->planner, *out, condition, out);
  }
  bool both = from->join.kind == SQL_JOIN_FULL;
  ExprList conjuncts = {0}, plain = {0};
  TRY(split_conjuncts(&binder->planner, condition, &conjuncts));
  for (uint32_t i = 0; i < conjuncts.count; i++) {
    Expr *expr = conjuncts.items[i];
    bool lifted = false;
    if (expr_has_kind(expr, EXPR_SUBQUERY)) TRY(lift_on_sides(binder, &left, &right, expr, &lifted));
    if (!lifted && expr_has_kind(expr, EXPR_SUBQUERY)) {
      bool left_side =
          from->join.kind == SQL_JOIN_RIGHT || (from->join.kind == SQL_JOIN_SEMI && !expr_uses_plan(expr, right));
      LogicalPlan **side = left_side ? &left : &right;
      if (both || expr_uses_plan(expr, left_side ? right : left)) {
        return error_set(binder->error, ERROR_NOT_IMPLEMENTED, expr->position,
                         "Cannot perform non-inner join on subquery!");
      }
      TRY(lift_subqueries(&binder->planner, side, &expr));
      TRY(plan_make_filter(&binder->planner, *side, expr, side));
      continue;
    }
    ARENA_PUSH(binder->arena, binder->error, &plain, expr);
  }
  TRY(plan_make_join(&binder->planner, join_kind(from->join.kind), left, right, out));
  for (uint32_t i = 0; i < plain.count; i++) TRY(plan_join_add_condition(&binder->planner, *out, plain.items[i]));
  return OK;
}

static Status make_join(Binder *binder, const SqlFrom *from, LogicalPlan *left, LogicalPlan *right, Expr *condition,
                        LogicalPlan **out) {
  Planner *planner = &binder->planner;
  if (from->join.form == SQL_JOIN_POSITIONAL) {
    TRY(plan_make(planner, LOGICAL_POSITIONAL, left, right, out));
    return plan_update_columns(planner, *out);
  }
  ExprList used = {0};
  TRY(plan_free_columns(planner, right, left, &used));
  if (used.count) {
    if (from->join.kind != SQL_JOIN_INNER && from->join.kind != SQL_JOIN_LEFT) {
      return error_set(binder->error, ERROR_BINDER, from->position,
                       "The combining JOIN type must be INNER or LEFT for a LATERAL reference");
    }
    return make_dependent_join(planner, join_kind(from->join.kind), left, right, condition, out);
  }
  if (from->join.form == SQL_JOIN_ASOF) return make_asof(binder, from, left, right, condition, out);
  if (condition && expr_has_kind(condition, EXPR_SUBQUERY)) {
    return join_with_subqueries(binder, from, left, right, condition, out);
  }
  if (!condition && from->join.kind == SQL_JOIN_INNER) return plan_make_cross(planner, left, right, out);
  TRY(plan_make_join(planner, join_kind(from->join.kind), left, right, out));
  return condition ? plan_join_add_condition(planner, *out, condition) : OK;
}

static Status bind_join(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  Scope left = {.outer = scope->outer, .ctes = scope->ctes, .join_side = scope->join_side};
  LogicalPlan *left_plan, *right_plan;
  TRY(bind_from(binder, from->join.left, &left, &left_plan));
  Scope lateral = left;
  Scope right = {.outer = &lateral, .ctes = scope->ctes, .join_side = true};
  TRY(bind_from(binder, from->join.right, &right, &right_plan));
  Expr *condition = NULL;
  bool semi = from->join.kind == SQL_JOIN_SEMI || from->join.kind == SQL_JOIN_ANTI;
  SqlNameList columns = from->join.using_columns;
  if (from->join.form == SQL_JOIN_NATURAL) TRY(natural_columns(binder, &left, &right, &columns));
  for (uint32_t i = 0; i < columns.count; i++) {
    bool nearest = from->join.form == SQL_JOIN_ASOF && i + 1 == columns.count;
    TRY(add_using(binder, from, &left, &right, columns.items[i], nearest ? COMPARE_GREATER_EQUAL : COMPARE_EQUAL,
                  &condition));
  }
  Scope both = {.outer = scope->outer, .ctes = scope->ctes};
  TRY(merge_scope(binder, &both, &left));
  TRY(merge_scope(binder, &both, &right));
  if (from->join.condition) {
    ExprBinder names = expr_binder(binder, &both, "JOIN clause");
    TRY(bind_condition(&names, from->join.condition, &condition));
    TRY(bind_literal_types(binder, &condition));
  }
  TRY(make_join(binder, from, left_plan, right_plan, condition, out));
  return merge_scope(binder, scope, semi ? &left : &both);
}

// ---------------------------------------------------------------------------------------------------------------------
// All kinds
// ---------------------------------------------------------------------------------------------------------------------

Status apply_sample(Binder *binder, const SqlSample *sample, LogicalPlan **plan) {
  if (!sample) return OK;
  Value size;
  TRY(bind_literal_value(binder, sample->size, "SAMPLE", &size));
  if (size.is_null) return error_set(binder->error, ERROR_BINDER, sample->size->position, "Sample size cannot be NULL");
  TRY(value_cast(binder->arena, &size, TYPE(DOUBLE), &size, binder->error));
  if (sample->percent && !(size.f64 >= 0 && size.f64 <= 100)) {
    return error_set(binder->error, ERROR_BINDER, sample->size->position,
                     "Sample sample_size %d out of range, must be between 0 and 100", (int)size.f64);
  }
  if (!sample->percent && !(size.f64 >= 0)) {
    return error_set(binder->error, ERROR_BINDER, sample->size->position, "Sample size cannot be negative");
  }
  TRY(plan_make(&binder->planner, LOGICAL_SAMPLE, *plan, NULL, plan));
  SampleNode *node = &(*plan)->sample;
  node->percent = sample->percent;
  node->amount = size.f64;
  node->seed = sample->has_seed ? sample->seed : -1;
  switch (sample->method) {
    case SQL_SAMPLE_SYSTEM:
      node->method = SAMPLE_SYSTEM;
      break;
    case SQL_SAMPLE_BERNOULLI:
      node->method = SAMPLE_BERNOULLI;
      break;
    case SQL_SAMPLE_RESERVOIR:
      node->method = SAMPLE_RESERVOIR;
      break;
    default:
      node->method = sample->percent ? SAMPLE_SYSTEM : SAMPLE_RESERVOIR;
      break;
  }
  if (!sample->percent && node->method != SAMPLE_RESERVOIR) {
    return error_set(binder->error, ERROR_PARSER, -1,
                     "Sample method %s cannot be used with a discrete sample count, either switch to reservoir "
                     "sampling or use a sample_size",
                     node->method == SAMPLE_SYSTEM ? "System" : "Bernoulli");
  }
  return plan_update_columns(&binder->planner, *plan);
}

// A subquery without a name is unnamed_subquery, unnamed_subquery2 …; which number, the tables to its left decide.
static Status unnamed_alias(Binder *binder, const Scope *scope, Str *alias) {
  uint32_t number = 1;
  const Scope *lateral = scope->join_side ? scope->outer : NULL;
  for (uint32_t i = 0; lateral && i < lateral->tables.count; i++) {
    Str name = lateral->tables.items[i]->alias;
    if (name.data && str_starts_with(name, STR("unnamed_subquery"))) number++;
  }
  if (number == 1) {
    *alias = STR("unnamed_subquery");
    return OK;
  }
  return str_format(binder->arena, binder->error, alias, "unnamed_subquery%u", number);
}

Status bind_from(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) {
  if (!from) return plan_make_dummy(&binder->planner, out);
  switch (from->kind) {
    case SQL_FROM_TABLE:
      TRY(bind_table(binder, from, scope, out));
      break;
    case SQL_FROM_FUNCTION:
      TRY(bind_table_function(binder, from, scope, out));
      break;
    case SQL_FROM_SUBQUERY: {
      BoundQuery query;
      TRY(bind_query(binder, from->subquery.query, scope->outer, scope->ctes, &query));
      *out = query.plan;
      Str alias = from->alias;
      if (!alias.data) TRY(unnamed_alias(binder, scope, &alias));
      TRY(scope_add_plan(binder, scope, query.plan, query.names, alias, &from->column_aliases, NULL));
      break;
    }
    case SQL_FROM_JOIN:
      TRY(bind_join(binder, from, scope, out));
      break;
    case SQL_FROM_PIVOT:
    case SQL_FROM_UNPIVOT:
      TRY(bind_pivot(binder, from, scope, out));
      break;
  }
  return apply_sample(binder, from->sample, out);
}
