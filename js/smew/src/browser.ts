// SPDX-License-Identifier: MIT
//
// browser.ts: engines of a page: each in a worker of its own. Nothing happens at import.
import type { OpenOptions } from "./client.js";
import { loadModule } from "./load.js";
import type { ModuleSource } from "./load.js";
import type { Channel, ToClient, ToEngine } from "./protocol.js";
import type { WorkerStart } from "./worker.js";

/**
 * A channel to a worker that was started. The module is compiled here while the worker's thread comes up; where the page
 * may not (its policy is its own), the worker does, and says what fails.
 */
export function workerChannel(worker: Worker, source: ModuleSource): Channel<ToClient, ToEngine> {
  const bring = (wasm: WorkerStart["wasm"]): void => worker.postMessage({ wasm } satisfies WorkerStart);
  loadModule(source).then(bring, () => bring(source));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    listen: (receive) => worker.addEventListener("message", ({ data }: MessageEvent<ToClient>) => receive(data)),
    lost: (handler) => {
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        handler(new Error(event.message || "its worker could not be loaded"));
      });
      worker.addEventListener("messageerror", () => handler(new Error("a message could not be read")));
    },
    close: () => worker.terminate(),
  };
}

/** A module worker from any origin: a script of another is imported by a stub of one's own. */
export function workerFrom(url: URL): Worker {
  if (url.origin === location.origin || url.protocol === "blob:" || url.protocol === "data:") {
    return new Worker(url, { type: "module" });
  }
  const stub = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const stubUrl = URL.createObjectURL(stub);
  const worker = new Worker(stubUrl, { type: "module" });
  worker.addEventListener("message", () => URL.revokeObjectURL(stubUrl), { once: true });
  return worker;
}

/** An address that the page gave, relative to the page. */
export function assetUrl(given: string | URL): URL {
  return new URL(given, location.href);
}

/** What `support` tells. */
export interface Support {
  /** The module runs: WebAssembly with SIMD and bulk memory. */
  wasm: boolean;
  /** Workers as modules. */
  worker: boolean;
  /** Data can be kept: OPFS with synchronous handles (they exist in workers only). */
  opfs: boolean;
  /** Web Locks, which tell tabs apart. */
  locks: boolean;
}

// (module (func (result v128) i32.const 0 i8x16.splat) (memory 1) (func memory.fill))
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/** What this browser has. */
export function support(): Support {
  return {
    wasm: typeof WebAssembly === "object" && WebAssembly.validate(SIMD),
    worker: typeof Worker === "function",
    opfs: typeof navigator !== "undefined" && typeof navigator.storage?.getDirectory === "function",
    locks: typeof navigator !== "undefined" && navigator.locks !== undefined,
  };
}

export type { OpenOptions };
