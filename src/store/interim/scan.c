// SPDX-License-Identifier: MIT
//
// scan.c: reading tables: scans of a pinned table, chunk by chunk, and rows by id. Segments in memory are handed out as they lie.
#include "store/interim/transaction.h"

struct TableScan {
  Table *table; // kept
  Memory *memory;
  uint32_t *positions;   // in the schema; COLUMN_ROW_ID stays
  uint32_t column_count;
  ZoneFilter *filters;
  uint32_t filter_count;
  uint32_t group;
  uint32_t chunk;
  Vector row_ids;
  bool row_ids_made;
  uint32_t selection[VECTOR_CAPACITY];
};

Status scan_open(Transaction *transaction, uint64_t table_id, const uint32_t *columns, uint32_t column_count,
                 const ZoneFilter *filters, uint32_t filter_count, TableScan **out, Error *error) {
  Memory *memory = transaction->store->memory;
  Table *table = transaction_table(transaction, table_id);
  *out = NULL;
  if (!table) return error_set(error, ERROR_INTERNAL, -1, "there is no table with number %llu", (unsigned long long)table_id);
  TableScan *scan = memory_allocate_zeroed(memory, sizeof *scan);
  if (!scan) return error_no_memory(error);
  *out = scan;
  scan->memory = memory;
  scan->table = table;
  table_keep(table);
  scan->column_count = column_count;
  scan->filter_count = filter_count;
  scan->positions = memory_allocate(memory, sizeof *scan->positions * (column_count + 1));
  scan->filters = memory_allocate(memory, sizeof *scan->filters * (filter_count + 1));
  if (!scan->positions || !scan->filters) return error_no_memory(error);
  if (filter_count) memcpy(scan->filters, filters, sizeof *filters * filter_count);
  for (uint32_t i = 0; i < column_count; i++) {
    scan->positions[i] = COLUMN_ROW_ID;
    if (columns[i] == COLUMN_ROW_ID) continue;
    if (!schema_find_column(table->schema, columns[i], &scan->positions[i])) {
      return error_set(error, ERROR_INTERNAL, -1, "there is no column with number %u", columns[i]);
    }
  }
  TRY(vector_init(&scan->row_ids, memory, TYPE(BIGINT), VECTOR_CAPACITY, error));
  scan->row_ids_made = true;
  return OK;
}

void scan_close(TableScan *scan) {
  if (!scan) return;
  if (scan->row_ids_made) vector_free(&scan->row_ids);
  memory_free(scan->memory, scan->positions, sizeof *scan->positions * (scan->column_count + 1));
  memory_free(scan->memory, scan->filters, sizeof *scan->filters * (scan->filter_count + 1));
  table_release(scan->table);
  memory_free(scan->memory, scan, sizeof *scan);
}

void scan_rewind(TableScan *scan) { scan->group = scan->chunk = 0; }

Status scan_need(TableScan *scan, StoreStep *step, Error *error) {
  (void)scan; // everything is in memory
  (void)error;
  *step = STORE_DONE;
  return OK;
}

void scan_types(const TableScan *scan, Type *types) {
  for (uint32_t i = 0; i < scan->column_count; i++) {
    types[i] = scan->positions[i] == COLUMN_ROW_ID ? TYPE(BIGINT) : scan->table->schema->columns[scan->positions[i]].type;
  }
}

Status scan_add_filter(TableScan *scan, const ZoneFilter *filter, Error *error) {
  ZoneFilter *filters = memory_grow(scan->memory, scan->filters, sizeof *filters * (scan->filter_count + 1),
                                    sizeof *filters * (scan->filter_count + 2));
  if (!filters) return error_no_memory(error);
  filters[scan->filter_count++] = *filter;
  scan->filters = filters;
  return OK;
}

double scan_progress(const TableScan *scan) {
  return scan->table->group_count ? ((double)scan->group + (double)scan->chunk / CHUNKS_PER_GROUP) / scan->table->group_count : 1;
}

// Can a value between the bounds pass `op value`?
static bool bounds_may_match(const Segment *segment, uint8_t op, const Value *value) {
  if (!segment->bounds_known || segment->minimum.type.id != value->type.id) return true;
  int low = value_compare(&segment->minimum, value);
  int high = value_compare(&segment->maximum, value);
  switch ((CompareOp)op) {
    case COMPARE_EQUAL:
      return low <= 0 && high >= 0;
    case COMPARE_LESS:
      return low < 0;
    case COMPARE_LESS_EQUAL:
      return low <= 0;
    case COMPARE_GREATER:
      return high > 0;
    case COMPARE_GREATER_EQUAL:
      return high >= 0;
    default:
      return true;
  }
}

static bool chunk_may_match(const TableScan *scan, const RowGroup *group, uint32_t chunk) {
  for (uint32_t i = 0; i < scan->filter_count; i++) {
    uint32_t position;
    if (scan->filters[i].kind != ZONE_COMPARE) continue;
    if (!schema_find_column(scan->table->schema, scan->filters[i].column_id, &position)) continue;
    const Segment *segment = group->columns[position].segments[chunk];
    if (!bounds_may_match(segment, scan->filters[i].compare, &scan->filters[i].value)) return false;
  }
  return true;
}

static uint32_t visible_rows(const RowGroup *group, uint32_t chunk, uint32_t rows, uint32_t *selection) {
  const DeleteMask *mask = group->deleted[chunk];
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows; i++) {
    selection[count] = i;
    count += !bit_get(mask->bits, i);
  }
  return count;
}

static Status fill_row_ids(TableScan *scan, int64_t first, uint32_t rows, Error *error) {
  TRY(vector_reset(&scan->row_ids, error));
  int64_t *ids = scan->row_ids.data;
  for (uint32_t i = 0; i < rows; i++) ids[i] = first + i;
  return OK;
}

static Status read_chunk(TableScan *scan, const RowGroup *group, uint32_t chunk, Chunk *out, Error *error) {
  uint32_t rows = MIN_OF(group->row_count - chunk * VECTOR_CAPACITY, (uint32_t)VECTOR_CAPACITY);
  uint32_t count = rows;
  bool some_deleted = group->deleted[chunk] && group->deleted[chunk]->count;
  if (some_deleted) count = visible_rows(group, chunk, rows, scan->selection);
  out->row_count = count;
  if (!count) return OK;
  for (uint32_t i = 0; i < scan->column_count; i++) {
    const Vector *source;
    if (scan->positions[i] == COLUMN_ROW_ID) {
      TRY(fill_row_ids(scan, group->first_row_id + (int64_t)chunk * VECTOR_CAPACITY, rows, error));
      source = &scan->row_ids;
    } else {
      source = &group->columns[scan->positions[i]].segments[chunk]->rows;
    }
    if (count == rows) {
      vector_borrow(&out->columns[i], source);
    } else {
      TRY(vector_slice(&out->columns[i], source, scan->selection, count, error));
    }
  }
  return OK;
}

Status scan_next(TableScan *scan, Chunk *out, bool *done, Error *error) {
  const Table *table = scan->table;
  out->row_count = 0;
  *done = false;
  while (scan->group < table->group_count) {
    const RowGroup *group = table->groups[scan->group];
    if (scan->chunk * VECTOR_CAPACITY >= group->row_count) {
      scan->group++;
      scan->chunk = 0;
      continue;
    }
    uint32_t chunk = scan->chunk++;
    if (!chunk_may_match(scan, group, chunk)) continue;
    TRY(read_chunk(scan, group, chunk, out, error));
    if (out->row_count) return OK;
  }
  *done = true;
  return OK;
}

Status table_fetch(Transaction *transaction, uint64_t table_id, const uint32_t *columns, uint32_t column_count,
                   const int64_t *row_ids, uint32_t count, Chunk *out, bool *found, Error *error) {
  const Table *table = transaction_table(transaction, table_id);
  TRY(chunk_reset(out, error));
  if (!table) return error_set(error, ERROR_INTERNAL, -1, "there is no table with number %llu", (unsigned long long)table_id);
  return fetch_rows(table, columns, column_count, row_ids, count, out, found, error);
}

Status fetch_rows(const Table *table, const uint32_t *columns, uint32_t column_count, const int64_t *row_ids, uint32_t count,
                  Chunk *out, bool *found, Error *error) {
  out->row_count = count;
  for (uint32_t rows = 0; rows < count; rows++) {
    uint32_t index, offset;
    uint32_t i = rows;
    bool there = table_find_row(table, row_ids[i], &index, &offset) && !group_row_deleted(table->groups[index], offset);
    if (found) found[i] = there;
    if (!there) {
      if (!found) return error_set(error, ERROR_INTERNAL, -1, "a row that was asked for by its id is not there");
      for (uint32_t c = 0; c < column_count; c++) TRY(vector_set_null(&out->columns[c], i, error));
      continue;
    }
    const RowGroup *group = table->groups[index];
    for (uint32_t c = 0; c < column_count; c++) {
      uint32_t position = 0;
      if (columns[c] == COLUMN_ROW_ID) {
        ((int64_t *)out->columns[c].data)[rows] = row_ids[i];
        continue;
      }
      if (!schema_find_column(table->schema, columns[c], &position)) {
        return error_set(error, ERROR_INTERNAL, -1, "there is no column with number %u", columns[c]);
      }
      const Segment *segment = group->columns[position].segments[offset / VECTOR_CAPACITY];
      TRY(vector_copy(&out->columns[c], rows, &segment->rows, NULL, offset % VECTOR_CAPACITY, 1, error));
    }
  }
  return OK;
}
