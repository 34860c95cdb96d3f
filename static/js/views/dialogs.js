// Dialogs: the questions of `dialogs.js`, as native modal dialogs.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { paths } from "../router.js";
import { useCell } from "../store.js";
import { Avatar } from "./avatar.js";
import { TextButton } from "./buttons.js";
import { useEliza } from "./context.js";

const ROLES = {
  viewer: "You can read the conversations you take part in.",
  member: "You can talk in the conversations you take part in, and begin new ones.",
  operator: "You run this server and its agents.",
  admin: "You run this server, and decide who may use it.",
};
const KINDS = { confirm: Confirm, group: Group, rename: Rename, you: You };

export function DialogHost() {
  const open = useCell(useEliza().dialogs.open);
  const View = open && KINDS[open.kind];
  return View ? html`<${View} ...${open} />` : null;
}

export function Toast() {
  const text = useCell(useEliza().dialogs.toast);
  return html`<div class="toast" role="status" data-shown=${Boolean(text)}>${text}</div>`;
}

function Confirm({ title, body, action, answer }) {
  const { dialogs } = useEliza();
  const settle = (agreed) => {
    dialogs.close();
    answer(agreed);
  };
  return html`<${Modal}
    title=${title}
    action=${action}
    isGrave
    onAct=${() => settle(true)}
    onClose=${() => settle(false)}
    ><p>${body}</p><//
  >`;
}

function Rename({ channel }) {
  const { channels, dialogs } = useEliza();
  const [name, setName] = useState(/^dm-/i.test(channel.name) ? "" : channel.name);
  const rename = async () => (await dialogs.attempt(() => channels.rename(channel.id, name.trim()))) && dialogs.close();
  return html`
    <${Modal}
      title="Rename the conversation"
      action="Rename"
      canAct=${name.trim() !== ""}
      onAct=${rename}
      onClose=${() => dialogs.close()}
    >
      <${Field} label="Name" value=${name} onInput=${setName} />
    <//>
  `;
}

/** Makes a group, or with a channel changes one. */
function Group({ channel, members = [] }) {
  const { agents, channels, dialogs, router } = useEliza();
  const list = useCell(agents.list) ?? [];
  const before = members.map(({ id }) => id);
  const [name, setName] = useState(channel?.name ?? "");
  const [chosen, setChosen] = useState(before);

  const toggle = (id) => setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const title = name.trim() || chosen.map((id) => agents.find(id)?.name).join(", ");
  const make = async () => router.go(paths.group((await channels.startGroup(title, chosen)).id));
  const change = async () => {
    if (title !== channel.name) await channels.rename(channel.id, title);
    await channels.changeMembers(channel.id, {
      added: chosen.filter((id) => !before.includes(id)),
      removed: before.filter((id) => !chosen.includes(id)),
    });
  };
  const act = async () => (await dialogs.attempt(channel ? change : make)) && dialogs.close();

  return html`
    <${Modal}
      title=${channel ? "Name and members" : "New group"}
      action=${channel ? "Save" : "Create"}
      canAct=${chosen.length > 0}
      onAct=${act}
      onClose=${() => dialogs.close()}
    >
      <${Field} label="Name" value=${name} onInput=${setName} placeholder=${title || "What is it about?"} />
      <fieldset class="choices">
        <legend>Agents</legend>
        ${list.map(
          (agent) =>
            html`<label key=${agent.id} class="choice">
              <input type="checkbox" checked=${chosen.includes(agent.id)} onChange=${() => toggle(agent.id)} />
              <${Avatar} id=${agent.id} name=${agent.name} /><span>${agent.name}</span>
            </label>`,
        )}
      </fieldset>
    <//>
  `;
}

function You() {
  const { auth } = useEliza();
  return useCell(auth.me)?.entityId ? html`<${Named} />` : html`<${Nameless} />`;
}

function Named() {
  const { auth, dialogs } = useEliza();
  const { username, role } = useCell(auth.me);
  return html`
    <${Modal}
      title="You"
      action="Sign out"
      onAct=${() => dialogs.attempt(() => auth.signOut())}
      onClose=${() => dialogs.close()}
    >
      <p>
        ${username ? html`You are signed in as <strong>${username}</strong>.` : "You are signed in with a key of your own."}
        ${` ${ROLES[role]}`}
      </p>
    <//>
  `;
}

/** Speaks for whomever they say they are. */
function Nameless() {
  const { auth, dialogs } = useEliza();
  const [name, setName] = useState(auth.name.value);
  const isSignedIn = useCell(auth.me)?.isSignedIn;
  const keep = () => {
    auth.rename(name);
    dialogs.close();
  };
  return html`
    <${Modal} title="You" action="Save" onAct=${keep} onClose=${() => dialogs.close()}>
      <${Field}
        label="Your name"
        hint="What agents and other people call you."
        value=${name}
        onInput=${setName}
        autocomplete="nickname"
      />
      ${isSignedIn &&
      html`<p class="aside">
        You have opened this server with a key.
        <${TextButton} onClick=${() => dialogs.attempt(() => auth.signOut())}>Sign out<//>
      </p>`}
    <//>
  `;
}

export function Field({ label, hint, value, onInput, type = "text", ...rest }) {
  return html`
    <label class="field">
      <span>${label}</span>
      <input type=${type} value=${value} onInput=${(event) => onInput(event.target.value)} ...${rest} />
      ${hint && html`<small>${hint}</small>`}
    </label>
  `;
}

/** The browser's own dialog: it holds the focus, closes on Escape and gives the focus back. */
export function Modal({ title, action, canAct = true, isGrave = false, onAct, onClose, children }) {
  const dialog = useRef(null);
  const [isBusy, setBusy] = useState(false);
  const close = useRef(onClose);
  useLayoutEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    const element = dialog.current;
    const onCancel = (event) => {
      event.preventDefault();
      close.current();
    };
    element.addEventListener("cancel", onCancel);
    element.showModal();
    return () => element.close();
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    if (!canAct || isBusy) return;
    setBusy(true);
    await onAct();
    setBusy(false);
  };
  const onBackdrop = (event) => event.target === dialog.current && onClose();
  return html`
    <dialog ref=${dialog} aria-labelledby="dialog-title" onMouseDown=${onBackdrop}>
      <form onSubmit=${submit}>
        <h2 id="dialog-title">${title}</h2>
        ${children}
        <div class="dialog-actions">
          <button type="button" class="button plain" onClick=${onClose}>Cancel</button>
          <button type="submit" class="button ${isGrave ? "grave" : ""}" disabled=${!canAct || isBusy}>
            ${action}
          </button>
        </div>
      </form>
    </dialog>
  `;
}
