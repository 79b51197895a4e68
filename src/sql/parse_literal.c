// SPDX-License-Identifier: MIT
//
// parse_literal.c: numbers, parameters and INTERVAL literals.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Numbers. A literal is the narrowest of: integer (128 bits, then unsigned), decimal (a point, no exponent, at most 38 digits),
// double. Underscores between digits are dropped.
// ---------------------------------------------------------------------------------------------------------------------

#define DECIMAL_DIGITS 38

static Status without_underscores(Parser *parser, Str text, Str *clean) {
  *clean = text;
  if (memchr(text.data, '_', text.length) == NULL) return OK;
  char *out = arena_allocate(parser->arena, text.length);
  if (!out) return error_no_memory(parser->error);
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] != '_') out[length++] = text.data[i];
  }
  *clean = (Str){out, length};
  return OK;
}

// Fills a DECIMAL literal: false when it has an exponent or too many digits.
static bool fill_decimal(SqlLiteral *literal, Str text) {
  int128 value = 0;
  uint32_t width = 0, scale = 0;
  bool point = false;
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.data[i];
    if (byte == '.') {
      point = true;
      continue;
    }
    if (byte < '0' || byte > '9' || width == DECIMAL_DIGITS) return false;
    value = value * 10 + (byte - '0');
    width++;
    scale += point;
  }
  literal->kind = SQL_LITERAL_DECIMAL;
  literal->integer = value;
  literal->width = (uint8_t)width;
  literal->scale = (uint8_t)scale;
  return point;
}

static void fill_number(SqlLiteral *literal, Str text, bool is_integer) {
  if (is_integer) {
    literal->kind = SQL_LITERAL_INTEGER;
    if (number_parse_i128(text, &literal->integer) == NUMBER_OK) return;
    literal->kind = SQL_LITERAL_UNSIGNED;
    if (number_parse_u128(text, &literal->unsigned_integer) == NUMBER_OK) return;
  } else if (fill_decimal(literal, text)) {
    return;
  }
  literal->kind = SQL_LITERAL_FLOAT;
  if (number_parse_f64(text, &literal->floating) == NUMBER_OVERFLOW) literal->floating = __builtin_inf();
}

Status parse_number(Parser *parser, SqlExpr **expr) {
  Token token = parser_token(parser);
  Str text;
  TRY(without_underscores(parser, parser_token_text(parser, token), &text));
  parser_advance(parser);
  TRY(build_expr(parser, SQL_EXPR_LITERAL, token.position, expr));
  (*expr)->literal.text = text;
  fill_number(&(*expr)->literal, text, token.kind == TOKEN_INTEGER);
  return OK;
}

bool literal_negate(SqlLiteral *literal) {
  const uint128 smallest = (uint128)1 << 127; // the magnitude of the smallest int128
  switch (literal->kind) {
    case SQL_LITERAL_INTEGER:
    case SQL_LITERAL_DECIMAL:
      if ((uint128)literal->integer == smallest) { // - - 170141183460469231731687303715884105728
        literal->kind = SQL_LITERAL_UNSIGNED;
        literal->unsigned_integer = smallest;
      } else {
        literal->integer = -literal->integer;
      }
      return true;
    case SQL_LITERAL_UNSIGNED:
      if (literal->unsigned_integer == smallest) {
        literal->kind = SQL_LITERAL_INTEGER;
        literal->integer = (int128)smallest;
      } else {
        double value = 0;
        if (number_parse_f64(literal->text, &value) != NUMBER_OK) return false;
        literal->kind = SQL_LITERAL_FLOAT;
        literal->floating = -value;
      }
      return true;
    case SQL_LITERAL_FLOAT:
      literal->floating = -literal->floating;
      return true;
    default:
      return false;
  }
}

Status parse_signed_integer(Parser *parser, int64_t *value) {
  bool minus = parser_accept(parser, TOKEN_MINUS);
  if (!minus) parser_accept(parser, TOKEN_PLUS);
  if (!parser_is(parser, TOKEN_INTEGER)) return parser_syntax_error(parser);
  int32_t position = parser_position(parser);
  SqlExpr *number;
  TRY(parse_number(parser, &number));
  int128 wide = minus ? -number->literal.integer : number->literal.integer;
  if (number->literal.kind != SQL_LITERAL_INTEGER || wide < INT64_MIN || wide > INT64_MAX) {
    return error_set(parser->error, ERROR_PARSER, position, "value \"%.*s\" is out of range for type bigint",
                     STR_ARG(number->literal.text));
  }
  *value = (int64_t)wide;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Parameters: ? takes the number after the highest so far; $1 and $name may come again.
// ---------------------------------------------------------------------------------------------------------------------

// The index of the parameter of that name; the count when it is new. Numbered ones usually come in order.
static uint32_t find_parameter(const SqlParameterList *parameters, Str name, int64_t number) {
  if (number > 0 && number <= parameters->count && str_equal(parameters->items[number - 1].name, name)) {
    return (uint32_t)number - 1;
  }
  if (number > 0 && number > parameters->highest_number) return parameters->count;
  for (uint32_t i = 0; i < parameters->count; i++) {
    if (str_equal_nocase(parameters->items[i].name, name)) return i;
  }
  return parameters->count;
}

Status parse_parameter(Parser *parser, SqlExpr **expr) {
  Token token = parser_token(parser);
  Str text = parser_token_text(parser, token);
  Str name = {text.data + 1, text.length - 1};
  bool named = name.length > 0 && !(name.data[0] >= '0' && name.data[0] <= '9');
  ParameterStyle style = named ? PARAMETERS_NAMED : PARAMETERS_NUMBERED;
  if (parser->parameter_style != PARAMETERS_NONE && parser->parameter_style != style) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1,
                     "Mixing named and positional parameters is not supported yet");
  }
  parser->parameter_style = style;
  int64_t number = 0;
  if (!named) {
    number = (int64_t)parser->parameters->highest_number + 1;
    if (name.length > 0 && (number_parse_i64(name, &number) != NUMBER_OK || number > INT32_MAX)) {
      return error_set(parser->error, ERROR_PARSER, token.position, "Parameter number out of range");
    }
    if (number == 0) {
      return error_set(parser->error, ERROR_PARSER, token.position, "Parameter numbers start at 1");
    }
    TRY(str_format(parser->arena, parser->error, &name, "%lld", (long long)number));
  }
  parser_advance(parser);
  TRY(build_expr(parser, SQL_EXPR_PARAMETER, token.position, expr));
  (*expr)->parameter.name = name;
  uint32_t index = find_parameter(parser->parameters, name, number);
  (*expr)->parameter.index = index;
  if (index < parser->parameters->count) return OK;
  parser->parameters->highest_number = MAX_OF(parser->parameters->highest_number, (uint32_t)number);
  ARENA_PUSH(parser->arena, parser->error, parser->parameters, ((SqlParameterInfo){name}));
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// INTERVAL '1' DAY becomes to_days(CAST(trunc(CAST('1' AS DOUBLE)) AS INTEGER)), as in DuckDB; without a field it is a cast.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct IntervalField {
  Keyword singular;
  Keyword plural;
  const char *name;
  const char *function;
  const char *type; // what the truncated number is cast to; NULL: fractions count
} IntervalField;

static const IntervalField interval_fields[] = {
    {KEYWORD_YEAR, KEYWORD_YEARS, "YEAR", "to_years", "INTEGER"},
    {KEYWORD_MONTH, KEYWORD_MONTHS, "MONTH", "to_months", "INTEGER"},
    {KEYWORD_DAY, KEYWORD_DAYS, "DAY", "to_days", "INTEGER"},
    {KEYWORD_HOUR, KEYWORD_HOURS, "HOUR", "to_hours", "BIGINT"},
    {KEYWORD_MINUTE, KEYWORD_MINUTES, "MINUTE", "to_minutes", "BIGINT"},
    {KEYWORD_SECOND, KEYWORD_SECONDS, "SECOND", "to_seconds", NULL},
    {KEYWORD_MILLISECOND, KEYWORD_MILLISECONDS, "MILLISECOND", "to_milliseconds", NULL},
    {KEYWORD_MICROSECOND, KEYWORD_MICROSECONDS, "MICROSECOND", "to_microseconds", "BIGINT"},
    {KEYWORD_WEEK, KEYWORD_WEEKS, "WEEK", "to_weeks", "INTEGER"},
    {KEYWORD_QUARTER, KEYWORD_QUARTERS, "QUARTER", "to_quarters", "INTEGER"},
    {KEYWORD_DECADE, KEYWORD_DECADES, "DECADE", "to_decades", "INTEGER"},
    {KEYWORD_CENTURY, KEYWORD_CENTURIES, "CENTURY", "to_centuries", "INTEGER"},
    {KEYWORD_MILLENNIUM, KEYWORD_MILLENNIA, "MILLENNIUM", "to_millennia", "INTEGER"},
};

static const IntervalField *find_interval_field(Keyword keyword) {
  for (size_t i = 0; i < COUNT_OF(interval_fields); i++) {
    if (interval_fields[i].singular == keyword || interval_fields[i].plural == keyword) return &interval_fields[i];
  }
  return NULL;
}

// Stands on INTERVAL, with a number, a string or a parenthesis behind it.
Status parse_interval(Parser *parser, SqlExpr **expr) {
  int32_t position = parser_position(parser);
  SqlExpr *value;
  parser_advance(parser);
  if (parser_is(parser, TOKEN_STRING)) {
    Str text;
    int32_t value_position = parser_position(parser);
    TRY(parse_string(parser, &text));
    TRY(build_string(parser, value_position, text, &value));
  } else if (parser_is(parser, TOKEN_INTEGER)) {
    TRY(parse_number(parser, &value));
  } else {
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_expression(parser, &value));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  }
  const IntervalField *field = find_interval_field(parser_keyword(parser));
  if (!field) return build_cast_to(parser, position, value, STR("INTERVAL"), expr);
  parser_advance(parser);
  const IntervalField *last = find_interval_field((Keyword)parser_peek(parser, 1).keyword);
  if (parser_is_keyword(parser, KEYWORD_TO) && last) {
    return error_set(parser->error, ERROR_PARSER, -1, "%s TO %s is not supported", field->name, last->name);
  }
  TRY(build_cast_to(parser, position, value, STR("DOUBLE"), &value));
  if (field->type) {
    TRY(build_call(parser, position, NO_SCHEMA, STR("trunc"), value, NULL, NULL, &value));
    TRY(build_cast_to(parser, position, value, str_from(field->type), &value));
  }
  return build_call(parser, position, NO_SCHEMA, str_from(field->function), value, NULL, NULL, expr);
}
