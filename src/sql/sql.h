// SPDX-License-Identifier: MIT
//
// sql.h: SQL text to syntax tree and back. The one header of sql/; the tree itself is in tree.h and statements.h.
//
//   sql_parse, sql_parse_expression, sql_parse_type   text -> tree; no recursion deeper than SqlOptions.max_depth
//   sql_visit_*, sql_copy_*, sql_expr_equal           working on trees
//   sql_print_*                                       tree -> SQL text in DuckDB's form (names of result columns, views)
//   sql_dump_*                                        tree -> indented text, for people who debug
//   sql_tokenize, sql_is_complete  for line editors: highlighting, completion, "is more to come?"
//   sql_first_end                                     the first statement of a script
//
// Knows nothing of catalogs, functions or types beyond their names. Holds no state: everything is in the caller's Arena.
#ifndef SMEW_SQL_H
#define SMEW_SQL_H

#include "sql/statements.h"

typedef struct SqlOptions {
  // Limit of expression depth (the setting max_expression_depth); 0: the default, 1,000. Also bounds nesting of queries,
  // types and parentheses: never more than SQL_DEPTH_CEILING whatever is asked, for the stack is finite.
  uint32_t max_depth;
  bool preserve_identifier_case; // false: names are lowered, as the setting of that name says
  bool integer_division;         // `/` on integers is `//`
} SqlOptions;

#define SQL_DEPTH_DEFAULT 1000
// A level takes up to 1.2 KB of stack in the parser (a subquery; 0.6 KB for a parenthesis).
#ifdef __wasm__
#define SQL_DEPTH_CEILING 1000
#else
#define SQL_DEPTH_CEILING 2500
#endif
#define SQL_OPTIONS_DEFAULT ((SqlOptions){.max_depth = 0, .preserve_identifier_case = true, .integer_division = false})

// ---------------------------------------------------------------------------------------------------------------------
// Parsing. The whole text is parsed before anything is returned: an error in the last statement fails all, as in DuckDB.
// `text` must outlive the tree. Errors have the byte position in `text`.
// ---------------------------------------------------------------------------------------------------------------------

// Empty statements are skipped; an empty text gives count 0.
Status sql_parse(Arena *arena, Str text, SqlOptions options, SqlScript *script, Error *error) MUST_USE;
// One expression, the whole text; no aliases.
Status sql_parse_expression(Arena *arena, Str text, SqlOptions options, SqlExpr **expr, Error *error) MUST_USE;
// A comma-separated list of select items.
Status sql_parse_expressions(Arena *arena, Str text, SqlOptions options, SqlExprList *list, Error *error) MUST_USE;
Status sql_parse_type(Arena *arena, Str text, SqlOptions options, SqlType **type, Error *error) MUST_USE;
// `a."b c".d`: names that stand in strings (nextval('s.seq'), search_path). Not the grammar's rules: what is not in double
// quotes is taken as it is, spaces and all.
Status sql_parse_path(Arena *arena, Str text, SqlPath *path, Error *error) MUST_USE;
// Exactly one query (view bodies stored as text).
Status sql_parse_query(Arena *arena, Str text, SqlOptions options, SqlQuery **query, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Visiting. A visitor is told of each node through the slot that holds it, so that it may put another in its place.
// sql_visit_expr(visitor, &slot) calls visitor->expr when there is one, else goes on to the children; the callback goes on
// to them itself, before or after its own work, with sql_visit_expr_children, or does not. Likewise for queries, FROM
// items and types. Order is that of the text. Errors end the walk.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SqlVisitor SqlVisitor;
struct SqlVisitor {
  Status (*expr)(SqlVisitor *visitor, SqlExpr **slot);
  Status (*query)(SqlVisitor *visitor, SqlQuery **slot); // subqueries, CTEs, children of set operations
  Status (*from)(SqlVisitor *visitor, SqlFrom **slot);
  Status (*type)(SqlVisitor *visitor, SqlType **slot);
  void *context; // the caller's
  Error *error;  // the caller's
};

Status sql_visit_expr(SqlVisitor *visitor, SqlExpr **slot) MUST_USE; // *slot may be NULL: nothing happens
Status sql_visit_query(SqlVisitor *visitor, SqlQuery **slot) MUST_USE;
Status sql_visit_from(SqlVisitor *visitor, SqlFrom **slot) MUST_USE;
Status sql_visit_type(SqlVisitor *visitor, SqlType **slot) MUST_USE;
Status sql_visit_expr_children(SqlVisitor *visitor, SqlExpr *expr) MUST_USE;
Status sql_visit_query_children(SqlVisitor *visitor, SqlQuery *query) MUST_USE;
Status sql_visit_from_children(SqlVisitor *visitor, SqlFrom *from) MUST_USE;
Status sql_visit_type_children(SqlVisitor *visitor, SqlType *type) MUST_USE;
Status sql_visit_statement(SqlVisitor *visitor, SqlStatement *statement) MUST_USE; // everything in it

// Deep copies: every node and list is new, names and literal texts are shared with the original.
Status sql_copy_expr(Arena *arena, const SqlExpr *expr, SqlExpr **copy, Error *error) MUST_USE;
Status sql_copy_query(Arena *arena, const SqlQuery *query, SqlQuery **copy, Error *error) MUST_USE;
Status sql_copy_from(Arena *arena, const SqlFrom *from, SqlFrom **copy, Error *error) MUST_USE;
Status sql_copy_type(Arena *arena, const SqlType *type, SqlType **copy, Error *error) MUST_USE;

// The same expression (names without case, positions and aliases ignored): GROUP BY matching, ORDER BY matching.
bool sql_expr_equal(const SqlExpr *a, const SqlExpr *b);
bool sql_query_equal(const SqlQuery *a, const SqlQuery *b);
bool sql_type_equal(const SqlType *a, const SqlType *b);

// ---------------------------------------------------------------------------------------------------------------------
// Printing, in DuckDB's form. The text builder's `failed` says whether memory sufficed. What is printed parses again to an
// equal tree; printing adds parentheses, so give the parser max_depth SQL_DEPTH_CEILING to read stored text (views).
// ---------------------------------------------------------------------------------------------------------------------

void sql_print_expr(TextBuilder *out, const SqlExpr *expr);    // (a + 1), count_star(), CAST(a AS INTEGER); no alias
void sql_print_type(TextBuilder *out, const SqlType *type);    // DECIMAL(5, 2)[], MAP(INTEGER, "DATE")
void sql_print_query(TextBuilder *out, const SqlQuery *query); // SELECT a FROM t WHERE (a > 1)
void sql_print_from(TextBuilder *out, const SqlFrom *from);
// The name of a select item: its alias, the last name of a column, else sql_print_expr.
Status sql_column_name(Arena *arena, const SqlExpr *expr, Str *name, Error *error) MUST_USE;

// Appends the name, in double quotes unless it is ASCII letters, digits and _ and no keyword of any class.
void sql_print_name(TextBuilder *out, Str name);
void sql_print_qualified_name(TextBuilder *out, const SqlName *name);
void sql_print_string(TextBuilder *out, Str text); // 'it''s'

// Indented, one node a line, with positions: for debugging and tests.
void sql_dump_expr(TextBuilder *out, const SqlExpr *expr);
void sql_dump_query(TextBuilder *out, const SqlQuery *query);
void sql_dump_statement(TextBuilder *out, const SqlStatement *statement);

const char *sql_comparison_text(SqlComparison op); // "=", "!=", "IS DISTINCT FROM"

// The built-in type that a name without a schema means, in capitals: "int4" is "INTEGER", "timestamptz" is "TIMESTAMP WITH TIME
// ZONE"; NULL: none of them, so perhaps a user's type. STRUCT, MAP and the like are named here too.
const char *sql_type_canonical_name(Str name);

// ---------------------------------------------------------------------------------------------------------------------
// Tokens, for line editors and the shell
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlTokenKind {
  SQL_TOKEN_IDENTIFIER,
  SQL_TOKEN_QUOTED_IDENTIFIER,
  SQL_TOKEN_KEYWORD,
  SQL_TOKEN_NUMBER,
  SQL_TOKEN_STRING,
  SQL_TOKEN_PARAMETER, // ?, $1, $name, #1
  SQL_TOKEN_OPERATOR,  // and punctuation
  SQL_TOKEN_COMMENT,
  SQL_TOKEN_ERROR, // an unterminated string or comment, or a byte that starts no token; runs to the end of it
} SqlTokenKind;
typedef struct SqlToken {
  SqlTokenKind kind;
  int32_t position;
  int32_t end;
} SqlToken;
typedef ARENA_LIST(SqlToken) SqlTokenList;
// Never fails but for memory: what is wrong is an ERROR token. White space has no token.
Status sql_tokenize(Arena *arena, Str text, SqlTokenList *tokens, Error *error) MUST_USE;
// Where the first statement ends: behind its semicolon, or with the text.
size_t sql_first_end(Str text);
// Whether `text` ends outside of strings, comments and statements: the last token is a semicolon, or there is none at all.
bool sql_is_complete(Str text);

#endif
