// SPDX-License-Identifier: MIT
//
// parse_statement.c: which statement is it?
#include "sql/parser.h"

Status build_statement(Parser *parser, SqlStatementKind kind, SqlStatement **statement) {
  SqlStatement *made;
  ARENA_NEW(parser->arena, parser->error, made);
  made->kind = kind;
  made->position = parser_position(parser);
  *statement = made;
  return OK;
}

bool parser_accept_if_exists(Parser *parser) { return parser_accept_keywords(parser, KEYWORD_IF, KEYWORD_EXISTS); }

bool parser_accept_if_not_exists(Parser *parser) {
  if (!parser_is_keyword(parser, KEYWORD_IF) || !parser_peek_keyword(parser, 1, KEYWORD_NOT) ||
      !parser_peek_keyword(parser, 2, KEYWORD_EXISTS)) {
    return false;
  }
  for (int i = 0; i < 3; i++) parser_advance(parser);
  return true;
}

// The first word of what a WITH clause belongs to: it stands behind the `)` of the last CTE.
static Keyword keyword_behind_with(const Parser *parser) {
  int32_t depth = 0;
  for (uint32_t at = parser->at; at < parser->token_count; at++) {
    Token token = parser->tokens[at];
    switch (token.kind) {
      case TOKEN_LEFT_PARENTHESIS:
        depth++;
        break;
      case TOKEN_RIGHT_PARENTHESIS: {
        if (--depth > 0 || at + 1 >= parser->token_count) break;
        Keyword next = (Keyword)parser->tokens[at + 1].keyword;
        if (next == KEYWORD_INSERT || next == KEYWORD_UPDATE || next == KEYWORD_DELETE || next == KEYWORD_MERGE ||
            next == KEYWORD_SELECT || next == KEYWORD_FROM) {
          return next;
        }
        break;
      }
      case TOKEN_SEMICOLON:
        return NO_KEYWORD;
      default:
        break;
    }
  }
  return NO_KEYWORD;
}

static Status parse_query_statement(Parser *parser, SqlStatement *statement) {
  statement->kind = SQL_STATEMENT_SELECT;
  return parse_query(parser, &statement->query);
}

// WITH … INSERT, UPDATE, DELETE, MERGE: the CTEs are read first and given to the statement.
static Status parse_with_statement(Parser *parser, SqlStatement *statement) {
  Keyword keyword = keyword_behind_with(parser);
  bool changes =
      keyword == KEYWORD_INSERT || keyword == KEYWORD_UPDATE || keyword == KEYWORD_DELETE || keyword == KEYWORD_MERGE;
  if (!changes) return parse_query_statement(parser, statement);
  SqlCteList ctes = {0};
  bool recursive;
  parser_advance(parser);
  TRY(parse_with(parser, &ctes, &recursive));
  parser_advance(parser);
  switch (keyword) {
    case KEYWORD_INSERT:
      statement->kind = SQL_STATEMENT_INSERT;
      statement->insert.ctes = ctes;
      statement->insert.recursive = recursive;
      return parse_insert(parser, statement);
    case KEYWORD_UPDATE:
      statement->kind = SQL_STATEMENT_UPDATE;
      statement->update.ctes = ctes;
      statement->update.recursive = recursive;
      return parse_update(parser, statement);
    case KEYWORD_DELETE:
      statement->kind = SQL_STATEMENT_DELETE;
      statement->delete_.ctes = ctes;
      statement->delete_.recursive = recursive;
      return parse_delete(parser, statement);
    default:
      statement->kind = SQL_STATEMENT_MERGE;
      statement->merge.ctes = ctes;
      statement->merge.recursive = recursive;
      return parse_merge(parser, statement);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Transactions
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_transaction(Parser *parser, SqlStatement *statement) {
  Keyword keyword = parser_keyword(parser);
  statement->kind = SQL_STATEMENT_TRANSACTION;
  parser_advance(parser);
  switch (keyword) {
    case KEYWORD_BEGIN:
    case KEYWORD_START:
      statement->transaction.kind = SQL_TRANSACTION_BEGIN;
      break;
    case KEYWORD_COMMIT:
    case KEYWORD_END:
      statement->transaction.kind = SQL_TRANSACTION_COMMIT;
      break;
    default:
      statement->transaction.kind = SQL_TRANSACTION_ROLLBACK;
      break;
  }
  if (keyword == KEYWORD_START) {
    TRY(parser_expect_keyword(parser, KEYWORD_TRANSACTION));
  } else if (!parser_accept_keyword(parser, KEYWORD_TRANSACTION)) {
    parser_accept_keyword(parser, KEYWORD_WORK);
  }
  if (statement->transaction.kind != SQL_TRANSACTION_BEGIN) return OK;
  if (parser_accept_keywords(parser, KEYWORD_READ, KEYWORD_ONLY)) {
    statement->transaction.mode = SQL_TRANSACTION_READ_ONLY;
  } else if (parser_accept_keywords(parser, KEYWORD_READ, KEYWORD_WRITE)) {
    statement->transaction.mode = SQL_TRANSACTION_READ_WRITE;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// PREPARE, EXECUTE, DEALLOCATE, CALL
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_prepare(Parser *parser, SqlStatement *statement) {
  TRY(parse_column_id(parser, &statement->prepare.name));
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1,
                     "Prepared statement argument types are not supported, use CAST");
  }
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  TRY(parser_enter(parser));
  TRY(parse_statement(parser, &statement->prepare.statement));
  parser_leave(parser);
  return OK;
}

static Status parse_execute(Parser *parser, SqlStatement *statement) {
  TRY(parse_column_id(parser, &statement->execute.name));
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return OK;
  // The arguments are those of a call, named ones included.
  SqlName name = {.name = STR("execute"), .position = parser_position(parser)};
  SqlExpr *call;
  TRY(parse_call(parser, name, NULL, &call));
  statement->execute.arguments = call->function.arguments;
  return OK;
}

static Status parse_deallocate(Parser *parser, SqlStatement *statement) {
  parser_accept_keyword(parser, KEYWORD_PREPARE);
  if (parser_accept_keyword(parser, KEYWORD_ALL)) {
    return error_set(parser->error, ERROR_PARSER, -1, "DEALLOCATE requires a name");
  }
  return parse_column_id(parser, &statement->deallocate.name);
}

static Status parse_call_statement(Parser *parser, SqlStatement *statement) {
  int32_t position = parser_position(parser);
  SqlPath path = {0};
  SqlName name;
  if (!parser_is_type_name(parser_token(parser)) && !parser_is_column_id(parser_token(parser))) {
    return parser_syntax_error(parser);
  }
  Str part;
  TRY(parse_label(parser, &part));
  ARENA_PUSH(parser->arena, parser->error, &path, part);
  while (parser_accept(parser, TOKEN_DOT)) {
    TRY(parse_label(parser, &part));
    ARENA_PUSH(parser->arena, parser->error, &path, part);
  }
  TRY(path_to_name(parser, &path, position, &name));
  if (!parser_is(parser, TOKEN_LEFT_PARENTHESIS)) return parser_syntax_error(parser);
  return parse_call(parser, name, NULL, &statement->call.call);
}

// ---------------------------------------------------------------------------------------------------------------------
// CHECKPOINT, VACUUM, ANALYZE, LOAD, USE, DETACH
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_checkpoint(Parser *parser, SqlStatement *statement) {
  if (parser_is_column_id(parser_token(parser))) return parse_column_id(parser, &statement->checkpoint.database);
  return OK;
}

static Status unsupported_vacuum(Parser *parser, const char *option) {
  return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "%s vacuum option", option);
}

static Status parse_vacuum_option(Parser *parser, SqlStatement *statement) {
  switch (parser_keyword(parser)) {
    case KEYWORD_FULL:
      return unsupported_vacuum(parser, "Full");
    case KEYWORD_FREEZE:
      return unsupported_vacuum(parser, "Freeze");
    case KEYWORD_VERBOSE:
      return unsupported_vacuum(parser, "Verbose");
    case KEYWORD_ANALYZE:
    case KEYWORD_ANALYSE:
      parser_advance(parser);
      statement->vacuum.analyze = true;
      return OK;
    default:
      return parser_syntax_error(parser);
  }
}

static bool at_vacuum_option(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_FULL:
    case KEYWORD_FREEZE:
    case KEYWORD_VERBOSE:
    case KEYWORD_ANALYZE:
    case KEYWORD_ANALYSE:
      return true;
    default:
      return false;
  }
}

// VACUUM [options] [table [(columns)]]; ANALYZE likewise.
static Status parse_vacuum(Parser *parser, SqlStatement *statement, bool vacuum) {
  statement->vacuum.vacuum = vacuum;
  statement->vacuum.analyze = !vacuum;
  if (vacuum && parser_accept(parser, TOKEN_LEFT_PARENTHESIS)) {
    do {
      TRY(parse_vacuum_option(parser, statement));
    } while (parser_accept(parser, TOKEN_COMMA));
    TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  }
  while (at_vacuum_option(parser)) TRY(parse_vacuum_option(parser, statement));
  if (!parser_is_column_id(parser_token(parser))) return OK;
  TRY(build_from(parser, SQL_FROM_TABLE, parser_position(parser), &statement->vacuum.table));
  TRY(parse_qualified_name(parser, &statement->vacuum.table->table.name));
  TRY(seal_from(parser, statement->vacuum.table));
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS))
    return parse_name_list_in_parentheses(parser, &statement->vacuum.columns);
  return OK;
}

static Status parse_load(Parser *parser, SqlStatement *statement, SqlLoadKind kind) {
  statement->load.kind = kind;
  TRY(parse_column_id_or_string(parser, &statement->load.name));
  if (kind == SQL_LOAD) return OK;
  if (parser_accept_keyword(parser, KEYWORD_FROM)) TRY(parse_column_id_or_string(parser, &statement->load.repository));
  if (parser_accept_keyword(parser, KEYWORD_VERSION)) TRY(parse_column_id_or_string(parser, &statement->load.version));
  return OK;
}

static Status parse_force(Parser *parser, SqlStatement *statement) {
  if (parser_accept_keyword(parser, KEYWORD_CHECKPOINT)) {
    statement->kind = SQL_STATEMENT_CHECKPOINT;
    statement->checkpoint.force = true;
    return parse_checkpoint(parser, statement);
  }
  TRY(parser_expect_keyword(parser, KEYWORD_INSTALL));
  statement->kind = SQL_STATEMENT_LOAD;
  return parse_load(parser, statement, SQL_FORCE_INSTALL);
}

static Status parse_update_extensions(Parser *parser, SqlStatement *statement) {
  statement->kind = SQL_STATEMENT_LOAD;
  statement->load.kind = SQL_UPDATE_EXTENSIONS;
  parser_advance(parser);
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS))
    return parse_name_list_in_parentheses(parser, &statement->load.extensions);
  return OK;
}

static Status parse_use(Parser *parser, SqlStatement *statement) {
  int32_t position = parser_position(parser);
  SqlPath path = {0};
  TRY(parse_dotted_path(parser, &path));
  if (path.count > 2) {
    return error_set(parser->error, ERROR_PARSER, -1, "Expected \"USE database\" or \"USE database.schema\"");
  }
  return path_to_name(parser, &path, position, &statement->use.name);
}

static Status parse_detach(Parser *parser, SqlStatement *statement) {
  parser_accept_keyword(parser, KEYWORD_DATABASE);
  statement->detach.if_exists = parser_accept_if_exists(parser);
  return parse_column_id_or_string(parser, &statement->detach.name);
}

// ---------------------------------------------------------------------------------------------------------------------
// RESTORE SNAPSHOT, UNDO, REDO (CREATE, DROP, EXPORT and IMPORT SNAPSHOT stand with their kind)
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_for_table(Parser *parser, SqlSnapshot *snapshot) {
  if (!parser_accept_keyword(parser, KEYWORD_FOR)) return OK;
  TRY(parser_expect_keyword(parser, KEYWORD_TABLE));
  snapshot->has_table = true;
  return parse_qualified_name(parser, &snapshot->table);
}

static Status parse_restore(Parser *parser, SqlStatement *statement) {
  statement->kind = SQL_STATEMENT_SNAPSHOT;
  statement->snapshot.kind = SQL_SNAPSHOT_RESTORE;
  parser_advance(parser);
  TRY(parser_expect_keyword(parser, KEYWORD_SNAPSHOT));
  TRY(parse_column_id_or_string(parser, &statement->snapshot.name));
  return parse_for_table(parser, &statement->snapshot);
}

static Status parse_undo(Parser *parser, SqlStatement *statement, SqlSnapshotKind kind) {
  statement->kind = SQL_STATEMENT_SNAPSHOT;
  statement->snapshot.kind = kind;
  parser_advance(parser);
  if (parser_is(parser, TOKEN_INTEGER)) {
    TRY(parse_number(parser, &statement->snapshot.count));
  } else if (parser_is(parser, TOKEN_PARAMETER)) {
    TRY(parse_parameter(parser, &statement->snapshot.count));
  }
  return parse_for_table(parser, &statement->snapshot);
}

// ---------------------------------------------------------------------------------------------------------------------
// The first word decides
// ---------------------------------------------------------------------------------------------------------------------

typedef struct StatementForm {
  Keyword keyword;
  SqlStatementKind kind;
  Status (*parse)(Parser *parser, SqlStatement *statement); // stands behind the keyword
} StatementForm;

static Status parse_vacuum_statement(Parser *parser, SqlStatement *statement) {
  return parse_vacuum(parser, statement, true);
}
static Status parse_analyze_statement(Parser *parser, SqlStatement *statement) {
  return parse_vacuum(parser, statement, false);
}
static Status parse_load_statement(Parser *parser, SqlStatement *statement) {
  return parse_load(parser, statement, SQL_LOAD);
}
static Status parse_install_statement(Parser *parser, SqlStatement *statement) {
  return parse_load(parser, statement, SQL_INSTALL);
}

static const StatementForm forms[] = {
    {KEYWORD_INSERT, SQL_STATEMENT_INSERT, parse_insert},
    {KEYWORD_DELETE, SQL_STATEMENT_DELETE, parse_delete},
    {KEYWORD_TRUNCATE, SQL_STATEMENT_DELETE, parse_truncate},
    {KEYWORD_MERGE, SQL_STATEMENT_MERGE, parse_merge},
    {KEYWORD_CREATE, SQL_STATEMENT_CREATE, parse_create},
    {KEYWORD_DROP, SQL_STATEMENT_DROP, parse_drop},
    {KEYWORD_ALTER, SQL_STATEMENT_ALTER, parse_alter},
    {KEYWORD_COMMENT, SQL_STATEMENT_COMMENT, parse_comment},
    {KEYWORD_COPY, SQL_STATEMENT_COPY, parse_copy},
    {KEYWORD_EXPORT, SQL_STATEMENT_EXPORT, parse_export},
    {KEYWORD_IMPORT, SQL_STATEMENT_IMPORT, parse_import},
    {KEYWORD_ATTACH, SQL_STATEMENT_ATTACH, parse_attach},
    {KEYWORD_DETACH, SQL_STATEMENT_DETACH, parse_detach},
    {KEYWORD_USE, SQL_STATEMENT_USE, parse_use},
    {KEYWORD_EXPLAIN, SQL_STATEMENT_EXPLAIN, parse_explain},
    {KEYWORD_SET, SQL_STATEMENT_SET, parse_set},
    {KEYWORD_RESET, SQL_STATEMENT_SET, parse_reset},
    {KEYWORD_PRAGMA, SQL_STATEMENT_PRAGMA, parse_pragma},
    {KEYWORD_PREPARE, SQL_STATEMENT_PREPARE, parse_prepare},
    {KEYWORD_EXECUTE, SQL_STATEMENT_EXECUTE, parse_execute},
    {KEYWORD_DEALLOCATE, SQL_STATEMENT_DEALLOCATE, parse_deallocate},
    {KEYWORD_CALL, SQL_STATEMENT_CALL, parse_call_statement},
    {KEYWORD_CHECKPOINT, SQL_STATEMENT_CHECKPOINT, parse_checkpoint},
    {KEYWORD_FORCE, SQL_STATEMENT_CHECKPOINT, parse_force},
    {KEYWORD_VACUUM, SQL_STATEMENT_VACUUM, parse_vacuum_statement},
    {KEYWORD_ANALYZE, SQL_STATEMENT_VACUUM, parse_analyze_statement},
    {KEYWORD_ANALYSE, SQL_STATEMENT_VACUUM, parse_analyze_statement},
    {KEYWORD_LOAD, SQL_STATEMENT_LOAD, parse_load_statement},
    {KEYWORD_INSTALL, SQL_STATEMENT_LOAD, parse_install_statement},
};

static Status parse_statement_body(Parser *parser, SqlStatement *statement) {
  Keyword keyword = parser_keyword(parser);
  if (keyword == KEYWORD_WITH) return parse_with_statement(parser, statement);
  if (parser_starts_query(parser, 0) || parser_is(parser, TOKEN_LEFT_PARENTHESIS))
    return parse_query_statement(parser, statement);
  switch (keyword) {
    case KEYWORD_BEGIN:
    case KEYWORD_START:
    case KEYWORD_COMMIT:
    case KEYWORD_END:
    case KEYWORD_ROLLBACK:
    case KEYWORD_ABORT:
      return parse_transaction(parser, statement);
    case KEYWORD_UPDATE:
      parser_advance(parser);
      if (parser_is_keyword(parser, KEYWORD_EXTENSIONS)) {
        Token next = parser_peek(parser, 1);
        bool ends = next.kind == TOKEN_END || next.kind == TOKEN_SEMICOLON || next.kind == TOKEN_LEFT_PARENTHESIS;
        if (ends) return parse_update_extensions(parser, statement);
      }
      statement->kind = SQL_STATEMENT_UPDATE;
      return parse_update(parser, statement);
    default:
      break;
  }
  for (size_t i = 0; i < COUNT_OF(forms); i++) {
    if (forms[i].keyword != keyword) continue;
    statement->kind = forms[i].kind;
    parser_advance(parser);
    return forms[i].parse(parser, statement);
  }
  if (parser_is_word(parser, 0, STR("restore"))) return parse_restore(parser, statement);
  if (parser_is_word(parser, 0, STR("undo"))) return parse_undo(parser, statement, SQL_SNAPSHOT_UNDO);
  if (parser_is_word(parser, 0, STR("redo"))) return parse_undo(parser, statement, SQL_SNAPSHOT_REDO);
  return parser_syntax_error(parser);
}

Status parse_statement(Parser *parser, SqlStatement **statement) {
  // A statement within another (EXPLAIN, PREPARE) adds to the parameters of the outer one.
  bool outermost = parser->depth == 0;
  SqlParameterList parameters = {0};
  if (outermost) parser->parameters = &parameters;
  TRY(build_statement(parser, SQL_STATEMENT_SELECT, statement));
  TRY(parse_statement_body(parser, *statement));
  (*statement)->end = parser_end(parser);
  (*statement)->text =
      (Str){parser->text.data + (*statement)->position, (size_t)((*statement)->end - (*statement)->position)};
  if (outermost) {
    (*statement)->parameters = parameters;
    parser->parameters = NULL;
  }
  return OK;
}
