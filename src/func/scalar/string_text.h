// SPDX-License-Identifier: MIT
//
// string_text.h: private to func/scalar. Text as users see it: graphemes, case, and the rows of string functions.
#ifndef SMEW_FUNC_STRING_TEXT_H
#define SMEW_FUNC_STRING_TEXT_H

#include "func/support.h"

// The bytes of the grapheme cluster that starts at `at`.
size_t grapheme_bytes(Str text, size_t at);
size_t grapheme_count(Str text);
// Byte offset of grapheme number `index`, capped at the length.
size_t grapheme_offset(Str text, size_t index);
bool text_is_ascii(Str text);
// Simple case mapping, one code point for one. Appends.
void text_append_case(TextBuilder *out, Str text, bool upper);

#endif
