// SPDX-License-Identifier: MIT
//
// runs.ts: running statements: each run is one tab of results. A run has steps, one for each statement of its script; they
// run one after the other until one fails. Rows that outgrow the page move into a temporary table of the engine.
import { SmewError } from "smew";
import type { Progress, QueryOptions, RowStream } from "smew";
import { notify } from "./dom";
import { brief } from "./format";
import { EngineRows, MemoryRows } from "./rows";
import type { Rows } from "./rows";
import { Signal } from "./signal";
import { isQuery } from "./split";
import { messageOf, RESULT_PREFIX } from "./workspace";
import type { Workspace } from "./workspace";

/** Results beyond this stay in the engine. */
const PAGE_BYTES = 64 << 20;

export interface Sort {
  column: number;
  descending: boolean;
}

export interface Step {
  sql: string;
  /** Where the statement begins in the editor's text; undefined: it does not come from there. */
  offset: number | undefined;
  /** The line on which it begins there, from 1. */
  firstLine: number;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  /** As shown; and as the statement gave them, before anything was sorted. */
  rows: Rows | undefined;
  base: Rows | undefined;
  sort: Sort | undefined;
  sorting: boolean;
  changes: number;
  millis: number;
  error: SmewError | Error | undefined;
}

export interface RunEvents {
  /** After each statement that ended. */
  ended(step: Step): void;
}

/** A query with its rows in another order. Its own line: the query may end with a comment. */
export function sortedSql(sql: string, { column, descending }: Sort): string {
  return `SELECT * FROM (\n${sql}\n) ORDER BY ${column + 1}${descending ? " DESC" : ""}`;
}

let runs = 0;
let tables = 0;

export class Run {
  readonly id = ++runs;
  readonly steps: Step[];
  /** Set again whenever something about the run has changed. */
  readonly changed = new Signal<void>(undefined);
  progress: Progress = { fraction: undefined, rows: 0 };
  startMillis = 0;
  shown = 0;
  private abort = new AbortController();

  constructor(
    private readonly workspace: Workspace,
    statements: readonly { sql: string; offset: number | undefined; firstLine?: number }[],
    private readonly title: string | undefined,
    private readonly events: RunEvents,
  ) {
    this.steps = statements.map(({ sql, offset, firstLine = 1 }) => ({
      sql, offset, firstLine, state: "waiting", rows: undefined, base: undefined, sort: undefined, sorting: false, changes: 0, millis: 0, error: undefined,
    }));
  }

  get name(): string {
    return this.title ?? brief((this.steps[0] as Step).sql, 28);
  }

  get running(): boolean {
    return this.steps.some((step) => step.state === "running" || step.sorting);
  }

  get step(): Step {
    return this.steps[this.shown] as Step;
  }

  get state(): Step["state"] {
    if (this.running) return "running";
    return this.steps.find((step) => step.state === "failed" || step.state === "cancelled")?.state ?? "done";
  }

  show(step: number): void {
    this.shown = step;
    this.changed.value = undefined;
  }

  cancel(): void {
    this.abort.abort();
  }

  /** Ends what runs and lets go of the rows. */
  close(): void {
    this.cancel();
    for (const step of this.steps) {
      if (step.rows !== step.base) step.rows?.release();
      step.base?.release(); // last: the sorted rows live in its session
    }
  }

  async start(): Promise<void> {
    this.startMillis = performance.now();
    for (const [index, step] of this.steps.entries()) {
      this.shown = index;
      this.progress = { fraction: undefined, rows: 0 };
      step.state = "running";
      this.changed.value = undefined;
      try {
        step.base = step.rows = await this.rowsOf(step, step.sql, true);
        step.state = "done";
        this.workspace.noteStatement(step.sql);
      } catch (thrown) {
        this.failed(step, thrown);
      }
      this.changed.value = undefined;
      this.events.ended(step);
      if (step.state !== "done") break;
    }
    for (const step of this.steps) if (step.state === "waiting") step.state = "cancelled";
    this.showBest();
  }

  // What failed, else the last rows.
  private showBest(): void {
    const failed = this.steps.findIndex((step) => step.state === "failed");
    const withRows = this.steps.findLastIndex((step) => step.rows?.columns.length);
    this.show(failed >= 0 ? failed : withRows >= 0 ? withRows : this.shown);
  }

  private failed(step: Step, thrown: unknown): void {
    const cancelled = this.abort.signal.aborted;
    step.state = cancelled ? "cancelled" : "failed";
    step.error = cancelled ? undefined : thrown instanceof Error ? thrown : new Error(String(thrown));
    step.millis = performance.now() - this.startMillis;
  }

  /** Orders the rows anew, by SQL; undefined: as the statement gave them. */
  async sort(sort: Sort | undefined): Promise<void> {
    const { step } = this;
    if (!this.canSort || this.running) return;
    this.abort = new AbortController();
    this.startMillis = performance.now();
    this.progress = { fraction: undefined, rows: 0 };
    step.sorting = true;
    this.changed.value = undefined;
    try {
      const before = step.rows;
      step.rows = sort ? await this.sorted(step, sort) : step.base;
      step.sort = sort;
      if (before !== step.base) before?.release();
    } catch (thrown) {
      if (!this.abort.signal.aborted) notify(messageOf(thrown), "error");
    }
    step.sorting = false;
    this.changed.value = undefined;
  }

  private async sorted(step: Step, sort: Sort): Promise<Rows | undefined> {
    const { base } = step;
    if (base instanceof EngineRows) return this.engineRows(step, sortedSql(`FROM ${base.table}`, sort), base);
    return this.rowsOf(step, sortedSql(step.sql, sort), false);
  }

  get canSort(): boolean {
    return this.step.state === "done" && isQuery(this.step.sql);
  }

  private options(): QueryOptions {
    return {
      signal: this.abort.signal,
      onProgress: (progress) => {
        this.progress = progress;
        this.changed.value = undefined;
      },
    };
  }

  // The rows of a statement; `shown`: they appear while they come.
  private async rowsOf(step: Step, sql: string, shown: boolean): Promise<Rows | undefined> {
    this.workspace.running++;
    try {
      return await this.stream(step, sql, shown);
    } finally {
      this.workspace.running--;
    }
  }

  private async stream(step: Step, sql: string, shown: boolean): Promise<Rows | undefined> {
    let rows: MemoryRows | undefined;
    const stream: RowStream = this.workspace.user.stream(sql, undefined, this.options());
    for (;;) {
      const next = await stream.next();
      if (next.done) {
        step.changes = next.value.changes;
        step.millis = next.value.millis;
        return rows;
      }
      if (rows) rows.add(next.value);
      else rows = new MemoryRows(next.value);
      if (shown && step.rows !== rows) {
        step.rows = rows;
        this.changed.value = undefined;
      }
      if (rows.bytes > PAGE_BYTES && isQuery(sql)) {
        await stream.return({ changes: 0, millis: 0 });
        return this.engineRows(step, sql, rows);
      }
    }
  }

  // Runs the statement again, into a temporary table. Sorting reads the one there is.
  private async engineRows(step: Step, sql: string, { columns }: Rows): Promise<Rows> {
    const before = step.base instanceof EngineRows ? step.base : undefined;
    const { session, close } = before ? { session: before.session, close: () => {} } : await this.workspace.resultSession();
    const table = `${RESULT_PREFIX}${++tables}`;
    const drop = async (): Promise<void> => {
      await session.exec(`DROP TABLE IF EXISTS ${table}`).catch(() => {}); // the session has ended
      close();
    };
    try {
      const { changes, millis } = await session.exec(`CREATE TEMP TABLE ${table} AS ${sql}`, undefined, this.options());
      step.millis = millis;
      return new EngineRows(session, `temp.${table}`, columns, changes, () => void drop());
    } catch (thrown) {
      await drop();
      throw thrown;
    }
  }
}
