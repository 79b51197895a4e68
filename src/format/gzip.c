// SPDX-License-Identifier: MIT
//
// gzip.c: reading gzip files (RFC 1952, 1951) piece by piece: the host gives compressed bytes as they come, the caller takes text. Members
// that follow one another are one text.
//
// What is read at once (a member's header, a block's header, a symbol with its distance, a member's end) is read as if there were
// zeros behind the bytes that have come; if these did not do, the reader goes back to where it began.
#include "format/format.h"

#define HISTORY_BYTES 32768u // how far back a match may reach
#define PIECE_BYTES 65536u // of text handed out at a time; more by a match, and by what history lacks at the beginning
#define TEXT_BYTES (HISTORY_BYTES + PIECE_BYTES)
#define LONGEST_MATCH 258u

#define LONGEST_CODE 15
#define FAST_BITS 10 // codes up to this length are found by one look into a table
#define LITERAL_CODES 288
#define DISTANCE_CODES 32
#define END_OF_BLOCK 256

// A canonical Huffman code.
typedef struct Code {
  uint16_t fast[1 << FAST_BITS];     // by the next bits: symbol << 4 | length; 0: a longer code, or none
  uint16_t counts[LONGEST_CODE + 1]; // of codes of each length
  uint16_t symbols[LITERAL_CODES];   // in the order of their codes
} Code;

typedef struct BitReader {
  const uint8_t *next, *end;
  uint64_t bits; // the lowest is next
  int32_t count; // below 0: more was taken than there is
} BitReader;

typedef enum Stage { STAGE_MEMBER, STAGE_BLOCK, STAGE_STORED, STAGE_SYMBOLS, STAGE_MEMBER_END } Stage;

struct GzipReader {
  Memory *memory;
  uint8_t *input; // source.next and source.end point into it
  size_t input_capacity;
  BitReader source;
  Stage stage;
  bool wants;
  bool has_header; // of the first member
  bool last_block;
  uint32_t stored_bytes; // left of a stored block
  size_t text_end;       // of `text`
  size_t checked_end;    // what the checksum is of
  uint32_t checksum;     // of the member's text, CRC-32
  uint64_t length;       // of the member's text
  uint32_t checksums[256];
  Code literals, distances;
  uint8_t text[TEXT_BYTES + LONGEST_MATCH];
};

Status gzip_open(Memory *memory, GzipReader **out, Error *error) {
  GzipReader *reader = *out = memory_allocate_zeroed(memory, sizeof **out);
  if (!reader) return error_no_memory(error);
  reader->memory = memory;
  reader->wants = true;
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; bit++) rest = rest >> 1 ^ (rest & 1 ? 0xedb88320u : 0);
    reader->checksums[byte] = rest;
  }
  return OK;
}

void gzip_close(GzipReader *reader) {
  if (!reader) return;
  memory_free(reader->memory, reader->input, reader->input_capacity);
  memory_free(reader->memory, reader, sizeof *reader);
}

bool gzip_wants(const GzipReader *reader) { return reader->wants; }

Status gzip_feed(GzipReader *reader, const uint8_t *bytes, size_t count, Error *error) {
  BitReader *source = &reader->source;
  size_t rest = (size_t)(source->end - source->next);
  if (rest) memmove(reader->input, source->next, rest);
  if (rest + count > reader->input_capacity) {
    uint8_t *input = memory_grow(reader->memory, reader->input, reader->input_capacity, rest + count);
    if (!input) return error_no_memory(error);
    reader->input = input;
    reader->input_capacity = rest + count;
  }
  if (count) memcpy(reader->input + rest, bytes, count);
  source->next = reader->input;
  source->end = reader->input + rest + count;
  reader->wants = false;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Bits and codes
// ---------------------------------------------------------------------------------------------------------------------

// At least 56 bits, while there are bytes.
static void refill(BitReader *source) {
  if (source->end - source->next >= 8) {
    uint64_t word;
    memcpy(&word, source->next, sizeof word);
    source->bits |= word << source->count;
    source->next += (63 - source->count) >> 3;
    source->count |= 56;
  }
  while (source->count <= 56 && source->next < source->end) {
    source->bits |= (uint64_t)*source->next++ << source->count;
    source->count += 8;
  }
}

// After a refill; of at most 32 bits.
static uint32_t take(BitReader *source, uint32_t count) {
  uint32_t value = (uint32_t)(source->bits & ((UINT64_C(1) << count) - 1));
  source->bits >>= count;
  source->count -= (int32_t)count;
  return value;
}

static uint32_t next_bits(BitReader *source, uint32_t count) {
  refill(source);
  return take(source, count);
}

// Makes the code of symbols with these lengths, 0: not in it. false: there is none, or (unless of at most one symbol of one bit) bits are left
// that mean nothing.
static bool code_build(Code *code, const uint8_t *lengths, uint32_t count) {
  uint32_t starts[LONGEST_CODE + 2] = {0}, next = 0;
  int32_t left = 1;
  memset(code, 0, sizeof *code);
  for (uint32_t i = 0; i < count; i++) code->counts[lengths[i]]++;
  for (uint32_t length = 1; length <= LONGEST_CODE; length++) {
    left = left * 2 - code->counts[length];
    if (left < 0) return false;
    starts[length + 1] = starts[length] + code->counts[length];
  }
  if (left && count - code->counts[0] != code->counts[1]) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (lengths[i]) code->symbols[starts[lengths[i]]++] = (uint16_t)i;
  }
  uint32_t at = 0;
  for (uint32_t length = 1; length <= FAST_BITS; length++) {
    for (uint32_t end = at + code->counts[length]; at < end; at++, next += 1u << (FAST_BITS - length)) {
      uint32_t reversed = 0; // codes begin with their highest bit
      for (uint32_t bit = 0; bit < FAST_BITS; bit++) reversed |= (next >> bit & 1) << (FAST_BITS - 1 - bit);
      for (; reversed < 1u << FAST_BITS; reversed += 1u << length)
        code->fast[reversed] = (uint16_t)(code->symbols[at] << 4 | length);
    }
  }
  return true;
}

// UINT32_MAX: no code begins so.
static uint32_t code_next(const Code *code, BitReader *source) {
  uint32_t entry = code->fast[source->bits & ((1u << FAST_BITS) - 1)];
  if (entry) {
    take(source, entry & 15);
    return entry >> 4;
  }
  uint32_t bits = 0, first = 0, at = 0; // of each length the first code, and its place among the symbols
  for (uint32_t length = 1; length <= LONGEST_CODE; length++) {
    uint32_t count = code->counts[length];
    bits |= (uint32_t)(source->bits >> (length - 1)) & 1;
    if (bits < first + count) {
      take(source, length);
      return code->symbols[at + bits - first];
    }
    at += count;
    first = (first + count) << 1;
    bits <<= 1;
  }
  take(source, LONGEST_CODE);
  return UINT32_MAX;
}

// ---------------------------------------------------------------------------------------------------------------------
// The parts of a file: each false when it is damaged
// ---------------------------------------------------------------------------------------------------------------------

static uint32_t checksum_of(const GzipReader *reader, uint32_t checksum, const uint8_t *bytes, size_t count) {
  checksum = ~checksum;
  for (size_t i = 0; i < count; i++) checksum = checksum >> 8 ^ reader->checksums[(checksum ^ bytes[i]) & 255];
  return ~checksum;
}

static void check_text(GzipReader *reader) {
  size_t count = reader->text_end - reader->checked_end;
  reader->checksum = checksum_of(reader, reader->checksum, reader->text + reader->checked_end, count);
  reader->length += count;
  reader->checked_end = reader->text_end;
}

static uint32_t header_byte(GzipReader *reader, uint32_t *checksum) {
  uint8_t byte = (uint8_t)next_bits(&reader->source, 8);
  *checksum = checksum_of(reader, *checksum, &byte, 1);
  return byte;
}

static bool read_member(GzipReader *reader) {
  uint32_t checksum = 0;
  bool right = header_byte(reader, &checksum) == 31;
  right &= header_byte(reader, &checksum) == 139;
  right &= header_byte(reader, &checksum) == 8;
  uint32_t flags = header_byte(reader, &checksum);
  for (int i = 0; i < 6; i++) header_byte(reader, &checksum); // time, level, system
  if (flags & 4) {
    uint32_t count = header_byte(reader, &checksum);
    count |= header_byte(reader, &checksum) << 8;
    while (count-- && reader->source.count >= 0) header_byte(reader, &checksum);
  }
  for (uint32_t flag = 8; flag <= 16; flag *= 2) { // name, comment
    while (flags & flag && header_byte(reader, &checksum)) {
    }
  }
  checksum &= 0xffff;
  if (flags & 2) right &= next_bits(&reader->source, 16) == checksum;
  right &= !(flags & 0xe0);
  reader->has_header |= right && reader->source.count >= 0;
  reader->stage = STAGE_BLOCK;
  reader->checksum = 0;
  reader->length = 0;
  return right;
}

// The lengths of the codes of a block, themselves in a code.
static bool read_codes(GzipReader *reader) {
  static const uint8_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  BitReader *source = &reader->source;
  uint8_t lengths[LITERAL_CODES + DISTANCE_CODES] = {0};
  uint32_t literals = next_bits(source, 5) + 257, distances = take(source, 5) + 1, count = take(source, 4) + 4;
  if (literals > 286 || distances > 30) return false;
  for (uint32_t i = 0; i < count; i++) lengths[order[i]] = (uint8_t)next_bits(source, 3);
  Code *code = &reader->literals;
  if (!code_build(code, lengths, COUNT_OF(order))) return false;
  uint32_t at = 0;
  memset(lengths, 0, sizeof lengths);
  while (at < literals + distances) {
    refill(source);
    uint32_t symbol = code_next(code, source), repeated = 1;
    if (symbol > 18) return false;
    if (symbol >= 16)
      repeated = symbol == 16 ? 3 + take(source, 2) : symbol == 17 ? 3 + take(source, 3) : 11 + take(source, 7);
    if (at + repeated > literals + distances || (symbol == 16 && !at)) return false;
    uint8_t length = (uint8_t)(symbol < 16 ? symbol : symbol == 16 ? lengths[at - 1] : 0);
    while (repeated--) lengths[at++] = length;
  }
  return lengths[END_OF_BLOCK] && code_build(&reader->literals, lengths, literals) &&
         code_build(&reader->distances, lengths + literals, distances);
}

static bool read_block(GzipReader *reader) {
  BitReader *source = &reader->source;
  reader->last_block = next_bits(source, 1);
  uint32_t kind = take(source, 2);
  reader->stage = STAGE_SYMBOLS;
  if (kind == 2) return read_codes(reader);
  if (kind == 1) {
    uint8_t lengths[LITERAL_CODES];
    for (uint32_t i = 0; i < LITERAL_CODES; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    code_build(&reader->literals, lengths, LITERAL_CODES);
    memset(lengths, 5, DISTANCE_CODES);
    return code_build(&reader->distances, lengths, DISTANCE_CODES);
  }
  take(source, (uint32_t)source->count & 7);
  reader->stage = STAGE_STORED;
  reader->stored_bytes = next_bits(source, 16);
  return kind == 0 && take(source, 16) == (reader->stored_bytes ^ 0xffff);
}

static void end_block(GzipReader *reader) { reader->stage = reader->last_block ? STAGE_MEMBER_END : STAGE_BLOCK; }

static bool read_stored(GzipReader *reader) {
  if (!reader->stored_bytes) {
    end_block(reader);
    return true;
  }
  reader->text[reader->text_end] = (uint8_t)next_bits(&reader->source, 8);
  bool there = reader->source.count >= 0;
  reader->text_end += there;
  reader->stored_bytes -= there;
  return true;
}

// A literal, a match or the end of the block.
static bool read_symbol(GzipReader *reader) {
  BitReader *source = &reader->source;
  refill(source);
  uint32_t symbol = code_next(&reader->literals, source);
  if (symbol < END_OF_BLOCK) {
    reader->text[reader->text_end] = (uint8_t)symbol;
    reader->text_end += source->count >= 0;
    return true;
  }
  if (symbol == END_OF_BLOCK) {
    end_block(reader);
    return true;
  }
  // From the fifth on (third), four lengths (two distances) each have the same number of further bits.
  symbol -= END_OF_BLOCK + 1;
  if (symbol > 28) return false;
  uint32_t more = symbol < 8 || symbol == 28 ? 0 : symbol / 4 - 1;
  uint32_t length = symbol == 28 ? LONGEST_MATCH : symbol < 8 ? symbol + 3 : ((4 + symbol % 4) << more) + 3;
  length += take(source, more);
  symbol = code_next(&reader->distances, source);
  if (symbol > 29) return false;
  more = symbol < 4 ? 0 : symbol / 2 - 1;
  uint32_t distance = (symbol < 4 ? symbol : (2 + symbol % 2) << more) + 1 + take(source, more);
  if (distance > reader->length + (reader->text_end - reader->checked_end)) return false; // before the member
  if (source->count < 0) return true;
  uint8_t *to = reader->text + reader->text_end;
  for (uint32_t i = 0; i < length; i++) to[i] = to[(ptrdiff_t)i - distance];
  reader->text_end += length;
  return true;
}

static bool read_member_end(GzipReader *reader) {
  BitReader *source = &reader->source;
  take(source, (uint32_t)source->count & 7);
  check_text(reader);
  reader->stage = STAGE_MEMBER;
  return next_bits(source, 32) == reader->checksum && next_bits(source, 32) == (uint32_t)reader->length;
}

Status gzip_read(GzipReader *reader, bool last, Str *out, bool *done, Error *error) {
  static bool (*const parts[])(GzipReader *) = {read_member, read_block, read_stored, read_symbol, read_member_end};
  BitReader *source = &reader->source;
  size_t history = MIN_OF(reader->text_end, HISTORY_BYTES);
  bool right = true;
  memmove(reader->text, reader->text + reader->text_end - history, history);
  reader->text_end = reader->checked_end = history;
  while (right && !reader->wants && reader->text_end < TEXT_BYTES) {
    BitReader before = *source;
    Stage stage = reader->stage;
    right = parts[stage](reader);
    if (source->count < 0) {
      *source = before;
      reader->stage = stage;
      reader->wants = right = true;
    }
  }
  check_text(reader);
  *out = (Str){(const char *)reader->text + history, reader->text_end - history};
  *done = last && reader->wants && reader->has_header && reader->stage == STAGE_MEMBER && source->next == source->end &&
          !source->count;
  if (right && (!last || !reader->wants || *done)) return OK;
  return error_set(error, ERROR_IO, -1,
                   reader->has_header ? "Failed to decode gzip stream: the file is damaged or cut short"
                                      : "Input is not a GZIP stream");
}
