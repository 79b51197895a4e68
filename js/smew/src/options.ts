// SPDX-License-Identifier: MIT
//
// options.ts: what callers may say beside SQL, checked where it comes in: a misspelt choice is an error, never a default.
import type { OpenOptions, QueryOptions } from "./client.js";
import { smewError } from "./error.js";
import type { EngineOptions } from "./protocol.js";
import type { ValueOptions } from "./values.js";

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  integers: ["number", "bigint"], decimals: ["number", "string"], dates: ["Date", "string"],
  mode: ["create", "replace", "append"], format: ["csv"],
};

/** The options of a call, when they are such; else throws. */
export function checkedOptions<T extends QueryOptions & ValueOptions>(options: T | undefined | null): T {
  if (options === undefined || options === null) return {} as T;
  if (typeof options !== "object") throw smewError("INVALID_INPUT", `options are an object, not a ${typeof options}`);
  const { signal, onProgress } = options;
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw smewError("INVALID_INPUT", "signal is no AbortSignal (of a controller it is controller.signal)");
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw smewError("INVALID_INPUT", "onProgress is no function");
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const given: unknown = (options as Record<string, unknown>)[name];
    if (given === undefined || choices.includes(given as string)) continue;
    throw smewError("INVALID_INPUT", `${name} is ${choices.map((choice) => `"${choice}"`).join(" or ")}, not ${quoted(given)}`);
  }
  return options;
}

function quoted(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * `promise`, or the signal's reason when that comes first. What the promise brings after that goes to `late`, for
 * somebody must let go of it.
 */
export async function orAborted<T>(
  promise: Promise<T>, signal: AbortSignal | undefined, late: (value: T) => unknown = () => {},
): Promise<T> {
  if (!signal) return promise;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(signal.reason)));
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([aborted, promise]);
  } catch (thrown) {
    promise.then(late).catch(() => {}); // nobody waits for it any more
    throw thrown;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Bytes of "64MB", "1.5 GiB" or a number. */
export function bytesOf(size: number | string): number {
  if (typeof size === "number") return amount("memoryLimit", size);
  const match = /^\s*([\d.]+)\s*(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)\s*$/i.exec(size);
  if (!match) throw smewError("INVALID_INPUT", `"${size}" is no size; "64MB" and "1.5GiB" are`);
  const unit = (match[2] as string).toLowerCase();
  const power = "bkmgt".indexOf(unit[0] as string);
  return Math.floor(Number(match[1]) * (unit.endsWith("ib") ? 1024 : 1000) ** power);
}

function amount(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw smewError("INVALID_INPUT", `${name} is a number from 0 on, not ${quoted(value)}`);
}

/** Options of `open` as the engine takes them. */
export function engineOptions(options: OpenOptions): EngineOptions {
  const engine: EngineOptions = {};
  if (options.memoryLimit !== undefined) engine.memoryLimit = bytesOf(options.memoryLimit);
  if (options.checkpointInterval !== undefined) engine.checkpointBytes = amount("checkpointInterval", options.checkpointInterval);
  if (options.autoCheckpoint === false) engine.checkpointBytes = -1;
  if (options.readOnly !== undefined) engine.readOnly = options.readOnly;
  if (options.mustExist !== undefined) engine.mustExist = options.mustExist;
  if (options.timeZone !== undefined) engine.timeZone = options.timeZone;
  if (options.lockTimeout !== undefined) engine.lockTimeout = amount("lockTimeout", options.lockTimeout);
  if (options.transactionIdleTimeout !== undefined) {
    engine.transactionIdleTimeout = amount("transactionIdleTimeout", options.transactionIdleTimeout);
  }
  return engine;
}
