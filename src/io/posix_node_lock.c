// SPDX-License-Identifier: MIT
//
// posix_node_lock.c: the lock files of Node. Node has no flock: its host (js/smew/src/hosts/node.ts) writes `<path>.lock` with
// its process id and the machine's boot id, {"pid":123,"boot":"…"}, and looks for our flock in /proc/locks. Here is the other
// half: a database that a living Node process has open is not opened.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "io/posix_internal.h"

static Str read_small(const char *path, char *out, size_t capacity) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return (Str){out, 0};
  ssize_t length = read(descriptor, out, capacity);
  close(descriptor);
  return (Str){out, length > 0 ? (size_t)length : 0};
}

// The text behind `key` up to `end`; empty when it is not there.
static Str value_behind(Str text, Str key, Str end) {
  size_t at, length;
  if (!str_find(text, key, &at)) return (Str){text.data, 0};
  Str rest = {text.data + at + key.length, text.length - at - key.length};
  return (Str){rest.data, str_find(rest, end, &length) ? length : 0};
}

int64_t posix_node_lock_holder(const char *path) {
  char name[4096], lock[512], boot[64];
  int64_t process;
  if (strlen(path) + sizeof ".lock" > sizeof name) return 0;
  text_format_into(name, sizeof name, "%s.lock", path);
  Str text = read_small(name, lock, sizeof lock);
  if (!text.length) return 0;
  Str present = read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
  while (present.length && present.data[present.length - 1] == '\n') present.length--;
  if (!str_equal(value_behind(text, STR("\"boot\":\""), STR("\"")), present)) return 0;
  if (number_parse_i64(value_behind(text, STR("\"pid\":"), STR(",")), &process) != NUMBER_OK || process <= 0) return 0;
  return kill((pid_t)process, 0) == 0 || errno == EPERM ? process : 0;
}
