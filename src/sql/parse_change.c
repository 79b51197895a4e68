// SPDX-License-Identifier: MIT
//
// parse_change.c: statements that change rows: INSERT, UPDATE, DELETE, TRUNCATE, MERGE.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// What several of them share
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_target(Parser *parser, SqlPath *path) {
  Str part;
  TRY(parse_column_id(parser, &part));
  ARENA_PUSH(parser->arena, parser->error, path, part);
  while (parser_accept(parser, TOKEN_DOT)) {
    TRY(parse_label(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, path, part);
  }
  return OK;
}

// (a, b) = (1, 2): one assignment each.
static Status parse_multiple_assignment(Parser *parser, SqlAssignmentList *assignments) {
  uint32_t first = assignments->count;
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    SqlAssignment assignment = {.position = parser_position(parser)};
    TRY(parse_target(parser, &assignment.column));
    ARENA_PUSH(parser->arena, parser->error, assignments, assignment);
  } while (parser_accept(parser, TOKEN_COMMA));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  TRY(parser_expect(parser, TOKEN_EQUAL));
  SqlExpr *value;
  TRY(parse_expression(parser, &value));
  uint32_t count = assignments->count - first;
  bool row = value->kind == SQL_EXPR_FUNCTION && str_equal(value->function.name.name, STR("row"));
  if (!row) { // one value for all: an error unless there is one column
    for (uint32_t i = first; i < assignments->count; i++) {
      if (i == first) {
        assignments->items[i].value = value;
      } else {
        TRY(sql_copy_expr(parser->arena, value, &assignments->items[i].value, parser->error));
      }
    }
    return OK;
  }
  if (value->function.arguments.count != count) {
    return error_set(parser->error, ERROR_PARSER, -1, "Could not perform assignment, expected %u values, got %u", count,
                     value->function.arguments.count);
  }
  for (uint32_t i = 0; i < count; i++) assignments->items[first + i].value = value->function.arguments.items[i];
  return OK;
}

// SET a = 1, (b, c) = (2, 3): behind SET.
static Status parse_assignments(Parser *parser, SqlAssignmentList *assignments) {
  do {
    if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
      TRY(parse_multiple_assignment(parser, assignments));
      continue;
    }
    if (assignments->count > 0 && !parser_is_column_id(parser_token(parser))) return OK; // a trailing comma
    SqlAssignment assignment = {.position = parser_position(parser)};
    TRY(parse_target(parser, &assignment.column));
    TRY(parser_expect(parser, TOKEN_EQUAL));
    TRY(parse_expression(parser, &assignment.value));
    ARENA_PUSH(parser->arena, parser->error, assignments, assignment);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

static Status parse_returning(Parser *parser, SqlExprList *returning) {
  return parser_accept_keyword(parser, KEYWORD_RETURNING) ? parse_select_items(parser, returning) : OK;
}

static SqlColumnOrder accept_column_order(Parser *parser) {
  if (parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_NAME)) return SQL_COLUMNS_BY_NAME;
  if (parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_POSITION)) return SQL_COLUMNS_BY_POSITION;
  return SQL_COLUMNS_DEFAULT;
}

// ---------------------------------------------------------------------------------------------------------------------
// INSERT
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_on_conflict(Parser *parser, SqlInsert *insert) {
  if (!parser_accept_keywords(parser, KEYWORD_ON, KEYWORD_CONFLICT)) return OK;
  if (insert->conflict != SQL_CONFLICT_THROW) {
    return error_set(
        parser->error, ERROR_PARSER, -1,
        "You can not provide both OR REPLACE|IGNORE and an ON CONFLICT clause, please remove the first if you want to "
        "have more granual control");
  }
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_name_list_in_parentheses(parser, &insert->conflict_columns));
    if (parser_accept_keyword(parser, KEYWORD_WHERE)) TRY(parse_expression(parser, &insert->conflict_where));
  } else if (parser_is_keyword(parser, KEYWORD_ON)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "ON CONSTRAINT conflict target is not supported yet");
  }
  TRY(parser_expect_keyword(parser, KEYWORD_DO));
  if (parser_accept_keyword(parser, KEYWORD_NOTHING)) {
    insert->conflict = SQL_CONFLICT_NOTHING;
    return OK;
  }
  TRY(parser_expect_keyword(parser, KEYWORD_UPDATE));
  TRY(parser_expect_keyword(parser, KEYWORD_SET));
  insert->conflict = SQL_CONFLICT_UPDATE;
  TRY(parse_assignments(parser, &insert->assignments));
  return parser_accept_keyword(parser, KEYWORD_WHERE) ? parse_expression(parser, &insert->update_where) : OK;
}

Status parse_insert(Parser *parser, SqlStatement *statement) {
  SqlInsert *insert = &statement->insert;
  if (parser_accept_keyword(parser, KEYWORD_OR)) {
    if (parser_accept_keyword(parser, KEYWORD_REPLACE)) {
      insert->conflict = SQL_CONFLICT_REPLACE;
    } else {
      TRY(parser_expect_keyword(parser, KEYWORD_IGNORE));
      insert->conflict = SQL_CONFLICT_NOTHING;
    }
  }
  TRY(parser_expect_keyword(parser, KEYWORD_INTO));
  TRY(parse_qualified_name(parser, &insert->table));
  if (parser_accept_keyword(parser, KEYWORD_AS)) TRY(parse_column_id(parser, &insert->alias));
  insert->order = accept_column_order(parser);
  bool has_columns = parser_is(parser, TOKEN_LEFT_PARENTHESIS) && !parser_starts_query(parser, 1) &&
                     !parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  if (has_columns) TRY(parse_name_list_in_parentheses(parser, &insert->columns));
  if (has_columns || !parser_accept_keywords(parser, KEYWORD_DEFAULT, KEYWORD_VALUES)) {
    TRY(parse_query(parser, &insert->query));
  }
  TRY(parse_on_conflict(parser, insert));
  return parse_returning(parser, &insert->returning);
}

// ---------------------------------------------------------------------------------------------------------------------
// UPDATE, DELETE, TRUNCATE
// ---------------------------------------------------------------------------------------------------------------------

Status parse_update(Parser *parser, SqlStatement *statement) {
  SqlUpdate *update = &statement->update;
  TRY(parse_table_name(parser, &update->table));
  TRY(parser_expect_keyword(parser, KEYWORD_SET));
  TRY(parse_assignments(parser, &update->assignments));
  for (uint32_t i = 0; i < update->assignments.count; i++) {
    if (update->assignments.items[i].column.count > 1) {
      return error_set(parser->error, ERROR_PARSER, -1, "Qualified column names in UPDATE .. SET not supported");
    }
  }
  if (parser_accept_keyword(parser, KEYWORD_FROM)) TRY(parse_from_list(parser, &update->from));
  if (parser_accept_keyword(parser, KEYWORD_WHERE)) TRY(parse_expression(parser, &update->where));
  return parse_returning(parser, &update->returning);
}

Status parse_delete(Parser *parser, SqlStatement *statement) {
  SqlDelete *delete = &statement->delete_;
  TRY(parser_expect_keyword(parser, KEYWORD_FROM));
  TRY(parse_table_name(parser, &delete->table));
  if (parser_accept_keyword(parser, KEYWORD_USING)) TRY(parse_from_list(parser, &delete->using_from));
  if (parser_accept_keyword(parser, KEYWORD_WHERE)) TRY(parse_expression(parser, &delete->where));
  return parse_returning(parser, &delete->returning);
}

Status parse_truncate(Parser *parser, SqlStatement *statement) {
  parser_accept_keyword(parser, KEYWORD_TABLE);
  statement->delete_.truncate = true;
  return parse_table_name(parser, &statement->delete_.table);
}

// ---------------------------------------------------------------------------------------------------------------------
// MERGE
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_merge_update(Parser *parser, SqlMergeAction *action) {
  action->kind = SQL_MERGE_UPDATE;
  if (parser_accept_keyword(parser, KEYWORD_SET)) {
    return parser_accept(parser, TOKEN_STAR) ? OK : parse_assignments(parser, &action->assignments);
  }
  action->order = accept_column_order(parser);
  return OK;
}

static Status parse_merge_insert(Parser *parser, SqlMergeAction *action) {
  action->kind = SQL_MERGE_INSERT;
  if (parser_accept_keywords(parser, KEYWORD_DEFAULT, KEYWORD_VALUES)) {
    action->default_values = true;
    return OK;
  }
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_name_list_in_parentheses(parser, &action->columns));
    if (!parser_is_keyword(parser, KEYWORD_VALUES)) return parser_syntax_error(parser);
  }
  if (parser_accept_keyword(parser, KEYWORD_VALUES)) {
    TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
    TRY(parse_expression_list(parser, true, &action->values));
    return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
  }
  action->order = accept_column_order(parser);
  parser_accept(parser, TOKEN_STAR);
  return OK;
}

static Status parse_merge_action(Parser *parser, SqlMergeAction *action) {
  action->position = parser_position(parser);
  TRY(parser_expect_keyword(parser, KEYWORD_WHEN));
  if (parser_accept_keyword(parser, KEYWORD_NOT)) {
    TRY(parser_expect_keyword(parser, KEYWORD_MATCHED));
    action->match = SQL_MERGE_NOT_MATCHED;
    if (parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_SOURCE)) {
      action->match = SQL_MERGE_NOT_MATCHED_BY_SOURCE;
    } else {
      parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_TARGET);
    }
  } else {
    TRY(parser_expect_keyword(parser, KEYWORD_MATCHED));
  }
  if (parser_accept_keyword(parser, KEYWORD_AND)) TRY(parse_expression(parser, &action->condition));
  TRY(parser_expect_keyword(parser, KEYWORD_THEN));
  if (action->match == SQL_MERGE_NOT_MATCHED &&
      (parser_is_keyword(parser, KEYWORD_UPDATE) || parser_is_keyword(parser, KEYWORD_DELETE))) {
    return error_set(
        parser->error, ERROR_PARSER, -1,
        "WHEN NOT MATCHED (BY TARGET) cannot be combined with UPDATE or DELETE actions - as there is no "
        "corresponding row in the target to update or delete.\nDid you mean to use WHEN MATCHED or WHEN NOT "
        "MATCHED BY SOURCE?");
  }
  if (parser_accept_keyword(parser, KEYWORD_UPDATE)) return parse_merge_update(parser, action);
  if (parser_accept_keyword(parser, KEYWORD_INSERT)) return parse_merge_insert(parser, action);
  if (parser_accept_keyword(parser, KEYWORD_DELETE)) {
    action->kind = SQL_MERGE_DELETE;
    return OK;
  }
  if (parser_accept_keyword(parser, KEYWORD_ERROR)) {
    action->kind = SQL_MERGE_ERROR;
    if (!parser_starts_expression(parser, 0)) return OK;
    SqlExpr *message;
    TRY(parse_expression(parser, &message));
    ARENA_PUSH(parser->arena, parser->error, &action->values, message);
    return OK;
  }
  action->kind = SQL_MERGE_NOTHING;
  TRY(parser_expect_keyword(parser, KEYWORD_DO));
  return parser_expect_keyword(parser, KEYWORD_NOTHING);
}

Status parse_merge(Parser *parser, SqlStatement *statement) {
  SqlMerge *merge = &statement->merge;
  TRY(parser_expect_keyword(parser, KEYWORD_INTO));
  TRY(parse_table_name(parser, &merge->table));
  TRY(parser_expect_keyword(parser, KEYWORD_USING));
  TRY(parse_from_item(parser, &merge->source));
  if (parser_accept_keyword(parser, KEYWORD_USING)) {
    TRY(parse_name_list_in_parentheses(parser, &merge->using_columns));
  } else {
    TRY(parser_expect_keyword(parser, KEYWORD_ON));
    TRY(parse_expression(parser, &merge->condition));
  }
  do {
    SqlMergeAction action = {0};
    TRY(parse_merge_action(parser, &action));
    ARENA_PUSH(parser->arena, parser->error, &merge->actions, action);
  } while (parser_is_keyword(parser, KEYWORD_WHEN));
  return parse_returning(parser, &merge->returning);
}
