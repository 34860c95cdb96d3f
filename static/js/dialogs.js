// Dialogs: which question the page is asking, and the short notes that come and go.
import { Cell } from "./store.js";

const TOAST_MS = 5_000;

export class Dialogs {
  open = new Cell(null);
  toast = new Cell(null);
  #timer = null;

  show(kind, details = {}) {
    this.open.set({ kind, ...details });
  }

  close() {
    this.open.set(null);
  }

  /** Resolves to whether the person agreed. */
  confirm(question) {
    return new Promise((answer) => this.open.set({ kind: "confirm", ...question, answer }));
  }

  say(text) {
    clearTimeout(this.#timer);
    this.toast.set(text);
    this.#timer = setTimeout(() => this.toast.set(null), TOAST_MS);
  }

  /** Runs what a person asked for and, if it fails, says why. Resolves to whether it worked. */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.say(error.message);
      return false;
    }
  }
}
