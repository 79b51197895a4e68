// SPDX-License-Identifier: MIT
//
// door.c: the door to JavaScript: the exports beyond those of smew.h (exports.txt) and of io/javascript_host.c. Owns
// nothing. js/smew/src/door.ts is its other side.
//
// Text goes in as a pointer to UTF-8 in a block of smew_allocate, and comes out as a pointer that lives as smew.h says.
#include <smew.h>
#include <stdlib.h>

#include "base/base.h"

#define EXPORT(name) __attribute__((export_name(#name)))

// door.ts reads smew_error_info by these offsets.
_Static_assert(offsetof(smew_error_info, code) == 0, "");
_Static_assert(offsetof(smew_error_info, code_name) == 4, "");
_Static_assert(offsetof(smew_error_info, class_name) == 8, "");
_Static_assert(offsetof(smew_error_info, message) == 12, "");
_Static_assert(offsetof(smew_error_info, text) == 16, "");
_Static_assert(offsetof(smew_error_info, position) == 24, "");
_Static_assert(offsetof(smew_error_info, line) == 32, "");
_Static_assert(offsetof(smew_error_info, column) == 36, "");
_Static_assert(offsetof(smew_error_info, sql) == 40, "");
_Static_assert(offsetof(smew_error_info, retryable) == 44, "");
_Static_assert(offsetof(smew_error_info, outcome_unknown) == 45, "");

EXPORT(smew_allocate) void *smew_allocate(uint32_t length);
EXPORT(smew_release) void smew_release(void *block);
EXPORT(smew_door_open)
int32_t smew_door_open(const char *path, double memory_limit_bytes, double checkpoint_bytes, int32_t read_only,
                       int32_t must_exist, const char *time_zone, smew_database **database);

// Blocks of the door itself: SQL, paths, parameters on their way in. Not accounted. 0: no memory.
void *smew_allocate(uint32_t length) { return malloc(length ? length : 1); }
void smew_release(void *block) { free(block); }

// smew_open_start with the fields of smew_config as arguments; `time_zone` NULL: the host's.
int32_t smew_door_open(const char *path, double memory_limit_bytes, double checkpoint_bytes, int32_t read_only,
                       int32_t must_exist, const char *time_zone, smew_database **database) {
  smew_config config = {
      .memory_limit_bytes = (uint64_t)memory_limit_bytes,
      .checkpoint_bytes = checkpoint_bytes < 0 ? UINT64_MAX : (uint64_t)checkpoint_bytes,
      .read_only = read_only != 0,
      .must_exist = must_exist != 0,
      .time_zone = time_zone,
  };
  return smew_open_start(path, &config, database);
}
