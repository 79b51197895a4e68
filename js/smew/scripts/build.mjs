// SPDX-License-Identifier: MIT
//
// build.mjs: builds dist/ from src/ and build/wasm/smew.wasm: types by tsc, each entry as one file by esbuild, and the licences of
// all that is in them.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const wasm = process.argv[2] ?? fileURLToPath(new URL("../../../build/wasm/smew.wasm", import.meta.url));
process.chdir(root);
rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
copyFileSync(wasm, "dist/smew.wasm");

const common = { bundle: true, format: "esm", target: "es2022", minify: false, legalComments: "none", logLevel: "warning" };
await build({ ...common, entryPoints: ["src/worker.ts"], outfile: "dist/worker.js", minify: true, platform: "browser" });
await build({ ...common, entryPoints: ["src/index.ts"], outfile: "dist/index.js", platform: "browser", packages: "external" });
await build({ ...common, entryPoints: ["src/node.ts"], outfile: "dist/node.js", platform: "node", packages: "external" });
await build({
  ...common,
  entryPoints: ["src/inline.ts"],
  outfile: "dist/inline.js",
  platform: "browser",
  define: {
    SMEW_WORKER: JSON.stringify(readFileSync("dist/worker.js", "utf8")),
    SMEW_WASM: JSON.stringify(readFileSync(wasm).toString("base64")),
  },
});
// For pages without a bundler: no imports.
await build({ ...common, entryPoints: ["src/index.ts"], outfile: "dist/smew.js", platform: "browser", minify: true });
writeFileSync("dist/LICENSES.txt", licences());
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"], { stdio: "inherit" });

// Ours, and those of what is compiled or bundled in.
function licences() {
  const sources = {
    Smew: "../../LICENSE",
    "xxHash, in smew.wasm": "../../build/deps/src/xxhash/LICENSE",
    "utf8proc (its Unicode data), in smew.wasm": "../../build/deps/src/utf8proc/LICENSE.md",
    "zlib, in smew.wasm": "../../build/deps/src/zlib/LICENSE",
    "wasi-libc, in smew.wasm": "/usr/share/doc/wasi-libc/copyright",
    "Flechette, in smew.js": "node_modules/@uwdata/flechette/LICENSE",
  };
  const rule = "-".repeat(80);
  return Object.entries(sources).map(([name, file]) => `${rule}\n${name}\n${rule}\n\n${readFileSync(file, "utf8").trim()}\n`).join("\n");
}
