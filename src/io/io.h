// SPDX-License-Identifier: MIT
//
// io.h: the host, seen from inside. The one header of io/.
//
// The engine reaches the world only through a Host. Two kinds of call:
//   immediate   on an open file: read, write, truncate, flush, size; clock; randomness. They never wait.
//   requests    open, create, rename, remove, list, fetch byte ranges of foreign files. They may be answered later,
//               in any order; the engine goes on with something else or answers "waiting".
//
// Order of calls for a request: fill a Request (zeroed), host_submit, then look at `done`; when false, let the caller
// wait (host_poll) and look again. A Request must stay where it is until it is done; request_release frees its results.
//
// The hosts: POSIX (io/posix.c), JavaScript (io/javascript_host.c, in wasm), memory (io/memory_host.c) and the one for tests (io/test_host.c) that wraps another,
// records, fails, drops, tears and reorders writes, and answers requests late and out of order.
#ifndef SMEW_IO_H
#define SMEW_IO_H

#include "base/base.h"

typedef struct Host Host;
typedef struct File File; // open; owned by whoever opened it; closed by file_close

typedef enum RequestKind {
  REQUEST_OPEN,   // path, mode -> file (exclusive handle: a second opener for writing gets ERROR_LOCKED)
  REQUEST_RENAME, // path -> to_path, replaces what is there
  REQUEST_REMOVE, // path; ERROR_NOT_FOUND when there is none
  REQUEST_LIST,   // path is a glob (*, ?, [..], **) or a plain name -> entries, sorted by name
  REQUEST_FETCH,  // path, offset, length -> bytes (short at the end of the file), file_size, stamp
} RequestKind;

typedef enum OpenMode {
  OPEN_READ,       // must exist
  OPEN_READ_WRITE, // must exist; exclusive
  OPEN_CREATE,     // created when missing; exclusive
  OPEN_TRUNCATE,   // created or emptied (COPY TO); exclusive
} OpenMode;

// A file in the answer to LIST, or the facts of one fetched. The stamp tells whether the file changed (mtime and size,
// or a hash of the ETag).
typedef struct FileFacts {
  Str path;
  uint64_t size_bytes;
  uint64_t stamp;
} FileFacts;

typedef struct Request {
  // in
  RequestKind kind;
  OpenMode mode;
  bool make_folders; // OPEN_CREATE, OPEN_TRUNCATE: those of the path too, where there are folders
  Str path;          // must outlive the request
  Str to_path;       // RENAME
  uint64_t offset;
  uint64_t length;
  uint64_t statement; // who asks (an edge request may only await its own fetches); 0: the database itself
  // out, valid when done
  bool done;
  Status status;
  Error error;
  File *file;         // OPEN
  FileFacts *entries; // LIST
  uint32_t entry_count;
  uint8_t *bytes; // FETCH: byte_count bytes from offset
  uint64_t byte_count;
  FileFacts facts; // FETCH: of the whole file
  // the host's own
  void *host_data;
  uint64_t host_size; // bytes that request_release gives back
  uint64_t host_id;
  struct Request *next;
} Request;

typedef struct HostFunctions {
  // files; all immediate
  Status (*read)(File *file, uint64_t offset, void *buffer, size_t length, size_t *read_bytes, Error *error);
  Status (*write)(File *file, uint64_t offset, const void *buffer, size_t length, Error *error); // all or an error
  Status (*truncate)(File *file, uint64_t size_bytes, Error *error);
  Status (*flush)(File *file, Error *error); // durable when it returns OK
  Status (*size)(File *file, uint64_t *size_bytes, Error *error);
  void (*close)(File *file); // releases the lock
  // requests
  void (*submit)(Host *host, Request *request);
  void (*cancel)(Host *host, Request *request); // after it the request is done (ERROR_INTERRUPTED when unanswered)
  void (*release)(Host *host, Request *request);
  bool (*poll)(Host *host, int64_t timeout_micros); // true: at least one request was answered
  // clock and randomness
  int64_t (*wall_micros)(Host *host);     // since 1970-01-01 UTC
  int64_t (*monotonic_nanos)(Host *host); // for slices and progress; may stand still (edge)
  void (*random)(Host *host, void *out, size_t length);
  // Offset of a time zone from UTC in seconds at an instant; false: no such zone. `zone` "" is the host's own.
  bool (*zone_offset)(Host *host, Str zone, int64_t utc_micros, int32_t *offset_seconds);
  // $NAME for the shell's and getenv(); false: none
  bool (*environment)(Host *host, const char *name, Str *value);
  void (*destroy)(Host *host);
} HostFunctions;

struct Host {
  const HostFunctions *functions;
  Memory *memory; // accounts what the host allocates for answers
};

struct File {
  Host *host;
};

static inline MUST_USE Status file_read(File *file, uint64_t offset, void *buffer, size_t length, size_t *read_bytes,
                                        Error *error) {
  return file->host->functions->read(file, offset, buffer, length, read_bytes, error);
}
static inline MUST_USE Status file_write(File *file, uint64_t offset, const void *buffer, size_t length, Error *error) {
  return file->host->functions->write(file, offset, buffer, length, error);
}
static inline MUST_USE Status file_truncate(File *file, uint64_t size_bytes, Error *error) {
  return file->host->functions->truncate(file, size_bytes, error);
}
static inline MUST_USE Status file_flush(File *file, Error *error) { return file->host->functions->flush(file, error); }
static inline MUST_USE Status file_size(File *file, uint64_t *size_bytes, Error *error) {
  return file->host->functions->size(file, size_bytes, error);
}
static inline void file_close(File *file) {
  if (file) file->host->functions->close(file);
}
static inline void host_submit(Host *host, Request *request) { host->functions->submit(host, request); }
static inline void host_cancel(Host *host, Request *request) { host->functions->cancel(host, request); }
static inline void request_release(Host *host, Request *request) { host->functions->release(host, request); }
static inline bool host_poll(Host *host, int64_t timeout_micros) { return host->functions->poll(host, timeout_micros); }
static inline int64_t host_wall_micros(Host *host) { return host->functions->wall_micros(host); }
static inline int64_t host_monotonic_nanos(Host *host) { return host->functions->monotonic_nanos(host); }
static inline void host_random(Host *host, void *out, size_t length) { host->functions->random(host, out, length); }
static inline void host_destroy(Host *host) {
  if (host) host->functions->destroy(host);
}
// Submits and polls until done. For tools and tests; the engine itself never blocks.
Status host_request_blocking(Host *host, Request *request, Error *error) MUST_USE;

// Paths are host paths. NULL: no memory.
Host *host_create_posix(Memory *memory);      // not in wasm
Host *host_create_javascript(Memory *memory); // in wasm only; see io/javascript_host.c
Host *host_create_memory(Memory *memory);     // files live in accounted memory and end with the host

// Passes everything on to another host, which it owns, but answers requests late and out of order, by a seed. NULL `inner`: NULL.
Host *host_create_late(Memory *memory, Host *inner, uint64_t seed);

// The test host wraps another host, which it owns. See io/test_host.h for its plan of failures.

#endif
