import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DONE, SERVER, UNREAD, isMoment, like, refuses } from "./house.mjs";

export default {
  async submitMessage(call, house) {
    const channelId = await house.group();
    const said = await call({ agentId: house.eliza, channelId, content: "It is noon.", metadata: { tags: ["time"] } });
    like(said, { channelId, authorId: house.eliza, content: "It is noon." });
    assert.deepEqual(await house.texts(channelId), ["It is noon."]);
  },

  async completeMessage(call, house) {
    const { question } = await house.talk(house.eliza);
    assert.ok(await call({ messageId: question, status: "completed" }));
    await refuses(call({ messageId: randomUUID(), status: "completed" }), 404, UNREAD);
  },

  async ingestExternalMessages(call, house) {
    const { channelId } = await house.diary();
    const said = (content) => ({ id: randomUUID(), authorId: house.me, content, timestamp: Date.now() });
    const messages = [said("one"), said("two")];
    like(await call({ platform: "discord", channelId, messages }), { processed: 2 });
    assert.deepEqual(await house.texts(channelId), ["two", "one"]);
  },

  async createChannel(call, { client }) {
    const channel = await call({ name: "Made", type: "GROUP", metadata: { description: "by hand" } });
    like(channel, { name: "Made", type: "GROUP", messageServerId: SERVER });
    assert.equal(channel.metadata.description, "by hand");
    like(await client.messaging.getChannelDetails(channel.id), { id: channel.id, name: "Made" });
  },

  async createGroupChannel(call, house) {
    const friend = randomUUID();
    const channel = await call({
      name: "Friends",
      participantIds: [house.me, friend, house.eliza],
      metadata: { message_server_id: SERVER, type: "GROUP", description: "all of us" },
    });
    like(channel, { name: "Friends", type: "GROUP", messageServerId: SERVER });
    assert.deepEqual(await house.people(channel.id), [house.me, friend, house.eliza].toSorted());
  },

  async getOrCreateDmChannel(call, { me }) {
    const friend = randomUUID();
    const channel = await call({ participantIds: [me, friend] });
    like(channel, { type: "DM", messageServerId: SERVER });
    assert.equal((await call({ participantIds: [friend, me] })).id, channel.id);
  },

  async getChannelDetails(call, house) {
    const id = await house.group();
    const channel = await call(id);
    like(channel, { id, name: "The group", type: "GROUP", messageServerId: SERVER });
    assert.deepEqual(channel.metadata.participantCentralUserIds.toSorted(), [house.me, house.eliza].toSorted());
    isMoment(channel.createdAt);
    await refuses(call(randomUUID()), 404, UNREAD);
  },

  async getChannelParticipants(call, house) {
    assert.deepEqual((await call(await house.group())).toSorted(), [house.me, house.eliza].toSorted());
  },

  async addAgentToChannel(call, house) {
    const { channelId } = await house.diary();
    const before = await house.people(channelId);
    like(await call(channelId, house.eliza), { channelId, agentId: house.eliza });
    assert.deepEqual(await house.people(channelId), [...before, house.eliza].toSorted());
  },

  async removeAgentFromChannel(call, house) {
    const channelId = await house.group();
    like(await call(channelId, house.eliza), { channelId, agentId: house.eliza });
    assert.deepEqual(await house.people(channelId), [house.me]);
  },

  async deleteChannel(call, house) {
    const id = await house.group();
    assert.deepEqual(await call(id), DONE);
    await refuses(house.client.messaging.getChannelDetails(id), 404, UNREAD);
  },

  async clearChannelHistory(call, house) {
    const { channelId } = await house.diary("one", "two");
    assert.deepEqual(await call(channelId), DONE);
    assert.deepEqual(await house.texts(channelId), []);
  },

  async postMessage(call, house) {
    const { channelId } = await house.diary();
    const said = await call(channelId, "I was here.", { tags: ["visit"] });
    like(said, { channelId, authorId: house.me, content: "I was here." });
    assert.deepEqual(await house.texts(channelId), ["I was here."]);
  },

  async getChannelMessages(call, house) {
    const { channelId, notes } = await house.diary("one", "two", "three");
    const { messages } = await call(channelId);
    assert.deepEqual(messages.map((message) => message.content), ["three", "two", "one"]);
    like(messages[2], { id: notes[0].id, channelId, authorId: house.me, created_at: notes[0].created_at });
    assert.deepEqual(messages[2].createdAt, new Date(notes[0].created_at).toISOString());
    const texts = async (query) => (await call(channelId, query)).messages.map((message) => message.content);
    const soon = new Date(Date.now() + 60_000);
    assert.deepEqual(await texts({ limit: 2 }), ["three", "two"]);
    assert.deepEqual(await texts({ limit: 2, offset: 2 }), ["one"]);
    assert.deepEqual(await texts({ limit: 2, page: 2 }), ["one"]);
    // A Date is written as people read it, for the client puts it into the address as it is.
    for (const before of [soon, soon.toISOString(), soon.getTime()]) assert.equal((await texts({ before })).length, 3);
    for (const after of [soon, soon.toISOString(), soon.getTime()]) assert.deepEqual(await texts({ after }), []);
  },

  async getMessage(call, house) {
    const { channelId, notes } = await house.diary("Remember me.");
    like(await call(notes[0].id), { id: notes[0].id, channelId, authorId: house.me, content: "Remember me." });
    await refuses(call(randomUUID()), 404, UNREAD);
  },

  async deleteMessage(call, house) {
    const { channelId, notes } = await house.diary("one", "two");
    assert.deepEqual(await call(channelId, notes[0].id), DONE);
    assert.deepEqual(await house.texts(channelId), ["two"]);
    await refuses(call(channelId, randomUUID()), 404, UNREAD);
  },

  async updateMessage(call, house) {
    const { channelId, notes } = await house.diary("one");
    like(await call(notes[0].id, "one, corrected"), { id: notes[0].id, content: "one, corrected" });
    assert.deepEqual(await house.texts(channelId), ["one, corrected"]);
  },

  async searchMessages(call, house) {
    const { channelId } = await house.diary("The kettle boils.", "The cat sleeps.");
    const found = async (params) => (await call(params)).messages.map((message) => message.content);
    assert.deepEqual(await found({ query: "kettle", channelId }), ["The kettle boils."]);
    assert.deepEqual(await found({ channelId, authorId: house.me, limit: 1 }), ["The cat sleeps."]);
    assert.deepEqual(await found({ channelId, from: new Date(Date.now() + 60_000) }), []);
  },

  async getCurrentMessageServer(call) {
    assert.deepEqual(await call(), { messageServerId: SERVER });
  },

  async listMessageServers(call) {
    const { messageServers } = await call();
    const standard = messageServers.find((server) => server.id === SERVER);
    like(standard, { name: "Default Server", sourceType: "eliza_default" });
  },

  async getMessageServerChannels(call, house) {
    const id = await house.group();
    const { channels } = await call(SERVER);
    like(channels.find((channel) => channel.id === id), { name: "The group", type: "GROUP", messageServerId: SERVER });
  },

  async createMessageServer(call, { client }) {
    const server = await call({ name: "Second", sourceType: "test", sourceId: "2", metadata: { icon: "star" } });
    like(server, { name: "Second", sourceType: "test", sourceId: "2", metadata: { icon: "star" } });
    const { messageServers } = await client.messaging.listMessageServers();
    assert.ok(messageServers.some((one) => one.id === server.id));
  },

  async syncMessageServerChannels(call, { client }) {
    const { id } = await client.messaging.createMessageServer({ name: "Synced", sourceType: "test" });
    const channels = ["general", "random"].map((name) => ({ name, type: "GROUP", sourceId: `${name} there` }));
    like(await call(id, { channels }), { synced: 2 });
    await call(id, { channels });
    const found = (await client.messaging.getMessageServerChannels(id)).channels;
    assert.deepEqual(found.map((channel) => channel.name).toSorted(), ["general", "random"]);
  },

  async deleteMessageServer(call, { client }) {
    const { id } = await client.messaging.createMessageServer({ name: "Gone", sourceType: "test" });
    assert.deepEqual(await call(id), DONE);
    const { messageServers } = await client.messaging.listMessageServers();
    assert.ok(messageServers.every((server) => server.id !== id));
  },

  async updateChannel(call, house) {
    const id = await house.group();
    like(await call(id, { name: "Renamed", metadata: { topic: "all" } }), { id, name: "Renamed" });
    like(await house.client.messaging.getChannelDetails(id), { name: "Renamed" });
    assert.deepEqual(await house.people(id), [house.me, house.eliza].toSorted());
  },

  async generateChannelTitle(call, house) {
    const { channelId } = await house.talk(house.eliza, "What comes first?");
    await house.ask(channelId, "And then?");
    const { title, channelId: named } = await call(channelId, house.eliza);
    assert.equal(named, channelId);
    assert.ok(title.length > 3, title);
  },

  async addUserToChannel(call, house) {
    const [id, newcomer] = [await house.group(), randomUUID()];
    like(await call(id, newcomer), { id });
    assert.deepEqual(await house.people(id), [house.me, house.eliza, newcomer].toSorted());
  },

  async addUsersToChannel(call, house) {
    const [id, one, other] = [await house.group(), randomUUID(), randomUUID()];
    like(await call(id, [one, other]), { id });
    assert.deepEqual(await house.people(id), [house.me, house.eliza, one, other].toSorted());
  },

  async removeUserFromChannel(call, house) {
    const guest = randomUUID();
    const id = await house.group(guest);
    like(await call(id, guest), { id });
    assert.deepEqual(await house.people(id), [house.me, house.eliza].toSorted());
  },
};
