// SPDX-License-Identifier: MIT
//
// importing.ts: from files to tables: dropped anywhere on the page or picked, named and given their way in one dialog, which
// also says how to read what is not detected well.
import { h, notify, showDialog } from "./dom";
import { bytes } from "./format";
import { messageOf, tableNameFor } from "./workspace";
import type { CsvOptions, ImportMode, Workspace } from "./workspace";

type Way = ImportMode | "register";

interface Plan {
  file: File;
  table: string;
  way: Way;
  options: CsvOptions;
}

/** Opens the browser's own picker. */
export function pickFiles(take: (files: File[]) => void): void {
  const input = h("input", { type: "file", multiple: true, accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values" });
  input.addEventListener("change", () => take([...(input.files ?? [])]));
  input.click();
}

/** Files dropped anywhere on the page. */
export function acceptDrops(take: (files: File[]) => void): void {
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  let depth = 0;
  const mark = (step: number): void => {
    depth = Math.max(0, depth + step);
    document.body.classList.toggle("dropping", depth > 0);
  };
  addEventListener("dragenter", (event) => carriesFiles(event) && mark(1));
  addEventListener("dragleave", (event) => carriesFiles(event) && mark(-1));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length) take(files);
  });
}

/**
 * Asks what is to become of files, and does it. `done` is called with the first table that was made or filled; `again`: they
 * could not be read as they were.
 */
export async function importFiles(
  workspace: Workspace, files: readonly File[], done: (table: string) => void, again = false,
): Promise<void> {
  const plans = await askPlans(workspace, files, again);
  if (!plans) return;
  let shown = false;
  for (const { file, table, way, options } of plans) {
    if (way !== "register") {
      if ((await workspace.importFile(table, file, way, options)) && !shown) {
        shown = true;
        done(table);
      }
      continue;
    }
    try {
      await workspace.register(file);
      notify(`${file.name} can be read: FROM '${file.name}'`);
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
  }
}

function askPlans(workspace: Workspace, files: readonly File[], again: boolean): Promise<Plan[] | undefined> {
  const title = files.length === 1 ? `Import ${files[0]?.name}` : `Import ${files.length} files`;
  return showDialog<Plan[]>(title, (close) => {
    const given = new Set<string>();
    const rows = files.map((file) => {
      const name = freeName(tableNameFor(file.name), given);
      given.add(name);
      return planRow(workspace, file, name);
    });
    const reading = readingPart(again);
    const start = h("button", { type: "submit", class: "button primary" }, "Import");
    const label = (): void => {
      start.textContent = rows.every((row) => row.way.value === "register") ? "Register" : "Import";
    };
    for (const row of rows) row.way.addEventListener("change", label);
    const form = h(
      "form",
      {
        class: "stack",
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          const options = reading.options();
          close(rows.map((row) => ({ file: row.file, table: row.target(), way: row.way.value as Way, options })));
        },
      },
      ...rows.map((row) => row.element),
      reading.element,
      h(
        "div", { class: "dialog-actions" },
        h("button", { type: "button", class: "button", onclick: () => close() }, "Cancel"),
        start,
      ),
    );
    rows[0]?.table.setAttribute("data-first", "");
    return [form];
  });
}

// Each choice: what it is called, and the options of read_csv behind it.
const READING: readonly (readonly [string, readonly (readonly [string, CsvOptions])[]])[] = [
  ["Separator", [
    ["Detect", {}], ["Comma  ,", { delim: "," }], ["Semicolon  ;", { delim: ";" }], ["Tab", { delim: "\t" }], ["Bar  |", { delim: "|" }],
  ]],
  ["First line", [["Detect", {}], ["Names of the columns", { header: true }], ["Data", { header: false }]]],
  ["Types", [["From the first rows", {}], ["From all rows", { sample_size: -1 }], ["All text", { all_varchar: true }]]],
  ["Uneven or broken lines", [["Stop", {}], ["Fill up with NULL", { null_padding: true }], ["Leave out", { ignore_errors: true }]]],
];

// How the files are read, folded away until it is wanted.
function readingPart(open: boolean): { element: HTMLElement; options: () => CsvOptions } {
  const selects = READING.map(([name, choices]) =>
    h("select", { class: "input", "aria-label": name }, ...choices.map(([label], value) => h("option", { value }, label))),
  );
  const labels = READING.map(([name], index) => h("label", {}, name, selects[index]));
  const element = h("details", { class: "reading", open }, h("summary", {}, "How to read it"), h("div", { class: "plan" }, ...labels));
  const options = (): CsvOptions =>
    Object.assign({}, ...READING.map(([, choices], index) => choices[Number(selects[index]?.value)]?.[1]));
  return { element, options };
}

interface PlanRow {
  file: File;
  table: HTMLInputElement;
  way: HTMLSelectElement;
  /** The table's name as it will be. */
  target(): string;
  element: HTMLElement;
}

function planRow(workspace: Workspace, file: File, name: string): PlanRow {
  const table = h("input", { class: "input", value: name, required: true, spellcheck: "false", autocomplete: "off" });
  const way = h("select", { class: "input" });
  const note = h("span", { class: "muted", role: "status" });
  const names = new Set(workspace.tables.value.filter(({ schema }) => schema === "main").map(({ name }) => name.toLowerCase()));
  const target = (): string => {
    const name = table.value.trim();
    return way.value === "create" ? freeName(name, names) : name;
  };
  const choices = (): void => {
    const chosen = way.value as Way;
    const name = table.value.trim();
    const exists = names.has(name.toLowerCase());
    const all: [Way, string][] = [
      ["create", exists ? `New table ${freeName(name, names)}` : "New table"],
      ...(exists ? ([["replace", `Replace ${name}`], ["append", `Append to ${name}`]] satisfies [Way, string][]) : []),
      ["register", "Only read it by its name"],
    ];
    way.replaceChildren(...all.map(([value, label]) => h("option", { value }, label)));
    way.value = all.some(([value]) => value === chosen) ? chosen : "create";
    table.disabled = way.value === "register";
    if (way.value === "register") note.textContent = `Not copied: FROM '${file.name}' reads it, until the page closes.`;
    else note.textContent = exists ? `There is a table ${name}.` : "";
  };
  table.addEventListener("input", choices);
  way.addEventListener("change", choices);
  choices();
  const element = h(
    "fieldset", { class: "plan" },
    h("legend", {}, file.name, h("span", { class: "muted" }, ` ${bytes(file.size)}`)),
    h("label", {}, "Table", table),
    h("label", {}, "Becomes", way),
    note,
  );
  return { file, table, way, target, element };
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}_${number}`;
  return free;
}
