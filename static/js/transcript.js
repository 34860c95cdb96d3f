// Transcript: what of a timeline is drawn, row by row. Values only.
import { dayKey } from "./time.js";
import { unfinishedTurns } from "./timeline.js";

const TOGETHER_MS = 5 * 60_000;

/** Days, messages and who is at work, from the oldest to the newest. */
export function transcript(timeline, me) {
  const notes = notesByMessage(timeline.turns);
  const spoken = inOrder(timeline, me);
  const approvals = Object.values(timeline.approvals).sort((a, b) => a.at - b.at);
  const decided = approvals.filter((approval) => approval.status !== "pending" && isInView(approval, timeline));
  const pending = approvals.filter((approval) => approval.status === "pending");
  const rows = [];
  spoken.forEach((message, index) => {
    const before = spoken[index - 1];
    rows.push(...decided.filter(({ at }) => before && before.at <= at && at < message.at).map(asCard));
    const isNewDay = !before || dayKey(before.at) !== dayKey(message.at);
    if (isNewDay) rows.push({ kind: "day", key: `day ${dayKey(message.at)}`, at: message.at });
    rows.push(
      row(message, { me, isFirst: isNewDay || !goesWith(before, message), notes: notes.get(message.id) ?? [] }),
    );
  });
  const last = spoken.at(-1);
  rows.push(...decided.filter(({ at }) => last && last.at <= at).map(asCard));
  // What somebody has to decide stands where they look, however much is said meanwhile.
  return [...rows, ...pending.map(asCard), ...working(timeline)];
}

/** What is growing stands at the end; what broke off stays where it broke off. */
function inOrder({ messages, outgoing, previews }, me) {
  const broken = previews.filter((preview) => preview.broken);
  const stored = messages.flatMap((message, index) => {
    const nextSeq = messages[index + 1]?.seq ?? Infinity;
    return [message, ...broken.filter(({ afterSeq }) => message.seq <= afterSeq && afterSeq < nextSeq).map(asPreview)];
  });
  return [...stored, ...outgoing.map(asMessage(me)), ...previews.filter((preview) => !preview.broken).map(asPreview)];
}

/** One that is older than all that was read so far comes into view with the messages around it. */
function isInView(approval, { messages, atStart }) {
  return atStart || approval.at >= (messages[0]?.at ?? Infinity);
}

function asCard(approval) {
  return { kind: "approval", key: `approval ${approval.id}`, approval };
}

function row(message, { me, isFirst, notes }) {
  const isOwn = message.authorId === me;
  // In a group most agents keep quiet about what other agents say: worth a line only when something broke.
  const shown = isOwn ? notes : notes.filter(({ status }) => status === "failed");
  return { kind: "message", key: message.key, message, isOwn, isFirst, notes: shown };
}

function notesByMessage(turns) {
  const notes = new Map();
  for (const turn of Object.values(turns)) {
    if (turn.status !== "failed" && turn.status !== "ignored") continue;
    notes.set(turn.messageId, [...(notes.get(turn.messageId) ?? []), turn]);
  }
  return notes;
}

function goesWith(before, message) {
  return before.authorId === message.authorId && message.at - before.at < TOGETHER_MS;
}

function working(timeline) {
  const writing = new Set(timeline.previews.filter(({ broken }) => !broken).map(({ agentId }) => agentId));
  const byAgent = new Map();
  for (const turn of unfinishedTurns(timeline))
    if (turn.status !== "waiting" && !writing.has(turn.agentId)) byAgent.set(turn.agentId, turn);
  return [...byAgent.values()].map((turn) => ({ kind: "working", key: `working ${turn.agentId}`, turn }));
}

// Made once per value, so that a row whose message did not change is the same object and need not be drawn again.
const asOwn = new WeakMap();
const asReply = new WeakMap();

function asMessage(me) {
  return (outgoing) => once(asOwn, outgoing, () => ({ ...outgoing, key: outgoing.clientId, authorId: me }));
}

function asPreview(preview) {
  return once(asReply, preview, () => ({ ...preview, key: preview.id, authorId: preview.agentId, isPreview: true }));
}

function once(made, source, make) {
  if (!made.has(source)) made.set(source, make());
  return made.get(source);
}
