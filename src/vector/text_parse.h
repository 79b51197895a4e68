// SPDX-License-Identifier: MIT
//
// text_parse.h: what the text parsers tell casts beyond yes and no. Private to vector/.
#ifndef SMEW_VECTOR_TEXT_PARSE_H
#define SMEW_VECTOR_TEXT_PARSE_H

#include "vector/vector.h"

typedef enum TextParse {
  TEXT_OK,
  TEXT_INVALID, // not of this form
  TEXT_RANGE,   // of this form, but no such value
  TEXT_NOT_UTC, // a timestamp with the name of a time zone other than UTC
  TEXT_UNKNOWN_ZONE,
} TextParse;

static inline bool text_is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
static inline bool text_is_digit(char byte) { return byte >= '0' && byte <= '9'; }
static inline char text_lower_char(char byte) { return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte; }

// The number in `text` times 10^scale, rounded half away from zero: its sign and magnitude. Accepts white space around,
// a sign, digits with single underscores between them, a point, an exponent; with `radix` also 0x and 0b.
bool text_to_scaled(Str text, uint32_t scale, bool radix, bool *negative, uint128 *magnitude);
bool text_to_f64(Str text, double *value);
bool text_to_f32(Str text, float *value);

TextParse date_parse(Str text, int32_t *days);
TextParse time_parse(Str text, int64_t *nanos);
TextParse time_tz_parse(Str text, const TimeZone *zone, int64_t *time_tz); // without an offset: the zone's of now
// `zone` NULL: local micros and the rest of their nanoseconds, an offset in the text is not looked at; else the instant, which without
// offset or zone in the text is what the clock of `zone` shows.
TextParse timestamp_parse(Str text, const TimeZone *zone, int64_t *micros, int32_t *nanos);

typedef enum IntervalParse {
  INTERVAL_OK,
  INTERVAL_INVALID,
  INTERVAL_UNKNOWN_UNIT,     // `unit` is no unit
  INTERVAL_UNSUPPORTED_UNIT, // `unit` is a part of dates, not of intervals
  INTERVAL_OUT_OF_RANGE,     // `number` does not fit its field of 32 bits
  INTERVAL_OVERFLOW,
  INTERVAL_AGO_OVERFLOW,
} IntervalParse;
typedef struct IntervalFault {
  Str unit;
  int64_t number;
  bool is_sum; // the number fits, what it is added to does not
} IntervalFault;
IntervalParse interval_parse(Str text, Interval *interval, IntervalFault *fault);

#endif
