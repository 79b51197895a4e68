// SPDX-License-Identifier: MIT
//
// image_read.c: bytes back into vectors, up to 2,048 rows at a time. Reading copies as little as it can: plain values and strings
// point into the image, constants stay constants, dictionaries become dictionary vectors.
#include "store/bit_pack.h"
#include "store/image.h"

static Status damaged(Error *error) { return error_set(error, ERROR_CORRUPT, -1, "Column data is damaged"); }

static bool section_fits(const ImageHeader *header, uint64_t at, uint64_t bytes) {
  return at % 16 == 0 && at >= sizeof *header && at <= header->total_bytes && bytes <= header->total_bytes - at;
}

static uint32_t blocks_of(uint32_t rows) { return (rows + PACK_ROWS - 1) / PACK_ROWS; }

// ---------------------------------------------------------------------------------------------------------------------
// Opening
// ---------------------------------------------------------------------------------------------------------------------

static bool packed_fits(const uint8_t *bytes, const ImageHeader *header, uint32_t size) {
  return section_fits(header, header->data_at, 16) &&
         pack_check(bytes + header->data_at, (size_t)(header->total_bytes - header->data_at), size, header->row_count);
}

static bool sections_fit(const uint8_t *bytes, const ImageHeader *header, uint8_t physical) {
  uint32_t size = physical_size(physical), rows = header->row_count;
  if (header->validity > VALIDITY_BITMAP) return false;
  if (header->validity == VALIDITY_ALL_NULL) return true;
  if (header->validity == VALIDITY_BITMAP && header->codec != CODEC_DICTIONARY &&
      !section_fits(header, header->validity_at, BITS_WORDS(rows) * sizeof(uint64_t))) {
    return false;
  }
  switch (header->codec) {
    case CODEC_NONE:
      return physical == PHYSICAL_NONE;
    case CODEC_CONSTANT: {
      if (physical != PHYSICAL_STRING) return size && section_fits(header, header->data_at, size);
      uint32_t length;
      if (!section_fits(header, header->data_at, sizeof length)) return false;
      memcpy(&length, bytes + header->data_at, sizeof length);
      return section_fits(header, header->data_at, sizeof length + (uint64_t)length);
    }
    case CODEC_PLAIN:
      return size && physical != PHYSICAL_STRING && physical != PHYSICAL_LIST &&
             section_fits(header, header->data_at, (uint64_t)size * rows);
    case CODEC_PACKED:
      return size && physical <= PHYSICAL_U128 && packed_fits(bytes, header, size);
    case CODEC_DICTIONARY:
      return physical == PHYSICAL_STRING && packed_fits(bytes, header, sizeof(uint32_t)) &&
             section_fits(header, header->extra_at, (uint64_t)header->extra * sizeof(uint32_t));
    case CODEC_STRINGS:
      return physical == PHYSICAL_STRING && packed_fits(bytes, header, sizeof(uint32_t)) &&
             section_fits(header, header->extra_at, (uint64_t)blocks_of(rows) * sizeof(uint64_t));
    case CODEC_LISTS:
      return physical == PHYSICAL_LIST && header->child_count == 1 && packed_fits(bytes, header, sizeof(uint32_t)) &&
             section_fits(header, header->extra_at, (uint64_t)blocks_of(rows) * sizeof(uint32_t));
    case CODEC_DECIMAL: {
      uint32_t head[2];
      if (physical != PHYSICAL_F64 || !packed_fits(bytes, header, sizeof(int64_t)) ||
          !section_fits(header, header->extra_at, sizeof head)) {
        return false;
      }
      memcpy(head, bytes + header->extra_at, sizeof head);
      return head[0] <= 18 && section_fits(header, header->extra_at, sizeof head + (uint64_t)head[1] * 16);
    }
    default:
      return false;
  }
}

static Status open_children(ImageReader *reader, Error *error) {
  const ImageHeader *header = reader->header;
  if (!header->child_count) return OK;
  if (!section_fits(header, header->children_at, (uint64_t)header->child_count * sizeof(uint64_t)))
    return damaged(error);
  // The children's types are those of a vector of this type.
  Vector shape;
  TRY(vector_init(&shape, reader->memory, reader->type, 0, error));
  Status status = shape.child_count == header->child_count ? OK : damaged(error);
  if (status == OK) {
    reader->children = memory_allocate_zeroed(reader->memory, sizeof(ImageReader) * header->child_count);
    if (!reader->children) status = error_no_memory(error);
  }
  for (uint32_t i = 0; i < header->child_count && status == OK; i++) {
    uint64_t at;
    reader->child_count = i + 1;
    memcpy(&at, reader->bytes + header->children_at + i * sizeof at, sizeof at);
    if (!section_fits(header, at, sizeof(ImageHeader))) {
      status = damaged(error);
    } else {
      status = image_reader_open(&reader->children[i], reader->memory, shape.children[i].type, reader->bytes + at,
                                 (size_t)(header->total_bytes - at), reader->owner, error);
    }
  }
  if (status != OK && reader->children) {
    for (uint32_t i = 0; i < reader->child_count; i++) image_reader_close(&reader->children[i]);
    memory_free(reader->memory, reader->children, sizeof(ImageReader) * header->child_count);
    reader->children = NULL;
    reader->child_count = 0;
  }
  vector_free(&shape);
  return status;
}

Status image_reader_open(ImageReader *reader, Memory *memory, Type type, const uint8_t *bytes, size_t length,
                         Buffer *owner, Error *error) {
  *reader = (ImageReader){.bytes = bytes, .header = (const ImageHeader *)bytes, .type = type, .memory = memory};
  const ImageHeader *header = reader->header;
  uint8_t physical = (uint8_t)type_physical(type);
  if (length < sizeof *header || header->total_bytes > length || header->physical != physical ||
      header->codec >= CODEC_COUNT || !sections_fit(bytes, header, physical)) {
    *reader = (ImageReader){0};
    return damaged(error);
  }
  reader->owner = owner;
  Status status = open_children(reader, error);
  if (status != OK) {
    *reader = (ImageReader){0};
    return status;
  }
  if (owner) buffer_keep(owner);
  return OK;
}

void image_reader_close(ImageReader *reader) {
  if (!reader->header) return;
  if (reader->has_dictionary) vector_free(&reader->dictionary);
  for (uint32_t i = 0; i < reader->child_count; i++) image_reader_close(&reader->children[i]);
  if (reader->children) memory_free(reader->memory, reader->children, sizeof(ImageReader) * reader->child_count);
  buffer_drop(reader->owner);
  *reader = (ImageReader){0};
}

// ---------------------------------------------------------------------------------------------------------------------
// Validity
// ---------------------------------------------------------------------------------------------------------------------

static Status read_validity(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  if (reader->header->validity != VALIDITY_BITMAP || reader->header->codec == CODEC_DICTIONARY) return OK;
  const uint64_t *bits = (const uint64_t *)(reader->bytes + reader->header->validity_at);
  if (bits_next(bits, from, from + count, false) >= from + count) return OK;
  TRY(vector_need_validity(out, error));
  if (from % 64 == 0) {
    memcpy(out->validity, bits + from / 64, BITS_WORDS(count) * sizeof(uint64_t));
    return OK;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!bit_get(bits, from + i)) bit_clear(out->validity, i);
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Strings
// ---------------------------------------------------------------------------------------------------------------------

// Views of `count` strings that follow one another from `text`. False: they reach beyond `end`.
HOT static bool make_views(const uint32_t *lengths, uint32_t count, const char *text, const char *end,
                           StringView *views) {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t length = lengths[i];
    if (length > (size_t)(end - text)) return false;
    StringView *view = &views[i];
    if (length <= STRING_INLINE_CAPACITY) {
      view->words[0] = view->words[1] = 0;
      view->length = length;
      if (end - text >= 16) {
        // Whole words, cut to the length: cheaper than a copy of unknown length.
        uint64_t low, high;
        memcpy(&low, text, sizeof low);
        memcpy(&high, text + 4, sizeof high);
        uint64_t low_mask = length >= 4 ? UINT32_MAX : (UINT64_C(1) << length * 8) - 1;
        uint64_t high_mask = length >= 12 ? UINT64_MAX : length > 4 ? (UINT64_C(1) << (length - 4) * 8) - 1 : 0;
        view->words[0] |= (low & low_mask) << 32;
        view->words[1] = high & high_mask;
      } else if (length) {
        memcpy(view->inlined, text, length);
      }
    } else {
      view->words[0] = view->words[1] = 0;
      view->length = length;
      memcpy(view->prefix, text, 4);
      view->pointer = text;
    }
    text += length;
  }
  return true;
}

static Status keep_owner(ImageReader *reader, Vector *out, Error *error) {
  if (reader->owner) return vector_keep_buffer(out, reader->owner, error);
  out->borrows = true;
  return OK;
}

static Status read_plain_strings(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  const ImageHeader *header = reader->header;
  const uint8_t *starts = reader->bytes + header->extra_at;
  const char *text = (const char *)starts + blocks_of(header->row_count) * sizeof(uint64_t);
  const char *end = (const char *)reader->bytes + header->total_bytes;
  StringView *views = out->data;
  while (count) {
    uint32_t lengths[PACK_ROWS];
    uint32_t offset = from % PACK_ROWS, rows = MIN_OF(PACK_ROWS - offset, count);
    uint64_t start;
    memcpy(&start, starts + from / PACK_ROWS * sizeof start, sizeof start);
    pack_read(reader->bytes + header->data_at, sizeof(uint32_t), from - offset, offset + rows, lengths, PACK_ROWS);
    for (uint32_t i = 0; i < offset; i++) start += lengths[i];
    if (start > (uint64_t)(end - text) || !make_views(lengths + offset, rows, text + start, end, views))
      return damaged(error);
    views += rows;
    from += rows;
    count -= rows;
  }
  return keep_owner(reader, out, error);
}

static Status make_dictionary(ImageReader *reader, Error *error) {
  const ImageHeader *header = reader->header;
  uint32_t entries = header->extra;
  const uint32_t *lengths = (const uint32_t *)(reader->bytes + header->extra_at);
  const char *text = (const char *)(lengths + entries), *end = (const char *)reader->bytes + header->total_bytes;
  TRY(vector_init(&reader->dictionary, reader->memory, reader->type, entries + 1, error));
  reader->has_dictionary = true;
  StringView *views = reader->dictionary.data;
  if (!make_views(lengths, entries, text, end, views)) return damaged(error);
  views[entries] = (StringView){.words = {0, 0}};
  if (header->validity == VALIDITY_BITMAP) TRY(vector_set_null(&reader->dictionary, entries, error));
  return keep_owner(reader, &reader->dictionary, error);
}

static Status read_dictionary(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  if (!reader->has_dictionary) {
    Status status = make_dictionary(reader, error);
    if (status != OK) {
      if (reader->has_dictionary) vector_free(&reader->dictionary);
      reader->has_dictionary = false;
      return status;
    }
  }
  size_t bytes = sizeof(uint32_t) * ((MAX_OF(count, (uint32_t)VECTOR_CAPACITY) + 63) & ~(size_t)63);
  Buffer *buffer = out->selection_buffer;
  if (!buffer || buffer->references > 1 || buffer->capacity_bytes < bytes) {
    buffer = buffer_create(reader->memory, bytes);
    if (!buffer) return error_no_memory(error);
    buffer_drop(out->selection_buffer);
    out->selection_buffer = buffer;
  }
  uint32_t *codes = (uint32_t *)buffer->data;
  pack_read(reader->bytes + reader->header->data_at, sizeof(uint32_t), from, count, codes,
            (uint32_t)(bytes / sizeof *codes));
  uint32_t most = 0;
  for (uint32_t i = 0; i < count; i++) most = MAX_OF(most, codes[i]);
  if (most > reader->header->extra) return damaged(error);
  out->form = VECTOR_DICTIONARY;
  out->dictionary = &reader->dictionary;
  out->selection = codes;
  out->validity = NULL;
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Fixed sizes
// ---------------------------------------------------------------------------------------------------------------------

static Status read_constant(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  const uint8_t *bytes = reader->bytes + reader->header->data_at;
  uint32_t size = physical_size(out->physical);
  if (out->physical == PHYSICAL_STRING) {
    uint32_t length;
    memcpy(&length, bytes, sizeof length);
    *(StringView *)out->data = string_view((const char *)bytes + sizeof length, length);
    TRY(keep_owner(reader, out, error));
  } else {
    memcpy(out->data, bytes, size);
  }
  TRY(read_validity(reader, from, count, out, error));
  if (!out->validity) {
    vector_set_constant(out);
    return OK;
  }
  uint8_t *values = out->data;
  for (uint32_t i = 1; i < count; i++) memcpy(values + (size_t)i * size, values, size);
  return OK;
}

static Status read_plain(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  uint32_t size = physical_size(out->physical);
  const uint8_t *values = reader->bytes + reader->header->data_at + (size_t)from * size;
  if (reader->owner && (uintptr_t)values % 16 == 0) {
    out->data = (void *)values;
    return keep_owner(reader, out, error);
  }
  memcpy(out->data, values, (size_t)count * size);
  return OK;
}

HOT static Status read_decimals(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  const ImageHeader *header = reader->header;
  const uint8_t *extra = reader->bytes + header->extra_at;
  uint32_t head[2];
  memcpy(head, extra, sizeof head);
  double power = power_of_ten_f64((int)head[0]);
  double *values = out->data;
  for (uint32_t done = 0; done < count;) {
    int64_t integers[PACK_ROWS];
    uint32_t at = from + done, rows = MIN_OF(PACK_ROWS - at % PACK_ROWS, count - done);
    pack_read(reader->bytes + header->data_at, sizeof(int64_t), at, rows, integers, PACK_ROWS);
    for (uint32_t i = 0; i < rows; i++) values[done + i] = (double)integers[i] / power;
    done += rows;
  }
  // The exceptions are in row order.
  const uint8_t *exceptions = extra + sizeof head;
  uint32_t low = 0, high = head[1], row;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    memcpy(&row, exceptions + (size_t)middle * 16, sizeof row);
    if (row < from)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < head[1]; low++) {
    memcpy(&row, exceptions + (size_t)low * 16, sizeof row);
    if (row >= from + count) break;
    if (row < from) return damaged(error);
    memcpy(&values[row - from], exceptions + (size_t)low * 16 + 8, sizeof(double));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// Nested types
// ---------------------------------------------------------------------------------------------------------------------

static Status read_lists(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  const ImageHeader *header = reader->header;
  const uint8_t *starts = reader->bytes + header->extra_at;
  ListEntry *entries = out->data;
  uint64_t first_child = 0, child_rows = 0;
  for (uint32_t done = 0; done < count;) {
    uint32_t lengths[PACK_ROWS];
    uint32_t at = from + done, offset = at % PACK_ROWS, rows = MIN_OF(PACK_ROWS - offset, count - done);
    pack_read(reader->bytes + header->data_at, sizeof(uint32_t), at - offset, offset + rows, lengths, PACK_ROWS);
    if (!done) {
      uint32_t start;
      memcpy(&start, starts + at / PACK_ROWS * sizeof start, sizeof start);
      first_child = start;
      for (uint32_t i = 0; i < offset; i++) first_child += lengths[i];
    }
    for (uint32_t i = 0; i < rows; i++) {
      entries[done + i] = (ListEntry){(uint32_t)child_rows, lengths[offset + i]};
      child_rows += lengths[offset + i];
    }
    done += rows;
  }
  ImageReader *child = &reader->children[0];
  if (first_child + child_rows > child->header->row_count) return damaged(error);
  Vector *elements = &out->children[0];
  if (elements->capacity < child_rows) TRY(vector_reserve(elements, (uint32_t)child_rows, error));
  TRY(image_read(child, (uint32_t)first_child, (uint32_t)child_rows, elements, error));
  TRY(vector_flatten(elements, (uint32_t)child_rows, error));
  out->child_rows = (uint32_t)child_rows;
  return OK;
}

// Children of flat vectors are flat.
static Status read_fields(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  uint32_t factor = out->type.id == TYPE_ARRAY ? out->type.array_size : 1;
  if (out->child_count != reader->child_count) return damaged(error);
  for (uint32_t i = 0; i < reader->child_count; i++) {
    if (reader->children[i].header->row_count != (uint64_t)reader->header->row_count * factor) return damaged(error);
    TRY(image_read(&reader->children[i], from * factor, count * factor, &out->children[i], error));
    TRY(vector_flatten(&out->children[i], count * factor, error));
  }
  return OK;
}

Status image_read(ImageReader *reader, uint32_t from, uint32_t count, Vector *out, Error *error) {
  const ImageHeader *header = reader->header;
  ASSERT(from + count <= header->row_count);
  if (header->validity == VALIDITY_ALL_NULL) {
    vector_set_null_constant(out);
    return OK;
  }
  switch (header->codec) {
    case CODEC_CONSTANT:
      return read_constant(reader, from, count, out, error);
    case CODEC_DICTIONARY:
      return read_dictionary(reader, from, count, out, error);
    case CODEC_PLAIN:
      TRY(read_plain(reader, from, count, out, error));
      break;
    case CODEC_PACKED:
      pack_read(reader->bytes + header->data_at, physical_size(out->physical), from, count, out->data, out->capacity);
      break;
    case CODEC_STRINGS:
      TRY(read_plain_strings(reader, from, count, out, error));
      break;
    case CODEC_DECIMAL:
      TRY(read_decimals(reader, from, count, out, error));
      break;
    case CODEC_LISTS:
      TRY(read_lists(reader, from, count, out, error));
      break;
    default:
      TRY(read_fields(reader, from, count, out, error));
      break;
  }
  return read_validity(reader, from, count, out, error);
}
