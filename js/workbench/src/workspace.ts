// SPDX-License-Identifier: MIT
//
// workspace.ts: the open database and what the page knows of it: its tables, columns and functions, its storage, the files
// that were registered, the imports that run. Owns three sessions, so that none waits for another: the user's (their
// transactions, settings and temporary tables), one for the page's own questions, and the database's first for imports.
import { open } from "smew";
import type { Database, Progress, Session, Storage } from "smew";
import { forgetBackups } from "./backup";
import { RESERVED } from "./dialect";
import { Signal } from "./signal";

export interface Column {
  name: string;
  type: string;
}

export interface Table {
  /** "" for the database that is open, "temp" for what ends with the page, else an attached one. */
  database: string;
  schema: string;
  name: string;
  kind: "table" | "view";
  /** Undefined for views. */
  rows: number | undefined;
  columns: Column[];
}

/** Begins the names of the temporary tables in which large results lie. */
export const RESULT_PREFIX = "smew_result_";

export type ImportMode = "create" | "replace" | "append";

/** Options of read_csv. */
export type CsvOptions = Readonly<Record<string, string | number | boolean>>;

/** The longest line of a CSV that is tried, bytes. */
const LONGEST_LINE = 256 << 20;
const LOOK_PAUSE_MILLIS = 150;
/** Of a line of a message, characters. */
const LONGEST_TOLD = 400;

/** An import that runs or ran. */
export interface ImportJob {
  table: string;
  file: File;
  state: "running" | "done" | "failed" | "cancelled";
  progress: Progress;
  message: string;
  /** It failed as CSV: read in another way, it may succeed. */
  otherwise: boolean;
  cancel: () => void;
}

export interface RegisteredFile {
  name: string;
  size: number;
}

/** A name as SQL takes it: quoted where it must be. */
export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function qualifiedName({ database, schema, name }: Pick<Table, "database" | "schema" | "name">): string {
  const path = database && database !== "temp" ? [database, schema, name] : schema === "main" ? [name] : [schema, name];
  return path.map(identifier).join(".");
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A table's name out of a file's: "Bird strikes (2).csv" gives bird_strikes_2. */
export function tableNameFor(file: string): string {
  const stem = file.replace(/^.*[/\\]/, "").replace(/\.[A-Za-z0-9]{1,5}$/, "");
  const name = stem.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "");
  return /^\p{N}/u.test(name) ? `t_${name}` : name || "data";
}

export class Workspace {
  readonly tables = new Signal<Table[]>([]);
  readonly functions = new Signal<string[]>([]);
  readonly storage = new Signal<Storage | undefined>(undefined);
  readonly imports = new Signal<ImportJob[]>([]);
  readonly files = new Signal<RegisteredFile[]>([]);
  /** The user began a transaction and has not ended it. */
  readonly transaction = new Signal(false);
  /** Statements that run for the user. */
  running = 0;
  /** The user's session has something of its own: a transaction, settings, temporary tables. */
  private userHasState = false;
  private refreshing: Promise<void> | undefined;
  private nextLook: Promise<void> | undefined;

  private constructor(
    readonly db: Database,
    readonly user: Session,
    private readonly own: Session,
  ) {}

  static async open(path: string): Promise<Workspace> {
    const db = await open(path);
    try {
      const workspace = new Workspace(db, await db.connect(), await db.connect());
      await workspace.refresh();
      void workspace.loadFunctions();
      void forgetBackups();
      return workspace;
    } catch (thrown) {
      await db.close();
      throw thrown;
    }
  }

  get inMemory(): boolean {
    return this.db.path === ":memory:";
  }

  /** After a statement of the user succeeded. */
  noteStatement(sql: string): void {
    if (/^(BEGIN|START)\b/i.test(sql)) this.transaction.value = true;
    else if (/^(COMMIT|END|ROLLBACK|ABORT)\b/i.test(sql)) this.transaction.value = false;
    this.userHasState ||= /^(BEGIN|START|SET|RESET|PRAGMA|USE|PREPARE|ATTACH|CREATE\s+(OR\s+REPLACE\s+)?(TEMP|TEMPORARY))\b/i.test(sql);
  }

  /** A session in which to keep a large result: one of its own, so that the user's is free, unless the query needs that. */
  async resultSession(): Promise<{ session: Session; close: () => void }> {
    if (this.userHasState) return { session: this.user, close: () => {} };
    const session = await this.db.connect();
    return { session, close: () => void session.close().catch(() => {}) }; // the database is closed already
  }

  get isBusy(): boolean {
    return this.running > 0 || this.imports.value.some(({ state }) => state === "running");
  }

  /** Looks again at what there is. Calls during a look share the next one, which lets the statements of a script pass. */
  refresh(): Promise<void> {
    if (this.nextLook) return this.nextLook;
    if (!this.refreshing) return (this.refreshing = this.look().finally(() => (this.refreshing = undefined)));
    this.nextLook = this.refreshing
      .catch(() => {}) // whoever asked for it has seen it
      .then(() => new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MILLIS)))
      .then(() => {
        this.nextLook = undefined;
        return this.refresh();
      });
    return this.nextLook;
  }

  /** The session that sees what the user sees: temporary tables, an open transaction, attached databases. */
  private get seeing(): Session {
    return this.userHasState ? this.user : this.own;
  }

  private async look(): Promise<void> {
    const [tables, storage, files] = await Promise.all([this.lookAtTables(), this.db.storage(), this.db.files.list()]);
    if (tables) setIfChanged(this.tables, tables);
    setIfChanged(this.files, files.filter(({ name }) => !name.startsWith("smew-")));
    this.storage.value = storage;
  }

  // Undefined: the user's session is at work; there is another look when it has ended.
  private async lookAtTables(): Promise<Table[] | undefined> {
    if (!this.userHasState) return describedTables(this.own);
    if (this.running > 0) return undefined;
    return describedTables(this.user).catch(() => describedTables(this.own)); // a transaction that an error has aborted
  }

  private async loadFunctions(): Promise<void> {
    const rows = await this.own.rows<{ name: string }>(
      "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_name SIMILAR TO '[a-z][a-z0-9_]*' ORDER BY 1",
    );
    this.functions.value = rows.map(({ name }) => name);
  }

  // ---- Files ---------------------------------------------------------------------------------------------------------

  /** Makes or fills a table; followed through `imports`. True when it succeeded. */
  async importFile(table: string, file: File, mode: ImportMode, options: CsvOptions = {}): Promise<boolean> {
    const abort = new AbortController();
    const job: ImportJob = {
      table, file, state: "running", progress: { fraction: undefined, rows: 0 }, message: "", otherwise: false,
      cancel: () => abort.abort(),
    };
    const changed = (): void => void (this.imports.value = this.imports.value);
    this.imports.value = [...this.imports.value, job];
    const attempt = (encoding: string | undefined, more: CsvOptions = {}): Promise<{ rows: number }> =>
      this.db.importFile(identifier(table), file, {
        mode, signal: abort.signal, options: { ...options, ...more }, ...(encoding && { encoding }),
        onProgress: (progress) => {
          job.progress = progress;
          changed();
        },
      });
    try {
      let encoding = await markedEncoding(file);
      const { rows } = await attempt(encoding).catch((thrown: unknown) => {
        if (/Maximum line size of \d+ bytes exceeded/.test(messageOf(thrown))) {
          return attempt(encoding, { max_line_size: Math.min(file.size + 1, LONGEST_LINE) });
        }
        if (encoding || !/This file is not utf-8 encoded/.test(messageOf(thrown))) throw thrown;
        encoding = "windows-1252"; // what Excel writes in the West
        return attempt(encoding);
      });
      job.state = "done";
      job.progress = { fraction: 1, rows };
      if (encoding) job.message = `read as ${encoding}`;
    } catch (thrown) {
      job.state = abort.signal.aborted ? "cancelled" : "failed";
      job.message = messageOf(thrown);
      job.otherwise = job.state === "failed" && /\bCSV Error\b|when sniffing file/.test(job.message);
    }
    changed();
    await this.refresh();
    // What was guessed stays until it was read.
    if ((job.state === "done" && !job.message) || job.state === "cancelled") setTimeout(() => this.dismissImport(job), 4000);
    return job.state === "done";
  }

  dismissImport(job: ImportJob): void {
    this.imports.value = this.imports.value.filter((other) => other !== job);
  }

  async register(file: File): Promise<void> {
    await this.db.files.register(file.name, file);
    await this.refresh();
  }

  async forgetFile(name: string): Promise<void> {
    await this.db.files.drop(name);
    await this.refresh();
  }

  /** The rows of a table or a query as CSV. */
  async csvOf(from: string, session: Session = this.seeing): Promise<Blob> {
    const name = `smew-export-${crypto.randomUUID()}.csv`;
    await session.exec(`COPY (${from}\n) TO ${literal(name)} (HEADER)`);
    try {
      return await this.db.files.blob(name);
    } finally {
      await this.db.files.drop(name);
    }
  }

  // ---- Tables --------------------------------------------------------------------------------------------------------

  async drop(table: Table): Promise<void> {
    await this.seeing.exec(`DROP ${table.kind} ${qualifiedName(table)}`);
    await this.refresh();
  }

  async rename(table: Table, name: string): Promise<void> {
    await this.seeing.exec(`ALTER ${table.kind} ${qualifiedName(table)} RENAME TO ${identifier(name)}`);
    await this.refresh();
  }

  // ---- The whole -----------------------------------------------------------------------------------------------------

  async keep(): Promise<boolean> {
    const granted = await this.db.requestPersistence();
    await this.refresh();
    return granted;
  }

  async destroy(): Promise<void> {
    await this.db.destroy();
  }
}

// What a file's first two bytes say.
async function markedEncoding(file: File): Promise<string | undefined> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

// What large results lie in is not the user's.
async function describedTables(session: Session): Promise<Table[]> {
  const [tables, columns] = await Promise.all([
    session.rows<Omit<Table, "columns">>(
      `SELECT if(d = current_database(), '', d) AS "database", * EXCLUDE d FROM (
         SELECT database_name AS d, schema_name AS "schema", table_name AS "name", 'table' AS "kind", estimated_size AS "rows" FROM duckdb_tables()
         UNION ALL SELECT database_name, schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE NOT internal
       ) WHERE NOT starts_with("name", '${RESULT_PREFIX}') ORDER BY "database", "schema" <> 'main', "schema", lower("name")`,
    ),
    session.rows<{ database: string; schema: string; table: string } & Column>(
      `SELECT if(database_name = current_database(), '', database_name) AS "database", schema_name AS "schema", table_name AS "table",
         column_name AS "name", data_type AS "type" FROM duckdb_columns() WHERE NOT internal ORDER BY column_index`,
    ),
  ]);
  const byTable = new Map<string, Column[]>();
  for (const { database, schema, table, name, type } of columns) {
    const key = JSON.stringify([database, schema, table]);
    byTable.set(key, [...(byTable.get(key) ?? []), { name, type }]);
  }
  return tables.map((table) => ({
    ...table,
    rows: table.rows ?? undefined,
    columns: byTable.get(JSON.stringify([table.database, table.schema, table.name])) ?? [],
  }));
}

// What is the same stays as it is on the page: the focus in it, an open menu beside it.
function setIfChanged<T>(signal: Signal<T>, value: T): void {
  if (JSON.stringify(signal.value) !== JSON.stringify(value)) signal.value = value;
}

/** What went wrong, for people: a line of a file that it quotes may be megabytes long. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const lines = text.split("\n").map((line) => (line.length > LONGEST_TOLD ? `${line.slice(0, LONGEST_TOLD)}…` : line));
  return lines.join("\n");
}
