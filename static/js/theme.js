// Theme: light or dark, as the system has it until a person says otherwise. `early.js` applies it before the first paint.
import { remembered } from "./storage.js";
import { Cell } from "./store.js";

const KEY = "eliza-theme";
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

export class Theme {
  isDark = new Cell(chosen() ? chosen() === "dark" : darkSystem.matches);

  constructor() {
    darkSystem.addEventListener("change", () => chosen() || this.isDark.set(darkSystem.matches));
  }

  toggle() {
    const theme = this.isDark.value ? "light" : "dark";
    this.isDark.set(theme === "dark");
    document.documentElement.dataset.theme = theme;
    remembered.write(KEY, theme);
  }
}

function chosen() {
  return document.documentElement.dataset.theme ?? "";
}
