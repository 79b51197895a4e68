// SPDX-License-Identifier: MIT
//
// statements.h: the syntax tree of statements. What holds of every tree stands in tree.h. Included by sql.h.
//
//   INSERT, UPDATE, DELETE, MERGE                     statements that change rows
//   CREATE, DROP, ALTER, COMMENT                      statements that change the catalog
//   COPY, ATTACH, SET, PRAGMA, EXPLAIN, snapshots, …  all others
//   SqlStatement                                      one of them, with its place in the text and its parameters
#ifndef SMEW_SQL_STATEMENTS_H
#define SMEW_SQL_STATEMENTS_H

#include "sql/tree.h"

typedef struct SqlStatement SqlStatement;

// ---------------------------------------------------------------------------------------------------------------------
// Statements that change rows
// ---------------------------------------------------------------------------------------------------------------------

// SET column = value. `(a, b) = (1, 2)` is two of them.
typedef struct SqlAssignment {
  SqlPath column; // one name, or a qualified one that the binder refuses or resolves
  SqlExpr *value; // DEFAULT is SQL_EXPR_DEFAULT
  int32_t position;
} SqlAssignment;
typedef ARENA_LIST(SqlAssignment) SqlAssignmentList;

typedef enum SqlConflictAction {
  SQL_CONFLICT_THROW,   // no clause
  SQL_CONFLICT_NOTHING, // ON CONFLICT DO NOTHING, INSERT OR IGNORE
  SQL_CONFLICT_UPDATE,  // ON CONFLICT DO UPDATE SET …
  SQL_CONFLICT_REPLACE, // INSERT OR REPLACE: update all columns
} SqlConflictAction;

typedef enum SqlColumnOrder { SQL_COLUMNS_DEFAULT, SQL_COLUMNS_BY_POSITION, SQL_COLUMNS_BY_NAME } SqlColumnOrder;

typedef struct SqlInsert {
  SqlCteList ctes;
  bool recursive;
  SqlName table;
  Str alias;
  SqlNameList columns;
  SqlColumnOrder order;
  SqlQuery *query; // NULL: DEFAULT VALUES
  SqlConflictAction conflict;
  SqlNameList conflict_columns; // ON CONFLICT (a, b)
  SqlExpr *conflict_where;      // ON CONFLICT (a) WHERE …
  SqlAssignmentList assignments;
  SqlExpr *update_where; // DO UPDATE SET … WHERE …
  SqlExprList returning;
} SqlInsert;

typedef struct SqlUpdate {
  SqlCteList ctes;
  bool recursive;
  SqlFrom *table; // TABLE, perhaps with an alias
  SqlAssignmentList assignments;
  SqlFrom *from;
  SqlExpr *where;
  SqlExprList returning;
} SqlUpdate;

typedef struct SqlDelete {
  SqlCteList ctes;
  bool recursive;
  SqlFrom *table;
  SqlFrom *using_from; // USING
  SqlExpr *where;
  SqlExprList returning;
  bool truncate; // TRUNCATE t
} SqlDelete;

typedef enum SqlMergeMatch {
  SQL_MERGE_MATCHED,
  SQL_MERGE_NOT_MATCHED_BY_SOURCE, // the target row has no source row
  SQL_MERGE_NOT_MATCHED,           // BY TARGET: the source row has no target row
} SqlMergeMatch;
typedef enum SqlMergeKind {
  SQL_MERGE_UPDATE,
  SQL_MERGE_DELETE,
  SQL_MERGE_INSERT,
  SQL_MERGE_NOTHING,
  SQL_MERGE_ERROR,
} SqlMergeKind;
typedef struct SqlMergeAction {
  SqlMergeMatch match;
  SqlExpr *condition; // AND …
  SqlMergeKind kind;
  SqlColumnOrder order;          // UPDATE BY NAME, INSERT BY POSITION …
  SqlAssignmentList assignments; // UPDATE SET; count 0: all columns (UPDATE, UPDATE SET *)
  SqlNameList columns;           // INSERT (a, b)
  SqlExprList values;            // INSERT … VALUES (…); ERROR: the message; count 0: all (INSERT, INSERT *)
  bool default_values;           // INSERT DEFAULT VALUES
  int32_t position;
} SqlMergeAction;
typedef struct SqlMerge {
  SqlCteList ctes;
  bool recursive;
  SqlFrom *table;
  SqlFrom *source;
  SqlExpr *condition;        // ON
  SqlNameList using_columns; // USING (…)
  ARENA_LIST(SqlMergeAction) actions;
  SqlExprList returning;
} SqlMerge;

// ---------------------------------------------------------------------------------------------------------------------
// Statements that change the catalog
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlObjectKind {
  SQL_OBJECT_TABLE,
  SQL_OBJECT_VIEW,
  SQL_OBJECT_SCHEMA,
  SQL_OBJECT_SEQUENCE,
  SQL_OBJECT_INDEX,
  SQL_OBJECT_TYPE,
  SQL_OBJECT_MACRO,
  SQL_OBJECT_TABLE_MACRO,
  SQL_OBJECT_DATABASE,
  SQL_OBJECT_COLUMN, // COMMENT ON COLUMN
  SQL_OBJECT_SNAPSHOT,
  SQL_OBJECT_COLLATION,
  SQL_OBJECT_TRIGGER,
} SqlObjectKind;

typedef enum SqlOnConflict { SQL_CREATE_ERROR, SQL_CREATE_IF_NOT_EXISTS, SQL_CREATE_OR_REPLACE } SqlOnConflict;

typedef enum SqlReferenceAction {
  SQL_REFERENCE_NO_ACTION,
  SQL_REFERENCE_RESTRICT,
  SQL_REFERENCE_CASCADE,
  SQL_REFERENCE_SET_NULL,
  SQL_REFERENCE_SET_DEFAULT,
} SqlReferenceAction;

typedef enum SqlConstraintKind {
  SQL_CONSTRAINT_PRIMARY_KEY,
  SQL_CONSTRAINT_UNIQUE,
  SQL_CONSTRAINT_NOT_NULL, // of a column only
  SQL_CONSTRAINT_NULL,     // of a column only; says nothing
  SQL_CONSTRAINT_CHECK,
  SQL_CONSTRAINT_FOREIGN_KEY,
} SqlConstraintKind;
typedef struct SqlConstraint {
  SqlConstraintKind kind;
  Str name;            // CONSTRAINT name
  SqlNameList columns; // PRIMARY KEY, UNIQUE, FOREIGN KEY; a column constraint: that column
  SqlExpr *check;
  SqlName references; // FOREIGN KEY
  SqlNameList references_columns;
  SqlReferenceAction on_delete;
  SqlReferenceAction on_update;
  int32_t position;
} SqlConstraint;
typedef ARENA_LIST(SqlConstraint) SqlConstraintList;

typedef struct SqlColumnDefinition {
  Str name;
  SqlType *type; // NULL: none was written (generated columns, CREATE TABLE t(a, b) AS)
  SqlExpr *default_value;
  SqlExpr *generated; // GENERATED ALWAYS AS (…), AS (…)
  bool stored;        // GENERATED … STORED
  Str collation;
  Str compression;               // USING COMPRESSION
  SqlConstraintList constraints; // in the order written
  int32_t position;
} SqlColumnDefinition;
typedef ARENA_LIST(SqlColumnDefinition) SqlColumnDefinitionList;

typedef struct SqlCreateTable {
  SqlColumnDefinitionList columns;
  SqlConstraintList constraints; // of the table
  SqlQuery *query;               // CREATE TABLE … AS
  SqlNameList column_names;      // CREATE TABLE t(a, b) AS …
  bool with_no_data;
  SqlExprList partitioned_by;
  SqlOrderList sorted_by;
  SqlOptionList options; // WITH (…)
} SqlCreateTable;

typedef struct SqlCreateView {
  SqlNameList column_names;
  SqlQuery *query;
  bool recursive; // CREATE RECURSIVE VIEW: query is already SELECT * FROM the recursive CTE
} SqlCreateView;

// Of CREATE SEQUENCE: increment, minimum, maximum and start hold the defaults where nothing was said. Of ALTER SEQUENCE: only
// what has_* says.
typedef struct SqlSequenceOptions {
  bool has_increment, has_minimum, has_maximum, has_start, has_cycle;
  bool no_minimum, no_maximum; // NO MINVALUE
  bool cycle;
  int64_t increment, minimum, maximum, start;
  bool has_owner;
  SqlName owner; // OWNED BY
} SqlSequenceOptions;

typedef struct SqlCreateIndex {
  SqlName table;
  Str method; // USING ART; absent: the default
  SqlExprList exprs;
  bool unique;
  SqlOptionList options; // WITH (…)
  SqlExpr *where;        // WHERE: the binder refuses
} SqlCreateIndex;

typedef struct SqlCreateType {
  SqlType *type;   // of an alias, or ENUM, STRUCT …
  SqlQuery *query; // AS ENUM (SELECT …)
} SqlCreateType;

typedef struct SqlMacroParameter {
  Str name;
  SqlType *type;          // NULL: any
  SqlExpr *default_value; // NULL: required
  int32_t position;
} SqlMacroParameter;
typedef struct SqlMacro {
  ARENA_LIST(SqlMacroParameter) parameters;
  SqlExpr *expr;   // scalar
  SqlQuery *query; // AS TABLE …
} SqlMacro;
typedef ARENA_LIST(SqlMacro) SqlMacroList; // overloads

typedef struct SqlCreate {
  SqlObjectKind kind;
  SqlOnConflict on_conflict;
  bool temporary;
  SqlName name; // SCHEMA: a.b has the catalog a in `schema`
  union {
    SqlCreateTable table;
    SqlCreateView view;
    SqlSequenceOptions sequence;
    SqlCreateIndex index;
    SqlCreateType type;
    SqlMacroList macros; // MACRO and TABLE_MACRO
  };
} SqlCreate;

typedef struct SqlDrop {
  SqlObjectKind kind;
  bool if_exists;
  bool cascade; // CASCADE; RESTRICT is the default
  SqlName name;
} SqlDrop;

typedef enum SqlAlterKind {
  SQL_ALTER_RENAME,          // the object, to new_name
  SQL_ALTER_RENAME_COLUMN,   // column_path to new_name
  SQL_ALTER_ADD_COLUMN,      // column_definition (IF NOT EXISTS); column_path: where, when into a struct (a.b.c)
  SQL_ALTER_DROP_COLUMN,     // column_path (IF EXISTS, CASCADE)
  SQL_ALTER_SET_TYPE,        // column_path, type or NULL, expr: USING or NULL
  SQL_ALTER_SET_DEFAULT,     // column_path, expr
  SQL_ALTER_DROP_DEFAULT,    // column_path
  SQL_ALTER_SET_NOT_NULL,    // column_path
  SQL_ALTER_DROP_NOT_NULL,   // column_path
  SQL_ALTER_ADD_CONSTRAINT,  // constraint
  SQL_ALTER_DROP_CONSTRAINT, // new_name
  SQL_ALTER_SET_SCHEMA,      // new_name
  SQL_ALTER_SET_OPTIONS,     // options
  SQL_ALTER_RESET_OPTIONS,   // options
  SQL_ALTER_SEQUENCE,        // sequence
  SQL_ALTER_SET_PARTITIONED, // exprs: RESET when empty
  SQL_ALTER_SET_SORTED,      // orders: RESET when empty
} SqlAlterKind;

typedef struct SqlAlter {
  SqlObjectKind kind;
  SqlName name;
  bool if_exists; // of the object
  SqlAlterKind action;
  bool column_if_exists;     // DROP COLUMN IF EXISTS
  bool column_if_not_exists; // ADD COLUMN IF NOT EXISTS
  bool cascade;
  SqlPath column_path;
  Str new_name;
  SqlColumnDefinition column;
  SqlType *type;
  SqlExpr *expr;
  SqlExprList exprs;
  SqlOrderList orders;
  SqlConstraint constraint;
  SqlOptionList options;
  SqlSequenceOptions sequence;
} SqlAlter;

typedef struct SqlComment {
  SqlObjectKind kind; // COLUMN: name is the table's, column the column's
  SqlName name;
  Str column;
  SqlExpr *text; // a string literal, or NULL literal to remove it
} SqlComment;

// ---------------------------------------------------------------------------------------------------------------------
// The other statements
// ---------------------------------------------------------------------------------------------------------------------

typedef struct SqlCopy {
  bool to;       // COPY … TO; else FROM
  SqlName table; // name absent with `query`
  SqlNameList columns;
  SqlQuery *query;       // COPY (SELECT …) TO
  SqlExpr *file;         // a string literal, or any expression in parentheses or a parameter
  SqlOptionList options; // old style (DELIMITER ',' HEADER) and new style, in one form
} SqlCopy;

typedef enum SqlCopyDatabaseKind {
  SQL_COPY_DATABASE_ALL,
  SQL_COPY_DATABASE_SCHEMA,
  SQL_COPY_DATABASE_DATA
} SqlCopyDatabaseKind;

typedef struct SqlAttach {
  bool if_not_exists;
  bool or_replace;
  SqlExpr *path; // a string literal or an expression
  Str alias;
  SqlOptionList options;
} SqlAttach;

typedef enum SqlTransactionKind {
  SQL_TRANSACTION_BEGIN,
  SQL_TRANSACTION_COMMIT,
  SQL_TRANSACTION_ROLLBACK
} SqlTransactionKind;
typedef enum SqlTransactionMode {
  SQL_TRANSACTION_DEFAULT,
  SQL_TRANSACTION_READ_ONLY,
  SQL_TRANSACTION_READ_WRITE
} SqlTransactionMode;

typedef enum SqlExplainFormat {
  SQL_EXPLAIN_DEFAULT,
  SQL_EXPLAIN_TEXT,
  SQL_EXPLAIN_JSON,
  SQL_EXPLAIN_HTML,
  SQL_EXPLAIN_GRAPHVIZ,
  SQL_EXPLAIN_YAML,
  SQL_EXPLAIN_MERMAID,
} SqlExplainFormat;

typedef enum SqlSettingScope {
  SQL_SCOPE_AUTOMATIC,
  SQL_SCOPE_LOCAL,
  SQL_SCOPE_SESSION,
  SQL_SCOPE_GLOBAL,
  SQL_SCOPE_VARIABLE
} SqlSettingScope;

typedef enum SqlPragmaKind { SQL_PRAGMA_NAME, SQL_PRAGMA_ASSIGN, SQL_PRAGMA_CALL } SqlPragmaKind;

typedef enum SqlLoadKind { SQL_LOAD, SQL_INSTALL, SQL_FORCE_INSTALL, SQL_UPDATE_EXTENSIONS } SqlLoadKind;

typedef enum SqlSnapshotKind {
  SQL_SNAPSHOT_CREATE,  // CREATE SNAPSHOT name
  SQL_SNAPSHOT_RESTORE, // RESTORE SNAPSHOT name [FOR TABLE t]
  SQL_SNAPSHOT_DROP,    // DROP SNAPSHOT [IF EXISTS] name
  SQL_SNAPSHOT_UNDO,    // UNDO [n] [FOR TABLE t]
  SQL_SNAPSHOT_REDO,    // REDO [n]
  SQL_SNAPSHOT_EXPORT,  // EXPORT SNAPSHOT name TO 'dir' (options)
  SQL_SNAPSHOT_IMPORT,  // IMPORT SNAPSHOT [name FROM] 'dir' (options)
} SqlSnapshotKind;
typedef struct SqlSnapshot {
  SqlSnapshotKind kind;
  SqlOnConflict on_conflict; // CREATE [OR REPLACE] … [IF NOT EXISTS]
  bool if_exists;
  Str name;
  bool has_table;
  SqlName table;  // FOR TABLE t
  SqlExpr *count; // UNDO n; NULL: 1
  SqlExpr *path;  // of EXPORT and IMPORT
  SqlOptionList options;
} SqlSnapshot;

typedef enum SqlStatementKind {
  SQL_STATEMENT_SELECT, // every query: SELECT, FROM, VALUES, TABLE, PIVOT, DESCRIBE, SHOW, SUMMARIZE
  SQL_STATEMENT_INSERT,
  SQL_STATEMENT_UPDATE,
  SQL_STATEMENT_DELETE, // and TRUNCATE
  SQL_STATEMENT_MERGE,
  SQL_STATEMENT_CREATE,
  SQL_STATEMENT_DROP,
  SQL_STATEMENT_ALTER,
  SQL_STATEMENT_COMMENT,
  SQL_STATEMENT_COPY,
  SQL_STATEMENT_COPY_DATABASE,
  SQL_STATEMENT_EXPORT, // EXPORT DATABASE
  SQL_STATEMENT_IMPORT, // IMPORT DATABASE
  SQL_STATEMENT_ATTACH,
  SQL_STATEMENT_DETACH,
  SQL_STATEMENT_USE,
  SQL_STATEMENT_TRANSACTION,
  SQL_STATEMENT_EXPLAIN,
  SQL_STATEMENT_SET, // SET, RESET, SET VARIABLE, RESET VARIABLE
  SQL_STATEMENT_PRAGMA,
  SQL_STATEMENT_PREPARE,
  SQL_STATEMENT_EXECUTE,
  SQL_STATEMENT_DEALLOCATE,
  SQL_STATEMENT_CALL,
  SQL_STATEMENT_CHECKPOINT,
  SQL_STATEMENT_VACUUM, // VACUUM and ANALYZE
  SQL_STATEMENT_LOAD,   // LOAD, INSTALL, UPDATE EXTENSIONS
  SQL_STATEMENT_SNAPSHOT,
} SqlStatementKind;

typedef struct SqlParameterInfo {
  Str name; // "1", "2" for ? and $n; "name" for $name
} SqlParameterInfo;
typedef struct SqlParameterList {
  SqlParameterInfo *items;
  uint32_t count;
  uint32_t capacity;
  uint32_t highest_number; // of the numbered ones; a ? takes the next
} SqlParameterList;

struct SqlStatement {
  SqlStatementKind kind;
  uint16_t height;
  int32_t position; // of the first word
  int32_t end;      // after the last token, without the semicolon
  Str text;         // text[position, end)
  // The distinct parameters, in the order of first appearance; SQL_EXPR_PARAMETER has the index. Of a PREPARE or EXPLAIN
  // the outer statement has them.
  SqlParameterList parameters;
  union {
    SqlQuery *query;
    SqlInsert insert;
    SqlUpdate update;
    SqlDelete delete_;
    SqlMerge merge;
    SqlCreate create;
    SqlDrop drop;
    SqlAlter alter;
    SqlComment comment;
    SqlCopy copy;
    struct {
      Str from;
      Str to;
      SqlCopyDatabaseKind kind;
    } copy_database;
    struct {
      Str database; // EXPORT DATABASE db TO …; absent: the current one
      SqlExpr *path;
      SqlOptionList options; // EXPORT only
    } archive;               // EXPORT, IMPORT
    SqlAttach attach;
    struct {
      Str name;
      bool if_exists;
    } detach;
    struct {
      SqlName name; // USE name, USE catalog.schema (in schema and name)
    } use;
    struct {
      SqlTransactionKind kind;
      SqlTransactionMode mode;
    } transaction;
    struct {
      SqlStatement *statement;
      bool analyze;
      SqlExplainFormat format;
    } explain;
    struct {
      Str name;
      SqlSettingScope scope;
      bool reset;
      SqlExpr *value; // NULL when reset. A bare word is a COLUMN; several values are a FUNCTION row
    } set;
    struct {
      Str name;
      SqlPragmaKind kind;
      SqlExprList arguments; // ASSIGN: the value; bare words are COLUMN; named ones have an alias
    } pragma;
    struct {
      Str name;
      SqlTypeList types; // PREPARE v(INT, TEXT)
      SqlStatement *statement;
    } prepare;
    struct {
      Str name;
      SqlExprList arguments; // named ones have an alias
    } execute;
    struct {
      Str name; // absent: ALL
    } deallocate;
    struct {
      SqlExpr *call; // FUNCTION
    } call;
    struct {
      Str database; // absent: the current one
      bool force;
    } checkpoint;
    struct {
      bool vacuum;
      bool analyze;
      SqlFrom *table; // NULL: all
      SqlNameList columns;
    } vacuum;
    struct {
      SqlLoadKind kind;
      Str name;
      Str repository;         // FROM …
      Str version;            // VERSION …
      SqlNameList extensions; // UPDATE EXTENSIONS (…)
    } load;
    SqlSnapshot snapshot;
  };
};

typedef struct SqlScript {
  SqlStatement **items;
  uint32_t count;
  uint32_t capacity;
} SqlScript;

#endif
