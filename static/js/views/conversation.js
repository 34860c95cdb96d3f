// Conversation: one channel: its head, its transcript, and the place to write.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { isRunning } from "../agents.js";
import { directName } from "../channels.js";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { Avatar } from "./avatar.js";
import { IconButton, TextButton } from "./buttons.js";
import { Composer } from "./composer.js";
import { ConnectionBanner } from "./connection.js";
import { useEliza } from "./context.js";
import { EmptyState } from "./empty.js";
import { Menu } from "./menu.js";
import { ModelNote } from "./modelnote.js";
import { Transcript } from "./transcript.js";

const PRODUCT = "Eliza";

export function Conversation({ channel, agent, opener }) {
  const { auth, conversations, unread } = useEliza();
  useCell(auth.me);
  const timeline = useCell(conversations.timeline(channel.id));
  const members = useMembers(channel);
  const name = agent?.name ?? channel.name;

  useEffect(() => {
    conversations.open(channel.id);
    unread.look(channel.id);
    return () => unread.look(null);
  }, [channel.id]);
  useEffect(() => {
    document.title = name === PRODUCT ? name : `${name} – ${PRODUCT}`;
  }, [name]);

  const isEmpty = timeline.messages.length + timeline.outgoing.length === 0;
  return html`
    <${Head} channel=${channel} agent=${agent} members=${members} name=${name} opener=${opener} />
    ${
      timeline.status === "ready" && isEmpty
        ? html`<${EmptyState} channel=${channel} agent=${agent} members=${members} name=${name} />`
        : html`<${Transcript} channel=${channel} timeline=${timeline} />`
    }
    <div class="below">
      <${ModelNote} />
      <${ConnectionBanner} />
      ${agent && !isRunning(agent) && html`<${StoppedBanner} agent=${agent} />`}
      ${
        auth.may("messages:write")
          ? html`<${Composer} channel=${channel} name=${name} />`
          : html`<p class="hint">You can read this conversation, and not write in it.</p>`
      }
    </div>
  `;
}

/** The agents of a group, kept current while it is open; a direct channel needs no asking. */
function useMembers(channel) {
  const { agents, channels, dialogs } = useEliza();
  const list = useCell(agents.list);
  const editing = useCell(dialogs.open);
  const [ids, setIds] = useState([]);
  useEffect(() => {
    if (channel.type === "DM" || editing) return;
    channels.members(channel.id).then(setIds, () => {});
  }, [channel.id, editing]);
  return (list ?? []).filter((agent) => ids.includes(agent.id));
}

function Head({ channel, agent, members, name, opener }) {
  return html`
    <header class="head">
      ${opener}
      <${Avatar} id=${agent?.id ?? channel.id} name=${name} size=${agent ? "" : "square"} />
      <div class="head-words">
        <h1>${name}</h1>
        <p>${agent ? directLine(channel, agent) : members.map((member) => member.name).join(", ")}</p>
      </div>
      <${HeadActions} channel=${channel} agent=${agent} members=${members} name=${name} />
    </header>
  `;
}

function directLine(channel, agent) {
  if (!isRunning(agent)) return "Stopped";
  return /^dm-/i.test(channel.name) ? agent.bio : directName(channel);
}

function HeadActions({ channel, agent, members, name }) {
  const { agents, auth, channels, conversations, dialogs, router } = useEliza();
  const mayChange = auth.may("channels:write");

  const startAnother = () =>
    dialogs.attempt(async () => {
      const now = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format();
      const made = await channels.startDirect(agent.id, `Chat of ${now}`);
      router.go(paths.direct(agent.id, made.id));
    });
  const clear = async () => {
    const question = {
      title: `Clear the conversation with ${name}?`,
      body: "All its messages are deleted for everybody in it. This cannot be undone.",
      action: "Clear",
    };
    if (await dialogs.confirm(question)) await dialogs.attempt(() => conversations.clear(channel.id));
  };
  const remove = async () => {
    const question = {
      title: `Delete “${agent ? directName(channel) : name}”?`,
      body: "The conversation and all its messages are deleted for everybody in it. This cannot be undone.",
      action: "Delete",
    };
    if (!(await dialogs.confirm(question))) return;
    if (await dialogs.attempt(() => channels.delete(channel.id))) router.go(paths.home());
  };
  const turnOff = () => dialogs.attempt(() => agents.stop(agent.id));
  const turnOn = () => dialogs.attempt(() => agents.start(agent.id));

  const stopOrStart =
    agent &&
    (isRunning(agent)
      ? { label: `Stop ${name}`, icon: "quiet", act: turnOff }
      : { label: `Start ${name}`, icon: "again", act: turnOn });
  const rename = agent
    ? { label: "Rename…", icon: "thought", act: () => dialogs.show("rename", { channel }) }
    : { label: "Name and members…", icon: "person", act: () => dialogs.show("group", { channel, members }) };
  const offered = [
    mayChange && rename,
    auth.may("agents:write") && stopOrStart,
    mayChange && { label: "Clear messages…", icon: "close", act: clear, isGrave: true },
    mayChange && { label: "Delete conversation…", icon: "bin", act: remove, isGrave: true },
  ].filter(Boolean);

  return html`
    ${agent && mayChange && html`<${IconButton} icon="plus" label="New conversation with ${name}" onClick=${startAnother} />`}
    ${offered.length > 0 && html`<${Menu} label="More about this conversation" items=${offered} />`}
  `;
}

function StoppedBanner({ agent }) {
  const { agents, auth, dialogs } = useEliza();
  const start = () => dialogs.attempt(() => agents.start(agent.id));
  return html`
    <div class="banner">
      <span>${agent.name} is stopped and will not answer.</span>
      ${auth.may("agents:write") && html`<${TextButton} onClick=${start}>Start ${agent.name}<//>`}
    </div>
  `;
}
