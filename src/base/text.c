// SPDX-License-Identifier: MIT
//
// text.c: text that grows in accounted memory. After a failed growth the builder stays as it was, remembers the
// failure, and ignores what is appended until it is cleared.
#include "base/base.h"

#define SMALLEST_CAPACITY 64

void text_init(TextBuilder *text, Memory *memory) { *text = (TextBuilder){.memory = memory}; }

void text_free(TextBuilder *text) {
  memory_free(text->memory, text->data, text->capacity);
  *text = (TextBuilder){.memory = text->memory};
}

void text_clear(TextBuilder *text) {
  text->length = 0;
  text->failed = false;
}

// Room for `more` bytes at the end, or NULL.
static char *text_room(TextBuilder *text, size_t more) {
  if (text->failed) return NULL;
  if (UNLIKELY(text->capacity - text->length < more)) {
    size_t capacity = MAX_OF(text->capacity * 2, (size_t)SMALLEST_CAPACITY);
    if (capacity - text->length < more) capacity = text->length + more;
    if (capacity < text->length) {
      text->failed = true;
      return NULL;
    }
    char *data = memory_grow(text->memory, text->data, text->capacity, capacity);
    if (!data) {
      text->failed = true;
      return NULL;
    }
    text->data = data;
    text->capacity = capacity;
  }
  return text->data + text->length;
}

void text_append(TextBuilder *text, Str bytes) {
  if (bytes.length == 0) return;
  char *room = text_room(text, bytes.length);
  if (!room) return;
  memcpy(room, bytes.data, bytes.length);
  text->length += bytes.length;
}

void text_append_char(TextBuilder *text, char byte) {
  char *room = text_room(text, 1);
  if (!room) return;
  *room = byte;
  text->length++;
}

void text_append_repeated(TextBuilder *text, char byte, size_t count) {
  if (count == 0) return;
  char *room = text_room(text, count);
  if (!room) return;
  memset(room, byte, count);
  text->length += count;
}
