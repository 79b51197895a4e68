// SPDX-License-Identifier: MIT
//
// main.ts: opens the database and hands it to the workbench. What stands in the way (another tab, a browser without files, a
// damaged file) is told with what can be done about it; memory is never chosen silently.
import { SmewError } from "smew";
import { confirmed, fill, h } from "./dom";
import { examples } from "./examples";
import { remembered } from "./remember";
import { applyTheme } from "./theme";
import { wordmark, Workbench } from "./workbench";
import { messageOf, Workspace } from "./workspace";

const DEFAULT_PATH = "opfs:/workbench.smew";

const app = document.getElementById("app") as HTMLElement;

function showOpening(path: string): void {
  const text = h("p", { role: "status" }, path === ":memory:" ? "Starting the engine…" : "Opening your database…");
  fill(app, h("main", { class: "opening" }, wordmark(), text, h("progress", { "aria-label": "Opening" })));
  const waiting = "Opening your database… Another tab, or a page that just closed, still has it.";
  if (path !== ":memory:") setTimeout(() => fill(text, waiting), 1500);
}

function explanation(error: unknown): { title: string; text: string } {
  const code = error instanceof SmewError ? error.code : "";
  if (code === "LOCKED") {
    return {
      title: "Open in another tab",
      text: "Another tab or window of this browser has the database open. Close it there, then try again.",
    };
  }
  if (code === "UNSUPPORTED") {
    return {
      title: "This browser cannot keep the data",
      text: "It gives pages no files of their own (OPFS); private windows of some browsers do not. You can work in memory: then everything is gone when the page closes.",
    };
  }
  if (code === "CORRUPT") {
    return { title: "The database is damaged", text: "Nothing was changed. What the engine says:" };
  }
  if (code === "VERSION") {
    return { title: "Made by another version", text: "Nothing was changed. What the engine says:" };
  }
  return { title: "The database could not be opened", text: "What the engine says:" };
}

function showFailure(path: string, error: unknown): void {
  const { title, text } = explanation(error);
  const isPlain = error instanceof SmewError && (error.code === "LOCKED" || error.code === "UNSUPPORTED");
  const damaged = error instanceof SmewError && (error.code === "CORRUPT" || error.code === "VERSION");
  fill(
    app,
    h(
      "main", { class: "opening" }, wordmark(),
      h("h2", {}, title),
      h("p", { role: "alert" }, text),
      !isPlain && h("pre", { class: "opening-error", tabindex: 0, "aria-label": "Error" }, messageOf(error)),
      h(
        "div", { class: "opening-actions" },
        h("button", { type: "button", class: "button primary", onclick: () => void start(path) }, "Try again"),
        h("button", { type: "button", class: "button", onclick: () => void start(":memory:") }, "Work in memory (nothing is kept)"),
        damaged && h("button", { type: "button", class: "button danger", onclick: () => void deleteFiles(path) }, "Delete the database…"),
      ),
    ),
  );
  app.querySelector<HTMLElement>("button")?.focus();
}

async function deleteFiles(path: string): Promise<void> {
  if (!(await confirmed("Delete the database?", "Its files are deleted from this browser. This cannot be undone.", "Delete"))) return;
  const name = path.replace(/^opfs:\/*/, "");
  const root = await navigator.storage.getDirectory();
  for await (const entry of root.keys()) {
    if (entry === name || entry.startsWith(`${name}-`)) await root.removeEntry(entry);
  }
  await start(path);
}

async function start(path: string): Promise<void> {
  showOpening(path);
  try {
    const [workspace, sets] = await Promise.all([Workspace.open(path), examples()]);
    new Workbench(workspace, sets, app, () => location.assign(path === DEFAULT_PATH ? "?" : `?db=${encodeURIComponent(path)}`));
  } catch (thrown) {
    showFailure(path, thrown);
  }
}

applyTheme(remembered("theme", "system"));
addEventListener("storage", () => applyTheme(remembered("theme", "system")));
void start(new URLSearchParams(location.search).get("db") ?? DEFAULT_PATH);
