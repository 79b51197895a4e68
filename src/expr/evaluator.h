// SPDX-License-Identifier: MIT
//
// evaluator.h: the run state of a program, shared by evaluator.c, evaluator_conditional.c and evaluator_select.c.
// Private to expr/.
//
// Nothing is allocated for a chunk once every step has run: registers, scratch arrays and the states of steps are made at
// their first use and live until evaluator_close.
#ifndef SMEW_EXPR_EVALUATOR_H
#define SMEW_EXPR_EVALUATOR_H

#include "expr/program.h"

// A dictionary up to so many entries is looked at as a whole; larger ones hardly repeat within a chunk.
#define DICTIONARY_ENTRY_LIMIT (VECTOR_CAPACITY / 2)

typedef struct OwnedVector OwnedVector;
struct OwnedVector {
  Vector vector;
  OwnedVector *next;
};

struct Evaluator {
  const Program *program;
  EvalContext *context;
  const Value *parameters; // borrowed
  Memory *memory;
  Arena arena;              // everything below, until close
  uint32_t row_capacity;    // of registers: VECTOR_CAPACITY, 1 when folding
  bool is_lambda;           // a body run inside a kernel: the scratch arena is not its to reset
  Vector *registers;        // [register_count]; CONSTANT, PARAMETER, STEP: storage; IMPORT: slice
  bool *register_ready;     // storage exists
  const Vector **values;    // [register_count] where a register's value lies now
  const Vector **arguments; // [argument_slot_count] arguments of steps
  void **states;            // [state_count] of conditional and per-entry steps and of conditions; NULL until used
  Evaluator **lambdas;      // [lambda_count] bodies; NULL until used
  Disguise **disguises;     // [register_count] of results, for tests; NULL: off
  Vector *lambda_inputs;    // [parameters + captures] of a body
  uint32_t lambda_input_count;
  OwnedVector *owned;                 // vectors of states, freed at close
  uint32_t *positions;                // [VECTOR_CAPACITY] scratch of leaf conditions, not kept over a call
  uint8_t row_marks[VECTOR_CAPACITY]; // scratch of rows_subtract: all zero between calls
  // Scratch of the dictionary paths; one user at a time.
  bool dictionary_busy;
  uint32_t *entries;     // [DICTIONARY_ENTRY_LIMIT] entries of the dictionary that rows refer to
  uint16_t *entry_marks; // [DICTIONARY_ENTRY_LIMIT] position in entries + 1; 0: not referred to
};

Status evaluator_open_sized(Evaluator **out, const Program *program, const Value *parameters, EvalContext *context,
                            uint32_t row_capacity) MUST_USE;

// A vector that lives until close.
Status evaluator_own_vector(Evaluator *evaluator, Type type, uint32_t capacity, Vector **out) MUST_USE;
Status evaluator_rows(Evaluator *evaluator, uint32_t **out) MUST_USE; // an array for a selection, until close
// The storage of a step's register: reset, flat, writable, with room for row_count rows. A value that is always constant
// (a cell of VALUES) has room for one row only.
Status register_write(Evaluator *evaluator, uint32_t register_index, uint32_t row_count, Vector **out) MUST_USE;

// Points the imports of a nested block at rows[0..count) of the enclosing block's registers (rows NULL: at all).
Status block_enter(Evaluator *evaluator, const Block *block, const uint32_t *rows, uint32_t count) MUST_USE;
Status block_run(Evaluator *evaluator, const Block *block, uint32_t row_count) MUST_USE;
Status step_run_conditional(Evaluator *evaluator, const Step *step, uint32_t row_count) MUST_USE;

// Of rows (NULL: 0..count) of the enclosing block keeps those where the condition is true. `out` may be `rows`.
Status condition_select(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                        uint32_t *out, uint32_t *out_count) MUST_USE;

// Of rows (NULL: 0..count) those whose validity is `valid`.
uint32_t rows_select_valid(const Vector *vector, const uint32_t *rows, uint32_t count, bool valid, uint32_t *out);
// Rows of `from` (NULL: 0..from_count) that are not in `removed`. `out` may be `from`. Returns how many are left.
uint32_t rows_subtract(Evaluator *evaluator, const uint32_t *from, uint32_t from_count, const uint32_t *removed,
                       uint32_t removed_count, uint32_t *out);

// Whether it pays to compute once for each entry of `vector`, for `count` rows. True: evaluator->entries[0..*entry_count)
// are the entries that the rows refer to, entry_marks their positions + 1; dictionary_release ends the use.
bool dictionary_collect(Evaluator *evaluator, const Vector *vector, const uint32_t *rows, uint32_t count,
                        uint32_t *entry_count);
void dictionary_release(Evaluator *evaluator, uint32_t entry_count);

#endif
