// SPDX-License-Identifier: MIT
//
// sql_walk.c: the visitor, deep copies and equality.
#include "sql_helpers.h"

// A query that holds nearly every kind of node.
static const char *rich =
    "with recursive a(x) using key (x) as materialized (select 1 union all select x + 1 from a), b as (values (1, "
    "default)) "
    "select distinct on (x) t.* exclude (a) replace (b + 1 as b) rename (c as d), columns(q -> q like 'a%'), #1, $1, "
    "-x, "
    "x in (1, 2), not y, z is null, coalesce(x, 1), l[1], l[1:], (s).f, array[1], try(x), grouping(x), x = y, x and y "
    "or z, "
    "x between 1 and 2, case x when 1 then 2 else 3 end, x::struct(a int, b decimal(4, 1)[]), x collate nocase, "
    "lambda v: v + 1, (select 1), exists (select 1), x > any (select 2), "
    "sum(distinct x order by y) filter (where x) over (partition by a order by b rows between 1 preceding and 2 "
    "following) "
    "from s.t as u(m, n) tablesample 10%, range(3) r, (select 2) q left join v on a = b, w at (version => 3), "
    "p pivot (sum(e) for f in (1 as one) group by g), p unpivot (h for i in (j, k)) "
    "where x group by grouping sets ((x), rollup (y)), z having x qualify y using sample 5 "
    "order by 1 desc nulls last limit 5 offset 6";

typedef struct Counter {
  uint32_t exprs, queries, froms, types;
} Counter;

static Status count_expr(SqlVisitor *visitor, SqlExpr **slot) {
  ((Counter *)visitor->context)->exprs++;
  return sql_visit_expr_children(visitor, *slot);
}
static Status count_query(SqlVisitor *visitor, SqlQuery **slot) {
  ((Counter *)visitor->context)->queries++;
  return sql_visit_query_children(visitor, *slot);
}
static Status count_from(SqlVisitor *visitor, SqlFrom **slot) {
  ((Counter *)visitor->context)->froms++;
  return sql_visit_from_children(visitor, *slot);
}
static Status count_type(SqlVisitor *visitor, SqlType **slot) {
  ((Counter *)visitor->context)->types++;
  return sql_visit_type_children(visitor, *slot);
}

static Counter count_nodes(SqlQuery *query) {
  Counter counter = {0};
  SqlVisitor visitor = {
      .expr = count_expr, .query = count_query, .from = count_from, .type = count_type, .context = &counter};
  CHECK(sql_visit_query(&visitor, &query) == OK);
  return counter;
}

TEST(counts) {
  Parse parse;
  SqlStatement *statement =
      parse_one(&parse, "select a + b, (select c::decimal(1, 2)[] from t) from t join u using (x)");
  CHECK_OR_RETURN(statement);
  Counter counter = count_nodes(statement->query);
  CHECK_EQ_INT(counter.exprs, 8); // +, a, b, subquery, cast, c, 1, 2
  CHECK_EQ_INT(counter.queries, 2);
  CHECK_EQ_INT(counter.froms, 4);
  CHECK_EQ_INT(counter.types, 2);
  parse_end(&parse);
}

// Puts b where a stands.
static Status rename_column(SqlVisitor *visitor, SqlExpr **slot) {
  if ((*slot)->kind == SQL_EXPR_COLUMN && str_equal((*slot)->column.items[0], STR("a"))) {
    *slot = visitor->context;
    return OK;
  }
  return sql_visit_expr_children(visitor, *slot);
}

TEST(replaces_through_slots) {
  Parse parse;
  SqlExpr *expr, *other;
  parse_start(&parse);
  CHECK_OK(
      sql_parse_expression(&parse.arena, STR("f(a, (select a + 1)) + a"), SQL_OPTIONS_DEFAULT, &expr, &parse.error),
      &parse.error);
  CHECK_OK(sql_parse_expression(&parse.arena, STR("b * 2"), SQL_OPTIONS_DEFAULT, &other, &parse.error), &parse.error);
  SqlVisitor visitor = {.expr = rename_column, .context = other};
  CHECK(sql_visit_expr(&visitor, &expr) == OK);
  sql_print_expr(&parse.text, expr);
  CHECK_EQ_STR(parse_text(&parse), "(f((b * 2), (SELECT ((b * 2) + 1))) + (b * 2))");
  parse_end(&parse);
}

static Status fail_at_literal(SqlVisitor *visitor, SqlExpr **slot) {
  if ((*slot)->kind == SQL_EXPR_LITERAL) return error_set(visitor->error, ERROR_BINDER, (*slot)->position, "a literal");
  return sql_visit_expr_children(visitor, *slot);
}

TEST(errors_end_the_walk) {
  Parse parse;
  SqlStatement *statement = parse_one(&parse, "select a, 1, 2");
  CHECK_OR_RETURN(statement);
  SqlVisitor visitor = {.expr = fail_at_literal, .error = &parse.error};
  CHECK_STATUS(sql_visit_statement(&visitor, statement), ERROR_BINDER);
  CHECK_EQ_INT(parse.error.position, 10);
  parse_end(&parse);
}

// Writes over every node, so that a copy that shares one shows it.
static Status spoil_expr(SqlVisitor *visitor, SqlExpr **slot) {
  TRY(sql_visit_expr_children(visitor, *slot));
  memset(*slot, 0xEE, sizeof **slot);
  return OK;
}
static Status spoil_query(SqlVisitor *visitor, SqlQuery **slot) {
  TRY(sql_visit_query_children(visitor, *slot));
  memset(*slot, 0xEE, sizeof **slot);
  return OK;
}
static Status spoil_from(SqlVisitor *visitor, SqlFrom **slot) {
  TRY(sql_visit_from_children(visitor, *slot));
  memset(*slot, 0xEE, sizeof **slot);
  return OK;
}
static Status spoil_type(SqlVisitor *visitor, SqlType **slot) {
  TRY(sql_visit_type_children(visitor, *slot));
  memset(*slot, 0xEE, sizeof **slot);
  return OK;
}

TEST(copies_are_deep) {
  Parse parse;
  parse_start(&parse);
  SqlQuery *query, *copy;
  CHECK_OK(sql_parse_query(&parse.arena, str_from(rich), SQL_OPTIONS_DEFAULT, &query, &parse.error), &parse.error);
  CHECK_OR_RETURN(parse.error.code == OK);
  CHECK_OK(sql_copy_query(&parse.arena, query, &copy, &parse.error), &parse.error);
  CHECK(copy != query);
  CHECK(sql_query_equal(query, copy));
  Counter before = count_nodes(query), after = count_nodes(copy);
  CHECK(memcmp(&before, &after, sizeof before) == 0);
  sql_print_query(&parse.text, query);
  Str text;
  CHECK_OK(str_copy(&parse.arena, &parse.error, text_str(&parse.text), &text), &parse.error);
  SqlVisitor spoiler = {.expr = spoil_expr, .query = spoil_query, .from = spoil_from, .type = spoil_type};
  CHECK(sql_visit_query(&spoiler, &query) == OK);
  text_clear(&parse.text);
  sql_print_query(&parse.text, copy);
  CHECK_EQ_STR(text_str(&parse.text), text);
  parse_end(&parse);
}

static bool same(const char *a, const char *b) {
  Parse parse;
  SqlExpr *x, *y;
  parse_start(&parse);
  CHECK_OK(sql_parse_expression(&parse.arena, str_from(a), SQL_OPTIONS_DEFAULT, &x, &parse.error), &parse.error);
  CHECK_OK(sql_parse_expression(&parse.arena, str_from(b), SQL_OPTIONS_DEFAULT, &y, &parse.error), &parse.error);
  bool equal = parse.error.code == OK && sql_expr_equal(x, y) && sql_expr_equal(y, x);
  parse_end(&parse);
  return equal;
}

TEST(equality) {
  CHECK(same("a + B", "A+b"));
  CHECK(same("(a)", "a"));
  CHECK(same("f(x := 1)", "F(X => 1)"));
  CHECK(same("(select a from t where b)", "(from T select a where B)"));
  CHECK(same("sum(a) over (order by b)", "SUM(a) OVER (ORDER BY b)"));
  CHECK(!same("a + b", "b + a"));
  CHECK(!same("a", "t.a"));
  CHECK(!same("1", "1.0"));
  CHECK(!same("'a'", "'A'"));
  CHECK(!same("f(a)", "f(distinct a)"));
  CHECK(!same("f(x := 1)", "f(y := 1)"));
  CHECK(!same("sum(a)", "sum(a) over ()"));
  CHECK(!same("a::int", "a::bigint"));
  CHECK(!same("a::int", "try_cast(a as int)"));
  CHECK(!same("(select a)", "(select a limit 1)"));
  CHECK(!same("case when a then b end", "case a when true then b end"));
  CHECK(!same("* exclude a", "* exclude b"));
  CHECK(!same("a[1]", "a[1:]"));
  CHECK(!same("exists (from a)", "exists (from b)"));
}

UNIT_MAIN
