// SPDX-License-Identifier: MIT
//
// evaluator_conditional.c: the steps whose children run only for the rows that need them: AND, OR, CASE, COALESCE, TRY.
//
// A child that needs some of the rows runs in its block over slices; what it computed, dense, is scattered back. When it
// needs all rows nothing is sliced and the result is borrowed. Values of fixed size are scattered straight into the
// result. Strings and nested values are appended to one vector, and the result is a dictionary over it.
#include "expr/evaluator.h"

// ---------------------------------------------------------------------------------------------------------------------
// Lists of rows
// ---------------------------------------------------------------------------------------------------------------------

HOT uint32_t rows_select_valid(const Vector *vector, const uint32_t *rows, uint32_t count, bool valid, uint32_t *out) {
  VectorView view;
  vector_view(vector, &view);
  uint32_t kept = 0;
  if (!view.validity) {
    if (!valid) return 0;
    for (uint32_t i = 0; i < count; i++) out[i] = rows ? rows[i] : i;
    return count;
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    out[kept] = row;
    kept += bit_get(view.validity, view_row(&view, row)) == valid;
  }
  return kept;
}

HOT uint32_t rows_subtract(Evaluator *evaluator, const uint32_t *from, uint32_t from_count, const uint32_t *removed,
                           uint32_t removed_count, uint32_t *out) {
  if (removed_count == from_count) return 0;
  uint8_t *marks = evaluator->row_marks;
  for (uint32_t i = 0; i < removed_count; i++) marks[removed[i]] = 1;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < from_count; i++) {
    uint32_t row = from ? from[i] : i;
    out[kept] = row;
    kept += !marks[row];
  }
  for (uint32_t i = 0; i < removed_count; i++) marks[removed[i]] = 0;
  return kept;
}

// ---------------------------------------------------------------------------------------------------------------------
// Gathering the results of branches
// ---------------------------------------------------------------------------------------------------------------------

// State of a CASE or COALESCE step.
typedef struct GatherState {
  uint32_t *remaining; // rows without a value yet
  uint32_t *hits;      // rows of the branch
  uint32_t *targets;   // COALESCE: rows of the values of a branch; NULL until needed
  Vector *combined;    // strings and nested values of all branches, one after another; NULL until needed
  uint32_t *positions; // of each row: where in `combined`
} GatherState;

typedef struct Gather {
  Evaluator *evaluator;
  GatherState *state;
  Vector *target;
  bool direct;             // values of fixed size go straight to the target
  uint32_t combined_count; // rows used of `combined`
} Gather;

static Status gather_begin(Evaluator *evaluator, const Step *step, uint32_t row_count, Gather *gather) {
  Error *error = evaluator->context->error;
  GatherState *state = evaluator->states[step->state];
  if (!state) {
    ARENA_NEW(&evaluator->arena, error, state);
    TRY(evaluator_rows(evaluator, &state->remaining));
    TRY(evaluator_rows(evaluator, &state->hits));
    evaluator->states[step->state] = state;
  }
  *gather = (Gather){.evaluator = evaluator, .state = state};
  TRY(register_write(evaluator, step->target, row_count, &gather->target));
  Physical physical = (Physical)gather->target->physical;
  gather->direct = physical_size(physical) && physical != PHYSICAL_STRING && physical != PHYSICAL_LIST;
  return OK;
}

static Status gather_begin_combined(Gather *gather) {
  GatherState *state = gather->state;
  Error *error = gather->evaluator->context->error;
  if (!state->combined) {
    if (!state->positions) TRY(evaluator_rows(gather->evaluator, &state->positions));
    return evaluator_own_vector(gather->evaluator, gather->target->type, gather->evaluator->row_capacity,
                                &state->combined);
  }
  return vector_reset(state->combined, error);
}

static Status append_combined(Gather *gather, const Vector *source, const uint32_t *source_rows,
                              const uint32_t *target_rows, uint32_t count) {
  GatherState *state = gather->state;
  Error *error = gather->evaluator->context->error;
  if (gather->combined_count == 0) TRY(gather_begin_combined(gather));
  uint32_t at = gather->combined_count;
  if (source->form == VECTOR_CONSTANT) {
    TRY(vector_copy(state->combined, at, source, NULL, 0, 1, error));
    for (uint32_t i = 0; i < count; i++) state->positions[target_rows[i]] = at;
    gather->combined_count++;
    return OK;
  }
  TRY(vector_copy(state->combined, at, source, source_rows, 0, count, error));
  for (uint32_t i = 0; i < count; i++) state->positions[target_rows[i]] = at + i;
  gather->combined_count += count;
  return OK;
}

// An integer that travels in another width than the result's.
static int128 read_integer(Physical physical, const void *data, uint32_t at) {
  switch (physical) {
    case PHYSICAL_BOOL:
    case PHYSICAL_U8:
      return ((const uint8_t *)data)[at];
    case PHYSICAL_I8:
      return ((const int8_t *)data)[at];
    case PHYSICAL_I16:
      return ((const int16_t *)data)[at];
    case PHYSICAL_U16:
      return ((const uint16_t *)data)[at];
    case PHYSICAL_I32:
      return ((const int32_t *)data)[at];
    case PHYSICAL_U32:
      return ((const uint32_t *)data)[at];
    case PHYSICAL_I64:
      return ((const int64_t *)data)[at];
    case PHYSICAL_U64:
      return ((const uint64_t *)data)[at];
    default:
      ASSERT(physical == PHYSICAL_I128 || physical == PHYSICAL_U128);
      return ((const int128 *)data)[at];
  }
}

static void write_integer(uint32_t size, void *data, uint32_t at, int128 value) {
  switch (size) {
    case 1:
      ((uint8_t *)data)[at] = (uint8_t)value;
      break;
    case 2:
      ((uint16_t *)data)[at] = (uint16_t)value;
      break;
    case 4:
      ((uint32_t *)data)[at] = (uint32_t)value;
      break;
    case 8:
      ((uint64_t *)data)[at] = (uint64_t)value;
      break;
    default:
      ((int128 *)data)[at] = value;
  }
}

#define SCATTER(T)                                                                 \
  do {                                                                             \
    const T *in = view.data;                                                       \
    T *out = target->data;                                                         \
    for (uint32_t i = 0; i < count; i++) {                                         \
      out[target_rows[i]] = in[view_row(&view, source_rows ? source_rows[i] : i)]; \
    }                                                                              \
  } while (0)

HOT static Status scatter(Gather *gather, const Vector *source, const uint32_t *source_rows,
                          const uint32_t *target_rows, uint32_t count) {
  Vector *target = gather->target;
  VectorView view;
  vector_view(source, &view);
  uint32_t size = physical_size((Physical)target->physical);
  if (source->physical != target->physical) {
    for (uint32_t i = 0; i < count; i++) {
      uint32_t at = view_row(&view, source_rows ? source_rows[i] : i);
      write_integer(size, target->data, target_rows[i], read_integer((Physical)source->physical, view.data, at));
    }
  } else {
    switch (size) {
      case 1:
        SCATTER(uint8_t);
        break;
      case 2:
        SCATTER(uint16_t);
        break;
      case 4:
        SCATTER(uint32_t);
        break;
      case 8:
        SCATTER(uint64_t);
        break;
      default:
        ASSERT(size == 16);
        SCATTER(uint128);
    }
  }
  if (!view.validity) return OK;
  TRY(vector_need_validity(target, gather->evaluator->context->error));
  for (uint32_t i = 0; i < count; i++) {
    if (!view_valid(&view, view_row(&view, source_rows ? source_rows[i] : i))) {
      bit_clear(target->validity, target_rows[i]);
    }
  }
  return OK;
}

// source[source_rows[i]] (NULL: source[i]) is the value of row target_rows[i]. Each row gets one value.
static Status gather_add(Gather *gather, const Vector *source, const uint32_t *source_rows, const uint32_t *target_rows,
                         uint32_t count) {
  if (!count) return OK;
  if (gather->direct) return scatter(gather, source, source_rows, target_rows, count);
  return append_combined(gather, source, source_rows, target_rows, count);
}

static Status gather_end(Gather *gather, uint32_t row_count) {
  if (gather->direct) return OK;
  return vector_slice(gather->target, gather->state->combined, gather->state->positions, row_count,
                      gather->evaluator->context->error);
}

// ---------------------------------------------------------------------------------------------------------------------
// CASE
// ---------------------------------------------------------------------------------------------------------------------

// The value of a branch over rows[0..count) (NULL: all): dense when it has a block and rows are given.
static Status branch_run(Evaluator *evaluator, const Branch *branch, const uint32_t *rows, uint32_t count,
                         const Vector **out) {
  if (branch->block) {
    TRY(block_enter(evaluator, branch->block, rows, count));
    TRY(block_run(evaluator, branch->block, count));
  }
  *out = evaluator->values[branch->result];
  return OK;
}

static Status branch_for_all(Evaluator *evaluator, const Branch *branch, uint32_t row_count, Vector *result) {
  const Vector *value;
  TRY(branch_run(evaluator, branch, NULL, row_count, &value));
  vector_borrow(result, value);
  return OK;
}

static Status branch_for_rows(Gather *gather, const Branch *branch, const uint32_t *rows, uint32_t count) {
  const Vector *value;
  TRY(branch_run(gather->evaluator, branch, rows, count, &value));
  return gather_add(gather, value, branch->block ? NULL : rows, rows, count);
}

static Status run_case(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  Gather gather;
  TRY(gather_begin(evaluator, step, row_count, &gather));
  GatherState *state = gather.state;
  const uint32_t *remaining = NULL;
  uint32_t left = row_count;
  uint32_t arm_count = step->branch_count - 1;
  for (uint32_t i = 0; i < arm_count && left; i++) {
    uint32_t hit_count;
    TRY(condition_select(evaluator, step->conditions[i], remaining, left, state->hits, &hit_count));
    if (hit_count == 0) continue;
    if (hit_count == row_count) return branch_for_all(evaluator, &step->branches[i], row_count, gather.target);
    TRY(branch_for_rows(&gather, &step->branches[i], state->hits, hit_count));
    left = rows_subtract(evaluator, remaining, left, state->hits, hit_count, state->remaining);
    remaining = state->remaining;
  }
  const Branch *otherwise = &step->branches[arm_count];
  if (left == row_count) return branch_for_all(evaluator, otherwise, row_count, gather.target);
  if (left) TRY(branch_for_rows(&gather, otherwise, remaining, left));
  return gather_end(&gather, row_count);
}

// ---------------------------------------------------------------------------------------------------------------------
// COALESCE
// ---------------------------------------------------------------------------------------------------------------------

// Takes what the argument has for the remaining rows; returns how many still have nothing.
static Status coalesce_argument(Gather *gather, const Branch *branch, bool last, uint32_t row_count, uint32_t *left) {
  GatherState *state = gather->state;
  const uint32_t *remaining = state->remaining;
  bool all = *left == row_count;
  const Vector *value;
  TRY(branch_run(gather->evaluator, branch, all ? NULL : remaining, *left, &value));
  bool dense = branch->block != NULL;
  if (last) {
    TRY(gather_add(gather, value, dense ? NULL : remaining, remaining, *left));
    *left = 0;
    return OK;
  }
  uint32_t count = rows_select_valid(value, dense ? NULL : remaining, *left, true, state->hits);
  const uint32_t *targets = state->hits;
  if (dense) {
    if (!state->targets) TRY(evaluator_rows(gather->evaluator, &state->targets));
    for (uint32_t i = 0; i < count; i++) state->targets[i] = remaining[state->hits[i]];
    targets = state->targets;
  }
  TRY(gather_add(gather, value, state->hits, targets, count));
  *left = rows_subtract(gather->evaluator, remaining, *left, targets, count, state->remaining);
  return OK;
}

static Status run_coalesce(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  Gather gather;
  TRY(gather_begin(evaluator, step, row_count, &gather));
  GatherState *state = gather.state;
  const Vector *first = evaluator->values[step->branches[0].result];
  uint32_t left = rows_select_valid(first, NULL, row_count, false, state->remaining);
  if (left == 0 || step->branch_count == 1) {
    vector_borrow(gather.target, first);
    return OK;
  }
  if (left == row_count && step->branch_count == 2) {
    return branch_for_all(evaluator, &step->branches[1], row_count, gather.target);
  }
  if (left < row_count) {
    uint32_t count = rows_select_valid(first, NULL, row_count, true, state->hits);
    TRY(gather_add(&gather, first, state->hits, state->hits, count));
  }
  for (uint32_t i = 1; i < step->branch_count && left; i++) {
    TRY(coalesce_argument(&gather, &step->branches[i], i + 1 == step->branch_count, row_count, &left));
  }
  return gather_end(&gather, row_count);
}

// ---------------------------------------------------------------------------------------------------------------------
// TRY
// ---------------------------------------------------------------------------------------------------------------------

// Runs the value over ranges of rows, halved where one of them fails, until the failing rows stand alone and become NULL.
static Status run_try(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  Gather gather;
  TRY(gather_begin(evaluator, step, row_count, &gather));
  const Branch *value = &step->branches[0], *otherwise = &step->branches[1];
  uint32_t *rows = gather.state->remaining;
  for (uint32_t at = 0, count = row_count; at < row_count;) {
    const Vector *values;
    for (uint32_t i = 0; i < count; i++) rows[i] = at + i;
    Status status = branch_run(evaluator, value, count == row_count ? NULL : rows, count, &values);
    if (status == OK && count == row_count) {
      vector_borrow(gather.target, values);
      return OK;
    }
    if (status >= ERROR_IO) return status; // not the value's fault: memory, an interruption
    if (status != OK && evaluator->context->error) error_clear(evaluator->context->error);
    if (status != OK && count > 1) {
      count /= 2;
      continue;
    }
    if (status != OK) TRY(branch_run(evaluator, otherwise, NULL, count, &values));
    TRY(gather_add(&gather, values, status == OK && value->block ? NULL : rows, rows, count));
    at += count;
    count = MIN_OF(count * 2, row_count - at);
  }
  return gather_end(&gather, row_count);
}

// ---------------------------------------------------------------------------------------------------------------------
// AND, OR as values
// ---------------------------------------------------------------------------------------------------------------------

// Truth as a number: what AND and OR combine bytes of.
enum { TRUTH_FALSE = 0, TRUTH_TRUE = 1, TRUTH_NULL = 2 };

typedef struct TruthState {
  uint8_t *truth; // of each row so far
  uint32_t *rows; // that the next child decides
} TruthState;

static inline uint8_t truth_and(uint8_t a, uint8_t b) {
  uint8_t both = (a | b) > 1 ? TRUTH_NULL : TRUTH_TRUE;
  return a == TRUTH_FALSE || b == TRUTH_FALSE ? TRUTH_FALSE : both;
}

static inline uint8_t truth_or(uint8_t a, uint8_t b) {
  return a == TRUTH_TRUE || b == TRUTH_TRUE ? TRUTH_TRUE : (uint8_t)(a | b);
}

#define COMBINE(combine, read)                \
  for (uint32_t i = 0; i < count; i++) {      \
    uint32_t row = rows ? rows[i] : i;        \
    uint32_t at = view_row(&view, i);         \
    truth[row] = combine(truth[row], (read)); \
  }

// truth[rows[i]] (NULL: truth[i]) combined with value i.
static void combine_truth(bool is_and, const Vector *value, const uint32_t *rows, uint32_t count, uint8_t *truth) {
  VectorView view;
  vector_view(value, &view);
  const uint8_t *data = view.data;
  if (view.validity) {
    if (is_and) {
      COMBINE(truth_and, bit_get(view.validity, at) ? data[at] : TRUTH_NULL)
    } else {
      COMBINE(truth_or, bit_get(view.validity, at) ? data[at] : TRUTH_NULL)
    }
  } else if (is_and) {
    COMBINE(truth_and, data[at])
  } else {
    COMBINE(truth_or, data[at])
  }
}

static Status truth_state(Evaluator *evaluator, const Step *step, TruthState **out) {
  Error *error = evaluator->context->error;
  TruthState *state = evaluator->states[step->state];
  if (!state) {
    ARENA_NEW(&evaluator->arena, error, state);
    ARENA_NEW_ARRAY(&evaluator->arena, error, state->truth, VECTOR_CAPACITY);
    TRY(evaluator_rows(evaluator, &state->rows));
    evaluator->states[step->state] = state;
  }
  *out = state;
  return OK;
}

static Status write_truth(Evaluator *evaluator, const uint8_t *truth, uint32_t row_count, Vector *result) {
  uint8_t *out = result->data;
  uint8_t any = 0;
  for (uint32_t row = 0; row < row_count; row++) {
    any |= truth[row];
    out[row] = truth[row] & 1;
  }
  if (!(any & TRUTH_NULL)) return OK;
  TRY(vector_need_validity(result, evaluator->context->error));
  for (uint32_t row = 0; row < row_count; row++) {
    if (truth[row] == TRUTH_NULL) bit_clear(result->validity, row);
  }
  return OK;
}

static Status run_and_or(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  bool is_and = step->kind == STEP_AND;
  uint8_t decided = is_and ? TRUTH_FALSE : TRUTH_TRUE; // what no later child changes
  TruthState *state = NULL;
  TRY(truth_state(evaluator, step, &state));
  if (row_count) memset(state->truth, is_and ? TRUTH_TRUE : TRUTH_FALSE, row_count);
  combine_truth(is_and, evaluator->values[step->branches[0].result], NULL, row_count, state->truth);
  for (uint32_t i = 1; i < step->branch_count; i++) {
    const Branch *branch = &step->branches[i];
    const uint32_t *rows = NULL;
    uint32_t count = row_count;
    if (branch->block) {
      count = 0;
      for (uint32_t row = 0; row < row_count; row++) {
        state->rows[count] = row;
        count += state->truth[row] != decided;
      }
      if (count == 0) break;
      if (count < row_count) rows = state->rows;
    }
    const Vector *value;
    TRY(branch_run(evaluator, branch, rows, count, &value));
    combine_truth(is_and, value, rows, count, state->truth);
  }
  Vector *result;
  TRY(register_write(evaluator, step->target, row_count, &result));
  return write_truth(evaluator, state->truth, row_count, result);
}

Status step_run_conditional(Evaluator *evaluator, const Step *step, uint32_t row_count) {
  switch ((StepKind)step->kind) {
    case STEP_AND:
    case STEP_OR:
      return run_and_or(evaluator, step, row_count);
    case STEP_CASE:
      return run_case(evaluator, step, row_count);
    case STEP_TRY:
      return run_try(evaluator, step, row_count);
    default:
      ASSERT(step->kind == STEP_COALESCE);
      return run_coalesce(evaluator, step, row_count);
  }
}
