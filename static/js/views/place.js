// Place: finds the conversation that the address names, and shows it, or says why there is none.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { Conversation } from "./conversation.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";
import { Welcome } from "./welcome.js";

export function Place({ route, openDrawer }) {
  const { agents, router } = useEliza();
  const list = useCell(agents.list);
  const opener = html`<button type="button" class="ghost open-drawer" aria-label="Open the list of agents and groups" onClick=${openDrawer}><${Icon} name="menu" /></button>`;

  const onlyAgent = list?.length === 1 ? list[0].id : null;
  useEffect(() => {
    // With one agent there is nothing to choose: the first page a person sees is one they can write on.
    if (route.name === "home" && onlyAgent) router.replace(paths.agent(onlyAgent));
  }, [route.key, onlyAgent]);

  if (route.name === "home") return html`<${Welcome} opener=${opener} />`;
  if (route.name === "unknown") return html`<${Nowhere} opener=${opener} reason="There is no page at this address." />`;
  return html`<${Found} key=${route.key} route=${route} opener=${opener} />`;
}

function Found({ route, opener }) {
  const { agents, auth, channels } = useEliza();
  const list = useCell(agents.list);
  const me = useCell(auth.entityId);
  const known = useCell(channels.list);
  const [found, setFound] = useState({ channelId: null, problem: "" });

  useEffect(() => {
    let isCurrent = true;
    const settle = (result) => isCurrent && setFound(result);
    find(channels, route).then(
      (channel) => settle({ channelId: channel.id, problem: "" }),
      (error) => settle({ channelId: null, problem: error.message, isOver: error.status === 404 }),
    );
    return () => (isCurrent = false);
  }, [route.key, me, found.attempt]);

  const agent = route.agentId && agents.find(route.agentId);
  if (route.agentId && list && !agent) return html`<${Nowhere} opener=${opener} reason="There is no such agent here." />`;
  if (found.problem) return html`<${Nowhere} opener=${opener} reason=${found.problem} again=${() => setFound({ channelId: null, problem: "", attempt: {} })} />`;
  const channel = known?.find(({ id }) => id === found.channelId);
  if (found.channelId && known && !channel) return html`<${Nowhere} opener=${opener} reason="This conversation was deleted." />`;
  if (!channel || (route.agentId && !agent)) return html`<${Opening} opener=${opener} />`;
  return html`<${Conversation} key=${channel.id} channel=${agent ? { ...channel, agentId: agent.id } : channel} agent=${agent} opener=${opener} />`;
}

function find(channels, { name, agentId, channelId }) {
  return name === "chat" && !channelId ? channels.direct(agentId) : channels.read(channelId);
}

function Opening({ opener }) {
  return html`<header class="head">${opener}</header><p class="opening quiet">Opening the conversation…</p>`;
}

function Nowhere({ opener, reason, again }) {
  return html`
    <header class="head">${opener}</header>
    <div class="nowhere">
      <h1>${reason}</h1>
      <p>
        ${again && html`<button type="button" class="button" onClick=${again}>Try again</button>`}
        <a class="button plain" href=${paths.home()} data-within>See who is here</a>
      </p>
    </div>
  `;
}
