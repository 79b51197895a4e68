// SPDX-License-Identifier: MIT
//
// expr.h: bound expressions, the flat program that evaluates them over chunks, and the interfaces of scalar, aggregate and
// table functions. The one header of expr/.
//
//   Expr       a typed tree made by the binder (plan/), rewritten by the optimizer, read-only afterwards
//   Program    a list of expressions compiled to flat steps over registers; immutable, shared by runs
//   Evaluator  the run state of a Program: its registers
//
// Expressions never wait: what may (subqueries, files) was lifted into an operator by the planner.
#ifndef SMEW_EXPR_H
#define SMEW_EXPR_H

#include "base/base.h"
#include "io/io.h"
#include "vector/vector.h"

typedef struct Expr Expr;
typedef struct ScalarFunction ScalarFunction;
typedef struct AggregateFunction AggregateFunction;
typedef struct TableFunction TableFunction;
typedef struct FunctionLibrary FunctionLibrary;
typedef struct Program Program;
typedef struct Evaluator Evaluator;

// Nesting of expressions that every walk over them bears: the binder's limit on what users write (1,000) plus the casts that it adds.
// A deeper tree is refused by program_compile; walks that cannot fail answer on the safe side.
#define EXPR_DEPTH_LIMIT 2000

// ---------------------------------------------------------------------------------------------------------------------
// What evaluation may know of its statement
// ---------------------------------------------------------------------------------------------------------------------

// A setting or a variable of the session, as duckdb_settings() and duckdb_variables() show it.
typedef struct SettingRow {
  Str name;
  Value value;
  Str type; // of a setting
  Str description;
  bool is_variable;
} SettingRow;

// Random numbers as DuckDB makes them: each call of a volatile function in a statement draws from a stream of its own, whose seed comes
// from the session's. func/ has the generator.
#define RANDOM_STREAMS 8 // calls beyond share the session's

typedef struct RandomState {
  uint64_t session;
  struct RandomStream {
    const void *call;
    uint64_t state;
  } streams[RANDOM_STREAMS];
  uint32_t stream_count; // 0 at the start of a statement
} RandomState;

// One per running statement; owned by the session. Functions read it through EvalContext and at bind time.
typedef struct StatementFacts {
  Memory *memory;
  Host *host;
  const FunctionLibrary *library;
  int64_t transaction_micros; // now(), current_timestamp: start of the transaction, UTC
  int64_t statement_micros;
  Str time_zone;                    // "UTC" …
  RandomState random;               // seeded by the host or setseed()
  const volatile bool *interrupted; // long kernels may look; may be NULL
  // Settings by name; false: no such setting. Never NULL.
  bool (*setting)(void *session, Str name, Value *value);
  // All of them, then the variables: *cursor starts at 0; false: no more. May be NULL.
  bool (*next_setting)(void *session, uint32_t *cursor, SettingRow *row);
  // Facts of the session behind current_schema(), current_database(), nextval()… are reached by functions in api/ or plan/ through this.
  void *session;
} StatementFacts;

// The session's time zone; `facts` NULL: UTC.
static inline TimeZone session_zone(const StatementFacts *facts) {
  return facts ? (TimeZone){facts->host, facts->time_zone} : (TimeZone){0};
}

typedef struct EvalContext {
  Error *error;
  Memory *memory;
  StatementFacts *facts;
  Arena *scratch;      // reset by the evaluator between chunks; may be NULL where nothing but constants is evaluated
  Evaluator *lambda;   // the evaluator's: body of the running call's lambda, reached through lambda_run
  VectorForm disguise; // for tests: results of steps take this form; VECTOR_FLAT: off
} EvalContext;

// ---------------------------------------------------------------------------------------------------------------------
// Signatures
// ---------------------------------------------------------------------------------------------------------------------

// A type as functions declare it, in one byte, as there are two thousand of them: a TypeId, which where it is open (ANY, LIST, STRUCT, DECIMAL …)
// stands for all types of its kind, or DECLARED_LIST + a TypeId: a LIST of these, or one of the few others that declared_type() knows.
typedef uint8_t DeclaredType;
enum { DECLARED_LIST = 64, DECLARED_TRIPLE = 128 /* ARRAY[3] */, DECLARED_DATE_PARTS = 192 };
#define DECLARED_ARGUMENTS 7
Type declared_type(DeclaredType declared);

// ---------------------------------------------------------------------------------------------------------------------
// Scalar functions
// ---------------------------------------------------------------------------------------------------------------------

// A lambda among the arguments of a call, compiled. What its body uses of the row around it (columns, parameters of outer lambdas) are
// captures: the evaluator computes them and hands them to the kernel behind the ordinary arguments.
typedef struct LambdaCall {
  uint32_t argument;        // which argument it is; arguments[argument] of the kernel is NULL
  uint32_t parameter_count; // as declared: element [, index], or accumulator, element [, index]
  uint32_t capture_count;   // arguments[argument_count .. argument_count + capture_count)
  Type result_type;         // of the body
  Program *program;         // of the body: input columns are the parameters, then the captures
  uint32_t slot;            // which of the evaluator's body evaluators
} LambdaCall;

typedef struct ScalarCall {
  const ScalarFunction *function;
  const void *bind_data;      // made by bind; NULL otherwise
  const Type *argument_types; // after casts
  uint32_t argument_count;
  Type result_type;
  int32_t position;         // byte offset in the SQL text, -1
  const LambdaCall *lambda; // NULL: no argument is a lambda
} ScalarCall;

// arguments[i] in any form with row_count rows; `result` is reset, flat, writable, room for row_count; the kernel may make it constant or
// borrow an argument. NULL handling: with NULLS_PROPAGATE the kernel must produce NULL for rows with a NULL argument (the macros of
// vector/kernels.h do it) and must not raise errors for them. When all arguments are constant and the function is pure the evaluator calls with row_count 1.
typedef Status (*ScalarKernel)(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                               uint32_t row_count, Vector *result);

// For kernels with a lambda: the body over `count` elements (at most VECTOR_CAPACITY). parameters[i], i < parameter_count, have count rows;
// `arguments` are the kernel's own; element i belongs to their row rows[i] (rows NULL: element i to row i). `result` borrows from the
// body's registers: valid until the next lambda_run of this call.
Status lambda_run(EvalContext *context, const ScalarCall *call, const Vector *const *parameters,
                  const Vector *const *arguments, const uint32_t *rows, uint32_t count, Vector *result) MUST_USE;

typedef enum NullHandling { NULLS_PROPAGATE, NULLS_SPECIAL } NullHandling;
typedef enum Stability {
  STABILITY_PURE,      // same arguments, same result: folded
  STABILITY_STATEMENT, // constant within a statement (now(), current_setting): folded at execution
  STABILITY_VOLATILE,  // random(), nextval(): once for each row
} Stability;

// What bind sees and changes. Arguments are bound expressions in their own types; constant ones can be read with expr_constant_value.
// The bind data must follow from the function, the arguments and the result type alone (names included: they are part of a STRUCT result):
// two calls that agree in these are taken for the same computation. An argument that bind has read may be dropped from the end by
// lowering argument_count, if what it said is in the result type or the replacement function; otherwise it stays.
typedef struct ScalarBind {
  Arena *arena; // statement's
  Error *error;
  StatementFacts *facts;
  const ScalarFunction *function;
  Expr **arguments; // may be replaced; casts to argument_types are added after bind
  uint32_t argument_count;
  Type *argument_types;  // [argument_count] in: declared types (TYPE_ANY stands for any); out: what the kernel wants
  Type result_type;      // in: declared; out: exact
  const void *bind_data; // out
  const Str *argument_names; // [argument_count] names given by `a := 1`; items empty; NULL: none named (struct_pack)
  int32_t position;
  const ScalarFunction *replacement; // out: use this one instead (specialised kernel); NULL: no
} ScalarBind;

struct ScalarFunction {
  const char *name;    // lower case
  DeclaredType result; // TYPE_ANY: set by bind
  uint8_t argument_count;
  DeclaredType arguments[DECLARED_ARGUMENTS];
  bool variadic : 1;     // the last declared type repeats zero or more times
  uint8_t nulls : 1;     // NullHandling
  uint8_t stability : 2; // Stability
  bool can_fail : 1;     // may raise an error on some rows (never moved before a filter)
  bool gathers : 1;      // its result is the list of its arguments
  ScalarKernel kernel;
  Status (*bind)(ScalarBind *bind); // may be NULL
  // Functions that take a lambda: the types of its parameters, asked by the binder before it binds the body. The other arguments are
  // bound. NULL: takes none. An error says that this many parameters are too many.
  Status (*bind_lambda)(ScalarBind *bind, uint32_t parameter_count, Type *parameter_types);
};

// ---------------------------------------------------------------------------------------------------------------------
// Aggregate functions. A state is `state_size` bytes inside a relocatable row (memcpy moves it): no pointers into itself. Whatever grows
// (text, lists) lives in the Arena of the partition, given with each call, and ends with it.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct AggregateCall {
  const AggregateFunction *function;
  const void *bind_data;
  const Type *argument_types;
  uint32_t argument_count;
  Type result_type;
  bool has_order; // rows arrive in the ORDER BY of the call
} AggregateCall;

// Where a finalize stands that takes several calls; zeroed before its first. What it puts into context->scratch stays until its last.
typedef struct FinalizeCursor {
  bool more;    // set by finalize: to be called again with the same arguments
  uint32_t row; // of states: those before it are done. All else is finalize's own too
  uint32_t index;
  uint64_t position;
  const void *place;
  void *work;
} FinalizeCursor;

typedef struct AggregateBind {
  Arena *arena;
  Error *error;
  StatementFacts *facts;
  const AggregateFunction *function;
  Expr **arguments;
  uint32_t argument_count;
  Type *argument_types;
  Type result_type;
  const void *bind_data;
  bool distinct;
  int32_t position;
  const AggregateFunction *replacement;
} AggregateBind;

struct AggregateFunction {
  const char *name;
  DeclaredType result;
  uint8_t argument_count;
  DeclaredType arguments[DECLARED_ARGUMENTS];
  bool variadic : 1;
  bool distinct_matters : 1; // false for min, max, bool_and …: DISTINCT can be dropped
  bool order_matters : 1;    // string_agg, list, first, last, arg_min ties …
  bool skips_nulls : 1;      // rows whose first argument is NULL change nothing
  uint32_t state_size;       // bytes; rounded up to 16 by users
  void (*init)(const AggregateCall *call, void *state);
  // states[i] for row i; arguments of row_count rows in any form. Rows with NULL are the function's business (most skip them).
  Status (*update)(EvalContext *context, const AggregateCall *call, Arena *arena, void *const *states,
                   const Vector *const *arguments, uint32_t row_count);
  // All rows into one state (ungrouped, windows). NULL: `update` with equal pointers is used.
  Status (*update_one)(EvalContext *context, const AggregateCall *call, Arena *arena, void *state,
                       const Vector *const *arguments, uint32_t row_count);
  // target += source. `source` may be read only; what it points to lives in another arena and is copied into `arena`.
  Status (*combine)(EvalContext *context, const AggregateCall *call, Arena *arena, const void *source, void *target);
  // row i of result from states[i]; result flat and writable. A bounded piece of the work where states can be large: then the cursor wants more.
  Status (*finalize)(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                     Vector *result, FinalizeCursor *cursor);
  Status (*bind)(AggregateBind *bind);
};
// All calls of finalize at once.
Status aggregate_finalize(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                          Vector *result) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Table functions: sources of rows. See exec/ for how `need` and `work` take turns with the host.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct NamedValue {
  Str name;
  Value value;
  int32_t position;
} NamedValue;

// A byte range of a foreign file, wanted or had.
typedef struct FileRange {
  Str path;
  uint64_t offset;
  uint64_t length;
  uint8_t *bytes; // out: valid until the next `need`
  uint64_t byte_count;
  FileFacts facts; // out
} FileRange;

// A bind that needs files cannot wait: it names the facts it needs (globs, leading bytes), returns with `wants` set and is run again, from
// the start and without side effects, when they are there (see DESIGN §3, waiting).
typedef struct FileKnowledge FileKnowledge; // owned by the statement (exec/ fills it between bindings)
// Files that match a path or glob. NULL entries: not known yet, the wish is noted. error: none match.
Status knowledge_list(FileKnowledge *knowledge, Str pattern, const FileFacts **files, uint32_t *count, bool *known,
                      Error *error) MUST_USE;
// The first `length` bytes (or the whole file when shorter). Not known: the wish is noted.
Status knowledge_bytes(FileKnowledge *knowledge, Str path, uint64_t length, Str *bytes, FileFacts *facts, bool *known,
                       Error *error) MUST_USE;

// Long work of a binding on what it knows (detecting what is in a CSV file): done in steps between two bindings. The binding that needs it makes it, adds it and
// ends with `wants`; the next finds it done.
typedef struct BindWork {
  Str path;                                              // what it is about
  Status (*step)(void *state, bool *done, Error *error); // bounded
  void *state;                                           // lives as long as all bindings of the statement
  bool done;
  bool asked;    // by the present binding
  Error failure; // code OK: none
} BindWork;
// The work on `path` that an earlier binding has added (the n-th, for the n-th that asks in a binding); NULL: none.
BindWork *knowledge_work(FileKnowledge *knowledge, Str path);
Status knowledge_add_work(FileKnowledge *knowledge, const BindWork *work, Error *error) MUST_USE;

// The side of exec/: create one for the statement; bind; while the binding wants facts, turn every wish into a host request, supply its
// answer (an error is an answer too: the next binding raises it), and bind again. Answers stay for the life of the statement.
typedef struct FileWish {
  bool list;       // true: REQUEST_LIST of `path` (a name or a glob); false: REQUEST_FETCH of the first `length` bytes
  Str path;        // lives as long as the knowledge
  uint64_t length; // bytes wanted; UINT64_MAX: the whole file
} FileWish;

FileKnowledge *knowledge_create(Memory *memory); // NULL: no memory
void knowledge_free(FileKnowledge *knowledge);   // NULL is fine
// The open wishes, each once, in the order they were made; valid until the next knowledge_ call. 0: nothing is missing.
uint32_t knowledge_wishes(FileKnowledge *knowledge, const FileWish **wishes);
void knowledge_rewind(FileKnowledge *knowledge); // before each binding
// One step of the work that is not done; false: there is none.
bool knowledge_work_step(FileKnowledge *knowledge);
// Everything is copied but the bytes, which live as long as the knowledge. An answer nobody wished for is kept as well.
Status knowledge_supply_list(FileKnowledge *knowledge, Str pattern, const FileFacts *files, uint32_t count,
                             Error *error) MUST_USE;
// `length` is the wish's; fewer bytes mean that the file ends there.
Status knowledge_supply_bytes(FileKnowledge *knowledge, Str path, uint64_t length, Str bytes, FileFacts facts,
                              Error *error) MUST_USE;
Status knowledge_supply_failure(FileKnowledge *knowledge, const FileWish *wish, const Error *failure,
                                Error *error) MUST_USE;

typedef struct TableBind {
  Arena *arena;
  Error *error;
  StatementFacts *facts;
  FileKnowledge *files;
  const TableFunction *function;
  const Value *arguments; // constant-folded positional arguments, cast to declared types
  uint32_t argument_count;
  const NamedValue *named;
  uint32_t named_count;
  int32_t position;
  void *catalog;              // the statement's catalog view (for duckdb_tables() …); see catalog/catalog.h
  const Type *expected_types; // COPY FROM: types of the target columns; NULL otherwise
  const Str *expected_names;
  uint32_t expected_count;
  // out
  bool wants;         // facts are missing: bind again when they are there
  bool changes;       // the scan writes (store_rejects)
  Type *column_types; // in arena
  Str *column_names;
  uint32_t column_count;
  const void *bind_data;
  uint64_t row_estimate; // 0: unknown
} TableBind;

typedef struct TableScan {
  EvalContext *context;
  const TableFunction *function;
  const void *bind_data;
  const uint32_t *columns; // projected columns, in output order
  uint32_t column_count;
  void *state; // the function's run state
  void *catalog;
  double progress; // 0..1, negative: unknown
  bool again;      // set by work: it wants to be called again with the same bytes
} TableScan;

// TYPE_ANY: a value of any type.
typedef struct NamedParameter {
  const char *name;
  DeclaredType type;
} NamedParameter;

struct TableFunction {
  const char *name;
  uint8_t argument_count;
  DeclaredType arguments[DECLARED_ARGUMENTS];
  bool variadic;
  const NamedParameter *named;
  uint32_t named_count;
  Status (*bind)(TableBind *bind);
  Status (*open)(TableScan *scan);
  // Names at most `capacity` byte ranges that the next `work` needs; 0: none. The same bytes are given again until work moved on.
  Status (*need)(TableScan *scan, FileRange *ranges, uint32_t capacity, uint32_t *count);
  // Fills `out` (reset; projected columns); at most one chunk; bounded work. done: no more rows after this chunk. An empty chunk with
  // done false means: call again (the slice may end here).
  Status (*work)(TableScan *scan, const FileRange *ranges, uint32_t count, Chunk *out, bool *done);
  void (*close)(TableScan *scan);
  // In-out form (unnest-like over lateral input) is an operator of exec/, not a table function.
};

// ---------------------------------------------------------------------------------------------------------------------
// Function sets and lookup. func/ gives the tables; catalog/ and plan/ look names up. Sorted by name.
// ---------------------------------------------------------------------------------------------------------------------

struct FunctionLibrary {
  const ScalarFunction *const *scalars; // sorted by name; overloads adjacent
  uint32_t scalar_count;
  const AggregateFunction *const *aggregates;
  uint32_t aggregate_count;
  const TableFunction *const *tables;
  uint32_t table_count;
};

// Overloads of a name: [*first, *first + *count). False: no such name.
bool library_find_scalar(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count);
bool library_find_aggregate(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count);
bool library_find_table(const FunctionLibrary *library, Str name, uint32_t *first, uint32_t *count);
// Chooses the overload by DuckDB's implicit cast costs, runs its bind, adds the casts. Errors as DuckDB's:
// Binder Error: No function matches the given name and argument types 'abs(VARCHAR)'. You might need to add explicit type casts.
//	Candidate functions: …
Status bind_scalar_call(Arena *arena, Error *error, StatementFacts *facts, const FunctionLibrary *library, Str name,
                        Expr **arguments, uint32_t argument_count, const Str *argument_names, int32_t position,
                        Expr **out) MUST_USE;
Status bind_aggregate_call(Arena *arena, Error *error, StatementFacts *facts, const FunctionLibrary *library, Str name,
                           Expr **arguments, uint32_t argument_count, bool distinct, int32_t position,
                           Expr **out) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Bound expressions
// ---------------------------------------------------------------------------------------------------------------------

typedef enum ExprKind {
  EXPR_CONSTANT,
  EXPR_COLUMN,    // a column of a table index of the plan; depth > 0: of an outer query
  EXPR_INPUT,     // position in the operator's input chunk (after plan/ resolved the columns)
  EXPR_PARAMETER, // value known at execution
  EXPR_CALL,      // scalar function
  EXPR_CAST,
  EXPR_COMPARE, // children: left, right
  EXPR_AND,     // n-ary
  EXPR_OR,      // n-ary
  EXPR_NOT,
  EXPR_IS_NULL,
  EXPR_IS_NOT_NULL,
  EXPR_CASE,      // children: when, then, when, then, …, else (always there)
  EXPR_COALESCE,  // n-ary, evaluated left to right
  EXPR_TRY,       // children: value, and NULL of its type for rows where it fails
  EXPR_IN,        // children: value, candidates… (NULL logic of SQL); `negated`: NOT IN
  EXPR_BETWEEN,   // children: value, low, high (both inclusive)
  EXPR_AGGREGATE, // only in LOGICAL_AGGREGATE and windows
  EXPR_WINDOW,    // only in LOGICAL_WINDOW
  EXPR_SUBQUERY,  // only until the planner lifted it
  EXPR_LAMBDA,    // only as an argument of a list function: children[0] body
  EXPR_LAMBDA_PARAMETER,
  EXPR_DEFAULT, // the DEFAULT keyword in INSERT and UPDATE, replaced by the binder
  EXPR_UNNEST,  // only until the planner lifted it
} ExprKind;

typedef enum SubqueryKind {
  SUBQUERY_SCALAR,
  SUBQUERY_EXISTS,
  SUBQUERY_NOT_EXISTS,
  SUBQUERY_ANY,           // children[0] compare_op ANY (subquery); IN is = ANY; NOT IN is NOT of it
  SUBQUERY_ALL_REWRITTEN, // not used: x op ALL (q) is NOT (x negated-op ANY (q))
} SubqueryKind;

typedef struct SortKey {
  Expr *expr;
  SortSpec spec;
} SortKey;

struct LogicalPlan; // plan/plan.h

struct Expr {
  uint8_t kind; // ExprKind
  bool negated; // EXPR_IN
  Type type;
  Str name;         // column name of a result, or the printed SQL form; may be empty
  int32_t position; // byte offset in the SQL text, -1
  Expr **children;
  uint32_t child_count;
  union {
    Value constant; // EXPR_CONSTANT
    struct {
      uint32_t table;  // table index of the plan, unique in the statement
      uint32_t column; // index within its output
      uint32_t depth;  // 0: this query; 1: the query around it …
    } column;
    uint32_t input; // EXPR_INPUT
    struct {
      uint32_t depth; // of a STRUCT: how many levels of its fields become columns
      bool keep_parent_names;
      uint32_t above; // how many others it is inside of // … as parent.field
    } unnest;         // EXPR_UNNEST
    struct {
      uint32_t index; // of the parameters of its lambda
      uint32_t depth; // 0: of the innermost lambda around it; 1: of the one around that …
    } lambda_parameter;
    struct {
      uint32_t parameter_count;
    } lambda;
    uint32_t parameter; // EXPR_PARAMETER: index into the statement's parameters
    struct {
      const ScalarFunction *function;
      const void *bind_data;
    } call;
    struct {
      bool try_cast;
      bool stays; // even between equal types: CUBE(s, s::VARCHAR) has two groups
    } cast;
    CompareOp compare;
    struct {
      const AggregateFunction *function;
      const void *bind_data;
      bool distinct;
      Expr *filter;   // NULL: none
      SortKey *order; // ORDER BY inside the call
      uint32_t order_count;
    } aggregate;
    struct WindowCall *window;
    struct {
      uint8_t kind;    // SubqueryKind
      uint8_t compare; // CompareOp of ANY
      struct LogicalPlan *plan;
      bool correlated;
    } subquery;
  };
};

// Constructors: all in the arena, child types checked by assertion.
Expr *expr_constant(Arena *arena, Value value); // NULL: no memory (likewise below)
Expr *expr_column(Arena *arena, uint32_t table, uint32_t column, Type type, Str name);
Expr *expr_input(Arena *arena, uint32_t input, Type type);
Expr *expr_compare(Arena *arena, CompareOp op, Expr *left, Expr *right);
Expr *expr_and(Arena *arena, Expr *left, Expr *right); // flattens; NULL left: right
Expr *expr_not(Arena *arena, Expr *child);
Expr *expr_is_null(Arena *arena, Expr *child, bool negated);
Expr *expr_cast(Arena *arena, Expr *child, Type type, bool try_cast); // the child itself when the types are equal
// A cast that is not written: a literal whose value is one of the type becomes a constant of it.
Expr *expr_as(Arena *arena, Expr *child, Type type);
Expr *expr_node(Arena *arena, ExprKind kind, Type type, uint32_t child_count); // children zeroed
Expr *expr_copy(Arena *arena, const Expr *expr); // deep, but for bind data and subquery plans
bool expr_equal(const Expr *a, const Expr *b);   // structure; volatile calls are never equal
uint64_t expr_hash(const Expr *expr);
bool expr_is_constant(const Expr *expr); // no columns, parameters, volatile or statement-stable calls below
bool expr_is_volatile(const Expr *expr);
bool expr_can_fail(const Expr *expr);                // casts and calls that may raise an error
bool cast_can_fail(Type from, Type to);              // some value of `from` has no counterpart in `to`
void expr_print(TextBuilder *out, const Expr *expr); // for EXPLAIN and error texts
// Calls visit for each node, parents first; false from visit: do not go below.
typedef bool (*ExprVisitor)(void *context, Expr *expr);
void expr_visit(Expr *expr, ExprVisitor visit, void *context);
// Replaces bottom-up: *slot = rewrite(context, *slot). NULL from rewrite is "no memory".
typedef Status (*ExprRewriter)(void *context, Expr **slot);
Status expr_rewrite(Expr **slot, ExprRewriter rewrite, void *context) MUST_USE;
// Evaluates an expression without columns. Used by folding, LIMIT, defaults, SET.
Status expr_evaluate_constant(EvalContext *context, Arena *arena, const Expr *expr, const Value *parameters,
                              Value *out) MUST_USE;
// The value of an argument that is constant (expr_is_constant), for bind functions. False: not constant, or it fails to evaluate.
bool expr_constant_value(Arena *arena, StatementFacts *facts, const Expr *expr, Value *out);

// ---------------------------------------------------------------------------------------------------------------------
// Programs
// ---------------------------------------------------------------------------------------------------------------------

// Compiles expressions whose columns are EXPR_INPUT. Common sub-expressions are computed once. The program lives in `arena`.
Status program_compile(Arena *arena, Error *error, Expr *const *expressions, uint32_t count, Program **out) MUST_USE;
// A condition, for evaluator_select alone.
Status program_compile_filter(Arena *arena, Error *error, Expr *expression, Program **out) MUST_USE;
// Registers for one run; `parameters` is borrowed. Freed by evaluator_close.
Status evaluator_open(Evaluator **out, const Program *program, const Value *parameters, EvalContext *context) MUST_USE;
void evaluator_close(Evaluator *evaluator);
// results[i] is an alias of a register or input column, in any form, with input->row_count rows: read it until the next run, share it
// (vector_share) to keep it longer; never write, reset or free it.
Status evaluator_run(Evaluator *evaluator, const Chunk *input, Vector *results) MUST_USE;
// Of a filter: the rows of input where it is true; conjunctions narrow step by step, and the order of the
// conjuncts adapts to what they cost and keep where none of them can fail. `selection` has room for VECTOR_CAPACITY rows.
Status evaluator_select(Evaluator *evaluator, const Chunk *input, uint32_t *selection, uint32_t *count) MUST_USE;

#endif
