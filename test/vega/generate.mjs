// SPDX-License-Identifier: MIT
//
// generate.mjs: asks DuckDB the questions of queries.sql and writes them with its answers to vega.test.
//
//   tools/npm_tests.sh && bench/bench.sh --help   (once: the data sets under build/js, DuckDB under build/bench)
//   node test/vega/generate.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { DuckDBInstance } = createRequire(`${root}/build/bench/`)("@duckdb/node-api");

process.chdir(`${root}/build/js/node_modules/vega-datasets/data`);
const connection = await (await DuckDBInstance.create(":memory:")).connect();

await connection.run("SET threads = 1");

const show = (value) => (value === null ? "NULL" : value === "" ? "(empty)" : String(value));

async function answer(sql) {
  // DESCRIBE has text alone; of all else the text forms are asked for.
  if (/^describe/i.test(sql)) return connection.runAndReadAll(sql);
  return connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (${sql})`);
}

let out = `# name: test/vega/vega.test
# description: Questions to npm's vega-datasets with DuckDB's answers; made by generate.mjs from queries.sql, do not edit
# group: [vega]
`;
const [, ...parts] = readFileSync(`${here}/queries.sql`, "utf8").split(/\n\n/);
for (const piece of parts.join("\n").split(/;\n/)) {
  const lines = piece.trim().split("\n");
  for (const line of lines.filter((text) => text.startsWith("--"))) out += `\n#${line.slice(2)}\n`;
  const sql = lines.filter((text) => !text.startsWith("--")).join("\n");
  if (!sql) continue;
  if (!/^(select|with|describe)/i.test(sql)) {
    await connection.run(sql);
    out += `\nstatement ok\n${sql}\n`;
    continue;
  }
  const result = await answer(sql);
  out += `\nquery ${"T".repeat(result.columnCount)}\n${sql}\n----\n`;
  for (const row of result.getRows()) out += `${row.map(show).join("\t")}\n`;
}
writeFileSync(`${here}/vega.test`, out);
