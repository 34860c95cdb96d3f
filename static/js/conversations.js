// Conversations: every channel's timeline, kept true by REST and the socket, and the verbs a person has on it.
import { uuid } from "./auth.js";
import { Outbox } from "./outbox.js";
import { Cell } from "./store.js";
import * as timelines from "./timeline.js";
import { approvalFromRow, messageFromBroadcast, messageFromRow, sayPayload, turnsFromRow } from "./wire.js";

const PAGE = 30;
const CATCH_UP_PAGE = 100;
const APPROVALS = 100;
const TRIES = 3;
// Announcements may overtake each other; what is still missing after this long is asked for.
const PATIENCE_MS = 1_500;

export class Conversations {
  #api;
  #line;
  #auth;
  #cells = new Map();
  #joined = new Set();
  #sending = new Set();
  #outbox = new Outbox();
  #listeners = new Set();
  #wasOnline = false;

  constructor(api, line, auth) {
    this.#api = api;
    this.#line = line;
    this.#auth = auth;
    for (const entry of this.#outbox.entries)
      this.#update(entry.channelId, (timeline) => timelines.withOutgoing(timeline, waiting(entry)));
    this.#listen();
  }

  /** The cell with a channel's timeline; the same one for as long as the page lives. */
  timeline(channelId) {
    if (!this.#cells.has(channelId)) this.#cells.set(channelId, new Cell(timelines.EMPTY));
    return this.#cells.get(channelId);
  }

  /** Calls the listener with each new message of somebody else, in whatever channel. */
  onNewMessage(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async open(channelId) {
    const { status } = this.timeline(channelId).value;
    if (status === "ready" || status === "loading") return;
    this.#update(channelId, (timeline) => ({ ...timeline, status: "loading", error: "" }));
    try {
      await this.#readNewest(channelId);
      this.#update(channelId, (timeline) => ({ ...timeline, status: "ready" }));
    } catch (error) {
      this.#update(channelId, (timeline) => ({ ...timeline, status: "failed", error: error.message }));
    }
    this.#join(channelId);
  }

  /** Resolves once the page of messages before the oldest known one is there, if there is one. */
  async readOlder(channelId) {
    const { messages, atStart } = this.timeline(channelId).value;
    if (atStart || messages.length === 0) return;
    const rows = await this.#page(channelId, { limit: PAGE, before_seq: messages[0].seq });
    this.#take(channelId, rows);
    this.#update(channelId, (timeline) => ({
      ...timeline,
      atStart: rows.length < PAGE || timeline.messages[0]?.seq === 1,
    }));
  }

  say(channel, text) {
    const draft = { channelId: channel.id, clientId: uuid(), text, at: Date.now() };
    const entry = { ...draft, payload: sayPayload(channel, this.#auth, draft) };
    this.#outbox.put(entry);
    this.#update(channel.id, (timeline) => timelines.withOutgoing(timeline, waiting(entry)));
    this.#send(channel.id);
  }

  /** Says it again under the same id, so that the server keeps one message even if the first try arrived after all. */
  sayAgain(channelId, clientId) {
    this.#change(channelId, clientId, { state: "waiting", tries: 0, error: "" });
    this.#send(channelId);
  }

  discard(channelId, clientId) {
    this.#outbox.drop(clientId);
    this.#update(channelId, (timeline) => timelines.withoutOutgoing(timeline, clientId));
  }

  /** Lets an agent do what it waits to do, or not: "approve" or "deny". Somebody else may have been quicker. */
  async decide(approval, decision) {
    const by = { entityId: this.#auth.entityId.value, entityName: this.#auth.displayName };
    try {
      const row = await this.#api.post(`/approvals/${approval.id}/decision`, { decision, ...by });
      this.#update(approval.channelId, (timeline) => timelines.withApproval(timeline, approvalFromRow(row)));
    } catch (error) {
      if (error.status === 409) await this.#readApprovals(approval.channelId);
      throw error;
    }
  }

  async deleteMessage(channelId, messageId) {
    await this.#api.delete(`${channelPath(channelId)}/messages/${messageId}`);
    this.#update(channelId, (timeline) => timelines.withoutMessage(timeline, messageId));
  }

  async clear(channelId) {
    await this.#api.delete(`${channelPath(channelId)}/messages`);
    this.#update(channelId, timelines.cleared);
  }

  #listen() {
    const on = (event, change) =>
      this.#line.on(event, (news) => this.#update(news.channelId, (timeline) => change(timeline, news)));
    on("messageStreamChunk", timelines.withChunk);
    on("messageStreamError", timelines.withBrokenStream);
    on("messageDeleted", (timeline, { messageId }) => timelines.withoutMessage(timeline, messageId));
    on("channelCleared", timelines.cleared);
    on("turnState", timelines.withTurn);
    on("approvalRequested", (timeline, row) => timelines.withApproval(timeline, approvalFromRow(row)));
    on("approvalDecided", (timeline, row) => timelines.withApproval(timeline, approvalFromRow(row)));
    this.#line.on("approvalRequested", (row) => this.#tell(asNews(row)));
    this.#line.on("turnState", (turn) => turn.status === "replied" && this.#expectReply(turn));
    this.#line.on("messageBroadcast", (event) => this.#heard(messageFromBroadcast(event)));
    this.#line.on(
      "channel_joined",
      ({ channelId, lastSeq }) => lastSeq !== undefined && this.#expect(channelId, lastSeq),
    );
    this.#line.on("connect", () => this.#reached());
  }

  #heard(message) {
    if (message.seq === undefined) return; // An action under way is no message of the channel; the turn shows it.
    const { status, messages } = this.timeline(message.channelId).value;
    const isNews = status === "ready" && !messages.some((known) => known.id === message.id);
    this.#update(message.channelId, (timeline) => timelines.withMessages(timeline, [message]));
    if (message.clientId) this.#outbox.drop(message.clientId);
    this.#expect(message.channelId, message.seq);
    if (isNews && message.authorId !== this.#auth.entityId.value) this.#tell(message);
  }

  #tell(message) {
    for (const listener of this.#listeners) listener(message);
  }

  #reached() {
    const joined = [...this.#joined];
    for (const channelId of joined) this.#join(channelId);
    if (this.#wasOnline) for (const channelId of joined) this.#refresh(channelId);
    for (const { channelId } of this.#outbox.entries) this.#send(channelId);
    this.#wasOnline = true;
  }

  #join(channelId) {
    this.#joined.add(channelId);
    // What is emitted before the line stands would be kept and come out after the join that #reached sends.
    if (this.#line.isOnline) this.#line.join(channelId, this.timeline(channelId).value.lastSeq);
  }

  /** Deletions and the ends of turns leave no gap in `seq` to notice; so after a pause the newest page is read again. */
  async #refresh(channelId) {
    if (this.timeline(channelId).value.status !== "ready") return this.open(channelId);
    try {
      await this.#catchUp(channelId);
      await this.#readNewest(channelId);
      this.#update(channelId, timelines.withoutStalePreviews);
    } catch {
      // The line is down again; the next time it comes back this is tried once more.
    }
  }

  async #readNewest(channelId) {
    const seqWhenAsked = this.timeline(channelId).value.lastSeq;
    const rows = await this.#page(channelId, { limit: PAGE });
    const page = rows.map(messageFromRow);
    this.#update(channelId, (timeline) => {
      const known = timelines.withNewestPage(timeline, page, { limit: PAGE, seqWhenAsked });
      const upTo = timelines.knownUpTo(known, Math.max(0, ...page.map((message) => message.seq ?? 0)));
      return { ...upTo, atStart: upTo.atStart || rows.length < PAGE };
    });
    this.#takeTurns(channelId, rows);
    await this.#readApprovals(channelId);
    for (const message of page) this.#outbox.drop(message.clientId);
  }

  /** The conversation can be read without them. */
  async #readApprovals(channelId) {
    const before = this.timeline(channelId).value.approvals;
    const rows = await this.#api.get("/approvals", { channelId, limit: APPROVALS }).catch(() => null);
    if (rows) this.#update(channelId, (timeline) => timelines.withApprovals(timeline, rows.map(approvalFromRow), before));
  }

  #expect(channelId, seq) {
    const isMissing = () => this.timeline(channelId).value.lastSeq < seq;
    if (!isMissing()) return;
    setTimeout(() => isMissing() && this.#catchUp(channelId, seq).catch(() => {}), PATIENCE_MS);
  }

  #expectReply({ channelId, replyId }) {
    const isThere = () => this.timeline(channelId).value.messages.some((message) => message.id === replyId);
    const settle = () => this.#update(channelId, timelines.withoutStalePreviews);
    setTimeout(() => isThere() || this.#catchUp(channelId).then(settle, settle), PATIENCE_MS);
  }

  async #catchUp(channelId, atLeast = 0) {
    let rows;
    do {
      rows = await this.#page(channelId, { limit: CATCH_UP_PAGE, after_seq: this.timeline(channelId).value.lastSeq });
      this.#take(channelId, rows);
      this.#update(channelId, (timeline) => timelines.knownUpTo(timeline, Math.max(0, ...rows.map((row) => row.seq))));
    } while (rows.length === CATCH_UP_PAGE);
    this.#update(channelId, (timeline) => timelines.knownUpTo(timeline, atLeast));
  }

  async #page(channelId, query) {
    return (await this.#api.get(`${channelPath(channelId)}/messages`, query)).messages;
  }

  #take(channelId, rows) {
    this.#update(channelId, (timeline) => timelines.withMessages(timeline, rows.map(messageFromRow)));
    this.#takeTurns(channelId, rows);
  }

  #takeTurns(channelId, rows) {
    this.#update(channelId, (timeline) => rows.flatMap(turnsFromRow).reduce(timelines.withTurn, timeline));
  }

  /** One after the other: the server may take up two messages of one connection at the same time, in either order. */
  async #send(channelId) {
    if (this.#sending.has(channelId)) return;
    this.#sending.add(channelId);
    let next;
    while (this.#line.isOnline && (next = this.#nextWaiting(channelId))) await this.#deliver(next);
    this.#sending.delete(channelId);
  }

  #nextWaiting(channelId) {
    return this.timeline(channelId).value.outgoing.find((outgoing) => outgoing.state === "waiting");
  }

  async #deliver({ channelId, clientId, payload, tries }) {
    this.#change(channelId, clientId, { state: "sending" });
    try {
      const ack = await this.#line.say(payload);
      if (ack.ok === false) return this.#change(channelId, clientId, { state: "failed", error: ack.error });
      this.#outbox.drop(clientId);
      this.#change(channelId, clientId, { state: "sent", storedId: ack.messageId });
      if (ack.seq !== undefined) this.#expect(channelId, ack.seq);
    } catch {
      const isLost = this.#line.isOnline && tries + 1 >= TRIES;
      const next = isLost ? { state: "failed", error: "The server did not confirm it." } : { state: "waiting" };
      this.#change(channelId, clientId, { ...next, tries: this.#line.isOnline ? tries + 1 : tries });
    }
  }

  #change(channelId, clientId, changes) {
    this.#update(channelId, (timeline) => timelines.changeOutgoing(timeline, clientId, changes));
  }

  #update(channelId, change) {
    this.timeline(channelId).update(change);
  }
}

function waiting(entry) {
  return { ...entry, state: "waiting", tries: 0, error: "" };
}

/** Somebody is asked something, which is as much news as a message. */
function asNews({ channelId, agentId, agentName, summary }) {
  return { channelId, authorId: agentId, authorName: agentName, text: `May I? ${summary}` };
}

function channelPath(channelId) {
  return `/messaging/channels/${channelId}`;
}
