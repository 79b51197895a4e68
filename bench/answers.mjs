// SPDX-License-Identifier: MIT
//
// answers.mjs: TPC-H's answers as ../shared/data/tpch has them, and when a field is the same.
import { readFileSync } from "node:fs";

// Fields between `|`, in double quotes where needed; the first line names the columns.
export function readAnswers(path) {
  const lines = readFileSync(path, "utf8").split("\n").slice(1);
  return lines
    .filter((line) => line !== "")
    .map((line) => [...line.matchAll(/(?:^|\|)(?:"((?:[^"]|"")*)"|([^|]*))/g)].map((field) => field[1]?.replaceAll('""', '"') ?? field[2]));
}

export function sameField(left, right) {
  if (left === right) return true;
  if (left === "" || right === "") return false;
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
