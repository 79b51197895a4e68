// SPDX-License-Identifier: MIT
//
// parameters.ts: JavaScript values as parameters of a statement. Runs beside the engine; what comes in has survived
// structured cloning.
//
//   null, undefined NULL      boolean BOOLEAN       string VARCHAR         Date TIMESTAMP (UTC)
//   number  INTEGER, BIGINT when whole and safe, else DOUBLE              Uint8Array, ArrayBuffer BLOB
//   bigint  BIGINT, beyond 64 bits HUGEINT          array LIST             { months, days, micros } INTERVAL
//   Map MAP                                         other plain object STRUCT
import type { Door, Handle } from "./door.js";
import { smewError } from "./error.js";
import type { Parameters } from "./protocol.js";

// A SQL type whose parts can be made to agree; a plain one by its name.
type Type = string | { list: Type } | { key: Type; value: Type } | { fields: readonly (readonly [name: string, type: Type])[] };

interface Typed {
  type: Type;
  text: string;
}

/** Levels of lists, maps and objects in a parameter. */
const DEEPEST = 100;

const INT64 = 2n ** 63n;
const INT128 = 2n ** 127n;

/** Binds all parameters of a statement; names or numbers that are missing or too many are errors. */
export function bindAll(door: Door, session: Handle, statement: Handle, parameters: Parameters): void {
  if (typeof parameters !== "object" || parameters === null) {
    throw smewError("INVALID_INPUT", "parameters are an array of values, or an object of values by their names");
  }
  const names = door.parameterNames(statement);
  const isList = Array.isArray(parameters);
  const given = isList ? (parameters as readonly unknown[]).length : Object.keys(parameters).length;
  if (isList && given !== names.length) {
    throw smewError("INVALID_INPUT", `the statement has ${counted(names.length, "parameter")}, and ${counted(given, "value")} given`);
  }
  if (!isList) {
    const known = new Set(names.map((name) => name.toLowerCase()));
    const stray = Object.keys(parameters).find((name) => !known.has(name.toLowerCase().replace(/^\$/, "")));
    if (stray !== undefined) throw smewError("INVALID_INPUT", `the statement has no parameter $${stray}`);
  }
  names.forEach((name, index) => {
    const value = isList ? (parameters as readonly unknown[])[index] : named(parameters as object, name);
    bind(door, session, statement, index + 1, value);
  });
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function named(parameters: object, name: string): unknown {
  for (const [key, value] of Object.entries(parameters)) {
    if (key.toLowerCase().replace(/^\$/, "") === name.toLowerCase()) return value;
  }
  throw smewError("INVALID_INPUT", `Values were not provided for the following prepared statement parameters: ${name}`);
}

function bind(door: Door, session: Handle, statement: Handle, index: number, value: unknown): void {
  const { exports } = door;
  const bound = (status: number): void => door.bound(session, status);
  if (value === null || value === undefined) return bound(exports.smew_bind_null(statement, index));
  switch (typeof value) {
    case "boolean":
      return bound(exports.smew_bind_boolean(statement, index, Number(value)));
    case "number":
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        return bound(exports.smew_bind_double(statement, index, value));
      }
      if ((value | 0) === value) return bound(exports.smew_bind_int32(statement, index, value));
      return bound(exports.smew_bind_int64(statement, index, BigInt(value)));
    case "bigint":
      if (value >= -INT64 && value < INT64) return bound(exports.smew_bind_int64(statement, index, value));
      if (value >= -INT128 && value < INT128) {
        const low = BigInt.asIntN(64, value);
        return bound(exports.smew_bind_hugeint(statement, index, BigInt.asIntN(64, value >> 64n), low));
      }
      throw smewError("OUT_OF_RANGE", `parameter ${index} is beyond 128 bits`);
    case "string":
      return door.bindText(session, statement, index, value);
    case "object":
      break;
    default:
      throw smewError("INVALID_INPUT", `parameter ${index} is a ${typeof value}, which is no SQL value`);
  }
  const bytes = bytesOf(value);
  if (bytes) return door.bindBlob(session, statement, index, bytes);
  if (value instanceof Date) {
    return bound(exports.smew_bind_timestamp(statement, index, BigInt(millisOf(value)) * 1000n));
  }
  const interval = intervalOf(value);
  if (interval) {
    return bound(
      exports.smew_bind_interval(statement, index, interval.months, interval.days, BigInt(interval.micros)),
    );
  }
  const { type, text } = typed(value, 0);
  door.bindCast(session, statement, index, sqlOf(type), text);
}

function millisOf(date: Date): number {
  const millis = date.getTime();
  if (Number.isNaN(millis)) throw smewError("INVALID_INPUT", "an invalid Date is no SQL value");
  return millis;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

function intervalOf(value: object): { months: number; days: number; micros: number | bigint } | undefined {
  const keys = Object.keys(value);
  if (keys.length !== 3 || !("months" in value && "days" in value && "micros" in value)) return undefined;
  const interval = value as { months: number; days: number; micros: number | bigint };
  const isWhole = (part: unknown): boolean => typeof part === "bigint" || Number.isSafeInteger(part);
  if (![interval.months, interval.days].every((part) => (part | 0) === part) || !isWhole(interval.micros)) {
    throw smewError("INVALID_INPUT", "the months, days and micros of an interval are whole numbers");
  }
  return interval;
}

// ---- Nested values: a type and the text that SQL casts to it ---------------------------------------------------------

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function typed(value: unknown, depth: number): Typed {
  if (depth > DEEPEST) throw smewError("INVALID_INPUT", `a parameter has more than ${DEEPEST} levels, or contains itself`);
  if (value === null || value === undefined) return { type: "NULL", text: "NULL" };
  switch (typeof value) {
    case "boolean":
      return { type: "BOOLEAN", text: String(value) };
    case "number":
      return { type: Number.isSafeInteger(value) ? "BIGINT" : "DOUBLE", text: numberText(value) };
    case "bigint":
      return { type: value >= -INT64 && value < INT64 ? "BIGINT" : "HUGEINT", text: String(value) };
    case "string":
      return { type: "VARCHAR", text: quoted(value) };
    case "object":
      break;
    default:
      throw smewError("INVALID_INPUT", `a ${typeof value} is no SQL value`);
  }
  if (value instanceof Date) {
    millisOf(value);
    return { type: "TIMESTAMP", text: quoted(value.toISOString().replace("T", " ").replace("Z", "")) };
  }
  const bytes = bytesOf(value);
  if (bytes) {
    const hex = Array.from(bytes, (byte) => `\\\\x${byte.toString(16).padStart(2, "0")}`).join("");
    return { type: "BLOB", text: `'${hex}'` };
  }
  if (Array.isArray(value)) return list(value, depth + 1);
  if (value instanceof Map) return map(value, depth + 1);
  const interval = intervalOf(value);
  if (interval) {
    const { months, days, micros } = interval;
    return { type: "INTERVAL", text: quoted(`${months} months ${days} days ${micros} microseconds`) };
  }
  return struct(value, depth + 1);
}

function numberText(value: number): string {
  return Number.isNaN(value) ? "nan" : value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
}

function list(values: readonly unknown[], depth: number): Typed {
  const items = Array.from(values, (value) => typed(value, depth)); // holes are NULL
  return { type: { list: together(items) }, text: `[${items.map((item) => item.text).join(", ")}]` };
}

function map(value: Map<unknown, unknown>, depth: number): Typed {
  const keys = [...value.keys()].map((key) => typed(key, depth));
  const values = [...value.values()].map((item) => typed(item, depth));
  const text = keys.map((key, index) => `${key.text}=${values[index]?.text}`).join(", ");
  return { type: { key: together(keys), value: together(values) }, text: `{${text}}` };
}

function struct(value: object, depth: number): Typed {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== "Object") throw smewError("INVALID_INPUT", `a ${tag} is no SQL value`);
  const fields = Object.entries(value).map(([name, field]) => ({ name, ...typed(field, depth) }));
  if (!fields.length) throw smewError("INVALID_INPUT", "an object without properties is no SQL value");
  const text = fields.map((field) => `${quoted(field.name)}: ${field.text}`).join(", ");
  return { type: { fields: fields.map(({ name, type }) => [name, type] as const) }, text: `{${text}}` };
}

function sqlOf(type: Type): string {
  if (typeof type === "string") return type === "NULL" ? "INTEGER" : type;
  if ("list" in type) return `${sqlOf(type.list)}[]`;
  if ("key" in type) return `MAP(${sqlOf(type.key)}, ${sqlOf(type.value)})`;
  const fields = type.fields.map(([name, field]) => `"${name.replaceAll('"', '""')}" ${sqlOf(field)}`);
  return `STRUCT(${fields.join(", ")})`;
}

// The one type of the elements of a list.
function together(items: readonly Typed[]): Type {
  return items.map((item) => item.type).reduce(unified, "NULL");
}

// NULL is of any type; numbers of several types are doubles, or the wider integer.
function unified(left: Type, right: Type): Type {
  if (left === "NULL" || left === right) return right;
  if (right === "NULL") return left;
  if (typeof left === "string" && typeof right === "string") {
    const both = [left, right];
    if (both.every((type) => /^(BIGINT|HUGEINT|DOUBLE)$/.test(type))) return both.includes("DOUBLE") ? "DOUBLE" : "HUGEINT";
  } else if (typeof left === "object" && typeof right === "object") {
    if ("list" in left && "list" in right) return { list: unified(left.list, right.list) };
    if ("key" in left && "key" in right) return { key: unified(left.key, right.key), value: unified(left.value, right.value) };
    if ("fields" in left && "fields" in right && left.fields.length === right.fields.length) {
      const named = new Map(right.fields);
      if (left.fields.every(([name]) => named.has(name))) {
        return { fields: left.fields.map(([name, type]) => [name, unified(type, named.get(name) as Type)] as const) };
      }
    }
  }
  throw smewError("INVALID_INPUT", `the elements of a list have different types: ${sqlOf(left)}, ${sqlOf(right)}`);
}
