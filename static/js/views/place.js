// Place: finds the conversation that the address names, and shows it, or says why there is none.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { IconButton } from "./buttons.js";
import { Conversation } from "./conversation.js";
import { useEliza } from "./context.js";
import { Welcome } from "./welcome.js";

export function Place({ route, openDrawer }) {
  const { agents, router } = useEliza();
  const list = useCell(agents.list);
  const opener = html`
    <${IconButton} icon="menu" kind="open-drawer" label="Open the list of agents and groups" onClick=${openDrawer} />
  `;

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
  const { agents, channels } = useEliza();
  const list = useCell(agents.list);
  const known = useCell(channels.list);
  const search = useSearch(route);

  const agent = route.agentId && agents.find(route.agentId);
  const channel = known?.find(({ id }) => id === search.channelId);
  const nowhere = (reason, again) => html`<${Nowhere} opener=${opener} reason=${reason} again=${again} />`;
  if (route.agentId && list && !agent) return nowhere("There is no such agent here.");
  if (search.problem) return nowhere(search.problem, search.again);
  if (search.channelId && known && !channel) return nowhere("This conversation was deleted.");
  if (!channel || (route.agentId && !agent)) return html`<${Opening} opener=${opener} />`;
  const shown = agent ? { ...channel, agentId: agent.id } : channel;
  return html`<${Conversation} key=${channel.id} channel=${shown} agent=${agent} opener=${opener} />`;
}

/** Asks the server for the channel at this address: `channelId` once it is found, or else a `problem`. */
function useSearch(route) {
  const { auth, channels } = useEliza();
  const me = useCell(auth.entityId);
  const [tries, setTries] = useState(0);
  const [result, setResult] = useState({});

  useEffect(() => {
    let isCurrent = true;
    const settle = (found) => isCurrent && setResult(found);
    const again = () => setTries(tries + 1);
    setResult({});
    find(channels, route).then(
      ({ id }) => settle({ channelId: id }),
      ({ status, message }) =>
        settle(status === 404 ? { problem: "There is no such conversation." } : { problem: message, again }),
    );
    return () => (isCurrent = false);
  }, [route.key, me, tries]);
  return result;
}

function find(channels, { name, agentId, channelId }) {
  return name === "chat" && !channelId ? channels.direct(agentId) : channels.read(channelId);
}

function Opening({ opener }) {
  return html`<header class="head">${opener}</header>
    <p class="opening quiet">Opening the conversation…</p>`;
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
