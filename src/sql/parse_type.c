// SPDX-License-Identifier: MIT
//
// parse_type.c: type names. Forms that the grammar spells in several words come out under one name (DOUBLE PRECISION is
// DOUBLE); what a name means is the binder's business.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// INTERVAL's fields: YEAR, DAY TO SECOND
// ---------------------------------------------------------------------------------------------------------------------

static bool is_interval_field(Keyword keyword) {
  switch (keyword) {
    case KEYWORD_YEAR:
    case KEYWORD_YEARS:
    case KEYWORD_MONTH:
    case KEYWORD_MONTHS:
    case KEYWORD_DAY:
    case KEYWORD_DAYS:
    case KEYWORD_HOUR:
    case KEYWORD_HOURS:
    case KEYWORD_MINUTE:
    case KEYWORD_MINUTES:
    case KEYWORD_SECOND:
    case KEYWORD_SECONDS:
    case KEYWORD_MILLISECOND:
    case KEYWORD_MILLISECONDS:
    case KEYWORD_MICROSECOND:
    case KEYWORD_MICROSECONDS:
    case KEYWORD_WEEK:
    case KEYWORD_WEEKS:
    case KEYWORD_QUARTER:
    case KEYWORD_QUARTERS:
    case KEYWORD_DECADE:
    case KEYWORD_DECADES:
    case KEYWORD_CENTURY:
    case KEYWORD_CENTURIES:
    case KEYWORD_MILLENNIUM:
    case KEYWORD_MILLENNIA:
      return true;
    default:
      return false;
  }
}

// INTERVAL, INTERVAL YEAR TO MONTH, INTERVAL(3): fields and precision say nothing.
static Status skip_interval_fields(Parser *parser) {
  if (is_interval_field(parser_keyword(parser))) {
    parser_advance(parser);
    if (parser_is_keyword(parser, KEYWORD_TO) && is_interval_field((Keyword)parser_peek(parser, 1).keyword)) {
      parser_advance(parser);
      parser_advance(parser);
    }
    return OK;
  }
  if (parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parser_expect(parser, TOKEN_INTEGER));
    return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Named types
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_modifiers(Parser *parser, SqlType *type) {
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return OK;
  if (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) TRY(parse_expression_list(parser, true, &type->named.modifiers));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status check_modifiers(Parser *parser, const SqlType *type) {
  for (uint32_t i = 0; i < type->named.modifiers.count; i++) {
    if (type->named.modifiers.items[i]->kind != SQL_EXPR_LITERAL) {
      return error_set(parser->error, ERROR_PARSER, -1, "Expected a constant as type modifier");
    }
  }
  return OK;
}

static Status add_length_one(Parser *parser, SqlType *type) {
  if (type->named.modifiers.count > 0) return OK;
  SqlExpr *one;
  TRY(build_integer(parser, type->position, 1, &one));
  ARENA_PUSH(parser->arena, parser->error, &type->named.modifiers, one);
  return OK;
}

// CHAR, CHARACTER VARYING, NATIONAL CHARACTER (3), VARCHAR(10)
static Status parse_character(Parser *parser, SqlType *type) {
  bool varying = parser_is_keyword(parser, KEYWORD_VARCHAR);
  if (parser_accept_keyword(parser, KEYWORD_NATIONAL)) {
    if (!parser_is_keyword(parser, KEYWORD_CHARACTER) && !parser_is_keyword(parser, KEYWORD_CHAR)) {
      return parser_syntax_error(parser);
    }
  }
  parser_advance(parser);
  if (!varying && parser_accept_keyword(parser, KEYWORD_VARYING)) varying = true;
  type->named.name.name = STR("VARCHAR");
  TRY(parse_modifiers(parser, type));
  return varying ? OK : add_length_one(parser, type);
}

static Status parse_bit(Parser *parser, SqlType *type) {
  parser_advance(parser);
  bool varying = parser_accept_keyword(parser, KEYWORD_VARYING);
  type->named.name.name = varying ? STR("varbit") : STR("BIT");
  TRY(parse_modifiers(parser, type));
  return varying ? OK : add_length_one(parser, type);
}

// FLOAT, FLOAT(30)
static Status parse_float(Parser *parser, SqlType *type) {
  parser_advance(parser);
  type->named.name.name = STR("FLOAT");
  if (!parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) return OK;
  int64_t bits;
  int32_t position = parser_position(parser);
  if (!parser_is(parser, TOKEN_INTEGER)) return parser_syntax_error(parser);
  TRY(parse_signed_integer(parser, &bits));
  if (bits < 1)
    return error_set(parser->error, ERROR_PARSER, position, "precision for type float must be at least 1 bit");
  if (bits > 53) {
    return error_set(parser->error, ERROR_PARSER, position, "precision for type float must be less than 54 bits");
  }
  if (bits > 24) type->named.name.name = STR("DOUBLE");
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// TIME, TIMESTAMP, with (precision) and WITH TIME ZONE
static Status parse_time(Parser *parser, SqlType *type) {
  bool stamp = parser_is_keyword(parser, KEYWORD_TIMESTAMP);
  parser_advance(parser);
  TRY(parse_modifiers(parser, type));
  bool zoned = false;
  bool with = parser_is_keyword(parser, KEYWORD_WITH), without = parser_is_keyword(parser, KEYWORD_WITHOUT);
  if ((with || without) && parser_peek_keyword(parser, 1, KEYWORD_TIME)) {
    parser_advance(parser);
    parser_advance(parser);
    TRY(parser_expect_keyword(parser, KEYWORD_ZONE));
    zoned = with;
  }
  if (zoned) {
    type->named.name.name = stamp ? STR("TIMESTAMP WITH TIME ZONE") : STR("TIME WITH TIME ZONE");
  } else {
    type->named.name.name = stamp ? STR("TIMESTAMP") : STR("TIME");
  }
  return OK;
}

// The types whose names are keywords of the grammar; *found false: it is none of them.
static Status parse_keyword_type(Parser *parser, SqlType *type, bool *found) {
  Str name = {0};
  *found = true;
  switch (parser_keyword(parser)) {
    case KEYWORD_INT:
    case KEYWORD_INTEGER:
      name = STR("INTEGER");
      break;
    case KEYWORD_SMALLINT:
      name = STR("SMALLINT");
      break;
    case KEYWORD_BIGINT:
      name = STR("BIGINT");
      break;
    case KEYWORD_REAL:
      name = STR("FLOAT");
      break;
    case KEYWORD_BOOLEAN:
      name = STR("BOOLEAN");
      break;
    case KEYWORD_DOUBLE:
      parser_advance(parser);
      parser_accept_keyword(parser, KEYWORD_PRECISION);
      type->named.name.name = STR("DOUBLE");
      return OK;
    case KEYWORD_DECIMAL:
    case KEYWORD_DEC:
    case KEYWORD_NUMERIC:
      parser_advance(parser);
      type->named.name.name = STR("DECIMAL");
      return parse_modifiers(parser, type);
    case KEYWORD_FLOAT:
      return parse_float(parser, type);
    case KEYWORD_BIT:
      return parse_bit(parser, type);
    case KEYWORD_CHARACTER:
    case KEYWORD_CHAR:
    case KEYWORD_VARCHAR:
    case KEYWORD_NATIONAL:
    case KEYWORD_NCHAR:
      return parse_character(parser, type);
    case KEYWORD_TIME:
    case KEYWORD_TIMESTAMP:
      return parse_time(parser, type);
    case KEYWORD_INTERVAL:
      parser_advance(parser);
      type->named.name.name = STR("INTERVAL");
      return skip_interval_fields(parser);
    default:
      *found = false;
      return OK;
  }
  parser_advance(parser);
  type->named.name.name = name;
  return OK;
}

// ENUM('a', 'b') is a type of its own kind.
static void make_enum(SqlType *type, SqlNameList labels) {
  type->kind = SQL_TYPE_ENUM;
  type->enumeration.labels = labels;
}

static Status parse_generic_type(Parser *parser, SqlType *type) {
  SqlPath path = {0};
  int32_t position = parser_position(parser);
  bool quoted = parser_is(parser, TOKEN_QUOTED_IDENTIFIER);
  while (parser_is_column_id(parser_token(parser)) && parser_peek_is(parser, 1, TOKEN_DOT)) {
    Str part;
    TRY(parse_column_id(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, &path, part);
    parser_advance(parser);
    quoted = parser_is(parser, TOKEN_QUOTED_IDENTIFIER);
  }
  if (!parser_is_type_name(parser_token(parser)) && !(path.count > 0 && parser_is_column_id(parser_token(parser)))) {
    return parser_syntax_error(parser);
  }
  Str part;
  TRY(parse_label(parser, &part));
  bool is_enum = path.count == 0 && str_equal_nocase(part, STR("enum"));
  ARENA_PUSH(parser->arena, parser->error, &path, part);
  TRY(path_to_name(parser, &path, position, &type->named.name));
  type->named.quoted = quoted;
  TRY(parse_modifiers(parser, type));
  if (!is_enum || type->named.modifiers.count == 0) return OK;
  SqlNameList labels = {0};
  for (uint32_t i = 0; i < type->named.modifiers.count; i++) {
    const SqlExpr *label = type->named.modifiers.items[i];
    if (label->kind != SQL_EXPR_LITERAL || label->literal.kind != SQL_LITERAL_STRING) return OK;
    ARENA_PUSH(parser->arena, parser->error, &labels, label->literal.text);
  }
  make_enum(type, labels);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Nested types
// ---------------------------------------------------------------------------------------------------------------------

// `a INT, b TEXT`; a field without a name is a bare type.
static Status parse_fields(Parser *parser, SqlType *type) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    SqlTypeField field = {.position = parser_position(parser)};
    TokenKind after = (TokenKind)parser_peek(parser, 1).kind;
    bool named = after != TOKEN_COMMA && after != TOKEN_RIGHT_PARENTHESIS && after != TOKEN_LEFT_PARENTHESIS &&
                 after != TOKEN_LEFT_BRACKET && after != TOKEN_DOT;
    // DOUBLE PRECISION, TIME WITH TIME ZONE: two words that are one type.
    if (parser_is_keyword(parser, KEYWORD_DOUBLE) && parser_peek_keyword(parser, 1, KEYWORD_PRECISION)) named = false;
    if (parser_peek_keyword(parser, 1, KEYWORD_WITH) || parser_peek_keyword(parser, 1, KEYWORD_WITHOUT)) named = false;
    if (named) TRY(parse_column_id_or_string(parser, &field.name));
    TRY(parse_type(parser, &field.type));
    ARENA_PUSH(parser->arena, parser->error, &type->fields.fields, field);
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status parse_map(Parser *parser, SqlType *type) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_type(parser, &type->map.key));
  TRY(parser_expect(parser, TOKEN_COMMA));
  TRY(parse_type(parser, &type->map.value));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

Status parse_simple_type(Parser *parser, SqlType **out) {
  SqlType *type;
  ARENA_NEW(parser->arena, parser->error, type);
  type->position = parser_position(parser);
  type->named.name.position = type->position;
  *out = type;
  Keyword keyword = parser_keyword(parser);
  bool nested = parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  if (nested && (keyword == KEYWORD_STRUCT || keyword == KEYWORD_ROW || keyword == KEYWORD_UNION)) {
    *type = (SqlType){.kind = keyword == KEYWORD_UNION ? SQL_TYPE_UNION : SQL_TYPE_STRUCT, .position = type->position};
    parser_advance(parser);
    TRY(parse_fields(parser, type));
  } else if (nested && keyword == KEYWORD_MAP) {
    *type = (SqlType){.kind = SQL_TYPE_MAP, .position = type->position};
    parser_advance(parser);
    TRY(parse_map(parser, type));
  } else {
    bool found;
    TRY(parse_keyword_type(parser, type, &found));
    if (!found) TRY(parse_generic_type(parser, type));
    if (type->kind == SQL_TYPE_NAMED) {
      type->named.name.end = parser_end(parser);
      TRY(check_modifiers(parser, type));
    }
  }
  return seal_type(parser, type);
}

static Status wrap_in_list(Parser *parser, SqlType **type, bool sized, int64_t size) {
  SqlType *list;
  ARENA_NEW(parser->arena, parser->error, list);
  list->kind = sized ? SQL_TYPE_ARRAY : SQL_TYPE_LIST;
  list->position = (*type)->position;
  list->list.child = *type;
  list->list.size = size;
  *type = list;
  return seal_type(parser, list);
}

// [] and [3], any number of them; or ARRAY, ARRAY[3].
static Status parse_bounds(Parser *parser, SqlType **type) {
  bool word = parser_accept_keyword(parser, KEYWORD_ARRAY);
  if (word && !parser_is(parser, TOKEN_LEFT_BRACKET)) return wrap_in_list(parser, type, false, 0);
  while (parser_accept(parser, TOKEN_LEFT_BRACKET)) {
    int64_t size = 0;
    bool sized = parser_is(parser, TOKEN_INTEGER);
    uint32_t at = parser->at;
    if (sized) TRY(parse_signed_integer(parser, &size));
    if (size > INT32_MAX) return parser_syntax_error_at(parser, at); // DuckDB reads no integer there
    TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
    TRY(wrap_in_list(parser, type, sized, size));
  }
  return OK;
}

Status parse_type(Parser *parser, SqlType **type) {
  TRY(parser_enter(parser));
  parser_accept_keyword(parser, KEYWORD_SETOF);
  TRY(parse_simple_type(parser, type));
  TRY(parse_bounds(parser, type));
  parser_leave(parser);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Typed literals: INT '5', DECIMAL(4, 1) '1.5', TIMESTAMP WITH TIME ZONE '…'
// ---------------------------------------------------------------------------------------------------------------------

bool parser_starts_typed_literal(const Parser *parser) {
  Token next = parser_peek(parser, 1);
  switch (parser_keyword(parser)) {
    case KEYWORD_INT:
    case KEYWORD_INTEGER:
    case KEYWORD_SMALLINT:
    case KEYWORD_BIGINT:
    case KEYWORD_REAL:
    case KEYWORD_BOOLEAN:
      return next.kind == TOKEN_STRING;
    case KEYWORD_DOUBLE:
      return next.kind == TOKEN_STRING || next.keyword == KEYWORD_PRECISION;
    case KEYWORD_NATIONAL:
      return next.keyword == KEYWORD_CHARACTER || next.keyword == KEYWORD_CHAR;
    case KEYWORD_TIME:
    case KEYWORD_TIMESTAMP:
      if ((next.keyword == KEYWORD_WITH || next.keyword == KEYWORD_WITHOUT) &&
          parser_peek_keyword(parser, 2, KEYWORD_TIME)) {
        return true;
      }
      return next.kind == TOKEN_STRING || next.kind == TOKEN_LEFT_PARENTHESIS;
    case KEYWORD_DECIMAL:
    case KEYWORD_DEC:
    case KEYWORD_NUMERIC:
    case KEYWORD_FLOAT:
    case KEYWORD_BIT:
    case KEYWORD_CHARACTER:
    case KEYWORD_CHAR:
    case KEYWORD_VARCHAR:
    case KEYWORD_NCHAR:
      return next.kind == TOKEN_STRING || next.kind == TOKEN_LEFT_PARENTHESIS || next.keyword == KEYWORD_VARYING;
    default:
      return false;
  }
}
