import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { isMoment, like, refuses } from "./house.mjs";

async function session({ client, eliza }) {
  const { sessionId } = await client.sessions.createSession({ agentId: eliza, userId: randomUUID() });
  return sessionId;
}

export default {
  async checkHealth(call, house) {
    await session(house);
    const health = await call();
    like(health, { status: "healthy" });
    assert.ok(health.activeSessions >= 1);
    isMoment(health.timestamp);
  },

  async createSession(call, { eliza }) {
    const userId = randomUUID();
    const made = await call({ agentId: eliza, userId, metadata: { platform: "phone" } });
    like(made, { agentId: eliza, userId, metadata: { platform: "phone" } });
    assert.ok(new Date(made.expiresAt) > new Date(made.createdAt));
    await refuses(call({ agentId: randomUUID(), userId }), 404, "AGENT_NOT_FOUND");
    await refuses(call({ agentId: eliza }), 400, "VALIDATION_ERROR");
  },

  async getSession(call, house) {
    const sessionId = await session(house);
    const found = await call(sessionId);
    like(found, { sessionId, agentId: house.eliza, renewalCount: 0, isNearExpiration: false });
    isMoment(found.lastActivity);
    await refuses(call(randomUUID()), 404, "SESSION_NOT_FOUND");
    await assert.rejects(call(" "), /sessionId is required/);
  },

  async sendMessage(call, house) {
    const sent = await call(await session(house), { content: "Take your time.", metadata: { priority: "low" } });
    like(sent.userMessage, { content: "Take your time." });
    assert.equal(sent.agentResponse, undefined);
    assert.ok(new Date(sent.sessionStatus.expiresAt) > new Date());
  },

  async sendMessageSync(call, house) {
    const sent = await call(await session(house), { content: "Are you there?" });
    like(sent.userMessage, { content: "Are you there?" });
    assert.equal(sent.agentResponse.text, house.reply);
  },

  async getMessages(call, house) {
    const sessionId = await session(house);
    await house.client.sessions.sendMessageSync(sessionId, { content: "Say it." });
    const { messages, hasMore } = await call(sessionId);
    assert.deepEqual(messages.map((one) => [one.content, one.isAgent]), [[house.reply, true], ["Say it.", false]]);
    assert.equal(hasMore, false);
    like(await call(sessionId, { limit: 1 }), { hasMore: true });
    const soon = new Date(Date.now() + 60_000);
    for (const after of [soon, soon.toISOString(), soon.getTime()]) {
      assert.deepEqual((await call(sessionId, { after })).messages, []);
      assert.equal((await call(sessionId, { before: after })).messages.length, 2);
    }
  },

  async deleteSession(call, house) {
    const sessionId = await session(house);
    assert.ok(await call(sessionId));
    await refuses(house.client.sessions.getSession(sessionId), 404, "SESSION_NOT_FOUND");
  },

  async listSessions(call, house) {
    const sessionId = await session(house);
    const { sessions, total, stats } = await call();
    assert.ok(sessions.some((one) => one.sessionId === sessionId));
    assert.ok(total >= sessions.length);
    assert.ok(stats.activeSessions >= 1);
  },
};
