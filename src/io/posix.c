// SPDX-License-Identifier: MIT
//
// posix.c: the host of a native process: files by descriptors, requests answered at once, the system's clock and
// randomness. See posix_internal.h for its other files.
//
// Locks are flock's: they belong to the open file, so that two opens conflict in one process as between two, and they
// end with the process however it ends. An open for writing is exclusive, an open for reading shares.
//
// Durability: flush is fdatasync (F_FULLFSYNC on macOS), and the first flush after the file was created also syncs its
// directory, for the name to last. A rename syncs the directory before it is answered.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> // rename
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "io/posix_internal.h"

typedef struct PosixFile {
  File file;
  int descriptor;
  bool seekable;   // false: a pipe or a terminal; written in order, without regard to offsets
  bool name_dirty; // created, and its directory not synced since
  size_t path_length;
  char path[]; // for messages and for the directory; NUL-terminated
} PosixFile;

// ---------------------------------------------------------------------------------------------------------------------
// Shared helpers
// ---------------------------------------------------------------------------------------------------------------------

bool posix_path(Str path, char out[PATH_CAPACITY]) {
  if (path.length == 0 || path.length >= PATH_CAPACITY || memchr(path.data, 0, path.length)) return false;
  memcpy(out, path.data, path.length);
  out[path.length] = 0;
  return true;
}

Status posix_status(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ERROR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ERROR_QUOTA;
    case EWOULDBLOCK:
      return ERROR_LOCKED;
    case ENOMEM:
      return ERROR_NO_MEMORY;
    default:
      return ERROR_IO;
  }
}

uint64_t posix_stamp(const struct stat *facts) {
  uint64_t nanos = (uint64_t)facts->st_mtim.tv_sec * 1000000000u + (uint64_t)facts->st_mtim.tv_nsec;
  return hash_combine(hash_u64(nanos), (uint64_t)facts->st_size);
}

void posix_fail_request(Request *request, int error_number, const char *action) {
  request_fail(request, posix_status(error_number), "%s file \"%.*s\": %s", action, STR_ARG(request->path),
               strerror(error_number));
}

static Status file_error(const PosixFile *file, const char *action, Error *error) {
  int error_number = errno;
  return error_set(error, posix_status(error_number), -1, "Could not %s file \"%s\": %s", action, file->path,
                   strerror(error_number));
}

// Syncs the directory that a path lies in. Some file systems cannot (EINVAL): then the name is as durable as it gets.
static int sync_directory(const char *path) {
  char directory[PATH_CAPACITY];
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  if (slash == path) length = 1; // the root itself
  memcpy(directory, path, length);
  directory[length] = 0;
  int descriptor = open(length ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int result = fsync(descriptor);
  if (result != 0 && errno == EINVAL) result = 0;
  int saved = errno;
  close(descriptor);
  errno = saved;
  return result;
}

// ---------------------------------------------------------------------------------------------------------------------
// Open files
// ---------------------------------------------------------------------------------------------------------------------

static Status posix_read(File *base, uint64_t offset, void *buffer, size_t length, size_t *read_bytes, Error *error) {
  PosixFile *file = (PosixFile *)base;
  size_t done = 0;
  while (done < length) {
    ssize_t got = file->seekable ? pread(file->descriptor, (char *)buffer + done, length - done, (off_t)(offset + done))
                                 : read(file->descriptor, (char *)buffer + done, length - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(file, "read from", error);
    if (got == 0) break;
    done += (size_t)got;
  }
  *read_bytes = done;
  return OK;
}

static Status posix_write(File *base, uint64_t offset, const void *buffer, size_t length, Error *error) {
  PosixFile *file = (PosixFile *)base;
  size_t done = 0;
  while (done < length) {
    ssize_t put = file->seekable
                      ? pwrite(file->descriptor, (const char *)buffer + done, length - done, (off_t)(offset + done))
                      : write(file->descriptor, (const char *)buffer + done, length - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error(file, "write", error);
    done += (size_t)put;
  }
  return OK;
}

static Status posix_truncate(File *base, uint64_t size_bytes, Error *error) {
  PosixFile *file = (PosixFile *)base;
  if (!file->seekable) return OK;
  while (ftruncate(file->descriptor, (off_t)size_bytes) != 0) {
    if (errno != EINTR) return file_error(file, "truncate", error);
  }
  return OK;
}

static Status posix_flush(File *base, Error *error) {
  PosixFile *file = (PosixFile *)base;
  if (!file->seekable) return OK;
#ifdef F_FULLFSYNC
  int result = fcntl(file->descriptor, F_FULLFSYNC);
#else
  int result = fdatasync(file->descriptor);
#endif
  if (result != 0) return file_error(file, "flush", error);
  if (file->name_dirty) {
    if (sync_directory(file->path) != 0) return file_error(file, "flush the directory of", error);
    file->name_dirty = false;
  }
  return OK;
}

static Status posix_size(File *base, uint64_t *size_bytes, Error *error) {
  PosixFile *file = (PosixFile *)base;
  struct stat facts;
  if (fstat(file->descriptor, &facts) != 0) return file_error(file, "get the size of", error);
  *size_bytes = (uint64_t)facts.st_size;
  return OK;
}

static void posix_close(File *base) {
  PosixFile *file = (PosixFile *)base;
  close(file->descriptor);
  memory_free(base->host->memory, file, sizeof *file + file->path_length + 1);
}

// ---------------------------------------------------------------------------------------------------------------------
// OPEN
// ---------------------------------------------------------------------------------------------------------------------

// Who holds a lock on the file, from /proc/locks: "1: FLOCK ADVISORY WRITE 4711 fe:01:393228 0 EOF". 0: not known.
static int64_t lock_holder(int descriptor) {
  struct stat facts;
  if (fstat(descriptor, &facts) != 0) return 0;
  char wanted[32];
  size_t wanted_length = text_format_into(wanted, sizeof wanted, ":%llu ", (unsigned long long)facts.st_ino);
  int locks = open("/proc/locks", O_RDONLY | O_CLOEXEC);
  if (locks < 0) return 0;
  static const Str kind = {"FLOCK", 5};
  char text[16384];
  ssize_t length = read(locks, text, sizeof text);
  close(locks);
  Str rest = {text, length > 0 ? (size_t)length : 0};
  size_t end;
  while (str_find(rest, STR("\n"), &end)) {
    Str line = {rest.data, end};
    rest = (Str){rest.data + end + 1, rest.length - end - 1};
    size_t at, mode;
    if (!str_find(line, (Str){wanted, wanted_length}, &at) || !str_find(line, kind, &mode)) continue;
    // The process id is the last word of digits before "major:minor:inode".
    while (at > 0 && line.data[at - 1] != ' ') at--;
    while (at > 0 && line.data[at - 1] == ' ') at--;
    size_t start = at;
    while (start > 0 && line.data[start - 1] != ' ') start--;
    int64_t process;
    if (number_parse_i64((Str){line.data + start, at - start}, &process) == NUMBER_OK) return process;
  }
  return 0;
}

static void fail_locked(Request *request, int descriptor) {
  int64_t process = lock_holder(descriptor);
  if (process == getpid()) {
    request_fail(request, ERROR_LOCKED, "Could not set lock on file \"%.*s\": Conflicting lock is held in this process",
                 STR_ARG(request->path));
    return;
  }
  char link[64], program[PATH_CAPACITY];
  text_format_into(link, sizeof link, "/proc/%lld/exe", (long long)process);
  ssize_t length = process > 0 ? readlink(link, program, sizeof program) : -1;
  if (length > 0) {
    request_fail(request, ERROR_LOCKED,
                 "Could not set lock on file \"%.*s\": Conflicting lock is held in %.*s (PID %lld)",
                 STR_ARG(request->path), (int)length, program, (long long)process);
  } else if (process > 0) {
    request_fail(request, ERROR_LOCKED, "Could not set lock on file \"%.*s\": Conflicting lock is held in PID %lld",
                 STR_ARG(request->path), (long long)process);
  } else {
    request_fail(request, ERROR_LOCKED,
                 "Could not set lock on file \"%.*s\": Conflicting lock is held by another process",
                 STR_ARG(request->path));
  }
}

// Opens, and says whether the file was made by this. O_EXCL first, so that it is known for sure.
static int open_descriptor(const char *path, OpenMode mode, bool *created) {
  *created = false;
  if (mode == OPEN_READ) return open(path, O_RDONLY | O_CLOEXEC);
  if (mode == OPEN_READ_WRITE) return open(path, O_RDWR | O_CLOEXEC);
  int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) {
    *created = true;
    return descriptor;
  }
  if (errno != EEXIST) return -1;
  descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  // Devices and pipes may be for writing only.
  if (descriptor < 0 && mode == OPEN_TRUNCATE && errno == EACCES) descriptor = open(path, O_WRONLY | O_CLOEXEC);
  return descriptor;
}

static bool make_folders(char *path) {
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
    *at = '/';
    if (!made) return false;
  }
  return true;
}

// Between open and lock the name may have come to mean another file: then the lock is on a ghost.
static bool name_still_means(const char *path, const struct stat *facts) {
  struct stat now;
  return stat(path, &now) == 0 && now.st_ino == facts->st_ino && now.st_dev == facts->st_dev;
}

static void answer_open(Host *host, Request *request) {
  char path[PATH_CAPACITY];
  if (!posix_path(request->path, path)) {
    posix_fail_request(request, request->path.length ? ENAMETOOLONG : ENOENT, "Cannot open");
    return;
  }
  if (request->make_folders && !make_folders(path)) {
    posix_fail_request(request, errno, "Cannot make the folders of");
    return;
  }
  for (;;) {
    bool created;
    int descriptor = open_descriptor(path, request->mode, &created);
    if (descriptor < 0) {
      posix_fail_request(request, errno, "Cannot open");
      return;
    }
    struct stat facts;
    int error_number = fstat(descriptor, &facts) != 0 ? errno : S_ISDIR(facts.st_mode) ? EISDIR : 0;
    if (error_number) {
      posix_fail_request(request, error_number, "Cannot open");
      close(descriptor);
      return;
    }
    bool regular = S_ISREG(facts.st_mode);
    if (regular && flock(descriptor, (request->mode == OPEN_READ ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        fail_locked(request, descriptor);
      } else {
        posix_fail_request(request, errno, "Could not lock");
      }
      close(descriptor);
      return;
    }
    if (regular && !name_still_means(path, &facts)) {
      close(descriptor);
      continue;
    }
    int64_t node = regular && request->mode != OPEN_TRUNCATE ? posix_node_lock_holder(path) : 0;
    if (node) {
      request_fail(request, ERROR_LOCKED,
                   "Could not set lock on file \"%.*s\": Conflicting lock is held in Node (PID %lld)",
                   STR_ARG(request->path), (long long)node);
      close(descriptor);
      return;
    }
    if (regular && request->mode == OPEN_TRUNCATE && ftruncate(descriptor, 0) != 0) {
      posix_fail_request(request, errno, "Could not truncate");
      close(descriptor);
      return;
    }
    PosixFile *file = memory_allocate(host->memory, sizeof *file + request->path.length + 1);
    if (!file) {
      close(descriptor);
      request_answer(request, error_no_memory(&request->error));
      return;
    }
    *file = (PosixFile){.file = {host},
                        .descriptor = descriptor,
                        .seekable = regular || S_ISBLK(facts.st_mode),
                        .name_dirty = created,
                        .path_length = request->path.length};
    memcpy(file->path, path, request->path.length + 1);
    request->file = &file->file;
    request_answer(request, OK);
    return;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// RENAME, REMOVE
// ---------------------------------------------------------------------------------------------------------------------

static void answer_rename(Request *request) {
  char from[PATH_CAPACITY], to[PATH_CAPACITY];
  if (!posix_path(request->path, from) || !posix_path(request->to_path, to)) {
    posix_fail_request(request, ENAMETOOLONG, "Could not rename");
  } else if (rename(from, to) != 0 || sync_directory(to) != 0) {
    posix_fail_request(request, errno, "Could not rename");
  } else {
    request_answer(request, OK);
  }
}

static void answer_remove(Request *request) {
  char path[PATH_CAPACITY];
  if (!posix_path(request->path, path)) {
    posix_fail_request(request, ENAMETOOLONG, "Could not remove");
  } else if (unlink(path) != 0) {
    posix_fail_request(request, errno, "Could not remove");
  } else {
    request_answer(request, OK);
  }
}

static void posix_submit(Host *host, Request *request) {
  switch (request->kind) {
    case REQUEST_OPEN:
      answer_open(host, request);
      break;
    case REQUEST_RENAME:
      answer_rename(request);
      break;
    case REQUEST_REMOVE:
      answer_remove(request);
      break;
    case REQUEST_LIST:
      posix_list((PosixHost *)host, request);
      break;
    case REQUEST_FETCH:
      posix_fetch((PosixHost *)host, request);
      break;
  }
}

static void posix_cancel(Host *host, Request *request) {
  (void)host;
  ASSERT(request->done);
  (void)request;
}

static bool posix_poll(Host *host, int64_t timeout_micros) {
  (void)host;
  (void)timeout_micros;
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Clock, randomness, environment
// ---------------------------------------------------------------------------------------------------------------------

static int64_t posix_wall_micros(Host *host) {
  (void)host;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t posix_monotonic_nanos(Host *host) {
  (void)host;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void posix_random(Host *host, void *out, size_t length) {
  (void)host;
  size_t done = 0;
  while (done < length) {
    size_t part = MIN_OF(length - done, (size_t)256);       // getentropy's most
    if (getentropy((char *)out + done, part) != 0) abort(); // a system without randomness
    done += part;
  }
}

static bool posix_environment(Host *host, const char *name, Str *value) {
  (void)host;
  const char *text = getenv(name);
  *value = str_from(text);
  return text != NULL;
}

static void posix_destroy(Host *host) {
  PosixHost *posix_host = (PosixHost *)host;
  posix_fetch_close_all(posix_host);
  posix_zone_free_all(posix_host);
  memory_free(host->memory, posix_host, sizeof *posix_host);
}

static const HostFunctions posix_functions = {
    .read = posix_read,
    .write = posix_write,
    .truncate = posix_truncate,
    .flush = posix_flush,
    .size = posix_size,
    .close = posix_close,
    .submit = posix_submit,
    .cancel = posix_cancel,
    .release = request_give_back,
    .poll = posix_poll,
    .wall_micros = posix_wall_micros,
    .monotonic_nanos = posix_monotonic_nanos,
    .random = posix_random,
    .zone_offset = posix_zone_offset,
    .environment = posix_environment,
    .destroy = posix_destroy,
};

Host *host_create_posix(Memory *memory) {
  PosixHost *posix_host = memory_allocate_zeroed(memory, sizeof *posix_host);
  if (!posix_host) return NULL;
  posix_host->host = (Host){&posix_functions, memory};
  memory_init(&posix_host->zone_memory, 0);
  return &posix_host->host;
}
