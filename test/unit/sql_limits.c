// SPDX-License-Identifier: MIT
//
// sql_limits.c: depth, size, and memory that runs out at every allocation in turn.
#include "sql_helpers.h"

#define DEPTH_TEXT                                                                                                    \
  "Parser Error: Max expression depth limit of 1000 exceeded. Use \"SET max_expression_depth TO x\" to increase the " \
  "maximum "                                                                                                          \
  "expression depth."

// `head`, then `count` times `part`, then `middle`, then `count` times `closing`. The caller frees it.
static char *repeated(const char *head, const char *part, size_t count, const char *middle, const char *closing) {
  size_t length = strlen(head) + count * strlen(part) + strlen(middle) + count * strlen(closing);
  char *sql = malloc(length + 1), *at = stpcpy(sql, head);
  for (size_t i = 0; i < count; i++) at = stpcpy(at, part);
  at = stpcpy(at, middle);
  for (size_t i = 0; i < count; i++) at = stpcpy(at, closing);
  return sql;
}

static void check_deep(int line, const char *head, const char *part, const char *middle, const char *closing) {
  // Far too deep is an error; a tenth of the limit is fine.
  char *deep = repeated(head, part, 10000, middle, closing);
  check_error(line, deep, -1, DEPTH_TEXT);
  free(deep);
  char *shallow = repeated(head, part, 100, middle, closing);
  check_parses(line, shallow);
  free(shallow);
}
#define CHECK_DEEP(head, part, middle, closing) check_deep(__LINE__, head, part, middle, closing)

TEST(nothing_nests_without_limit) {
  CHECK_DEEP("select ", "(", "1", ")");
  CHECK_DEEP("select ", "(-", "a", ")");
  CHECK_DEEP("select ", "not ", "a", "");
  CHECK_DEEP("select ", "- ", "a", "");
  CHECK_DEEP("select ", "~ ", "a", "");
  CHECK_DEEP("select ", "f(", "a", ")");
  CHECK_DEEP("select ", "[", "a", "]");
  CHECK_DEEP("select ", "{'a': ", "1", "}");
  CHECK_DEEP("select ", "map {1: ", "1", "}");
  CHECK_DEEP("select ", "case when ", "a", " then 1 end");
  CHECK_DEEP("select ", "cast(", "a", " as int)");
  CHECK_DEEP("select ", "a in (", "1", ")");
  CHECK_DEEP("select ", "a[", "1", "]");
  CHECK_DEEP("select ", "(select ", "1", ")");
  CHECK_DEEP("select ", "exists(select ", "1", ")");
  CHECK_DEEP("select ", "lambda x : ", "x", "");
  CHECK_DEEP("select ", "interval (", "1", ") day");
  CHECK_DEEP("", "(", "select 1", ")");
  CHECK_DEEP("", "select * from (", "select 1", ")");
  CHECK_DEEP("select * from ", "(", "a join b using (x)", ")");
  CHECK_DEEP("", "with a as (", "select 1", ") select 1");
  CHECK_DEEP("", "explain ", "select 1", "");
  CHECK_DEEP("select a::", "struct(a ", "int", ")");
  CHECK_DEEP("select a from t group by ", "grouping sets (", "a", ")");
  CHECK_DEEP("pivot ", "(pivot ", "t", " on a)");
  CHECK_DEEP("describe ", "(describe ", "select 1", ")");
}

TEST(left_leaning_trees_count_as_depth) {
  CHECK_DEEP("select 1", " + 1", "", "");
  CHECK_DEEP("select a", "::int", "", "");
  CHECK_DEEP("select (a)", ".x", "", "");
  CHECK_DEEP("select a", "[1]", "", "");
  CHECK_DEEP("select a", " is null", "", "");
  CHECK_DEEP("select a", " collate x", "", "");
  CHECK_DEEP("select a", " -> 1", "", "");
  CHECK_DEEP("select f(a)", ".g()", "", "");
  CHECK_DEEP("select * from t", ", t", "", "");
  CHECK_DEEP("select * from t", " join t using (a)", "", "");
  CHECK_DEEP("select a::int", "[]", "", "");
  CHECK_DEEP("select 1", " union select 1 union all select 1", "", "");
}

TEST(chains_are_flat) {
  static const struct {
    const char *head, *part;
  } chains[] = {{"select a", " or a"},
                {"select a", " and a"},
                {"select a", " || a"},
                {"select 1", " union select 1"},
                {"select 1", " union all by name select 1"},
                {"select 1", " except select 1"},
                {"select 1", ", 1"},
                {"select 1 in (1", ", 1"},
                {"values (1)", ", (1)"}};
  for (size_t i = 0; i < COUNT_OF(chains); i++) {
    char *sql = repeated(chains[i].head, chains[i].part, 5000, strchr(chains[i].head, '(') && i == 7 ? ")" : "", "");
    Parse parse;
    SqlStatement *statement = parse_one(&parse, sql);
    if (statement) {
      CHECK(statement->query->height <= 4);
      sql_print_query(&parse.text, statement->query);
      Error error;
      SqlQuery *again;
      CHECK_OK(sql_parse_query(&parse.arena, text_str(&parse.text), SQL_OPTIONS_DEFAULT, &again, &error), &error);
    }
    parse_end(&parse);
    free(sql);
  }
}

TEST(nested_cases_do_not_explode) {
  char *sql = repeated("select ", "case ", 200, "a", " when 1 then 2 when 3 then 4 end");
  Parse parse;
  SqlStatement *statement = parse_one(&parse, sql);
  Str name;
  if (statement) {
    CHECK_OK(sql_column_name(&parse.arena, statement->query->select.items.items[0], &name, &parse.error), &parse.error);
    CHECK(name.length < 100 * 1024 * 1024);
  }
  parse_end(&parse);
  free(sql);
}

TEST(large_texts) {
  char *sql = repeated("insert into t values (1, 'abc')", ", (1, 'abc')", 100000, "", ""); // 1.2 MB
  CHECK_PARSES(sql);
  free(sql);
  sql = repeated("", "select 1;", 50000, "", "");
  Parse parse;
  parse_sql(&parse, sql);
  CHECK_EQ_INT(parse.script.count, 50000);
  parse_end(&parse);
  free(sql);
  sql = repeated("select '", "x", 2000000, "'", "");
  CHECK_PARSES(sql);
  free(sql);
  sql = repeated("select ?", ", ?", 20000, "", "");
  CHECK_PARSES(sql);
  free(sql);
}

TEST(depth_can_be_asked_for) {
  Parse parse;
  SqlExpr *expr;
  parse_start(&parse);
  SqlOptions options = SQL_OPTIONS_DEFAULT;
  options.max_depth = 10;
  CHECK_OK(sql_parse_expression(&parse.arena, STR("1+1+1+1+1"), options, &expr, &parse.error), &parse.error);
  CHECK_STATUS(sql_parse_expression(&parse.arena, STR("1+1+1+1+1+1+1+1+1+1+1"), options, &expr, &parse.error),
               ERROR_PARSER);
  CHECK_EQ_STR(
      parse.error.message,
      "Max expression depth limit of 10 exceeded. Use \"SET max_expression_depth TO x\" to increase the maximum "
      "expression depth.");
  options.max_depth = 2000;
  char *sql = repeated("", "(", 1500, "1", ")");
  CHECK_OK(sql_parse_expression(&parse.arena, str_from(sql), options, &expr, &parse.error), &parse.error);
  free(sql);
  parse_end(&parse);
}

TEST(options_change_names_and_division) {
  Parse parse;
  SqlExpr *expr;
  parse_start(&parse);
  SqlOptions options = {.preserve_identifier_case = false, .integer_division = true};
  CHECK_OK(sql_parse_expression(&parse.arena, STR("aBc.D / \"eF\""), options, &expr, &parse.error), &parse.error);
  sql_print_expr(&parse.text, expr);
  CHECK_EQ_STR(parse_text(&parse), "(abc.d // eF)");
  parse_end(&parse);
}

// The n-th allocation fails, for every n until all succeed: the outcome is success or a clean error, and nothing is kept.
TEST(memory_runs_out_anywhere) {
  const char *sql =
      "with a(x) as (select 1) select sum(x || 'y''' || e'\\n') filter (where x in (1, 2)) over w, [z for z in l if z "
      "> 1], "
      "case x when 1 then interval 1 day end from a join b using (x), (pivot c on d using sum(e)) where x between 1 "
      "and 2 and "
      "exists (select 1) group by rollup (x, y) window w as (order by x) order by all limit 5; "
      "create table t(a struct(b int)[] default 1 check (a > 0), primary key (a)); copy t to 'x' (format csv)";
  uint64_t total = 0;
  for (uint64_t fail_at = 1; fail_at < 10000; fail_at++) {
    Memory memory;
    Arena arena;
    Error error = {0};
    SqlScript script;
    memory_init(&memory, 0);
    memory.fail_at = fail_at;
    arena_init(&arena, &memory);
    Status status = sql_parse(&arena, str_from(sql), SQL_OPTIONS_DEFAULT, &script, &error);
    if (status != OK) CHECK_EQ_INT(status, ERROR_NO_MEMORY);
    arena_free(&arena);
    CHECK_EQ_INT(memory.used_bytes, 0);
    if (status == OK) {
      total = fail_at;
      break;
    }
  }
  CHECK(total > 3);
}

UNIT_MAIN
