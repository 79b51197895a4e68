// SPDX-License-Identifier: MIT
//
// wal.h: the write-ahead log, two files that take turns. Private to store/.
//
// A WAL file begins with a header of 64 bytes; records follow. All numbers are little-endian, all offsets are from the start of the file.
//
//   header   "SMEWWAL\0", format version, file id, salt, first commit number, salt of the WAL before, checksum
//   record   length (with this head), kind, commit number, flushed: offset up to which the file was known to be flushed when the record
//            was written, length of the payload, checksums; payload; padding to 16
//
// The checksum chain makes a record valid only after exactly the records before it, in this use of the file.
//
// A large record is written ahead: its payload piece by piece behind the end of the WAL, where it is a torn tail for everybody, while its commit is
// being built; the head comes last. Whoever appends meanwhile takes the place, and the record has to be built again.
#ifndef SMEW_STORE_WAL_H
#define SMEW_STORE_WAL_H

#include "io/io.h"

#define WAL_HEADER_BYTES 64
#define WAL_RECORD_HEAD_BYTES 48
#define WAL_BLOCK_BYTES 1024 // of a payload under one checksum, which seeds the next

typedef enum WalRecordKind {
  WAL_COMMIT = 1,
  WAL_LINK = 2, // payload: salt of the other file's WAL, which goes on from here
} WalRecordKind;

typedef struct WalHeader { // part of the file format
  char magic[8];
  uint32_t format_version;
  uint32_t reserved;
  uint8_t file_id[16];
  uint64_t salt;
  uint64_t first_commit;
  uint64_t previous_salt; // 0: none
  uint64_t checksum;      // of the bytes before
} WalHeader;
_Static_assert(sizeof(WalHeader) == WAL_HEADER_BYTES, "part of the file format");

typedef struct WalRecordHead { // part of the file format
  uint32_t length;
  uint32_t kind;
  uint64_t commit;
  uint64_t flushed;
  uint64_t payload_bytes;
  uint64_t own_checksum; // of the payload, seeded by the salt, and the bytes before: finds records behind a damaged one
  uint64_t checksum;     // of own_checksum and the checksum of the record before (of the header, for the first)
} WalRecordHead;
_Static_assert(sizeof(WalRecordHead) == WAL_RECORD_HEAD_BYTES, "part of the file format");

// A record on its way into the WAL.
typedef struct WalRecord {
  TextBuilder bytes;  // a place for the head, unless that is in the file; payload that is not
  uint64_t ahead;     // bytes of the record that are in the file; 0: none
  uint64_t checksum;  // of the payload among them
  uint64_t unflushed; // of them
} WalRecord;

typedef struct WalFile {
  File *file;             // owned; NULL: not open
  uint64_t salt;          // 0: empty, not in use
  uint64_t end;           // where the next record goes
  uint64_t flushed;       // everything before is flushed
  uint64_t chain;         // checksum of the last record
  bool maybe_torn;        // bytes behind `end` may be left of a record that was not written whole
  const WalRecord *ahead; // whose payload lies behind `end`; NULL: nobody's
} WalFile;

typedef struct WalPair {
  WalFile files[2];
  uint32_t active; // takes commits
  uint64_t written_bytes;
} WalPair;

struct Store;
// Of further payload, whole blocks but for the last; the first time `checksum` is the salt.
uint64_t wal_payload_checksum(const void *payload, size_t length, uint64_t checksum);
uint64_t wal_own_checksum(const WalRecordHead *head, uint64_t payload_checksum);
uint64_t wal_chain_checksum(const WalRecordHead *head, uint64_t chain);
uint64_t wal_header_checksum(const WalHeader *header);
// Empties a file and writes a header with a new salt, flushed.
Status wal_start_file(struct Store *store, uint32_t which, uint64_t first_commit, uint64_t previous_salt,
                      Error *error) MUST_USE;
// A file that is not needed any more: a step of making it empty.
Status wal_empty_step(struct Store *store, uint32_t which, bool *done, Error *error) MUST_USE;
// Makes sure that there is a WAL that the header names, so that commits can be acknowledged.
Status wal_ready(struct Store *store, Error *error) MUST_USE;

void wal_record_init(WalRecord *record, Memory *memory);
void wal_record_clear(struct Store *store, WalRecord *record); // empty again, with nothing ahead
void wal_record_free(struct Store *store, WalRecord *record);
// Writes the whole blocks that there are ahead. wal_ready was called. A failed flush breaks the store.
Status wal_write_ahead(struct Store *store, WalRecord *record, Error *error) MUST_USE;
// Another record has taken the place of what was written ahead.
bool wal_record_lost(const struct Store *store, const WalRecord *record);
// Appends a record and flushes. A failed write leaves the WAL as it was; a failed flush breaks the store ("outcome unknown").
Status wal_append(struct Store *store, WalRecordKind kind, uint64_t commit, WalRecord *record, Error *error) MUST_USE;

#endif
