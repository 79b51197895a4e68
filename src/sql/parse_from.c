// SPDX-License-Identifier: MIT
//
// parse_from.c: the FROM clause: tables, table functions, subqueries, joins, samples, PIVOT and UNPIVOT.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Samples
// ---------------------------------------------------------------------------------------------------------------------

// 10%, 10 PERCENT, 10 ROWS, 10
static Status parse_sample_size(Parser *parser, SqlSample *sample) {
  if (parser_is(parser, TOKEN_PARAMETER)) {
    TRY(parse_parameter(parser, &sample->size));
  } else if (parser_is(parser, TOKEN_INTEGER) || parser_is(parser, TOKEN_DECIMAL)) {
    TRY(parse_number(parser, &sample->size));
  } else {
    return parser_syntax_error(parser);
  }
  if (parser_accept(parser, TOKEN_PERCENT) || parser_accept_keyword(parser, KEYWORD_PERCENT)) {
    sample->percent = true;
  } else {
    parser_accept_keyword(parser, KEYWORD_ROWS);
  }
  return OK;
}

static Status set_sample_method(Parser *parser, Str name, SqlSample *sample) {
  if (str_equal_nocase(name, STR("system"))) {
    sample->method = SQL_SAMPLE_SYSTEM;
  } else if (str_equal_nocase(name, STR("bernoulli"))) {
    sample->method = SQL_SAMPLE_BERNOULLI;
  } else if (str_equal_nocase(name, STR("reservoir"))) {
    sample->method = SQL_SAMPLE_RESERVOIR;
  } else {
    return error_set(parser->error, ERROR_PARSER, -1,
                     "Unrecognized sampling method %.*s, expected system, bernoulli or reservoir", STR_ARG(name));
  }
  return OK;
}

static Status parse_seed(Parser *parser, SqlSample *sample) {
  sample->has_seed = true;
  return parse_signed_integer(parser, &sample->seed);
}

Status parse_sample(Parser *parser, SqlSample **out) {
  SqlSample *sample;
  Str method;
  ARENA_NEW(parser->arena, parser->error, sample);
  *out = sample;
  if (parser_is_column_id(parser_token(parser)) ||
      parser_is(parser, TOKEN_LEFT_PARENTHESIS)) { // method (size) REPEATABLE (seed)
    if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
      TRY(parse_column_id(parser, &method));
      TRY(set_sample_method(parser, method, sample));
    }
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_sample_size(parser, sample));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    if (!parser_accept_keyword(parser, KEYWORD_REPEATABLE)) return OK;
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_seed(parser, sample));
    return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
  }
  TRY(parse_sample_size(parser, sample));
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return OK; // size (method, seed)
  TRY(parse_column_id(parser, &method));
  TRY(set_sample_method(parser, method, sample));
  if (parser_accept(parser, TOKEN_COMMA)) TRY(parse_seed(parser, sample));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// ---------------------------------------------------------------------------------------------------------------------
// Aliases and what may follow a table
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_column_aliases(Parser *parser, SqlFrom *from) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS) && from->column_aliases.count > 0) break;
    Str name;
    TRY(parse_column_id_or_string(parser, &name));
    ARENA_PUSH(parser->arena, parser->error, &from->column_aliases, name);
    if (!parser_is(parser, TOKEN_COMMA) && !parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) {
      return error_set(parser->error, ERROR_NOT_IMPLEMENTED, parser_position(parser),
                       "Column definition lists of table functions are not supported");
    }
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status parse_table_alias(Parser *parser, SqlFrom *from) {
  if (parser_accept_keyword(parser, KEYWORD_AS)) {
    TRY(parse_column_id_or_string(parser, &from->alias));
  } else if (parser_is_column_id(parser_token(parser))) {
    TRY(parse_column_id(parser, &from->alias));
  } else {
    return OK;
  }
  return parser_is(parser, TOKEN_LEFT_PARENTHESIS) ? parse_column_aliases(parser, from) : OK;
}

// AT (VERSION => 3), AT (SNAPSHOT => 'name')
static Status parse_at(Parser *parser, SqlFrom *from) {
  if (!parser_is_keyword(parser, KEYWORD_AT) || !parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) return OK;
  parser_advance(parser);
  parser_advance(parser);
  switch (parser_keyword(parser)) {
    case KEYWORD_SNAPSHOT:
      from->table.at = SQL_AT_SNAPSHOT;
      break;
    case KEYWORD_VERSION:
      from->table.at = SQL_AT_VERSION;
      break;
    case KEYWORD_TIMESTAMP:
      from->table.at = SQL_AT_TIMESTAMP;
      break;
    default:
      return parser_syntax_error(parser);
  }
  parser_advance(parser);
  TRY(parser_expect(parser, TOKEN_EQUALS_GREATER));
  TRY(parse_expression(parser, &from->table.at_value));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// Alias (unless it came first), AT and sample of a table, function or subquery. (a JOIN b) x is (SELECT * FROM a JOIN b) x.
static Status parse_table_suffixes(Parser *parser, Str prefix_alias, SqlFrom **item) {
  SqlFrom *from = *item;
  bool aliased =
      prefix_alias.data || parser_is_keyword(parser, KEYWORD_AS) || parser_is_column_id(parser_token(parser));
  if (from->kind == SQL_FROM_JOIN && aliased) {
    SqlQuery *query;
    TRY(query_of_from(parser, from, &query));
    TRY(build_from(parser, SQL_FROM_SUBQUERY, from->position, &from));
    from->subquery.query = query;
    *item = from;
  }
  if (prefix_alias.data) {
    from->alias = prefix_alias;
  } else {
    TRY(parse_table_alias(parser, from));
  }
  if (from->kind == SQL_FROM_TABLE) TRY(parse_at(parser, from));
  if (parser_accept_keyword(parser, KEYWORD_TABLESAMPLE)) TRY(parse_sample(parser, &from->sample));
  return seal_from(parser, from);
}

// ---------------------------------------------------------------------------------------------------------------------
// One table
// ---------------------------------------------------------------------------------------------------------------------

static Status build_subquery_from(Parser *parser, int32_t position, SqlQuery *query, SqlFrom **from) {
  TRY(build_from(parser, SQL_FROM_SUBQUERY, position, from));
  (*from)->subquery.query = query;
  return seal_from(parser, *from);
}

static bool is_bare_subquery(const SqlFrom *from) {
  return from->kind == SQL_FROM_SUBQUERY && !from->alias.data && !from->sample && !from->subquery.lateral;
}

// (SELECT …), ((SELECT …) UNION …), (a JOIN b ON …)
static Status parse_from_parenthesized(Parser *parser, SqlFrom **from) {
  int32_t position = parser_position(parser);
  uint32_t start = parser->at;
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  if (parser_starts_query(parser, 0)) {
    SqlQuery *query;
    TRY(parse_query(parser, &query));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    return build_subquery_from(parser, position, query, from);
  }
  TRY(parse_from_item(parser, from));
  if (is_bare_subquery(*from) && parser->tokens[start + 1].kind == TOKEN_LEFT_PARENTHESIS) {
    // ((SELECT 1)), perhaps with more of the query behind it.
    SqlQuery *query = (*from)->subquery.query;
    if (parser_continues_query(parser)) TRY(parse_query_rest(parser, query, &query));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    return build_subquery_from(parser, position, query, from);
  }
  bool joined = (*from)->kind == SQL_FROM_JOIN || (*from)->kind == SQL_FROM_PIVOT || (*from)->kind == SQL_FROM_UNPIVOT;
  if (!joined && parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) return parser_syntax_error(parser); // as DuckDB: FROM (t)
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// A name that may be a table or a function.
static Status parse_from_name(Parser *parser, SqlFrom **from) {
  int32_t position = parser_position(parser);
  bool is_string = parser_is(parser, TOKEN_STRING);
  bool function_word = parser_is_type_name(parser_token(parser)) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  SqlPath path = {0};
  SqlName name;
  if (function_word) {
    Str word;
    TRY(parse_label(parser, &word));
    ARENA_PUSH(parser->arena, parser->error, &path, word);
  } else {
    TRY(parse_dotted_path(parser, &path));
  }
  TRY(path_to_name(parser, &path, position, &name));
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS) || is_string) {
    TRY(build_from(parser, SQL_FROM_TABLE, position, from));
    (*from)->table.name = name;
    (*from)->table.is_string = is_string;
    parser_accept(parser, TOKEN_STAR); // t*: PostgreSQL's inheritance, without a meaning
    return seal_from(parser, *from);
  }
  SqlExpr *call;
  TRY(parse_call(parser, name, NULL, &call));
  if (call->kind != SQL_EXPR_FUNCTION) {
    return error_set(parser->error, ERROR_PARSER, position, "syntax error at or near \"%.*s\"", STR_ARG(name.name));
  }
  TRY(build_from(parser, SQL_FROM_FUNCTION, position, from));
  (*from)->function.call = call;
  (*from)->function.with_ordinality = parser_accept_keywords(parser, KEYWORD_WITH, KEYWORD_ORDINALITY);
  return seal_from(parser, *from);
}

static Status parse_lateral(Parser *parser, SqlFrom **from) {
  parser_advance(parser);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_from_parenthesized(parser, from));
    if ((*from)->kind == SQL_FROM_SUBQUERY) (*from)->subquery.lateral = true;
  } else {
    TRY(parse_from_name(parser, from));
    if ((*from)->kind != SQL_FROM_FUNCTION) return parser_syntax_error(parser);
    (*from)->function.lateral = true;
  }
  return OK;
}

static Status parse_from_primary(Parser *parser, SqlFrom **from) {
  Str prefix_alias = {0};
  int32_t position = parser_position(parser);
  bool prefixed = (parser_is_column_id(parser_token(parser)) || parser_is(parser, TOKEN_STRING)) &&
                  parser_peek_is(parser, 1, TOKEN_COLON);
  if (prefixed) { // x: table
    TRY(parse_column_id_or_string(parser, &prefix_alias));
    parser_advance(parser);
  }
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_from_parenthesized(parser, from));
  } else if (parser_is_keyword(parser, KEYWORD_LATERAL)) {
    TRY(parse_lateral(parser, from));
  } else if (parser_is_keyword(parser, KEYWORD_VALUES) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) {
    SqlQuery *query;
    TRY(parse_query(parser, &query));
    TRY(build_subquery_from(parser, position, query, from));
  } else if (parser_is_keyword(parser, KEYWORD_ROWS) && parser_peek_keyword(parser, 1, KEYWORD_FROM)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "ROWS FROM() not implemented");
  } else {
    parser_accept_keyword(parser, KEYWORD_ONLY);
    TRY(parse_from_name(parser, from));
  }
  return parse_table_suffixes(parser, prefix_alias, from);
}

// ---------------------------------------------------------------------------------------------------------------------
// PIVOT and UNPIVOT
// ---------------------------------------------------------------------------------------------------------------------

// IN (…), IN (SELECT …), IN enum_type
static Status parse_pivot_entries(Parser *parser, SqlPivotColumn *column) {
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return parse_column_id_or_string(parser, &column->enum_name);
  if (parser_starts_query(parser, 0)) {
    TRY(parse_query(parser, &column->subquery));
  } else {
    TRY(parse_select_items(parser, &column->entries));
  }
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status add_pivot_exprs(Parser *parser, SqlExpr *header, SqlPivotColumn *column) {
  bool row = header->kind == SQL_EXPR_FUNCTION && str_equal(header->function.name.name, STR("row"));
  if (row) {
    column->exprs = header->function.arguments;
  } else {
    ARENA_PUSH(parser->arena, parser->error, &column->exprs, header);
  }
  return OK;
}

// FOR a IN (…) (b, c) IN (…)
static Status parse_pivot_headers(Parser *parser, SqlPivotColumnList *columns) {
  do {
    SqlPivotColumn column = {0};
    SqlExpr *header;
    TRY(parse_primary(parser, &header));
    TRY(add_pivot_exprs(parser, header, &column));
    TRY(parser_expect_keyword(parser, KEYWORD_IN));
    TRY(parse_pivot_entries(parser, &column));
    ARENA_PUSH(parser->arena, parser->error, columns, column);
  } while (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS) && !parser_is_keyword(parser, KEYWORD_GROUP));
  return OK;
}

static Status parse_unpivot_names(Parser *parser, SqlNameList *names) {
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parse_name_list_in_parentheses(parser, names);
  Str name;
  TRY(parse_column_id_or_string(parser, &name));
  ARENA_PUSH(parser->arena, parser->error, names, name);
  return OK;
}

static Status parse_unpivot_headers(Parser *parser, SqlPivotColumnList *columns) {
  do {
    SqlPivotColumn column = {0};
    TRY(parse_unpivot_names(parser, &column.names));
    TRY(parser_expect_keyword(parser, KEYWORD_IN));
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_select_items(parser, &column.entries));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    ARENA_PUSH(parser->arena, parser->error, columns, column);
  } while (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS));
  return OK;
}

static bool accept_include_nulls(Parser *parser) {
  bool include = parser_accept_keywords(parser, KEYWORD_INCLUDE, KEYWORD_NULLS);
  if (!include) parser_accept_keywords(parser, KEYWORD_EXCLUDE, KEYWORD_NULLS);
  return include;
}

// Behind a table: PIVOT (aggregates FOR … GROUP BY …), UNPIVOT (values FOR …). *from is the source.
static Status parse_pivot_suffix(Parser *parser, SqlFrom **from) {
  bool unpivot = parser_is_keyword(parser, KEYWORD_UNPIVOT) || parser_is_keyword(parser, KEYWORD_PIVOT_LONGER);
  SqlFrom *whole;
  TRY(build_from(parser, unpivot ? SQL_FROM_UNPIVOT : SQL_FROM_PIVOT, parser_position(parser), &whole));
  parser_advance(parser);
  whole->pivot.source = *from;
  if (unpivot) whole->pivot.include_nulls = accept_include_nulls(parser);
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  if (unpivot) {
    TRY(parse_unpivot_names(parser, &whole->pivot.value_names));
    TRY(parser_expect_keyword(parser, KEYWORD_FOR));
    TRY(parse_unpivot_headers(parser, &whole->pivot.columns));
  } else {
    TRY(parse_select_items(parser, &whole->pivot.aggregates));
    TRY(parser_expect_keyword(parser, KEYWORD_FOR));
    TRY(parse_pivot_headers(parser, &whole->pivot.columns));
    if (parser_accept_keywords(parser, KEYWORD_GROUP, KEYWORD_BY)) TRY(parse_name_list(parser, &whole->pivot.groups));
  }
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  TRY(parse_table_alias(parser, whole));
  *from = whole;
  return seal_from(parser, whole);
}

static Status parse_names_perhaps_in_parentheses(Parser *parser, SqlNameList *names) {
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parse_name_list_in_parentheses(parser, names);
  return parse_name_list(parser, names);
}

// PIVOT t ON a, b IN (…) USING sum(x) GROUP BY c
static Status parse_pivot_clauses(Parser *parser, SqlFrom *whole) {
  if (parser_accept_keyword(parser, KEYWORD_ON)) {
    do {
      SqlPivotColumn column = {0};
      SqlExpr *header;
      if (whole->pivot.columns.count > 0 && !parser_starts_expression(parser, 0)) break; // a trailing comma
      TRY(parse_restricted_expression(parser, &header));
      ARENA_PUSH(parser->arena, parser->error, &column.exprs, header);
      if (parser_accept_keyword(parser, KEYWORD_IN)) {
        column.exprs.count = 0;
        TRY(add_pivot_exprs(parser, header, &column));
        TRY(parse_pivot_entries(parser, &column));
      }
      ARENA_PUSH(parser->arena, parser->error, &whole->pivot.columns, column);
    } while (parser_accept(parser, TOKEN_COMMA));
  }
  if (parser_accept_keyword(parser, KEYWORD_USING)) TRY(parse_select_items(parser, &whole->pivot.aggregates));
  if (parser_accept_keywords(parser, KEYWORD_GROUP, KEYWORD_BY)) {
    TRY(parse_names_perhaps_in_parentheses(parser, &whole->pivot.groups));
  }
  return OK;
}

// UNPIVOT t ON a, b INTO NAME n VALUE v
static Status parse_unpivot_clauses(Parser *parser, SqlFrom *whole) {
  SqlPivotColumn column = {0};
  if (accept_include_nulls(parser)) whole->pivot.include_nulls = true;
  TRY(parser_expect_keyword(parser, KEYWORD_ON));
  TRY(parse_select_items(parser, &column.entries));
  Str name = STR("name"), value = STR("value");
  if (parser_accept_keyword(parser, KEYWORD_INTO)) {
    TRY(parser_expect_keyword(parser, KEYWORD_NAME));
    TRY(parse_column_id_or_string(parser, &name));
    if (!parser_accept_keyword(parser, KEYWORD_VALUE)) TRY(parser_expect_keyword(parser, KEYWORD_VALUES));
    TRY(parse_names_perhaps_in_parentheses(parser, &whole->pivot.value_names));
  } else {
    ARENA_PUSH(parser->arena, parser->error, &whole->pivot.value_names, value);
  }
  ARENA_PUSH(parser->arena, parser->error, &column.names, name);
  ARENA_PUSH(parser->arena, parser->error, &whole->pivot.columns, column);
  return OK;
}

Status parse_pivot_statement(Parser *parser, SqlQuery **query) {
  bool unpivot = parser_is_keyword(parser, KEYWORD_UNPIVOT) || parser_is_keyword(parser, KEYWORD_PIVOT_LONGER);
  SqlFrom *whole;
  TRY(parser_enter(parser));
  TRY(build_from(parser, unpivot ? SQL_FROM_UNPIVOT : SQL_FROM_PIVOT, parser_position(parser), &whole));
  parser_advance(parser);
  whole->pivot.is_statement = true;
  TRY(parse_from_item(parser, &whole->pivot.source));
  TRY(unpivot ? parse_unpivot_clauses(parser, whole) : parse_pivot_clauses(parser, whole));
  TRY(seal_from(parser, whole));
  parser_leave(parser);
  return query_of_from(parser, whole, query);
}

// ---------------------------------------------------------------------------------------------------------------------
// Joins
// ---------------------------------------------------------------------------------------------------------------------

// Whether a join stands here: one or more words that end in JOIN.
static bool at_join(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_JOIN:
    case KEYWORD_INNER:
    case KEYWORD_LEFT:
    case KEYWORD_RIGHT:
    case KEYWORD_FULL:
    case KEYWORD_CROSS:
    case KEYWORD_NATURAL:
    case KEYWORD_ASOF:
    case KEYWORD_POSITIONAL:
    case KEYWORD_SEMI:
    case KEYWORD_ANTI:
      return true;
    default:
      return false;
  }
}

static Status parse_join_words(Parser *parser, SqlFrom *join) {
  switch (parser_keyword(parser)) {
    case KEYWORD_CROSS:
      join->join.form = SQL_JOIN_CROSS;
      break;
    case KEYWORD_POSITIONAL:
      join->join.form = SQL_JOIN_POSITIONAL;
      break;
    case KEYWORD_NATURAL:
      join->join.form = SQL_JOIN_NATURAL;
      break;
    case KEYWORD_ASOF:
      join->join.form = SQL_JOIN_ASOF;
      break;
    default:
      break;
  }
  if (join->join.form != SQL_JOIN_REGULAR) parser_advance(parser);
  if (join->join.form == SQL_JOIN_CROSS || join->join.form == SQL_JOIN_POSITIONAL) {
    return parser_expect_keyword(parser, KEYWORD_JOIN);
  }
  Keyword keyword = parser_keyword(parser);
  bool outer = false;
  switch (keyword) {
    case KEYWORD_LEFT:
      join->join.kind = SQL_JOIN_LEFT, outer = true;
      break;
    case KEYWORD_RIGHT:
      join->join.kind = SQL_JOIN_RIGHT, outer = true;
      break;
    case KEYWORD_FULL:
      join->join.kind = SQL_JOIN_FULL, outer = true;
      break;
    case KEYWORD_SEMI:
      join->join.kind = SQL_JOIN_SEMI;
      break;
    case KEYWORD_ANTI:
      join->join.kind = SQL_JOIN_ANTI;
      break;
    case KEYWORD_INNER:
      break;
    default:
      return parser_expect_keyword(parser, KEYWORD_JOIN);
  }
  parser_advance(parser);
  if (outer) parser_accept_keyword(parser, KEYWORD_OUTER);
  return parser_expect_keyword(parser, KEYWORD_JOIN);
}

static Status parse_join(Parser *parser, SqlFrom **from);

// ON condition, USING (columns). A join that has come before its condition nests: a JOIN b JOIN c ON … ON …
static Status parse_join_condition(Parser *parser, SqlFrom *join) {
  while (at_join(parser)) TRY(parse_join(parser, &join->join.right));
  if (parser_accept_keyword(parser, KEYWORD_USING)) {
    return parse_name_list_in_parentheses(parser, &join->join.using_columns);
  }
  TRY(parser_expect_keyword(parser, KEYWORD_ON));
  return parse_expression(parser, &join->join.condition);
}

static bool at_pivot(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_PIVOT:
    case KEYWORD_PIVOT_WIDER:
    case KEYWORD_UNPIVOT:
    case KEYWORD_PIVOT_LONGER:
      return true;
    default:
      return false;
  }
}

// Stands on the join's first word; *from is its left side and becomes the whole.
static Status parse_join(Parser *parser, SqlFrom **from) {
  SqlFrom *join;
  TRY(parser_enter(parser));
  TRY(build_from(parser, SQL_FROM_JOIN, parser_position(parser), &join));
  join->join.left = *from;
  TRY(parse_join_words(parser, join));
  TRY(parse_from_primary(parser, &join->join.right));
  while (at_pivot(parser)) TRY(parse_pivot_suffix(parser, &join->join.right));
  if (join->join.form == SQL_JOIN_REGULAR || join->join.form == SQL_JOIN_ASOF) TRY(parse_join_condition(parser, join));
  *from = join;
  parser_leave(parser);
  return seal_from(parser, join);
}

Status parse_from_item(Parser *parser, SqlFrom **from) {
  TRY(parser_enter(parser));
  TRY(parse_from_primary(parser, from));
  for (;;) {
    if (at_join(parser)) {
      TRY(parse_join(parser, from));
    } else if (at_pivot(parser)) {
      TRY(parse_pivot_suffix(parser, from));
    } else {
      break;
    }
  }
  parser_leave(parser);
  return OK;
}

Status parse_from_list(Parser *parser, SqlFrom **from) {
  TRY(parse_from_item(parser, from));
  while (parser_is(parser, TOKEN_COMMA)) {
    int32_t position = parser_position(parser);
    parser_advance(parser);
    bool more = parser_is_column_id(parser_token(parser)) || parser_is(parser, TOKEN_STRING) ||
                parser_is(parser, TOKEN_LEFT_PARENTHESIS) || parser_is_keyword(parser, KEYWORD_LATERAL) ||
                parser_is_keyword(parser, KEYWORD_ONLY) || parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
    if (!more) return OK; // a trailing comma
    SqlFrom *join;
    TRY(build_from(parser, SQL_FROM_JOIN, position, &join));
    join->join.form = SQL_JOIN_CROSS;
    join->join.comma = true;
    join->join.left = *from;
    TRY(parse_from_item(parser, &join->join.right));
    TRY(seal_from(parser, join));
    *from = join;
  }
  return OK;
}

Status parse_table_name(Parser *parser, SqlFrom **from) {
  parser_accept_keyword(parser, KEYWORD_ONLY);
  TRY(build_from(parser, SQL_FROM_TABLE, parser_position(parser), from));
  TRY(parse_qualified_name(parser, &(*from)->table.name));
  if (parser_accept_keyword(parser, KEYWORD_AS)) {
    TRY(parse_column_id(parser, &(*from)->alias));
  } else if (parser_is_column_id(parser_token(parser)) && !parser_is_keyword(parser, KEYWORD_SET)) {
    TRY(parse_column_id(parser, &(*from)->alias));
  }
  return seal_from(parser, *from);
}
