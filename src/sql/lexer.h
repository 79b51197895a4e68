// SPDX-License-Identifier: MIT
//
// lexer.h: SQL text to tokens, one at a time, without allocation. Private to sql/.
//
// The rules are PostgreSQL's as DuckDB has them: '' and "" double a quote, E'…' has backslash escapes, $tag$…$tag$ has none,
// string literals on consecutive lines join, /* comments */ nest, and a run of operator characters is one operator, which gives
// back trailing + and - unless it holds one of ~ ! @ ^ & | ` ? # %. White space includes the Unicode spaces.
#ifndef SMEW_SQL_LEXER_H
#define SMEW_SQL_LEXER_H

#include "sql/sql.h"
#include "vector/keywords.h"

typedef enum TokenKind {
  TOKEN_END,
  TOKEN_ERROR,   // see Token.problem
  TOKEN_COMMENT, // only when Lexer.keep_comments
  TOKEN_IDENTIFIER,
  TOKEN_QUOTED_IDENTIFIER,
  TOKEN_KEYWORD,
  TOKEN_INTEGER,   // digits and _
  TOKEN_DECIMAL,   // with a point or an exponent
  TOKEN_STRING,    // all forms; token_string_value decodes
  TOKEN_PARAMETER, // $1, $name, ?, ?1
  TOKEN_OPERATOR,  // any other operator: ||, @>, ~~*
  TOKEN_LEFT_PARENTHESIS,
  TOKEN_RIGHT_PARENTHESIS,
  TOKEN_LEFT_BRACKET,
  TOKEN_RIGHT_BRACKET,
  TOKEN_LEFT_BRACE,
  TOKEN_RIGHT_BRACE,
  TOKEN_COMMA,
  TOKEN_SEMICOLON,
  TOKEN_DOT,
  TOKEN_DOT_DOT,
  TOKEN_COLON,
  TOKEN_COLON_COLON,
  TOKEN_COLON_EQUALS,
  TOKEN_EQUALS_GREATER, // =>
  TOKEN_ARROW,          // ->
  TOKEN_DOUBLE_ARROW,   // ->>
  TOKEN_PLUS,
  TOKEN_MINUS,
  TOKEN_STAR,
  TOKEN_SLASH,
  TOKEN_SLASH_SLASH,
  TOKEN_PERCENT,
  TOKEN_CARET,
  TOKEN_STAR_STAR,
  TOKEN_LESS,
  TOKEN_LESS_EQUAL,
  TOKEN_GREATER,
  TOKEN_GREATER_EQUAL,
  TOKEN_EQUAL,
  TOKEN_NOT_EQUAL,
  TOKEN_HASH,
} TokenKind;

typedef enum LexProblem {
  LEX_FINE,
  LEX_UNTERMINATED_STRING,
  LEX_UNTERMINATED_IDENTIFIER,
  LEX_UNTERMINATED_DOLLAR,
  LEX_UNTERMINATED_COMMENT,
  LEX_UNTERMINATED_HEX,
  LEX_UNTERMINATED_BITS,
  LEX_EMPTY_IDENTIFIER,
  LEX_STRAY_BYTE,
} LexProblem;

typedef struct Token {
  int32_t position; // [position, end) of the text
  int32_t end;
  uint16_t keyword; // Keyword, of TOKEN_KEYWORD
  uint8_t kind;     // TokenKind
  uint8_t problem;  // LexProblem, of TOKEN_ERROR
} Token;

typedef struct Lexer {
  Str text;
  size_t at;
  bool keep_comments;
} Lexer;

// The next token; TOKEN_END for ever at the end. After a TOKEN_ERROR the lexer stands behind it and may go on.
Token lexer_next(Lexer *lexer);
const char *lexer_problem_text(LexProblem problem); // "unterminated quoted string"

// The value of a string token: quotes gone, escapes resolved. Borrowed from the text where possible, else from the arena.
// An escape that makes no valid UTF-8 is an error.
Status token_string_value(Arena *arena, Str text, Token token, Str *value, Error *error) MUST_USE;
// The name of a quoted identifier.
Status token_identifier_value(Arena *arena, Str text, Token token, Str *value, Error *error) MUST_USE;

#endif
