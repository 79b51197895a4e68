// SPDX-License-Identifier: MIT
//
// image.c: columns into bytes: which codec suits a column, and writing it. Reading is image_read.c.
//
// Choice: all NULL or all alike: CONSTANT. Integers: PACKED, unless that saves less than a tenth (PLAIN is read without a copy).
// Doubles: DECIMAL when nearly all are short decimal fractions, else PLAIN. Strings: DICTIONARY when at most half of the rows differ and that
// saves bytes, else STRINGS.
#include "store/image.h"

#include "store/bit_pack.h"

#define DICTIONARY_MOST 65536  // distinct strings
#define DICTIONARY_SAMPLE 4096 // rows after which a column of mostly distinct strings is given up
#define DECIMAL_EXPONENT_MOST 9
#define DECIMAL_MAGNITUDE_MOST 4.5e15 // below 2^52: the product with 10^e is exact enough to be checked

const char *image_codec_name(uint8_t codec) {
  static const char *const names[CODEC_COUNT] = {"None",       "Constant", "Uncompressed", "BitPacking",
                                                 "Dictionary", "Strings",  "Lists",        "Decimal"};
  return codec < CODEC_COUNT ? names[codec] : "?";
}

static void pad_to_16(TextBuilder *out) { text_append_repeated(out, 0, -out->length & 15); }

static bool is_signed_physical(uint8_t physical) { return physical >= PHYSICAL_I8 && physical <= PHYSICAL_I128; }

static bool is_integer_physical(uint8_t physical) { return physical >= PHYSICAL_BOOL && physical <= PHYSICAL_U128; }

static uint32_t first_valid(const uint64_t *validity, uint32_t count) {
  return validity ? (uint32_t)bits_next(validity, 0, count, true) : 0;
}

// Whether all valid values are alike.
static bool all_alike(const Vector *vector, uint32_t count, uint32_t first) {
  uint32_t size = physical_size(vector->physical);
  const uint8_t *values = vector->data;
  if (vector->physical == PHYSICAL_STRING) {
    const StringView *views = vector->data;
    for (uint32_t i = first + 1; i < count; i++) {
      if (vector->validity && !bit_get(vector->validity, i)) continue;
      if (!string_equal(&views[first], &views[i])) return false;
    }
    return true;
  }
  for (uint32_t i = first + 1; i < count; i++) {
    if (vector->validity && !bit_get(vector->validity, i)) continue;
    if (memcmp(values + (size_t)first * size, values + (size_t)i * size, size) != 0) return false;
  }
  return true;
}

static void append_constant(TextBuilder *out, const Vector *vector, uint32_t row) {
  if (vector->physical == PHYSICAL_STRING) {
    const StringView *view = &((const StringView *)vector->data)[row];
    uint32_t length = view->length;
    text_append(out, (Str){(const char *)&length, sizeof length});
    text_append(out, string_str(view));
    return;
  }
  uint32_t size = physical_size(vector->physical);
  text_append(out, (Str){(const char *)vector->data + (size_t)row * size, size});
}

// ---------------------------------------------------------------------------------------------------------------------
// Strings
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Dictionary {
  Memory *memory;
  uint32_t *slots; // index + 1 of the entry; 0: empty
  uint32_t slot_mask;
  uint32_t *hashes; // [entry_capacity]
  uint32_t *rows;   // first row with the entry
  uint32_t entry_count;
  uint32_t entry_capacity;
  uint32_t *codes; // [row_count]
  uint64_t bytes;  // of the entries
} Dictionary;

static void dictionary_free(Dictionary *dictionary, uint32_t row_count) {
  Memory *memory = dictionary->memory;
  if (dictionary->slots) memory_free(memory, dictionary->slots, sizeof(uint32_t) * ((size_t)dictionary->slot_mask + 1));
  memory_free(memory, dictionary->hashes, sizeof(uint32_t) * dictionary->entry_capacity);
  memory_free(memory, dictionary->rows, sizeof(uint32_t) * dictionary->entry_capacity);
  memory_free(memory, dictionary->codes, sizeof(uint32_t) * row_count);
}

// False: no memory, and the dictionary is as it was.
static bool dictionary_grow(Dictionary *dictionary) {
  Memory *memory = dictionary->memory;
  uint32_t count = dictionary->entry_count;
  uint32_t capacity = dictionary->entry_capacity ? dictionary->entry_capacity * 2 : 256;
  Dictionary grown = *dictionary;
  grown.codes = NULL;
  grown.entry_capacity = capacity;
  grown.slot_mask = capacity * 2 - 1;
  grown.hashes = memory_allocate(memory, sizeof(uint32_t) * capacity);
  grown.rows = memory_allocate(memory, sizeof(uint32_t) * capacity);
  grown.slots = memory_allocate_zeroed(memory, sizeof(uint32_t) * capacity * 2);
  if (!grown.hashes || !grown.rows || !grown.slots) {
    dictionary_free(&grown, 0);
    return false;
  }
  if (count) {
    memcpy(grown.hashes, dictionary->hashes, sizeof(uint32_t) * count);
    memcpy(grown.rows, dictionary->rows, sizeof(uint32_t) * count);
  }
  for (uint32_t entry = 0; entry < count; entry++) {
    uint32_t slot = grown.hashes[entry] & grown.slot_mask;
    while (grown.slots[slot]) slot = (slot + 1) & grown.slot_mask;
    grown.slots[slot] = entry + 1;
  }
  uint32_t *codes = dictionary->codes;
  dictionary->codes = NULL;
  dictionary_free(dictionary, 0);
  *dictionary = grown;
  dictionary->codes = codes;
  return true;
}

// Codes of all rows. *worth false: too many distinct strings.
static Status dictionary_build(Dictionary *dictionary, const Vector *vector, uint32_t count, bool *worth,
                               Error *error) {
  const StringView *views = vector->data;
  *worth = false;
  dictionary->codes = memory_allocate(dictionary->memory, sizeof(uint32_t) * count);
  if (!dictionary->codes || !dictionary_grow(dictionary)) return error_no_memory(error);
  for (uint32_t i = 0; i < count; i++) {
    if (vector->validity && !bit_get(vector->validity, i)) {
      dictionary->codes[i] = UINT32_MAX;
      continue;
    }
    const StringView *view = &views[i];
    uint32_t hash =
        (uint32_t)(view->length <= STRING_INLINE_CAPACITY ? hash_u64(view->words[0] ^ hash_u64(view->words[1]))
                                                          : hash_bytes(view->pointer, view->length));
    uint32_t slot = hash & dictionary->slot_mask, entry;
    while ((entry = dictionary->slots[slot]) != 0 &&
           (dictionary->hashes[entry - 1] != hash || !string_equal(&views[dictionary->rows[entry - 1]], view))) {
      slot = (slot + 1) & dictionary->slot_mask;
    }
    if (!entry) {
      if (dictionary->entry_count >= count / 2 || dictionary->entry_count >= DICTIONARY_MOST) return OK;
      if (i == DICTIONARY_SAMPLE && dictionary->entry_count > DICTIONARY_SAMPLE * 3 / 4) return OK;
      if (dictionary->entry_count == dictionary->entry_capacity) {
        if (!dictionary_grow(dictionary)) return error_no_memory(error);
        slot = hash & dictionary->slot_mask;
        while (dictionary->slots[slot]) slot = (slot + 1) & dictionary->slot_mask;
      }
      entry = ++dictionary->entry_count;
      dictionary->slots[slot] = entry;
      dictionary->hashes[entry - 1] = hash;
      dictionary->rows[entry - 1] = i;
      dictionary->bytes += view->length;
    }
    dictionary->codes[i] = entry - 1;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (dictionary->codes[i] == UINT32_MAX) dictionary->codes[i] = dictionary->entry_count;
  }
  *worth = true;
  return OK;
}

static void append_dictionary(TextBuilder *out, size_t start, ImageHeader *header, const Dictionary *dictionary,
                              const Vector *vector, uint32_t count) {
  const StringView *views = vector->data;
  header->codec = CODEC_DICTIONARY;
  header->data_at = out->length - start;
  (void)pack_append(out, dictionary->codes, sizeof(uint32_t), false, NULL, count);
  pad_to_16(out);
  header->extra_at = out->length - start;
  header->extra = dictionary->entry_count;
  for (uint32_t entry = 0; entry < dictionary->entry_count; entry++) {
    uint32_t length = views[dictionary->rows[entry]].length;
    text_append(out, (Str){(const char *)&length, sizeof length});
  }
  for (uint32_t entry = 0; entry < dictionary->entry_count; entry++) {
    text_append(out, string_str(&views[dictionary->rows[entry]]));
  }
}

static Status append_plain_strings(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector,
                                   uint32_t count, Memory *memory, Error *error) {
  const StringView *views = vector->data;
  uint32_t *lengths = memory_allocate(memory, sizeof(uint32_t) * MAX_OF(count, 1u));
  if (!lengths) return error_no_memory(error);
  for (uint32_t i = 0; i < count; i++) {
    lengths[i] = vector->validity && !bit_get(vector->validity, i) ? 0 : views[i].length;
  }
  header->codec = CODEC_STRINGS;
  header->data_at = out->length - start;
  (void)pack_append(out, lengths, sizeof(uint32_t), false, NULL, count);
  pad_to_16(out);
  header->extra_at = out->length - start;
  uint64_t position = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (i % PACK_ROWS == 0) text_append(out, (Str){(const char *)&position, sizeof position});
    position += lengths[i];
  }
  for (uint32_t i = 0; i < count; i++) {
    if (lengths[i]) text_append(out, string_str(&views[i]));
  }
  memory_free(memory, lengths, sizeof(uint32_t) * MAX_OF(count, 1u));
  return OK;
}

static Status append_strings(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector, uint32_t count,
                             Memory *memory, Error *error) {
  Dictionary dictionary = {.memory = memory};
  bool worth = false;
  Status status = count >= 16 ? dictionary_build(&dictionary, vector, count, &worth, error) : OK;
  if (status == OK) {
    if (worth) {
      append_dictionary(out, start, header, &dictionary, vector, count);
    } else {
      status = append_plain_strings(out, start, header, vector, count, memory, error);
    }
  }
  dictionary_free(&dictionary, count);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Doubles
// ---------------------------------------------------------------------------------------------------------------------

// The integer i with double(i) / 10^e == value bit for bit; false: none.
static bool decimal_of(double value, double power, int64_t *integer) {
  double scaled = value * power;
  if (!(scaled > -DECIMAL_MAGNITUDE_MOST && scaled < DECIMAL_MAGNITUDE_MOST)) return false;
  int64_t rounded = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  double back = (double)rounded / power;
  *integer = rounded;
  return memcmp(&back, &value, sizeof back) == 0;
}

// The exponent that fits most of a sample; false: none fits nearly all.
static bool choose_exponent(const Vector *vector, uint32_t count, uint32_t *exponent) {
  const double *values = vector->data;
  uint32_t step = MAX_OF(count / 256, 1u);
  for (uint32_t e = 0; e <= DECIMAL_EXPONENT_MOST; e++) {
    double power = power_of_ten_f64((int)e);
    uint32_t fits = 0, tried = 0;
    int64_t integer;
    for (uint32_t i = 0; i < count; i += step) {
      if (vector->validity && !bit_get(vector->validity, i)) continue;
      tried++;
      fits += decimal_of(values[i], power, &integer);
    }
    if (tried && fits * 20 >= tried * 19) {
      *exponent = e;
      return true;
    }
  }
  return false;
}

// *done false: not worth it, nothing appended.
static Status append_decimals(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector, uint32_t count,
                              Memory *memory, bool *done, Error *error) {
  const double *values = vector->data;
  uint32_t exponent;
  *done = false;
  if (!choose_exponent(vector, count, &exponent)) return OK;
  double power = power_of_ten_f64((int)exponent);
  int64_t *integers = memory_allocate(memory, sizeof(int64_t) * count);
  if (!integers) return error_no_memory(error);
  uint32_t exception_count = 0;
  int64_t last = 0;
  for (uint32_t i = 0; i < count; i++) {
    bool valid = !vector->validity || bit_get(vector->validity, i);
    if (valid && decimal_of(values[i], power, &integers[i])) {
      last = integers[i];
    } else {
      integers[i] = last;
      exception_count += valid;
    }
  }
  if (exception_count <= count / 16) {
    *done = true;
    header->codec = CODEC_DECIMAL;
    header->data_at = out->length - start;
    (void)pack_append(out, integers, sizeof(int64_t), true, vector->validity, count);
    pad_to_16(out);
    header->extra_at = out->length - start;
    uint32_t head[2] = {exponent, exception_count};
    text_append(out, (Str){(const char *)head, sizeof head});
    for (uint32_t i = 0; exception_count && i < count; i++) {
      int64_t integer;
      if ((vector->validity && !bit_get(vector->validity, i)) || decimal_of(values[i], power, &integer)) continue;
      uint32_t row[2] = {i, 0};
      text_append(out, (Str){(const char *)row, sizeof row});
      text_append(out, (Str){(const char *)&values[i], sizeof values[i]});
    }
  }
  memory_free(memory, integers, sizeof(int64_t) * count);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Fixed sizes, lists, the whole
// ---------------------------------------------------------------------------------------------------------------------

static void append_plain(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector, uint32_t count) {
  header->codec = CODEC_PLAIN;
  header->data_at = out->length - start;
  text_append(out, (Str){vector->data, (size_t)count * physical_size(vector->physical)});
}

static void append_integers(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector, uint32_t count) {
  uint32_t size = physical_size(vector->physical);
  header->codec = CODEC_PACKED;
  header->data_at = out->length - start;
  bool fits = pack_append(out, vector->data, size, is_signed_physical(vector->physical), vector->validity, count);
  if (fits && (out->length - start - header->data_at) * 10 < (size_t)count * size * 9) return;
  if (count < 64 && fits) return;
  if (!out->failed) out->length = start + header->data_at;
  append_plain(out, start, header, vector, count);
}

static Status append_list_lengths(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector,
                                  uint32_t count, Memory *memory, uint64_t *child_rows, Error *error) {
  const ListEntry *entries = vector->data;
  uint32_t *lengths = memory_allocate(memory, sizeof(uint32_t) * MAX_OF(count, 1u));
  if (!lengths) return error_no_memory(error);
  for (uint32_t i = 0; i < count; i++) {
    lengths[i] = vector->validity && !bit_get(vector->validity, i) ? 0 : entries[i].length;
  }
  header->codec = CODEC_LISTS;
  header->data_at = out->length - start;
  (void)pack_append(out, lengths, sizeof(uint32_t), false, NULL, count);
  pad_to_16(out);
  header->extra_at = out->length - start;
  uint64_t position = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (i % PACK_ROWS == 0) {
      uint32_t first = (uint32_t)position;
      text_append(out, (Str){(const char *)&first, sizeof first});
    }
    position += lengths[i];
  }
  memory_free(memory, lengths, sizeof(uint32_t) * MAX_OF(count, 1u));
  *child_rows = position;
  return position <= UINT32_MAX ? OK : error_set(error, ERROR_OUT_OF_RANGE, -1, "Lists of one column are too long");
}

// The elements of all valid lists, one after the other (lists of a vector may lie anywhere, or share elements).
static Status append_list_child(TextBuilder *out, const Vector *vector, uint32_t count, uint32_t child_rows, bool quick,
                                Memory *memory, Error *error) {
  const ListEntry *entries = vector->data;
  const Vector *child = &vector->children[0];
  Vector dense;
  TRY(vector_init(&dense, memory, child->type, child_rows, error));
  Status status = OK;
  uint32_t at = 0;
  for (uint32_t i = 0; i < count && status == OK; i++) {
    if ((vector->validity && !bit_get(vector->validity, i)) || !entries[i].length) continue;
    // Neighbours that follow one another are taken as one run.
    uint32_t from = entries[i].offset, rows = entries[i].length;
    while (i + 1 < count && (!vector->validity || bit_get(vector->validity, i + 1)) &&
           entries[i + 1].offset == from + rows) {
      rows += entries[++i].length;
    }
    status = vector_gather_shallow(&dense, at, child, from, rows, error);
    at += rows;
  }
  if (status == OK) status = image_append(out, &dense, child_rows, quick, memory, error);
  vector_free(&dense);
  return status;
}

static Status append_children(TextBuilder *out, size_t start, ImageHeader *header, const Vector *vector, uint32_t count,
                              uint64_t list_rows, bool quick, Memory *memory, Error *error) {
  pad_to_16(out);
  header->child_count = vector->child_count;
  header->children_at = out->length - start;
  size_t table = out->length;
  text_append_repeated(out, 0, sizeof(uint64_t) * vector->child_count);
  pad_to_16(out);
  for (uint32_t i = 0; i < vector->child_count; i++) {
    uint64_t at = out->length - start;
    if (vector->physical == PHYSICAL_LIST) {
      TRY(append_list_child(out, vector, count, (uint32_t)list_rows, quick, memory, error));
    } else {
      uint64_t rows = vector->type.id == TYPE_ARRAY ? (uint64_t)count * vector->type.array_size : count;
      if (rows > UINT32_MAX) return error_set(error, ERROR_OUT_OF_RANGE, -1, "Arrays of one column are too long");
      TRY(image_append(out, &vector->children[i], (uint32_t)rows, quick, memory, error));
    }
    if (out->failed) return error_no_memory(error);
    memcpy(out->data + table + i * sizeof at, &at, sizeof at);
  }
  return OK;
}

static Status append_flat(TextBuilder *out, const Vector *vector, uint32_t count, bool quick, Memory *memory,
                          Error *error) {
  ImageHeader header = {.physical = vector->physical, .row_count = count};
  pad_to_16(out);
  size_t start = out->length;
  text_append(out, (Str){(const char *)&header, sizeof header});
  uint32_t valid_count = vector->validity ? (uint32_t)bits_count(vector->validity, count) : count;
  header.null_count = count - valid_count;
  header.validity = valid_count == count ? VALIDITY_NONE : valid_count ? VALIDITY_BITMAP : VALIDITY_ALL_NULL;
  Status status = OK;
  uint64_t list_rows = 0;
  Vector source = *vector; // without the bitmap when there are no NULLs
  if (header.validity == VALIDITY_NONE) source.validity = NULL;
  if (header.validity != VALIDITY_ALL_NULL) {
    uint32_t first = first_valid(source.validity, count);
    uint8_t physical = source.physical;
    if (physical == PHYSICAL_NONE) {
      header.codec = CODEC_NONE;
    } else if (physical == PHYSICAL_LIST) {
      status = append_list_lengths(out, start, &header, &source, count, memory, &list_rows, error);
    } else if (count && all_alike(&source, count, first)) {
      header.codec = CODEC_CONSTANT;
      header.data_at = out->length - start;
      append_constant(out, &source, first);
    } else if (physical == PHYSICAL_STRING) {
      status = quick ? append_plain_strings(out, start, &header, &source, count, memory, error)
                     : append_strings(out, start, &header, &source, count, memory, error);
    } else if (is_integer_physical(physical)) {
      append_integers(out, start, &header, &source, count);
    } else {
      bool done = false;
      if (physical == PHYSICAL_F64 && !quick && count >= 64) {
        status = append_decimals(out, start, &header, &source, count, memory, &done, error);
      }
      if (!done) append_plain(out, start, &header, &source, count);
    }
  }
  if (status == OK && source.child_count) {
    status = append_children(out, start, &header, &source, count, list_rows, quick, memory, error);
  }
  if (status != OK) return status;
  if (header.validity == VALIDITY_BITMAP && header.codec != CODEC_DICTIONARY) {
    pad_to_16(out);
    header.validity_at = out->length - start;
    text_append(out, (Str){(const char *)source.validity, BITS_WORDS(count) * sizeof(uint64_t)});
  }
  pad_to_16(out);
  if (out->failed) return error_no_memory(error);
  header.total_bytes = out->length - start;
  memcpy(out->data + start, &header, sizeof header);
  return OK;
}

Status image_append(TextBuilder *out, const Vector *vector, uint32_t count, bool quick, Memory *memory, Error *error) {
  if (vector->form == VECTOR_FLAT) return append_flat(out, vector, count, quick, memory, error);
  Vector flat;
  TRY(vector_init(&flat, memory, vector->type, MAX_OF(count, 1u), error));
  Status status = vector_gather_shallow(&flat, 0, vector, 0, count, error);
  if (status == OK) status = append_flat(out, &flat, count, quick, memory, error);
  vector_free(&flat);
  return status;
}

// ---------------------------------------------------------------------------------------------------------------------
// Shallow concatenation
// ---------------------------------------------------------------------------------------------------------------------

static Status gather_validity(Vector *dst, uint32_t dst_at, const VectorView *view, uint32_t from, uint32_t count,
                              Error *error) {
  if (!view->validity) return OK;
  for (uint32_t i = 0; i < count; i++) {
    if (bit_get(view->validity, view_row(view, from + i))) continue;
    TRY(vector_need_validity(dst, error));
    bit_clear(dst->validity, dst_at + i);
  }
  return OK;
}

// dst is a flat vector with room for dst_at + count rows (LIST children grow).
Status vector_gather_shallow(Vector *dst, uint32_t dst_at, const Vector *src, uint32_t from, uint32_t count,
                             Error *error) {
  VectorView view;
  uint32_t size = physical_size(src->physical);
  // Nested values have rows elsewhere that must move along: the general copy does that.
  if (src->child_count || src->physical == PHYSICAL_NONE || src->physical == PHYSICAL_LIST || dst->child_count) {
    return vector_copy(dst, dst_at, src, NULL, from, count, error);
  }
  vector_view(src, &view);
  uint8_t *target = (uint8_t *)dst->data + (size_t)dst_at * size;
  const uint8_t *values = view.data;
  if (!view.selection && view.mask) {
    memcpy(target, values + (size_t)from * size, (size_t)count * size);
  } else {
    bool valid = !view.validity || view.mask || view.selection || bit_get(view.validity, 0);
    for (uint32_t i = 0; valid && i < count; i++) {
      memcpy(target + (size_t)i * size, values + (size_t)view_row(&view, from + i) * size, size);
    }
    if (!valid) memset(target, 0, (size_t)count * size);
  }
  return gather_validity(dst, dst_at, &view, from, count, error);
}
