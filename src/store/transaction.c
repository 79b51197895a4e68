// SPDX-License-Identifier: MIT
//
// transaction.c: begin and end of transactions, catalog objects, name locks and counters. Tables are table_write.c, the
// commit is commit.c.
#include "store/state.h"

uint64_t store_new_stamp(Store *store) { return ++store->next_stamp; }

// ---------------------------------------------------------------------------------------------------------------------
// Begin and end
// ---------------------------------------------------------------------------------------------------------------------

static Status begin(Store *store, Version *version, bool read_only, Transaction **out, Error *error) {
  Transaction *transaction = memory_allocate_zeroed(store->memory, sizeof *transaction);
  if (!transaction) return error_no_memory(error);
  *transaction = (Transaction){.store = store, .version = version, .read_only = read_only};
  version->references++;
  arena_init(&transaction->duplicate_arena, store->memory);
  transaction->next = store->active;
  if (store->active) store->active->previous = transaction;
  store->active = transaction;
  *out = transaction;
  return OK;
}

Status transaction_begin(Store *store, bool read_only, Transaction **out, Error *error) {
  if (!store->open) return error_set(error, ERROR_CLOSED, -1, "Database is not open");
  return begin(store, store->current, read_only, out, error);
}

Status transaction_begin_at(const Transaction *base, Transaction **out, Error *error) {
  return begin(base->store, base->version, true, out, error);
}

static void free_table(Transaction *transaction, TransactionTable *table) {
  Memory *memory = transaction->store->memory;
  packer_free(&table->packer);
  table_version_drop(table->base);
  table_version_drop(table->work);
  table_version_drop(table->local);
  for (uint32_t i = 0; i < ROW_MARKS; i++) row_set_free(&table->rows[i]);
  key_changes_free(table, memory);
  memory_free(memory, table->updated_columns, sizeof(uint32_t) * table->updated_capacity);
  memory_free(memory, table, sizeof *table);
}

static void forget_changes(Transaction *transaction) {
  while (transaction->tables) {
    TransactionTable *table = transaction->tables;
    transaction->tables = table->next;
    free_table(transaction, table);
  }
  object_set_drop(transaction->objects);
  transaction->objects = NULL;
}

// Logs and locks of commits that every active transaction has seen are no longer needed.
static void prune(Store *store) {
  uint64_t oldest = UINT64_MAX;
  for (const Transaction *t = store->active; t; t = t->next) {
    if (!t->finished) oldest = MIN_OF(oldest, t->version->number);
  }
  while (store->oldest_log && store->oldest_log->number <= oldest) {
    CommitLog *log = store->oldest_log;
    store->oldest_log = log->next;
    if (!store->oldest_log) store->newest_log = NULL;
    commit_log_free(store, log);
  }
  for (NameLock **at = &store->locks; *at;) {
    NameLock *lock = *at;
    if (lock->holder || lock->number > oldest) {
      at = &lock->next;
      continue;
    }
    *at = lock->next;
    memory_free(store->memory, lock, sizeof *lock + lock->length);
  }
}

// The locks of a committed transaction stay, as a trace for those that began before; others go.
static void release_locks(Transaction *transaction) {
  Store *store = transaction->store;
  for (NameLock **at = &store->locks; *at;) {
    NameLock *lock = *at;
    if (lock->holder != transaction) {
      at = &lock->next;
    } else if (transaction->commit_number) {
      lock->holder = NULL;
      lock->number = transaction->commit_number;
      at = &lock->next;
    } else {
      *at = lock->next;
      memory_free(store->memory, lock, sizeof *lock + lock->length);
    }
  }
}

void transaction_end(Transaction *transaction) {
  if (transaction->finished) return;
  transaction->finished = true;
  forget_changes(transaction);
  release_locks(transaction);
  prune(transaction->store);
}

void transaction_rollback(Transaction *transaction) {
  commit_abandon(transaction);
  transaction_end(transaction);
}

void transaction_free(Transaction *transaction) {
  if (!transaction) return;
  Store *store = transaction->store;
  transaction_rollback(transaction);
  if (transaction->previous)
    transaction->previous->next = transaction->next;
  else
    store->active = transaction->next;
  if (transaction->next) transaction->next->previous = transaction->previous;
  version_drop(transaction->version);
  arena_free(&transaction->duplicate_arena);
  memory_free(store->memory, transaction, sizeof *transaction);
}

bool transaction_is_read_only(const Transaction *transaction) { return transaction->read_only; }
bool transaction_has_changes(const Transaction *transaction) {
  return transaction->objects || transaction->tables || transaction->counters_touched;
}
uint64_t transaction_version(const Transaction *transaction) { return transaction->version->number; }
uint64_t transaction_commit_number(const Transaction *transaction) { return transaction->commit_number; }
Store *transaction_store(const Transaction *transaction) { return transaction->store; }

static const ObjectSet *objects_of(const Transaction *transaction) {
  return transaction->objects ? transaction->objects : transaction->version->objects;
}

uint64_t transaction_catalog_stamp(const Transaction *transaction) { return objects_of(transaction)->stamp; }

bool transaction_duplicate(const Transaction *transaction, DuplicateKey *out) {
  if (transaction->has_duplicate) *out = transaction->duplicate;
  return transaction->has_duplicate;
}

bool transaction_conflict(const Transaction *transaction, CommitConflict *out) {
  *out = transaction->conflict;
  return out->table != 0;
}

Status transaction_check_writable(const Transaction *transaction, Error *error) {
  if (transaction->store->broken) {
    return error_set(error, ERROR_READ_ONLY, -1,
                     "The database can only be read: a flush failed earlier. Open it again to find out what was kept");
  }
  if (transaction->read_only || transaction->store->read_only) {
    return error_set(error, ERROR_READ_ONLY, -1, "Cannot write to a database that was opened in read-only mode!");
  }
  if (transaction->finished) return error_set(error, ERROR_TRANSACTION, -1, "The transaction has ended");
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Objects
// ---------------------------------------------------------------------------------------------------------------------

Status object_new_id(Transaction *transaction, uint64_t *id, Error *error) {
  TRY(transaction_check_writable(transaction, error));
  *id = transaction->store->next_id++;
  return OK;
}

static Status own_objects(Transaction *transaction, Error *error) {
  TRY(transaction_check_writable(transaction, error));
  if (!transaction->objects) {
    transaction->objects = transaction->version->objects;
    transaction->objects->references++;
    Status status = object_set_writable(&transaction->objects, store_new_stamp(transaction->store), error);
    if (status != OK) {
      object_set_drop(transaction->objects);
      transaction->objects = NULL;
    }
    return status;
  }
  transaction->objects->stamp = store_new_stamp(transaction->store);
  return OK;
}

Status object_put(Transaction *transaction, uint64_t id, uint32_t kind, const void *bytes, size_t length,
                  Error *error) {
  TRY(own_objects(transaction, error));
  return object_set_put(transaction->objects, id, kind, bytes, length, error);
}

Status object_remove(Transaction *transaction, uint64_t id, Error *error) {
  TRY(own_objects(transaction, error));
  object_set_remove(transaction->objects, id);
  return OK;
}

static void fill_object(const ObjectEntry *entry, StoreObject *out) {
  *out = (StoreObject){entry->id, entry->kind, entry->bytes, entry->length};
}

bool object_get(const Transaction *transaction, uint64_t id, StoreObject *out) {
  bool found;
  const ObjectSet *set = objects_of(transaction);
  uint32_t at = object_set_find(set, id, &found);
  if (found) fill_object(set->items[at], out);
  return found;
}

bool object_next(const Transaction *transaction, uint64_t from, StoreObject *out) {
  bool found;
  const ObjectSet *set = objects_of(transaction);
  uint32_t at = object_set_find(set, from, &found);
  if (at < set->count) fill_object(set->items[at], out);
  return at < set->count;
}

static Status add_lock(Transaction *transaction, uint32_t kind, Str key, NameLock **out, Error *error) {
  Store *store = transaction->store;
  NameLock *lock = memory_allocate(store->memory, sizeof *lock + key.length);
  if (!lock) return error_no_memory(error);
  *lock = (NameLock){.next = store->locks, .holder = transaction, .kind = kind, .length = (uint32_t)key.length};
  if (key.length) memcpy(lock->key, key.data, key.length);
  *out = store->locks = lock;
  return OK;
}

Status object_guard(Transaction *transaction, uint32_t kind, uint32_t against, Str key, const char *complaint,
                    Error *error) {
  NameLock *lock;
  TRY(transaction_check_writable(transaction, error));
  for (lock = transaction->store->locks; lock; lock = lock->next) {
    if (lock->holder == transaction && lock->kind == kind && str_equal((Str){lock->key, lock->length}, key)) return OK;
  }
  TRY(add_lock(transaction, kind, key, &lock, error));
  lock->against = against;
  lock->complaint = complaint;
  return OK;
}

Status transaction_check_guards(const Transaction *transaction, Error *error) {
  for (const NameLock *own = transaction->store->locks; own; own = own->next) {
    if (own->holder != transaction || !own->against) continue;
    for (const NameLock *other = transaction->store->locks; other; other = other->next) {
      bool since = !other->holder && other->number > transaction->version->number;
      if (!since || other->kind != own->against) continue;
      if (!str_equal((Str){other->key, other->length}, (Str){own->key, own->length})) continue;
      return error_set(error, ERROR_CONFLICT, -1, own->complaint, (int)own->length, own->key);
    }
  }
  return OK;
}

Status object_lock(Transaction *transaction, uint32_t kind, Str key, bool *conflict, Error *error) {
  Store *store = transaction->store;
  TRY(transaction_check_writable(transaction, error));
  *conflict = false;
  for (NameLock *lock = store->locks; lock; lock = lock->next) {
    if (lock->kind != kind || !str_equal((Str){lock->key, lock->length}, key)) continue;
    if (lock->holder == transaction) return OK;
    if (lock->holder || lock->number > transaction->version->number) {
      *conflict = true;
      return OK;
    }
  }
  NameLock *lock;
  return add_lock(transaction, kind, key, &lock, error);
}

// ---------------------------------------------------------------------------------------------------------------------
// Counters
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t counter_position(const CounterSet *set, uint64_t id, bool *found) {
  uint32_t low = 0, high = set->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (set->items[middle].id < id)
      low = middle + 1;
    else
      high = middle;
  }
  *found = low < set->count && set->items[low].id == id;
  return low;
}

const Counter *counter_set_find(const CounterSet *set, uint64_t id) {
  bool found;
  uint32_t at = counter_position(set, id, &found);
  return found ? &set->items[at] : NULL;
}

Status counter_set_put(CounterSet *set, uint64_t id, int64_t value, Error *error) {
  bool found;
  uint32_t at = counter_position(set, id, &found);
  if (!found && set->count == set->capacity) {
    uint32_t capacity = set->capacity ? set->capacity * 2 : 8;
    Counter *items = memory_grow(set->memory, set->items, sizeof(Counter) * set->capacity, sizeof(Counter) * capacity);
    if (!items) return error_no_memory(error);
    set->items = items;
    set->capacity = capacity;
  }
  if (!found) {
    memmove(set->items + at + 1, set->items + at, sizeof(Counter) * (set->count - at));
    set->count++;
  }
  set->items[at] = (Counter){id, value};
  return OK;
}

void counter_set_remove(CounterSet *set, uint64_t id) {
  bool found;
  uint32_t at = counter_position(set, id, &found);
  if (!found) return;
  memmove(set->items + at, set->items + at + 1, sizeof(Counter) * (set->count - at - 1));
  set->count--;
}

void counter_set_free(CounterSet *set) {
  if (set->memory) memory_free(set->memory, set->items, sizeof(Counter) * set->capacity);
  *set = (CounterSet){0};
}

Status counter_get(const Transaction *transaction, uint64_t id, int64_t *value, bool *found, Error *error) {
  (void)error;
  const Counter *counter = counter_set_find(&transaction->store->counters, id);
  *found = counter != NULL;
  *value = counter ? counter->value : 0;
  return OK;
}

Status counter_set(Transaction *transaction, uint64_t id, int64_t value, Error *error) {
  Store *store = transaction->store;
  TRY(transaction_check_writable(transaction, error));
  TRY(counter_set_put(&store->counters, id, value, error));
  store->counters_dirty = true;
  transaction->counters_touched = true;
  return OK;
}

Status counter_remove(Transaction *transaction, uint64_t id, Error *error) {
  Store *store = transaction->store;
  TRY(transaction_check_writable(transaction, error));
  counter_set_remove(&store->counters, id);
  store->counters_dirty = true;
  transaction->counters_touched = true;
  return OK;
}
