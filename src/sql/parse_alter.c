// SPDX-License-Identifier: MIT
//
// parse_alter.c: ALTER, DROP and COMMENT ON.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Which kind of object
// ---------------------------------------------------------------------------------------------------------------------

bool parse_object_kind(Parser *parser, SqlObjectKind *kind) {
  static const struct {
    Keyword keyword;
    SqlObjectKind kind;
  } kinds[] = {
      {KEYWORD_TABLE, SQL_OBJECT_TABLE},       {KEYWORD_VIEW, SQL_OBJECT_VIEW},
      {KEYWORD_SCHEMA, SQL_OBJECT_SCHEMA},     {KEYWORD_SEQUENCE, SQL_OBJECT_SEQUENCE},
      {KEYWORD_INDEX, SQL_OBJECT_INDEX},       {KEYWORD_TYPE, SQL_OBJECT_TYPE},
      {KEYWORD_MACRO, SQL_OBJECT_MACRO},       {KEYWORD_FUNCTION, SQL_OBJECT_MACRO},
      {KEYWORD_DATABASE, SQL_OBJECT_DATABASE}, {KEYWORD_COLUMN, SQL_OBJECT_COLUMN},
      {KEYWORD_SNAPSHOT, SQL_OBJECT_SNAPSHOT}, {KEYWORD_COLLATION, SQL_OBJECT_COLLATION},
      {KEYWORD_TRIGGER, SQL_OBJECT_TRIGGER},
  };
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    if (!parser_is_keyword(parser, kinds[i].keyword)) continue;
    parser_advance(parser);
    *kind = kinds[i].kind;
    // DROP MACRO TABLE m; a macro named `table` cannot be.
    if (*kind == SQL_OBJECT_MACRO && parser_accept_keyword(parser, KEYWORD_TABLE)) *kind = SQL_OBJECT_TABLE_MACRO;
    return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// DROP
// ---------------------------------------------------------------------------------------------------------------------

Status parse_drop(Parser *parser, SqlStatement *statement) {
  SqlDrop *drop = &statement->drop;
  SqlObjectKind kind;
  if (parser_is_keyword(parser, KEYWORD_DATABASE) || parser_is_keyword(parser, KEYWORD_COLUMN) ||
      !parse_object_kind(parser, &kind)) {
    return parser_syntax_error(parser);
  }
  if (kind == SQL_OBJECT_SNAPSHOT) {
    statement->kind = SQL_STATEMENT_SNAPSHOT;
    statement->snapshot = (SqlSnapshot){.kind = SQL_SNAPSHOT_DROP, .if_exists = parser_accept_if_exists(parser)};
    return parse_column_id_or_string(parser, &statement->snapshot.name);
  }
  drop->kind = kind;
  drop->if_exists = parser_accept_if_exists(parser);
  TRY(parse_qualified_name(parser, &drop->name));
  if (parser_is(parser, TOKEN_COMMA)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Can only drop one object at a time");
  }
  drop->cascade = parser_accept_keyword(parser, KEYWORD_CASCADE);
  if (!drop->cascade) parser_accept_keyword(parser, KEYWORD_RESTRICT);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// ALTER
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_field_path(Parser *parser, SqlPath *path) {
  Str part;
  TRY(parse_column_id(parser, &part));
  ARENA_PUSH(parser->arena, parser->error, path, part);
  while (parser_accept(parser, TOKEN_DOT)) {
    TRY(parse_label(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, path, part);
  }
  return OK;
}

static Status not_supported(Parser *parser) {
  return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "No support for that ALTER TABLE option yet!");
}

static Status parse_add(Parser *parser, SqlAlter *alter) {
  if (parser_starts_table_constraint(parser)) {
    alter->action = SQL_ALTER_ADD_CONSTRAINT;
    return parse_table_constraint(parser, &alter->constraint);
  }
  alter->action = SQL_ALTER_ADD_COLUMN;
  parser_accept_keyword(parser, KEYWORD_COLUMN);
  alter->column_if_not_exists = parser_accept_if_not_exists(parser);
  TRY(parse_column_definition(parser, &alter->column, &alter->column_path));
  return alter->column.type || alter->column.generated ? OK : parser_syntax_error(parser);
}

static Status parse_drop_column(Parser *parser, SqlAlter *alter) {
  if (parser_accept_keyword(parser, KEYWORD_CONSTRAINT)) {
    alter->action = SQL_ALTER_DROP_CONSTRAINT;
    alter->column_if_exists = parser_accept_if_exists(parser);
    TRY(parse_column_id_or_string(parser, &alter->new_name));
  } else {
    alter->action = SQL_ALTER_DROP_COLUMN;
    parser_accept_keyword(parser, KEYWORD_COLUMN);
    alter->column_if_exists = parser_accept_if_exists(parser);
    TRY(parse_field_path(parser, &alter->column_path));
  }
  alter->cascade = parser_accept_keyword(parser, KEYWORD_CASCADE);
  if (!alter->cascade) parser_accept_keyword(parser, KEYWORD_RESTRICT);
  return OK;
}

// [SET DATA] TYPE type [USING expression]: behind TYPE.
static Status parse_set_type(Parser *parser, SqlAlter *alter) {
  alter->action = SQL_ALTER_SET_TYPE;
  if (!parser_is_keyword(parser, KEYWORD_USING)) {
    TRY(parse_type(parser, &alter->type));
    if (parser_accept_keyword(parser, KEYWORD_COLLATE)) {
      Str collation; // a column's collation cannot be changed; DuckDB reads it too
      TRY(parse_collation(parser, &collation));
    }
  }
  if (parser_accept_keyword(parser, KEYWORD_USING)) return parse_expression(parser, &alter->expr);
  return alter->type ? OK : parser_syntax_error(parser);
}

static Status parse_alter_column(Parser *parser, SqlAlter *alter) {
  parser_accept_keyword(parser, KEYWORD_COLUMN);
  TRY(parse_field_path(parser, &alter->column_path));
  if (parser_accept_keyword(parser, KEYWORD_TYPE)) return parse_set_type(parser, alter);
  if (parser_accept_keyword(parser, KEYWORD_SET)) {
    if (parser_accept_keywords(parser, KEYWORD_DATA, KEYWORD_TYPE) || parser_accept_keyword(parser, KEYWORD_TYPE)) {
      return parse_set_type(parser, alter);
    }
    if (parser_accept_keyword(parser, KEYWORD_DEFAULT)) {
      alter->action = SQL_ALTER_SET_DEFAULT;
      return parse_expression(parser, &alter->expr);
    }
    alter->action = SQL_ALTER_SET_NOT_NULL;
    return parser_accept_keywords(parser, KEYWORD_NOT, KEYWORD_NULL) ? OK : parser_syntax_error(parser);
  }
  TRY(parser_expect_keyword(parser, KEYWORD_DROP));
  if (parser_accept_keyword(parser, KEYWORD_DEFAULT)) {
    alter->action = SQL_ALTER_DROP_DEFAULT;
    return OK;
  }
  alter->action = SQL_ALTER_DROP_NOT_NULL;
  return parser_accept_keywords(parser, KEYWORD_NOT, KEYWORD_NULL) ? OK : parser_syntax_error(parser);
}

static Status parse_rename(Parser *parser, SqlAlter *alter) {
  if (parser_accept_keyword(parser, KEYWORD_TO)) {
    alter->action = SQL_ALTER_RENAME;
    return parse_column_id_or_string(parser, &alter->new_name);
  }
  if (parser_is_keyword(parser, KEYWORD_CONSTRAINT)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Schema element not supported yet!");
  }
  alter->action = SQL_ALTER_RENAME_COLUMN;
  parser_accept_keyword(parser, KEYWORD_COLUMN);
  TRY(parse_field_path(parser, &alter->column_path));
  TRY(parser_expect_keyword(parser, KEYWORD_TO));
  return parse_column_id_or_string(parser, &alter->new_name);
}

static Status parse_sorted_by(Parser *parser, SqlAlter *alter) {
  alter->action = SQL_ALTER_SET_SORTED;
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_order_list(parser, &alter->orders));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

static Status parse_alter_set(Parser *parser, SqlAlter *alter) {
  if (parser_accept_keyword(parser, KEYWORD_SCHEMA)) {
    alter->action = SQL_ALTER_SET_SCHEMA;
    return parse_column_id_or_string(parser, &alter->new_name);
  }
  if (parser_accept_keywords(parser, KEYWORD_PARTITIONED, KEYWORD_BY)) {
    alter->action = SQL_ALTER_SET_PARTITIONED;
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_expression_list(parser, true, &alter->exprs));
    return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
  }
  if (parser_accept_keywords(parser, KEYWORD_SORTED, KEYWORD_BY)) return parse_sorted_by(parser, alter);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    alter->action = SQL_ALTER_SET_OPTIONS;
    return parse_options(parser, &alter->options);
  }
  return parser_syntax_error(parser);
}

static Status parse_alter_reset(Parser *parser, SqlAlter *alter) {
  if (parser_accept_keywords(parser, KEYWORD_PARTITIONED, KEYWORD_BY)) {
    alter->action = SQL_ALTER_SET_PARTITIONED;
    return OK;
  }
  if (parser_accept_keywords(parser, KEYWORD_SORTED, KEYWORD_BY)) {
    alter->action = SQL_ALTER_SET_SORTED;
    return OK;
  }
  alter->action = SQL_ALTER_RESET_OPTIONS;
  TRY(parse_options(parser, &alter->options));
  return reject_option_values(parser, &alter->options);
}

static Status parse_alter_command(Parser *parser, SqlAlter *alter) {
  Keyword keyword = parser_keyword(parser);
  if (alter->kind == SQL_OBJECT_SEQUENCE && keyword != KEYWORD_RENAME && keyword != KEYWORD_SET) {
    if (keyword == KEYWORD_RESTART) {
      return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "ALTER SEQUENCE option not supported yet!");
    }
    alter->action = SQL_ALTER_SEQUENCE;
    uint32_t start = parser->at;
    TRY(parse_sequence_options(parser, &alter->sequence));
    return parser->at > start ? OK : parser_syntax_error(parser);
  }
  parser_advance(parser);
  switch (keyword) {
    case KEYWORD_ADD:
      return parse_add(parser, alter);
    case KEYWORD_DROP:
      return parse_drop_column(parser, alter);
    case KEYWORD_ALTER:
      return parse_alter_column(parser, alter);
    case KEYWORD_RENAME:
      return parse_rename(parser, alter);
    case KEYWORD_SET:
      return parse_alter_set(parser, alter);
    case KEYWORD_RESET:
      return parse_alter_reset(parser, alter);
    case KEYWORD_VALIDATE:
      return not_supported(parser);
    default:
      return parser_syntax_error_at(parser, parser->at - 1);
  }
}

// ALTER DATABASE name SET ALIAS TO other, RENAME TO other
static Status parse_alter_database(Parser *parser, SqlAlter *alter) {
  alter->action = SQL_ALTER_RENAME;
  if (parser_accept_keyword(parser, KEYWORD_SET)) {
    if (!parser_accept_word(parser, STR("alias"))) return parser_syntax_error(parser);
  } else {
    TRY(parser_expect_keyword(parser, KEYWORD_RENAME));
  }
  TRY(parser_expect_keyword(parser, KEYWORD_TO));
  return parse_column_id_or_string(parser, &alter->new_name);
}

Status parse_alter(Parser *parser, SqlStatement *statement) {
  SqlAlter *alter = &statement->alter;
  if (!parse_object_kind(parser, &alter->kind)) return parser_syntax_error(parser);
  switch (alter->kind) {
    case SQL_OBJECT_TABLE:
    case SQL_OBJECT_VIEW:
    case SQL_OBJECT_SEQUENCE:
    case SQL_OBJECT_INDEX:
    case SQL_OBJECT_SCHEMA:
    case SQL_OBJECT_DATABASE:
      break;
    default:
      return parser_syntax_error_at(parser, parser->at - 1);
  }
  alter->if_exists = parser_accept_if_exists(parser);
  TRY(parse_qualified_name(parser, &alter->name));
  if (alter->kind == SQL_OBJECT_DATABASE) return parse_alter_database(parser, alter);
  TRY(parse_alter_command(parser, alter));
  if (parser_is(parser, TOKEN_COMMA) && alter->action != SQL_ALTER_RENAME && alter->action != SQL_ALTER_RENAME_COLUMN) {
    return error_set(parser->error, ERROR_PARSER, -1, "Only one ALTER command per statement is supported");
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// COMMENT ON
// ---------------------------------------------------------------------------------------------------------------------

// t.column, s.t.column: the last part is the column.
static Status parse_commented_column(Parser *parser, SqlComment *comment) {
  SqlPath path = {0};
  int32_t position = parser_position(parser);
  TRY(parse_dotted_path(parser, &path));
  if (path.count < 2) {
    return error_set(parser->error, ERROR_PARSER, -1, "Invalid column reference: '%.*s', please specify a table",
                     STR_ARG(path.items[0]));
  }
  comment->column = path.items[--path.count];
  return path_to_name(parser, &path, position, &comment->name);
}

Status parse_comment(Parser *parser, SqlStatement *statement) {
  SqlComment *comment = &statement->comment;
  TRY(parser_expect_keyword(parser, KEYWORD_ON));
  if (!parse_object_kind(parser, &comment->kind)) return parser_syntax_error(parser);
  if (comment->kind == SQL_OBJECT_COLUMN) {
    TRY(parse_commented_column(parser, comment));
  } else {
    TRY(parse_qualified_name(parser, &comment->name));
  }
  TRY(parser_expect_keyword(parser, KEYWORD_IS));
  int32_t position = parser_position(parser);
  if (parser_accept_keyword(parser, KEYWORD_NULL)) return build_null(parser, position, &comment->text);
  Str text;
  TRY(parse_string(parser, &text));
  return build_string(parser, position, text, &comment->text);
}
