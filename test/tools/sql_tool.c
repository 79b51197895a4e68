// SPDX-License-Identifier: MIT
//
// sql_tool.c: the parser by itself, for people who work on it.
//
//   sql_tool corpus FILE.test…   parses every statement of sqllogictest files that is expected to succeed (and every query),
//                                prints those that do not parse or whose printed form does not parse to the same text, and
//                                those that should fail in the parser but do not
//   sql_tool names FILE          each line is a select list: prints the names of its columns
//   sql_tool print FILE          each line is a query: prints it in DuckDB's form
//   sql_tool dump FILE           the whole file is SQL: prints its trees
//
// Build: gcc -std=gnu17 -Isrc test/tools/sql_tool.c build/debug/lib/sql.a build/debug/lib/base.a build/debug/lib/deps.a
#include <stdio.h>
#include <stdlib.h>

#include "sql/sql.h"

static Str read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return (Str){NULL, 0};
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *data = malloc((size_t)size + 1);
  size_t length = fread(data, 1, (size_t)size, file);
  fclose(file);
  return (Str){data, length};
}

// Takes the next line off the text, without its newline; false at the end.
static bool next_line(Str *text, Str *line) {
  if (text->length == 0) return false;
  const char *newline = memchr(text->data, '\n', text->length);
  size_t length = newline ? (size_t)(newline - text->data) : text->length;
  *line = (Str){text->data, length};
  size_t taken = length + (newline != NULL);
  *text = (Str){text->data + taken, text->length - taken};
  return true;
}

typedef struct Totals {
  uint64_t errors; // statements that are expected to fail in the parser
  uint64_t missed; // and do not, or say something else
  uint64_t statements;
  uint64_t failed;
  uint64_t queries;
  uint64_t changed; // queries whose printed form prints differently
} Totals;

static void report(const char *path, uint32_t line, Str sql, const char *what, const char *detail) {
  printf("%s:%u: %s: %s\n    %.*s\n", path, line, what, detail, (int)(sql.length > 300 ? 300 : sql.length), sql.data);
}

static void check_query(Arena *arena, const SqlQuery *query, const char *path, uint32_t line, Str sql, Totals *totals) {
  TextBuilder first, second;
  Error error = {0};
  SqlQuery *again;
  text_init(&first, arena->memory);
  text_init(&second, arena->memory);
  sql_print_query(&first, query);
  totals->queries++;
  if (sql_parse_query(arena, text_str(&first), SQL_OPTIONS_DEFAULT, &again, &error) != OK) {
    totals->changed++;
    report(path, line, sql, "printed form does not parse", error.message);
    printf("    %.*s\n", STR_ARG(text_str(&first)));
  } else {
    // TRUE prints as a cast, as in DuckDB: the text settles after one round.
    TextBuilder third;
    text_init(&third, arena->memory);
    sql_print_query(&second, again);
    if (sql_parse_query(arena, text_str(&second), SQL_OPTIONS_DEFAULT, &again, &error) == OK)
      sql_print_query(&third, again);
    if (!str_equal(text_str(&second), text_str(&third))) {
      totals->changed++;
      report(path, line, sql, "printed form changes", error.message);
      printf("    %.*s\n    %.*s\n", STR_ARG(text_str(&second)), STR_ARG(text_str(&third)));
    }
    text_free(&third);
  }
  text_free(&second);
  text_free(&first);
}

static void check_statement(Memory *memory, Str sql, const char *path, uint32_t line, Totals *totals) {
  Arena arena;
  Error error = {0};
  SqlScript script;
  arena_init(&arena, memory);
  totals->statements++;
  if (sql_parse(&arena, sql, SQL_OPTIONS_DEFAULT, &script, &error) != OK) {
    totals->failed++;
    report(path, line, sql, error_class(error.code), error.message);
  } else {
    for (uint32_t i = 0; i < script.count; i++) {
      if (script.items[i]->kind == SQL_STATEMENT_SELECT)
        check_query(&arena, script.items[i]->query, path, line, sql, totals);
    }
  }
  arena_free(&arena);
}

static bool contains(Str text, const char *needle) {
  size_t found;
  return str_find(text, str_from(needle), &found);
}

// A statement that is expected to fail: in the parser when the text says so, and only later when it names another class.
static void check_error(Memory *memory, Str sql, Str expected, const char *path, uint32_t line, Totals *totals) {
  Arena arena;
  Error error = {0};
  SqlScript script;
  arena_init(&arena, memory);
  bool fails = sql_parse(&arena, sql, SQL_OPTIONS_DEFAULT, &script, &error) != OK;
  bool parser = contains(expected, "Parser Error") || contains(expected, "syntax error");
  bool later = contains(expected, "Binder Error") || contains(expected, "Catalog Error") ||
               contains(expected, "Conversion Error");
  char message[8192];
  snprintf(message, sizeof message, "%s: %s", error_class(error.code), error.message);
  totals->errors += parser;
  Str first = str_trim(expected);
  bool regex = str_starts_with(first, STR("<REGEX>"));
  totals->missed += parser && !fails;
  if (parser && !fails) {
    report(path, line, sql, "parses, but should not", "");
    printf("    %.*s\n", STR_ARG(first));
  } else if (parser && !regex && !contains(str_from(message), "\n")) {
    char wanted[512];
    snprintf(wanted, sizeof wanted, "%.*s", (int)(first.length > 500 ? 500 : first.length), first.data);
    if (!strstr(message, wanted)) {
      totals->missed++;
      report(path, line, sql, "says something else", message);
      printf("    %s\n", wanted);
    }
  } else if (later && fails && error.code == ERROR_PARSER) {
    totals->missed++;
    report(path, line, sql, "fails in the parser", message);
    printf("    %.*s\n", STR_ARG(first));
  }
  arena_free(&arena);
}

static void check_test_file(Memory *memory, const char *path, Totals *totals) {
  Str whole = read_file(path), text = whole, line;
  TextBuilder sql, expected;
  text_init(&sql, memory);
  text_init(&expected, memory);
  uint32_t number = 0;
  while (next_line(&text, &line)) {
    number++;
    bool good = str_starts_with(line, STR("statement ok")) || str_starts_with(line, STR("query "));
    bool bad = str_starts_with(line, STR("statement error"));
    if (!good && !bad) continue;
    uint32_t start = number + 1;
    text_clear(&sql);
    text_clear(&expected);
    while (next_line(&text, &line)) {
      number++;
      if (str_trim(line).length == 0 || line.data[0] == '#' || str_equal(str_trim(line), STR("----"))) break;
      text_append(&sql, line);
      text_append_char(&sql, '\n');
    }
    if (bad && str_equal(str_trim(line), STR("----"))) {
      while (next_line(&text, &line)) {
        number++;
        if (str_trim(line).length == 0) break;
        text_append(&expected, line);
        text_append_char(&expected, '\n');
      }
    }
    // ${x} and {x} of loops stand for anything; what they stand for is not known here.
    size_t found;
    if (str_find(text_str(&sql), STR("${"), &found)) continue;
    if (good) {
      check_statement(memory, text_str(&sql), path, start, totals);
    } else {
      check_error(memory, text_str(&sql), text_str(&expected), path, start, totals);
    }
  }
  text_free(&expected);
  text_free(&sql);
  free((void *)whole.data);
}

static int run_corpus(Memory *memory, int count, char **paths) {
  Totals totals = {0};
  for (int i = 0; i < count; i++) check_test_file(memory, paths[i], &totals);
  printf("%llu statements, %llu do not parse (%.3f %% parse); %llu queries, %llu change when printed\n",
         (unsigned long long)totals.statements, (unsigned long long)totals.failed,
         100.0 * (1.0 - (double)totals.failed / (double)(totals.statements ? totals.statements : 1)),
         (unsigned long long)totals.queries, (unsigned long long)totals.changed);
  printf("%llu errors of the parser expected, %llu otherwise\n", (unsigned long long)totals.errors,
         (unsigned long long)totals.missed);
  return totals.failed > 0;
}

static void print_names(Arena *arena, Str line) {
  SqlExprList list;
  Error error = {0};
  if (sql_parse_expressions(arena, line, SQL_OPTIONS_DEFAULT, &list, &error) != OK) {
    printf("!! %s: %s\n", error_class(error.code), error.message);
    return;
  }
  for (uint32_t i = 0; i < list.count; i++) {
    Str name;
    if (sql_column_name(arena, list.items[i], &name, &error) != OK) abort();
    printf("%s%.*s", i ? " ## " : "", STR_ARG(name));
  }
  printf("\n");
}

static void print_query(Arena *arena, Str line) {
  SqlQuery *query;
  Error error = {0};
  if (sql_parse_query(arena, line, SQL_OPTIONS_DEFAULT, &query, &error) != OK) {
    printf("!! %s: %s\n", error_class(error.code), error.message);
    return;
  }
  TextBuilder text;
  text_init(&text, arena->memory);
  sql_print_query(&text, query);
  printf("%.*s\n", STR_ARG(text_str(&text)));
  text_free(&text);
}

static void dump(Arena *arena, Str sql) {
  SqlScript script;
  Error error = {0};
  if (sql_parse(arena, sql, SQL_OPTIONS_DEFAULT, &script, &error) != OK) {
    printf("%s: %s (at %d)\n", error_class(error.code), error.message, error.position);
    return;
  }
  TextBuilder text;
  text_init(&text, arena->memory);
  for (uint32_t i = 0; i < script.count; i++) sql_dump_statement(&text, script.items[i]);
  printf("%.*s", STR_ARG(text_str(&text)));
  text_free(&text);
}

int main(int argc, char **argv) {
  Memory memory;
  memory_init(&memory, 0);
  if (argc < 3) {
    fprintf(stderr, "usage: sql_tool corpus|names|print|dump FILE…\n");
    return 2;
  }
  if (strcmp(argv[1], "corpus") == 0) return run_corpus(&memory, argc - 2, argv + 2);
  Arena arena;
  arena_init(&arena, &memory);
  Str whole = read_file(argv[2]), text = whole, line;
  if (strcmp(argv[1], "dump") == 0) dump(&arena, whole);
  bool names = strcmp(argv[1], "names") == 0, queries = strcmp(argv[1], "print") == 0;
  while ((names || queries) && next_line(&text, &line)) {
    if (str_trim(line).length == 0) continue;
    if (names) print_names(&arena, line);
    if (queries) print_query(&arena, line);
  }
  free((void *)whole.data);
  arena_free(&arena);
  return 0;
}
