// SPDX-License-Identifier: MIT
//
// javascript_host.c: the host of the wasm build. Every call is an import of the module "smew" that js/smew/src/host.ts
// provides; answers to requests come back through the exports smew_answer_…. Owns the blocks that carry answers; leaves
// files, names and time zones to JavaScript.
//
// The contract with JavaScript:
//   - Offsets and sizes are doubles (exact up to 2^53), for a BigInt costs more than the call.
//   - Immediate calls return a count or 0, or the negative of a smew_error_code; `error_text` then copies the message
//     (UTF-8, cut at the capacity) and returns its length.
//   - `submit` names a request by an id that is never used twice. JavaScript answers it once, now or later, with exactly
//     one smew_answer_…; after `cancel` it forgets the id. An answer to an id that is not known is ignored.
//   - Bytes of an answer are written into smew_answer_space first.
#include "io/io.h"
#include "io/request.h"

#define IMPORT(name) __attribute__((import_module("smew"), import_name(#name))) extern
#define EXPORT(name) __attribute__((export_name(#name)))

IMPORT(read) int32_t js_read(int32_t handle, double offset, void *buffer, uint32_t length);
IMPORT(write) int32_t js_write(int32_t handle, double offset, const void *buffer, uint32_t length);
IMPORT(truncate) int32_t js_truncate(int32_t handle, double size_bytes);
IMPORT(flush) int32_t js_flush(int32_t handle);
IMPORT(size) double js_size(int32_t handle);
IMPORT(close) void js_close(int32_t handle);
IMPORT(error_text) uint32_t js_error_text(char *out, uint32_t capacity);
// `mode`: an OpenMode, and MAKE_FOLDERS where missing folders of the path are to be made.
enum { MAKE_FOLDERS = 4 };
IMPORT(submit)
void js_submit(double id, int32_t kind, int32_t mode, const char *path, uint32_t path_length, const char *to_path,
               uint32_t to_length, double offset, double length, double statement);
IMPORT(cancel) void js_cancel(double id);
IMPORT(wall_micros) double js_wall_micros(void);
IMPORT(monotonic_micros) double js_monotonic_micros(void);
IMPORT(random) void js_random(void *out, uint32_t length);
// Seconds from UTC; INT32_MIN: no such zone.
IMPORT(zone_offset) int32_t js_zone_offset(const char *zone, uint32_t length, double utc_micros);

typedef struct JavascriptHost {
  Host host;
  Request *open; // submitted and not answered, linked by `next`
  bool answered; // since the last poll
  struct JavascriptHost *following;
} JavascriptHost;

typedef struct JavascriptFile {
  File file;
  int32_t handle;
} JavascriptFile;

// Of all hosts of this module: answers name requests, not hosts. The module has one thread.
static JavascriptHost *all_hosts;
static uint64_t last_id;

static JavascriptHost *javascript_host_of(Host *host) { return (JavascriptHost *)host; }
static int32_t handle_of(File *file) { return ((JavascriptFile *)file)->handle; }

// A smew_error_code, as far as hosts fail with it, as a Status of the engine. The numbers are those of smew.h.
static Status status_of(int32_t code) {
  switch (code) {
    case 11:
      return ERROR_INVALID_INPUT;
    case 14:
      return ERROR_NOT_IMPLEMENTED;
    case 15:
      return ERROR_PERMISSION;
    case 20:
      return ERROR_NOT_FOUND;
    case 21:
      return ERROR_LOCKED;
    case 22:
      return ERROR_QUOTA;
    case 23:
      return ERROR_CORRUPT;
    case 25:
      return ERROR_READ_ONLY;
    case 26:
      return ERROR_NO_MEMORY;
    case 27:
      return ERROR_INTERRUPTED;
    case 28:
      return ERROR_CLOSED;
    default:
      return ERROR_IO;
  }
}

static Status call_failed(int32_t code, Error *error) {
  char text[1024];
  uint32_t length = js_error_text(text, sizeof text);
  return error_set(error, status_of(-code), -1, "%.*s", (int)length, text);
}

// ---------------------------------------------------------------------------------------------------------------------
// Open files
// ---------------------------------------------------------------------------------------------------------------------

static Status javascript_read(File *file, uint64_t offset, void *buffer, size_t length, size_t *read_bytes,
                              Error *error) {
  int32_t count = js_read(handle_of(file), (double)offset, buffer, (uint32_t)length);
  if (count < 0) return call_failed(count, error);
  *read_bytes = (size_t)count;
  return OK;
}

static Status javascript_write(File *file, uint64_t offset, const void *buffer, size_t length, Error *error) {
  int32_t code = js_write(handle_of(file), (double)offset, buffer, (uint32_t)length);
  return code < 0 ? call_failed(code, error) : OK;
}

static Status javascript_truncate(File *file, uint64_t size_bytes, Error *error) {
  int32_t code = js_truncate(handle_of(file), (double)size_bytes);
  return code < 0 ? call_failed(code, error) : OK;
}

static Status javascript_flush(File *file, Error *error) {
  int32_t code = js_flush(handle_of(file));
  return code < 0 ? call_failed(code, error) : OK;
}

static Status javascript_size(File *file, uint64_t *size_bytes, Error *error) {
  double size = js_size(handle_of(file));
  if (size < 0) return call_failed((int32_t)size, error);
  *size_bytes = (uint64_t)size;
  return OK;
}

static void javascript_close(File *file) {
  js_close(handle_of(file));
  memory_free(file->host->memory, file, sizeof(JavascriptFile));
}

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

static void javascript_submit(Host *host, Request *request) {
  JavascriptHost *javascript_host = javascript_host_of(host);
  request->done = false;
  request->next = javascript_host->open;
  request->host_id = ++last_id;
  javascript_host->open = request;
  int32_t mode = (int32_t)request->mode | (request->make_folders ? MAKE_FOLDERS : 0);
  js_submit((double)request->host_id, (int32_t)request->kind, mode, request->path.data, (uint32_t)request->path.length,
            request->to_path.data, (uint32_t)request->to_path.length, (double)request->offset, (double)request->length,
            (double)request->statement);
}

typedef struct OpenRequest {
  JavascriptHost *host; // NULL: no open request has this id
  Request *request;
} OpenRequest;

static OpenRequest find(double id) {
  for (JavascriptHost *host = all_hosts; host; host = host->following) {
    for (Request *request = host->open; request; request = request->next) {
      if (request->host_id == (uint64_t)id) return (OpenRequest){host, request};
    }
  }
  return (OpenRequest){0};
}

static void unlink_request(OpenRequest open) {
  Request **link = &open.host->open;
  while (*link != open.request) link = &(*link)->next;
  *link = open.request->next;
  open.request->next = NULL;
  open.host->answered = true;
}

static void javascript_cancel(Host *host, Request *request) {
  if (request->done) return;
  js_cancel((double)request->host_id);
  unlink_request((OpenRequest){javascript_host_of(host), request});
  request_fail(request, ERROR_INTERRUPTED, "Interrupted!");
}

// JavaScript is never waited for from within: whoever drives the engine returns to the event loop. Here it is only told
// whether something has come.
static bool javascript_poll(Host *host, int64_t timeout_micros) {
  (void)timeout_micros;
  JavascriptHost *javascript_host = javascript_host_of(host);
  bool was_answered = javascript_host->answered;
  javascript_host->answered = false;
  return was_answered;
}

// ---------------------------------------------------------------------------------------------------------------------
// Answers: exports
// ---------------------------------------------------------------------------------------------------------------------

// Room for an answer's bytes, accounted to the database; 0: none (the request has then failed) or no such request.
EXPORT(smew_answer_space) uint8_t *smew_answer_space(double id, uint32_t entry_count, uint32_t byte_count);
// RENAME, REMOVE.
EXPORT(smew_answer) void smew_answer(double id);
EXPORT(smew_answer_open) void smew_answer_open(double id, int32_t handle);
// The space holds `entry_count` files: f64 size, f64 stamp, u32 length, u32 zero, path (UTF-8), padded to 8 bytes.
EXPORT(smew_answer_list) void smew_answer_list(double id, uint32_t entry_count);
// The space holds the bytes; size and stamp are those of the whole file.
EXPORT(smew_answer_fetch)
void smew_answer_fetch(double id, uint32_t byte_count, double size_bytes, double stamp);
EXPORT(smew_answer_error) void smew_answer_error(double id, int32_t code, const char *text, uint32_t length);

uint8_t *smew_answer_space(double id, uint32_t entry_count, uint32_t byte_count) {
  OpenRequest open = find(id);
  if (!open.request) return NULL;
  size_t entries_bytes = entry_count * sizeof(FileFacts);
  uint8_t *block = memory_allocate(open.host->host.memory, entries_bytes + byte_count + 1);
  if (!block) {
    unlink_request(open);
    request_answer(open.request, error_no_memory(&open.request->error));
    return NULL;
  }
  open.request->host_data = block;
  open.request->host_size = entries_bytes + byte_count + 1;
  return block + entries_bytes;
}

void smew_answer(double id) {
  OpenRequest open = find(id);
  if (!open.request) return;
  unlink_request(open);
  request_answer(open.request, OK);
}

void smew_answer_open(double id, int32_t handle) {
  OpenRequest open = find(id);
  if (!open.request) {
    js_close(handle);
    return;
  }
  unlink_request(open);
  JavascriptFile *file = memory_allocate_zeroed(open.host->host.memory, sizeof *file);
  if (!file) {
    js_close(handle);
    request_answer(open.request, error_no_memory(&open.request->error));
    return;
  }
  file->file.host = &open.host->host;
  file->handle = handle;
  open.request->file = &file->file;
  request_answer(open.request, OK);
}

static size_t padded(size_t length) { return (length + 7) & ~(size_t)7; }

void smew_answer_list(double id, uint32_t entry_count) {
  OpenRequest open = find(id);
  if (!open.request) return;
  unlink_request(open);
  FileFacts *entries = open.request->host_data;
  const uint8_t *at = entries ? (const uint8_t *)(entries + entry_count) : NULL;
  for (uint32_t i = 0; i < entry_count; i++) {
    double numbers[2];
    uint32_t length;
    memcpy(numbers, at, sizeof numbers);
    memcpy(&length, at + sizeof numbers, sizeof length);
    at += sizeof numbers + 8;
    entries[i] = (FileFacts){
        .path = {(const char *)at, length}, .size_bytes = (uint64_t)numbers[0], .stamp = (uint64_t)numbers[1]};
    at += padded(length);
  }
  open.request->entries = entries;
  open.request->entry_count = entry_count;
  request_answer(open.request, OK);
}

void smew_answer_fetch(double id, uint32_t byte_count, double size_bytes, double stamp) {
  OpenRequest open = find(id);
  if (!open.request) return;
  unlink_request(open);
  open.request->bytes = open.request->host_data;
  open.request->byte_count = byte_count;
  open.request->facts =
      (FileFacts){.path = open.request->path, .size_bytes = (uint64_t)size_bytes, .stamp = (uint64_t)stamp};
  request_answer(open.request, OK);
}

void smew_answer_error(double id, int32_t code, const char *text, uint32_t length) {
  OpenRequest open = find(id);
  if (!open.request) return;
  unlink_request(open);
  request_give_back(&open.host->host, open.request);
  request_fail(open.request, status_of(code), "%.*s", (int)length, text);
}

// ---------------------------------------------------------------------------------------------------------------------
// The host
// ---------------------------------------------------------------------------------------------------------------------

static int64_t javascript_wall_micros(Host *host) {
  (void)host;
  return (int64_t)js_wall_micros();
}

static int64_t javascript_monotonic_nanos(Host *host) {
  (void)host;
  return (int64_t)(js_monotonic_micros() * 1000);
}

static void javascript_random(Host *host, void *out, size_t length) {
  (void)host;
  js_random(out, (uint32_t)length);
}

static bool javascript_zone_offset(Host *host, Str zone, int64_t utc_micros, int32_t *offset_seconds) {
  (void)host;
  *offset_seconds = js_zone_offset(zone.data, (uint32_t)zone.length, (double)utc_micros);
  return *offset_seconds != INT32_MIN;
}

static bool javascript_environment(Host *host, const char *name, Str *value) {
  (void)host;
  (void)name;
  (void)value;
  return false;
}

static void javascript_destroy(Host *host) {
  JavascriptHost *javascript_host = javascript_host_of(host);
  JavascriptHost **link = &all_hosts;
  while (*link != javascript_host) link = &(*link)->following;
  *link = javascript_host->following;
  memory_free(host->memory, javascript_host, sizeof *javascript_host);
}

static const HostFunctions javascript_functions = {
    .read = javascript_read,
    .write = javascript_write,
    .truncate = javascript_truncate,
    .flush = javascript_flush,
    .size = javascript_size,
    .close = javascript_close,
    .submit = javascript_submit,
    .cancel = javascript_cancel,
    .release = request_give_back,
    .poll = javascript_poll,
    .wall_micros = javascript_wall_micros,
    .monotonic_nanos = javascript_monotonic_nanos,
    .random = javascript_random,
    .zone_offset = javascript_zone_offset,
    .environment = javascript_environment,
    .destroy = javascript_destroy,
};

Host *host_create_javascript(Memory *memory) {
  JavascriptHost *javascript_host = memory_allocate_zeroed(memory, sizeof *javascript_host);
  if (!javascript_host) return NULL;
  javascript_host->host = (Host){&javascript_functions, memory};
  javascript_host->following = all_hosts;
  all_hosts = javascript_host;
  return &javascript_host->host;
}
