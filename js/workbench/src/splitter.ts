// SPDX-License-Identifier: MIT
//
// splitter.ts: the bar between editor and results: dragged, or moved by arrows.
import { h } from "./dom";
import { remember, remembered } from "./remember";

const STEP = 24;
const SMALLEST = 96;

export function splitter(above: HTMLElement): HTMLElement {
  const bar = h("div", {
    class: "splitter", role: "separator", tabindex: 0, "aria-orientation": "horizontal", "aria-label": "Height of the editor",
    "aria-valuemin": 10, "aria-valuemax": 80,
  });
  const set = (percent: number): void => {
    const value = Math.max(10, Math.min(80, percent));
    above.style.flexBasis = `${value}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(value)));
    remember("editor-height", value);
  };
  const total = (): number => bar.parentElement?.clientHeight ?? 1;
  const setHeight = (height: number): void => set((Math.max(SMALLEST, height) / total()) * 100);
  bar.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const start = event.clientY - above.offsetHeight;
    bar.onpointermove = (moved) => setHeight(moved.clientY - start);
    bar.onpointerup = bar.onpointercancel = () => (bar.onpointermove = null);
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp") setHeight(above.offsetHeight - STEP);
    else if (event.key === "ArrowDown") setHeight(above.offsetHeight + STEP);
    else return;
    event.preventDefault();
  });
  set(remembered("editor-height", 38));
  return bar;
}
