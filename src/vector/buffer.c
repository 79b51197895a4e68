// SPDX-License-Identifier: MIT
//
// buffer.c: reference-counted memory behind vectors. Header and bytes are one allocation.
#include "vector/vector.h"

#define BUFFER_HEADER_BYTES ((sizeof(Buffer) + 15) & ~(size_t)15)

Buffer *buffer_create(Memory *memory, size_t capacity_bytes) {
  if (capacity_bytes > SIZE_MAX - BUFFER_HEADER_BYTES) return NULL;
  Buffer *buffer = memory_allocate(memory, BUFFER_HEADER_BYTES + capacity_bytes);
  if (!buffer) return NULL;
  *buffer = (Buffer){
      .references = 1,
      .memory = memory,
      .data = (uint8_t *)buffer + BUFFER_HEADER_BYTES,
      .capacity_bytes = capacity_bytes,
  };
  return buffer;
}

void buffer_drop(Buffer *buffer) {
  if (!buffer) return;
  ASSERT(buffer->references > 0);
  if (--buffer->references) return;
  if (buffer->release) {
    buffer->release(buffer);
  } else {
    memory_free(buffer->memory, buffer, BUFFER_HEADER_BYTES + buffer->capacity_bytes);
  }
}
