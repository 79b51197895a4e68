// SPDX-License-Identifier: MIT
//
// complete.c: what Tab offers: dot commands at the beginning, keywords and functions, names of tables and their columns, and file names inside
// quotes.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include "shell/shell.h"

static const char *const KEYWORDS[] = {
    "ALTER",   "ANALYZE",   "AND",         "AS",       "ASC",    "ATTACH",    "BEGIN",   "BETWEEN",   "BY",
    "CASE",    "CAST",      "CHECKPOINT",  "COLUMN",   "COMMIT", "COPY",      "CREATE",  "CROSS",     "DATABASE",
    "DEFAULT", "DELETE",    "DESC",        "DESCRIBE", "DETACH", "DISTINCT",  "DROP",    "ELSE",      "END",
    "EXCEPT",  "EXCLUDE",   "EXISTS",      "EXPLAIN",  "EXPORT", "FILTER",    "FROM",    "FULL",      "GROUP",
    "HAVING",  "ILIKE",     "IMPORT",      "IN",       "INDEX",  "INNER",     "INSERT",  "INTERSECT", "INTO",
    "IS",      "JOIN",      "LEFT",        "LIKE",     "LIMIT",  "MACRO",     "NATURAL", "NOT",       "NULL",
    "OFFSET",  "ON",        "OR",          "ORDER",    "OVER",   "PARTITION", "PIVOT",   "PRAGMA",    "PRIMARY",
    "QUALIFY", "RECURSIVE", "RENAME",      "REPLACE",  "RESET",  "RETURNING", "RIGHT",   "ROLLBACK",  "SAMPLE",
    "SCHEMA",  "SELECT",    "SEQUENCE",    "SET",      "SHOW",   "SUMMARIZE", "TABLE",   "TABLES",    "TEMPORARY",
    "THEN",    "TO",        "TRANSACTION", "TRUE",     "UNION",  "UNIQUE",    "UNPIVOT", "UPDATE",    "USE",
    "USING",   "VALUES",    "VIEW",        "WHEN",     "WHERE",  "WINDOW",    "WITH"};

static const char *const COMMANDS[] = {
    ".bail",  ".cd",     ".changes",   ".databases", ".dump",     ".echo",    ".exit",      ".headers",
    ".help",  ".import", ".indexes",   ".maxrows",   ".maxwidth", ".mode",    ".nullvalue", ".once",
    ".open",  ".output", ".print",     ".prompt",    ".quit",     ".read",    ".schema",    ".separator",
    ".shell", ".show",   ".snapshots", ".tables",    ".timer",    ".version", ".width"};

typedef struct Wanted {
  const char *prefix;
  size_t length;
  void (*offer)(void *, const char *);
  void *context;
} Wanted;

static bool fits(const Wanted *wanted, const char *text) {
  return strncasecmp(text, wanted->prefix, wanted->length) == 0;
}

static void offer_name(void *context, uint32_t column_count, const smew_text *values, const bool *nulls) {
  const Wanted *wanted = context;
  if (column_count == 0 || nulls[0] || !fits(wanted, values[0].data)) return;
  TextBuilder quoted;
  Memory memory;
  memory_init(&memory, 0);
  text_init(&quoted, &memory);
  bool plain = values[0].length && !isdigit((unsigned char)values[0].data[0]);
  for (size_t i = 0; i < values[0].length; i++) {
    char byte = values[0].data[i];
    plain = plain && (isalnum((unsigned char)byte) || byte == '_' || (uint8_t)byte >= 0x80);
  }
  if (!plain) text_append_char(&quoted, '"');
  text_append(&quoted, (Str){values[0].data, values[0].length});
  if (!plain) text_append_char(&quoted, '"');
  text_append_char(&quoted, '\0');
  if (!quoted.failed) wanted->offer(wanted->context, quoted.data);
  text_free(&quoted);
}

// Directory entries for a path that is being typed.
static void offer_files(const Wanted *wanted) {
  const char *slash = NULL;
  for (size_t i = 0; i < wanted->length; i++) {
    if (wanted->prefix[i] == '/') slash = wanted->prefix + i;
  }
  size_t directory_length = slash ? (size_t)(slash - wanted->prefix) + 1 : 0;
  char *directory = directory_length ? strndup(wanted->prefix, directory_length) : strdup("./");
  const char *name = wanted->prefix + directory_length;
  size_t name_length = wanted->length - directory_length;
  DIR *open = directory ? opendir(directory) : NULL;
  for (struct dirent *entry; open && (entry = readdir(open));) {
    if (entry->d_name[0] == '.' && name_length == 0) continue;
    if (strncmp(entry->d_name, name, name_length) != 0) continue;
    char *whole;
    if (asprintf(&whole, "%.*s%s%s", (int)directory_length, wanted->prefix, entry->d_name,
                 entry->d_type == DT_DIR ? "/" : "") < 0) {
      break;
    }
    wanted->offer(wanted->context, whole);
    free(whole);
  }
  if (open) closedir(open);
  free(directory);
}

static bool is_word(char byte) { return isalnum((unsigned char)byte) || byte == '_' || (uint8_t)byte >= 0x80; }

void complete_sql(void *context, const char *line, size_t at, size_t *start, void (*offer)(void *, const char *),
                  void *offer_context) {
  Shell *shell = context;
  // inside quotes: a file
  size_t quote = SIZE_MAX;
  for (size_t i = 0; i < at; i++) {
    if (line[i] == '\'') quote = quote == SIZE_MAX ? i : SIZE_MAX;
  }
  Wanted wanted = {.offer = offer, .context = offer_context};
  if (quote != SIZE_MAX || (line[0] == '.' && strchr(line, ' '))) {
    *start = quote != SIZE_MAX ? quote + 1 : at;
    while (quote == SIZE_MAX && *start > 0 && line[*start - 1] != ' ') (*start)--;
    wanted.prefix = line + *start;
    wanted.length = at - *start;
    offer_files(&wanted);
    return;
  }
  *start = at;
  while (*start > 0 && (is_word(line[*start - 1]) || (*start == 1 && line[0] == '.'))) (*start)--;
  wanted.prefix = line + *start;
  wanted.length = at - *start;
  if (line[0] == '.') {
    for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
      if (fits(&wanted, COMMANDS[i])) offer(offer_context, COMMANDS[i]);
    }
    return;
  }
  if (wanted.length == 0) return;
  for (size_t i = 0; i < COUNT_OF(KEYWORDS); i++) {
    if (!fits(&wanted, KEYWORDS[i])) continue;
    char word[32]; // in the case that is being typed
    snprintf(word, sizeof word, "%s", KEYWORDS[i]);
    for (char *byte = word; islower((unsigned char)wanted.prefix[0]) && *byte; byte++)
      *byte = (char)tolower((unsigned char)*byte);
    offer(offer_context, word);
  }
  // inside a transaction that was aborted there is nothing to ask
  const char *problem;
  static const char *const NAMES[] = {"SELECT DISTINCT table_name FROM duckdb_tables()",
                                      "SELECT DISTINCT view_name FROM duckdb_views() WHERE NOT internal",
                                      "SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT internal",
                                      "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE NOT internal",
                                      "SELECT DISTINCT function_name FROM duckdb_functions()"};
  for (size_t i = 0; i < COUNT_OF(NAMES); i++) shell_query(shell, NAMES[i], offer_name, &wanted, &problem);
}
