// SPDX-License-Identifier: MIT
//
// engine.ts: the Engine: one wasm instance with one database, its sessions and statements, and the pump that gives each
// running statement its slice in turn. Speaks only messages (protocol.ts); who sends them, and from where, it does not know.
//
// Order within a session: a statement that changes something starts when all earlier ones have finished; one that only
// reads starts when all earlier changes have finished. Within a transaction statements run one after the other, and calls
// that do not belong to it wait until it ends.
import { Door, Status } from "./door.js";
import type { Handle } from "./door.js";
import { fieldsOf, smewError, SmewError } from "./error.js";
import { Host } from "./host.js";
import { bindAll } from "./parameters.js";
import { PROTOCOL_VERSION } from "./protocol.js";
import type {
  Call, Channel, EngineOptions, PrepareDone, RunCall, RunDone, StorageDone, ToClient, ToEngine,
} from "./protocol.js";
import { Sources } from "./sources.js";
import type { Backend } from "./host.js";

/** What differs between a worker in a page, Node and a plain memory engine. */
export interface Platform {
  /** Where files lie that are not registered; null: nowhere. */
  backend: Backend | null;
  /** Whether a path (of a file in SQL) belongs to the backend. */
  owns(path: string): boolean;
  /** Checks a database path and takes its lock before any file is touched. */
  lock(path: string, timeoutMillis: number): Promise<{ kind: StorageDone["kind"]; path: string; release(): void }>;
  loadModule(): Promise<WebAssembly.Module>;
  /** Calls back after other events had their chance. */
  later(callback: () => void): void;
}

const SLICE_MILLIS = 8;
const BATCH_BYTES = 1 << 20;
// The first rows come early, and slow ones do not wait for a full batch.
const FIRST_BATCH_BYTES = 1 << 16;
const BATCH_MILLIS = 100;
const KINDS = ["query", "explain", "changes", "nothing"] as const;

interface Session {
  handle: Handle;
  /** Statements in the order they came, running and waiting ones. */
  queue: Run[];
  prepared: Map<number, PreparedStatement>;
  /** The transaction that a client holds open; undefined: none. */
  transaction: number | undefined;
  /** When the transaction last did something, milliseconds. */
  touchedMillis: number;
  /** Calls of `begin` that wait for their turn. */
  begins: Begin[];
  /** Runs while a call waits. */
  watchdog: ReturnType<typeof setTimeout> | undefined;
}

interface Begin {
  request: number;
  /** Runs that came before it. */
  after: Run[];
}

interface PreparedStatement {
  sql: string;
}

interface Run {
  session: Session;
  sessionId: number;
  request: number;
  call: RunCall;
  sql: string;
  /** What is left of the script. */
  tail: string;
  /** No other statement follows in the script: its rows are the result. */
  isLast: boolean;
  statement: Handle;
  started: boolean;
  reads: boolean;
  hasSchema: boolean;
  credit: number;
  kind: RunDone["kind"];
  changes: number;
  rows: number;
  batchRows: number;
  startMillis: number;
  progressMillis: number;
  batchMillis: number;
  waiting: boolean;
}

export class Engine {
  private door: Door | undefined;
  private readonly host: Host;
  private readonly sources: Sources;
  private database: Handle = 0;
  private release: (() => void) | undefined;
  private kind: StorageDone["kind"] = "memory";
  private path = ":memory:";
  private readonly sessions = new Map<number, Session>();
  private readonly runs: Run[] = [];
  private idleMillis = 10_000;
  private nextSession = 1;
  private nextId = 1;
  private turning = false;
  private closed = false;
  private wake: (() => void) | undefined;

  constructor(
    private readonly channel: Channel<ToEngine, ToClient>,
    private readonly platform: Platform,
    private readonly epoch: number,
  ) {
    this.sources = new Sources(platform.backend, (path) => platform.owns(path));
    this.host = new Host(this.sources, () => this.hostAnswered());
    channel.listen((message) => void this.receive(message));
  }

  // ---- Messages ----------------------------------------------------------------------------------------------------

  private send(session: number, request: number, body: object, transfer: Transferable[] = []): void {
    const message = { v: PROTOCOL_VERSION, epoch: this.epoch, session, request, ...body } as ToClient;
    this.channel.post(message, transfer);
  }

  private async receive(message: ToEngine): Promise<void> {
    const { session, request } = message;
    if (message.type === "credit") return this.credit(session, request, message.count);
    if (message.type === "cancel") return this.cancel(session, request);
    try {
      if (message.v !== PROTOCOL_VERSION) {
        throw smewError("UNSUPPORTED", `the engine speaks protocol ${PROTOCOL_VERSION}, the page ${message.v}`);
      }
      const value = await this.answer(session, request, message.call);
      if (value !== LATER) this.send(session, request, { type: "done", value });
    } catch (thrown) {
      this.send(session, request, { type: "failed", error: fieldsOf(thrown) });
    }
  }

  private async answer(sessionId: number, request: number, call: Call): Promise<unknown> {
    if (call.method === "open") return this.open(call.path, call.options);
    if (call.method === "close") return this.close();
    if (call.method === "destroy") return this.destroy();
    if (this.closed || !this.door) throw smewError("CLOSED", "the database is closed");
    switch (call.method) {
      case "connect":
        return this.connect();
      case "disconnect":
        return this.disconnect(sessionId);
      case "run":
        this.queue(this.session(sessionId), sessionId, request, call);
        return LATER;
      case "prepare":
        return this.prepare(this.session(sessionId), call.sql);
      case "finalize":
        this.session(sessionId).prepared.delete(call.statement);
        return undefined;
      case "begin": {
        const session = this.session(sessionId);
        session.begins.push({ request, after: [...session.queue] });
        this.grantTransactions(sessionId, session);
        return LATER;
      }
      case "end":
        return this.endTransaction(sessionId, call.transaction);
      case "register":
        return this.register(call.name, call.source);
      case "drop":
        return this.sources.drop(call.name);
      case "files":
        return this.sources.names();
      case "blob":
        return this.sources.blob(call.name);
      case "storage":
        return this.storage();
    }
  }

  private session(id: number): Session {
    const session = this.sessions.get(id);
    if (!session) throw smewError("CLOSED", "the session is closed");
    return session;
  }

  // ---- Opening and closing -----------------------------------------------------------------------------------------

  private async open(path: string, options: EngineOptions): Promise<{ session: number; kind: string }> {
    if (this.door) throw smewError("INTERNAL", "the engine is open already");
    const loading = this.platform.loadModule();
    loading.catch(() => {}); // reported below, once the lock is there to be released
    const lock = await this.platform.lock(path, options.lockTimeout ?? 6000);
    this.release = lock.release;
    this.idleMillis = options.transactionIdleTimeout ?? 10_000;
    this.kind = lock.kind;
    this.path = lock.path;
    try {
      await this.openDatabase(await loading, options);
      return { session: this.connect(), kind: this.kind };
    } catch (thrown) {
      this.letGo();
      throw thrown;
    }
  }

  private async openDatabase(module: WebAssembly.Module, options: EngineOptions): Promise<void> {
    const door = new Door(module, this.host);
    const deadline = performance.now() + (options.lockTimeout ?? 6000);
    for (;;) {
      const database = door.open(this.path, {
        memoryLimit: options.memoryLimit ?? 0,
        checkpointBytes: options.checkpointBytes ?? 0,
        readOnly: options.readOnly ?? false,
        mustExist: options.mustExist ?? false,
        timeZone: options.timeZone,
      });
      try {
        await this.drive(() => door.openStep(database));
        this.door = door;
        this.database = database;
        const note = door.note(database);
        if (note) console.warn(note);
        return;
      } catch (thrown) {
        door.close(database);
        // A worker that is dying holds its handles for up to two seconds more.
        const retry = thrown instanceof SmewError && thrown.code === "LOCKED" && performance.now() < deadline;
        if (!retry) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  // Steps of opening and closing, with turns for the host's answers.
  private async drive(step: () => Status): Promise<void> {
    for (;;) {
      const status = step();
      if (status === Status.Ok) return;
      await new Promise<void>((resolve) => {
        if (status === Status.Waiting && this.host.pending) this.wake = resolve;
        else this.platform.later(resolve);
      });
    }
  }

  private hostAnswered(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
    for (const run of this.runs) run.waiting = false;
    this.turn();
  }

  private letGo(): void {
    this.closed = true;
    this.release?.();
    this.release = undefined;
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const run of [...this.runs]) this.fail(run, smewError("CLOSED", "the database was closed"));
    for (const session of this.sessions.values()) {
      for (const run of [...session.queue]) this.fail(run, smewError("CLOSED", "the database was closed"));
    }
    this.sessions.clear();
    const { door, database } = this;
    try {
      if (door) await this.drive(() => door.closeStep(database));
    } finally {
      door?.close(database);
      this.letGo();
    }
  }

  private async destroy(): Promise<void> {
    const { path, kind } = this;
    await this.close();
    if (kind === "memory" || !this.platform.backend) return;
    for (const file of await this.platform.backend.list(path)) await this.platform.backend.remove(file.path);
    for (const file of await this.platform.backend.list(`${path}-*`)) await this.platform.backend.remove(file.path);
  }

  private connect(): number {
    if (!this.door) throw smewError("CLOSED", "the database is closed");
    const id = this.nextSession++;
    this.sessions.set(id, {
      handle: this.door.connect(this.database),
      queue: [],
      prepared: new Map(),
      transaction: undefined,
      touchedMillis: 0,
      begins: [],
      watchdog: undefined,
    });
    return id;
  }

  private disconnect(id: number): void {
    const session = this.session(id);
    for (const run of [...session.queue]) this.fail(run, smewError("CLOSED", "the session was closed"));
    this.sessions.delete(id);
    this.door?.exports.smew_disconnect(session.handle);
  }

  private async register(name: string, source: Blob | Uint8Array | string): Promise<void> {
    if (typeof source !== "string") return this.sources.register(name, source);
    const response = await fetch(source).catch((thrown: unknown) => {
      throw smewError("IO", `Could not fetch "${source}": ${thrown instanceof Error ? thrown.message : thrown}`);
    });
    if (response.status === 404) throw smewError("NOT_FOUND", `Could not fetch "${source}": not found (404)`);
    if (!response.ok) throw smewError("IO", `Could not fetch "${source}": ${response.status} ${response.statusText}`);
    this.sources.register(name, await response.blob());
  }

  private async storage(): Promise<StorageDone> {
    const door = this.door as Door;
    const { used, peak } = door.memory(this.database);
    const result: StorageDone = {
      kind: this.kind,
      path: this.path,
      fileBytes: 0,
      walBytes: 0,
      engineBytes: used,
      enginePeakBytes: peak,
      wasmBytes: door.memoryBytes,
    };
    const { backend } = this.platform;
    if (this.kind !== "memory" && backend) {
      for (const file of await backend.list(this.path)) result.fileBytes += file.size;
      for (const file of await backend.list(`${this.path}-*`)) result.walBytes += file.size;
    }
    return result;
  }

  // ---- Statements: waiting for their turn --------------------------------------------------------------------------

  private prepare(session: Session, sql: string): PrepareDone {
    const door = this.door as Door;
    const { statement, tail } = door.prepare(session.handle, sql);
    try {
      if (!statement) throw smewError("INVALID_INPUT", "there is no statement to prepare");
      if (tail.trim()) {
        throw smewError("INVALID_INPUT", "Cannot prepare multiple statements at once!");
      }
      const id = this.nextId++;
      session.prepared.set(id, { sql });
      return { statement: id, parameters: door.parameterNames(statement) };
    } finally {
      door.exports.smew_finalize(statement);
    }
  }

  private queue(session: Session, sessionId: number, request: number, call: RunCall): void {
    if (call.statement === undefined && typeof call.sql !== "string") {
      throw smewError("INVALID_INPUT", `SQL is text, not ${call.sql === null ? "null" : typeof call.sql}`);
    }
    const sql = call.statement === undefined ? call.sql : session.prepared.get(call.statement)?.sql;
    if (sql === undefined) throw smewError("CLOSED", "the prepared statement was closed");
    if (call.transaction !== undefined && call.transaction !== session.transaction) {
      throw smewError("TRANSACTION", "the transaction has ended");
    }
    const run: Run = {
      session, sessionId, request, call, sql,
      tail: sql, isLast: false, statement: 0, started: false, reads: false, hasSchema: false, credit: call.credit,
      kind: "nothing", changes: 0, rows: 0, batchRows: 0,
      startMillis: performance.now(), progressMillis: performance.now(), batchMillis: performance.now(), waiting: false,
    };
    session.queue.push(run);
    if (call.transaction !== undefined) session.touchedMillis = performance.now();
    this.start(session);
    this.watch(session);
  }

  // While a call waits: it may be waited for itself, by a transaction that does nothing or who reads a stream.
  private watch(session: Session): void {
    if (session.queue.every((run) => run.started)) {
      clearTimeout(session.watchdog);
      session.watchdog = undefined;
      return;
    }
    session.watchdog ??= setTimeout(() => {
      session.watchdog = undefined;
      this.endIdleWaits(session);
      this.watch(session);
    }, this.idleMillis / 4);
  }

  private endIdleWaits(session: Session): void {
    const before = session.queue.filter((run) => run.started);
    if (before.some((run) => run.credit > 0) || (!before.length && session.transaction === undefined)) return;
    const since = performance.now() - this.idleMillis;
    if (Math.max(session.touchedMillis, ...before.map((run) => run.batchMillis)) > since) return;
    const text = before.length
      ? "this call waits for a stream of its session whose rows nobody takes; use another session (db.connect())"
      : "the session's transaction does nothing and this call waits for it; within db.transaction use tx";
    for (const run of session.queue.filter((one) => !one.started && one.startMillis < since)) {
      if (!run.started) this.fail(run, smewError("TRANSACTION", text));
    }
  }

  // Starts what may start, in order.
  private start(session: Session): void {
    for (let index = 0; index < session.queue.length; index++) {
      const run = session.queue[index] as Run;
      if (run.started) continue;
      const foreign = run.call.transaction !== session.transaction;
      if (foreign) continue; // waits for the end of the transaction, or came after it
      const before = session.queue.slice(0, index).filter((other) => other.started);
      const writesBefore = before.some((other) => !other.reads);
      if (writesBefore || (before.length && session.transaction !== undefined)) return;
      if (this.startRun(run, before.length > 0)) index = -1; // the queue has changed
      else if (!run.started) return;
    }
  }

  // True when the run has ended at once. With reads still running only another read may start.
  private startRun(run: Run, beside: boolean): boolean {
    try {
      const ended = this.nextStatement(run, beside);
      if (run.started && !ended) {
        this.runs.push(run);
        this.turn();
      }
      return ended;
    } catch (thrown) {
      this.fail(run, thrown);
      return true;
    }
  }

  // Prepares the next statement of the script. True: there was none, and the run has ended.
  private nextStatement(run: Run, beside: boolean): boolean {
    const door = this.door as Door;
    const { statement, tail } = door.prepare(run.session.handle, run.tail);
    if (!statement) {
      run.started = true;
      this.finish(run);
      return true;
    }
    const isLast = !this.hasStatement(run.session, tail);
    const reads = isLast && door.exports.smew_read_only(statement) !== 0;
    if (beside && !reads) {
      door.exports.smew_finalize(statement);
      return false; // not started: waits for the reads before it
    }
    run.statement = statement;
    run.tail = tail;
    run.isLast = isLast;
    run.started = true;
    run.reads = reads;
    run.hasSchema = false;
    run.kind = KINDS[door.exports.smew_statement_kind(statement)] ?? "nothing";
    if (run.call.parameters) {
      if (!isLast) throw smewError("INVALID_INPUT", "only a single statement takes parameters, not a script");
      bindAll(door, run.session.handle, statement, run.call.parameters);
    }
    return false;
  }

  // What is left of a script may be comments.
  private hasStatement(session: Session, sql: string): boolean {
    if (!sql.trim()) return false;
    const door = this.door as Door;
    try {
      const { statement } = door.prepare(session.handle, sql);
      if (statement) door.exports.smew_finalize(statement);
      return statement !== 0;
    } catch {
      return true; // its error is reported when it has its turn
    }
  }

  // ---- Transactions ------------------------------------------------------------------------------------------------

  private grantTransactions(sessionId: number, session: Session): void {
    if (session.transaction !== undefined) return;
    const begin = session.begins[0];
    if (!begin || begin.after.some((run) => session.queue.includes(run))) return;
    session.begins.shift();
    session.transaction = this.nextId++;
    session.touchedMillis = performance.now();
    this.send(sessionId, begin.request, { type: "done", value: session.transaction });
  }

  private endTransaction(sessionId: number, transaction: number): void {
    const session = this.session(sessionId);
    if (session.transaction !== transaction) return;
    session.transaction = undefined;
    this.grantTransactions(sessionId, session);
    this.start(session);
  }

  // ---- The pump ----------------------------------------------------------------------------------------------------

  private turn(): void {
    if (this.turning) return;
    if (!this.runs.some((run) => this.canStep(run))) return;
    this.turning = true;
    this.platform.later(() => {
      this.turning = false;
      this.slice();
      this.turn();
    });
  }

  private canStep(run: Run): boolean {
    return !run.waiting && run.credit > 0;
  }

  // Statements step in turns until the time is over; then messages have theirs.
  private slice(): void {
    const end = performance.now() + SLICE_MILLIS;
    do {
      const index = this.runs.findIndex((run) => this.canStep(run));
      if (index < 0) return;
      const [run] = this.runs.splice(index, 1) as [Run];
      this.runs.push(run); // to the end: fair turns
      try {
        this.step(run);
      } catch (thrown) {
        this.fail(run, thrown);
      }
    } while (performance.now() < end);
  }

  private step(run: Run): void {
    const door = this.door as Door;
    const status = door.step(run.session.handle, run.statement);
    if (status === Status.Chunk) this.takeChunk(run, door);
    else if (status === Status.Waiting) run.waiting = this.host.pending > 0;
    else if (status === Status.Done) this.statementDone(run, door);
    this.reportProgress(run, door);
  }

  private takeChunk(run: Run, door: Door): void {
    const { handle } = run.session;
    if (run.call.rows !== "arrow" || !run.isLast) return;
    this.openSchema(run, door);
    run.batchRows += door.arrowChunk(handle, run.statement);
    const isFull = door.arrowPending(run.statement) >= (run.rows ? BATCH_BYTES : FIRST_BATCH_BYTES);
    if (isFull || performance.now() - run.batchMillis > BATCH_MILLIS) {
      door.arrowBatch(handle, run.statement);
      this.sendBatch(run, door);
    }
  }

  private openSchema(run: Run, door: Door): void {
    if (run.hasSchema) return;
    door.arrowSchema(run.session.handle, run.statement);
    run.hasSchema = true;
  }

  private sendBatch(run: Run, door: Door): void {
    const bytes = door.arrowTake(run.statement);
    run.rows += run.batchRows;
    run.credit--;
    this.send(run.sessionId, run.request, { type: "batch", bytes, rows: run.batchRows }, [bytes.buffer]);
    run.batchRows = 0;
    run.batchMillis = performance.now();
  }

  private statementDone(run: Run, door: Door): void {
    const { exports } = door;
    const giveRows = run.kind === "query" || run.kind === "explain";
    if (giveRows && run.call.rows === "arrow" && run.isLast) {
      this.openSchema(run, door);
      door.arrowEnd(run.session.handle, run.statement);
      this.sendBatch(run, door);
    }
    run.changes += Number(exports.smew_changes(run.statement));
    exports.smew_finalize(run.statement);
    run.statement = 0;
    if (run.isLast) this.finish(run);
    else this.nextStatement(run, false);
  }

  private reportProgress(run: Run, door: Door): void {
    const every = run.call.progressMillis;
    if (!every || !run.statement || performance.now() - run.progressMillis < every) return;
    run.progressMillis = performance.now();
    const fraction = door.exports.smew_progress(run.statement);
    this.send(run.sessionId, run.request, { type: "progress", fraction, rows: run.rows + run.batchRows });
  }

  private credit(session: number, request: number, count: number): void {
    const run = this.runs.find((one) => one.sessionId === session && one.request === request);
    if (!run) return;
    run.credit += count;
    this.turn();
  }

  private cancel(session: number, request: number): void {
    const queue = this.sessions.get(session)?.queue;
    const run = queue?.find((one) => one.request === request);
    if (run) this.fail(run, smewError("INTERRUPTED", "Interrupted!"));
  }

  // ---- Ends --------------------------------------------------------------------------------------------------------

  private finish(run: Run): void {
    const value: RunDone = {
      kind: run.kind,
      changes: run.changes,
      rows: run.rows,
      millis: performance.now() - run.startMillis,
    };
    this.leave(run);
    this.send(run.sessionId, run.request, { type: "done", value });
    this.afterRun(run);
  }

  private fail(run: Run, thrown: unknown): void {
    if (run.statement) this.door?.exports.smew_finalize(run.statement);
    run.statement = 0;
    this.leave(run);
    this.send(run.sessionId, run.request, { type: "failed", error: fieldsOf(thrown) });
    this.afterRun(run);
  }

  private leave(run: Run): void {
    const remove = (list: Run[]): void => {
      const index = list.indexOf(run);
      if (index >= 0) list.splice(index, 1);
    };
    remove(this.runs);
    remove(run.session.queue);
    if (run.session.watchdog !== undefined) this.watch(run.session);
  }

  private afterRun(run: Run): void {
    if (this.closed) return;
    if (run.call.transaction !== undefined) run.session.touchedMillis = performance.now();
    this.grantTransactions(run.sessionId, run.session);
    this.start(run.session);
  }
}

// The answer of a call that is answered by its run.
const LATER = Symbol("later");
