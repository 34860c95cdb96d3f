// Working: the row that says an agent is at it.
import { html } from "htm/preact";
import { Avatar } from "./avatar.js";
import { useEliza } from "./context.js";

const STEPS = { attending: "is reading", thinking: "is thinking", acting: "is doing something" };

export function Working({ turn }) {
  const { agents } = useEliza();
  const name = agents.find(turn.agentId)?.name ?? turn.agentName ?? "The agent";
  const doing = turn.status === "pending" ? "has seen it" : (STEPS[turn.step] ?? "is thinking");
  return html`
    <li class="working">
      <${Avatar} id=${turn.agentId} name=${name} />
      <span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
      <span>${name} ${doing}</span>
    </li>
  `;
}
