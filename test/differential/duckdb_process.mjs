// SPDX-License-Identifier: MIT
//
// duckdb_process.mjs: the child process in which DuckDB lives; engines.mjs talks to it. One thread, so that what depends on
// the order of rows is the same each time.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { DuckDBInstance } = createRequire(resolve(process.argv[2], "package.json"))("@duckdb/node-api");
const limitMillis = 8_000;
let connection;

async function reset() {
  connection?.closeSync();
  connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("SET threads = 1");
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run("SET memory_limit = '4GB'");
}

async function query(sql) {
  const described = (await connection.runAndReadAll(`DESCRIBE ${sql}`)).getRows();
  const result = await connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (${sql}\n)`);
  return { columns: described.map(([name, type]) => ({ name, type })), rows: result.getRows() };
}

async function statement(sql) {
  const result = await connection.runAndReadAll(sql);
  const rows = result.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  return { columns: result.columnNames().map((name, i) => ({ name, type: String(result.columnType(i)) })), rows };
}

async function answer({ sql, asText }) {
  const timer = setTimeout(() => connection.interrupt(), limitMillis);
  try {
    return await (asText ? query(sql) : statement(sql));
  } catch (thrown) {
    const text = String(thrown.message);
    const [, kind, message] = /^([A-Za-z -]+(?: Error|Exception)?): ([^]*)$/.exec(text) ?? [, "?", text];
    return { error: { kind: /^INTERRUPT/.test(text) ? "Timeout" : kind, message } };
  } finally {
    clearTimeout(timer);
  }
}

process.on("message", async (message) => process.send(message.reset ? await reset().then(() => ({})) : await answer(message)));
process.on("disconnect", () => process.exit());
