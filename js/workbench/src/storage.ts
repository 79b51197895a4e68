// SPDX-License-Identifier: MIT
//
// storage.ts: where the data lies and how safe it is there: the indicator at the top, and the dialog behind it.
import type { Storage } from "smew";
import { backup } from "./backup";
import { confirmed, download, fill, h, notify, showDialog } from "./dom";
import { bytes } from "./format";
import { icon } from "./icons";
import { messageOf } from "./workspace";
import type { Workspace } from "./workspace";

function safety(storage: Storage): { short: string; long: string; level: "good" | "fair" | "poor" } {
  if (storage.kind === "memory") {
    return { short: "In memory", long: "In memory only: gone when this page closes.", level: "poor" };
  }
  if (storage.evictable) {
    return {
      short: "Saved", level: "fair",
      long: "Saved in this browser. When the disk is nearly full, the browser may delete it; “Keep my data” asks it not to.",
    };
  }
  return { short: "Saved and kept", long: "Saved in this browser, which will not delete it on its own.", level: "good" };
}

/** The button that always tells where the data is. */
export function storageIndicator(workspace: Workspace, afterClear: () => void): HTMLElement {
  const button = h("button", { type: "button", class: "storage", onclick: () => void showStorage(workspace, afterClear) });
  workspace.storage.follow((storage) => {
    if (!storage) return;
    const { short, long, level } = safety(storage);
    const amount = storage.kind === "memory" ? storage.engineBytes : storage.fileBytes + storage.walBytes;
    const size = amount ? bytes(amount) : "empty";
    button.title = long;
    button.dataset["level"] = level;
    fill(
      button,
      icon("database"), h("span", { class: "unseen" }, "Storage: "),
      h("span", { class: "storage-text" }, short), h("span", { class: "storage-size" }, size),
    );
  });
  return button;
}

function facts(storage: Storage): HTMLElement {
  const { kind, fileBytes, walBytes, engineBytes, usage, quota } = storage;
  const fact = (name: string, value: string): HTMLElement[] => [h("dt", {}, name), h("dd", {}, value)];
  const list = h("dl", { class: "facts" }, ...fact("Kind", { opfs: "file in this browser (OPFS)", memory: "memory", file: "file" }[kind]));
  list.append(...fact("Database", storage.path));
  if (kind !== "memory") list.append(...fact("File", bytes(fileBytes)), ...fact("Recent changes (log)", bytes(walBytes)));
  list.append(...fact("Engine’s memory", bytes(engineBytes)));
  if (usage !== undefined && quota) list.append(...fact("Used by this site", `${bytes(usage)} of ${bytes(quota)} allowed`));
  if (kind !== "memory") list.append(...fact("Evictable", storage.evictable ? "yes, when the disk is nearly full" : "no"));
  return list;
}

async function showStorage(workspace: Workspace, afterClear: () => void): Promise<void> {
  await workspace.refresh();
  const clear = await showDialog<boolean>("Storage", (close) => {
    const body = h("div", { class: "stack" });
    const draw = (): void => {
      const storage = workspace.storage.value;
      if (!storage) return;
      const { usage, quota } = storage;
      const kept = storage.kind !== "memory";
      fill(
        body,
        h("p", {}, safety(storage).long),
        usage !== undefined && quota && h("meter", { min: 0, max: quota, high: quota * 0.8, value: usage, "aria-label": "Storage of this site in use" }),
        facts(storage),
        h(
          "div", { class: "dialog-actions start" },
          kept && storage.evictable && h("button", { type: "button", class: "button primary", onclick: () => void keep() }, "Keep my data"),
          kept && h("button", { type: "button", class: "button", onclick: () => void save() }, "Download the database"),
          h("button", { type: "button", class: "button danger", onclick: () => close(true) }, "Clear data…"),
        ),
      );
    };
    const keep = async (): Promise<void> => {
      const granted = await workspace.keep();
      notify(granted ? "The browser will keep the data." : "The browser did not agree. It may when the site is bookmarked or used more.", "note");
      draw();
    };
    const save = async (): Promise<void> => {
      if (workspace.isBusy) return notify("Something still runs; the file can be made when it has ended.");
      try {
        download(workspace.db.path.replace(/^.*\//, ""), await backup(workspace.db));
      } catch (thrown) {
        notify(messageOf(thrown), "error");
      }
    };
    draw();
    return [body];
  });
  if (!clear) return;
  const sure = await confirmed("Clear all data?", "Every table of this database will be deleted from this browser. This cannot be undone.", "Clear everything");
  if (sure) afterClear();
}
