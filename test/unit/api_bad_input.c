// SPDX-License-Identifier: MIT
//
// api_bad_input.c: what people and generators send that is wrong, deep, wide or large. Each is an answer or a clear error, soon, and afterwards
// the session answers and the data is what it was, also after closing and opening again.
#include <fcntl.h>
#include <signal.h>
#include <smew.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

// Processor seconds that one input may take: no measure of speed, what is quadratic takes minutes.
#define TIME_LIMIT 20.0

typedef struct World {
  char folder[64];
  smew_database *database;
  smew_session *session;
  char value[512];   // first value of the last answer
  const char *named; // what errors must name
  uint64_t rows;
} World;

static const char *path_in(const World *world, const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", world->folder, name);
  return path;
}

static bool take_value(void *context, smew_statement *statement, const smew_chunk *chunk) {
  World *world = context;
  smew_text text;
  (void)statement;
  if (!chunk) return true;
  if (!world->rows && smew_value_text(chunk, 0, 0, &text) == SMEW_OK)
    snprintf(world->value, sizeof world->value, "%.*s", (int)MIN_OF(text.length, sizeof world->value - 1), text.data);
  world->rows += smew_chunk_row_count(chunk);
  return true;
}

static smew_status run(World *world, const char *sql, size_t length) {
  world->rows = 0;
  world->value[0] = 0;
  return smew_run(world->session, sql, length, take_value, world);
}

static void open_world(World *world) {
  CHECK_EQ_INT(smew_open(path_in(world, "kept.smew"), NULL, &world->database), SMEW_OK);
  CHECK_EQ_INT(smew_connect(world->database, &world->session), SMEW_OK);
}

static void begin(World *world) {
  *world = (World){.folder = "/tmp/smew_bad_input_XXXXXX"};
  CHECK(mkdtemp(world->folder) != NULL);
  open_world(world);
  CHECK_EQ_INT(run(world, "CREATE TABLE kept AS SELECT i, 'text ' || i AS t FROM range(5000) r(i)", SMEW_ALL), SMEW_OK);
}

static void check_kept(World *world, const char *after) {
  smew_status status =
      run(world, "SELECT count(*) || ' ' || sum(i) || ' ' || max(t) || ' ' || count(DISTINCT t) FROM kept", SMEW_ALL);
  if (status != SMEW_OK || strcmp(world->value, "5000 12497500 text 999 5000") != 0)
    UNIT_FAIL("after %.200s: %s %s", after, world->value, status == SMEW_OK ? "" : smew_error(world->session)->text);
}

static void end(World *world) {
  char command[128];
  CHECK_EQ_INT(smew_close(world->database), SMEW_OK);
  open_world(world);
  check_kept(world, "opening again");
  CHECK_EQ_INT(smew_close(world->database), SMEW_OK);
  snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
  CHECK_EQ_INT(system(command), 0);
}

static double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

// The text of the error begins with `error`; NULL: there is none, and the first value is `value` (NULL: whatever it is).
static void expect(World *world, int line, const char *sql, size_t length, const char *error, const char *value) {
  double start = seconds();
  smew_status status = run(world, sql, length);
  double taken = seconds() - start;
  const char *text = smew_error(world->session)->text;
  if (error && (status != SMEW_ERROR || strncmp(text, error, strlen(error)) != 0))
    UNIT_FAIL("line %d: %.100s gave %.300s", line, sql, status == SMEW_ERROR ? text : world->value);
  if (error && world->named && !strstr(text, world->named))
    UNIT_FAIL("line %d: the error does not name %s: %.300s", line, world->named, text);
  if (!error && status != SMEW_OK) UNIT_FAIL("line %d: %.100s gave %.300s", line, sql, text);
  if (!error && value && strcmp(world->value, value) != 0)
    UNIT_FAIL("line %d: %.100s is %s, expected %s", line, sql, world->value, value);
  if (taken > TIME_LIMIT) UNIT_FAIL("line %d: %.100s took %.2f seconds", line, sql, taken);
  check_kept(world, sql);
}
#define ANSWERS(sql, value) expect(&world, __LINE__, sql, SMEW_ALL, NULL, value)
#define FAILS(sql, error) expect(&world, __LINE__, sql, SMEW_ALL, error, NULL)

// ---------------------------------------------------------------------------------------------------------------------
// Long texts
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Script {
  char *data;
  size_t length, capacity;
} Script;

static void add_bytes(Script *script, const char *bytes, size_t length) {
  while (script->length + length + 1 > script->capacity) {
    script->capacity = script->capacity ? script->capacity * 2 : 4096;
    script->data = realloc(script->data, script->capacity);
  }
  memcpy(script->data + script->length, bytes, length);
  script->length += length;
  script->data[script->length] = 0;
}

__attribute__((format(printf, 2, 3))) static void add(Script *script, const char *format, ...) {
  char piece[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(piece, sizeof piece, format, arguments);
  va_end(arguments);
  add_bytes(script, piece, (size_t)length);
}

// Parts for each number below `count`, in which %d is the number, with `between` between them.
static void add_many(Script *script, const char *part, int count, const char *between) {
  for (int i = 0; i < count; i++) {
    const char *mark = strstr(part, "%d");
    if (i) add(script, "%s", between);
    add(script, "%.*s", mark ? (int)(mark - part) : (int)strlen(part), part);
    if (mark) add(script, "%d%s", i, mark + 2);
  }
}

static void add_repeated(Script *script, const char *part, int count) {
  for (int i = 0; i < count; i++) add_bytes(script, part, strlen(part));
}

static void expect_script(World *world, int line, Script *script, const char *error, const char *value) {
  expect(world, line, script->data, script->length, error, value);
  free(script->data);
  *script = (Script){0};
}
#define SCRIPT_ANSWERS(script, value) expect_script(&world, __LINE__, script, NULL, value)
#define SCRIPT_FAILS(script, error) expect_script(&world, __LINE__, script, error, NULL)

// head, part × count, middle, closing × count.
static Script nested(const char *head, const char *part, int count, const char *middle, const char *closing) {
  Script script = {0};
  add(&script, "%s", head);
  add_repeated(&script, part, count);
  add(&script, "%s", middle);
  add_repeated(&script, closing, count);
  return script;
}

// ---------------------------------------------------------------------------------------------------------------------
// Broken SQL
// ---------------------------------------------------------------------------------------------------------------------

TEST(broken_sql_is_told_with_its_place) {
  World world;
  begin(&world);
  FAILS("SELEC 1", "Parser Error: syntax error at or near \"SELEC\"\n\nLINE 1: SELEC 1\n        ^");
  FAILS("SELECT i FROM kept WHERE\nGROUP BY i",
        "Parser Error: syntax error at or near \"GROUP\"\n\nLINE 2: GROUP BY i\n        ^");
  FAILS("SELECT prise FROM kept",
        "Binder Error: Referenced column \"prise\" not found in FROM clause!\nCandidate bindings: \"i\"");
  FAILS("SELECT 1 +", "Parser Error: syntax error at end of input");
  FAILS("SELECT (1", "Parser Error: syntax error at end of input");
  FAILS("SELECT 'open", "Parser Error: unterminated quoted string at or near \"'open\"");
  FAILS("SELECT \"open", "Parser Error: unterminated quoted identifier at or near \"\"open\"");
  FAILS("SELECT /* open", "Parser Error: unterminated /* comment at or near \"/* open\"");
  FAILS("SELECT \"\"", "Parser Error: zero-length delimited identifier at or near \"\"\"\"");
  FAILS("SELECT 'äöü', nope",
        "Binder Error: Referenced column \"nope\" was not found because the FROM clause is missing");
  FAILS("SELECT * FROM nope",
        "Catalog Error: Table with name nope does not exist!\nDid you mean \"kept\"?\n\nLINE 1: SELECT * "
        "FROM nope\n                      ^");
  FAILS("INSERT INTO kept VALUES (1)", "Binder Error: table kept has 2 columns but 1 values were supplied");
  FAILS("INSERT INTO kept VALUES ('x', 'y')", "Conversion Error: Could not convert string 'x' to INT64");
  FAILS("UPDATE kept SET i = 'x'", "Conversion Error: Could not convert string 'x' to INT64");
  FAILS("DELETE FROM kept WHERE 1 / i = t", "Conversion Error: ");
  FAILS("SELECT 1; SELECT 2; garbage; SELECT 3", "Parser Error: syntax error at or near \"garbage\"");
  FAILS("BEGIN; DELETE FROM kept; ROLLBACK; nonsense", "Parser Error: syntax error at or near \"nonsense\"");
  FAILS("CREATE VIEW v AS SELECT * FROM v", "Catalog Error: Table with name v does not exist!");
  expect(&world, __LINE__, "SELECT 1\0, 2", 12, "Parser Error: ", NULL);
  expect(&world, __LINE__, "SELECT '\xff\xfe'", 11, "", NULL);
  expect(&world, __LINE__, "\x80\x81\x82", 3, "", NULL);
  end(&world);
}

// Random bytes and cut statements: whatever they give, the session goes on.
TEST(noise_does_no_harm) {
  World world;
  begin(&world);
  uint64_t seed = 42;
  static const char whole[] =
      "WITH a AS (SELECT i, t, [i, NULL] AS l, {'k': i} AS s FROM kept) SELECT sum(i) OVER (PARTITION BY t ORDER BY "
      "l), "
      "CASE WHEN s.k > 3 THEN 'x' || t ELSE $1 END FROM a JOIN kept USING (i) WHERE t LIKE '%x' GROUP BY ALL LIMIT 3";
  for (size_t length = 0; length < sizeof whole; length++) (void)run(&world, whole, length);
  for (int round = 0; round < 2000; round++) {
    char text[sizeof whole];
    memcpy(text, whole, sizeof whole);
    for (int i = 0; i < 3; i++) text[unit_random(&seed) % (sizeof whole - 1)] = (char)unit_random(&seed);
    (void)run(&world, text, sizeof whole - 1);
    if (round % 100 == 0) check_kept(&world, "noise");
  }
  check_kept(&world, "noise");
  end(&world);
}

// ---------------------------------------------------------------------------------------------------------------------
// Deep, wide, large
// ---------------------------------------------------------------------------------------------------------------------

TEST(deep_sql_is_an_answer_or_an_error) {
  World world;
  static const char too_deep[] = "Parser Error: Max expression depth limit of 1000 exceeded.";
  begin(&world);
  // What is nested, how its end looks, and an error for a depth within the parser's limit (NULL: an answer).
  static const struct {
    const char *head, *part, *middle, *closing, *error;
  } NESTS[] = {
      {"SELECT ", "(", "1", ")", NULL},
      {"SELECT ", "- ", "1", "", NULL},
      {"SELECT ", "NOT ", "true", "", NULL},
      {"SELECT ", "abs(", "1", ")", NULL},
      {"SELECT 1", " + 1", "", "", NULL},
      {"SELECT ", "CASE WHEN true THEN ", "1", " END", NULL},
      {"SELECT ", "CAST(", "1", " AS BIGINT)", NULL},
      {"SELECT 1", "::BIGINT::INT", "", "", NULL},
      {"SELECT ", "coalesce(NULL, ", "1", ")", NULL},
      {"SELECT ", "[", "1", "]", "Invalid Input Error: Maximum nested type depth of 128 exceeded"},
      {"SELECT ", "{'a': ", "1", "}", "Invalid Input Error: Maximum nested type depth of 128 exceeded"},
      {"SELECT NULL::INT", "[]", "", "", "Invalid Input Error: Maximum nested type depth of 128 exceeded"},
      {"", "SELECT * FROM (", "SELECT 1", ")", "Binder Error: Max nesting of queries and views (128) exceeded"},
      {"SELECT ", "(SELECT ", "1", ")", "Binder Error: Max nesting of queries and views (128) exceeded"},
      {"", "(", "SELECT 1", ")", NULL},
  };
  for (size_t i = 0; i < COUNT_OF(NESTS); i++) {
    Script script = nested(NESTS[i].head, NESTS[i].part, 400, NESTS[i].middle, NESTS[i].closing);
    if (NESTS[i].error) {
      SCRIPT_FAILS(&script, NESTS[i].error);
    } else {
      SCRIPT_ANSWERS(&script, NULL);
    }
    script = nested(NESTS[i].head, NESTS[i].part, 100, NESTS[i].middle, NESTS[i].closing);
    SCRIPT_ANSWERS(&script, NULL);
    script = nested(NESTS[i].head, NESTS[i].part, 10000, NESTS[i].middle, NESTS[i].closing);
    SCRIPT_FAILS(&script, too_deep);
  }
  Script script = nested("SELECT ", "abs(abs(abs(abs(abs((SELECT i + ", 60, "1", " FROM range(1) r(i)))))))");
  SCRIPT_ANSWERS(&script, "1");
  script = nested("SELECT ", "/* ", 10000, "1", "");
  SCRIPT_FAILS(&script, "Parser Error: unterminated /* comment");
  script = nested("SELECT '", "[", 100000, "'::INT[]", "");
  SCRIPT_FAILS(&script, "Conversion Error: ");
  script = nested("SELECT regexp_matches('a', '", "(", 10000, "a", ")");
  add(&script, "')");
  SCRIPT_FAILS(&script, "Invalid Input Error: expression nests too deeply");
  end(&world);
}

TEST(chains_of_any_length_work) {
  World world;
  Script script = {0};
  begin(&world);
  add(&script, "SELECT count(*) FROM kept WHERE ");
  add_many(&script, "i = %d", 5000, " OR ");
  SCRIPT_ANSWERS(&script, "5000");
  add(&script, "SELECT count(*) FROM kept WHERE ");
  add_many(&script, "i + 10000 <> %d", 10000, " AND ");
  SCRIPT_ANSWERS(&script, "5000");
  add(&script, "SELECT length(");
  add_many(&script, "'ab'", 10000, " || ");
  add(&script, ")");
  SCRIPT_ANSWERS(&script, "20000");
  add(&script, "SELECT max(length(");
  add_many(&script, "i", 10000, " || ");
  add(&script, ")) FROM range(11) r(i)");
  SCRIPT_ANSWERS(&script, "20000");
  add(&script, "SELECT sum(c) FROM (");
  add_many(&script, "SELECT %d AS c", 10000, " UNION ALL ");
  add(&script, ")");
  SCRIPT_ANSWERS(&script, "49995000");
  add(&script, "SELECT count(*) FROM (");
  add_many(&script, "SELECT %d", 1000, " EXCEPT ");
  add(&script, ")");
  SCRIPT_ANSWERS(&script, "1");
  add(&script, "SELECT max(CASE i ");
  add_many(&script, "WHEN %d THEN 7", 5000, " ");
  add(&script, " END) FROM kept");
  SCRIPT_ANSWERS(&script, "7");
  add(&script, "SELECT coalesce(");
  add_many(&script, "NULL", 20000, ", ");
  add(&script, ", 'last')");
  SCRIPT_ANSWERS(&script, "last");
  add_repeated(&script, ";", 1000000);
  add(&script, "SELECT 'end'");
  SCRIPT_ANSWERS(&script, "end");
  end(&world);
}

TEST(a_megabyte_of_sql_works) {
  World world;
  Script script = {0};
  begin(&world);
  add(&script, "SELECT count(*) FROM kept WHERE i IN (");
  add_many(&script, "%d", 150000, ",");
  add(&script, ")");
  SCRIPT_ANSWERS(&script, "5000");
  add(&script, "SELECT count(*) FROM kept WHERE t NOT IN (");
  add_many(&script, "'text %d'", 80000, ",");
  add(&script, ")");
  SCRIPT_ANSWERS(&script, "0");
  add(&script, "SELECT sum(a) FROM (VALUES ");
  add_many(&script, "(%d, 'x')", 100000, ",");
  add(&script, ") v(a, b)");
  SCRIPT_ANSWERS(&script, "4999950000");
  add(&script, "CREATE TEMP TABLE v(a INT, b VARCHAR); INSERT INTO v VALUES ");
  add_many(&script, "(%d, 'x')", 100000, ",");
  add(&script, "; SELECT count(*) FROM v");
  SCRIPT_ANSWERS(&script, "100000");
  script = nested("SELECT length('", "x", 1000000, "')", "");
  SCRIPT_ANSWERS(&script, "1000000");
  script = nested("SELECT ", "9", 1000000, "", "");
  SCRIPT_ANSWERS(&script, "inf");
  add(&script, "SELECT len([");
  add_many(&script, "%d", 100000, ",");
  add(&script, "])");
  SCRIPT_ANSWERS(&script, "100000");
  add(&script, "CREATE TYPE many AS ENUM (");
  add_many(&script, "'value %d'", 70000, ",");
  add(&script, "); SELECT 'value 69999'::many; DROP TYPE many");
  SCRIPT_ANSWERS(&script, "value 69999");
  script = nested("SELECT 1 AS \"", "n", 65536, "\"", "");
  SCRIPT_ANSWERS(&script, "1");
  script = nested("SELECT \"", "n", 65536, "\" FROM kept", "");
  SCRIPT_FAILS(&script, "Binder Error: Referenced column \"nnnnn");
  script = nested("SELECT * FROM \"", "n", 65536, "\"", "");
  SCRIPT_FAILS(&script, "Catalog Error: Table with name nnnnn");
  end(&world);
}

TEST(wide_tables_and_many_joins_work) {
  World world;
  Script script = {0};
  begin(&world);
  add(&script, "CREATE TEMP TABLE wide AS SELECT ");
  for (int i = 0; i < 1000; i++) add(&script, "%si + %d AS c%d", i ? ", " : "", i, i);
  add(&script, " FROM range(10) r(i)");
  SCRIPT_ANSWERS(&script, NULL);
  ANSWERS("SELECT count(*) FROM wide a JOIN wide b ON a.c1 = b.c1 JOIN wide c ON b.c999 = c.c999", "10");
  ANSWERS("SELECT * FROM wide a, wide b, wide c WHERE a.c0 = b.c0 AND b.c0 = c.c0 ORDER BY 1", "0");
  ANSWERS("SELECT COLUMNS(*) + 1 FROM wide ORDER BY ALL", "1");
  ANSWERS("SELECT sum(COLUMNS(*)) FROM wide GROUP BY c0 ORDER BY 1", "0");
  add(&script, "SELECT ");
  add_many(&script, "%d", 10000, ", ");
  SCRIPT_ANSWERS(&script, "0");
  add(&script, "SELECT count(*) FROM ");
  for (int i = 0; i < 30; i++) add(&script, i ? " JOIN wide t%d ON t%d.c0 = t%d.c0" : "wide t%d", i, i, i - 1);
  SCRIPT_ANSWERS(&script, "10");
  end(&world);
}

// Small texts that stand for much.
TEST(what_grows_without_bound_is_stopped) {
  World world;
  Script script = {0};
  begin(&world);
  FAILS("CREATE TEMP MACRO f(x) AS f(x) + 1; SELECT f(1)",
        "Catalog Error: Scalar Function with name f does not exist!");
  for (int i = 0; i < 25; i++)
    add(&script, i ? "CREATE TEMP MACRO m%d(x) AS m%d(x) + m%d(x);" : "CREATE TEMP MACRO m%d(x) AS x + x;", i, i - 1,
        i - 1);
  add(&script, "SELECT m24(1)");
  SCRIPT_FAILS(&script,
               "Binder Error: The macros and aliases of this statement stand for more than 500000 expressions");
  add(&script, "SELECT 1 AS c0");
  for (int i = 1; i < 28; i++) add(&script, ", c%d + c%d AS c%d", i - 1, i - 1, i);
  SCRIPT_FAILS(&script,
               "Binder Error: The macros and aliases of this statement stand for more than 500000 expressions");
  add(&script, "CREATE TEMP MACRO d0(x) AS ");
  add_repeated(&script, "abs(", 900);
  add(&script, "x");
  add_repeated(&script, ")", 900);
  add(&script, "; CREATE TEMP MACRO d1(x) AS d0(d0(d0(x))); SELECT d1(1)");
  SCRIPT_FAILS(&script, "Binder Error: Max expression depth limit of 1000 exceeded");
  ANSWERS("SET memory_limit = '200MB'", NULL);
  FAILS("SELECT length(repeat('x', 10000000000))", "Out of Range Error: Cannot create a string of size: '10000000000'");
  FAILS("SELECT length(repeat('x', 1000000000))", "Out of Memory Error: ");
  FAILS("SELECT length(lpad('x', 2000000000, 'y'))", "Out of Memory Error: ");
  FAILS("SELECT len(range(10000000000))", "Invalid Input Error: Lists larger than 2^32 elements are not supported");
  FAILS("SELECT len(range(1000000000))", "Out of Memory Error: ");
  FAILS("SELECT printf('%2000000000d', 1)", "Invalid Input Error: number is too big");
  FAILS("SELECT count(*) FROM (SELECT DISTINCT a.i, b.i FROM kept a, kept b)", "Out of Memory Error: ");
  FAILS("SET memory_limit = '1KB'", "Out of Memory Error: Failed to change memory limit to 1000");
  ANSWERS("WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT * FROM r LIMIT 5", "1");
  ANSWERS("SELECT repeat('a', 5000) LIKE repeat('%a', 1000) || 'b'", "false");
  ANSWERS("SELECT regexp_matches(repeat('a', 40), '(a+)+$b')", "false");
  end(&world);
}

// ---------------------------------------------------------------------------------------------------------------------
// Files
// ---------------------------------------------------------------------------------------------------------------------

static void write_file(const World *world, const char *name, const void *bytes, size_t length) {
  FILE *file = fopen(path_in(world, name), "wb");
  CHECK_OR_RETURN(file != NULL);
  CHECK_EQ_U64(fwrite(bytes, 1, length, file), length);
  fclose(file);
}
#define WRITE(name, text) write_file(&world, name, text, sizeof(text) - 1)

// The SQL with %s for the path of the file.
static void expect_file(World *world, int line, const char *name, const char *format, const char *error,
                        const char *value) {
  char sql[1024], path[256];
  snprintf(path, sizeof path, "%s", path_in(world, name));
  snprintf(sql, sizeof sql, format, path);
  world->named = path;
  expect(world, line, sql, SMEW_ALL, error, value);
  world->named = NULL;
}
#define FILE_ANSWERS(name, sql, value) expect_file(&world, __LINE__, name, sql, NULL, value)
#define FILE_FAILS(name, sql, error) expect_file(&world, __LINE__, name, sql, error, NULL)

TEST(bad_files_are_told_by_name_and_line) {
  World world;
  begin(&world);
  WRITE("ragged.csv", "a,b,c\n1,2,3\n4,5\n6,7,8\n");
  WRITE("text.csv", "a,b\n1,2\n3,x\n");
  WRITE("latin.csv", "a,b\n1,2\n3,x\xff\xfe\n");
  WRITE("quote.csv", "a,b\n1,\"open\n2,3\n");
  WRITE("empty.csv", "");
  CHECK_EQ_INT(mkdir(path_in(&world, "folder"), 0700), 0);
  uint64_t seed = 7;
  char noise[5000];
  for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)unit_random(&seed);
  write_file(&world, "noise.csv", noise, sizeof noise);

  FILE_FAILS("ragged.csv",
             "FROM read_csv('%s', columns = {'a': 'INT', 'b': 'INT', 'c': 'INT'}, auto_detect = false, header = true)",
             "Invalid Input Error: CSV Error on Line: 3\nOriginal Line: 4,5\nExpected Number of Columns: 3 Found: 2");
  FILE_FAILS(
      "text.csv", "FROM read_csv('%s', columns = {'a': 'INT', 'b': 'INT'}, auto_detect = false, header = true)",
      "Conversion Error: CSV Error on Line: 3\nOriginal Line: 3,x\nError when converting column \"b\". Could not "
      "convert string \"x\" to 'INTEGER'");
  FILE_FAILS("latin.csv", "FROM '%s'", "Invalid Input Error: CSV Error on Line: 3\n");
  FILE_FAILS(
      "quote.csv",
      "FROM read_csv('%s', columns = {'a': 'INT', 'b': 'VARCHAR'}, auto_detect = false, header = true, quote = '\"')",
      "Invalid Input Error: CSV Error on Line: ");
  FILE_FAILS("noise.csv", "FROM '%s'", "Invalid Input Error: ");
  FILE_FAILS("missing.csv", "FROM '%s'", "IO Error: No files found that match the pattern");
  FILE_FAILS("folder", "FROM read_csv('%s')", "IO Error: ");
  FILE_ANSWERS("empty.csv", "SELECT count(*) FROM '%s'", "0");
  ANSWERS("CREATE TEMP TABLE other (a INT, b INT)", NULL);
  FILE_FAILS("missing.csv", "COPY kept FROM '%s'", "IO Error: No files found that match the pattern");
  FILE_FAILS("text.csv", "COPY other FROM '%s' (HEADER)", "Conversion Error: CSV Error on Line: 3\n");
  FILE_FAILS("folder", "COPY kept TO '%s'", "IO Error: ");
  FILE_FAILS("folder/none/x.csv", "COPY kept TO '%s'", "IO Error: ");
  // A part of the rows was good: none of them is there.
  Script script = {0};
  add(&script, "i,t\n");
  add_many(&script, "%d,text", 100000, "\n");
  add(&script, "\nnot a number,text\n");
  write_file(&world, "late.csv", script.data, script.length);
  free(script.data);
  FILE_FAILS("late.csv", "COPY kept FROM '%s' (HEADER)", "Conversion Error: CSV Error on Line: 100002\n");
  end(&world);
}

// Another byte in the middle of the larger log.
static void damage_log(const World *world, const char *database) {
  char name[64];
  struct stat facts[2];
  for (int i = 0; i < 2; i++) {
    snprintf(name, sizeof name, "%s-wal-%c", database, "ab"[i]);
    if (stat(path_in(world, name), &facts[i]) != 0) facts[i].st_size = 0;
  }
  bool second = facts[1].st_size > facts[0].st_size;
  snprintf(name, sizeof name, "%s-wal-%c", database, "ab"[second]);
  FILE *file = fopen(path_in(world, name), "r+b");
  CHECK_OR_RETURN(file != NULL);
  fseek(file, (long)facts[second].st_size / 2, SEEK_SET);
  int byte = fgetc(file);
  fseek(file, -1, SEEK_CUR);
  fputc(byte ^ 0x10, file);
  fclose(file);
}

TEST(a_damaged_log_is_told) {
  World world, copy = {0};
  char command[256], sql[512];
  begin(&world);
  CHECK_EQ_INT(smew_checkpoint(world.database), SMEW_OK);
  for (int i = 0; i < 20; i++)
    CHECK_EQ_INT(run(&world, "INSERT INTO kept VALUES (1, 'in the log')", SMEW_ALL), SMEW_OK);
  snprintf(command, sizeof command,
           "cd '%s' && for f in kept.smew*; do cp $f copy.${f#kept.}; cp $f other.${f#kept.}; done", world.folder);
  CHECK_EQ_INT(system(command), 0);
  damage_log(&world, "copy.smew");
  damage_log(&world, "other.smew");
  CHECK_EQ_INT(smew_open(path_in(&world, "copy.smew"), NULL, &copy.database), SMEW_OK);
  CHECK_EQ_INT(smew_connect(copy.database, &copy.session), SMEW_OK);
  CHECK(strstr(smew_database_note(copy.database), "copy.smew-wal-") != NULL);
  CHECK(strstr(smew_database_note(copy.database), "the damaged log is kept aside") != NULL);
  CHECK_EQ_INT(run(&copy, "SELECT count(*) BETWEEN 5005 AND 5019 FROM kept", SMEW_ALL), SMEW_OK);
  CHECK_EQ_STR((const char *)copy.value, "true");
  CHECK_EQ_INT(smew_close(copy.database), SMEW_OK);
  CHECK_EQ_STR(smew_database_note(world.database), "");
  snprintf(sql, sizeof sql, "ATTACH '%s' AS other", path_in(&world, "other.smew"));
  CHECK_EQ_INT(run(&world, sql, SMEW_ALL), SMEW_OK);
  CHECK(strstr(smew_database_note(world.database), "other.smew-wal-") != NULL);
  CHECK_EQ_INT(run(&world, "DETACH other; DELETE FROM kept WHERE t = 'in the log'", SMEW_ALL), SMEW_OK);
  end(&world);
}

// No file may grow over 4 MiB: a disk that is full.
TEST(a_full_disk_loses_nothing) {
  World world;
  struct rlimit before, small;
  begin(&world);
  CHECK_EQ_INT(smew_checkpoint(world.database), SMEW_OK);
  signal(SIGXFSZ, SIG_IGN);
  CHECK_EQ_INT(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 4 << 20;
  CHECK_EQ_INT(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 3; i++) {
    smew_status status =
        run(&world, "CREATE TABLE large AS SELECT i, random() AS r FROM range(2000000) t(i)", SMEW_ALL);
    CHECK_EQ_INT(status, SMEW_ERROR);
    CHECK_EQ_INT(smew_error(world.session)->code, SMEW_ERROR_QUOTA);
    check_kept(&world, "a full disk");
  }
  expect_file(&world, __LINE__, "large.csv", "COPY (SELECT i, random() FROM range(2000000) t(i)) TO '%s'",
              "IO Error: ", NULL);
  ANSWERS("CREATE TABLE small AS SELECT 1 AS a", NULL);
  CHECK_EQ_INT(setrlimit(RLIMIT_FSIZE, &before), 0);
  ANSWERS("CREATE TABLE large AS SELECT i, random() AS r FROM range(2000000) t(i)", NULL);
  ANSWERS("SELECT count(*) FROM large, small", "2000000");
  end(&world);
}

UNIT_MAIN
