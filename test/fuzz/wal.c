// SPDX-License-Identifier: MIT
//
// wal.c: libFuzzer on the write-ahead log. Whatever lies in it: a clean error, or a database that can be used; no crash, no undefined behaviour,
// no byte kept.
//
// The first byte chooses whether checksums count; patches follow (store_files.h).
#include "store_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t log_of(const FuzzFiles *files) {
  uint32_t at = 0;
  while (at + 1 < files->count && !strstr(files->paths[at], "-wal-")) at++;
  return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FuzzFiles files;
  if (!files.count) make_files(&files, true);
  if (!size) return 0;
  use_files(&files, log_of(&files), data + 1, size - 1,
            data[0] % 8 ? SAFEGUARD_RECORD_CHECKSUM | SAFEGUARD_LOG_HEADER_CHECKSUM : 0);
  return 0;
}
