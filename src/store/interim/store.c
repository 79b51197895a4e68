// SPDX-License-Identifier: MIT
//
// store.c: opening and closing a store, and what it tells about itself.
#include "store/interim/transaction.h"

Status store_open_begin(const StoreOptions *options, Store **out, Error *error) {
  *out = NULL;
  if (options->path.length && !str_equal(options->path, STR(":memory:"))) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Cannot open \"%.*s\": only databases in memory are supported yet (\":memory:\")",
                     STR_ARG(options->path));
  }
  Store *store = memory_allocate_zeroed(options->memory, sizeof *store);
  if (!store) return error_no_memory(error);
  store->memory = options->memory;
  store->host = options->host;
  store->read_only = options->read_only;
  store->next_transaction = 1;
  store->next_id = 1;
  store->next_stamp = 1;
  store->keys = key_index_create(options->memory);
  Status status = store->keys ? version_create(options->memory, &store->newest, error) : error_no_memory(error);
  if (status != OK) {
    store_free(store);
    return status;
  }
  *out = store;
  return OK;
}

Status store_open_step(Store *store, StoreStep *step, Error *error) {
  (void)store;
  (void)error;
  *step = STORE_DONE;
  return OK;
}

Status store_close_begin(Store *store, Error *error) {
  (void)error;
  ASSERT(!store->active);
  return OK;
}

Status store_close_step(Store *store, StoreStep *step, Error *error) {
  (void)store;
  (void)error;
  *step = STORE_DONE;
  return OK;
}

void store_free(Store *store) {
  if (!store) return;
  version_release(store->newest);
  key_index_free(store->keys);
  memory_free(store->memory, store->counters, sizeof(Counter) * store->counter_capacity);
  memory_free(store->memory, store, sizeof *store);
}

void store_statistics(const Store *store, StoreStatistics *statistics) {
  *statistics = (StoreStatistics){.commit_number = store->newest->number};
}

bool store_is_read_only(const Store *store) { return store->read_only; }

bool store_in_memory(const Store *store) {
  (void)store;
  return true;
}

Memory *store_memory(Store *store) { return store->memory; }

bool store_checkpoint_due(const Store *store) {
  (void)store;
  return false;
}

bool store_checkpoint_running(const Store *store) {
  (void)store;
  return false;
}

Status store_checkpoint_begin(Store *store, Error *error) {
  (void)store;
  (void)error;
  return OK;
}

Status store_checkpoint_step(Store *store, StoreStep *step, Error *error) {
  (void)store;
  (void)error;
  *step = STORE_DONE;
  return OK;
}
