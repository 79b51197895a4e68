// SPDX-License-Identifier: MIT
//
// vite.config.ts: the page into build/workbench: relative addresses, so that any folder of any server will do.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: "../../build/public", // the example data (scripts/examples.mjs)
  build: {
    outDir: "../../build/workbench",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's CSP allows no data: addresses
    chunkSizeWarningLimit: 800,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  optimizeDeps: { exclude: ["smew"] }, // finds its worker and its module beside itself
  worker: { format: "es" },
});
