// Transcript: the scrolling list of what was said; it follows the newest line unless a person reads further up.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useCell } from "../store.js";
import { dayName } from "../time.js";
import { transcript } from "../transcript.js";
import { Approval } from "./approval.js";
import { TextButton } from "./buttons.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";
import { Message } from "./message.js";
import { Working } from "./working.js";

const NEAR_END = 60;

export function Transcript({ channel, timeline }) {
  const { auth, conversations } = useEliza();
  const me = useCell(auth.entityId);
  const rows = useMemo(() => transcript(timeline, me), [timeline, me]);
  const scroller = useRef(null);
  const reading = useFollowing(scroller, rows, timeline);
  const older = useOlder(scroller, channel, timeline);
  const walk = useWalk(scroller, rows);
  const open = () => conversations.open(channel.id);

  return html`
    <div class="transcript-frame">
      <div
        class="transcript"
        ref=${scroller}
        role="log"
        aria-live="off"
        aria-label="Messages"
        aria-busy=${timeline.status === "loading"}
        tabindex="0"
        onScroll=${reading.onScroll}
        onKeyDown=${walk.onKeyDown}
        onFocusIn=${walk.onFocusIn}
      >
        <div class="older ${timeline.atStart ? "done" : ""}" ref=${older.sentinel}>
          ${older.isReading && "Reading earlier messages…"}
          ${older.problem && html`<${Problem} text=${older.problem} again=${older.read} />`}
        </div>
        ${timeline.status === "loading" && rows.length === 0 && html`<p class="opening">Opening the conversation…</p>`}
        ${timeline.status === "failed" && html`<${Problem} text=${timeline.error} again=${open} />`}
        <ol class="rows">
          ${rows.map((row) => drawRow(row, channel, walk.current))}
        </ol>
      </div>
      ${reading.isAway && html`<${Jump} unseen=${reading.unseen} onClick=${reading.jump} />`}
    </div>
  `;
}

function Problem({ text, again }) {
  return html`<p class="opening" role="alert">${text} <${TextButton} onClick=${again}>Try again<//></p>`;
}

function Jump({ unseen, onClick }) {
  return html`
    <button type="button" class="jump" onClick=${onClick}>
      <${Icon} name="down" />${unseen ? `${unseen} new` : "Newest"}
    </button>
  `;
}

function drawRow(row, channel, current) {
  if (row.kind === "day") return html`<li key=${row.key} class="day"><span>${dayName(row.at)}</span></li>`;
  if (row.kind === "approval") return html`<${Approval} key=${row.key} rowKey=${row.key} approval=${row.approval} />`;
  if (row.kind === "working") return html`<${Working} key=${row.key} turn=${row.turn} />`;
  return html`<${Message}
    key=${row.key}
    rowKey=${row.key}
    channel=${channel}
    message=${row.message}
    isOwn=${row.isOwn}
    isFirst=${row.isFirst}
    notes=${row.notes}
    isCurrent=${current === row.key}
  />`;
}

/** Keeps the newest line in view, or else exactly what the person is reading, whatever is added above or below. */
function useFollowing(scroller, rows, timeline) {
  const follows = useRef(true);
  const anchor = useRef(null);
  const seenSeq = useRef(0);
  const [isAway, setAway] = useState(false);
  const newestOwn = timeline.outgoing.at(-1)?.clientId;

  useLayoutEffect(() => {
    if (newestOwn) follows.current = true;
  }, [newestOwn]);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (follows.current) toEnd(box);
    else if (anchor.current) box.scrollTop += offsetOf(box, anchor.current.key) - anchor.current.offset;
    anchor.current = firstMessage(box);
    if (follows.current) seenSeq.current = timeline.lastSeq;
  }, [rows]);
  useEffect(() => {
    const box = scroller.current;
    const observer = new ResizeObserver(() => follows.current && toEnd(box));
    observer.observe(box);
    observer.observe(box.querySelector(".rows"));
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const box = scroller.current;
    follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    if (follows.current) seenSeq.current = timeline.lastSeq;
    setAway(!follows.current);
  };
  const jump = () => {
    follows.current = true;
    scroller.current.scrollTo({ top: scroller.current.scrollHeight, behavior: "auto" });
    setAway(false);
  };
  const unseen = isAway ? timeline.messages.filter(({ seq }) => seq > seenSeq.current).length : 0;
  return { isAway, unseen, onScroll, jump };
}

function toEnd(box) {
  box.scrollTop = box.scrollHeight;
}

function firstMessage(box) {
  const element = box.querySelector("[data-key]");
  return element && { key: element.dataset.key, offset: element.offsetTop };
}

function offsetOf(box, key) {
  const element = box.querySelector(`[data-key="${CSS.escape(key)}"]`);
  return element ? element.offsetTop : 0;
}

/** Reads the page before the oldest message when the top of the list comes near. */
function useOlder(scroller, channel, timeline) {
  const { conversations } = useEliza();
  const sentinel = useRef(null);
  const [isReading, setReading] = useState(false);
  const [problem, setProblem] = useState("");
  const oldest = timeline.messages[0]?.id;

  const read = async () => {
    setReading(true);
    setProblem("");
    try {
      await conversations.readOlder(channel.id);
    } catch (error) {
      setProblem(error.message);
    }
    setReading(false);
  };
  useEffect(() => {
    if (timeline.status !== "ready" || timeline.atStart || problem) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && read(), {
      root: scroller.current,
      rootMargin: "300px 0px 0px 0px",
    });
    observer.observe(sentinel.current);
    return () => observer.disconnect();
  }, [timeline.status, timeline.atStart, oldest, problem]);
  return { sentinel, isReading, problem, read };
}

/** One stop for the Tab key; from there the arrow keys go from message to message. */
function useWalk(scroller, rows) {
  const [current, setCurrent] = useState(null);
  const onKeyDown = (event) => {
    if (event.target.closest("pre")) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    const elements = [...scroller.current.querySelectorAll("[data-key]")];
    const at = elements.findIndex((element) => element.contains(document.activeElement));
    const next = at < 0 ? elements.at(-1) : elements[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const onFocusIn = (event) => setCurrent(event.target.closest("[data-key]")?.dataset.key ?? null);
  return { current: rows.some((row) => row.key === current) ? current : null, onKeyDown, onFocusIn };
}
