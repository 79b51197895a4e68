// SPDX-License-Identifier: MIT
//
// package.mjs DIST: the package `smew` in Node: every call of the public API, values in and out, order and concurrency,
// files, locks, and a process that is killed.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { rejection, run, test } from "./check.mjs";

const dist = pathToFileURL(process.argv[2]).href;
const { open, rowsOf, columnsOf, parseType, readersOf, SmewError } = await import(`${dist}/node.js`);
const folder = mkdtempSync(join(tmpdir(), "smew-js-"));
const LONG = "SELECT count(*) AS n FROM range(100000) a(i), range(100000) b(j) WHERE (i * j) % 7 = 3";

async function withMemory(work) {
  const db = await open(":memory:");
  try {
    await work(db);
  } finally {
    await db.close();
  }
}

async function one(db, sql, parameters, options) {
  const [row] = await db.rows(sql, parameters, options);
  return Object.values(row)[0];
}

test("importing touches no global", async () => {
  const before = Object.getOwnPropertyNames(globalThis).join();
  await import(`${dist}/index.js?fresh`);
  assert.equal(Object.getOwnPropertyNames(globalThis).join(), before);
});

test("query, rows, arrow, exec", () =>
  withMemory(async (db) => {
    assert.deepEqual(await db.exec("CREATE TABLE t(i INTEGER, s VARCHAR)").then((r) => r.changes), 0);
    assert.equal((await db.exec("INSERT INTO t SELECT i, 's' || i FROM range(5000) r(i)")).changes, 5000);
    const table = await db.query("SELECT * FROM t ORDER BY i");
    assert.equal(table.numRows, 5000);
    assert.deepEqual(columnsOf(table), [{ name: "i", type: "INTEGER" }, { name: "s", type: "VARCHAR" }]);
    assert.deepEqual(rowsOf(table)[4999], { i: 4999, s: "s4999" });
    assert.ok((await db.arrow("FROM t")).length > 5000 * 4);
    assert.deepEqual(await db.rows("SELECT 1 AS a WHERE false"), []);
    assert.equal((await db.query("SELECT 1 AS a, 'x' AS b WHERE false")).numCols, 2);
    assert.equal((await db.query("CREATE TABLE u(i INTEGER)")).numRows, 0);
  }));

test("a script: the last statement's rows, the changes of all", () =>
  withMemory(async (db) => {
    assert.deepEqual(await db.rows("CREATE TABLE t(i INT); INSERT INTO t VALUES (1), (2); SELECT 9; FROM t; -- end"), [{ i: 1 }, { i: 2 }]);
    assert.equal((await db.exec("INSERT INTO t VALUES (3); DELETE FROM t WHERE i < 3")).changes, 3);
    const error = await rejection(db.exec("INSERT INTO t VALUES (4); SELECT nope; INSERT INTO t VALUES (5)"));
    assert.equal(error.code, "BINDER");
    assert.equal(await one(db, "SELECT count(*) FROM t"), 2);
    assert.deepEqual(await db.rows(""), []);
  }));

test("values out", () =>
  withMemory(async (db) => {
    const [row] = await db.rows(`SELECT true AS b, 1::TINYINT AS t, -2::SMALLINT AS s, 3 AS i, 4::BIGINT AS l, 5::HUGEINT AS h,
      1.5::FLOAT AS f, 2.25::DOUBLE AS d, 12.345::DECIMAL(10,3) AS dec, 'Ünï 🦆' AS text, '\\xAA\\x00'::BLOB AS bytes,
      DATE '2024-02-29' AS date, TIMESTAMP '2024-02-29 12:34:56.789' AS stamp, INTERVAL '1 month 2 days 3 seconds' AS span,
      [1, NULL, 3] AS list, {'a': 1, 'b': {'c': ['x']}} AS struct, MAP {'k': 1, 'm': 2} AS map, NULL AS nothing,
      '6d3d2541-00b2-4c19-bb21-6f2e1ae0a0f5'::UUID AS uuid, 'NaN'::DOUBLE AS nan, TIME '01:02:03' AS time`);
    assert.equal(row.b, true);
    assert.deepEqual([row.t, row.s, row.i, row.l, row.h], [1, -2, 3, 4, 5]);
    assert.deepEqual([row.f, row.d, row.dec], [1.5, 2.25, 12.345]);
    assert.equal(row.text, "Ünï 🦆");
    assert.deepEqual([...row.bytes], [0xaa, 0]);
    assert.equal(row.date.toISOString(), "2024-02-29T00:00:00.000Z");
    assert.equal(row.stamp.toISOString(), "2024-02-29T12:34:56.789Z");
    assert.deepEqual(row.span, { months: 1, days: 2, micros: 3_000_000 });
    assert.deepEqual(row.list, [1, null, 3]);
    assert.deepEqual(row.struct, { a: 1, b: { c: ["x"] } });
    assert.deepEqual(row.map, new Map([["k", 1], ["m", 2]]));
    assert.equal(row.nothing, null);
    assert.equal(row.uuid, "6d3d2541-00b2-4c19-bb21-6f2e1ae0a0f5");
    assert.ok(Number.isNaN(row.nan));
    assert.equal(row.time, "01:02:03");
    assert.deepEqual(await one(db, "SELECT ROW(1, [ROW('x', TIMESTAMPTZ '2024-01-01')])"), { 1: 1, 2: [{ 1: "x", 2: new Date("2024-01-01") }] });
  }));

test("values out, as asked", () =>
  withMemory(async (db) => {
    const big = "SELECT 9007199254740993 AS n, 170141183460469231731687303715884105727::HUGEINT % 100000000000000000000000000000 AS h";
    const error = await rejection(db.rows(big));
    assert.equal(error.code, "OUT_OF_RANGE");
    assert.match(error.message, /"n".*integers: "bigint"/);
    const [row] = await db.rows(big, [], { integers: "bigint" });
    assert.equal(row.n, 9007199254740993n);
    assert.equal(row.h, 170141183460469231731687303715884105727n % 100000000000000000000000000000n);
    const texts = await db.rows("SELECT 1.10::DECIMAL(18,2) AS d, -0.05::DECIMAL(4,2) AS m, DATE '0001-01-01' AS day, TIMESTAMP '1969-12-31 23:59:59.5' AS t, 'infinity'::TIMESTAMP AS inf", [], { decimals: "string", dates: "string" });
    assert.deepEqual(texts[0], { d: "1.10", m: "-0.05", day: "0001-01-01", t: "1969-12-31 23:59:59.5", inf: "infinity" });
    assert.equal(await one(db, "SELECT 9007199254740991"), 9007199254740991);
    const asSql = [
      "TIMESTAMP_NS '1969-12-31 23:59:59.999999999'", "TIMESTAMP_S '2024-02-29 01:02:03'", "TIMESTAMP_MS '0001-01-01 00:00:00.5'",
      "TIMESTAMP '290309-12-22 (BC) 00:00:00'", "TIMESTAMP '294247-01-10 04:00:54.775806'", "'-infinity'::TIMESTAMP", "NULL::TIMESTAMP",
      "DATE '5877642-06-25 (BC)'", "DATE '5881580-07-10'", "DATE '0044-03-15 (BC)'", "'infinity'::DATE", "TIME '23:59:59.000001'",
    ];
    for (const sql of asSql) {
      const [{ v, text }] = await db.rows(`SELECT ${sql} AS v, v::VARCHAR AS text`, [], { dates: "string" });
      assert.equal(v, text, sql);
    }
  }));

test("parameters", () =>
  withMemory(async (db) => {
    const echo = (value) => one(db, "SELECT ? AS v", [value]);
    for (const value of [null, true, false, 0, -1, 2147483648, 1.5, "", "q'uo\"te", "🦆", 2 ** 53 - 1]) {
      assert.deepEqual(await echo(value), value);
    }
    assert.equal(await one(db, "SELECT ? AS v", [12345678901234567890123n], { integers: "bigint" }), 12345678901234567890123n);
    assert.equal(await one(db, "SELECT ? AS v", [-(2n ** 63n)], { integers: "bigint" }), -(2n ** 63n));
    assert.deepEqual(await echo(new Date("2024-02-29T01:02:03.004Z")), new Date("2024-02-29T01:02:03.004Z"));
    assert.deepEqual([...(await echo(new Uint8Array([0, 1, 255])))], [0, 1, 255]);
    assert.deepEqual(await echo([1, 2, null]), [1, 2, null]);
    assert.deepEqual(await echo([1, 2.5]), [1, 2.5]);
    assert.deepEqual(await echo(["a, b", "it's", "[x]", "", "\\"]), ["a, b", "it's", "[x]", "", "\\"]);
    assert.deepEqual(await echo([[1], [2, 3]]), [[1], [2, 3]]);
    assert.deepEqual(await echo({ a: 1, "b c": "x'y" }), { a: 1, "b c": "x'y" });
    assert.deepEqual(await echo(new Map([["k", 1]])), new Map([["k", 1]]));
    assert.deepEqual(await echo({ months: 1, days: 2, micros: 3 }), { months: 1, days: 2, micros: 3 });
    assert.deepEqual(await echo([{ months: -1, days: 2, micros: 3 }]), [{ months: -1, days: 2, micros: 3 }]);
    // What has no type of its own takes that of its neighbours.
    const mixed = [[], [1], [null], [2.5]];
    assert.deepEqual(await echo(mixed), mixed);
    const objects = [{ a: null, b: [] }, { b: ["x"], a: 1 }];
    assert.deepEqual(await echo(objects), objects);
    const refused = [[1, "a"], [{ a: 1 }, { b: 1 }], new Set([1]), {}, { months: 1, days: 0, micros: 0.5 }, new Date(NaN), 2n ** 127n, Symbol("x")];
    for (const value of refused) assert.match((await rejection(echo(value))).code, /^(INVALID_INPUT|OUT_OF_RANGE)$/);
    assert.match((await rejection(echo(new Set()))).message, /a Set is no SQL value/);
    for (const [sql, parameters] of [[undefined], [7], ["SELECT ?", 5], ["SELECT ?", "x"], ["SELECT 1; SELECT ?", [1]]]) {
      assert.equal((await rejection(db.rows(sql, parameters))).code, "INVALID_INPUT");
    }
    assert.equal(await one(db, "SELECT typeof(?) AS t", [1]), "INTEGER");
    assert.equal(await one(db, "SELECT $b - $a AS d", { a: 1, b: 3 }), 2);
    assert.equal(await one(db, "SELECT $2 || $1 AS d", ["x", "y"]), "yx");
    assert.equal((await rejection(db.query("SELECT ?, ?", [1]))).code, "INVALID_INPUT");
    assert.equal((await rejection(db.query("SELECT $a", { b: 1 }))).code, "INVALID_INPUT");
    assert.equal((await rejection(db.query("SELECT ?", [() => 1]))).code, "INVALID_INPUT");
    assert.equal((await rejection(db.query("SELECT ?", [[1, "x"]]))).code, "INVALID_INPUT");
  }));

test("errors say where", () =>
  withMemory(async (db) => {
    const error = await rejection(db.query("SELECT '🦆', prise\nFROM (SELECT 1 AS price)"));
    assert.ok(error instanceof SmewError);
    assert.equal(error.code, "BINDER");
    assert.equal(error.kind, "Binder Error");
    assert.match(error.message, /^Binder Error: Referenced column "prise" not found in FROM clause!/);
    assert.equal(error.sql.slice(error.position, error.position + 5), "prise");
    assert.deepEqual([error.line, error.committed, error.retryable], [1, false, false]);
    await db.exec("CREATE TABLE t(i INTEGER PRIMARY KEY)");
    assert.equal((await rejection(db.exec("INSERT INTO t VALUES (1), (1)"))).code, "CONSTRAINT");
    assert.equal((await rejection(db.exec("SELECT 'x'::INTEGER"))).code, "CONVERSION");
    const asked = async () => void (await db.rows("SELECT nope"));
    assert.match((await rejection(asked())).stack, /at async asked /); // where the program asked, not where the message came
    assert.equal((await rejection(db.query("FROM 'no such file.csv'"))).code, "NOT_FOUND");
  }));

test("prepared statements", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t(i INTEGER, s VARCHAR)");
    const insert = await db.prepare("INSERT INTO t VALUES ($i, $s)");
    assert.deepEqual(insert.parameters, ["i", "s"]);
    for (let i = 0; i < 50; i++) assert.equal((await insert.exec({ i, s: `s${i}` })).changes, 1);
    await insert.close();
    assert.equal((await rejection(insert.exec({ i: 1, s: "" }))).code, "CLOSED");
    const find = await db.prepare("SELECT s FROM t WHERE i = ?");
    assert.deepEqual(await find.rows([7]), [{ s: "s7" }]);
    await find.close();
    assert.equal((await rejection(db.prepare("SELECT 1; SELECT 2"))).code, "INVALID_INPUT");
    assert.equal((await rejection(db.prepare("SELEC"))).code, "PARSER");
  }));

test("streams: batches, early leaving, two at once", () =>
  withMemory(async (db) => {
    let rows = 0;
    let sum = 0;
    for await (const batch of db.stream("SELECT i FROM range(300000) r(i)")) {
      rows += batch.numRows;
      for (const { i } of rowsOf(batch)) sum += i;
    }
    assert.deepEqual([rows, sum], [300000, (299999 * 300000) / 2]);
    for await (const batch of db.stream("SELECT i FROM range(100000000000) r(i)")) {
      assert.ok(batch.numRows > 0);
      break;
    }
    await db.exec("CREATE TABLE t AS SELECT i FROM range(200000) r(i)");
    let seen = 0;
    let isFirst = true;
    for await (const batch of db.stream("SELECT i FROM t")) {
      if (isFirst) await (await db.connect()).exec("DELETE FROM t");
      isFirst = false;
      seen += batch.numRows;
    }
    assert.equal(seen, 200000);
    await rejection((async () => { for await (const _ of db.stream("SELECT nope")); })());
  }));

test("the short one answers while the long one runs; abort", () =>
  withMemory(async (db) => {
    const controller = new AbortController();
    let isDone = false;
    const progress = [];
    const long = db.query(LONG, [], { signal: controller.signal, onProgress: (p) => progress.push(p) }).finally(() => (isDone = true));
    long.catch(() => {});
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      assert.equal(await one(db, "SELECT 40 + ? AS n", [i]), 40 + i);
      assert.ok(performance.now() - start < 1000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(isDone, false);
    assert.ok(progress.length > 0);
    const start = performance.now();
    controller.abort(new Error("enough"));
    assert.equal((await rejection(long)).message, "enough");
    assert.ok(performance.now() - start < 1000);
    assert.equal((await rejection(db.query("SELECT 1", [], { signal: AbortSignal.abort("no") }))), "no");
    assert.equal((await rejection(db.query(LONG, [], { signal: AbortSignal.timeout(50) }))).name, "TimeoutError");
    assert.equal(await one(db, "SELECT 1"), 1);
  }));

test("an aborted write leaves nothing", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t(i BIGINT)");
    const signal = AbortSignal.timeout(100);
    await rejection(db.exec("INSERT INTO t SELECT i FROM range(100000000) r(i)", [], { signal }));
    assert.equal(await one(db, "SELECT count(*) FROM t"), 0);
    await db.exec("INSERT INTO t VALUES (1)");
    assert.equal(await one(db, "SELECT count(*) FROM t"), 1);
  }));

test("statements of a session keep their order", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t(i INTEGER)");
    const calls = [];
    for (let i = 0; i < 30; i++) {
      calls.push(db.exec("INSERT INTO t VALUES (?)", [i]));
      calls.push(one(db, "SELECT count(*) FROM t").then((n) => assert.equal(n, i + 1)));
    }
    await Promise.all(calls);
  }));

test("transactions", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t(i INTEGER)");
    const outside = [];
    assert.equal(
      await db.transaction(async (tx) => {
        outside.push(one(db, "SELECT count(*) FROM t")); // waits for the end
        await tx.exec("INSERT INTO t VALUES (1)");
        await Promise.all([tx.exec("INSERT INTO t VALUES (2)"), tx.exec("INSERT INTO t VALUES (3)")]);
        return (await tx.rows("FROM t")).length;
      }), 3);
    assert.deepEqual(await Promise.all(outside), [3]);
    let kept;
    const error = await rejection(db.transaction(async (tx) => {
      kept = tx;
      await tx.exec("DELETE FROM t");
      throw new Error("no");
    }));
    assert.equal(error.message, "no");
    assert.equal(await one(db, "SELECT count(*) FROM t"), 3);
    assert.equal((await rejection(kept.query("SELECT 1"))).code, "TRANSACTION");
    await Promise.all([1, 2, 3, 4].map((n) => db.transaction((tx) => tx.exec("INSERT INTO t VALUES (?)", [n]))));
    assert.equal(await one(db, "SELECT count(*) FROM t"), 7);
    await db.exec("CREATE TABLE k(i INTEGER PRIMARY KEY)");
    // An error that ends the transaction cannot be caught within; one of binding can.
    const aborted = await rejection(db.transaction(async (tx) => {
      await tx.exec("INSERT INTO k VALUES (1)");
      assert.equal((await rejection(tx.exec("INSERT INTO k VALUES (2), (2)"))).code, "CONSTRAINT");
    }));
    assert.deepEqual([aborted.code, await one(db, "SELECT count(*) FROM k")], ["TRANSACTION", 0]);
    await db.transaction(async (tx) => {
      await tx.exec("INSERT INTO k VALUES (1)");
      assert.equal((await rejection(tx.exec("INSERT INTO nowhere VALUES (2)"))).code, "CATALOG");
    });
    assert.equal(await one(db, "SELECT count(*) FROM k"), 1);
  }));

test("a transaction that waits for itself is told", async () => {
  const db = await open(":memory:", { transactionIdleTimeout: 200 });
  const error = await rejection(db.transaction(async (tx) => {
    await tx.exec("CREATE TABLE t(i INTEGER)");
    await db.query("SELECT 1");
  }));
  assert.equal(error.code, "TRANSACTION");
  assert.deepEqual(await db.tables(), []);
  await db.exec("CREATE TABLE t(i BIGINT)");
  const copyWith = async (reader, writer) => {
    for await (const batch of reader.stream("FROM range(2000000)")) await writer.exec("INSERT INTO t VALUES (?)", [batch.numRows]);
  };
  for (const stuck of [copyWith(db, db), db.transaction((tx) => copyWith(tx, tx))]) {
    const told = await rejection(stuck);
    assert.equal(told.code, "TRANSACTION");
    assert.match(told.message, /waits for a stream/);
  }
  await copyWith(db, await db.connect());
  assert.equal(await one(db, "SELECT sum(i)::INTEGER FROM t"), 2000000);
  await db.close();
});

test("sessions: conflicts, temporary tables, closing", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t AS SELECT 1 AS i; CREATE TEMP TABLE mine AS SELECT 1 AS i");
    const other = await db.connect();
    assert.equal((await rejection(other.query("FROM mine"))).code, "CATALOG");
    const error = await rejection(db.transaction(async (tx) => {
      await tx.query("FROM t");
      await other.exec("UPDATE t SET i = 2");
      await tx.exec("UPDATE t SET i = 3");
    }));
    assert.deepEqual([error.code, error.retryable], ["CONFLICT", true]);
    assert.equal(await one(db, "SELECT i FROM t"), 2);
    await other.close();
    assert.equal((await rejection(other.query("SELECT 1"))).code, "CLOSED");
    assert.equal(await one(db, "SELECT 1"), 1);
  }));

test("misuse is told at the call, and harms nothing", () =>
  withMemory(async (db) => {
    const circle = {};
    circle.self = circle;
    const wrong = [
      [() => db.rows("SELECT 1", [], "x"), /options are an object, not a string/],
      [() => db.rows("SELECT 1", [], { signal: new AbortController() }), /signal is no AbortSignal/],
      [() => db.rows("SELECT 1", [], { integers: "big" }), /integers is "number" or "bigint", not "big"/],
      [() => db.rows("SELECT 1", [], { onProgress: 1 }), /onProgress is no function/],
      [() => db.rows("SELECT ?", [circle]), /more than 100 levels, or contains itself/],
      [() => db.rows("SELECT ?", [1, 2]), /the statement has 1 parameter, and 2 values given/],
      [() => db.transaction("x"), /is given a function/],
      [() => db.importFile("", new Blob(["a\n1\n"])), /a table is named by text/],
      [() => db.columns(), /a table is named by text/],
      [() => db.files.register("", new Blob(["a"])), /by a name/],
      [() => open(":memory:", { lockTimeout: "x" }), /lockTimeout is a number from 0 on, not "x"/],
      [() => open(":memory:", { memoryLimit: NaN }), /memoryLimit is a number from 0 on/],
    ];
    for (const [call, text] of wrong) {
      const error = await rejection(call());
      assert.equal(error.code, "INVALID_INPUT");
      assert.match(error.message, text);
    }
    assert.match((await rejection(open(":memory:", { assets: { wasm: "/nowhere.wasm" } }))).message, /assets.wasm, ".*nowhere.wasm", is no module/);
    const thrown = new Error("mine");
    assert.equal(await rejection(db.rows(LONG, [], { onProgress: () => { throw thrown; } })), thrown);
    const session = await db.connect();
    await session.close();
    await session.close();
    assert.equal(await one(db, "SELECT 1"), 1);
  }));

test("a signal ends any call", () =>
  withMemory(async (db) => {
    const reason = new Error("enough");
    const aborted = { signal: AbortSignal.abort(reason) };
    const csv = new Blob(["a\n1\n"]);
    for (const call of [
      () => db.query("SELECT 1", [], aborted), () => db.exec("CREATE TABLE t(i INT)", [], aborted), () => db.prepare("SELECT 1", aborted),
      () => db.transaction(() => {}, aborted), () => db.importFile("t", csv, aborted), () => db.files.register("a.csv", csv, aborted),
      () => db.checkpoint(aborted), () => db.tables(aborted), () => db.columns("t", aborted), () => open(":memory:", aborted),
      () => db.stream("SELECT 1", [], aborted).next(),
    ]) assert.equal(await rejection(call()), reason);
    assert.deepEqual(await db.tables(), []);
    assert.deepEqual(await db.files.list(), []);
    // Waiting for the session; then at work in it.
    await db.exec("CREATE TABLE t(i INT)");
    let leave;
    const first = db.transaction(() => new Promise((resolve) => (leave = resolve)));
    while (!leave) await new Promise((resolve) => setTimeout(resolve, 1));
    const abort = new AbortController();
    const second = rejection(db.transaction((tx) => tx.exec("INSERT INTO t VALUES (1)"), abort));
    abort.abort(reason);
    assert.equal(await second, reason);
    leave();
    await first;
    const later = new AbortController();
    const third = rejection(db.transaction(async (tx) => {
      await tx.exec("INSERT INTO t VALUES (2)");
      setTimeout(() => later.abort(reason), 20);
      await tx.query(LONG);
    }, later));
    assert.equal(await third, reason);
    assert.equal(await one(db, "SELECT count(*) FROM t"), 0);
  }));

test("files: register, import, export", () =>
  withMemory(async (db) => {
    await db.files.register("a.csv", new Blob(["x,y\n1,a\n2,b\n"]));
    await db.files.register("b.csv", new TextEncoder().encode("x,y\n3,c\n"));
    assert.deepEqual(await db.rows("FROM 'a.csv'"), [{ x: 1, y: "a" }, { x: 2, y: "b" }]);
    assert.equal(await one(db, "SELECT sum(x) FROM read_csv(['a.csv', 'b.csv'])"), 6);
    assert.deepEqual(await db.importFile("t", new Blob(["k;v\n1;2,5\n"]), { options: { delim: ";" } }), { rows: 1 });
    assert.deepEqual(await db.importFile("t", new Blob(["k;v\n9;3,5\n"]), { mode: "append", options: { delim: ";" } }), { rows: 1 });
    assert.equal((await rejection(db.importFile("t", new Blob(["k\n1\n"])))).code, "CATALOG");
    await db.importFile("typed", new Blob(["a,b\n1,x\n"]), { options: { types: { a: "VARCHAR" }, nullstr: ["x", "y"] } });
    assert.deepEqual(await db.rows("FROM typed"), [{ a: "1", b: null }]);
    await db.importFile("t", new Blob(["k\n7\n"]), { mode: "replace" });
    assert.deepEqual(await db.rows("FROM t"), [{ k: 7 }]);
    const out = join(folder, "out.csv");
    assert.equal((await db.exec(`COPY (SELECT i, 's' || i AS s FROM range(3) r(i)) TO '${out}'`)).changes, 3);
    assert.equal(readFileSync(out, "utf8"), "i,s\n0,s0\n1,s1\n2,s2\n");
    assert.equal(await one(db, `SELECT max(s) FROM '${out}'`), "s2");
    for (const source of [out, pathToFileURL(out), "data:text/csv,a%0A1%0A2%0A3"]) {
      assert.deepEqual(await db.importFile("u", source, { mode: "replace" }), { rows: 3 });
    }
    assert.equal((await rejection(db.files.register("c.csv", out))).code, "INVALID_INPUT");
    const web = await rejection(db.rows("FROM 'https://localhost/a.csv'"));
    assert.equal(web.code, "NOT_IMPLEMENTED");
    assert.match(web.message, /does not fetch from the web yet; db.files.register/);
    await db.files.register("https://localhost/a.csv", new Blob(["x\n1\n"])); // any name is one
    assert.deepEqual(await db.rows("FROM 'https://localhost/a.csv'"), [{ x: 1 }]);
    await db.files.drop("https://localhost/a.csv");
    assert.equal((await rejection(db.importFile("u", out, { mode: "upsert" }))).code, "INVALID_INPUT");
    assert.equal((await rejection(db.importFile("u", undefined))).code, "INVALID_INPUT");
    const western = new Uint8Array([0x61, 0x0a, 0xfc]); // "a\nü"
    assert.equal((await rejection(db.importFile("w", western, { encoding: "utf-99" }))).code, "INVALID_INPUT");
    assert.match((await rejection(db.importFile("w", new File([western], "west.csv")))).message, /not utf-8 encoded[^]* = west.csv/);
    assert.deepEqual(await db.importFile("w", western, { encoding: "windows-1252" }), { rows: 1 });
    assert.equal(await one(db, "SELECT a FROM w"), "ü");
    const others = [new Uint8Array([0xff, 0xfe, 0x61, 0]), new File(["[]"], "a.json"), new Blob(["PAR1...."]), new TextEncoder().encode("SQLite format 3\0...."), "data.parquet"];
    for (const other of others) assert.equal((await rejection(db.importFile("v", other))).code, "UNSUPPORTED");
    assert.deepEqual(await db.importFile("v", new File(["a\n1"], "a.json"), { format: "csv" }), { rows: 1 });
    assert.equal(await (await db.files.blob("b.csv")).text(), "x,y\n3,c\n");
    assert.deepEqual((await db.files.list()).map((file) => file.name), ["a.csv", "b.csv"]);
    assert.equal(await db.files.drop("a.csv"), true);
    assert.equal(await db.files.drop("a.csv"), false);
    const ragged = new Blob([`a,b\n${"1,2\n".repeat(30000)}3,x\n`]);
    const error = await rejection(db.importFile("bad", ragged, { options: { sample_size: 10 } }));
    assert.equal(error.code, "CONVERSION");
    assert.match(error.message, /line.*30002|30002/is);
    assert.equal((await db.tables()).some((table) => table.name === "bad"), false);
  }));

test("tables and columns", () =>
  withMemory(async (db) => {
    await db.exec("CREATE TABLE t(id INTEGER PRIMARY KEY, v DECIMAL(10,2) DEFAULT 1.5); INSERT INTO t(id) VALUES (1), (2); CREATE VIEW w AS FROM t");
    assert.deepEqual(await db.tables(), [
      { schema: "main", name: "t", kind: "table", rows: 2 },
      { schema: "main", name: "w", kind: "view", rows: undefined },
    ]);
    const columns = await db.columns("t");
    assert.deepEqual(columns.map(({ name, type, nullable, primaryKey }) => ({ name, type, nullable, primaryKey })), [
      { name: "id", type: "INTEGER", nullable: false, primaryKey: true },
      { name: "v", type: "DECIMAL(10,2)", nullable: true, primaryKey: false },
    ]);
    assert.match(columns[1].default, /1\.5/);
  }));

test("a file keeps everything; the same path is one engine; a second process is locked out", async () => {
  const path = join(folder, "keep.smew");
  const db = await open(path);
  await db.exec("CREATE TABLE t AS SELECT i FROM range(100000) r(i)");
  const again = await open(path);
  assert.equal(await one(again, "SELECT count(*) FROM t"), 100000);
  const child = spawnCode(`const { open } = await import(${JSON.stringify(`${dist}/node.js`)});
    try { await open(${JSON.stringify(path)}); console.log("open"); } catch (error) { console.log(error.code, error.retryable); }`);
  assert.equal((await child.output).trim(), "LOCKED true");
  await db.close();
  assert.equal((await rejection(db.query("SELECT 1"))).code, "CLOSED");
  assert.equal(await one(again, "SELECT count(*) FROM t"), 100000);
  await again.close();
  const third = await open(path);
  assert.equal(await one(third, "SELECT sum(i) FROM t"), 4999950000);
  const storage = await third.storage();
  assert.equal(storage.kind, "file");
  assert.ok(storage.fileBytes > 4096 && storage.engineBytes > 0);
  await third.checkpoint();
  await third.destroy();
  assert.equal(existsSync(path), false);
  assert.equal(existsSync(`${path}.lock`), false);
  assert.equal((await rejection(open(path, { mustExist: true }))).code, "NOT_FOUND");
  assert.equal(existsSync(`${path}.lock`), false);
});

function spawnCode(code) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (data) => (text += data));
  const output = new Promise((resolve) => child.on("close", () => resolve(text)));
  return { child, output, text: () => text };
}

test("the native shell and Node keep each other out", async () => {
  const shell = resolve("build/native/smew");
  if (!existsSync(shell)) return console.log("skipped: there is no build/native/smew");
  const path = join(folder, "both.smew");
  const db = await open(path);
  await db.exec("CREATE TABLE t AS SELECT 1 AS i");
  const refused = spawnSync(shell, ["-csv", path, "SELECT 1"], { encoding: "utf8" });
  assert.match(refused.stderr + refused.stdout, /Could not set lock on file .* is held in Node \(PID \d+\)/);
  await db.close();
  const native = spawn(shell, [path], { stdio: ["pipe", "pipe", "inherit"] });
  native.stdin.write("SELECT i FROM t;\n");
  await new Promise((resolve) => native.stdout.once("data", resolve));
  assert.equal((await rejection(open(path))).code, "LOCKED");
  native.stdin.end();
  await new Promise((resolve) => native.once("close", resolve));
  await (await open(path)).close();
});

test("a process killed in the middle of commits loses nothing that it acknowledged", async () => {
  const path = join(folder, "killed.smew");
  for (let round = 0; round < 5; round++) {
    const { child, output } = spawnCode(`const { open } = await import(${JSON.stringify(`${dist}/node.js`)});
      const db = await open(${JSON.stringify(path)});
      await db.exec("CREATE TABLE IF NOT EXISTS t(i INTEGER)");
      const [{ n }] = await db.rows("SELECT count(*) AS n FROM t");
      for (let i = n; ; i++) { await db.exec("INSERT INTO t VALUES (?)", [i]); console.log(i); if (i % 20 === 0) await db.checkpoint(); }`);
    child.stdout.on("data", (data) => {
      if (String(data).includes(`${17 * (round + 1)}\n`)) child.kill("SIGKILL");
    });
    const lines = (await output).trim().split("\n");
    const last = Number(lines.at(-1));
    assert.ok(lines.length > 1, "it wrote nothing");
    const db = await open(path);
    const [{ n, high }] = await db.rows("SELECT count(*) AS n, max(i) AS high FROM t");
    assert.ok(high >= last, `acknowledged ${last}, found ${high}`);
    assert.equal(n, high + 1);
    await db.close();
  }
});

test("a file that is no database, and a memory limit", async () => {
  const path = join(folder, "text.smew");
  writeFileSync(path, "this is no database, and long enough to be read as one\n".repeat(200));
  const error = await rejection(open(path));
  assert.equal(error.code, "CORRUPT");
  const db = await open(":memory:", { memoryLimit: "20MB" });
  assert.equal((await rejection(db.exec("CREATE TABLE t AS SELECT i, random() AS r FROM range(10000000) t(i)"))).code, "OUT_OF_MEMORY");
  assert.equal(await one(db, "SELECT 1"), 1);
  await db.close();
  await rejection(open(":memory:", { memoryLimit: "much" }));
});

test("a stream brings its columns, rows or not, and says what the statement did", () =>
  withMemory(async (db) => {
    const stream = db.stream("SELECT 1 AS a, 'x' AS a WHERE false");
    const first = await stream.next();
    assert.equal(first.value.numRows, 0);
    assert.deepEqual(columnsOf(first.value).map(({ type }) => type), ["INTEGER", "VARCHAR"]);
    assert.equal((await stream.next()).done, true);
    const insert = db.stream("CREATE TABLE t AS SELECT * FROM range(7)");
    const { done, value } = await insert.next();
    assert.ok(done && value.changes === 7 && value.millis >= 0);
  }));

test("columns of one name, by readers; types as trees", () =>
  withMemory(async (db) => {
    const table = await db.query("SELECT 1 AS a, 2.50 AS a, NULL AS b");
    const readers = readersOf(table, { decimals: "string" });
    assert.deepEqual(readers.map(({ name, type }) => [name, type]), [["a", "INTEGER"], ["a", "DECIMAL(3,2)"], ["b", "INTEGER"]]);
    assert.deepEqual(readers.map((reader) => reader.at(0)), [1, "2.50", null]);
    const { name, children } = parseType('STRUCT("a b" INTEGER[], m MAP(VARCHAR, DECIMAL(9,2)))');
    assert.equal(name, "STRUCT");
    assert.deepEqual(children.map((child) => [child.name, child.type.name]), [["a b", "LIST"], ["m", "MAP"]]);
    assert.deepEqual(children[1].type.children.map((child) => child.type.name), ["VARCHAR", "DECIMAL(9,2)"]);
  }));

test("opening what is no database, and by a URL", async () => {
  for (const path of [undefined, null, 7, "opfs:/x.smew", "https://example.org/x.smew"]) {
    assert.equal((await rejection(open(path))).code, "INVALID_INPUT");
  }
  const db = await open(pathToFileURL(join(folder, "url.smew")), { timeZone: "Europe/Berlin" });
  assert.equal(await one(db, "SELECT current_setting('TimeZone')"), "Europe/Berlin");
  await db.destroy();
  assert.equal((await rejection(db.query("SELECT 1"))).message, "Connection Error: the database is closed");
});

test("a time zone that is none", async () => {
  assert.equal((await rejection(open(":memory:", { timeZone: "Mars/Olympus" }))).code, "NOT_IMPLEMENTED");
});

await run({ filter: process.argv[3] });
rmSync(folder, { recursive: true, force: true });
