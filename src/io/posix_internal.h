// SPDX-License-Identifier: MIT
//
// posix_internal.h: what the files of the POSIX host share. Private to io/posix*.c.
//
//   posix.c        the host: open files, requests, clock, randomness
//   posix_list.c   LIST: walking directories along a pattern
//   posix_fetch.c  FETCH: byte ranges of foreign files, a few of which are kept open
//   posix_node_lock.c   the lock files of Node
//   posix_zone.c   time zones from the system's zoneinfo
#ifndef SMEW_POSIX_INTERNAL_H
#define SMEW_POSIX_INTERNAL_H

#include <sys/stat.h>

#include "io/request.h"
#include "io/zone.h"

#define PATH_CAPACITY 4096

// A foreign file that FETCH reads, kept open.
typedef struct ForeignFile {
  char path[PATH_CAPACITY];
  int descriptor; // -1: the slot is free
  dev_t device;
  ino_t inode;
  uint64_t last_used;
  // What cannot be read at an offset (a pipe) is read whole, once.
  uint8_t *stream; // owned, stream_capacity bytes; NULL: a seekable file
  size_t stream_length, stream_capacity;
} ForeignFile;

#define FOREIGN_FILES 8

typedef struct LoadedZone {
  char name[64];
  Zone zone;
  struct LoadedZone *next;
} LoadedZone;

typedef struct PosixHost {
  Host host;
  ForeignFile *foreign; // owned, FOREIGN_FILES of them; NULL until the first FETCH
  uint64_t foreign_clock;
  Memory zone_memory; // their own: a zone is not unknown because the database's memory is full
  LoadedZone *zones;  // owned
} PosixHost;

// NUL-terminates a path; false: too long, empty, or with a NUL inside.
bool posix_path(Str path, char out[PATH_CAPACITY]);
Status posix_status(int error_number); // errno -> code
uint64_t posix_stamp(const struct stat *facts);
// "Cannot open file …", from errno.
void posix_fail_request(Request *request, int error_number, const char *action);

// A pipe or a terminal. Its size is known when FETCH has read it to its end, as this does.
static inline bool posix_is_stream(const struct stat *facts) {
  return !S_ISREG(facts->st_mode) && !S_ISBLK(facts->st_mode) && !S_ISDIR(facts->st_mode);
}
Status posix_stream_size(PosixHost *host, const char *path, uint64_t *size_bytes, Error *error) MUST_USE;

void posix_list(PosixHost *host, Request *request);
void posix_fetch(PosixHost *host, Request *request);
void posix_fetch_close_all(PosixHost *host);
bool posix_zone_offset(Host *host, Str zone, int64_t utc_micros, int32_t *offset_seconds);
void posix_zone_free_all(PosixHost *host);

// The id of the Node process that has the database at this path open (posix_node_lock.c); 0: none has.
int64_t posix_node_lock_holder(const char *path);

#endif
