// SPDX-License-Identifier: MIT
//
// examples.mjs: runs examples/node against the package in js/smew, as a process of its own.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { run, test } from "./check.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("examples/node runs, twice over one file", () => {
  const folder = mkdtempSync(join(tmpdir(), "smew-example-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(join(root, "js/smew"), join(folder, "node_modules/smew"));
    for (const file of ["package.json", "birds.mjs"]) copyFileSync(join(root, "examples/node", file), join(folder, file));
    for (let time = 0; time < 2; time++) {
      const said = execFileSync(process.execPath, ["birds.mjs", "birds.smew"], { cwd: folder, encoding: "utf8" });
      assert.equal(
        said,
        "5 sightings\nmallard: 235\nsmew: 19\n1000000 rows streamed\n" +
          'BINDER at 7: Binder Error: Referenced column "bird" not found in FROM clause!\n',
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

await run();
