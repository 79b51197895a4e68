// SPDX-License-Identifier: MIT
//
// evaluator_select.c: conditions: filters and the WHENs of CASE as selections that narrow, without making booleans.
//
//   AND   each child sees the rows that the ones before kept. Children that cannot fail are tried in the order of
//         cost / share of rows removed, measured as chunks pass; those that can fail come after them, as written.
//   OR    each child sees the rows that none before kept; the kept ones are merged in row order.
//   leaf  compares registers of the enclosing block under the selection, or computes its operands for the selected rows
//         in a block of its own. Over one dictionary it decides entries, then looks rows up.
#include "expr/evaluator.h"

#define ENTRY_TRUE 0x8000 // in entry_marks: the condition holds for the entry
#define REVIEW_EVERY 64   // chunks between two looks at the order of conjuncts, after the first few

// ---------------------------------------------------------------------------------------------------------------------
// Leaves
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t select_false(const Vector *vector, const uint32_t *rows, uint32_t count, uint32_t *out) {
  VectorView view;
  vector_view(vector, &view);
  const uint8_t *data = view.data;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    uint32_t at = view_row(&view, row);
    bool keep = view_valid(&view, at) && !data[at];
    out[kept] = row;
    kept += keep;
  }
  return kept;
}

// The value of a constant bound. False: NULL, or not a plain integer of the same physical type.
static bool read_bound(const Vector *bound, uint8_t physical, int64_t *value) {
  if (bound->form != VECTOR_CONSTANT || bound->physical != physical) return false;
  if (bound->validity && !bit_get(bound->validity, 0)) return false;
  switch (physical) {
    case PHYSICAL_I8:
      *value = *(const int8_t *)bound->data;
      return true;
    case PHYSICAL_I16:
      *value = *(const int16_t *)bound->data;
      return true;
    case PHYSICAL_I32:
      *value = *(const int32_t *)bound->data;
      return true;
    case PHYSICAL_I64:
      *value = *(const int64_t *)bound->data;
      return true;
    default:
      return false;
  }
}

// low <= x <= high as one comparison: x - low, unsigned, is at most high - low. The types U and S have the same width.
#define SELECT_RANGE(S, U)                                                      \
  do {                                                                          \
    const S *data = view.data;                                                  \
    U base = (U)low, span = (U)((U)high - base);                                \
    if (!view.selection && !view.validity && view.mask) {                       \
      if (!rows) {                                                              \
        for (uint32_t row = 0; row < count; row++) {                            \
          out[kept] = row;                                                      \
          kept += (U)((U)data[row] - base) <= span;                             \
        }                                                                       \
      } else {                                                                  \
        for (uint32_t i = 0; i < count; i++) {                                  \
          uint32_t row = rows[i];                                               \
          out[kept] = row;                                                      \
          kept += (U)((U)data[row] - base) <= span;                             \
        }                                                                       \
      }                                                                         \
    } else {                                                                    \
      for (uint32_t i = 0; i < count; i++) {                                    \
        uint32_t row = rows ? rows[i] : i;                                      \
        uint32_t at = view_row(&view, row);                                     \
        bool inside = (U)((U)data[at] - base) <= span && view_valid(&view, at); \
        out[kept] = row;                                                        \
        kept += inside;                                                         \
      }                                                                         \
    }                                                                           \
  } while (0)

HOT static uint32_t select_range(const Condition *condition, const Vector *value, const Vector *low_bound,
                                 const Vector *high_bound, const uint32_t *rows, uint32_t count, uint32_t *out) {
  int64_t low, high;
  if (!read_bound(low_bound, value->physical, &low) || !read_bound(high_bound, value->physical, &high)) {
    uint32_t kept = vector_compare_select((CompareOp)condition->compare, value, low_bound, rows, count, out);
    if (!kept) return 0;
    return vector_compare_select((CompareOp)condition->compare_high, value, high_bound, out, kept, out);
  }
  if (condition->compare == COMPARE_GREATER && low++ == INT64_MAX) return 0;
  if (condition->compare_high == COMPARE_LESS && high-- == INT64_MIN) return 0;
  if (low > high) return 0;
  VectorView view;
  vector_view(value, &view);
  uint32_t kept = 0;
  switch (value->physical) {
    case PHYSICAL_I8:
      SELECT_RANGE(int8_t, uint8_t);
      break;
    case PHYSICAL_I16:
      SELECT_RANGE(int16_t, uint16_t);
      break;
    case PHYSICAL_I32:
      SELECT_RANGE(int32_t, uint32_t);
      break;
    default:
      SELECT_RANGE(int64_t, uint64_t);
  }
  return kept;
}

// The operands are where the evaluator's values say; `rows` counts in their rows.
static uint32_t leaf_test(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                          uint32_t *out) {
  const Vector *first = evaluator->values[condition->operands[0]];
  switch ((ConditionKind)condition->kind) {
    case CONDITION_COMPARE:
      return vector_compare_select((CompareOp)condition->compare, first, evaluator->values[condition->operands[1]],
                                   rows, count, out);
    case CONDITION_RANGE:
      return select_range(condition, first, evaluator->values[condition->operands[1]],
                          evaluator->values[condition->operands[2]], rows, count, out);
    case CONDITION_IN_SET:
      return in_set_select(condition->set, first, rows, count, condition->negated, out);
    case CONDITION_IS_NULL:
      return rows_select_valid(first, rows, count, false, out);
    case CONDITION_IS_NOT_NULL:
      return rows_select_valid(first, rows, count, true, out);
    default:
      ASSERT(condition->kind == CONDITION_VALUE);
      if (condition->negated) return select_false(first, rows, count, out);
      return vector_true_select(first, rows, count, out);
  }
}

// The one dictionary that decides the leaf, if there is one; *register_index: where the leaf sees it.
static const Vector *leaf_dictionary(const Evaluator *evaluator, const Condition *condition, uint32_t *register_index) {
  if (!condition->per_entry) return NULL;
  uint32_t source;
  if (condition->block) {
    if (condition->block->import_count != 1) return NULL;
    source = condition->block->imports[0].source;
    *register_index = condition->block->imports[0].target;
  } else {
    source = *register_index = condition->operands[0];
    for (uint32_t i = 1; i < condition->operand_count; i++) {
      if (evaluator->values[condition->operands[i]]->form != VECTOR_CONSTANT) return NULL;
    }
  }
  const Vector *vector = evaluator->values[source];
  return vector->form == VECTOR_DICTIONARY ? vector : NULL;
}

// Decides the collected entries: sets ENTRY_TRUE in the marks of those for which the leaf is true.
static Status decide_entries(Evaluator *evaluator, const Condition *condition, const Vector *vector,
                             uint32_t register_index, uint32_t entry_count) {
  const uint32_t *entries = evaluator->entries;
  uint32_t *positions = evaluator->positions;
  uint32_t kept;
  if (condition->block) {
    Vector *slice = &evaluator->registers[register_index];
    TRY(vector_slice(slice, vector->dictionary, entries, entry_count, evaluator->context->error));
    evaluator->values[register_index] = slice;
    TRY(block_run(evaluator, condition->block, entry_count));
    kept = leaf_test(evaluator, condition, NULL, entry_count, positions);
    for (uint32_t i = 0; i < kept; i++) evaluator->entry_marks[entries[positions[i]]] |= ENTRY_TRUE;
    return OK;
  }
  const Vector *saved = evaluator->values[register_index];
  evaluator->values[register_index] = vector->dictionary;
  kept = leaf_test(evaluator, condition, entries, entry_count, positions);
  evaluator->values[register_index] = saved;
  for (uint32_t i = 0; i < kept; i++) evaluator->entry_marks[positions[i]] |= ENTRY_TRUE;
  return OK;
}

static Status select_entries(Evaluator *evaluator, const Condition *condition, const Vector *vector,
                             uint32_t register_index, uint32_t entry_count, const uint32_t *rows, uint32_t count,
                             uint32_t *out, uint32_t *out_count) {
  TRY(decide_entries(evaluator, condition, vector, register_index, entry_count));
  const uint32_t *selection = vector->selection;
  const uint16_t *marks = evaluator->entry_marks;
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    out[kept] = row;
    kept += marks[selection[row]] >> 15;
  }
  *out_count = kept;
  return OK;
}

HOT static Status select_leaf(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                              uint32_t *out, uint32_t *out_count) {
  if (!evaluator->positions) TRY(evaluator_rows(evaluator, &evaluator->positions));
  uint32_t register_index, entry_count;
  const Vector *dictionary = leaf_dictionary(evaluator, condition, &register_index);
  if (dictionary && dictionary_collect(evaluator, dictionary, rows, count, &entry_count)) {
    Status status =
        select_entries(evaluator, condition, dictionary, register_index, entry_count, rows, count, out, out_count);
    dictionary_release(evaluator, entry_count);
    return status;
  }
  if (!condition->block) {
    *out_count = leaf_test(evaluator, condition, rows, count, out);
    return OK;
  }
  TRY(block_enter(evaluator, condition->block, rows, count));
  TRY(block_run(evaluator, condition->block, count));
  if (!rows) {
    *out_count = leaf_test(evaluator, condition, NULL, count, out);
    return OK;
  }
  uint32_t *positions = evaluator->positions;
  uint32_t kept = leaf_test(evaluator, condition, NULL, count, positions);
  for (uint32_t i = 0; i < kept; i++) out[i] = rows[positions[i]]; // positions[i] >= i: `out` may be `rows`
  *out_count = kept;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// AND
// ---------------------------------------------------------------------------------------------------------------------

typedef struct AndState {
  uint32_t *order;   // of the children
  uint64_t *rows_in; // of each child, fading
  uint64_t *rows_out;
  uint32_t run_count;
  uint32_t next_review; // run count of the next look at the order
} AndState;

static Status and_state(Evaluator *evaluator, const Condition *condition, AndState **out) {
  Error *error = evaluator->context->error;
  Arena *arena = &evaluator->arena;
  AndState *state = evaluator->states[condition->state];
  if (!state) {
    ARENA_NEW(arena, error, state);
    ARENA_NEW_ARRAY(arena, error, state->order, condition->child_count);
    ARENA_NEW_ARRAY(arena, error, state->rows_in, condition->child_count);
    ARENA_NEW_ARRAY(arena, error, state->rows_out, condition->child_count);
    for (uint32_t i = 0; i < condition->child_count; i++) state->order[i] = i;
    state->next_review = 2;
    evaluator->states[condition->state] = state;
  }
  *out = state;
  return OK;
}

// Work per removed row: the classic rank that orders independent filters best.
static double conjunct_rank(const Condition *condition, const AndState *state, uint32_t child) {
  double kept = ((double)state->rows_out[child] + 1) / ((double)state->rows_in[child] + 2);
  return condition->children[child]->cost / (1.0 - MIN_OF(kept, 0.999));
}

static void review_order(const Condition *condition, AndState *state) {
  for (uint32_t i = 1; i < condition->movable_count; i++) {
    uint32_t child = state->order[i];
    double rank = conjunct_rank(condition, state, child);
    uint32_t at = i;
    for (; at > 0 && conjunct_rank(condition, state, state->order[at - 1]) > rank; at--) {
      state->order[at] = state->order[at - 1];
    }
    state->order[at] = child;
  }
  for (uint32_t i = 0; i < condition->child_count; i++) {
    state->rows_in[i] /= 2;
    state->rows_out[i] /= 2;
  }
  state->next_review = state->run_count + MIN_OF(state->run_count, (uint32_t)REVIEW_EVERY);
}

static Status select_and(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                         uint32_t *out, uint32_t *out_count) {
  AndState *state = NULL;
  TRY(and_state(evaluator, condition, &state));
  // Many movable conjuncts are sorted by insertion: not worth it beyond any reasonable filter.
  if (condition->movable_count > 1 && condition->movable_count < 256 && ++state->run_count >= state->next_review) {
    review_order(condition, state);
  }
  for (uint32_t i = 0; i < condition->child_count && count; i++) {
    uint32_t child = state->order[i];
    state->rows_in[child] += count;
    TRY(condition_select(evaluator, condition->children[child], rows, count, out, &count));
    state->rows_out[child] += count;
    rows = out;
  }
  *out_count = count;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// OR
// ---------------------------------------------------------------------------------------------------------------------

typedef struct OrState {
  uint32_t *remaining; // rows that no child has kept yet
  uint32_t *hits;      // rows that a child keeps
  uint8_t *kept;       // of each row: 1 when a child kept it
} OrState;

static Status or_state(Evaluator *evaluator, const Condition *condition, OrState **out) {
  Error *error = evaluator->context->error;
  OrState *state = evaluator->states[condition->state];
  if (!state) {
    ARENA_NEW(&evaluator->arena, error, state);
    TRY(evaluator_rows(evaluator, &state->remaining));
    TRY(evaluator_rows(evaluator, &state->hits));
    ARENA_NEW_ARRAY(&evaluator->arena, error, state->kept, VECTOR_CAPACITY);
    evaluator->states[condition->state] = state;
  }
  *out = state;
  return OK;
}

// Rows (NULL: 0..count) that are not marked as kept. `out` may be `rows`.
static uint32_t rows_without(const uint8_t *kept, const uint32_t *rows, uint32_t count, uint32_t *out) {
  uint32_t left = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    out[left] = row;
    left += !kept[row];
  }
  return left;
}

static Status select_or(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                        uint32_t *out, uint32_t *out_count) {
  OrState *state = NULL;
  TRY(or_state(evaluator, condition, &state));
  memset(state->kept, 0, VECTOR_CAPACITY);
  const uint32_t *remaining = rows;
  uint32_t left = count, stale = 0; // stale: kept rows that are still among the remaining
  for (uint32_t i = 0; i < condition->child_count && left; i++) {
    uint32_t hit_count;
    TRY(condition_select(evaluator, condition->children[i], remaining, left, state->hits, &hit_count));
    for (uint32_t j = 0; j < hit_count; j++) state->kept[state->hits[j]] = 1;
    // A few rows that are kept already may be asked again, where asking cannot fail: cheaper than taking them out.
    stale += hit_count;
    if (stale == 0 || i + 1 == condition->child_count) continue;
    if (condition->children[i + 1]->movable && stale < left / 4) continue;
    left = rows_without(state->kept, remaining, left, state->remaining);
    remaining = state->remaining;
    stale = 0;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = rows ? rows[i] : i;
    out[kept] = row;
    kept += state->kept[row];
  }
  *out_count = kept;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------

Status condition_select(Evaluator *evaluator, const Condition *condition, const uint32_t *rows, uint32_t count,
                        uint32_t *out, uint32_t *out_count) {
  *out_count = 0;
  if (count == 0) return OK;
  switch ((ConditionKind)condition->kind) {
    case CONDITION_CONSTANT:
      if (!condition->truth) return OK;
      for (uint32_t i = 0; i < count; i++) out[i] = rows ? rows[i] : i;
      *out_count = count;
      return OK;
    case CONDITION_AND:
      return select_and(evaluator, condition, rows, count, out, out_count);
    case CONDITION_OR:
      return select_or(evaluator, condition, rows, count, out, out_count);
    default:
      return select_leaf(evaluator, condition, rows, count, out, out_count);
  }
}
