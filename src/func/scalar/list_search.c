// SPDX-License-Identifier: MIT
//
// list_search.c: what is in a list: contains, position, has_any, has_all, intersect, distinct, unique.
#include "func/support.h"

// ---------------------------------------------------------------------------------------------------------------------
// Binding: the list's elements and the needle (or both lists) get one type.
// ---------------------------------------------------------------------------------------------------------------------

static Status unify_with_list(ScalarBind *bind, uint32_t list_index, uint32_t value_index, bool value_is_list,
                              const char *signature) {
  Type element, value = argument_type(bind->arguments[value_index]), unified;
  bool is_list;
  TRY(bind_list(bind, list_index, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  if (value_is_list && !list_element_type(value, &value)) return bind_no_match(bind);
  const Expr *needle = bind->arguments[value_index];
  if (!value_is_list && needle->kind == EXPR_CONSTANT && value.id == TYPE_VARCHAR && element.id != TYPE_NULL) {
    unified = element; // a constant text is read as an element
  } else if (!type_unify(bind->arena, element, value, &unified)) {
    return bind_no_template(bind, signature);
  }
  if (unified.id == TYPE_UNKNOWN) unified = TYPE(NULL);
  TRY(type_normalize(bind->arena, bind->error, unified, &unified));
  TRY(type_make_list(bind->arena, bind->error, unified, &bind->argument_types[list_index]));
  bind->argument_types[value_index] = value_is_list ? bind->argument_types[list_index] : unified;
  return OK;
}
static Status bind_search(ScalarBind *bind) {
  bool position = bind->function->result == TYPE_INTEGER;
  return unify_with_list(bind, 0, 1, false, position ? "(T[], T) -> INTEGER" : "(T[], T) -> BOOLEAN");
}
static Status bind_lists(ScalarBind *bind) {
  bool both = bind->function->result == TYPE_ANY;
  return unify_with_list(bind, 0, 1, true, both ? "(T[], T[]) -> T[]" : "(T[], T[]) -> BOOLEAN");
}
static Status bind_list_pair(ScalarBind *bind) {
  TRY(bind_lists(bind));
  bind->result_type = bind->argument_types[0];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// contains, position
// ---------------------------------------------------------------------------------------------------------------------

// Elements as the kernels compare them.
typedef struct Elements {
  const Vector *child;
  VectorView view;
} Elements;

static Elements elements_of(const VectorView *lists) {
  Elements elements = {.child = &lists->base->children[0]};
  vector_view(elements.child, &elements.view);
  return elements;
}

static bool element_valid(const Elements *elements, uint32_t index) {
  return view_valid(&elements->view, view_row(&elements->view, index));
}

// From 1; 0: not there. A NULL value is found among NULLs.
static uint32_t position_in(const Elements *elements, ListEntry entry, const Vector *value,
                            const VectorView *value_view, uint32_t row, bool value_valid) {
  if (value_valid && elements->child->physical == PHYSICAL_I32) {
    int32_t wanted = ((const int32_t *)value_view->data)[view_row(value_view, row)];
    for (uint32_t i = 0; i < entry.length; i++) {
      uint32_t at = view_row(&elements->view, entry.offset + i);
      if (view_valid(&elements->view, at) && ((const int32_t *)elements->view.data)[at] == wanted) return i + 1;
    }
    return 0;
  }
  for (uint32_t i = 0; i < entry.length; i++) {
    bool valid = element_valid(elements, entry.offset + i);
    if (!value_valid || !valid) {
      if (value_valid == valid) return i + 1;
      continue;
    }
    if (vector_compare_rows(elements->child, entry.offset + i, value, row) == 0) return i + 1;
  }
  return 0;
}

KERNEL(list_contains) {
  UNUSED_CALL;
  uint32_t count;
  TRY(kernel_begin(arguments, 2, row_count, result, &count, context->error));
  VectorView lists, values;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &values);
  Elements elements = elements_of(&lists);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    ((uint8_t *)result->data)[row] = position_in(&elements, entry, arguments[1], &values, row, true) != 0;
  }
  return OK;
}

KERNEL(list_position) {
  UNUSED_CALL;
  uint32_t rows = kernel_rows(arguments, 2, row_count);
  VectorView lists, values;
  vector_view(arguments[0], &lists);
  vector_view(arguments[1], &values);
  Elements elements = elements_of(&lists);
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(&lists, row);
    uint32_t position = 0;
    if (view_valid(&lists, at)) {
      bool valid = view_valid(&values, view_row(&values, row));
      position = position_in(&elements, ((const ListEntry *)lists.data)[at], arguments[1], &values, row, valid);
    }
    if (position) {
      ((int32_t *)result->data)[row] = (int32_t)position;
    } else {
      TRY(vector_set_null(result, row, context->error));
    }
  }
  kernel_finish(arguments, 2, result);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Sets of elements: a hash table over the elements of one row
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ElementSet {
  const Vector *child;
  const uint64_t *hashes; // of the whole child
  uint32_t *slots;        // element index + 1
  uint32_t mask;
} ElementSet;

// Hashes of all elements: elements are shared by rows, so they are hashed once a chunk.
static Status element_hashes(const Vector *child, uint32_t count, Arena *arena, Error *error, uint64_t **hashes) {
  *hashes = arena_allocate(arena, sizeof **hashes * ((size_t)count + 1));
  if (!*hashes) return error_no_memory(error);
  vector_hash(child, count, *hashes, false);
  return OK;
}

// How far the entries of a chunk reach into the child.
static uint32_t child_extent(const VectorView *lists, uint32_t rows) {
  uint32_t extent = 0;
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t at = view_row(lists, row);
    if (!view_valid(lists, at)) continue;
    ListEntry entry = ((const ListEntry *)lists->data)[at];
    extent = MAX_OF(extent, entry.offset + entry.length);
  }
  return extent;
}

static Status set_open(ElementSet *set, const Vector *child, const uint64_t *hashes, uint32_t length, Arena *arena,
                       Error *error) {
  uint32_t slots = 8;
  while (slots < length * 2 && slots < UINT32_C(1) << 31) slots *= 2;
  *set = (ElementSet){.child = child, .hashes = hashes, .mask = slots - 1};
  ARENA_NEW_ARRAY(arena, error, set->slots, slots);
  return OK;
}

// Whether the element (of `from`, an other child perhaps) is in the set.
static bool set_has(const ElementSet *set, const Vector *from, uint32_t index, uint64_t hash) {
  for (uint32_t slot = (uint32_t)hash & set->mask; set->slots[slot]; slot = (slot + 1) & set->mask) {
    uint32_t other = set->slots[slot] - 1;
    if (set->hashes[other] == hash && vector_compare_rows(set->child, other, from, index) == 0) return true;
  }
  return false;
}

static void set_add(ElementSet *set, uint32_t index) { // not in it yet
  uint32_t slot = (uint32_t)set->hashes[index] & set->mask;
  while (set->slots[slot]) slot = (slot + 1) & set->mask;
  set->slots[slot] = index + 1;
}

// The different elements of a row, NULLs left out, in order of first sight.
static Status distinct_row(EvalContext *context, const Elements *elements, const uint64_t *hashes, ListEntry entry,
                           uint32_t *kept, uint32_t *count) {
  ElementSet set;
  ArenaMark mark = arena_mark(context->scratch);
  TRY(set_open(&set, elements->child, hashes, entry.length, context->scratch, context->error));
  *count = 0;
  for (uint32_t i = 0; i < entry.length; i++) {
    uint32_t index = entry.offset + i;
    if (!element_valid(elements, index) || set_has(&set, elements->child, index, hashes[index])) continue;
    set_add(&set, index);
    kept[(*count)++] = index;
  }
  arena_rewind(context->scratch, mark);
  return OK;
}

static Status distinct_rows(EvalContext *context, const Vector *const *arguments, uint32_t row_count, Vector *result,
                            bool only_count) {
  uint32_t count;
  TRY(kernel_begin(arguments, 1, row_count, result, &count, context->error));
  VectorView lists;
  vector_view(arguments[0], &lists);
  Elements elements = elements_of(&lists);
  uint32_t extent = child_extent(&lists, count);
  uint64_t *hashes;
  TRY(element_hashes(elements.child, extent, context->scratch, context->error, &hashes));
  uint32_t *kept = arena_allocate(context->scratch, sizeof *kept * ((size_t)extent + 1));
  if (!kept) return error_no_memory(context->error);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    uint32_t different, at;
    ListEntry entry = ((const ListEntry *)lists.data)[view_row(&lists, row)];
    TRY(distinct_row(context, &elements, hashes, entry, kept, &different));
    if (only_count) {
      ((uint64_t *)result->data)[row] = different;
      continue;
    }
    TRY(list_append_entry(result, row, different, &at, context->error));
    if (different) TRY(vector_copy(&result->children[0], at, elements.child, kept, 0, different, context->error));
  }
  return OK;
}
KERNEL(list_distinct) {
  UNUSED_CALL;
  return distinct_rows(context, arguments, row_count, result, false);
}
KERNEL(list_unique) {
  UNUSED_CALL;
  return distinct_rows(context, arguments, row_count, result, true);
}

static Status bind_distinct(ScalarBind *bind) {
  Type element;
  bool is_list;
  TRY(bind_list(bind, 0, &element, &is_list));
  if (!is_list) return bind_no_match(bind);
  if (bind->function->result == TYPE_ANY) bind->result_type = bind->argument_types[0];
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Two lists
// ---------------------------------------------------------------------------------------------------------------------

typedef enum PairQuestion { PAIR_ANY, PAIR_ALL, PAIR_INTERSECT } PairQuestion;

static Status pair_rows(EvalContext *context, const Vector *left_list, const Vector *right_list, uint32_t row_count,
                        Vector *result, PairQuestion question) {
  const Vector *pair[2] = {left_list, right_list};
  bool intersect = question == PAIR_INTERSECT; // with NULL: nothing in common
  uint32_t count = kernel_rows(pair, 2, row_count);
  if (!intersect) TRY(kernel_begin(pair, 2, row_count, result, &count, context->error));
  VectorView left, right;
  vector_view(left_list, &left);
  vector_view(right_list, &right);
  Elements left_elements = elements_of(&left), right_elements = elements_of(&right);
  uint64_t *left_hashes, *right_hashes;
  uint32_t left_extent = child_extent(&left, count), right_extent = child_extent(&right, count);
  TRY(element_hashes(left_elements.child, left_extent, context->scratch, context->error, &left_hashes));
  TRY(element_hashes(right_elements.child, right_extent, context->scratch, context->error, &right_hashes));
  uint32_t *kept = arena_allocate(context->scratch, sizeof *kept * ((size_t)left_extent + 1));
  if (!kept) return error_no_memory(context->error);
  for (uint32_t row = 0; row < count; row++) {
    if (!vector_row_valid(result, row)) continue;
    uint32_t left_at = view_row(&left, row), right_at = view_row(&right, row);
    if (intersect && !view_valid(&left, left_at)) {
      TRY(vector_set_null(result, row, context->error));
      continue;
    }
    ListEntry a = ((const ListEntry *)left.data)[left_at], b = {0, 0};
    if (view_valid(&right, right_at)) b = ((const ListEntry *)right.data)[right_at];
    ArenaMark mark = arena_mark(context->scratch);
    // The set holds what is looked for: has_all looks for b's elements in a.
    bool all = question == PAIR_ALL;
    ElementSet set;
    const Elements *stored = all ? &left_elements : &right_elements, *asked = all ? &right_elements : &left_elements;
    const uint64_t *stored_hashes = all ? left_hashes : right_hashes, *asked_hashes = all ? right_hashes : left_hashes;
    ListEntry stored_entry = all ? a : b, asked_entry = all ? b : a;
    TRY(set_open(&set, stored->child, stored_hashes, stored_entry.length, context->scratch, context->error));
    for (uint32_t i = 0; i < stored_entry.length; i++) {
      uint32_t index = stored_entry.offset + i;
      if (element_valid(stored, index) && !set_has(&set, stored->child, index, stored_hashes[index]))
        set_add(&set, index);
    }
    uint32_t found = 0, missing = 0, at;
    for (uint32_t i = 0; i < asked_entry.length; i++) {
      uint32_t index = asked_entry.offset + i;
      if (!element_valid(asked, index)) continue;
      if (set_has(&set, asked->child, index, asked_hashes[index])) {
        if (intersect) kept[found] = index;
        found++;
      } else {
        missing++;
      }
    }
    arena_rewind(context->scratch, mark);
    if (!intersect) {
      ((uint8_t *)result->data)[row] = all ? missing == 0 : found > 0;
      continue;
    }
    // Each common element once.
    uint32_t different = 0;
    ElementSet seen;
    TRY(set_open(&seen, left_elements.child, left_hashes, found, context->scratch, context->error));
    for (uint32_t i = 0; i < found; i++) {
      if (set_has(&seen, left_elements.child, kept[i], left_hashes[kept[i]])) continue;
      set_add(&seen, kept[i]);
      kept[different++] = kept[i];
    }
    arena_rewind(context->scratch, mark);
    TRY(list_append_entry(result, row, different, &at, context->error));
    if (different) TRY(vector_copy(&result->children[0], at, left_elements.child, kept, 0, different, context->error));
  }
  if (intersect) kernel_finish(pair, 2, result);
  return OK;
}

KERNEL(list_has_any) {
  UNUSED_CALL;
  return pair_rows(context, arguments[0], arguments[1], row_count, result, PAIR_ANY);
}
KERNEL(list_has_all) {
  UNUSED_CALL;
  return pair_rows(context, arguments[0], arguments[1], row_count, result, PAIR_ALL);
}
KERNEL(list_contained) {
  UNUSED_CALL;
  return pair_rows(context, arguments[1], arguments[0], row_count, result, PAIR_ALL);
}
KERNEL(list_intersect) {
  UNUSED_CALL;
  return pair_rows(context, arguments[0], arguments[1], row_count, result, PAIR_INTERSECT);
}

#define CONTAINS_ENTRY(name) SCALAR(name, OF(BOOLEAN), TYPES(OF(LIST), OF(ANY)), list_contains, .bind = bind_search)
#define POSITION_ENTRY(name) \
  SCALAR(name, OF(INTEGER), TYPES(OF(LIST), OF(ANY)), list_position, .bind = bind_search, .nulls = NULLS_SPECIAL)
#define PAIR_ENTRY(name, kernel) SCALAR(name, OF(BOOLEAN), TYPES(OF(LIST), OF(LIST)), kernel, .bind = bind_lists)
#define DISTINCT_ENTRY(name, result, kernel) SCALAR(name, OF(result), TYPES(OF(LIST)), kernel, .bind = bind_distinct)

SCALAR_TABLE(list_search) = {
    CONTAINS_ENTRY("list_contains"),
    CONTAINS_ENTRY("list_has"),
    CONTAINS_ENTRY("array_contains"),
    CONTAINS_ENTRY("array_has"),
    CONTAINS_ENTRY("contains"),
    POSITION_ENTRY("list_position"),
    POSITION_ENTRY("list_indexof"),
    POSITION_ENTRY("array_position"),
    POSITION_ENTRY("array_indexof"),
    PAIR_ENTRY("list_has_any", list_has_any),
    PAIR_ENTRY("array_has_any", list_has_any),
    PAIR_ENTRY("&&", list_has_any),
    PAIR_ENTRY("list_has_all", list_has_all),
    PAIR_ENTRY("array_has_all", list_has_all),
    PAIR_ENTRY("@>", list_has_all),
    PAIR_ENTRY("<@", list_contained),
    SCALAR("list_intersect", OF(ANY), TYPES(OF(LIST), OF(LIST)), list_intersect, .bind = bind_list_pair,
           .nulls = NULLS_SPECIAL),
    SCALAR("array_intersect", OF(ANY), TYPES(OF(LIST), OF(LIST)), list_intersect, .bind = bind_list_pair,
           .nulls = NULLS_SPECIAL),
    DISTINCT_ENTRY("list_distinct", ANY, list_distinct),
    DISTINCT_ENTRY("array_distinct", ANY, list_distinct),
    DISTINCT_ENTRY("list_unique", UBIGINT, list_unique),
    DISTINCT_ENTRY("array_unique", UBIGINT, list_unique),
};
SCALAR_TABLE_END(list_search);
