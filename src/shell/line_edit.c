// SPDX-License-Identifier: MIT
//
// line_edit.c: reads one line from a terminal, with the keys that people expect: arrows, Home, End, Ctrl-A E B F P N K U W D L T, Alt-B F D,
// history with Ctrl-R, Tab. Text is UTF-8; cells are counted by utf8_width. A line longer than the terminal scrolls sideways.
//
// The terminal is in raw mode only while a line is read.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "shell/shell.h"

#define HISTORY_LIMIT 2000

// ---------------------------------------------------------------------------------------------------------------------
// History: one entry a line of the file
// ---------------------------------------------------------------------------------------------------------------------

void history_add(History *history, const char *line) {
  while (*line == ' ') line++;
  if (!*line || (history->count && strcmp(history->items[history->count - 1], line) == 0)) return;
  if (history->count == HISTORY_LIMIT) {
    free(history->items[0]);
    history->count--;
    memmove(history->items, history->items + 1, sizeof *history->items * history->count);
  }
  if (history->count == history->capacity) {
    uint32_t capacity = history->capacity ? history->capacity * 2 : 64;
    char **items = realloc(history->items, sizeof *items * capacity);
    if (!items) return;
    history->items = items;
    history->capacity = capacity;
  }
  char *copy = strdup(line);
  if (copy) history->items[history->count++] = copy;
}

void history_load(History *history, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) return;
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t length; (length = getline(&line, &capacity, file)) > 0;) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    history_add(history, line);
  }
  free(line);
  fclose(file);
}

void history_save(const History *history, const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) return;
  for (uint32_t i = 0; i < history->count; i++) fprintf(file, "%s\n", history->items[i]);
  fclose(file);
}

void history_free(History *history) {
  for (uint32_t i = 0; i < history->count; i++) free(history->items[i]);
  free(history->items);
  *history = (History){0};
}

// ---------------------------------------------------------------------------------------------------------------------
// The line
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Editor {
  const char *prompt;
  History *history;
  Completer complete;
  void *context;
  TextBuilder *line;
  size_t cursor;  // byte offset
  uint32_t shown; // history entry that is shown; history->count: the new line
  char *saved;    // the new line while an old one is shown
} Editor;

static const char *data_of(const Editor *editor) { return editor->line->data ? editor->line->data : ""; }

static uint32_t terminal_columns(void) {
  struct winsize size;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static size_t next_character(const Editor *editor, size_t at) {
  size_t length = editor->line->length;
  if (at < length) at++;
  while (at < length && ((uint8_t)data_of(editor)[at] & 0xC0) == 0x80) at++;
  return at;
}

static size_t previous_character(const Editor *editor, size_t at) {
  if (at > 0) at--;
  while (at > 0 && ((uint8_t)data_of(editor)[at] & 0xC0) == 0x80) at--;
  return at;
}

static bool is_word_byte(char byte) {
  return (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z') || byte == '_' ||
         (uint8_t)byte >= 0x80;
}

static size_t previous_word(const Editor *editor, size_t at) {
  while (at > 0 && !is_word_byte(data_of(editor)[at - 1])) at--;
  while (at > 0 && is_word_byte(data_of(editor)[at - 1])) at--;
  return at;
}

static size_t next_word(const Editor *editor, size_t at) {
  while (at < editor->line->length && !is_word_byte(data_of(editor)[at])) at++;
  while (at < editor->line->length && is_word_byte(data_of(editor)[at])) at++;
  return at;
}

static void insert(Editor *editor, const char *bytes, size_t length) {
  TextBuilder *line = editor->line;
  size_t tail = line->length - editor->cursor;
  text_append_repeated(line, ' ', length);
  if (line->failed) return;
  memmove(line->data + editor->cursor + length, line->data + editor->cursor, tail);
  memcpy(line->data + editor->cursor, bytes, length);
  editor->cursor += length;
}

static void erase(Editor *editor, size_t from, size_t to) {
  TextBuilder *line = editor->line;
  if (from >= to) return;
  memmove(line->data + from, line->data + to, line->length - to);
  line->length -= to - from;
  editor->cursor = from;
}

static void replace(Editor *editor, const char *text) {
  text_clear(editor->line);
  text_append(editor->line, str_from(text));
  editor->cursor = editor->line->length;
}

// ---------------------------------------------------------------------------------------------------------------------
// Drawing
// ---------------------------------------------------------------------------------------------------------------------

static void put(const char *bytes, size_t length) {
  while (length) {
    ssize_t written = write(STDOUT_FILENO, bytes, length);
    if (written <= 0) return;
    bytes += written;
    length -= (size_t)written;
  }
}

static void put_text(const char *text) { put(text, strlen(text)); }

static uint32_t width_between(const Editor *editor, size_t from, size_t to) {
  return utf8_width((Str){data_of(editor) + from, to - from});
}

static void draw(const Editor *editor) {
  uint32_t columns = terminal_columns(), prompt = utf8_width(str_from(editor->prompt));
  uint32_t room = columns > prompt + 2 ? columns - prompt - 1 : 20;
  // the part of the line that is shown begins where the cursor still fits
  size_t from = 0;
  while (from < editor->cursor && width_between(editor, from, editor->cursor) >= room)
    from = next_character(editor, from);
  size_t to = editor->cursor;
  while (to < editor->line->length && width_between(editor, from, next_character(editor, to)) < room)
    to = next_character(editor, to);
  char move[32];
  put_text("\r");
  put_text(editor->prompt);
  put(data_of(editor) + from, to - from);
  put_text("\033[K\r");
  uint32_t cells = prompt + width_between(editor, from, editor->cursor);
  if (cells) {
    snprintf(move, sizeof move, "\033[%uC", cells);
    put_text(move);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys
// ---------------------------------------------------------------------------------------------------------------------

typedef enum Key {
  KEY_ENTER = '\r',
  KEY_TAB = '\t',
  KEY_ESCAPE = 27,
  KEY_BACKSPACE = 127,
  KEY_UP = 1000,
  KEY_DOWN,
  KEY_LEFT,
  KEY_RIGHT,
  KEY_HOME,
  KEY_END,
  KEY_DELETE,
  KEY_WORD_LEFT,
  KEY_WORD_RIGHT,
  KEY_WORD_DELETE,
  KEY_WORD_ERASE,
  KEY_NONE,
  KEY_CLOSED,
} Key;
#define CONTROL(letter) ((letter) - 'A' + 1)

// A byte; -1: the terminal is gone; -2: nothing came in time.
static int read_byte(int timeout_milliseconds) {
  struct pollfd poller = {.fd = STDIN_FILENO, .events = POLLIN};
  for (;;) {
    int ready = poll(&poller, 1, timeout_milliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return -2;
    char byte;
    ssize_t count = read(STDIN_FILENO, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    return count == 1 ? (uint8_t)byte : -1;
  }
}

// ESC [ … and ESC O …
static int read_escape(void) {
  int byte = read_byte(50);
  if (byte == 'b') return KEY_WORD_LEFT;
  if (byte == 'f') return KEY_WORD_RIGHT;
  if (byte == 'd') return KEY_WORD_DELETE;
  if (byte == KEY_BACKSPACE) return KEY_WORD_ERASE;
  if (byte != '[' && byte != 'O') return KEY_NONE;
  int number = 0, modifier = 0;
  bool second = false;
  for (;;) {
    byte = read_byte(50);
    if (byte >= '0' && byte <= '9') {
      if (second)
        modifier = modifier * 10 + byte - '0';
      else
        number = number * 10 + byte - '0';
    } else if (byte == ';') {
      second = true;
    } else {
      break;
    }
  }
  switch (byte) {
    case 'A':
      return KEY_UP;
    case 'B':
      return KEY_DOWN;
    case 'C':
      return modifier ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
      return modifier ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
      return KEY_HOME;
    case 'F':
      return KEY_END;
    case '~':
      return number == 1 || number == 7   ? KEY_HOME
             : number == 4 || number == 8 ? KEY_END
             : number == 3                ? KEY_DELETE
                                          : KEY_NONE;
    default:
      return KEY_NONE;
  }
}

static int read_key(void) {
  int byte = read_byte(-1);
  if (byte == -1) return KEY_CLOSED;
  return byte == KEY_ESCAPE ? read_escape() : byte;
}

// ---------------------------------------------------------------------------------------------------------------------
// History and completion
// ---------------------------------------------------------------------------------------------------------------------

static void show_entry(Editor *editor, uint32_t entry) {
  if (editor->shown == editor->history->count) {
    free(editor->saved);
    editor->saved = strndup(data_of(editor), editor->line->length);
  }
  editor->shown = entry;
  replace(editor,
          entry == editor->history->count ? (editor->saved ? editor->saved : "") : editor->history->items[entry]);
}

typedef struct Offers {
  char **items;
  uint32_t count;
  uint32_t capacity;
} Offers;

static void take_offer(void *context, const char *text) {
  Offers *offers = context;
  for (uint32_t i = 0; i < offers->count; i++) {
    if (strcmp(offers->items[i], text) == 0) return;
  }
  if (offers->count == offers->capacity) {
    uint32_t capacity = offers->capacity ? offers->capacity * 2 : 32;
    char **items = realloc(offers->items, sizeof *items * capacity);
    if (!items) return;
    offers->items = items;
    offers->capacity = capacity;
  }
  char *copy = strdup(text);
  if (copy) offers->items[offers->count++] = copy;
}

static void list_offers(const Offers *offers) {
  uint32_t columns = terminal_columns(), widest = 0;
  for (uint32_t i = 0; i < offers->count; i++) widest = MAX_OF(widest, utf8_width(str_from(offers->items[i])));
  uint32_t in_row = MAX_OF(columns / (widest + 2), 1u);
  put_text("\r\n");
  for (uint32_t i = 0; i < offers->count && i < 200; i++) {
    put_text(offers->items[i]);
    bool row_end = (i + 1) % in_row == 0 || i + 1 == offers->count;
    for (uint32_t pad = utf8_width(str_from(offers->items[i])); !row_end && pad < widest + 2; pad++) put_text(" ");
    if (row_end) put_text("\r\n");
  }
}

static void complete(Editor *editor) {
  if (!editor->complete) return;
  Offers offers = {0};
  size_t start = editor->cursor;
  char *line = strndup(data_of(editor), editor->line->length);
  if (line) editor->complete(editor->context, line, editor->cursor, &start, take_offer, &offers);
  free(line);
  if (offers.count) {
    // what all candidates begin with
    size_t common = strlen(offers.items[0]);
    for (uint32_t i = 1; i < offers.count; i++) {
      size_t same = 0;
      while (same < common && (offers.items[i][same] | 32) == (offers.items[0][same] | 32)) same++;
      common = same;
    }
    if (common > editor->cursor - start || offers.count == 1) {
      erase(editor, start, editor->cursor);
      insert(editor, offers.items[0], common);
      if (offers.count == 1 && offers.items[0][common - 1] != '(') insert(editor, " ", 1);
    } else {
      list_offers(&offers);
    }
  }
  for (uint32_t i = 0; i < offers.count; i++) free(offers.items[i]);
  free(offers.items);
}

// Ctrl-R: the newest entry that holds what is typed. Returns the key that ended it.
static int search(Editor *editor) {
  char wanted[128] = "";
  uint32_t found = editor->history->count;
  for (;;) {
    char prompt[192];
    snprintf(prompt, sizeof prompt, "(search) '%s': ", wanted);
    Editor shown = *editor;
    shown.prompt = prompt;
    draw(&shown);
    int key = read_key();
    size_t length = strlen(wanted);
    uint32_t from = found;
    if (key == CONTROL('R')) {
      if (from == 0) continue;
    } else if (key == KEY_BACKSPACE || key == CONTROL('H')) {
      if (length) wanted[length - 1] = 0;
      from = editor->history->count;
    } else if (key >= ' ' && key < 256 && length + 1 < sizeof wanted) {
      wanted[length] = (char)key;
      wanted[length + 1] = 0;
      from = found < editor->history->count ? found + 1 : found;
    } else {
      return key;
    }
    for (uint32_t i = from; i-- > 0;) {
      if (!strcasestr(editor->history->items[i], wanted)) continue;
      found = i;
      replace(editor, editor->history->items[i]);
      break;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Editing
// ---------------------------------------------------------------------------------------------------------------------

static void transpose(Editor *editor) {
  if (editor->cursor == 0 || editor->line->length < 2) return;
  if (editor->cursor == editor->line->length) editor->cursor = previous_character(editor, editor->cursor);
  size_t left = previous_character(editor, editor->cursor), right = next_character(editor, editor->cursor);
  if (left == editor->cursor) return;
  char bytes[16];
  size_t first = editor->cursor - left, second = right - editor->cursor;
  if (first + second > sizeof bytes) return;
  char *data = editor->line->data;
  memcpy(bytes, data + editor->cursor, second);
  memcpy(bytes + second, data + left, first);
  memcpy(data + left, bytes, first + second);
  editor->cursor = right;
}

// True: the line is done, and how.
static bool take_key(Editor *editor, int key, EditEnd *end) {
  switch (key) {
    case KEY_ENTER:
    case '\n':
      *end = EDIT_LINE;
      return true;
    case KEY_CLOSED:
      *end = EDIT_END;
      return true;
    case CONTROL('C'):
      put_text("^C");
      *end = EDIT_CANCELLED;
      return true;
    case CONTROL('D'):
      if (editor->line->length == 0) {
        *end = EDIT_END;
        return true;
      }
      erase(editor, editor->cursor, next_character(editor, editor->cursor));
      break;
    case KEY_DELETE: {
      erase(editor, editor->cursor, next_character(editor, editor->cursor));
      break;
    }
    case KEY_BACKSPACE:
    case CONTROL('H'):
      erase(editor, previous_character(editor, editor->cursor), editor->cursor);
      break;
    case KEY_LEFT:
    case CONTROL('B'):
      editor->cursor = previous_character(editor, editor->cursor);
      break;
    case KEY_RIGHT:
    case CONTROL('F'):
      editor->cursor = next_character(editor, editor->cursor);
      break;
    case KEY_WORD_LEFT:
      editor->cursor = previous_word(editor, editor->cursor);
      break;
    case KEY_WORD_RIGHT:
      editor->cursor = next_word(editor, editor->cursor);
      break;
    case KEY_HOME:
    case CONTROL('A'):
      editor->cursor = 0;
      break;
    case KEY_END:
    case CONTROL('E'):
      editor->cursor = editor->line->length;
      break;
    case CONTROL('K'):
      editor->line->length = editor->cursor;
      break;
    case CONTROL('U'):
      erase(editor, 0, editor->cursor);
      break;
    case CONTROL('W'):
    case KEY_WORD_ERASE:
      erase(editor, previous_word(editor, editor->cursor), editor->cursor);
      break;
    case KEY_WORD_DELETE:
      erase(editor, editor->cursor, next_word(editor, editor->cursor));
      break;
    case CONTROL('T'):
      transpose(editor);
      break;
    case CONTROL('L'):
      put_text("\033[H\033[2J");
      break;
    case KEY_UP:
    case CONTROL('P'):
      if (editor->shown > 0) show_entry(editor, editor->shown - 1);
      break;
    case KEY_DOWN:
    case CONTROL('N'):
      if (editor->shown < editor->history->count) show_entry(editor, editor->shown + 1);
      break;
    case CONTROL('R'):
      return take_key(editor, search(editor), end); // search ends with another key than this
    case KEY_TAB:
      complete(editor);
      break;
    default:
      if (key >= ' ' && key < 256) {
        char byte = (char)key;
        insert(editor, &byte, 1);
      }
  }
  return false;
}

EditEnd edit_line(const char *prompt, History *history, Completer completer, void *context, TextBuilder *line) {
  struct termios before, raw;
  text_clear(line);
  if (tcgetattr(STDIN_FILENO, &before)) return EDIT_END;
  raw = before;
  raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
  raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  fflush(stdout);
  Editor editor = {.prompt = prompt,
                   .history = history,
                   .complete = completer,
                   .context = context,
                   .line = line,
                   .shown = history->count};
  EditEnd end = EDIT_END;
  do {
    // a pasted text or the bytes of one character are drawn at once
    struct pollfd more = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&more, 1, 0) <= 0) draw(&editor);
  } while (!take_key(&editor, read_key(), &end));
  editor.cursor = line->length;
  draw(&editor);
  put_text("\r\n");
  tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
  free(editor.saved);
  return end;
}
