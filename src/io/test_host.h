// SPDX-License-Identifier: MIT
//
// test_host.h: a host that fails on purpose. It wraps a memory host, which it owns, and adds what disks and networks do:
//
//   stops       after the n-th call the "machine" is off: every later call fails with ERROR_IO and changes nothing
//   crashes     test_host_crash makes a new memory host with what a disk could hold after power went at this moment
//   fails       the n-th call, the n-th flush, the n-th read; a disk of so many bytes
//   is late     requests are answered after some polls and out of order
//   lies        flushes that do nothing, so that a test can show that it would notice
//   remembers   a log of all calls that change something
//
// A call, here, is one that changes something: write, truncate, flush of an open file, and the requests that create,
// rename or remove. They are numbered from 1.
//
// What a crash may leave (POSIX, taken at its worst):
//   - a write or truncate after the file's last flush is kept, dropped or torn at any byte, each by itself, or only some
//     of its sectors come, in any order; a dropped write that made the file longer may leave zeros in its place;
//   - a created file without a flush of it since may be gone;
//   - a rename or remove may not have happened, unless the renamed file was flushed since;
//   - a failed flush decides at once what of the unflushed writes has reached the disk: a later flush that succeeds does
//     not bring back the rest (as Linux does it), though reads still see it.
//
// Use: test_host_create over host_create_memory; run; when test_host_stopped (or at any moment), test_host_crash, destroy
// the old host, wrap the new one and recover. The plan may be changed while running. Everything random follows seeds.
#ifndef SMEW_TEST_HOST_H
#define SMEW_TEST_HOST_H

#include "io/io.h"

// Zeroed: nothing goes wrong.
typedef struct TestPlan {
  uint64_t seed;             // of late answers and of what failing calls leave behind
  uint64_t stop_after_call;  // this call still happens, nothing after it; 0: never
  uint64_t fail_call;        // the number of the call that fails once; 0: none
  Status fail_status;        // with this code: ERROR_IO (also when OK) or ERROR_QUOTA; a failing write may write a part
  uint64_t fail_flush;       // the number of the flush, counted from 1, that fails once
  uint64_t fail_read;        // the number of the read or fetch, counted from 1, that fails once
  uint64_t disk_bytes;       // the sum of all file sizes stays below; else ERROR_QUOTA; 0: no limit
  bool ignore_flushes;       // flush answers OK and makes nothing durable …
  const char *ignore_suffix; // … of the files whose path ends so; NULL: of all
  bool late;                 // requests wait for polls and are answered in any order
} TestPlan;

typedef enum TestCallKind { TEST_WRITE, TEST_TRUNCATE, TEST_FLUSH, TEST_CREATE, TEST_RENAME, TEST_REMOVE } TestCallKind;

typedef struct TestCall {
  TestCallKind kind;
  Str path, to_path;
  uint64_t offset; // WRITE; TRUNCATE: the new size
  uint64_t length; // WRITE
  Status status;   // what the caller was told
} TestCall;

// Answers are accounted in `memory`; what the test host itself needs is not, so that an allocation that the test makes
// fail is never one of its own. NULL: no memory. Files that lie in the memory host are taken as flushed.
Host *test_host_create(Memory *memory, Host *memory_host, TestPlan plan);
TestPlan *test_host_plan(Host *host); // may be changed at any time
bool test_host_stopped(const Host *host);
uint64_t test_host_call_count(const Host *host);
uint64_t test_host_flush_count(const Host *host);
uint64_t test_host_read_count(const Host *host);
const TestCall *test_host_log(const Host *host, uint64_t *count);
// A new memory host, accounted in `memory`, with what the disk could hold now. The test host stays as it is.
Host *test_host_crash(Host *host, Memory *memory, uint64_t seed);

#endif
