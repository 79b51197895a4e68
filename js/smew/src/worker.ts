// SPDX-License-Identifier: MIT
//
// worker.ts: the engine in a dedicated worker of a page. One message brings the module, whenever the page has compiled it;
// all others are the protocol's. Takes the Web Lock of a database before its files are touched.
import { Engine } from "./engine.js";
import type { Platform } from "./engine.js";
import { smewError } from "./error.js";
import { OpfsBackend } from "./hosts/opfs.js";
import { messageLater } from "./later.js";
import { loadModule } from "./load.js";
import type { ModuleSource } from "./load.js";
import { canonicalPath } from "./opfs-path.js";
import type { Channel, ToClient, ToEngine } from "./protocol.js";

interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  close(): void;
}
declare const self: WorkerScope;

/** The message that brings the module, or says what to make it of. */
export interface WorkerStart {
  wasm: WebAssembly.Module | ModuleSource;
}

// Holds the Web Lock `smew:<path>` until released; tries for as long as it may.
function webLock(path: string, timeoutMillis: number): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const lockedOut = (): void =>
      reject(smewError("LOCKED", `"${path}" is open in another tab or window`, { retryable: true }));
    const signal = AbortSignal.timeout(timeoutMillis);
    navigator.locks
      .request(`smew:${path}`, { signal }, () => new Promise<void>((release) => resolve(release)))
      .catch((thrown: unknown) => (signal.aborted ? lockedOut() : reject(thrown)));
  });
}

async function lock(path: string, timeoutMillis: number): ReturnType<Platform["lock"]> {
  const canonical = canonicalPath(path);
  if (canonical === ":memory:") return { kind: "memory", path: canonical, release: () => {} };
  if (!navigator.storage?.getDirectory || !("FileSystemSyncAccessHandle" in globalThis)) {
    throw smewError("UNSUPPORTED", "this browser keeps no files for pages (OPFS); private windows of some do not");
  }
  return { kind: "opfs", path: canonical, release: await webLock(canonical, timeoutMillis) };
}

let deliver = (_: ToEngine): void => {};
let bring = (_: Promise<WebAssembly.Module>): void => {};
const brought = new Promise<WebAssembly.Module>((resolve) => (bring = resolve));
brought.catch(() => {}); // reported by open

self.addEventListener("message", ({ data }: MessageEvent<WorkerStart | ToEngine>) => {
  if (!("wasm" in data)) deliver(data);
  else bring(data.wasm instanceof WebAssembly.Module ? Promise.resolve(data.wasm) : loadModule(data.wasm));
});

const channel: Channel<ToEngine, ToClient> = {
  post: (message, transfer) => self.postMessage(message, transfer),
  listen: (receive) => void (deliver = receive),
  close: () => self.close(),
};
const platform: Platform = {
  backend: typeof navigator.storage?.getDirectory === "function" ? new OpfsBackend() : null,
  owns: (path) => path.startsWith("opfs:"),
  lock,
  loadModule: () => brought,
  later: messageLater(),
};
new Engine(channel, platform, 1);
