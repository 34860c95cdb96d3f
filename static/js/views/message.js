// Message: one thing somebody said, with what became of it and what can be done with it.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { useCell } from "../store.js";
import { fullTime, timeOfDay } from "../time.js";
import { Avatar } from "./avatar.js";
import { IconButton, TextButton } from "./buttons.js";
import { memo, useEliza } from "./context.js";
import { Icon } from "./icons.js";
import { CopyButton, RichText } from "./richtext.js";

export const Message = memo(function Message({ rowKey, channel, message, isOwn, isFirst, notes, isCurrent }) {
  const { agents, conversations } = useEliza();
  const [showsThought, setShowsThought] = useState(false);
  const name = isOwn ? "You" : (agents.find(message.authorId)?.name ?? message.authorName ?? "Someone");
  const classes = [
    "message",
    isOwn ? "own" : "other",
    isFirst && "first",
    message.state === "failed" && "failed",
    message.isPreview && !message.broken && "streaming",
  ];
  const tools = { channel, message, isFirst, isCurrent, showsThought, onThought: () => setShowsThought(!showsThought) };
  const askAgain = () => conversations.say(channel, message.text);
  return html`
    <li
      class=${classes.filter(Boolean).join(" ")}
      data-key=${rowKey}
      tabindex="-1"
      aria-label="${name}, ${timeOfDay(message.at)}"
    >
      ${!isOwn && html`<div class="face">${isFirst && html`<${Avatar} id=${message.authorId} name=${name} />`}</div>`}
      <div class="message-body">
        ${isFirst && html`<${Byline} name=${name} isOwn=${isOwn} at=${message.at} />`}
        ${message.source === "agent_action" && html`<p class="action">${actionLine(message)}</p>`}
        <div class="bubble-line">
          <div class="bubble" dir="auto">${message.text ? html`<${RichText} text=${message.text} />` : null}</div>
          ${message.seq !== undefined && html`<${Tools} ...${tools} />`}
        </div>
        ${showsThought && html`<p class="thought"><${Icon} name="thought" />${message.thought}</p>`}
        ${message.broken && html`<p class="note"><${Icon} name="warning" />The answer broke off here.</p>`}
        <${Delivery} channel=${channel} message=${message} />
        ${notes.map((turn) => html`<${TurnNote} key=${turn.turnId} turn=${turn} askAgain=${isOwn && askAgain} />`)}
      </div>
    </li>
  `;
});

function Byline({ name, isOwn, at }) {
  return html`
    <p class="byline"><span class=${isOwn ? "visually-hidden" : "author"}>${name}</span><${Moment} at=${at} /></p>
  `;
}

function Moment({ at }) {
  return html`<time datetime=${new Date(at).toISOString()} title=${fullTime(at)}>${timeOfDay(at)}</time>`;
}

function actionLine({ actions, actionStatus }) {
  const names = (actions ?? []).join(", ").replaceAll("_", " ").toLowerCase();
  return [names, actionStatus].filter(Boolean).join(" – ");
}

/** How far one's own message has come; silence means that it is stored. */
function Delivery({ channel, message }) {
  const { conversations, line } = useEliza();
  const isOnline = useCell(line.state) === "online";
  if (message.state === "waiting" && !isOnline)
    return html`<p class="note"><${Icon} name="clock" />Waiting for the connection</p>`;
  if (message.state !== "failed") return null;
  return html`
    <p class="note grave" role="alert">
      <${Icon} name="warning" />Not sent: ${message.error}
      <${TextButton} onClick=${() => conversations.sayAgain(channel.id, message.clientId)}>Try again<//>
      <${TextButton} onClick=${() => conversations.discard(channel.id, message.clientId)}>Discard<//>
    </p>
  `;
}

function TurnNote({ turn, askAgain }) {
  const { agents } = useEliza();
  const name = agents.find(turn.agentId)?.name ?? turn.agentName ?? "The agent";
  const reason = turn.reason ? `: ${turn.reason}` : ".";
  if (turn.status === "ignored") return html`<p class="note"><${Icon} name="quiet" />${name} kept quiet${reason}</p>`;
  return html`
    <p class="note grave">
      <${Icon} name="warning" />${name} could not answer${reason}
      ${askAgain && html`<${TextButton} onClick=${askAgain}>Ask again<//>`}
    </p>
  `;
}

/** In the order of the Tab key only for the message one is at, so that a long conversation is not a hundred stops. */
function Tools({ channel, message, isFirst, isCurrent, showsThought, onThought }) {
  const { conversations, dialogs } = useEliza();
  const tabIndex = isCurrent ? 0 : -1;
  const remove = async () => {
    const question = {
      title: "Delete this message?",
      body: "It is deleted for everybody in the conversation. This cannot be undone.",
      action: "Delete",
    };
    if (await dialogs.confirm(question))
      await dialogs.attempt(() => conversations.deleteMessage(channel.id, message.id));
  };
  return html`
    <div class="tools">
      ${!isFirst && html`<span class="tools-time"><${Moment} at=${message.at} /></span>`}
      ${
        message.thought &&
        html`<${IconButton}
          icon="thought"
          kind="small"
          label="What the agent thought"
          tabIndex=${tabIndex}
          aria-expanded=${showsThought}
          onClick=${onThought}
        />`
      }
      <${CopyButton} text=${message.text} label="Copy the message" tabIndex=${tabIndex} />
      <${IconButton} icon="bin" kind="small" label="Delete the message" tabIndex=${tabIndex} onClick=${remove} />
    </div>
  `;
}
