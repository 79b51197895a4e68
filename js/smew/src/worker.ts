// SPDX-License-Identifier: MIT
//
// worker.ts: the engine in a dedicated worker of a page. The first message names the module's address (or brings its
// bytes); all others are the protocol's. Takes the Web Lock of a database before its files are touched.
import { Engine } from "./engine.js";
import type { Platform } from "./engine.js";
import { smewError } from "./error.js";
import { OpfsBackend } from "./hosts/opfs.js";
import { messageLater } from "./later.js";
import { canonicalPath } from "./opfs-path.js";
import type { Channel, ToClient, ToEngine } from "./protocol.js";

interface WorkerScope {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  close(): void;
}
declare const self: WorkerScope;

/** The first message. */
export interface WorkerStart {
  wasm: string | ArrayBuffer;
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

async function loadModule(wasm: string | ArrayBuffer): Promise<WebAssembly.Module> {
  if (typeof wasm !== "string") return WebAssembly.compile(wasm);
  const response = await fetch(wasm);
  if (!response.ok) throw smewError("IO", `Could not fetch "${wasm}": ${response.status} ${response.statusText}`);
  if (response.headers.get("content-type")?.startsWith("application/wasm")) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}

const pending: ToEngine[] = [];
let deliver: ((message: ToEngine) => void) | undefined;

function begin({ wasm }: WorkerStart): void {
  const loading = loadModule(wasm);
  loading.catch(() => {}); // reported by open
  const channel: Channel<ToEngine, ToClient> = {
    post: (message, transfer) => self.postMessage(message, transfer),
    listen: (receive) => {
      deliver = receive;
      for (const message of pending.splice(0)) receive(message);
    },
    close: () => self.close(),
  };
  const hasFiles = typeof navigator.storage?.getDirectory === "function";
  const platform: Platform = {
    backend: hasFiles ? new OpfsBackend() : null,
    owns: (path) => path.startsWith("opfs:"),
    lock,
    loadModule: () => loading,
    later: messageLater(),
  };
  new Engine(channel, platform, 1);
}

let begun = false;
self.addEventListener("message", ({ data }) => {
  if (!begun) {
    begun = true;
    begin(data as WorkerStart);
  } else if (deliver) deliver(data as ToEngine);
  else pending.push(data as ToEngine);
});
