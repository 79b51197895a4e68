// SPDX-License-Identifier: MIT
//
// main.c: the sqllogictest runner, as DuckDB's, against the public C interface: arguments, and the parent that starts a child for each file and counts.
//
//   sqllogic [--root DIR] [-v] [-j N] [--by-area] [--passes FILE] [--time-limit SECONDS] [--memory-limit MB] [--require NAME]
//            [--hostile MODE,…] FILE|DIRECTORY…
//
// Hostile modes make rare paths common; no result may change by them:
//
//   late         requests to the host are answered late and out of order
//   slice        a slice ends after each turn of an operator
//   pool         a buffer pool of 32 pages, and a checkpoint after each commit so that rows are read through it
//   constant     columns and values within expressions travel as constants wherever their rows are equal
//   dictionary   columns and values within expressions travel as dictionaries
//   reopen       the database is closed and opened again after each statement, until the file first makes state of its session (TEMP, SET,
//                PREPARE, a second connection …), and never within a transaction
//   allocations  each allocation of each statement fails in turn: the statement must end with a clean Out of Memory Error, leave the contents
//                as they were and succeed in the end. (Not within transactions, which an error aborts, nor where nextval counts on.)
//
// Ends with "N passed, N failed, N skipped" (files). A file passed when nothing in it failed and nothing was skipped (require of something that
// is not there, `mode skip`, skipif). Each file runs in a child process of its own, so that a crash, a hang or a leak is that file's alone.
//
// In wasm (__wasi__) there are no processes: the program runs one FILE with the temporary directory $SMEW_TEST_DIR and prints the digit of the
// verdict and the report; test/js/wasm_sqllogic.mjs is the parent.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifndef __wasi__
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#endif

#include "sqllogic.h"

typedef struct Suite {
  Options options;
  TextList files;
  Verdict *verdicts;
  size_t counts[3];
} Suite;

#ifndef __wasi__

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status;
  (void)kind;
  (void)walk;
  return remove(path);
}

typedef struct Child {
  pid_t process;
  int pipe;
  size_t file;
  double started;
  Text output;
  bool timed_out;
} Child;

typedef struct Area {
  Text name;
  size_t passed, failed, skipped;
} Area;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

#if defined(__SANITIZE_ADDRESS__) // gcc
#define SANITIZED 1
#elif defined(__has_feature) // clang
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

static void start_child(Suite *suite, Child *child, size_t file) {
  int ends[2];
  fflush(stdout);
  if (pipe(ends)) must(NULL);
  pid_t process = fork();
  if (process < 0) must(NULL);
  if (process == 0) {
    close(ends[0]);
    dup2(ends[1], 2); // what sanitizers and assertions say belongs to the report
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (suite->options.memory_limit_mb && !SANITIZED) {
      rlim_t bytes = ((rlim_t)suite->options.memory_limit_mb << 20) + ((rlim_t)1 << 30);
      struct rlimit limit = {bytes, bytes};
      setrlimit(RLIMIT_AS, &limit);
    }
    char directory[] = "/tmp/smew-sqllogic-XXXXXX";
    if (!mkdtemp(directory)) must(NULL);
    Text report;
    Verdict verdict = run_file(&suite->options, suite->files.items[file].data, directory, &report);
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    char first = (char)('0' + verdict);
    bool written = write(ends[1], "\x01", 1) == 1 && write(ends[1], &first, 1) == 1;
    for (size_t at = 0; written && at < report.length;) {
      ssize_t count = write(ends[1], report.data + at, report.length - at);
      if (count <= 0) break;
      at += (size_t)count;
    }
    _exit(0);
  }
  close(ends[1]);
  *child = (Child){.process = process, .pipe = ends[0], .file = file, .started = now(), .output = text_of("", 0)};
}

static Text area_of(Text path) {
  const char *found = strstr(path.data, "test/sql/");
  const char *start = found ? found + 9 : path.data;
  const char *slash = strchr(start, '/');
  return slash ? text_of(start, (size_t)(slash - start)) : text_from("(top)");
}

static void end_child(Suite *suite, Child *child) {
  int status = 0;
  close(child->pipe);
  waitpid(child->process, &status, 0);
  Text path = suite->files.items[child->file];
  char *mark = memchr(child->output.data, 1, child->output.length);
  Verdict verdict = VERDICT_FAILED;
  Text report;
  if (mark && mark + 1 < child->output.data + child->output.length && WIFEXITED(status)) {
    verdict = (Verdict)(mark[1] - '0');
    report = text_of(mark + 2, child->output.length - (size_t)(mark + 2 - child->output.data));
  } else {
    report = text_of("", 0);
    if (child->timed_out)
      text_print(&report, "0: over the time limit of %d s", suite->options.time_limit_seconds);
    else if (WIFSIGNALED(status))
      text_print(&report, "0: died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
      text_print(&report, "0: ended with code %d", WEXITSTATUS(status));
    text_print(&report, "\n%.*s", child->output.length > 4000 ? 4000 : (int)child->output.length, child->output.data);
  }
  suite->verdicts[child->file] = verdict;
  suite->counts[verdict]++;
  if (suite->options.quiet) return;
  if (verdict == VERDICT_FAILED) {
    const char *line_end = strchr(report.data, '\n');
    int length = suite->options.verbose || !line_end ? (int)report.length : (int)(line_end - report.data);
    printf("FAIL %s:%.*s\n", path.data, length, report.data);
  } else if (verdict == VERDICT_SKIPPED && suite->options.verbose) {
    printf("skip %s: %s\n", path.data, report.data);
  }
  fflush(stdout);
}

// Reads what a child says. True: it has ended.
static bool read_child(Child *child) {
  char bytes[4096];
  ssize_t count = read(child->pipe, bytes, sizeof bytes);
  if (count > 0 && child->output.length < (1u << 20)) text_add(&child->output, bytes, (size_t)count);
  return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static void run_suite(Suite *suite) {
  size_t jobs = (size_t)suite->options.jobs, running = 0, next = 0;
  Child *children = must(calloc(jobs, sizeof *children));
  struct pollfd *polls = must(calloc(jobs, sizeof *polls));
  while (next < suite->files.count || running) {
    while (running < jobs && next < suite->files.count) start_child(suite, &children[running++], next++);
    for (size_t i = 0; i < running; i++) polls[i] = (struct pollfd){.fd = children[i].pipe, .events = POLLIN};
    poll(polls, running, 200);
    for (size_t i = running; i-- > 0;) {
      bool over = !children[i].timed_out && now() - children[i].started > suite->options.time_limit_seconds;
      if (over) {
        children[i].timed_out = true;
        kill(children[i].process, SIGKILL);
      }
      if (!(polls[i].revents & (POLLIN | POLLHUP | POLLERR)) || !read_child(&children[i])) continue;
      end_child(suite, &children[i]);
      children[i] = children[--running];
      polls[i] = polls[running];
    }
  }
}

static void print_areas(const Suite *suite) {
  Area areas[256];
  size_t count = 0;
  for (size_t i = 0; i < suite->files.count; i++) {
    Text name = area_of(suite->files.items[i]);
    size_t at = 0;
    while (at < count && !text_equal(areas[at].name, name)) at++;
    if (at == count) {
      if (count == 256) continue;
      areas[count++] = (Area){.name = name};
    }
    areas[at].passed += suite->verdicts[i] == VERDICT_PASSED;
    areas[at].failed += suite->verdicts[i] == VERDICT_FAILED;
    areas[at].skipped += suite->verdicts[i] == VERDICT_SKIPPED;
  }
  printf("%-24s %8s %8s %8s\n", "area", "passed", "failed", "skipped");
  for (size_t i = 0; i < count; i++) {
    printf("%-24s %8zu %8zu %8zu\n", areas[i].name.data, areas[i].passed, areas[i].failed, areas[i].skipped);
  }
}

static void save_passes(const Suite *suite) {
  FILE *file = fopen(suite->options.passes, "w");
  if (!file) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite->options.passes, strerror(errno));
    return;
  }
  for (size_t i = 0; i < suite->files.count; i++) {
    const char *shown = strstr(suite->files.items[i].data, "test/sql/");
    if (suite->verdicts[i] == VERDICT_PASSED) fprintf(file, "%s\n", shown ? shown : suite->files.items[i].data);
  }
  fclose(file);
}

#endif

#ifndef __wasi__

static TextList *walked;

static int walk_entry(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status;
  (void)walk;
  const char *dot = strrchr(path, '.');
  if (kind == FTW_F && dot && strcmp(dot, ".test") == 0) list_add(walked, text_from(path));
  return 0;
}

static void add_path(Suite *suite, const char *path) {
  char resolved[PATH_MAX];
  struct stat status;
  const char *found = realpath(path, resolved);
  if (!found && suite->options.root) {
    Text joined = text_from(suite->options.root);
    text_print(&joined, "/%s", path);
    found = realpath(joined.data, resolved);
  }
  if (!found || stat(resolved, &status)) {
    fprintf(stderr, "sqllogic: %s: %s\n", path, strerror(errno));
    exit(2);
  }
  size_t before = suite->files.count;
  if (!S_ISDIR(status.st_mode)) {
    list_add(&suite->files, text_from(resolved));
    return;
  }
  walked = &suite->files;
  nftw(resolved, walk_entry, 16, FTW_PHYS);
  if (suite->files.count > before) {
    qsort(suite->files.items + before, suite->files.count - before, sizeof(Text), compare_texts);
  }
}

#endif

static void usage(void) {
  fputs(
      "usage: sqllogic [--root DIR] [-v] [-q] [-j N] [--by-area] [--passes FILE] [--time-limit SECONDS] "
      "[--memory-limit MB]\n"
      "                [--require NAME] [--hostile late,slice,pool,constant,dictionary,reopen,allocations] "
      "FILE|DIRECTORY...\n",
      stderr);
  exit(2);
}

static void set_hostile(Options *options, Text modes) {
  TextList list = split(modes, ',');
  for (size_t i = 0; i < list.count; i++) {
    Text mode = list.items[i];
    if (text_is(mode, "late")) {
      options->hostile.late_answers = true;
    } else if (text_is(mode, "slice")) {
      options->hostile.slice_chunks = 1;
    } else if (text_is(mode, "pool")) {
      options->hostile.pool_pages = 32;
      options->checkpoint_bytes = 1;
      options->on_disk = true;
    } else if (text_is(mode, "constant")) {
      options->hostile.vector_form = 1;
    } else if (text_is(mode, "dictionary")) {
      options->hostile.vector_form = 2;
    } else if (text_is(mode, "reopen")) {
      options->reopen = options->on_disk = true;
    } else if (text_is(mode, "allocations")) {
      options->allocations = options->on_disk = true;
    } else {
      usage();
    }
  }
}

static void parse_arguments(Suite *suite, int count, char **arguments, TextList *paths) {
  Options *options = &suite->options;
  for (int i = 1; i < count; i++) {
    const char *argument = arguments[i];
    const char *value = i + 1 < count ? arguments[i + 1] : NULL;
    bool takes_value = true;
    if (argument[0] != '-') {
      list_add(paths, text_from(argument));
      continue;
    }
    if (strcmp(argument, "--root") == 0)
      options->root = value;
    else if (strcmp(argument, "-j") == 0)
      options->jobs = value ? atoi(value) : 1;
    else if (strcmp(argument, "--passes") == 0)
      options->passes = value;
    else if (strcmp(argument, "--time-limit") == 0)
      options->time_limit_seconds = value ? atoi(value) : 0;
    else if (strcmp(argument, "--memory-limit") == 0)
      options->memory_limit_mb = value ? atoi(value) : 0;
    else if (strcmp(argument, "--hostile") == 0 && value)
      set_hostile(options, text_from(value));
    else if (strcmp(argument, "--require") == 0 && value)
      list_add(&options->required, text_from(value));
    else {
      takes_value = false;
      if (strcmp(argument, "-v") == 0)
        options->verbose = true;
      else if (strcmp(argument, "-q") == 0)
        options->quiet = true;
      else if (strcmp(argument, "--by-area") == 0)
        options->by_area = true;
      else
        usage();
    }
    if (takes_value) {
      if (!value) usage();
      i++;
    }
  }
}

#ifdef __wasi__

int main(int count, char **arguments) {
  Suite suite = {.options = {.jobs = 1, .memory_limit_mb = 1024}};
  TextList paths = {0};
  parse_arguments(&suite, count, arguments, &paths);
  const char *directory = getenv("SMEW_TEST_DIR");
  if (paths.count != 1 || !directory) usage();
  if (suite.options.root && chdir(suite.options.root)) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite.options.root, strerror(errno));
    return 2;
  }
  Text report;
  Verdict verdict = run_file(&suite.options, paths.items[0].data, directory, &report);
  printf("%d%.*s", (int)verdict, (int)report.length, report.data);
  return 0;
}

#else

int main(int count, char **arguments) {
  Suite *suite = must(calloc(1, sizeof *suite));
  suite->options = (Options){.jobs = 1, .time_limit_seconds = 60, .memory_limit_mb = 4096};
  TextList paths = {0};
  parse_arguments(suite, count, arguments, &paths);
  if (paths.count == 0 || suite->options.jobs < 1) usage();
  for (size_t i = 0; i < paths.count; i++) add_path(suite, paths.items[i].data);
  char passes[PATH_MAX];
  if (suite->options.passes && suite->options.passes[0] != '/') { // relative to where we are, not to the root
    char directory[PATH_MAX / 2];
    if (!getcwd(directory, sizeof directory)) must(NULL);
    snprintf(passes, sizeof passes, "%s/%s", directory, suite->options.passes);
    suite->options.passes = passes;
  }
  if (suite->options.root && chdir(suite->options.root)) {
    fprintf(stderr, "sqllogic: %s: %s\n", suite->options.root, strerror(errno));
    return 2;
  }
  suite->verdicts = must(calloc(suite->files.count + 1, sizeof *suite->verdicts));
  signal(SIGPIPE, SIG_IGN);
  run_suite(suite);
  if (suite->options.by_area) print_areas(suite);
  if (suite->options.passes) save_passes(suite);
  printf("%zu passed, %zu failed, %zu skipped\n", suite->counts[VERDICT_PASSED], suite->counts[VERDICT_FAILED],
         suite->counts[VERDICT_SKIPPED]);
  return suite->counts[VERDICT_FAILED] ? 1 : 0;
}

#endif
