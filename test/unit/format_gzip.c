// SPDX-License-Identifier: MIT
//
// format_gzip.c: gzip files in pieces of every size, whole, cut short and damaged. The bytes are zlib's.
#include "format/format.h"
#include "unit.h"

// Forty lines "N,name M" with M = N * 7919 % 1000: codes of its own.
static const uint8_t DYNAMIC[] = {
    31,  139, 8,   0,   0,   0,   0,   0,   2,   3,   53,  208, 187, 109, 5,   65,  12,  67,  209, 156, 85,  184,
    0,   7,   67,  253, 85,  142, 3,   135, 207, 253, 135, 94,  96,  184, 217, 13,  4,   28,  80,  231, 251, 239,
    231, 243, 251, 117, 192, 27,  203, 133, 221, 28,  31,  248, 205, 206, 70,  220, 172, 46,  228, 205, 220, 68,
    41,  25,  232, 155, 225, 142, 185, 233, 105, 216, 155, 214, 4,   207, 109, 238, 195, 201, 227, 89,  80,  160,
    13,  40,  112, 163, 65,  137, 83,  5,   138, 236, 73,  80,  102, 159, 0,   133, 150, 57,  40,  53,  195, 64,
    177, 81,  132, 137, 245, 57,  48,  177, 182, 207, 204, 151, 229, 192, 228, 210, 27,  38,  55,  11,  38,  118,
    59,  97,  98,  103, 3,   38,  118, 232, 48,  177, 237, 6,   19,  91,  73,  184, 216, 236, 3,   23,  27,  179,
    112, 177, 113, 158, 247, 138, 117, 107, 184, 88,  139, 130, 203, 101, 37,  252, 117, 3,   46,  214, 225, 66,
    215, 12,  190, 239, 1,   241, 15,  118, 68,  204, 36,  207, 1,   0,   0,
};
// Two members: "a,b" and three times "1,2" with the fixed codes, then "stored" as it is.
static const uint8_t MEMBERS[] = {
    31, 139, 8,   0,   0,   0,   0,   0,   2,   3,   75,  212, 73, 226, 50, 212, 49, 130, 99, 0,
    88, 113, 113, 45,  16,  0,   0,   0,   31,  139, 8,   0,   0,  0,   0,  0,   4,  3,   1,  7,
    0,  248, 255, 115, 116, 111, 114, 101, 100, 10,  226, 156, 83, 165, 7,  0,   0,  0,
};

// The text of a file that comes in pieces of `piece` bytes; false: an error.
static bool unpack(Memory *memory, const uint8_t *bytes, size_t count, size_t piece, TextBuilder *out, Error *error) {
  GzipReader *reader = NULL;
  size_t at = 0;
  bool done = false;
  Status status = gzip_open(memory, &reader, error);
  while (status == OK && !done) {
    if (gzip_wants(reader) && at < count) {
      size_t length = MIN_OF(piece, count - at);
      status = gzip_feed(reader, bytes + at, length, error);
      at += length;
    }
    Str text;
    if (status == OK) status = gzip_read(reader, at == count, &text, &done, error);
    if (status == OK) text_append(out, text);
  }
  gzip_close(reader);
  return status == OK;
}

static void check_text(const uint8_t *bytes, size_t count, Str expected) {
  Memory memory;
  Error error;
  memory_init(&memory, 0);
  for (size_t piece = 1; piece <= count; piece++) {
    TextBuilder out;
    text_init(&out, &memory);
    CHECK(unpack(&memory, bytes, count, piece, &out, &error));
    CHECK(str_equal(text_str(&out), expected));
    text_free(&out);
  }
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(pieces_of_every_size) {
  Memory memory;
  TextBuilder lines;
  memory_init(&memory, 0);
  text_init(&lines, &memory);
  for (int i = 0; i < 40; i++) text_format(&lines, "%d,name %d\n", i, i * 7919 % 1000);
  check_text(DYNAMIC, sizeof DYNAMIC, text_str(&lines));
  check_text(MEMBERS, sizeof MEMBERS, STR("a,b\n1,2\n1,2\n1,2\nstored\n"));
  text_free(&lines);
}

TEST(cut_short_and_damaged) {
  Memory memory;
  Error error;
  TextBuilder out;
  uint8_t copy[sizeof DYNAMIC];
  memory_init(&memory, 0);
  text_init(&out, &memory);
  for (size_t count = 0; count < sizeof DYNAMIC; count++) {
    CHECK(!unpack(&memory, DYNAMIC, count, 64, &out, &error));
    CHECK_EQ_INT(error.code, ERROR_IO);
  }
  // All but the time and the system of the header is checked, and the bits that fill the last byte of the blocks.
  int unnoticed = 0;
  for (size_t bit = 10 * 8; bit < sizeof DYNAMIC * 8; bit++) {
    memcpy(copy, DYNAMIC, sizeof copy);
    copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    unnoticed += unpack(&memory, copy, sizeof copy, sizeof copy, &out, &error);
  }
  CHECK(unnoticed < 8);
  CHECK(!unpack(&memory, (const uint8_t *)"a,b\n1,2\n", 8, 8, &out, &error));
  CHECK_EQ_STR(error.message, "Input is not a GZIP stream");
  text_free(&out);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

UNIT_MAIN
