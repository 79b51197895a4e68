// SPDX-License-Identifier: MIT
//
// opfs-path.ts: what an `opfs:` path names, the same for pages, workers and the file system itself.
import { smewError } from "./error.js";

/** `opfs://a/b.smew` as `a/b.smew`; undefined when it is no such path. */
export function opfsPath(path: string): string | undefined {
  const match = /^opfs:\/{0,3}(.*)$/s.exec(path);
  if (!match) return undefined;
  const parts = (match[1] as string).split("/").filter((part) => part && part !== ".");
  if (parts.includes("..")) throw smewError("INVALID_INPUT", `"${path}" leaves its folder`);
  return parts.join("/");
}

/** The one way in which a page names a database: ":memory:" or "opfs:/a/b.smew". */
export function canonicalPath(path: string): string {
  if (path === ":memory:" || path === "") return ":memory:";
  const inner = opfsPath(path);
  if (!inner) throw smewError("INVALID_INPUT", `"${path}" is no database here; "opfs:/name.smew" and ":memory:" are`);
  return `opfs:/${inner}`;
}
