// SPDX-License-Identifier: MIT
//
// database.c: libFuzzer on the database file. Whatever lies in it: a clean error or an answer; no crash, no undefined behaviour, no byte kept.
//
// The first byte chooses whether checksums count (then the headers are all that gets far); patches follow (store_files.h).
#include "store_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static FuzzFiles files;
  if (!files.count) make_files(&files, false);
  if (!size) return 0;
  use_files(&files, 0, data + 1, size - 1, data[0] % 8 ? SAFEGUARD_HEADER_CHECKSUM | SAFEGUARD_PIECE_CHECKSUM : 0);
  return 0;
}
