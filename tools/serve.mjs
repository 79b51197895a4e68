// SPDX-License-Identifier: MIT
//
// serve.mjs FOLDER [PORT]: serves a folder on 127.0.0.1, at PORT (default 8080) or the next that is free, and prints the
// address. Sends the CSP that a strict site would; the page must work under it. Exports `serve` for the tests.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export const CSP =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

function fileFor(folder, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://localhost").pathname);
  } catch {
    return undefined;
  }
  const file = join(folder, normalize(path.endsWith("/") ? `${path}index.html` : path));
  if (!file.startsWith(folder) || path.includes("\0")) return undefined;
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts?.isFile() ? { file, size: facts.size } : undefined;
}

/** Resolves with the server and its address. Port 0: any; otherwise the next free one from there. */
export function serve(folder, port = 0) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    const found = request.method === "GET" || request.method === "HEAD" ? fileFor(root, request.url ?? "/") : undefined;
    if (!found) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(found.file)] ?? "application/octet-stream",
      "content-length": found.size,
      "cache-control": "no-cache",
      "content-security-policy": CSP,
      "x-content-type-options": "nosniff",
    });
    if (request.method === "HEAD") response.end();
    else createReadStream(found.file).on("error", () => response.destroy()).pipe(response);
  });
  return new Promise((done, failed) => {
    server.on("error", (error) => {
      if (error.code === "EADDRINUSE" && port) server.listen(++port, "127.0.0.1");
      else failed(error);
    });
    server.listen(port, "127.0.0.1", () => done({ server, address: `http://127.0.0.1:${server.address().port}/` }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await serve(process.argv[2] ?? ".", Number(process.argv[3] ?? 8080));
  process.stdout.write(`${address}\n`);
}
