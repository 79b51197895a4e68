// SPDX-License-Identifier: MIT
//
// client.ts: the public API over a channel to an engine. Owns the numbering of requests, what waits for answers, and the
// credit of streams. Knows nothing of wasm, workers or files.

/// <reference lib="esnext.disposable" preserve="true" />
import { tableFromIPC } from "@uwdata/flechette";
import type { Table } from "@uwdata/flechette";

import { SmewError, smewError } from "./error.js";
import { PROTOCOL_VERSION } from "./protocol.js";
import type {
  Call, Channel, Parameters, PrepareDone, RunCall, RunDone, StorageDone, ToClient, ToEngine,
} from "./protocol.js";
import { asUtf8, refuseOtherFormats } from "./formats.js";
import { checkedOptions, orAborted } from "./options.js";
import type { RegisteredFile } from "./sources.js";
import { columnsOf, rowsOf } from "./values.js";
import type { ValueOptions } from "./values.js";

export type { Parameters, RegisteredFile, Table, ValueOptions };

/** How to open a database; every field has a default. */
export interface OpenOptions {
  /** Bytes, or text as SQL's memory_limit takes it ("64MB"). Default: none but the platform's. */
  memoryLimit?: number | string;
  /** False: the write-ahead log is only merged by `checkpoint()` and `close()`. Default true. */
  autoCheckpoint?: boolean;
  /** Size of the write-ahead log that starts a checkpoint. Bytes; default 16 MiB. */
  checkpointInterval?: number;
  /** The file must be there and is not changed. */
  readOnly?: boolean;
  /** NOT_FOUND instead of a new, empty database. */
  mustExist?: boolean;
  /** "Europe/Berlin"; default: the platform's. */
  timeZone?: string;
  /** How long to wait for a file that is open elsewhere, milliseconds; then LOCKED. Default 6000. */
  lockTimeout?: number;
  /**
   * A call that waits for a transaction of its session in which nothing has happened for so long, or for a stream of which
   * nobody took rows, rejects with TRANSACTION, for it may be waiting for itself (`db` used within `db.transaction`, or to
   * write while its own stream is read). Milliseconds; default 10000.
   */
  transactionIdleTimeout?: number;
  /** Where the worker and the module lie, when not beside this script (a bundler's or a CDN's address). */
  assets?: { worker?: string | URL; wasm?: string | URL };
  /** Aborting it gives up the wait for the lock or the files; `open` rejects with `signal.reason`. */
  signal?: AbortSignal;
}

/** What every call that may take long can be given. */
export interface CallOptions {
  /** Aborting it ends the call, which rejects with `signal.reason`. `AbortSignal.timeout(5000)` is a timeout. */
  signal?: AbortSignal;
}

/** What a call that runs a statement can be given. A statement that was aborted has changed nothing. */
export interface QueryOptions extends CallOptions {
  /** Called about ten times a second while the statement runs. What it throws ends the statement, and the call rejects with it. */
  onProgress?: (progress: Progress) => void;
}

/** How far a statement is. */
export interface Progress {
  /** 0 to 1, or undefined where nobody can know. */
  fraction: number | undefined;
  /** Rows of the result so far. */
  rows: number;
}

/** What `exec` answers. */
export interface ExecResult {
  /** Rows inserted, updated, deleted or copied. */
  changes: number;
  /** Time in the engine, milliseconds. */
  millis: number;
}

/** Batches of rows, and at the end what the statement did. */
export type RowStream = AsyncGenerator<Table, ExecResult, undefined>;

/** A table or view, as `tables` lists it. */
export interface TableInfo {
  schema: string;
  name: string;
  kind: "table" | "view";
  /** Estimated for tables; undefined for views. */
  rows: number | undefined;
}

/** A column, as `columns` lists it. */
export interface ColumnInfo {
  name: string;
  /** SQL type: "DECIMAL(18,3)". */
  type: string;
  nullable: boolean;
  primaryKey: boolean;
  /** Default expression as SQL; undefined: none. */
  default: string | undefined;
}

/** A value of an option of read_csv; arrays are its lists, objects its structs. */
export type CsvOption = string | number | boolean | readonly CsvOption[] | { readonly [name: string]: CsvOption };

/** How `importFile` reads a file, and what becomes of it. */
export interface ImportOptions extends QueryOptions {
  /** "create" (default): the table must not be there; "replace"; "append". */
  mode?: "create" | "replace" | "append";
  /** Default: by the content's name and type; CSV. */
  format?: "csv";
  /** Of the text, as TextDecoder names it: "windows-1252", "utf-16le". Default: UTF-8. */
  encoding?: string;
  /** Options of read_csv: { delim: ";", header: true, types: { zip: "VARCHAR" } }. */
  options?: { readonly [name: string]: CsvOption };
}

/** What `storage` tells. */
export interface Storage {
  /** "memory": gone when closed; "opfs": kept by the browser; "file": kept by the file system. */
  kind: "memory" | "opfs" | "file";
  path: string;
  /** Bytes of the database file and of its write-ahead logs. */
  fileBytes: number;
  walBytes: number;
  /** Bytes that the engine holds now, the most it held, and the size of the module's memory. */
  engineBytes: number;
  enginePeakBytes: number;
  wasmBytes: number;
  /** The browser may delete it under pressure; false after requestPersistence() was granted, and outside browsers. */
  evictable: boolean;
  /** Of the whole origin; undefined where the platform has none. */
  usage: number | undefined;
  quota: number | undefined;
}

/** Anything that SQL can read after `files.register`. A string is a URL, in a page relative to it; `importFile` in Node: or a path. */
export type FileSource = Blob | Uint8Array | ArrayBuffer | URL | string;

/** What one connection offers; `Database` and `Transaction` have it too. */
export interface Queryable {
  /**
   * Runs a statement and gives its rows as an Arrow table (Flechette), which is the caller's. Of a script (no parameters
   * then): the last statement's.
   *
   * @param sql One statement, or a script of several.
   * @param parameters An array for `?` and `$1`, an object for `$name`; as many as the statement has.
   * @throws SmewError PARSER, BINDER, CATALOG, CONVERSION, CONSTRAINT …; INVALID_INPUT: parameters that do not fit; CLOSED.
   * @example (await db.query("SELECT name FROM products WHERE price < ?", [10])).numRows
   */
  query(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Table>;
  /**
   * The same as objects, one a row. Of columns that share a name the last one wins.
   *
   * @throws SmewError as `query`; OUT_OF_RANGE: an integer beyond 2^53-1 (`{ integers: "bigint" }` reads it).
   * @example for (const { name } of await db.rows<{ name: string }>("FROM products")) console.log(name);
   */
  rows<T = Record<string, unknown>>(
    sql: string, parameters?: Parameters, options?: QueryOptions & ValueOptions,
  ): Promise<T[]>;
  /**
   * The same as the bytes of an Arrow IPC stream, for other readers of Arrow; none for a statement without columns.
   *
   * @example const table = arrow.tableFromIPC(await db.arrow("FROM products")); // npm's apache-arrow
   */
  arrow(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<Uint8Array>;
  /**
   * Runs a statement or a script and counts what it changed; rows are not read.
   *
   * @example const { changes } = await db.exec("UPDATE products SET price = price * 2 WHERE name = $name", { name: "tea" });
   */
  exec(sql: string, parameters?: Parameters, options?: QueryOptions): Promise<ExecResult>;
  /**
   * Rows as they come, in batches, in bounded memory. Leaving the loop ends the statement. The first batch brings the columns
   * and may have no rows; a statement without columns gives none. What the statement did is the generator's return value.
   * Writes of the session wait until the stream has ended: within the loop write in another (`db.connect()`).
   *
   * @example for await (const batch of db.stream("FROM products")) for (const { name } of rowsOf(batch)) console.log(name);
   */
  stream(sql: string, parameters?: Parameters, options?: QueryOptions): RowStream;
  /**
   * Parses once, runs often. The statement belongs to the session, and ends with it or its own `close`.
   *
   * @throws SmewError PARSER; INVALID_INPUT: none or several statements.
   * @example const find = await db.prepare("FROM products WHERE id = ?"); await find.rows([7]);
   */
  prepare(sql: string, options?: CallOptions): Promise<Prepared>;
}

/** A prepared statement: each call is as that of `Queryable` with its text. */
export interface Prepared {
  /** Names of `$name`, numbers of `?` and `$1`, in order. */
  readonly parameters: readonly string[];
  query(parameters?: Parameters, options?: QueryOptions): Promise<Table>;
  rows<T = Record<string, unknown>>(parameters?: Parameters, options?: QueryOptions & ValueOptions): Promise<T[]>;
  arrow(parameters?: Parameters, options?: QueryOptions): Promise<Uint8Array>;
  exec(parameters?: Parameters, options?: QueryOptions): Promise<ExecResult>;
  stream(parameters?: Parameters, options?: QueryOptions): RowStream;
  /** Lets go of it. Calls after that reject. */
  close(): Promise<void>;
  /** `await using find = await db.prepare(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the function of `transaction` is given; of no use when that has ended. */
export type Transaction = Queryable;

// ---------------------------------------------------------------------------------------------------------------------
// The connection: requests and answers
// ---------------------------------------------------------------------------------------------------------------------

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
  batch?(bytes: Uint8Array, rows: number): void;
  progress?(progress: Progress): void;
}

/** One engine as seen from a client; shared by the databases that opened the same path. */
export class Connection {
  private readonly waiting = new Map<number, Waiting>();
  private nextRequest = 1;
  private gone: SmewError | undefined;

  constructor(private readonly channel: Channel<ToClient, ToEngine>) {
    channel.listen((message) => this.receive(message));
    channel.lost?.((reason) => this.lose(reason));
  }

  private receive(message: ToClient): void {
    const waiting = this.waiting.get(message.request);
    if (!waiting) return;
    if (message.type === "batch") waiting.batch?.(message.bytes, message.rows);
    else if (message.type === "progress") {
      const fraction = message.fraction < 0 ? undefined : message.fraction;
      waiting.progress?.({ fraction, rows: message.rows });
    } else {
      this.waiting.delete(message.request);
      if (message.type === "done") waiting.resolve(message.value);
      else waiting.reject(new SmewError(message.error));
    }
  }

  // The worker died: nothing that waits will be answered.
  private lose(reason: unknown): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    this.end(smewError("CLOSED", `the engine has stopped: ${text}`, { committed: undefined }));
  }

  /** What waits, and all later calls, reject with `reason`. */
  end(reason = smewError("CLOSED", "the database is closed")): void {
    this.gone ??= reason;
    for (const waiting of this.waiting.values()) waiting.reject(this.gone);
    this.waiting.clear();
    this.channel.close();
  }

  private post(session: number, request: number, body: object): void {
    this.channel.post({ v: PROTOCOL_VERSION, epoch: 0, session, request, ...body } as ToEngine);
  }

  /** Sends a call. The request's number is for `credit` and `cancel`. */
  send<T>(session: number, call: Call, handlers: Partial<Waiting> = {}): { request: number; answer: Promise<T> } {
    const request = this.nextRequest++;
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.gone) return reject(this.gone);
      this.waiting.set(request, { ...handlers, resolve, reject });
      try {
        this.post(session, request, { type: "call", call });
      } catch (thrown) {
        this.waiting.delete(request); // a DataCloneError: a parameter that is no value
        reject(smewError("INVALID_INPUT", thrown instanceof Error ? thrown.message : String(thrown)));
      }
    });
    return { request, answer: answer as Promise<T> };
  }

  async call<T>(session: number, call: Call): Promise<T> {
    try {
      return await this.send<T>(session, call).answer;
    } catch (thrown) {
      throw thrownHere(thrown);
    }
  }

  credit(session: number, request: number): void {
    this.post(session, request, { type: "credit", count: 1 });
  }

  cancel(session: number, request: number): void {
    this.post(session, request, { type: "cancel" });
  }

}

// An error that came in a message has the stack of its arrival; this one has that of the caller who awaits it.
function thrownHere(thrown: unknown): unknown {
  return thrown instanceof SmewError ? new SmewError(thrown.toJSON()) : thrown;
}

// ---------------------------------------------------------------------------------------------------------------------
// Running
// ---------------------------------------------------------------------------------------------------------------------

const CREDIT = 4;
const PROGRESS_MILLIS = 100;

interface What {
  sql?: string;
  statement?: number;
  parameters?: Parameters | undefined;
  transaction?: number | undefined;
}

function runCall(what: What, rows: RunCall["rows"], options: QueryOptions): RunCall {
  const call: RunCall = { method: "run", rows, credit: CREDIT };
  if (what.sql !== undefined) call.sql = what.sql;
  if (what.statement !== undefined) call.statement = what.statement;
  if (what.parameters !== undefined) call.parameters = what.parameters;
  if (what.transaction !== undefined) call.transaction = what.transaction;
  if (options.onProgress) call.progressMillis = PROGRESS_MILLIS;
  return call;
}

class Runner {
  /** One of its statements has failed. */
  hasFailed = false;

  constructor(
    readonly connection: Connection,
    readonly session: number,
    readonly transaction: number | undefined,
    /** Ends all that runs here. */
    private readonly signal?: AbortSignal,
  ) {}

  /** Runs and hands each batch to `take`; its promise, when it gives one, delays the next credit. */
  async run(
    what: What, rows: RunCall["rows"], given: QueryOptions, take: (bytes: Uint8Array) => void | Promise<void>,
  ): Promise<RunDone> {
    const options = checkedOptions(given);
    const { onProgress } = options;
    const signal = this.signal && options.signal ? AbortSignal.any([this.signal, options.signal]) : (options.signal ?? this.signal);
    signal?.throwIfAborted();
    const { connection, session } = this;
    const call = runCall({ ...what, transaction: this.transaction }, rows, options);
    const handlers: Partial<Waiting> = {
      batch: (bytes) => {
        const taken = take(bytes);
        if (taken) void taken.then(() => connection.credit(session, sent.request));
        else connection.credit(session, sent.request);
      },
    };
    let failure: { thrown: unknown } | undefined;
    if (onProgress) {
      handlers.progress = (progress) => {
        try {
          if (!failure) onProgress(progress);
        } catch (thrown) {
          failure = { thrown };
          abort();
        }
      };
    }
    const sent = connection.send<RunDone>(session, call, handlers);
    const abort = (): void => connection.cancel(session, sent.request);
    signal?.addEventListener("abort", abort);
    try {
      return await sent.answer;
    } catch (thrown) {
      this.hasFailed = true;
      // A statement that ended before the abort reached it has its own error.
      const isInterrupted = thrown instanceof SmewError && thrown.code === "INTERRUPTED";
      if (isInterrupted && failure) throw failure.thrown;
      throw isInterrupted && signal?.aborted ? signal.reason : thrownHere(thrown);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async arrow(what: What, options: QueryOptions): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await this.run(what, "arrow", options, (bytes) => void parts.push(bytes));
    return concatenated(parts);
  }

  async query(what: What, options: QueryOptions): Promise<Table> {
    return tableOf(await this.arrow(what, options));
  }

  async rows<T>(what: What, given: QueryOptions & ValueOptions): Promise<T[]> {
    const options = checkedOptions(given);
    return rowsOf(await this.query(what, options), options) as T[];
  }

  async exec(what: What, options: QueryOptions): Promise<ExecResult> {
    const { changes, millis } = await this.run(what, "none", options, () => {});
    return { changes, millis };
  }

  async *stream(what: What, given: QueryOptions): RowStream {
    const options = checkedOptions(given);
    const leave = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, leave.signal]) : leave.signal;
    const batches: { bytes: Uint8Array; taken: () => void }[] = [];
    let schema: Uint8Array | undefined;
    let wake = (): void => {};
    let result: ExecResult | undefined;
    let failure: { thrown: unknown } | undefined;
    const done = this.run(what, "arrow", { ...options, signal }, (bytes) => {
      const promise = new Promise<void>((taken) => batches.push({ bytes, taken }));
      wake();
      return promise;
    }).then(
      ({ changes, millis }) => ((result = { changes, millis }), wake()),
      (thrown: unknown) => ((failure = { thrown }), wake()),
    );
    try {
      for (;;) {
        const next = batches.shift();
        if (next) {
          const table = tableOf(schema ? concatenated([schema, next.bytes]) : next.bytes);
          const isFirst = !schema;
          schema ??= schemaMessage(next.bytes);
          next.taken();
          if (table.numRows || isFirst) yield table;
        } else if (failure) {
          throw failure.thrown;
        } else if (result) {
          return result;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      leave.abort();
      await done;
    }
  }
}

function concatenated(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The first message of a stream: continuation marker, length, metadata (Arrow columnar format, "Encapsulated message"). */
function schemaMessage(bytes: Uint8Array): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
  return bytes.slice(0, 8 + length);
}

function tableOf(bytes: Uint8Array): Table {
  // 64-bit integers, decimals and times stay exact; values.ts makes numbers and dates of them.
  return tableFromIPC(bytes.length ? bytes : EMPTY, { useBigInt: true, useDecimalInt: true, useMap: true });
}

// A stream without columns, for statements that have none.
const EMPTY = new Uint8Array(0);

// ---------------------------------------------------------------------------------------------------------------------
// Sessions
// ---------------------------------------------------------------------------------------------------------------------

class PreparedStatement implements Prepared {
  constructor(
    private readonly runner: Runner,
    private readonly statement: number,
    readonly parameters: readonly string[],
  ) {}

  private what(parameters: Parameters | undefined): What {
    return { statement: this.statement, parameters: parameters ?? [] };
  }

  query(parameters?: Parameters, options: QueryOptions = {}): Promise<Table> {
    return this.runner.query(this.what(parameters), options);
  }
  rows<T>(parameters?: Parameters, options: QueryOptions & ValueOptions = {}): Promise<T[]> {
    return this.runner.rows<T>(this.what(parameters), options);
  }
  arrow(parameters?: Parameters, options: QueryOptions = {}): Promise<Uint8Array> {
    return this.runner.arrow(this.what(parameters), options);
  }
  exec(parameters?: Parameters, options: QueryOptions = {}): Promise<ExecResult> {
    return this.runner.exec(this.what(parameters), options);
  }
  stream(parameters?: Parameters, options: QueryOptions = {}): RowStream {
    return this.runner.stream(this.what(parameters), options);
  }
  async close(): Promise<void> {
    await this.runner.connection.call(this.runner.session, { method: "finalize", statement: this.statement });
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class QueryableOver implements Queryable {
  constructor(protected readonly runner: Runner) {}

  query(sql: string, parameters?: Parameters, options: QueryOptions = {}): Promise<Table> {
    return this.runner.query({ sql, parameters }, options);
  }
  rows<T>(sql: string, parameters?: Parameters, options: QueryOptions & ValueOptions = {}): Promise<T[]> {
    return this.runner.rows<T>({ sql, parameters }, options);
  }
  arrow(sql: string, parameters?: Parameters, options: QueryOptions = {}): Promise<Uint8Array> {
    return this.runner.arrow({ sql, parameters }, options);
  }
  exec(sql: string, parameters?: Parameters, options: QueryOptions = {}): Promise<ExecResult> {
    return this.runner.exec({ sql, parameters }, options);
  }
  stream(sql: string, parameters?: Parameters, options: QueryOptions = {}): RowStream {
    return this.runner.stream({ sql, parameters }, options);
  }
  async prepare(sql: string, options?: CallOptions): Promise<Prepared> {
    const { signal } = checkedOptions(options);
    signal?.throwIfAborted();
    const { connection, session } = this.runner;
    const made = connection
      .call<PrepareDone>(session, { method: "prepare", sql })
      .then(({ statement, parameters }) => new PreparedStatement(this.runner, statement, parameters));
    return orAborted(made, signal, (prepared) => prepared.close());
  }
}

/** A session: its own settings, temporary objects and at most one transaction. */
export class Session extends QueryableOver {
  private ended: Promise<void> | undefined;

  protected get connection(): Connection {
    return this.runner.connection;
  }

  protected call<T>(call: Call): Promise<T> {
    return this.connection.call<T>(this.runner.session, call);
  }

  /**
   * Runs `work` within a transaction: committed when its promise resolves, rolled back when it rejects. Other calls of this
   * session wait until then: within `work` use `tx` only. A statement that fails while it runs (a constraint) ends the
   * transaction even when `work` catches the error: the call then rejects with TRANSACTION.
   *
   * @param options Aborting its signal gives up the wait for the session, or ends what runs and rolls back.
   * @returns What `work` returned.
   * @throws What `work` threw; SmewError CONFLICT (retryable): another transaction has changed the same rows.
   * @example
   * await db.transaction(async (tx) => {
   *   await tx.exec("UPDATE account SET balance = balance - 10 WHERE id = 1");
   *   await tx.exec("UPDATE account SET balance = balance + 10 WHERE id = 2");
   * });
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T> | T, options?: CallOptions): Promise<T> {
    if (typeof work !== "function") throw smewError("INVALID_INPUT", "a transaction is given a function: db.transaction(async (tx) => …)");
    const { signal } = checkedOptions(options);
    signal?.throwIfAborted();
    const begun = this.call<number>({ method: "begin" });
    const transaction = await orAborted(begun, signal, (late) => this.call({ method: "end", transaction: late }));
    const runner = new Runner(this.connection, this.runner.session, transaction);
    const inner = new Runner(this.connection, this.runner.session, transaction, signal);
    try {
      await runner.exec({ sql: "BEGIN TRANSACTION" }, {});
      let result: T;
      try {
        result = await work(new QueryableOver(inner));
        signal?.throwIfAborted();
      } catch (thrown) {
        await runner.exec({ sql: "ROLLBACK" }, {}).catch(() => {}); // its own error says less than the first
        throw thrown;
      }
      // COMMIT of a transaction that a failed statement has aborted rolls back, and tells nobody (DuckDB's way).
      if (inner.hasFailed) await this.probe(runner);
      await runner.exec({ sql: "COMMIT" }, {});
      return result;
    } finally {
      await this.call({ method: "end", transaction }).catch(() => {}); // the engine is gone: so is the transaction
    }
  }

  // Throws, with the transaction rolled back, when it can no longer be committed.
  private async probe(runner: Runner): Promise<void> {
    try {
      await runner.exec({ sql: "SELECT 1" }, {});
    } catch {
      await runner.exec({ sql: "ROLLBACK" }, {}).catch(() => {}); // there is nothing to keep
      throw smewError("TRANSACTION", "the transaction was rolled back, for a statement in it has failed");
    }
  }

  /** Rolls back what is open and ends the session. */
  close(): Promise<void> {
    return (this.ended ??= this.call<void>({ method: "disconnect" }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// "shop.orders" names a schema; quote what has a dot of its own.
function tableName(name: string): string {
  if (typeof name !== "string" || !name) throw smewError("INVALID_INPUT", "a table is named by text");
  const parts = name.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [name];
  return parts.map((part) => (part.startsWith('"') ? part : identifier(part))).join(".");
}

function literal(value: CsvOption): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(literal).join(", ")}]`;
  return `{${Object.entries(value).map(([name, item]) => `${literal(name)}: ${literal(item)}`).join(", ")}}`;
}

function isList(value: object): value is readonly CsvOption[] {
  return Array.isArray(value);
}

/** The names by which SQL reads and writes files: `FROM 'orders.csv'`, `COPY t TO 'out.csv'`. */
export class Files {
  constructor(private readonly connection: Connection) {}

  /**
   * Lets SQL read `source` as `name`, until it is dropped or the database closes; it may be replaced. Files and Blobs are read
   * by slices when a statement reads them; bytes must stay as they are; a URL is fetched now.
   *
   * @throws SmewError INVALID_INPUT: no file, or a path; IO: the URL could not be fetched.
   * @example await db.files.register("orders.csv", input.files[0]); await db.query("FROM 'orders.csv'");
   */
  async register(name: string, source: FileSource, options?: CallOptions): Promise<void> {
    const { signal } = checkedOptions(options);
    signal?.throwIfAborted();
    if (typeof name !== "string" || !name) throw smewError("INVALID_INPUT", "a file is registered by a name");
    if (pathOf(source) !== undefined) {
      throw smewError("INVALID_INPUT", `"${String(source)}" is a path, which SQL reads by itself: FROM 'orders.csv'`);
    }
    const registered = this.connection.call(0, { method: "register", name, source: sourceOf(source) });
    await orAborted(registered, signal, () => this.drop(name));
  }

  /**
   * What was registered, or written by COPY … TO.
   *
   * @throws SmewError NOT_FOUND.
   * @example const csv = await (await db.files.blob("out.csv")).text();
   */
  blob(name: string): Promise<Blob> {
    return this.connection.call(0, { method: "blob", name });
  }

  /** What is registered, with sizes in bytes. */
  list(): Promise<RegisteredFile[]> {
    return this.connection.call(0, { method: "files" });
  }

  /** Forgets a name. True when there was one. */
  drop(name: string): Promise<boolean> {
    return this.connection.call(0, { method: "drop", name });
  }
}

/** An open database; itself its first session. Made by `open`. */
export class Database extends Session {
  readonly files: Files;
  private imports = 0;

  constructor(
    connection: Connection,
    session: number,
    /** The path as it was opened. */
    readonly path: string,
    private readonly release: (how: "close" | "destroy") => Promise<void>,
  ) {
    super(new Runner(connection, session, undefined));
    this.files = new Files(connection);
  }

  /** Another session of the same database, to be closed by the caller; closing the database closes it too. */
  async connect(): Promise<Session> {
    const session = await this.connection.call<number>(0, { method: "connect" });
    return new Session(new Runner(this.connection, session, undefined));
  }

  /**
   * Makes or fills a table from a file, in one statement: all rows or none. "shop.orders" names a schema; quote what has a dot
   * of its own.
   *
   * @returns The number of rows that were added.
   * @throws SmewError CATALOG: the table is there ("create"); CONVERSION, INVALID_INPUT: lines that do not fit; UNSUPPORTED:
   * another format than CSV; NOT_FOUND, IO.
   * @example const { rows } = await db.importFile("orders", file, { mode: "replace" });
   */
  async importFile(table: string, source: FileSource, given?: ImportOptions): Promise<{ rows: number }> {
    const options = checkedOptions<ImportOptions>(given);
    const { mode = "create", signal } = options;
    signal?.throwIfAborted();
    const target = tableName(table);
    if (!options.format && !options.encoding) await refuseOtherFormats(nameOf(source), source);
    const path = options.encoding ? undefined : pathOf(source);
    const name = path ?? `smew-import-${++this.imports}-${nameOf(source)}`;
    if (path === undefined) {
      const content = options.encoding ? await asUtf8(source, options.encoding) : source;
      await this.files.register(name, content, signal && { signal });
    }
    try {
      const settings = Object.entries(options.options ?? {}).map(([key, value]) => `, ${identifier(key)} = ${literal(value)}`);
      const from = `FROM read_csv(${literal(name)}${settings.join("")})`;
      const heads = {
        create: `CREATE TABLE ${target} AS`,
        replace: `CREATE OR REPLACE TABLE ${target} AS`,
        append: `INSERT INTO ${target}`,
      };
      const { changes } = await this.exec(`${heads[mode]} ${from}`, undefined, options);
      return { rows: changes };
    } catch (thrown) {
      throw path === undefined ? withName(thrown, name, nameOf(source)) : thrown;
    } finally {
      if (path === undefined) await this.files.drop(name);
    }
  }

  /** Merges the write-ahead log into the database file. Never needed for safety. */
  async checkpoint(options?: QueryOptions): Promise<void> {
    await this.exec("CHECKPOINT", undefined, options);
  }

  /** Tables and views of all schemas, in order of their names. */
  async tables(options?: QueryOptions): Promise<TableInfo[]> {
    return this.rows<TableInfo>(
      `SELECT schema_name AS "schema", table_name AS "name", 'table' AS "kind", estimated_size AS "rows" FROM duckdb_tables()
       UNION ALL
       SELECT schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE NOT internal
       ORDER BY "schema", "name"`,
      undefined, options,
    ).then((tables) => tables.map((table) => ({ ...table, rows: table.rows ?? undefined })));
  }

  /**
   * Columns of a table or view, in its order. "shop.orders" names a schema; quote what has a dot of its own.
   *
   * @throws SmewError CATALOG: there is none of that name.
   */
  async columns(table: string, options?: QueryOptions): Promise<ColumnInfo[]> {
    const described = await this.rows<Record<string, string | null>>(`DESCRIBE ${tableName(table)}`, undefined, options);
    return described.map((column) => ({
      name: column["column_name"] as string,
      type: column["column_type"] as string,
      nullable: column["null"] === "YES",
      primaryKey: column["key"] === "PRI",
      default: column["default"] ?? undefined,
    }));
  }

  /**
   * Where the data lies, how much there is, and how safe it is there.
   *
   * @example const { fileBytes, walBytes, evictable } = await db.storage();
   */
  async storage(): Promise<Storage> {
    const own = await this.connection.call<StorageDone>(0, { method: "storage" });
    const storage = typeof navigator === "undefined" ? undefined : navigator.storage;
    if (own.kind !== "opfs" || !storage) return { ...own, evictable: false, usage: undefined, quota: undefined };
    const [estimate, persisted] = await Promise.all([storage.estimate(), storage.persisted()]);
    return { ...own, evictable: !persisted, usage: estimate.usage, quota: estimate.quota };
  }

  /** Asks the browser not to delete the data under pressure; best called after a user's gesture. True when it agreed. */
  async requestPersistence(): Promise<boolean> {
    const storage = typeof navigator === "undefined" ? undefined : navigator.storage;
    return storage?.persist ? storage.persist() : true;
  }

  /** Checkpoints and closes the files. The same path opened twice in one page stays open until both are closed. */
  override close(): Promise<void> {
    return this.release("close");
  }

  /** Closes, and deletes the database's files. */
  destroy(): Promise<void> {
    return this.release("destroy");
  }
}

// An error about a file in the words of the caller: by the name that the file has for them.
function withName(thrown: unknown, inner: string, outer: string): unknown {
  if (!(thrown instanceof SmewError)) return thrown;
  const { position, sql, ...fields } = thrown.toJSON();
  const at = sql?.indexOf(inner) ?? -1;
  const moved = position !== undefined && at >= 0 && position > at ? position - inner.length + outer.length : position;
  return new SmewError({
    ...fields, position: moved, sql: sql?.replaceAll(inner, outer), message: fields.message.replaceAll(inner, outer),
  });
}

function nameOf(source: FileSource): string {
  if (typeof File !== "undefined" && source instanceof File) return source.name;
  if (source instanceof URL) return source.pathname.split("/").pop() ?? "url";
  return typeof source === "string" ? (source.split(/[?#]/)[0]?.split("/").pop() ?? "url") : "data";
}

// What crosses to the engine: bytes, a Blob, or an absolute URL (a worker's relative ones are not the page's).
function sourceOf(source: FileSource): Blob | Uint8Array | string {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob || source instanceof Uint8Array) return source;
  if (typeof source === "string" || source instanceof URL) {
    return new URL(source, typeof location === "undefined" ? undefined : location.href).href;
  }
  throw smewError("INVALID_INPUT", "a file is a File, Blob, Uint8Array, ArrayBuffer or URL");
}

// In Node: what is no address of the web is a path (or a file: URL), which the engine reads where it lies.
function pathOf(source: FileSource): string | undefined {
  if (typeof location !== "undefined" || !(typeof source === "string" || source instanceof URL)) return undefined;
  return /^(https?|data|blob):/i.test(String(source)) ? undefined : String(source);
}

export { columnsOf, rowsOf };
