// Store: a value that tells whoever watches it when it changes.
import { useLayoutEffect, useState } from "preact/hooks";

export class Cell {
  #value;
  #watchers = new Set();

  constructor(value) {
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set(value) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher(value);
  }

  update(change) {
    this.set(change(this.#value));
  }

  /** Returns the function that ends the watching. */
  watch(watcher) {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** A component that uses a cell is drawn again whenever the cell changes. */
export function useCell(cell) {
  const [, redraw] = useState(cell.value);
  useLayoutEffect(() => {
    // The cell may have changed between the drawing and this effect.
    redraw(cell.value);
    return cell.watch(redraw);
  }, [cell]);
  return cell.value;
}
