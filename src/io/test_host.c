// SPDX-License-Identifier: MIT
//
// test_host.c: the host that fails on purpose, told in test_host.h. The wrapped memory host holds what the running
// program sees; the TestDisk beside it what survives a crash.
#include "io/test_host.h"

#include "io/late_queue.h"
#include "io/memory_host.h"
#include "io/request.h"
#include "io/test_disk.h"

typedef struct TestHost {
  Host host;
  Host *inner; // owned
  TestPlan plan;
  TestDisk disk;
  uint64_t random_state;
  uint64_t call_count, flush_count, read_count;
  bool stopped;
  ARENA_LIST(TestCall) log; // in the disk's arena
  LateQueue late;
} TestHost;

typedef struct TestFile {
  File file;
  File *inner; // owned
  TestNode *node;
  Str path; // in the disk's arena
} TestFile;

static TestHost *of_host(const Host *host) { return (TestHost *)host; }
static TestHost *of_file(File *file) { return (TestHost *)file->host; }

static Status stopped(Error *error) { return error_set(error, ERROR_IO, -1, "the test host has stopped"); }

// ---------------------------------------------------------------------------------------------------------------------
// Counting, logging, failing
// ---------------------------------------------------------------------------------------------------------------------

static Status log_call(TestHost *host, TestCall call) {
  ARENA_PUSH(&host->disk.arena, NULL, &host->log, call);
  return OK;
}

// Begins a call: counts and logs it. A failure is the caller's answer and is logged.
static Status begin_call(TestHost *host, TestCall call, Error *error) {
  if (host->stopped) return stopped(error);
  host->call_count++;
  if (host->call_count == host->plan.fail_call) {
    Status code = host->plan.fail_status == OK ? ERROR_IO : host->plan.fail_status;
    call.status = error_set(error, code, -1, "the test host fails call %llu", (unsigned long long)host->call_count);
  }
  TRY(log_call(host, call));
  return call.status;
}

// Ends it, however it went: the machine may stop here.
static void end_call(TestHost *host, Status status) {
  host->log.items[host->log.count - 1].status = status;
  if (host->call_count == host->plan.stop_after_call) host->stopped = true;
}

static Status begin_read(TestHost *host, Error *error) {
  if (host->stopped) return stopped(error);
  host->read_count++;
  if (host->read_count != host->plan.fail_read) return OK;
  return error_set(error, ERROR_IO, -1, "the test host fails read %llu", (unsigned long long)host->read_count);
}

static uint64_t total_bytes(TestHost *host) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < memory_host_file_count(host->inner); i++) {
    Str path, bytes;
    memory_host_file_at(host->inner, i, &path, &bytes);
    total += bytes.length;
  }
  return total;
}

// How many of the bytes at an offset fit the disk.
static size_t bytes_that_fit(TestHost *host, TestFile *file, uint64_t offset, size_t length) {
  uint64_t size_bytes;
  if (!host->plan.disk_bytes || file_size(file->inner, &size_bytes, NULL) != OK) return length;
  uint64_t total = total_bytes(host);
  uint64_t room = host->plan.disk_bytes > total ? host->plan.disk_bytes - total : 0;
  if (offset + length <= size_bytes + room) return length;
  return offset < size_bytes + room ? (size_t)(size_bytes + room - offset) : 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// Open files
// ---------------------------------------------------------------------------------------------------------------------

static Status test_read(File *base, uint64_t offset, void *buffer, size_t length, size_t *read_bytes, Error *error) {
  TRY(begin_read(of_file(base), error));
  return file_read(((TestFile *)base)->inner, offset, buffer, length, read_bytes, error);
}

static Status write_part(TestHost *host, TestFile *file, uint64_t offset, const void *buffer, size_t length,
                         Error *error) {
  TRY(file_write(file->inner, offset, buffer, length, error));
  test_disk_write(&host->disk, file->node, offset, buffer, length);
  return OK;
}

static Status test_write(File *base, uint64_t offset, const void *buffer, size_t length, Error *error) {
  TestHost *host = of_file(base);
  TestFile *file = (TestFile *)base;
  bool was_stopped = host->stopped;
  Status status =
      begin_call(host, (TestCall){.kind = TEST_WRITE, .path = file->path, .offset = offset, .length = length}, error);
  if (was_stopped) return status;
  size_t fitting = bytes_that_fit(host, file, offset, length);
  if (status != OK) {
    size_t part = (size_t)(test_random(&host->random_state) % (length + 1));
    TRY(write_part(host, file, offset, buffer, MIN_OF(part, fitting), NULL));
  } else {
    status = write_part(host, file, offset, buffer, fitting, error);
    if (status == OK && fitting < length) {
      status = error_set(error, ERROR_QUOTA, -1, "Could not write file \"%.*s\": No space left on device",
                         STR_ARG(file->path));
    }
  }
  end_call(host, status);
  return status;
}

static Status test_truncate(File *base, uint64_t size_bytes, Error *error) {
  TestHost *host = of_file(base);
  TestFile *file = (TestFile *)base;
  bool was_stopped = host->stopped;
  Status status = begin_call(host, (TestCall){.kind = TEST_TRUNCATE, .path = file->path, .offset = size_bytes}, error);
  if (was_stopped) return status;
  uint64_t old_bytes = 0;
  if (status == OK) status = file_size(file->inner, &old_bytes, error);
  if (status != OK) {
    // Fails without a trace.
  } else if (size_bytes > old_bytes &&
             bytes_that_fit(host, file, old_bytes, (size_t)(size_bytes - old_bytes)) < size_bytes - old_bytes) {
    status = error_set(error, ERROR_QUOTA, -1, "Could not truncate file \"%.*s\": No space left on device",
                       STR_ARG(file->path));
  } else {
    status = file_truncate(file->inner, size_bytes, error);
    if (status == OK) test_disk_truncate(&host->disk, file->node, size_bytes);
  }
  end_call(host, status);
  return status;
}

static bool flush_is_ignored(const TestHost *host, const TestFile *file) {
  return host->plan.ignore_flushes &&
         (!host->plan.ignore_suffix || str_ends_with(file->path, str_from(host->plan.ignore_suffix)));
}

static Status test_flush(File *base, Error *error) {
  TestHost *host = of_file(base);
  TestFile *file = (TestFile *)base;
  bool was_stopped = host->stopped;
  Status status = begin_call(host, (TestCall){.kind = TEST_FLUSH, .path = file->path}, error);
  if (was_stopped) return status;
  if (++host->flush_count == host->plan.fail_flush && status == OK) {
    status = error_set(error, ERROR_IO, -1, "the test host fails flush %llu", (unsigned long long)host->flush_count);
  }
  if (status != OK) {
    test_disk_flush_failed(&host->disk, file->node, &host->random_state);
  } else if (!flush_is_ignored(host, file)) {
    test_disk_flush(&host->disk, file->node);
  }
  end_call(host, status);
  return status;
}

static Status test_size(File *base, uint64_t *size_bytes, Error *error) {
  if (of_file(base)->stopped) return stopped(error);
  return file_size(((TestFile *)base)->inner, size_bytes, error);
}

static void test_close(File *base) {
  TestFile *file = (TestFile *)base;
  file_close(file->inner);
  memory_free(base->host->memory, file, sizeof *file);
}

// ---------------------------------------------------------------------------------------------------------------------
// Requests
// ---------------------------------------------------------------------------------------------------------------------

// The file that was opened gets its wrapper; a new or emptied one is told to the disk.
static Status wrap_file(TestHost *host, Request *request, bool existed) {
  TestFile *file = memory_allocate(host->host.memory, sizeof *file);
  if (!file) {
    file_close(request->file);
    request->file = NULL;
    return error_no_memory(&request->error);
  }
  TestNode *node = test_disk_find(&host->disk, request->path);
  if (!existed) {
    ASSERT(!node);
    node = test_disk_create(&host->disk, request->path);
  } else if (request->mode == OPEN_TRUNCATE) {
    test_disk_truncate(&host->disk, node, 0);
  }
  *file = (TestFile){{&host->host}, request->file, node, test_disk_copy(&host->disk, request->path)};
  request->file = &file->file;
  return OK;
}

// The call that a request is, or false when it changes nothing.
static bool request_call(const Request *request, bool existed, TestCall *call) {
  *call = (TestCall){.path = request->path, .to_path = request->to_path};
  switch (request->kind) {
    case REQUEST_OPEN:
      call->kind = TEST_CREATE;
      return request->mode == OPEN_TRUNCATE || (request->mode == OPEN_CREATE && !existed);
    case REQUEST_RENAME:
      call->kind = TEST_RENAME;
      return true;
    case REQUEST_REMOVE:
      call->kind = TEST_REMOVE;
      return true;
    default:
      return false;
  }
}

static Status begin_request(TestHost *host, Request *request, bool existed, bool *is_call) {
  TestCall call;
  *is_call = false;
  if (host->stopped) return stopped(&request->error);
  if (request->kind == REQUEST_FETCH) return begin_read(host, &request->error);
  if (!request_call(request, existed, &call)) return OK;
  *is_call = true;
  call.path = test_disk_copy(&host->disk, call.path);
  call.to_path = test_disk_copy(&host->disk, call.to_path);
  return begin_call(host, call, &request->error);
}

static void answer(TestHost *host, Request *request) {
  bool existed = test_disk_find(&host->disk, request->path) != NULL;
  bool is_call;
  Status status = begin_request(host, request, existed, &is_call);
  if (status != OK) {
    request_answer(request, status);
  } else {
    host_submit(host->inner, request);
    ASSERT(request->done);
    if (request->status == OK && request->kind == REQUEST_OPEN) request->status = wrap_file(host, request, existed);
    error_settle(&request->error, request->status);
    if (request->status == OK && request->kind == REQUEST_RENAME && !str_equal(request->path, request->to_path)) {
      test_disk_rename(&host->disk, request->path, request->to_path);
    }
    if (request->status == OK && request->kind == REQUEST_REMOVE) test_disk_remove(&host->disk, request->path);
  }
  if (is_call) end_call(host, request->status);
}

static void test_submit(Host *base, Request *request) {
  TestHost *host = of_host(base);
  ASSERT(!request->done);
  if (!host->plan.late || !late_queue_add(&host->late, request)) answer(host, request);
}

static void test_cancel(Host *base, Request *request) {
  if (request->done) return;
  bool waited = late_queue_remove(&of_host(base)->late, request);
  ASSERT(waited && "not a request of this host");
  (void)waited;
  request_fail(request, ERROR_INTERRUPTED, "the request was cancelled");
}

static void test_release(Host *base, Request *request) { request_release(of_host(base)->inner, request); }

static bool test_poll(Host *base, int64_t timeout_micros) {
  (void)timeout_micros;
  Request *request = late_queue_poll(&of_host(base)->late);
  if (request) answer(of_host(base), request);
  return request != NULL;
}

// ---------------------------------------------------------------------------------------------------------------------
// Clock and the rest: the wrapped host's, but for randomness, which follows the seed
// ---------------------------------------------------------------------------------------------------------------------

static int64_t test_wall_micros(Host *base) { return host_wall_micros(of_host(base)->inner); }
static int64_t test_monotonic_nanos(Host *base) { return host_monotonic_nanos(of_host(base)->inner); }

static void test_random_bytes(Host *base, void *out, size_t length) {
  TestHost *host = of_host(base);
  for (size_t i = 0; i < length; i++) ((uint8_t *)out)[i] = (uint8_t)(test_random(&host->random_state) >> 32);
}

static bool test_zone_offset(Host *base, Str zone, int64_t utc_micros, int32_t *offset_seconds) {
  Host *inner = of_host(base)->inner;
  return inner->functions->zone_offset(inner, zone, utc_micros, offset_seconds);
}

static bool test_environment(Host *base, const char *name, Str *value) {
  Host *inner = of_host(base)->inner;
  return inner->functions->environment(inner, name, value);
}

static void test_destroy(Host *base) {
  TestHost *host = of_host(base);
  ASSERT(host->late.count == 0 && "a request still waits");
  host_destroy(host->inner);
  test_disk_free(&host->disk);
  memory_free(base->memory, host, sizeof *host);
}

static const HostFunctions test_functions = {
    .read = test_read,
    .write = test_write,
    .truncate = test_truncate,
    .flush = test_flush,
    .size = test_size,
    .close = test_close,
    .submit = test_submit,
    .cancel = test_cancel,
    .release = test_release,
    .poll = test_poll,
    .wall_micros = test_wall_micros,
    .monotonic_nanos = test_monotonic_nanos,
    .random = test_random_bytes,
    .zone_offset = test_zone_offset,
    .environment = test_environment,
    .destroy = test_destroy,
};

Host *test_host_create(Memory *memory, Host *memory_host, TestPlan plan) {
  TestHost *host = memory_host ? memory_allocate_zeroed(memory, sizeof *host) : NULL;
  if (!host) {
    host_destroy(memory_host);
    return NULL;
  }
  host->host = (Host){&test_functions, memory};
  host->inner = memory_host;
  host->plan = plan;
  host->random_state = host->late.random_state = plan.seed;
  test_disk_init(&host->disk);
  for (uint32_t i = 0; i < memory_host_file_count(memory_host); i++) {
    Str path, bytes;
    memory_host_file_at(memory_host, i, &path, &bytes);
    test_disk_add_durable(&host->disk, path, bytes);
  }
  return &host->host;
}

TestPlan *test_host_plan(Host *host) { return &of_host(host)->plan; }
bool test_host_stopped(const Host *host) { return of_host(host)->stopped; }
uint64_t test_host_call_count(const Host *host) { return of_host(host)->call_count; }
uint64_t test_host_flush_count(const Host *host) { return of_host(host)->flush_count; }
uint64_t test_host_read_count(const Host *host) { return of_host(host)->read_count; }

const TestCall *test_host_log(const Host *host, uint64_t *count) {
  *count = of_host(host)->log.count;
  return of_host(host)->log.items;
}

Host *test_host_crash(Host *host, Memory *memory, uint64_t seed) {
  Host *after = host_create_memory(memory);
  if (!after) return NULL;
  if (test_disk_crash(&of_host(host)->disk, after, seed, NULL) != OK) {
    host_destroy(after);
    return NULL;
  }
  return after;
}
