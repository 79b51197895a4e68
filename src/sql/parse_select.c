// SPDX-License-Identifier: MIT
//
// parse_select.c: queries. SELECT, FROM-first, VALUES, TABLE, set operations, WITH, ORDER BY and LIMIT, DESCRIBE and SHOW.
#include "sql/parser.h"

// As many as DuckDB allows.
#define GROUPING_SETS_MAX 65535

// ---------------------------------------------------------------------------------------------------------------------
// What starts or continues a query
// ---------------------------------------------------------------------------------------------------------------------

bool parser_starts_query(const Parser *parser, uint32_t ahead) {
  switch (parser_peek(parser, ahead).keyword) {
    case KEYWORD_SELECT:
    case KEYWORD_FROM:
    case KEYWORD_WITH:
    case KEYWORD_TABLE:
    case KEYWORD_PIVOT:
    case KEYWORD_PIVOT_WIDER:
    case KEYWORD_UNPIVOT:
    case KEYWORD_PIVOT_LONGER:
    case KEYWORD_DESCRIBE:
    case KEYWORD_DESC:
    case KEYWORD_SHOW:
    case KEYWORD_SUMMARIZE:
      return true;
    case KEYWORD_VALUES:
      return parser_peek_is(parser, ahead + 1, TOKEN_LEFT_PARENTHESIS);
    default:
      return false;
  }
}

bool parser_continues_query(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_UNION:
    case KEYWORD_EXCEPT:
    case KEYWORD_INTERSECT:
    case KEYWORD_ORDER:
    case KEYWORD_LIMIT:
    case KEYWORD_OFFSET:
    case KEYWORD_FETCH:
      return true;
    default:
      return false;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The select list
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_select_item(Parser *parser, SqlExpr **item) {
  Str prefix = {0};
  if (parser_is_column_id(parser_token(parser)) && parser_peek_is(parser, 1, TOKEN_COLON)) { // x: 42
    TRY(parse_column_id(parser, &prefix));
    parser_advance(parser);
  }
  TRY(parse_expression(parser, item));
  (*item)->alias = prefix;
  if (prefix.data) return OK;
  if (parser_accept_keyword(parser, KEYWORD_AS)) return parse_label_or_string(parser, &(*item)->alias);
  // Without AS only what is no keyword.
  if (parser_is(parser, TOKEN_IDENTIFIER) || parser_is(parser, TOKEN_QUOTED_IDENTIFIER)) {
    return parse_column_id(parser, &(*item)->alias);
  }
  return OK;
}

Status parse_select_items(Parser *parser, SqlExprList *items) {
  do {
    bool more = parser_starts_expression(parser, 0) || parser_is(parser, TOKEN_STAR);
    if (items->count > 0 && !more) return OK; // a trailing comma
    SqlExpr *item;
    TRY(parse_select_item(parser, &item));
    ARENA_PUSH(parser->arena, parser->error, items, item);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// GROUP BY
// ---------------------------------------------------------------------------------------------------------------------

typedef ARENA_LIST(SqlGroupingSet) GroupingSets;

// Adds an index to a set, which stays sorted and without duplicates.
static Status set_add(Parser *parser, SqlGroupingSet *set, uint32_t index) {
  uint32_t at = 0;
  while (at < set->count && set->items[at] < index) at++;
  if (at < set->count && set->items[at] == index) return OK;
  ARENA_PUSH(parser->arena, parser->error, set, index);
  for (uint32_t i = set->count - 1; i > at; i--) set->items[i] = set->items[i - 1];
  set->items[at] = index;
  return OK;
}

static Status set_union(Parser *parser, const SqlGroupingSet *a, const SqlGroupingSet *b, SqlGroupingSet *both) {
  *both = (SqlGroupingSet){.capacity = a->count + b->count};
  ARENA_NEW_ARRAY(parser->arena, parser->error, both->items, both->capacity);
  uint32_t i = 0, k = 0;
  while (i < a->count || k < b->count) {
    bool from_a = k == b->count || (i < a->count && a->items[i] <= b->items[k]);
    uint32_t index = from_a ? a->items[i] : b->items[k];
    i += i < a->count && a->items[i] == index;
    k += k < b->count && b->items[k] == index;
    both->items[both->count++] = index;
  }
  return OK;
}

static Status sets_add(Parser *parser, GroupingSets *sets, SqlGroupingSet set) {
  if (sets->count >= GROUPING_SETS_MAX) {
    return error_set(parser->error, ERROR_PARSER, -1, "Maximum grouping set count of %d exceeded", GROUPING_SETS_MAX);
  }
  ARENA_PUSH(parser->arena, parser->error, sets, set);
  return OK;
}

static Status group_expression(Parser *parser, SqlGroupBy *group_by, SqlExpr *expr, SqlGroupingSet *set) {
  for (uint32_t i = 0; i < group_by->exprs.count; i++) {
    if (sql_expr_equal(group_by->exprs.items[i], expr)) return set_add(parser, set, i);
  }
  ARENA_PUSH(parser->arena, parser->error, &group_by->exprs, expr);
  return set_add(parser, set, group_by->exprs.count - 1);
}

// One expression, or several in parentheses, as one set.
static Status parse_group_expression(Parser *parser, SqlGroupBy *group_by, SqlGroupingSet *set) {
  SqlExpr *expr;
  TRY(parse_expression(parser, &expr));
  bool row = expr->kind == SQL_EXPR_FUNCTION && str_equal(expr->function.name.name, STR("row")) &&
             str_equal(expr->function.name.schema, MAIN_SCHEMA);
  if (!row) return group_expression(parser, group_by, expr, set);
  for (uint32_t i = 0; i < expr->function.arguments.count; i++) {
    TRY(group_expression(parser, group_by, expr->function.arguments.items[i], set));
  }
  return OK;
}

// The elements of ROLLUP (…) and CUBE (…).
static Status parse_group_elements(Parser *parser, SqlGroupBy *group_by, GroupingSets *elements) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS) && elements->count > 0) break;
    SqlGroupingSet set = {0};
    TRY(parse_group_expression(parser, group_by, &set));
    TRY(sets_add(parser, elements, set));
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status build_rollup(Parser *parser, const GroupingSets *elements, GroupingSets *sets) {
  SqlGroupingSet current = {0};
  TRY(sets_add(parser, sets, current));
  for (uint32_t i = 0; i < elements->count; i++) {
    SqlGroupingSet next;
    TRY(set_union(parser, &current, &elements->items[i], &next));
    current = next;
    TRY(sets_add(parser, sets, current));
  }
  return OK;
}

// All subsets of the elements, the empty one first.
static Status build_cube(Parser *parser, const GroupingSets *elements, GroupingSets *sets) {
  uint32_t first = sets->count;
  TRY(sets_add(parser, sets, (SqlGroupingSet){0}));
  for (uint32_t i = 0; i < elements->count; i++) {
    uint32_t before = sets->count;
    for (uint32_t k = first; k < before; k++) {
      SqlGroupingSet with;
      TRY(set_union(parser, &sets->items[k], &elements->items[i], &with));
      TRY(sets_add(parser, sets, with));
    }
  }
  return OK;
}

static Status parse_group_item(Parser *parser, SqlGroupBy *group_by, GroupingSets *sets);

static Status parse_grouping_sets(Parser *parser, SqlGroupBy *group_by, GroupingSets *sets) {
  TRY(parser_enter(parser));
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS) && sets->count > 0) break;
    TRY(parse_group_item(parser, group_by, sets));
  } while (parser_accept(parser, TOKEN_COMMA));
  parser_leave(parser);
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// Appends the sets of one element of GROUP BY.
static Status parse_group_item(Parser *parser, SqlGroupBy *group_by, GroupingSets *sets) {
  GroupingSets elements = {0};
  bool before_parenthesis = parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  if (parser_is_keyword(parser, KEYWORD_ROLLUP) && before_parenthesis) {
    parser_advance(parser);
    TRY(parse_group_elements(parser, group_by, &elements));
    return build_rollup(parser, &elements, sets);
  }
  if (parser_is_keyword(parser, KEYWORD_CUBE) && before_parenthesis) {
    parser_advance(parser);
    TRY(parse_group_elements(parser, group_by, &elements));
    return build_cube(parser, &elements, sets);
  }
  if (parser_accept_keywords(parser, KEYWORD_GROUPING, KEYWORD_SETS))
    return parse_grouping_sets(parser, group_by, sets);
  SqlGroupingSet set = {0};
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS) && parser_peek_is(parser, 1, TOKEN_RIGHT_PARENTHESIS)) {
    parser_advance(parser);
    parser_advance(parser);
  } else {
    TRY(parse_group_expression(parser, group_by, &set));
  }
  return sets_add(parser, sets, set);
}

// Each element multiplies the sets so far: GROUP BY a, ROLLUP (b) has {a} and {a, b}.
static Status multiply_sets(Parser *parser, GroupingSets *all, const GroupingSets *sets) {
  if (all->count == 0) {
    *all = *sets;
    return OK;
  }
  GroupingSets product = {0};
  for (uint32_t i = 0; i < all->count; i++) {
    for (uint32_t k = 0; k < sets->count; k++) {
      SqlGroupingSet both;
      TRY(set_union(parser, &all->items[i], &sets->items[k], &both));
      TRY(sets_add(parser, &product, both));
    }
  }
  *all = product;
  return OK;
}

static bool extends_one_set(const GroupingSets *all, const GroupingSets *sets) {
  return all->count == 1 && sets->count == 1;
}

static Status parse_group_by(Parser *parser, SqlGroupBy *group_by) {
  if (!parser_accept_keywords(parser, KEYWORD_GROUP, KEYWORD_BY)) return OK;
  group_by->present = true;
  if (parser_accept_keyword(parser, KEYWORD_ALL)) {
    group_by->all = true;
    return OK;
  }
  GroupingSets all = {0};
  do {
    bool more = parser_starts_expression(parser, 0) || parser_is(parser, TOKEN_STAR);
    if (all.count > 0 && !more) break; // a trailing comma
    GroupingSets sets = {0};
    TRY(parse_group_item(parser, group_by, &sets));
    if (extends_one_set(&all, &sets)) { // the plain list: no copies
      for (uint32_t i = 0; i < sets.items[0].count; i++) TRY(set_add(parser, &all.items[0], sets.items[0].items[i]));
    } else {
      TRY(multiply_sets(parser, &all, &sets));
    }
  } while (parser_accept(parser, TOKEN_COMMA));
  for (uint32_t i = 0; i < all.count; i++) ARENA_PUSH(parser->arena, parser->error, &group_by->sets, all.items[i]);
  bool star = group_by->exprs.count == 1 && group_by->exprs.items[0]->kind == SQL_EXPR_STAR &&
              group_by->exprs.items[0]->star.columns == NULL && all.count == 1;
  if (star) { // GROUP BY *
    *group_by = (SqlGroupBy){.present = true, .all = true};
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// WINDOW: the clause stands behind the select list that names its windows, so it is read first.
// ---------------------------------------------------------------------------------------------------------------------

static Status merge_windows(Parser *parser, SqlWindowList *windows) {
  for (uint32_t left = windows->count; left > 0;) { // a definition may name one that follows
    uint32_t open = 0;
    for (uint32_t i = 0; i < windows->count; i++) {
      SqlWindow *window = windows->items[i];
      if (!window->base.data) continue;
      bool base_is_open = false;
      for (uint32_t k = 0; k < windows->count; k++) {
        base_is_open |= windows->items[k]->base.data && str_equal_nocase(windows->items[k]->name, window->base);
      }
      if (base_is_open) {
        open++;
      } else {
        TRY(merge_base_window(parser, window));
      }
    }
    if (open == left) { // they only name each other
      for (uint32_t i = 0; i < windows->count; i++) {
        if (windows->items[i]->base.data) TRY(merge_base_window(parser, windows->items[i]));
      }
    }
    left = open;
  }
  return OK;
}

// Behind WINDOW. parser->windows is the scope of the query and receives the definitions.
static Status parse_window_definitions(Parser *parser) {
  SqlWindowList *windows = &parser->windows->windows;
  *windows = (SqlWindowList){0};
  do {
    Str name;
    SqlWindow *window;
    TRY(parse_column_id(parser, &name));
    for (uint32_t i = 0; i < windows->count; i++) {
      if (str_equal_nocase(windows->items[i]->name, name)) {
        return error_set(parser->error, ERROR_PARSER, -1, "window \"%.*s\" is already defined", STR_ARG(name));
      }
    }
    TRY(parser_expect_keyword(parser, KEYWORD_AS));
    if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parser_syntax_error(parser);
    TRY(parse_window_specification(parser, &window));
    window->name = name;
    ARENA_PUSH(parser->arena, parser->error, windows, window);
  } while (parser_accept(parser, TOKEN_COMMA));
  return merge_windows(parser, windows);
}

// The WINDOW clause of the SELECT that starts here; false: it has none.
static bool find_window_clause(const Parser *parser, uint32_t *found) {
  if (!parser->has_window_clause) return false;
  int32_t depth = 0;
  for (uint32_t at = parser->at; at < parser->token_count; at++) {
    switch (parser->tokens[at].kind) {
      case TOKEN_LEFT_PARENTHESIS:
      case TOKEN_LEFT_BRACKET:
      case TOKEN_LEFT_BRACE:
        depth++;
        break;
      case TOKEN_RIGHT_PARENTHESIS:
      case TOKEN_RIGHT_BRACKET:
      case TOKEN_RIGHT_BRACE:
        if (depth-- == 0) return false;
        break;
      case TOKEN_SEMICOLON:
        return false;
      case TOKEN_KEYWORD: {
        Keyword keyword = (Keyword)parser->tokens[at].keyword;
        if (depth > 0) break;
        if (keyword == KEYWORD_UNION || keyword == KEYWORD_EXCEPT || keyword == KEYWORD_INTERSECT) return false;
        if (keyword == KEYWORD_WINDOW) {
          *found = at;
          return true;
        }
        break;
      }
      default:
        break;
    }
  }
  return false;
}

static const WindowClause *known_window_clause(const Parser *parser, uint32_t at) {
  for (uint32_t i = parser->window_clauses.count; i-- > 0;) {
    if (parser->window_clauses.items[i].at == at) return &parser->window_clauses.items[i];
  }
  return NULL;
}

static Status read_window_clause_ahead(Parser *parser) {
  uint32_t found;
  parser->windows->windows = (SqlWindowList){0};
  if (!find_window_clause(parser, &found)) return OK;
  const WindowClause *known = known_window_clause(parser, found);
  if (known) {
    parser->windows->windows = known->windows;
    return OK;
  }
  uint32_t here = parser->at;
  parser->at = found + 1;
  TRY(parse_window_definitions(parser));
  WindowClause clause = {.at = found, .after = parser->at, .windows = parser->windows->windows};
  ARENA_PUSH(parser->arena, parser->error, &parser->window_clauses, clause);
  parser->at = here;
  return OK;
}

// The clause in its own place: already read.
static Status parse_window_clause(Parser *parser, SqlWindowList *windows) {
  if (!parser_is_keyword(parser, KEYWORD_WINDOW)) return OK;
  const WindowClause *known = known_window_clause(parser, parser->at);
  if (!known) return parser_syntax_error(parser);
  *windows = known->windows;
  parser->at = known->after;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// SELECT
// ---------------------------------------------------------------------------------------------------------------------

// SELECT [ALL | DISTINCT [ON (…)]] items
static Status parse_select_list(Parser *parser, SqlSelect *select) {
  TRY(parser_expect_keyword(parser, KEYWORD_SELECT));
  if (parser_accept_keyword(parser, KEYWORD_DISTINCT)) {
    select->distinct = true;
    if (parser_accept_keyword(parser, KEYWORD_ON)) {
      TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
      TRY(parse_expression_list(parser, true, &select->distinct_on));
      TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    }
  } else {
    parser_accept_keyword(parser, KEYWORD_ALL);
  }
  if (!parser_starts_expression(parser, 0) && !parser_is(parser, TOKEN_STAR)) {
    // As DuckDB: an empty list is an error of its own where the grammar would go on.
    Keyword keyword = parser_keyword(parser);
    bool ends = parser_is(parser, TOKEN_END) || parser_is(parser, TOKEN_SEMICOLON) ||
                parser_is(parser, TOKEN_RIGHT_PARENTHESIS) || keyword == KEYWORD_FROM || keyword == KEYWORD_WHERE;
    if (!ends) return parser_syntax_error(parser);
    return error_set(parser->error, ERROR_PARSER, -1, "SELECT clause without selection list");
  }
  return parse_select_items(parser, &select->items);
}

static Status parse_select_clauses(Parser *parser, SqlSelect *select) {
  if (parser_is_keyword(parser, KEYWORD_INTO)) {
    return error_set(parser->error, ERROR_PARSER, -1, "SELECT INTO not supported!");
  }
  if (!select->from && parser_accept_keyword(parser, KEYWORD_FROM)) TRY(parse_from_list(parser, &select->from));
  if (parser_accept_keyword(parser, KEYWORD_WHERE)) TRY(parse_expression(parser, &select->where));
  TRY(parse_group_by(parser, &select->group_by));
  if (parser_accept_keyword(parser, KEYWORD_HAVING)) TRY(parse_expression(parser, &select->having));
  TRY(parse_window_clause(parser, &select->windows));
  if (parser_accept_keyword(parser, KEYWORD_QUALIFY)) TRY(parse_expression(parser, &select->qualify));
  if (parser_accept_keywords(parser, KEYWORD_USING, KEYWORD_SAMPLE)) TRY(parse_sample(parser, &select->sample));
  return OK;
}

static Status parse_select(Parser *parser, SqlQuery **query) {
  TRY(build_query(parser, SQL_QUERY_SELECT, parser_position(parser), query));
  SqlSelect *select = &(*query)->select;
  TRY(read_window_clause_ahead(parser));
  if (parser_accept_keyword(parser, KEYWORD_FROM)) {
    TRY(parse_from_list(parser, &select->from));
    if (parser_is_keyword(parser, KEYWORD_SELECT)) {
      TRY(parse_select_list(parser, select));
    } else {
      SqlExpr *star;
      TRY(build_star(parser, (*query)->position, &star));
      ARENA_PUSH(parser->arena, parser->error, &select->items, star);
    }
  } else {
    TRY(parse_select_list(parser, select));
  }
  TRY(parse_select_clauses(parser, select));
  return seal_query(parser, *query);
}

static Status parse_values(Parser *parser, SqlQuery **query) {
  TRY(build_query(parser, SQL_QUERY_VALUES, parser_position(parser), query));
  parser_advance(parser);
  do {
    if ((*query)->values.rows.count > 0 && !parser_is(parser, TOKEN_LEFT_PARENTHESIS)) break; // a trailing comma
    SqlExprList row = {0};
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_expression_list(parser, true, &row));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    ARENA_PUSH(parser->arena, parser->error, &(*query)->values.rows, row);
    if (row.count != (*query)->values.rows.items[0].count) {
      return error_set(parser->error, ERROR_PARSER, -1, "VALUES lists must all be the same length");
    }
  } while (parser_accept(parser, TOKEN_COMMA));
  return seal_query(parser, *query);
}

Status query_of_from(Parser *parser, SqlFrom *from, SqlQuery **query) {
  SqlExpr *star;
  TRY(build_query(parser, SQL_QUERY_SELECT, from->position, query));
  TRY(build_star(parser, from->position, &star));
  ARENA_PUSH(parser->arena, parser->error, &(*query)->select.items, star);
  (*query)->select.from = from;
  return seal_query(parser, *query);
}

// TABLE t
static Status parse_table_query(Parser *parser, SqlQuery **query) {
  SqlFrom *from;
  parser_advance(parser);
  TRY(build_from(parser, SQL_FROM_TABLE, parser_position(parser), &from));
  TRY(parse_qualified_name(parser, &from->table.name));
  TRY(seal_from(parser, from));
  return query_of_from(parser, from, query);
}

// ---------------------------------------------------------------------------------------------------------------------
// DESCRIBE, SHOW, SUMMARIZE
// ---------------------------------------------------------------------------------------------------------------------

// SHOW TABLES and its like; false: it is none of the fixed words.
static bool accept_show_word(Parser *parser, SqlShowKind *kind) {
  if (parser_is(parser, TOKEN_QUOTED_IDENTIFIER) || parser_peek_is(parser, 1, TOKEN_DOT)) return false;
  if (parser_accept_keyword(parser, KEYWORD_TABLES)) {
    *kind = SQL_SHOW_TABLES;
  } else if (parser_accept_word(parser, STR("databases"))) {
    *kind = SQL_SHOW_DATABASES;
  } else if (parser_accept_keyword(parser, KEYWORD_SCHEMAS)) {
    *kind = SQL_SHOW_SCHEMAS;
  } else if (parser_accept_word(parser, STR("variables"))) {
    *kind = SQL_SHOW_VARIABLES;
  } else {
    return false;
  }
  return true;
}

static bool ends_show(const Parser *parser) {
  return parser_is(parser, TOKEN_END) || parser_is(parser, TOKEN_SEMICOLON) ||
         parser_is(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status parse_show(Parser *parser, SqlQuery **query) {
  TRY(build_query(parser, SQL_QUERY_SHOW, parser_position(parser), query));
  bool summarize = parser_is_keyword(parser, KEYWORD_SUMMARIZE);
  SqlShowKind *kind = &(*query)->show.kind;
  *kind = summarize ? SQL_SHOW_SUMMARIZE : SQL_SHOW_DESCRIBE;
  parser_advance(parser);
  bool in_parentheses = parser_is(parser, TOKEN_LEFT_PARENTHESIS);
  if (in_parentheses || parser_starts_query(parser, 0)) {
    TRY(parse_query(parser, &(*query)->show.query));
    return seal_query(parser, *query);
  }
  SqlName *name = &(*query)->show.table;
  if (!summarize) {
    if (parser_accept_keyword(parser, KEYWORD_ALL)) {
      parser_accept_keyword(parser, KEYWORD_TABLES);
      *kind = SQL_SHOW_ALL_TABLES;
    } else if (ends_show(parser)) {
      *kind = SQL_SHOW_ALL_TABLES;
    } else if (parser_accept_keywords(parser, KEYWORD_TIME, KEYWORD_ZONE)) {
      name->name = STR("timezone");
    } else if (accept_show_word(parser, kind)) {
      if (*kind == SQL_SHOW_TABLES && parser_accept_keyword(parser, KEYWORD_FROM))
        TRY(parse_qualified_name(parser, name));
    } else {
      TRY(parse_qualified_name(parser, name));
    }
  } else {
    TRY(parse_qualified_name(parser, name));
  }
  return seal_query(parser, *query);
}

// ---------------------------------------------------------------------------------------------------------------------
// WITH
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_cte(Parser *parser, SqlCte *cte) {
  cte->position = parser_position(parser);
  TRY(parse_column_id_or_string(parser, &cte->name));
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) TRY(parse_name_list_in_parentheses(parser, &cte->column_aliases));
  if (parser_accept_keywords(parser, KEYWORD_USING, KEYWORD_KEY)) {
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_select_items(parser, &cte->key_columns));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  }
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  if (parser_accept_keyword(parser, KEYWORD_MATERIALIZED)) {
    cte->materialize = SQL_MATERIALIZE_ALWAYS;
  } else if (parser_accept_keywords(parser, KEYWORD_NOT, KEYWORD_MATERIALIZED)) {
    cte->materialize = SQL_MATERIALIZE_NEVER;
  }
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  switch (parser_keyword(parser)) {
    case KEYWORD_INSERT:
    case KEYWORD_UPDATE:
    case KEYWORD_DELETE:
    case KEYWORD_MERGE:
    case KEYWORD_COPY:
    case KEYWORD_DESCRIBE:
    case KEYWORD_SHOW:
    case KEYWORD_SUMMARIZE:
      return error_set(parser->error, ERROR_PARSER, -1, "A CTE needs a SELECT");
    default:
      break;
  }
  TRY(parse_query(parser, &cte->query));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// The recursive part cannot be ordered or limited as a whole.
static Status check_recursive(Parser *parser, const SqlQuery *query) {
  if (query->kind != SQL_QUERY_SET || query->set.op != SQL_SET_UNION) return OK;
  if (query->orders.count > 0) {
    return error_set(parser->error, ERROR_PARSER, -1, "ORDER BY in a recursive query is not allowed");
  }
  if (query->limit || query->offset) {
    return error_set(parser->error, ERROR_PARSER, -1, "LIMIT or OFFSET in a recursive query is not allowed");
  }
  return OK;
}

Status parse_with(Parser *parser, SqlCteList *ctes, bool *recursive) {
  *recursive = parser_accept_keyword(parser, KEYWORD_RECURSIVE);
  do {
    SqlCte cte = {0};
    TRY(parse_cte(parser, &cte));
    if (*recursive) TRY(check_recursive(parser, cte.query));
    for (uint32_t i = 0; i < ctes->count; i++) {
      if (str_equal_nocase(ctes->items[i].name, cte.name)) {
        return error_set(parser->error, ERROR_PARSER, -1, "Duplicate CTE name \"%.*s\"", STR_ARG(cte.name));
      }
    }
    ARENA_PUSH(parser->arena, parser->error, ctes, cte);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Set operations: UNION and EXCEPT bind alike, INTERSECT tighter, all from the left. A chain of one kind is one node.
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_query_operand(Parser *parser, SqlQuery **query) {
  switch (parser_keyword(parser)) {
    case KEYWORD_SELECT:
    case KEYWORD_FROM:
      return parse_select(parser, query);
    case KEYWORD_VALUES:
      return parse_values(parser, query);
    case KEYWORD_TABLE:
      return parse_table_query(parser, query);
    case KEYWORD_PIVOT:
    case KEYWORD_PIVOT_WIDER:
    case KEYWORD_UNPIVOT:
    case KEYWORD_PIVOT_LONGER:
      return parse_pivot_statement(parser, query);
    default:
      break;
  }
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_query(parser, query));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static bool is_bare(const SqlQuery *query) {
  return query->ctes.count == 0 && query->orders.count == 0 && !query->limit && !query->offset;
}

static Status combine(Parser *parser, SqlSetOperation op, bool all, bool by_name, SqlQuery *left, SqlQuery *right,
                      int32_t position, SqlQuery **query) {
  bool extends = left->kind == SQL_QUERY_SET && left->set.op == op && left->set.all == all &&
                 left->set.by_name == by_name && is_bare(left);
  if (!extends) {
    SqlQuery *whole;
    TRY(build_query(parser, SQL_QUERY_SET, position, &whole));
    whole->set.op = op;
    whole->set.all = all;
    whole->set.by_name = by_name;
    ARENA_PUSH(parser->arena, parser->error, &whole->set.children, left);
    whole->height = left->height + 1;
    left = whole;
  }
  ARENA_PUSH(parser->arena, parser->error, &left->set.children, right);
  left->end = parser_end(parser);
  left->height = MAX_OF(left->height, (uint16_t)(right->height + 1));
  *query = left;
  return left->height > parser->max_depth ? parser_depth_error(parser) : OK;
}

// Goes on from *query with the operators that bind at least as tightly as asked.
static Status parse_set_operations(Parser *parser, bool only_intersect, SqlQuery **query) {
  for (;;) {
    SqlSetOperation op;
    int32_t position = parser_position(parser);
    switch (parser_keyword(parser)) {
      case KEYWORD_UNION:
        op = SQL_SET_UNION;
        break;
      case KEYWORD_EXCEPT:
        op = SQL_SET_EXCEPT;
        break;
      case KEYWORD_INTERSECT:
        op = SQL_SET_INTERSECT;
        break;
      default:
        return OK;
    }
    if (only_intersect && op != SQL_SET_INTERSECT) return OK;
    parser_advance(parser);
    bool all = parser_accept_keyword(parser, KEYWORD_ALL);
    if (!all) parser_accept_keyword(parser, KEYWORD_DISTINCT);
    bool by_name = op == SQL_SET_UNION && parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_NAME);
    SqlQuery *right;
    TRY(parse_query_operand(parser, &right));
    if (op != SQL_SET_INTERSECT) TRY(parse_set_operations(parser, true, &right));
    TRY(combine(parser, op, all, by_name, *query, right, position, query));
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// ORDER BY, LIMIT, OFFSET
// ---------------------------------------------------------------------------------------------------------------------

static bool accept_row_or_rows(Parser *parser) {
  return parser_accept_keyword(parser, KEYWORD_ROW) || parser_accept_keyword(parser, KEYWORD_ROWS);
}

static Status multiple(Parser *parser, const char *clause) {
  return error_set(parser->error, ERROR_PARSER, -1, "multiple %s clauses not allowed", clause);
}

// FETCH FIRST [n] ROWS ONLY
static Status parse_fetch(Parser *parser, SqlQuery *query) {
  int32_t position = parser_position(parser);
  parser_advance(parser);
  if (!parser_accept_keyword(parser, KEYWORD_FIRST)) TRY(parser_expect_keyword(parser, KEYWORD_NEXT));
  if (accept_row_or_rows(parser)) {
    TRY(build_integer(parser, position, 1, &query->limit));
  } else {
    TRY(parse_operators(parser, LEVEL_SIGN, &query->limit));
    if (!accept_row_or_rows(parser)) return parser_syntax_error(parser);
  }
  return parser_expect_keyword(parser, KEYWORD_ONLY);
}

static Status parse_limit(Parser *parser, SqlQuery *query) {
  parser_advance(parser);
  if (parser_accept_keyword(parser, KEYWORD_ALL)) return OK;
  TRY(parse_expression(parser, &query->limit));
  if (parser_accept(parser, TOKEN_PERCENT) || parser_accept_keyword(parser, KEYWORD_PERCENT))
    query->limit_percent = true;
  return OK;
}

static Status show_with(Parser *parser, const char *clause) {
  return error_set(parser->error, ERROR_PARSER, -1,
                   "DESCRIBE with %s not allowed - wrap the statement in a subquery instead", clause);
}

static Status parse_modifiers(Parser *parser, SqlQuery *query) {
  if (query->kind == SQL_QUERY_SHOW && parser_is_keyword(parser, KEYWORD_ORDER)) return show_with(parser, "ORDER BY");
  if (query->kind == SQL_QUERY_SHOW && parser_continues_query(parser)) return show_with(parser, "LIMIT");
  if (parser_is_keyword(parser, KEYWORD_ORDER)) {
    if (query->orders.count > 0) return multiple(parser, "ORDER BY");
    parser_advance(parser);
    TRY(parser_expect_keyword(parser, KEYWORD_BY));
    TRY(parse_order_list(parser, &query->orders));
  }
  bool has_limit = false, has_offset = false;
  for (;;) {
    bool fetch = parser_is_keyword(parser, KEYWORD_FETCH);
    if (!has_limit && (fetch || parser_is_keyword(parser, KEYWORD_LIMIT))) {
      if (query->limit) return multiple(parser, "LIMIT");
      TRY(fetch ? parse_fetch(parser, query) : parse_limit(parser, query));
      has_limit = true;
    } else if (!has_offset && parser_is_keyword(parser, KEYWORD_OFFSET)) {
      if (query->offset) return multiple(parser, "OFFSET");
      parser_advance(parser);
      TRY(parse_expression(parser, &query->offset));
      accept_row_or_rows(parser);
      has_offset = true;
    } else {
      break;
    }
  }
  if (parser_is_keyword(parser, KEYWORD_FOR)) {
    Keyword next = (Keyword)parser_peek(parser, 1).keyword;
    if (next == KEYWORD_UPDATE || next == KEYWORD_SHARE || next == KEYWORD_NO || next == KEYWORD_KEY) {
      return error_set(parser->error, ERROR_PARSER, -1, "SELECT locking clause is not supported!");
    }
  }
  return OK;
}

static Status parse_query_body(Parser *parser, SqlQuery **query) {
  SqlCteList ctes = {0};
  bool recursive = false;
  int32_t position = parser_position(parser);
  bool with = parser_accept_keyword(parser, KEYWORD_WITH);
  if (with) TRY(parse_with(parser, &ctes, &recursive));
  TRY(parse_query_operand(parser, query));
  TRY(parse_set_operations(parser, false, query));
  TRY(parse_modifiers(parser, *query));
  if (with) {
    if ((*query)->kind == SQL_QUERY_SHOW) return show_with(parser, "CTE");
    if ((*query)->ctes.count > 0) return multiple(parser, "WITH");
    (*query)->ctes = ctes;
    (*query)->recursive = recursive;
    (*query)->position = position;
  }
  return seal_query(parser, *query);
}

Status parse_query(Parser *parser, SqlQuery **query) {
  switch (parser_keyword(parser)) {
    case KEYWORD_DESCRIBE:
    case KEYWORD_DESC:
    case KEYWORD_SHOW:
    case KEYWORD_SUMMARIZE: {
      TRY(parser_enter(parser));
      TRY(parse_show(parser, query));
      parser_leave(parser);
      return OK;
    }
    default:
      break;
  }
  TRY(parser_enter(parser));
  WindowScope scope = {.outer = parser->windows};
  bool restricted = parser->restricted;
  parser->windows = &scope;
  parser->restricted = false;
  TRY(parse_query_body(parser, query));
  parser->restricted = restricted;
  parser->windows = scope.outer;
  parser_leave(parser);
  return OK;
}

Status parse_query_rest(Parser *parser, SqlQuery *left, SqlQuery **query) {
  WindowScope scope = {.outer = parser->windows};
  parser->windows = &scope;
  *query = left;
  TRY(parse_set_operations(parser, false, query));
  TRY(parse_modifiers(parser, *query));
  parser->windows = scope.outer;
  return seal_query(parser, *query);
}
