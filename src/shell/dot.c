// SPDX-License-Identifier: MIT
//
// dot.c: the commands that begin with a dot. One table of names, arguments and help; one function each.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "shell/shell.h"

#define ARGUMENT_CAPACITY 16

typedef struct Command {
  Shell *shell;
  uint32_t count; // arguments, the command itself included
  char *arguments[ARGUMENT_CAPACITY];
  const char *rest; // all behind the command, as it was typed
} Command;

static const char *argument(const Command *command, uint32_t index) {
  return index < command->count ? command->arguments[index] : NULL;
}

static bool truth_of(const char *text, bool otherwise) {
  if (!text) return otherwise;
  return strcasecmp(text, "on") == 0 || strcasecmp(text, "yes") == 0 || strcasecmp(text, "true") == 0 ||
         strcmp(text, "1") == 0;
}

// ---------------------------------------------------------------------------------------------------------------------
// What is in the database
// ---------------------------------------------------------------------------------------------------------------------

// Text for SQL: 'it''s'
static void append_literal(TextBuilder *sql, const char *text) {
  text_append_char(sql, '\'');
  for (; *text; text++) {
    if (*text == '\'') text_append_char(sql, '\'');
    text_append_char(sql, *text);
  }
  text_append_char(sql, '\'');
}

static void append_name(TextBuilder *sql, const char *text) {
  text_append_char(sql, '"');
  for (; *text; text++) {
    if (*text == '"') text_append_char(sql, '"');
    text_append_char(sql, *text);
  }
  text_append_char(sql, '"');
}

static const char *finish(TextBuilder *sql) {
  text_append_char(sql, '\0');
  return sql->failed ? "SELECT 0" : sql->data;
}

typedef struct Names {
  char **items;
  uint32_t count;
  uint32_t capacity;
} Names;

static void take_name(void *context, uint32_t column_count, const smew_text *values, const bool *nulls) {
  Names *names = context;
  if (column_count == 0 || nulls[0]) return;
  if (names->count == names->capacity) {
    uint32_t capacity = names->capacity ? names->capacity * 2 : 32;
    char **items = realloc(names->items, sizeof *items * capacity);
    if (!items) return;
    names->items = items;
    names->capacity = capacity;
  }
  char *copy = strndup(values[0].data, values[0].length);
  if (copy) names->items[names->count++] = copy;
}

static void free_names(Names *names) {
  for (uint32_t i = 0; i < names->count; i++) free(names->items[i]);
  free(names->items);
}

static bool query(Shell *shell, const char *sql, RowReceiver receive, void *context) {
  const char *problem;
  if (shell_query(shell, sql, receive, context, &problem)) return true;
  shell_error(shell, "%s", problem);
  return false;
}

// Names in as many columns as fit.
static void print_names(Shell *shell, const Names *names) {
  uint32_t widest = 0, width = terminal_width(shell);
  for (uint32_t i = 0; i < names->count; i++) widest = MAX_OF(widest, utf8_width(str_from(names->items[i])));
  uint32_t columns = MAX_OF(width / (widest + 2), 1u), rows = (names->count + columns - 1) / columns;
  for (uint32_t row = 0; row < rows; row++) {
    for (uint32_t i = row; i < names->count; i += rows) {
      bool last = i + rows >= names->count;
      uint32_t pad = last ? 0 : widest + 2 - utf8_width(str_from(names->items[i]));
      fprintf(shell_output(shell), "%s%*s", names->items[i], (int)pad, "");
    }
    fputc('\n', shell_output(shell));
  }
}

static void run_tables(const Command *command) {
  TextBuilder sql;
  text_init(&sql, &command->shell->memory);
  text_append(&sql, STR("SELECT name FROM (SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal UNION ALL "
                        "SELECT view_name "
                        "FROM duckdb_views() WHERE NOT internal)"));
  if (argument(command, 1)) {
    text_append(&sql, STR(" WHERE name LIKE "));
    append_literal(&sql, argument(command, 1));
  }
  text_append(&sql, STR(" ORDER BY name"));
  Names names = {0};
  if (query(command->shell, finish(&sql), take_name, &names)) print_names(command->shell, &names);
  free_names(&names);
  text_free(&sql);
}

static void print_sql(void *context, uint32_t column_count, const smew_text *values, const bool *nulls) {
  Shell *shell = context;
  if (column_count == 0 || nulls[0]) return;
  bool ends = values[0].length && values[0].data[values[0].length - 1] == ';';
  fprintf(shell_output(shell), "%.*s%s\n", (int)values[0].length, values[0].data, ends ? "" : ";");
}

static void run_schema(const Command *command) {
  static const char *const PARTS[] = {
      "SELECT sql FROM duckdb_sequences() WHERE true", "SELECT sql FROM duckdb_tables() WHERE NOT internal",
      "SELECT sql FROM duckdb_views() WHERE NOT internal", "SELECT sql FROM duckdb_indexes() WHERE true"};
  static const char *const NAMES[] = {"sequence_name", "table_name", "view_name", "table_name"};
  for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
    TextBuilder sql;
    text_init(&sql, &command->shell->memory);
    text_append(&sql, str_from(PARTS[i]));
    if (argument(command, 1)) {
      text_format(&sql, " AND %s LIKE ", NAMES[i]);
      append_literal(&sql, argument(command, 1));
    }
    query(command->shell, finish(&sql), print_sql, command->shell);
    text_free(&sql);
  }
}

static void print_database(void *context, uint32_t column_count, const smew_text *values, const bool *nulls) {
  Shell *shell = context;
  if (column_count < 2) return;
  fprintf(shell_output(shell), "%.*s: %.*s\n", (int)values[0].length, values[0].data,
          nulls[1] ? 0 : (int)values[1].length, values[1].data);
}

static void run_databases(const Command *command) {
  query(command->shell, "SELECT database_name, path FROM duckdb_databases() WHERE NOT internal ORDER BY 1",
        print_database, command->shell);
}

static void run_indexes(const Command *command) {
  TextBuilder sql;
  text_init(&sql, &command->shell->memory);
  text_append(&sql, STR("SELECT index_name FROM duckdb_indexes()"));
  if (argument(command, 1)) {
    text_append(&sql, STR(" WHERE table_name LIKE "));
    append_literal(&sql, argument(command, 1));
  }
  text_append(&sql, STR(" ORDER BY 1"));
  Names names = {0};
  if (query(command->shell, finish(&sql), take_name, &names)) print_names(command->shell, &names);
  free_names(&names);
  text_free(&sql);
}

static void run_snapshots(const Command *command) {
  const char *problem;
  if (shell_query(command->shell, "SELECT * FROM smew_snapshots()", print_database, command->shell, &problem)) return;
  fputs("There are no snapshots.\n", shell_output(command->shell));
}

static void run_dump(const Command *command) {
  Shell *shell = command->shell;
  FILE *out = shell_output(shell);
  fputs("BEGIN TRANSACTION;\n", out);
  run_schema(command);
  TextBuilder sql;
  text_init(&sql, &shell->memory);
  text_append(&sql, STR("SELECT table_name FROM duckdb_tables() WHERE NOT internal"));
  if (argument(command, 1)) {
    text_append(&sql, STR(" AND table_name LIKE "));
    append_literal(&sql, argument(command, 1));
  }
  Names names = {0};
  query(shell, finish(&sql), take_name, &names);
  text_free(&sql);
  Mode mode = shell->mode;
  char *table = shell->insert_table;
  bool timer = shell->timer, changes = shell->changes, headers = shell->headers, headers_set = shell->headers_set;
  shell->timer = shell->changes = shell->headers = false;
  shell->headers_set = true;
  shell->mode = MODE_INSERT;
  for (uint32_t i = 0; i < names.count; i++) {
    shell->insert_table = names.items[i];
    text_init(&sql, &shell->memory);
    text_append(&sql, STR("SELECT * FROM "));
    append_name(&sql, names.items[i]);
    const char *text = finish(&sql);
    shell_run(shell, text, strlen(text));
    text_free(&sql);
  }
  shell->mode = mode;
  shell->timer = timer;
  shell->changes = changes;
  shell->headers = headers;
  shell->headers_set = headers_set;
  shell->insert_table = table;
  free_names(&names);
  fputs("COMMIT;\n", shell->output);
}

// ---------------------------------------------------------------------------------------------------------------------
// Files
// ---------------------------------------------------------------------------------------------------------------------

static void run_open(const Command *command) {
  bool create = argument(command, 1) && strcmp(argument(command, 1), "--new") == 0;
  const char *path = argument(command, create ? 2 : 1);
  if (create && path) unlink(path);
  shell_open(command->shell, path);
}

static void run_read(const Command *command) {
  if (!argument(command, 1)) {
    shell_error(command->shell, "Usage: .read FILE");
    return;
  }
  if (!shell_read_path(command->shell, argument(command, 1))) {
    shell_error(command->shell, "Error: cannot open \"%s\": %s", argument(command, 1), strerror(errno));
  }
}

static FILE *open_output(Shell *shell, const char *path) {
  FILE *file = fopen(path, "w");
  if (!file) shell_error(shell, "Error: cannot write to \"%s\": %s", path, strerror(errno));
  return file;
}

static void run_output(const Command *command) {
  Shell *shell = command->shell;
  const char *path = argument(command, 1);
  if (shell->output != stdout) fclose(shell->output);
  shell->output = stdout;
  if (!path || strcmp(path, "stdout") == 0) return;
  FILE *file = open_output(shell, path);
  if (file) shell->output = file;
}

static void run_once(const Command *command) {
  if (!argument(command, 1)) {
    shell_error(command->shell, "Usage: .once FILE");
    return;
  }
  command->shell->once = open_output(command->shell, argument(command, 1));
}

static void count_row(void *context, uint32_t column_count, const smew_text *values, const bool *nulls) {
  (void)column_count;
  (void)values;
  (void)nulls;
  (*(uint32_t *)context)++;
}

static void run_import(const Command *command) {
  Shell *shell = command->shell;
  const char *files[2] = {NULL, NULL};
  uint32_t count = 0;
  for (uint32_t i = 1; i < command->count; i++) {
    if (command->arguments[i][0] != '-' && count < 2) files[count++] = command->arguments[i];
  }
  if (count < 2) {
    shell_error(shell, "Usage: .import FILE TABLE");
    return;
  }
  TextBuilder sql;
  text_init(&sql, &shell->memory);
  text_append(&sql, STR("SELECT 1 FROM duckdb_tables() WHERE lower(table_name) = lower("));
  append_literal(&sql, files[1]);
  text_append_char(&sql, ')');
  uint32_t exists = 0;
  bool known = query(shell, finish(&sql), count_row, &exists);
  text_free(&sql);
  if (!known) return;
  text_init(&sql, &shell->memory);
  text_append(&sql, exists ? STR("INSERT INTO ") : STR("CREATE TABLE "));
  append_name(&sql, files[1]);
  text_append(&sql, exists ? STR(" FROM read_csv(") : STR(" AS FROM read_csv("));
  append_literal(&sql, files[0]);
  text_append_char(&sql, ')');
  const char *text = finish(&sql);
  shell_run(shell, text, strlen(text));
  text_free(&sql);
}

static void run_cd(const Command *command) {
  if (!argument(command, 1) || chdir(argument(command, 1))) {
    shell_error(command->shell, "Error: cannot change to \"%s\"", argument(command, 1) ? argument(command, 1) : "");
  }
}

static void run_system(const Command *command) {
  fflush(NULL);
  if (system(command->rest) == -1) shell_error(command->shell, "Error: %s", strerror(errno));
}

// ---------------------------------------------------------------------------------------------------------------------
// Settings
// ---------------------------------------------------------------------------------------------------------------------

static void run_mode(const Command *command) {
  Shell *shell = command->shell;
  if (!argument(command, 1)) {
    fprintf(shell_output(shell), "current output mode: %s\n", mode_name(shell->mode));
    return;
  }
  Mode mode;
  if (!mode_from_name(argument(command, 1), &mode)) {
    TextBuilder names;
    text_init(&names, &shell->memory);
    for (uint32_t i = 0; i < MODE_COUNT; i++) text_format(&names, " %s", mode_name((Mode)i));
    shell_error(shell, "Error: mode should be one of:%.*s", (int)names.length, names.data ? names.data : "");
    text_free(&names);
    return;
  }
  shell->mode = mode;
  shell->separator[0] = 0;
  if (mode == MODE_INSERT && argument(command, 2)) {
    free(shell->insert_table);
    shell->insert_table = strdup(argument(command, 2));
  }
}

static void run_headers(const Command *command) {
  command->shell->headers = truth_of(argument(command, 1), true);
  command->shell->headers_set = true;
}

static void run_nullvalue(const Command *command) {
  snprintf(command->shell->null_text, sizeof command->shell->null_text, "%s",
           argument(command, 1) ? argument(command, 1) : "");
  command->shell->null_set = true;
}

static void run_separator(const Command *command) {
  Shell *shell = command->shell;
  if (argument(command, 1)) snprintf(shell->separator, sizeof shell->separator, "%s", argument(command, 1));
  if (argument(command, 2)) snprintf(shell->row_separator, sizeof shell->row_separator, "%s", argument(command, 2));
}

static void run_timer(const Command *command) { command->shell->timer = truth_of(argument(command, 1), true); }
static void run_changes(const Command *command) { command->shell->changes = truth_of(argument(command, 1), true); }
static void run_echo(const Command *command) { command->shell->echo = truth_of(argument(command, 1), true); }
static void run_bail(const Command *command) { command->shell->bail = truth_of(argument(command, 1), true); }

static void run_maxrows(const Command *command) {
  Shell *shell = command->shell;
  if (argument(command, 1))
    shell->max_rows = (uint32_t)atoi(argument(command, 1));
  else
    fprintf(shell_output(shell), "current max rows: %u\n", shell->max_rows);
}

static void run_maxwidth(const Command *command) {
  Shell *shell = command->shell;
  if (argument(command, 1))
    shell->max_width = (uint32_t)atoi(argument(command, 1));
  else
    fprintf(shell_output(shell), "current max width: %u\n", terminal_width(shell));
}

static void run_width(const Command *command) {
  Shell *shell = command->shell;
  shell->width_count = 0;
  for (uint32_t i = 1; i < command->count; i++) {
    if (shell->width_count == COUNT_OF(shell->widths)) break;
    shell->widths[shell->width_count++] = (uint32_t)abs(atoi(command->arguments[i]));
  }
}

static void run_prompt(const Command *command) {
  Shell *shell = command->shell;
  if (argument(command, 1)) snprintf(shell->prompt, sizeof shell->prompt, "%s", argument(command, 1));
  if (argument(command, 2)) snprintf(shell->continuation, sizeof shell->continuation, "%s", argument(command, 2));
}

static void run_print(const Command *command) {
  for (uint32_t i = 1; i < command->count; i++)
    fprintf(shell_output(command->shell), "%s%s", i > 1 ? " " : "", command->arguments[i]);
  fputc('\n', shell_output(command->shell));
}

static void run_show(const Command *command) {
  Shell *shell = command->shell;
  FILE *out = shell_output(shell);
  fprintf(out, "        echo: %s\n", shell->echo ? "on" : "off");
  fprintf(out, "     headers: %s\n", shell->headers_set ? (shell->headers ? "on" : "off") : "default");
  fprintf(out, "        mode: %s\n", mode_name(shell->mode));
  fprintf(out, "   nullvalue: \"%s\"\n", shell->null_set ? shell->null_text : "");
  fprintf(out, "   separator: \"%s\"\n", shell->separator[0] ? shell->separator : "of the mode");
  fprintf(out, "     maxrows: %u\n", shell->max_rows);
  fprintf(out, "       timer: %s\n", shell->timer ? "on" : "off");
  fprintf(out, "    filename: %s\n", shell->path ? shell->path : ":memory:");
}

static void run_version(const Command *command) { fprintf(shell_output(command->shell), "Smew %s\n", smew_version()); }

static void run_quit(const Command *command) {
  command->shell->quit = true;
  if (argument(command, 1)) command->shell->exit_code = atoi(argument(command, 1));
}

static void run_help(const Command *command);

static const struct {
  const char *name;
  void (*run)(const Command *);
  const char *arguments;
  const char *help;
} COMMANDS[] = {
    {".bail", run_bail, "on|off", "Stop after the first error"},
    {".cd", run_cd, "DIRECTORY", "Change the working directory"},
    {".changes", run_changes, "on|off", "Show the number of rows changed"},
    {".databases", run_databases, "", "List the names and files of databases"},
    {".dump", run_dump, "?TABLE?", "Write the database as SQL"},
    {".echo", run_echo, "on|off", "Print statements before they run"},
    {".exit", run_quit, "?CODE?", "End the program"},
    {".headers", run_headers, "on|off", "Show the names of columns"},
    {".help", run_help, "?COMMAND?", "Show this"},
    {".import", run_import, "FILE TABLE", "Read a CSV file into a table, which is made when missing"},
    {".indexes", run_indexes, "?TABLE?", "List the names of indexes"},
    {".maxrows", run_maxrows, "COUNT", "Rows that duckbox shows; 0: all"},
    {".maxwidth", run_maxwidth, "CELLS", "Width that duckbox uses; 0: the terminal's"},
    {".mode", run_mode, "MODE ?TABLE?",
     "Form of results: duckbox box table column markdown csv tabs list line json jsonlines insert quote html latex "
     "trash"},
    {".nullvalue", run_nullvalue, "TEXT", "What stands for NULL"},
    {".once", run_once, "FILE", "Write the next result to a file"},
    {".open", run_open, "?--new? ?FILE?", "Close this database and open another"},
    {".output", run_output, "?FILE?", "Write results to a file, or to the terminal again"},
    {".print", run_print, "TEXT", "Print a text"},
    {".prompt", run_prompt, "MAIN CONTINUE", "Change the prompts"},
    {".quit", run_quit, "", "End the program"},
    {".read", run_read, "FILE", "Run the statements of a file"},
    {".schema", run_schema, "?PATTERN?", "Show the SQL of tables, views, sequences and indexes"},
    {".separator", run_separator, "COLUMN ?ROW?", "Separators of list and csv"},
    {".shell", run_system, "COMMAND", "Run a command of the system"},
    {".show", run_show, "", "Show the settings"},
    {".snapshots", run_snapshots, "", "List the snapshots of the database"},
    {".system", run_system, "COMMAND", "Run a command of the system"},
    {".tables", run_tables, "?PATTERN?", "List the names of tables and views"},
    {".timer", run_timer, "on|off", "Show how long statements take"},
    {".version", run_version, "", "Show the version"},
    {".width", run_width, "CELLS ...", "Set the widths of columns"},
};

static void run_help(const Command *command) {
  const char *wanted = argument(command, 1);
  bool found = false;
  for (size_t i = 0; i < COUNT_OF(COMMANDS); i++) {
    if (wanted && !strstr(COMMANDS[i].name, wanted)) continue;
    found = true;
    fprintf(shell_output(command->shell), "%-11s %-16s %s\n", COMMANDS[i].name, COMMANDS[i].arguments,
            COMMANDS[i].help);
  }
  if (!found) fprintf(shell_output(command->shell), "Nothing matches \"%s\"\n", wanted);
}

// ---------------------------------------------------------------------------------------------------------------------
// Words and dispatch
// ---------------------------------------------------------------------------------------------------------------------

static char unescape(char byte) {
  return byte == 'n' ? '\n' : byte == 't' ? '\t' : byte == 'r' ? '\r' : byte == '0' ? 0 : byte;
}

// Words, 'texts' and "texts\twith escapes" of a line, in place.
static void split_words(char *line, Command *command) {
  char *at = line;
  while (command->count < ARGUMENT_CAPACITY) {
    while (*at == ' ' || *at == '\t') at++;
    if (!*at) return;
    char quote = *at == '\'' || *at == '"' ? *at : 0;
    char *from = quote ? at + 1 : at, *to = from;
    command->arguments[command->count++] = from;
    for (at = from; *at && (quote ? *at != quote : *at != ' ' && *at != '\t'); at++) {
      if (quote == '"' && *at == '\\' && at[1])
        *to++ = unescape(*++at);
      else
        *to++ = *at;
    }
    bool more = *at != 0;
    *to = 0;
    if (!more) return;
    at++;
  }
}

void shell_dot(Shell *shell, const char *line) {
  Command command = {.shell = shell};
  char *words = strdup(line);
  if (!words) return;
  size_t length = strlen(words);
  while (length && (words[length - 1] == ';' || words[length - 1] == ' ')) words[--length] = 0;
  const char *rest = line;
  while (*rest && *rest != ' ') rest++;
  while (*rest == ' ') rest++;
  command.rest = rest;
  split_words(words, &command);
  size_t found = COUNT_OF(COMMANDS), matches = 0;
  for (size_t i = 0; command.count && i < COUNT_OF(COMMANDS); i++) {
    if (strcmp(COMMANDS[i].name, command.arguments[0]) == 0) {
      found = i;
      matches = 1;
      break;
    }
    if (strncmp(COMMANDS[i].name, command.arguments[0], strlen(command.arguments[0])) == 0) { // the beginning suffices
      found = i;
      matches++;
    }
  }
  bool is_short = command.count && strlen(command.arguments[0]) < 3;
  if (matches != 1 || is_short) {
    shell_error(shell, "Unknown command or wrong arguments: \"%s\". Enter \".help\" for help",
                command.count ? command.arguments[0] : line);
  } else {
    COMMANDS[found].run(&command);
    fflush(shell->output);
  }
  free(words);
}
