// SPDX-License-Identifier: MIT
//
// binder.h: how a syntax tree gets its meaning; private to plan/. Names become columns of the plan, calls become functions,
// clauses become nodes.
//
// Reading order
//   bind_statement.c   plan_bind: what each kind of statement becomes
//   bind_query.c       WITH, set operations, ORDER BY and LIMIT;  bind_values.c: VALUES
//   bind_select.c      one SELECT: the order in which its clauses are bound, and the nodes they become
//   bind_from.c        FROM: tables, views, subqueries, joins;  bind_table_function.c, bind_query_function.c, listings.c;  bind_pivot.c
//   bind_scope.c       what a name refers to
//   bind_star.c        *, t.*, COLUMNS(…)
//   bind_expr.c        expressions;  bind_call.c: calls, macros, lambdas, aggregates;  bind_window.c
//   bind_type.c        type names
//   bind_insert.c, bind_conflict.c, bind_constraint.c, bind_update.c, bind_merge.c, bind_export.c, bind_create.c, generated.c, bind_alter.c, bind_alter_field.c,
//   dependents.c, bind_copy.c, bind_utility.c, bind_show.c
//
// An expression is bound against a Scope into EXPR_COLUMNs; aggregates and windows stay inside it as EXPR_AGGREGATE and EXPR_WINDOW until
// bind_select.c has bound all clauses, makes the AGGREGATE and WINDOW nodes and replaces them by columns. Subqueries stay as EXPR_SUBQUERY
// until the expression is put on a node (lift_subqueries).
#ifndef SMEW_PLAN_BINDER_H
#define SMEW_PLAN_BINDER_H

#include "plan/node.h"
#include "sql/sql.h"

// Queries nested in queries, views in views, macros in macros: the C stack bears this many.
#define BIND_QUERY_DEPTH_LIMIT 128
#define BIND_MACRO_DEPTH_LIMIT 64
#define BIND_EXPR_DEPTH_LIMIT 1000
// Nodes that come out of macros and aliases of the select list: these can double with every one that uses another.
#define BIND_EXPANSION_LIMIT 500000

typedef struct Scope Scope;
typedef struct SelectBinder SelectBinder;
typedef struct CteBinding CteBinding;

// A view whose body is being bound.
typedef struct BoundView {
  const struct BoundView *outer;
  uint32_t database;
  uint64_t id;
} BoundView;

typedef struct Binder {
  Planner planner; // first: &binder->planner
  PlanContext *context;
  Arena *arena;
  Error *error;
  const SqlStatement *statement;
  PlanParameter *parameters; // [parameter_count]
  Expr **parameter_exprs;    // [parameter_count] first use of each; later uses share its type
  uint32_t parameter_count;
  ExprList repeated_parameters; // further uses
  CteBinding *statement_ctes;   // WITH in front of INSERT, UPDATE, DELETE
  const BoundView *views;       // innermost first
  uint32_t query_depth;
  uint32_t macro_depth;
  uint32_t alias_depth; // aliases that refer to aliases
  uint32_t expr_depth;
  uint32_t expanded; // nodes, see BIND_EXPANSION_LIMIT
  bool wants_files;
  bool wants_time;
  LogicalPlan *wanted; // the query whose answer is missing; NULL: none
  Str question;        // … its name
  bool uses_types_of_values;
  bool changes;          // not read only
  SqlStatementKind kind; // of the statement, for what errors say
  bool allow_parameters_without_value;
  bool values_allow_default; // the next VALUES is that of an INSERT
  const Type *values_types;  // [values_type_count] of the columns that it fills
  uint32_t values_type_count;
  const CatalogMacroOverload *macro; // a macro that is being made: its parameters are values without a type
  bool missing_name;                 // an error was about a name that is not there
} Binder;

// A table of a FROM clause: what can be named, and what `*` gives.
typedef struct ScopeTable {
  Str database; // data NULL: cannot be named by it
  Str schema;
  Str alias;  // data NULL: the columns have no table name
  Str *names; // [count], unique without case
  Type *types;
  uint32_t *table_indexes;  // [count] bindings
  uint32_t *column_numbers; // [count]
  uint32_t count;
  bool *hidden;                // [count] not in `*` (USING columns of the right side); NULL: none
  const CatalogTable *catalog; // a stored table, for rowid
  LogicalPlan *scan;
} ScopeTable;

// A column of USING: one name for the columns of several tables.
typedef struct UsingColumn {
  Str name;
  Expr *expr;         // what the name means: the left column, the right one (RIGHT JOIN), COALESCE of both (FULL)
  uint32_t tables[2]; // not used for lookup; the first table shows it in `*`
  ScopeTable *owner;  // the table at whose place `*` shows it
  uint32_t owner_column;
} UsingColumn;

struct Scope {
  Scope *outer;     // of the query around; NULL: none
  CteBinding *ctes; // innermost first
  ARENA_LIST(ScopeTable *) tables;
  ARENA_LIST(UsingColumn) usings;
  bool join_side;                  // the right side of a join: `outer` holds the tables of the left
  SelectBinder *select;            // whose clauses are being bound over this scope; NULL: none
  const struct ExprBinder *asking; // the expression over this scope whose subquery is being bound; NULL: none (LATERAL)
};

// A query in WITH, bound when it is first used.
struct CteBinding {
  CteBinding *next; // further out
  const SqlCte *cte;
  Scope *scope;        // where it was written
  CteBinding *visible; // CTEs that its query sees
  bool recursive;      // WITH RECURSIVE and it names itself
  bool recurring;      // … also by recurring.name: what all rounds gave
  bool bound;
  bool binding; // its query is being bound now
  bool inlined; // every reference has a plan of its own
  // of the bound query
  LogicalPlan *plan;
  Str *names;
  Type *types;
  uint32_t count;
  uint32_t id;
  uint32_t references;
  PlanList scans; // CTE_SCANs that refer to it
  // while the recursive part is bound, references are to the working table
  bool in_recursive_part;
};

// What a query gave.
typedef struct BoundQuery {
  LogicalPlan *plan; // columns[i] is result column i
  Str *names;        // [plan->column_count]
  Str **alias_sets;  // [alias_set_count][plan->column_count] a set operation: the names in its children, for ORDER BY
  uint32_t alias_set_count;
} BoundQuery;

// A parameter of a lambda that is being bound.
typedef struct LambdaScope {
  struct LambdaScope *outer;
  const Str *names;
  const Type *types;
  uint32_t count;
} LambdaScope;

// Where an expression stands: what it may use.
typedef struct ExprBinder {
  Binder *binder;
  Scope *scope;       // NULL: no columns (LIMIT, defaults)
  const char *clause; // "WHERE clause", for errors
  LambdaScope *lambda;
  bool allow_aggregates;
  bool allow_windows;
  bool allow_unnest;
  bool in_unnest;
  bool allow_subqueries;
  bool allow_aliases;            // of the select list
  bool allow_default;            // DEFAULT
  bool aliases_first;            // ORDER BY
  const ExprList *having_groups; // HAVING: what is grouped by; another column gives way to an alias of its name
  bool bare_words;               // arguments of table functions: a name that is no column is text
  bool whole_aliases;            // GROUP BY: only `whole_alias`, the whole expression, may be one
  const SqlExpr *whole_alias;
  bool in_aggregate;
  bool in_window;
  uint32_t outer_columns; // columns of outer queries seen so far (depth > 0)
  uint32_t own_columns;   // columns of this query seen so far
  Scope *outer_scope;     // of the last outer column
} ExprBinder;

static inline ExprBinder expr_binder(Binder *binder, Scope *scope, const char *clause) {
  return (ExprBinder){.binder = binder, .scope = scope, .clause = clause, .allow_subqueries = true};
}

// The clauses of one SELECT while they are bound.
struct SelectBinder {
  Binder *binder;
  Scope *scope;
  const SqlSelect *select;
  SqlExprList items;      // after stars
  Str *names;             // [items.count] of result columns
  Expr **bound;           // [items.count] NULL until bound
  bool *binding;          // [items.count] being bound as an alias right now: a cycle
  uint32_t visible_items; // lateral aliases: those before the item that is bound
  bool has_aggregates;
  // Aggregates of inner queries that belong here, for all their columns are ours; the inner query refers to column i of outer_table.
  ExprList outer_aggregates;
  uint32_t outer_table;
  // GROUPING(a, b): bound arguments; the expression is column i of grouping_table until the AGGREGATE is made
  ARENA_LIST(ExprList) groupings;
  uint32_t grouping_table;
};

// A column that was found already (by a star): an SQL_EXPR_COLUMN with `end` BOUND_COLUMN_END, followed by its meaning.
#define BOUND_COLUMN_END (-1000)
typedef struct BoundColumn {
  SqlExpr base;
  Expr *expr;
} BoundColumn;

#define TRY_DEPTH(binder)                                                                                   \
  do {                                                                                                      \
    if ((binder)->query_depth >= BIND_QUERY_DEPTH_LIMIT) {                                                  \
      return error_set((binder)->error, ERROR_BINDER, -1, "Max nesting of queries and views (%d) exceeded", \
                       BIND_QUERY_DEPTH_LIMIT);                                                             \
    }                                                                                                       \
  } while (0)

// --- queries
Status bind_query(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) MUST_USE;
Status bind_select(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) MUST_USE;
Status bind_query_text(Binder *binder, Str sql, Scope *outer, BoundQuery *out) MUST_USE; // generated SQL, views
// The first column of a query's rows, that binding must know. ERROR_INTERNAL with binder->wanted set: they are not there yet.
Status bind_answer(Binder *binder, const SqlQuery *query, CteBinding *ctes, const PlanAnswer **out) MUST_USE;
// Refuses PIVOTs whose values come from the data, in bodies of views and macros ("views").
Status refuse_data_pivots(Binder *binder, SqlQuery *query, SqlExpr *expr, const char *where) MUST_USE;
Status bind_show(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) MUST_USE;
Status bind_values(Binder *binder, const SqlQuery *query, Scope *outer, CteBinding *ctes, BoundQuery *out) MUST_USE;
Status apply_limit(Binder *binder, const SqlQuery *query, LogicalPlan **plan) MUST_USE;
// ORDER BY 'text' does nothing: an error unless the setting allows it.
Status refuse_literal_key(Binder *binder, const SqlExpr *key, const char *clause) MUST_USE;
bool setting_is(Binder *binder, const char *name, const char *text); // of the session, without regard to case
Status make_sort_spec(Binder *binder, const SqlOrder *order, SortSpec *spec) MUST_USE;
Status cast_columns(Binder *binder, LogicalPlan **plan, const Type *types,
                    uint32_t count) MUST_USE; // adds a PROJECT where types differ

Status bind_with(Binder *binder, const SqlCteList *list, bool recursive, Scope *outer, CteBinding **ctes) MUST_USE;
Status finish_with(Binder *binder, uint32_t count, CteBinding *ctes, LogicalPlan **plan) MUST_USE;
Status add_filter(Binder *binder, LogicalPlan **plan, Expr *condition) MUST_USE; // NULL: nothing; lifts subqueries

// --- FROM
// NULL from: one row without columns. The scope receives the tables.
Status bind_from(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) MUST_USE;
Status bind_table_function(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) MUST_USE;
// The plan of a call of a table function with constant arguments (FROM 'x.csv', COPY FROM, pragmas).
Status make_table_function(Binder *binder, const TableFunction *function, const Value *arguments,
                           uint32_t argument_count, const NamedValue *named, uint32_t named_count, int32_t position,
                           const Type *expected_types, const Str *expected_names, uint32_t expected_count,
                           LogicalPlan **out, Str **names) MUST_USE;
// FROM query('SELECT …') and FROM query_table(name): the query is in the arguments (bind_query_function.c). *out NULL: another function.
Status bind_query_function(Binder *binder, const SqlFrom *from, Str name, const Value *arguments, uint32_t count,
                           Scope *scope, LogicalPlan **out) MUST_USE;
Status bind_pivot(Binder *binder, const SqlFrom *from, Scope *scope, LogicalPlan **out) MUST_USE;
Status make_table_scan(Binder *binder, const CatalogTable *table, LogicalPlan **out) MUST_USE;
// Generated columns (generated.c). The table's columns, generated ones computed, over a plan that has its stored columns as (table_index, position).
Status add_generated_columns(Binder *binder, const CatalogTable *table, uint32_t table_index,
                             LogicalPlan **plan) MUST_USE;
// The names of a stored table whose columns are (table_index, position). scan: for rowid, or NULL.
Status make_scope_table(Binder *binder, const CatalogTable *table, uint32_t table_index, LogicalPlan *scan, Str alias,
                        ScopeTable **out) MUST_USE;
// Puts the columns of a plan into the scope as a table. names [plan->column_count]; made unique here.
Status scope_add_plan(Binder *binder, Scope *scope, const LogicalPlan *plan, const Str *names, Str alias,
                      const SqlNameList *column_aliases, ScopeTable **out) MUST_USE;
Status scope_add_table(Binder *binder, Scope *scope, ScopeTable *table) MUST_USE; // refuses a duplicate alias
Status scope_table_row_id(Binder *binder, ScopeTable *table, Expr **out) MUST_USE;
Status apply_sample(Binder *binder, const SqlSample *sample, LogicalPlan **plan) MUST_USE;
CteBinding *find_cte(CteBinding *ctes, Str name);
bool is_recurring(const SqlName *name);
// `recurring`: recurring.name, within the recursive part.
Status bind_cte_reference(Binder *binder, CteBinding *cte, bool recurring, LogicalPlan **out, Str **names) MUST_USE;

// --- names
// *out NULL: not found; then scope_missing gives the error.
Status scope_find_column(ExprBinder *expr_binder, const SqlExpr *column, Expr **out) MUST_USE;
// ALTER … USING has texts of its own.
bool is_alter_clause(const ExprBinder *expr_binder);
// COLUMNS('regex') over columns that a star gave.
Status no_column_matches(Binder *binder, int32_t position, Str regex, const SqlExprList *columns) MUST_USE;
Status scope_missing_column(ExprBinder *expr_binder, const SqlExpr *column) MUST_USE;
ScopeTable *scope_find_table(Scope *scope, const SqlPath *path, uint32_t part_count);
Status scope_table_column(Binder *binder, const ScopeTable *table, uint32_t index, int32_t position,
                          Expr **out) MUST_USE;
bool table_find_column(const ScopeTable *table, Str name, uint32_t *index);
Status table_not_found(Binder *binder, Scope *scope, const SqlPath *path, uint32_t part_count,
                       int32_t position) MUST_USE;

// --- stars
Status expand_items(Binder *binder, Scope *scope, const SqlExprList *items, SqlExprList *out) MUST_USE;
bool contains_star(const SqlExpr *expr);
// The columns that a top-level star means, as BoundColumns.
Status expand_star(Binder *binder, Scope *scope, const SqlExpr *star, SqlExprList *out) MUST_USE;

// --- expressions
Status bind_expr(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) MUST_USE;
Status bind_expr_as(ExprBinder *expr_binder, const SqlExpr *expr, Type type, Expr **out) MUST_USE; // cast
Status bind_condition(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) MUST_USE;          // BOOLEAN
Status bind_cast(Binder *binder, Expr *expr, Type type, bool try_cast, Expr **out) MUST_USE;
Status bind_as(Binder *binder, Expr **slot, Type type) MUST_USE; // a cast that is not written; see expr_as
Status bind_literal_types(Binder *binder, Expr **slot) MUST_USE; // literal types become real ones
Status bind_literal_value(Binder *binder, const SqlExpr *expr, const char *clause, Value *out) MUST_USE; // evaluates
Status evaluate_constant(Binder *binder, Expr *expr, Value *out) MUST_USE;
Status bind_call(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) MUST_USE;
Status bind_window_call(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) MUST_USE;
bool is_window_only(Str name);
Status bind_function(ExprBinder *expr_binder, const char *name, Expr **arguments, uint32_t count, int32_t position,
                     Expr **out) MUST_USE;
Status bind_field(ExprBinder *expr_binder, Expr *value, Str field, int32_t position, Expr **out) MUST_USE;
Status bind_subquery(ExprBinder *expr_binder, const SqlExpr *expr, Expr **out) MUST_USE;
Status unknown_function(Binder *binder, const char *what, Str name, int32_t position, bool tables) MUST_USE;
bool value_from_literal(const SqlLiteral *literal, Value *value, Type *type);
Status find_macro(Binder *binder, const SqlName *name, CatalogKind kind, const CatalogMacro **out) MUST_USE;
Status expand_macro(Binder *binder, const CatalogMacro *macro, const SqlFunction *call, int32_t position,
                    SqlExpr **expr, SqlQuery **query) MUST_USE;

// --- collations (collate.c)
Status collation_check(Binder *binder, Str collation, int32_t position) MUST_USE;
Status collated_type(Binder *binder, Str collation, Type *type) MUST_USE; // a VARCHAR receives it
// The collation that the operands of a comparison share; empty: none. Two different ones are an error.
Status collation_combine(Binder *binder, Expr *const *operands, uint32_t count, Str *out) MUST_USE;
// Rewrites text for comparison under a collation, or under the session's default one.
Status collation_push(Binder *binder, Str collation, Expr **slot) MUST_USE;
Status collation_push_own(Binder *binder, Expr **slot) MUST_USE; // that of its type: keys of ORDER BY, DISTINCT …
Status collation_push_all(Binder *binder, Expr **operands, uint32_t count) MUST_USE; // of all under their shared one
bool collation_matters(Binder *binder, Type type); // collation_push_own would change it
bool collation_searches(Str name);                 // functions that search text under the collation of their arguments

// --- types
Status bind_type(Binder *binder, const SqlType *type, Type *out) MUST_USE;

// --- definitions of tables (bind_create.c), also for ALTER (bind_alter.c)
Status print_definition(Binder *binder, const SqlExpr *expr, Str *out) MUST_USE; // SQL text as the catalog keeps it
Status table_scope(Binder *binder, const CatalogTable *table, Scope *scope) MUST_USE;
Status key_columns(Binder *binder, CatalogTable *table, const SqlNameList *names,
                   CatalogConstraint *constraint) MUST_USE;
Status bind_column_definition(Binder *binder, const SqlColumnDefinition *sql, const char *default_clause,
                              CatalogColumn *column) MUST_USE;
Status object_kind(Binder *binder, SqlObjectKind kind, uint8_t *out) MUST_USE;
// An expression over the columns of one table; cast to *type unless that is INVALID or NULL.
Status bind_definition_over(Binder *binder, const CatalogTable *table, const SqlExpr *sql, const char *clause,
                            const Type *type, Expr **out) MUST_USE;
Status bind_generated_columns(Binder *binder, const SqlCreateTable *sql, CatalogTable *table) MUST_USE;
Status columns_used(Binder *binder, const CatalogTable *table, Str sql, bool *used) MUST_USE; // sets used[position]
Status rename_column_in(Binder *binder, Str sql, Str from, Str to, Str *out) MUST_USE;

// --- statements
Status bind_insert(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_update(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_merge(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
// The column that SET names; refuses qualified names, generated columns and, where `seen` [table->column_count] is given, a second assignment.
Status find_set_column(Binder *binder, const SqlAssignment *assignment, const CatalogTable *table, bool *seen,
                       uint32_t *position) MUST_USE;
Status bind_delete(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_create(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_sequence_dependents(Binder *binder, CatalogDrop *request) MUST_USE; // dependents.c
Status bind_drop(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
// Columns of (table_index, position) become inputs: the stored columns in order.
Status conversion_over_stored(Binder *binder, const CatalogTable *table, uint32_t table_index, Expr *value,
                              Expr **conversion) MUST_USE;
// ALTER of a field inside of a column: becomes a change of the column's type (bind_alter_field.c).
Status bind_alter_field(Binder *binder, const SqlAlter *sql, const CatalogTable *table, uint32_t position,
                        CatalogAlter *request, Expr **conversion) MUST_USE;
Status bind_alter(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_comment(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_copy(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_utility(Binder *binder, const SqlStatement *statement,
                    PlannedStatement *out) MUST_USE; // SET, PRAGMA, PREPARE …
Status bind_export(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_import(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_copy_database(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE;
Status bind_statement(Binder *binder, const SqlStatement *statement, PlannedStatement *out) MUST_USE; // any
// PREPARE: whether the statement can be bound, as far as that can be told without files and values.
Status check_statement(Binder *binder, const SqlStatement *statement) MUST_USE;
// What a type is for those who read it: where a bare NULL left it open, an INTEGER.
Status settle_type(Binder *binder, Type type, Type *out) MUST_USE;
Status set_result(Binder *binder, PlannedStatement *out, LogicalPlan *plan, const Str *names) MUST_USE;
Status set_count_result(Binder *binder, PlannedStatement *out, LogicalPlan *plan) MUST_USE; // one BIGINT "Count"
Status bind_options(Binder *binder, const SqlOptionList *options, NamedValue **out, uint32_t *count) MUST_USE;
// Constraints of a table whose rows change, bound over rows of it (plan.h) as EXPR_INPUT.
Status bind_constraints(Binder *binder, const CatalogTable *table, PlanConstraints *out) MUST_USE;
// Where each column of the table lies in a row that begins at input column `first`; UINT32_MAX for generated columns.
Status stored_positions(Binder *binder, const CatalogTable *table, uint32_t first, uint32_t **out,
                        uint32_t *count) MUST_USE;
// SQL over the columns of a table as (table_index, position); generated columns may be among them.
Status bind_over_table(Binder *binder, const CatalogTable *table, uint32_t table_index, Str sql_text,
                       const char *clause, Type type, Expr **out) MUST_USE;
// Columns (table_index, position) become inputs at positions[position]; generated ones what they are computed from.
Status expr_over_row(Binder *binder, const CatalogTable *table, uint32_t table_index, const uint32_t *positions,
                     Expr **slot) MUST_USE;
// All unique keys: of constraints, then of indexes.
Status table_keys(Binder *binder, const CatalogTable *table, PlanKey **out, uint32_t *count) MUST_USE;
// UpdateNode.moves of an update of these columns.
Status update_moves_rows(Binder *binder, const CatalogTable *table, const uint32_t *set_columns, uint32_t set_count,
                         bool *moves) MUST_USE;
// Foreign keys that refer to a table whose rows go, or change (new_values[position] not NULL; NULL: they go). The plan is joined to the
// referring tables; marks[i] tells whether references[i] refers to the row.
Status bind_references(Binder *binder, const CatalogTable *table, const ScopeTable *names, Expr *const *new_values,
                       LogicalPlan **plan, PlanReference **references, Expr ***marks, uint32_t *count) MUST_USE;
Status bind_on_conflict(Binder *binder, const SqlInsert *insert, const CatalogTable *table, const uint32_t *columns,
                        uint32_t column_count, InsertNode *node) MUST_USE;
// NULL without a default.
Status bind_default(Binder *binder, const CatalogTable *table, const CatalogColumn *column, Expr **out) MUST_USE;
Status find_table(Binder *binder, const SqlName *name, const char *doing,
                  const CatalogTable **out) MUST_USE; // a table, not a view; for writing
Status check_unaltered_for_index(Binder *binder, const CatalogTable *table) MUST_USE;
CatalogName catalog_name(const SqlName *name);
Status column_name_missing(Binder *binder, const CatalogTable *table, Str name) MUST_USE; // the error
// RETURNING over a node that hands out the stored columns of the table as (its table index, position); one more, if there is one, as
// (its table index, table->column_count) and not in `*`.
Status bind_returning(Binder *binder, const CatalogTable *table, Str alias, const SqlExprList *items, LogicalPlan *plan,
                      BoundQuery *out) MUST_USE;

#define TRY_NEW(binder, target, call) NEW_OR_FAIL(&(binder)->planner, target, call)

#endif
