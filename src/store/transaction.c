// SPDX-License-Identifier: MIT
//
// transaction.c: transactions: pinning a version, building its successor, conflicts, commit, rollback.
//
// Commit: when the newest version is still the base, the successor becomes the newest as it is. When others committed meanwhile, the changes are carried over
// to the newest version (rebase): objects one by one; of tables, appended rows go behind those of the others, deleted and updated rows are found by their
// ids. Conflicts were found when the rows were written, so that a rebase can only fail for keys and memory.
#include "store/transaction.h"

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
  transaction->read_only = read_only || store->options.read_only;
  transaction->base = transaction->version = store->newest;
  store->newest->references++;
  transaction->next = store->active;
  store->active = transaction;
  *out = transaction;
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

static void unlink_and_free(Transaction *transaction) {
  Store *store = transaction->store;
  Transaction **link = &store->active;
  while (*link != transaction) link = &(*link)->next;
  *link = transaction->next;
  if (transaction->version != transaction->base) version_release(transaction->version);
  version_release(transaction->base);
  writes_free(store->memory, transaction->writes);
  key_index_free(transaction->own_keys);
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
  if (!transaction) return;
  give_back_tails(transaction);
  unlink_and_free(transaction);
}

uint64_t transaction_number(const Transaction *transaction) { return transaction->base->number; }
bool transaction_changed(const Transaction *transaction) { return transaction->writes != NULL; }
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

uint64_t store_new_id(Transaction *transaction) { return transaction->store->next_id++; }

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

Status object_put(Transaction *transaction, uint64_t id, uint32_t kind, Str bytes, Error *error) {
  TRY(transaction_need_version(transaction, error));
  TRY(note_object(transaction, id, error));
  transaction->version->stamp = transaction->store->next_stamp++;
  return version_put_object(transaction->version, id, kind, bytes, error);
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
  *out = (StoreObject){.id = object->id, .kind = object->kind, .bytes = {object->bytes, object->length}};
}

bool object_get(const Transaction *transaction, uint64_t id, StoreObject *out) {
  uint32_t at;
  if (!version_find_object(transaction->version, id, &at)) return false;
  describe_object(transaction->version->objects[at], out);
  return true;
}

bool object_next(const Transaction *transaction, uint64_t after, StoreObject *out) {
  uint32_t at;
  if (after == UINT64_MAX) return false;
  version_find_object(transaction->version, after + 1, &at);
  if (at == transaction->version->object_count) return false;
  describe_object(transaction->version->objects[at], out);
  return true;
}

uint64_t object_stamp(const Transaction *transaction) { return transaction->version->stamp; }

Status name_claim(Transaction *transaction, Str name, Error *error) {
  Memory *memory = transaction->store->memory;
  TRY(transaction_need_version(transaction, error));
  WriteRecord *record = transaction->writes;
  if (claims_name(record, &name)) return OK;
  if (any_other(transaction, claims_name, &name)) {
    return error_set(error, ERROR_CONFLICT, -1, "Catalog write-write conflict on create with \"%.*s\"", STR_ARG(name));
  }
  if (record->name_count == record->name_capacity) {
    uint32_t capacity = record->name_capacity ? record->name_capacity * 2 : 4;
    Str *names = memory_grow(memory, record->names, sizeof(Str) * record->name_capacity, sizeof(Str) * capacity);
    if (!names) return error_no_memory(error);
    record->names = names;
    record->name_capacity = capacity;
  }
  char *copy = memory_allocate(memory, name.length + 1);
  if (!copy) return error_no_memory(error);
  memcpy(copy, name.data, name.length);
  record->names[record->name_count++] = (Str){copy, name.length};
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Tables as a whole
// ---------------------------------------------------------------------------------------------------------------------

Status table_create(Transaction *transaction, uint64_t table_id, const StoreColumn *columns, uint32_t column_count, Error *error) {
  Table *table = NULL;
  TableWrites *writes;
  TRY(transaction_need_version(transaction, error));
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
  TableWrites *writes;
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

Status table_add_column(Transaction *transaction, uint64_t table_id, StoreColumn column, const Value *value, Error *error) {
  Table *table = NULL;
  TRY(alter(transaction, table_id, &table, error));
  TRY(schema_add_column(table->schema, column, error));
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
  memmove(&schema->columns[position], &schema->columns[position + 1], sizeof(StoreColumn) * (schema->column_count - position));
  return OK;
}

uint64_t table_row_count(const Transaction *transaction, uint64_t table_id) {
  const Table *table = transaction_table(transaction, table_id);
  return table ? table->row_count : 0;
}

ColumnFacts table_column_facts(const Transaction *transaction, uint64_t table_id, uint32_t column_id) {
  const Table *table = transaction_table(transaction, table_id);
  ColumnFacts facts = {.has_nulls = true, .minimum = {.is_null = true}, .maximum = {.is_null = true}};
  uint32_t position;
  if (!table || !schema_find_column(table->schema, column_id, &position)) return facts;
  facts.known = true;
  bool bounds = false;
  for (uint32_t g = 0; g < table->group_count; g++) {
    for (uint32_t k = 0; k < CHUNKS_PER_GROUP; k++) {
      const Segment *segment = table->groups[g]->columns[position].segments[k];
      if (!segment) break;
      if (!segment->bounds_known) return facts;
      if (!bounds || value_compare(&segment->minimum, &facts.minimum) < 0) facts.minimum = segment->minimum;
      if (!bounds || value_compare(&segment->maximum, &facts.maximum) > 0) facts.maximum = segment->maximum;
      bounds = true;
    }
  }
  if (bounds && type_physical(table->schema->columns[position].type) <= PHYSICAL_I64 && facts.minimum.type.id != TYPE_DECIMAL) {
    double span = (double)facts.maximum.i64 - (double)facts.minimum.i64 + 1;
    facts.distinct = MIN_OF(span, (double)table->row_count);
  }
  return facts;
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
      status = version_put_object(target, id, object.kind, object.bytes, error);
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
  WriteRecord *record = transaction->writes;
  transaction->writes = NULL;
  record->commit_number = version->number;
  record->next = store->committed;
  store->committed = record;
  return OK;
}

Status transaction_commit_begin(Transaction *transaction, const CommitOrigin *origin, Error *error) {
  (void)error;
  if (origin) transaction->origin = *origin;
  return OK;
}

Status transaction_commit_step(Transaction *transaction, bool *done, Error *error) {
  *done = true;
  Status status = transaction->writes ? publish(transaction, error) : OK;
  if (status != OK) give_back_tails(transaction);
  unlink_and_free(transaction);
  return status;
}
