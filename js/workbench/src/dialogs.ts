// SPDX-License-Identifier: MIT
//
// dialogs.ts: the history of statements, and the page's shortcuts.
import { fill, h, showDialog } from "./dom";
import { brief, duration } from "./format";
import { clearHistory, history } from "./remember";
import type { HistoryEntry } from "./remember";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** "Ctrl Enter" as this machine's keys name it. */
export function keys(text: string): string {
  if (!IS_MAC) return text.replaceAll(" ", "+");
  return text.replace("Ctrl", "⌘").replace("Shift", "⇧").replace("Alt", "⌥").replaceAll(" ", "");
}

function when(at: number): string {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString([], { day: "numeric", month: "short" });
}

/** Resolves with the statement that was chosen. */
export function showHistory(): Promise<string | undefined> {
  return showDialog<string>(
    "History",
    (close) => {
      const list = h("ul", { class: "history", "aria-label": "Statements" });
      const search = h("input", { class: "input", type: "search", placeholder: "Search", "aria-label": "Search the history", "data-first": true });
      const item = (entry: HistoryEntry): HTMLElement =>
        h(
          "li", {},
          h(
            "button", { type: "button", class: "history-entry", onclick: () => close(entry.sql) },
            h("code", {}, brief(entry.sql, 220)),
            h(
              "span", { class: "muted" },
              `${when(entry.at)}  ·  ${entry.outcome}  ·  ${duration(entry.millis)}`,
            ),
          ),
        );
      const draw = (): void => {
        const wanted = search.value.toLowerCase();
        const found = history().filter(({ sql }) => sql.toLowerCase().includes(wanted));
        if (found.length) fill(list, ...found.map(item));
        else fill(list, h("li", { class: "muted" }, wanted ? "Nothing like that." : "Statements that you run appear here."));
      };
      search.addEventListener("input", draw);
      draw();
      const clear = h(
        "button",
        {
          type: "button", class: "button",
          onclick: () => {
            clearHistory();
            draw();
          },
        },
        "Forget all",
      );
      return [search, list, h("div", { class: "dialog-actions" }, clear)];
    },
    { wide: true },
  );
}

const SHORTCUTS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ["Editor", [
    ["Ctrl Enter", "Run the selection, or the statement at the cursor"],
    ["Ctrl Shift Enter", "Run all"],
    ["Ctrl Space", "Complete names"],
    ["Ctrl /", "Comment or not"],
    ["Tab", "Leaves the editor"],
  ]],
  ["Results", [
    ["Arrows", "Move; with Shift, select"],
    ["PgUp, PgDn", "A page of rows"],
    ["Home, End", "First, last column; with Ctrl, first, last row"],
    ["Enter", "Show the whole value; on a title, sort"],
    ["Alt ←, Alt →", "On a title: narrower, wider"],
    ["Ctrl C", "Copy the selection; with Shift, with titles"],
    ["Ctrl A", "Select all"],
  ]],
  ["Page", [
    ["F6", "Next part: tables, editor, results"],
    ["Ctrl .", "Cancel what runs"],
    ["Ctrl Shift H", "History"],
    ["F1", "This help"],
  ]],
];

export function showHelp(): void {
  void showDialog(
    "Shortcuts",
    () => [
      h(
        "div", { class: "shortcuts" },
        ...SHORTCUTS.map(([title, entries]) =>
          h(
            "section", {},
            h("h3", {}, title),
            h("dl", {}, ...entries.flatMap(([combination, what]) => [h("dt", {}, ...combination.split(", ").map((one) => h("kbd", {}, keys(one)))), h("dd", {}, what)])),
          ),
        ),
      ),
      h("p", { class: "muted" }, "The SQL is DuckDB’s dialect. Everything happens in this browser: no file and no query leaves it."),
    ],
    { wide: true },
  );
}
