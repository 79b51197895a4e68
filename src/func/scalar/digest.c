// SPDX-License-Identifier: MIT
//
// digest.c: MD5 (RFC 1321), SHA-1 and SHA-256 (FIPS 180-4), and the functions md5, md5_number, sha1, sha256.
#include "func/support.h"

// All three take blocks of 64 bytes and end with 0x80, zeros and the length in bits.
typedef void (*BlockFunction)(uint32_t *state, const uint8_t *block);

static void run_blocks(uint32_t *state, const void *data, size_t length, bool big_endian, BlockFunction block) {
  const uint8_t *bytes = data;
  size_t whole = length / 64 * 64;
  for (size_t at = 0; at < whole; at += 64) block(state, bytes + at);
  uint8_t tail[128] = {0};
  size_t rest = length - whole;
  if (rest) memcpy(tail, bytes + whole, rest);
  tail[rest] = 0x80;
  size_t tail_length = rest < 56 ? 64 : 128;
  uint64_t bits = (uint64_t)length * 8;
  for (int i = 0; i < 8; i++) {
    tail[tail_length - 8 + (size_t)i] = (uint8_t)(bits >> (big_endian ? 56 - 8 * i : 8 * i));
  }
  for (size_t at = 0; at < tail_length; at += 64) block(state, tail + at);
}

static inline uint32_t rotate_left(uint32_t x, unsigned bits) { return x << bits | x >> (32 - bits); }
static inline uint32_t rotate_right(uint32_t x, unsigned bits) { return x >> bits | x << (32 - bits); }
static inline uint32_t load_big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t load_little(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static void store_big(const uint32_t *state, int words, uint8_t *out) {
  for (int i = 0; i < words * 4; i++) out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

// floor(2^32 * abs(sin(i + 1)))
static const uint32_t md5_sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
static const uint8_t md5_shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static void md5_block(uint32_t *state, const uint8_t *block) {
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  for (unsigned i = 0; i < 64; i++) {
    uint32_t f;
    unsigned word;
    switch (i / 16) {
      case 0:
        f = (b & c) | (~b & d), word = i;
        break;
      case 1:
        f = (d & b) | (~d & c), word = (5 * i + 1) % 16;
        break;
      case 2:
        f = b ^ c ^ d, word = (3 * i + 5) % 16;
        break;
      default:
        f = c ^ (b | ~d), word = 7 * i % 16;
    }
    uint32_t next = b + rotate_left(a + f + md5_sines[i] + load_little(block + 4 * word), md5_shifts[i / 16][i % 4]);
    a = d, d = c, c = b, b = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

void digest_md5(const void *data, size_t length, uint8_t out[16]) {
  uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  run_blocks(state, data, length, false, md5_block);
  for (int i = 0; i < 16; i++) out[i] = (uint8_t)(state[i / 4] >> (8 * (i % 4)));
}

static void sha1_block(uint32_t *state, const uint8_t *block) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++) w[i] = load_big(block + 4 * i);
  for (int i = 16; i < 80; i++) w[i] = rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f, k;
    if (i < 20) {
      f = (b & c) | (~b & d), k = 0x5a827999;
    } else if (i < 40) {
      f = b ^ c ^ d, k = 0x6ed9eba1;
    } else if (i < 60) {
      f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    } else {
      f = b ^ c ^ d, k = 0xca62c1d6;
    }
    uint32_t next = rotate_left(a, 5) + f + e + k + w[i];
    e = d, d = c, c = rotate_left(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void digest_sha1(const void *data, size_t length, uint8_t out[20]) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  run_blocks(state, data, length, true, sha1_block);
  store_big(state, 5, out);
}

// Fractional parts of the cube roots of the first 64 primes.
static const uint32_t sha256_roots[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_block(uint32_t *state, const uint8_t *block) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++) w[i] = load_big(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  memcpy(v, state, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25);
    uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t t1 = v[7] + s1 + choose + sha256_roots[i] + w[i];
    uint32_t s0 = rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22);
    uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    for (int k = 7; k > 0; k--) v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (int i = 0; i < 8; i++) state[i] += v[i];
}

void digest_sha256(const void *data, size_t length, uint8_t out[32]) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  run_blocks(state, data, length, true, sha256_block);
  store_big(state, 8, out);
}

// ---------------------------------------------------------------------------------------------------------------------
// Functions
// ---------------------------------------------------------------------------------------------------------------------

static Status digest_row(Vector *result, uint32_t row, const uint8_t *digest, size_t size, Error *error) {
  static const char digits[] = "0123456789abcdef";
  char *out = vector_string_room(result, size * 2);
  if (!out) return error_no_memory(error);
  for (size_t i = 0; i < size; i++) {
    out[2 * i] = digits[digest[i] >> 4];
    out[2 * i + 1] = digits[digest[i] & 15];
  }
  result_view(result, row, out, size * 2);
  return OK;
}

#define DIGEST_KERNEL(function, digest, size)                                 \
  KERNEL(function) {                                                          \
    UNUSED_CALL;                                                              \
    UNARY_VOID(context->error, arguments[0], row_count, result, StringView, { \
      uint8_t bytes[size];                                                    \
      digest(string_data(&in), in.length, bytes);                             \
      TRY(digest_row(result, row, bytes, size, context->error));              \
    });                                                                       \
    return OK;                                                                \
  }
DIGEST_KERNEL(md5, digest_md5, 16)
DIGEST_KERNEL(sha1, digest_sha1, 20)
DIGEST_KERNEL(sha256, digest_sha256, 32)

// The digest read as a little-endian number.
static uint128 md5_value(Str text) {
  uint8_t bytes[16];
  digest_md5(text.data, text.length, bytes);
  uint128 value = 0;
  for (int i = 15; i >= 0; i--) value = value << 8 | bytes[i];
  return value;
}

#define MD5_NUMBER_KERNEL(function, Out, expression)                                  \
  KERNEL(function) {                                                                  \
    UNUSED_CALL;                                                                      \
    UNARY_CHECKED(context->error, arguments[0], row_count, result, StringView, Out, { \
      uint128 value = md5_value(string_str(&in));                                     \
      out = (Out)(expression);                                                        \
    });                                                                               \
    return OK;                                                                        \
  }
MD5_NUMBER_KERNEL(md5_number, uint128, value)

#define DIGEST_ENTRIES(name, result, kernel) \
  SCALAR(name, OF(result), TYPES(OF(VARCHAR)), kernel), SCALAR(name, OF(result), TYPES(OF(BLOB)), kernel)

SCALAR_TABLE(digest) = {
    DIGEST_ENTRIES("md5", VARCHAR, md5),
    DIGEST_ENTRIES("sha1", VARCHAR, sha1),
    DIGEST_ENTRIES("sha256", VARCHAR, sha256),
    DIGEST_ENTRIES("md5_number", UHUGEINT, md5_number),
};
SCALAR_TABLE_END(digest);
