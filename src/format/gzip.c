// SPDX-License-Identifier: MIT
//
// gzip.c: reading gzip files piece by piece: the host gives compressed bytes as they come, the caller takes text. Decoding and checksums are
// zlib's. Members that follow one another are one text (RFC 1952, section 2.2).
#include <zlib.h>

#include "format/format.h"

#define PIECE_BYTES 65536u           // of text handed out at a time
#define GZIP_WINDOW (16 + MAX_WBITS) // a gzip header, and the largest history

struct GzipReader {
  Memory *memory;
  z_stream stream;
  gz_header header; // of the first member: whether there is one
  uint8_t *input;   // stream.next_in points into it
  size_t input_capacity;
  bool wants;
  bool member_ended;
  uint8_t text[PIECE_BYTES];
};

// zlib does not say how large what it gives back is.
typedef union Allocation {
  size_t size;
  max_align_t align;
} Allocation;

static void *allocate(void *memory, unsigned count, unsigned size) {
  size_t total = sizeof(Allocation) + (size_t)count * size;
  Allocation *allocation = memory_allocate(memory, total);
  if (!allocation) return NULL;
  allocation->size = total;
  return allocation + 1;
}

static void release(void *memory, void *pointer) {
  Allocation *allocation = (Allocation *)pointer - 1;
  memory_free(memory, allocation, allocation->size);
}

Status gzip_open(Memory *memory, GzipReader **out, Error *error) {
  GzipReader *reader = *out = memory_allocate_zeroed(memory, sizeof **out);
  if (!reader) return error_no_memory(error);
  reader->memory = memory;
  reader->wants = true;
  reader->stream = (z_stream){.zalloc = allocate, .zfree = release, .opaque = memory};
  if (inflateInit2(&reader->stream, GZIP_WINDOW) != Z_OK) {
    memory_free(memory, reader, sizeof *reader);
    *out = NULL;
    return error_no_memory(error);
  }
  inflateGetHeader(&reader->stream, &reader->header);
  return OK;
}

void gzip_close(GzipReader *reader) {
  if (!reader) return;
  inflateEnd(&reader->stream);
  memory_free(reader->memory, reader->input, reader->input_capacity);
  memory_free(reader->memory, reader, sizeof *reader);
}

bool gzip_wants(const GzipReader *reader) { return reader->wants; }

Status gzip_feed(GzipReader *reader, const uint8_t *bytes, size_t count, Error *error) {
  size_t rest = reader->stream.avail_in;
  if (rest) memmove(reader->input, reader->stream.next_in, rest);
  if (rest + count > reader->input_capacity) {
    uint8_t *input = memory_grow(reader->memory, reader->input, reader->input_capacity, rest + count);
    if (!input) return error_no_memory(error);
    reader->input = input;
    reader->input_capacity = rest + count;
  }
  if (count) memcpy(reader->input + rest, bytes, count);
  reader->stream.next_in = reader->input;
  reader->stream.avail_in = (unsigned)(rest + count);
  reader->wants = false;
  return OK;
}

Status gzip_read(GzipReader *reader, bool last, Str *out, bool *done, Error *error) {
  z_stream *stream = &reader->stream;
  int code = Z_OK;
  stream->next_out = reader->text;
  stream->avail_out = PIECE_BYTES;
  *done = false;
  while (stream->avail_out && !reader->wants && code == Z_OK) {
    if (reader->member_ended && stream->avail_in) {
      inflateReset(stream);
      reader->member_ended = false;
    }
    if (!reader->member_ended) code = inflate(stream, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      reader->member_ended = true;
      code = Z_OK;
    }
    if (code == Z_BUF_ERROR) code = Z_OK; // there were no bytes for it to go on with
    reader->wants = !stream->avail_in && stream->avail_out;
  }
  *out = (Str){(const char *)reader->text, PIECE_BYTES - stream->avail_out};
  *done = last && reader->wants && reader->member_ended;
  if (code == Z_MEM_ERROR) return error_no_memory(error);
  if (code == Z_OK && !(last && reader->wants && !*done)) return OK;
  return error_set(error, ERROR_IO, -1,
                   reader->header.done > 0 ? "Failed to decode gzip stream: the file is damaged or cut short"
                                           : "Input is not a GZIP stream");
}
