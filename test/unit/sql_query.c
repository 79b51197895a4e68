// SPDX-License-Identifier: MIT
//
// sql_query.c: queries and FROM, by what they print as; set operations, WITH, GROUP BY, PIVOT.
#include "sql_helpers.h"

TEST(select_clauses) {
  CHECK_PRINT(
      "select a, b as c from t x, u as y(m,n) where a > 1 group by a, b having count(*) > 1 "
      "qualify row_number() over () = 1 order by a desc nulls last, b limit 10 offset 5",
      "SELECT a, b AS c FROM t AS x , u AS y(m, n) WHERE (a > 1) GROUP BY a, b HAVING (count_star() > 1) "
      "QUALIFY (row_number() OVER () = 1) ORDER BY a DESC NULLS LAST, b LIMIT 10 OFFSET 5");
  CHECK_PRINT("select distinct on (a, b) a from t order by all",
              "SELECT DISTINCT ON (a, b) a FROM t ORDER BY COLUMNS(*)");
  CHECK_PRINT("from t", "SELECT * FROM t");
  CHECK_PRINT("from t select a where a = 1", "SELECT a FROM t WHERE (a = 1)");
  CHECK_PRINT("table s.t", "SELECT * FROM s.t");
  CHECK_PRINT("select a, from t,", "SELECT a FROM t");
  CHECK_PRINT("select a from t limit 10%", "SELECT a FROM t LIMIT (10) %");
  CHECK_PRINT("select 5 limit 10 % 3", "SELECT 5 LIMIT (10 % 3)");
  CHECK_PRINT("select 1 fetch first 3 rows only", "SELECT 1 LIMIT 3");
  CHECK_PRINT("select 1 offset 1 rows fetch next row only", "SELECT 1 LIMIT 1 OFFSET 1");
  CHECK_PRINT("select 1 limit all", "SELECT 1");
  CHECK_PRINT("values (1,2), (3,4),", "SELECT * FROM (VALUES (1, 2), (3, 4)) AS valueslist");
  CHECK_ERROR("select from t", -1, "Parser Error: SELECT clause without selection list");
  CHECK_ERROR("select 1 limit 1 limit 2", 17, "Parser Error: syntax error at or near \"limit\"");
  CHECK_ERROR("values (1), (1, 2)", -1, "Parser Error: VALUES lists must all be the same length");
  CHECK_ERROR("select 1 into t", -1, "Parser Error: SELECT INTO not supported!");
  CHECK_ERROR("select * from t for update", -1, "Parser Error: SELECT locking clause is not supported!");
}

TEST(from_items) {
  CHECK_PRINT("from 'x.csv'", "SELECT * FROM \"x.csv\"");
  CHECK_PRINT("from a.b.c", "SELECT * FROM a.b.c");
  CHECK_PRINT("from s.range(3) with ordinality", "SELECT * FROM s.\"range\"(3) WITH ORDINALITY");
  CHECK_PRINT("from (select 1) as s(x), lateral (select 2) l, range(3) r(i)",
              "SELECT * FROM (SELECT 1) AS s(x) , (SELECT 2) AS l , \"range\"(3) AS r(i)");
  CHECK_PRINT("from x: range(3), 'y': (select 1)", "SELECT * FROM \"range\"(3) AS x , (SELECT 1) AS y");
  CHECK_PRINT("from t at (snapshot => 'clean')", "SELECT * FROM t AT (SNAPSHOT => 'clean')");
  CHECK_PRINT("from t x at (version => 3) tablesample 10%",
              "SELECT * FROM t AS x AT (VERSION => 3) TABLESAMPLE System(10.0 PERCENT)");
  CHECK_PRINT("select * from t using sample 10 rows (reservoir, 42)",
              "SELECT * FROM t USING SAMPLE 10 (Reservoir, 42)");
  CHECK_PRINT("from ((select 1) union (select 2))", "SELECT * FROM ((SELECT 1) UNION (SELECT 2))");
  CHECK_PRINT("from (((select 1) limit 1))", "SELECT * FROM (SELECT 1 LIMIT 1)");
  CHECK_ERROR("from (t)", 7, "Parser Error: syntax error at or near \")\"");
  CHECK_ERROR("from t a b", 9, "Parser Error: syntax error at or near \"b\"");
  CHECK_ERROR("from range(3).foo", 13, "Parser Error: syntax error at or near \".\"");
}

TEST(joins) {
  CHECK_PRINT("from t join u on t.a = u.a left outer join v using (b, c) cross join w",
              "SELECT * FROM t INNER JOIN u ON ((t.a = u.a)) LEFT JOIN v USING (b, c) , w");
  CHECK_PRINT("from t natural join u, v positional join w",
              "SELECT * FROM t NATURAL INNER JOIN u , v POSITIONAL JOIN w");
  CHECK_PRINT("from t semi join u using (a) anti join v using (a) asof left join w on a >= b",
              "SELECT * FROM t SEMI JOIN u USING (a) ANTI JOIN v USING (a) ASOF LEFT JOIN w ON ((a >= b))");
  CHECK_PRINT("from a join b join c using (x) using (y)",
              "SELECT * FROM a INNER JOIN (b INNER JOIN c USING (x)) USING (y)");
  CHECK_PRINT("from (t cross join u) join v using (a)", "SELECT * FROM t CROSS JOIN u INNER JOIN v USING (a)");
  CHECK_PRINT("from (t join u using (a)) x", "SELECT * FROM (SELECT * FROM t INNER JOIN u USING (a)) AS x");
  CHECK_ERROR("from t inner join u", -1, "Parser Error: syntax error at end of input");
}

TEST(set_operations) {
  CHECK_PRINT("select 1 union all select 2 union all select 3", "(SELECT 1) UNION ALL (SELECT 2) UNION ALL (SELECT 3)");
  CHECK_PRINT("select 1 union select 2 except select 3", "((SELECT 1) UNION (SELECT 2)) EXCEPT (SELECT 3)");
  CHECK_PRINT("select 1 union select 2 intersect select 3", "(SELECT 1) UNION ((SELECT 2) INTERSECT (SELECT 3))");
  CHECK_PRINT("select 1 union all by name select 2", "(SELECT 1) UNION ALL BY NAME (SELECT 2)");
  CHECK_PRINT("select 1 union (select 2 order by 1 limit 1) order by 1",
              "(SELECT 1) UNION (SELECT 2 ORDER BY 1 LIMIT 1) ORDER BY 1");
  CHECK_PRINT("(select 1) order by 1", "SELECT 1 ORDER BY 1");
  CHECK_ERROR("(select 1 limit 1) limit 2", -1, "Parser Error: multiple LIMIT clauses not allowed");
  CHECK_NAME("((select 1) union select 2)", "((SELECT 1) UNION (SELECT 2))");
  CHECK_NAME("(((select 1)) + 1)", "((SELECT 1) + 1)");
}

TEST(with) {
  CHECK_PRINT("with a as (select 1), b(x) as materialized (select 2) from a, b",
              "WITH a AS (SELECT 1), b (x) AS MATERIALIZED (SELECT 2)SELECT * FROM a , b");
  CHECK_PRINT("with recursive r(n) using key (n) as (select 1 union all select n+1 from r) from r",
              "WITH RECURSIVE r (n) USING KEY (n) AS ((SELECT 1) UNION ALL (SELECT (n + 1) FROM r))SELECT * FROM r");
  CHECK_ERROR("with a as (insert into t values (1)) from a", -1, "Parser Error: A CTE needs a SELECT");
  CHECK_ERROR("with a as (select 1), A as (select 2) from a", -1, "Parser Error: Duplicate CTE name \"A\"");
  CHECK_ERROR("with recursive t as (select 1 union all select 2 limit 1) from t", -1,
              "Parser Error: LIMIT or OFFSET in a recursive query is not allowed");
}

TEST(group_by) {
  CHECK_PRINT("select a from t group by all", "SELECT a FROM t GROUP BY ALL");
  CHECK_PRINT("select a from t group by ()", "SELECT a FROM t GROUP BY ()");
  CHECK_PRINT("select a from t group by (a, b), A,", "SELECT a FROM t GROUP BY a, b");
  CHECK_PRINT("select a from t group by rollup (a, b)", "SELECT a FROM t GROUP BY GROUPING SETS ((),(a),(a, b))");
  CHECK_PRINT("select a from t group by cube (a, b)", "SELECT a FROM t GROUP BY GROUPING SETS ((),(a),(b),(a, b))");
  CHECK_PRINT("select a from t group by grouping sets ((a,b), rollup (c), ())",
              "SELECT a FROM t GROUP BY GROUPING SETS ((a, b),(),(c),())");
  CHECK_PRINT("select a from t group by a, rollup (b)", "SELECT a FROM t GROUP BY GROUPING SETS ((a),(a, b))");
  CHECK_ERROR("select 1 group by cube (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p)", -1,
              "Parser Error: Maximum grouping set count of 65535 exceeded");
  Parse parse;
  SqlStatement *statement = parse_one(&parse, "select 1 from t group by a, rollup (b)");
  CHECK_OR_RETURN(statement);
  const SqlGroupBy *group_by = &statement->query->select.group_by;
  CHECK_EQ_INT(group_by->exprs.count, 2);
  CHECK_EQ_INT(group_by->sets.count, 2);
  CHECK_EQ_INT(group_by->sets.items[1].count, 2);
  parse_end(&parse);
}

TEST(named_windows) {
  CHECK_PRINT(
      "select sum(a) over w, sum(b) over (v order by c) from t window w as (v rows 1 preceding), v as (partition by d)",
      "SELECT sum(a) OVER (PARTITION BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), "
      "sum(b) OVER (PARTITION BY d ORDER BY c) FROM t");
  CHECK_PRINT("select a from t window w as (order by a) order by sum(a) over w",
              "SELECT a FROM t ORDER BY sum(a) OVER (ORDER BY a)");
  CHECK_ERROR("select sum(a) over (w order by a) from t window w as (order by b)", -1,
              "Parser Error: Cannot override ORDER BY clause of window \"w\"");
  CHECK_ERROR("select sum(a) over (w) from t window w as (rows 1 preceding)", -1,
              "Parser Error: cannot copy window \"w\" because it has a frame clause");
  CHECK_ERROR("select 1 from t window w as (), W as ()", -1, "Parser Error: window \"W\" is already defined");
  CHECK_ERROR("select 1 from t window w as (w)", -1, "Parser Error: window \"w\" does not exist");
  CHECK_ERROR("select 1 from t window w as (v), v as (w)", -1, "Parser Error: window \"v\" does not exist");
}

TEST(pivots) {
  CHECK_PRINT("pivot t on a in (1,2) using sum(b) group by c",
              "SELECT * FROM t PIVOT (sum(b) FOR (a) IN (1, 2) GROUP BY c)");
  CHECK_PRINT(
      "from t pivot (sum(x) as s, count(*) for a in (1 as one, 2) b in ('x') group by c) p(z)",
      "SELECT * FROM t PIVOT (sum(x) AS s, count_star() FOR (a) IN (1 AS one, 2) (b) IN ('x') GROUP BY c) AS p(z)");
  CHECK_PRINT("from t pivot (sum(x) for a in mood)", "SELECT * FROM t PIVOT (sum(x) FOR (a) IN mood)");
  CHECK_PRINT("pivot t on a using sum(b)", "PIVOT t ON (a) USING sum(b)");
  CHECK_PRINT("from (pivot t on a group by c)", "SELECT * FROM (PIVOT t ON (a) GROUP BY c)");
  CHECK_PRINT("unpivot t on a, b into name n value v", "SELECT * FROM t UNPIVOT (v FOR n IN (a, b))");
  CHECK_PRINT("from t unpivot include nulls ((v,w) for n in ((a,b), (c,d))) as u",
              "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN (main.\"row\"(a, b), main.\"row\"(c, d))) AS u");
}

TEST(shows) {
  CHECK_PRINT("describe t", "DESCRIBE t");
  CHECK_PRINT("from (summarize select 1)", "SELECT * FROM (SUMMARIZE (SELECT 1))");
  CHECK_PRINT("show tables from s", "SHOW TABLES FROM s");
  CHECK_PRINT("show", "SHOW ALL TABLES");
  CHECK_PRINT("from (show databases)", "SELECT * FROM (SHOW DATABASES)");
  CHECK_PRINT("desc \"tables\"", "DESCRIBE \"tables\"");
}

TEST(scripts) {
  Parse parse;
  const char *sql = ";; select 1 ; -- one\n select 2;;";
  parse_sql(&parse, sql);
  CHECK_OK(parse.status, &parse.error);
  CHECK_EQ_INT(parse.script.count, 2);
  CHECK_STR(parse.script.items[0]->text, "select 1");
  CHECK_STR(parse.script.items[1]->text, "select 2");
  CHECK_EQ_INT(parse.script.items[1]->position, 22);
  parse_end(&parse);
  parse_sql(&parse, " -- nothing");
  CHECK_OK(parse.status, &parse.error);
  CHECK_EQ_INT(parse.script.count, 0);
  parse_end(&parse);
  CHECK_ERROR("select 1;; selec", 11, "Parser Error: syntax error at or near \"selec\"");
  CHECK_ERROR("select 1)", 8, "Parser Error: syntax error at or near \")\"");
}

UNIT_MAIN
