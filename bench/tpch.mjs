// SPDX-License-Identifier: MIT
//
// tpch.mjs: `make bench`: TPC-H on Smew and on DuckDB (one thread), side by side in one run.
//
//   node bench/tpch.mjs [--scale=0.1] [--rounds=5] [--queries=1,6] [--check]
//
// Both load the same CSV files by the same script into memory. Then each round runs every query once on the one and once on the
// other, and who goes first changes from round to round: what the machine does meanwhile hits both. What is told are medians.
// --check compares the answers and measures nothing.
//
// Smew runs in a process of its own (bench/smew_bench.c) that answers by lines; its times are taken there. DuckDB's are taken here around
// `connection.run`, which hands over to a native thread and back: some tens of microseconds in DuckDB's disfavour.
// A query that fails, crashes or runs over a minute is named, left out of the total, and makes the exit code 1.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readAnswers, sameField } from "./answers.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const work = join(root, "build/bench");
const { DuckDBInstance } = createRequire(join(work, "package.json"))("@duckdb/node-api");

const options = { scale: "0.1", rounds: "5", queries: "", check: "" };
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)(?:=(.*))?$/.exec(argument) ?? [];
  if (!(name in options)) {
    console.error(`bench: unknown option ${argument}`);
    process.exit(2);
  }
  options[name] = value ?? "yes";
}
const shared = join(root, "../shared/data/tpch");
const data = join(work, `sf${options.scale}`);
const timeLimitMs = 60_000;

const tables = {
  region: "r_regionkey INTEGER, r_name VARCHAR, r_comment VARCHAR",
  nation: "n_nationkey INTEGER, n_name VARCHAR, n_regionkey INTEGER, n_comment VARCHAR",
  supplier: `s_suppkey INTEGER, s_name VARCHAR, s_address VARCHAR, s_nationkey INTEGER, s_phone VARCHAR, s_acctbal DECIMAL(15,2),
    s_comment VARCHAR`,
  customer: `c_custkey INTEGER, c_name VARCHAR, c_address VARCHAR, c_nationkey INTEGER, c_phone VARCHAR, c_acctbal DECIMAL(15,2),
    c_mktsegment VARCHAR, c_comment VARCHAR`,
  part: `p_partkey INTEGER, p_name VARCHAR, p_mfgr VARCHAR, p_brand VARCHAR, p_type VARCHAR, p_size INTEGER, p_container VARCHAR,
    p_retailprice DECIMAL(15,2), p_comment VARCHAR`,
  partsupp: "ps_partkey INTEGER, ps_suppkey INTEGER, ps_availqty INTEGER, ps_supplycost DECIMAL(15,2), ps_comment VARCHAR",
  orders: `o_orderkey BIGINT, o_custkey INTEGER, o_orderstatus VARCHAR, o_totalprice DECIMAL(15,2), o_orderdate DATE,
    o_orderpriority VARCHAR, o_clerk VARCHAR, o_shippriority INTEGER, o_comment VARCHAR`,
  lineitem: `l_orderkey BIGINT, l_partkey INTEGER, l_suppkey INTEGER, l_linenumber INTEGER, l_quantity DECIMAL(15,2),
    l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), l_tax DECIMAL(15,2), l_returnflag VARCHAR, l_linestatus VARCHAR,
    l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, l_shipinstruct VARCHAR, l_shipmode VARCHAR, l_comment VARCHAR`,
};

const queries = Array.from({ length: 22 }, (_, i) => i + 1)
  .filter((number) => !options.queries || options.queries.split(",").map(Number).includes(number))
  .map((number) => {
    const name = `q${String(number).padStart(2, "0")}`;
    const path = join(shared, "queries", `${name}.sql`);
    return { name, path, sql: readFileSync(path, "utf8"), smew: [], duckdb: [], slices: [] };
  });

// ---------------------------------------------------------------------------------------------------------------------
// Data
// ---------------------------------------------------------------------------------------------------------------------

async function writeTables(connection) {
  mkdirSync(data, { recursive: true });
  for (const table of Object.keys(tables)) {
    const path = join(data, `${table}.csv`);
    if (existsSync(path)) continue;
    const source = join(shared, `sf${options.scale}`, `${table}.parquet`);
    await connection.run(`COPY (FROM '${source}') TO '${path}.part' (FORMAT csv, HEADER)`);
    renameSync(`${path}.part`, path);
  }
}

function loadScript() {
  return Object.entries(tables)
    .map(([table, columns]) => `CREATE TABLE ${table} (${columns});\nCOPY ${table} FROM '${join(data, table)}.csv' (FORMAT csv, HEADER);\n`)
    .join("");
}

// ---------------------------------------------------------------------------------------------------------------------
// The two sides
// ---------------------------------------------------------------------------------------------------------------------

// A process of smew_bench, started anew with its tables when it has died.
class Smew {
  async start() {
    this.child = spawn(join(root, "build/native/smew_bench"), [":memory:", join(work, "load.sql")], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdin.on("error", () => {});
    this.child.on("exit", (code, signal) => this.settle({ error: `smew_bench ended (${signal ?? `exit code ${code}`})`, dead: true }));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.settle(JSON.parse(line)));
    const loaded = await this.answer();
    if (loaded.error) throw new Error(`Smew could not load the tables: ${loaded.error}`);
    return loaded;
  }

  settle(answer) {
    clearTimeout(this.timer);
    this.resolve?.(answer);
    this.resolve = undefined;
  }

  answer() {
    return new Promise((resolve) => {
      this.resolve = resolve;
      this.timer = setTimeout(() => {
        this.settle({ error: `not done after ${timeLimitMs / 1000} s`, dead: true });
        this.child.kill("SIGKILL");
      }, timeLimitMs);
    });
  }

  async ask(command, path) {
    this.child.stdin.write(`${command} ${path}\n`);
    const answer = await this.answer();
    if (answer.dead) await this.start();
    return answer;
  }

  stop() {
    this.child.removeAllListeners("exit");
    this.child.stdin.end();
  }
}

async function runDuckDB(connection, sql) {
  const start = performance.now();
  await connection.run(sql);
  return performance.now() - start;
}

// ---------------------------------------------------------------------------------------------------------------------
// Answers
// ---------------------------------------------------------------------------------------------------------------------

function difference(expected, actual) {
  if (expected.length !== actual.length) return `${actual.length} rows instead of ${expected.length}`;
  for (const [row, fields] of expected.entries()) {
    if (fields.length !== actual[row].length) return `${actual[row].length} columns instead of ${fields.length}`;
    const column = fields.findIndex((field, i) => !sameField(field, actual[row][i]));
    if (column >= 0) return `row ${row + 1}, column ${column + 1}: ${actual[row][column]} instead of ${fields[column]}`;
  }
  return undefined;
}

async function check(smew) {
  for (const query of queries) {
    const answer = await smew.ask("rows", query.path);
    query.failure = answer.error?.split("\n")[0];
    if (query.failure) continue;
    query.difference = difference(readAnswers(join(shared, `answers/sf${options.scale}`, `${query.name}.csv`)), answer.values);
  }
  const failed = queries.filter((query) => query.failure);
  const differing = queries.filter((query) => query.difference);
  for (const query of failed) console.log(`${query.name}  fails: ${query.failure}`);
  for (const query of differing) console.log(`${query.name}  differs: ${query.difference}`);
  const right = queries.length - failed.length - differing.length;
  console.log(`answers: ${right} of ${queries.length} as expected, ${differing.length} differ, ${failed.length} fail`);
  return right === queries.length;
}

// ---------------------------------------------------------------------------------------------------------------------
// Times
// ---------------------------------------------------------------------------------------------------------------------

function median(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

async function runOnSmew(smew, query) {
  const answer = await smew.ask("run", query.path);
  if (answer.error) {
    query.failure = answer.error.split("\n")[0];
    return;
  }
  query.smew.push(answer.ms);
  query.slices.push(answer);
}

async function measure(smew, connection) {
  const rounds = Number(options.rounds);
  const running = queries.filter((query) => !query.failure);
  // Round 0 warms both up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const query of running) {
      if (query.failure) continue;
      const sides = [() => runOnSmew(smew, query), async () => query.duckdb.push(await runDuckDB(connection, query.sql))];
      if (round % 2) sides.reverse();
      for (const side of sides) await side();
      if (round === 0) query.smew.length = query.duckdb.length = query.slices.length = 0;
    }
  }
}

// The run whose longest slice is the median of all runs'.
function medianSlice(slices) {
  return slices.toSorted((a, b) => a.slice_ms - b.slice_ms)[slices.length >> 1];
}

function report() {
  const number = (value, width = 9) => value.toFixed(2).padStart(width);
  console.log(`\n${"query".padEnd(6)}${"Smew ms".padStart(9)}${"DuckDB ms".padStart(11)}${"ratio".padStart(8)}${"slice ms".padStart(10)}${"wall ms".padStart(9)}   longest slice`);
  const total = { smew: 0, duckdb: 0 };
  for (const query of queries) {
    if (query.failure) {
      console.log(`${query.name.padEnd(6)}  fails: ${query.failure}`);
      continue;
    }
    const [smew, duckdb] = [median(query.smew), median(query.duckdb)];
    total.smew += smew;
    total.duckdb += duckdb;
    query.ratio = smew / duckdb;
    query.slice = medianSlice(query.slices);
    const wall = median(query.slices.map((slice) => slice.slice_wall_ms));
    console.log(`${query.name.padEnd(6)}${number(smew)}${number(duckdb, 11)}${number(query.ratio, 8)}${number(query.slice.slice_ms, 10)}${number(wall)}   ${query.slice.activity}`);
  }
  const done = queries.filter((query) => !query.failure);
  if (done.length === 0) return;
  console.log(`${"total".padEnd(6)}${number(total.smew)}${number(total.duckdb, 11)}${number(total.smew / total.duckdb, 8)}   (${done.length} of ${queries.length} queries)`);
  const worst = done.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const slowest = done.reduce((a, b) => (b.slice.slice_ms > a.slice.slice_ms ? b : a));
  console.log(`worst ratio: ${worst.ratio.toFixed(2)} in ${worst.name}; longest slice (CPU, median of rounds): ${slowest.slice.slice_ms.toFixed(2)} ms, ${slowest.slice.activity} in ${slowest.name}`);
}

// ---------------------------------------------------------------------------------------------------------------------

const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await writeTables(connection);
writeFileSync(join(work, "load.sql"), loadScript());
const smew = new Smew();
const loaded = await smew.start();
if (options.check) {
  console.log(`TPC-H SF ${options.scale}: loaded in ${loaded.ms.toFixed(0)} ms`);
} else {
  const duckdbLoadMs = await runDuckDB(connection, loadScript());
  console.log(`TPC-H SF ${options.scale}, ${options.rounds} rounds in turns, medians; DuckDB ${(await (await connection.run("SELECT version()")).getRows())[0][0]}, one thread`);
  console.log(`CSV to memory: Smew ${loaded.ms.toFixed(0)} ms, DuckDB ${duckdbLoadMs.toFixed(0)} ms; Smew then held at most ${(loaded.memory / 1e6).toFixed(0)} MB`);
}
const right = await check(smew);
if (!options.check) {
  await measure(smew, connection);
  report();
}
smew.stop();
process.exitCode = right && queries.every((query) => !query.failure) ? 0 : 1;
