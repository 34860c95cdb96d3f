import assert from "node:assert/strict";
import { like } from "./house.mjs";

export default {
  async getEnvironment(call) {
    like(await call(), { KEPT: "as it was" });
  },

  async updateLocalEnvironment(call, { client }) {
    const written = { KEPT: "as it was", GREETING: 'Good "morning" # to all' };
    like(await call({ variables: written }), { success: true });
    assert.deepEqual(await client.system.getEnvironment(), written);
    await call({ content: { ...written, GREETING: "Good evening" } });
    await call({ ...written, GREETING: "Good night" });
    like(await client.system.getEnvironment(), { GREETING: "Good night" });
    await assert.rejects(call(), /requires a configuration object/);
  },

  async getGlobalLogs(call, house) {
    await house.talk(house.eliza);
    const { logs, count, total, level, levels } = await call({ level: "info" });
    assert.ok(logs.length >= 1);
    for (const entry of logs) assert.equal(typeof entry.msg, "string");
    assert.deepEqual([count, level], [logs.length, "info"]);
    assert.ok(total >= count);
    assert.ok(levels.includes("debug"));
    assert.ok((await call({ agentId: "all" })).logs.length >= 1);
  },

  async deleteGlobalLogs(call) {
    like(await call(), { status: "success" });
  },
};
