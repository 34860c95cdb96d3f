// A house to call the methods in: an agent, people, channels, and talks that were held there.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

export const SERVER = "00000000-0000-0000-0000-000000000000";

export class House {
  constructor({ url, key, reply, heard }) {
    this.url = url;
    this.key = key;
    this.reply = reply; // What every agent says.
    this.heard = heard; // What is said in every recording.
    this.me = randomUUID();
  }

  async open() {
    const { agents } = await this.client.agents.listAgents();
    this.eliza = agents.find((agent) => agent.name === "Eliza").id;
  }

  // An agent of the caller's own, running. Eliza stays the first in the list, who gets the jobs that name nobody.
  async agent(name) {
    assert.ok(name > "Eliza", name);
    const { id } = await this.client.agents.createAgent({ characterJson: { name, bio: [`${name} listens.`] } });
    await this.client.agents.startAgent(id);
    return id;
  }

  // A channel with me, an agent and whoever else is named.
  async group(...others) {
    const people = [this.me, this.eliza, ...others];
    const { id } = await this.client.messaging.createGroupChannel({ name: "The group", participantIds: people });
    return id;
  }

  // A message server on which an agent serves.
  async served(name) {
    const { id } = await this.client.messaging.createMessageServer({ name, sourceType: "test" });
    await this.client.agents.addAgentToMessageServer(id, this.eliza);
    return id;
  }

  async world(name) {
    return (await this.post(`/api/agents/${this.eliza}/worlds`, { name })).data.world;
  }

  // A private channel in which I asked and was answered.
  async talk(agentId, question = "What is the news?") {
    const { id } = await this.client.messaging.getOrCreateDmChannel({ participantIds: [this.me, agentId] });
    const { userMessage, agentResponse } = await this.ask(id, question);
    assert.equal(agentResponse.text, this.reply);
    return { channelId: id, question: userMessage.id, answer: agentResponse.responseId };
  }

  async ask(channelId, content) {
    const body = { content, author_id: this.me, message_server_id: SERVER, transport: "http" };
    return this.post(`/api/messaging/channels/${channelId}/messages`, body);
  }

  // A message that nobody has to answer.
  async note(channelId, content) {
    const body = { content, author_id: this.me, message_server_id: SERVER };
    return (await this.post(`/api/messaging/channels/${channelId}/messages`, body)).userMessage;
  }

  // A channel in which nobody answers.
  async diary(...entries) {
    const friend = randomUUID();
    const { id } = await this.client.messaging.getOrCreateDmChannel({ participantIds: [this.me, friend] });
    const notes = [];
    for (const entry of entries) notes.push(await this.note(id, entry));
    return { channelId: id, notes };
  }

  async texts(channelId) {
    const { messages } = await this.client.messaging.getChannelMessages(channelId);
    return messages.map((message) => message.content);
  }

  async people(channelId) {
    return (await this.client.messaging.getChannelParticipants(channelId)).toSorted();
  }

  async post(path, body) {
    const headers = { "Content-Type": "application/json", "X-API-KEY": this.key };
    const response = await fetch(this.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 201, await response.clone().text());
    return response.json();
  }

  async bytes(path) {
    const response = await fetch(this.url + path, { headers: { "X-API-KEY": this.key } });
    assert.equal(response.status, 200, path);
    return Buffer.from(await response.arrayBuffer());
  }
}

// What of ``whole`` the given object names, for comparing the two.
export function like(whole, part) {
  const found = Object.fromEntries(Object.keys(part).map((key) => [key, whole?.[key]]));
  assert.deepEqual(found, part);
}

export function isMoment(value) {
  const age = Date.now() - new Date(value).getTime();
  assert.ok(age > -60_000 && age < 60_000, `${value} is not a moment ago`);
}

// In messaging an error is a string, which the client cannot read: it says this instead of the code.
export const UNREAD = "HTTP_ERROR";

export async function refuses(promise, status, code) {
  await assert.rejects(promise, (error) => {
    like(error, { name: "ApiError", status, code });
    return true;
  });
}

export const DONE = { success: true };
