// SPDX-License-Identifier: MIT
//
// str.c: borrowed text: comparing, finding, trimming, copying into an arena. Case means ASCII case.
#include "base/base.h"

static inline uint8_t lower(char byte) { return (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte); }

static inline bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

bool str_equal_nocase(Str a, Str b) {
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++) {
    if (lower(a.data[i]) != lower(b.data[i])) return false;
  }
  return true;
}

int str_compare(Str a, Str b) {
  size_t common = MIN_OF(a.length, b.length);
  int order = common ? memcmp(a.data, b.data, common) : 0;
  if (order != 0) return order < 0 ? -1 : 1;
  return (a.length > b.length) - (a.length < b.length);
}

bool str_starts_with(Str text, Str prefix) {
  return text.length >= prefix.length && (prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0);
}

bool str_ends_with(Str text, Str suffix) {
  return text.length >= suffix.length &&
         (suffix.length == 0 || memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0);
}

// memchr finds candidates for the first byte; data of one long run of it costs length x needle, as everywhere.
bool str_find(Str text, Str needle, size_t *position) {
  if (needle.length == 0) {
    *position = 0;
    return true;
  }
  if (needle.length > text.length) return false;
  const char *from = text.data;
  const char *last = text.data + (text.length - needle.length);
  while (from <= last && (from = memchr(from, needle.data[0], (size_t)(last - from) + 1)) != NULL) {
    if (memcmp(from, needle.data, needle.length) == 0) {
      *position = (size_t)(from - text.data);
      return true;
    }
    from++;
  }
  return false;
}

Str str_trim(Str text) {
  while (text.length && is_space(text.data[0])) {
    text.data++;
    text.length--;
  }
  while (text.length && is_space(text.data[text.length - 1])) text.length--;
  return text;
}

Status str_copy(Arena *arena, Error *error, Str source, Str *copy) {
  char *data = arena_allocate(arena, source.length + 1);
  if (!data) return error_no_memory(error);
  if (source.length) memcpy(data, source.data, source.length);
  data[source.length] = 0;
  *copy = (Str){data, source.length};
  return OK;
}

Status str_lower(Arena *arena, Error *error, Str source, Str *copy) {
  char *data = arena_allocate(arena, source.length + 1);
  if (!data) return error_no_memory(error);
  for (size_t i = 0; i < source.length; i++) data[i] = (char)lower(source.data[i]);
  data[source.length] = 0;
  *copy = (Str){data, source.length};
  return OK;
}

Status str_format(Arena *arena, Error *error, Str *out, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  size_t length = text_format_measure(format, arguments);
  va_end(arguments);
  char *data = arena_allocate(arena, length + 1);
  if (data) text_format_list_into(data, length + 1, format, again);
  va_end(again);
  if (!data) return error_no_memory(error);
  *out = (Str){data, length};
  return OK;
}

#define EDIT_DISTANCE_BYTES 256

// The dynamic programme of Wagner and Fischer with one row kept.
uint32_t str_edit_distance(Str a, Str b) {
  a.length = MIN_OF(a.length, (size_t)EDIT_DISTANCE_BYTES);
  b.length = MIN_OF(b.length, (size_t)EDIT_DISTANCE_BYTES);
  uint32_t row[EDIT_DISTANCE_BYTES + 1];
  for (size_t j = 0; j <= b.length; j++) row[j] = (uint32_t)j;
  for (size_t i = 1; i <= a.length; i++) {
    uint32_t diagonal = row[0];
    row[0] = (uint32_t)i;
    for (size_t j = 1; j <= b.length; j++) {
      uint32_t replaced = diagonal + (lower(a.data[i - 1]) != lower(b.data[j - 1]));
      uint32_t changed = MIN_OF(row[j], row[j - 1]) + 1;
      diagonal = row[j];
      row[j] = MIN_OF(replaced, changed);
    }
  }
  return row[b.length];
}
