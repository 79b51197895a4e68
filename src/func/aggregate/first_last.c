// SPDX-License-Identifier: MIT
//
// first_last.c: first, last, any_value, and arg_min and arg_max with their variants:
//
//   arg_min(x, y)             x of the row with the least y; rows where x or y is NULL are passed over
//   arg_min_null(x, y)        x may be NULL
//   arg_min_nulls_last(x, y)  x may be NULL, and a NULL y counts as the last choice
//   min(x, n), arg_min(x, y, n)   the n best, as a list
#include "func/aggregate/aggregate.h"

INIT(cell_init) {
  (void)call;
  memset(state, 0, sizeof(Cell));
}

typedef enum Pick { PICK_FIRST, PICK_LAST, PICK_ANY_VALUE } Pick;

static Status pick_row(EvalContext *context, Arena *arena, Cell *cell, const VectorView *view, uint32_t at, Pick pick) {
  if (pick != PICK_LAST && cell->state != CELL_UNSET) return OK;
  if (view_valid(view, at)) return cell_store(cell, view, at, arena, context->error);
  if (pick != PICK_ANY_VALUE) cell->state = CELL_NULL;
  return OK;
}

FINALIZE(cell_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) TRY(cell_emit(states[row], result, row, context->error));
  return OK;
}

#define PICK(name, pick)                                                                                   \
  UPDATE(name##_update) {                                                                                  \
    (void)call;                                                                                            \
    VectorView view;                                                                                       \
    vector_view(arguments[0], &view);                                                                      \
    for (uint32_t row = 0; row < row_count; row++) {                                                       \
      TRY(pick_row(context, arena, states[row], &view, view_row(&view, row), pick));                       \
    }                                                                                                      \
    return OK;                                                                                             \
  }                                                                                                        \
  UPDATE_ONE(name##_update_one) {                                                                          \
    (void)call;                                                                                            \
    VectorView view;                                                                                       \
    vector_view(arguments[0], &view);                                                                      \
    uint32_t from = (pick) == PICK_LAST && row_count ? row_count - 1 : 0; /* only the last row can stay */ \
    for (uint32_t row = from; row < row_count; row++) {                                                    \
      if ((pick) != PICK_LAST && ((Cell *)state_)->state != CELL_UNSET) break;                             \
      TRY(pick_row(context, arena, state_, &view, view_row(&view, row), pick));                            \
    }                                                                                                      \
    return OK;                                                                                             \
  }                                                                                                        \
  COMBINE(name##_combine) {                                                                                \
    const Cell *source = source_;                                                                          \
    Cell *target = target_;                                                                                \
    if (source->state == CELL_UNSET || ((pick) != PICK_LAST && target->state != CELL_UNSET)) return OK;    \
    return cell_copy(target, source, call->result_type, arena, context->error);                            \
  }
PICK(first, PICK_FIRST)
PICK(last, PICK_LAST)
PICK(any_value, PICK_ANY_VALUE)
#define first_init cell_init
#define last_init cell_init
#define any_value_init cell_init
#define first_finalize cell_finalize
#define last_finalize cell_finalize
#define any_value_finalize cell_finalize

static Status bind_pick(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  bind->argument_types[0] = bind->result_type = type;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// arg_min, arg_max
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ArgumentState {
  Cell value;
  Cell key;
} ArgumentState;

typedef enum NullRule { NULL_SKIPPED, NULL_VALUE, NULL_LAST } NullRule;

INIT(argument_init) {
  (void)call;
  memset(state, 0, sizeof(ArgumentState));
}

static Status argument_take(EvalContext *context, Arena *arena, ArgumentState *state, const VectorView *values,
                            uint32_t value_at, const VectorView *keys, uint32_t key_at) {
  if (view_valid(keys, key_at)) {
    TRY(cell_store(&state->key, keys, key_at, arena, context->error));
  } else {
    state->key.state = CELL_NULL;
  }
  if (view_valid(values, value_at)) return cell_store(&state->value, values, value_at, arena, context->error);
  state->value.state = CELL_NULL;
  return OK;
}

// wanted: 1 least, -1 greatest.
static Status argument_row(EvalContext *context, Arena *arena, ArgumentState *state, const VectorView *values,
                           const VectorView *keys, uint32_t row, int wanted, NullRule rule) {
  uint32_t value_at = view_row(values, row), key_at = view_row(keys, row);
  bool key_valid = view_valid(keys, key_at);
  if (rule == NULL_SKIPPED && (!key_valid || !view_valid(values, value_at))) return OK;
  if (rule == NULL_VALUE && !key_valid) return OK;
  if (state->key.state == CELL_UNSET) return argument_take(context, arena, state, values, value_at, keys, key_at);
  if (!key_valid) return OK;
  if (state->key.state == CELL_SET && cell_compare(&state->key, keys, key_at, context->scratch) * wanted <= 0)
    return OK;
  return argument_take(context, arena, state, values, value_at, keys, key_at);
}

static Status argument_combine(EvalContext *context, const AggregateCall *call, Arena *arena,
                               const ArgumentState *source, ArgumentState *target, int wanted) {
  if (source->key.state == CELL_UNSET) return OK;
  if (target->key.state != CELL_UNSET) {
    if (source->key.state == CELL_NULL) return OK;
    if (target->key.state == CELL_SET &&
        cells_compare(&target->key, &source->key, call->argument_types[1]) * wanted <= 0) {
      return OK;
    }
  }
  TRY(cell_copy(&target->key, &source->key, call->argument_types[1], arena, context->error));
  return cell_copy(&target->value, &source->value, call->argument_types[0], arena, context->error);
}

FINALIZE(argument_finalize) {
  (void)call;
  for (uint32_t row = 0; row < row_count; row++) {
    TRY(cell_emit(&((const ArgumentState *)states[row])->value, result, row, context->error));
  }
  return OK;
}

#define ARGUMENT(name, wanted, rule)                                                     \
  UPDATE(name##_update) {                                                                \
    (void)call;                                                                          \
    VectorView values, keys;                                                             \
    vector_view(arguments[0], &values);                                                  \
    vector_view(arguments[1], &keys);                                                    \
    for (uint32_t row = 0; row < row_count; row++) {                                     \
      TRY(argument_row(context, arena, states[row], &values, &keys, row, wanted, rule)); \
    }                                                                                    \
    return OK;                                                                           \
  }                                                                                      \
  UPDATE_ONE(name##_update_one) {                                                        \
    (void)call;                                                                          \
    VectorView values, keys;                                                             \
    vector_view(arguments[0], &values);                                                  \
    vector_view(arguments[1], &keys);                                                    \
    for (uint32_t row = 0; row < row_count; row++) {                                     \
      TRY(argument_row(context, arena, state_, &values, &keys, row, wanted, rule));      \
    }                                                                                    \
    return OK;                                                                           \
  }                                                                                      \
  COMBINE(name##_combine) { return argument_combine(context, call, arena, source_, target_, wanted); }
ARGUMENT(arg_min, 1, NULL_SKIPPED)
ARGUMENT(arg_max, -1, NULL_SKIPPED)
ARGUMENT(arg_min_null, 1, NULL_VALUE)
ARGUMENT(arg_max_null, -1, NULL_VALUE)
ARGUMENT(arg_min_last, 1, NULL_LAST)
ARGUMENT(arg_max_last, -1, NULL_LAST)
#define arg_min_init argument_init
#define arg_max_init argument_init
#define arg_min_null_init argument_init
#define arg_max_null_init argument_init
#define arg_min_last_init argument_init
#define arg_max_last_init argument_init
#define arg_min_finalize argument_finalize
#define arg_max_finalize argument_finalize
#define arg_min_null_finalize argument_finalize
#define arg_max_null_finalize argument_finalize
#define arg_min_last_finalize argument_finalize
#define arg_max_last_finalize argument_finalize

static Status bind_argument(AggregateBind *bind) {
  for (uint32_t i = 0; i < 2; i++) {
    Type type = aggregate_argument_type(bind, i);
    bind->argument_types[i] = type.id == TYPE_UNKNOWN ? TYPE(NULL) : type;
  }
  bind->result_type = bind->argument_types[0];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The n best: a heap of (key, value) with the worst on top.
// ---------------------------------------------------------------------------------------------------------------------

#define BEST_LIMIT 1000000

#define BEST_PAGE 1024u

// Items lie in pages, so that many of them need not move when their number grows; a first page starts small.
typedef struct BestState {
  ArgumentState **pages; // in the arena
  uint32_t count, capacity;
  uint32_t wanted; // 0: not known yet
} BestState;

static ArgumentState *best_item(const BestState *state, uint32_t at) {
  return &state->pages[at / BEST_PAGE][at % BEST_PAGE];
}
static void best_swap(BestState *state, uint32_t a, uint32_t b) {
  ArgumentState swap = *best_item(state, a);
  *best_item(state, a) = *best_item(state, b);
  *best_item(state, b) = swap;
}

INIT(best_init) {
  (void)call;
  memset(state, 0, sizeof(BestState));
}

// How much better a is than b: > 0 when it belongs before it. NULLs are there in nulls_last only.
static int best_order(const AggregateCall *call, const Cell *a, const Cell *b, int wanted) {
  Type key = call->argument_types[call->argument_count - 2];
  if (a->state == CELL_NULL || b->state == CELL_NULL) return (b->state == CELL_NULL) - (a->state == CELL_NULL);
  return cells_compare(a, b, key) * -wanted;
}

static void best_sift_down(const AggregateCall *call, BestState *state, int wanted) {
  for (uint32_t at = 0;;) {
    uint32_t worst = at;
    for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < state->count; child++) {
      if (best_order(call, &best_item(state, child)->key, &best_item(state, worst)->key, wanted) < 0) worst = child;
    }
    if (worst == at) return;
    best_swap(state, at, worst);
    at = worst;
  }
}

// Room for one more.
static Status best_reserve(BestState *state, Arena *arena, Error *error) {
  if (state->count < state->capacity) return OK;
  if (state->capacity >= BEST_PAGE) {
    uint32_t pages = state->capacity / BEST_PAGE;
    if ((pages & (pages - 1)) == 0) { // the directory is full
      ArgumentState **directory = arena_allocate(arena, sizeof *directory * pages * 2);
      if (!directory) return error_no_memory(error);
      memcpy(directory, state->pages, sizeof *directory * pages);
      state->pages = directory;
    }
    ARENA_NEW_ARRAY(arena, error, state->pages[pages], BEST_PAGE);
    state->capacity += BEST_PAGE;
    return OK;
  }
  uint32_t capacity = state->capacity ? state->capacity * 2 : 4;
  ArgumentState *page;
  ARENA_NEW_ARRAY(arena, error, page, capacity);
  if (state->count) memcpy(page, state->pages[0], sizeof *page * state->count);
  if (!state->pages) ARENA_NEW(arena, error, state->pages);
  state->pages[0] = page;
  state->capacity = capacity;
  return OK;
}

static void best_sift_up(const AggregateCall *call, BestState *state, int wanted) {
  for (uint32_t at = state->count - 1; at > 0;) {
    uint32_t parent = (at - 1) / 2;
    if (best_order(call, &best_item(state, at)->key, &best_item(state, parent)->key, wanted) >= 0) return;
    best_swap(state, at, parent);
    at = parent;
  }
}

static Status best_count(EvalContext *context, const AggregateCall *call, const VectorView *counts, uint32_t row,
                         BestState *state) {
  if (state->wanted) return OK;
  const char *what = call->argument_count == 2 ? "MIN/MAX" : "arg_min/arg_max";
  uint32_t at = view_row(counts, row);
  if (!view_valid(counts, at)) {
    return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid input for %s: n value cannot be NULL", what);
  }
  int64_t wanted = ((const int64_t *)counts->data)[at];
  if (wanted <= 0) {
    return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid input for %s: n value must be > 0", what);
  }
  if (wanted >= BEST_LIMIT) {
    return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid input for %s: n value must be < %d", what,
                     BEST_LIMIT);
  }
  state->wanted = (uint32_t)wanted;
  return OK;
}

static Status best_rows(EvalContext *context, const AggregateCall *call, Arena *arena, void *const *states, void *one,
                        const Vector *const *arguments, uint32_t row_count, int wanted) {
  uint32_t last = call->argument_count - 1;
  VectorView values, keys, counts;
  vector_view(arguments[0], &values);
  vector_view(arguments[last - 1], &keys);
  vector_view(arguments[last], &counts);
  for (uint32_t row = 0; row < row_count; row++) {
    // cppcheck-suppress nullPointer ; one of the two is given
    BestState *state = one ? one : states[row];
    uint32_t value_at = view_row(&values, row), key_at = view_row(&keys, row);
    bool key_valid = view_valid(&keys, key_at);
    if (!call->bind_data && (!key_valid || !view_valid(&values, value_at))) continue;
    TRY(best_count(context, call, &counts, row, state));
    if (state->count == state->wanted) {
      ArgumentState *top = best_item(state, 0);
      if (!key_valid) continue;
      if (top->key.state == CELL_SET && cell_compare(&top->key, &keys, key_at, context->scratch) * wanted <= 0)
        continue;
      TRY(argument_take(context, arena, top, &values, value_at, &keys, key_at));
      best_sift_down(call, state, wanted);
    } else {
      TRY(best_reserve(state, arena, context->error));
      TRY(argument_take(context, arena, best_item(state, state->count), &values, value_at, &keys, key_at));
      state->count++;
      best_sift_up(call, state, wanted);
    }
  }
  return OK;
}

static Status best_combine(EvalContext *context, const AggregateCall *call, Arena *arena, const BestState *source,
                           BestState *target, int wanted) {
  Type value_type = call->argument_types[0], key_type = call->argument_types[call->argument_count - 2];
  if (!target->wanted) target->wanted = source->wanted;
  for (uint32_t i = 0; i < source->count; i++) {
    const ArgumentState *item = best_item(source, i);
    ArgumentState *slot;
    bool full = target->count == target->wanted;
    if (full) {
      slot = best_item(target, 0);
      if (best_order(call, &item->key, &slot->key, wanted) <= 0) continue;
    } else {
      TRY(best_reserve(target, arena, context->error));
      slot = best_item(target, target->count);
      memset(slot, 0, sizeof *slot);
    }
    TRY(cell_copy(&slot->key, &item->key, key_type, arena, context->error));
    TRY(cell_copy(&slot->value, &item->value, value_type, arena, context->error));
    if (full) {
      best_sift_down(call, target, wanted);
    } else {
      target->count++;
      best_sift_up(call, target, wanted);
    }
  }
  return OK;
}

static int best_first(const AggregateCall *call, const void *a, const void *b, int wanted) {
  return -best_order(call, &((const ArgumentState *)a)->key, &((const ArgumentState *)b)->key, wanted);
}
static int least_first(const AggregateCall *call, const void *a, const void *b) { return best_first(call, a, b, 1); }
static int greatest_first(const AggregateCall *call, const void *a, const void *b) {
  return best_first(call, a, b, -1);
}

typedef struct BestWork {
  ArenaMark mark;
  PointerSort sort;
  uint32_t filled, emitted;
} BestWork;

static Status best_open(EvalContext *context, const BestState *state, BestWork **out) {
  ArenaMark mark = arena_mark(context->scratch);
  BestWork *work;
  ARENA_NEW(context->scratch, context->error, work);
  work->mark = mark;
  *out = work;
  return pointer_sort_open(&work->sort, state->count, context->scratch, context->error);
}

static Status best_finalize(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                            Vector *result, FinalizeCursor *cursor, int wanted) {
  uint32_t budget = FINALIZE_BUDGET / 2;
  for (; cursor->row < row_count; cursor->row++) {
    const BestState *state = states[cursor->row];
    if (!state->count) {
      TRY(vector_set_null(result, cursor->row, context->error));
      continue;
    }
    BestWork *work = cursor->work;
    if (!work) TRY(best_open(context, state, &work));
    cursor->work = work;
    for (; work->filled < state->count && budget; budget--, work->filled++) {
      work->sort.items[work->filled] = best_item(state, state->count - 1 - work->filled); // ties as DuckDB orders them
    }
    cursor->more = work->filled < state->count ||
                   !pointer_sort_run(&work->sort, wanted > 0 ? least_first : greatest_first, call, &budget) || !budget;
    if (cursor->more) return OK;
    uint32_t at = ((const ListEntry *)result->data)[cursor->row].offset;
    if (!work->emitted) TRY(list_append_entry(result, cursor->row, state->count, &at, context->error));
    for (; work->emitted < state->count && budget; work->emitted++) {
      const Cell *value = &((const ArgumentState *)work->sort.items[work->emitted])->value;
      TRY(cell_emit(value, &result->children[0], at + work->emitted, context->error));
      spend(&budget, cell_cost(value, call->argument_types[0]));
    }
    cursor->more = work->emitted < state->count;
    if (cursor->more) return OK;
    arena_rewind(context->scratch, work->mark);
    cursor->work = NULL;
  }
  return OK;
}

#define BEST(name, wanted)                                                                                      \
  UPDATE(name##_update) { return best_rows(context, call, arena, states, NULL, arguments, row_count, wanted); } \
  UPDATE_ONE(name##_update_one) {                                                                               \
    return best_rows(context, call, arena, NULL, state_, arguments, row_count, wanted);                         \
  }                                                                                                             \
  COMBINE(name##_combine) { return best_combine(context, call, arena, source_, target_, wanted); }              \
  FINALIZE(name##_finalize) { return best_finalize(context, call, states, row_count, result, cursor, wanted); }
BEST(least_n, 1)
BEST(greatest_n, -1)
#define least_n_init best_init
#define greatest_n_init best_init

static Status bind_best(AggregateBind *bind) {
  for (uint32_t i = 0; i + 1 < bind->argument_count; i++) {
    Type type = aggregate_argument_type(bind, i);
    bind->argument_types[i] = type.id == TYPE_UNKNOWN ? TYPE(NULL) : type;
  }
  return type_make_list(bind->arena, bind->error, bind->argument_types[0], &bind->result_type);
}

// Bind data says that NULLs count.
static Status bind_best_last(AggregateBind *bind) {
  bind->bind_data = &best_init;
  return bind_best(bind);
}

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

#define PICK_ENTRY(name, prefix, ...) \
  AGGREGATE(name, OF(ANY), TYPES(OF(ANY)), Cell, prefix, .bind = bind_pick, .order_matters = true, __VA_ARGS__)
#define ARGUMENT_ENTRY(name, prefix) \
  AGGREGATE(name, OF(ANY), TYPES(OF(ANY), OF(ANY)), ArgumentState, prefix, .bind = bind_argument, .order_matters = true)
#define BEST_ENTRY(name, prefix, function)                                                           \
  AGGREGATE(name, OF(ANY), TYPES(OF(ANY), OF(ANY), OF(BIGINT)), BestState, prefix, .bind = function, \
            .distinct_matters = true, .order_matters = true)
#define BEST_VALUE_ENTRY(name, prefix) \
  AGGREGATE(name, OF(ANY), TYPES(OF(ANY), OF(BIGINT)), BestState, prefix, .bind = bind_best, .distinct_matters = true)

AGGREGATE_TABLE(first_last) = {
    PICK_ENTRY("first", first),
    PICK_ENTRY("arbitrary", first),
    PICK_ENTRY("last", last),
    PICK_ENTRY("any_value", any_value, .skips_nulls = true),
    ARGUMENT_ENTRY("arg_min", arg_min),
    ARGUMENT_ENTRY("argmin", arg_min),
    ARGUMENT_ENTRY("min_by", arg_min),
    ARGUMENT_ENTRY("arg_max", arg_max),
    ARGUMENT_ENTRY("argmax", arg_max),
    ARGUMENT_ENTRY("max_by", arg_max),
    ARGUMENT_ENTRY("arg_min_null", arg_min_null),
    ARGUMENT_ENTRY("arg_max_null", arg_max_null),
    ARGUMENT_ENTRY("arg_min_nulls_last", arg_min_last),
    ARGUMENT_ENTRY("arg_max_nulls_last", arg_max_last),
    BEST_ENTRY("arg_min", least_n, bind_best),
    BEST_ENTRY("argmin", least_n, bind_best),
    BEST_ENTRY("min_by", least_n, bind_best),
    BEST_ENTRY("arg_max", greatest_n, bind_best),
    BEST_ENTRY("argmax", greatest_n, bind_best),
    BEST_ENTRY("max_by", greatest_n, bind_best),
    BEST_ENTRY("arg_min_nulls_last", least_n, bind_best_last),
    BEST_ENTRY("arg_max_nulls_last", greatest_n, bind_best_last),
    BEST_VALUE_ENTRY("min", least_n),
    BEST_VALUE_ENTRY("max", greatest_n),
};
AGGREGATE_TABLE_END(first_last);
