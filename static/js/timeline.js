// Timeline: one channel as this page knows it, and what each piece of news makes of it. Values only, no effects.
//
// messages   what the server has stored, in the order of `seq`
// outgoing   what the person said and the server has not confirmed: "waiting", "sending" or "failed"
// previews   replies on their way, growing chunk by chunk
// turns      by id: an agent's handling of one message
// approvals  by id: actions that wait for somebody's leave, and what was decided
// lastSeq    everything up to here is known; beyond it there may be a gap

const BROKE_OFF = "The answer broke off.";
const DONE = ["replied", "ignored", "failed"];

export const EMPTY = Object.freeze({
  status: "new",
  error: "",
  messages: [],
  outgoing: [],
  previews: [],
  turns: {},
  approvals: {},
  lastSeq: 0,
  atStart: false,
});

/** Adds messages or replaces those with the same id; what stood in for them goes. */
export function withMessages(timeline, incoming) {
  const byId = new Map(timeline.messages.map((message) => [message.id, message]));
  for (const message of incoming) byId.set(message.id, merged(message, byId.get(message.id), timeline.outgoing));
  const messages = [...byId.values()].sort(inOrder);
  return {
    ...timeline,
    messages,
    lastSeq: contiguous(timeline.lastSeq, messages),
    outgoing: timeline.outgoing.filter((waiting) => !incoming.some((message) => isSame(waiting, message))),
    previews: timeline.previews.filter((preview) => !byId.has(preview.id)),
  };
}

/** Everything up to `seq` was asked for, so that what is missing below it is gone and not late. */
export function knownUpTo(timeline, seq) {
  return { ...timeline, lastSeq: contiguous(Math.max(timeline.lastSeq, seq), timeline.messages) };
}

/**
 * The newest page is the truth for its part of the list: what it leaves out was deleted while nobody was listening.
 * What came in after the page was asked for (beyond `seqWhenAsked`) is newer than the page and stays.
 */
export function withNewestPage(timeline, page, { limit, seqWhenAsked }) {
  const from = page.length < limit ? 0 : Math.min(...page.map((message) => message.seq));
  const listed = new Set(page.map((message) => message.id));
  const isOutside = ({ seq }) => seq < from || seq > seqWhenAsked;
  const kept = timeline.messages.filter((message) => isOutside(message) || listed.has(message.id));
  return withMessages({ ...timeline, messages: kept }, page);
}

export function withOutgoing(timeline, outgoing) {
  const others = timeline.outgoing.filter((other) => other.clientId !== outgoing.clientId);
  return { ...timeline, outgoing: [...others, outgoing].sort((a, b) => a.at - b.at) };
}

/** Changes one outgoing message if it is still waiting; its broadcast may have been quicker. */
export function changeOutgoing(timeline, clientId, changes) {
  const change = (outgoing) => (outgoing.clientId === clientId ? { ...outgoing, ...changes } : outgoing);
  return { ...timeline, outgoing: timeline.outgoing.map(change) };
}

export function withoutOutgoing(timeline, clientId) {
  return { ...timeline, outgoing: timeline.outgoing.filter((outgoing) => outgoing.clientId !== clientId) };
}

export function withChunk(timeline, { messageId, agentId, chunk, index }) {
  if (timeline.messages.some((message) => message.id === messageId)) return timeline;
  const before = timeline.previews.find((preview) => preview.id === messageId);
  const after = { afterSeq: timeline.lastSeq, ...grown(before, messageId, agentId, chunk, index) };
  if (!before) return { ...timeline, previews: [...timeline.previews, after] };
  return { ...timeline, previews: timeline.previews.map((preview) => (preview === before ? after : preview)) };
}

export function withBrokenStream(timeline, { messageId, agentId, error, partialText }) {
  const before = timeline.previews.find((preview) => preview.id === messageId);
  const text = partialText || before?.text || "";
  const others = timeline.previews.filter((preview) => preview.id !== messageId);
  if (!text) return { ...timeline, previews: others };
  const broken = {
    at: Date.now(),
    afterSeq: timeline.lastSeq,
    ...before,
    id: messageId,
    agentId,
    text,
    broken: error || BROKE_OFF,
  };
  return { ...timeline, previews: [...others, broken] };
}

export function withTurn(timeline, turn) {
  const before = timeline.turns[turn.turnId];
  // A listing read a moment ago may be older than an event already heard.
  if (before && DONE.includes(before.status) && !DONE.includes(turn.status)) return timeline;
  const after = { ...before, ...turn };
  return { ...timeline, turns: { ...timeline.turns, [turn.turnId]: after }, previews: previewsAfter(timeline, after) };
}

/**
 * The newest of a channel as they stood after `before`, the ones then known: of these, what waited and is not among them
 * any more is gone with what it was about.
 */
export function withApprovals(timeline, approvals, before) {
  const kept = only(timeline.approvals, ({ id, status }) => status !== "pending" || !(id in before));
  return approvals.reduce(withApproval, { ...timeline, approvals: kept });
}

/** What was decided stays so: an older page may still call it pending. */
export function withApproval(timeline, approval) {
  const before = timeline.approvals[approval.id];
  if (before && before.status !== "pending" && approval.status === "pending") return timeline;
  return { ...timeline, approvals: { ...timeline.approvals, [approval.id]: approval } };
}

/** After a pause in listening, a preview is worth showing only while its agent is still at work. */
export function withoutStalePreviews(timeline) {
  const busy = new Set(unfinishedTurns(timeline).map((turn) => turn.agentId));
  return { ...timeline, previews: timeline.previews.filter((preview) => preview.broken || busy.has(preview.agentId)) };
}

export function withoutMessage(timeline, messageId) {
  const isOfAnother = (thing) => thing.messageId !== messageId;
  return {
    ...timeline,
    messages: timeline.messages.filter((message) => message.id !== messageId),
    turns: only(timeline.turns, isOfAnother),
    approvals: only(timeline.approvals, isOfAnother),
  };
}

export function cleared(timeline) {
  return { ...timeline, messages: [], previews: [], turns: {}, approvals: {}, atStart: true };
}

export function unfinishedTurns(timeline) {
  return Object.values(timeline.turns).filter((turn) => !DONE.includes(turn.status));
}

function only(things, condition) {
  return Object.fromEntries(Object.entries(things).filter(([, thing]) => condition(thing)));
}

/** The key outlives the change from "being sent" to "stored", so that the browser keeps the element. */
function merged(message, before, outgoing) {
  const waiting = outgoing.find((other) => isSame(other, message));
  return { ...before, ...message, key: before?.key ?? waiting?.clientId ?? message.id };
}

function isSame(waiting, message) {
  return waiting.clientId === message.clientId || (waiting.storedId !== undefined && waiting.storedId === message.id);
}

function inOrder(a, b) {
  return (a.seq ?? Infinity) - (b.seq ?? Infinity) || a.at - b.at;
}

function contiguous(lastSeq, messages) {
  let last = lastSeq;
  for (const { seq } of messages) if (seq === last + 1) last = seq;
  return last;
}

function grown(before, id, agentId, chunk, index) {
  // The first chunk again: the agent began anew, after a restart of the server for instance.
  const known =
    before && index > 0 ? before : { id, agentId, text: "", next: 0, at: before?.at ?? Date.now(), broken: "" };
  if (index < known.next) return known;
  const hole = index > known.next ? "… " : "";
  return { ...known, text: known.text + hole + chunk, next: index + 1 };
}

function previewsAfter({ previews }, turn) {
  const isItsPreview = (preview) => preview.id === turn.replyId;
  if (turn.status === "failed") {
    return previews.map((preview) =>
      isItsPreview(preview) ? { ...preview, broken: preview.broken || turn.reason || BROKE_OFF } : preview,
    );
  }
  // Pending again means that the agent begins anew. A replied turn's preview waits for the message that replaces it.
  // What was said while the agent planned an action is not said before somebody has allowed it.
  if (["ignored", "pending", "waiting"].includes(turn.status))
    return previews.filter((preview) => !isItsPreview(preview));
  return previews;
}
