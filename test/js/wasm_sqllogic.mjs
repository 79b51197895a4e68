// SPDX-License-Identifier: MIT
//
// wasm_sqllogic.mjs SQLLOGIC.WASM [OPTIONS] FILE…: runs sqllogictest files with the engine in wasm. build/wasm/sqllogic.wasm is
// test/sqllogic as a WASI command; each file gets an instance of its own, as natively a process of its own.
// The files that the engine itself opens are served by the package's own host for Node (js/smew/src/host.ts, hosts/node.ts).
//
//   --root=DIR   relative names in FILE start there    --time-limit=SECONDS   for a file
//   --passes=FILE   the names of those that passed     -v   all of a report
//
// Ends with "N passed, N failed, N skipped". The files run in a process of their own, so that one that hangs can be ended.
import { fork } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WASI } from "node:wasi";

// Node's WASI called by V8's fast calls may collect garbage in the middle of one and then crash: github.com/nodejs/node/issues/46777.
const NODE_OPTIONS = ["--no-warnings", "--no-turbo-fast-api-calls"];
const VERDICTS = ["passed", "failed", "skipped"];

if (process.send) process.once("message", runFiles);
else await parent();

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
      const child = fork(fileURLToPath(import.meta.url), { execArgv: NODE_OPTIONS, cwd: options.root });
      let timer;
      const watch = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          end("failed", `0: over the time limit of ${options["time-limit"]} s`);
          child.kill("SIGKILL");
        }, options["time-limit"] * 1000);
      };
      watch();
      child.send({ wasm: resolve(wasm), host, root: resolve(options.root), files: files.slice(next) });
      child.on("message", ({ verdict, report }) => {
        end(verdict, report);
        watch();
      });
      child.on("exit", (code, signal) => {
        clearTimeout(timer);
        if (code !== 0 && signal !== "SIGKILL") end("failed", `0: Node ended: ${signal ?? code}`);
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
// The child
// ---------------------------------------------------------------------------------------------------------------------

async function runFiles({ wasm, host, root, files }) {
  const { Host, NodeBackend } = await import(host);
  const module = await WebAssembly.compile(readFileSync(wasm));
  for (const file of files) {
    const directory = mkdtempSync(join(tmpdir(), "smew-wasm-"));
    const result = await runFile(module, new Host(new NodeBackend(), () => {}), root, file, directory);
    rmSync(directory, { recursive: true, force: true });
    await new Promise((sent) => process.send(result, sent));
  }
  process.disconnect();
}

async function runFile(module, host, root, file, directory) {
  const output = join(directory, ".output");
  const descriptor = openSync(output, "w+"); // Node's WASI writes to descriptors, so a file stands for stdout
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
