// SPDX-License-Identifier: MIT
//
// node.ts: Node's file system, all calls synchronous. A database file is guarded by a lock file `<path>.lock` with process
// id and boot id; one left by a process that is gone is taken over. Owns the descriptors and locks it made.
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

import { smewError } from "../error.js";
import type { SmewError } from "../error.js";
import type { Backend, Fetched, FileFacts, OpenFile, OpenMode } from "../host.js";
import { globMatcher } from "../sources.js";

/** A path as Node's fs takes it: `file:` URLs are turned into paths. */
export function nodePath(name: string): string {
  return name.startsWith("file:") ? fileURLToPath(name) : name;
}

export class NodeBackend implements Backend {
  // What fetch read last: a buffer for each would make V8 collect garbage every few dozen of them, in the middle of slices.
  private fetched = Buffer.alloc(0);

  open(name: string, mode: OpenMode, makeFolders: boolean): OpenFile {
    const file = nodePath(name);
    const flags =
      mode === "read" ? "r" : mode === "read-write" ? "r+" : fs.constants.O_RDWR | fs.constants.O_CREAT;
    return translated(name, () => {
      if (makeFolders) fs.mkdirSync(path.dirname(file), { recursive: true });
      const descriptor = fs.openSync(file, flags, 0o644);
      if (mode === "truncate") fs.ftruncateSync(descriptor, 0);
      return new DescriptorFile(descriptor, name);
    });
  }

  rename(from: string, to: string): void {
    translated(from, () => fs.renameSync(nodePath(from), nodePath(to)));
    syncFolder(nodePath(to));
  }

  remove(name: string): void {
    translated(name, () => fs.unlinkSync(nodePath(name)));
    syncFolder(nodePath(name));
  }

  list(pattern: string): FileFacts[] {
    const wanted = nodePath(pattern);
    if (!/[*?[]/.test(wanted) || fs.existsSync(wanted)) {
      const facts = factsOf(wanted);
      return facts ? [{ ...facts, path: pattern }] : [];
    }
    const fixed = wanted.slice(0, wanted.search(/[*?[]/));
    const root = fixed.includes("/") ? fixed.slice(0, fixed.lastIndexOf("/") + 1) : "";
    const matches = globMatcher(wanted);
    const deep = wanted.slice(root.length).split("/").length;
    const found: FileFacts[] = [];
    const visit = (folder: string, depth: number): void => {
      let entries: fs.Dirent[];
      try {
        entries = fs.readdirSync(folder || ".", { withFileTypes: true });
      } catch {
        return; // not readable, or gone since: no match
      }
      for (const entry of entries) {
        const file = folder + entry.name;
        if (entry.isDirectory()) {
          if (depth < deep || wanted.includes("**")) visit(`${file}/`, depth + 1);
        } else if (matches(file)) {
          const facts = factsOf(file);
          if (facts) found.push(facts);
        }
      }
    };
    visit(root, 1);
    return found.sort((left, right) => (left.path < right.path ? -1 : 1));
  }

  fetch(name: string, offset: number, length: number): Fetched {
    return translated(name, () => {
      const descriptor = fs.openSync(nodePath(name), "r");
      try {
        const stat = fs.fstatSync(descriptor);
        if (stat.isDirectory()) throw smewError("IO", `Could not read from file "${name}": Is a directory`);
        const wanted = Math.max(0, Math.min(length, stat.size - offset));
        if (this.fetched.length < wanted) this.fetched = Buffer.allocUnsafeSlow(wanted);
        const count = readFully(descriptor, this.fetched.subarray(0, wanted), offset);
        return { bytes: this.fetched.subarray(0, count), size: stat.size, stamp: stampOf(stat) };
      } finally {
        fs.closeSync(descriptor);
      }
    });
  }
}

function stampOf(stat: fs.Stats): number {
  return Math.round(stat.mtimeMs * 1000) % Number.MAX_SAFE_INTEGER;
}

function factsOf(file: string): FileFacts | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? { path: file, size: stat.size, stamp: stampOf(stat) } : undefined;
}

function readFully(descriptor: number, into: Uint8Array, offset: number): number {
  let count = 0;
  while (count < into.length) {
    const got = fs.readSync(descriptor, into, count, into.length - count, offset + count);
    if (got === 0) break;
    count += got;
  }
  return count;
}

// A rename or removal lasts only when its folder is flushed.
function syncFolder(file: string): void {
  try {
    const descriptor = fs.openSync(path.dirname(path.resolve(file)), "r");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // Windows has no such thing.
  }
}

function fileError(name: string, thrown: unknown): SmewError {
  const code = (thrown as NodeJS.ErrnoException).code;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === "ENOENT") return smewError("NOT_FOUND", `Cannot open file "${name}": No such file or directory`);
  if (code === "ENOSPC" || code === "EDQUOT") return smewError("QUOTA", `Could not write "${name}": the disk is full`);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return smewError("PERMISSION", `Cannot open file "${name}": Permission denied`);
  }
  return smewError("IO", `"${name}": ${text}`);
}

function translated<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    throw thrown instanceof Error && "kind" in thrown ? thrown : fileError(name, thrown);
  }
}

class DescriptorFile implements OpenFile {
  constructor(
    private readonly descriptor: number,
    private readonly name: string,
  ) {
    syncFolder(nodePath(name)); // the file may have been created now
  }

  read(offset: number, into: Uint8Array): number {
    return translated(this.name, () => readFully(this.descriptor, into, offset));
  }

  write(offset: number, bytes: Uint8Array): void {
    translated(this.name, () => {
      let count = 0;
      while (count < bytes.length) {
        count += fs.writeSync(this.descriptor, bytes, count, bytes.length - count, offset + count);
      }
    });
  }

  truncate(size: number): void {
    translated(this.name, () => fs.ftruncateSync(this.descriptor, size));
  }

  flush(): void {
    translated(this.name, () => fs.fdatasyncSync(this.descriptor));
  }

  size(): number {
    return translated(this.name, () => fs.fstatSync(this.descriptor).size);
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}

// ---- The lock file ---------------------------------------------------------------------------------------------------

function bootId(): string {
  try {
    return fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
}

const held = new Set<string>();

/** Takes the lock of a database file, or throws LOCKED; the function it returns gives it back. */
export function lockFile(name: string): () => void {
  const file = path.resolve(nodePath(name));
  const lock = `${file}.lock`;
  const mine = JSON.stringify({ pid: process.pid, boot: bootId() });
  for (let attempt = 0; ; attempt++) {
    try {
      fs.writeFileSync(lock, mine, { flag: "wx" });
      break;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(name, thrown);
      if (attempt > 2 || !takeOver(file, lock)) throw lockedError(name);
    }
  }
  if (isLockedNatively(file)) {
    fs.rmSync(lock, { force: true });
    throw lockedError(name);
  }
  held.add(file);
  return () => {
    held.delete(file);
    fs.rmSync(lock, { force: true });
  };
}

function lockedError(name: string): SmewError {
  const text = `Could not set lock on file "${name}": it is open in another process or connection`;
  return smewError("LOCKED", text, { retryable: true });
}

// The native library locks the file itself (flock), which Node cannot ask for; Linux lists such locks by inode.
function isLockedNatively(file: string): boolean {
  let locks: string;
  try {
    locks = fs.readFileSync("/proc/locks", "utf8");
  } catch {
    return false; // not Linux
  }
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && new RegExp(`FLOCK .* [0-9a-f]+:[0-9a-f]+:${stat.ino} `).test(locks);
}

// Removes a lock whose process is gone; false: its owner lives.
function takeOver(file: string, lock: string): boolean {
  let text: string;
  try {
    text = fs.readFileSync(lock, "utf8");
  } catch {
    return true; // gone meanwhile
  }
  try {
    const { pid, boot } = JSON.parse(text) as { pid: number; boot: string };
    if (boot === bootId() && pid === process.pid && held.has(file)) return false;
    if (boot === bootId() && pid !== process.pid && isAlive(pid)) return false;
  } catch {
    // Torn by a crash: nobody's.
  }
  fs.rmSync(lock, { force: true });
  return true;
}
