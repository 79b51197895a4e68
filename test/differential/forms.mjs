// SPDX-License-Identifier: MIT
//
// forms.mjs: random queries of the forms that queries.mjs leaves thin: frames whose bounds are computed, named windows and windows over
// groups, subqueries in odd places, nested set operations with orders and limits of their own, lists and structs taken apart, times with zones.
import { Expressions } from "./expressions.mjs";
import { decimalTypes, integerTypes, literal, numericTypes, quote } from "./types.mjs";

const zones = ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "America/St_Johns"];
const instants = ["2024-03-31 01:30:00+01", "2024-03-10 02:30:00-05", "2023-11-05 01:30:00-04", "2023-11-05 01:30:00-05", "1999-12-31 23:59:59.999999+00", "2011-12-30 12:00:00+00", "2024-02-29 12:00:00+05:30", "1970-01-01 00:00:00+00", "2024-10-27 00:59:59+00"];
const intervals = ["1 day", "1 month", "1 hour", "-1 day", "36 hours", "1 month 1 day", "15 minutes", "-1 year"];

export class Forms {
  #names = 0;

  constructor(random, functions, tables) {
    Object.assign(this, { random, functions, tables });
    this.small = tables.filter(({ rows }) => rows <= 100);
  }

  #name(prefix) {
    return `${prefix}${this.#names++}`;
  }

  #table() {
    const table = this.random.pick(this.small);
    const alias = this.#name("a");
    const columns = table.columns.map(({ name, type }) => ({ sql: `${alias}.${name}`, name, type }));
    return { sql: `${table.name} ${alias}`, alias, table, rows: table.rows, columns, keys: [`${alias}.id`], ordered: true };
  }

  #in(scope) {
    return new Expressions(this.random, this.functions, scope, {});
  }

  #all(...scopes) {
    return { columns: scopes.flatMap(({ columns }) => columns), keys: scopes.flatMap(({ keys }) => keys), ordered: false, rows: 1 };
  }

  // -- Subqueries -------------------------------------------------------------------------------------------------------------

  /** A scalar subquery of a type, correlated with the scope or not, to some depth. */
  #scalar(outer, type, depth = 1) {
    const { random } = this;
    const inner = this.#table();
    const both = this.#all(outer, inner);
    const link = () => {
      const pairs = outer.columns.flatMap((one) => inner.columns.filter((other) => other.type === one.type).map((other) => `${one.sql} ${random.pick(["=", "=", "<", ">=", "<>", "IS NOT DISTINCT FROM"])} ${other.sql}`));
      return random.chance(0.25) ? this.#in(both).predicate(1) : random.pick(pairs);
    };
    const where = random.chance(0.75) ? ` WHERE ${link()}${depth > 0 && random.chance(0.3) ? ` AND ${this.#predicate(both, depth - 1)}` : ""}` : "";
    const value = (scope = both) => (depth > 0 && random.chance(0.25) ? this.#scalar(scope, type, depth - 1) : this.#in(scope).of(type, 1));
    const id = `${inner.alias}.id`;
    return random.weighted([
      [4, () => `(SELECT ${random.pick(["min", "max"])}(${value()}) FROM ${inner.sql}${where})`],
      [2, () => `(SELECT ${value()} FROM ${inner.sql}${where} ORDER BY ${id}${random.pick(["", " DESC"])} LIMIT 1${random.pick(["", " OFFSET 1"])})`],
      [2, () => `(SELECT arg_max(${value(inner)}, ${id}) FROM ${inner.sql}${where})`],
      [1, () => `(SELECT max(x) FROM (SELECT ${value()} AS x FROM ${inner.sql}${where} ORDER BY ${id} LIMIT ${random.between(1, 4)}) ${this.#name("q")})`],
      [1, () => `(SELECT max(x) FROM (SELECT ${value()} AS x FROM ${inner.sql}${where} UNION ALL SELECT ${this.#in(outer).of(type, 0)}) ${this.#name("q")})`],
      [1, () => { const cte = this.#name("c"); return `(WITH ${cte} AS (SELECT ${value()} AS x FROM ${inner.sql}${where}) SELECT min(x) FROM ${cte})`; }],
      [1, () => `(SELECT x FROM (SELECT ${value()} AS x, row_number() OVER (ORDER BY ${id}) AS n FROM ${inner.sql}${where}) ${this.#name("q")} WHERE n = ${random.between(1, 3)})`],
      [1, () => `(SELECT max(m) FROM (SELECT min(${value()}) AS m FROM ${inner.sql}${where} GROUP BY ${random.pick(inner.columns).sql}) ${this.#name("q")})`],
      [1, () => `(SELECT ${this.#in(outer).of(type, 1)})`],
      [type === "BIGINT" ? 4 : 0, () => `(SELECT count(${random.pick(["*", `DISTINCT ${random.pick(inner.columns).sql}`])}) FROM ${inner.sql}${where})`],
    ])();
  }

  #predicate(outer, depth = 1) {
    const { random } = this;
    const inner = this.#table();
    const both = this.#all(outer, inner);
    const column = random.pick(outer.columns);
    const where = random.chance(0.7) ? ` WHERE ${random.chance(0.5) ? `${outer.columns[0].sql} ${random.pick(["=", "<", ">"])} ${inner.columns[0].sql}` : this.#in(both).predicate(1)}` : "";
    const value = this.#in(outer).of(column.type, 0);
    return random.pick([
      () => `${random.pick(["", "NOT "])}EXISTS (SELECT ${random.pick(["*", "1", "NULL"])} FROM ${inner.sql}${where}${depth > 0 && where && random.chance(0.3) ? ` AND ${this.#predicate(both, depth - 1)}` : ""})`,
      () => `${value} ${random.pick(["IN", "NOT IN"])} (SELECT ${this.#in(both).of(column.type, 1)} FROM ${inner.sql}${where}${random.pick(["", "", ` ORDER BY ${inner.alias}.id LIMIT 3`])})`,
      () => `(${value}, ${outer.columns[1].sql}) ${random.pick(["IN", "NOT IN"])} (SELECT ${this.#in(inner).of(column.type, 0)}, ${inner.alias}.g FROM ${inner.sql}${where})`,
      () => `${value} ${random.pick(["=", "<", ">=", "<>", ">", "<="])} ${random.pick(["ANY", "ALL"])} (SELECT ${this.#in(inner).of(column.type, 0)} FROM ${inner.sql}${where})`,
      () => `${value} ${random.pick(["=", "<", ">", "IS DISTINCT FROM"])} ${this.#scalar(outer, column.type, depth - 1)}`,
      () => `CASE WHEN ${this.#in(outer).predicate(1)} THEN EXISTS (SELECT 1 FROM ${inner.sql}${where}) ELSE ${this.#in(outer).predicate(1)} END`,
      () => `(${value} IN (SELECT ${this.#in(inner).of(column.type, 0)} FROM ${inner.sql}${where})) IS ${random.pick(["NULL", "TRUE", "NOT FALSE"])}`,
      () => `${value} IN (${this.#scalar(outer, column.type, 0)}, ${this.#in(outer).of(column.type, 0)})`,
    ])();
  }

  #subqueries() {
    const { random } = this;
    const scope = this.#table();
    const type = random.pick(scope.columns).type;
    const one = () => this.#scalar(scope, type);
    const id = `${scope.alias}.id`;
    const other = this.#table();
    const pair = this.#all(scope, other);
    const inner = this.#table();
    return random.pick([
      () => ({ sql: `SELECT ${id}, ${one()} AS x FROM ${scope.sql}` }),
      () => ({ sql: `SELECT ${id}, ${one()} AS x, ${this.#predicate(scope)} AS p FROM ${scope.sql} WHERE ${this.#predicate(scope)}` }),
      () => ({ sql: `SELECT ${one()} AS x, count(*) FROM ${scope.sql} GROUP BY 1` }),
      () => ({ sql: `SELECT ${random.pick(["min", "max", "count"])}(${one()}) AS x FROM ${scope.sql} GROUP BY ${scope.alias}.g` }),
      () => ({ sql: `SELECT ${id} FROM ${scope.sql} ORDER BY ${one()}${random.pick(["", " DESC", " NULLS FIRST"])}, ${id}`, ordered: true }),
      () => ({ sql: `SELECT ${id} FROM ${scope.sql} ORDER BY ${id} LIMIT (SELECT count(*) % 5 FROM ${inner.sql}) OFFSET (SELECT min(${inner.alias}.id) % 2 FROM ${inner.sql})`, ordered: true }),
      () => ({ sql: `SELECT ${scope.alias}.g, count(*) FROM ${scope.sql} GROUP BY ${scope.alias}.g HAVING count(*) ${random.pick([">", "<", "="])} (SELECT count(*) FROM ${inner.sql} WHERE ${inner.alias}.g = ${scope.alias}.g)` }),
      () => ({ sql: `SELECT ${id}, ${other.alias}.id FROM ${scope.sql} ${random.pick(["JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"])} ${other.sql} ON ${scope.alias}.g = ${other.alias}.g AND ${this.#in(pair).predicate(1)} WHERE ${this.#predicate(pair)}` }),
      () => ({ sql: `SELECT ${id}, ${other.alias}.id FROM ${scope.sql} ${random.pick(["JOIN", "LEFT JOIN"])} ${other.sql} ON ${scope.alias}.g = ${other.alias}.g AND ${other.alias}.id > (SELECT min(${inner.alias}.id) FROM ${inner.sql})` }),
      () => ({ sql: `SELECT ${id}, rank() OVER (PARTITION BY ${this.#predicate(scope)} ORDER BY ${one()}) AS r FROM ${scope.sql}` }),
      () => ({ sql: `SELECT ${id}, ARRAY(SELECT ${this.#in(this.#all(scope, inner)).of(type, 1)} FROM ${inner.sql} WHERE ${inner.alias}.id ${random.pick(["<", "=", ">"])} ${id} ORDER BY ${inner.alias}.id) AS l FROM ${scope.sql}` }),
      () => ({ sql: `SELECT ${id}, l.* FROM ${scope.sql}, LATERAL (SELECT ${one()} AS x, ${inner.alias}.id AS y FROM ${inner.sql} WHERE ${inner.alias}.g = ${scope.alias}.g) l` }),
      () => ({ sql: `SELECT ${id}, u FROM ${scope.sql}, LATERAL (SELECT unnest([${scope.alias}.g, ${id}, ${this.#scalar(scope, "INTEGER")}]) AS u)` }),
      () => ({ sql: `SELECT ${id}, m, n FROM ${scope.sql} ${random.pick(["CROSS JOIN", "LEFT JOIN"])} LATERAL (SELECT max(${this.#in(this.#all(scope, inner)).of(type, 1)}) AS m, count(*) AS n FROM ${inner.sql} WHERE ${inner.alias}.id <= ${id}${random.pick(["", ` GROUP BY ${inner.alias}.g`])}) l`.replace(/LEFT JOIN LATERAL (.*)$/s, "LEFT JOIN LATERAL $1 ON true") }),
      () => ({ sql: `SELECT * FROM (VALUES (${this.#scalar({ columns: [{ sql: "1", type: "INTEGER" }, { sql: "2", type: "INTEGER" }], keys: [] }, "INTEGER")}, 1), (2, 3)) v(a, b)` }),
      () => ({ sql: `SELECT {'a': ${one()}, 'b': [${one()}]} AS x, ${id} FROM ${scope.sql}` }),
      () => ({ sql: `SELECT ${id}, list_transform([1, 2, ${scope.alias}.g], lambda x: x + ${scope.alias}.g) AS x, (SELECT list(${inner.alias}.id ORDER BY ${inner.alias}.id) FROM ${inner.sql} WHERE ${inner.alias}.g = ${scope.alias}.g) AS l FROM ${scope.sql}` }),
    ])();
  }

  // -- Windows ----------------------------------------------------------------------------------------------------------------

  #bounds(scope, kind, orderType) {
    const { random } = this;
    const amount = () => {
      if (kind !== "RANGE") return random.pick(["0", "1", "2", "3", `coalesce(abs(${scope.alias}.g) % 3, 1)`, "(1 + 1)"]);
      if (/DATE|TIMESTAMP/.test(orderType)) return `INTERVAL '${random.pick(["1 day", "1 month", "100 days", "1 hour", "0 days", "10 years"])}'`;
      return random.pick(["0", "1", "2.5", "10", "1000", `coalesce(abs(${scope.alias}.g), 0)`]);
    };
    const order = ["UNBOUNDED PRECEDING", () => `${amount()} PRECEDING`, "CURRENT ROW", () => `${amount()} FOLLOWING`, "UNBOUNDED FOLLOWING"];
    const text = (bound) => (typeof bound === "string" ? bound : bound());
    const start = random.below(4);
    // Two bounds of one kind may give a frame that ends before it begins: of no rows, in ROWS.
    const end = random.between(start === 0 ? 1 : start, 4);
    if (start === end && start !== 2) return `BETWEEN ${text(order[start])} AND ${start === 1 ? "CURRENT ROW" : "UNBOUNDED FOLLOWING"}`;
    return `BETWEEN ${text(order[start])} AND ${text(order[end])}`;
  }

  #call(expressions, scope, ordered) {
    const { random } = this;
    const column = random.pick(scope.columns);
    const number = scope.columns.filter(({ type }) => numericTypes.includes(type) && !/FLOAT|DOUBLE/.test(type));
    const some = random.pick(number).sql;
    const tail = random.chance(0.2) ? ` FILTER (WHERE ${expressions.simplePredicate()})` : "";
    return random.weighted([
      [3, () => `sum(${some})${tail}`],
      [1, () => `avg(${some})${tail}`],
      [2, () => `count(${random.pick(["*", column.sql])})${tail}`],
      [2, () => `${random.pick(["min", "max"])}(${column.sql})${tail}`],
      [1, () => `count(DISTINCT ${column.sql})${tail}`],
      [1, () => `sum(DISTINCT ${some})${tail}`],
      [1, () => `${random.pick(["bool_and", "bool_or"])}(${expressions.simplePredicate()})${tail}`],
      [1, () => `quantile_disc(${some}, 0.25)${tail}`],
      [1, () => `quantile_disc(${some}, 0.5)${tail}`],
      [1, () => `${random.pick(["arg_min", "arg_max"])}(${column.sql}, ${scope.alias}.id)${tail}`],
      [ordered ? 2 : 0, () => `${random.pick(["list", "array_agg"])}(${column.sql})${tail}`],
      [ordered ? 2 : 0, () => `string_agg(${scope.alias}.s, '-')${tail}`],
      [ordered ? 2 : 0, () => `${random.pick(["first_value", "last_value"])}(${column.sql}${random.pick(["", "", " IGNORE NULLS"])})`],
      [ordered ? 1 : 0, () => `${random.pick(["first", "last", "any_value"])}(${column.sql})`],
      [ordered ? 1 : 0, () => `nth_value(${column.sql}, ${random.pick(["1", "2", `1 + abs(${scope.alias}.id) % 3`])}${random.pick(["", " IGNORE NULLS"])})`],
      [1, () => `list(${column.sql} ORDER BY ${scope.alias}.id${random.pick(["", " DESC"])})`],
      [1, () => `string_agg(${scope.alias}.s, ',' ORDER BY ${scope.alias}.id)`],
    ])();
  }

  #windows() {
    const { random } = this;
    const scope = this.#table();
    const expressions = this.#in(scope);
    const id = `${scope.alias}.id`;
    const partition = random.pick(["", `PARTITION BY ${random.pick(scope.columns).sql} `, `PARTITION BY ${scope.alias}.g, ${scope.alias}.s `, `PARTITION BY ${expressions.predicate(1)} `]);
    const kind = random.pick(["ROWS", "ROWS", "RANGE", "GROUPS"]);
    const direction = random.pick(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
    let column;
    if (kind === "RANGE") {
      const fitting = scope.columns.filter(({ type }) => [...integerTypes.filter((one) => !one.startsWith("U") && !/HUGE/.test(one)), ...decimalTypes, "DOUBLE", "DATE", "TIMESTAMP"].includes(type));
      column = random.pick(fitting);
    } else column = random.pick(scope.columns);
    const total = kind === "ROWS" || column.sql === id;
    const order = kind === "ROWS" ? `ORDER BY ${column.sql}${direction}, ${id}` : `ORDER BY ${column.sql}${direction}`;
    const frame = `${kind} ${this.#bounds(scope, kind, column.type)}${random.pick(["", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS"])}`;
    const call = () => this.#call(expressions, scope, total);
    const groups = `SELECT g, s, count(*) AS n, sum(id) AS t, min(id) AS id FROM ${scope.table.name} GROUP BY g, s`;
    return random.weighted([
      [6, () => ({ sql: `SELECT ${id}, ${call()} OVER (${partition}${order} ${frame}) AS w, ${call()} OVER (${partition}${order} ${frame}) AS w2 FROM ${scope.sql}` })],
      [2, () => ({ sql: `SELECT ${id}, ${call()} OVER w AS x, ${call()} OVER (w ${frame}) AS y FROM ${scope.sql} WINDOW w AS (${partition}${order})` })],
      [1, () => ({ sql: `SELECT ${id}, ${call()} OVER (p ${order}) AS x, row_number() OVER (p ORDER BY ${id}) FROM ${scope.sql} WINDOW p AS (${partition})` })],
      [1, () => ({ sql: `SELECT g, s, sum(count(*)) OVER (PARTITION BY g ORDER BY s NULLS FIRST) AS a, rank() OVER (ORDER BY ${random.pick(["sum(id)", "count(*)", "min(id)"])}) AS r, max(sum(id)) OVER () AS m FROM ${scope.table.name} GROUP BY ${random.pick(["g, s", "s, g", "ROLLUP (g, s)"])}` })],
      [1, () => ({ sql: `SELECT * FROM (${groups}) q QUALIFY ${random.pick(["row_number", "rank"])}() OVER (PARTITION BY g ORDER BY n, id) ${random.pick(["= 1", "<= 2", "> 1"])}` })],
      [1, () => ({ sql: `SELECT ${id}, ${call()} OVER (${partition}${order} ${frame}) AS w FROM ${scope.sql} ORDER BY row_number() OVER (ORDER BY ${id} DESC)`, ordered: true })],
      [1, () => ({ sql: `SELECT ${random.pick(["lag", "lead"])}(${random.pick(scope.columns).sql}, ${random.pick(["1", "2", `${scope.alias}.g`, "-1"])}, NULL) OVER (${partition}ORDER BY ${id}) AS l, ${id} FROM ${scope.sql}` })],
      [1, () => ({ sql: `SELECT ${id}, ${random.pick(["rank()", "dense_rank()", "cume_dist()", "percent_rank()", "row_number()", "ntile(3)"])} OVER (${partition}ORDER BY ${column.sql}${direction}, ${id}) AS r FROM ${scope.sql} QUALIFY r < ${random.between(1, 9)}` })],
      [1, () => ({ sql: `SELECT ${random.pick(["first_value", "last_value", "lead", "lag"])}(${random.pick(scope.columns).sql} ORDER BY ${id} DESC) OVER (${partition}ORDER BY ${id} ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING) AS x, ${id} FROM ${scope.sql}` })],
      [1, () => ({ sql: `SELECT ${random.pick(["rank", "row_number", "cume_dist", "percent_rank"])}(ORDER BY ${id} DESC) OVER (${partition}ORDER BY ${id} ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING) AS x, ${id} FROM ${scope.sql}` })],
    ])();
  }

  // -- Set operations -----------------------------------------------------------------------------------------------------------

  #operand(types, depth) {
    const { random } = this;
    if (depth > 0 && random.chance(0.5)) return `(${this.#operation(types, depth - 1)})`;
    const scope = this.#table();
    const expressions = this.#in(scope);
    const items = types.map((type, i) => `${random.chance(0.1) ? "NULL" : expressions.of(type, 1)} AS e${i}`).join(", ");
    return random.weighted([
      [5, () => `SELECT ${items} FROM ${scope.sql}${random.chance(0.4) ? ` WHERE ${expressions.predicate(1)}` : ""}`],
      [1, () => `(SELECT ${items} FROM ${scope.sql} ORDER BY ${scope.alias}.id LIMIT ${random.between(0, 6)})`],
      [1, () => `(SELECT DISTINCT ${items} FROM ${scope.sql})`],
      [1, () => `VALUES (${types.map((type) => literal(random, type)).join(", ")}), (${types.map((type) => literal(random, type)).join(", ")})`],
      [1, () => `(SELECT ${types.map((type, i) => `max(${expressions.of(type, 0)}) AS e${i}`).join(", ")} FROM ${scope.sql} GROUP BY ${scope.alias}.g)`],
    ])();
  }

  #operation(types, depth) {
    const { random } = this;
    const operators = random.times(random.between(1, 3), () => random.pick(["UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"]));
    return operators.reduce((left, operator) => `${left} ${operator} ${this.#operand(types, depth)}`, this.#operand(types, depth));
  }

  #sets() {
    const { random } = this;
    const types = random.times(random.between(1, 3), () => random.pick(this.small.flatMap(({ columns }) => columns)).type);
    const sql = this.#operation(types, 2);
    const all = types.map((_, i) => `${i + 1}${random.pick(["", " DESC", " NULLS FIRST"])}`).join(", ");
    return random.pick([
      () => ({ sql }),
      () => ({ sql: `${sql} ORDER BY ${all}`, ordered: true }),
      () => ({ sql: `${sql} ORDER BY ${all} LIMIT ${random.between(0, 9)} OFFSET ${random.between(0, 4)}`, ordered: true }),
      () => ({ sql: `SELECT count(*), count(DISTINCT COLUMNS(*)) FROM (${sql})` }),
      () => ({ sql: `WITH a AS (${sql}) SELECT * FROM a ${random.pick(["UNION", "EXCEPT", "INTERSECT", "UNION ALL"])} FROM a` }),
      () => { const [one, other] = [random.pick(this.small), random.pick(this.small)]; return { sql: `SELECT * EXCLUDE (s) FROM ${one.name} UNION ${random.pick(["", "ALL "])}BY NAME SELECT g, s, id FROM ${other.name}` }; },
    ])();
  }

  // -- Lists and structs --------------------------------------------------------------------------------------------------------

  #nested() {
    const { random } = this;
    const scope = this.#table();
    const expressions = this.#in(scope);
    const a = scope.alias;
    const column = () => random.pick(scope.columns).sql;
    const [one, two] = [column(), column()];
    const other = this.#table();
    const index = () => random.pick(["1", "-1", "0", "2", `${a}.g`, "NULL"]);
    return random.pick([
      () => `SELECT ${a}.g, list(${one} ORDER BY ${a}.id)[${index()}] AS x, len(list(${two})) AS n FROM ${scope.sql} GROUP BY ${a}.g`,
      () => `SELECT {'x': ${one}, 'y': ${two}} AS k, count(*) FROM ${scope.sql} GROUP BY k`,
      () => `SELECT DISTINCT [${one}, ${one}] AS l, row(${two}) AS r FROM ${scope.sql}`,
      () => `SELECT ${a}.id, unnest([${a}.g, ${a}.id]) AS u, unnest(['x', 'y', ${a}.s]) AS v FROM ${scope.sql}`,
      () => `SELECT ${a}.id, unnest([{'p': ${one}, 'q': [${two}]}, {'p': ${one}, 'q': NULL}], recursive := true) FROM ${scope.sql}`,
      () => `SELECT ${a}.id, unnest([[${a}.g], [${a}.id, NULL], NULL], max_depth := 2) AS u FROM ${scope.sql}`,
      () => `SELECT x.k, x.l[${index()}] AS e FROM (SELECT {'k': ${one}, 'l': [${two}, ${two}]} AS x FROM ${scope.sql})`,
      () => `SELECT ${a}.id, ${other.alias}.id FROM ${scope.sql} JOIN ${other.sql} ON {'a': ${a}.g, 'b': ${a}.s} = {'a': ${other.alias}.g, 'b': ${other.alias}.s}`,
      () => `SELECT ${a}.id, ${other.alias}.id FROM ${scope.sql} ${random.pick(["SEMI", "ANTI", "LEFT"])} JOIN ${other.sql} ON [${a}.g] = [${other.alias}.g]`.replace(/^SELECT (\S+), \S+ (.* (?:SEMI|ANTI) )/s, "SELECT $1 $2"),
      () => `SELECT ${a}.id, list_sort([${a}.g, ${a}.id, NULL, 3], '${random.pick(["ASC", "DESC"])}', 'NULLS ${random.pick(["FIRST", "LAST"])}') AS l, list_filter([${a}.g, ${a}.id], lambda x: x > ${a}.g) AS f FROM ${scope.sql}`,
      () => `SELECT ${a}.id, list_reduce([${a}.g, ${a}.id, 1], lambda x, y: coalesce(x, 0) + coalesce(y, 0)) AS r, list_transform([${one}], lambda x: {'v': x, 'i': ${a}.id}) AS t FROM ${scope.sql}`,
      () => `SELECT ${a}.id, list_transform([[${a}.g, 1], [${a}.id]], lambda l: list_transform(l, lambda x, i: x * i + ${a}.id)) AS r FROM ${scope.sql}`,
      () => `SELECT max({'x': ${one}, 'y': ${a}.id}) AS m, min([${two}]) AS n, ${a}.g FROM ${scope.sql} GROUP BY ${a}.g`,
      () => `SELECT ${a}.id, [${one}] < [${one}, ${one}] AS lt, {'x': ${two}} IS NOT DISTINCT FROM {'x': ${two}} AS eq, [NULL, ${one}] = [NULL, ${one}] AS n FROM ${scope.sql}`,
      () => `SELECT ${a}.id, map_from_entries([{'k': 'a', 'v': ${one}}, {'k': 'b', 'v': ${one}}]) AS m, map([${a}.id], [${two}])[${a}.id] AS v FROM ${scope.sql}`,
      () => `SELECT ${a}.id, ([${a}.g, ${a}.id, 7, NULL, 9])[${index()}:${index()}] AS l, ([1, 2, 3, 4, 5, 6])[${random.pick(["1", "-1", "2", "", "5"])}:${random.pick(["-1", "-", "1", "3"])}:${random.pick(["1", "2", "-1", "-2"])}] AS m FROM ${scope.sql}`,
      () => `SELECT g, id, c FROM (SELECT ${a}.g, ${a}.id, struct_insert({'a': ${one}}, b := ${two}) AS c FROM ${scope.sql}) ORDER BY c, id`,
      () => `SELECT ${a}.id, struct_extract({'a b': ${one}, 'C': ${two}}, '${random.pick(["a b", "C", "c"])}') AS x, list_zip([${a}.id, 2], ['a'], [${one}]) AS z FROM ${scope.sql}`,
      () => `SELECT ${a}.id, [x + y FOR x, y IN [${a}.g, 2, NULL] IF x IS NOT NULL] AS l, flatten([[${one}], [], NULL, [${one}]]) AS f FROM ${scope.sql}`,
      () => `SELECT count(*) AS n, u FROM (SELECT unnest(l) AS u FROM (SELECT list(${one} ORDER BY ${a}.id) AS l FROM ${scope.sql} GROUP BY ${a}.g)) GROUP BY u`,
      () => `SELECT ${a}.id, list_contains([${one}, NULL], ${one}) AS c, list_position([NULL, ${one}], ${one}) AS p, list_has_any([${a}.g], [1, 2]) AS h, list_aggregate([${a}.g, ${a}.id], '${random.pick(["sum", "max", "count", "avg", "first", "last"])}') AS s FROM ${scope.sql}`,
      () => `SELECT ${a}.id, TRY_CAST(${one} AS VARCHAR[]) AS l, TRY_CAST(([${two}])::VARCHAR AS VARCHAR[]) AS r, TRY_CAST(({'x': ${one}, 'y': ${two}})::VARCHAR AS STRUCT(x VARCHAR, y VARCHAR)) AS s FROM ${scope.sql}`,
    ])();
  }

  // -- Times with zones ---------------------------------------------------------------------------------------------------------

  #zoned() {
    const { random } = this;
    const instant = () => `TIMESTAMPTZ '${random.pick(instants)}'`;
    const zone = () => quote(random.pick(zones));
    const interval = () => `INTERVAL '${random.pick(intervals)}'`;
    const part = () => quote(random.pick(["year", "month", "day", "hour", "minute", "second", "week", "quarter", "dow", "doy", "epoch", "timezone", "timezone_hour", "timezone_minute", "isodow", "julian"]));
    const unit = () => quote(random.pick(["year", "month", "day", "hour", "minute", "week", "quarter", "second", "decade"]));
    return random.pick([
      () => `SELECT ${instant()} AT TIME ZONE ${zone()} AS a, (${instant()} AT TIME ZONE ${zone()}) AT TIME ZONE ${zone()} AS b`,
      () => `SELECT ${instant()} ${random.pick(["+", "-"])} ${interval()} AS a, ${instant()} - ${instant()} AS b`,
      () => `SELECT date_part(${part()}, ${instant()}) AS a, date_trunc(${unit()}, ${instant()}) AS b`,
      () => `SELECT date_diff(${unit()}, ${instant()}, ${instant()}) AS a, date_sub(${unit()}, ${instant()}, ${instant()}) AS b`,
      () => `SELECT ${instant()}::DATE AS a, ${instant()}::TIMESTAMP AS b, ${instant()}::TIME AS c, ${instant()}::TIMETZ AS d, ${instant()}::VARCHAR AS e`,
      () => `SELECT '2024-03-31 02:30:00'::TIMESTAMP::TIMESTAMPTZ AS a, DATE '${random.pick(["2024-03-10", "2011-12-30", "2023-11-05"])}'::TIMESTAMPTZ AS b`,
      () => `SELECT time_bucket(${random.pick(["INTERVAL '1 day'", "INTERVAL '6 hours'", "INTERVAL '1 month'", "INTERVAL '7 days'"])}, ${instant()}${random.pick(["", `, ${instant()}`, `, ${zone()}`])}) AS a`,
      () => `SELECT strftime(${instant()}, '${random.pick(["%Y-%m-%d %H:%M:%S %z", "%c %Z", "%I %p %j", "%x %X"])}') AS a, age(${instant()}, ${instant()}) AS b`,
      () => `SELECT x FROM generate_series(${instant()}, ${instant()} + INTERVAL '2 days', INTERVAL '${random.pick(["6 hours", "1 day", "13 hours"])}') r(x) LIMIT 40`,
      () => `SELECT range(TIMESTAMPTZ '2024-03-30 12:00:00+00', TIMESTAMPTZ '2024-04-02 12:00:00+00', INTERVAL '${random.pick(["1 day", "12 hours"])}') AS r`,
      () => `SELECT monthname(${instant()}) AS a, dayname(${instant()}) AS b, last_day(${instant()}) AS c, epoch_ms(${instant()}) AS d, isoyear(${instant()}) AS e`,
      () => `SELECT ${instant()} = ${instant()}::TIMESTAMP AS a, ${instant()} < DATE '2024-01-01' AS b, ${instant()} BETWEEN '2024-01-01' AND '2024-12-31 12:00' AS c`,
      () => `SELECT make_timestamptz(2024, ${random.between(1, 12)}, ${random.between(1, 28)}, ${random.between(0, 23)}, 30, 1.5) AS a, to_timestamp(${random.between(-5, 2000000000)}) AS b`,
      () => `SELECT x, sum(1) OVER (ORDER BY x RANGE BETWEEN ${random.pick(["INTERVAL '1 day'", "INTERVAL '1 month'"])} PRECEDING AND CURRENT ROW) AS n FROM (VALUES (${instant()}), (${instant()}), (${instant()})) v(x)`,
      () => `SELECT TIMETZ '${random.pick(["12:00:00+01", "23:59:59-08:30", "00:00:00+15:59"])}' AT TIME ZONE 'UTC' AS a`,
      () => `SELECT strptime('2024-03-31 02:30:00 ${random.pick(["+0100", "-0530", "America/New_York"])}', '%Y-%m-%d %H:%M:%S ${random.pick(["%z", "%Z"])}') AS a`,
    ])();
  }

  // -- Decimals -----------------------------------------------------------------------------------------------------------------

  #decimals() {
    const { random } = this;
    const width = () => random.pick([[4, 1], [5, 5], [9, 2], [18, 3], [18, 18], [19, 0], [38, 10], [38, 0], [2, 0]]);
    const value = () => {
      const [w, s] = width();
      const digits = random.times(random.between(1, w), () => random.below(10)).join("").padStart(s + 1, "0");
      const text = s ? `${digits.slice(0, -s)}.${digits.slice(-s)}` : digits;
      return `(${random.chance(0.3) ? "-" : ""}${text.length > w + (s ? 2 : 0) ? "1" : text})::DECIMAL(${w},${s})`;
    };
    const operator = () => random.pick(["+", "-", "*", "/", "%", "//"]);
    const calls = [
      () => `SELECT ${value()} ${operator()} ${value()} AS a`,
      () => `SELECT ${value()} ${operator()} ${random.pick(["1", "2.5", "1e2", "3::BIGINT", "7::HUGEINT", "1::UTINYINT"])} AS a, ${random.pick(["round", "trunc", "ceil", "floor", "abs", "sign"])}(${value()}) AS b`,
      () => `SELECT round(${value()}, ${random.pick(["0", "1", "2", "-1", "-3", "20"])}) AS a, ${value()}::${random.pick(["INTEGER", "DOUBLE", "DECIMAL(10,1)", "VARCHAR", "DECIMAL(38,20)", "UBIGINT", "FLOAT"])} AS b`,
      () => `SELECT sum(x) AS a, avg(x) AS b, min(x) AS c, max(x) AS d, median(x) AS e FROM (VALUES (${value()}), (${value()}), (${value()})) v(x)`,
      () => `SELECT ${value()} ${random.pick(["=", "<", ">=", "<>"])} ${value()} AS a, ${value()} IN (${value()}, 1, 2.5) AS b, greatest(${value()}, ${value()}) AS c`,
      () => `SELECT [${value()}, ${value()}] AS a, CASE WHEN true THEN ${value()} ELSE ${random.pick(["1", "1.5e0", value(), "NULL"])} END AS b, coalesce(NULL, ${value()}, 1) AS c`,
      () => `SELECT sum(x * y) AS a, sum(x) / count(*) AS b, avg(x - y) AS c FROM (VALUES (${value()}, ${value()}), (${value()}, ${value()})) v(x, y)`,
      () => `SELECT ${random.pick([".5", "5.", "0.10", "1_000.5", "123456789012345678901234567890.12345678", "1e-5", "99999999999999999999999999999999999999"])} AS a, ${random.pick(["1.0", "0.1", "100.00"])} ${operator()} ${random.pick(["3", "0.30", "7.125"])} AS b`,
    ];
    return random.pick(calls)();
  }

  /** Statements in a session whose clock is not UTC's. */
  zone() {
    const { random } = this;
    return [{ sql: `SET TimeZone = ${quote(random.pick(zones))}` }, ...random.times(8, () => ({ sql: this.#zoned(), ordered: true, asText: true }))];
  }

  query() {
    const { random } = this;
    if (!this.small.length) return { sql: this.#decimals(), ordered: true };
    return random.weighted([
      [5, () => ({ ...this.#subqueries(), loose: true })],
      [4, () => ({ ...this.#windows(), loose: true })],
      [3, () => ({ ...this.#sets(), loose: true })],
      [3, () => { const sql = this.#nested(); return { sql, ordered: / ORDER BY c, id$/.test(sql), loose: true }; }],
      [1, () => ({ sql: this.#decimals(), ordered: true })],
    ])();
  }
}
