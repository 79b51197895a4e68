// SPDX-License-Identifier: MIT
//
// format.ts: values as text. Cells look as DuckDB prints them; amounts, sizes and times are for people.

/** Integers as bigint, decimals, dates and timestamps as text: nothing is rounded on its way to a cell. */
export const EXACT = { integers: "bigint", decimals: "string", dates: "string" } as const;

export function isNumeric(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/.test(type);
}

/** A value that is not NULL, read with EXACT. */
export function cellText(value: unknown, type: string): string {
  if (typeof value === "string") return value;
  if (type === "DOUBLE") return doubleText(value as number);
  if (type === "FLOAT") return doubleText(shortestFloat(value as number));
  if (type.startsWith("TIME") && (typeof value === "bigint" || typeof value === "number")) return timeText(BigInt(value));
  return valueText(value);
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (value instanceof Uint8Array) return blobText(value);
  if (value instanceof Map) return `{${Array.from(value, ([key, item]) => `${valueText(key)}=${valueText(item)}`).join(", ")}}`;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[${Array.from(value as Iterable<unknown>, valueText).join(", ")}]`;
  if (typeof value === "object") return isInterval(value) ? intervalText(value) : structText(value);
  return String(value);
}

function structText(value: object): string {
  return `{${Object.entries(value).map(([name, item]) => `'${name}': ${valueText(item)}`).join(", ")}}`;
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
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

function timeText(micros: bigint): string {
  return clock(micros);
}

interface Interval {
  months: number;
  days: number;
  micros: number;
}

function isInterval(value: object): value is Interval {
  return "months" in value && "days" in value && "micros" in value;
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
    const printable = byte >= 32 && byte < 127 && byte !== 0x5c;
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
