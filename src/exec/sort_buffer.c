// SPDX-License-Identifier: MIT
//
// sort_buffer.c: see sort_buffer.h.
//
// An entry, with a key of 11 bytes:
//
//   | word 0: bytes 0-7, big-endian | word 1: bytes 8-10, then zeros | row address |
//
// so that comparing words as numbers compares the bytes. Zero padding cannot confuse: keys of fixed size are equally long, and
// encoded strings end with a terminator.
#include "exec/sort_buffer.h"

static uint32_t total_key_bytes(const SortBuffer *buffer) {
  uint32_t total = 0;
  for (uint32_t k = 0; k < buffer->key_count; k++) {
    uint32_t size = sort_key_fixed_size(buffer->key_types[k]);
    if (!size) return 0;
    total += size;
  }
  return total <= SORT_PREFIX_WORDS * 8 ? total : 0;
}

Status sort_buffer_init(SortBuffer *buffer, Memory *memory, Arena *arena, const SortKey *keys, uint32_t key_count,
                        const Type *payload_types, uint32_t payload_count, uint64_t limit, Error *error) {
  memset(buffer, 0, sizeof *buffer);
  buffer->memory = memory;
  buffer->payload_count = payload_count;
  buffer->key_count = key_count;
  buffer->limit = limit;
  SortSpec *specs;
  Type *key_types;
  Type *types;
  ARENA_NEW_ARRAY(arena, error, specs, key_count);
  ARENA_NEW_ARRAY(arena, error, key_types, key_count);
  ARENA_NEW_ARRAY(arena, error, types, payload_count + 1);
  ARENA_NEW_ARRAY(arena, error, buffer->columns, payload_count + 1);
  for (uint32_t k = 0; k < key_count; k++) {
    specs[k] = keys[k].spec;
    key_types[k] = keys[k].expr->type;
  }
  for (uint32_t i = 0; i < payload_count; i++) types[i] = payload_types[i];
  types[payload_count] = TYPE(BLOB);
  buffer->specs = specs;
  buffer->key_types = key_types;
  buffer->key_bytes = key_count ? total_key_bytes(buffer) : 0;
  bool long_keys = key_count && !buffer->key_bytes;
  buffer->key_words = long_keys ? SORT_PREFIX_WORDS : (buffer->key_bytes + 7) / 8;
  buffer->entry_words = buffer->key_words + 1;
  TRY(row_layout_make(&buffer->layout, arena, types, payload_count + long_keys, 8, 0, error));
  row_store_init(&buffer->rows, memory, &buffer->layout);
  text_init(&buffer->key_text, memory);
  return vector_init(&buffer->key_column, memory, TYPE(BLOB), VECTOR_CAPACITY, error);
}

static void free_runs(SortBuffer *buffer) {
  for (uint32_t r = 0; r < buffer->run_count; r++) {
    memory_free_later(buffer->memory, buffer->runs[r].entries,
                      sizeof(uint64_t) * buffer->entry_words * (size_t)buffer->runs[r].capacity);
  }
  memory_free(buffer->memory, buffer->runs, sizeof(SortRun) * buffer->run_capacity);
  if (buffer->losers) memory_free(buffer->memory, buffer->losers, sizeof(uint32_t) * (buffer->run_count + 1));
  buffer->runs = NULL;
  buffer->losers = NULL;
  buffer->run_count = buffer->run_capacity = 0;
}

static void free_kept(SortBuffer *buffer) {
  if (!buffer->kept) return;
  free_runs(buffer->kept);
  memory_free(buffer->memory, buffer->kept, sizeof *buffer->kept);
  buffer->kept = NULL;
}

void sort_buffer_free(SortBuffer *buffer) {
  if (!buffer->memory) return;
  free_kept(buffer);
  free_runs(buffer);
  row_store_free(&buffer->rows);
  text_free(&buffer->key_text);
  vector_free(&buffer->key_column);
  if (buffer->bound) memory_free(buffer->memory, buffer->bound, sizeof(uint64_t) * buffer->entry_words);
  buffer->bound = NULL;
  buffer->merging = false;
  buffer->entry_count = 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Comparison
// ---------------------------------------------------------------------------------------------------------------------

static uint8_t *entry_row(const SortBuffer *buffer, const uint64_t *entry) {
  return (uint8_t *)(uintptr_t)entry[buffer->key_words];
}

// Beyond the prefix, for long keys.
static int compare_long_keys(const SortBuffer *buffer, const uint64_t *a, const uint64_t *b) {
  Str left = row_text(&buffer->layout, entry_row(buffer, a), buffer->payload_count);
  Str right = row_text(&buffer->layout, entry_row(buffer, b), buffer->payload_count);
  return str_compare(left, right);
}

static inline int compare_entries(const SortBuffer *buffer, const uint64_t *a, const uint64_t *b) {
  for (uint32_t w = 0; w < buffer->key_words; w++) {
    if (a[w] != b[w]) return a[w] < b[w] ? -1 : 1;
  }
  return buffer->key_bytes || !buffer->key_words ? 0 : compare_long_keys(buffer, a, b);
}

// ---------------------------------------------------------------------------------------------------------------------
// Runs
// ---------------------------------------------------------------------------------------------------------------------

static void copy_entry(const SortBuffer *buffer, uint64_t *to, const uint64_t *from) {
  for (uint32_t w = 0; w < buffer->entry_words; w++) to[w] = from[w];
}

static void insertion_sort(const SortBuffer *buffer, uint64_t *entries, uint32_t count) {
  uint32_t words = buffer->entry_words;
  uint64_t held[SORT_PREFIX_WORDS + 1];
  for (uint32_t i = 1; i < count; i++) {
    uint64_t *at = entries + (size_t)i * words;
    if (compare_entries(buffer, at - words, at) <= 0) continue;
    copy_entry(buffer, held, at);
    do {
      copy_entry(buffer, at, at - words);
      at -= words;
    } while (at > entries && compare_entries(buffer, at - words, held) > 0);
    copy_entry(buffer, at, held);
  }
}

#define INSERTION_SORT_ENTRIES 16

static void merge_halves(const SortBuffer *buffer, const uint64_t *left, uint32_t left_count, const uint64_t *right,
                         uint32_t right_count, uint64_t *out) {
  uint32_t words = buffer->entry_words;
  while (left_count && right_count) {
    bool take_right = compare_entries(buffer, left, right) > 0;
    const uint64_t *from = take_right ? right : left;
    copy_entry(buffer, out, from);
    out += words;
    right += take_right ? words : 0;
    left += take_right ? 0 : words;
    right_count -= take_right;
    left_count -= !take_right;
  }
  memcpy(out, left_count ? left : right, sizeof(uint64_t) * words * (size_t)(left_count + right_count));
}

// Bottom-up merge sort; stable.
static Status sort_run(SortBuffer *buffer, SortRun *run, Error *error) {
  uint32_t words = buffer->entry_words;
  bool sorted = true;
  for (uint32_t i = 1; i < run->count && sorted; i++) {
    sorted = compare_entries(buffer, run->entries + (size_t)(i - 1) * words, run->entries + (size_t)i * words) <= 0;
  }
  if (sorted) return OK;
  size_t bytes = sizeof(uint64_t) * words * (size_t)run->count;
  uint64_t *other = memory_allocate(buffer->memory, bytes);
  if (!other) return error_no_memory(error);
  for (uint32_t i = 0; i < run->count; i += INSERTION_SORT_ENTRIES) {
    insertion_sort(buffer, run->entries + (size_t)i * words, MIN_OF(run->count - i, (uint32_t)INSERTION_SORT_ENTRIES));
  }
  uint64_t *from = run->entries;
  uint64_t *to = other;
  for (uint32_t width = INSERTION_SORT_ENTRIES; width < run->count; width *= 2) {
    for (uint32_t i = 0; i < run->count; i += 2 * width) {
      uint32_t left = MIN_OF(width, run->count - i);
      uint32_t right = MIN_OF(width, run->count - i - left);
      merge_halves(buffer, from + (size_t)i * words, left, from + (size_t)(i + left) * words, right,
                   to + (size_t)i * words);
    }
    uint64_t *swap = from;
    from = to;
    to = swap;
  }
  if (from != run->entries) memcpy(run->entries, from, bytes);
  memory_free(buffer->memory, other, bytes);
  return OK;
}

static Status new_run(SortBuffer *buffer, Error *error) {
  if (buffer->run_count == buffer->run_capacity) {
    uint32_t capacity = buffer->run_capacity ? buffer->run_capacity * 2 : 8;
    SortRun *runs =
        memory_grow(buffer->memory, buffer->runs, sizeof(SortRun) * buffer->run_capacity, sizeof(SortRun) * capacity);
    if (!runs) return error_no_memory(error);
    buffer->runs = runs;
    buffer->run_capacity = capacity;
  }
  buffer->runs[buffer->run_count++] = (SortRun){0};
  return OK;
}

// The run that takes the next entries, with room for one more.
static Status open_run(SortBuffer *buffer, SortRun **out, Error *error) {
  SortRun *run = buffer->run_count ? &buffer->runs[buffer->run_count - 1] : NULL;
  if (!run || run->count == SORT_RUN_ENTRIES) {
    TRY(new_run(buffer, error));
    run = &buffer->runs[buffer->run_count - 1];
  }
  if (run->count == run->capacity) {
    uint32_t capacity = run->capacity ? MIN_OF(run->capacity * 4, (uint32_t)SORT_RUN_ENTRIES) : 64;
    size_t entry_bytes = sizeof(uint64_t) * buffer->entry_words;
    uint64_t *entries = memory_grow(buffer->memory, run->entries, entry_bytes * run->capacity, entry_bytes * capacity);
    if (!entries) return error_no_memory(error);
    run->entries = entries;
    run->capacity = capacity;
  }
  *out = run;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Append
// ---------------------------------------------------------------------------------------------------------------------

// A word of a key of which so many bytes are left.
static inline uint64_t load_word(const uint8_t *bytes, size_t left) {
  uint64_t word = 0;
  if (left >= sizeof word) {
    memcpy(&word, bytes, sizeof word);
  } else {
    memcpy(&word, bytes, left);
  }
  return __builtin_bswap64(word);
}

static inline void fill_entry(const SortBuffer *buffer, uint64_t *entry, Str key) {
  const uint8_t *bytes = (const uint8_t *)key.data;
  for (uint32_t w = 0; w < buffer->key_words; w++) {
    size_t from = (size_t)w * 8;
    entry[w] = from < key.length ? load_word(bytes + from, key.length - from) : 0;
  }
}

static Status add_entry(SortBuffer *buffer, const uint64_t *entry, Error *error) {
  SortRun *run = NULL;
  TRY(open_run(buffer, &run, error));
  copy_entry(buffer, run->entries + (size_t)run->count * buffer->entry_words, entry);
  run->count++;
  buffer->entry_count++;
  if (run->count == SORT_RUN_ENTRIES) return sort_run(buffer, run, error);
  return OK;
}

// Keys of fixed size: each in as many whole words as in an entry.
static void encode_fixed_keys(SortBuffer *buffer, const Vector *keys, const uint32_t *selection, uint32_t count,
                              uint32_t *offsets) {
  size_t stride = sizeof(uint64_t) * buffer->key_words;
  text_append_repeated(&buffer->key_text, 0, stride * count);
  if (buffer->key_text.failed) return;
  uint8_t *out = (uint8_t *)buffer->key_text.data;
  for (uint32_t k = 0; k < buffer->key_count; k++) {
    sort_key_write_fixed(&keys[k], selection, count, buffer->specs[k], out, stride);
    out += sort_key_fixed_size(buffer->key_types[k]);
  }
  for (uint32_t i = 0; i < count; i++) offsets[i] = (uint32_t)(stride * i);
}

static void encode_long_keys(SortBuffer *buffer, const Vector *keys, const uint32_t *selection, uint32_t count,
                             uint32_t *offsets) {
  for (uint32_t i = 0; i < count; i++) {
    offsets[i] = (uint32_t)buffer->key_text.length;
    uint32_t row = selection ? selection[i] : i;
    for (uint32_t k = 0; k < buffer->key_count; k++)
      sort_key_append(&buffer->key_text, &keys[k], row, buffer->specs[k]);
  }
}

// Keys as bytes: that of row i in offsets[i]..offsets[i + 1] of the key text.
static Status encode_keys(SortBuffer *buffer, const Vector *keys, const uint32_t *selection, uint32_t count,
                          uint32_t *offsets, Error *error) {
  text_clear(&buffer->key_text);
  (buffer->key_bytes ? encode_fixed_keys : encode_long_keys)(buffer, keys, selection, count, offsets);
  offsets[count] = (uint32_t)buffer->key_text.length;
  return buffer->key_text.failed ? error_no_memory(error) : OK;
}

// Without keys there is no text either.
static inline Str key_at(const SortBuffer *buffer, const uint32_t *offsets, uint32_t at) {
  uint32_t length = offsets[at + 1] - offsets[at];
  return (Str){length ? buffer->key_text.data + offsets[at] : "", length};
}

// TOP_N: of the rows, those that are before the bound.
static uint32_t select_promising(const SortBuffer *buffer, const uint32_t *offsets, uint32_t count, uint32_t *kept) {
  uint64_t entry[SORT_PREFIX_WORDS + 1];
  uint32_t promising = 0;
  for (uint32_t i = 0; i < count; i++) {
    fill_entry(buffer, entry, key_at(buffer, offsets, i));
    bool worse = false;
    for (uint32_t w = 0; w < buffer->key_words; w++) {
      if (entry[w] != buffer->bound[w]) {
        worse = entry[w] > buffer->bound[w];
        break;
      }
      worse = w + 1 == buffer->key_words && buffer->key_bytes; // equal: the earlier row stays
    }
    kept[promising] = i;
    promising += !worse;
  }
  return promising;
}

Status sort_buffer_append_tagged(SortBuffer *buffer, const Vector *keys, const Vector *payload, uint8_t *const *tags,
                                 const uint32_t *selection, uint32_t count, Error *error) {
  uint32_t offsets[VECTOR_CAPACITY + 1];
  uint32_t kept[VECTOR_CAPACITY];
  uint32_t chosen[VECTOR_CAPACITY];
  uint8_t *rows[VECTOR_CAPACITY];
  uint64_t entry[SORT_PREFIX_WORDS + 1];
  TRY(encode_keys(buffer, keys, selection, count, offsets, error));
  uint32_t kept_count = count;
  if (buffer->bound) {
    kept_count = select_promising(buffer, offsets, count, kept);
  } else {
    for (uint32_t i = 0; i < count; i++) kept[i] = i;
  }
  if (!kept_count) return OK;
  for (uint32_t i = 0; i < kept_count; i++) chosen[i] = selection ? selection[kept[i]] : kept[i];
  for (uint32_t c = 0; c < buffer->payload_count; c++) buffer->columns[c] = payload[c];
  if (buffer->layout.column_count > buffer->payload_count) {
    TRY(vector_reset(&buffer->key_column, error));
    StringView *views = buffer->key_column.data;
    for (uint32_t i = 0; i < kept_count; i++) {
      Str key = key_at(buffer, offsets, kept[i]);
      views[chosen[i]] = string_view(key.data, (uint32_t)key.length);
    }
    buffer->columns[buffer->payload_count] = buffer->key_column;
  }
  TRY(row_store_append(&buffer->rows, buffer->columns, chosen, kept_count, rows, error));
  for (uint32_t i = 0; i < kept_count; i++) {
    fill_entry(buffer, entry, key_at(buffer, offsets, kept[i]));
    entry[buffer->key_words] = (uint64_t)(uintptr_t)rows[i];
    if (tags) memcpy(rows[i], &tags[chosen[i]], sizeof tags[0]);
    TRY(add_entry(buffer, entry, error));
  }
  return OK;
}

Status sort_buffer_append(SortBuffer *buffer, const Vector *keys, const Vector *payload, uint32_t count, Error *error) {
  return sort_buffer_append_tagged(buffer, keys, payload, NULL, NULL, count, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Merge: a loser tree over the runs. Leaf r is run r; losers[1..run_count) are inner nodes, losers[0] the winner.
// ---------------------------------------------------------------------------------------------------------------------

static const uint64_t *run_head(const SortBuffer *buffer, uint32_t run) {
  const SortRun *r = &buffer->runs[run];
  return r->next < r->count ? r->entries + (size_t)r->next * buffer->entry_words : NULL;
}

// Does run a's head come before run b's? Ended runs come last; ties go to the earlier run.
static bool before(const SortBuffer *buffer, uint32_t a, uint32_t b) {
  const uint64_t *left = run_head(buffer, a);
  const uint64_t *right = run_head(buffer, b);
  if (!left || !right) return left != NULL;
  int order = compare_entries(buffer, left, right);
  return order ? order < 0 : a < b;
}

static Status start_merge(SortBuffer *buffer, Error *error) {
  uint32_t count = buffer->run_count;
  buffer->merging = true;
  if (count < 2) return OK;
  buffer->losers = memory_allocate(buffer->memory, sizeof(uint32_t) * (count + 1));
  if (!buffer->losers) return error_no_memory(error);
  for (uint32_t i = 0; i <= count; i++) buffer->losers[i] = UINT32_MAX;
  for (uint32_t run = 0; run < count; run++) {
    uint32_t winner = run;
    uint32_t node = (run + count) / 2;
    for (; node > 0; node /= 2) {
      if (buffer->losers[node] == UINT32_MAX) { // the first to get here waits for the other side
        buffer->losers[node] = winner;
        winner = UINT32_MAX;
        break;
      }
      if (before(buffer, buffer->losers[node], winner)) {
        uint32_t loser = winner;
        winner = buffer->losers[node];
        buffer->losers[node] = loser;
      }
    }
    if (winner != UINT32_MAX) buffer->losers[0] = winner;
  }
  return OK;
}

static const uint64_t *pop_entry(SortBuffer *buffer) {
  if (!buffer->run_count) return NULL;
  uint32_t winner = buffer->run_count == 1 ? 0 : buffer->losers[0];
  const uint64_t *entry = run_head(buffer, winner);
  if (!entry) return NULL;
  buffer->runs[winner].next++;
  if (buffer->run_count == 1) return entry;
  for (uint32_t node = (winner + buffer->run_count) / 2; node > 0; node /= 2) {
    if (before(buffer, buffer->losers[node], winner)) {
      uint32_t loser = winner;
      winner = buffer->losers[node];
      buffer->losers[node] = loser;
    }
  }
  buffer->losers[0] = winner;
  return entry;
}

Status sort_buffer_finish(SortBuffer *buffer, bool *done, Error *error) {
  *done = true;
  if (buffer->merging) return OK;
  if (buffer->run_count) {
    SortRun *run = &buffer->runs[buffer->run_count - 1];
    if (run->count < SORT_RUN_ENTRIES) TRY(sort_run(buffer, run, error));
  }
  return start_merge(buffer, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// TOP_N: of the entries only the best `limit` stay, and the worst of them is noted
// ---------------------------------------------------------------------------------------------------------------------

#define CUT_STEP_ENTRIES 8192

static Status start_cut(SortBuffer *buffer, Error *error) {
  bool done;
  size_t entry_bytes = sizeof(uint64_t) * buffer->entry_words;
  if (!buffer->bound) buffer->bound = memory_allocate_zeroed(buffer->memory, entry_bytes);
  if (!buffer->bound) return error_no_memory(error);
  TRY(sort_buffer_finish(buffer, &done, error));
  buffer->kept = memory_allocate_zeroed(buffer->memory, sizeof *buffer->kept);
  if (!buffer->kept) return error_no_memory(error);
  *buffer->kept = *buffer;
  buffer->kept->runs = NULL;
  buffer->kept->losers = NULL;
  buffer->kept->run_count = buffer->kept->run_capacity = 0;
  buffer->kept->entry_count = 0;
  return OK;
}

static Status cut_step(SortBuffer *buffer, Error *error) {
  SortBuffer *kept = buffer->kept;
  for (uint32_t i = 0; i < CUT_STEP_ENTRIES && kept->entry_count < buffer->limit; i++) {
    const uint64_t *entry = pop_entry(buffer);
    TRY(add_entry(kept, entry, error));
    if (kept->entry_count == buffer->limit) copy_entry(buffer, buffer->bound, entry);
  }
  if (kept->entry_count < buffer->limit) return OK;
  free_runs(buffer);
  buffer->runs = kept->runs;
  buffer->run_count = kept->run_count;
  buffer->run_capacity = kept->run_capacity;
  buffer->entry_count = kept->entry_count;
  buffer->merging = false;
  kept->runs = NULL;
  kept->run_count = kept->run_capacity = 0;
  free_kept(buffer);
  return OK;
}

Status sort_buffer_reserve(SortBuffer *buffer, bool *more, Error *error) {
  *more = true;
  if (buffer->kept) return cut_step(buffer, error);
  *more = buffer->limit && buffer->entry_count >= 4 * SORT_RUN_ENTRIES + 2 * buffer->limit;
  return *more ? start_cut(buffer, error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Next
// ---------------------------------------------------------------------------------------------------------------------

uint32_t sort_buffer_next_rows(SortBuffer *buffer, uint8_t **rows, uint32_t capacity) {
  uint32_t count = 0;
  while (count < capacity) {
    const uint64_t *entry = pop_entry(buffer);
    if (!entry) break;
    rows[count++] = entry_row(buffer, entry);
  }
  return count;
}

static Status gather(const SortBuffer *buffer, uint8_t *const *rows, uint32_t count, const uint32_t *columns,
                     Chunk *out, Error *error) {
  for (uint32_t i = 0; i < out->column_count && count; i++) {
    TRY(row_gather(&buffer->layout, rows, count, columns ? columns[i] : i, &out->columns[i], 0, error));
  }
  out->row_count = count;
  return OK;
}

Status sort_buffer_next(SortBuffer *buffer, const uint32_t *columns, uint32_t most, Chunk *out, Error *error) {
  uint8_t *rows[VECTOR_CAPACITY];
  TRY(chunk_reset(out, error));
  return gather(buffer, rows, sort_buffer_next_rows(buffer, rows, most), columns, out, error);
}

Status sort_buffer_next_tagged(SortBuffer *buffer, Chunk *out, uint8_t **tags, Error *error) {
  uint8_t *rows[VECTOR_CAPACITY];
  TRY(chunk_reset(out, error));
  uint32_t count = sort_buffer_next_rows(buffer, rows, VECTOR_CAPACITY);
  for (uint32_t i = 0; i < count; i++) memcpy(&tags[i], rows[i], sizeof tags[0]);
  return gather(buffer, rows, count, NULL, out, error);
}
