// SPDX-License-Identifier: MIT
//
// bit_pack.c: see bit_pack.h.
#include "store/bit_pack.h"

#define NARROW_BELOW 128 // rows of a miniblock; from there on lanes waste less than they save
#define SECTION_HEAD_BYTES 16

static uint32_t block_count_of(uint32_t count) { return (count + PACK_ROWS - 1) / PACK_ROWS; }
static uint64_t width_mask(unsigned width) { return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1; }
static unsigned bits_needed(uint64_t value) { return value ? 64 - (unsigned)__builtin_clzll(value) : 0; }

// ---------------------------------------------------------------------------------------------------------------------
// Packing
// ---------------------------------------------------------------------------------------------------------------------

// Smallest and largest of the valid values, as 64 bits; false: there is none.
#define DEFINE_BOUNDS(NAME, T)                                                                                  \
  static bool NAME(const T *values, const uint64_t *validity, uint32_t from, uint32_t count, T *low, T *high) { \
    bool any = false;                                                                                           \
    T least = 0, most = 0;                                                                                      \
    for (uint32_t i = 0; i < count; i++) {                                                                      \
      if (validity && !bit_get(validity, from + i)) continue;                                                   \
      T value = values[from + i];                                                                               \
      if (!any) least = most = value;                                                                           \
      any = true;                                                                                               \
      if (value < least) least = value;                                                                         \
      if (value > most) most = value;                                                                           \
    }                                                                                                           \
    *low = least;                                                                                               \
    *high = most;                                                                                               \
    return any;                                                                                                 \
  }
DEFINE_BOUNDS(bounds_i8, int8_t)
DEFINE_BOUNDS(bounds_i16, int16_t)
DEFINE_BOUNDS(bounds_i32, int32_t)
DEFINE_BOUNDS(bounds_i64, int64_t)
DEFINE_BOUNDS(bounds_i128, int128)
DEFINE_BOUNDS(bounds_u8, uint8_t)
DEFINE_BOUNDS(bounds_u16, uint16_t)
DEFINE_BOUNDS(bounds_u32, uint32_t)
DEFINE_BOUNDS(bounds_u64, uint64_t)
DEFINE_BOUNDS(bounds_u128, uint128)

#define BOUNDS_AS(NAME, T)                                                    \
  do {                                                                        \
    T least, most;                                                            \
    bool any = NAME((const T *)values, validity, from, count, &least, &most); \
    *low = (uint128)(int128)least;                                            \
    *high = (uint128)(int128)most;                                            \
    return any;                                                               \
  } while (0)

static bool bounds_of(const void *values, uint32_t size, bool is_signed, const uint64_t *validity, uint32_t from,
                      uint32_t count, uint128 *low, uint128 *high) {
  switch (size) {
    case 1:
      if (is_signed) BOUNDS_AS(bounds_i8, int8_t);
      BOUNDS_AS(bounds_u8, uint8_t);
    case 2:
      if (is_signed) BOUNDS_AS(bounds_i16, int16_t);
      BOUNDS_AS(bounds_u16, uint16_t);
    case 4:
      if (is_signed) BOUNDS_AS(bounds_i32, int32_t);
      BOUNDS_AS(bounds_u32, uint32_t);
    case 8:
      if (is_signed) BOUNDS_AS(bounds_i64, int64_t);
      BOUNDS_AS(bounds_u64, uint64_t);
    default:
      if (is_signed) BOUNDS_AS(bounds_i128, int128);
      BOUNDS_AS(bounds_u128, uint128);
  }
}

// Differences from the base of the miniblock; those of NULL rows are 0.
static void deltas_of(const void *values, uint32_t size, const uint64_t *validity, uint32_t from, uint32_t count,
                      uint128 base, uint64_t *deltas) {
  switch (size) {
#define DELTAS_AS(T) \
  for (uint32_t i = 0; i < count; i++) deltas[i] = (uint64_t)(T)(((const T *)values)[from + i] - (T)base)
    case 1:
      DELTAS_AS(uint8_t);
      break;
    case 2:
      DELTAS_AS(uint16_t);
      break;
    case 4:
      DELTAS_AS(uint32_t);
      break;
    case 8:
      DELTAS_AS(uint64_t);
      break;
    default:
      DELTAS_AS(uint128);
      break;
#undef DELTAS_AS
  }
  if (!validity) return;
  for (uint32_t i = 0; i < count; i++) {
    if (!bit_get(validity, from + i)) deltas[i] = 0;
  }
}

static void pack_narrow(uint8_t *out, const uint64_t *deltas, uint32_t count, uint32_t bytes) {
  for (uint32_t i = 0; i < count; i++) memcpy(out + (size_t)i * bytes, &deltas[i], bytes);
}

static void pack_lanes_32(uint32_t *out, const uint64_t *deltas, uint32_t count, unsigned width) {
  for (uint32_t i = 0; i < count; i++) {
    unsigned bit = i / 64 * width, shift = bit & 31;
    uint32_t *word = out + bit / 32 * 64 + i % 64;
    uint32_t value = (uint32_t)deltas[i];
    word[0] |= value << shift;
    if (shift + width > 32) word[64] |= value >> (32 - shift);
  }
}

static void pack_lanes_64(uint64_t *out, const uint64_t *deltas, uint32_t count, unsigned width) {
  for (uint32_t i = 0; i < count; i++) {
    unsigned bit = i / 32 * width, shift = bit & 63;
    uint64_t *word = out + bit / 64 * 32 + i % 32;
    word[0] |= deltas[i] << shift;
    if (shift + width > 64) word[32] |= deltas[i] >> (64 - shift);
  }
}

static size_t lane_bytes(uint32_t count, unsigned width, uint8_t form) {
  if (form == PACK_LANES_32) return (((count + 63) / 64 * width + 31) / 32) * (size_t)256;
  return (((count + 31) / 32 * width + 63) / 64) * (size_t)256;
}

// Decides width and form of a miniblock; returns its bytes.
static size_t choose_form(uint32_t count, uint64_t range, PackEntry *entry) {
  unsigned width = bits_needed(range);
  entry->width = (uint8_t)width;
  entry->form = width <= 32 ? PACK_LANES_32 : PACK_LANES_64;
  if (!width) return 0;
  if (count < NARROW_BELOW) {
    entry->form = PACK_NARROW;
    entry->width = width <= 8 ? 8 : width <= 16 ? 16 : width <= 32 ? 32 : 64;
    return (size_t)count * (entry->width / 8);
  }
  return lane_bytes(count, width, entry->form);
}

static void pack_block(uint8_t *out, const uint64_t *deltas, uint32_t count, const PackEntry *entry) {
  if (!entry->width) return;
  switch (entry->form) {
    case PACK_NARROW:
      pack_narrow(out, deltas, count, entry->width / 8);
      break;
    case PACK_LANES_32:
      pack_lanes_32((uint32_t *)out, deltas, count, entry->width);
      break;
    default:
      pack_lanes_64((uint64_t *)out, deltas, count, entry->width);
      break;
  }
}

bool pack_append(TextBuilder *out, const void *values, uint32_t size, bool is_signed, const uint64_t *validity,
                 uint32_t count) {
  uint32_t blocks = block_count_of(count);
  size_t section = out->length;
  uint128 section_base = 0, low, high;
  if (size == 16) {
    bounds_of(values, size, is_signed, validity, 0, count, &low, &high);
    if (high - low > UINT64_MAX) return false;
    section_base = low;
  }
  text_append(out, (Str){(const char *)&section_base, sizeof section_base});
  text_append_repeated(out, 0, blocks * sizeof(PackEntry));
  uint64_t deltas[PACK_ROWS];
  for (uint32_t block = 0; block < blocks; block++) {
    uint32_t from = block * PACK_ROWS, rows = MIN_OF(count - from, (uint32_t)PACK_ROWS);
    PackEntry entry = {0};
    if (!bounds_of(values, size, is_signed, validity, from, rows, &low, &high)) low = high = section_base;
    size_t bytes = choose_form(rows, (uint64_t)(high - low), &entry);
    entry.base = (uint64_t)(low - section_base);
    entry.at = (uint32_t)(out->length - section);
    deltas_of(values, size, validity, from, rows, low, deltas);
    text_append_repeated(out, 0, (bytes + 15) & ~(size_t)15);
    if (out->failed) return true;
    uint8_t *start = (uint8_t *)out->data + section;
    memcpy(start + SECTION_HEAD_BYTES + block * sizeof entry, &entry, sizeof entry);
    pack_block(start + entry.at, deltas, rows, &entry);
  }
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Unpacking
// ---------------------------------------------------------------------------------------------------------------------

// Fills whole rows of lanes: up to 63 values more than asked for.
#define DEFINE_UNPACK(NAME, T, WORD, LANES)                                                                    \
  HOT static void NAME(const WORD *in, T *restrict out, uint32_t count, unsigned width, T base) {              \
    const unsigned word_bits = sizeof(WORD) * 8;                                                               \
    const WORD mask = (WORD)width_mask(width);                                                                 \
    uint32_t rows = (count + LANES - 1) / LANES;                                                               \
    for (uint32_t row = 0; row < rows; row++, out += LANES) {                                                  \
      unsigned bit = row * width, shift = bit % word_bits;                                                     \
      const WORD *word = in + (size_t)(bit / word_bits) * LANES;                                               \
      if (shift + width <= word_bits) {                                                                        \
        for (unsigned lane = 0; lane < LANES; lane++) out[lane] = (T)(base + (T)(word[lane] >> shift & mask)); \
      } else {                                                                                                 \
        unsigned back = word_bits - shift;                                                                     \
        for (unsigned lane = 0; lane < LANES; lane++) {                                                        \
          out[lane] = (T)(base + (T)((word[lane] >> shift | word[lane + LANES] << back) & mask));              \
        }                                                                                                      \
      }                                                                                                        \
    }                                                                                                          \
  }
DEFINE_UNPACK(unpack_32_8, uint8_t, uint32_t, 64)
DEFINE_UNPACK(unpack_32_16, uint16_t, uint32_t, 64)
DEFINE_UNPACK(unpack_32_32, uint32_t, uint32_t, 64)
DEFINE_UNPACK(unpack_32_64, uint64_t, uint32_t, 64)
DEFINE_UNPACK(unpack_32_128, uint128, uint32_t, 64)
DEFINE_UNPACK(unpack_64_64, uint64_t, uint64_t, 32)
DEFINE_UNPACK(unpack_64_128, uint128, uint64_t, 32)

static uint64_t narrow_at(const uint8_t *in, uint32_t index, uint32_t bytes) {
  uint64_t value = 0;
  memcpy(&value, in + (size_t)index * bytes, bytes);
  return value;
}

#define NARROW_AS(T) \
  for (uint32_t i = 0; i < count; i++) ((T *)out)[i] = (T)((T)base + (T)narrow_at(in, i, bytes))

static void unpack_narrow(const uint8_t *in, uint32_t size, uint32_t count, uint32_t bytes, uint128 base, void *out) {
  switch (size) {
    case 1:
      NARROW_AS(uint8_t);
      break;
    case 2:
      NARROW_AS(uint16_t);
      break;
    case 4:
      NARROW_AS(uint32_t);
      break;
    case 8:
      NARROW_AS(uint64_t);
      break;
    default:
      NARROW_AS(uint128);
      break;
  }
}

#define FILL_AS(T)                                              \
  do {                                                          \
    T value = (T)base;                                          \
    for (uint32_t i = 0; i < count; i++) ((T *)out)[i] = value; \
  } while (0)

static void fill_base(uint32_t size, uint32_t count, uint128 base, void *out) {
  switch (size) {
    case 1:
      FILL_AS(uint8_t);
      break;
    case 2:
      FILL_AS(uint16_t);
      break;
    case 4:
      FILL_AS(uint32_t);
      break;
    case 8:
      FILL_AS(uint64_t);
      break;
    default:
      FILL_AS(uint128);
      break;
  }
}

// All `count` values of a miniblock; `out` has room for the next multiple of 64.
static void unpack_block(const uint8_t *section, const PackEntry *entry, uint128 section_base, uint32_t size,
                         uint32_t count, void *out) {
  uint128 base = section_base + entry->base;
  const uint8_t *in = section + entry->at;
  if (!entry->width) {
    fill_base(size, count, base, out);
  } else if (entry->form == PACK_NARROW) {
    unpack_narrow(in, size, count, entry->width / 8, base, out);
  } else if (entry->form == PACK_LANES_32) {
    const uint32_t *words = (const uint32_t *)in;
    switch (size) {
      case 1:
        unpack_32_8(words, out, count, entry->width, (uint8_t)base);
        break;
      case 2:
        unpack_32_16(words, out, count, entry->width, (uint16_t)base);
        break;
      case 4:
        unpack_32_32(words, out, count, entry->width, (uint32_t)base);
        break;
      case 8:
        unpack_32_64(words, out, count, entry->width, (uint64_t)base);
        break;
      default:
        unpack_32_128(words, out, count, entry->width, base);
        break;
    }
  } else if (size == 8) {
    unpack_64_64((const uint64_t *)in, out, count, entry->width, (uint64_t)base);
  } else {
    unpack_64_128((const uint64_t *)in, out, count, entry->width, base);
  }
}

void pack_read(const uint8_t *section, uint32_t size, uint32_t from, uint32_t count, void *out, uint32_t room) {
  const PackEntry *entries = (const PackEntry *)(section + SECTION_HEAD_BYTES);
  uint128 base;
  memcpy(&base, section, sizeof base);
  ASSERT(count <= room);
  uint8_t *target = out;
  while (count) {
    uint32_t block = from / PACK_ROWS, offset = from % PACK_ROWS;
    uint32_t rows = MIN_OF(PACK_ROWS - offset, count);
    if (!offset && ((rows + 63) & ~63u) <= room) {
      unpack_block(section, &entries[block], base, size, rows, target);
    } else {
      _Alignas(16) uint8_t scratch[PACK_ROWS * 16];
      unpack_block(section, &entries[block], base, size, offset + rows, scratch);
      memcpy(target, scratch + (size_t)offset * size, (size_t)rows * size);
    }
    target += (size_t)rows * size;
    from += rows;
    count -= rows;
    room -= rows;
  }
}

bool pack_check(const uint8_t *section, size_t length, uint32_t size, uint32_t count) {
  uint32_t blocks = block_count_of(count);
  if (length < SECTION_HEAD_BYTES || (length - SECTION_HEAD_BYTES) / sizeof(PackEntry) < blocks) return false;
  const PackEntry *entries = (const PackEntry *)(section + SECTION_HEAD_BYTES);
  for (uint32_t block = 0; block < blocks; block++) {
    const PackEntry *entry = &entries[block];
    uint32_t rows = MIN_OF(count - block * PACK_ROWS, (uint32_t)PACK_ROWS);
    size_t bytes;
    if (!entry->width) continue;
    if (entry->at > length || entry->at % 16) return false;
    switch (entry->form) {
      case PACK_NARROW:
        if (entry->width % 8 || entry->width > 64) return false;
        bytes = (size_t)rows * (entry->width / 8);
        break;
      case PACK_LANES_32:
        if (entry->width > 32) return false;
        bytes = lane_bytes(rows, entry->width, PACK_LANES_32);
        break;
      case PACK_LANES_64:
        if (entry->width > 64 || size < 8) return false;
        bytes = lane_bytes(rows, entry->width, PACK_LANES_64);
        break;
      default:
        return false;
    }
    if (bytes > length - entry->at) return false;
  }
  return true;
}
