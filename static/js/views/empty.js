// Empty state: an invitation where there is nothing to read yet.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { Avatar } from "./avatar.js";
import { useEliza } from "./context.js";

const FOR_ONE = ["I have something on my mind.", "What are you good at?", "Ask me a question I have not heard before."];
const FOR_MANY = [
  "Introduce yourselves, one sentence each.",
  "What do you disagree about?",
  "Help me decide something.",
];

export function EmptyState({ channel, agent, members, name }) {
  const { agents, conversations } = useEliza();
  const [lines, setLines] = useState(agent ? FOR_ONE : FOR_MANY);
  useEffect(() => {
    if (agent)
      agents.suggestions(agent.id).then(
        (own) => own.length > 0 && setLines(own),
        () => {},
      );
  }, [agent?.id]);
  const suggestion = (line) => html`
    <li key=${line}><button type="button" onClick=${() => conversations.say(channel, line)}>${line}</button></li>
  `;
  return html`
    <div class="empty">
      <div class="empty-faces">
        ${(agent ? [agent] : members).map((one) => html`<${Avatar} key=${one.id} id=${one.id} name=${one.name} size="huge" />`)}
      </div>
      <h2>${agent ? `Say hello to ${name}` : `${name} is quiet so far`}</h2>
      <p class="lead">${agent ? agent.bio : members.map((member) => member.name).join(", ")}</p>
      <ul class="suggestions" aria-label="Suggested first lines">
        ${lines.map(suggestion)}
      </ul>
    </div>
  `;
}
