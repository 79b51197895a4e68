// SPDX-License-Identifier: MIT
//
// error.ts: SmewError, the one error that this package throws for what Smew refuses, and its form as a plain object for
// messages between page and worker.

/**
 * Stable codes. A new one may be added; treat one you do not know like INTERNAL.
 *
 * Of the statement: PARSER to SEQUENCE and PARAMETER, as DuckDB's classes; CONSTRAINT: the data would break a key or check.
 * Of transactions: CONFLICT (retryable: another one changed the same rows), TRANSACTION (it has failed, ended, or waits for
 * itself). Of storage: NOT_FOUND, IO, LOCKED (retryable: open elsewhere), QUOTA (the disk or the browser's allowance is full;
 * nothing was lost), CORRUPT, VERSION (made by another version), READ_ONLY. Of the platform: UNSUPPORTED. Of the engine:
 * OUT_OF_MEMORY, INTERRUPTED, CLOSED (the database, session or engine has ended), RESULT_LOST, INTERNAL (a defect of Smew).
 */
export type SmewErrorCode =
  | "PARSER" | "SYNTAX" | "BINDER" | "CATALOG" | "DEPENDENCY" | "CONVERSION" | "OUT_OF_RANGE" | "CONSTRAINT"
  | "TRANSACTION" | "CONFLICT" | "INVALID_INPUT" | "INVALID_TYPE" | "MISMATCH_TYPE" | "NOT_IMPLEMENTED" | "PERMISSION"
  | "SETTINGS" | "SEQUENCE" | "PARAMETER" | "IO" | "NOT_FOUND" | "LOCKED" | "QUOTA" | "CORRUPT" | "VERSION"
  | "READ_ONLY" | "OUT_OF_MEMORY" | "INTERRUPTED" | "CLOSED" | "INTERNAL" | "UNSUPPORTED" | "RESULT_LOST";

/** What `SmewError` is made of; survives structured cloning. */
export interface SmewErrorFields {
  code: SmewErrorCode;
  kind: string;
  message: string;
  position?: number | undefined;
  line?: number | undefined;
  column?: number | undefined;
  sql?: string | undefined;
  retryable?: boolean | undefined;
  committed?: boolean | undefined;
}

/**
 * An error of Smew. `message` is the whole text as DuckDB prints it: class, message, and where there is a position the
 * line of the SQL with a caret.
 *
 * @example
 * try { await db.query("SELECT prise FROM products"); }
 * catch (error) { if (error instanceof SmewError && error.code === "BINDER") show(error.message, error.position); }
 */
export class SmewError extends Error {
  override readonly name = "SmewError";
  /** Stable, for programs. */
  readonly code: SmewErrorCode;
  /** DuckDB's name of the class: "Binder Error". */
  readonly kind: string;
  /** Index into `sql` (UTF-16 code units) of what the error is about. */
  readonly position: number | undefined;
  /** Line of the position, from 1. */
  readonly line: number | undefined;
  /** Column of the position in its line, in code points, from 1. */
  readonly column: number | undefined;
  /** The statement that failed. */
  readonly sql: string | undefined;
  /** The same call may succeed when it is made again: a conflict, a lock. */
  readonly retryable: boolean;
  /** Whether the statement's changes are there; undefined where nobody can know (a failed flush). */
  readonly committed: boolean | undefined;

  constructor(fields: SmewErrorFields) {
    super(fields.message);
    this.code = fields.code;
    this.kind = fields.kind;
    this.position = fields.position;
    this.line = fields.line;
    this.column = fields.column;
    this.sql = fields.sql;
    this.retryable = fields.retryable ?? false;
    this.committed = "committed" in fields ? fields.committed : false;
  }

  toJSON(): SmewErrorFields {
    const { code, kind, message, position, line, column, sql, retryable, committed } = this;
    return { code, kind, message, position, line, column, sql, retryable, committed };
  }
}

const KINDS: Partial<Record<SmewErrorCode, string>> = {
  NOT_FOUND: "IO Error",
  LOCKED: "IO Error",
  QUOTA: "IO Error",
  IO: "IO Error",
  CLOSED: "Connection Error",
  INVALID_INPUT: "Invalid Input Error",
  CONVERSION: "Conversion Error",
  OUT_OF_RANGE: "Out of Range Error",
  INTERRUPTED: "INTERRUPT Error",
  TRANSACTION: "TransactionContext Error",
  UNSUPPORTED: "Not implemented Error",
  RESULT_LOST: "Connection Error",
  INTERNAL: "INTERNAL Error",
  OUT_OF_MEMORY: "Out of Memory Error",
};

/** An error of the JavaScript side, in the form of the engine's. */
export function smewError(code: SmewErrorCode, message: string, more: Partial<SmewErrorFields> = {}): SmewError {
  const kind = KINDS[code] ?? "Error";
  return new SmewError({ code, kind, message: `${kind}: ${message}`, ...more });
}

/** Any thrown thing as fields for a message. */
export function fieldsOf(thrown: unknown): SmewErrorFields {
  if (thrown instanceof SmewError) return thrown.toJSON();
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return smewError("INTERNAL", text).toJSON();
}
