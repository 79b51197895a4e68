// SPDX-License-Identifier: MIT
//
// list_sort.c: list_sort, list_reverse_sort and list_grade_up (the positions that would sort). Order and place of NULLs are
// constant arguments: 'ASC', 'DESC'; 'NULLS FIRST', 'NULLS LAST' (the default).
#include "func/support.h"

typedef struct SortPlan {
  bool descending;
  bool nulls_first;
} SortPlan;

typedef struct SortRun {
  const Vector *child;
  VectorView view;
  const SortPlan *plan;
} SortRun;

static int order_elements(const SortRun *run, uint32_t a, uint32_t b) {
  bool a_valid = view_valid(&run->view, view_row(&run->view, a)),
       b_valid = view_valid(&run->view, view_row(&run->view, b));
  if (!a_valid || !b_valid) {
    if (a_valid == b_valid) return 0;
    return a_valid == run->plan->nulls_first ? 1 : -1;
  }
  int order = vector_compare_rows(run->child, a, run->child, b);
  return run->plan->descending ? -order : order;
}

// Bottom-up merge sort of element numbers: stable, no recursion.
static uint32_t *sort_elements(const SortRun *run, uint32_t *items, uint32_t *room, uint32_t count) {
  for (uint32_t width = 1; width<count; width = width> count / 2 ? count : width * 2) {
    for (uint32_t start = 0; start < count;) {
      uint32_t middle = MIN_OF(start + width, count), end = count - middle < width ? count : middle + width;
      uint32_t a = start, b = middle;
      for (uint32_t i = start; i < end; i++) {
        bool left = a < middle && (b >= end || order_elements(run, items[a], items[b]) <= 0);
        room[i] = left ? items[a++] : items[b++];
      }
      start = end;
    }
    uint32_t *swap = items;
    items = room;
    room = swap;
  }
  return items;
}

static Status sort_rows(EvalContext *context, const ScalarCall *call, const Vector *const *arguments,
                        uint32_t row_count, Vector *result, bool positions) {
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView lists;
  vector_view(arguments[0], &lists);
  SortRun run = {.child = &lists.base->children[0], .plan = call->bind_data};
  vector_view(run.child, &run.view);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    ArenaMark mark = arena_mark(context->scratch);
    uint32_t *items = arena_allocate(context->scratch, sizeof *items * ((size_t)entry.length + 1));
    uint32_t *room = arena_allocate(context->scratch, sizeof *room * ((size_t)entry.length + 1));
    if (!items || !room) return error_no_memory(context->error);
    for (uint32_t i = 0; i < entry.length; i++) items[i] = entry.offset + i;
    items = sort_elements(&run, items, room, entry.length);
    uint32_t to;
    TRY(list_append_entry(result, row, entry.length, &to, context->error));
    if (positions) {
      int64_t *out = (int64_t *)result->children[0].data + to;
      for (uint32_t i = 0; i < entry.length; i++) out[i] = (int64_t)(items[i] - entry.offset) + 1;
    } else if (entry.length) {
      TRY(vector_copy(&result->children[0], to, run.child, items, 0, entry.length, context->error));
    }
    arena_rewind(context->scratch, mark);
  }
  return OK;
}
KERNEL(list_sort) { return sort_rows(context, call, arguments, row_count, result, false); }
KERNEL(list_grade_up) { return sort_rows(context, call, arguments, row_count, result, true); }

// ---------------------------------------------------------------------------------------------------------------------
// Binding
// ---------------------------------------------------------------------------------------------------------------------

static Status constant_word(ScalarBind *bind, uint32_t index, Str *word) {
  Value value;
  bool constant;
  TRY(bind_constant(bind, index, &value, &constant));
  if (!constant || value.is_null) {
    return error_set(
        bind->error, ERROR_INVALID_INPUT, bind->position, "%s",
        constant ? "Sorting order must be a constant that is not NULL" : "Sorting order must be a constant");
  }
  *word = value.text;
  return OK;
}

static Status unknown_word(ScalarBind *bind, Str word, const char *what) {
  Str upper = word;
  char *copy = arena_allocate(bind->arena, word.length + 1);
  if (!copy) return error_no_memory(bind->error);
  for (size_t i = 0; i < word.length; i++) {
    copy[i] = word.data[i] >= 'a' && word.data[i] <= 'z' ? (char)(word.data[i] - 32) : word.data[i];
  }
  upper.data = copy;
  return error_set(bind->error, ERROR_NOT_IMPLEMENTED, bind->position,
                   "Enum value: unrecognized value \"%.*s\" for enum \"%s\"", STR_ARG(upper), what);
}

static Status read_order(ScalarBind *bind, uint32_t index, SortPlan *plan) {
  Str word;
  TRY(constant_word(bind, index, &word));
  if (str_equal_nocase(word, STR("DEFAULT")) || str_equal_nocase(word, STR("ORDER_DEFAULT"))) return OK;
  if (str_equal_nocase(word, STR("ASC")) || str_equal_nocase(word, STR("ASCENDING"))) {
    plan->descending = false;
  } else if (str_equal_nocase(word, STR("DESC")) || str_equal_nocase(word, STR("DESCENDING"))) {
    plan->descending = true;
  } else {
    return unknown_word(bind, word, "OrderType");
  }
  return OK;
}

static Status read_nulls(ScalarBind *bind, uint32_t index, SortPlan *plan) {
  Str word;
  TRY(constant_word(bind, index, &word));
  if (str_equal_nocase(word, STR("NULLS FIRST"))) {
    plan->nulls_first = true;
  } else if (str_equal_nocase(word, STR("NULLS LAST"))) {
    plan->nulls_first = false;
  } else {
    return unknown_word(bind, word, "OrderByNullType");
  }
  return OK;
}

static bool setting_is(const ScalarBind *bind, Str name, Str text) {
  Value value;
  return bind->facts && bind->facts->setting && bind->facts->setting(bind->facts->session, name, &value) &&
         !value.is_null && value.type.id == TYPE_VARCHAR && str_equal(value.text, text);
}

// Where nothing is said the session's settings count, as for ORDER BY.
static Status bind_order(ScalarBind *bind, bool reverse) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  SortPlan *plan;
  ARENA_NEW(bind->arena, bind->error, plan);
  bind->bind_data = plan;
  Str nulls = STR("default_null_order");
  plan->descending = setting_is(bind, STR("default_order"), STR("DESC")) != reverse;
  if (!reverse && bind->argument_count > 1) TRY(read_order(bind, 1, plan));
  plan->nulls_first =
      setting_is(bind, nulls, STR("NULLS_FIRST")) ||
      setting_is(bind, nulls,
                 plan->descending ? STR("NULLS_LAST_ON_ASC_FIRST_ON_DESC") : STR("NULLS_FIRST_ON_ASC_LAST_ON_DESC"));
  uint32_t at = reverse ? 1 : 2;
  if (bind->argument_count > at) TRY(read_nulls(bind, at, plan));
  if (bind->function->result == TYPE_ANY) bind->result_type = bind->argument_types[0];
  return OK;
}
static Status bind_sort(ScalarBind *bind) { return bind_order(bind, false); }
static Status bind_reverse_sort(ScalarBind *bind) { return bind_order(bind, true); }

#define SORT_ENTRIES(name)                                                               \
  SCALAR(name, OF(ANY), TYPES(OF(LIST)), list_sort, .bind = bind_sort),                  \
      SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(VARCHAR)), list_sort, .bind = bind_sort), \
      SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(VARCHAR), OF(VARCHAR)), list_sort, .bind = bind_sort)
#define REVERSE_ENTRIES(name)                                                   \
  SCALAR(name, OF(ANY), TYPES(OF(LIST)), list_sort, .bind = bind_reverse_sort), \
      SCALAR(name, OF(ANY), TYPES(OF(LIST), OF(VARCHAR)), list_sort, .bind = bind_reverse_sort)
#define GRADE_ENTRIES(name)                                                                          \
  SCALAR(name, LIST_OF(BIGINT), TYPES(OF(LIST)), list_grade_up, .bind = bind_sort),                  \
      SCALAR(name, LIST_OF(BIGINT), TYPES(OF(LIST), OF(VARCHAR)), list_grade_up, .bind = bind_sort), \
      SCALAR(name, LIST_OF(BIGINT), TYPES(OF(LIST), OF(VARCHAR), OF(VARCHAR)), list_grade_up, .bind = bind_sort)

SCALAR_TABLE(list_sort) = {
    SORT_ENTRIES("list_sort"),
    SORT_ENTRIES("array_sort"),
    REVERSE_ENTRIES("list_reverse_sort"),
    REVERSE_ENTRIES("array_reverse_sort"),
    GRADE_ENTRIES("list_grade_up"),
    GRADE_ENTRIES("array_grade_up"),
    GRADE_ENTRIES("grade_up"),
};
SCALAR_TABLE_END(list_sort);
