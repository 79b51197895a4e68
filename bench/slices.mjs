// SPDX-License-Identifier: MIT
//
// slices.mjs: the second part of `make bench`: how long a single slice of work gets, in a database file.
//
//   node bench/slices.mjs [--rounds=3] [--rows=1000000]
//
// Each round starts with an empty database file and runs the statements below in order. Of each the longest call (smew_prepare, smew_step, smew_finalize) is told: by the thread's
// CPU time, the median over the rounds, with what was at work. OPEN is the recovery of a copy made while the write-ahead log held what came before it.
// Last, a point query is asked for after every step of a long query; the time until its answer includes the step that it had to wait for.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const work = join(root, "build/bench/slices");
const options = { rounds: "3", rows: "1000000" };
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)=(.*)$/.exec(argument) ?? [];
  if (!(name in options)) {
    console.error(`bench: unknown option ${argument}`);
    process.exit(2);
  }
  options[name] = value;
}
const rows = Number(options.rows);
const csv = join(work, "rows.csv");
const longCsv = join(work, "long.csv");

const statements = [
  ["CREATE TABLE AS", `CREATE TABLE t AS SELECT i AS id, (hash(i) % 1000)::INTEGER AS k, (hash(i, 1) % ${rows})::BIGINT AS r, i / 7 AS d, 'name ' || hash(i) AS s,
     DATE '2020-01-01' + (i % 1000)::INTEGER AS day FROM range(${rows}) x(i)`],
  ["COPY TO", `COPY t TO '${csv}'`],
  ["COPY FROM", `CREATE TABLE u AS FROM t LIMIT 0; COPY u FROM '${csv}'`],
  ["CREATE TABLE AS read_csv", `CREATE TABLE v AS FROM read_csv('${csv}')`],
  ["CHECKPOINT", "CHECKPOINT"],
  ["CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX t_id ON t (id)"],
  ["CREATE UNIQUE INDEX, text", "CREATE UNIQUE INDEX u_s ON u (s)"],
  ["CREATE INDEX", "CREATE INDEX t_k ON t (k)"],
  ["INSERT with a key", `INSERT INTO t SELECT id + ${rows}, k, r, d, s, day FROM u`],
  ["sort, numbers", "SELECT * FROM u ORDER BY r, id"],
  ["sort, text", "SELECT id FROM u ORDER BY s"],
  ["top N of many", `SELECT id FROM u ORDER BY r LIMIT ${rows / 4} OFFSET ${rows / 4}`],
  ["group, few", "SELECT k, count(*), sum(d), min(s) FROM u GROUP BY k"],
  ["group, many", "SELECT s, count(*), sum(d) FROM u GROUP BY s"],
  ["group, all distinct", "SELECT count(*) FROM (SELECT id, r FROM u GROUP BY ALL)"],
  ["count distinct", "SELECT count(DISTINCT r), count(DISTINCT s) FROM u"],
  ["median", "SELECT median(d), quantile_cont(r, 0.9) FROM u"],
  ["median of groups", "SELECT k, median(d), mode(s) FROM u GROUP BY k"],
  ["list", "SELECT len(list(s)), len(string_agg(s, ',')) FROM u"],
  ["list in order", "SELECT len(list(s ORDER BY r)) FROM u"],
  ["lists of groups", "SELECT k, list(s), string_agg(s, ',' ORDER BY r) FROM u GROUP BY k"],
  ["list of lists", "SELECT len(list([id, r])) FROM u"],
  ["string_agg, distinct", "SELECT k % 10, string_agg(DISTINCT s, ',' ORDER BY s) FROM u GROUP BY 1"],
  ["quantiles", "SELECT quantile_cont(d, [0.1, 0.5, 0.9]), quantile_disc(s, [0.1, 0.9]), mad(d) FROM u"],
  ["histogram", "SELECT cardinality(histogram(s)), mode(r), entropy(r), approx_top_k(r, 100) FROM u"],
  ["arg_max of many", `SELECT len(arg_max(s, r, ${rows / 2})), len(min(s, 1000)) FROM u`],
  ["functions of lists", "SELECT sum(len(list_sort(t))), sum(len(t::VARCHAR)) FROM (SELECT list(s) AS t FROM u GROUP BY k)"],
  ["sort of lists", "SELECT * FROM (SELECT k, list(s) AS t FROM u GROUP BY k) ORDER BY k"],
  ["functions of long texts", "SELECT sum(levenshtein(repeat(s, 10), repeat(s, 9))), sum(len(regexp_replace(repeat(s, 100), '[0-9]+', 'z', 'g'))) FROM (FROM u LIMIT 3000)"],
  ["filter by long texts", "SELECT count(*) FROM (FROM u LIMIT 3000) WHERE levenshtein(repeat(s, 10), repeat(s, 9)) > 25"],
  ["DISTINCT", "SELECT DISTINCT r FROM u"],
  ["DISTINCT ON", "SELECT DISTINCT ON (k) * FROM u ORDER BY k, r"],
  ["UNION", "SELECT count(*) FROM (SELECT r FROM u UNION SELECT id FROM v)"],
  ["EXCEPT", "SELECT count(*) FROM (SELECT id FROM u EXCEPT SELECT r FROM v)"],
  ["hash join", "SELECT count(*), sum(u.d) FROM u JOIN v ON u.r = v.id"],
  ["hash join, one key", "SELECT count(*) FROM (FROM u LIMIT 5) u JOIN v ON u.k % 1 = v.k % 1 AND u.d > v.d + 150000"],
  ["hash join, semi", "SELECT count(*) FROM u WHERE r IN (SELECT r + 1 FROM v WHERE k < 500)"],
  ["nested loop join", "SELECT count(*) FROM (FROM u LIMIT 3000) u JOIN v ON u.r < v.id - 995000"],
  ["window", "SELECT sum(d) OVER (PARTITION BY k ORDER BY r), row_number() OVER (ORDER BY s) FROM u"],
  ["window, moving", "SELECT avg(d) OVER (ORDER BY id ROWS BETWEEN 1000 PRECEDING AND CURRENT ROW), lag(s) OVER (ORDER BY id) FROM u"],
  ["window, one frame", "SELECT list(d) OVER (), string_agg(s, '') OVER (), median(d) OVER () FROM u"],
  ["window, IGNORE NULLS", "SELECT last_value(CASE WHEN id < 10 THEN s END IGNORE NULLS) OVER (ORDER BY id), lead(CASE WHEN id < 10 THEN s END IGNORE NULLS) OVER (ORDER BY id) FROM u"],
  ["window, order in frames", "SELECT nth_value(s, 2 ORDER BY r) OVER (ORDER BY id ROWS BETWEEN 5000 PRECEDING AND CURRENT ROW), rank(ORDER BY r) OVER (ORDER BY id ROWS 2000 PRECEDING) FROM (FROM u LIMIT 5000)"],
  ["recursive CTE", "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT sum(n) FROM c"],
  ["unnest", "SELECT count(*) FROM (SELECT unnest(range(1000)) FROM range(1000))"],
  ["PIVOT", "SELECT count(*) FROM (PIVOT (FROM u WHERE k < 100) ON k USING sum(d) GROUP BY day)"],
  ["sniff_csv", `SELECT Columns FROM sniff_csv('${csv}')`],
  ["read_csv, three files", `SELECT count(*), max(s) FROM read_csv(['${csv}', '${csv}', '${csv}'], files_to_sniff = 1)`],
  ["UPDATE", "UPDATE u SET d = d + 1, s = s || 'x' WHERE k < 500"],
  ["UPDATE of a key", `UPDATE t SET id = id + ${10 * rows}`],
  ["UPDATE FROM", "UPDATE v SET d = u.d + 2 FROM u WHERE u.id = v.id"],
  ["MERGE", "MERGE INTO v USING u ON v.id = u.id WHEN MATCHED AND u.k < 100 THEN UPDATE SET d = u.d + 1 WHEN MATCHED AND u.k > 990 THEN DELETE"],
  ["DELETE", "DELETE FROM u WHERE k % 3 = 1"],
  ["CHECKPOINT after changes", "CHECKPOINT"],
  ["ALTER TABLE, type", "ALTER TABLE v ALTER k TYPE VARCHAR"],
  ["ADD COLUMN", "ALTER TABLE v ADD COLUMN n DOUBLE DEFAULT random()"],
  ["INSERT, rolled back", "BEGIN; INSERT INTO v FROM v; ROLLBACK"],
  ["DROP TABLE", "DROP TABLE t"],
  ["CHECKPOINT after DROP", "CHECKPOINT"],
  ["CREATE TABLE AS, long texts", `CREATE TABLE w AS SELECT i AS id, repeat(md5(i::VARCHAR), 6) AS s FROM range(${rows}) x(i)`],
  ["scan of long texts", "SELECT max(s) FROM w"],
  ["UPDATE of long texts", `SET checkpoint_threshold = '10GB'; UPDATE w SET s = s || 'x'`],
  ["OPEN after a large commit", null],
  ["UPDATE in many commits", Array.from({ length: 300 }, (_, i) => `UPDATE w SET s = s || 'y' WHERE id BETWEEN ${i * 1000} AND ${i * 1000 + 999}`).join(";\n")],
  ["OPEN after many commits", null],
  ["CHECKPOINT of it all", "CHECKPOINT"],
  ["INSERT in many commits", Array.from({ length: 200 }, (_, i) => `INSERT INTO w SELECT i, 'a text of some length ' || i FROM range(${i * rows}, ${i * rows} + 1000) x(i)`).join(";\n")],
  ["query after many commits", "SELECT count(*) FROM w WHERE id > 5 AND s < 'b'"],
  ["ROLLBACK of long texts", "BEGIN; UPDATE w SET s = s || 'y'; ROLLBACK"],
  ["CREATE TABLE AS, texts of 10 KB", `CREATE TABLE x AS SELECT i AS id, repeat(md5(i::VARCHAR), 320) AS s FROM range(${rows / 100}) x(i)`],
  ["scan of texts of 10 KB", "SELECT max(s), count(*) FROM x"],
  ["INSERT of texts of 10 KB", "INSERT INTO x SELECT id, s || 'y' FROM x LIMIT 1500"],
  ["UPDATE of texts of 10 KB", "UPDATE x SET s = s || 'x' WHERE id < 5000"],
  ["UPDATE of them again", "UPDATE x SET s = s || 'x' WHERE id < 3000"],
  ["COPY TO, lines of 10 KB", `COPY x TO '${longCsv}'`],
  ["read_csv, lines of 10 KB", `SELECT count(*), max(s) FROM read_csv('${longCsv}')`],
  ["read_csv, sample of all", `SELECT count(*) FROM read_csv('${csv}', sample_size = -1)`],
  ["PIVOT, 1,000 aggregates", "SELECT count(*) FROM (PIVOT (SELECT hash(i) % 1000 AS k, i % 10 AS g, i AS v FROM range(10000) x(i)) ON k USING sum(v) GROUP BY g)"],
];

// Statements so long that planning them takes long: told apart, for it is cut only between parsing, binding, the rows of VALUES, and the passes over the plan.
const times = (count, text) => Array.from({ length: count }, (_, i) => text(i));
const longStatements = [
  ["IN, 150,000 values", `SELECT count(*) FROM range(1000) x(i) WHERE i IN (${times(150000, (i) => i * 3)})`],
  ["VALUES, 50,000 rows", `CREATE TEMP TABLE y (a INTEGER, b VARCHAR, c DOUBLE); INSERT INTO y VALUES ${times(50000, (i) => `(${i},'v${i}',${i}.5)`)}`],
  ["VALUES, 60,000 calls", `SELECT count(*) FROM (VALUES ${times(30000, (i) => `(${i} + 1, upper('v${i}'))`)})`],
  ["list, 150,000 elements", `SELECT len([${times(150000, (i) => i)}])`],
  ["OR, 5,000 arms", `SELECT count(*) FROM range(1000) x(i) WHERE ${times(5000, (i) => `i % ${i + 2} = ${i}`).join(" OR ")}`],
  ["AND, 5,000 conditions", `SELECT count(*) FROM range(1000) x(i) WHERE ${times(5000, (i) => `i <> ${i}`).join(" AND ")}`],
  ["SELECT, 5,000 columns", `SELECT ${times(5000, (i) => `i + ${i}`)} FROM range(10) x(i)`],
  ["UNION ALL, 1,000 arms", times(1000, (i) => `SELECT a + ${i} FROM y WHERE a = ${i}`).join(" UNION ALL ")],
  ["200 joins", `SELECT count(*) FROM y y0 ${times(199, (i) => `JOIN y y${i + 1} ON y${i + 1}.a = y${i}.a`).join(" ")} WHERE y0.a < 10`],
  ["5,000 statements", times(5000, (i) => `SELECT ${i} AS ${"a".repeat(180)}`).join(";\n")],
];

class Smew {
  async start() {
    const database = join(work, "slices.smew");
    for (const end of ["", "-wal-a", "-wal-b"]) rmSync(database + end, { force: true });
    this.child = spawn(join(root, "build/native/smew_bench"), [database, join(work, "empty.sql")], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.on("exit", (code, signal) => this.resolve?.({ error: `smew_bench ended (${signal ?? `exit code ${code}`})` }));
    createInterface({ input: this.child.stdout }).on("line", (line) => this.resolve?.(JSON.parse(line)));
    return this.answer();
  }

  answer() {
    return new Promise((done) => {
      this.resolve = done;
    });
  }

  ask(command) {
    this.child.stdin.write(`${command}\n`);
    return this.answer();
  }

  // A copy of the database as a crash would leave it.
  open() {
    const copy = join(work, "copy.smew");
    for (const end of ["", "-wal-a", "-wal-b"]) copyFileSync(join(work, `slices.smew${end}`), copy + end);
    return this.ask(`open ${copy}`);
  }

  stop() {
    const ended = new Promise((done) => this.child.on("close", done));
    this.resolve = undefined;
    this.child.stdin.end();
    return ended;
  }
}

mkdirSync(work, { recursive: true });
writeFileSync(join(work, "empty.sql"), "");
writeFileSync(join(work, "long.sql"), "SELECT count(*), sum(a.d) FROM v a JOIN v b ON a.r = b.r JOIN v c ON b.id = c.r; SELECT s, count(*) FROM v GROUP BY s ORDER BY s LIMIT 5");
writeFileSync(join(work, "point.sql"), "SELECT * FROM small WHERE id = 77");
const works = [...statements, ...longStatements].map(([name, sql], i) => {
  const path = sql === null ? null : join(work, `${i}.sql`);
  if (path) writeFileSync(path, sql);
  return { name, path, long: i >= statements.length, answers: [] };
});
writeFileSync(join(work, "small.sql"), "CREATE TABLE small AS SELECT i AS id, 'name ' || i AS name FROM range(1000) x(i)");

const middle = (answers, field) => answers.toSorted((a, b) => a[field] - b[field])[answers.length >> 1];
const points = [];
let failed = false;
for (let round = 0; round < Number(options.rounds); round++) {
  const smew = new Smew();
  await smew.start();
  for (const item of works) {
    const answer = item.path ? await smew.ask(`run ${item.path}`) : await smew.open();
    if (answer.error) {
      item.failure = answer.error.split("\n")[0];
      failed = true;
      continue;
    }
    item.answers.push(answer);
  }
  await smew.ask(`run ${join(work, "small.sql")}`);
  points.push(await smew.ask(`beside ${join(work, "long.sql")} ${join(work, "point.sql")}`));
  await smew.stop();
}

console.log(`\n${rows} rows in a file, ${options.rounds} rounds, medians\n${"statement".padEnd(34)}${"ms".padStart(9)}${"steps".padStart(8)}${"slice ms".padStart(10)}${"wall ms".padStart(9)}   longest slice`);
for (const item of works) {
  if (item.failure) console.log(`${item.name.padEnd(34)}  fails: ${item.failure}`);
  if (!item.answers.length) continue;
  const slice = middle(item.answers, "slice_ms");
  const wall = middle(item.answers, "slice_wall_ms").slice_wall_ms;
  const ms = middle(item.answers, "ms").ms;
  console.log(`${item.name.padEnd(34)}${ms.toFixed(1).padStart(9)}${String(slice.steps).padStart(8)}${slice.slice_ms.toFixed(2).padStart(10)}${wall.toFixed(2).padStart(9)}   ${slice.activity}`);
}
for (const long of [false, true]) {
  const done = works.filter((item) => item.long === long && item.answers.length);
  const slowest = done.map((item) => ({ name: item.name, slice: middle(item.answers, "slice_ms") })).reduce((a, b) => (b.slice.slice_ms > a.slice.slice_ms ? b : a));
  const whose = long ? "longest slice of a statement of up to a megabyte" : "longest slice";
  console.log(`${whose} (CPU, median of rounds): ${slowest.slice.slice_ms.toFixed(2)} ms, ${slowest.slice.activity} in ${slowest.name}`);
}
const point = middle(points, "slice_wall_ms");
if (point.error) {
  console.log(`point query beside a long one fails: ${point.error}`);
  failed = true;
} else {
  console.log(`point query beside a query of ${(point.ms / 1000).toFixed(1)} s, asked ${point.steps} times: answered after ${point.slice_wall_ms.toFixed(1)} ms at most`);
}
process.exitCode = failed ? 1 : 0;
