// SPDX-License-Identifier: MIT
//
// cell.c: one value of any type inside an aggregate's state. Numbers lie in the cell; text lies in the state's arena and
// its room is used again while it suffices, so that a running minimum does not leave a trail.
#include "func/aggregate/aggregate.h"

Type aggregate_argument_type(const AggregateBind *bind, uint32_t index) {
  return argument_type(bind->arguments[index]);
}

Status aggregate_no_match(AggregateBind *bind) {
  return call_no_match(bind->function->name, bind->arguments, bind->argument_count, bind->position, bind->arena,
                       bind->error);
}

Status aggregate_constant(AggregateBind *bind, uint32_t index, Value *value, bool *constant) {
  ScalarBind scalar = {.arena = bind->arena, .error = bind->error, .facts = bind->facts, .arguments = bind->arguments};
  return bind_constant(&scalar, index, value, constant);
}

static Status store_text(Cell *cell, Str text, Arena *arena, Error *error) {
  if (cell->text.capacity < text.length || !cell->text.data) {
    size_t capacity = MAX_OF(text.length + text.length / 2, 16);
    if (capacity > UINT32_MAX) capacity = text.length;
    cell->text.data = arena_allocate(arena, capacity);
    if (!cell->text.data) {
      cell->text.capacity = 0;
      return error_no_memory(error);
    }
    cell->text.capacity = (uint32_t)capacity;
  }
  if (text.length) memcpy(cell->text.data, text.data, text.length);
  cell->text.length = (uint32_t)text.length;
  return OK;
}

static bool is_nested(Physical physical) { return physical == PHYSICAL_NONE || physical == PHYSICAL_LIST; }

Status cell_store(Cell *cell, const VectorView *view, uint32_t at, Arena *arena, Error *error) {
  Physical physical = view->base->physical;
  if (physical == PHYSICAL_STRING) {
    if (cell->state != CELL_SET) cell->text.data = NULL, cell->text.capacity = 0;
    TRY(store_text(cell, string_str(&((const StringView *)view->data)[at]), arena, error));
  } else if (is_nested(physical)) {
    if (cell->state != CELL_SET) {
      ARENA_NEW(arena, error, cell->value);
    }
    TRY(vector_get_value(view->base, at, arena, cell->value, error));
  } else {
    uint32_t size = physical_size(physical);
    memcpy(cell->bytes, (const uint8_t *)view->data + (size_t)at * size, size);
  }
  cell->state = CELL_SET;
  return OK;
}

Status cell_copy(Cell *target, const Cell *source, Type type, Arena *arena, Error *error) {
  if (source->state != CELL_SET) {
    target->state = source->state;
    return OK;
  }
  Physical physical = type_physical(type);
  if (physical == PHYSICAL_STRING) {
    if (target->state != CELL_SET) target->text.data = NULL, target->text.capacity = 0;
    TRY(store_text(target, (Str){source->text.data, source->text.length}, arena, error));
  } else if (is_nested(physical)) {
    if (target->state != CELL_SET) {
      ARENA_NEW(arena, error, target->value);
    }
    TRY(value_copy(arena, error, *source->value, target->value));
  } else {
    memcpy(target->bytes, source->bytes, sizeof target->bytes);
  }
  target->state = CELL_SET;
  return OK;
}

#define ORDER(a, b) ((a) > (b)) - ((a) < (b))

static int compare_f64(double a, double b) {
  if (a != a || b != b) return (a != a) - (b != b);
  return ORDER(a, b);
}

static int compare_bytes(Physical physical, const void *a, const void *b) {
  switch (physical) {
#define COMPARE_CASE(P, C)   \
  case PHYSICAL_##P: {       \
    C x, y;                  \
    memcpy(&x, a, sizeof x); \
    memcpy(&y, b, sizeof y); \
    return ORDER(x, y);      \
  }
    PHYSICAL_INTEGERS(COMPARE_CASE)
    COMPARE_CASE(BOOL, uint8_t)
    case PHYSICAL_F32: {
      float x, y;
      memcpy(&x, a, sizeof x);
      memcpy(&y, b, sizeof y);
      return compare_f64(x, y);
    }
    case PHYSICAL_F64: {
      double x, y;
      memcpy(&x, a, sizeof x);
      memcpy(&y, b, sizeof y);
      return compare_f64(x, y);
    }
    case PHYSICAL_INTERVAL: {
      Interval x, y;
      memcpy(&x, a, sizeof x);
      memcpy(&y, b, sizeof y);
      return interval_compare(x, y);
    }
    default:
      ASSERT(false);
      return 0;
  }
}

int cell_compare(const Cell *cell, const VectorView *view, uint32_t at, Arena *scratch) {
  Physical physical = view->base->physical;
  if (physical == PHYSICAL_STRING) {
    return str_compare((Str){cell->text.data, cell->text.length}, string_str(&((const StringView *)view->data)[at]));
  }
  if (is_nested(physical)) {
    ArenaMark mark = arena_mark(scratch);
    Value value;
    // No memory for the other side: they count as equal, and the next allocation reports it.
    int order = vector_get_value(view->base, at, scratch, &value, NULL) == OK ? value_compare(cell->value, &value) : 0;
    arena_rewind(scratch, mark);
    return order;
  }
  return compare_bytes(physical, cell->bytes, (const uint8_t *)view->data + (size_t)at * physical_size(physical));
}

int cells_compare(const Cell *a, const Cell *b, Type type) {
  Physical physical = type_physical(type);
  if (physical == PHYSICAL_STRING) {
    return str_compare((Str){a->text.data, a->text.length}, (Str){b->text.data, b->text.length});
  }
  if (is_nested(physical)) return value_compare(a->value, b->value);
  return compare_bytes(physical, a->bytes, b->bytes);
}

uint32_t cell_cost(const Cell *cell, Type type) {
  if (cell->state != CELL_SET) return 1;
  Physical physical = type_physical(type);
  if (physical == PHYSICAL_STRING) return text_cost(cell->text.length);
  return is_nested(physical) ? 8 + 2 * cell->value->nested.count : 1;
}

Status cell_emit(const Cell *cell, Vector *result, uint32_t row, Error *error) {
  if (cell->state != CELL_SET) return vector_set_null(result, row, error);
  Physical physical = result->physical;
  if (physical == PHYSICAL_STRING)
    return vector_set_string(result, row, (Str){cell->text.data, cell->text.length}, error);
  if (is_nested(physical)) return vector_set_value(result, row, cell->value, error);
  uint32_t size = physical_size(physical);
  memcpy((uint8_t *)result->data + (size_t)row * size, cell->bytes, size);
  return OK;
}
