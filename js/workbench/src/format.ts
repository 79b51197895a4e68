// SPDX-License-Identifier: MIT
//
// format.ts: values as text. Cells look as DuckDB prints them; amounts, sizes and times are for people.
import type { SqlType } from "smew";

/** Integers as bigint, decimals, dates and timestamps as text: nothing is rounded on its way to a cell. */
export const EXACT = { integers: "bigint", decimals: "string", dates: "string" } as const;

export function isNumeric(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
}

type Print = (value: unknown) => string;

/** What prints the values of a type, read with EXACT and not NULL, as the engine does. */
export function printer(type: SqlType): Print {
  const { name } = type;
  if (name === "DOUBLE") return (value) => doubleText(value as number);
  if (name === "FLOAT") return (value) => doubleText(shortestFloat(value as number));
  if (name === "INTERVAL") return (value) => intervalText(value as Interval);
  if (name === "BLOB") return (value) => blobText(value as Uint8Array);
  const parts = type.children.map((child) => ({ name: child.name, print: inner(child.type) }));
  const [first, second] = parts;
  if (name === "LIST" && first) return (value) => `[${Array.from(value as Iterable<unknown>, first.print).join(", ")}]`;
  if (name === "MAP" && first && second) {
    return (value) => {
      const entries = Array.from(value as Map<unknown, unknown>, ([key, item]) => `${first.print(key)}=${second.print(item)}`);
      return `{${entries.join(", ")}}`;
    };
  }
  if (name === "STRUCT") {
    return (value) => {
      const fields = value as Record<string, unknown>;
      // A ROW(…) has no names, and its fields go by number.
      if (parts[0]?.name === "") return `(${parts.map((part, index) => part.print(fields[index + 1])).join(", ")})`;
      return `{${parts.map((part) => `${quoted(part.name)}: ${part.print(fields[part.name])}`).join(", ")}}`;
    };
  }
  return String;
}

// A part of a nested value: NULL by name, quoted where its text would be taken for something else.
function inner(type: SqlType): Print {
  const print = printer(type);
  const isNested = type.children.length > 0;
  return (value) => {
    if (value === null || value === undefined) return "NULL";
    const text = print(value);
    return !isNested && /^$|^\s|\s$|^null$|["'(),:=[\]{}]/i.test(text) ? quoted(text) : text;
  };
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (Object.is(value, -0)) return "-0.0";
  const size = Math.abs(value);
  if (size >= 1e16 || (size > 0 && size < 1e-4)) return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

// The shortest decimal that is this number among floats of 32 bits.
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}

function clock(micros: bigint): string {
  const two = (part: bigint): string => String(part).padStart(2, "0");
  const seconds = micros / 1_000_000n;
  const fraction = String(micros % 1_000_000n).padStart(6, "0").replace(/0+$/, "");
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction && `.${fraction}`}`;
}

interface Interval {
  months: number;
  days: number;
  micros: number;
}

function intervalText({ months, days, micros }: Interval): string {
  const parts: string[] = [];
  const add = (count: number, unit: string): void => {
    if (count) parts.push(`${count} ${unit}${Math.abs(count) === 1 ? "" : "s"}`);
  };
  add(Math.trunc(months / 12), "year");
  add(months % 12, "month");
  add(days, "day");
  if (micros || !parts.length) {
    const whole = BigInt(Math.round(micros));
    parts.push(whole < 0n ? `-${clock(-whole)}` : clock(whole));
  }
  return parts.join(" ");
}

function blobText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    const printable = byte >= 32 && byte < 127 && byte !== 0x5c && byte !== 0x27 && byte !== 0x22;
    text += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

// ---- For people ------------------------------------------------------------------------------------------------------

const WHOLE = new Intl.NumberFormat("en");

export function count(amount: number | bigint, unit?: string): string {
  return unit ? `${WHOLE.format(amount)} ${unit}${amount === 1 ? "" : "s"}` : WHOLE.format(amount);
}

export function bytes(amount: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let value = amount;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${amount} bytes` : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(millis: number): string {
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  if (millis < 60_000) return `${(millis / 1000).toFixed(1)} s`;
  return `${Math.floor(millis / 60_000)} min ${Math.round((millis % 60_000) / 1000)} s`;
}

/** The first words of a statement, on one line. */
export function brief(sql: string, length: number): string {
  const line = sql.replace(/--[^\n]*\n/g, " ").replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1).trimEnd()}…` : line;
}
