// SPDX-License-Identifier: MIT
//
// package.mjs: the package in Chromium: data that stays through reloads, tabs, closed and killed browsers, answers beside
// DuckDB's (as numbers in the text below, made by DuckDB 1.5 over the same files), order, cancel, quota.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { test } from "../js/check.mjs";

const LONG = "SELECT count(*) AS n FROM range(1000000) a(i), range(1000000) b(j) WHERE (i * j) % 7 = 3";

/** Registers the tests; `world` has browser, url and the folder of vega-datasets under /data/. */
export function packageTests(world) {
  const openPage = async () => {
    const page = await world.browser.page(`${world.url}/page.html`);
    await ready(page);
    return page;
  };
  // Not by waitForFunction: the page's policy forbids eval.
  const ready = async (page) => {
    while (!(await page.evaluate(() => window.ready))) await page.waitForTimeout(20);
  };
  const open = (page, path, options = {}) =>
    page.evaluate(async ([path, options]) => {
      try {
        window.db = await window.smew.open(path, options);
        return "open";
      } catch (error) {
        return `${error.code}: ${error.message}`;
      }
    }, [path, options]);
  const rows = (page, sql, parameters) =>
    page.evaluate(([sql, parameters]) => window.db.rows(sql, parameters, { dates: "string" }), [sql, parameters]);
  const one = async (page, sql, parameters) => Object.values((await rows(page, sql, parameters))[0])[0];
  const exec = (page, sql, parameters) =>
    page.evaluate(([sql, parameters]) => window.db.exec(sql, parameters), [sql, parameters]);

  test("browser: support() tells what there is", async () => {
    const page = await openPage();
    assert.deepEqual(await page.evaluate(() => window.smew.support()), { wasm: true, worker: true, opfs: true, locks: true });
    await page.close();
  });

  test("browser: import real data, ask, reload, ask again", async () => {
    const page = await openPage();
    assert.equal(await open(page, "opfs:/real.smew"), "open");
    for (const name of ["birdstrikes", "airports", "zipcodes"]) {
      const imported = await page.evaluate(async (name) => {
        const file = await (await fetch(`/data/${name}.csv`)).blob();
        return window.db.importFile(name, new File([file], `${name}.csv`), { mode: "replace" });
      }, name);
      assert.equal(imported.rows, world.facts.rows[name]);
    }
    const ask = async () => {
      for (const { sql, rows: expected } of world.facts.questions) assert.deepEqual(await rows(page, sql), expected, sql);
    };
    await ask();
    await page.reload();
    await ready(page);
    assert.equal(await open(page, "opfs:/real.smew"), "open");
    await ask();
    // In the middle of a long one.
    await page.evaluate((sql) => void window.db.query(sql).catch(() => {}), LONG);
    await page.waitForTimeout(300);
    await page.reload();
    await ready(page);
    assert.equal(await open(page, "opfs:/real.smew"), "open");
    await ask();
    await page.evaluate(() => window.db.close());
    await page.close();
  });

  test("browser: a second tab is told, and gets in when the first has closed", async () => {
    const first = await openPage();
    const second = await openPage();
    assert.equal(await open(first, "opfs:/tabs.smew"), "open");
    await exec(first, "CREATE OR REPLACE TABLE t AS SELECT 42 AS i");
    assert.match(await open(second, "opfs://tabs.smew", { lockTimeout: 500 }), /^LOCKED: .*open in another tab or window/);
    const waiting = open(second, "opfs:///tabs.smew");
    await first.close();
    assert.equal(await waiting, "open");
    assert.equal(await one(second, "SELECT i FROM t"), 42);
    await second.close();
  });

  test("browser: two opens of one path in one page share an engine", async () => {
    const page = await openPage();
    const seen = await page.evaluate(async () => {
      const one = await window.smew.open("opfs:/shared.smew");
      await one.exec("CREATE OR REPLACE TABLE t AS SELECT 1 AS i");
      const two = await window.smew.open("opfs:shared.smew");
      await one.close();
      const rows = await two.rows("FROM t");
      await two.destroy();
      const three = await window.smew.open("opfs:/shared.smew", { mustExist: true }).catch((error) => error.code);
      return [rows, three];
    });
    assert.deepEqual(seen, [[{ i: 1 }], "NOT_FOUND"]);
    await page.close();
  });

  test("browser: commits after a CHECKPOINT survive every way of closing", async () => {
    const endings = {
      close: (page) => page.evaluate(() => window.db.close()),
      reload: (page) => page.reload(),
      page: () => {},
      navigate: (page) => page.goto("about:blank"),
    };
    let expected = 0;
    for (const [name, end] of Object.entries(endings)) {
      const page = await openPage();
      assert.equal(await open(page, "opfs:/closing.smew"), "open");
      await exec(page, "CREATE TABLE IF NOT EXISTS t(i INTEGER)");
      assert.equal(await one(page, "SELECT count(*) FROM t"), expected, `before ${name}`);
      await exec(page, "INSERT INTO t SELECT 0 FROM range(1000)");
      await page.evaluate(() => window.db.checkpoint());
      for (let i = 0; i < 10; i++) await exec(page, "INSERT INTO t VALUES (?)", [i]);
      expected += 1010;
      await end(page);
      await page.close();
    }
    const page = await openPage();
    await open(page, "opfs:/closing.smew");
    assert.equal(await one(page, "SELECT count(*) FROM t"), expected);
    await page.close();
  });

  test("browser: a file made here opens in the native shell, and the other way round", async () => {
    const folder = mkdtempSync(join(tmpdir(), "smew-files-"));
    const page = await openPage();
    assert.equal(await open(page, "opfs:/exchange.smew"), "open");
    await exec(page, "CREATE OR REPLACE TABLE t AS SELECT i, 'text ' || i AS s, i * 1.5 AS d, DATE '2024-01-01' + i::INTEGER AS day FROM range(5000) r(i)");
    await page.evaluate(() => window.db.close());
    const text = await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const file = await (await root.getFileHandle("exchange.smew")).getFile();
      const bytes = new Uint8Array(await file.arrayBuffer());
      return Array.from({ length: Math.ceil(bytes.length / 8192) }, (_, i) => String.fromCharCode(...bytes.subarray(i * 8192, i * 8192 + 8192))).join("");
    });
    const path = join(folder, "exchange.smew");
    writeFileSync(path, Buffer.from(text, "latin1"));
    const sums = "SELECT count(*) AS n, sum(length(s)) AS l, sum(d)::DOUBLE AS d, max(day)::VARCHAR AS day FROM t";
    const shell = (sql) => execFileSync(world.shell, ["-csv", path, sql], { encoding: "utf8" });
    assert.equal(shell(sums), "n,l,d,day\n5000,43890,18746250.0,2037-09-08\n");
    shell("DELETE FROM t WHERE i >= 4000; INSERT INTO t VALUES (-1, 'native', 0.5, DATE '2050-01-01')");
    const back = readFileSync(path).toString("latin1");
    await page.evaluate(async (back) => {
      const root = await navigator.storage.getDirectory();
      const writable = await (await root.getFileHandle("back.smew", { create: true })).createWritable();
      await writable.write(Uint8Array.from(back, (char) => char.charCodeAt(0)));
      await writable.close();
    }, back);
    assert.equal(await open(page, "opfs:/back.smew"), "open");
    assert.deepEqual(await rows(page, sums), [{ n: 4001, l: 34896, d: 11997000.5, day: "2050-01-01" }]);
    await page.evaluate(() => window.db.destroy());
    await page.close();
    rmSync(folder, { recursive: true });
  });

  test("browser: the short one answers while the long one runs; cancel", async () => {
    const page = await openPage();
    await open(page, ":memory:");
    const seen = await page.evaluate(async (sql) => {
      const controller = new AbortController();
      const progress = [];
      let isDone = false;
      const long = window.db.query(sql, [], { signal: controller.signal, onProgress: (one) => progress.push(one) }).then(() => (isDone = true), (error) => error.name);
      const times = [];
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        await window.db.query("SELECT 1");
        times.push(performance.now() - start);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      const start = performance.now();
      const before = isDone;
      controller.abort();
      const ended = await long;
      return { before, ended, worst: Math.max(...times), settled: performance.now() - start, progress: progress.length };
    }, LONG);
    assert.equal(seen.before, false);
    assert.equal(seen.ended, "AbortError");
    assert.ok(seen.progress > 0);
    assert.ok(seen.worst < 1000 && seen.settled < 1000, JSON.stringify(seen));
    await page.close();
  });

  test("browser: COPY TO makes a file that can be downloaded; the database file is one too", async () => {
    const page = await openPage();
    await open(page, "opfs:/copy.smew");
    const text = await page.evaluate(async () => {
      await window.db.exec("COPY (SELECT i, 's' || i AS s FROM range(3) r(i)) TO 'out.csv'");
      return (await window.db.files.blob("out.csv")).text();
    });
    assert.equal(text, "i,s\n0,s0\n1,s1\n2,s2\n");
    await exec(page, "COPY (SELECT 7 AS i) TO 'opfs:/kept.csv'");
    assert.equal(await one(page, "SELECT i FROM 'opfs:/kept.csv'"), 7);
    await exec(page, "CREATE TABLE t AS SELECT 1 AS i");
    await page.evaluate(() => window.db.checkpoint());
    const storage = await page.evaluate(() => window.db.storage());
    assert.equal(storage.kind, "opfs");
    assert.ok(storage.quota > 0 && storage.fileBytes > 0, JSON.stringify(storage));
    await page.evaluate(() => window.db.destroy());
    await page.close();
  });

  test("browser: a full quota is an error and loses nothing", async () => {
    const page = await openPage();
    const session = await world.browser.context.newCDPSession(page);
    await open(page, "opfs:/quota.smew");
    await exec(page, "CREATE OR REPLACE TABLE t AS SELECT i, hash(i) AS h FROM range(1000) r(i)");
    await page.evaluate(() => window.db.checkpoint());
    await session.send("Storage.overrideQuotaForOrigin", { origin: world.url, quotaSize: 3_000_000 });
    const code = await page.evaluate(() =>
      window.db.exec("CREATE TABLE big AS SELECT i, hash(i) AS h, hash(i + 1) AS g FROM range(3000000) r(i)").then(() => "no error", (error) => error.code));
    assert.equal(code, "QUOTA");
    assert.equal(await one(page, "SELECT count(*) FROM t"), 1000);
    await session.send("Storage.overrideQuotaForOrigin", { origin: world.url });
    await page.reload();
    await ready(page);
    assert.equal(await open(page, "opfs:/quota.smew"), "open");
    assert.equal(await one(page, "SELECT count(*) FROM t"), 1000);
    await exec(page, "INSERT INTO t VALUES (-1, 0)");
    assert.equal(await one(page, "SELECT count(*) FROM t"), 1001);
    await page.evaluate(() => window.db.destroy());
    await page.close();
  });

  test("browser: the inline entry needs no other file", async () => {
    // Its worker comes from a Blob: the page's policy must allow that, as this server's does.
    const page = await world.browser.page(`${world.open}/page.html`);
    const answer = await page.evaluate(async () => {
      const smew = await import("/smew/inline.js");
      const db = await smew.open(":memory:");
      return (await db.rows("SELECT 1 + 1 AS n"))[0].n;
    });
    assert.equal(answer, 2);
    await page.close();
  });

  test("browser: killed right after an acknowledged INSERT, 20 times: every row is there", async () => {
    let expected = 0;
    for (let round = 0; round < 20; round++) {
      const page = await openPage();
      assert.equal(await open(page, "opfs:/killed.smew"), "open");
      await exec(page, "CREATE TABLE IF NOT EXISTS t(i INTEGER)");
      assert.equal(await one(page, "SELECT count(*) FROM t"), expected, `round ${round}`);
      if (round % 5 === 3) await page.evaluate(() => window.db.checkpoint());
      for (let i = 0; i <= round % 3; i++) {
        await exec(page, "INSERT INTO t VALUES (?)", [expected]);
        expected++;
      }
      await world.browser.kill();
      await world.browser.start();
    }
    const page = await openPage();
    await open(page, "opfs:/killed.smew");
    assert.equal(await one(page, "SELECT count(*) FROM t"), expected);
    assert.equal(await one(page, "SELECT sum(i) FROM t"), (expected * (expected - 1)) / 2);
    await page.close();
  });
}
