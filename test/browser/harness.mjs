// SPDX-License-Identifier: MIT
//
// harness.mjs: one Chromium for all browser tests: a server of the built files on 127.0.0.1, a persistent profile (in an
// off-the-record one OPFS never reaches the disk), and its violent end. Owns the processes and the folder it makes.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

// Installed by tools/npm_tests.sh.
const { chromium } = createRequire(new URL("../../build/js/", import.meta.url))("playwright-core");

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:";

/** Serves folders under prefixes: `{ "/": "site", "/smew/": "js/smew/dist" }`. */
export async function serve(folders, { policy = POLICY } = {}) {
  const prefixes = Object.keys(folders).sort((left, right) => right.length - left.length);
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    const prefix = prefixes.find((one) => path.startsWith(one));
    if (!prefix) return void response.writeHead(404).end();
    let file = join(folders[prefix], path.slice(prefix.length));
    try {
      if (statSync(file).isDirectory()) file = join(file, "index.html");
      const content = readFileSync(file);
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "content-security-policy": policy,
        "cache-control": "no-cache",
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  return { url: `http://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-first-run",
];

/** A browser with a profile that outlives it. */
export class Browser {
  constructor() {
    this.profile = mkdtempSync(join(tmpdir(), "smew-chromium-"));
  }

  async start() {
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: ARGUMENTS,
    });
    this.context.setDefaultTimeout(60_000);
    return this.context;
  }

  /** A page at the address, whose errors are printed. */
  async page(url) {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => console.log(`page error: ${error.stack ?? error}`));
    await page.goto(url);
    return page;
  }

  /** SIGKILL to the whole browser: nothing is told, nothing flushed. */
  async kill() {
    const session = await this.context.browser().newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const main = processInfo.find((one) => one.type === "browser");
    const gone = new Promise((resolve) => this.context.once("close", resolve));
    process.kill(main.id, "SIGKILL");
    await gone;
  }

  async close({ keepProfile = false } = {}) {
    await this.context?.close().catch(() => {});
    if (!keepProfile) rmSync(this.profile, { recursive: true, force: true });
  }
}
