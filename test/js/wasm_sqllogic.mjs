// SPDX-License-Identifier: MIT
//
// wasm_sqllogic.mjs SQLLOGIC.WASM [OPTIONS] FILE…: runs sqllogictest files with the engine in wasm. build/wasm/sqllogic.wasm is
// test/tools/sqllogic.c as a WASI command; each file gets an instance of its own, as natively a process of its own.
// The files that the engine itself opens are served by the package's own host for Node (js/smew/src/host.ts, hosts/node.ts).
//
//   --root=DIR   relative names in FILE start there    --time-limit=SECONDS   for a file
//   --passes=FILE   the names of those that passed     -v   all of a report
//
// Ends with "N passed, N failed, N skipped". The files run in a worker, so that one that hangs can be ended.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WASI } from "node:wasi";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const VERDICTS = ["passed", "failed", "skipped"];

if (isMainThread) await parent();
else await runFiles(workerData);

// ---------------------------------------------------------------------------------------------------------------------
// The parent
// ---------------------------------------------------------------------------------------------------------------------

async function parent() {
  const options = { root: process.cwd(), "time-limit": "60", passes: "" };
  const files = [];
  let verbose = false;
  const [wasm, ...rest] = process.argv.slice(2);
  for (const argument of rest) {
    const [, name, value] = /^--([\w-]+)=(.*)$/.exec(argument) ?? [];
    if (name && name in options) options[name] = value;
    else if (argument === "-v") verbose = true;
    else files.push(resolve(argument));
  }
  const host = await buildHost();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const passes = [];
  let next = 0;
  const end = (verdict, report) => {
    const file = files[next++];
    counts[verdict] += 1;
    if (verdict === "passed") passes.push(file.replace(/^.*(?=test\/sql\/)/, ""));
    if (verdict === "failed") console.log(`FAIL ${file}:${verbose ? report : report.split("\n")[0]}`);
  };
  while (next < files.length) {
    await new Promise((done) => {
      const worker = new Worker(fileURLToPath(import.meta.url), {
        workerData: { wasm: resolve(wasm), host, root: resolve(options.root), files: files.slice(next) },
        resourceLimits: { stackSizeMb: 4 },
      });
      let timer;
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          end("failed", `0: over the time limit of ${options["time-limit"]} s`);
          worker.terminate();
        }, options["time-limit"] * 1000);
      };
      watch();
      worker.on("message", ({ verdict, report }) => {
        end(verdict, report);
        watch();
      });
      worker.on("error", (error) => end("failed", `0: ${error.stack}`));
      worker.on("exit", () => {
        clearTimeout(timer);
        done();
      });
    });
  }
  if (options.passes) writeFileSync(options.passes, passes.map((pass) => `${pass}\n`).join(""));
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed ? 1 : 0;
}

// The package's host as one module.
async function buildHost() {
  const source = fileURLToPath(new URL("../../js/smew/src", import.meta.url));
  const { build } = createRequire(join(dirname(source), "package.json"))("esbuild");
  const outfile = fileURLToPath(new URL("../../build/wasm/host.mjs", import.meta.url));
  await build({
    stdin: {
      contents: `export { Host } from "./host.js"; export { NodeBackend } from "./hosts/node.js";`,
      resolveDir: source,
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    logLevel: "error",
  });
  return pathToFileURL(outfile).href;
}

// ---------------------------------------------------------------------------------------------------------------------
// The worker
// ---------------------------------------------------------------------------------------------------------------------

async function runFiles({ wasm, host, root, files }) {
  const { Host, NodeBackend } = await import(host);
  const module = await WebAssembly.compile(readFileSync(wasm));
  // Node's WASI writes to descriptors, so a file stands for stdout.
  for (const file of files) {
    const directory = mkdtempSync(join(tmpdir(), "smew-wasm-"));
    parentPort.postMessage(await runFile(module, new Host(rooted(new NodeBackend(), root), () => {}), root, file, directory));
    rmSync(directory, { recursive: true, force: true });
  }
}

// A worker has no working directory of its own: relative names are made absolute here, and relative again in lists.
function rooted(backend, root) {
  const from = (name) => (name.startsWith("/") || name.startsWith("file:") ? name : `${root}/${name}`);
  const back = (given, path) => (from(given) === given ? path : path.slice(root.length + 1));
  return {
    open: (name, mode) => backend.open(from(name), mode),
    rename: (name, to) => backend.rename(from(name), from(to)),
    remove: (name) => backend.remove(from(name)),
    list: (pattern) => backend.list(from(pattern)).map((facts) => ({ ...facts, path: back(pattern, facts.path) })),
    fetch: (name, offset, length) => backend.fetch(from(name), offset, length),
  };
}

async function runFile(module, host, root, file, directory) {
  const output = join(directory, ".output");
  const { openSync, closeSync } = await import("node:fs");
  const descriptor = openSync(output, "w+");
  try {
    const wasi = new WASI({
      version: "preview1",
      args: ["sqllogic", "--root", root, file],
      env: { ...process.env, SMEW_TEST_DIR: directory },
      preopens: { "/": "/" },
      stdout: descriptor,
      returnOnExit: true,
    });
    const instance = await WebAssembly.instantiate(module, { ...wasi.getImportObject(), smew: host.imports() });
    host.attach(instance.exports);
    wasi.start(instance);
    const text = readFileSync(output, "utf8");
    return { verdict: VERDICTS[Number(text[0])] ?? "failed", report: text.slice(1) };
  } catch (error) {
    return { verdict: "failed", report: `0: ${error.stack}` };
  } finally {
    closeSync(descriptor);
  }
}
