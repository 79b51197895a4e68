// SPDX-License-Identifier: MIT
//
// check.mjs: the few lines that the tests in JavaScript share: named tests, run in order, and the last line
// "N passed, N failed".
import assert from "node:assert/strict";

const tests = [];

/** Registers a test; `work` may be async. */
export function test(name, work) {
  tests.push({ name, work });
}

/** Runs all tests; each has `timeoutMillis`. Sets the exit code. */
export async function run({ timeoutMillis = 60_000, filter } = {}) {
  let passed = 0;
  let failed = 0;
  for (const { name, work } of tests) {
    if (filter && !name.includes(filter)) continue;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${timeoutMillis} ms`)), timeoutMillis);
    });
    try {
      await Promise.race([work(), late]);
      passed++;
    } catch (thrown) {
      failed++;
      console.log(`FAIL ${name}\n${thrown?.stack ?? thrown}\n`);
    } finally {
      clearTimeout(timer);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}

/** The rejection of a promise, which must reject. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  assert.fail("it did not reject");
}
