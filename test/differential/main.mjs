// SPDX-License-Identifier: MIT
//
// main.mjs: compares Smew with DuckDB by random queries. A round is a schema and what is asked of it; all of it follows from
// the seed and the round's number.
//
//   node main.mjs --smew PROGRAM --packages DIRECTORY [--seed N] [--seconds N | --rounds N] [--round N] [--texts] [--reduce N] [--all]
//
//   --smew      build/native/query_pipe, or build/asan's
//   --packages  where node_modules has @duckdb/node-api
//   --round     only that one
//   --texts     texts of errors count as differences too
//   --reduce    how many differences are made small (default 10)
//   --all       every difference of a kind and class, not only the first
import { parseArgs } from "node:util";
import { Changes } from "./changes.mjs";
import { difference, gravity } from "./compare.mjs";
import { DuckDB, Smew } from "./engines.mjs";
import { knownDifferences } from "./exclusions.mjs";
import { Forms } from "./forms.mjs";
import { readFunctions } from "./functions.mjs";
import { Queries } from "./queries.mjs";
import { Random } from "./random.mjs";
import { reduce } from "./reduce.mjs";
import { makeSchema } from "./tables.mjs";

const { values: options } = parseArgs({
  options: {
    smew: { type: "string" }, packages: { type: "string" }, seed: { type: "string" }, seconds: { type: "string" }, rounds: { type: "string" },
    round: { type: "string" }, texts: { type: "boolean" }, reduce: { type: "string", default: "10" }, all: { type: "boolean" },
  },
});
const seed = options.seed ? Number(options.seed) : Date.now() % 1_000_000_000;
const started = Date.now();
const deadline = options.rounds || options.round ? Infinity : started + Number(options.seconds ?? 60) * 1000;
const lastRound = options.round ? Number(options.round) + 1 : options.rounds ? Number(options.rounds) : Infinity;

const smew = new Smew(options.smew);
const duckdb = new DuckDB(`${options.packages}/`);
const totals = { statements: 0, rows: 0, bothFail: 0, known: 0 };
const counts = {};
const found = new Map();

/** What differences have in common that are likely one defect. */
function signature({ kind, detail }) {
  if (kind === "rows" || kind === "order") return null;
  return `${kind} ${detail.slice(0, 160).replace(/\d+/g, "#").replace(/"[^"]*"|'[^']*'/g, "…")}`;
}

function report(round, setup, statement, differs) {
  counts[differs.kind] = (counts[differs.kind] ?? 0) + 1;
  if (differs.kind === "texts" && !options.texts) return;
  const told = !["died", "internal", "timeout"].includes(differs.kind);
  if (told && knownDifferences.some(({ pattern }) => pattern.test(`${statement.sql}\n${differs.detail}`))) {
    totals.known++;
    return;
  }
  const key = (!options.all && signature(differs)) || `${differs.kind} ${found.size}`;
  const same = found.get(key);
  if (same) same.times++;
  else found.set(key, { round, setup, statement, differs, times: 1 });
}

/** Runs statements in both, each of them compared; stops where the two part. False: Smew must be reset. */
async function compareAll(round, setup, statements) {
  for (const [index, statement] of statements.entries()) {
    const [mine, theirs] = await Promise.all([smew.run(statement.sql), duckdb.run(statement.sql, statement)]);
    totals.statements++;
    if (mine.rows) totals.rows += mine.rows.length;
    if (mine.error && theirs.error) totals.bothFail++;
    const differs = difference(mine, theirs, statement);
    if (!differs) {
      if (mine.error?.kind === "Timeout") return false; // in both
      if (Boolean(mine.error) !== Boolean(theirs.error)) return true;
      continue;
    }
    report(round, [...setup, ...statements.slice(0, index).map(({ sql }) => sql)], statement, differs);
    if (differs.kind === "died" || differs.kind === "timeout") return false;
    if (statements.length > 1 && differs.kind !== "texts") return true;
  }
  return true;
}

async function playRound(round) {
  const random = new Random(Math.imul(seed, 2654435761) + round);
  const { setup, tables } = makeSchema(random, { large: round % 10 === 9 });
  const functions = await libraryOf();
  const prepare = async () => {
    await Promise.all([smew.reset(), duckdb.reset()]);
    for (const sql of setup) {
      const answers = await Promise.all([smew.run(sql), duckdb.run(sql)]);
      const differs = difference(...answers);
      if (differs) report(round, setup.slice(0, setup.indexOf(sql)), { sql }, differs);
      if (answers.some(({ error }) => error)) return false;
    }
    return true;
  };
  if (!(await prepare())) return;
  const queries = new Queries(random, functions, tables);
  const forms = new Forms(random, functions, tables);
  const changes = new Changes(random, functions, tables);
  const units = [tables.map(({ name, rows }) => ({ sql: `SELECT * FROM ${name}${rows > 10_000 ? " WHERE id % 1000 = 7" : ""}`, asText: true, ordered: true }))];
  for (let i = 0; i < (tables[0].rows > 10_000 ? 30 : 80); i++) units.push([{ ...queries.query(), asText: true }]);
  for (let i = 0; i < 40; i++) units.push([{ ...forms.query(), asText: true }]);
  units.push(forms.zone());
  for (let i = 0; i < 8; i++) units.push(changes.sequence(i).map((statement) => ({ ...statement, loose: true })));
  for (const unit of units) {
    if (Date.now() > deadline) return;
    if (!(await compareAll(round, setup, unit))) {
      if (!(await prepare())) return;
    } else if (unit.length > 1) {
      // A sequence may have left a transaction open, or another zone.
      for (const sql of ["ROLLBACK", "SET TimeZone = 'UTC'"]) await Promise.all([smew.run(sql), duckdb.run(sql)]);
    }
  }
}

let library;
async function libraryOf() {
  if (!library) {
    await Promise.all([smew.reset(), duckdb.reset()]);
    library = await readFunctions(smew, duckdb);
  }
  return library;
}

for (let round = Number(options.round ?? 0); round < lastRound && Date.now() < deadline; round++) await playRound(round);

const seconds = ((Date.now() - started) / 1000).toFixed(0);
const differences = [...found.values()].sort((a, b) => gravity.indexOf(a.differs.kind) - gravity.indexOf(b.differs.kind));
for (const [index, { round, setup, statement, differs, times }] of differences.entries()) {
  console.log(`\n-- ${differs.kind}${times > 1 ? ` (${times} times)` : ""}: seed ${seed}, round ${round}\n  ${differs.detail.trim()}`);
  const script = index < Number(options.reduce) ? await reduce(smew, duckdb, setup, statement, differs) : [statement.sql];
  console.log(script.map((sql) => `${sql};`).join("\n"));
}
smew.close();
duckdb.close();
if (library.missing.size) console.log(`\nfunctions that Smew does not have: ${[...library.missing].join(" ")}`);
const kinds = gravity.filter((kind) => counts[kind]).map((kind) => `${counts[kind]} ${kind}`).join(", ");
console.log(`\nseed ${seed}: ${totals.statements} statements in ${seconds} s (${totals.bothFail} fail in both), ${totals.rows} rows; differences: ${kinds || "none"}${totals.known ? `, of them known: ${totals.known}` : ""}`);
console.log(`${totals.statements - differences.length} passed, ${differences.length} failed`);
process.exitCode = differences.length ? 1 : 0;
