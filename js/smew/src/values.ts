// SPDX-License-Identifier: MIT
//
// values.ts: rows as JavaScript objects out of Arrow tables. The SQL type of each column, which the engine writes into the
// field's metadata (`smew.type`), decides; Arrow's own type only says how the value lies.
import type { Column, Table } from "@uwdata/flechette";
import { smewError } from "./error.js";

/** How SQL values become JavaScript's. */
export interface ValueOptions {
  /**
   * What integers beyond 32 bits become. "number" (default): a number; one beyond 2^53-1 is an error that names the column,
   * never a rounded number. "bigint": BIGINT, UBIGINT, HUGEINT and UHUGEINT columns are bigint throughout.
   */
  integers?: "number" | "bigint";
  /** DECIMAL as number (default), or as text with all its digits. */
  decimals?: "number" | "string";
  /** DATE and TIMESTAMP as Date (default; to the millisecond), or as text as SQL prints it. TIME is text always. */
  dates?: "Date" | "string";
}

type Convert = (value: unknown) => unknown;

const INTEGER_TYPES = /^(BIGINT|UBIGINT|HUGEINT|UHUGEINT)$/;

/**
 * The names and SQL types of a table's columns.
 *
 * @example columnsOf(await db.query("FROM products")) // [{ name: "id", type: "INTEGER" }, …]
 */
export function columnsOf(table: Table): { name: string; type: string }[] {
  return table.schema.fields.map((field) => ({ name: field.name, type: sqlType(field) }));
}

function sqlType(field: { metadata?: Map<string, string> | null }): string {
  return field.metadata?.get("smew.type") ?? "";
}

/** A column of one table: its values as JavaScript has them, by row. */
export interface ColumnReader {
  readonly name: string;
  /** SQL type. */
  readonly type: string;
  /**
   * The value in a row, from 0; null for NULL.
   *
   * @throws SmewError OUT_OF_RANGE: an integer beyond 2^53-1 that was to be a number.
   */
  at(row: number): unknown;
}

/**
 * The columns of a table as readers, for those who want single values, or columns that share a name.
 *
 * @example const [name, price] = readersOf(table); console.log(name.at(0), price.at(0));
 */
export function readersOf(table: Table, options: ValueOptions = {}): ColumnReader[] {
  return table.schema.fields.map((field, index) => {
    const column = table.getChildAt(index) as Column<unknown>;
    const type = sqlType(field);
    const convert = nullable(converter(parseType(type), field.name, options));
    const raw = options.dates === "string" && /^TIMESTAMP[^[\]]*$/.test(type) ? rawIntegers(column) : undefined;
    return { name: field.name, type, at: (row) => convert((raw ? raw(row) : column.at(row)) ?? null) };
  });
}

// Timestamps as the 64-bit integers they are, of which Flechette makes milliseconds.
function rawIntegers(column: Column<unknown>): (row: number) => bigint | null {
  const { data, offsets } = column as unknown as { data: { values: BigInt64Array }[]; offsets: Int32Array };
  return (row) => {
    if (column.at(row) === null) return null;
    let index = 0;
    while (row >= (offsets[index + 1] as number)) index++;
    return data[index]?.values[row - (offsets[index] as number)] as bigint;
  };
}

/**
 * All rows as objects. Columns of one name: the last wins, as in JSON.
 *
 * @throws SmewError OUT_OF_RANGE, as `ColumnReader.at`.
 * @example for await (const batch of db.stream("FROM products")) console.log(rowsOf(batch));
 */
export function rowsOf(table: Table, options: ValueOptions = {}): Record<string, unknown>[] {
  const readers = readersOf(table, options);
  return Array.from({ length: table.numRows }, (_, row) => {
    const object: Record<string, unknown> = {};
    for (const reader of readers) object[reader.name] = reader.at(row);
    return object;
  });
}

// ---- Types -----------------------------------------------------------------------------------------------------------

/** A type as a tree; `name` is LIST, MAP, STRUCT, UNION, or the SQL name of what has no parts. */
export interface SqlType {
  name: string;
  /** LIST and ARRAY: element; MAP: key, value; STRUCT and UNION: fields, whose names are empty in a ROW(…). */
  children: { name: string; type: SqlType }[];
}

/**
 * The text of a type as a tree.
 *
 * @example parseType("VARCHAR[]") // { name: "LIST", children: [{ name: "", type: { name: "VARCHAR", children: [] } }] }
 */
export function parseType(text: string): SqlType {
  const parser = { text, at: 0 };
  return readType(parser);
}

interface TypeParser {
  text: string;
  at: number;
}

function readType(parser: TypeParser): SqlType {
  const start = parser.at;
  const { text } = parser;
  const rest = text.slice(start);
  const nested = /^(STRUCT|UNION|MAP)\(/.exec(rest);
  let type: SqlType;
  if (nested) {
    parser.at += nested[0].length;
    type = { name: nested[1] as string, children: readFields(parser, nested[1] === "MAP") };
  } else {
    const name = /^(?:ENUM\((?:'(?:[^']|'')*'(?:, )?)*\)|DECIMAL\(\d+,\s*\d+\)|"(?:[^"]|"")*"|[A-Z_a-z0-9 ]+)/.exec(rest)?.[0] ?? rest;
    parser.at += name.length;
    type = { name: name.trim(), children: [] };
  }
  for (let suffix; (suffix = /^\[\d*\]/.exec(text.slice(parser.at))); ) {
    parser.at += suffix[0].length;
    type = { name: "LIST", children: [{ name: "", type }] };
  }
  return type;
}

function readFields(parser: TypeParser, isMap: boolean): SqlType["children"] {
  const children: SqlType["children"] = [];
  while (parser.at < parser.text.length && parser.text[parser.at] !== ")") {
    let name = "";
    if (!isMap) {
      // A struct of ROW(…) has types only; those of several words are no names.
      const found = /^(?:"((?:[^"]|"")*)"|(?!TIME(?:STAMP)? WITH )([^\s"(),[\]]+)) /.exec(parser.text.slice(parser.at));
      if (found) {
        parser.at += found[0].length;
        name = found[1]?.replaceAll('""', '"') ?? found[2] ?? "";
      }
    }
    children.push({ name, type: readType(parser) });
    if (parser.text.startsWith(", ", parser.at)) parser.at += 2;
    else if (parser.text[parser.at] !== ")") break; // not understood: what is left travels as it is
  }
  if (parser.text[parser.at] === ")") parser.at++;
  return children;
}

// ---- Values ----------------------------------------------------------------------------------------------------------

const same: Convert = (value) => value;

function converter(type: SqlType, column: string, options: ValueOptions): Convert {
  const { name } = type;
  if (INTEGER_TYPES.test(name)) {
    return options.integers === "bigint" ? (value) => BigInt(value as bigint) : (value) => safeNumber(value, column);
  }
  if (name.startsWith("DECIMAL")) return decimalConverter(name, options);
  if (name === "DATE" || name.startsWith("TIMESTAMP")) return dateConverter(name, options);
  if (name === "TIME") return (value) => clockText(value as bigint, 1_000_000n);
  if (name === "INTERVAL") return interval;
  const childConverters = type.children.map((child) => ({
    name: child.name,
    convert: nullable(converter(child.type, column, options)),
  }));
  if (name === "LIST") return listConverter(childConverters[0]?.convert ?? same);
  if (name === "MAP") return mapConverter(childConverters[0]?.convert ?? same, childConverters[1]?.convert ?? same);
  if (name === "STRUCT") return structConverter(childConverters);
  return same;
}

function nullable(convert: Convert): Convert {
  return convert === same ? same : (value) => (value === null || value === undefined ? null : convert(value));
}

function safeNumber(value: unknown, column: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw smewError(
    "OUT_OF_RANGE",
    `Column "${column}" has ${String(value)}, which no JavaScript number holds exactly; ask for { integers: "bigint" }`,
  );
}

// Decimals come as unscaled bigints.
function decimalConverter(name: string, options: ValueOptions): Convert {
  const scale = Number(/,\s*(\d+)\)/.exec(name)?.[1] ?? 0);
  if (options.decimals === "string") return (value) => decimalText(BigInt(value as bigint), scale);
  return (value) => Number(decimalText(BigInt(value as bigint), scale));
}

function decimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : sign + digits;
}

// Flechette gives dates and timestamps as milliseconds since 1970 with a fraction, exact to the microsecond for the years
// 1684 to 2255; as text those of a column are read as integers, and only those within lists and structs come so. What SQL
// calls infinity lies at the ends of 32 bit days and 64 bit units.
function dateConverter(name: string, options: ValueOptions): Convert {
  const isDate = name === "DATE";
  const perSecond = isDate ? 0n : unitsPerSecond(name);
  const end = (isDate ? 2147483647 * MILLIS_OF_DAY : (2 ** 63 / Number(perSecond)) * 1000) * (1 - 1e-15);
  if (options.dates !== "string") {
    return (value) => new Date(Math.abs(Number(value)) >= end ? NaN : Math.floor(Number(value)));
  }
  if (isDate) {
    return (value) => (Math.abs(Number(value)) >= end ? infinity(Number(value) < 0) : dateText(Number(value) / MILLIS_OF_DAY));
  }
  const zone = name.includes("TIME ZONE") ? "+00" : "";
  return (value) => {
    if (typeof value === "bigint") {
      return value > INT64_MAX - 1n || value < 1n - INT64_MAX ? infinity(value < 0n) : timestampText(value, perSecond) + zone;
    }
    const millis = Number(value);
    if (Math.abs(millis) >= end) return infinity(millis < 0);
    return timestampText(BigInt(Math.round(millis * 1000)), 1_000_000n) + zone;
  };
}

const MILLIS_OF_DAY = 86_400_000;
const INT64_MAX = 2n ** 63n - 1n;

function unitsPerSecond(name: string): bigint {
  return name.endsWith("_NS") ? 1_000_000_000n : name.endsWith("_MS") ? 1000n : name.endsWith("_S") ? 1n : 1_000_000n;
}

function infinity(isNegative: boolean): string {
  return isNegative ? "-infinity" : "infinity";
}

function timestampText(units: bigint, perSecond: bigint): string {
  const perDay = perSecond * 86_400n;
  const ofDay = ((units % perDay) + perDay) % perDay;
  return `${dateText(Number((units - ofDay) / perDay))} ${clockText(ofDay, perSecond)}`;
}

function clockText(ofDay: bigint, perSecond: bigint): string {
  const seconds = Number(ofDay / perSecond);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = String(perSecond + (ofDay % perSecond)).slice(1).replace(/0+$/, "");
  return parts.map((part) => String(part).padStart(2, "0")).join(":") + (fraction && `.${fraction}`);
}

// Days since 1970 in the Gregorian calendar, which goes round in 400 years; Date's ends are nearer than SQL's.
function dateText(days: number): string {
  const cycles = Math.floor(days / 146_097);
  const date = new Date((days - cycles * 146_097) * MILLIS_OF_DAY);
  const year = date.getUTCFullYear() + cycles * 400;
  const shown = String(year > 0 ? year : 1 - year).padStart(4, "0");
  return `${shown}-${date.toISOString().slice(5, 10)}${year > 0 ? "" : " (BC)"}`;
}

// [months, days, nanoseconds].
function interval(value: unknown): { months: number; days: number; micros: number } {
  const [months, days, nanos] = value as [number, number, bigint | number];
  return { months: Number(months), days: Number(days), micros: Number(nanos) / 1000 };
}

function listConverter(convert: Convert): Convert {
  return (value) => Array.from(value as Iterable<unknown>, convert);
}

function mapConverter(key: Convert, item: Convert): Convert {
  return (value) => {
    const entries = value instanceof Map ? value.entries() : (value as Iterable<[unknown, unknown]>);
    return new Map(Array.from(entries, ([name, element]) => [key(name), item(element)]));
  };
}

function structConverter(fields: { name: string; convert: Convert }[]): Convert {
  return (value) => {
    const object: Record<string, unknown> = {};
    fields.forEach(({ name, convert }, index) => {
      const key = name || String(index + 1);
      object[key] = convert((value as Record<string, unknown>)[key]);
    });
    return object;
  };
}
