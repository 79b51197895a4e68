// SPDX-License-Identifier: MIT
//
// input.c: lines into statements. A line that begins with a dot between statements is a command; all others are collected until a semicolon
// ends a statement. From files and pipes as from the terminal.
#define _GNU_SOURCE
#include <stdlib.h>

#include "shell/shell.h"
#include "sql/sql.h"

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// Behind the comment at `at`; `at` itself: there is none, or it does not end.
static size_t skip_comment(Str text, size_t at) {
  if (at + 1 >= text.length) return at;
  size_t i = at;
  if (text.data[i] == '-' && text.data[i + 1] == '-') {
    while (i < text.length && text.data[i] != '\n') i++;
    return i;
  }
  if (text.data[i] != '/' || text.data[i + 1] != '*') return at;
  uint32_t depth = 0;
  for (; i + 1 < text.length; i++) {
    bool opens = text.data[i] == '/' && text.data[i + 1] == '*',
         closes = text.data[i] == '*' && text.data[i + 1] == '/';
    if (!opens && !closes) continue;
    depth = opens ? depth + 1 : depth - 1;
    i++;
    if (depth == 0) return i + 1;
  }
  return at;
}

// Only spaces and comments?
static bool is_blank(Str text) {
  for (size_t at = 0; at < text.length;) {
    size_t next = is_space(text.data[at]) ? at + 1 : skip_comment(text, at);
    if (next == at) return false;
    at = next;
  }
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// Lines
// ---------------------------------------------------------------------------------------------------------------------

// Takes a line; runs what it completes. `pending` holds the statement so far.
static void take_line(Shell *shell, TextBuilder *pending, const char *line, size_t length) {
  if (pending->length == 0) {
    size_t start = 0;
    while (start < length && is_space(line[start])) start++;
    if (start < length && line[start] == '.') {
      char *command = strndup(line + start, length - start);
      if (shell->echo) fprintf(shell_output(shell), "%s\n", command);
      shell_dot(shell, command);
      free(command);
      return;
    }
    if (is_blank((Str){line, length})) return;
  }
  text_append(pending, (Str){line, length});
  text_append_char(pending, '\n');
  if (pending->failed || !sql_is_complete(text_str(pending))) return;
  shell_run(shell, pending->data, pending->length);
  text_clear(pending);
}

void shell_read_file(Shell *shell, FILE *file) {
  TextBuilder pending;
  text_init(&pending, &shell->memory);
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length;
       !shell->quit && !(shell->failed && shell->bail) && (length = getline(&line, &capacity, file)) > 0;) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
    take_line(shell, &pending, line, (size_t)length);
  }
  // a last statement without its semicolon
  bool stopped = shell->quit || (shell->failed && shell->bail);
  if (!stopped && pending.length && !is_blank(text_str(&pending))) shell_run(shell, pending.data, pending.length);
  free(line);
  text_free(&pending);
}

bool shell_read_path(Shell *shell, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  shell_read_file(shell, file);
  fclose(file);
  return true;
}

static char *history_path(void) {
  const char *home = getenv("HOME");
  char *path;
  return home && asprintf(&path, "%s/.smew_history", home) >= 0 ? path : NULL;
}

// One entry for a statement of several lines.
static void remember(History *history, const TextBuilder *pending, const TextBuilder *line) {
  TextBuilder joined;
  text_init(&joined, pending->memory);
  for (size_t i = 0; i < pending->length; i++)
    text_append_char(&joined, pending->data[i] == '\n' ? ' ' : pending->data[i]);
  text_append(&joined, text_str(line));
  text_append_char(&joined, '\0');
  if (!joined.failed) history_add(history, joined.data);
  text_free(&joined);
}

void shell_interact(Shell *shell) {
  History history = {0};
  char *path = history_path();
  if (path) history_load(&history, path);
  TextBuilder pending, line;
  text_init(&pending, &shell->memory);
  text_init(&line, &shell->memory);
  while (!shell->quit) {
    EditEnd end = edit_line(pending.length ? shell->continuation : shell->prompt, &history, complete_sql, shell, &line);
    if (end == EDIT_END) break;
    if (end == EDIT_CANCELLED) {
      text_clear(&pending);
      continue;
    }
    bool blank = pending.length == 0 && is_blank(text_str(&line));
    TextBuilder whole;
    text_init(&whole, &shell->memory);
    text_append(&whole, text_str(&pending));
    text_append(&whole, text_str(&line));
    bool is_command = pending.length == 0 && line.length && line.data[0] == '.';
    if (!blank && (is_command || sql_is_complete(text_str(&whole)))) remember(&history, &pending, &line);
    text_free(&whole);
    take_line(shell, &pending, line.data ? line.data : "", line.length);
    shell->failed = false;
    shell->exit_code = 0;
  }
  if (path) history_save(&history, path);
  free(path);
  history_free(&history);
  text_free(&pending);
  text_free(&line);
}
