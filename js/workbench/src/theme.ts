// SPDX-License-Identifier: MIT
//
// theme.ts: light, dark, or as the system says.
import { fill, h } from "./dom";
import { icon } from "./icons";
import { remember, remembered } from "./remember";

type Theme = "system" | "light" | "dark";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

export function themeButton(): HTMLElement {
  const button = h("button", {
    type: "button",
    class: "icon-button",
    onclick: () => {
      remember("theme", NEXT[remembered<Theme>("theme", "system")]);
      draw();
    },
  });
  const draw = (): void => {
    const theme = remembered<Theme>("theme", "system");
    applyTheme(theme);
    const label = `Colours: ${theme === "system" ? "as the system" : theme}`;
    button.setAttribute("aria-label", label);
    button.title = label;
    fill(button, icon(theme));
  };
  draw();
  return button;
}
