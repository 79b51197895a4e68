// SPDX-License-Identifier: MIT
//
// remember.ts: what the page keeps in localStorage: the editor's text, the history of statements, sizes and colours. A browser
// that keeps nothing is no error: the page then begins afresh each time.
const PREFIX = "smew-workbench:";

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Full, or forbidden.
  }
}

export function remembered<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export interface HistoryEntry {
  sql: string;
  /** Milliseconds since 1970. */
  at: number;
  millis: number;
  /** "51 rows", "failed". */
  outcome: string;
}

const HISTORY_LENGTH = 200;
const HISTORY_SQL = 20_000;

/** Newest first; a statement that was run again is moved to the front. */
export function addToHistory(entry: HistoryEntry): void {
  if (entry.sql.length > HISTORY_SQL) return;
  const others = history().filter(({ sql }) => sql !== entry.sql);
  remember("history", [entry, ...others].slice(0, HISTORY_LENGTH));
}

export function history(): HistoryEntry[] {
  return remembered<HistoryEntry[]>("history", []);
}

export function clearHistory(): void {
  remember("history", []);
}
