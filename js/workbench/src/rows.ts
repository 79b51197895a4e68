// SPDX-License-Identifier: MIT
//
// rows.ts: the rows of a result as the grid asks for them: by number, any number, at any time. Small results are Arrow
// batches in the page; large ones are a temporary table in the engine, of which windows are fetched.
import { columnsOf, parseType, readersOf } from "smew";
import type { Session, Table } from "smew";
import { EXACT, printer } from "./format";

export interface ResultColumn {
  name: string;
  type: string;
}

/** What cannot be shown yet. */
export const ABSENT = Symbol("absent");
export type Cell = string | null | typeof ABSENT;

export interface Rows {
  readonly columns: readonly ResultColumn[];
  readonly length: number;
  /** Text, null for NULL, or ABSENT, which `need` makes come. */
  cell(row: number, column: number): Cell;
  /** Rows from first to last will be shown now; `arrived` is called when some came. */
  need(first: number, last: number): void;
  /** Cells of some rows, waited for. */
  texts(first: number, last: number, columns: readonly number[]): Promise<(string | null)[][]>;
  arrived: () => void;
  /** Lets go of what is kept elsewhere. */
  release(): void;
}

/** A column as text, by row. */
type TextColumn = (row: number) => string | null;

function textColumns(table: Table): TextColumn[] {
  return readersOf(table, EXACT).map((reader) => {
    const print = printer(parseType(reader.type));
    return (row) => {
      const value = reader.at(row);
      return value === null || value === undefined ? null : print(value);
    };
  });
}

/** Bytes of the buffers under a table. */
export function tableBytes(table: Table): number {
  const buffers = new Set<ArrayBufferLike>();
  const visit = (batch: Record<string, unknown>): void => {
    for (const value of Object.values(batch)) {
      if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
      else if (Array.isArray(value)) for (const child of value) if (child && typeof child === "object") visit(child);
    }
  };
  for (const column of table.children) for (const batch of column.data) visit(batch as unknown as Record<string, unknown>);
  let total = 0;
  for (const buffer of buffers) total += buffer.byteLength;
  return total;
}

interface Batch {
  first: number;
  end: number;
  texts: TextColumn[];
}

export class MemoryRows implements Rows {
  readonly columns: readonly ResultColumn[];
  length = 0;
  bytes = 0;
  arrived = (): void => {};
  private readonly batches: Batch[] = [];
  private last: Batch | undefined;

  constructor(first: Table) {
    this.columns = columnsOf(first);
    this.add(first);
  }

  add(table: Table): void {
    if (!table.numRows) return;
    const end = this.length + table.numRows;
    this.batches.push({ first: this.length, end, texts: textColumns(table) });
    this.length = end;
    this.bytes += tableBytes(table);
    this.arrived();
  }

  // The batch of a row; mostly the one of the row before.
  private batch(row: number): Batch {
    let low = 0;
    let high = this.batches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.batches[middle] as Batch).first <= row) low = middle;
      else high = middle - 1;
    }
    return this.batches[low] as Batch;
  }

  cell(row: number, column: number): Cell {
    if (row >= this.length) return ABSENT;
    let batch = this.last;
    if (!batch || row < batch.first || row >= batch.end) this.last = batch = this.batch(row);
    return (batch.texts[column] as TextColumn)(row - batch.first);
  }

  need(): void {}

  async texts(first: number, last: number, columns: readonly number[]): Promise<(string | null)[][]> {
    const texts: (string | null)[][] = [];
    for (let row = first; row <= last; row++) texts.push(columns.map((column) => this.cell(row, column) as string | null));
    return texts;
  }

  release(): void {}
}

const WINDOW_ROWS = 512;
const WINDOWS_KEPT = 64;

/** A temporary table of `session`, whose row ids count from 0. */
export class EngineRows implements Rows {
  arrived = (): void => {};
  private readonly windows = new Map<number, TextColumn[]>();
  private wanted: number[] = [];
  private fetching = false;
  private released = false;

  constructor(
    readonly session: Session,
    readonly table: string,
    readonly columns: readonly ResultColumn[],
    readonly length: number,
    private readonly onRelease: () => void,
  ) {}

  cell(row: number, column: number): Cell {
    const texts = this.windows.get(Math.floor(row / WINDOW_ROWS));
    return texts ? (texts[column] as TextColumn)(row % WINDOW_ROWS) : ABSENT;
  }

  need(first: number, last: number): void {
    const windows: number[] = [];
    for (let at = Math.floor(first / WINDOW_ROWS); at <= Math.floor(last / WINDOW_ROWS); at++) windows.push(at);
    this.wanted = windows.filter((window) => !this.windows.has(window));
    void this.fetchWanted();
  }

  // One after the other, and always what is wanted by then: a fast scroll leaves no queue behind.
  private async fetchWanted(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      for (let window; !this.released && (window = this.wanted.shift()) !== undefined; ) {
        if (!this.windows.has(window)) {
          this.keep(window, await this.fetch(window * WINDOW_ROWS, (window + 1) * WINDOW_ROWS));
          this.arrived();
        }
      }
    } catch {
      this.wanted = []; // the session has ended; cells stay absent
    } finally {
      this.fetching = false;
    }
  }

  private keep(window: number, texts: TextColumn[]): void {
    this.windows.set(window, texts);
    if (this.windows.size > WINDOWS_KEPT) this.windows.delete(this.windows.keys().next().value as number);
  }

  private async fetch(from: number, to: number): Promise<TextColumn[]> {
    const sql = `SELECT * FROM ${this.table} WHERE rowid >= ${from} AND rowid < ${to}`;
    return textColumns(await this.session.query(sql));
  }

  async texts(first: number, last: number, columns: readonly number[]): Promise<(string | null)[][]> {
    const texts: (string | null)[][] = [];
    const fetched = await this.fetch(first, last + 1);
    for (let row = 0; row <= last - first; row++) texts.push(columns.map((column) => (fetched[column] as TextColumn)(row)));
    return texts;
  }

  release(): void {
    this.released = true;
    this.windows.clear();
    this.onRelease();
  }
}
