// SPDX-License-Identifier: MIT
//
// segment.c: up to 2,048 rows of one column in memory, with bounds for zone maps.
#include "store/interim/version.h"

Status segment_make(Memory *memory, Type type, uint32_t capacity, Segment **out, Error *error) {
  Segment *segment = memory_allocate_zeroed(memory, sizeof *segment);
  if (!segment) return error_no_memory(error);
  segment->references = 1;
  segment->memory = memory;
  arena_init(&segment->types, memory);
  Status status = type_copy(&segment->types, error, type, &type);
  if (status == OK) status = vector_init(&segment->rows, memory, type, capacity, error);
  if (status != OK) {
    arena_free(&segment->types);
    memory_free(memory, segment, sizeof *segment);
    return status;
  }
  *out = segment;
  return OK;
}

void segment_keep(Segment *segment) { segment->references++; }

void segment_release(Segment *segment) {
  if (!segment || --segment->references) return;
  vector_free(&segment->rows);
  arena_free(&segment->types);
  memory_free(segment->memory, segment, sizeof *segment);
}

Status segment_copy(const Segment *segment, uint32_t row_count, uint32_t capacity, Segment **out, Error *error) {
  TRY(segment_make(segment->memory, segment->rows.type, capacity, out, error));
  Status status = row_count ? vector_copy(&(*out)->rows, 0, &segment->rows, NULL, 0, row_count, error) : OK;
  if (status != OK) {
    segment_release(*out);
    *out = NULL;
    return status;
  }
  (*out)->filled = row_count;
  (*out)->bounds_known = segment->bounds_known;
  (*out)->minimum = segment->minimum;
  (*out)->maximum = segment->maximum;
  return OK;
}

Status segment_append(Segment *segment, uint32_t at, const Vector *source, const uint32_t *selection, uint32_t from,
                      uint32_t count, Error *error) {
  TRY(vector_copy(&segment->rows, at, source, selection, from, count, error));
  segment->filled = MAX_OF(segment->filled, at + count);
  segment_note_bounds(segment, at, count);
  return OK;
}

#define BOUNDS_OF(T, member, is_number)                                            \
  do {                                                                             \
    const T *values = (const T *)segment->rows.data + from;                        \
    T low = 0, high = 0;                                                           \
    bool any = false;                                                              \
    for (uint32_t i = 0; i < count; i++) {                                         \
      if (validity && !bit_get(validity, from + i)) continue;                      \
      T value = values[i];                                                         \
      if (!(is_number)) return;                                                    \
      low = !any || value < low ? value : low;                                     \
      high = !any || value > high ? value : high;                                  \
      any = true;                                                                  \
    }                                                                              \
    if (!any) return;                                                              \
    bool first = !segment->bounds_known;                                           \
    if (first || low < (T)segment->minimum.member) segment->minimum.member = low;  \
    if (first || high > (T)segment->maximum.member) segment->maximum.member = high; \
  } while (0)

void segment_note_bounds(Segment *segment, uint32_t from, uint32_t count) {
  const uint64_t *validity = segment->rows.validity;
  Type type = segment->rows.type;
  switch ((Physical)segment->rows.physical) {
    case PHYSICAL_I8: BOUNDS_OF(int8_t, i64, true); break;
    case PHYSICAL_I16:
      if (type.id == TYPE_DECIMAL) return;
      BOUNDS_OF(int16_t, i64, true);
      break;
    case PHYSICAL_I32:
      if (type.id == TYPE_DECIMAL) return;
      BOUNDS_OF(int32_t, i64, true);
      break;
    case PHYSICAL_I64:
      if (type.id == TYPE_DECIMAL) {
        BOUNDS_OF(int64_t, i128, true);
      } else {
        BOUNDS_OF(int64_t, i64, true);
      }
      break;
    case PHYSICAL_U8: BOUNDS_OF(uint8_t, u64, true); break;
    case PHYSICAL_U16: BOUNDS_OF(uint16_t, u64, true); break;
    case PHYSICAL_U32: BOUNDS_OF(uint32_t, u64, true); break;
    case PHYSICAL_U64: BOUNDS_OF(uint64_t, u64, true); break;
    default: return;
  }
  segment->bounds_known = true;
  segment->minimum.type = segment->maximum.type = type;
}
