// Agents: who can be talked to.
import { Cell } from "./store.js";

const REFRESH_MS = 30_000;
const MOST_SUGGESTIONS = 3;

export class Agents {
  /** Null until the first list has come. */
  list = new Cell(null);
  error = new Cell("");
  #api;

  constructor(api) {
    this.#api = api;
  }

  keepFresh() {
    setInterval(() => document.hidden || this.refresh(), REFRESH_MS);
    addEventListener("focus", () => this.refresh());
  }

  async refresh() {
    try {
      const { agents } = await this.#api.get("/agents");
      this.error.set("");
      // An equal list is not news: nothing needs to be drawn again.
      if (JSON.stringify(agents) !== JSON.stringify(this.list.value)) this.list.set(agents);
    } catch (error) {
      this.error.set(error.message);
    }
  }

  find(agentId) {
    return this.list.value?.find((agent) => agent.id === agentId);
  }

  async start(agentId) {
    await this.#api.post(`/agents/${agentId}/start`);
    await this.refresh();
  }

  async stop(agentId) {
    await this.#api.post(`/agents/${agentId}/stop`);
    await this.refresh();
  }

  /** Lines that people open with in the agent's own examples; empty if it has none. */
  async suggestions(agentId) {
    const { messageExamples } = await this.#api.get(`/agents/${agentId}`);
    const firstLines = (messageExamples ?? []).map((example) => example?.[0]?.content?.text);
    return [...new Set(firstLines.filter(Boolean))].slice(0, MOST_SUGGESTIONS);
  }
}

export function isRunning(agent) {
  return agent.status === "active";
}
