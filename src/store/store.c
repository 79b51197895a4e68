// SPDX-License-Identifier: MIT
//
// store.c: opening and closing a store.
#include "store/transaction.h"

Status store_open_begin(Store **out, Memory *memory, Host *host, const StoreOptions *options, Error *error) {
  *out = NULL;
  Store *store = memory_allocate_zeroed(memory, sizeof *store);
  if (!store) return error_no_memory(error);
  *out = store;
  store->memory = memory;
  store->host = host;
  store->options = *options;
  store->next_transaction = 1;
  store->next_id = 1;
  store->next_stamp = 1;
  store->keys = key_index_create(memory);
  if (!store->keys) return error_no_memory(error);
  if (options->path) {
    return error_set(error, ERROR_NOT_IMPLEMENTED, -1, "Cannot open file \"%s\": databases in files are not there yet, use :memory:", options->path);
  }
  return version_create(memory, &store->newest, error);
}

Status store_open_step(Store *store, bool *done, bool *waiting, Error *error) {
  (void)error;
  *waiting = false;
  *done = store->open = true;
  return OK;
}

void store_close(Store *store) {
  if (!store) return;
  ASSERT(!store->active);
  version_release(store->newest);
  key_index_free(store->keys);
  memory_free(store->memory, store, sizeof *store);
}

StoreFacts store_facts(const Store *store) {
  return (StoreFacts){.commit_number = store->newest->number, .read_only = store->options.read_only};
}

bool store_checkpoint_due(const Store *store) {
  (void)store;
  return false;
}

Status store_checkpoint_begin(Store *store, Error *error) {
  (void)store;
  (void)error;
  return OK;
}

Status store_checkpoint_step(Store *store, bool *done, Error *error) {
  (void)store;
  (void)error;
  *done = true;
  return OK;
}
