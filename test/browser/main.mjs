// SPDX-License-Identifier: MIT
//
// main.mjs DIST DATA WORKBENCH: all browser tests with one Chromium (which some of them kill and start again). DIST is the
// built package, DATA the `data` folder of vega-datasets, WORKBENCH the built page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { serve as serveSite } from "../../tools/serve.mjs";
import { run } from "../js/check.mjs";
import { exampleTests } from "./examples.mjs";
import { Browser, serve } from "./harness.mjs";
import { packageTests } from "./package.mjs";
import { workbenchTests } from "./workbench.mjs";

const [dist, data, workbench, filter] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const server = await serve({ "/": here, "/smew/": dist, "/data/": data });
const open = await serve(
  { "/": here, "/smew/": dist },
  { policy: "default-src 'self' blob: data:; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:" },
);
const site = await serveSite(workbench); // as `make demo` does, with its policy
const example = await serve({ "/": join(here, "../../examples/browser"), "/smew/": dist });
const browser = new Browser();
await browser.start();
const world = {
  browser,
  url: server.url,
  open: open.url,
  site: site.address,
  example: `${example.url}/`,
  shell: join(here, "../../build/native/smew"),
  facts: JSON.parse(readFileSync(new URL("facts.json", import.meta.url), "utf8")),
};

packageTests(world);
exampleTests(world);
workbenchTests(world);
await run({ filter, timeoutMillis: 180_000 });
await browser.close();
await server.close();
await open.close();
await example.close();
site.server.close();
