// SPDX-License-Identifier: MIT
//
// results.ts: the lower half of the page: a tab for each run, and of the chosen one its rows, its message or its error, its
// progress while it runs, and what it took.
import { SmewError } from "smew";
import { announce, confirmed, download, fill, h, iconButton, notify } from "./dom";
import { brief, count, duration } from "./format";
import { Grid } from "./grid";
import { icon } from "./icons";
import type { Rows } from "./rows";
import { sortedSql } from "./runs";
import type { Run, Step } from "./runs";
import { isQuery } from "./split";
import { messageOf } from "./workspace";
import type { Workspace } from "./workspace";

/** Runs that are kept; the oldest that has ended makes room. */
const RUNS_KEPT = 12;
const LARGE_EXPORT = 5_000_000;
const SEPARATOR = "  ·  ";

export interface ResultsEvents {
  /** Shows the place of an error in the editor. */
  goTo(step: Step): void;
  /** What stands here before anything was run. */
  empty(): HTMLElement;
}

export class Results {
  private readonly runs: Run[] = [];
  private current: Run | undefined;
  private grid: { grid: Grid; step: Step; element: HTMLElement } | undefined;
  private unfollow = (): void => {};
  private readonly tabs = h("div", { class: "result-tabs", role: "group", "aria-label": "Results" });
  private readonly steps = h("div", { class: "result-steps", role: "group", "aria-label": "Statements of this run" });
  private readonly content = h("div", { class: "result-content" });
  private readonly bar = h("progress", { max: 1, "aria-label": "Progress" });
  private readonly text = h("span", { class: "status-text" });
  private readonly stop = h("button", { type: "button", class: "button small", onclick: () => this.cancel() }, icon("stop"), "Cancel");
  private readonly csv = h("button", { type: "button", class: "button small", onclick: () => void this.export() }, "Download CSV");
  private readonly status = h("div", { class: "result-status" }, this.bar, this.text, this.stop, this.csv);
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly workspace: Workspace,
    element: HTMLElement,
    private readonly events: ResultsEvents,
  ) {
    element.append(this.tabs, this.steps, this.content, this.status);
    this.show(undefined);
  }

  /** Adds a run and shows it. */
  add(run: Run): void {
    this.runs.push(run);
    while (this.runs.length > RUNS_KEPT) {
      const oldest = this.runs.find((other) => !other.running && other !== run);
      if (!oldest) break;
      this.remove(oldest);
    }
    run.changed.follow(() => this.runs.includes(run) && this.drawTabs());
    this.show(run);
  }

  /** What stands here without results depends on what there is. */
  redrawEmpty(): void {
    if (!this.current) this.draw();
  }

  cancel(): void {
    this.current?.cancel();
  }

  focus(): void {
    const target = this.grid?.grid.element ?? this.content.querySelector<HTMLElement>("button, [tabindex]");
    target?.focus();
  }

  /** After the database was emptied. */
  clear(): void {
    for (const run of [...this.runs]) this.remove(run);
    this.draw();
  }

  private remove(run: Run): void {
    const index = this.runs.indexOf(run);
    this.runs.splice(index, 1);
    run.close();
    if (this.current === run) this.show(this.runs[Math.min(index, this.runs.length - 1)]);
    else this.drawTabs();
  }

  private show(run: Run | undefined): void {
    this.unfollow();
    this.current = run;
    this.unfollow = run ? run.changed.follow(() => this.draw()) : () => {};
    if (!run) this.draw();
    this.drawTabs();
  }

  // ---- Drawing -------------------------------------------------------------------------------------------------------

  // Only what has changed is drawn anew: a button that is replaced ten times a second cannot be clicked.
  private drawTabs(): void {
    const look = JSON.stringify(this.runs.map((run) => [run.id, run.state, run === this.current]));
    if (look === this.tabs.dataset["look"]) return;
    this.tabs.dataset["look"] = look;
    const focused = this.tabs.contains(document.activeElement) ? document.activeElement?.getAttribute("data-run") : null;
    fill(
      this.tabs,
      ...this.runs.map((run) =>
        h(
          "div", { class: run === this.current ? "result-tab current" : "result-tab" },
          h(
            "button",
            {
              type: "button", class: "result-name", "data-run": run.id, title: brief(run.step.sql, 400),
              "aria-current": run === this.current ? "true" : null, onclick: () => this.show(run),
            },
            h("span", { class: `state ${run.state}`, role: "img", "aria-label": run.state }),
            h("span", { class: "result-title" }, run.name),
          ),
          iconButton("close", `Close ${run.name}`, () => this.remove(run)),
        ),
      ),
    );
    this.tabs.hidden = this.runs.length === 0;
    if (focused) this.tabs.querySelector<HTMLElement>(`[data-run="${focused}"]`)?.focus();
    else this.tabs.querySelector("[aria-current]")?.parentElement?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private draw(): void {
    const run = this.current;
    if (!run) {
      this.dropGrid();
      this.steps.hidden = true;
      fill(this.content, this.events.empty());
      this.status.hidden = true;
      return;
    }
    this.status.hidden = false;
    this.drawSteps(run);
    this.drawContent(run);
    this.drawStatus(run);
    if (run.running) this.ticking ??= setInterval(() => this.tick(), 100);
  }

  private tick(): void {
    if (this.current?.running) return this.drawStatus(this.current);
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  private drawSteps(run: Run): void {
    this.steps.hidden = run.steps.length < 2;
    const look = JSON.stringify([run.id, run.shown, run.steps.map(({ state }) => state)]);
    if (look === this.steps.dataset["look"]) return;
    this.steps.dataset["look"] = look;
    const focused = this.steps.contains(document.activeElement);
    fill(
      this.steps,
      ...run.steps.map((step, index) =>
        h(
          "button",
          {
            type: "button", class: "step", title: brief(step.sql, 400), "aria-current": index === run.shown ? "true" : null,
            onclick: () => run.show(index),
          },
          h("span", { class: `state ${step.state}`, role: "img", "aria-label": step.state }),
          `${index + 1}. ${brief(step.sql, 22)}`,
        ),
      ),
    );
    const shown = this.steps.querySelector<HTMLElement>("[aria-current]");
    if (focused) shown?.focus();
    else shown?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private drawContent(run: Run): void {
    const { step } = run;
    if (step.rows?.columns.length && step.state !== "failed" && !isPlan(step)) return this.drawGrid(run, step);
    this.dropGrid();
    if (step.rows && isPlan(step)) return fill(this.content, planView(step.rows));
    if (step.error) return fill(this.content, this.errorView(step));
    fill(this.content, h("div", { class: "result-message" }, ...messageOfStep(step)));
  }

  private drawGrid(run: Run, step: Step): void {
    const rows = step.rows;
    if (!rows) return;
    const shown = this.grid;
    const canSort = run.canSort;
    if (shown?.step === step && shown.element === this.content.firstElementChild && canSort === shown.element.matches(".can-sort")) {
      if (!shown.grid.shows(rows, step.sort)) shown.grid.show(rows, step.sort);
      shown.element.classList.toggle("busy", step.sorting);
      return;
    }
    const hadFocus = shown?.element.contains(document.activeElement) ?? false;
    this.dropGrid();
    const element = h("div", { class: canSort ? "result-grid can-sort" : "result-grid" });
    fill(this.content, element);
    const grid = new Grid(
      rows, step.sort,
      {
        sort: canSort ? (sort) => void run.sort(sort) : undefined,
        copied: (rowCount, columns) => notify(`Copied ${count(rowCount, "row")} of ${count(columns, "column")}`),
        tooMuch: (cells) => notify(`${count(cells)} cells are too many for the clipboard; download them as CSV instead`),
      },
      `Result of ${run.name}`,
    );
    element.append(grid.element);
    grid.show(rows, step.sort);
    this.grid = { grid, step, element };
    if (hadFocus) grid.element.focus();
  }

  private dropGrid(): void {
    this.grid?.grid.destroy();
    this.grid = undefined;
  }

  private errorView(step: Step): HTMLElement {
    const { error } = step;
    const place = error instanceof SmewError && error.position !== undefined && step.offset !== undefined;
    const [message = "", excerpt] = messageOf(error).split(/\n\n(?=LINE \d+: )/);
    return h(
      "div", { class: "result-error", role: "alert" },
      h("pre", { tabindex: 0, "aria-label": "Error" }, message, excerpt && h("span", { class: "excerpt" }, fromLine(excerpt, step.firstLine))),
      place && h("button", { type: "button", class: "button", onclick: () => this.events.goTo(step) }, "Go to the place in the text"),
    );
  }

  private drawStatus(run: Run): void {
    if (run.running) this.drawProgress(run);
    else this.drawOutcome(run);
  }

  private drawProgress(run: Run): void {
    const { fraction, rows } = run.progress;
    const elapsed = performance.now() - run.startMillis;
    const known = Math.max(rows, run.step.rows?.length ?? 0);
    this.bar.hidden = elapsed < 150; // a bar for what takes no time would only flicker
    if (fraction === undefined) this.bar.removeAttribute("value");
    else this.bar.value = fraction;
    const percent = fraction !== undefined && !this.bar.hidden ? `${Math.round(fraction * 100)} %` : "";
    this.text.textContent = [percent, known ? count(known, "row") : "", duration(elapsed)].filter(Boolean).join(SEPARATOR);
    this.stop.hidden = false;
    this.csv.hidden = true;
  }

  private drawOutcome({ step }: Run): void {
    const parts: string[] = [];
    if (step.rows?.columns.length && !isPlan(step)) parts.push(count(step.rows.length, "row"), count(step.rows.columns.length, "column"));
    else if (step.changes) parts.push(`${count(step.changes, "row")} ${changeWord(step)}`);
    if (step.state === "cancelled") parts.push(step.millis ? "cancelled" : "not run");
    if (step.state === "failed") parts.push("failed");
    if (step.millis) parts.push(duration(step.millis));
    const text = parts.join(SEPARATOR);
    if (this.text.textContent !== text) announce(text);
    this.text.textContent = text;
    this.bar.hidden = this.stop.hidden = true;
    this.csv.hidden = step.state !== "done" || !isQuery(step.sql) || !step.rows;
  }

  private async export(): Promise<void> {
    const step = this.current?.step;
    if (!step?.rows) return;
    if (step.rows.length > LARGE_EXPORT) {
      const sure = await confirmed("Download", `${count(step.rows.length, "row")} make a large file, which is made in memory.`, "Download");
      if (!sure) return;
    }
    try {
      download("result.csv", await this.workspace.csvOf(step.sort ? sortedSql(step.sql, step.sort) : step.sql, this.workspace.user));
    } catch (thrown) {
      notify(messageOf(thrown), "error");
    }
  }
}

function isPlan({ state, rows }: Step): boolean {
  return state === "done" && rows?.columns[1]?.name === "explain_value";
}

// EXPLAIN's drawing, which a cell would squeeze into a line.
function planView(rows: Rows): HTMLElement {
  const text = Array.from({ length: rows.length }, (_, row) => String(rows.cell(row, 1)));
  return h("pre", { class: "result-plan", tabindex: 0, "aria-label": "Plan" }, text.join("\n"));
}

function messageOfStep(step: Step): (Node | string)[] {
  if (step.state === "running") return [h("span", { class: "muted" }, "Running")];
  if (step.state === "waiting") return [h("span", { class: "muted" }, "Waits for the statement before it")];
  if (step.state === "cancelled") return [step.millis ? "Cancelled. Nothing was changed." : "Not run."];
  const done = step.changes ? `${count(step.changes, "row")} ${changeWord(step)}.` : "Done.";
  return [icon("check"), done];
}

function changeWord({ sql }: Step): string {
  return /^COPY\b/i.test(sql) ? "copied" : "changed";
}

// The line of an error with its caret below, counted from the first line of the statement in the editor's text.
function fromLine(excerpt: string, firstLine: number): string {
  return excerpt.replace(/^LINE (\d+): (.*\n)( *)/, (_, line: string, text: string, space: string) => {
    const shown = String(Number(line) + firstLine - 1);
    return `LINE ${shown}: ${text}${space}${" ".repeat(shown.length - line.length)}`;
  });
}
