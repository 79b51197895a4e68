// SPDX-License-Identifier: MIT
//
// posix_zone.c: time zones by name, from the system's zoneinfo directory. Names are compared without regard to case;
// the zones once read are kept. UTC is known without any file.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/glob.h"
#include "io/posix_internal.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define ZONE_FILE_BYTES 65536 // far above the largest there is

static bool is_utc(Str zone) {
  static const Str names[] = {{"UTC", 3}, {"Etc/UTC", 7}, {"GMT", 3}, {"Z", 1}, {"Zulu", 4}};
  for (size_t i = 0; i < COUNT_OF(names); i++) {
    if (str_equal_nocase(zone, names[i])) return true;
  }
  return false;
}

// Letters, digits, '_', '+', '-' and single slashes between them: no way out of the directory.
static bool is_zone_name(Str zone) {
  if (zone.length == 0 || zone.length >= sizeof((LoadedZone *)0)->name) return false;
  char before = '/';
  for (size_t i = 0; i < zone.length; i++) {
    char byte = zone.data[i];
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool other = (byte >= '0' && byte <= '9') || byte == '_' || byte == '+' || byte == '-';
    if (!letter && !other && !(byte == '/' && before != '/')) return false;
    before = byte;
  }
  return before != '/';
}

// Finds the name as the directories spell it. `path` starts as the zoneinfo directory and grows by the components.
static bool spell_path(Str zone, char path[PATH_CAPACITY]) {
  Str component;
  size_t length = text_format_into(path, PATH_CAPACITY, ZONE_DIRECTORY);
  while (glob_next_component(&zone, &component)) {
    char exact[PATH_CAPACITY];
    text_format_into(exact, sizeof exact, "%s/%.*s", path, STR_ARG(component));
    if (access(exact, F_OK) != 0) {
      DIR *directory = opendir(path);
      if (!directory) return false;
      struct dirent *entry;
      bool found = false;
      while (!found && (entry = readdir(directory)) != NULL) {
        if (str_equal_nocase(str_from(entry->d_name), component)) {
          text_format_into(exact, sizeof exact, "%s/%s", path, entry->d_name);
          found = true;
        }
      }
      closedir(directory);
      if (!found) return false;
    }
    length = text_format_into(path, PATH_CAPACITY, "%s", exact);
  }
  return length > 0;
}

static bool load_zone(PosixHost *host, const char *path, Zone *zone) {
  Memory *memory = &host->zone_memory;
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char *bytes = memory_allocate(memory, ZONE_FILE_BYTES);
  ssize_t length = bytes ? read(descriptor, bytes, ZONE_FILE_BYTES) : -1;
  close(descriptor);
  bool loaded = length > 0 && zone_parse(memory, (Str){bytes, (size_t)length}, NULL, zone) == OK;
  memory_free(memory, bytes, ZONE_FILE_BYTES);
  return loaded;
}

static const Zone *find_zone(PosixHost *host, Str name, const char *path) {
  for (LoadedZone *loaded = host->zones; loaded; loaded = loaded->next) {
    if (str_equal_nocase(str_from(loaded->name), name)) return &loaded->zone;
  }
  char spelt[PATH_CAPACITY];
  if (!path) {
    if (!spell_path(name, spelt)) return NULL;
    path = spelt;
  }
  LoadedZone *loaded = memory_allocate_zeroed(&host->zone_memory, sizeof *loaded);
  if (!loaded) return NULL;
  if (!load_zone(host, path, &loaded->zone)) {
    memory_free(&host->zone_memory, loaded, sizeof *loaded);
    return NULL;
  }
  text_format_into(loaded->name, sizeof loaded->name, "%.*s", STR_ARG(name));
  loaded->next = host->zones;
  host->zones = loaded;
  return &loaded->zone;
}

bool posix_zone_offset(Host *host, Str zone, int64_t utc_micros, int32_t *offset_seconds) {
  const Zone *found;
  *offset_seconds = 0;
  if (zone.length == 0) {
    // The host's own: $TZ when it names a zone, else what /etc/localtime holds, else UTC.
    Str variable = str_from(getenv("TZ"));
    if (variable.length && variable.data[0] == ':') variable = (Str){variable.data + 1, variable.length - 1};
    if (is_zone_name(variable)) {
      posix_zone_offset(host, variable, utc_micros, offset_seconds);
      return true;
    }
    found = find_zone((PosixHost *)host, STR("localtime"), "/etc/localtime");
    if (!found) return true;
  } else if (is_utc(zone)) {
    return true;
  } else {
    found = is_zone_name(zone) ? find_zone((PosixHost *)host, zone, NULL) : NULL;
    if (!found) return false;
  }
  int64_t seconds = utc_micros / MICROS_PER_SECOND - (utc_micros % MICROS_PER_SECOND < 0);
  *offset_seconds = zone_offset_at(found, seconds);
  return true;
}

void posix_zone_free_all(PosixHost *host) {
  while (host->zones) {
    LoadedZone *loaded = host->zones;
    host->zones = loaded->next;
    zone_free(&host->zone_memory, &loaded->zone);
    memory_free(&host->zone_memory, loaded, sizeof *loaded);
  }
}
