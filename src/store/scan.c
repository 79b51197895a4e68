// SPDX-License-Identifier: MIT
//
// scan.c: reading a table: all rows in order (TableScan), and rows by id (table_fetch).
//
// A scan holds the table version that it was opened on, and the transaction's own appended rows as they were. It goes slot by slot:
// scan_need finds the next slot that its filters do not exclude and pins its columns, scan_next cuts chunks from it.
#include "store/group_reader.h"
#include "store/state.h"

struct TableScan {
  Store *store;
  TableVersion *parts[2]; // committed rows, own appended rows (may be NULL); kept
  uint32_t part;
  uint32_t group;
  uint32_t slot;
  uint32_t row; // within the slot
  bool seated;  // the reader is on (group, slot)
  GroupReader reader;
  Chunk chunk;         // what the reader fills
  uint32_t *selection; // [VECTOR_CAPACITY] rows that are not deleted
  ZoneFilter *filters;
  uint32_t filter_count;
  uint32_t filter_capacity;
  const PieceRef **refs; // [column_count] for prefetching
  uint64_t rows_passed;
  uint64_t rows_total;
};

// ---------------------------------------------------------------------------------------------------------------------
// Opening
// ---------------------------------------------------------------------------------------------------------------------

static uint64_t physical_rows(const TableVersion *table) {
  uint64_t rows = 0;
  for (uint32_t i = 0; table && i < table->group_count; i++) rows += table->groups[i]->row_count;
  return rows;
}

static Status make_chunk(TableScan *scan, Error *error) {
  Arena arena;
  uint32_t count = scan->reader.column_count;
  arena_init(&arena, scan->store->memory);
  Type *types = arena_allocate(&arena, sizeof(Type) * MAX_OF(count, 1u));
  Status status = types ? OK : error_no_memory(error);
  if (status == OK) {
    scan_types(scan, types);
    status = chunk_init(&scan->chunk, scan->store->memory, types, count, error);
  }
  arena_free(&arena);
  return status;
}

static Status prepare(TableScan *scan, const uint32_t *column_ids, uint32_t column_count, const ZoneFilter *filters,
                      uint32_t filter_count, Error *error) {
  Memory *memory = scan->store->memory;
  TRY(group_reader_init(&scan->reader, memory, scan->parts[0]->shape, column_ids, column_count, error));
  TRY(make_chunk(scan, error));
  scan->selection = memory_allocate(memory, sizeof(uint32_t) * VECTOR_CAPACITY);
  scan->refs = memory_allocate(memory, sizeof(PieceRef *) * MAX_OF(column_count, 1u));
  if (!scan->selection || !scan->refs) return error_no_memory(error);
  for (uint32_t i = 0; i < filter_count; i++) TRY(scan_add_filter(scan, &filters[i], error));
  return OK;
}

Status scan_open(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                 const ZoneFilter *filters, uint32_t filter_count, TableScan **out, Error *error) {
  Store *store = transaction->store;
  TableVersion *version;
  TRY(transaction_table(transaction, table, &version, error));
  TableScan *scan = memory_allocate_zeroed(store->memory, sizeof *scan);
  if (!scan) return error_no_memory(error);
  scan->store = store;
  scan->parts[0] = version;
  version->references++;
  const TransactionTable *own = transaction_find_table(transaction, table);
  if (own && own->local) {
    scan->parts[1] = own->local;
    own->local->references++;
  }
  scan->rows_total = physical_rows(scan->parts[0]) + physical_rows(scan->parts[1]);
  Status status = prepare(scan, column_ids, column_count, filters, filter_count, error);
  if (status != OK) {
    scan_close(scan);
    return status;
  }
  *out = scan;
  return OK;
}

void scan_close(TableScan *scan) {
  if (!scan) return;
  Memory *memory = scan->store->memory;
  if (scan->chunk.memory) chunk_free(&scan->chunk);
  memory_free(memory, scan->selection, sizeof(uint32_t) * VECTOR_CAPACITY);
  memory_free(memory, scan->refs, sizeof(PieceRef *) * MAX_OF(scan->reader.column_count, 1u));
  memory_free(memory, scan->filters, sizeof(ZoneFilter) * scan->filter_capacity);
  group_reader_free(&scan->reader);
  table_version_drop(scan->parts[0]);
  table_version_drop(scan->parts[1]);
  memory_free(memory, scan, sizeof *scan);
}

Status scan_add_filter(TableScan *scan, const ZoneFilter *filter, Error *error) {
  if (scan->filter_count == scan->filter_capacity) {
    uint32_t capacity = scan->filter_capacity ? scan->filter_capacity * 2 : 4;
    ZoneFilter *filters = memory_grow(scan->store->memory, scan->filters, sizeof(ZoneFilter) * scan->filter_capacity,
                                      sizeof(ZoneFilter) * capacity);
    if (!filters) return error_no_memory(error);
    scan->filters = filters;
    scan->filter_capacity = capacity;
  }
  scan->filters[scan->filter_count++] = *filter;
  return OK;
}

void scan_types(const TableScan *scan, Type *types) {
  for (uint32_t i = 0; i < scan->reader.column_count; i++) types[i] = scan->reader.columns[i].type;
}

double scan_progress(const TableScan *scan) {
  return scan->rows_total ? (double)scan->rows_passed / (double)scan->rows_total : 1;
}

void scan_rewind(TableScan *scan) {
  group_reader_unseat(&scan->reader);
  scan->part = scan->group = scan->slot = scan->row = 0;
  scan->seated = false;
  scan->rows_passed = 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Skipping and pinning
// ---------------------------------------------------------------------------------------------------------------------

static bool group_overlays(const RowGroup *group, uint32_t column_id) {
  for (uint32_t i = 0; group->windows && i < GROUP_WINDOWS; i++) {
    if (group->windows[i] && window_overlay(group->windows[i], column_id)) return true;
  }
  return false;
}

static bool slot_may_match(const TableScan *scan, const RowGroup *group, const Slot *slot) {
  for (uint32_t i = 0; i < scan->filter_count; i++) {
    const ZoneFilter *filter = &scan->filters[i];
    if (group_overlays(group, filter->column_id)) continue;
    const ColumnSketch *sketch = NULL;
    uint32_t position;
    if (slot->block) {
      const Segment *segment = block_find(slot->block, filter->column_id);
      if (segment) sketch = &segment->sketch;
    } else if (slot->tail->sketches && shape_find(slot->tail->shape, filter->column_id, &position) &&
               slot->tail->sketches[position].row_count == slot->tail->rows_used) {
      sketch = &slot->tail->sketches[position];
    }
    if (sketch && !sketch_may_match(sketch, filter)) return false;
  }
  return true;
}

// Row ids need no sketch: those of a run of rows are known.
static bool row_ids_may_match(const TableScan *scan, int64_t first, uint32_t count) {
  int64_t last = first + count - 1;
  for (uint32_t i = 0; i < scan->filter_count; i++) {
    const ZoneFilter *filter = &scan->filters[i];
    if (filter->column_id != COLUMN_ROW_ID || filter->kind != ZONE_COMPARE) continue;
    int64_t value = filter->value.i64;
    switch (filter->compare) {
      case COMPARE_EQUAL:
        if (value < first || value > last) return false;
        break;
      case COMPARE_LESS:
        if (first >= value) return false;
        break;
      case COMPARE_LESS_EQUAL:
        if (first > value) return false;
        break;
      case COMPARE_GREATER:
        if (last <= value) return false;
        break;
      case COMPARE_GREATER_EQUAL:
        if (last < value) return false;
        break;
      default:
        break;
    }
  }
  return true;
}

static void prefetch(TableScan *scan, const Slot *slot) {
  uint32_t count = 0;
  for (uint32_t i = 0; slot->block && i < scan->reader.column_count; i++) {
    if (scan->reader.columns[i].column_id == COLUMN_ROW_ID) continue;
    const Segment *segment = block_find(slot->block, scan->reader.columns[i].column_id);
    if (segment && segment->ref.page) scan->refs[count++] = &segment->ref;
  }
  if (count > 1) pieces_prefetch(&scan->store->pages, scan->refs, count);
}

static void next_slot(TableScan *scan) {
  scan->slot++;
  scan->row = 0;
  scan->seated = false;
}

Status scan_need(TableScan *scan, StoreStep *step, Error *error) {
  *step = STORE_DONE;
  while (!scan->seated && scan->part < 2) {
    TableVersion *table = scan->parts[scan->part];
    if (!table || scan->group >= table->group_count) {
      scan->part++;
      scan->group = scan->slot = 0;
      continue;
    }
    RowGroup *group = table->groups[scan->group];
    bool skipped =
        group->deleted_count >= group->row_count || !row_ids_may_match(scan, group->first_row, group->row_count);
    if (!skipped) TRY(group_load(group, scan->reader.shape, error));
    if (skipped || scan->slot >= group->slot_count) {
      if (!scan->slot) scan->rows_passed += group->row_count;
      scan->group++;
      scan->slot = 0;
      continue;
    }
    const Slot *slot = &group->slots[scan->slot];
    if (!slot->row_count || !slot_may_match(scan, group, slot)) {
      scan->rows_passed += slot->row_count;
      next_slot(scan);
      continue;
    }
    prefetch(scan, slot);
    TRY(group_reader_seat(&scan->reader, group, scan->slot, error));
    scan->row = 0;
    scan->seated = true;
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Chunks
// ---------------------------------------------------------------------------------------------------------------------

static Status hand_out(TableScan *scan, uint32_t row_count, uint32_t live, Chunk *out, Error *error) {
  for (uint32_t i = 0; i < scan->reader.column_count; i++) {
    if (live < row_count) {
      TRY(vector_slice(&out->columns[i], &scan->chunk.columns[i], scan->selection, live, error));
    } else {
      vector_borrow(&out->columns[i], &scan->chunk.columns[i]);
    }
  }
  out->row_count = live;
  return OK;
}

Status scan_next(TableScan *scan, Chunk *out, bool *done, Error *error) {
  StoreStep step;
  *done = false;
  out->row_count = 0;
  for (;;) {
    TRY(scan_need(scan, &step, error));
    if (step == STORE_WAIT) return OK;
    if (!scan->seated) {
      *done = true;
      return OK;
    }
    const Slot *slot = &scan->reader.group->slots[scan->slot];
    uint32_t rows = group_reader_stride(slot, scan->row), from = scan->row;
    bool may_match = row_ids_may_match(scan, scan->reader.group->first_row + scan->reader.slot_first + from, rows);
    uint32_t live = may_match ? group_reader_live(&scan->reader, from, rows, scan->selection) : 0;
    if (live) TRY(group_reader_read(&scan->reader, from, rows, scan->chunk.columns, error));
    scan->row += rows;
    scan->rows_passed += rows;
    if (live) TRY(hand_out(scan, rows, live, out, error));
    // The reader stays seated until the next call: what was handed out may be borrowed from it.
    if (scan->row >= slot->row_count) next_slot(scan);
    if (live) return OK;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Rows by id
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Fetch {
  GroupReader reader;
  Chunk window; // rows [from, from + count) of the seated slot
  const RowGroup *group;
  uint32_t slot;
  uint32_t from;
  uint32_t count; // 0: nothing read yet
} Fetch;

static uint32_t slot_of(const RowGroup *group, uint32_t row, uint32_t *slot_row) {
  uint32_t slot = 0;
  while (row >= group->slots[slot].row_count) row -= group->slots[slot++].row_count;
  *slot_row = row;
  return slot;
}

// Makes the window cover the row; *at is its place there.
static Status fetch_window(Fetch *fetch, const RowGroup *group, uint32_t row, uint32_t *at, Error *error) {
  uint32_t slot_row, slot = slot_of(group, row, &slot_row);
  if (fetch->count && fetch->group == group && fetch->slot == slot && slot_row >= fetch->from &&
      slot_row < fetch->from + fetch->count) {
    *at = slot_row - fetch->from;
    return OK;
  }
  TRY(group_reader_seat(&fetch->reader, group, slot, error));
  const Slot *place = &group->slots[slot];
  uint32_t offset = place->tail ? (place->tail_from + slot_row) % VECTOR_CAPACITY : slot_row % VECTOR_CAPACITY;
  fetch->group = group;
  fetch->slot = slot;
  fetch->from = slot_row - MIN_OF(offset, slot_row);
  fetch->count = 0;
  uint32_t count = group_reader_stride(place, fetch->from);
  TRY(group_reader_read(&fetch->reader, fetch->from, count, fetch->window.columns, error));
  fetch->count = count;
  *at = slot_row - fetch->from;
  return OK;
}

static Status fetch_missing(Chunk *out, uint32_t row, bool *found, Error *error) {
  if (!found) return error_set(error, ERROR_INTERNAL, -1, "A row that was to be fetched is not there");
  found[row] = false;
  for (uint32_t i = 0; i < out->column_count; i++) TRY(vector_set_null(&out->columns[i], row, error));
  return OK;
}

static Status fetch_rows(Fetch *fetch, TableVersion *const parts[2], const int64_t *row_ids, uint32_t count, Chunk *out,
                         bool *found, Error *error) {
  for (uint32_t i = 0; i < count;) {
    TableVersion *table = parts[row_ids[i] >= ROW_ID_LOCAL];
    uint32_t group_index, row, at;
    bool there = table && row_ids[i] >= 0 && table_version_find(table, row_ids[i], &group_index, &row);
    RowGroup *group = there ? table->groups[group_index] : NULL;
    if (there) {
      TRY(group_load(group, table->shape, error));
      there = !group_row_deleted(group, row);
    }
    if (!there) {
      TRY(fetch_missing(out, i, found, error));
      i++;
      continue;
    }
    TRY(fetch_window(fetch, group, row, &at, error));
    // Neighbours are copied at once.
    uint32_t run = 1;
    while (i + run < count && row_ids[i + run] == row_ids[i] + run && at + run < fetch->count &&
           !group_row_deleted(group, row + run)) {
      run++;
    }
    for (uint32_t j = 0; j < out->column_count; j++) {
      TRY(vector_copy(&out->columns[j], i, &fetch->window.columns[j], NULL, at, run, error));
    }
    for (uint32_t j = 0; found && j < run; j++) found[i + j] = true;
    i += run;
  }
  return OK;
}

Status table_fetch(Transaction *transaction, uint64_t table, const uint32_t *column_ids, uint32_t column_count,
                   const int64_t *row_ids, uint32_t count, Chunk *out, bool *found, Error *error) {
  TableVersion *parts[2] = {NULL, NULL};
  Memory *memory = transaction->store->memory;
  TRY(transaction_table(transaction, table, &parts[0], error));
  const TransactionTable *own = transaction_find_table(transaction, table);
  if (own) parts[1] = own->local;
  TRY(chunk_reset(out, error));
  Fetch fetch = {0};
  TRY(group_reader_init(&fetch.reader, memory, parts[0]->shape, column_ids, column_count, error));
  Arena arena;
  arena_init(&arena, memory);
  Type *types = arena_allocate(&arena, sizeof(Type) * MAX_OF(column_count, 1u));
  Status status = types ? OK : error_no_memory(error);
  for (uint32_t i = 0; types && i < column_count; i++) types[i] = fetch.reader.columns[i].type;
  if (status == OK) status = chunk_init(&fetch.window, memory, types, column_count, error);
  if (status == OK) status = fetch_rows(&fetch, parts, row_ids, count, out, found, error);
  if (status == OK) out->row_count = count;
  if (fetch.window.memory) chunk_free(&fetch.window);
  arena_free(&arena);
  group_reader_free(&fetch.reader);
  return status;
}
