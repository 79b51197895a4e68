// SPDX-License-Identifier: MIT
//
// time_zone.c: instants and what clocks show, by the zones that the host knows.
#include "io/io.h"
#include "vector/vector.h"

static bool is_finite(int64_t micros) { return micros != MICROS_INFINITY && micros != MICROS_NEGATIVE_INFINITY; }

bool zone_offset(TimeZone zone, int64_t utc_micros, int32_t *seconds) {
  *seconds = 0;
  if (!zone.name.length || str_equal_nocase(zone.name, STR("UTC"))) return true;
  return zone.host && zone.host->functions->zone_offset(zone.host, zone.name, utc_micros, seconds);
}

bool zone_to_local(TimeZone zone, int64_t utc, int64_t *local) {
  int32_t seconds;
  *local = utc;
  if (!zone_offset(zone, is_finite(utc) ? utc : 0, &seconds)) return false;
  if (is_finite(utc)) *local = utc + seconds * MICROS_PER_SECOND;
  return true;
}

// Offsets change at most once within two days: the one of the day before holds until a change, that of the day after from it on.
bool zone_to_utc(TimeZone zone, int64_t local, int64_t *utc) {
  int32_t before, after, seconds;
  bool far = !is_finite(local) || local < MICROS_NEGATIVE_INFINITY + 4 * MICROS_PER_DAY ||
             local > MICROS_INFINITY - 4 * MICROS_PER_DAY;
  *utc = local;
  if (!zone_offset(zone, far ? 0 : local - MICROS_PER_DAY, &before)) return false;
  if (far) return true;
  if (!zone_offset(zone, local + MICROS_PER_DAY, &after)) return false;
  *utc = local - after * MICROS_PER_SECOND;
  if (before == after) return true;
  if (!zone_offset(zone, *utc, &seconds)) return false;
  if (seconds != after) *utc = local - before * MICROS_PER_SECOND;
  return true;
}
