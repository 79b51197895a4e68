// SPDX-License-Identifier: MIT
//
// examples.mjs: examples/browser as its reader would use it.
import assert from "node:assert/strict";

import { test } from "../js/check.mjs";

/** `world.example` is the page's address, with the package in smew/ beside it. */
export function exampleTests(world) {
  test("example: what is entered stays", async () => {
    const page = await world.browser.page(world.example);
    const add = async (species, birds) => {
      await page.getByLabel("Species").fill(species);
      await page.getByLabel("Birds").fill(String(birds));
      await page.getByRole("button", { name: "Add" }).click();
      await page.getByRole("row", { name: species }).waitFor();
    };
    const table = () => page.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].slice(0, 3).map((cell) => cell.textContent)));
    await page.getByText("bytes in this browser").waitFor();
    await add("Smew", 3);
    await add("Mallard <b>", 40);
    const seen = [["Mallard <b>", "40", "1"], ["Smew", "3", "1"]];
    assert.deepEqual(await table(), seen);
    await page.reload();
    await page.getByText("bytes in this browser").waitFor();
    assert.deepEqual(await table(), seen);
    await page.close();
  });
}
