// SPDX-License-Identifier: MIT
//
// sidebar.ts: what there is: imports that run, tables with their columns, files that SQL can read, examples.
import { confirmed, download, fill, h, iconButton, notify, openMenu, showDialog } from "./dom";
import type { Example } from "./examples";
import { bytes, count } from "./format";
import { icon } from "./icons";
import { identifier, literal, messageOf, qualifiedName } from "./workspace";
import type { ImportJob, RegisteredFile, Table, Workspace } from "./workspace";

export interface SidebarEvents {
  insert(text: string): void;
  /** Runs a statement that the editor does not hold. */
  preview(title: string, sql: string): void;
  pick(): void;
  /** Imports a file that could not be read as it was. */
  importAgain(file: File): void;
  loadExample(example: Example): void;
}

export class Sidebar {
  private readonly open = new Set<string>();
  private readonly jobs = h("ul", { class: "jobs", "aria-label": "Imports" });
  private readonly jobElements = new Map<ImportJob, HTMLElement>();
  private readonly tables = h("div", {});
  private readonly files = h("section", { class: "side-section" });
  private readonly examples = h("section", { class: "side-section" });

  constructor(
    private readonly workspace: Workspace,
    element: HTMLElement,
    private readonly events: SidebarEvents,
    examples: readonly Example[],
  ) {
    fill(
      element,
      this.jobs,
      h(
        "section", { class: "side-section" },
        h("header", {}, h("h2", {}, "Tables"), iconButton("add", "Import files", () => events.pick())),
        this.tables,
      ),
      this.files,
      this.examples,
    );
    workspace.tables.follow((tables) => this.drawTables(tables));
    workspace.imports.follow((jobs) => this.drawJobs(jobs));
    workspace.files.follow((files) => this.drawFiles(files));
    this.drawExamples(examples);
  }

  // ---- Tables --------------------------------------------------------------------------------------------------------

  private drawTables(tables: readonly Table[]): void {
    if (!tables.length) {
      fill(this.tables, h("p", { class: "side-empty" }, "None yet. Drop a CSV file anywhere on this page."));
      return;
    }
    const focused = document.activeElement?.getAttribute("data-focus");
    fill(this.tables, h("ul", { class: "tables" }, ...tables.map((table) => this.tableItem(table))));
    if (focused) this.tables.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  private tableItem(table: Table): HTMLElement {
    const name = qualifiedName(table);
    const isOpen = this.open.has(name);
    const toggle = (): void => {
      if (isOpen) this.open.delete(name);
      else this.open.add(name);
      this.drawTables(this.workspace.tables.value);
    };
    const place = [table.database, table.schema].filter((part) => part && part !== "main" && part !== "temp");
    const label = [...place, table.name].join(".");
    const rows = `${table.database === "temp" ? "temp · " : ""}${table.rows === undefined ? "view" : count(table.rows)}`;
    const menu = h(
      "button",
      {
        type: "button", class: "icon-button", "aria-label": `Actions for ${label}`, "aria-haspopup": "menu", "aria-expanded": "false",
        "data-focus": `menu ${name}`, onclick: () => this.tableMenu(menu, table),
      },
      icon("dots"),
    );
    return h(
      "li", {},
      h(
        "div", { class: "table-row" },
        h(
          "button",
          {
            type: "button", class: "table-toggle", "aria-expanded": String(isOpen), "aria-label": `Columns of ${label}`,
            "data-focus": `toggle ${name}`, onclick: toggle,
          },
          icon("chevron"),
        ),
        h(
          "button",
          { type: "button", class: "table-name", title: `Show ${name}`, "data-focus": `name ${name}`, onclick: () => this.preview(table) },
          h("span", { class: "ellipsis" }, label),
          h("span", { class: "table-count" }, h("span", { class: "unseen" }, ", "), rows, table.rows !== undefined && h("span", { class: "unseen" }, " rows")),
        ),
        menu,
      ),
      isOpen && h("ul", { class: "columns", "aria-label": `Columns of ${label}` }, ...table.columns.map((column) => this.columnItem(column))),
    );
  }

  private columnItem({ name, type }: Table["columns"][number]): HTMLElement {
    return h(
      "li", {},
      h(
        "button", { type: "button", class: "column-name", title: `Insert ${name}`, onclick: () => this.events.insert(identifier(name)) },
        h("span", { class: "ellipsis" }, name),
        h("span", { class: "column-type ellipsis", title: type }, type.toLowerCase()),
      ),
    );
  }

  private tableMenu(anchor: HTMLElement, table: Table): void {
    const name = qualifiedName(table);
    openMenu(anchor, `Actions for ${table.name}`, [
      { label: "Preview", action: () => this.preview(table) },
      { label: "Summary of its columns", action: () => this.events.preview(`${table.name}: summary`, `SUMMARIZE ${name}`) },
      { label: "Insert its name", action: () => this.events.insert(name) },
      { label: "Download as CSV", action: () => void this.export(table) },
      { label: "Rename…", action: () => void this.rename(table) },
      { label: table.kind === "view" ? "Drop view…" : "Drop table…", danger: true, action: () => void this.drop(table) },
    ]);
  }

  private preview(table: Table): void {
    this.events.preview(table.name, `SELECT * FROM ${qualifiedName(table)} LIMIT 1000`);
  }

  private async export(table: Table): Promise<void> {
    try {
      download(`${table.name}.csv`, await this.workspace.csvOf(`FROM ${qualifiedName(table)}`));
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
  }

  private async rename(table: Table): Promise<void> {
    const name = await showDialog<string>(`Rename ${table.name}`, (close) => {
      const input = h("input", { class: "input", value: table.name, required: true, "data-first": true, "aria-label": "New name", spellcheck: "false" });
      return [
        h(
          "form",
          {
            class: "stack",
            onsubmit: (event: SubmitEvent) => {
              event.preventDefault();
              close(input.value.trim());
            },
          },
          h("label", {}, "New name", input),
          h(
            "div", { class: "dialog-actions" },
            h("button", { type: "button", class: "button", onclick: () => close() }, "Cancel"),
            h("button", { type: "submit", class: "button primary" }, "Rename"),
          ),
        ),
      ];
    });
    if (name && name !== table.name) await this.attempt(() => this.workspace.rename(table, name));
  }

  private async drop(table: Table): Promise<void> {
    const what = table.rows === undefined ? "The view" : `The table and its ${count(table.rows, "row")}`;
    if (await confirmed(`Drop ${table.name}?`, `${what} will be gone. This cannot be undone.`, "Drop")) {
      await this.attempt(() => this.workspace.drop(table));
    }
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
  }

  // ---- Imports, files, examples --------------------------------------------------------------------------------------

  // Elements stay while their job runs: the button may have the focus, or be about to be clicked.
  private drawJobs(jobs: readonly ImportJob[]): void {
    this.jobs.hidden = jobs.length === 0;
    for (const [job, element] of this.jobElements) {
      if (jobs.includes(job)) continue;
      element.remove();
      this.jobElements.delete(job);
    }
    for (const job of jobs) {
      let element = this.jobElements.get(job);
      if (!element) {
        element = h("li", {}, h("span", { class: "job-name ellipsis" }, `${job.file.name} → ${job.table}`));
        this.jobElements.set(job, element);
        this.jobs.append(element);
      }
      this.drawJob(job, element);
    }
  }

  private drawJob(job: ImportJob, element: HTMLElement): void {
    const { fraction, rows } = job.progress;
    if (!element.matches(`.${job.state}`)) {
      const running = job.state === "running";
      element.className = `job ${job.state}`;
      fill(
        element,
        element.firstElementChild,
        running
          ? iconButton("stop", `Cancel the import of ${job.file.name}`, job.cancel)
          : iconButton("close", `Dismiss ${job.file.name}`, () => this.workspace.dismissImport(job)),
        running && h("progress", { max: 1, "aria-label": `Import of ${job.file.name}` }),
        h("span", { class: "job-text", ...(job.state === "failed" ? { role: "alert", tabindex: 0 } : {}) }),
        job.otherwise && h("button", { type: "button", class: "button small", onclick: () => this.importAgain(job) }, "Read it otherwise…"),
      );
      if (job.state === "failed" && getComputedStyle(element).visibility === "hidden") {
        notify(`${job.file.name} was not imported. ${job.message.split("\n")[0]}`, "error");
      }
    }
    const bar = element.querySelector("progress");
    if (bar && fraction !== undefined) bar.value = fraction;
    const text = { running: rows ? count(rows, "row") : "reading", done: [count(rows, "row"), job.message].filter(Boolean).join(", "), failed: job.message, cancelled: "cancelled, nothing was kept" };
    fill(element.querySelector(".job-text") as Element, text[job.state]);
  }

  private importAgain(job: ImportJob): void {
    this.workspace.dismissImport(job);
    this.events.importAgain(job.file);
  }

  private drawFiles(files: readonly RegisteredFile[]): void {
    this.files.hidden = files.length === 0;
    fill(
      this.files,
      h("header", {}, h("h2", {}, "Files")),
      h(
        "ul", { class: "tables" },
        ...files.map(({ name, size }) =>
          h(
            "li", { class: "table-row" },
            h("span", { class: "file-icon" }, icon("file")),
            h(
              "button", { type: "button", class: "table-name", title: `Insert ${literal(name)}`, onclick: () => this.events.insert(literal(name)) },
              h("span", { class: "ellipsis" }, name),
              h("span", { class: "table-count" }, bytes(size)),
            ),
            iconButton("download", `Download ${name}`, () => void this.attempt(async () => download(name, await this.workspace.db.files.blob(name)))),
            iconButton("close", `Forget ${name}`, () => void this.attempt(() => this.workspace.forgetFile(name))),
          ),
        ),
      ),
      h("p", { class: "side-note" }, "Readable by their names until this page closes."),
    );
  }

  private drawExamples(examples: readonly Example[]): void {
    this.examples.hidden = examples.length === 0;
    fill(
      this.examples,
      h("header", {}, h("h2", {}, "Examples")),
      h(
        "ul", { class: "tables" },
        ...examples.map((example) =>
          h(
            "li", { class: "table-row" },
            h(
              "button", { type: "button", class: "table-name example", title: example.about, onclick: () => this.events.loadExample(example) },
              h("span", { class: "ellipsis" }, example.title),
              h("span", { class: "table-count" }, bytes(example.bytes)),
            ),
          ),
        ),
      ),
    );
  }
}
