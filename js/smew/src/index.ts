// SPDX-License-Identifier: MIT
//
// index.ts: the entry of pages. Worker and module lie beside it, or where `assets` says.
import { assetUrl, workerChannel, workerFrom } from "./browser.js";
import type { OpenOptions } from "./client.js";
import type { Database } from "./client.js";
import { Opener } from "./open.js";
import { canonicalPath } from "./opfs-path.js";

export * from "./exports.js";
export { support } from "./browser.js";
export type { Support } from "./browser.js";

// The form `new Worker(new URL(…, import.meta.url))` is what bundlers look for.
function start({ assets }: OpenOptions): ReturnType<typeof workerChannel> {
  const worker = assets?.worker
    ? workerFrom(assetUrl(assets.worker))
    : new URL(import.meta.url).origin === location.origin
      ? new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
      : workerFrom(new URL("./worker.js", import.meta.url));
  const wasm = assets?.wasm ? assetUrl(assets.wasm) : new URL("./smew.wasm", import.meta.url);
  return workerChannel(worker, wasm.href);
}

const opener = new Opener(start, canonicalPath);

/**
 * Opens a database, made when it is not there: `"opfs:/shop.smew"` is kept by the browser, `":memory:"` is not.
 *
 * @throws SmewError LOCKED: open in another tab or window; UNSUPPORTED: this browser keeps no files; never falls back to memory.
 * @example const db = await open("opfs:/shop.smew");
 */
export const open: (path: string | URL, options?: OpenOptions) => Promise<Database> = opener.open;
