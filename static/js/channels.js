// Channels: the conversations of this person, one to one and in groups.
import { Cell } from "./store.js";
import { DEFAULT_SERVER } from "./wire.js";

const MESSAGING = "/messaging";
const REFRESH_MS = 30_000;

export class Channels {
  /** Null until the first list has come. */
  list = new Cell(null);
  #api;
  #auth;

  constructor(api, line, auth) {
    this.#api = api;
    this.#auth = auth;
    line.on("channelDeleted", ({ channelId }) => this.#drop(channelId));
    line.on("channelUpdated", ({ channelId, updates }) => this.#heard({ ...updates, id: channelId }));
  }

  /** Nobody is told that others have let them into a channel. */
  keepFresh() {
    setInterval(() => document.hidden || this.refresh(), REFRESH_MS);
    addEventListener("focus", () => this.refresh());
  }

  async refresh() {
    try {
      const { channels } = await this.#api.get(`${MESSAGING}/message-servers/${DEFAULT_SERVER}/channels`);
      if (JSON.stringify(channels) !== JSON.stringify(this.list.value)) this.list.set(channels);
    } catch {
      this.list.update((list) => list ?? []);
    }
  }

  get groups() {
    return (this.list.value ?? []).filter((channel) => channel.type === "GROUP");
  }

  /** This person's conversations with one agent, the oldest first. */
  directWith(agentId) {
    const isOurs = (channel) =>
      channel.type === "DM" && people(channel).includes(this.#auth.entityId.value) && people(channel).includes(agentId);
    return (this.list.value ?? []).filter(isOurs).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  /** The one direct channel that always exists: found, or made. */
  async direct(agentId) {
    const query = { currentUserId: this.#auth.entityId.value, targetUserId: agentId, dmServerId: DEFAULT_SERVER };
    return this.#merge(await this.#api.get(`${MESSAGING}/dm-channel`, query));
  }

  async read(channelId) {
    return this.#merge(await this.#api.get(`${MESSAGING}/channels/${channelId}/details`));
  }

  startDirect(agentId, name) {
    const me = this.#auth.entityId.value;
    const [user1, user2] = [me, agentId].sort();
    const metadata = { isDm: true, user1, user2, forAgent: agentId, createdAt: new Date().toISOString() };
    return this.#create({ name, type: "DM", participantCentralUserIds: [me, agentId], metadata });
  }

  startGroup(name, agentIds) {
    const metadata = { source: "client_group_chat" };
    return this.#create({
      name,
      type: "GROUP",
      participantCentralUserIds: [this.#auth.entityId.value, ...agentIds],
      metadata,
    });
  }

  async rename(channelId, name) {
    this.#merge(await this.#api.patch(`${MESSAGING}/channels/${channelId}`, { name }));
  }

  async delete(channelId) {
    await this.#api.delete(`${MESSAGING}/channels/${channelId}`);
    this.#drop(channelId);
  }

  members(channelId) {
    return this.#api.get(`${MESSAGING}/channels/${channelId}/participants`);
  }

  /** Adds and removes one by one: the route that replaces the whole list would undo what others change meanwhile. */
  async changeMembers(channelId, { added, removed }) {
    for (const agentId of added) await this.#api.post(`${MESSAGING}/channels/${channelId}/agents`, { agentId });
    for (const agentId of removed) await this.#api.delete(`${MESSAGING}/channels/${channelId}/agents/${agentId}`);
  }

  async #create(channel) {
    return this.#merge(
      await this.#api.post(`${MESSAGING}/channels`, { ...channel, message_server_id: DEFAULT_SERVER }),
    );
  }

  #heard(news) {
    if (this.list.value?.some(({ id }) => id === news.id)) this.#merge(news);
    else this.refresh();
  }

  #merge(channel) {
    const others = (this.list.value ?? []).filter((other) => other.id !== channel.id);
    const before = (this.list.value ?? []).find((other) => other.id === channel.id);
    const after = { ...before, ...channel };
    this.list.set([...others, after].sort((a, b) => a.createdAt.localeCompare(b.createdAt)));
    return after;
  }

  #drop(channelId) {
    this.list.update((list) => (list ?? []).filter((channel) => channel.id !== channelId));
  }
}

/** The two of a direct channel, by its metadata or, in channels made by older clients, by its name. */
function people(channel) {
  const { user1, user2 } = channel.metadata ?? {};
  if (user1 && user2) return [user1, user2];
  return channel.name.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? [];
}

/** What to call a direct channel among several: the name a person gave it, never the generated one. */
export function directName(channel) {
  return /^dm-/i.test(channel.name) ? "First conversation" : channel.name;
}
