// SPDX-License-Identifier: MIT
//
// browser.mjs: part of `make bench`: from navigation to the first answer in Chromium, Smew (the package as built) beside
// DuckDB-WASM (npm's @duckdb/duckdb-wasm, eh bundle), each time in a browser of its own with a fresh profile, in rounds that
// alternate; and the private memory of the renderer beyond that of a blank page. Medians; figures go to build/bench/browser.json.
//
//   node bench/browser.mjs [--rounds=5]
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Browser, serve } from "../test/browser/harness.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const work = join(root, "build/bench");
const site = join(work, "site");
const rounds = Number(/^--rounds=(\d+)$/.exec(process.argv[2] ?? "")?.[1] ?? 5);

const PAGES = {
  blank: "",
  smew: `
    import { open } from "/smew/smew.js";
    const db = await open(":memory:");
    const [row] = await db.rows("SELECT 1 AS one");
    window.answer = { one: row.one, millis: performance.now() };`,
  duckdb: `
    import * as duckdb from "./duckdb.js";
    const worker = new Worker("/peer/duckdb-browser-eh.worker.js");
    const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
    await db.instantiate(new URL("/peer/duckdb-eh.wasm", location.href).href);
    const connection = await db.connect();
    const table = await connection.query("SELECT 1 AS one");
    window.answer = { one: Number(table.toArray()[0].one), millis: performance.now() };`,
};

// The peer's module imports apache-arrow by name: esbuild makes one file of both.
function makeSite() {
  mkdirSync(site, { recursive: true });
  for (const [name, script] of Object.entries(PAGES)) {
    const code = script ? `<script type="module">${script}</script>` : "";
    writeFileSync(join(site, `${name}.html`), `<!doctype html><meta charset="utf-8"><title>${name}</title>${code}`);
  }
  const { buildSync } = createRequire(join(root, "js/smew/package.json"))("esbuild");
  buildSync({
    stdin: { contents: 'export * from "@duckdb/duckdb-wasm";', resolveDir: work },
    bundle: true, format: "esm", platform: "browser", minify: true, outfile: join(site, "duckdb.js"), logLevel: "error",
  });
}

// Bytes that only the processes of this renderer hold.
function privateBytes(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    for (const [, number] of text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)) kilobytes += Number(number);
  }
  return kilobytes * 1024;
}

async function visit(url, name) {
  const browser = new Browser();
  await browser.start();
  try {
    const page = await browser.page(`${url}/${name}.html`);
    let answer = { one: 1, millis: await page.evaluate(() => performance.now()) };
    if (name !== "blank") {
      do {
        await page.waitForTimeout(10);
        answer = await page.evaluate(() => window.answer);
      } while (!answer);
    }
    if (answer.one !== 1) throw new Error(`${name} answers ${answer.one}`);
    const session = await browser.context.browser().newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const bytes = privateBytes(processInfo.filter((one) => one.type === "renderer").map((one) => one.id));
    return { millis: answer.millis, bytes };
  } finally {
    await browser.close();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

makeSite();
const peer = join(work, "node_modules/@duckdb/duckdb-wasm/dist");
const server = await serve({ "/": site, "/smew/": join(root, "js/smew/dist"), "/peer/": peer });
const samples = { blank: [], smew: [], duckdb: [] };
for (let round = 0; round < rounds; round++) {
  for (const name of Object.keys(samples)) samples[name].push(await visit(server.url, name));
}
await server.close();

const result = {};
for (const [name, list] of Object.entries(samples)) {
  result[name] = { millis: median(list.map((one) => one.millis)), bytes: median(list.map((one) => one.bytes)) };
}
const megabytes = (name) => (result[name].bytes - result.blank.bytes) / 1e6;
const ratio = result.smew.millis / result.duckdb.millis;
const memoryRatio = megabytes("smew") / megabytes("duckdb");
console.log(`Chromium, cold, navigation to first SELECT 1 (median of ${rounds} alternating rounds)`);
console.log(`  Smew        ${result.smew.millis.toFixed(0).padStart(6)} ms  ${megabytes("smew").toFixed(1).padStart(7)} MB beyond a blank page`);
console.log(`  DuckDB-WASM ${result.duckdb.millis.toFixed(0).padStart(6)} ms  ${megabytes("duckdb").toFixed(1).padStart(7)} MB`);
console.log(`  ratio       ${ratio.toFixed(3)} (must be below 0.25), memory ${memoryRatio.toFixed(3)}`);
writeFileSync(join(work, "browser.json"), JSON.stringify({ ...result, ratio, memoryRatio, rounds }, null, 1));
process.exitCode = ratio < 0.25 ? 0 : 1;
