import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { isMoment, like, refuses } from "./house.mjs";

export default {
  async listRuns(call, house) {
    const id = await house.agent("Runner");
    const { question } = await house.talk(id);
    const { runs, total, hasMore } = await call(id);
    assert.deepEqual([runs.length, total, hasMore], [1, 1, false]);
    const [run] = runs;
    like(run, { status: "completed", messageId: question, entityId: house.me });
    isMoment(run.startedAt);
    assert.equal(run.durationMs, run.endedAt - run.startedAt);
    assert.ok(run.counts.modelCalls >= 1);
    assert.equal(run.counts.errors, 0);
    assert.equal((await call(id, { status: "completed", limit: 1, roomId: run.roomId })).total, 1);
    assert.equal((await call(id, { status: "error" })).total, 0);
    assert.deepEqual((await call(id, { from: Date.now() + 60_000 })).runs, []);
  },

  async getRun(call, house) {
    const id = await house.agent("Runner in detail");
    await house.talk(id);
    const [run] = (await house.client.runs.listRuns(id)).runs;
    const { summary, events } = await call(id, run.runId, run.roomId);
    like(summary, { runId: run.runId, status: "completed", durationMs: run.durationMs, counts: run.counts });
    const types = events.map((event) => event.type);
    assert.deepEqual([types[0], types.at(-1)], ["RUN_STARTED", "RUN_ENDED"]);
    assert.ok(types.includes("MODEL_USED"));
    const moments = events.map((event) => event.timestamp);
    assert.deepEqual(moments, moments.toSorted((a, b) => a - b));
    await refuses(call(id, randomUUID()), 404, "NOT_FOUND");
  },
};
