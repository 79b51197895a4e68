// SPDX-License-Identifier: MIT
//
// wasm.mjs: part of `make bench`: Smew in wasm beside DuckDB-WASM (npm's @duckdb/duckdb-wasm, eh bundle), both in this Node.
//
//   node bench/wasm.mjs [--scale=0.1] [--rounds=5] [--queries=1,6] [--parts=start,import,tpch,large] [--module=build/wasm/smew.wasm]
//
//   start    import of the package to the first SELECT 1, each time in a process of its own
//   import   lineitem as CSV into memory, each side in processes of its own
//   tpch     the 22 queries, in rounds that alternate; answers are checked first; the longest slice of Smew
//   large    400 MB of CSV into a file under memory_limit 64 MB: linear memory must stay below 128 MB
//
// What is told are medians. Smew is driven through the module's exports, slice by slice, over the package's own host for Node;
// DuckDB-WASM through its blocking bindings, which take whole queries. Both run in this thread and neither has others.
// All figures are written to build/bench/wasm.json. Exit code 1: a query fails or answers otherwise, or a limit is broken.
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readAnswers, sameField } from "./answers.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const work = join(root, "build/bench");
const shared = join(root, "../shared/data/tpch");
const requirePeer = createRequire(join(work, "package.json"));

const options = { scale: "0.1", rounds: "5", queries: "", parts: "start,import,tpch,large", module: join(root, "build/wasm/smew.wasm"), child: "" };
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)=(.*)$/.exec(argument) ?? [];
  if (!(name in options)) {
    console.error(`bench: unknown option ${argument}`);
    process.exit(2);
  }
  options[name] = value;
}
const data = join(work, `sf${options.scale}`);
const rounds = Number(options.rounds);
const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// Of the process, so with what V8's compiler threads do meanwhile. A slice took no more than this nor than the wall's time,
// which on a busy machine counts others.
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

// The run whose longest slice is the median of all runs'.
const medianSlice = (slices) => slices.toSorted((a, b) => a.ms - b.ms)[slices.length >> 1];

// ---------------------------------------------------------------------------------------------------------------------
// Smew
// ---------------------------------------------------------------------------------------------------------------------

const OK = 0, CHUNK = 1, DONE = 2, ERROR = 5;

class Smew {
  constructor({ Host, NodeBackend }, module) {
    const host = new Host(new NodeBackend(), () => {});
    this.wasm = new WebAssembly.Instance(module, { smew: host.imports() }).exports;
    host.attach(this.wasm);
    this.wasm._initialize?.();
    this.out = this.wasm.smew_allocate(16);
  }

  word(pointer) {
    return new DataView(this.wasm.memory.buffer).getUint32(pointer, true);
  }

  text(pointer) {
    const memory = new Uint8Array(this.wasm.memory.buffer);
    return new TextDecoder().decode(memory.subarray(pointer, memory.indexOf(0, pointer)));
  }

  put(text) {
    const bytes = new TextEncoder().encode(text);
    const block = this.wasm.smew_allocate(bytes.length + 1);
    new Uint8Array(this.wasm.memory.buffer, block, bytes.length + 1).set([...bytes, 0]);
    return [block, bytes.length];
  }

  open(path, memoryLimit) {
    const [name] = this.put(path);
    this.wasm.smew_door_open(name, memoryLimit, 0, 0, 0, 0, this.out);
    this.database = this.word(this.out);
    for (let status; (status = this.wasm.smew_open_step(this.database)) !== OK; ) {
      if (status === ERROR) throw new Error(this.text(this.word(this.wasm.smew_database_error(this.database) + 12)));
    }
    this.wasm.smew_connect(this.database, this.out);
    this.session = this.word(this.out);
  }

  fail() {
    throw new Error(this.text(this.word(this.wasm.smew_error(this.session) + 12)).split("\n")[0]);
  }

  // Runs a script. `onChunk` gets each chunk and the number of its columns. With `watched` it returns the longest slice: its ms and the
  // operator at work; watching costs some microseconds a slice.
  run(sql, onChunk, watched) {
    let longest = { ms: 0, activity: "" };
    const begin = () => watched && [performance.now(), cpuMs()];
    const note = (start, activity) => {
      if (!watched) return;
      const ms = Math.min(performance.now() - start[0], cpuMs() - start[1]);
      if (ms > longest.ms) longest = { ms, activity: activity() };
    };
    const [text, length] = this.put(sql);
    for (let at = text; at < text + length; ) {
      let start = begin();
      const prepared = this.wasm.smew_prepare(this.session, at, text + length - at, this.out, this.out + 4);
      note(start, () => "prepare");
      if (prepared !== OK) this.fail();
      const statement = this.word(this.out);
      at = this.word(this.out + 4);
      if (!statement) break;
      for (let status = CHUNK; status !== DONE; ) {
        start = begin();
        status = this.wasm.smew_step(statement);
        note(start, () => this.text(this.wasm.smew_activity(statement)));
        if (status === ERROR) this.fail();
        if (status === CHUNK && onChunk) onChunk(this.wasm.smew_statement_chunk(statement), this.wasm.smew_column_count(statement));
      }
      this.wasm.smew_finalize(statement);
    }
    this.wasm.smew_release(text);
    return longest;
  }

  rows(sql) {
    const rows = [];
    this.run(sql, (chunk, columns) => {
      const count = this.wasm.smew_chunk_row_count(chunk);
      for (let row = 0; row < count; row++) {
        rows.push(Array.from({ length: columns }, (_, column) => {
          this.wasm.smew_value_text(chunk, column, row, this.out);
          const [pointer, length] = [this.word(this.out), this.word(this.out + 4)];
          const text = new TextDecoder().decode(new Uint8Array(this.wasm.memory.buffer, pointer, length));
          return text === "NULL" ? "" : text;
        }));
      }
    });
    return rows;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// DuckDB-WASM
// ---------------------------------------------------------------------------------------------------------------------

async function openDuckDB() {
  const folder = dirname(requirePeer.resolve("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs"));
  const duckdb = requirePeer("@duckdb/duckdb-wasm/dist/duckdb-node-blocking.cjs");
  const bundles = Object.fromEntries(["mvp", "eh"].map((name) => [name, { mainModule: join(folder, `duckdb-${name}.wasm`), mainWorker: "" }]));
  const database = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  await database.instantiate(() => {});
  database.open({ path: ":memory:", query: { castBigIntToDouble: false } });
  return { database, connection: database.connect() };
}

// ---------------------------------------------------------------------------------------------------------------------
// The tables and answers, as bench/tpch.mjs made them
// ---------------------------------------------------------------------------------------------------------------------

const loadScript = (path) =>
  readFileSync(join(work, "load.sql"), "utf8").replaceAll(/FROM '.*?([a-z]+)\.csv'/g, (_, table) => `FROM '${path(`${table}.csv`)}'`);

const sameRows = (expected, actual) =>
  expected.length === actual.length && expected.every((row, i) => row.every((field, j) => sameField(field, actual[i][j])));

// ---------------------------------------------------------------------------------------------------------------------
// The parts
// ---------------------------------------------------------------------------------------------------------------------

const results = { cpu: cpus()[0]?.model, node: process.version, scale: options.scale, rounds };
let broken = false;
function limit(what, value, most, unit = "") {
  const kept = value <= most;
  broken ||= !kept;
  console.log(`  ${kept ? "ok  " : "OVER"} ${what}: ${value.toFixed(2)}${unit}, at most ${most}${unit}`);
}

// In a process of its own: prints the milliseconds from before the import to the first answer.
async function startChild(side) {
  const start = performance.now();
  if (side === "smew") {
    const { open } = await import(pathToFileURL(join(root, "js/smew/dist/node.js")));
    const database = await open(":memory:");
    await database.query("SELECT 1");
    console.log(performance.now() - start);
    await database.close();
  } else {
    const { connection } = await openDuckDB();
    connection.query("SELECT 1");
    console.log(performance.now() - start);
  }
  process.exit(0);
}

function measureStart() {
  const times = { smew: [], duckdb: [] };
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? ["duckdb", "smew"] : ["smew", "duckdb"]) {
      times[side].push(Number(execFileSync(process.execPath, ["--no-warnings", fileURLToPath(import.meta.url), `--child=${side}`]).toString()));
    }
  }
  results.start = { smew: median(times.smew), duckdb: median(times.duckdb) };
  console.log(`import to first SELECT 1: Smew ${results.start.smew.toFixed(1)} ms, DuckDB-WASM ${results.start.duckdb.toFixed(1)} ms`);
  limit("start, ratio", results.start.smew / results.start.duckdb, 0.1);
}

// In a process of its own, for with both in one V8's compiler threads are busy with the one's code while the other runs. Prints the
// times of `rounds` imports after a first one.
const importFile = join(data, "lineitem.csv");
const createLineitem = () => /CREATE TABLE lineitem [^;]*;/.exec(readFileSync(join(work, "load.sql"), "utf8"))[0];
async function importChild(side) {
  const times = [];
  const slices = [];
  let run;
  let path = importFile;
  if (side === "smew") {
    const smew = new Smew(await buildHost(), await WebAssembly.compile(readFileSync(options.module)));
    smew.open(":memory:", 0);
    run = (sql, watched) => smew.run(sql, undefined, watched);
  } else {
    const { database, connection } = await openDuckDB();
    path = "import.csv";
    database.registerFileBuffer(path, new Uint8Array(readFileSync(importFile)));
    run = (sql) => connection.query(sql);
  }
  for (let round = 0; round <= rounds; round++) {
    run(createLineitem());
    const start = performance.now();
    run(`COPY lineitem FROM '${path}' (FORMAT csv, HEADER)`);
    if (round > 0) times.push(performance.now() - start);
    run("DROP TABLE lineitem");
  }
  for (let round = 0; side === "smew" && round < rounds; round++) {
    run(createLineitem());
    slices.push(run(`COPY lineitem FROM '${path}' (FORMAT csv, HEADER)`, true));
    run("DROP TABLE lineitem");
  }
  console.log(JSON.stringify({ times, slices }));
  process.exit(0);
}

function measureImport() {
  const times = { smew: [], duckdb: [] };
  const slices = [];
  for (const side of ["smew", "duckdb", "duckdb", "smew"]) {
    const child = [fileURLToPath(import.meta.url), `--child=import-${side}`, ...process.argv.slice(2)];
    const answer = JSON.parse(execFileSync(process.execPath, ["--no-warnings", ...child]).toString());
    times[side].push(...answer.times);
    slices.push(...answer.slices);
  }
  const slice = medianSlice(slices);
  results.import = { smew: median(times.smew), duckdb: median(times.duckdb), megabytes: statSync(importFile).size / 1e6, slice };
  console.log(`lineitem, ${results.import.megabytes.toFixed(0)} MB of CSV: Smew ${results.import.smew.toFixed(0)} ms, DuckDB-WASM ${results.import.duckdb.toFixed(0)} ms`);
  limit("import, ratio", results.import.smew / results.import.duckdb, 1);
  limit(`import, longest slice (${slice.activity})`, slice.ms, 25, " ms");
}

function measureQueries(smew, duckdb) {
  smew.run(loadScript((name) => join(data, name)));
  for (const [, table] of readFileSync(join(work, "load.sql"), "utf8").matchAll(/COPY (\w+)/g)) {
    duckdb.database.registerFileBuffer(`${table}.csv`, new Uint8Array(readFileSync(join(data, `${table}.csv`))));
  }
  for (const statement of loadScript((name) => name).split(";\n")) if (statement.trim()) duckdb.connection.query(statement);
  const queries = Array.from({ length: 22 }, (_, i) => i + 1)
    .filter((number) => !options.queries || options.queries.split(",").map(Number).includes(number))
    .map((number) => {
      const name = `q${String(number).padStart(2, "0")}`;
      return { name, sql: readFileSync(join(shared, "queries", `${name}.sql`), "utf8"), smew: [], duckdb: [], slices: [] };
    });
  for (const query of queries) {
    const expected = readAnswers(join(shared, `answers/sf${options.scale}`, `${query.name}.csv`));
    if (!sameRows(expected, smew.rows(query.sql))) {
      console.log(`${query.name}  differs from the expected answer`);
      broken = true;
    }
  }
  for (let round = 0; round <= rounds; round++) {
    for (const query of queries) {
      for (const side of round % 2 ? ["duckdb", "smew"] : ["smew", "duckdb"]) {
        const start = performance.now();
        if (side === "smew") smew.run(query.sql);
        else duckdb.connection.query(query.sql);
        if (round > 0) query[side].push(performance.now() - start);
      }
      if (round > 0) query.slices.push(smew.run(query.sql, undefined, true));
    }
  }
  results.tpch = queries.map((query) => ({ name: query.name, smew: median(query.smew), duckdb: median(query.duckdb), slice: medianSlice(query.slices) }));
  console.log(`TPC-H SF ${options.scale}, ms`);
  console.log(`${"query".padEnd(6)}${"Smew".padStart(9)}${"DuckDB-WASM".padStart(13)}${"ratio".padStart(8)}${"slice".padStart(8)}`);
  const line = ({ name, smew: ours, duckdb: theirs, slice }) =>
    console.log(`${name.padEnd(6)}${ours.toFixed(1).padStart(9)}${theirs.toFixed(1).padStart(13)}${(ours / theirs).toFixed(2).padStart(8)}${slice.ms.toFixed(1).padStart(8)}   ${slice.activity}`);
  for (const result of results.tpch) line(result);
  const sum = (key) => results.tpch.reduce((total, result) => total + result[key], 0);
  const most = (of) => results.tpch.reduce((highest, result) => Math.max(highest, of(result)), 0);
  const slowest = results.tpch.map((result) => result.slice).reduce((a, b) => (b.ms > a.ms ? b : a));
  line({ name: "total", smew: sum("smew"), duckdb: sum("duckdb"), slice: slowest });
  limit("total, ratio", sum("smew") / sum("duckdb"), 1.5);
  limit("worst query, ratio", most((result) => result.smew / result.duckdb), 3);
  limit(`longest slice (median of rounds, ${slowest.activity})`, slowest.ms, 25, " ms");
}

// lineitem over and over, until it is 400 MB.
function largeFile() {
  const path = join(work, "large.csv");
  if (existsSync(path) && statSync(path).size >= 400e6) return path;
  const text = readFileSync(join(data, "lineitem.csv"));
  const header = text.indexOf(10) + 1;
  const descriptor = openSync(path, "w");
  writeSync(descriptor, text.subarray(0, header));
  for (let size = 0; size < 400e6; size += text.length - header) writeSync(descriptor, text.subarray(header));
  closeSync(descriptor);
  return path;
}

function measureLarge(host, module) {
  const file = largeFile();
  const database = join(work, "large.smew");
  const remove = () => ["", ".wal-a", ".wal-b", ".wal", ".lock"].forEach((suffix) => rmSync(database + suffix, { force: true }));
  remove();
  const smew = new Smew(host, module);
  smew.open(database, 64e6);
  smew.run(createLineitem());
  const start = performance.now();
  const slice = smew.run(`COPY lineitem FROM '${file}' (FORMAT csv, HEADER)`, undefined, true);
  const ms = performance.now() - start;
  const memory = smew.wasm.memory.buffer.byteLength / 1e6;
  const [[count]] = smew.rows("SELECT count(*) FROM lineitem");
  results.large = { ms, megabytes: statSync(file).size / 1e6, memory, slice, rows: Number(count) };
  console.log(`${results.large.megabytes.toFixed(0)} MB of CSV into a file, memory_limit 64 MB: ${(ms / 1000).toFixed(1)} s, ${count} rows`);
  limit("linear memory", memory, 128, " MB");
  limit(`import, longest slice (${slice.activity})`, slice.ms, 25, " ms");
  remove();
}

// The package's host as one module, as test/js/wasm_sqllogic.mjs has it.
async function buildHost() {
  const source = join(root, "js/smew/src");
  const outfile = join(work, "host.mjs");
  const contents = `export { Host } from "./host.js"; export { NodeBackend } from "./hosts/node.js";`;
  const { build } = createRequire(join(root, "js/smew/package.json"))("esbuild");
  await build({ stdin: { contents, resolveDir: source, loader: "ts" }, bundle: true, format: "esm", platform: "node", outfile, logLevel: "error" });
  return import(pathToFileURL(outfile));
}

if (options.child.startsWith("import-")) await importChild(options.child.slice("import-".length));
else if (options.child) await startChild(options.child);
mkdirSync(work, { recursive: true });
const wants = (part) => options.parts.split(",").includes(part);
const module = await WebAssembly.compile(readFileSync(options.module));
const host = await buildHost();
console.log(`\nSmew in wasm beside DuckDB-WASM ${JSON.parse(readFileSync(join(work, "package.json"), "utf8")).dependencies["@duckdb/duckdb-wasm"]} (eh), Node ${process.version}, ${rounds} rounds in turns, medians`);
if (wants("start")) measureStart();
if (wants("import")) measureImport();
if (wants("tpch")) {
  const smew = new Smew(host, module);
  smew.open(":memory:", 0);
  const duckdb = await openDuckDB();
  results.version = duckdb.connection.query("SELECT version() AS v").toArray()[0].v;
  measureQueries(smew, duckdb);
}
if (wants("large")) measureLarge(host, module);
writeFileSync(join(work, "wasm.json"), `${JSON.stringify(results, null, 1)}\n`);
process.exit(broken ? 1 : 0);
