// SPDX-License-Identifier: MIT
//
// door.ts: the wasm module as typed functions: texts and structs in and out of its memory, errors as SmewError. Knows
// smew.h and src/wasm/door.c; knows no messages, sessions or scheduling.
import { SmewError } from "./error.js";
import type { SmewErrorCode } from "./error.js";
import type { Host, HostExports } from "./host.js";

export const enum Status {
  Ok = 0,
  Chunk = 1,
  Done = 2,
  Yield = 3,
  Waiting = 4,
  Error = 5,
  Misuse = 6,
  NoMemory = 7,
}

export type Handle = number;

interface Exports extends HostExports {
  _initialize?(): void;
  smew_door_open(
    path: number, memoryLimit: number, checkpointBytes: number, readOnly: number, mustExist: number, zone: number,
    out: number,
  ): number;
  smew_open_step(database: Handle): number;
  smew_database_note(database: Handle): number;
  smew_close_step(database: Handle): number;
  smew_close(database: Handle): number;
  smew_database_error(database: Handle): number;
  smew_connect(database: Handle, out: number): number;
  smew_disconnect(session: Handle): void;
  smew_in_transaction(session: Handle): number;
  smew_error(session: Handle): number;
  smew_memory(database: Handle, used: number, peak: number): void;
  smew_prepare(session: Handle, sql: number, length: number, out: number, tail: number): number;
  smew_finalize(statement: Handle): void;
  smew_reset(statement: Handle): number;
  smew_statement_kind(statement: Handle): number;
  smew_read_only(statement: Handle): number;
  smew_step(statement: Handle): number;
  smew_progress(statement: Handle): number;
  smew_changes(statement: Handle): bigint;
  smew_parameter_count(statement: Handle): number;
  smew_parameter_name(statement: Handle, index: number): number;
  smew_parameter_index(statement: Handle, name: number): number;
  smew_bind_null(statement: Handle, index: number): number;
  smew_bind_boolean(statement: Handle, index: number, value: number): number;
  smew_bind_int32(statement: Handle, index: number, value: number): number;
  smew_bind_int64(statement: Handle, index: number, value: bigint): number;
  smew_bind_hugeint(statement: Handle, index: number, high: bigint, low: bigint): number;
  smew_bind_double(statement: Handle, index: number, value: number): number;
  smew_bind_text(statement: Handle, index: number, text: number, length: number): number;
  smew_bind_blob(statement: Handle, index: number, bytes: number, length: number): number;
  smew_bind_timestamp(statement: Handle, index: number, micros: bigint): number;
  smew_bind_interval(statement: Handle, index: number, months: number, days: number, micros: bigint): number;
  smew_bind_cast(statement: Handle, index: number, type: number, text: number, length: number): number;
  smew_clear_bindings(statement: Handle): number;
  smew_chunk_row_count(chunk: number): number;
  smew_statement_chunk(statement: Handle): number;
  smew_arrow_schema(statement: Handle): number;
  smew_arrow_chunk(statement: Handle): number;
  smew_arrow_pending(statement: Handle): bigint;
  smew_arrow_batch(statement: Handle): number;
  smew_arrow_end(statement: Handle): number;
  smew_arrow_bytes(out: number, statement: Handle): void;
  smew_arrow_clear(statement: Handle): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface OpenConfig {
  memoryLimit: number;
  checkpointBytes: number;
  readOnly: boolean;
  mustExist: boolean;
  timeZone: string | undefined;
}

export interface Prepared {
  /** 0: nothing but white space and comments. */
  statement: Handle;
  /** What is left of the script. */
  tail: string;
}

/** One instance of the module. */
export class Door {
  readonly exports: Exports;
  // Two words for results by pointer.
  private readonly out: number;

  constructor(module: WebAssembly.Module, host: Host) {
    const instance = new WebAssembly.Instance(module, { smew: host.imports() });
    this.exports = instance.exports as unknown as Exports;
    host.attach(this.exports);
    this.exports._initialize?.();
    this.out = this.exports.smew_allocate(16);
  }

  get memoryBytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  private word(pointer: number): number {
    return new DataView(this.exports.memory.buffer).getUint32(pointer, true);
  }

  private bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer as ArrayBuffer, pointer, length);
  }

  /** Text that ends with a NUL. */
  text(pointer: number): string {
    const memory = new Uint8Array(this.exports.memory.buffer);
    return decoder.decode(memory.subarray(pointer, memory.indexOf(0, pointer)));
  }

  // Bytes (and a NUL behind them) in a block while `use` runs.
  private withBytes<T>(bytes: Uint8Array, use: (pointer: number, length: number) => T): T {
    const block = this.exports.smew_allocate(bytes.length + 1);
    if (!block) throw this.noMemory();
    try {
      const memory = this.bytes(block, bytes.length + 1);
      memory.set(bytes);
      memory[bytes.length] = 0;
      return use(block, bytes.length);
    } finally {
      this.exports.smew_release(block);
    }
  }

  private withText<T>(text: string, use: (pointer: number, length: number) => T): T {
    return this.withBytes(encoder.encode(text), use);
  }

  private noMemory(): SmewError {
    return new SmewError({
      code: "OUT_OF_MEMORY",
      kind: "Out of Memory Error",
      message: "Out of Memory Error: the module's memory is full",
    });
  }

  // ---- Errors ------------------------------------------------------------------------------------------------------

  // From a smew_error_info; the offsets are asserted in door.c.
  private errorAt(info: number): SmewError {
    const view = new DataView(this.exports.memory.buffer);
    const word = (offset: number): number => view.getUint32(info + offset, true);
    const sql = this.text(word(40));
    const position = Number(view.getBigInt64(info + 24, true));
    return new SmewError({
      code: this.text(word(4)) as SmewErrorCode,
      kind: this.text(word(8)),
      message: this.text(word(16)),
      position: position < 0 ? undefined : utf16Index(sql, position),
      line: word(32) || undefined,
      column: word(36) || undefined,
      sql: sql || undefined,
      retryable: view.getUint8(info + 44) !== 0,
      committed: view.getUint8(info + 45) !== 0 ? undefined : false,
    });
  }

  sessionError(session: Handle): SmewError {
    return this.errorAt(this.exports.smew_error(session));
  }

  databaseError(database: Handle): SmewError {
    return this.errorAt(this.exports.smew_database_error(database));
  }

  private check(status: number, session: Handle): void {
    if (status === Status.Error) throw this.sessionError(session);
    if (status === Status.NoMemory) throw this.noMemory();
    if (status === Status.Misuse) {
      throw new SmewError({ code: "INTERNAL", kind: "INTERNAL Error", message: "INTERNAL Error: misuse of the engine" });
    }
  }

  // ---- Databases and sessions --------------------------------------------------------------------------------------

  /** Begins to open; `openStep` goes on. */
  open(path: string, config: OpenConfig): Handle {
    return this.withText(path, (pathPointer) =>
      this.withText(config.timeZone ?? "", (zone) => {
        const status = this.exports.smew_door_open(
          pathPointer, config.memoryLimit, config.checkpointBytes, Number(config.readOnly), Number(config.mustExist),
          config.timeZone ? zone : 0, this.out,
        );
        const database = this.word(this.out);
        if (status === Status.Ok) return database;
        if (status !== Status.Error) throw this.noMemory();
        const error = this.databaseError(database);
        this.exports.smew_close(database);
        throw error;
      }),
    );
  }

  /** True when the database is open; Yield and Waiting are false: call again. */
  openStep(database: Handle): Status {
    const status = this.exports.smew_open_step(database);
    if (status === Status.Error || status === Status.Misuse) throw this.databaseError(database);
    return status;
  }

  /** What opening found that somebody should know: a damaged log that was kept aside. */
  note(database: Handle): string {
    return this.text(this.exports.smew_database_note(database));
  }

  closeStep(database: Handle): Status {
    const status = this.exports.smew_close_step(database);
    if (status === Status.Error || status === Status.Misuse) throw this.databaseError(database);
    return status;
  }

  /** Frees the handle. */
  close(database: Handle): void {
    this.exports.smew_close(database);
  }

  connect(database: Handle): Handle {
    const status = this.exports.smew_connect(database, this.out);
    if (status !== Status.Ok) throw this.databaseError(database);
    return this.word(this.out);
  }

  memory(database: Handle): { used: number; peak: number } {
    this.exports.smew_memory(database, this.out, this.out + 8);
    const view = new DataView(this.exports.memory.buffer);
    return {
      used: Number(view.getBigUint64(this.out, true)),
      peak: Number(view.getBigUint64(this.out + 8, true)),
    };
  }

  // ---- Statements --------------------------------------------------------------------------------------------------

  prepare(session: Handle, sql: string): Prepared {
    const bytes = encoder.encode(sql);
    return this.withBytes(bytes, (pointer, length) => {
      const status = this.exports.smew_prepare(session, pointer, length, this.out, this.out + 4);
      this.check(status, session);
      const tail = this.word(this.out + 4);
      return { statement: this.word(this.out), tail: decoder.decode(bytes.subarray(tail - pointer)) };
    });
  }

  parameterNames(statement: Handle): string[] {
    const count = this.exports.smew_parameter_count(statement);
    return Array.from({ length: count }, (_, index) =>
      this.text(this.exports.smew_parameter_name(statement, index + 1)),
    );
  }

  bindText(session: Handle, statement: Handle, index: number, text: string): void {
    const status = this.withText(text, (pointer, length) =>
      this.exports.smew_bind_text(statement, index, pointer, length),
    );
    this.check(status, session);
  }

  bindBlob(session: Handle, statement: Handle, index: number, bytes: Uint8Array): void {
    const status = this.withBytes(bytes, (pointer, length) =>
      this.exports.smew_bind_blob(statement, index, pointer, length),
    );
    this.check(status, session);
  }

  bindCast(session: Handle, statement: Handle, index: number, type: string, text: string): void {
    const status = this.withText(type, (typePointer) =>
      this.withText(text, (pointer, length) =>
        this.exports.smew_bind_cast(statement, index, typePointer, pointer, length),
      ),
    );
    this.check(status, session);
  }

  bound(session: Handle, status: number): void {
    this.check(status, session);
  }

  step(session: Handle, statement: Handle): Status {
    const status = this.exports.smew_step(statement);
    if (status >= Status.Error) this.check(status, session);
    return status;
  }

  // ---- Arrow -------------------------------------------------------------------------------------------------------

  arrowSchema(session: Handle, statement: Handle): void {
    this.check(this.exports.smew_arrow_schema(statement), session);
  }

  /** Adds the statement's chunk to the batch that is being gathered; its rows. */
  arrowChunk(session: Handle, statement: Handle): number {
    this.check(this.exports.smew_arrow_chunk(statement), session);
    return this.exports.smew_chunk_row_count(this.exports.smew_statement_chunk(statement));
  }

  arrowPending(statement: Handle): number {
    return Number(this.exports.smew_arrow_pending(statement));
  }

  arrowBatch(session: Handle, statement: Handle): void {
    this.check(this.exports.smew_arrow_batch(statement), session);
  }

  arrowEnd(session: Handle, statement: Handle): void {
    this.check(this.exports.smew_arrow_end(statement), session);
  }

  /** A copy of the messages made so far, which are then forgotten. */
  arrowTake(statement: Handle): Uint8Array<ArrayBuffer> {
    this.exports.smew_arrow_bytes(this.out, statement);
    const bytes = this.bytes(this.word(this.out), this.word(this.out + 4)).slice();
    this.exports.smew_arrow_clear(statement);
    return bytes;
  }
}

/** Index in UTF-16 code units of a position in UTF-8 bytes. */
function utf16Index(text: string, bytes: number): number {
  let at = 0;
  for (let index = 0; index < text.length; ) {
    if (at >= bytes) return index;
    const point = text.codePointAt(index) as number;
    at += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    index += point < 0x10000 ? 1 : 2;
  }
  return text.length;
}
