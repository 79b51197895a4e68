// SPDX-License-Identifier: MIT
//
// memory_host.c: a host whose files live in accounted memory and end with it. For databases that are not kept, for tests,
// and as the ground of the test host. Every request is answered at once.
//
// A file removed or replaced while open lives on without a name until it is closed, as in POSIX. Locks too are POSIX's of
// this engine: one writer or any number of readers. The only time zone is UTC; randomness is a generator that starts from
// the clock and is not for secrets.
#include "io/memory_host.h"

#include <time.h>

#include "io/glob.h"
#include "io/listing.h"

typedef struct Content {
  char *path; // owned, path_length bytes; NULL: the file has no name any more
  size_t path_length;
  uint8_t *bytes; // owned, capacity bytes; zero beyond the size
  uint64_t size_bytes;
  uint64_t capacity;
  uint64_t stamp; // changes with every change
  uint32_t readers;
  bool has_writer;
} Content;

typedef struct MemoryHost {
  Host host;
  Content **contents; // owned; the files that have a name
  uint32_t count;
  uint32_t capacity;
  uint64_t last_stamp;
  uint64_t random_state;
} MemoryHost;

typedef struct MemoryFile {
  File file;
  Content *content;
  bool writes;
} MemoryFile;

static MemoryHost *memory_host_of(Host *host) { return (MemoryHost *)host; }
static MemoryHost *host_of_file(File *file) { return (MemoryHost *)file->host; }
static Content *content_of(File *file) { return ((MemoryFile *)file)->content; }
static Str path_of(const Content *content) { return (Str){content->path, content->path_length}; }

// ---------------------------------------------------------------------------------------------------------------------
// Contents and names
// ---------------------------------------------------------------------------------------------------------------------

static void content_free(MemoryHost *memory_host, Content *content) {
  Memory *memory = memory_host->host.memory;
  memory_free(memory, content->path, content->path_length);
  memory_free(memory, content->bytes, content->capacity);
  memory_free(memory, content, sizeof *content);
}

static int64_t find_index(MemoryHost *memory_host, Str path) {
  for (uint32_t i = 0; i < memory_host->count; i++) {
    if (str_equal(path_of(memory_host->contents[i]), path)) return i;
  }
  return -1;
}

static Content *find(MemoryHost *memory_host, Str path) {
  int64_t index = find_index(memory_host, path);
  return index < 0 ? NULL : memory_host->contents[index];
}

// Takes the name off; the content ends unless it is open.
static void unlink_at(MemoryHost *memory_host, uint32_t index) {
  Content *content = memory_host->contents[index];
  memory_host->contents[index] = memory_host->contents[--memory_host->count];
  memory_free(memory_host->host.memory, content->path, content->path_length);
  content->path = NULL;
  content->path_length = 0;
  if (!content->readers && !content->has_writer) content_free(memory_host, content);
}

static char *copy_path(MemoryHost *memory_host, Str path) {
  char *copy = memory_allocate(memory_host->host.memory, path.length);
  if (copy && path.length) memcpy(copy, path.data, path.length);
  return copy;
}

// NULL: no memory.
static Content *create_content(MemoryHost *memory_host, Str path) {
  Memory *memory = memory_host->host.memory;
  if (memory_host->count == memory_host->capacity) {
    uint32_t capacity = memory_host->capacity ? memory_host->capacity * 2 : 8;
    Content **contents = memory_grow(memory, memory_host->contents, sizeof *contents * memory_host->capacity,
                                     sizeof *contents * capacity);
    if (!contents) return NULL;
    memory_host->contents = contents;
    memory_host->capacity = capacity;
  }
  Content *content = memory_allocate_zeroed(memory, sizeof *content);
  if (!content) return NULL;
  content->path = copy_path(memory_host, path);
  if (!content->path) {
    memory_free(memory, content, sizeof *content);
    return NULL;
  }
  content->path_length = path.length;
  content->stamp = ++memory_host->last_stamp;
  memory_host->contents[memory_host->count++] = content;
  return content;
}

static void content_changed(MemoryHost *memory_host, Content *content) { content->stamp = ++memory_host->last_stamp; }

static Status content_reserve(MemoryHost *memory_host, Content *content, uint64_t size_bytes, Error *error) {
  if (size_bytes <= content->capacity) return OK;
  uint64_t capacity = MAX_OF(size_bytes, content->capacity + content->capacity / 2);
  if (capacity > SIZE_MAX / 4) return error_no_memory(error);
  uint8_t *bytes = memory_grow(memory_host->host.memory, content->bytes, content->capacity, (size_t)capacity);
  if (!bytes) return error_no_memory(error);
  memset(bytes + content->capacity, 0, (size_t)(capacity - content->capacity));
  content->bytes = bytes;
  content->capacity = capacity;
  return OK;
}

static Status content_truncate(MemoryHost *memory_host, Content *content, uint64_t size_bytes, Error *error) {
  TRY(content_reserve(memory_host, content, size_bytes, error));
  if (size_bytes < content->size_bytes) {
    memset(content->bytes + size_bytes, 0, (size_t)(content->size_bytes - size_bytes));
  }
  content->size_bytes = size_bytes;
  if (size_bytes == 0) {
    memory_free(memory_host->host.memory, content->bytes, content->capacity);
    content->bytes = NULL;
    content->capacity = 0;
  }
  content_changed(memory_host, content);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Open files
// ---------------------------------------------------------------------------------------------------------------------

static Status memory_read(File *file, uint64_t offset, void *buffer, size_t length, size_t *read_bytes, Error *error) {
  (void)error;
  const Content *content = content_of(file);
  size_t available = offset < content->size_bytes ? (size_t)(content->size_bytes - offset) : 0;
  *read_bytes = MIN_OF(length, available);
  if (*read_bytes) memcpy(buffer, content->bytes + offset, *read_bytes);
  return OK;
}

static Status memory_write(File *file, uint64_t offset, const void *buffer, size_t length, Error *error) {
  ASSERT(((MemoryFile *)file)->writes);
  if (length == 0) return OK;
  MemoryHost *memory_host = host_of_file(file);
  Content *content = content_of(file);
  if (offset > UINT64_MAX - length) return error_no_memory(error);
  TRY(content_reserve(memory_host, content, offset + length, error));
  memcpy(content->bytes + offset, buffer, length);
  content->size_bytes = MAX_OF(content->size_bytes, offset + length);
  content_changed(memory_host, content);
  return OK;
}

static Status memory_truncate(File *file, uint64_t size_bytes, Error *error) {
  ASSERT(((MemoryFile *)file)->writes);
  return content_truncate(host_of_file(file), content_of(file), size_bytes, error);
}

static Status memory_flush(File *file, Error *error) {
  (void)file;
  (void)error;
  return OK;
}

static Status memory_size(File *file, uint64_t *size_bytes, Error *error) {
  (void)error;
  *size_bytes = content_of(file)->size_bytes;
  return OK;
}

static void memory_close(File *file) {
  MemoryHost *memory_host = host_of_file(file);
  Content *content = content_of(file);
  if (((MemoryFile *)file)->writes) {
    content->has_writer = false;
  } else {
    content->readers--;
  }
  if (!content->path && !content->readers && !content->has_writer) content_free(memory_host, content);
  memory_free(memory_host->host.memory, file, sizeof(MemoryFile));
}

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

static void answer_open(MemoryHost *memory_host, Request *request) {
  Content *content = find(memory_host, request->path);
  bool writes = request->mode != OPEN_READ;
  bool creates = request->mode == OPEN_CREATE || request->mode == OPEN_TRUNCATE;
  if (!content && !creates) {
    request_fail(request, ERROR_NOT_FOUND, "Cannot open file \"%.*s\": No such file or directory",
                 STR_ARG(request->path));
    return;
  }
  if (content && (content->has_writer || (writes && content->readers))) {
    request_fail(request, ERROR_LOCKED, "Could not set lock on file \"%.*s\": Conflicting lock is held in this process",
                 STR_ARG(request->path));
    return;
  }
  MemoryFile *file = memory_allocate(memory_host->host.memory, sizeof *file);
  if (file && !content) content = create_content(memory_host, request->path);
  if (!file || !content) {
    memory_free(memory_host->host.memory, file, sizeof *file);
    request_answer(request, error_no_memory(&request->error));
    return;
  }
  // To nothing: cannot fail.
  if (request->mode == OPEN_TRUNCATE && content_truncate(memory_host, content, 0, NULL) != OK) ASSERT(false);
  *file = (MemoryFile){.file = {&memory_host->host}, .content = content, .writes = writes};
  if (writes) {
    content->has_writer = true;
  } else {
    content->readers++;
  }
  request->file = &file->file;
  request_answer(request, OK);
}

static void answer_missing(Request *request, const char *what) {
  request_fail(request, ERROR_NOT_FOUND, "Could not %s file \"%.*s\": No such file or directory", what,
               STR_ARG(request->path));
}

static void answer_rename(MemoryHost *memory_host, Request *request) {
  Content *content = find(memory_host, request->path);
  if (!content) {
    answer_missing(request, "rename");
    return;
  }
  if (str_equal(request->path, request->to_path)) {
    request_answer(request, OK);
    return;
  }
  char *path = copy_path(memory_host, request->to_path);
  if (!path) {
    request_answer(request, error_no_memory(&request->error));
    return;
  }
  int64_t replaced = find_index(memory_host, request->to_path);
  if (replaced >= 0) unlink_at(memory_host, (uint32_t)replaced);
  memory_free(memory_host->host.memory, content->path, content->path_length);
  content->path = path;
  content->path_length = request->to_path.length;
  request_answer(request, OK);
}

static void answer_remove(MemoryHost *memory_host, Request *request) {
  int64_t index = find_index(memory_host, request->path);
  if (index < 0) {
    answer_missing(request, "remove");
    return;
  }
  unlink_at(memory_host, (uint32_t)index);
  request_answer(request, OK);
}

static void answer_list(MemoryHost *memory_host, Request *request) {
  Listing listing;
  listing_init(&listing, memory_host->host.memory);
  bool pattern = glob_is_pattern(request->path);
  for (uint32_t i = 0; i < memory_host->count; i++) {
    const Content *content = memory_host->contents[i];
    bool wanted =
        pattern ? glob_match_path(request->path, path_of(content)) : str_equal(request->path, path_of(content));
    if (wanted) listing_add(&listing, path_of(content), content->size_bytes, content->stamp);
  }
  listing_answer(&listing, &memory_host->host, request);
}

static void answer_fetch(MemoryHost *memory_host, Request *request) {
  const Content *content = find(memory_host, request->path);
  if (!content) {
    request_fail(request, ERROR_NOT_FOUND, "Cannot open file \"%.*s\": No such file or directory",
                 STR_ARG(request->path));
    return;
  }
  uint64_t available = request->offset < content->size_bytes ? content->size_bytes - request->offset : 0;
  size_t length = (size_t)MIN_OF(request->length, available);
  uint8_t *bytes = request_allocate(&memory_host->host, request, length);
  if (!bytes) return;
  if (length) memcpy(bytes, content->bytes + request->offset, length);
  request->bytes = bytes;
  request->byte_count = length;
  request->facts = (FileFacts){request->path, content->size_bytes, content->stamp};
  request_answer(request, OK);
}

static void memory_submit(Host *host, Request *request) {
  MemoryHost *memory_host = memory_host_of(host);
  switch (request->kind) {
    case REQUEST_OPEN:
      answer_open(memory_host, request);
      break;
    case REQUEST_RENAME:
      answer_rename(memory_host, request);
      break;
    case REQUEST_REMOVE:
      answer_remove(memory_host, request);
      break;
    case REQUEST_LIST:
      answer_list(memory_host, request);
      break;
    case REQUEST_FETCH:
      answer_fetch(memory_host, request);
      break;
  }
}

static void memory_cancel(Host *host, Request *request) {
  (void)host;
  ASSERT(request->done);
  (void)request;
}

static bool memory_poll(Host *host, int64_t timeout_micros) {
  (void)host;
  (void)timeout_micros;
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Clock, randomness, the rest
// ---------------------------------------------------------------------------------------------------------------------

static int64_t now_nanos(void) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t memory_wall_micros(Host *host) {
  (void)host;
  return now_nanos() / 1000;
}

static int64_t memory_monotonic_nanos(Host *host) {
  (void)host;
  return now_nanos();
}

static void memory_random(Host *host, void *out, size_t length) {
  MemoryHost *memory_host = memory_host_of(host);
  uint8_t *bytes = out;
  for (size_t i = 0; i < length; i++) {
    memory_host->random_state += UINT64_C(0x9e3779b97f4a7c15);
    bytes[i] = (uint8_t)(hash_u64(memory_host->random_state) >> 32);
  }
}

static bool memory_zone_offset(Host *host, Str zone, int64_t utc_micros, int32_t *offset_seconds) {
  (void)host;
  (void)utc_micros;
  *offset_seconds = 0;
  return zone.length == 0 || str_equal_nocase(zone, STR("UTC")) || str_equal_nocase(zone, STR("Etc/UTC")) ||
         str_equal_nocase(zone, STR("GMT"));
}

static bool memory_environment(Host *host, const char *name, Str *value) {
  (void)host;
  (void)name;
  (void)value;
  return false;
}

static void memory_destroy(Host *host) {
  MemoryHost *memory_host = memory_host_of(host);
  for (uint32_t i = 0; i < memory_host->count; i++) {
    ASSERT(!memory_host->contents[i]->readers && !memory_host->contents[i]->has_writer && "a file is still open");
    content_free(memory_host, memory_host->contents[i]);
  }
  Memory *memory = host->memory;
  memory_free(memory, memory_host->contents, sizeof *memory_host->contents * memory_host->capacity);
  memory_free(memory, memory_host, sizeof *memory_host);
}

static const HostFunctions memory_functions = {
    .read = memory_read,
    .write = memory_write,
    .truncate = memory_truncate,
    .flush = memory_flush,
    .size = memory_size,
    .close = memory_close,
    .submit = memory_submit,
    .cancel = memory_cancel,
    .release = request_give_back,
    .poll = memory_poll,
    .wall_micros = memory_wall_micros,
    .monotonic_nanos = memory_monotonic_nanos,
    .random = memory_random,
    .zone_offset = memory_zone_offset,
    .environment = memory_environment,
    .destroy = memory_destroy,
};

Host *host_create_memory(Memory *memory) {
  MemoryHost *memory_host = memory_allocate_zeroed(memory, sizeof *memory_host);
  if (!memory_host) return NULL;
  memory_host->host = (Host){&memory_functions, memory};
  memory_host->random_state = (uint64_t)now_nanos() ^ (uint64_t)(uintptr_t)memory_host;
  return &memory_host->host;
}

Status memory_host_put(Host *host, Str path, const void *bytes, size_t length, Error *error) {
  ASSERT(host->functions == &memory_functions);
  MemoryHost *memory_host = memory_host_of(host);
  Content *content = find(memory_host, path);
  if (!content) content = create_content(memory_host, path);
  if (!content) return error_no_memory(error);
  TRY(content_truncate(memory_host, content, length, error));
  if (length) memcpy(content->bytes, bytes, length);
  return OK;
}

uint32_t memory_host_file_count(Host *host) { return memory_host_of(host)->count; }

void memory_host_file_at(Host *host, uint32_t index, Str *path, Str *bytes) {
  const Content *content = memory_host_of(host)->contents[index];
  *path = path_of(content);
  *bytes = (Str){(const char *)content->bytes, (size_t)content->size_bytes};
}
