// SPDX-License-Identifier: MIT
//
// in_set.h: the constant candidates of an IN list, as something that answers "is it there" fast. Private to expr/.
//
// Made once at compile time in the program's arena, read-only afterwards. Numbers, dates and the like become 64-bit keys
// in a list (few), a bit map (dense) or a hash table (many); 128-bit values lie sorted; strings in a hash table. Types
// without such a form (INTERVAL, nested) have no set: the evaluator compares candidate by candidate.
#ifndef SMEW_EXPR_IN_SET_H
#define SMEW_EXPR_IN_SET_H

#include "expr/expr.h"

typedef struct InSet InSet;

// candidates[0..count) are EXPR_CONSTANT of `type`. *out is NULL when the type has no set.
Status in_set_build(Arena *arena, Error *error, Type type, Expr *const *candidates, uint32_t count,
                    const InSet **out) MUST_USE;
// value [NOT] IN set, with SQL's NULLs: NULL for a NULL value, and for a missing one when a candidate is NULL.
Status in_set_evaluate(const InSet *set, const Vector *value, uint32_t row_count, bool negated, Vector *result,
                       Error *error) MUST_USE;
// Of rows selection[0..count) (NULL: 0..count) those where it is true. `out` may be `selection`.
uint32_t in_set_select(const InSet *set, const Vector *value, const uint32_t *selection, uint32_t count, bool negated,
                       uint32_t *out);

#endif
