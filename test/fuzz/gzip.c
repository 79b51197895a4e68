// SPDX-License-Identifier: MIT
//
// gzip.c: libFuzzer on gzip files. Whatever the bytes are: text or an error, no byte kept; and what is read does not depend on the pieces in which
// they come.
//
// The first byte: the size of the pieces, and (its highest bit) whether a gzip header is put before the rest.
#include <stdlib.h>
#include <string.h>

#include "format/format.h"

#define MOST_TEXT (8u << 20) // of a small file that unpacks to a lot

typedef struct Outcome {
  Status status;
  uint64_t length;
  uint64_t hash;
} Outcome;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
  if (!condition) abort();
}

static Outcome unpack(const uint8_t *bytes, size_t count, size_t piece) {
  Memory memory;
  Error error;
  GzipReader *reader = NULL;
  Outcome outcome = {0};
  bool done = false;
  memory_init(&memory, 0);
  outcome.status = gzip_open(&memory, &reader, &error);
  for (size_t at = 0; outcome.status == OK && !done && outcome.length < MOST_TEXT;) {
    Str text;
    bool wanted = gzip_wants(reader), fed = wanted && at < count;
    if (fed) {
      size_t some = MIN_OF(piece, count - at);
      outcome.status = gzip_feed(reader, bytes + at, some, &error);
      at += some;
    }
    if (outcome.status == OK) outcome.status = gzip_read(reader, at == count, &text, &done, &error);
    if (outcome.status != OK) break;
    require(fed || !wanted || done || text.length); // it gets on
    for (size_t i = 0; i < text.length; i++)
      outcome.hash = (outcome.hash ^ (uint8_t)text.data[i]) * UINT64_C(1099511628211);
    outcome.length += text.length;
  }
  gzip_close(reader);
  require(memory.used_bytes == 0);
  return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t header[10] = {31, 139, 8, 0, 0, 0, 0, 0, 0, 3};
  if (!size) return 0;
  size_t before = data[0] & 128 ? sizeof header : 0, count = before + size - 1;
  uint8_t *bytes = malloc(count + 1);
  require(bytes != NULL);
  memcpy(bytes, header, before);
  memcpy(bytes + before, data + 1, size - 1);
  Outcome whole = unpack(bytes, count, count + 1), pieces = unpack(bytes, count, 1 + (data[0] & 127));
  require(whole.status == pieces.status);
  if (whole.status == OK && whole.length < MOST_TEXT)
    require(whole.length == pieces.length && whole.hash == pieces.hash);
  free(bytes);
  return 0;
}
