// SPDX-License-Identifier: MIT
//
// collection.c: many values of one type inside an aggregate's state, in the order in which they came. Segments double in
// size up to a limit, so that a thousand groups of two values cost little and one group of a million is a few blocks.
#include "func/aggregate/aggregate.h"

#define FIRST_SEGMENT 4u
#define LARGEST_SEGMENT 16384u

uint32_t collection_width(Type type) {
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

Status collection_emit(const Collection *collection, Vector *vector, uint32_t at, Error *error) {
  Physical physical = vector->physical;
  bool nested = physical == PHYSICAL_NONE || physical == PHYSICAL_LIST;
  uint32_t width = nested ? (uint32_t)sizeof(Value) : physical_size(physical);
  for (const Segment *segment = collection->first; segment; segment = segment->next) {
    for (uint32_t i = 0; i < segment->count; i++, at++) {
      const uint8_t *slot = segment->data + (size_t)i * width;
      if (!bit_get(segment->validity, i)) {
        TRY(vector_set_null(vector, at, error));
      } else if (nested) {
        Value value;
        memcpy(&value, slot, sizeof value);
        TRY(vector_set_value(vector, at, &value, error));
      } else if (physical == PHYSICAL_STRING) {
        StringView view;
        memcpy(&view, slot, sizeof view);
        TRY(vector_set_string(vector, at, string_str(&view), error));
      } else {
        memcpy((uint8_t *)vector->data + (size_t)at * width, slot, width);
      }
    }
  }
  return OK;
}

Status collection_array(const Collection *collection, Type type, Arena *arena, Error *error, void **array) {
  uint32_t width = collection_width(type);
  uint8_t *out = arena_allocate(arena, (size_t)collection->count * width + 1);
  if (!out) return error_no_memory(error);
  *array = out;
  for (const Segment *segment = collection->first; segment; segment = segment->next) {
    memcpy(out, segment->data, (size_t)segment->count * width);
    out += (size_t)segment->count * width;
  }
  return OK;
}
