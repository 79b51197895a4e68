// SPDX-License-Identifier: MIT
//
// header.h: the two headers of the database file, in pages 0 and 1, written in turn. Private to store/.
//
// Header n lies in page n % 2. The first one ever written, number 1, lies in page 1: a file whose page 0 is empty and whose page 1 is not
// whole is a database whose creation was cut short.
#ifndef SMEW_STORE_HEADER_H
#define SMEW_STORE_HEADER_H

#include "store/pages.h"

typedef struct DatabaseHeader { // part of the file format
  char magic[8];                // "SMEWDB\0\0"
  uint32_t format_version;
  uint32_t header_bytes; // sizeof, for later formats
  uint8_t file_id[16];
  uint64_t number;
  uint64_t commit;     // the tree below `root` contains all commits up to this one
  uint64_t wal_salt;   // the WAL that goes on from there; 0: none, the database was closed
  uint64_t page_count; // pages that are there
  PieceRef root;       // page 0: an empty database
  PieceRef space;      // list of used pages
  uint64_t reserved[7];
  uint64_t checksum; // of the bytes before
} DatabaseHeader;
_Static_assert(sizeof(DatabaseHeader) == 192, "part of the file format");

#define DATABASE_MAGIC "SMEWDB\0"

typedef enum HeaderState { HEADER_ABSENT, HEADER_DAMAGED, HEADER_NEWER, HEADER_VALID } HeaderState;

void header_seal(DatabaseHeader *header); // magic, version, checksum
HeaderState header_check(const DatabaseHeader *header, bool with_checksum);
static inline uint64_t header_page(uint64_t number) { return number % 2; }

#endif
