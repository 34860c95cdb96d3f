import assert from "node:assert/strict";
import { SERVER, isMoment, like } from "./house.mjs";

export default {
  async checkHealth(call) {
    const health = await call();
    like(health, { status: "OK", dependencies: { agents: "healthy" } });
    isMoment(health.timestamp);
  },

  async ping(call) {
    const answer = await call();
    like(answer, { pong: true });
    isMoment(answer.timestamp);
  },

  async hello(call) {
    assert.deepEqual(await call(), { message: "Hello World!" });
  },

  async getStatus(call) {
    const status = await call();
    like(status, { status: "ok" });
    assert.ok(status.agentCount >= 1);
  },

  async getDebugInfo(call) {
    const { servers, count } = await call();
    assert.equal(count, servers.length);
    assert.ok(servers.some((server) => server.id === SERVER));
  },

  async submitLogs(call) {
    const { logs, count } = await call([{ level: "warn", message: "The page was opened.", source: "page" }]);
    assert.equal(count, logs.length);
    like(logs.findLast((entry) => entry.msg.startsWith("The page was opened.")), { level: 40 });
  },

  async clearLogs(call) {
    like(await call(), { status: "success" });
  },

  async stopServer(call) {
    assert.equal(typeof (await call()).message, "string");
  },
};
