// SPDX-License-Identifier: MIT
//
// editor.ts: the SQL editor: CodeMirror with DuckDB's words, completion of what the database has, the statement at the cursor
// marked at its edge, errors underlined at their place. Tab leaves the editor, as everywhere else on the page.
import { autocompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionKeymap } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, toggleComment } from "@codemirror/commands";
import { keywordCompletionSource, schemaCompletionSource } from "@codemirror/lang-sql";
import type { SQLNamespace } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { forEachDiagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec, RangeSetBuilder } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers, placeholder, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, ViewUpdate } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { DuckDialect } from "./dialect";
import { remember, remembered } from "./remember";
import { statementAt, statements } from "./split";
import { identifier } from "./workspace";
import type { Table } from "./workspace";

export interface Piece {
  sql: string;
  offset: number;
}

export interface EditorCommands {
  run(pieces: Piece[]): void;
}

// ---- Looks -----------------------------------------------------------------------------------------------------------

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--sql-keyword)", fontWeight: "500" },
  { tag: tags.string, color: "var(--sql-string)" },
  { tag: tags.special(tags.string), color: "var(--ink)" }, // a quoted name
  { tag: [tags.number, tags.bool, tags.null], color: "var(--sql-number)" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--sql-type)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--sql-comment)", fontStyle: "italic" },
  { tag: tags.special(tags.name), color: "var(--sql-type)" },
]);

// Marks the lines of the statement that Ctrl+Enter would run, when there are several.
const currentLine = Decoration.line({ class: "cm-current-statement" });

function currentStatement(view: EditorView): DecorationSet {
  const { state } = view;
  const builder = new RangeSetBuilder<Decoration>();
  const text = state.doc.toString();
  const statement = text.length < 200_000 ? statementAt(text, state.selection.main.head) : undefined;
  if (statement && statements(text).length > 1) {
    const last = state.doc.lineAt(statement.to).number;
    for (let line = state.doc.lineAt(statement.from).number; line <= last; line++) {
      const { from } = state.doc.line(line);
      builder.add(from, from, currentLine);
    }
  }
  return builder.finish();
}

const statementMarker = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = currentStatement(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.selectionSet) this.decorations = currentStatement(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

// ---- Completion ------------------------------------------------------------------------------------------------------

function namespaceOf(tables: readonly Table[]): SQLNamespace {
  const namespace: Record<string, SQLNamespace> = {};
  for (const table of tables) {
    const columns = table.columns.map(({ name, type }) => ({
      label: name, apply: identifier(name), detail: type.toLowerCase(), type: "property",
    }));
    const self: Completion = { label: table.name, apply: identifier(table.name), detail: table.kind, type: "class" };
    const level = { self, children: columns };
    const attached = table.database && table.database !== "temp" ? [table.database] : [];
    const path = [...attached, ...(attached.length || table.schema !== "main" ? [table.schema] : [])];
    const place = path.reduce((at, name) => (at[name] ??= {}) as Record<string, SQLNamespace>, namespace);
    place[table.name] = level;
  }
  return namespace;
}

// Columns of the tables that the statement names, without a prefix: SELECT pri| FROM orders.
function columnSource(tables: readonly Table[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[\w\u0080-\uffff]+/);
    if (!word || context.state.sliceDoc(word.from - 1, word.from) === ".") return null;
    const statement = statementAt(context.state.doc.toString(), context.pos);
    if (!statement) return null;
    const words = new Set(statement.sql.toLowerCase().match(/[\w\u0080-\uffff]+/g));
    const named = tables.filter(({ name }) => words.has(name.toLowerCase()));
    const options = (named.length ? named : tables) // FROM is often still to come
      .flatMap((table) =>
        table.columns.map(({ name, type }) => ({
          label: name, apply: identifier(name), detail: type.toLowerCase(), type: "property", boost: 2,
        })),
      );
    return { from: word.from, options, validFor: /^[\w\u0080-\uffff]*$/ };
  };
}

function functionSource(functions: readonly string[]) {
  const options = functions.map((name) => ({
    label: name,
    type: "function",
    boost: -1,
    apply: (view: EditorView, _: Completion, from: number, to: number) => {
      view.dispatch({ changes: { from, to, insert: `${name}()` }, selection: { anchor: from + name.length + 1 } });
    },
  }));
  return (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/[A-Za-z_]\w+/);
    return word ? { from: word.from, options, validFor: /^\w*$/ } : null;
  };
}

// Nothing is completed within strings and comments.
function outsideText(source: (context: CompletionContext) => CompletionResult | null | Promise<CompletionResult | null>) {
  return (context: CompletionContext) => {
    const { name } = syntaxTree(context.state).resolveInner(context.pos, -1);
    return /String|Comment/.test(name) ? null : source(context);
  };
}

function completion(tables: readonly Table[], functions: readonly string[]) {
  const sources = [
    schemaCompletionSource({ dialect: DuckDialect, schema: namespaceOf(tables) }),
    columnSource(tables),
    keywordCompletionSource(DuckDialect, true),
    functionSource(functions),
  ];
  return autocompletion({ override: sources.map(outsideText), icons: false, filterStrict: true, maxRenderedOptions: 60 });
}

// ---- The editor ------------------------------------------------------------------------------------------------------

export class SqlEditor {
  readonly view: EditorView;
  private readonly completing = new Compartment();
  private saving: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: HTMLElement, private readonly commands: EditorCommands) {
    const run = (all: boolean) => (): boolean => {
      this.run(all);
      return true;
    };
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: remembered("text", ""),
        extensions: [
          Prec.high(
            keymap.of([
              { key: "Mod-Enter", run: run(false) },
              { key: "Mod-Shift-Enter", run: run(true) },
              { key: "Mod-/", run: toggleComment },
            ]),
          ),
          lineNumbers(),
          history(),
          drawSelection(),
          EditorState.allowMultipleSelections.of(true),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          DuckDialect.extension,
          DuckDialect.language.data.of({ closeBrackets: { brackets: ["(", "[", "{", "'", '"'] } }),
          syntaxHighlighting(colours),
          statementMarker,
          this.completing.of(completion([], [])),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          placeholder("SELECT …"),
          EditorView.contentAttributes.of({ "aria-label": "SQL", tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.edited();
          }),
        ],
      }),
    });
    addEventListener("pagehide", () => this.save());
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  private edited(): void {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), 300);
  }

  private save(): void {
    remember("text", this.text);
  }

  focus(): void {
    this.view.focus();
  }

  /** Runs the selection, or the statement at the cursor, or all. */
  run(all: boolean): void {
    const { main } = this.view.state.selection;
    const { text } = this;
    this.clearErrors();
    closeCompletion(this.view);
    let from = 0;
    let found = statements(text);
    if (!all && !main.empty) {
      from = main.from;
      found = statements(text.slice(main.from, main.to));
    } else if (!all) {
      const current = statementAt(text, main.head);
      found = current ? [current] : [];
    }
    if (found.length) this.commands.run(found.map((statement) => ({ sql: statement.sql, offset: from + statement.from })));
  }

  setNames(tables: readonly Table[], functions: readonly string[]): void {
    this.view.dispatch({ effects: this.completing.reconfigure(completion(tables, functions)) });
  }

  /** Puts text in the place of the selection. */
  insert(text: string): void {
    const { state } = this.view;
    const { from } = state.selection.main;
    const before = state.sliceDoc(Math.max(0, from - 1), from);
    const space = before && /[\w"]/.test(before) ? " " : "";
    this.view.dispatch(state.replaceSelection(space + text));
    this.focus();
  }

  /** Puts a statement at the end, on lines of its own, and selects nothing of it. */
  append(sql: string): Piece {
    const { doc } = this.view.state;
    const text = doc.toString();
    const open = text.trim() && !/;\s*$/.test(text) ? ";" : "";
    const gap = text.trim() ? `${open}${/\n\s*$/.test(text) ? "" : "\n"}\n` : "";
    const from = text.trim() ? doc.length : 0;
    this.view.dispatch({
      changes: { from, to: doc.length, insert: `${gap}${sql};` },
      selection: { anchor: from + gap.length + sql.length },
      scrollIntoView: true,
    });
    return { sql, offset: from + gap.length };
  }

  /** Underlines the word at `at`, if the statement still stands where it stood. */
  showError(piece: Piece, position: number, message: string): void {
    const { doc } = this.view.state;
    if (doc.sliceString(piece.offset, piece.offset + piece.sql.length) !== piece.sql) return;
    const from = Math.min(piece.offset + position, doc.length);
    const word = /^(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[\w\u0080-\uffff]+|\S)/.exec(doc.sliceString(from, from + 200))?.[0] ?? "";
    const line = doc.lineAt(from);
    const to = Math.min(Math.max(from + word.length, from), doc.length);
    const range = to > from ? { from, to } : { from: Math.max(line.from, from - 1), to: from };
    this.view.dispatch(setDiagnostics(this.view.state, [{ ...range, severity: "error", message }]));
  }

  clearErrors(): void {
    let any = false;
    forEachDiagnostic(this.view.state, () => void (any = true));
    if (any) this.view.dispatch(setDiagnostics(this.view.state, []));
  }

  /** The number of the line at a place in the text, from 1. */
  lineAt(position: number): number {
    return this.view.state.doc.lineAt(Math.min(position, this.view.state.doc.length)).number;
  }

  /** Puts the cursor at a place in the text, and it into view: at the top when something begins there. */
  goTo(position: number, atTop = false): void {
    const anchor = Math.min(position, this.view.state.doc.length);
    const scroll = EditorView.scrollIntoView(anchor, atTop ? { y: "start", yMargin: 8 } : {});
    this.view.dispatch({ selection: { anchor }, effects: scroll });
    this.focus();
  }
}
