// SPDX-License-Identifier: MIT
//
// collection.c: many values of one type inside an aggregate's state, in the order in which they came. Segments double in
// size up to a limit, so that a thousand groups of two values cost little and one group of a million is a few blocks.
#include "func/aggregate/aggregate.h"

#define FIRST_SEGMENT 4u
#define LARGEST_SEGMENT 16384u

// Bytes a value.
static uint32_t collection_width(Type type) {
  Physical physical = type_physical(type);
  if (physical == PHYSICAL_NONE || physical == PHYSICAL_LIST) return sizeof(Value);
  return physical_size(physical);
}

static Status collection_slot(Collection *collection, uint32_t width, Arena *arena, Error *error, uint8_t **slot) {
  Segment *segment = collection->last;
  if (!segment || segment->count == segment->capacity) {
    uint32_t capacity = segment ? MIN_OF(segment->capacity * 2, LARGEST_SEGMENT) : FIRST_SEGMENT;
    Segment *next;
    ARENA_NEW(arena, error, next);
    next->capacity = capacity;
    next->data = arena_allocate(arena, (size_t)capacity * width);
    next->validity = arena_allocate_zeroed(arena, BITS_WORDS(capacity) * sizeof(uint64_t));
    if (!next->data || !next->validity) return error_no_memory(error);
    if (segment) {
      segment->next = next;
    } else {
      collection->first = next;
    }
    collection->last = segment = next;
  }
  *slot = segment->data + (size_t)segment->count * width;
  return OK;
}

static Status copy_text(StringView *view, Arena *arena, Error *error) {
  if (view->length <= STRING_INLINE_CAPACITY) return OK;
  char *data = arena_allocate(arena, view->length);
  if (!data) return error_no_memory(error);
  memcpy(data, view->pointer, view->length);
  *view = string_view(data, view->length);
  return OK;
}

Status collection_push(Collection *collection, const VectorView *view, uint32_t at, Arena *arena, Error *error) {
  Physical physical = view->base->physical;
  bool nested = physical == PHYSICAL_NONE || physical == PHYSICAL_LIST;
  uint32_t width = nested ? (uint32_t)sizeof(Value) : physical_size(physical);
  uint8_t *slot;
  TRY(collection_slot(collection, width, arena, error, &slot));
  bool valid = view_valid(view, at);
  if (!valid) {
    memset(slot, 0, width);
  } else if (nested) {
    Value value;
    TRY(vector_get_value(view->base, at, arena, &value, error));
    memcpy(slot, &value, sizeof value);
  } else {
    memcpy(slot, (const uint8_t *)view->data + (size_t)at * width, width);
    if (physical == PHYSICAL_STRING) TRY(copy_text((StringView *)(void *)slot, arena, error));
  }
  Segment *segment = collection->last;
  if (valid) bit_set(segment->validity, segment->count);
  segment->count++;
  collection->count++;
  return OK;
}

Status collection_append(Collection *target, const Collection *source, Type type, Arena *arena, Error *error) {
  uint32_t width = collection_width(type);
  Physical physical = type_physical(type);
  bool nested = physical == PHYSICAL_NONE || physical == PHYSICAL_LIST;
  for (const Segment *from = source->first; from; from = from->next) {
    for (uint32_t i = 0; i < from->count; i++) {
      uint8_t *slot;
      TRY(collection_slot(target, width, arena, error, &slot));
      memcpy(slot, from->data + (size_t)i * width, width);
      bool valid = bit_get(from->validity, i);
      if (valid && physical == PHYSICAL_STRING) TRY(copy_text((StringView *)(void *)slot, arena, error));
      if (valid && nested) {
        Value value;
        memcpy(&value, slot, sizeof value);
        TRY(value_copy(arena, error, value, &value));
        memcpy(slot, &value, sizeof value);
      }
      if (valid) bit_set(target->last->validity, target->last->count);
      target->last->count++;
      target->count++;
    }
  }
  return OK;
}

static Status emit_value(const Segment *segment, uint32_t index, uint32_t *budget, Vector *vector, uint32_t at,
                         Error *error) {
  spend(budget, 1);
  if (!bit_get(segment->validity, index)) return vector_set_null(vector, at, error);
  if (vector->physical == PHYSICAL_STRING) {
    const StringView *view = (const StringView *)(const void *)segment->data + index;
    spend(budget, text_cost(view->length));
    return vector_set_string(vector, at, string_str(view), error);
  }
  const Value *value = (const Value *)(const void *)segment->data + index;
  spend(budget, 8 + 2 * value->nested.count);
  return vector_set_value(vector, at, value, error);
}

Status collection_emit(const Collection *collection, FinalizeCursor *cursor, uint32_t *budget, Vector *vector,
                       uint32_t at, Error *error) {
  bool fixed =
      vector->physical != PHYSICAL_NONE && vector->physical != PHYSICAL_LIST && vector->physical != PHYSICAL_STRING;
  uint32_t width = fixed ? physical_size(vector->physical) : 0;
  at += (uint32_t)cursor->position;
  while (cursor->position < collection->count && *budget) {
    const Segment *segment = cursor->place ? cursor->place : collection->first;
    uint32_t from = cursor->index, to = segment->count;
    if (fixed) {
      memcpy((uint8_t *)vector->data + (size_t)at * width, segment->data, (size_t)to * width);
      for (uint32_t i = 0; i < to; i++) {
        if (!bit_get(segment->validity, i)) TRY(vector_set_null(vector, at + i, error));
      }
      spend(budget, to);
    } else {
      for (to = from; to < segment->count && *budget; to++)
        TRY(emit_value(segment, to, budget, vector, at + to - from, error));
    }
    at += to - from;
    cursor->position += to - from;
    cursor->index = to;
    cursor->place = segment;
    if (to == segment->count) {
      cursor->place = segment->next;
      cursor->index = 0;
    }
  }
  return OK;
}
