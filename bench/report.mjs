// SPDX-License-Identifier: MIT
//
// report.mjs: part of `make bench`: the figures that the other parts left in build/bench/*.json as one page with plots,
// build/bench/report.html. A bar is Smew's time over DuckDB-WASM's of the same run; left of the line Smew is faster.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const work = join(resolve(dirname(fileURLToPath(import.meta.url)), ".."), "build/bench");
const read = (name) => {
  const file = join(work, `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
};

const escape = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const WIDTH = 640;
const ROW = 22;
const LEFT = 150;
// Ratios from 1/16 to 16 on a logarithmic scale.
const place = (ratio) => LEFT + ((Math.log2(Math.min(16, Math.max(1 / 16, ratio))) + 4) / 8) * (WIDTH - LEFT - 130);

/** `rows`: { name, smew, peer, unit, limit }; a bar for each ratio, a tick at its limit. */
function plot(title, rows) {
  const height = rows.length * ROW + 30;
  const one = place(1);
  const bars = rows.map(({ name, smew, peer, unit, limit }, index) => {
    const ratio = smew / peer;
    const at = place(ratio);
    const y = index * ROW + 22;
    const color = limit && ratio > limit ? "var(--bad)" : ratio <= 1 ? "var(--good)" : "var(--fair)";
    const tick = limit ? `<line class="limit" x1="${place(limit)}" x2="${place(limit)}" y1="${y}" y2="${y + 15}"/>` : "";
    return `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escape(name)}</text>
      <rect x="${Math.min(at, one)}" y="${y}" width="${Math.abs(at - one)}" height="15" fill="${color}"/>${tick}
      <text x="${WIDTH - 124}" y="${y + 12}" class="number">${ratio.toFixed(2)} × (${smew.toFixed(smew < 10 ? 1 : 0)} / ${peer.toFixed(peer < 10 ? 1 : 0)} ${unit})</text>`;
  });
  return `<h2>${escape(title)}</h2><svg viewBox="0 0 ${WIDTH + 40} ${height}" role="img" aria-label="${escape(title)}">
    <line class="axis" x1="${one}" x2="${one}" y1="14" y2="${height}"/>
    <text x="${one}" y="10" text-anchor="middle">as fast</text>${bars.join("\n")}</svg>`;
}

const wasm = read("wasm");
const browser = read("browser");
const parts = [];
const total = (list, side) => list.reduce((sum, query) => sum + query[side], 0);
const starts = [];
if (wasm?.start) starts.push({ name: "Node, import", smew: wasm.start.smew.ms ?? wasm.start.smew, peer: wasm.start.duckdb.ms ?? wasm.start.duckdb, unit: "ms", limit: 0.1 });
if (browser) {
  starts.push({ name: "Chromium, cold", smew: browser.smew.millis, peer: browser.duckdb.millis, unit: "ms", limit: 0.25 });
  const beyond = (name) => (browser[name].bytes - browser.blank.bytes) / 1e6;
  starts.push({ name: "Chromium, memory", smew: beyond("smew"), peer: beyond("duckdb"), unit: "MB" });
}
if (starts.length) parts.push(plot("To the first SELECT 1", starts));
if (wasm?.import) parts.push(plot("lineitem as CSV into memory", [{ name: "import", smew: wasm.import.smew, peer: wasm.import.duckdb, unit: "ms", limit: 1 }]));
if (wasm?.tpch) {
  const rows = wasm.tpch.map(({ name, smew, duckdb }) => ({ name, smew, peer: duckdb, unit: "ms", limit: 3 }));
  rows.push({ name: "all", smew: total(wasm.tpch, "smew"), peer: total(wasm.tpch, "duckdb"), unit: "ms", limit: 1.5 });
  parts.push(plot(`TPC-H, scale ${wasm.scale}, wasm in Node`, rows));
}

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Smew beside DuckDB-WASM</title><style>
  :root { color-scheme: light dark; --good: #2a7d4f; --fair: #b7791f; --bad: #b3352b; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
  h1, h2 { font-weight: 600; } h2 { font-size: 1rem; margin-top: 2rem; }
  svg { width: 100%; } text { font-size: 11px; fill: currentColor; } .number { font-variant-numeric: tabular-nums; }
  .axis { stroke: currentColor; opacity: .5; } .limit { stroke: currentColor; stroke-width: 2; }
</style><h1>Smew beside DuckDB-WASM</h1>
<p>Bars are ratios of medians, Smew's time over DuckDB-WASM's, on a logarithmic scale: to the left Smew is faster. A tick is the most
that is allowed. Both sides ran in turns in one run${wasm ? ` on ${escape(wasm.cpu)}, Node ${escape(wasm.node)}` : ""}.</p>
${parts.join("\n") || "<p>There are no figures yet: run <code>make bench</code>.</p>"}</html>`;
writeFileSync(join(work, "report.html"), page);
console.log(`bench: the plots are in ${join(work, "report.html")}`);
