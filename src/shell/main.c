// SPDX-License-Identifier: MIT
//
// main.c: the command-line program: smew [options] [file] [sql], in the manner of duckdb and sqlite3.
#define _GNU_SOURCE
#include <stdlib.h>
#include <unistd.h>

#include "shell/shell.h"

static const char USAGE[] =
    "Usage: smew [OPTIONS] [FILE] [SQL]\n"
    "FILE is a Smew database; it is made when it does not exist. Without it, or with :memory:, the database is in "
    "memory.\n"
    "OPTIONS:\n"
    "  -c SQL            run SQL and end (also -s)\n"
    "  -cmd COMMAND      run COMMAND before reading input\n"
    "  -init FILE        run the statements of FILE first, instead of ~/.smewrc\n"
    "  -f FILE           run the statements of FILE and end (also -file)\n"
    "  -readonly         open the database to read only\n"
    "  -bail             stop after the first error\n"
    "  -echo             print statements before they run\n"
    "  -batch            no prompts\n"
    "  -interactive      prompts, even where the input is no terminal\n"
    "  -duckbox -box -table -column -markdown -csv -tabs -list -line -json -jsonlines -quote\n"
    "                    form of the results; duckbox is the default\n"
    "  -header -noheader show the names of columns, or do not\n"
    "  -separator TEXT   between columns (list, csv)\n"
    "  -newline TEXT     between rows (list, csv)\n"
    "  -nullvalue TEXT   what stands for NULL\n"
    "  -version          print the version\n"
    "  -help             print this\n";

typedef struct Arguments {
  const char *path;
  const char *init;
  const char *script;         // -f
  const char *statements[64]; // -c, -cmd and SQL behind the file, in order
  uint32_t statement_count;
  bool ends; // -c, -f or SQL was given: no input is read
  bool batch;
  bool interactive;
} Arguments;

static void copy_option(char *out, size_t capacity, const char *text) { snprintf(out, capacity, "%s", text); }

static void add_statement(Arguments *arguments, const char *sql) {
  if (arguments->statement_count < COUNT_OF(arguments->statements))
    arguments->statements[arguments->statement_count++] = sql;
}

// An option with a value. False: there is none of that name.
static bool take_value_option(Shell *shell, Arguments *arguments, const char *name, const char *value) {
  if (strcmp(name, "c") == 0 || strcmp(name, "s") == 0) {
    add_statement(arguments, value);
    arguments->ends = true;
  } else if (strcmp(name, "cmd") == 0) {
    add_statement(arguments, value);
  } else if (strcmp(name, "init") == 0) {
    arguments->init = value;
  } else if (strcmp(name, "f") == 0 || strcmp(name, "file") == 0) {
    arguments->script = value;
    arguments->ends = true;
  } else if (strcmp(name, "separator") == 0) {
    copy_option(shell->separator, sizeof shell->separator, value);
  } else if (strcmp(name, "newline") == 0) {
    copy_option(shell->row_separator, sizeof shell->row_separator, value);
  } else if (strcmp(name, "nullvalue") == 0) {
    copy_option(shell->null_text, sizeof shell->null_text, value);
    shell->null_set = true;
  } else {
    return false;
  }
  return true;
}

static bool take_flag(Shell *shell, Arguments *arguments, const char *name) {
  Mode mode;
  if (mode_from_name(name, &mode))
    shell->mode = mode;
  else if (strcmp(name, "ascii") == 0)
    shell->mode = MODE_TABLE;
  else if (strcmp(name, "header") == 0 || strcmp(name, "headers") == 0)
    shell->headers = shell->headers_set = true;
  else if (strcmp(name, "noheader") == 0)
    shell->headers = !(shell->headers_set = true);
  else if (strcmp(name, "readonly") == 0)
    shell->read_only = true;
  else if (strcmp(name, "bail") == 0)
    shell->bail = true;
  else if (strcmp(name, "echo") == 0)
    shell->echo = true;
  else if (strcmp(name, "batch") == 0)
    arguments->batch = true;
  else if (strcmp(name, "interactive") == 0)
    arguments->interactive = true;
  else if (strcmp(name, "no-init") == 0)
    arguments->init = "";
  else
    return false;
  return true;
}

// False: the program ends with *code.
static bool parse_arguments(Shell *shell, Arguments *arguments, int count, char **given, int *code) {
  for (int i = 1; i < count; i++) {
    const char *argument = given[i];
    if (argument[0] != '-' || argument[1] == 0) {
      if (!arguments->path) {
        arguments->path = argument;
      } else {
        add_statement(arguments, argument);
        arguments->ends = true;
      }
      continue;
    }
    const char *name = argument + 1 + (argument[1] == '-');
    if (strcmp(name, "version") == 0) {
      printf("Smew %s\n", smew_version());
      return false;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "h") == 0) {
      fputs(USAGE, stdout);
      return false;
    }
    if (take_flag(shell, arguments, name)) continue;
    if (i + 1 < count && take_value_option(shell, arguments, name, given[i + 1])) {
      i++;
      continue;
    }
    fprintf(stderr, "smew: unknown option or missing value: %s\nUse -help for a list of options.\n", argument);
    *code = 2;
    return false;
  }
  return true;
}

static void run_init(Shell *shell, const Arguments *arguments) {
  if (arguments->init) {
    if (arguments->init[0] && !shell_read_path(shell, arguments->init)) {
      shell_error(shell, "smew: cannot open \"%s\"", arguments->init);
    }
    return;
  }
  const char *home = getenv("HOME");
  char *path;
  if (!shell->interactive || !home || asprintf(&path, "%s/.smewrc", home) < 0) return;
  shell_read_path(shell, path);
  free(path);
}

static bool stopped(const Shell *shell) { return shell->quit || (shell->failed && shell->bail); }

static void run_statements(Shell *shell, const Arguments *arguments) {
  for (uint32_t i = 0; i < arguments->statement_count && !stopped(shell); i++) {
    const char *text = arguments->statements[i];
    if (text[0] == '.')
      shell_dot(shell, text);
    else
      shell_run(shell, text, strlen(text));
  }
  if (arguments->script && !stopped(shell) && !shell_read_path(shell, arguments->script)) {
    shell_error(shell, "smew: cannot open \"%s\"", arguments->script);
  }
}

static void greet(const Shell *shell) {
  printf("Smew %s\nEnter \".help\" for usage hints.\n", smew_version());
  if (!shell->path)
    printf("Connected to a transient in-memory database.\nUse \".open FILE\" to reopen on a persistent database.\n");
}

int main(int count, char **given) {
  static Shell shell; // a signal handler reads it
  Arguments arguments = {0};
  int code = 0;
  memory_init(&shell.memory, 0);
  shell.mode = MODE_DUCKBOX;
  shell.max_rows = 40;
  shell.output = stdout;
  copy_option(shell.prompt, sizeof shell.prompt, "smew> ");
  copy_option(shell.continuation, sizeof shell.continuation, " ...> ");
  if (!parse_arguments(&shell, &arguments, count, given, &code)) return code;
  shell.interactive = !arguments.batch && !arguments.ends && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  shell_install_interrupt(&shell);
  if (!shell_open(&shell, arguments.path)) return 1;
  run_init(&shell, &arguments);
  run_statements(&shell, &arguments);
  if (!arguments.ends && !stopped(&shell)) {
    if (shell.interactive) {
      greet(&shell);
      shell_interact(&shell);
    } else {
      shell_read_file(&shell, stdin);
    }
  }
  shell_close(&shell);
  free(shell.insert_table);
  if (shell.once) fclose(shell.once);
  if (shell.output != stdout) fclose(shell.output);
  return shell.exit_code;
}
