// SPDX-License-Identifier: MIT
//
// glob.c: matching file name patterns, without recursion: where a star could have taken more, matching goes back to the
// last star only. That is enough, for what an earlier star could take a later one can take as well.
#include "io/glob.h"

bool glob_is_pattern(Str text) {
  for (size_t i = 0; i < text.length; i++) {
    if (text.data[i] == '*' || text.data[i] == '?' || text.data[i] == '[') return true;
  }
  return false;
}

bool glob_next_component(Str *rest, Str *component) {
  if (!rest->data) return false;
  const char *slash = rest->length ? memchr(rest->data, '/', rest->length) : NULL;
  if (!slash) {
    *component = *rest;
    *rest = (Str){NULL, 0};
    return true;
  }
  size_t length = (size_t)(slash - rest->data);
  *component = (Str){rest->data, length};
  *rest = (Str){slash + 1, rest->length - length - 1};
  return true;
}

// Matches the set that starts after '[' at `at`; moves `at` behind the ']'. A set without an end matches nothing.
static bool match_set(Str pattern, size_t *at, uint8_t byte) {
  bool negated = *at < pattern.length && pattern.data[*at] == '!';
  if (negated) (*at)++;
  bool found = false;
  for (bool first = true; *at < pattern.length; first = false) {
    if (pattern.data[*at] == ']' && !first) {
      (*at)++;
      return found != negated;
    }
    uint8_t low = (uint8_t)pattern.data[(*at)++], high = low;
    if (*at + 1 < pattern.length && pattern.data[*at] == '-' && pattern.data[*at + 1] != ']') {
      high = (uint8_t)pattern.data[*at + 1];
      *at += 2;
    }
    found |= byte >= low && byte <= high;
  }
  return false;
}

// One element of the pattern (not a star) against one byte.
static bool match_one(Str pattern, size_t *at, uint8_t byte) {
  char sign = pattern.data[(*at)++];
  if (sign == '?') return true;
  if (sign == '[') return match_set(pattern, at, byte);
  if (sign == '\\' && *at < pattern.length) sign = pattern.data[(*at)++];
  return (uint8_t)sign == byte;
}

bool glob_match_name(Str pattern, Str name) {
  size_t p = 0, n = 0;
  bool has_star = false;
  size_t after_star = 0, star_took = 0; // the pattern after the last star, and where in the name the star ends
  while (n < name.length) {
    if (p < pattern.length && pattern.data[p] == '*') {
      has_star = true;
      after_star = ++p;
      star_took = n;
      continue;
    }
    if (p < pattern.length && match_one(pattern, &p, (uint8_t)name.data[n])) {
      n++;
      continue;
    }
    if (!has_star) return false;
    p = after_star;
    n = ++star_took;
  }
  while (p < pattern.length && pattern.data[p] == '*') p++;
  return p == pattern.length;
}

bool glob_match_path(Str pattern, Str path) {
  bool has_star = false;
  Str after_star = {0}, star_took = {0};
  while (path.data) {
    Str pattern_rest = pattern, path_rest = path, pattern_part, path_part;
    bool any = glob_next_component(&pattern_rest, &pattern_part);
    if (any && str_equal(pattern_part, STR("**"))) {
      has_star = true;
      pattern = after_star = pattern_rest;
      star_took = path;
      if (!pattern.data) return true;
      continue;
    }
    glob_next_component(&path_rest, &path_part);
    if (any && glob_match_name(pattern_part, path_part)) {
      pattern = pattern_rest;
      path = path_rest;
      continue;
    }
    if (!has_star) return false;
    glob_next_component(&star_took, &path_part);
    pattern = after_star;
    path = star_took;
  }
  return !pattern.data || str_equal(pattern, STR("**"));
}
