// SPDX-License-Identifier: MIT
//
// backup.ts: the database as one file that stands alone, while it stays open here. The open file continues in its write-ahead
// logs; so all are copied, and the copy is opened and closed once, which merges them. The copy stays, for the browser reads
// from it while it downloads, until the page is opened again or another copy is made.
import { open } from "smew";
import type { Database } from "smew";

const PREFIX = "backup-";

type Folder = FileSystemDirectoryHandle & AsyncIterable<[string, FileSystemHandle]>;

async function root(): Promise<Folder> {
  return (await navigator.storage.getDirectory()) as Folder;
}

/** Removes the copies of earlier downloads. */
export async function forgetBackups(): Promise<void> {
  const folder = await root().catch(() => undefined); // a browser without files has no copies
  if (!folder) return;
  const old: string[] = [];
  for await (const [name] of folder) if (name.startsWith(PREFIX)) old.push(name);
  for (const name of old) await folder.removeEntry(name).catch(() => {}); // still being downloaded by another tab
}

/** Of a database in OPFS, to which nothing is written meanwhile (the caller sees to it). */
export async function backup(db: Database): Promise<File> {
  await forgetBackups();
  const folder = await root();
  const name = db.path.replace(/^opfs:\/*/, "");
  const copy = `${PREFIX}${crypto.randomUUID()}.smew`;
  await db.checkpoint();
  await copyFiles(folder, name, copy);
  const merged = await open(`opfs:/${copy}`, { mustExist: true });
  await merged.close();
  return (await folder.getFileHandle(copy)).getFile();
}

async function copyFiles(folder: Folder, name: string, copy: string): Promise<void> {
  const files: [string, File][] = [];
  for await (const [entry, handle] of folder) {
    if (entry !== name && !entry.startsWith(`${name}-`)) continue;
    files.push([entry.replace(name, copy), await (handle as FileSystemFileHandle).getFile()]);
  }
  for (const [target, file] of files) {
    const writable = await (await folder.getFileHandle(target, { create: true })).createWritable();
    await file.stream().pipeTo(writable);
  }
}
