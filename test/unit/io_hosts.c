// SPDX-License-Identifier: MIT
//
// What every host promises, asked of the POSIX, the memory and the (late) test host alike; then what is POSIX's alone.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/io.h"
#include "io/test_host.h"
#include "unit.h"

static Memory memory;
static char directory[64];

static Str in_directory(const char *name) {
  static char paths[8][256];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", directory, name);
  return str_from(path);
}

static Status open_file(Host *host, const char *name, OpenMode mode, File **file, Error *error) {
  Request request = {.kind = REQUEST_OPEN, .mode = mode, .path = in_directory(name)};
  Status status = host_request_blocking(host, &request, error);
  *file = request.file;
  request_release(host, &request);
  return status;
}

static Status remove_file(Host *host, const char *name) {
  Request request = {.kind = REQUEST_REMOVE, .path = in_directory(name)};
  Status status = host_request_blocking(host, &request, NULL);
  request_release(host, &request);
  return status;
}

static Status rename_file(Host *host, const char *name, const char *to_name) {
  Request request = {.kind = REQUEST_RENAME, .path = in_directory(name), .to_path = in_directory(to_name)};
  Status status = host_request_blocking(host, &request, NULL);
  request_release(host, &request);
  return status;
}

static void make_file(Host *host, const char *name, const char *text) {
  Error error;
  File *file;
  CHECK_OK(open_file(host, name, OPEN_TRUNCATE, &file, &error), &error);
  if (!file) return;
  CHECK_OK(file_write(file, 0, text, strlen(text), &error), &error);
  CHECK_OK(file_flush(file, &error), &error);
  file_close(file);
}

// The names, without the directory, joined by spaces.
static const char *list(Host *host, const char *pattern) {
  static char names[1024];
  Request request = {.kind = REQUEST_LIST, .path = in_directory(pattern)};
  Error error;
  CHECK_OK(host_request_blocking(host, &request, &error), &error);
  size_t length = 0;
  names[0] = 0;
  for (uint32_t i = 0; i < request.entry_count; i++) {
    Str path = request.entries[i].path;
    path.data += strlen(directory) + 1;
    path.length -= strlen(directory) + 1;
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%.*s", i ? " " : "", STR_ARG(path));
  }
  request_release(host, &request);
  return names;
}

static void check_reading_and_writing(Host *host) {
  Error error;
  File *file;
  char buffer[16];
  size_t got;
  uint64_t size;
  CHECK_STATUS(open_file(host, "a", OPEN_READ, &file, &error), ERROR_NOT_FOUND);
  CHECK(strstr(error.message, "No such file or directory") != NULL);
  CHECK_STATUS(open_file(host, "a", OPEN_READ_WRITE, &file, &error), ERROR_NOT_FOUND);
  CHECK_OK(open_file(host, "a", OPEN_CREATE, &file, &error), &error);
  CHECK_OR_RETURN(file != NULL);
  CHECK_OK(file_size(file, &size, &error), &error);
  CHECK_EQ_INT(size, 0);
  CHECK_OK(file_write(file, 5, "hello", 5, &error), &error);
  CHECK_OK(file_size(file, &size, &error), &error);
  CHECK_EQ_INT(size, 10);
  CHECK_OK(file_read(file, 3, buffer, 16, &got, &error), &error);
  CHECK_EQ_INT(got, 7);
  CHECK(memcmp(buffer, "\0\0hello", 7) == 0);
  CHECK_OK(file_read(file, 10, buffer, 16, &got, &error), &error);
  CHECK_EQ_INT(got, 0);
  CHECK_OK(file_read(file, 1000, buffer, 16, &got, &error), &error);
  CHECK_EQ_INT(got, 0);
  CHECK_OK(file_truncate(file, 6, &error), &error);
  CHECK_OK(file_truncate(file, 8, &error), &error);
  CHECK_OK(file_read(file, 5, buffer, 16, &got, &error), &error);
  CHECK_EQ_INT(got, 3);
  CHECK(memcmp(buffer, "h\0\0", 3) == 0);
  CHECK_OK(file_flush(file, &error), &error);
  CHECK_OK(file_write(file, 0, NULL, 0, &error), &error);
  file_close(file);
  CHECK_OK(open_file(host, "a", OPEN_CREATE, &file, &error), &error);
  CHECK_OK(file_size(file, &size, &error), &error);
  CHECK_EQ_INT(size, 8);
  file_close(file);
  CHECK_OK(open_file(host, "a", OPEN_TRUNCATE, &file, &error), &error);
  CHECK_OK(file_size(file, &size, &error), &error);
  CHECK_EQ_INT(size, 0);
  file_close(file);
  CHECK_OK(remove_file(host, "a"), NULL);
}

static void check_locks(Host *host) {
  Error error;
  File *first, *second;
  CHECK_OK(open_file(host, "lock", OPEN_CREATE, &first, &error), &error);
  CHECK_STATUS(open_file(host, "lock", OPEN_READ_WRITE, &second, &error), ERROR_LOCKED);
  CHECK(strstr(error.message, "Could not set lock on file") && strstr(error.message, "Conflicting lock is held"));
  CHECK(second == NULL);
  CHECK_STATUS(open_file(host, "lock", OPEN_TRUNCATE, &second, &error), ERROR_LOCKED);
  CHECK_STATUS(open_file(host, "lock", OPEN_READ, &second, &error), ERROR_LOCKED);
  file_close(first);
  CHECK_OK(open_file(host, "lock", OPEN_READ, &first, &error), &error);
  CHECK_OK(open_file(host, "lock", OPEN_READ, &second, &error), &error);
  File *third;
  CHECK_STATUS(open_file(host, "lock", OPEN_READ_WRITE, &third, &error), ERROR_LOCKED);
  file_close(first);
  file_close(second);
  CHECK_OK(open_file(host, "lock", OPEN_READ_WRITE, &first, &error), &error);
  file_close(first);
  CHECK_OK(remove_file(host, "lock"), NULL);
}

static void check_names(Host *host) {
  Error error;
  File *file;
  make_file(host, "one", "1");
  make_file(host, "two", "22");
  CHECK_STATUS(remove_file(host, "three"), ERROR_NOT_FOUND);
  CHECK_STATUS(rename_file(host, "three", "four"), ERROR_NOT_FOUND);
  CHECK_OK(rename_file(host, "one", "two"), NULL);
  CHECK_EQ_STR(list(host, "*"), "two");
  CHECK_OK(rename_file(host, "two", "two"), NULL);
  // A removed file lives while it is open, and its name is free at once.
  CHECK_OK(open_file(host, "two", OPEN_READ, &file, &error), &error);
  CHECK_OK(remove_file(host, "two"), NULL);
  make_file(host, "two", "new");
  char byte;
  size_t got;
  CHECK_OK(file_read(file, 0, &byte, 1, &got, &error), &error);
  CHECK_EQ_INT(byte, '1');
  file_close(file);
  CHECK_OK(remove_file(host, "two"), NULL);
}

static void check_listing(Host *host) {
  const char *names[] = {"b.csv",     "a.csv",          "a.txt",   "c1.csv", "c2.csv",
                         "sub/a.csv", "sub/deep/z.csv", "[x].csv", ".hidden"};
  for (size_t i = 0; i < COUNT_OF(names); i++) make_file(host, names[i], "x");
  CHECK_EQ_STR(list(host, "*.csv"), "[x].csv a.csv b.csv c1.csv c2.csv");
  CHECK_EQ_STR(list(host, "c?.csv"), "c1.csv c2.csv");
  CHECK_EQ_STR(list(host, "[ab].csv"), "a.csv b.csv");
  CHECK_EQ_STR(list(host, "c[!1].csv"), "c2.csv");
  CHECK_EQ_STR(list(host, "*/a.csv"), "sub/a.csv");
  CHECK_EQ_STR(list(host, "**/a.csv"), "a.csv sub/a.csv");
  CHECK_EQ_STR(list(host, "**/*.csv"), "[x].csv a.csv b.csv c1.csv c2.csv sub/a.csv sub/deep/z.csv");
  CHECK_EQ_STR(list(host, "**/**/z.csv"), "sub/deep/z.csv");
  CHECK_EQ_STR(list(host, "sub/**"), "sub/a.csv sub/deep/z.csv");
  CHECK_EQ_STR(list(host, "s*/d*/*"), "sub/deep/z.csv");
  CHECK_EQ_STR(list(host, "a.csv"), "a.csv");
  CHECK_EQ_STR(list(host, "nothing"), "");
  CHECK_EQ_STR(list(host, "no*thing/*"), "");
  CHECK_EQ_STR(list(host, "sub"), ""); // a directory is no file
  CHECK_EQ_STR(list(host, "s*b"), "");
  for (size_t i = 0; i < COUNT_OF(names); i++) CHECK_OK(remove_file(host, names[i]), NULL);
}

static Request fetch(Host *host, const char *name, uint64_t offset, uint64_t length) {
  Request request = {.kind = REQUEST_FETCH, .path = in_directory(name), .offset = offset, .length = length};
  if (host_request_blocking(host, &request, NULL) != OK) CHECK(request.error.code == request.status);
  return request;
}

static void check_fetch(Host *host) {
  make_file(host, "f", "0123456789");
  Request request = fetch(host, "f", 3, 4);
  CHECK_EQ_INT(request.status, OK);
  CHECK_EQ_STR(((Str){(char *)request.bytes, request.byte_count}), "3456");
  CHECK_EQ_INT(request.facts.size_bytes, 10);
  uint64_t stamp = request.facts.stamp;
  request_release(host, &request);
  request = fetch(host, "f", 8, UINT64_MAX);
  CHECK_EQ_STR(((Str){(char *)request.bytes, request.byte_count}), "89");
  CHECK(request.facts.stamp == stamp);
  request_release(host, &request);
  request = fetch(host, "f", 100, 5);
  CHECK_EQ_INT(request.status, OK);
  CHECK_EQ_INT(request.byte_count, 0);
  request_release(host, &request);
  request = fetch(host, "f", 0, 0);
  CHECK_EQ_INT(request.facts.size_bytes, 10);
  request_release(host, &request);
  // Replaced under the same name: the fetch sees the new one, and the stamp tells.
  make_file(host, "g", "new");
  CHECK_OK(rename_file(host, "g", "f"), NULL);
  request = fetch(host, "f", 0, 100);
  CHECK_EQ_STR(((Str){(char *)request.bytes, request.byte_count}), "new");
  CHECK(request.facts.stamp != stamp);
  request_release(host, &request);
  CHECK_OK(remove_file(host, "f"), NULL);
  request = fetch(host, "f", 0, 100);
  CHECK_EQ_INT(request.status, ERROR_NOT_FOUND);
  request_release(host, &request);
  // More files than are kept open, in turns.
  for (int i = 0; i < 20; i++) {
    char name[16];
    snprintf(name, sizeof name, "n%d", i);
    make_file(host, name, name);
  }
  for (int i = 0; i < 60; i++) {
    char name[16];
    snprintf(name, sizeof name, "n%d", i * 7 % 20);
    request = fetch(host, name, 0, 100);
    CHECK_EQ_STR(((Str){(char *)request.bytes, request.byte_count}), name);
    request_release(host, &request);
  }
  for (int i = 0; i < 20; i++) {
    char name[16];
    snprintf(name, sizeof name, "n%d", i);
    CHECK_OK(remove_file(host, name), NULL);
  }
}

static void check_clock_and_chance(Host *host) {
  CHECK(host_wall_micros(host) > INT64_C(1700000000000000));
  int64_t before = host_monotonic_nanos(host);
  CHECK(host_monotonic_nanos(host) >= before);
  uint8_t a[300] = {0}, b[300] = {0};
  host_random(host, a, sizeof a);
  host_random(host, b, sizeof b);
  CHECK(memcmp(a, b, sizeof a) != 0);
  CHECK(memcmp(a + 280, b + 280, 20) != 0);
  int32_t offset = 99;
  CHECK(host->functions->zone_offset(host, STR("utc"), 0, &offset) && offset == 0);
  CHECK(!host->functions->zone_offset(host, STR("No/Such_Zone"), 0, &offset));
}

static void check_contract(Host *host) {
  CHECK_OR_RETURN(host != NULL);
  check_reading_and_writing(host);
  check_locks(host);
  check_names(host);
  check_listing(host);
  check_fetch(host);
  check_clock_and_chance(host);
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

static void make_directory(void) {
  snprintf(directory, sizeof directory, "/tmp/smew_io_XXXXXX");
  CHECK(mkdtemp(directory) != NULL);
  char path[128];
  snprintf(path, sizeof path, "%s/sub", directory);
  CHECK(mkdir(path, 0777) == 0);
  snprintf(path, sizeof path, "%s/sub/deep", directory);
  CHECK(mkdir(path, 0777) == 0);
}

static void remove_directory(void) {
  char path[128];
  snprintf(path, sizeof path, "%s/sub/deep", directory);
  rmdir(path);
  snprintf(path, sizeof path, "%s/sub", directory);
  rmdir(path);
  CHECK(rmdir(directory) == 0);
}

TEST(posix_keeps_the_contract) {
  memory_init(&memory, 0);
  make_directory();
  check_contract(host_create_posix(&memory));
  remove_directory();
}

TEST(memory_keeps_the_contract) {
  memory_init(&memory, 0);
  strcpy(directory, "mem");
  check_contract(host_create_memory(&memory));
}

TEST(test_host_keeps_the_contract) {
  memory_init(&memory, 0);
  strcpy(directory, "mem");
  check_contract(test_host_create(&memory, host_create_memory(&memory), (TestPlan){0}));
  for (uint64_t seed = 1; seed < 20; seed++) {
    check_contract(test_host_create(&memory, host_create_memory(&memory), (TestPlan){.late = true, .seed = seed}));
  }
}

// Each allocation fails in turn: errors, but no leaks and no lies.
TEST(every_allocation_may_fail) {
  for (int kind = 0; kind < 2; kind++) {
    make_directory();
    for (uint64_t fail_at = 1; fail_at < 60; fail_at++) {
      memory_init(&memory, 0);
      memory.fail_at = fail_at;
      Host *host = kind == 0 ? host_create_posix(&memory) : host_create_memory(&memory);
      if (!host) continue;
      File *file = NULL;
      Error error;
      Status status = open_file(host, "a", OPEN_CREATE, &file, &error);
      CHECK(status == OK || status == ERROR_NO_MEMORY);
      if (file) {
        status = file_write(file, 0, "abc", 3, &error);
        CHECK(status == OK || status == ERROR_NO_MEMORY);
        file_close(file);
      }
      Request request = {.kind = REQUEST_LIST, .path = in_directory("**")};
      status = host_request_blocking(host, &request, &error);
      CHECK(status == OK || status == ERROR_NO_MEMORY);
      request_release(host, &request);
      request = (Request){.kind = REQUEST_FETCH, .path = in_directory("a"), .length = 10};
      status = host_request_blocking(host, &request, &error);
      CHECK(status == OK || status == ERROR_NO_MEMORY || status == ERROR_NOT_FOUND);
      request_release(host, &request);
      remove_file(host, "a");
      host_destroy(host);
      CHECK_EQ_INT(memory.used_bytes, 0);
    }
    char path[128];
    snprintf(path, sizeof path, "%s/a", directory);
    unlink(path);
    remove_directory();
  }
}

TEST(posix_lock_holds_between_processes) {
  memory_init(&memory, 0);
  make_directory();
  Host *host = host_create_posix(&memory);
  int ready[2], finish[2];
  CHECK(pipe(ready) == 0 && pipe(finish) == 0);
  pid_t child = fork();
  char byte = 0;
  Error error;
  File *file;
  if (child == 0) {
    bool opened = open_file(host, "db", OPEN_CREATE, &file, &error) == OK;
    if (write(ready[1], "r", 1) != 1 || read(finish[0], &byte, 1) != 1) _exit(2);
    _exit(opened ? 0 : 1);
  }
  CHECK(read(ready[0], &byte, 1) == 1);
  CHECK_STATUS(open_file(host, "db", OPEN_READ_WRITE, &file, &error), ERROR_LOCKED);
  char expected[64];
  snprintf(expected, sizeof expected, "(PID %d)", (int)child);
  CHECK(strstr(error.message, "Could not set lock on file") != NULL);
  // /proc/locks is not everywhere; where it is, the holder is named.
  if (access("/proc/locks", R_OK) == 0 && !strstr(error.message, expected)) {
    CHECK(strstr(error.message, "by another process") != NULL);
  }
  CHECK(write(finish[1], "f", 1) == 1);
  int code;
  waitpid(child, &code, 0);
  CHECK_EQ_INT(code, 0);
  // It ended without closing: the lock ended with it.
  CHECK_OK(open_file(host, "db", OPEN_READ_WRITE, &file, &error), &error);
  file_close(file);
  CHECK_OK(remove_file(host, "db"), NULL);
  host_destroy(host);
  remove_directory();
}

TEST(posix_refuses_odd_paths) {
  memory_init(&memory, 0);
  Host *host = host_create_posix(&memory);
  char *long_path = malloc(10000);
  memset(long_path, 'x', 10000);
  Str paths[] = {{"", 0}, {"a\0b", 3}, {long_path, 10000}, STR("/"), STR("/tmp"), STR("/no/such/directory/file")};
  for (size_t i = 0; i < COUNT_OF(paths); i++) {
    for (int mode = OPEN_READ; mode <= OPEN_TRUNCATE; mode++) {
      Request request = {.kind = REQUEST_OPEN, .mode = (OpenMode)mode, .path = paths[i]};
      CHECK(host_request_blocking(host, &request, NULL) != OK);
      CHECK(request.error.length > 0);
    }
    Request request = {.kind = REQUEST_FETCH, .path = paths[i], .length = 1};
    CHECK(host_request_blocking(host, &request, NULL) != OK);
    request_release(host, &request);
  }
  free(long_path);
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(posix_reads_and_writes_what_is_no_file) {
  memory_init(&memory, 0);
  Host *host = host_create_posix(&memory);
  Error error;
  Request request = {.kind = REQUEST_OPEN, .mode = OPEN_TRUNCATE, .path = STR("/dev/null")};
  CHECK_OK(host_request_blocking(host, &request, &error), &error);
  CHECK_OK(file_write(request.file, 1000, "x", 1, &error), &error);
  CHECK_OK(file_flush(request.file, &error), &error);
  file_close(request.file);
  make_directory();
  Str pipe_path = in_directory("pipe");
  CHECK(mkfifo(pipe_path.data, 0600) == 0);
  if (fork() == 0) {
    FILE *out = fopen(pipe_path.data, "w");
    for (int i = 0; i < 50000; i++) fprintf(out, "%05d\n", i);
    fclose(out);
    _exit(0);
  }
  for (int i = 0; i < 3; i++) {
    request = (Request){.kind = REQUEST_FETCH, .path = pipe_path, .offset = 6 * 40000, .length = 5};
    CHECK_OK(host_request_blocking(host, &request, &error), &error);
    CHECK_EQ_STR(((Str){(char *)request.bytes, request.byte_count}), "40000");
    CHECK_EQ_INT(request.facts.size_bytes, 300000);
    request_release(host, &request);
  }
  wait(NULL);
  unlink(pipe_path.data);
  remove_directory();
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(posix_full_disk_is_quota) {
  memory_init(&memory, 0);
  Host *host = host_create_posix(&memory);
  Request request = {.kind = REQUEST_OPEN, .mode = OPEN_TRUNCATE, .path = STR("/dev/full")};
  Error error;
  if (host_request_blocking(host, &request, &error) == OK) {
    CHECK_STATUS(file_write(request.file, 0, "x", 1, &error), ERROR_QUOTA);
    file_close(request.file);
  }
  Str value;
  CHECK(host->functions->environment(host, "PATH", &value) && value.length > 0);
  CHECK(!host->functions->environment(host, "SMEW_NO_SUCH_VARIABLE", &value));
  host_destroy(host);
}

UNIT_MAIN
