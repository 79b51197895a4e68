// SPDX-License-Identifier: MIT
//
// load.ts: the module of the engine from where it lies to WebAssembly.Module. A page compiles it while its worker starts.
import { smewError } from "./error.js";

/** An address, or the module's bytes. */
export type ModuleSource = string | ArrayBuffer;

export async function loadModule(source: ModuleSource): Promise<WebAssembly.Module> {
  if (typeof source !== "string") return WebAssembly.compile(source);
  const response = await fetch(source);
  if (!response.ok) throw smewError("IO", `Could not fetch "${source}": ${response.status} ${response.statusText}`);
  if (response.headers.get("content-type")?.startsWith("application/wasm")) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
