// SPDX-License-Identifier: MIT
//
// identifier.c: how names are printed inside types, values and SQL: bare where they read back, quoted otherwise.
#include "vector/keywords.h"
#include "vector/vector.h"

bool identifier_needs_quotes(Str name) {
  if (name.length == 0) return true;
  for (size_t i = 0; i < name.length; i++) {
    char byte = name.data[i];
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
    if (!letter && !(i && byte >= '0' && byte <= '9')) return true;
  }
  return keyword_find(name) != NO_KEYWORD;
}

void text_append_quoted(TextBuilder *out, Str text, char quote) {
  text_append_char(out, quote);
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == quote) text_append_char(out, quote);
    text_append_char(out, text.data[i]);
  }
  text_append_char(out, quote);
}

void identifier_print(TextBuilder *out, Str name) {
  if (identifier_needs_quotes(name)) {
    text_append_quoted(out, name, '"');
  } else {
    text_append(out, name);
  }
}
