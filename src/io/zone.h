// SPDX-License-Identifier: MIT
//
// zone.h: a time zone read from the bytes of a TZif file (RFC 8536). Private to io/; not in wasm, where the host knows.
#ifndef SMEW_ZONE_H
#define SMEW_ZONE_H

#include "base/base.h"

// When in a year daylight saving starts or ends, of the footer's POSIX TZ rule.
typedef struct ZoneRule {
  enum { RULE_MONTH_WEEK_DAY, RULE_JULIAN, RULE_ZERO_BASED } kind;
  int32_t month, week, weekday; // M: 1..12, 1..5 (5: last), 0 = Sunday
  int32_t day;                  // Jn: 1..365 without leap days; n: 0..365
  int32_t seconds;              // local time of day, may be negative or beyond a day
} ZoneRule;

typedef struct Zone {
  int64_t *transitions; // owned, ascending, seconds since 1970 UTC
  int32_t *offsets;     // owned; offsets[i] holds from transitions[i] on, seconds east of UTC
  uint32_t count;
  int32_t first_offset; // before the first transition
  bool has_footer;      // a rule for all time after the last transition
  bool has_daylight;
  int32_t standard_offset, daylight_offset;
  ZoneRule starts, ends; // of daylight saving
} Zone;

// ERROR_CORRUPT when the bytes are no TZif file.
Status zone_parse(Memory *memory, Str bytes, Error *error, Zone *zone) MUST_USE;
void zone_free(Memory *memory, Zone *zone);
int32_t zone_offset_at(const Zone *zone, int64_t utc_seconds);

#endif
