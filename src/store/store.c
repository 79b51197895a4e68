// SPDX-License-Identifier: MIT
//
// store.c: opening, closing, headers, statistics. What an existing file needs beyond that is recovery.c.
#include "store/header.h"
#include "store/recovery.h"
#include "store/state.h"

#define DEFAULT_POOL_BYTES (UINT64_C(256) << 20)
#define DEFAULT_CHECKPOINT_BYTES (UINT64_C(16) << 20)
#define DEFAULT_BULK_ROWS 16384
#define DEFAULT_PIECE_BYTES (1u << 20)
#define FLUSHED_PIECES 64 // of the database file, written until store_flush_due
#define SETTLED_PIECES 4  // of the WAL, written again by one step

// ---------------------------------------------------------------------------------------------------------------------
// Opening
// ---------------------------------------------------------------------------------------------------------------------

typedef enum OpenPhase { OPEN_DATABASE, OPEN_WAL_A, OPEN_WAL_B, OPEN_RECOVER, OPEN_ASIDE, OPEN_FINISHED } OpenPhase;

struct Opening {
  OpenPhase phase;
  Request request;
  bool submitted;
  TextBuilder name; // of the file that is asked for
  Recovery *recovery;
  Aside *aside;
};

static uint64_t pool_bytes_of(const StoreOptions *options) {
  if (options->pool_bytes) return options->pool_bytes;
  return options->memory->limit_bytes ? options->memory->limit_bytes / 4 : DEFAULT_POOL_BYTES;
}

static Status create(Store *store, const StoreOptions *options, Error *error) {
  Memory *memory = options->memory;
  store->options = *options;
  if (!store->options.checkpoint_bytes) store->options.checkpoint_bytes = DEFAULT_CHECKPOINT_BYTES;
  if (!store->options.bulk_rows) store->options.bulk_rows = DEFAULT_BULK_ROWS;
  if (!store->options.piece_bytes) store->options.piece_bytes = DEFAULT_PIECE_BYTES;
  store->memory = memory;
  store->host = options->host;
  store->read_only = options->read_only;
  store->must_exist = options->must_exist;
  store->in_memory = !options->path.length || str_equal(options->path, STR(":memory:"));
  store->next_id = 1;
  store->counters.memory = memory;
  char *path = memory_allocate(memory, options->path.length + 1);
  if (!path) return error_no_memory(error);
  if (options->path.length) memcpy(path, options->path.data, options->path.length);
  path[options->path.length] = 0;
  store->path = (Str){path, options->path.length};
  store->options.path = store->path;
  TRY(pages_init(&store->pages, memory, store->path, pool_bytes_of(options), error));
  store->pages.unchecked = !store_guards(store, SAFEGUARD_PIECE_CHECKSUM);
  TRY(space_copy(&store->durable_space, &store->pages.space, error));
  store->current = version_create(memory, &store->pages);
  if (!store->current) return error_no_memory(error);
  store->current->objects->stamp = store_new_stamp(store);
  if (store->in_memory) {
    store->open = true;
    return OK;
  }
  if (!store->host)
    return error_set(error, ERROR_IO, -1, "Cannot open \"%.*s\": there is no host", STR_ARG(store->path));
  store->opening = memory_allocate_zeroed(memory, sizeof *store->opening);
  if (!store->opening) return error_no_memory(error);
  text_init(&store->opening->name, memory);
  return OK;
}

Status store_open_begin(const StoreOptions *options, Store **out, Error *error) {
  Store *store = memory_allocate_zeroed(options->memory, sizeof *store);
  *out = NULL;
  if (!store) return error_no_memory(error);
  store->memory = options->memory;
  Status status = create(store, options, error);
  if (status != OK) {
    store_free(store);
    return status;
  }
  *out = store;
  return OK;
}

static void wal_name(const Store *store, uint32_t which, TextBuilder *out) {
  text_clear(out);
  text_append(out, store->path);
  text_append(out, which ? STR("-wal-b") : STR("-wal-a"));
}

// Submits a request or looks whether it was answered. *answered false: not yet.
static Status ask(Store *store, Opening *opening, bool *answered) {
  *answered = true;
  if (!opening->submitted) {
    opening->submitted = true;
    host_submit(store->host, &opening->request);
  }
  if (!opening->request.done) {
    *answered = false;
    return OK;
  }
  opening->submitted = false;
  return opening->request.status;
}

static void forget_request(Store *store, Opening *opening) {
  if (opening->submitted && !opening->request.done) host_cancel(store->host, &opening->request);
  request_release(store->host, &opening->request);
  opening->request = (Request){0};
  opening->submitted = false;
}

// One of the three files. *file NULL and OK: read-only, and there is none.
static Status open_file(Store *store, bool is_wal, File **file, bool *answered, Error *error) {
  Opening *opening = store->opening;
  if (!opening->submitted) {
    OpenMode mode = store->read_only ? OPEN_READ : store->must_exist && !is_wal ? OPEN_READ_WRITE : OPEN_CREATE;
    opening->request = (Request){.kind = REQUEST_OPEN, .mode = mode, .path = text_str(&opening->name)};
    if (opening->name.failed) return error_no_memory(error);
  }
  Status status = ask(store, opening, answered);
  if (!*answered) return OK;
  if (status == OK) {
    *file = opening->request.file;
    opening->request.file = NULL;
  } else if (status == ERROR_NOT_FOUND && is_wal && store->read_only) {
    *file = NULL;
    status = OK;
  } else if (error) {
    *error = opening->request.error;
  }
  forget_request(store, opening);
  return status;
}

static Status open_phase(Store *store, StoreStep *step, Error *error) {
  Opening *opening = store->opening;
  bool answered = true, done;
  switch (opening->phase) {
    case OPEN_DATABASE:
      if (!opening->submitted) {
        text_clear(&opening->name);
        text_append(&opening->name, store->path);
      }
      TRY(open_file(store, false, &store->pages.file, &answered, error));
      break;
    case OPEN_WAL_A:
    case OPEN_WAL_B: {
      uint32_t which = opening->phase == OPEN_WAL_B;
      if (!opening->submitted) wal_name(store, which, &opening->name);
      TRY(open_file(store, true, &store->wal.files[which].file, &answered, error));
      break;
    }
    case OPEN_RECOVER:
      if (!opening->recovery) TRY(recovery_begin(store, &opening->recovery, error));
      TRY(recovery_step(opening->recovery, &done, error));
      *step = STORE_MORE;
      if (!done) return OK;
      break;
    case OPEN_ASIDE: {
      RecoveryDamage damage = recovery_damage(opening->recovery);
      if (damage.file == NO_WAL_FILE || store->read_only) break;
      if (!opening->aside) TRY(aside_begin(store, damage, &opening->aside, error));
      TRY(aside_step(opening->aside, step, error));
      if (*step != STORE_DONE) return OK;
      break;
    }
    default:
      *step = STORE_DONE;
      return OK;
  }
  *step = answered ? STORE_MORE : STORE_WAIT;
  if (answered) opening->phase++;
  return OK;
}

static void free_opening(Store *store) {
  Opening *opening = store->opening;
  if (!opening) return;
  if (store->host) forget_request(store, opening);
  recovery_free(opening->recovery);
  text_free(&opening->name);
  aside_free(opening->aside);
  memory_free(store->memory, opening, sizeof *opening);
  store->opening = NULL;
}

Status store_open_step(Store *store, StoreStep *step, Error *error) {
  *step = STORE_DONE;
  if (store->open) return OK;
  if (!store->opening) return error_set(error, ERROR_CLOSED, -1, "Database is not being opened");
  Status status = open_phase(store, step, error);
  if (status != OK || store->opening->phase == OPEN_FINISHED) {
    bool finished = status == OK;
    free_opening(store);
    store->open = finished;
    *step = STORE_DONE;
  }
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Flushes and headers
// ---------------------------------------------------------------------------------------------------------------------

bool store_flush_due(const Store *store) {
  const Pages *pages = &store->pages;
  return pages->written_bytes - pages->flushed_bytes >= (uint64_t)FLUSHED_PIECES * store->options.piece_bytes;
}

Status store_flush_pages(Store *store, StoreSafeguard safeguard, Error *error) {
  Status status = pages_flush(&store->pages, store_guards(store, safeguard), error);
  store->broken |= store->pages.flush_failed;
  return status;
}

Status store_write_header(Store *store, uint64_t wal_salt, uint64_t commit, const PieceRef *root, const PieceRef *space,
                          Error *error) {
  Pages *pages = &store->pages;
  DatabaseHeader header = {.number = store->header_number + 1,
                           .commit = commit,
                           .wal_salt = wal_salt,
                           .page_count = pages->space.page_count,
                           .root = *root,
                           .space = *space};
  memcpy(header.file_id, store->file_id, sizeof header.file_id);
  header_seal(&header);
  uint64_t at = header_page(header.number) * PAGE_BYTES;
  uint8_t *page = memory_allocate_zeroed(store->memory, PAGE_BYTES);
  if (!page) return error_no_memory(error);
  memcpy(page, &header, sizeof header);
  Status status = OK;
  if (pages->file_bytes < 2 * PAGE_BYTES) {
    status = file_truncate(pages->file, 2 * PAGE_BYTES, error);
    if (status == OK) pages->file_bytes = 2 * PAGE_BYTES;
  }
  if (status != OK) {
    memory_free(store->memory, page, PAGE_BYTES);
    return status;
  }
  status = file_write(pages->file, at, page, PAGE_BYTES, error);
  memory_free(store->memory, page, PAGE_BYTES);
  pages->written_bytes += PAGE_BYTES;
  if (status == OK && store_guards(store, SAFEGUARD_HEADER_FLUSH)) status = file_flush(pages->file, error);
  // Which header counts is not known any more: a write that failed may have written enough.
  store->broken |= status != OK;
  TRY(status);
  store->header_number = header.number;
  return OK;
}

static Status rewrite(Store *store, File *file, uint64_t from, uint64_t to, Error *error) {
  size_t length = (size_t)(to - from), read;
  uint8_t *bytes = memory_allocate(store->memory, length);
  if (!bytes) return error_no_memory(error);
  Status status = file_read(file, from, bytes, length, &read, error);
  if (status == OK) status = file_write(file, from, bytes, read, error);
  memory_free(store->memory, bytes, length);
  if (status == OK) status = file_flush(file, error);
  return status;
}

Status store_settle_step(Store *store, bool *done, Error *error) {
  *done = true;
  if (!store->unsettled || !store_guards(store, SAFEGUARD_SETTLE)) return OK;
  WalFile *wal = &store->wal.files[store->wal.active];
  *done = !wal->salt || wal->flushed >= wal->end;
  if (!*done) {
    uint64_t to = MIN_OF(wal->end, wal->flushed + (uint64_t)SETTLED_PIECES * store->options.piece_bytes);
    TRY(rewrite(store, wal->file, wal->flushed, to, error));
    wal->flushed = to;
    return OK;
  }
  uint64_t page = header_page(store->header_number) * PAGE_BYTES;
  TRY(rewrite(store, store->pages.file, page, page + PAGE_BYTES, error));
  if (store->unnamed_salt) {
    TRY(store_write_header(store, store->unnamed_salt, store->durable->number, &store->root, &store->space_record,
                           error));
  }
  store->unsettled = false;
  return OK;
}

Status store_settle(Store *store, Error *error) {
  for (bool done = false; !done;) TRY(store_settle_step(store, &done, error));
  return OK;
}

Status store_hold_adopted(Store *store, RowGroup *group, Error *error) {
  uint32_t which = store->wal.active;
  if (!store_guards(store, SAFEGUARD_KEEP_ADOPTED_PAGES)) return OK;
  if (store->adopted_count[which] == store->adopted_capacity[which]) {
    uint32_t capacity = store->adopted_capacity[which] ? store->adopted_capacity[which] * 2 : 16;
    RowGroup **groups = memory_grow(store->memory, store->adopted[which],
                                    sizeof(RowGroup *) * store->adopted_capacity[which], sizeof(RowGroup *) * capacity);
    if (!groups) return error_no_memory(error);
    store->adopted[which] = groups;
    store->adopted_capacity[which] = capacity;
  }
  group->references++;
  store->adopted[which][store->adopted_count[which]++] = group;
  return OK;
}

void store_release_adopted(Store *store, uint32_t which) {
  for (uint32_t i = 0; i < store->adopted_count[which]; i++) group_drop(store->adopted[which][i]);
  memory_free(store->memory, store->adopted[which], sizeof(RowGroup *) * store->adopted_capacity[which]);
  store->adopted[which] = NULL;
  store->adopted_count[which] = store->adopted_capacity[which] = 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Closing
// ---------------------------------------------------------------------------------------------------------------------

typedef enum ClosePhase { CLOSE_CHECKPOINT, CLOSE_FILES, CLOSE_REMOVE_A, CLOSE_REMOVE_B, CLOSE_FINISHED } ClosePhase;

struct Closing {
  ClosePhase phase;
  bool remove; // the WAL files are not needed any more
  Request request;
  bool submitted;
  TextBuilder name;
};

Status store_close_begin(Store *store, Error *error) {
  if (store->closing) return OK;
  for (const Transaction *transaction = store->active; transaction; transaction = transaction->next) {
    if (!transaction->finished)
      return error_set(error, ERROR_TRANSACTION, -1, "Cannot close the database: a transaction is open");
  }
  store->closing = memory_allocate_zeroed(store->memory, sizeof(Closing));
  if (!store->closing) return error_no_memory(error);
  text_init(&store->closing->name, store->memory);
  if (store->in_memory || store->read_only || store->broken || !store->open) {
    store->closing->phase = CLOSE_FILES;
  } else if (!store->checkpoint) {
    TRY(checkpoint_begin_final(store, error));
  }
  store->open = false;
  return OK;
}

static Status close_checkpoint(Store *store, Error *error) {
  StoreStep step = STORE_DONE;
  Closing *closing = store->closing;
  if (store->checkpoint) {
    TRY(store_checkpoint_step(store, &step, error));
    if (step == STORE_MORE) return OK;
    if (store->wal.files[0].salt || store->wal.files[1].salt) return checkpoint_begin_final(store, error);
    // The same header in both pages: damage to one of them does no harm.
    return store_write_header(store, 0, store->durable->number, &store->root, &store->space_record, error);
  }
  TRY(pages_trim_wholly(&store->pages, error));
  closing->remove = true;
  closing->phase = CLOSE_FILES;
  return OK;
}

static void close_files(Store *store) {
  file_close(store->pages.file);
  store->pages.file = NULL;
  for (uint32_t i = 0; i < 2; i++) {
    file_close(store->wal.files[i].file);
    store->wal.files[i] = (WalFile){0};
  }
}

// A WAL file that cannot be removed is empty and does no harm.
static bool remove_wal(Store *store, uint32_t which) {
  Closing *closing = store->closing;
  if (!closing->submitted) {
    wal_name(store, which, &closing->name);
    if (closing->name.failed) return true;
    closing->request = (Request){.kind = REQUEST_REMOVE, .path = text_str(&closing->name)};
    closing->submitted = true;
    host_submit(store->host, &closing->request);
  }
  if (!closing->request.done) return false;
  request_release(store->host, &closing->request);
  closing->request = (Request){0};
  closing->submitted = false;
  return true;
}

Status store_close_step(Store *store, StoreStep *step, Error *error) {
  Closing *closing = store->closing;
  *step = STORE_MORE;
  if (!closing) return error_set(error, ERROR_CLOSED, -1, "Database is not being closed");
  switch (closing->phase) {
    case CLOSE_CHECKPOINT: {
      Status status = close_checkpoint(store, error);
      if (status == OK) return OK;
      close_files(store); // the WAL has everything
      closing->phase = CLOSE_FINISHED;
      *step = STORE_DONE;
      return status;
    }
    case CLOSE_FILES:
      close_files(store);
      closing->phase = closing->remove ? CLOSE_REMOVE_A : CLOSE_FINISHED;
      return OK;
    case CLOSE_REMOVE_A:
    case CLOSE_REMOVE_B:
      if (remove_wal(store, closing->phase == CLOSE_REMOVE_B))
        closing->phase++;
      else
        *step = STORE_WAIT;
      return OK;
    default:
      *step = STORE_DONE;
      return OK;
  }
}

static void free_closing(Store *store) {
  Closing *closing = store->closing;
  if (!closing) return;
  if (closing->submitted) {
    if (!closing->request.done) host_cancel(store->host, &closing->request);
    request_release(store->host, &closing->request);
  }
  text_free(&closing->name);
  memory_free(store->memory, closing, sizeof *closing);
  store->closing = NULL;
}

static void free_logs(Store *store) {
  while (store->oldest_log) {
    CommitLog *log = store->oldest_log;
    store->oldest_log = log->next;
    commit_log_free(store, log);
  }
  while (store->locks) {
    NameLock *lock = store->locks;
    store->locks = lock->next;
    memory_free(store->memory, lock, sizeof *lock + lock->length);
  }
  while (store->indexes) store_forget_indexes(store, store->indexes->table);
}

void store_free(Store *store) {
  if (!store) return;
  Memory *memory = store->memory;
  ASSERT(!store->active);
  free_opening(store);
  free_closing(store);
  checkpoint_abandon(store);
  free_logs(store);
  // What is not loaded need not be loaded to be forgotten: the pages are not used again.
  store->pages.closing = true;
  for (uint32_t i = 0; i < 2; i++) store_release_adopted(store, i);
  version_drop(store->current);
  version_drop(store->durable);
  while (store->immortals) {
    TableShape *shape = store->immortals;
    store->immortals = shape->next;
    shape_drop(shape);
  }
  counter_set_free(&store->counters);
  close_files(store);
  pages_free(&store->pages);
  space_free(&store->durable_space);
  if (store->path.data) memory_free(memory, (void *)store->path.data, store->path.length + 1);
  memory_free(memory, store, sizeof *store);
  memory_settle(memory, SIZE_MAX);
}

// ---------------------------------------------------------------------------------------------------------------------
// Facts
// ---------------------------------------------------------------------------------------------------------------------

static uint64_t memory_piece_bytes(const Store *store) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < store->current->table_count; i++) {
    const TableVersion *table = store->current->tables[i];
    for (uint32_t j = 0; j < table->group_count; j++) bytes += group_bytes(table->groups[j]);
  }
  return bytes;
}

void store_statistics(const Store *store, StoreStatistics *statistics) {
  const Pages *pages = &store->pages;
  *statistics = (StoreStatistics){.file_bytes = pages->file_bytes,
                                  .wal_bytes = store->wal.files[0].end + store->wal.files[1].end,
                                  .cached_bytes = pages->pool ? pool_cached_bytes(pages->pool) : 0,
                                  .commit_number = store->current->number,
                                  .header_number = store->header_number,
                                  .commits_since_checkpoint = store->commits_since_checkpoint,
                                  .read_bytes = pages->read_bytes,
                                  .written_bytes = pages->written_bytes,
                                  .wal_written_bytes = store->wal.written_bytes,
                                  .recovered_commits = store->recovered_commits};
  statistics->used_bytes = store->in_memory ? memory_piece_bytes(store) : pages->space.used_count * PAGE_BYTES;
  if (!store->in_memory && statistics->file_bytes > statistics->used_bytes) {
    statistics->free_bytes = statistics->file_bytes - statistics->used_bytes;
  }
}

bool store_is_read_only(const Store *store) { return store->read_only || store->broken; }
bool store_in_memory(const Store *store) { return store->in_memory; }
Str store_path(const Store *store) { return store->path; }
BufferPool *store_pool(Store *store) { return store->pages.pool; }
Memory *store_memory(Store *store) { return store->memory; }
Str store_recovery_note(const Store *store) { return str_from(store->note); }
