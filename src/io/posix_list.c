// SPDX-License-Identifier: MIT
//
// posix_list.c: LIST: the files that a pattern means. A work list of (directory, rest of the pattern) instead of
// recursion; each step takes one component of the pattern. Directories are walked through, never listed. `**` does not
// follow symbolic links, so that a loop of links ends.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>

#include "io/glob.h"
#include "io/listing.h"
#include "io/posix_internal.h"

typedef struct Step {
  struct Step *next;
  Str directory; // with its slash at the end; empty: the working directory
  Str rest;      // of the pattern; data NULL: nothing is left
} Step;

typedef struct Walk {
  Arena arena;
  Step *steps; // still to do
  Listing *listing;
  Error *error;
} Walk;

static Status push_step(Walk *walk, Str directory, Str rest) {
  Step *step;
  ARENA_NEW(&walk->arena, walk->error, step);
  *step = (Step){walk->steps, directory, rest};
  walk->steps = step;
  return OK;
}

// directory + name, with a slash when `is_directory`.
static Status join(Walk *walk, Str directory, Str name, bool is_directory, Str *path) {
  return str_format(&walk->arena, walk->error, path, "%.*s%.*s%s", STR_ARG(directory), STR_ARG(name),
                    is_directory ? "/" : "");
}

static void add_if_file(Walk *walk, Str path) {
  char text[PATH_CAPACITY];
  struct stat facts;
  if (posix_path(path, text) && stat(text, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
    listing_add(walk->listing, path, (uint64_t)facts.st_size, posix_stamp(&facts));
  }
}

static bool is_directory(const char *path, bool follow_links) {
  struct stat facts;
  return (follow_links ? stat(path, &facts) : lstat(path, &facts)) == 0 && S_ISDIR(facts.st_mode);
}

// One name of a directory against one component of the pattern; `rest` is what follows the component.
static Status visit_name(Walk *walk, const Step *step, Str component, Str rest, Str name) {
  char text[PATH_CAPACITY];
  Str path;
  TRY(join(walk, step->directory, name, false, &path));
  if (!posix_path(path, text)) return OK;
  if (str_equal(component, STR("**"))) {
    if (is_directory(text, false)) {
      TRY(join(walk, step->directory, name, true, &path));
      TRY(push_step(walk, path, step->rest)); // the same ** again, one deeper
    } else if (!rest.data) {
      add_if_file(walk, path);
    }
    return OK;
  }
  if (!glob_match_name(component, name)) return OK;
  if (!rest.data) {
    add_if_file(walk, path);
  } else if (is_directory(text, true)) {
    TRY(join(walk, step->directory, name, true, &path));
    TRY(push_step(walk, path, rest));
  }
  return OK;
}

static Status read_directory(Walk *walk, const Step *step, Str component, Str rest) {
  char text[PATH_CAPACITY];
  if (!posix_path(step->directory.length ? step->directory : STR("."), text)) return OK;
  DIR *directory = opendir(text);
  if (!directory) return OK; // not there, or not ours to read: matches nothing
  Status status = OK;
  struct dirent *entry;
  while (status == OK && (entry = readdir(directory)) != NULL) {
    Str name = str_from(entry->d_name);
    if (str_equal(name, STR(".")) || str_equal(name, STR(".."))) continue;
    status = visit_name(walk, step, component, rest, name);
  }
  closedir(directory);
  return status;
}

static Status take_step(Walk *walk, const Step *step) {
  Str rest = step->rest, component;
  if (!glob_next_component(&rest, &component)) return OK;
  if (str_equal(component, STR("**"))) {
    if (rest.data) TRY(push_step(walk, step->directory, rest)); // ** as no component at all
    return read_directory(walk, step, component, rest);
  }
  if (glob_is_pattern(component)) return read_directory(walk, step, component, rest);
  Str path;
  TRY(join(walk, step->directory, component, rest.data != NULL, &path));
  if (rest.data) return push_step(walk, path, rest);
  add_if_file(walk, path);
  return OK;
}

// What is named, and not found by a pattern, may be a pipe. One that cannot be read is told by FETCH.
static void add_named(Walk *walk, PosixHost *host, Str path) {
  char text[PATH_CAPACITY];
  struct stat facts;
  uint64_t size_bytes;
  Error ignored = {0};
  if (posix_path(path, text) && stat(text, &facts) == 0 && posix_is_stream(&facts) &&
      posix_stream_size(host, text, &size_bytes, &ignored) == OK) {
    listing_add(walk->listing, path, size_bytes, size_bytes);
  } else {
    add_if_file(walk, path);
  }
}

void posix_list(PosixHost *host, Request *request) {
  Listing listing;
  listing_init(&listing, host->host.memory);
  Walk walk = {.listing = &listing, .error = &request->error};
  arena_init(&walk.arena, host->host.memory);
  Status status = OK;
  if (glob_is_pattern(request->path)) {
    status = push_step(&walk, STR(""), request->path);
    while (status == OK && walk.steps) {
      Step *step = walk.steps;
      walk.steps = step->next;
      status = take_step(&walk, step);
    }
  } else {
    add_named(&walk, host, request->path);
  }
  arena_free(&walk.arena);
  listing.failed |= status != OK; // only memory can be missing
  listing_answer(&listing, &host->host, request);
}
