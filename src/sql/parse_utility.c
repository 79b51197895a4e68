// SPDX-License-Identifier: MIT
//
// parse_utility.c: COPY, EXPORT, IMPORT, ATTACH, SET, RESET, PRAGMA, EXPLAIN, and the option lists that they share.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Options: `(name value, name = value, name)`
// ---------------------------------------------------------------------------------------------------------------------

static bool ends_value(Token token) {
  return token.kind == TOKEN_COMMA || token.kind == TOKEN_RIGHT_PARENTHESIS || token.kind == TOKEN_SEMICOLON ||
         token.kind == TOKEN_END;
}

// A value of an option or setting. A single word is a name, even a reserved one (ON, DESC); everything else an expression.
static Status parse_value(Parser *parser, SqlExpr **value) {
  Keyword keyword = parser_keyword(parser);
  bool word = parser_is(parser, TOKEN_KEYWORD) && ends_value(parser_peek(parser, 1)) && keyword != KEYWORD_TRUE &&
              keyword != KEYWORD_FALSE && keyword != KEYWORD_NULL && keyword != KEYWORD_DEFAULT;
  if (!word) return parse_expression(parser, value);
  int32_t position = parser_position(parser);
  Str name;
  TRY(parse_label(parser, &name));
  return build_column(parser, position, name, value);
}

static Status add_option(Parser *parser, SqlOptionList *options, Str name, SqlExpr *value, int32_t position) {
  SqlOption option = {.name = name, .value = value, .position = position};
  ARENA_PUSH(parser->arena, parser->error, options, option);
  return OK;
}

Status parse_options(Parser *parser, SqlOptionList *options) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS) && options->count > 0) break; // a trailing comma
    int32_t position = parser_position(parser);
    Str name;
    SqlExpr *value = NULL;
    TRY(parse_label_or_string(parser, &name));
    while (parser_accept(parser, TOKEN_DOT)) {
      Str part;
      TRY(parse_label(parser, &part));
      TRY(str_format(parser->arena, parser->error, &name, "%.*s.%.*s", STR_ARG(name), STR_ARG(part)));
    }
    if (parser_accept(parser, TOKEN_EQUAL) || parser_accept(parser, TOKEN_COLON_EQUALS) ||
        parser_accept(parser, TOKEN_EQUALS_GREATER) || !ends_value(parser_token(parser))) {
      TRY(parse_value(parser, &value));
    }
    TRY(add_option(parser, options, name, value, position));
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status reject_option_values(Parser *parser, const SqlOptionList *options) {
  for (uint32_t i = 0; i < options->count; i++) {
    if (!options->items[i].value) continue;
    return error_set(parser->error, ERROR_PARSER, options->items[i].position,
                     "Reset option \"%.*s\" cannot set any value", STR_ARG(options->items[i].name));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// COPY
// ---------------------------------------------------------------------------------------------------------------------

// `(a, b)` or `*` behind FORCE QUOTE and its like: a row of columns, or a star.
static Status parse_column_set(Parser *parser, SqlExpr **value) {
  int32_t position = parser_position(parser);
  if (parser_accept(parser, TOKEN_STAR)) return build_star(parser, position, value);
  SqlNameList names = {0};
  TRY(parser_is(parser, TOKEN_LEFT_PARENTHESIS) ? parse_name_list_in_parentheses(parser, &names)
                                                : parse_name_list(parser, &names));
  SqlExpr *row;
  TRY(build_call(parser, position, MAIN_SCHEMA, STR("row"), NULL, NULL, NULL, &row));
  for (uint32_t i = 0; i < names.count; i++) {
    SqlExpr *column;
    TRY(build_column(parser, position, names.items[i], &column));
    ARENA_PUSH(parser->arena, parser->error, &row->function.arguments, column);
  }
  *value = row;
  return seal_expr(parser, row);
}

static Status parse_string_value(Parser *parser, SqlExpr **value) {
  parser_accept_keyword(parser, KEYWORD_AS);
  int32_t position = parser_position(parser);
  Str text;
  TRY(parse_string(parser, &text));
  return build_string(parser, position, text, value);
}

// One option in PostgreSQL's old style: CSV, HEADER, DELIMITER '|', FORCE QUOTE (a). *found false: none stands here.
static Status parse_plain_copy_option(Parser *parser, SqlOptionList *options, bool *found) {
  int32_t position = parser_position(parser);
  Keyword keyword = parser_keyword(parser);
  SqlExpr *value = NULL;
  Str name;
  *found = true;
  switch (keyword) {
    case KEYWORD_BINARY:
    case KEYWORD_CSV:
      parser_advance(parser);
      TRY(build_string(parser, position, keyword_text(keyword), &value));
      return add_option(parser, options, STR("format"), value, position);
    case KEYWORD_OIDS:
    case KEYWORD_FREEZE:
    case KEYWORD_HEADER:
      parser_advance(parser);
      return add_option(parser, options, keyword_text(keyword), NULL, position);
    case KEYWORD_DELIMITER:
    case KEYWORD_NULL:
    case KEYWORD_QUOTE:
    case KEYWORD_ESCAPE:
    case KEYWORD_ENCODING:
      parser_advance(parser);
      TRY(parse_string_value(parser, &value));
      return add_option(parser, options, keyword_text(keyword), value, position);
    case KEYWORD_PARTITION:
      parser_advance(parser);
      TRY(parser_expect_keyword(parser, KEYWORD_BY));
      name = STR("partition_by");
      break;
    case KEYWORD_FORCE:
      parser_advance(parser);
      if (parser_accept_keyword(parser, KEYWORD_QUOTE)) {
        name = STR("force_quote");
      } else if (parser_accept_keywords(parser, KEYWORD_NOT, KEYWORD_NULL)) {
        name = STR("force_not_null");
      } else {
        TRY(parser_expect_keyword(parser, KEYWORD_NULL));
        name = STR("force_null");
      }
      break;
    default:
      *found = false;
      return OK;
  }
  TRY(parse_column_set(parser, &value));
  return add_option(parser, options, name, value, position);
}

static Status parse_copy_options(Parser *parser, SqlOptionList *options) {
  if (parser_accept_keyword(parser, KEYWORD_USING)) { // USING DELIMITERS '|'
    int32_t position = parser_position(parser);
    SqlExpr *value;
    TRY(parser_expect_keyword(parser, KEYWORD_DELIMITERS));
    TRY(parse_string_value(parser, &value));
    TRY(add_option(parser, options, STR("delimiter"), value, position));
  }
  parser_accept_keyword(parser, KEYWORD_WITH);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    // COPY t FROM f('x') is no list of options.
    if (parser_peek_is(parser, 1, TOKEN_STRING)) return parser_syntax_error_at(parser, parser->at + 1);
    return parse_options(parser, options);
  }
  bool found;
  do {
    TRY(parse_plain_copy_option(parser, options, &found));
  } while (found);
  return OK;
}

// 'file', STDIN, STDOUT, a bare name, ?, (expression)
static Status parse_file_name(Parser *parser, SqlExpr **file) {
  int32_t position = parser_position(parser);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS) || parser_is(parser, TOKEN_PARAMETER))
    return parse_primary(parser, file);
  if (parser_accept_keyword(parser, KEYWORD_STDIN)) return build_string(parser, position, STR("/dev/stdin"), file);
  if (parser_accept_keyword(parser, KEYWORD_STDOUT)) return build_string(parser, position, STR("/dev/stdout"), file);
  Str name;
  bool string = parser_is(parser, TOKEN_STRING);
  TRY(parse_column_id_or_string(parser, &name));
  if (!string && parser_accept(parser, TOKEN_DOT)) { // data.csv
    Str extension;
    TRY(parse_label(parser, &extension));
    TRY(str_format(parser->arena, parser->error, &name, "%.*s.%.*s", STR_ARG(name), STR_ARG(extension)));
  }
  return build_string(parser, position, name, file);
}

// COPY FROM DATABASE a TO b [(SCHEMA | DATA)]
static Status parse_copy_database(Parser *parser, SqlStatement *statement) {
  statement->kind = SQL_STATEMENT_COPY_DATABASE;
  TRY(parse_column_id(parser, &statement->copy_database.from));
  TRY(parser_expect_keyword(parser, KEYWORD_TO));
  TRY(parse_column_id(parser, &statement->copy_database.to));
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return OK;
  if (parser_accept_keyword(parser, KEYWORD_SCHEMA)) {
    statement->copy_database.kind = SQL_COPY_DATABASE_SCHEMA;
  } else {
    TRY(parser_expect_keyword(parser, KEYWORD_DATA));
    statement->copy_database.kind = SQL_COPY_DATABASE_DATA;
  }
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status parse_copy(Parser *parser, SqlStatement *statement) {
  SqlCopy *copy = &statement->copy;
  if (parser_accept_keywords(parser, KEYWORD_FROM, KEYWORD_DATABASE)) return parse_copy_database(parser, statement);
  if (parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_query(parser, &copy->query));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    TRY(parser_expect_keyword(parser, KEYWORD_TO));
    copy->to = true;
  } else {
    TRY(parse_qualified_name(parser, &copy->table));
    if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) TRY(parse_name_list_in_parentheses(parser, &copy->columns));
    copy->to = parser_accept_keyword(parser, KEYWORD_TO);
    if (!copy->to) TRY(parser_expect_keyword(parser, KEYWORD_FROM));
  }
  TRY(parse_file_name(parser, &copy->file));
  return parse_copy_options(parser, &copy->options);
}

// ---------------------------------------------------------------------------------------------------------------------
// EXPORT, IMPORT, ATTACH
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_path(Parser *parser, SqlExpr **path) {
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS) || parser_is(parser, TOKEN_PARAMETER))
    return parse_primary(parser, path);
  int32_t position = parser_position(parser);
  Str text;
  TRY(parse_string(parser, &text));
  return build_string(parser, position, text, path);
}

Status parse_export(Parser *parser, SqlStatement *statement) {
  if (parser_accept_keyword(parser, KEYWORD_SNAPSHOT)) {
    statement->kind = SQL_STATEMENT_SNAPSHOT;
    SqlSnapshot *snapshot = &statement->snapshot;
    snapshot->kind = SQL_SNAPSHOT_EXPORT;
    TRY(parse_column_id_or_string(parser, &snapshot->name));
    TRY(parser_expect_keyword(parser, KEYWORD_TO));
    TRY(parse_path(parser, &snapshot->path));
    return parser_is(parser, TOKEN_LEFT_PARENTHESIS) ? parse_options(parser, &snapshot->options) : OK;
  }
  TRY(parser_expect_keyword(parser, KEYWORD_DATABASE));
  if (!parser_is(parser, TOKEN_STRING) && parser_peek_keyword(parser, 1, KEYWORD_TO)) {
    TRY(parse_column_id(parser, &statement->archive.database));
    parser_advance(parser);
  }
  TRY(parse_path(parser, &statement->archive.path));
  return parse_copy_options(parser, &statement->archive.options);
}

Status parse_import(Parser *parser, SqlStatement *statement) {
  if (parser_accept_keyword(parser, KEYWORD_SNAPSHOT)) {
    statement->kind = SQL_STATEMENT_SNAPSHOT;
    SqlSnapshot *snapshot = &statement->snapshot;
    snapshot->kind = SQL_SNAPSHOT_IMPORT;
    if (parser_peek_keyword(parser, 1, KEYWORD_FROM)) {
      TRY(parse_column_id_or_string(parser, &snapshot->name));
      parser_advance(parser);
    } else {
      parser_accept_keyword(parser, KEYWORD_FROM);
    }
    TRY(parse_path(parser, &snapshot->path));
    return parser_is(parser, TOKEN_LEFT_PARENTHESIS) ? parse_options(parser, &snapshot->options) : OK;
  }
  TRY(parser_expect_keyword(parser, KEYWORD_DATABASE));
  return parse_path(parser, &statement->archive.path);
}

Status parse_attach(Parser *parser, SqlStatement *statement) {
  SqlAttach *attach = &statement->attach;
  if (parser_accept_keyword(parser, KEYWORD_OR)) {
    TRY(parser_expect_keyword(parser, KEYWORD_REPLACE));
    attach->or_replace = true;
  }
  parser_accept_keyword(parser, KEYWORD_DATABASE);
  attach->if_not_exists = parser_accept_if_not_exists(parser);
  TRY(parse_operators(parser, LEVEL_OTHER, &attach->path));
  if (parser_accept_keyword(parser, KEYWORD_AS)) TRY(parse_column_id_or_string(parser, &attach->alias));
  return parser_is(parser, TOKEN_LEFT_PARENTHESIS) ? parse_options(parser, &attach->options) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// SET, RESET
// ---------------------------------------------------------------------------------------------------------------------

static SqlSettingScope accept_scope(Parser *parser) {
  if (parser_peek_is(parser, 1, TOKEN_EQUAL) || parser_peek_keyword(parser, 1, KEYWORD_TO)) return SQL_SCOPE_AUTOMATIC;
  if (parser_accept_keyword(parser, KEYWORD_LOCAL)) return SQL_SCOPE_LOCAL;
  if (parser_accept_keyword(parser, KEYWORD_SESSION)) return SQL_SCOPE_SESSION;
  if (parser_accept_keyword(parser, KEYWORD_GLOBAL)) return SQL_SCOPE_GLOBAL;
  if (parser_accept_keyword(parser, KEYWORD_VARIABLE)) return SQL_SCOPE_VARIABLE;
  return SQL_SCOPE_AUTOMATIC;
}

static Status parse_setting_name(Parser *parser, Str *name) {
  TRY(parse_column_id(parser, name));
  while (parser_accept(parser, TOKEN_DOT)) {
    Str part;
    TRY(parse_label(parser, &part));
    TRY(str_format(parser->arena, parser->error, name, "%.*s.%.*s", STR_ARG(*name), STR_ARG(part)));
  }
  return OK;
}

static Status check_scope(Parser *parser, SqlSettingScope scope) {
  if (scope != SQL_SCOPE_LOCAL) return OK;
  return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "SET LOCAL is not implemented.");
}

Status parse_set(Parser *parser, SqlStatement *statement) {
  statement->set.scope = accept_scope(parser);
  TRY(check_scope(parser, statement->set.scope));
  if (parser_accept_keywords(parser, KEYWORD_TIME, KEYWORD_ZONE)) {
    statement->set.name = STR("timezone");
  } else if (parser_is_keyword(parser, KEYWORD_SCHEMA) && parser_peek_is(parser, 1, TOKEN_STRING)) {
    statement->set.name = STR("schema");
    parser_advance(parser);
  } else {
    TRY(parse_setting_name(parser, &statement->set.name));
    if (!parser_accept(parser, TOKEN_EQUAL)) TRY(parser_expect_keyword(parser, KEYWORD_TO));
  }
  TRY(parse_value(parser, &statement->set.value));
  if (statement->set.value->kind == SQL_EXPR_DEFAULT) { // SET x = DEFAULT
    statement->set.value = NULL;
    statement->set.reset = true;
  }
  if (parser_is(parser, TOKEN_COMMA)) {
    return error_set(parser->error, ERROR_PARSER, -1, "SET needs a single scalar value parameter");
  }
  return OK;
}

Status parse_reset(Parser *parser, SqlStatement *statement) {
  statement->set.reset = true;
  statement->set.scope = accept_scope(parser);
  TRY(check_scope(parser, statement->set.scope));
  if (parser_is_keyword(parser, KEYWORD_ALL)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Can only SET or RESET a variable");
  }
  if (parser_accept_keywords(parser, KEYWORD_TIME, KEYWORD_ZONE)) {
    statement->set.name = STR("timezone");
    return OK;
  }
  return parse_setting_name(parser, &statement->set.name);
}

// ---------------------------------------------------------------------------------------------------------------------
// PRAGMA, EXPLAIN
// ---------------------------------------------------------------------------------------------------------------------

Status parse_pragma(Parser *parser, SqlStatement *statement) {
  SqlExpr *value;
  TRY(parse_column_id(parser, &statement->pragma.name));
  if (parser_accept(parser, TOKEN_EQUAL)) {
    statement->pragma.kind = SQL_PRAGMA_ASSIGN;
    TRY(parse_value(parser, &value));
    ARENA_PUSH(parser->arena, parser->error, &statement->pragma.arguments, value);
    if (!parser_is(parser, TOKEN_COMMA)) return OK;
    return error_set(parser->error, ERROR_PARSER, -1,
                     "PRAGMA statement with assignment should contain exactly one parameter");
  }
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return OK;
  statement->pragma.kind = SQL_PRAGMA_CALL;
  SqlName name = {.name = STR("pragma"), .position = parser_position(parser)};
  SqlExpr *call;
  TRY(parse_call(parser, name, NULL, &call));
  statement->pragma.arguments = call->function.arguments;
  return OK;
}

static Status parse_explain_format(Parser *parser, SqlExplainFormat *format) {
  static const struct {
    const char *name;
    SqlExplainFormat format;
  } formats[] = {{"default", SQL_EXPLAIN_DEFAULT}, {"text", SQL_EXPLAIN_TEXT},         {"json", SQL_EXPLAIN_JSON},
                 {"html", SQL_EXPLAIN_HTML},       {"graphviz", SQL_EXPLAIN_GRAPHVIZ}, {"yaml", SQL_EXPLAIN_YAML},
                 {"mermaid", SQL_EXPLAIN_MERMAID}};
  Str name;
  TRY(parse_label_or_string(parser, &name));
  for (size_t i = 0; i < COUNT_OF(formats); i++) {
    if (str_equal_nocase(name, str_from(formats[i].name))) {
      *format = formats[i].format;
      return OK;
    }
  }
  return error_set(
      parser->error, ERROR_INVALID_INPUT, -1,
      "\"%.*s\" is not a valid FORMAT argument, valid options are: mermaid, yaml, graphviz, html, json, text, "
      "default",
      STR_ARG(name));
}

static bool accept_analyze(Parser *parser) {
  return parser_accept_keyword(parser, KEYWORD_ANALYZE) || parser_accept_keyword(parser, KEYWORD_ANALYSE);
}

// (ANALYZE, FORMAT json)
static Status parse_explain_options(Parser *parser, SqlStatement *statement) {
  parser_advance(parser);
  do {
    if (accept_analyze(parser)) {
      statement->explain.analyze = true;
      parser_accept_keyword(parser, KEYWORD_TRUE);
    } else if (parser_accept_word(parser, STR("format"))) {
      TRY(parse_explain_format(parser, &statement->explain.format));
    } else {
      Str name;
      TRY(parse_label(parser, &name));
      return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Unimplemented explain type: %.*s", STR_ARG(name));
    }
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status parse_explain(Parser *parser, SqlStatement *statement) {
  bool options = parser_is(parser, TOKEN_LEFT_PARENTHESIS) && !parser_starts_query(parser, 1) &&
                 !parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  if (options) {
    TRY(parse_explain_options(parser, statement));
  } else if (accept_analyze(parser)) {
    statement->explain.analyze = true;
  }
  if (parser_is_keyword(parser, KEYWORD_VERBOSE)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Unimplemented explain type: verbose");
  }
  TRY(parser_enter(parser));
  TRY(parse_statement(parser, &statement->explain.statement));
  parser_leave(parser);
  return OK;
}
