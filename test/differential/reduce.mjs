// SPDX-License-Identifier: MIT
//
// reduce.mjs: makes a script that shows a difference small. It works on tokens and knows no grammar: a span that is
// balanced is cut out, or stands for the span around it, as long as the same kind of difference remains.
import { difference } from "./compare.mjs";

const token = /\s+|'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z_0-9]*|\d+(?:\.\d+)?(?:e[-+]?\d+)?|::|<=|>=|<>|\|\||./giu;
const openers = { "(": ")", "[": "]", "{": "}" };
const limitMillis = 6_000;

const tokensOf = (sql) => sql.match(token).filter((text) => text.trim()).map((text) => text);

function join(tokens) {
  let sql = "";
  for (const [i, text] of tokens.entries()) {
    const before = tokens[i - 1] ?? "(";
    const tight = /^[([{.]$|^::$/.test(before) || /^[)\]},.]$|^::$|^\[$/.test(text) || (text === "(" && /^[a-z_0-9]+$/.test(before));
    sql += (tight ? "" : " ") + text;
  }
  return sql;
}

/** Where the bracket that opens at `start` closes. */
function closing(tokens, start) {
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    if (openers[tokens[i]]) depth++;
    else if (Object.values(openers).includes(tokens[i]) && --depth === 0) return i;
  }
  return -1;
}

function balanced(tokens) {
  const open = [];
  for (const text of tokens) {
    if (openers[text]) open.push(openers[text]);
    else if (Object.values(openers).includes(text) && open.pop() !== text) return false;
  }
  return !open.length;
}

/** Smaller forms of a statement, the boldest first. */
function* smaller(tokens) {
  for (let size = tokens.length >> 1; size >= 1; size = size > 12 ? size >> 1 : size - 1) {
    for (let start = 1; start + size <= tokens.length; start += size > 24 ? size >> 2 : 1) {
      if (balanced(tokens.slice(start, start + size))) yield [...tokens.slice(0, start), ...tokens.slice(start + size)];
    }
  }
  for (let start = 0; start < tokens.length; start++) {
    if (!openers[tokens[start]]) continue;
    const end = closing(tokens, start);
    if (end < 0) continue;
    const head = /^[a-z_]\w*$/i.test(tokens[start - 1] ?? "") ? start - 1 : start;
    yield [...tokens.slice(0, head), ...tokens.slice(start + 1, end), ...tokens.slice(end + 1)];
    if (end - start > 1) yield [...tokens.slice(0, head), "NULL", ...tokens.slice(end + 1)];
    if (end - start > 1) yield [...tokens.slice(0, head), "1", ...tokens.slice(end + 1)];
    for (let i = start + 1; i < end; i++) {
      if (openers[tokens[i]]) {
        const inner = closing(tokens, i);
        yield [...tokens.slice(0, head), ...tokens.slice(i, inner + 1), ...tokens.slice(end + 1)];
      }
    }
  }
  for (const [i, text] of tokens.entries()) if (/^\d{2,}$/.test(text)) yield tokens.with(i, `${Number(text) >> 1}`);
}

/** The statements of a small script with a difference like `wanted`; the last statement shows it. */
export async function reduce(smew, duckdb, setup, last, wanted) {
  const deadline = Date.now() + limitMillis;
  const timeoutMillis = smew.timeoutMillis;
  smew.timeoutMillis = 3000;
  let script = [...setup, last.sql];
  const firstWords = (detail) => detail.slice(0, 24);
  const shows = async (statements) => {
    if (Date.now() > deadline) return false;
    await Promise.all([smew.reset(), duckdb.reset()]);
    for (const sql of statements.slice(0, -1)) {
      const [mine, theirs] = await Promise.all([smew.run(sql), duckdb.run(sql)]);
      if (mine.error?.kind === "Died" || mine.error?.kind === "Timeout" || /Parser Error|Syntax Error/.test(theirs.error?.kind)) return false;
      if (Boolean(mine.error) !== Boolean(theirs.error)) return false;
    }
    const sql = statements.at(-1);
    const [mine, theirs] = await Promise.all([smew.run(sql), duckdb.run(sql, last)]);
    if (theirs.error && /Parser Error|Syntax Error/.test(theirs.error.kind)) return false;
    const differs = difference(mine, theirs, { ...last, ordered: wanted.kind === "order" });
    if (differs?.kind !== wanted.kind) return false;
    return ["rows", "order", "died", "types"].includes(wanted.kind) || firstWords(differs.detail) === firstWords(wanted.detail);
  };
  for (let i = script.length - 2; i >= 0; i--) {
    const without = script.toSpliced(i, 1);
    if (await shows(without)) script = without;
  }
  let progress = true;
  while (progress && Date.now() < deadline) {
    progress = false;
    for (let i = script.length - 1; i >= 0; i--) {
      for (let again = true; again && Date.now() < deadline; ) {
        again = false;
        for (const tokens of smaller(tokensOf(script[i]))) {
          if (Date.now() > deadline) break;
          const candidate = script.with(i, join(tokens));
          if (await shows(candidate)) {
            script = candidate;
            again = progress = true;
            break;
          }
        }
      }
    }
  }
  smew.timeoutMillis = timeoutMillis;
  return script;
}
