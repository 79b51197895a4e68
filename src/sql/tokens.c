// SPDX-License-Identifier: MIT
//
// tokens.c: what tokens alone tell: highlighting and completion in line editors, where a statement ends, whether it is complete.
#include "sql/lexer.h"

static SqlTokenKind public_kind(Token token) {
  switch (token.kind) {
    case TOKEN_ERROR:
      return SQL_TOKEN_ERROR;
    case TOKEN_COMMENT:
      return SQL_TOKEN_COMMENT;
    case TOKEN_IDENTIFIER:
      return SQL_TOKEN_IDENTIFIER;
    case TOKEN_QUOTED_IDENTIFIER:
      return SQL_TOKEN_QUOTED_IDENTIFIER;
    case TOKEN_KEYWORD:
      return SQL_TOKEN_KEYWORD;
    case TOKEN_INTEGER:
    case TOKEN_DECIMAL:
      return SQL_TOKEN_NUMBER;
    case TOKEN_STRING:
      return SQL_TOKEN_STRING;
    case TOKEN_PARAMETER:
    case TOKEN_HASH:
      return SQL_TOKEN_PARAMETER;
    default:
      return SQL_TOKEN_OPERATOR;
  }
}

Status sql_tokenize(Arena *arena, Str text, SqlTokenList *tokens, Error *error) {
  *tokens = (SqlTokenList){0};
  if (text.length > INT32_MAX) return error_set(error, ERROR_PARSER, -1, "The SQL text is too long");
  Lexer lexer = {.text = text, .keep_comments = true};
  for (Token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
    SqlToken made = {.kind = public_kind(token), .position = token.position, .end = token.end};
    ARENA_PUSH(arena, error, tokens, made);
  }
  return OK;
}

size_t sql_first_end(Str text) {
  Lexer lexer = {.text = text};
  bool begun = false;
  if (text.length > INT32_MAX) return text.length;
  for (Token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
    if (token.kind == TOKEN_SEMICOLON && begun) return (size_t)token.end;
    begun |= token.kind != TOKEN_SEMICOLON;
  }
  return text.length;
}

bool sql_is_complete(Str text) {
  if (text.length > INT32_MAX) return true;
  Lexer lexer = {.text = text};
  bool complete = true;
  for (Token token = lexer_next(&lexer); token.kind != TOKEN_END; token = lexer_next(&lexer)) {
    bool open = token.kind == TOKEN_ERROR && token.problem != LEX_STRAY_BYTE && token.problem != LEX_EMPTY_IDENTIFIER;
    if (open) return false; // an unterminated string or comment runs to the end
    complete = token.kind == TOKEN_SEMICOLON;
  }
  return complete;
}
