// Outbox: what was said and not yet confirmed, kept over a reload of this tab.
import { thisTab } from "./storage.js";

const KEY = "eliza-outbox";

export class Outbox {
  #waiting = new Map();

  constructor() {
    for (const entry of stored()) this.#waiting.set(entry.clientId, entry);
  }

  get entries() {
    return [...this.#waiting.values()];
  }

  put({ channelId, clientId, text, at, payload }) {
    this.#waiting.set(clientId, { channelId, clientId, text, at, payload });
    this.#store();
  }

  drop(clientId) {
    if (this.#waiting.delete(clientId)) this.#store();
  }

  #store() {
    thisTab.write(KEY, JSON.stringify(this.entries));
  }
}

function stored() {
  try {
    return JSON.parse(thisTab.read(KEY)) ?? [];
  } catch {
    return [];
  }
}
