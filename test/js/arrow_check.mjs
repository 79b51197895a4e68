// SPDX-License-Identifier: MIT
//
// arrow_check.mjs: reads what Smew writes as Arrow IPC streams with the two libraries that pages use, npm's `apache-arrow` and
// `@uwdata/flechette`, and compares the values with what the SQL says.
//
//   node test/js/arrow_check.mjs [build/native/arrow_dump]
//
// Both libraries show values in their own ways; `plain` brings them to one: numbers and booleans as they are, integers that came as
// bigint as "5n", decimals as their unscaled integer ("150n" of 1.50), bytes as "bytes:00 ff", dates and timestamps in milliseconds,
// intervals as [months, days, nanoseconds], MAPs as lists of [key, value], structs as objects. Ends with "N passed, N failed".
import { execFileSync, spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const dump = resolve(process.argv[2] ?? `${root}/build/native/arrow_dump`);
const require = createRequire(`${root}/build/js/`);
const flechette = await import(require.resolve("@uwdata/flechette"));
const arrow = require("apache-arrow");

const stream = (sql, ...options) => execFileSync(dump, [...options, sql], { maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "pipe"] });

// ---------------------------------------------------------------------------------------------------------------------
// One form for the values of both libraries
// ---------------------------------------------------------------------------------------------------------------------

const bytes = (value) => `bytes:${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;

function plainFlechette(type, value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return `${value}n`;
  const { Type } = flechette;
  switch (type.typeId) {
    case Type.Binary:
      return bytes(value);
    case Type.Interval:
      return Array.from(value);
    case Type.List:
    case Type.FixedSizeList:
      return Array.from(value, (item) => plainFlechette(type.children[0].type, item));
    case Type.Map:
      return Array.from(value, (pair) => pair.map((item, i) => plainFlechette(type.children[0].type.children[i].type, item)));
    case Type.Struct:
      return Object.fromEntries(type.children.map((child) => [child.name, plainFlechette(child.type, value[child.name])]));
    default:
      return value;
  }
}

// 128 bits in four words, two's complement.
function words(value) {
  let number = 0n;
  for (let i = 3; i >= 0; i--) number = (number << 32n) | BigInt(value[i] >>> 0);
  return BigInt.asIntN(128, number);
}

function plainArrow(type, value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return `${value}n`;
  const { Type } = arrow;
  switch (type.typeId) {
    case Type.Decimal:
      return `${words(value)}n`;
    case Type.Binary:
      return bytes(value);
    case Type.Interval: { // months, days, the two halves of the nanoseconds
      const nanos = (BigInt(value[3]) << 32n) | BigInt(value[2] >>> 0);
      return [value[0], value[1], Number(nanos)];
    }
    case Type.List:
    case Type.FixedSizeList:
      return Array.from(value, (item) => plainArrow(type.children[0].type, item));
    case Type.Map:
      return Array.from(value, (pair) => pair.map((item, i) => plainArrow(type.children[0].type.children[i].type, item)));
    case Type.Struct:
      return Object.fromEntries(type.children.map((child) => [child.name, plainArrow(child.type, value[child.name])]));
    default:
      return value;
  }
}

// { library: { names, types, rows } } of a stream.
function read(data) {
  const one = flechette.tableFromIPC(data, { useBigInt: true, useDecimalInt: true, useDate: false, useMap: true });
  const two = arrow.tableFromIPC(data);
  const shape = (fields, count, at, plain) => ({
    names: fields.map((field) => field.name),
    types: fields.map((field) => field.metadata.get("smew.type")),
    rows: Array.from({ length: count }, (_, row) => fields.map((field, column) => plain(field.type, at(column, row)))),
  });
  return {
    flechette: shape(one.schema.fields, one.numRows, (column, row) => one.getChildAt(column).at(row), plainFlechette),
    "apache-arrow": shape(two.schema.fields, two.numRows, (column, row) => two.getChildAt(column).get(row), plainArrow),
  };
}

let passed = 0;
let failed = 0;

function check(name, actual, expected) {
  const show = (value) => JSON.stringify(value, (_, part) => (typeof part === "number" && !Number.isFinite(part) ? String(part) : part));
  const [a, b] = [show(actual), show(expected)];
  if (a === b) return passed++;
  failed++;
  console.log(`${name}\n  is       ${a?.slice(0, 2000)}\n  expected ${b?.slice(0, 2000)}`);
}

function checkBoth(name, data, what, expected) {
  for (const [library, table] of Object.entries(read(data))) check(`${name} (${library})`, what(table), expected);
}

// ---------------------------------------------------------------------------------------------------------------------
// Every type: values as a column, with a NULL among them, flat (from a table), constant and as a dictionary (a filter's)
// ---------------------------------------------------------------------------------------------------------------------

const TYPES = [
  ["BOOLEAN", ["true", "false"], [true, false]],
  ["TINYINT", ["-128", "127"], [-128, 127]],
  ["SMALLINT", ["-32768", "32767"], [-32768, 32767]],
  ["INTEGER", ["-2147483648", "2147483647"], [-2147483648, 2147483647]],
  ["BIGINT", ["-9223372036854775808", "9007199254740993"], ["-9223372036854775808n", "9007199254740993n"]],
  ["UTINYINT", ["0", "255"], [0, 255]],
  ["USMALLINT", ["0", "65535"], [0, 65535]],
  ["UINTEGER", ["0", "4294967295"], [0, 4294967295]],
  ["UBIGINT", ["0", "18446744073709551615"], ["0n", "18446744073709551615n"]],
  ["HUGEINT", ["-99999999999999999999999999999999999999", "7"], ["-99999999999999999999999999999999999999n", "7n"]],
  ["UHUGEINT", ["99999999999999999999999999999999999999", "0"], ["99999999999999999999999999999999999999n", "0n"]],
  ["FLOAT", ["1.5", "'-inf'"], [1.5, -Infinity]],
  ["DOUBLE", ["0.1", "'nan'"], [0.1, NaN]],
  ["DECIMAL(4,1)", ["-999.9", "0.1"], ["-9999n", "1n"]],
  ["DECIMAL(9,2)", ["1234567.89", "-0.01"], ["123456789n", "-1n"]],
  ["DECIMAL(18,3)", ["-123456789012345.678", "1"], ["-123456789012345678n", "1000n"]],
  ["DECIMAL(38,10)", ["1234567890123456789012345678.9012345678", "-2"], ["12345678901234567890123456789012345678n", "-20000000000n"]],
  ["VARCHAR", ["''", "'short'", "'twelve bytes'", "'more than twelve bytes'", "'Ünïcödé 🦆 \u4f60\u597d'"],
    ["", "short", "twelve bytes", "more than twelve bytes", "Ünïcödé 🦆 \u4f60\u597d"]],
  ["BLOB", ["''::BLOB", "'\\x00\\xFFabc'::BLOB"], ["bytes:", "bytes:00 ff 61 62 63"]],
  ["BIT", ["'0101'", "'111100001111'"], ["0101", "111100001111"]],
  ["UUID", ["'00112233-4455-6677-8899-AABBCCDDEEFF'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
    ["00112233-4455-6677-8899-aabbccddeeff", "ffffffff-ffff-ffff-ffff-ffffffffffff"]],
  ["DATE", ["'1969-12-31'", "'2024-02-29'"], [-86400000, Date.UTC(2024, 1, 29)]],
  ["TIME", ["'00:00:00'", "'23:59:59.999999'"], ["0n", "86399999999n"]],
  ["TIMESTAMP", ["'1969-12-31 23:59:59'", "'2024-02-29 12:34:56.789'"], [-1000, Date.UTC(2024, 1, 29, 12, 34, 56, 789)]],
  ["TIMESTAMP_S", ["'2024-02-29 12:34:56'"], [Date.UTC(2024, 1, 29, 12, 34, 56)]],
  ["TIMESTAMP_MS", ["'2024-02-29 12:34:56.789'"], [Date.UTC(2024, 1, 29, 12, 34, 56, 789)]],
  ["TIMESTAMP_NS", ["'2024-02-29 12:34:56.789'"], [Date.UTC(2024, 1, 29, 12, 34, 56, 789)]],
  ["TIMESTAMP WITH TIME ZONE", ["'2024-02-29 12:34:56+02'"], [Date.UTC(2024, 1, 29, 10, 34, 56)]],
  ["TIME WITH TIME ZONE", ["'12:34:56+02'"], ["12:34:56+02"]],
  ["INTERVAL", ["INTERVAL '14 months 3 days 4 microseconds'", "INTERVAL '-1 second'"], [[14, 3, 4000], [0, 0, -1000000000]]],
  ["ENUM('sad', 'ok', 'glad and long enough')", ["'ok'", "'glad and long enough'"], ["ok", "glad and long enough"]],
  ["INTEGER[]", ["[1, NULL, 3]", "[]", "[4]"], [[1, null, 3], [], [4]]],
  ["VARCHAR[][]", ["[['a', NULL], NULL, []]", "[['longer than twelve bytes']]"], [[["a", null], null, []], [["longer than twelve bytes"]]]],
  ["DOUBLE[2]", ["[1.5, 2.5]", "[3.5, NULL]"], [[1.5, 2.5], [3.5, null]]],
  ["VARCHAR[2][]", ["[['a', 'b'], NULL]", "[]"], [[["a", "b"], null], []]],
  ["STRUCT(a INTEGER, b VARCHAR)", ["{'a': 1, 'b': 'x'}", "{'a': NULL, 'b': 'y'}"], [{ a: 1, b: "x" }, { a: null, b: "y" }]],
  ["STRUCT(l INTEGER[], s STRUCT(d DATE))[]", ["[{'l': [1, 2], 's': {'d': '1970-01-02'}}, {'l': NULL, 's': NULL}]", "[]"],
    [[{ l: [1, 2], s: { d: 86400000 } }, { l: null, s: null }], []]],
  ["MAP(VARCHAR, INTEGER)", ["MAP {'a': 1, 'b': NULL}", "MAP {}"], [[["a", 1], ["b", null]], []]],
  ["MAP(INTEGER, VARCHAR[])", ["MAP {1: ['x'], 2: []}"], [[[1, ["x"]], [2, []]]]],
  ["UNION(num INTEGER, str VARCHAR)", ["union_value(num := 5)", "union_value(str := 'five, in many letters')"], [5, "five, in many letters"]],
];

for (const [type, values, expected] of TYPES) {
  const column = ["NULL", ...values].map((value) => `(CAST(${value} AS ${type}))`);
  const all = [null, ...expected];
  const rows = all.map((value) => [value]);
  const table = `CREATE TABLE t (i INTEGER, v ${type}); INSERT INTO t VALUES ${column.map((value, i) => `(${i}, ${value})`).join(", ")};`;
  let data;
  try {
    data = stream(`${table} SELECT v FROM t ORDER BY i`);
    checkBoth(`${type}: type`, data, (read) => read.types, [type]);
    checkBoth(`${type}: flat`, data, (read) => read.rows, rows);
    data = stream(`${table} SELECT v FROM t WHERE i <> 1 ORDER BY i`);
    checkBoth(`${type}: filtered`, data, (read) => read.rows, rows.filter((_, i) => i !== 1));
    data = stream(`${table} SELECT a.v, list(b.v ORDER BY b.i) FROM t a JOIN t b ON b.i <= a.i WHERE a.i < 2 GROUP BY a.i, a.v ORDER BY a.i`);
    checkBoth(`${type}: joined, and listed`, data, (read) => read.rows, [[null, [null]], [all[1], all.slice(0, 2)]]);
    data = stream(`SELECT ${column.at(-1)} AS v, ${column[0]} AS n FROM range(3)`);
    checkBoth(`${type}: constant`, data, (read) => read.rows, Array(3).fill([all.at(-1), null]));
  } catch (error) {
    check(`${type}: read`, String(error.stderr ?? error.stack), "");
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Shapes of results
// ---------------------------------------------------------------------------------------------------------------------

checkBoth("bare NULL", stream("CREATE TABLE t AS SELECT NULL AS n; SELECT [NULL] AS l, NULL AS n"), (read) => read.rows, [[[null], null]]);
checkBoth("no rows", stream("SELECT 1 AS a, 'x' AS b, [1] AS c WHERE false"), (read) => [read.names, read.rows], [["a", "b", "c"], []]);
checkBoth("names", stream('SELECT 1 AS "größe 🦆", 2 AS "a b", 3 AS "a b"'), (read) => read.names, ["größe 🦆", "a b", "a b"]);
checkBoth("unnamed struct", stream("SELECT row(1, 'x') AS r"), (read) => read.rows, [[{ 1: 1, 2: "x" }]]);

for (const count of [1, 7, 8, 9, 63, 64, 65, 2047, 2048, 2049, 4097, 20000]) {
  const sql = `SELECT i::INTEGER, CASE WHEN i % 3 <> 0 THEN i % 5 = 0 END, CASE WHEN i <> 2048 THEN 'row number ' || i END, [i, NULL, i + 1]::INTEGER[],
               {'k': CASE WHEN i % 7 <> 6 THEN i::VARCHAR END} FROM range(${count}) r(i)`;
  for (const options of [[], ["--batch", "0"]]) {
    const sums = (table) => {
      const wrong = table.rows.filter(([i, flag, text, list, struct], row) =>
        i !== row || flag !== (row % 3 ? row % 5 === 0 : null) || text !== (row === 2048 ? null : `row number ${row}`) ||
        list.length !== 3 || list[0] !== row || list[1] !== null || list[2] !== row + 1 || struct.k !== (row % 7 === 6 ? null : `${row}`));
      return [table.rows.length, wrong.slice(0, 3)];
    };
    checkBoth(`${count} rows ${options.join(" ")}`, stream(sql, ...options), sums, [count, []]);
  }
}

// Text that makes chunks be cut: 2,048 rows of 40,000 bytes are 80 MB.
checkBoth("long text", stream("SELECT i::INTEGER, repeat('x', 40000) FROM range(2048) r(i)"),
  (table) => [table.rows.length, table.rows.every(([i, text], row) => i === row && text.length === 40000)], [2048, true]);
{
  const sql = "CREATE TABLE t AS SELECT list((i % 256)::UTINYINT) AS l FROM range(30000) r(i); SELECT l FROM t, range(2500)";
  const table = flechette.tableFromIPC(stream(sql));
  const lists = table.getChildAt(0);
  check("long lists", [table.numRows, lists.data.length > 1, lists.at(0).length, lists.at(2499).at(29999)], [2500, true, 30000, 29999 % 256]);
}

// ---------------------------------------------------------------------------------------------------------------------
// What does not fit
// ---------------------------------------------------------------------------------------------------------------------

function checkError(name, sql, expected) {
  const { status, stderr } = spawnSync(dump, [sql], { encoding: "utf8" });
  check(name, [status, stderr.trim()], [1, expected]);
}
const CAST_HINT = "CAST the column to VARCHAR or DOUBLE";
checkError("a HUGEINT of 39 digits", "SELECT 170141183460469231731687303715884105727 AS big",
  `Conversion Error: Column "big": 170141183460469231731687303715884105727 has more than the 38 digits of Arrow's Decimal128, in which HUGEINT travels; ${CAST_HINT}`);
checkError("a UHUGEINT of 39 digits, nested", "SELECT [340282366920938463463374607431768211455::UHUGEINT] AS list",
  `Conversion Error: Column "list": 340282366920938463463374607431768211455 has more than the 38 digits of Arrow's Decimal128, in which UHUGEINT travels; ${CAST_HINT}`);
checkError("a long INTERVAL", "SELECT INTERVAL '9223372037 seconds' AS span",
  'Conversion Error: Column "span": an INTERVAL of 9223372037000000 microseconds does not fit in the nanoseconds of Arrow\'s intervals; CAST the column to VARCHAR');

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
