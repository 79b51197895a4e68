// SPDX-License-Identifier: MIT
//
// grid.ts: a table of any number of rows. Only what is seen is in the document: cells of the visible rows and columns, which
// are reused. Owns the scroll position, the active cell, the selection and the widths; where rows come from it does not know.
//
// The position is a row (with a fraction), not a pixel: browsers cap the height of an element at some ten million pixels. A
// table taller than TALLEST scrolls on a shorter track. Small movements on it (a wheel, a finger, an arrow of the bar) move the
// rows by as many pixels; large ones (the thumb dragged, a page of it) go to the row at that part of the track; when the
// movement has ended, the thumb is put where the row belongs.
//
//   track  0 ────────■────────────────── TALLEST        row 0 ──────[ rows shown ]────────────── length
import { count, isNumeric } from "./format";
import { h, showDialog } from "./dom";
import { ABSENT } from "./rows";
import type { Cell, Rows } from "./rows";
import type { Sort } from "./runs";

const ROW_HEIGHT = 26;
const HEAD_HEIGHT = 44;
const TALLEST = 8_000_000;
const NARROWEST = 48;
const DOUBLE_WIDTH = 104;
const WIDEST_AUTO = 360;
const SAMPLE_ROWS = 60;
const COPY_CELLS = 1_000_000;
const SETTLE_MILLIS = 160;

export interface GridEvents {
  /** A head was chosen; undefined when the rows cannot be sorted. */
  sort: ((sort: Sort | undefined) => void) | undefined;
  copied(rows: number, columns: number): void;
  tooMuch(cells: number): void;
}

/** Row -1 is the head. */
interface Place {
  row: number;
  column: number;
}

let grids = 0;
let measuring: CanvasRenderingContext2D | null = null;

function textWidth(text: string, font: string): number {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return text.length * 8;
  measuring.font = font;
  return measuring.measureText(text).width;
}

function gridFont(): string {
  return `13px ${getComputedStyle(document.documentElement).getPropertyValue("--sans") || "sans-serif"}`;
}

export class Grid {
  readonly element: HTMLElement;
  private readonly id = `grid-${++grids}`;
  private readonly track = h("div", { class: "grid-track", role: "presentation" });
  private readonly head = h("div", { class: "grid-head", role: "row", "aria-rowindex": 1 });
  private readonly body = h("div", { class: "grid-body", role: "presentation" });
  private readonly lines: HTMLElement[] = [];
  private rows: Rows;
  private sort: Sort | undefined;
  private widths: number[] = [];
  /** The widths were made with rows in sight. */
  private fitted = false;
  /** The user has set one of them. */
  private isResized = false;
  /** Of each column, the most characters that its width was made for. */
  private longest: number[] = [];
  private lefts: number[] = [];
  private numberWidth = 48;
  /** The first row shown, with the fraction of it that is scrolled away. */
  private top = 0;
  private lastScrollTop = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private active: Place = { row: 0, column: 0 };
  private anchor: Place = { row: 0, column: 0 };
  private frame = 0;
  private readonly resizing: ResizeObserver;

  constructor(rows: Rows, sort: Sort | undefined, private readonly events: GridEvents, label: string) {
    this.rows = rows;
    this.sort = sort;
    this.track.append(this.head, this.body);
    this.element = h(
      "div",
      {
        class: "grid", role: "grid", tabindex: 0, "aria-label": label, "aria-multiselectable": "true",
        onscroll: () => this.scrolled(),
        onkeydown: (event: KeyboardEvent) => this.keyPressed(event),
        oncopy: (event: ClipboardEvent) => {
          event.preventDefault();
          void this.copy(false);
        },
        onpointerdown: (event: PointerEvent) => this.pointerDown(event),
        ondblclick: (event: MouseEvent) => this.openAt(event),
        onfocus: () => this.render(),
        onblur: () => this.render(),
      },
      this.track,
    );
    this.resizing = new ResizeObserver(() => this.render());
    this.resizing.observe(this.element);
  }

  /** Shows other rows: from their first on, unless they are the same ones from elsewhere. */
  show(rows: Rows, sort: Sort | undefined): void {
    const isSame = this.sort === sort && sameColumns(this.rows, rows) && this.fitted;
    this.rows.arrived = () => {};
    if (!sameColumns(this.rows, rows)) this.fitted = false;
    this.rows = rows;
    this.sort = sort;
    rows.arrived = () => {
      if (this.top === 0) this.widen(this.rows.length - 1, this.rows.length - 1, 0, this.widths.length - 1);
      this.schedule();
    };
    if (!isSame) {
      this.top = 0;
      this.active = { row: Math.min(this.active.row, 0), column: Math.min(this.active.column, Math.max(0, rows.columns.length - 1)) };
      this.anchor = this.active;
    }
    this.render();
    this.drawHead();
    this.settle();
    this.render();
  }

  shows(rows: Rows, sort: Sort | undefined): boolean {
    return this.rows === rows && this.sort === sort;
  }

  destroy(): void {
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settling);
    this.rows.arrived = () => {};
  }

  // ---- Measures ------------------------------------------------------------------------------------------------------

  private get viewHeight(): number {
    return Math.max(ROW_HEIGHT, this.element.clientHeight - HEAD_HEIGHT);
  }

  private get rowsInView(): number {
    return this.viewHeight / ROW_HEIGHT;
  }

  private get maxTop(): number {
    return Math.max(0, this.rows.length - this.rowsInView);
  }

  private get bodyHeight(): number {
    return Math.min(TALLEST, this.rows.length * ROW_HEIGHT);
  }

  private get maxScroll(): number {
    return Math.max(0, this.bodyHeight - this.viewHeight);
  }

  private get isMapped(): boolean {
    return this.rows.length * ROW_HEIGHT > TALLEST;
  }

  private fitColumns(): void {
    const font = gridFont();
    // Rows in sight, and the last ones: numbers grow.
    const first = Math.floor(this.top);
    const sample = Array.from({ length: Math.min(this.rows.length - first, SAMPLE_ROWS) }, (_, row) => first + row);
    for (let row = Math.max(first + sample.length, this.rows.length - 20); row < this.rows.length; row++) sample.push(row);
    this.fitted = sample.some((row) => this.rows.cell(row, 0) !== ABSENT);
    this.longest = this.rows.columns.map(() => 0);
    this.widths = this.rows.columns.map(({ name, type }, column) => {
      let width = Math.max(textWidth(name, `600 ${font}`) + 22, textWidth(type, font) * 0.86);
      for (const row of sample) {
        const cell = this.rows.cell(row, column);
        if (typeof cell !== "string") continue;
        width = Math.max(width, textWidth(cell.slice(0, 120), font));
        this.longest[column] = Math.max(this.longest[column] as number, cell.length);
      }
      const least = type === "DOUBLE" ? DOUBLE_WIDTH : NARROWEST; // the first ones may be round
      return Math.round(Math.min(WIDEST_AUTO, Math.max(least, width + 26)));
    });
  }

  // Later rows may be longer: a number whose end is cut is a wrong one. Columns grow until the user has set one.
  private widen(first: number, last: number, firstColumn: number, lastColumn: number): void {
    if (!this.fitted || this.isResized) return;
    let font: string | undefined;
    for (let column = firstColumn; column <= lastColumn; column++) {
      for (let row = first; row <= last; row++) {
        const cell = this.rows.cell(row, column);
        if (typeof cell !== "string" || cell.length <= (this.longest[column] as number)) continue;
        this.longest[column] = cell.length;
        const needed = Math.min(WIDEST_AUTO, Math.round(textWidth(cell.slice(0, 120), (font ??= gridFont()))) + 26);
        this.widths[column] = Math.max(this.widths[column] as number, needed);
      }
    }
    if (font) this.layOut();
  }

  private layOut(): void {
    this.numberWidth = Math.max(40, count(this.rows.length).length * 8 + 20);
    let left = this.numberWidth;
    this.lefts = this.widths.map((width) => {
      const at = left;
      left += width;
      return at;
    });
    this.lefts.push(left);
    this.track.style.width = `${left + 1}px`;
    this.track.style.height = `${HEAD_HEIGHT + this.bodyHeight}px`;
    this.element.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.element.setAttribute("aria-colcount", String(this.widths.length + 1));
  }

  // Columns that are seen, with one beside on each side.
  private columnsInView(): [number, number] {
    const from = this.element.scrollLeft + this.numberWidth;
    const to = this.element.scrollLeft + this.element.clientWidth;
    let first = 0;
    while (first < this.widths.length - 1 && (this.lefts[first + 1] as number) <= from) first++;
    let last = first;
    while (last < this.widths.length - 1 && (this.lefts[last + 1] as number) < to) last++;
    return [Math.max(0, first - 1), Math.min(this.widths.length - 1, last + 1)];
  }

  // ---- Scrolling -----------------------------------------------------------------------------------------------------

  private scrolled(): void {
    const { scrollTop } = this.element;
    const moved = scrollTop - this.lastScrollTop;
    this.lastScrollTop = scrollTop;
    if (!this.isMapped) this.top = scrollTop / ROW_HEIGHT;
    else if (moved !== 0) {
      const atEnd = scrollTop <= 0 || scrollTop >= this.maxScroll - 1;
      const small = Math.abs(moved) <= this.viewHeight && !atEnd;
      this.top = small ? this.top + moved / ROW_HEIGHT : (scrollTop / this.maxScroll) * this.maxTop;
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.settle(), SETTLE_MILLIS);
    }
    this.top = Math.max(0, Math.min(this.maxTop, this.top));
    this.render();
  }

  // Puts the thumb where the first row belongs.
  private settle(): void {
    const scrollTop = this.isMapped ? (this.maxTop ? (this.top / this.maxTop) * this.maxScroll : 0) : this.top * ROW_HEIGHT;
    this.element.scrollTop = scrollTop;
    this.lastScrollTop = this.element.scrollTop;
  }

  private scrollToRow(row: number): void {
    if (row < 0) return;
    if (row < this.top) this.top = row;
    else if (row + 1 > this.top + this.rowsInView) this.top = row + 1 - this.rowsInView;
    this.top = Math.max(0, Math.min(this.maxTop, this.top));
    this.settle();
  }

  private scrollToColumn(column: number): void {
    const left = this.lefts[column] ?? 0;
    const right = this.lefts[column + 1] ?? 0;
    const { scrollLeft, clientWidth } = this.element;
    if (left - this.numberWidth < scrollLeft) this.element.scrollLeft = left - this.numberWidth;
    else if (right > scrollLeft + clientWidth) {
      this.element.scrollLeft = Math.min(left - this.numberWidth, right - clientWidth);
    }
  }

  // ---- Drawing -------------------------------------------------------------------------------------------------------

  private schedule(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  private drawHead(): void {
    const heads = this.rows.columns.map(({ name, type }, column) => {
      const direction = this.sort?.column === column ? (this.sort.descending ? "descending" : "ascending") : "none";
      return h(
        "div",
        {
          class: isNumeric(type) ? "grid-title number" : "grid-title", role: "columnheader", id: this.cellId(-1, column),
          "aria-colindex": column + 2, "aria-sort": this.events.sort ? direction : null, "data-column": column,
          title: `${name}: ${type}`,
        },
        h("span", { class: "grid-name" }, name),
        h("span", { class: "grid-type" }, type.toLowerCase()),
        h("span", { class: "grid-grip", "data-grip": column, "aria-hidden": "true" }),
      );
    });
    this.head.replaceChildren(
      h("div", { class: "grid-corner", role: "columnheader", "aria-colindex": 1 }, h("span", { class: "unseen" }, "Row")),
      ...heads,
    );
    this.head.classList.toggle("sortable", this.events.sort !== undefined);
  }

  private cellId(row: number, column: number): string {
    return `${this.id}-${row}-${column}`;
  }

  private render(): void {
    if (!this.element.isConnected) return;
    if (!this.fitted) this.fitColumns();
    this.layOut();
    const first = Math.floor(this.top);
    const last = Math.min(this.rows.length - 1, Math.ceil(this.top + this.rowsInView));
    this.rows.need(first, Math.max(first, last));
    const [firstColumn, lastColumn] = this.columnsInView();
    this.widen(first, last, firstColumn, lastColumn);
    this.placeHead();
    while (this.lines.length < last - first + 1) {
      const line = h("div", { class: "grid-line", role: "row" });
      this.lines.push(line);
      this.body.append(line);
    }
    while (this.lines.length > Math.max(0, last - first + 1)) this.lines.pop()?.remove();
    this.lines.forEach((line, index) => this.drawLine(line, first + index, firstColumn, lastColumn));
    this.markActive(first, last, firstColumn, lastColumn);
  }

  private placeHead(): void {
    const [corner, ...titles] = [...this.head.children] as HTMLElement[];
    if (corner) corner.style.width = `${this.numberWidth}px`;
    const isHeadActive = document.activeElement === this.element && this.active.row < 0;
    titles.forEach((title, column) => {
      title.style.left = `${this.lefts[column]}px`;
      title.style.width = `${this.widths[column]}px`;
      title.classList.toggle("active", isHeadActive && this.active.column === column);
    });
  }

  private drawLine(line: HTMLElement, row: number, firstColumn: number, lastColumn: number): void {
    line.style.transform = `translateY(${Math.round((row - this.top) * ROW_HEIGHT)}px)`;
    line.setAttribute("aria-rowindex", String(row + 2));
    line.classList.toggle("odd", row % 2 === 1);
    const wanted = lastColumn - firstColumn + 2;
    while (line.children.length < wanted) {
      const first = !line.children.length;
      line.append(h("div", first ? { class: "grid-number", role: "rowheader", "aria-colindex": 1 } : { role: "gridcell" }));
    }
    while (line.children.length > wanted) line.lastChild?.remove();
    const number = line.firstChild as HTMLElement;
    number.style.width = `${this.numberWidth}px`;
    setText(number, count(row + 1));
    for (let column = firstColumn; column <= lastColumn; column++) {
      this.drawCell(line.children[column - firstColumn + 1] as HTMLElement, row, column);
    }
  }

  private drawCell(element: HTMLElement, row: number, column: number): void {
    const cell: Cell = this.rows.cell(row, column);
    const isNull = cell === null;
    const text = cell === ABSENT ? "" : isNull ? "NULL" : (cell as string);
    setText(element, (text.length > 400 ? `${text.slice(0, 400)}…` : text).replace(/\r?\n/g, "⏎"));
    let name = "grid-cell";
    if (isNumeric(this.rows.columns[column]?.type ?? "")) name += " number";
    if (isNull) name += " null";
    if (cell === ABSENT) name += " absent";
    if (this.isSelected(row, column)) name += " selected";
    if (element.className !== name) element.className = name;
    element.setAttribute("aria-selected", String(name.endsWith("selected") || (row === this.active.row && column === this.active.column)));
    element.style.left = `${this.lefts[column]}px`;
    element.style.width = `${this.widths[column]}px`;
    element.setAttribute("aria-colindex", String(column + 2));
    element.id = this.cellId(row, column);
    element.dataset["row"] = String(row);
    element.dataset["column"] = String(column);
  }

  private markActive(first: number, last: number, firstColumn: number, lastColumn: number): void {
    const { row, column } = this.active;
    const seen = row < 0 || (row >= first && row <= last && column >= firstColumn && column <= lastColumn);
    const cell = seen && this.rows.columns.length ? document.getElementById(this.cellId(row, column)) : null;
    if (cell) this.element.setAttribute("aria-activedescendant", cell.id);
    else this.element.removeAttribute("aria-activedescendant");
    if (cell && row >= 0) cell.classList.add("active");
  }

  // ---- Selection -----------------------------------------------------------------------------------------------------

  /** First and last row and column of the selection. */
  private range(): { first: Place; last: Place } {
    const rows = [Math.max(0, this.anchor.row), Math.max(0, this.active.row)];
    const columns = [this.anchor.column, this.active.column];
    return {
      first: { row: Math.min(...rows), column: Math.min(...columns) },
      last: { row: Math.max(...rows), column: Math.max(...columns) },
    };
  }

  private isSelected(row: number, column: number): boolean {
    const { first, last } = this.range();
    const single = first.row === last.row && first.column === last.column;
    return (
      !single && row >= first.row && row <= last.row && column >= first.column && column <= last.column && this.active.row >= 0
    );
  }

  private goTo(place: Place, extend: boolean): void {
    const row = Math.max(-1, Math.min(this.rows.length - 1, place.row));
    const column = Math.max(0, Math.min(this.rows.columns.length - 1, place.column));
    this.active = { row, column };
    if (!extend) this.anchor = this.active;
    this.scrollToRow(row);
    this.scrollToColumn(column);
    this.render();
  }

  private placeOf(target: EventTarget | null): Place | undefined {
    const cell = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
    return cell ? { row: Number(cell.dataset["row"]), column: Number(cell.dataset["column"]) } : undefined;
  }

  private pointerDown(event: PointerEvent): void {
    if (event.button !== 0 || !(event.target instanceof Element)) return;
    const grip = event.target.closest<HTMLElement>("[data-grip]");
    if (grip) return this.startResize(event, Number(grip.dataset["grip"]));
    const title = event.target.closest<HTMLElement>("[role=columnheader][data-column]");
    if (title) {
      this.element.focus();
      const column = Number(title.dataset["column"]);
      this.goTo({ row: -1, column }, false);
      return this.sortBy(column);
    }
    const place = this.placeOf(event.target);
    if (!place) return;
    this.goTo(place, event.shiftKey);
    if (event.pointerType !== "mouse") return; // a finger scrolls
    const drag = (moved: PointerEvent): void => {
      const over = this.placeOf(document.elementFromPoint(moved.clientX, moved.clientY));
      if (over) this.goTo(over, true);
    };
    const end = (): void => {
      removeEventListener("pointermove", drag);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    event.preventDefault(); // no selection of text
    this.element.focus();
  }

  private startResize(event: PointerEvent, column: number): void {
    event.preventDefault();
    const from = event.clientX;
    const width = this.widths[column] as number;
    const grip = event.target as HTMLElement;
    grip.setPointerCapture(event.pointerId);
    grip.onpointermove = (moved) => this.resize(column, width + moved.clientX - from);
    grip.onpointerup = grip.onpointercancel = () => (grip.onpointermove = null);
  }

  private resize(column: number, width: number): void {
    this.isResized = true;
    this.fitted = true;
    this.widths[column] = Math.max(NARROWEST, Math.round(width));
    this.render();
  }

  private sortBy(column: number): void {
    const { sort } = this;
    const next: Sort | undefined =
      sort?.column !== column ? { column, descending: false } : sort.descending ? undefined : { column, descending: true };
    this.events.sort?.(next);
  }

  // ---- Keys ----------------------------------------------------------------------------------------------------------

  private keyPressed(event: KeyboardEvent): void {
    const { row, column } = this.active;
    const page = Math.max(1, Math.floor(this.rowsInView) - 1);
    const jump = event.ctrlKey || event.metaKey;
    const go = (place: Place): void => this.goTo(place, event.shiftKey && place.row >= 0);
    const lastRow = this.rows.length - 1;
    const lastColumn = this.rows.columns.length - 1;
    if (event.altKey && row < 0 && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      this.resize(column, (this.widths[column] as number) + (event.key === "ArrowLeft" ? -16 : 16));
    } else if (event.key === "ArrowDown") go({ row: jump ? lastRow : row + 1, column });
    else if (event.key === "ArrowUp") go({ row: jump ? 0 : row - 1, column });
    else if (event.key === "ArrowLeft") go({ row, column: jump ? 0 : column - 1 });
    else if (event.key === "ArrowRight") go({ row, column: jump ? lastColumn : column + 1 });
    else if (event.key === "PageDown") go({ row: row + page, column });
    else if (event.key === "PageUp") go({ row: Math.max(0, row - page), column });
    else if (event.key === "Home") go({ row: jump ? 0 : row, column: 0 });
    else if (event.key === "End") go({ row: jump ? lastRow : row, column: lastColumn });
    else if (jump && event.key.toLowerCase() === "a") this.selectAll();
    else if (jump && event.key.toLowerCase() === "c") void this.copy(event.shiftKey);
    else if ((event.key === "Enter" || event.key === " ") && row < 0) this.sortBy(column);
    else if (event.key === "Enter") this.open(this.active);
    else return;
    event.preventDefault();
  }

  private selectAll(): void {
    this.anchor = { row: 0, column: 0 };
    this.active = { row: this.rows.length - 1, column: this.rows.columns.length - 1 };
    this.render();
  }

  /** Puts the selection on the clipboard as lines of cells between tabs; NULL is empty. */
  async copy(withNames: boolean): Promise<void> {
    if (!this.rows.length) return;
    const { first, last } = this.range();
    const columns = Array.from({ length: last.column - first.column + 1 }, (_, index) => first.column + index);
    const rowCount = last.row - first.row + 1;
    if (rowCount * columns.length > COPY_CELLS) return this.events.tooMuch(rowCount * columns.length);
    const quoted = (text: string | null): string => {
      if (text === null) return "";
      return /[\t\n\r"]/.test(text) && rowCount * columns.length > 1 ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = (await this.rows.texts(first.row, last.row, columns)).map((cells) => cells.map(quoted).join("\t"));
    if (withNames) lines.unshift(columns.map((column) => quoted(this.rows.columns[column]?.name ?? "")).join("\t"));
    await navigator.clipboard.writeText(lines.join("\n"));
    this.events.copied(rowCount, columns.length);
  }

  private openAt(event: MouseEvent): void {
    const target = event.target as Element;
    const grip = target.closest<HTMLElement>("[data-grip]");
    if (grip) {
      const column = Number(grip.dataset["grip"]);
      const kept = [...this.widths];
      this.fitColumns();
      kept[column] = this.widths[column] as number;
      this.widths = kept;
      return this.render();
    }
    const place = this.placeOf(target);
    if (place) this.open(place);
  }

  // The whole value of one cell.
  private open({ row, column }: Place): void {
    const cell = this.rows.cell(row, column);
    const about = this.rows.columns[column];
    if (cell === ABSENT || !about) return;
    void showDialog(about.name, () => [
      h("p", { class: "muted" }, `${about.type.toLowerCase()}, row ${count(row + 1)}`),
      h("pre", { class: cell === null ? "value null" : "value", tabindex: 0, "data-first": true, "aria-label": "Value" }, cell ?? "NULL"),
    ]).then(() => this.element.focus());
  }
}

function sameColumns(left: Rows, right: Rows): boolean {
  return JSON.stringify(left.columns) === JSON.stringify(right.columns);
}

function setText(element: HTMLElement, text: string): void {
  const node = element.firstChild;
  if (!node) element.textContent = text;
  else if (node.nodeValue !== text) node.nodeValue = text;
}
