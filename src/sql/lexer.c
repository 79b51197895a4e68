// SPDX-License-Identifier: MIT
//
// lexer.c: see lexer.h. Works on bytes; every byte >= 0x80 that starts no Unicode space is part of a name.
#include "sql/lexer.h"

typedef struct OperatorText {
  const char *text;
  TokenKind kind;
} OperatorText;

// Operators that the grammar knows by name; all others are TOKEN_OPERATOR.
static const OperatorText known_operators[] = {
    {"+", TOKEN_PLUS},         {"-", TOKEN_MINUS},          {"*", TOKEN_STAR},       {"/", TOKEN_SLASH},
    {"//", TOKEN_SLASH_SLASH}, {"%", TOKEN_PERCENT},        {"^", TOKEN_CARET},      {"**", TOKEN_STAR_STAR},
    {"<", TOKEN_LESS},         {"<=", TOKEN_LESS_EQUAL},    {">", TOKEN_GREATER},    {">=", TOKEN_GREATER_EQUAL},
    {"=", TOKEN_EQUAL},        {"<>", TOKEN_NOT_EQUAL},     {"!=", TOKEN_NOT_EQUAL}, {"=>", TOKEN_EQUALS_GREATER},
    {"->", TOKEN_ARROW},       {"->>", TOKEN_DOUBLE_ARROW},
};

static bool is_digit(unsigned char byte) { return byte >= '0' && byte <= '9'; }
static bool is_name_start(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}
static bool is_name_part(unsigned char byte) { return is_name_start(byte) || is_digit(byte) || byte == '$'; }
static bool is_space(unsigned char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f' || byte == '\v';
}
static bool is_operator_byte(unsigned char byte) { return byte != 0 && strchr("~!@^&|`+-*/%<>=", byte) != NULL; }
// Operators that hold one of these keep a trailing + or -.
static bool keeps_sign(unsigned char byte) { return byte != 0 && strchr("~!@^&|`%", byte) != NULL; }

// The byte at an offset from the present place; 0 beyond the end.
static unsigned char byte_at(const Lexer *lexer, size_t offset) {
  return lexer->at + offset < lexer->text.length ? (unsigned char)lexer->text.data[lexer->at + offset] : 0;
}
static bool at_end(const Lexer *lexer) { return lexer->at >= lexer->text.length; }

// Bytes of the Unicode space at the present place, 0 when there is none: U+00A0, U+2000..200B, U+202F, U+205F, U+3000, U+FEFF.
static size_t unicode_space(const Lexer *lexer) {
  unsigned char a = byte_at(lexer, 0), b = byte_at(lexer, 1), c = byte_at(lexer, 2);
  if (a == 0xC2 && b == 0xA0) return 2;
  if (a == 0xE2 && b == 0x80 && ((c >= 0x80 && c <= 0x8B) || c == 0xAF)) return 3;
  if (a == 0xE2 && b == 0x81 && c == 0x9F) return 3;
  if (a == 0xE3 && b == 0x80 && c == 0x80) return 3;
  if (a == 0xEF && b == 0xBB && c == 0xBF) return 3;
  return 0;
}

static Token make_token(const Lexer *lexer, size_t start, TokenKind kind) {
  return (Token){.position = (int32_t)start, .end = (int32_t)lexer->at, .kind = (uint8_t)kind};
}

static Token make_error(Lexer *lexer, size_t start, LexProblem problem) {
  Token token = make_token(lexer, start, TOKEN_ERROR);
  token.problem = (uint8_t)problem;
  return token;
}

static void skip_line_comment(Lexer *lexer) {
  while (!at_end(lexer) && byte_at(lexer, 0) != '\n' && byte_at(lexer, 0) != '\r') lexer->at++;
}

// Stands on "/*"; false: it does not end.
static bool skip_block_comment(Lexer *lexer) {
  size_t depth = 0;
  while (!at_end(lexer)) {
    if (byte_at(lexer, 0) == '/' && byte_at(lexer, 1) == '*') {
      depth++;
      lexer->at += 2;
    } else if (byte_at(lexer, 0) == '*' && byte_at(lexer, 1) == '/') {
      lexer->at += 2;
      if (--depth == 0) return true;
    } else {
      lexer->at++;
    }
  }
  return false;
}

static void skip_spaces(Lexer *lexer) {
  while (!at_end(lexer)) {
    if (is_space(byte_at(lexer, 0))) {
      lexer->at++;
    } else {
      size_t wide = byte_at(lexer, 0) >= 0x80 ? unicode_space(lexer) : 0;
      if (wide == 0) return;
      lexer->at += wide;
    }
  }
}

// Stands behind the opening quote; leaves behind the closing one. A doubled quote goes on; with `backslash` so does \'.
static bool skip_quoted(Lexer *lexer, char quote, bool backslash) {
  while (!at_end(lexer)) {
    char byte = (char)byte_at(lexer, 0);
    lexer->at++;
    if (byte == '\\' && backslash) {
      if (!at_end(lexer)) lexer->at++;
    } else if (byte == quote) {
      if ((char)byte_at(lexer, 0) != quote || at_end(lexer)) return true;
      lexer->at++;
    }
  }
  return false;
}

// Whether another string literal follows after white space that holds a newline, so that it is joined to the one before. Leaves
// the lexer behind its opening quote then, and untouched otherwise.
static bool continues_on_next_line(Lexer *lexer) {
  size_t start = lexer->at;
  bool newline = false;
  for (;;) {
    while (!at_end(lexer) && is_space(byte_at(lexer, 0))) {
      newline |= byte_at(lexer, 0) == '\n' || byte_at(lexer, 0) == '\r';
      lexer->at++;
    }
    if (byte_at(lexer, 0) == '-' && byte_at(lexer, 1) == '-') {
      skip_line_comment(lexer);
    } else {
      break;
    }
  }
  if (newline && byte_at(lexer, 0) == '\'') {
    lexer->at++;
    return true;
  }
  lexer->at = start;
  return false;
}

// Stands behind the opening quote.
static Token lex_string(Lexer *lexer, size_t start, bool backslash, LexProblem problem) {
  do {
    if (!skip_quoted(lexer, '\'', backslash)) return make_error(lexer, start, problem);
  } while (continues_on_next_line(lexer));
  return make_token(lexer, start, TOKEN_STRING);
}

// Length of the `$tag$` at the present place, 0 when it is none.
static size_t dollar_tag_length(const Lexer *lexer) {
  size_t length = 1;
  if (byte_at(lexer, 1) != '$' && !is_name_start(byte_at(lexer, 1))) return 0;
  while (is_name_start(byte_at(lexer, length)) || is_digit(byte_at(lexer, length))) length++;
  return byte_at(lexer, length) == '$' ? length + 1 : 0;
}

static Token lex_dollar(Lexer *lexer, size_t start) {
  size_t tag_length = dollar_tag_length(lexer);
  if (tag_length > 0) {
    Str tag = {lexer->text.data + lexer->at, tag_length};
    lexer->at += tag_length;
    Str rest = {lexer->text.data + lexer->at, lexer->text.length - lexer->at};
    size_t found;
    if (!str_find(rest, tag, &found)) {
      lexer->at = lexer->text.length;
      return make_error(lexer, start, LEX_UNTERMINATED_DOLLAR);
    }
    lexer->at += found + tag_length;
    return make_token(lexer, start, TOKEN_STRING);
  }
  lexer->at++;
  if (is_digit(byte_at(lexer, 0))) {
    while (is_digit(byte_at(lexer, 0))) lexer->at++;
    return make_token(lexer, start, TOKEN_PARAMETER);
  }
  if (is_name_start(byte_at(lexer, 0))) {
    while (is_name_part(byte_at(lexer, 0))) lexer->at++;
    return make_token(lexer, start, TOKEN_PARAMETER);
  }
  return make_error(lexer, start, LEX_STRAY_BYTE);
}

static void skip_digits(Lexer *lexer) {
  // An underscore counts only between two digits.
  while (is_digit(byte_at(lexer, 0)) || (byte_at(lexer, 0) == '_' && is_digit(byte_at(lexer, 1)) && lexer->at > 0 &&
                                         is_digit((unsigned char)lexer->text.data[lexer->at - 1]))) {
    lexer->at++;
  }
}

static Token lex_number(Lexer *lexer, size_t start) {
  TokenKind kind = TOKEN_INTEGER;
  skip_digits(lexer);
  if (byte_at(lexer, 0) == '.' && byte_at(lexer, 1) != '.') { // 1..2 is 1, .., 2
    kind = TOKEN_DECIMAL;
    lexer->at++;
    skip_digits(lexer);
  }
  if (byte_at(lexer, 0) == 'e' || byte_at(lexer, 0) == 'E') {
    size_t sign = byte_at(lexer, 1) == '+' || byte_at(lexer, 1) == '-';
    if (is_digit(byte_at(lexer, 1 + sign))) {
      kind = TOKEN_DECIMAL;
      lexer->at += 1 + sign;
      skip_digits(lexer);
    }
  }
  return make_token(lexer, start, kind);
}

static Token lex_operator(Lexer *lexer, size_t start) {
  size_t length = 0;
  while (is_operator_byte(byte_at(lexer, length))) {
    bool comment = (byte_at(lexer, length) == '-' && byte_at(lexer, length + 1) == '-') ||
                   (byte_at(lexer, length) == '/' && byte_at(lexer, length + 1) == '*');
    if (comment) break;
    length++;
  }
  Str text = {lexer->text.data + start, length};
  if (length > 1 && (text.data[length - 1] == '+' || text.data[length - 1] == '-')) {
    bool keeps = false;
    for (size_t i = 0; i < length; i++) keeps |= keeps_sign((unsigned char)text.data[i]);
    while (!keeps && text.length > 1 && (text.data[text.length - 1] == '+' || text.data[text.length - 1] == '-')) {
      text.length--;
    }
  }
  lexer->at = start + text.length;
  for (size_t i = 0; i < COUNT_OF(known_operators); i++) {
    if (str_equal(text, str_from(known_operators[i].text))) return make_token(lexer, start, known_operators[i].kind);
  }
  return make_token(lexer, start, TOKEN_OPERATOR);
}

static Token lex_word(Lexer *lexer, size_t start) {
  unsigned char first = byte_at(lexer, 0);
  if (byte_at(lexer, 1) == '\'') {
    LexProblem problem = LEX_FINE;
    if (first == 'e' || first == 'E') problem = LEX_UNTERMINATED_STRING;
    if (first == 'x' || first == 'X') problem = LEX_UNTERMINATED_HEX;
    if (first == 'b' || first == 'B') problem = LEX_UNTERMINATED_BITS;
    if (problem != LEX_FINE) {
      lexer->at += 2;
      return lex_string(lexer, start, problem == LEX_UNTERMINATED_STRING, problem);
    }
  }
  while (is_name_part(byte_at(lexer, 0)) && (byte_at(lexer, 0) < 0x80 || unicode_space(lexer) == 0)) lexer->at++;
  Token token = make_token(lexer, start, TOKEN_IDENTIFIER);
  token.keyword = (uint16_t)keyword_find((Str){lexer->text.data + start, lexer->at - start});
  if (token.keyword != NO_KEYWORD) token.kind = TOKEN_KEYWORD;
  return token;
}

static Token lex_colon(Lexer *lexer, size_t start) {
  TokenKind kind = TOKEN_COLON;
  if (byte_at(lexer, 1) == ':') kind = TOKEN_COLON_COLON;
  if (byte_at(lexer, 1) == '=') kind = TOKEN_COLON_EQUALS;
  lexer->at += kind == TOKEN_COLON ? 1 : 2;
  return make_token(lexer, start, kind);
}

static TokenKind single_byte_kind(unsigned char byte) {
  switch (byte) {
    case '(':
      return TOKEN_LEFT_PARENTHESIS;
    case ')':
      return TOKEN_RIGHT_PARENTHESIS;
    case '[':
      return TOKEN_LEFT_BRACKET;
    case ']':
      return TOKEN_RIGHT_BRACKET;
    case '{':
      return TOKEN_LEFT_BRACE;
    case '}':
      return TOKEN_RIGHT_BRACE;
    case ',':
      return TOKEN_COMMA;
    case ';':
      return TOKEN_SEMICOLON;
    case '#':
      return TOKEN_HASH;
    default:
      return TOKEN_ERROR;
  }
}

static Token lex_quoted_identifier(Lexer *lexer, size_t start) {
  lexer->at++;
  if (!skip_quoted(lexer, '"', false)) return make_error(lexer, start, LEX_UNTERMINATED_IDENTIFIER);
  if (lexer->at - start == 2) return make_error(lexer, start, LEX_EMPTY_IDENTIFIER);
  return make_token(lexer, start, TOKEN_QUOTED_IDENTIFIER);
}

Token lexer_next(Lexer *lexer) {
  for (;;) {
    skip_spaces(lexer);
    size_t start = lexer->at;
    if (at_end(lexer)) return make_token(lexer, start, TOKEN_END);
    unsigned char byte = byte_at(lexer, 0), next = byte_at(lexer, 1);
    if (byte == '-' && next == '-') {
      skip_line_comment(lexer);
      if (lexer->keep_comments) return make_token(lexer, start, TOKEN_COMMENT);
      continue;
    }
    if (byte == '/' && next == '*') {
      if (!skip_block_comment(lexer)) return make_error(lexer, start, LEX_UNTERMINATED_COMMENT);
      if (lexer->keep_comments) return make_token(lexer, start, TOKEN_COMMENT);
      continue;
    }
    if (is_name_start(byte)) return lex_word(lexer, start);
    if (is_digit(byte) || (byte == '.' && is_digit(next))) return lex_number(lexer, start);
    if (byte == '\'') {
      lexer->at++;
      return lex_string(lexer, start, false, LEX_UNTERMINATED_STRING);
    }
    if (byte == '"') return lex_quoted_identifier(lexer, start);
    if (byte == '$') return lex_dollar(lexer, start);
    if (byte == ':') return lex_colon(lexer, start);
    if (byte == '.') {
      lexer->at += next == '.' ? 2 : 1;
      return make_token(lexer, start, next == '.' ? TOKEN_DOT_DOT : TOKEN_DOT);
    }
    if (byte == '?') {
      lexer->at++;
      while (is_digit(byte_at(lexer, 0))) lexer->at++;
      return make_token(lexer, start, TOKEN_PARAMETER);
    }
    TokenKind kind = single_byte_kind(byte);
    if (kind == TOKEN_ERROR && is_operator_byte(byte)) return lex_operator(lexer, start);
    lexer->at++;
    return kind == TOKEN_ERROR ? make_error(lexer, start, LEX_STRAY_BYTE) : make_token(lexer, start, kind);
  }
}

const char *lexer_problem_text(LexProblem problem) {
  switch (problem) {
    case LEX_UNTERMINATED_STRING:
      return "unterminated quoted string";
    case LEX_UNTERMINATED_IDENTIFIER:
      return "unterminated quoted identifier";
    case LEX_UNTERMINATED_DOLLAR:
      return "unterminated dollar-quoted string";
    case LEX_UNTERMINATED_COMMENT:
      return "unterminated /* comment";
    case LEX_UNTERMINATED_HEX:
      return "unterminated hexadecimal string literal";
    case LEX_UNTERMINATED_BITS:
      return "unterminated bit string literal";
    case LEX_EMPTY_IDENTIFIER:
      return "zero-length delimited identifier";
    default:
      return "syntax error";
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Values of tokens
// ---------------------------------------------------------------------------------------------------------------------

static int hex_value(unsigned char byte) {
  if (is_digit(byte)) return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

// Reads up to `most` digits of base 8 or 16; returns how many there were.
static size_t read_digits(Str text, size_t at, int base, size_t most, uint32_t *value) {
  size_t count = 0;
  *value = 0;
  while (count < most && at + count < text.length) {
    int digit = hex_value((unsigned char)text.data[at + count]);
    if (digit < 0 || digit >= base) break;
    *value = *value * (uint32_t)base + (uint32_t)digit;
    count++;
  }
  return count;
}

// One escape of E'…': text[at] is what follows the backslash. Writes its bytes and returns what was taken, 0 when it is wrong.
static size_t decode_escape(Str text, size_t at, char *out, size_t *written) {
  uint32_t value;
  size_t digits;
  *written = 1;
  switch (text.data[at]) {
    case 'b':
      out[0] = '\b';
      return 1;
    case 'f':
      out[0] = '\f';
      return 1;
    case 'n':
      out[0] = '\n';
      return 1;
    case 'r':
      out[0] = '\r';
      return 1;
    case 't':
      out[0] = '\t';
      return 1;
    case 'x':
      digits = read_digits(text, at + 1, 16, 2, &value);
      out[0] = digits ? (char)value : 'x';
      return 1 + digits;
    case 'u':
    case 'U': {
      size_t wanted = text.data[at] == 'u' ? 4 : 8;
      if (read_digits(text, at + 1, 16, wanted, &value) != wanted) return 0;
      if (value == 0 || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0;
      *written = utf8_encode(value, out);
      return 1 + wanted;
    }
    default:
      digits = read_digits(text, at, 8, 3, &value);
      out[0] = digits ? (char)value : text.data[at];
      return digits ? digits : 1;
  }
}

// Copies what stands between quotes, joining the parts of a literal that goes on in the next line.
static Status decode_quoted(Arena *arena, Str body, bool backslash, int32_t position, Str *value, Error *error) {
  char *out = arena_allocate(arena, body.length + 1);
  if (!out) return error_no_memory(error);
  size_t length = 0;
  for (size_t at = 0; at < body.length;) {
    if (body.data[at] == '\'') {
      at++;
      if (at < body.length && body.data[at] == '\'') {
        out[length++] = '\'';
        at++;
        continue;
      }
      // The end of one part: on to the next opening quote, over white space and comments.
      while (at < body.length && body.data[at] != '\'') {
        if (body.data[at] == '-') {
          while (at < body.length && body.data[at] != '\n' && body.data[at] != '\r') at++;
        } else {
          at++;
        }
      }
      at++;
    } else if (body.data[at] == '\\' && backslash && at + 1 < body.length) {
      size_t written;
      size_t taken = decode_escape(body, at + 1, out + length, &written);
      if (taken == 0) return error_set(error, ERROR_PARSER, position, "invalid Unicode escape value");
      at += 1 + taken;
      length += written;
    } else {
      out[length++] = body.data[at++];
    }
  }
  *value = (Str){out, length};
  if (backslash && !utf8_valid(*value, NULL)) {
    return error_set(error, ERROR_PARSER, position, "invalid byte sequence for encoding \"UTF8\"");
  }
  return OK;
}

Status token_string_value(Arena *arena, Str text, Token token, Str *value, Error *error) {
  Str whole = {text.data + token.position, (size_t)(token.end - token.position)};
  if (whole.data[0] == '$') {
    size_t tag = 1;
    while (whole.data[tag] != '$') tag++;
    tag++;
    *value = (Str){whole.data + tag, whole.length - 2 * tag};
    return OK;
  }
  char prefix = whole.data[0];
  size_t skip = prefix == '\'' ? 1 : 2;
  bool backslash = prefix == 'e' || prefix == 'E';
  Str body = {whole.data + skip, whole.length - skip - 1};
  bool plain = memchr(body.data, '\'', body.length) == NULL && !(backslash && memchr(body.data, '\\', body.length));
  if (prefix == 'x' || prefix == 'X' || prefix == 'b' || prefix == 'B') {
    // As in DuckDB: no bytes, but a string that starts with the letter.
    Str digits = body;
    if (!plain) TRY(decode_quoted(arena, body, false, token.position, &digits, error));
    return str_format(arena, error, value, "%c%.*s", prefix | 0x20, STR_ARG(digits));
  }
  if (plain) {
    *value = body;
    return OK;
  }
  return decode_quoted(arena, body, backslash, token.position, value, error);
}

Status token_identifier_value(Arena *arena, Str text, Token token, Str *value, Error *error) {
  Str body = {text.data + token.position + 1, (size_t)(token.end - token.position) - 2};
  if (memchr(body.data, '"', body.length) == NULL) {
    *value = body;
    return OK;
  }
  char *out = arena_allocate(arena, body.length);
  if (!out) return error_no_memory(error);
  size_t length = 0;
  for (size_t at = 0; at < body.length; at++) {
    out[length++] = body.data[at];
    if (body.data[at] == '"') at++;
  }
  *value = (Str){out, length};
  return OK;
}
