// SPDX-License-Identifier: MIT
//
// wal.c: writing the WAL. Reading it is recovery.c.
#include "store/wal.h"

#include "store/header.h"
#include "store/state.h"

#define EMPTIED_PIECES 64 // given back by one step
#define FLUSHED_PIECES 8  // written ahead until the next flush: one of all at once would take long

static uint64_t new_salt(Store *store) {
  uint64_t salt = 0;
  while (!salt) host_random(store->host, &salt, sizeof salt);
  return salt;
}

uint64_t wal_payload_checksum(const void *payload, size_t length, uint64_t checksum) {
  for (size_t at = 0; at < length; at += WAL_BLOCK_BYTES) {
    size_t block = MIN_OF(length - at, (size_t)WAL_BLOCK_BYTES);
    checksum = checksum_bytes((const uint8_t *)payload + at, block, checksum);
  }
  return checksum;
}

uint64_t wal_own_checksum(const WalRecordHead *head, uint64_t payload_checksum) {
  return checksum_bytes(head, offsetof(WalRecordHead, own_checksum), payload_checksum);
}

uint64_t wal_chain_checksum(const WalRecordHead *head, uint64_t chain) {
  return checksum_bytes(&head->own_checksum, sizeof head->own_checksum, chain);
}

uint64_t wal_header_checksum(const WalHeader *header) {
  return checksum_bytes(header, offsetof(WalHeader, checksum), header->salt);
}

static Status outcome_unknown(Store *store, Status status, Error *error) {
  char reason[512];
  error_settle(error, status);
  text_format_into(reason, sizeof reason, "%s", error ? error->message : "");
  store->broken = true;
  return error_set(error, ERROR_IO, -1,
                   "The outcome of the commit is unknown: flushing \"%.*s\" failed (%s). The database can only be read "
                   "until it is opened "
                   "again",
                   STR_ARG(store->path), reason);
}

Status wal_start_file(Store *store, uint32_t which, uint64_t first_commit, uint64_t previous_salt, Error *error) {
  WalFile *wal = &store->wal.files[which];
  WalHeader header = {.magic = "SMEWWAL",
                      .format_version = STORE_FORMAT_VERSION,
                      .salt = new_salt(store),
                      .first_commit = first_commit,
                      .previous_salt = previous_salt};
  memcpy(header.file_id, store->file_id, sizeof header.file_id);
  header.checksum = wal_header_checksum(&header);
  TRY(file_truncate(wal->file, 0, error));
  TRY(file_write(wal->file, 0, &header, sizeof header, error));
  if (store_guards(store, SAFEGUARD_LOG_START_FLUSH)) TRY(file_flush(wal->file, error));
  *wal = (WalFile){
      .file = wal->file, .salt = header.salt, .end = sizeof header, .flushed = sizeof header, .chain = header.checksum};
  store->wal.written_bytes += sizeof header;
  return OK;
}

Status wal_empty_step(Store *store, uint32_t which, bool *done, Error *error) {
  WalFile *wal = &store->wal.files[which];
  uint64_t most = (uint64_t)EMPTIED_PIECES * store->options.piece_bytes;
  *done = wal->end <= most;
  if (!*done) {
    wal->end -= most;
    return file_truncate(wal->file, wal->end, error);
  }
  *wal = (WalFile){.file = wal->file};
  return wal->file ? file_truncate(wal->file, 0, error) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Records
// ---------------------------------------------------------------------------------------------------------------------

void wal_record_init(WalRecord *record, Memory *memory) {
  *record = (WalRecord){0};
  text_init(&record->bytes, memory);
  text_append_repeated(&record->bytes, 0, sizeof(WalRecordHead));
}

static void leave_file(Store *store, const WalRecord *record) {
  for (uint32_t i = 0; i < 2; i++) {
    if (store->wal.files[i].ahead == record) store->wal.files[i].ahead = NULL;
  }
}

void wal_record_clear(Store *store, WalRecord *record) {
  leave_file(store, record);
  text_clear(&record->bytes);
  text_append_repeated(&record->bytes, 0, sizeof(WalRecordHead));
  record->ahead = record->unflushed = 0;
}

void wal_record_free(Store *store, WalRecord *record) {
  leave_file(store, record);
  text_free(&record->bytes);
}

bool wal_record_lost(const Store *store, const WalRecord *record) {
  return record->ahead && store->wal.files[store->wal.active].ahead != record;
}

// What a record that was not written whole has left could be longer than what comes now.
static Status cut_remains(WalFile *wal, Error *error) {
  wal->ahead = NULL;
  if (wal->maybe_torn) TRY(file_truncate(wal->file, wal->end, error));
  wal->maybe_torn = false;
  return OK;
}

Status wal_write_ahead(Store *store, WalRecord *record, Error *error) {
  WalFile *wal = &store->wal.files[store->wal.active];
  size_t head = record->ahead ? 0 : sizeof(WalRecordHead); // zeros, which no record begins with
  size_t blocks = (record->bytes.length - head) / WAL_BLOCK_BYTES * WAL_BLOCK_BYTES, length = head + blocks;
  if (record->bytes.failed) return error_no_memory(error);
  if (!record->ahead) {
    TRY(cut_remains(wal, error));
    record->checksum = wal->salt;
  }
  wal->maybe_torn = true;
  TRY(file_write(wal->file, wal->end + record->ahead, record->bytes.data, length, error));
  wal->ahead = record;
  record->checksum = wal_payload_checksum(record->bytes.data + head, blocks, record->checksum);
  record->ahead += length;
  record->unflushed += length;
  record->bytes.length -= length;
  memmove(record->bytes.data, record->bytes.data + length, record->bytes.length);
  if (record->unflushed < (uint64_t)FLUSHED_PIECES * store->options.piece_bytes) return OK;
  record->unflushed = 0;
  Status status = file_flush(wal->file, error);
  store->broken |= status != OK;
  return status;
}

// What is not in the file yet; the head last.
static Status write_rest(WalFile *wal, WalRecord *record, const WalRecordHead *head, Error *error) {
  if (!record->ahead) {
    memcpy(record->bytes.data, head, sizeof *head);
    return file_write(wal->file, wal->end, record->bytes.data, record->bytes.length, error);
  }
  if (record->bytes.length)
    TRY(file_write(wal->file, wal->end + record->ahead, record->bytes.data, record->bytes.length, error));
  return file_write(wal->file, wal->end, head, sizeof *head, error);
}

static Status write_record(Store *store, WalFile *wal, WalRecordKind kind, uint64_t commit, WalRecord *record,
                           Error *error) {
  size_t placed = record->ahead ? 0 : sizeof(WalRecordHead), payload = record->bytes.length - placed;
  uint64_t payload_bytes = record->ahead + record->bytes.length - sizeof(WalRecordHead);
  text_append_repeated(&record->bytes, 0, -record->bytes.length & 15);
  if (record->bytes.failed) return error_no_memory(error);
  uint64_t length = record->ahead + record->bytes.length;
  if (length > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "The transaction is too large");
  WalRecordHead head = {.length = (uint32_t)length,
                        .kind = kind,
                        .commit = commit,
                        .flushed = wal->flushed,
                        .payload_bytes = payload_bytes};
  uint64_t checksum = record->ahead ? record->checksum : wal->salt;
  checksum = wal_payload_checksum(record->bytes.data + placed, payload, checksum);
  head.own_checksum = wal_own_checksum(&head, checksum);
  head.checksum = wal_chain_checksum(&head, wal->chain);
  Status status = write_rest(wal, record, &head, error);
  if (status != OK) {
    // Nothing was acknowledged and nothing is: a later record takes its place.
    wal->maybe_torn = true;
    return status;
  }
  wal->maybe_torn = false;
  wal->end += length;
  wal->chain = head.checksum;
  store->wal.written_bytes += length;
  return OK;
}

Status wal_append(Store *store, WalRecordKind kind, uint64_t commit, WalRecord *record, Error *error) {
  WalFile *wal = &store->wal.files[store->wal.active];
  ASSERT(!wal_record_lost(store, record));
  if (record->ahead)
    wal->ahead = NULL;
  else
    TRY(cut_remains(wal, error));
  TRY(write_record(store, wal, kind, commit, record, error));
  if (!store_guards(store, SAFEGUARD_COMMIT_FLUSH)) return OK;
  Status status = file_flush(wal->file, error);
  if (status != OK) return outcome_unknown(store, status, error);
  wal->flushed = wal->end;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// The first record
// ---------------------------------------------------------------------------------------------------------------------

// A header that differs from the one that counts in its number and WAL only.
Status wal_ready(Store *store, Error *error) {
  TRY(store_settle(store, error));
  if (store->wal.files[store->wal.active].salt) return OK;
  TRY(wal_start_file(store, store->wal.active, store->current->number + 1, 0, error));
  Status status = store_write_header(store, store->wal.files[store->wal.active].salt, store->durable->number,
                                     &store->root, &store->space_record, error);
  if (status != OK) store->wal.files[store->wal.active].salt = 0;
  return status;
}
