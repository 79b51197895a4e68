// SPDX-License-Identifier: MIT
//
// sql_expression.c: expressions, by the names that their columns get.
#include "sql_helpers.h"

TEST(precedence) {
  CHECK_NAME("a or b and not c = d + e * f ^ g", "(a OR (b AND (c != (d + (e * (f ^ g))))))");
  CHECK_NAME("1 - 2 - 3", "((1 - 2) - 3)");
  CHECK_NAME("2 ^ 3 ^ 4", "((2 ^ 3) ^ 4)");
  CHECK_NAME("-a ^ 2", "(-(a) ^ 2)");
  CHECK_NAME("- 1 ^ 2", "(-1 ^ 2)");
  CHECK_NAME("-1::int", "-(CAST(1 AS INTEGER))");
  CHECK_NAME("-(1)", "-1");
  CHECK_NAME("- - 1", "1");
  CHECK_NAME("+1", "+(1)");
  CHECK_NAME("a || b + 1", "(a || (b + 1))");
  CHECK_NAME("a + b || c", "((a + b) || c)");
  CHECK_NAME("~ a + 1", "~((a + 1))");
  CHECK_NAME("a | ~ b", "(a | ~(b))");
  CHECK_NAME("a @> b = c", "((a @> b) = c)");
  CHECK_NAME("a in (1) = b", "((a IN (1)) = b)");
  CHECK_NAME("a = b in (1)", "(a = (b IN (1)))");
  CHECK_NAME("a like b = c", "((a ~~ b) = c)");
  CHECK_NAME("a between b and c and d", "((a BETWEEN b AND c) AND d)");
  CHECK_NAME("a between b = c and d", "(a BETWEEN (b = c) AND d)");
  CHECK_NAME("a is null = b", "((a IS NULL) = b)");
  CHECK_NAME("a = b is null", "((a = b) IS NULL)");
  CHECK_NAME("a + b at time zone c", "(a + main.timezone(c, b))");
  CHECK_NAME("a * b collate c", "(a * b COLLATE c)");
  CHECK_NAME("1 + s -> 'x' = 'y'", "((1 + s) -> ('x' = 'y'))");
  CHECK_NAME("1 + s ->> 'x' = 'y'", "(((1 + s) ->> 'x') = 'y')");
  CHECK_NAME("1 -> 2 -> 3", "((1 -> 2) -> 3)");
  CHECK_NAME("'a'||-1", "('a' ||- 1)");
  CHECK_NAME("1=-1", "(1 = -1)");
  CHECK_NAME("2**-1", "(2 ** -1)");
  CHECK_NAME("a!", "((a)!)");
  CHECK_ERROR("select a = b = c", 13, "Parser Error: syntax error at or near \"=\"");
  CHECK_ERROR("select a < b < c", 13, "Parser Error: syntax error at or near \"<\"");
}

TEST(chains) {
  CHECK_NAME("a and b and c", "(a AND b AND c)");
  CHECK_NAME("a and (b and c)", "(a AND (b AND c))");
  CHECK_NAME("a || b || c || d", "(((a || b) || c) || d)");
  CHECK_NAME("a || (b || c)", "(a || (b || c))");
}

TEST(negation) {
  CHECK_NAME("not a = b", "(a != b)");
  CHECK_NAME("not (a < b)", "(a >= b)");
  CHECK_NAME("not a is distinct from b", "(a IS NOT DISTINCT FROM b)");
  CHECK_NAME("not a in (1)", "(a NOT IN (1))");
  CHECK_NAME("not (a not in (1))", "(NOT (a NOT IN (1)))");
  CHECK_NAME("a not between 1 and 2", "(NOT (a BETWEEN 1 AND 2))");
  CHECK_NAME("not not a", "(NOT (NOT a))");
  CHECK_NAME("not a and b", "((NOT a) AND b)");
}

TEST(tests_of_null_and_truth) {
  CHECK_NAME("a isnull", "(a IS NULL)");
  CHECK_NAME("a not null", "(a IS NOT NULL)");
  CHECK_NAME("a notnull", "(a IS NOT NULL)");
  CHECK_NAME("a is unknown", "(a IS NULL)");
  CHECK_NAME("a is true", "(CAST(a AS BOOLEAN) IS NOT DISTINCT FROM true)");
  CHECK_NAME("a is not false", "(CAST(a AS BOOLEAN) IS DISTINCT FROM false)");
  CHECK_NAME("true", "CAST('t' AS BOOLEAN)");
}

TEST(matching) {
  CHECK_NAME("s not like 'x'", "(s !~~ 'x')");
  CHECK_NAME("s ilike 'x'", "(s ~~* 'x')");
  CHECK_NAME("s like 'x' escape 'y'", "main.like_escape(s, 'x', 'y')");
  CHECK_NAME("s not ilike 'x' escape '$'", "main.not_ilike_escape(s, 'x', '$')");
  CHECK_NAME("s similar to 'x'", "regexp_full_match(s, 'x')");
  CHECK_NAME("s !~ 'x'", "(NOT regexp_full_match(s, 'x'))");
  CHECK_NAME("s glob 'x'", "(s ~~~ 'x')");
  CHECK_NAME("s ^@ 'x'", "(s ^@ 'x')");
  CHECK_ERROR("select a similar to b escape 'c'", -1, "Not implemented Error: Custom escape in SIMILAR TO");
}

TEST(membership) {
  CHECK_NAME("a in (1,2,)", "(a IN (1, 2))");
  CHECK_NAME("a in (select 1)", "(a = ANY(SELECT 1))");
  CHECK_NAME("a not in (select 1)", "(NOT (a = ANY(SELECT 1)))");
  CHECK_NAME("a in l", "contains(l, a)");
  CHECK_NAME("a not in [1]", "(NOT contains(main.list_value(1), a))");
  CHECK_NAME("a in ((select 1), 2)", "(a IN ((SELECT 1), 2))");
  CHECK_NAME("(a, b) in ((1, 2))", "(main.\"row\"(a, b) IN (main.\"row\"(1, 2)))");
  CHECK_NAME("a > all (select 1)", "(NOT (a <= ANY(SELECT 1)))");
  CHECK_NAME("a = any([1])", "(a = ANY(SELECT unnest(main.list_value(1))))");
  CHECK_ERROR("select a like any (select 'x')", -1,
              "Parser Error: ANY and ALL operators require one of =,<>,>,<,>=,<= comparisons!");
}

TEST(nested_values) {
  CHECK_NAME("[1,2,]", "main.list_value(1, 2)");
  CHECK_NAME("array[1,2]", "(ARRAY[1, 2])");
  CHECK_NAME("{'a b':1, c:2,}", "main.struct_pack(\"a b\" := 1, c := 2)");
  CHECK_NAME("map {1:2, 3:4}", "main.\"map\"(main.list_value(1, 3), main.list_value(2, 4))");
  CHECK_NAME("(1, 2)", "main.\"row\"(1, 2)");
  CHECK_NAME("row()", "main.\"row\"()");
  CHECK_NAME("l[1]", "l[1]");
  CHECK_NAME("l[:]", "l[:]");
  CHECK_NAME("l[1:2:3]", "l[1:2:3]");
  CHECK_NAME("l[:-:2]", "l[:-:2]");
  CHECK_NAME("(st).x", "(st).x");
  CHECK_NAME("st.x", "x");
  CHECK_NAME("a.b.c[1].d[2]", "(a.b.c[1]).d[2]");
  CHECK_NAME("f(a).b(c).d", "(b(f(a), c)).d");
  CHECK_NAME("[x*2 for x in l]", "main.list_apply(l, (lambda x: (x * 2)))");
  CHECK_NAME("[x*2 for x in l if x > 1]",
             "main.list_apply(main.list_filter(main.list_apply(l, (lambda x: main.struct_pack(\"filter\" := (x > 1), "
             "result := (x * 2)))), (lambda elem: main.struct_extract(elem, 'filter'))), (lambda elem: "
             "main.struct_extract(elem, 'result')))");
  CHECK_NAME(
      "array(select 1)",
      "(SELECT CASE  WHEN ((array_agg(#1) IS NULL)) THEN (list_value()) ELSE array_agg(#1) END FROM (SELECT 1))");
  CHECK_ERROR("select (1,)", 10, "Parser Error: syntax error at or near \")\"");
  CHECK_ERROR("select {}", 8, "Parser Error: syntax error at or near \"}\"");
  CHECK_ERROR("select a[]", 9, "Parser Error: syntax error at or near \"]\"");
}

TEST(calls) {
  CHECK_NAME("UPPER(S)", "upper(S)");
  CHECK_NAME("count(*)", "count_star()");
  CHECK_NAME("count()", "count_star()");
  CHECK_NAME("count(distinct *)", "count(DISTINCT *)");
  CHECK_NAME("count(*) over ()", "count() OVER ()");
  CHECK_NAME("f(a := 1, b => 2)", "f(a := 1, b := 2)");
  CHECK_NAME("string_agg(s, ',' order by s desc nulls last)", "string_agg(s, ',' ORDER BY s DESC NULLS LAST)");
  CHECK_NAME("sum(distinct a) filter (a > 1)", "sum(DISTINCT a) FILTER (WHERE (a > 1))");
  CHECK_NAME("percentile_cont(0.5) within group (order by a)", "quantile_cont(0.5 ORDER BY a)");
  CHECK_NAME("mode() within group (order by a)", "\"mode\"() WITHIN GROUP ( ORDER BY a)");
  CHECK_NAME("if(a, b, c)", "CASE  WHEN (a) THEN (b) ELSE c END");
  CHECK_NAME("ifnull(a, b)", "COALESCE(a, b)");
  CHECK_NAME("nullif(a, b)", "\"nullif\"(a, b)");
  CHECK_NAME("date(a)", "CAST(a AS DATE)");
  CHECK_NAME("try(a)", "TRY(a)");
  CHECK_NAME("grouping_id(a, b)", "GROUPING(a, b)");
  CHECK_NAME("extract(years from d)", "main.date_part('year', d)");
  CHECK_NAME("substring(a for 2)", "main.\"substring\"(a, 1, CAST(2 AS INTEGER))");
  CHECK_NAME("substring(a for 1 from 2)", "main.\"substring\"(a, 2, 1)");
  CHECK_NAME("position('a' in s)", "main.\"position\"(s, 'a')");
  CHECK_NAME("trim(leading 'x' from a)", "main.ltrim(a, 'x')");
  CHECK_NAME("trim(both from a)", "main.\"trim\"(a)");
  CHECK_NAME("overlay(a placing b from 1 for 2)", "main.\"overlay\"(a, b, 1, 2)");
  CHECK_NAME("(s).upper()", "upper(s)");
  CHECK_NAME("s.upper()", "s.upper()");
  CHECK_ERROR("select if(a, b)", -1, "Parser Error: Wrong number of arguments to IF.");
  CHECK_ERROR("select f(a) within group (order by b)", -1, "Parser Error: Unknown ordered aggregate \"f\".");
  CHECK_ERROR("select f(a ignore nulls)", -1,
              "Parser Error: RESPECT/IGNORE NULLS is not supported for non-window functions");
}

TEST(case_expressions) {
  CHECK_NAME("case a when 1 then 2 when 3 then 4 else 5 end",
             "CASE  WHEN ((a = 1)) THEN (2) WHEN ((a = 3)) THEN (4) ELSE 5 END");
  CHECK_NAME("case when a then 1 end", "CASE  WHEN (a) THEN (1) ELSE NULL END");
  CHECK_ERROR("select case end", 12, "Parser Error: syntax error at or near \"end\"");
}

TEST(casts_and_types) {
  CHECK_NAME("a::int4", "CAST(a AS INTEGER)");
  CHECK_NAME("a::date", "CAST(a AS \"DATE\")");
  CHECK_NAME("a::mood", "CAST(a AS \"mood\")");
  CHECK_NAME("a::s.mood", "CAST(a AS s.\"mood\")");
  CHECK_NAME("a::decimal(5,2)", "CAST(a AS DECIMAL(5, 2))");
  CHECK_NAME("a::timestamp with time zone", "CAST(a AS \"TIMESTAMP WITH TIME ZONE\")");
  CHECK_NAME("a::double precision", "CAST(a AS \"DOUBLE\")");
  CHECK_NAME("a::character varying(3)", "CAST(a AS VARCHAR(3))");
  CHECK_NAME("a::char", "CAST(a AS VARCHAR(1))");
  CHECK_NAME("a::int[][3]", "CAST(a AS INTEGER[][3])");
  CHECK_NAME("a::int array[3]", "CAST(a AS INTEGER[3])");
  CHECK_NAME("a::struct(x int, \"y z\" date)", "CAST(a AS STRUCT(x INTEGER, \"y z\" \"DATE\"))");
  CHECK_NAME("a::map(int, text)", "CAST(a AS MAP(INTEGER, VARCHAR))");
  CHECK_NAME("a::union(i int, s text)", "CAST(a AS UNION(i INTEGER, s VARCHAR))");
  CHECK_NAME("a::enum('x', 'y')", "CAST(a AS \"ENUM\"('x', 'y'))");
  CHECK_NAME("try_cast(a as float(30))", "TRY_CAST(a AS \"DOUBLE\")");
  CHECK_NAME("date '2020-01-01'", "CAST('2020-01-01' AS \"DATE\")");
  CHECK_NAME("decimal(5,2) '1.2'", "CAST('1.2' AS DECIMAL(5, 2))");
  CHECK_NAME("time with time zone '10:00'", "CAST('10:00' AS \"TIME WITH TIME ZONE\")");
  CHECK_NAME("interval '1' year", "to_years(CAST(trunc(CAST('1' AS DOUBLE)) AS INTEGER))");
  CHECK_NAME("interval 5 minutes", "to_minutes(CAST(trunc(CAST(5 AS DOUBLE)) AS BIGINT))");
  CHECK_NAME("interval (a) second", "to_seconds(CAST(a AS DOUBLE))");
  CHECK_NAME("interval '1 day'", "CAST('1 day' AS INTERVAL)");
  CHECK_ERROR("select interval '1' year to month", -1, "Parser Error: YEAR TO MONTH is not supported");
  CHECK_ERROR("select 1::decimal(a)", -1, "Parser Error: Expected a constant as type modifier");
}

TEST(lambdas) {
  CHECK_NAME("list_transform(l, x -> x + 1)", "list_transform(l, (x -> (x + 1)))");
  CHECK_NAME("list_transform(l, (x, i) -> x + i)", "list_transform(l, (main.\"row\"(x, i) -> (x + i)))");
  CHECK_NAME("list_transform(l, lambda x, i : x + i)", "list_transform(l, (lambda x, i: (x + i)))");
  Parse parse;
  SqlExpr *expr;
  parse_start(&parse);
  CHECK_OK(sql_parse_expression(&parse.arena, STR("(x, y) -> x"), SQL_OPTIONS_DEFAULT, &expr, &parse.error),
           &parse.error);
  CHECK_EQ_INT(expr->kind, SQL_EXPR_LAMBDA);
  CHECK_EQ_INT(expr->lambda.parameters.count, 2);
  CHECK_OK(sql_parse_expression(&parse.arena, STR("j -> '$.a'"), SQL_OPTIONS_DEFAULT, &expr, &parse.error),
           &parse.error);
  CHECK_EQ_INT(expr->lambda.parameters.count, 1); // the binder finds out that it is JSON's
  CHECK_OK(sql_parse_expression(&parse.arena, STR("f(j) -> 'a'"), SQL_OPTIONS_DEFAULT, &expr, &parse.error),
           &parse.error);
  CHECK_EQ_INT(expr->lambda.parameters.count, 0);
  parse_end(&parse);
}

TEST(stars) {
  CHECK_NAME("*", "*");
  CHECK_NAME("t.* exclude a", "t.* EXCLUDE (a)");
  CHECK_NAME("* exclude (a, t.b) replace (b + 1 as c) rename (d as e)",
             "* EXCLUDE (a, t.b) REPLACE ((b + 1) AS c) RENAME (d AS e)");
  CHECK_NAME("columns('a.*')", "COLUMNS('a.*')");
  CHECK_NAME("columns(t.* exclude a)", "COLUMNS(t.* EXCLUDE (a))");
  CHECK_NAME("columns(c -> c like 'a%')", "COLUMNS(list_filter(*, (c -> (c ~~ 'a%'))))");
  CHECK_NAME("coalesce(*columns('a'))", "COALESCE(UNPACK(COLUMNS('a')))");
  CHECK_NAME("* like 'a%'", "(* ~~ 'a%')");
  CHECK_ERROR("select * exclude (a, a)", -1, "Parser Error: Duplicate entry \"a\" in EXCLUDE list");
  CHECK_ERROR("select * exclude (a) replace (1 as a)", -1,
              "Parser Error: Column \"a\" cannot occur in both EXCLUDE and REPLACE list");
}

TEST(windows) {
  CHECK_NAME("sum(a) over (partition by b order by a rows 1 preceding)",
             "sum(a) OVER (PARTITION BY b ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)");
  CHECK_NAME("sum(a) over (order by b range between unbounded preceding and current row)", "sum(a) OVER (ORDER BY b)");
  CHECK_NAME("sum(a) over (groups between 1 following and unbounded following exclude ties)",
             "sum(a) OVER (GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING EXCLUDE TIES)");
  CHECK_NAME("first_value(a order by b ignore nulls) over ()", "first_value(a ORDER BY b IGNORE NULLS) OVER ()");
  CHECK_NAME("rank(order by a desc) over (order by b)", "rank( ORDER BY a DESC) OVER (ORDER BY b)");
  CHECK_ERROR("select sum(a) over (rows unbounded following)", 25,
              "Parser Error: frame start cannot be UNBOUNDED FOLLOWING");
  CHECK_ERROR("select sum(a) over w from t", -1, "Parser Error: window \"w\" does not exist");
  CHECK_ERROR("select sum(a) over (order by sum(a) over ())", -1,
              "Parser Error: window functions are not allowed in window definitions");
}

TEST(names) {
  CHECK_NAME("a as \"A b\"", "A b");
  CHECK_NAME("a 'x'", "CAST('x' AS \"a\")"); // a type, not an alias
  CHECK_NAME("a as 'x'", "x");
  CHECK_NAME("x: 42", "x");
  CHECK_NAME("1 as select", "select");
  CHECK_NAME("-t.year", "-(t.\"year\")");
  CHECK_NAME("-aBc", "-(aBc)");
  CHECK_NAME("-\"a\"\"b\"", "-(\"a\"\"b\")");
  CHECK_NAME("-été", "-(\"été\")");
  CHECK_NAME("between", "between");
  CHECK_NAME("struct", "struct");
  CHECK_ERROR("select 1 year", 9, "Parser Error: syntax error at or near \"year\"");
  CHECK_ERROR("select asof", -1, "Parser Error: syntax error at end of input");
  CHECK_ERROR("select int(a)", 10, "Parser Error: syntax error at or near \"(\"");
}

TEST(positions) {
  Parse parse;
  SqlExpr *expr;
  parse_start(&parse);
  CHECK_OK(sql_parse_expression(&parse.arena, STR(" aa  + f(b)"), SQL_OPTIONS_DEFAULT, &expr, &parse.error),
           &parse.error);
  CHECK_EQ_INT(expr->position, 5); // the operator
  CHECK_EQ_INT(expr->end, 11);
  CHECK_EQ_INT(expr->function.arguments.items[0]->position, 1);
  CHECK_EQ_INT(expr->function.arguments.items[0]->end, 3);
  CHECK_EQ_INT(expr->function.arguments.items[1]->position, 7);
  sql_dump_expr(&parse.text, expr);
  CHECK_EQ_STR(parse_text(&parse), "operator + 5..11\n  column aa 1..3\n  call f 7..11\n    column b 9..10\n");
  parse_end(&parse);
}

TEST(types_alone) {
  Parse parse;
  SqlType *type;
  parse_start(&parse);
  CHECK_OK(sql_parse_type(&parse.arena, STR("struct(a int, b decimal(4, 1)[])[3]"), SQL_OPTIONS_DEFAULT, &type,
                          &parse.error),
           &parse.error);
  sql_print_type(&parse.text, type);
  CHECK_EQ_STR(parse_text(&parse), "STRUCT(a INTEGER, b DECIMAL(4, 1)[])[3]");
  CHECK_STATUS(sql_parse_type(&parse.arena, STR("int x"), SQL_OPTIONS_DEFAULT, &type, &parse.error), ERROR_PARSER);
  CHECK_EQ_STR(parse.error.message, "syntax error at or near \"x\"");
  CHECK_STATUS(sql_parse_type(&parse.arena, STR(""), SQL_OPTIONS_DEFAULT, &type, &parse.error), ERROR_PARSER);
  CHECK_EQ_STR(sql_type_canonical_name(STR("TimestampTZ")), "TIMESTAMP WITH TIME ZONE");
  CHECK(sql_type_canonical_name(STR("mood")) == NULL);
  parse_end(&parse);
}

UNIT_MAIN
