// SPDX-License-Identifier: MIT
//
// The test host itself: a tool that claims to lose data must be seen to lose it, and never what was flushed.
#include "io/memory_host.h"
#include "io/test_host.h"
#include "unit.h"

static Memory memory;

static Host *new_host(TestPlan plan) {
  memory_init(&memory, 0);
  return test_host_create(&memory, host_create_memory(&memory), plan);
}

static File *open_file(Host *host, const char *path, OpenMode mode) {
  Request request = {.kind = REQUEST_OPEN, .mode = mode, .path = str_from(path)};
  return host_request_blocking(host, &request, NULL) == OK ? request.file : NULL;
}

static Status rename_file(Host *host, const char *path, const char *to_path) {
  Request request = {.kind = REQUEST_RENAME, .path = str_from(path), .to_path = str_from(to_path)};
  return host_request_blocking(host, &request, NULL);
}

static Status remove_file(Host *host, const char *path) {
  Request request = {.kind = REQUEST_REMOVE, .path = str_from(path)};
  return host_request_blocking(host, &request, NULL);
}

// The bytes of a file of a memory host; data NULL: there is none.
static Str content(Host *host, const char *path) {
  for (uint32_t i = 0; i < memory_host_file_count(host); i++) {
    Str name, bytes;
    memory_host_file_at(host, i, &name, &bytes);
    if (str_equal(name, str_from(path))) return bytes.data ? bytes : STR("");
  }
  return (Str){NULL, 0};
}

// After a crash the file is: 0 gone, or a bit for each of the texts it was seen to hold; 1 << 31 for anything else.
static uint32_t crash_outcomes(Host *host, const char *path, const char *const *texts, uint32_t text_count) {
  uint32_t seen = 0;
  for (uint64_t seed = 0; seed < 300; seed++) {
    Host *after = test_host_crash(host, &memory, seed);
    CHECK(after != NULL);
    Str bytes = content(after, path);
    uint32_t outcome = 1u << 31;
    if (!bytes.data) outcome = 1u << 30;
    for (uint32_t i = 0; i < text_count; i++) {
      if (bytes.data && str_equal(bytes, str_from(texts[i]))) outcome = 1u << i;
    }
    seen |= outcome;
    host_destroy(after);
  }
  return seen;
}
#define GONE (1u << 30)
#define OTHER (1u << 31)

TEST(what_was_flushed_stays) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "a", OPEN_CREATE);
  CHECK(file_write(file, 0, "abc", 3, NULL) == OK);
  CHECK(file_flush(file, NULL) == OK);
  const char *texts[] = {"abc"};
  CHECK_EQ_INT(crash_outcomes(host, "a", texts, 1), 1);
  file_close(file);
  CHECK_EQ_INT(crash_outcomes(host, "a", texts, 1), 1);
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(what_was_not_flushed_may_be_kept_lost_or_torn) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "a", OPEN_CREATE);
  CHECK(file_flush(file, NULL) == OK);
  CHECK(file_write(file, 0, "ab", 2, NULL) == OK);
  CHECK(file_write(file, 2, "cd", 2, NULL) == OK);
  const char *texts[] = {"", "ab", "abcd", "a", "abc"};
  uint32_t seen = crash_outcomes(host, "a", texts, 5);
  CHECK_EQ_INT(seen & 31, 31);
  CHECK(seen & OTHER); // zeros and "cd": the later write came, the earlier did not
  CHECK(!(seen & GONE));
  file_close(file);
  host_destroy(host);
}

TEST(a_created_file_may_vanish_until_its_flush) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "a", OPEN_CREATE);
  const char *texts[] = {""};
  CHECK_EQ_U64(crash_outcomes(host, "a", texts, 1), GONE | 1);
  CHECK(file_flush(file, NULL) == OK);
  CHECK_EQ_U64(crash_outcomes(host, "a", texts, 1), 1);
  file_close(file);
  host_destroy(host);
}

TEST(truncations_may_be_lost) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "a", OPEN_CREATE);
  CHECK(file_write(file, 0, "abcdef", 6, NULL) == OK && file_flush(file, NULL) == OK);
  CHECK(file_truncate(file, 2, NULL) == OK);
  const char *texts[] = {"abcdef", "ab"};
  CHECK_EQ_U64(crash_outcomes(host, "a", texts, 2), 3);
  CHECK(file_flush(file, NULL) == OK);
  CHECK_EQ_U64(crash_outcomes(host, "a", texts, 2), 2);
  file_close(file);
  file = open_file(host, "a", OPEN_TRUNCATE);
  const char *emptied[] = {"ab", ""};
  CHECK_EQ_U64(crash_outcomes(host, "a", emptied, 2), 3);
  file_close(file);
  host_destroy(host);
}

TEST(renames_and_removes_may_not_have_happened) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "old", OPEN_CREATE);
  CHECK(file_write(file, 0, "old", 3, NULL) == OK && file_flush(file, NULL) == OK);
  file_close(file);
  file = open_file(host, "new", OPEN_CREATE);
  CHECK(file_write(file, 0, "new", 3, NULL) == OK && file_flush(file, NULL) == OK);
  CHECK(rename_file(host, "new", "old") == OK);
  const char *texts[] = {"old", "new"};
  CHECK_EQ_U64(crash_outcomes(host, "old", texts, 2), 3);
  CHECK_EQ_U64(crash_outcomes(host, "new", texts, 2), 2 | GONE);
  CHECK(file_flush(file, NULL) == OK);
  CHECK_EQ_U64(crash_outcomes(host, "old", texts, 2), 2);
  CHECK_EQ_U64(crash_outcomes(host, "new", texts, 2), GONE);
  file_close(file);
  CHECK(remove_file(host, "old") == OK);
  CHECK_EQ_U64(crash_outcomes(host, "old", texts, 2), 2 | GONE);
  // A new file of the name, flushed: the old one cannot come back.
  file = open_file(host, "old", OPEN_CREATE);
  CHECK(file_write(file, 0, "third", 5, NULL) == OK);
  CHECK(file_flush(file, NULL) == OK);
  const char *third[] = {"third"};
  CHECK_EQ_U64(crash_outcomes(host, "old", third, 1), 1);
  file_close(file);
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(stops_after_a_call) {
  for (uint64_t stop = 1; stop <= 4; stop++) {
    Host *host = new_host((TestPlan){.stop_after_call = stop});
    File *file = open_file(host, "a", OPEN_CREATE); // 1
    Error error;
    CHECK_EQ_INT(file_write(file, 0, "abc", 3, &error) == OK, stop >= 2);
    CHECK_EQ_INT(file_flush(file, &error) == OK, stop >= 3);
    CHECK_EQ_INT(file_write(file, 3, "d", 1, &error) == OK, stop >= 4);
    CHECK(test_host_stopped(host));
    char buffer[8];
    size_t got;
    CHECK_STATUS(file_read(file, 0, buffer, 8, &got, &error), ERROR_IO);
    CHECK(open_file(host, "b", OPEN_CREATE) == NULL);
    CHECK_EQ_INT(test_host_call_count(host), stop);
    const char *texts[] = {"", "abc", "abcd"};
    uint32_t seen = crash_outcomes(host, "a", texts, 3);
    if (stop == 1) CHECK_EQ_U64(seen, 1 | GONE);
    if (stop == 3) CHECK_EQ_U64(seen, 2);
    if (stop == 4) CHECK_EQ_U64(seen & ~OTHER, 2 | 4);
    file_close(file);
    host_destroy(host);
    CHECK_EQ_INT(memory.used_bytes, 0);
  }
}

TEST(fails_calls_flushes_and_reads) {
  Host *host = new_host((TestPlan){.fail_call = 2, .fail_status = ERROR_QUOTA, .fail_flush = 2, .fail_read = 2});
  File *file = open_file(host, "a", OPEN_CREATE);
  Error error;
  CHECK_STATUS(file_write(file, 0, "abc", 3, &error), ERROR_QUOTA);
  CHECK_OK(file_write(file, 0, "abc", 3, &error), &error);
  CHECK_OK(file_flush(file, &error), &error);
  CHECK_OK(file_write(file, 0, "xyz", 3, &error), &error);
  CHECK_STATUS(file_flush(file, &error), ERROR_IO);
  // What the failed flush left is left for good: the next flush does not bring the rest.
  CHECK_OK(file_flush(file, &error), &error);
  CHECK_EQ_INT(test_host_flush_count(host), 3);
  const char *texts[] = {"abc", "xyz", "xbc", "xyc"};
  uint32_t seen = crash_outcomes(host, "a", texts, 4);
  CHECK(seen == 1 || seen == 2 || seen == 4 || seen == 8);
  char buffer[8];
  size_t got;
  CHECK_OK(file_read(file, 0, buffer, 3, &got, &error), &error);
  CHECK(memcmp(buffer, "xyz", 3) == 0);
  CHECK_STATUS(file_read(file, 0, buffer, 3, &got, &error), ERROR_IO);
  CHECK_OK(file_read(file, 0, buffer, 3, &got, &error), &error);
  uint64_t count;
  const TestCall *log = test_host_log(host, &count);
  CHECK_EQ_INT(count, test_host_call_count(host));
  CHECK_EQ_INT(count, 7);
  CHECK(log[0].kind == TEST_CREATE && log[0].status == OK);
  CHECK(log[1].kind == TEST_WRITE && log[1].status == ERROR_QUOTA && log[1].length == 3);
  CHECK(log[5].kind == TEST_FLUSH && log[5].status == ERROR_IO);
  CHECK_EQ_STR(log[5].path, "a");
  file_close(file);
  host_destroy(host);
}

TEST(disk_may_be_full) {
  Host *host = new_host((TestPlan){.disk_bytes = 10});
  File *a = open_file(host, "a", OPEN_CREATE), *b = open_file(host, "b", OPEN_CREATE);
  Error error;
  CHECK_OK(file_write(a, 0, "123456", 6, &error), &error);
  CHECK_STATUS(file_write(b, 0, "123456", 6, &error), ERROR_QUOTA);
  uint64_t size;
  CHECK_OK(file_size(b, &size, &error), &error);
  CHECK_EQ_INT(size, 4);
  CHECK_OK(file_write(a, 0, "abcdef", 6, &error), &error); // in place
  CHECK_STATUS(file_truncate(b, 5, &error), ERROR_QUOTA);
  CHECK_OK(file_truncate(a, 2, &error), &error);
  CHECK_OK(file_truncate(b, 8, &error), &error);
  file_close(a);
  file_close(b);
  host_destroy(host);
}

TEST(ignored_flushes_are_worth_nothing) {
  Host *host = new_host((TestPlan){.ignore_flushes = true, .ignore_suffix = ".wal"});
  File *wal = open_file(host, "a.wal", OPEN_CREATE), *db = open_file(host, "a.db", OPEN_CREATE);
  CHECK(file_write(wal, 0, "x", 1, NULL) == OK && file_flush(wal, NULL) == OK);
  CHECK(file_write(db, 0, "x", 1, NULL) == OK && file_flush(db, NULL) == OK);
  const char *texts[] = {"x", ""};
  CHECK_EQ_U64(crash_outcomes(host, "a.db", texts, 2), 1);
  CHECK_EQ_U64(crash_outcomes(host, "a.wal", texts, 2) & (GONE | 3), GONE | 3);
  file_close(wal);
  file_close(db);
  host_destroy(host);
}

TEST(answers_come_late_and_out_of_order) {
  bool out_of_order = false, immediate = false;
  for (uint64_t seed = 0; seed < 50; seed++) {
    Host *host = new_host((TestPlan){.late = true, .seed = seed});
    File *file = open_file(host, "a", OPEN_CREATE);
    CHECK(file_write(file, 0, "0123456789", 10, NULL) == OK);
    file_close(file);
    Request requests[10] = {0};
    for (uint64_t i = 0; i < 10; i++) {
      requests[i] = (Request){.kind = REQUEST_FETCH, .path = STR("a"), .offset = i, .length = 1};
      host_submit(host, &requests[i]);
      immediate |= requests[i].done;
    }
    host_cancel(host, &requests[3]);
    CHECK(requests[3].done && requests[3].status == ERROR_INTERRUPTED);
    int answered = 1, last = -1;
    for (int polls = 0; answered < 10 && polls < 1000; polls++) {
      bool before[10];
      for (int i = 0; i < 10; i++) before[i] = requests[i].done;
      if (!host_poll(host, 0)) continue;
      answered++;
      for (int i = 0; i < 10; i++) {
        if (!requests[i].done || before[i]) continue;
        out_of_order |= i < last;
        last = i;
      }
    }
    CHECK_EQ_INT(answered, 10);
    for (int i = 0; i < 10; i++) {
      if (i != 3) CHECK(requests[i].status == OK && requests[i].byte_count == 1 && requests[i].bytes[0] == '0' + i);
      request_release(host, &requests[i]);
    }
    host_destroy(host);
    CHECK_EQ_INT(memory.used_bytes, 0);
  }
  CHECK(out_of_order);
  CHECK(!immediate);
}

TEST(a_crashed_disk_is_the_ground_of_the_next) {
  Host *host = new_host((TestPlan){0});
  File *file = open_file(host, "a", OPEN_CREATE);
  CHECK(file_write(file, 0, "abc", 3, NULL) == OK && file_flush(file, NULL) == OK);
  file_close(file);
  Host *after = test_host_create(&memory, test_host_crash(host, &memory, 1), (TestPlan){0});
  host_destroy(host);
  const char *texts[] = {"abc"};
  CHECK_EQ_U64(crash_outcomes(after, "a", texts, 1), 1); // durable from the start
  file = open_file(after, "a", OPEN_READ_WRITE);
  CHECK(file != NULL);
  file_close(file);
  host_destroy(after);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

UNIT_MAIN
