// SPDX-License-Identifier: MIT
//
// workbench.mjs: the parts of the page that need no page: where statements begin and end, and that cells show what the engine
// itself prints (CAST to VARCHAR).
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { run, test } from "./check.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { build } = createRequire(join(root, "js/smew/"))("esbuild");

const folder = mkdtempSync(join(tmpdir(), "smew-workbench-"));
const load = async (name) => {
  const outfile = join(folder, `${name}.mjs`);
  await build({ entryPoints: [join(root, `js/workbench/src/${name}.ts`)], outfile, bundle: true, format: "esm", logLevel: "error" });
  return import(pathToFileURL(outfile));
};
const { isQuery, statementAt, statements } = await load("split");
const { bytes, duration, EXACT, printer } = await load("format");
const { open, parseType, readersOf } = await import(pathToFileURL(join(root, "js/smew/dist/node.js")));

const texts = (script) => statements(script).map(({ sql }) => sql);

test("statements end at semicolons that stand outside of text and comments", () => {
  assert.deepEqual(texts("SELECT 1; SELECT 2"), ["SELECT 1", "SELECT 2"]);
  assert.deepEqual(texts("SELECT 'a;''b', \"c;\"\"d\"; SELECT $$e;f$$; SELECT $x$;$$;$x$"), [
    "SELECT 'a;''b', \"c;\"\"d\"", "SELECT $$e;f$$", "SELECT $x$;$$;$x$",
  ]);
  assert.deepEqual(texts("SELECT E'a\\';b'; SELECT 'c\\'; SELECT 3"), ["SELECT E'a\\';b'", "SELECT 'c\\'", "SELECT 3"]);
  assert.deepEqual(texts("-- one;\nSELECT 1 -- two;\n, 2; /* three; */ ; ;\n/* four"), ["SELECT 1 -- two;\n, 2"]);
  assert.deepEqual(texts("SELECT 'open; SELECT 2"), ["SELECT 'open; SELECT 2"]);
  assert.deepEqual(texts(" \n;; "), []);
  assert.deepEqual(texts("SELECT $1; SELECT a$b"), ["SELECT $1", "SELECT a$b"]);
});

test("the statement at a position", () => {
  const script = "SELECT 1;\n\nSELECT 2;\n";
  assert.equal(statementAt(script, 0).sql, "SELECT 1");
  assert.equal(statementAt(script, 9).sql, "SELECT 1");
  assert.equal(statementAt(script, 11).sql, "SELECT 2");
  assert.equal(statementAt(script, script.length).sql, "SELECT 2");
  assert.equal(statementAt("-- nothing", 3), undefined);
  assert.ok(isQuery("(select 1)") && isQuery("FROM t") && isQuery("with x as (select 1) from x") && !isQuery("INSERT INTO t VALUES (1)"));
});

test("amounts for people", () => {
  assert.deepEqual([0, 999, 1000, 12_345_678, 5e9].map(bytes), ["0 bytes", "999 bytes", "1.0 KB", "12 MB", "5.0 GB"]);
  assert.deepEqual([0.25, 42.4, 1500, 61_000].map(duration), ["0.3 ms", "42 ms", "1.5 s", "1 min 1 s"]);
});

test("cells show what the engine prints", async () => {
  const values = [
    "1::TINYINT", "-5::SMALLINT", "7::INTEGER", "9223372036854775807::BIGINT", "18446744073709551615::UBIGINT",
    "-99999999999999999999999999999999999999::HUGEINT", "0.1::DOUBLE", "1e21::DOUBLE", "1e15::DOUBLE", "1e16::DOUBLE", "1e-5::DOUBLE",
    "0.0001::DOUBLE", "123456789012.5::DOUBLE", "-0.0::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "'nan'::DOUBLE", "100::DOUBLE", "0.1::FLOAT", "16777216::FLOAT", "3.4e38::FLOAT",
    "1e-7::FLOAT", "1.50::DECIMAL(9,2)", "-0.05::DECIMAL(4,2)", "12345678901234567890.123::DECIMAL(38,3)", "'text'", "''", "'ünï🦆'", "true", "false",
    "DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '12024-01-01'", "'infinity'::DATE", "TIMESTAMP '2024-02-29 10:11:12.123456'", "TIMESTAMP '1969-12-31 23:59:59.5'",
    "TIMESTAMP '2024-02-29 00:00:00'", "TIMESTAMP_S '2024-02-29 10:11:12'", "TIMESTAMP_MS '2024-02-29 10:11:12.5'", "TIMESTAMP_NS '2024-02-29 10:11:12.123456'",
    "TIME '10:11:12.5'", "TIME '00:00:00'", "INTERVAL '14 months 3 days'", "INTERVAL '-1 day'", "INTERVAL '90 minutes'", "INTERVAL '-90 seconds'", "INTERVAL '0 days'",
    "'a\\xFFb'::BLOB", "'quote'' \"'::BLOB", "uuid '6f9619ff-8b86-d011-b42d-00c04fc964ff'", "'0101'::BIT", "[1, 2, NULL]", "[]::INTEGER[]", "[[1], [2, 3]]", "['a', 'b c']",
    "[1.5, 2.0]", "{'a': 1, 'b': 'x'}", "{'a': {'b': [1]}}", "MAP {'k': 1, 'l': 2}", "[DATE '2024-01-01']", "[true, false]", "array_value(1, 2)", "'b'::ENUM('a', 'b')",
    "[1.25::DECIMAL(9,2)]", "union_value(n := 5)", "[1.0::DOUBLE, 1e300]", "{'t': TIME '10:00:00', 'd': 2.0::DOUBLE, 'n': NULL}",
    "[INTERVAL '1 day 2 hours']", "['', ' a', 'null', 'it''s', 'a\\b', 'x=1']", "{'a b''c': TIMESTAMP '2024-01-01 10:00:00'}", "[{'a': [1]}]", "['a'::BLOB]", "MAP {1.0::DOUBLE: [NULL, 2]}", "TIMESTAMPTZ '2024-02-29 10:11:12+00'", "TIMETZ '10:11:12+02'",
  ];
  const db = await open(":memory:", { timeZone: "UTC" });
  for (const value of values) {
    const [shown, printed] = readersOf(await db.query(`SELECT ${value} AS v, CAST(v AS VARCHAR) AS printed`), EXACT);
    assert.equal(printer(parseType(shown.type))(shown.at(0)), printed.at(0), value);
  }
  await db.close();
});

await run();
rmSync(folder, { recursive: true });
