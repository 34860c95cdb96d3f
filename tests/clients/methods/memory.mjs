import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DONE, SERVER, like, refuses } from "./house.mjs";

// An agent who remembers a question and its own answer, and where.
async function witness(house, name) {
  const id = await house.agent(name);
  const { channelId } = await house.talk(id, "Do you remember?");
  const { rooms } = await house.client.memory.listAgentRooms(id);
  const room = rooms.find((one) => one.channelId === channelId);
  return { id, channelId, roomId: room.id };
}

async function memories(house, agentId) {
  return (await house.client.memory.getAgentMemories(agentId)).memories;
}

const texts = (found) => found.map((memory) => memory.content.text).toSorted();

export default {
  async getAgentMemories(call, house) {
    const { id, roomId } = await witness(house, "Witness of all");
    const { memories } = await call(id);
    assert.deepEqual(texts(memories), ["Do you remember?", house.reply].toSorted());
    for (const memory of memories) like(memory, { agentId: id, roomId, type: "messages" });
    assert.equal((await call(id, { limit: 1 })).memories.length, 1);
    assert.deepEqual(texts((await call(id, { search: "remember?" })).memories), ["Do you remember?"]);
    assert.deepEqual((await call(id, { from: new Date(Date.now() + 60_000) })).memories, []);
  },

  async getRoomMemories(call, house) {
    const { id, channelId, roomId } = await witness(house, "Witness of a room");
    // The old web UI asks by channel, programs ask by the agent's own room.
    for (const place of [channelId, roomId]) {
      assert.deepEqual(texts((await call(id, place)).memories), ["Do you remember?", house.reply].toSorted());
    }
    await refuses(call(id, randomUUID()), 404, "NOT_FOUND");
  },

  async updateMemory(call, house) {
    const { id } = await witness(house, "Rewriter");
    const [memory] = await memories(house, id);
    like(await call(id, memory.id, { content: { text: "It was otherwise." } }), { id: memory.id });
    assert.ok(texts(await memories(house, id)).includes("It was otherwise."));
    await refuses(call(id, randomUUID(), { content: { text: "No." } }), 404, "NOT_FOUND");
  },

  async clearAgentMemories(call, house) {
    const { id } = await witness(house, "Forgetful");
    like(await call(id), { deleted: 2 });
    assert.deepEqual(await memories(house, id), []);
  },

  async clearRoomMemories(call, house) {
    const { id, roomId } = await witness(house, "Forgetful in a room");
    assert.deepEqual(await call(id, roomId), DONE);
    assert.deepEqual(await memories(house, id), []);
  },

  async listAgentRooms(call, house) {
    const { id, channelId, roomId } = await witness(house, "Lodger");
    const { rooms } = await call(id);
    like(rooms.find((room) => room.id === roomId), { channelId, agentId: id, type: "DM" });
  },

  async getRoom(call, house) {
    const { id, channelId, roomId } = await witness(house, "Visitor");
    like(await call(id, roomId), { id: roomId, channelId, agentId: id });
    await refuses(call(id, randomUUID()), 404, "NOT_FOUND");
  },

  async createRoom(call, { client, eliza }) {
    const room = await call(eliza, { name: "Study", type: "GROUP", metadata: { quiet: true } });
    like(room, { name: "Study", type: "GROUP", agentId: eliza });
    like(await client.memory.getRoom(eliza, room.id), { id: room.id, name: "Study" });
  },

  async createWorldFromMessageServer(call, house) {
    const id = await house.served("Worldly");
    const [room] = await call(id, { messageServerId: id, name: "A world" });
    like(room, { name: "A world", source: "client", type: "API" });
    like(await house.client.memory.getRoom(house.eliza, room.id), { worldId: room.worldId, messageServerId: id });
  },

  async deleteWorld(call, house) {
    const id = await house.served("Unworldly");
    const world = { messageServerId: id, name: "Soon gone" };
    const [room] = await house.client.memory.createWorldFromMessageServer(id, world);
    assert.deepEqual(await call(id), DONE);
    const { worlds } = await house.client.agents.getWorlds();
    assert.ok(worlds.every((world) => world.id !== room.worldId));
    await refuses(house.client.memory.getRoom(house.eliza, room.id), 404, "NOT_FOUND");
  },

  async clearWorldMemories(call, house) {
    const { id, roomId } = await witness(house, "Forgetful in a world");
    const { worldId } = await house.client.memory.getRoom(id, roomId);
    assert.deepEqual(await call(worldId), DONE);
    assert.deepEqual(await memories(house, id), []);
  },

  async deleteMemory(call, house) {
    const { id } = await witness(house, "Forgetful of one");
    const [memory, kept] = await memories(house, id);
    await call(id, memory.id);
    assert.deepEqual((await memories(house, id)).map((one) => one.id), [kept.id]);
    await refuses(call(id, randomUUID()), 404, "NOT_FOUND");
  },

  async getAgentInternalMemories(call, house) {
    const { id, roomId } = await witness(house, "Introvert");
    for (const [wanted, length] of [[true, 8], [false, undefined]]) {
      const { memories } = await call(id, roomId, wanted);
      assert.deepEqual(texts(memories), ["Do you remember?", house.reply].toSorted());
      for (const memory of memories) assert.equal(memory.embedding?.length, length);
    }
  },

  async deleteAgentInternalMemory(call, house) {
    const { id } = await witness(house, "Introvert, forgetful of one");
    const [memory, kept] = await memories(house, id);
    await call(id, memory.id);
    assert.deepEqual((await memories(house, id)).map((one) => one.id), [kept.id]);
  },

  async deleteAllAgentInternalMemories(call, house) {
    const { id, roomId } = await witness(house, "Introvert, forgetful");
    assert.deepEqual(await call(id, roomId), DONE);
    assert.deepEqual(await memories(house, id), []);
  },

  async updateAgentInternalMemory(call, house) {
    const { id } = await witness(house, "Introvert, editing");
    const [memory] = await memories(house, id);
    like(await call(id, memory.id, { content: { text: "Rather like this." } }), { id: memory.id });
    assert.ok(texts(await memories(house, id)).includes("Rather like this."));
  },

  async deleteGroupMemory(call, house) {
    const { channelId, notes } = await house.diary("one", "two");
    assert.deepEqual(await call(channelId, notes[1].id), DONE);
    assert.deepEqual(await house.texts(channelId), ["one"]);
  },

  async clearGroupChat(call, house) {
    const { channelId } = await house.diary("one", "two");
    assert.deepEqual(await call(channelId), DONE);
    assert.deepEqual(await house.texts(channelId), []);
  },
};
