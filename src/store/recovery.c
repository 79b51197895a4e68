// SPDX-License-Identifier: MIT
//
// recovery.c: what an opening has to find out.
//
//   headers   the valid one with the highest number counts. An older one serves only when the WAL that it names is there.
//   root      the version of that header: catalog at once, tables when they are asked for
//   replay    the WAL named by the header, from its start along the chain of checksums, over the link into the other file.
//             Commits that the header's version contains are passed over.
//
// The end of the chain is a torn tail, which the next commit overwrites, unless a valid record behind it says that what is bad had been
// flushed: that is damage. Then the commits before it are kept, the WAL file is put aside under another name, and store_recovery_note tells.
#include "store/recovery.h"

#include "store/change.h"
#include "store/header.h"

#define STEP_BYTES (1u << 20)   // of WAL replayed by one step
#define SEARCH_BYTES (4u << 20) // of WAL searched for a valid record by one step

typedef enum RecoveryPhase {
  RECOVER_HEADERS,
  RECOVER_WAL_HEADERS,
  RECOVER_ROOT,
  RECOVER_REPLAY,
  RECOVER_SEARCH,
  RECOVER_DONE
} RecoveryPhase;

struct Recovery {
  Store *store;
  RecoveryPhase phase;
  DatabaseHeader headers[2];
  bool valid[2];
  DatabaseHeader chosen;
  bool is_new; // there is no database yet
  WalHeader wal_headers[2];
  bool wal_valid[2];
  uint64_t wal_bytes[2];
  uint32_t file; // being replayed
  uint64_t offset;
  uint64_t chain;
  uint64_t last_commit;
  uint64_t search_at;
  Version *version;      // being built
  uint32_t damaged_file; // 2: none
};

Status recovery_begin(Store *store, Recovery **out, Error *error) {
  Recovery *recovery = memory_allocate_zeroed(store->memory, sizeof *recovery);
  if (!recovery) return error_no_memory(error);
  recovery->store = store;
  recovery->damaged_file = 2;
  *out = recovery;
  return OK;
}

void recovery_free(Recovery *recovery) {
  if (!recovery) return;
  version_drop(recovery->version);
  memory_free(recovery->store->memory, recovery, sizeof *recovery);
}

uint32_t recovery_damaged_file(const Recovery *recovery) { return recovery->damaged_file; }

// ---------------------------------------------------------------------------------------------------------------------
// Headers
// ---------------------------------------------------------------------------------------------------------------------

static Status not_smew(const Store *store, Error *error) {
  return error_set(error, ERROR_IO, -1, "The file \"%.*s\" exists, but it is not a Smew database",
                   STR_ARG(store->path));
}

// A creation that was cut short: page 0 was never written, and the file ends with page 1, whose header is not whole.
static bool unfinished_creation(const HeaderState states[2], uint64_t file_bytes) {
  return states[0] == HEADER_ABSENT && file_bytes <= 2 * PAGE_BYTES;
}

static Status read_headers(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  HeaderState states[2];
  TRY(file_size(store->pages.file, &store->pages.file_bytes, error));
  recovery->phase = RECOVER_WAL_HEADERS;
  if (!store->pages.file_bytes) {
    recovery->is_new = true;
    return OK;
  }
  for (uint32_t i = 0; i < 2; i++) {
    size_t read;
    memset(&recovery->headers[i], 0, sizeof recovery->headers[i]);
    TRY(file_read(store->pages.file, (uint64_t)i * PAGE_BYTES, &recovery->headers[i], sizeof recovery->headers[i],
                  &read, error));
    states[i] = header_check(&recovery->headers[i]);
    recovery->valid[i] = states[i] == HEADER_VALID;
    if (states[i] == HEADER_NEWER) {
      return error_set(
          error, ERROR_VERSION, -1,
          "The file \"%.*s\" was written by a newer version of Smew: its format is %u, this version reads up to %u",
          STR_ARG(store->path), recovery->headers[i].format_version, STORE_FORMAT_VERSION);
    }
  }
  if (recovery->valid[0] || recovery->valid[1]) return OK;
  if (unfinished_creation(states, store->pages.file_bytes)) {
    recovery->is_new = true;
    return OK;
  }
  bool was_ours = memcmp(recovery->headers[0].magic, DATABASE_MAGIC, 8) == 0 ||
                  memcmp(recovery->headers[1].magic, DATABASE_MAGIC, 8) == 0;
  if (!was_ours) return not_smew(store, error);
  return error_set(error, ERROR_CORRUPT, -1, "Corrupt database file \"%.*s\": both headers (pages 0 and 1) are damaged",
                   STR_ARG(store->path));
}

static Status read_wal_headers(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  for (uint32_t i = 0; i < 2; i++) {
    WalHeader *header = &recovery->wal_headers[i];
    File *file = store->wal.files[i].file;
    size_t read;
    if (!file) continue;
    TRY(file_size(file, &recovery->wal_bytes[i], error));
    if (recovery->wal_bytes[i] < sizeof *header) continue;
    TRY(file_read(file, 0, header, sizeof *header, &read, error));
    recovery->wal_valid[i] = read == sizeof *header && memcmp(header->magic, "SMEWWAL", 8) == 0 && header->salt &&
                             header->checksum == wal_header_checksum(header);
  }
  return OK;
}

// The WAL file that goes on from a header; 2: none.
static uint32_t wal_of(const Recovery *recovery, const DatabaseHeader *header) {
  for (uint32_t i = 0; i < 2; i++) {
    const WalHeader *wal = &recovery->wal_headers[i];
    if (!recovery->wal_valid[i] || memcmp(wal->file_id, header->file_id, sizeof wal->file_id) != 0) continue;
    if (header->wal_salt ? wal->salt == header->wal_salt
                         : !wal->previous_salt && wal->first_commit == header->commit + 1)
      return i;
  }
  return 2;
}

static Status choose_header(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  recovery->phase = RECOVER_ROOT;
  recovery->file = 2;
  if (recovery->is_new) {
    host_random(store->host, store->file_id, sizeof store->file_id);
    return OK;
  }
  uint32_t newest =
      recovery->valid[0] && (!recovery->valid[1] || recovery->headers[0].number > recovery->headers[1].number) ? 0 : 1;
  recovery->chosen = recovery->headers[newest];
  recovery->file = wal_of(recovery, &recovery->chosen);
  // When the other header is not whole it may be a newer one, damaged later: then the WAL that this one names is gone.
  if (recovery->chosen.wal_salt && recovery->file > 1) {
    return error_set(error, ERROR_CORRUPT, -1,
                     "Corrupt database \"%.*s\": the write-ahead log that the database continues with (\"%.*s-wal-a\" "
                     "or \"%.*s-wal-b\") is "
                     "missing or damaged",
                     STR_ARG(store->path), STR_ARG(store->path), STR_ARG(store->path));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Root
// ---------------------------------------------------------------------------------------------------------------------

static Status load_root(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  const DatabaseHeader *header = &recovery->chosen;
  Buffer *buffer;
  const uint8_t *bytes;
  recovery->phase = RECOVER_REPLAY;
  if (recovery->is_new) {
    store->durable = version_create(store->memory, &store->pages);
    return store->durable ? OK : error_no_memory(error);
  }
  memcpy(store->file_id, header->file_id, sizeof store->file_id);
  store->header_number = header->number;
  if (!piece_ref_plausible(&header->root) || !piece_ref_plausible(&header->space)) {
    return error_set(error, ERROR_CORRUPT, -1, "Corrupt database file \"%.*s\": bad references in the header",
                     STR_ARG(store->path));
  }
  if (header->space.page) {
    TRY(piece_read(&store->pages, &header->space, (PieceOwner){"list of used pages", 0, 0}, &buffer, &bytes, error));
    Status status = space_decode(&store->pages.space, bytes, (size_t)header->space.length, error);
    buffer_drop(buffer);
    TRY(status);
  }
  space_free(&store->durable_space);
  TRY(space_copy(&store->durable_space, &store->pages.space, error));
  store->root = header->root;
  store->space_record = header->space;
  if (header->root.page) {
    TRY(piece_read(&store->pages, &header->root, (PieceOwner){"root", 0, 0}, &buffer, &bytes, error));
    Status status = root_decode(store, bytes, (size_t)header->root.length, &store->durable, error);
    buffer_drop(buffer);
    TRY(status);
  } else {
    store->durable = version_create(store->memory, &store->pages);
    if (!store->durable) return error_no_memory(error);
  }
  store->durable->number = header->commit;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Replay
// ---------------------------------------------------------------------------------------------------------------------

static bool checks(const Store *store) { return !(store->options.test_faults & STORE_TEST_NO_CHECKSUM); }

static void enter_file(Recovery *recovery, uint32_t which) {
  Store *store = recovery->store;
  const WalHeader *header = &recovery->wal_headers[which];
  recovery->file = which;
  recovery->offset = sizeof *header;
  recovery->chain = header->checksum;
  store->wal.active = which;
  store->wal.files[which].salt = header->salt;
}

// Reads the record at an offset. *payload NULL: there is none that can be one. Freed with memory_free(…, head->length).
static Status read_record(Recovery *recovery, uint64_t offset, WalRecordHead *head, uint8_t **bytes, Error *error) {
  Store *store = recovery->store;
  WalFile *wal = &store->wal.files[recovery->file];
  uint64_t left = recovery->wal_bytes[recovery->file] - MIN_OF(offset, recovery->wal_bytes[recovery->file]);
  size_t read;
  *bytes = NULL;
  if (left < sizeof *head) return OK;
  TRY(file_read(wal->file, offset, head, sizeof *head, &read, error));
  if (read < sizeof *head || head->length < sizeof *head || head->length > left || head->length % 16) return OK;
  if ((head->kind != WAL_COMMIT && head->kind != WAL_LINK) || head->payload_bytes > head->length - sizeof *head)
    return OK;
  uint8_t *record = memory_allocate(store->memory, head->length);
  if (!record) return error_no_memory(error);
  Status status = file_read(wal->file, offset, record, head->length, &read, error);
  bool whole = status == OK && read == head->length &&
               (!checks(store) || head->own_checksum == wal_own_checksum(head, record + sizeof *head, wal->salt));
  if (!whole) {
    memory_free(store->memory, record, head->length);
    return status;
  }
  *bytes = record;
  return OK;
}

static Status begin_replay(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  TRY(version_clone(store->durable, &recovery->version, error));
  recovery->last_commit = recovery->version->number;
  if (recovery->file > 1) {
    recovery->phase = RECOVER_DONE;
    return OK;
  }
  enter_file(recovery, recovery->file);
  return OK;
}

static Status replay_commit(Recovery *recovery, const WalRecordHead *head, const uint8_t *payload, Error *error) {
  Store *store = recovery->store;
  CommitOrigin origin;
  uint64_t next_id;
  int64_t wall_micros;
  size_t at;
  if (head->commit <= recovery->version->number) return OK; // the header's version has it
  if (head->commit != recovery->version->number + 1) {
    return error_set(error, ERROR_CORRUPT, -1, "Corrupt write-ahead log of \"%.*s\": commit %llu follows commit %llu",
                     STR_ARG(store->path), (unsigned long long)head->commit,
                     (unsigned long long)recovery->version->number);
  }
  TRY(change_read_head(payload, (size_t)head->payload_bytes, &origin, &next_id, &wall_micros, &at, error));
  TRY(change_replay(store, recovery->version, payload + at, (size_t)head->payload_bytes - at, error));
  store->next_id = MAX_OF(store->next_id, next_id);
  recovery->version->number = head->commit;
  store->recovered_commits++;
  store->commits_since_checkpoint++;
  return OK;
}

// Goes over to the other file. False: it does not continue from here.
static bool follow_link(Recovery *recovery, const WalRecordHead *head, const uint8_t *payload) {
  uint32_t other = recovery->file ^ 1;
  uint64_t salt;
  if (head->payload_bytes != sizeof salt) return false;
  memcpy(&salt, payload, sizeof salt);
  const WalHeader *header = &recovery->wal_headers[other];
  if (!recovery->wal_valid[other] || header->salt != salt) return false;
  recovery->store->wal.files[recovery->file].end = recovery->offset;
  enter_file(recovery, other);
  return true;
}

static Status replay_step(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  if (!recovery->version) return begin_replay(recovery, error);
  for (uint64_t budget = STEP_BYTES; budget;) {
    WalRecordHead head;
    uint8_t *record;
    WalFile *wal = &store->wal.files[recovery->file];
    TRY(read_record(recovery, recovery->offset, &head, &record, error));
    if (!record || (checks(store) && head.checksum != wal_chain_checksum(&head, recovery->chain))) {
      if (record) memory_free(store->memory, record, head.length);
      recovery->search_at = recovery->offset;
      recovery->phase = RECOVER_SEARCH;
      return OK;
    }
    recovery->offset += head.length;
    recovery->chain = head.checksum;
    wal->end = recovery->offset;
    Status status = OK;
    if (head.kind == WAL_COMMIT) {
      status = replay_commit(recovery, &head, record + sizeof head, error);
    } else if (!follow_link(recovery, &head, record + sizeof head)) {
      status = error_set(
          error, ERROR_CORRUPT, -1,
          "Corrupt database \"%.*s\": the write-ahead log \"%.*s-wal-%c\" that it continues with is missing or damaged",
          STR_ARG(store->path), STR_ARG(store->path), recovery->file ? 'a' : 'b');
    }
    memory_free(store->memory, record, head.length);
    TRY(status);
    budget -= MIN_OF(budget, (uint64_t)head.length);
  }
  return OK;
}

// Looks behind the end of the chain for a record that was written when what is bad had been flushed.
static Status search_step(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  uint64_t size = recovery->wal_bytes[recovery->file];
  for (uint64_t tried = 0; tried < SEARCH_BYTES; tried += 16) {
    WalRecordHead head;
    uint8_t *record;
    if (recovery->search_at + sizeof head > size) {
      recovery->phase = RECOVER_DONE;
      return OK;
    }
    TRY(read_record(recovery, recovery->search_at, &head, &record, error));
    if (record) memory_free(store->memory, record, head.length);
    if (record && head.flushed > recovery->offset && checks(store)) {
      recovery->damaged_file = recovery->file;
      recovery->phase = RECOVER_DONE;
      text_format_into(store->note, sizeof store->note,
                       "The write-ahead log \"%.*s-wal-%c\" is damaged at byte %llu, before commits that had been "
                       "acknowledged. Commits up to "
                       "%llu were recovered; the damaged log is kept aside",
                       STR_ARG(store->path), recovery->file ? 'b' : 'a', (unsigned long long)recovery->offset,
                       (unsigned long long)recovery->version->number);
      return OK;
    }
    recovery->search_at += 16;
  }
  return OK;
}

static void finish(Recovery *recovery) {
  Store *store = recovery->store;
  if (recovery->file <= 1) {
    WalFile *wal = &store->wal.files[recovery->file];
    wal->end = recovery->offset;
    wal->flushed = recovery->offset;
    wal->chain = recovery->chain;
    wal->maybe_torn = recovery->wal_bytes[recovery->file] > recovery->offset;
  }
  version_drop(store->current);
  store->current = recovery->version;
  recovery->version = NULL;
}

Status recovery_step(Recovery *recovery, bool *done, Error *error) {
  *done = false;
  switch (recovery->phase) {
    case RECOVER_HEADERS:
      return read_headers(recovery, error);
    case RECOVER_WAL_HEADERS:
      TRY(read_wal_headers(recovery, error));
      return choose_header(recovery, error);
    case RECOVER_ROOT:
      return load_root(recovery, error);
    case RECOVER_REPLAY:
      return replay_step(recovery, error);
    case RECOVER_SEARCH:
      return search_step(recovery, error);
    default:
      finish(recovery);
      *done = true;
      return OK;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Keeping a damaged WAL aside
// ---------------------------------------------------------------------------------------------------------------------

Status recovery_put_aside(Store *store, uint32_t which, Request *request, bool *submitted, TextBuilder *name,
                          TextBuilder *to_name, bool *answered, Error *error) {
  *answered = true;
  if (!*submitted) {
    // The copy is written by us rather than renamed: the file itself goes on to serve as a WAL.
    text_clear(name);
    text_format(name, "%.*s-wal-%c-damaged-%llu", STR_ARG(store->path), which ? 'b' : 'a',
                (unsigned long long)store->current->number);
    if (name->failed) return error_no_memory(error);
    *request = (Request){.kind = REQUEST_OPEN, .mode = OPEN_TRUNCATE, .path = text_str(name)};
    *submitted = true;
    host_submit(store->host, request);
  }
  (void)to_name;
  if (!request->done) {
    *answered = false;
    return OK;
  }
  *submitted = false;
  if (request->status != OK) {
    if (error) *error = request->error;
    Status status = request->status;
    request_release(store->host, request);
    return status;
  }
  File *copy = request->file;
  request->file = NULL;
  request_release(store->host, request);
  uint8_t *bytes = memory_allocate(store->memory, 65536);
  Status status = bytes ? OK : error_no_memory(error);
  for (uint64_t at = 0; status == OK;) {
    size_t read;
    status = file_read(store->wal.files[which].file, at, bytes, 65536, &read, error);
    if (status != OK || !read) break;
    status = file_write(copy, at, bytes, read, error);
    at += read;
  }
  if (status == OK) status = file_flush(copy, error);
  memory_free(store->memory, bytes, 65536);
  file_close(copy);
  // What follows the damage is gone from here on: the next commit overwrites it.
  if (status == OK) status = file_truncate(store->wal.files[which].file, store->wal.files[which].end, error);
  if (status == OK) status = file_flush(store->wal.files[which].file, error);
  if (status == OK) store->wal.files[which].maybe_torn = false;
  return status;
}
