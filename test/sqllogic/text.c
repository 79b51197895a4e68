// SPDX-License-Identifier: MIT
//
// text.c: growing strings and lists of them.
#define _GNU_SOURCE
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqllogic.h"

void *must(void *pointer) {
  if (!pointer) {
    fputs("sqllogic: no memory\n", stderr);
    exit(3);
  }
  return pointer;
}

Text text_of(const char *data, size_t length) {
  Text text = {must(malloc(length + 1)), length};
  if (length) memcpy(text.data, data, length);
  text.data[length] = 0;
  return text;
}

Text text_from(const char *data) { return text_of(data, strlen(data)); }

void text_add(Text *text, const char *data, size_t length) {
  text->data = must(realloc(text->data, text->length + length + 1));
  if (length) memcpy(text->data + text->length, data, length);
  text->length += length;
  text->data[text->length] = 0;
}

void text_print(Text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *made = NULL;
  int length = vasprintf(&made, format, arguments);
  va_end(arguments);
  if (length < 0) must(NULL);
  text_add(text, made, (size_t)length);
  free(made);
}

bool text_equal(Text a, Text b) { return a.length == b.length && memcmp(a.data, b.data, a.length) == 0; }
bool text_is(Text a, const char *b) { return strcmp(a.data, b) == 0 && strlen(b) == a.length; }
bool text_starts(Text text, const char *prefix) { return strncmp(text.data, prefix, strlen(prefix)) == 0; }
bool text_contains(Text text, Text part) { return memmem(text.data, text.length, part.data, part.length) != NULL; }

int text_order(Text a, Text b) {
  size_t common = a.length < b.length ? a.length : b.length;
  int order = common ? memcmp(a.data, b.data, common) : 0;
  return order ? order : (a.length > b.length) - (a.length < b.length);
}

Text text_replace(Text text, const char *from, Text to) {
  Text out = text_of("", 0);
  size_t from_length = strlen(from), at = 0;
  for (;;) {
    char *found = memmem(text.data + at, text.length - at, from, from_length);
    if (!found) break;
    text_add(&out, text.data + at, (size_t)(found - text.data) - at);
    text_add(&out, to.data, to.length);
    at = (size_t)(found - text.data) + from_length;
  }
  text_add(&out, text.data + at, text.length - at);
  return out;
}

void list_add(TextList *list, Text text) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity ? list->capacity * 2 : 16;
    list->items = must(realloc(list->items, list->capacity * sizeof *list->items));
  }
  list->items[list->count++] = text;
}

TextList split(Text text, char separator) {
  TextList list = {0};
  size_t start = 0;
  for (size_t i = 0; i <= text.length; i++) {
    if (i < text.length && text.data[i] != separator) continue;
    list_add(&list, text_of(i > start ? text.data + start : "", i - start));
    start = i + 1;
  }
  return list;
}

TextList words(Text text) {
  TextList list = {0};
  size_t i = 0;
  while (i < text.length) {
    while (i < text.length && isspace((unsigned char)text.data[i])) i++;
    size_t start = i;
    while (i < text.length && !isspace((unsigned char)text.data[i])) i++;
    if (i > start) list_add(&list, text_of(text.data + start, i - start));
  }
  return list;
}

int compare_texts(const void *left, const void *right) { return text_order(*(const Text *)left, *(const Text *)right); }
