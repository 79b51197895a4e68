// SPDX-License-Identifier: MIT
//
// path.c: qualified names that stand in strings: nextval('my schema."my.seq"'). A point separates, double quotes protect.
#include "sql/sql.h"

#define PATH_PARTS_MAX 3

Status sql_parse_path(Arena *arena, Str text, SqlPath *path, Error *error) {
  *path = (SqlPath){0};
  char *part = arena_allocate(arena, text.length + 1);
  if (!part) return error_no_memory(error);
  size_t length = 0;
  bool quoted = false;
  for (size_t i = 0; i <= text.length; i++) {
    bool end = i == text.length;
    if (end && quoted) {
      return error_set(error, ERROR_PARSER, -1, "Unterminated quote in qualified name! (input: %.*s)", STR_ARG(text));
    }
    if (end || (text.data[i] == '.' && !quoted)) {
      if (path->count == PATH_PARTS_MAX) {
        return error_set(error, ERROR_PARSER, -1,
                         "Expected catalog.entry, schema.entry or entry: too many entries found (input: %.*s)",
                         STR_ARG(text));
      }
      ARENA_PUSH(arena, error, path, ((Str){part, length}));
      part += length;
      length = 0;
    } else if (text.data[i] == '"') {
      bool doubled = quoted && i + 1 < text.length && text.data[i + 1] == '"';
      if (doubled) {
        part[length++] = '"';
        i++;
      } else {
        quoted = !quoted;
      }
    } else {
      part[length++] = text.data[i];
    }
  }
  return OK;
}
