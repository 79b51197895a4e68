// SPDX-License-Identifier: MIT
//
// opfs.ts: the origin private file system, in a dedicated worker (the only place with synchronous handles). Paths are
// `opfs:/folder/name`; one, two or three slashes are the same. Owns the handles it opened.
//
// A handle is exclusive: who finds it taken (another tab, a worker that is dying) gets LOCKED, and open.ts tries again.
import { smewError, SmewError } from "../error.js";
import type { Backend, Fetched, FileFacts, OpenFile, OpenMode } from "../host.js";
import { opfsPath } from "../opfs-path.js";
import { fetchBlob, globMatcher } from "../sources.js";

// TypeScript knows it in its library of workers only, which excludes that of pages.
interface FileSystemSyncAccessHandle {
  read(into: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface WorkerFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>;
}

export class OpfsBackend implements Backend {
  private readonly root: Promise<FileSystemDirectoryHandle>;

  constructor() {
    this.root = navigator.storage.getDirectory();
    this.root.catch(() => {}); // asked for again, and reported, by the first call
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const handle = await this.file(path, mode === "create" || mode === "truncate");
    if (mode === "read") return new HandleFile(await exclusive(handle, path), true);
    const file = new HandleFile(await exclusive(handle, path), false);
    if (mode === "truncate") file.truncate(0);
    return file;
  }

  async rename(from: string, to: string): Promise<void> {
    const handle = await this.file(from, false);
    const { folder, name } = await this.folder(to, true);
    await translated(to, () => (handle as MovableFile).move(folder, name));
  }

  async remove(path: string): Promise<void> {
    const { folder, name } = await this.folder(path, false);
    await translated(path, () => folder.removeEntry(name));
  }

  async list(pattern: string): Promise<FileFacts[]> {
    const wanted = opfsPath(pattern) as string;
    const matches = globMatcher(wanted);
    const found: FileFacts[] = [];
    const visit = async (folder: FileSystemDirectoryHandle, prefix: string): Promise<void> => {
      for await (const [name, entry] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
        const path = prefix + name;
        if (entry.kind === "directory") {
          await visit(entry as FileSystemDirectoryHandle, `${path}/`);
        } else if (matches(path)) {
          const file = await (entry as FileSystemFileHandle).getFile();
          found.push({ path: `opfs:/${path}`, size: file.size, stamp: file.lastModified });
        }
      }
    };
    if (!/[*?[]/.test(wanted)) {
      const file = await this.file(pattern, false).then((handle) => handle.getFile(), ignoreMissing);
      return file ? [{ path: pattern, size: file.size, stamp: file.lastModified }] : [];
    }
    await visit(await this.directory(), "");
    return found.sort((left, right) => (left.path < right.path ? -1 : 1));
  }

  async fetch(path: string, offset: number, length: number): Promise<Fetched> {
    const file = await (await this.file(path, false)).getFile();
    return fetchBlob(file, Math.min(offset, file.size), Math.min(file.size, offset + length), file.lastModified);
  }

  private async directory(): Promise<FileSystemDirectoryHandle> {
    return translated("opfs:", () => this.root);
  }

  private async folder(
    path: string, create: boolean,
  ): Promise<{ folder: FileSystemDirectoryHandle; name: string }> {
    const parts = (opfsPath(path) ?? path).split("/");
    const name = parts.pop();
    if (!name) throw smewError("INVALID_INPUT", `"${path}" names no file`);
    let folder = await this.directory();
    for (const part of parts) folder = await translated(path, () => folder.getDirectoryHandle(part, { create }));
    return { folder, name };
  }

  private async file(path: string, create: boolean): Promise<FileSystemFileHandle> {
    const { folder, name } = await this.folder(path, create);
    return translated(path, () => folder.getFileHandle(name, { create }));
  }
}

interface MovableFile extends FileSystemFileHandle {
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

function ignoreMissing(thrown: unknown): undefined {
  if (thrown instanceof SmewError && thrown.code === "NOT_FOUND") return undefined;
  throw thrown;
}

function exclusive(handle: FileSystemFileHandle, path: string): Promise<FileSystemSyncAccessHandle> {
  return translated(path, () => (handle as WorkerFileHandle).createSyncAccessHandle());
}

// A DOMException of the file system as an error of Smew.
function fileError(path: string, thrown: unknown): SmewError {
  if (thrown instanceof SmewError) return thrown;
  const name = thrown instanceof Error ? thrown.name : "";
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (name === "NotFoundError") return smewError("NOT_FOUND", `Cannot open file "${path}": No such file or directory`);
  if (name === "NoModificationAllowedError") {
    return smewError("LOCKED", `"${path}" is open in another tab or window`, { retryable: true });
  }
  if (name === "QuotaExceededError") return quotaError(path);
  if (name === "TypeMismatchError") return smewError("IO", `"${path}" is a folder`);
  if (name === "SecurityError") return smewError("PERMISSION", `this page may not keep files: ${text}`);
  return smewError("IO", `"${path}": ${text}`);
}

function quotaError(path: string): SmewError {
  return smewError("QUOTA", `Could not write "${path}": the quota of this origin is used up`);
}

async function translated<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw fileError(path, thrown);
  }
}

class HandleFile implements OpenFile {
  constructor(
    private readonly handle: FileSystemSyncAccessHandle,
    private readonly readOnly: boolean,
  ) {}

  private guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (thrown) {
      throw fileError("the database file", thrown);
    }
  }

  read(offset: number, into: Uint8Array<ArrayBuffer>): number {
    return this.guarded(() => this.handle.read(into, { at: offset }));
  }

  write(offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.readOnly) throw smewError("READ_ONLY", "the file was opened for reading");
    const written = this.guarded(() => this.handle.write(bytes, { at: offset }));
    // A full disk shows as a short write in some browsers.
    if (written !== bytes.length) throw quotaError("the database file");
  }

  truncate(size: number): void {
    this.guarded(() => this.handle.truncate(size));
  }

  flush(): void {
    this.guarded(() => this.handle.flush());
  }

  size(): number {
    return this.guarded(() => this.handle.getSize());
  }

  close(): void {
    this.handle.close();
  }
}
