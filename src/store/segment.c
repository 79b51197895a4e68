// SPDX-License-Identifier: MIT
//
// segment.c: compressed columns of some rows (segments) and runs of rows made of them (blocks).
#include "store/tree.h"

void segment_drop(Segment *segment) {
  if (!segment || --segment->references) return;
  piece_release(segment->pages, &segment->ref);
  buffer_drop_later(segment->image);
  memory_free(segment->pages->memory, segment, sizeof *segment);
}

static Status place_image(Segment *segment, const TextBuilder *image, bool to_disk, Error *error) {
  if (to_disk) return piece_write(segment->pages, image->data, image->length, &segment->ref, error);
  segment->image = buffer_create(segment->pages->memory, image->length);
  if (!segment->image) return error_no_memory(error);
  memcpy(segment->image->data, image->data, image->length);
  return OK;
}

Status segment_create(Pages *pages, const TextBuilder *image, uint32_t row_count, bool to_disk, Segment **out,
                      Error *error) {
  Segment *segment = memory_allocate_zeroed(pages->memory, sizeof *segment);
  if (!segment) return error_no_memory(error);
  segment->references = 1;
  segment->row_count = row_count;
  segment->pages = pages;
  segment->bytes = image->length;
  segment->codec = ((const ImageHeader *)image->data)->codec;
  Status status = place_image(segment, image, to_disk, error);
  if (status != OK) {
    segment_drop(segment);
    return status;
  }
  *out = segment;
  return OK;
}

Status segment_open(Segment *segment, Type type, PieceOwner owner, ImageReader *reader, Error *error) {
  if (segment->image) {
    return image_reader_open(reader, segment->pages->memory, type, segment->image->data, segment->image->capacity_bytes,
                             segment->image, error);
  }
  Buffer *buffer;
  const uint8_t *bytes;
  TRY(piece_read(segment->pages, &segment->ref, owner, &buffer, &bytes, error));
  Status status =
      image_reader_open(reader, segment->pages->memory, type, bytes, (size_t)segment->ref.length, buffer, error);
  buffer_drop(buffer); // the reader holds its own
  if (status == OK && reader->header->row_count != segment->row_count) {
    image_reader_close(reader);
    status = error_set(error, ERROR_CORRUPT, -1, "Column data is damaged");
  }
  return status;
}

static size_t block_size(uint32_t column_count) { return sizeof(Block) + sizeof(BlockColumn) * column_count; }

Block *block_create(Memory *memory, uint32_t row_count, uint32_t column_count) {
  Block *block = memory_allocate_zeroed(memory, block_size(column_count));
  if (!block) return NULL;
  block->references = 1;
  block->row_count = row_count;
  block->column_count = block->column_capacity = column_count;
  block->memory = memory;
  return block;
}

void block_drop(Block *block) {
  if (!block || --block->references) return;
  for (uint32_t i = 0; i < block->column_count; i++) segment_drop(block->columns[i].segment);
  memory_free(block->memory, block, block_size(block->column_capacity));
}

Segment *block_find(const Block *block, uint32_t column_id) {
  for (uint32_t i = 0; i < block->column_count; i++) {
    if (block->columns[i].column_id == column_id) return block->columns[i].segment;
  }
  return NULL;
}
