// Sidebar: agents, groups, and who one is oneself.
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { isRunning } from "../agents.js";
import { directName } from "../channels.js";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { Avatar } from "./avatar.js";
import { IconButton } from "./buttons.js";
import { ConnectionBadge } from "./connection.js";
import { useEliza } from "./context.js";
import { Icon } from "./icons.js";

export function Sidebar({ isHidden, isDrawer, onClose }) {
  const { auth, theme, dialogs } = useEliza();
  useCell(auth.me);
  const isDark = useCell(theme.isDark);
  const box = useRef(null);
  useEffect(() => {
    if (isDrawer && !isHidden) box.current.querySelector("a, button")?.focus();
  }, [isDrawer, isHidden]);

  return html`
    <aside class="sidebar" ref=${box} inert=${isHidden} aria-label="Agents and groups">
      <header class="sidebar-head">
        <a class="wordmark" href=${paths.home()} data-within>Eliza</a>
        <${IconButton}
          icon=${isDark ? "sun" : "moon"}
          label=${isDark ? "Use the light theme" : "Use the dark theme"}
          onClick=${() => theme.toggle()}
        />
        ${isDrawer && html`<${IconButton} icon="close" label="Close the list" onClick=${onClose} />`}
      </header>
      <nav class="sidebar-lists" aria-label="Conversations">
        <section aria-labelledby="agents-heading">
          <header><h2 id="agents-heading">Agents</h2></header>
          <${AgentList} />
        </section>
        <section aria-labelledby="groups-heading">
          <header>
            <h2 id="groups-heading">Groups</h2>
            ${auth.may("channels:write") &&
            html`<${IconButton} icon="plus" kind="small" label="New group" onClick=${() => dialogs.show("group")} />`}
          </header>
          <${GroupList} />
        </section>
      </nav>
      <${Footer} />
    </aside>
  `;
}

function AgentList() {
  const { agents, channels, router } = useEliza();
  const list = useCell(agents.list);
  const problem = useCell(agents.error);
  const route = useCell(router.route);
  useCell(channels.list);
  if (list === null) return html`<p class="quiet">${problem || "Looking for agents…"}</p>`;
  if (list.length === 0)
    return html`<p class="quiet">
      There is no agent yet. Start the server with a character, or create one with POST /api/agents.
    </p>`;
  const entry = (agent) => html`
    <${AgentEntry} key=${agent.id} agent=${agent} route=${route} direct=${channels.directWith(agent.id)} />
  `;
  return html`<ul>
    ${list.map(entry)}
  </ul>`;
}

function AgentEntry({ agent, route, direct }) {
  const { unread } = useEliza();
  const counts = useCell(unread.counts);
  const isOpen = route.agentId === agent.id;
  const waiting = direct.reduce((sum, { id }) => sum + (counts[id] ?? 0), 0);
  return html`
    <li>
      <a class="entry" href=${paths.agent(agent.id)} data-within aria-current=${isOpen ? "page" : undefined}>
        <span class="entry-face"
          ><${Avatar} id=${agent.id} name=${agent.name} /><span
            class="presence ${isRunning(agent) ? "running" : ""}"
          ></span
        ></span>
        <span class="entry-words">
          <span class="entry-name">${agent.name}</span>
          <span class="entry-line">${isRunning(agent) ? agent.bio : "Stopped"}</span>
          <span class="visually-hidden">${isRunning(agent) ? "running" : ""}</span>
        </span>
        <${Count} count=${waiting} />
      </a>
      ${isOpen && direct.length > 1 && html`<${DirectList} agent=${agent} route=${route} direct=${direct} counts=${counts} />`}
    </li>
  `;
}

/** The first direct channel is the one that the agent's own address opens. */
function DirectList({ agent, route, direct, counts }) {
  return html`<ul class="nested">
    ${direct.map((channel) => {
      const isFirst = /^dm-/i.test(channel.name);
      const isOpen = route.channelId ? route.channelId === channel.id : isFirst;
      return html`<li key=${channel.id}>
        <a
          class="entry"
          href=${isFirst ? paths.agent(agent.id) : paths.direct(agent.id, channel.id)}
          data-within
          aria-current=${isOpen ? "page" : undefined}
        >
          <span class="entry-words"><span class="entry-line">${directName(channel)}</span></span>
          <${Count} count=${counts[channel.id]} />
        </a>
      </li>`;
    })}
  </ul>`;
}

function GroupList() {
  const { channels, router, unread } = useEliza();
  useCell(channels.list);
  const counts = useCell(unread.counts);
  const route = useCell(router.route);
  if (channels.groups.length === 0)
    return html`<p class="quiet">Bring several agents into one room with the plus sign.</p>`;
  return html`<ul>
    ${channels.groups.map(
      (channel) =>
        html`<li key=${channel.id}>
          <a
            class="entry"
            href=${paths.group(channel.id)}
            data-within
            aria-current=${route.channelId === channel.id ? "page" : undefined}
          >
            <span class="entry-face"><${Avatar} id=${channel.id} name=${channel.name} size="square" /></span>
            <span class="entry-words"><span class="entry-name">${channel.name}</span></span>
            <${Count} count=${counts[channel.id]} />
          </a>
        </li>`,
    )}
  </ul>`;
}

function Count({ count }) {
  return count ? html`<span class="count">${count}<span class="visually-hidden"> unread</span></span>` : null;
}

function Footer() {
  const { auth, dialogs, version } = useEliza();
  const called = useCell(auth.name);
  const name = useCell(auth.me)?.username ?? called;
  return html`
    <footer class="sidebar-foot">
      <button type="button" class="ghost you" title="Who you are here" onClick=${() => dialogs.show("you")}>
        <${Icon} name="person" /><span>${name || "You"}</span>
      </button>
      <${ConnectionBadge} />
      <span class="version" title="Version of the server">${version}</span>
    </footer>
  `;
}
