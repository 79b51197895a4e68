// SPDX-License-Identifier: MIT
//
// workbench.mjs: the page as a person uses it: by its words, its keys and its mouse. Each test has a database of its own
// (`?db=`), and all of them the server and the policy of `make demo`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { test } from "../js/check.mjs";

const AXE = createRequire(new URL("../../build/js/", import.meta.url)).resolve("axe-core/axe.min.js");
const SHELL = fileURLToPath(new URL("../../build/native/smew", import.meta.url));
const LONG = "SELECT count(*) AS n FROM range(100000000) a(i), range(100000) b(j) WHERE (i * j) % 7 = 3";

let databases = 0;

/** Registers the tests; `world` has browser and site (the page's address). */
export function workbenchTests(world) {
  const databaseUrl = () => `${world.site}?db=opfs:/workbench-${++databases}.smew`;

  // A page with nothing remembered.
  const fresh = async (url = databaseUrl()) => {
    const page = await world.browser.page(`${world.site}examples/index.json`);
    await page.evaluate(() => localStorage.clear());
    await page.goto(url);
    await page.locator(".page").waitFor();
    return page;
  };
  // Opens, works and closes.
  const within = (work) => async () => {
    const page = await fresh();
    await work(page);
    await page.close();
  };

  const write = async (page, sql) => {
    await page.locator(".cm-content").focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(sql);
  };
  const status = (page, text) => page.locator(".status-text", { hasText: text }).waitFor();
  // Runs the statement at the cursor and waits for what its status says.
  const run = async (page, sql, expected) => {
    await write(page, sql);
    await page.keyboard.press("Control+Enter");
    await status(page, expected);
  };
  const cells = (page) =>
    page.evaluate(() =>
      [...document.querySelectorAll(".grid-line")].map((line) =>
        [...line.querySelectorAll(".grid-cell")].map((cell) => cell.textContent),
      ),
    );
  const drop = (page, names, folder = "examples") =>
    page.evaluate(async ([names, folder]) => {
      const transfer = new DataTransfer();
      for (const name of names) transfer.items.add(new File([await (await fetch(`${folder}/${name}`)).blob()], name));
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
      }
    }, [names, folder]);
  const table = (page, name) => page.locator(".table-name", { hasText: name });
  const clipboard = async (page) => {
    await page.getByText("Copied").last().waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const axe = async (page, what) => {
    await page.evaluate(readFileSync(AXE, "utf8"));
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join("\n  ")}`);
    assert.equal(told.join("\n"), "", `axe, ${what}`);
  };

  test("workbench: a dropped file is a table, and all is there after a reload", within(async (page) => {
    await page.getByText("Drop a CSV here").waitFor();
    await drop(page, ["birdstrikes.csv"]);
    await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await status(page, "1,000 rows  ·  14 columns");
    const ask = async () => {
      await page.keyboard.press("Control+Enter");
      await status(page, "3 rows");
      return cells(page);
    };
    await write(page, 'SELECT "Wildlife Size" AS size, count(*) AS n FROM birdstrikes GROUP BY size ORDER BY n DESC LIMIT 3');
    const answer = await ask();
    assert.deepEqual(answer, [["Small", "4910"], ["Medium", "4346"], ["Large", "744"]]);
    await page.reload();
    await table(page, "birdstrikes").getByText("10,000").waitFor();
    await page.locator(".cm-content").click();
    assert.deepEqual(await ask(), answer);
    assert.match(await page.locator(".storage").textContent(), /^Storage: Saved\d/);
  }));

  test("workbench: several files; names, replace, append, only read", within(async (page) => {
    const importNow = () => page.getByRole("dialog").getByRole("button", { name: /^(Import|Register)$/ }).click();
    await drop(page, ["cars.csv", "stocks.csv"]);
    await page.getByLabel("Table", { exact: true }).first().fill("Old cars");
    await importNow();
    await table(page, "Old cars").getByText("406").waitFor();
    await table(page, "stocks").getByText("560").waitFor();
    await drop(page, ["stocks.csv"]);
    const becomes = page.getByLabel("Becomes");
    assert.deepEqual(await becomes.locator("option").allTextContents(), [
      "New table stocks_2", "Replace stocks", "Append to stocks", "Only read it by its name",
    ]);
    await becomes.selectOption("append");
    await importNow();
    await table(page, "stocks").getByText("1,120").waitFor();
    await drop(page, ["stocks.csv"]);
    await becomes.selectOption("replace");
    await importNow();
    await table(page, "stocks").getByText("560").waitFor();
    await drop(page, ["weather.csv"]);
    await becomes.selectOption("register");
    await importNow();
    await table(page, "weather.csv").waitFor();
    await run(page, "SELECT count(*) FROM 'weather.csv'", "1 row ");
    assert.deepEqual(await cells(page), [["1461"]]);
    await run(page, "COPY (FROM range(3)) TO 'made.csv'", "3 rows copied");
    const downloading = page.waitForEvent("download");
    await page.getByLabel("Download made.csv").click();
    assert.equal(readFileSync(await (await downloading).path(), "utf8"), "range\n0\n1\n2\n");
  }));

  test("workbench: files that are no plain CSV, and names that are words of SQL", within(async (page) => {
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      const west = [110, 97, 109, 101, 10, 77, 252, 108, 108, 101, 114]; // "name\nMüller" in windows-1252
      transfer.items.add(new File([new Uint8Array(west)], "semi.csv"));
      transfer.items.add(new File(["PAR1...."], "sales.parquet"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    });
    await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("1 row, read as windows-1252").waitFor();
    await page.getByText('"sales.parquet" is a Parquet file').waitFor();
    await status(page, "1 row ");
    assert.deepEqual(await cells(page), [["Müller"]]);
    assert.equal(await page.locator(".cm-content").innerText(), 'SELECT *\nFROM "semi"\nLIMIT 1000;');
    await axe(page, "a failed import");
    // Where there is no room for the list of imports, a message tells.
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator(".sidebar").waitFor({ state: "hidden" });
    await drop(page, ["index.json"]);
    await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await page.locator(".toast", { hasText: "index.json was not imported" }).waitFor();
  }));

  test("workbench: a file that was read wrongly is read otherwise; each file has a name of its own; a line may be long", within(async (page) => {
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["n\n", "1\n".repeat(50000), "oops\n"], "late.csv"));
      transfer.items.add(new File(["n\tm\n1\t2\n"], "late.tsv"));
      transfer.items.add(new File(["a,b\n1,", "x".repeat(3_000_000), "\n"], "long.csv"));
      transfer.items.add(new File(['{"a":1}'], "notes.json"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    });
    const importNow = () => page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await importNow();
    await page.locator(".job.failed", { hasText: "notes.json" }).waitFor();
    await table(page, "late_2").waitFor();
    await table(page, "long").waitFor();
    assert.equal(await page.getByRole("button", { name: "Read it otherwise" }).count(), 1, "what is no CSV stays none");
    await page.getByRole("button", { name: "Read it otherwise" }).click();
    await axe(page, "how to read a file");
    await page.getByLabel("Uneven or broken lines").selectOption("Leave out");
    await importNow();
    await status(page, "1,000 rows");
    await table(page, "late").filter({ hasText: "50,000" }).waitFor();
    await run(page, "SELECT (FROM (SELECT length(b) FROM long)), (FROM (SELECT sum(n) FROM late))", "1 row ");
    assert.deepEqual(await cells(page), [["3000000", "50000"]]);
    await run(page, "SELECT error(repeat('x', 5000))", "failed");
    assert.ok((await page.locator(".result-error pre").innerText()).length < 1000);
  }));

  test("workbench: an import shows its progress and is cancelled, leaving nothing", within(async (page) => {
    await page.evaluate(() => {
      const lines = Array.from({ length: 20000 }, (_, row) => `${row},name ${row},${row / 7},2024-01-01\n`).join("");
      const transfer = new DataTransfer();
      transfer.items.add(new File(["id,name,part,day\n", ...Array(200).fill(lines)], "big.csv"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    });
    await page.getByRole("dialog").getByRole("button", { name: "Import", exact: true }).click();
    await page.locator(".job progress").waitFor();
    await page.getByLabel("Cancel the import of big.csv").click();
    await page.getByText("cancelled, nothing was kept").waitFor();
    await page.getByText("None yet.").waitFor();
  }));

  test("workbench: an example is one click away", within(async (page) => {
    await page.locator(".example", { hasText: "Seattle weather" }).click();
    await status(page, "12 rows  ·  3 columns");
    assert.deepEqual((await cells(page))[0], ["January", "8.2", "117.0"]);
    await page.getByRole("button", { name: "Run all" }).click();
    await status(page, "5 rows  ·  3 columns");
  }));

  test("workbench: an error is shown at its place", within(async (page) => {
    await write(page, "SELECT 1;\n\nSELECT sum(i)\nFROM range(10) AS r(i)\nWHERE j > 3;");
    await page.keyboard.press("Control+Shift+Enter");
    await status(page, "failed");
    const told = await page.locator(".result-error pre").innerText();
    assert.match(told, /^Binder Error: Referenced column "j" not found/);
    assert.match(told, /\nLINE 5: WHERE j > 3\n {14}\^/); // of the editor's lines, not the statement's
    assert.equal(await page.locator(".cm-lintRange-error").textContent(), "j");
    await page.getByText("Go to the place").click();
    await page.keyboard.insertText("i + ");
    assert.match(await page.locator(".cm-content").textContent(), /WHERE i \+ j > 3/);
  }));

  test("workbench: a short statement answers while a long one runs, which is cancelled", within(async (page) => {
    await write(page, LONG);
    await page.keyboard.press("Control+Enter");
    await page.locator(".result-status progress").waitFor();
    await run(page, "SELECT 42 AS answer", "1 row ");
    assert.deepEqual(await cells(page), [["42"]]);
    await page.locator(".result-name").first().click();
    const start = Date.now();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled. Nothing was changed.").waitFor();
    assert.ok(Date.now() - start < 1000);
  }));

  test("workbench: a million rows: ends, keys, values, copy, sort, widths", within(async (page) => {
    await world.browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await run(
      page, "SELECT range AS n, CASE WHEN n % 2 = 0 THEN 'a\tb' || n END AS maybe, 999999 - n AS down FROM range(1000000)",
      "1,000,000 rows  ·  3 columns",
    );
    const grid = page.getByRole("grid");
    assert.equal(await grid.getAttribute("aria-rowcount"), "1000001");
    assert.ok((await page.locator(".grid-line").count()) < 60);
    await grid.focus();
    await page.keyboard.press("Control+End");
    assert.deepEqual((await cells(page)).at(-1), ["999999", "NULL", "0"]);
    const isCut = await page.locator(".grid-cell").evaluateAll((all) =>
      all.some((cell) => cell.scrollWidth > cell.clientWidth && !cell.textContent.includes("\t")),
    );
    assert.equal(isCut, false, "the columns are as wide as the last numbers");
    await page.keyboard.press("PageUp");
    await page.keyboard.press("Home");
    await page.keyboard.press("Control+Home");
    assert.deepEqual((await cells(page))[0], ["0", "a\tb0", "999999"]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowDown");
    await page.keyboard.press("Control+c");
    assert.equal(await clipboard(page), '1\t\n2\t"a\tb2"');
    const active = await grid.getAttribute("aria-activedescendant");
    assert.equal(await page.locator(`#${active}`).textContent(), "a\tb2");
    // Sort by the third title: by SQL, up, down, not at all.
    const title = page.getByRole("columnheader", { name: /down/ });
    await title.click();
    await page.locator('[aria-sort="ascending"]').waitFor();
    assert.deepEqual((await cells(page))[0], ["999999", "NULL", "0"]);
    await title.click();
    await page.locator('[aria-sort="descending"]').waitFor();
    assert.deepEqual((await cells(page))[0], ["0", "a\tb0", "999999"]);
    const before = (await title.boundingBox()).width;
    await grid.focus();
    await page.keyboard.press("Alt+ArrowRight");
    assert.equal((await title.boundingBox()).width, before + 16);
  }));

  test("workbench: the scroll bar reaches every part of rows taller than a browser's elements", within(async (page) => {
    await run(page, "SELECT range AS n FROM range(3000000)", "3,000,000 rows");
    const scrollTo = (part) =>
      page.evaluate((part) => {
        const grid = document.querySelector(".grid");
        grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * part;
      }, part);
    const firstRow = async () => Number((await cells(page))[0][0]);
    await scrollTo(0.5);
    await page.waitForTimeout(300);
    assert.ok(Math.abs((await firstRow()) - 1_500_000) < 1000);
    const at = await firstRow();
    await page.getByRole("grid").hover();
    await page.mouse.wheel(0, 260); // ten rows, not ten parts of the track
    await page.waitForTimeout(400);
    assert.ok(Math.abs((await firstRow()) - at - 10) <= 1, `${at} to ${await firstRow()}`);
    await scrollTo(1);
    await page.waitForTimeout(300);
    assert.equal((await cells(page)).at(-1)[0], "2999999");
  }));

  test("workbench: rows beyond 64 MB stay in the engine", within(async (page) => {
    await world.browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await run(
      page, "SELECT range AS n, repeat('smew ', 12) || range AS text FROM range(1200000)", "1,200,000 rows  ·  2 columns",
    );
    const grid = page.getByRole("grid");
    await grid.focus();
    await page.keyboard.press("Control+End");
    await page.locator(".grid-cell", { hasText: "smew 1199999" }).waitFor();
    const numbers = page.locator(".grid-cell.number");
    assert.ok(await numbers.last().evaluate((cell) => cell.scrollWidth <= cell.clientWidth), "room for the last numbers");
    await page.keyboard.press("Control+c");
    assert.equal(await clipboard(page), `${"smew ".repeat(12)}1199999`);
    await page.getByRole("columnheader", { name: /^n/ }).click();
    await page.locator('[aria-sort="ascending"]').waitFor();
    await page.getByRole("columnheader", { name: /^n/ }).click();
    await page.locator('[aria-sort="descending"]').waitFor();
    await page.locator(".grid-line", { hasText: "smew 1199999" }).first().waitFor();
  }));

  test("workbench: names are completed", within(async (page) => {
    await page.locator(".example", { hasText: "Airports" }).click();
    await status(page, "10 rows");
    await write(page, "");
    await page.keyboard.type("SELECT lat");
    await page.locator(".cm-tooltip-autocomplete").getByText("latitude").waitFor();
    await page.waitForTimeout(100);
    await page.keyboard.press("Enter");
    await page.keyboard.type(" FROM airp");
    await page.locator(".cm-tooltip-autocomplete").getByText("airports").waitFor();
    await page.waitForTimeout(100);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".cm-content").textContent(), "SELECT latitude FROM airports");
  }));

  test("workbench: what a table's menu does", within(async (page) => {
    await page.locator(".example", { hasText: "Cars" }).click();
    await status(page, "3 rows");
    const menu = async (name, item) => {
      await page.getByLabel(`Actions for ${name}`).click({ force: true });
      await page.getByRole("menuitem", { name: item }).click();
    };
    await menu("cars", "Preview");
    await status(page, "406 rows");
    await menu("cars", "Summary");
    await status(page, "9 rows");
    await table(page, "cars").first().click();
    await status(page, "406 rows");
    await write(page, "");
    await menu("cars", "Insert its name");
    assert.equal(await page.locator(".cm-content").textContent(), "cars");
    const downloading = page.waitForEvent("download");
    await menu("cars", "Download as CSV");
    const file = await (await downloading).path();
    assert.match(readFileSync(file, "utf8"), /^Name,Miles_per_Gallon,.*\nchevrolet chevelle malibu,18/);
    assert.equal(readFileSync(file, "utf8").trimEnd().split("\n").length, 407);
    await menu("cars", "Rename");
    await page.getByLabel("New name").fill("Automobiles");
    await page.keyboard.press("Enter");
    await table(page, "Automobiles").waitFor();
    await menu("Automobiles", "Drop table");
    await page.getByRole("button", { name: "Drop", exact: true }).click();
    await page.getByText("None yet.").waitFor();
  }));

  test("workbench: the tables that only the user's session sees are listed", within(async (page) => {
    await write(page, "CREATE TEMP TABLE passing AS FROM range(5); BEGIN; CREATE TABLE uncommitted (i INTEGER); SELECT 1");
    await page.keyboard.press("Control+Shift+Enter");
    await table(page, "uncommitted").waitFor();
    assert.match(await table(page, "passing").textContent(), /^passing.*temp · 5/);
    await page.getByLabel("Columns of passing").click();
    await page.getByRole("list", { name: "Columns of passing" }).getByText("range").waitFor();
    await run(page, "SELECT * FROM nowhere", "failed");
    await run(page, "ROLLBACK", "");
    await page.waitForFunction(() => !document.querySelector(".tables")?.textContent.includes("uncommitted"));
    await table(page, "passing").waitFor();
    await run(page, "ATTACH ':memory:' AS beside; CREATE TABLE beside.main.there (j INTEGER)", "");
    await page.keyboard.press("Control+Shift+Enter");
    await table(page, "beside.there").waitFor();
  }));

  test("workbench: a plan is drawn, an open transaction is told, its tables are its own", within(async (page) => {
    await write(page, "EXPLAIN SELECT count(*) FROM range(10)");
    await page.keyboard.press("Control+Enter");
    assert.match(await page.locator(".result-plan").textContent(), /┌─+┐\n│.*\n/);
    await page.waitForFunction(() => /^[\d.]+ ms$/.test(document.querySelector(".status-text").textContent));
    await write(page, Array.from({ length: 40 }, (_, number) => `SELECT ${number} AS number`).join(";"));
    await page.keyboard.press("Control+Shift+Enter");
    await page.locator(".grid-cell", { hasText: /^39$/ }).waitFor();
    const inSight = await page.locator(".step[aria-current]").evaluate((step) => step.getBoundingClientRect().right <= innerWidth);
    assert.ok(inSight, "the statement whose rows are shown");
    await write(page, "CREATE TABLE changing (i INTEGER)");
    await page.keyboard.press("Control+Enter");
    await table(page, "changing").waitFor();
    await write(page, "BEGIN; INSERT INTO changing VALUES (1), (2); SELECT count(*) FROM changing");
    await page.keyboard.press("Control+Shift+Enter");
    await status(page, "1 row ");
    assert.deepEqual(await cells(page), [["2"]]);
    await page.getByText("Transaction open").waitFor();
    await write(page, "ROLLBACK; SELECT count(*) FROM changing");
    await page.keyboard.press("Control+Shift+Enter");
    await page.locator(".grid-cell", { hasText: /^0$/ }).waitFor();
    assert.equal(await page.getByText("Transaction open").count(), 0);
  }));

  test("workbench: a history of what was run", within(async (page) => {
    await run(page, "SELECT 'once' AS said", "1 row ");
    await run(page, "SELECT 'twice' AS said", "1 row ");
    await page.keyboard.press("Control+Shift+H");
    await page.getByLabel("Search the history").fill("once");
    await page.locator(".history-entry", { hasText: "'once'" }).click();
    await page.locator(".cm-line", { hasText: "'once'" }).waitFor();
    assert.match(await page.locator(".cm-content").textContent(), /'twice'.*'once'/s);
  }));

  test("workbench: the database is downloaded, opens in the shell, and is cleared", within(async (page) => {
    await page.locator(".example", { hasText: "Zip codes" }).click();
    await status(page, "20 rows");
    await page.locator(".storage").click();
    const downloading = page.waitForEvent("download");
    await page.getByText("Download the database").click();
    const folder = mkdtempSync(join(tmpdir(), "smew-download-"));
    const file = join(folder, "workbench.smew");
    await (await downloading).saveAs(file);
    const answer = execFileSync(SHELL, ["-csv", file, "-c", "SELECT count(*) AS codes FROM zipcodes"], { encoding: "utf8" });
    assert.equal(answer.trim(), "codes\n42049");
    rmSync(folder, { recursive: true });
    await page.getByText("Clear data…").click();
    await page.getByText("Clear everything").click();
    await page.getByText("Drop a CSV here").waitFor();
    await page.getByText("None yet.").waitFor();
  }));

  test("workbench: another tab has it; try again when that is closed", async () => {
    const url = databaseUrl();
    const first = await fresh(url);
    await run(first, "CREATE TABLE kept AS SELECT 7 AS n", "1 row ");
    const second = await world.browser.page(url);
    await second.getByText("Open in another tab").waitFor();
    await axe(second, "locked");
    await first.close();
    await second.getByRole("button", { name: "Try again" }).click();
    await table(second, "kept").waitFor();
    await second.close();
  });

  test("workbench: reloaded while a statement runs, it opens again", async () => {
    const page = await fresh();
    await run(page, "CREATE TABLE kept AS SELECT 7 AS n", "1 row ");
    await write(page, LONG);
    await page.keyboard.press("Control+Enter");
    await page.locator(".result-status progress").waitFor();
    await page.reload();
    await table(page, "kept").waitFor();
    assert.equal(await page.locator(".cm-content").textContent(), LONG);
    await page.close();
  });

  test("workbench: a browser that keeps no files is told so, and memory is a choice", async () => {
    const page = await world.browser.page(`${world.site}examples/index.json`);
    const without = "Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined });\n";
    await page.route("**/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: without + (await response.text()) });
    });
    await page.goto(databaseUrl());
    await page.getByText("This browser cannot keep the data").waitFor();
    await axe(page, "unsupported");
    await page.getByRole("button", { name: "Work in memory (nothing is kept)" }).click();
    await page.getByText("In memory: everything is gone when this page closes.").waitFor();
    await page.close();
  });

  test("workbench: memory only by choice, and it says so", async () => {
    const page = await fresh(`${world.site}?db=:memory:`);
    await page.getByText("In memory: everything is gone when this page closes.").waitFor();
    await run(page, "SELECT 1 AS one", "1 row ");
    await page.close();
  });

  test("workbench: every part by keyboard, no traps", within(async (page) => {
    const where = () =>
      page.evaluate(() => document.activeElement.closest(".sidebar, .editor-text, .results, .header, .toolbar, .main")?.className ?? "");
    await run(page, "SELECT 1 AS one", "1 row ");
    await page.keyboard.press("F6");
    assert.match(await where(), /results/);
    const ring = await page.locator(".result-grid").evaluate((grid) => {
      const { width, height, borderTopStyle } = getComputedStyle(grid, "::after");
      return borderTopStyle === "solid" && parseFloat(width) >= grid.clientWidth - 4 && parseFloat(height) >= grid.clientHeight - 4;
    });
    assert.ok(ring, "the focus is seen around all of the grid");
    await page.keyboard.press("F6");
    assert.match(await where(), /sidebar/);
    await page.keyboard.press("F6");
    assert.match(await where(), /editor-text/);
    await page.keyboard.press("Tab");
    assert.doesNotMatch(await where(), /editor-text/);
    await page.keyboard.press("F1");
    await page.getByRole("heading", { name: "Shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("dialog").count(), 0);
  }));

  test("workbench: axe finds nothing, light, dark and narrow; nothing is fetched from elsewhere", async () => {
    const elsewhere = [];
    for (const [scheme, width] of [["light", 1280], ["dark", 1280], ["light", 360], ["dark", 360]]) {
      const what = `${scheme}, ${width}`;
      const page = await fresh();
      page.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(world.site) && !/^(blob|data):/.test(url)) elsewhere.push(url);
      });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 720 });
      await axe(page, `${what}, empty`);
      await page.locator(".chip", { hasText: "Stocks" }).click();
      await status(page, "5 rows");
      await axe(page, `${what}, full`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${what}: ${overflow} px too wide`);
      await write(page, LONG);
      await page.keyboard.press("Control+Enter");
      await page.locator(".result-status progress").waitFor();
      await axe(page, `${what}, running`);
      await page.keyboard.press("Control+.");
      await run(page, "SELECT nothing", "failed");
      await axe(page, `${what}, error`);
      await page.locator(".storage").click();
      await page.getByText("Engine’s memory").waitFor();
      await axe(page, `${what}, storage`);
      await page.keyboard.press("Escape");
      await drop(page, ["stocks.csv", "cars.csv"]);
      await axe(page, `${what}, import`);
      await page.keyboard.press("Escape");
      if (width < 720) await page.getByLabel("Tables and files").first().click();
      await page.getByLabel("Columns of stocks").first().click();
      await page.getByLabel("Actions for stocks").click({ force: true });
      await axe(page, `${what}, menu`);
      await page.keyboard.press("Escape");
      await page.keyboard.press("F1");
      await axe(page, `${what}, help`);
      await page.close();
    }
    assert.deepEqual(elsewhere, []);
  });
}
