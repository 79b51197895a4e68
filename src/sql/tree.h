// SPDX-License-Identifier: MIT
//
// tree.h: the syntax tree of types, expressions, FROM and queries; statements.h has the statements over them. Included by sql.h,
// which is what other folders include.
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
  uint8_t width; // DECIMAL: digits in all, as DuckDB counts them (0.1 is DECIMAL(2,1))
  uint8_t scale; // DECIMAL: digits after the point
  Str text;      // STRING, BLOB: the value, escapes resolved; else as written, without a folded sign
  union {
    bool boolean;
    int128 integer; // INTEGER; DECIMAL: the value without its point
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
  SQL_OPERATOR_COALESCE,  // 1 or more
  SQL_OPERATOR_SUBSCRIPT, // value, index: a[1], s['field'], m['key']
  SQL_OPERATOR_SLICE,     // value, from or NULL, to or NULL[, step]: a[1:2], a[:], a[1:-:2]
  SQL_OPERATOR_FIELD,     // value, a string literal: (s).field
  SQL_OPERATOR_ARRAY,     // ARRAY[…]: the elements ([…] is the function list_value)
  SQL_OPERATOR_TRY,       // TRY(x): NULL where x fails
  SQL_OPERATOR_GROUPING,  // GROUPING(a, b), GROUPING_ID()
  SQL_OPERATOR_UNPACK,    // UNPACK(COLUMNS(…)), *COLUMNS(…) in an argument list: each column is an argument
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

// The window of OVER, or a definition of the WINDOW clause. The parser has already put copies of the definitions where
// `OVER name` and `OVER (name ORDER BY …)` name them, as DuckDB does: whoever reads a call finds all of its window in it.
typedef struct SqlWindow {
  Str name; // of a WINDOW clause's definition, or of OVER name
  Str base; // OVER (base …); absent in finished trees
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
  // Was written as an operator: one argument (prefix) or two; || may have more. `a!` is the call "!__postfix".
  bool is_operator;
  bool distinct;     // count(DISTINCT x)
  bool within_group; // orders were written WITHIN GROUP (percentile_cont and percentile_disc are already quantile_*)
  bool is_method;    // x.f(y): x is the first argument; name.schema is empty
  bool export_state; // EXPORT_STATE
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
  SQL_SUBQUERY_EXISTS, // NOT EXISTS is NOT over it
  SQL_SUBQUERY_ANY, // left <comparison> ANY (query); IN is = ANY, NOT IN is NOT over it, ALL is NOT over the negated ANY
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
      // CASE operand WHEN value …: conditions are then values that it is compared with; else NULL.
      SqlExpr *operand;
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

typedef enum SqlSampleMethod {
  SQL_SAMPLE_DEFAULT,
  SQL_SAMPLE_SYSTEM,
  SQL_SAMPLE_BERNOULLI,
  SQL_SAMPLE_RESERVOIR
} SqlSampleMethod;
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
  SqlExprList exprs; // what is pivoted: PIVOT … ON a, (a, b); UNPIVOT: empty
  SqlNameList names; // UNPIVOT: the name columns (FOR (n1, n2) IN …); a single one usually
  // IN (…): values (row for several), each perhaps with an alias; UNPIVOT: columns, rows of columns, stars. Count 0: all.
  SqlExprList entries;
  Str enum_name;      // IN enum_type
  SqlQuery *subquery; // IN (SELECT …)
} SqlPivotColumn;
typedef ARENA_LIST(SqlPivotColumn) SqlPivotColumnList;

struct SqlFrom {
  SqlFromKind kind;
  uint16_t height;
  int32_t position;
  int32_t end;
  Str alias;                  // a JOIN has none: (a JOIN b) x came out as a SUBQUERY
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
  bool recursive;     // WITH RECURSIVE
  bool limit_percent; // LIMIT 10%
  int32_t position;
  int32_t end;
  SqlCteList ctes;
  SqlOrderList orders;
  SqlExpr *limit; // NULL: none. LIMIT ALL is none
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

#endif
