// SPDX-License-Identifier: MIT
//
// print.h: printed forms of single values, shared by casts to VARCHAR and printers. Private to vector/.
#ifndef SMEW_VECTOR_PRINT_H
#define SMEW_VECTOR_PRINT_H

#include "vector/vector.h"

// Room for the text of every type with a fixed-size value (intervals are the longest).
#define SCALAR_TEXT_CAPACITY 128

// Writers of one value; they return the bytes written.
size_t date_write(char *out, int32_t days);
size_t time_write(char *out, int64_t micros);
size_t timestamp_write(char *out, int64_t micros);
size_t instant_write(char *out, int64_t micros, const TimeZone *zone); // TIMESTAMP WITH TIME ZONE; NULL: UTC
size_t interval_write(char *out, Interval interval);
size_t uuid_write(char *out, int128 uuid);
size_t decimal_write(char *out, int128 value, uint32_t width, uint32_t scale);

// Any type whose value has a fixed size and whose text does not depend on a dictionary: all but strings, ENUM, nested.
size_t scalar_write(char *out, Type type, Physical physical, const void *value);
// Any type that is not nested.
void scalar_print(TextBuilder *out, Type type, Physical physical, const void *value);
void blob_print(TextBuilder *out, Str bytes);
void bit_print(TextBuilder *out, Str bits);
// A text inside a list, struct or map: quoted where it would not read back as it is.
void nested_text_print(TextBuilder *out, Str text);
void struct_key_print(TextBuilder *out, Str name);
// An integer of any width.
int128 integer_read(Physical physical, const void *value);

#endif
