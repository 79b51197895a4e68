// SPDX-License-Identifier: MIT
//
// frequency.c: aggregates over how often each value occurs: mode, entropy, histogram, approx_top_k. A group's values are
// in a hash table in the arena of the state: entries in the order of first sight, and pages of slots that point to them.
//
// The first bits of a hash choose the page (extendible hashing; Fagin and others, 1979). A page doubles up to PAGE_SLOTS and then splits in two, so that no
// row has to wait for a large table to grow:
//
//   pages   [00] [01] [10] [11]      page: how many bits its hashes share, slots that are probed linearly
//             |    |    \   /
//             a    b      c            slot: 16 bits of the hash | 48 bits: address of the entry; 0: free
#include "func/aggregate/aggregate.h"

typedef struct FrequencyEntry {
  Cell value;
  uint64_t hash;
  uint64_t count;
} FrequencyEntry;

typedef struct FrequencySegment FrequencySegment;
struct FrequencySegment {
  FrequencySegment *next;
  uint32_t count, capacity;
  FrequencyEntry entries[];
};

#define FIRST_SEGMENT 4u
#define LARGEST_SEGMENT 4096u
#define FIRST_SLOTS 8u
#define PAGE_SLOTS 4096u
#define MOST_PAGE_BITS 24u // a page of one hash over and over is not split for ever

typedef struct SlotPage {
  uint64_t *slots;
  uint32_t slot_count, count;
  uint32_t bits; // that its hashes share
} SlotPage;

typedef struct FrequencyState {
  SlotPage **pages; // 1 << bits; NULL: no value yet
  FrequencySegment *first, *last;
  uint32_t bits;
  uint32_t wanted; // approx_top_k
  uint32_t count;
  uint64_t total;
} FrequencyState;

INIT(frequency_init) {
  (void)call;
  *(FrequencyState *)state = (FrequencyState){0};
}

static uint32_t page_number(const FrequencyState *state, uint64_t hash) {
  return state->bits ? (uint32_t)(hash >> (64 - state->bits)) : 0;
}

static uint64_t slot_tag(uint64_t hash) { return hash >> 16 << 48; }
static FrequencyEntry *slot_entry(uint64_t slot) { return (FrequencyEntry *)(uintptr_t)(slot << 16 >> 16); }

static void page_put(SlotPage *page, uint64_t hash, const FrequencyEntry *entry) {
  uint32_t mask = page->slot_count - 1, at = (uint32_t)hash & mask;
  while (page->slots[at]) at = (at + 1) & mask;
  page->slots[at] = slot_tag(hash) | (uint64_t)(uintptr_t)entry;
  page->count++;
}

static Status page_make(Arena *arena, Error *error, uint32_t slot_count, uint32_t bits, SlotPage **out) {
  SlotPage *page;
  ARENA_NEW(arena, error, page);
  *page = (SlotPage){.slot_count = slot_count, .bits = bits};
  page->slots = arena_allocate_zeroed(arena, sizeof *page->slots * slot_count);
  *out = page;
  return page->slots ? OK : error_no_memory(error);
}

static Status double_slots(SlotPage *page, Arena *arena, Error *error) {
  SlotPage *larger;
  TRY(page_make(arena, error, page->slot_count * 2, page->bits, &larger));
  for (uint32_t i = 0; i < page->slot_count; i++) {
    if (page->slots[i]) page_put(larger, slot_entry(page->slots[i])->hash, slot_entry(page->slots[i]));
  }
  *page = *larger;
  return OK;
}

static Status double_directory(FrequencyState *state, Arena *arena, Error *error) {
  SlotPage **pages = arena_allocate(arena, sizeof *pages << (state->bits + 1));
  if (!pages) return error_no_memory(error);
  for (uint32_t i = 0; i < 1u << state->bits; i++) pages[2 * i] = pages[2 * i + 1] = state->pages[i];
  state->pages = pages;
  state->bits++;
  return OK;
}

// Those whose next bit is set go to a new page.
static Status split_page(FrequencyState *state, SlotPage *page, uint64_t hash, Arena *arena, Error *error) {
  uint64_t moved[PAGE_SLOTS];
  uint32_t moved_count = 0;
  SlotPage *other;
  if (page->bits == state->bits) TRY(double_directory(state, arena, error));
  TRY(page_make(arena, error, page->slot_count, page->bits + 1, &other));
  for (uint32_t i = 0; i < page->slot_count; i++) {
    if (page->slots[i]) moved[moved_count++] = page->slots[i];
    page->slots[i] = 0;
  }
  page->count = 0;
  page->bits++;
  for (uint32_t i = 0; i < moved_count; i++) {
    FrequencyEntry *entry = slot_entry(moved[i]);
    page_put(entry->hash >> (64 - page->bits) & 1 ? other : page, entry->hash, entry);
  }
  // The places of both in the directory are neighbours; the second half of them is the new page's.
  uint32_t places = 1u << (state->bits - page->bits);
  uint32_t begin = page_number(state, hash) / (2 * places) * (2 * places);
  for (uint32_t i = begin + places; i < begin + 2 * places; i++) state->pages[i] = other;
  return OK;
}

// The page that takes a new entry, with room for it.
static Status page_room(FrequencyState *state, uint64_t hash, Arena *arena, Error *error, SlotPage **out) {
  if (!state->pages) {
    ARENA_NEW(arena, error, state->pages);
    Status status = page_make(arena, error, FIRST_SLOTS, 0, state->pages);
    if (status != OK) state->pages = NULL;
    if (status != OK) return status;
  }
  for (;;) {
    SlotPage *page = *out = state->pages[page_number(state, hash)];
    if (page->count * 2 < page->slot_count) return OK;
    if (page->slot_count < PAGE_SLOTS || page->bits >= MOST_PAGE_BITS) {
      TRY(double_slots(page, arena, error));
    } else {
      TRY(split_page(state, page, hash, arena, error));
    }
  }
}

// A new entry, its value unset.
static Status frequency_add(FrequencyState *state, uint64_t hash, Arena *arena, Error *error, FrequencyEntry **entry) {
  FrequencySegment *segment = state->last;
  SlotPage *page = NULL;
  TRY(page_room(state, hash, arena, error, &page));
  if (!segment || segment->count == segment->capacity) {
    uint32_t capacity = segment ? MIN_OF(segment->capacity * 2, LARGEST_SEGMENT) : FIRST_SEGMENT;
    FrequencySegment *next = arena_allocate(arena, sizeof *next + sizeof(FrequencyEntry) * capacity);
    if (!next) return error_no_memory(error);
    *next = (FrequencySegment){.capacity = capacity};
    if (segment) {
      segment->next = next;
    } else {
      state->first = next;
    }
    state->last = segment = next;
  }
  *entry = &segment->entries[segment->count++];
  **entry = (FrequencyEntry){.hash = hash};
  page_put(page, hash, *entry);
  state->count++;
  return OK;
}

// The next entry with this hash; *probe: 0 at first. NULL: no more.
static FrequencyEntry *frequency_next(const FrequencyState *state, uint64_t hash, uint32_t *probe) {
  if (!state->pages) return NULL;
  const SlotPage *page = state->pages[page_number(state, hash)];
  for (;;) {
    uint64_t slot = page->slots[(uint32_t)(hash + (*probe)++) & (page->slot_count - 1)];
    if (!slot) return NULL;
    if ((slot ^ slot_tag(hash)) >> 48 == 0 && slot_entry(slot)->hash == hash) return slot_entry(slot);
  }
}

static Status frequency_row(EvalContext *context, Arena *arena, FrequencyState *state, const VectorView *view,
                            uint32_t at, uint64_t hash) {
  FrequencyEntry *entry;
  uint32_t probe = 0;
  state->total++;
  while ((entry = frequency_next(state, hash, &probe))) {
    if (cell_compare(&entry->value, view, at, context->scratch) == 0) {
      entry->count++;
      return OK;
    }
  }
  TRY(frequency_add(state, hash, arena, context->error, &entry));
  entry->count = 1;
  return cell_store(&entry->value, view, at, arena, context->error);
}

static Status frequency_rows(EvalContext *context, Arena *arena, void *const *states, void *one, const Vector *argument,
                             uint32_t row_count) {
  VectorView view;
  vector_view(argument, &view);
  uint64_t hashes[VECTOR_CAPACITY];
  if (row_count > VECTOR_CAPACITY) return error_set(context->error, ERROR_INTERNAL, -1, "A chunk has too many rows");
  vector_hash(argument, row_count, hashes, false);
  for (uint32_t row = 0; row < row_count; row++) {
    uint32_t at = view_row(&view, row);
    if (!view_valid(&view, at)) continue;
    TRY(frequency_row(context, arena, one ? one : states[row], &view, at, hashes[row]));
  }
  return OK;
}

UPDATE(frequency_update) {
  (void)call;
  return frequency_rows(context, arena, states, NULL, arguments[0], row_count);
}
UPDATE_ONE(frequency_update_one) {
  (void)call;
  return frequency_rows(context, arena, NULL, state_, arguments[0], row_count);
}

COMBINE(frequency_combine) {
  Type type = call->argument_types[0];
  FrequencyState *target = target_;
  const FrequencyState *source = source_;
  target->total += source->total;
  if (!target->wanted) target->wanted = source->wanted;
  for (const FrequencySegment *segment = source->first; segment; segment = segment->next) {
    for (uint32_t i = 0; i < segment->count; i++) {
      const FrequencyEntry *from = &segment->entries[i];
      FrequencyEntry *found;
      uint32_t probe = 0;
      while ((found = frequency_next(target, from->hash, &probe))) {
        if (cells_compare(&found->value, &from->value, type) == 0) break;
      }
      if (!found) {
        TRY(frequency_add(target, from->hash, arena, context->error, &found));
        TRY(cell_copy(&found->value, &from->value, type, arena, context->error));
      }
      found->count += from->count;
    }
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Results
// ---------------------------------------------------------------------------------------------------------------------

// The next segment of the state in hand; the budget pays for it. NULL: there are no more, or, when the cursor says so, none in this call.
static const FrequencySegment *next_segment(const FrequencyState *state, FinalizeCursor *cursor, uint32_t *budget) {
  const FrequencySegment *segment = cursor->index ? cursor->place : state->first;
  cursor->more = segment && !*budget;
  if (!segment || cursor->more) {
    if (!segment) cursor->index = 0;
    return NULL;
  }
  cursor->index = 1;
  cursor->place = segment->next;
  spend(budget, segment->count);
  return segment;
}

// The most frequent; of several, the one seen first.
FINALIZE(mode_finalize) {
  (void)call;
  uint32_t budget = FINALIZE_BUDGET;
  for (; cursor->row < row_count; cursor->row++) {
    const FrequencySegment *segment;
    const FrequencyEntry *best = cursor->index ? cursor->work : NULL;
    while ((segment = next_segment(states[cursor->row], cursor, &budget))) {
      for (uint32_t i = 0; i < segment->count; i++) {
        if (!best || segment->entries[i].count > best->count) best = &segment->entries[i];
      }
    }
    cursor->work = (void *)(uintptr_t)best;
    if (cursor->more) return OK;
    if (best) {
      TRY(cell_emit(&best->value, result, cursor->row, context->error));
    } else {
      TRY(vector_set_null(result, cursor->row, context->error));
    }
  }
  return OK;
}

FINALIZE(entropy_finalize) {
  (void)context, (void)call;
  uint32_t budget = FINALIZE_BUDGET / 2;
  for (; cursor->row < row_count; cursor->row++) {
    const FrequencyState *state = states[cursor->row];
    const FrequencySegment *segment;
    double *entropy = (double *)result->data + cursor->row, total = (double)state->total;
    if (!cursor->index) *entropy = 0;
    while ((segment = next_segment(state, cursor, &budget))) {
      for (uint32_t i = 0; i < segment->count; i++) {
        double count = (double)segment->entries[i].count;
        *entropy += count / total * log2(total / count);
      }
    }
    if (cursor->more) return OK;
  }
  return OK;
}

static int by_value(const AggregateCall *call, const void *a, const void *b) {
  const FrequencyEntry *x = a, *y = b;
  return cells_compare(&x->value, &y->value, call->argument_types[0]);
}
static int by_count(const AggregateCall *call, const void *a, const void *b) { // most first, then first seen
  const FrequencyEntry *x = a, *y = b;
  (void)call;
  return (x->count < y->count) - (x->count > y->count);
}

// The entries of a state in an order, a result that is made of the first of them.
typedef struct EntryList {
  ArenaMark mark;
  PointerSort sort;
  uint32_t filled;
  uint32_t wanted;
  uint32_t emitted;
} EntryList;

static Status open_entry_list(EvalContext *context, const FrequencyState *state, EntryList **out) {
  ArenaMark mark = arena_mark(context->scratch);
  EntryList *list;
  ARENA_NEW(context->scratch, context->error, list);
  list->mark = mark;
  list->wanted = state->wanted ? MIN_OF(state->wanted, state->count) : state->count;
  *out = list;
  return pointer_sort_open(&list->sort, state->count, context->scratch, context->error);
}

// Entries as the elements of a list, or, with counts, as the keys and values of a map.
static Status emit_entries(EvalContext *context, const AggregateCall *call, void *const *states, uint32_t row_count,
                           Vector *result, FinalizeCursor *cursor, PointerOrder order, bool with_counts) {
  uint32_t budget = FINALIZE_BUDGET / 2;
  for (; cursor->row < row_count; cursor->row++) {
    const FrequencyState *state = states[cursor->row];
    if (!state->count) {
      TRY(vector_set_null(result, cursor->row, context->error));
      continue;
    }
    EntryList *list = cursor->work;
    if (!list) TRY(open_entry_list(context, state, &list));
    cursor->work = list;
    const FrequencySegment *segment;
    while (list->filled < state->count && (segment = next_segment(state, cursor, &budget))) {
      for (uint32_t i = 0; i < segment->count; i++) list->sort.items[list->filled++] = &segment->entries[i];
    }
    cursor->more = list->filled < state->count || !pointer_sort_run(&list->sort, order, call, &budget) || !budget;
    if (cursor->more) return OK;
    uint32_t at = ((const ListEntry *)result->data)[cursor->row].offset;
    if (!list->emitted) TRY(list_append_entry(result, cursor->row, list->wanted, &at, context->error));
    Vector *elements = &result->children[0];
    for (; list->emitted < list->wanted && budget; list->emitted++) {
      const FrequencyEntry *entry = list->sort.items[list->emitted];
      uint32_t to = at + list->emitted;
      TRY(cell_emit(&entry->value, with_counts ? &elements->children[0] : elements, to, context->error));
      if (with_counts) ((uint64_t *)elements->children[1].data)[to] = entry->count;
      spend(&budget, cell_cost(&entry->value, call->argument_types[0]));
    }
    cursor->more = list->emitted < list->wanted;
    if (cursor->more) return OK;
    arena_rewind(context->scratch, list->mark);
    cursor->work = NULL;
    cursor->index = 0;
  }
  return OK;
}

FINALIZE(histogram_finalize) { return emit_entries(context, call, states, row_count, result, cursor, by_value, true); }

static Status bind_value(AggregateBind *bind) {
  Type type = aggregate_argument_type(bind, 0);
  if (type.id == TYPE_UNKNOWN) type = TYPE(NULL);
  bind->argument_types[0] = type;
  if (bind->function->result == TYPE_ANY) bind->result_type = type;
  return OK;
}

static Status bind_histogram(AggregateBind *bind) {
  TRY(bind_value(bind));
  return type_make_map(bind->arena, bind->error, bind->argument_types[0], TYPE(UBIGINT), &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// approx_top_k(x, k): exact here
// ---------------------------------------------------------------------------------------------------------------------

static Status top_rows(EvalContext *context, Arena *arena, void *const *states, void *one,
                       const Vector *const *arguments, uint32_t row_count) {
  VectorView counts;
  vector_view(arguments[1], &counts);
  for (uint32_t row = 0; row < row_count; row++) {
    // cppcheck-suppress nullPointer ; one of the two is given
    FrequencyState *state = one ? one : states[row];
    if (state->wanted) continue;
    uint32_t at = view_row(&counts, row);
    if (!view_valid(&counts, at)) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1,
                       "Invalid input for approx_top_k: k value cannot be NULL");
    }
    int64_t wanted = ((const int64_t *)counts.data)[at];
    if (wanted <= 0) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1, "Invalid input for approx_top_k: k value must be > 0");
    }
    if (wanted >= 1000000) {
      return error_set(context->error, ERROR_INVALID_INPUT, -1,
                       "Invalid input for approx_top_k: k value must be < 1000000");
    }
    state->wanted = (uint32_t)wanted;
  }
  return frequency_rows(context, arena, states, one, arguments[0], row_count);
}
UPDATE(top_update) {
  (void)call;
  return top_rows(context, arena, states, NULL, arguments, row_count);
}
UPDATE_ONE(top_update_one) {
  (void)call;
  return top_rows(context, arena, NULL, state_, arguments, row_count);
}
FINALIZE(top_finalize) { return emit_entries(context, call, states, row_count, result, cursor, by_count, false); }
#define top_init frequency_init
#define top_combine frequency_combine

static Status bind_top(AggregateBind *bind) {
  TRY(bind_value(bind));
  return type_make_list(bind->arena, bind->error, bind->argument_types[0], &bind->result_type);
}

// ---------------------------------------------------------------------------------------------------------------------
// approx_count_distinct: HyperLogLog with 64 registers (Flajolet and others, 2007), estimated as by Ertl ("New cardinality
// estimation algorithms for HyperLogLog sketches", 2017). The size is DuckDB's: its tests know the numbers.
// ---------------------------------------------------------------------------------------------------------------------

#define SKETCH_BITS 6
#define SKETCH_REGISTERS (1u << SKETCH_BITS)
#define SKETCH_RANKS (64 - SKETCH_BITS) // a register holds 0 … SKETCH_RANKS + 1

typedef struct SketchState {
  uint8_t registers[SKETCH_REGISTERS];
} SketchState;

INIT(sketch_init) {
  (void)call;
  *(SketchState *)state = (SketchState){0};
}

static Status sketch_rows(EvalContext *context, void *const *states, void *one, const Vector *argument,
                          uint32_t row_count) {
  VectorView view;
  vector_view(argument, &view);
  uint64_t hashes[VECTOR_CAPACITY];
  if (row_count > VECTOR_CAPACITY) return error_set(context->error, ERROR_INTERNAL, -1, "A chunk has too many rows");
  vector_hash(argument, row_count, hashes, false);
  for (uint32_t row = 0; row < row_count; row++) {
    if (!view_valid(&view, view_row(&view, row))) continue;
    SketchState *state = one ? one : states[row];
    uint32_t index = (uint32_t)hashes[row] & (SKETCH_REGISTERS - 1);
    uint8_t rank = (uint8_t)(__builtin_ctzll(hashes[row] >> SKETCH_BITS | UINT64_C(1) << SKETCH_RANKS) + 1);
    if (rank > state->registers[index]) state->registers[index] = rank;
  }
  return OK;
}
UPDATE(sketch_update) {
  UNUSED_AGGREGATE;
  return sketch_rows(context, states, NULL, arguments[0], row_count);
}
UPDATE_ONE(sketch_update_one) {
  UNUSED_AGGREGATE;
  return sketch_rows(context, NULL, state_, arguments[0], row_count);
}
COMBINE(sketch_combine) {
  UNUSED_AGGREGATE;
  SketchState *target = target_;
  const SketchState *source = source_;
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) {
    target->registers[i] = MAX_OF(target->registers[i], source->registers[i]);
  }
  return OK;
}

// Ertl's sigma: what the registers that saw nothing say.
static double sketch_sigma(double x) {
  if (x == 1) return HUGE_VAL;
  double y = 1, z = x, before;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

// Ertl's tau: what the full registers say.
static double sketch_tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before;
  do {
    x = sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before != z);
  return z / 3;
}

static int64_t sketch_estimate(const SketchState *state) {
  uint32_t counts[SKETCH_RANKS + 2] = {0};
  for (uint32_t i = 0; i < SKETCH_REGISTERS; i++) counts[state->registers[i]]++;
  double m = SKETCH_REGISTERS;
  double z = m * sketch_tau((m - counts[SKETCH_RANKS + 1]) / m);
  for (uint32_t rank = SKETCH_RANKS; rank >= 1; rank--) z = (z + counts[rank]) * 0.5;
  z += m * sketch_sigma(counts[0] / m);
  return (int64_t)llround(0.721347520444481703680 * m * m / z); // 1 / (2 ln 2)
}

FINALIZE(sketch_finalize) {
  (void)context, (void)call;
  for (uint32_t row = 0; row < row_count; row++) ((int64_t *)result->data)[row] = sketch_estimate(states[row]);
  return OK;
}

#define FREQUENCY_ENTRY(text, result_type, bind_function, finalize_function, ...)                                 \
  {                                                                                                               \
    .name = text, .result = OF(result_type), TYPES(OF(ANY)), .state_size = sizeof(FrequencyState),                \
    .init = frequency_init, .update = frequency_update, .update_one = frequency_update_one,                       \
    .combine = frequency_combine, .finalize = finalize_function, .bind = bind_function, .distinct_matters = true, \
    .skips_nulls = true, __VA_ARGS__                                                                              \
  }

AGGREGATE_TABLE(frequency) = {
    FREQUENCY_ENTRY("mode", ANY, bind_value, mode_finalize, .order_matters = true),
    FREQUENCY_ENTRY("entropy", DOUBLE, bind_value, entropy_finalize),
    FREQUENCY_ENTRY("histogram", ANY, bind_histogram, histogram_finalize),
    AGGREGATE("approx_top_k", OF(ANY), TYPES(OF(ANY), OF(BIGINT)), FrequencyState, top, .bind = bind_top,
              .distinct_matters = true, .skips_nulls = true),
    AGGREGATE("approx_count_distinct", OF(BIGINT), TYPES(OF(ANY)), SketchState, sketch, .bind = bind_value,
              .skips_nulls = true),
};
AGGREGATE_TABLE_END(frequency);
