import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { isMoment, like } from "./house.mjs";

const OFTEN = { interval: 20, timeout: 10_000 };

function order({ me, eliza }, content = "Do it.") {
  return { userId: me, agentId: eliza, content, metadata: { of: "a test" } };
}

function isAnswered(polled, { eliza, reply }) {
  like(polled, { success: true });
  like(polled.job, { status: "completed", agentId: eliza, prompt: "Do it.", metadata: { of: "a test" } });
  like(polled.job.result.message, { content: reply, authorId: eliza });
  assert.ok(polled.job.result.processingTimeMs >= 0);
}

export default {
  async create(call, house) {
    const made = await call(order(house));
    like(made, { status: "processing" });
    isMoment(made.createdAt);
    assert.equal(made.expiresAt, made.createdAt + 30_000);
  },

  async getJob(call, house) {
    const { jobId } = await house.client.jobs.create(order(house));
    like(await call(jobId), { jobId, userId: house.me, agentId: house.eliza, prompt: "Do it." });
    await assert.rejects(call(randomUUID()), { name: "ApiError", status: 404 });
  },

  async list(call, house) {
    const { jobId } = await house.client.jobs.create(order(house));
    await house.client.jobs.poll(jobId, OFTEN);
    const { jobs, total, filtered } = await call({ status: "completed", limit: 100 });
    assert.ok(jobs.some((job) => job.jobId === jobId));
    assert.ok(jobs.every((job) => job.status === "completed"));
    assert.ok(total >= filtered);
    assert.equal((await call({ limit: 1 })).jobs.length, 1);
  },

  async health(call, house) {
    await house.client.jobs.ask(house.me, "Do it.", house.eliza, OFTEN);
    const { healthy, statusCounts, metrics } = await call();
    assert.equal(healthy, true);
    assert.ok(statusCounts.completed >= 1);
    assert.ok(metrics.successRate > 0);
  },

  async poll(call, house) {
    const { jobId } = await house.client.jobs.create(order(house));
    isAnswered(await call(jobId, OFTEN), house);
  },

  async createAndPoll(call, house) {
    isAnswered(await call(order(house), OFTEN), house);
  },

  async createAndPollWithBackoff(call, house) {
    isAnswered(await call(order(house), { initialInterval: 20, maxInterval: 100, timeout: 10_000 }), house);
  },

  async ask(call, { me, eliza, reply }) {
    assert.equal(await call(me, "Do it.", eliza, OFTEN), reply);
    assert.equal(await call(me, "Whoever is there, do it.", undefined, OFTEN), reply);
  },
};
