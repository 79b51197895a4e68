// SPDX-License-Identifier: MIT
//
// bind_star.c: *, t.*, EXCLUDE, REPLACE, RENAME and COLUMNS(…).
//
// A star becomes a list of BoundColumns: syntax nodes that carry the column they mean, so that what is around them is bound as usual. An
// expression with COLUMNS inside becomes one copy of the expression for each column.
#include "plan/binder.h"

static Status make_bound_column(Binder *binder, Expr *expr, Str name, int32_t position, SqlExpr **out) {
  BoundColumn *column;
  ARENA_NEW(binder->arena, binder->error, column);
  column->base.kind = SQL_EXPR_COLUMN;
  column->base.height = 1;
  column->base.position = position;
  column->base.end = BOUND_COLUMN_END;
  ARENA_NEW_ARRAY(binder->arena, binder->error, column->base.column.items, 1);
  column->base.column.items[0] = name;
  column->base.column.count = 1;
  column->base.column.capacity = 1;
  column->expr = expr;
  *out = &column->base;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The columns of a star
// ---------------------------------------------------------------------------------------------------------------------

// Does a possibly qualified name in EXCLUDE or RENAME mean this column?
static bool path_means(const SqlPath *path, const ScopeTable *table, Str column) {
  if (!str_equal_nocase(path->items[path->count - 1], column)) return false;
  if (path->count == 1) return true;
  if (!table->alias.data || !str_equal_nocase(path->items[path->count - 2], table->alias)) return false;
  return path->count == 2 || (table->schema.data && str_equal_nocase(path->items[path->count - 3], table->schema));
}

typedef struct StarUse {
  bool *excludes; // which elements of the lists met a column
  bool *replaces;
  bool *renames;
} StarUse;

static const UsingColumn *using_shown_at(const Scope *scope, const ScopeTable *table, uint32_t index) {
  for (uint32_t i = 0; i < scope->usings.count; i++) {
    const UsingColumn *column = &scope->usings.items[i];
    if (column->owner == table && column->owner_column == index) return column;
  }
  return NULL;
}

static Status expand_table(Binder *binder, Scope *scope, const SqlExpr *expr, ScopeTable *table, bool qualified,
                           StarUse *use, SqlExprList *out) {
  const SqlStar *star = &expr->star;
  for (uint32_t i = 0; i < table->count; i++) {
    Str name = table->names[i];
    bool excluded = !qualified && table->hidden && table->hidden[i];
    for (uint32_t k = 0; k < star->excludes.count; k++) {
      if (!path_means(&star->excludes.items[k], table, name)) continue;
      excluded = use->excludes[k] = true;
    }
    if (excluded) continue;
    SqlExpr *item = NULL;
    for (uint32_t k = 0; k < star->replaces.count; k++) {
      if (!str_equal_nocase(star->replaces.items[k]->alias, name)) continue;
      item = star->replaces.items[k];
      use->replaces[k] = true;
    }
    if (!item) {
      const UsingColumn *shared = qualified ? NULL : using_shown_at(scope, table, i);
      Expr *column;
      if (shared) {
        TRY_NEW(binder, column, expr_copy(binder->arena, shared->expr));
      } else {
        TRY(scope_table_column(binder, table, i, expr->position, &column));
      }
      TRY(make_bound_column(binder, column, name, expr->position, &item));
      for (uint32_t k = 0; k < star->renames.count; k++) {
        if (!path_means(&star->renames.items[k].column, table, name)) continue;
        item->alias = star->renames.items[k].name;
        use->renames[k] = true;
      }
    }
    ARENA_PUSH(binder->arena, binder->error, out, item);
  }
  return OK;
}

static Status expand_plain_star(Binder *binder, Scope *scope, const SqlExpr *expr, SqlExprList *out) {
  const SqlStar *star = &expr->star;
  StarUse use;
  ARENA_NEW_ARRAY(binder->arena, binder->error, use.excludes, star->excludes.count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, use.replaces, star->replaces.count);
  ARENA_NEW_ARRAY(binder->arena, binder->error, use.renames, star->renames.count);
  if (star->relation.count) {
    ScopeTable *table = scope_find_table(scope, &star->relation, star->relation.count);
    if (!table) {
      // s.*: the fields of a struct column
      SqlExpr column = {.kind = SQL_EXPR_COLUMN, .height = 1, .position = expr->position, .end = -1};
      column.column = star->relation;
      ExprBinder names = expr_binder(binder, scope, "SELECT list");
      Expr *value;
      TRY(scope_find_column(&names, &column, &value));
      if (!value || value->type.id != TYPE_STRUCT) {
        return table_not_found(binder, scope, &star->relation, star->relation.count, -1);
      }
      for (uint32_t i = 0; i < value->type.info->count; i++) {
        Str name = value->type.info->names ? value->type.info->names[i] : (Str){"", 0};
        bool excluded = false;
        for (uint32_t k = 0; k < star->excludes.count; k++) {
          if (str_equal_nocase(star->excludes.items[k].items[star->excludes.items[k].count - 1], name)) {
            excluded = use.excludes[k] = true;
          }
        }
        if (excluded) continue;
        Expr *field, *copy;
        SqlExpr *item;
        TRY_NEW(binder, copy, expr_copy(binder->arena, value));
        TRY(bind_field(&names, copy, name, expr->position, &field));
        TRY(make_bound_column(binder, field, name, expr->position, &item));
        for (uint32_t k = 0; k < star->renames.count; k++) {
          const SqlPath *path = &star->renames.items[k].column;
          if (!str_equal_nocase(path->items[path->count - 1], name)) continue;
          item->alias = star->renames.items[k].name;
          use.renames[k] = true;
        }
        for (uint32_t k = 0; k < star->replaces.count; k++) {
          if (!str_equal_nocase(star->replaces.items[k]->alias, name)) continue;
          item = star->replaces.items[k];
          use.replaces[k] = true;
        }
        ARENA_PUSH(binder->arena, binder->error, out, item);
      }
    } else {
      TRY(expand_table(binder, scope, expr, table, true, &use, out));
    }
  } else {
    if (scope->tables.count == 0) {
      return error_set(binder->error, ERROR_BINDER, -1, "* expression without FROM clause!");
    }
    for (uint32_t i = 0; i < scope->tables.count; i++) {
      TRY(expand_table(binder, scope, expr, scope->tables.items[i], false, &use, out));
    }
  }
  for (uint32_t k = 0; k < star->excludes.count; k++) {
    if (use.excludes[k]) continue;
    const SqlPath *path = &star->excludes.items[k];
    return error_set(
        binder->error, ERROR_BINDER, -1, "Column \"%.*s\" in EXCLUDE list not found in %.*s",
        STR_ARG(path->items[path->count - 1]),
        STR_ARG(star->relation.count ? star->relation.items[star->relation.count - 1] : STR("FROM clause")));
  }
  for (uint32_t k = 0; k < star->replaces.count; k++) {
    if (use.replaces[k]) continue;
    return error_set(
        binder->error, ERROR_BINDER, -1, "Column \"%.*s\" in REPLACE list not found in %.*s",
        STR_ARG(star->replaces.items[k]->alias),
        STR_ARG(star->relation.count ? star->relation.items[star->relation.count - 1] : STR("FROM clause")));
  }
  for (uint32_t k = 0; k < star->renames.count; k++) {
    if (use.renames[k]) continue;
    const SqlPath *path = &star->renames.items[k].column;
    return error_set(
        binder->error, ERROR_BINDER, -1, "Column \"%.*s\" in RENAME list not found in %.*s",
        STR_ARG(path->items[path->count - 1]),
        STR_ARG(star->relation.count ? star->relation.items[star->relation.count - 1] : STR("FROM clause")));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// COLUMNS('regex'), COLUMNS(x -> …), COLUMNS(['a', 'b'])
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ParameterValue {
  Binder *binder;
  Str name;
  Str value;
} ParameterValue;

static Status put_parameter(SqlVisitor *visitor, SqlExpr **slot) {
  const ParameterValue *parameter = visitor->context;
  Binder *binder = parameter->binder;
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_COLUMN && expr->column.count == 1 &&
      str_equal_nocase(expr->column.items[0], parameter->name)) {
    SqlExpr *literal;
    ARENA_NEW(binder->arena, binder->error, literal);
    literal->kind = SQL_EXPR_LITERAL;
    literal->height = 1;
    literal->alias = expr->alias;
    literal->position = expr->position;
    literal->end = expr->end;
    literal->literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = parameter->value};
    *slot = literal;
    return OK;
  }
  return sql_visit_expr_children(visitor, expr);
}

static Status lambda_accepts(Binder *binder, const SqlExpr *lambda, Str name, bool *accepted) {
  SqlExpr *body;
  TRY(sql_copy_expr(binder->arena, lambda->lambda.body, &body, binder->error));
  if (lambda->lambda.parameters.count == 0) {
    return error_set(binder->error, ERROR_BINDER, lambda->position, "COLUMNS requires a lambda with one parameter");
  }
  ParameterValue parameter = {binder, lambda->lambda.parameters.items[0], name};
  SqlVisitor visitor = {.expr = put_parameter, .context = &parameter, .error = binder->error};
  TRY(sql_visit_expr(&visitor, &body));
  ExprBinder names = expr_binder(binder, NULL, "COLUMNS");
  Expr *condition;
  TRY(bind_condition(&names, body, &condition));
  Value value;
  TRY(evaluate_constant(binder, condition, &value));
  *accepted = !value.is_null && value.boolean;
  return OK;
}

static Status regex_accepts(Binder *binder, Str regex, Str name, bool *accepted) {
  Expr *arguments[2], *call;
  TRY_NEW(binder, arguments[0], expr_constant(binder->arena, value_text(name)));
  TRY_NEW(binder, arguments[1], expr_constant(binder->arena, value_text(regex)));
  TRY(make_call(&binder->planner, "regexp_matches", arguments, 2, &call));
  Value value;
  TRY(evaluate_constant(binder, call, &value));
  *accepted = !value.is_null && value.boolean;
  return OK;
}

// COLUMNS('(a)') AS 'p_\1'; \0 is the whole name
static Status alias_from_regex(Binder *binder, Str regex, Str name, Str pattern, Str *alias) {
  *alias = pattern;
  size_t at;
  if (!str_find(pattern, STR("\\"), &at)) return OK;
  Str anchored;
  TRY(str_format(binder->arena, binder->error, &anchored, "^.*?%.*s.*$", STR_ARG(regex)));
  Expr *arguments[3], *call;
  TRY_NEW(binder, arguments[0], expr_constant(binder->arena, value_text(name)));
  TRY_NEW(binder, arguments[1], expr_constant(binder->arena, value_text(anchored)));
  TRY_NEW(binder, arguments[2], expr_constant(binder->arena, value_text(pattern)));
  TRY(make_call(&binder->planner, "regexp_replace", arguments, 3, &call));
  Value value;
  TRY(evaluate_constant(binder, call, &value));
  *alias = value.text;
  return OK;
}

static Str item_name(const SqlExpr *item) {
  return item->alias.data                ? item->alias
         : item->kind == SQL_EXPR_COLUMN ? item->column.items[item->column.count - 1]
                                         : (Str){"", 0};
}

// COLUMNS(x -> …) is in the tree what DuckDB makes of it: COLUMNS(list_filter(*, x -> …)).
static const SqlExpr *filter_of(const SqlExpr *by) {
  if (by && by->kind == SQL_EXPR_FUNCTION && str_equal_nocase(by->function.name.name, STR("list_filter")) &&
      by->function.arguments.count == 2 && by->function.arguments.items[0]->kind == SQL_EXPR_STAR &&
      by->function.arguments.items[1]->kind == SQL_EXPR_LAMBDA) {
    return by->function.arguments.items[1];
  }
  return by;
}

static bool find_name(const Value *list, Str name) {
  for (uint32_t i = 0; i < list->nested.count; i++) {
    if (str_equal_nocase(list->nested.items[i].text, name)) return true;
  }
  return false;
}

// Each name of COLUMNS(['a', 'b']) must be one of the columns, whose order is theirs.
static Status check_names(Binder *binder, const SqlExpr *star, const Value *list, const SqlExprList *all) {
  for (uint32_t k = 0; k < list->nested.count; k++) {
    const Value *name = &list->nested.items[k];
    if (name->is_null) {
      return error_set(binder->error, ERROR_BINDER, star->position,
                       "Columns expression does not support NULL input parameters");
    }
    uint32_t i = 0;
    while (i < all->count && !str_equal_nocase(item_name(all->items[i]), name->text)) i++;
    if (i == all->count) {
      return error_set(binder->error, ERROR_BINDER, star->position,
                       "Column \"%.*s\" was selected but was not found in the FROM clause", STR_ARG(name->text));
    }
  }
  return OK;
}

static Status filter_columns(Binder *binder, const SqlExpr *star, const SqlExprList *all, SqlExprList *out) {
  const SqlExpr *by = filter_of(star->star.columns);
  if (!by) {
    *out = *all;
    return OK;
  }
  if (by->kind == SQL_EXPR_LAMBDA) {
    for (uint32_t i = 0; i < all->count; i++) {
      bool accepted = false;
      TRY(lambda_accepts(binder, by, item_name(all->items[i]), &accepted));
      if (!accepted) continue;
      ARENA_PUSH(binder->arena, binder->error, out, all->items[i]);
    }
  } else {
    ExprBinder names = expr_binder(binder, NULL, "COLUMNS");
    Expr *expr;
    TRY(bind_expr(&names, by, &expr));
    TRY(bind_literal_types(binder, &expr));
    Value value;
    TRY(evaluate_constant(binder, expr, &value));
    if (value.is_null || (value.type.id != TYPE_VARCHAR && value.type.id != TYPE_LIST)) {
      return error_set(binder->error, ERROR_BINDER, star->position,
                       "COLUMNS expects a regular expression, a lambda or a list of names");
    }
    if (value.type.id == TYPE_VARCHAR) {
      for (uint32_t i = 0; i < all->count; i++) {
        bool accepted = false;
        TRY(regex_accepts(binder, value.text, item_name(all->items[i]), &accepted));
        if (!accepted) continue;
        ARENA_PUSH(binder->arena, binder->error, out, all->items[i]);
      }
      if (!out->count) return no_column_matches(binder, star->position, value.text, all);
    } else {
      TRY(check_names(binder, star, &value, all));
      for (uint32_t i = 0; i < all->count; i++) {
        if (find_name(&value, item_name(all->items[i]))) ARENA_PUSH(binder->arena, binder->error, out, all->items[i]);
      }
    }
  }
  if (out->count) return OK;
  TextBuilder text;
  text_init(&text, binder->arena->memory);
  sql_print_expr(&text, star);
  Status status = error_set(binder->error, ERROR_BINDER, star->position,
                            "Star expression \"%.*s\" resulted in an empty set of columns", STR_ARG(text_str(&text)));
  text_free(&text);
  return status;
}

Status expand_star(Binder *binder, Scope *scope, const SqlExpr *star, SqlExprList *out) {
  const SqlExpr *by = star->star.columns;
  if (star->star.is_columns && by && by->kind == SQL_EXPR_STAR) return expand_star(binder, scope, by, out);
  if (!star->star.is_columns || !by) return expand_plain_star(binder, scope, star, out);
  SqlExprList all = {0};
  const SqlExpr *inner = filter_of(by) != by ? by->function.arguments.items[0] : star;
  TRY(expand_plain_star(binder, scope, inner, &all));
  return filter_columns(binder, star, &all, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Stars inside expressions
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StarSearch {
  const SqlExpr *star; // the first
  bool different;
} StarSearch;

static bool is_plain_star(const SqlExpr *expr) { return expr->kind == SQL_EXPR_STAR && !expr->star.is_columns; }

static Status star_within(Error *error) {
  return error_set(error, ERROR_BINDER, -1,
                   "STAR expression is only allowed as the root element of an expression. Use COLUMNS(*) instead.");
}

static Status search_star(SqlVisitor *visitor, SqlExpr **slot) {
  StarSearch *search = visitor->context;
  const SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_SUBQUERY) return OK; // has a scope of its own
  if (expr->kind == SQL_EXPR_OPERATOR && expr->operation.op == SQL_OPERATOR_UNPACK) return OK;
  if (expr->kind == SQL_EXPR_FUNCTION && expr->function.distinct && expr->function.arguments.count &&
      is_plain_star(expr->function.arguments.items[0])) {
    return star_within(visitor->error);
  }
  if (expr->kind == SQL_EXPR_STAR) {
    if (!search->star) {
      search->star = expr;
    } else if (!sql_expr_equal(search->star, expr)) {
      search->different = true;
    }
    return OK;
  }
  return sql_visit_expr_children(visitor, *slot);
}

static Status find_star(const SqlExpr *expr, StarSearch *search, Error *error) {
  SqlVisitor visitor = {.expr = search_star, .context = search, .error = error};
  SqlExpr *slot = (SqlExpr *)(uintptr_t)expr;
  return sql_visit_expr(&visitor, &slot);
}

bool contains_star(const SqlExpr *expr) {
  StarSearch search = {0};
  Error ignored;
  return find_star(expr, &search, &ignored) == OK && search.star;
}

static Status put_column(SqlVisitor *visitor, SqlExpr **slot) {
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_SUBQUERY) return OK;
  if (expr->kind == SQL_EXPR_OPERATOR && expr->operation.op == SQL_OPERATOR_UNPACK) return OK;
  if (expr->kind == SQL_EXPR_STAR) {
    *slot = visitor->context;
    return OK;
  }
  return sql_visit_expr_children(visitor, expr);
}

static bool has_unpack(const SqlExpr *expr);

typedef struct UnpackSearch {
  bool found;
} UnpackSearch;
static Status search_unpack(SqlVisitor *visitor, SqlExpr **slot) {
  UnpackSearch *search = visitor->context;
  if ((*slot)->kind == SQL_EXPR_SUBQUERY) return OK;
  if ((*slot)->kind == SQL_EXPR_OPERATOR && (*slot)->operation.op == SQL_OPERATOR_UNPACK) search->found = true;
  return sql_visit_expr_children(visitor, *slot);
}
static bool has_unpack(const SqlExpr *expr) {
  UnpackSearch search = {0};
  SqlVisitor visitor = {.expr = search_unpack, .context = &search};
  SqlExpr *slot = (SqlExpr *)(uintptr_t)expr;
  return sql_visit_expr(&visitor, &slot) == OK && search.found;
}

typedef struct Unpacking {
  Binder *binder;
  Scope *scope;
} Unpacking;

static Status unpack_list(Unpacking *unpacking, SqlExprList *list, bool named) {
  Binder *binder = unpacking->binder;
  SqlExprList expanded = {0};
  bool any = false;
  for (uint32_t i = 0; i < list->count; i++) {
    SqlExpr *item = list->items[i];
    if (item->kind != SQL_EXPR_OPERATOR || item->operation.op != SQL_OPERATOR_UNPACK) {
      ARENA_PUSH(binder->arena, binder->error, &expanded, item);
      continue;
    }
    any = true;
    const SqlExpr *inner = item->operation.children.items[0];
    StarSearch search = {0};
    TRY(find_star(inner, &search, binder->error));
    if (!search.star)
      return error_set(binder->error, ERROR_BINDER, item->position, "*COLUMNS() can not be used in this place");
    SqlExprList columns = {0};
    TRY(expand_star(binder, unpacking->scope, search.star, &columns));
    for (uint32_t k = 0; k < columns.count; k++) {
      SqlExpr *copy;
      TRY(sql_copy_expr(binder->arena, inner, &copy, binder->error));
      SqlVisitor visitor = {.expr = put_column, .context = columns.items[k], .error = binder->error};
      TRY(sql_visit_expr(&visitor, &copy));
      if (named && !copy->alias.data) copy->alias = item_name(columns.items[k]);
      ARENA_PUSH(binder->arena, binder->error, &expanded, copy);
    }
  }
  if (any) *list = expanded;
  return OK;
}

static Status unpack_calls(SqlVisitor *visitor, SqlExpr **slot) {
  SqlExpr *expr = *slot;
  if (expr->kind == SQL_EXPR_SUBQUERY) return OK;
  TRY(sql_visit_expr_children(visitor, expr));
  if (expr->kind == SQL_EXPR_FUNCTION) {
    return unpack_list(visitor->context, &expr->function.arguments,
                       str_equal_nocase(expr->function.name.name, STR("struct_pack")));
  }
  if (expr->kind == SQL_EXPR_OPERATOR) return unpack_list(visitor->context, &expr->operation.children, false);
  return OK;
}

static bool is_regex_filter(const SqlExpr *item) {
  return str_equal_nocase(item->function.name.name, STR("regexp_full_match"));
}

static bool is_escaped_match(Str name) {
  Str end = STR("like_escape"); // not_like_escape, ilike_escape …
  return name.length >= end.length && str_equal((Str){name.data + name.length - end.length, end.length}, end);
}

// * LIKE 'a%': the columns whose name it holds for. * SIMILAR TO 'a' is COLUMNS('a').
static bool is_star_filter(const SqlExpr *item) {
  if (item->kind == SQL_EXPR_OPERATOR && item->operation.op == SQL_OPERATOR_NOT) {
    return is_star_filter(item->operation.children.items[0]);
  }
  return item->kind == SQL_EXPR_FUNCTION && item->function.arguments.count >= 2 &&
         is_plain_star(item->function.arguments.items[0]) &&
         (item->function.is_operator || is_regex_filter(item) || is_escaped_match(item->function.name.name));
}

static Status expand_star_filter(Binder *binder, Scope *scope, const SqlExpr *item, SqlExprList *out) {
  SqlExprList all = {0};
  bool negated = false;
  Str alias = item->alias;
  for (; item->kind == SQL_EXPR_OPERATOR; negated = !negated) item = item->operation.children.items[0];
  Str match = item->function.name.name; // LIKE and its kin are ~~, !~~* and so on
  if (item->function.is_operator && match.data[0] != '~' && match.data[0] != '!') {
    return error_set(binder->error, ERROR_BINDER, item->position,
                     "Function \"%.*s\" cannot be applied to a star expression", STR_ARG(match));
  }
  TRY(expand_star(binder, scope, item->function.arguments.items[0], &all));
  uint32_t before = out->count;
  Value regex = {.text = STR("")};
  if (is_regex_filter(item)) {
    const SqlExpr *pattern = item->function.arguments.items[1];
    if (pattern->kind == SQL_EXPR_COLUMN)
      return error_set(binder->error, ERROR_BINDER, -1, "Pattern applied to a star expression must be a constant");
    TRY(bind_literal_value(binder, pattern, "SELECT list", &regex));
  }
  for (uint32_t i = 0; i < all.count; i++) {
    SqlExpr name = {.kind = SQL_EXPR_LITERAL, .height = 1, .position = item->position, .end = -1};
    name.literal = (SqlLiteral){.kind = SQL_LITERAL_STRING, .text = item_name(all.items[i])};
    SqlExpr call = *item;
    call.function.arguments = (SqlExprList){0};
    ARENA_PUSH(binder->arena, binder->error, &call.function.arguments, &name);
    for (uint32_t k = 1; k < item->function.arguments.count; k++) {
      ARENA_PUSH(binder->arena, binder->error, &call.function.arguments, item->function.arguments.items[k]);
    }
    Value accepted = value_boolean(false);
    if (is_regex_filter(item)) {
      TRY(regex_accepts(binder, regex.text, name.literal.text, &accepted.boolean));
    } else {
      TRY(bind_literal_value(binder, &call, "SELECT list", &accepted));
    }
    if (accepted.is_null || accepted.boolean == negated) continue;
    if (alias.data) TRY(alias_from_regex(binder, regex.text, name.literal.text, alias, &all.items[i]->alias));
    ARENA_PUSH(binder->arena, binder->error, out, all.items[i]);
  }
  if (out->count > before) return OK;
  if (regex.text.length && !negated) return no_column_matches(binder, item->position, regex.text, &all);
  return error_set(binder->error, ERROR_BINDER, item->position, "No matching columns found that match the pattern");
}

// The alias of an expression around COLUMNS(…), for one of its columns.
static Status alias_of_columns(Binder *binder, const SqlExpr *star, Str name, Str pattern, Str *alias) {
  const SqlExpr *by = filter_of(star->star.columns);
  Value regex = {.text = STR("")};
  if (by && by->kind == SQL_EXPR_LITERAL) TRY(bind_literal_value(binder, by, "COLUMNS", &regex));
  return alias_from_regex(binder, regex.text, name, pattern, alias);
}

Status expand_items(Binder *binder, Scope *scope, const SqlExprList *items, SqlExprList *out) {
  for (uint32_t i = 0; i < items->count; i++) {
    SqlExpr *item = items->items[i];
    if (is_star_filter(item)) {
      TRY(expand_star_filter(binder, scope, item, out));
      continue;
    }
    if (item->kind == SQL_EXPR_STAR) {
      uint32_t first = out->count;
      TRY(expand_star(binder, scope, item, out));
      // COLUMNS(…) AS x names them all
      for (uint32_t k = first; item->alias.data && k < out->count; k++) {
        SqlExpr *column = out->items[k];
        if (item->star.is_columns) {
          TRY(alias_of_columns(binder, item, item_name(column), item->alias, &column->alias));
        } else if (!column->alias.data) {
          column->alias = item->alias;
        }
      }
      continue;
    }
    if (has_unpack(item)) {
      SqlExpr *copy;
      TRY(sql_copy_expr(binder->arena, item, &copy, binder->error));
      Unpacking unpacking = {binder, scope};
      SqlVisitor visitor = {.expr = unpack_calls, .context = &unpacking, .error = binder->error};
      TRY(sql_visit_expr(&visitor, &copy));
      item = copy;
    }
    StarSearch search = {0};
    TRY(find_star(item, &search, binder->error));
    if (!search.star) {
      ARENA_PUSH(binder->arena, binder->error, out, item);
      continue;
    }
    if (search.different) {
      return error_set(binder->error, ERROR_BINDER, search.star->position,
                       "Multiple different STAR/COLUMNS in the same expression are not supported");
    }
    if (is_plain_star(search.star)) return star_within(binder->error);
    // count(*) and its like are no expansion: the call sees them.
    SqlExprList columns = {0};
    TRY(expand_star(binder, scope, search.star, &columns));
    for (uint32_t k = 0; k < columns.count; k++) {
      SqlExpr *copy;
      TRY(sql_copy_expr(binder->arena, item, &copy, binder->error));
      SqlVisitor visitor = {.expr = put_column, .context = columns.items[k], .error = binder->error};
      TRY(sql_visit_expr(&visitor, &copy));
      Str name = item_name(columns.items[k]);
      if (!copy->alias.data) copy->alias = name;
      if (search.star->star.is_columns) TRY(alias_of_columns(binder, search.star, name, copy->alias, &copy->alias));
      ARENA_PUSH(binder->arena, binder->error, out, copy);
    }
  }
  if (out->count == 0) {
    return error_set(binder->error, ERROR_BINDER, -1, "SELECT list is empty after resolving * expressions!");
  }
  return OK;
}
