// Unread: how many messages of others came into each channel while nobody looked.
import { Cell } from "./store.js";

export class Unread {
  counts = new Cell({});
  #looking = null;

  constructor(conversations) {
    conversations.onNewMessage(({ channelId }) => {
      if (channelId === this.#looking && !document.hidden) return;
      this.counts.update((counts) => ({ ...counts, [channelId]: (counts[channelId] ?? 0) + 1 }));
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.look(this.#looking));
  }

  /** Somebody looks at this channel now, or, with null, at none. */
  look(channelId) {
    this.#looking = channelId;
    if (this.counts.value[channelId]) this.counts.update(({ [channelId]: _, ...others }) => others);
  }
}
