// SPDX-License-Identifier: MIT
//
// image.h: a column as bytes. The one form in which values lie in segments, overlays and WAL records. Private to store/.
//
// An image is a header, a validity section, a data section, perhaps a second one, and the images of the children of
// nested types, each aligned to 16 bytes. Offsets count from the header, which must lie at a multiple of 16.
//
//   codec        data section                                  second section (extra)
//   CONSTANT     one value; a string: u32 length, bytes        -
//   PLAIN        the values as in memory                       -
//   PACKED       packed section (bit_pack.h)                   -
//   DICTIONARY   packed section of u32 codes                   u32 lengths[extra], bytes; code `extra` is NULL
//   STRINGS      packed section of u32 lengths                 u64 start of each miniblock's bytes, bytes
//   DECIMAL      packed section of int64: double = i / 10^e     u32 exponent, u32 n, { u32 row, u32 0, double } exceptions
//   LISTS        packed section of u32 lengths                 u32 first child row of each miniblock
//   NONE         -                                             -  (STRUCT, UNION, ARRAY: children only)
//
// Validity: none (all rows valid), all NULL (no data section), or a bitmap. DICTIONARY keeps NULLs in its codes.
#ifndef SMEW_STORE_IMAGE_H
#define SMEW_STORE_IMAGE_H

#include "vector/vector.h"

// Numbers are part of the file format.
typedef enum ImageCodec {
  CODEC_NONE = 0,
  CODEC_CONSTANT = 1,
  CODEC_PLAIN = 2,
  CODEC_PACKED = 3,
  CODEC_DICTIONARY = 4,
  CODEC_STRINGS = 5,
  CODEC_LISTS = 6,
  CODEC_DECIMAL = 7,
  CODEC_COUNT
} ImageCodec;
typedef enum ImageValidity { VALIDITY_NONE = 0, VALIDITY_ALL_NULL = 1, VALIDITY_BITMAP = 2 } ImageValidity;

typedef struct ImageHeader {
  uint8_t physical;
  uint8_t codec;    // ImageCodec
  uint8_t validity; // ImageValidity
  uint8_t reserved;
  uint32_t row_count;
  uint32_t null_count;
  uint32_t child_count;
  uint64_t total_bytes; // with children and padding
  uint64_t validity_at;
  uint64_t data_at;
  uint64_t extra_at;
  uint64_t children_at; // u64 offsets of the children's images
  uint32_t extra;
  uint32_t reserved_too;
} ImageHeader;
_Static_assert(sizeof(ImageHeader) == 64, "part of the file format");

const char *image_codec_name(uint8_t codec);

// Appends the image of rows [0, count) of a flat or constant vector. `quick` (WAL records): no search for the best codec.
// `memory` serves scratch.
Status image_append(TextBuilder *out, const Vector *vector, uint32_t count, bool quick, Memory *memory,
                    Error *error) MUST_USE;

// A reader over an image whose bytes `owner` keeps (or which outlive the reader, when owner is NULL).
typedef struct ImageReader ImageReader;
struct ImageReader {
  const uint8_t *bytes;
  const ImageHeader *header;
  Type type;
  Buffer *owner;
  Memory *memory;
  Vector dictionary; // DICTIONARY: the strings, made on first read
  bool has_dictionary;
  ImageReader *children; // [child_count]
  uint32_t child_count;
};

// Checks the outline of the image against its length: damage that the checksum did not tell gives ERROR_CORRUPT.
Status image_reader_open(ImageReader *reader, Memory *memory, Type type, const uint8_t *bytes, size_t length,
                         Buffer *owner, Error *error) MUST_USE;
void image_reader_close(ImageReader *reader); // a zeroed reader is fine
// Rows [from, from + count) into an empty vector (after vector_init or vector_reset) with room for `count` rows, in whatever form is
// cheapest. The vector keeps what it points at by buffer, when the reader has an owner.
Status image_read(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) MUST_USE;

// Shallow concatenation of flat, constant or dictionary vectors: strings are not copied, so the sources must outlive the result's use.
Status vector_gather_shallow(Vector *dst, uint32_t dst_at, const Vector *src, uint32_t from, uint32_t count,
                             Error *error) MUST_USE;

#endif
