// SPDX-License-Identifier: MIT
//
// types.mjs: the types that columns have, and literals of each. A literal is SQL text that both engines must read to the
// same value; extremes are as likely as ordinary values.

const quote = (text) => `'${text.replaceAll("'", "''")}'`;

const integers = {
  TINYINT: ["-128", "127"],
  SMALLINT: ["-32768", "32767"],
  INTEGER: ["-2147483648", "2147483647"],
  BIGINT: ["-9223372036854775808", "9223372036854775807"],
  HUGEINT: ["-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"],
  UTINYINT: ["0", "255"],
  USMALLINT: ["0", "65535"],
  UINTEGER: ["0", "4294967295"],
  UBIGINT: ["0", "18446744073709551615"],
  UHUGEINT: ["0", "340282366920938463463374607431768211455"],
};

const decimals = { "DECIMAL(4,1)": [4, 1], "DECIMAL(9,2)": [9, 2], "DECIMAL(18,3)": [18, 3], "DECIMAL(38,10)": [38, 10] };

const words = [
  "", " ", "a", "b", "A", "abc", "ABC", "hello", "Hello World", "goodbye", "duck", "ducks", "smew", "mergellus albellus",
  "a string longer than twelve bytes", "abc%def", "a_b", "a\\b", "it''s".replace("''", "'"), "12", "-7", "3.25", "1e3", "true", "NaN",
  "2020-02-29", "2021-01-01 12:34:56", "12:34:56", "[1, 2]", "{'a': 1}", "ä", "Äpfel", "straße", "日本語", "🦆", "🦆🦆duck", "e\u0301clair", "ﬁ", "\t", "x\ny",
];
const blobs = ["", "\\x00", "\\xAA\\xBB", "abc", "a\\x00b", "\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF\\xFF", "hello"];
const dates = ["1970-01-01", "2020-02-29", "2021-12-31", "1999-12-31", "0001-01-01", "9999-12-31", "1582-10-15", "2024-03-31", "1900-02-28", "2000-01-01", "0044-03-15 (BC)", "infinity", "-infinity"];
const times = ["00:00:00", "12:34:56", "23:59:59.999999", "01:02:03.000004", "12:00:00", "06:30:00"];
const zones = ["+00", "+01:30", "-08", "+15:59"];
const intervals = ["1 day", "-1 month", "1 year 2 months 3 days", "04:05:06.789", "0 days", "30 days", "1 month -30 days", "-00:00:01", "100 years", "24 hours", "1 microsecond"];
const uuids = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000", "eeccb8c5-9943-b2bb-bb5e-222f4e14b687", "47183823-2574-4bfd-b411-99ed177d3e43"];
const floats = ["0", "-0.0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "3.14159", "1e10", "0.1", "100", "123456.789"];
const extremeFloats = { DOUBLE: ["'NaN'", "'inf'", "'-inf'", "1e300", "1e-300", "4.9e-324", "1e15", "1e16", "9007199254740993"], FLOAT: ["'NaN'", "'inf'", "'-inf'", "1e30", "1e-30", "16777217"] };
export const enumValues = ["sad", "ok", "happy", "🦆", "a longer member of the enum"];

const day = (random) => (random.chance(0.7) ? random.pick(dates.filter((date) => !date.includes("inf"))) : random.pick(dates));
const moment = (random) => {
  const date = day(random);
  if (date.includes("inf")) return date;
  return date.includes("BC") ? `0044-03-15 (BC) ${random.pick(times)}` : `${date} ${random.pick(times)}`;
};
// Nanoseconds since 1970 fit no other years.
const nearMoment = (random) => `${random.pick(["1970-01-01", "2020-02-29", "2021-12-31", "1999-12-31", "1900-02-28", "2262-01-01"])} ${random.pick(times)}`;

/** An integer as text, within the limits of a type. */
function integer(random, type) {
  const [least, most] = integers[type].map(BigInt);
  const value = random.weighted([
    [8, () => BigInt(random.between(-10, 20))],
    [3, () => BigInt(random.between(-1000, 1000))],
    [2, () => random.pick([least, most, most - 1n, least + 1n])],
    [1, () => most / BigInt(random.between(2, 100000))],
  ])();
  return `${value < least ? -value : value > most ? most : value}`;
}

function decimal(random, width, scale) {
  const digits = random.chance(0.2) ? width : random.between(1, Math.min(width, scale + 3));
  const text = random.chance(0.1) ? "9".repeat(width) : random.times(digits, () => random.below(10)).join("");
  const padded = text.padStart(scale + 1, "0");
  return `${random.chance(0.3) ? "-" : ""}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

function list(random, type, depth = 0) {
  return `[${random.times(random.pick([0, 1, 2, 3, 5]), () => (random.chance(0.15) ? "NULL" : literal(random, type, depth))).join(", ")}]`;
}

const nullable = (random, type) => (random.chance(0.15) ? "NULL" : literal(random, type));

/** Text that is cast to the type to make a value of it. */
const makers = {
  BOOLEAN: (random) => random.pick(["true", "false"]),
  FLOAT: (random) => (random.chance(0.8) ? random.pick(floats) : random.pick(extremeFloats.FLOAT)),
  DOUBLE: (random) => (random.chance(0.8) ? random.pick(floats) : random.pick(extremeFloats.DOUBLE)),
  VARCHAR: (random) => quote(random.pick(words)),
  BLOB: (random) => quote(random.pick(blobs)),
  BIT: (random) => quote(random.pick(["0", "1", "101", "00000000", "1111111100000000", "010101"])),
  DATE: (random) => quote(day(random)),
  TIME: (random) => quote(random.pick(times)),
  TIMETZ: (random) => quote(random.pick(times) + random.pick(zones)),
  TIMESTAMP: (random) => quote(moment(random)),
  TIMESTAMP_S: (random) => quote(moment(random).replace(/\.\d+/, "")),
  TIMESTAMP_MS: (random) => quote(moment(random).replace(/\.\d+/, ".123")),
  TIMESTAMP_NS: (random) => quote(nearMoment(random)),
  TIMESTAMPTZ: (random) => quote(moment(random)),
  INTERVAL: (random) => quote(random.pick(intervals)),
  UUID: (random) => quote(random.pick(uuids)),
  mood: (random) => quote(random.pick(enumValues)),
  "INTEGER[]": (random) => list(random, "INTEGER"),
  "VARCHAR[]": (random) => list(random, "VARCHAR"),
  "DOUBLE[]": (random) => list(random, "DOUBLE"),
  "DATE[]": (random) => list(random, "DATE"),
  "INTEGER[][]": (random) => list(random, "INTEGER[]"),
  "INTEGER[3]": (random) => `[${random.times(3, () => nullable(random, "INTEGER")).join(", ")}]`,
  "STRUCT(a INTEGER, b VARCHAR)": (random) => `{'a': ${nullable(random, "INTEGER")}, 'b': ${nullable(random, "VARCHAR")}}`,
  "STRUCT(x DOUBLE, y INTEGER[])": (random) => `{'x': ${nullable(random, "DOUBLE")}, 'y': ${nullable(random, "INTEGER[]")}}`,
  "STRUCT(k VARCHAR, v DATE)": (random) => `{'k': ${nullable(random, "VARCHAR")}, 'v': ${nullable(random, "DATE")}}`,
  "STRUCT(k VARCHAR, v DATE)[]": (random) => list(random, "STRUCT(k VARCHAR, v DATE)"),
  "MAP(VARCHAR, INTEGER)": (random) => `MAP {${random.shuffled(words, random.below(4)).map((word) => `${quote(word)}: ${nullable(random, "INTEGER")}`).join(", ")}}`,
  "UNION(num INTEGER, str VARCHAR)": (random) => (random.chance(0.5) ? `union_value(num := ${literal(random, "INTEGER")})` : `union_value(str := ${literal(random, "VARCHAR")})`),
};
for (const type of Object.keys(integers)) makers[type] = (random) => integer(random, type);
for (const [type, [width, scale]] of Object.entries(decimals)) makers[type] = (random) => decimal(random, width, scale);

/** An expression whose type is exactly `type`. */
export function literal(random, type) {
  if (type === "VARCHAR" || type === "BOOLEAN") return makers[type](random);
  if (type.startsWith("UNION")) return `${makers[type](random)}::${type}`;
  if (type === "INTEGER") return random.chance(0.7) ? `(${random.between(-10, 20)})` : `(${makers.INTEGER(random)})::INTEGER`;
  const text = makers[type] ? makers[type](random) : list(random, type.slice(0, -2));
  return /^-/.test(text) ? `(${text})::${type}` : `${text}::${type}`;
}

export const integerTypes = Object.keys(integers);
export const signedTypes = integerTypes.filter((type) => !type.startsWith("U"));
export const decimalTypes = Object.keys(decimals);
export const numericTypes = [...integerTypes, ...decimalTypes, "FLOAT", "DOUBLE"];
export const temporalTypes = ["DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ", "INTERVAL"];
export const scalarTypes = [...numericTypes, ...temporalTypes, "BOOLEAN", "VARCHAR", "BLOB", "BIT", "UUID", "mood"];
export const nestedTypes = Object.keys(makers).filter((type) => !scalarTypes.includes(type));
export const allTypes = [...scalarTypes, ...nestedTypes];
export { quote };
