// SPDX-License-Identifier: MIT
//
// aside.c: keeping a damaged WAL aside. What lies behind the damage cannot be replayed, but somebody may want to look at it.
//
// The files are copied rather than renamed: they go on to serve as WALs. Copies are whole and flushed before anything is cut, and the damaged
// file is cut last, so that a crash on the way leaves what the next opening finds and does again.
#include "store/recovery.h"

#define COPY_BYTES (256u << 10) // of a file copied by one step

typedef enum AsidePhase { ASIDE_OPEN, ASIDE_COPY, ASIDE_CUT } AsidePhase;

struct Aside {
  Store *store;
  RecoveryDamage damage;
  AsidePhase phase;
  uint32_t which; // file being copied
  TextBuilder name;
  Request request;
  bool submitted;
  File *copy;
  uint64_t copied;
};

Status aside_begin(Store *store, RecoveryDamage damage, Aside **out, Error *error) {
  Aside *aside = memory_allocate_zeroed(store->memory, sizeof *aside);
  if (!aside) return error_no_memory(error);
  aside->store = store;
  aside->damage = damage;
  aside->which = damage.file;
  text_init(&aside->name, store->memory);
  *out = aside;
  return OK;
}

static void forget_request(Aside *aside) {
  if (!aside->submitted) return;
  if (!aside->request.done) host_cancel(aside->store->host, &aside->request);
  file_close(aside->request.file);
  aside->request.file = NULL;
  request_release(aside->store->host, &aside->request);
  aside->submitted = false;
}

void aside_free(Aside *aside) {
  if (!aside) return;
  forget_request(aside);
  file_close(aside->copy);
  text_free(&aside->name);
  memory_free(aside->store->memory, aside, sizeof *aside);
}

static Status open_copy(Aside *aside, StoreStep *step, Error *error) {
  Store *store = aside->store;
  if (!aside->submitted) {
    text_clear(&aside->name);
    text_format(&aside->name, "%.*s-wal-%c-damaged-%llu", STR_ARG(store->path), aside->which ? 'b' : 'a',
                (unsigned long long)store->current->number);
    if (aside->name.failed) return error_no_memory(error);
    aside->request = (Request){.kind = REQUEST_OPEN, .mode = OPEN_TRUNCATE, .path = text_str(&aside->name)};
    aside->submitted = true;
    host_submit(store->host, &aside->request);
  }
  if (!aside->request.done) {
    *step = STORE_WAIT;
    return OK;
  }
  Status status = aside->request.status;
  if (status != OK && error) *error = aside->request.error;
  aside->copy = aside->request.file;
  aside->request.file = NULL;
  forget_request(aside);
  aside->copied = 0;
  aside->phase = ASIDE_COPY;
  return status;
}

static Status copy_some(Aside *aside, Error *error) {
  Store *store = aside->store;
  size_t read = 0;
  uint8_t *bytes = memory_allocate(store->memory, COPY_BYTES);
  if (!bytes) return error_no_memory(error);
  Status status = file_read(store->wal.files[aside->which].file, aside->copied, bytes, COPY_BYTES, &read, error);
  if (status == OK && read) status = file_write(aside->copy, aside->copied, bytes, read, error);
  memory_free(store->memory, bytes, COPY_BYTES);
  TRY(status);
  aside->copied += read;
  if (read) return OK;
  TRY(file_flush(aside->copy, error));
  file_close(aside->copy);
  aside->copy = NULL;
  bool another = aside->damage.both && aside->which == aside->damage.file;
  aside->which ^= 1;
  aside->phase = another ? ASIDE_OPEN : ASIDE_CUT;
  return OK;
}

static Status cut(Aside *aside, Error *error) {
  Store *store = aside->store;
  WalFile *damaged = &store->wal.files[aside->damage.file], *behind = &store->wal.files[aside->damage.file ^ 1];
  TRY(store_settle(store, error));
  if (aside->damage.both) {
    TRY(file_truncate(behind->file, 0, error));
    TRY(file_flush(behind->file, error));
  }
  TRY(file_truncate(damaged->file, damaged->end, error));
  TRY(file_flush(damaged->file, error));
  damaged->flushed = damaged->end;
  damaged->maybe_torn = false;
  return OK;
}

Status aside_step(Aside *aside, StoreStep *step, Error *error) {
  *step = STORE_MORE;
  switch (aside->phase) {
    case ASIDE_OPEN:
      return open_copy(aside, step, error);
    case ASIDE_COPY:
      return copy_some(aside, error);
    default:
      *step = STORE_DONE;
      return cut(aside, error);
  }
}
