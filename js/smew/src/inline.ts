// SPDX-License-Identifier: MIT
//
// inline.ts: the entry of pages that want one file: worker and module lie within it, as text put there by the build.
import { workerChannel } from "./browser.js";
import type { Database, OpenOptions } from "./client.js";
import { Opener } from "./open.js";
import { canonicalPath } from "./opfs-path.js";

export * from "./exports.js";
export { support } from "./browser.js";
export type { Support } from "./browser.js";

// The worker's script, and the module as base64: defined by scripts/build.mjs.
declare const SMEW_WORKER: string;
declare const SMEW_WASM: string;

function start(): ReturnType<typeof workerChannel> {
  const url = URL.createObjectURL(new Blob([SMEW_WORKER], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  const wasm = Uint8Array.from(atob(SMEW_WASM), (char) => char.charCodeAt(0));
  return workerChannel(worker, wasm.buffer);
}

const opener = new Opener(start, canonicalPath);

/** As `open` of the package's main entry. */
export const open: (path: string | URL, options?: OpenOptions) => Promise<Database> = opener.open;
