// SPDX-License-Identifier: MIT
//
// wal.c: writing the WAL. Reading it is recovery.c.
#include "store/wal.h"

#include "store/header.h"
#include "store/state.h"

#define GATHERED_BYTES (64u << 10) // of a record copied so that it is one write

static uint64_t new_salt(Store *store) {
  uint64_t salt = 0;
  while (!salt) host_random(store->host, &salt, sizeof salt);
  return salt;
}

uint64_t wal_own_checksum(const WalRecordHead *head, const void *payload, uint64_t salt) {
  uint64_t checksum = checksum_bytes(head, offsetof(WalRecordHead, own_checksum), salt);
  return checksum_bytes(payload, (size_t)head->payload_bytes, checksum);
}

uint64_t wal_chain_checksum(const WalRecordHead *head, uint64_t chain) {
  return checksum_bytes(&head->own_checksum, sizeof head->own_checksum, chain);
}

void wal_seal_record(WalRecordHead *head, const void *payload, uint64_t salt, uint64_t chain) {
  head->own_checksum = wal_own_checksum(head, payload, salt);
  head->checksum = wal_chain_checksum(head, chain);
}

uint64_t wal_header_checksum(const WalHeader *header) {
  return checksum_bytes(header, offsetof(WalHeader, checksum), header->salt);
}

static Status outcome_unknown(Store *store, Error *error) {
  char reason[512];
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

Status wal_empty_file(Store *store, uint32_t which, Error *error) {
  WalFile *wal = &store->wal.files[which];
  *wal = (WalFile){.file = wal->file};
  return wal->file ? file_truncate(wal->file, 0, error) : OK;
}

// Head and payload in one write; what a large payload has beyond that follows from where it lies.
static Status write_pieces(Store *store, WalFile *wal, const WalRecordHead *head, const uint8_t *payload,
                           Error *error) {
  static const uint8_t padding[16];
  size_t length = (size_t)head->payload_bytes, first = MIN_OF(length, (size_t)GATHERED_BYTES);
  bool all = first == length;
  size_t gathered = all ? head->length : sizeof *head + first;
  uint8_t *bytes = memory_allocate_zeroed(store->memory, gathered);
  if (!bytes) return error_no_memory(error);
  memcpy(bytes, head, sizeof *head);
  memcpy(bytes + sizeof *head, payload, first);
  Status status = file_write(wal->file, wal->end, bytes, gathered, error);
  memory_free(store->memory, bytes, gathered);
  if (status != OK || all) return status;
  uint64_t at = wal->end + gathered, end = wal->end + head->length;
  TRY(file_write(wal->file, at, payload + first, length - first, error));
  at += length - first;
  return at < end ? file_write(wal->file, at, padding, (size_t)(end - at), error) : OK;
}

static Status write_record(Store *store, WalFile *wal, WalRecordKind kind, uint64_t commit, const void *payload,
                           size_t length, Error *error) {
  size_t whole = (sizeof(WalRecordHead) + length + 15) & ~(size_t)15;
  if (length > UINT32_MAX - 64) return error_set(error, ERROR_OUT_OF_RANGE, -1, "The transaction is too large");
  WalRecordHead head = {
      .length = (uint32_t)whole, .kind = kind, .commit = commit, .flushed = wal->flushed, .payload_bytes = length};
  wal_seal_record(&head, payload, wal->salt, wal->chain);
  Status status = write_pieces(store, wal, &head, payload, error);
  if (status != OK) {
    // Nothing was acknowledged and nothing is: a later record takes its place.
    wal->maybe_torn = true;
    return status;
  }
  wal->end += whole;
  wal->chain = head.checksum;
  store->wal.written_bytes += whole;
  return OK;
}

Status wal_append(Store *store, WalRecordKind kind, uint64_t commit, const void *payload, size_t length, Error *error) {
  WalFile *wal = &store->wal.files[store->wal.active];
  // The remains of a record that was not written whole could be longer than what comes now.
  if (wal->maybe_torn) {
    TRY(file_truncate(wal->file, wal->end, error));
    wal->maybe_torn = false;
  }
  TRY(write_record(store, wal, kind, commit, payload, length, error));
  if (!store_guards(store, SAFEGUARD_COMMIT_FLUSH)) return OK;
  if (file_flush(wal->file, error) != OK) return outcome_unknown(store, error);
  wal->flushed = wal->end;
  return OK;
}

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
