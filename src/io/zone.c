// SPDX-License-Identifier: MIT
//
// zone.c: reads TZif files (RFC 8536) and answers what the offset from UTC is at an instant.
//
//   file = header, data block with 32-bit times [, header, data block with 64-bit times, "\n" TZ rule "\n"]
//
// Of a file of version 2 and later only the second half counts. The bytes are not trusted: every length is checked.
#include "io/zone.h"

#define HEADER_BYTES 44
#define SECONDS_PER_DAY 86400

typedef struct Header {
  uint8_t version;
  uint32_t isut_count, isstd_count, leap_count, time_count, type_count, name_bytes;
} Header;

static uint32_t read_u32(const char *at) {
  const uint8_t *b = (const uint8_t *)at;
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t read_time(const char *at, size_t time_bytes) {
  if (time_bytes == 4) return (int32_t)read_u32(at);
  return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static bool read_header(Str bytes, Header *header) {
  if (bytes.length < HEADER_BYTES || memcmp(bytes.data, "TZif", 4) != 0) return false;
  *header = (Header){
      .version = (uint8_t)bytes.data[4],
      .isut_count = read_u32(bytes.data + 20),
      .isstd_count = read_u32(bytes.data + 24),
      .leap_count = read_u32(bytes.data + 28),
      .time_count = read_u32(bytes.data + 32),
      .type_count = read_u32(bytes.data + 36),
      .name_bytes = read_u32(bytes.data + 40),
  };
  return header->type_count > 0;
}

static uint64_t block_bytes(const Header *header, size_t time_bytes) {
  return (uint64_t)header->time_count * (time_bytes + 1) + (uint64_t)header->type_count * 6 + header->name_bytes +
         (uint64_t)header->leap_count * (time_bytes + 4) + header->isstd_count + header->isut_count;
}

static Str skip(Str bytes, size_t count) { return (Str){bytes.data + count, bytes.length - count}; }

// ---------------------------------------------------------------------------------------------------------------------
// The footer: "CET-1CEST,M3.5.0,M10.5.0/3". Each function takes its part off the front.
// ---------------------------------------------------------------------------------------------------------------------

static bool take_char(Str *text, char wanted) {
  if (text->length == 0 || text->data[0] != wanted) return false;
  *text = skip(*text, 1);
  return true;
}

static bool take_number(Str *text, int32_t *value) {
  if (text->length == 0 || text->data[0] < '0' || text->data[0] > '9') return false;
  *value = 0;
  while (text->length && text->data[0] >= '0' && text->data[0] <= '9' && *value < 100000) {
    *value = *value * 10 + (text->data[0] - '0');
    *text = skip(*text, 1);
  }
  return true;
}

// Letters, or anything in angle brackets.
static bool take_name(Str *text) {
  if (take_char(text, '<')) {
    while (text->length && text->data[0] != '>') *text = skip(*text, 1);
    return take_char(text, '>');
  }
  size_t length = 0;
  while (length < text->length && ((text->data[length] | 32) >= 'a' && (text->data[length] | 32) <= 'z')) length++;
  *text = skip(*text, length);
  return length >= 3;
}

// [+-]hh[:mm[:ss]]
static bool take_time(Str *text, int32_t *seconds) {
  bool negative = take_char(text, '-');
  if (!negative) take_char(text, '+');
  int32_t hours, minutes = 0, rest = 0;
  if (!take_number(text, &hours)) return false;
  if (take_char(text, ':') && !take_number(text, &minutes)) return false;
  if (take_char(text, ':') && !take_number(text, &rest)) return false;
  if (hours > 167 || minutes > 59 || rest > 59) return false;
  *seconds = hours * 3600 + minutes * 60 + rest;
  if (negative) *seconds = -*seconds;
  return true;
}

static bool take_rule(Str *text, ZoneRule *rule) {
  if (!take_char(text, ',')) return false;
  rule->seconds = 7200;
  if (take_char(text, 'M')) {
    rule->kind = RULE_MONTH_WEEK_DAY;
    if (!take_number(text, &rule->month) || !take_char(text, '.') || !take_number(text, &rule->week) ||
        !take_char(text, '.') || !take_number(text, &rule->weekday)) {
      return false;
    }
    if (rule->month < 1 || rule->month > 12 || rule->week < 1 || rule->week > 5 || rule->weekday > 6) return false;
  } else {
    rule->kind = take_char(text, 'J') ? RULE_JULIAN : RULE_ZERO_BASED;
    if (!take_number(text, &rule->day) || rule->day > 365) return false;
  }
  return !take_char(text, '/') || take_time(text, &rule->seconds);
}

// Offsets in the rule count west of UTC.
static bool parse_footer(Str text, Zone *zone) {
  int32_t west;
  if (!take_name(&text) || !take_time(&text, &west)) return false;
  zone->standard_offset = -west;
  zone->daylight_offset = zone->standard_offset + 3600;
  if (text.length == 0) return true;
  if (!take_name(&text)) return false;
  if (text.length && text.data[0] != ',') {
    if (!take_time(&text, &west)) return false;
    zone->daylight_offset = -west;
  }
  zone->has_daylight = true;
  return take_rule(&text, &zone->starts) && take_rule(&text, &zone->ends) && text.length == 0;
}

// Seconds since 1970 of the rule in a year, as local time.
static int64_t rule_local_seconds(const ZoneRule *rule, int32_t year) {
  int32_t days = 0;
  if (rule->kind == RULE_MONTH_WEEK_DAY) {
    if (!calendar_to_days(year, rule->month, 1, &days)) return 0;
    int32_t weekday = calendar_iso_weekday(days) % 7; // 0 = Sunday
    int32_t day = (rule->weekday - weekday + 7) % 7 + (rule->week - 1) * 7;
    while (day >= calendar_days_in_month(year, rule->month)) day -= 7;
    days += day;
  } else {
    if (!calendar_to_days(year, 1, 1, &days)) return 0;
    if (rule->kind == RULE_ZERO_BASED) {
      days += rule->day;
    } else {
      days += rule->day - 1 + (calendar_is_leap_year(year) && rule->day >= 60);
    }
  }
  return (int64_t)days * SECONDS_PER_DAY + rule->seconds;
}

static int32_t footer_offset(const Zone *zone, int64_t utc_seconds) {
  if (!zone->has_daylight) return zone->standard_offset;
  const int64_t bound = (int64_t)(DAY_INFINITY - 7) * SECONDS_PER_DAY; // beyond, there are no dates
  if (utc_seconds < -bound || utc_seconds > bound) return zone->standard_offset;
  int64_t local_day = (utc_seconds + zone->standard_offset) / SECONDS_PER_DAY;
  int32_t year, month, day;
  calendar_from_days((int32_t)local_day, &year, &month, &day);
  int64_t starts = rule_local_seconds(&zone->starts, year) - zone->standard_offset;
  int64_t ends = rule_local_seconds(&zone->ends, year) - zone->daylight_offset;
  bool daylight = starts < ends ? utc_seconds >= starts && utc_seconds < ends  // north
                                : utc_seconds >= starts || utc_seconds < ends; // south: over the new year
  return daylight ? zone->daylight_offset : zone->standard_offset;
}

// ---------------------------------------------------------------------------------------------------------------------
// The file
// ---------------------------------------------------------------------------------------------------------------------

static Status corrupt(Error *error) { return error_set(error, ERROR_CORRUPT, -1, "not a time zone file"); }

static Status read_block(Memory *memory, Str block, const Header *header, size_t time_bytes, Error *error, Zone *zone) {
  const char *times = block.data;
  const char *indexes = times + (size_t)header->time_count * time_bytes;
  const char *types = indexes + header->time_count;
  zone->first_offset = (int32_t)read_u32(types);
  for (uint32_t i = 0; i < header->type_count; i++) {
    if (types[i * 6 + 4] == 0) { // the first that is standard time
      zone->first_offset = (int32_t)read_u32(types + i * 6);
      break;
    }
  }
  zone->transitions = memory_allocate(memory, sizeof(int64_t) * header->time_count);
  zone->offsets = memory_allocate(memory, sizeof(int32_t) * header->time_count);
  zone->count = header->time_count;
  if (!zone->transitions || !zone->offsets) return error_no_memory(error);
  for (uint32_t i = 0; i < header->time_count; i++) {
    uint8_t type = (uint8_t)indexes[i];
    if (type >= header->type_count) return corrupt(error);
    zone->transitions[i] = read_time(times + i * time_bytes, time_bytes);
    zone->offsets[i] = (int32_t)read_u32(types + (size_t)type * 6);
    if (i && zone->transitions[i] <= zone->transitions[i - 1]) return corrupt(error);
  }
  return OK;
}

static Status parse(Memory *memory, Str bytes, Error *error, Zone *zone) {
  Header header;
  if (!read_header(bytes, &header)) return corrupt(error);
  bytes = skip(bytes, HEADER_BYTES);
  if (block_bytes(&header, 4) > bytes.length) return corrupt(error);
  if (header.version == 0) return read_block(memory, bytes, &header, 4, error, zone);
  bytes = skip(bytes, (size_t)block_bytes(&header, 4));
  if (!read_header(bytes, &header)) return corrupt(error);
  bytes = skip(bytes, HEADER_BYTES);
  if (block_bytes(&header, 8) > bytes.length) return corrupt(error);
  TRY(read_block(memory, bytes, &header, 8, error, zone));
  Str footer = skip(bytes, (size_t)block_bytes(&header, 8));
  size_t end;
  if (!take_char(&footer, '\n') || !str_find(footer, STR("\n"), &end)) return corrupt(error);
  zone->has_footer = end > 0 && parse_footer((Str){footer.data, end}, zone);
  return OK;
}

Status zone_parse(Memory *memory, Str bytes, Error *error, Zone *zone) {
  *zone = (Zone){0};
  Status status = parse(memory, bytes, error, zone);
  if (status != OK) zone_free(memory, zone);
  return status;
}

void zone_free(Memory *memory, Zone *zone) {
  memory_free(memory, zone->transitions, sizeof(int64_t) * zone->count);
  memory_free(memory, zone->offsets, sizeof(int32_t) * zone->count);
  *zone = (Zone){0};
}

int32_t zone_offset_at(const Zone *zone, int64_t utc_seconds) {
  if (zone->count == 0 || utc_seconds >= zone->transitions[zone->count - 1]) {
    if (zone->has_footer) return footer_offset(zone, utc_seconds);
    return zone->count ? zone->offsets[zone->count - 1] : zone->first_offset;
  }
  // The number of transitions at or before the instant.
  uint32_t low = 0, high = zone->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (zone->transitions[middle] <= utc_seconds) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low ? zone->offsets[low - 1] : zone->first_offset;
}
