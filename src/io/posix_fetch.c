// SPDX-License-Identifier: MIT
//
// posix_fetch.c: FETCH: byte ranges of foreign files. The last few files stay open, for a scan asks for many ranges of
// few files; each fetch looks whether the name still means the file that is open. Foreign files are not locked.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io/posix_internal.h"

static void foreign_close(PosixHost *host, ForeignFile *file) {
  if (file->descriptor < 0) return;
  close(file->descriptor);
  memory_free(host->host.memory, file->stream, file->stream_capacity);
  file->descriptor = -1;
  file->stream = NULL;
  file->stream_length = file->stream_capacity = 0;
}

void posix_fetch_close_all(PosixHost *host) {
  if (!host->foreign) return;
  for (size_t i = 0; i < FOREIGN_FILES; i++) foreign_close(host, &host->foreign[i]);
  memory_free(host->host.memory, host->foreign, sizeof *host->foreign * FOREIGN_FILES);
  host->foreign = NULL;
}

static Status foreign_prepare(PosixHost *host, Error *error) {
  if (host->foreign) return OK;
  host->foreign = memory_allocate_zeroed(host->host.memory, sizeof *host->foreign * FOREIGN_FILES);
  if (!host->foreign) return error_no_memory(error);
  for (size_t i = 0; i < FOREIGN_FILES; i++) host->foreign[i].descriptor = -1;
  return OK;
}

static Status io_error(const char *path, const char *action, Error *error) {
  int error_number = errno;
  return error_set(error, posix_status(error_number), -1, "%s file \"%s\": %s", action, path, strerror(error_number));
}

// A pipe is read to its end into memory.
static Status read_stream(PosixHost *host, ForeignFile *file, Error *error) {
  Memory *memory = host->host.memory;
  for (;;) {
    if (file->stream_length == file->stream_capacity) {
      size_t capacity = file->stream_capacity ? file->stream_capacity * 2 : 65536;
      uint8_t *stream = memory_grow(memory, file->stream, file->stream_capacity, capacity);
      if (!stream) return error_no_memory(error);
      file->stream = stream;
      file->stream_capacity = capacity;
    }
    ssize_t got =
        read(file->descriptor, file->stream + file->stream_length, file->stream_capacity - file->stream_length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(file->path, "Could not read from", error);
    if (got == 0) return OK;
    file->stream_length += (size_t)got;
  }
}

static Status foreign_open(PosixHost *host, ForeignFile *file, const char *path, Error *error) {
  foreign_close(host, file);
  file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (file->descriptor < 0) return io_error(path, "Cannot open", error);
  memcpy(file->path, path, strlen(path) + 1);
  struct stat facts;
  Status status = OK;
  if (fstat(file->descriptor, &facts) != 0) {
    status = io_error(path, "Cannot open", error);
  } else if (S_ISDIR(facts.st_mode)) {
    errno = EISDIR;
    status = io_error(path, "Cannot open", error);
  } else {
    file->device = facts.st_dev;
    file->inode = facts.st_ino;
    if (posix_is_stream(&facts)) status = read_stream(host, file, error);
  }
  if (status != OK) foreign_close(host, file);
  return status;
}

// The open file that the path means now; opens it in the slot used longest ago.
static Status foreign_find(PosixHost *host, const char *path, ForeignFile **found, struct stat *facts, Error *error) {
  TRY(foreign_prepare(host, error));
  if (stat(path, facts) != 0) return io_error(path, "Cannot open", error);
  ForeignFile *oldest = &host->foreign[0];
  *found = NULL;
  for (size_t i = 0; i < FOREIGN_FILES; i++) {
    ForeignFile *file = &host->foreign[i];
    if (file->descriptor < 0) {
      oldest = file;
      oldest->last_used = 0;
    } else if (strcmp(file->path, path) == 0) {
      if (file->device == facts->st_dev && file->inode == facts->st_ino) {
        *found = file;
        break;
      }
      foreign_close(host, file);
      file->last_used = 0;
      oldest = file;
    } else if (file->last_used < oldest->last_used) {
      oldest = file;
    }
  }
  if (!*found) {
    TRY(foreign_open(host, oldest, path, error));
    *found = oldest;
  }
  (*found)->last_used = ++host->foreign_clock;
  return OK;
}

Status posix_stream_size(PosixHost *host, const char *path, uint64_t *size_bytes, Error *error) {
  ForeignFile *file;
  struct stat facts;
  TRY(foreign_find(host, path, &file, &facts, error));
  *size_bytes = file->stream_length;
  return OK;
}

static Status read_range(const ForeignFile *file, uint64_t offset, uint8_t *out, size_t length, size_t *got_bytes,
                         Error *error) {
  *got_bytes = 0;
  if (file->stream) {
    memcpy(out, file->stream + offset, length);
    *got_bytes = length;
    return OK;
  }
  while (*got_bytes < length) {
    ssize_t got = pread(file->descriptor, out + *got_bytes, length - *got_bytes, (off_t)(offset + *got_bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(file->path, "Could not read from", error);
    if (got == 0) break; // became shorter meanwhile
    *got_bytes += (size_t)got;
  }
  return OK;
}

void posix_fetch(PosixHost *host, Request *request) {
  char path[PATH_CAPACITY];
  if (!posix_path(request->path, path)) {
    posix_fail_request(request, request->path.length ? ENAMETOOLONG : ENOENT, "Cannot open");
    return;
  }
  ForeignFile *file = NULL;
  struct stat facts;
  Status status = foreign_find(host, path, &file, &facts, &request->error);
  if (status != OK) {
    request_answer(request, status);
    return;
  }
  uint64_t size_bytes = file->stream ? file->stream_length : (uint64_t)facts.st_size;
  uint64_t available = request->offset < size_bytes ? size_bytes - request->offset : 0;
  size_t length = (size_t)MIN_OF(request->length, available);
  uint8_t *bytes = request_allocate(&host->host, request, length);
  if (!bytes) return;
  size_t got_bytes;
  status = read_range(file, request->offset, bytes, length, &got_bytes, &request->error);
  request->bytes = bytes;
  request->byte_count = got_bytes;
  request->facts = (FileFacts){request->path, size_bytes, file->stream ? size_bytes : posix_stamp(&facts)};
  request_answer(request, status);
}
