// SPDX-License-Identifier: MIT
//
// parser.c: entry points of the parser, and what all its files need: tokens, names, errors, depth.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Tokens
// ---------------------------------------------------------------------------------------------------------------------

void parser_advance(Parser *parser) {
  if (parser->at + 1 < parser->token_count) parser->at++;
}

bool parser_accept(Parser *parser, TokenKind kind) {
  if (!parser_is(parser, kind)) return false;
  parser_advance(parser);
  return true;
}

bool parser_accept_keyword(Parser *parser, Keyword keyword) {
  if (!parser_is_keyword(parser, keyword)) return false;
  parser_advance(parser);
  return true;
}

bool parser_accept_keywords(Parser *parser, Keyword first, Keyword second) {
  if (!parser_is_keyword(parser, first) || !parser_peek_keyword(parser, 1, second)) return false;
  parser_advance(parser);
  parser_advance(parser);
  return true;
}

bool parser_is_word(const Parser *parser, uint32_t ahead, Str word) {
  Token token = parser_peek(parser, ahead);
  return token.kind == TOKEN_IDENTIFIER && str_equal_nocase(parser_token_text(parser, token), word);
}

bool parser_accept_word(Parser *parser, Str word) {
  if (!parser_is_word(parser, 0, word)) return false;
  parser_advance(parser);
  return true;
}

Status parser_expect(Parser *parser, TokenKind kind) {
  return parser_accept(parser, kind) ? OK : parser_syntax_error(parser);
}

Status parser_expect_keyword(Parser *parser, Keyword keyword) {
  return parser_accept_keyword(parser, keyword) ? OK : parser_syntax_error(parser);
}

Status parser_syntax_error_at(Parser *parser, uint32_t token_index) {
  Token token = parser->tokens[MIN_OF(token_index, parser->token_count - 1)];
  if (token.kind == TOKEN_END) {
    return error_set(parser->error, ERROR_PARSER, -1, "syntax error at end of input");
  }
  const char *problem = token.kind == TOKEN_ERROR ? lexer_problem_text((LexProblem)token.problem) : "syntax error";
  return error_set(parser->error, ERROR_PARSER, token.position, "%s at or near \"%.*s\"", problem,
                   STR_ARG(parser_token_text(parser, token)));
}

Status parser_syntax_error(Parser *parser) { return parser_syntax_error_at(parser, parser->at); }

Status parser_depth_error(Parser *parser) {
  return error_set(
      parser->error, ERROR_PARSER, -1,
      "Max expression depth limit of %u exceeded. Use \"SET max_expression_depth TO x\" to increase the maximum "
      "expression depth.",
      parser->max_depth);
}

Status parser_enter(Parser *parser) {
  if (parser->depth >= parser->max_depth) return parser_depth_error(parser);
  parser->depth++;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

bool parser_is_column_id(Token token) {
  if (token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_QUOTED_IDENTIFIER) return true;
  if (token.kind != TOKEN_KEYWORD) return false;
  SqlKeywordClass class = keyword_class((Keyword)token.keyword);
  if (class == SQL_KEYWORD_UNRESERVED || class == SQL_KEYWORD_COLUMN_NAME) return true;
  switch (token.keyword) { // function words that may also name columns
    case KEYWORD_STRUCT:
    case KEYWORD_MAP:
    case KEYWORD_COLUMNS:
    case KEYWORD_GENERATED:
    case KEYWORD_TRY_CAST:
      return true;
    default:
      return false;
  }
}

bool parser_is_type_name(Token token) {
  if (token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_QUOTED_IDENTIFIER) return true;
  if (token.kind != TOKEN_KEYWORD) return false;
  SqlKeywordClass class = keyword_class((Keyword)token.keyword);
  return class == SQL_KEYWORD_UNRESERVED || class == SQL_KEYWORD_TYPE_FUNCTION;
}

bool parser_is_label(Token token) {
  return token.kind == TOKEN_IDENTIFIER || token.kind == TOKEN_QUOTED_IDENTIFIER || token.kind == TOKEN_KEYWORD;
}

Status parser_name_of(Parser *parser, Token token, Str *name) {
  switch (token.kind) {
    case TOKEN_QUOTED_IDENTIFIER:
      return token_identifier_value(parser->arena, parser->text, token, name, parser->error);
    case TOKEN_STRING:
      return token_string_value(parser->arena, parser->text, token, name, parser->error);
    default:
      *name = parser_token_text(parser, token);
      if (parser->options.preserve_identifier_case) return OK;
      return str_lower(parser->arena, parser->error, *name, name);
  }
}

static Status take_name(Parser *parser, bool allowed, Str *name) {
  if (!allowed) return parser_syntax_error(parser);
  TRY(parser_name_of(parser, parser_token(parser), name));
  parser_advance(parser);
  return OK;
}

Status parse_column_id(Parser *parser, Str *name) {
  return take_name(parser, parser_is_column_id(parser_token(parser)), name);
}
Status parse_column_id_or_string(Parser *parser, Str *name) {
  return take_name(parser, parser_is(parser, TOKEN_STRING) || parser_is_column_id(parser_token(parser)), name);
}
Status parse_label(Parser *parser, Str *name) { return take_name(parser, parser_is_label(parser_token(parser)), name); }
Status parse_label_or_string(Parser *parser, Str *name) {
  return take_name(parser, parser_is(parser, TOKEN_STRING) || parser_is_label(parser_token(parser)), name);
}
Status parse_string(Parser *parser, Str *value) { return take_name(parser, parser_is(parser, TOKEN_STRING), value); }

Status parse_dotted_path(Parser *parser, SqlPath *path) {
  Str part;
  TRY(parse_column_id_or_string(parser, &part));
  ARENA_PUSH(parser->arena, parser->error, path, part);
  while (parser_accept(parser, TOKEN_DOT)) {
    TRY(parse_label_or_string(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, path, part);
  }
  return OK;
}

Status parse_collation(Parser *parser, Str *collation) {
  TRY(parse_column_id(parser, collation));
  while (parser_accept(parser, TOKEN_DOT)) {
    Str part;
    TRY(parse_label(parser, &part));
    TRY(str_format(parser->arena, parser->error, collation, "%.*s.%.*s", STR_ARG(*collation), STR_ARG(part)));
  }
  return OK;
}

Status path_to_name(Parser *parser, const SqlPath *path, int32_t position, SqlName *name) {
  if (path->count > 3) {
    TextBuilder text;
    text_init(&text, parser->arena->memory);
    for (uint32_t i = 0; i < path->count; i++) {
      if (i > 0) text_append_char(&text, '.');
      text_append(&text, path->items[i]);
    }
    Status status = error_set(parser->error, ERROR_PARSER, position,
                              "Too many qualifications for identifier \"%.*s\": expected at most catalog.schema.name",
                              STR_ARG(text_str(&text)));
    text_free(&text);
    return status;
  }
  *name = (SqlName){.position = position, .end = parser_end(parser), .name = path->items[path->count - 1]};
  if (path->count > 1) name->schema = path->items[path->count - 2];
  if (path->count > 2) name->catalog = path->items[0];
  return OK;
}

Status parse_qualified_name(Parser *parser, SqlName *name) {
  SqlPath path = {0};
  int32_t position = parser_position(parser);
  TRY(parse_dotted_path(parser, &path));
  return path_to_name(parser, &path, position, name);
}

Status parse_name_list(Parser *parser, SqlNameList *names) {
  do {
    if (names->count > 0 && !parser_is(parser, TOKEN_STRING) && !parser_is_column_id(parser_token(parser))) {
      return OK; // the comma was a trailing one
    }
    Str name;
    TRY(parse_column_id_or_string(parser, &name));
    ARENA_PUSH(parser->arena, parser->error, names, name);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

Status parse_name_list_in_parentheses(Parser *parser, SqlNameList *names) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_name_list(parser, names));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// ---------------------------------------------------------------------------------------------------------------------
// Entry points
// ---------------------------------------------------------------------------------------------------------------------

// The tokens of a parse: accounted memory of their own, given back at its end.
typedef struct TokenBuffer {
  Memory *memory;
  Token *items;
  uint32_t count;
  uint32_t capacity;
  bool has_window_clause;
} TokenBuffer;

static void token_buffer_free(TokenBuffer *buffer) {
  memory_free(buffer->memory, buffer->items, sizeof(Token) * buffer->capacity);
}

// Reads all tokens up to and with the end or the first error; the parser meets that error when it comes there, so that an
// earlier mistake is told first.
static Status token_buffer_fill(TokenBuffer *buffer, Str text, Error *error) {
  Lexer lexer = {.text = text};
  for (;;) {
    if (buffer->count == buffer->capacity) {
      uint32_t capacity = buffer->capacity ? buffer->capacity * 2 : 64;
      Token *items =
          memory_grow(buffer->memory, buffer->items, sizeof(Token) * buffer->capacity, sizeof(Token) * capacity);
      if (!items) return error_no_memory(error);
      buffer->items = items;
      buffer->capacity = capacity;
    }
    Token token = lexer_next(&lexer);
    buffer->items[buffer->count++] = token;
    if (token.keyword == KEYWORD_WINDOW) buffer->has_window_clause = true;
    if (token.kind == TOKEN_END || token.kind == TOKEN_ERROR) return OK;
  }
}

typedef Status (*ParseFunction)(Parser *parser, void *result);

static Status run_parser(Arena *arena, Str text, SqlOptions options, ParseFunction parse, void *result, Error *error) {
  if (text.length > INT32_MAX / 2) return error_set(error, ERROR_PARSER, -1, "The SQL text is too long");
  TokenBuffer buffer = {.memory = arena->memory};
  Status status = token_buffer_fill(&buffer, text, error);
  if (status == OK) {
    uint32_t depth = options.max_depth ? options.max_depth : SQL_DEPTH_DEFAULT;
    SqlParameterList parameters = {0};
    Parser parser = {.arena = arena,
                     .error = error,
                     .text = text,
                     .options = options,
                     .tokens = buffer.items,
                     .token_count = buffer.count,
                     .max_depth = MIN_OF(depth, SQL_DEPTH_CEILING),
                     .parameters = &parameters,
                     .has_window_clause = buffer.has_window_clause};
    status = parse(&parser, result);
  }
  token_buffer_free(&buffer);
  return status;
}

static Status expect_end(Parser *parser) { return parser_is(parser, TOKEN_END) ? OK : parser_syntax_error(parser); }

static Status run_script(Parser *parser, void *result) {
  SqlScript *script = result;
  for (;;) {
    while (parser_accept(parser, TOKEN_SEMICOLON)) continue;
    if (parser_is(parser, TOKEN_END)) return OK;
    SqlStatement *statement;
    parser->parameter_style = PARAMETERS_NONE;
    parser->windows = NULL;
    TRY(parse_statement(parser, &statement));
    ARENA_PUSH(parser->arena, parser->error, script, statement);
    if (!parser_is(parser, TOKEN_SEMICOLON) && !parser_is(parser, TOKEN_END)) return parser_syntax_error(parser);
  }
}

static Status run_expression(Parser *parser, void *result) {
  TRY(parse_expression(parser, (SqlExpr **)result));
  return expect_end(parser);
}

static Status run_expressions(Parser *parser, void *result) {
  TRY(parse_select_items(parser, (SqlExprList *)result));
  return expect_end(parser);
}

static Status run_type(Parser *parser, void *result) {
  TRY(parse_type(parser, (SqlType **)result));
  return expect_end(parser);
}

static Status run_query(Parser *parser, void *result) {
  TRY(parse_query(parser, (SqlQuery **)result));
  while (parser_accept(parser, TOKEN_SEMICOLON)) continue;
  return expect_end(parser);
}

Status sql_parse(Arena *arena, Str text, SqlOptions options, SqlScript *script, Error *error) {
  *script = (SqlScript){0};
  return run_parser(arena, text, options, run_script, script, error);
}

Status sql_parse_expression(Arena *arena, Str text, SqlOptions options, SqlExpr **expr, Error *error) {
  return run_parser(arena, text, options, run_expression, expr, error);
}

Status sql_parse_expressions(Arena *arena, Str text, SqlOptions options, SqlExprList *list, Error *error) {
  *list = (SqlExprList){0};
  return run_parser(arena, text, options, run_expressions, list, error);
}

Status sql_parse_type(Arena *arena, Str text, SqlOptions options, SqlType **type, Error *error) {
  return run_parser(arena, text, options, run_type, type, error);
}

Status sql_parse_query(Arena *arena, Str text, SqlOptions options, SqlQuery **query, Error *error) {
  return run_parser(arena, text, options, run_query, query, error);
}
