// SPDX-License-Identifier: MIT
//
// host.ts: what the engine's host calls (imports of the module "smew", contract in src/io/javascript_host.c) mean in
// JavaScript: handles of open files, requests and their answers, the clock, randomness, time zones. Where files lie is left
// to backends (hosts/) and to the registered names (sources.ts).
import { SmewError, smewError } from "./error.js";
import type { SmewErrorCode } from "./error.js";

/** An open file. All calls are synchronous; offsets and sizes are bytes. They throw SmewError. */
export interface OpenFile {
  /** Fills `into` from `offset` on; fewer bytes at the end of the file. */
  read(offset: number, into: Uint8Array): number;
  write(offset: number, bytes: Uint8Array): void;
  truncate(size: number): void;
  /** Durable when it returns. */
  flush(): void;
  size(): number;
  close(): void;
}

export type OpenMode = "read" | "read-write" | "create" | "truncate";

export interface FileFacts {
  path: string;
  size: number;
  /** Differs when the content does (time of change, a counter). */
  stamp: number;
}

export interface Fetched {
  /** Good until the next fetch. */
  bytes: Uint8Array;
  size: number;
  stamp: number;
}

/** A place where files lie. Answers may be immediate or promises. `list` takes a name or a glob (*, ?, [..], **). */
export interface Backend {
  /** `makeFolders`: missing folders of the path are made. */
  open(path: string, mode: OpenMode, makeFolders: boolean): OpenFile | Promise<OpenFile>;
  rename(from: string, to: string): void | Promise<void>;
  remove(path: string): void | Promise<void>;
  list(pattern: string): FileFacts[] | Promise<FileFacts[]>;
  fetch(path: string, offset: number, length: number): Fetched | Promise<Fetched>;
}

// The numbers of smew_error_code in smew.h.
const ERROR_NUMBERS: Partial<Record<SmewErrorCode, number>> = {
  INVALID_INPUT: 11,
  NOT_IMPLEMENTED: 14,
  UNSUPPORTED: 14,
  PERMISSION: 15,
  IO: 19,
  NOT_FOUND: 20,
  LOCKED: 21,
  QUOTA: 22,
  CORRUPT: 23,
  READ_ONLY: 25,
  OUT_OF_MEMORY: 26,
  INTERRUPTED: 27,
  CLOSED: 28,
};

/** Message without the class, which the engine adds again. */
function plainMessage(thrown: unknown): string {
  if (!(thrown instanceof SmewError)) return thrown instanceof Error ? thrown.message : String(thrown);
  const prefix = `${thrown.kind}: `;
  return thrown.message.startsWith(prefix) ? thrown.message.slice(prefix.length) : thrown.message;
}

function numberOf(thrown: unknown): number {
  return (thrown instanceof SmewError ? ERROR_NUMBERS[thrown.code] : undefined) ?? 19;
}

const MODES: readonly OpenMode[] = ["read", "read-write", "create", "truncate"];
const MAKE_FOLDERS = 4;
const KIND_OPEN = 0;
const KIND_RENAME = 1;
const KIND_REMOVE = 2;
const KIND_LIST = 3;
const NO_ZONE = -0x80000000;

/** What the host needs of the wasm instance; set once it is there. */
export interface HostExports {
  memory: WebAssembly.Memory;
  smew_allocate(length: number): number;
  smew_release(block: number): void;
  smew_answer_space(id: number, entries: number, bytes: number): number;
  smew_answer(id: number): void;
  smew_answer_open(id: number, handle: number): void;
  smew_answer_list(id: number, entries: number): void;
  smew_answer_fetch(id: number, bytes: number, size: number, stamp: number): void;
  smew_answer_error(id: number, code: number, text: number, length: number): void;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export class Host {
  private exports: HostExports | undefined;
  private readonly files = new Map<number, OpenFile>();
  private nextHandle = 1;
  private readonly waiting = new Set<number>();
  private lastError: unknown;
  private readonly zones = new Map<string, Intl.DateTimeFormat | null>();
  private readonly offsets = new Map<string, number>();

  /** `answered` is called when a request that had to wait was answered. */
  constructor(
    private readonly backend: Backend,
    private readonly answered: () => void,
  ) {}

  attach(exports: HostExports): void {
    this.exports = exports;
  }

  /** Requests that are not answered yet. */
  get pending(): number {
    return this.waiting.size;
  }

  private get wasm(): HostExports {
    if (!this.exports) throw smewError("INTERNAL", "the engine is not loaded");
    return this.exports;
  }

  private bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.wasm.memory.buffer as ArrayBuffer, pointer, length);
  }

  private text(pointer: number, length: number): string {
    return decoder.decode(this.bytes(pointer, length));
  }

  private file(handle: number): OpenFile {
    const file = this.files.get(handle);
    if (!file) throw smewError("CLOSED", "the file is closed");
    return file;
  }

  // An immediate call: its result, or the negative error number.
  private call(action: () => number): number {
    try {
      return action();
    } catch (thrown) {
      this.lastError = thrown;
      return -numberOf(thrown);
    }
  }

  /** The imports of the wasm module. */
  imports(): WebAssembly.ModuleImports {
    return {
      read: (handle: number, offset: number, pointer: number, length: number) =>
        this.call(() => this.file(handle).read(offset, this.bytes(pointer, length))),
      write: (handle: number, offset: number, pointer: number, length: number) =>
        this.call(() => (this.file(handle).write(offset, this.bytes(pointer, length)), 0)),
      truncate: (handle: number, size: number) => this.call(() => (this.file(handle).truncate(size), 0)),
      flush: (handle: number) => this.call(() => (this.file(handle).flush(), 0)),
      size: (handle: number) => this.call(() => this.file(handle).size()),
      close: (handle: number) => {
        this.call(() => (this.file(handle).close(), 0));
        this.files.delete(handle);
      },
      error_text: (pointer: number, capacity: number) =>
        encoder.encodeInto(plainMessage(this.lastError), this.bytes(pointer, capacity)).written,
      submit: (
        id: number, kind: number, mode: number, path: number, pathLength: number, to: number, toLength: number,
        offset: number, length: number,
      ) => this.submit(id, kind, mode, this.text(path, pathLength), this.text(to, toLength), offset, length),
      cancel: (id: number) => void this.waiting.delete(id),
      wall_micros: () => Date.now() * 1000,
      monotonic_micros: () => performance.now() * 1000,
      random: (pointer: number, length: number) => {
        // Not into wasm memory itself where that is shared; here it never is.
        for (let at = 0; at < length; at += 65536) {
          crypto.getRandomValues(this.bytes(pointer + at, Math.min(65536, length - at)));
        }
      },
      zone_offset: (pointer: number, length: number, micros: number) =>
        this.zoneOffset(this.text(pointer, length), micros),
    };
  }

  // ---- Requests ----------------------------------------------------------------------------------------------------

  private submit(
    id: number, kind: number, mode: number, path: string, to: string, offset: number, length: number,
  ): void {
    let answer: unknown;
    try {
      if (kind === KIND_OPEN) answer = this.backend.open(path, MODES[mode & 3] ?? "read", (mode & MAKE_FOLDERS) !== 0);
      else if (kind === KIND_RENAME) answer = this.backend.rename(path, to);
      else if (kind === KIND_REMOVE) answer = this.backend.remove(path);
      else if (kind === KIND_LIST) answer = this.backend.list(path);
      else answer = this.backend.fetch(path, offset, length);
    } catch (thrown) {
      this.fail(id, thrown);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.answer(id, kind, answer);
      return;
    }
    this.waiting.add(id);
    answer.then(
      (value) => {
        if (this.waiting.delete(id)) this.answer(id, kind, value);
        else if (kind === KIND_OPEN) (value as OpenFile).close();
        this.answered();
      },
      (thrown: unknown) => {
        if (this.waiting.delete(id)) this.fail(id, thrown);
        this.answered();
      },
    );
  }

  private answer(id: number, kind: number, value: unknown): void {
    if (kind === KIND_OPEN) {
      const handle = this.nextHandle++;
      this.files.set(handle, value as OpenFile);
      this.wasm.smew_answer_open(id, handle);
    } else if (kind === KIND_LIST) {
      this.answerList(id, value as FileFacts[]);
    } else if (kind === KIND_RENAME || kind === KIND_REMOVE) {
      this.wasm.smew_answer(id);
    } else {
      const { bytes, size, stamp } = value as Fetched;
      const space = this.wasm.smew_answer_space(id, 0, bytes.length);
      if (!space) return;
      this.bytes(space, bytes.length).set(bytes);
      this.wasm.smew_answer_fetch(id, bytes.length, size, stamp);
    }
  }

  private answerList(id: number, facts: FileFacts[]): void {
    const paths = facts.map((fact) => encoder.encode(fact.path));
    const total = paths.reduce((sum, path) => sum + 24 + ((path.length + 7) & ~7), 0);
    let at = this.wasm.smew_answer_space(id, facts.length, total);
    if (!at) return;
    const view = new DataView(this.wasm.memory.buffer);
    facts.forEach((fact, index) => {
      const path = paths[index] as Uint8Array;
      view.setFloat64(at, fact.size, true);
      view.setFloat64(at + 8, fact.stamp, true);
      view.setUint32(at + 16, path.length, true);
      this.bytes(at + 24, path.length).set(path);
      at += 24 + ((path.length + 7) & ~7);
    });
    this.wasm.smew_answer_list(id, facts.length);
  }

  private fail(id: number, thrown: unknown): void {
    const text = encoder.encode(plainMessage(thrown));
    const block = this.wasm.smew_allocate(text.length);
    if (block) this.bytes(block, text.length).set(text);
    this.wasm.smew_answer_error(id, numberOf(thrown), block, block ? text.length : 0);
    if (block) this.wasm.smew_release(block);
  }

  // ---- Time zones --------------------------------------------------------------------------------------------------

  // `Intl` costs microseconds a call; offsets are kept by quarter hour, the grain of all transitions since 1970.
  private zoneOffset(zone: string, micros: number): number {
    const quarter = Math.floor(micros / 900e6);
    const key = `${zone}/${quarter}`;
    const known = this.offsets.get(key);
    if (known !== undefined) return known;
    const format = this.zoneFormat(zone);
    const offset = format ? offsetAt(format, quarter * 900_000) : NO_ZONE;
    if (this.offsets.size > 100_000) this.offsets.clear();
    this.offsets.set(key, offset);
    return offset;
  }

  private zoneFormat(zone: string): Intl.DateTimeFormat | null {
    const known = this.zones.get(zone);
    if (known !== undefined) return known;
    let format: Intl.DateTimeFormat | null = null;
    try {
      format = new Intl.DateTimeFormat("en-US", {
        ...(zone ? { timeZone: zone } : {}),
        hourCycle: "h23",
        era: "short",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
    } catch {
      // A RangeError: no such zone.
    }
    this.zones.set(zone, format);
    return format;
  }
}

// A Date reaches 8.64e15 ms from 1970, a timestamp further. The calendar repeats every 400 years, and so do the rules of zones.
const LAST_MILLIS = 8.6e15;
const CALENDAR_MILLIS = 146_097 * 86_400_000;

// Seconds that the zone's wall clock is ahead of UTC.
function offsetAt(format: Intl.DateTimeFormat, instant: number): number {
  const beyond = Math.max(0, Math.ceil((Math.abs(instant) - LAST_MILLIS) / CALENDAR_MILLIS));
  const millis = instant - Math.sign(instant) * beyond * CALENDAR_MILLIS;
  const parts: Record<string, string> = {};
  for (const part of format.formatToParts(millis)) parts[part.type] = part.value;
  const year = parts["era"] === "BC" ? 1 - Number(parts["year"]) : Number(parts["year"]);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(parts["month"]) - 1, Number(parts["day"]));
  date.setUTCHours(Number(parts["hour"]), Number(parts["minute"]), Number(parts["second"]));
  return Math.round((date.getTime() - Math.floor(millis / 1000) * 1000) / 1000);
}
