// SPDX-License-Identifier: MIT
//
// protocol.ts: the messages between Client and Engine, whatever lies between them (a worker, a port, the same thread).
//
// Every message names the protocol's version, the epoch (which engine; a new one after each hand-over), the session and
// the request. A request is answered by exactly one `done` or `failed`. Rows flow in between as `batch` messages, one for
// each credit that the client gave; with no credit left the engine does not step the statement. Errors cross as plain objects.
import type { SmewErrorFields } from "./error.js";

export const PROTOCOL_VERSION = 1;

/** What a parameter may be; converted to SQL values by the engine (parameters.ts). */
export type Parameter = unknown;
/** An array for `?` and `$1`, an object for `$name`. */
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter>>;

export interface RunCall {
  method: "run";
  /** SQL text: one statement, or a script when there are no parameters; or a prepared statement. */
  sql?: string;
  statement?: number;
  parameters?: Parameters;
  /** "arrow": the rows of the last statement that has any; "none": nobody reads rows. */
  rows: "arrow" | "none";
  /** Batches that the client takes before it gives more credit. */
  credit: number;
  /** Progress is sent every so many milliseconds. */
  progressMillis?: number;
  /** The transaction of `BEGIN … COMMIT` that the client holds open for this request; others wait. */
  transaction?: number;
}

export type Call =
  | { method: "open"; path: string; options: EngineOptions }
  | { method: "connect" }
  | { method: "disconnect" }
  | RunCall
  | { method: "prepare"; sql: string; transaction?: number }
  | { method: "finalize"; statement: number }
  | { method: "begin" }
  | { method: "end"; transaction: number }
  | { method: "register"; name: string; source: Blob | Uint8Array | string }
  | { method: "drop"; name: string }
  | { method: "files" }
  | { method: "blob"; name: string }
  | { method: "storage" }
  | { method: "close" }
  | { method: "destroy" };

export interface EngineOptions {
  memoryLimit?: number;
  checkpointBytes?: number;
  readOnly?: boolean;
  mustExist?: boolean;
  timeZone?: string;
  lockTimeout?: number;
  transactionIdleTimeout?: number;
}

interface Envelope {
  v: number;
  epoch: number;
  session: number;
  request: number;
}

export type ToEngine = Envelope &
  ({ type: "call"; call: Call } | { type: "credit"; count: number } | { type: "cancel" });

export type ToClient = Envelope &
  (
    | { type: "batch"; bytes: Uint8Array; rows: number }
    | { type: "progress"; fraction: number; rows: number }
    | { type: "done"; value: unknown }
    | { type: "failed"; error: SmewErrorFields }
  );

/** The answer to `run`. */
export interface RunDone {
  kind: "query" | "explain" | "changes" | "nothing";
  /** Rows inserted, updated, deleted or copied, of all statements of the script. */
  changes: number;
  /** Rows of the result. */
  rows: number;
  /** Time in the engine, milliseconds. */
  millis: number;
}

export interface PrepareDone {
  statement: number;
  parameters: string[];
}

export interface StorageDone {
  kind: "memory" | "opfs" | "file";
  path: string;
  fileBytes: number;
  walBytes: number;
  engineBytes: number;
  enginePeakBytes: number;
  wasmBytes: number;
}

/** A postMessage-shaped end of a connection. */
export interface Channel<In, Out> {
  post(message: Out, transfer?: Transferable[]): void;
  listen(receive: (message: In) => void): void;
  /** Called when the other side is gone for good. */
  lost?(handler: (reason: unknown) => void): void;
  close(): void;
}
