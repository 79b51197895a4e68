// SPDX-License-Identifier: MIT
//
// tables.mjs: the tables of a round, as SQL that makes the same rows in both engines. Every table has `id`, which is unique,
// `g` and `s`, which have few values, so that joins and groups meet, and columns of random types. A column's values come from a
// pool of literals, by a sum that walks through the pool in steps.
import { allTypes, enumValues, literal, nestedTypes, numericTypes, quote, scalarTypes, temporalTypes } from "./types.mjs";

const groupColumns = [
  { name: "id", type: "INTEGER" },
  { name: "g", type: "INTEGER", pool: (random) => random.times(6, () => (random.chance(0.2) ? "NULL" : `${random.between(0, 4)}`)) },
  { name: "s", type: "VARCHAR", pool: (random) => random.times(6, () => (random.chance(0.2) ? "NULL" : quote(random.pick(["a", "b", "duck", "smew", "", "a string longer than twelve bytes"])))) },
];

/** 0, 1, around a chunk's 2,048, or some. */
export function rowCount(random, { large = false } = {}) {
  if (large) return random.pick([122_880, 200_003]);
  return random.weighted([
    [1, () => 0],
    [1, () => 1],
    [8, () => random.between(3, 14)],
    [4, () => random.between(20, 60)],
    [2, () => random.between(2047, 2049)],
  ])();
}

function makeColumn(random, index) {
  const type = random.pick(random.weighted([[4, numericTypes], [2, temporalTypes], [2, ["VARCHAR"]], [3, scalarTypes], [3, nestedTypes], [1, allTypes]]));
  return { name: `c${index}`, type, pool: (source) => source.times(source.pick([1, 2, 5, 9, 17]), () => (source.chance(0.12) ? "NULL" : literal(source, type))) };
}

function makeTable(random, name, rows) {
  const columns = [...groupColumns, ...random.times(random.between(3, 7), (index) => makeColumn(random, index))];
  const value = ({ name: column, type, pool }) => {
    if (column === "id") return rows > 10_000 ? "i" : `(i * 7919) % ${Math.max(rows, 1)}`;
    const literals = pool(random);
    return `([${literals.join(", ")}]::${type}[])[1 + (i * ${random.pick([1, 7, 31, 7919])} + ${random.below(5)}) % ${literals.length}]`;
  };
  const definitions = columns.map(({ name: column, type }) => `${column} ${type}`);
  const setup = [`CREATE TABLE ${name}(${definitions.join(", ")})`, `INSERT INTO ${name} SELECT ${columns.map(value).join(", ")} FROM range(${rows}) r(i)`];
  return { name, rows, columns: columns.map(({ name: column, type }) => ({ name: column, type })), setup };
}

/** {setup: statements, tables}. */
export function makeSchema(random, { large = false } = {}) {
  const tables = random.times(random.between(2, 4), (index) => makeTable(random, `t${index}`, rowCount(random, { large: large && index === 0 })));
  return { setup: [`CREATE TYPE mood AS ENUM (${enumValues.map(quote).join(", ")})`, ...tables.flatMap((table) => table.setup)], tables };
}
