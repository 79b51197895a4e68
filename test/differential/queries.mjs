// SPDX-License-Identifier: MIT
//
// queries.mjs: random queries over a schema. A query is {sql, ordered, loose}: `ordered` when its rows have one order,
// `loose` when it may depend on the order of evaluation whether an error of a single value comes up (compare.mjs).
import { Expressions } from "./expressions.mjs";
import { decimalTypes, integerTypes, literal, nestedTypes, numericTypes, quote, signedTypes } from "./types.mjs";

// More rows than this are never joined to more.
const mostRows = 40_000;

export class Queries {
  #names = 0;

  constructor(random, functions, tables) {
    Object.assign(this, { random, functions, tables });
  }

  #name(prefix) {
    return `${prefix}${this.#names++}`;
  }

  #expressions(scope, options = {}) {
    return new Expressions(this.random, this.functions, scope, { subquery: (outer, type) => this.#scalarSubquery(outer, type), ...options });
  }

  #small() {
    const found = this.tables.filter(({ rows }) => rows <= 100);
    return found.length ? this.random.pick(found) : null;
  }

  #table(table, alias = this.#name("a")) {
    const columns = table.columns.map(({ name, type }) => ({ sql: `${alias}.${name}`, name, type }));
    return { sql: `${table.name} ${alias}`, alias, table, rows: table.rows, columns, keys: [`${alias}.id`], ordered: true };
  }

  // -- FROM --------------------------------------------------------------------------------------------------------------

  #source(depth) {
    const { random } = this;
    return random.weighted([
      [8, () => this.#table(random.pick(this.tables))],
      [depth > 0 ? 3 : 0, () => this.#derived(depth - 1)],
      [1, () => this.#values()],
      [1, () => this.#tableFunction()],
    ])();
  }

  #values() {
    const { random } = this;
    const alias = this.#name("v");
    const types = ["INTEGER", random.pick(numericTypes), "VARCHAR"];
    const rows = random.between(1, 4);
    const tuples = random.times(rows, (row) => `(${row}, ${types.slice(1).map((type) => literal(random, type)).join(", ")})`);
    const columns = types.map((type, i) => ({ sql: `${alias}.x${i}`, name: `x${i}`, type }));
    return { sql: `(VALUES ${tuples.join(", ")}) ${alias}(x0, x1, x2)`, alias, rows, columns, keys: [`${alias}.x0`], ordered: true };
  }

  #tableFunction() {
    const { random } = this;
    const alias = this.#name("f");
    const rows = random.between(0, 6);
    if (random.chance(0.5)) return { sql: `range(${rows}) ${alias}(n)`, alias, rows, columns: [{ sql: `${alias}.n`, name: "n", type: "BIGINT" }], keys: [`${alias}.n`], ordered: true };
    const type = random.pick(["INTEGER", "VARCHAR", "DATE"]);
    const list = random.times(rows, () => literal(random, type)).join(", ");
    return { sql: `unnest([${list}]::${type}[]) ${alias}(u)`, alias, rows, columns: [{ sql: `${alias}.u`, name: "u", type }], keys: null, ordered: true };
  }

  #derived(depth) {
    const alias = this.#name("q");
    const query = this.select(depth, { typed: true });
    return this.#over(alias, `(${query.sql}) ${alias}`, query);
  }

  #over(alias, sql, query) {
    const columns = query.columns.map(({ name, type }) => ({ sql: `${alias}.${name}`, name, type }));
    return { sql, alias, rows: query.rows, columns, keys: query.keys?.map((name) => `${alias}.${name}`) ?? null, ordered: false };
  }

  /** {sql, columns, keys, ordered, rows}: what stands behind FROM. */
  #from(depth) {
    const { random } = this;
    let scope = this.#source(depth);
    const joins = scope.rows > 2100 ? random.pick([0, 0, 0, 1]) : random.weighted([[4, 0], [4, 1], [2, 2]]);
    for (let i = 0; i < joins; i++) scope = this.#join(scope, depth);
    return scope;
  }

  #join(left, depth) {
    const { random } = this;
    let right = this.#source(depth);
    if (left.rows * right.rows > mostRows) right = this.#table(this.#small() ?? { name: "(SELECT 1 AS id, 2 AS g, 'a' AS s)", rows: 1, columns: [{ name: "id", type: "INTEGER" }, { name: "g", type: "INTEGER" }, { name: "s", type: "VARCHAR" }] });
    const both = { columns: [...left.columns, ...right.columns], keys: left.keys && right.keys ? [...left.keys, ...right.keys] : null, ordered: false, rows: Math.max(1, left.rows) * Math.max(1, right.rows) };
    if (both.rows > mostRows && left.rows <= 2100) return left;
    const join = (kind, condition, scope = both) => ({ ...scope, ordered: false, table: undefined, sql: `${left.sql} ${kind} JOIN ${right.sql}${condition}` });
    const on = () => ` ON ${this.#joinCondition(left, right)}`;
    const same = left.columns.find(({ name }) => name === "g") && right.columns.find(({ name }) => name === "g") && left.alias && right.alias;
    return random.weighted([
      [4, () => join("INNER", on())],
      [4, () => join("LEFT", on())],
      [2, () => join("RIGHT", on())],
      [3, () => join("FULL", on())],
      [2, () => join("SEMI", on(), left)],
      [2, () => join("ANTI", on(), left)],
      [1, () => join("CROSS", "")],
      [left.table && right.table ? 1 : 0, () => join("POSITIONAL", "")],
      [same ? 1 : 0, () => join(random.pick(["INNER", "LEFT", "FULL"]), ` USING (${random.pick(["g", "s", "g, s"])})`, { ...both, columns: both.columns.filter(({ name }) => name !== "g" && name !== "s") })],
      [left.table && right.table ? 2 : 0, () => join(random.pick(["ASOF", "ASOF LEFT"]), ` ON ${random.chance(0.5) ? `${left.alias}.g = ${right.alias}.g AND ` : ""}${left.alias}.id ${random.pick([">=", ">", "<=", "<"])} ${right.alias}.id`)],
      [1, () => this.#lateral(left)],
    ])();
  }

  #lateral(left) {
    const { random } = this;
    const alias = this.#name("l");
    const expressions = this.#expressions(left, { subquery: undefined });
    const table = this.#small();
    if (!table || random.chance(0.5)) {
      const type = random.pick(numericTypes);
      return { ...left, ordered: false, sql: `${left.sql}, LATERAL (SELECT ${expressions.of(type, 1)} AS w) ${alias}`, columns: [...left.columns, { sql: `${alias}.w`, name: "w", type }] };
    }
    const inner = this.#table(table);
    const columns = [{ sql: `${alias}.w`, name: "w", type: "INTEGER" }];
    if (random.chance(0.5)) {
      return { ...left, ordered: false, sql: `${left.sql} ${random.pick(["CROSS", "LEFT"])} JOIN LATERAL (SELECT count(*)::INTEGER AS w FROM ${inner.sql} WHERE ${this.#joinCondition(left, inner)}) ${alias}`.replace(/LEFT (JOIN .*)$/s, "LEFT $1 ON true"), columns: [...left.columns, ...columns] };
    }
    return { ...left, ordered: false, keys: left.keys && [...left.keys, `${alias}.w`], rows: left.rows * inner.rows, sql: `${left.sql}, LATERAL (SELECT ${inner.alias}.id AS w FROM ${inner.sql} WHERE ${this.#joinCondition(left, inner)} ORDER BY 1 LIMIT ${random.between(1, 4)}) ${alias}`, columns: [...left.columns, ...columns] };
  }

  #joinCondition(left, right) {
    const { random } = this;
    const pairs = left.columns.flatMap((one) => right.columns.filter((other) => other.type === one.type).map((other) => [one, other]));
    if (!pairs.length) return random.chance(0.5) ? "true" : this.#expressions({ columns: [...left.columns, ...right.columns] }, { subquery: undefined }).predicate(1);
    const large = left.rows > 2100;
    const pair = () => random.pick(large ? pairs.filter(([one]) => one.name === "id") : pairs);
    const compare = (comparison) => { const [one, other] = pair() ?? pairs[0]; return `${one.sql} ${comparison} ${other.sql}`; };
    const equal = compare("=");
    if (large) return equal;
    return random.weighted([
      [8, () => equal],
      [3, () => `${equal} AND ${compare(random.pick(["<", ">=", "<>", "="]))}`],
      [2, () => compare(random.pick(["<", ">", "<=", ">=", "<>"]))],
      [2, () => `${compare("IS NOT DISTINCT FROM")}`],
      [2, () => `${equal} AND ${this.#expressions({ columns: [...left.columns, ...right.columns] }, { subquery: undefined }).predicate(1)}`],
      [1, () => `${equal} OR ${compare("=")}`],
      [1, () => `${compare(">=")} AND ${compare("<")}`],
    ])();
  }

  // -- Subqueries ---------------------------------------------------------------------------------------------------------

  #inner() {
    const table = this.#small();
    return table && this.#table(table);
  }

  #scalarSubquery(outer, type) {
    const { random } = this;
    const inner = this.#inner();
    if (!inner || outer.rows > 2100) return literal(random, type);
    const where = random.chance(0.7) && outer.columns.length ? ` WHERE ${this.#joinCondition(outer, inner)}` : "";
    const expressions = this.#expressions(inner, { subquery: undefined });
    return random.weighted([
      [3, () => `(SELECT ${random.pick(["min", "max"])}(${expressions.of(type, 1)}) FROM ${inner.sql}${where})`],
      [1, () => `(SELECT ${expressions.of(type, 1)} FROM ${inner.sql}${where} ORDER BY ${inner.alias}.id LIMIT 1)`],
      [1, () => `(SELECT first(${expressions.of(type, 0)} ORDER BY ${inner.alias}.id) FROM ${inner.sql}${where})`],
      [type === "BIGINT" ? 4 : 0, () => `(SELECT count(*) FROM ${inner.sql}${where})`],
      [integerTypes.includes(type) ? 2 : 0, () => `(SELECT count(DISTINCT ${expressions.of("INTEGER", 0)}) + ${outer.columns.find((column) => column.type === type)?.sql ?? "0"} FROM ${inner.sql}${where})::${type}`.replace(/^\((.*)\)::/, (_, body) => `TRY_CAST((${body}) AS `).replace(/AS (\w+)$/, "AS $1)")],
    ])();
  }

  #subqueryPredicate(outer) {
    const { random } = this;
    const inner = this.#inner();
    if (!inner || outer.rows > 2100) return this.#expressions(outer).predicate(1);
    const expressions = this.#expressions(inner, { subquery: undefined });
    const type = random.pick(outer.columns).type;
    const value = this.#expressions(outer, { subquery: undefined }).of(type, random.below(2));
    const where = random.chance(0.6) ? ` WHERE ${this.#joinCondition(outer, inner)}` : random.chance(0.5) ? ` WHERE ${expressions.predicate(1)}` : "";
    return random.pick([
      () => `${random.pick(["", "NOT "])}EXISTS (SELECT 1 FROM ${inner.sql}${where})`,
      () => `${value} ${random.pick(["IN", "NOT IN"])} (SELECT ${expressions.of(type, 1)} FROM ${inner.sql}${where})`,
      () => `${value} ${random.pick(["=", "<", ">=", "<>"])} ${random.pick(["ANY", "ALL"])} (SELECT ${expressions.of(type, 0)} FROM ${inner.sql}${where})`,
      () => `${value} ${random.pick(["=", "<", ">"])} ${this.#scalarSubquery(outer, type)}`,
    ])();
  }

  #where(scope, depth) {
    const { random } = this;
    if (random.chance(0.4)) return "";
    const expressions = this.#expressions(scope);
    return ` WHERE ${random.weighted([[3, () => expressions.predicate(depth)], [2, () => expressions.simplePredicate()], [2, () => this.#subqueryPredicate(scope)]])()}`;
  }

  // -- SELECT -------------------------------------------------------------------------------------------------------------

  /** {sql, columns: [{name, type}], keys: names or null, rows}. `typed`: every column's type is known. */
  select(depth, { typed = false } = {}) {
    const { random } = this;
    return random.weighted([
      [5, () => this.#projection(depth, typed)],
      [4, () => this.#grouped(depth, typed)],
      [2, () => this.#windows(depth, typed)],
      [2, () => this.#setOperation(depth)],
      [1, () => this.#distinct(depth)],
      [1, () => this.#with(depth, typed)],
      [typed ? 0 : 1, () => this.#star(depth)],
    ])();
  }

  #items(items) {
    return items.map(({ sql, name }) => `${sql} AS ${name}`).join(", ");
  }

  #projection(depth, typed) {
    const { random } = this;
    const scope = this.#from(depth);
    const expressions = this.#expressions(scope);
    const keys = scope.keys?.map((sql, i) => ({ sql, name: `k${i}`, type: scope.columns.find((column) => column.sql === sql)?.type })) ?? [];
    const items = random.times(random.between(1, 4), (i) => {
      const type = typed || random.chance(0.4) ? expressions.type() : undefined;
      return { sql: type ? expressions.of(type, random.below(3)) : expressions.any(random.below(3)), name: `e${i}`, type };
    });
    const all = [...keys, ...items];
    return { sql: `SELECT ${this.#items(all)} FROM ${scope.sql}${this.#where(scope, 2)}`, columns: all, keys: scope.keys && keys.map(({ name }) => name), rows: scope.rows };
  }

  #windows(depth, typed) {
    const { random } = this;
    const scope = this.#from(depth);
    const expressions = this.#expressions(scope);
    const keys = scope.keys?.map((sql, i) => ({ sql, name: `k${i}`, type: scope.columns.find((column) => column.sql === sql)?.type })) ?? [];
    let windows = random.times(random.between(1, 3), (i) => ({ ...expressions.window(), name: `w${i}` }));
    if (typed) windows = windows.map((item) => (item.type ? item : { sql: `(${item.sql})::VARCHAR`, name: item.name, type: "VARCHAR" }));
    const qualify = random.chance(0.25) ? ` QUALIFY ${random.pick(["rank", "dense_rank"])}() OVER (ORDER BY ${expressions.orderItem(random.pick(scope.columns).sql)}) ${random.pick(["<=", ">", "="])} ${random.between(1, 5)}` : "";
    const all = [...keys, ...windows];
    return { sql: `SELECT ${this.#items(all)} FROM ${scope.sql}${this.#where(scope, 1)}${qualify}`, columns: all, keys: scope.keys && keys.map(({ name }) => name), rows: scope.rows };
  }

  #grouped(depth, typed) {
    const { random } = this;
    const from = this.#from(depth);
    const where = this.#where(from, 1);
    const scope = { ...from, ordered: from.ordered && !where.includes("SELECT") };
    const expressions = this.#expressions(scope, { subquery: undefined });
    const groups = random.times(random.pick([0, 1, 1, 2, 3]), (i) => {
      const column = random.chance(0.7) ? random.pick(scope.columns) : null;
      const type = column?.type ?? expressions.type();
      return { sql: column?.sql ?? expressions.of(type, 1), name: `k${i}`, type };
    });
    const plain = groups.length === 0 || random.chance(0.6);
    scope.ordered &&= plain;
    let aggregates = random.times(random.between(1, 3), (i) => ({ ...expressions.aggregate(1), name: `m${i}` }));
    if (typed) aggregates = aggregates.map((item) => (item.type ? item : { sql: `(${item.sql})::VARCHAR`, name: item.name, type: "VARCHAR" }));
    const list = groups.map(({ sql }) => sql).join(", ");
    const numbers = groups.map((_, i) => i + 1).join(", ");
    const form = groups.length === 0 ? "" : plain
      ? ` GROUP BY ${random.pick(["ALL", list, numbers])}`
      : ` GROUP BY ${random.pick([() => `ROLLUP (${list})`, () => `CUBE (${list})`, () => `GROUPING SETS ((${list}), (), (${groups[0].sql}))`, () => `GROUPING SETS ((${random.pick(groups).sql}), (${list}))`])()}`;
    const grouping = !plain && random.chance(0.3) ? [{ sql: `${random.pick(["grouping", "grouping_id"])}(${groups[0].sql})`, name: "gid", type: "BIGINT" }] : [];
    const having = random.chance(0.2) ? ` HAVING count(*) ${random.pick([">", "<=", "="])} ${random.between(0, 3)}` : "";
    const all = [...groups, ...aggregates, ...grouping];
    return { sql: `SELECT ${this.#items(all)} FROM ${scope.sql}${where}${form}${having}`, columns: all, keys: plain && groups.length ? groups.map(({ name }) => name) : null, rows: Math.min(scope.rows, mostRows) };
  }

  #distinct(depth) {
    const { random } = this;
    const scope = this.#from(depth);
    const expressions = this.#expressions(scope);
    const total = expressions.totalOrder();
    const items = random.times(random.between(1, 3), (i) => { const type = expressions.type(); return { sql: expressions.of(type, 1), name: `e${i}`, type }; });
    if (total && random.chance(0.5)) {
      const { sql, type } = random.pick(scope.columns);
      return { sql: `SELECT DISTINCT ON (${sql}) ${this.#items([{ sql, name: "d" }, ...items])} FROM ${scope.sql}${this.#where(scope, 1)} ORDER BY ${sql}, ${total}`, columns: [{ name: "d", type }, ...items], keys: ["d"], rows: scope.rows };
    }
    return { sql: `SELECT DISTINCT ${this.#items(items)} FROM ${scope.sql}${this.#where(scope, 1)}`, columns: items, keys: items.map(({ name }) => name), rows: scope.rows };
  }

  #setOperation(depth) {
    const { random } = this;
    const types = random.times(random.between(1, 3), () => random.pick(random.pick([numericTypes, ["VARCHAR", "DATE"], nestedTypes])));
    let rows = 0;
    const side = (first) => {
      const scope = this.#from(depth - 1);
      rows += scope.rows;
      const expressions = this.#expressions(scope);
      const items = types.map((type, i) => {
        const mine = !first && numericTypes.includes(type) && random.chance(0.3) ? random.pick(signedTypes) : type;
        return { sql: expressions.of(mine, 1), name: `e${i}`, type };
      });
      return `SELECT ${this.#items(items)} FROM ${scope.sql}${this.#where(scope, 1)}`;
    };
    const operator = () => random.pick(["UNION", "UNION ALL", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL", "UNION BY NAME", "UNION ALL BY NAME"]);
    const left = side(true);
    const sql = random.chance(0.7) ? `(${left}) ${operator()} (${side()})` : `(${left}) ${operator()} ((${side()}) ${operator()} (${side()}))`;
    // What a union's columns are is asked for only where the types are the same.
    const cast = types.map((type, i) => `TRY_CAST(e${i} AS ${type}) AS e${i}`).join(", ");
    return { sql: `SELECT ${cast} FROM (${sql})`, columns: types.map((type, i) => ({ name: `e${i}`, type })), keys: null, rows };
  }

  #with(depth, typed) {
    const { random } = this;
    const name = this.#name("cte");
    if (random.chance(0.4)) return this.#recursive(name);
    const query = this.select(Math.max(0, depth - 1), { typed: true });
    const alias = this.#name("w");
    const scope = this.#over(alias, `${name} ${alias}`, query);
    const other = this.#over(this.#name("w"), "", query);
    const twice = query.keys && query.rows < 200 && random.chance(0.5);
    const expressions = this.#expressions(scope);
    const items = random.times(random.between(1, 3), (i) => { const type = expressions.type(); return { sql: expressions.of(type, 1), name: `e${i}`, type }; });
    const from = twice ? `${scope.sql} JOIN ${name} ${other.alias} ON ${this.#joinCondition(scope, other)}` : scope.sql;
    return { sql: `WITH ${name} AS ${random.pick(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])}(${query.sql}) SELECT ${this.#items(items)} FROM ${from}${this.#where(scope, 1)}`, columns: items, keys: null, rows: query.rows * (twice ? query.rows : 1), typed };
  }

  #recursive(name) {
    const { random } = this;
    const all = random.chance(0.6);
    const limit = random.between(0, 20);
    const table = this.#small();
    if (!table || random.chance(0.5)) {
      return { sql: `WITH RECURSIVE ${name}(n, t) AS (SELECT 0, ''::VARCHAR UNION ${all ? "ALL " : ""}SELECT n + ${random.between(1, 3)}, t || n FROM ${name} WHERE n < ${limit}) SELECT n AS e0, t AS e1 FROM ${name}`, columns: [{ name: "e0", type: "INTEGER" }, { name: "e1", type: "VARCHAR" }], keys: null, rows: limit };
    }
    return { sql: `WITH RECURSIVE ${name}(n, g) AS (SELECT 0, g FROM ${table.name} UNION SELECT n + 1, b.g FROM ${name} a JOIN ${table.name} b ON ${random.pick(["a.g = b.id", "a.g < b.g", "a.g = b.g"])} WHERE n < ${random.between(1, 4)}) SELECT n AS e0, g AS e1 FROM ${name}`, columns: [{ name: "e0", type: "INTEGER" }, { name: "e1", type: "INTEGER" }], keys: null, rows: 1000 };
  }

  #star(depth) {
    const { random } = this;
    const table = random.pick(this.tables);
    const names = table.columns.map(({ name }) => name);
    const one = random.pick(table.columns);
    const scope = this.#table(table);
    const where = this.#where(scope, 1);
    const sum = table.columns.filter(({ type }) => numericTypes.includes(type)).map(({ name }) => name);
    const sql = random.pick([
      () => `SELECT * EXCLUDE (${random.shuffled(names, random.between(1, 2)).join(", ")}) FROM ${scope.sql}${where}`,
      () => `SELECT * REPLACE (${this.#expressions(scope).any(1)} AS ${one.name}) FROM ${scope.sql}${where}`,
      () => `SELECT * RENAME (${one.name} AS renamed) FROM ${scope.sql}${where}`,
      () => `SELECT COLUMNS('${random.pick(["c.", "c[0-2]", "[gs]", "id|c1"])}') FROM ${scope.sql}${where}`,
      () => `SELECT ${random.pick(["min", "max", "count"])}(COLUMNS(*)) FROM ${scope.sql}${where}`,
      () => `SELECT COLUMNS(lambda c: c LIKE 'c%') IS NULL FROM ${scope.sql}${where}`,
      () => `SELECT ${scope.alias}.*, * LIKE 'c%' FROM ${scope.sql}${where}`,
      () => `FROM ${scope.sql} SELECT ${scope.alias}`,
      () => `SELECT id, unnest(struct_pack(${random.shuffled(names, 2).map((name) => `${name} := ${name}`).join(", ")})) FROM ${table.name}`,
      () => `SELECT sum(COLUMNS(['${random.shuffled(sum, 2).join("', '")}'])) FROM ${scope.sql}${where}`,
      () => `SUMMARIZE SELECT id, g, s FROM ${table.name}`.replace(/^SUMMARIZE /, ""),
    ])();
    return { sql, columns: undefined, keys: null, rows: table.rows };
  }

  // -- Statements at the top ------------------------------------------------------------------------------------------------

  #pivot() {
    const { random } = this;
    const table = random.pick(this.tables);
    const numbers = table.columns.filter(({ type }) => numericTypes.includes(type));
    const value = random.pick(numbers).name;
    const aggregates = random.pick([`sum(${value})`, "count(*)", `min(${value})`, `max(${value}) AS most, count(*) AS n`, `avg(${value})`]);
    const key = random.pick(["g", "s"]);
    const values = key === "g" ? "(0, 1, 2, 3)" : "('a', 'b', 'duck')";
    return random.pick([
      () => `PIVOT (SELECT g, s, ${value} FROM ${table.name}) ON ${key} IN ${values} USING ${aggregates.replaceAll(/^(\w+)\(g\)/g, "$1(g)")} GROUP BY ${key === "g" ? "s" : "g"}`,
      () => `PIVOT (SELECT g, s, ${value} FROM ${table.name}) ON ${key} USING ${aggregates}`,
      () => `PIVOT (SELECT g, s, id FROM ${table.name}) ON g, s USING count(*)`,
      () => `FROM (SELECT g, s, id AS i FROM ${table.name}) PIVOT (count(*), sum(i) AS total FOR ${key} IN ${values})`,
      () => `UNPIVOT (SELECT id, ${random.shuffled(numbers, 3).map(({ name }) => (name === "id" ? "id AS id2" : `${name}`)).join(", ")} FROM ${table.name}) ON COLUMNS(* EXCLUDE id) INTO NAME n VALUE v`,
      () => `FROM (SELECT id, s, g::VARCHAR AS gv FROM ${table.name}) UNPIVOT ${random.pick(["", "INCLUDE NULLS "])}(v FOR n IN (s, gv))`,
    ])();
  }

  /** One expression for each row of a table, with its errors. */
  #strict() {
    const { random } = this;
    const table = random.chance(0.15) ? null : (this.#small() ?? random.pick(this.tables));
    const scope = table ? this.#table(table) : { columns: [], keys: null, ordered: true };
    const expressions = new Expressions(random, this.functions, scope, { strict: true });
    return { sql: `SELECT ${expressions.any(random.between(0, 2))}${table ? ` FROM ${scope.sql}` : ""}`, ordered: Boolean(table), loose: false };
  }

  query() {
    const { random } = this;
    if (random.chance(0.35)) return this.#strict();
    if (random.chance(0.05)) return { sql: this.#pivot(), ordered: false, loose: true };
    const query = this.select(random.weighted([[3, 0], [4, 1], [2, 2]]));
    if (query.columns && (random.chance(0.4) || query.rows > 2100)) {
      const order = random.shuffled(query.columns.map((_, i) => `${i + 1}${random.pick(["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"])}`)).join(", ");
      const limit = query.rows > 2100 || random.chance(0.5) ? ` LIMIT ${random.between(0, 30)}${random.chance(0.4) ? ` OFFSET ${random.between(0, 10)}` : ""}` : "";
      return { sql: `SELECT * FROM (${query.sql}) ORDER BY ${random.chance(0.3) ? "ALL" : order}${limit}`, ordered: true, loose: true };
    }
    return { sql: query.sql, ordered: false, loose: true };
  }
}

export { decimalTypes, quote };
