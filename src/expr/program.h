// SPDX-License-Identifier: MIT
//
// program.h: what program.c compiles and the evaluator runs. Private to expr/.
//
//   SELECT a + b, CASE WHEN a + b > 10 THEN CAST(s AS INTEGER) ELSE 0 END          (inputs: a, b, s)
//
//   registers   r0 input a   r1 input b   r3 constant 10   r5 constant 0
//   root block  r2 = call +(r0, r1)
//               r4 = case    condition: compare r2 > r3
//                            branch:    block { import r6 <- r7;  r8 = cast(r6) } -> r8      (r7 input s)
//                            else:      r5, no block
//   results     r2, r4
//
// Every value has a register; every step writes one. A block is a list of steps over one set of rows. The root block sees
// the rows of the chunk. A nested block is run by a conditional step for the rows that need it: its imports are the
// enclosing block's registers narrowed to these rows (not narrowed when all rows need it). A branch without a block
// takes its value from a register of the enclosing block.
//
// A condition is a filter as a tree that narrows selections and makes no booleans: filters, and WHEN of CASE.
#ifndef SMEW_EXPR_PROGRAM_H
#define SMEW_EXPR_PROGRAM_H

#include "expr/expr.h"
#include "expr/in_set.h"

#define NO_REGISTER UINT32_MAX

typedef struct Block Block;
typedef struct Condition Condition;

typedef enum RegisterKind {
  REGISTER_INPUT,     // points to a column of the chunk
  REGISTER_CONSTANT,  // filled when the evaluator is opened
  REGISTER_PARAMETER, // likewise, from the parameters of the run
  REGISTER_IMPORT,    // of a nested block: points to, or is a slice of, a register of the enclosing block
  REGISTER_STEP,      // written by a step; storage is made at its first run and reused
} RegisterKind;

typedef struct Register {
  uint8_t kind; // RegisterKind
  Type type;
  union {
    const Value *constant;
    uint32_t parameter;
  };
} Register;

typedef struct Import {
  uint32_t source; // register of the enclosing block; of the root block: column of the chunk
  uint32_t target;
} Import;

typedef enum StepKind {
  // Plain steps: operands in, result out, row by row independent.
  STEP_CALL,
  STEP_CAST,
  STEP_COMPARE,
  STEP_BETWEEN,
  STEP_IN_SET,  // operand: value
  STEP_IN_LIST, // operands: value, candidates…
  STEP_NOT,
  STEP_IS_NULL,
  STEP_IS_NOT_NULL,
  STEP_LAST_PLAIN = STEP_IS_NOT_NULL,
  STEP_LAMBDA_CALL,
  // Conditional steps.
  STEP_AND,
  STEP_OR,
  STEP_CASE,
  STEP_COALESCE,
  STEP_TRY,
} StepKind;

typedef struct Branch {
  const Block *block; // NULL: `result` is a register of the enclosing block
  uint32_t result;
} Branch;

typedef struct Step {
  uint8_t kind;         // StepKind
  bool pure;            // constant operands give a constant result
  bool per_entry;       // dear enough to be computed once for each entry of a dictionary operand
  bool nulls_propagate; // a NULL operand makes the result NULL
  bool negated;         // IN
  bool try_cast;
  Str source_column;        // CAST of a column: its name, for errors
  uint8_t compare;          // CompareOp
  int32_t position;         // byte offset in the SQL text, -1
  uint32_t target;          // register
  const uint32_t *operands; // registers; NO_REGISTER: the lambda
  uint32_t operand_count;
  uint32_t argument_slot; // of the evaluator's argument pointers: operand_count of them
  uint32_t state;         // slot of the evaluator's step states
  const ScalarCall *call; // CALL, LAMBDA_CALL
  const InSet *set;
  const Branch *branches; // AND, OR, COALESCE: children; CASE: results, the last is ELSE
  uint32_t branch_count;
  Condition *const *conditions; // CASE: branch_count - 1 of them
} Step;

struct Block {
  const Import *imports;
  uint32_t import_count;
  const Step *steps;
  uint32_t step_count;
};

typedef enum ConditionKind {
  CONDITION_CONSTANT,
  CONDITION_COMPARE, // operands: left, right
  CONDITION_RANGE,   // operands: value, low, high; also made of x > a AND x < b
  CONDITION_IN_SET,  // operand: value
  CONDITION_IS_NULL,
  CONDITION_IS_NOT_NULL,
  CONDITION_VALUE, // operand: a BOOLEAN; `negated`: rows where it is false
  CONDITION_LAST_LEAF = CONDITION_VALUE,
  CONDITION_AND,
  CONDITION_OR,
} ConditionKind;

struct Condition {
  uint8_t kind;         // ConditionKind
  uint8_t compare;      // CompareOp; RANGE: of the low end, > or >=
  uint8_t compare_high; // RANGE: of the high end, < or <=
  bool negated;         // IN_SET, VALUE
  bool truth;           // CONSTANT
  bool movable;         // may be tried before its siblings: cannot fail, is not volatile
  bool per_entry;       // leaf: dear enough to be decided once for each entry of a dictionary
  uint32_t cost;        // a guess, in comparisons of numbers
  uint32_t operands[3];
  uint32_t operand_count;
  const Block *block; // leaf: computes the operands; NULL: they are registers of the enclosing block
  const InSet *set;
  Condition *const *children; // AND: movable ones first
  uint32_t child_count;
  uint32_t movable_count; // AND: the children whose order adapts
  uint32_t state;         // AND, OR: slot of the evaluator's states
};

struct Program {
  const Register *registers;
  uint32_t register_count;
  uint32_t argument_slot_count;
  uint32_t state_count;
  uint32_t lambda_count;
  const Block *root;
  const uint32_t *results; // registers of the expressions
  uint32_t result_count;
  const Condition *condition; // of a filter, which has no results
};

// A guess of what an expression costs a row, in comparisons of numbers.
uint32_t expr_cost(const Expr *expr);

#endif
