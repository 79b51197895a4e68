// SPDX-License-Identifier: MIT
//
// parser.h: what the files of the parser share. Private to sql/.
//
// The parser is written by hand: recursive descent for statements and clauses, precedence climbing for operators. All tokens are
// there before it starts (Parser.tokens), so it may look ahead as far as it likes; it never goes back over tokens that it
// has built nodes for, but for WINDOW clauses, which are read before the select list that names them and remembered.
//
//   parser.c            entry points, token helpers, names, errors, depth
//   build.c             makes nodes, keeps their height
//   parse_expression.c  operators by precedence
//   parse_primary.c     what operators stand between: literals, columns, parentheses, subscripts
//   parse_literal.c     numbers, strings, intervals, parameters
//   parse_function.c    calls, special call forms, windows
//   parse_type.c        types
//   parse_select.c      queries
//   parse_from.c        FROM, joins, PIVOT
//   parse_statement.c   which statement is it; parse_change.c, parse_create.c, parse_alter.c, parse_utility.c: each kind
//
// Every parse_* function stands on the first token of its form when called, and behind the last one when it returns OK.
#ifndef SMEW_SQL_PARSER_H
#define SMEW_SQL_PARSER_H

#include "sql/lexer.h"

// The windows that `OVER name` may mean: those of the query being parsed, then of the queries around it.
typedef struct WindowScope {
  SqlWindowList windows;
  struct WindowScope *outer;
} WindowScope;

// A WINDOW clause that was read ahead of its turn.
typedef struct WindowClause {
  uint32_t at;    // index of the token WINDOW
  uint32_t after; // of the token behind the clause
  SqlWindowList windows;
} WindowClause;

typedef enum ParameterStyle { PARAMETERS_NONE, PARAMETERS_NUMBERED, PARAMETERS_NAMED } ParameterStyle;

typedef struct Parser {
  Arena *arena;
  Error *error;
  Str text;
  SqlOptions options;
  const Token *tokens; // the last one is TOKEN_END or TOKEN_ERROR
  uint32_t token_count;
  uint32_t at; // the present token
  uint32_t depth;
  uint32_t max_depth;
  bool in_window;  // within the definition of a window, where no window call may stand
  bool restricted; // no AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL: the low bound of BETWEEN, column defaults
  SqlParameterList *parameters; // of the present statement
  ParameterStyle parameter_style;
  bool has_window_clause; // there is a token WINDOW at all
  WindowScope *windows;
  ARENA_LIST(WindowClause) window_clauses;
} Parser;

// ---------------------------------------------------------------------------------------------------------------------
// Tokens
// ---------------------------------------------------------------------------------------------------------------------

static inline Token parser_token(const Parser *parser) { return parser->tokens[parser->at]; }
static inline Token parser_peek(const Parser *parser, uint32_t ahead) {
  uint32_t index = parser->at + ahead;
  return parser->tokens[index < parser->token_count ? index : parser->token_count - 1];
}
static inline TokenKind parser_kind(const Parser *parser) { return (TokenKind)parser->tokens[parser->at].kind; }
static inline Keyword parser_keyword(const Parser *parser) { return (Keyword)parser->tokens[parser->at].keyword; }
static inline bool parser_is(const Parser *parser, TokenKind kind) { return parser_kind(parser) == kind; }
static inline bool parser_is_keyword(const Parser *parser, Keyword keyword) {
  return parser_keyword(parser) == keyword;
}
static inline bool parser_peek_is(const Parser *parser, uint32_t ahead, TokenKind kind) {
  return parser_peek(parser, ahead).kind == kind;
}
static inline bool parser_peek_keyword(const Parser *parser, uint32_t ahead, Keyword keyword) {
  return parser_peek(parser, ahead).keyword == keyword;
}
// Start of the present token, and end of the one before it.
static inline int32_t parser_position(const Parser *parser) { return parser->tokens[parser->at].position; }
static inline int32_t parser_end(const Parser *parser) {
  return parser->at > 0 ? parser->tokens[parser->at - 1].end : 0;
}
static inline Str parser_token_text(const Parser *parser, Token token) {
  return (Str){parser->text.data + token.position, (size_t)(token.end - token.position)};
}
void parser_advance(Parser *parser); // never beyond the last token
bool parser_accept(Parser *parser, TokenKind kind);
bool parser_accept_keyword(Parser *parser, Keyword keyword);
bool parser_accept_keywords(Parser *parser, Keyword first, Keyword second); // both or none
// A word that is no keyword, without case: Smew's own.
bool parser_is_word(const Parser *parser, uint32_t ahead, Str word);
bool parser_accept_word(Parser *parser, Str word);
Status parser_expect(Parser *parser, TokenKind kind) MUST_USE;
Status parser_expect_keyword(Parser *parser, Keyword keyword) MUST_USE;
// `syntax error at or near "…"` for the present token; always fails.
Status parser_syntax_error(Parser *parser) MUST_USE;
Status parser_syntax_error_at(Parser *parser, uint32_t token_index) MUST_USE;

// One more level of nesting; every function that may come back to itself counts.
Status parser_enter(Parser *parser) MUST_USE;
static inline void parser_leave(Parser *parser) { parser->depth--; }
Status parser_depth_error(Parser *parser) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Names
// ---------------------------------------------------------------------------------------------------------------------

bool parser_is_column_id(Token token); // usable as the name of a column or table: not reserved
bool parser_is_type_name(Token token); // usable as the name of a type or function
bool parser_is_label(Token token);     // any word at all: after AS and after a point
Status parser_name_of(Parser *parser, Token token, Str *name) MUST_USE; // of any word or string token
Status parse_column_id(Parser *parser, Str *name) MUST_USE;
Status parse_column_id_or_string(Parser *parser, Str *name) MUST_USE;
Status parse_label(Parser *parser, Str *name) MUST_USE;
Status parse_label_or_string(Parser *parser, Str *name) MUST_USE;
Status parse_string(Parser *parser, Str *value) MUST_USE; // a string literal
// a, a.b, a.b.c; `what` names the thing in the error for more parts.
Status parse_qualified_name(Parser *parser, SqlName *name) MUST_USE;
Status parse_dotted_path(Parser *parser, SqlPath *path) MUST_USE;
// `a, b, c`, a trailing comma allowed, no parentheses.
Status parse_name_list(Parser *parser, SqlNameList *names) MUST_USE;
Status parse_name_list_in_parentheses(Parser *parser, SqlNameList *names) MUST_USE;
Status parse_collation(Parser *parser, Str *collation) MUST_USE; // nocase, de.noaccent
Status path_to_name(Parser *parser, const SqlPath *path, int32_t position, SqlName *name) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Nodes (build.c). A node is sealed when its children are in place: that sets `end` and `height` and checks the depth.
// ---------------------------------------------------------------------------------------------------------------------

Status build_expr(Parser *parser, SqlExprKind kind, int32_t position, SqlExpr **expr) MUST_USE;
Status seal_expr(Parser *parser, SqlExpr *expr) MUST_USE;
Status seal_query(Parser *parser, SqlQuery *query) MUST_USE;
Status seal_from(Parser *parser, SqlFrom *from) MUST_USE;
Status seal_type(Parser *parser, SqlType *type) MUST_USE;
Status build_query(Parser *parser, SqlQueryKind kind, int32_t position, SqlQuery **query) MUST_USE;
Status build_from(Parser *parser, SqlFromKind kind, int32_t position, SqlFrom **from) MUST_USE;
Status build_null(Parser *parser, int32_t position, SqlExpr **expr) MUST_USE;
Status build_string(Parser *parser, int32_t position, Str text, SqlExpr **expr) MUST_USE;
Status build_integer(Parser *parser, int32_t position, int128 value, SqlExpr **expr) MUST_USE;
Status build_column(Parser *parser, int32_t position, Str name, SqlExpr **expr) MUST_USE;
Status build_star(Parser *parser, int32_t position, SqlExpr **expr) MUST_USE;
// A call with up to four arguments (NULL ones are left out). `schema` may be empty: "main" where DuckDB's parser says so.
Status build_call(Parser *parser, int32_t position, Str schema, Str name, SqlExpr *first, SqlExpr *second,
                  SqlExpr *third, SqlExpr **expr) MUST_USE;
// A call in operator form; `right` NULL: prefix.
Status build_operator_call(Parser *parser, int32_t position, Str name, SqlExpr *left, SqlExpr *right,
                           SqlExpr **expr) MUST_USE;
Status build_operation(Parser *parser, int32_t position, SqlOperator op, SqlExpr *first, SqlExpr *second,
                       SqlExpr **expr) MUST_USE;
Status build_compare(Parser *parser, int32_t position, SqlComparison op, SqlExpr *left, SqlExpr *right,
                     SqlExpr **expr) MUST_USE;
// NOT expr; comparisons and IN are turned round instead, as DuckDB does.
Status build_not(Parser *parser, int32_t position, SqlExpr *child, SqlExpr **expr) MUST_USE;
Status build_cast(Parser *parser, int32_t position, SqlExpr *child, SqlType *type, bool try_cast,
                  SqlExpr **expr) MUST_USE;
Status build_cast_to(Parser *parser, int32_t position, SqlExpr *child, Str type_name, SqlExpr **expr) MUST_USE;
Status build_lambda(Parser *parser, int32_t position, const SqlNameList *parameters, SqlExpr *body,
                    SqlExpr **expr) MUST_USE;
Status build_subquery(Parser *parser, int32_t position, SqlSubqueryKind kind, SqlQuery *query, SqlExpr **expr) MUST_USE;
Status build_named_type(Parser *parser, int32_t position, Str name, SqlType **type) MUST_USE;
SqlComparison comparison_negated(SqlComparison op);

#define MAIN_SCHEMA STR("main")
#define NO_SCHEMA ((Str){NULL, 0})

// ---------------------------------------------------------------------------------------------------------------------
// Expressions
// ---------------------------------------------------------------------------------------------------------------------

// How tightly an operator binds, from loosest to tightest: the table of the dialect.
typedef enum Level {
  LEVEL_LOWEST = 0,
  LEVEL_ARROW,   // -> ->>, from the left
  LEVEL_OR,      // from the left
  LEVEL_AND,     // from the left
  LEVEL_NOT,     // prefix
  LEVEL_IS,      // IS, ISNULL, NOTNULL; not twice
  LEVEL_COMPARE, // = <> < <= > >=; not twice
  LEVEL_IN,      // BETWEEN IN LIKE ILIKE GLOB SIMILAR TO and their NOT forms; not twice
  LEVEL_POSTFIX, // a !
  LEVEL_OTHER,   // || @> & … and any prefix operator but + and -; from the left
  LEVEL_ADD,
  LEVEL_MULTIPLY,
  LEVEL_POWER,     // ^ **, from the left
  LEVEL_TIME_ZONE, // AT TIME ZONE
  LEVEL_COLLATE,
  LEVEL_SIGN, // prefix + and -
  LEVEL_CAST, // ::
} Level;

Status parse_expression(Parser *parser, SqlExpr **expr) MUST_USE;
Status parse_restricted_expression(Parser *parser, SqlExpr **expr) MUST_USE; // see Parser.restricted
Status parse_operators(Parser *parser, Level minimum, SqlExpr **expr) MUST_USE;
bool parser_starts_expression(const Parser *parser, uint32_t ahead); // may the token there start an expression?
// `a, b, c` without parentheses; `trailing_comma`: whether one may follow the last.
Status parse_expression_list(Parser *parser, bool trailing_comma, SqlExprList *list) MUST_USE;

Status parse_primary(Parser *parser, SqlExpr **expr) MUST_USE; // with subscripts, fields and methods
Status parse_indirections(Parser *parser, SqlExpr **expr) MUST_USE;
// Stands on `(`. A query in any number of parentheses, an expression, or a row (`is_list` NULL: a row is a FUNCTION row).
Status parse_parenthesized(Parser *parser, SqlExpr **expr) MUST_USE;
Status parse_star(Parser *parser, int32_t position, SqlExpr *star) MUST_USE; // EXCLUDE, REPLACE, RENAME after the *

Status parse_number(Parser *parser, SqlExpr **expr) MUST_USE;
Status parse_parameter(Parser *parser, SqlExpr **expr) MUST_USE;
Status parse_interval(Parser *parser, SqlExpr **expr) MUST_USE;
bool literal_negate(SqlLiteral *literal); // false: it is no number
Status parse_signed_integer(Parser *parser, int64_t *value) MUST_USE;

// Stands on the `(` behind a name.
Status parse_call(Parser *parser, SqlName name, SqlExpr *method_of, SqlExpr **expr) MUST_USE;
// Forms that look like calls but have a grammar of their own: CAST, EXTRACT, …; *found false: none of them, nothing taken.
Status parse_special_call(Parser *parser, bool *found, SqlExpr **expr) MUST_USE;
// Stands on `(` or on the name of a window, whose definition is copied.
Status parse_window_specification(Parser *parser, SqlWindow **window) MUST_USE;
// Puts in what `(base …)` inherits; the base must be merged itself.
Status merge_base_window(Parser *parser, SqlWindow *window) MUST_USE;
Status parse_order_list(Parser *parser, SqlOrderList *orders) MUST_USE; // behind ORDER BY

Status parse_type(Parser *parser, SqlType **type) MUST_USE;
// Whether the present tokens are a type name of several words or with its own keyword, followed by a string: INT '5'.
bool parser_starts_typed_literal(const Parser *parser);
Status check_modifiers(Parser *parser, const SqlType *type) MUST_USE; // those of a named type are constants
// A type without [] behind it: for typed literals.
Status parse_simple_type(Parser *parser, SqlType **type) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Queries
// ---------------------------------------------------------------------------------------------------------------------

bool parser_starts_query(const Parser *parser, uint32_t ahead); // SELECT, FROM, WITH, VALUES, TABLE, PIVOT, DESCRIBE …
Status parse_query(Parser *parser, SqlQuery **query) MUST_USE;  // may be in parentheses
// Goes on behind a parenthesised query: set operations, ORDER BY, LIMIT.
Status parse_query_rest(Parser *parser, SqlQuery *left, SqlQuery **query) MUST_USE;
bool parser_continues_query(const Parser *parser); // UNION, ORDER BY, LIMIT, …
Status parse_select_items(Parser *parser, SqlExprList *items) MUST_USE;
Status parse_with(Parser *parser, SqlCteList *ctes, bool *recursive) MUST_USE; // behind WITH
Status parse_show(Parser *parser, SqlQuery **query) MUST_USE;
Status parse_from_list(Parser *parser, SqlFrom **from) MUST_USE;  // behind FROM
Status parse_from_item(Parser *parser, SqlFrom **from) MUST_USE;  // with joins
Status parse_table_name(Parser *parser, SqlFrom **from) MUST_USE; // name [AS alias], for UPDATE, DELETE, MERGE
Status parse_sample(Parser *parser, SqlSample **sample) MUST_USE; // behind SAMPLE or TABLESAMPLE
Status parse_pivot_statement(Parser *parser, SqlQuery **query) MUST_USE;
Status parse_table_alias(Parser *parser, SqlFrom *from) MUST_USE;               // optional
Status query_of_from(Parser *parser, SqlFrom *from, SqlQuery **query) MUST_USE; // SELECT * FROM it

// ---------------------------------------------------------------------------------------------------------------------
// Statements
// ---------------------------------------------------------------------------------------------------------------------

Status parse_statement(Parser *parser, SqlStatement **statement) MUST_USE;
Status build_statement(Parser *parser, SqlStatementKind kind, SqlStatement **statement) MUST_USE;
// Each stands behind its first word (or behind WITH …, whose result is given).
Status parse_insert(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_update(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_delete(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_truncate(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_merge(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_create(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_drop(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_alter(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_comment(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_copy(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_export(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_import(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_attach(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_set(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_reset(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_pragma(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_explain(Parser *parser, SqlStatement *statement) MUST_USE;
Status parse_column_definition(Parser *parser, SqlColumnDefinition *column, SqlPath *path) MUST_USE;
Status parse_table_constraint(Parser *parser, SqlConstraint *constraint) MUST_USE;
bool parser_starts_table_constraint(const Parser *parser);
Status parse_sequence_options(Parser *parser, SqlSequenceOptions *options) MUST_USE;
// `(name value, name = value, …)`
Status parse_options(Parser *parser, SqlOptionList *options) MUST_USE;
Status reject_option_values(Parser *parser, const SqlOptionList *options) MUST_USE; // for RESET
bool parse_object_kind(Parser *parser, SqlObjectKind *kind); // TABLE, VIEW, …; false: none of them
bool parser_accept_if_exists(Parser *parser);
bool parser_accept_if_not_exists(Parser *parser);

#endif
