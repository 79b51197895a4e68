// SPDX-License-Identifier: MIT
//
// dom.ts: making elements, and the few patterns that the page repeats: icon buttons, menus, dialogs, spoken messages.
import { icon } from "./icons";
import type { IconName } from "./icons";

export type Child = Node | string | number | null | undefined | false;
type Attribute = string | number | boolean | null | undefined | ((event: never) => void);

/** An element: functions are listeners ("onclick"), true and false set and leave out, the rest are attributes. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes: Record<string, Attribute> = {}, ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  fill(element, ...children);
  return element;
}

/** Replaces what is in an element. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(
    ...children
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : String(child))),
  );
}

export function iconButton(name: IconName, label: string, onclick: (event: MouseEvent) => void, more = {}): HTMLButtonElement {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...more }, icon(name));
}

/** Says something to those who listen to the page. */
export function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

// ---- Menus -----------------------------------------------------------------------------------------------------------

export interface MenuItem {
  label: string;
  action: () => void;
  danger?: boolean;
}

/** Opens a menu below `anchor`; arrows move, Escape closes, the focus returns. */
export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button", role: "menuitem", tabindex: -1, class: item.danger ? "danger" : null,
        onclick: () => {
          menu.hidePopover();
          item.action();
        },
      },
      item.label,
    ),
  );
  const menu = h("div", { popover: "auto", role: "menu", class: "menu", "aria-label": label }, ...buttons);
  const move = (step: number): void => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Home") buttons[0]?.focus();
    else if (event.key === "End") buttons.at(-1)?.focus();
    else if (event.key === "Tab") menu.hidePopover();
    else return;
    event.preventDefault();
  });
  menu.addEventListener("toggle", (event) => {
    if ((event as ToggleEvent).newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    menu.remove();
  });
  (anchor.closest("nav, main, header") ?? document.body).append(menu); // within the page's landmarks
  menu.showPopover();
  const box = anchor.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = menu;
  const left = Math.max(8, Math.min(box.right - offsetWidth, innerWidth - offsetWidth - 8));
  const top = box.bottom + offsetHeight + 8 > innerHeight ? box.top - offsetHeight - 4 : box.bottom + 4;
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(8, top)}px`;
  anchor.setAttribute("aria-expanded", "true");
  buttons[0]?.focus();
}

// ---- Dialogs ---------------------------------------------------------------------------------------------------------

let dialogs = 0;

/** Shows a dialog and resolves with what `close` was given, or undefined when it was dismissed. */
export function showDialog<T>(
  title: string, content: (close: (value?: T) => void) => Child[], options: { wide?: boolean } = {},
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let answer: T | undefined;
    const close = (value?: T): void => {
      answer = value;
      dialog.close();
    };
    const heading = `dialog-${++dialogs}`;
    const body = h("div", { class: "dialog-body" }, ...content(close));
    if (!body.querySelector("button, input, select, [tabindex]")) body.tabIndex = 0; // text that scrolls by keys
    const dialog = h(
      "dialog",
      { class: options.wide ? "dialog wide" : "dialog", "aria-labelledby": heading },
      h("header", {}, h("h2", { id: heading }, title), iconButton("close", "Close", () => close())),
      body,
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    // A click beside the dialog is one on its backdrop.
    dialog.addEventListener("pointerdown", (event) => {
      const box = dialog.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (event.target === dialog && !inside) close();
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
  });
}

/** Asks before something that cannot be taken back. */
export async function confirmed(title: string, text: string, action: string): Promise<boolean> {
  const answer = await showDialog<boolean>(title, (close) => [
    h("p", {}, text),
    h(
      "div", { class: "dialog-actions" },
      h("button", { type: "button", class: "button", "data-first": true, onclick: () => close() }, "Cancel"),
      h("button", { type: "button", class: "button danger", onclick: () => close(true) }, action),
    ),
  ]);
  return answer === true;
}

/** A short message at the edge of the page, gone after some seconds; errors stay until they are dismissed. */
export function notify(text: string, kind: "note" | "error" = "note"): void {
  const remove = (): void => note.remove();
  const note = h("div", { class: `toast ${kind}` }, h("span", {}, text), iconButton("close", "Dismiss", remove));
  document.getElementById("toasts")?.append(note);
  announce(text);
  if (kind === "note") setTimeout(remove, 6000);
}

/** Offers a file for download. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
