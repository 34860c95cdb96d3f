// Connection: how the line to the server is doing, small when all is well and plain when it is not.
import { html } from "htm/preact";
import { useCell } from "../store.js";
import { TextButton } from "./buttons.js";
import { useEliza } from "./context.js";

const WORDS = {
  connecting: "Connecting",
  online: "Online",
  reconnecting: "Reconnecting",
  offline: "Offline",
  locked: "Locked",
};

export function ConnectionBadge() {
  const state = useCell(useEliza().line.state);
  return html`<span class="connection ${state}" role="status">${WORDS[state]}</span>`;
}

/** Nothing while online: the best state is the one nobody reads about. */
export function ConnectionBanner() {
  const { line } = useEliza();
  const state = useCell(line.state);
  if (state === "reconnecting")
    return html`<${Banner} text="Reconnecting… What you write now is sent when the line is back." />`;
  if (state === "locked")
    return html`<${Banner} text="This server is for people it knows." action="Sign in" kind="grave" />`;
  if (state !== "offline") return null;
  return html`
    <${Banner}
      text="No connection to the server. What you write now is kept and sent later."
      action="Try now"
      kind="grave"
    />
  `;
}

function Banner({ text, action, kind = "" }) {
  const { line } = useEliza();
  return html`
    <div class="banner ${kind}" role="status">
      <span>${text}</span>
      ${action && html`<${TextButton} onClick=${() => line.retry()}>${action}<//>`}
    </div>
  `;
}
