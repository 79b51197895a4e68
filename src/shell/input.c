// SPDX-License-Identifier: MIT
//
// input.c: lines into statements. A line that begins with a dot between statements is a command; all others are collected until a semicolon
// ends a statement. From files and pipes as from the terminal.
#define _GNU_SOURCE
#include <stdlib.h>

#include "shell/shell.h"

// ---------------------------------------------------------------------------------------------------------------------
// Where does a statement end?
// ---------------------------------------------------------------------------------------------------------------------

// Behind the quoted text, comment or byte at `at`; *open: it does not end within the text.
static size_t skip_token(const char *text, size_t length, size_t at, bool *open) {
  char byte = text[at];
  if (byte == '\'' || byte == '"') {
    bool backslashes = byte == '\'' && at > 0 && (text[at - 1] | 32) == 'e';
    for (size_t i = at + 1; i < length; i++) {
      if (backslashes && text[i] == '\\') {
        i++;
      } else if (text[i] == byte) {
        if (i + 1 < length && text[i + 1] == byte) i++;
        else return i + 1;
      }
    }
    *open = true;
    return length;
  }
  if (byte == '-' && at + 1 < length && text[at + 1] == '-') {
    while (at < length && text[at] != '\n') at++;
    return at;
  }
  if (byte == '/' && at + 1 < length && text[at + 1] == '*') {
    uint32_t depth = 0;
    for (; at + 1 < length; at++) {
      if (text[at] == '/' && text[at + 1] == '*') {
        depth++;
        at++;
      } else if (text[at] == '*' && text[at + 1] == '/') {
        at++;
        if (--depth == 0) return at + 1;
      }
    }
    *open = true;
    return length;
  }
  if (byte == '$') { // $tag$ … $tag$
    size_t end = at + 1;
    while (end < length && (text[end] == '_' || (text[end] | 32) >= 'a') && text[end] != '$') end++;
    if (end >= length || text[end] != '$') return at + 1;
    size_t tag = end + 1 - at;
    for (size_t i = end + 1; i + tag <= length; i++) {
      if (memcmp(text + i, text + at, tag) == 0) return i + tag;
    }
    *open = true;
    return length;
  }
  return at + 1;
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

bool sql_is_blank(const char *text, size_t length) {
  bool open = false;
  for (size_t at = 0; at < length;) {
    bool comment = at + 1 < length && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));
    if (!comment && !is_space(text[at])) return false;
    at = skip_token(text, length, at, &open);
  }
  return !open;
}

bool sql_is_complete(const char *text, size_t length) {
  bool open = false, ended = true;
  for (size_t at = 0; at < length;) {
    bool comment = at + 1 < length && ((text[at] == '-' && text[at + 1] == '-') || (text[at] == '/' && text[at + 1] == '*'));
    if (text[at] == ';') ended = true;
    else if (!comment && !is_space(text[at])) ended = false;
    at = skip_token(text, length, at, &open);
  }
  return ended && !open;
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
    if (sql_is_blank(line, length)) return;
  }
  text_append(pending, (Str){line, length});
  text_append_char(pending, '\n');
  if (pending->failed || !sql_is_complete(pending->data, pending->length)) return;
  shell_run(shell, pending->data, pending->length);
  text_clear(pending);
}

void shell_read_file(Shell *shell, FILE *file) {
  TextBuilder pending;
  text_init(&pending, &shell->memory);
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length; !shell->quit && !(shell->failed && shell->bail) && (length = getline(&line, &capacity, file)) > 0;) {
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
    take_line(shell, &pending, line, (size_t)length);
  }
  // a last statement without its semicolon
  bool stopped = shell->quit || (shell->failed && shell->bail);
  if (!stopped && pending.length && !sql_is_blank(pending.data, pending.length)) shell_run(shell, pending.data, pending.length);
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
  for (size_t i = 0; i < pending->length; i++) text_append_char(&joined, pending->data[i] == '\n' ? ' ' : pending->data[i]);
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
    bool blank = pending.length == 0 && sql_is_blank(line.data ? line.data : "", line.length);
    TextBuilder whole;
    text_init(&whole, &shell->memory);
    text_append(&whole, text_str(&pending));
    text_append(&whole, text_str(&line));
    bool is_command = pending.length == 0 && line.length && line.data[0] == '.';
    if (!blank && (is_command || sql_is_complete(whole.data, whole.length))) remember(&history, &pending, &line);
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
