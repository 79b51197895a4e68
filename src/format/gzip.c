// SPDX-License-Identifier: MIT
//
// gzip.c: reading gzip files (RFC 1952, RFC 1951) piece by piece: the host gives compressed bytes as they come, the caller takes text.
//
// What is decoded at once (a header, a symbol with its distance) is taken back when its bytes are not all there yet, and begun anew with
// the next piece. Checksums and lengths are verified. Members that follow one another are one text.
#include "format/format.h"

#define HISTORY_BYTES 32768u
#define PIECE_BYTES 65536u // of text handed out at a time
#define LONGEST_MATCH 258u
#define LONGEST_CODE 15u
#define FAST_BITS 9u
#define LONGEST_SYMBOL 8u // bytes of a match, and more
#define LENGTH_CODES 288u
#define DISTANCE_CODES 30u

// A canonical Huffman code. Codes of up to FAST_BITS are found by their bits, others by counting through the lengths.
typedef struct Code {
  uint16_t counts[LONGEST_CODE + 1];
  uint16_t symbols[LENGTH_CODES]; // by length, then by value
  uint16_t fast[1u << FAST_BITS]; // length << 9 | symbol; 0: longer
} Code;

typedef enum GzipState { GZIP_HEADER, GZIP_BLOCK, GZIP_STORED, GZIP_CODES, GZIP_TRAILER } GzipState;

struct GzipReader {
  Memory *memory;
  uint8_t *input; // not consumed yet, from `at`
  size_t input_length, input_capacity, at;
  uint64_t bits; // taken from input, the next one lowest
  uint32_t bit_count;
  uint8_t state; // GzipState
  bool starved;  // more input is needed to go on
  bool damaged;
  bool last_block;
  bool any_member;
  uint32_t stored_left;
  uint32_t checksum;
  uint64_t produced; // of the member
  size_t from, filled;
  Code lengths, distances;
  uint8_t window[HISTORY_BYTES + PIECE_BYTES + LONGEST_MATCH];
};

// ---------------------------------------------------------------------------------------------------------------------
// Bits
// ---------------------------------------------------------------------------------------------------------------------

static void refill(GzipReader *reader) {
  while (reader->bit_count <= 56 && reader->at < reader->input_length) {
    reader->bits |= (uint64_t)reader->input[reader->at++] << reader->bit_count;
    reader->bit_count += 8;
  }
}

// 0 when there are fewer: the caller looks at `starved` before it lasts.
static uint32_t take(GzipReader *reader, uint32_t count) {
  if (reader->bit_count < count) refill(reader);
  if (reader->bit_count < count) {
    reader->starved = true;
    return 0;
  }
  uint32_t value = (uint32_t)(reader->bits & ((UINT64_C(1) << count) - 1));
  reader->bits >>= count;
  reader->bit_count -= count;
  return value;
}

static bool fail(GzipReader *reader) {
  reader->damaged = true;
  return false;
}

// ---------------------------------------------------------------------------------------------------------------------
// Huffman codes
// ---------------------------------------------------------------------------------------------------------------------

// False: no code has these lengths. One with a single symbol may be incomplete.
static bool code_build(Code *code, const uint8_t *lengths, uint32_t count) {
  uint16_t offsets[LONGEST_CODE + 2] = {0};
  uint32_t next = 0;
  int32_t left = 1;
  memset(code, 0, sizeof *code);
  for (uint32_t i = 0; i < count; i++) code->counts[lengths[i]]++;
  uint32_t unused = code->counts[0];
  code->counts[0] = 0;
  for (uint32_t length = 1; length <= LONGEST_CODE; length++) {
    left = left * 2 - code->counts[length];
    if (left < 0) return false;
    offsets[length + 1] = (uint16_t)(offsets[length] + code->counts[length]);
  }
  if (left > 0 && count - unused > 1) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (lengths[i]) code->symbols[offsets[lengths[i]]++] = (uint16_t)i;
  }
  // Codes in order; in the stream their first bit comes first.
  uint32_t at = 0;
  for (uint32_t length = 1; length <= FAST_BITS; length++, next <<= 1) {
    for (uint32_t i = 0; i < code->counts[length]; i++, next++, at++) {
      uint32_t reversed = 0;
      for (uint32_t bit = 0; bit < length; bit++) reversed |= (next >> bit & 1) << (length - 1 - bit);
      for (; reversed < 1u << FAST_BITS; reversed += 1u << length)
        code->fast[reversed] = (uint16_t)(length << 9 | code->symbols[at]);
    }
  }
  return true;
}

static uint32_t take_symbol(GzipReader *reader, const Code *code) {
  if (reader->bit_count < LONGEST_CODE) refill(reader);
  uint32_t entry = code->fast[reader->bits & ((1u << FAST_BITS) - 1)];
  uint32_t length = entry >> 9, symbol = entry & 511;
  if (!entry) {
    int32_t value = 0, first = 0, index = 0;
    for (length = 1; length <= LONGEST_CODE; length++) {
      value |= (int32_t)(reader->bits >> (length - 1) & 1);
      int32_t count = code->counts[length];
      if (value - count < first) break;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    if (length > LONGEST_CODE) {
      if (reader->bit_count < LONGEST_CODE && reader->at == reader->input_length) reader->starved = true;
      reader->damaged |= !reader->starved;
      return 0;
    }
    symbol = code->symbols[index + value - first];
  }
  take(reader, length);
  return symbol;
}

static bool read_fixed_codes(GzipReader *reader) {
  uint8_t lengths[LENGTH_CODES];
  for (uint32_t i = 0; i < LENGTH_CODES; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  bool built = code_build(&reader->lengths, lengths, LENGTH_CODES);
  memset(lengths, 5, DISTANCE_CODES + 2); // two stand for nothing
  return code_build(&reader->distances, lengths, DISTANCE_CODES + 2) && built;
}

static bool read_dynamic_codes(GzipReader *reader) {
  static const uint8_t ORDER[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  uint8_t lengths[LENGTH_CODES + DISTANCE_CODES + 2] = {0};
  uint32_t length_count = take(reader, 5) + 257, distance_count = take(reader, 5) + 1, count = take(reader, 4) + 4;
  if (length_count > 286 || distance_count > DISTANCE_CODES) return fail(reader);
  for (uint32_t i = 0; i < count; i++) lengths[ORDER[i]] = (uint8_t)take(reader, 3);
  if (reader->starved) return false;
  if (!code_build(&reader->lengths, lengths, 19)) return fail(reader);
  memset(lengths, 0, 19);
  for (uint32_t i = 0; i < length_count + distance_count;) {
    uint32_t symbol = take_symbol(reader, &reader->lengths), repeat = 1;
    if (reader->starved || reader->damaged) return false;
    uint8_t value = (uint8_t)symbol;
    if (symbol == 16) {
      if (!i) return fail(reader);
      value = lengths[i - 1];
      repeat = 3 + take(reader, 2);
    } else if (symbol > 16) {
      value = 0;
      repeat = symbol == 17 ? 3 + take(reader, 3) : 11 + take(reader, 7);
    }
    if (i + repeat > length_count + distance_count) return fail(reader);
    while (repeat--) lengths[i++] = value;
  }
  if (reader->starved) return false;
  if (!lengths[256] || !code_build(&reader->distances, lengths + length_count, distance_count) ||
      !code_build(&reader->lengths, lengths, length_count)) {
    return fail(reader);
  }
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// The parts of a file. Each returns false when it cannot go on: starved or damaged.
// ---------------------------------------------------------------------------------------------------------------------

static bool read_header(GzipReader *reader) {
  uint32_t magic = take(reader, 16);
  if (!reader->starved && magic != 0x8b1f) return fail(reader);
  uint32_t method = take(reader, 8), flags = take(reader, 8);
  take(reader, 32); // time
  take(reader, 16); // how and where
  if (!reader->starved && method != 8) return fail(reader);
  if (flags & 4) {
    for (uint32_t extra = take(reader, 16); extra && !reader->starved; extra--) take(reader, 8);
  }
  for (uint32_t text = 8; text <= 16; text *= 2) { // the file's name, a comment
    while ((flags & text) && take(reader, 8) && !reader->starved) {
    }
  }
  if (flags & 2) take(reader, 16);
  if (reader->starved) return false;
  reader->any_member = true;
  reader->checksum = ~0u;
  reader->produced = 0;
  reader->state = GZIP_BLOCK;
  return true;
}

static bool read_block(GzipReader *reader) {
  if (reader->last_block) {
    reader->last_block = false;
    reader->state = GZIP_TRAILER;
    return true;
  }
  bool last = take(reader, 1);
  uint32_t kind = take(reader, 2);
  if (reader->starved) return false;
  if (kind == 0) {
    take(reader, reader->bit_count % 8);
    uint32_t length = take(reader, 16), inverse = take(reader, 16);
    if (reader->starved) return false;
    if (length != (~inverse & 0xffff)) return fail(reader);
    reader->stored_left = length;
    reader->state = GZIP_STORED;
  } else {
    if (kind == 3) return fail(reader);
    if (!(kind == 1 ? read_fixed_codes(reader) : read_dynamic_codes(reader))) return false;
    reader->state = GZIP_CODES;
  }
  reader->last_block = last;
  return true;
}

static void put(GzipReader *reader, uint8_t byte) {
  reader->window[reader->filled++] = byte;
  reader->produced++;
}

static bool read_stored(GzipReader *reader) {
  if (!reader->stored_left) {
    reader->state = GZIP_BLOCK;
    return true;
  }
  uint8_t byte = (uint8_t)take(reader, 8);
  if (reader->starved) return false;
  put(reader, byte);
  reader->stored_left--;
  return true;
}

// A literal, a match, or the end of the block.
static bool read_symbol(GzipReader *reader) {
  uint32_t symbol = take_symbol(reader, &reader->lengths);
  if (reader->starved || reader->damaged) return false;
  if (symbol < 256) {
    put(reader, (uint8_t)symbol);
    return true;
  }
  if (symbol == 256) {
    reader->state = GZIP_BLOCK;
    return true;
  }
  // Lengths grow by 1, and from the 9th on by 2, 4 … each four times; the last is 258. Distances likewise, each twice.
  uint32_t step = symbol - 257, length = step + 3;
  if (step > 28) return fail(reader);
  if (step == 28) {
    length = LONGEST_MATCH;
  } else if (step >= 8) {
    uint32_t extra = step / 4 - 1;
    length = 3 + ((4 + step % 4) << extra) + take(reader, extra);
  }
  uint32_t place = take_symbol(reader, &reader->distances), distance = place + 1;
  if (place >= 4) {
    uint32_t extra = place / 2 - 1;
    distance = 1 + ((2 + place % 2) << extra) + take(reader, extra);
  }
  if (reader->starved || reader->damaged) return false;
  if (place >= DISTANCE_CODES || distance > reader->produced) return fail(reader);
  for (uint32_t i = 0; i < length; i++) put(reader, reader->window[reader->filled - distance]);
  return true;
}

// The checksum is that of the text handed out: there must be none left.
static bool read_trailer(GzipReader *reader) {
  if (reader->filled > reader->from) return false;
  take(reader, reader->bit_count % 8);
  uint32_t checksum = take(reader, 32), length = take(reader, 32);
  if (reader->starved) return false;
  if (checksum != ~reader->checksum || length != (uint32_t)reader->produced) return fail(reader);
  reader->state = GZIP_HEADER;
  return true;
}

static bool go_on(GzipReader *reader) {
  switch ((GzipState)reader->state) {
    case GZIP_HEADER:
      return read_header(reader);
    case GZIP_BLOCK:
      return read_block(reader);
    case GZIP_STORED:
      return read_stored(reader);
    case GZIP_CODES:
      return read_symbol(reader);
    default:
      return read_trailer(reader);
  }
}

static void add_checksum(GzipReader *reader) {
  static const uint32_t NIBBLES[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t sum = reader->checksum;
  for (size_t i = reader->from; i < reader->filled; i++) {
    sum ^= reader->window[i];
    sum = NIBBLES[sum & 15] ^ sum >> 4;
    sum = NIBBLES[sum & 15] ^ sum >> 4;
  }
  reader->checksum = sum;
}

// ---------------------------------------------------------------------------------------------------------------------
// The interface
// ---------------------------------------------------------------------------------------------------------------------

Status gzip_open(Memory *memory, GzipReader **out, Error *error) {
  *out = memory_allocate_zeroed(memory, sizeof **out);
  if (!*out) return error_no_memory(error);
  (*out)->memory = memory;
  (*out)->starved = true;
  return OK;
}

void gzip_close(GzipReader *reader) {
  if (!reader) return;
  memory_free(reader->memory, reader->input, reader->input_capacity);
  memory_free(reader->memory, reader, sizeof *reader);
}

bool gzip_wants(const GzipReader *reader) { return reader->starved; }

Status gzip_feed(GzipReader *reader, const uint8_t *bytes, size_t count, Error *error) {
  size_t rest = reader->input_length - reader->at;
  if (rest) memmove(reader->input, reader->input + reader->at, rest);
  reader->at = 0;
  reader->input_length = rest;
  if (rest + count > reader->input_capacity) {
    uint8_t *input = memory_grow(reader->memory, reader->input, reader->input_capacity, rest + count);
    if (!input) return error_no_memory(error);
    reader->input = input;
    reader->input_capacity = rest + count;
  }
  if (count) memcpy(reader->input + rest, bytes, count);
  reader->input_length = rest + count;
  reader->starved = false;
  return OK;
}

Status gzip_read(GzipReader *reader, bool last, Str *out, bool *done, Error *error) {
  if (reader->filled > HISTORY_BYTES) {
    memmove(reader->window, reader->window + reader->filled - HISTORY_BYTES, HISTORY_BYTES);
    reader->filled = HISTORY_BYTES;
  }
  reader->from = reader->filled;
  *done = false;
  bool going = true;
  while (going && reader->filled - reader->from < PIECE_BYTES) {
    if (reader->state == GZIP_CODES && reader->input_length - reader->at >= LONGEST_SYMBOL) {
      going = read_symbol(reader); // there is enough for it
      continue;
    }
    size_t at = reader->at;
    uint64_t bits = reader->bits;
    uint32_t bit_count = reader->bit_count;
    if (reader->state == GZIP_HEADER && reader->any_member && at == reader->input_length && !bit_count) {
      reader->starved = true; // another member may follow
      *done = last;
      break;
    }
    going = go_on(reader);
    if (!reader->starved) continue;
    reader->at = at;
    reader->bits = bits;
    reader->bit_count = bit_count;
  }
  add_checksum(reader);
  *out = (Str){(const char *)reader->window + reader->from, reader->filled - reader->from};
  bool cut_short = last && reader->starved && !*done;
  if (!reader->damaged && !cut_short) return OK;
  return error_set(error, ERROR_IO, -1,
                   reader->any_member ? "Failed to decode gzip stream: the file is damaged or cut short"
                                      : "Input is not a GZIP stream");
}
