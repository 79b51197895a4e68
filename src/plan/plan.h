// SPDX-License-Identifier: MIT
//
// plan.h: the logical plan, and how a syntax tree becomes one. The one header of plan/.
//
//   plan_bind         binds a syntax tree against the catalog
//   plan_finish_step  optimizes and resolves it, a pass each time: what exec/ takes;  plan_statement: both at once
//   LogicalPlan       a tree of nodes; each node has columns (what its chunks hold) and an estimate of its rows
//   plan_print        the tree as text (EXPLAIN)
//
// Names of columns while planning. Every column that a node makes has a binding (table, column): `table` is unique in the statement,
// `column` never changes once given, so that pruning and reordering renumber nothing. Expressions refer to bindings by EXPR_COLUMN. The last
// pass (plan_resolve) fills `columns` of every node and turns EXPR_COLUMN into EXPR_INPUT: the position in the node's input chunk. The
// input chunk of a node with two children, for its `residual`, is the left columns followed by the right columns.
//
// What exec/ may rely on, after plan_statement:
//   - expressions hold no EXPR_COLUMN, EXPR_SUBQUERY, EXPR_UNNEST, EXPR_DEFAULT; EXPR_AGGREGATE only in AGGREGATE nodes, EXPR_WINDOW only
//     in WINDOW nodes; both sides of every comparison and all arms of CASE have the same type (casts are explicit);
//   - columns[i].type is the type of column i of the node's chunks;
//   - the plan is read-only, lives in the statement's arena, holds no run state, and may be run many times (with other parameters);
//   - the right child of a join is the side to build;
//   - a node appears once in the tree (no sharing).
#ifndef SMEW_PLAN_H
#define SMEW_PLAN_H

#include "base/base.h"
#include "catalog/catalog.h"
#include "expr/expr.h"
#include "vector/vector.h"

typedef struct LogicalPlan LogicalPlan;

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

#define PLAN_NO_TABLE UINT32_MAX // no binding
#define PLAN_ROW_ID UINT32_MAX   // in ScanNode.columns and bindings of a SCAN: the BIGINT row id

typedef struct PlanColumn {
  uint32_t table;  // binding, unique table index of the statement
  uint32_t column; // binding, number within it
  Type type;
  Str name; // for EXPLAIN; the names of a result are in PlannedStatement
} PlanColumn;

// ---------------------------------------------------------------------------------------------------------------------
// Windows (struct WindowCall of expr.h). All expressions are children of the EXPR_WINDOW, in this order, so that visitors see them:
// arguments, partition keys, order keys, keys of ORDER BY inside the call, [filter], [frame start], [frame end].
// ---------------------------------------------------------------------------------------------------------------------

typedef enum WindowKind {
  WINDOW_AGGREGATE, // `function` over the frame
  WINDOW_ROW_NUMBER,
  WINDOW_RANK,
  WINDOW_DENSE_RANK,
  WINDOW_PERCENT_RANK,
  WINDOW_CUME_DIST,
  WINDOW_NTILE,       // (count)
  WINDOW_LAG,         // (value, offset, default); missing ones are filled by the binder: 1, NULL
  WINDOW_LEAD,        // likewise
  WINDOW_FIRST_VALUE, // (value)
  WINDOW_LAST_VALUE,  // (value)
  WINDOW_NTH_VALUE,   // (value, n)
  WINDOW_FILL,        // (value): linear interpolation over the one order key
} WindowKind;

typedef enum FrameMode { FRAME_ROWS, FRAME_RANGE, FRAME_GROUPS } FrameMode;
typedef enum FrameBound {
  FRAME_UNBOUNDED_PRECEDING,
  FRAME_PRECEDING, // by the expression
  FRAME_CURRENT_ROW,
  FRAME_FOLLOWING, // by the expression
  FRAME_UNBOUNDED_FOLLOWING,
} FrameBound;
typedef enum FrameExclude { EXCLUDE_NOTHING, EXCLUDE_CURRENT_ROW, EXCLUDE_GROUP, EXCLUDE_TIES } FrameExclude;

typedef struct WindowCall {
  uint8_t kind;        // WindowKind
  uint8_t frame_mode;  // FrameMode
  uint8_t frame_start; // FrameBound
  uint8_t frame_end;   // FrameBound
  uint8_t exclude;     // FrameExclude
  bool ignore_nulls;
  bool distinct;
  bool has_filter;
  bool
      has_start; // frame start expression: for ROWS and GROUPS BIGINT rows; for RANGE the bounding value itself (key -/+ offset)
  bool has_end;
  const AggregateFunction *function; // WINDOW_AGGREGATE
  const void *bind_data;
  uint32_t argument_count;
  uint32_t partition_count;
  uint32_t order_count;
  uint32_t argument_order_count;
  const SortSpec *order_specs;          // [order_count]
  const SortSpec *argument_order_specs; // [argument_order_count]
} WindowCall;

// ---------------------------------------------------------------------------------------------------------------------
// Node kinds
// ---------------------------------------------------------------------------------------------------------------------

// X(name, printed name)
#define LOGICAL_KINDS(X)                \
  X(DUMMY, "DUMMY_SCAN")                \
  X(EMPTY, "EMPTY_RESULT")              \
  X(VALUES, "VALUES")                   \
  X(SCAN, "SEQ_SCAN")                   \
  X(TABLE_FUNCTION, "TABLE_FUNCTION")   \
  X(PROJECT, "PROJECTION")              \
  X(FILTER, "FILTER")                   \
  X(AGGREGATE, "HASH_GROUP_BY")         \
  X(DISTINCT, "DISTINCT")               \
  X(WINDOW, "WINDOW")                   \
  X(ORDER, "ORDER_BY")                  \
  X(LIMIT, "LIMIT")                     \
  X(TOP_N, "TOP_N")                     \
  X(JOIN, "JOIN")                       \
  X(CROSS, "CROSS_PRODUCT")             \
  X(POSITIONAL, "POSITIONAL_JOIN")      \
  X(DELIM_JOIN, "DELIM_JOIN")           \
  X(DELIM_SCAN, "DELIM_SCAN")           \
  X(SET_OPERATION, "SET_OPERATION")     \
  X(CTE, "CTE")                         \
  X(CTE_SCAN, "CTE_SCAN")               \
  X(RECURSIVE_CTE, "RECURSIVE_CTE")     \
  X(UNNEST, "UNNEST")                   \
  X(SAMPLE, "SAMPLE")                   \
  X(INSERT, "INSERT")                   \
  X(UPDATE, "UPDATE")                   \
  X(DELETE, "DELETE")                   \
  X(MERGE, "MERGE_INTO")                \
  X(COPY_TO, "COPY_TO_FILE")            \
  X(CREATE_TABLE_AS, "CREATE_TABLE_AS") \
  X(CREATE, "CREATE")                   \
  X(DROP, "DROP")                       \
  X(ALTER, "ALTER")                     \
  X(EXPLAIN, "EXPLAIN")                 \
  X(SET, "SET")                         \
  X(TRANSACTION, "TRANSACTION")         \
  X(CHECKPOINT, "CHECKPOINT")           \
  X(PREPARE, "PREPARE")                 \
  X(EXECUTE, "EXECUTE")                 \
  X(DEALLOCATE, "DEALLOCATE")           \
  X(ATTACH, "ATTACH")                   \
  X(DETACH, "DETACH")

typedef enum LogicalKind {
#define X(name, text) LOGICAL_##name,
  LOGICAL_KINDS(X)
#undef X
      LOGICAL_KIND_COUNT
} LogicalKind;

// DUMMY: no input; one row without columns.
// EMPTY: no input; no rows; columns as given.

// VALUES: no input; rows[r * column_count + c], expressions without columns.
typedef struct ValuesNode {
  Expr **cells; // [row_count * column_count]
  uint32_t row_count;
} ValuesNode;

// A condition that the scan applies exactly and may use against zone maps and dictionaries.
typedef enum ScanFilterKind { SCAN_COMPARE, SCAN_IS_NULL, SCAN_IS_NOT_NULL, SCAN_IN } ScanFilterKind;
typedef struct ScanFilter {
  uint32_t column;     // index into ScanNode.columns
  uint8_t kind;        // ScanFilterKind
  uint8_t compare;     // SCAN_COMPARE: CompareOp (never DISTINCT forms): column op value
  Value value;         // SCAN_COMPARE: of the column's type, never NULL
  const Value *values; // SCAN_IN: of the column's type, none NULL, sorted, no doubles
  uint32_t value_count;
} ScanFilter;

// SCAN: no input. Reads `columns`, keeps rows that pass all `filters` and `filter`, hands out `kept` (see LogicalPlan).
typedef struct ScanNode {
  const CatalogTable *table;
  uint32_t *columns; // positions in table->columns, or PLAN_ROW_ID
  uint32_t column_count;
  ScanFilter *filters; // conjunction; apply before `filter`
  uint32_t filter_count;
  Expr *filter;           // over the chunk of `columns`; NULL: none
  Str snapshot;           // AT (SNAPSHOT => 'name'); empty: the transaction's version
  double base_rows;       // rows of the table, before any filter
  const double *distinct; // [table->column_count] estimated different values; 0: not known; NULL: none is known
} ScanNode;

// TABLE_FUNCTION: no input. As SCAN, over the columns that bind reported.
typedef struct TableFunctionNode {
  const TableFunction *function;
  const void *bind_data;
  const Type *column_types; // of all columns that bind reported, by position
  uint32_t *columns;        // positions in the function's columns
  uint32_t column_count;
  Expr *filter;     // over the chunk of `columns`; NULL: none
  Str label;        // "read_csv_auto('x.csv')": for EXPLAIN
  double row_count; // bind's estimate; 0: not known
} TableFunctionNode;

// PROJECT: one input; columns are the expressions. FILTER: one input; keeps rows where `condition` is true.
typedef struct ProjectNode {
  Expr **expressions; // [column_count of the node]
} ProjectNode;
typedef struct FilterNode {
  Expr *condition;
} FilterNode;

// AGGREGATE: one input. Output: groups, then aggregates, then groupings (BIGINT bit masks of GROUPING()).
// No grouping sets: one set of all groups. Without groups and sets: exactly one row. A set that lacks a group gives NULL there. An
// empty set among several gives one row even for empty input.
typedef struct GroupingSet {
  const uint32_t *groups; // positions in groups, ascending
  uint32_t count;
} GroupingSet;
typedef struct AggregateNode {
  Expr **groups;
  uint32_t group_count;
  Expr **aggregates; // EXPR_AGGREGATE
  uint32_t aggregate_count;
  const GroupingSet *sets;
  uint32_t set_count;
  // GROUPING(a, b): bit (count-1-i) is 1 when group groupings[k].groups[i] is not part of the row's set
  const GroupingSet *groupings;
  uint32_t grouping_count;
  // bindings of the three parts
  uint32_t group_table;
  uint32_t aggregate_table;
  uint32_t grouping_table;
} AggregateNode;

// DISTINCT: one input; the first row of each different whole row (IS NOT DISTINCT). When `keys` is there: DISTINCT ON, the first row for each
// value of the keys, in the order of `order` when there is one (ties: any), else the first to arrive.
typedef struct DistinctNode {
  Expr **keys;
  uint32_t key_count; // 0: the whole row
  SortKey *order;
  uint32_t order_count;
} DistinctNode;

// WINDOW: one input; output: the input's columns, then one column for each window.
typedef struct WindowNode {
  Expr **windows; // EXPR_WINDOW
  uint32_t window_count;
  uint32_t table; // binding of the window columns
} WindowNode;

// ORDER: one input. TOP_N is ORDER followed by LIMIT with constants.
typedef struct OrderNode {
  SortKey *keys;
  uint32_t key_count;
  uint64_t limit;  // TOP_N only
  uint64_t offset; // TOP_N only
} OrderNode;

// LIMIT: one input. The expressions have no columns (parameters at most); evaluated once when the node starts; NULL or absent: no limit, no offset.
// A negative value is: Binder Error: LIMIT clause must evaluate to a non-negative … (texts: exec asks plan_check_limit).
typedef enum LimitKind { LIMIT_ROWS, LIMIT_PERCENT } LimitKind;
typedef struct LimitNode {
  uint8_t kind; // LimitKind
  Expr *
      limit; // BIGINT (DOUBLE for LIMIT_PERCENT: 0..100 of the input's rows); NULL: none. Scalar subqueries: see value_child
  Expr *offset; // BIGINT; NULL: none
  // LIMIT (SELECT …): children[1] is a plan of one row whose columns are limit and offset, in this order, those that are not in `limit`, `offset`.
  bool limit_from_child;
  bool offset_from_child;
} LimitNode;

// JOIN: two inputs, left (probe, streams) and right (build).
//   INNER, LEFT, RIGHT, FULL   left columns, right columns
//   SEMI, ANTI                 left columns of rows with, without a match
//   MARK                       left columns, then BOOLEAN: the three-valued OR over all right rows of the three-valued AND of all conditions. When
//                              `null_aware` is false NULL may be taken for false (the plan only asks whether it is true).
//   SINGLE                     left columns, right columns (NULL without a match); more than one match is the error PLAN_SCALAR_SUBQUERY_ERROR
//   RIGHT_SEMI, RIGHT_ANTI     right columns of right rows with, without a match on the left (the build side is what is handed out)
//   ASOF                       conditions: equalities, then one of < <= > >=; of the right rows that satisfy all of it the nearest is the match;
//                              `nearest` (INNER … ANTI) says what becomes of rows with and without a match
// Equalities (COMPARE_EQUAL, COMPARE_NOT_DISTINCT) come first: equal_count of them; then range_count comparisons of keys that
// are words. Without equalities it is a range join (plan_is_range_join) or a nested-loop join.
// No conditions and no residual: every pair matches.
typedef enum JoinKind {
  JOIN_INNER,
  JOIN_LEFT,
  JOIN_RIGHT,
  JOIN_FULL,
  JOIN_SEMI,
  JOIN_ANTI,
  JOIN_MARK,
  JOIN_SINGLE,
  JOIN_ASOF,
  JOIN_RIGHT_SEMI,
  JOIN_RIGHT_ANTI,
} JoinKind;
#define PLAN_SCALAR_SUBQUERY_ERROR                                                                               \
  "More than one row returned by a subquery used as an expression - scalar subqueries can only return a single " \
  "row.\n\n"                                                                                                     \
  "Use \"SET scalar_subquery_error_on_multiple_rows=false\" to revert to previous behavior of returning a random row."
typedef struct JoinCondition {
  Expr *left;        // over the left input
  Expr *right;       // over the right input, same type
  CompareOp compare; // left compare right
} JoinCondition;
typedef struct JoinNode {
  uint8_t join;    // JoinKind
  uint8_t nearest; // ASOF: JoinKind
  bool null_aware;
  JoinCondition *conditions;
  uint32_t condition_count;
  uint32_t equal_count;
  uint32_t range_count;
  Expr *residual; // over the concatenated chunk; NULL: none. Part of the match (outer joins: before NULL extension)
  uint32_t mark_table; // JOIN_MARK: binding of the mark, column 0
  // DELIM_JOIN only (never reaches exec/): the left expressions whose distinct values the DELIM_SCANs below the right side give
  Expr **delim_columns;
  uint32_t delim_count;
  uint32_t delim_id;
} JoinNode;

// The most bytes of the normalised key (sort_key_fixed_size) of a range comparison: a NULL byte and a 64-bit word.
#define PLAN_RANGE_KEY_BYTES 9
bool plan_is_range_join(const JoinNode *join);

// CROSS: two inputs; all pairs; left columns, right columns. POSITIONAL: row by row, the shorter side padded with NULL.

// DELIM_JOIN, DELIM_SCAN: the duplicate-eliminated columns of "Unnesting Arbitrary Queries" (Neumann & Kemper). Only while planning: the
// optimizer removes what it can and writes what remains as a CTE over the left side, a DISTINCT of its scan, and a JOIN.
typedef struct DelimScanNode {
  uint32_t delim_id;
} DelimScanNode;

// SET_OPERATION: UNION with `all` has two or more inputs; others two. Columns by position; types are equal (casts were added).
// EXCEPT ALL and INTERSECT ALL count doubles.
typedef enum SetOperationKind { SET_UNION, SET_EXCEPT, SET_INTERSECT } SetOperationKind;
typedef struct SetOperationNode {
  uint8_t operation; // SetOperationKind
  bool all;
} SetOperationNode;

// CTE: children[0] is run once and kept, children[1] is the query that reads it by CTE_SCAN with the same id; columns are children[1]'s.
// RECURSIVE_CTE: children[0] the anchor, children[1] the recursive part, which reads the rows of the last round by CTE_SCAN (recursive).
// Rows are handed out as they come; union without ALL drops rows seen before. Ends with a round without rows. USING KEY: of the rows with equal keys the last one
// stays, and all are handed out at the end.
typedef struct CteNode {
  uint32_t id;
  Str name;
  bool all; // RECURSIVE_CTE: UNION ALL
  // CTE_SCAN: reads the working table of RECURSIVE_CTE `id`; the column order is that of children[0]. Also true for scans below
  // the recursive part only
  bool recursive;
  bool recurring;    // RECURSIVE_CTE: keeps what earlier rounds gave; CTE_SCAN, with `recursive`: reads that
  uint32_t *columns; // CTE_SCAN: positions in the columns of the CTE's definition; RECURSIVE_CTE: USING KEY
  uint32_t column_count;
} CteNode;

// UNNEST: one input; output: the input's columns, then one column for each list expression: as many rows as the longest list, shorter padded
// with NULL; no row where all are NULL or empty. (With outer: LEFT JOIN LATERAL semantics, one row with NULLs instead.)
// `ordinality`: one more BIGINT column, 1-based.
typedef struct UnnestNode {
  Expr **lists; // LIST (or NULL typed) expressions over the input
  uint32_t list_count;
  bool outer;
  bool ordinality;
  uint32_t table; // binding of the new columns
} UnnestNode;

typedef enum SampleMethod { SAMPLE_SYSTEM, SAMPLE_BERNOULLI, SAMPLE_RESERVOIR } SampleMethod;
typedef struct SampleNode {
  uint8_t method; // SampleMethod
  bool percent;
  double amount; // percent or rows
  int64_t seed;  // negative: from the host
} SampleNode;

// A "row" of a table is its stored columns in order: generated columns are not there, their expressions stand in their place. Positions are
// those in table->columns.

// A unique key of a table: of a PRIMARY KEY, a UNIQUE constraint or a unique index.
typedef struct PlanKey {
  uint32_t number;         // in store/
  const uint32_t *columns; // positions
  uint32_t column_count;
} PlanKey;

// What a changed row must satisfy. Expressions are over a chunk of rows.
typedef struct PlanCheck {
  Expr *condition; // violated when false (NULL is fine)
  Str text; // the SQL of the condition: Constraint Error: CHECK constraint failed on table t with expression CHECK(…)
} PlanCheck;
// The values of `columns`, unless one is NULL, must be there in `target` as the key `key`; columns[i] is for key.columns[i].
typedef struct PlanForeignKey {
  const CatalogTable *target;
  PlanKey key;
  const uint32_t *columns;
} PlanForeignKey;
// A foreign key of another table (or this one) that refers to this table.
typedef struct PlanReference {
  const uint32_t *columns; // positions in this table
  const Str *names;        // [column_count] of the referring columns
  uint32_t column_count;
} PlanReference;
typedef struct PlanConstraints {
  const uint32_t *not_null; // column positions: Constraint Error: NOT NULL constraint failed: t.c
  uint32_t not_null_count;
  PlanCheck *checks;
  uint32_t check_count;
  PlanCheck
      *generated; // columns whose expression may fail: it must not for a new row; `text`: the column's name and type
  uint32_t generated_count;
  PlanForeignKey *foreign_keys;
  uint32_t foreign_key_count;
  // PRIMARY KEY, UNIQUE and unique indexes: store/ knows them
} PlanConstraints;

// "Returning" nodes hand out rows of the table.
//
// INSERT: one input, rows of the table with defaults and casts applied. Output: BIGINT "Count", or, when `returning`, the inserted rows
// (the RETURNING list is a PROJECT above).
typedef enum ConflictAction { CONFLICT_ERROR, CONFLICT_NOTHING, CONFLICT_UPDATE } ConflictAction;
typedef struct InsertNode {
  const CatalogTable *table;
  PlanConstraints constraints;
  bool returning;
  uint8_t conflict; // ConflictAction
  PlanKey *keys;    // that are watched
  uint32_t key_count;
  bool all_keys; // … and these are all that the table has
  // CONFLICT_UPDATE: table column set_columns[i] becomes set_expressions[i] where `set_condition` is true. Over a chunk of the row
  // that is there followed by the row that was to be inserted (`excluded`).
  const uint32_t *set_columns;
  Expr **set_expressions;
  uint32_t set_count;
  Expr *set_condition; // NULL: always
  bool moves;          // as of UPDATE
} InsertNode;

// UPDATE: one input: columns[i] is the new value of table column set_columns[i], i < set_count; then a BOOLEAN for each of `references`: whether
// a row of the other table refers to the old row; then the row id (BIGINT). `whole` (when returning, or when constraints need it): all
// stored columns are there (changed[i] false: the old value, nothing to write). `moves`: as in DuckDB, which deletes rows and appends them again
// where an indexed column is set or one whose values cannot be changed in place, rows go to the end of the table. Output as INSERT.
typedef struct UpdateNode {
  const CatalogTable *table;
  PlanConstraints constraints;
  const uint32_t *set_columns;
  const bool *changed; // [set_count]
  uint32_t set_count;
  bool whole;
  bool moves;
  const PlanReference *references;
  uint32_t reference_count;
  bool returning;
} UpdateNode;

// DELETE: one input: when `returning` the row; then a BOOLEAN for each of `references`, as for UPDATE; then the row id. Output as INSERT.
typedef struct DeleteNode {
  const CatalogTable *table;
  const PlanReference *references;
  uint32_t reference_count;
  bool returning;
  bool truncate; // all rows: no child is needed (there is one anyway)
} DeleteNode;

// MERGE: one input, the target joined with the source: the row of the target; its row id (NULL: the source row has no partner); BOOLEAN, not NULL
// when a source row is there; a BOOLEAN for each of `references`, as for UPDATE; then what the expressions of the actions read. The first
// action of the row's kind whose condition holds is carried out. Output as INSERT; when `returning` the row and VARCHAR merge_action.
typedef enum MergeMatch { MERGE_MATCHED, MERGE_NOT_MATCHED_BY_SOURCE, MERGE_NOT_MATCHED } MergeMatch;
typedef enum MergeKind { MERGE_UPDATE, MERGE_DELETE, MERGE_INSERT, MERGE_NOTHING, MERGE_ERROR } MergeKind;
typedef struct MergeAction {
  uint8_t match;               // MergeMatch
  uint8_t kind;                // MergeKind
  Expr *condition;             // NULL: always
  const uint32_t *set_columns; // UPDATE: positions in the table
  uint32_t set_count;
  Expr **values; // UPDATE: of set_columns; INSERT: a row; ERROR: the message, or none
  uint32_t value_count;
} MergeAction;
typedef struct MergeNode {
  const CatalogTable *table;
  PlanConstraints constraints;
  MergeAction *actions;
  uint32_t action_count;
  const PlanReference *references;
  uint32_t reference_count;
  bool returning;
} MergeNode;

// COPY_TO: one input. Output: BIGINT "Count". COPY FROM is INSERT over TABLE_FUNCTION.
typedef struct CopyToNode {
  Str path;
  Str format;                // lower case: csv, parquet, json, arrow
  const NamedValue *options; // as written, names in lower case; the writer checks them. Lists as LIST values
  uint32_t option_count;
  const Str *names; // [column_count of the input]
} CopyToNode;

// CREATE_TABLE_AS: one input; its columns are the table's. Output: BIGINT "Count". CREATE, DROP, ALTER: the catalog's request; no rows.
typedef struct CreateNode {
  CatalogCreate *request;
} CreateNode;
typedef struct DropNode {
  CatalogDrop *request;
} DropNode;
// ALTER that rewrites rows: `conversion` gives the new values of the column over the table's columns (ALTER TYPE USING, ADD COLUMN DEFAULT).
typedef struct AlterNode {
  CatalogAlter *request;
  Expr *conversion; // NULL: nothing to compute
} AlterNode;

typedef struct ExplainNode {
  bool analyze;
  Str key; // analyzed_plan, physical_plan, or logical_opt where the setting explain_output asks for it: there is one plan
  Str format;  // "text" or "json"
} ExplainNode; // children[0]: the plan. Output: VARCHAR explain_key, VARCHAR explain_value

typedef enum SetScope { SET_AUTOMATIC, SET_SESSION, SET_LOCAL, SET_GLOBAL, SET_VARIABLE } SetScope;
typedef struct SetNode {
  uint8_t scope; // SetScope
  bool reset;
  bool pragma; // written as PRAGMA name = value
  Str name;    // lower case unless SET VARIABLE
  Expr *
      value; // without columns; NULL: reset, or a PRAGMA without a value. A subquery (SET VARIABLE): children[0], one row, one column
} SetNode;

typedef enum TransactionAction { TRANSACTION_BEGIN, TRANSACTION_COMMIT, TRANSACTION_ROLLBACK } TransactionAction;
typedef struct TransactionNode {
  uint8_t action;
  bool read_only; // BEGIN TRANSACTION READ ONLY
} TransactionNode;

typedef struct PreparedNode {           // PREPARE, EXECUTE, DEALLOCATE
  Str name;                             // DEALLOCATE: empty means ALL
  const struct SqlStatement *statement; // PREPARE: what to keep (the session copies the text)
  Str text;                             // PREPARE: the SQL of the statement
  const NamedValue *arguments;          // EXECUTE: values; name empty: by position (position k is argument k)
  uint32_t argument_count;
} PreparedNode;

typedef struct AttachNode { // ATTACH, DETACH; CHECKPOINT: name
  Str path;
  Str name;
  bool if_exists; // DETACH IF EXISTS, ATTACH IF NOT EXISTS
  const NamedValue *options;
  uint32_t option_count;
} AttachNode;

struct LogicalPlan {
  uint8_t kind; // LogicalKind
  LogicalPlan **children;
  uint32_t child_count;
  PlanColumn *columns; // what its chunks hold
  uint32_t column_count;
  // SCAN, TABLE_FUNCTION, FILTER, JOIN, CROSS, ORDER, TOP_N: positions in the natural output (described above at each kind) that are handed out,
  // in order; NULL: all. What a parent does not need is not gathered. columns describes what is handed out.
  uint32_t *kept;
  double row_estimate; // rows of the output; always >= 0
  uint32_t
      table; // binding of the columns that the node makes (VALUES, SCAN, TABLE_FUNCTION, PROJECT, SET_OPERATION, CTE_SCAN, …)
  union {
    ValuesNode values;
    ScanNode scan;
    TableFunctionNode function;
    ProjectNode project;
    FilterNode filter;
    AggregateNode aggregate;
    DistinctNode distinct;
    WindowNode window;
    OrderNode order;
    LimitNode limit;
    JoinNode join; // JOIN, DELIM_JOIN
    DelimScanNode delim_scan;
    SetOperationNode set_operation;
    CteNode cte; // CTE, CTE_SCAN, RECURSIVE_CTE
    UnnestNode unnest;
    SampleNode sample;
    InsertNode insert;
    UpdateNode update;
    DeleteNode delete_rows;
    MergeNode merge;
    CopyToNode copy_to;
    CreateNode create; // CREATE, CREATE_TABLE_AS
    DropNode drop;
    AlterNode alter;
    ExplainNode explain;
    SetNode set;
    TransactionNode transaction;
    PreparedNode prepared;
    AttachNode attach;
  };
};

// ---------------------------------------------------------------------------------------------------------------------
// From syntax to plan
// ---------------------------------------------------------------------------------------------------------------------

struct SqlStatement; // sql/sql.h

typedef enum StatementKind {
  STATEMENT_SELECT,
  STATEMENT_INSERT,
  STATEMENT_UPDATE,
  STATEMENT_DELETE,
  STATEMENT_COPY,
  STATEMENT_CREATE,
  STATEMENT_DROP,
  STATEMENT_ALTER,
  STATEMENT_EXPLAIN,
  STATEMENT_SET,
  STATEMENT_PRAGMA,
  STATEMENT_TRANSACTION,
  STATEMENT_CHECKPOINT,
  STATEMENT_PREPARE,
  STATEMENT_EXECUTE,
  STATEMENT_DEALLOCATE,
  STATEMENT_ATTACH,
  STATEMENT_DETACH,
  STATEMENT_USE,
} StatementKind;

// What a result of the statement is, for clients.
typedef enum ReturnKind { RETURN_ROWS, RETURN_CHANGED_COUNT, RETURN_NOTHING } ReturnKind;

typedef struct PlanParameter {
  Str name;  // "1", "2" … or the name of $name
  Type type; // TYPE_UNKNOWN: nothing said what it is; any value serves
} PlanParameter;

// The rows of a query that binding had to know (the values of PIVOT, the labels of CREATE TYPE … AS ENUM (SELECT …)): its first column.
typedef struct PlanAnswer {
  Str question; // the query, and where it stands
  const Value *values;
  uint32_t count;
} PlanAnswer;

typedef struct PlannedStatement {
  LogicalPlan *root;
  struct Planner *planner; // until the plan is finished
  uint8_t kind;            // StatementKind
  uint8_t returns;         // ReturnKind
  bool read_only;          // changes neither data nor catalog
  bool wants_files;        // facts of files are missing: fetch what FileKnowledge noted and plan again; root is NULL
  bool wants_time;         // a slice has passed: plan again in the next one
  bool wants_answer;       // root is a query: run it, add its rows to PlanContext.answers and plan again
  Str question;            // … under this name
  const Str *
      script; // the statements that this one stands for; NULL: it is one itself. Run them in its place, one after the other
  uint32_t script_count;
  Str script_database;       // in which their names are looked for first; data NULL: the current one
  bool uses_types_of_values; // a parameter's type could only come from its value: plan again for each set of values
  Str *names;                // [column_count]: column names of the result
  Type *types;
  uint32_t column_count;
  PlanParameter *parameters; // by index of EXPR_PARAMETER
  uint32_t parameter_count;
} PlannedStatement;

// Long VALUES lists of which bindings that ended early have bound a part (bind_values.c); zeroed at first.
typedef struct BoundLists {
  struct BoundRows *first;
  const struct BoundRows *awaited; // the one that ended the last binding, until the present one comes there
  uint32_t bindings;               // begun so far
} BoundLists;

// All that planning may look at. Lives as long as the statement.
typedef struct PlanContext {
  Arena *arena; // the statement's: syntax tree, plan, bind data
  Error *error;
  StatementFacts *facts;
  CatalogView *catalog;
  const FunctionLibrary *library;
  FileKnowledge *files;          // may be NULL: then table functions that need files fail
  const Value *parameter_values; // values that are known (types decide); NULL: none
  const Str *parameter_names;    // [parameter_value_count]; NULL: by position
  uint32_t parameter_value_count;
  const PlanAnswer *answers;
  uint32_t answer_count;
  BoundLists *lists; // NULL: bindings do not end early. Else those of the same tree
  Str sql;           // the text, for positions
  bool optimize;     // false: bind and resolve only (PRAGMA disable_optimizer)
} PlanContext;

// Binds; no side effects: it may be run again from the start. `root` is then to be optimized and resolved: plan_finish_step until *done. The context must
// live until then.
Status plan_bind(PlanContext *context, const struct SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status plan_finish_step(PlannedStatement *planned, bool *done) MUST_USE;
// All at once.
Status plan_statement(PlanContext *context, const struct SqlStatement *statement, PlannedStatement *out) MUST_USE;

// EXPLAIN's text: boxes as DuckDB draws them.
Status plan_print(TextBuilder *out, const LogicalPlan *plan, Error *error) MUST_USE;
// The same as JSON: a list of the root, each node {name, children, extra_info}.
void plan_print_json(TextBuilder *out, const LogicalPlan *plan);
// One line a node, indented: for tests and for reading.
void plan_print_lines(TextBuilder *out, const LogicalPlan *plan);
const char *logical_kind_name(LogicalKind kind);
const char *join_kind_name(JoinKind kind);

// Calls visit(context, &slot) for each expression of the node itself (not of its children).
typedef Status (*PlanExprVisitor)(void *context, Expr **slot);
Status plan_visit_expressions(LogicalPlan *node, PlanExprVisitor visit, void *context) MUST_USE;

#endif
