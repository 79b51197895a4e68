// SPDX-License-Identifier: MIT
//
// workbench.ts: the parts of the page together, over one open workspace: what people do in one part and what follows in the
// others, and the keys that belong to the whole page.
import { SmewError } from "smew";
import { keys, showHelp, showHistory } from "./dialogs";
import { fill, h, iconButton, notify } from "./dom";
import { SqlEditor } from "./editor";
import type { Piece } from "./editor";
import { fetchExample } from "./examples";
import type { Example } from "./examples";
import { count } from "./format";
import { icon } from "./icons";
import { acceptDrops, importFiles, pickFiles } from "./importing";
import { addToHistory } from "./remember";
import { Results } from "./results";
import { Run } from "./runs";
import type { Step } from "./runs";
import { Sidebar } from "./sidebar";
import { splitter } from "./splitter";
import { storageIndicator } from "./storage";
import { themeButton } from "./theme";
import { identifier, messageOf } from "./workspace";
import type { Workspace } from "./workspace";

export function wordmark(): HTMLElement {
  return h("div", { class: "wordmark" }, h("h1", {}, "Smew"), h("span", { class: "wordmark-sub" }, "workbench"));
}

export class Workbench {
  private readonly editor: SqlEditor;
  private readonly results: Results;
  private readonly sidebar = h("nav", { class: "sidebar", id: "sidebar", "aria-label": "Tables and files", tabindex: -1 });
  private readonly editorPart = h("section", { class: "editor", "aria-label": "SQL editor" });
  private readonly resultPart = h("section", { class: "results", "aria-label": "Results" });

  constructor(
    private readonly workspace: Workspace,
    private readonly sets: readonly Example[],
    app: HTMLElement,
    private readonly reopen: () => void,
  ) {
    const main = h("main", { class: "main" }, this.editorPart, splitter(this.editorPart), this.resultPart);
    fill(app, h("div", { class: "page" }, this.header(), workspace.inMemory && memoryBanner(), h("div", { class: "body" }, this.sidebar, main)));
    const holder = h("div", { class: "editor-text" });
    this.editorPart.append(holder, this.toolbar());
    this.editor = new SqlEditor(holder, { run: (pieces) => this.run(pieces) });
    this.results = new Results(workspace, this.resultPart, {
      goTo: (step) => this.goToError(step),
      empty: () => this.emptyState(),
    });
    new Sidebar(
      workspace, this.sidebar,
      {
        insert: (text) => {
          this.closeSidebar();
          this.editor.insert(text);
        },
        preview: (title, sql) => this.runBeside(title, sql),
        pick: () => this.pick(),
        importAgain: (file) => this.take([file], true),
        loadExample: (example) => void this.loadExample(example),
      },
      sets,
    );
    workspace.tables.follow(() => this.nameAgain());
    workspace.functions.follow(() => this.nameAgain());
    acceptDrops((files) => this.take(files));
    addEventListener("keydown", (event) => this.keyPressed(event));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void workspace.refresh().catch(() => {}); // closed meanwhile
    });
    main.addEventListener("pointerdown", () => this.closeSidebar());
    this.editor.focus();
  }

  private header(): HTMLElement {
    const toggle = iconButton("menu", "Tables and files", () => this.toggleSidebar(), { class: "icon-button sidebar-toggle", "aria-controls": "sidebar" });
    return h(
      "header", { class: "header" },
      toggle,
      wordmark(),
      h("div", { class: "header-gap" }),
      storageIndicator(this.workspace, () => void this.clear()),
      h("button", { type: "button", class: "button import", onclick: () => this.pick() }, icon("upload"), h("span", {}, "Import")),
      themeButton(),
      iconButton("help", `Shortcuts (${keys("F1")})`, showHelp),
    );
  }

  private toolbar(): HTMLElement {
    const transaction = h("span", { class: "transaction", role: "status" });
    this.workspace.transaction.follow((open) => {
      transaction.textContent = open ? "Transaction open: COMMIT keeps its changes" : "";
    });
    return h(
      "div", { class: "toolbar", role: "toolbar", "aria-label": "Run" },
      h(
        "button", { type: "button", class: "button primary", onclick: () => this.editor.run(false) },
        icon("play"), "Run", h("kbd", { "aria-hidden": "true" }, keys("Ctrl Enter")),
      ),
      h("button", { type: "button", class: "button", title: keys("Ctrl Shift Enter"), onclick: () => this.editor.run(true) }, "Run all"),
      transaction,
      h("button", { type: "button", class: "button quiet", title: keys("Ctrl Shift H"), onclick: () => void this.showHistory() }, icon("history"), "History"),
    );
  }

  private emptyState(): HTMLElement {
    const some = this.workspace.tables.value.length > 0;
    return h(
      "div", { class: "empty" },
      h("h2", {}, some ? "Ask away" : "Drop a CSV here"),
      h(
        "p", {},
        some
          ? `Write a statement above and press ${keys("Ctrl Enter")}. Results appear here, a tab for each run.`
          : "Anywhere on the page. It becomes a table that you can question in SQL, stays in this browser, and never leaves it.",
      ),
      h(
        "div", { class: "empty-actions" },
        h("button", { type: "button", class: "button primary", onclick: () => this.pick() }, icon("upload"), "Choose files"),
      ),
      this.sets.length > 0 && !some && h(
        "div", { class: "empty-examples" },
        h("p", { class: "muted" }, "or begin with an example"),
        h(
          "div", { class: "chips" },
          ...this.sets.map((example) =>
            h("button", { type: "button", class: "chip", title: example.about, onclick: () => void this.loadExample(example) }, example.title),
          ),
        ),
      ),
    );
  }

  // ---- What people do ------------------------------------------------------------------------------------------------

  private nameAgain(): void {
    this.editor.setNames(this.workspace.tables.value, this.workspace.functions.value);
    if (!this.resultPart.querySelector(".empty")) return;
    this.results.redrawEmpty();
  }

  private run(pieces: readonly Piece[], title?: string): void {
    const placed = pieces.map((piece) => ({ ...piece, firstLine: this.editor.lineAt(piece.offset) }));
    const run = new Run(this.workspace, placed, title, { ended: (step) => this.stepEnded(step) });
    this.results.add(run);
    void run.start();
  }

  private runBeside(title: string, sql: string): void {
    const run = new Run(this.workspace, [{ sql, offset: undefined }], title, { ended: (step) => this.stepEnded(step) });
    this.results.add(run);
    void run.start();
    this.closeSidebar();
  }

  private stepEnded(step: Step): void {
    const outcome = step.state === "done" ? count(step.rows?.length ?? step.changes, "row") : step.state;
    if (step.offset !== undefined) addToHistory({ sql: step.sql, at: Date.now(), millis: step.millis, outcome });
    const { error, offset, sql } = step;
    if (error instanceof SmewError && offset !== undefined && error.position !== undefined) {
      this.editor.showError({ sql, offset }, error.position, messageLine(messageOf(error)));
    }
    void this.workspace.refresh().catch(() => {}); // the database is closing
  }

  private goToError({ error, offset }: Step): void {
    if (error instanceof SmewError && offset !== undefined) this.editor.goTo(offset + (error.position ?? 0));
  }

  private pick(): void {
    pickFiles((files) => this.take(files));
  }

  private take(files: File[], again = false): void {
    if (document.querySelector("dialog[open]")) return;
    void importFiles(this.workspace, files, (table) => this.imported(table), again);
  }

  private imported(table: string): void {
    const name = identifier(table);
    if (!this.editor.text.trim()) this.editor.append(`SELECT *\nFROM ${name}\nLIMIT 1000`);
    this.runBeside(table, `SELECT * FROM ${name} LIMIT 1000`);
  }

  private async loadExample(example: Example): Promise<void> {
    try {
      const there = this.workspace.tables.value.some(({ schema, name }) => schema === "main" && name === example.table);
      if (!there && !(await this.workspace.importFile(example.table, await fetchExample(example), "create"))) return;
      const pieces = example.queries.map((sql) => ({ sql, there: this.editor.text.indexOf(sql) }));
      const placed = pieces.map(({ sql, there: at }) => (at >= 0 ? { sql, offset: at } : this.editor.append(sql)));
      const first = placed[0];
      if (first) {
        this.editor.goTo(first.offset, true);
        this.editor.run(false);
      }
      this.closeSidebar();
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
  }

  private async showHistory(): Promise<void> {
    const sql = await showHistory();
    if (sql) this.editor.goTo(this.editor.append(sql).offset, true);
  }

  private async clear(): Promise<void> {
    this.results.clear();
    try {
      await this.workspace.destroy();
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
    this.reopen();
  }

  // ---- Keys and parts ------------------------------------------------------------------------------------------------

  private keyPressed(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "F1") showHelp();
    else if (event.key === "F6") this.nextPart(event.shiftKey ? -1 : 1);
    else if (command && event.key === ".") this.results.cancel();
    else if (command && event.shiftKey && event.key.toLowerCase() === "h") void this.showHistory();
    else if (event.key === "Escape" && document.body.classList.contains("sidebar-open")) this.closeSidebar();
    else return;
    event.preventDefault();
  }

  private nextPart(step: number): void {
    const parts = [this.sidebar, this.editorPart, this.resultPart];
    const at = parts.findIndex((part) => part.contains(document.activeElement));
    const next = at < 0 ? 1 : (at + step + parts.length) % parts.length;
    if (next === 0) {
      if (getComputedStyle(this.sidebar).visibility === "hidden") this.toggleSidebar();
      (this.sidebar.querySelector<HTMLElement>("button") ?? this.sidebar).focus();
    } else if (next === 1) this.editor.focus();
    else this.results.focus();
  }

  private toggleSidebar(): void {
    const open = document.body.classList.toggle("sidebar-open");
    document.querySelector(".sidebar-toggle")?.setAttribute("aria-expanded", String(open));
    if (open) this.sidebar.focus();
  }

  private closeSidebar(): void {
    if (document.body.classList.contains("sidebar-open")) this.toggleSidebar();
  }
}

// The first line of an error's text: the editor shows the place itself.
function messageLine(message: string): string {
  return message.split("\n\nLINE ")[0] ?? message;
}

function memoryBanner(): HTMLElement {
  return h("div", { class: "banner", role: "note" }, "In memory: everything is gone when this page closes.");
}
