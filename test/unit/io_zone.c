// SPDX-License-Identifier: MIT
//
// Time zones of the POSIX host against libc's localtime, over two centuries, and damaged files.
#include <time.h>
#include <unistd.h>

#include "io/io.h"
#include "io/zone.h"
#include "unit.h"

static Memory memory;

static const char *const zones[] = {"Europe/Berlin",    "America/New_York",  "Australia/Lord_Howe", "Asia/Kathmandu",
                                    "America/St_Johns", "Africa/Casablanca", "Europe/Dublin",       "Asia/Tokyo",
                                    "Pacific/Apia",     "America/Sao_Paulo", "Asia/Gaza",           "America/Nuuk",
                                    "Antarctica/Troll", "Etc/GMT+5"};

TEST(offsets_are_libcs) {
  if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
    printf("no zoneinfo here: only UTC is checked\n");
    return;
  }
  memory_init(&memory, 0);
  Host *host = host_create_posix(&memory);
  for (size_t i = 0; i < COUNT_OF(zones); i++) {
    setenv("TZ", zones[i], 1);
    tzset();
    uint64_t state = i;
    for (int k = 0; k < 5000; k++) {
      // 1900 to 2100
      time_t instant = (time_t)(unit_random(&state) % UINT64_C(6311433600)) - INT64_C(2208988800);
      struct tm local;
      localtime_r(&instant, &local);
      int32_t offset = 12345;
      CHECK(host->functions->zone_offset(host, str_from(zones[i]), (int64_t)instant * 1000000 + 999999, &offset));
      if (offset != local.tm_gmtoff) {
        UNIT_FAIL("%s at %lld: %d, libc says %ld", zones[i], (long long)instant, offset, local.tm_gmtoff);
        break;
      }
    }
  }
  setenv("TZ", "Asia/Tokyo", 1);
  int32_t offset;
  CHECK(host->functions->zone_offset(host, STR(""), 0, &offset));
  CHECK_EQ_INT(offset, 9 * 3600);
  setenv("TZ", "No/Where", 1);
  CHECK(host->functions->zone_offset(host, STR(""), 0, &offset));
  CHECK_EQ_INT(offset, 0);
  unsetenv("TZ");
  CHECK(host->functions->zone_offset(host, STR(""), 0, &offset));
  CHECK(host->functions->zone_offset(host, STR("europe/BERLIN"), 0, &offset));
  CHECK_EQ_INT(offset, 3600);
  const char *bad[] = {"../../../etc/passwd", "/etc/localtime", "Europe",   "Europe/",
                       "Europe//Berlin",      "Europe/Berlin2", "zone.tab", "a b"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) CHECK(!host->functions->zone_offset(host, str_from(bad[i]), 0, &offset));
  host_destroy(host);
  CHECK_EQ_INT(memory.used_bytes, 0);
}

TEST(damaged_files_are_refused_or_harmless) {
  FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
  if (!file) return;
  static char bytes[16384], changed[16384];
  size_t length = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  memory_init(&memory, 0);
  Zone zone;
  Error error;
  CHECK_OK(zone_parse(&memory, (Str){bytes, length}, &error, &zone), &error);
  zone_free(&memory, &zone);
  for (size_t cut = 0; cut < length; cut++) {
    char *exact = malloc(cut + 1); // for ASan to see the end
    memcpy(exact, bytes, cut);
    if (zone_parse(&memory, (Str){exact, cut}, &error, &zone) == OK) zone_free(&memory, &zone);
    free(exact);
  }
  uint64_t state = 1;
  for (int round = 0; round < 20000; round++) {
    memcpy(changed, bytes, length);
    for (int k = 0; k < 3; k++) changed[unit_random(&state) % length] = (char)unit_random(&state);
    if (zone_parse(&memory, (Str){changed, length}, &error, &zone) == OK) {
      zone_offset_at(&zone, INT64_MIN);
      zone_offset_at(&zone, INT64_MAX);
      zone_offset_at(&zone, 4102444800);
      zone_free(&memory, &zone);
    }
  }
  CHECK_EQ_INT(memory.used_bytes, 0);
}

UNIT_MAIN
