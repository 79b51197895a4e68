// SPDX-License-Identifier: MIT
//
// wasm_size.mjs MODULE LIBRARY…: `make size`: which bytes of a wasm module come from where. MODULE was linked with its names kept and
// its data segments apart; each LIBRARY is an archive of objects, whose file name is the folder. A function or datum belongs to
// the file that defines a symbol of its name; what the optimizer made of several keeps the name of one. Texts of the
// data (.L.str, which link-time optimization makes nameless) are a line of their own.
//
// The gzip column is what `gzip -9` makes of a folder's bytes alone, scaled so that the column sums to the module's.
//
//   --functions=N   the N largest functions and data    --files   by file instead of by folder    --folder=X   only there
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const options = { functions: "0", files: "", folder: "" };
const paths = [];
for (const argument of process.argv.slice(2)) {
  const [, name, value] = /^--(\w+)(?:=(.*))?$/.exec(argument) ?? [];
  if (name && name in options) options[name] = value ?? "yes";
  else paths.push(argument);
}
const [modulePath, ...libraries] = paths;
const bytes = readFileSync(modulePath);

// ---------------------------------------------------------------------------------------------------------------------
// The module: [name, from, to] of each function body and data segment
// ---------------------------------------------------------------------------------------------------------------------

let at = 8;
function number() {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}
function text() {
  const length = number();
  at += length;
  return bytes.toString("utf8", at - length, at);
}

const sections = {};
let functionImports = 0;
const bodies = [];
const segments = [];
const functionNames = new Map();
const segmentNames = new Map();
while (at < bytes.length) {
  const start = at;
  const id = bytes[at++];
  const size = number();
  const end = at + size;
  const sectionName = id === 0 ? text() : "";
  if (id === 2) {
    for (let i = number(); i > 0; i--) {
      text();
      text();
      if (bytes[at++] === 0) functionImports += 1;
      number();
    }
  } else if (id === 10) {
    const count = number();
    for (let i = 0; i < count; i++) {
      const from = at;
      const length = number();
      at += length;
      bodies.push([from, at]);
    }
  } else if (id === 11) {
    const count = number();
    for (let i = 0; i < count; i++) {
      const from = at;
      if (number() !== 1) while (bytes[at++] !== 0x0b);
      const length = number();
      at += length;
      segments.push([from, at]);
    }
  } else if (sectionName === "name") {
    while (at < end) {
      const kind = bytes[at++];
      const subsectionEnd = number() + at;
      const names = kind === 1 ? functionNames : kind === 9 ? segmentNames : undefined;
      if (names) for (let i = number(); i > 0; i--) names.set(number(), text());
      at = subsectionEnd;
    }
  }
  if (id !== 10 && id !== 11 && id !== 0) sections[id] = [start, end];
  at = end;
}

// ---------------------------------------------------------------------------------------------------------------------
// The sources: which file defines a symbol
// ---------------------------------------------------------------------------------------------------------------------

const places = new Map();
for (const library of libraries) {
  const folder = basename(library, ".a");
  for (const line of execFileSync(process.env.WASM_NM ?? "llvm-nm-19", ["-A", "--defined-only", library], { maxBuffer: 1 << 28 }).toString().split("\n")) {
    const [, object, symbol] = /:([^:]+)\.o: +\S+ \w (.*)$/.exec(line) ?? [];
    if (symbol && !places.has(symbol)) places.set(symbol, { folder: folder === "deps" ? object.replace(/_.*/, "") : folder, file: object });
  }
}

function placeOf(name, isData) {
  if (/^\.L\.str|^\.rodata\.str|\.L\.str|str\.\d/.test(name)) return { folder: "(texts)", file: "(texts)" };
  const symbol = isData ? name.replace(/^\.(rodata|data\.rel\.ro|data|bss|tdata)\.(cst\d+\.)?/, "") : name;
  for (let candidate = symbol; candidate; candidate = candidate.replace(/\.?[^.]*$/, "")) {
    const place = places.get(candidate);
    if (place) return place;
  }
  return { folder: "(libc, compiler-rt)", file: "(libc, compiler-rt)" };
}

const items = [];
bodies.forEach(([from, to], i) => {
  const name = functionNames.get(i + functionImports) ?? `function ${i}`;
  items.push({ name, from, to, kind: "code", ...placeOf(name, false) });
});
segments.forEach(([from, to], i) => {
  const name = segmentNames.get(i) ?? `segment ${i}`;
  items.push({ name, from, to, kind: "data", ...placeOf(name, true) });
});
for (const [id, [from, to]] of Object.entries(sections)) items.push({ name: `section ${id}`, from, to, kind: "data", folder: "(wasm sections)", file: "(wasm sections)" });

// ---------------------------------------------------------------------------------------------------------------------
// The table
// ---------------------------------------------------------------------------------------------------------------------

const groups = new Map();
for (const item of items) {
  if (options.folder && item.folder !== options.folder) continue;
  const key = options.files ? `${item.folder}/${item.file}` : item.folder;
  const group = groups.get(key) ?? { key, code: 0, data: 0, parts: [] };
  group[item.kind] += item.to - item.from;
  group.parts.push(bytes.subarray(item.from, item.to));
  groups.set(key, group);
}
const gzip = (parts) => gzipSync(Buffer.concat(parts), { level: 9 }).length;
const rows = [...groups.values()].map((group) => ({ ...group, alone: gzip(group.parts) }));
const whole = gzip(rows.flatMap((row) => row.parts));
const scale = whole / rows.reduce((sum, row) => sum + row.alone, 0);
rows.push({ key: "all", code: rows.reduce((sum, row) => sum + row.code, 0), data: rows.reduce((sum, row) => sum + row.data, 0), alone: whole / scale });
const column = (value) => String(value).padStart(9);
console.log(`${"".padEnd(28)}${column("code")}${column("data")}${column("gzip -9")}`);
for (const row of rows.sort((a, b) => b.alone - a.alone)) {
  console.log(`${row.key.padEnd(28)}${column(row.code)}${column(row.data)}${column(Math.round(row.alone * scale))}`);
}

const shown = items.filter((item) => !options.folder || item.folder === options.folder).sort((a, b) => b.to - b.from - (a.to - a.from));
for (const item of shown.slice(0, Number(options.functions))) {
  console.log(`${column(item.to - item.from)}  ${item.kind}  ${item.folder}/${item.file}  ${item.name}`);
}
