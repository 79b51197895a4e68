// SPDX-License-Identifier: MIT
//
// tree.h: the syntax tree of the whole dialect. Included by sql.h, which is what other folders include.
//
// What holds of every tree that the parser returns
//   - All nodes, names and lists live in one Arena, the one given to the parser; nothing is freed singly. Names and
//     strings may also point into the SQL text itself, so the text must live as long as the tree (sql_copy_* does not
//     copy names either).
//   - `position` is the byte offset in the parsed text where a caret points: the operator of a form with two operands, else
//     the first byte. `end` is the offset behind the last byte. Nodes that the parser made up carry the place that they
//     were made up from. -1: unknown (trees built by others).
//   - Absent names are Str with data NULL; absent nodes are NULL; lists are never NULL but may have count 0.
//   - Names keep the case they were written in; comparison ignores ASCII case (str_equal_nocase). Quotes are gone.
//   - `height` is 1 + that of the highest child and never exceeds SqlOptions.max_depth, so that code which walks a tree
//     may recurse. AND, OR, || and chains of one set operation are one node with many children, whatever their length.
//   - A tree is DuckDB's: where DuckDB's own parser rewrites a form (LIKE to the operator ~~, EXTRACT to date_part, list
//     comprehensions to list_apply, …) the tree has the rewritten form, for the names of result columns show it.
//   - After sql_parse nothing modifies the tree but sql_visit_* callers who own it.
#ifndef SMEW_SQL_TREE_H
#define SMEW_SQL_TREE_H

#include "base/base.h"

typedef struct SqlExpr SqlExpr;
typedef struct SqlType SqlType;
typedef struct SqlFrom SqlFrom;
typedef struct SqlQuery SqlQuery;
typedef struct SqlStatement SqlStatement;

typedef ARENA_LIST(SqlExpr *) SqlExprList;
typedef ARENA_LIST(Str) SqlNameList;
typedef ARENA_LIST(SqlType *) SqlTypeList;
typedef ARENA_LIST(SqlQuery *) SqlQueryList;

// catalog.schema.name, any prefix of which may be absent. For `a.b` catalog is absent and schema is `a`, although the
// binder may find that `a` is a catalog.
typedef struct SqlName {
  Str catalog;
  Str schema;
  Str name;
  int32_t position;
  int32_t end;
} SqlName;

// A dotted path of names, `a.b.c`, whose meaning only the binder knows.
typedef struct SqlPath {
  Str *items;
  uint32_t count;
  uint32_t capacity;
} SqlPath;

// `name value`, `name = value`, `name := value` in option lists. value NULL: the bare name.
typedef struct SqlOption {
  Str name;
  SqlExpr *value; // a literal, a column reference for a bare word, FUNCTION row for a parenthesised list, STAR
  int32_t position;
} SqlOption;
typedef ARENA_LIST(SqlOption) SqlOptionList;

// ---------------------------------------------------------------------------------------------------------------------
// Types
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlTypeKind {
  SQL_TYPE_NAMED,  // a name, perhaps qualified, perhaps with modifiers: INTEGER, DECIMAL(5, 2), s.mood
  SQL_TYPE_LIST,   // child[]
  SQL_TYPE_ARRAY,  // child[size]
  SQL_TYPE_STRUCT, // STRUCT(a INT, b TEXT); ROW(…) is the same; `unnamed` when fields have no names
  SQL_TYPE_UNION,  // UNION(a INT, b TEXT)
  SQL_TYPE_MAP,    // MAP(key, value)
  SQL_TYPE_ENUM,   // ENUM('a', 'b')
} SqlTypeKind;

typedef struct SqlTypeField {
  Str name; // absent in unnamed structs
  SqlType *type;
  int32_t position;
} SqlTypeField;
typedef ARENA_LIST(SqlTypeField) SqlTypeFieldList;

struct SqlType {
  SqlTypeKind kind;
  uint16_t height;
  int32_t position;
  int32_t end;
  union {
    struct {
      // The name as written, aliases unresolved ("int4", "text"), but forms of several words are brought to one:
      // "TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE" (and TIMESTAMPTZ stays TIMESTAMPTZ), "DOUBLE" for DOUBLE
      // PRECISION, "VARCHAR" for CHARACTER VARYING, "INTERVAL" for INTERVAL DAY TO SECOND and its like.
      SqlName name;
      SqlExprList modifiers; // DECIMAL(5, 2): 5 and 2, any constant expressions
      bool quoted;           // written with double quotes: "int"
      bool builtin;          // made up by the parser (INTERVAL 1 DAY casts to DOUBLE): never a user's type
    } named;
    struct {
      SqlType *child;
      int64_t size; // elements, of ARRAY only
    } list;         // LIST, ARRAY
    struct {
      SqlTypeFieldList fields;
    } fields; // STRUCT, UNION
    struct {
      SqlType *key;
      SqlType *value;
    } map;
    struct {
      SqlNameList labels;
    } enumeration;
  };
};

// ---------------------------------------------------------------------------------------------------------------------
// Expressions
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlExprKind {
  SQL_EXPR_LITERAL,   // 1, 'x', NULL, TRUE
  SQL_EXPR_COLUMN,    // a, t.a, s.t.a.field
  SQL_EXPR_STAR,      // *, t.*, * EXCLUDE (…), COLUMNS(…)
  SQL_EXPR_ORDINAL,   // #1: the first column of the FROM clause
  SQL_EXPR_PARAMETER, // ?, $1, $name
  SQL_EXPR_DEFAULT,   // DEFAULT as a value of INSERT, UPDATE, SET
  SQL_EXPR_FUNCTION,  // every call: scalar, aggregate, window, and operators that are functions (+, ||, ~~)
  SQL_EXPR_OPERATOR,  // forms with rules of their own: see SqlOperator
  SQL_EXPR_COMPARE,   // left = right and its like
  SQL_EXPR_AND,       // two children or more
  SQL_EXPR_OR,        // two children or more
  SQL_EXPR_BETWEEN,   // value BETWEEN low AND high (NOT BETWEEN is NOT over it)
  SQL_EXPR_CASE,
  SQL_EXPR_CAST,
  SQL_EXPR_COLLATE,
  SQL_EXPR_LAMBDA,
  SQL_EXPR_SUBQUERY,
} SqlExprKind;

typedef enum SqlLiteralKind {
  SQL_LITERAL_NULL,
  SQL_LITERAL_BOOLEAN,
  SQL_LITERAL_INTEGER,  // fits int128; the binder gives it INTEGER, BIGINT or HUGEINT
  SQL_LITERAL_UNSIGNED, // above int128, fits uint128: UHUGEINT
  SQL_LITERAL_DECIMAL,  // has a point, no exponent and at most 38 digits
  SQL_LITERAL_FLOAT,    // everything else: DOUBLE
  SQL_LITERAL_STRING,
  SQL_LITERAL_BLOB,
} SqlLiteralKind;

typedef struct SqlLiteral {
  SqlLiteralKind kind;
  uint8_t width;      // DECIMAL: digits in all, as DuckDB counts them (0.1 is DECIMAL(2,1))
  uint8_t scale;      // DECIMAL: digits after the point
  Str text;           // STRING, BLOB: the value, escapes resolved; else as written, without a folded sign
  union {
    bool boolean;
    int128 integer;     // INTEGER; DECIMAL: the value without its point
    uint128 unsigned_integer;
    double floating;
  };
} SqlLiteral;

typedef enum SqlOperator {
  SQL_OPERATOR_NOT,         // 1 child
  SQL_OPERATOR_IS_NULL,     // 1
  SQL_OPERATOR_IS_NOT_NULL, // 1
  SQL_OPERATOR_IN,          // value, then the list, at least one element; a subquery is SQL_EXPR_SUBQUERY, ANY
  SQL_OPERATOR_NOT_IN,
  SQL_OPERATOR_COALESCE,    // 1 or more
  SQL_OPERATOR_SUBSCRIPT,   // value, index: a[1], s['field'], m['key']
  SQL_OPERATOR_SLICE,       // value, from or NULL, to or NULL[, step]: a[1:2], a[:], a[1:-:2]
  SQL_OPERATOR_FIELD,       // value, a string literal: (s).field
  SQL_OPERATOR_ARRAY,       // ARRAY[…]: the elements ([…] is the function list_value)
  SQL_OPERATOR_TRY,         // TRY(x): NULL where x fails
  SQL_OPERATOR_GROUPING,    // GROUPING(a, b), GROUPING_ID()
  SQL_OPERATOR_UNPACK,      // UNPACK(COLUMNS(…)), *COLUMNS(…) in an argument list: each column is an argument
} SqlOperator;

typedef enum SqlComparison {
  SQL_COMPARE_EQUAL,
  SQL_COMPARE_NOT_EQUAL,
  SQL_COMPARE_LESS,
  SQL_COMPARE_LESS_EQUAL,
  SQL_COMPARE_GREATER,
  SQL_COMPARE_GREATER_EQUAL,
  SQL_COMPARE_DISTINCT_FROM,
  SQL_COMPARE_NOT_DISTINCT_FROM,
} SqlComparison;

typedef enum SqlDirection { SQL_DIRECTION_DEFAULT, SQL_ASCENDING, SQL_DESCENDING } SqlDirection;
typedef enum SqlNulls { SQL_NULLS_DEFAULT, SQL_NULLS_FIRST, SQL_NULLS_LAST } SqlNulls;

// One element of ORDER BY. ORDER BY ALL and ORDER BY * have a bare STAR as expression.
typedef struct SqlOrder {
  SqlExpr *expr;
  SqlDirection direction;
  SqlNulls nulls;
} SqlOrder;
typedef ARENA_LIST(SqlOrder) SqlOrderList;

// The window of OVER, or of a WINDOW clause (which the parser has already put in place of `OVER name` and merged with
// `OVER (name ORDER BY …)`, as DuckDB does: `base` is gone by then).
typedef enum SqlFrameUnit { SQL_FRAME_NONE, SQL_FRAME_ROWS, SQL_FRAME_RANGE, SQL_FRAME_GROUPS } SqlFrameUnit;
typedef enum SqlFrameBound {
  SQL_BOUND_UNBOUNDED_PRECEDING,
  SQL_BOUND_PRECEDING, // with an expression
  SQL_BOUND_CURRENT_ROW,
  SQL_BOUND_FOLLOWING, // with an expression
  SQL_BOUND_UNBOUNDED_FOLLOWING,
} SqlFrameBound;
typedef enum SqlFrameExclude {
  SQL_EXCLUDE_NO_OTHERS,
  SQL_EXCLUDE_CURRENT_ROW,
  SQL_EXCLUDE_GROUP,
  SQL_EXCLUDE_TIES,
} SqlFrameExclude;

typedef struct SqlWindow {
  Str name; // of a WINDOW clause's definition, or of OVER name
  Str base; // OVER (base …); absent once merged
  SqlExprList partitions;
  SqlOrderList orders;
  // SQL_FRAME_NONE: none was written, so RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW.
  SqlFrameUnit unit;
  SqlFrameBound start;
  SqlFrameBound finish; // CURRENT ROW when the frame has only a start
  SqlExpr *start_expr;
  SqlExpr *finish_expr;
  SqlFrameExclude exclude;
  int32_t position;
} SqlWindow;
typedef ARENA_LIST(SqlWindow *) SqlWindowList;

typedef enum SqlNullTreatment { SQL_TREAT_DEFAULT, SQL_RESPECT_NULLS, SQL_IGNORE_NULLS } SqlNullTreatment;

typedef struct SqlFunction {
  SqlName name;
  SqlExprList arguments; // a named argument (a := 1, a => 1) has its name in `alias`
  SqlOrderList orders;   // string_agg(x ORDER BY y)
  SqlExpr *filter;       // FILTER (WHERE …)
  SqlWindow *window;     // OVER (…); NULL: not a window call
  SqlNullTreatment nulls;
  bool is_operator;   // was written as an operator: one argument (prefix) or two; || may have more; `a!` is postfix "!__postfix"
  bool distinct;      // count(DISTINCT x)
  bool within_group;  // orders were written WITHIN GROUP (percentile_cont and percentile_disc are already quantile_*)
  bool is_method;     // x.f(y): x is the first argument; name.schema is empty
  bool export_state;  // EXPORT_STATE
} SqlFunction;

// What * takes away or changes. A name may be qualified: EXCLUDE (t.a).
typedef struct SqlStarRename {
  SqlPath column;
  Str name;
} SqlStarRename;

typedef struct SqlStar {
  SqlPath relation; // t.*, s.t.*; count 0: all tables
  ARENA_LIST(SqlPath) excludes;
  SqlExprList replaces; // each with its alias: REPLACE (a + 1 AS a); the column's qualifier, if any, was dropped
  ARENA_LIST(SqlStarRename) renames;
  bool is_columns;  // COLUMNS(…). (`* LIKE 'x'` is the operator ~~ over a STAR: the binder picks columns by it)
  SqlExpr *columns; // its argument: string, lambda, list of names; NULL for COLUMNS(*) and t.*
} SqlStar;

typedef struct SqlWhen {
  SqlExpr *condition;
  SqlExpr *result;
} SqlWhen;

typedef enum SqlSubqueryKind {
  SQL_SUBQUERY_SCALAR,
  SQL_SUBQUERY_EXISTS,     // NOT EXISTS is NOT over it
  SQL_SUBQUERY_ANY,        // left <comparison> ANY (query); IN is = ANY, NOT IN is NOT over it, ALL is NOT over the negated ANY
} SqlSubqueryKind;

struct SqlExpr {
  SqlExprKind kind;
  uint16_t height;
  // Was in parentheses of its own. Only forms care for which `(a).b` or `(x) IN …` differ; printing ignores it.
  bool parenthesized;
  int32_t position;
  int32_t end;
  Str alias; // of a select item (AS x, x: …), of a named argument, of a struct entry; absent else
  union {
    SqlLiteral literal;
    SqlPath column; // 1 or more names
    SqlStar star;
    struct {
      uint32_t index; // from 1
    } ordinal;
    struct {
      Str name;       // "1" for $1 and the first ?, "name" for $name
      uint32_t index; // into SqlStatement.parameters
    } parameter;
    SqlFunction function;
    struct {
      SqlOperator op;
      SqlExprList children; // as SqlOperator says; items are NULL only in SLICE
    } operation;
    struct {
      SqlComparison op;
      SqlExpr *left;
      SqlExpr *right;
    } compare;
    struct {
      SqlExprList children;
    } conjunction; // AND, OR
    struct {
      SqlExpr *value;
      SqlExpr *low;
      SqlExpr *high;
    } between;
    struct {
      SqlExpr *operand; // CASE operand WHEN value …: conditions are then values that operand is compared with; else NULL
      ARENA_LIST(SqlWhen) whens;
      SqlExpr *otherwise; // NULL: no ELSE
    } conditional;
    struct {
      SqlExpr *child;
      SqlType *type;
      bool try_cast;
    } cast;
    struct {
      SqlExpr *child;
      Str collation; // "de.noaccent" when it was dotted
    } collate;
    struct {
      // Arrow form: whatever stood before ->; a lambda only when the binder finds it as an argument that takes one and
      // `parameters` is not empty, else the JSON operator ->. Keyword form (lambda x: …): NULL.
      SqlExpr *left;
      SqlNameList parameters; // left's names when it is an unqualified column or a row of such; else count 0
      SqlExpr *body;
    } lambda;
    struct {
      SqlSubqueryKind kind;
      SqlComparison comparison; // of ANY
      SqlExpr *left;            // of ANY; FUNCTION row for (a, b) IN (…)
      SqlQuery *query;
    } subquery;
  };
};

// ---------------------------------------------------------------------------------------------------------------------
// FROM
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlFromKind {
  SQL_FROM_TABLE,    // a table, view, CTE or file: FROM s.t, FROM 'file.csv'
  SQL_FROM_FUNCTION, // range(5)
  SQL_FROM_SUBQUERY, // (SELECT …); also VALUES lists and (DESCRIBE t)
  SQL_FROM_JOIN,
  SQL_FROM_PIVOT,
  SQL_FROM_UNPIVOT,
} SqlFromKind;

typedef enum SqlJoinKind {
  SQL_JOIN_INNER,
  SQL_JOIN_LEFT,
  SQL_JOIN_RIGHT,
  SQL_JOIN_FULL,
  SQL_JOIN_SEMI,
  SQL_JOIN_ANTI,
} SqlJoinKind;

typedef enum SqlJoinForm {
  SQL_JOIN_REGULAR, // ON, USING
  SQL_JOIN_NATURAL,
  SQL_JOIN_CROSS, // CROSS JOIN, and the comma
  SQL_JOIN_POSITIONAL,
  SQL_JOIN_ASOF,
} SqlJoinForm;

typedef enum SqlSampleMethod { SQL_SAMPLE_DEFAULT, SQL_SAMPLE_SYSTEM, SQL_SAMPLE_BERNOULLI, SQL_SAMPLE_RESERVOIR } SqlSampleMethod;
typedef struct SqlSample {
  SqlSampleMethod method; // DEFAULT: system for percentages, reservoir for rows
  bool percent;
  SqlExpr *size; // a number
  bool has_seed;
  int64_t seed; // REPEATABLE (n)
} SqlSample;

typedef enum SqlAtKind { SQL_AT_NONE, SQL_AT_SNAPSHOT, SQL_AT_VERSION, SQL_AT_TIMESTAMP } SqlAtKind;

// One `ON` element of PIVOT: expressions to compare with the entries, or an enum's name.
typedef struct SqlPivotColumn {
  SqlExprList exprs;      // what is pivoted: PIVOT … ON a, (a, b); UNPIVOT: empty
  SqlNameList names;      // UNPIVOT: the name columns (FOR (n1, n2) IN …); a single one usually
  SqlExprList entries;    // IN (…): values (row for several), each perhaps with an alias; UNPIVOT: columns, rows of columns, stars; count 0: all
  Str enum_name;          // IN enum_type
  SqlQuery *subquery;     // IN (SELECT …)
} SqlPivotColumn;
typedef ARENA_LIST(SqlPivotColumn) SqlPivotColumnList;

struct SqlFrom {
  SqlFromKind kind;
  uint16_t height;
  int32_t position;
  int32_t end;
  Str alias; // a JOIN has none: (a JOIN b) x came out as a SUBQUERY
  SqlNameList column_aliases; // t(a, b)
  SqlSample *sample;          // TABLESAMPLE; NULL: none
  union {
    struct {
      SqlName name;
      bool is_string; // FROM 'file.csv': name.name is what stood in the quotes
      SqlAtKind at;   // AT (SNAPSHOT => 'x')
      SqlExpr *at_value;
    } table;
    struct {
      SqlExpr *call; // FUNCTION
      bool with_ordinality;
      bool lateral;
    } function;
    struct {
      SqlQuery *query;
      bool lateral; // was said; DuckDB finds out by itself
    } subquery;
    struct {
      SqlJoinKind kind;
      SqlJoinForm form;
      SqlFrom *left;
      SqlFrom *right;
      SqlExpr *condition; // ON
      SqlNameList using_columns;
      bool comma; // was written with a comma
    } join;
    struct {
      SqlFrom *source;
      SqlExprList aggregates; // PIVOT
      SqlPivotColumnList columns;
      SqlNameList groups;      // GROUP BY
      SqlNameList value_names; // UNPIVOT: the value columns
      bool include_nulls;      // UNPIVOT
      bool is_statement;       // PIVOT t ON …, not FROM t PIVOT (…)
    } pivot;                   // PIVOT, UNPIVOT
  };
};

// ---------------------------------------------------------------------------------------------------------------------
// Queries
// ---------------------------------------------------------------------------------------------------------------------

typedef enum SqlMaterialize { SQL_MATERIALIZE_DEFAULT, SQL_MATERIALIZE_ALWAYS, SQL_MATERIALIZE_NEVER } SqlMaterialize;

typedef struct SqlCte {
  Str name;
  SqlNameList column_aliases;
  SqlMaterialize materialize;
  SqlExprList key_columns; // USING KEY (…): columns, or aggregates with an alias
  SqlQuery *query;
  int32_t position;
} SqlCte;
typedef ARENA_LIST(SqlCte) SqlCteList;

// GROUP BY. exprs are the distinct expressions; a set says which of them are grouped (indexes into exprs). Plain
// GROUP BY a, b: exprs a, b and one set {0, 1}. GROUP BY ROLLUP (a, b): sets {0,1}, {0}, {}. GROUP BY (): one set {}.
typedef struct SqlGroupingSet {
  uint32_t *items;
  uint32_t count;
  uint32_t capacity;
} SqlGroupingSet;
typedef struct SqlGroupBy {
  bool present;
  bool all; // GROUP BY ALL, GROUP BY *
  SqlExprList exprs;
  ARENA_LIST(SqlGroupingSet) sets; // empty only without GROUP BY or with ALL
} SqlGroupBy;

typedef struct SqlSelect {
  bool distinct;
  SqlExprList distinct_on; // DISTINCT ON (…)
  SqlExprList items;       // FROM without SELECT: one STAR
  SqlFrom *from;           // NULL: no FROM
  SqlExpr *where;
  SqlGroupBy group_by;
  SqlExpr *having;
  SqlExpr *qualify;
  SqlWindowList windows; // the WINDOW clause, for printing; the calls have theirs merged already
  SqlSample *sample;     // USING SAMPLE
} SqlSelect;

typedef ARENA_LIST(SqlExprList) SqlRowList;

typedef enum SqlSetOperation { SQL_SET_UNION, SQL_SET_EXCEPT, SQL_SET_INTERSECT } SqlSetOperation;

typedef enum SqlShowKind {
  SQL_SHOW_DESCRIBE,   // DESCRIBE t, DESCRIBE SELECT …, SHOW t
  SQL_SHOW_SUMMARIZE,  // SUMMARIZE t, SUMMARIZE SELECT …
  SQL_SHOW_TABLES,     // SHOW TABLES [FROM s]
  SQL_SHOW_ALL_TABLES, // SHOW ALL TABLES, SHOW, DESCRIBE alone
  SQL_SHOW_DATABASES,
  SQL_SHOW_SCHEMAS,
  SQL_SHOW_VARIABLES,
} SqlShowKind;

typedef enum SqlQueryKind {
  SQL_QUERY_SELECT, // also TABLE t, PIVOT and UNPIVOT statements: SELECT * FROM …
  SQL_QUERY_SET,    // UNION, EXCEPT, INTERSECT
  SQL_QUERY_VALUES,
  SQL_QUERY_SHOW, // DESCRIBE, SHOW, SUMMARIZE
} SqlQueryKind;

struct SqlQuery {
  SqlQueryKind kind;
  uint16_t height;
  bool recursive; // WITH RECURSIVE
  bool limit_percent; // LIMIT 10%
  int32_t position;
  int32_t end;
  SqlCteList ctes;
  SqlOrderList orders;
  SqlExpr *limit;  // NULL: none. LIMIT ALL is none
  SqlExpr *offset;
  union {
    SqlSelect select;
    struct {
      SqlSetOperation op;
      bool all;
      bool by_name;
      SqlQueryList children; // two or more, combined from left to right
    } set;
    struct {
      SqlRowList rows;
    } values;
    struct {
      SqlShowKind kind;
      // Of what; name absent when `query` says it. SHOW TABLES FROM x: x is a schema or a catalog; FROM c.s: schema c, name s.
      SqlName table;
      SqlQuery *query; // DESCRIBE SELECT …
    } show;
  };
};

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
  SQL_OBJECT_COLUMN,  // COMMENT ON COLUMN
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
  SqlName name; // INDEX: name absent in `CREATE INDEX ON t …`; SCHEMA: schema is the catalog's place, see sql.h
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
  bool to;            // COPY … TO; else FROM
  SqlName table;      // name absent with `query`
  SqlNameList columns;
  SqlQuery *query;    // COPY (SELECT …) TO
  SqlExpr *file;      // a string literal, or any expression in parentheses or a parameter
  SqlOptionList options; // old style (DELIMITER ',' HEADER) and new style, in one form
} SqlCopy;

typedef enum SqlCopyDatabaseKind { SQL_COPY_DATABASE_ALL, SQL_COPY_DATABASE_SCHEMA, SQL_COPY_DATABASE_DATA } SqlCopyDatabaseKind;

typedef struct SqlAttach {
  bool if_not_exists;
  bool or_replace;
  SqlExpr *path; // a string literal or an expression
  Str alias;
  SqlOptionList options;
} SqlAttach;

typedef enum SqlTransactionKind { SQL_TRANSACTION_BEGIN, SQL_TRANSACTION_COMMIT, SQL_TRANSACTION_ROLLBACK } SqlTransactionKind;
typedef enum SqlTransactionMode { SQL_TRANSACTION_DEFAULT, SQL_TRANSACTION_READ_ONLY, SQL_TRANSACTION_READ_WRITE } SqlTransactionMode;

typedef enum SqlExplainFormat {
  SQL_EXPLAIN_DEFAULT,
  SQL_EXPLAIN_TEXT,
  SQL_EXPLAIN_JSON,
  SQL_EXPLAIN_HTML,
  SQL_EXPLAIN_GRAPHVIZ,
  SQL_EXPLAIN_YAML,
  SQL_EXPLAIN_MERMAID,
} SqlExplainFormat;

typedef enum SqlSettingScope { SQL_SCOPE_AUTOMATIC, SQL_SCOPE_LOCAL, SQL_SCOPE_SESSION, SQL_SCOPE_GLOBAL, SQL_SCOPE_VARIABLE } SqlSettingScope;

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
  SqlName table;   // FOR TABLE t
  SqlExpr *count;  // UNDO n; NULL: 1
  SqlExpr *path;   // of EXPORT and IMPORT
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
      Str repository; // FROM …
      Str version;    // VERSION …
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
