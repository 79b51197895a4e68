// SPDX-License-Identifier: MIT
//
// node.ts: the entry of Node. The engine runs in this thread, in slices of milliseconds; files are the file system's.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Database, OpenOptions } from "./client.js";
import { Engine } from "./engine.js";
import type { Platform } from "./engine.js";
import { smewError } from "./error.js";
import { lockFile, NodeBackend, nodePath } from "./hosts/node.js";
import { localChannels, Opener } from "./open.js";
import type { Channel, ToClient, ToEngine } from "./protocol.js";

export * from "./exports.js";

let compiled: WebAssembly.Module | undefined;

function moduleAt(given: string | URL | undefined): WebAssembly.Module {
  if (!given) return (compiled ??= new WebAssembly.Module(readFileSync(fileURLToPath(new URL("./smew.wasm", import.meta.url)))));
  const path = given instanceof URL ? fileURLToPath(given) : nodePath(given);
  try {
    return new WebAssembly.Module(readFileSync(path));
  } catch (thrown) {
    throw smewError("IO", `assets.wasm, "${path}", is no module: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

async function lock(path: string): ReturnType<Platform["lock"]> {
  if (path === ":memory:") return { kind: "memory", path, release: () => {} };
  return { kind: "file", path, release: lockFile(path) };
}

function start({ assets }: OpenOptions): Channel<ToClient, ToEngine> {
  const [client, engine] = localChannels();
  const platform: Platform = {
    backend: new NodeBackend(),
    owns: () => true,
    lock,
    loadModule: async () => moduleAt(assets?.wasm),
    later: (callback) => void setImmediate(callback),
  };
  new Engine(engine, platform, 1);
  return client;
}

function canonicalPath(path: string): string {
  if (path === ":memory:" || path === "") return ":memory:";
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(path)?.[1]; // one letter is a drive's
  if (scheme && scheme.toLowerCase() !== "file") {
    throw smewError("INVALID_INPUT", `"${path}" is no database here; a path, a file: URL and ":memory:" are`);
  }
  return resolve(nodePath(path));
}

const opener = new Opener(start, canonicalPath);

/**
 * Opens a database, made when it is not there: a path, a `file:` URL, or `":memory:"`.
 *
 * @throws SmewError LOCKED: open in another process.
 * @example const db = await open("shop.smew");
 */
export const open: (path: string | URL, options?: OpenOptions) => Promise<Database> = opener.open;

/** What this platform has; the same form as in browsers. */
export function support(): { wasm: boolean; worker: boolean; opfs: boolean; locks: boolean } {
  return { wasm: true, worker: true, opfs: false, locks: true };
}
