// SPDX-License-Identifier: MIT
//
// plan_bind.c: statements without stored tables, bound and printed as lines: what became of subqueries, CTEs, stars and names.
#include "catalog/catalog.h"
#include "func/func.h"
#include "plan/plan.h"
#include "sql/sql.h"
#include "unit.h"

typedef struct Fixture {
  Memory memory;
  Arena arena;
  Error error;
  StatementFacts facts;
  FunctionLibrary library;
  CatalogView *catalog;
  char text[16384];
} Fixture;

static bool no_setting(void *session, Str name, Value *value) {
  (void)session;
  (void)name;
  (void)value;
  return false;
}

static void fixture_open(Fixture *fixture) {
  memory_init(&fixture->memory, 0);
  arena_init(&fixture->arena, &fixture->memory);
  error_clear(&fixture->error);
  CHECK(function_library(&fixture->arena, &fixture->library, &fixture->error) == OK);
  fixture->facts = (StatementFacts){
      .memory = &fixture->memory, .library = &fixture->library, .setting = no_setting, .time_zone = STR("UTC")};
  CHECK(catalog_view_create(&fixture->memory, &fixture->catalog, &fixture->error) == OK);
}

static void fixture_close(Fixture *fixture) {
  catalog_view_free(fixture->catalog);
  arena_free(&fixture->arena);
  CHECK_EQ_INT((long long)fixture->memory.used_bytes, 0);
}

static Status plan_text(Fixture *fixture, const char *sql, bool optimize, PlannedStatement *out) {
  SqlScript script = {0};
  Status status = sql_parse(&fixture->arena, str_from(sql), SQL_OPTIONS_DEFAULT, &script, &fixture->error);
  if (status != OK) return status;
  PlanContext context = {.arena = &fixture->arena,
                         .error = &fixture->error,
                         .facts = &fixture->facts,
                         .catalog = fixture->catalog,
                         .library = &fixture->library,
                         .sql = str_from(sql),
                         .optimize = optimize};
  return plan_statement(&context, script.items[0], out);
}

// The plan as lines, or the error.
static const char *lines(Fixture *fixture, const char *sql) {
  PlannedStatement planned;
  if (plan_text(fixture, sql, true, &planned) != OK) {
    text_format_into(fixture->text, sizeof fixture->text, "%s: %s", error_class(fixture->error.code),
                     fixture->error.message);
    return fixture->text;
  }
  TextBuilder text;
  text_init(&text, &fixture->memory);
  plan_print_lines(&text, planned.root);
  text_format_into(fixture->text, sizeof fixture->text, "%.*s", (int)text.length, text.data);
  text_free(&text);
  return fixture->text;
}

static bool has(const char *text, const char *part) { return strstr(text, part) != NULL; }

TEST(constants_have_types_and_names) {
  Fixture fixture;
  fixture_open(&fixture);
  PlannedStatement planned;
  CHECK(plan_text(&fixture, "SELECT 1, 'a' AS b, NULL, 1.5, 3000000000", true, &planned) == OK);
  CHECK_EQ_INT(planned.column_count, 5);
  CHECK_EQ_INT(planned.types[0].id, TYPE_INTEGER);
  CHECK_EQ_INT(planned.types[1].id, TYPE_VARCHAR);
  CHECK_EQ_INT(planned.types[2].id, TYPE_INTEGER);
  CHECK_EQ_INT(planned.types[3].id, TYPE_DECIMAL);
  CHECK_EQ_INT(planned.types[4].id, TYPE_BIGINT);
  CHECK(str_equal(planned.names[0], STR("1")));
  CHECK(str_equal(planned.names[1], STR("b")));
  CHECK(planned.read_only);
  fixture_close(&fixture);
}

TEST(parameters_take_the_type_of_their_place) {
  Fixture fixture;
  fixture_open(&fixture);
  PlannedStatement planned;
  CHECK(plan_text(&fixture, "SELECT * FROM (VALUES (1, 'a')) t(x, y) WHERE x = $1 AND y = $2", true, &planned) == OK);
  CHECK_EQ_INT(planned.parameter_count, 2);
  CHECK_EQ_INT(planned.parameters[0].type.id, TYPE_INTEGER);
  CHECK_EQ_INT(planned.parameters[1].type.id, TYPE_VARCHAR);
  fixture_close(&fixture);
}

TEST(correlated_exists_becomes_a_semi_join) {
  Fixture fixture;
  fixture_open(&fixture);
  const char *plan = lines(
      &fixture, "SELECT x FROM (VALUES (1), (2)) t(x) WHERE EXISTS (SELECT * FROM (VALUES (2), (3)) s(y) WHERE y = x)");
  CHECK(has(plan, "SEMI"));
  CHECK(!has(plan, "DELIM"));
  fixture_close(&fixture);
}

TEST(correlated_aggregate_leaves_no_delim_nodes) {
  Fixture fixture;
  fixture_open(&fixture);
  const char *plan =
      lines(&fixture, "SELECT x, (SELECT count(*) FROM (VALUES (2)) s(y) WHERE y = x) FROM (VALUES (1), (2)) t(x)");
  CHECK(has(plan, "CTE"));
  CHECK(!has(plan, "DELIM_JOIN"));
  CHECK(!has(plan, "DELIM_SCAN"));
  fixture_close(&fixture);
}

TEST(a_cte_that_is_used_once_is_inlined) {
  Fixture fixture;
  fixture_open(&fixture);
  CHECK(!has(lines(&fixture, "WITH c AS (SELECT 1 AS a) SELECT * FROM c"), "CTE"));
  CHECK(has(lines(&fixture, "WITH c AS (VALUES (1), (2)) SELECT * FROM c x, c y"), "CTE"));
  fixture_close(&fixture);
}

TEST(errors_have_text_and_position) {
  Fixture fixture;
  fixture_open(&fixture);
  CHECK_EQ_STR(lines(&fixture, "SELECT zz"),
               "Binder Error: Referenced column \"zz\" was not found because the FROM clause is missing");
  CHECK_EQ_INT(fixture.error.position, 7);
  CHECK_EQ_STR(lines(&fixture, "SELECT b FROM (VALUES (1)) t(a)"),
               "Binder Error: Referenced column \"b\" not found in FROM clause!\nCandidate bindings: \"a\"");
  CHECK(has(lines(&fixture, "SELECT a, count(*) FROM (VALUES (1)) t(a)"), "must appear in the GROUP BY clause"));
  CHECK_EQ_STR(lines(&fixture, "SELECT (SELECT 1, 2)"), "Binder Error: Subquery returns 2 columns - expected 1");
  CHECK(has(lines(&fixture, "SELECT 1 UNION SELECT 1, 2"), "same number of result columns"));
  CHECK(has(lines(&fixture, "SELECT sum(sum(1))"), "cannot be nested"));
  fixture_close(&fixture);
}

TEST(nesting_is_limited) {
  Fixture fixture;
  fixture_open(&fixture);
  TextBuilder text;
  text_init(&text, &fixture.memory);
  for (int i = 0; i < 300; i++) text_append(&text, STR("SELECT * FROM ("));
  text_append(&text, STR("SELECT 1"));
  text_append_repeated(&text, ')', 300);
  text_append_char(&text, '\0');
  CHECK(has(lines(&fixture, text.data), "Error: "));
  text_free(&text);
  fixture_close(&fixture);
}

// Every allocation fails in turn: the answer is "no memory" or a plan, never anything else.
TEST(every_allocation_may_fail) {
  for (uint64_t at = 1; at < 400; at++) {
    Fixture fixture;
    fixture_open(&fixture);
    fixture.memory.fail_at = fixture.memory.allocation_count + at;
    PlannedStatement planned;
    Status status = plan_text(&fixture,
                              "WITH c AS (SELECT range AS x FROM range(5)) SELECT a.x, (SELECT max(b.x) FROM c b WHERE "
                              "b.x < a.x) AS m, count(*) "
                              "FROM c a GROUP BY ALL HAVING count(*) > 0 ORDER BY m DESC LIMIT 3",
                              true, &planned);
    CHECK(status == OK || status == ERROR_NO_MEMORY);
    fixture.memory.fail_at = 0;
    fixture_close(&fixture);
    if (status == OK) break;
  }
}

UNIT_MAIN
