// SPDX-License-Identifier: MIT
//
// engines.mjs: the two databases, each in a process of its own, so that one that dies is an answer like any other. Both
// answer a statement with {columns: [{name, type}], rows: [[text or null]]}, or with {error: {kind, message}}: the kind is the
// class that the engine names ("Binder Error"), or "Died", or "Timeout".
import { fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Bytes that arrive in pieces, taken from the front as numbers and texts; each take waits until they are there. */
class Incoming {
  #bytes = Buffer.alloc(0);
  #offset = 0;
  #pieces = [];
  #wake = () => {};
  #ended = false;

  constructor(stream) {
    stream.on("data", (piece) => (this.#pieces.push(piece), this.#wake()));
    stream.on("close", () => ((this.#ended = true), this.#wake()));
  }

  /** False: the stream has ended before that. */
  async has(count) {
    while (this.#bytes.length - this.#offset < count) {
      if (this.#pieces.length) {
        this.#bytes = Buffer.concat([this.#bytes.subarray(this.#offset), ...this.#pieces]);
        this.#offset = 0;
        this.#pieces = [];
      } else if (this.#ended) {
        throw new Error("the stream has ended");
      } else {
        await new Promise((resolve) => (this.#wake = resolve));
      }
    }
  }

  async take(count) {
    if (this.#bytes.length - this.#offset < count) await this.has(count);
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }

  async count() {
    return (await this.take(4)).readUInt32LE();
  }

  async text() {
    const length = await this.count();
    return length === 0xffffffff ? null : (await this.take(length)).toString();
  }
}

/** Smew, behind test/tools/query_pipe.c. */
export class Smew {
  #program;
  #process;
  #incoming;
  #stderr = "";

  constructor(program, { timeoutMillis = 20_000 } = {}) {
    this.#program = program;
    this.timeoutMillis = timeoutMillis;
  }

  /** An empty database. */
  async reset() {
    this.close();
    this.#stderr = "";
    this.#process = spawn(this.#program, { stdio: ["pipe", "pipe", "pipe"], env: { ASAN_OPTIONS: "detect_leaks=0", ...process.env } });
    this.#process.stderr.on("data", (piece) => (this.#stderr += piece));
    this.#process.stdin.on("error", () => {});
    this.#incoming = new Incoming(this.#process.stdout);
  }

  close() {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }

  async run(sql) {
    if (!this.#process) return { error: { kind: "Died", message: "before this statement" } };
    const bytes = Buffer.from(sql);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    this.#process.stdin.write(Buffer.concat([length, bytes]));
    let late = false;
    const timer = setTimeout(() => ((late = true), this.close()), this.timeoutMillis);
    try {
      return await this.#answer();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.close();
      if (late) return { error: { kind: "Timeout", message: `no answer in ${this.timeoutMillis} ms` } };
      return { error: { kind: "Died", message: this.#stderr.slice(0, 4000) } };
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer() {
    const incoming = this.#incoming;
    const columns = [];
    const rows = [];
    for (;;) {
      const mark = String.fromCharCode((await incoming.take(1))[0]);
      if (mark === "e") return { columns, rows };
      if (mark === "E") return { error: { kind: await incoming.text(), message: await incoming.text() } };
      if (mark === "C") {
        for (let count = await incoming.count(); count > 0; count--) {
          columns.push({ name: await incoming.text(), type: await incoming.text() });
        }
      } else {
        const row = [];
        for (let column = 0; column < columns.length; column++) row.push(await incoming.text());
        rows.push(row);
      }
    }
  }
}

/** DuckDB, behind duckdb_process.mjs. */
export class DuckDB {
  #process;
  #package;
  #resolve;

  constructor(packageRoot) {
    this.#package = packageRoot;
  }

  async reset() {
    if (!this.#process) {
      this.#process = fork(here("./duckdb_process.mjs"), [this.#package], { serialization: "advanced" });
      this.#process.on("message", (answer) => this.#resolve?.(answer));
      this.#process.on("exit", () => {
        this.#process = undefined;
        this.#resolve?.({ error: { kind: "Died", message: "DuckDB's process has ended" } });
      });
    }
    await this.#ask({ reset: true });
  }

  close() {
    this.#process?.kill("SIGKILL");
  }

  #ask(message) {
    if (!this.#process) return Promise.resolve({ error: { kind: "Died", message: "before this statement" } });
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#process.send(message);
    });
  }

  /** `asText`: the statement is a query, whose values DuckDB itself turns into texts; otherwise they must be texts. */
  run(sql, { asText = false } = {}) {
    return this.#ask({ sql, asText });
  }
}
