// SPDX-License-Identifier: MIT
//
// aggregate.h: private to func/aggregate. How aggregates are declared, the loops of their updates, and storage that
// grows with a state: cells (one value of any type) and collections (many).
#ifndef SMEW_FUNC_AGGREGATE_H
#define SMEW_FUNC_AGGREGATE_H

#include "func/support.h"

#define INIT(function) static void function(const AggregateCall *call, void *state)
#define UPDATE(function)                                                                                     \
  static Status function(EvalContext *context, const AggregateCall *call, Arena *arena, void *const *states, \
                         const Vector *const *arguments, uint32_t row_count)
#define UPDATE_ONE(function)                                                                          \
  static Status function(EvalContext *context, const AggregateCall *call, Arena *arena, void *state_, \
                         const Vector *const *arguments, uint32_t row_count)
#define COMBINE(function)                                                                                    \
  static Status function(EvalContext *context, const AggregateCall *call, Arena *arena, const void *source_, \
                         void *target_)
#define FINALIZE(function)                                                                                         \
  static Status function(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count, \
                         Vector *result, FinalizeCursor *cursor __attribute__((unused)))
// What a call of finalize may do: values looked at, text in units of 128 bytes.
#define FINALIZE_BUDGET 16384
static inline uint32_t text_cost(uint64_t length) {
  return 1 + (uint32_t)MIN_OF(length / 128, (uint64_t)UINT32_MAX / 2);
}
static inline void spend(uint32_t *budget, uint32_t cost) { *budget -= MIN_OF(*budget, cost); }
#define UNUSED_AGGREGATE ((void)context, (void)call, (void)arena)

// The body runs for every row of argument 0 that is not NULL, with `in` and `row`; it names its state itself.
#define FOR_VALUES(In, ...)                            \
  do {                                                 \
    VectorView view_;                                  \
    vector_view(arguments[0], &view_);                 \
    const In *data_ = view_.data;                      \
    if (!view_.validity && view_is_flat(&view_)) {     \
      for (uint32_t row = 0; row < row_count; row++) { \
        const In in = data_[row];                      \
        __VA_ARGS__;                                   \
      }                                                \
    } else {                                           \
      for (uint32_t row = 0; row < row_count; row++) { \
        uint32_t at_ = view_row(&view_, row);          \
        if (!view_valid(&view_, at_)) continue;        \
        const In in = data_[at_];                      \
        __VA_ARGS__;                                   \
      }                                                \
    }                                                  \
  } while (0)

// Two arguments of one type, both not NULL: `left`, `right`.
#define FOR_PAIRS(In, ...)                                                                      \
  do {                                                                                          \
    VectorView left_view_, right_view_;                                                         \
    vector_view(arguments[0], &left_view_);                                                     \
    vector_view(arguments[1], &right_view_);                                                    \
    for (uint32_t row = 0; row < row_count; row++) {                                            \
      uint32_t left_at_ = view_row(&left_view_, row), right_at_ = view_row(&right_view_, row);  \
      if (!view_valid(&left_view_, left_at_) || !view_valid(&right_view_, right_at_)) continue; \
      const In left = ((const In *)left_view_.data)[left_at_];                                  \
      const In right = ((const In *)right_view_.data)[right_at_];                               \
      __VA_ARGS__;                                                                              \
    }                                                                                           \
  } while (0)

// name_update and name_update_one with the same body over `state` (State *) and `in`.
#define UPDATES(name, State, In, ...) \
  UPDATE(name##_update) {             \
    UNUSED_AGGREGATE;                 \
    FOR_VALUES(In, {                  \
      State *state = states[row];     \
      __VA_ARGS__;                    \
    });                               \
    return OK;                        \
  }                                   \
  UPDATE_ONE(name##_update_one) {     \
    UNUSED_AGGREGATE;                 \
    State *state = state_;            \
    FOR_VALUES(In, __VA_ARGS__);      \
    return OK;                        \
  }

#define AGGREGATE(name_text, result_type, argument_types_, State, prefix, ...)                                     \
  {                                                                                                                \
    .name = name_text, .result = result_type, argument_types_, .state_size = sizeof(State), .init = prefix##_init, \
    .update = prefix##_update, .update_one = prefix##_update_one, .combine = prefix##_combine,                     \
    .finalize = prefix##_finalize, __VA_ARGS__                                                                     \
  }

// Binding: argument `index` keeps its own type (literals resolved).
Type aggregate_argument_type(const AggregateBind *bind, uint32_t index);
Status aggregate_no_match(AggregateBind *bind) MUST_USE;
Status aggregate_constant(AggregateBind *bind, uint32_t index, Value *value, bool *constant) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Cells
// ---------------------------------------------------------------------------------------------------------------------

typedef enum CellState { CELL_UNSET, CELL_NULL, CELL_SET } CellState;

typedef struct Cell {
  union {
    uint8_t bytes[16]; // numbers and intervals as they lie in vectors
    int128 alignment;
    struct {
      char *data; // in the arena of the state
      uint32_t length;
      uint32_t capacity;
    } text;
    Value *value; // nested types
  };
  uint8_t state; // CellState
} Cell;

// Row `at` of a view's base (after view_row); it must be valid.
Status cell_store(Cell *cell, const VectorView *view, uint32_t at, Arena *arena, Error *error) MUST_USE;
Status cell_copy(Cell *target, const Cell *source, Type type, Arena *arena, Error *error) MUST_USE;
// DuckDB's order: NaN greatest. The cell is set, the row valid.
int cell_compare(const Cell *cell, const VectorView *view, uint32_t at, Arena *scratch);
int cells_compare(const Cell *a, const Cell *b, Type type);
uint32_t cell_cost(const Cell *cell, Type type);                                         // of emitting it, for a budget
Status cell_emit(const Cell *cell, Vector *result, uint32_t row, Error *error) MUST_USE; // NULL unless set

// ---------------------------------------------------------------------------------------------------------------------
// Collections: values in the order in which they came, in segments of growing size
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Segment Segment;
struct Segment {
  Segment *next;
  uint32_t count, capacity;
  uint64_t *validity; // bit per value
  uint8_t *data;      // values: numbers as in vectors, text as StringView into the arena, nested types as Value
};
typedef struct Collection {
  Segment *first, *last;
  uint64_t count;
} Collection;

Status collection_push(Collection *collection, const VectorView *view, uint32_t at, Arena *arena,
                       Error *error) MUST_USE;
Status collection_append(Collection *target, const Collection *source, Type type, Arena *arena, Error *error) MUST_USE;
// Values to rows `at` + cursor->position … of a flat vector that has room, from cursor->place and index on (NULL: the first), until the budget is
// used up or cursor->position is the count.
Status collection_emit(const Collection *collection, FinalizeCursor *cursor, uint32_t *budget, Vector *vector,
                       uint32_t at, Error *error) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Sorting
// ---------------------------------------------------------------------------------------------------------------------

typedef int (*PointerOrder)(const AggregateCall *call, const void *a, const void *b); // < 0: a first
typedef struct PointerSort {
  const void **items; // [count], to be filled; then in order
  const void **other;
  uint32_t count;
  uint32_t width; // of the halves that are merged
  uint32_t at;    // next to be placed
  uint32_t left, right;
} PointerSort;
Status pointer_sort_open(PointerSort *sort, uint32_t count, Arena *arena, Error *error) MUST_USE;
// False: the budget is used up.
bool pointer_sort_run(PointerSort *sort, PointerOrder order, const AggregateCall *call, uint32_t *budget);

#endif
