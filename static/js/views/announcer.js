// Announcer: says finished messages to screen readers, once and whole, and counts what waits in the page's title.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { useCell } from "../store.js";
import { useEliza } from "./context.js";

const LONGEST = 600;

export function Announcer() {
  const { conversations, agents, unread } = useEliza();
  const [line, setLine] = useState("");
  const waiting = Object.values(useCell(unread.counts)).reduce((sum, count) => sum + count, 0);

  useEffect(() => {
    const name = ({ authorId, authorName }) => agents.find(authorId)?.name ?? authorName ?? "Someone";
    return conversations.onNewMessage((message) => setLine(`${name(message)}: ${message.text.slice(0, LONGEST)}`));
  }, []);
  useEffect(() => {
    document.title = `${waiting ? `(${waiting}) ` : ""}${document.title.replace(/^\(\d+\) /, "")}`;
  }, [waiting]);

  return html`<div class="visually-hidden" role="status" aria-live="polite">${line}</div>`;
}
