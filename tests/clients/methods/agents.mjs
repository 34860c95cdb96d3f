import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DONE, SERVER, isMoment, like, refuses } from "./house.mjs";

export default {
  async listAgents(call, { eliza }) {
    const { agents } = await call();
    const found = agents.find((agent) => agent.id === eliza);
    like(found, { name: "Eliza", characterName: "Eliza", status: "active" });
    assert.equal(typeof found.bio, "string");
  },

  async getAgent(call, { eliza }) {
    like(await call(eliza), { id: eliza, name: "Eliza", status: "active", enabled: true });
    await refuses(call(randomUUID()), 404, "NOT_FOUND");
  },

  async createAgent(call) {
    const created = await call({ characterJson: { name: "Alpha", bio: "The first of them." } });
    like(created, { id: "58061aa5-4439-0a79-8e33-181a443b15b7" });
    assert.equal(created.character.name, "Alpha");
    await refuses(call({ characterJson: { bio: "Nameless." } }), 400, "INVALID_CHARACTER");
  },

  async updateAgent(call, house) {
    const id = await house.agent("Updated");
    const change = { bio: ["Knows more than before."], system: "Be kind." };
    like(await call(id, change), change);
    like(await house.client.agents.getAgent(id), change);
    await refuses(call(randomUUID(), { bio: ["Nobody."] }), 404, "NOT_FOUND");
  },

  async startAgent(call, { client }) {
    const { id } = await client.agents.createAgent({ characterJson: { name: "Starter", bio: "Waits." } });
    assert.deepEqual(await call(id), { id, name: "Starter", status: "active" });
    like(await client.agents.getAgent(id), { status: "active" });
  },

  async stopAgent(call, house) {
    const id = await house.agent("Stopper");
    like(await call(id), { status: "stopped" });
    like(await house.client.agents.getAgent(id), { status: "inactive" });
  },

  async deleteAgent(call, house) {
    const id = await house.agent("Removed");
    assert.deepEqual(await call(id), DONE);
    await refuses(house.client.agents.getAgent(id), 404, "NOT_FOUND");
  },

  async getWorlds(call, house) {
    const world = await house.world("Oz");
    const { worlds } = await call();
    like(worlds.find((one) => one.id === world.id), { name: "Oz", agentId: house.eliza });
  },

  async addAgentToWorld(call, house) {
    const newcomer = await house.agent("Newcomer");
    const { success, world } = await call(newcomer, (await house.world("Narnia")).id);
    assert.equal(success, true);
    like(world, { name: "Narnia", agentId: newcomer });
    await refuses(call(newcomer, randomUUID()), 404, "NOT_FOUND");
  },

  async updateAgentWorldSettings(call, house) {
    const { id } = await house.world("Atlantis");
    like(await call(house.eliza, id, { weather: "fair" }), { worldId: id, settings: { weather: "fair" } });
    await refuses(call(house.eliza, randomUUID(), {}), 404, "NOT_FOUND");
  },

  async getAgentPanels(call, { eliza }) {
    assert.deepEqual(await call(eliza), { panels: [] });
  },

  async getAgentLogs(call, house) {
    const id = await house.agent("Logged");
    await house.talk(id);
    const logs = await call(id, { limit: 50 });
    assert.ok(logs.length >= 1);
    for (const entry of logs) isMoment(entry.createdAt);
    assert.ok(logs.some((entry) => entry.type.startsWith("useModel:") && entry.body.modelType === "TEXT_LARGE"));
    assert.equal((await call(id, { limit: 1 })).length, 1);
    assert.deepEqual(await call(id, { limit: 1, offset: 1 }), logs.slice(1, 2));
    assert.deepEqual(await call(id, { from: new Date(Date.now() + 60_000) }), []);
    assert.deepEqual(await call(await house.agent("Silent")), []);
  },

  async deleteAgentLog(call, house) {
    const id = await house.agent("Unlogged");
    await house.talk(id);
    const [newest] = await house.client.agents.getAgentLogs(id);
    assert.deepEqual(await call(id, newest.id), DONE);
    const left = await house.client.agents.getAgentLogs(id, { limit: 50 });
    assert.ok(left.every((entry) => entry.id !== newest.id));
  },

  async getAgentsForMessageServer(call, { eliza }) {
    const { messageServerId, agents } = await call(SERVER);
    assert.equal(messageServerId, SERVER);
    assert.ok(agents.includes(eliza));
  },

  async addAgentToMessageServer(call, { client, eliza }) {
    const { id } = await client.messaging.createMessageServer({ name: "Joined", sourceType: "test" });
    like(await call(id, eliza), { messageServerId: id, agentId: eliza });
    assert.deepEqual((await client.agents.getAgentsForMessageServer(id)).agents, [eliza]);
  },

  async removeAgentFromMessageServer(call, { client, eliza }) {
    const { id } = await client.messaging.createMessageServer({ name: "Left", sourceType: "test" });
    await client.agents.addAgentToMessageServer(id, eliza);
    like(await call(id, eliza), { messageServerId: id, agentId: eliza });
    assert.deepEqual((await client.agents.getAgentsForMessageServer(id)).agents, []);
  },

  async getMessageServersForAgent(call, { eliza }) {
    const { agentId, messageServers } = await call(eliza);
    assert.equal(agentId, eliza);
    assert.ok(messageServers.includes(SERVER));
  },
};
