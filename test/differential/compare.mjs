// SPDX-License-Identifier: MIT
//
// compare.mjs: whether two answers are the same. Names and types of columns as DuckDB writes them; values as texts, numbers
// of floating-point columns within 1e-9 (FLOAT: 1e-5) of each other; rows in their order or as multisets.

const number = /[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)/gi;

/** Both texts with every number cut out, and the numbers. */
function split(text) {
  const numbers = [];
  return { rest: text.replace(number, (found) => (numbers.push(found), "#")), numbers };
}

function near(left, right, tolerance) {
  const a = Number(left.replace(/inf/i, "Infinity"));
  const b = Number(right.replace(/inf/i, "Infinity"));
  return a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-6);
}

function sameValue(left, right, tolerance) {
  if (left === right) return true;
  if (left === null || right === null || !tolerance) return false;
  const [a, b] = [split(left), split(right)];
  return a.rest === b.rest && a.numbers.length === b.numbers.length && a.numbers.every((text, i) => near(text, b.numbers[i], tolerance));
}

const toleranceOf = (type) => (/FLOAT/.test(type) ? 1e-5 : /DOUBLE/.test(type) ? 1e-9 : 0);

/** The order in which rows that are nearly equal come together. */
function rounded(row, tolerances) {
  return JSON.stringify(row.map((value, i) => (value !== null && tolerances[i] ? value.replace(number, (text) => Number(text).toPrecision(4)) : value)));
}

function withoutCommon(left, right) {
  const counts = new Map();
  for (const row of right) {
    const key = JSON.stringify(row);
    const seen = counts.get(key);
    if (seen) seen.push(row);
    else counts.set(key, [row]);
  }
  const onlyLeft = left.filter((row) => !counts.get(JSON.stringify(row))?.pop());
  return [onlyLeft, [...counts.values()].flat()];
}

function sameRows(left, right, tolerances) {
  return left.length === right.length && left.every((row, r) => row.every((value, c) => sameValue(value, right[r][c], tolerances[c])));
}

function differentRows(smew, duckdb, types, ordered) {
  const tolerances = types.map(toleranceOf);
  if (ordered && sameRows(smew, duckdb, tolerances)) return null;
  const [left, right] = withoutCommon(smew, duckdb);
  const byRounded = (rows) => rows.map((row) => [rounded(row, tolerances), row]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row);
  if (sameRows(byRounded(left), byRounded(right), tolerances)) return ordered ? { left: smew, right: duckdb, order: true } : null;
  return { left, right };
}

const show = (rows) => rows.slice(0, 5).map((row) => row.map((value) => (value === null ? "NULL" : value.slice(0, 200))).join(" | ")).join("\n    ");

// What can go wrong with a value while rows are computed, or not, by the order of evaluation.
const runtimeKinds = new Set(["Conversion Error", "Out of Range Error", "Invalid Input Error", "Invalid Error"]);

/**
 * The difference, or null: {kind, detail}. Kinds, in order of gravity: died, internal, timeout, rows, order, types, names,
 * rejected (Smew fails), accepted (DuckDB fails), class; and texts, which count as equal. `loose`: errors of single values may
 * depend on the order of evaluation, which is not specified.
 */
export function difference(smew, duckdb, { ordered = false, loose = false, asText = false } = {}) {
  const [left, right] = [smew.error, duckdb.error];
  if (left?.kind === "Died") return { kind: "died", detail: left.message };
  if (left?.kind === "INTERNAL Error") return { kind: "internal", detail: left.message };
  // DuckDB's own failures, and what it has not finished, are no measure.
  if (right && /^(INTERNAL Error|Internal Error|Died|Timeout|Out of Memory Error)$/.test(right.kind)) return null;
  if (right?.kind === "Not implemented Error" && left?.kind !== "Timeout") return null;
  if (left?.kind === "Timeout") return { kind: "timeout", detail: left.message };
  if (left && right) {
    if (left.kind === right.kind) {
      const first = (message) => message.split("\n")[0].trim();
      return first(left.message) === first(right.message) ? null : { kind: "texts", detail: `${left.message}\n    ${right.message}` };
    }
    if (loose && runtimeKinds.has(left.kind) && runtimeKinds.has(right.kind)) return null;
    return { kind: "class", detail: `${left.kind}: ${left.message}\n    ${right.kind}: ${right.message}` };
  }
  // Where one argument is always NULL, DuckDB does not look at the others.
  if (left && runtimeKinds.has(left.kind) && duckdb.rows.every((row) => row.every((value) => value === null))) return null;
  if (left) return loose && runtimeKinds.has(left.kind) ? null : { kind: "rejected", detail: `${left.kind}: ${left.message}` };
  if (right) return loose && runtimeKinds.has(right.kind) ? null : { kind: "accepted", detail: `${right.kind}: ${right.message}` };
  // What is not a query says little of its columns: only its rows are compared.
  if (!asText && !(smew.rows.length && duckdb.rows.length)) return null;
  if (smew.columns.length !== duckdb.columns.length) {
    return { kind: "types", detail: `${smew.columns.length} and ${duckdb.columns.length} columns` };
  }
  const list = (columns, what) => columns.map((column) => column[what]).join(" | ");
  const rows = differentRows(smew.rows, duckdb.rows, duckdb.columns.map((column) => column.type), ordered);
  if (rows) {
    return { kind: rows.order ? "order" : "rows", detail: `${smew.rows.length} and ${duckdb.rows.length} rows; Smew:\n    ${show(rows.left)}\n  DuckDB:\n    ${show(rows.right)}` };
  }
  // An expression that is always NULL is folded in DuckDB, and its type with it.
  const folded = (column) => duckdb.columns[column].type === "INTEGER" && duckdb.rows.every((row) => row[column] === null);
  const mine = smew.columns.map(({ name, type }, column) => ({ name, type: folded(column) ? "INTEGER" : type }));
  for (const what of ["type", "name"]) {
    if (asText && list(mine, what) !== list(duckdb.columns, what)) {
      return { kind: `${what}s`, detail: `${list(mine, what)}\n    ${list(duckdb.columns, what)}` };
    }
  }
  return null;
}

export const gravity = ["died", "internal", "timeout", "rows", "order", "types", "rejected", "accepted", "class", "names", "texts"];
