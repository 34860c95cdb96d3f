// Welcome: the first page: who can be talked to.
import { html } from "htm/preact";
import { useEffect } from "preact/hooks";
import { isRunning } from "../agents.js";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { Avatar } from "./avatar.js";
import { ConnectionBanner } from "./connection.js";
import { useEliza } from "./context.js";
import { ModelNote } from "./modelnote.js";

export function Welcome({ opener }) {
  const { agents, unread } = useEliza();
  const list = useCell(agents.list);
  useEffect(() => {
    unread.look(null);
    document.title = "Eliza";
  }, []);
  return html`
    <header class="head">${opener}<span class="wordmark">Eliza</span></header>
    <div class="welcome">
      <h1>Who would you like to talk to?</h1>
      <p class="lead">Pick one to begin, or bring several together in a group.</p>
      <${ConnectionBanner} />
      <ul class="cards">
        ${(list ?? []).map((agent) => html`<li key=${agent.id}><${Card} agent=${agent} /></li>`)}
      </ul>
      <${ModelNote} />
    </div>
  `;
}

function Card({ agent }) {
  return html`
    <a class="card" href=${paths.agent(agent.id)} data-within>
      <${Avatar} id=${agent.id} name=${agent.name} size="large" />
      <span class="card-name">${agent.name}</span>
      <span class="card-line">${agent.bio}</span>
      ${!isRunning(agent) && html`<span class="tag">Stopped</span>`}
    </a>
  `;
}
