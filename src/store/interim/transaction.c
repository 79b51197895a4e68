// SPDX-License-Identifier: MIT
//
// transaction.c: transactions: pinning a version, building its successor, conflicts, commit, rollback.
//
// Commit: when the newest version is still the base, the successor becomes the newest as it is. When others committed meanwhile, the changes are carried over
// to the newest version (rebase): objects one by one; of tables, appended rows go behind those of the others, deleted and updated rows are found by their
// ids. Conflicts were found when the rows were written, so that a rebase can only fail for keys and memory.
#include "store/interim/transaction.h"

// ---------------------------------------------------------------------------------------------------------------------
// Write records
// ---------------------------------------------------------------------------------------------------------------------

static void writes_free(Memory *memory, WriteRecord *record) {
  if (!record) return;
  while (record->tables) {
    TableWrites *next = record->tables->next;
    row_set_free(&record->tables->deleted, memory);
    row_set_free(&record->tables->updated, memory);
    row_set_free(&record->tables->unchecked, memory);
    memory_free(memory, record->tables, sizeof *record->tables);
    record->tables = next;
  }
  for (uint32_t i = 0; i < record->name_count; i++) {
    memory_free(memory, (void *)(uintptr_t)record->names[i].data, record->names[i].length + 1);
  }
  memory_free(memory, record->names, sizeof(Str) * record->name_capacity);
  memory_free(memory, record->objects, sizeof(uint64_t) * record->object_capacity);
  memory_free(memory, record, sizeof *record);
}

static TableWrites *find_writes(const WriteRecord *record, uint64_t table) {
  for (TableWrites *writes = record ? record->tables : NULL; writes; writes = writes->next) {
    if (writes->table == table) return writes;
  }
  return NULL;
}

// Calls for every write record that may conflict with the transaction: of others that are active, and of commits it does not see.
typedef bool (*RecordTest)(const WriteRecord *record, const void *context);
static bool any_other(const Transaction *transaction, RecordTest test, const void *context) {
  const Store *store = transaction->store;
  for (const Transaction *other = store->active; other; other = other->next) {
    if (other != transaction && other->writes && test(other->writes, context)) return true;
  }
  for (const WriteRecord *record = store->committed; record; record = record->next) {
    if (record->commit_number <= transaction->base->number) break;
    if (test(record, context)) return true;
  }
  return false;
}

typedef struct RowTest {
  uint64_t table;
  int64_t row_id;
} RowTest;

static bool writes_row(const WriteRecord *record, const void *context) {
  const RowTest *test = context;
  const TableWrites *writes = find_writes(record, test->table);
  return writes && (writes->dropped || writes->altered || row_set_has(&writes->deleted, test->row_id) ||
                    row_set_has(&writes->updated, test->row_id));
}

bool row_conflicts(const Transaction *transaction, uint64_t table, int64_t row_id) {
  RowTest test = {table, row_id};
  return any_other(transaction, writes_row, &test);
}

typedef struct TableTest {
  uint64_t table;
  bool alter;
} TableTest;

static bool writes_table(const WriteRecord *record, const void *context) {
  const TableTest *test = context;
  const TableWrites *writes = find_writes(record, test->table);
  return writes && (test->alter || writes->dropped || writes->altered);
}

bool table_conflicts(const Transaction *transaction, uint64_t table, bool alter) {
  TableTest test = {table, alter};
  return any_other(transaction, writes_table, &test);
}

static bool writes_object(const WriteRecord *record, const void *context) {
  const uint64_t *id = context;
  for (uint32_t i = 0; i < record->object_count; i++) {
    if (record->objects[i] == *id) return true;
  }
  return false;
}

static bool claims_name(const WriteRecord *record, const void *context) {
  const Str *name = context;
  for (uint32_t i = 0; i < record->name_count; i++) {
    if (str_equal(record->names[i], *name)) return true;
  }
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Begin and end
// ---------------------------------------------------------------------------------------------------------------------

Status transaction_begin(Store *store, bool read_only, Transaction **out, Error *error) {
  Transaction *transaction = memory_allocate_zeroed(store->memory, sizeof *transaction);
  if (!transaction) return error_no_memory(error);
  transaction->store = store;
  transaction->id = store->next_transaction++;
  transaction->read_only = read_only || store->read_only;
  transaction->base = transaction->version = store->newest;
  store->newest->references++;
  arena_init(&transaction->arena, store->memory);
  transaction->next = store->active;
  store->active = transaction;
  *out = transaction;
  return OK;
}

Status transaction_begin_at(const Transaction *base, Transaction **out, Error *error) {
  TRY(transaction_begin(base->store, true, out, error));
  version_release((*out)->base);
  (*out)->base = (*out)->version = base->base;
  base->base->references++;
  return OK;
}

// Write records that no active transaction can conflict with any more.
static void drop_old_records(Store *store) {
  uint64_t oldest = UINT64_MAX;
  for (const Transaction *other = store->active; other; other = other->next) oldest = MIN_OF(oldest, other->base->number);
  WriteRecord **link = &store->committed;
  while (*link && (*link)->commit_number > oldest) link = &(*link)->next;
  while (*link) {
    WriteRecord *old = *link;
    *link = old->next;
    writes_free(store->memory, old);
  }
}

static void end_transaction(Transaction *transaction) {
  Store *store = transaction->store;
  if (transaction->version != transaction->base) version_release(transaction->version);
  transaction->version = transaction->base;
  writes_free(store->memory, transaction->writes);
  transaction->writes = NULL;
  key_index_free(transaction->own_keys);
  transaction->own_keys = NULL;
  transaction->ended = true;
}

void transaction_free(Transaction *transaction) {
  if (!transaction) return;
  Store *store = transaction->store;
  if (!transaction->ended) transaction_rollback(transaction);
  Transaction **link = &store->active;
  while (*link != transaction) link = &(*link)->next;
  *link = transaction->next;
  version_release(transaction->base);
  arena_free(&transaction->arena);
  memory_free(store->memory, transaction, sizeof *transaction);
  drop_old_records(store);
}

// Rows that were written behind what others see may be written again.
static void give_back_tails(Transaction *transaction) {
  for (TableWrites *writes = transaction->writes ? transaction->writes->tables : NULL; writes; writes = writes->next) {
    const Table *base = version_find_table(transaction->base, writes->table);
    const Table *newest = version_find_table(transaction->store->newest, writes->table);
    if (!base || base != newest || !base->group_count) continue;
    const RowGroup *last = base->groups[base->group_count - 1];
    uint32_t at = last->row_count % VECTOR_CAPACITY;
    if (!at) continue;
    bool shared = false;
    for (const Transaction *other = transaction->store->active; other; other = other->next) {
      shared |= other != transaction && other->writes && find_writes(other->writes, writes->table);
    }
    if (shared) continue;
    for (uint32_t c = 0; c < last->column_count; c++) {
      Segment *segment = last->columns[c].segments[last->row_count / VECTOR_CAPACITY];
      if (segment->filled > at && !type_is_nested(segment->rows.type)) segment->filled = UINT32_MAX; // never appended in place again
    }
  }
}

void transaction_rollback(Transaction *transaction) {
  if (transaction->ended) return;
  give_back_tails(transaction);
  end_transaction(transaction);
}

uint64_t transaction_version(const Transaction *transaction) { return transaction->base->number; }
bool transaction_has_changes(const Transaction *transaction) { return transaction->writes != NULL; }
bool transaction_is_read_only(const Transaction *transaction) { return transaction->read_only; }
uint64_t transaction_commit_number(const Transaction *transaction) { return transaction->commit_number; }
Store *transaction_store(const Transaction *transaction) { return transaction->store; }

// ---------------------------------------------------------------------------------------------------------------------
// The private successor
// ---------------------------------------------------------------------------------------------------------------------

Status transaction_need_version(Transaction *transaction, Error *error) {
  if (transaction->read_only) {
    return error_set(error, ERROR_READ_ONLY, -1, "Cannot write: the database or the transaction is read-only");
  }
  if (!transaction->writes) {
    transaction->writes = memory_allocate_zeroed(transaction->store->memory, sizeof(WriteRecord));
    if (!transaction->writes) return error_no_memory(error);
  }
  if (transaction->version != transaction->base) return OK;
  return version_copy(transaction->base, transaction->id, &transaction->version, error);
}

Table *transaction_table(const Transaction *transaction, uint64_t table) {
  return version_find_table(transaction->version, table);
}

static Status make_writes(Transaction *transaction, uint64_t table, int64_t first_own_row, TableWrites **out, Error *error) {
  TableWrites *writes = memory_allocate_zeroed(transaction->store->memory, sizeof *writes);
  if (!writes) return error_no_memory(error);
  writes->table = table;
  writes->first_own_row = first_own_row;
  writes->next = transaction->writes->tables;
  transaction->writes->tables = writes;
  *out = writes;
  return OK;
}

Status transaction_own_table(Transaction *transaction, uint64_t table_id, Table **out, TableWrites **writes, Error *error) {
  TRY(transaction_need_version(transaction, error));
  Table *table = transaction_table(transaction, table_id);
  if (!table) return error_set(error, ERROR_INTERNAL, -1, "there is no table with number %llu", (unsigned long long)table_id);
  *writes = find_writes(transaction->writes, table_id);
  if (!*writes) {
    if (table_conflicts(transaction, table_id, false)) {
      return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict: the table was changed by another transaction");
    }
    TRY(make_writes(transaction, table_id, table->next_row_id, writes, error));
  }
  if (table->owner != transaction->id || table->references > 1) { // a scan may hold it
    Table *copy = NULL;
    TRY(table_copy(table, transaction->id, &copy, error));
    TRY(version_put_table(transaction->version, copy, error));
    table = copy;
  }
  *out = table;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Objects and names
// ---------------------------------------------------------------------------------------------------------------------

Status object_new_id(Transaction *transaction, uint64_t *id, Error *error) {
  (void)error;
  *id = transaction->store->next_id++;
  return OK;
}

static Status note_object(Transaction *transaction, uint64_t id, Error *error) {
  WriteRecord *record = transaction->writes;
  if (writes_object(record, &id)) return OK;
  if (any_other(transaction, writes_object, &id)) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict");
  }
  if (record->object_count == record->object_capacity) {
    uint32_t capacity = record->object_capacity ? record->object_capacity * 2 : 8;
    uint64_t *objects = memory_grow(transaction->store->memory, record->objects, sizeof(uint64_t) * record->object_capacity,
                                    sizeof(uint64_t) * capacity);
    if (!objects) return error_no_memory(error);
    record->objects = objects;
    record->object_capacity = capacity;
  }
  record->objects[record->object_count++] = id;
  transaction->version->stamp = transaction->store->next_stamp++;
  return OK;
}

Status object_put(Transaction *transaction, uint64_t id, uint32_t kind, const void *bytes, size_t length, Error *error) {
  TRY(transaction_need_version(transaction, error));
  TRY(note_object(transaction, id, error));
  transaction->version->stamp = transaction->store->next_stamp++;
  return version_put_object(transaction->version, id, kind, (Str){bytes, length}, error);
}

Status object_remove(Transaction *transaction, uint64_t id, Error *error) {
  uint32_t at;
  TRY(transaction_need_version(transaction, error));
  TRY(note_object(transaction, id, error));
  transaction->version->stamp = transaction->store->next_stamp++;
  if (version_find_object(transaction->version, id, &at)) version_remove_object(transaction->version, at);
  return OK;
}

static void describe_object(const Object *object, StoreObject *out) {
  *out = (StoreObject){.id = object->id, .kind = object->kind, .bytes = (const uint8_t *)object->bytes, .length = object->length};
}

bool object_get(const Transaction *transaction, uint64_t id, StoreObject *out) {
  uint32_t at;
  if (!version_find_object(transaction->version, id, &at)) return false;
  describe_object(transaction->version->objects[at], out);
  return true;
}

bool object_next(const Transaction *transaction, uint64_t from, StoreObject *out) {
  uint32_t at;
  version_find_object(transaction->version, from, &at);
  if (at == transaction->version->object_count) return false;
  describe_object(transaction->version->objects[at], out);
  return true;
}

uint64_t transaction_catalog_stamp(const Transaction *transaction) { return transaction->version->stamp; }

Status object_lock(Transaction *transaction, uint32_t kind, Str key, bool *conflict, Error *error) {
  Memory *memory = transaction->store->memory;
  *conflict = false;
  TRY(transaction_need_version(transaction, error));
  WriteRecord *record = transaction->writes;
  char *copy = memory_allocate(memory, key.length + 2); // the kind, the key, and a byte that writes_free counts
  if (!copy) return error_no_memory(error);
  copy[0] = (char)kind;
  if (key.length) memcpy(copy + 1, key.data, key.length);
  Str name = {copy, key.length + 1};
  bool mine = claims_name(record, &name);
  *conflict = !mine && any_other(transaction, claims_name, &name);
  if (mine || *conflict) {
    memory_free(memory, copy, key.length + 2);
    return OK;
  }
  if (record->name_count == record->name_capacity) {
    uint32_t capacity = record->name_capacity ? record->name_capacity * 2 : 4;
    Str *names = memory_grow(memory, record->names, sizeof(Str) * record->name_capacity, sizeof(Str) * capacity);
    if (!names) {
      memory_free(memory, copy, key.length + 2);
      return error_no_memory(error);
    }
    record->names = names;
    record->name_capacity = capacity;
  }
  record->names[record->name_count++] = name;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Counters
// ---------------------------------------------------------------------------------------------------------------------

Status counter_get(const Transaction *transaction, uint64_t id, int64_t *value, bool *found, Error *error) {
  const Store *store = transaction->store;
  (void)error;
  *found = false;
  for (uint32_t i = 0; i < store->counter_count && !*found; i++) {
    *found = store->counters[i].id == id;
    if (*found) *value = store->counters[i].value;
  }
  return OK;
}

Status counter_set(Transaction *transaction, uint64_t id, int64_t value, Error *error) {
  Store *store = transaction->store;
  for (uint32_t i = 0; i < store->counter_count; i++) {
    if (store->counters[i].id != id) continue;
    store->counters[i].value = value;
    return OK;
  }
  if (store->counter_count == store->counter_capacity) {
    uint32_t capacity = store->counter_capacity ? store->counter_capacity * 2 : 8;
    Counter *counters = memory_grow(store->memory, store->counters, sizeof(Counter) * store->counter_capacity, sizeof(Counter) * capacity);
    if (!counters) return error_no_memory(error);
    store->counters = counters;
    store->counter_capacity = capacity;
  }
  store->counters[store->counter_count++] = (Counter){id, value};
  return OK;
}

Status counter_remove(Transaction *transaction, uint64_t id, Error *error) {
  Store *store = transaction->store;
  (void)error;
  for (uint32_t i = 0; i < store->counter_count; i++) {
    if (store->counters[i].id == id) store->counters[i] = store->counters[--store->counter_count];
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables as a whole
// ---------------------------------------------------------------------------------------------------------------------

Status table_create(Transaction *transaction, const TableColumn *columns, uint32_t column_count, uint64_t *out, Error *error) {
  Table *table = NULL;
  TableWrites *writes = NULL;
  uint64_t table_id;
  TRY(transaction_need_version(transaction, error));
  TRY(object_new_id(transaction, &table_id, error));
  *out = table_id;
  TRY(table_make(transaction->store->memory, table_id, transaction->id, columns, column_count, &table, error));
  Status status = version_put_table(transaction->version, table, error);
  if (status != OK) {
    table_release(table);
    return status;
  }
  TRY(make_writes(transaction, table_id, 0, &writes, error));
  writes->created = true;
  return OK;
}

Status table_drop(Transaction *transaction, uint64_t table_id, Error *error) {
  TRY(transaction_need_version(transaction, error));
  TableWrites *writes = find_writes(transaction->writes, table_id);
  if (!writes || !writes->created) {
    if (table_conflicts(transaction, table_id, true)) {
      return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on drop");
    }
  }
  if (!writes) TRY(make_writes(transaction, table_id, 0, &writes, error));
  writes->dropped = true;
  version_remove_table(transaction->version, table_id);
  return OK;
}

static Status alter(Transaction *transaction, uint64_t table_id, Table **table, Error *error) {
  TableWrites *writes = NULL;
  TRY(transaction_own_table(transaction, table_id, table, &writes, error));
  if (!writes->created && table_conflicts(transaction, table_id, true)) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on alter");
  }
  writes->altered = true;
  Schema *schema;
  TRY(schema_copy((*table)->schema, (*table)->memory, &schema, error));
  schema_release((*table)->schema, (*table)->memory);
  (*table)->schema = schema;
  return OK;
}

Status table_add_column(Transaction *transaction, uint64_t table_id, const TableColumn *column, const Value *value,
                        Error *error) {
  Table *table = NULL;
  TRY(alter(transaction, table_id, &table, error));
  TRY(schema_add_column(table->schema, *column, error));
  return table_add_column_rows(table, value, error);
}

Status table_drop_column(Transaction *transaction, uint64_t table_id, uint32_t column_id, Error *error) {
  Table *table = NULL;
  uint32_t position;
  TRY(alter(transaction, table_id, &table, error));
  if (!schema_find_column(table->schema, column_id, &position)) {
    return error_set(error, ERROR_INTERNAL, -1, "there is no column with number %u", column_id);
  }
  for (uint32_t i = 0; i < table->group_count; i++) {
    RowGroup *group;
    TRY(table_own_group(table, i, &group, error));
  }
  table_drop_column_rows(table, position);
  Schema *schema = table->schema;
  schema->column_count--;
  memmove(&schema->columns[position], &schema->columns[position + 1], sizeof(TableColumn) * (schema->column_count - position));
  return OK;
}

bool table_exists(const Transaction *transaction, uint64_t table_id) { return transaction_table(transaction, table_id) != NULL; }

static Status find_table(const Transaction *transaction, uint64_t table_id, const Table **out, Error *error) {
  *out = transaction_table(transaction, table_id);
  if (*out) return OK;
  return error_set(error, ERROR_INTERNAL, -1, "there is no table with number %llu", (unsigned long long)table_id);
}

Status table_columns(const Transaction *transaction, uint64_t table_id, const TableColumn **columns, uint32_t *column_count,
                     Error *error) {
  const Table *table = NULL;
  TRY(find_table(transaction, table_id, &table, error));
  *columns = table->schema->columns;
  *column_count = table->schema->column_count;
  return OK;
}

Status table_row_count(const Transaction *transaction, uint64_t table_id, uint64_t *row_count, Error *error) {
  const Table *table = NULL;
  TRY(find_table(transaction, table_id, &table, error));
  *row_count = table->row_count;
  return OK;
}

Status table_bytes(const Transaction *transaction, uint64_t table_id, uint64_t *bytes, Error *error) {
  const Table *table = NULL;
  TRY(find_table(transaction, table_id, &table, error));
  *bytes = 0;
  for (uint32_t g = 0; g < table->group_count; g++) {
    for (uint32_t c = 0; c < table->groups[g]->column_count; c++) {
      *bytes += (uint64_t)table->groups[g]->row_count * physical_size(type_physical(table->schema->columns[c].type));
    }
  }
  return OK;
}

Status table_storage_next(const Transaction *transaction, uint64_t table_id, uint64_t *cursor, TableStorage *out, bool *found,
                          Error *error) {
  const Table *table = NULL;
  TRY(find_table(transaction, table_id, &table, error));
  uint32_t columns = table->schema->column_count;
  *found = columns && *cursor / columns < table->group_count;
  if (!*found) return OK;
  const RowGroup *group = table->groups[*cursor / columns];
  uint32_t column = (uint32_t)(*cursor % columns);
  *out = (TableStorage){.row_group = (uint32_t)(*cursor / columns),
                        .column_id = table->schema->columns[column].id,
                        .first_row = group->first_row_id,
                        .row_count = group->row_count,
                        .codec = "uncompressed",
                        .bytes = (uint64_t)group->row_count * physical_size(type_physical(table->schema->columns[column].type))};
  ++*cursor;
  return OK;
}

Status table_column_statistics(const Transaction *transaction, uint64_t table_id, uint32_t column_id, Arena *arena,
                               ColumnStatistics *statistics, Error *error) {
  const Table *table = NULL;
  uint32_t position;
  (void)arena;
  *statistics = (ColumnStatistics){.minimum = {.is_null = true}, .maximum = {.is_null = true}};
  TRY(find_table(transaction, table_id, &table, error));
  statistics->null_count = table->row_count;
  if (!schema_find_column(table->schema, column_id, &position)) return OK;
  bool bounds = false;
  for (uint32_t g = 0; g < table->group_count; g++) {
    for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) {
      const Segment *segment = table->groups[g]->columns[position].segments[k];
      if (!segment) break;
      if (!segment->bounds_known) return OK;
      if (!bounds || value_compare(&segment->minimum, &statistics->minimum) < 0) statistics->minimum = segment->minimum;
      if (!bounds || value_compare(&segment->maximum, &statistics->maximum) > 0) statistics->maximum = segment->maximum;
      bounds = true;
    }
  }
  statistics->has_bounds = bounds;
  if (bounds && statistics->minimum.type.id != TYPE_DECIMAL) {
    double span = (double)statistics->maximum.i64 - (double)statistics->minimum.i64 + 1;
    statistics->distinct_count = MIN_OF(span, (double)table->row_count);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Commit
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Rebase {
  const Table *from; // the transaction's
  Table *to;         // the copy of the newest
  Error *error;
} Rebase;

static Status rebase_delete(void *context, int64_t row_id) {
  Rebase *rebase = context;
  uint32_t group, offset;
  if (!table_find_row(rebase->to, row_id, &group, &offset)) return OK;
  if (group_row_deleted(rebase->to->groups[group], offset)) return OK;
  return table_delete_row(rebase->to, group, offset, rebase->error);
}

static Status rebase_update(void *context, int64_t row_id) {
  Rebase *rebase = context;
  uint32_t from_group, from_offset, group, offset;
  if (!table_find_row(rebase->from, row_id, &from_group, &from_offset)) return OK;
  if (!table_find_row(rebase->to, row_id, &group, &offset)) return OK;
  for (uint32_t c = 0; c < rebase->to->schema->column_count; c++) {
    Segment *segment;
    const Segment *source = rebase->from->groups[from_group]->columns[c].segments[from_offset / VECTOR_CAPACITY];
    TRY(table_own_segment(rebase->to, group, c, offset / VECTOR_CAPACITY, &segment, rebase->error));
    TRY(vector_copy(&segment->rows, offset % VECTOR_CAPACITY, &source->rows, NULL, from_offset % VECTOR_CAPACITY, 1, rebase->error));
    segment_note_bounds(segment, offset % VECTOR_CAPACITY, 1);
  }
  return OK;
}

// Appended rows that are still there go behind the newest table's.
static Status rebase_appends(const Rebase *rebase, int64_t first_own_row) {
  const Table *from = rebase->from;
  Chunk rows = {.column_count = from->schema->column_count, .memory = from->memory};
  rows.columns = memory_allocate_zeroed(from->memory, sizeof(Vector) * (rows.column_count + 1));
  if (!rows.columns) return error_no_memory(rebase->error);
  Status status = OK;
  for (uint32_t g = 0; g < from->group_count && status == OK; g++) {
    const RowGroup *group = from->groups[g];
    for (uint32_t k = 0; k * VECTOR_CAPACITY < group->row_count && status == OK; k++) {
      uint32_t selection[VECTOR_CAPACITY];
      uint32_t count = 0;
      uint32_t in_chunk = MIN_OF(group->row_count - k * VECTOR_CAPACITY, (uint32_t)VECTOR_CAPACITY);
      for (uint32_t r = 0; r < in_chunk; r++) {
        uint32_t offset = k * VECTOR_CAPACITY + r;
        selection[count] = r;
        count += group->first_row_id + offset >= first_own_row && !group_row_deleted(group, offset);
      }
      if (!count) continue;
      for (uint32_t c = 0; c < rows.column_count; c++) rows.columns[c] = group->columns[c].segments[k]->rows;
      rows.row_count = in_chunk;
      status = table_append_rows(rebase->to, &rows, selection, count, rebase->error);
    }
  }
  memory_free(from->memory, rows.columns, sizeof(Vector) * (rows.column_count + 1));
  return status;
}

static Status rebase_table(Transaction *transaction, Version *target, TableWrites *writes, Error *error) {
  const Table *own = transaction_table(transaction, writes->table);
  const Table *base = version_find_table(transaction->base, writes->table);
  Table *newest = version_find_table(target, writes->table);
  if (writes->dropped) {
    version_remove_table(target, writes->table);
    return OK;
  }
  if (writes->created || newest == base) {
    table_keep((Table *)(uintptr_t)own);
    return version_put_table(target, (Table *)(uintptr_t)own, error);
  }
  if (!newest || writes->altered) return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict");
  Table *merged = NULL;
  TRY(table_copy(newest, transaction->id, &merged, error));
  Rebase rebase = {own, merged, error};
  int64_t first = merged->next_row_id;
  Status status = row_set_visit(&writes->updated, rebase_update, &rebase);
  if (status == OK) status = row_set_visit(&writes->deleted, rebase_delete, &rebase);
  if (status == OK) status = rebase_appends(&rebase, writes->first_own_row);
  if (status == OK) status = version_put_table(target, merged, error);
  if (status != OK) {
    table_release(merged);
    return status;
  }
  writes->first_own_row = first;
  return OK;
}

static Status rebase(Transaction *transaction, Version **out, Error *error) {
  Store *store = transaction->store;
  Version *target = NULL;
  TRY(version_copy(store->newest, transaction->id, &target, error));
  Status status = OK;
  for (uint32_t i = 0; i < transaction->writes->object_count && status == OK; i++) {
    uint32_t at;
    uint64_t id = transaction->writes->objects[i];
    StoreObject object;
    if (object_get(transaction, id, &object)) {
      status = version_put_object(target, id, object.kind, (Str){(const char *)object.bytes, object.length}, error);
    } else if (version_find_object(target, id, &at)) {
      version_remove_object(target, at);
    }
    target->stamp = store->next_stamp++;
  }
  for (TableWrites *writes = transaction->writes->tables; writes && status == OK; writes = writes->next) {
    status = rebase_table(transaction, target, writes, error);
  }
  if (status != OK) {
    version_release(target);
    return status;
  }
  *out = target;
  return OK;
}

static Status check_keys(Transaction *transaction, const Version *version, Error *error) {
  for (TableWrites *writes = transaction->writes->tables; writes; writes = writes->next) {
    const Table *table = version_find_table(version, writes->table);
    if (writes->dropped || writes->altered || !table) {
      key_index_forget(transaction->store->keys, writes->table);
      continue;
    }
    TRY(check_committed_keys(transaction, table, writes, error));
  }
  return OK;
}

static Status publish(Transaction *transaction, Error *error) {
  Store *store = transaction->store;
  Version *version = transaction->version;
  if (store->newest != transaction->base) {
    TRY(rebase(transaction, &version, error));
  } else {
    version->references++;
  }
  Status status = check_keys(transaction, version, error);
  if (status != OK) {
    version_release(version);
    return status;
  }
  version->number = store->newest->number + 1;
  version->owner = 0;
  for (TableWrites *writes = transaction->writes->tables; writes; writes = writes->next) {
    Table *table = version_find_table(version, writes->table);
    if (table) table_publish(table);
  }
  version_release(store->newest);
  store->newest = version;
  transaction->commit_number = version->number;
  WriteRecord *record = transaction->writes;
  transaction->writes = NULL;
  record->commit_number = version->number;
  record->next = store->committed;
  store->committed = record;
  return OK;
}

Status transaction_commit_begin(Transaction *transaction, const CommitOrigin *origin, Error *error) {
  (void)origin; // memory keeps no log
  (void)error;
  ASSERT(!transaction->ended);
  return OK;
}

Status transaction_commit_step(Transaction *transaction, StoreStep *step, Error *error) {
  *step = STORE_DONE;
  Status status = transaction->writes ? publish(transaction, error) : OK;
  if (status != OK) give_back_tails(transaction);
  end_transaction(transaction);
  return status;
}
