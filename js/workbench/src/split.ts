// SPDX-License-Identifier: MIT
//
// split.ts: where the statements of a script begin and end. Knows what hides a semicolon: strings, quoted names,
// dollar quotes and comments; nothing else of SQL.

export interface Statement {
  /** Without the space, comments and semicolon around it. */
  from: number;
  to: number;
  sql: string;
  /** Where the statement's part of the script ends, its semicolon included. */
  end: number;
}

/** The end of the quoted text or comment that begins at `at`, or `at` when none does. */
function skip(text: string, at: number): number {
  const end = (found: number, length: number): number => (found < 0 ? text.length : found + length);
  const char = text[at];
  if (char === "'" || char === '"') {
    const escapes = char === "'" && /[eE]/.test(text[at - 1] ?? "") && !/\w/.test(text[at - 2] ?? "");
    for (let next = at + 1; next < text.length; next++) {
      if (escapes && text[next] === "\\") next++;
      else if (text[next] === char && text[next + 1] === char) next++;
      else if (text[next] === char) return next + 1;
    }
    return text.length;
  }
  if (char === "-" && text[at + 1] === "-") return end(text.indexOf("\n", at), 1);
  if (char === "/" && text[at + 1] === "*") return end(text.indexOf("*/", at + 2), 2);
  if (char === "$" && !/\w/.test(text[at - 1] ?? "")) {
    const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 66))?.[0];
    if (tag) return end(text.indexOf(tag, at + tag.length), tag.length);
  }
  return at;
}

export function statements(text: string): Statement[] {
  const found: Statement[] = [];
  let from = -1;
  let to = -1;
  const finish = (end: number): void => {
    if (from >= 0) found.push({ from, to, sql: text.slice(from, to), end });
    from = -1;
  };
  for (let at = 0; at < text.length; ) {
    if (text[at] === ";") {
      finish(++at);
      continue;
    }
    const skipped = skip(text, at);
    const isComment = skipped > at && (text[at] === "-" || text[at] === "/");
    const next = Math.max(skipped, at + 1);
    if (!isComment && /\S/.test(text[at] as string)) {
      if (from < 0) from = at;
      to = next;
    }
    at = next;
  }
  finish(text.length);
  return found;
}

/** The statement in which a position lies; between two, the one before, and the first before all. */
export function statementAt(text: string, position: number): Statement | undefined {
  const all = statements(text);
  return all.findLast((statement) => statement.from <= position) ?? all[0];
}

/** Reads only, by its first word: may be run again, and as a subquery. */
export function isQuery(sql: string): boolean {
  return /^\(*\s*(SELECT|FROM|WITH|VALUES|TABLE|DESCRIBE|DESC|SHOW|SUMMARIZE)\b/i.test(sql);
}
