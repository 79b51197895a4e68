// SPDX-License-Identifier: MIT
//
// expressions.mjs: random expressions over a scope. A scope is what FROM offers:
//
//   columns  [{sql, type}]
//   keys     the columns that together tell the rows apart; null when none are known
//   ordered  the rows come in the order of one table, so that aggregates may depend on it
//
// A type is asked for where one is needed; `any` gives an expression of whatever type.
import { orderedAggregates } from "./exclusions.mjs";
import { allTypes, decimalTypes, integerTypes, literal, numericTypes, quote, scalarTypes, temporalTypes } from "./types.mjs";

const comparisons = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"];
const patterns = ["'%a%'", "'a_b'", "'%'", "''", "'_'", "'%🦆%'", "'A%'", "'%s'", "'abc'", "'%é%'", "'h_llo%'"];
const expressionsOfRegex = ["'a'", "'^a'", "'[a-c]+'", "'.*duck.*'", "'(a)(b)?'", "'\\d+'", "''", "'l{2}'", "'(?i)ABC'", "'\\w+$'"];
const parts = ["'year'", "'month'", "'day'", "'hour'", "'minute'", "'second'", "'week'", "'quarter'", "'decade'", "'century'", "'millisecond'", "'microsecond'", "'dow'", "'isodow'", "'doy'", "'epoch'", "'isoyear'", "'yearweek'", "'era'"];
const formats = ["'%Y-%m-%d'", "'%d/%m/%y %H:%M:%S'", "'%a %b %-d'", "'%j %U %W'", "'%I:%M %p'", "'%f'", "'%A, %B'", "'%%'", "'%c'", "'%x %X'", "'%g %G %V %u %w'", "'%n'"];

// Text arguments that mean something to a function; elsewhere any text.
const specialText = [
  [/^(date_part|datepart|date_trunc|datetrunc|date_diff|datediff|date_sub|datesub)$/, 0, parts],
  [/^(strftime|strptime|try_strptime)$/, 1, formats],
  [/^(regexp|str_split_regex|string_split_regex)/, 1, expressionsOfRegex],
  [/^timezone$/, 0, ["'UTC'", "'Europe/Berlin'", "'America/New_York'"]],
  [/^(list|array)_(aggr|aggregate)$/, 1, ["'sum'", "'min'", "'max'", "'count'", "'list'", "'first'", "'last'", "'avg'", "'string_agg'", "'median'", "'bool_and'"]],
  [/^(to_base64|from_base64)$/, 0, ["'aGVsbG8='", "''", "'QQ=='"]],
  [/^(unhex|from_hex)$/, 0, ["'ff00'", "'ABC'", "''"]],
  [/^(unbin|from_binary)$/, 0, ["'0101'", "'1'", "''"]],
  [/^encode$|^decode$/, 9, []],
];

export class Expressions {
  /** `strict`: errors at run time are wanted as well; otherwise they are avoided where it is easy. `subquery(scope, type)`: a maker of scalar subqueries. */
  constructor(random, functions, scope, { strict = false, subquery } = {}) {
    Object.assign(this, { random, functions, scope, strict, subquery });
  }

  with(scope) {
    return new Expressions(this.random, this.functions, scope, { strict: this.strict, subquery: this.subquery });
  }

  type() {
    const { random } = this;
    const column = this.scope.columns.length && random.chance(0.7) ? random.pick(this.scope.columns) : null;
    return column?.type ?? random.pick(random.weighted([[4, numericTypes], [2, temporalTypes], [2, ["VARCHAR"]], [2, scalarTypes], [2, allTypes]]));
  }

  column(type) {
    const found = this.scope.columns.filter((column) => column.type === type);
    return found.length ? this.random.pick(found).sql : null;
  }

  leaf(type) {
    const { random } = this;
    const column = this.column(type);
    if (column && random.chance(0.8)) return column;
    if (random.chance(0.04)) return `NULL::${type}`;
    return literal(random, type);
  }

  /** An expression of exactly this type. */
  of(type, depth) {
    const { random } = this;
    if (depth <= 0 || random.chance(0.2)) return this.leaf(type);
    const next = depth - 1;
    const makers = [
      [3, () => this.leaf(type)],
      [2, () => this.cast(type, next)],
      [1, () => `CASE WHEN ${this.predicate(next)} THEN ${this.of(type, next)} ELSE ${this.of(type, next)} END`],
      [1, () => `CASE ${this.of("INTEGER", next)} WHEN 1 THEN ${this.of(type, next)} WHEN 2 THEN ${this.of(type, next)} END`],
      [1, () => `coalesce(${this.of(type, next)}, ${this.of(type, next)})`],
      [1, () => `nullif(${this.of(type, next)}, ${this.of(type, next)})::${type}`],
      [1, () => `${random.pick(["greatest", "least"])}(${this.of(type, next)}, ${this.of(type, next)})`],
      [3, () => this.callReturning(type, next)],
    ];
    if (this.subquery && random.chance(0.3)) makers.push([2, () => this.subquery(this.scope, type)]);
    if (type === "BOOLEAN") makers.push([6, () => this.predicate(next)]);
    if (numericTypes.includes(type)) makers.push([4, () => this.guarded(`${this.arithmetic(type, next)}::${type}`)]);
    if (type === "VARCHAR") makers.push([2, () => `(${this.of(type, next)} || ${this.of(type, next)})`], [1, () => this.of(type, next) + random.pick(["[1]", "[2:3]", "[-2:]", "[:1]"])]);
    if (type === "DATE") makers.push([2, () => this.guarded(`(${this.of("DATE", next)} ${random.pick("+-")} ${random.between(-400, 400)})`)]);
    if (type === "TIMESTAMP") makers.push([2, () => this.guarded(`(${this.of(random.pick(["DATE", "TIMESTAMP"]), next)} ${random.pick("+-")} ${this.of("INTERVAL", next)})`)]);
    if (type.endsWith("[]")) makers.push([1, () => `[${random.times(random.below(3), () => this.of(type.slice(0, -2), next)).join(", ")}]::${type}`]);
    return random.weighted(makers)();
  }

  /** What may fail at run time: as it is when that is wanted. */
  guarded(sql) {
    return this.random.chance(this.strict ? 0.02 : 0.0) ? `TRY(${sql})` : sql;
  }

  cast(type, depth) {
    const { random } = this;
    const from = this.type();
    if (from === type) return this.leaf(type);
    return `${this.strict && random.chance(0.3) ? "CAST" : "TRY_CAST"}(${this.of(from, depth)} AS ${type})`;
  }

  arithmetic(type, depth) {
    const { random } = this;
    const other = random.chance(0.6) ? type : random.pick(numericTypes);
    const [left, right] = random.shuffled([this.of(type, depth), this.of(other, depth)]);
    if (integerTypes.includes(type) && integerTypes.includes(other) && random.chance(0.2)) {
      return random.chance(0.2) ? `(~ ${left})` : `(${left} ${random.pick(["&", "|", "<<", ">>"])} ${right})`;
    }
    if (random.chance(0.1)) return `(- ${left})`;
    return `(${left} ${random.pick(["+", "-", "*", "/", "//", "%", "+", "-", "*"])} ${right})`;
  }

  predicate(depth) {
    const { random } = this;
    const next = depth - 1;
    const type = this.type();
    const of = (wanted = type) => this.of(wanted, random.chance(0.5) ? 0 : next);
    if (depth <= 0) return `(${of()} ${random.pick(comparisons)} ${of()})`;
    const makers = [
      [6, () => `(${of()} ${random.pick(comparisons)} ${of()})`],
      [2, () => `(${of()} IS ${random.pick(["", "NOT "])}NULL)`],
      [2, () => `(${of()} ${random.pick(["", "NOT "])}IN (${random.times(random.between(1, 4), () => of()).join(", ")}))`],
      [2, () => `(${of()} ${random.pick(["", "NOT "])}BETWEEN ${of()} AND ${of()})`],
      [2, () => `(${of("VARCHAR")} ${random.pick(["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "GLOB", "SIMILAR TO"])} ${random.chance(0.8) ? random.pick(patterns) : of("VARCHAR")})`],
      [1, () => `regexp_matches(${of("VARCHAR")}, ${random.pick(expressionsOfRegex)})`],
      [3, () => `(${this.predicate(next)} ${random.pick(["AND", "OR"])} ${this.predicate(next)})`],
      [1, () => `(NOT ${this.predicate(next)})`],
      [1, () => `(${this.predicate(next)} IS ${random.pick(["", "NOT "])}${random.pick(["TRUE", "FALSE", "NULL"])})`],
      [1, () => of("BOOLEAN")],
      [1, () => `(${of()} ${random.pick(["=", "<", "<>"])} ${random.pick(["ANY", "ALL"])}([${random.times(random.below(3), () => of()).join(", ")}]::${type}[]))`],
    ];
    if (numericTypes.includes(type)) makers.push([2, () => `(${of()} ${random.pick(comparisons)} ${of(random.pick(numericTypes))})`]);
    return random.weighted(makers)();
  }

  /** Columns of the same scope compared, which is what joins and filters have most. */
  simplePredicate() {
    const { random } = this;
    const { type, sql } = random.pick(this.scope.columns);
    return `(${sql} ${random.pick(comparisons)} ${this.leaf(type)})`;
  }

  argument(parameter, bindings, depth, name, position) {
    const { random } = this;
    const special = specialText.find(([pattern, at]) => at === position && pattern.test(name));
    if (special && parameter === "VARCHAR" && random.chance(0.9)) return random.pick(special[2]);
    const bound = (key) => (bindings[key] ??= random.pick(["INTEGER", "VARCHAR", "DOUBLE", "DATE"]));
    switch (parameter) {
      case "ANY": return this.of(name.startsWith("enum_") ? "mood" : this.type(), depth);
      case "T": case "V": case "K": return this.of(bound(parameter), depth);
      case "T[]": case "V[]": case "K[]": return this.of(`${bound(parameter[0])}[]`, depth);
      case "ANY[]": return this.of(random.pick(["INTEGER[]", "VARCHAR[]", "INTEGER[][]"]), depth);
      case "MAP": case "MAP(K, V)": bindings.K = "VARCHAR"; bindings.V = "INTEGER"; return this.of("MAP(VARCHAR, INTEGER)", depth);
      case "STRUCT": return this.of(random.pick(["STRUCT(a INTEGER, b VARCHAR)", "STRUCT(x DOUBLE, y INTEGER[])"]), depth);
      case "UNION": return this.of("UNION(num INTEGER, str VARCHAR)", depth);
      case "LAMBDA": return this.lambda(name);
    }
    if (integerTypes.includes(parameter) && random.chance(0.5)) return `${random.between(-3, 10)}`;
    if (decimalTypes.includes(parameter)) return this.of(random.pick(decimalTypes), depth);
    return this.of(parameter, depth);
  }

  lambda(name) {
    const { random } = this;
    if (/filter|select/.test(name)) return random.pick(["lambda x: x IS NOT NULL", "lambda x, i: i > 1", "lambda x: x = x", "lambda x: NULL"]);
    if (/reduce/.test(name)) return random.pick(["lambda x, y: coalesce(x, y)", "lambda x, y: greatest(x, y)", "lambda x, y, i: y"]);
    return random.pick(["lambda x: x", "lambda x, i: i", "lambda x: x IS NULL", "lambda x, i: [x, x]", "lambda x: coalesce(x, x)", `lambda x: ${this.leaf("INTEGER")}`]);
  }

  call({ name, parameters, varargs }, depth) {
    const { random } = this;
    const bindings = {};
    // What follows the name of an aggregate must be constant, as it says.
    const rest = /_aggr(egate)?$/.test(name) ? 0 : random.below(4);
    const all = varargs ? [...parameters, ...random.times(rest, () => varargs)] : parameters;
    const values = all.map((parameter, position) => this.argument(parameter, bindings, random.chance(0.6) ? 0 : depth, name, position));
    let sql;
    if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      sql = `${/^(left|right|month|year|day|hour|minute|second|row)$/.test(name) ? `"${name}"` : name}(${values.join(", ")})`;
    } else if (values.length === 1) {
      sql = name === "!__postfix" ? `(${values[0]} !)` : `(${name} ${values[0]})`;
    } else {
      sql = `(${values.join(` ${name} `)})`;
    }
    return this.guarded(sql);
  }

  callReturning(type, depth) {
    const found = this.functions.scalar.filter((one) => one.returns === type && one.parameters.length);
    return found.length ? this.call(this.random.pick(found), depth) : this.leaf(type);
  }

  /** A few functions whose arguments must be small. */
  sized(depth) {
    const { random } = this;
    const small = () => `${random.between(-2, 6)}`;
    const text = () => this.of("VARCHAR", depth);
    return random.pick([
      () => `repeat(${text()}, ${small()})`,
      () => `${random.pick(["lpad", "rpad"])}(${text()}, ${small()}, ${random.pick(["'x'", "'ab'", "'🦆'"])})`,
      () => `${random.pick(["range", "generate_series"])}(${small()}, ${small()}, ${random.pick(["1", "2", "-1"])})`,
      () => `${random.pick(["range", "generate_series"])}(${this.of("INTEGER", 0)} % 5)`,
      () => `list_resize(${this.of("INTEGER[]", depth)}, ${small()}, ${small()})`,
      () => `factorial(${small()})`,
      () => `to_base(${random.between(0, 5000)}, ${random.between(2, 36)})`,
      () => `bar(${this.of("DOUBLE", 0)}, 0, 10, 5)`,
      () => `printf('%d|%s', ${this.of("INTEGER", depth)}, ${text()})`,
      () => `format('{} {}', ${this.of(this.type(), depth)}, ${text()})`,
      () => `format(${random.pick(["'{:05d}'", "'{:,}'", "'{:x}'", "'{:>8}'"])}, ${this.of("INTEGER", depth)})`,
      () => `age(${this.of("TIMESTAMP", depth)}, ${this.of("TIMESTAMP", depth)})`,
    ])();
  }

  /** An expression of whatever type. */
  any(depth) {
    const { random } = this;
    return random.weighted([
      [5, () => this.call(random.pick(this.functions.scalar), depth)],
      [3, () => this.of(this.type(), depth)],
      [1, () => this.guarded(this.arithmetic(random.pick(numericTypes), depth))],
      [1, () => this.guarded(`(${this.of(random.pick(temporalTypes), depth)} ${random.pick(["+", "-"])} ${this.of(random.pick(temporalTypes), depth)})`)],
      [1, () => `${this.strict ? random.pick(["CAST", "TRY_CAST"]) : "TRY_CAST"}(${this.of(random.pick(allTypes), 0)} AS ${random.pick(allTypes)})`],
      [1, () => this.guarded(this.sized(depth))],
      [1, () => this.nested(depth)],
    ])();
  }

  nested(depth) {
    const { random } = this;
    return random.pick([
      () => `{'k': ${this.of(this.type(), depth)}, 'w': ${this.of(this.type(), depth)}}`,
      () => `[${this.of("INTEGER", depth)}, ${this.of("BIGINT", depth)}]`,
      () => `(${this.of("STRUCT(a INTEGER, b VARCHAR)", depth)}).${random.pick(["a", "b"])}`,
      () => `(${this.of("MAP(VARCHAR, INTEGER)", depth)})[${this.of("VARCHAR", 0)}]`,
      () => `(${this.of("INTEGER[]", depth)})[${random.pick(["1", "-1", "2:3", "1:-1:2", "0"])}]`,
      () => `[x * 2 FOR x IN (${this.of("INTEGER[]", 0)}) IF x > 0]`,
      () => `list_transform(${this.of("VARCHAR[]", depth)}, lambda x, i: concat(x, i))`,
      () => `row(${this.of(this.type(), 0)}, ${this.of(this.type(), 0)})`,
      () => `MAP([${quote("k")}], [${this.of(this.type(), depth)}])`,
      () => `unnest(${this.of(random.pick(["INTEGER[]", "VARCHAR[]"]), 0)})`,
    ])();
  }

  // Over the scope's unique columns, in a random order.
  totalOrder() {
    const { random, scope } = this;
    if (!scope.keys) return null;
    const first = random.chance(0.5) ? [this.orderItem(random.pick(scope.columns).sql)] : [];
    return [...first, ...random.shuffled(scope.keys).map((key) => this.orderItem(key))].join(", ");
  }

  orderItem(sql) {
    return sql + this.random.pick(["", "", " DESC", " ASC NULLS FIRST", " DESC NULLS LAST", " NULLS FIRST"]);
  }

  /** {sql, type (unknown: undefined)}. */
  aggregate(depth, { filter = true } = {}) {
    const { random, scope } = this;
    const value = (type) => this.of(type, random.chance(0.7) ? 0 : depth);
    const tail = filter && random.chance(0.15) ? ` FILTER (WHERE ${this.predicate(1)})` : "";
    const number = () => this.type0(numericTypes);
    const order = scope.keys && random.chance(0.5) ? ` ORDER BY ${this.totalOrder()}` : "";
    const [sql, type] = random.weighted([
      [3, () => ["count(*)", "BIGINT"]],
      [2, () => [`count(${random.pick(["", "DISTINCT "])}${value(this.type())})`, "BIGINT"]],
      [4, () => [`sum(${value(number())})`]],
      [2, () => [`avg(${value(number())})`, "DOUBLE"]],
      [1, () => [`${random.pick(["sum", "avg"])}(DISTINCT ${value(random.pick(integerTypes))})`]],
      [4, () => { const one = this.type(); return [`${random.pick(["min", "max"])}(${value(one)})`, one]; }],
      [2, () => [`${random.pick(["bool_and", "bool_or"])}(${this.predicate(1)})`, "BOOLEAN"]],
      [2, () => (order || scope.ordered ? [`string_agg(${value("VARCHAR")}, ','${order})`, "VARCHAR"] : ["count(*)", "BIGINT"])],
      [2, () => { const one = this.type(); return order || scope.ordered ? [`${random.pick(["list", "array_agg"])}(${value(one)}${order})`] : ["count(*)", "BIGINT"]; }],
      [1, () => { const one = this.type(); return [`list(DISTINCT ${one === "VARCHAR" ? this.leaf(one) : value(one)} ORDER BY ALL)`.replace(/DISTINCT (.*) ORDER BY ALL/, (_, text) => `DISTINCT ${text} ORDER BY ${text}`)]; }],
      [1, () => { const one = this.type(); return order || scope.ordered ? [`${random.pick(["first", "last", "any_value"])}(${value(one)}${order})`, one] : ["count(*)", "BIGINT"]; }],
      [1, () => (scope.keys?.length === 1 ? [`${random.pick(["arg_min", "arg_max"])}(${value(this.type())}, ${scope.keys[0]})`] : ["count(*)", "BIGINT"])],
      [1, () => [`${random.pick(["quantile_cont", "quantile_disc"])}(${value(random.pick(["INTEGER", "DOUBLE", "DECIMAL(9,2)", "DATE"]))}, ${random.pick(["0.5", "0.25", "0", "1", "[0.1, 0.9]"])})`]],
      [1, () => [`median(${value(random.pick(["INTEGER", "DOUBLE", "TIMESTAMP"]))})`]],
      [1, () => [`histogram(${value(random.pick(["INTEGER", "VARCHAR", "DATE"]))})`]],
      [2, () => {
        const found = this.functions.aggregate.filter(({ name }) => scope.ordered || !orderedAggregates.test(name));
        const { name, parameters, varargs } = random.pick(found);
        const bindings = {};
        const all = varargs ? [...parameters, varargs] : parameters;
        if (/quantile/.test(name)) return ["count(*)", "BIGINT"];
        return [`${name}(${all.map((one, i) => this.argument(one, bindings, 0, name, i)).join(", ")})`];
      }],
    ])();
    return { sql: sql + tail, type };
  }

  type0(types) {
    const found = this.scope.columns.filter((column) => types.includes(column.type));
    return found.length && this.random.chance(0.85) ? this.random.pick(found).type : this.random.pick(types);
  }

  frame() {
    const { random } = this;
    const offset = () => random.pick(["0", "1", "2", "5"]);
    // From the start to the end of a partition: a frame that ends before it begins has no defined answer in DuckDB.
    const bounds = ["UNBOUNDED PRECEDING", "7 PRECEDING", `${offset()} PRECEDING`, "CURRENT ROW", `${offset()} FOLLOWING`, "100 FOLLOWING", "UNBOUNDED FOLLOWING"];
    const start = random.below(bounds.length - 1);
    const end = random.between(Math.max(start, 1), bounds.length - 1);
    if (start === end && start !== 3) return `BETWEEN ${bounds[start]} AND CURRENT ROW`.replace(/^(BETWEEN .* FOLLOWING) AND CURRENT ROW$/, "$1 AND UNBOUNDED FOLLOWING");
    return `BETWEEN ${bounds[start]} AND ${bounds[end]}${random.pick(["", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"])}`;
  }

  /** {sql, type}: a window over the scope; what depends on the order among equal rows is asked for only in a total order. */
  window() {
    const { random, scope } = this;
    const partition = random.chance(0.6) ? `PARTITION BY ${random.shuffled(scope.columns, random.between(1, 2)).map(({ sql }) => sql).join(", ")} ` : "";
    const total = this.totalOrder();
    const leaf = (type) => this.column(type) ?? this.leaf(type);
    const one = random.pick(scope.columns).type;
    const aggregates = () => {
      const number = this.type0(numericTypes);
      return random.pick([["count(*)", "BIGINT"], [`count(${leaf(one)})`, "BIGINT"], [`sum(${leaf(number)})`], [`avg(${leaf(number)})`, "DOUBLE"], [`min(${leaf(one)})`, one], [`max(${leaf(one)})`, one], [`count(DISTINCT ${leaf(one)})`, "BIGINT"]]);
    };
    const filter = () => (random.chance(0.15) ? ` FILTER (WHERE ${this.simplePredicate()})` : "");
    const makers = [
      [3, () => { const [sql, type] = aggregates(); return { sql: `${sql}${filter()} OVER (${partition})`, type }; }],
      [3, () => { const [sql, type] = aggregates(); return { sql: `${sql}${filter()} OVER (${partition}ORDER BY ${this.orderItem(random.pick(scope.columns).sql)} ${random.pick(["", "", `GROUPS ${this.frame()}`])})`, type }; }],
      [1, () => { const [sql, type] = aggregates(); return { sql: `${sql} OVER (${partition}ORDER BY ${this.orderItem(leaf(random.pick(["INTEGER", "DOUBLE", "DECIMAL(9,2)"])))} RANGE ${this.frame()})`, type }; }],
      [2, () => ({ sql: `${random.pick(["rank", "dense_rank"])}() OVER (${partition}ORDER BY ${this.orderItem(random.pick(scope.columns).sql)})`, type: "BIGINT" })],
      [1, () => ({ sql: `${random.pick(["percent_rank", "cume_dist"])}() OVER (${partition}ORDER BY ${this.orderItem(random.pick(scope.columns).sql)})`, type: "DOUBLE" })],
    ];
    if (total) {
      makers.push(
        [3, () => ({ sql: `row_number() OVER (${partition}ORDER BY ${total})`, type: "BIGINT" })],
        [1, () => ({ sql: `ntile(${random.between(1, 5)}) OVER (${partition}ORDER BY ${total})`, type: "BIGINT" })],
        [3, () => { const [sql, type] = aggregates(); return { sql: `${sql}${filter()} OVER (${partition}ORDER BY ${total} ROWS ${this.frame()})`, type }; }],
        [2, () => ({ sql: `${random.pick(["lag", "lead"])}(${leaf(one)}${random.pick(["", ", 2", ", 0", ", -1", `, 1, ${this.leaf(one)}`])}${random.pick(["", "", " IGNORE NULLS"])}) OVER (${partition}ORDER BY ${total})`, type: one })],
        [2, () => ({ sql: `${random.pick(["first_value", "last_value"])}(${leaf(one)}${random.pick(["", "", " IGNORE NULLS"])}) OVER (${partition}ORDER BY ${total} ${random.pick(["", `ROWS ${this.frame()}`])})`, type: one })],
        [1, () => ({ sql: `nth_value(${leaf(one)}, ${random.between(0, 4)}) OVER (${partition}ORDER BY ${total} ${random.pick(["", `ROWS ${this.frame()}`])})`, type: one })],
        [1, () => ({ sql: `list(${leaf(one)}) OVER (${partition}ORDER BY ${total} ROWS ${this.frame()})` })],
      );
    }
    return random.weighted(makers)();
  }
}

export { comparisons };
