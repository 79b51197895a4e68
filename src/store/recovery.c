// SPDX-License-Identifier: MIT
//
// recovery.c: what an opening has to find out.
//
//   headers   the valid one with the highest number counts. An older one serves only when the WAL that it names is there.
//   root      the version of that header: catalog at once, tables when they are asked for
//   replay    the WAL named by the header, from its start along the chain of checksums, over the link into the other file.
//             Commits that the header's version contains are passed over.
//   search    what lies behind the end of the chain. It is a torn tail, which the next commit overwrites, unless
//               - a valid record behind it says that what is bad had been flushed, or the other file goes on from a later commit: damage.
//                 The commits before it are kept, the WAL files are put aside (aside.c), and store_recovery_note tells
//               - the other file goes on from the very commit that was reached: only the link is bad, and is not needed
#include "store/recovery.h"

#include "store/change.h"
#include "store/header.h"

#define STEP_BYTES (512u << 10)  // of WAL replayed by one step
#define SEARCH_BYTES (2u << 20)  // of WAL searched for a valid record by one step
#define WINDOW_BYTES (64u << 10) // of it, read at once
#define CHECK_BYTES (256u << 10) // of a record, read and checked at once: whole blocks
#define HEAD_BYTES (12u << 10)   // enough for the origin before the first operation

typedef enum RecordState { RECORD_NONE, RECORD_CHECK, RECORD_REPLAY } RecordState;
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
  uint64_t flushed; // of the file: what the last record knew to be flushed
  // the record that is looked at: first its checksum is tested, then it is read again and replayed
  RecordState state;
  WalRecordHead head;
  uint64_t record_at;
  uint64_t checked;  // bytes of the payload …
  uint64_t checksum; // … and their checksum
  uint8_t *part;     // of the payload
  size_t part_capacity;
  size_t part_bytes;
  uint64_t part_at;
  ChangeReplay replay;
  uint64_t search_at;
  Version *version; // being built
  RecoveryDamage damage;
};

Status recovery_begin(Store *store, Recovery **out, Error *error) {
  Recovery *recovery = memory_allocate_zeroed(store->memory, sizeof *recovery);
  if (!recovery) return error_no_memory(error);
  recovery->store = store;
  recovery->damage.file = NO_WAL_FILE;
  *out = recovery;
  return OK;
}

static void free_part(Recovery *recovery) {
  memory_free(recovery->store->memory, recovery->part, recovery->part_capacity);
  recovery->part = NULL;
  recovery->part_capacity = recovery->part_bytes = 0;
}

// Of a payload in memory while it is replayed; more when one operation has more.
static size_t replay_bytes(const Recovery *recovery) {
  return MAX_OF((size_t)recovery->store->options.piece_bytes * 2, (size_t)HEAD_BYTES);
}

static void end_record(Recovery *recovery) {
  change_replay_end(&recovery->replay);
  if (recovery->part_capacity > replay_bytes(recovery)) free_part(recovery);
  recovery->state = RECORD_NONE;
}

void recovery_free(Recovery *recovery) {
  if (!recovery) return;
  end_record(recovery);
  free_part(recovery);
  version_drop(recovery->version);
  memory_free(recovery->store->memory, recovery, sizeof *recovery);
}

RecoveryDamage recovery_damage(const Recovery *recovery) { return recovery->damage; }

// ---------------------------------------------------------------------------------------------------------------------
// Headers
// ---------------------------------------------------------------------------------------------------------------------

static Status not_smew(const Store *store, Error *error) {
  return error_set(error, ERROR_CORRUPT, -1, "The file \"%.*s\" exists, but it is not a Smew database",
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
    states[i] = header_check(&recovery->headers[i], store_guards(store, SAFEGUARD_HEADER_CHECKSUM));
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
    recovery->wal_valid[i] =
        read == sizeof *header && memcmp(header->magic, "SMEWWAL", 8) == 0 && header->salt &&
        (header->checksum == wal_header_checksum(header) || !store_guards(store, SAFEGUARD_LOG_HEADER_CHECKSUM));
  }
  return OK;
}

// The WAL file that goes on from a header; NO_WAL_FILE: none.
static uint32_t wal_of(const Recovery *recovery, const DatabaseHeader *header) {
  for (uint32_t i = 0; i < 2; i++) {
    const WalHeader *wal = &recovery->wal_headers[i];
    if (!recovery->wal_valid[i] || memcmp(wal->file_id, header->file_id, sizeof wal->file_id) != 0) continue;
    if (header->wal_salt ? wal->salt == header->wal_salt
                         : !wal->previous_salt && wal->first_commit == header->commit + 1)
      return i;
  }
  return NO_WAL_FILE;
}

static Status choose_header(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  recovery->phase = RECOVER_ROOT;
  recovery->file = NO_WAL_FILE;
  if (recovery->is_new) {
    host_random(store->host, store->file_id, sizeof store->file_id);
    return OK;
  }
  uint32_t newest =
      recovery->valid[0] && (!recovery->valid[1] || recovery->headers[0].number > recovery->headers[1].number) ? 0 : 1;
  recovery->chosen = recovery->headers[newest];
  recovery->file = wal_of(recovery, &recovery->chosen);
  // When the other header is not whole it may be a newer one, damaged later: then the WAL that this one names is gone.
  if (recovery->chosen.wal_salt && recovery->file == NO_WAL_FILE) {
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
  store->unsettled = true;
  if (!header->wal_salt && recovery->file != NO_WAL_FILE)
    store->unnamed_salt = recovery->wal_headers[recovery->file].salt;
  if (!piece_ref_plausible(&header->root) || !piece_ref_plausible(&header->space)) {
    return error_set(error, ERROR_CORRUPT, -1, "Corrupt database file \"%.*s\": bad references in the header",
                     STR_ARG(store->path));
  }
  if (header->space.page) {
    TRY(piece_read(&store->pages, &header->space, (PieceOwner){"list of used pages", 0, 0}, &buffer, &bytes, error));
    Status status = space_decode(&store->pages.space, bytes, (size_t)header->space.length,
                                 (store->pages.file_bytes + PAGE_BYTES - 1) / PAGE_BYTES, error);
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

static bool checks(const Store *store) { return store_guards(store, SAFEGUARD_RECORD_CHECKSUM); }

static void enter_file(Recovery *recovery, uint32_t which) {
  Store *store = recovery->store;
  const WalHeader *header = &recovery->wal_headers[which];
  recovery->file = which;
  recovery->offset = recovery->flushed = sizeof *header;
  recovery->chain = header->checksum;
  recovery->phase = RECOVER_REPLAY;
  store->wal.active = which;
  store->wal.files[which].salt = header->salt;
}

// Whether there can be such a record in so many bytes.
static bool plausible(const WalRecordHead *head, uint64_t left) {
  return head->length >= sizeof *head && head->length <= left && head->length % 16 == 0 &&
         (head->kind == WAL_COMMIT || head->kind == WAL_LINK) && head->payload_bytes <= head->length - sizeof *head;
}

static uint64_t bytes_behind(const Recovery *recovery, uint64_t offset) {
  uint64_t size = recovery->wal_bytes[recovery->file];
  return size - MIN_OF(offset, size);
}

// Begins to check the record at an offset, if there can be one.
static Status begin_record(Recovery *recovery, uint64_t offset, Error *error) {
  WalFile *wal = &recovery->store->wal.files[recovery->file];
  WalRecordHead *head = &recovery->head;
  uint64_t left = bytes_behind(recovery, offset);
  size_t read;
  if (left < sizeof *head) return OK;
  TRY(file_read(wal->file, offset, head, sizeof *head, &read, error));
  if (read < sizeof *head || !plausible(head, left)) return OK;
  recovery->state = RECORD_CHECK;
  recovery->record_at = offset;
  recovery->part_bytes = 0;
  recovery->checked = 0;
  recovery->checksum = wal->salt;
  return OK;
}

// Makes room for a part of the payload and reads it, unless it is there. part_bytes is less than `length` when the file ends.
static Status read_part(Recovery *recovery, uint64_t at, size_t length, Error *error) {
  Store *store = recovery->store;
  if (recovery->part && recovery->part_at == at && recovery->part_bytes == length) return OK;
  if (!recovery->part || length > recovery->part_capacity) {
    free_part(recovery);
    recovery->part = memory_allocate(store->memory, MAX_OF(length, (size_t)CHECK_BYTES));
    if (!recovery->part) return error_no_memory(error);
    recovery->part_capacity = MAX_OF(length, (size_t)CHECK_BYTES);
  }
  recovery->part_at = at;
  recovery->part_bytes = 0;
  return file_read(store->wal.files[recovery->file].file, recovery->record_at + sizeof(WalRecordHead) + at,
                   recovery->part, length, &recovery->part_bytes, error);
}

// *done: it is known whether the record is *good.
static Status check_some(Recovery *recovery, uint64_t *budget, bool *done, bool *good, Error *error) {
  const WalRecordHead *head = &recovery->head;
  size_t length = (size_t)MIN_OF(head->payload_bytes - recovery->checked, (uint64_t)CHECK_BYTES);
  TRY(read_part(recovery, recovery->checked, length, error));
  recovery->checksum = wal_payload_checksum(recovery->part, recovery->part_bytes, recovery->checksum);
  recovery->checked += recovery->part_bytes;
  *budget -= MIN_OF(*budget, (uint64_t)length + sizeof *head);
  bool whole = recovery->checked == head->payload_bytes;
  *done = whole || recovery->part_bytes < length;
  *good = whole && (!checks(recovery->store) || head->own_checksum == wal_own_checksum(head, recovery->checksum));
  return OK;
}

static Status begin_replay(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  TRY(version_clone(store->durable, &recovery->version, error));
  if (recovery->file == NO_WAL_FILE)
    recovery->phase = RECOVER_DONE;
  else
    enter_file(recovery, recovery->file);
  return OK;
}

// The payload from `at` on, as much as is kept in memory.
static Status feed(Recovery *recovery, uint64_t at, size_t most, Error *error) {
  uint64_t from = at & ~(uint64_t)15, left = recovery->head.payload_bytes - from;
  size_t length = (size_t)MIN_OF(left, (uint64_t)most);
  TRY(read_part(recovery, from, length, error));
  if (recovery->part_bytes < length)
    return error_set(error, ERROR_IO, -1, "The write-ahead log became shorter while it was read");
  change_replay_feed(&recovery->replay, recovery->part, length, (size_t)(at - from), length < left);
  return OK;
}

// One operation that does not fit wants more memory.
static Status feed_more(Recovery *recovery, Error *error) {
  size_t used = (size_t)(recovery->replay.reader.at - recovery->part);
  return feed(recovery, recovery->part_at + used, used >= 16 ? replay_bytes(recovery) : recovery->part_bytes * 2,
              error);
}

static Status begin_commit(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  const WalRecordHead *head = &recovery->head;
  CommitOrigin origin;
  uint64_t next_id;
  int64_t wall_micros;
  size_t at;
  if (head->commit != recovery->version->number + 1) {
    return error_set(error, ERROR_CORRUPT, -1, "Corrupt write-ahead log of \"%.*s\": commit %llu follows commit %llu",
                     STR_ARG(store->path), (unsigned long long)head->commit,
                     (unsigned long long)recovery->version->number);
  }
  change_replay_begin(&recovery->replay, store, recovery->version);
  recovery->state = RECORD_REPLAY;
  TRY(feed(recovery, 0, replay_bytes(recovery), error));
  ByteReader *reader = &recovery->replay.reader;
  TRY(change_read_head(reader->at, (size_t)bytes_left(reader), &origin, &next_id, &wall_micros, &at, error));
  (void)take_bytes(reader, at);
  store->next_id = MAX_OF(store->next_id, next_id);
  return OK;
}

static void end_commit(Recovery *recovery) {
  recovery->version->number = recovery->head.commit;
  recovery->store->recovered_commits++;
  recovery->store->commits_since_checkpoint++;
}

// Goes over to the other file.
static Status follow_link(Recovery *recovery, Error *error) {
  Store *store = recovery->store;
  uint32_t other = recovery->file ^ 1;
  uint64_t salt = 0;
  if (recovery->head.payload_bytes == sizeof salt) memcpy(&salt, recovery->part, sizeof salt); // as it was checked
  if (!salt || !recovery->wal_valid[other] || recovery->wal_headers[other].salt != salt) {
    return error_set(
        error, ERROR_CORRUPT, -1,
        "Corrupt database \"%.*s\": the write-ahead log \"%.*s-wal-%c\" that it continues with is missing or damaged",
        STR_ARG(store->path), STR_ARG(store->path), other ? 'b' : 'a');
  }
  enter_file(recovery, other);
  return OK;
}

// The record that was checked is the next of the chain.
static Status take_record(Recovery *recovery, Error *error) {
  const WalRecordHead *head = &recovery->head;
  recovery->state = RECORD_NONE;
  recovery->flushed = MIN_OF(MAX_OF(head->flushed, (uint64_t)sizeof(WalHeader)), recovery->offset);
  recovery->offset += head->length;
  recovery->chain = head->checksum;
  recovery->store->wal.files[recovery->file].end = recovery->offset;
  if (head->kind == WAL_LINK) return follow_link(recovery, error);
  if (head->commit > recovery->version->number) return begin_commit(recovery, error);
  return OK; // the header's version has it
}

// Whether the next record is of the chain. If not, what is behind is looked at.
static Status check_next(Recovery *recovery, uint64_t *budget, Error *error) {
  const WalRecordHead *head = &recovery->head;
  bool done = true, good = false;
  if (recovery->state == RECORD_NONE) {
    *budget -= MIN_OF(*budget, (uint64_t)sizeof *head);
    TRY(begin_record(recovery, recovery->offset, error));
  }
  if (recovery->state == RECORD_CHECK) TRY(check_some(recovery, budget, &done, &good, error));
  if (!done) return OK;
  if (good && (!checks(recovery->store) || head->checksum == wal_chain_checksum(head, recovery->chain)))
    return take_record(recovery, error);
  recovery->state = RECORD_NONE;
  recovery->search_at = recovery->offset;
  recovery->phase = RECOVER_SEARCH;
  return OK;
}

static Status replay_step(Recovery *recovery, Error *error) {
  if (!recovery->version) return begin_replay(recovery, error);
  for (uint64_t budget = STEP_BYTES; budget && recovery->phase == RECOVER_REPLAY;) {
    bool done;
    if (recovery->state != RECORD_REPLAY) {
      TRY(check_next(recovery, &budget, error));
      continue;
    }
    TRY(change_replay_step(&recovery->replay, &budget, &done, error));
    if (recovery->replay.starved) TRY(feed_more(recovery, error));
    if (!done) continue;
    end_commit(recovery);
    end_record(recovery);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Behind the end of the chain
// ---------------------------------------------------------------------------------------------------------------------

// Whether the other file's WAL was begun when this one was full.
static bool other_continues(const Recovery *recovery) {
  uint32_t other = recovery->file ^ 1;
  const WalHeader *mine = &recovery->wal_headers[recovery->file], *next = &recovery->wal_headers[other];
  return recovery->wal_valid[other] && next->previous_salt == mine->salt &&
         memcmp(next->file_id, mine->file_id, sizeof next->file_id) == 0;
}

static void tell_damage(Recovery *recovery) {
  Store *store = recovery->store;
  recovery->damage = (RecoveryDamage){recovery->file, other_continues(recovery)};
  recovery->phase = RECOVER_DONE;
  text_format_into(
      store->note, sizeof store->note,
      "The write-ahead log \"%.*s-wal-%c\" is damaged at byte %llu, before commits that had been "
      "acknowledged. Commits up to %llu were recovered; %s",
      STR_ARG(store->path), recovery->file ? 'b' : 'a', (unsigned long long)recovery->offset,
      (unsigned long long)recovery->version->number,
      store->read_only ? "it was opened for reading, and nothing was changed" : "the damaged log is kept aside");
}

// No record behind the end of the chain was written after what is bad.
static void end_of_chain(Recovery *recovery) {
  recovery->phase = RECOVER_DONE;
  if (!other_continues(recovery)) return;
  // A switch that failed is followed by commits in this file: then the other one begins with a commit that is known.
  const WalHeader *next = &recovery->wal_headers[recovery->file ^ 1];
  if (next->first_commit > recovery->version->number + 1)
    tell_damage(recovery);
  else if (next->first_commit == recovery->version->number + 1)
    enter_file(recovery, recovery->file ^ 1);
}

// Where a record that was written when what is bad had been flushed could begin, in the next bytes. *there: at search_at.
static Status search_window(Recovery *recovery, uint8_t *window, uint64_t *budget, bool *there, Error *error) {
  size_t read = 0, at = 0;
  uint64_t left = bytes_behind(recovery, recovery->search_at), length = MIN_OF((uint64_t)WINDOW_BYTES, left);
  *there = false;
  if (length >= sizeof(WalRecordHead)) {
    File *file = recovery->store->wal.files[recovery->file].file;
    TRY(file_read(file, recovery->search_at, window, (size_t)length, &read, error));
  }
  if (read < sizeof(WalRecordHead) || !checks(recovery->store)) {
    end_of_chain(recovery);
    return OK;
  }
  for (; at + sizeof(WalRecordHead) <= read; at += 16) {
    WalRecordHead head;
    memcpy(&head, window + at, sizeof head);
    *there = head.flushed > recovery->offset && plausible(&head, left - at);
    if (*there) break;
  }
  recovery->search_at += at;
  *budget -= MIN_OF(*budget, (uint64_t)at + 16);
  return OK;
}

static Status search_some(Recovery *recovery, uint8_t *window, uint64_t *budget, Error *error) {
  bool done, good, there;
  if (recovery->state != RECORD_CHECK) {
    TRY(search_window(recovery, window, budget, &there, error));
    if (!there) return OK;
    recovery->search_at += 16;
    return begin_record(recovery, recovery->search_at - 16, error);
  }
  TRY(check_some(recovery, budget, &done, &good, error));
  if (!done) return OK;
  recovery->state = RECORD_NONE;
  if (good) tell_damage(recovery);
  return OK;
}

static Status search_step(Recovery *recovery, Error *error) {
  Memory *memory = recovery->store->memory;
  uint8_t *window = memory_allocate(memory, WINDOW_BYTES);
  if (!window) return error_no_memory(error);
  Status status = OK;
  for (uint64_t budget = SEARCH_BYTES; budget && status == OK && recovery->phase == RECOVER_SEARCH;)
    status = search_some(recovery, window, &budget, error);
  memory_free(memory, window, WINDOW_BYTES);
  return status;
}

static void finish(Recovery *recovery) {
  Store *store = recovery->store;
  if (recovery->file != NO_WAL_FILE) {
    WalFile *wal = &store->wal.files[recovery->file];
    wal->end = recovery->offset;
    wal->flushed = recovery->flushed;
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
