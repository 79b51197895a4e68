// SPDX-License-Identifier: MIT
//
// sources.ts: the files that SQL knows by a registered name: Blobs and Files (read by slices, never whole), bytes, and
// outputs that COPY … TO 'name' writes. Anything else goes to the backend below. Owns the registered sources.
import { smewError } from "./error.js";
import type { Backend, Fetched, FileFacts, OpenFile, OpenMode } from "./host.js";

type Source = { kind: "blob"; blob: Blob; stamp: number } | { kind: "bytes"; bytes: Uint8Array; stamp: number };

/** What `files` lists. */
export interface RegisteredFile {
  name: string;
  /** Bytes. */
  size: number;
}

let lastStamp = 0;

export class Sources implements Backend {
  private readonly sources = new Map<string, Source>();

  /** `below` is asked for names that are not registered; null: there are no others. */
  constructor(
    private readonly below: Backend | null,
    private readonly owns: (path: string) => boolean,
  ) {}

  register(name: string, source: Blob | Uint8Array): void {
    const stamp = ++lastStamp;
    this.sources.set(
      name,
      source instanceof Uint8Array ? { kind: "bytes", bytes: source, stamp } : { kind: "blob", blob: source, stamp },
    );
  }

  drop(name: string): boolean {
    return this.sources.delete(name);
  }

  names(): RegisteredFile[] {
    return [...this.sources].map(([name, source]) => ({ name, size: sizeOf(source) }));
  }

  /** The content of a registered file or finished output. */
  blob(name: string): Blob {
    const source = this.sources.get(name);
    if (!source) throw this.unknown(name);
    return source.kind === "blob" ? source.blob : new Blob([source.bytes as Uint8Array<ArrayBuffer>]);
  }

  private unknown(path: string): Error {
    const names = [...this.sources.keys()].map((name) => `"${name}"`).join(", ");
    const there = names ? `registered are ${names}` : "none is registered";
    return smewError("NOT_FOUND", `No file named "${path}"; ${there} (db.files.register)`);
  }

  // The backend for a path that is not registered.
  private other(path: string): Backend {
    if (!this.below || !this.owns(path)) throw this.unknown(path);
    return this.below;
  }

  open(path: string, mode: OpenMode, makeFolders: boolean): OpenFile | Promise<OpenFile> {
    const source = this.sources.get(path);
    const elsewhere = this.below !== null && this.owns(path);
    if (mode === "truncate" && !elsewhere) return new Output((bytes) => this.register(path, bytes));
    if (!source) return this.other(path).open(path, mode, makeFolders);
    if (mode !== "read") throw smewError("PERMISSION", `"${path}" is registered for reading`);
    if (source.kind === "bytes") return new BytesFile(source.bytes);
    throw smewError("IO", `"${path}" can only be fetched`);
  }

  rename(from: string, to: string): void | Promise<void> {
    const source = this.sources.get(from);
    if (!source) return this.other(from).rename(from, to);
    this.sources.delete(from);
    this.sources.set(to, source);
  }

  remove(path: string): void | Promise<void> {
    if (!this.sources.delete(path)) return this.other(path).remove(path);
  }

  list(pattern: string): FileFacts[] | Promise<FileFacts[]> {
    if (/^https?:/i.test(pattern) && !this.sources.has(pattern)) {
      throw smewError("UNSUPPORTED", "SQL does not fetch from the web yet; db.files.register(name, url) does, and db.importFile(table, url)");
    }
    const matches = globMatcher(pattern);
    const mine = [...this.sources]
      .filter(([name]) => name === pattern || matches(name))
      .map(([path, source]) => ({ path, size: sizeOf(source), stamp: source.stamp }))
      .sort((left, right) => (left.path < right.path ? -1 : 1));
    if (mine.length) return mine;
    if (this.below && this.owns(pattern)) return this.below.list(pattern);
    return [];
  }

  fetch(path: string, offset: number, length: number): Fetched | Promise<Fetched> {
    const source = this.sources.get(path);
    if (!source) return this.other(path).fetch(path, offset, length);
    const size = sizeOf(source);
    const end = Math.min(size, offset + length);
    if (source.kind === "bytes") {
      return { bytes: source.bytes.subarray(Math.min(offset, size), end), size, stamp: source.stamp };
    }
    return fetchBlob(source.blob, offset, end, source.stamp);
  }
}

function sizeOf(source: Source): number {
  return source.kind === "blob" ? source.blob.size : source.bytes.length;
}

export async function fetchBlob(blob: Blob, offset: number, end: number, stamp: number): Promise<Fetched> {
  try {
    const bytes = new Uint8Array(await blob.slice(offset, end).arrayBuffer());
    return { bytes, size: blob.size, stamp };
  } catch (thrown) {
    // The browser's File went away or changed on disk since it was picked.
    throw smewError("IO", `the file can no longer be read: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
}

/** A file whose content is there. */
export class BytesFile implements OpenFile {
  constructor(private readonly content: Uint8Array) {}

  read(offset: number, into: Uint8Array): number {
    const part = this.content.subarray(Math.min(offset, this.content.length), offset + into.length);
    into.set(part);
    return part.length;
  }
  write(): void {
    throw smewError("READ_ONLY", "the file is registered for reading");
  }
  truncate(): void {
    throw smewError("READ_ONLY", "the file is registered for reading");
  }
  flush(): void {}
  size(): number {
    return this.content.length;
  }
  close(): void {}
}

/** Takes what is written from the first byte on; registered when it is closed. */
class Output implements OpenFile {
  private bytes = new Uint8Array(65536);
  private length = 0;

  constructor(private readonly finish: (bytes: Uint8Array) => void) {}

  read(offset: number, into: Uint8Array): number {
    const part = this.bytes.subarray(Math.min(offset, this.length), Math.min(offset + into.length, this.length));
    into.set(part);
    return part.length;
  }
  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(bytes, offset);
    this.length = Math.max(this.length, end);
  }
  truncate(size: number): void {
    if (size < this.length) this.bytes.fill(0, size, this.length);
    else this.write(size, new Uint8Array(0));
    this.length = size;
  }
  flush(): void {}
  size(): number {
    return this.length;
  }
  close(): void {
    this.finish(this.bytes.subarray(0, this.length));
  }
}

/** *, ?, [..] within a name; ** across slashes. */
export function globMatcher(pattern: string): (path: string) => boolean {
  if (!/[*?[]/.test(pattern)) return (path) => path === pattern;
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] as string;
    if (char === "*" && pattern[at + 1] === "*") {
      source += ".*";
      at += pattern[at + 2] === "/" ? 2 : 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && pattern.includes("]", at + 2)) {
      const end = pattern.indexOf("]", at + 2);
      source += `[${pattern.slice(at + 1, end).replace(/^!/, "^").replaceAll("\\", "\\\\")}]`;
      at = end;
    } else source += char.replace(/[.+^${}()|\\[\]]/g, "\\$&");
  }
  const expression = new RegExp(`^${source}$`, "su");
  return (path) => expression.test(path);
}
